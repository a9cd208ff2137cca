"""Rules of the lifetime value: W05 (contribution) to W11."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from crmworkbook.findings import Finding
from crmworkbook.models.cohorts import first_years, growing_cohorts
from crmworkbook.models.rates import rate_per_period, smoothed_retention
from crmworkbook.models.segment_value import segment_faults

if TYPE_CHECKING:
    from crmworkbook.transactions import DataQuality

TOLERANCE = 0.005  # two totals of the same thing may differ by rounding, not by more
YOUNG_GAP = 0.05  # new customers leave noticeably faster from this gap in retention
LAST_ORDER = 31  # days without any order before the base date; more than these, and the last year is not whole
MONTHLY = 0.02  # a discount rate below this, above 0, is more often per month than per year


def contribution_gap(base: pd.DataFrame, names: Mapping[str, str]) -> list[Finding]:
    """W05: the contribution given differs from revenue × margin over the cube.

    Args:
        base: Outcome of ``segment_base``.
        names: Segment to label.
    """
    found = []
    for _, row in base.dropna(subset=["contribution_given", "contribution_cube"]).iterrows():
        cells, total = float(row["contribution_cube"]), float(row["contribution_given"])
        difference = abs(cells - total)
        if difference > TOLERANCE * max(abs(total), 1.0):
            share = difference / abs(total) if total else 1.0
            values = {"cells": cells, "total": total, "difference": difference, "share": share}
            found.append(Finding("W05", "contribution", values | {"segment": names[row["segment"]]}))
    return found


def not_complete(base: pd.DataFrame, valued: pd.DataFrame, names: Mapping[str, str]) -> list[Finding]:
    """W08: segments without counts, contribution or costs; E when none is left.

    Args:
        base: Outcome of ``segment_base``.
        valued: Its complete rows.
        names: Segment to label.
    """
    absent = [names[segment] for segment in base["segment"] if segment not in set(valued["segment"])]
    if not absent:
        return []
    return [Finding("W08", "incomplete" if len(valued) else "nothing_complete", {"segments": absent})]


def assumed(base: pd.DataFrame) -> list[str]:
    """Ids of the assumptions that filled something in for some segment of `segment_base`."""
    columns = {"new_customers": "assumed_new", "serving": "assumed_serving"}
    return [name for name, column in columns.items() if base[column].any()]


def lost_nobody(base: pd.DataFrame) -> list[str]:
    """Segments whose retention is 1: nobody left in the period."""
    return [str(key) for key in base.loc[(base["customers_lost"] == 0) & (base["customers_start"] > 0), "segment"]]


def impossible_values(
    base: pd.DataFrame,
    discount_rate: float,
    growth: float,
    smooth: Collection[str],
    names: Mapping[str, str],
    periods_per_year: int = 1,
) -> list[Finding]:
    """W06: counts or rates that give no lifetime value; a note where a retention of 1 was smoothed.

    Args:
        base: Complete rows of ``segment_base``.
        discount_rate: Yearly, share.
        growth: Growth of the contribution per year, share.
        smooth: Segments whose retention is (kept + 1) / (start + 2).
        names: Segment to label.
        periods_per_year: 1, or 12 when the counts are per month.
    """
    found = []
    now, grown = rate_per_period(discount_rate, periods_per_year), rate_per_period(growth, periods_per_year)
    faults = segment_faults(base, now, grown, smooth)
    for _, row in base.iterrows():
        start, lost, new = (float(row[f"customers_{name}"]) for name in ("start", "lost", "new"))
        segment: dict[str, object] = {"segment": names[row["segment"]]}
        case = faults[row["segment"]].case if row["segment"] in faults else ""
        if case == "impossible_counts":
            found.append(Finding("W06", case, segment | {"start": start, "lost": lost, "new": new}))
            continue
        retention = 1 - lost / start
        if lost == 0:
            values = {"retention": retention, "customers": start, "suggestion": smoothed_retention(start, start)}
            found.append(Finding("W06", case if case == "retention_too_high" else "smoothed", segment | values))
            retention = values["suggestion"]
        if case == "value_infinite":
            values = {"retention": retention, "growth": growth, "discount_rate": discount_rate}
            found.append(Finding("W06", case, segment | values))
    return found


def monthly_rate(discount_rate: float) -> list[Finding]:
    """W07: a discount rate, asked for per year whatever the period of the tables, that looks like one per month."""
    if not 0 < discount_rate < MONTHLY:
        return []
    return [Finding("W07", "monthly_rate", {"rate": discount_rate, "yearly": (1 + discount_rate) ** 12 - 1})]


def wrong_costs(base: pd.DataFrame, names: Mapping[str, str]) -> list[Finding]:
    """W08: revenue entered as contribution, or one amount under winning and under keeping.

    Args:
        base: Outcome of ``segment_base``.
        names: Segment to label.
    """
    found = []
    for _, row in base.iterrows():
        segment: dict[str, object] = {"segment": names[row["segment"]]}
        contribution = float(row["contribution"])
        if contribution > 0 and abs(contribution - row["revenue"]) <= TOLERANCE * contribution:
            found.append(Finding("W08", "revenue_as_margin", segment | {"contribution": contribution}))
        if row["acquisition"] > 0 and row["acquisition"] in (row["development"], row["cost_to_serve"]):
            found.append(Finding("W08", "double_cost", segment | {"cost": float(row["acquisition"])}))
    return found


def losing_segments(costs: pd.DataFrame, names: Mapping[str, str]) -> list[Finding]:
    """W09: a segment whose customers bring less than serving and developing them costs.

    Args:
        costs: Outcome of ``cost_table``.
        names: Segment to label.
    """
    found = []
    for _, row in costs[costs["segment"] != "all"].iterrows():
        contribution, kept = row["contribution"] / row["customers"], row["keep_cost"]
        if contribution < kept:
            values = {"contribution": contribution, "cost_to_serve": kept, "net": contribution - kept}
            found.append(Finding("W09", "negative_net", values | {"segment": names[row["segment"]]}))
    return found


def acquisition_limits(values: pd.DataFrame, required_return: float, names: Mapping[str, str]) -> list[Finding]:
    """W10: winning a customer costs more than it brings, or than may be spent; one finding a segment.

    Args:
        values: ``SegmentValue.frame``.
        required_return: Part of the value that acquisition must leave.
        names: Segment to label.
    """
    found = []
    for key, row in values[values["cac"] > 0].iterrows():
        segment = {"segment": names[str(key)], "cac": row["cac"]}
        reached = {"retention": row["retention"], "break_even": row["break_even_retention"]}
        if row["value_new"] < row["cac"]:
            case = "acquisition_above_value" if row["break_even_retention"] < 1 else "never_pays_back"
            found.append(Finding("W10", case, segment | reached | {"value": row["value_new"]}))
        elif required_return and row["cac"] > row["allowable_acquisition_cost"]:
            ceiling = {"ceiling": row["allowable_acquisition_cost"], "required_return": required_return}
            found.append(Finding("W10", "above_ceiling", segment | ceiling))
        elif row["payback"] > row["half_life"]:
            years = {"payback": row["payback"], "half_life": row["half_life"]}
            found.append(Finding("W10", "payback_beyond_half_life", segment | years))
    return found


def first_year(new_retention: float, base_retention: float) -> list[Finding]:
    """W11: customers in their first year leave faster than the whole base.

    Args:
        new_retention: First-year retention from the cohorts, share.
        base_retention: Retention of all customers, share per year, also where the tables are per month.
    """
    gap = base_retention - new_retention
    if not gap > YOUNG_GAP:
        return []
    values = {"new_retention": new_retention, "base_retention": base_retention, "points": 100 * gap}
    return [Finding("W11", "first_year_retention", values)]


def cohort_faults(cohorts: pd.DataFrame) -> list[Finding]:
    """W11: cohorts that cannot be followed: they grow, or no two successive years stand in the table.

    Args:
        cohorts: Columns cohort, year_end, active.
    """
    if growing := growing_cohorts(cohorts):
        return [Finding("W11", "growing_cohort", {"cohorts": [str(cohort) for cohort in growing]})]
    return [] if first_years(cohorts) else [Finding("W11", "no_two_years", {})]


def response_faults(spend_response: pd.DataFrame, sides: Mapping[str, str]) -> list[Finding]:
    """W08: a response to spending through which no curve runs.

    Args:
        spend_response: Columns side, ceiling, spend, rate.
        sides: Side to label.
    """
    absent = [label for side, label in sides.items() if side not in set(spend_response["side"])]
    found = [Finding("W08", "response_side_missing", {"sides": absent})] if absent else []
    for _, row in spend_response.iterrows():
        if not (0 < row["rate"] < row["ceiling"] and row["spend"] > 0):
            values = {"side": sides[row["side"]], "rate": row["rate"], "ceiling": row["ceiling"]}
            found.append(Finding("W08", "no_response_curve", values | {"spend": row["spend"]}))
    return found


def activity_faults(before: int, again: int, last: int, name: str) -> list[Finding]:
    """W06: orders from which no yearly retention follows.

    Args:
        before: Customers who ordered in the year before last.
        again: Those of them who ordered in the last year.
        last: Customers who ordered in the last year.
        name: What the customers are called.
    """
    if before <= 0 or last <= 0:
        return [Finding("W06", "one_year_of_orders", {})]
    if again < before:
        return []
    suggestion = smoothed_retention(again, before)
    values = {"segment": name, "retention": 1.0, "customers": before, "suggestion": suggestion}
    return [Finding("W06", "retention_too_high", values)]


def half_covered(quality: DataQuality, as_of: date) -> list[Finding]:
    """W06: the orders cover only part of one of the two years between which customers are followed.

    Args:
        quality: Of the orders.
        as_of: Last day of the last year.
    """
    found = []
    end = pd.Timestamp(as_of)
    start, until = ((end - pd.DateOffset(years=years)).date() for years in (2, 1))
    if (pd.Timestamp(start) + pd.DateOffset(months=1)).date() < quality.first <= until:  # later is no year at all
        values: dict[str, object] = {"first": quality.first, "start": start + timedelta(days=1), "until": until}
        found.append(Finding("W06", "part_of_year_before", values))
    if (days := (as_of - quality.last).days) > LAST_ORDER:
        found.append(Finding("W06", "orders_stop_early", {"last": quality.last, "as_of": as_of, "days": days}))
    return found
