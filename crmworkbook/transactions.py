"""Orders as the bookkeeping delivers them, and one row per customer.

A file is read as text, its date order and decimal sign are decided over the whole column, and every row
gets a verdict: used, or left out for one stated reason. From there on everything is Ibis expressions on an
in-process DuckDB; the orders never become a pandas frame.

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
from dataclasses import dataclass
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

_ORDERS, _RAW = "orders", "raw"
_EXAMPLES = 3
_CHUNK = 1 << 20
_MISSING = ("", "null", "none", "nan", "nat", "n/a", "#n/a", "#n/b")
_SPACE = r"[\s\x{00a0}\x{202f}\x{2009}]"
_THOUSANDS = r" \x{00a0}\x{202f}\x{2009}'’"
_TIME = r"(?:[ T].*)?$"
_YEAR_FIRST = (
    rf"^(\d{{4}})[-/.]?(\d{{2}})[-/.]?(\d{{2}}){_TIME}|^(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}"
)
_YEAR_LAST = rf"^(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_TIME}"
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
_LARGEST = 1e12  # euro; a larger amount on one order row is a slip, and would not fit the exact sum


@dataclass(frozen=True)
class LeftOut:
    """Rows left out for one reason.

    Attributes:
        count: Number of rows.
        lines: Up to three line numbers to look at, the first of the file; the heading of a file is line 1.
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

    table: Table
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


@dataclass(frozen=True, eq=False)
class _Raw:
    """A source before any verdict.

    ``rows`` has line, customer, date_text, date_value, amount_text, amount_value, order, and with an order
    number also every further column.
    """

    rows: Table
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
    source = Path(path)
    _check_request(source, columns or {}, date_format, decimal)
    con = _connect()
    raw = _read_raw(con, source, columns or {}, sheet)
    _check_any_row(source, raw.rows)
    day_order, sign = _formats(source, raw, date_format, decimal)
    judged = _judge(raw, as_of, day_order, sign)
    if raw.text or "order" in raw.columns:  # read text and look for duplicates once, not at every question
        judged = con.create_table(_ORDERS, judged)
    if raw.text:
        con.raw_sql(f'DROP TABLE "{_RAW}"')
    quality = _quality(source, raw, judged, as_of)
    table = judged.filter(judged.reason.isnull()).select("customer", "date", "amount", "order")
    return Orders(table, quality, as_of, MappingProxyType(dict(raw.columns)), day_order, sign)


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


def _read_raw(con: Backend, path: Path, columns: Mapping[str, str], sheet: str | None) -> _Raw:
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PAR1"):
        return _read_parquet(con, path, columns)
    if start.startswith(b"PK"):
        return _read_excel(con, path, columns, sheet)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise TransactionsError(
            f"{path}: an Excel file of before 2007, or one with a password; save it as .xlsx"
        )
    return _read_csv(con, path, columns)


# CSV


def _read_csv(con: Backend, path: Path, columns: Mapping[str, str]) -> _Raw:
    with tempfile.TemporaryDirectory(prefix="crmworkbook-") as folder:
        tidy = _tidied(path, Path(folder))
        delimiter, names, skip = _heading(path, tidy)
        found = _find_columns(path, names, columns)
        rows = _scan(con, path, tidy, delimiter, len(names), skip, _positions(names, found))
    return _Raw(rows, found, frozenset({"date", "amount"}))


def _scan(
    con: Backend, path: Path, tidy: Path, delimiter: str, width: int, skip: int, positions: Mapping[str, int]
) -> Table:
    """Load the columns that matter as text, in the order of the file."""
    import duckdb

    options: dict[str, Any] = {
        "delim": delimiter,
        "quote": '"',
        "escape": '"',
        "header": False,
        "skip": skip,
        "columns": {f"c{number}": "VARCHAR" for number in range(width)},
        "auto_detect": False,
        "null_padding": True,
    }
    name = re.sub(r"([\[*?])", r"[\1]", str(tidy))  # a bracket in a file name is no pattern
    for parallel in (True, False):
        try:
            lines = con.read_csv(name, parallel=parallel, **options)
            return con.create_table(_RAW, _text_rows(lines, positions, skip))
        except duckdb.Error as error:
            # Line breaks within quotes can only be read by one thread; DuckDB says so halfway.
            if not (parallel and "quoted new lines" in str(error)):
                raise TransactionsError(_csv_fault(path, str(error))) from None  # its text quotes the row
    raise AssertionError("unreachable")


