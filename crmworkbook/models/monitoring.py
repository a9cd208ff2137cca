"""Watching and adjusting: maturity of the five steps, use of the system, speed of response, and goals on course.

The five steps are those of van Leeuwen (2015): four from IDIC (Peppers, Rogers & Dorf 1999), and segmenting.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from crmworkbook.models.frames import records
from crmworkbook.models.goals import GOALS
from crmworkbook.models.working import Quantity, Working

STEPS = ("identify", "differentiate", "segment", "interact", "customise")
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True)
class ProcessRing:
    """The five steps with their maturity.

    Attributes:
        frame: One row per step, in the order of the process: step, maturity, before (1 to 5; NaN where not scored),
            change (maturity − before), weakest (whether no scored step is lower).
        mean: Mean of the scored steps; NaN without any.
    """

    frame: pd.DataFrame
    mean: float

    @property
    def weakest(self) -> list[str]:
        """The steps with the lowest score; none where all score the same."""
        scored = self.frame["maturity"].dropna()
        return [] if scored.nunique() < 2 else list(self.frame.loc[self.frame["weakest"], "step"])

    @property
    def lowest(self) -> float:
        """The lowest score; NaN without any."""
        return float(self.frame["maturity"].min())


def process_ring(steps: pd.DataFrame, before: pd.DataFrame | None = None) -> ProcessRing:
    """Maturity of the five steps, beside that of an earlier round.

    Args:
        steps: Columns step and maturity (1 to 5).
        before: The same of an earlier round; None without one.
    """
    maturity = steps.set_index("step")["maturity"].reindex(list(STEPS)).astype(float)
    frame = maturity.rename_axis("step").reset_index()
    earlier = before.set_index("step")["maturity"].reindex(list(STEPS)) if before is not None else None
    frame["before"] = earlier.astype(float).to_numpy() if earlier is not None else math.nan
    frame["change"] = frame["maturity"] - frame["before"]
    frame["weakest"] = frame["maturity"] == frame["maturity"].min()
    return ProcessRing(frame, float(maturity.mean()))


@dataclass(frozen=True)
class SignalResponse:
    """How fast signals from outside are acted on.

    Attributes:
        frame: The log in order of date, with days (from seen to acted on, or to the base date while still open), open,
            and wrong (acted on before it was seen, or seen after the base date).
        median: Median days to action of those acted on; NaN without any.
        open: How many still wait.
        oldest: Days that the oldest open one waits; NaN without any.
    """

    frame: pd.DataFrame
    median: float
    open: int
    oldest: float

    @property
    def acted(self) -> int:
        """How many were acted on."""
        return int((~self.frame["open"] & ~self.frame["wrong"]).sum())


def signal_response(signals: pd.DataFrame, as_of: date) -> SignalResponse:
    """Days from a signal to the action on it.

    Args:
        signals: Columns seen_on, acted_on (dates; acted_on empty while nothing was done) and others, kept.
        as_of: Base date; what was done after it counts as still open.
    """
    frame = signals.sort_values("seen_on", kind="stable", ignore_index=True)
    seen, acted = pd.to_datetime(frame["seen_on"]), pd.to_datetime(frame["acted_on"])
    today = pd.Timestamp(as_of)
    frame["open"] = acted.isna() | (acted > today)
    frame["wrong"] = (acted < seen) | (seen > today)
    frame["days"] = (acted.where(~frame["open"], today) - seen).dt.days.astype(float).where(~frame["wrong"])
    done = frame.loc[~frame["open"] & ~frame["wrong"], "days"]
    waiting = frame.loc[frame["open"] & ~frame["wrong"], "days"]
    return SignalResponse(
        frame,
        float(done.median()) if len(done) else math.nan,
        len(waiting),
        float(waiting.max()) if len(waiting) else math.nan,
    )


@dataclass(frozen=True)
class Adoption:
    """Who works with the system.

    Attributes:
        frame: group, users, active_users (count), share (active / users; NaN without users or where more are active
            than there are), wrong (more active than users).
        share: Active users as a share of all users, groups that are wrong left out; NaN without users.
        workings: The sum behind it; empty without users.
    """

    frame: pd.DataFrame
    share: float
    workings: tuple[Working, ...]

    @property
    def lowest(self) -> list[str]:
        """The groups in which the smallest part is active; none where all are alike."""
        known = self.frame.dropna(subset=["share"])
        if known["share"].nunique() < 2:
            return []
        return list(known.loc[known["share"] == known["share"].min(), "group"])


def adoption(use: pd.DataFrame) -> Adoption:
    """Adoption: software yields what its users do with it.

    Args:
        use: Columns group, users, active_users (counts).
    """
    frame = use[["group", "users", "active_users"]].reset_index(drop=True)
    frame["wrong"] = frame["active_users"] > frame["users"]
    frame["share"] = (frame["active_users"] / frame["users"].where(frame["users"] > 0)).where(~frame["wrong"])
    right = frame[~frame["wrong"]]
    users, active = float(right["users"].sum()), float(right["active_users"].sum())
    if not users:
        return Adoption(frame, math.nan, ())
    counted = {"active": Quantity(active, "count"), "users": Quantity(users, "count")}
    made = Working.compute("monitoring.adoption", "active / users", counted, "share", "own")
    return Adoption(frame, made.result.value, (made,))


def next_date(cadence: str, as_of: date) -> date:
    """The first moment after *as_of* at which a KPI of this *cadence* is due."""
    step = pd.DateOffset(days=7) if cadence == "week" else pd.DateOffset(months=_MONTHS[cadence])
    return (pd.Timestamp(as_of) + step).date()


def months_between(then: date, now: date) -> float:
    """Months from *then* to *now*: whole ones by the calendar, the rest in thirtieths."""
    return 12 * (now.year - then.year) + now.month - then.month + (now.day - then.day) / 30


def goal_course(before: pd.DataFrame, now: pd.DataFrame, then_on: date, now_on: date) -> pd.DataFrame:
    """Goals of an earlier round beside where we are: on course, behind, standing still or the wrong way.

    The path agreed then runs straight from the baseline to the target in 12 months, and on to that in 36.

    Args:
        before: Columns goal, unit, baseline, baseline_on, target_12, target_36 of the earlier round.
        now: Columns goal, unit, baseline, baseline_on of this one.
        then_on: Base date of the earlier round, for baselines without a date of their own.
        now_on: That of this round.

    Returns:
        Goals of both rounds in the same unit, with a baseline in both: goal, unit, then, expected (the path at the day
        of the new baseline; NaN without targets), now, status (``on_course``, ``behind``, ``still``, ``wrong_way``,
        ``no_target``, ``not_measured`` where the baseline is still that of the earlier round).
    """
    both = before.merge(now[["goal", "unit", "baseline", "baseline_on"]], on=["goal", "unit"], suffixes=("", "_now"))
    rows = []
    for row in records(both.dropna(subset=["baseline", "baseline_now"])):
        start = then_on if pd.isna(row["baseline_on"]) else row["baseline_on"]
        end = now_on if pd.isna(row["baseline_on_now"]) else row["baseline_on_now"]
        months = months_between(start, end)
        expected = _path(row, months) if months > 0 else math.nan
        status = (
            "not_measured"
            if months <= 0
            else _status(str(row["goal"]), row["baseline"], expected, row["baseline_now"], _last_target(row))
        )
        rows.append((row["goal"], row["unit"], row["baseline"], expected, row["baseline_now"], status))
    return pd.DataFrame(rows, columns=["goal", "unit", "then", "expected", "now", "status"])


def _path(row: Mapping[str, float], months: float) -> float:
    """The value that the targets of *row* ask for after so many months; NaN without targets."""
    known = [(0, row["baseline"]), (12, row["target_12"]), (36, row["target_36"])]
    known = [(month, value) for month, value in known if not pd.isna(value)]
    if len(known) == 1:
        return math.nan
    return float(np.interp(months, [month for month, _ in known], [value for _, value in known]))


def _last_target(row: Mapping[str, float]) -> float:
    return row["target_12"] if pd.isna(row["target_36"]) else row["target_36"]


def _status(goal: str, then: float, expected: float, now: float, target: float) -> str:
    if math.isnan(expected):
        return "no_target"
    way = math.copysign(1, target - then) if target != then else float(GOALS[goal][1] if goal in GOALS else 1)
    slack = 1e-6 * max(abs(then), abs(expected), abs(now))
    if (now - expected) * way >= -slack:
        return "on_course"
    if abs(now - then) <= slack:
        return "still"
    return "behind" if (now - then) * way > 0 else "wrong_way"
