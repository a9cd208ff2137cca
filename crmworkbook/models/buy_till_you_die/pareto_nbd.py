"""Pareto/NBD: customers buy at their own pace, and leave at their own pace, whether they buy or not.

Purchases come at random with a rate λ that differs between customers as a gamma distribution (shape r, scale 1/α);
a lifetime ends at random with a rate μ that differs as a gamma distribution (shape s, scale 1/β). Unlike in BG/NBD a
customer who bought once may be gone.

Source: Schmittlein, Morrison and Colombo (1987), ``schmittlein_morrison_colombo_1987``; likelihood and expectations in
the form of Fader and Hardie (2005), ``fader_hardie_2005``. Symbols: x repeat purchases, t_x time of the last,
T age. α and β are in the unit of time of the histories.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit, exprel  # type: ignore[import-untyped]

from crmworkbook.models.buy_till_you_die.checks import data_fault, interest_of, times, values_for
from crmworkbook.models.buy_till_you_die.fitting import Fit, Parameters, maximise, no_fit
from crmworkbook.models.buy_till_you_die.histories import Histories
from crmworkbook.models.buy_till_you_die.quadrature import moments, reach, staying
from crmworkbook.models.buy_till_you_die.special import log_rising, rising_slope
from crmworkbook.models.rates import Rate, Span

SOURCE = "schmittlein_morrison_colombo_1987"
NAMES = ("r", "alpha", "s", "beta")
NEVER = 0.001  # a share that leaves before the end of the observation below this is none
ALIKE = 1000.0  # of a shape: customers differ by 3% or less
SAMPLE = 10_000  # rows for a first look at a large table
_ROWS = 4_000  # at a time, so that the moments of a piece fit in the processor's cache
Numbers = npt.NDArray[np.float64]
_sum = partial(np.einsum, "i,i")  # of products; unlike @ it does not wait for other processors
Counts = npt.NDArray[np.int64]


class _Moments(NamedTuple):
    """Logarithms of the two parts of the likelihood, and means over the moments τ at which a customer may have left.

    Attributes:
        there: ``r ln α + s ln β − (r + x) ln(α + T) − s ln(β + T)``.
        gone: ``r ln α + s ln β + ln ∫ s (α + τ)^−(r + x) (β + τ)^−(s + 1) dτ``, τ from t_x to T.
        log_alpha, log_beta: Means of ln((α + τ) / α) and ln((β + τ) / β).
        over_alpha, over_beta: Means of 1 / (α + τ) and 1 / (β + τ).
    """

    there: Numbers
    gone: Numbers
    log_alpha: Numbers
    log_beta: Numbers
    over_alpha: Numbers
    over_beta: Numbers


def log_likelihood(parameters: Parameters, histories: Histories) -> tuple[float, Numbers]:
    """Log-likelihood of the histories, and its gradient to r, α, s and β.

    Per customer ``L = Γ(r + x) α^r β^s / Γ(r) × (1 / ((α + T)^(r + x) (β + T)^s) + s ∫ dτ / ((α + τ)^(r + x)
    (β + τ)^(s + 1)))`` with τ, the moment of leaving, from t_x to T. The integral is the A₀ of the source, where it
    is a difference of hypergeometric functions; as an integral it has one form for α above and below β, and the
    gradient comes from the same sum.

    Args:
        parameters: r, alpha, s and beta, all above 0.
        histories: Histories, weighted by their customers.
    """
    r, alpha, s, beta = (parameters[name] for name in NAMES)
    most = int(histories.repeats.max(initial=0))
    rising, slope = log_rising(r, most), rising_slope(r, most)
    value, gradient = 0.0, np.zeros(len(NAMES))
    for x, last, age, weight in _pieces(histories):
        at = _moments((r, alpha, s, beta), x, last, age)
        alive = expit(at.there - at.gone)
        left = 1 - alive
        value += float(_sum(weight, rising[x] + np.logaddexp(at.there, at.gone)))
        gradient += (
            _sum(weight, slope[x] - alive * np.log1p(age / alpha) - left * at.log_alpha),
            _sum(weight, r / alpha - (r + x) * (alive / (alpha + age) + left * at.over_alpha)),
            _sum(weight, left * (1 / s - at.log_beta) - alive * np.log1p(age / beta)),
            _sum(weight, s / beta - s * alive / (beta + age) - (s + 1) * left * at.over_beta),
        )
    return value, gradient


def _pieces(histories: Histories) -> Iterator[tuple[Counts, Numbers, Numbers, Numbers]]:
    """Repeats, last, age and customers, some rows at a time."""
    for start in range(0, len(histories), _ROWS):
        rows = slice(start, start + _ROWS)
        yield (
            histories.repeats[rows],
            histories.last[rows],
            histories.age[rows],
            histories.customers[rows],
        )


def _moments(values: tuple[float, ...], x: Counts, last: Numbers, age: Numbers) -> _Moments:
    """The two parts of the likelihood; the integral runs over ``u = ln((c + τ) / (c + t_x))``, c the lesser of α, β."""
    r, alpha, s, beta = values
    least, power = min(alpha, beta), r + x
    start, by_alpha, by_beta = least + last, alpha + last, beta + last

    def fall(u: Numbers) -> tuple[Numbers, Numbers]:
        since, now = start * np.expm1(u), start * np.exp(u)
        drop = power * np.log1p(since / by_alpha) + (s + 1) * np.log1p(since / by_beta) - u
        return drop, power * now / (by_alpha + since) + (s + 1) * now / (by_beta + since) - 1

    end = reach(np.log1p((age - last) / start), fall)
    places, weights = moments(end, fall(end)[0])
    u = end[:, None] * places
    since = start[:, None] * np.expm1(u)
    more_alpha, more_beta = np.log1p(since / by_alpha[:, None]), np.log1p(since / by_beta[:, None])
    parts = np.exp(u - power[:, None] * more_alpha - (s + 1) * more_beta) * weights
    whole = parts.sum(axis=1)
    parts /= whole[:, None]
    until_alpha, until_beta = np.log1p(last / alpha), np.log1p(last / beta)
    with np.errstate(divide="ignore"):  # who bought on the last day cannot have left since: ln 0
        integral = np.log(end) + np.log(whole)
    return _Moments(
        there=-x * np.log(alpha + age) - r * np.log1p(age / alpha) - s * np.log1p(age / beta),
        gone=np.log(s) + np.log(start / by_beta) + integral - x * np.log(by_alpha) - r * until_alpha - s * until_beta,
        log_alpha=until_alpha + (parts * more_alpha).sum(axis=1),
        log_beta=until_beta + (parts * more_beta).sum(axis=1),
        over_alpha=(parts / (by_alpha[:, None] + since)).sum(axis=1),
        over_beta=(parts / (by_beta[:, None] + since)).sum(axis=1),
    )


def fit(histories: Histories, *, near: Fit | None = None, standard_errors: bool = True) -> Fit:
    """The most likely r, α, s and β.

    Args:
        histories: Histories, weighted by their customers.
        near: A fit on data much alike, to start from.
        standard_errors: See ``fitting.maximise``.

    Returns:
        The fit. Faults: ``no_customers``, ``no_time``, ``no_repeats``, ``too_few``, ``not_converged``,
        ``nobody_lost`` (hardly anybody leaves before the end of the observation), ``all_leave_alike`` (s and β run
        off), ``all_buy_alike`` (r and α run off), ``at_bound``, ``flat``.
    """
    if fault := data_fault(histories, len(NAMES)):
        return no_fit("pareto_nbd", NAMES, histories.total, histories.unit, fault)
    if near is None and len(histories) > 2 * SAMPLE:
        look = fit(histories.every(len(histories) // SAMPLE))
        near = None if look.fault else look
    age = float(np.average(histories.age, weights=histories.customers))
    found = maximise(
        lambda parameters: log_likelihood(parameters, histories),
        {"r": 1.0, "alpha": age, "s": 1.0, "beta": age},
        model="pareto_nbd",
        customers=histories.total,
        unit=histories.unit,
        near=near,
        standard_errors=standard_errors,
    )
    return replace(found, fault=_fault(found, float(histories.age.max())))


def _fault(found: Fit, longest: float) -> str:
    """What is wrong with the parameters, in the model's own terms; *longest* is the highest age."""
    r, _, s, beta = found.parameters.values()
    if found.fault == "not_converged":
        return found.fault
    if s * np.log1p(longest / beta) < NEVER:
        return "nobody_lost"
    if s > ALIKE:
        return "all_leave_alike"
    return "all_buy_alike" if r > ALIKE else found.fault


