"""Charts of the roadmap: the timeline, and which initiative serves which goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from babel.dates import format_date
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from crmworkbook import chapters, text
from crmworkbook.charts.parts import clipped, page, wrapped
from crmworkbook.charts.style import AMBER, DEEP, GREY, HAIR, INK, MIST, PALE, TEAL, WIDE, look
from crmworkbook.models.frames import records
from crmworkbook.models.roadmap import GoalLinks, Schedule, month_begins
from crmworkbook.models.roadmap_budget import TYPES
from crmworkbook.text import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"people": DEEP, "process": TEAL, "data": PALE, "technology": GREY}

_LEFT, _RIGHT = 2.3, 5.2  # inches: where the timeline begins and ends
_QUARTER = 3  # months
_DOTS_END = 5.62  # inches: where the goals of the matrix end


def gantt_chart(
    plan: Schedule, names: Mapping[str, str], owners: Mapping[str, str], language: Language, width: float = WIDE
) -> Figure:
    """A bar for each initiative by type, a thin arrow for what it waits for, its owner at the end.

    One that goes on long after nearly all others have ended is cut off, with an arrowhead and its last month.

    Args:
        plan: The schedule.
        names: Initiative to name.
        owners: Initiative to owner; may be empty.
        language: Language of words and months.
        width: Of the picture in inches.
    """
    groups = [(kind, plan.rows[plan.rows["type"] == kind].sort_values("start_month", kind="stable")) for kind in TYPES]
    groups = [(kind, rows) for kind, rows in groups if len(rows)]
    step = 0.25 if len(plan.rows) <= 16 else 0.21
    height = 0.3 + step * (len(plan.rows) + 0.9 * len(groups)) + 0.06
    horizon = _horizon(plan.rows["end_month"])
    with look():
        figure, axes = page(height, width)
        _months(axes, plan, horizon, height, language)
        y, spot = height - 0.3, {}
        for kind, rows in groups:
            y -= step * 0.9
            small: Any = {"fontsize": 7.6, "weight": "semibold", "va": "center"}
            axes.text(0, y + step * 0.34, type_name(kind, language).upper(), color=GREY, **small)
            for row in records(rows):
                y -= step
                spot[row["initiative"]] = y + step / 2
                _bar(axes, row, y + step / 2, step, horizon, language)
                _words(axes, 0, y + step / 2, names[row["initiative"]], 44, INK)
                _words(axes, _RIGHT + 0.12, y + step / 2, owners.get(row["initiative"]) or "–", 20, GREY)
        for link in records(plan.links):
            _arrow(axes, plan, link, spot, step, horizon)
    return figure


def _horizon(ends: pd.Series) -> int:
    """Last month shown: all of them, unless a few go on much longer than the rest."""
    usual = float(ends.quantile(0.85, interpolation="lower"))
    last = float(ends.max()) if ends.max() <= 1.5 * usual else usual + 2
    return int(-(-last // _QUARTER) * _QUARTER)


def _at(month: float, horizon: int) -> float:
    """Where a month begins, inches from the left."""
    return _LEFT + (_RIGHT - _LEFT) * (month - 1) / horizon


def _months(axes: Axes, plan: Schedule, horizon: int, height: float, language: Language) -> None:
    apart = max(1, -(-horizon // 15)) if horizon <= 15 else _QUARTER * -(-horizon // 36)
    shown_year = 0
    for month in range(1, horizon + 1, apart):
        begins, x = month_begins(plan.first_day, month), _at(month, horizon)
        axes.plot([x, x], [0.04, height - 0.27], color=HAIR, linewidth=0.5, zorder=0)
        name = format_date(begins, "MMM", locale=language).strip(".")
        if apart == 1:
            name = name[:1].upper()
        small: Any = {"fontsize": 7.4, "color": GREY, "va": "center"}
        middle = x + (_at(2, horizon) - _LEFT) / 2 if apart == 1 else x
        axes.text(middle, height - 0.2, name, ha="center" if apart == 1 else "left", **small)
        if begins.year != shown_year:
            axes.text(x, height - 0.07, str(begins.year), ha="left", **{**small, "weight": "semibold"})
            shown_year = begins.year


def _bar(axes: Axes, row: Mapping[str, Any], y: float, step: float, horizon: int, language: Language) -> None:
    colour = AMBER if row["too_early"] else COLOURS[row["type"]]
    tall = step * 0.5
    start, end = _at(row["start_month"], horizon), _at(row["end_month"] + 1, horizon)
    if row["end_month"] > horizon:
        start, end = min(start, _RIGHT - 0.2), _RIGHT
        corners = [(start, y - tall / 2), (end - 0.07, y - tall / 2), (end + 0.03, y), (end - 0.07, y + tall / 2)]
        axes.add_patch(Polygon([*corners, (start, y + tall / 2)], facecolor=colour, edgecolor="none", zorder=2))
        until = format_date(row["ends_on"], "MMM y", locale=language).replace(".", "")
        light = colour in (PALE, AMBER)
        if end - start > 0.8:
            small: Any = {"fontsize": 7, "va": "center", "ha": "right", "zorder": 4}
            axes.text(end - 0.1, y - 0.005, until, color=INK if light else "white", **small)
        return
    axes.add_patch(Rectangle((start, y - tall / 2), end - start, tall, facecolor=colour, edgecolor="none", zorder=2))


def _arrow(
    axes: Axes, plan: Schedule, link: Mapping[str, Any], spot: Mapping[str, float], step: float, horizon: int
) -> None:
    """From the end of a bar, along its row, then up or down to the beginning of the bar that waits for it."""
    rows = {row["initiative"]: row for row in records(plan.rows)}
    end = min(_at(rows[link["before"]]["end_month"] + 1, horizon), _RIGHT)
    start = min(_at(rows[link["after"]]["start_month"], horizon), _RIGHT - 0.2)
    y0, y1 = spot[link["before"]], spot[link["after"]]
    colour = INK if link["holds"] else AMBER
    turn = max(start, end) + 0.055 if link["holds"] else start + 0.055
    side = step * 0.25 * (1 if y1 < y0 else -1)  # the edge of the bar that is met first
    line: Any = {"color": colour, "linewidth": 0.7, "zorder": 3, "solid_joinstyle": "round"}
    axes.plot([end, turn, turn], [y0, y0, y1 + side], **line)
    axes.plot(turn, y1 + side + (0.022 if side > 0 else -0.022), "v" if side > 0 else "^", color=colour, ms=3, zorder=3)


def goal_matrix_chart(
    links: GoalLinks,
    initiatives: pd.DataFrame,
    names: Mapping[str, str],
    goals: Mapping[str, tuple[str, bool]],
    language: Language,
    currency: str = "EUR",
    width: float = WIDE,
) -> Figure:
    """Initiatives by goals: a dot where one serves the other, amber where a row or a column is empty.

    Args:
        links: Which serves which.
        initiatives: ``initiative, type, budget``.
        names: Initiative to name.
        goals: Goal to name, and whether it comes first.
        language: Language of numbers.
        currency: Of money.
        width: Of the picture in inches.
    """
    order = {kind: place for place, kind in enumerate(TYPES)}
    rows = initiatives.assign(place=initiatives["type"].map(order)).sort_values("place", kind="stable")
    step, column = 0.22 if len(rows) <= 16 else 0.19, min(0.4, (_DOTS_END - _LEFT - 0.25) / max(len(goals), 1))
    spots = {goal: _LEFT + 0.2 + column * (place + 0.5) for place, goal in enumerate(goals)}
    # the names lean to the right: the edge of the page leaves room for so many letters
    heads = {goal: clipped(name, min(28, int((width - spots[goal]) / 0.045))) for goal, (name, _) in goals.items()}
    head = 0.25 + 0.037 * max(map(len, heads.values()), default=0)
    height = head + step * len(rows) + 0.04
    with look():
        figure, axes = page(height, width)
        for goal, (_, first) in goals.items():
            empty = goal in links.unserved
            style: Any = {"rotation": 40, "ha": "left", "va": "bottom", "rotation_mode": "anchor", "fontsize": 7.8}
            colour, weight = (AMBER if empty else INK), ("semibold" if first else "normal")
            axes.text(spots[goal] - 0.03, height - head + 0.06, heads[goal], color=colour, weight=weight, **style)
            axes.plot([spots[goal]] * 2, [0.04, height - head + 0.02], color=AMBER if empty else HAIR, lw=0.6, zorder=0)
        for place, row in enumerate(records(rows)):
            y = height - head - (place + 0.5) * step
            empty = row["initiative"] in links.aimless
            axes.plot([_LEFT + 0.1, _DOTS_END], [y, y], color=AMBER if empty else MIST, linewidth=0.6, zorder=0)
            _words(axes, 0, y, names[row["initiative"]], 44, AMBER if empty else INK)
            for goal in goals:
                if links.matrix.at[row["initiative"], goal]:
                    axes.plot(spots[goal], y, "o", color=COLOURS[row["type"]], markersize=6, zorder=2)
            amount = "–" if pd.isna(row["budget"]) else text.money(row["budget"], language, currency)
            axes.text(width - 0.02, y, amount, va="center", ha="right", fontsize=8)
    return figure


def type_name(kind: str, language: Language) -> str:
    """A type of initiative in words."""
    return chapters.tables()["initiatives"].column("type").options[kind][language]


def _words(axes: Axes, x: float, y: float, words: str, most: int, colour: str) -> None:
    """Words in a column of so many letters, small and in two lines when they are long."""
    short = len(words) <= most
    said, size = (words, 8.2) if short else (wrapped(words, round(most * 1.15)), 7.0)
    axes.text(x, y, said, va="center", fontsize=size, color=colour, linespacing=0.95)
