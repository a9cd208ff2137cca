"""An intake workbook that came back, read into pages, rows and cells."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl.utils import get_column_letter

from crmworkbook.intake.keys import COLUMNS, FORMAT, HEADS, HINTS, MARK, Base, from_rows
from crmworkbook.intake.meaning import Seen
from crmworkbook.intake.words import IntakeError, say
from crmworkbook.text import Language

MOST_ROWS = 5_000
_MOST_COLUMNS = 200
_MOST_UNPACKED = 60 << 20  # bytes; a filled workbook of a large client takes about five million
_LOOK = 30  # rows and columns among which the key of a page is looked for


@dataclass(frozen=True)
class ReadRow:
    """One row of a page: its number, its key (empty for a row that somebody added) and its cells by column name."""

    number: int
    key: str
    cells: Mapping[str, Seen]


@dataclass(frozen=True)
class ReadPage:
    """One page that came back.

    Attributes:
        key: As `asked.Page`; the title is what the sheet is called now.
        columns: Names of the columns that are still there.
        fault: Why it cannot be read; empty for no fault.
    """

    key: str
    title: str
    rows: tuple[ReadRow, ...] = ()
    columns: frozenset[str] = frozenset()
    fault: str = ""


@dataclass(frozen=True)
class Book:
    """A workbook that came back.

    Attributes:
        meta: What it says of itself: format, client (names by language), language, as_of.
        base: What stood where when it was written.
        pages: Those with a key, in the order of the file.
        strangers: Names of sheets that are not ours.
    """

    meta: Mapping[str, Any]
    base: Base
    pages: tuple[ReadPage, ...] = ()
    strangers: tuple[str, ...] = field(default=())

    @property
    def language(self) -> Language:
        """The language in which it speaks."""
        return "nl" if self.meta["language"] == "nl" else "en"


def open_book(path: Path, language: Language) -> Book:
    """Read a workbook that came back.

    Args:
        path: The file.
        language: Of messages as long as the workbook has not said its own.

    Raises:
        IntakeError: there is no such file, it is too large, or it is not one of ours.
    """
    if not path.is_file():
        raise IntakeError(say("faults.not_a_file", language, file=path))
    _refuse_bomb(path, language)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of validations and styles that openpyxl does not know
            return _read(path, language)
    except IntakeError:
        raise
    except Exception as error:  # whatever the readers of zip and XML raise
        raise IntakeError(say("faults.not_excel", language, file=path.name)) from error


def _refuse_bomb(path: Path, language: Language) -> None:
    """Python unpacks no more of a part than the file says it holds, so what it says is the most there will be."""
    try:
        with ZipFile(path) as parts:
            size = sum(part.file_size for part in parts.infolist())
            if size > _MOST_UNPACKED:
                most = _MOST_UNPACKED >> 20
                raise IntakeError(say("faults.too_big", language, file=path.name, size=size >> 20, most=most))
            for part in parts.infolist():
                with parts.open(part) as opened:
                    if b"<!DOCTYPE" in opened.read(2000).replace(b"\0", b""):  # no workbook has entities to expand
                        raise BadZipFile
    except (OSError, BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise IntakeError(say("faults.not_excel", language, file=path.name)) from error


def _read(path: Path, language: Language) -> Book:
    from openpyxl import load_workbook

    with path.open("rb") as file, path.open("rb") as again:  # a path would be judged by the end of its name
        book = load_workbook(file, read_only=True)
        grids = {page.title: _grid(page) for page in book.worksheets}
        marks = {title: _mark(grid) for title, grid in grids.items()}
        data = next((title for title, mark in marks.items() if mark and mark[0].endswith("data")), None)
        if data is None:
            raise IntakeError(say("faults.not_ours", language, file=path.name))
        meta, base = _from_data(path, grids[data][marks[data][1] :], language)  # type: ignore[index]
        results = _Results(again)
        pages = []
        for title, grid in grids.items():
            found = marks[title]
            if found and found[0].partition(" ")[0] not in ("data", "lists", "cover", "files"):
                pages.append(_page(title, grid, found, results, "nl" if meta["language"] == "nl" else "en"))
    strangers = tuple(title for title, mark in marks.items() if not mark and grids[title])
    return Book(meta, base, tuple(_once(pages, "nl" if meta["language"] == "nl" else "en")), strangers)


Grid = list[tuple[Any, ...]]  # cells of the first rows of a sheet; a row may end early


def _grid(page: Any) -> Grid:
    page.reset_dimensions()  # a sheet that says it is a million rows long is not taken at its word
    under = page.iter_rows(max_col=_MOST_COLUMNS)
    rows = list(islice(under, MOST_ROWS + _LOOK))
    last: Any = None
    for cells in under:  # the rows of a gap are one and the same object, so that a million of them take no time
        if cells is not last and any(cell.value is not None for cell in cells):
            return rows
        last = cells
    while rows and all(cell.value is None for cell in rows[-1]):
        rows.pop()
    return rows


def _mark(grid: Grid) -> tuple[str, int, int] | None:
    """The key of a page with its row and column, from 1; people insert rows and columns before it."""
    for number, cells in enumerate(grid[:_LOOK], start=1):
        for at, cell in enumerate(cells[:_LOOK], start=1):
            if isinstance(cell.value, str) and cell.value.startswith(MARK):
                return cell.value.removeprefix(MARK).strip(), number, at
    return None


def _from_data(path: Path, grid: Grid, language: Language) -> tuple[dict[str, Any], Base]:
    try:
        rows = [[cell.value for cell in cells] for cells in grid]
        meta, base = from_rows([row[next(i for i, v in enumerate(row) if v) :] for row in rows if any(row)])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IntakeError(say("faults.not_ours", language, file=path.name)) from error
    if meta["format"] != FORMAT:
        theirs = {"theirs": meta["format"], "ours": FORMAT}
        raise IntakeError(say("faults.other_version", language, file=path.name, **theirs))
    return meta, base


def _page(title: str, grid: Grid, mark: tuple[str, int, int], results: _Results, language: Language) -> ReadPage:
    key, _, at = mark
    heads = next((cells for cells in grid if len(cells) >= at and cells[at - 1].value == COLUMNS), None)
    if key.endswith(" locked"):
        return ReadPage(key.removesuffix(" locked"), title)
    if heads is None:
        return ReadPage(key, title, fault=say("faults.no_columns", language))
    if len(grid) > MOST_ROWS:
        return ReadPage(key, title, fault=say("faults.too_many_rows", language, most=MOST_ROWS))
    below = next(number for number, cells in enumerate(grid, start=1) if cells is heads)
    names = {i: cell.value for i, cell in enumerate(heads, start=1) if i != at and isinstance(cell.value, str)}
    rows = []
    for number, cells in enumerate(grid, start=1):
        row_key = cells[at - 1].value if len(cells) >= at else None
        if number <= below or row_key in (HEADS, HINTS):
            continue
        seen = {name: _seen(title, number, i, cells, results) for i, name in names.items()}
        if any(one.value is not None for one in seen.values()) or row_key:
            rows.append(ReadRow(number, str(row_key or ""), seen))
    return ReadPage(key, title, tuple(rows), frozenset(names.values()))


def _seen(title: str, row: int, column: int, cells: tuple[Any, ...], results: _Results) -> Seen:
    place = f"{title}!{get_column_letter(column)}{row}"
    cell = cells[column - 1] if len(cells) >= column else None
    if cell is None or cell.value is None:
        return Seen(None, "General", place)
    value, fault = cell.value, ""
    if cell.data_type == "f":
        value = results.at(title, row, column)
        fault = "no_result" if value is None else ""
    if cell.data_type == "e" or (cell.data_type == "f" and re.fullmatch(r"#[A-Z0-9/!?]+", str(value))):
        fault = "excel_error"
    return Seen(value, cell.number_format or "General", place, fault)


class _Results:
    """The results of formulas, read only when somebody wrote one."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._book: Any = None
        self._grids: dict[str, Grid] = {}

    def at(self, title: str, row: int, column: int) -> Any:
        from openpyxl import load_workbook

        if self._book is None:
            self._book = load_workbook(self._file, read_only=True, data_only=True)
        if title not in self._grids:
            self._grids[title] = _grid(self._book[title])
        grid = self._grids[title]
        return grid[row - 1][column - 1].value if len(grid) >= row and len(grid[row - 1]) >= column else None


def _once(pages: Sequence[ReadPage], language: Language) -> Iterator[ReadPage]:
    """A page and its copy: neither can be told from the other."""
    for page in pages:
        other = next((one for one in pages if one.key == page.key and one is not page), None)
        fault = say("faults.same_sheet", language, other=other.title) if other else ""
        yield ReadPage(page.key, page.title, fault=fault) if other else page
