"""The first rows of the orders, as written and as read, fit to be seen by others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmworkbook.transactions.orders import Orders

_MONEY = ("amount", "cost", "margin")
_SHOWN = 2  # characters of a text: enough to see that it is the right column, too few to know somebody by


@dataclass(frozen=True)
class Cell:
    """One value of the file.

    Attributes:
        written: As it stands in the file; of customers, numbers and names only the first two characters.
        read: The day or the amount that was made of it; None where it could not be read, and for other columns.
    """

    written: str
    read: date | float | None


def first_rows(orders: Orders, count: int) -> list[dict[str, Cell]]:
    """The first rows of the source by role, whether they are used or not.

    Args:
        orders: Outcome of ``read_orders``.
        count: How many rows.
    """
    from crmworkbook.transactions.amounts import money
    from crmworkbook.transactions.dates import day

    roles, how = list(orders.source.columns), orders.formats
    rows = orders.source.table.order_by("line").limit(count)
    made = {role: rows[role].cast("string") for role in roles}
    made |= {"read_date": day(rows.date, how.date)}
    made |= {f"read_{role}": money(rows[role], how.amount.name).cast("float64") for role in roles if role in _MONEY}
    found = rows.select("line", **made).order_by("line").to_pyarrow().to_pylist()
    return [{role: Cell(_written(role, row[role]), row.get(f"read_{role}")) for role in roles} for row in found]


def _written(role: str, value: str | None) -> str:
    text = (value or "").strip()
    if role in ("date", "currency", *_MONEY):
        return text[:30]
    return f"{text[:_SHOWN]}…" if text else ""
