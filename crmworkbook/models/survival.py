"""The shifted beta-geometric (sBG) survival curve of a closed group under contract, and what renewals lie ahead.

Every customer has a fixed chance θ to leave at a renewal, and chances differ between customers as a beta distribution
(α, β). Who leaves easily is gone first, so retention rises with the age of the relation though nobody changes.

Sources: Fader and Hardie (2007), ``fader_hardie_2007``, the curve; Fader and Hardie (2010), ``fader_hardie_2010``, the
renewals ahead. Ages count renewals: age 1 is the first period after the one of the start.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaln, expit, hyp2f1, ndtri  # type: ignore[import-untyped]

from crmworkbook.models.buy_till_you_die.fitting import Fit, Parameters, maximise, no_fit
from crmworkbook.models.working import Quantity, Working

if TYPE_CHECKING:
    from crmworkbook.models.rates import TimeUnit

SOURCE = "fader_hardie_2010"
NAMES = ("alpha", "beta")
ALIKE = 1000.0  # of α and β together: customers differ by 3% or less
Numbers = npt.NDArray[np.float64]

NO_CURVE = {
    "too_few": "a survival curve needs two ages or more",
    "nobody_lost": "nobody was lost, so nothing is known of how long customers stay",
    "everybody_lost": "nobody was kept, so there is no curve",
    "not_converged": "the search for the most likely curve did not end; look at the counts",
}


@dataclass(frozen=True)
class SurvivalCurve:
    """Shifted beta-geometric curve: everyone has a fixed chance to leave, and chances differ between people.

    Attributes:
        alpha, beta: Of the beta distribution of the chance to leave per period (the yearly one with yearly counts).
    """

    alpha: float
    beta: float

    @classmethod
    def of(cls, fit: Fit) -> SurvivalCurve:
        """The curve of a fit.

        Raises:
            ValueError: the counts give no curve.
        """
        if fit.fault in NO_CURVE:
            raise ValueError(NO_CURVE[fit.fault])
        return cls(fit.parameters["alpha"], fit.parameters["beta"])

    def survival(self, years: int) -> np.ndarray:
        """Share of a new group still there after 0, 1, … *years* years, ``B(α, β + t) / B(α, β)``."""
        age = np.arange(years + 1)
        return np.exp(betaln(self.alpha, self.beta + age) - betaln(self.alpha, self.beta))

    def retention(self, year: int) -> float:
        """Retention in a year of the relation, from 1: ``(β + t − 1) / (α + β + t − 1)``."""
        return (self.beta + year - 1) / (self.alpha + self.beta + year - 1)


def log_likelihood(parameters: Parameters, by_age: pd.DataFrame) -> tuple[float, Numbers]:
    """Log-likelihood of the counts, ``Σ kept ln r(t) + lost ln(1 − r(t))``, and its gradient to α and β.

    With ``r(t) = (β + t − 1) / (α + β + t − 1)``. For one cohort this is the likelihood of the source, for several
    that of all of them under one curve.

    Args:
        parameters: alpha and beta, above 0.
        by_age: Columns age (from 1), before, kept (customers, count).
    """
    alpha, beta = (parameters[name] for name in NAMES)
    age, before, kept = (by_age[name].to_numpy(float) for name in ("age", "before", "kept"))
    lost, stays = before - kept, beta + age - 1
    every = alpha + stays
    value = kept @ np.log(stays / every) + lost @ np.log(alpha / every)
    gradient = (lost.sum() / alpha - before @ (1 / every), kept @ (1 / stays) - before @ (1 / every))
    return float(value), np.array(gradient)


def fit(by_age: pd.DataFrame, *, unit: TimeUnit = "year") -> Fit:
    """The curve under which the counts per age are most likely, with its standard errors.

    Args:
        by_age: Columns age (from 1), before, kept (customers, count), such as ``CohortRetention.by_age``.
        unit: Time between two counts.

    Returns:
        The fit; ``SurvivalCurve.of`` makes the curve of it. Faults: ``too_few`` (fewer than two ages), ``nobody_lost``
        and ``everybody_lost`` (there is no curve), ``not_converged``; ``all_leave_alike`` (retention does not rise
        with age: α and β run off together, and while the curve holds their standard errors do not), ``at_bound``,
        ``flat``.
    """
    seen = by_age[by_age["before"] > 0]
    before, kept = float(seen["before"].sum()), float(seen["kept"].sum())
    customers = float(seen["before"].max()) if len(seen) else 0.0
    fault = "too_few" if seen["age"].nunique() < 2 else "nobody_lost" if kept == before else ""
    if fault := "everybody_lost" if before and not kept else fault:
        return no_fit("sbg", NAMES, customers, unit, fault)
    found = maximise(
        lambda parameters: log_likelihood(parameters, seen),
        dict.fromkeys(NAMES, 1.0),
        model="sbg",
        customers=customers,
        unit=unit,
    )
    alike = found.converged and sum(found.parameters.values()) > ALIKE
    return replace(found, fault="all_leave_alike") if alike else found


def fit_survival(by_age: pd.DataFrame) -> SurvivalCurve:
    """The curve under which the counts per age are most likely (Fader and Hardie 2007).

    Args:
        by_age: Columns age (from 1), before, kept; at least two ages, with somebody lost and somebody kept.

    Raises:
        ValueError: too little to fit a curve on.
    """
    kept, before = by_age["kept"], by_age["before"]
    if len(by_age) < 2 or not 0 < kept.sum() < before.sum() or kept.iloc[0] == before.iloc[0]:
        raise ValueError("a survival curve needs two ages or more, with customers lost in the first year")
    return SurvivalCurve.of(fit(by_age))


def projection(fit: Fit, periods: int, *, level: float = 0.95) -> pd.DataFrame:
    """Share of a new group still there by age, with how certain the curve is about it.

    The interval is that of the parameters, by the delta method on the log-odds; what chance does to a single group
    comes on top.

    Args:
        fit: Outcome of :func:`fit`.
        periods: Last age.
        level: Chance that the interval holds the truth.

    Returns:
        One row per age from 0: age, survival, low, high (shares; low and high NaN where the counts do not fix α and
        β, as with the fault ``all_leave_alike``).

    Raises:
        ValueError: the counts give no curve.
    """
    curve, steps = SurvivalCurve.of(fit), np.arange(periods)
    survival = curve.survival(periods)
    below = 1 / (curve.alpha + curve.beta + steps)
    slopes = np.cumsum(np.stack([-below, 1 / (curve.beta + steps) - below], axis=1), axis=0)
    error = np.sqrt(np.einsum("ti,ij,tj->t", slopes, fit.covariance, slopes)) / (1 - survival[1:])
    middle, reach = np.log(survival[1:] / (1 - survival[1:])), ndtri((1 + level) / 2) * error
    low, high = (np.concatenate([[1.0], expit(middle + side * reach)]) for side in (-1, 1))
    return pd.DataFrame({"age": np.arange(periods + 1), "survival": survival, "low": low, "high": high})


def residual_lifetime(curve: SurvivalCurve, period: int, discount_rate: float) -> Working:
    """Discounted expected residual lifetime (DERL) of a customer about to decide on the renewal of *period*.

    ``r_n × ₂F₁(1, β + n; α + β + n; 1 / (1 + d))``: the number of payments still to come, the next one undiscounted
    because it falls now (Fader and Hardie 2010). It rises with n, for who stayed long is likely to be a stayer.

    Args:
        curve: Outcome of :func:`fit_survival`.
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
        curve: Outcome of :func:`fit_survival`.
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
