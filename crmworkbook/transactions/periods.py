"""Who ordered in which period: cohorts, and who came back after how long, counted on the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from crmworkbook.transactions.customers import order_days, total

if TYPE_CHECKING:
    import pandas as pd
    from ibis.expr.types import Table

    from crmworkbook.transactions.orders import Orders

MOST = 12  # periods, counted back; what lies before is one group
FEWEST = 4
_LATE_START = timedelta(days=14)  # a period counts as whole when the first order falls within its first two weeks


@dataclass(frozen=True)
class Periods:
    """Whole periods of equal length, counted back from the base date.

    Attributes:
        months: Length of a period.
        ends: Last day of each, oldest first; empty when the orders cover no whole period.
        start: The day before the first period.
    """

    months: int
    ends: tuple[date, ...]
    start: date


def periods_of(orders: Orders, lengths: Sequence[int] = (12, 6, 3, 1)) -> Periods:
    """The longest periods of which the orders cover at least four; the shortest when no length gives four.

    Args:
        orders: Outcome of :func:`read_orders`.
        lengths: Lengths to choose from, months, longest first.
    """
    for months in lengths:
        starts = [orders.as_of]
        while len(starts) <= MOST and orders.quality.first <= (before := _back(orders.as_of, months, len(starts))) + (
            _LATE_START
        ):
            starts.append(before)
        if len(starts) > FEWEST:
            break
    return Periods(months, tuple(reversed(starts[:-1])), starts[-1])


def cohort_triangle(orders: Orders, periods: Periods) -> pd.DataFrame:
    """Customers by the period of their first order, and how many of them ordered in each later one.

    Args:
        orders: Outcome of :func:`read_orders`.
        periods: Outcome of :func:`periods_of`.

    Returns:
        One row per cohort and period with an order or a return: ``cohort`` (position of the period of the first
        order; −1 for customers from before the first period), ``period``, ``customers`` (with an order day, count),
        ``revenue`` (euro, returns subtracted).
    """
    seen = _by_period(orders, periods)
    since = seen.group_by("customer").mutate(cohort=seen.period.min(where=seen.active))
    known = since.filter(since.cohort.notnull() & (since.period >= 0))
    counts = known.group_by("cohort", "period").aggregate(
        customers=known.active.sum(), revenue=total(known.net).cast("float64")
    )
    columns = {"cohort": "int64", "period": "int64", "customers": "int64", "revenue": "float64"}
    return counts.order_by("cohort", "period").to_pandas().astype(columns)


def returns_by_silence(orders: Orders, periods: Periods) -> pd.DataFrame:
    """How many customers were silent for how long, and how many of them ordered again in the next period.

    Every customer counts once for each period after an order until the next one: state 1 has ordered in the last
    period, state 2 skipped one, and so on. All periods are added up.

    Args:
        orders: Outcome of :func:`read_orders`.
        periods: Outcome of :func:`periods_of`.

    Returns:
        ``state`` (from 1), ``customers`` (count of customer-periods), ``back`` (of those, with an order in the
        next period); empty without two periods.
    """
    import ibis
    import pandas as pd

    seen = _by_period(orders, periods)
    bought = seen.filter(seen.active & (seen.period >= 0))
    following = bought.period.lead().over(ibis.window(group_by="customer", order_by="period"))
    gaps = bought.mutate(following=following)
    last = len(periods.ends) - 1
    gaps = gaps.select(gap=gaps.following.fill_null(last) - gaps.period, back=gaps.following.notnull())
    counted = gaps.group_by("gap", "back").aggregate(customers=gaps.count()).to_pandas()
    states = range(1, int(counted["gap"].max()) + 1) if len(counted) else range(0)
    return pd.DataFrame(
        {
            "state": list(states),
            "customers": [int(counted.loc[counted["gap"] >= state, "customers"].sum()) for state in states],
            "back": [
                int(counted.loc[(counted["gap"] == state) & counted["back"], "customers"].sum()) for state in states
            ],
        }
    )


def _by_period(orders: Orders, periods: Periods) -> Table:
    """Per customer and period: whether there was an order day, and the net amount; −1 is before the first period."""
    import ibis

    days = order_days(orders)
    edges = [periods.start, *periods.ends[:-1]]
    position = ibis.cases(*((days.date > edge, at) for at, edge in reversed(list(enumerate(edges)))), else_=-1)
    placed = days.mutate(period=position)
    return placed.group_by("customer", "period").aggregate(active=placed.is_order_day.any(), net=total(placed.net))


def _back(day: date, months: int, times: int) -> date:
    """*day* so many periods earlier; the end of a month stays the end of a month."""
    import pandas as pd

    moment = pd.Timestamp(day)
    earlier = moment - pd.DateOffset(months=months * times)
    return (earlier + pd.offsets.MonthEnd(0) if moment.is_month_end else earlier).date()
