"""Customers one by one, as the buy-till-you-die models see them, and what each is expected to spend."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmworkbook.models.buy_till_you_die import gamma_gamma
from crmworkbook.models.buy_till_you_die.fitting import FATAL, Fit
from crmworkbook.models.buy_till_you_die.histories import Histories, Spends
from crmworkbook.models.working import Quantity, Working

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Buyers:
    """Customers one by one, with the histories they share.

    Attributes:
        frame: One row per customer: repeat_days (count), last_day, age_days (days), repeat_spend (euro per repeat day;
            NaN without one).
        histories: Their histories, equal ones together.
        rows: For each customer the row of *histories*.
        spends: Spend of those who came back and spent on balance.
    """

    frame: pd.DataFrame
    histories: Histories
    rows: npt.NDArray[np.int64]
    spends: Spends

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Buyers:
        """From the columns of *frame*."""
        histories, rows = Histories.by_customer(frame)
        return cls(frame, histories, rows, Spends.of_frame(frame[frame["repeat_spend"] > 0]))

    @property
    def again(self) -> npt.NDArray[np.bool_]:
        """Customers with a repeat order day."""
        return (self.frame["repeat_days"] > 0).to_numpy()

    def known_spend(self) -> tuple[Numbers, Numbers]:
        """Repeat days and mean amount of each customer, both 0 where the amount says nothing."""
        known = (self.frame["repeat_spend"] > 0).to_numpy()
        repeats = np.where(known, self.frame["repeat_days"], 0).astype(float)
        return repeats, np.where(known, self.frame["repeat_spend"], 0.0).astype(float)


def spend_per_day(buyers: Buyers, spend_fit: Fit) -> Numbers:
    """What each customer is expected to spend on an order day, euro; without a usable fit all the same mean.

    Args:
        buyers: The customers.
        spend_fit: Gamma-gamma on their spending.
    """
    repeats, mean = buyers.known_spend()
    if spend_fit.fault not in FATAL:
        return gamma_gamma.expected_spend(spend_fit, repeats, mean)
    known = repeats.sum()
    return np.full(len(repeats), float(repeats @ mean / known) if known else math.nan)


def spend_working(fit: Fit, repeats: float, mean: float) -> Working:
    """What a customer with so many repeat days of this mean amount is expected to spend on the next, euro."""
    p, q, gamma = fit.values()
    values = {"p": Quantity(p), "gamma": Quantity(gamma, "money"), "x": Quantity(repeats)}
    values |= {"z": Quantity(mean, "money"), "q": Quantity(q)}
    formula = "p × (gamma + x × z) / (p × x + q − 1)"
    return Working.compute("buying.spend", formula, values, "money", "fader_hardie_lee_2005_rfm")
