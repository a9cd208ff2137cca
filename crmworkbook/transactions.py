"""Orders as the bookkeeping delivers them, and one row per customer.

A file is read as text, its date order and decimal sign are decided over the whole column, and every row
gets a verdict: used, or left out for one stated reason. Reading text is SQL, because only DuckDB reads files
here; from typed rows on everything is Ibis expressions, and the orders never become a pandas frame.

Conventions:

* **Order day.** Orders of one customer on one day are one. Returns and credit notes (negative amounts) are
  netted per day. A day is an order day when its net amount is above zero, or when nothing was returned that
  day (so free orders count).
* **Only returns.** A customer without any order day has no last order, and so no place in the customer table.
  The data quality counts these customers and their money.
* **Duplicates.** A row is a duplicate when every column of the file equals that of an earlier row and it has
  an order number. Without an order number two equal rows may be two equal orders: they are kept and counted.
* **Money** is added up exactly, to a hundredth of a cent, so that the order of the rows never changes a sum.
* **Moments with a time zone** count for their day in UTC.
"""

from __future__ import annotations

import codecs
import csv
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, Literal

from crmworkbook.errors import TransactionsError

if TYPE_CHECKING:
    import pandas as pd
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import BooleanColumn, Column, Table, Value

DateFormat = Literal["dmy", "mdy", "ymd"]
Decimal = Literal[",", "."]

REASONS = ("no_customer", "no_date", "not_a_number", "after_as_of", "duplicate")
"""Why a row can be left out; a row that fails on several counts has the first of these."""

_NAMES = {
    "customer": """
        klantnummer klantnr klantid klantcode debiteurnummer debiteurnr debiteurcode relatienummer
        customerid customernumber customerno customernr customercode custid clientid debiteur klant
        customer client
    """,
    "date": """
        datum factuurdatum orderdatum besteldatum verkoopdatum date orderdate invoicedate purchasedate
        transactiondate
    """,
    "amount": """
        bedrag factuurbedrag orderbedrag nettobedrag bedragexclbtw omzet omzetexclbtw amount netamount
        revenue total totaal dollarvalue
    """,
    "order": """
        ordernummer ordernr bestelnummer bestelnr orderid ordernumber orderno order factuurnummer
        factuurnr invoicenumber invoiceno invoiceid invoice transactionid
    """,
}
ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {role: tuple(names.split()) for role, names in _NAMES.items()}
)
"""Usual column names per role, in lower case without spaces and signs; an ``eur`` at the end is ignored."""

_EXAMPLES = 3
_WHOLE = "U?(TINY|SMALL|BIG|HUGE)?INT"
_CHUNK = 1 << 20
_LARGEST = 1e12  # euro; a larger amount on one order row is a slip, and would not fit the exact sum

_SPACES = " \t\r\n\v\f\u00a0\u202f\u2009"
_SPACE = r"[\s\x{00a0}\x{202f}\x{2009}]"
_MARKS = r" \x{00a0}\x{202f}\x{2009}'’"
_TIME = r"(?:[ T].*)?$"
_PLAIN = (
    (r"(?i)€|eur(o)?", ""),
    (r"[−–]", "-"),
    (rf"^{_SPACE}+|{_SPACE}+$", ""),
    (r"[,.]-+$", ""),  # € 12,-
    (r"^\((.+)\)$", r"-\1"),
    (rf"^([^-].*?){_SPACE}*-$", r"-\1"),
    (rf"^-{_SPACE}+", "-"),
    (r"^\+", ""),
)
_DAYS = {
    "year_first": (rf"^(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", r"\1-\2-\3"),
    "year_only": (rf"^(\d{{4}})(\d{{2}})(\d{{2}}){_TIME}", r"\1-\2-\3"),
    "dmy": (rf"^(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_TIME}", r"\3-\2-\1"),
    "mdy": (rf"^(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_TIME}", r"\3-\1-\2"),
}


@dataclass(frozen=True)
class LeftOut:
    """Rows left out for one reason.

    Attributes:
        count: Number of rows.
        lines: Up to three line numbers to look at, the first of the file, counted as a spreadsheet does: the
            heading is line 1, and a line break within quotes does not count.
    """

    count: int
    lines: tuple[int, ...]


@dataclass(frozen=True)
class DataQuality:
    """What was read, what was used, and what was left out and why.

    ``rows_read == rows_used + sum of left_out counts``. No field holds a customer or any other personal
    value.

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
        customer_days: Pairs of customer and day in the rows used.
        same_day_collapsed: Rows used that fell together with another of the same customer and day.
        identical_kept: Rows equal in customer, date and amount to another one, kept for want of an order
            number.
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
    customer_days: int
    same_day_collapsed: int
    identical_kept: int
    first: date
    last: date


@dataclass(frozen=True, eq=False)
class Orders:
    """Orders that passed, as a table on the engine, and how they were read.

    Attributes:
        table: Ibis table: ``customer`` (string), ``date``, ``amount`` (euro, float), ``order`` (string, may
            be null).
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


