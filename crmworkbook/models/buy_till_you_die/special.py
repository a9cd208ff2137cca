"""Special functions in the form that the models need, accurate for customers who bought hundreds of times."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, hyp2f1  # type: ignore[import-untyped]

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

LARGE = 100.0  # up to here the closed form is exact to 11 digits
NEAR_ONE = 1e-4
NODES = 400
TAIL = 1e-14  # chance left out on either side of a beta distribution


def log_rising(start: float, most: int) -> Numbers:
    """``ln Γ(start + n) − ln Γ(start)`` for n = 0, 1, … *most*, as the sum of ``ln(start + i)`` over i < n.

    A table to look up counts in; stays exact for a huge *start*, where two gamma functions would cancel.
    """
    return np.concatenate([[0.0], np.cumsum(np.log(start + np.arange(most)))])


def rising_slope(start: float, most: int) -> Numbers:
    """Derivative of :func:`log_rising` to *start*, ``ψ(start + n) − ψ(start)``."""
    return np.concatenate([[0.0], np.cumsum(1 / (start + np.arange(most)))])


def purchases_ahead(a: float, b: Numbers, shape: Numbers, alpha: Numbers, time: Numbers) -> Numbers:
    """Purchases to come of who is there: rate gamma(*shape*, 1 / *alpha*), leaving after each with chance beta(a, b).

    The mean of ``(1 − (1 + p t / α)^−shape) / p`` over p. With z = t / (α + t) and c = a + b − 1 that is
    ``c / (a − 1) × (1 − (1 − z)^(a − 1) ₂F₁(a − 1, c − shape; c; z))``: Euler's form of the hypergeometric function,
    for the usual one overflows when someone bought hundreds of times; here c − shape stays small, as b and shape rise
    together.

    Args:
        a: Of the chance to leave.
        b: Of the chance to leave, for each customer.
        shape: Of the purchase rate, for each customer.
        alpha: Of the purchase rate, for each customer.
        time: Time ahead, in the unit of alpha.
    """
    b, shape, ahead = np.broadcast_arrays(b, shape, time / alpha)
    if a > LARGE or np.any(np.abs(a + b - 1 - shape) > LARGE):
        return _by_nodes(a, b, shape, ahead)
    if abs(a - 1) >= NEAR_ONE:
        return _closed(a, b, shape, ahead)
    below, above = (_closed(1 + side, b, shape, ahead) for side in (-NEAR_ONE, NEAR_ONE))  # at 1 itself it is 0 / 0
    return below + (above - below) * (a - 1 + NEAR_ONE) / (2 * NEAR_ONE)


def _closed(a: float, b: Numbers, shape: Numbers, ahead: Numbers) -> Numbers:
    c = a + b - 1
    gone = np.exp((1 - a) * np.log1p(ahead)) * hyp2f1(a - 1, c - shape, c, ahead / (1 + ahead))
    return c / (a - 1) * (1 - gone)


def _by_nodes(a: float, b: Numbers, shape: Numbers, ahead: Numbers) -> Numbers:
    """The mean as a sum over the logit of p between far quantiles: slower, for parameters that have run off."""
    outcome = np.empty(b.shape)
    for one in np.unique(b):
        rows = b == one
        low, high = (np.log(max(float(end), 1e-300)) for end in (betaincinv(a, one, TAIL), betaincinv(one, a, TAIL)))
        logit = np.linspace(low - np.log(-np.expm1(low)), np.log(-np.expm1(high)) - high, NODES)
        log_p, log_stay = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
        weight = np.exp(a * log_p + one * log_stay - np.max(a * log_p + one * log_stay))
        gone = np.expm1(-shape[rows, None] * np.log1p(ahead[rows, None] * np.exp(log_p)))
        outcome[rows] = -(gone / np.exp(log_p)) @ (weight / weight.sum())
    return outcome
