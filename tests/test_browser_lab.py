"""A workshop in JupyterLab, `crmworkbook open`, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from .workshop_pages import (
    Workshop,
    chromium,
    client_folder,
    menu,
    place,
    run_all,
    said_beside,
    show,
    soon,
    window,
    workshop,
)
from .workshop_steps import (
    SAVED,
    lose_the_kernel,
    make_the_report,
    move_a_slider,
    no_serious_fault,
    quick,
    two_at_once,
    write,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with workshop("lab", client_folder(tmp_path_factory.mktemp("lab"))) as running:
        yield running


def test_a_chapter_is_filled_in(shop: Workshop, browser: Browser) -> None:
    """With the mouse: text, choices, a share, how sure we are of it, and a table; then two windows at once."""
    with window(browser) as (page, _), window(browser) as (other, _):
        form = show(page, shop, "00_start")
        expect(form.locator("header .open")).to_have_text("nog 2 open")
        scope = place(page, "answer:start.scope")
        scope.locator("> .radios label").last.click()
        expect(said_beside(scope)).to_have_text(SAVED)
        assert shop.answer("start.scope")
        _type_a_share(page, shop)
        _add_and_remove_a_row(page, shop)
        no_serious_fault(page, ".crmf")
        show(other, shop, "00_start")
        two_at_once(page, other, shop, "start.initiative", "nl")
        page.reload()
        run_all(page)
        expect(place(page, "answer:start.initiative").locator("> textarea")).to_have_value("Fourth")


def _type_a_share(page: Page, shop: Workshop) -> None:
    field, key = place(page, "answer:start.proactive_guess"), "start.proactive_guess"
    box, before = field.locator("> .unit input"), shop.file.read_bytes()
    box.fill("0,4")
    box.press("Tab")
    expect(said_beside(field)).to_have_text(re.compile("^Is dit 40% of 0.4%"))
    assert shop.file.read_bytes() == before
    quick(*(write(page, shop, field, box, typed) for typed in ("30", "35", "40")))
    field.locator(".support .radios label").nth(2).click()
    soon(lambda: shop.answer(key) == {"value": 0.4, "confidence": 3})


def _add_and_remove_a_row(page: Page, shop: Workshop) -> None:
    rows = lambda: shop.client()["tables"]["data_sources"]  # noqa: E731
    count, table = len(rows()), place(page, "table:data_sources")
    page.locator('[data-group="data_sources"] > summary').click()
    table.locator("button.add").click()
    draft = table.locator("tr.draft")
    draft.locator("input, textarea").first.fill("Logboek")
    draft.locator("select").first.select_option(index=2)
    soon(lambda: len(rows()) == count + 1)
    row = table.locator("tbody tr").nth(count)
    row.locator("input, textarea").nth(1).fill("Servicebalie")
    row.locator("input, textarea").nth(2).click()
    soon(lambda: "Servicebalie" in str(rows()[-1]))
    row.locator("button").last.click()
    soon(lambda: len(rows()) == count)
    expect(said_beside(table)).to_have_text(re.compile(r"^rij verwijderd om"))


def test_a_slider_moves_and_a_kernel_restarts(shop: Workshop, browser: Browser) -> None:
    """Figures follow a slider; a value is kept on request; a dead form says so, and after a new run all is there."""
    with window(browser) as (page, notes):
        show(page, shop, "11_business_case")
        move_a_slider(page, shop, "discount_rate")
        field = place(page, "answer:business_case.gut_payback")
        box = field.locator("> input, > .unit input")
        write(page, shop, field, box, "2,5")
        menu(page, "Kernel", "Restart Kernel…")
        page.locator(".jp-Dialog button", has_text="Restart").click()
        lose_the_kernel(page, field)
        run_all(page)
        expect(box).to_have_value("2,5")
        assert shop.answer("business_case.gut_payback")["value"] == 2.5
        notes.errors.clear()  # of Jupyter's own scripts, about the kernel that went


def test_another_language_and_the_report(shop: Workshop, browser: Browser) -> None:
    """The chapter in English by its one parameter, the report while people go on typing."""
    with window(browser) as (page, _):
        show(page, shop, "12_monitoring")
        menu(page, "View", "Expand All Code")
        page.locator(".cm-line", has_text=re.compile('^language = ""')).click()
        page.keyboard.press("Home")
        for _ in range(len('language = "')):
            page.keyboard.press("ArrowRight")
        page.keyboard.type("en")
        run_all(page)
        expect(page.locator(".crmf:has(header)")).to_have_attribute("lang", "en")
        field = place(page, "answer:monitoring.review_by")
        write(page, shop, field, field.locator("> input, > textarea"), "Controller Xyz")
        words = make_the_report(page, shop)
        assert "Controller Xyz" in words
        assert "First review" in words
