"""The scores of many people at once, from a CSV or Excel file: merged, and never in silence over what stands there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmworkbook import chapters
from crmworkbook.chapters import SCORES
from crmworkbook.client import said
from crmworkbook.errors import ClientFileError, Fault, FieldError
from crmworkbook.forms.people import Row, Words, fault, is_called, person, words
from crmworkbook.forms.scores import list_name
from crmworkbook.forms.typed import parse_number
from crmworkbook.saving import Saved, TableField, read_field, save
from crmworkbook.tables import RawTable, csv_table, read_raw_table
from crmworkbook.text import LANGUAGES, Language, Text, clean

FIELD = "scores_file"
LARGEST = 5  # MB
_SHOWN = 12  # faults or differences; the first ones tell what to do
_HEADS = {
    "list": ("list", "lijst"), "statement": ("statement", "stelling"), "who": ("who", "wie"),
    "score": ("score", "cijfer"), "target": ("target", "streefcijfer"),
}  # fmt: skip


@dataclass(frozen=True)
class Given:
    """One score of the file: the row of the file it stands in, and the row of the table it becomes."""

    line: int
    cells: dict[str, Any]


@dataclass(frozen=True)
class Merged:
    """The table with the scores of a file in it.

    Attributes:
        rows: What the table is to hold.
        added, same, replaced: How many scores of the file were new, there already, or put in the place of another.
        differ: Scores that were left alone because another one is there: those of the file, and the row there.
    """

    rows: tuple[Row, ...]
    added: int
    same: int
    replaced: int
    differ: tuple[tuple[Given, Row], ...]


class ScoreFile:
    """Files of scores for one client."""

    def __init__(self, path: Path, language: Language) -> None:
        """Read files for the client file *path*."""
        self.path, self.language = path, language

    def hear(self, message: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], Saved | None]:
        """Put the scores of a file in the table; those that differ only when the page says ``replace``.

        Raises:
            SaveError: nothing was saved.
        """
        rows = read_field(self.path, TableField(SCORES))
        try:
            given, faults = read_scores(data, message["name"], rows)
        except ClientFileError as error:
            return {"faults": [_unread(each)[self.language] for each in error.faults]}, None
        if faults:
            return {"faults": self._listed([each.words[self.language] for each in faults])}, None
        merged = merge(given, rows, replace=bool(message.get("replace")))
        outcome = save(self.path, TableField(SCORES), merged.rows, seen=rows) if merged.rows != tuple(rows) else None
        told = words("file_read", added=merged.added, same=merged.same, replaced=merged.replaced)
        lines = [self._difference(new, there) for new, there in merged.differ]
        return {"told": told[self.language], "differ": self._listed(lines)}, outcome

    def _difference(self, new: Given, there: Row) -> str:
        chapter, items = chapters.statement_lists()[new.cells["list"]]
        named = {item.id: item.text[self.language] for item in items}
        known = {part: cell for part, cell in there.items() if part in new.cells}
        values = {
            "row": new.line, "list": list_name(chapter, new.cells["list"], self.language),
            "statement": named[new.cells["statement"]].rstrip("."), "who": said(new.cells["who"], self.language),
            "there": _pair(known), "new": _pair(new.cells),
        }  # fmt: skip
        return str(words("file_line", **values)[self.language])

    def _listed(self, lines: list[str]) -> list[str]:
        more = len(lines) - _SHOWN
        return lines[:_SHOWN] + ([words("file_more", count=more)[self.language]] if more > 0 else [])


def read_scores(data: bytes, name: str, rows: tuple[Row, ...] = ()) -> tuple[list[Given], list[FieldError]]:
    """The scores in a file, and every fault by row and column.

    Args:
        data: The file.
        name: What it is called; the ending says what it is.
        rows: The scores that the client has; people who are in them keep their name in both languages.

    Raises:
        ClientFileError: it cannot be read as a table.
    """
    if len(data) > LARGEST * 2**20:
        return [], [fault("file_large", most=LARGEST)]
    raw = _raw(data, Path(name).name)
    heads = {str(column): _head(str(column)) for column in dict.fromkeys(key for row in raw.rows for key in row)}
    missing = [part for part in ("list", "statement") if part not in heads.values()]
    faults = [_at(1, part, words("no_column")) for part in missing]
    if "score" in heads.values():
        faults += [] if {"who", "who_nl"} & set(heads.values()) else [_at(1, "who", words("no_column"))]
    elif not faults and not any(head is None for head in heads.values()):
        faults = [_at(1, "score", words("no_people"))]
    if faults or not raw.rows:
        return [], faults or [fault("file_empty")]
    given: list[Given] = []
    for line, row in zip(raw.lines, raw.rows, strict=True):
        for found in _scores_of(line or 0, row, heads, rows):
            faults.append(found) if isinstance(found, FieldError) else given.append(found)
    faults += _twice(given)
    return given, faults if faults or given else [fault("file_empty")]


def merge(given: list[Given], rows: tuple[Row, ...], replace: bool = False) -> Merged:
    """Put the scores of a file in the table.

    Args:
        given: What the file holds.
        rows: The table.
        replace: Whether a score that differs takes the place of the one that is there.
    """
    table = list(rows)
    places: dict[tuple[str, str], list[int]] = {}
    for at, row in enumerate(rows):
        places.setdefault((str(row.get("list")), str(row.get("statement"))), []).append(at)
    added = same = replaced = 0
    differ = []
    for new in given:
        name = said(new.cells["who"], "nl")
        around = places.get((new.cells["list"], new.cells["statement"]), [])
        mine = [at for at in around if is_called(rows[at].get("who"), name)]
        if not mine:
            table.append(new.cells)
            added += 1
            continue
        at = mine[0]
        if all(rows[at].get(part) == new.cells[part] for part in ("score", "target") if part in new.cells):
            same += 1
        elif replace:
            table[at] = {**rows[at], **new.cells, "who": rows[at]["who"]}
            replaced += 1
        else:
            differ.append((new, rows[at]))
    return Merged(tuple(table), added, same, replaced, tuple(differ))


# --- one row of the file ------------------------------------------------------------------------------------------


def _raw(data: bytes, name: str) -> RawTable:
    if Path(name).suffix.lower() not in (".xlsx", ".xlsm"):
        return csv_table(data, name, SCORES)
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / f"scores{Path(name).suffix.lower()}"
        path.write_bytes(data)
        return read_raw_table(path, SCORES)


def _head(column: str) -> str | None:
    """What a column holds; None when it is somebody's."""
    plain = clean(column).casefold()
    if plain in ("who_nl", "who_en"):
        return plain
    return next((head for head, names in _HEADS.items() if plain in names), None)


