"""The customer relationship matrix: current value against potential, and the four groups that follow.

Van Leeuwen (2015) sets current value against potential value. The potential can be read as a level (what a customer
would be worth) or as growth (the level less the current value). A level puts every large customer on the high side,
so growth is the default. Other authors use other axes, such as profit against duration (Reinartz and Kumar 2002).
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crmworkbook.models.segment_base import COUNTS
from crmworkbook.models.segment_value import segment_value
from crmworkbook.models.working import Quantity, Working

Axis = Literal["growth", "level"]
Method = Literal["fixed", "median", "budget"]
MarginBasis = Literal["segment", "own"]
QUADRANTS = ("grow", "retain", "develop", "phase_out")
SOURCE = "article_crm_in_practice"
_ALMOST = 1e-9


def counted(segments: pd.DataFrame) -> pd.DataFrame:
    """The complete rows of *segments* as ``segment_value`` takes them, with no money in them.

    Retention and multiple need counts only, so the matrix does not wait for the costs.

    Args:
        segments: Columns segment, customers_start, customers_lost, customers_new (count per period).
    """
    base = segments.dropna(subset=COUNTS)[["segment", *COUNTS]].reset_index(drop=True)
    return base.assign(contribution=0.0, cost_to_serve=0.0, acquisition=0.0, development=0.0)


def segment_multiples(
    base: pd.DataFrame, discount_rate: float, growth: float = 0.0, smooth: Collection[str] = ()
) -> pd.Series:
    """How many periods of contribution an existing customer is worth, by segment (``residual``).

    Args:
        base: Outcome of :func:`counted`, without faults (``segment_value.segment_faults``).
        discount_rate: Per period of the counts, share.
        growth: Of the contribution per period, share.
        smooth: Segments whose retention is smoothed.

    Returns:
        Segment to periods; empty when no segment has its counts.
    """
    if base.empty:
        return pd.Series(dtype=float)
    return segment_value(base, discount_rate, growth, smooth=smooth).frame["multiple"]


def customer_values(
    customers: pd.DataFrame, multiples: pd.Series, targets: pd.DataFrame, margin: MarginBasis = "segment"
) -> pd.DataFrame:
    """Current and potential value of each customer.

    Current value: multiple of the segment × (contribution − cost to serve). Growth: multiple × margin × what the
    target share of the wallet adds to revenue, never below 0; cost to serve is taken to stay as it is. Level:
    current value + growth.

    Args:
        customers: Columns customer, segment, revenue, contribution, cost_to_serve, wallet (euro per period).
        multiples: Segment to multiple.
        targets: Columns segment, target_share.
        margin: ``segment``: contribution as a share of revenue of the whole segment; ``own``: of the customer.

    Returns:
        *customers* with current, growth and level (euro, present value; empty where segment, revenue or wallet is
        not known).
    """
    table = customers.copy()
    multiple = table["segment"].map(multiples).astype(float)
    target = table["segment"].map(targets.set_index("segment")["target_share"]).astype(float).clip(upper=1)
    sold = table[table["revenue"] > 0].groupby("segment")[["contribution", "revenue"]].sum()
    earned = table["segment"].map(sold["contribution"] / sold["revenue"]).astype(float)
    if margin == "own":
        earned = (table["contribution"] / table["revenue"].where(table["revenue"] > 0)).fillna(earned)
    extra = (target * table["wallet"] - table["revenue"]).clip(lower=0)
    table["current"] = (table["contribution"] - table["cost_to_serve"]) * multiple
    table["growth"] = (multiple * earned * extra).clip(lower=0)
    table["level"] = table["current"] + table["growth"]
    return table


@dataclass(frozen=True)
class Thresholds:
    """From where on a value counts as high.

    Attributes:
        current, potential: Euro; a customer exactly on it is high.
        method: How they were set.
        attended: With ``budget``: how many customers the budget reaches.
    """

    current: float
    potential: float
    method: Method
    attended: int = 0


def matrix_thresholds(
    values: pd.DataFrame,
    axis: Axis,
    method: Method,
    *,
    current: float | None = None,
    potential: float | None = None,
    budget: float | None = None,
    cost: float | None = None,
) -> Thresholds:
    """Thresholds of the matrix.

    Args:
        values: Outcome of :func:`customer_values`, rows that can be placed.
        axis: Whether potential is ``growth`` or ``level``.
        method: ``fixed``: as given; ``median``: half of the customers on each side; ``budget``: potential from the
            last customer that *budget* reaches at *cost* each, current as given or else the median.
        current: Fixed threshold of current value, euro.
        potential: Fixed threshold of potential, euro.
        budget: For developing customers, euro per period.
        cost: Of developing one customer, euro per period.

    Raises:
        ValueError: what the method needs is missing, or there is nobody to place.
    """
    if values.empty:
        raise ValueError("no customer can be placed")
    middle, amounts = float(values["current"].median()), values[axis]
    if method == "median":
        return Thresholds(middle, float(amounts.median()), method)
    if method == "fixed":
        if current is None or potential is None:
            raise ValueError("fixed thresholds need an amount for current and for potential value")
        return Thresholds(current, potential, method)
    if budget is None or not cost or cost <= 0:
        raise ValueError("a threshold from the budget needs a budget and a cost per customer above 0")
    # nobody is developed for nothing: customers without growth never come within reach
    promising = amounts[values["growth"] > 0].sort_values(ascending=False)
    attended = min(int(budget / cost + _ALMOST), len(promising))
    last = float(promising.iloc[attended - 1]) if attended else float(amounts.max()) + 1.0
    return Thresholds(middle if current is None else current, last, method, attended)


@dataclass(frozen=True)
class RelationshipMatrix:
    """Customers placed in four groups.

    Attributes:
        frame: The values with the column quadrant (``grow``, ``retain``, ``develop``, ``phase_out``).
        summary: Indexed by quadrant, all four: customers (count), share (of customers), current and growth (euro),
            growth_share, cost_to_serve and net (euro per customer per period), ceiling (euro that growing may cost).
        axis: ``growth`` or ``level``.
        thresholds: Where high begins.
        unplaced: Customers without a place, count.
        workings: The ceiling per quadrant.
    """

    frame: pd.DataFrame
    summary: pd.DataFrame
    axis: Axis
    thresholds: Thresholds
    unplaced: int
    workings: tuple[Working, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Customers per quadrant."""
        return {str(name): int(count) for name, count in self.summary["customers"].items()}

    def place(self, current: float, growth: float) -> str | None:
        """The quadrant of an account with these values; None when one is not known."""
        if math.isnan(current) or math.isnan(growth):
            return None
        potential = growth if self.axis == "growth" else current + growth
        return str(_quadrants(np.array([current]), np.array([potential]), self.thresholds)[0])


