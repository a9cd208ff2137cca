"""Charts of watching and adjusting: the five steps as a ring, a control chart, and what moved between two rounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from babel.dates import format_date
from matplotlib.figure import Figure
from matplotlib.patches import Wedge

from crmworkbook import text
from crmworkbook.charts.parts import apart, free_figure, score_words, wrapped
from crmworkbook.charts.style import AMBER, DEEP, GREY, HALF, INK, MIST, PALE, TEAL, look, new_figure
from crmworkbook.models.frames import records
from crmworkbook.text import Language, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmworkbook.models.control_chart import ControlChart
    from crmworkbook.models.monitoring import ProcessRing

ROUND = Text(nl="ronde {number}", en="round {number}")
MEAN = Text(nl="gemiddelde", en="mean")
UPPER = Text(nl="bovengrens", en="upper limit")
LOWER = Text(nl="ondergrens", en="lower limit")
TARGET = Text(nl="streefcijfer", en="target")
NOT_SCORED = Text(nl="niet gescoord", en="not scored")

_HOLE, _BAND = 0.34, 0.112  # radius of the hole, and of one point of maturity
_CORNERS = (
    (1.5, 0.93, "right"),
    (1.5, -0.82, "right"),
    (0, -1.17, "center"),
    (-1.5, -0.82, "left"),
    (-1.5, 0.93, "left"),
)


def ring_chart(ring: ProcessRing, names: Mapping[str, str], cycle: int, language: Language) -> Figure:
    """The five steps clockwise from the top, each filled outwards to its maturity; the earlier round as a dashed line.

    Args:
        ring: Steps with maturity, before and weakest.
        names: Step to label.
        cycle: How many rounds there have been, this one included.
        language: Language of words and numbers.
    """
    steps = ring.frame
    with look():
        figure = free_figure(2.4, HALF)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(-1.515, 1.515), ylim=(-1.3, 1.1), aspect="equal")
        axes.axis("off")
        turn = 360 / len(steps)
        weak = set(ring.weakest)
        for place, row in enumerate(records(steps)):
            start, end = 90 - (place + 1) * turn + 2.5, 90 - place * turn - 2.5
            _step_of_ring(axes, row, start, end, row["step"] in weak)
            known = not pd.isna(row["maturity"])
            score = score_words(row["maturity"], language) if known else NOT_SCORED[language]
            x, y, side = _CORNERS[place]
            weight = "semibold" if row["step"] in weak else "normal"
            words = wrapped(names[row["step"]], 17, None) + f"\n{score}"
            axes.text(x, y, words, ha=side, va="center", fontsize=8, weight=weight, linespacing=1.1)
        centre = ROUND[language].format(number=cycle)
        if not math.isnan(ring.mean):
            axes.text(0, 0.05, text.number(ring.mean, language), ha="center", va="center", fontsize=13, color=DEEP)
        axes.text(0, -0.14, centre, ha="center", va="center", fontsize=7.5, color=GREY)
    return figure


def _step_of_ring(axes: Axes, row: Mapping[str, Any], start: float, end: float, weak: bool) -> None:
    full = _HOLE + 5 * _BAND
    axes.add_patch(Wedge((0, 0), full, start, end, width=5 * _BAND, facecolor=MIST, edgecolor="none"))
    for level in range(1, 5):
        edge = _HOLE + level * _BAND
        axes.add_patch(Wedge((0, 0), edge, start, end, width=0.004, facecolor="white", edgecolor="none", zorder=3))
    if not pd.isna(row["maturity"]):
        size = row["maturity"] * _BAND
        colour = AMBER if weak else TEAL
        axes.add_patch(
            Wedge((0, 0), _HOLE + size, start, end, width=size, facecolor=colour, edgecolor="none", zorder=2)
        )
    if not pd.isna(row["before"]):
        angles = np.radians(np.linspace(start, end, 30))
        edge = _HOLE + row["before"] * _BAND
        axes.plot(
            edge * np.cos(angles), edge * np.sin(angles), color=INK, linewidth=1.3, linestyle=(0, (2, 1.4)), zorder=4
        )


def control_figure(
    chart: ControlChart,
    unit: str,
    language: Language,
    currency: str = "EUR",
    target: float = math.nan,
) -> Figure:
    """The measurements in order of time with their mean and limits; amber beyond a limit, dark in a row of eight.

    Args:
        chart: The series; without limits only the points are drawn.
        unit: ``share``, ``money`` or ``count``.
        language: Language of words and numbers.
        currency: Of money.
        target: Drawn as a dotted line, unless it is unknown.
    """
    points = chart.points
    days = pd.to_datetime(points["date"])
    with look():
        figure = new_figure(2.4, HALF)
        axes = figure.subplots()
        parts = points.groupby(points["after_gap"].cumsum())
        for _, part in parts:
            axes.plot(days[part.index], part["value"], color=PALE, linewidth=0.9, zorder=1)
        colours = [AMBER if row.outside else DEEP if row.run else TEAL for row in points.itertuples()]
        sizes = [30 if row.outside else 15 for row in points.itertuples()]
        axes.scatter(days, points["value"], c=colours, s=sizes, zorder=3, linewidths=0)
        lines = {MEAN: chart.mean}
        if chart.has_limits and chart.state != "flat":
            lines |= {UPPER: chart.upper, LOWER: chart.lower}
        if not math.isnan(target):
            lines[TARGET] = target
        values = [*points["value"], *lines.values()]
        room = (max(values) - min(values)) or abs(values[0]) * 0.1 or 1.0
        axes.set_ylim(min(values) - 0.09 * room, max(values) + 0.09 * room)
        styles = {MEAN: (GREY, "-"), UPPER: (GREY, (0, (4, 2))), LOWER: (GREY, (0, (4, 2))), TARGET: (INK, ":")}
        places = apart(list(lines.values()), 0.16 * room)
        for (words, value), place in zip(lines.items(), places, strict=True):
            colour, style = styles[words]
            axes.axhline(value, color=colour, linewidth=0.9, linestyle=style, zorder=2)
            spoken = f"{words[language]}\n{_spoken(value, unit, language, currency)}"
            axes.annotate(
                spoken,
                (1.02, place),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=7.2,
                color=colour,
                linespacing=1.0,
                annotation_clip=False,
            )
        _time_axis(axes, days, language)
        axes.yaxis.set_major_formatter(lambda value, _: _spoken(value, unit, language, currency))
        axes.yaxis.set_major_locator(_few_ticks())
        axes.tick_params(labelsize=7.5, length=2.5)
    return figure


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(5)


def _time_axis(axes: Axes, days: pd.Series, language: Language) -> None:
    """First and last month, and the one between where there is room."""
    chosen = sorted({0, len(days) // 2, len(days) - 1} if len(days) > 4 else {0, len(days) - 1})
    locale = {"nl": "nl_NL", "en": "en_GB"}[language]
    words = [format_date(days.iloc[place].date(), "MMM yy", locale=locale) for place in chosen]
    axes.set_xticks([days.iloc[place] for place in chosen], words)
    if len(days) == 1:
        axes.set_xlim(days.iloc[0] - pd.Timedelta(days=30), days.iloc[0] + pd.Timedelta(days=30))


def _spoken(value: float, unit: str, language: Language, currency: str) -> str:
    if unit == "share":
        return text.percent(value, language)
    if unit == "money":
        return text.big_money(value, language, currency)
    return text.number(value, language, 0 if abs(value) >= 20 or float(value).is_integer() else 1)
