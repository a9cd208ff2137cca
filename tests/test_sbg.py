"""The shifted beta-geometric curve: likelihood, standard errors, faults and projection."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmworkbook.models import survival
from crmworkbook.models.survival import SurvivalCurve, projection
from tests.buying_data import slopes

pytestmark = pytest.mark.filterwarnings("error")
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


def counts(*cohorts):
    """Numbers of customers of one or more cohorts, as age, before and kept."""
    frames = [pd.DataFrame({"age": range(1, len(c)), "before": c[:-1], "kept": c[1:]}) for c in cohorts]
    return pd.concat(frames).groupby("age", as_index=False).sum()


@pytest.mark.parametrize(
    ("active", "alpha", "beta", "value", "later"),
    [
        (HIGH_END, 0.6681, 3.8061, -1611.158, [0.460, 0.436, 0.414, 0.395, 0.378]),
        (REGULAR, 0.7041, 1.1820, -1680.265, [0.220, 0.204, 0.191, 0.180, 0.170]),
    ],
)
def test_fits_are_those_in_print(active, alpha, beta, value, later):
    """Fader and Hardie (2007), seven renewals: parameters, log-likelihood, and survival in years 8 to 12."""
    fit = survival.fit(counts(active))
    assert tuple(fit.parameters.values()) == pytest.approx((alpha, beta), abs=1e-3)
    assert fit.log_likelihood == pytest.approx(value, abs=1e-3)
    assert (fit.fault, fit.customers, fit.unit) == ("", 1000, "year")
    assert SurvivalCurve.of(fit).survival(12)[8:].tolist() == pytest.approx(later, abs=1e-3)


@given(st.tuples(st.floats(0.01, 500), st.floats(0.01, 500)))
@settings(max_examples=30, deadline=None)
def test_whatever_the_parameters_the_curve_is_one(values):
    """Slopes are those of the likelihood; survival falls from 1 and stays above 0; retention rises."""
    parameters = dict(zip(survival.NAMES, values, strict=True))
    data = counts(HIGH_END)
    value, gradient = survival.log_likelihood(parameters, data)
    assert np.isfinite(value)
    assert gradient == pytest.approx(slopes(survival.log_likelihood, parameters, data), rel=1e-4, abs=1e-2)
    left = SurvivalCurve(*values).survival(30)
    assert left[0] == pytest.approx(1)
    assert ((np.diff(left) < 0) & (left[1:] > 0)).all()
    assert SurvivalCurve(*values).retention(2) > SurvivalCurve(*values).retention(1)


def test_likelihood_is_that_of_each_customers_last_renewal():
    """The printed sum: ``n_t ln P(T = t)`` over who left at t, plus ``n ln S`` over who is still there."""
    parameters = {"alpha": 0.6, "beta": 3.0}
    left = SurvivalCurve(**parameters).survival(7)
    gone = -np.diff(HIGH_END)
    known = gone @ np.log(left[:-1] - left[1:]) + HIGH_END[-1] * np.log(left[-1])
    assert survival.log_likelihood(parameters, counts(HIGH_END))[0] == pytest.approx(known)


def test_cohorts_together_are_their_likelihoods_together():
    """Two cohorts under one curve; one of them twice makes standard errors √2 smaller and nothing else."""
    parameters = {"alpha": 0.7, "beta": 2.0}
    both = survival.log_likelihood(parameters, counts(HIGH_END, REGULAR[:5]))[0]
    apart = [survival.log_likelihood(parameters, counts(one))[0] for one in (HIGH_END, REGULAR[:5])]
    assert both == pytest.approx(sum(apart))
    once, twice = survival.fit(counts(REGULAR)), survival.fit(counts(REGULAR, REGULAR))
    assert tuple(twice.parameters.values()) == pytest.approx(tuple(once.parameters.values()), rel=1e-5)
    for name, error in once.standard_errors.items():
        assert twice.standard_errors[name] == pytest.approx(error / 2**0.5, rel=1e-4)


def test_simulated_customers_give_the_truth_back_within_the_interval():
    """Of 60 groups of 1,000 customers about 95% hold the true survival in year 10 in their interval."""
    chance, truth, held = np.random.default_rng(1), SurvivalCurve(0.8, 2.5), 0
    for _ in range(60):
        leaves = chance.geometric(chance.beta(truth.alpha, truth.beta, 1000))
        fit = survival.fit(counts([int((leaves > year).sum()) for year in range(6)]))
        last = projection(fit, 10).iloc[-1]
        held += last["low"] <= truth.survival(10)[-1] <= last["high"]
    assert 53 <= held <= 60


def test_projection_begins_at_everyone_and_widens():
    """No doubt about the start; the further past the counts, the less certain."""
    found = projection(survival.fit(counts(HIGH_END)), 20)
    assert found.iloc[0].tolist() == [0, 1, 1, 1]
    assert (found["low"] <= found["survival"]).all()
    assert (found["survival"] <= found["high"]).all()
    width = found["high"] - found["low"]
    assert width[20] > width[7] > width[1] > 0
    narrow = projection(survival.fit(counts(HIGH_END)), 20, level=0.5)
    assert ((narrow["high"] - narrow["low"])[1:] < width[1:]).all()


@pytest.mark.parametrize(
    ("active", "fault"),
    [
        ([10, 10, 10], "nobody_lost"),
        ([10, 0, 0], "everybody_lost"),
        ([100, 70], "too_few"),
        ([100], "too_few"),
    ],
)
def test_counts_without_a_curve_have_a_key(active, fault):
    """And making a curve of them says why there is none."""
    fit = survival.fit(counts(active))
    assert (fit.fault, fit.converged) == (fault, False)
    with pytest.raises(ValueError, match=survival.NO_CURVE[fault][:20]):
        projection(fit, 5)


def test_curves_that_run_off_are_usable_and_say_so():
    """Constant retention is a curve of one sort of customers; stayers and leavers only, one of two sorts."""
    alike = survival.fit(counts([1000, 800, 640, 512]))
    assert alike.fault == "all_leave_alike"
    assert SurvivalCurve.of(alike).survival(6)[-1] == pytest.approx(0.8**6, rel=1e-3)
    assert survival.fit(counts([10, 5, 5, 5])).fault == "at_bound"
    few = projection(survival.fit(counts([10, 9, 9, 9])), 3)
    assert few["survival"].tolist() == pytest.approx([1, 0.9, 0.9, 0.9], abs=1e-3)