def placeable(values: pd.DataFrame) -> pd.DataFrame:
    """The customers whose current value and growth are both known."""
    return values.dropna(subset=["current", "growth"]).reset_index(drop=True)


def relationship_matrix(
    values: pd.DataFrame, thresholds: Thresholds, axis: Axis = "growth", growth_spend: float = 0.0
) -> RelationshipMatrix:
    """Place every customer.

    Args:
        values: Outcome of :func:`customer_values`.
        thresholds: Outcome of :func:`matrix_thresholds`.
        axis: Whether potential is ``growth`` or ``level``.
        growth_spend: Part of the growth that winning it may cost at most, share.
    """
    placed = placeable(values)
    placed["quadrant"] = _quadrants(placed["current"].to_numpy(float), placed[axis].to_numpy(float), thresholds)
    grouped = placed.groupby("quadrant")
    summary = grouped[["current", "growth"]].sum().reindex(QUADRANTS, fill_value=0.0)
    summary.insert(0, "customers", grouped.size().reindex(QUADRANTS, fill_value=0))
    summary.insert(1, "share", summary["customers"] / len(placed) if len(placed) else 0.0)
    total = float(summary["growth"].sum())
    summary["growth_share"] = summary["growth"] / total if total > 0 else math.nan
    summary["cost_to_serve"] = grouped["cost_to_serve"].mean().reindex(QUADRANTS)
    net = (placed["contribution"] - placed["cost_to_serve"]).groupby(placed["quadrant"]).mean()
    summary["net"] = net.reindex(QUADRANTS)
    left = summary["growth"].to_dict()
    workings = tuple(_ceiling(name, float(left[name]), growth_spend) for name in QUADRANTS)
    summary["ceiling"] = [working.result.value for working in workings]
    return RelationshipMatrix(placed, summary, axis, thresholds, len(values) - len(placed), workings)


def _quadrants(current: np.ndarray, potential: np.ndarray, thresholds: Thresholds) -> np.ndarray:
    high, promising = current >= thresholds.current, potential >= thresholds.potential
    return np.select([high & promising, high, promising], QUADRANTS[:3], QUADRANTS[3])


def _ceiling(quadrant: str, growth: float, share: float) -> Working:
    values = {"growth": Quantity(growth, "money"), "part": Quantity(share, "share")}
    name = "relationship_matrix.ceiling"
    return Working.compute(name, "growth × part", values, "money", "own", subject=quadrant)


@dataclass(frozen=True)
class Variant:
    """The same customers under one other choice.

    Attributes:
        name: ``chosen``, ``margin``, ``axis`` or ``median``.
        thresholds: What counts as high in this variant.
        counts: Customers per quadrant.
        moved: Customers in another quadrant than chosen, share.
    """

    name: str
    thresholds: Thresholds
    counts: dict[str, int]
    moved: float


def variants(
    chosen: RelationshipMatrix, customers: pd.DataFrame, multiples: pd.Series, targets: pd.DataFrame, basis: MarginBasis
) -> tuple[Variant, ...]:
    """The matrix as chosen and, beside it, with the other margin, the other axis and the median as threshold.

    The other axis takes a threshold that means the same at the border: level = current + growth threshold.

    Args:
        chosen: The matrix as chosen.
        customers: As for :func:`customer_values`.
        multiples: As for :func:`customer_values`.
        targets: As for :func:`customer_values`.
        basis: The margin chosen.
    """
    limits, axis = chosen.thresholds, chosen.axis
    other_margin: MarginBasis = "own" if basis == "segment" else "segment"
    other_axis: Axis = "level" if axis == "growth" else "growth"
    moved = limits.potential + (limits.current if axis == "growth" else -limits.current)
    crossed = Thresholds(limits.current, moved, limits.method)
    tried = {
        "chosen": chosen,
        "margin": relationship_matrix(customer_values(customers, multiples, targets, other_margin), limits, axis),
        "axis": relationship_matrix(chosen.frame, crossed, other_axis),
        "median": relationship_matrix(chosen.frame, matrix_thresholds(chosen.frame, axis, "median"), axis),
    }
    if limits.method == "median":
        del tried["median"]
    own = chosen.frame["quadrant"].to_numpy()
    return tuple(
        Variant(name, matrix.thresholds, matrix.counts, float(np.mean(matrix.frame["quadrant"].to_numpy() != own)))
        for name, matrix in tried.items()
    )
