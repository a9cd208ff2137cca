"""Priority of the cells of the cube: scored on two sides, ranked.

The method is the GE-McKinsey nine-box (Coyne 2008); criteria, scales and default weights are our choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.cube import KEYS, lookup, market_share, reachable, totals
from crmworkbook.models.weighing import NOISE, ranked, weight_shares
from crmworkbook.models.working import Quantity, Working

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


@dataclass(frozen=True)
class DrillDown:
    """A cell beside its segment, offering and channel, by ``measure`` and by ``criterion``, with its sums."""

    cell: tuple[str, str, str]
    numbers: pd.DataFrame
    scores: pd.DataFrame
    workings: tuple[Working, ...]


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
      own revenue of the cell``, not below 0, euro per period; the logarithm keeps one large market from hiding
      the rest;
    - competition: ``6 − score``, so that mild competition scores high;
    - share: market share of segment and offering over all channels, 0% to 25%;
    - capability (offering) and channel (strength): as scored;
    - satisfaction: report mark of the segment, 6 to 9 out of 10.

    An input that is missing leaves its criterion empty; nothing is filled in.
    """
    share = cube[KEYS[:2]].merge(market_share(cube, market), on=KEYS[:2], how="left")["share"]
    untapped = np.log1p((reachable(cube, market, channels) - cube["revenue"]).clip(lower=0))
    most = untapped.max()
    table = {
        "growth": _on_scale(lookup(cube, segments, "segment", "market_growth"), "growth"),
        "margin": _on_scale(cube["margin"], "margin"),
        "untapped": 1 + 4 * untapped / (most if most > 0 else 1),
        "competition": 6 - lookup(cube, segments, "segment", "competition"),
        "share": _on_scale(share, "share"),
        "capability": lookup(cube, offerings, "offering", "capability"),
        "satisfaction": _on_scale(lookup(cube, segments, "segment", "satisfaction"), "satisfaction"),
        "channel": lookup(cube, channels, "channel", "strength"),
    }
    return pd.DataFrame(table).clip(1, 5).set_axis(pd.MultiIndex.from_frame(cube[KEYS]))


def scale_ends() -> dict[str, float]:
    """The values that score 1 and 5, as ``growth_1``, ``growth_5`` and so on."""
    return {f"{name}_{score}": end for name, ends in SCALES.items() for score, end in zip((1, 5), ends, strict=True)}


def normalised_weights(weights: pd.DataFrame = DEFAULT_WEIGHTS) -> dict[str, pd.Series]:
    """Weights per side, criterion to share of 1; criteria of weight 0 are left out.

    Raises:
        ValueError: a side without weights, a negative or empty weight, only zeros, or a criterion that stands
            twice.
    """
    result = {}
    for side in SIDES:
        given = weights[weights["side"] == side].set_index("criterion")["weight"]
        result[side] = weight_shares(given, side)
    return result


def priority(cube: pd.DataFrame, scores: pd.DataFrame, weights: pd.DataFrame = DEFAULT_WEIGHTS) -> pd.DataFrame:
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
    result["rank"] = ranked(result["total"].where(result["mark"] == "ranked"))
    return result.join(nine_box(result["attractiveness"], result["ability"]))


def nine_box(attractiveness: pd.Series, ability: pd.Series) -> pd.DataFrame:
    """``attractiveness_box, ability_box`` (low, medium, high) and ``zone`` (grow, select, harvest).

    Cuts at 2.33 and 3.67 divide the scale 1-5 in three; a score on a cut belongs to the higher box. Above the
    diagonal is grow, on it select, below it harvest (Coyne 2008). Empty where a score is.
    """
    sides = pd.concat([attractiveness, ability], axis=1, keys=["attractiveness_box", "ability_box"])
    level = np.digitize(sides.round(NOISE), NINE_BOX_CUTS)
    boxes = pd.DataFrame(np.array(["low", "medium", "high"], dtype=object)[level], sides.index, sides.columns)
    boxes["zone"] = np.select([level.sum(axis=1) > 2, level.sum(axis=1) == 2], ["grow", "select"], "harvest")
    return boxes.astype(object).where(sides.notna().all(axis=1), None)


def top(ranked: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """The best *count* ranked cells, best first; cells that tie for the last place all come along."""
    best = ranked[ranked["rank"].le(count).fillna(False)]
    return best.sort_values("rank", kind="stable").reset_index(drop=True)


def lowest(ranked: pd.DataFrame, count: int = 5) -> pd.DataFrame:
    """At least *count* ranked cells that sell: first the harvest zone (ten at most), the worst on top."""
    selling = ranked[ranked["rank"].notna() & (ranked["revenue"] > 0)]
    harvest = selling["zone"] == "harvest"
    worst = selling.assign(other=~harvest).sort_values(["other", "total"], kind="stable").drop(columns="other")
    return worst.head(max(count, min(10, int(harvest.sum())))).reset_index(drop=True)


def weight_in_total(weights: pd.DataFrame = DEFAULT_WEIGHTS) -> pd.Series:
    """What part of the total each criterion decides: half of its side's weight; the parts add up to 1."""
    return pd.concat(list(normalised_weights(weights).values())).groupby(level=0, sort=False).sum() / 2


def drill_down(
    ranked: pd.DataFrame,
    scores: pd.DataFrame,
    cell: tuple[str, str, str],
    weights: pd.DataFrame = DEFAULT_WEIGHTS,
) -> DrillDown:
    """One cell beside the means of all cells of its segment, its offering and its channel.

    ``numbers`` has revenue, contribution (euro per period), margin (contribution over revenue), attractiveness,
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


def _on_scale(values: pd.Series, criterion: str) -> pd.Series:
    low, high = SCALES[criterion]
    return 1 + 4 * (values - low) / (high - low)


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
