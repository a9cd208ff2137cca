"""Warning rules of watching and adjusting: dates that passed or were never set, and logs that cannot be right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from crmworkbook.findings import Finding
from crmworkbook.models.control_chart import ControlChart
from crmworkbook.models.drift import Drift
from crmworkbook.models.monitoring import Adoption, SignalResponse, months_between

LONGEST = 12  # months; a review further away, or a KPI measured longer ago, is no watching


def review(review_on: date | None, as_of: date) -> list[Finding]:
    """W24: no first review, one that has passed, or one more than a year away."""
    if review_on is None:
        return [Finding("W24", "no_first_review")]
    values = {"review_on": review_on, "as_of": as_of}
    if review_on <= as_of:
        return [Finding("W24", "review_past", values)]
    return [Finding("W24", "review_far", values)] if months_between(as_of, review_on) > LONGEST else []


def late_kpis(calendar: pd.DataFrame, as_of: date) -> list[Finding]:
    """W24: KPIs whose next date lies on or before the base date.

    Args:
        calendar: Columns name and next_on.
        as_of: Base date.
    """
    known = calendar.dropna(subset=["next_on"])
    late = [name for name, day in zip(known["name"], known["next_on"], strict=True) if day <= as_of]
    return [Finding("W24", "kpi_dates_past", {"kpis": late, "as_of": as_of})] if late else []


def stale_kpis(charts: Mapping[str, ControlChart], names: Mapping[str, str], as_of: date) -> list[Finding]:
    """W24: KPIs that were last measured more than a year before the base date."""
    measured = {kpi: chart.points["date"].iloc[-1] for kpi, chart in charts.items() if len(chart.points)}
    stale = [names.get(kpi, kpi) for kpi, day in measured.items() if months_between(day, as_of) > LONGEST]
    return [Finding("W24", "kpis_stale", {"kpis": stale, "as_of": as_of})] if stale else []


def not_updated(drift: Drift, name: str) -> list[Finding]:
    """W24: every figure is exactly that of the earlier round *name*, as when the tables were not brought up to date."""
    return [Finding("W24", "not_updated", {"round": name})] if drift.is_same else []


def wrong_users(use: Adoption) -> list[Finding]:
    """W28: groups with more active users than users."""
    groups = list(use.frame.loc[use.frame["wrong"], "group"])
    return [Finding("W28", "more_active_than_users", {"groups": groups})] if groups else []


def wrong_dates(response: SignalResponse) -> list[Finding]:
    """W28: signals acted on before they were seen, or seen after the base date."""
    signals = list(response.frame.loc[response.frame["wrong"], "signal"])
    return [Finding("W28", "signal_dates", {"signals": signals, "count": len(signals)})] if signals else []
