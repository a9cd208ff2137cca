"""Customer strategy cube (Kumar 2008): segment by offering by channel, scored and ranked, and how firmly.

A *grid* is the full cube, one row per cell in declared order. Money in euro per year, margins as shares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.working import Quantity, Working

KEYS = ["segment", "offering", "channel"]
EMPTY_STATUSES = ("whitespace", "by_choice", "unknown")
SIDES = ("attractiveness", "ability")
DEFAULT_WEIGHTS = pd.DataFrame(
    {
        "side": ["attractiveness"] * 4 + ["ability"] * 4,
        "criterion": [
            *("growth", "margin", "untapped", "competition"),
            *("share", "capability", "satisfaction", "channel"),
        ],
        "weight": [0.25, 0.30, 0.25, 0.20, 0.30, 0.25, 0.25, 0.20],
    }
)
# The value that scores 1 and the value that scores 5.
SCALES = {"growth": (-0.02, 0.04), "margin": (0.15, 0.50), "share": (0.0, 0.25), "satisfaction": (6.0, 9.0)}
NINE_BOX_CUTS = (2.33, 3.67)
CONCENTRATION = 20.0
_NOISE = 9  # decimals: totals that differ by less are a tie


@dataclass(frozen=True)
class Totals:
    """Revenue and contribution of the cube (euro per year), cell counts, and the same per dimension.

    ``margin`` is contribution over the revenue whose margin is known; ``without_margin`` is the other
    revenue. The frames have ``revenue, contribution, margin, active`` (cells that sell) by key.
    """

    revenue: float
    contribution: float
    margin: float
    without_margin: float
    cells: int
    active: int
    by_segment: pd.DataFrame
    by_offering: pd.DataFrame
    by_channel: pd.DataFrame


@dataclass(frozen=True)
class RankStability:
    """How firm the top of the ranking is.

    Attributes:
        cells: Ranked cells, best first: ``segment, offering, channel, total, rank, share_of_draws``.
        weight_changes: Per changed weight ``side, criterion, change, entered, left`` (cells of the top).
        flips: Whether any changed weight changes the set of top cells.
        kendall_tau: Mean agreement (tau-b, −1 to 1) of draws and ranking; NaN when all totals are equal.
    """

    cells: pd.DataFrame
    weight_changes: pd.DataFrame
    flips: bool
    kendall_tau: float
    count: int
    draws: int
    concentration: float


@dataclass(frozen=True)
class DrillDown:
    """A cell beside its segment, offering and channel, by ``measure`` and by ``criterion``, with its sums."""

    cell: tuple[str, str, str]
    numbers: pd.DataFrame
    scores: pd.DataFrame
    workings: tuple[Working, ...]


def grid(
    cells: pd.DataFrame, segments: Sequence[str], offerings: Sequence[str], channels: Sequence[str]
) -> pd.DataFrame:
    """The full cube: ``segment, offering, channel, revenue, margin, status, feasible, contribution``.

    Rows stand in declared order; ``contribution = revenue × margin``. A cell with status ``whitespace`` or ``by_choice`` sells nothing, so
    its empty revenue is 0; every other empty revenue or margin stays unknown. A cell without a row has no
    status and may be feasible.

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
    full["feasible"] = full["feasible"].astype("boolean").fillna(True).astype(bool)
    full["margin"] = full["margin"].astype(float)
    empty = full["status"].isin(("whitespace", "by_choice"))
    full["revenue"] = full["revenue"].astype(float).mask(empty & full["revenue"].isna(), 0.0)
    if (full["margin"].abs() > 1).any():
        raise ValueError(f"margin must be a share, got {full['margin'].abs().max():g}; write 38% as 0.38")
    if (wrong := full[empty & (full["revenue"] != 0)]).size:
        raise ValueError(f"cells with revenue but an empty status: {_names(wrong)}; make the status active")
    full["contribution"] = (full["revenue"] * full["margin"]).mask(full["revenue"] == 0, 0.0)
    return full[[*KEYS, "revenue", "margin", "status", "feasible", "contribution"]]


