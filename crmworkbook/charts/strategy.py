"""Charts of chapter 1: pressure in the industry, value disciplines, competitors, value chain.

They are drawn on a sheet measured in inches, because their words take more room than their data.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

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
    new_figure,
)
from crmworkbook.models.frames import records
from crmworkbook.models.strategy import (
    DISCIPLINES,
    OWN_PARTY,
    PRIMARY_ACTIVITIES,
    SUPPORT_ACTIVITIES,
    CompetitorProfile,
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
WEIGHT = Text(nl="gewicht", en="weight")
WEIGHTED_MEAN = Text(nl="Gewogen gemiddelde", en="Weighted mean")
GAP = Text(nl="verschil met de beste\nvan de anderen, gewogen", en="gap to the best of\nthe others, weighted")
VALUE = Text(nl="waarde", en="value")
COST = Text(nl="kosten", en="cost")
SUPPORT = Text(nl="Ondersteunend", en="Support")
PRIMARY = Text(nl="Primair", en="Primary")

_SMALL = 7.6  # points
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
    lines = {force: _wrapped(notes.get(force, ""), width * 20, 3) for force in ordered.index}
    height = sum(0.39 + _LINE * len(lines[force]) for force in ordered.index) + 0.2
    stands_out = len(forces.strongest) < forces.scores.count()
    with look():
        figure, axes = _sheet(height, width)
        y = height - 0.13
        for force, score in ordered.items():
            colour = AMBER if stands_out and force in forces.strongest else DEEP
            axes.text(0, y, label(f"force.{force}", language), weight="semibold", va="center")
            axes.text(width - 0.02, y, _score(score, language), weight="semibold", va="center", ha="right")
            _scale(axes, 0.09, width - 0.09, y - 0.15)
            if not math.isnan(score):
                end = _on_scale(float(score), 0.09, width - 0.09)
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
        figure, axes = _sheet(height, width)
        for position, discipline in enumerate(DISCIPLINES):
            y = height - 0.13 - position * step
            status, look_here = discipline_status(result, discipline, language)
            axes.text(0, y, label(f"discipline.{discipline}.name", language), weight="semibold", va="center")
            axes.text(
                width - 0.02,
                y,
                status,
                fontsize=_SMALL,
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


def competitor_chart(profile: CompetitorProfile, parties: Mapping[str, str], language: Language) -> Figure:
    """Scores per factor and party, and our weighted gap to the best competitor; our largest lead on top.

    Args:
        profile: The result of the model.
        parties: Party to name.
        language: Language of words and numbers.
    """
    best = profile.best.sort_values("weighted_gap", ascending=False, kind="stable", na_position="last")
    columns = list(profile.means["party"])
    scores = profile.gaps.pivot(index="factor", columns="party", values="score").reindex(columns=columns[1:])
    scores.insert(0, OWN_PARTY, best.set_index("factor")["us"])
    row = min(0.27, 7.0 / (len(best) + 1))
    head = 0.42 if len(columns) <= 5 else 0.92
    height = head + row * (len(best) + 1) + 0.1
    with look():
        figure, axes = _sheet(height, WIDE)
        left = _columns(len(columns))
        _heads(axes, columns, parties, left, height - head, language)
        for position, factor in enumerate(records(best)):
            y = height - head - row * (position + 0.5) - 0.015
            _name(axes, factor["factor"], 1.5, y, row)
            weight = percent(factor["weight"], language, 0)
            axes.text(1.98, y, weight, ha="right", va="center", color=GREY, fontsize=_SMALL)
            values = scores.reindex([factor["factor"]]).iloc[0]
            for party, x in zip(columns, left, strict=True):
                _cell(axes, x, y, left[-1] - left[-2] if len(left) > 1 else 0.6, row, values[party], language)
        if len(columns) > 1:
            _gaps(axes, best, left[-1] + (left[-1] - left[-2]) + 0.15, height - head, row, language)
        _means(axes, profile.means, left, 0.08 + row / 2, language)
        if len(columns) > 5:  # the slanted names leave no room above the bars
            axes.text(WIDE, 0.08 + row / 2, GAP[language], fontsize=_SMALL, color=GREY, ha="right", va="center")
    return figure


def value_chain_chart(chain: ValueChain, language: Language) -> Figure:
    """The chain, darker where customers value an activity more, with cost shares and what stands out.

    A triangle up: higher in customer value than in cost; a triangle down: the other way round.

    Args:
        chain: The result of the model.
        language: Language of words and numbers.
    """
    with look():
        figure, axes = _sheet(3.05, WIDE)
        axes.text(0, 2.95, SUPPORT[language], color=GREY, fontsize=_SMALL, va="center")
        for position, activity in enumerate(SUPPORT_ACTIVITIES):
            _support(axes, chain, activity, 2.57 - position * 0.31, language)
        axes.text(0, 1.5, PRIMARY[language], color=GREY, fontsize=_SMALL, va="center")
        for position, activity in enumerate(PRIMARY_ACTIVITIES):
            _primary(axes, chain, activity, position * 1.22, language)
    return figure


# --- the sheet ----------------------------------------------------------------------------------------------


def _sheet(height: float, width: float) -> tuple[Figure, Axes]:
    """A figure whose only axes measure inches from the lower left corner."""
    figure = new_figure(height, width)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def _wrapped(words: str, characters: float, lines: int) -> list[str]:
    return textwrap.wrap(words, int(characters), max_lines=lines, placeholder=" …", break_on_hyphens=False)


def _shortened(words: str, characters: int) -> str:
    return words if len(words) <= characters else words[: characters - 1].rstrip() + "…"


def _paragraph(axes: Axes, x: float, y: float, lines: list[str]) -> None:
    for position, line in enumerate(lines):
        axes.text(x, y - _LINE * position, line, fontsize=_SMALL, color=GREY, va="center")


def _score(value: float, language: Language) -> str:
    return "–" if math.isnan(value) else number(value, language, 0 if float(value).is_integer() else 1)


def _on_scale(score: float, left: float, right: float) -> float:
    return left + (score - 1) / 4 * (right - left)


def _scale(axes: Axes, left: float, right: float, y: float) -> None:
    axes.plot([left, right], [y, y], color=HAIR, lw=0.8, zorder=0)


def _ends(axes: Axes, left: float, right: float, y: float, low: str, high: str) -> None:
    axes.text(left, y, low, fontsize=_SMALL, color=GREY, va="center")
    axes.text(right, y, high, fontsize=_SMALL, color=GREY, va="center", ha="right")


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
        axes.plot(_on_scale(score, left, right), y, "o", color=PALE, ms=6)
    norm = result.thresholds.set_index("discipline")["threshold"].get(discipline, math.nan)
    if not math.isnan(norm):
        axes.plot([_on_scale(norm, left, right)] * 2, [y - 0.1, y + 0.1], color=INK, lw=1.1)
    if len(rivals):
        name = _shortened(parties.get(str(rivals.idxmax()), str(rivals.idxmax())), 34)
        _beside(
            axes,
            rivals.max(),
            left,
            right,
            y - 0.19,
            f"{name} {_score(rivals.max(), language)}",
            GREY,
            "normal",
        )
    if not math.isnan(means[OWN_PARTY]):
        axes.plot(_on_scale(means[OWN_PARTY], left, right), y, "o", color=colour, ms=8.5)
        words = f"{parties[OWN_PARTY]} {number(means[OWN_PARTY], language)}"
        _beside(axes, means[OWN_PARTY], left, right, y + 0.19, words, INK, "semibold")


def _beside(
    axes: Axes, score: float, left: float, right: float, y: float, words: str, colour: str, weight: str
) -> None:
    """Words centred on a score, moved in where they would run off the sheet."""
    half = len(words) * 0.027
    x = min(max(_on_scale(score, left, right), left + half), right - half)
    axes.text(x, y, words, fontsize=_SMALL, color=colour, weight=weight, ha="center", va="center")


# --- competitors --------------------------------------------------------------------------------------------


def _name(axes: Axes, words: str, x: float, y: float, row: float) -> None:
    """A name that ends at *x*: on one line, or small on two where the row has room for them."""
    if len(words) <= 27:
        axes.text(x, y, words, ha="right", va="center")
    else:
        lines = _wrapped(words, 29, 2 if row > 0.25 else 1)
        axes.text(x, y, "\n".join(lines), ha="right", va="center", fontsize=_SMALL, linespacing=0.95)


def _columns(parties: int) -> list[float]:
    """Left edge of each party's column; ours stands a little apart."""
    each = min(0.68, 2.85 / parties)
    return [2.1 + each * position + (0.06 if position else 0) for position in range(parties)]


