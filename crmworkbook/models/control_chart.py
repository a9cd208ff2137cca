"""Control chart of single measurements: has a KPI really moved, or is it the usual to and fro?

The chart after Shewhart for one value per moment (XmR), as Wheeler teaches it: the limits lie 2.66 mean moving ranges
from the mean. 2.66 is 3 / 1.128, where 1.128 turns the mean range of two neighbours into a standard deviation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from crmworkbook.models.working import Quantity, Unit, Working

SCALE = 2.66
FEWEST = 8  # points from which limits are given
FIRM = 20  # points from which they hardly move any more
RUN = 8  # so many points in a row on one side of the mean are a shift
_GAP = 1.6  # a step so many times the usual one leaves a measurement out
_SOURCE = "wheeler_2000"

State = Literal["empty", "few", "flat", "outside", "run", "steady"]


@dataclass(frozen=True)
class ControlChart:
    """A series with its mean, limits and signals.

    Attributes:
        points: By date: date, value, after_gap (a measurement is missing before it), outside (beyond a limit), run (in
            a row of eight or more on one side of the mean). No signal where there are no limits.
        mean: Mean of the values; NaN without any.
        moving_range: Mean difference between neighbours; NaN below two points.
        lower, upper: Limits in the unit of the values; NaN below eight points.
        workings: Mean moving range and limits; none without limits.
    """

    points: pd.DataFrame
    mean: float
    moving_range: float
    lower: float
    upper: float
    workings: tuple[Working, ...]

    @property
    def has_limits(self) -> bool:
        """Whether there are points enough for limits."""
        return not math.isnan(self.upper)

    @property
    def gaps(self) -> int:
        """How often a measurement is missing."""
        return int(self.points["after_gap"].sum())

    @property
    def latest(self) -> float:
        """The last value; NaN without any."""
        return float(self.points["value"].iloc[-1]) if len(self.points) else math.nan

    @property
    def state(self) -> State:
        """What the chart says, the strongest first."""
        if self.points.empty:
            return "empty"
        if not self.has_limits:
            return "few"
        if self.points["value"].nunique() == 1:
            return "flat"
        if self.points["outside"].any():
            return "outside"
        return "run" if self.points["run"].any() else "steady"

    def beyond(self, target: float, higher: bool) -> bool:
        """Whether *target* lies past the limit on the better side, so that a steady series does not reach it by itself.

        False where the level has shifted: then the limits say nothing about where it goes.
        """
        if not self.has_limits or math.isnan(target) or self.points["run"].any():
            return False
        return target > self.upper if higher else target < self.lower


def control_chart(series: pd.DataFrame, unit: Unit = "number", subject: str = "") -> ControlChart:
    """The control chart of one KPI.

    Args:
        series: Columns date and value; empty values are left out and leave a gap.
        unit: Of the values; a ``share`` has no limit below 0 or above 1, ``money`` and other units have none.
        subject: Key of the KPI, for the workings.
    """
    points = series[["date", "value"]].dropna(subset=["value"]).sort_values("date", ignore_index=True)
    points["value"] = points["value"].astype(float)
    values = points["value"]
    days = pd.to_datetime(points["date"]).diff().dt.days
    points["after_gap"] = days > _GAP * days.median()
    ranges = values.diff().abs()[~points["after_gap"]].dropna()
    mean = float(values.mean()) if len(values) else math.nan
    spread = float(ranges.mean()) if len(ranges) else math.nan
    none = {"outside": False, "run": False}
    if len(values) < FEWEST or math.isnan(spread):
        return ControlChart(points.assign(**none), mean, spread, math.nan, math.nan, ())
    workings = _workings(values, ranges, mean, spread, unit, subject)
    lower, upper = workings[1].result.value, workings[2].result.value
    slack = 1e-9 * max(1.0, abs(mean))
    points["outside"] = (values < lower - slack) | (values > upper + slack)
    points["run"] = _runs(values, mean, slack)
    return ControlChart(points, mean, spread, lower, upper, workings)


def _workings(
    values: pd.Series, ranges: pd.Series, mean: float, spread: float, unit: Unit, subject: str
) -> tuple[Working, ...]:
    total = {"total": Quantity(float(ranges.sum()), unit), "n": Quantity(len(ranges), "count")}
    terms = {"mean": Quantity(mean, unit), "range": Quantity(spread, unit)}
    below, above = f"mean − {SCALE} × range", f"mean + {SCALE} × range"
    if unit == "share":
        below, above = f"max({below}, 0)", f"min({above}, 1)"
    elif unit == "count" and values.min() >= 0:
        below = f"max({below}, 0)"
    return (
        Working.compute("control_chart.range", "total / n", total, unit, _SOURCE, subject=subject),
        Working.compute("control_chart.lower", below, terms, unit, _SOURCE, subject=subject),
        Working.compute("control_chart.upper", above, terms, unit, _SOURCE, subject=subject),
    )


def _runs(values: pd.Series, mean: float, slack: float) -> list[bool]:
    """Which points are part of eight or more in a row on one side of the mean; a point on the mean ends a row."""
    sides = [0 if abs(value - mean) <= slack else (1 if value > mean else -1) for value in values]
    inside, start = [False] * len(sides), 0
    for place in range(1, len(sides) + 1):
        if place == len(sides) or sides[place] != sides[start]:
            if sides[start] and place - start >= RUN:
                inside[start:place] = [True] * (place - start)
            start = place
    return inside
