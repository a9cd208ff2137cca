"""What the tests in a browser share: a workshop started as users start one, and pages that note what goes wrong."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psutil
import yaml
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect, sync_playwright

from crmworkbook import chapters, files

CHROMIUM = shutil.which("chromium") or "chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]
FILLED = ("start", "business_case", "monitoring")
LEFT_OPEN = ("start.scope", "start.proactive_guess", "monitoring.review_by")
LONE_ANSWER = {"customer_groups.gut_best_share": {"value": 0.5}}  # in a chapter without its tables
PATIENCE = 90_000  # ms, for what takes seconds on a machine that does nothing else
FAILED = "[data-mime-type='application/vnd.jupyter.error'], [data-mime-type='application/vnd.jupyter.stderr']"
COMMANDS = {"lab": "open", "voila": "present"}


@dataclass(frozen=True)
class Workshop:
    """A workshop that runs.

    Attributes:
        kind: ``lab`` or ``voila``.
        folder: The client's.
        base: Address of the server, with a slash at the end.
        token: Without it the server says nothing.
        process: Id of the command that the user typed.
    """

    kind: Literal["lab", "voila"]
    folder: Path
    base: str
    token: str
    process: int

    def address(self, chapter: str, language: str = "") -> str:
        """Where a chapter is shown; in JupyterLab in a workspace of its own."""
        if self.kind == "lab":
            return f"{self.base}lab/workspaces/{chapter}/tree/{chapter}.ipynb?token={self.token}"
        asked = f"&language={language}" if language else ""
        return f"{self.base}voila/render/{chapter}.ipynb?token={self.token}{asked}"

    @property
    def file(self) -> Path:
        """The client file."""
        return self.folder / "client.yaml"

    def client(self) -> dict[str, Any]:
        """The client file as it is on disk now."""
        return yaml.load(self.file.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))

    def answer(self, key: str) -> Any:
        """What the client file holds as the answer to ``chapter.question``; None for nothing."""
        return (self.client().get("answers") or {}).get(key)

    def kernels(self) -> list[psutil.Process]:
        """The kernels of this workshop: children of its fork server, or ordinary ones."""
        found = []
        for process in psutil.Process(self.process).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it may end while we look
                parent = process.parent()
                if "ipykernel_launcher" in process.cmdline() or (
                    parent and "_server_main" in " ".join(parent.cmdline())
                ):
                    found.append(process)
        return found


@dataclass
class Notes:
    """What a window did that it should not: requests to elsewhere, and errors of scripts."""

    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def client_folder(parent: Path) -> Path:
    """A client to work in: the demo client with three chapters filled in, and one answer of a fourth."""
    given = yaml.safe_load(files.demo_client().read_text(encoding="utf-8"))
    names = {table.id for each in chapters.chapters() if each.id in FILLED for table in each.tables}
    given["tables"] = {name: rows for name, rows in given["tables"].items() if name in names}
    asked = {key: answer for key, answer in given["answers"].items() if key.partition(".")[0] in FILLED}
    given["answers"] = {key: answer for key, answer in asked.items() if key not in LEFT_OPEN} | LONE_ANSWER
    folder = parent / "bronmolen"
    folder.mkdir()
    for rows in given["tables"].values():
        if isinstance(rows, str):
            shutil.copy(files.demo_client().parent / rows, folder)
    (folder / "client.yaml").write_text(yaml.safe_dump(given, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder


@contextmanager
def workshop(kind: Literal["lab", "voila"], folder: Path) -> Iterator[Workshop]:
    """`crmworkbook open` or `present` on *folder*, ended as a user ends it: with Ctrl-C."""
    command = [sys.executable, "-m", "crmworkbook", COMMANDS[kind], str(folder), "--no-browser"]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}, start_new_session=True
    )
    try:
        base, token = _address(server)
        yield Workshop(kind, folder, base, token, server.pid)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def _address(server: subprocess.Popen[str]) -> tuple[str, str]:
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"(http://127\.0\.0\.1:\d+/)\S*?token=([\w-]+)", line):
            # read on, or the server waits when the pipe is full
            threading.Thread(target=server.stdout.read, daemon=True).start()
            return found.group(1), found.group(2)
    raise AssertionError("the workshop did not start")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium: the system's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, width: int = 1280, height: int = 900) -> Iterator[tuple[Page, Notes]]:
    """A window of somebody's own, with nothing remembered; at the end it must have done nothing it should not."""
    context = browser.new_context(viewport={"width": width, "height": height})
    notes = Notes()
    context.on("request", lambda request: notes.outside.append(request.url) if _is_outside(request.url) else None)
    context.on("weberror", lambda error: notes.errors.append(str(error.error)))
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("websocket", lambda socket: notes.outside.append(socket.url) if _is_outside(socket.url) else None)
    try:
        yield page, notes
        assert notes == Notes(), notes
    finally:
        context.close()


@contextmanager
def network_that_loses(page: Page) -> Iterator[list[bytes]]:
    """Once each, a message between *page* and kernel with the words in the list; to be begun before the page opens.

    Messages pass while Playwright waits for something, not while Python does (`soon`).
    """
    losing: list[bytes] = []

    def passes(message: str | bytes) -> bool:
        found = [each for each in losing if each in (message.encode() if isinstance(message, str) else message)]
        losing[:] = [each for each in losing if each not in found]
        return not found

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda message: server.send(message) if passes(message) else None)
        server.on_message(lambda message: socket.send(message) if passes(message) else None)

    page.route_web_socket(re.compile("/api/kernels/"), between)
    yield losing
    assert not losing, losing


def _is_outside(url: str) -> bool:
    return not re.match(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:|about:", url)


def show(page: Page, shop: Workshop, chapter: str, language: str = "") -> Locator:
    """Open a chapter, in JupyterLab run it, and wait until it stands there whole; its form."""
    page.goto(shop.address(chapter, language), wait_until="commit")
    if shop.kind == "lab":
        run_all(page)
    form = page.locator(".crmf:has(header)")
    expect(form).to_be_visible(timeout=PATIENCE)
    expect(page.locator(FAILED)).to_have_count(0)
    return form


def run_all(page: Page) -> None:
    """Run all cells of the notebook in JupyterLab, by its menu."""
    expect(page.get_by_text(re.compile(r"Python 3.*\| Idle"))).to_be_visible(timeout=PATIENCE)
    menu(page, "Run", "Run All Cells")
    expect(page.locator(".jp-CodeCell .jp-InputPrompt", has_text="[*]")).to_have_count(0, timeout=PATIENCE)


def menu(page: Page, name: str, item: str) -> None:
    """Choose *item* in a menu of JupyterLab."""
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{name}$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{re.escape(item)}$")).click()


def place(page: Page, address: str) -> Locator:
    """The field at an address, as ``answer:start.scope`` or ``table:kpis``, with its label and what it says."""
    return page.locator(f'.crmf [data-field="{address}"]')


def said_beside(field: Locator) -> Locator:
    """What stands beside a field about its saving."""
    return field.locator("> .status")


def soon(condition: Callable[[], Any], within: float = 10.0, instead: Callable[[], object] = str) -> float:
    """Wait until *condition* holds; how many seconds that took. *instead* tells what there is when it does not."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < within, f"not within {within:g} seconds: {instead()}"
        time.sleep(0.01)
    return time.monotonic() - start
