"""Change rows of a CSV text and leave every other line as it is: separator, quotes, encoding and line ends too."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from crmworkbook.text import LANGUAGES, Text

_COMMA = re.compile(r"-?\d+,\d+")
_DOUBTFUL = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")  # can be read as a thousand


@dataclass(frozen=True)
class CsvText:
    """A CSV file, line by line.

    Attributes:
        columns: Names in the first line.
        records: Each record as it is written, the first line too, with its line end; blank lines are records.
        cells: The cells of each record; none for a blank line.
        separator: ``,`` ``;`` or tab.
        encoding: ``utf-8``, ``utf-8-sig`` or ``cp1252``.
        newline: What ends a line.
    """

    columns: tuple[str, ...]
    records: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    separator: str
    encoding: str
    newline: str

    @property
    def rows(self) -> list[int]:
        """The positions of the records that are rows."""
        return [i for i, cells in enumerate(self.cells) if i and any(cell.strip() for cell in cells)]

    @property
    def data(self) -> bytes:
        """The bytes of the file; a text that Windows-1252 cannot write makes it UTF-8."""
        text = "".join(self.records)
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError:
            return text.encode("utf-8-sig")


def read_csv_text(data: bytes) -> CsvText:
    """Take a CSV file apart; it was read and checked before.

    Raises:
        csv.Error: it is not CSV.
    """
    encoding = "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding, text = "cp1252", data.decode("cp1252", errors="replace")
    lines = [line for line in io.StringIO(text, newline="\n")]
    separator = max(",;\t", key=(lines[0] if lines else "").count)
    reader = csv.reader(iter(lines), delimiter=separator, strict=True)
    records, cells, done = [], [], 0
    for found in reader:
        records.append("".join(lines[done : reader.line_num]))
        cells.append(tuple(found))
        done = reader.line_num
    newline = "\r\n" if "\r\n" in text else "\n"
    columns = tuple(column.strip() for column in cells[0]) if cells else ()
    return CsvText(columns, tuple(records), tuple(cells), separator, encoding, newline)


def change(table: CsvText, position: int, given: Mapping[str, Any]) -> CsvText:
    """The table with other cells in the record at *position*; a cell that is None is emptied."""
    table = _with_columns(table, given)
    cells = [*table.cells[position], *[""] * (len(table.columns) - len(table.cells[position]))]
    for column, shown in _shown(table, given).items():
        cells[table.columns.index(column)] = shown
    records, all_cells = list(table.records), list(table.cells)
    records[position], all_cells[position] = _record(table, cells, records[position].endswith("\n")), tuple(cells)
    return replace(table, records=tuple(records), cells=tuple(all_cells))


def add(table: CsvText, position: int, given: Mapping[str, Any]) -> CsvText:
    """The table with a new record before *position*."""
    table = _with_columns(table, given)
    shown = _shown(table, given)
    cells = tuple(shown.get(column, "") for column in table.columns)
    records = list(table.records)
    if position == len(records) and not records[-1].endswith("\n"):
        records[-1] += table.newline
    records.insert(position, _record(table, cells, True))
    return replace(table, records=tuple(records), cells=(*table.cells[:position], cells, *table.cells[position:]))


def drop(table: CsvText, position: int) -> CsvText:
    """The table without the record at *position*."""
    records = (*table.records[:position], *table.records[position + 1 :])
    return replace(table, records=records, cells=(*table.cells[:position], *table.cells[position + 1 :]))


def _with_columns(table: CsvText, given: Mapping[str, Any]) -> CsvText:
    """The table with the columns that these cells need: one for a value, two for words in two languages."""
    for column, value in given.items():
        pair = [f"{column}_{language}" for language in LANGUAGES]
        if isinstance(value, Text) and column in table.columns:
            table = _split(table, column, pair)
        elif value is not None and column not in table.columns and pair[0] not in table.columns:
            table = _append(table, pair if isinstance(value, Text) else [column])
    return table


def _split(table: CsvText, column: str, pair: Sequence[str]) -> CsvText:
    """One column of words as two, each with what stood in the one."""
    at = table.columns.index(column)
    widened = [
        tuple((*cells[:at], *(pair if not i else [cells[at]] * 2), *cells[at + 1 :])) if len(cells) > at else cells
        for i, cells in enumerate(table.cells)
    ]
    return _rewritten(table, widened)


def _append(table: CsvText, columns: Sequence[str]) -> CsvText:
    width = len(table.columns)
    full = [(*cells, *[""] * (width - len(cells))) if cells else cells for cells in table.cells]
    return _rewritten(
        table,
        [(*cells, *(columns if not i else [""] * len(columns))) if cells else cells for i, cells in enumerate(full)],
    )


def _rewritten(table: CsvText, cells: Sequence[tuple[str, ...]]) -> CsvText:
    pairs = zip(cells, table.records, strict=True)
    records = tuple(_record(table, found, old.endswith("\n")) if found else old for found, old in pairs)
    return replace(table, columns=tuple(c.strip() for c in cells[0]), records=records, cells=tuple(cells))


def _shown(table: CsvText, given: Mapping[str, Any]) -> dict[str, str]:
    """Cells as they are typed in this file, by column of the file."""
    shown: dict[str, str] = {}
    for column, value in given.items():
        pair = {language: f"{column}_{language}" for language in LANGUAGES}
        if column in table.columns:
            shown[column] = _cell(table, column, value)
        elif pair["nl"] in table.columns:
            for language, name in pair.items():
                shown[name] = _cell(table, name, value[language] if isinstance(value, Text) else value)
    return shown


def _cell(table: CsvText, column: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, int | float):
        return str(value)
    shown = str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
    at = table.columns.index(column)
    if any(len(cells) > at and _COMMA.fullmatch(cells[at].strip()) for cells in table.cells[1:]):
        shown = shown.replace(".", ",")
    return shown + "0" if _DOUBTFUL.fullmatch(shown) else shown


def _record(table: CsvText, cells: Sequence[str], ended: bool) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=table.separator, lineterminator="").writerow(cells)
    return out.getvalue() + (table.newline if ended else "")