def _text_rows(lines: Table, positions: Mapping[str, int], skip: int) -> Table:
    import ibis

    blank = ibis.and_(*(_is_blank(lines[name]) for name in lines.columns))
    kept = lines.mutate(line=ibis.row_number() + skip + 1, blank=blank).filter(~ibis._.blank)
    cells = {role: kept[f"c{number}"] for role, number in positions.items()}
    texts = {_AS_TEXT.get(role, role): cell for role, cell in cells.items()}
    return kept.select(**_raw_columns({"line": kept.line, **texts}), **_others(cells, lines, kept))


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
    """Separator, column names and the number of lines up to and including the heading."""
    with tidy.open(encoding="utf-8-sig", newline="") as file:
        skipped, line = 0, file.readline(_CHUNK)
        while line and (not line.strip() or line.casefold().startswith("sep=")):
            skipped, line = skipped + 1, file.readline(_CHUNK)
        if not line:
            raise TransactionsError(f"{path}: the file is empty; export the orders again")
        delimiter = _delimiter(line)
        reader = csv.reader(_after(line, file), delimiter=delimiter)
        try:
            names = [name.strip() for name in next(reader)]
        except csv.Error:
            raise TransactionsError(
                f"{path}, line {skipped + 1}: the heading cannot be read; correct it"
            ) from None
    return delimiter, names, skipped + reader.line_num


def _after(line: str, file: Iterable[str]) -> Iterator[str]:
    yield line
    yield from file


def _delimiter(line: str) -> str:
    outside = re.sub(r'"[^"]*"', "", line)
    return max(";\t|,", key=outside.count)


# Excel and Parquet


def _read_excel(con: Backend, path: Path, columns: Mapping[str, str], sheet: str | None) -> _Raw:
    import ibis
    import pyarrow as pa
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception:  # openpyxl lets through whatever its zip and XML readers raise
        raise TransactionsError(
            f"{path}: this cannot be opened as an Excel file; save it again as .xlsx"
        ) from None
    try:
        rows = _numbered(_sheet(path, book, sheet))
        heading = next(rows, None)
        if heading is None:
            raise TransactionsError(f"{path}: the sheet is empty; export the orders again")
        names = [_cell_text(cell) or "" for cell in heading[1]]
        found = _find_columns(path, names, columns)
        cells = _cells(rows, len(names), _positions(names, found))
    finally:
        book.close()
    schema = pa.schema([(name, _ARROW.get(name, "string")) for name in cells])
    table = ibis.memtable(pa.table(cells, schema=schema))
    given = {name: table[name] for name in table.columns if not name.startswith("x")}
    others = {name: table[name] for name in table.columns if name.startswith("x")}
    stored = con.create_table(_RAW, table.select(**_raw_columns(given), **others))
    return _Raw(stored, found, frozenset({"date", "amount"}))


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
    names = ["line", "customer", "date_text", "date_value", "amount_text", "amount_value", "order"]
    columns: dict[str, list[Any]] = {name: [] for name in [*names, *(f"x{at}" for at in others)]}
    for line, row in rows:
        cells = (*row, *[None] * (width - len(row)))
        day, amount = cells[positions["date"]], cells[positions["amount"]]
        is_day = isinstance(day, date)
        is_number = isinstance(amount, int | float) and not isinstance(amount, bool)
        order = _cell_text(cells[positions["order"]]) if "order" in positions else None
        read = [
            line,
            _cell_text(cells[positions["customer"]]),
            None if is_day else _cell_text(day),
            (day.date() if isinstance(day, datetime) else day) if is_day else None,
            None if is_number else _cell_text(amount),
            float(amount) if is_number else None,
            order,
            *(_cell_text(cells[at]) for at in others),
        ]
        for column, value in zip(columns.values(), read, strict=True):
            column.append(value)
    return columns


