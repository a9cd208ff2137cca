"""Buying again: rule W30 both ways, the readings, and what a client with few or single orders is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmworkbook.client import read_client
from crmworkbook.findings import buying, buying_value
from crmworkbook.findings.buying_base import FEWEST, BuyingBase
from crmworkbook.models.buy_till_you_die.fitting import Fit, no_fit
from crmworkbook.models.buying_draws import Range
from crmworkbook.models.buying_value import OrderValue
from crmworkbook.models.customer_base import Activity
from crmworkbook.models.rates import Span

from .conftest import cases


def fitted(fault: str) -> Fit:
    return no_fit("bg_nbd", ("r", "alpha", "a", "b"), 100.0, "week", fault)


def words(key: str, case: str = "", **values: Any) -> str:
    return f"{key}.{case} " + " ".join(f"{name}={value}" for name, value in values.items())


# --- rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", ["too_few", "bought_once", "too_short", "not_converged"])
def test_why_nothing_is_foretold(trouble: str) -> None:
    """W30 with its words for each reason; without a reason it is silent."""
    assert cases(buying.no_forecast(trouble, 40, 30, 20)) == [("W30", trouble)]
    assert buying.no_forecast("", 400, 300, 700) == []


@pytest.mark.parametrize(
    ("fault", "case"),
    [("flat", "flat"), ("nobody_lost", "nobody_leaves"), ("at_bound", "alike"), ("all_buy_alike", "alike")],
)
def test_parameters_that_the_orders_do_not_fix(fault: str, case: str) -> None:
    """W30; a sound fit, and one without any outcome, which is said elsewhere, raise nothing."""
    assert cases(buying.loose_fit(fitted(fault))) == [("W30", case)]
    assert buying.loose_fit(fitted("")) == []
    assert buying.loose_fit(fitted("not_converged")) == []


def test_spend_without_a_mean_and_spend_that_depends_on_frequency() -> None:
    """W30 from a correlation of 0.3, whichever sign."""
    assert cases(buying.spend_caution(fitted("no_mean_spend"), float("nan"))) == [("W30", "no_mean_spend")]
    assert cases(buying.spend_caution(fitted(""), -0.4)) == [("W30", "spend_depends")]
    assert buying.spend_caution(fitted(""), 0.2) == []
    assert buying.spend_caution(fitted(""), float("nan")) == []


def test_a_forecast_that_was_a_quarter_off() -> None:
    """W30 beyond a quarter of the count, also when nobody ordered any more."""
    assert cases(buying.missed(130.0, 100, "the past year")) == [("W30", "forecast_missed")]
    assert cases(buying.missed(3.0, 0, "the past year")) == [("W30", "forecast_missed")]
    assert buying.missed(120.0, 100, "the past year") == []


# --- readings -------------------------------------------------------------------------------------------------------


def trial(days: float, revenue: float = float("nan"), **values: Any) -> Any:
    common = {"until": date(2024, 12, 31), "days": 365, "customers": 90, "split": 2.0}
    return SimpleNamespace(error=days, revenue_error=revenue, **common, **values)


@pytest.mark.parametrize(
    ("days", "revenue", "case"),
    [(0.05, float("nan"), "good"), (0.05, -0.2, "fair"), (-0.05, 0.4, "poor"), (float("inf"), 0.0, "none")],
)
def test_the_worse_of_order_days_and_revenue_decides(days: float, revenue: float, case: str) -> None:
    """Up to a tenth is usable, up to a quarter with a margin."""
    found = buying.trial_reading(trial(days, revenue), "the past year", words)
    assert found["case"] == case
    assert ("both" in found["missed"]) == (case in ("fair", "poor"))


@pytest.mark.parametrize(("expected", "case"), [(1.03, "near"), (1.5, "high"), (0.5, "low")])
def test_tracking_counts_only_what_was_foretold(expected: float, case: str) -> None:
    """Two weeks seen, two foretold; a miss in the weeks seen does not count."""
    weeks = pd.DataFrame({"week": [1, 2, 3, 4], "counted": [9.0, 50, 60, 70]})
    weeks["expected"] = [20.0, 70, 70 + 10 * expected, 70 + 20 * expected]
    found = buying.tracking_reading(trial(0.0, weeks=weeks))
    assert (found["case"], found["error"]) == (case, pytest.approx(abs(expected - 1)))


def test_the_largest_class_with_a_limit_is_named() -> None:
    """A class whose limit lies beyond the orders is passed over; without any limit that is said."""
    table = pd.DataFrame({"class": ["2", "20+"], "customers": [50, 20], "limit": [np.nan, 90.0]})
    assert buying.gone_reading(table) == {"case": "some", "name": "20+", "days": 90.0}
    assert buying.gone_reading(table.assign(limit=np.nan))["case"] == "never"


def test_rows_of_silence_that_are_not_worth_a_contact() -> None:
    """Marked by their position."""
    found = pd.DataFrame({"state": [1, 2], "value": [5.0, -1.0], "contact": [True, False]})
    rows, marked = buying.silence_rows(found, {"1": "just ordered", "2": "one year"})
    assert rows["silent"].tolist() == ["Just ordered", "One year"]
    assert marked == [1]


# --- value ----------------------------------------------------------------------------------------------------------

WORTH = OrderValue(100, Range(2e5, 1.8e5, 2.4e5), Range(2e3, 1.8e3, 2.4e3), Span(3.0, "year"), ())


@pytest.mark.parametrize(
    ("total", "case"), [(100_000.0, "higher"), (99_000.0 * 2, "near"), (400_000.0, "lower"), (-10.0, "apart")]
)
def test_value_from_orders_beside_a_fixed_retention(total: float, case: str) -> None:
    """Per customer, over the same years; a loss on one side has no ratio."""
    fixed = buying_value.FixedValue("segments", 100, total, 2 * total)
    assert buying_value.beside(WORTH, fixed)["case"] == case
    rows = buying_value.way_rows(WORTH, fixed, words, buying_value.Speaker("en", "EUR"))
    assert rows["per_customer"].tolist() == pytest.approx([2000.0, total / 100, total / 50])


def test_without_a_fixed_retention_the_orders_stand_alone() -> None:
    """One row, and the claim names the years."""
    assert buying_value.beside(WORTH, None) == {"case": "alone", "gap": 0.0, "kind": "alone", "years": 3}
    assert len(buying_value.way_rows(WORTH, None, words, buying_value.Speaker("nl", "EUR"))) == 1


def test_the_fixed_value_of_the_same_years() -> None:
    """Half ordered again, €20 contribution, 10%: 20 × (.5/1.1 + (.5/1.1)²) = €13.22 over two years, by hand."""
    left = {"years": Activity(n_before=100, n_again=50, n_last=80, revenue_last=8_000.0)}
    found = buying_value.fixed_beside(left, 0.2, (0.1, 0.0, 0.1), 2, 1)
    assert found is not None
    assert found.each == pytest.approx(20 * (0.5 / 1.1 + (0.5 / 1.1) ** 2))
    assert found.whole == pytest.approx(80 * 20 * 0.5 / 0.6)
    assert buying_value.fixed_beside({}, 0.2, (0.1, 0.0, 0.1), 2, 1) is None


def test_margin_comes_from_the_orders_where_they_have_one() -> None:
    """€30 of €100; without the column, with a gap in it or a loss, the assumption remains."""
    table = pd.DataFrame({"revenue": [60.0, 40.0], "margin": [20.0, 10.0]})
    assert buying_value.margin_of(table) == pytest.approx(0.3)
    assert buying_value.margin_of(table.drop(columns="margin")) is None
    assert buying_value.margin_of(table.assign(margin=[20.0, np.nan])) is None
    assert buying_value.margin_of(table.assign(margin=[-20.0, 10.0])) is None


@pytest.mark.parametrize(
    ("trouble", "found", "case"),
    [
        ("too_few", None, "none"),
        ("too_short", None, "short"),
        ("not_converged", None, "failed"),
        ("", None, "untested"),
        ("", trial(0.02, 0.05), "good"),
        ("", trial(0.02, float("nan")), "good"),
        ("", trial(0.02, 0.2), "fair"),
        ("", trial(float("inf")), "poor"),
    ],
)
def test_when_to_believe_the_value_from_orders(trouble: str, found: Any, case: str) -> None:
    """By how little there is, or by the trial on the past."""
    base: Any = SimpleNamespace(trouble=trouble, trial=found, table=range(9), repeat=4)
    assert buying_value.belief_reading(base)["case"] == case


# --- clients --------------------------------------------------------------------------------------------------------


def base_of(path: Path) -> BuyingBase:
    orders = read_client(path).orders
    assert orders is not None
    return BuyingBase(orders)


@pytest.mark.slow
def test_everybody_bought_once(client_of: Callable[..., Path]) -> None:
    """Nothing is foretold, and what is counted says that nobody came back."""
    rows = "".join(f"K{number},2025-01-{1 + number % 28:02},50\n" for number in range(80))
    base = base_of(client_of(orders=f"customer,date,amount\n{rows}"))
    assert cases(buying.cautions(base)) == [("W30", "bought_once")]
    counted = buying.counted_reading(base)
    assert (counted["customers"], counted["repeat"], counted["overdue"]) == (80, 0, 0)
    assert base.trial is None


@pytest.mark.slow
def test_orders_of_one_week_or_of_a_handful(client_of: Callable[..., Path]) -> None:
    """Too short, and too few who came back; neither gives an error."""
    rows = "".join(f"K{number},2025-12-{25 + number % 2},50\nK{number},2025-12-29,50\n" for number in range(80))
    assert base_of(client_of(orders=f"customer,date,amount\n{rows}")).trouble == "too_short"
    rows = "".join(f"K{number},2025-01-02,50\nK{number},2025-06-29,50\n" for number in range(FEWEST - 1))
    assert base_of(client_of(orders=f"customer,date,amount\n{rows}")).trouble == "too_few"


@pytest.mark.slow
def test_the_demo_was_foretold_within_a_tenth(demo: Path) -> None:
    """Orders up to 2024 foretell the order days of 2025; the counts agree with the orders themselves."""
    base = base_of(demo)
    found = base.trial
    assert base.trouble == ""
    assert found is not None
    assert (found.until, found.days, found.is_year, found.customers) == (date(2024, 12, 31), 365, True, 145)
    assert abs(found.error) < buying.GOOD
    assert found.later.sum() == found.counted_days == 1498
    assert base.last_year == (1703, pytest.approx(1_065_000, abs=1))
    assert found.weeks["counted"].iloc[-1] <= base.table["repeat_days"].sum()
    assert buying.cautions(base) == []
    sums = [*buying.middle_workings(base), *buying.trial_workings(found)]
    assert [working.name for working in sums] == ["buying.alive", "buying.spend", "buying.error"]
