"""Customer strategy cube (Kumar 2009, Buttle 2009): segment by offering by channel, and what each cell holds.

A *grid* is the full cube, one row per cell in declared order. Money in euro per period of the client's tables,
margins as shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

KEYS = ["segment", "offering", "channel"]
SELLS_NOTHING = ("whitespace", "by_choice")  # unlike an unknown cell, such a cell is known to be empty


@dataclass(frozen=True)
class Totals:
    """Revenue and contribution of the cube (euro per period), and how many cells there are and sell (``active``).

    ``margin`` is contribution over the revenue whose margin is known.
    """

    revenue: float
    contribution: float
    margin: float
    cells: int
    active: int


def grid(
    cells: pd.DataFrame, segments: Sequence[str], offerings: Sequence[str], channels: Sequence[str]
) -> pd.DataFrame:
    """The full cube: ``segment, offering, channel, revenue, margin, status, feasible, chosen, contribution``.

    Rows stand in declared order; ``contribution = revenue × margin``. A cell with status ``whitespace`` or
    ``by_choice`` sells nothing, so its empty revenue is 0; every other empty revenue or margin stays unknown.
    A cell without a row has no status, may be feasible and is not chosen.

    Raises:
        ValueError: a dimension without keys, an undeclared key, a cell that stands twice, a margin outside −1
            to 1, or revenue in a cell that is said to be empty.
    """
    for name, keys in zip(KEYS, (segments, offerings, channels), strict=True):
        if unknown := sorted(set(cells[name]) - set(keys)) or ([] if keys else ["at least one"]):
            raise ValueError(f"{name}s are {', '.join(keys) or 'not declared'}; declare {', '.join(unknown)}")
    if (double := cells[cells.duplicated(KEYS)]).size:
        raise ValueError(f"cells that stand twice: {_names(double)}; keep one row for each")
    index = pd.MultiIndex.from_product([segments, offerings, channels], names=KEYS)
    full = cells.set_index(KEYS).reindex(index).reset_index()
    full["status"] = full["status"].fillna("")
    for column, usual in (("feasible", True), ("chosen", False)):
        given = full.get(column, pd.Series(usual, full.index))
        full[column] = given.astype("boolean").fillna(usual).astype(bool)
    full["margin"] = full["margin"].astype(float)
    empty = full["status"].isin(SELLS_NOTHING)
    full["revenue"] = full["revenue"].astype(float).mask(empty & full["revenue"].isna(), 0.0)
    if (full["margin"].abs() > 1).any():
        raise ValueError(f"margin must be a share, got {full['margin'].abs().max():g}; write 38% as 0.38")
    if (wrong := full[empty & (full["revenue"] != 0)]).size:
        raise ValueError(f"cells with revenue but an empty status: {_names(wrong)}; make the status active")
    full["contribution"] = (full["revenue"] * full["margin"]).mask(full["revenue"] == 0, 0.0)
    return full[[*KEYS, "revenue", "margin", "status", "feasible", "chosen", "contribution"]]


def totals(cube: pd.DataFrame) -> Totals:
    """Revenue, contribution and margin of what is known, over all cells."""
    whole = _sums(cube.assign(all=True), "all").iloc[0]
    return Totals(
        revenue=float(whole["revenue"]),
        contribution=float(whole["contribution"]),
        margin=float(whole["margin"]),
        cells=len(cube),
        active=int(whole["active"]),
    )


def totals_check(
    cube: pd.DataFrame,
    segments: pd.DataFrame | None = None,
    offerings: pd.DataFrame | None = None,
    channels: pd.DataFrame | None = None,
    tolerance: float = 0.005,
) -> pd.DataFrame:
    """The cube's sums beside control totals: ``dimension, key, cells, control, difference, share, agrees``.

    Difference is cells minus control (euro per period), share the difference over the control; a row agrees
    within *tolerance*. Control tables have the key's column and ``revenue``; an empty control is left out.
    """
    columns = ["dimension", "key", "cells", "control"]
    tables = [pd.DataFrame(columns=columns).astype({"cells": float, "control": float})]
    for name, control in zip(KEYS, (segments, offerings, channels), strict=True):
        if control is None or "revenue" not in control:
            continue
        known = control.dropna(subset=["revenue"]).rename(columns={name: "key", "revenue": "control"})
        sums = known["key"].map(cube.groupby(name)["revenue"].sum()).fillna(0.0)
        tables.append(known.assign(dimension=name, cells=sums)[columns])
    checked = pd.concat([table for table in tables if len(table)] or tables, ignore_index=True)
    checked["difference"] = checked["cells"] - checked["control"]
    checked["share"] = checked["difference"] / checked["control"].where(checked["control"] != 0)
    checked["agrees"] = checked["difference"].abs() <= tolerance * checked["control"].abs() + 1e-9
    return checked


def market_share(cube: pd.DataFrame, market: pd.DataFrame) -> pd.DataFrame:
    """Our share of each market, over all channels: ``segment, offering, market_size, revenue, share``.

    The channels serve one market (euro per period), so a share belongs to segment and offering. It is empty
    when the market or the revenue of one of its cells is unknown.

    Raises:
        ValueError: a market that stands twice or is negative.
    """
    pair = KEYS[:2]
    if market.duplicated(pair).any() or (market["market_size"] < 0).any():
        raise ValueError("market_size must be zero or more, with one row for each segment and offering")
    by_market = cube.groupby(pair, sort=False)["revenue"]
    revenue = by_market.sum().where(by_market.count() == by_market.size()).reset_index()
    table = revenue.merge(market[[*pair, "market_size"]], on=pair, how="left")
    table["share"] = table["revenue"] / table["market_size"].where(table["market_size"] > 0)
    return table[[*pair, "market_size", "revenue", "share"]]


def overview(cube: pd.DataFrame, key: str, table: pd.DataFrame, market: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per segment, offering or channel (*key*): the cube's sums beside what its own table says.

    Columns: *key*, ``revenue, contribution`` (euro per period), ``margin, active`` as in `Totals`, ``part``
    (share of all revenue), ``share`` (of those of its markets whose share is known; empty for a channel), and
    the columns of *table* but for its control total.
    """
    found = _sums(cube, key)
    whole = found["revenue"].sum()
    found["part"] = found["revenue"] / (whole or float("nan"))
    found["share"] = float("nan")
    if market is not None and key != "channel":
        known = market_share(cube, market).dropna(subset=["share"])
        sums = known.groupby(key)[["revenue", "market_size"]].sum()
        found["share"] = found[key].map(sums["revenue"] / sums["market_size"])
    return found.merge(table.drop(columns="revenue", errors="ignore"), on=key, how="left")


