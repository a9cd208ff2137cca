"""Reading a cost ledger: the same files and the same dress as orders, with columns of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.ledger import KIND_NAMES, KINDS, Ledger, mapped, plain

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table, Value

    from crmworkbook.transactions.orders import Orders

_NAMES = {
    "customer": "klantnummer klantnr klantid klantcode debiteurnummer debiteur relatienummer relatie klant customer "
    "customerid customernumber client clientid",
    "segment": "segment klantsegment marktsegment doelgroep customersegment",
    "kind": "soort kostensoort soortkosten kind costkind type costtype",
    "amount": "bedrag kosten euro amount cost costs",
    "date": "datum boekdatum factuurdatum date bookingdate",
    "document": "boekstuk boekstuknummer stuknummer document documentnumber",
    "wallet": "besteding totalebesteding wallet totalspend",
} | {kind: " ".join(name for name, of in KIND_NAMES.items() if of == kind) for kind in KINDS}
ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType({role: tuple(names.split()) for role, names in _NAMES.items()})
"""Usual column names per role, in lower case without spaces and signs; an ``eur`` at the end is ignored."""


@dataclass(frozen=True)
class _Cells:
    """A ledger before anything is known of its columns: ``line``, ``c0``, ``c1`` … and their names."""

    table: Table
    names: tuple[str, ...]
    place: str


def read_ledger(
    source: Path | Sequence[Mapping[str, Any]],
    orders: Orders | None = None,
    *,
    as_of: date,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    date_format: str | None = None,
    decimal: str | None = None,
    place: str = "",
) -> Ledger:
    """Read a cost ledger from a CSV, Excel or Parquet file, or from rows.

    Args:
        source: The file, or rows as column name to cell.
        orders: The orders it will be joined to; the ledger comes to their engine.
        as_of: Last day of the period; settles years of two digits.
        columns: Role to column name; roles not named are looked up in :data:`ROLES`.
        sheet: Sheet of an Excel file; may be left out when only one has content.
        date_format: Dates written as text are ``dmy``, ``mdy`` or ``ymd``; None takes what the column proves.
        decimal: Decimal sign of amounts written as text; None takes what the cells prove.
        place: What messages call rows that are in no file.

    Raises:
        TransactionsError: the ledger cannot be read, or has no column for whom or for what; says what to do.
    """
    from crmworkbook.transactions.orders import _connect as connect

    theirs = orders.table.get_backend() if orders is not None else None
    con = theirs if theirs is not None and theirs.name == "duckdb" else connect()
    cells = (
        _of_rows(con, source, place) if not isinstance(source, Path) else _of_file(con, source, sheet, columns or {})
    )
    ledger = _ledger_of(con, cells, columns or {}, as_of, date_format, decimal)
    if theirs is None or theirs is con:
        return ledger
    return _brought_along(ledger)


def _brought_along(ledger: Ledger) -> Ledger:
    """The same ledger for another engine: costs are few beside orders."""
    import ibis

    tables = (ibis.memtable(table.to_pyarrow(), schema=table.schema()) for table in (ledger.entries, ledger.owners))
    entries, owners = tables
    return Ledger(entries, owners, ledger.dated)


# --- the cells --------------------------------------------------------------------------------------------------


def _of_rows(
    con: Backend, rows: Sequence[Mapping[str, Any]], place: str, lines: Sequence[int | None] | None = None
) -> _Cells:
    import ibis
    import pandas as pd

    names = tuple(dict.fromkeys(str(name) for row in rows for name in row))
    said = [{str(name): _said(cell) for name, cell in row.items()} for row in rows]
    columns = {f"c{at}": [row.get(name) for row in said] for at, name in enumerate(names)}
    counted = lines or range(1, len(rows) + 1)
    frame = pd.DataFrame({"line": list(counted), **columns})
    schema = {"line": "int64"} | dict.fromkeys(columns, "string")
    table = con.create_table(ibis.util.gen_name("rows"), ibis.memtable(frame, schema=schema), temp=True)
    return _Cells(table, names, place)


def _said(cell: object) -> str | None:
    """A cell as text; a broken number in a notation without a doubtful sign."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.16e}"
    return None if cell is None else str(cell)


def _of_file(con: Backend, path: Path, sheet: str | None, columns: Mapping[str, str]) -> _Cells:
    """The cells of a file of any kind that orders can have, and of any size."""
    from crmworkbook.transactions.reading import load
    from crmworkbook.transactions.sources import Layout

    money = (*KINDS, "amount", "wallet")
    layout = Layout(_found, ROLES, lambda cells, names, roles: cells, ("customer", "document"), money, "cost_ledger")
    source = load(con, path, columns, sheet, layout)
    if not source.table.count().to_pyarrow().as_py():
        raise TransactionsError(f"{path}: a heading and no costs under it; export the ledger again")
    return _Cells(source.table, source.names, str(path))


