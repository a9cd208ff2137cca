"""The workshop: JupyterLab or Voilà on one client's chapters, on this machine only.

The chapters are copies in the client's folder, so that nothing that people do reaches the workbook itself. The server
listens on 127.0.0.1 and wants a token; what it is configured with stands in a room of its own, and the user's own
Jupyter settings neither help nor hinder.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from crmworkbook import files, server_room
from crmworkbook.client import Client, client_path, read_client, said
from crmworkbook.errors import CrmWorkbookError
from crmworkbook.server_room import Kind
from crmworkbook.text import labels

COPIES = "notebooks"
_MANIFEST = ".copied.json"  # what each copy was when it was made
_SECONDS_TO_START = 60
_ENDINGS = {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}  # beside Ctrl-C


@dataclass(frozen=True)
class Server:
    """A workshop that is running.

    Attributes:
        url: Address with the token, to open in a browser.
        process: The server.
    """

    url: str
    process: subprocess.Popen[bytes]


def copy_notebooks(client: Client) -> list[str]:
    """Put the chapters in the client's folder, without outputs; a copy that somebody changed is left alone.

    Under the title of each copy stands how JupyterLab shows the chapter: it runs no cell by itself.

    Returns:
        Names of copies that were changed by hand while the workbook's own notebook changed too.
    """
    folder = client.folder / COPIES
    folder.mkdir(exist_ok=True)
    manifest = folder / _MANIFEST
    known: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else {}
    behind, hint = [], labels()["workshop"]["how_to_run"][client.file.language]
    for source in sorted(files.notebooks().glob("[0-9][0-9]_*.ipynb")):
        target, fresh = folder / source.name, _without_outputs(source, hint)
        mark = hashlib.sha256(fresh).hexdigest()
        now = _without_outputs(target) if target.is_file() else None
        untouched = now is None or hashlib.sha256(now).hexdigest() == known.get(source.name)
        if untouched and now != fresh:
            target.write_bytes(fresh)
            known[source.name] = mark
        elif not untouched and known.get(source.name) != mark:
            behind.append(source.name)
    manifest.write_text(json.dumps(known, indent=1), encoding="utf-8")
    return behind


def _without_outputs(path: Path, hint: str = "") -> bytes:
    """A notebook as it is copied: no outputs, no marks of who ran it, and *hint* under its title."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    if hint:
        notebook["cells"][0]["source"] = ["".join(notebook["cells"][0]["source"]) + f"\n\n{hint}"]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            cell["metadata"].pop("execution", None)
    notebook["metadata"] = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


@contextmanager
def running(client: Client, kind: Kind, port: int = 0) -> Iterator[Server]:
    """A server for the chapters of *client*, ended at the end of the ``with`` block.

    Args:
        client: Whose workshop it is.
        kind: ``lab`` for JupyterLab, ``voila`` for pages without code.
        port: Where it listens; 0 takes a free one.

    Raises:
        CrmWorkbookError: the programs are not installed, the port is taken, or the server does not start.
    """
    _check_installed(kind)
    port, token, folder = _port(port), secrets.token_urlsafe(24), client.folder / COPIES
    room = Path(tempfile.mkdtemp(prefix="crmworkbook-workshop-"))
    variables = server_room.variables(client, room)
    command = server_room.command(kind, client, folder, room, port, token)
    log = (room / "server.log").open("wb")
    process = subprocess.Popen(
        command, env=variables, cwd=folder, stdin=subprocess.PIPE, stdout=log, stderr=log,
        start_new_session=True,  # Ctrl-C is for us to handle
    )  # fmt: skip
    try:
        base = f"http://127.0.0.1:{port}/"
        _wait(process, base, room / "server.log")
        first = "lab/tree/00_start.ipynb" if kind == "lab" else ""
        yield Server(f"{base}{first}?token={token}", process)
    finally:
        _end(process)
        log.close()
        shutil.rmtree(room, ignore_errors=True)


def hold_workshop(
    folder: Path, kind: Kind, port: int = 0, browser: bool = True, say: Callable[[str], None] = print
) -> None:
    """Run a workshop until Ctrl-C.

    Args:
        folder: Client folder or client file.
        kind: As for `running`.
        port: As for `running`.
        browser: Whether to open the page.
        say: Tells the user what is going on.
    """
    client = read_client(client_path(folder))
    words = labels()["workshop"]
    language = client.file.language
    for name in copy_notebooks(client):
        say(words["behind"][language].format(name=name))
    for number in (signal.SIGINT, *_ENDINGS):  # a closed window ends the server too, unless somebody wants it to stay
        if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    with running(client, kind, port) as server:
        say(words["ready"][language].format(name=said(client.file.name, language), url=server.url))
        say(words[f"rights_{kind}"][language])
        if browser:
            webbrowser.open(server.url)
        try:
            while server.process.poll() is None:
                time.sleep(0.3)
        except KeyboardInterrupt:
            say(words["ending"][language])
        else:
            raise CrmWorkbookError("the server ended by itself; what was saved is on disk, so start it again")


def _check_installed(kind: Kind) -> None:
    from importlib.util import find_spec

    module = {"lab": "jupyterlab", "voila": "voila"}[kind]
    missing = [name for name in (module, "anywidget") if find_spec(name) is None]
    if missing:
        raise CrmWorkbookError(f'{", ".join(missing)} is not installed; run: pip install "crmworkbook[workshop]"')


def _port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was closed a moment ago is free
        try:
            probe.bind(("127.0.0.1", wanted))
        except OverflowError as error:
            raise CrmWorkbookError(f"there is no port {wanted}; give one below 65536, or none at all") from error
        except OSError as error:
            why = "needs rights that you do not have" if isinstance(error, PermissionError) else "is taken"
            raise CrmWorkbookError(f"port {wanted} {why}; give another with --port, or none at all") from error
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no office proxy knows this machine
    while time.monotonic() < end and process.poll() is None:
        try:
            opener.open(url, timeout=2)
            return
        except urllib.error.HTTPError:  # it answers; without the token it need say no more
            return
        except OSError:
            time.sleep(0.1)
    said_last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
    raise CrmWorkbookError("the server did not start:\n" + "\n".join(said_last))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server; asked once more meanwhile, go on with it."""
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *_ENDINGS) if main}
    with suppress(OSError):
        process.stdin.close()  # type: ignore[union-attr]
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM) if hasattr(os, "killpg") else process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for number, handler in before.items():
        signal.signal(number, handler)