@dataclass(frozen=True, eq=False)
class Activity:
    """Who bought in the last two years, counted back from the day of reference.

    A year runs to the month and day of *as_of*: with 31 December it is the calendar year. A customer is
    active in a year with at least one order day in it.

    Attributes:
        as_of: Last day of the last year.
        customers_year_before: Customers active in the year before last.
        customers_again: Those of them active in the last year too.
        customers_last_year: Customers active in the last year.
        revenue_last_year: Euro in the last year, returns subtracted.
        by_year: ``year_end`` (last day), ``customers``, ``order_days``, ``revenue`` (euro, returns
            subtracted), oldest first; a year without a row used is absent. The oldest year may be covered in
            part.
    """

    as_of: date
    customers_year_before: int
    customers_again: int
    customers_last_year: int
    revenue_last_year: float
    by_year: pd.DataFrame


@dataclass(frozen=True)
class _Source:
    """Table ``raw`` on the engine, before any verdict.

    It has line, customer, order, date_text, date_value, amount_text and amount_value, and with an order
    number also every further column as ``x0``, ``x1`` and so on.

    Attributes:
        path: The file, for messages.
        columns: Column of the file per role.
        text: Roles (date, amount) that hold text to be read.
    """

    path: Path
    columns: Mapping[str, str]
    text: frozenset[str]


def read_orders(
    path: str | os.PathLike[str],
    *,
    as_of: date,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    date_format: DateFormat | None = None,
    decimal: Decimal | None = None,
) -> Orders:
    """Read an export of orders from CSV, Excel or Parquet.

    The kind of file is seen from its content. CSV may be separated by ``;``, ``,``, ``|`` or tab, in UTF-8,
    UTF-16 or Windows-1252. Dates may be year-first (2025-12-31, 20251231) or year-last with day or month in
    front; amounts may carry €, thousands marks, a minus behind or brackets. One order of the date and one
    decimal sign holds for the whole column: the one that its values prove, where contrary values are at most
    1 in 100 (those rows are left out and counted). Without proof, or with proof of both, the reader asks.

    Args:
        path: File to read.
        as_of: Last day that counts; later orders are left out and counted.
        columns: Role (``customer``, ``date``, ``amount``, ``order``) to column name, for names that
            :data:`ROLES` does not have; roles not named are looked up there.
        sheet: Sheet of an Excel file; may be left out when only one has content.
        date_format: How year-last dates are to be read: ``dmy`` or ``mdy``; ``ymd`` takes year-first ones
            only.
        decimal: Decimal sign of amounts written as text, ``,`` or ``.``.

    Raises:
        TransactionsError: the file cannot be read, a column is not found, a format is in doubt, or no row is
            left to use. The message says where, what and what to do.
    """
    file = Path(path)
    _check_request(file, columns or {}, date_format, decimal)
    con = _connect()
    source = _load(con, file, columns or {}, sheet)
    day_order, sign = _formats(con, source, date_format, decimal)
    judged = _judge(con, source, as_of, day_order, sign)
    quality = _quality(source, judged, as_of)
    table = judged.filter(judged.reason.isnull()).select("customer", "date", "amount", "order")
    return Orders(table, quality, as_of, MappingProxyType(dict(source.columns)), day_order, sign)


def order_days(orders: Orders, as_of: date | None = None) -> Table:
    """Ibis expression of one row per customer and day, up to *as_of*.

    Returns:
        ``customer``, ``date``, ``rows`` (count), ``net`` (euro, exact decimal), ``is_order_day`` (see the
        module).

    Raises:
        TransactionsError: *as_of* is later than the day the orders were read for.
    """
    day = _as_of(orders, as_of)
    return _order_days(orders.table.filter(orders.table.date <= day))


def customers(orders: Orders, as_of: date | None = None) -> Table:
    """Ibis expression of the customer table, to go on from on the engine; as :func:`customer_table`."""
    day = _as_of(orders, as_of)
    grouped = _per_customer(order_days(orders, day))
    kept = grouped.filter(grouped.order_days > 0)
    return kept.select(
        "customer",
        "first_order",
        "last_order",
        "order_days",
        revenue=kept.net.cast("float64"),
        recency_days=_days_until(day, kept.last_order),
        tenure_days=_days_until(day, kept.first_order),
        average_spend=kept.net.cast("float64") / kept.order_days,
    ).order_by("customer")


def customer_table(orders: Orders, as_of: date | None = None) -> pd.DataFrame:
    """One row per customer with at least one order day, in order of customer.

    Args:
        orders: Outcome of :func:`read_orders`.
        as_of: Last day that counts; None takes that of *orders*. Later orders have no influence at all.

    Returns:
        ``customer``, ``first_order``, ``last_order`` (days), ``order_days`` (count), ``revenue`` (euro,
        returns subtracted), ``recency_days`` (days from the last order to *as_of*), ``tenure_days`` (days
        from the first order to *as_of*), ``average_spend`` (euro per order day, ``revenue / order_days``).

    Raises:
        TransactionsError: *as_of* is later than the day the orders were read for.
    """
    frame = customers(orders, as_of).to_pandas()
    days = {"first_order": "datetime64[s]", "last_order": "datetime64[s]"}
    counts = dict.fromkeys(("order_days", "recency_days", "tenure_days"), "int64")
    return frame.astype(days | counts)


def activity(orders: Orders, as_of: date | None = None) -> Activity:
    """Customers active in the year before last, again in the last year, and revenue per year.

    ``customers_again / customers_year_before`` is the yearly retention of the same customers.

    Args:
        orders: Outcome of :func:`read_orders`.
        as_of: Last day of the last year; None takes that of *orders*.

    Raises:
        TransactionsError: *as_of* is later than the day the orders were read for.
    """
    day = _as_of(orders, as_of)
    days = order_days(orders, day)
    aged = days.mutate(years_ago=_years_ago(days.date, day))
    by_year = _by_year(aged, day)
    last = by_year[by_year["year_end"] == _datetime(day)]
    before, again, latest = _two_years(aged)
    revenue = float(last["revenue"].sum())
    return Activity(day, before, again, latest, revenue, by_year)


