"""Pareto/NBD against numbers in print, against the printed formulas, against a simulation, and at its edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gammaln, hyp2f1, hyperu

from crmworkbook.models.buy_till_you_die import pareto_nbd
from crmworkbook.models.buy_till_you_die.histories import Histories
from crmworkbook.models.rates import Rate, Span
from tests.buying_data import cdnow, in_days, repeated, slopes, with_parameters

pytestmark = pytest.mark.filterwarnings("error")
TRUTH = {"r": 0.8, "alpha": 7.0, "s": 0.7, "beta": 12.0}
CDNOW = {"r": 0.5534, "alpha": 10.5802, "s": 0.6061, "beta": 11.6562}
SIZE = st.floats(0.02, 200)
HISTORIES = Histories.of([0, 0, 1, 3, 40, 221], [0, 0, 5, 29.5, 39, 103.4], [39, 2, 39, 30, 39, 103.6], unit="week")


@pytest.fixture(scope="module")
def fitted():
    return pareto_nbd.fit(cdnow())


def printed_likelihood(parameters, x, last, age):
    """The likelihood as it is in print, with A₀ a difference of hypergeometric functions."""
    r, alpha, s, beta = parameters.values()
    most, least = max(alpha, beta), min(alpha, beta)
    second = s + 1 if alpha >= beta else r + x

    def part(time):
        z = (most - least) / (most + time)
        return hyp2f1(r + s + x, second, r + s + x + 1, z) / (most + time) ** (r + s + x)

    odds = s / (r + s + x) * (part(last) - part(age))
    there = 1 / ((alpha + age) ** (r + x) * (beta + age) ** s)
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + np.log(there + odds), there, odds


def test_fit_is_the_printed_one(fitted):
    """CDNOW: .553, 10.58, .606 and 11.67 are in print, with a log-likelihood of −9,594.976."""
    assert list(fitted.parameters.values())[:3] == pytest.approx([0.5533, 10.578, 0.6062], abs=1e-3)
    assert fitted.parameters["beta"] == pytest.approx(11.669, abs=0.01)
    assert fitted.log_likelihood == pytest.approx(-9594.9762, abs=1e-3)
    assert (fitted.fault, fitted.customers, fitted.unit) == ("", 2357, "week")
    assert all(0 < error < fitted.parameters[name] for name, error in fitted.standard_errors.items())


def test_chance_and_expectation_are_the_printed_ones():
    """A customer with x 26, t_x 30.86 and T 31: P(alive) .9979, and 25.46 purchases in 52 weeks."""
    fit, customer = with_parameters(pareto_nbd, **CDNOW), Histories.of(26, 30.86, 31, unit="week")
    assert pareto_nbd.p_alive(fit, customer) == pytest.approx(0.9979, abs=1e-4)
    assert pareto_nbd.conditional_purchases(fit, customer, Span(52, "week")) == pytest.approx(25.455, abs=2e-3)


def test_discounted_purchases_rise_then_fall_with_purchases():
    """Grocery customers, δ .0027 a week: 1.8642 for x 7, t_x 35; with t_x 30 it rises until x 3, then falls."""
    fit = with_parameters(pareto_nbd, r=0.5629966, alpha=12.5590370, s=0.4081095, beta=10.5148048)
    rate = Rate(float(np.expm1(0.0027)), "week")
    one = pareto_nbd.discounted_purchases(fit, Histories.of(7, 35, 77.86, unit="week"), rate)
    assert one == pytest.approx(1.864183, abs=1e-5)
    more = pareto_nbd.discounted_purchases(fit, Histories.of(np.arange(1, 11), 30, 77.86, unit="week"), rate)
    known = [2.1992, 2.8435, 2.8671, 2.4454, 1.8405, 1.2624, 0.8096, 0.4948, 0.2920, 0.1679]
    assert more == pytest.approx(known, abs=1e-4)


@pytest.mark.parametrize("parameters", [CDNOW, TRUTH | {"beta": 3.0}, TRUTH | {"alpha": 12.0}])
def test_likelihood_is_the_printed_one(parameters):
    """For α below β, above β and equal to it, where the printed form has two cases."""
    for x, last, age in ((0, 0, 39), (1, 5, 39), (3, 29.5, 30), (12, 20, 39)):
        known, there, odds = printed_likelihood(parameters, x, last, age)
        customer = Histories.of(x, last, age, unit="week")
        assert pareto_nbd.log_likelihood(parameters, customer)[0] == pytest.approx(known, abs=1e-9)
        alive = pareto_nbd.p_alive(with_parameters(pareto_nbd, **parameters), customer)
        assert alive == pytest.approx(there / (there + odds), abs=1e-9)


def test_discounted_purchases_are_the_closed_form():
    """Endless: ``δ^(s − 1) Ψ(s, s; δ(β + T))``; within a horizon: the integral, step by step."""
    fit, rate = with_parameters(pareto_nbd, **CDNOW), Rate(0.15, "year")
    r, alpha, s, beta = fit.values()
    force = rate.intensity("week")
    ready = pareto_nbd.p_alive(fit, HISTORIES) * (r + HISTORIES.repeats) / (alpha + HISTORIES.age)
    until = beta + HISTORIES.age
    endless = force ** (s - 1) * until**s * hyperu(s, s, force * until)
    assert pareto_nbd.discounted_purchases(fit, HISTORIES, rate) == pytest.approx(ready * endless, rel=1e-10)
    within = [quad(lambda t, b=b: np.exp(-force * t) * (b / (b + t)) ** s, 0, 104, epsrel=1e-12)[0] for b in until]
    found = pareto_nbd.discounted_purchases(fit, HISTORIES, rate, Span(104, "week"))
    assert found == pytest.approx(ready * within, rel=1e-10)
    free = pareto_nbd.discounted_purchases(fit, HISTORIES, Rate(0.0, "year"), Span(2, "year"))
    assert free == pytest.approx(pareto_nbd.conditional_purchases(fit, HISTORIES, Span(2, "year")), rel=1e-10)


def test_who_bought_hundreds_of_times_has_an_outcome(fitted):
    """Histories that give NaN with the printed form; the second is put in order of time."""
    heavy = Histories.of(
        [221, 254, 161, 204],
        [103.42857, 97.28571, 94.71429, 98.57143],
        [103.57143, 97.42857, 98, 99.42857],
        unit="week",
    )
    alive = pareto_nbd.p_alive(fitted, heavy)
    assert alive == pytest.approx([0.9991, 0.9991, 0.651, 0.983], abs=0.02)
    value, gradient = pareto_nbd.log_likelihood(fitted.parameters, heavy)
    assert np.isfinite(value)
    assert gradient == pytest.approx(slopes(pareto_nbd.log_likelihood, fitted.parameters, heavy), rel=1e-5)
    assert np.isfinite(pareto_nbd.discounted_purchases(fitted, heavy, Rate(0.1, "year"))).all()


@given(st.tuples(SIZE, SIZE, SIZE, SIZE))
@settings(max_examples=30, deadline=None)
def test_whatever_the_parameters_the_outcomes_are_possible(values):
    """Slopes are those of the likelihood; chances lie between 0 and 1; purchases are finite and rise with time."""
    parameters = dict(zip(pareto_nbd.NAMES, values, strict=True))
    value, gradient = pareto_nbd.log_likelihood(parameters, HISTORIES)
    assert np.isfinite(value)
    assert gradient == pytest.approx(slopes(pareto_nbd.log_likelihood, parameters, HISTORIES), rel=1e-4, abs=1e-3)
    fit = with_parameters(pareto_nbd, **parameters)
    alive = pareto_nbd.p_alive(fit, HISTORIES)
    assert ((alive >= 0) & (alive <= 1)).all()
    new = pareto_nbd.expected_purchases(fit, [0, 1, 10, 100])
    assert new[0] == 0
    assert (np.diff(new) >= -1e-12).all()
    year, endless = (
        pareto_nbd.discounted_purchases(fit, HISTORIES, Rate(0.1, "year"), h) for h in (Span(1, "year"), None)
    )
    assert ((year >= 0) & (year <= endless * (1 + 1e-9)) & np.isfinite(endless)).all()
    assert (year <= pareto_nbd.conditional_purchases(fit, HISTORIES, Span(1, "year")) * (1 + 1e-9)).all()


def test_when_nobody_leaves_it_counts_negative_binomially():
    """With s near 0 the model is the NBD, and everyone is still there."""
    x, age = HISTORIES.repeats, HISTORIES.age
    nbd = gammaln(0.8 + x) - gammaln(0.8) + 0.8 * np.log(7 / (7 + age)) - x * np.log(7 + age)
    loyal = TRUTH | {"s": 1e-12}
    assert pareto_nbd.log_likelihood(loyal, HISTORIES)[0] == pytest.approx(nbd.sum(), abs=1e-6)
    fit = with_parameters(pareto_nbd, **loyal)
    assert pareto_nbd.p_alive(fit, HISTORIES) == pytest.approx(np.ones(6), abs=1e-6)
    assert pareto_nbd.expected_purchases(fit, Span(30, "week")) == pytest.approx(0.8 / 7 * 30)


def test_expectations_pass_smoothly_through_s_is_1():
    """Where the printed formula divides 0 by 0: r β / α × ln((β + t) / β)."""
    fit = with_parameters(pareto_nbd, **TRUTH | {"s": 1.0})
    assert pareto_nbd.expected_purchases(fit, [52.0]) == pytest.approx(0.8 * 12 / 7 * np.log(64 / 12))


def test_simulated_customers_give_the_truth_back():
    """Three thousand customers who follow the model: parameters and forecasts within three standard errors."""
    chance, count = np.random.default_rng(3), 3_000
    rate = chance.gamma(TRUTH["r"], 1 / TRUTH["alpha"], count)
    life = chance.exponential(1 / chance.gamma(TRUTH["s"], 1 / TRUTH["beta"], count))
    age = np.round(chance.uniform(20, 60, count))
    active = np.minimum(life, age)
    repeats = chance.poisson(rate * active)
    last = np.where(repeats > 0, active * chance.random(count) ** (1 / np.maximum(repeats, 1)), 0.0)
    histories = Histories.of(repeats, last, age, unit="week")
    found = pareto_nbd.fit(histories)
    for name, true in TRUTH.items():
        assert abs(found.parameters[name] - true) < 3 * found.standard_errors[name], name
    truth = with_parameters(pareto_nbd, **TRUTH)
    assert (life > age).mean() == pytest.approx(pareto_nbd.p_alive(truth, histories).mean(), abs=0.02)
    off = chance.poisson(rate * np.clip(life - age, 0, 52)) - pareto_nbd.conditional_purchases(
        truth, histories, Span(52, "week")
    )
    assert abs(off.mean()) < 3 * off.std() / count**0.5
    off = repeats - pareto_nbd.expected_purchases(truth, age)
    assert abs(off.mean()) < 3 * off.std() / count**0.5


def test_weights_and_units_change_nothing_else(fitted):
    """A weight of three is three customers; days for weeks make α and β seven times as long, the forecasts the same."""
    some = cdnow().every(4)
    tripled = pareto_nbd.log_likelihood(TRUTH, repeated(some, 3))
    assert tripled[0] == pytest.approx(3 * pareto_nbd.log_likelihood(TRUTH, some)[0])
    daily = pareto_nbd.fit(in_days(cdnow()), standard_errors=False)
    assert daily.parameters["beta"] == pytest.approx(7 * fitted.parameters["beta"], rel=1e-3)
    ahead = pareto_nbd.discounted_purchases(daily, in_days(cdnow()), Rate(0.1, "year"))
    assert ahead == pytest.approx(pareto_nbd.discounted_purchases(fitted, cdnow(), Rate(0.1, "year")), rel=1e-3)


@pytest.mark.parametrize(
    ("histories", "fault"),
    [
        (([], [], []), "no_customers"),
        (([0, 0], [0, 0], [0, 0], [50, 5]), "no_time"),
        (([0], [0], [30], [1000]), "no_repeats"),
        (([0, 1], [0, 3], [30, 30]), "too_few"),
        (([5], [50], [52], [1000]), "nobody_lost"),
        (([0, 1], [0, 2], [30, 30], [995, 5]), "all_leave_alike"),
        (([221, 254, 161, 0, 3], [103, 97, 95, 0, 20], [104, 98, 98, 100, 100]), "flat"),
    ],
)
def test_what_cannot_be_fitted_has_a_key(histories, fault):
    """Nothing to fit on, or histories that leave the parameters open."""
    assert pareto_nbd.fit(Histories.of(*histories, unit="week")).fault == fault


def test_sums_without_end_and_wrong_units_are_refused(fitted):
    """A forecast in the wrong unit, or worth infinity, is worse than none."""
    with pytest.raises(ValueError, match="per week and the histories are per day"):
        pareto_nbd.p_alive(fitted, in_days(cdnow()))
    with pytest.raises(ValueError, match="discount rate above 0"):
        pareto_nbd.discounted_purchases(fitted, HISTORIES, Rate(0.0, "year"))
    with pytest.raises(ValueError, match="no outcome"):
        pareto_nbd.expected_purchases(pareto_nbd.fit(Histories.of(0, 0, 30, unit="week")), Span(1, "year"))
