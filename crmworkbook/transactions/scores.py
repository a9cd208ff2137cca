"""RFM quintiles on the engine: the same classes as ``models.rfm``, without fetching the customers first."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

from crmworkbook.transactions.customers import customers

if TYPE_CHECKING:
    from ibis.expr.types import IntegerValue, Table, Value

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
    people = customers(orders, as_of)
    money = people.average_spend if monetary == "average" else people.revenue
    ranked = people.mutate(money=money, everybody=1)
    scores = {
        "r": _class(ranked, ranked.recency_days, bins, descending=True),
        "f": _class(ranked, ranked.order_days, bins),
        "m": _class(ranked, ranked.money, bins),
    }
    return ranked.mutate(**scores).drop("money", "everybody")


def _class(people: Table, value: Value, bins: int, descending: bool = False) -> IntegerValue:
    """Class of *value* among all; the average rank is the first rank of the tie and half of the others in it."""
    import ibis

    first = ibis.rank().over(order_by=value.desc() if descending else value)  # from 0
    tied = people.customer.count().over(group_by=value)
    doubled = 2 * first + tied + 1  # of the average rank, which is a whole number or a half
    doubled_all = 2 * people.customer.count().over(group_by=people.everybody)  # some engines know no window over all
    return (bins * doubled + doubled_all - 1) // doubled_all
