"""Files that people fill in: one writer at a time, and always the old file or the new one.

Works where there is no ``fcntl`` too; what a system does not have, such as syncing a folder, is left out.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from getpass import getuser
from pathlib import Path
from platform import node
from typing import Any

from crmworkbook import files
from crmworkbook.errors import SaveError
from crmworkbook.text import Language, Text
from crmworkbook.yaml_file import read_yaml

TIMEOUT = 10.0  # seconds to wait for another writer
_SYNCED = re.compile(
    r"onedrive\b.*|dropbox\b.*|google ?drive|gdrive|my drive|mijn drive|icloud ?drive|mobile documents|cloudstorage"
    r"|nextcloud|owncloud|box|box sync|pcloud ?drive|proton drive|synologydrive|seadrive|seafile",
    re.IGNORECASE,
)
_NETWORK = {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "davfs", "fuse.sshfs", "fuse.rclone"}
_CLOUD_ATTRIBUTES = 0x00400000 | 0x00040000 | 0x00001000  # recall on data access, recall on open, offline


class ChangedMeanwhile(Exception):
    """Somebody who takes no lock, such as an editor, wrote the file between reading and replacing."""


@dataclass(frozen=True)
class Found:
    """A file as it was read.

    Attributes:
        path: Where it really stands, symbolic links followed.
        data: Its bytes.
        stamp: What changes when somebody writes it.
    """

    path: Path
    data: bytes
    stamp: tuple[int, int, int]


@contextmanager
def locked(path: Path, timeout: float = TIMEOUT) -> Iterator[None]:
    """Be the only one who writes *path* and its folder; the lock of a process that died is free at once.

    Raises:
        SaveError: another writer holds it for longer than *timeout* seconds, or the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    real = Path(os.path.realpath(path))
    if not real.is_file():
        raise save_error("gone", file=path.name)
    lock_file = real.with_name(f".{real.name}.lock")
    lock = FileLock(lock_file, timeout=timeout, poll_interval=0.01)
    try:
        lock.acquire()
    except Timeout as error:
        raise save_error("locked", who=_holder(lock_file)) from error
    except OSError as error:
        raise os_fault(error, path) from error
    try:
        with suppress(OSError, KeyError, ImportError):  # who holds it is a help in a message, no more
            lock_file.write_text(f"{getuser()}, {node()}, {os.getpid()}", encoding="utf-8")
        yield
    finally:
        lock.release()


def _holder(lock_file: Path) -> str | Text:
    with suppress(OSError, UnicodeDecodeError):
        if found := lock_file.read_text(encoding="utf-8").strip():
            return found[:120]
    return messages()["another_program"]


def read(path: Path) -> Found:
    """The file as it is now.

    Raises:
        SaveError: it is gone, or cannot be read.
    """
    real = Path(os.path.realpath(path))
    try:
        with real.open("rb") as file:
            return Found(real, file.read(), _stamp(os.fstat(file.fileno())))
    except OSError as error:
        raise os_fault(error, path) from error


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_mtime_ns, found.st_size, found.st_ino


def replace(old: Found, data: bytes) -> None:
    """Put *data* in the place of the file that was read; hold its lock.

    A temporary file in the same folder is written and synced, and then takes the name of the old one; permissions
    stay. A kill at any instant leaves the old file or the new one.

    Raises:
        ChangedMeanwhile: the file is not the one that was read.
        SaveError: disk full, no right to write, or gone; the old file is as it was.
    """
    path = old.path
    temporary = None
    try:
        now = path.stat()
        if not os.access(path, os.W_OK) or not now.st_mode & stat.S_IWUSR:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        for left in path.parent.glob(f".{path.name}.*.tmp"):  # of a writer that was killed
            with suppress(OSError):
                left.unlink()
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _same_rights(Path(temporary), now)
        if _stamp(path.stat()) != old.stamp:
            raise ChangedMeanwhile(str(path))
        _rename(temporary, path)
        temporary = None
    except OSError as error:
        raise os_fault(error, path) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
    sync_folder(path.parent)


