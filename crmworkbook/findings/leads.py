"""Leads: the rules, and which words the pipeline, the score bands and the channels call for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from crmworkbook import text
from crmworkbook.findings import Finding
from crmworkbook.findings.contacts import Claim, inside
from crmworkbook.models import leads
from crmworkbook.models.frames import records
from crmworkbook.models.segment_base import complete, segment_base
from crmworkbook.text import Language

LEVEL = 0.02  # shares of spend and of customers closer than this are level


def open_deals(
    pipeline: pd.DataFrame, tables: Mapping[str, pd.DataFrame], terms: tuple[float, float] | None
) -> tuple[leads.Pipeline, str]:
    """The weighted pipeline, and at what its deals were valued.

    Args:
        pipeline: The client's table.
        tables: The client's tables; segments and segment_costs give the value of a new customer.
        terms: Discount rate and growth per period to value deals as new customers; None for their own amounts.

    Returns:
        The pipeline, and ``deal``, ``lifetime``, or ``no_lifetime`` when that was asked and cannot be calculated.
    """
    if terms is None:
        return leads.weighted_pipeline(pipeline), "deal"
    values = pd.Series(dtype=float)
    if {"segments", "segment_costs"} <= set(tables):
        base = complete(segment_base(tables["segments"], tables["segment_costs"], tables.get("cube")))
        values = leads.new_customer_values(base, *terms)
    if values.empty:
        return leads.weighted_pipeline(pipeline), "no_lifetime"
    return leads.weighted_pipeline(leads.at_lifetime_value(pipeline, values)), "lifetime"


def funnel_reading(deals: leads.Pipeline) -> Claim:
    """Which stage carries most of the expected value, and the values that the words name."""
    stages = deals.stages
    top = stages.iloc[int(stages["expected"].to_numpy().argmax())]
    case = "empty" if not deals.expected > 0 else "one" if len(stages) == 1 else "stages"
    share = top["expected"] / deals.expected if deals.expected > 0 else 0.0
    values = {"expected": deals.expected, "spread": deals.spread, "amount": deals.amount, "deals": deals.deals}
    return case, values | {"won": deals.expected_deals, "stage": inside(str(top["stage"])), "share": share}


def usable_bands(bands: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """The score bands that can be judged; W28 names those with more won than closed."""
    wrong = bands["won"] > bands["closed"]
    found = [Finding("W28", "won_above_closed", {"bands": list(bands.loc[wrong, "band"])})] if wrong.any() else []
    return bands[~wrong].reset_index(drop=True), found


def calibration_reading(bands: pd.DataFrame) -> Claim:
    """Whether the chances that people count with fit what happened; *bands* as `leads.calibrated` gives them."""
    off = bands[bands["off"]]
    high = off[off["assumed"] > off["high"]]
    none_assumed = bool(bands["assumed"].isna().all())
    case = "unknown" if none_assumed else "none" if off.empty else "high" if len(high) == len(off) else "off"
    unclosed = list(bands.loc[bands["closed"] == 0, "band"])
    closed = float(bands["closed"].sum())
    return case, {"bands": list(off["band"]), "closed": closed, "unclosed": unclosed}


def calibration_rows(bands: pd.DataFrame, language: Language) -> pd.DataFrame:
    """The bands with their range in words."""
    ranges = [
        f"{text.percent(row['low'], language, 0)} – {text.percent(row['high'], language, 0)}"
        if row["closed"] > 0
        else None
        for row in records(bands)
    ]
    return bands.assign(range=pd.Series(ranges, dtype=object), chance=bands["chance"].where(bands["closed"] > 0))


def follow_up_reading(bands: pd.DataFrame) -> Claim:
    """Which bands not to follow up, and where an hour yields most; *bands* as `leads.follow_up` gives them."""
    skip = list(bands.loc[[worth is False for worth in bands["worth"]], "band"])
    values: dict[str, Any] = {"skip": skip, "best": "", "per_hour": 0.0, "hours": 0.0, "share": 0.0}
    ranked = bands.dropna(subset=["rank"]).sort_values("rank", kind="stable")
    if ranked.empty:
        return ("skip" if skip else "open"), values
    best = ranked.iloc[0]
    values |= {"best": best["band"], "per_hour": best["per_hour"]}
    if pd.isna(best["hours_share"]) or pd.isna(best["value_share"]) or len(bands) == 1:
        return ("skip" if skip else "best"), values
    values |= {"hours": best["hours_share"], "share": best["value_share"]}
    return ("skip_shares" if skip else "shares"), values


def second_opinion(deals: leads.Pipeline | None, bands: pd.DataFrame) -> Claim | None:
    """The same open deals at the calibrated chances; None unless both tables hold as many deals."""
    total = bands["total"].sum(skipna=False)
    if deals is None or deals.deals != bands["open"].sum() or pd.isna(total):
        return None
    gap = total - deals.expected
    close = abs(gap) <= deals.spread / 2
    values = {"deals": deals.deals, "by_band": total, "by_stage": deals.expected, "gap": abs(gap)}
    return ("close" if close else "lower" if gap < 0 else "higher"), values


def means_reading(means: pd.DataFrame, names: Mapping[str, str]) -> Claim:
    """Where acquisition spend and customers won differ most; *means* as `leads.channel_means` gives them."""
    known = means.dropna(subset=["gap"])
    if known.empty:
        return "open", {}
    row = known.iloc[int(known["gap"].abs().to_numpy().argmax())]
    channel, spend, won = names[row["channel"]], row["spend_share"], row["won_share"]
    case = "one" if len(known) == 1 else "level" if abs(row["gap"]) < LEVEL else "apart"
    return case, {"channel": channel, "spend": spend, "won": won}


def impossible_funnel(funnel: pd.DataFrame, names: Mapping[str, str]) -> list[Finding]:
    """W28: a channel that won more customers than it had leads."""
    wrong = funnel[(funnel["won"] > funnel["leads"]) & (funnel["channel"] != "total")]
    channels = [names[channel] for channel in wrong["channel"]]
    return [Finding("W28", "won_above_leads", {"channels": channels})] if channels else []
