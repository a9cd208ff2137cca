"""From a file to a table on DuckDB, in which nothing is judged yet.

The table has ``line``, a column per role and, with an order number, the other columns of the file too: a
duplicate is equal in all of them. CSV and Excel give text; Parquet keeps its types.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import ibis

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.columns import find_columns, listed

if TYPE_CHECKING:
    import pandas as pd
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

_CHUNK = 1 << 20
_END = "\x03"  # put under the last row: where it is not read, a quotation mark has swallowed it
_UNCLOSED = 'a quotation mark (") is opened and not closed; close or remove it'
_UNREADABLE = "this is not a readable CSV file; save it from a spreadsheet as CSV (UTF-8)"
_CSV_FAULTS = {
    "unterminated quote": _UNCLOSED,
    "Expected Number of Columns": "more fields than the heading has; put quotes around the separator",
    "aximum line size": "a line of more than 2 MB; perhaps a quotation mark is not closed",
}


def load(con: Backend, path: Path, columns: Mapping[str, str], sheet: str | None) -> tuple[Table, dict[str, str]]:
    """The table of a file, and the name of its column per role.

    Raises:
        TransactionsError: the file cannot be read, or a column is not found.
    """
    if not path.is_file():
        raise TransactionsError(f"{path}: no such file; check the name and the folder")
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PAR1"):
        return _load_parquet(con, path, columns)
    if start.startswith(b"PK"):
        return _load_excel(con, path, columns, sheet)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise TransactionsError(f"{path}: an Excel file of before 2007, or one with a password; save it as .xlsx")
    return _load_csv(con, path, columns)


def _by_role(cells: Table, names: Sequence[str], roles: Mapping[str, str]) -> Table:
    """*cells* (``line``, ``c0``, ``c1`` …) with the columns of the roles under the names of the roles."""
    at = {role: f"c{names.index(name)}" for role, name in roles.items()}
    others = [column for column in cells.columns if column not in ("line", *at.values())]
    kept = others if "order" in at else []
    return cells.select("line", *kept, **{role: cells[column] for role, column in at.items()})


def _load_parquet(con: Backend, path: Path, columns: Mapping[str, str]) -> tuple[Table, dict[str, str]]:
    try:
        table = con.read_parquet(re.sub(r"([\[*?])", r"[\1]", str(path)))  # a file name is no pattern
    except duckdb.Error:
        raise TransactionsError(f"{path}: this Parquet file is damaged; export the orders again") from None
    names = list(table.columns)
    roles = find_columns(path, names, columns)
    cells = table.select(line=ibis.row_number().over() + 1, **{f"c{at}": table[name] for at, name in enumerate(names)})
    return _by_role(cells, names, roles), roles


# CSV


def _load_csv(con: Backend, path: Path, columns: Mapping[str, str]) -> tuple[Table, dict[str, str]]:
    with TemporaryDirectory(prefix="crmworkbook-") as folder:
        copy = _copied(path, Path(folder) / "orders.csv")
        delimiter, names, above = _heading(path, copy)
        roles = find_columns(path, names, columns)
        with copy.open("a", encoding="utf-8") as file:
            file.write(f"\n{delimiter.join([_END] * len(names))}\n")
        cells = _csv_cells(con, copy, delimiter, len(names), above)
        try:
            raw = con.create_table("raw", _by_role(cells, names, roles))
        except duckdb.Error as error:
            raise TransactionsError(_csv_fault(path, str(error))) from None  # its text quotes the row
    ends = con.raw_sql(f"SELECT max(line), count(*) FILTER (customer = '{_END}') FROM raw")
    last, closed = ends.fetchall()[0]
    if not closed:  # DuckDB drops the rest of the file without a word
        raise TransactionsError(f"{path}, line {last}: {_UNCLOSED}")
    return raw.filter(raw.line < last), roles


def _csv_cells(con: Backend, copy: Path, delimiter: str, width: int, above: int) -> Table:
    """All rows as text; *above* is the number of rows up to and including the heading."""
    names = [f"c{at}" for at in range(width)]
    rows = con.read_csv(
        copy,
        columns=dict.fromkeys(names, "VARCHAR"),
        delim=delimiter,
        quote='"',
        escape='"',
        header=False,
        skip=above,
        auto_detect=False,
        null_padding=True,  # the total at the foot has few fields
        parallel=False,  # several threads cannot read a line break within quotes
    )
    numbered = rows.mutate(line=ibis.row_number().over() + above + 1)
    return numbered.filter(ibis.literal("").join([numbered[name] for name in names]).strip() != "")


def _csv_fault(path: Path, error: str) -> str:
    line = re.search(r"CSV Error on Line: (\d+)", error)
    fault = next((said for sign, said in _CSV_FAULTS.items() if sign in error), _UNREADABLE)
    return f"{path}, line {line.group(1)}: {fault}" if line else f"{path}: {fault}"


def _copied(path: Path, copy: Path) -> Path:
    """A copy of a text file in UTF-8 with one kind of line end; what is not Unicode is Windows-1252."""
    try:
        _copy(path, copy, _encoding(path))
    except UnicodeDecodeError:
        _copy(path, copy, "cp1252")
    return copy


def _copy(path: Path, copy: Path, encoding: str) -> None:
    errors = "replace" if encoding == "cp1252" else "strict"
    with path.open(encoding=encoding, errors=errors) as source, copy.open("w", encoding="utf-8") as target:
        for line in iter(lambda: source.readline(_CHUNK), ""):
            target.write(" \n" if line == "\n" else line)  # DuckDB does not count blank lines


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(1024)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding, high in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if high.count(0) > 0.8 * len(high):
            return encoding
    if 0 in start:
        raise TransactionsError(f"{path}: this is not a text file; give a CSV, Excel (.xlsx) or Parquet file")
    return "utf-8-sig"


def _heading(path: Path, copy: Path) -> tuple[str, list[str], int]:
    """Separator, column names, and the number of rows up to and including the heading."""
    with copy.open(encoding="utf-8", newline="") as file:
        above, line = 1, file.readline(_CHUNK)
        while line and (not line.strip() or line.casefold().startswith("sep=")):
            above, line = above + 1, file.readline(_CHUNK)
        if not line:
            raise TransactionsError(f"{path}: the file is empty; export the orders again")
        outside = re.sub(r'"[^"]*"', "", line)
        delimiter = max(";\t|,", key=outside.count)
        try:
            names = next(csv.reader(chain([line], file), delimiter=delimiter))
        except csv.Error:  # a field of more than 131,072 signs: a quotation mark is not closed
            raise TransactionsError(f"{path}, line {above}: the heading cannot be read; correct it") from None
    return delimiter, [name.strip() for name in names], above


# Excel


def _load_excel(
    con: Backend, path: Path, columns: Mapping[str, str], sheet: str | None
) -> tuple[Table, dict[str, str]]:
    import pyarrow as pa

    cells = _sheet(path, sheet)
    texts = cells.map(_text)
    filled = texts[(texts != "").any(axis="columns")]
    if filled.empty:
        raise TransactionsError(f"{path}: the sheet is empty; export the orders again")
    names = list(filled.iloc[0])
    roles = find_columns(path, names, columns)
    amount = names.index(roles["amount"])
    rows = filled.astype("string").set_axis([f"c{at}" for at in range(len(names))], axis="columns")
    rows[f"c{amount}"] = cells.iloc[:, amount].map(_exact).astype("string")
    rows.insert(0, "line", rows.index + 1)
    con.con.register("cells", pa.Table.from_pandas(rows.iloc[1:], preserve_index=False))
    return _by_role(con.table("cells"), names, roles), roles


def _sheet(path: Path, sheet: str | None) -> pd.DataFrame:
    """The cells of the sheet that is named, or of the only one with content."""
    import pandas as pd

    try:
        sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=object, keep_default_na=False)
    except Exception:  # openpyxl lets through whatever its zip and XML readers raise
        fault = "this cannot be read as an Excel file; save it again as .xlsx"
        raise TransactionsError(f"{path}: {fault}") from None
    if sheet is not None and sheet not in sheets:
        raise TransactionsError(f"{path}: no sheet {sheet!r}; there are {listed(sheets)}")
    filled = [name for name, cells in sheets.items() if not cells.empty]
    if sheet is None and len(filled) > 1:
        raise TransactionsError(f"{path}: several sheets have content; name one of {listed(sheets)} as sheet")
    return sheets[sheet or next(iter(filled or sheets))]


def _text(cell: Any) -> str:
    return cell.date().isoformat() if isinstance(cell, datetime) else str(cell).strip()


def _exact(cell: Any) -> str:
    """An amount as text, numbers in a notation without a doubtful sign."""
    return f"{cell:.16e}" if isinstance(cell, int | float) else _text(cell)
