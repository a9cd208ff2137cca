"""Discounted purchases and lifetime value: other programs' numbers with their conventions named, and identities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmworkbook.models.buy_till_you_die import bg_nbd, gamma_gamma, pareto_nbd
from crmworkbook.models.buy_till_you_die.histories import Histories, Spends
from crmworkbook.models.buy_till_you_die.lifetime import (
    Terms,
    discounted_purchases,
    lifetime_value,
    new_customer_value,
)
from crmworkbook.models.rates import Rate, Span
from tests.buying_data import in_days
from tests.cdnow_data import fits, histories, rounded

YEAR = Span(1, "year")
FEW = Histories.of([0, 1, 2, 10, 40], [0, 4, 30, 36, 38], 39, unit="week")


@pytest.fixture(scope="module")
def rounded_fits():
    table, mean = rounded()
    again = table.repeats > 0
    return bg_nbd.fit(table), gamma_gamma.fit(Spends.of(table.repeats[again], mean[again]))


def test_a_year_in_steps_of_4_345_weeks_is_what_lifetimes_says(rounded_fits):
    """Twelve of its months at 1% a month: 36.2785, 4.6375, 8.3441, in all 71,509.90 (recomputed with lifetimes)."""
    table, mean = rounded()
    month = Span(4.345, "week")
    terms = {"horizon": Span(12 * 4.345, "week"), "rate": Rate(0.01, month), "step": month}
    found = lifetime_value(*rounded_fits, table, mean, margin=1, **terms)
    assert found.value[:3] == pytest.approx([36.2785, 4.6375, 8.3441], abs=1e-4)
    assert found.value.sum() == pytest.approx(71_509.90, abs=0.01)
    assert found.terms.convention == "step_end"


def test_the_same_in_days_without_changing_the_rate_is_3_7_times_as_much(rounded_fits):
    """The commonest error in print: days taken for weeks, 140.10 for the first customer instead of 36.28."""
    table, mean = rounded()
    month = Span(30, "week")  # 30 days, on a fit in weeks
    terms = {"horizon": Span(360, "week"), "rate": Rate(0.01, month), "step": month}
    found = lifetime_value(*rounded_fits, table, mean, margin=1, **terms)
    assert found.value[0] == pytest.approx(140.0962, abs=1e-3)
    assert found.value.sum() == pytest.approx(266_621.6, abs=0.5)


def test_fifty_two_weeks_are_what_clvkit_says():
    """At 0.1% a week: 2,089.40 purchases, 2,039.33 discounted, worth 73,894.73 (recomputed with clvkit)."""
    from tests.cdnow_data import customers

    every, rows = Histories.by_customer(customers())
    one = Histories.of(every.repeats[rows], every.last[rows], every.age[rows], unit="week")
    week = Span(1, "week")
    terms = {"horizon": Span(52, "week"), "rate": Rate(0.001, "week"), "step": week}
    found = lifetime_value(*fits(), one, customers()["repeat_spend"], margin=1, **terms)
    assert found.purchases.sum() == pytest.approx(2089.40, abs=0.01)
    assert found.discounted.sum() == pytest.approx(2039.33, abs=0.01)
    assert found.value.sum() == pytest.approx(73_894.73, abs=0.5)


def test_ever_smaller_steps_end_at_the_moment_of_purchase():
    """Discounting from the moment itself is the limit, and the way that does not depend on a choice of step."""
    rate = Rate(0.10, "year")
    limit = discounted_purchases(fits()[0], FEW, YEAR, rate)
    errors = [
        np.abs(discounted_purchases(fits()[0], FEW, YEAR, rate, Span(1 / steps, "year")) / limit - 1).max()
        for steps in (12, 48, 192)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 3e-4


def test_discounting_at_the_moment_is_the_integral():
    """The weighted sum of 25 points equals 4,000 mid-points over two years, to six digits."""
    step = Span(1 / 2000, "year")
    fine = discounted_purchases(fits()[0], FEW, Span(2, "year"), Rate(0.2, "year"), step) * 1.2 ** (1 / 4000)
    assert discounted_purchases(fits()[0], FEW, Span(2, "year"), Rate(0.2, "year")) == pytest.approx(fine, rel=1e-6)


def test_without_interest_purchases_are_not_discounted():
    """A rate of 0 is allowed, and in steps or not makes no difference."""
    expected = bg_nbd.conditional_purchases(fits()[0], FEW, YEAR)
    assert discounted_purchases(fits()[0], FEW, YEAR, Rate(0, "year")) == pytest.approx(expected)
    assert discounted_purchases(fits()[0], FEW, YEAR, Rate(0, "year"), Span(1, "month")) == pytest.approx(expected)


def test_pareto_nbd_has_the_same_answer_in_its_own_way():
    """Its own integral over the horizon, and the weighted sum that serves any model."""
    found = pareto_nbd.fit(histories())
    rate = Rate(0.15, "year")
    expected = pareto_nbd.discounted_purchases(found, FEW, rate, YEAR)
    assert discounted_purchases(found, FEW, YEAR, rate) == pytest.approx(expected, rel=1e-6)


@given(st.floats(0, 0.5), st.floats(0.001, 0.5))
@settings(max_examples=15, deadline=None)
def test_more_discount_never_raises_the_value(rate, more):
    """Nor does a shorter horizon; both ways of discounting."""
    for step in (None, Span(1, "month")):
        low, high = (discounted_purchases(fits()[0], FEW, YEAR, Rate(r, "year"), step) for r in (rate, rate + more))
        short = discounted_purchases(fits()[0], FEW, Span(0.5, "year"), Rate(rate, "year"), step)
        assert (high < low).all()
        assert (short < low).all()


def test_more_purchases_first_raise_and_then_lower_the_value():
    """With the last one 9 weeks ago: a frequent buyer who is silent has left (Fader, Hardie and Lee 2005, RFM)."""
    many = Histories.of(np.arange(1, 30), 30, 39, unit="week")
    value = discounted_purchases(fits()[0], many, YEAR, Rate(0.1, "year"))
    top = int(np.argmax(value))
    assert 0 < top < 28
    assert (np.diff(value)[:top] > 0).all()
    assert (np.diff(value)[top:] < 0).all()


def test_days_instead_of_weeks_leave_the_value_as_it_is():
    """Span and rate carry their unit, so that nobody has to convert them."""
    days = bg_nbd.fit(in_days(histories()))
    found = discounted_purchases(days, in_days(histories()), YEAR, Rate(0.1, "year"))
    assert found == pytest.approx(discounted_purchases(fits()[0], histories(), YEAR, Rate(0.1, "year")), rel=1e-6)
    monthly = Rate(0.1, "year").to("month")
    assert found == pytest.approx(discounted_purchases(days, in_days(histories()), YEAR, monthly), rel=1e-12)


def test_the_sum_behind_a_value_can_be_followed():
    """Chance × purchases × discount × spend × margin, for one customer, gives the value again."""
    found = lifetime_value(*fits(), FEW, [0, 20, 30, 40, 50], margin=0.3, horizon=YEAR, rate=Rate(0.1, "year"))
    for row in range(len(FEW)):
        working = found.working(row)
        assert working.result.value == pytest.approx(found.value[row])
        assert 0.9 < working.values["D"].value < 1
    assert working.convention == "at_purchase"


def test_a_new_customer_is_worth_what_comes_after_the_first_purchase():
    """Between the undiscounted purchases and those with a year's interest on each, times spend and margin."""
    value = new_customer_value(*fits(), margin=0.3, horizon=YEAR, rate=Rate(0.1, "year"))
    full = float(bg_nbd.expected_purchases(fits()[0], YEAR)) * gamma_gamma.mean_spend(fits()[1]) * 0.3
    assert full / 1.1 < value < full


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ((YEAR, Rate(-0.1, "year")), "0 or more"),
        ((Span(0, "week"), Rate(0.1, "year")), "longer than 0"),
        ((YEAR, Rate(0.1, "year"), Span(1, "week")), "whole number of steps"),
        ((YEAR, Rate(0.1, "year"), Span(0, "week")), "whole number of steps"),
    ],
)
def test_terms_that_add_up_to_nothing_are_refused(terms, message):
    """A year is not a whole number of weeks, for one."""
    with pytest.raises(ValueError, match=message):
        Terms(*terms)


def test_a_margin_is_a_share():
    """30 instead of 0.30 would be a hundred times the value."""
    with pytest.raises(ValueError, match="write 30% as"):
        lifetime_value(*fits(), FEW, 10, margin=30, horizon=YEAR, rate=Rate(0.1, "year"))
