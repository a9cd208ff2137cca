"""Names of segments, offerings, channels and competitors that came back; new ones get a key."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from crmworkbook.intake.asked import names_of
from crmworkbook.intake.book import ReadPage
from crmworkbook.intake.rows import Cells, Given, find_rows, given_rows
from crmworkbook.intake.weighing import Change, Job, Plan, Refusal, Write, row_in_cells, same_row, sort_out, weigh
from crmworkbook.intake.words import capital, say
from crmworkbook.saving import NameField
from crmworkbook.text import LANGUAGES, Language, Text, labels

_RESERVED = ("all", "average", "total", "us")  # words that tables use for their total
_TEXTS = ("nl", "en")


def plan_names(
    job: Job, page: ReadPage, dimension: str, base: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, str | Text], list[Write]]:
    """Add to the plan what a page with names asks for.

    Returns:
        The names that are new or changed, by key, and what is to be taken out once no table uses it any more.
    """
    language = job.speech.language
    table = names_of(dimension, language)
    before = [row_in_cells(row, table.columns, language) for row in base]
    now = {row["key"]: row_in_cells(row, table.columns, language) for row in theirs}
    given = given_rows(page, table, job.speech)
    gone = find_rows(given, before, table)
    found: dict[str, str | Text] = {}
    for one in given:
        was = before[one.was] if one.was is not None else {}
        key = was.get("key") or one.cells.get("key")
        if not one.faults and was and one.cells.get("key") not in (None, key):
            one.faults.append(Refusal(one.place_of("key"), say("faults.key_stays", language, key=key)))
        if not key and not one.faults:
            key = _known_by(one.cells, now, language) or _new_key(one.cells, {*now, *found}, dimension)
        if one.faults:
            job.plan.refused += one.faults
        elif write := _name(job, one, was, now.get(str(key)) or {}, NameField(dimension, str(key))):
            found[str(key)] = write.value
            job.plan.writes.append(write)
    return found, _gone(job, page, [before[at] for at in sorted(gone)], now, dimension)


def _name(job: Job, one: Given, was: Cells, current: Cells, field: NameField) -> Write | None:
    """What to write for one name, if anything."""
    language, plan = job.speech.language, job.plan
    title = _title(field.dimension, language)
    new = {each: current.get(each) for each in _TEXTS}
    local, changes = Plan(), []
    for each in _TEXTS:
        if each in one.cells:
            mine = one.cells[each]
            verdict = weigh(was.get(each), current.get(each), mine, job.rules)
            if verdict == "unchanged":
                continue
            label = f"{title}: {labels()['form'][f'name_{each}'][language].lower()}"
            change = Change(one.place_of(each), label, current.get(each) or "", mine or "")
            if sort_out(local, change, verdict):
                changes.append(change)
                new[each] = mine
    plan.kept += local.kept
    plan.emptied += local.emptied
    plan.unchanged += not (changes or local.kept or local.emptied)
    words = _words(new)
    if not changes or words is None:
        return None
    return Write(field, words, getattr(job.client.file, field.dimension).get(field.key), tuple(changes))


def _gone(job: Job, page: ReadPage, rows: Sequence[Cells], now: Mapping[str, Cells], dimension: str) -> list[Write]:
    """Names that are no longer in the workbook."""
    writes, language = [], job.speech.language
    for was in rows:
        there = now.get(was["key"])
        if there is None or "key" not in page.columns:
            continue
        name = there.get(language) or was["key"]
        change = Change(page.title, _title(dimension, language), name, say("outcome.no_row", language))
        if not same_row(was, there, _TEXTS) and not job.rules.over:
            job.plan.kept.append(change)
        elif not job.rules.remove:
            job.plan.emptied.append(change)
        else:
            field = NameField(dimension, was["key"])
            writes.append(Write(field, None, getattr(job.client.file, dimension).get(was["key"]), (change,)))
    return writes


def _title(dimension: str, language: Language) -> str:
    return capital(labels()["form"][dimension][language])


def _words(row: Mapping[str, Any]) -> str | Text | None:
    """A name in both languages, or one text for both."""
    given = {each: row[each] for each in LANGUAGES if row.get(each)}
    if len(given) == len(LANGUAGES) and len(set(given.values())) > 1:
        return Text(**given)
    return next(iter(given.values()), None)


def _known_by(cells: Cells, now: Mapping[str, Cells], language: Language) -> str | None:
    """The key of a name that somebody else added meanwhile."""
    mine = str(cells.get(language) or "").casefold()
    return next((key for key, row in now.items() if mine and mine == str(row.get(language) or "").casefold()), None)


def _new_key(cells: Cells, taken: Collection[str], dimension: str) -> str:
    """A short word for tables, made of the name; the English one where there is one."""
    name = str(cells.get("en") or cells.get("nl") or "")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:50].strip("_")
    if not re.match("[a-z]", plain):
        plain = f"{dimension.removesuffix('s')}_{plain}".rstrip("_")
    number, key = 1, plain
    while key in taken or key in _RESERVED:
        number += 1
        key = f"{plain}_{number}"
    return key
