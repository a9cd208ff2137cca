"""Rule W12: RFM groups to be read with care."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from crmworkbook.findings import Finding
from crmworkbook.models.rfm import bins_for, class_sizes, tie_share

QUIET = ("at_risk", "cant_lose")  # good customers who have not ordered for long
SMALLEST = 5  # fewer customers than this is a handful of people, not a group
MOST_TIES = 0.20


def rfm_cautions(
    scored: pd.DataFrame,
    groups: pd.DataFrame,
    names: Mapping[str, str],
    measures: Mapping[str, str],
    after_as_of: int,
    as_of: date,
) -> list[Finding]:
    """W12: small groups or classes, ties across the edge of a class, orders after the base date.

    Args:
        scored: Outcome of ``rfm_scores``.
        groups: Outcome of ``segment_table``.
        names: Group to label.
        measures: recency, frequency and monetary to label.
        after_as_of: Order rows after the base date.
        as_of: The base date.
    """
    found = []
    if after_as_of:
        found.append(Finding("W12", "after_base_date", {"as_of": as_of, "orders": after_as_of}))
    bins = scored.attrs.get("bins", bins_for(len(scored)))
    columns = {"recency": "recency_days", "frequency": "order_days", "monetary": _money(scored)}
    for measure, column in columns.items():
        if (share := tie_share(scored[column], bins)) > MOST_TIES:
            found.append(Finding("W12", "ties", {"measure": measures[measure], "share": share}))
    few = groups[(groups["customers"] > 0) & (groups["customers"] < SMALLEST)]
    if len(few):
        small = [names[key] for key in few["segment"]]
        found.append(Finding("W12", "small_groups", {"minimum": SMALLEST, "groups": small}))
    sizes = class_sizes(scored)
    if thin := [measures[measure] for measure in columns if (sizes[measure] < SMALLEST).any()]:
        found.append(Finding("W12", "small_classes", {"minimum": SMALLEST, "measures": thin}))
    return found


def _money(scored: pd.DataFrame) -> str:
    return "average_spend" if scored.attrs.get("monetary", "average") == "average" else "revenue"


def nobody(customers: int) -> list[Finding]:
    """W12: no customer with an order is left to score."""
    return [] if customers else [Finding("W12", "nobody", {})]


def best(groups: pd.DataFrame) -> dict[str, float]:
    """The champions: count, share (of customers) and revenue_share."""
    row = groups.set_index("segment").loc["champion"]
    share = 0.0 if pd.isna(row["revenue_share"]) else float(row["revenue_share"])
    return {"count": int(row["customers"]), "share": float(row["customer_share"]), "revenue_share": share}


def quiet(groups: pd.DataFrame) -> dict[str, float]:
    """Good customers who went quiet (at risk and can't lose): count, revenue (euro) and revenue_share."""
    rows = groups[groups["segment"].isin(QUIET)]
    revenue, share = float(rows["revenue"].sum()), float(rows["revenue_share"].fillna(0.0).sum())
    return {"count": int(rows["customers"].sum()), "revenue": revenue, "revenue_share": share}


def marked(groups: pd.DataFrame) -> list[int]:
    """Places of the quiet groups among the groups that have customers."""
    there = groups.loc[groups["customers"] > 0, "segment"]
    return [place for place, key in enumerate(there) if key in QUIET]
