"""BG/NBD: customers buy at their own pace, and after each purchase some leave for good.

Purchases come at random with a rate λ that differs between customers as a gamma distribution (shape r, scale 1/α), and
after every repeat purchase a customer leaves with a chance p that differs as a beta distribution (a, b). Who never came
back cannot have left: that is the model's weak point, and the reason to look at MBG/NBD as well.

Source: Fader, Hardie and Lee (2005), ``fader_hardie_lee_2005``. Symbols: x repeat purchases, t_x time of the last, T
age; α is in the unit of time of the histories.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.special import expit  # type: ignore[import-untyped]

from crmworkbook.models.buy_till_you_die.checks import data_fault, times, values_for
from crmworkbook.models.buy_till_you_die.fitting import Fit, Parameters, maximise, no_fit
from crmworkbook.models.buy_till_you_die.histories import Histories
from crmworkbook.models.buy_till_you_die.special import log_rising, purchases_ahead, rising_slope
from crmworkbook.models.rates import Span

SOURCE = "fader_hardie_lee_2005"
NAMES = ("r", "alpha", "a", "b")
NEVER = 0.001  # a mean chance to leave below this is none
ALIKE = 100.0  # of r, and of a + b: rates or chances differ by a tenth or less
SAMPLE = 10_000  # rows for a first look at a large table
Numbers = npt.NDArray[np.float64]
_sum = partial(np.einsum, "i,i")  # of products; unlike @ it does not wait for other processors


def log_likelihood(parameters: Parameters, histories: Histories) -> tuple[float, Numbers]:
    """Log-likelihood of the histories, and its gradient to r, α, a and b.

    Per customer ``ln L = ln A + ln(1 + D)`` with, where (r)_x is r(r + 1)…(r + x − 1),
    ``A = (r)_x / (α + T)^x × (α / (α + T))^r × (b)_x / (a + b)_x`` for a customer who is still there, and
    ``D = a / (b + x − 1) × ((α + T) / (α + t_x))^(r + x)`` the odds of having left, 0 when x = 0.

    Args:
        parameters: r, alpha (in the unit of time of the histories), a and b, all above 0.
        histories: Histories, weighted by their customers.
    """
    r, alpha, a, b = (parameters[name] for name in NAMES)
    x, weight, ages, lasts = histories.repeats, histories.customers, histories.age_levels, histories.last_levels
    most = int(x.max(initial=0))
    counted, aged = np.bincount(x, weight, most + 1), np.bincount(ages.rows, weight, len(ages.values))
    bought = np.bincount(ages.rows, weight * x, len(ages.values))
    until = np.log1p(ages.values / alpha)
    idle = until[ages.rows] - np.log1p(lasts.values / alpha)[lasts.rows]
    odds = _log_odds(r, a, b, x, idle)
    small = np.exp(-np.abs(odds))
    left = weight * np.where(odds > 0, 1.0, small) / (1 + small)
    gone = np.bincount(x, left, most + 1)
    since = (1 / (alpha + lasts.values))[lasts.rows] - (1 / (alpha + ages.values))[ages.rows]
    value = (
        counted @ (log_rising(r, most) + log_rising(b, most) - log_rising(a + b, most))
        - bought @ (until + np.log(alpha))
        - r * (aged @ until)
        + _sum(weight, np.maximum(odds, 0) + np.log1p(small))
    )
    both = counted @ rising_slope(a + b, most)
    gradient = (
        counted @ rising_slope(r, most) - aged @ until + _sum(left, idle),
        r * aged.sum() / alpha - (r * aged + bought) @ (1 / (alpha + ages.values)) - _sum(left, (r + x) * since),
        gone.sum() / a - both,
        counted @ rising_slope(b, most) - both - gone[1:] @ (1 / (b + np.arange(most))),
    )
    return float(value), np.array(gradient)


def _log_odds(r: float, a: float, b: float, x: npt.NDArray[np.int64], idle: Numbers) -> Numbers:
    """Logarithm of the odds of having left, ``ln D``; −∞ for who never came back."""
    chance = np.log(a / (b + np.arange(int(x.max(initial=0)))))
    return np.concatenate([[-np.inf], chance])[x] + (r + x) * idle


def fit(histories: Histories, *, near: Fit | None = None, standard_errors: bool = True) -> Fit:
    """The most likely r, α, a and b.

    Args:
        histories: Histories, weighted by their customers.
        near: A fit on data much alike, to start from.
        standard_errors: See ``fitting.maximise``.

    Returns:
        The fit, α in the unit of time of the histories. Faults: ``no_customers``, ``no_time`` (every T is 0),
        ``no_repeats``, ``too_few``, ``not_converged``, ``nobody_lost`` (the chance to leave runs to 0),
        ``all_leave_alike`` (a and b run off: everyone has the same chance to leave), ``all_buy_alike`` (r and α run
        off: everyone buys at the same pace), ``at_bound``, ``flat``.
    """
    total, unit = histories.total, histories.unit
    if fault := data_fault(histories, len(NAMES)):
        return no_fit("bg_nbd", NAMES, total, unit, fault)
    if near is None and len(histories) > 2 * SAMPLE:
        sample = fit(histories.every(len(histories) // SAMPLE))
        near = None if sample.fault else sample
    age = float(np.average(histories.age, weights=histories.customers))
    found = maximise(
        lambda parameters: log_likelihood(parameters, histories),
        {"r": 0.5, "alpha": age / 4, "a": 1.0, "b": 2.0},
        model="bg_nbd",
        customers=total,
        unit=unit,
        near=near,
        standard_errors=standard_errors,
    )
    return replace(found, fault=_fault(found))


def _fault(found: Fit) -> str:
    """What is wrong with the parameters, in the model's own terms; a search that ran off need not have ended."""
    r, _, a, b = found.parameters.values()
    leaving = a / (a + b)
    if leaving < NEVER or (found.fault == "flat" and leaving < 10 * NEVER):
        return "nobody_lost"
    if a + b > ALIKE:
        return "all_leave_alike"
    return "all_buy_alike" if r > ALIKE else found.fault


