"""The first and the last page of the workbook: what it is and how to fill it in, and which files to send along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from crmworkbook.client import COST_LEDGER, Client, said
from crmworkbook.intake import keys
from crmworkbook.intake.asked import Page
from crmworkbook.intake.look import put, set_up, wide
from crmworkbook.intake.words import capital, say, words
from crmworkbook.text import Language, day, label

_WIDTHS = (30, 62, 34)
_ALL = sum(_WIDTHS)


def write_cover(
    sheet: Worksheet, contents: Sequence[tuple[str, Page, str]], files: str, client: Client, language: Language
) -> None:
    """What this is, by when, how to fill it in, whom to ask, and a list of the sheets."""
    sheet.title = say("sheets.cover", language)
    _begin(sheet, "cover", say("cover.title", language))
    named = say("cover.for_client", language, name=said(client.file.name, language))
    put(sheet, 2, 2, named, "subtitle")
    sheet.row_dimensions[2].height = 22
    wide(sheet, 3, say("cover.what", language), "plain", (2, 4), _ALL)
    row = _facts(sheet, 5, client, language)
    put(sheet, row, 2, say("cover.how", language), "subtitle")
    for number, step in enumerate(words()["cover"]["steps"].values(), start=1):
        row += 1
        wide(sheet, row, f"{number}.  {step[language]}", "plain", (2, 4), _ALL)
    row += 2
    put(sheet, row, 2, say("cover.contents", language), "subtitle")
    row += 1
    for at, name in enumerate(("sheet", "about", "state"), start=2):
        put(sheet, row, at, say(f"cover.{name}", language), "head")
    listed = [(title, page.heading, state) for title, page, state in contents]
    for title, heading, state in [*listed, (files, say("files.orders.title", language), "")]:
        row += 1
        cell = put(sheet, row, 2, title, "link")
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quote_sheetname(title)}!B1", display=title)
        put(sheet, row, 3, heading, "told")
        put(sheet, row, 4, state or None, "told")
    set_up(sheet, "cover")


def _facts(sheet: Worksheet, row: int, client: Client, language: Language) -> int:
    """What was agreed, with room for what only people know: the day, and a person to call."""
    file = client.file
    period = label(f"period.{file.period}.one", language)
    entry = say("cover.fill_here", language)
    facts = [
        ("by", None),
        ("ask", said(file.prepared_by, language) or say("cover.nobody", language)),
        ("person", None),
        ("date", day(file.as_of, language, long=True)),
        ("period", say("cover.period_words", language, period=_one(period, language))),
        ("currency", say("cover.currency_words", language, currency=file.currency)),
    ]
    put(sheet, row, 2, say("cover.facts", language), "subtitle")
    for name, value in facts:
        row += 1
        put(sheet, row, 2, say(f"cover.{name}", language), "asked")
        put(sheet, row, 3, value, "told" if value else "entry")
        if value is None:
            put(sheet, row, 4, f"← {entry}", "soft")
    return row + 2


def _one(period: str, language: Language) -> str:
    return {"nl": f"één {period}", "en": f"one {period}"}[language]


def write_files(sheet: Worksheet, client: Client, language: Language) -> None:
    """What to export from a system: the orders and the costs."""
    _begin(sheet, "files", say("sheets.files", language))
    wide(sheet, 2, say("files.intro", language), "plain", (2, 4), _ALL)
    wide(sheet, 3, say("files.privacy", language), "plain", (2, 4), _ALL)
    places = {
        "date": day(client.file.as_of, language, long=True),
        "currency": client.file.currency,
        "period": _one(label(f"period.{client.file.period}.one", language), language),
    }
    row = 5
    for name, table, must in (
        ("orders", "orders", ("customer", "date", "amount")),
        ("ledger", COST_LEDGER, ("customer",)),
    ):
        put(sheet, row, 2, say(f"files.{name}.title", language), "subtitle")
        wide(sheet, row + 1, say(f"files.{name}.about", language, **places), "plain", (2, 4), _ALL)
        row += 2
        for have in _have(client, table):
            wide(sheet, row, say("files.have", language, file=have), "soft", (2, 4), _ALL)
            row += 1
        for at, head in ((2, "needed"), (3, "column")):
            put(sheet, row, at, say(f"files.{head}", language), "head")
        for column in words()["files"][name]["columns"]:
            row += 1
            put(sheet, row, 2, say("files.must" if column in must else "files.may", language), "told")
            put(sheet, row, 3, capital(say(f"files.{name}.columns.{column}", language, **places)), "asked")
        row += 2
    set_up(sheet, "files")


def _have(client: Client, table: str) -> Iterator[str]:
    """The file that the client file names, if it does; never an address of a database, which may hold a password."""
    given: Any = client.file.tables.get(table)
    name = given.get("file") if isinstance(given, dict) else given
    if isinstance(name, str) and "://" not in name:
        yield name


def _begin(sheet: Worksheet, key: str, heading: str) -> None:
    sheet.cell(1, 1, f"{keys.MARK}{key}")
    sheet.column_dimensions["A"].hidden = True
    for letter, width in zip("BCD", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    put(sheet, 1, 2, heading, "title")
    sheet.row_dimensions[1].height = 32
