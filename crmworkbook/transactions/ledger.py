"""The cost ledger: what winning, serving, developing and keeping customers cost in one period.

A ledger has a row per customer or per segment with a column for each kind of cost, or a row per posting with the
kind and the amount. Every amount in it is an entry; an entry is used, or left out for one stated reason and counted
with its money, so that ``amount_read == amount_used + sum of the amounts left out``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value

Spread = Literal["equal", "revenue", "orders"]
KINDS = ("acquisition", "development", "service", "retention")
REASONS = (
    "no_owner",
    "unknown_kind",
    "not_a_number",
    "no_date",
    "outside_period",
    "negative",
    "duplicate",
    "unknown_customer",
    "unknown_segment",
)
"""Why an entry can be left out; one that fails on several counts has the first of these."""

_KIND_NAMES = {
    "acquisition": "werving wervingskosten wervingsuitgaven werven acquisitie acquisition acquisitioncost cac",
    "development": "ontwikkeling ontwikkelkosten ontwikkelen development developmentcost",
    "service": "bediening bedieningskosten bedienen service servicekosten servicecost servicing serving costtoserve",
    "retention": "behoud behoudskosten behouden retentie retentiekosten retention retentioncost",
}
KIND_NAMES: Mapping[str, str] = MappingProxyType(
    {name: kind for kind, names in _KIND_NAMES.items() for name in names.split()}
)
"""Usual names of a kind of cost to the kind: columns of a wide ledger, and the cells of ``kind`` in a long one."""


@dataclass(frozen=True)
class LedgerLeftOut:
    """Entries left out for one reason.

    Attributes:
        count: Number of entries.
        amount: Their money, euro; nothing where the amount is no number.
        lines: The first three line numbers, as a spreadsheet counts.
    """

    count: int
    amount: float
    lines: tuple[int, ...]


@dataclass(frozen=True)
class LedgerQuality:
    """What of a ledger was used: ``entries_read == entries_used + sum of left_out counts``, and the same for money.

    Attributes:
        entries_read: Amounts in the ledger, empty cells not counted.
        entries_used: Those that reached a customer, in one piece or spread.
        amount_read: Euro of all entries that are numbers.
        amount_used: Euro of the entries used.
        spread: Euro of the entries used that a segment bears, spread over its customers.
        left_out: Each of :data:`REASONS`.
    """

    entries_read: int
    entries_used: int
    amount_read: float
    amount_used: float
    spread: float
    left_out: Mapping[str, LedgerLeftOut]

    @property
    def amount_left_out(self) -> float:
        """Euro that no customer bears."""
        return sum(part.amount for part in self.left_out.values())


@dataclass(frozen=True, eq=False)
class Ledger:
    """A ledger as it was read; nothing in it is judged yet but its kinds.

    Attributes:
        entries: Ibis, one row per amount: ``line``, ``customer``, ``segment`` (text or null), ``kind`` (one of
            :data:`KINDS` or null), ``amount`` (decimal, euro, or null), ``date`` (or null), ``copied`` (an exact
            copy of an earlier row).
        owners: Ibis, ``customer``, ``segment``, ``wallet`` (euro per period): what the ledger says of customers
            beside costs; null where it does not.
        dated: Whether rows bear a date, so that only those of the period count.
    """

    entries: Table
    owners: Table
    dated: bool


def judged(ledger: Ledger, start: date, as_of: date) -> Table:
    """The entries with a ``reason``, null where nothing is wrong with the entry itself.

    Args:
        ledger: As it was read.
        start: The day before the period.
        as_of: The last day of the period.
    """
    import ibis

    entries = ledger.entries
    never = ibis.literal(False)
    outside = (entries.date <= start) | (entries.date > as_of)
    faults = (
        (entries.customer.isnull() & entries.segment.isnull(), "no_owner"),
        (entries.kind.isnull(), "unknown_kind"),
        (entries.amount.isnull(), "not_a_number"),
        (entries.date.isnull() if ledger.dated else never, "no_date"),
        (outside if ledger.dated else never, "outside_period"),
        (entries.amount < 0, "negative"),
        (entries.copied, "duplicate"),
    )
    return entries.mutate(reason=ibis.cases(*faults))


def quality_of(entries: Table) -> LedgerQuality:
    """Counts and money of the entries by ``reason``; null is used.

    Args:
        entries: :func:`judged`, with the reasons that only the customers can tell filled in.
    """
    counts = {
        row["reason"]: row
        for row in listing(
            entries.group_by("reason").aggregate(
                count=entries.count(),
                amount=entries.amount.sum().cast("float64"),
                spread=entries.amount.sum(where=entries.customer.isnull()).cast("float64"),
            )
        )
    }
    empty: dict[str, Any] = {"count": 0, "amount": 0.0, "spread": 0.0}
    left_out = {}
    for reason in REASONS:
        row = counts.get(reason, empty)
        lines = _first_lines(entries.filter(entries.reason == reason)) if row["count"] else ()
        left_out[reason] = LedgerLeftOut(row["count"], row["amount"] or 0.0, lines)
    used = counts.get(None, empty)
    return LedgerQuality(
        entries_read=sum(row["count"] for row in counts.values()),
        entries_used=used["count"],
        amount_read=sum(row["amount"] or 0.0 for row in counts.values()),
        amount_used=used["amount"] or 0.0,
        spread=used["spread"] or 0.0,
        left_out=MappingProxyType(left_out),
    )


def _first_lines(entries: Table) -> tuple[int, ...]:
    lines = entries.select("line").distinct().order_by("line").limit(3)
    return tuple(row["line"] for row in listing(lines))


def plain(text: Value) -> Value:
    """A name as it may stand in :data:`KIND_NAMES`: lower case, letters only."""
    return text.cast("string").lower().re_replace("[^a-z]", "")


def mapped(value: Value, to: Mapping[str, str]) -> Value:
    """*value* by a short list; null where it is not in it."""
    import ibis

    return ibis.cases(*((value == known, instead) for known, instead in to.items())) if to else ibis.null("string")


def listing(table: Table, names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The few rows of a summary; never used on customers or entries."""
    rows: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return [{name: row[name] for name in names} for row in rows] if names else rows
