"""Integrals over the unseen moment at which a customer left, by Gauss-Legendre quadrature of the logarithm of time.

The textbook form of these integrals is a difference of two hypergeometric functions, which loses all its digits for who
bought hundreds of times (it gave NaN in the packages that print it). Here everything added up is positive.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Steepness = Callable[[Numbers], tuple[Numbers, Numbers]]

DEPTH = 38.0  # e^-38 of the height adds nothing to a sum of 16 digits


def nodes(count: int) -> tuple[Numbers, Numbers]:
    """Places and weights of Gauss and Legendre between 0 and 1; with *count* of them."""
    places, weights = np.polynomial.legendre.leggauss(count)
    return (places + 1) / 2, weights / 2


MOMENTS = nodes(24)  # errors under 2e-11 of a likelihood, over all parameters that a search can meet
_FINE = nodes(64)  # errors under 1e-13 over any horizon


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
    return end * (np.exp((1 - stay) * u - decay[:, None] * np.expm1(u)) @ weights)
