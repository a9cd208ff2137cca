"""What winning a customer may cost."""

import math

import pytest

from crmworkbook.models.acquisition import (
    allowable_acquisition_cost,
    break_even_retention,
    discounted_payback,
    simple_payback,
)
from crmworkbook.models.lifetime_value import lifetime_value, value_over_periods


def test_the_allowable_cost_leaves_the_required_return():
    """A fifth of 366.67 must be left, so 293.33 may be spent (worked by hand); nothing on a loss."""
    assert allowable_acquisition_cost(366.67, 0.20) == pytest.approx(293.336)
    assert allowable_acquisition_cost(-50) == 0
    with pytest.raises(ValueError, match=r"required_return.*write 20% as 0\.2"):
        allowable_acquisition_cost(366.67, 20)


@pytest.mark.parametrize(("convention", "retention"), [("residual", 0.7333), ("start_incl", 0.5500)])
def test_break_even_retention(convention, retention):
    """M 100, i 0.1, acquisition 200 (recomputed)."""
    assert break_even_retention(100, 200, 0.1, convention=convention) == pytest.approx(retention, abs=5e-5)


@pytest.mark.parametrize("growth_from", ["first", "second"])
@pytest.mark.parametrize("growth", [0.0, 0.05, -0.05])
@pytest.mark.parametrize("convention", ["residual", "start_incl"])
def test_at_break_even_retention_the_value_is_the_acquisition_cost(convention, growth, growth_from):
    """The definition, held for every convention and reading of growth."""
    terms = {"convention": convention, "growth": growth, "growth_from": growth_from}
    retention = break_even_retention(100, 250, 0.1, **terms)
    assert lifetime_value(100, retention, 0.1, **terms) == pytest.approx(250)


def test_break_even_retention_at_its_limits():
    """A first contribution that covers the cost needs no retention; a loss can never earn it back."""
    assert break_even_retention(300, 200, 0.1, convention="start_incl") == 0
    assert break_even_retention(300, 0, 0.1, convention="residual") == 0
    assert break_even_retention(-10, 200, 0.1, convention="start_incl") > 1
    assert break_even_retention(-300, 200, 0.1, convention="residual") == math.inf
    with pytest.raises(ValueError, match="residual and start_incl, not 'mid_incl'"):
        break_even_retention(100, 200, 0.1, convention="mid_incl")


def test_simple_payback_of_an_office():
    """3,200 at 2,075 a year is 1.54 years; a customer without contribution never pays back."""
    assert simple_payback(2075, 3200) == pytest.approx(1.54, abs=0.005)
    assert simple_payback(0, 3200) == math.inf
    assert simple_payback(-5, 0) == 0


@pytest.mark.parametrize("cost", [100, 150, 200, 250, 300, 350, 366])
def test_discounted_payback_is_the_first_year_whose_sum_covers_the_cost(cost):
    """Held against adding up year by year, the definition."""
    years = discounted_payback(100, 0.8, 0.1, cost)
    received = [value_over_periods(100, 0.8, 0.1, n, convention="start_incl") for n in range(1, 40)]
    assert years == next(year for year, amount in enumerate(received) if amount >= cost)


def test_discounted_payback_at_exactly_a_whole_year():
    """100 + 100 × 0.8/1.1 is reached in year 1 and not a rounding later."""
    assert discounted_payback(100, 0.8, 0.1, 100 + 100 * 0.8 / 1.1) == 1


def test_discounted_payback_with_growth_follows_the_same_payments():
    """With 5% growth from the first future margin, year 2 has paid 100 + 76.4 + 58.3 (worked by hand)."""
    assert discounted_payback(100, 0.8, 0.1, 234.6, growth=0.05, growth_from="first") == 2
    assert discounted_payback(100, 0.8, 0.1, 234.8, growth=0.05, growth_from="first") == 3


@pytest.mark.parametrize(
    ("contribution", "retention", "cost"),
    [(576.67, 92 / 126, 1900), (100, 0.0, 150), (-10, 0.8, 5), (100, 0.8, 366.7)],
)
def test_a_customer_worth_less_than_it_cost_never_pays_back(contribution, retention, cost):
    """Never is infinite, not missing: hospitality at Bronmolen is worth 1,715 and costs 1,900."""
    assert discounted_payback(contribution, retention, 0.10, cost) == math.inf


def test_paybacks_refuse_missing_amounts():
    """A payback from an unknown amount would be an unknown number of years."""
    with pytest.raises(ValueError, match="acquisition_cost is missing"):
        simple_payback(100, math.nan)
    with pytest.raises(ValueError, match="contribution is missing"):
        discounted_payback(math.nan, 0.8, 0.1, 100)
