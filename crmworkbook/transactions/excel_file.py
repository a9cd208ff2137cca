"""Orders from a sheet of an Excel file, read row by row so that a large one fits in memory."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.columns import find_columns, heading_of, listed
from crmworkbook.transactions.sources import Source, by_role
from crmworkbook.transactions.waiting import tell

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.backends.duckdb import Backend
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_TOP = 30  # rows among which the heading is looked for
_BATCH = 20_000
_MOST_COLUMNS = 2_000
_MOST_UNPACKED = 3 << 30  # bytes; a full sheet of a million rows with twenty columns takes less
_MOST_WORDS = 1 << 30  # bytes of the words that cells share: these are held in memory
_EXACT_ROLES = ("amount", "cost", "margin")


def load_excel(con: Backend, path: Path, columns: Mapping[str, str], sheet: str | None) -> Source:
    """The rows of a sheet: the one that is named, or the only one with content.

    Raises:
        TransactionsError: the file cannot be read, the sheet is in doubt, or a column is not found.
    """
    import pyarrow as pa

    _refuse_bomb(path)
    with _faults_named(path), path.open("rb") as file:  # a path would be judged by the end of its name
        from openpyxl import load_workbook

        book = load_workbook(file, read_only=True, data_only=True)
        try:
            page, rows = _sheet(path, book.worksheets, sheet, book.sheetnames)
            top = list(islice(rows, _TOP))
            said = [(row, [_text(cell) for cell in cells]) for row, cells in top]
            row, names = said[heading_of([names for _, names in said], columns)]
            while names and not names[-1]:
                names.pop()
            if len(names) > _MOST_COLUMNS:
                raise TransactionsError(
                    f"{path}, row {row}: a heading of {len(names)} columns; keep those of the orders"
                )
            roles = find_columns(path, names, columns)
            under = chain((one for one in top if one[0] > row), rows)
            exact = {names.index(roles[role]) for role in _EXACT_ROLES if role in roles}
            cells = pa.Table.from_batches(_batches(path, under, len(names), exact), _schema(len(names)))
        finally:
            book.close()
    con.con.register("cells", cells)
    table = by_role(con.table("cells"), tuple(names), roles)
    return Source(table, roles, tuple(names), "excel", sheet=page, heading=row)


def _refuse_bomb(path: Path) -> None:
    """A file of a few kilobytes can unpack to more than the disk holds.

    Python unpacks no more of a part than the file says it holds, so what it says is the most there will be.
    """
    with _faults_named(path), ZipFile(path) as parts:
        sizes = {part.filename.rpartition("/")[2]: part.file_size for part in parts.infolist()}
        total = sum(part.file_size for part in parts.infolist())
    if total > _MOST_UNPACKED or sizes.get("sharedStrings.xml", 0) > _MOST_WORDS:
        fault = f"this Excel file unpacks to {total / (1 << 30):.1f} GB, more than a workbook of orders takes"
        raise TransactionsError(f"{path}: {fault}; export the orders as CSV or Parquet")


@contextmanager
def _faults_named(path: Path) -> Iterator[None]:
    """Whatever the readers of zip and XML raise, as one message."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and dates that openpyxl does not know
            yield
    except TransactionsError:
        raise
    except Exception:
        fault = "this cannot be read as an Excel file; save it again as .xlsx"
        raise TransactionsError(f"{path}: {fault}") from None


def _sheet(
    path: Path, pages: Sequence[ReadOnlyWorksheet], wanted: str | None, titles: Sequence[str]
) -> tuple[str, Iterator[tuple[int, Sequence[Any]]]]:
    """Name and rows of the sheet to read."""
    if wanted is not None:
        pages = [page for page in pages if page.title.strip().casefold() == wanted.strip().casefold()] or pages[:0]
        if not pages:
            raise TransactionsError(f"{path}: no sheet {wanted!r}; there are {listed(titles)}")
    filled = [(page.title, first, rows) for page in pages for rows in [_rows(page)] if (first := next(rows, None))]
    if len(filled) > 1:
        several = listed(title for title, *_ in filled)
        raise TransactionsError(f"{path}: several sheets have content; name one of {several} as sheet")
    if not filled:
        raise TransactionsError(f"{path}: the sheet is empty; export the orders again")
    title, first, rows = filled[0]
    return title, chain([first], rows)


def _rows(page: ReadOnlyWorksheet) -> Iterator[tuple[int, Sequence[Any]]]:
    """Each row that is not blank, with its number."""
    page.reset_dimensions()  # a sheet that says it is a million rows wide and long is not taken at its word
    for number, cells in enumerate(page.iter_rows(values_only=True), 1):
        if any(cell is not None and cell != "" for cell in cells):
            yield number, cells


def _batches(
    path: Path, rows: Iterator[tuple[int, Sequence[Any]]], width: int, exact: set[int]
) -> Iterator[pa.RecordBatch]:
    """The rows as text; amounts that are numbers (columns *exact*) in a notation without a doubtful sign."""
    import pyarrow as pa

    schema = _schema(width)
    while batch := list(islice(rows, _BATCH)):
        columns: list[list[Any]] = [[number for number, _ in batch]]
        for at in range(width):
            write = _exact if at in exact else _text
            columns.append([write(cells[at]) if at < len(cells) else "" for _, cells in batch])
        arrays = [pa.array(values, kind.type) for values, kind in zip(columns, schema, strict=True)]
        kept = pa.record_batch(arrays, schema)
        tell(path.name, max(batch[-1][0], 2))
        yield kept.filter(_not_blank(columns[1:]))


def _not_blank(columns: list[list[str]]) -> pa.Array:
    import pyarrow as pa

    return pa.array([any(cells) for cells in zip(*columns, strict=True)])


def _schema(width: int) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([("line", pa.int64()), *((f"c{at}", pa.string()) for at in range(width))])


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    return str(cell)


def _exact(cell: Any) -> str:
    return f"{cell:.16e}" if isinstance(cell, int | float) and not isinstance(cell, bool) else _text(cell)
