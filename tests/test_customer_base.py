"""The whale curve, concentration, new beside existing customers, and value from orders alone."""

import math

import pandas as pd
import pytest

from crmworkbook.models.customer_base import (
    Activity,
    activity_workings,
    concentration,
    new_beside_existing,
    value_from_activity,
    whale_curve,
)
from crmworkbook.models.lifetime_value import lifetime_value
from crmworkbook.models.segment_value import segment_value

CAFES = pd.Series([-5, 60, 30, -40, 40, 20, 10, 5, -20, 0])


def test_whale_curve_of_ten_cafes():
    """Sorted 60 … −40, cumulative 60, 100, 130, 150, 160, 165, 165, 160, 140, 100 (worked by hand)."""
    whale = whale_curve(CAFES)
    assert whale.curve["cumulative"].tolist() == [0, 60, 100, 130, 150, 160, 165, 165, 160, 140, 100]
    assert whale.curve["share_customers"].iloc[[0, 2, -1]].tolist() == [0, 0.2, 1]
    assert whale.curve["share"].iloc[[2, -1]].tolist() == [1, 1]
    assert (whale.top_20, whale.top_20_share) == (100, 1.0)
    assert (whale.peak, whale.peak_share, whale.peak_position) == (165, 1.65, 0.6)
    assert (whale.negative, whale.loss_after_peak) == (3, 65)
    assert (whale.lowest_10, whale.lowest_10_cost) == (-40, 0.4)


def test_the_order_of_the_table_does_not_matter():
    """A customer table sorted by name gives the same curve."""
    pd.testing.assert_frame_equal(whale_curve(CAFES).curve, whale_curve(CAFES.sort_values()).curve)


def test_a_fifth_of_525_customers_is_105():
    """Bronmolen's customers in small: 429 earn and 96 lose, so the peak stands at 81.7% (worked by hand)."""
    whale = whale_curve(pd.Series([2_804.0] * 429 + [-1_744.0] * 96))
    assert whale.top_20 == 105 * 2_804
    assert whale.peak_position == pytest.approx(0.817, abs=5e-4)
    assert whale.negative == 96
    assert whale.lowest_10 == 52 * -1_744


def test_every_whale_working_is_its_own_result():
    """The shares printed are the shares of the curve."""
    whale = whale_curve(CAFES)
    shares = [whale.top_20_share, whale.peak_share, whale.lowest_10_cost]
    assert [working.evaluate() for working in whale.workings] == shares
    assert [working.result.value for working in whale.workings] == shares


@pytest.mark.parametrize("profit", [[10, -30], [5, -5], [-1, -2]])
def test_a_firm_without_profit_gets_euros_and_no_shares(profit):
    """A share of nothing, or of a loss, would mislead."""
    whale = whale_curve(pd.Series(profit))
    assert (whale.top_20_share, whale.peak_share, whale.lowest_10_cost) == (None, None, None)
    assert whale.curve["share"].isna().all()
    assert whale.loss_after_peak == max(0, profit[0]) - sum(profit)
    assert whale.workings == ()


def test_where_everybody_loses_money_the_peak_is_nobody():
    """The curve starts at zero and only falls."""
    whale = whale_curve(pd.Series([-1.0, -2.0]))
    assert (whale.peak, whale.peak_position) == (0, 0)


def test_customers_without_a_number_are_counted_and_refused():
    """Nothing is dropped in silence."""
    with pytest.raises(ValueError, match=r"profit is missing for 1 customer"):
        whale_curve(pd.Series([10, math.nan]))
    with pytest.raises(ValueError, match="revenue holds no customers"):
        concentration(pd.Series([], dtype=float))


def test_concentration_of_an_eighty_twenty_firm():
    """Two of ten customers bring 800 of 1,000 (worked by hand)."""
    found = concentration(pd.Series([25] * 8 + [300, 500]))
    assert (found.largest_share, found.top_10_share, found.top_20_share) == (0.5, 0.5, 0.8)
    assert found.customers_for_80 == 0.2
    assert found.curve["cumulative"].tolist()[:4] == [0, 500, 800, 825]


