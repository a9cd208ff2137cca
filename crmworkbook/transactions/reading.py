"""From a file to a table on DuckDB, in which nothing is judged yet; the content decides what kind of file it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.csv_file import load_csv
from crmworkbook.transactions.excel_file import load_excel
from crmworkbook.transactions.parquet_file import load_parquet, parts_of
from crmworkbook.transactions.sources import ORDERS, Layout, Source

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_OTHER_KINDS = {
    b"\xd0\xcf\x11\xe0": "an Excel file of before 2007, or one with a password; save it as .xlsx without a password",
    b"%PDF": "a PDF; ask for the export as CSV or Excel, from which it was printed",
    b"SQLite format 3\0": "a database; name it with url and table instead of file",
    b"\x1f\x8b": "a compressed file; unpack it",
    b"Rar!": "a compressed file; unpack it",
    b"7z\xbc\xaf": "a compressed file; unpack it",
    b"\x09\x08": "an Excel file of before 2007; save it as .xlsx",
    b"\xfd7zXZ": "a compressed file; unpack it",
    b"BZh91AY": "a compressed file; unpack it",
    b"\x28\xb5\x2f\xfd": "a compressed file; unpack it",
    b"{\\rtf": "a text document; save its table as Excel (.xlsx) or CSV",
    b"{": "a JSON file; export the orders as CSV, Excel or Parquet",
    b"[{": "a JSON file; export the orders as CSV, Excel or Parquet",
    b"<": "a web page or XML, whatever its name; open it in a spreadsheet and save it as .xlsx",
}
_OTHER_ZIPS = {
    "xl/workbook.bin": "a binary Excel file (.xlsb); save it as .xlsx",
    "Index/Document.iwa": "a Numbers file; export it as Excel (.xlsx) or CSV",
    "Index.zip": "a Numbers file; export it as Excel (.xlsx) or CSV",
    "content.xml": "an OpenDocument file (.ods); save it as Excel (.xlsx) or CSV",
    "word/document.xml": "a Word file; save its table as Excel (.xlsx) or CSV",
}


def load(con: Backend, path: Path, columns: Mapping[str, str], sheet: str | None, layout: Layout = ORDERS) -> Source:
    """The orders in a file, or what else *layout* says.

    Args:
        con: Where the table comes to stand.
        path: File of any kind.
        columns: Role to column name; roles not named are looked up.
        sheet: Sheet of an Excel file.
        layout: What the file is read for.

    Raises:
        TransactionsError: the file cannot be read, or a column is not found.
    """
    if path.is_dir() and not parts_of(path):
        raise TransactionsError(f"{path}: this is a folder; name the file in it that holds the orders")
    if not (path.is_file() or path.is_dir()):
        raise TransactionsError(f"{path}: no such file; check the name and the folder")
    try:
        return _load(con, path, columns, sheet, layout)
    except OSError as error:
        why = error.strerror or type(error).__name__
        fault = f"the file cannot be read ({why}); close it in other programs, and check its rights and the disk"
        raise TransactionsError(f"{path}: {fault}") from None


def _load(con: Backend, path: Path, columns: Mapping[str, str], sheet: str | None, layout: Layout) -> Source:
    if path.is_dir():
        return load_parquet(con, path, columns, layout)
    with path.open("rb") as file:
        start = file.read(64)
    if start.startswith(b"PAR1"):
        return load_parquet(con, path, columns, layout)
    if start.startswith(b"PK\x03\x04"):
        _refuse_other_zips(path)
        return load_excel(con, path, columns, sheet, layout)
    bare = b"".join(start.removeprefix(b"\xef\xbb\xbf").split())
    for magic, what in _OTHER_KINDS.items():
        if start.startswith(magic) or bare.startswith(magic):
            raise TransactionsError(f"{path}: this is {what}")
    if start[8:12] == b"DUCK":
        raise TransactionsError(f"{path}: this is {_OTHER_KINDS[b'SQLite format 3' + bytes(1)]}")
    return load_csv(con, path, columns, layout)


def _refuse_other_zips(path: Path) -> None:
    try:
        with ZipFile(path) as parts:
            names = set(parts.namelist())
    except BadZipFile:
        return  # the reader of Excel says so
    what = next((what for name, what in _OTHER_ZIPS.items() if name in names), None)
    if what is None and "[Content_Types].xml" not in names:
        what = "a compressed file; unpack it"
    if what:
        raise TransactionsError(f"{path}: this is {what}")
