"""Rates, their periods and half-life."""

import math

import pytest

from crmworkbook.models.rates import (
    check_rate,
    check_rates,
    check_retention,
    check_share,
    discount_rate_over,
    half_life,
    rate_per_period,
    rate_workings,
    smoothed_retention,
)


def test_a_monthly_rate_is_converted_and_not_multiplied_by_twelve():
    """1% a month is 12.68% a year (recomputed)."""
    assert discount_rate_over(0.01, 12) == pytest.approx(0.1268, abs=5e-5)


def test_yearly_rates_are_shown_becoming_monthly_ones():
    """12.6825% a year is 1% a month; without growth, or with yearly tables, there is nothing to show."""
    discounting, growing = rate_workings(0.126825, 0.061678, 12)
    assert discounting.result.value == pytest.approx(rate_per_period(0.126825, 12)) == pytest.approx(0.01, abs=1e-6)
    assert growing.result.value == pytest.approx(0.005, abs=1e-6)
    assert [working.name for working in rate_workings(0.1, 0.0, 12)] == ["rates.discount_rate"]
    assert rate_workings(0.1, 0.02) == ()
    assert rate_per_period(0.1) == 0.1


def test_three_years_at_nine_percent_are_29_5_percent():
    """The rate per purchase that a car every three years needs (recomputed)."""
    assert discount_rate_over(0.09, 3) == pytest.approx(0.2950, abs=5e-5)


@pytest.mark.parametrize("yearly", [0.3, 0.84, 1.0])
def test_a_year_to_months_and_back_changes_nothing(yearly):
    """Conversion loses nothing."""
    assert discount_rate_over(rate_per_period(yearly, 12), 12) == pytest.approx(yearly)


@pytest.mark.parametrize(("retention", "years"), [(0.8, 3.11), (0.84, 3.98), (0.9, 6.58), (0.0, 0.0)])
def test_half_life_is_when_half_of_a_group_has_left(retention, years):
    """Ln 0.5 / ln r (recomputed), and at once when nobody stays."""
    assert half_life(retention) == pytest.approx(years, abs=0.005)


def test_half_of_a_group_is_left_after_its_half_life():
    """The definition."""
    assert 0.84 ** half_life(0.84) == pytest.approx(0.5)


def test_a_group_that_lost_nobody_gets_a_retention_below_one():
    """Twelve of twelve customers kept is taken as 13/14 (worked by hand)."""
    assert smoothed_retention(12, 12) == pytest.approx(13 / 14)
    with pytest.raises(ValueError, match="between 0 and the 12 customers, got 13"):
        smoothed_retention(13, 12)


def test_a_percentage_is_refused_with_the_share_to_write():
    """84 is a typing habit, so the message gives the correction."""
    with pytest.raises(ValueError, match=r"got 84; write 84% as 0\.84"):
        check_retention(84)
    with pytest.raises(ValueError, match=r"got 10; write 10% as 0\.1"):
        check_rate(10)
    with pytest.raises(ValueError, match=r"margin must be a share from 0 to 1, got 38; write 38% as 0\.38"):
        check_share(38, "margin")


def test_a_retention_of_one_is_refused_with_both_remedies():
    """Nobody leaving has no lifetime; smoothing or a limited horizon has an answer."""
    with pytest.raises(ValueError, match=r"smoothed_retention.*value_over_periods"):
        check_retention(1.0)


@pytest.mark.parametrize("retention", [math.nan, -0.1, [0.8, math.nan], [0.8, 1.2]])
def test_missing_or_impossible_retentions_are_refused(retention):
    """One bad value in an array is enough."""
    with pytest.raises(ValueError, match="retention"):
        check_retention(retention)


def test_growth_that_outruns_the_discount_rate_is_refused():
    """r(1 + g) must stay below 1 + i, or the sum has no end."""
    with pytest.raises(ValueError, match=r"retention 0\.95 with growth 0\.2 outruns discount rate 0\.1"):
        check_rates(0.95, 0.10, growth=0.20)
    with pytest.raises(ValueError, match="growth must be a share per period"):
        check_rates(0.95, 0.10, growth=math.nan)
