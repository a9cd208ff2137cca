"""Charts of channels, operations and service: who meets whom, which channel gains, what the open deals are worth."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from crmworkbook import text
from crmworkbook.charts.parts import SMALL, apart, page
from crmworkbook.charts.style import AMBER, DEEP, GREY, HAIR, HALF, INK, PALE, SEQUENCE, TEAL, WIDE, look
from crmworkbook.models.contacts import STRONGEST, ContactMatrix
from crmworkbook.models.frames import records
from crmworkbook.models.leads import Pipeline
from crmworkbook.text import Language, Text, label

NOW = Text(nl="nu", en="now")
LATER = Text(nl="over drie jaar", en="in three years")
REGULAR_CONTACTS = Text(nl="vaste contacten", en="regular contacts")
DEALS = Text(nl="deals", en="deals")
CHANCE = Text(nl="kans", en="chance")
EXPECTED = Text(nl="verwacht", en="expected")
AMOUNT = Text(nl="bedrag", en="amount")
ALL = Text(nl="Samen", en="In all")

_LETTER = 0.052  # inches a small letter takes, on average
_MOST_STAGES = 24  # more rows stand together in the last one
_TIGHT = 0.2  # inches of a cell below which its number is printed smaller


def _lines(words: str, letters: int, most: int = 2) -> str:
    """At most so many lines of so many letters; a word that is longer is cut at its end."""
    short = [word if len(word) <= letters else word[: letters - 1] + "…" for word in words.split()]
    return "\n".join(textwrap.wrap(" ".join(short), letters, max_lines=most, placeholder="…", break_on_hyphens=False))


def contact_heatmap(found: ContactMatrix, language: Language, width: float = HALF) -> Figure:
    """Our roles beside the customer's: darker knows each other better.

    Below, how many of our roles meet each customer role regularly: amber where it is one, a ring where it is none.

    Args:
        found: The result of the model.
        language: Language of words and numbers.
        width: Of the picture in inches.
    """
    own, theirs = list(found.matrix.index), list(found.matrix.columns)
    left = min(1.15, max(len(_lines(role, 19).split("\n")[0]) for role in [*own, REGULAR_CONTACTS[language]]) * 0.056)
    cell = min(0.42, (width - left - 0.1) / len(theirs))
    tall = 0.27
    heads = [_lines(role, 14, 2 if cell > 0.25 else 1) for role in theirs]
    head = 0.14 + max(len(line) for words in heads for line in words.split("\n")) * (_LETTER + 0.004)
    height = head + tall * (len(own) + 1) + 0.14
    with look():
        figure, axes = page(height, width)
        for column, words in enumerate(heads):
            x = left + 0.08 + (column + 0.5) * cell - 0.015
            place: Any = {"rotation": 90, "ha": "center", "va": "bottom", "linespacing": 1.0}
            size = 7.0 if "\n" in words else SMALL
            axes.text(x, height - head + 0.05, words, fontsize=size, color=GREY, **place)
        for row, role in enumerate(own):
            y = height - head - (row + 1) * tall
            said = _lines(role, 19)
            axes.text(left, y + tall / 2, said, fontsize=SMALL, ha="right", va="center", linespacing=0.95)
            for column, score in enumerate(found.matrix.iloc[row]):
                _contact(axes, left + 0.08 + column * cell, y, cell, tall, score)
        y = height - head - (len(own) + 1) * tall - 0.06
        axes.plot([0, left + 0.08 + cell * len(theirs)], [y + tall + 0.02] * 2, color=HAIR, lw=0.6)
        axes.text(left, y + tall / 2, REGULAR_CONTACTS[language], fontsize=SMALL, ha="right", va="center", color=GREY)
        for column, count in enumerate(found.threads):
            _threads(axes, left + 0.08 + (column + 0.5) * cell - 0.015, y + tall / 2, cell, int(count))
    return figure


def _contact(axes: Axes, x: float, y: float, cell: float, tall: float, score: float) -> None:
    known = not pd.isna(score)
    tint = 0.9 * score / STRONGEST if known else 0.0
    style: Any = {
        "facecolor": SEQUENCE(tint) if tint else "white",
        "edgecolor": "none" if tint else HAIR,
        "linewidth": 0.6,
    }
    axes.add_patch(Rectangle((x, y + 0.015), cell - 0.03, tall - 0.03, hatch=None if known else "//////", **style))
    said = "" if not known else f"{score:.0f}"
    colour = "white" if tint > 0.7 else INK if score else GREY
    middle = (x + cell / 2 - 0.015, y + tall / 2)
    size = SMALL if cell > _TIGHT else 30 * cell + 1.5
    axes.text(*middle, said, ha="center", va="center_baseline", fontsize=size, color=colour)


def _threads(axes: Axes, x: float, y: float, cell: float, count: int) -> None:
    size = min(11.5, 56 * cell)
    if count == 1:
        axes.plot(x, y, "o", color=AMBER, ms=size)
    if count == 0:
        axes.plot(x, y, "o", markerfacecolor="none", markeredgecolor=AMBER, markeredgewidth=1.4, ms=size - 1)
    style: dict[str, Any] = {"weight": "semibold" if count < 2 else "normal", "ha": "center", "va": "center_baseline"}
    style |= {"fontsize": SMALL if cell > _TIGHT else 30 * cell + 1.5, "color": "white" if count == 1 else INK}
    axes.text(x, y - 0.005, str(count), **style)


def slope_chart(
    shift: pd.DataFrame, names: Mapping[str, str], language: Language, width: float = HALF, height: float = 2.5
) -> Figure:
    """Each channel's share of revenue now and later, the one that gains most in teal.

    Args:
        shift: As `crmworkbook.models.contacts.channel_shift` gives it.
        names: Channel to name.
        language: Language of words and numbers.
        width: Of the picture in inches.
        height: Of the picture in inches; grows with the number of channels.
    """
    rows = records(shift)
    height = max(height, 0.6 + 0.27 * len(rows))
    left, right = 0.42, width - 1.32
    low, high = 0.16, height - 0.42
    most = max(max(row["share_now"], row["share_expected"]) for row in rows)
    least = min(min(row["share_now"], row["share_expected"]) for row in rows)
    gains = max(row["change"] for row in rows)

    def at(share: float) -> float:
        return low + (high - low) * ((share - least) / (most - least) if most > least else 0.5)

    with look():
        figure, axes = page(height, width)
        for x, words in ((left, NOW), (right, LATER)):
            axes.plot([x, x], [low - 0.1, high + 0.1], color=HAIR, lw=0.8)
            axes.text(x, height - 0.12, words[language], ha="center", va="center", fontsize=SMALL, color=GREY)
        starts = apart([at(row["share_now"]) for row in rows], 0.15)
        ends = apart([at(row["share_expected"]) for row in rows], 0.26)
        for row, start, end in zip(rows, starts, ends, strict=True):
            best = row["change"] == gains and gains > 0
            colour = TEAL if best else DEEP
            points = [at(row["share_now"]), at(row["share_expected"])]
            axes.plot([left, right], points, color=colour, lw=2.4 if best else 1.5, marker="o", ms=5)
            weight = "semibold" if best else "normal"
            now, later = (text.percent(row[f"share_{name}"], language, 0) for name in ("now", "expected"))
            axes.text(left - 0.09, start, now, ha="right", va="center", fontsize=SMALL, weight=weight)
            said = f"{later}  {_lines(names[row['channel']], 17)}".replace("\n", "\n         ")
            axes.text(right + 0.09, end, said, va="center", fontsize=SMALL, weight=weight, linespacing=1.0)
    return figure


def funnel_chart(deals: Pipeline, language: Language, currency: str = "EUR") -> Figure:
    """Each stage's amount as a pale bar, and in it the part that is expected to come.

    Args:
        deals: The result of the model.
        language: Language of words and numbers.
        currency: Of the amounts.
    """
    rows = _largest(deals.stages, language)
    row_height = min(0.31, 7.5 / (len(rows) + 1))
    height = 0.34 + row_height * (len(rows) + 1) + 0.06
    track, end = 1.55, 4.0
    columns = (4.8, 5.2, 5.7, WIDE)
    most = max((row["amount"] for row in rows), default=0.0)
    with look():
        figure, axes = page(height, WIDE)
        for x, words in zip(columns, (AMOUNT, DEALS, CHANCE, EXPECTED), strict=True):
            axes.text(x, height - 0.14, words[language], ha="right", va="center", fontsize=SMALL, color=GREY)
        axes.add_patch(Rectangle((track, height - 0.18), 0.16, 0.11, facecolor=TEAL))
        axes.text(track + 0.21, height - 0.13, EXPECTED[language], va="center", fontsize=SMALL, color=GREY)
        for position, row in enumerate(rows):
            y = height - 0.32 - (position + 0.5) * row_height
            stage = _lines(row["stage"], 26, 2 if row_height > 0.25 else 1)
            axes.text(0, y, stage, va="center", fontsize=8.5 if len(stage) < 25 else SMALL, linespacing=0.95)
            _bar(axes, row, track, (end - track) / most if most > 0 else 0.0, y, row_height)
            _numbers(axes, row, columns, y, language, currency)
        y = height - 0.32 - (len(rows) + 0.5) * row_height
        axes.plot([0, WIDE], [y + row_height * 0.52] * 2, color=DEEP, lw=0.7)
        axes.text(0, y - 0.02, ALL[language], va="center", weight="semibold")
        total = {"amount": deals.amount, "deals": deals.deals, "expected": deals.expected, "probability": None}
        _numbers(axes, total, columns, y - 0.02, language, currency, "semibold")
    return figure


def _largest(stages: pd.DataFrame, language: Language) -> list[dict[str, Any]]:
    """The stages in their order; from so many up the smallest stand together as the last row."""
    if len(stages) <= _MOST_STAGES:
        return records(stages)
    shown = stages.index.isin(stages["expected"].nlargest(_MOST_STAGES - 1).index)
    rest = stages[~shown].drop(columns="stage").sum()
    rest["probability"] = rest["expected"] / rest["amount"] if rest["amount"] > 0 else 0.0
    name = label("cube.and_more", language).replace("{count}", str(int((~shown).sum())))
    return [*records(stages[shown]), {"stage": name, **{str(key): value for key, value in rest.items()}}]


def _bar(axes: Axes, row: Mapping[str, float], left: float, scale: float, y: float, tall: float) -> None:
    size = tall * 0.62
    axes.add_patch(Rectangle((left, y - size / 2), row["amount"] * scale, size, facecolor=PALE, alpha=0.55))
    axes.add_patch(Rectangle((left, y - size / 2), row["expected"] * scale, size, facecolor=TEAL))


def _numbers(
    axes: Axes,
    row: Mapping[str, float | None],
    columns: Sequence[float],
    y: float,
    language: Language,
    currency: str,
    weight: str = "normal",
) -> None:
    amount, expected = (text.money(row[name] or 0.0, language, currency) for name in ("amount", "expected"))
    chance = "" if row["probability"] is None else text.percent(row["probability"], language, 0)
    values = (amount, text.number(row["deals"] or 0.0, language, 0), chance, expected)
    for x, words in zip(columns, values, strict=True):
        axes.text(x, y, words, ha="right", va="center", weight=weight)
