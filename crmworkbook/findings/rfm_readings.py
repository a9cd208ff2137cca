"""What the RFM groups say: which sentence fits, and the numbers in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from crmworkbook.transactions import DataQuality

QUIET = ("at_risk", "cant_lose")  # good customers who have not ordered for long


def champions(groups: pd.DataFrame) -> dict[str, Any]:
    """The champions: how many, their share of the customers and of the revenue.

    Args:
        groups: Outcome of ``segment_table``.
    """
    row = groups[groups["segment"] == "champion"].iloc[0]
    shares = {"share": row["customer_share"], "revenue_share": _known(row["revenue_share"])}
    return {"case": int(row["customers"]), "count": int(row["customers"]), **shares}


def gone_quiet(groups: pd.DataFrame) -> dict[str, Any]:
    """Good customers who went quiet: how many, their revenue (euro) and its share, and the rows to mark.

    Args:
        groups: Outcome of ``segment_table``.
    """
    rows = groups[groups["segment"].isin(QUIET)]
    there = groups.loc[groups["customers"] > 0, "segment"]
    amounts = {"revenue": rows["revenue"].sum(), "revenue_share": sum(map(_known, rows["revenue_share"]))}
    count = int(rows["customers"].sum())
    marked = [place for place, key in enumerate(there) if key in QUIET]
    return {"case": count, "count": count, "marked": marked, **amounts}


def quality_reading(quality: DataQuality) -> dict[str, Any]:
    """How many order rows were not used, and what those used cover."""
    unused = quality.rows_read - quality.rows_used
    rows = {"read": quality.rows_read, "used": quality.rows_used, "unused": unused}
    period = {"first": quality.first, "last": quality.last}
    people = {"customers": quality.customers, "only_returns": quality.customers_only_returns}
    return {"case": unused, **rows, **period, **people}


def _known(share: float) -> float:
    return 0.0 if pd.isna(share) else float(share)
