"""Rules of the goals: incomplete, too many, clashing, not adding up, out of date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from crmworkbook.findings import Finding
from crmworkbook.findings.goal_sheet import MOST_PRIORITIES, GoalSheet
from crmworkbook.findings.units import MOMENTS, in_units
from crmworkbook.models.frames import records
from crmworkbook.models.goals import GOALS, Conflicts, IdentityCheck
from crmworkbook.text import label

_SINGLY = 3  # up to here each goal gets its own warning
_NEEDED = {"kpi", "baseline", "baseline_on", "target", "owner"}


def percent_typed(sheet: GoalSheet) -> list[Finding]:
    """W06: a share that was typed as a percentage, such as 84 for 0.84; nothing can be calculated with it."""
    found = []
    for row in records(sheet.goals[sheet.goals["unit"] == "share"]):
        typed = [row[name] for name in (*MOMENTS, "low", "high") if abs(row[name]) > 1.5]
        if typed:
            values = {"field": sheet.names[row["goal"]], "value": typed[0], "suggestion": typed[0] / 100}
            found.append(Finding("W06", "percent_as_number", values))
    return found


def incomplete(sheet: GoalSheet) -> list[Finding]:
    """W01: a chosen goal without KPI, baseline, date, target or owner; more than three in one warning."""
    found = []
    for row in records(sheet.lint):
        fields = [label(f"goal_field.{name}", sheet.language) for name in row["missing"] if name in _NEEDED]
        if fields:
            found.append(Finding("W01", "missing_fields", {"goal": sheet.names[row["goal"]], "fields": fields}))
    if len(found) > _SINGLY:
        goals = [finding.values["goal"] for finding in found]
        return [Finding("W01", "many_incomplete", {"goals": goals, "count": len(goals)})]
    return found


def too_many(sheet: GoalSheet) -> list[Finding]:
    """W02: more than five goals that come first."""
    names = [sheet.names[goal] for goal in sheet.priorities]
    values = {"count": len(names), "limit": MOST_PRIORITIES, "goals": names}
    return [Finding("W02", "too_many", values)] if len(names) > MOST_PRIORITIES else []


def clashing(clashes: Conflicts, names: Mapping[str, str]) -> list[Finding]:
    """W02: two goals that work against each other, both to be improved, and neither comes first."""
    return [
        Finding("W02", "clash", {"first": names[row["first"]], "second": names[row["second"]]})
        for row in records(clashes.undecided)
    ]


def broken_identities(check: IdentityCheck) -> list[Finding]:
    """W03: targets that contradict each other, such as new customers that the leads do not give."""
    found = []
    for row, working in zip(records(check.rows), check.workings, strict=True):
        if row["holds"]:
            continue
        values: dict[str, object] = {symbol: quantity.value for symbol, quantity in working.values.items()}
        values |= {"conversion": values.get("lead_quality"), "cac": values.get("marketing_cost")}
        values |= {"new": values.get("new_customers"), "months": row["months"], "expected": row["implied"]}
        values |= {"target": row["stated"], "difference": abs(row["difference"])}
        case = {"acquisition": "spend"}.get(row["identity"], row["identity"])
        found.append(Finding("W03", case, values))
    return found


def baselines_differ(gaps: pd.DataFrame, sheet: GoalSheet) -> list[Finding]:
    """W03: a baseline that is not what the client's other tables say.

    Args:
        gaps: As `crmworkbook.models.goal_baselines.baseline_gaps` gives it.
        sheet: The goals in words.
    """
    found = []
    units = dict(zip(sheet.goals["goal"], sheet.goals["unit"], strict=True))
    for row in records(gaps):
        goal = row["goal"]
        now, counted = in_units([row["baseline"], row["measured"]], units[goal], sheet.language, sheet.currency)
        values = {
            "goal": sheet.names[goal],
            "baseline": now,
            "measured": counted,
            "difference": abs(row["difference"]),
        }
        found.append(Finding("W03", "baseline_differs", values))
    return found


def wrong_way(sheet: GoalSheet) -> list[Finding]:
    """W03: a goal whose last target is not as good as its baseline."""
    found = []
    for row in records(sheet.goals):
        last = "target_12" if pd.isna(row["target_36"]) else "target_36"
        direction = GOALS[row["goal"]][1] if row["goal"] in GOALS else 0
        if (row[last] - row["baseline"]) * direction < 0:
            now, target = sheet.spoken(row, "baseline", last)
            values = {"goal": sheet.names[row["goal"]], "baseline": now, "target": target}
            found.append(Finding("W03", "wrong_way", values))
    return found


def old_baselines(sheet: GoalSheet) -> list[Finding]:
    """W24: a baseline older than twelve months at the base date; more than one in one warning."""
    stale = sheet.goals[sheet.lint["stale"].to_numpy(dtype=bool)]
    names = [sheet.names[goal] for goal in stale["goal"]]
    if len(names) == 1:
        values = {"goal": names[0], "baseline_on": stale["baseline_on"].iloc[0], "as_of": sheet.as_of}
        return [Finding("W24", "old_baseline", values)]
    values = {"goals": names, "count": len(names), "as_of": sheet.as_of}
    return [Finding("W24", "old_baselines", values)] if names else []


def review(review_on: date | None, as_of: date) -> list[Finding]:
    """W24: no date for looking back, or one that has passed."""
    if review_on is None:
        return [Finding("W24", "no_review")]
    past = review_on <= as_of
    return [Finding("W24", "review_past", {"review_on": review_on, "as_of": as_of})] if past else []
