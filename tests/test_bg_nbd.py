"""BG/NBD: numbers in print, customers who bought hundreds of times, and what must hold for any parameters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmworkbook.models.buy_till_you_die import bg_nbd, quadrature
from crmworkbook.models.buy_till_you_die.bg_nbd import NAMES, log_likelihood
from crmworkbook.models.buy_till_you_die.histories import Histories
from crmworkbook.models.buy_till_you_die.special import purchases_ahead
from crmworkbook.models.rates import Span
from tests.buying_data import in_days, repeated, slopes, with_parameters
from tests.cdnow_data import AFTER, customers, fits, histories, made, rounded

PAPER = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
PARAMETERS = st.fixed_dictionaries({name: st.floats(0.05, 20) for name in NAMES})


def test_cdnow_gives_the_parameters_of_the_paper():
    """Fader, Hardie and Lee (2005), table 2; further digits and the log-likelihood from CLVTools."""
    found = fits()[0]
    assert [found.parameters[name] for name in NAMES] == pytest.approx(
        [0.242595, 4.413602, 0.792922, 2.425906], abs=1e-5
    )
    assert found.log_likelihood == pytest.approx(-9582.4292, abs=1e-4)
    assert (found.customers, found.unit, found.converged, found.fault) == (2357, "week", True, "")


def test_rounded_weeks_give_nearly_the_same():
    """The table with two decimals ends at −9582.4256 (recomputed)."""
    assert bg_nbd.fit(rounded()[0]).log_likelihood == pytest.approx(-9582.4256, abs=1e-4)


def test_standard_errors_are_those_of_the_delta_method():
    """Recomputed with two other programs: .01256 .37822 .18573 .70541."""
    errors = fits()[0].standard_errors
    assert [errors[name] for name in NAMES] == pytest.approx([0.01256, 0.37822, 0.18573, 0.70541], rel=1e-3)


def test_a_new_customer_comes_back_as_often_as_the_packages_say():
    """E[X(t)] in the tests of lifetimes, from R's BTYD."""
    expected = bg_nbd.expected_purchases(fits()[0], [0.1429, 1, 3, 31.8571, 32, 78])
    assert expected == pytest.approx([0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.858], abs=1e-4)


def test_the_worked_customer_of_the_paper_comes_back_1_226_times():
    """With x = 2, t_x = 30.43, T = 38.86 weeks, in the 39 weeks after."""
    one = Histories.of(2, 30.43, 38.86, unit="week")
    assert bg_nbd.conditional_purchases(fits()[0], one, AFTER) == pytest.approx([1.226], abs=1e-3)
    assert bg_nbd.p_alive(fits()[0], one) == pytest.approx([0.7266], abs=1e-4)


def test_a_customer_worked_by_hand():
    """With r = α = a = 1, b = 2, one repeat after 1 of 3 weeks the odds of having left are 1/2 × (4/2)² = 2.

    So P(alive) = 1/3, and L = r/(α + T) × α/(α + T) × b/(a + b) × (1 + 2) = 1/4 × 1/4 × 2/3 × 3 = 1/8.
    """
    parameters, one = {"r": 1.0, "alpha": 1.0, "a": 1.0, "b": 2.0}, Histories.of(1, 1, 3, unit="week")
    assert log_likelihood(parameters, one)[0] == pytest.approx(np.log(1 / 8))
    assert bg_nbd.p_alive(with_parameters(bg_nbd, **parameters), one) == pytest.approx([1 / 3])


def test_who_never_came_back_is_still_there_for_this_model():
    """Its weak point, and known as such: the chance to leave is only drawn after a repeat purchase."""
    once = Histories.of([0, 0], 0, [1, 500], unit="week")
    assert bg_nbd.p_alive(fits()[0], once).tolist() == [1, 1]


def test_customers_who_bought_hundreds_of_times_get_numbers():
    """The histories that gave NaN in a package (its issue 100), and silent ones, whose chance is nearly 0."""
    many = Histories.of([221, 254, 160, 900], [103.43, 112.1, 100, 50], [103.57, 112.3, 103, 300], unit="week")
    for found in (fits()[0], with_parameters(bg_nbd, r=5.0, alpha=0.1, a=0.01, b=30.0)):
        bought, alive = bg_nbd.conditional_purchases(found, many, Span(1, "year")), bg_nbd.p_alive(found, many)
        assert np.isfinite(bought).all()
        assert (bought >= 0).all()
        assert ((alive >= 0) & (alive <= 1)).all()
        assert np.isfinite(log_likelihood(found.parameters, many)[0])


def test_a_million_weighted_customers_are_read_from_their_days():
    """Days in, weeks out, equal histories together; each customer finds the own row again."""
    together, rows = Histories.by_customer(customers())
    assert (len(together), together.total) == (1016, 2357)
    assert (together.repeats[rows] == customers()["repeat_days"]).all()
    assert together.age[rows] == pytest.approx(customers()["age_days"] / 7)
    counted = Histories.of_days(customers())
    assert (counted.customers == together.customers).all()


