"""Charts of the business strategy: pressure in the industry, value disciplines, value chain."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from crmworkbook.charts.parts import SMALL, clipped, on_scale, page, score_words, wrapped
from crmworkbook.charts.style import (
    AMBER,
    DEEP,
    GREY,
    HAIR,
    HALF,
    INK,
    MIST,
    PALE,
    SEQUENCE,
    TEAL,
    WIDE,
    look,
)
from crmworkbook.models.strategy import (
    DISCIPLINES,
    OWN_PARTY,
    PRIMARY_ACTIVITIES,
    SUPPORT_ACTIVITIES,
    FiveForces,
    ValueChain,
    ValueDisciplines,
)
from crmworkbook.text import Language, Text, label, number, percent

LITTLE_PRESSURE = Text(nl="1 weinig druk", en="1 little pressure")
MUCH_PRESSURE = Text(nl="5 veel druk", en="5 much pressure")
WEAK = Text(nl="1 zwak", en="1 weak")
STRONG = Text(nl="5 sterk", en="5 strong")
AHEAD = Text(nl="voorop", en="in the lead")
OUR_BEST = Text(nl="ons sterkste punt", en="our strongest point")
MEETS = Text(nl="haalt de drempel van", en="meets the threshold of")
BELOW = Text(nl="onder de drempel van", en="below the threshold of")
VALUE = Text(nl="waarde", en="value")
COST = Text(nl="kosten", en="cost")
SUPPORT = Text(nl="Ondersteunend", en="Support")
PRIMARY = Text(nl="Primair", en="Primary")

_LINE = 0.128  # inches from one small line to the next


def pressure_chart(forces: FiveForces, notes: Mapping[str, str], language: Language, width: float = HALF) -> Figure:
    """The five forces from strong to weak, each with what people see of it.

    Args:
        forces: The result of the model.
        notes: Force to the client's own words; a force may have none.
        language: Language of words and numbers.
        width: Of the picture in inches.
    """
    ordered = forces.scores.sort_values(ascending=False, kind="stable")
    lines = {force: wrapped(notes.get(force, ""), width * 20, 3).splitlines() for force in ordered.index}
    height = sum(0.39 + _LINE * len(lines[force]) for force in ordered.index) + 0.2
    stands_out = len(forces.strongest) < forces.scores.count()
    with look():
        figure, axes = page(height, width)
        y = height - 0.13
        for force, score in ordered.items():
            colour = AMBER if stands_out and force in forces.strongest else DEEP
            axes.text(0, y, label(f"force.{force}", language), weight="semibold", va="center")
            axes.text(width - 0.02, y, score_words(score, language), weight="semibold", va="center", ha="right")
            _scale(axes, 0.09, width - 0.09, y - 0.15)
            if not math.isnan(score):
                end = on_scale(float(score), 0.09, width - 0.09)
                axes.plot([0.09, end], [y - 0.15] * 2, color=colour, lw=2.2, solid_capstyle="round")
                axes.plot(end, y - 0.15, "o", color=colour, ms=6.5)
            _paragraph(axes, 0, y - 0.28, lines[str(force)])
            y -= 0.39 + _LINE * len(lines[str(force)])
        _ends(axes, 0, width, 0.09, LITTLE_PRESSURE[language], MUCH_PRESSURE[language])
    return figure


def discipline_chart(
    result: ValueDisciplines,
    parties: Mapping[str, str],
    language: Language,
    width: float = HALF,
    height: float = 3.0,
) -> Figure:
    """Per value discipline: us, the competitors and the threshold on one line from 1 to 5.

    Args:
        result: The result of the model.
        parties: Party to name.
        language: Language of words and numbers.
        width: Of the picture in inches.
        height: Of the picture in inches; 2.6 at least.
    """
    step = (height - 0.2) / len(DISCIPLINES)
    with look():
        figure, axes = page(height, width)
        for position, discipline in enumerate(DISCIPLINES):
            y = height - 0.13 - position * step
            status, look_here = discipline_status(result, discipline, language)
            axes.text(0, y, label(f"discipline.{discipline}.name", language), weight="semibold", va="center")
            axes.text(
                width - 0.02,
                y,
                status,
                fontsize=SMALL,
                va="center",
                ha="right",
                color=INK if look_here else GREY,
            )
            _positions(axes, result, discipline, parties, language, width, y - step / 2, AMBER if look_here else TEAL)
        _ends(axes, 0, width, 0.09, WEAK[language], STRONG[language])
    return figure


def discipline_status(result: ValueDisciplines, discipline: str, language: Language) -> tuple[str, bool]:
    """What stands beside a discipline, and whether it is one to look at (below the threshold)."""
    means = result.means[discipline]
    if discipline == result.lead:
        best = means.drop(OWN_PARTY).max()
        return (AHEAD if means[OWN_PARTY] > best else OUR_BEST)[language], False
    row = result.thresholds.set_index("discipline").loc[discipline]
    if pd.isna(row["meets"]):
        return "", False
    words = MEETS if row["meets"] else BELOW
    return f"{words[language]} {number(row['threshold'], language)}", not row["meets"]


def value_chain_chart(chain: ValueChain, language: Language) -> Figure:
    """The chain, darker where customers value an activity more, with cost shares and what stands out.

    A triangle up: higher in customer value than in cost; a triangle down: the other way round.

    Args:
        chain: The result of the model.
        language: Language of words and numbers.
    """
    with look():
        figure, axes = page(3.05, WIDE)
        axes.text(0, 2.95, SUPPORT[language], color=GREY, fontsize=SMALL, va="center")
        for position, activity in enumerate(SUPPORT_ACTIVITIES):
            _support(axes, chain, activity, 2.57 - position * 0.31, language)
        axes.text(0, 1.5, PRIMARY[language], color=GREY, fontsize=SMALL, va="center")
        for position, activity in enumerate(PRIMARY_ACTIVITIES):
            _primary(axes, chain, activity, position * 1.22, language)
    return figure


# --- pieces -------------------------------------------------------------------------------------------------


def _paragraph(axes: Axes, x: float, y: float, lines: list[str]) -> None:
    for position, line in enumerate(lines):
        axes.text(x, y - _LINE * position, line, fontsize=SMALL, color=GREY, va="center")


def _scale(axes: Axes, left: float, right: float, y: float) -> None:
    axes.plot([left, right], [y, y], color=HAIR, lw=0.8, zorder=0)


def _ends(axes: Axes, left: float, right: float, y: float, low: str, high: str) -> None:
    axes.text(left, y, low, fontsize=SMALL, color=GREY, va="center")
    axes.text(right, y, high, fontsize=SMALL, color=GREY, va="center", ha="right")


def _triangle(axes: Axes, x: float, y: float, difference: float) -> None:
    """Up and teal where value outranks cost, down and amber where cost outranks value."""
    if difference:
        side = 0.055 if difference > 0 else -0.055
        corners = [(x - 0.06, y - side), (x + 0.06, y - side), (x, y + side)]
        axes.add_patch(Polygon(corners, facecolor=TEAL if difference > 0 else AMBER, edgecolor="none"))


# --- value disciplines --------------------------------------------------------------------------------------


def _positions(
    axes: Axes,
    result: ValueDisciplines,
    discipline: str,
    parties: Mapping[str, str],
    language: Language,
    width: float,
    y: float,
    colour: str,
) -> None:
    left, right = 0.09, width - 0.09
    _scale(axes, left, right, y)
    means = result.means[discipline]
    rivals = means.drop(OWN_PARTY).dropna()
    for score in rivals:
        axes.plot(on_scale(score, left, right), y, "o", color=PALE, ms=6)
    norm = result.thresholds.set_index("discipline")["threshold"].get(discipline, math.nan)
    if not math.isnan(norm):
        axes.plot([on_scale(norm, left, right)] * 2, [y - 0.1, y + 0.1], color=INK, lw=1.1)
    if len(rivals):
        name = clipped(parties.get(str(rivals.idxmax()), str(rivals.idxmax())), 34)
        _beside(
            axes,
            rivals.max(),
            left,
            right,
            y - 0.19,
            f"{name} {score_words(rivals.max(), language)}",
            GREY,
            "normal",
        )
    if not math.isnan(means[OWN_PARTY]):
        axes.plot(on_scale(means[OWN_PARTY], left, right), y, "o", color=colour, ms=8.5)
        words = f"{parties[OWN_PARTY]} {number(means[OWN_PARTY], language)}"
        _beside(axes, means[OWN_PARTY], left, right, y + 0.19, words, INK, "semibold")


def _beside(
    axes: Axes, score: float, left: float, right: float, y: float, words: str, colour: str, weight: str
) -> None:
    """Words centred on a score, moved in where they would run off the sheet."""
    half = len(words) * 0.027
    x = min(max(on_scale(score, left, right), left + half), right - half)
    axes.text(x, y, words, fontsize=SMALL, color=colour, weight=weight, ha="center", va="center")


# --- value chain --------------------------------------------------------------------------------------------


def _facts(chain: ValueChain, activity: str, language: Language) -> tuple[str, str, str, str, float]:
    """Words for value and cost, fill and ink of the box, and how far value outranks cost."""
    row = chain.activities.set_index("activity").T.to_dict().get(activity)
    if row is None:
        return "", "–", MIST, GREY, 0.0
    share = (row["customer_value"] - 0.5) / 4.5
    value = f"{VALUE[language]} {score_words(row['customer_value'], language)}"
    cost = f"{COST[language]} {percent(row['cost_share'], language, 0)}"
    fill = MIST if math.isnan(share) else to_hex(SEQUENCE(share))
    difference = 0.0 if math.isnan(row["difference"]) else row["difference"]
    return value, cost, fill, "white" if share > 0.65 else INK, difference


def _support(axes: Axes, chain: ValueChain, activity: str, y: float, language: Language) -> None:
    value, cost, fill, ink, difference = _facts(chain, activity, language)
    axes.add_patch(Rectangle((0, y), 6.05, 0.27, facecolor=fill, edgecolor="none"))
    axes.text(0.12, y + 0.135, label(f"activity.{activity}", language), va="center", color=ink, weight="semibold")
    axes.text(
        5.93,
        y + 0.135,
        " · ".join(part for part in (value, cost) if part),
        va="center",
        ha="right",
        color=ink,
    )
    _triangle(axes, 6.2, y + 0.135, difference)


def _primary(axes: Axes, chain: ValueChain, activity: str, x: float, language: Language) -> None:
    value, cost, fill, ink, difference = _facts(chain, activity, language)
    tip, low, high, width = 0.16, 0.28, 1.38, 1.19
    edge = [(x, low), (x + width, low), (x + width + tip, (low + high) / 2), (x + width, high), (x, high)]
    notch = [(x + tip, (low + high) / 2)] if x else []
    axes.add_patch(Polygon([*edge, *notch], facecolor=fill, edgecolor="none"))
    inside = x + 0.24 if x else x + 0.12
    name = wrapped(label(f"activity.{activity}", language), 14).splitlines()
    for position, line in enumerate(name):
        axes.text(inside, high - 0.2 - 0.15 * position, line, va="center", color=ink, weight="semibold")
    axes.text(inside, low + 0.37, value, va="center", color=ink)
    axes.text(inside, low + 0.19, cost, va="center", color=ink)
    _triangle(axes, inside + 0.06, low - 0.13, difference)
