"""Charts of the start: how complete the workbook is, who begins a contact, which trend comes first."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from crmworkbook import text
from crmworkbook.charts.parts import begun, page, wrapped
from crmworkbook.charts.style import DEEP, GREY, HALF, INK, PALE, SEQUENCE, TEAL, WIDE, look
from crmworkbook.models.frames import records
from crmworkbook.text import Language, Text

US = Text(nl="wij", en="we")
CUSTOMER = Text(nl="klant", en="customer")

_MOST_COLUMNS = 5


def completeness_tiles(completeness: pd.DataFrame, language: Language) -> Figure:
    """One tile per chapter, darker as more of it is filled in; rows of at most five, as even as they can be.

    Args:
        completeness: Columns chapter (words), share (0 to 1); one row per chapter.
        language: Language of the numbers.
    """
    rows = -(-len(completeness) // _MOST_COLUMNS)
    columns = -(-len(completeness) // rows)
    tall, gap = 0.68, 0.06
    wide = (WIDE + gap) / columns
    with look():
        figure, axes = page(rows * tall - gap, WIDE)
        for position, (title, share) in enumerate(zip(completeness["chapter"], completeness["share"], strict=True)):
            x, y = wide * (position % columns), (rows - 1 - position // columns) * tall
            tile = Rectangle((x, y), wide - gap, tall - gap, facecolor=SEQUENCE(0.1 + 0.9 * share), edgecolor="none")
            axes.add_patch(tile)
            colour = "white" if share > 0.78 else INK
            said = text.percent(share, language, 0)
            axes.text(x + 0.08, y + 0.47, said, fontsize=12.5, weight="semibold", color=colour, va="center")
            words = wrapped(title, wide * 18)
            axes.text(x + 0.08, y + 0.33, words, fontsize=7.8, color=colour, va="top", linespacing=1.1)
    return figure


def contact_bars(contacts: pd.DataFrame, names: Mapping[str, str], language: Language, width: float = HALF) -> Figure:
    """Contacts by kind, dark where we began and light where the customer did.

    Args:
        contacts: ``ContactMix.frame``.
        names: Kind to label.
        language: Language of words and numbers.
        width: Of the picture in inches.
    """
    longest = len(text.number(contacts["total"].max(), language, 0)) + 6
    left, right, most = 0.85, width - 0.062 * longest, float(contacts["total"].max()) or 1.0
    with look():
        figure, axes = page(_height(len(contacts)), width)
        for position, (kind, row) in enumerate(contacts.iterrows()):
            y = _height(len(contacts)) - 0.35 - 0.34 * position
            ours, total = (left + (right - left) * row[name] / most for name in ("ours", "total"))
            axes.add_patch(Rectangle((left, y - 0.1), ours - left, 0.2, facecolor=DEEP, edgecolor="none"))
            axes.add_patch(Rectangle((ours, y - 0.1), total - ours, 0.2, facecolor=PALE, edgecolor="none"))
            said = text.number(row["total"], language, 0)
            _bar_words(axes, names[str(kind)], said, (left, total), y, text.percent(row["share"], language, 0))
            if not position:
                _bar_heads(axes, (left, ours, total), y + 0.2, language)
    return figure


def _bar_heads(axes: Axes, ends: tuple[float, float, float], y: float, language: Language) -> None:
    """Who began, above the two parts of the first bar."""
    left, ours, total = ends
    parts = [(left, US[language])] if ours > left else []
    if total > ours:
        parts.append((max(ours, left + 0.26 if parts else left), CUSTOMER[language]))
    for x, words in parts:
        axes.text(x, y, words, fontsize=7.6, color=GREY, va="center")


def vote_bars(votes: pd.DataFrame, names: Mapping[str, str], language: Language, width: float = HALF) -> Figure:
    """Votes per trend with its rank, most first.

    Args:
        votes: As ``trend_ranks`` gives them: trend, points, rank.
        names: Trend to label.
        language: Language of the numbers.
        width: Of the picture in inches.
    """
    longest = len(text.number(votes["points"].max(), language, 0)) + 1
    left, right, most = 1.3, width - 0.062 * longest - 0.06, float(votes["points"].max()) or 1.0
    with look():
        figure, axes = page(_height(len(votes)), width)
        for position, row in enumerate(records(votes)):
            y = _height(len(votes)) - 0.2 - 0.3 * position
            end = left + (right - left) * row["points"] / most
            axes.add_patch(Rectangle((left, y - 0.1), end - left, 0.2, facecolor=TEAL, edgecolor="none"))
            _bar_words(axes, names[row["trend"]], text.number(row["points"], language, 0), (left, end), y)
    return figure


# --- pieces -------------------------------------------------------------------------------------------------


def _bar_words(axes: Axes, name: str, said: str, ends: tuple[float, float], y: float, beside: str = "") -> None:
    """The name before a bar, its number after it."""
    axes.text(ends[0] - 0.08, y, begun(name), ha="right", va="center")
    after = f"{said} · {beside}" if beside else said
    axes.text(ends[1] + 0.06, y, after, va="center", fontsize=8)


def _height(rows: int) -> float:
    return max(0.3 * rows + 0.1, 1.35)
