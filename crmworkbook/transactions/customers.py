"""Order days, customers and activity, as Ibis expressions; the orders never become a pandas frame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.credit_notes import counted
from crmworkbook.transactions.engine import batches, engine_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    import pyarrow as pa
    from ibis.expr.types import Table, Value

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
        ``customer``, ``date``, ``rows`` (count), ``orders`` (order numbers of that day, count), ``net`` (euro,
        exact decimal), ``returns`` (count of rows), ``returned`` (euro, zero or negative), ``is_order_day`` (see
        the package) and, where the orders have a cost or a margin, ``margin`` (euro, null where a row lacks it).

    Raises:
        TransactionsError: *as_of* is later than the day the orders were read for.
    """
    days = per_day(counted(_rows(orders, day_of(orders, as_of))), orders.numbers == "several")
    return days.mutate(customer=days.customer.cast("string"))


def customers(orders: Orders, as_of: date | None = None) -> Table:
    """Ibis expression of the customer table, to go on from on the engine; as :func:`customer_table`."""
    import ibis

    day = day_of(orders, as_of)
    known = orders.people if day == orders.as_of else everybody(_rows(orders, day), orders.numbers == "several")
    kept = known.filter(known.order_days > 0)
    until, revenue = ibis.literal(day), euros_of(kept.net)
    repeat_days = kept.order_days - 1
    margin = {"margin": euros_of(kept.margin)} if "margin" in kept.columns else {}
    return kept.select(
        kept.customer.cast("string").name("customer"),
        "first_order",
        "last_order",
        "order_days",
        "orders",
        revenue=revenue,
        **margin,
        recency_days=until.delta(kept.last_order, unit="day"),
        tenure_days=until.delta(kept.first_order, unit="day"),
        average_spend=revenue / kept.order_days,
        repeat_days=repeat_days,
        repeat_spend=euros_of(exact(kept.net - kept.first_net)) / repeat_days.nullif(0),
    )


def customer_table(orders: Orders, as_of: date | None = None) -> pd.DataFrame:
    """One row per customer with at least one order day, in order of customer.

    Args:
        orders: Outcome of :func:`read_orders`.
        as_of: Last day that counts; None takes that of *orders*. Later orders have no influence at all.

    Returns:
        ``customer``, ``first_order``, ``last_order`` (days), ``order_days`` (count), ``orders`` (count of order
        numbers on those days, of rows where there are none; returns not counted), ``revenue`` (euro, returns
        subtracted), ``recency_days`` (days from the last order to *as_of*), ``tenure_days`` (days from the first
        order to *as_of*), ``average_spend`` (euro per order day, ``revenue / order_days``), ``repeat_days``
        (``order_days − 1``), ``repeat_spend`` (euro per repeat day: revenue without the first order day, returns
        subtracted; NaN without a repeat day). With a column of costs or margins also ``margin`` (euro, returns
        subtracted; NaN where a row of the customer has none).

    Raises:
        TransactionsError: *as_of* is later than the day the orders were read for.
    """
    return frame(orders, customers(orders, as_of)).sort_values("customer", ignore_index=True)


def frame(orders: Orders, table: Table) -> pd.DataFrame:
    """The rows of a customer table of these orders, in no order, with the columns as :func:`customer_table` has them.

    They are copied as they come, into columns that are long enough: never are there two whole tables.
    """
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    types = dict.fromkeys(("revenue", "margin", "average_spend", "repeat_spend"), "float64")
    types |= dict.fromkeys(("first_order", "last_order"), "datetime64[s]")
    most, parts = _parts(orders, table)
    names, filled = [], 0
    columns = {name: np.empty(most, types.get(name, "int64")) for name in table.columns if name != "customer"}
    for batch in parts:
        names.append(batch.column("customer").copy_to(pa.default_cpu_memory_manager()))  # alone, the batch can go
        for name, column in columns.items():
            column[filled : filled + len(batch)] = batch.column(name).to_numpy(zero_copy_only=False)
        filled += len(batch)
    customer = pd.array(pa.chunked_array(names, pa.string()), dtype="str")
    return pd.DataFrame(
        {"customer": customer} | {name: column[:filled] for name, column in columns.items()}, copy=False
    )


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

    end = pd.Timestamp(day_of(orders, as_of))
    last_start, start = ((end - pd.DateOffset(years=years)).date() for years in (1, 2))  # 29 February to 28
    days = order_days(orders, as_of)
    in_last = days.date > last_start
    found = (
        days.filter(days.date > start)
        .group_by("customer")
        .aggregate(
            before=(days.is_order_day & ~in_last).any(),
            last=(days.is_order_day & in_last).any(),
            revenue=total(days.net, where=in_last),
        )
    )
    counts = found.aggregate(
        before=found.before.sum(),
        again=(found.before & found.last).sum(),
        last=found.last.sum(),
        revenue=total(found.revenue).cast("float64"),
    )
    before, again, last, revenue = counts.to_pyarrow().to_pylist()[0].values()
    return Activity(before or 0, again or 0, last or 0, revenue or 0.0)