def _cell_text(cell: Any) -> str | None:
    if cell is None:
        return None
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _read_parquet(con: Backend, path: Path, columns: Mapping[str, str]) -> _Raw:
    import duckdb
    import ibis

    try:
        table = con.read_parquet(re.sub(r"([\[*?])", r"[\1]", str(path)))
    except duckdb.Error:
        raise TransactionsError(f"{path}: this Parquet file is damaged; export the orders again") from None
    found = _find_columns(path, list(table.columns), columns)
    cells = {role: table[name] for role, name in found.items()}
    given = {"line": ibis.row_number() + 1, "customer": _as_text(cells["customer"])}
    given |= _typed_or_text("date", cells["date"]) | _typed_or_text("amount", cells["amount"])
    if "order" in cells:
        given["order"] = _as_text(cells["order"])
    rows = table.select(**_raw_columns(given), **_others(cells, table, table))
    text = frozenset(role for role, name in _AS_TEXT.items() if name in given)
    return _Raw(con.create_table(_RAW, rows) if text else rows, found, text)


def _typed_or_text(role: str, column: Column) -> dict[str, Column]:
    """The values a column already holds, or its text to be read."""
    dtype = column.type()
    if role == "date" and (dtype.is_date() or dtype.is_timestamp()):
        return {"date_value": column.cast("date")}
    if role == "amount" and dtype.is_numeric():
        return {"amount_value": column.cast("float64")}
    return {_AS_TEXT[role]: column.cast("string")}


def _as_text(column: Column) -> Column:
    # pandas writes whole numbers with a gap as 123.0, and the customer is 123.
    if not column.type().is_floating():
        return column.cast("string")
    return column.cast("string").re_replace(r"\.0$", "")


_AS_TEXT = {"date": "date_text", "amount": "amount_text"}
_RAW_TYPES = {
    "line": "int64",
    "customer": "string",
    "date_text": "string",
    "date_value": "date",
    "amount_text": "string",
    "amount_value": "float64",
    "order": "string",
}


def _raw_columns(given: Mapping[str, Value]) -> dict[str, Value]:
    """All columns of a raw table, trimmed; those that a source does not have are null."""
    import ibis

    trim = {"customer": _name, "order": _name, "date_text": _bare_text, "amount_text": _plain}
    return {
        name: trim.get(name, lambda cell: cell)(given[name]) if name in given else ibis.null(dtype)
        for name, dtype in _RAW_TYPES.items()
    }


def _others(cells: Mapping[str, Column], source: Table, rows: Table) -> dict[str, Column]:
    """Further columns, needed only to tell a duplicate of an order row from its next line."""
    if "order" not in cells:
        return {}
    taken = {cell.get_name() for cell in cells.values()}
    return {f"x{at}": rows[name] for at, name in enumerate(source.columns) if name not in taken}


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
    matches = [(ROLES[role].index(key), name) for name in names if (key := _bare(name)) in ROLES[role]]
    if len(matches) > 1 and role in ("date", "amount"):
        several = _listed([name for _, name in matches])
        raise TransactionsError(
            f"{path}: {several} could each be the {role}; map one, such as columns: {{{role}: …}}"
        )
    return min(matches)[1] if matches else None


def _bare(name: str) -> str:
    letters = re.sub(r"[\W_]", "", name.casefold())
    return re.sub(r"(.)(euro|eur)$", r"\1", letters)