# Opening the file


def _connect() -> Backend:
    import ibis

    # Spilled data belongs in the temporary folder, not in the folder someone happens to work in.
    spill = Path(tempfile.gettempdir()) / f"crmworkbook-{os.getpid()}"
    con = ibis.duckdb.connect(temp_directory=spill, autoinstall_known_extensions=False)
    con.raw_sql("SET TimeZone = 'UTC'")
    con.raw_sql("; ".join(f"CREATE MACRO {macro}" for macro in _macros()))
    return con


def _check_request(
    path: Path, columns: Mapping[str, str], date_format: str | None, decimal: str | None
) -> None:
    if not path.is_file():
        raise TransactionsError(f"{path}: no such file; check the name and the folder")
    if path.stat().st_size == 0:
        raise TransactionsError(f"{path}: the file is empty; export the orders again")
    unknown = [role for role in columns if role not in ROLES]
    if unknown:
        raise TransactionsError(
            f"columns: {', '.join(unknown)} is no role; map {', '.join(ROLES)} to column names"
        )
    if date_format not in (None, "dmy", "mdy", "ymd"):
        raise TransactionsError(f"date_format: {date_format!r} is unknown; write dmy, mdy or ymd")
    if decimal not in (None, ",", "."):
        raise TransactionsError(f"decimal: {decimal!r} is no decimal sign; write a comma or a point")


def _load(con: Backend, path: Path, columns: Mapping[str, str], sheet: str | None) -> _Source:
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PAR1"):
        return _load_parquet(con, path, columns)
    if start.startswith(b"PK"):
        return _load_excel(con, path, columns, sheet)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise TransactionsError(
            f"{path}: an Excel file of before 2007, or one with a password; save it as .xlsx"
        )
    return _load_csv(con, path, columns)


_TEXT = {
    "customer": ("customer", "named"),
    "date": ("date_text", "trimmed"),
    "amount": ("amount_text", "plain"),
    "order": ("order", "named"),
}


def _text_field(role: str, cell: str) -> tuple[str, str]:
    """Column of ``raw`` and its SQL for a field that is text."""
    column, function = _TEXT[role]
    return column, f"{function}({cell})"


def _create_raw(
    con: Backend, source: str, cells: Mapping[str, str], others: Iterable[str] = (), kind: str = "TABLE"
) -> None:
    """Make ``raw`` from SQL: *source* is a table or query, *cells* the expression of each column it has."""
    columns = {
        "line": cells["line"],
        "customer": cells["customer"],
        "order": cells.get("order", "NULL::VARCHAR"),
        "date_text": cells.get("date_text", "NULL::VARCHAR"),
        "date_value": cells.get("date_value", "NULL::DATE"),
        "amount_text": cells.get("amount_text", "NULL::VARCHAR"),
        "amount_value": cells.get("amount_value", "NULL::DOUBLE"),
    }
    further = {f"x{number}": cell for number, cell in enumerate(others if "order" in cells else ())}
    chosen = ", ".join(f"{cell} AS {_identifier(name)}" for name, cell in (columns | further).items())
    con.raw_sql(f"CREATE {kind} raw AS SELECT {chosen} FROM {source}")


# CSV


def _load_csv(con: Backend, path: Path, columns: Mapping[str, str]) -> _Source:
    with tempfile.TemporaryDirectory(prefix="crmworkbook-") as folder:
        tidy = _tidied(path, Path(folder))
        delimiter, names, skip = _heading(path, tidy)
        found = _find_columns(path, names, columns)
        positions = {role: names.index(name) for role, name in found.items()}
        _scan(con, path, _Csv(tidy, delimiter, len(names), skip), positions)
    return _Source(path, found, frozenset({"date", "amount"}))


@dataclass(frozen=True)
class _Csv:
    """A CSV file that DuckDB can read as it is.

    Attributes:
        path: The file, or the tidied copy.
        delimiter: Separator of the fields.
        width: Number of fields in the heading.
        skip: Rows up to and including the heading.
    """

    path: Path
    delimiter: str
    width: int
    skip: int

    @property
    def names(self) -> list[str]:
        """Names for the fields, ``c0`` and so on; the heading's own may be anything."""
        return [f"c{number}" for number in range(self.width)]

    def query(self, parallel: bool) -> str:
        """SQL for all rows as text with their line number, blank ones left out."""
        types = ", ".join(f"{name}: 'VARCHAR'" for name in self.names)
        options = (
            f"delim = '{self.delimiter}', quote = '\"', escape = '\"', header = false, skip = {self.skip}, "
            f"columns = {{{types}}}, auto_detect = false, null_padding = true, parallel = {parallel}"
        )
        blank = " AND ".join(f"coalesce(trimmed({name}), '') = ''" for name in self.names)
        numbered = f"SELECT *, row_number() OVER () + {self.skip} AS line"
        return f"({numbered} FROM read_csv({_file_name(self.path)}, {options})) WHERE NOT ({blank})"


