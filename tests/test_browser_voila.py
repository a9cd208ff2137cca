"""A workshop in Voilà, `crmworkbook present`, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from .workshop_pages import (
    PATIENCE,
    Workshop,
    chromium,
    client_folder,
    network_that_loses,
    place,
    said_beside,
    show,
    soon,
    window,
    workshop,
)
from .workshop_steps import (
    SAVED,
    kept_rows,
    lose_the_kernel,
    make_the_report,
    move_a_slider,
    no_serious_fault,
    quick,
    tab_to,
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
    with workshop("voila", client_folder(tmp_path_factory.mktemp("voila"))) as running:
        yield running


def test_a_chapter_with_the_keyboard_only(shop: Workshop, browser: Browser) -> None:
    """Without a mouse: text, choices, a share typed wrong and right, its source, a row, scores and votes."""
    with window(browser) as (page, _):
        form, press = show(page, shop, "00_start"), page.keyboard.press
        expect(form.locator("header .open")).to_have_text("nog 2 open")
        field = place(page, "answer:start.crm_definition")
        tab_to(page, field.locator("> textarea"))
        press("Control+a")
        page.keyboard.type("Hoe wij met klanten omgaan")
        press("Tab")
        soon(lambda: "omgaan" in shop.answer("start.crm_definition")["text"]["nl"])
        expect(said_beside(field)).to_have_text(SAVED)
        tab_to(page, place(page, "answer:start.definition_parts").locator("input").first)
        press("Space")
        soon(lambda: "strategy" not in shop.answer("start.definition_parts")["value"])
        tab_to(page, place(page, "answer:start.scope").locator("input").first)
        press("Space")
        soon(lambda: shop.answer("start.scope"))
        expect(form.locator("header .open")).to_have_text("nog 1 open")
        _type_a_share(page, shop)
        _add_and_remove_a_row(page, shop)
        _score(page, shop)
        _vote(page, shop)
        no_serious_fault(page)


def _type_a_share(page: Page, shop: Workshop) -> None:
    """A wrong number is refused beside the field and changes nothing; a right one is kept, with where it comes from."""
    field, key = place(page, "answer:start.proactive_guess"), "start.proactive_guess"
    tab_to(page, field.locator("> .unit input"))
    before = shop.file.read_bytes()
    page.keyboard.type("veel")
    page.keyboard.press("Tab")
    expect(said_beside(field)).to_have_text("‘veel’ is geen getal. Schrijf cijfers, zoals 1250 of 12,50.")
    assert shop.file.read_bytes() == before
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("37,5")
    page.keyboard.press("Tab")
    expect(said_beside(field)).to_have_text(SAVED)
    page.keyboard.type("Geschat")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    soon(lambda: shop.answer(key) == {"value": 0.375, "source": "Geschat", "confidence": 1})


def _unfold(page: Page, group: str) -> None:
    tab_to(page, page.locator(f'[data-group="{group}"] > summary'))
    page.keyboard.press("Enter")


def _add_and_remove_a_row(page: Page, shop: Workshop) -> None:
    rows = lambda: shop.client()["tables"]["data_sources"]  # noqa: E731
    count, table = len(rows()), place(page, "table:data_sources")
    _unfold(page, "data_sources")
    tab_to(page, table.locator("button.add"))
    page.keyboard.press("Enter")
    page.keyboard.type("Logboek")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Servicebalie")
    page.keyboard.press("Tab")
    soon(lambda: len(rows()) == count + 1 and "Servicebalie" in str(rows()[-1]))
    expect(said_beside(table)).to_have_text(SAVED)
    tab_to(page, table.locator("tbody tr").nth(count).locator("button"))
    page.keyboard.press("Enter")
    soon(lambda: len(rows()) == count)
    expect(said_beside(table)).to_have_text(re.compile(r"^rij verwijderd om"))


def _score(page: Page, shop: Workshop) -> None:
    _unfold(page, "scores:service_attitude")
    block = page.locator('[data-group="scores:service_attitude"]')
    tab_to(page, block.locator(".who input"))
    page.keyboard.type("inkoop")
    page.keyboard.press("Enter")
    statements = block.locator("fieldset.scored")
    tab_to(page, statements.first.locator("input[type=radio]").first)
    for _ in range(statements.count()):
        page.keyboard.press("4")
    soon(lambda: sum("inkoop" in row for row in kept_rows(shop, "scores")) == statements.count())
    expect(statements.first.locator(".status").first).to_have_text(SAVED)
    page.keyboard.press("Enter")  # on to the next person
    expect(block.locator(".who input")).to_be_visible()


def _vote(page: Page, shop: Workshop) -> None:
    _unfold(page, "meeting")
    votes = place(page, "votes")
    tab_to(page, votes.locator(".who input[type=text]"))
    page.keyboard.type("inkoop")
    page.keyboard.press("Enter")
    tab_to(page, votes.locator(".points input").first)
    page.keyboard.type("2")
    expect(votes.locator(".points .left")).to_have_text("nog 1 te verdelen")
    tab_to(page, votes.locator(".stage > div > button, .stage > button").first)
    page.keyboard.press("Enter")
    soon(lambda: any("inkoop" in row and row.endswith("2") for row in kept_rows(shop, "dot_votes")))


def test_what_the_network_loses_is_sent_again(shop: Workshop, browser: Browser) -> None:
    """A save that does not arrive, and one of which the answer does not come back: both end saved, and say so."""
    with window(browser) as (page, _), network_that_loses(page) as losing:
        show(page, shop, "00_start")
        field = place(page, "answer:start.initiative")
        box, beside = field.locator("> textarea"), said_beside(field)
        for lost, typed in ((b'"save"', "Once more"), (b'"reply"', "And again")):
            losing.append(lost)
            said = beside.inner_text()
            page.wait_for_timeout(1_100)  # so that a new answer bears another time
            box.fill(typed)
            box.press("Tab")
            expect(beside).not_to_have_text(said)
            expect(beside).to_have_text(SAVED, timeout=PATIENCE)
            assert shop.answer("start.initiative")["text"]["nl"] == typed


def test_a_slider_moves_and_a_kernel_ends(shop: Workshop, browser: Browser) -> None:
    """Figures follow a slider; a value is kept on request; without its kernel the form says so, and nothing is lost."""
    with window(browser) as (page, notes):
        show(page, shop, "11_business_case")
        move_a_slider(page, shop, "discount_rate")
        field = place(page, "answer:business_case.gut_payback")
        box = field.locator("> input, > .unit input")
        quick(*(write(page, shop, field, box, typed) for typed in ("2", "3", "2,5")))
        for kernel in shop.kernels():
            kernel.kill()
        lose_the_kernel(page, field)
        page.reload()
        expect(box).to_have_value("2,5", timeout=60_000)
        assert shop.answer("business_case.gut_payback")["value"] == 2.5
        notes.errors.clear()  # of Jupyter's own scripts, about the kernel that went


def test_two_windows_at_once(shop: Workshop, browser: Browser) -> None:
    """Two people on the same answer; and what somebody still types when the page is loaded again is not lost."""
    with window(browser) as (one, _), window(browser) as (other, _):
        show(one, shop, "00_start")
        show(other, shop, "00_start")
        two_at_once(one, other, shop, "start.initiative", "nl")
        place(one, "answer:start.decision_wanted").locator("> textarea").fill("Waar we beginnen")
        one.reload(wait_until="commit")
        for key, left in (("initiative", "Fourth"), ("decision_wanted", "Waar we beginnen")):
            box = place(one, f"answer:start.{key}").locator("> textarea")
            expect(box).to_have_value(left, timeout=PATIENCE)


def test_another_language_and_the_report(shop: Workshop, browser: Browser) -> None:
    """From the list of chapters to the last one; the switch of language; the report, while people go on typing."""
    with window(browser) as (page, _):
        page.goto(f"{shop.base}?token={shop.token}")
        no_serious_fault(page)
        page.locator(".crmw-contents a", has_text="Meten en bijsturen").click()
        field = place(page, "answer:monitoring.review_by")
        field.locator("> input").fill("Controller Xyz")
        page.get_by_role("button", name="English").click()
        expect(page.locator(".crmf:has(header)")).to_have_attribute("lang", "en", timeout=PATIENCE)
        expect(field.locator("> input")).to_have_value("Controller Xyz", timeout=PATIENCE)
        words = make_the_report(page, shop)
        assert "Controller Xyz" in words
        assert "First review" in words
        no_serious_fault(page)
