"""MBG/NBD: as BG/NBD, but a customer may leave after the first purchase too.

Purchases come at random with a rate λ that differs between customers as a gamma distribution (shape r, scale 1/α), and
after every purchase, the first one included, a customer leaves with a chance p that differs as a beta distribution
(a, b). So who bought once need not be there any more, where BG/NBD is certain that they are.

Source: Batislam, Denizel and Filiztekin (2007), ``batislam_denizel_filiztekin_2007``, and, the same model,
Hoppe and Wagner (2007), ``hoppe_wagner_2007``. Symbols: x repeat purchases, t_x time of the last, T age; α is in the
unit of time of the histories.
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
from crmworkbook.models.buy_till_you_die.quadrature import purchases_ahead
from crmworkbook.models.buy_till_you_die.special import log_rising, rising_slope
from crmworkbook.models.rates import Span

SOURCE = "batislam_denizel_filiztekin_2007"
NAMES = ("r", "alpha", "a", "b")
NEVER = 0.001  # a mean chance to leave below this is none
ALIKE = 1000.0  # of a shape: customers differ by 3% or less
SAMPLE = 10_000  # rows for a first look at a large table
Numbers = npt.NDArray[np.float64]
_sum = partial(np.einsum, "i,i")  # of products; unlike @ it does not wait for other processors


def log_likelihood(parameters: Parameters, histories: Histories) -> tuple[float, Numbers]:
    """Log-likelihood of the histories, and its gradient to r, α, a and b.

    Per customer ``ln L = ln A + ln(1 + D)`` with, where (r)_x is r(r + 1)…(r + x − 1),
    ``A = (r)_x α^r / (α + T)^(r + x) × (b)_(x + 1) / (a + b)_(x + 1)`` for a customer who is still there, and
    ``D = a / (b + x) × ((α + T) / (α + t_x))^(r + x)`` the odds of having left.

    Args:
        parameters: r, alpha, a and b, all above 0.
        histories: Histories, weighted by their customers.
    """
    r, alpha, a, b = (parameters[name] for name in NAMES)
    x, most = histories.repeats, int(histories.repeats.max(initial=0)) + 1
    weight, end, last = histories.customers, alpha + histories.age, alpha + histories.last
    idle = np.log1p((histories.age - histories.last) / last)
    odds = _log_odds(r, a, b, histories, idle)
    left = expit(odds)
    value = _sum(
        weight,
        log_rising(r, most)[x]
        + (log_rising(b, most) - log_rising(a + b, most))[x + 1]
        - x * np.log(end)
        - r * np.log1p(histories.age / alpha)
        + np.logaddexp(0, odds),
    )
    both = rising_slope(a + b, most)[x + 1]
    gradient = (
        _sum(weight, rising_slope(r, most)[x] - np.log1p(histories.age / alpha) + left * idle),
        _sum(weight, r / alpha - (r + x) * (left / last + (1 - left) / end)),
        _sum(weight, left / a - both),
        _sum(weight, rising_slope(b, most)[x + 1] - both - left / (b + x)),
    )
    return float(value), np.array(gradient)


def _log_odds(r: float, a: float, b: float, histories: Histories, idle: Numbers) -> Numbers:
    """Logarithm of the odds of having left, ``ln D``; *idle* is ``ln((α + T) / (α + t_x))``."""
    return np.log(a) - np.log(b + histories.repeats) + (r + histories.repeats) * idle


def fit(histories: Histories, *, near: Fit | None = None, standard_errors: bool = True) -> Fit:
    """The most likely r, α, a and b.

    Args:
        histories: Histories, weighted by their customers.
        near: A fit on data much alike, to start from.
        standard_errors: See ``fitting.maximise``.

    Returns:
        The fit. Faults: ``no_customers``, ``no_time``, ``no_repeats``, ``too_few``, ``not_converged``,
        ``nobody_lost`` (the chance to leave runs to 0), ``all_leave_alike`` (a and b run off), ``all_buy_alike``
        (r and α run off), ``at_bound``, ``flat``.
    """
    if fault := data_fault(histories, len(NAMES)):
        return no_fit("mbg_nbd", NAMES, histories.total, histories.unit, fault)
    if near is None and len(histories) > 2 * SAMPLE:
        look = fit(histories.every(len(histories) // SAMPLE))
        near = None if look.fault else look
    found = maximise(
        lambda parameters: log_likelihood(parameters, histories),
        {"r": 1.0, "alpha": float(np.average(histories.age, weights=histories.customers)), "a": 1.0, "b": 1.0},
        model="mbg_nbd",
        customers=histories.total,
        unit=histories.unit,
        near=near,
        standard_errors=standard_errors,
    )
    return replace(found, fault=_fault(found))


def _fault(found: Fit) -> str:
    """What is wrong with the parameters, in the model's own terms."""
    r, _, a, b = found.parameters.values()
    if found.fault == "not_converged":
        return found.fault
    if a / (a + b) < NEVER:
        return "nobody_lost"
    if a + b > ALIKE:
        return "all_leave_alike"
    return "all_buy_alike" if r > ALIKE else found.fault


def p_alive(fit: Fit, histories: Histories) -> Numbers:
    """Chance that each customer is still there, ``1 / (1 + a / (b + x) × ((α + T) / (α + t_x))^(r + x))``.

    Below 1 also for who bought once.

    Raises:
        ValueError: the fit has no outcome, or the histories are in another unit.
    """
    r, alpha, a, b = values_for(fit, histories)
    idle = np.log1p((histories.age - histories.last) / (alpha + histories.last))
    return expit(-_log_odds(r, a, b, histories, idle))


def expected_purchases(fit: Fit, spans: Span | npt.ArrayLike) -> Numbers:
    """Purchases expected of a new customer after the first.

    ``E[X(t)] = b / (a − 1) × (1 − (α / (α + t))^r ₂F₁(r, b + 1; a + b; t / (α + t)))``.

    Args:
        fit: Outcome of :func:`fit`.
        spans: Time since the first purchase: a span, or times in the unit of the fit.

    Raises:
        ValueError: the fit has no outcome.
    """
    r, alpha, a, b = fit.values()
    return b / (a + b) * purchases_ahead(a, np.array(b + 1), np.array(r), times(fit, spans) / alpha)


def purchases_if_alive(fit: Fit, histories: Histories, ahead: Span | float) -> Numbers:
    """Purchases of each customer over the time ahead, were the customer still there.

    ``(a + b + x) / (a − 1) × (1 − ((α + T) / (α + T + t))^(r + x) ₂F₁(r + x, b + x + 1; a + b + x;
    t / (α + T + t)))``.

    Args:
        fit: Outcome of :func:`fit`.
        histories: The customers, in the unit of the fit.
        ahead: A span, or a time in the unit of the fit.

    Raises:
        ValueError: the fit has no outcome, or the histories are in another unit.
    """
    r, alpha, a, b = values_for(fit, histories)
    x, age, rows = histories.ages
    return purchases_ahead(a, b + x + 1, r + x, times(fit, ahead) / (alpha + age))[rows]


def conditional_purchases(fit: Fit, histories: Histories, ahead: Span | float) -> Numbers:
    """Purchases to expect from each customer over the time ahead, ``P(alive) ×`` :func:`purchases_if_alive`.

    Raises:
        ValueError: the fit has no outcome, or the histories are in another unit.
    """
    return p_alive(fit, histories) * purchases_if_alive(fit, histories, ahead)
