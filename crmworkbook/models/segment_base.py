"""What customers bring and cost per segment: the input of the lifetime value, and the cost table.

The contribution of a segment is what the client gives, else revenue × margin added up over the cube.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from crmworkbook.models.working import Quantity, Working

COUNTS = ["customers_start", "customers_lost", "customers_new"]
_STANDS_OUT = 1.25  # a segment stands out when it carries a quarter more of the equity than of the customers
_COSTS = ["cost_to_serve", "acquisition", "development"]
_ASSUMED = ["assumed_new", "assumed_serving"]
_COLUMNS = [
    "segment",
    *COUNTS,
    "revenue",
    "contribution",
    "contribution_given",
    "contribution_cube",
    *_COSTS,
    *_ASSUMED,
]


def segment_base(
    segments: pd.DataFrame,
    segment_costs: pd.DataFrame,
    cube: pd.DataFrame | None = None,
    new_customers: Literal["as_lost", "none"] = "as_lost",
    serving: Literal["included", "unknown"] = "included",
) -> pd.DataFrame:
    """Counts, contribution and costs per segment: the input of ``segment_value``.

    Args:
        segments: Columns segment, customers_start, customers_lost, customers_new (count per
            period), revenue (euro per period); the period of all these tables is one, a year or a month.
        segment_costs: Columns segment, cost_to_serve, acquisition, development and optionally contribution
            (euro per period, whole segment).
        cube: Columns segment, revenue (euro per period), margin (share); None without a cube.
        new_customers: Where the number of new customers is not given: as many as were lost, or none.
        serving: Where a contribution is given without a cost to serve: that cost is included, taken off already, or
            unknown, so that the segment is not valued.

    Returns:
        One row per segment of either table: segment, the three counts, revenue, contribution,
        contribution_given, contribution_cube, cost_to_serve, acquisition, development; empty (NaN) where not
        known; assumed_new and assumed_serving (whether the assumption above filled that number in). A cube with
        revenue in a cell without margin gives no contribution for that segment.
    """
    counts = segments.set_index("segment").reindex(columns=[*COUNTS, "revenue"])
    costs = segment_costs.set_index("segment").reindex(columns=["contribution", *_COSTS])
    base = counts.join(costs, how="outer", sort=False).astype(float)
    order = list(dict.fromkeys([*segments["segment"], *segment_costs["segment"]]))
    base = base.reindex(order).rename(columns={"contribution": "contribution_given"})
    base["contribution_cube"] = _from_cube(cube).reindex(order) if cube is not None else np.nan
    base["contribution"] = base["contribution_given"].fillna(base["contribution_cube"])
    base["development"] = base["development"].fillna(0.0)
    base["assumed_new"] = base["customers_new"].isna() & base["customers_lost"].notna()
    base["assumed_serving"] = (
        base["cost_to_serve"].isna() & base["contribution_given"].notna() & (serving == "included")
    )
    base["customers_new"] = base["customers_new"].fillna(base["customers_lost"] * (new_customers == "as_lost"))
    base["cost_to_serve"] = base["cost_to_serve"].mask(base["assumed_serving"], 0.0)
    return base.rename_axis("segment").reset_index()[_COLUMNS]


def _from_cube(cube: pd.DataFrame) -> pd.Series:
    """Revenue × margin per segment; unknown as soon as a cell that sells has no margin."""
    sells = cube[cube["revenue"].fillna(0) != 0]
    earned = sells["revenue"] * sells["margin"]
    return earned.groupby(sells["segment"]).sum(min_count=1).drop(sells["segment"][earned.isna()], errors="ignore")


def complete(base: pd.DataFrame) -> pd.DataFrame:
    """The rows of :func:`segment_base` that can be valued: no count, contribution or cost to serve is missing."""
    needed = [*COUNTS, "contribution", "cost_to_serve"]
    return base[base[needed].notna().all(axis=1)].reset_index(drop=True)


def cost_table(base: pd.DataFrame) -> pd.DataFrame:
    """What winning, serving and developing cost, and what they leave.

    Args:
        base: Complete rows of :func:`segment_base`.

    Returns:
        One row per segment, and from two segments up a row ``all``: segment, revenue, contribution,
        cost_to_serve, development, acquisition, before_acquisition (contribution less serving and developing),
        profit (euro per period, before overhead; empty where acquisition is not known), keep_cost
        (cost to serve and development per customer, euro per period), cac (euro per customer won),
        win_to_keep (cac / keep_cost, a number; empty without one of the two).
    """
    columns = ["revenue", "contribution", *_COSTS, *COUNTS]
    table = base[["segment", *columns]]
    if len(table) > 1:
        added = base[columns].sum(min_count=len(base)).to_frame().T.assign(segment="all")
        table = pd.concat([table, added[table.columns]], ignore_index=True).infer_objects()
    customers = table["customers_start"] - table["customers_lost"] + table["customers_new"]
    kept = table["cost_to_serve"] + table["development"]
    return table.assign(
        customers=customers,
        before_acquisition=table["contribution"] - kept,
        profit=table["contribution"] - kept - table["acquisition"],
        keep_cost=kept / customers.where(customers > 0),
        cac=table["acquisition"] / table["customers_new"].where(table["customers_new"] > 0),
    ).assign(win_to_keep=lambda costs: costs["cac"] / costs["keep_cost"].where(costs["keep_cost"] > 0))


def cost_workings(costs: pd.DataFrame) -> tuple[Working, ...]:
    """The sums behind :func:`cost_table`: profit, cost of keeping, and winning against keeping."""
    return tuple(working for _, row in costs.iterrows() for working in _row_workings(row))


def _row_workings(row: pd.Series) -> list[Working]:
    subject = str(row["segment"])
    amounts = {"contribution": row["contribution"], "serve": row["cost_to_serve"]}
    amounts |= {"develop": row["development"], "win": row["acquisition"]}
    money = {name: Quantity(float(amount), "money") for name, amount in amounts.items()}
    kept = {
        "serve": money["serve"],
        "develop": money["develop"],
        "N": Quantity(float(row["customers"]), "count"),
    }
    name, spent = "segment_base.profit", "contribution − serve − develop − win"
    if pd.isna(row["profit"]):
        name, spent = "segment_base.before_acquisition", "contribution − serve − develop"
        del money["win"]
    workings = [Working.compute(name, spent, money, "money", "own", subject=subject)]
    if row["customers"] > 0:
        formula = "(serve + develop) / N"
        workings.append(Working.compute("segment_base.keep_cost", formula, kept, "money", "own", subject=subject))
    if row["win_to_keep"] == row["win_to_keep"]:
        ratio = {"CAC": Quantity(float(row["cac"]), "money"), "K": Quantity(float(row["keep_cost"]), "money")}
        name = "segment_base.win_to_keep"
        workings.append(Working.compute(name, "CAC / K", ratio, "number", "own", subject=subject))
    return workings


def standout(values: pd.DataFrame) -> dict[str, float | str] | None:
    """The segment that carries most of the equity for its size.

    Args:
        values: ``SegmentValue.frame``.

    Returns:
        segment, customer_share and equity_share; None with one segment, without a positive equity, or where
        the share of equity is less than a quarter above the share of customers.
    """
    total = float(values["equity"].sum())
    if len(values) == 1 or total <= 0:
        return None
    carried, part = values["equity"] / total, values["customers"] / values["customers"].sum()
    place = int((carried / part).to_numpy().argmax())
    equity_share, customer_share = float(carried.iloc[place]), float(part.iloc[place])
    if equity_share < _STANDS_OUT * customer_share:
        return None
    return {
        "segment": str(values.index[place]),
        "customer_share": customer_share,
        "equity_share": equity_share,
    }
