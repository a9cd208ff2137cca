"""What each customer is worth after its costs, its place in the relationship matrix, and summaries of all of them.

The formulas are those of the managerial lifetime value and of ``models.relationship_matrix``, as expressions on the
engine; only summaries, and at most a handful of rows at either end, leave it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmworkbook.models.relationship_matrix import QUADRANTS, Axis, MarginBasis, Method, Thresholds
from crmworkbook.transactions.customer_costs import kept
from crmworkbook.transactions.ledger import KINDS, listing

if TYPE_CHECKING:
    import pandas as pd
    from ibis.expr.types import Column, Table, Value

ENDS = 10  # rows shown at either end
MOST_POINTS = 3000
_MONEY = ("revenue", "contribution", *KINDS, "cost_to_serve", "net_contribution")


def customer_worth(
    costs: Table,
    multiples: Mapping[str, float],
    *,
    otherwise: float | None = None,
    targets: Mapping[str, float] | None = None,
    margin: MarginBasis = "segment",
) -> Table:
    """The customers with what they are still worth, and could be.

    Args:
        costs: ``CustomerCosts.table``.
        multiples: Segment to the periods of net contribution that an existing customer is worth (``residual``).
        otherwise: The same for a customer without segment, or of a segment without multiple; None leaves it out.
        targets: Segment to share of wallet within reach; above 1 counts as 1. None: no potential.
        margin: On extra spending: of the whole ``segment``, or each customer's ``own``.

    Returns:
        *costs* with ``value`` (euro, net contribution × multiple), ``value_after_acquisition`` (less what was spent on
        winning the customer in the period), ``worth`` (net contribution of the period + value: what a customer won
        in it brings in all), ``share_of_wallet``, ``growth`` (euro; value of reaching the target share, not below 0),
        ``level`` (value + growth), ``room`` (euro per period: target × wallet − revenue, not below 0). Null where
        something is not known.
    """
    import ibis

    multiple = _by_segment(costs, multiples, otherwise)
    target = _by_segment(costs, {key: min(share, 1.0) for key, share in (targets or {}).items()}, None)
    table = costs.mutate(value=costs.net_contribution * multiple, multiple=multiple)
    room = ibis.greatest(target * table.wallet - table.revenue, 0.0)
    earned = _earned(table, margin)
    # where the target or the wallet is not known, engines disagree on the greatest of null and 0
    known = target.notnull() & table.wallet.notnull() & table.revenue.notnull()
    table = table.mutate(
        value_after_acquisition=table.value - table.acquisition,
        worth=table.value + table.net_contribution,
        share_of_wallet=table.revenue / table.wallet.nullif(0),
        room=known.ifelse(room, None),
        growth=(known & earned.notnull()).ifelse(ibis.greatest(multiple * earned * room, 0.0), None),
    )
    return kept(table.mutate(level=table.value + table.growth))


def _by_segment(table: Table, values: Mapping[str, float], otherwise: float | None) -> Value:
    import ibis

    last = ibis.null("float64") if otherwise is None else ibis.literal(float(otherwise))
    if not values:
        return last
    pairs = ((table.segment == key, ibis.literal(float(value))) for key, value in values.items())
    return ibis.cases(*pairs, else_=last)


def _earned(table: Table, margin: MarginBasis) -> Value:
    """Contribution as a share of revenue, of those with revenue."""
    import ibis

    of_segment, sold = ibis.window(group_by="segment"), table.revenue > 0
    contribution = sold.ifelse(table.contribution, None).sum().over(of_segment)
    revenue = sold.ifelse(table.revenue, None).sum().over(of_segment)
    whole: Value = contribution / revenue.nullif(0)
    own = sold.ifelse(table.contribution, None) / sold.ifelse(table.revenue, None)
    return ibis.coalesce(own, whole) if margin == "own" else whole


# --- the relationship matrix ------------------------------------------------------------------------------------


def thresholds_of(
    worth: Table,
    axis: Axis,
    method: Method,
    *,
    current: float | None = None,
    potential: float | None = None,
    budget: float | None = None,
    cost: float | None = None,
) -> Thresholds:
    """As ``models.relationship_matrix.matrix_thresholds``, on the engine.

    Args:
        worth: Outcome of :func:`customer_worth`.
        axis: Whether potential is ``growth`` or ``level``.
        method: ``fixed``, ``median`` or ``budget``.
        current: Fixed threshold of current value, euro.
        potential: Fixed threshold of potential, euro.
        budget: For developing customers, euro per period.
        cost: Of developing one customer, euro per period.

    Raises:
        ValueError: what the method needs is missing, or there is nobody to place.
    """
    placed = placeable(worth)
    if method == "fixed":
        if current is None or potential is None:
            raise ValueError("fixed thresholds need an amount for current and for potential value")
        return Thresholds(current, potential, method)
    row = listing(placed.aggregate(n=placed.count(), value=placed.value.median(), potential=placed[axis].median()))[0]
    if not row["n"]:
        raise ValueError("no customer can be placed")
    if method == "median":
        return Thresholds(row["value"], row["potential"], method)
    if budget is None or not cost or cost <= 0:
        raise ValueError("a threshold from the budget needs a budget and a cost per customer above 0")
    promising = placed.filter(placed.growth > 0)
    reached = promising.order_by(promising[axis].desc()).limit(int(budget / cost + 1e-9)).select(amount=axis)
    ends = listing(reached.aggregate(n=reached.count(), last=reached.amount.min()))[0]
    most = listing(placed.aggregate(most=placed[axis].max()))[0]["most"]
    last = ends["last"] if ends["n"] else most + 1.0
    return Thresholds(row["value"] if current is None else current, last, method, ends["n"])


def placeable(worth: Table) -> Table:
    """The customers whose value and growth are both known."""
    return worth.filter(worth.value.notnull() & worth.growth.notnull())


def placed_in(worth: Table, limits: Thresholds, axis: Axis) -> Table:
    """The customers that can be placed, with ``quadrant``.

    Args:
        worth: Outcome of :func:`customer_worth`.
        limits: From where on a value is high; exactly on it is high.
        axis: Whether potential is ``growth`` or ``level``.
    """
    import ibis

    table = placeable(worth)
    high, promising = table.value >= limits.current, table[axis] >= limits.potential
    grow, retain, develop, phase_out = QUADRANTS
    cases = ((high & promising, grow), (high, retain), (promising, develop))
    return table.mutate(quadrant=ibis.cases(*cases, else_=phase_out))


def by_quadrant(placed: Table) -> pd.DataFrame:
    """Counts and money of each group of the matrix, all four, indexed by quadrant.

    Columns: customers (count), value and growth (euro), and the money of the period that :func:`totals` gives.
    """
    import pandas as pd

    sums = {name: placed[name].sum() for name in ("value", "growth", *_MONEY)}
    found = listing(placed.group_by("quadrant").aggregate(customers=placed.count(), **sums))
    frame = pd.DataFrame(found, columns=["quadrant", "customers", *sums]).set_index("quadrant")
    return frame.reindex(QUADRANTS, fill_value=0).fillna(0.0).astype({"customers": int})


def points(placed: Table, axis: Axis, unit: float, most: int = MOST_POINTS, cells: int = 60) -> pd.DataFrame:
    """Where the customers stand, without saying who: each a point, or from *most* on a point for those close together.

    Args:
        placed: Outcome of :func:`placed_in`.
        axis: The vertical axis.
        unit: Euro below which a cell is about even; beyond, cells go by powers of ten (arcsinh).
        most: Customers that get a point each.
        cells: Cells per axis into which more of them are taken together, each cell by quadrant.

    Returns:
        Columns quadrant, current, growth, level (euro, means of those taken together), customers (count).
    """
    import ibis

    names = {"current": placed.value, "growth": placed.growth, "level": placed.level}
    chosen = placed.select("quadrant", **names)
    if placed.count().to_pyarrow().as_py() <= most:
        return chosen.order_by(*chosen.columns).to_pandas().assign(customers=1)
    sides = {"x": _pressed(chosen.current / unit), "y": _pressed(chosen[axis] / unit)}
    pressed = chosen.mutate(**sides)
    ends = listing(
        pressed.aggregate(**{f"{n}_{end}": getattr(pressed[n], end)() for n in sides for end in ("min", "max")})
    )[0]
    cell = {
        n: ((pressed[n] - ends[f"{n}_min"]) / ((ends[f"{n}_max"] - ends[f"{n}_min"]) / cells or 1.0)).floor()
        for n in sides
    }
    grouped = pressed.mutate(**{f"at_{n}": ibis.least(value, cells - 1.0) for n, value in cell.items()})
    together = grouped.group_by("quadrant", "at_x", "at_y").aggregate(
        **{name: grouped[name].mean() for name in names}, customers=grouped.count()
    )
    return together.order_by("quadrant", "at_x", "at_y").drop("at_x", "at_y").to_pandas()


def _pressed(value: Value) -> Value:
    """arcsinh, which not every engine has."""
    size = value.abs()
    return value.sign() * (size + (size * size + 1).sqrt()).ln()


# --- summaries --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Totals:
    """All customers together.

    Attributes:
        customers: Count.
        unknown: Of those, customers whose contribution is not known: they are in no sum of net contribution.
        sums: Euro: revenue, contribution, each kind of cost, cost_to_serve, net_contribution, value.
        bearing: Customers on whom each kind of cost falls, count.
        losing: Customers whose net contribution is below zero, count.
        losses: What they cost, euro, above zero.
        won: Customers won in the period, with a known value, count.
        won_net, won_worth: Euro of those: net contribution of the period, and that plus what they are still worth.
        nursed: Customers with a retention cost and a known value, count.
        nursed_value: What these are still worth, euro.
        nursed_next: What they are worth if they stay, seen one period ahead: net contribution × (1 + multiple), euro.
    """

    customers: int
    unknown: int
    sums: Mapping[str, float]
    bearing: Mapping[str, int]
    losing: int
    losses: float
    won: int
    won_net: float
    won_worth: float
    nursed: int
    nursed_value: float
    nursed_next: float


def totals(worth: Table) -> Totals:
    """Counts and sums over all customers.

    Args:
        worth: Outcome of :func:`customer_worth`.
    """
    loss, won = worth.net_contribution < 0, worth.won & worth.value.notnull()
    nursed = (worth.retention > 0) & worth.value.notnull()
    wanted: dict[str, Any] = {name: worth[name].sum() for name in (*_MONEY, "value")}
    wanted |= {f"n_{kind}": (worth[kind] > 0).sum() for kind in KINDS}
    wanted |= {
        "customers": worth.count(),
        "unknown": worth.net_contribution.isnull().sum(),
        "losing": loss.sum(),
        "losses": worth.net_contribution.sum(where=loss),
        "won": won.sum(),
        "won_net": worth.net_contribution.sum(where=won),
        "won_worth": worth.worth.sum(where=won),
        "nursed": nursed.sum(),
        "nursed_value": worth.value.sum(where=nursed),
        "nursed_next": worth.worth.sum(where=nursed),
    }
    row = {name: value or 0 for name, value in listing(worth.aggregate(**wanted))[0].items()}
    return Totals(
        customers=int(row["customers"]),
        unknown=int(row["unknown"]),
        sums={name: float(row[name]) for name in (*_MONEY, "value")},
        bearing={kind: int(row[f"n_{kind}"]) for kind in KINDS},
        losing=int(row["losing"]),
        losses=-float(row["losses"]),
        won=int(row["won"]),
        won_net=float(row["won_net"]),
        won_worth=float(row["won_worth"]),
        nursed=int(row["nursed"]),
        nursed_value=float(row["nursed_value"]),
        nursed_next=float(row["nursed_next"]),
    )


def by_segment(worth: Table) -> pd.DataFrame:
    """Customers (count) and money of the period (euro) per segment, in its order; ``None`` for those without."""
    sums = {name: worth[name].sum() for name in _MONEY}
    table = worth.group_by("segment").aggregate(customers=worth.count(), **sums)
    return table.order_by(table.segment.asc(nulls_first=False)).to_pandas()


def by_decile(worth: Table) -> pd.DataFrame:
    """Tenths of the customers, the most profitable first; those without a known net contribution are left out.

    Returns:
        ``decile`` (1 … 10, fewer with fewer customers), ``customers`` (count) and the money of the period (euro).
    """
    ranked = _ranked(worth)
    decile = (ranked.place * 10 / ranked.n).floor().cast("int64") + 1
    ranked = ranked.mutate(decile=decile)
    sums = {name: ranked[name].sum() for name in _MONEY}
    return ranked.group_by("decile").aggregate(customers=ranked.count(), **sums).order_by("decile").to_pandas()


def extremes(worth: Table, most: int = ENDS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The customers that bring most and those that cost most, each at most *most* rows; the second only below zero.

    Returns:
        Columns customer, segment and the money of the period, value (euro). Numbers of customers: show them as
        pseudonyms.
    """
    columns = ["customer", "segment", *_MONEY, "value"]
    ranked = _ranked(worth)
    best = ranked.order_by("place").limit(most).select(*columns)
    worst = ranked.filter(ranked.net_contribution < 0).order_by(ranked.place.desc()).limit(most).select(*columns)
    return best.to_pandas(), worst.to_pandas()


