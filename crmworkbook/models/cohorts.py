"""Customers followed from the year in which they started: retention by age, and the value of a new customer.

Rates of different years are pooled by adding customers up, never by averaging rates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.rates import check_amount, check_rate
from crmworkbook.models.survival import SurvivalCurve, fit_survival
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


def value_along(curve: SurvivalCurve, contribution: float, discount_rate: float, periods_per_year: int = 1) -> Working:
    """Value of a new customer who stays as the curve says, ``m Σ S(t) / (1 + i)^t``, as ``start_incl``.

    Cohorts are counted once a year; between two counts the same part leaves each month.

    Args:
        curve: Outcome of ``survival.fit_survival``, in years.
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
