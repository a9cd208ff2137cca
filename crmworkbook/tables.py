"""The client's tables: rows from CSV, Excel or ``client.yaml`` checked against what a chapter asks for."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from crmworkbook.chapters import Column, TableSpec
from crmworkbook.errors import ClientFileError, Fault
from crmworkbook.privacy import looks_like_data, shape
from crmworkbook.text import LANGUAGES, Text, clean, parse_date

_WORDS = ("text", "long_text")
_YES = {
    "true": True,
    "yes": True,
    "ja": True,
    "1": True,
    "false": False,
    "no": False,
    "nee": False,
    "0": False,
}
LONGEST_CELL = 5_000  # characters; a page of words in one cell of a table is no table any more
_MOST_ROWS = 200_000
_MOST_KEPT = 200  # tables; the demo client and its earlier round have fewer than a hundred
_PEOPLE = {"customer", "respondent"}  # columns that say who somebody is
_DUTCH = re.compile(r"-?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+|-?\d{1,3}(?:\.\d{3}){2,}")
_DOUBTFUL = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")


@dataclass(frozen=True)
class RawTable:
    """Rows as they were written.

    Attributes:
        file: File name for messages.
        name: Table id.
        rows: Column name to value, strings from CSV.
        lines: Line of each row in the file.
        notes: What was noticed while reading.
    """

    file: str
    name: str
    rows: tuple[Mapping[str, Any], ...]
    lines: tuple[int | None, ...]
    notes: tuple[str, ...] = ()


def read_raw_table(path: Path, name: str) -> RawTable:
    """Read a CSV (``,`` ``;`` or tab; UTF-8 or Windows-1252), Excel or Parquet file.

    Raises:
        ClientFileError: the file cannot be read as a table.
    """
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return _read_excel(path, name)
    if path.suffix.lower() == ".parquet":
        frame = pd.read_parquet(path)
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return RawTable(
            path.name, name, tuple({str(k): v for k, v in row.items()} for row in rows), (None,) * len(rows)
        )
    return csv_table(path.read_bytes(), path.name, name)


def csv_table(data: bytes, file: str, name: str) -> RawTable:
    """The rows of a CSV file whose bytes are *data*.

    Raises:
        ClientFileError: it cannot be read as a table.
    """
    try:
        content, notes = data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        note = f"{file} is written in Windows-1252, not UTF-8; it was read as such"
        return _read_csv(file, name, data.decode("cp1252", errors="replace"), (note,))
    return _read_csv(file, name, content, notes)


def _read_csv(file: str, name: str, content: str, notes: tuple[str, ...]) -> RawTable:
    header = content.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(content), delimiter=separator, strict=True)
    rows: list[dict[str, str]] = []
    lines: list[int | None] = []
    try:
        columns = [column.strip() for column in next(reader, [])]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) > len(columns):
                    wrong = f"this line has {len(cells)} fields and the first line {len(columns)}"
                    write = "put a text that holds the separator between quotes"
                    raise ClientFileError([Fault(file, reader.line_num, name, wrong, write, "fields")])
                rows.append(dict(zip(columns, [cell.strip() for cell in cells], strict=False)))
                lines.append(reader.line_num)
            if len(rows) > _MOST_ROWS:
                wrong, write = f"more than {_MOST_ROWS} rows", "summarise the table"
                raise ClientFileError([Fault(file, None, name, wrong, write, "rows")])
    except csv.Error as error:
        quote = "end of data" in str(error)
        wrong = f"this is not a CSV file ({error})"
        write = "close the quote" if quote else "save the table again as CSV"
        raise ClientFileError(
            [Fault(file, reader.line_num, name, wrong, write, "quote" if quote else "csv")]
        ) from error
    if repeated := sorted({column for column in columns if columns.count(column) > 1}):
        named = ", ".join(name for name in repeated if not looks_like_data(name))
        wrong, write = f"the column {named or 'name'} is there twice", "keep one of the two"
        raise ClientFileError([Fault(file, 1, name, wrong, write, "columns")])
    return RawTable(file, name, tuple(rows), tuple(lines), notes)


def _read_excel(path: Path, name: str) -> RawTable:
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever its zip or XML reader met
        wrong, write = "this is not an Excel file", "save it again as .xlsx or as CSV"
        raise ClientFileError([Fault(path.name, None, name, wrong, write, "excel")]) from error
    sheet = book[name] if name in book.sheetnames else book.worksheets[0]
    cells = [[("" if cell is None else cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    columns = [str(column).strip() for column in cells[0]] if cells else []
    kept = [(line, row) for line, row in enumerate(cells[1:], start=2) if any(cell != "" for cell in row)]
    rows = tuple(dict(zip(columns, row, strict=False)) for _, row in kept)
    return RawTable(path.name, name, rows, tuple(line for line, _ in kept))


def check_table(raw: RawTable, spec: TableSpec, dimensions: Mapping[str, set[str]]) -> tuple[pd.DataFrame, list[Fault]]:
    """The table as a frame with one typed column per column of *spec*, and every fault found.

    Args:
        raw: The rows as written.
        spec: What the chapter asks for.
        dimensions: Keys that ``key`` columns may use, by dimension.
    """
    # a workshop reads the client again after every answer, and all tables but one are as they were
    allowed = {column.of: sorted(dimensions.get(column.of, ())) for column in spec.columns if column.of}
    key = hashlib.blake2b(repr((raw, allowed)).encode()).digest()
    kept = _checked.get(key)
    if kept is None or kept[0] is not spec:
        kept = _checked[key] = (spec, *_check_table(raw, spec, dimensions))
        for old in list(_checked)[:-_MOST_KEPT]:
            _checked.pop(old, None)
    _, frame, faults = kept
    return frame.copy(deep=False), list(faults)  # pandas copies what somebody writes in


_checked: dict[bytes, tuple[TableSpec, pd.DataFrame, list[Fault]]] = {}


def _check_table(
    raw: RawTable, spec: TableSpec, dimensions: Mapping[str, set[str]]
) -> tuple[pd.DataFrame, list[Fault]]:
    if not raw.rows:
        wrong, write = "the table has no rows", "fill it, or take its line out of client.yaml"
        return pd.DataFrame(columns=[c.id for c in spec.columns]), [Fault(raw.file, None, raw.name, wrong, write)]
    faults = _wrong_columns(raw, spec)
    of_people = any(column.id in _PEOPLE for column in spec.columns)
    cells: dict[str, list[Any]] = {column.id: [] for column in spec.columns}
    for position, row in enumerate(raw.rows):
        for column in spec.columns:
            value, fault = _cell(row, column, dimensions)
            cells[column.id].append(value)
            if fault and of_people:
                fault = _unsaid(fault, row.get(column.id))
            if fault and not any(fault.field == f"{raw.name}, {column.id}" for fault in faults):
                place = f"{raw.name}, row {position + 1}, {column.id}"
                faults.append(Fault(raw.file, raw.lines[position], place, *fault))
    frame = pd.DataFrame({column.id: _series(cells[column.id], column) for column in spec.columns})
    return frame, faults + _twice(raw, spec, cells)


def _wrong_columns(raw: RawTable, spec: TableSpec) -> list[Fault]:
    written: dict[str, None] = {}
    for row in raw.rows:
        written.update(dict.fromkeys(row))
    pairs = {f"{c.id}_{language}" for c in spec.columns if c.kind in _WORDS for language in LANGUAGES}
    known = {column.id for column in spec.columns}
    faults = []
    for name in written:
        if name not in known | pairs and looks_like_data(str(name)):
            write = "put a row with the names of the columns above the others"
            faults.append(
                Fault(raw.file, None, raw.name, "the first row holds data instead of names of columns", write)
            )
            return faults
        if name not in known | pairs:
            guess = get_close_matches(str(name), known, 1)
            write = f"did you mean {guess[0]}?" if guess else f"known here: {', '.join(c.id for c in spec.columns)}"
            faults.append(Fault(raw.file, None, f"{raw.name}, {name}", "is not a column of this table", write))
    for column in spec.columns:
        there = column.id in written or (
            column.kind in _WORDS and all(f"{column.id}_{n}" in written for n in LANGUAGES)
        )
        if column.required and column.default is None and not there:
            write = f"add the column {column.id} ({column.label.en})"
            faults.append(Fault(raw.file, None, f"{raw.name}, {column.id}", "this column is missing", write))
    return faults


def _cell(
    row: Mapping[str, Any], column: Column, dimensions: Mapping[str, set[str]]
) -> tuple[Any, tuple[str, str] | None]:
    """The value of one field, and what is wrong with it."""
    value = row.get(column.id)
    if column.kind in _WORDS and value is None and f"{column.id}_nl" in row:
        value = {language: row.get(f"{column.id}_{language}") or "" for language in LANGUAGES}
        if not any(value.values()):
            value = None
    if value is None or value == "":
        if column.default is not None:
            return column.default, None
        return None, ("is empty", f"fill in {column.label.en.lower()}") if column.required else None
    return _typed(value, column, dimensions)


def _unsaid(fault: tuple[str, str], value: object) -> tuple[str, str]:
    """A fault in a table of people, with what a cell looks like in place of what it says; a number may be said."""
    said = str(value).strip()
    if not said or re.fullmatch(r"[-+.,\d%€ ]*", said):
        return fault
    wrong, write = fault
    return wrong.replace(said, shape(said)), write


def _typed(value: Any, column: Column, dimensions: Mapping[str, set[str]]) -> tuple[Any, tuple[str, str] | None]:
    match column.kind:
        case "text" | "long_text" | "id":
            longest = max(map(len, map(str, value.values() if isinstance(value, Mapping) else [value])), default=0)
            if longest > LONGEST_CELL:
                return None, (f"the text has {longest} characters; at most {LONGEST_CELL} fit", "make it shorter")
            return _words(value) if column.kind != "id" else (clean(str(value)), None)
        case "key":
            allowed = dimensions.get(column.of or "", set())
            return _chosen(str(value), sorted(allowed), f"declare it under {column.of} in client.yaml, or write one of")
        case "choice":
            return _chosen(str(value), list(column.options), "write one of")
        case "yes_no":
            truth = _YES.get(str(value).strip().lower())
            return truth, None if truth is not None else (
                f"{value!r} is neither yes nor no",
                "write true or false",
            )
        case "date":
            try:
                return parse_date(value), None
            except ValueError:
                return None, (f"{value} is not a date that exists", "write a date as 2025-12-31")
    return _numeric(value, column)


def _words(value: Any) -> tuple[Any, tuple[str, str] | None]:
    if isinstance(value, Mapping):
        if set(value) == set(LANGUAGES) and all(clean(str(part)) for part in value.values()):
            return Text(nl=str(value["nl"]), en=str(value["en"])), None
        return None, ("one of the two languages is missing", "write both nl and en, or one text for both")
    return clean(str(value)), None


def _chosen(value: str, allowed: list[str], remedy: str) -> tuple[str | None, tuple[str, str] | None]:
    if value in allowed:
        return value, None
    guess = get_close_matches(value, allowed, 1)
    write = f"did you mean {guess[0]}?" if guess else f"{remedy}: {', '.join(allowed) or 'nothing declared yet'}"
    return None, (f"{value!r} is not known here", write)


def _numeric(value: Any, column: Column) -> tuple[float | None, tuple[str, str] | None]:
    typed = value.strip() if isinstance(value, str) else value
    if isinstance(typed, str) and column.kind not in ("share", "rate", "scale") and _DOUBTFUL.fullmatch(typed):
        wrong = f"{typed!r} can be a thousand or a number with decimals"
        return None, (wrong, f"write {re.sub('[.,]', '', typed)}, or {typed.replace(',', '.')}0 for the decimals")
    try:
        amount = float(_decimal_point(typed) if isinstance(typed, str) else typed)
    except (TypeError, ValueError):
        return None, (f"{value!r} is not a number", "write digits with a point, such as 1250.50")
    if amount != amount or amount in (float("inf"), float("-inf")):
        return None, (
            f"{value!r} is not a number",
            "write a number, or leave the field empty if it is unknown",
        )
    low, high = _bounds(column)
    if column.kind in ("share", "rate") and amount > high and amount <= 100:
        return None, (
            f"{amount:g} is a percentage typed as a number",
            f"write {amount / 100:g} for {amount:g}%",
        )
    if not low <= amount <= high:
        limit = f"at least {low:g}" if high == float("inf") else f"from {low:g} to {high:g}"
        return None, (f"{amount:g} is out of range", f"write a number {limit}")
    if column.kind == "count" and not amount.is_integer():
        return None, (f"{amount:g} is not a whole number", "write a whole number")
    return amount, None


def _decimal_point(typed: str) -> str:
    """Dutch ``1.234,50`` and ``0,84`` with a point; anything else stays as it is, for the message."""
    return typed.replace(".", "").replace(",", ".") if _DUTCH.fullmatch(typed) else typed


def _bounds(column: Column) -> tuple[float, float]:
    usual = {"share": (0.0, 1.0), "rate": (-1.0, 1.0), "scale": (1.0, 5.0), "count": (0.0, float("inf"))}
    low, high = usual.get(column.kind, (float("-inf"), float("inf")))
    return (low if column.low is None else column.low), (high if column.high is None else column.high)


def _series(values: list[Any], column: Column) -> pd.Series:
    if column.kind in (*_WORDS, "key", "id", "choice", "date", "yes_no"):
        return pd.Series(values, dtype=bool if column.kind == "yes_no" and None not in values else object)
    return pd.Series(values, dtype=float)


def _twice(raw: RawTable, spec: TableSpec, cells: Mapping[str, list[Any]]) -> list[Fault]:
    """Rows that name the same thing as an earlier row."""
    if not spec.unique:
        return []
    faults = []
    seen = set()
    of_people = bool(_PEOPLE & set(spec.unique))
    for position, key in enumerate(zip(*(cells[name] for name in spec.unique), strict=True)):
        if key in seen and None not in key:
            what = f"the same {spec.unique[0]}" if of_people else " × ".join(map(str, key))
            place = f"{raw.name}, row {position + 1}"
            faults.append(Fault(raw.file, raw.lines[position], place, f"{what} is there twice", "keep one of the rows"))
        seen.add(key)
    return faults
