"""``crmworkbook check``: faults, open questions and warnings of a client folder, on the screen."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text as Line

from crmworkbook import text
from crmworkbook.client import client_path, read_client
from crmworkbook.completeness import completeness, unanswered
from crmworkbook.errors import CrmWorkbookError
from crmworkbook.run import run_chapters, sections_of
from crmworkbook.section import Section
from crmworkbook.text import label, percent
from crmworkbook.typeset import read_brand


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
        orders = client.orders
    except CrmWorkbookError as error:
        console.print(Line(str(error)))
        return 1
    language = client.file.language
    if orders is not None:
        words = text.labels()["screen"]["orders_read"]
        counts = {"used": orders.quality.rows_used, "read": orders.quality.rows_read}
        console.print(Line(f"· {text.fill(words, language, counts)}"))
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
