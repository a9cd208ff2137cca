"""The pages of the workbook: questions with room for an answer, and tables with room for rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from crmworkbook.chapters import Column, TableSpec
from crmworkbook.client import Client
from crmworkbook.forms.typed import NUMERIC, PERCENT, shown
from crmworkbook.intake import keys
from crmworkbook.intake.asked import PARTS, Page, part_columns
from crmworkbook.intake.cells import Speech, cell_format, cell_value, said_value
from crmworkbook.intake.look import put, set_up, wide
from crmworkbook.intake.words import capital, say, spoken
from crmworkbook.text import Language, day, labels

_TITLE, _HELP, _NAMES, _HEAD, _HINT, FIRST = 1, 2, 3, 4, 5, 6  # rows of a page
_LINE_WIDTHS = (44, 46, 62, 24, 32, 20)
_WIDTHS = {"text": 32, "long_text": 44, "key": 26, "choice": 24, "id": 20, "date": 14, "yes_no": 12}
_SPARE = 20  # empty rows below those that are filled
_MOST_OFFERED = 100  # rows made of the choices of a table
_LARGEST = 1e15


class Lists:
    """Lists to choose from, on a hidden sheet; every list once.

    Attributes:
        sheets: Dimension to the sheet that holds its names, which people may add to.
    """

    def __init__(self, book: Workbook) -> None:
        """Begin without lists."""
        self._sheet = book.create_sheet("_lists")
        self._sheet.cell(1, 1, f"{keys.MARK}lists")
        self._known: dict[tuple[str, ...], str] = {}
        self.sheets: dict[str, str] = {}

    def finish(self) -> None:
        """Hide the sheet behind all others."""
        book = self._sheet.parent
        book.move_sheet(self._sheet, len(book.sheetnames))
        self._sheet.sheet_state = "hidden"

    def of(self, column: Column, speech: Speech) -> str | None:
        """Where the choices of *column* stand; None when it has none."""
        language = speech.language
        if column.kind == "key" and column.of in self.sheets:
            return f"{quote_sheetname(self.sheets[column.of])}!$B${FIRST}:$B${FIRST + 199}"
        if column.kind == "key":
            return self._place(tuple(speech.names.get(column.of or "", {}).values()))
        if column.kind == "choice":
            return self._place(tuple(words[language] for words in column.options.values()))
        if column.kind == "yes_no":
            return self._place(tuple(labels()["screen"][key][language] for key in ("yes", "no")))
        return '"1,2,3,4,5"' if column.kind == "scale" else None

    def _place(self, words: tuple[str, ...]) -> str | None:
        if words and words not in self._known:
            at = len(self._known) + 2
            for row, text in enumerate(words, start=1):
                self._sheet.cell(row, at, text).data_type = "s"
            letter = get_column_letter(at)
            self._known[words] = f"{quote_sheetname(self._sheet.title)}!${letter}$1:${letter}${len(words)}"
        return self._known.get(words)


def write_lines(
    sheet: Worksheet, page: Page, held: Mapping[str, Mapping[str, Any]], speech: Speech, client: Client, lists: Lists
) -> None:
    """A page of questions or assumptions."""
    language = speech.language
    kind = page.key.partition(":")[0]
    _begin(sheet, page.key, page.heading, page.help, _LINE_WIDTHS, page.number)
    first = "assumption" if kind == "assumptions" else "question"
    for at, name in enumerate((first, "help", "value", "hint", "source", "confidence"), start=2):
        put(sheet, _HEAD, at, say(f"heads.{name}", language), "head")
        put(sheet, _NAMES, at, name if name in PARTS else None, "plain")
    sheet.cell(_HINT, 1, keys.HINTS)
    sheet.row_dimensions[_HINT].hidden = True
    last = FIRST + len(page.lines) - 1
    for row, line in enumerate(page.lines, start=FIRST):
        sheet.cell(row, 1, line.address)
        put(sheet, row, 2, line.text, "asked")
        put(sheet, row, 3, line.help or None, "told")
        put(sheet, row, 5, hint(line.column, client, language), "told")
        for name, column in part_columns(line.address).items():
            at = {"value": 4, "source": 6, "confidence": 7}[name]
            _entry(sheet, row, at, held[line.address][name], column, speech)
        _check(sheet, "D", row, row, line.column, speech, lists)
    _check(sheet, "G", FIRST, last, part_columns(page.lines[0].address)["confidence"], speech, lists)
    sheet.freeze_panes = f"C{FIRST}"
    set_up(sheet, kind, f"{_HEAD}:{_HEAD}")


def write_table(
    sheet: Worksheet,
    page: Page,
    rows: Sequence[Mapping[str, Any]],
    locked: str,
    speech: Speech,
    client: Client,
    lists: Lists,
) -> None:
    """A page with a table; *locked* says why it cannot be filled in here."""
    table, language = page.table, speech.language
    assert table is not None
    widths = [_width(spoken(column.label, client, language), column) for column in table.columns]
    key = f"{page.key} locked" if locked else page.key
    _begin(sheet, key, page.heading, " ".join(filter(None, (locked, page.help))), widths, page.number)
    sheet.cell(_HEAD, 1, keys.HEADS)
    sheet.cell(_HINT, 1, keys.HINTS)
    given = [] if locked else [(f"{keys.ROW}{at}", row) for at, row in enumerate(rows)]
    if not given and not locked:
        given = [(keys.OFFER, row) for row in _offered(table, speech)]
    last = FIRST + len(given) + _SPARE - 1
    for at, column in enumerate(table.columns, start=2):
        must = column.required and column.default is None
        put(sheet, _NAMES, at, column.id, "plain")
        put(sheet, _HEAD, at, capital(spoken(column.label, client, language)) + (" *" if must else ""), "head")
        put(sheet, _HINT, at, _column_hint(column, speech, client), "hint")
        if locked:
            continue
        values = [row.get(column.id) for _, row in given] + [None] * _SPARE
        for row, value in enumerate(values, start=FIRST):
            _entry(sheet, row, at, value, column, speech)
        _check(sheet, get_column_letter(at), FIRST, last, column, speech, lists)
    for row, (mark, _) in enumerate(given, start=FIRST):
        sheet.cell(row, 1, mark)
    sheet.freeze_panes = f"C{FIRST}" if len(table.columns) > 3 else f"B{FIRST}"
    set_up(sheet, page.key.partition(":")[0], f"{_HEAD}:{_HINT}")


def _begin(sheet: Worksheet, key: str, heading: str, help_: str, widths: Sequence[float], number: str) -> None:
    """Key, title and explanation, and the widths of the columns."""
    sheet.cell(1, 1, f"{keys.MARK}{key}")
    sheet.cell(_NAMES, 1, keys.COLUMNS)
    sheet.cell(_HEAD, 1, keys.HEADS)
    sheet.column_dimensions["A"].hidden = True
    sheet.row_dimensions[_NAMES].hidden = True
    for at, width in enumerate(widths, start=2):
        sheet.column_dimensions[get_column_letter(at)].width = width
    put(sheet, _TITLE, 2, f"{number}  {heading}".strip(), "title")
    sheet.row_dimensions[_TITLE].height = 30
    across, total = 1, widths[0]
    while across < len(widths) and total < 110:
        total += widths[across]
        across += 1
    wide(sheet, _HELP, help_, "soft", (2, 1 + across), total)


def _entry(sheet: Worksheet, row: int, at: int, value: Any, column: Column, speech: Speech) -> None:
    shown_ = cell_value(value, column, speech)
    look = "figure" if column.kind in (*NUMERIC, "scale", "date") else "entry"
    put(sheet, row, at, shown_, look, cell_format(column, speech.language, shown_))


def _check(sheet: Worksheet, letter: str, first: int, last: int, column: Column, speech: Speech, lists: Lists) -> None:
    """A list to choose from, or the numbers that fit; it warns and lets through, for reading back checks again."""
    place = lists.of(column, speech)
    if place:
        check = DataValidation("list", formula1=place, allow_blank=True)
    elif column.kind in NUMERIC:
        low, high = _bounds(column)
        kind = "whole" if column.kind == "count" else "decimal"
        check = DataValidation(kind, operator="between", formula1=f"{low:.12g}", formula2=f"{high:.12g}")
    else:
        return
    check.errorStyle, check.showErrorMessage = "warning", True
    check.errorTitle = column.label[speech.language][:32]
    check.error = _range_hint(column, speech)[:220]
    check.add(f"{letter}{first}:{letter}{last}")
    sheet.add_data_validation(check)


def _bounds(column: Column) -> tuple[float, float]:
    usual = {"share": (0.0, 1.0), "rate": (-1.0, 1.0), "count": (0.0, _LARGEST)}
    low, high = usual.get(column.kind, (-_LARGEST, _LARGEST))
    return (low if column.low is None else column.low), (high if column.high is None else column.high)


def _width(heading: str, column: Column) -> float:
    least = max((len(word) for word in heading.split()), default=0) + 4
    return max(_WIDTHS.get(column.kind, 16), least, min(len(heading) * 0.7, 30))


def _offered(table: TableSpec, speech: Speech) -> Iterator[dict[str, str]]:
    """A row for every choice of a table that is still empty, where there are not too many."""
    columns = [table.column(name) for name in table.unique]
    choices = [
        list(speech.names.get(c.of or "", {})) if c.kind == "key" else list(c.options) if c.kind == "choice" else []
        for c in columns
    ]
    number = 1
    for each in choices:
        number *= len(each)
    if columns and 0 < number <= _MOST_OFFERED:
        yield from (dict(zip(table.unique, combination, strict=True)) for combination in product(*choices))


# --- hints --------------------------------------------------------------------------------------------------------


def hint(column: Column, client: Client, language: Language) -> str:
    """How a value is filled in."""
    places = {"currency": client.file.currency, "example": day(client.file.as_of, language)}
    if column.kind == "key":
        places["names"] = labels()["form"][column.of or ""][language]
    parts = [say(f"hints.{column.kind}", language, **places), _range(column, language)]
    return ", ".join(filter(None, parts))


def _range_hint(column: Column, speech: Speech) -> str:
    kind = "choice" if column.kind == "key" else column.kind
    places = {"currency": "", "example": day(speech.example, speech.language)}
    parts = (say(f"hints.{kind}", speech.language, **places), _range(column, speech.language))
    return capital(", ".join(filter(None, parts)))


def _range(column: Column, language: Language) -> str:
    if (column.low is None and column.high is None) or column.kind == "scale":
        return ""
    ends = {
        name: shown(end, column.kind, language) + ("%" if column.kind in PERCENT else "")
        for name, end in (("low", column.low), ("high", column.high))
        if end is not None
    }
    which = "between" if len(ends) == 2 else "at_least" if "low" in ends else "at_most"
    return say(f"hints.{which}", language, **ends)


def _column_hint(column: Column, speech: Speech, client: Client) -> str:
    language = speech.language
    if column.default is not None:
        need = say("hints.default", language, value=said_value(column.default, column, speech))
    else:
        need = say("hints.required" if column.required else "hints.free", language)
    return f"{hint(column, client, language)}; {need}"
