"""Earlier versions of a client folder: one for every save, thinned with age; rounds are kept apart and for good.

``history/versions`` holds a small file for each version, named by number and time, which says what the files of the
client held; ``history/versions/blobs`` holds each different content once, packed. Versions are in order of their
number, so that a clock that jumps back mixes nothing up.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import yaml

from crmworkbook import disk
from crmworkbook.yaml_file import parse

Why = Literal["save", "outside", "restore"]
_NAME = re.compile(r"(\d{6,})-(\d{8}T\d{6})Z\.json")
_LARGEST = 5_000_000  # bytes of a table that versions keep; orders are never kept
_THIN_EVERY = 20  # saves
_STEPS: tuple[tuple[timedelta, str], ...] = (  # older than: one version for each
    (timedelta(days=31), "%G-%V"),
    (timedelta(days=7), "%Y%m%d"),
    (timedelta(days=1), "%Y%m%d%H"),
)


@dataclass(frozen=True)
class Version:
    """The client folder as it was at one moment.

    Attributes:
        number: Counts up; a higher number is later, whatever the clock said.
        path: The file of the version; its name has number and time.
    """

    number: int
    path: Path

    @property
    def at(self) -> datetime:
        """When it was kept, by the clock of that moment, in UTC."""
        return datetime.strptime(self.path.name.rpartition("-")[2], "%Y%m%dT%H%M%SZ.json").replace(tzinfo=UTC)


@dataclass(frozen=True)
class Content:
    """What a version holds.

    Attributes:
        why: ``save``; ``outside`` for what somebody changed by hand or another program; ``restore``.
        what: Addresses of the fields that were changed, such as ``answers.start.scope``.
        files: File name to the hash of its bytes; the client file first.
    """

    why: Why
    what: tuple[str, ...]
    files: Mapping[str, str]


def versions(folder: Path) -> list[Version]:
    """The versions of the client in *folder*, newest first."""
    found = []
    with suppress(OSError), os.scandir(_room(folder)) as entries:
        for entry in entries:
            if match := _NAME.fullmatch(entry.name):
                found.append(Version(int(match[1]), Path(entry.path)))
    return sorted(found, key=lambda version: version.number, reverse=True)


def content_of(version: Version) -> Content:
    """What a version holds.

    Raises:
        SaveError: the version is damaged.
    """
    try:
        given = json.loads(version.path.read_text(encoding="utf-8"))
        return Content(given["why"], tuple(given["what"]), dict(given["files"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise disk.save_error("damaged", number=version.number) from error


def files_of(folder: Path, version: Version) -> dict[str, bytes]:
    """The files of a version, unpacked.

    Raises:
        SaveError: the version is damaged.
    """
    unpacked = {}
    for name, wanted in content_of(version).files.items():
        try:
            data = gzip.decompress((_room(folder) / "blobs" / f"{wanted}.gz").read_bytes())
        except (OSError, EOFError, ValueError) as error:
            raise disk.save_error("damaged", number=version.number) from error
        if digest(data) != wanted:
            raise disk.save_error("damaged", number=version.number)
        unpacked[name] = data
    return unpacked


def keep(path: Path, files: Mapping[str, bytes], what: Iterable[str] = (), why: Why = "save") -> Version | None:
    """Keep *files* as the newest version of the client file *path*; None when the newest holds the same already.

    Hold the lock of the client file.

    Raises:
        OSError: the folder ``history`` cannot be written.
    """
    room = _room(path.parent)
    known = versions(path.parent)
    hashes = {name: digest(data) for name, data in files.items()}
    if known and _holds(known[0], hashes):
        return None
    (room / "blobs").mkdir(parents=True, exist_ok=True)
    for name, wanted in hashes.items():
        blob = room / "blobs" / f"{wanted}.gz"
        if not blob.exists():
            _write(blob, gzip.compress(files[name], compresslevel=1, mtime=0))
    number = known[0].number + 1 if known else 1
    at = datetime.now(UTC)
    version = Version(number, room / f"{number:06d}-{at:%Y%m%dT%H%M%S}Z.json")
    record = {"why": why, "what": list(what), "files": hashes}
    _write(version.path, json.dumps(record, ensure_ascii=False, indent=1).encode())
    if number % _THIN_EVERY == 0:
        thin(path.parent, at)
    return version


def present(path: Path, names: Sequence[str]) -> dict[str, bytes]:
    """The bytes of the client file and of the tables in it that versions keep.

    Args:
        path: The client file.
        names: Files that it names, relative to its folder, without the orders.

    Raises:
        OSError: the client file cannot be read.
    """
    found = {path.name: path.read_bytes()}
    for name in names:
        inside = os.path.normpath(name)
        if inside.startswith("..") or os.path.isabs(inside):
            continue
        with suppress(OSError), open(path.parent / inside, "rb") as file:
            if os.fstat(file.fileno()).st_size <= _LARGEST:
                found[name] = file.read()
    return found


def named_files(tables: object) -> list[str]:
    """The files that the part ``tables`` of a client file names; the orders are too large to keep with every save."""
    given = tables.items() if isinstance(tables, Mapping) else ()
    return [file for name, file in given if isinstance(file, str) and name != "orders"]


def tables_in(data: bytes) -> object:
    """The part ``tables`` of a client file; None when it cannot be read."""
    with suppress(yaml.YAMLError, UnicodeDecodeError, RecursionError):
        content, _ = parse(data.decode("utf-8-sig"))
        return content.get("tables") if isinstance(content, dict) else None
    return None


def digest(data: bytes) -> str:
    """What a content is stored by."""
    return hashlib.sha256(data).hexdigest()


def restore(folder: Path, number: int, name: str = "client.yaml") -> Version | None:
    """Put the files of a version back; itself a save, so that the present state is kept first.

    Returns:
        The new version; None when the folder holds that version already.

    Raises:
        SaveError: there is no such version, it is damaged, or the files cannot be written.
    """
    old = files_of(folder, find(folder, number))
    path = folder / name
    try:
        if not path.exists():
            path.touch()  # a file that is gone can be put back too
    except OSError as error:
        raise disk.os_fault(error, path) from error
    with disk.locked(path):
        try:
            if data := disk.read(path).data:
                keep(path, present(path, named_files(tables_in(data))), why="outside")
        except OSError as error:
            raise disk.os_fault(error, _room(folder)) from error
        for file in sorted(old, key=lambda file: file == name):  # the client file last: it names the others
            _put_back(folder, file, old[file])
        try:
            return keep(path, old, [f"version {number}"], why="restore")
        except OSError as error:
            raise disk.os_fault(error, _room(folder)) from error


def find(folder: Path, number: int) -> Version:
    """The version with this number.

    Raises:
        SaveError: there is none.
    """
    found = next((version for version in versions(folder) if version.number == number), None)
    if found is None:
        raise disk.save_error("no_such_version", number=number)
    return found


def _put_back(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise disk.save_error("other", file=name, why="outside the client folder")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for _ in range(5):
        found = disk.read(path)
        if found.data == data:
            return
        with suppress(disk.ChangedMeanwhile):
            disk.replace(found, data)
            return
    raise disk.save_error("busy", file=name)


# --- thinning -----------------------------------------------------------------------------------------------------


def thin(folder: Path, now: datetime) -> None:
    """Let go of versions that nobody needs any more, and of contents that no version holds.

    All of the last day stay, then the last of each hour for a week, of each day for a month, of each week after that.
    The newest always stays; a version that seems to come from the future is young.
    """
    known = versions(folder)
    kept, gone = known[:1], list[Version]()
    seen: set[str] = set()
    for version in known[1:]:
        mark = _mark(version, now)
        (gone if mark in seen else kept).append(version)
        seen |= {mark} if mark else set()
    for version in gone:
        with suppress(OSError):
            version.path.unlink()
    if gone:
        _sweep(folder, kept)


def _mark(version: Version, now: datetime) -> str | None:
    """Versions with the same mark stand for one; None for one that stays anyhow."""
    return next((version.at.strftime(form) for age, form in _STEPS if now - version.at > age), None)


def _sweep(folder: Path, kept: Sequence[Version]) -> None:
    """Remove contents that no version names; not while a version cannot be read."""
    with suppress(disk.SaveError, OSError):
        used = {name for version in kept for name in content_of(version).files.values()}
        for blob in (_room(folder) / "blobs").glob("*.gz"):
            if blob.name.removesuffix(".gz") not in used:
                blob.unlink()


def _holds(version: Version, hashes: Mapping[str, str]) -> bool:
    with suppress(disk.SaveError):
        return dict(content_of(version).files) == dict(hashes)
    return False


def _room(folder: Path) -> Path:
    return folder / "history" / "versions"


def _write(path: Path, data: bytes) -> None:
    """A whole file or none; a version is a second copy, and need not wait for the disk."""
    handle, temporary = tempfile.mkstemp(prefix=".new-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise
