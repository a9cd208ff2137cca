"""RFM quintiles on the engine: the same classes as ``models.rfm``, without fetching the customers first."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

from crmworkbook.transactions.customers import customers, frame

if TYPE_CHECKING:
    import pandas as pd
    from ibis.expr.types import Table

    from crmworkbook.transactions.orders import Orders

FIFTHS = 5


def scored(
    orders: Orders, as_of: date | None = None, monetary: Literal["average", "total"] = "average", bins: int = FIFTHS
) -> Table:
    """Ibis expression of the customer table with the classes of recency, frequency and money.

    A class is ``ceil(bins × rank / n)``. Customers that tie share their average rank, so that equal customers always
    get equal scores and the order of the rows has no influence; a class can so be larger than n / bins, or empty.

    Args:
        orders: Outcome of :func:`read_orders`.
        as_of: Last day that counts; None takes that of *orders*.
        monetary: ``average`` ranks ``average_spend``, ``total`` ranks ``revenue``.
        bins: Number of classes.

    Returns:
        The columns of :func:`customers`, with ``r``, ``f`` and ``m`` (1 is worst, *bins* is best).

    Raises:
        TransactionsError: *as_of* is later than the day the orders were read for.
        ValueError: fewer than two bins.
    """
    if bins < 2:
        raise ValueError(f"bins must be 2 or more, got {bins}; write 5 for fifths")
    from ibis import _

    people = found = customers(orders, as_of)
    money = "average_spend" if monetary == "average" else "revenue"
    for name, better in (("r", -_.recency_days), ("f", _.order_days), ("m", _[money])):
        highest = _highest(people.select(value=better), bins)
        beyond = [(better > _[best]).fill_null(True).ifelse(1, 0) for best in highest.columns]
        found = found.cross_join(highest).mutate(sum(beyond, 1).cast("int64").name(name)).drop(*highest.columns)
    return found


def scored_table(
    orders: Orders, as_of: date | None = None, monetary: Literal["average", "total"] = "average", bins: int = FIFTHS
) -> pd.DataFrame:
    """The rows of :func:`scored`, in order of customer; arguments, columns and errors are the same."""
    return frame(orders, scored(orders, as_of, monetary, bins)).sort_values("customer", ignore_index=True)


def _highest(values: Table, bins: int) -> Table:
    """One row with, for each class but the best, the highest value up to that class; null where there is none."""
    import ibis

    # To put the values in order is far less work than the customers.
    counts = values.group_by("value").aggregate(tied=values.count())
    last = counts.tied.sum().over(ibis.cumulative_window(order_by="value"))  # rank of the last of those that tie
    doubled = 2 * last - counts.tied + 1  # of the average rank, which is a whole number or a half
    doubled_all = 2 * values.count().as_scalar()
    ranked = counts.select("value", score=(bins * doubled + doubled_all - 1) // doubled_all)
    return ranked.aggregate(**{f"highest_{k}": ranked.value.max(where=ranked.score <= k) for k in range(1, bins)})
