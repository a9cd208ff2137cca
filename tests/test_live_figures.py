"""Live figures: one follows the slider that moves, the rest when it is let go, and nothing is kept unasked."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from crmworkbook import cells, environment, files, live
from crmworkbook.charts.style import new_figure, places_of, svg
from crmworkbook.charts.what_if import account_chart
from crmworkbook.client import read_client
from crmworkbook.findings.relationship_readings import limit_sliders, slid_limits
from crmworkbook.findings.what_if import account_reading, accounts, from_orders
from crmworkbook.models.customer_base import Activity
from crmworkbook.models.lifetime_value import value_over_periods
from crmworkbook.models.relationship_matrix import Thresholds
from crmworkbook.models.segment_value import segment_value
from crmworkbook.models.what_if import AverageCustomer, average_customer, changed_retention, customer_account


class Workshop:
    """A chapter as it runs in the kernel of a workshop, without a browser: messages go in by hand."""

    def __init__(self, folder: Path, notebook: str) -> None:
        self.folder = folder
        self.shell = InteractiveShell.instance()
        self.shell.display_pub.publish = lambda *_, **__: None  # type: ignore[method-assign]
        content = json.loads((files.notebooks() / f"{notebook}.ipynb").read_text(encoding="utf-8"))
        for cell in content["cells"]:
            if cell["cell_type"] == "code":
                self.shell.run_cell("".join(cell["source"]), store_history=True).raise_error()
        screen = live.screen()
        assert screen is not None
        self.screen = screen

    def sends(self, waits: bool = True, **message: Any) -> None:
        """What the browser sends about a slider; when the chapter is to run again, that is waited for if asked."""
        sliders = next(each for each in self.screen.sliders.values() if message["name"] in each.shown)

        async def heard() -> None:
            sliders._hear(sliders, message, None)
            if self.screen._task is not None and waits:
                await self.screen._task
            self.screen._cancel()
            self.screen._task = None

        asyncio.run(heard())

    def seen(self) -> dict[str, tuple[str, dict[str, str]]]:
        """What stands in each panel."""
        return {part: (panel.html, dict(panel.figures)) for part, panel in self.screen.panels.items()}

    def files(self) -> dict[str, bytes]:
        """The client's own files, byte for byte."""
        return {path.name: path.read_bytes() for path in sorted(self.folder.iterdir()) if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the demo client without orders, whose workshop runs in this process."""
    target = tmp_path / "bronmolen"
    shutil.copytree(files.demo_client().parent, target, ignore=shutil.ignore_patterns("history"))
    path = target / "client.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(("  orders: ", "  cost_ledger: "))]
    assert len(lines) == len(kept) + 2
    path.write_text("".join(kept), encoding="utf-8")
    monkeypatch.setenv(environment.LIVE, "1")
    monkeypatch.setenv(environment.CLIENT, str(target))
    monkeypatch.setattr(live, "_screens", [])
    monkeypatch.setattr(live, "PAUSE", 0.0)
    yield target
    InteractiveShell.clear_instance()


@pytest.mark.slow
def test_a_move_redraws_one_figure_and_the_rest_follows_when_it_is_let_go(folder: Path) -> None:
    """While it moves nothing else changes and no file is touched; where it began everything is as it was."""
    workshop = Workshop(folder, "04_customer_value")
    begin, stored = workshop.seen(), workshop.files()
    workshop.sends(type="move", name="retention", value=0.05)
    moved = workshop.seen()
    assert [part for part in moved if moved[part] != begin[part]] == ["what_if"]
    assert moved["what_if"][0] == begin["what_if"][0]  # what stands around the figure stays as it is
    workshop.sends(type="release", name="retention", value=0.05)
    released = workshop.seen()
    assert {"equity", "values", "winning", "levers", "what_if"} <= {p for p in begin if released[p] != begin[p]}
    assert workshop.files() == stored
    workshop.sends(type="release", name="retention", value=None)
    assert workshop.seen() == begin
    assert workshop.files() == stored


@pytest.mark.slow
def test_every_slider_above_a_figure_moves_it(folder: Path) -> None:
    """A slider that does nothing in sight would make people doubt the others."""
    workshop = Workshop(folder, "04_customer_value")
    for name, slider in workshop.screen.sliders["what_if"].shown.items():
        before = workshop.seen()["what_if"][1]
        workshop.sends(type="move", name=name, value=slider.start + 0.4 * (slider.high - slider.start))
        assert workshop.seen()["what_if"][1] != before, name


@pytest.mark.slow
def test_a_value_is_kept_only_when_somebody_says_so_and_the_slider_begins_there(folder: Path) -> None:
    """One line of the client file changes; sliders of the chapter that only move have nothing to keep."""
    workshop, path = Workshop(folder, "04_customer_value"), folder / "client.yaml"
    workshop.sends(type="move", name="discount_rate", value=0.08)
    workshop.sends(type="use", name="discount_rate", value=0.08, n=1)
    assert read_client(path).assumption("discount_rate") == 0.08
    fields = {field["name"]: field for field in workshop.screen.sliders["what_if"].spec["groups"][0]["fields"]}
    assert fields["discount_rate"]["value"] == 0.08
    assert workshop.screen.what_ifs == {}
    assert {name: field["keep"] for name, field in fields.items()} == {
        "retention": False, "contribution": False, "discount_rate": True, "margin_growth": True, "value_horizon": True,
    }  # fmt: skip


@pytest.mark.slow
def test_thresholds_move_the_relationship_matrix(folder: Path) -> None:
    """Its figure follows either of them, and a fixed threshold can be kept."""
    workshop, path = Workshop(folder, "06_relationship_matrix"), folder / "client.yaml"
    begin = workshop.seen()
    for name in ("current_threshold", "potential_threshold"):
        workshop.sends(type="move", name=name, value=20_000.0)
        now = workshop.seen()
        assert [part for part in now if now[part] != begin[part]] == ["matrix"]
        workshop.sends(type="move", name=name, value=None)
        assert workshop.seen() == begin
    workshop.sends(type="use", name="current_threshold", value=20_000.0, n=1, waits=False)
    assert read_client(path).assumption("current_threshold") == 20_000.0


@pytest.mark.slow
def test_a_weight_of_the_cube_ranks_again_and_is_kept_in_its_own_cell(folder: Path) -> None:
    """The nine boxes follow the slider, the top of the list when it is let go; one cell of the table changes."""
    workshop, path = Workshop(folder, "03_customer_strategy_cube"), folder / "client.yaml"
    begin, weights = workshop.seen(), read_client(path).tables["cube_weights"]
    workshop.sends(type="move", name="weight.0", value=0.9)
    moved = workshop.seen()
    assert [part for part in moved if moved[part] != begin[part]] == ["priority"]
    workshop.sends(type="release", name="weight.0", value=0.9)
    assert workshop.seen()["top"] != begin["top"]
    workshop.sends(type="use", name="weight.0", value=0.9, n=1, waits=False)
    kept = read_client(path).tables["cube_weights"]
    assert kept["weight"].tolist() == [0.9, *weights["weight"].tolist()[1:]]


@pytest.mark.slow
def test_where_nothing_can_be_drawn_the_page_hears_so_and_the_figure_stays(folder: Path) -> None:
    """Growth that outruns the discount rate stops the chapter: a warning when the slider is let go, no crash."""
    workshop = Workshop(folder, "04_customer_value")
    before = workshop.seen()
    told: list[Any] = []
    sliders = workshop.screen.sliders["what_if"]
    sliders.send = lambda content, buffers=None: told.append(content)
    workshop.sends(type="move", name="discount_rate", value=0.0)
    workshop.sends(type="move", name="margin_growth", value=0.3)
    assert told[-1] == {"type": "moved", "drawn": False, "name": "margin_growth"}
    assert workshop.seen()["winning"] == before["winning"]


# --- which cells ----------------------------------------------------------------------------------------------------

CELLS = (
    'chapter = open_chapter("x", client_file)',
    "chapter.ask()",
    'rate = chapter.assumption("discount_rate")',
    'with chapter.part("a") as part:\n    chapter.results.a = value = model(rate)',
    'with chapter.part("b") as part:\n    value = chapter.results.a\n    part.table("b", value)',
    'with chapter.part("c") as part:\n    if chapter.results.a:\n        chapter.results.c = 1',
    'with chapter.part("d") as part:\n    value = other(rate)\n    part.figure("d", value)',
    'with chapter.part("e") as part:\n    part.figure("e", vars(chapter.results).get("c"))',
    'with chapter.part("f") as part:\n    part.figure("f", everything(chapter.results))',
)


@pytest.mark.parametrize(
    ("part", "needed"),
    [("b", [0, 2, 3, 4]), ("d", [0, 2, 6]), ("e", [0, 2, 3, 5, 7]), ("f", [0, 2, 3, 5, 8]), ("z", [])],
)
def test_a_part_needs_the_cells_that_make_what_it_reads(part: str, needed: list[int]) -> None:
    """Names that a cell gives a value first are its own; results are followed, also those asked for by name."""
    assert cells.needed_for(part, CELLS) == tuple(CELLS[at] for at in needed)


def test_a_figure_keeps_its_places_while_it_moves() -> None:
    """The axes stand where they stood, whatever their labels; with other axes they find room by themselves."""

    def drawn(highest: float, places: Any = ()) -> Any:
        figure = new_figure(2)
        figure.subplots().plot([0, highest])
        svg(figure, places)
        return np.array(places_of(figure)).round(6).tolist()

    begin = drawn(1)
    assert drawn(1_000_000) != begin
    assert drawn(1_000_000, begin) == begin
    assert drawn(1_000_000, (*begin, *begin)) == drawn(1_000_000)


# --- what if --------------------------------------------------------------------------------------------------------

AVERAGE = AverageCustomer(contribution=1200.0, keeping=200.0, retention=0.8, acquisition=500.0)


def test_an_account_adds_up_to_the_limited_value_less_the_acquisition() -> None:
    """Payments one by one, against the closed sum of the same payments; the first falls at once."""
    balance = customer_account(AVERAGE, 0.1, 0.02, 6)
    whole = value_over_periods(1000.0, 0.8, 0.1, 7, convention="start_incl", growth=0.02)
    assert balance[0] == 500.0
    assert balance[-1] == pytest.approx(whole - 500.0)
    assert customer_account(AVERAGE, 0.1, 0.0, 0).tolist() == [500.0]
    with pytest.raises(ValueError, match="periods"):
        customer_account(AVERAGE, 0.1, 0.0, -1)


def test_the_average_is_that_of_the_pooled_base_and_the_sliders_change_it_alone() -> None:
    """Retention, contribution and acquisition as ``segment_value`` pools them; a change goes no further than 99%."""
    rows = {"customers_start": [100, 50], "customers_lost": [20, 5], "customers_new": [10, 5]}
    rows |= {"contribution": [9000.0, 7000.0], "cost_to_serve": [900.0, 700.0], "acquisition": [500.0, 400.0]}
    segments = pd.DataFrame({"segment": ["a", "b"], **rows, "development": [100.0, np.nan]})
    average, pooled = average_customer(segments), segment_value(segments, 0.1).total
    assert average.retention == pytest.approx(pooled["retention"])
    assert average.net == pytest.approx(pooled["net_contribution"])
    assert average.acquisition == pytest.approx(pooled["cac"])
    changed = segment_value(segments.assign(retention_change=0.05, contribution=segments["contribution"] * 1.1), 0.1)
    assert average.with_change(0.05, 0.1).retention == pytest.approx(changed.total["retention"])
    assert average.with_change(0.05, 0.1).net == pytest.approx(changed.total["net_contribution"])
    assert [changed_retention(0.9, points) for points in (0.2, -1.0, 0.0)] == [0.99, 0.0, 0.9]
    assert changed.workings[0].result.value == pytest.approx(0.85)  # the sum on the screen says what the slider did


def test_what_if_says_more_or_less_and_by_how_much() -> None:
    """Nothing moved is one line and its value; a change is held against the client's own numbers."""
    own = (0.1, 0.0, 3)
    now, same = accounts(AVERAGE, 0.0, 0.0, own, own)
    assert same is None
    assert account_reading(now, None) == {"case": "same", "value": pytest.approx(now[-1]), "gap": 0.0}
    now, moved = accounts(AVERAGE, 0.05, 0.0, own, own, per_year=1)
    assert moved is not None
    assert account_reading(now, moved)["case"] == "higher"
    assert account_reading(now, moved)["gap"] == pytest.approx(moved[-1] - now[-1])
    assert account_reading(*accounts(AVERAGE, 0.0, -0.1, own, own))["case"] == "lower"


def test_a_client_with_orders_only_has_an_average_too() -> None:
    """Who bought again, what they spent, and the margin on it."""
    years = Activity(n_before=100, n_again=60, n_last=90, revenue_last=90_000.0)
    assert from_orders(years, 0.4) == AverageCustomer(400.0, 0.0, 0.6)
    assert from_orders(years, None) is None


def test_the_two_ends_of_the_account_do_not_lie_on_each_other() -> None:
    """The labels are pushed apart when the values are nearly the same; a horizon of no years still draws."""
    figure = account_chart(np.array([0.0, 100.0]), np.array([0.0, 101.0]), "nl")
    low, high = sorted(text.get_position()[1] for text in figure.axes[0].texts)
    assert high - low > 5
    svg(account_chart(np.array([0.0]), None, "en", "EUR", "month"))


def test_thresholds_that_nobody_moved_stay_what_the_method_made_them() -> None:
    """Moved they are fixed amounts, and the figure says so."""
    values = pd.DataFrame({"current": [0.0, 5_000.0, 20_000.0], "growth": [0.0, 800.0, 3_000.0]})
    limits = Thresholds(5_000.0, 800.0, "median")
    offered: list[tuple[Any, ...]] = []

    def still(*slider: Any) -> Any:
        offered.append(slider)
        return slider[1]

    assert slid_limits(limits, values, still) == limits
    assert [slider[0] for slider in offered] == list(limit_sliders("median"))
    assert all(slider[2] <= slider[1] <= slider[3] for slider in offered)
    assert slid_limits(limits, values, lambda name, *_: 7.0) == Thresholds(7.0, 7.0, "fixed")