def profit_curve(worth: Table, steps: int = 200) -> tuple[dict[str, float], pd.DataFrame]:
    """Net contribution added up from the best customer to the worst, at about so many points.

    Returns:
        ``customers`` and ``negative`` (count), ``total``, ``top_20``, ``peak``, ``lowest_10`` (euro; as
        ``models.customer_base.WhaleCurve``), and a frame of ``customers`` (so many added up) and ``cumulative``
        (euro), from nobody to all.
    """
    import ibis
    import pandas as pd

    ranked = _ranked(worth)
    added = ranked.net_contribution.sum().over(ibis.window(order_by="place", preceding=None, following=0))
    running = ranked.select("net_contribution", "n", customers=ranked.place + 1, cumulative=added)
    net, at = running.net_contribution, running.customers
    # as whale_curve: 20% of 525 is 105, rounded down and at least one
    fifth, tenth = (ibis.greatest((running.n * share + 1e-9).floor(), 1.0) for share in (0.2, 0.1))
    sums = running.aggregate(
        customers=running.count(),
        negative=(net < 0).sum(),
        winning=(net > 0).sum(),
        total=net.sum(),
        top_20=net.sum(where=at <= fifth),
        peak=net.sum(where=net > 0),
        lowest_10=net.sum(where=at > running.n - tenth),
    )
    facts = {name: float(value or 0) for name, value in listing(sums)[0].items()}
    step = max(1, int(facts["customers"]) // steps)
    chosen = running.filter((at % step == 0) | (at == running.n) | (at == int(facts["winning"])))
    frame = chosen.select("customers", "cumulative").order_by("customers").to_pandas()
    start = pd.DataFrame({"customers": [0], "cumulative": [0.0]})
    return facts, pd.concat([start, frame], ignore_index=True)


def _ranked(worth: Table) -> Table:
    """Those with a known net contribution, with ``place`` (from 0, the best first) and ``n``, how many there are."""
    import ibis

    known = worth.filter(worth.net_contribution.notnull())
    order: list[Column] = [known.net_contribution.desc(), known.customer.asc()]
    place = ibis.row_number().over(ibis.window(order_by=order))
    return known.mutate(place=place, n=known.count().over(ibis.window()))