def p_alive(fit: Fit, histories: Histories) -> Numbers:
    """Chance that each customer is still there at the end of the observation.

    ``1 / (1 + s ∫ ((α + T) / (α + τ))^(r + x) ((β + T) / (β + τ))^s dτ / (β + τ))``, τ from t_x to T.

    Raises:
        ValueError: the fit has no outcome.
    """
    values = values_for(fit, histories)
    pieces = (_moments(values, x, last, age) for x, last, age, _ in _pieces(histories))
    return np.concatenate([np.zeros(0), *(expit(at.there - at.gone) for at in pieces)])


def expected_purchases(fit: Fit, spans: Span | npt.ArrayLike) -> Numbers:
    """Purchases expected of a new customer after the first.

    ``E[X(t)] = r β / (α (s − 1)) × (1 − (β / (β + t))^(s − 1))``.

    Args:
        fit: Outcome of :func:`fit`.
        spans: Time since the first purchase: a span, or times in the unit of the fit.

    Raises:
        ValueError: the fit has no outcome.
    """
    r, alpha, s, beta = fit.values()
    return r / alpha * _time_there(s, beta, times(fit, spans))


def purchases_if_alive(fit: Fit, histories: Histories, ahead: Span | float) -> Numbers:
    """Purchases of each customer over the time ahead, were the customer still there.

    ``(r + x) (β + T) / ((α + T)(s − 1)) × (1 − ((β + T) / (β + T + t))^(s − 1))``.

    Args:
        fit: Outcome of :func:`fit`.
        histories: The customers, in the unit of the fit.
        ahead: A span, or a time in the unit of the fit.

    Raises:
        ValueError: the fit has no outcome, or the histories are in another unit.
    """
    r, alpha, s, beta = values_for(fit, histories)
    staying_on = _time_there(s, beta + histories.age, times(fit, ahead))
    return (r + histories.repeats) / (alpha + histories.age) * staying_on


