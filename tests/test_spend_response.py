"""Blattberg and Deighton's balance between winning and keeping customers."""

import math

import pandas as pd
import pytest

from crmworkbook.models.spend_response import (
    calibrate_response,
    equity_per_prospect,
    future_value,
    optimal_acquisition_spend,
    optimal_retention_spend,
    optimal_spend,
    response_rate,
)

RESPONSE = pd.DataFrame(
    {
        "side": ["acquisition", "retention"],
        "ceiling": [0.4, 0.7],
        "spend": [5.0, 10.0],
        "rate": [0.2, 0.4],
    }
)


def test_calibration_reproduces_todays_rate():
    """Ceiling 40%, €5 for 20%: k = .138629 (own example, recomputed), and €5 gives 20% again."""
    sensitivity = calibrate_response(0.4, 5, 0.2)
    assert sensitivity == pytest.approx(0.138629, abs=5e-7)
    assert response_rate(0.4, sensitivity, 5) == pytest.approx(0.2)


def test_best_acquisition_spend():
    """With a customer worth 200: €17.356 per prospect, 36.39% won, 55.43 left (35.00 at €5; recomputed)."""
    sensitivity = calibrate_response(0.4, 5, 0.2)
    spend = optimal_acquisition_spend(0.4, sensitivity, 200)
    rate = response_rate(0.4, sensitivity, spend)
    assert spend == pytest.approx(17.356, abs=5e-4)
    assert rate == pytest.approx(0.3639, abs=5e-5)
    assert rate * 200 - spend == pytest.approx(55.43, abs=0.005)
    assert response_rate(0.4, sensitivity, 5) * 200 - 5 == pytest.approx(35)


def test_best_retention_spend():
    """Ceiling 70%, €10 for 40%, margin 50, 20%: €15.87, 51.75% kept, 14.67 (12.50 at €10; recomputed)."""
    sensitivity = calibrate_response(0.7, 10, 0.4)
    spend = optimal_retention_spend(0.7, sensitivity, 50, 0.2)
    rate = response_rate(0.7, sensitivity, spend)
    assert spend == pytest.approx(15.87, abs=0.005)
    assert rate == pytest.approx(0.5175, abs=5e-5)
    assert future_value(50, rate, spend, 0.2) == pytest.approx(14.67, abs=0.005)
    assert future_value(50, 0.4, 10, 0.2) == pytest.approx(12.50)


def test_nothing_is_spent_where_the_first_euro_loses():
    """A customer worth €1 does not pay for winning or keeping it."""
    assert optimal_acquisition_spend(0.4, 0.138629, 1) == 0
    assert optimal_retention_spend(0.7, 0.0847, 1, 0.2) == 0


def test_at_the_best_spending_one_more_customer_costs_what_a_customer_is_worth():
    """Identity of the model: marginal cost of winning = of keeping = value of a customer."""
    advice = optimal_spend(RESPONSE, margin=50, discount_rate=0.2)
    for side, row in advice.frame.iterrows():
        ceiling = RESPONSE.set_index("side").loc[side, "ceiling"]
        marginal_cost = 1 / (row["sensitivity"] * (ceiling - row["optimal_rate"]))
        assert marginal_cost == pytest.approx(advice.optimal_customer_value, abs=1e-6)


def test_no_other_spending_leaves_more_per_prospect():
    """A cent more or less on either side is worse."""
    advice = optimal_spend(RESPONSE, margin=50, discount_rate=0.2)
    win, keep = advice.frame["optimal_spend"]
    ceilings, k = RESPONSE["ceiling"], advice.frame["sensitivity"].tolist()
    for more_win, more_keep in [(0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)]:
        elsewhere = equity_per_prospect(
            response_rate(ceilings[0], k[0], win + more_win),
            win + more_win,
            50,
            response_rate(ceilings[1], k[1], keep + more_keep),
            keep + more_keep,
            0.2,
        )
        assert elsewhere < advice.optimal_equity_per_prospect


def test_equity_per_prospect_is_the_printed_form():
    """a[M + (M − R/r) r/(1 + d − r)] − A, written as on Tsao's slides, for the example's inputs."""
    printed = 0.2 * (50 + (50 - 10 / 0.4) * 0.4 / (1 + 0.2 - 0.4)) - 5
    assert equity_per_prospect(0.2, 5, 50, 0.4, 10, 0.2) == pytest.approx(printed)
    assert optimal_spend(RESPONSE, 50, 0.2).equity_per_prospect == pytest.approx(printed)


def test_every_working_is_its_own_result():
    """Both equities and the marginal cost come out of their printed sums."""
    advice = optimal_spend(RESPONSE, 50, 0.2)
    now, best, marginal = advice.workings
    assert all(working.evaluate() == working.result.value for working in advice.workings)
    assert now.result.value == advice.equity_per_prospect
    assert best.result.value == advice.optimal_equity_per_prospect
    assert marginal.result.value == pytest.approx(advice.optimal_customer_value)
    keep, kept = advice.frame.loc["retention", ["optimal_spend", "optimal_rate"]]
    win, won = advice.frame.loc["acquisition", ["optimal_spend", "optimal_rate"]]
    assert best.result.value == pytest.approx(equity_per_prospect(won, win, 50, kept, keep, 0.2))


def test_a_margin_too_small_leaves_out_the_marginal_cost():
    """When nothing should be spent there is no last customer to pay for."""
    advice = optimal_spend(RESPONSE, 2, 0.2)
    assert advice.frame["optimal_spend"].tolist() == [0, 0]
    assert [working.name[-3:] for working in advice.workings] == ["now", "mal"]
    assert advice.optimal_equity_per_prospect == 0


@pytest.mark.parametrize(
    ("ceiling", "spend", "rate", "message"),
    [
        (0.4, 5, 0.4, "below the ceiling"),
        (40, 5, 20, "write 40% as 0.4"),
        (0.4, 0, 0.2, "spend must be above 0"),
        (0.4, math.nan, 0.2, "spend must be above 0"),
        (0.4, 5, math.nan, "below the ceiling"),
    ],
)
def test_a_response_that_cannot_be_calibrated_says_why(ceiling, spend, rate, message):
    """A rate at its ceiling would need endless spending."""
    with pytest.raises(ValueError, match=message):
        calibrate_response(ceiling, spend, rate)


def test_both_sides_are_needed_once():
    """Half a balance is none."""
    with pytest.raises(ValueError, match="one row for each of acquisition, retention"):
        optimal_spend(RESPONSE.iloc[:1], 50, 0.2)