def _heads(
    axes: Axes,
    columns: list[str],
    parties: Mapping[str, str],
    left: list[float],
    y: float,
    language: Language,
) -> None:
    each = left[-1] - left[-2] if len(left) > 1 else 0.6
    axes.text(1.98, y + 0.07, WEIGHT[language], fontsize=_SMALL, color=GREY, ha="right", va="bottom")
    for party, x in zip(columns, left, strict=True):
        name, own = parties.get(party, party), party == OWN_PARTY
        weight, colour = ("semibold", INK) if own else ("normal", "#4d5b66")
        if len(columns) <= 5 or own:
            words = "\n".join(_wrapped(name, 12, 2))
            axes.text(
                x + each / 2,
                y + 0.07,
                words,
                fontsize=_SMALL,
                ha="center",
                va="bottom",
                weight=weight,
                color=colour,
            )
        else:
            words = _shortened(name, 18)
            axes.text(
                x + each / 2, y + 0.07, words, fontsize=_SMALL, ha="left", va="bottom", rotation=45,
                rotation_mode="anchor", color=colour,
            )  # fmt: skip
    if 1 < len(columns) <= 5:
        axes.text(WIDE, y + 0.07, GAP[language], fontsize=_SMALL, color=GREY, ha="right", va="bottom")


