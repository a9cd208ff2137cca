"""Business strategy: five forces, competitors, value disciplines, value chain and the distinctiveness gate.

Scores run from 1 to 5 (score). A score that nobody gave stays empty and is named; none is filled in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.weighing import NOISE, weight_shares

FORCES = ("rivalry", "entrants", "substitutes", "buyers", "suppliers")
DISCIPLINES = ("product", "operations", "customer")
PRIMARY_ACTIVITIES = ("inbound", "operations", "outbound", "marketing_sales", "service")
SUPPORT_ACTIVITIES = ("infrastructure", "hr", "technology", "procurement")
DISTINCTIVENESS_TESTS = ("distinctive", "expectations", "serving")
CASCADE = ("vision", "mission", "goals", "strategy")
OWN_PARTY = "us"
WEAK_CONFIDENCE = 2  # an answer of which people are this sure, or less, is a guess


@dataclass(frozen=True)
class FiveForces:
    """Pressure in the industry: mean (score 1-5), strongest forces with ties, forces without a score."""

    mean: float
    scores: pd.Series
    strongest: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class CompetitorProfile:
    """Us beside the competitors.

    Attributes:
        means: ``party, weighted_mean`` (score 1-5), ``missing`` (factors without a score).
        gaps: ``party, factor, weight, us, score, gap, weighted_gap``; gap is us minus them.
        best: The same against the best competitor: ``factor, weight, us, best, gap, weighted_gap,
            best_parties, standing`` (ahead, level, behind or none).
        ahead: Factors where we beat the best competitor.
        behind: Factors where the best competitor beats us.
    """

    means: pd.DataFrame
    gaps: pd.DataFrame
    best: pd.DataFrame
    ahead: tuple[str, ...]
    behind: tuple[str, ...]


@dataclass(frozen=True)
class ValueDisciplines:
    """Who leads in what.

    Attributes:
        means: Party (index) by discipline, score 1-5.
        lead: Our highest discipline; none when several tie or one has no score.
        tied: The disciplines that share our highest mean, when there are several.
        thresholds: ``discipline, own, threshold, meets`` for every discipline that is not the lead.
        basis: ``given`` or ``market`` (mean of the competitors).
    """

    means: pd.DataFrame
    lead: str | None
    tied: tuple[str, ...]
    thresholds: pd.DataFrame
    basis: str


@dataclass(frozen=True)
class ValueChain:
    """Activities with ``kind, value_rank, cost_rank, difference``, and which stand out, strongest first."""

    activities: pd.DataFrame
    value_exceeds_cost: tuple[str, ...]
    cost_exceeds_value: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class DistinctivenessGate:
    """Whether the strategy passes its three tests.

    Attributes:
        light: Per test (index) ``green``, ``amber`` (answered on a guess) or ``red`` (not answered).
        missing: Tests without an answer; one is enough to keep the gate shut.
        weak: Tests answered with a confidence of 1 or 2.
    """

    light: pd.Series
    missing: tuple[str, ...]
    weak: tuple[str, ...]


@dataclass(frozen=True)
class GoalCascade:
    """From vision to objectives.

    Attributes:
        missing: Levels of ``CASCADE`` without an answer.
        gaps: Per objective (same order as the table) which of ``kpi, target, unit, due`` are empty.
        measurable: Objectives (count) that have all four.
    """

    missing: tuple[str, ...]
    gaps: tuple[tuple[str, ...], ...]
    measurable: int


def five_forces(frame: pd.DataFrame) -> FiveForces:
    """Mean pressure of Porter's (1979) five forces, each scored 1 (weak) to 5 (strong), unweighted.

    Args:
        frame: ``force, score``; forces without a row or score are named as missing and left out of the mean.

    Raises:
        ValueError: an unknown or repeated force, a score outside 1 to 5, or no score at all.
    """
    _check_keys(frame["force"], FORCES, "force")
    scores = _scores(frame).set_axis(frame["force"]).reindex(FORCES)
    if scores.isna().all():
        raise ValueError("five_forces has no score; score at least one force from 1 to 5")
    strongest = tuple(scores.index[scores == scores.max()])
    return FiveForces(float(scores.mean()), scores, strongest, tuple(scores.index[scores.isna()]))


def competitor_profile(scores: pd.DataFrame, factors: pd.DataFrame) -> CompetitorProfile:
    """Weighted mean per party and our gap to each competitor and to the best one, per success factor.

    ``weighted_mean = Σ weight × score`` with the weights made to add up to 1; ``weighted_gap = weight × (us −
    them)``, so that a competitor's weighted gaps add up to the difference of the two means. A party that
    lacks a score on a factor that counts has no mean: means over different factors do not compare.

    Args:
        scores: ``party`` (``us`` or a competitor), ``factor``, ``score`` (1-5); a factor may be scored by
            several people.
        factors: ``factor, weight`` (any positive unit).

    Raises:
        ValueError: no row for ``us``, a factor that is not declared, a weight below zero, or only zeros.
    """
    given = factors.set_index("factor")["weight"]
    weights = weight_shares(given, "the list of factors").reindex(given.index, fill_value=0.0)
    _check_known(scores["factor"], tuple(weights.index), "factor")
    table = _party_table(scores, "factor", list(weights.index))
    counted = weights.index[weights > 0]
    means = table[counted].mul(weights[counted]).sum(axis=1, skipna=False)
    missing = [tuple(counted[row.isna()]) for _, row in table[counted].iterrows()]
    listed = pd.DataFrame({"party": table.index, "weighted_mean": means.to_numpy(), "missing": missing})
    own, rivals = table.iloc[0], table.drop(index=OWN_PARTY)
    best = _best_rival(own, rivals, weights)
    ahead, behind = (tuple(best["factor"][best["standing"] == side]) for side in ("ahead", "behind"))
    return CompetitorProfile(listed, _rival_gaps(own, rivals, weights), best, ahead, behind)


def value_disciplines(frame: pd.DataFrame, threshold: float | None = None) -> ValueDisciplines:
    """Mean per party and value discipline, our lead, and whether we reach the threshold in the others.

    Treacy and Wiersema (1993): lead in one discipline, keep a threshold in the other two. Without *threshold*
    the market norm serves: the mean of the competitors' means. With a tie for the lead all disciplines are
    checked. ``meets`` is empty where there is no own score or no norm.

    Args:
        frame: ``party, statement, score`` (1-5); statements are named by discipline, such as ``product_1``.
        threshold: Lowest acceptable mean (score 1-5), or None for the market norm.

    Raises:
        ValueError: no row for ``us``, a statement of another discipline, or a score outside 1 to 5.
    """
    discipline = frame["statement"].str.rsplit("_", n=1).str[0]
    _check_known(discipline, DISCIPLINES, "discipline")
    means = _party_table(frame.assign(discipline=discipline), "discipline", list(DISCIPLINES)).round(NOISE)
    own = means.iloc[0]
    leaders = tuple(own.index[own == own.max()])
    lead = leaders[0] if len(leaders) == 1 and own.notna().all() else None
    norm = means.drop(index=OWN_PARTY).mean().round(NOISE) if threshold is None else threshold
    checked = pd.DataFrame({"own": own, "threshold": norm}).rename_axis("discipline").reset_index()
    known = checked[["own", "threshold"]].notna().all(axis=1)
    checked["meets"] = (checked["own"] >= checked["threshold"]).astype("boolean").where(known)
    others = checked[checked["discipline"] != lead].reset_index(drop=True)
    basis = "market" if threshold is None else "given"
    tied = leaders if len(leaders) > 1 else ()
    return ValueDisciplines(means, lead, tied, others, basis)


def value_chain(frame: pd.DataFrame) -> ValueChain:
    """Where an activity adds more customer value than it costs, after Porter (1985).

    ``difference = value_rank − cost_rank``; the highest value and the highest cost get the highest rank, ties
    share the average. Positive: the activity stands higher in customer value than in cost. An activity
    without a customer value is named, keeps its cost in the sum, and gets no rank.

    Args:
        frame: ``activity, cost_share`` (share of all costs), ``customer_value`` (score 1-5).

    Raises:
        ValueError: an unknown or repeated activity, a negative cost share, or shares that do not sum to 1.
    """
    frame = frame.reset_index(drop=True)
    _check_keys(frame["activity"], PRIMARY_ACTIVITIES + SUPPORT_ACTIVITIES, "activity")
    value, cost = _scores(frame, "customer_value"), frame["cost_share"].astype(float)
    total = float(cost.sum())
    if (cost < 0).any() or not math.isclose(total, 1, abs_tol=0.01 + 1e-9):
        raise ValueError(f"cost_share must be shares that add up to 1 (± 0.01), got a sum of {total:g}")
    both = value.notna() & cost.notna()
    result = frame.assign(
        kind=np.where(frame["activity"].isin(PRIMARY_ACTIVITIES), "primary", "support"),
        value_rank=value.where(both).rank(),
        cost_rank=cost.where(both).round(NOISE).rank(),
    )
    result["difference"] = result["value_rank"] - result["cost_rank"]
    ordered = result.sort_values("difference", ascending=False, kind="stable")
    over = tuple(ordered["activity"][ordered["difference"] > 0])
    under = tuple(ordered["activity"][ordered["difference"] < 0][::-1])
    return ValueChain(result, over, under, tuple(frame["activity"][~both]))


def distinctiveness_gate(
    answers: Mapping[str, str | None], confidence: Mapping[str, int | None]
) -> DistinctivenessGate:
    """Strategy before customer relations (Payne and Frow 2005): three tests, each answered with a sentence.

    Args:
        answers: Test of ``DISTINCTIVENESS_TESTS`` to the sentence that answers it; an empty sentence and an
            absent test count as missing. Answers to other questions are left alone.
        confidence: Test to confidence (score 1-5); up to ``WEAK_CONFIDENCE`` is weak, unknown is not.
    """
    missing = tuple(test for test in DISTINCTIVENESS_TESTS if not (answers.get(test) or "").strip())
    answered = [test for test in DISTINCTIVENESS_TESTS if test not in missing]
    weak = tuple(test for test in answered if (confidence.get(test) or math.inf) <= WEAK_CONFIDENCE)
    light = pd.Series("green", index=list(DISTINCTIVENESS_TESTS), name="light")
    light[list(missing)], light[list(weak)] = "red", "amber"
    return DistinctivenessGate(light, missing, weak)


def goal_cascade(answers: Mapping[str, str | None], objectives: pd.DataFrame | None) -> GoalCascade:
    """Whether the line from vision to measurable objectives is complete.

    A goal is a direction, an objective is a number with a date (Buttle 2009); so an objective needs a KPI, a
    target, its unit and a date.

    Args:
        answers: Level of ``CASCADE`` to its answer; empty and absent count as missing. Others are left alone.
        objectives: ``kpi, target, unit, due``, one row per objective; None without a table.
    """
    missing = tuple(level for level in CASCADE if not (answers.get(level) or "").strip())
    needed = ["kpi", "target", "unit", "due"]
    empty = pd.DataFrame(columns=needed) if objectives is None else objectives[needed].replace("", None)
    gaps = tuple(tuple(name for name in needed if pd.isna(row[name])) for _, row in empty.iterrows())
    return GoalCascade(missing, gaps, sum(not gap for gap in gaps))


def _scores(frame: pd.DataFrame, column: str = "score") -> pd.Series:
    scores = frame[column].astype(float)
    if wrong := scores[(scores < 1) | (scores > 5)].tolist():
        raise ValueError(f"{column} must run from 1 to 5, got {wrong}")
    return scores


def _check_known(keys: pd.Series, known: tuple[str, ...], what: str) -> None:
    if unknown := sorted(set(keys) - set(known)):
        raise ValueError(f"unknown {what} {', '.join(map(str, unknown))}; use {', '.join(known)}")


def _check_keys(keys: pd.Series, known: tuple[str, ...], what: str) -> None:
    _check_known(keys, known, what)
    if twice := list(keys[keys.duplicated()]):
        raise ValueError(f"{what} {', '.join(twice)} stands twice; keep one row each")


def _party_table(frame: pd.DataFrame, column: str, order: list[str]) -> pd.DataFrame:
    if OWN_PARTY not in set(frame["party"]):
        raise ValueError(f"no scores for party {OWN_PARTY!r}; add our own scores beside the competitors'")
    means = _scores(frame).groupby([frame["party"], frame[column]], sort=False).mean().unstack()
    rivals = [party for party in frame["party"].unique() if party != OWN_PARTY]
    return means.reindex(index=[OWN_PARTY, *rivals], columns=order)


def _rival_gaps(own: pd.Series, rivals: pd.DataFrame, weights: pd.Series) -> pd.DataFrame:
    table = rivals.reset_index(names="party").melt("party", var_name="factor", value_name="score")
    table["weight"], table["us"] = (table["factor"].map(column).astype(float) for column in (weights, own))
    table["gap"] = table["us"] - table["score"].astype(float)
    table["weighted_gap"] = table["weight"] * table["gap"]
    return table[["party", "factor", "weight", "us", "score", "gap", "weighted_gap"]]


def _best_rival(own: pd.Series, rivals: pd.DataFrame, weights: pd.Series) -> pd.DataFrame:
    best, gap = rivals.max(), (own - rivals.max()).round(NOISE)
    holders = pd.Series([tuple(rivals.index[rivals[name] == best[name]]) for name in weights.index], dtype=object)
    standing = np.select([gap > 0, gap < 0, gap == 0], ["ahead", "behind", "level"], default="none")
    columns = {"weight": weights, "us": own, "best": best, "gap": gap, "weighted_gap": weights * gap}
    table = pd.DataFrame(columns, index=weights.index).rename_axis("factor").reset_index()
    return table.assign(best_parties=holders, standing=standing)
