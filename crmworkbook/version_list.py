"""``crmworkbook history``: the versions of a client folder on the screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import get_args

import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text as Line

from crmworkbook import history
from crmworkbook.changes import Difference, difference, label_of
from crmworkbook.client import client_path
from crmworkbook.errors import SaveError
from crmworkbook.text import Language
from crmworkbook.yaml_file import parse

_WHY = {"save": "", "outside": "changed by hand or another program", "restore": "put back"}
_LONGEST = 300  # characters of a value on the screen


def list_versions(given: Path | None, language: Language | None) -> None:
    """Print number, time and what was changed of every version, the newest first."""
    path = _path(given)
    language = language or _language(path)
    found = history.versions(path.parent)
    if not found:
        Console().print("No versions yet; every answer that is saved leaves one.")
        return
    table = Table("version", "when", "what changed", box=None, pad_edge=False, header_style="bold")
    for version in found:
        table.add_row(str(version.number), _when(version.at), Line(_what(version, language)))
    Console().print(table)
    Console().print("\nLook at one with --show NUMBER, put one back with --restore NUMBER.")


def show_version(given: Path | None, number: int, language: Language | None) -> None:
    """Print what a version changed, and what has changed since."""
    path = _path(given)
    language = language or _language(path)
    version = history.find(path.parent, number)
    known = [one.number for one in history.versions(path.parent) if one.number < number]
    console = Console()
    console.print(Line(f"Version {number}, {_when(version.at)}: {_what(version, language)}"))
    if known:
        console.print(f"\nChanged in this version, compared with version {known[0]}:")
        _print(console, difference(path.parent, known[0], number, language), ("before", "in this version"))
    console.print("\nChanged since this version:")
    _print(console, difference(path.parent, number, None, language, path.name), ("in this version", "now"))


def restore_version(given: Path | None, number: int, language: Language | None, agreed: Callable[[str], bool]) -> None:
    """Say what would change, ask, and put the version back."""
    path = _path(given)
    language = language or _language(path)
    console = Console()
    found = difference(path.parent, number, None, language, path.name)
    if not found:
        console.print(f"Version {number} says the same as the folder does now; nothing to put back.")
        return
    _print(console, [Difference(d.address, d.label, d.new, d.old) for d in found], ("now", f"version {number}"))
    if agreed(f"Put version {number} back?"):
        restored = history.restore(path.parent, number, path.name)
        kept = next(
            (one.number for one in history.versions(path.parent) if restored and one.number < restored.number), 0
        )
        console.print(f"Version {number} is back; the state of before is version {kept}.")


def _print(console: Console, found: Sequence[Difference], heads: tuple[str, str]) -> None:
    if not found:
        console.print("  nothing")
        return
    table = Table("field", *heads, box=None, pad_edge=False, header_style="bold", expand=False)
    for one in found:
        table.add_row(*(Line(_short(text)) for text in (one.label, one.old or "–", one.new or "–")))
    console.print(table)


def _short(text: str) -> str:
    """What people typed, without anything that a terminal would obey."""
    plain = re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", "", text)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _what(version: history.Version, language: Language) -> str:
    try:
        content = history.content_of(version)
    except SaveError as error:
        return str(error)
    labels = "; ".join(_short(label_of(address, language)) for address in content.what)
    return ", ".join(filter(None, (_WHY.get(content.why, ""), labels)))


def _when(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _path(given: Path | None) -> Path:
    """The client file, or where it stood when only its history is left."""
    if given is not None and not (given / "client.yaml").exists() and history.versions(given):
        return given / "client.yaml"
    return client_path(given)


def _language(path: Path) -> Language:
    """The client's own language, also of a file that is broken elsewhere."""
    with suppress(OSError, UnicodeDecodeError, yaml.YAMLError):
        content, _ = parse(path.read_text(encoding="utf-8-sig"))
        if isinstance(content, dict) and content.get("language") in get_args(Language):
            return "nl" if content["language"] == "nl" else "en"
    return "en"