def _cell(axes: Axes, x: float, y: float, width: float, height: float, score: float, language: Language) -> None:
    share = 0 if math.isnan(score) else (score - 0.5) / 4.5
    box = Rectangle((x, y - height / 2), width - 0.03, height - 0.03, facecolor=SEQUENCE(share), edgecolor="none")
    axes.add_patch(box)
    colour = "white" if share > 0.65 else INK
    axes.text(
        x + width / 2 - 0.015,
        y,
        _score(score, language),
        ha="center",
        va="center_baseline",
        color=colour,
    )


def _gaps(axes: Axes, best: pd.DataFrame, left: float, top: float, row: float, language: Language) -> None:
    """Bars to the right where we are ahead, to the left where the best competitor is."""
    room, zero = WIDE - left, left + (WIDE - left) / 2
    largest = best["weighted_gap"].abs().max()
    scale = (room / 2 - 0.36) / largest if largest > 0 else 0.0
    axes.plot([zero, zero], [top - row * len(best), top], color=HAIR, lw=0.8)
    for position, gap in enumerate(best["weighted_gap"]):
        y = top - row * (position + 0.5) - 0.015
        if math.isnan(gap):
            axes.text(zero + 0.05, y, "–", va="center", color=GREY)
            continue
        box = Rectangle((zero, y - row * 0.27), gap * scale, row * 0.54, facecolor=TEAL if gap > 0 else AMBER)
        axes.add_patch(box)
        words = ("+" if round(gap, 2) > 0 else "") + number(gap, language, 2)
        side = "right" if gap < 0 else "left"
        axes.text(zero + gap * scale + (-0.05 if gap < 0 else 0.05), y, words, fontsize=_SMALL, va="center", ha=side)


def _means(axes: Axes, means: pd.DataFrame, left: list[float], y: float, language: Language) -> None:
    each = left[-1] - left[-2] if len(left) > 1 else 0.6
    axes.plot([0, left[-1] + each - 0.03], [y + 0.14] * 2, color=DEEP, lw=0.7)
    axes.text(1.5, y, WEIGHTED_MEAN[language], ha="right", va="center", weight="semibold")
    for mean, x in zip(means["weighted_mean"], left, strict=True):
        words = "–" if math.isnan(mean) else number(mean, language, 2)
        axes.text(x + each / 2 - 0.015, y, words, ha="center", va="center", weight="semibold")


# --- value chain --------------------------------------------------------------------------------------------


def _facts(chain: ValueChain, activity: str, language: Language) -> tuple[str, str, str, str, float]:
    """Words for value and cost, fill and ink of the box, and how far value outranks cost."""
    row = chain.activities.set_index("activity").T.to_dict().get(activity)
    if row is None:
        return "", "–", MIST, GREY, 0.0
    share = (row["customer_value"] - 0.5) / 4.5
    value = f"{VALUE[language]} {_score(row['customer_value'], language)}"
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
    name = _wrapped(label(f"activity.{activity}", language), 14, 2)
    for position, line in enumerate(name):
        axes.text(inside, high - 0.2 - 0.15 * position, line, va="center", color=ink, weight="semibold")
    axes.text(inside, low + 0.37, value, va="center", color=ink)
    axes.text(inside, low + 0.19, cost, va="center", color=ink)
    _triangle(axes, inside + 0.06, low - 0.13, difference)
