"""Gamma-Gamma: the numbers in print, and what must hold for any spending."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmworkbook.models.buy_till_you_die import gamma_gamma
from crmworkbook.models.buy_till_you_die.gamma_gamma import NAMES, log_likelihood
from crmworkbook.models.buy_till_you_die.histories import Spends
from tests.buying_data import slopes, with_parameters
from tests.cdnow_data import customers, fits, rounded, spends

PARAMETERS = st.fixed_dictionaries({"p": st.floats(0.2, 20), "q": st.floats(1.1, 20), "gamma": st.floats(0.5, 50)})


def test_cdnow_gives_the_parameters_of_the_paper():
    """Fader, Hardie and Lee (2005): 6.25, 3.74, 15.44; the log-likelihood −4055.9177 from CLVTools."""
    found = fits()[1]
    assert [found.parameters[name] for name in NAMES] == pytest.approx([6.24957, 3.74422, 15.44353], abs=2e-4)
    assert found.log_likelihood == pytest.approx(-4055.9177, abs=1e-4)
    assert (found.customers, found.unit, found.fault) == (946, None, "")


def test_rounded_amounts_give_nearly_the_same():
    """The table with two decimals gives 6.2488, 3.7446, 15.4477 and −4055.923 (recomputed)."""
    histories, mean = rounded()
    again = histories.repeats > 0
    found = gamma_gamma.fit(Spends.of(histories.repeats[again], mean[again]))
    assert list(found.parameters.values()) == pytest.approx([6.2488, 3.7446, 15.4477], abs=2e-4)
    assert found.log_likelihood == pytest.approx(-4055.923, abs=1e-3)


def test_the_first_ten_customers_spend_what_the_packages_say():
    """Conditional means in the tests of lifetimes; who never came back is expected to spend the mean, 35.17."""
    first = customers().head(10)
    expected = [24.66, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    found = gamma_gamma.expected_spend(fits()[1], first["repeat_days"], first["repeat_spend"])
    assert found == pytest.approx(expected, abs=0.02)
    assert gamma_gamma.mean_spend(fits()[1]) == pytest.approx(35.17, abs=0.005)


def test_the_assumption_of_independence_is_reported():
    """Correlation of repeat purchases and spend in CDNOW is 0.1139, as in the documentation of lifetimes."""
    assert spends().correlation() == pytest.approx(0.1139, abs=5e-5)
    assert np.isnan(Spends.of([2, 3], [10, 10]).correlation())


def test_a_spender_worked_by_hand():
    """With p = 2, q = 3, γ = 10 everybody spends 2 × 10 / 2 = 10; three purchases of 20 make 2 × 70 / 8 = 17.50."""
    found = with_parameters(gamma_gamma, p=2.0, q=3.0, gamma=10.0)
    assert gamma_gamma.mean_spend(found) == 10
    assert gamma_gamma.expected_spend(found, [0, 3], [np.nan, 20]).tolist() == [10, 17.5]


def test_a_missing_amount_of_who_came_back_is_refused():
    """Not quietly taken for the mean of all."""
    with pytest.raises(ValueError, match="leave the customer out"):
        gamma_gamma.expected_spend(fits()[1], [3], [np.nan])


@given(PARAMETERS)
@settings(max_examples=15, deadline=None)
def test_the_gradient_is_the_slope_of_the_log_likelihood(parameters):
    """Wrong formulas of a slope end in wrong parameters, or nowhere."""
    parameters = {name: parameters[name] for name in NAMES}
    expected = slopes(log_likelihood, parameters, spends())
    assert log_likelihood(parameters, spends())[1] == pytest.approx(expected, rel=1e-4, abs=1e-3)


@given(PARAMETERS, st.integers(1, 200), st.floats(0.5, 500))
def test_expected_spend_lies_between_the_own_and_that_of_all(parameters, repeats, mean):
    """A weighted mean of the two, nearer to the own the more purchases it rests on."""
    found = with_parameters(gamma_gamma, **{name: parameters[name] for name in NAMES})
    everyone, few, many = gamma_gamma.expected_spend(found, [0, repeats, repeats + 5], [0, mean, mean])
    assert min(everyone, mean) - 1e-9 <= few <= max(everyone, mean) + 1e-9
    assert abs(many - mean) <= abs(few - mean) + 1e-9


def test_another_currency_rescales_gamma_and_the_spend():
    """In cents γ is a hundred times as large, p and q stay."""
    cents = gamma_gamma.fit(Spends.of(spends().repeats, spends().mean * 100))
    euros = fits()[1].parameters
    assert cents.parameters == pytest.approx({**euros, "gamma": euros["gamma"] * 100}, rel=1e-5)


def test_invented_spenders_give_their_parameters_back():
    """20,000 customers by the rules of the model: each parameter within three standard errors of the truth."""
    chance = np.random.default_rng(2)
    repeats = chance.integers(1, 12, 20_000)
    scale = 15 / chance.gamma(4.0, size=20_000)
    amounts = chance.gamma(6.0 * repeats) * scale / repeats
    found = gamma_gamma.fit(Spends.of(repeats, amounts))
    for name, value in {"p": 6.0, "q": 4.0, "gamma": 15.0}.items():
        assert abs(found.parameters[name] - value) < 3 * found.standard_errors[name]
