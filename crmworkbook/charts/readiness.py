"""Charts of readiness: a radar, scores before and after, the ten questions by priority, effort beside value."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from crmworkbook.charts.parts import SMALL, begun, on_scale, page, score_words, wrapped
from crmworkbook.charts.style import AMBER, DEEP, GREY, HAIR, HALF, INK, MIST, TEAL, WIDE, look
from crmworkbook.models.frames import records
from crmworkbook.models.readiness import Gaps
from crmworkbook.text import Language, Text, number, percent

TODAY = Text(nl="nu", en="now")
TARGET = Text(nl="doel", en="target")
BEFORE = Text(nl="vóór", en="before")
AFTER = Text(nl="na", en="after")
WEIGHT = Text(nl="belang", en="importance")
PRIORITY = Text(nl="gat × belang", en="gap × importance")
EFFORT = Text(nl="Onze inzet", en="Our effort")
VALUE = Text(nl="Klantwaarde", en="Customer value")
NEW = Text(nl="nieuwe klanten", en="new customers")
EXISTING = Text(nl="bestaande klanten", en="existing customers")

_ROOM = 0.058  # inches that a small letter takes
_HIGHEST = 20  # priority: a gap of 4 × an importance of 5


SHAPED = 3  # so many areas make a shape


def areas(scores: Gaps, names: Mapping[str, str], language: Language, width: float = HALF) -> Figure:
    """A radar of the management areas; one or two make no shape, and then lines.

    Args:
        scores: Today and target.
        names: Area to label.
        language: Language of words and numbers.
        width: Of the picture in inches.
    """
    if len(scores.frame) >= SHAPED:
        return radar(scores, names, language, width)
    return before_after(scores, names, language, width, (TODAY, TARGET))


def radar(scores: Gaps, names: Mapping[str, str], language: Language, width: float = HALF) -> Figure:
    """Scores of today as a filled shape within the outline of the targets; each corner bears its name and numbers.

    Args:
        scores: At least three.
        names: Key to label.
        language: Language of words and numbers.
        width: Of the picture in inches.
    """
    frame, height = scores.frame, 2.65
    with look():
        figure, axes = page(height, width)
        angles = [math.pi / 2 - 2 * math.pi * position / len(frame) for position in range(len(frame))]
        longest = max(len(names[key]) * 0.06 * abs(math.cos(a)) for key, a in zip(frame["key"], angles, strict=True))
        middle, reach = (width / 2, height / 2 - 0.02), min(height / 2 - 0.4, max(width / 2 - 0.12 - longest, 0.5))
        for ring in range(1, 6):
            corners = [_corner(middle, reach * ring / 5, angle) for angle in angles]
            axes.add_patch(Polygon(corners, closed=True, fill=False, edgecolor=HAIR, linewidth=0.5))
        for angle in angles:
            axes.plot(*zip(middle, _corner(middle, reach, angle), strict=True), color=HAIR, linewidth=0.5)
        target = [_corner(middle, reach * score / 5, a) for score, a in zip(frame["target"], angles, strict=True)]
        now = [_corner(middle, reach * score / 5, a) for score, a in zip(frame["now"], angles, strict=True)]
        axes.add_patch(Polygon(now, closed=True, facecolor=TEAL, alpha=0.28, edgecolor="none"))
        axes.add_patch(Polygon(now, closed=True, fill=False, edgecolor=TEAL, linewidth=1.8))
        axes.add_patch(Polygon(target, closed=True, fill=False, edgecolor=DEEP, linewidth=1.2, linestyle=(0, (3, 2))))
        for row, angle in zip(records(frame), angles, strict=True):
            x, y = _corner(middle, reach + 0.09, angle)
            side = "center" if abs(math.cos(angle)) < 0.2 else "left" if math.cos(angle) > 0 else "right"
            y += 0.11 * math.sin(angle)
            wide = row["key"] in scores.widest and len(scores.widest) < len(frame)
            bold: Any = {"weight": "semibold", "color": AMBER if wide else INK, "fontsize": 8.2}
            axes.text(x, y + 0.065, begun(names[row["key"]]), ha=side, va="center", **bold)
            axes.text(x, y - 0.065, _step(row, language), ha=side, va="center", fontsize=SMALL, color=GREY)
    return figure


def before_after(
    scores: Gaps,
    names: Mapping[str, str],
    language: Language,
    width: float = HALF,
    ends: tuple[Text, Text] = (BEFORE, AFTER),
) -> Figure:
    """Per row two scores on one line from 1 to 5: an open dot before, a full one after.

    Args:
        scores: One row per line.
        names: Key to label; long ones take two lines.
        language: Language of words and numbers.
        width: Of the picture in inches.
        ends: What the open and the full dot are called, above the first line.
    """
    rows = records(scores.frame)
    said = [wrapped(begun(names[row["key"]]), width * 17).split("\n") for row in rows]
    tall = [0.36 + 0.125 * len(lines) for lines in said]
    height = max(sum(tall) + 0.22, 2.65 if width == HALF and len(rows) > 2 else 0.0)
    spare = (height - 0.22 - sum(tall)) / len(rows)
    with look():
        figure, axes = page(height, width)
        left, right, y = 0.1, width - 0.55, height - 0.06
        for position, (row, lines, room) in enumerate(zip(rows, said, tall, strict=True)):
            for depth, line in enumerate(lines):
                axes.text(0, y - 0.04 - 0.125 * depth, line, va="center", weight="semibold", fontsize=8.2)
            low = y - 0.125 * len(lines) - 0.1
            wide = row["key"] in scores.widest and len(scores.widest) < len(rows)
            _dumbbell(axes, row["now"], row["target"], left, right, low, AMBER if wide else TEAL)
            axes.text(width - 0.02, low, _step(row, language), ha="right", va="center", fontsize=SMALL, color=GREY)
            if not position:
                _ends(axes, row, left, right, low - 0.125, (ends[0][language], ends[1][language]))
            y -= room + spare
        axes.text(left, 0.07, "1", fontsize=SMALL, color=GREY, ha="center", va="center")
        axes.text(right, 0.07, "5", fontsize=SMALL, color=GREY, ha="center", va="center")
    return figure


def priority_chart(
    questions: pd.DataFrame,
    names: Mapping[str, str],
    processes: Mapping[str, str],
    largest: Collection[str],
    language: Language,
) -> Figure:
    """Per question today's score and target, the importance and gap × importance; the largest on top.

    Args:
        questions: ``ProcessScores.questions``.
        names: Question to label.
        processes: Process to label.
        largest: Questions in amber.
        language: Language of words and numbers.
    """
    step = 0.25
    height = step * len(questions) + 0.3
    left, right, weight, bar, end = 2.96, 4.04, 4.7, 4.88, WIDE - 0.34
    with look():
        figure, axes = page(height, WIDE)
        head: Any = {"fontsize": SMALL, "color": GREY, "va": "center"}
        axes.text(left, height - 0.1, "1", ha="center", **head)
        axes.text(right, height - 0.1, "5", ha="center", **head)
        axes.text((left + right) / 2, height - 0.1, f"{TODAY[language]} → {TARGET[language]}", ha="center", **head)
        axes.text(weight, height - 0.1, WEIGHT[language], ha="right", **head)
        axes.text(bar, height - 0.1, PRIORITY[language], **head)
        for position, row in enumerate(records(questions)):
            y = height - 0.22 - step * (position + 0.5)
            colour = AMBER if row["question"] in largest else TEAL
            axes.text(0, y + 0.005, begun(names[row["question"]]), va="center", weight="semibold", fontsize=8.2)
            axes.text(left - 0.16, y, processes[row["process"]], ha="right", **head)
            _dumbbell(axes, row["now"], row["target"], left, right, y, colour)
            axes.text(weight, y, number(row["importance"], language), ha="right", va="center", fontsize=SMALL)
            long = (end - bar) * row["priority"] / _HIGHEST
            axes.add_patch(Rectangle((bar, y - 0.07), end - bar, 0.14, facecolor=MIST, edgecolor="none"))
            axes.add_patch(Rectangle((bar, y - 0.07), long, 0.14, facecolor=colour, edgecolor="none"))
            shown = number(row["priority"], language)
            axes.text(WIDE - 0.02, y, shown, ha="right", va="center", fontsize=8.2, weight="semibold")
    return figure


def effort_chart(effort: pd.Series, new_share: float | None, names: Mapping[str, str], language: Language) -> Figure:
    """Effort by purpose as one bar, and below it where the value lies: with new or with existing customers.

    Args:
        effort: Share by purpose, winning first; adds up to 1.
        new_share: Share of the value that one year's new customers bring; None draws effort alone.
        names: Purpose to label.
        language: Language of words and numbers.
    """
    bars = [(EFFORT[language], [(names[str(key)], float(share)) for key, share in effort.items()])]
    if new_share is not None:
        bars.append((VALUE[language], [(NEW[language], new_share), (EXISTING[language], 1 - new_share)]))
    step, left = 0.62, 0.98
    height = step * len(bars)
    with look():
        figure, axes = page(height, WIDE)
        for position, (name, parts) in enumerate(bars):
            y = height - step * position - 0.23
            axes.text(left - 0.12, y, name, ha="right", va="center", weight="semibold")
            colours = (AMBER, TEAL, DEEP) if len(parts) == 3 else (AMBER, TEAL)
            _stacked(axes, parts, colours, left, WIDE, y, language)
    return figure


def _stacked(
    axes: Axes,
    parts: Sequence[tuple[str, float]],
    colours: Sequence[str],
    left: float,
    right: float,
    y: float,
    language: Language,
) -> None:
    """Parts beside each other; the share stands in its part and the name below it, from the left edge on."""
    x, free = left, left
    for (name, share), colour in zip(parts, colours, strict=True):
        wide = (right - left) * share
        if share > 0:
            axes.add_patch(Rectangle((x, y - 0.14), wide, 0.28, facecolor=colour, edgecolor="white", linewidth=1))
        shown = percent(share, language, 0)
        inside = wide > 0.4
        said = name if inside else f"{name} {shown}"
        if inside:
            axes.text(x + 0.07, y, shown, va="center", color="white", weight="semibold")
        start = min(max(x, free), right - _ROOM * len(said))
        axes.text(start, y - 0.24, said, va="center", fontsize=SMALL, color=GREY)
        x, free = x + wide, start + _ROOM * len(said) + 0.16


# --- pieces -------------------------------------------------------------------------------------------------


def _corner(middle: tuple[float, float], reach: float, angle: float) -> tuple[float, float]:
    return middle[0] + reach * math.cos(angle), middle[1] + reach * math.sin(angle)


def _step(row: Mapping[Any, Any], language: Language) -> str:
    return f"{score_words(row['now'], language)} → {score_words(row['target'], language)}"


def _dumbbell(axes: Axes, now: float, target: float, left: float, right: float, y: float, colour: str) -> None:
    """Two scores on one line: an open dot first, a full one where it should be."""
    first, second = on_scale(now, left, right), on_scale(target, left, right)
    axes.plot([left, right], [y, y], color=HAIR, linewidth=0.8, zorder=0)
    axes.plot([first, second], [y, y], color=colour, linewidth=1.8)
    axes.plot(first, y, "o", markersize=5.5, markerfacecolor="white", markeredgecolor=colour, markeredgewidth=1.3)
    if not math.isclose(now, target):
        axes.plot(second, y, "o", markersize=6, color=colour)


def _ends(axes: Axes, row: Mapping[Any, Any], left: float, right: float, y: float, words: tuple[str, str]) -> None:
    """What the two dots of the first line are called; one word when they coincide."""
    places = sorted(zip((row["now"], row["target"]), words, strict=True))
    if places[1][0] - places[0][0] < 0.7:
        places = [(sum(place for place, _ in places) / 2, " → ".join(words) if row["now"] <= row["target"] else "")]
    for score, word in places:
        style: Any = {"fontsize": SMALL, "color": GREY, "ha": "center", "va": "center"}
        axes.text(min(max(on_scale(score, left, right), 0.2), right), y, word, **style)
