"""What the cost ledger says: rules W31 to W35, and the rows and numbers of its part of chapters 04 and 06."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmworkbook.findings import Finding, Reading
from crmworkbook.models.cost_ledger import BreakEven, Return, keeping_break_even, sampled_whale, spending_return
from crmworkbook.models.relationship_matrix import QUADRANTS, Axis, MarginBasis, Method, RelationshipMatrix, Thresholds
from crmworkbook.privacy import pseudonyms, read_key
from crmworkbook.transactions.customer_worth import (
    Totals,
    by_quadrant,
    customer_worth,
    placeable,
    placed_in,
    points,
    profit_curve,
    thresholds_of,
)
from crmworkbook.transactions.ledger import KINDS, REASONS, LedgerQuality

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from crmworkbook.client import Client
    from crmworkbook.models.customer_base import WhaleCurve

MUCH = 0.05  # of the money or the entries of a ledger that reaches no customer
TOLERANCE = 0.005  # two totals of the same thing may differ by rounding, not by more
BARE = 0.10  # of the customers without any cost of serving or developing
_ALIKE = {  # what segment_costs calls it, and the kinds that it is made of
    "cost_to_serve": ("service", "retention"),
    "development": ("development",),
    "acquisition": ("acquisition",),
}


# --- rules ------------------------------------------------------------------------------------------------------


def left_out(quality: LedgerQuality, reasons: Mapping[str, str]) -> list[Finding]:
    """W31: entries of the ledger that reach no customer, each reason with its money.

    Args:
        quality: Of the ledger.
        reasons: Reason to words.
    """
    entries = quality.entries_read - quality.entries_used
    if not entries:
        return []
    amount = sum(abs(part.amount) for part in quality.left_out.values())
    whole = amount + quality.amount_used
    share = amount / whole if whole else 1.0
    said = [reasons[reason] for reason in REASONS if quality.left_out[reason].count]
    much = max(share, entries / quality.entries_read) > MUCH
    case = "nothing_used" if not quality.entries_used else "much_left_out" if much else "some_left_out"
    return [Finding("W31", case, {"entries": entries, "amount": amount, "share": share, "reasons": said})]


def differing_totals(
    totals: Totals, segment_costs: pd.DataFrame | None, customers: pd.DataFrame | None, kinds: Mapping[str, str]
) -> list[Finding]:
    """W32: the ledger adds up to something else than the costs per segment, or per customer.

    Args:
        totals: Of the customers with the costs of the ledger.
        segment_costs: Columns cost_to_serve, development, acquisition (euro per period); None without.
        customers: Columns cost_to_serve (development included; euro per period); None without.
        kinds: Cost as the tables call it to words.
    """
    found = []
    for name, parts in _ALIKE.items() if segment_costs is not None else ():
        given = segment_costs[name].sum(min_count=1) if segment_costs is not None else float("nan")
        ledger = sum(totals.sums[part] for part in parts)
        if ledger and _differ(given, ledger):
            values = {"cost": kinds[name], "ledger": ledger, "given": float(given)}
            found.append(Finding("W32", "segment_costs", values))
    if customers is not None:
        given, ledger = customers["cost_to_serve"].sum(), totals.sums["cost_to_serve"] + totals.sums["development"]
        if given and _differ(given, ledger):
            found.append(Finding("W32", "customers", {"ledger": ledger, "given": float(given)}))
    return found


def _differ(given: float, ledger: float) -> bool:
    return abs(given - ledger) > TOLERANCE * max(abs(given), 1.0)  # not a number: not known, so no difference


def without_costs(worth: Table) -> list[Finding]:
    """W33: many customers on whom no cost of serving, keeping or developing falls.

    Args:
        worth: Outcome of ``customer_worth``.
    """
    bare = (worth.cost_to_serve == 0) & (worth.development == 0)
    counts = worth.aggregate(bare=bare.sum(), customers=worth.count()).to_pyarrow().to_pylist()[0]
    number, customers = int(counts["bare"] or 0), int(counts["customers"])
    if number <= BARE * customers:
        return []
    return [Finding("W33", "without_costs", {"count": number, "customers": customers, "share": number / customers})]


def unknown_contribution(totals: Totals) -> list[Finding]:
    """W34: customers whose contribution is not known, so that nobody can say what is left of it."""
    if not totals.unknown:
        return []
    case = "nobody_known" if totals.unknown == totals.customers else "some_unknown"
    return [Finding("W34", case, {"count": totals.unknown, "customers": totals.customers})]


def no_key(client: Client) -> list[Finding]:
    """W35: no key to make pseudonyms with, so that customers are not listed."""
    if client.file.show_customers or read_key(client.folder):
        return []
    return [Finding("W35", "no_key", {})]


def called(client: Client, customers: Sequence[str]) -> dict[str, str] | None:
    """Customer to what it may be called in a list: a pseudonym, or itself where the client file asks for that.

    Returns:
        None without a key: then customers are not listed at all.
    """
    if client.file.show_customers:
        return {customer: customer for customer in customers}
    key = read_key(client.folder)
    return None if key is None else pseudonyms(key, customers)


# --- readings ---------------------------------------------------------------------------------------------------


def costs_reading(totals: Totals) -> Reading:
    """Which part of the contribution serving and developing take, and who costs more than he brings.

    Returns:
        case (``known``, or ``short`` where costs exceed the contribution), share (of the contribution), costs,
        contribution, losses (euro), losing, customers (count).
    """
    costs = totals.sums["cost_to_serve"] + totals.sums["development"]
    contribution = totals.sums["contribution"]
    share = costs / contribution if contribution > 0 else float("inf")
    sizes = {"losing": totals.losing, "losses": totals.losses, "customers": totals.customers}
    return {"case": "known" if share < 1 else "short", "share": share, "costs": costs, **sizes} | {
        "contribution": contribution,
        "net": totals.sums["net_contribution"],
    }


def kind_rows(totals: Totals) -> pd.DataFrame:
    """One row per kind of cost that there is: kind, amount, share (of the contribution), customers, each (euro)."""
    contribution = totals.sums["contribution"]
    rows = [
        {
            "kind": kind,
            "amount": totals.sums[kind],
            "share": totals.sums[kind] / contribution if contribution > 0 else float("nan"),
            "customers": totals.bearing[kind],
            "each": totals.sums[kind] / totals.bearing[kind] if totals.bearing[kind] else float("nan"),
        }
        for kind in ("service", "retention", "development", "acquisition")
        if totals.sums[kind]
    ]
    return pd.DataFrame(rows, columns=["kind", "amount", "share", "customers", "each"])


def returns(totals: Totals, discount_rate: float) -> tuple[Return, Return, BreakEven | None]:
    """Return on winning, on keeping, and the break-even of keeping.

    Args:
        totals: Of the customers with the costs of the ledger.
        discount_rate: Per period, share.
    """
    won = spending_return("acquisition", totals.sums["acquisition"], totals.won, totals.won_worth)
    spend = totals.sums["retention"]
    kept = spending_return("retention", spend, totals.nursed, totals.nursed_value)
    return won, kept, keeping_break_even(spend, totals.nursed, totals.nursed_next, discount_rate)


def whale_of(worth: Table) -> WhaleCurve | None:
    """The whale curve of customers on the engine; None where nobody's net contribution is known."""
    facts, found = profit_curve(worth)
    return sampled_whale(facts, found) if facts["customers"] else None


