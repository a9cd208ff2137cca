"""Write the intake workbook of a client."""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from crmworkbook.client import Client, client_path, read_client, said
from crmworkbook.errors import SaveError
from crmworkbook.intake import keys
from crmworkbook.intake.asked import Page, pages
from crmworkbook.intake.cells import Speech
from crmworkbook.intake.front import write_cover, write_files
from crmworkbook.intake.sheets import Lists, write_lines, write_table
from crmworkbook.intake.words import IntakeError, say
from crmworkbook.saving import TableField, read_fields
from crmworkbook.text import LANGUAGES, Language, Text

MOST_ROWS = 2_000  # of a table on a sheet; longer ones come as a file


def write_workbook(given: Path | None, language: Language | None = None, over: bool = False) -> Path:
    """Write ``intake-<name>-<language>.xlsx`` in the folder of a client.

    Args:
        given: Client folder or client file; None for the demo client.
        language: Of the workbook; the client's own when None.
        over: Put it in the place of an earlier one, which may have been filled in.

    Returns:
        The workbook.

    Raises:
        ClientFileError: the client folder has faults.
        IntakeError: the workbook is there already, or cannot be written.
    """
    client = read_client(client_path(given))
    language = language or client.file.language
    path = client.folder / f"intake-{_simple(said(client.file.name, language))}-{language}.xlsx"
    if path.exists() and not over:
        raise IntakeError(say("faults.exists", language, file=path))
    book = make_workbook(client, language)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                book.save(file)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise IntakeError(say("faults.cannot_write", language, file=path, why=error.strerror or error)) from error
    return path


def make_workbook(client: Client, language: Language) -> Workbook:
    """The workbook of *client*, with what is known filled in."""
    asked = pages(client, language)
    titles = _titles(asked, language)
    speech = Speech.of(client, language)
    book = Workbook()
    cover = book.active
    assert cover is not None
    base: keys.Base = {}
    lists = Lists(book)
    contents: list[tuple[str, Page, str]] = []
    sheets = [(page, book.create_sheet(titles[page.key])) for page in asked]
    names = {page.key.partition(":")[2]: titles[page.key] for page in asked if page.key.startswith("names:")}
    lists.sheets = names
    there = rows_now(client, [page.key for page in asked if page.table], language)
    for page, sheet in sheets:
        if page.table is None:
            base |= (held := {line.address: _held(client, line.address) for line in page.lines})
            write_lines(sheet, page, held, speech, client, lists)
            state = _answered(sum(one["value"] is not None for one in held.values()), len(held), language)
        else:
            rows, locked = _rows(there[page.key], client, page, language)
            if not locked:
                base[page.key] = rows
            write_table(sheet, page, rows, locked, speech, client, lists)
            state = locked or _filled(len(rows), language)
        contents.append((titles[page.key], page, state))
    files = book.create_sheet(say("sheets.files", language))
    write_files(files, client, language)
    write_cover(cover, contents, files.title, client, language)
    lists.finish()
    _hide_data(book, client, language, base)
    _properties(book, client, language)
    return book


Rows = list[dict[str, Any]]


def rows_now(client: Client, pages: Iterable[str], language: Language) -> dict[str, Rows | SaveError]:
    """The rows of pages as the client folder has them, or why they cannot be read here, by the key of the page.

    A name that serves both languages stands under *language*.
    """
    found: dict[str, Rows | SaveError] = {}
    tables = []
    for page in pages:
        kind, _, name = page.partition(":")
        if kind == "table":
            tables.append(name)
        else:
            named: Mapping[str, Any] = getattr(client.file, name)
            found[page] = [{"key": key, **_by_language(words, language)} for key, words in named.items()]
    return found | {f"table:{name}": rows for name, rows in _tables_now(client, tables).items()}


def _tables_now(client: Client, names: Sequence[str]) -> dict[str, Rows | SaveError]:
    """All at once, as the client file takes a while to read; one by one when one of them cannot be read."""
    try:
        found = read_fields(client.path, [TableField(name) for name in names])
    except SaveError as error:
        if len(names) == 1:
            return {names[0]: error}
        half = len(names) // 2
        return _tables_now(client, names[:half]) | _tables_now(client, names[half:])
    return {name: [dict(row) for row in rows] for name, rows in zip(names, found, strict=True)}


def _by_language(words: str | Text, language: Language) -> dict[str, str]:
    return {each: words[each] for each in LANGUAGES} if isinstance(words, Text) else {language: words}


def _held(client: Client, address: str) -> dict[str, Any]:
    """The parts of an answer or assumption as they stand."""
    kind, _, name = address.partition(":")
    held = (client.file.answers if kind == "answer" else client.file.assumptions).get(name)
    return parts_of(held)


def parts_of(held: Any) -> dict[str, Any]:
    """Value, source and confidence; None for what is not there."""
    if held is None:
        return {"value": None, "source": None, "confidence": None}
    value = held.value if held.value is not None else getattr(held, "text", None)
    return {"value": value, "source": held.source, "confidence": held.confidence}


def _rows(rows: Rows | SaveError, client: Client, page: Page, language: Language) -> tuple[Rows, str]:
    """The rows of a table, and why they cannot be filled in here; empty when they can."""
    name = page.key.partition(":")[2]
    if isinstance(rows, SaveError):
        return [], say("pages.locked_file", language, file=client.file.tables.get(name, ""))
    if len(rows) > MOST_ROWS:
        return [], say("pages.locked_rows", language, rows=len(rows))
    return rows, ""


def _titles(asked: list[Page], language: Language) -> dict[str, str]:
    """A name for each sheet: at most 31 characters, without signs that sheets cannot have, and none twice."""
    taken = {say(f"sheets.{name}", language).casefold() for name in ("cover", "files")}
    titles = {}
    for page in asked:
        name = re.sub(r"[\[\]:*?/\\']", " ", f"{page.number} {page.heading}".strip())
        title = name if len(name) <= 31 else f"{name[:30].rstrip()}…"
        for number in range(2, 100):
            if title.casefold() not in taken:
                break
            title = f"{name[:28].rstrip()} {number}"
        taken.add(title.casefold())
        titles[page.key] = title
    return titles


def _answered(done: int, all_: int, language: Language) -> str:
    return say("cover.answered", language, done=done, all=all_)


def _filled(rows: int, language: Language) -> str:
    return say("cover." + ("still_empty" if not rows else "one_filled" if rows == 1 else "filled"), language, rows=rows)


def _simple(name: str) -> str:
    """A name as part of a file name: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "client"


def _hide_data(book: Workbook, client: Client, language: Language, base: keys.Base) -> None:
    sheet = book.create_sheet("_crmworkbook")
    name = client.file.name
    meta = {
        "format": keys.FORMAT,
        "client": {each: said(name, each) for each in LANGUAGES},
        "language": language,
        "as_of": client.file.as_of,
    }
    sheet.cell(1, 1, f"{keys.MARK}data")
    for number, row in enumerate(keys.to_rows(meta, base), start=2):
        for at, chunk in enumerate(row, start=1):
            sheet.cell(number, at, chunk).data_type = "s"
    sheet.sheet_state = "hidden"


def _properties(book: Workbook, client: Client, language: Language) -> None:
    """Said by the file of itself; its date is the base date, for the clock says nothing about the figures."""
    book.properties.title = f"{say('cover.title', language)} · {said(client.file.name, language)}"
    book.properties.creator = said(client.file.prepared_by, language)
    book.properties.language = language
    book.properties.created = book.properties.modified = datetime.combine(client.file.as_of, time())
