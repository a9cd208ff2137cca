"""What came of reading a workbook back, on the screen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from shlex import quote

from rich.console import Console
from rich.table import Table
from rich.text import Text as Line

from crmworkbook.intake.taking import Outcome
from crmworkbook.intake.weighing import Change
from crmworkbook.intake.words import say
from crmworkbook.privacy import masked
from crmworkbook.text import Language

_LONGEST = 300  # characters of a value on the screen


def print_written(path: Path, console: Console) -> None:
    """Say where the workbook stands, and how to read it back, in its own language."""
    language: Language = "nl" if path.stem.endswith("-nl") else "en"
    folder, file = (quote(str(one)) for one in (path.parent, path))
    console.print(Line(say("outcome.wrote", language, file=path)), soft_wrap=True)
    console.print(Line(say("outcome.next", language, folder=folder, file=file)), soft_wrap=True)


def print_outcome(outcome: Outcome, console: Console) -> None:
    """Say what was taken over, unchanged, kept and refused."""
    language = outcome.language
    heads = ("place", "what")
    for note in outcome.notes:
        console.print(Line(_short(note)))
    _changes(console, outcome, "taken", outcome.taken, (*heads, "before", "after"))
    _changes(console, outcome, "kept", outcome.kept, (*heads, "folder", "workbook"), "over")
    _changes(console, outcome, "emptied", outcome.emptied, (*heads, "folder", "workbook"), "with_remove")
    if outcome.refused:
        rows = ((one.place, one.wrong) for one in outcome.refused)
        _table(console, outcome, "refused", ("place", "wrong"), rows)
        console.print(say("outcome.refused_how", language) + "\n")
    counts = {name: len(getattr(outcome, name)) for name in ("taken", "kept", "emptied", "refused")}
    if not any(counts.values()):
        console.print(say("outcome.nothing", language))
    console.print(say("outcome.total", language, unchanged=outcome.unchanged, **counts), highlight=False)


def _changes(
    console: Console, outcome: Outcome, name: str, changes: Sequence[Change], heads: Sequence[str], after: str = ""
) -> None:
    if not changes:
        return
    rows = ((one.place, one.label, one.now or "–", one.mine or "–") for one in changes)
    _table(console, outcome, name, heads, rows)
    if after:
        console.print(say(f"outcome.{after}", outcome.language) + "\n")


def _table(console: Console, outcome: Outcome, name: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    said = [say(f"outcome.{head}", outcome.language) for head in heads]
    table = Table(
        *said,
        title=say(f"outcome.{name}", outcome.language),
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
    )
    for column in table.columns:
        column.overflow = "fold"
    for row in rows:
        table.add_row(*(Line(_short(cell)) for cell in row))
    console.print(table)
    console.print()


def _short(text: str) -> str:
    """What people typed, without anything that a terminal would obey, and without what says who somebody is."""
    plain = masked(re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+", " ", text))
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"
