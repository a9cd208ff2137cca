"""What may be wrong with a fit, each said by its key; and histories that cannot be."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import gammaincinv

from crmworkbook.models.buy_till_you_die import bg_nbd, gamma_gamma
from crmworkbook.models.buy_till_you_die.fitting import DOUBTFUL, FATAL, maximise
from crmworkbook.models.buy_till_you_die.histories import Histories, Spends
from crmworkbook.models.rates import Span
from tests.cdnow_data import fits, histories, made, spends

CUSTOMERS = 5000
PLACES = (np.arange(500) + 0.5) / 500  # of quantiles


def rates(customers: int = CUSTOMERS) -> np.ndarray:
    return np.random.default_rng(3).gamma(0.8, 1 / 5, customers)


def leaving(customers: int = CUSTOMERS) -> np.ndarray:
    return np.random.default_rng(4).beta(0.8, 2.4, customers)


def weeks(customers: int = CUSTOMERS) -> np.ndarray:
    return np.random.default_rng(5).uniform(10, 100, customers)


@pytest.mark.parametrize(
    ("fault", "data"),
    [
        ("no_customers", Histories.of([], [], [], unit="week")),
        ("no_customers", Histories.of([1, 2], 3, 9, 0, unit="week")),
        ("no_time", Histories.of([0, 0, 0], 0, 0, unit="week")),
        ("no_repeats", Histories.of(0, 0, [10, 20, 30], 100, unit="week")),
        ("too_few", Histories.of(3, 8, 10, unit="week")),
    ],
)
def test_what_cannot_be_fitted_is_said_by_its_key(fault, data):
    """No customers, no time, nobody who came back, one customer: no number comes out, and asking for one says why."""
    found = bg_nbd.fit(data)
    assert (found.fault, found.converged) == (fault, False)
    assert np.isnan(list(found.parameters.values())).all()
    with pytest.raises(ValueError, match=FATAL[fault].split(";")[0]):
        bg_nbd.p_alive(found, data)


@pytest.mark.parametrize(
    ("fault", "data"),
    [
        ("nobody_lost", made(rates(), 0.0, weeks())),
        ("all_buy_alike", made(np.full(CUSTOMERS, 0.2), leaving(), weeks())),
        ("all_leave_alike", made(rates(), 0.3, weeks())),
        ("flat", made(rates(20), leaving(20), weeks(20))),
    ],
    ids=["nobody_lost", "all_buy_alike", "all_leave_alike", "flat"],
)
def test_parameters_that_run_off_are_said_by_what_it_means(fault, data):
    """Nobody leaves, all buy or leave alike, too few to tell: expectations stand, and are close to what was bought."""
    found = bg_nbd.fit(data)
    assert found.fault == fault
    assert fault in DOUBTFUL
    bought = bg_nbd.expected_purchases(found, data.age) @ data.customers
    assert bought == pytest.approx(data.repeats @ data.customers, rel=0.2)
    ahead = bg_nbd.conditional_purchases(found, data, Span(1, "year"))
    assert np.isfinite(ahead).all()
    assert (ahead >= 0).all()


def test_a_fit_without_a_fault_is_sound():
    """CDNOW has none, and none of the words for faults is said of two things."""
    assert [fit.fault for fit in fits()] == ["", ""]
    assert not set(FATAL) & set(DOUBTFUL)


def test_a_search_that_ends_nowhere_says_so():
    """A function that is no likelihood: its slope points up for ever, or it is not a number."""
    for value in (np.nan, np.inf):
        found = maximise(
            lambda _, value=value: (value, np.array([np.nan])),
            {"r": 1.0},
            model="bg_nbd",
            customers=10,
            unit="week",
        )
        assert found.fault == "not_converged"
        with pytest.raises(ValueError, match="did not end"):
            found.values()


def test_a_likelihood_that_rises_for_ever_ends_at_the_bound():
    """The parameter stops 160,000 times above its start, and is said to have run off."""
    found = maximise(
        lambda parameters: (np.log(parameters["r"]), np.array([1 / parameters["r"]])),
        {"r": 1.0},
        model="bg_nbd",
        customers=1,
        unit="week",
    )
    assert (found.fault, found.parameters["r"]) == ("at_bound", pytest.approx(np.exp(12)))


def test_a_likelihood_without_slope_is_flat():
    """Every parameter explains the data equally well, so there are no standard errors."""
    found = maximise(lambda _: (-5.0, np.zeros(1)), {"r": 1.0}, model="bg_nbd", customers=10, unit="week")
    assert found.fault == "flat"
    assert np.isnan(found.standard_errors["r"])


@pytest.mark.parametrize(
    ("spent", "fault"),
    [
        (Spends.of([], []), "no_repeats"),
        (Spends.of([1, 2], [10, 20]), "too_few"),
        (Spends.of(5, np.random.default_rng(1).pareto(0.6, 500) + 0.01), "no_mean_spend"),
        (
            Spends.of(np.repeat([1, 9], 500), np.append(gammaincinv(3, PLACES) / 3, gammaincinv(27, PLACES) / 27)),
            "all_spend_alike",
        ),
        (Spends.of(np.repeat([1, 20], 500), np.tile(1 / gammaincinv(4, PLACES), 2)), "orders_alike"),
    ],
)
def test_spending_that_a_model_cannot_tell_apart_is_said_by_its_key(spent, fault):
    """Nobody came back, too few, no mean exists, all customers alike, all amounts of a customer alike."""
    assert gamma_gamma.fit(spent).fault == fault


def test_without_a_mean_there_is_no_spend_and_surely_no_negative_one():
    """With q of 1 or less, p γ / (q − 1) would be below 0 (an issue of a package)."""
    found = gamma_gamma.fit(Spends.of(5, np.random.default_rng(1).pareto(0.6, 500) + 0.01))
    assert found.parameters["q"] <= 1
    with pytest.raises(ValueError, match="no mean exists"):
        gamma_gamma.mean_spend(found)
    with pytest.raises(ValueError, match="no mean exists"):
        gamma_gamma.expected_spend(found, [0, 3], [0, 10])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([1, 2], [3, np.nan], [9, 9]), "row 2: last must be a number"),
        (([1, 2], [3, 4], [9, np.inf]), "row 2: age must be a number"),
        (([1.5], [3], [9]), "row 1: repeats must be whole numbers"),
        (([-1], [3], [9]), "row 1: repeats must be 0 or more"),
        (([1], [10], [9]), "between the first and the end"),
        (([1], [0], [9]), "orders of one day as one"),
        (([0], [3], [9]), "orders of one day as one"),
    ],
)
def test_histories_that_cannot_be_are_refused_with_their_row(columns, message):
    """A missing or impossible number never becomes a parameter."""
    with pytest.raises(ValueError, match=message):
        Histories.of(*columns, unit="week")


def test_days_and_spend_that_cannot_be_are_refused_too():
    """Parts of days, amounts of 0, customers fewer than none, columns of unequal length, no such unit."""
    with pytest.raises(ValueError, match="last_day must be whole"):
        Histories.of_days(pd.DataFrame({"repeat_days": [1], "last_day": [2.5], "age_days": [5]}))
    with pytest.raises(ValueError, match="above 0"):
        Spends.of([2], [0])
    with pytest.raises(ValueError, match="needs a repeat purchase"):
        Spends.of([0], [10])
    with pytest.raises(ValueError, match="fewer than 0"):
        histories().reweighted(-histories().customers)
    with pytest.raises(ValueError, match="equally long"):
        spends().reweighted(np.ones(3))
    with pytest.raises(ValueError, match="day, week, month, year"):
        Histories.of(1, 2, 3, unit="weeks")


def test_a_fit_in_weeks_is_not_used_on_days():
    """The commonest error of all, worth a factor of seven."""
    with pytest.raises(ValueError, match=r"fit is per week and the histories are per day|counts in week"):
        bg_nbd.p_alive(fits()[0], Histories.of(2, 200, 270, unit="day"))
