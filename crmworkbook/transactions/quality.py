"""What of the orders was used, and what was left out for which reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.customers import total
from crmworkbook.transactions.months import Months, months_of

if TYPE_CHECKING:
    from ibis.expr.types import Table

Numbers = Literal["", "single", "several"]
"""No order numbers; numbers that each stand on one row; numbers that may stand on several."""

REASONS = ("no_customer", "no_date", "not_a_number", "other_currency", "after_as_of", "duplicate")
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
        customers_again: Customers with more than one order day.
        same_day_collapsed: Rows used that fell together with another of the same customer and day.
        identical_kept: Rows equal to another one, kept for want of an order number.
        first: Day of the first row used.
        last: Day of the last row used.
        credit_notes: Rows used that bear the number of an earlier order and count on its day.
        without_margin: Rows used of which the cost or margin cannot be read; None without such a column.
        currency: Currency of the rows used.
        currencies: Rows left out by currency, the most frequent first.
        months: What the calendar months show.
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
    customers_again: int
    same_day_collapsed: int
    identical_kept: int
    first: date
    last: date
    credit_notes: int
    without_margin: int | None
    currency: str
    currencies: Mapping[str, int]
    months: Months


def quality_of(
    place: object, judged: Table, used: Table, people: Table, numbers: Numbers, as_of: date, currency: str
) -> DataQuality:
    """What was read, used and left out.

    Args:
        place: File or query, for messages.
        judged: Every row with ``currency`` and its ``reason``, null when used.
        used: The rows used, with the ``day`` each counts for.
        people: The rows used, added up per customer.
        numbers: What order numbers there are.
        as_of: Last day that counts.
        currency: The client's own.

    Raises:
        TransactionsError: no row is left to use.
    """
    tallies = tallies_of(judged)
    counts: dict[str | None, int] = {}
    for tally in tallies:
        counts[tally["reason"]] = counts.get(tally["reason"], 0) + tally["rows"]
    if not counts:
        raise TransactionsError(
            f"{place}: there are columns, and no orders in them; export the orders again, or look at the query"
        )
    currencies = _currencies(judged) if counts.get("other_currency") else {}
    if None not in counts:
        raise TransactionsError(_nothing_left(place, judged, counts, as_of, currency, currencies))
    good = [tally for tally in tallies if tally["reason"] is None]
    net, returned = (_euros(tally[name] for tally in good) for name in ("net", "returned"))
    if net <= returned:
        raise TransactionsError(
            f"{place}: none of the {counts[None]} amounts is above zero; check that the right column is the amount, "
            "and that the export does not write sales with a minus"
        )
    totals = _customers(people)
    lacking = [tally["lacking"] for tally in good]
    return DataQuality(
        rows_read=sum(counts.values()),
        rows_used=counts[None],
        left_out=MappingProxyType({reason: _left_out(judged, reason, counts.get(reason, 0)) for reason in REASONS}),
        amount=net,
        returns=sum(tally["returns"] for tally in good),
        returns_amount=returned,
        same_day_collapsed=counts[None] - totals.pop("days"),
        identical_kept=0 if numbers else counts[None] - _different(used),
        first=min(tally["date"] for tally in good),
        last=max(tally["date"] for tally in good),
        credit_notes=_moved(used) if numbers == "several" else 0,
        without_margin=None if None in lacking else sum(lacking),
        currency=currency,
        currencies=MappingProxyType(currencies),
        months=months_of({tally["date"]: tally["rows"] for tally in good}),
        **totals,
    )


def tallies_of(judged: Table) -> list[dict[str, Any]]:
    """Rows and their money by ``reason`` and day booked: one pass, and few rows come back.

    Args:
        judged: As for :func:`quality_of`.
    """
    import ibis

    role = next((role for role in ("margin", "cost") if role in judged.columns), None)
    is_return = judged.amount < 0
    return _listing(
        judged.group_by("reason", "date").aggregate(
            rows=judged.count(),
            net=total(judged.amount),
            returns=judged.count(where=is_return),
            returned=total(judged.amount, where=is_return),
            lacking=ibis.null("int64") if role is None else judged.count(where=judged[role].isnull()),
        )
    )


def _left_out(judged: Table, reason: str, count: int) -> LeftOut:
    if not count:
        return LeftOut(0, ())
    lines = judged.filter(judged.reason == reason).select("line").order_by("line").limit(3)
    found = (row["line"] for row in _listing(lines))
    return LeftOut(count, tuple(line for line in found if line is not None))  # a database has no lines


def _currencies(judged: Table) -> dict[str, int]:
    foreign = judged.filter(judged.reason == "other_currency")
    rows = _listing(foreign.group_by("currency").aggregate(rows=foreign.count()))
    rows.sort(key=lambda row: (-row["rows"], row["currency"]))
    known = {row["currency"]: row["rows"] for row in rows if re.fullmatch("[A-Z]{3}", row["currency"])}
    rest = sum(row["rows"] for row in rows) - sum(known.values())  # whatever stands there is nobody's business
    return known | ({"?": rest} if rest else {})


def _nothing_left(
    place: object,
    judged: Table,
    counts: Mapping[str | None, int],
    as_of: date,
    currency: str,
    currencies: Mapping[str, int],
) -> str:
    if currencies and counts["other_currency"] == max(counts.values()):
        codes = ", ".join(currencies)
        remedy = f"write currency: {codes} in client.yaml" if len(currencies) == 1 and "?" not in currencies else ""
        remedy = " or ".join(filter(None, [remedy, f"export the amounts in {currency}"]))
        return f"{place}: the amounts are in {codes} and the client's currency is {currency}; {remedy}"
    if counts.get("after_as_of"):
        first = judged.date.min(where=judged.reason == "after_as_of").to_pyarrow().as_py()
        return f"{place}: as_of {as_of} is before the first order ({first}); choose a later day"
    counted = ", ".join(f"{reason} {counts[reason]}" for reason in REASONS if reason in counts)
    return f"{place}: no row can be used ({counted}); check the mapping of the columns and their formats"


def _moved(used: Table) -> int:
    return int(used.filter(used.day < used.date).count().to_pyarrow().as_py())


def _different(used: Table) -> int:
    return int(used.select("customer", "date", "amount").distinct().count().to_pyarrow().as_py())


def _customers(people: Table) -> dict[str, Any]:
    only_returns = people.order_days == 0
    totals = people.aggregate(
        customers=people.count(),
        customers_only_returns=people.count(where=only_returns),
        only_returns_amount=total(people.net, where=only_returns).cast("float64").fill_null(0.0),
        customers_again=people.count(where=people.order_days > 1),
        days=people.days.sum(),
    )
    return _listing(totals)[0]


def _euros(sums: Iterable[Any]) -> float:
    """Exact for decimals; else to a hundredth of a cent."""
    return float(round(sum(part for part in sums if part is not None), 4))


def _listing(table: Table) -> list[dict[str, Any]]:
    """The few rows of a summary; never used on orders."""
    return table.to_pyarrow().to_pylist()
