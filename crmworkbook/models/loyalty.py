"""Loyalty, engagement and expectation: five elements, who leaves though satisfied, and what falls short."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.working import Quantity, Working

BEHAVIOURS = ("loyal", "satisfied_leaving", "captive", "at_risk")
# from what customers feel and do to what we do about it (van Leeuwen 2015)
ELEMENTS = ("satisfaction", "retention", "bond", "bonding", "programmes")


@dataclass(frozen=True)
class SatisfiedButLeaving:
    """Satisfaction beside retention.

    Attributes:
        frame: ``segment, satisfaction`` (1 to 10), ``retention`` (share), ``kind``: ``loyal`` (both high),
            ``satisfied_leaving``, ``captive`` (stays though less satisfied) or ``at_risk`` (both low).
        satisfaction, retention: The means that divide high from low, weighted by customers.
    """

    frame: pd.DataFrame
    satisfaction: float
    retention: float

    def those(self, kind: str) -> list[str]:
        """The segments of one kind."""
        return list(self.frame.loc[self.frame["kind"] == kind, "segment"])


def satisfied_but_leaving(segments: pd.DataFrame) -> SatisfiedButLeaving | None:
    """Which segments leave though they are satisfied, so that satisfaction alone does not bind them.

    High is at least the mean of all segments, weighted by the customers at the start of the period; retention is
    ``(start − lost) / start``. Satisfaction is an attitude and retention behaviour: each can go without the other
    (Reinartz and Kumar 2002).

    Args:
        segments: ``segment, customers_start, customers_lost, satisfaction``; rows that lack one are left out.

    Returns:
        None with fewer than two segments, which cannot be held against each other.
    """
    known = segments.dropna(subset=["customers_start", "customers_lost", "satisfaction"])
    known = known[known["customers_start"] > 0]
    if len(known) < 2:
        return None
    start = known["customers_start"].astype(float)
    kept = start - known["customers_lost"]
    satisfaction = float((known["satisfaction"] * start).sum() / start.sum())
    retention = float(kept.sum() / start.sum())
    frame = known[["segment", "satisfaction"]].assign(retention=kept / start).reset_index(drop=True)
    happy, staying = frame["satisfaction"] >= satisfaction - 1e-9, frame["retention"] >= retention - 1e-9
    kinds = dict(zip([(1, 1), (1, 0), (0, 1), (0, 0)], BEHAVIOURS, strict=True))
    frame["kind"] = [kinds[int(a), int(b)] for a, b in zip(happy, staying, strict=True)]
    return SatisfiedButLeaving(frame, satisfaction, retention)


def loyalty_profile(elements: pd.DataFrame) -> pd.DataFrame:
    """The five elements in order, also those that nobody filled in, with the lowest marked.

    Args:
        elements: ``element`` (of `ELEMENTS`), ``score`` (1 to 5, may be empty), ``kpi, value, unit``.

    Returns:
        The same columns and ``lowest``; never where all scores are equal.
    """
    frame = elements.set_index("element").reindex(list(ELEMENTS)).reset_index()
    scores = frame["score"].astype(float)
    return frame.assign(lowest=(scores == scores.min()) & (scores < scores.max()))


def expectation_gaps(aspects: pd.DataFrame) -> pd.DataFrame:
    """What customers get less what they expect (Parasuraman, Zeithaml and Berry 1985), largest shortfall first.

    Args:
        aspects: ``aspect, expected, perceived`` (1 to 10); rows that lack one are left out.

    Returns:
        The same with ``gap``; negative is a shortfall.
    """
    frame = aspects.dropna(subset=["expected", "perceived"])
    return frame.assign(gap=frame["perceived"] - frame["expected"]).sort_values("gap", kind="stable", ignore_index=True)


def engagement_index(statements: float, usage: pd.DataFrame) -> Working | None:
    """How involved customers are, 0 to 100: half what they say, half what they do.

    ``50 × (mean − 1) / 4 + 50 × taking part``. Engagement goes beyond buying (van Doorn et al. 2010; Brodie et al.
    2011); the halves are our choice, so the index serves to follow one firm over time and not to compare firms.

    Args:
        statements: Mean score of the statements, 1 to 5.
        usage: ``active, customers`` per activity: how many take part, of how many who could; an activity with more
            participants than customers is left out.

    Returns:
        None without an activity that can be.
    """
    possible = usage[(usage["customers"] > 0) & (usage["active"] <= usage["customers"])]
    if possible.empty:
        return None
    share = float((possible["active"] / possible["customers"]).mean())
    values = {"mean": Quantity(statements, "score"), "use": Quantity(share, "share")}
    formula = "50 × (mean − 1) / 4 + 50 × use"
    return Working.compute("loyalty.engagement", formula, values, "score", "own")
