"""Orders from a sheet of an Excel file, read row by row so that a large one fits in memory."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.columns import heading_of, listed
from crmworkbook.transactions.sources import ORDERS, Layout, Source
from crmworkbook.transactions.waiting import tell

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.backends.duckdb import Backend
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_TOP = 30  # rows among which the heading is looked for
_BATCH = 20_000
_MOST_COLUMNS = 2_000
_MOST_UNPACKED = 3 << 30  # bytes; a full sheet of a million rows with twenty columns takes less
_MOST_WORDS = 1 << 29  # bytes of the words that cells share: these are held in memory
_MOST_BESIDE = 1 << 26  # bytes of styles, links and the like, which are read as a whole
_DENSEST = 300  # times smaller when packed; a sheet of equal cells reaches 170, a bomb 1,000
_LARGE = 100 << 20  # bytes; what is smaller may be as dense as it likes
_LAST_ROW = 1_048_576
_LARGE_PARTS = re.compile(r"/(worksheets|media|embeddings|pivotCache|drawings|charts|externalLinks)/|calcChain|\.bin$")


def load_excel(
    con: Backend, path: Path, columns: Mapping[str, str], sheet: str | None, layout: Layout = ORDERS
) -> Source:
    """The rows of a sheet: the one that is named, or the only one with content.

    Raises:
        TransactionsError: the file cannot be read, the sheet is in doubt, or a column is not found.
    """
    import pyarrow as pa
    from ibis.util import gen_name

    _refuse_bomb(path)
    with _faults_named(path), path.open("rb") as file:  # a path would be judged by the end of its name
        from openpyxl import load_workbook

        book = load_workbook(file, read_only=True, data_only=True)
        try:
            usual = layout.sheet if layout.sheet in book.sheetnames else None
            page, rows = _sheet(path, book.worksheets, sheet or usual, book.sheetnames)
            top = list(islice(rows, _TOP))
            said = [(row, [_text(cell) for cell in cells]) for row, cells in top]
            row, names = said[heading_of([names for _, names in said], columns, layout.headings)]
            while names and not names[-1]:
                names.pop()
            if len(names) > _MOST_COLUMNS:
                raise TransactionsError(
                    f"{path}, row {row}: a heading of {len(names)} columns; keep only those that are needed"
                )
            roles = layout.find(path, names, columns)
            under = chain((one for one in top if one[0] > row), rows)
            exact = {names.index(roles[role]) for role in layout.money if role in roles}
            cells = pa.Table.from_batches(_batches(path, under, len(names), exact), _schema(len(names)))
        finally:
            book.close()
    name = gen_name("cells")
    con.con.register(name, cells)
    table = layout.arrange(con.table(name), tuple(names), roles)
    return Source(table, roles, tuple(names), "excel", sheet=page, heading=row)


def _refuse_bomb(path: Path) -> None:
    """A file of a few kilobytes can unpack to more than the disk holds.

    Python unpacks no more of a part than the file says it holds, so what it says is the most there will be.
    """
    with _faults_named(path), ZipFile(path) as zipped:
        parts = zipped.infolist()
    total = sum(part.file_size for part in parts)
    words = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    beside = sum(part.file_size for part in parts if not _LARGE_PARTS.search(part.filename)) - words
    dense = any(part.file_size > max(_LARGE, _DENSEST * part.compress_size) for part in parts)
    if total > _MOST_UNPACKED or words > _MOST_WORDS or beside > _MOST_BESIDE or dense:
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
    """Name and rows of the sheet to read: the one named, or the only one with content that is not hidden."""
    if wanted is not None:
        pages = [page for page in pages if page.title.strip().casefold() == wanted.strip().casefold()] or pages[:0]
        if not pages:
            raise TransactionsError(f"{path}: no sheet {wanted!r}; there are {listed(titles)}")
    filled = [(page, first, rows) for page in pages for rows in [_rows(path, page)] if (first := next(rows, None))]
    seen = [part for part in filled if part[0].sheet_state == "visible"]
    filled = seen or filled  # lists to choose from are often on a hidden sheet
    if len(filled) > 1:
        several = listed(page.title for page, *_ in filled)
        raise TransactionsError(f"{path}: several sheets have content; name one of {several} as sheet")
    if not filled:
        raise TransactionsError(f"{path}: the sheet is empty; export it again")
    page, first, rows = filled[0]
    return page.title, chain([first], rows)


def _rows(path: Path, page: ReadOnlyWorksheet) -> Iterator[tuple[int, Sequence[Any]]]:
    """Each row that is not blank, with its number."""
    page.reset_dimensions()  # a sheet that says it is a million rows wide and long is not taken at its word
    for number, cells in enumerate(page.iter_rows(values_only=True), 1):
        if number > _LAST_ROW:  # a damaged file may name row two billion, and is counted up to there
            raise TransactionsError(f"{path}: rows beyond {_LAST_ROW}, where a sheet ends; save it again as .xlsx")
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
