"""Integrals over what nobody sees, when a customer left or with what chance, by the quadrature of Gauss and Legendre.

In print they are hypergeometric functions, or a difference of two, which lose their digits for customers who bought
hundreds of times. Here everything added up is positive, and the logarithm of what is integrated over spreads it evenly.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, expit, log_expit  # type: ignore[import-untyped]

Numbers = npt.NDArray[np.float64]
Steepness = Callable[[Numbers], tuple[Numbers, Numbers]]

DEPTH = 38.0  # e^-38 of the height adds nothing to a sum of 16 digits


def nodes(count: int) -> tuple[Numbers, Numbers]:
    """Places and weights of Gauss and Legendre between 0 and 1; with *count* of them."""
    places, weights = np.polynomial.legendre.leggauss(count)
    return (places + 1) / 2, weights / 2


_FEW = nodes(12)  # errors under 5e-12 where ``moments`` takes them
_MOMENTS = nodes(24)  # errors under 2e-11 of a likelihood, over all parameters that a search can meet
_FINE = nodes(64)  # errors under 1e-13 over any horizon
_FINEST = nodes(128)  # errors under 5e-8, and mostly 1e-14
_TAIL = 1e-10
_ROWS = 4_000  # at a time


def reach(width: Numbers, fall: Steepness, steps: int = 6) -> Numbers:
    """How far to look: up to *width*, or to where the integrand has fallen by ``e^-38``, whichever comes first.

    Args:
        width: Ends of the integrals.
        fall: Minus the logarithm of the integrand, convex, and its slope. Newton's steps come down from the far side,
            so that stopping early costs digits, never a part of the integral.
        steps: Most steps taken.
    """
    end = np.array(width, float)
    for _ in range(steps):
        height, slope = fall(end)
        far = height > DEPTH
        if not far.any():
            break
        end = np.where(far, end - (height - DEPTH) / np.where(far, slope, 1.0), end)
    return end


def moments(end: Numbers, drop: Numbers) -> tuple[Numbers, Numbers]:
    """Places and weights for integrals up to *end*, over which the logarithm of the integrand falls by *drop*."""
    calm = end.max(initial=0) < 3 and np.abs(drop).max(initial=0) < 12
    return _FEW if calm else _MOMENTS


def staying(stay: float, decay: Numbers, horizon: Numbers) -> Numbers:
    """Discounted time that a customer is still there, ``∫ e^(−z v) (1 + v)^(−s) dv`` for v from 0 to the horizon.

    Without end it is ``U(1, 2 − s, z)``, the confluent hypergeometric function of the second kind; this form keeps its
    digits where that one loses them (s above 30), and knows horizons.

    Args:
        stay: The power s, above 0.
        decay: The rates z, 0 or more; above 0 without a horizon.
        horizon: Ends, above 0 or infinite, as long as *decay*.
    """
    with np.errstate(divide="ignore"):
        beyond = np.log1p((80 + 2 * np.log1p(1 / decay)) / decay)  # nothing is left there
        highest = np.log(np.maximum((1 - stay) / decay, 1.0))
    width = np.minimum(np.log1p(horizon), beyond)
    highest = np.minimum(highest, width)
    lift = (stay - 1) * highest + decay * np.expm1(highest)
    end = reach(width, lambda u: ((stay - 1) * u + decay * np.expm1(u) - lift, stay - 1 + decay * np.exp(u)), 8)
    places, weights = _FINE
    u = end[:, None] * places
    return end * np.einsum("ij,j", np.exp((1 - stay) * u - decay[:, None] * np.expm1(u)), weights)


def purchases_ahead(a: float, b: Numbers, shape: Numbers, ahead: Numbers) -> Numbers:
    """Purchases to come of who is there: rate gamma(*shape*, 1 / α), leaving after each with chance p, beta(a, b).

    The mean over p of ``(1 − (1 + p t / α)^−shape) / p``, by the sum over ``q = ln(p / (1 − p))``. As a hypergeometric
    function this is NaN in places where scipy's has a gap (shape − a whole) and 0 / 0 at a = 1.

    Args:
        a: Of the chance to leave, above 0.
        b: Of the chance to leave, per customer, above 0.
        shape: Of the purchase rate, per customer, above 0.
        ahead: Time ahead divided by α, per customer, 0 or more.
    """
    b, shape, ahead = (np.asarray(part, float) for part in np.broadcast_arrays(b, shape, ahead))
    outcome = np.zeros(b.shape)
    going = ahead > 0
    for rows in np.array_split(np.flatnonzero(going), max(int(going.sum()) // _ROWS, 1)):
        outcome.flat[rows] = _ahead(a, b.flat[rows], shape.flat[rows], ahead.flat[rows])
    return outcome


def _ahead(a: float, b: Numbers, shape: Numbers, ahead: Numbers) -> Numbers:
    """The sum between the ends beyond which next to nothing lies, plus what does lie there: the tails are powers."""
    knee = 1 / (shape * ahead)  # below it p is too small to matter
    top = _top(a, b, knee)

    def fall(q: Numbers) -> tuple[Numbers, Numbers]:
        p = expit(q)
        drop = -a * log_expit(q) - b * log_expit(-q) + np.log(p + knee)
        return drop, b * p - a * (1 - p) + p * (1 - p) / (p + knee)

    height = fall(top)[0]

    def beyond(q: Numbers) -> tuple[Numbers, Numbers]:
        drop, slope = fall(q)
        return drop - height, slope

    def before(q: Numbers) -> tuple[Numbers, Numbers]:
        drop, slope = beyond(q)
        return drop, -slope

    smallest = np.log(_TAIL * np.minimum(1 / b, knee * shape / (shape + 1)))
    left = reach(np.maximum(top - smallest, 1.0), lambda u: before(top - u), 12)
    right = reach(np.maximum(np.log1p(a) - np.log(_TAIL) - top, 1.0), lambda u: beyond(top + u), 12)
    start, width = (top - left)[:, None], (left + right)[:, None]
    places, weights = _FINEST

    def part(q: Numbers) -> Numbers:
        p = expit(q)
        left_out = -np.expm1(-shape[:, None] * np.log1p(ahead[:, None] * p))
        beta = betaln(a, b)[:, None]
        return np.exp((a - 1) * log_expit(q) + b[:, None] * log_expit(-q) - beta) * left_out

    inside = np.einsum("ij,j", part(start + width * places), weights) * width[:, 0]
    return inside + part(start)[:, 0] / a + part(start + width)[:, 0] / b


def _top(a: float, b: Numbers, knee: Numbers) -> Numbers:
    """Where ``p^a (1 − p)^b / (p + knee)`` is highest, as ln(p / (1 − p)): the root of a quadratic."""
    square, line, whole = 1 - a - b, a - 1 - knee * (a + b), a * knee
    root = np.sqrt(line * line - 4 * square * whole)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(line > 0, -(line + root) / (2 * square), 2 * whole / (root - line))
    p = np.clip(p, 1e-300, 1 - 1e-12)
    return np.log(p) - np.log1p(-p)
