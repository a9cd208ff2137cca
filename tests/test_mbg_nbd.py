"""MBG/NBD against the printed fit on real data, against a simulation, and at its edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from crmworkbook.models.buy_till_you_die import bg_nbd, mbg_nbd
from crmworkbook.models.buy_till_you_die.histories import Histories
from crmworkbook.models.rates import Span
from tests.buying_data import cdnow, in_days, repeated, slopes, with_parameters

pytestmark = pytest.mark.filterwarnings("error")
TRUTH = {"r": 0.6, "alpha": 6.0, "a": 0.9, "b": 1.6}
SIZE = st.floats(0.02, 50)
HISTORIES = Histories.of([0, 0, 1, 3, 40, 221], [0, 0, 5, 29.5, 39, 103.4], [39, 2, 39, 30, 39, 103.6], unit="week")


@pytest.fixture(scope="module")
def fitted():
    return mbg_nbd.fit(cdnow())


@pytest.fixture(scope="module")
def simulated():
    """Customers who follow the model: their histories, whether they are there, and what they buy the year after."""
    chance, count = np.random.default_rng(7), 6_000
    rate, leaves = chance.gamma(TRUTH["r"], 1 / TRUTH["alpha"], count), chance.beta(TRUTH["a"], TRUTH["b"], count)
    age = np.round(chance.uniform(20, 60, count))
    repeats, later, last, alive = np.zeros(count, int), np.zeros(count), np.zeros(count), np.ones(count, bool)
    for customer in range(count):
        time = 0.0
        while chance.random() > leaves[customer]:
            time += chance.exponential(1 / rate[customer])
            if time > age[customer]:
                break
            repeats[customer] += 1
            last[customer] = time
        else:
            alive[customer] = False
        while alive[customer] and time <= age[customer] + 52:
            later[customer] += 1
            if chance.random() < leaves[customer]:
                break
            time += chance.exponential(1 / rate[customer])
    return Histories.of(repeats, last, age, unit="week"), alive, later


def test_fit_is_the_printed_one(fitted):
    """CDNOW: .525, 6.183, .891 and 1.614 are in print; the log-likelihood is −9,582.136."""
    assert list(fitted.parameters.values()) == pytest.approx([0.5248, 6.1831, 0.8914, 1.6140], abs=1e-3)
    assert fitted.log_likelihood == pytest.approx(-9582.1357, abs=1e-3)
    assert (fitted.fault, fitted.customers, fitted.unit) == ("", 2357, "week")
    assert all(0 < error < fitted.parameters[name] for name, error in fitted.standard_errors.items())


def test_who_bought_once_may_be_gone(fitted):
    """The reason for the model: in BG/NBD their chance to be there is 1, here it falls as they stay away longer."""
    once = Histories.of(0, 0, [0, 1, 10, 39, 500], unit="week")
    alive = mbg_nbd.p_alive(fitted, once)
    assert (np.diff(alive) < 0).all()
    assert alive[0] == pytest.approx(fitted.parameters["b"] / (fitted.parameters["a"] + fitted.parameters["b"]))


@given(st.tuples(SIZE, SIZE, SIZE, SIZE))
@settings(max_examples=30, deadline=None)
def test_whatever_the_parameters_the_outcomes_are_possible(values):
    """Slopes are those of the likelihood; chances lie between 0 and 1; purchases are finite and rise with time."""
    parameters = dict(zip(mbg_nbd.NAMES, values, strict=True))
    value, gradient = mbg_nbd.log_likelihood(parameters, HISTORIES)
    assert np.isfinite(value)
    assert gradient == pytest.approx(slopes(mbg_nbd.log_likelihood, parameters, HISTORIES), rel=1e-4, abs=1e-4)
    fit = with_parameters(mbg_nbd, **parameters)
    alive = mbg_nbd.p_alive(fit, HISTORIES)
    assert ((alive >= 0) & (alive <= 1)).all()
    new = mbg_nbd.expected_purchases(fit, [0, 1, 10, 100])
    assert new[0] == 0
    assert (np.diff(new) > -1e-12).all()
    short, long = (mbg_nbd.conditional_purchases(fit, HISTORIES, Span(length, "year")) for length in (1, 2))
    assert ((short >= 0) & (short <= long * (1 + 1e-9) + 1e-9) & np.isfinite(long)).all()


def test_who_came_back_is_bg_nbd_with_one_chance_more():
    """B(a, b + x + 1) / B(a, b) is b / (a + b) times that of BG/NBD with b + 1."""
    back = Histories.of([1, 3, 40], [5, 29.5, 39], [39, 30, 39], [10, 4, 1], unit="week")
    ours = mbg_nbd.log_likelihood(TRUTH, back)[0]
    theirs = bg_nbd.log_likelihood(TRUTH | {"b": TRUTH["b"] + 1}, back)[0]
    assert ours == pytest.approx(theirs + back.total * np.log(TRUTH["b"] / (TRUTH["a"] + TRUTH["b"])))


def test_when_nobody_leaves_it_counts_negative_binomially():
    """With a near 0 the model is the NBD, and a new customer makes r / α purchases per week."""
    x, age = HISTORIES.repeats, HISTORIES.age
    nbd = gammaln(0.6 + x) - gammaln(0.6) + 0.6 * np.log(6 / (6 + age)) - x * np.log(6 + age)
    assert mbg_nbd.log_likelihood(TRUTH | {"a": 1e-10}, HISTORIES)[0] == pytest.approx(nbd.sum(), abs=1e-5)
    stays = with_parameters(mbg_nbd, **TRUTH | {"a": 1e-10})
    assert mbg_nbd.expected_purchases(stays, Span(30, "week")) == pytest.approx(0.6 / 6 * 30)


def test_expectations_pass_smoothly_through_a_is_1():
    """Where the printed formula divides 0 by 0."""
    near = [with_parameters(mbg_nbd, **TRUTH | {"a": 1 + side}) for side in (-3e-4, -5e-5, 0, 5e-5, 3e-4)]
    new = [float(mbg_nbd.expected_purchases(fit, Span(1, "year"))) for fit in near]
    assert (np.diff(new) < 0).all()
    assert new[2] == pytest.approx((new[0] + new[4]) / 2, rel=1e-6)


def test_simulated_customers_do_as_the_model_says(simulated):
    """Parameters within three standard errors; those still there and their purchases, by repeats, within chance."""
    histories, alive, later = simulated
    found = mbg_nbd.fit(histories)
    for name, true in TRUTH.items():
        assert abs(found.parameters[name] - true) < 3 * found.standard_errors[name], name
    truth = with_parameters(mbg_nbd, **TRUTH)
    says, ahead = mbg_nbd.p_alive(truth, histories), mbg_nbd.conditional_purchases(truth, histories, Span(52, "week"))
    for least, most in ((0, 0), (1, 2), (3, 999)):
        rows = (histories.repeats >= least) & (histories.repeats <= most)
        assert alive[rows].mean() == pytest.approx(says[rows].mean(), abs=0.03)
        assert later[rows].mean() == pytest.approx(ahead[rows].mean(), rel=0.1)


def test_weights_and_units_change_nothing_else(fitted):
    """A weight of three is three customers; days for weeks make α seven times as long and the same forecasts."""
    some = cdnow().every(4)
    tripled = mbg_nbd.log_likelihood(TRUTH, repeated(some, 3))
    assert tripled[0] == pytest.approx(3 * mbg_nbd.log_likelihood(TRUTH, some)[0])
    daily = mbg_nbd.fit(in_days(cdnow()), standard_errors=False)
    assert daily.parameters["alpha"] == pytest.approx(7 * fitted.parameters["alpha"], rel=1e-4)
    ahead = mbg_nbd.conditional_purchases(daily, in_days(cdnow()), Span(1, "year"))
    assert ahead == pytest.approx(mbg_nbd.conditional_purchases(fitted, cdnow(), Span(1, "year")), rel=1e-3)


@pytest.mark.parametrize(
    ("histories", "fault"),
    [
        (([], [], []), "no_customers"),
        (([0, 0], [0, 0], [0, 0], [50, 5]), "no_time"),
        (([0], [0], [30], [1000]), "no_repeats"),
        (([0, 1], [0, 3], [30, 30]), "too_few"),
        (([5], [50], [52], [1000]), "nobody_lost"),
        (([0, 0, 1, 2, 0, 3], [0, 0, 5, 9, 0, 20], [30, 30, 31, 35, 29, 40]), "all_leave_alike"),
    ],
)
def test_what_cannot_be_fitted_has_a_key(histories, fault):
    """Nothing to fit on, or histories that leave the parameters open."""
    assert mbg_nbd.fit(Histories.of(*histories, unit="week")).fault == fault


def test_units_that_differ_and_fits_without_outcome_are_refused(fitted):
    """A forecast in the wrong unit is worse than none."""
    with pytest.raises(ValueError, match="per week and the histories are per day"):
        mbg_nbd.p_alive(fitted, in_days(cdnow()))
    with pytest.raises(ValueError, match="no outcome"):
        mbg_nbd.p_alive(mbg_nbd.fit(Histories.of(0, 0, 30, unit="week")), HISTORIES)
    with pytest.raises(ValueError, match="0 or more"):
        mbg_nbd.expected_purchases(fitted, [-1.0])
