"""Customers followed from the year in which they started: retention by age, and the value of a new customer.

Rates of different years are pooled by adding customers up, never by averaging rates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.special import betaln  # type: ignore[import-untyped]

from crmworkbook.models.rates import check_amount, check_rate
from crmworkbook.models.working import Quantity, Working

# Years of payments counted. What would follow is worth at most (1 + i)^−400 / i payments: under 0.0000001 at 5%
# interest and 0.02 at 2%, but up to 1.9 at 1%, so that below 2% the value comes out somewhat low.
_YEARS = 400


@dataclass(frozen=True)
class CohortRetention:
    """Retention by age of the relation, all cohorts pooled.

    Attributes:
        by_age: Columns age (years since the year of start, from 1), before and kept (customers), retention
            (kept / before), survival (share of a new group still there, the product of the retentions).
        first_year: Retention of age 1, share per year.
        all_ages: All kept customers by all customers, whatever their age, share per year.
        started: Customers whose first year is known, count.
        workings: The sums behind first_year and all_ages.
    """

    by_age: pd.DataFrame
    first_year: float
    all_ages: float
    started: int
    workings: tuple[Working, ...]


def cohort_retention(cohorts: pd.DataFrame) -> CohortRetention:
    """Retention by age, from the customers of each cohort at successive year ends.

    Args:
        cohorts: Columns cohort (year of start), year_end (year), active (customers still there at that year's
            end, count). A pair of years counts when both stand in the table.

    Raises:
        ValueError: no cohort is followed through its first year, or a cohort grows.
    """
    pairs = _pairs(cohorts)
    if not first_years(cohorts):
        raise ValueError("no cohort is followed through its first year; give its customers at two year ends")
    grown = pairs[pairs["kept"] > pairs["before"]]
    if len(grown):
        first = grown.iloc[0]
        raise ValueError(f"cohort {first['cohort']:.0f} grows from {first['before']:.0f} to {first['kept']:.0f}")
    by_age = pairs.groupby("age", as_index=False)[["before", "kept"]].sum()
    by_age = by_age[by_age["before"] > 0].reset_index(drop=True)
    by_age["retention"] = by_age["kept"] / by_age["before"]
    # a survival needs every age from 1 on
    unbroken = (by_age["age"] == np.arange(1, len(by_age) + 1)).cummin()
    by_age["survival"] = by_age["retention"].cumprod().where(unbroken)
    first = by_age[by_age["age"] == 1].sum()
    workings = (_share("first_year", first), _share("all_ages", by_age.sum()))
    return CohortRetention(
        by_age=by_age,
        first_year=workings[0].result.value,
        all_ages=workings[1].result.value,
        started=int(first["before"]),
        workings=workings,
    )


def first_years(cohorts: pd.DataFrame) -> int:
    """How many customers are followed through their first year: from the year of start to the year after."""
    pairs = _pairs(cohorts)
    return int(pairs.loc[pairs["age"] == 1, "before"].sum())


def growing_cohorts(cohorts: pd.DataFrame) -> list[int]:
    """Cohorts that count more customers at some year end than at the one before."""
    pairs = _pairs(cohorts)
    return sorted({int(cohort) for cohort in pairs.loc[pairs["kept"] > pairs["before"], "cohort"]})


def _pairs(cohorts: pd.DataFrame) -> pd.DataFrame:
    """Each cohort at one year end and at the next: cohort, age, before, kept."""
    later = cohorts.assign(year_end=cohorts["year_end"] - 1)
    pairs = cohorts.merge(later, on=["cohort", "year_end"], suffixes=("", "_next"))
    pairs = pairs.assign(age=(pairs["year_end"] + 1 - pairs["cohort"]).astype(int))
    return pairs.rename(columns={"active": "before", "active_next": "kept"})


def _share(measure: str, row: pd.Series) -> Working:
    values = {
        "kept": Quantity(float(row["kept"]), "count"),
        "before": Quantity(float(row["before"]), "count"),
    }
    name = f"cohorts.{measure}"
    return Working.compute(name, "kept / before", values, "share", "fader_hardie_2007")


@dataclass(frozen=True)
class SurvivalCurve:
    """Shifted beta-geometric curve: everyone has a fixed chance to leave, and chances differ between people.

    Attributes:
        alpha, beta: Of the beta distribution of the yearly chance to leave.
    """

    alpha: float
    beta: float

    def survival(self, years: int) -> np.ndarray:
        """Share of a new group still there after 0, 1, … *years* years, ``B(α, β + t) / B(α, β)``."""
        age = np.arange(years + 1)
        return np.exp(betaln(self.alpha, self.beta + age) - betaln(self.alpha, self.beta))

    def retention(self, year: int) -> float:
        """Retention in a year of the relation, from 1: ``(β + t − 1) / (α + β + t − 1)``."""
        return (self.beta + year - 1) / (self.alpha + self.beta + year - 1)


def fit_survival(by_age: pd.DataFrame) -> SurvivalCurve:
    """The curve under which the counts per age are most likely (Fader and Hardie 2007).

    Each customer at an age either stays or leaves, with the retention that the curve gives for that age;
    with one cohort this is their likelihood.

    Args:
        by_age: Columns age (from 1), before, kept; at least two ages, with somebody lost and somebody kept.

    Raises:
        ValueError: too little to fit a curve on.
    """
    age, before, kept = (by_age[name].to_numpy(float) for name in ("age", "before", "kept"))
    if len(age) < 2 or not 0 < kept.sum() < before.sum() or kept[0] == before[0]:
        raise ValueError("a survival curve needs two ages or more, with customers lost in the first year")

    def unlikely(logs: np.ndarray) -> float:
        alpha, beta = np.exp(logs)
        below = np.log(alpha + beta + age - 1)
        stay, leave = np.log(beta + age - 1) - below, np.log(alpha) - below
        return float(-(kept @ stay + (before - kept) @ leave))

    bounds = [(-7.0, 9.0)] * 2  # beyond these all customers are alike, or no two are
    options = {"ftol": 1e-15, "gtol": 1e-10}
    found = minimize(unlikely, np.zeros(2), method="L-BFGS-B", bounds=bounds, options=options)
    alpha, beta = np.exp(found.x)
    return SurvivalCurve(float(alpha), float(beta))


def value_along(curve: SurvivalCurve, contribution: float, discount_rate: float, periods_per_year: int = 1) -> Working:
    """Value of a new customer who stays as the curve says, ``m Σ S(t) / (1 + i)^t``, as ``start_incl``.

    Cohorts are counted once a year; between two counts the same part leaves each month.

    Args:
        curve: Outcome of :func:`fit_survival`, in years.
        contribution: Net contribution per customer per period, euro.
        discount_rate: Per the same period, share above 0.
        periods_per_year: 1, or 12 for a contribution and a rate per month.

    Raises:
        ValueError: no discount rate above 0: the curve falls too slowly to add up without interest.
    """
    check_amount(contribution, "contribution")
    check_rate(discount_rate)
    if discount_rate <= 0:
        raise ValueError("the value along a survival curve needs a discount rate above 0")
    years, periods = np.arange(_YEARS + 1), np.arange(_YEARS * periods_per_year + 1)
    left = curve.survival(_YEARS)
    if periods_per_year != 1:
        left = np.exp(np.interp(periods / periods_per_year, years, np.log(left)))
    multiple = float((left / (1 + discount_rate) ** periods).sum())
    values = {"m": Quantity(contribution, "money"), "F": Quantity(multiple, "number")}
    values |= {"alpha": Quantity(curve.alpha, "number"), "beta": Quantity(curve.beta, "number")}
    return Working.compute("cohorts.value_new", "m × F", values, "money", "fader_hardie_2007", "start_incl")


def new_customer_value(
    by_age: pd.DataFrame, contribution: float, discount_rate: float, periods_per_year: int = 1
) -> Working | None:
    """Value of a new customer along the curve of the cohorts; None where they say too little for one.

    Args:
        by_age: ``CohortRetention.by_age``.
        contribution: Net contribution per customer per period, euro.
        discount_rate: Per the same period, share.
        periods_per_year: As for :func:`value_along`.
    """
    try:
        return value_along(fit_survival(by_age), contribution, discount_rate, periods_per_year)
    except ValueError:
        return None
