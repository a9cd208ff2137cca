"""The business case: the published example, the demo client's figures, identities, and input at its limits."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from crmworkbook.client import read_client
from crmworkbook.findings.case_sheet import client_values
from crmworkbook.models.benefit_drivers import UnitValues, case_lines, horizon, quantity_unit, unit_values
from crmworkbook.models.business_case import SCENARIOS, BusinessCase, Scenario, tornado
from crmworkbook.models.business_case_workings import benefits_by_driver, case_workings, line_workings
from crmworkbook.models.cash_flow import delayed, discounted, internal_rate, net_present_value, payback_period
from crmworkbook.models.return_on_experience import return_on_experience

PUBLISHED = [-100_000, 40_000, 40_000, 40_000, 40_000]
PER_CUSTOMER, MARGIN = 1_035_500 / 525, 1_831_250 / 4_800_000
YEARS = [f"year_{year}" for year in range(11)]


def demo_case() -> BusinessCase:
    """Domain case 6A: 190k at the start, 48k a year, four drivers over three years."""
    rows = [np.multiply([0, 8, 24, 43], PER_CUSTOMER), np.multiply([0, 90e3, 210e3, 320e3], MARGIN)]
    rows += [np.array([0, 15e3, 25e3, 25e3]), np.array([0, 10e3, 22e3, 30e3])]
    drivers = ("kept_customers", "extra_revenue", "acquisition_saved", "repeat_contacts")
    costs = np.array([190e3, 0, 0, 0]), np.array([0, 48e3, 48e3, 48e3])
    return BusinessCase(*costs, np.array(rows), drivers, 0.10)


def costs(**row: object) -> pd.DataFrame:
    fields = {"kind": "people", "nature": "one_off", "hourly_rate": math.nan} | dict.fromkeys(YEARS, math.nan)
    return pd.DataFrame([fields | row])


def benefits(*rows: dict[str, object]) -> pd.DataFrame:
    fields = {"benefit": "b", "driver": "other", "segment": None, "ecrm": None, "expected": True, "evidence": "e"}
    fields |= dict.fromkeys(["unit_value", "at_full", "confidence", *YEARS[1:]], math.nan)
    return pd.DataFrame([fields | row for row in rows])


def test_the_published_example_comes_out() -> None:
    """−100,000 and four times 40,000 at 10%: NPV 26,794.62, payback 2.50 and 3.02 years, IRR 21.86%."""
    assert net_present_value(PUBLISHED, 0.10) == pytest.approx(26_794.62, abs=0.005)
    assert payback_period(PUBLISHED) == 2.5
    assert payback_period(discounted(PUBLISHED, 0.10)) == pytest.approx(3.02, abs=0.005)
    assert internal_rate(PUBLISHED).rate == pytest.approx(0.2186, abs=5e-5)


def test_the_demo_case_gives_its_published_figures() -> None:
    """6A: benefits 75.1/174.5/261.9, flows −190/27.1/126.5/213.9, NPV 99.9k, IRR 30.9%, 2.17 years, ROI 53 and 93%."""
    case = demo_case()
    assert case.frame["benefits"].tolist()[1:] == pytest.approx([75.1e3, 174.5e3, 261.9e3], abs=50)
    assert case.frame["net"].tolist() == pytest.approx([-190e3, 27.1e3, 126.5e3, 213.9e3], abs=50)
    assert case.npv == pytest.approx(99.9e3, abs=50)
    assert case.irr.rate == pytest.approx(0.309, abs=5e-4)
    assert case.payback == pytest.approx(2.17, abs=5e-3)
    assert (case.roi_all_costs, case.roi_investment) == pytest.approx((0.53, 0.93), abs=5e-3)
    assert case.break_even_factor == pytest.approx(0.756, abs=5e-4)


def test_the_scenarios_of_the_demo_case() -> None:
    """6A: pessimistic (benefits × 0.6, investment +10%) −82.8k, optimistic (benefits × 1.25) +202.2k."""
    worth = {name: demo_case().under(scenario).npv for name, scenario in SCENARIOS.items()}
    assert worth == pytest.approx({"pessimistic": -82.8e3, "base": 99.9e3, "optimistic": 202.2e3}, abs=50)


def test_the_tornado_of_the_demo_case() -> None:
    """6A, k€: retention 117.2, wallet 113.5, delay 108.0 (NPV −8.2), investment 66.5, and on to the rate with 37.9."""
    bars = tornado(demo_case()).set_index("what")
    swings = {"kept_customers": 117.2, "extra_revenue": 113.5, "delay": 108.0, "one_off": 66.5}
    swings |= {"acquisition_saved": 53.1, "repeat_contacts": 49.8, "running": 47.7, "discount_rate": 37.9}
    assert (bars["swing"] / 1e3).to_dict() == pytest.approx(swings, abs=0.05)
    assert list(bars.index) == list(swings)
    assert bars.loc["delay", "high"] == pytest.approx(-8.2e3, abs=50)
    assert "other" not in bars.index


def test_a_range_stays_within_what_can_be() -> None:
    """A rate moves within 0 to 100%, and nothing comes earlier than planned."""
    case = demo_case()
    assert case.moved("discount_rate", -0.5).npv == pytest.approx(case.frame["net"].sum())
    assert case.moved("discount_rate", 5).discount_rate == 1
    assert case.moved("delay", -1).npv == pytest.approx(case.npv)


def test_what_breaks_even_is_worth_nothing() -> None:
    """Benefits at the break-even factor, an investment at its limit, the rate at the IRR: each gives NPV zero."""
    case = demo_case()
    assert case.under(Scenario(benefits=case.break_even_factor)).npv == pytest.approx(0, abs=1e-6)
    assert case.under(Scenario(one_off=case.room / 190e3)).npv == pytest.approx(0, abs=1e-6)
    assert case.moved("discount_rate", case.irr.rate - 0.10).npv == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    ("flows", "case", "rate"),
    [
        ([-100, 230, -132], "several", math.nan),
        ([100, 50], "no_outlay", math.nan),
        ([-100, -50], "no_return", math.nan),
        ([0, 0], "no_return", math.nan),
        ([-100, 50], "found", -0.5),
        ([0, -100, 300], "found", 2.0),
        ([100, -110], "found", 0.10),
    ],
)
def test_a_rate_is_given_only_where_there_is_one(flows: list[float], case: str, rate: float) -> None:
    """−100, 230, −132 has two rates, 10 and 20%: then none is given; one change of sign gives exactly one."""
    found = internal_rate(flows)
    assert found.case == case
    assert found.rate == pytest.approx(rate, nan_ok=True)


def test_money_that_goes_out_again_is_not_back() -> None:
    """Payback counts to the moment after which the balance stays up; never when it ends below zero."""
    assert payback_period([-100, 120, -50, 60]) == pytest.approx(2.5)
    assert payback_period([-100, 120, -50]) == math.inf
    assert payback_period([0, 10]) == 0


def test_half_a_year_later_moves_half_of_each_year() -> None:
    """What falls after the horizon is lost; a delay longer than the horizon loses all."""
    assert delayed([0, 10, 20], 0.5).tolist() == [0, 5, 15]
    assert delayed([0, 10, 20], 1).tolist() == [0, 0, 10]
    assert delayed([0, 10, 20], 9.5).tolist() == [0, 0, 0]


def test_a_case_without_costs_or_without_benefits_has_limits() -> None:
    """No costs: no ROI. No benefits: no break-even factor. Neither is a number to print."""
    nothing = np.zeros(2)
    free = BusinessCase(nothing, nothing, np.array([[0, 10.0]]), ("other",), 0.1)
    assert math.isnan(free.roi_all_costs)
    assert free.break_even_factor == 0
    bare = BusinessCase(np.array([10.0, 0]), nothing, np.zeros((0, 2)), (), 0.1)
    assert bare.break_even_factor == math.inf
    assert bare.under(Scenario(delay=0.5)).npv == -10
    assert list(tornado(bare)["what"]) == ["one_off", "discount_rate"]


def test_every_working_says_what_the_model_says() -> None:
    """The printed sums, calculated again, are the printed results."""
    case = demo_case()
    found = [working.result.value for working in case_workings(case)]
    expected = [case.npv, case.payback, case.discounted_payback, 0, case.roi_all_costs, case.roi_investment]
    assert found == pytest.approx([*expected, case.break_even_factor, case.room], abs=1e-4)


def test_hours_cost_their_rate_and_a_ramp_fills_the_years() -> None:
    """500 hours at 50 cost 25,000; at full 25,000 with 60% in year 1 gives 15,000, 25,000, 25,000."""
    adoption = pd.DataFrame({"year": [1.0, 2.0], "share": [0.6, 1.0]})
    given = benefits({"at_full": 25_000.0}, {"driver": "repeat_contacts", "unit_value": 10.0, "year_3": 3000.0})
    lines = case_lines(costs(hourly_rate=50.0, year_0=500.0), given, 0.1, adoption=adoption)
    assert lines.case.one_off.tolist() == [25_000, 0, 0, 0]
    assert lines.case.benefits.tolist() == [[0, 15_000, 25_000, 25_000], [0, 0, 0, 30_000]]
    names = [working.name for working in line_workings(lines)]
    assert names == ["business_case.hours", "business_case.benefit", "business_case.benefit"]


def test_a_driver_is_worth_what_the_segment_tables_say() -> None:
    """A kept customer counts for the net contribution of one year, also when the tables hold months."""
    segments = pd.DataFrame({"segment": ["a"], "revenue": [10_000.0], "customers_start": [100.0]})
    segments = segments.assign(customers_lost=1.0, customers_new=1.0)
    spent = pd.DataFrame({"segment": ["a"], "contribution": [5000.0], "cost_to_serve": [1000.0], "acquisition": [0.0]})
    monthly = unit_values(segments, spent, None, 12)
    assert monthly.net_contribution == {"a": 480.0, "all": 480.0}
    assert monthly.margin["all"] == 0.5
    rows = benefits(
        {"driver": "kept_customers", "year_1": 2.0}, {"driver": "extra_revenue", "segment": "b", "year_1": 2.0}
    )
    lines = case_lines(costs(year_0=1.0), rows, 0.1, values=monthly)
    assert lines.case.benefits.tolist() == [[0, 960]]
    assert lines.left_out == (1,)
    assert benefits_by_driver(lines).to_dict() == pytest.approx({"kept_customers": 960 / 1.1})


def test_without_segment_tables_a_kept_customer_needs_a_value() -> None:
    """A line that nothing values is left out by name, not counted as zero in silence."""
    rows = benefits(
        {"driver": "kept_customers", "year_1": 2.0}, {"driver": "kept_customers", "unit_value": 5.0, "year_1": 2.0}
    )
    lines = case_lines(costs(year_0=1.0), rows, 0.1, values=UnitValues({}, {}))
    assert lines.left_out == (0,)
    assert lines.case.benefits.tolist() == [[0, 10]]


def test_the_horizon_is_the_last_year_filled_in() -> None:
    """From one year to ten; a limit shortens it, and benefits given only at full get three years."""
    assert horizon(costs(year_0=1.0), benefits({})) == 1
    assert horizon(costs(year_10=1.0), benefits({})) == 10
    assert horizon(costs(year_10=1.0), benefits({}), longest=4) == 4
    assert horizon(costs(year_0=1.0), benefits({"at_full": 5.0})) == 3


def test_the_demo_client_has_the_values_of_its_drivers(demo) -> None:
    """6A: 1,972.38 per customer per year and a margin of 38.15%, from the client's own tables."""
    values = client_values(read_client(demo))
    assert values.of("kept_customers", "all") == pytest.approx(1972.38, abs=0.005)
    assert values.of("extra_revenue", "all") == pytest.approx(0.3815, abs=5e-5)
    assert quantity_unit("extra_revenue", 0.38) == ("money", "share")


def test_experience_is_an_index_by_hand() -> None:
    """Weights 1 and 3, one spread better and half a spread better: (25 + 37.5) points, over 50,000 gives 1.25."""
    kpis = pd.DataFrame({"before": [10.0, 96.0, 1.0], "after": [20.0, 66.0, 2.0], "spread": [10.0, 60.0, math.nan]})
    kpis = kpis.assign(weight=[1.0, 3.0, 9.0], lower_is_better=[False, True, False])
    found = return_on_experience(kpis, 50_000)
    assert (found.points, found.index) == (62.5, 1.25)
    assert found.left_out == (2,)
    assert math.isnan(return_on_experience(kpis, 0).index)
