"""Reading orders: each row used, or left out for one stated reason and counted.

Text is read once into DuckDB. A Parquet file and a database are not copied: what is kept of these are expressions,
and for a Parquet file one row per customer.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.customers import everybody
from crmworkbook.transactions.quality import DataQuality, Numbers, quality_of

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from crmworkbook.transactions.formats import Formats
    from crmworkbook.transactions.sources import Source


MEMORY_VARIABLE = "CRMWORKBOOK_MEMORY"
MEMORY = "25%"  # of the machine's, which has something else to do


@dataclass(frozen=True, eq=False)
class Orders:
    """Orders that passed, as a table on the engine, and how they were read.

    Attributes:
        table: Ibis, ``customer`` (text, or the whole numbers of a Parquet file), ``date``, ``amount`` (decimal,
            euro), ``order`` (text or null), and ``product``, ``channel`` (text), ``cost``, ``margin`` (decimal,
            euro) where the source has them. ``date`` is the day booked, ``day`` the day the row counts for: that
            of its order for a credit note that bears the order's number, else the day booked.
        as_of: Last day that counts.
        source: Where they came from, and which column became what.
        formats: How days and amounts were read, and what settled it.
        numbers: What order numbers there are.
        people: One row per customer up to ``as_of``, as ``customers.everybody``.
        count: Makes ``quality``.
    """

    table: Table = field(repr=False)  # an interactive Ibis would print orders
    as_of: date
    source: Source
    formats: Formats
    numbers: Numbers
    people: Table = field(repr=False)
    count: Callable[[], DataQuality] = field(repr=False)

    @cached_property
    def quality(self) -> DataQuality:
        """What was used and left out, counted when it is first asked for."""
        return self.count()

    @property
    def columns(self) -> Mapping[str, str]:
        """Column of the file per role."""
        return self.source.columns

    @property
    def date_format(self) -> str:
        """How the day was read: ``dmy``, ``mdy``, ``ymd`` or ``excel``; empty where the column held dates."""
        return self.formats.date.name

    @property
    def decimal(self) -> str:
        """Decimal sign of the amounts; empty where the column held numbers."""
        return self.formats.amount.name


def read_orders(
    source: str | os.PathLike[str],
    *,
    as_of: date,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    date_format: str | None = None,
    decimal: str | None = None,
    currency: str = "EUR",
    table: str | None = None,
    query: str | None = None,
    folder: Path | None = None,
    memory: str | None = None,
) -> Orders:
    """Read orders from CSV, Excel, Parquet or a database.

    The kind of file is seen from its content. CSV may be separated by ``;``, ``,``, ``|`` or tab, in UTF-8,
    UTF-16 or Windows-1252. Dates may be year-first (2025-12-31, 20251231), year-last with day or month in
    front, with the month in words, or numbers of a spreadsheet; amounts may carry a currency, thousands marks,
    a minus behind or brackets. In a database, days are dates and amounts are numbers.

    Args:
        source: File to read, or the URL of a database; ``${NAME}`` in it stands for that environment variable.
        as_of: Last day that counts; later orders are left out and counted.
        columns: Role to column name; roles not named are looked up in :data:`ROLES`.
        sheet: Sheet of an Excel file; may be left out when only one has content.
        date_format: Dates that are no dates are ``dmy``, ``mdy``, ``ymd`` or ``excel`` (days as a spreadsheet
            counts them); None takes what the column proves.
        decimal: Decimal sign of amounts written as text; None takes what the column proves.
        currency: The client's own, as a code of three capitals; rows in another are left out.
        table: Table of the database.
        query: A SELECT instead of a table.
        folder: Where the files of DuckDB and SQLite databases lie that the URL names without a folder.
        memory: Most that DuckDB may use, such as ``1GB``, and that rows may take beside it; None takes
            ``CRMWORKBOOK_MEMORY``, else a quarter of what the machine has.

    Raises:
        TransactionsError: the source cannot be read, a column is not found, a format is in doubt, or no row is
            left to use. The message says where, what and what to do.
    """
    from crmworkbook.transactions import amounts, dates

    if date_format not in (None, *dates.DATE_FORMATS):
        raise TransactionsError(f"date_format: {date_format!r} is unknown; write dmy, mdy, ymd or excel")
    if decimal not in (None, *amounts.DECIMALS):
        raise TransactionsError(f"decimal: {decimal!r} is no decimal sign; write a comma or a point")
    place, found = _source(source, columns or {}, sheet, table, query, folder, memory)
    terms = (date_format, decimal, as_of, currency)
    orders: Orders = _guarded(found, str(place), lambda: _orders(found, str(place), *terms))
    return orders


def _guarded(found: Source, place: str, work: Callable[[], Any]) -> Any:
    """What an engine raises over rows that it cannot read or keep, in a line of ours."""
    import duckdb

    from crmworkbook.transactions import databases

    fault = "the rows cannot be read"
    if found.kind == "database":
        return databases.guarded(place, work, fault)
    try:
        return work()
    except duckdb.Error as error:
        said = str(error).partition("\n")[0][:200]
        remedy = "see that there is room on the disk, and export the orders again"
        raise TransactionsError(f"{place}: {fault} ({said}); {remedy}") from None


def _orders(
    source: Source, place: str, date_format: str | None, decimal: str | None, as_of: date, currency: str
) -> Orders:
    from crmworkbook.transactions.verdicts import used_rows

    numbers, how, judged = _judged(source, place, date_format, decimal, as_of, currency)
    used = used_rows(judged, numbers)
    used = _kept("used", used) if judged.get_backend().name == "sqlite" else used
    added_up = everybody(used, numbers == "several")
    people = _in_memory(source, used, numbers, as_of)
    people = _kept("people", added_up) if people is None else people.cast(added_up.schema())

    def count() -> DataQuality:
        return quality_of(place, judged, used, people, numbers, as_of, currency)

    orders = Orders(used, as_of, source, how, numbers, people, lambda: _guarded(source, place, count))
    # A server that keeps nothing would add everything up again.
    most = (used.amount if people is added_up else people.net).max().to_pyarrow().as_py()
    if most is None or most <= 0:
        orders.quality  # noqa: B018  # which says what is wrong, if anything is
    return orders


def _judged(
    source: Source, place: str, date_format: str | None, decimal: str | None, as_of: date, currency: str
) -> tuple[Numbers, Formats, Table]:
    """What order numbers there are, how the text was read, and every row with the reason it is left out."""
    from crmworkbook.transactions import amounts, dates, verdicts
    from crmworkbook.transactions.formats import TYPED, Formats

    ordered: Numbers = "several" if "order" in source.columns else ""
    con = source.table.get_backend()
    typed = source.kind in ("parquet", "database") and con.name == "duckdb" and verdicts.are_typed(source)
    if typed and (not ordered or verdicts.numbers_differ(source.table)):
        judged = verdicts.typed_cells(source, as_of, currency, copies=False)
        return "single" if ordered else "", TYPED, judged
    if source.kind == "database":
        judged = verdicts.typed_cells(source, as_of, currency, copies=True)
        # SQLite cannot parse long questions, and Spark takes its time over them.
        return ordered, TYPED, _kept("judged", judged) if con.name in ("sqlite", "pyspark") else judged
    how = Formats(
        dates.date_format_of(source.table, f"{place}, column {source.columns['date']}", date_format, as_of),
        amounts.decimal_of(source.table, f"{place}, column {source.columns['amount']}", decimal),
    )
    judged = verdicts.judged_cells(source.table, how, as_of, currency)
    return ordered, how, con.create_table("judged", judged)  # goes through the file once


def _kept(name: str, table: Table) -> Table:
    """The table worked out once, outside the client's file or server; a server that is only read gives none."""
    con = table.get_backend()
    if con.name in ("duckdb", "sqlite"):
        return con.create_table(name, table, temp=True)
    return table.cache() if con.name == "pyspark" else table  # in the memory of the session


