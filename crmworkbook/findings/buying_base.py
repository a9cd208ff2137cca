"""What the orders foretell, worked out once for a client: fits, outlook, and the same model tried on the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmworkbook.models.buy_till_you_die import bg_nbd, gamma_gamma, mbg_nbd, pareto_nbd
from crmworkbook.models.buy_till_you_die.comparison import compare
from crmworkbook.models.buy_till_you_die.fitting import FATAL, Fit
from crmworkbook.models.buy_till_you_die.histories import Histories
from crmworkbook.models.buy_till_you_die.holdout import tracking
from crmworkbook.models.buyers import Buyers, spend_per_day
from crmworkbook.models.buying_outlook import Outlook, outlook
from crmworkbook.models.buying_silence import CLASSES, class_of
from crmworkbook.models.buying_value import OrderValue, order_value
from crmworkbook.models.rates import Rate, Span

if TYPE_CHECKING:
    from crmworkbook.transactions import Orders

FEWEST = 50  # customers with a repeat order day; fewer leave the four measures of the model too loose to foretell with
SHORTEST = 28  # days that customers must have been followed, and that a test on the past must last
TRIAL_DRAWS = 100  # the range of a trial is only looked at beside the count
YEAR = Span(1.0, "year")


@dataclass(frozen=True, eq=False)
class Trial:
    """The model on orders up to a day, beside what happened afterwards.

    Attributes:
        until: Last day that the model saw.
        days: Length of the time after it.
        is_year: Whether that is a whole year.
        known, fit: Those customers as they were then, and BG/NBD on them.
        later: Order days that they made after it, per row of their histories.
        expected: Order days that the model foretold for each of them, for the time after.
        counted_days: Order days of these customers in that time.
        counted_revenue: What they spent then, euro.
        classes: Per class of order days up to then: label, counted and expected (order days per customer after).
        weeks: Per week since the first order: week, counted and expected (repeat order days of all, added up).
        split: Week up to which the model saw the orders.
    """

    until: date
    days: int
    is_year: bool
    known: Buyers
    fit: Fit
    later: np.ndarray
    expected: np.ndarray
    counted_days: int
    counted_revenue: float
    classes: pd.DataFrame
    weeks: pd.DataFrame
    split: float

    @property
    def error(self) -> float:
        """Order days foretold less those counted, as a share of the count; infinite when there were none."""
        return self.expected_days / self.counted_days - 1 if self.counted_days else float("inf")

    @property
    def revenue_error(self) -> float:
        """The same of the revenue; NaN where no amount is known or nothing was spent."""
        foretold = float(self.expected @ spend_per_day(self.known, self.spend_fit))
        return foretold / self.counted_revenue - 1 if self.counted_revenue > 0 else float("nan")

    @property
    def expected_days(self) -> float:
        """Order days that the model foretold for the time after."""
        return float(self.expected.sum())

    @cached_property
    def spend_fit(self) -> Fit:
        """Gamma-gamma on these customers."""
        return gamma_gamma.fit(self.known.spends)

    @cached_property
    def rivals(self) -> pd.DataFrame:
        """Other models beside BG/NBD on the same trial; see ``comparison.compare``."""
        histories, span = self.known.histories, Span(float(self.days), "day")
        fits = [self.fit, mbg_nbd.fit(histories), pareto_nbd.fit(histories)]
        with np.errstate(all="ignore"):  # parameters at an extreme may give a model no outcome, which is shown
            return compare(fits, histories, later=self.later, span=span)

    @property
    def customers(self) -> int:
        """Customers known on that day."""
        return len(self.known.rows)

    @cached_property
    def ahead(self) -> Outlook:
        """What the model foretold, with ranges."""
        return outlook(self.known, self.fit, self.spend_fit, Span(float(self.days), "day"), TRIAL_DRAWS)


class BuyingBase:
    """The customers of the orders, and what BG/NBD and gamma-gamma make of them.

    Attributes:
        orders: The client's orders.
        table: One row per customer, as ``customer_table``.
    """

    def __init__(self, orders: Orders, table: pd.DataFrame | None = None) -> None:
        """Take the orders, and their customer table where that was made already."""
        from crmworkbook.transactions import customer_table

        self.orders = orders
        self.table = customer_table(orders) if table is None else table

    @cached_property
    def buyers(self) -> Buyers:
        """The customers as the models see them."""
        return _buyers(self.table)

    @cached_property
    def repeat(self) -> int:
        """Customers with more than one order day."""
        return int((self.table["repeat_days"] > 0).sum())

    @property
    def once(self) -> int:
        """Customers with one order day."""
        return len(self.table) - self.repeat

    @cached_property
    def fit(self) -> Fit:
        """BG/NBD on all customers."""
        return bg_nbd.fit(self.buyers.histories)

    @cached_property
    def spend_fit(self) -> Fit:
        """Gamma-gamma on the customers who came back."""
        return gamma_gamma.fit(self.buyers.spends)

    @cached_property
    def trouble(self) -> str:
        """Why nothing is foretold, a case of rule W30; empty when something is."""
        if self.repeat == 0 or int(self.table["tenure_days"].max()) < SHORTEST:
            followed = len(self.table) and int(self.table["tenure_days"].max()) >= SHORTEST
            return "bought_once" if followed else "too_short"
        if self.repeat < FEWEST:
            return "too_few"
        return "not_converged" if self.fit.fault in FATAL else ""

    @cached_property
    def alive(self) -> np.ndarray:
        """Chance of each customer of the table to be one still."""
        return bg_nbd.p_alive(self.fit, self.buyers.histories)[self.buyers.rows]

    @cached_property
    def ahead(self) -> Outlook:
        """What the present customers will do in the coming year."""
        return outlook(self.buyers, self.fit, self.spend_fit, YEAR)

    def worth(self, margin: float, horizon: Span, rate: Rate) -> OrderValue:
        """What the present customers are worth by their orders."""
        return order_value(self.buyers, self.fit, self.spend_fit, margin, horizon, rate)

    @cached_property
    def last_year(self) -> tuple[int, float]:
        """Order days and revenue of all customers in the past year, or since the first order where that is later."""
        from crmworkbook.transactions import customer_table

        now, year_ago = self.table[["order_days", "revenue"]].sum(), _year_before(self.orders.as_of)
        if year_ago >= self.orders.quality.first:
            now = now - customer_table(self.orders, year_ago)[["order_days", "revenue"]].sum()
        return int(now["order_days"]), float(now["revenue"])

    @cached_property
    def trial(self) -> Trial | None:
        """The model tried on the past year, or on the last third of a shorter past; None where that says nothing."""
        first, end = self.orders.quality.first, self.orders.as_of
        year_ago = _year_before(end)
        is_year = (year_ago - first).days >= (end - year_ago).days - 1
        until = year_ago if is_year else end - timedelta(days=(end - first).days // 3)
        if self.trouble or (end - until).days < SHORTEST:
            return None
        return _trial(self.orders, until, is_year)


def _year_before(day: date) -> date:
    return (pd.Timestamp(day) - pd.DateOffset(years=1)).date()


def _buyers(table: pd.DataFrame) -> Buyers:
    frame = table[["repeat_days", "repeat_spend"]].assign(
        last_day=table["tenure_days"] - table["recency_days"], age_days=table["tenure_days"]
    )
    return Buyers.of(frame)


def _trial(orders: Orders, until: date, is_year: bool) -> Trial | None:
    from crmworkbook.transactions import customer_table
    from crmworkbook.transactions.buying import holdout

    known = _buyers(customer_table(orders, until))
    if int(known.again.sum()) < FEWEST:
        return None
    fit = bg_nbd.fit(known.histories)
    if fit.fault in FATAL:
        return None
    span = Span(float((orders.as_of - until).days), "day")
    later = holdout(orders, until)
    expected = bg_nbd.conditional_purchases(fit, known.histories, span)[known.rows]
    return Trial(
        until=until,
        days=int(span.length),
        is_year=is_year,
        known=known,
        fit=fit,
        later=np.bincount(_rows_of(later, known), later["later_days"], len(known.histories)),
        expected=expected,
        counted_days=int(later["later_days"].sum()),
        counted_revenue=float(later["later_spend"].sum()),
        classes=_by_class(known, expected, later),
        weeks=_by_week(orders, fit),
        split=((until - orders.quality.first).days + 1) / 7,
    )


def _rows_of(later: pd.DataFrame, known: Buyers) -> np.ndarray:
    """For each history of the count afterwards its row among those that the model saw."""
    histories, rows = Histories.by_customer(later)
    if len(histories) != len(known.histories):
        raise ValueError("the histories before and after do not belong together; read the orders again")
    return rows


def _by_class(known: Buyers, expected: np.ndarray, later: pd.DataFrame) -> pd.DataFrame:
    """Order days per customer afterwards, by class of order days before."""
    named = class_of(known.frame["repeat_days"] + 1, CLASSES)
    foretold = pd.Series(expected).groupby(named.to_numpy()).mean()
    counted = later.groupby(class_of(later["repeat_days"] + 1, CLASSES))[["later_days", "customers"]].sum()
    there = [name for name in CLASSES if name in foretold.index]
    per_customer = (counted["later_days"] / counted["customers"]).reindex(there)
    frame = {"label": there, "counted": per_customer.to_numpy(), "expected": foretold[there].to_numpy()}
    return pd.DataFrame(frame | {"customers": counted["customers"].reindex(there).to_numpy()})


def _by_week(orders: Orders, fit: Fit) -> pd.DataFrame:
    """Repeat order days added up by week: counted, and expected of who had come by then."""
    from crmworkbook.transactions.buying import repeat_days_by_week

    found = tracking(fit, repeat_days_by_week(orders))
    columns = {"week": found["week"], "counted": found["actual_total"], "expected": found["expected_total"]}
    return pd.DataFrame(columns)
