"""Rule W12: RFM groups to be read with care."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from crmworkbook.findings import Finding
from crmworkbook.models.rfm import Best, bins_for, class_sizes, tie_share

if TYPE_CHECKING:
    from crmworkbook.transactions import DataQuality

SMALLEST = 5  # fewer customers than this is a handful of people, not a group
MOST_TIES = 0.20


def late_orders(quality: DataQuality, as_of: date) -> list[Finding]:
    """W12: orders after the base date, which do not count."""
    late = quality.left_out["after_as_of"].count
    return [Finding("W12", "after_base_date", {"as_of": as_of, "orders": late})] if late else []


def cautions(
    scored: pd.DataFrame, groups: pd.DataFrame, names: Mapping[str, str], measures: Mapping[str, str]
) -> list[Finding]:
    """W12: small groups or classes, and ties across the edge of a class.

    Args:
        scored: Outcome of ``rfm_scores``.
        groups: Outcome of ``segment_table``.
        names: Group to label.
        measures: recency, frequency and monetary to label.
    """
    found = []
    bins = scored.attrs.get("bins", bins_for(len(scored)))
    columns = {"recency": "recency_days", "frequency": "order_days", "monetary": _money(scored)}
    for measure, column in columns.items():
        best: Best = "low" if measure == "recency" else "high"  # as the score
        if (share := tie_share(scored[column], bins, best)) > MOST_TIES:
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
