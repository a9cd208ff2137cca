"""Lengths of time and rates that carry their unit."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmworkbook.models.rates import DAYS, Rate, Span

UNITS = st.sampled_from(sorted(DAYS))


def test_a_month_is_a_twelfth_of_a_year_and_not_four_weeks():
    """30.4375 days, 4.348 weeks: the packages that take 30 days or 4 weeks lose a tenth of a year."""
    assert Span(12, "month").length_in("year") == pytest.approx(1)
    assert Span(1, "month").length_in("week") == pytest.approx(4.348214)
    assert Span(2, "week").to("day") == Span(14, "day")


def test_one_percent_a_month_is_12_68_percent_a_year():
    """Compounded, not multiplied by twelve (recomputed)."""
    assert Rate(0.01, "month").to("year").value == pytest.approx(0.126825, abs=5e-7)
    assert Rate(0.01, "month").over(Span(1, "year")) == pytest.approx(1.01**12 - 1)


def test_a_rate_may_belong_to_a_span():
    """1% per 4.345 weeks, as one of the packages has it."""
    step = Span(4.345, "week")
    assert Rate(0.01, step).over(step) == pytest.approx(0.01)
    assert Rate(0.01, step).over(Span(8.69, "week")) == pytest.approx(0.0201)


@given(st.floats(0, 0.05), UNITS, st.floats(0.1, 2), UNITS)
def test_a_rate_over_a_span_is_its_intensity_compounded(value, per, length, unit):
    """Whatever the units, ``(1 + value)^(span / period)`` is ``exp(intensity × span)``."""
    rate, span = Rate(value, per), Span(length, unit)
    assert math.log1p(rate.over(span)) == pytest.approx(
        rate.intensity("day") * span.length_in("day"), rel=1e-9, abs=1e-12
    )


@pytest.mark.parametrize("length", [-1, math.inf, math.nan])
def test_a_span_is_0_or_longer(length):
    """A value without end is asked for in another way."""
    with pytest.raises(ValueError, match="0 or longer"):
        Span(length, "week")


def test_units_and_rates_that_cannot_be_are_refused():
    """With what to write instead."""
    with pytest.raises(ValueError, match="day, week, month, year"):
        Span(1, "weeks")
    with pytest.raises(ValueError, match="write 10% as"):
        Rate(10, "year")
    with pytest.raises(ValueError, match="longer than 0"):
        Rate(0.1, Span(0, "week"))
