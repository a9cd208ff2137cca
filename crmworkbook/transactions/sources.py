"""What a source of orders is: a table in which nothing is judged yet, and how it was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.columns import HEADINGS, find_columns

if TYPE_CHECKING:
    from ibis.expr.datatypes import DataType
    from ibis.expr.types import Table

Kind = Literal["csv", "excel", "parquet", "database"]


@dataclass(frozen=True, eq=False)
class Source:
    """Orders as they were delivered.

    Attributes:
        table: Ibis: ``line`` (from 1, as the reader of the file counts), a column per role, and with an order number
            the other columns too, for a duplicate is equal in all of them. CSV and Excel give text.
        columns: Column of the source per role, in the order of :data:`ROLES`.
        names: All columns of the source, from left to right.
        kind: Kind of source, as its content shows.
        encoding: Encoding of a CSV file.
        separator: Separator of a CSV file.
        sheet: Sheet of an Excel file.
        heading: Line of the heading, from 1.
    """

    table: Table = field(repr=False)  # an interactive Ibis would print orders
    columns: Mapping[str, str]
    names: tuple[str, ...]
    kind: Kind
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    heading: int = 1

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns that have no role."""
        return tuple(name for name in self.names if name and name not in self.columns.values())


def by_role(cells: Table, names: tuple[str, ...], roles: Mapping[str, str]) -> Table:
    """*cells* (``line``, ``c0``, ``c1`` …) with the columns of the roles under the names of the roles."""
    at = {role: f"c{names.index(name)}" for role, name in roles.items()}
    others = [column for column in cells.columns if column not in ("line", *at.values())]
    kept = others if "order" in at else []
    return cells.select("line", *kept, **{role: cells[column] for role, column in at.items()})


@dataclass(frozen=True)
class Layout:
    """What a file is read for.

    Attributes:
        find: Column per role, from a place for messages, the names there are, and those that are mapped.
        headings: Names by which the heading is known, per role.
        arrange: The table to keep of the cells (``line``, ``c0``, ``c1`` …), the names and the roles.
        numbers: Roles that hold numbers of customers and documents.
        money: Roles that hold amounts.
        sheet: Sheet of an Excel file to read where none is named and this one is there.
    """

    find: Callable[[object, Sequence[str], Mapping[str, str]], dict[str, str]]
    headings: Mapping[str, Sequence[str]]
    arrange: Callable[[Table, tuple[str, ...], Mapping[str, str]], Table]
    numbers: tuple[str, ...]
    money: tuple[str, ...]
    sheet: str = ""


ORDERS = Layout(find_columns, HEADINGS, by_role, ("customer", "order"), ("amount", "cost", "margin"))
"""The layout of orders."""


def refuse_types(place: object, types: Mapping[str, DataType], roles: Mapping[str, str]) -> None:
    """Refuse a column whose values cannot be what its role asks for, before any of them is read.

    Args:
        place: File or query, for messages.
        types: Type of the column per role.
        roles: Name of the column per role.

    Raises:
        TransactionsError: a column holds lists or structures, or days and amounts hold something else.
    """
    for role, kind in types.items():
        if kind.is_nested() or kind.is_unknown() or kind.is_json():
            fault = "holds lists or structures; give a column with one value a row"
        elif role == "date" and not (kind.is_date() or kind.is_timestamp() or kind.is_string() or kind.is_numeric()):
            fault = f"holds no days but values of type {kind}; give a column of dates"
        elif role in ("amount", "cost", "margin") and not (kind.is_numeric() or kind.is_string()):
            fault = f"holds no amounts but values of type {kind}; give a column of numbers"
        else:
            continue
        raise TransactionsError(f"{place}, column {roles[role]}: {fault}")