def totals(cube: pd.DataFrame) -> Totals:
    """Revenue, contribution and margin of what is known, in all and per segment, offering and channel."""
    whole = _sums(cube.assign(all=True), "all").iloc[0]
    return Totals(
        revenue=float(whole["revenue"]),
        contribution=float(whole["contribution"]),
        margin=float(whole["margin"]),
        without_margin=float(cube["revenue"][cube["contribution"].isna()].sum()),
        cells=len(cube),
        active=int(whole["active"]),
        by_segment=_sums(cube, "segment"),
        by_offering=_sums(cube, "offering"),
        by_channel=_sums(cube, "channel"),
    )


def totals_check(
    cube: pd.DataFrame,
    segments: pd.DataFrame | None = None,
    offerings: pd.DataFrame | None = None,
    channels: pd.DataFrame | None = None,
    tolerance: float = 0.005,
) -> pd.DataFrame:
    """The cube's sums beside control totals: ``dimension, key, cells, control, difference, share, agrees``.

    Difference is cells minus control (euro per year), share the difference over the control; a row agrees
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

    The channels serve one market (euro per year), so a share belongs to segment and offering. It is empty when
    the market or the revenue of one of its cells is unknown.

    Raises:
        ValueError: a market that stands twice or is negative.
    """
    pair = KEYS[:2]
    if market.duplicated(pair).any() or (market["market_size"] < 0).any():
        raise ValueError("market_size must be zero or more, with one row for each segment and offering")
    revenue = cube.groupby(pair, sort=False)["revenue"].agg(lambda s: s.sum(skipna=False)).reset_index()
    table = revenue.merge(market[[*pair, "market_size"]], on=pair, how="left")
    table["share"] = table["revenue"] / table["market_size"].where(table["market_size"] > 0)
    return table[[*pair, "market_size", "revenue", "share"]]


def whitespace(cells: pd.DataFrame) -> pd.DataFrame:
    """The rows of a grid or ranking that are empty, feasible and wanted: status ``whitespace``."""
    return cells[(cells["status"] == "whitespace") & cells["feasible"]].reset_index(drop=True)


def unexplained_empty(cube: pd.DataFrame) -> pd.DataFrame:
    """Cells without revenue whose status does not say why: whitespace, by choice or unknown."""
    empty = cube["revenue"].isna() | (cube["revenue"] == 0)
    return cube[empty & ~cube["status"].isin(EMPTY_STATUSES)].reset_index(drop=True)


def cell_scores(
    cube: pd.DataFrame,
    market: pd.DataFrame,
    segments: pd.DataFrame,
    offerings: pd.DataFrame,
    channels: pd.DataFrame,
) -> pd.DataFrame:
    """Score 1-5 of every cell on eight criteria (the columns); index segment, offering, channel.

    A value on a scale of ``SCALES`` scores ``1 + 4 × (value − low) / (high − low)``, cut off at 1 and 5:

    - growth: market growth of the segment, share per year, −2% to 4%;
    - margin: contribution margin of the cell, 15% to 50%;
    - untapped: ``1 + 4 × ln(1 + u) / ln(1 + highest u)`` with ``u = market × accessibility of the channel −
      own revenue of the cell``, not below 0, euro per year; the logarithm keeps one large market from hiding
      the rest;
    - competition: ``6 − score``, so that mild competition scores high;
    - share: market share of segment and offering over all channels, 0% to 25%;
    - capability (offering) and channel (strength): as scored;
    - satisfaction: report mark of the segment, 6 to 9 out of 10.

    An input that is missing leaves its criterion empty; nothing is filled in.
    """
    share = cube[KEYS[:2]].merge(market_share(cube, market), on=KEYS[:2], how="left")
    reach = share["market_size"] * _lookup(cube, channels, "channel", "accessibility") - cube["revenue"]
    untapped = np.log1p(reach.clip(lower=0))
    most = untapped.max()
    table = {
        "growth": _on_scale(_lookup(cube, segments, "segment", "market_growth"), "growth"),
        "margin": _on_scale(cube["margin"], "margin"),
        "untapped": 1 + 4 * untapped / (most if most > 0 else 1),
        "competition": 6 - _lookup(cube, segments, "segment", "competition"),
        "share": _on_scale(share["share"], "share"),
        "capability": _lookup(cube, offerings, "offering", "capability"),
        "satisfaction": _on_scale(_lookup(cube, segments, "segment", "satisfaction"), "satisfaction"),
        "channel": _lookup(cube, channels, "channel", "strength"),
    }
    return pd.DataFrame(table).clip(1, 5).set_axis(pd.MultiIndex.from_frame(cube[KEYS]))


