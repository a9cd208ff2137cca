"""BG/BB: customers who can buy once per period, as donors in a yearly campaign, until, unseen, they stop.

At every opportunity a customer who is still there buys with a chance p that differs between customers as a beta
distribution (α, β), and before every opportunity they leave with a chance θ that differs as a beta distribution (γ, δ).

Source: Fader, Hardie and Shang (2010), ``fader_hardie_shang_2010``. Symbols: x repeat purchases, t_x the opportunity of
the last one, n opportunities. One opportunity per unit of time of the histories, so all three are whole numbers: a
donor of 1995 who gave in 1997 and 1999, seen until 2001, has x 2, t_x 4 and n 6, unit ``year``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, digamma, hyp2f1, logsumexp  # type: ignore[import-untyped]

from crmworkbook.models.buy_till_you_die.checks import data_fault, values_for
from crmworkbook.models.buy_till_you_die.fitting import Fit, Parameters, maximise, no_fit
from crmworkbook.models.buy_till_you_die.histories import Histories
from crmworkbook.models.rates import Rate, Span

SOURCE = "fader_hardie_shang_2010"
NAMES = ("alpha", "beta", "gamma", "delta")
NEVER = 0.001  # a mean chance to leave below this is none
ALIKE = 1000.0  # of two shapes: customers differ by 3% or less
_CELLS = 200_000
Numbers = npt.NDArray[np.float64]
_sum = partial(np.einsum, "i,i")  # of products; unlike @ it does not wait for other processors


class _Ends(NamedTuple):
    """The ways a history can have come about: left after each opportunity since the last purchase, or still there.

    Attributes:
        seen: Opportunities until then; a row per history, a column per way.
        gone: 1 where the customer had left, 0 in the last column that counts, where they are still there.
        log: Logarithm of the likelihood of each way; −∞ for columns beyond the history.
        whole: Logarithm of the likelihood of the history, the sum of these.
    """

    seen: Numbers
    gone: Numbers
    log: Numbers
    whole: Numbers


def log_likelihood(parameters: Parameters, histories: Histories) -> tuple[float, Numbers]:
    """Log-likelihood of the histories, and its gradient to α, β, γ and δ.

    Per customer ``L = B(α + x, β + n − x) / B(α, β) × B(γ, δ + n) / B(γ, δ) + Σ B(α + x, β + t − x) / B(α, β) ×
    B(γ + 1, δ + t) / B(γ, δ)`` for t from t_x to n − 1: still there, or left after opportunity t.

    Args:
        parameters: alpha, beta, gamma and delta, all above 0.
        histories: Histories in whole periods, weighted by their customers.

    Raises:
        ValueError: a history that is not of whole periods, or has more purchases than opportunities.
    """
    values = tuple(parameters[name] for name in NAMES)
    value, gradient = 0.0, np.zeros(len(NAMES))
    for piece in _pieces(histories):
        one, slopes = _piece_likelihood(values, piece)
        value, gradient = value + one, gradient + slopes
    return value, gradient


def _piece_likelihood(values: tuple[float, ...], histories: Histories) -> tuple[float, Numbers]:
    alpha, beta, gamma, delta = values
    ways, x, weight = _ends(values, histories), histories.repeats, histories.customers
    share = np.exp(ways.log - ways.whole[:, None])
    buys = digamma(alpha + beta) - (share * digamma(alpha + beta + ways.seen)).sum(axis=1)
    leaves = digamma(gamma + delta) - (share * digamma(gamma + delta + ways.seen + ways.gone)).sum(axis=1)
    missed = np.maximum(ways.seen - x[:, None], 0)
    gradient = (
        _sum(weight, digamma(alpha + x) - digamma(alpha) + buys),
        _sum(weight, (share * digamma(beta + missed)).sum(axis=1) - digamma(beta) + buys),
        _sum(weight, (share * digamma(gamma + ways.gone)).sum(axis=1) - digamma(gamma) + leaves),
        _sum(weight, (share * digamma(delta + ways.seen)).sum(axis=1) - digamma(delta) + leaves),
    )
    return float(_sum(weight, ways.whole)), np.array(gradient)


def _pieces(histories: Histories) -> Iterator[Histories]:
    """The histories, as many at a time as fit in memory with all the ways they can have come about."""
    most = int((histories.age - histories.last).max(initial=0)) + 1
    step = max(_CELLS // most, 1)
    for at in range(0, len(histories), step):
        rows = slice(at, at + step)
        x, last, age = histories.repeats[rows], histories.last[rows], histories.age[rows]
        yield Histories(x, last, age, histories.customers[rows], histories.unit)


def _ends(values: tuple[float, ...], histories: Histories) -> _Ends:
    alpha, beta, gamma, delta = values
    x, idle = histories.repeats[:, None], (histories.age - histories.last)[:, None]
    after = np.arange(int(idle.max(initial=0)) + 1)
    seen = histories.last[:, None] + np.minimum(after, idle)
    gone = (after < idle).astype(float)
    log = betaln(alpha + x, beta + seen - x) - betaln(alpha, beta)
    log = log + betaln(gamma + gone, delta + seen) - betaln(gamma, delta)
    log = np.where(after <= idle, log, -np.inf)
    return _Ends(seen, gone, log, logsumexp(log, axis=1))


def check_opportunities(histories: Histories) -> None:
    """Refuse histories that are not of whole periods with one purchase at most in each.

    Raises:
        ValueError: what is wrong, in how many rows.
    """
    parts = ((histories.last != np.floor(histories.last)) | (histories.age != np.floor(histories.age))).sum()
    if parts:
        raise ValueError(f"{parts} rows are not of whole periods; count the {histories.unit}s with a purchase")
    more = (histories.repeats > histories.last).sum()
    if more:
        raise ValueError(f"{more} rows have more purchases than opportunities; count one a {histories.unit} at most")


def fit(histories: Histories, *, near: Fit | None = None, standard_errors: bool = True) -> Fit:
    """The most likely α, β, γ and δ.

    Args:
        histories: Histories in whole periods, weighted by their customers.
        near: A fit on data much alike, to start from.
        standard_errors: See ``fitting.maximise``.

    Returns:
        The fit. Faults: ``no_customers``, ``no_time``, ``no_repeats``, ``too_few``, ``not_converged``,
        ``nobody_lost`` (the chance to leave runs to 0), ``all_leave_alike`` (γ and δ run off), ``all_buy_alike``
        (α and β run off), ``at_bound``, ``flat``.

    Raises:
        ValueError: a history that is not of whole periods, or has more purchases than opportunities.
    """
    check_opportunities(histories)
    if fault := data_fault(histories, len(NAMES)):
        return no_fit("bg_bb", NAMES, histories.total, histories.unit, fault)
    found = maximise(
        lambda parameters: log_likelihood(parameters, histories),
        dict.fromkeys(NAMES, 1.0),
        model="bg_bb",
        customers=histories.total,
        unit=histories.unit,
        near=near,
        standard_errors=standard_errors,
    )
    return replace(found, fault=_fault(found))


def _fault(found: Fit) -> str:
    """What is wrong with the parameters, in the model's own terms."""
    alpha, beta, gamma, delta = found.parameters.values()
    if found.fault == "not_converged":
        return found.fault
    if gamma / (gamma + delta) < NEVER:
        return "nobody_lost"
    if gamma + delta > ALIKE:
        return "all_leave_alike"
    return "all_buy_alike" if alpha + beta > ALIKE else found.fault