def conditional_purchases(fit: Fit, histories: Histories, ahead: Span | float) -> Numbers:
    """Purchases to expect from each customer over the time ahead, ``P(alive) ×`` :func:`purchases_if_alive`.

    Raises:
        ValueError: the fit has no outcome, or the histories are in another unit.
    """
    return p_alive(fit, histories) * purchases_if_alive(fit, histories, ahead)


def discounted_purchases(fit: Fit, histories: Histories, rate: Rate, horizon: Span | None = None) -> Numbers:
    """Discounted expected residual transactions (DERT): purchases still to come, each worth less the later it comes.

    ``P(alive) × (r + x) / (α + T) × ∫ e^(−δ t) ((β + T) / (β + T + t))^s dt``; without a horizon this is
    ``α^r β^s δ^(s − 1) Γ(r + x + 1) Ψ(s, s; δ(β + T)) / (Γ(r) (α + T)^(r + x + 1) L)``, Ψ the confluent hypergeometric
    function of the second kind. A purchase is discounted from its moment, δ is ``ln(1 + rate)``. More purchases
    with the same last one first raise it, then lower it: a frequent buyer who is silent has left.

    Source: Fader, Hardie and Lee (2005), RFM and CLV, ``fader_hardie_lee_2005_rfm``.

    Args:
        fit: Outcome of :func:`fit`.
        histories: The customers, in the unit of the fit.
        rate: Discount rate, above 0 where there is no horizon.
        horizon: Until when purchases count; endless when left out.

    Raises:
        ValueError: the fit has no outcome, or a sum without end and without interest.
    """
    r, alpha, s, beta = values_for(fit, histories)
    interest = interest_of(fit, rate, horizon)
    ages, rows = np.unique(histories.age, return_inverse=True)
    until = (np.inf if horizon is None else times(fit, horizon)) / (beta + ages)
    ahead = (beta + ages) * staying(s, interest * (beta + ages), until)
    return p_alive(fit, histories) * (r + histories.repeats) / (alpha + histories.age) * ahead[rows]


def _time_there(s: float, beta: float | Numbers, time: Numbers) -> Numbers:
    """Time of a span that a customer is still there, ``β / (s − 1) × (1 − (β / (β + t))^(s − 1))``, also for s = 1."""
    growth = np.log1p(time / beta)
    return beta * growth * exprel((1 - s) * growth)
