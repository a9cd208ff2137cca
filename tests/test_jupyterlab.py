"""The notebooks run unchanged in JupyterLab, in a real browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from crmworkbook import files
from crmworkbook.run import sections_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CHROMIUM = shutil.which("chromium") or "chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, "--disable-component-update"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the notebooks without their outputs, so that what is found later came from the browser."""
    folder = tmp_path_factory.mktemp("lab")
    for path in files.notebooks().glob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        (folder / path.name).write_text(json.dumps(notebook), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def lab(folder: Path) -> Iterator[str]:
    """The address of a JupyterLab on these copies."""
    settings = folder / "home" / ".jupyter" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--port=0", "--allow-root"]
    command += [f"--ServerApp.root_dir={folder}"]
    env = os.environ | {"HOME": str(folder / "home"), "JUPYTER_PREFER_ENV_PATH": "1"}
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env)
    try:
        yield _address(server)
    finally:
        server.terminate()
        server.wait(20)


def _address(server: subprocess.Popen[str]) -> str:
    assert server.stderr is not None
    for line in server.stderr:
        if found := re.search(r"http://(?:localhost|127\.0\.0\.1):\d+/lab\?token=\w+", line):
            # read on, or the server waits when the pipe is full
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return found.group()
    raise AssertionError("JupyterLab did not start")


@pytest.mark.parametrize("name", ["04_customer_value.ipynb"])
def test_a_chapter_runs_in_jupyterlab(lab: str, folder: Path, browser: Browser, name: str) -> None:
    """Run all cells and save: every section is there with its figures, no error, and no outside request was made."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if _is_outside(request.url) else None)
    page.goto(lab.replace("/lab?", f"/lab/workspaces/{name[:2]}/tree/{name}?"))
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()
    _save_until_done(page, folder / name)
    shown, stored = sections_of(folder / name), sections_of(files.notebooks() / name)
    assert [part.id for part in shown] == [part.id for part in stored]
    page.keyboard.press("Control+Home")
    expect(page.locator(".crmw .eyebrow").first).to_be_visible()
    assert not outside
    context.close()


def _save_until_done(page: Page, path: Path) -> None:
    """Save as a user does, until the file holds a count and no error for every code cell."""
    for _ in range(60):
        page.wait_for_timeout(1_000)
        page.keyboard.press("Control+s")
        cells = [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
        assert not [o for c in cells for o in c["outputs"] if o["output_type"] in ("error", "stream")]
        if all(cell["execution_count"] for cell in cells):
            return
    raise AssertionError("the cells did not finish within a minute")


def _is_outside(url: str) -> bool:
    return not re.match(r"(https?|ws)://(localhost|127\.0\.0\.1)[:/]|data:|blob:", url)
