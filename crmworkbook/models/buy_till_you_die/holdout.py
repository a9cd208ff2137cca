"""What a model said of a later period, and what happened: the test of any model of customers.

Fit on the histories up to a day, then hold what was expected against what the same customers did afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmworkbook.models.buy_till_you_die.fitting import Fit
from crmworkbook.models.buy_till_you_die.histories import Histories
from crmworkbook.models.rates import Span

MOST = 7  # repeats; who made more are one group
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HoldoutCheck:
    """Purchases expected and counted in a later period, of customers known before it.

    Attributes:
        expected: Purchases the model expected.
        actual: Purchases counted.
        customers: Customers known before the period.
        span: Length of the period.
    """

    expected: float
    actual: float
    customers: float
    span: Span

    @property
    def error(self) -> float:
        """``expected / actual − 1``: −0.12 is 12% too low; NaN when nothing was bought."""
        return self.expected / self.actual - 1 if self.actual else float("nan")


def holdout_check(fit: Fit, frame: pd.DataFrame, span: Span) -> HoldoutCheck:
    """Purchases expected and counted, over all customers.

    Args:
        fit: On the histories before the period.
        frame: Columns repeat_days, last_day, age_days (days, up to the period), customers (count) and later_days
            (order days in the period, of these customers together).
        span: Length of the period.

    Raises:
        ValueError: the fit has no outcome.
    """
    customers, expected, actual = _expected(fit, frame, span)
    return HoldoutCheck(float(expected.sum()), float(actual.sum()), float(customers.sum()), span)


def calibration_by_repeats(fit: Fit, frame: pd.DataFrame, span: Span, most: int = MOST) -> pd.DataFrame:
    """Purchases per customer expected and counted, by how often they had come back before.

    Args:
        fit: On the histories before the period.
        frame: As :func:`holdout_check`.
        span: Length of the period.
        most: Who came back so often or oftener are one group.

    Returns:
        One row per group that has customers: repeats (count, *most* stands for so many or more), customers (count),
        expected and actual (purchases per customer).

    Raises:
        ValueError: the fit has no outcome.
    """
    customers, expected, actual = _expected(fit, frame, span)
    group = np.minimum(frame["repeat_days"].to_numpy(int), most)
    sums = [np.bincount(group, values, most + 1) for values in (customers, expected, actual)]
    some = np.flatnonzero(sums[0])
    known, ahead, later = (total[some] for total in sums)
    columns = {"repeats": some, "customers": known, "expected": ahead / known, "actual": later / known}
    return pd.DataFrame(columns)


def _expected(fit: Fit, frame: pd.DataFrame, span: Span) -> tuple[Numbers, Numbers, Numbers]:
    """Customers, and purchases expected and counted, per row of the frame."""
    model = import_module(f"crmworkbook.models.buy_till_you_die.{fit.model}")
    histories, rows = Histories.by_customer(frame, fit.unit or "week")
    customers = frame["customers"].to_numpy(float) if "customers" in frame else np.ones(len(frame))
    ahead = model.conditional_purchases(fit, histories, span)[rows]
    return customers, customers * ahead, frame["later_days"].to_numpy(float)


def tracking(fit: Fit, weeks: pd.DataFrame) -> pd.DataFrame:
    """Repeat purchases week by week, expected and counted, from the first customer on.

    New customers of a week are taken to start in the middle of it; what is expected of them by the end of a later week
    is E[X(t)], for the model knows nothing of them but when they started.

    Args:
        fit: On the histories up to some week.
        weeks: Columns week (1, 2, … without gaps), repeat_days (repeat purchases in that week, count) and
            new_customers (count). Weeks in which new customers are not followed have 0 of them.

    Returns:
        One row per week: week, actual and expected (purchases in the week), actual_total and expected_total (up to and
        including it).

    Raises:
        ValueError: the fit has no outcome, or weeks are missing.
    """
    if not np.array_equal(weeks["week"], np.arange(1, len(weeks) + 1)):
        raise ValueError("weeks must run 1, 2, 3, … without gaps; give a week without purchases a row with 0")
    model = import_module(f"crmworkbook.models.buy_till_you_die.{fit.model}")
    ages = Span(1, "week").length_in(fit.unit or "week") * (np.arange(len(weeks)) + 0.5)
    each = model.expected_purchases(fit, ages)
    total = np.convolve(weeks["new_customers"].to_numpy(float), each)[: len(weeks)]
    actual = weeks["repeat_days"].to_numpy(float)
    columns = {"week": weeks["week"].to_numpy(), "actual": actual, "expected": np.diff(total, prepend=0.0)}
    return pd.DataFrame(columns | {"actual_total": actual.cumsum(), "expected_total": total})