def decile_rows(deciles: pd.DataFrame) -> pd.DataFrame:
    """Tenths with what has been added up so far, as a share of the whole where that is above zero."""
    whole = float(deciles["net_contribution"].sum())
    shares = deciles["net_contribution"].cumsum() / whole if whole > 0 else float("nan")
    return deciles.assign(cumulative=shares)


def listed(
    ends: Sequence[pd.DataFrame], client: Client, labels: Sequence[str], names: Mapping[str, str]
) -> pd.DataFrame | None:
    """The customers at both ends, under pseudonyms, with a column saying at which end; None without a key.

    Args:
        ends: Outcome of ``extremes``.
        client: Whose key it is.
        labels: What to call the two ends.
        names: Segment to label.
    """
    shown = called(client, [str(customer) for frame in ends for customer in frame["customer"]])
    if shown is None:
        return None
    rows = pd.concat([frame.assign(end=label) for frame, label in zip(ends, labels, strict=True)], ignore_index=True)
    segments = [names.get(str(key), "") for key in rows["segment"]]
    return rows.assign(customer=[shown[str(customer)] for customer in rows["customer"]], segment=segments)


def quality_rows(quality: LedgerQuality, words: Callable[[str], str]) -> pd.DataFrame:
    """What was read, left out by reason, and used: what, entries, amount (euro), lines (numbers)."""
    rows: list[dict[str, Any]] = [
        {"what": words("read"), "entries": quality.entries_read, "amount": quality.amount_read, "lines": ""}
    ]
    for reason in REASONS:
        part = quality.left_out[reason]
        if part.count:
            lines = ", ".join(map(str, part.lines))
            rows.append({"what": words(reason), "entries": part.count, "amount": part.amount, "lines": lines})
    rows.append({"what": words("used"), "entries": quality.entries_used, "amount": quality.amount_used, "lines": ""})
    if quality.spread:
        rows.append({"what": words("spread"), "entries": None, "amount": quality.spread, "lines": ""})
    return pd.DataFrame(rows)


# --- the matrix -------------------------------------------------------------------------------------------------