def normalised_weights(weights: pd.DataFrame = DEFAULT_WEIGHTS) -> dict[str, pd.Series]:
    """Weights per side, criterion to share of 1; criteria of weight 0 are left out.

    Raises:
        ValueError: a side without weights, a negative or empty weight, only zeros, or a criterion that stands
            twice.
    """
    result = {}
    for side in SIDES:
        given = weights[weights["side"] == side].set_index("criterion")["weight"].astype(float)
        if given.index.has_duplicates or given.isna().any() or (given < 0).any() or given.sum() == 0:
            raise ValueError(
                f"{side} needs one weight of zero or more per criterion, not all zero; got {given.to_dict()}"
            )
        result[side] = given[given > 0] / given.sum()
    return result


def priority(
    cube: pd.DataFrame, scores: pd.DataFrame, weights: pd.DataFrame = DEFAULT_WEIGHTS
) -> pd.DataFrame:
    """Rank the cells by attractiveness and ability to win, the GE-McKinsey nine-box method (Coyne 2008).

    ``attractiveness = Σ weight × score``, ability likewise, ``total = (attractiveness + ability) / 2``, all
    score 1-5. Infeasible cells leave before the ranking; a cell without one of the scores is marked, not
    ranked. Equal totals share the better rank.

    Returns:
        The grid plus ``attractiveness, ability, total, missing`` (criteria), ``mark`` (ranked, infeasible or
        missing), ``rank`` and the columns of `nine_box`.

    Raises:
        ValueError: weights as in `normalised_weights`, or a criterion that the scores do not have.
    """
    sides = normalised_weights(weights)
    if unknown := [name for side in sides.values() for name in side.index if name not in scores]:
        raise ValueError(f"no scores for criterion {', '.join(unknown)}; use {', '.join(map(str, scores))}")
    result = cube.copy()
    for side, weight in sides.items():
        result[side] = scores[weight.index].to_numpy() @ weight.to_numpy()
    counted = scores[[name for side in sides.values() for name in side.index]]
    result["total"] = result[list(SIDES)].mean(axis=1, skipna=False)
    result["missing"] = [tuple(counted.columns[empty]) for empty in counted.isna().to_numpy()]
    known = np.where(result["total"].isna(), "missing", "ranked")
    result["mark"] = np.where(result["feasible"], known, "infeasible")
    kept = result["total"].where(result["mark"] == "ranked").round(_NOISE)
    result["rank"] = kept.rank(ascending=False, method="min").astype("Int64")
    return result.join(nine_box(result["attractiveness"], result["ability"]))


def nine_box(attractiveness: pd.Series, ability: pd.Series) -> pd.DataFrame:
    """``attractiveness_box, ability_box`` (low, medium, high) and ``zone`` (grow, select, harvest).

    Cuts at 2.33 and 3.67 divide the scale 1-5 in three; a score on a cut belongs to the higher box. Above the
    diagonal is grow, on it select, below it harvest (Coyne 2008). Empty where a score is.
    """
    sides = pd.concat([attractiveness, ability], axis=1, keys=["attractiveness_box", "ability_box"])
    level = np.digitize(sides.round(_NOISE), NINE_BOX_CUTS)
    boxes = pd.DataFrame(np.array(["low", "medium", "high"], dtype=object)[level], sides.index, sides.columns)
    boxes["zone"] = np.select([level.sum(axis=1) > 2, level.sum(axis=1) == 2], ["grow", "select"], "harvest")
    return boxes.astype(object).where(sides.notna().all(axis=1), None)


