"""Questions and assumptions that came back."""

from __future__ import annotations

from typing import Any

from crmworkbook.errors import FieldError
from crmworkbook.forms.supported import field_of, with_part
from crmworkbook.intake.asked import PARTS, line_column, part_columns
from crmworkbook.intake.book import ReadPage, ReadRow
from crmworkbook.intake.cells import in_cell, said_value
from crmworkbook.intake.keys import Base
from crmworkbook.intake.meaning import CellFault, meant
from crmworkbook.intake.weighing import Change, Job, Plan, Refusal, Write, sort_out, weigh
from crmworkbook.intake.words import say, spoken
from crmworkbook.intake.workbook import parts_of
from crmworkbook.saving.write import given


def plan_lines(job: Job, page: ReadPage, base: Base) -> None:
    """Add to the plan what a page of questions or assumptions asks for."""
    done = set()
    for row in page.rows:
        if not row.key or row.key in done:
            _stray(job, row)
            continue
        done.add(row.key)
        if line_column(row.key) is None:
            if any(seen.value is not None for seen in row.cells.values()):
                place = next(iter(row.cells.values())).place
                job.plan.refused.append(Refusal(place, say("faults.unknown_question", job.speech.language)))
            continue
        _line(job, row, base.get(row.key) or {})


def _stray(job: Job, row: ReadRow) -> None:
    """A row that belongs to no question, or is a copy of one, with something in it."""
    filled = [row.cells[name] for name in PARTS if name in row.cells and row.cells[name].value is not None]
    if filled:
        job.plan.refused.append(Refusal(filled[0].place, say("faults.no_question", job.speech.language)))


def _line(job: Job, row: ReadRow, base: Any) -> None:
    client, speech, plan, language = job.client, job.speech, job.plan, job.speech.language
    kind, _, name = row.key.partition(":")
    held = (client.file.answers if kind == "answer" else client.file.assumptions).get(name)
    now, new = parts_of(held), held
    columns, changes, faults = part_columns(row.key), [], []
    label = spoken(columns["value"].label, client, language)
    kept = Plan()  # of this line alone, for a fault anywhere in it refuses all of it
    for part in (part for part in PARTS if part in row.cells):
        seen, column = row.cells[part], columns[part]
        try:
            mine = meant(seen, column, speech)
            before, there = (in_cell(one, column, language) for one in (base.get(part), now[part]))
            verdict = weigh(before, there, mine, job.rules)
            if verdict == "unchanged":
                continue
            heading = label if part == "value" else f"{label} ({column.label[language].lower()})"
            change = Change(seen.place, heading, *(said_value(one, column, speech) for one in (there, mine)))
            if sort_out(kept, change, verdict):
                changes.append(change)
                new = with_part(new, row.key, part, int(mine) if part == "confidence" and mine else mine, language)  # type: ignore[arg-type]
        except CellFault as fault:
            faults.append(Refusal(seen.place, str(fault)))
        except FieldError as error:
            faults.append(Refusal(seen.place, error.words[language]))
    value = row.cells.get("value")
    if changes and value and value.place not in {one.place for one in faults}:
        faults += _misfit(job, row.key, new, value.place)
    plan.refused += faults
    if not faults:
        plan.kept += kept.kept
        plan.emptied += kept.emptied
        plan.unchanged += not (changes or kept.kept or kept.emptied)
        plan.writes += [Write(field_of(row.key), new, held, tuple(changes))] if changes else []


def _misfit(job: Job, address: str, value: Any, place: str) -> list[Refusal]:
    """What saving would say of a value, so that all faults are named at once."""
    try:
        given(field_of(address), job.state, value)
    except FieldError as error:
        return [Refusal(place, error.words[job.speech.language])]
    return []