def p_alive(fit: Fit, histories: Histories, *, ahead: int = 1) -> Numbers:
    """Chance that each customer is still there at the next opportunity.

    ``B(α + x, β + n − x) B(γ, δ + n + 1) / (B(α, β) B(γ, δ) L)``. The source asks for the next opportunity, because
    only there it matters: even who bought at the last one may leave before it.

    Args:
        fit: Outcome of :func:`fit`.
        histories: The customers, in whole periods of the unit of the fit.
        ahead: Which opportunity: 1 the next one, 0 the last one seen.

    Raises:
        ValueError: the fit has no outcome, or the histories are not of whole periods in its unit.
    """
    return np.exp(_log_there(fit, histories, np.array([ahead])))[:, 0]


def _log_there(fit: Fit, histories: Histories, ahead: npt.NDArray) -> Numbers:
    """Logarithm of the chance to be there still, *ahead* opportunities after the observation, a column for each."""
    values = values_for(fit, histories)
    check_opportunities(histories)
    alpha, beta, gamma, delta = values
    x, n = histories.repeats, histories.age
    whole = np.concatenate([np.zeros(0), *(_ends(values, piece).whole for piece in _pieces(histories))])
    bought = betaln(alpha + x, beta + n - x) - betaln(alpha, beta) - whole
    there = bought[:, None] + betaln(gamma, delta + n[:, None] + ahead) - betaln(gamma, delta)
    return np.minimum(there, 0.0)  # rounding may make a certainty 1.0000000000000002


