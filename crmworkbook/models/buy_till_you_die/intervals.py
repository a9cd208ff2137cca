"""How certain a value is that was computed from fitted models: by drawing customers anew, or from standard errors.

The interval is of the value itself (a total, a mean, one customer's), for the customers as they are: it says how far
the parameters may be off, not what chance will do with single customers, nor that people may change their ways.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, Self

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri  # type: ignore[import-untyped]

from crmworkbook.models.buy_till_you_die.fitting import FATAL, Fit
from crmworkbook.models.rates import check_share

Numbers = npt.NDArray[np.float64]
Measure = Callable[..., float]
Progress = Callable[[int, int], object]

REFITS = 200
LEVEL = 0.90
STEP = 1e-4  # of the logarithm of a parameter


class Sample(Protocol):
    """Rows that stand for a number of customers: ``Histories`` or ``Spends``."""

    @property
    def customers(self) -> Numbers:
        """How many customers each row stands for."""

    def reweighted(self, customers: Numbers) -> Self:
        """The same rows with other numbers."""


Fitter = Callable[..., Fit]


@dataclass(frozen=True, eq=False)
class Interval:
    """A value and between what it lies.

    Attributes:
        value: As the fits on all customers give it.
        low, high: Ends of the interval; NaN where it could not be computed.
        level: Chance that an interval made like this holds the truth.
        method: ``bootstrap`` or ``delta``.
        refits: Draws asked for; 0 for the delta method.
        failed: Draws on which a model could not be fitted; they are left out.
        draws: The value in each draw that could be.
    """

    value: float
    low: float
    high: float
    level: float
    method: Literal["bootstrap", "delta"]
    refits: int = 0
    failed: int = 0
    draws: Numbers | None = None


def bootstrap(
    measure: Measure,
    *fitted: tuple[Fitter, Sample, Fit],
    refits: int = REFITS,
    level: float = LEVEL,
    seed: int = 0,
    progress: Progress | None = None,
) -> Interval:
    """Interval of a value, by fitting the models again on customers drawn at random, as many as there are.

    Rows are drawn by weight, so that a million customers in a few thousand rows are drawn at once, and each search
    starts from the fit on all. Samples are drawn apart from each other: how often people buy and what they spend are
    taken to be independent, as the models themselves do. The ends are the quantiles of the draws.

    Args:
        measure: The fits, in the order of *fitted*, to the value.
        fitted: For each model its ``fit``, the sample and the outcome on it.
        refits: Number of draws.
        level: Chance, above 0 and below 1.
        seed: Of the draws; the same seed gives the same interval.
        progress: Called with the number of draws done and to do.

    Raises:
        ValueError: a fit has no outcome, or there is nothing to draw.
    """
    _check(level)
    if refits < 1:
        raise ValueError(f"a bootstrap needs refits, got {refits}; 200 will do")
    value = measure(*(fit for _, _, fit in fitted))
    chance, draws = np.random.default_rng(seed), []
    for done in range(1, refits + 1):
        again = [_refit(fitter, sample, fit, chance) for fitter, sample, fit in fitted]
        if not any(fit.fault in FATAL for fit in again):
            draws.append(measure(*again))
        if progress:
            progress(done, refits)
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail]) if draws else (np.nan, np.nan)
    return Interval(value, float(low), float(high), level, "bootstrap", refits, refits - len(draws), np.array(draws))


def _refit(fitter: Fitter, sample: Sample, fit: Fit, chance: np.random.Generator) -> Fit:
    weights = sample.customers
    drawn = chance.multinomial(round(float(weights.sum())), weights / weights.sum()).astype(float)
    near = None if fit.fault else fit
    return fitter(sample.reweighted(drawn), near=near, standard_errors=False)


def delta_interval(measure: Measure, *fits: Fit, level: float = LEVEL) -> Interval:
    """Interval of a positive value from the standard errors of the fits: quick, and nearly as good on many customers.

    The logarithm of the value is taken to be linear in the logarithms of the parameters, and normal.

    Args:
        measure: The fits to the value, above 0.
        fits: Fits with standard errors.
        level: Chance, above 0 and below 1.

    Returns:
        The interval; its ends are NaN where a fit has no standard errors.

    Raises:
        ValueError: a fit has no outcome, or a value that is not above 0.
    """
    _check(level)
    value = measure(*fits)
    if not value > 0:
        raise ValueError(f"this interval is for values above 0, got {value:g}; take a bootstrap")
    variance = 0.0
    for place, fit in enumerate(fits):
        slopes = [_slope(measure, fits, place, name) for name in fit.parameters]
        variance += float(np.array(slopes) @ fit.log_covariance() @ np.array(slopes))
    factor = float(np.exp(ndtri((1 + level) / 2) * np.sqrt(variance)))
    return Interval(value, value / factor, value * factor, level, "delta")


def _slope(measure: Measure, fits: tuple[Fit, ...], place: int, name: str) -> float:
    """Derivative of the logarithm of the value to that of one parameter."""
    logs = []
    for side in (STEP, -STEP):
        moved = list(fits)
        moved[place] = fits[place].moved({name: fits[place].parameters[name] * float(np.exp(side))})
        logs.append(np.log(measure(*moved)))
    return float(logs[0] - logs[1]) / (2 * STEP)


def _check(level: float) -> None:
    check_share(level, "level")
    if level in (0, 1):
        raise ValueError(f"level must be above 0 and below 1, got {level:g}; 0.90 is usual")
