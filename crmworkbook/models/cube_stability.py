"""How firm the ranking of the cube's cells is when the weights are chosen a little differently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.cube import KEYS
from crmworkbook.models.cube_priority import DEFAULT_WEIGHTS, normalised_weights
from crmworkbook.models.weighing import CHANGE, CONCENTRATION, NOISE, changed_weights, drawn_weights


@dataclass(frozen=True)
class RankStability:
    """How firm the top of the ranking is.

    Attributes:
        cells: Ranked cells, best first: ``segment, offering, channel, total, rank, share_of_draws``.
        weight_changes: Per changed weight ``side, criterion, change, entered, left`` (cells of the top).
        kendall_tau: Mean agreement (tau-b, −1 to 1) of draws and ranking; NaN when all totals are equal.
    """

    cells: pd.DataFrame
    weight_changes: pd.DataFrame
    kendall_tau: float
    count: int
    draws: int


def rank_stability(
    ranked: pd.DataFrame,
    scores: pd.DataFrame,
    weights: pd.DataFrame = DEFAULT_WEIGHTS,
    count: int = 10,
    change: float = CHANGE,
    draws: int = 2000,
    concentration: float = CONCENTRATION,
    seed: int = 1,
) -> RankStability:
    """Whether other, equally reasonable weights give the same top cells.

    First each weight alone goes up and down by *change* (share), and the others of its side shrink or grow to
    add up to 1. Then *draws* sets of weights come per side, as `drawn_weights` gives them. A higher concentration
    trusts the weights more.

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
    drawn = [drawn_weights(weight, draws, rng, concentration) @ marks[side].T for side, weight in sides.items()]
    outcomes = (drawn[0] + drawn[1]) / 2
    cells = cells.assign(share_of_draws=_in_top(outcomes, count).mean(axis=0))
    changes = _weight_changes(cells, sides, marks, count, change)
    tau = _mean_kendall_tau(cells["total"].to_numpy(), outcomes)
    ordered = cells.sort_values("rank", kind="stable").reset_index(drop=True)
    return RankStability(ordered, changes, tau, count, draws)


def _in_top(outcomes: np.ndarray, count: int) -> np.ndarray:
    place = max(outcomes.shape[1] - count, 0)
    last = np.partition(outcomes, place, axis=1)[:, [place]]
    return outcomes >= last - 10.0**-NOISE


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
        for criterion, step, other in changed_weights(weight, change):
            after = _in_top((rest + marks[side] @ other.to_numpy() / 2)[None], count)[0]
            rows.append((side, criterion, step, picked(after & ~before), picked(before & ~after)))
    return pd.DataFrame(rows, columns=["side", "criterion", "change", "entered", "left"])


def _mean_kendall_tau(base: np.ndarray, outcomes: np.ndarray) -> float:
    first, second = np.triu_indices(len(base), 1)
    order = np.sign((base[first] - base[second]).round(NOISE))
    taus = []
    # Pairs grow with the square of the cells: blocks of draws keep a large cube within memory.
    for block in np.array_split(outcomes, max(1, outcomes.shape[0] * len(first) // 4_000_000)):
        signs = np.sign((block[:, first] - block[:, second]).round(NOISE))
        untied = np.sqrt(np.count_nonzero(order) * np.count_nonzero(signs, axis=1))
        taus.append(np.divide(signs @ order, untied, out=np.full(len(block), np.nan), where=untied > 0))
    known = np.concatenate(taus)
    known = known[~np.isnan(known)]
    return float(known.mean()) if known.size else float("nan")