def ledger_matrix(
    costs: Table,
    multiples: Mapping[str, float],
    targets: Mapping[str, float],
    axis: Axis,
    margin: MarginBasis,
    method: Method,
    amounts: Mapping[str, float | None] | None,
    limits: Thresholds | None = None,
) -> RelationshipMatrix | None:
    """The relationship matrix of the customers of a ledger, worked out on the engine; many customers share a point.

    Args:
        costs: ``CustomerCosts.table``.
        multiples: Segment to periods of net contribution that a customer is worth.
        targets: Segment to share of wallet within reach.
        axis: Whether potential is ``growth`` or ``level``.
        margin: On extra spending.
        method: How the thresholds are set.
        amounts: What the method needs; None when it is not given.
        limits: Thresholds that hold already.

    Returns:
        The matrix, its summary as ``by_quadrant`` gives it; None where nobody can be placed or amounts are missing.
    """
    worth = customer_worth(costs, multiples, targets=targets, margin=margin)
    known = int(placeable(worth).count().to_pyarrow().as_py())
    if not known or (limits is None and amounts is None):
        return None
    limits = limits or thresholds_of(worth, axis, method, **(amounts or {}))
    placed = placed_in(worth, limits, axis)
    unit = max(abs(limits.current), abs(limits.potential)) * 0.4 or 1000.0
    missing = int(worth.count().to_pyarrow().as_py()) - known
    return RelationshipMatrix(points(placed, axis, unit), by_quadrant(placed), axis, limits, missing, ())


def group_costs(summary: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One row per group of the matrix and one for all: what it brings and costs, euro in the period, and its value.

    Args:
        summary: Outcome of ``by_quadrant``.
        names: Quadrant, and ``all``, to name.
    """
    table = pd.concat([summary, summary.sum().to_frame("all").T])
    called = {"cost_to_serve": "serving", "net_contribution": "left", "value": "current"}
    named = table.rename(columns=called).assign(quadrant=[names[str(key)] for key in table.index])
    return named.reset_index(drop=True)


def group_costs_reading(summary: pd.DataFrame, names: Mapping[str, str]) -> Reading:
    """The group whose part of the costs exceeds its part of the contribution most.

    Returns:
        case (``heavy``, or ``even`` where no group does by a point), quadrant, cost_share, contribution_share,
        customers (count).
    """
    costs = summary["cost_to_serve"] + summary["development"]
    customers = int(summary["customers"].sum())
    if costs.sum() <= 0 or summary["contribution"].sum() <= 0:
        return {"case": "even", "customers": customers}
    parts = pd.DataFrame(
        {"cost": costs / costs.sum(), "brings": summary["contribution"] / summary["contribution"].sum()}
    )
    heaviest = str((parts["cost"] - parts["brings"]).reindex(QUADRANTS).idxmax())
    row = parts.loc[heaviest]
    case = "heavy" if row["cost"] - row["brings"] > 0.01 else "even"
    shares = {"cost_share": row["cost"], "contribution_share": row["brings"]}
    return {"case": case, "quadrant": names[heaviest], "customers": customers, **shares}


def spoken_kinds(words: Callable[..., str]) -> dict[str, str]:
    """Each kind of cost, and what the tables call it, in the chapter's words."""
    return {kind: words("cost_kinds", kind) for kind in (*KINDS, "cost_to_serve")}


def assumed(client: Client, spread: float) -> list[str]:
    """Ids of the assumptions that filled something in for the customers' costs.

    Args:
        client: The client.
        spread: Euro of costs that a segment bears.
    """
    from_orders = client.orders is not None and "customers" not in client.tables
    margin = from_orders and client.assumption("order_margin") is not None
    return (["cost_spread"] if spread else []) + (["order_margin"] if margin else [])


def kinds_reading(totals: Totals, kinds: Mapping[str, str]) -> Reading:
    """:func:`costs_reading`, with the largest kind of cost: largest (words), amount (euro), part (of contribution)."""
    reading = costs_reading(totals)
    largest = max(KINDS, key=lambda kind: totals.sums[kind])
    amount, contribution = totals.sums[largest], totals.sums["contribution"]
    part = amount / contribution if contribution > 0 else float("nan")
    return reading | {"largest": kinds[largest], "amount": amount, "part": part}


def return_values(found: Return) -> Reading:
    """What the words beside a return name: spend and worth (euro), customers (count)."""
    return {"spend": found.spend, "worth": found.value, "customers": found.customers}


def returns_reading(won: Return, kept: Return, even: BreakEven | None) -> Reading:
    """What the returns say.

    Returns:
        case (``both``, ``won``, ``kept`` or ``neither``), won and kept (euro of value per euro spent), won_roi (share),
        needed (customers), kept_value (euro).
    """
    case = ("both" if even else "won") if won.roi is not None else "kept" if even else "neither"
    found: Reading = {"case": case, "won_roi": won.roi}
    found |= {name: side.value / side.spend for name, side in (("won", won), ("kept", kept)) if side.roi is not None}
    return found | ({"needed": even.customers, "kept_value": even.kept_value} if even else {})