def _check_once(path: Path, names: Sequence[str], found: Mapping[str, str]) -> None:
    twice = [
        name for name in found.values() if list(names).count(name) > 1 or list(found.values()).count(name) > 1
    ]
    if twice:
        raise TransactionsError(
            f"{path}: column {twice[0]!r} is there or is used twice; give each its own name"
        )


def _positions(names: Sequence[str], found: Mapping[str, str]) -> dict[str, int]:
    return {role: list(names).index(name) for role, name in found.items()}


def _listed(names: Iterable[str]) -> str:
    filled = [name for name in names if name]
    return ", ".join(filled[:20]) + (" …" if len(filled) > 20 else "") if filled else "none"


# Text to dates and numbers


def _is_blank(column: Column) -> BooleanColumn:
    return column.isnull() | (column.re_replace(_SPACE, "") == "")


def _bare_text(text: Column) -> Column:
    return text.re_replace(rf"^{_SPACE}+|{_SPACE}+$", "")


def _name(text: Column) -> Column:
    """A customer or order number, null where the field says that there is none."""
    import ibis

    trimmed = _bare_text(text)
    return ibis.cases((~trimmed.lower().isin(_MISSING), trimmed))


def _year_last(text: Column, day_order: str) -> Column:
    parts = r"\3-\2-\1" if day_order == "dmy" else r"\3-\1-\2"
    return _day(text.re_search(_YEAR_LAST), text.re_replace(_YEAR_LAST, parts))


def _year_first(text: Column) -> Column:
    # Only one half of the pattern matches; the groups of the other half are empty.
    return _day(text.re_search(_YEAR_FIRST), text.re_replace(_YEAR_FIRST, r"\1\4-\2\5-\3\6"))


def _day(matches: BooleanColumn, written: Column) -> Column:
    import ibis

    day = ibis.cases((matches, written)).try_cast("date")
    return ibis.cases((day.between(_FIRST_DAY, _LAST_DAY), day))


def _dates(rows: Table, day_order: str) -> Column:
    import ibis

    read = [rows.date_value, _year_first(rows.date_text)]
    if day_order in ("dmy", "mdy"):
        read.append(_year_last(rows.date_text, day_order))
    day = ibis.coalesce(*read)
    return ibis.cases((day.between(_FIRST_DAY, _LAST_DAY), day))


def _plain(text: Column) -> Column:
    """An amount without currency and with its minus in front."""
    for pattern, instead in (
        (r"(?i)€|eur(o)?", ""),
        (r"[−–]", "-"),  # noqa: RUF001 the signs that exports use
        (rf"^{_SPACE}+|{_SPACE}+$", ""),
        (r"[,.]-+$", ""),
        (r"^\((.+)\)$", r"-\1"),
        (rf"^([^-].*?){_SPACE}*-$", r"-\1"),
        (rf"^-{_SPACE}+", "-"),
        (r"^\+", ""),
    ):
        text = text.re_replace(pattern, instead)
    return text


def _number(plain: Column, decimal: str) -> Column:
    import ibis

    other = "." if decimal == "," else ","
    marks = f"[{_THOUSANDS}{other}]"
    pattern = rf"^-?([1-9]\d{{0,2}}({marks}\d{{3}})+|\d*)([{decimal}]\d+)?$"
    digits = plain.re_replace(marks, "").replace(",", ".")
    return ibis.cases((plain.re_search(pattern), digits)).try_cast("float64")


def _numbers(rows: Table, decimal: str) -> Column:
    import ibis

    amount = rows.amount_value
    if decimal:
        amount = ibis.coalesce(amount, _number(rows.amount_text, decimal))
    return ibis.cases((amount.abs() < _LARGEST, amount))


