"""Chart of the competitors: scores per factor and party, and our weighted gap to the best of them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from crmworkbook.charts.parts import SMALL, clipped, page, score_words, wrapped
from crmworkbook.charts.style import AMBER, DEEP, GREY, HAIR, INK, SEQUENCE, TEAL, WIDE, look
from crmworkbook.models.frames import records
from crmworkbook.models.strategy import OWN_PARTY, CompetitorProfile
from crmworkbook.text import Language, Text, number, percent

WEIGHT = Text(nl="gewicht", en="weight")
WEIGHTED_MEAN = Text(nl="Gewogen gemiddelde", en="Weighted mean")
GAP = Text(nl="verschil met de beste\nvan de anderen, gewogen", en="gap to the best of\nthe others, weighted")


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
        figure, axes = page(height, WIDE)
        left = _columns(len(columns))
        _heads(axes, columns, parties, left, height - head, language)
        for position, factor in enumerate(records(best)):
            y = height - head - row * (position + 0.5) - 0.015
            _name(axes, factor["factor"], 1.5, y, row)
            weight = percent(factor["weight"], language, 0)
            axes.text(1.98, y, weight, ha="right", va="center", color=GREY, fontsize=SMALL)
            values = scores.reindex([factor["factor"]]).iloc[0]
            for party, x in zip(columns, left, strict=True):
                _cell(axes, x, y, left[-1] - left[-2] if len(left) > 1 else 0.6, row, values[party], language)
        if len(columns) > 1:
            _gaps(axes, best, left[-1] + (left[-1] - left[-2]) + 0.15, height - head, row, language)
        _means(axes, profile.means, left, 0.08 + row / 2, language)
        if len(columns) > 5:  # the slanted names leave no room above the bars
            axes.text(WIDE, 0.08 + row / 2, GAP[language], fontsize=SMALL, color=GREY, ha="right", va="center")
    return figure


def _name(axes: Axes, words: str, x: float, y: float, row: float) -> None:
    """A name that ends at *x*: on one line, or small on two where the row has room for them."""
    if len(words) <= 27:
        axes.text(x, y, words, ha="right", va="center")
    else:
        lines = wrapped(words, 29, 2 if row > 0.25 else 1)
        axes.text(x, y, lines, ha="right", va="center", fontsize=SMALL, linespacing=0.95)


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
    axes.text(1.98, y + 0.07, WEIGHT[language], fontsize=SMALL, color=GREY, ha="right", va="bottom")
    for party, x in zip(columns, left, strict=True):
        name, own = parties.get(party, party), party == OWN_PARTY
        weight, colour = ("semibold", INK) if own else ("normal", "#4d5b66")
        if len(columns) <= 5 or own:
            words = wrapped(name, 12)
            axes.text(
                x + each / 2,
                y + 0.07,
                words,
                fontsize=SMALL,
                ha="center",
                va="bottom",
                weight=weight,
                color=colour,
            )
        else:
            words = clipped(name, 18)
            axes.text(
                x + each / 2, y + 0.07, words, fontsize=SMALL, ha="left", va="bottom", rotation=45,
                rotation_mode="anchor", color=colour,
            )  # fmt: skip
    if 1 < len(columns) <= 5:
        axes.text(WIDE, y + 0.07, GAP[language], fontsize=SMALL, color=GREY, ha="right", va="bottom")


def _cell(axes: Axes, x: float, y: float, width: float, height: float, score: float, language: Language) -> None:
    share = 0 if math.isnan(score) else (score - 0.5) / 4.5
    box = Rectangle((x, y - height / 2), width - 0.03, height - 0.03, facecolor=SEQUENCE(share), edgecolor="none")
    axes.add_patch(box)
    colour = "white" if share > 0.65 else INK
    axes.text(
        x + width / 2 - 0.015,
        y,
        score_words(score, language),
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
        axes.text(zero + gap * scale + (-0.05 if gap < 0 else 0.05), y, words, fontsize=SMALL, va="center", ha=side)


def _means(axes: Axes, means: pd.DataFrame, left: list[float], y: float, language: Language) -> None:
    each = left[-1] - left[-2] if len(left) > 1 else 0.6
    axes.plot([0, left[-1] + each - 0.03], [y + 0.14] * 2, color=DEEP, lw=0.7)
    axes.text(1.5, y, WEIGHTED_MEAN[language], ha="right", va="center", weight="semibold")
    for mean, x in zip(means["weighted_mean"], left, strict=True):
        words = "–" if math.isnan(mean) else number(mean, language, 2)
        axes.text(x + each / 2 - 0.015, y, words, ha="center", va="center", weight="semibold")