def test_equal_customers_are_not_concentrated():
    """Each fifth brings a fifth."""
    found = concentration(pd.Series([100.0] * 10))
    assert found.top_20_share == pytest.approx(0.2)
    assert found.customers_for_80 == 0.8


def test_concentration_without_revenue_has_no_shares():
    """Only credit notes is no revenue."""
    found = concentration(pd.Series([-10.0, 0.0]))
    assert (found.total, found.top_20_share, found.customers_for_80) == (-10, None, None)


def test_a_new_office_costs_money_in_its_first_year_and_earns_it_later():
    """2,075 − 3,200 = −1,125 in year one, 8,725 − 3,200 = 5,525 in the end; existing 6,650 (by hand)."""
    offices = pd.DataFrame(
        {
            "segment": ["offices"],
            "customers_start": [198],
            "customers_lost": [32],
            "customers_new": [34],
            "contribution": [625_000],
            "cost_to_serve": [210_000],
            "acquisition": [108_800],
        }
    )
    beside = new_beside_existing(segment_value(offices, 0.10).frame).loc["offices"].round()
    assert beside.to_dict() == {
        "existing_year": 2075,
        "new_first_year": -1125,
        "existing_lifetime": 6650,
        "new_lifetime": 5525,
        "year_gap": -3200,
        "lifetime_gap": -1125,
    }


PORTAL = Activity(n_before=150, n_again=120, n_last=180, revenue_last=1_065_000)


def test_value_from_orders_alone():
    """120 of 150 again, €5,916.67 each, 40% margin: 2,366.67 × .8/.3 = 6,311.11 (worked by hand)."""
    value = value_from_activity(PORTAL, margin=0.40, discount_rate=0.10)
    assert value.retention == pytest.approx(0.8)
    assert value.revenue_per_customer == pytest.approx(5_916.67, abs=0.005)
    assert value.contribution == pytest.approx(2_366.67, abs=0.005)
    assert value.value == pytest.approx(6_311.11, abs=0.005)
    assert value.value == lifetime_value(value.contribution, 0.8, 0.10, convention="residual")
    assert value.equity == pytest.approx(180 * 6_311.11, abs=1)


def test_every_activity_working_is_the_estimate():
    """Five sums, in the order of the five numbers."""
    value = value_from_activity(PORTAL, margin=0.40, discount_rate=0.10)
    numbers = [value.retention, value.revenue_per_customer, value.contribution, value.value, value.equity]
    assert [working.evaluate() for working in value.workings] == numbers
    assert [working.result.value for working in value.workings] == numbers


@pytest.mark.parametrize(
    ("activity", "margin", "message"),
    [
        (Activity(0, 0, 180, 1e6), 0.4, "each of the last two full years"),
        (Activity(150, 160, 180, 1e6), 0.4, "cannot be negative or exceed n_before, 150"),
        (Activity(150, 120, 100, 1e6), 0.4, "or n_last, 100"),
        (Activity(150, 150, 180, 1e6), 0.4, "150 of 150 customers ordered again: retention 1"),
        (PORTAL, 40, r"write 40% as 0\.4"),
    ],
)
def test_contradicting_activity_is_refused(activity, margin, message):
    """Counts of two years must fit each other, and a margin is a share."""
    with pytest.raises(ValueError, match=message):
        value_from_activity(activity, margin, 0.10)


def test_orders_give_retention_and_spending_before_any_margin():
    """Without a margin there is no value, but who came back and what they spent is known."""
    kept, spent = activity_workings(Activity(200, 150, 180, 90_000))
    assert (kept.result.value, spent.result.value) == (0.75, 500)
    with pytest.raises(ValueError, match="needs customers"):
        activity_workings(Activity(0, 0, 180, 90_000))