def p_alive(fit: Fit, histories: Histories) -> Numbers:
    """Chance that each customer is still there, ``1 / (1 + D)``; 1 for who never came back.

    ``D = a / (b + x − 1) × ((α + T) / (α + t_x))^(r + x)``, 0 when x = 0.

    Raises:
        ValueError: the fit has no outcome, or another unit of time.
    """
    r, alpha, a, b = values_for(fit, histories)
    idle = np.log1p((histories.age - histories.last) / (alpha + histories.last))
    return expit(-_log_odds(r, a, b, histories.repeats, idle))


def expected_purchases(fit: Fit, after: Span | npt.ArrayLike) -> Numbers:
    """Repeat purchases of a new customer by each time after the first purchase, E[X(t)].

    ``(a + b − 1) / (a − 1) × (1 − (α / (α + t))^r ₂F₁(r, b; a + b − 1; t / (α + t)))``.

    Args:
        fit: Outcome of :func:`fit`.
        after: A span, or an array of times in the unit of the fit.
    """
    r, alpha, a, b = fit.values()
    return purchases_ahead(a, np.array(b), np.array(r), times(fit, after) / alpha)


def purchases_if_alive(fit: Fit, histories: Histories, ahead: Span | float) -> Numbers:
    """Purchases of each customer over the time ahead, were the customer still there.

    ``(a + b + x − 1) / (a − 1) × (1 − ((α + T) / (α + T + t))^(r + x) ₂F₁(r + x, b + x; a + b + x − 1;
    t / (α + T + t)))``, which knows x and T but not t_x.

    Args:
        fit: Outcome of :func:`fit`.
        histories: One row per customer or group of customers.
        ahead: A span, or a time in the unit of the fit.
    """
    r, alpha, a, b = values_for(fit, histories)
    x, age, rows = histories.ages
    return purchases_ahead(a, b + x, r + x, times(fit, ahead) / (alpha + age))[rows]


def conditional_purchases(fit: Fit, histories: Histories, ahead: Span | float) -> Numbers:
    """Purchases to expect from each customer over the time ahead, ``P(alive) ×`` :func:`purchases_if_alive`.

    Raises:
        ValueError: the fit has no outcome, or another unit of time.
    """
    return p_alive(fit, histories) * purchases_if_alive(fit, histories, ahead)