def _same_rights(path: Path, of: os.stat_result) -> None:
    with suppress(OSError):
        os.chmod(path, stat.S_IMODE(of.st_mode))
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(path, of.st_uid, of.st_gid)


def _rename(temporary: str, path: Path) -> None:
    """Windows refuses while somebody else reads the file; that takes an instant."""
    for attempt in range(50):
        try:
            os.replace(temporary, path)
            return
        except PermissionError:
            if sys.platform != "win32" or attempt == 49:
                raise
            time.sleep(0.02)


def sync_folder(folder: Path) -> None:
    """Make a rename in *folder* last through a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- messages -----------------------------------------------------------------------------------------------------


@cache
def words() -> dict[str, Any]:
    """The words of saving, from ``templates/saving.yaml``."""
    found: dict[str, Any] = read_yaml(files.templates() / "saving.yaml")
    return found


@cache
def messages() -> dict[str, Text]:
    """Messages by what stands in the way."""
    return {key: Text(**pair) for key, pair in words()["messages"].items()}


def message(key: str, **places: object) -> Text:
    """A message in both languages with its places filled; a `Text` in a place speaks the language around it."""
    return filled(messages()[key], places)


def filled(text: Text, values: Mapping[str, object]) -> Text:
    """*text* with its places filled by what people typed, as it is; nothing else than names of places is read."""

    def own(language: Language) -> str:
        def value_of(found: re.Match[str]) -> str:
            value = values[found[1]]
            return value[language] if isinstance(value, Text) else str(value)

        return re.sub(r"\{(\w+)\}", value_of, text[language])

    return Text(nl=own("nl"), en=own("en"))


def save_error(kind: str, *, mine: object = None, **places: object) -> SaveError:
    """The error of this kind, in both languages."""
    return SaveError(kind, message(kind, **places), mine=mine)


def os_fault(error: OSError, path: Path) -> SaveError:
    """What the system refused, by what the reader can do about it."""
    match error.errno:
        case errno.ENOSPC | errno.EFBIG | errno.EDQUOT:
            return save_error("full", file=path.name)
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return save_error("read_only", file=path.name)
        case errno.ENOENT | errno.ENOTDIR | errno.ESTALE:
            return save_error("gone", file=path.name)
    return save_error("other", file=path.name, why=error.strerror or type(error).__name__)


# --- folders that others share ------------------------------------------------------------------------------------


def shared_folder(path: Path) -> Text | None:
    """A warning when a sync service or a network shares the folder of *path*; None when it stands on this machine.

    Told by the names of the folders above it, by what such services leave in a folder or set on a file, and by the
    kind of file system.
    """
    real = Path(os.path.realpath(path))
    for folder in (real, *real.parents):
        if _SYNCED.fullmatch(folder.name) or any((folder / mark).exists() for mark in (".stfolder", ".dropbox")):
            return message("shared_sync", name=folder.name or str(folder))
    with suppress(OSError):
        found = real.stat()
        if getattr(found, "st_file_attributes", 0) & _CLOUD_ATTRIBUTES:
            return message("shared_sync", name=real.name)
    if str(path).startswith(("\\\\", "//")):
        return message("shared_network", name=str(path).replace("\\", "/").strip("/").split("/")[0])
    kind, mount = _file_system(real)
    return message("shared_network", name=f"{mount}, {kind}") if kind in _NETWORK else None


def _file_system(path: Path, mounts: str = "/proc/self/mounts") -> tuple[str, str]:
    """Kind and place of the file system that holds *path*; empty where the system does not tell."""
    best = ("", "")
    with suppress(OSError, UnicodeDecodeError):
        for line in Path(mounts).read_text(encoding="utf-8").splitlines():
            _, mount, kind, *_ = line.split(" ")
            mount = re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), mount)
            if path.is_relative_to(mount) and len(mount) >= len(best[1]):
                best = (kind, mount)
    return best