def _scan(con: Backend, path: Path, csv_file: _Csv, positions: Mapping[str, int]) -> None:
    import duckdb

    cells = {"line": "line"} | dict(_text_field(role, f"c{at}") for role, at in positions.items())
    others = [name for at, name in enumerate(csv_file.names) if at not in positions.values()]
    for parallel in (True, False):
        try:
            return _create_raw(con, csv_file.query(parallel), cells, others)
        except duckdb.Error as error:
            # Line breaks within quotes can only be read by one thread; DuckDB says so halfway.
            if not parallel or "quoted new lines" not in str(error):
                raise TransactionsError(_csv_fault(path, str(error))) from None  # its text quotes the row
    return None


def _file_name(path: Path) -> str:
    """A path as SQL, in which a bracket or star is no pattern."""
    return _quoted(re.sub(r"([\[*?])", r"[\1]", str(path)))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _csv_fault(path: Path, error: str) -> str:
    found = re.search(r"CSV Error on Line: (\d+)", error)
    place = f"{path}, line {found.group(1)}" if found else str(path)
    if "unterminated quote" in error:
        return f'{place}: a quotation mark (") is opened and not closed; close or remove it'
    if "Expected Number of Columns" in error:
        return (
            f"{place}: more fields than the heading has; put quotes around a field that holds the separator"
        )
    if "aximum line size" in error:
        return f"{place}: a line of more than 2 MB; perhaps a quotation mark is not closed"
    return (
        f"{place}: this is not a readable CSV file; open it in a spreadsheet and save it again as CSV (UTF-8)"
    )


def _tidied(path: Path, folder: Path) -> Path:
    """The file itself when DuckDB can read it as it is, else a copy in UTF-8 with one kind of line end."""
    encoding, tidy = _inspect(path)
    if encoding == "utf-8" and tidy:
        return path
    copy = folder / "orders.csv"
    with (
        path.open(encoding=encoding, errors="replace") as source,
        copy.open("w", encoding="utf-8", newline="\n") as target,
    ):
        # A blank line that DuckDB would skip is given a space, so that the line numbers stay those of the
        # file.
        for line in iter(lambda: source.readline(_CHUNK), ""):
            target.write(" \n" if line == "\n" else line)
    return copy


def _inspect(path: Path) -> tuple[str, bool]:
    """Encoding of a text file, and whether all lines end alike and none is blank."""
    with path.open("rb") as file:
        start = file.read(1024)
        file.seek(0)
        wide = _utf16(start)
        if wide:
            return wide, False
        if b"\0" in start:
            raise TransactionsError(
                f"{path}: this is not a text file; give a CSV, Excel (.xlsx) or Parquet file"
            )
        valid, tidy = _check_bytes(file)
    if not valid:
        return "cp1252", False
    return ("utf-8" if tidy else "utf-8-sig"), tidy


def _utf16(start: bytes) -> str:
    """The UTF-16 that a file starts with, empty when it is another encoding."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    half = len(start) // 2
    if half and start[1::2].count(0) > 0.8 * half:
        return "utf-16-le"
    return "utf-16-be" if half and start[0::2].count(0) > 0.8 * half else ""


def _check_bytes(file: IO[bytes]) -> tuple[bool, bool]:
    """Whether all is UTF-8, and whether all lines end alike and none is blank."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    ends = {b"\r\n": 0, b"\n": 0, b"\r": 0}
    blank, before = False, b"\n"
    try:
        for chunk in _chunks(file):
            decoder.decode(chunk)
            joined = before + chunk
            blank = blank or any(pair in joined for pair in (b"\n\n", b"\n\r", b"\r\r"))
            both = chunk.count(b"\r\n")
            ends[b"\r\n"] += both
            ends[b"\n"] += chunk.count(b"\n") - both
            ends[b"\r"] += chunk.count(b"\r") - both
            before = chunk[-1:]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False, False
    return True, not blank and sum(number > 0 for number in ends.values()) <= 1


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The file in pieces, never cut between the two signs of a line end."""
    while chunk := file.read(_CHUNK):
        yield chunk + file.read(1) if chunk.endswith(b"\r") else chunk


def _heading(path: Path, tidy: Path) -> tuple[str, list[str], int]:
    """Separator, column names and the number of rows up to and including the heading."""
    with tidy.open(encoding="utf-8-sig", newline="") as file:
        skipped, line = 0, file.readline(_CHUNK)
        while line and (not line.strip() or line.casefold().startswith("sep=")):
            skipped, line = skipped + 1, file.readline(_CHUNK)
        if not line:
            raise TransactionsError(f"{path}: the file is empty; export the orders again")
        delimiter = _delimiter(line)
        try:
            names = [name.strip() for name in next(csv.reader(_after(line, file), delimiter=delimiter))]
        except csv.Error:  # a field of more than 131,072 signs: a quotation mark is not closed
            raise TransactionsError(
                f"{path}, line {skipped + 1}: the heading cannot be read; correct it"
            ) from None
    return delimiter, names, skipped + 1


def _after(line: str, file: Iterable[str]) -> Iterator[str]:
    yield line
    yield from file


def _delimiter(line: str) -> str:
    outside = re.sub(r'"[^"]*"', "", line)
    return max(";\t|,", key=outside.count)


# Excel and Parquet


def _load_excel(con: Backend, path: Path, columns: Mapping[str, str], sheet: str | None) -> _Source:
    import pyarrow as pa

    try:
        found, cells = _read_sheet(path, columns, sheet)
    except TransactionsError:
        raise
    except Exception:  # openpyxl lets through whatever its zip and XML readers raise
        remedy = "save it again as .xlsx"
        raise TransactionsError(f"{path}: this cannot be read as an Excel file; {remedy}") from None
    schema = pa.schema([(name, _ARROW.get(name, "string")) for name in cells])
    con.con.register("cells", pa.table(cells, schema=schema))
    others = [name for name in cells if name.startswith("x")]
    typed = {name: name for name in ("line", "date_value", "amount_value")}
    given = ((role, column) for role, (column, _) in _TEXT.items() if column in cells)
    texts = dict(_text_field(role, _identifier(column)) for role, column in given)
    _create_raw(con, "cells", typed | texts, others)
    con.con.unregister("cells")
    return _Source(path, found, frozenset({"date", "amount"}))


def _read_sheet(
    path: Path, columns: Mapping[str, str], sheet: str | None
) -> tuple[dict[str, str], dict[str, list[Any]]]:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True, data_only=True)
    try:
        rows = _numbered(_sheet(path, book, sheet))
        heading = next(rows, None)
        if heading is None:
            raise TransactionsError(f"{path}: the sheet is empty; export the orders again")
        names = [_cell_text(cell) or "" for cell in heading[1]]
        found = _find_columns(path, names, columns)
        return found, _cells(rows, len(names), {role: names.index(name) for role, name in found.items()})
    finally:
        book.close()


_ARROW = {"line": "int64", "date_value": "date32", "amount_value": "float64"}


def _sheet(path: Path, book: Any, sheet: str | None) -> Any:
    names = book.sheetnames
    if sheet is not None:
        if sheet not in names:
            raise TransactionsError(f"{path}: no sheet {sheet!r}; there are {_listed(names)}")
        return book[sheet]
    filled = [tab for tab in book.worksheets if next(_numbered(tab), None) is not None]
    if len(filled) > 1:
        raise TransactionsError(f"{path}: several sheets have content; name one of {_listed(names)} as sheet")
    return filled[0] if filled else book.worksheets[0]


def _numbered(tab: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows of a sheet that are not blank, with their number."""
    tab.reset_dimensions()  # some programs write a wrong size into the file
    for number, row in enumerate(tab.iter_rows(values_only=True), start=1):
        if any(cell is not None and str(cell).strip() for cell in row):
            yield number, row


def _cells(
    rows: Iterable[tuple[int, tuple[Any, ...]]], width: int, positions: Mapping[str, int]
) -> dict[str, list[Any]]:
    others = [at for at in range(width) if at not in positions.values()] if "order" in positions else []
    names = ["line", "customer", "date_text", "date_value", "amount_text", "amount_value"]
    further = ["order"] if "order" in positions else []
    columns: dict[str, list[Any]] = {name: [] for name in [*names, *further, *(f"x{at}" for at in others)]}
    for line, row in rows:
        cells = (*row, *[None] * (width - len(row)))
        day, amount = cells[positions["date"]], cells[positions["amount"]]
        is_day = isinstance(day, date)
        is_number = isinstance(amount, int | float) and not isinstance(amount, bool)
        read = [
            line,
            _cell_text(cells[positions["customer"]]),
            None if is_day else _cell_text(day),
            (day.date() if isinstance(day, datetime) else day) if is_day else None,
            None if is_number else _cell_text(amount),
            float(amount) if is_number else None,
            *(_cell_text(cells[positions[role]]) for role in further),
            *(_cell_text(cells[at]) for at in others),
        ]
        for column, value in zip(columns.values(), read, strict=True):
            column.append(value)
    return columns


def _cell_text(cell: Any) -> str | None:
    if cell is None:
        return None
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _load_parquet(con: Backend, path: Path, columns: Mapping[str, str]) -> _Source:
    import duckdb

    read = f"read_parquet({_file_name(path)})"
    try:
        types = {row[0]: row[1] for row in con.raw_sql(f"DESCRIBE FROM {read}").fetchall()}
    except duckdb.Error:
        raise TransactionsError(f"{path}: this Parquet file is damaged; export the orders again") from None
    found = _find_columns(path, list(types), columns)
    line = max(types, key=len) + "_"  # a name that the file does not have
    cells = {"line": _identifier(line)}
    for role, name in found.items():
        kind, cell = _typed_or_text(role, _identifier(name), types[name])
        cells[kind] = cell
    others = [_identifier(name) for name in types if name not in found.values()]
    text = frozenset(role for role in ("date", "amount") if _TEXT[role][0] in cells)
    numbered = f"(SELECT *, row_number() OVER () AS {cells['line']} FROM {read})"
    _create_raw(con, numbered, cells, others, "TABLE" if text else "VIEW")
    return _Source(path, found, text)


def _typed_or_text(role: str, cell: str, kind: str) -> tuple[str, str]:
    """Column of ``raw`` and its SQL: the values that a column already holds, or its text to be read."""
    if role == "date" and kind.startswith(("DATE", "TIMESTAMP")):
        return "date_value", f"CAST({cell} AS DATE)"
    if role == "amount" and re.match(f"{_WHOLE}|FLOAT|DOUBLE|DECIMAL", kind):
        return "amount_value", f"CAST({cell} AS DOUBLE)"
    text = f"CAST({cell} AS VARCHAR)"
    if kind in ("FLOAT", "DOUBLE"):
        # pandas writes whole numbers with a gap as 123.0, and the customer is 123.
        text = f"regexp_replace({text}, '\\.0$', '')"
    return (role, text) if role != "date" and re.match(_WHOLE, kind) else _text_field(role, text)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# Which column is which


