"""Special functions in the form that the models need, quick and accurate for customers who bought hundreds of times."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import hyp2f1  # type: ignore[import-untyped]

from crmworkbook.models.buy_till_you_die import quadrature

Numbers = npt.NDArray[np.float64]

LARGE = 100.0  # up to here the closed form is exact to 11 digits
NEAR_ONE = 1e-4


def log_rising(start: float, most: int) -> Numbers:
    """``ln Γ(start + n) − ln Γ(start)`` for n = 0, 1, … *most*, as the sum of ``ln(start + i)`` over i < n.

    A table to look up counts in; stays exact for a huge *start*, where two gamma functions would cancel.
    """
    return np.concatenate([[0.0], np.cumsum(np.log(start + np.arange(most)))])


def rising_slope(start: float, most: int) -> Numbers:
    """Derivative of :func:`log_rising` to *start*, ``ψ(start + n) − ψ(start)``."""
    return np.concatenate([[0.0], np.cumsum(1 / (start + np.arange(most)))])


def purchases_ahead(a: float, b: Numbers, shape: Numbers, ahead: Numbers) -> Numbers:
    """Purchases to come of who is there: rate gamma(*shape*, 1 / α), leaving after each with chance beta(a, b).

    The mean of ``(1 − (1 + p y)^−shape) / p`` over p. With z = y / (1 + y) and c = a + b − 1 that is
    ``c / (a − 1) × (1 − (1 − z)^(a − 1) ₂F₁(a − 1, c − shape; c; z))``: Euler's form of the hypergeometric function,
    for the usual one overflows when someone bought hundreds of times; here c − shape stays small, as b and shape rise
    together. Where this form fails (a near 1, parameters that have run off, gaps of scipy's function) the mean is taken
    by quadrature, which is slower.

    Args:
        a: Of the chance to leave, above 0.
        b: Of the chance to leave, per customer, above 0.
        shape: Of the purchase rate, per customer, above 0.
        ahead: y, time ahead divided by α, per customer, 0 or more.
    """
    b, shape, ahead = (np.asarray(part, float) for part in np.broadcast_arrays(b, shape, ahead))
    c, z = a + b - 1, ahead / (1 + ahead)
    if a > LARGE or abs(a - 1) < NEAR_ONE or np.any(np.abs(c - shape) > LARGE):
        return quadrature.purchases_ahead(a, b, shape, ahead)
    with np.errstate(all="ignore"):
        found = c / (a - 1) * (1 - np.exp((1 - a) * np.log1p(ahead)) * hyp2f1(a - 1, c - shape, c, z))
    odd = ~np.isfinite(found)
    if odd.any():
        found = np.where(odd, quadrature.purchases_ahead(a, b, shape, ahead), found)
    return found
