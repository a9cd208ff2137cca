"""What of the orders was used, and what was left out for which reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.customers import per_customer, per_day

if TYPE_CHECKING:
    from ibis.expr.types import Table

REASONS = ("no_customer", "no_date", "not_a_number", "after_as_of", "duplicate")
"""Why a row can be left out; a row that fails on several counts has the first of these."""


@dataclass(frozen=True)
class LeftOut:
    """Rows left out for one reason.

    Attributes:
        count: Number of rows.
        lines: Their first three line numbers, as a spreadsheet counts: a break within quotes is no new line.
    """

    count: int
    lines: tuple[int, ...]


@dataclass(frozen=True)
class DataQuality:
    """What was read, used and left out: ``rows_read == rows_used + sum of left_out counts``.

    Attributes:
        rows_read: Rows of the file, entirely blank ones not counted.
        rows_used: Rows that became orders or returns.
        left_out: Each of :data:`REASONS`, with count and example lines.
        amount: Euro of all rows used, returns subtracted.
        returns: Rows used with a negative amount.
        returns_amount: Euro of those rows, zero or negative.
        customers: Customers in the rows used.
        customers_only_returns: Those without any order day; they are not in the customer table.
        only_returns_amount: Euro of those customers.
        same_day_collapsed: Rows used that fell together with another of the same customer and day.
        identical_kept: Rows equal to another one, kept for want of an order number.
        first: Day of the first row used.
        last: Day of the last row used.
    """

    rows_read: int
    rows_used: int
    left_out: Mapping[str, LeftOut]
    amount: float
    returns: int
    returns_amount: float
    customers: int
    customers_only_returns: int
    only_returns_amount: float
    same_day_collapsed: int
    identical_kept: int
    first: date
    last: date


def quality_of(path: Path, judged: Table, used: Table, ordered: bool, as_of: date) -> DataQuality:
    """What was read, used and left out.

    Args:
        path: For messages.
        judged: Every row with its ``reason``, null when used.
        used: The rows used.
        ordered: Whether the rows carry an order number.
        as_of: Last day that counts.

    Raises:
        TransactionsError: no row is left to use.
    """
    by_reason = judged.group_by("reason").aggregate(rows=judged.count())
    counts = {row["reason"]: row["rows"] for row in _listing(by_reason)}
    if not counts:
        raise TransactionsError(f"{path}: a heading and no orders under it; export the orders again")
    if None not in counts:
        raise TransactionsError(_nothing_left(path, judged, counts, as_of))
    left_out = {reason: _left_out(judged, reason, counts.get(reason, 0)) for reason in REASONS}
    totals = _totals(used)
    distinct = used.select("customer", "date", "amount").distinct().count()
    return DataQuality(
        rows_read=sum(counts.values()),
        rows_used=counts[None],
        left_out=MappingProxyType(left_out),
        same_day_collapsed=counts[None] - totals.pop("days"),
        identical_kept=0 if ordered else counts[None] - distinct.to_pyarrow().as_py(),
        **totals,
    )


def _left_out(judged: Table, reason: str, count: int) -> LeftOut:
    if not count:
        return LeftOut(0, ())
    lines = judged.filter(judged.reason == reason).select("line").order_by("line").limit(3)
    return LeftOut(count, tuple(row["line"] for row in _listing(lines)))


def _nothing_left(path: Path, judged: Table, counts: Mapping[str, int], as_of: date) -> str:
    if counts.get("after_as_of"):
        first = judged.date.min(where=judged.reason == "after_as_of").to_pyarrow().as_py()
        return f"{path}: as_of {as_of} is before the first order ({first}); choose a later day"
    counted = ", ".join(f"{reason} {counts[reason]}" for reason in REASONS if reason in counts)
    return f"{path}: no row can be used ({counted}); check the mapping of the columns and their formats"


def _totals(used: Table) -> dict[str, Any]:
    spent = per_customer(per_day(used))
    only_returns = spent.order_days == 0
    totals = spent.aggregate(
        amount=spent.net.sum().cast("float64"),
        returns=spent.returns.sum(),
        returns_amount=spent.returned.sum().cast("float64").fill_null(0.0),
        customers=spent.count(),
        customers_only_returns=only_returns.sum(),
        only_returns_amount=spent.net.sum(where=only_returns).cast("float64").fill_null(0.0),
        days=spent.days.sum(),
        first=spent.first.min(),
        last=spent.last.max(),
    )
    return _listing(totals)[0]


def _listing(table: Table) -> list[dict[str, Any]]:
    """The few rows of a summary; never used on orders."""
    return table.to_pyarrow().to_pylist()
