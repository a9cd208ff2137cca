"""What each customer brings and costs in a period: the ledger joined to the customers, on the engine.

Conventions:

* **Period.** The last one of the client's tables: the year, or the month, up to and including the base date. Revenue
  from orders, dated entries and costs without a date are all of that period.
* **Customers** are those of the customer table of the client and those with orders in the period; a customer whose
  orders are older counts when the ledger bears a cost for it. What the customer table says of revenue and
  contribution wins over the orders, which may lack a channel.
* **Contribution** from orders is their margin or amount less cost where they have that column, else the revenue times
  the assumed margin.
* **Costs of a segment** are spread over its customers: each an equal part, or by revenue (below zero counts as zero)
  or orders of the period; equally too where these add up to nothing.
* **Won** in the period is who bears an acquisition cost of its own; where the ledger gives acquisition per segment
  only, whose first order fell in the period, and the segment's acquisition is spread over these if there are any.
* ``cost_to_serve`` is service and retention; ``net_contribution`` is contribution less cost to serve and development.
  Acquisition stays apart: for a customer who is there, it is spent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from crmworkbook.transactions.customers import order_days
from crmworkbook.transactions.ledger import KINDS, Ledger, LedgerQuality, Spread, judged, listing, mapped, quality_of

if TYPE_CHECKING:
    import pandas as pd
    from ibis.expr.types import Table, Value

    from crmworkbook.transactions.orders import Orders

_NUMBERS = ("revenue", "contribution", "orders", "given_revenue", "given_contribution", "wallet", *KINDS)
_FLAGS = ("ordered", "active", "fresh", "listed", "costly")


@dataclass(frozen=True, eq=False)
class CustomerCosts:
    """Every customer with what it brings and costs.

    Attributes:
        table: Ibis, one row per customer: ``customer``, ``segment`` (text or null), ``revenue``, ``contribution``
            (euro in the period; null when not known), ``orders`` (count in the period), ``wallet`` (euro per
            period, or null), the :data:`~crmworkbook.transactions.ledger.KINDS` (euro), ``cost_to_serve``,
            ``net_contribution`` (euro).
        quality: What of the ledger was used.
        start: The day before the period.
        as_of: The last day of the period.
    """

    table: Table
    quality: LedgerQuality
    start: date
    as_of: date


def period_start(as_of: date, months: int) -> date:
    """The day before the period of so many months that ends on *as_of*."""
    import pandas as pd

    end = pd.Timestamp(as_of)
    start = end - pd.DateOffset(months=months)
    return (start + pd.offsets.MonthEnd(0) if end.is_month_end else start).date()


def customer_costs(
    ledger: Ledger,
    orders: Orders | None,
    customers: pd.DataFrame | None,
    *,
    as_of: date,
    months: int = 12,
    segments: Mapping[str, str] | None = None,
    margin: float | None = None,
    spread: Spread = "equal",
) -> CustomerCosts:
    """Join a ledger to the customers.

    Args:
        ledger: As it was read, on the engine of the orders.
        orders: The orders; None when there are none.
        customers: Columns customer, segment, revenue, contribution, wallet (euro per period; all but the first may
            be empty or absent); None when there are none.
        as_of: Last day of the period.
        months: Length of the period.
        segments: How a segment may be written (lower case) to its key; with one key only, everybody belongs to it.
        margin: Contribution as a share of the order amount, where orders have no margin or cost.
        spread: How the costs of a segment are spread over its customers.

    Raises:
        ValueError: neither orders nor customers.
    """
    if orders is None and customers is None:
        raise ValueError("costs are of customers: give orders, a table of customers, or both")
    start = period_start(as_of, months)
    entries = judged(ledger, start, as_of)
    base = kept(_base(ledger, entries, orders, customers, (start, as_of), segments or {}, margin))
    entries = kept(_known(entries, base, segments or {}))
    table = _with_costs(base, entries, spread)
    return CustomerCosts(kept(table), quality_of(entries), start, as_of)


def kept(table: Table) -> Table:
    """The same rows, worked out once on the embedded engine; another one may be read-only and works them out anew."""
    import ibis

    backend = table.get_backend()
    if backend.name != "duckdb":
        return table
    kept_as: Table = backend.create_table(ibis.util.gen_name("crmworkbook"), table, temp=True)  # type: ignore[attr-defined]
    return kept_as


# --- the customers ----------------------------------------------------------------------------------------------


def _base(
    ledger: Ledger,
    entries: Table,
    orders: Orders | None,
    customers: pd.DataFrame | None,
    period: tuple[date, date],
    segments: Mapping[str, str],
    margin: float | None,
) -> Table:
    """One row per customer with what its sources say; the costs of its segment are not in it."""
    import ibis

    sources = [_from_owners(ledger.owners, segments), _from_entries(entries)]
    sources += [_from_orders(orders, period, margin)] if orders is not None else []
    sources += [_from_table(customers)] if customers is not None else []
    rows = ibis.union(*sources)
    names = ("segment", *_NUMBERS, *_FLAGS)
    one = rows.group_by("customer").aggregate(**{name: rows[name].max() for name in names})
    known = one.listed.notnull() | one.active.notnull() | (one.ordered.notnull() & one.costly.notnull())
    found = one.filter(known)
    only = set(segments.values())
    segment = found.segment.fill_null(next(iter(only))) if len(only) == 1 else found.segment
    return found.select(
        "customer",
        "wallet",
        segment=segment,
        orders=found.orders.fill_null(0.0),
        fresh=found.fresh.notnull(),
        revenue=ibis.coalesce(found.given_revenue, found.revenue),
        contribution=ibis.coalesce(found.given_contribution, found.contribution),
        **{kind: found[kind].fill_null(0.0) for kind in KINDS},
    )


def _row(table: Table, **given: Any) -> Table:
    """The columns that all sources share; what a source does not say is null."""
    import ibis

    kinds = dict.fromkeys(("segment",), "string") | dict.fromkeys((*_NUMBERS, *_FLAGS), "float64")
    said = {name: given[name].cast(kind) if name in given else ibis.null(kind) for name, kind in kinds.items()}
    return table.select(customer=table.customer.cast("string"), **said)


def _from_orders(orders: Orders, period: tuple[date, date], margin: float | None) -> Table:
    import ibis

    start, as_of = period
    days = order_days(orders, as_of)
    now = days.date > start
    earned: dict[str, Value] = {}
    if "margin" in days.columns:
        whole = days.margin.count(where=now) == now.sum()  # a sum of some of the margins is not the margin
        earned = {"earned": whole.ifelse(days.margin.sum(where=now), None).cast("float64")}
    spent = days.group_by("customer").aggregate(
        net=days.net.sum(where=now).cast("float64"),
        orders=days.orders.sum(where=now & days.is_order_day),
        rows=now.sum(),
        ordered=days.is_order_day.any(),
        older=(days.is_order_day & ~now).any(),
        **earned,
    )
    one, net = ibis.literal(1.0), spent.net.fill_null(0.0)
    assumed = net * (ibis.null("float64") if margin is None else ibis.literal(margin))
    contribution = ibis.coalesce(spent.earned, assumed) if earned else assumed
    return _row(
        spent,
        revenue=net,
        contribution=(spent.rows > 0).ifelse(contribution, 0.0),  # who did not order contributes nothing
        orders=spent.orders.fill_null(0),
        ordered=spent.ordered.ifelse(one, None),
        fresh=(spent.ordered & ~spent.older).ifelse(one, None),
        active=(spent.rows > 0).ifelse(one, None),
    )


def _from_table(customers: pd.DataFrame) -> Table:
    import ibis
    import pandas as pd

    wanted = {"segment": object, "revenue": float, "contribution": float, "wallet": float}
    given = {name: customers[name] for name in wanted if name in customers}
    frame = pd.DataFrame({"customer": customers["customer"].astype(str), **given})
    frame = frame.astype({name: kind for name, kind in wanted.items() if name in frame})
    schema = {"customer": "string"} | {n: "string" if n == "segment" else "float64" for n in frame.columns[1:]}
    table = ibis.memtable(frame, schema=schema)
    columns = {f"given_{name}" if name in ("revenue", "contribution") else name: table[name] for name in given}
    return _row(table, **columns, listed=ibis.literal(1.0))


def _from_owners(owners: Table, segments: Mapping[str, str]) -> Table:
    named = owners.filter(owners.customer.notnull())
    return _row(named, segment=mapped(named.segment.lower(), segments), wallet=named.wallet)


def _from_entries(entries: Table) -> Table:
    """What the ledger says that a customer itself costs."""
    import ibis

    own = entries.filter(entries.reason.isnull() & entries.customer.notnull())
    sums = own.group_by("customer").aggregate(**{kind: own.amount.sum(where=own.kind == kind) for kind in KINDS})
    return _row(sums, **{kind: sums[kind] for kind in KINDS}, costly=ibis.literal(1.0))


# --- the costs of segments --------------------------------------------------------------------------------------


def _known(entries: Table, base: Table, segments: Mapping[str, str]) -> Table:
    """The entries with their segment's key, and a reason where the customer or the segment is nobody's."""
    import ibis

    peopled = [row["segment"] for row in listing(base.filter(base.segment.notnull()).select("segment").distinct())]
    found = entries.left_join(base.select("customer", there=ibis.literal(1)), "customer").drop("customer_right")
    key = mapped(found.segment.lower(), segments)
    found = found.mutate(segment=key.isin(peopled).ifelse(key, None) if peopled else ibis.null("string"))
    reason = ibis.cases(
        (found.reason.notnull(), found.reason),
        (found.customer.notnull() & found.there.isnull(), "unknown_customer"),
        (found.customer.isnull() & found.segment.isnull(), "unknown_segment"),
    )
    return found.mutate(reason=reason).drop("there")


def _with_costs(base: Table, entries: Table, spread: Spread) -> Table:
    import ibis

    shared = entries.filter(entries.reason.isnull() & entries.customer.isnull())
    sums = shared.group_by("segment").aggregate(
        **{f"all_{kind}": shared.amount.sum(where=shared.kind == kind).cast("float64") for kind in KINDS}
    )
    singled_out = base.aggregate(any=(base.acquisition > 0).any()).to_pyarrow()["any"][0].as_py()
    weights = {"equal": ibis.literal(1.0), "revenue": ibis.greatest(base.revenue.fill_null(0.0), 0.0)}
    weighed = base.mutate(
        weight=weights.get(spread, base.orders).cast("float64"),
        won=base.acquisition > 0 if singled_out else base.fresh,
    )
    weighed = weighed.mutate(part=_part(weighed, weighed.weight))
    winning = (weighed.won.ifelse(weighed.weight, 0.0), weighed.won.ifelse(1.0, 0.0))
    parts = dict.fromkeys(KINDS, weighed.part) | {"acquisition": _part(weighed, *winning)}
    shares = weighed.mutate(**{f"part_{kind}": part for kind, part in parts.items()})
    joined = shares.left_join(sums, "segment")
    costs = {kind: joined[kind] + joined[f"part_{kind}"] * joined[f"all_{kind}"].fill_null(0.0) for kind in KINDS}
    kept_as_is = ("customer", "segment", "revenue", "contribution", "orders", "wallet", "won")
    table = joined.select(*kept_as_is, **costs)
    serving = table.service + table.retention
    table = table.mutate(cost_to_serve=serving)
    return table.mutate(net_contribution=table.contribution - serving - table.development)


def _part(table: Table, *weights: Value) -> Value:
    """Each customer's part of what its segment bears: by the first weights that add up to something, else equal."""
    import ibis

    of_segment = ibis.window(group_by="segment")
    part: Value = 1.0 / table.count().over(of_segment)
    for weight in reversed(weights):
        whole = weight.sum().over(of_segment)
        part = (whole > 0).ifelse(weight / whole.nullif(0), part)
    return part
