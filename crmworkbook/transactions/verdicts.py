"""What each row of a source says, and the reason it is left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
from pyarrow import compute

from crmworkbook.transactions.engine import batches, engine_of
from crmworkbook.transactions.formats import identifier
from crmworkbook.transactions.quality import REASONS

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value

    from crmworkbook.transactions.formats import Formats
    from crmworkbook.transactions.quality import Numbers
    from crmworkbook.transactions.sources import Source


def judged_cells(rows: Table, how: Formats, as_of: date, currency: str) -> Table:
    """Every row of a file with what it says, and the reason it is left out (null when used).

    Args:
        rows: As :attr:`Source.table`, on DuckDB.
        how: Formats of the days and amounts.
        as_of: Last day that counts.
        currency: The client's own.
    """
    from crmworkbook.transactions.amounts import currency_of, money
    from crmworkbook.transactions.dates import day

    kept = {role: identifier(rows[role]) for role in ("product", "channel") if role in rows.columns}
    kept |= {role: money(rows[role], how.amount.name) for role in ("cost", "margin") if role in rows.columns}
    read = rows.select(
        "line",
        customer=identifier(rows.customer),
        date=day(rows.date, how.date),
        amount=money(rows.amount, how.amount.name),
        order=identifier(rows.order) if "order" in rows.columns else ibis.null("string"),
        **kept,
        currency=currency_of(rows, currency),
    )
    if "order" in rows.columns:
        copies = _copies(rows).select(copy="line")
        read = read.left_join(copies, read.line == copies.copy)
        read = read.mutate(copied=read.copy.notnull()).drop("copy")
    return _with_reason(read, as_of, currency)


def typed_cells(source: Source, as_of: date, currency: str, copies: bool) -> Table:
    """As :func:`judged_cells` for columns that hold days and numbers, in functions that every engine has.

    Args:
        source: A Parquet file or a database.
        as_of: Last day that counts.
        currency: The client's own.
        copies: Whether rows may stand there twice; False where the order numbers were seen to differ.
    """
    rows = source.table
    text, money = _functions(source)
    roles = {role: text(rows[role]) for role in ("product", "channel") if role in rows.columns}
    roles |= {role: money(rows[role]) for role in ("cost", "margin") if role in rows.columns}
    read = rows.select(
        "line",
        customer=rows.customer if _stays(rows.customer, source.kind) else text(rows.customer),
        date=_day(rows.date),
        amount=money(rows.amount),
        order=text(rows.order) if "order" in rows.columns else ibis.null("string"),
        **roles,
        currency=_currency(rows, currency),
        **({"copied": _again(rows)} if copies and "order" in rows.columns else {}),
    )
    return _with_reason(read, as_of, currency)


def used_rows(judged: Table, numbers: Numbers) -> Table:
    """The rows that were not left out, with the ``day`` each counts for."""
    from crmworkbook.transactions.credit_notes import on_day_of_order

    rows = judged.filter(judged.reason.isnull()).drop("line", "reason", "currency")
    return on_day_of_order(rows) if numbers == "several" else rows.mutate(day=rows.date)


def are_typed(source: Source) -> bool:
    """Whether days and amounts need no reading of text and all rows are in the client's currency."""
    kinds = [source.table[role].type() for role in ("amount", "cost", "margin") if role in source.columns]
    typed = source.table.date.type().is_temporal() and all(kind.is_numeric() for kind in kinds)
    return typed and "currency" not in source.columns


def numbers_differ(rows: Table) -> bool:
    """Whether no two rows bear the same order number: then there are no copies, and no day has a number twice.

    Of a table on DuckDB. Numbers that only go up prove it cheapest; otherwise they are counted.
    """
    if _only_go_up(rows.select("order")):
        return True
    counts = rows.aggregate(numbers=rows.order.nunique(), rows=rows.order.count())
    found = counts.to_pyarrow().to_pylist()[0]
    return bool(found["numbers"] == found["rows"])


def _only_go_up(numbers: Table) -> bool:
    """Whether each number of the one column is more than the one before it; reads no further than one that is not."""
    last = None
    for batch in batches(numbers):
        column = batch.column(0)
        first = column[0].as_py() if len(column) else None
        if column.null_count or (last is not None and first is not None and last >= first):
            return False
        if not compute.all(compute.greater(column[1:], column[:-1]), min_count=0).as_py():
            return False
        last = column[-1].as_py() if len(column) else last
    return True


