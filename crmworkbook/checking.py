"""``crmworkbook check``: faults, open questions and warnings of a client folder, on the screen."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text as Line

from crmworkbook import text
from crmworkbook.client import client_path, read_client
from crmworkbook.completeness import completeness, unanswered
from crmworkbook.errors import CrmWorkbookError
from crmworkbook.run import run_chapters, sections_of
from crmworkbook.section import Section
from crmworkbook.text import Language, label, percent
from crmworkbook.transactions.waiting import heard_by, reading_line
from crmworkbook.typeset import read_brand

if TYPE_CHECKING:
    from crmworkbook.transactions import Orders
    from crmworkbook.transactions.formats import Format
    from crmworkbook.transactions.preview import Cell

PATIENCE = 2.0  # seconds of reading before the screen says how far it is
PREVIEW = 3  # rows


def check_client(folder: Path | None) -> int:
    """Print what a client folder lacks.

    Args:
        folder: Client folder or file; None for the demo client.

    Returns:
        0 when a report can be made of every chapter that was begun, 1 when something must be corrected first.
    """
    console = Console(highlight=False, soft_wrap=True)
    try:
        client = read_client(client_path(folder))
        read_brand(client)
        with _patience(console, client.file.language):
            orders = client.orders
    except CrmWorkbookError as error:
        console.print(Line(str(error)))
        return 1
    language = client.file.language
    if orders is not None:
        _print_orders(console, orders, language)
    for note in client.notes:
        console.print(Line(f"· {note}"))
    for _, row in completeness(client, language).iterrows():
        console.print(Line(f"{percent(row['share'], language, 0):>5}  {row['chapter']}"))
    quick = client.file.route == "quick"
    waiting = unanswered(client, language, quick_only=quick)
    if waiting:
        console.print(Line(f"\n{label('appendix.questions.title', language)} ({len(waiting)})", style="bold"))
        for chapter, question in waiting:
            console.print(Line(f"  {chapter}: {question}"))
    later = len(unanswered(client, language)) - len(waiting)
    if later:
        console.print(Line(f"\n{label('quick.later', language)} ({later})", style="bold"))
    with tempfile.TemporaryDirectory() as room, console.status(label("screen.calculating", language)):
        executed = run_chapters(client, language, Path(room))
        parts = [part for notebook in executed for part in sections_of(notebook)]
    return _print_warnings(console, parts)


def _print_warnings(console: Console, parts: list[Section]) -> int:
    """The warnings of all chapters; 1 when one of them stops a chapter."""
    found = [(part, block) for part in parts for block in part.blocks if block.kind == "warning"]
    for part, block in found:
        head = f"{label(f'severity.{block.severity}', part.language)} · {block.id} · {part.number} · {part.title}"
        console.print(Line(f"\n{head}", style="bold"))
        console.print(Line(f"  {block.text}\n  {block.remedy}"))
    return int(any(block.severity == "E" for _, block in found))


# The orders


@contextmanager
def _patience(console: Console, language: Language) -> Iterator[None]:
    """On a terminal, after two seconds, how far the reading is."""
    status = console.status("")

    def say(file: str, done: float) -> None:
        status.update(Line(reading_line(file, done, language)))

    timer = Timer(PATIENCE, status.start)
    if console.is_terminal:
        timer.start()
    try:
        with heard_by(say):
            yield
    finally:
        timer.cancel()
        status.stop()


def _print_orders(console: Console, orders: Orders, language: Language) -> None:
    """How the orders were read, and what became of their rows."""
    console.print(Line(label("order_check.title", language), style="bold"))
    facts = _grid()
    for key, value in _how_read(orders, language):
        facts.add_row(Line(label(f"order_check.{key}", language), style="dim"), Line(value))
    console.print(facts)
    mapping = _titled([f"\n{label(f'order_check.{key}', language)}" for key in ("role", "column")])
    for role, column in orders.source.columns.items():
        mapping.add_row(Line(label(f"order_check.roles.{role}", language)), Line(column))
    if orders.source.unused:
        mapping.add_row(Line(label("order_check.unused", language), style="dim"), Line(", ".join(orders.source.unused)))
    console.print(mapping)
    _print_preview(console, orders, language)
    counts = _titled([f"\n{label(f'order_check.{key}', language)}" for key in ("counts", "rows", "lines")])
    counts.columns[1].justify = "right"
    for reason, out in orders.quality.left_out.items():
        if out.count:
            rows = Line(text.number(out.count, language, 0))
            counts.add_row(Line(label(f"data_quality.{reason}", language)), rows, Line(", ".join(map(str, out.lines))))
    used = text.number(orders.quality.rows_used, language, 0)
    counts.add_row(Line(label("data_quality.rows_used", language)), Line(used), "")
    console.print(counts)
    from crmworkbook.charts.rfm import quality_remarks  # loads matplotlib

    for remark in quality_remarks(orders.quality, language):
        console.print(Line(f"· {remark}"))
    console.print()


def _how_read(orders: Orders, language: Language) -> list[tuple[str, str]]:
    """What kind of file it is, and how days and amounts were read."""
    source, words = orders.source, text.labels()["order_check"]
    named = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}.get(source.separator)
    separator = words["separators"][named][language] if named else ""
    facts = {"encoding": source.encoding, "separator": separator, "sheet": source.sheet}
    rows = [("kind", text.fill(words[source.kind], language, facts))]
    if source.heading:
        rows.append(("heading", text.fill(words["heading_row"], language, {"row": source.heading})))
    days, amount = orders.formats.date, orders.formats.amount
    said = [label(f"order_check.date_{days.name or 'typed'}", language)]
    said += [label(f"order_check.date_{kind}", language) for kind in ("words", "short") if getattr(days, kind)]
    decimal = {",": "comma", ".": "point"}.get(amount.name, "typed")
    rows.append(("dates", ", ".join([*said, *_why(days, language)])))
    rows.append(("amounts", ", ".join([label(f"order_check.amount_{decimal}", language), *_why(amount, language)])))
    counts = {"used": orders.quality.rows_used, "read": orders.quality.rows_read}
    return [*rows, ("rows", text.fill(text.labels()["screen"]["orders_read"], language, counts))]


def _why(how: Format, language: Language) -> list[str]:
    """What settled the reading of a column."""
    words = text.labels()["order_check"]
    if how.why == "typed":
        return []
    if how.why != "proved":
        return [words[f"why_{how.why}"][language]]
    said = [("why_proved", "proof", how.proof), ("slips", "slips", how.slips)]
    return [
        text.fill(words[key]["one" if count == 1 else "many"], language, {name: count})
        for key, name, count in said
        if count
    ]


def _print_preview(console: Console, orders: Orders, language: Language) -> None:
    """The first rows; of text only the first two characters, for a screen is shown to others."""
    from crmworkbook.transactions.preview import first_rows  # loads the engine

    console.print(Line(f"\n{label('order_check.preview', language)}"))
    preview = _titled([label(f"order_check.roles.{role}", language) for role in orders.source.columns])
    for row in first_rows(orders, PREVIEW):
        preview.add_row(*[Line(_shown(cell, language)) for cell in row.values()])
    console.print(preview)


def _shown(cell: Cell, language: Language) -> str:
    if cell.read is None:
        return cell.written or text.UNKNOWN
    if isinstance(cell.read, date):
        read = text.day(cell.read, language, long=True)
    else:
        read = text.number(cell.read, language, 2)
    return read if read == cell.written else f"{cell.written} → {read}"


def _grid() -> Table:
    return Table(box=None, show_header=False, pad_edge=False)


def _titled(heads: list[str]) -> Table:
    return Table(*heads, box=None, pad_edge=False, header_style="bold")
