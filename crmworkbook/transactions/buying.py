"""What the buy-till-you-die models need of the orders, counted on the engine.

Customers with the same history count once with their number, so that a million customers come back as a few
thousand rows. Days are days; the models choose their own unit of time.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.customers import customers, euros_of, order_days, total

if TYPE_CHECKING:
    import pandas as pd
    from ibis.expr.types import Table

    from crmworkbook.transactions.orders import Orders

_HISTORY = ["repeat_days", "last_day", "age_days"]
_WEEK = 7  # days


def histories(orders: Orders, as_of: date | None = None) -> pd.DataFrame:
    """How often, how recently and since when customers ordered: x, t_x and T of the models.

    Args:
        orders: Outcome of :func:`read_orders`.
        as_of: Last day that counts; None takes that of *orders*.

    Returns:
        One row per history, in order: ``repeat_days`` (x, order days after the first), ``last_day`` (t_x, days
        from the first to the last order day), ``age_days`` (T, days from the first order day to *as_of*),
        ``customers`` (count with that history).

    Raises:
        TransactionsError: *as_of* is later than the day the orders were read for.
    """
    people = customers(orders, as_of)
    seen = people.select("repeat_days", last_day=people.tenure_days - people.recency_days, age_days="tenure_days")
    counted = seen.group_by(_HISTORY).aggregate(customers=seen.count())
    return _sorted(counted.to_pandas().astype("int64"))


def spend_histories(orders: Orders, as_of: date | None = None) -> pd.DataFrame:
    """What customers spend on an order day after their first: x and the mean amount of the gamma-gamma model.

    Args:
        orders: Outcome of :func:`read_orders`.
        as_of: Last day that counts; None takes that of *orders*.

    Returns:
        One row per customer that ordered again and spent on balance: ``repeat_days`` (count), ``repeat_spend``
        (euro per repeat day, returns subtracted), in order. ``attrs["left_out"]`` counts the customers that
        ordered again without spending on balance.

    Raises:
        TransactionsError: *as_of* is later than the day the orders were read for.
    """
    people = customers(orders, as_of)
    again = people.filter(people.repeat_days > 0).select("repeat_days", "repeat_spend")
    found = again.to_pandas().astype({"repeat_days": "int64", "repeat_spend": "float64"})
    spent = found[found["repeat_spend"] > 0].sort_values(["repeat_days", "repeat_spend"], ignore_index=True)
    spent.attrs = {"left_out": len(found) - len(spent)}
    return spent


def holdout(orders: Orders, until: date) -> pd.DataFrame:
    """Histories up to a day, and what the same customers did afterwards: the test of a model.

    Args:
        orders: Outcome of :func:`read_orders`.
        until: Last day of the histories; the time after it, up to the ``as_of`` of *orders*, is the test.

    Returns:
        As :func:`histories` at *until*, and of the customers with that history together: ``later_days`` (order
        days after *until*, count), ``later_customers`` (count of those with such a day), ``later_spend`` (euro
        after *until*, returns subtracted).

    Raises:
        TransactionsError: *until* leaves no time for the test.
    """
    import ibis

    if until >= orders.as_of:
        raise TransactionsError(f"until {until}: nothing is left up to {orders.as_of}; choose an earlier day")
    days = order_days(orders)
    before = days.date <= until
    people = days.group_by("customer").aggregate(
        first=days.date.min(where=days.is_order_day & before),
        last=days.date.max(where=days.is_order_day & before),
        order_days=(days.is_order_day & before).sum(),
        later_days=(days.is_order_day & ~before).sum(),
        later_net=total(days.net, where=~before),
    )
    known = people.filter(people.order_days > 0)
    seen = known.select(
        "later_days",
        "later_net",
        repeat_days=known.order_days - 1,
        last_day=known.last.delta(known.first, unit="day"),
        age_days=ibis.literal(until).delta(known.first, unit="day"),
    )
    counted = seen.group_by(_HISTORY).aggregate(
        customers=seen.count(),
        later_days=seen.later_days.sum(),
        later_customers=(seen.later_days > 0).sum(),
        later_spend=euros_of(total(seen.later_net)),
    )
    types = dict.fromkeys([*_HISTORY, "customers", "later_days", "later_customers"], "int64") | {
        "later_spend": "float64"
    }
    return _sorted(counted.to_pandas().fillna({"later_spend": 0.0}).astype(types))


def repeat_days_by_week(orders: Orders) -> pd.DataFrame:
    """Repeat order days and new customers of each week: the line that a model is tracked against.

    Args:
        orders: Outcome of :func:`read_orders`.

    Returns:
        One row per whole week since the day before the first order, weeks without an order too: ``week`` (from 1),
        ``repeat_days`` (order days of that week that are not a customer's first, count), ``new_customers``
        (count). The days after the last whole week are left out.
    """
    import numpy as np
    import pandas as pd

    days = order_days(orders)
    bought = days.filter(days.is_order_day).select("customer", "date")
    firsts = bought.group_by("customer").aggregate(date=bought.date.min())
    every, new = (_per_date(table) for table in (bought, firsts))
    start = new.index.min()
    weeks = 0 if new.empty else ((pd.Timestamp(orders.as_of) - start).days + 1) // _WEEK
    frame = pd.DataFrame({"week": np.arange(1, weeks + 1)})
    for name, counts in (("repeat_days", every.sub(new, fill_value=0)), ("new_customers", new)):
        by_week = counts.groupby((counts.index - start).days // _WEEK + 1).sum()
        frame[name] = by_week.reindex(frame["week"], fill_value=0).to_numpy()
    return frame.astype("int64")


def _per_date(table: Table) -> pd.Series:
    """Number of rows by day."""
    counts = table.group_by("date").aggregate(count=table.count()).to_pandas()
    return counts.astype({"date": "datetime64[s]", "count": "int64"}).set_index("date")["count"].sort_index()


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows in an order that does not depend on the engine."""
    return frame.sort_values(_HISTORY, ignore_index=True)
