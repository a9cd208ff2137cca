"""What a model asks of its data before it is fitted, and of a fit before it is used; the same for every model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crmworkbook.models.buy_till_you_die.fitting import Fit
from crmworkbook.models.buy_till_you_die.histories import Histories
from crmworkbook.models.rates import Rate, Span

Numbers = npt.NDArray[np.float64]


def data_fault(histories: Histories, parameters: int) -> str:
    """Why no model with so many *parameters* can be fitted: a key of ``fitting.FATAL``, empty when one can."""
    here = histories.customers > 0
    if not here.any():
        return "no_customers"
    if not histories.age[here].any():
        return "no_time"
    if not histories.repeats[here].any():
        return "no_repeats"
    return "too_few" if histories.total <= parameters else ""


def values_for(fit: Fit, histories: Histories) -> tuple[float, ...]:
    """The parameters of a fit, to compute with for these histories.

    Raises:
        ValueError: the fit has no outcome, or the histories are in another unit of time.
    """
    if histories.unit != fit.unit:
        raise ValueError(f"the fit is per {fit.unit} and the histories are per {histories.unit}; give both in one unit")
    return fit.values()


def times(fit: Fit, spans: Span | npt.ArrayLike) -> Numbers:
    """A span, or times that are in the unit of the fit already, as numbers in that unit.

    Raises:
        ValueError: a time that is missing, endless or negative.
    """
    assert fit.unit is not None  # only spend has no time in it
    found = np.asarray(spans.length_in(fit.unit) if isinstance(spans, Span) else spans, float)
    if not (np.isfinite(found) & (found >= 0)).all():
        raise ValueError(f"a time ahead must be 0 or more and not endless, got {found}")
    return found


def interest_of(fit: Fit, rate: Rate, horizon: Span | None) -> float:
    """The discount rate as it works at every moment, ``δ = ln(1 + i)`` per unit of the fit.

    Raises:
        ValueError: a negative rate, or no horizon and no rate above 0.
    """
    assert fit.unit is not None
    if rate.value < 0 or (rate.value == 0 and horizon is None):
        raise ValueError("purchases without end need a discount rate above 0; give a rate, or 0 and a horizon")
    return rate.intensity(fit.unit)
