"""Rows of a table that came back: what they mean, and which row of the written workbook each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crmworkbook.chapters import TableSpec
from crmworkbook.intake.book import ReadPage, ReadRow
from crmworkbook.intake.cells import Speech
from crmworkbook.intake.keys import OFFER, ROW
from crmworkbook.intake.meaning import CellFault, meant
from crmworkbook.intake.weighing import Refusal, same_row
from crmworkbook.privacy import shape
from crmworkbook.text import clean

_PEOPLE = {"customer", "respondent"}  # columns that say who somebody is
_NUMERALS = set("0123456789.,%€-+ ")
Cells = dict[str, Any]  # column id to what a cell means, in the form of `in_cell`


@dataclass
class Given:
    """One row that came back.

    Attributes:
        row: As it was read.
        cells: What its cells mean; a cell with a fault, or of a column that is gone, is absent.
        faults: Its faults.
        was: Its place among the rows of the written workbook; None for a new row.
    """

    row: ReadRow
    cells: Cells
    faults: list[Refusal] = field(default_factory=list)
    was: int | None = None

    @property
    def place(self) -> str:
        """The first cell with something in it."""
        seen = [one for one in self.row.cells.values() if one.value is not None] or list(self.row.cells.values())
        return seen[0].place

    def place_of(self, column: str) -> str:
        """The cell of this column."""
        return self.row.cells[column].place if column in self.row.cells else self.place


def is_of_people(table: TableSpec) -> bool:
    """Whether a row of the table is a person or a customer, so that messages do not repeat what it says."""
    return any(column.id in _PEOPLE for column in table.columns)


def given_rows(page: ReadPage, table: TableSpec, speech: Speech) -> list[Given]:
    """The rows of *page* that say something."""
    found = []
    for row in page.rows:
        one = Given(row, {})
        for column in table.columns:
            if column.id in row.cells:
                try:
                    one.cells[column.id] = meant(row.cells[column.id], column, speech)
                except CellFault as fault:
                    said = _unsaid(str(fault), row.cells[column.id].value) if is_of_people(table) else str(fault)
                    one.faults.append(Refusal(row.cells[column.id].place, said))
        filled = {name for name, value in one.cells.items() if value is not None}
        if one.faults or filled - set(table.unique if row.key == OFFER else ()):
            found.append(one)
    return found


def _unsaid(fault: str, value: object) -> str:
    """A fault without what somebody typed, which may be a name; a number may be said."""
    said = clean(str(value))
    return fault if not said or set(said) <= _NUMERALS else fault.replace(said[:57], shape(said))


def find_rows(given: Sequence[Given], base: Sequence[Cells], table: TableSpec) -> set[int]:
    """Say of each row which one of *base* it is, and return those of *base* that are gone.

    What makes a row its own goes before the hidden key: people sort rows without the hidden column, and copy rows
    with it. A row whose own cells changed is found by its key.
    """
    names = table.unique or tuple(column.id for column in table.columns)
    left = set(range(len(base)))
    keyed: dict[str, list[int]] = {}
    for at, row in enumerate(base):
        keyed.setdefault(key_of(row, names), []).append(at)
    for one in given:
        marked = _marked(one.row)
        fits = [at for at in keyed.get(key_of(one.cells, names), []) if at in left]
        fits = [at for at in fits if same_row(base[at], one.cells, names) and set(names) <= set(one.cells)]
        if fits:
            one.was = marked if marked in fits else fits[0]
            left.remove(one.was)
    for one in given:
        marked = _marked(one.row)
        if one.was is None and marked in left:
            one.was = marked
            left.remove(marked)
    return left


def key_of(row: Cells, names: Sequence[str]) -> str:
    """Rows that may be the same have the same key; numbers may differ in their last digits."""
    shown = (row.get(name) for name in names)
    return repr([f"{value:.9g}" if isinstance(value, float) else value for value in shown])


def _marked(row: ReadRow) -> int | None:
    number = row.key.removeprefix(ROW)
    return int(number) if row.key.startswith(ROW) and number.isdigit() else None
