"""What the leads per channel and the driver tree say: which case of a text fits, and the values in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from crmworkbook.text import Language, label


def funnel_rows(funnel: pd.DataFrame, channels: Mapping[str, str], language: Language) -> pd.DataFrame:
    """The leads per channel with labels for keys; the last row is all channels together."""
    names = {**channels, "total": label("screen.total", language).capitalize()}
    return funnel.assign(channel=funnel["channel"].map(names))


def funnel_claim(funnel: pd.DataFrame, channels: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Which claim holds of the leads per channel, and the values that it names.

    Args:
        funnel: As `crmworkbook.models.goal_baselines.lead_funnel` gives it.
        channels: Channel to label.
    """
    known = funnel.iloc[:-1].dropna(subset=["cac"]).sort_values("cac", kind="stable")
    total = funnel.iloc[-1]
    if known.empty or pd.isna(total["cac"]):
        return "open", {}
    cheap, dear = known.iloc[0], known.iloc[-1]
    values = {
        "cheap": channels[cheap["channel"]],
        "cheap_cost": cheap["cac"],
        "dear": channels[dear["channel"]],
        "dear_cost": dear["cac"],
        "cost": total["cac"],
    }
    return ("compare" if dear["cac"] > cheap["cac"] else "equal"), values


def effect_claim(effects: pd.Series, names: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Which claim holds of the driver tree, and the values that it names.

    Args:
        effects: As `crmworkbook.models.goals.profit_effects` gives them.
        names: Driver to name.
    """
    if effects.isna().any():
        return "open", {}
    best, worst = str(effects.idxmax()), str(effects.idxmin())
    values = {
        "best": names[best],
        "effect": effects[best],
        "worst": names[worst].lower(),
        "loss": -effects[worst],
    }
    if effects[best] <= 0:
        return "none", values
    return ("against" if effects[worst] < 0 else "all"), values