def _find_columns(path: Path, names: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    found = {role: _mapped(path, names, role, name) for role, name in columns.items()}
    for role in ROLES:
        if role not in found:
            name = _guessed(path, [name for name in names if name not in found.values()], role)
            if name is not None:
                found[role] = name
    missing = [role for role in ("customer", "date", "amount") if role not in found]
    if missing:
        raise TransactionsError(
            f"{path}: no column found for {', '.join(missing)}; there are {_listed(names)}. "
            f"Map it, such as columns: {{{missing[0]}: {next((name for name in names if name), 'name')}}}"
        )
    _check_once(path, names, found)
    return {role: found[role] for role in ROLES if role in found}


def _mapped(path: Path, names: Sequence[str], role: str, wanted: str) -> str:
    for name in names:
        if name.strip().casefold() == wanted.strip().casefold():
            return name
    raise TransactionsError(
        f"{path}: no column {wanted!r} for {role}; there are {_listed(names)}. Map one of these"
    )


def _guessed(path: Path, names: Sequence[str], role: str) -> str | None:
    known = ROLES[role]
    matches = [(known.index(key), name) for name in names for key in _keys(name) if key in known]
    if len(matches) > 1 and role in ("date", "amount"):
        several = _listed([name for _, name in matches])
        raise TransactionsError(
            f"{path}: {several} could each be the {role}; map one, such as columns: {{{role}: …}}"
        )
    return min(matches)[1] if matches else None


def _keys(name: str) -> tuple[str, ...]:
    """A column name as it may stand in :data:`ROLES`: without signs, and without the currency behind."""
    letters = re.sub(r"[\W_]", "", name.casefold())
    return tuple(dict.fromkeys((letters, re.sub(r"(euro|eur)$", "", letters))))


def _check_once(path: Path, names: Sequence[str], found: Mapping[str, str]) -> None:
    twice = [
        name for name in found.values() if list(names).count(name) > 1 or list(found.values()).count(name) > 1
    ]
    if twice:
        raise TransactionsError(
            f"{path}: column {twice[0]!r} stands there twice or is used twice; name one column per role"
        )


def _listed(names: Iterable[str]) -> str:
    filled = [name[:40] for name in names if name]
    return ", ".join(filled[:20]) + (" …" if len(filled) > 20 else "") if filled else "none"


# Text to dates and numbers


def _macros() -> list[str]:
    """SQL functions that read one field; null where it does not fit."""
    plain = "t"
    for pattern, instead in _PLAIN:
        plain = f"regexp_replace({plain}, {_quoted(pattern)}, {_quoted(instead)}, 'g')"
    missing = "('', 'null', 'none', 'nan', 'nat', 'n/a', '#n/a', '#n/b')"
    return [
        f"trimmed(t) AS trim(t, '{_SPACES}')",
        f"filled(t) AS CASE WHEN length(t) > 4 OR lower(t) NOT IN {missing} THEN t END",
        "named(t) AS filled(trimmed(t))",
        rf"plain(t) AS CASE WHEN regexp_matches(t, '^-?\d+([.,]\d+)?$') THEN t ELSE {plain} END",
        "in_range(d) AS CASE WHEN d BETWEEN DATE '1900-01-01' AND DATE '2199-12-31' THEN d END",
        *(_day_macro(name, *pattern) for name, pattern in _DAYS.items()),
        "ymd(t) AS coalesce(year_first(t), year_only(t))",
        _number_macro("comma", ",", "."),
        _number_macro("point", ".", ","),
        f"euro(a) AS CASE WHEN isfinite(a) AND abs(a) < {_LARGEST:.0f} THEN a END",
    ]


def _day_macro(name: str, pattern: str, parts: str) -> str:
    match, iso = _quoted(pattern), _quoted(parts)
    return (
        f"{name}(t) AS in_range(CASE WHEN regexp_matches(t, {match}) "
        f"THEN try_cast(regexp_replace(t, {match}, {iso}) AS DATE) END)"
    )


def _number_macro(name: str, decimal: str, thousands: str) -> str:
    marks = f"[{_MARKS}{thousands}]"
    pattern = rf"^-?([1-9]\d{{0,2}}({marks}\d{{3}})+|\d*)([{decimal}]\d+)?$"
    return (
        f"{name}(t) AS CASE WHEN regexp_matches(t, {_quoted(pattern)}) "
        f"THEN try_cast(replace(regexp_replace(t, {_quoted(marks)}, '', 'g'), ',', '.') AS DOUBLE) END"
    )


def _formats(
    con: Backend, source: _Source, date_format: DateFormat | None, decimal: Decimal | None
) -> tuple[str, str]:
    """Order of the date and decimal sign, as named or as the whole column proves; empty for typed columns."""
    day_order: str = date_format or ""
    sign: str = decimal or ""
    open_questions = source.text - {role for role, named in (("date", day_order), ("amount", sign)) if named}
    found = _evidence(con) if open_questions else {}
    if "date" in open_questions:
        day_order = _decide_dates(f"{source.path}, column {source.columns['date']}", found)
    if "amount" in open_questions:
        sign = _decide_numbers(f"{source.path}, column {source.columns['amount']}", found)
    return day_order if "date" in source.text else "", sign if "amount" in source.text else ""


def _evidence(con: Backend) -> dict[str, int]:
    """Number of values that only one reading fits, or both with another outcome, or both with the same."""
    marks = {"year_first": "ymd"}
    for role, one, other in (("date", "dmy", "mdy"), ("amount", "comma", "point")):
        marks[f"{role}_first"] = f"{one} IS NOT NULL AND {other} IS NULL"
        marks[f"{role}_second"] = f"{other} IS NOT NULL AND {one} IS NULL"
        marks[f"{role}_doubt"] = f"{one} <> {other}"
        marks[f"{role}_same"] = f"{one} = {other}"
    counts = ", ".join(f"count(*) FILTER ({mark})" for mark in marks.values())
    readings = (
        "date_value IS NOT NULL OR ymd(date_text) IS NOT NULL AS ymd, dmy(date_text) AS dmy, "
        "mdy(date_text) AS mdy, comma(amount_text) AS comma, point(amount_text) AS point"
    )
    found = con.raw_sql(f"SELECT {counts} FROM (SELECT {readings} FROM raw)").fetchone()
    return dict(zip(marks, found, strict=True))


def _decide_dates(place: str, found: Mapping[str, int]) -> str:
    ask = "say which with date_format: dmy, mdy or ymd"
    first = found["year_first"]
    last = sum(found[f"date_{kind}"] for kind in ("first", "second", "doubt", "same"))
    if _mixed(first, last):
        raise TransactionsError(f"{place}: {first} dates have the year first and {last} have it last; {ask}")
    if not last:
        return "ymd"
    return _decide(place, found, "date", ("dmy", "mdy"), f"the day and the month cannot be told apart; {ask}")


def _decide_numbers(place: str, found: Mapping[str, int]) -> str:
    ask = "say which sign is the decimal one with decimal: ',' or '.'"
    return _decide(place, found, "amount", (",", "."), f"1.234 may be a thousand or one and a bit; {ask}")


def _decide(place: str, found: Mapping[str, int], role: str, names: tuple[str, str], doubt: str) -> str:
    first, second = found[f"{role}_first"], found[f"{role}_second"]
    if _mixed(first, second):
        raise TransactionsError(
            f"{place}: {first} values fit only {names[0]!r}, {second} only {names[1]!r}; {doubt}"
        )
    if not first and not second and found[f"{role}_doubt"]:
        raise TransactionsError(f"{place}: no value settles the format: {doubt}")
    return names[0] if first >= second else names[1]


def _mixed(one: int, other: int) -> bool:
    """Whether the smaller number is more than the slips of the larger, 1 in 100."""
    return min(one, other) * 100 > max(one, other)


# The verdict on each row


def _judge(con: Backend, source: _Source, as_of: date, day_order: str, sign: str) -> Table:
    """Every row with its customer, date and amount, and the reason it is left out (null when used)."""
    rows = _typed(con, source, day_order, sign)
    if "order" not in source.columns:
        return _verdict(rows, as_of)
    judged = con.create_table("judged", _verdict(rows.mutate(seen_before=_seen_before(rows)), as_of))
    con.raw_sql(f"DROP {'TABLE' if source.text else 'VIEW'} typed")  # duplicates are looked for only once
    return judged


def _typed(con: Backend, source: _Source, day_order: str, sign: str) -> Table:
    """The raw rows with dates and numbers; text is read once and stored, what is typed stays where it is."""
    day = "coalesce(date_value, ymd(date_text)"
    day += f", {day_order}(date_text))" if day_order in ("dmy", "mdy") else ")"
    amount = {",": "comma(amount_text)", ".": "point(amount_text)", "": "NULL"}[sign]
    con.raw_sql(
        f"CREATE {'TABLE' if source.text else 'VIEW'} typed AS "
        "SELECT * EXCLUDE (date_text, date_value, amount_text, amount_value), "
        f"in_range({day}) AS date, euro(coalesce(amount_value, {amount})) AS amount FROM raw"
    )
    if source.text:
        con.raw_sql("DROP TABLE raw")
    return con.table("typed")


def _verdict(rows: Table, as_of: date) -> Table:
    import ibis

    reasons = [
        (rows.customer.isnull(), "no_customer"),
        (rows.date.isnull(), "no_date"),
        (rows.amount.isnull(), "not_a_number"),
        (rows.date > as_of, "after_as_of"),
    ]
    if "seen_before" in rows.columns:
        reasons.append((rows.seen_before & rows.order.notnull(), "duplicate"))
    return rows.select("line", "customer", "date", "amount", "order", reason=ibis.cases(*reasons))


def _seen_before(rows: Table) -> BooleanColumn:
    import ibis

    cells = [name for name in rows.columns if name != "line"]
    return ibis.row_number().over(group_by=cells, order_by="line") > 0


def _quality(source: _Source, judged: Table, as_of: date) -> DataQuality:
    by_reason = _listing(judged.group_by("reason").aggregate(rows=judged.count()))
    counts = {row["reason"]: row["rows"] for row in by_reason}
    if not counts:
        raise TransactionsError(f"{source.path}: a heading and no orders under it; export the orders again")
    left_out = {reason: _left_out(judged, reason, counts.get(reason, 0)) for reason in REASONS}
    if None not in counts:
        raise TransactionsError(_nothing_left(source.path, judged, left_out, as_of))
    used = judged.filter(judged.reason.isnull())
    totals = _listing(_totals(used))[0]
    return DataQuality(
        rows_read=sum(counts.values()),
        rows_used=counts[None],
        left_out=MappingProxyType(left_out),
        same_day_collapsed=counts[None] - totals["customer_days"],
        identical_kept=0 if "order" in source.columns else _identical(used),
        **totals,
    )


def _left_out(judged: Table, reason: str, count: int) -> LeftOut:
    if not count:
        return LeftOut(0, ())
    lines = judged.filter(judged.reason == reason).select("line").order_by("line").limit(_EXAMPLES)
    return LeftOut(count, tuple(row["line"] for row in _listing(lines)))


def _nothing_left(path: Path, judged: Table, left_out: Mapping[str, LeftOut], as_of: date) -> str:
    if left_out["after_as_of"].count:
        first = judged.filter(judged.reason == "after_as_of").date.min().to_pyarrow().as_py()
        return f"{path}: as_of {as_of} is before the first order ({first}); choose a later day"
    counted = ", ".join(f"{reason} {out.count}" for reason, out in left_out.items() if out.count)
    return f"{path}: no row can be used ({counted}); check the mapping of the columns and their formats"


def _totals(used: Table) -> Table:
    import ibis

    spent = _per_customer(_order_days(used))
    only_returns = spent.order_days == 0
    return spent.aggregate(
        amount=_money(spent.net.sum()),
        returns=spent.returns.sum(),
        returns_amount=_money(spent.returned.sum()),
        customers=spent.count(),
        customers_only_returns=only_returns.sum(),
        only_returns_amount=_money(ibis.cases((only_returns, spent.net)).sum()),
        customer_days=spent.days.sum(),
        first=spent.first.min(),
        last=spent.last.max(),
    )


def _identical(used: Table) -> int:
    equal = used.group_by("customer", "date", "amount").aggregate(rows=used.count())
    return int((equal.rows - 1).sum().to_pyarrow().as_py())


def _money(total: Value) -> Value:
    return total.cast("float64").fill_null(0.0)


def _listing(table: Table) -> list[dict[str, Any]]:
    """The few rows of a summary; never used on orders."""
    return table.to_pyarrow().to_pylist()


# Days, customers and years


def _order_days(table: Table) -> Table:
    import ibis

    exact = table.amount.cast("decimal(18, 4)")
    returned = table.amount < 0
    days = table.group_by("customer", "date").aggregate(
        rows=table.count(),
        net=exact.sum(),
        returns=returned.cast("int64").sum(),
        returned=ibis.cases((returned, exact), else_=ibis.literal(0).cast("decimal(18, 4)")).sum(),
    )
    return days.mutate(is_order_day=(days.net > 0) | (days.returns == 0))


def _per_customer(days: Table) -> Table:
    import ibis

    order_day = ibis.cases((days.is_order_day, days.date))
    return days.group_by("customer").aggregate(
        first_order=order_day.min(),
        last_order=order_day.max(),
        order_days=days.is_order_day.cast("int64").sum(),
        net=days.net.sum(),
        days=days.count(),
        returns=days.returns.sum(),
        returned=days.returned.sum(),
        first=days.date.min(),
        last=days.date.max(),
    )


def _days_until(day: date, earlier: Column) -> Value:
    import ibis

    return ibis.literal(day).delta(earlier, unit="day")


def _as_of(orders: Orders, as_of: date | None) -> date:
    day = orders.as_of if as_of is None else as_of
    if day > orders.as_of:
        raise TransactionsError(
            f"as_of {day}: the orders were read up to {orders.as_of}; read them again for a later day"
        )
    return day


def _years_ago(day: Column, as_of: date) -> Value:
    """Whole years from a day to *as_of*: 0 in the year that ends on *as_of*, 1 in the one before."""
    later_in_year = day.month() * 100 + day.day() > as_of.month * 100 + as_of.day
    return as_of.year - day.year() - later_in_year.cast("int64")


def _by_year(aged: Table, as_of: date) -> pd.DataFrame:
    import ibis
    import pandas as pd

    active = ibis.cases((aged.is_order_day, aged.customer))
    years = aged.group_by("years_ago").aggregate(
        customers=active.nunique(),
        order_days=aged.is_order_day.cast("int64").sum(),
        revenue=_money(aged.net.sum()),
    )
    rows = _listing(years.order_by(ibis.desc("years_ago")))
    ends = [_datetime(_years_before(as_of, row["years_ago"])) for row in rows]
    columns = {name: [row[name] for row in rows] for name in ("customers", "order_days", "revenue")}
    return pd.DataFrame({"year_end": pd.Series(ends, dtype="datetime64[s]")} | columns)


def _two_years(aged: Table) -> tuple[int, int, int]:
    """Customers active in the year before last, in both years, and in the last year."""
    recent = aged.filter(aged.is_order_day & (aged.years_ago < 2))
    active = recent.group_by("customer").aggregate(
        last=(recent.years_ago == 0).any(), before=(recent.years_ago == 1).any()
    )
    counts = active.aggregate(
        before=active.before.sum(), again=(active.before & active.last).sum(), last=active.last.sum()
    )
    row = _listing(counts)[0]
    return int(row["before"] or 0), int(row["again"] or 0), int(row["last"] or 0)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February in a common year
        return day.replace(year=day.year - years, day=28)


def _datetime(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)