def per_day(table: Table, numbers: bool = False) -> Table:
    """Rows (``customer``, ``date``, ``amount`` …) netted per customer and day; as :func:`order_days`.

    Args:
        table: The rows.
        numbers: Whether several rows of a day may bear the same order number; then these are one order.
    """
    import ibis

    if "cost" in table.columns and "margin" not in table.columns:
        table = table.mutate(margin=table.amount - table.cost)
    is_return = table.amount < 0
    own = {"orders": table.order.nunique(where=~is_return) + table.count(where=table.order.isnull() & ~is_return)}
    days = table.group_by("customer", "date").aggregate(
        rows=table.count(),
        **(own if numbers else {}),
        net=total(table.amount),
        returns=ibis.cases((is_return, 1)).count(),  # quicker than a filter
        returned=total(table.amount, where=is_return),
        **_margin(table),
    )
    if not numbers:
        days = days.mutate(orders=days.rows - days.returns).relocate("orders", after="rows")
    return days.mutate(is_order_day=(days.net > 0) | (days.returns == 0))


def everybody(rows: Table, numbers: bool = False) -> Table:
    """Rows (``customer``, ``day``, ``amount`` …) as one row per customer, those with only returns too.

    Returns:
        ``customer``, ``first_order``, ``last_order`` (days), ``order_days``, ``orders`` (counts), ``net`` (euro),
        ``first_net`` (euro of the first order day), ``days`` (count, those with only returns too) and ``margin`` (euro)
        where the rows have one. Those with only returns have no first and last order, and their ``first_net`` says
        nothing.
    """
    import ibis

    days = per_day(counted(rows), numbers)
    days = days.mutate(on=days.is_order_day.ifelse(days.date, ibis.null("date")))
    one_pass = engine_of(rows) == "duckdb"
    people = days.group_by("customer").aggregate(
        first_order=days.on.min(),
        last_order=days.on.max(),
        order_days=days.on.count(),
        orders=days.is_order_day.ifelse(days.orders, 0).sum(),  # quicker than a filter
        net=total(days.net),
        days=days.count(),
        **({"first_net": days.net.argmin(days.on)} if one_pass else {}),
        **_margin(days),
    )
    if one_pass:
        return people
    starts = days.filter(days.is_order_day).select(by="customer", start="date", first_net="net")
    both = people.left_join(starts, (people.customer == starts.by) & (people.first_order == starts.start))
    return both.drop("by", "start")


def day_of(orders: Orders, as_of: date | None) -> date:
    """The last day that counts.

    Raises:
        TransactionsError: *as_of* is later than the day the orders were read for.
    """
    if as_of is not None and as_of > orders.as_of:
        raise TransactionsError(
            f"as_of {as_of}: the orders were read up to {orders.as_of}; read them again for a later day"
        )
    return as_of or orders.as_of


def total(amounts: Value, where: Value | None = None) -> Value:
    """The exact sum of amounts."""
    return exact(amounts.sum(where=where))


def exact(sums: Value) -> Value:
    """Sums to a hundredth of a cent; decimals are, and an engine without them (SQLite) adds up with a tiny error."""
    return sums.round(4) if sums.type().is_floating() else sums


def euros_of(sums: Value) -> Value:
    """An exact sum as an ordinary number of euros."""
    return sums.cast("float64")


def _rows(orders: Orders, day: date) -> Table:
    return orders.table.filter(orders.table.date <= day)


def _margin(table: Table) -> dict[str, Value]:
    if "margin" not in table.columns:
        return {}
    whole = table.margin.count() == table.count()
    return {"margin": whole.ifelse(total(table.margin), None)}


def _parts(orders: Orders, table: Table) -> tuple[int, Iterable[pa.RecordBatch]]:
    """How many rows there are, or more, and the rows."""
    if engine_of(table) == "duckdb":  # where the customers are kept
        return orders.people.count().to_pyarrow().as_py(), batches(table)
    rows = table.to_pyarrow()
    return rows.num_rows, rows.to_batches()
