"""Rounds: named versions of a client folder that are kept for good, and that later rounds are compared with.

A round is a whole client folder of its own, ``history/rounds/NAME``, so that everything can be calculated again.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from crmworkbook.errors import CrmWorkbookError, Fault, ReportError
from crmworkbook.text import parse_date
from crmworkbook.yaml_file import parse

if TYPE_CHECKING:
    from crmworkbook.client import Client

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


@dataclass(frozen=True)
class Round:
    """A named version.

    Attributes:
        name: As it was named, such as ``2025-q4``.
        as_of: Its base date.
        path: Its client file.
    """

    name: str
    as_of: date
    path: Path


def rounds(folder: Path) -> list[Round]:
    """The rounds of the client in *folder*, oldest base date first; those without a readable base date are left out."""
    found = [kept for kept, _ in _read(folder) if kept]
    return sorted(found, key=lambda kept: (kept.as_of, kept.name))


def faulty_rounds(folder: Path) -> list[Fault]:
    """The rounds of the client in *folder* of which not even the base date can be read, each with what to do."""
    return [fault for _, fault in _read(folder) if fault]


def _read(folder: Path) -> Iterator[tuple[Round | None, Fault | None]]:
    """Each client file under ``history/rounds``, as a round or as a fault."""
    for path in sorted(folder.glob("history/rounds/*/client.yaml")):
        try:
            content, _ = parse(path.read_text(encoding="utf-8-sig"))
            yield Round(path.parent.name, parse_date(content["as_of"]), path), None
        except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError):
            place, write = (
                path.relative_to(folder).as_posix(),
                "mend the file, or take its folder out of history/rounds",
            )
            yield None, Fault(place, None, "as_of", "the base date of this round cannot be read", write)


def keep_round(client: Client, name: str) -> Path:
    """Keep the client as it is now under *name*: its file and every file that it names.

    Args:
        client: Read and without faults.
        name: Letters, digits, points and dashes; not one that is there already.

    Returns:
        The folder of the round.

    Raises:
        CrmWorkbookError: the name cannot be used.
        ReportError: the folder cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise CrmWorkbookError(f"{name!r} cannot name a round; write letters, digits, points and dashes, as 2025-q4")
    target = client.folder / "history" / "rounds" / name
    if target.exists():
        raise CrmWorkbookError(f"there is a round {name} already, and a round never changes; choose another name")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as room:
            whole = Path(room) / name
            whole.mkdir()
            shutil.copy2(client.path, whole / "client.yaml")  # by this name it is found again, whatever it was called
            for relative in _tables(client):
                (whole / relative).parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if (client.folder / relative).is_dir() else shutil.copy2  # orders in parts
                copy(client.folder / relative, whole / relative)
            os.replace(whole, target)
    except OSError as error:
        raise ReportError(f"cannot keep the round in {target}: {error.strerror or error}") from error
    return target


def _tables(client: Client) -> list[Path]:
    """The files that the client file names, relative to the folder."""
    named: list[Any] = [entry["file"] if isinstance(entry, dict) else entry for entry in client.file.tables.values()]
    return [Path(name) for name in named if isinstance(name, str)]