def _formats(
    path: Path, raw: _Raw, date_format: DateFormat | None, decimal: Decimal | None
) -> tuple[str, str]:
    """Order of the date and decimal sign, as named or as the whole column proves; empty for typed columns."""
    open_questions = raw.text - {
        role for role, named in (("date", date_format), ("amount", decimal)) if named
    }
    found = _evidence(raw.rows) if open_questions else {}
    day_order: str = date_format or ""
    sign: str = decimal or ""
    if "date" in open_questions:
        day_order = _decide_dates(f"{path}, column {raw.columns['date']}", found)
    if "amount" in open_questions:
        sign = _decide_numbers(f"{path}, column {raw.columns['amount']}", found)
    return day_order if "date" in raw.text else "", sign if "amount" in raw.text else ""


def _evidence(rows: Table) -> dict[str, int]:
    """Number of values that only one reading fits, or both with another outcome, or both with the same."""
    read = rows.select(
        year_first=rows.date_value.notnull() | _year_first(rows.date_text).notnull(),
        dmy=_year_last(rows.date_text, "dmy"),
        mdy=_year_last(rows.date_text, "mdy"),
        comma=_number(rows.amount_text, ","),
        point=_number(rows.amount_text, "."),
    )
    marks = {"year_first": read.year_first}
    for role, first, second in (("date", read.dmy, read.mdy), ("amount", read.comma, read.point)):
        both = first.notnull() & second.notnull()
        marks[f"{role}_first"] = first.notnull() & second.isnull()
        marks[f"{role}_second"] = second.notnull() & first.isnull()
        marks[f"{role}_doubt"] = both & (first != second)
        marks[f"{role}_same"] = both & (first == second)
    return _listing(read.aggregate(**{name: mark.sum().fill_null(0) for name, mark in marks.items()}))[0]


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


def _judge(raw: _Raw, as_of: date, day_order: str, decimal: str) -> Table:
    """Every row with its customer, date and amount, and the reason it is left out (null when used)."""
    import ibis

    rows = raw.rows
    seen_before = _seen_before(rows) if "order" in raw.columns else ibis.literal(False)
    read = rows.select(
        "line",
        "customer",
        "order",
        date=_dates(rows, day_order),
        amount=_numbers(rows, decimal),
        seen_before=seen_before,
    )
    reason = ibis.cases(
        (read.customer.isnull(), "no_customer"),
        (read.date.isnull(), "no_date"),
        (read.amount.isnull(), "not_a_number"),
        (read.date > as_of, "after_as_of"),
        (read.seen_before & read.order.notnull(), "duplicate"),
    )
    return read.select("line", "customer", "date", "amount", "order", reason=reason)


def _seen_before(rows: Table) -> BooleanColumn:
    import ibis

    cells = [name for name in rows.columns if name != "line"]
    return ibis.row_number().over(group_by=cells, order_by="line") > 0


def _check_any_row(path: Path, rows: Table) -> None:
    if not rows.limit(1).count().to_pyarrow().as_py():
        raise TransactionsError(f"{path}: a heading and no orders under it; export the orders again")


def _quality(path: Path, raw: _Raw, judged: Table, as_of: date) -> DataQuality:
    counts = {
        row["reason"]: row["rows"]
        for row in _listing(judged.group_by("reason").aggregate(rows=judged.count()))
    }
    left_out = {
        reason: LeftOut(counts.get(reason, 0), _example_lines(judged, reason, counts)) for reason in REASONS
    }
    used = judged.filter(judged.reason.isnull())
    if not counts.get(None):
        raise TransactionsError(_nothing_left(path, judged, left_out, as_of))
    totals = _listing(_totals(used))[0]
    identical = 0 if "order" in raw.columns else _identical(used)
    return DataQuality(
        rows_read=sum(counts.values()),
        rows_used=counts[None],
        left_out=MappingProxyType(left_out),
        same_day_collapsed=counts[None] - totals["customer_days"],
        identical_kept=identical,
        **totals,
    )


def _example_lines(judged: Table, reason: str, counts: Mapping[str, int]) -> tuple[int, ...]:
    if not counts.get(reason):
        return ()
    lines = judged.filter(judged.reason == reason).select("line").order_by("line").limit(_EXAMPLES)
    return tuple(row["line"] for row in _listing(lines))


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