def _scores_of(
    line: int, row: Mapping[str, Any], heads: Mapping[str, str | None], rows: tuple[Row, ...]
) -> Iterator[Given | FieldError]:
    """The scores in one row, or what is wrong with them."""
    columns = {head: column for column, head in heads.items() if head}
    cell = lambda head: clean(str(row.get(columns.get(head, ""), "") or ""))  # noqa: E731
    try:
        of_list, statement = _statement(cell("list"), cell("statement"), line, columns)
    except FieldError as error:
        yield error
        return
    of_whom = [(column, column) for column, head in heads.items() if head is None]
    if "score" in columns:
        of_whom = [(cell("who") or cell("who_nl"), columns["score"])]
    for name, column in of_whom:
        if "score" not in columns and not clean(str(row.get(column) or "")):
            continue  # this person did not score this statement
        try:
            who = _who(name, cell("who_en"), rows, line, columns.get("who", columns.get("who_nl", column)))
            cells = {"list": of_list, "statement": statement, "who": who, "score": _mark(row.get(column), line, column)}
            if cell("target"):
                cells["target"] = _mark(row.get(columns["target"]), line, columns["target"])
            yield Given(line, cells)
        except FieldError as error:
            yield error


def _statement(list_said: str, said_so: str, line: int, columns: Mapping[str, str]) -> tuple[str, str]:
    """The keys of a list and a statement, which a file may also name in words."""
    lists = chapters.statement_lists()
    called = {key: [key, *(list_name(chapter, key, n) for n in LANGUAGES)] for key, (chapter, _) in lists.items()}
    key = _found(list_said, called)
    if key is None:
        raise _at(line, columns["list"], words("no_list", typed=list_said[:60], known=", ".join(called)))
    items = {item.id: [item.id, item.text.nl, item.text.en] for item in lists[key][1]}
    statement = _found(said_so, items)
    if statement is None:
        raise _at(line, columns["statement"], words("no_statement", typed=said_so[:60], known=", ".join(items)))
    return key, statement


def _found(typed: str, called: Mapping[str, list[str]]) -> str | None:
    plain = typed.casefold().rstrip(".")
    return next((k for k, names in called.items() if plain in [name.casefold().rstrip(".") for name in names]), None)


def _who(name: str, english: str, rows: tuple[Row, ...], line: int, column: str) -> Words:
    if not name:
        raise _at(line, column, words("no_who"))
    try:
        known = person(name, rows)
    except FieldError as error:
        raise _at(line, column, error.words) from error
    return Text(nl=name, en=english) if known == clean(name) and english and english != name else known


def _unread(found: Fault) -> Text:
    """Why a file cannot be read as a table."""
    wrong = words(f"file_{found.kind}")
    return words("file_line_fault", line=found.line, wrong=wrong) if found.line else wrong


def _mark(typed: Any, line: int, column: str) -> float:
    value = float(typed) if isinstance(typed, int | float) else parse_number(str(typed or ""), "nl")
    if value not in (1, 2, 3, 4, 5):
        raise _at(line, column, words("not_a_score", typed=str("" if typed is None else typed)[:40]))
    return float(value)


def _twice(given: list[Given]) -> list[FieldError]:
    first: dict[tuple[str, str, str], int] = {}
    faults = []
    for each in given:
        at = (each.cells["list"], each.cells["statement"], said(each.cells["who"], "nl").casefold())
        if at in first:
            faults.append(_at(each.line, said(each.cells["who"], "nl"), words("twice", row=first[at])))
        first.setdefault(at, each.line)
    return faults


def _at(row: int, column: str, wrong: Text) -> FieldError:
    return fault("file_place", row=row, column=column, wrong=wrong)


def _pair(row: Row) -> str:
    target = row.get("target")
    return f"{row['score']:g}" + ("" if target is None else f" ({target:g})")
