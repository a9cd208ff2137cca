"""Rules of the customer relationship matrix: W15, W16, W21, and W25 for candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmworkbook.findings import Finding, Names
from crmworkbook.findings.support import straight_lining

if TYPE_CHECKING:
    from crmworkbook.models.relationship_matrix import RelationshipMatrix
    from crmworkbook.models.relationship_portfolio import Portfolio
    from crmworkbook.models.wallet import SegmentWallets

TOLERANCE = 0.005  # two amounts of the same thing may differ by rounding, not by more
TIE = 0.10  # a median on which more customers lie than this does not divide them in halves
FEWEST = 5  # customers in a quadrant that still carry a policy of their own


def impossible_wallets(values: pd.DataFrame, names: Names) -> list[Finding]:
    """W15: customers who spend more with us than in all; one finding a segment.

    Args:
        values: Outcome of ``customer_values``.
        names: Segment to label.
    """
    found = []
    known = values.dropna(subset=["segment", "revenue", "wallet"])
    for segment, rows in known.groupby("segment", sort=False):
        revenue, wallet = float(rows["revenue"].sum()), float(rows["wallet"].sum())
        over = int((rows["revenue"] > rows["wallet"] * (1 + TOLERANCE)).sum())
        subject: dict[str, object] = {"segment": names[str(segment)]}
        if wallet > 0 and revenue > wallet * (1 + TOLERANCE):
            found.append(Finding("W15", "share_above_all", subject | {"share": revenue / wallet}))
        elif over:
            found.append(Finding("W15", "wallet_below_revenue", subject | {"customers": over}))
    return found


def shrinking_segments(wallets: SegmentWallets, names: Names) -> list[Finding]:
    """W15: a target share below today's share, so that the potential value is below the current one.

    Args:
        wallets: Outcome of ``segment_wallets``.
        names: Segment to label.
    """
    frame = wallets.frame
    below = frame[frame["target_share"] < frame["share"] * (1 - TOLERANCE)]
    return [
        Finding(
            "W15",
            "potential_below_current",
            {"segment": names[str(segment)], "potential": row["level"], "current": row["current"]},
        )
        for segment, row in below.iterrows()
    ]


def impossible_offerings(shares: pd.DataFrame, names: Names) -> list[Finding]:
    """W15: revenue above the spend that was given for an offering.

    Args:
        shares: Outcome of ``offering_shares``.
        names: Offering to label.
    """
    over = shares[shares["below"] > 0]
    return [
        Finding("W15", "offering_above_wallet", {"offering": names[row["offering"]], "segments": row["below"]})
        for _, row in over.iterrows()
    ]


def tied_medians(matrix: RelationshipMatrix) -> dict[str, float]:
    """The axes whose median does not divide the customers, since many lie exactly on it, each with that median."""
    limits, frame = matrix.thresholds, matrix.frame
    if limits.method != "median":
        return {}
    at = {"current": limits.current, matrix.axis: limits.potential}
    return {axis: limit for axis, limit in at.items() if (frame[axis] == limit).sum() > max(1, TIE * len(frame))}


def threshold_faults(matrix: RelationshipMatrix, quadrants: Names, axes: Names) -> list[Finding]:
    """W16: a median on which many customers lie, and quadrants too small for a policy of their own.

    Args:
        matrix: As the model gives it.
        quadrants: Quadrant to name.
        axes: ``current`` and the matrix's own axis to name.
    """
    if tied := tied_medians(matrix):
        values = ({"axis": axes[axis], "threshold": limit} for axis, limit in tied.items())
        return [Finding("W16", "median_tie", found) for found in values]
    customers = len(matrix.frame)
    if customers < 4 * FEWEST:
        return [Finding("W16", "few_customers", {"customers": customers})]
    return [
        Finding("W16", "small_quadrant", {"quadrant": quadrants[name], "customers": count})
        for name, count in matrix.counts.items()
        if count < FEWEST
    ]


def exempted(matrix: RelationshipMatrix, protected: pd.DataFrame) -> pd.DataFrame:
    """The rows of *protected* whose customer is to be phased out.

    Args:
        matrix: As the model gives it.
        protected: Columns customer, reason.
    """
    leaving = matrix.frame.loc[matrix.frame["quadrant"] == "phase_out", "customer"]
    return protected[protected["customer"].isin(leaving)]


def protected_customers(matrix: RelationshipMatrix, protected: pd.DataFrame, reasons: Names) -> list[Finding]:
    """W21: phasing out touches customers with a special role.

    Args:
        matrix: As the model gives it.
        protected: Columns customer, reason.
        reasons: Reason to words.
    """
    touched = exempted(matrix, protected)
    if touched.empty:
        return []
    named = [reasons[reason] for reason in reasons if reason in set(touched["reason"])]
    return [Finding("W21", "protected_customers", {"customers": len(touched), "reasons": named})]


def protected_accounts(placed: Portfolio, reasons: Names) -> list[Finding]:
    """W21: a well-known account to phase out, or worth little to both sides, has a special role.

    Args:
        placed: As the model gives it.
        reasons: Reason to words.
    """
    frame = placed.frame
    leaving = (frame["place"] == "phase_out") | (frame["kind"] == "dog")
    touched = frame[leaving & frame["role"].notna()] if "role" in frame else frame.iloc[:0]
    if touched.empty:
        return []
    named = [reasons[reason] for reason in reasons if reason in set(touched["role"])]
    return [Finding("W21", "protected_accounts", {"accounts": touched["account"].tolist(), "reasons": named})]


def flat_scores(scores: pd.DataFrame, name: str) -> list[Finding]:
    """W25: every candidate has the same score on everything.

    Args:
        scores: Column score.
        name: What the scores are about.
    """
    return straight_lining(scores["score"], name)