@given(PARAMETERS)
@settings(max_examples=10, deadline=None)
def test_the_gradient_is_the_slope_of_the_log_likelihood(parameters):
    """Wrong formulas of a slope end in wrong parameters, or nowhere."""
    parameters = {name: parameters[name] for name in NAMES}
    gradient = log_likelihood(parameters, histories())[1]
    assert gradient == pytest.approx(slopes(log_likelihood, parameters, histories()), rel=1e-4, abs=1e-2)


@given(PARAMETERS)
@settings(max_examples=20, deadline=None)
def test_weights_are_repetition(parameters):
    """A row that stands for three customers counts as three rows."""
    one = histories().every(50)
    value, gradient = log_likelihood(parameters, one.reweighted(3 * one.customers))
    thrice, gradients = log_likelihood(parameters, repeated(one.reweighted(one.customers), 3))
    assert value == pytest.approx(thrice)
    assert gradient == pytest.approx(gradients)


def test_days_instead_of_weeks_change_alpha_and_nothing_else():
    """The likelihood is a density of times: in days it is lower by ln 7 for every repeat purchase."""
    weeks, days = fits()[0], bg_nbd.fit(in_days(histories()))
    expected = {name: value * (7 if name == "alpha" else 1) for name, value in weeks.parameters.items()}
    assert days.parameters == pytest.approx(expected, rel=1e-6)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - 2457 * np.log(7), abs=1e-5)
    bought = bg_nbd.conditional_purchases(days, in_days(histories()), AFTER)
    assert bought == pytest.approx(bg_nbd.conditional_purchases(weeks, histories(), AFTER), rel=1e-6)


def test_invented_customers_give_their_parameters_back():
    """20,000 customers by the rules of the model: each parameter within three standard errors of the truth."""
    chance, truth = np.random.default_rng(3), {"r": 0.8, "alpha": 5.0, "a": 0.8, "b": 2.4}
    rates, leaving = chance.gamma(0.8, 1 / 5, 20_000), chance.beta(0.8, 2.4, 20_000)
    found = bg_nbd.fit(made(rates, leaving, chance.uniform(10, 100, 20_000)))
    assert found.fault == ""
    for name, value in truth.items():
        assert abs(found.parameters[name] - value) < 3 * found.standard_errors[name]


def test_a_large_table_is_fitted_from_a_sample_of_it(monkeypatch):
    """The short way through a sample ends where the long one does."""
    monkeypatch.setattr(bg_nbd, "SAMPLE", 300)
    assert bg_nbd.fit(histories()).parameters == pytest.approx(dict(fits()[0].parameters), rel=1e-5)


@given(PARAMETERS, st.integers(0, 300), st.floats(0.01, 1), st.floats(0.1, 500))
def test_chances_are_between_0_and_1_and_fall_with_silence(parameters, repeats, part, age):
    """Nobody is more than certainly there, and nobody comes back to life by waiting."""
    found, last = with_parameters(bg_nbd, **parameters), part * age if repeats else 0
    alive = bg_nbd.p_alive(found, Histories.of(repeats, last, [age, age * 2, age * 4], unit="week"))
    assert ((alive >= 0) & (alive <= 1)).all()
    assert (np.diff(alive) <= 1e-12).all()


@given(PARAMETERS)
def test_expected_purchases_rise_with_time_from_0(parameters):
    """They are a count, and slow down, because customers leave."""
    bought = bg_nbd.expected_purchases(with_parameters(bg_nbd, **parameters), np.linspace(0, 50, 11))
    assert bought[0] == 0
    assert (np.diff(bought) > -1e-9 * bought[-1]).all()
    assert (np.diff(bought, 2) < 1e-7 * bought[-1]).all()


@given(PARAMETERS, st.integers(0, 400), st.floats(1, 200), st.floats(0.1, 300))
@settings(max_examples=60, deadline=None)
def test_the_closed_form_is_the_mean_over_the_chance_to_leave(parameters, repeats, age, time):
    """Two ways to the same number: the hypergeometric function, and adding up."""
    r, alpha, a, b = (parameters[name] for name in NAMES)
    terms = (a, np.array([b + repeats]), np.array([r + repeats]), np.array([time / (alpha + age)]))
    assert purchases_ahead(*terms) == pytest.approx(quadrature.purchases_ahead(*terms), rel=1e-6)


@pytest.mark.parametrize(("a", "r"), [(1.0, 0.5), (0.7, 0.7), (2.0, 3.0), (500.0, 0.3), (0.5, 5000.0)])
def test_places_where_the_function_has_gaps_are_bridged(a, r):
    """At a = 1 it is 0 / 0, a and r a whole number apart is a gap of scipy's, and parameters may have run off."""
    shape, ahead = np.array([r]), np.array([0.5 / max(1, r)])
    there, beside = (float(purchases_ahead(at, np.array([2.0]), shape, ahead)[0]) for at in (a, a * 1.001))
    assert np.isfinite(there)
    assert there == pytest.approx(beside, rel=2e-3)
