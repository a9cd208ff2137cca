"""One in ten customers of CDNOW, up to 30 September 1997 and in the 39 weeks after, as the papers use them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from crmworkbook.models.buy_till_you_die import bg_nbd, gamma_gamma
from crmworkbook.models.buy_till_you_die.fitting import Fit
from crmworkbook.models.buy_till_you_die.histories import Histories, Spends
from crmworkbook.models.rates import Span
from tests.buying_data import real_file

END = pd.Timestamp("1997-09-30")
AFTER = Span(39, "week")


@cache
def order_days() -> pd.DataFrame:
    """One row per customer and day with an order: customer, date, spent (dollar)."""
    names = ["master", "customer", "date", "cds", "spent"]
    orders = pd.read_csv(real_file("CDNOW_sample.txt"), sep=r"\s+", header=None, names=names)
    orders["date"] = pd.to_datetime(orders["date"].astype(str))
    return orders.groupby(["customer", "date"], as_index=False)["spent"].sum()


@cache
def customers() -> pd.DataFrame:
    """One row per customer: repeat_days, last_day, age_days, repeat_spend, later_days, later_spend."""
    days = order_days()
    known, later = days[days["date"] <= END], days[days["date"] > END].groupby("customer")
    dates = known.groupby("customer")["date"].agg(["min", "max", "count"])
    again = known[known["date"] > known["customer"].map(dates["min"])].groupby("customer")["spent"].mean()
    columns = {
        "repeat_days": dates["count"] - 1,
        "last_day": (dates["max"] - dates["min"]).dt.days,
        "age_days": (END - dates["min"]).dt.days,
        "repeat_spend": again,
        "later_days": later.size(),
        "later_spend": later["spent"].sum(),
    }
    return pd.DataFrame(columns).fillna({"later_days": 0, "later_spend": 0.0})


@cache
def histories() -> Histories:
    """In weeks, equal ones together."""
    return Histories.of_days(customers())


@cache
def spends() -> Spends:
    """Of the 946 who came back."""
    frame = customers()
    return Spends.of_frame(frame[frame["repeat_days"] > 0])


@cache
def fits() -> tuple[Fit, Fit]:
    """BG/NBD and Gamma-Gamma."""
    return bg_nbd.fit(histories()), gamma_gamma.fit(spends())


@cache
def rounded() -> tuple[Histories, pd.Series]:
    """The same customers from the table with weeks and dollars of two decimals; and their mean spend."""
    table = pd.read_csv(real_file("cdnow_customers_summary_with_transactions.csv"))
    return Histories.of(table["x"], table["t_x"], table["T"], unit="week"), table["zbar"]


def made(rates, leaving, weeks, seed: int = 1) -> Histories:
    """Customers invented by the rules of BG/NBD: a rate per week, a chance to leave after each repeat purchase."""
    chance = np.random.default_rng(seed)
    repeats, last, now = np.zeros(len(rates)), np.zeros(len(rates)), np.zeros(len(rates))
    here = np.ones(len(rates), bool)
    while here.any():
        now = now + chance.exponential(1 / rates)
        bought = here & (now <= weeks)
        repeats[bought] += 1
        last[bought] = now[bought]
        here = bought & (chance.random(len(rates)) >= leaving)
    return Histories.of(repeats, last, weeks, unit="week")
