"""Effort on winning, keeping and developing customers, beside where the value of customers lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.customer_equity import coming_year
from crmworkbook.models.segment_base import complete, segment_base
from crmworkbook.models.segment_value import segment_faults, segment_value
from crmworkbook.models.working import Quantity, Working

EFFORTS = ("acquire", "keep", "develop")
_TOLERANCE = 0.01


@dataclass(frozen=True)
class EquitySplit:
    """Value of the customers we have beside that of the customers whom one year brings.

    Attributes:
        existing: Customer equity of existing customers (``residual``), money.
        coming: Value of one year's new customers after acquisition cost (``start_incl``), money of that year.
        new_share: coming / (existing + coming), share; 0 when new customers cost more than they are worth.
        segments: How many segments could be valued.
        workings: The sum of the share.
    """

    existing: float
    coming: float
    new_share: float
    segments: int
    workings: tuple[Working, ...]


def effort_shares(efforts: pd.DataFrame) -> pd.Series | None:
    """Share of the effort by purpose, in the order of ``EFFORTS``; None when the shares do not add up to 1.

    Args:
        efforts: Columns effort (key in ``EFFORTS``) and share; one that is not there is 0. 0.01 of slack.
    """
    shares = efforts.set_index("effort")["share"].reindex(list(EFFORTS)).fillna(0.0).astype(float)
    return shares if abs(shares.sum() - 1) <= _TOLERANCE + 1e-9 else None


def equity_split(
    tables: Mapping[str, pd.DataFrame],
    discount_rate: float,
    growth: float = 0.0,
    periods_per_year: int = 1,
    smooth: bool = False,
) -> EquitySplit | None:
    """What existing customers are worth beside one year's new customers, if as many come as last time.

    Args:
        tables: Those of the client; segments, segment_costs and cube are used, as ``segment_base`` takes them.
        discount_rate: Per period of the tables, share.
        growth: Of the contribution, per period of the tables, share.
        periods_per_year: 1, or 12 for tables per month.
        smooth: Whether a segment that lost nobody gets a smoothed retention; else it is left out.

    Returns:
        None without those tables, when no segment can be valued, or when existing customers are worth nothing.
    """
    if "segments" not in tables or "segment_costs" not in tables:
        return None
    base = complete(segment_base(tables["segments"], tables["segment_costs"], tables.get("cube")))
    lost_nobody = list(base["segment"][base["customers_lost"] == 0].astype(str)) if smooth else []
    base = base[~base["segment"].astype(str).isin(list(segment_faults(base, discount_rate, growth, lost_nobody)))]
    if base.empty:
        return None
    smoothed = [key for key in lost_nobody if key in set(base["segment"].astype(str))]
    value = segment_value(base, discount_rate, growth, smooth=smoothed)
    won = coming_year(value.frame, base.set_index("segment")["customers_new"], periods_per_year)
    existing, coming = value.equity, sum(working.result.value for working in won)
    if existing <= 0:
        return None
    terms = {"existing": Quantity(existing, "money"), "coming": Quantity(coming, "money")}
    formula = "max(coming, 0) / (existing + max(coming, 0))"
    share = Working.compute("effort.new_share", formula, terms, "share", "blattberg_deighton_1996")
    return EquitySplit(existing, coming, share.result.value, len(base), (share,))
