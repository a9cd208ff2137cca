"""Orders from a CSV file in any dress: every cell as text, every row in its place, nothing judged yet."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TextIO

import duckdb
import ibis
from ibis.util import gen_name

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.columns import heading_of
from crmworkbook.transactions.formats import trimmed
from crmworkbook.transactions.sources import ORDERS, Layout, Source
from crmworkbook.transactions.waiting import tell

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import StringValue, Table, Value

_CHUNK = 1 << 20
_LONGEST = 2 << 20  # signs in one line; DuckDB reads no longer ones
_TOP = 30  # lines among which the heading is looked for
_MOST_COLUMNS = 2_000
_END = "\x03"  # put under the last row: where it is not read, a quotation mark has swallowed it
_NAMES = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
_UNCLOSED = 'a quotation mark (") is opened and not closed; close or remove it'
_TOO_LONG = "a line of more than 2 million characters; perhaps a quotation mark is not closed, or line ends are lost"
_ROUNDED = r"^\d[.,]\d+E\+\d+$"  # 8,71235E+12: what a spreadsheet leaves of a long number
_SAVE = "save it from a spreadsheet as CSV (UTF-8)"
_UNREADABLE = f"this is not a readable CSV file; {_SAVE}"
_CSV_FAULTS = {
    "unterminated quote": _UNCLOSED,
    "Expected Number of Columns": "more fields than the heading has; put quotes around the separator",
    "aximum line size": _TOO_LONG,
}


@dataclass(frozen=True)
class _Heading:
    """Where the rows begin and how their fields are parted."""

    separator: str
    names: tuple[str, ...]
    row: int  # of the heading, from 1, as a spreadsheet counts
    lines: int  # of the file up to and including it: a name may hold a line break


def load_csv(con: Backend, path: Path, columns: Mapping[str, str], layout: Layout = ORDERS) -> Source:
    """The rows of a CSV file.

    Raises:
        TransactionsError: the file cannot be read, or a column is not found.
    """
    with TemporaryDirectory(prefix="crmworkbook-") as folder:
        copy = Path(folder) / "orders.csv"
        encoding, heading = _copied(path, copy, columns, layout)
        roles = layout.find(path, heading.names, columns)
        with copy.open("a", encoding="utf-8") as file:
            file.write(f"\n{heading.separator.join([_END] * len(heading.names))}\n")
        try:
            cells = _cells(con, copy, heading, [roles[role] for role in layout.numbers if role in roles])
            raw = con.create_table(gen_name("raw"), layout.arrange(cells, heading.names, roles))
        except duckdb.Error as error:
            raise TransactionsError(_csv_fault(path, heading, str(error))) from None  # its text quotes the row
    cell = raw[next(name for name in raw.columns if name != "line")]
    ends = raw.aggregate(last=raw.line.max(), end=raw.line.max(where=cell == _END)).to_pyarrow().to_pylist()[0]
    if ends["last"] is None or ends["end"] != ends["last"]:  # DuckDB drops the rest of the file without a word
        raise TransactionsError(f"{path}, line {ends['last'] or heading.row + 1}: {_UNCLOSED}")
    rows = raw.filter(raw.line < ends["last"])
    _refuse_rounded(path, rows, {role: name for role, name in roles.items() if role in layout.numbers}, heading.names)
    return Source(rows, roles, heading.names, "csv", encoding, heading.separator, heading=heading.row)


def _cells(con: Backend, copy: Path, heading: _Heading, numbers: Sequence[str]) -> Table:
    """All rows under the heading as text; *numbers* are the columns of numbers of customers and documents."""
    names = [f"c{at}" for at in range(len(heading.names))]
    rows = con.read_csv(
        copy,
        columns=dict.fromkeys(names, "VARCHAR"),
        delim=heading.separator,
        quote='"',
        escape='"',
        header=False,
        auto_detect=False,
        null_padding=True,  # the total at the foot has few fields
        parallel=False,  # several threads cannot read a line break within quotes
    )
    # some webshops write ="0012", so that a spreadsheet leaves the zeros
    bare = {
        name: rows[name].startswith('="').ifelse(rows[name].re_replace('^="(.*)"$', r"\1"), rows[name])
        for name in names
    }
    for name in (f"c{heading.names.index(number)}" for number in numbers):
        bare[name] = _number(bare[name])
    numbered = rows.mutate(**bare, line=ibis.row_number().over() + heading.row + 1)
    return numbered.filter(ibis.literal("").join([numbered[name] for name in names]).strip() != "")


def _number(text: StringValue) -> Value:
    """A customer or order number without the .0 that pandas puts behind whole numbers in a column with gaps."""
    return text.endswith(".0").ifelse(text.re_replace(r"^(\d+)\.0$", r"\1"), text)


def _refuse_rounded(path: Path, rows: Table, numbers: Mapping[str, str], names: Sequence[str]) -> None:
    """Numbers of which a spreadsheet kept six digits: several customers have become one."""
    for role, name in numbers.items():
        cell = rows[role if role in rows.columns else f"c{names.index(name)}"]
        lost = cell.contains("E+").ifelse(trimmed(cell).re_search(_ROUNDED), False)
        found = rows.aggregate(count=lost.sum(), first=rows.line.min(where=lost)).to_pyarrow().to_pylist()[0]
        if found["count"]:
            fault = (
                f"in {found['count']} rows a number written as 9,99999E+12, of which a spreadsheet lost the last digits"
            )
            write = "export them again and save the file without opening it, or make the column text first"
            raise TransactionsError(f"{path}, line {found['first']}, column {name}: {fault}; {write}")


def _csv_fault(path: Path, heading: _Heading, error: str) -> str:
    line = re.search(r"CSV Error on Line: (\d+)", error)
    fault = next((said for sign, said in _CSV_FAULTS.items() if sign in error), _UNREADABLE)
    return f"{path}, line {heading.lines + int(line.group(1))}: {fault}" if line else f"{path}: {fault}"


# The copy


def _copied(path: Path, copy: Path, columns: Mapping[str, str], layout: Layout) -> tuple[str, _Heading]:
    """Copy the rows in UTF-8 with one kind of line end; what is not Unicode is Windows-1252.

    Returns:
        The encoding they had, as people call it, and the heading, which is not copied.
    """
    encoding = _encoding(path)
    try:
        return _NAMES.get(encoding, "UTF-16"), _copy(path, copy, encoding, columns, layout)
    except UnicodeError:
        if encoding != "utf-8-sig":
            raise TransactionsError(f"{path}: this is not quite UTF-16; {_SAVE}") from None
        return _NAMES["cp1252"], _copy(path, copy, "cp1252", columns, layout)


def _copy(path: Path, copy: Path, encoding: str, columns: Mapping[str, str], layout: Layout) -> _Heading:
    errors = "replace" if encoding == "cp1252" else "strict"
    size = max(path.stat().st_size, 1)
    with path.open("rb") as file, copy.open("w", encoding="utf-8") as target:
        source = TextIOWrapper(file, encoding, errors)
        top = list(islice(iter(lambda: source.readline(_LONGEST), ""), 2 * _TOP))
        heading = _heading(path, top, columns, layout)
        _refuse_no_text(path, "".join(top), 0)
        for block in chain(["".join(top[heading.lines :])], _blocks(path, source, len(top))):
            target.write(re.sub(r"(?m)^\n", " \n", block))  # DuckDB does not count blank lines
            tell(path.name, min(file.tell() / size, 1.0))
    return heading


def _blocks(path: Path, source: TextIO, lines: int) -> Iterator[str]:
    """The text in pieces of whole lines; *lines* of the file went before."""
    while block := source.read(_CHUNK):
        end = source.readline(_LONGEST)
        if len(end) == _LONGEST:
            raise TransactionsError(f"{path}, line {lines + block.count(chr(10)) + 1}: {_TOO_LONG}")
        block += end
        _refuse_no_text(path, block, lines)
        lines += block.count("\n")
        yield block


def _refuse_no_text(path: Path, block: str, lines: int) -> None:
    if "\0" in block:
        line = lines + block[: block.index("\0")].count("\n") + 1
        raise TransactionsError(f"{path}, line {line}: characters that no text has; {_SAVE}")


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(1024)
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise TransactionsError(f"{path}: this is UTF-32; {_SAVE}")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding, high in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if high.count(0) > 0.8 * len(high):
            return encoding
    if 0 in start:
        raise TransactionsError(f"{path}: this is not a text file; give a CSV, Excel (.xlsx) or Parquet file")
    return "utf-8-sig"


# The heading


def _heading(path: Path, top: list[str], columns: Mapping[str, str], layout: Layout) -> _Heading:
    """The heading among the first lines."""
    if any(len(line) == _LONGEST for line in top):
        raise TransactionsError(f"{path}, line {[len(line) for line in top].index(_LONGEST) + 1}: {_TOO_LONG}")
    said = [at for at, line in enumerate(top[:_TOP]) if line.strip() and not line.casefold().startswith("sep=")]
    if not said:
        raise TransactionsError(f"{path}: the file is empty; export it again")
    rows = [row for row in (_parted(top, at) for at in said) if row is not None]
    if not rows:
        raise TransactionsError(f"{path}, line {said[0] + 1}: the heading cannot be read; correct it")
    heading = rows[heading_of([row.names for row in rows], columns, layout.headings)]
    if len(heading.names) > _MOST_COLUMNS:
        fault = f"a heading of {len(heading.names)} columns; keep only those that are needed"
        raise TransactionsError(f"{path}, line {heading.row}: {fault}")
    return heading


def _parted(top: list[str], at: int) -> _Heading | None:
    """The row that begins on line *at* from 0; None where a quotation mark is not closed."""
    outside = re.sub(r'"[^"]*"', "", top[at])
    separator = max(";\t|,", key=outside.count)
    reader = csv.reader(top[at:], delimiter=separator, strict=True)
    try:
        names = next(reader)
    except csv.Error:  # also a field of more than 131,072 characters
        return None
    return _Heading(separator, tuple(name.strip() for name in names), at + 1, at + reader.line_num)
