"""What if: the account of one average new customer as the years go by, now and with other numbers.

One average stands for the whole base here; `segment_value` values each segment by itself, and the text says why that is
the better sum. What is asked here is only which way the outcome moves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crmworkbook.models.rates import check_rate, check_retention

MOST_KEPT = 0.99  # share; nobody keeps every customer for ever, whatever the slider says


@dataclass(frozen=True)
class AverageCustomer:
    """One customer who stands for all.

    Attributes:
        contribution: Euro per customer per period, before serving and developing.
        keeping: Serving and developing, euro per customer per period.
        retention: Share kept per period.
        acquisition: Euro per customer won; 0 when not known.
    """

    contribution: float
    keeping: float
    retention: float
    acquisition: float = 0.0

    @property
    def net(self) -> float:
        """What is left each period, euro."""
        return self.contribution - self.keeping

    def with_change(self, points: float, change: float) -> AverageCustomer:
        """The same customer with *points* more retention (share) and a contribution larger by *change* (share)."""
        return replace(
            self, retention=changed_retention(self.retention, points), contribution=self.contribution * (1 + change)
        )


def changed_retention(retention: float, points: float) -> float:
    """*retention* and *points* together, both shares; a change ends at 0 and at `MOST_KEPT`."""
    if not points:
        return retention
    return max(0.0, min(MOST_KEPT, retention + points))


def average_customer(segments: pd.DataFrame) -> AverageCustomer:
    """The average over all segments together.

    Args:
        segments: Columns customers_start, customers_lost, customers_new (count per period), contribution,
            cost_to_serve, acquisition, development (euro per period, whole segment), all but the acquisition known.
    """
    whole = segments[["customers_start", "customers_lost", "customers_new", "contribution", "cost_to_serve"]].sum()
    start, lost, won, contribution, serving = map(float, whole)
    customers = start - lost + won
    spent = segments["acquisition"].to_numpy(float).sum()
    keeping = serving + float(segments["development"].fillna(0.0).sum())
    known = won > 0 and not math.isnan(spent)
    acquisition = float(spent / won) if known else 0.0
    return AverageCustomer(contribution / customers, keeping / customers, (start - lost) / start, acquisition)


def customer_account(
    customer: AverageCustomer, discount_rate: float, growth: float = 0.0, periods: int = 3
) -> np.ndarray:
    """Add up what a new customer brings over a limited horizon.

    ``−CAC + m + Σ m r^t (1 + g)^(t−1) / (1 + i)^t`` for t = 1 … *periods*: the payments of ``start_incl``
    (Fader and Hardie 2012) one by one.

    Args:
        customer: Who stands for all.
        discount_rate: Per period, share.
        growth: Of the net contribution per period from the second payment to come, share.
        periods: The horizon.

    Returns:
        Present value so far after 0, 1, 2, … *periods* periods, euro: the first payment at once, less the acquisition.

    Raises:
        ValueError: impossible rates or periods.
    """
    check_retention(customer.retention, finite=True)
    check_rate(discount_rate)
    check_rate(growth, "growth")
    if periods < 0:
        raise ValueError(f"periods must be 0 or more, got {periods}")
    period = np.arange(1, periods + 1)
    coming = customer.net * (customer.retention / (1 + discount_rate)) ** period * (1 + growth) ** (period - 1)
    return np.concatenate([[0.0], np.cumsum(coming)]) + customer.net - customer.acquisition
