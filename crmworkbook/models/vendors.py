"""Choosing software: knock-outs first, then a weighted score, its cost over the years, and how firm the ranking is.

Scores run from 1 to 5, 5 best. Nothing here knows the name of a vendor: a vendor is a key of the client's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.frames import records
from crmworkbook.models.weighing import (
    CHANGE,
    CONCENTRATION,
    NOISE,
    changed_weights,
    drawn_weights,
    ranked,
    weight_shares,
)
from crmworkbook.models.working import Quantity, Working


@dataclass(frozen=True)
class VendorScores:
    """Vendors held against requirements and criteria.

    Attributes:
        rows: One row per vendor in the order given: ``vendor, score`` (1 to 5, NaN when a score is missing), ``rank``
            (equal scores share the better one; empty unless ranked), ``status`` (``ranked``, ``knocked_out``,
            ``missing``), ``failed`` and ``unchecked`` (keys of must requirements), ``missing`` (criteria without a
            score), ``musts_met``, ``shoulds_met``.
        marks: Vendors by criteria with a weight, scores as given.
        weights: Criterion to weight; they add up to 1.
        musts, shoulds: How many requirements of each there are.
        workings: The score of each vendor with a complete set of scores.
    """

    rows: pd.DataFrame
    marks: pd.DataFrame
    weights: pd.Series
    musts: int
    shoulds: int
    workings: tuple[Working, ...]

    @property
    def ranked(self) -> pd.DataFrame:
        """The vendors that take part, best first."""
        return self.rows[self.rows["status"] == "ranked"].sort_values("rank", kind="stable").reset_index(drop=True)

    @property
    def leaders(self) -> tuple[str, ...]:
        """Who has the highest score; more than one when they tie."""
        return tuple(self.rows.loc[(self.rows["rank"] == 1).fillna(False).astype(bool), "vendor"])


@dataclass(frozen=True)
class VendorStability:
    """How firm the ranking is when the weights are chosen a little differently.

    Attributes:
        rows: Ranked vendors, best first: ``vendor, rank, low, high`` (best and worst rank in the middle nine tenths of
            the draws), ``first_share`` (share of draws in which nobody scores higher).
        flips: ``criterion, change, leaders``: each weight changed alone that gives another leader.
        draws: Number of draws.
    """

    rows: pd.DataFrame
    flips: pd.DataFrame
    draws: int


def vendor_scores(
    criteria: pd.DataFrame,
    scores: pd.DataFrame,
    vendors: list[str],
    requirements: pd.DataFrame | None = None,
    checks: pd.DataFrame | None = None,
) -> VendorScores:
    """Weighted score per vendor, ``Σ weight × score`` (Edwards 1977), after the must requirements.

    A vendor that fails a must is out, whatever it scores. A must that nobody has checked knocks nobody out, and is
    counted. A missing score is not filled in: that vendor is not ranked.

    Args:
        criteria: ``criterion, weight``.
        scores: ``vendor, criterion, score``.
        vendors: Keys in their order.
        requirements: ``requirement, need`` (must, should).
        checks: ``vendor, requirement, meets`` (met, not_met, unknown).

    Raises:
        ValueError: weights as in `weight_shares`.
    """
    weights = weight_shares(criteria.set_index("criterion")["weight"], "the choice")
    marks = scores.pivot_table(index="vendor", columns="criterion", values="score")
    marks = marks.reindex(index=vendors, columns=list(weights.index)).astype(float)
    found = pd.Series(marks.to_numpy() @ weights.to_numpy(), index=vendors)  # NaN with a score missing
    needs, met = _needs(requirements), _met(checks)
    rows = []
    for vendor in vendors:
        known = met.get(vendor, {})
        failed = tuple(key for key in needs["must"] if known.get(key) == "not_met")
        unchecked = tuple(key for key in needs["must"] if known.get(key) not in ("met", "not_met"))
        absent = tuple(str(name) for name, mark in marks.loc[vendor].items() if pd.isna(mark))
        status = "knocked_out" if failed else "missing" if absent else "ranked"
        counts = [sum(known.get(key) == "met" for key in needs[need]) for need in ("must", "should")]
        rows.append((vendor, found[vendor], status, failed, unchecked, absent, *counts))
    columns = ["vendor", "score", "status", "failed", "unchecked", "missing", "musts_met", "shoulds_met"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["rank"] = ranked(frame["score"].where(frame["status"] == "ranked"))
    complete = [vendor for vendor in vendors if not np.isnan(found[vendor])]
    workings = tuple(_score_working(vendor, marks.loc[vendor].to_numpy(), weights) for vendor in complete)
    return VendorScores(frame, marks, weights, len(needs["must"]), len(needs["should"]), workings)


def vendor_stability(
    result: VendorScores,
    change: float = CHANGE,
    draws: int = 2000,
    concentration: float = CONCENTRATION,
    seed: int = 1,
) -> VendorStability:
    """Whether other, equally reasonable weights give the same ranking.

    Each weight alone goes up and down by *change* while the others shrink or grow to add up to 1; and *draws* sets of
    weights are drawn around the chosen ones, as for the cells of the cube.

    Args:
        result: What `vendor_scores` gave; only ranked vendors take part.
        change: Share by which a single weight changes.
        draws: Number of draws.
        concentration: How close the draws stay to the weights, above 0.
        seed: Seed of the draws, so that a report comes out the same.

    Raises:
        ValueError: no vendor is ranked.
    """
    vendors = result.ranked
    if vendors.empty:
        raise ValueError("no vendor is ranked; score one that meets every must")
    marks = result.marks.loc[vendors["vendor"]].to_numpy()
    drawn = drawn_weights(result.weights, draws, np.random.default_rng(seed), concentration)
    ranks = _ranks(drawn @ marks.T)
    rows = vendors[["vendor", "rank"]].assign(
        low=np.quantile(ranks, 0.05, axis=0, method="lower").astype(int),
        high=np.quantile(ranks, 0.95, axis=0, method="higher").astype(int),
        first_share=(ranks == 1).mean(axis=0),
    )
    flips = []
    for criterion, step, other in changed_weights(result.weights, change):
        places = _ranks((other.to_numpy() @ marks.T)[None])[0]
        leaders = tuple(vendors["vendor"][places == 1])
        if set(leaders) != set(result.leaders):
            flips.append((criterion, step, leaders))
    return VendorStability(rows, pd.DataFrame(flips, columns=["criterion", "change", "leaders"]), draws)


def ownership_cost(
    costs: pd.DataFrame, years: float, periods_per_year: int = 1
) -> tuple[pd.DataFrame, tuple[Working, ...]]:
    """What a vendor costs in all over so many years: ``once + years × periods × running``, not discounted.

    Args:
        costs: ``vendor, once`` (euro), ``running`` (euro per period), any number of rows per vendor; empty is nothing.
        years: How long we expect to use the software.
        periods_per_year: 1 when running costs are per year, 12 when per month.

    Returns:
        ``vendor, once, running, total`` (euro) in the order of the rows, and each total with its sum.
    """
    frame = costs.fillna({"once": 0.0, "running": 0.0})
    sums = frame.groupby("vendor", sort=False)[["once", "running"]].sum()
    formula = "once + years × running" if periods_per_year == 1 else "once + years × periods × running"
    workings = []
    for vendor, row in sums.iterrows():
        values = {"once": Quantity(float(row["once"]), "money"), "years": Quantity(years, "count")}
        if periods_per_year != 1:
            values["periods"] = Quantity(periods_per_year, "count")
        values["running"] = Quantity(float(row["running"]), "money")
        made = Working.compute("vendors.ownership", formula, values, "money", "own", subject=str(vendor))
        workings.append(made)
    totals = [working.result.value for working in workings]
    return sums.assign(total=totals).reset_index(), tuple(workings)


def _needs(requirements: pd.DataFrame | None) -> dict[str, list[str]]:
    if requirements is None:
        return {"must": [], "should": []}
    return {need: list(requirements.loc[requirements["need"] == need, "requirement"]) for need in ("must", "should")}


def _met(checks: pd.DataFrame | None) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in [] if checks is None else records(checks):
        found.setdefault(row["vendor"], {})[row["requirement"]] = row["meets"]
    return found


def _ranks(outcomes: np.ndarray) -> np.ndarray:
    """Rank of each column in each row, 1 the highest; equal scores share the better rank."""
    rounded = outcomes.round(NOISE)
    return 1 + (rounded[:, None, :] > rounded[:, :, None]).sum(axis=2)


def _score_working(vendor: str, marks: np.ndarray, weights: pd.Series) -> Working:
    values: dict[str, Quantity] = {}
    for place, (weight, mark) in enumerate(zip(weights, marks, strict=True), start=1):
        values |= {f"w{place}": Quantity(float(weight), "share"), f"s{place}": Quantity(float(mark), "score")}
    formula = " + ".join(f"w{place} × s{place}" for place in range(1, len(weights) + 1))
    return Working.compute("vendors.score", formula, values, "score", "edwards_1977", subject=vendor)
