"""The notebooks run unchanged in JupyterLab, in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from crmworkbook import files

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
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab on a copy of the notebooks."""
    folder = tmp_path_factory.mktemp("lab")
    for path in files.notebooks().glob("*.ipynb"):
        shutil.copy(path, folder)
    settings = folder / "home" / ".jupyter" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--port=0",
        f"--ServerApp.root_dir={folder}",
    ]
    env = os.environ | {"HOME": str(folder / "home"), "JUPYTER_PREFER_ENV_PATH": "1"}
    server = subprocess.Popen([*command, "--allow-root"], stderr=subprocess.PIPE, text=True, env=env)
    try:
        yield _address(server)
    finally:
        server.terminate()
        server.wait(20)


def _address(server: subprocess.Popen[str]) -> str:
    assert server.stderr is not None
    for line in server.stderr:
        if found := re.search(r"http://(?:localhost|127\.0\.0\.1):\d+/lab\?token=\w+", line):
            return found.group()
    raise AssertionError("JupyterLab did not start")


@pytest.mark.parametrize("name", [path.name for path in sorted(files.notebooks().glob("*.ipynb"))])
def test_a_chapter_runs_in_jupyterlab(lab: str, browser: Browser, name: str, tmp_path: Path) -> None:
    """Run all cells: the sections appear with their figures, no error, and no outside request is made."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if _is_outside(request.url) else None)
    page.goto(lab.replace("/lab?", f"/lab/tree/{name}?"))
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()
    notebook = page.locator(".jp-Notebook")
    expect(notebook.locator(".crmw").first).to_be_visible(timeout=60_000)
    expect(page.locator(".jp-Notebook .jp-InputPrompt", has_text="[*]")).to_have_count(0, timeout=90_000)
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    page.screenshot(path=tmp_path / "page.png")
    assert not outside
    context.close()


def _is_outside(url: str) -> bool:
    return not re.match(r"(https?|ws)://(localhost|127\.0\.0\.1)[:/]|data:|blob:", url)