def _with_reason(read: Table, as_of: date, currency: str) -> Table:
    faults: list[Any] = [
        read.customer.isnull(),
        read.date.isnull(),
        read.amount.isnull(),
        read.currency != currency,
        read.date > as_of,
        (read.copied & read.order.notnull()) if "copied" in read.columns else ibis.literal(False),
    ]
    judged = read.mutate(reason=ibis.cases(*zip(faults, REASONS, strict=True)))
    return judged.drop("copied") if "copied" in read.columns else judged


@ibis.udf.scalar.builtin(name="julianday")
def _julianday(text: str) -> float:
    """SQLite's: null where *text* is no day."""
    raise NotImplementedError  # runs on the engine


@ibis.udf.scalar.builtin(name="typeof")
def _typeof(value: float) -> str:
    """SQLite's: of the value itself, whatever its column is declared as."""
    raise NotImplementedError  # runs on the engine


@ibis.udf.scalar.builtin(name="date")
def _sqlite_date(number: float) -> str:
    """SQLite's."""
    raise NotImplementedError  # runs on the engine


def _copies(rows: Table) -> Table:
    """Rows equal to an earlier one in every cell; only those with an equal hash are compared."""
    cells = [name for name in rows.columns if name != "line"]
    hashed = rows.mutate(hash=ibis.struct({name: rows[name] for name in cells}).hash())
    counts = hashed.group_by("hash").aggregate(rows=hashed.count())
    alike = hashed.semi_join(counts.filter(counts.rows > 1), "hash")
    numbered = alike.mutate(place=ibis.row_number().over(group_by=cells, order_by="line"))
    return numbered.filter(numbered.place > 0)


def _again(rows: Table) -> Value:
    """Whether a row equals an earlier one in every column; which of the two is earlier does not matter."""
    cells = [name for name in rows.columns if name != "line"]
    return ibis.row_number().over(group_by=cells, order_by="customer") > 0


def _stays(customer: Value, kind: str) -> bool:
    """Whole numbers of a file stay numbers, which DuckDB adds up by faster; they become text in the customer table."""
    return kind == "parquet" and bool(customer.type().is_integer())


def _functions(source: Source) -> tuple[Callable[[Value], Value], Callable[[Value], Value]]:
    """How text and amounts are read: as in any file, or with what every engine has."""
    from crmworkbook.transactions import amounts

    if source.kind == "parquet":
        return identifier, lambda value: amounts.money(value, "")
    return _plain_text, lambda value: _money(value, engine_of(source.table) == "sqlite")


def _plain_text(value: Value) -> Value:
    """Text without spaces around it, null where nothing stands; whole numbers with a gap are no 123.0."""
    from crmworkbook.transactions.formats import MISSING

    kind = value.type()
    if kind.is_floating() or kind.is_decimal():
        return _finite(value).cast("int64").cast("string")
    if not kind.is_string():
        return value.cast("string")
    text = value.strip()
    return text.lower().isin(MISSING).ifelse(ibis.null("string"), text)


def _day(value: Value) -> Value:
    """A date between 1900 and 2199; of text, which only SQLite may have, the ten signs at its beginning."""
    found = value
    if value.type().is_string():
        text = value.strip()[:10]
        found = (_sqlite_date(_julianday(text)) == text).ifelse(text, ibis.null("string"))  # 30 February is none
    found = found.cast("date")
    return found.between(date(1900, 1, 1), date(2199, 12, 31)).ifelse(found, ibis.null("date"))


def _money(value: Value, sqlite: bool) -> Value:
    """An amount to a hundredth of a cent; SQLite has no decimals and rounds each sum instead."""
    from crmworkbook.transactions.amounts import MONEY

    if sqlite:  # where a column of numbers may hold words, which count as nought
        return _typeof(value).isin(["integer", "real"]).ifelse(value.cast("float64").round(4), ibis.null("float64"))
    limit = 10**14
    number = _finite(value)
    return number.between(-limit, limit).ifelse(number, ibis.null(number.type())).cast(MONEY)


def _finite(value: Value) -> Value:
    if not value.type().is_floating():
        return value
    return (value.isnan() | value.isinf()).ifelse(ibis.null(value.type()), value)


def _currency(rows: Table, own: str) -> Value:
    if "currency" not in rows.columns:
        return ibis.literal(own)
    named = rows.currency.cast("string").strip().upper()
    return ibis.coalesce(named.nullif(""), own)
