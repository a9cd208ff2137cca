"""What renewals a customer still has ahead, by how many they have behind them, along a survival curve."""

from __future__ import annotations

import pandas as pd
from scipy.special import hyp2f1  # type: ignore[import-untyped]

from crmworkbook.models.cohorts import SurvivalCurve
from crmworkbook.models.working import Quantity, Working

SOURCE = "fader_hardie_2010"


def residual_lifetime(curve: SurvivalCurve, period: int, discount_rate: float) -> Working:
    """Discounted expected residual lifetime (DERL) of a customer about to decide on the renewal of *period*.

    ``r_n × ₂F₁(1, β + n; α + β + n; 1 / (1 + d))``: the number of payments still to come, the next one undiscounted
    because it falls now (Fader and Hardie 2010). It rises with n, for who stayed long is likely to be a stayer.

    Args:
        curve: Outcome of ``cohorts.fit_survival``.
        period: The renewal that is next: 1 for a customer in the first period.
        discount_rate: Per period, share above 0.

    Returns:
        Working of the retention at that renewal times the discounted number of payments that follow from it.

    Raises:
        ValueError: a period below 1, or no discount rate above 0.
    """
    if period < 1:
        raise ValueError(f"period must be 1 or more, got {period}")
    values = {"r": Quantity(curve.retention(period), "share"), "F": _factor(curve, period, discount_rate)}
    return Working.compute("survival.residual_lifetime", "r × F", values, "number", SOURCE, subject=str(period))


def new_customer_lifetime(curve: SurvivalCurve, discount_rate: float) -> float:
    """Discounted payments of a new customer, the first one included: ``Σ S(t) / (1 + d)^t``.

    Raises:
        ValueError: no discount rate above 0.
    """
    return 1 + residual_lifetime(curve, 1, discount_rate).result.value / (1 + discount_rate)


def lifetime_by_age(
    curve: SurvivalCurve, discount_rate: float, periods: int
) -> tuple[pd.DataFrame, tuple[Working, ...]]:
    """Retention and payments still to come, by period of the relation.

    Args:
        curve: Outcome of ``cohorts.fit_survival``.
        discount_rate: Per period, share above 0.
        periods: Number of rows.

    Returns:
        One row per period from 1: period, retention (share), payments (number, the next renewal undiscounted); and
        the sums.
    """
    workings = tuple(residual_lifetime(curve, period, discount_rate) for period in range(1, periods + 1))
    rows = [(n, working.values["r"].value, working.result.value) for n, working in enumerate(workings, start=1)]
    return pd.DataFrame(rows, columns=["period", "retention", "payments"]), workings


def _factor(curve: SurvivalCurve, period: int, discount_rate: float) -> Quantity:
    if discount_rate <= 0:
        raise ValueError("renewals ahead need a discount rate above 0; without interest they may have no end")
    below, together = curve.beta + period, curve.alpha + curve.beta + period
    return Quantity(float(hyp2f1(1, below, together, 1 / (1 + discount_rate))), "number")
