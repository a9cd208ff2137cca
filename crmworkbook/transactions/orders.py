"""Reading orders: each row used, or left out for one stated reason and counted."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.quality import REASONS, DataQuality, quality_of

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table


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
    quality = quality_of(file, judged, table, "order" in roles, as_of)
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
