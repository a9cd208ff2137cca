"""Take the pictures of docs/workshop.md again: a workshop on a copy of the demo client, in a headless Chromium."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from crmworkbook import files, workshop
from crmworkbook.client import client_path, read_client
from crmworkbook.forms.scores import FIELD as SCORES

DOCS = Path(__file__).parent.parent / "docs"
LARGEST = 250_000  # bytes of a picture
WIDE, HIGH = 1280, 860


def take(names: list[str]) -> None:
    """Take the pictures called *names*, or all of them."""
    wanted = {name: shot for name, shot in SHOTS.items() if not names or name in names}
    with tempfile.TemporaryDirectory() as room, sync_playwright() as playwright:
        folder = Path(room) / "bronmolen"
        shutil.copytree(files.demo_client().parent, folder)
        file = client_path(folder)
        file.write_text(file.read_text(encoding="utf-8").replace("language: nl", "language: en", 1), encoding="utf-8")
        client = read_client(file)
        workshop.copy_notebooks(client)
        chromium = shutil.which("chromium")
        british = {"LANG": "en_GB.UTF-8", "LANGUAGE": "en_GB"}  # for the dates in fields
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"], env=os.environ | british)
        with workshop.running(client, "voila") as server:
            for name, shot in wanted.items():
                save(name, shot(browser, server.url))
        browser.close()


@contextmanager
def chapter(browser: Browser, address: str, name: str) -> Iterator[Page]:
    """The page of a chapter, drawn whole."""
    page = browser.new_page(viewport={"width": WIDE, "height": HIGH}, locale="en-GB")
    base, token = address.split("?")
    page.goto(f"{base}voila/render/{name}.ipynb?{token}", timeout=90_000)
    page.locator(".crmf:has(header)").wait_for(timeout=90_000)
    while True:  # until nothing comes after it any more
        height = page.evaluate("document.body.scrollHeight")
        page.wait_for_timeout(4000)
        if height == page.evaluate("document.body.scrollHeight"):
            break
    yield page
    page.close()


def opened(page: Page, group: str) -> Locator:
    """A group of the form, unfolded, with its beginning below the bar."""
    found = page.locator(f'details[data-group="{group}"]')
    if found.get_attribute("open") is None:
        found.locator("summary").first.click()
    to_top(page, found)
    return found


def to_top(page: Page, element: Locator, above: int = 70) -> None:
    """Scroll until *element* stands below the bar."""
    element.evaluate("(each, above) => scrollTo(0, each.getBoundingClientRect().top + scrollY - above)", above)
    page.wait_for_timeout(500)


def contents(browser: Browser, address: str) -> bytes:
    """The list of chapters."""
    page = browser.new_page(viewport={"width": WIDE, "height": 1020}, locale="en-GB")
    page.goto(address)
    picture = page.screenshot()
    page.close()
    return picture


def form(browser: Browser, address: str) -> bytes:
    """The beginning of a chapter, just after an answer was saved, with the clock running."""
    with chapter(browser, address, "04_customer_value") as page:
        page.get_by_role("button", name="Start the clock").click()
        field = page.locator('[data-field="answer:customer_value.gut_value"]')
        field.locator("input").first.fill("7,250")
        field.locator("input").first.press("Tab")
        field.locator("> .status", has_text=re.compile(r"\d\d:\d\d")).wait_for()
        page.evaluate("scrollTo(0, 0)")
        return page.screenshot()


def conflict(browser: Browser, address: str) -> bytes:
    """Two people who changed the same answer."""
    here = '[data-field="answer:business_strategy.vision"]'
    with (
        chapter(browser, address, "01_business_strategy") as one,
        chapter(browser, address, "01_business_strategy") as other,
    ):
        one.locator(here).locator("textarea").fill("In 2029 care and industry see us as their coffee partner.")
        one.locator(here).locator("textarea").press("Tab")
        one.locator(here).locator("> .status", has_text=re.compile(r"\d\d:\d\d")).wait_for()
        other.locator(here).locator("textarea").fill("In 2029 we are the first choice for coffee at work in the east.")
        other.locator(here).locator("textarea").press("Tab")
        other.locator(f"{here} .versions").wait_for()
        to_top(other, other.locator(".crmf header"))
        return other.screenshot(clip={"x": 0, "y": 0, "width": WIDE, "height": 560})


def what_if(browser: Browser, address: str) -> bytes:
    """Sliders that were moved, and the figure that follows."""
    with chapter(browser, address, "04_customer_value") as page:
        group = page.locator('details[data-group="what_if"]').first
        for slider in group.locator("input[type=range]").all()[:3]:
            slider.focus()
            for _ in range(3):
                slider.press("ArrowRight")
        page.wait_for_timeout(8000)
        to_top(page, group)
        return page.screenshot()


def scoring(browser: Browser, address: str) -> bytes:
    """The scores of a list beside each other."""
    with chapter(browser, address, "02_readiness") as page:
        group = opened(page, f"{SCORES}buy_in")
        group.get_by_role("button", name="Show the spread").click()
        group.locator("table.spread").wait_for()
        to_top(page, group)
        return page.screenshot(clip={"x": 0, "y": 0, "width": WIDE, "height": 640})


def decisions(browser: Browser, address: str) -> bytes:
    """Decisions, the parking lot and the outcome of a vote."""
    with chapter(browser, address, "10_roadmap") as page:
        group = opened(page, "meeting")
        group.get_by_role("button", name="Show the outcome").click()
        group.locator("table.spread").wait_for()
        to_top(page, group)
        page.set_viewport_size({"width": WIDE, "height": 1240})
        to_top(page, group)
        return page.screenshot()


SHOTS: dict[str, Callable[[Browser, str], bytes]] = {
    "contents": contents, "form": form, "conflict": conflict, "what-if": what_if, "scoring": scoring,
    "decisions": decisions,
}  # fmt: skip


def save(name: str, picture: bytes) -> None:
    """Write a picture with as many colours as it needs, and no more bytes than a page should load."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    path = DOCS / f"workshop-{name}.png"
    image.save(path, optimize=True)
    assert path.stat().st_size < LARGEST, f"{path.name} is {path.stat().st_size} bytes"
    print(path.name, path.stat().st_size)


if __name__ == "__main__":
    take(sys.argv[1:])
