"""How value spreads over the customer base, and a first estimate for who has only orders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.lifetime_value import lifetime_value_working
from crmworkbook.models.rates import check_share, retention_fault
from crmworkbook.models.working import Quantity, Unit, Working

EQUITY_SOURCE = "blattberg_deighton_1996"
_ALMOST = 1e-9  # 20% of 525 is 105 customers, also when the computer makes it 104.99999999


@dataclass(frozen=True)
class WhaleCurve:
    """Profit added up from the best customer to the worst.

    Attributes:
        curve: Columns share_customers (share), cumulative (euro), share (of the total; empty when the total
            is not positive); starts at nobody, one row more per customer.
        customers: Count.
        total: Profit of all customers, euro per year.
        top_20: Profit of the best fifth, euro (customers rounded down, at least one).
        top_20_share: The same as share of the total, or ``None`` when the total is not positive.
        peak: Highest point of the curve, euro.
        peak_share: The same as share of the total, or ``None``.
        peak_position: Share of customers at which the peak is first reached.
        negative: Customers on whom money is lost, count.
        loss_after_peak: What the customers beyond the peak cost, euro.
        lowest_10: Profit of the worst tenth, euro, usually negative (customers rounded down, at least one).
        lowest_10_cost: What they cost as share of the total, or ``None``; negative if they bring something.
        workings: The sums behind the shares; none when the total is not positive.
    """

    curve: pd.DataFrame
    customers: int
    total: float
    top_20: float
    top_20_share: float | None
    peak: float
    peak_share: float | None
    peak_position: float
    negative: int
    loss_after_peak: float
    lowest_10: float
    lowest_10_cost: float | None
    workings: tuple[Working, ...]


def whale_curve(profit: pd.Series) -> WhaleCurve:
    """Whale curve of Kaplan: who makes the profit and who eats it.

    Customers are sorted from most to least profit and added up. Shares mean nothing when the total is zero or
    less; then they are ``None`` and the euros speak.

    Args:
        profit: Contribution less cost to serve per customer, euro per year, one value per customer.

    Raises:
        ValueError: no customers, or customers without a profit.
    """
    ordered = _descending(profit, "profit")
    count = len(ordered)
    cumulative = np.concatenate([[0.0], np.cumsum(ordered)])
    total, peak_at = float(cumulative[-1]), int(np.argmax(cumulative))
    top, peak = float(cumulative[_part(count, 0.2)]), float(cumulative[peak_at])
    lowest = float(ordered[count - _part(count, 0.1) :].sum())
    positive = total > 0
    return WhaleCurve(
        curve=_curve(cumulative),
        customers=count,
        total=total,
        top_20=top,
        top_20_share=top / total if positive else None,
        peak=peak,
        peak_share=peak / total if positive else None,
        peak_position=peak_at / count,
        negative=int((ordered < 0).sum()),
        loss_after_peak=peak - total,
        lowest_10=lowest,
        lowest_10_cost=-lowest / total if positive else None,
        workings=whale_workings(top, peak, lowest, total) if positive else (),
    )


def whale_workings(top: float, peak: float, lowest: float, total: float) -> tuple[Working, ...]:
    """The shares of a whale curve: best fifth, peak and worst tenth (euro each) of a total above zero."""
    measures = (
        ("top_20_share", "top", top),
        ("peak_share", "peak", peak),
        ("lowest_10_cost", "lowest", lowest),
    )
    return tuple(
        Working.compute(
            f"customer_base.{measure}",
            f"−{symbol} / total" if symbol == "lowest" else f"{symbol} / total",
            {symbol: Quantity(amount, "money"), "total": Quantity(total, "money")},
            "share",
            "kaplan_narayanan_2001",
        )
        for measure, symbol, amount in measures
    )


@dataclass(frozen=True)
class Concentration:
    """How far revenue hangs on few customers.

    Attributes:
        curve: Columns share_customers (share), cumulative (euro), share (of the total; empty when the total
            is not positive); starts at nobody, one row more per customer.
        customers: Count.
        total: Revenue of all customers, euro per year.
        largest_share: Share of the largest customer, or ``None`` when the total is not positive.
        top_10_share: Share of the largest tenth (customers rounded down, at least one), or ``None``.
        top_20_share: Share of the largest fifth, or ``None``: 0.8 is the 80/20 rule.
        customers_for_80: Share of customers needed for 80% of revenue, or ``None``.
    """

    curve: pd.DataFrame
    customers: int
    total: float
    largest_share: float | None
    top_10_share: float | None
    top_20_share: float | None
    customers_for_80: float | None


def concentration(revenue: pd.Series) -> Concentration:
    """The 80/20 question: which share of revenue comes from the largest customers.

    Args:
        revenue: Revenue per customer, euro per year, net of returns.

    Raises:
        ValueError: no customers, or customers without a revenue.
    """
    ordered = _descending(revenue, "revenue")
    count = len(ordered)
    cumulative = np.concatenate([[0.0], np.cumsum(ordered)])
    total = float(cumulative[-1])
    if total <= 0:
        return Concentration(_curve(cumulative), count, total, None, None, None, None)
    share = cumulative / total
    return Concentration(
        curve=_curve(cumulative),
        customers=count,
        total=total,
        largest_share=float(share[1]),
        top_10_share=float(share[_part(count, 0.1)]),
        top_20_share=float(share[_part(count, 0.2)]),
        customers_for_80=int(np.argmax(share >= 0.8 - _ALMOST)) / count,
    )


def _descending(amounts: pd.Series, name: str) -> np.ndarray:
    values = np.asarray(amounts, dtype=float)
    if not len(values):
        raise ValueError(f"{name} holds no customers")
    if missing := int(np.isnan(values).sum()):
        raise ValueError(f"{name} is missing for {missing} customer(s); fill it in or leave them out knowingly")
    return np.sort(values)[::-1]


def _part(count: int, share: float) -> int:
    return max(1, int(count * share + _ALMOST))


def _curve(cumulative: np.ndarray) -> pd.DataFrame:
    total = cumulative[-1]
    return pd.DataFrame(
        {
            "share_customers": np.arange(len(cumulative)) / (len(cumulative) - 1),
            "cumulative": cumulative,
            "share": cumulative / total if total > 0 else np.nan,
        }
    )


def new_beside_existing(segments: pd.DataFrame, periods_per_year: int = 1) -> pd.DataFrame:
    """A new customer beside an existing one: one year, and the whole lifetime.

    In the first year a new customer has to earn back what winning it cost; later the picture may turn.
    New customers are taken to bring as much a year and to stay as long as existing ones; where the cohorts
    show otherwise, the new customer looks too good here.

    Args:
        segments: ``SegmentValue.frame``, with net_contribution, cac, value_existing and value_new_after_cac.
        periods_per_year: 1, or 12 when net_contribution is per month; a year as a customer then counts twelve.

    Returns:
        Indexed by segment, euro per customer: existing_year (contribution of a year as a customer, no chance
        or interest in it), new_first_year (the same less the acquisition cost), existing_lifetime
        (``residual``: what is still to come), new_lifetime (``start_incl`` less the acquisition cost),
        year_gap and lifetime_gap (new less existing). Empty where the acquisition cost is not known.
    """
    of_a_year = segments["net_contribution"] * periods_per_year
    beside = pd.DataFrame(
        {
            "existing_year": of_a_year,
            "new_first_year": of_a_year - segments["cac"],
            "existing_lifetime": segments["value_existing"],
            "new_lifetime": segments["value_new_after_cac"],
        }
    )
    beside["year_gap"] = beside["new_first_year"] - beside["existing_year"]
    beside["lifetime_gap"] = beside["new_lifetime"] - beside["existing_lifetime"]
    return beside


@dataclass(frozen=True)
class Activity:
    """Who ordered in the last two full years.

    Attributes:
        n_before: Customers who ordered in the year before last, count.
        n_again: Of those, customers who ordered again in the last year, count.
        n_last: Customers who ordered in the last year, new ones included, count.
        revenue_last: Revenue of the last year, euro.
    """

    n_before: int
    n_again: int
    n_last: int
    revenue_last: float


@dataclass(frozen=True)
class ActivityValue:
    """A first estimate of customer value from orders alone.

    Attributes:
        retention: Share of the earlier year's customers who ordered again, per year.
        revenue_per_customer: Euro per active customer per year.
        contribution: Euro per active customer per year, at the assumed margin.
        value: ``residual``, euro per active customer.
        equity: Value × customers active in the last year, euro.
        workings: The sums, in this order.
    """

    retention: float
    revenue_per_customer: float
    contribution: float
    value: float
    equity: float
    workings: tuple[Working, ...]


def activity_workings(activity: Activity) -> tuple[Working, Working]:
    """Retention (share per year) and revenue per active customer (euro per year): what needs no margin.

    Raises:
        ValueError: counts that contradict each other, or nobody active.
    """
    _check_activity(activity)
    return (
        _quotient("retention", again=activity.n_again, before=activity.n_before),
        _quotient("revenue_per_customer", sales=activity.revenue_last, active=activity.n_last),
    )


def value_from_activity(activity: Activity, margin: float, discount_rate: float) -> ActivityValue:
    """Customer value for who has orders but no contracts, costs or counts of customers lost.

    Retention is the share of one year's buyers who bought again in the next; the contribution is the revenue
    per active customer at an assumed margin, and the value is ``residual``. Without contracts nobody says
    goodbye: someone who skips a year counts as lost here and as new on return. So retention, and with it the
    value, is understated where customers pause; a buy-till-you-die or migration model does better there.
    On the other hand the value is overstated when the margin is taken before cost to serve.

    Args:
        activity: Customers and revenue of the last two full years.
        margin: Assumed contribution as share of revenue, after cost to serve if possible.
        discount_rate: Yearly, share.

    Raises:
        ValueError: counts that contradict each other, nobody active, or a retention of 1.
    """
    check_share(margin, "margin")
    retention, revenue = activity_workings(activity)
    if fault := retention_fault(retention.result.value):
        raise ValueError(f"{activity.n_again} of {activity.n_before} customers ordered again: {fault}")
    terms = {"revenue": revenue.result, "margin": Quantity(margin, "share")}
    contribution = Working.compute("customer_base.contribution", "revenue × margin", terms, "money", "own")
    value = lifetime_value_working(
        contribution.result.value,
        retention.result.value,
        discount_rate,
        convention="residual",
        name="customer_base.value",
    )
    base = {"N": Quantity(activity.n_last, "count"), "V": value.result}
    equity = Working.compute("customer_base.equity", "N × V", base, "money", EQUITY_SOURCE, "residual")
    return ActivityValue(
        retention=retention.result.value,
        revenue_per_customer=revenue.result.value,
        contribution=contribution.result.value,
        value=value.result.value,
        equity=equity.result.value,
        workings=(retention, revenue, contribution, value, equity),
    )


def _quotient(measure: str, **terms: float) -> Working:
    """The first term by the second: customers by customers is a share, revenue by customers is money."""
    above, below = terms
    unit: Unit = "share" if measure == "retention" else "money"
    values = {
        above: Quantity(terms[above], "count" if unit == "share" else "money"),
        below: Quantity(terms[below], "count"),
    }
    return Working.compute(f"customer_base.{measure}", f"{above} / {below}", values, unit, "farris_2010")


def _check_activity(activity: Activity) -> None:
    if activity.n_before <= 0 or activity.n_last <= 0:
        raise ValueError("value from activity needs customers who ordered in each of the last two full years")
    if not 0 <= activity.n_again <= min(activity.n_before, activity.n_last):
        raise ValueError(
            f"n_again, {activity.n_again}, counts customers of both years: it cannot be negative or exceed "
            f"n_before, {activity.n_before}, or n_last, {activity.n_last}"
        )
