"""Rates, their periods, survival and length of life."""

import math

import numpy as np
import pytest

from crmworkbook.models.rates import (
    check_rate,
    check_rates,
    check_retention,
    check_share,
    discount_rate_over,
    expected_life,
    half_life,
    monthly_discount_rate,
    monthly_retention,
    smoothed_retention,
    survival,
    yearly_discount_rate,
    yearly_retention,
)


def test_a_monthly_rate_is_converted_and_not_multiplied_by_twelve():
    """0.995 a month is 0.9416 a year, and 1% a month is 12.68% a year (recomputed)."""
    assert yearly_retention(0.995) == pytest.approx(0.9416, abs=5e-5)
    assert yearly_discount_rate(0.01) == pytest.approx(0.1268, abs=5e-5)


def test_three_years_at_nine_percent_are_29_5_percent():
    """The rate per purchase that a car every three years needs (recomputed)."""
    assert discount_rate_over(0.09, 3) == pytest.approx(0.2950, abs=5e-5)


@pytest.mark.parametrize("yearly", [0.3, 0.84, 1.0])
def test_a_year_to_months_and_back_changes_nothing(yearly):
    """Conversion loses nothing, for retention and for discount rates."""
    assert yearly_retention(monthly_retention(yearly)) == pytest.approx(yearly)
    assert yearly_discount_rate(monthly_discount_rate(yearly)) == pytest.approx(yearly)


def test_retention_converts_whole_arrays():
    """An array of yearly retentions gives an array of monthly ones."""
    assert monthly_retention(np.array([0.25, 1.0])) ** 12 == pytest.approx([0.25, 1.0])


def test_retention_of_80_percent_uses_up_almost_90_percent_in_ten_years():
    """The HBS toolkit says "almost 90%"; exactly it is 89.3% (recomputed)."""
    assert 1 - survival(0.8, 10) == pytest.approx(0.893, abs=5e-4)


def test_expected_life_counts_the_first_period():
    """Retention 0.8 gives five years, as printed in the textbooks."""
    assert expected_life(0.8) == pytest.approx(5)


def test_ten_expected_cars_need_a_repurchase_chance_of_ninety_percent():
    """Ten purchases without end of horizon is the expected life at 0.9 (recomputed)."""
    assert expected_life(0.9) == pytest.approx(10)


@pytest.mark.parametrize(("retention", "years"), [(0.8, 3.11), (0.84, 3.98), (0.9, 6.58), (0.0, 0.0)])
def test_half_life_is_when_half_of_a_group_has_left(retention, years):
    """Ln 0.5 / ln r (recomputed), and at once when nobody stays."""
    assert half_life(retention) == pytest.approx(years, abs=0.005)


def test_half_of_a_group_is_left_after_its_half_life():
    """Survival and half-life are the same curve."""
    assert survival(0.84, half_life(0.84)) == pytest.approx(0.5)


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
