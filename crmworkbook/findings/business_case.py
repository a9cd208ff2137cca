"""Rules of the business case: benefits counted twice, at once, as revenue or on weak support; a bare ROI."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmworkbook.findings import Finding
from crmworkbook.findings.support import WEAK
from crmworkbook.models.frames import records

_MOST = 3  # this many of the largest benefits must be supported
_MONEY_WITHOUT_DRIVER = "other"  # may hold several benefits that have nothing to do with each other


def double_benefits(benefits: pd.DataFrame) -> list[Finding]:
    """W19: two benefits through one driver for the same customers; different segments do not overlap.

    Args:
        benefits: ``Lines.benefits``: benefit, driver, segment (empty for all customers).
    """
    found = []
    for driver, rows in benefits.groupby("driver", sort=False):
        given = [segment if isinstance(segment, str) else None for segment in rows["segment"]]
        if driver != _MONEY_WITHOUT_DRIVER and len(rows) > 1 and (None in given or len(set(given)) < len(given)):
            clash = [None in given or given.count(segment) > 1 for segment in given]
            names = [name for name, twice in zip(rows["benefit"], clash, strict=True) if twice]
            found.append(Finding("W19", "double_benefit", {"benefits": names}))
    return found


def full_from_start(benefits: pd.DataFrame) -> list[Finding]:
    """W19: a benefit that is as large in the first year as it ever becomes.

    Args:
        benefits: ``Lines.benefits``: benefit, at_full and quantities from year 0. Over one year only a benefit that
            is given at full counts as such.
    """
    names = []
    for row in records(benefits):
        first, rest = row["quantities"][1], row["quantities"][2:]
        top = float(np.max(rest, initial=0.0)) if rest.size else float(np.nan_to_num(row["at_full"]))
        if first > 0 and top > 0 and first >= top:
            names.append(row["benefit"])
    return [Finding("W19", "full_from_start", {"benefits": names})] if names else []


def no_denominator(claimed_roi: float | None, basis: str | None) -> list[Finding]:
    """W19: somebody calculated a ROI for us without saying over which costs.

    Args:
        claimed_roi: As it was told; 1.5 for 150%.
        basis: ``all_costs`` or ``investment``; anything else is not known.
    """
    bare = claimed_roi is not None and basis not in ("all_costs", "investment")
    return [Finding("W19", "no_denominator", {"roi": claimed_roi})] if bare else []


def revenue_as_benefit(benefits: pd.DataFrame) -> list[Finding]:
    """W08: extra revenue that counts in full, as if it cost nothing to deliver.

    Args:
        benefits: ``Lines.benefits``: benefit, driver, unit_value.
    """
    whole = benefits[(benefits["driver"] == "extra_revenue") & (benefits["unit_value"] >= 1)]
    names = list(whole["benefit"])
    return [Finding("W08", "revenue_as_benefit", {"benefits": names})] if names else []


def weak_benefits(benefits: pd.DataFrame, worth: np.ndarray) -> list[Finding]:
    """W23: one of the three largest benefits has no evidence, or confidence 1 or 2.

    Args:
        benefits: ``Lines.benefits``: benefit, evidence, confidence.
        worth: Present value of each.
    """
    weak = []
    for position in np.argsort(-worth, kind="stable")[:_MOST]:
        row = benefits.iloc[int(position)]
        if worth[position] > 0 and (pd.isna(row["evidence"]) or not row["evidence"] or row["confidence"] <= WEAK):
            weak.append(row["benefit"])
    return [Finding("W23", "weak_support", {"items": weak})] if weak else []
