"""Order days, customers and activity, as Ibis expressions; the orders never become a pandas frame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from crmworkbook.errors import TransactionsError

if TYPE_CHECKING:
    import pandas as pd
    from ibis.expr.types import Table

    from crmworkbook.transactions.orders import Orders


@dataclass(frozen=True)
class Activity:
    """Who bought in the last two years, counted back from the day of reference.

    A year runs to the month and day of *as_of*: with 31 December it is the calendar year. A customer is
    active in a year with at least one order day in it.

    Attributes:
        customers_year_before: Customers active in the year before last.
        customers_again: Those of them active in the last year too.
        customers_last_year: Customers active in the last year.
        revenue_last_year: Euro in the last year, returns subtracted.
    """

    customers_year_before: int
    customers_again: int
    customers_last_year: int
    revenue_last_year: float


def order_days(orders: Orders, as_of: date | None = None) -> Table:
    """Ibis expression of one row per customer and day, up to *as_of*.

    Returns:
        ``customer``, ``date``, ``rows`` (count), ``net`` (euro, exact decimal), ``returns`` (count of rows),
        ``returned`` (euro, zero or negative), ``is_order_day`` (see the package).

    Raises:
        TransactionsError: *as_of* is later than the day the orders were read for.
    """
    day = _as_of(orders, as_of)
    return per_day(orders.table.filter(orders.table.date <= day))


def customers(orders: Orders, as_of: date | None = None) -> Table:
    """Ibis expression of the customer table, to go on from on the engine; as :func:`customer_table`."""
    import ibis

    day = _as_of(orders, as_of)
    spent = per_customer(order_days(orders, day))
    kept = spent.filter(spent.order_days > 0)
    until = ibis.literal(day)
    return kept.select(
        "customer",
        "first_order",
        "last_order",
        "order_days",
        revenue=kept.net.cast("float64"),
        recency_days=until.delta(kept.last_order, unit="day"),
        tenure_days=until.delta(kept.first_order, unit="day"),
        average_spend=kept.net.cast("float64") / kept.order_days,
    ).order_by("customer")


def customer_table(orders: Orders, as_of: date | None = None) -> pd.DataFrame:
    """One row per customer with at least one order day, in order of customer.

    Args:
        orders: Outcome of :func:`read_orders`.
        as_of: Last day that counts; None takes that of *orders*. Later orders have no influence at all.

    Returns:
        ``customer``, ``first_order``, ``last_order`` (days), ``order_days`` (count), ``revenue`` (euro,
        returns subtracted), ``recency_days`` (days from the last order to *as_of*), ``tenure_days`` (days
        from the first order to *as_of*), ``average_spend`` (euro per order day, ``revenue / order_days``).

    Raises:
        TransactionsError: *as_of* is later than the day the orders were read for.
    """
    days = dict.fromkeys(("first_order", "last_order"), "datetime64[s]")
    counts = dict.fromkeys(("order_days", "recency_days", "tenure_days"), "int64")
    return customers(orders, as_of).to_pandas().astype(days | counts)


def activity(orders: Orders, as_of: date | None = None) -> Activity:
    """Customers active in the year before last, again in the last year, and the revenue of the last year.

    ``customers_again / customers_year_before`` is the yearly retention of the same customers, if the orders
    cover both years; the counts do not show whether they do, ``orders.quality.first`` and ``last`` do.

    Args:
        orders: Outcome of :func:`read_orders`.
        as_of: Last day of the last year; None takes that of *orders*.

    Raises:
        TransactionsError: *as_of* is later than the day the orders were read for.
    """
    import pandas as pd

    end = pd.Timestamp(_as_of(orders, as_of))
    last_start, start = ((end - pd.DateOffset(years=years)).date() for years in (1, 2))  # 29 February to 28
    days = order_days(orders, as_of)
    in_last = days.date > last_start
    found = (
        days.filter(days.date > start)
        .group_by("customer")
        .aggregate(
            before=(days.is_order_day & ~in_last).any(),
            last=(days.is_order_day & in_last).any(),
            revenue=days.net.sum(where=in_last),
        )
    )
    counts = found.aggregate(
        before=found.before.sum(),
        again=(found.before & found.last).sum(),
        last=found.last.sum(),
        revenue=found.revenue.sum().cast("float64"),
    )
    before, again, last, revenue = counts.to_pyarrow().to_pylist()[0].values()
    return Activity(before or 0, again or 0, last or 0, revenue or 0.0)


def per_day(table: Table) -> Table:
    """Rows (``customer``, ``date``, ``amount``) netted per customer and day; as :func:`order_days`."""
    is_return = table.amount < 0
    days = table.group_by("customer", "date").aggregate(
        rows=table.count(),
        net=table.amount.sum(),
        returns=is_return.sum(),
        returned=table.amount.sum(where=is_return),
    )
    return days.mutate(is_order_day=(days.net > 0) | (days.returns == 0))


def per_customer(days: Table) -> Table:
    """One row per customer, those with only returns too; first and last order are null for these."""
    return days.group_by("customer").aggregate(
        first_order=days.date.min(where=days.is_order_day),
        last_order=days.date.max(where=days.is_order_day),
        order_days=days.is_order_day.sum(),
        net=days.net.sum(),
        days=days.count(),
        returns=days.returns.sum(),
        returned=days.returned.sum(),
        first=days.date.min(),
        last=days.date.max(),
    )


def _as_of(orders: Orders, as_of: date | None) -> date:
    if as_of is not None and as_of > orders.as_of:
        raise TransactionsError(
            f"as_of {as_of}: the orders were read up to {orders.as_of}; read them again for a later day"
        )
    return as_of or orders.as_of
