"""Elasticities and the tornado on customer equity."""

import pandas as pd
import pytest

from crmworkbook.models.customer_equity import customer_equity
from crmworkbook.models.lifetime_value import lifetime_value
from crmworkbook.models.rates import rate_per_period
from crmworkbook.models.sensitivity import (
    SWINGS,
    elasticities,
    elasticity_table,
    elasticity_workings,
    possible_swings,
    tornado,
)

BRONMOLEN = {
    "customers": pd.Series([200, 60, 120], index=["offices", "care", "hospitality"]),
    "contribution": pd.Series([2075.0, 3966.67, 576.67], index=["offices", "care", "hospitality"]),
    "retention": pd.Series([0.8384, 0.9483, 0.7302], index=["offices", "care", "hospitality"]),
    "discount_rate": 0.10,
}


@pytest.mark.parametrize(
    ("retention", "rate", "by_retention", "by_rate"), [(0.9, 0.12, 5.09, -0.545), (0.8, 0.1, 3.67, -0.333)]
)
def test_elasticities_of_the_residual_value(retention, rate, by_retention, by_rate):
    """Gupta, Lehmann and Stuart (2004) print about +5% for retention and +1% for margin; these recomputed."""
    found = elasticities(100, retention, rate, convention="residual")
    assert found.contribution == pytest.approx(1)
    assert found.retention == pytest.approx(by_retention, abs=0.005)
    assert found.discount_rate == pytest.approx(by_rate, abs=5e-4)
    assert found.acquisition_cost == 0


@pytest.mark.parametrize("cost", [0.0, 150.0])
@pytest.mark.parametrize("convention", ["residual", "start_incl", "end_incl", "mid_incl"])
def test_elasticities_are_the_slope_of_the_value(convention, cost):
    """A millionth more of each driver moves the value after acquisition by that many millionths."""
    found = elasticities(100, 0.8, 0.1, convention=convention, acquisition_cost=cost)
    base = lifetime_value(100, 0.8, 0.1, convention=convention) - cost
    step = 1e-6
    moved = {
        "contribution": lifetime_value(100 * (1 + step), 0.8, 0.1, convention=convention) - cost,
        "retention": lifetime_value(100, 0.8 * (1 + step), 0.1, convention=convention) - cost,
        "discount_rate": lifetime_value(100, 0.8, 0.1 * (1 + step), convention=convention) - cost,
        "acquisition_cost": base - cost * step,
    }
    for driver, value in moved.items():
        assert getattr(found, driver) == pytest.approx((value / base - 1) / step, rel=1e-4)


def test_retention_elasticity_of_a_new_customer():
    """r/(1 + i − r) = 2.667 and, after €150 of €366.67, 366.67/216.67 times as much (worked by hand)."""
    assert elasticities(100, 0.8, 0.1, convention="start_incl").retention == pytest.approx(2.667, abs=5e-4)
    after = elasticities(100, 0.8, 0.1, convention="start_incl", acquisition_cost=150)
    assert after.retention == pytest.approx(4.513, abs=5e-4)
    assert after.contribution == pytest.approx(1.692, abs=5e-4)
    assert after.acquisition_cost == pytest.approx(-0.692, abs=5e-4)


def test_a_customer_worth_less_than_it_cost_has_no_elasticity():
    """A percentage of a loss would have the wrong sign."""
    with pytest.raises(ValueError, match="does not exceed the acquisition cost"):
        elasticities(576.67, 0.7302, 0.1, convention="start_incl", acquisition_cost=1900)


def test_a_tornado_moves_one_driver_at_a_time():
    """Each end is the equity with only that driver changed."""
    bars = tornado(1000, 100, 0.8, 0.1).set_index("driver")
    ends = bars[["low_input", "high_input"]].round(10).to_dict("index")
    assert ends["retention"] == {"low_input": 0.78, "high_input": 0.82}
    assert ends["discount_rate"] == {"low_input": 0.08, "high_input": 0.12}
    assert bars.loc["retention", "low"] == pytest.approx(customer_equity(1000, 100, 0.78, 0.1).existing)
    assert bars.loc["discount_rate", "high"] == pytest.approx(customer_equity(1000, 100, 0.8, 0.12).existing)
    assert bars.loc["customers", "high"] == pytest.approx(1.1 * 266_667, abs=1)
    assert bars.loc["growth", "low"] < bars.loc["growth", "high"]


def test_a_tornado_is_sorted_by_swing():
    """The widest bar is on top, and a swing is the distance between its ends."""
    bars = tornado(**BRONMOLEN)
    assert bars["swing"].is_monotonic_decreasing
    assert bars["swing"].tolist() == pytest.approx((bars["high"] - bars["low"]).abs().tolist())
    assert set(bars["driver"]) == {"customers", "contribution", "retention", "discount_rate", "growth"}