def expected_purchases(fit: Fit, spans: Span | npt.ArrayLike) -> Numbers:
    """Purchases expected of a new customer at the first n opportunities, ``α / (α + β) × Σ B(γ, δ + t) / B(γ, δ)``.

    The sum over t from 1 to n of the chance to be there still; in the source's closed form γ must not be 1.

    Args:
        fit: Outcome of :func:`fit`.
        spans: A span of whole periods in the unit of the fit, or numbers of opportunities.

    Raises:
        ValueError: the fit has no outcome, or a time that is not of whole periods.
    """
    alpha, beta, gamma, delta = fit.values()
    counts = _whole_periods(fit, spans)
    there = np.exp(betaln(gamma, delta + np.arange(1, counts.max(initial=0) + 1)) - betaln(gamma, delta))
    return alpha / (alpha + beta) * np.concatenate([[0.0], np.cumsum(there)])[counts]


def conditional_purchases(fit: Fit, histories: Histories, ahead: Span | float) -> Numbers:
    """Purchases expected of each customer at the opportunities in the time after the observation.

    ``(α + x) / (α + β + n) × Σ P(alive at n + k)`` for k from 1 to the number of opportunities.

    Args:
        fit: Outcome of :func:`fit`.
        histories: The customers, in whole periods of the unit of the fit.
        ahead: A span of whole periods, or a number of opportunities.

    Raises:
        ValueError: the fit has no outcome, or periods that are not whole or in another unit.
    """
    coming = np.arange(1, int(_whole_periods(fit, ahead)) + 1)
    return _chance(fit, histories) * np.exp(_log_there(fit, histories, coming)).sum(axis=1)


def discounted_purchases(fit: Fit, histories: Histories, rate: Rate, horizon: Span | None = None) -> Numbers:
    """Discounted expected residual transactions (DERT), a purchase at the next opportunity discounted by one period.

    ``(α + x) / (α + β + n) × Σ P(alive at n + k) / (1 + d)^k``. Without a horizon the sum is
    ``P(alive at n + 1) / (1 + d) × ₂F₁(1, δ + n + 1; γ + δ + n + 1; 1 / (1 + d))``.

    Args:
        fit: Outcome of :func:`fit`.
        histories: The customers, in whole periods of the unit of the fit.
        rate: Discount rate, above 0 where there is no horizon.
        horizon: Until when purchases count, whole periods; endless when left out.

    Raises:
        ValueError: the fit has no outcome, periods that are not whole, or a sum without end and without interest.
    """
    assert fit.unit is not None
    interest = rate.to(fit.unit).value
    if interest < 0 or (interest == 0 and horizon is None):
        raise ValueError("purchases without end need a discount rate above 0; give a rate, or 0 and a horizon")
    if horizon is None:
        _, _, gamma, delta = fit.values()
        n = histories.age
        tail = hyp2f1(1, delta + n + 1, gamma + delta + n + 1, 1 / (1 + interest)) / (1 + interest)
        return _chance(fit, histories) * p_alive(fit, histories) * tail
    ahead = np.arange(1, int(_whole_periods(fit, horizon)) + 1)
    there = np.exp(_log_there(fit, histories, ahead))
    return _chance(fit, histories) * (there @ (1 + interest) ** -ahead.astype(float))


def _chance(fit: Fit, histories: Histories) -> Numbers:
    """Chance to buy at an opportunity of who is still there, given what they did before."""
    alpha, beta, _, _ = fit.values()
    return (alpha + histories.repeats) / (alpha + beta + histories.age)


def _whole_periods(fit: Fit, spans: Span | npt.ArrayLike) -> npt.NDArray[np.int64]:
    assert fit.unit is not None
    found = np.asarray(spans.length_in(fit.unit) if isinstance(spans, Span) else spans, float)
    counts = np.rint(found)
    if not (np.isfinite(found) & (found >= 0)).all() or (np.abs(found - counts) > 1e-9).any():
        raise ValueError(f"there is one opportunity a {fit.unit}; give whole {fit.unit}s, got {found}")
    return counts.astype(np.int64)