def top(ranked: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """The best *count* ranked cells, best first; cells that tie for the last place all come along."""
    best = ranked[ranked["rank"].le(count).fillna(False)]
    return best.sort_values("rank", kind="stable").reset_index(drop=True)


def rank_stability(
    ranked: pd.DataFrame,
    scores: pd.DataFrame,
    weights: pd.DataFrame = DEFAULT_WEIGHTS,
    count: int = 10,
    change: float = 0.20,
    draws: int = 2000,
    concentration: float = CONCENTRATION,
    seed: int = 1,
) -> RankStability:
    """Whether other, equally reasonable weights give the same top cells.

    First each weight alone goes up and down by *change* (share), and the others of its side shrink or grow to
    add up to 1. Then *draws* sets of weights come from ``Dirichlet(concentration × weights)`` per side: the
    mean is the chosen weight w, the variance ``w (1 − w) / (concentration + 1)``. At 20 a weight of 0.25 has
    a standard deviation of 0.09, about the disagreement of a group that divides points; a higher
    concentration trusts the weights more.

    Args:
        ranked: What `priority` gave for the same scores and weights.
        scores: What `cell_scores` gave.
        weights: ``side, criterion, weight``.
        count: Size of the top.
        change: Share by which a single weight changes.
        draws: Number of draws.
        concentration: How close the draws stay to the weights, above 0.
        seed: Seed of the draws, so that a report comes out the same.

    Raises:
        ValueError: no cell is ranked.
    """
    kept = ranked["mark"].to_numpy() == "ranked"
    if not kept.any():
        raise ValueError("no cell can be ranked; fill the missing scores or make a cell feasible")
    cells, sides = ranked.loc[kept, [*KEYS, "total", "rank"]], normalised_weights(weights)
    marks = {side: scores.loc[kept, weight.index].to_numpy() for side, weight in sides.items()}
    rng = np.random.default_rng(seed)
    drawn = [rng.dirichlet(concentration * weight, draws) @ marks[side].T for side, weight in sides.items()]
    outcomes = (drawn[0] + drawn[1]) / 2
    cells = cells.assign(share_of_draws=_in_top(outcomes, count).mean(axis=0))
    changes = _weight_changes(cells, sides, marks, count, change)
    tau = _mean_kendall_tau(cells["total"].to_numpy(), outcomes)
    ordered = cells.sort_values("rank", kind="stable").reset_index(drop=True)
    flips = any(changes["entered"]) or any(changes["left"])
    return RankStability(ordered, changes, flips, tau, count, draws, concentration)


def drill_down(
    ranked: pd.DataFrame,
    scores: pd.DataFrame,
    cell: tuple[str, str, str],
    weights: pd.DataFrame = DEFAULT_WEIGHTS,
) -> DrillDown:
    """One cell beside the means of all cells of its segment, its offering and its channel.

    ``numbers`` has revenue, contribution (euro per year), margin (contribution over revenue), attractiveness,
    ability and total; ``scores`` the criteria (1-5). The workings are there when no score is missing.

    Raises:
        ValueError: the cube has no such cell.
    """
    sets = {key: (ranked[key] == name).to_numpy() for key, name in zip(KEYS, cell, strict=True)}
    own = np.logical_and.reduce(list(sets.values()))
    if not own.any():
        raise ValueError(f"the cube has no cell {' / '.join(cell)}; name segment, offering, channel by key")
    sets = {"cell": own} | sets
    measures = ranked[["revenue", "contribution", "attractiveness", "ability", "total"]]
    numbers = pd.DataFrame({name: measures[rows].mean() for name, rows in sets.items()})
    numbers.loc["margin"] = pd.Series({name: totals(ranked[rows]).margin for name, rows in sets.items()})
    numbers.loc["margin", "cell"] = ranked["margin"][own].iloc[0]  # an empty cell has one too
    averages = pd.DataFrame({name: scores[rows].mean() for name, rows in sets.items()})
    complete = not ranked["missing"][own].iloc[0]
    workings = tuple(_workings(averages["cell"], weights, cell)) if complete else ()
    return DrillDown(cell, numbers.rename_axis("measure"), averages.rename_axis("criterion"), workings)


def _names(cells: pd.DataFrame) -> str:
    return ", ".join(" / ".join(row) for row in cells[KEYS].to_numpy().tolist())


def _sums(cube: pd.DataFrame, key: str) -> pd.DataFrame:
    known = cube.assign(known=cube["revenue"].where(cube["contribution"].notna()), active=cube["revenue"] > 0)
    sums = known.groupby(key, sort=False)[["revenue", "contribution", "known", "active"]].sum()
    sums["margin"] = sums["contribution"] / sums["known"].where(sums["known"] != 0)
    return sums[["revenue", "contribution", "margin", "active"]].reset_index()


def _lookup(cube: pd.DataFrame, table: pd.DataFrame, key: str, column: str) -> pd.Series:
    if twice := list(table[key][table[key].duplicated()]):
        raise ValueError(f"{key} {', '.join(twice)} stands twice; keep one row each")
    return cube[key].map(table.set_index(key)[column]).astype(float)


def _on_scale(values: pd.Series, criterion: str) -> pd.Series:
    low, high = SCALES[criterion]
    return 1 + 4 * (values - low) / (high - low)


def _in_top(outcomes: np.ndarray, count: int) -> np.ndarray:
    place = max(outcomes.shape[1] - count, 0)
    last = np.partition(outcomes, place, axis=1)[:, [place]]
    return outcomes >= last - 10.0**-_NOISE


def _weight_changes(
    cells: pd.DataFrame, sides: dict[str, pd.Series], marks: dict[str, np.ndarray], count: int, change: float
) -> pd.DataFrame:
    def picked(chosen: np.ndarray) -> tuple[tuple[str, ...], ...]:
        return tuple(map(tuple, cells.loc[chosen, KEYS].to_numpy()))

    base = cells["total"].to_numpy()
    before = _in_top(base[None], count)[0]
    rows = []
    for side, weight in sides.items():
        rest = base - marks[side] @ weight.to_numpy() / 2
        for criterion in weight.index:
            for step in (-change, change):
                other = weight.where(weight.index != criterion, weight * (1 + step))
                outcome = (rest + marks[side] @ (other / other.sum()).to_numpy() / 2)[None]
                after = _in_top(outcome, count)[0]
                rows.append((side, criterion, step, picked(after & ~before), picked(before & ~after)))
    return pd.DataFrame(rows, columns=["side", "criterion", "change", "entered", "left"])


def _mean_kendall_tau(base: np.ndarray, outcomes: np.ndarray) -> float:
    first, second = np.triu_indices(len(base), 1)
    order = np.sign((base[first] - base[second]).round(_NOISE))
    taus = []
    # Pairs grow with the square of the cells: blocks of draws keep a large cube within memory.
    for block in np.array_split(outcomes, max(1, outcomes.shape[0] * len(first) // 4_000_000)):
        signs = np.sign((block[:, first] - block[:, second]).round(_NOISE))
        untied = np.sqrt(np.count_nonzero(order) * np.count_nonzero(signs, axis=1))
        taus.append(np.divide(signs @ order, untied, out=np.full(len(block), np.nan), where=untied > 0))
    known = np.concatenate(taus)
    known = known[~np.isnan(known)]
    return float(known.mean()) if known.size else float("nan")


def _workings(scores: pd.Series, weights: pd.DataFrame, cell: tuple[str, str, str]) -> Iterator[Working]:
    subject, results = " / ".join(cell), {}
    for side, weight in normalised_weights(weights).items():
        formula = " + ".join(f"w_{name} × {name}" for name in weight.index)
        values = {f"w_{name}": Quantity(float(weight[name]), "share") for name in weight.index}
        values |= {name: Quantity(float(scores[name]), "score") for name in weight.index}
        made = Working.compute(f"cube.{side}", formula, values, "score", "coyne_2008", subject=subject)
        results[side] = made.result
        yield made
    formula = "(attractiveness + ability) / 2"
    yield Working.compute("cube.total", formula, results, "score", "coyne_2008", subject=subject)