def test_a_tornado_of_segments_turns_around_their_sum():
    """Moving nothing gives the equity by segment, shown at the average retention of 380 customers."""
    bar = tornado(**BRONMOLEN, swings={"retention": (0.0, 0.0)}).iloc[0]
    by_segment = [
        customer_equity(customers, contribution, retention, 0.1).existing
        for customers, contribution, retention in zip(
            BRONMOLEN["customers"], BRONMOLEN["contribution"], BRONMOLEN["retention"], strict=True
        )
    ]
    assert bar["low"] == bar["high"] == pytest.approx(sum(by_segment))
    assert bar["low_input"] == pytest.approx((200 * 0.8384 + 60 * 0.9483 + 120 * 0.7302) / 380)
    assert bar["swing"] == 0


def test_a_swing_that_goes_too_far_names_its_driver():
    """Growth of 20% outruns a discount rate of 10% in care."""
    with pytest.raises(ValueError, match="the swing of growth goes too far: retention"):
        tornado(**BRONMOLEN, swings={"growth": (0.0, 0.20)})
    with pytest.raises(ValueError, match="not loyalty"):
        tornado(**BRONMOLEN, swings={"loyalty": (-0.1, 0.1)})


def test_elasticity_table_sets_existing_beside_new():
    """With r 0.9 and i 0.12: 5.09 and -0.545 for an existing customer; none after a cost above the value."""
    table = elasticity_table(100, 0.9, 0.12, 200).set_index("driver")
    assert table.loc["retention", "existing"] == pytest.approx(5.09, abs=0.005)
    assert table.loc["discount_rate", "existing"] == pytest.approx(-0.545, abs=0.001)
    assert (
        table.loc["contribution", "new"]
        == elasticities(100, 0.9, 0.12, convention="start_incl", acquisition_cost=200).contribution
    )
    assert elasticity_table(100, 0.9, 0.12, 9_000)["new"].isna().all()
    assert elasticity_table(100, 0.9, 0.12, float("nan"))["new"].isna().all()
    assert elasticity_table(-100, 0.9, 0.12, 0)["existing"].isna().all()


def test_elasticity_sums_are_the_elasticities():
    """What is shown on a click is what the table says."""
    exact = elasticities(100, 0.9, 0.12, convention="residual")
    sums = [working.evaluate() for working in elasticity_workings(0.9, 0.12)]
    assert sums == pytest.approx([exact.retention, exact.discount_rate])


def test_swings_that_would_leave_no_value_are_left_out():
    """With retention 0.995 and i 0.01 neither a lower discount rate nor more growth is possible."""
    assert possible_swings(0.8, 0.1) == dict(SWINGS)
    left = possible_swings(0.995, 0.01)
    assert set(left) == {"customers", "contribution", "retention"}
    assert len(tornado(100, 10, 0.995, 0.01, swings=left)) == 3


def test_elasticities_of_monthly_tables_are_those_of_the_yearly_rates():
    """One per cent more of the yearly retention and discount rate, by moving them and valuing again."""

    def value(retention, rate):
        return lifetime_value(20, retention ** (1 / 12), rate_per_period(rate, 12), convention="residual")

    table = elasticity_table(20, 0.8 ** (1 / 12), 0.1, 50, 12).set_index("driver")["existing"]
    step = 1e-6
    by_retention = (value(0.8 * (1 + step), 0.1) / value(0.8, 0.1) - 1) / step
    by_rate = (value(0.8, 0.1 * (1 + step)) / value(0.8, 0.1) - 1) / step
    assert table["retention"] == pytest.approx(by_retention, rel=1e-4)
    assert table["discount_rate"] == pytest.approx(by_rate, rel=1e-4)
    sums = [working.result.value for working in elasticity_workings(0.8 ** (1 / 12), 0.1, 12)]
    assert sums == pytest.approx([table["retention"], table["discount_rate"]])


def test_a_tornado_of_monthly_tables_moves_the_yearly_rate():
    """Two points more of 12.6825% a year, never of the 1% a month that it makes."""
    bars = tornado(1000, 17.95, 0.99, 0.126825, periods_per_year=12).set_index("driver")
    dearer = lifetime_value(17.95, 0.99, rate_per_period(0.146825, 12), convention="residual")
    assert bars.loc["discount_rate", "high"] == pytest.approx(1000 * dearer)
    assert set(possible_swings(0.995, 0.126825, periods_per_year=12)) == set(SWINGS)
