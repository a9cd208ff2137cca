"""Reading orders: each row used, or left out for one stated reason and counted."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.customers import per_customer, per_day

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
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


@dataclass(frozen=True, eq=False)
class Orders:
    """Orders that passed, as a table on the engine, and how they were read.

    Attributes:
        table: Ibis, ``customer`` (text), ``date``, ``amount`` (decimal, euro), ``order`` (text or null).
        quality: Counts of what was used and left out.
        as_of: Last day that counts.
        columns: Column of the file per role (customer, date, amount and, where there is one, order).
        date_format: How the day was read: ``dmy``, ``mdy`` or ``ymd``; empty where the column held dates.
        decimal: Decimal sign of the amounts; empty where the column held numbers.
    """

    table: Table = field(repr=False)  # an interactive Ibis would print orders
    quality: DataQuality
    as_of: date
    columns: Mapping[str, str]
    date_format: str
    decimal: str


def read_orders(
    path: str | os.PathLike[str],
    *,
    as_of: date,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    date_format: str | None = None,
    decimal: str | None = None,
) -> Orders:
    """Read an export of orders from CSV, Excel or Parquet.

    The kind of file is seen from its content. CSV may be separated by ``;``, ``,``, ``|`` or tab, in UTF-8,
    UTF-16 or Windows-1252. Dates may be year-first (2025-12-31, 20251231) or year-last with day or month in
    front; amounts may carry €, thousands marks, a minus behind or brackets.

    Args:
        path: File to read.
        as_of: Last day that counts; later orders are left out and counted.
        columns: Role to column name; roles not named are looked up in :data:`ROLES`.
        sheet: Sheet of an Excel file; may be left out when only one has content.
        date_format: Dates written as text are ``dmy``, ``mdy`` or ``ymd``; None takes what the column proves.
        decimal: Decimal sign of amounts written as text; None takes what the column proves.

    Raises:
        TransactionsError: the file cannot be read, a column is not found, a format is in doubt, or no row is
            left to use. The message says where, what and what to do.
    """
    from crmworkbook.transactions import formats, reading

    if date_format not in (None, *formats.DATE_FORMATS):
        raise TransactionsError(f"date_format: {date_format!r} is unknown; write dmy, mdy or ymd")
    if decimal not in (None, *formats.DECIMALS):
        raise TransactionsError(f"decimal: {decimal!r} is no decimal sign; write a comma or a point")
    file, con = Path(path), _connect()
    rows, roles = reading.load(con, file, columns or {}, sheet)
    order = formats.date_format_of(rows, f"{file}, column {roles['date']}", date_format)
    sign = formats.decimal_of(rows, f"{file}, column {roles['amount']}", decimal)
    judged = con.create_table("judged", _judge(rows, order, sign, as_of))  # goes through the file once
    table = judged.filter(judged.reason.isnull()).drop("line", "reason")
    quality = _quality(file, judged, table, "order" in roles, as_of)
    return Orders(table, quality, as_of, MappingProxyType(roles), order, sign)


def _connect() -> Backend:
    import ibis

    # Spilled data belongs in the temporary folder, not in the folder someone happens to work in.
    spill = Path(tempfile.gettempdir()) / f"crmworkbook-{os.getpid()}"
    con = ibis.duckdb.connect(temp_directory=spill, autoinstall_known_extensions=False)
    con.raw_sql("SET TimeZone = 'UTC'")
    return con


def _judge(rows: Table, date_format: str, decimal: str, as_of: date) -> Table:
    """Every row with its customer, date and amount, and the reason it is left out (null when used)."""
    import ibis

    from crmworkbook.transactions.formats import day, euros, identifier

    copied, number = ibis.literal(False), ibis.null("string")
    if "order" in rows.columns:
        cells = [name for name in rows.columns if name != "line"]
        copied, number = ibis.row_number().over(group_by=cells, order_by="line") > 0, identifier(rows.order)
    read = rows.select(
        "line",
        customer=identifier(rows.customer),
        date=day(rows.date, date_format),
        amount=euros(rows.amount, decimal),
        order=number,
        copied=copied,
    )
    faults = (
        read.customer.isnull(),
        read.date.isnull(),
        read.amount.isnull(),
        read.date > as_of,
        read.copied & read.order.notnull(),
    )
    return read.mutate(reason=ibis.cases(*zip(faults, REASONS, strict=True))).drop("copied")


def _quality(path: Path, judged: Table, used: Table, ordered: bool, as_of: date) -> DataQuality:
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