def _in_memory(source: Source, used: Table, numbers: Numbers, as_of: date) -> Table | None:
    """One row per customer, added up without the engine where its orders can be."""
    con = source.table.get_backend()
    if con.name != "duckdb" or numbers == "several":
        return None
    from pydantic import ByteSize, TypeAdapter

    from crmworkbook.transactions import in_memory

    ((limit,),) = con.raw_sql("SELECT current_setting('memory_limit')").fetchall()
    count = source.table.count().to_pyarrow().as_py()
    if not in_memory.fits(used, count, TypeAdapter(ByteSize).validate_python(limit)):
        return None
    people = in_memory.added_up(used, count, as_of)
    if people is None:
        return None
    con.con.register("added_up", people)
    kept: Table = con.create_table("people", con.table("added_up"), temp=True)
    con.con.unregister("added_up")
    return kept


def _source(
    source: str | os.PathLike[str],
    columns: Mapping[str, str],
    sheet: str | None,
    table: str | None,
    query: str | None,
    folder: Path | None,
    memory: str | None,
) -> tuple[object, Source]:
    """The rows, and what messages call their place."""
    from crmworkbook.transactions import databases, reading

    if isinstance(source, str) and databases.is_url(source):
        return databases.shown(source), databases.load(source, table, query, columns, folder)
    file = Path(source)
    return file, reading.load(_connect(memory), file, columns, sheet)


def _connect(memory: str | None = None) -> Backend:
    """DuckDB in this process; what does not fit in its memory goes to the temporary folder."""
    import duckdb
    import ibis

    # Spilled data belongs in the temporary folder, not in the folder someone happens to work in.
    spill = Path(tempfile.gettempdir()) / f"crmworkbook-{os.getpid()}"
    limit = memory or os.environ.get(MEMORY_VARIABLE) or MEMORY
    try:
        con = ibis.duckdb.connect(temp_directory=spill, autoinstall_known_extensions=False, memory_limit=limit)
    except duckdb.Error:
        raise TransactionsError(f"memory: {limit!r} is no amount of memory; write it as 1GB or 500MB") from None
    con.raw_sql("SET TimeZone = 'UTC'")
    con.raw_sql("SET enable_progress_bar = false")  # in a notebook it is a widget among the outputs
    return con
