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
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from crmworkbook import chapters, environment, files
from crmworkbook.charts.style import font_faces
from crmworkbook.client import Client, client_path, read_client, said
from crmworkbook.errors import CrmWorkbookError
from crmworkbook.text import labels

COPIES = "notebooks"
_MANIFEST = ".copied.json"  # what each copy was when it was made
_SECONDS_TO_START = 60
_ENDINGS = {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}  # beside Ctrl-C
Kind = Literal["lab", "voila"]


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

    Returns:
        Names of copies that were changed by hand while the workbook's own notebook changed too.
    """
    folder = client.folder / COPIES
    folder.mkdir(exist_ok=True)
    manifest = folder / _MANIFEST
    known: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else {}
    behind = []
    for source in sorted(files.notebooks().glob("[0-9][0-9]_*.ipynb")):
        target, fresh = folder / source.name, _without_outputs(source)
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


def _without_outputs(path: Path) -> bytes:
    """A notebook as it is copied: no outputs, and no marks of who ran it."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
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
    room = Path(tempfile.mkdtemp(prefix="crmworkbook-workshop-"))
    port, token = _port(port), secrets.token_urlsafe(24)
    command, environment = _command(kind, client, room, port, token), _environment(client, room)
    log = (room / "server.log").open("wb")
    process = subprocess.Popen(
        command, env=environment, cwd=client.folder / COPIES, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
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
    for number in _ENDINGS:
        signal.signal(number, lambda *_: sys.exit(0))  # a closed window ends the server too
    with running(client, kind, port) as server:
        say(words["ready"][language].format(name=said(client.file.name, language), url=server.url))
        if browser:
            webbrowser.open(server.url)
        try:
            while server.process.poll() is None:
                time.sleep(0.3)
        except KeyboardInterrupt:
            say(words["ending"][language])


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
        except OSError as error:
            raise CrmWorkbookError(f"port {wanted} is taken; give another with --port, or none at all") from error
        return int(probe.getsockname()[1])


def _environment(client: Client, room: Path) -> dict[str, str]:
    kernel = room / "share" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": "crmworkbook-fork"}},
    }
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    return dict(
        {**os.environ, environment.LIVE: "1", environment.CLIENT: str(client.path)},
        JUPYTER_PATH=str(room / "share"),
        JUPYTER_CONFIG_DIR=str(room / "config"),
        JUPYTER_RUNTIME_DIR=str(room / "runtime"),
        JUPYTERLAB_SETTINGS_DIR=str(room / "settings"),
        JUPYTERLAB_WORKSPACES_DIR=str(room / "workspaces"),
        PYDEVD_DISABLE_FILE_VALIDATION="1",
    )


# a hidden source leaves a bar in its place; before a group not even that
_NO_BARS = ".jp-CodeCell > .jp-Cell-inputWrapper:has(.jp-Placeholder) {display: none}"
_LAB_SETTINGS: dict[str, dict[str, Any]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none", "autoStartDefaultKernel": True},
}


def _command(kind: Kind, client: Client, room: Path, port: int, token: str) -> list[str]:
    config = room / "config"
    config.mkdir()
    warm = "from crmworkbook.kernels import warm_up\nwarm_up()\n"  # the first kernel need not wait for imports
    home = client.folder / COPIES
    if kind == "lab":
        (config / "custom").mkdir()
        (config / "custom" / "custom.css").write_text(font_faces() + _NO_BARS, encoding="utf-8")
        (config / "jupyter_lab_config.py").write_text(warm, encoding="utf-8")
        for name, settings in _LAB_SETTINGS.items():
            path = room / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings), encoding="utf-8")
        return [
            sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.root_dir={home}",
            "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
            "--ServerApp.allow_root=True", "--ServerApp.terminals_enabled=False", "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.extension_manager=readonly",
            "--LabApp.custom_css=True",
        ]  # fmt: skip
    (config / "voila.py").write_text(warm, encoding="utf-8")
    _write_templates(client, room / "share" / "voila" / "templates" / "crmworkbook")
    return [
        sys.executable, "-m", "voila", str(home), "--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}",
        "--Voila.port_retries=0", f"--token={token}", "--template=crmworkbook", "--strip_sources=True",
        f"--Voila.config_file_paths={config}", "--VoilaConfiguration.classic_tree=True",
        "--VoilaConfiguration.file_allowlist=[]",
    ]  # fmt: skip


def _write_templates(client: Client, target: Path) -> None:
    """Our Voilà template, with the chapters and the client's name in it as data."""
    shutil.copytree(files.templates() / "voila", target)
    listed = [
        {
            "name": chapter.name, "number": f"{chapter.number:02d}", "nl": chapter.title.nl, "en": chapter.title.en,
            "question_nl": chapter.question.nl, "question_en": chapter.question.en,
        }
        for chapter in chapters.chapters()
    ]  # fmt: skip
    words: dict[str, Any] = {"language": client.file.language}
    for language in ("nl", "en"):
        words[language] = {key: text[language] for key, text in labels()["present"].items()}
    name = said(client.file.name, client.file.language)
    # a literal of each: user text stays a string in the template's own language
    values = {"client": name, "chapters": listed, "words": _script(words), "faces": font_faces()}
    content = "".join(f"{{% set {key} = {_literal(value)} %}}\n" for key, value in values.items())
    (target / "chapters.html.j2").write_text(content, encoding="utf-8")


def _literal(value: Any) -> str:
    """A value as Jinja writes one, with every sign that could mean something else escaped."""
    text = json.dumps(value)
    for sign in "%#<>&'":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _script(value: Any) -> str:
    """JSON that may stand in a script."""
    return json.dumps(value).replace("<", "\\u003c")


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2)
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
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM) if hasattr(os, "killpg") else process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
    for number, handler in before.items():
        signal.signal(number, handler)
