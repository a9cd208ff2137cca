"""Return on experience: what a better experience yields beside money, as an index.

There is no agreed formula. This index is ours: the weighted change of the experience KPIs, each measured in its own
usual spread, per 1,000 spent. It ranks one year or one plan against another and is never an amount; euros come in
only through the customers that stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.working import Quantity, Working

POINTS = 100  # all KPIs one spread better


@dataclass(frozen=True)
class ExperienceReturn:
    """Points gained, and points per 1,000 spent.

    Attributes:
        frame: The KPIs with ``change`` (in spreads, better is positive) and ``points``.
        points: Sum of the points; 100 is every KPI one spread better.
        index: Points per 1,000 spent; NaN where nothing was spent.
        left_out: Positions of KPIs without before, after or a spread above zero.
        workings: The sums; the subject is the KPI's position.
    """

    frame: pd.DataFrame
    points: float
    index: float
    left_out: tuple[int, ...]
    workings: tuple[Working, ...]


def return_on_experience(kpis: pd.DataFrame, cost: float) -> ExperienceReturn:
    """Weighted, standardised change of experience KPIs per 1,000 spent.

    Args:
        kpis: Columns before, after (in the KPI's own unit), spread (same unit: how much it usually differs from
            one measurement to the next), weight (any unit), lower_is_better.
        cost: What the better experience costs, in whole units of currency.

    Raises:
        ValueError: a weight below zero.
    """
    if (kpis["weight"] < 0).any():
        raise ValueError("a weight is zero or more")
    known = kpis[["before", "after", "weight"]].notna().all(axis=1) & (kpis["spread"] > 0)
    used, total = kpis[known], round(float(kpis["weight"][known].sum()), 9)
    points, parts = np.full(len(kpis), np.nan), []
    for position in used.index if total > 0 else []:
        working = _part(kpis.loc[position], total, str(position))
        points[kpis.index.get_loc(position)] = working.result.value
        parts.append(working)
    better = kpis["lower_is_better"].map({True: -1.0, False: 1.0})
    frame = kpis.assign(change=(better * (kpis["after"] - kpis["before"]) / kpis["spread"]).where(known), points=points)
    gained = float(np.nansum(points))
    index = []
    if cost > 0 and parts:
        values = {"S": Quantity(gained, "score"), "K": Quantity(cost, "money")}
        index.append(Working.compute("return_on_experience.index", "S / (K / 1000)", values, "score", "own"))
    return ExperienceReturn(
        frame,
        gained,
        index[0].result.value if index else float("nan"),
        tuple(int(position) for position in kpis.index[~known]),
        (*parts, *index),
    )


def _part(row: pd.Series, total: float, subject: str) -> Working:
    values = {"w": Quantity(float(row["weight"]), "score"), "W": Quantity(total, "score")}
    values |= {name: Quantity(float(row[name]), "score") for name in ("after", "before", "spread")}
    gain = "before − after" if row["lower_is_better"] else "after − before"
    formula = f"{POINTS} × w / W × ({gain}) / spread"
    return Working.compute("return_on_experience.points", formula, values, "score", "own", subject=subject)
