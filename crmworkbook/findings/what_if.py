"""What the sliders of customer value say: one average customer, now and with other numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crmworkbook.models.customer_base import Activity
from crmworkbook.models.rates import rate_per_period
from crmworkbook.models.what_if import AverageCustomer, customer_account

_SAME = 0.5  # euro


def from_orders(years: Activity | None, margin: float | None) -> AverageCustomer | None:
    """The average customer of a client who has orders only; None where orders or margin are missing.

    Args:
        years: How many customers bought again, and what they spent.
        margin: Contribution as a share of the order amount.
    """
    if years is None or margin is None or not years.n_last:
        return None
    return AverageCustomer(years.revenue_last * margin / years.n_last, 0.0, years.n_again / years.n_before)


def accounts(
    average: AverageCustomer, points: float, change: float, *yearly: Sequence[float], per_year: int = 1
) -> tuple[np.ndarray, np.ndarray | None]:
    """The account of a new customer with the client's own numbers, and with those of the sliders if they differ.

    Args:
        average: Who stands for all, with the client's own numbers.
        points: Added to the retention by a slider, share.
        change: Added to the contribution by a slider, share of it.
        yearly: Discount rate, growth and years of the horizon, twice: the client's own, and those of the sliders.
        per_year: Periods of *average* in a year.
    """
    customers = average, average.with_change(points, change)
    drawn = []
    for customer, (rate, growth, years) in zip(customers, yearly, strict=True):
        rates = rate_per_period(rate, per_year), rate_per_period(growth, per_year)
        drawn.append(customer_account(customer, *rates, int(years) * per_year))
    now, moved = drawn
    return now, None if np.array_equal(now, moved) else moved


def account_reading(now: np.ndarray, moved: np.ndarray | None) -> dict[str, Any]:
    """``same``, ``higher`` or ``lower``, with the value at the horizon and how far it is from that of now."""
    value = float((now if moved is None else moved)[-1])
    gap = value - float(now[-1])
    case = "same" if abs(gap) < _SAME else "higher" if gap > 0 else "lower"
    return {"case": case, "value": value, "gap": abs(gap)}
