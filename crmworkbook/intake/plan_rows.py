"""Tables that came back: each cell weighed against what it was and what the folder holds now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmworkbook.chapters import TableSpec
from crmworkbook.forms.supported import in_language
from crmworkbook.intake.book import ReadPage
from crmworkbook.intake.cells import said_value
from crmworkbook.intake.rows import Cells, Given, find_rows, given_rows, is_of_people, key_of
from crmworkbook.intake.weighing import (
    Change,
    Job,
    Plan,
    Refusal,
    Write,
    filled,
    row_in_cells,
    same_row,
    sort_out,
    weigh,
)
from crmworkbook.intake.words import capital, say, spoken
from crmworkbook.saving import TableField
from crmworkbook.saving.faults import in_words
from crmworkbook.saving.state import to_plain
from crmworkbook.tables import RawTable, check_table

Rows = Sequence[Mapping[str, Any]]


@dataclass
class Merge:
    """A table in three versions on its way to one.

    Attributes:
        job, table: What reading back works with, and what the table is.
        base: The rows as the workbook was written, as cells show them.
        theirs: The rows of the folder now.
        keys: Dimension to the keys that the table may use.
        rows: What the table is to hold; None for a row that goes.
        changes: What that changes.
    """

    job: Job
    table: TableSpec
    base: list[Cells]
    theirs: list[dict[str, Any]]
    keys: Mapping[str, set[str]]
    rows: list[dict[str, Any] | None] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        """What follows from these."""
        self.speech, self.plan, self.rules = self.job.speech, self.job.plan, self.job.rules
        self.rows = [dict(row) for row in self.theirs]
        self.now = [row_in_cells(row, self.table.columns, self.speech.language) for row in self.theirs]
        self.names = [column.id for column in self.table.columns]
        self.title = capital(self.table.label[self.speech.language])
        self.private = is_of_people(self.table)
        self.claimed: set[int] = set()
        self.own = {key_of(row, self.table.unique): at for at, row in enumerate(self.now) if self.table.unique}


def plan_table(
    job: Job, page: ReadPage, table: TableSpec, base: Rows, theirs: Rows, keys: Mapping[str, set[str]]
) -> None:
    """Add to the plan what a page with a table asks for."""
    before = [row_in_cells(row, table.columns, job.speech.language) for row in base]
    merge = Merge(job, table, before, [dict(row) for row in theirs], keys)
    given = given_rows(page, table, job.speech)
    gone = find_rows(given, before, table)
    for one in given:
        if one.was is not None:
            _known(merge, one)
    for one in given:
        if one.was is None:
            _new(merge, one)
    for at in sorted(gone):
        _gone(merge, page, at)
    if merge.changes:
        rows = tuple(filled(row) for row in merge.rows if row is not None)
        job.plan.writes.append(Write(TableField(table.id), rows, tuple(theirs), tuple(merge.changes)))


def _known(merge: Merge, one: Given) -> None:
    """A row of the written workbook: cell by cell."""
    assert one.was is not None
    before, at = merge.base[one.was], find_now(merge, one.was)
    if at is None:
        _back(merge, one, before)
        return
    merge.claimed.add(at)
    _weigh_cells(merge, one, before, at)


def _new(merge: Merge, one: Given) -> None:
    """A new row, or one that somebody else added meanwhile."""
    names = merge.table.unique
    at = merge.own.get(key_of(one.cells, names)) if names else None
    if at is not None and at < len(merge.now) and at not in merge.claimed and not one.faults:
        merge.claimed.add(at)
        _weigh_cells(merge, one, {}, at)
        return
    _put(merge, one, None, filled(one.cells), [_as_new(merge, one)])


def _back(merge: Merge, one: Given, before: Cells) -> None:
    """A row that left the folder since the workbook was written."""
    if same_row(before, one.cells, one.cells) and not one.faults:
        merge.plan.unchanged += 1
        return
    if merge.rules.over or one.faults:
        _put(merge, one, None, filled(before | one.cells), [_as_new(merge, one)])
    else:
        gone = say("outcome.no_row", merge.speech.language)
        merge.plan.kept.append(Change(one.place, merge.title, gone, _said_row(merge, one.cells)))


def _weigh_cells(merge: Merge, one: Given, before: Cells, at: int) -> None:
    language, now, new = merge.speech.language, merge.now[at], dict(merge.theirs[at])
    local, changes = Plan(), []
    for column in merge.table.columns:
        if column.id in one.cells:
            mine = one.cells[column.id]
            verdict = weigh(before.get(column.id), now[column.id], mine, merge.rules)
            if verdict == "unchanged":
                continue
            label = f"{merge.title}: {spoken(column.label, merge.job.client, language)}"
            words = (_said(merge, column.id, value) for value in (now[column.id], mine))
            change = Change(one.place_of(column.id), label, *words)
            if sort_out(local, change, verdict):
                changes.append(change)
                new[column.id] = in_language(new.get(column.id), mine, language)
    if _put(merge, one, at, new, changes):
        merge.plan.kept += local.kept
        merge.plan.emptied += local.emptied
        merge.plan.unchanged += not (changes or local.kept or local.emptied)


def _put(merge: Merge, one: Given, at: int | None, row: dict[str, Any], changes: list[Change]) -> bool:
    """Put a row in its place, or at the end, unless it has a fault; then nothing of it is taken over."""
    found = _faults(merge, one, row, at) if changes or one.faults else []
    faults = one.faults + [fault for fault in found if fault.place not in {one_.place for one_ in one.faults}]
    merge.plan.refused += faults
    if faults or not changes:
        return not faults
    if at is None:
        merge.rows.append(row)
        at = len(merge.rows) - 1
    else:
        merge.rows[at] = row
        merge.own.pop(key_of(merge.now[at], merge.table.unique), None)
    merge.own[_own(merge, row)] = at
    merge.changes += changes
    return True


def _faults(merge: Merge, one: Given, row: dict[str, Any], at: int | None) -> list[Refusal]:
    """What the check of the client file says of this row, cell by cell."""
    table, language = merge.table, merge.speech.language
    plain = {name: to_plain(row.get(name)) for name in merge.names}
    _, found = check_table(RawTable("", table.id, (plain,), (None,)), table, merge.keys)
    faults = [Refusal(one.place_of(f.field.rpartition(", ")[2]), in_words(f.wrong)[language]) for f in found]
    if faults or not table.unique:
        return faults
    if merge.own.get(_own(merge, row), at) == at:
        return []
    mine = row_in_cells(row, table.columns, language)
    key = " · ".join(filter(None, (_said(merge, name, mine[name]) for name in table.unique)))
    return [Refusal(one.place_of(table.unique[0]), say("faults.twice", language, key=key))]


def _own(merge: Merge, row: Mapping[str, Any]) -> str:
    """What makes a row its own."""
    return key_of(row_in_cells(row, merge.table.columns, merge.speech.language), merge.table.unique)


def _gone(merge: Merge, page: ReadPage, was: int) -> None:
    """A row that is no longer in the workbook; it leaves the folder only when somebody said so."""
    before, at = merge.base[was], find_now(merge, was)
    if at is None or not page.columns >= set(merge.table.unique):
        return
    merge.claimed.add(at)
    now = merge.now[at]
    change = Change(page.title, merge.title, _said_row(merge, now), say("outcome.no_row", merge.speech.language))
    if not same_row(before, now, merge.names) and not merge.rules.over:
        merge.plan.kept.append(change)
    elif not merge.rules.remove:
        merge.plan.emptied.append(change)
    else:
        merge.rows[at] = None
        merge.changes.append(change)


def find_now(merge: Merge, was: int) -> int | None:
    """Where a row of the written workbook stands in the folder now; None when it left."""
    names = merge.table.unique or merge.names
    free = _free(merge)
    for at in ([was] if was in free else []) + free:
        if same_row(merge.now[at], merge.base[was], names):
            return at
    moved = merge.table.unique or len(merge.now) != len(merge.base)
    taken = was in free and any(same_row(merge.now[was], row, names) for row in merge.base)
    return None if moved or was not in free or taken else was


def _free(merge: Merge) -> list[int]:
    return [at for at in range(len(merge.now)) if at not in merge.claimed]


def _as_new(merge: Merge, one: Given) -> Change:
    cells = say("outcome.new_row", merge.speech.language, cells=_said_row(merge, one.cells))
    return Change(one.place, merge.title, "", cells)


def _said_row(merge: Merge, cells: Cells) -> str:
    return "; ".join(filter(None, (_said(merge, name, cells.get(name)) for name in merge.names)))


def _said(merge: Merge, name: str, value: Any) -> str:
    """A cell in words; of people only figures and choices."""
    column = merge.table.column(name)
    if value is not None and merge.private and column.kind in ("id", "text", "long_text"):
        return say("outcome.hidden", merge.speech.language)
    return said_value(value, column, merge.speech)