def _found(place: object, names: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    roles = roles_of(names, columns, str(place))
    for name in roles.values():
        if list(names).count(name) > 1:
            raise TransactionsError(f"{place}: column {name!r} stands there twice; give one of the two another name")
    return roles


# --- the columns ------------------------------------------------------------------------------------------------


def roles_of(names: Sequence[str], columns: Mapping[str, str], place: str) -> dict[str, str]:
    """Column per role: as mapped in *columns*, else by its usual name.

    Raises:
        TransactionsError: no column for whom, none for what, or both a column per kind and a column of kinds.
    """
    for role, name in columns.items():
        if role not in ROLES:
            raise TransactionsError(f"{place}: {role} is no role of a cost ledger; map {', '.join(ROLES)}")
        if name not in names:
            raise TransactionsError(f"{place}: there is no column {name!r} for {role}; correct its name under columns")
    found = dict(columns)
    for role, usual in ROLES.items():
        free = [name for name in names if name not in found.values()]
        matches = [(usual.index(key), name) for name in free for key in _keys(name) if key in usual]
        if role not in found and matches:
            found[role] = min(matches)[1]
    if not {"customer", "segment"} & found.keys():
        raise TransactionsError(
            f"{place}: no column says whose the costs are; add a column customer or segment, or name one under columns"
        )
    kinds = [kind for kind in KINDS if kind in found]
    if "kind" in found and "amount" in found and not kinds:
        return found
    if not kinds:
        write = f"add a column for each kind ({', '.join(KINDS)}), or the two columns kind and amount"
        raise TransactionsError(f"{place}: no column holds costs; {write}")
    return {role: name for role, name in found.items() if role not in ("kind", "amount")}


def _keys(name: str) -> set[str]:
    letters = re.sub(r"[\W_]", "", name.casefold())
    return {letters, re.sub(r"(in)?euro?$", "", letters)}


# --- from cells to entries --------------------------------------------------------------------------------------


def _ledger_of(
    con: Backend,
    cells: _Cells,
    columns: Mapping[str, str],
    as_of: date,
    date_format: str | None,
    decimal: str | None,
) -> Ledger:
    import ibis

    from crmworkbook.transactions.amounts import decimal_of, money
    from crmworkbook.transactions.formats import identifier

    roles = roles_of(cells.names, columns, cells.place)
    at = {role: cells.table[f"c{cells.names.index(name)}"] for role, name in roles.items()}
    rows = cells.table.mutate(**{role: value for role, value in at.items()})
    whole = [name for name in cells.table.columns if name != "line"]
    # a row per customer can stand there once; two equal postings may both be right, unless they bear one number
    copied = ibis.row_number().over(ibis.window(group_by=whole, order_by="line")) > 0
    if "kind" in roles and "document" not in roles:
        copied = ibis.literal(False)
    nothing = ibis.null("string")
    rows = rows.mutate(
        customer=identifier(rows.customer).cast("string") if "customer" in roles else nothing,
        segment=identifier(rows.segment).cast("string") if "segment" in roles else nothing,
        copied=copied,
    )
    written = _written(rows, roles)
    sign = decimal_of(written, cells.place, decimal).name
    day, dated = _day(rows, written, roles, cells.place, date_format, as_of)
    entries = written.select(
        "line", "customer", "segment", "kind", "copied", amount=money(written.amount, sign), date=day
    )
    wallet = money(rows.wallet, sign).cast("float64") if "wallet" in roles else ibis.null("float64")
    owners = rows.filter(rows.customer.notnull()).select("customer", "segment", wallet=wallet)
    owners = owners.group_by("customer").aggregate(segment=owners.segment.max(), wallet=owners.wallet.max())
    names = (ibis.util.gen_name("entries"), ibis.util.gen_name("owners"))
    kept = (con.create_table(name, table, temp=True) for name, table in zip(names, (entries, owners), strict=True))
    entries, owners = kept
    return Ledger(entries, owners, dated)


def _written(rows: Table, roles: Mapping[str, str]) -> Table:
    """One row per amount that is written down, its amount as it was written."""
    import ibis

    kept = ["line", "customer", "segment", "copied", *(["date"] if "date" in roles else [])]
    if "kind" in roles:
        kind = mapped(plain(rows.kind), KIND_NAMES)
        found = [rows.select(*kept, kind=kind, amount=rows.amount)]
    else:
        wide = [kind for kind in KINDS if kind in roles]
        text = any(rows[kind].type().is_string() for kind in wide)
        cells = ((kind, rows[kind].cast("string") if text else rows[kind].cast("decimal(18, 4)")) for kind in wide)
        found = [rows.select(*kept, kind=ibis.literal(kind), amount=cell) for kind, cell in cells]
    entries = ibis.union(*found) if len(found) > 1 else found[0]
    blank = entries.amount.isnull()
    return entries.filter(~(blank | (entries.amount.cast("string").strip() == "")))


def _day(
    rows: Table, entries: Table, roles: Mapping[str, str], place: str, named: str | None, as_of: date
) -> tuple[Value, bool]:
    """The day of each entry, and whether the ledger bears dates at all."""
    import ibis

    from crmworkbook.transactions.dates import date_format_of, day

    if "date" not in roles:
        return ibis.null("date"), False
    return day(entries.date, date_format_of(rows, f"{place}, column {roles['date']}", named, as_of)), True
