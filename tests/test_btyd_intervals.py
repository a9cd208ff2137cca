"""Intervals of a value: by drawing customers anew, and from standard errors."""

import numpy as np
import pytest

from crmworkbook.models.buy_till_you_die import bg_nbd, gamma_gamma
from crmworkbook.models.buy_till_you_die.histories import Histories, Spends
from crmworkbook.models.buy_till_you_die.intervals import bootstrap, delta_interval
from crmworkbook.models.buy_till_you_die.lifetime import discounted_purchases, new_customer_value
from crmworkbook.models.rates import Rate, Span
from tests.cdnow_data import fits, histories, spends

YEAR, RATE = Span(1, "year"), Rate(0.1, "year")


def total(fit, spend_fit) -> float:
    """Spend of all customers in the coming year, everybody at the mean."""
    bought = discounted_purchases(fit, histories(), YEAR, RATE) @ histories().customers
    return float(bought) * gamma_gamma.mean_spend(spend_fit)


def models() -> tuple:
    fit, spend_fit = fits()
    return (bg_nbd.fit, histories(), fit), (gamma_gamma.fit, spends(), spend_fit)


def test_both_ways_give_nearly_the_same_interval():
    """On 2,357 customers the quantiles of the draws and the standard errors differ by a few percent."""
    drawn, quick = bootstrap(total, *models(), refits=60, seed=1), delta_interval(total, *fits())
    assert drawn.value == quick.value == pytest.approx(70_557.5, abs=1)
    assert (drawn.refits, drawn.failed, len(drawn.draws)) == (60, 0, 60)
    assert [drawn.low, drawn.high] == pytest.approx([quick.low, quick.high], rel=0.04)
    assert np.log(drawn.draws).std() == pytest.approx(np.log(quick.high / quick.low) / 2 / 1.645, rel=0.25)


def test_the_interval_of_a_parameter_is_its_standard_error():
    """The delta method on a parameter itself gives its own standard error back."""
    found = delta_interval(lambda fit: fit.parameters["r"], fits()[0], level=0.6827)
    assert np.log(found.high / found.value) == pytest.approx(0.012557 / 0.242595, rel=1e-3)


def test_a_seed_gives_the_same_interval_and_progress_is_told():
    """A report that is made twice says the same twice."""
    told = []
    first = bootstrap(total, *models(), refits=5, seed=7, progress=lambda done, of: told.append((done, of)))
    again, other = (bootstrap(total, *models(), refits=5, seed=seed) for seed in (7, 8))
    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    assert (first.draws == again.draws).all()
    assert (first.draws != other.draws).all()


def test_a_refit_from_the_fit_nearby_ends_where_one_from_scratch_does():
    """The short way saves time, not accuracy."""
    fit, weights = fits()[0], np.random.default_rng(1).poisson(histories().customers).astype(float)
    drawn = histories().reweighted(weights)
    near = bg_nbd.fit(drawn, near=fit, standard_errors=False)
    assert near.parameters == pytest.approx(dict(bg_nbd.fit(drawn).parameters), rel=1e-3)
    assert near.log_likelihood == pytest.approx(bg_nbd.fit(drawn).log_likelihood, abs=1e-4)


def test_draws_that_cannot_be_fitted_are_counted():
    """Thirty customers of whom one came back: in a third of the draws nobody did."""
    few = Histories.of([0, 1], [0, 5], [20, 20], [29, 1], unit="week")
    found = bootstrap(
        lambda fit: float(bg_nbd.expected_purchases(fit, YEAR)), (bg_nbd.fit, few, bg_nbd.fit(few)), refits=40
    )
    assert 5 < found.failed < 25
    assert len(found.draws) == 40 - found.failed
    assert found.low <= found.high


def test_the_value_of_a_new_customer_has_an_interval():
    """Any measure of the fits has one."""

    def worth(fit, spend_fit) -> float:
        return new_customer_value(fit, spend_fit, margin=0.3, horizon=YEAR, rate=RATE)

    found = delta_interval(worth, *fits(), level=0.95)
    assert found.low < found.value < found.high
    assert found.high / found.value == pytest.approx(found.value / found.low)


def test_what_has_no_interval_is_refused():
    """A level that is no share, no draws, a value that is not above 0, a fit without an outcome."""
    with pytest.raises(ValueError, match="level"):
        delta_interval(total, *fits(), level=1)
    with pytest.raises(ValueError, match="needs refits"):
        bootstrap(total, *models(), refits=0)
    with pytest.raises(ValueError, match="take a bootstrap"):
        delta_interval(lambda *fits: -1.0, *fits())
    with pytest.raises(ValueError, match="nobody came back"):
        delta_interval(total, fits()[0], gamma_gamma.fit(Spends.of([], [])))
