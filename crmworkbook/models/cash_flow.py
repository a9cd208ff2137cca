"""What a row of yearly cash flows is worth: net present value, payback, internal rate of return.

Year 0 is now; every later amount falls at the end of its year. All amounts in whole units of currency.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from crmworkbook.models.rates import check_rate

Flows = Sequence[float] | npt.NDArray[np.float64]
IrrCase = Literal["found", "no_outlay", "no_return", "several"]

_NOISE = 1e-6  # of a euro: less than this is nothing


@dataclass(frozen=True)
class InternalRate:
    """The discount rate at which the net present value is zero.

    Attributes:
        rate: Share per year; NaN where there is none, or more than one may exist.
        case: ``found``; ``no_outlay`` (nothing is ever paid out on balance), ``no_return`` (nothing ever comes
            in on balance); ``several`` (the sign changes more than once, so several rates may fit).
        changes: How often the flows change sign.
    """

    rate: float
    case: IrrCase
    changes: int


def discounted(flows: Flows, rate: float) -> npt.NDArray[np.float64]:
    """Each flow brought back to now, ``C_t / (1 + i)^t``.

    Args:
        flows: Amount per year, from year 0.
        rate: Discount rate per year, share.

    Raises:
        ValueError: a flow is missing, or the rate is no share.
    """
    check_rate(rate)
    amounts = np.asarray(flows, dtype=float)
    if amounts.size == 0 or not np.isfinite(amounts).all():
        raise ValueError("cash flows need an amount for every year; write 0 where nothing moves")
    return np.asarray(amounts / (1 + rate) ** np.arange(amounts.size))


def net_present_value(flows: Flows, rate: float) -> float:
    """All flows brought back to now and added up: −100,000 and four times 40,000 at 10% give 26,794.62.

    Args:
        flows: Amount per year, from year 0.
        rate: Discount rate per year, share.
    """
    return float(discounted(flows, rate).sum())


def payback_period(flows: Flows) -> float:
    """Years until what was paid out is back for good, evenly spread within the year.

    Counts to the moment after which the running total stays at or above zero, so that a second outlay later
    counts too. On discounted flows this is the discounted payback.

    Args:
        flows: Amount per year, from year 0.

    Returns:
        Years; 0 when the total is never below zero, ``inf`` when it ends below zero.
    """
    place = last_short_year(flows)
    if place is None:
        return 0.0
    amounts = np.asarray(flows, dtype=float)
    if place == amounts.size - 1:
        return math.inf
    return place - float(amounts.cumsum()[place] / amounts[place + 1])


def last_short_year(flows: Flows) -> int | None:
    """The last year whose running total is below zero; None when there is no such year."""
    below = np.flatnonzero(np.asarray(flows, dtype=float).cumsum() < -_NOISE)
    return int(below[-1]) if below.size else None


def internal_rate(flows: Flows) -> InternalRate:
    """The rate at which the flows are worth nothing, if exactly one change of sign guarantees that it is one.

    By Descartes' rule of signs one change of sign gives exactly one rate above −100%. Without a change there is
    none, and with more there may be several: then no rate is given rather than one of them.

    Args:
        flows: Amount per year, from year 0.
    """
    amounts = np.asarray(flows, dtype=float)
    signs = np.sign(amounts[np.abs(amounts) > _NOISE])
    changes = int((np.diff(signs) != 0).sum())
    if changes > 1:
        return InternalRate(math.nan, "several", changes)
    if changes == 0:
        return InternalRate(math.nan, "no_outlay" if signs.size and signs[0] > 0 else "no_return", 0)
    first = int(np.flatnonzero(np.abs(amounts) > _NOISE)[0])
    polynomial = np.polynomial.Polynomial(amounts[first:] / np.abs(amounts).max())
    high = 1.0  # in terms of x = 1 / (1 + rate), which runs from 0 up
    while np.sign(polynomial(high)) == signs[0]:
        high *= 2
    return InternalRate(1 / float(brentq(polynomial, 0.0, high, xtol=1e-15, rtol=1e-12)) - 1, "found", 1)


def delayed(amounts: Flows, years: float) -> npt.NDArray[np.float64]:
    """The same amounts *years* later, within the same horizon; what falls after it is lost.

    Half a year moves half of each amount into the next year.

    Args:
        amounts: Amount per year, from year 0.
        years: How much later, 0 or more.

    Raises:
        ValueError: a delay below zero.
    """
    if not years >= 0:
        raise ValueError(f"a delay is zero or more years, got {years:g}")
    whole, part = int(years), years - int(years)
    row = np.asarray(amounts, dtype=float)
    padded = np.concatenate([np.zeros(whole + 1), row])
    return np.asarray((1 - part) * padded[1 : row.size + 1] + part * padded[: row.size])
