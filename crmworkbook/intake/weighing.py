"""What was in a cell, what the folder holds now and what somebody typed: which of them counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from crmworkbook.chapters import Column
from crmworkbook.client import Client
from crmworkbook.intake.cells import Speech, in_cell, same
from crmworkbook.saving import Field
from crmworkbook.saving.state import State
from crmworkbook.text import Language

Verdict = Literal["unchanged", "taken", "kept", "emptied"]


@dataclass(frozen=True)
class Rules:
    """What the reader of the workbook decided.

    Attributes:
        over: The workbook's changed cells replace newer answers.
        remove: What was emptied or taken out leaves the folder too.
    """

    over: bool = False
    remove: bool = False


@dataclass(frozen=True)
class Change:
    """One thing that somebody changed in the workbook.

    Attributes:
        place: Sheet and cell.
        label: The question, or table and column.
        now, mine: What the folder holds and what the workbook holds, in words.
    """

    place: str
    label: str
    now: str
    mine: str


@dataclass(frozen=True)
class Refusal:
    """Something that cannot be read or saved: where, and what is wrong with it."""

    place: str
    wrong: str


@dataclass(frozen=True)
class Write:
    """One field to save, and the changes that it carries.

    Attributes:
        field, value, seen: As `crmworkbook.saving.save` takes them.
    """

    field: Field
    value: Any
    seen: Any
    changes: tuple[Change, ...]


@dataclass
class Plan:
    """What is to happen with everything that was read."""

    writes: list[Write] = field(default_factory=list)
    kept: list[Change] = field(default_factory=list)
    emptied: list[Change] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    unchanged: int = 0


@dataclass(frozen=True)
class Job:
    """What reading back works with: whose folder, how the workbook speaks, what counts, and the plan to add to."""

    client: Client
    state: State
    speech: Speech
    rules: Rules
    plan: Plan


def weigh(base: Any, now: Any, mine: Any, rules: Rules) -> Verdict:
    """Which of three versions of a cell counts; all in the form of `crmworkbook.intake.cells.in_cell`."""
    if same(mine, base) or same(mine, now):
        return "unchanged"
    if not same(now, base) and not rules.over:
        return "kept"
    return "emptied" if mine is None and not rules.remove else "taken"


def sort_out(plan: Plan, change: Change, verdict: Verdict) -> bool:
    """Put *change* where its verdict says; True when it is to be written."""
    if verdict == "kept":
        plan.kept.append(change)
    elif verdict == "emptied":
        plan.emptied.append(change)
    return verdict == "taken"


def row_in_cells(row: Mapping[str, Any], columns: Sequence[Column], language: Language) -> dict[str, Any]:
    """A row as its cells show it, every column of it."""
    return {column.id: in_cell(row.get(column.id), column, language) for column in columns}


def same_row(one: Mapping[str, Any], other: Mapping[str, Any], columns: Iterable[str]) -> bool:
    """Whether two rows show the same in these columns."""
    return all(same(one.get(name), other.get(name)) for name in columns)


def filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without its empty cells."""
    return {name: value for name, value in row.items() if value is not None and value != ""}