def segment_overview(cube: pd.DataFrame, segments: pd.DataFrame, market: pd.DataFrame | None = None) -> pd.DataFrame:
    """The `overview` of the segments, with the gap to the target and what winning and keeping brought.

    Adds ``gap = sales_target − revenue`` (euro per period), ``kept = 1 − customers_lost / customers_start``
    (share per period) and ``balance = customers_new − customers_lost`` (customers per period).
    """
    found = overview(cube, "segment", segments, market)
    found["gap"] = found["sales_target"] - found["revenue"]
    start = found["customers_start"]
    found["kept"] = 1 - found["customers_lost"] / start.where(start > 0)
    found["balance"] = found["customers_new"] - found["customers_lost"]
    return found


def reachable(cube: pd.DataFrame, market: pd.DataFrame, channels: pd.DataFrame) -> pd.Series:
    """What each cell's channel can reach of its market: ``market_size × accessibility``, euro per period."""
    sizes = cube[KEYS[:2]].merge(market[[*KEYS[:2], "market_size"]], on=KEYS[:2], how="left")["market_size"]
    return sizes.set_axis(cube.index) * lookup(cube, channels, "channel", "accessibility")


def lookup(cube: pd.DataFrame, table: pd.DataFrame, key: str, column: str) -> pd.Series:
    """What *table* says per cell in *column*.

    Raises:
        ValueError: a key stands twice in the table.
    """
    if twice := list(table[key][table[key].duplicated()]):
        raise ValueError(f"{key} {', '.join(twice)} stands twice; keep one row each")
    return cube[key].map(table.set_index(key)[column]).astype(float)


def cells_for_half(cube: pd.DataFrame) -> int:
    """How many cells, largest first, it takes to make half of the revenue."""
    falling = cube["revenue"].fillna(0).sort_values(ascending=False)
    return int((falling.cumsum() < falling.sum() / 2).sum()) + 1


def whitespace(cells: pd.DataFrame) -> pd.DataFrame:
    """The rows of a grid or ranking that are empty, feasible and wanted: status ``whitespace``."""
    return cells[(cells["status"] == "whitespace") & cells["feasible"]].reset_index(drop=True)


def unexplained_empty(cube: pd.DataFrame) -> pd.DataFrame:
    """Cells without revenue whose status does not say why: whitespace, by choice or unknown."""
    empty = cube["revenue"].isna() | (cube["revenue"] == 0)
    return cube[empty & ~cube["status"].isin((*SELLS_NOTHING, "unknown"))].reset_index(drop=True)


def _names(cells: pd.DataFrame) -> str:
    return ", ".join(" / ".join(row) for row in cells[KEYS].to_numpy().tolist())


def _sums(cube: pd.DataFrame, key: str) -> pd.DataFrame:
    known = cube.assign(known=cube["revenue"].where(cube["contribution"].notna()), active=cube["revenue"] > 0)
    sums = known.groupby(key, sort=False)[["revenue", "contribution", "known", "active"]].sum()
    sums["margin"] = sums["contribution"] / sums["known"].where(sums["known"] != 0)
    return sums[["revenue", "contribution", "margin", "active"]].reset_index()
