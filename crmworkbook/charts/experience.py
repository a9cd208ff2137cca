"""Charts of the journey: the emotion curve, what falls short of expectation, and how much effort things took."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crmworkbook import text
from crmworkbook.charts.parts import free_figure, page, short_names
from crmworkbook.charts.style import AMBER, DEEP, GREY, HAIR, HALF, INK, PALE, TEAL, WIDE, look, new_figure
from crmworkbook.models.frames import records
from crmworkbook.models.journey import Journey
from crmworkbook.models.survey import SCALES, Survey
from crmworkbook.text import Language, Text

PEAK = Text(nl="piek", en="peak")
END = Text(nl="einde", en="end")
JOIN = Text(nl="samen te pakken?", en="deal with together?")
EFFORT = Text(nl="moeite", en="effort")
EXPECTED = Text(nl="verwacht", en="expected")
PERCEIVED = Text(nl="ervaren", en="experienced")
HARD = Text(nl="veel moeite", en="hard work")
SCALE = Text(nl="schaal", en="scale")
EASY = Text(nl="makkelijk", en="easy")
LITTLE = Text(nl="weinig moeite", en="little effort")

MOST_ASPECTS = 12
_SMALL = 7.5
_LETTER = 0.054  # inches a letter of 7.5 points takes, on average
_SMALLER = 0.048  # the same of 7 points


def emotion_curve(
    found: Journey,
    joined: Sequence[Sequence[str]],
    names: Mapping[str, str],
    language: Language,
) -> Figure:
    """Emotion per step with its peak and its end; a star decides, and a bracket joins pains that lie near each other.

    Args:
        found: The journey; its frame may hold ``moment_of_truth``, and ``effort`` (1 to 5), printed below the steps.
        joined: Groups of pains.
        names: Step to name.
        language: Language of words and numbers.
    """
    frame = found.frame
    labels, slope, below = _step_labels([names[step] for step in frame["step"]])
    efforts = list(frame["effort"]) if found.has_effort else []
    low, high = min(-1.0, frame["emotion"].min()), max(1.0, frame["emotion"].max())
    tall = 2.0 if joined else 1.75
    above = 0.08
    strip = 0.24 if efforts else 0.0
    height = above + tall + strip + below + 0.1
    left = 0.62 if slope else 0.42
    with look():
        figure = free_figure(height)
        axes = figure.add_axes(
            (left / WIDE, (height - above - tall) / height, (WIDE - left - 0.1) / WIDE, tall / height)
        )
        places = list(range(len(frame)))
        felt = [float(value) for value in frame["emotion"]]
        axes.set(xlim=(-0.5, max(len(frame) - 0.5, 0.5)), ylim=(low - (2.75 if joined else 1.2), high + 2.35))
        axes.axhline(0, color=PALE, linewidth=0.8, zorder=1)
        axes.plot(places, felt, color=DEEP, linewidth=1.4, zorder=2)
        for place, value, step in zip(places, felt, frame["step"], strict=True):
            _step(axes, place, value, _role(found, place, str(step), language), language)
        if "moment_of_truth" in frame:
            stars = [place for place, decides in zip(places, frame["moment_of_truth"], strict=True) if decides]
            axes.plot(stars, [high + 2.0] * len(stars), "*", color=INK, markersize=8, clip_on=False, zorder=4)
        order = list(frame["step"])
        for group in joined:
            _bracket(axes, [order.index(step) for step in group], low - 1.7, language)
        axes.spines[["bottom", "left"]].set_visible(False)
        ticks = [value for value in (-5, -3, 0, 3, 5) if low - 0.5 <= value <= high + 0.5]
        axes.set_yticks(ticks, [_signed(value, language) for value in ticks], fontsize=_SMALL)
        axes.set_xticks(places, labels, fontsize=7, linespacing=1.05, **slope)
        axes.tick_params(length=0, pad=4 + 72 * strip)
        axes.tick_params(axis="y", pad=2)
        if efforts:
            _efforts(axes, efforts, tall, language)
    return figure


def _role(found: Journey, place: int, step: str, language: Language) -> str:
    """``peak`` and ``end`` in words, where this step is one or both."""
    if found.is_flat and len(found.frame) > 1:
        return END[language] if place == len(found.frame) - 1 else ""
    roles = [PEAK[language]] if step == found.peak_step else []
    roles += [END[language]] if place == len(found.frame) - 1 else []
    return " + ".join(roles)


def _step(axes: Axes, place: int, value: float, role: str, language: Language) -> None:
    colour = AMBER if value < 0 else TEAL
    size = 8.5 if role else 6.0
    axes.plot(place, value, "o", color=colour, markersize=size, markeredgecolor="white", zorder=3)
    said = f"{_signed(value, language)} {role}".strip()
    side = -1 if value < 0 else 1
    style: Any = {"fontsize": _SMALL, "weight": "semibold" if role else "normal", "zorder": 5}
    axes.annotate(
        said,
        (place, value),
        (0, side * (5 + size / 2)),
        textcoords="offset points",
        ha="center",
        va="bottom" if side > 0 else "top",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.85},
        **style,
    )


def _bracket(axes: Axes, places: Sequence[int], y: float, language: Language) -> None:
    axes.plot([places[0], places[0], places[-1], places[-1]], [y + 0.22, y, y, y + 0.22], color=AMBER, linewidth=1.1)
    for place in places[1:-1]:
        axes.plot([place, place], [y, y + 0.22], color=AMBER, linewidth=1.1)
    middle = (places[0] + places[-1]) / 2
    axes.annotate(JOIN[language], (middle, y), (0, -2.5), textcoords="offset points", ha="center", va="top", fontsize=7)


def _efforts(axes: Axes, efforts: Sequence[float], tall: float, language: Language) -> None:
    """Effort per step as a number in a row between curve and names."""
    place = axes.get_xaxis_transform()
    y = -0.15 / tall
    style: Any = {"transform": place, "va": "center", "fontsize": 7, "clip_on": False}
    axes.text(-0.5, y, EFFORT[language], ha="right", color=GREY, **style)
    worst = max(value for value in efforts if value == value)
    for x, value in enumerate(efforts):
        known = value == value
        said = text.number(value, language) if known else "–"
        stands_out = known and value == worst and value > 3
        axes.text(
            x,
            y,
            said,
            ha="center",
            color=INK if stands_out else GREY,
            weight="semibold" if stands_out else "normal",
            **style,
        )


def _step_labels(names: Sequence[str]) -> tuple[list[str], dict[str, Any], float]:
    """Names below the steps, upright if neighbours do not touch and else sloping; how to set them, and the room."""
    column = (WIDE - 0.52) / max(len(names), 1)
    letters = max(8, int(column / _SMALLER))
    for wide in range(letters, letters + 5):
        wrapped = [textwrap.wrap(name, wide, break_long_words=False) for name in names]
        if max(map(len, wrapped)) <= 4 and _apart(wrapped, 2 * column / _SMALLER):
            return ["\n".join(lines) for lines in wrapped], {}, 0.12 * max(map(len, wrapped)) + 0.06
    cut = list(short_names({str(place): name for place, name in enumerate(names)}, 22).values())
    slope = {"rotation": 38, "ha": "right", "rotation_mode": "anchor"}
    return cut, slope, 0.62 * _SMALLER * max(map(len, cut)) + 0.16


def _apart(wrapped: Sequence[Sequence[str]], room: float) -> bool:
    """Whether no line is wider, together with the line beside it, than two columns hold (in letters)."""
    padded = [[*lines, *[""] * (4 - len(lines))] for lines in wrapped]
    pairs = zip(padded, padded[1:] or padded, strict=False)
    return all(len(a) + len(b) <= room - 1 for left, right in pairs for a, b in zip(left, right, strict=True))


def _signed(value: float, language: Language) -> str:
    said = text.number(value, language, 0 if float(value).is_integer() else 1)
    return f"+{said}" if value > 0 else said


def expectation_dumbbell(gaps: pd.DataFrame, language: Language, half: bool = True) -> Figure:
    """Per aspect what was expected (line) and what was experienced (dot), largest shortfall on top.

    Args:
        gaps: ``aspect, expected, perceived, gap`` in that order; the first twelve are drawn.
        language: Language of words and numbers.
        half: Half the page, or all of it.
    """
    rows = records(gaps.head(MOST_ASPECTS))
    width, step = (HALF, 0.37) if half else (WIDE, 0.33)
    height = step * len(rows) + 0.24
    known = [value for row in rows for value in (row["expected"], row["perceived"])]
    least, most = max(1, math.floor(min(known) - 0.5)), min(10, math.ceil(max(known) + 0.3))
    left, right = (0.05, width - 0.42) if half else (2.3, width - 0.5)

    def at(value: float) -> float:
        return left + (value - least) / (most - least) * (right - left)

    with look():
        figure, axes = page(height, width)
        for place, row in enumerate(rows):
            y = height - 0.2 - (place + (0.62 if half else 0.5)) * step
            colour = AMBER if row["gap"] < 0 else TEAL
            most_letters = int((width - 0.1) / _LETTER) if half else 40
            name = textwrap.shorten(str(row["aspect"]), most_letters, placeholder=" …")
            axes.text(0, y + (0.15 if half else 0), name, va="center", fontsize=_SMALL)
            axes.plot([left, right], [y, y], color=HAIR, linewidth=0.6, zorder=1)
            axes.plot([at(row["expected"]), at(row["perceived"])], [y, y], color=colour, linewidth=2.2, zorder=2)
            axes.plot([at(row["expected"])] * 2, [y - 0.065, y + 0.065], color=INK, linewidth=1.6, zorder=3)
            axes.plot(at(row["perceived"]), y, "o", color=colour, markersize=6.5, markeredgecolor="white", zorder=4)
            gap: Any = {"weight": "semibold", "color": INK if row["gap"] < 0 else GREY, "fontsize": 8}
            axes.text(width - 0.02, y, _gap(row["gap"], language), va="center", ha="right", **gap)
        y = height - 0.08
        style: Any = {"fontsize": 7, "color": GREY, "va": "center"}
        axes.plot([left + 0.03] * 2, [y - 0.05, y + 0.05], color=INK, linewidth=1.6)
        axes.text(left + 0.1, y, EXPECTED[language], **style)
        axes.plot(left + 0.78, y, "o", color=GREY, markersize=5)
        axes.text(left + 0.86, y, PERCEIVED[language], **style)
        axes.text(right, y, f"{SCALE[language]} {least}–{most}", ha="right", **style)
    return figure


def _gap(value: float, language: Language) -> str:
    said = text.number(value, language)
    return f"+{said}" if round(value, 1) > 0 else said


def effort_bars(surveys: Sequence[Survey], titles: Mapping[str, str], language: Language, half: bool = True) -> Figure:
    """How many customers gave each effort score, one panel per version of the question.

    Args:
        surveys: One of ``ces``, one of ``ces_2010``, or both, each with answers.
        titles: Metric to the name of the version.
        language: Language of words and numbers.
        half: Half the page, or all of it.
    """
    width = HALF if half else WIDE
    with look():
        figure = new_figure(1.25 * len(surveys) + 0.12, width)
        panels = figure.subplots(len(surveys), squeeze=False)[:, 0]
        for axes, survey in zip(panels, surveys, strict=True):
            _effort_panel(axes, survey, titles[survey.metric], language)
    return figure


def _effort_panel(axes: Axes, survey: Survey, title: str, language: Language) -> None:
    points = list(SCALES[survey.metric])
    shares = [survey.counts[str(point)] / survey.n for point in points]
    newer = survey.metric == "ces"
    colours = [TEAL if newer and point >= 5 else AMBER if not newer and point >= 4 else PALE for point in points]
    axes.bar(points, shares, color=colours, width=0.78)
    for point, share in zip(points, shares, strict=True):
        axes.text(point, share + 0.012, text.percent(share, language, 0), ha="center", va="bottom", fontsize=7)
    axes.set(yticks=[], xticks=points, ylim=(0, max(shares) * 1.25))
    ends = {points[0]: (HARD if newer else LITTLE)[language], points[-1]: (EASY if newer else HARD)[language]}
    axes.set_xticklabels([f"{point}\n{ends[point]}" if point in ends else str(point) for point in points], fontsize=7)
    axes.tick_params(length=0, pad=2)
    axes.spines[["left"]].set_visible(False)
    axes.set_title(f"{title}, n = {text.number(survey.n, language, 0)}", fontsize=8, pad=4)
