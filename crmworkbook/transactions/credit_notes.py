"""The day a row counts for: its own, or for a credit note that bears the number of its order the day of that order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ibis.expr.types import Table


def on_day_of_order(rows: Table) -> Table:
    """Rows with the day they count for beside the day they were booked.

    A row below zero with the order number of an earlier row of the same customer that is not below zero undoes
    that order, so it counts on the order's first day. The day booked decides whether it is known at a date, so
    that a credit note of later never changes an earlier table.

    Args:
        rows: ``customer``, ``date`` (day booked), ``amount``, ``order`` (text or null).

    Returns:
        *rows* with ``day``, the day the row counts for.
    """
    if rows.order.type().is_null():
        return rows.mutate(day=rows.date)
    notes = rows.filter((rows.amount < 0) & rows.order.notnull())
    notes = notes.group_by("customer", "order").aggregate(last=notes.date.max())
    sold = rows.filter((rows.amount >= 0) & rows.order.notnull())
    sold = sold.semi_join(notes, ["customer", "order"])
    sold = sold.group_by("customer", "order").aggregate(sold=sold.date.min())
    undone = notes.join(sold, ["customer", "order"])
    undone = undone.filter(undone.sold < undone.last).select(by="customer", number="order", sold="sold")
    if not undone.count().to_pyarrow().as_py():  # nearly always: then no table is joined to the orders at each use
        return rows.mutate(day=rows.date)
    both = rows.left_join(undone, (rows.customer == undone.by) & (rows.order == undone.number))
    moved = (both.amount < 0) & (both.sold < both.date)
    return both.mutate(day=moved.ifelse(both.sold, both.date)).drop("by", "number", "sold")


def counted(rows: Table) -> Table:
    """Outcome of :func:`on_day_of_order` with ``date`` as the day the row counts for."""
    return rows.mutate(date=rows.day).drop("day")
