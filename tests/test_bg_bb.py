"""BG/BB against the printed results on the donors of 1995, against a simulation, and at its edges."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln

from crmworkbook.models.buy_till_you_die import bg_bb
from crmworkbook.models.buy_till_you_die.histories import Histories
from crmworkbook.models.rates import Rate, Span
from crmworkbook.models.survival import SurvivalCurve
from tests.buying_data import donations, repeated, slopes, with_parameters

pytestmark = pytest.mark.filterwarnings("error")
PRINTED = {"alpha": 1.20, "beta": 0.75, "gamma": 0.66, "delta": 2.78}
SIZE = st.floats(0.02, 100)
CELLS = Histories.of([0, 1, 3, 6, 2, 0], [0, 1, 4, 6, 30, 0], [6, 6, 6, 6, 60, 0], unit="year")


@pytest.fixture(scope="module")
def fitted():
    return bg_bb.fit(donations())


def cell(x, last):
    """Row of the donors with x repeat gifts, the last in year *last*."""
    donors = donations()
    return (donors.repeats == x) & (donors.last == last)


def test_fit_is_the_printed_one(fitted):
    """Table 4 of Fader, Hardie and Shang (2010): 1.204, .750, .657, 2.783; log-likelihood −33,225.58."""
    assert list(fitted.parameters.values()) == pytest.approx([1.204, 0.750, 0.657, 2.783], abs=2e-3)
    assert fitted.log_likelihood == pytest.approx(-33225.58, abs=0.01)
    assert (fitted.customers, fitted.fault) == (11104, "")
    assert all(0 < error < fitted.parameters[name] for name, error in fitted.standard_errors.items())


def test_chances_and_forecasts_are_the_printed_ones(fitted):
    """P(alive in 2002) .11, .59 and .93, and 12,884.2 gifts in the five years after 2001."""
    alive = bg_bb.p_alive(fitted, donations())
    found = [float(alive[cell(x, last)][0]) for x, last in ((0, 0), (2, 4), (6, 6))]
    assert found == pytest.approx([0.11, 0.59, 0.93], abs=0.005)
    ahead = bg_bb.conditional_purchases(fitted, donations(), Span(5, "year"))
    assert donations().customers @ ahead == pytest.approx(12884.2, abs=0.1)


def test_discounted_purchases_add_up():
    """The closed form without end is the sum of 2,000 years; a horizon stops the sum."""
    fit, rate = with_parameters(bg_bb, "year", **PRINTED), Rate(0.1, "year")
    endless = bg_bb.discounted_purchases(fit, CELLS, rate)
    assert endless == pytest.approx(bg_bb.discounted_purchases(fit, CELLS, rate, Span(2000, "year")))
    assert endless[[2, 3]] == pytest.approx([1.62138, 5.89760], abs=1e-4)  # recomputed
    one = bg_bb.discounted_purchases(fit, CELLS, rate, Span(1, "year"))
    assert one == pytest.approx(bg_bb.conditional_purchases(fit, CELLS, Span(1, "year")) / 1.1)
    assert bg_bb.discounted_purchases(fit, CELLS, Rate(1.1**0.25 - 1, Span(3, "month"))) == pytest.approx(endless)


def test_new_customers_buy_as_the_sum_of_their_chances():
    """The printed closed form, with γ other than 1; and nothing at no opportunity."""
    fit = with_parameters(bg_bb, "year", **PRINTED)
    found = bg_bb.expected_purchases(fit, [0, 1, 6])
    alpha, beta, gamma, delta = fit.values()
    tail = np.exp(betaln(gamma, delta + 7) - betaln(gamma, delta)) * (gamma + delta + 6) / gamma
    first = np.exp(betaln(gamma, delta + 1) - betaln(gamma, delta)) * (gamma + delta) / gamma
    assert found[0] == 0
    assert found[1] == pytest.approx(alpha / (alpha + beta) * delta / (gamma + delta))
    assert found[2] == pytest.approx(alpha / (alpha + beta) * (first - tail) * gamma / (gamma - 1))


@given(st.tuples(SIZE, SIZE, SIZE, SIZE))
@settings(max_examples=30, deadline=None)
def test_whatever_the_parameters_the_outcomes_are_possible(values):
    """Slopes are those of the likelihood; chances lie between 0 and 1 and sink; purchases fit in the opportunities."""
    parameters = dict(zip(bg_bb.NAMES, values, strict=True))
    value, gradient = bg_bb.log_likelihood(parameters, CELLS)
    assert np.isfinite(value)
    assert gradient == pytest.approx(slopes(bg_bb.log_likelihood, parameters, CELLS), rel=1e-4, abs=1e-3)
    fit = with_parameters(bg_bb, "year", **parameters)
    now, soon = bg_bb.p_alive(fit, CELLS, ahead=0), bg_bb.p_alive(fit, CELLS)
    assert ((soon >= 0) & (soon <= now) & (now <= 1)).all()
    assert now[3] == pytest.approx(1)  # who bought at the last opportunity was there
    ahead = bg_bb.conditional_purchases(fit, CELLS, Span(5, "year"))
    assert ((ahead >= 0) & (ahead <= 5)).all()
    assert (bg_bb.discounted_purchases(fit, CELLS, Rate(0.2, "year"), Span(5, "year")) <= ahead).all()


def test_all_that_can_happen_adds_up_to_certainty():
    """Four opportunities: one way to buy never, and for x purchases with the last at t, (t − 1 over x − 1) ways."""
    cells = [(0, 0, 1)] + [(x, last, comb(last - 1, x - 1)) for last in range(1, 5) for x in range(1, last + 1)]
    chances = [np.exp(bg_bb.log_likelihood(PRINTED, Histories.of(x, t, 4, unit="year"))[0]) for x, t, _ in cells]
    assert np.dot(chances, [ways for *_, ways in cells]) == pytest.approx(1)


def test_at_its_limits_it_is_a_simpler_model():
    """Nobody leaves: beta-binomial. Everyone buys each time: the shifted beta-geometric curve of who is still there."""
    loyal = bg_bb.log_likelihood(PRINTED | {"gamma": 1e-12}, CELLS)[0]
    x, n = CELLS.repeats, CELLS.age
    assert loyal == pytest.approx((betaln(1.2 + x, 0.75 + n - x) - betaln(1.2, 0.75)).sum(), abs=1e-8)
    always = PRINTED | {"alpha": 1e9, "beta": 1e-9}
    left = [bg_bb.log_likelihood(always, Histories.of(k, k, 6, unit="year"))[0] for k in range(6)]
    survival = SurvivalCurve(PRINTED["gamma"], PRINTED["delta"]).survival(6)
    assert np.exp(left) == pytest.approx(survival[:-1] - survival[1:], rel=1e-5)


def test_simulated_customers_give_the_truth_back():
    """Eight thousand customers seen ten times; parameters within three standard errors, forecasts within chance."""
    chance, count, seen = np.random.default_rng(11), 8_000, 10
    buys, leaves = (chance.beta(PRINTED[a], PRINTED[b], (count, 1)) for a, b in (("alpha", "beta"), ("gamma", "delta")))
    there = np.cumprod(chance.random((count, seen + 5)) >= leaves, axis=1)
    bought = there * (chance.random((count, seen + 5)) < buys)
    last = np.max(bought[:, :seen] * np.arange(1, seen + 1), axis=1)
    cells, customers = np.unique(np.stack([bought[:, :seen].sum(axis=1), last]), axis=1, return_counts=True)
    histories = Histories.of(cells[0], cells[1], seen, customers, unit="month")
    found = bg_bb.fit(histories)
    for name, true in PRINTED.items():
        assert abs(found.parameters[name] - true) < 3 * found.standard_errors[name], name
    truth = with_parameters(bg_bb, "month", **PRINTED)
    ahead = histories.customers @ bg_bb.conditional_purchases(truth, histories, Span(5, "month"))
    assert bought[:, seen:].sum() == pytest.approx(ahead, rel=0.03)
    alive = histories.customers @ bg_bb.p_alive(truth, histories)
    assert there[:, seen].sum() == pytest.approx(alive, rel=0.03)


def test_weights_are_customers_and_pieces_add_up(monkeypatch):
    """A weight of three is three customers; a table too large for one piece gives the same."""
    once = bg_bb.log_likelihood(PRINTED, donations())
    thrice = bg_bb.log_likelihood(PRINTED, repeated(donations(), 3))
    assert thrice[0] == pytest.approx(3 * once[0])
    monkeypatch.setattr(bg_bb, "_CELLS", 20)
    pieces = bg_bb.log_likelihood(PRINTED, donations())
    assert (pieces[0], *pieces[1]) == pytest.approx((once[0], *once[1]))


@pytest.mark.parametrize(
    ("histories", "fault"),
    [
        (([], [], []), "no_customers"),
        (([0], [0], [0], [50]), "no_time"),
        (([0], [0], [6], [1000]), "no_repeats"),
        (([0, 1], [0, 3], [6, 6]), "too_few"),
        (([6], [6], [6], [100]), "nobody_lost"),
        (([1, 0], [1, 0], [1, 1], [40, 60]), "flat"),
    ],
)
def test_what_cannot_be_fitted_has_a_key(histories, fault):
    """Nothing to fit on, or histories that leave the parameters open."""
    assert bg_bb.fit(Histories.of(*histories, unit="year")).fault == fault


def test_histories_that_are_no_opportunities_are_refused(fitted):
    """Half periods, more purchases than opportunities, or a sum without end."""
    with pytest.raises(ValueError, match="1 rows are not of whole periods; count the years"):
        bg_bb.fit(Histories.of([1, 1], [1, 2], [2, 2.5], unit="year"))
    with pytest.raises(ValueError, match="more purchases than opportunities"):
        bg_bb.fit(Histories.of(3, 2, 6, unit="year"))
    with pytest.raises(ValueError, match="give whole years"):
        bg_bb.conditional_purchases(fitted, donations(), Span(6, "month"))
    with pytest.raises(ValueError, match="discount rate above 0"):
        bg_bb.discounted_purchases(fitted, donations(), Rate(0.0, "year"))
