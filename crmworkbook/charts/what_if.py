"""The chart that follows the sliders of customer value: what one new customer brings, added up."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from crmworkbook import text
from crmworkbook.charts.style import DEEP, GREY, HAIR, INK, TEAL, look, new_figure
from crmworkbook.charts.value import AHEAD, Period
from crmworkbook.models.rates import MONTHS
from crmworkbook.text import Language, Text, fill

NOW = Text(nl="nu {value}", en="now {value}")
IF = Text(nl="wat als {value}", en="what if {value}")
TOTAL = Text(nl="Opgeteld per klant", en="Added up per customer")
_APART = 0.07  # of the height: two labels at the end come no closer


def account_chart(
    now: np.ndarray,
    moved: np.ndarray | None,
    language: Language,
    currency: str = "EUR",
    period: Period = "year",
) -> Figure:
    """What a new customer has brought after so many periods, and beside it the same with other numbers.

    Args:
        now: Outcome of ``customer_account`` with the client's own numbers.
        moved: With those of the sliders; None when they are the same.
        language: Language of words and numbers.
        currency: Of the amounts.
        period: Of the axis.
    """
    lines = [now] if moved is None else [now, moved]
    longest = max(len(line) for line in lines) - 1
    low = min(0.0, *(float(line.min()) for line in lines))
    high = max(0.0, *(float(line.max()) for line in lines))
    span = (high - low) or 1.0
    with look():
        figure = new_figure(2.9)
        axes = figure.subplots()
        axes.axhline(0, color=HAIR, linewidth=0.8, zorder=0)
        colours = [DEEP] if moved is None else [GREY, TEAL]
        for line, colour in zip(lines, colours, strict=True):
            dots = "o" if len(line) <= MONTHS + 1 else ""
            axes.plot(np.arange(len(line)), line, color=colour, linewidth=1.8, marker=dots, markersize=4)
        heights = _apart([float(line[-1]) for line in lines], _APART * 1.2 * span)
        for line, colour, height in zip(lines, colours, heights, strict=True):
            said = IF if line is moved else NOW
            words = said[language].format(value=text.money(float(line[-1]), language, currency))
            place = (len(line) - 1 + 0.015 * (longest or 1), height)
            ink = INK if colour == GREY else colour
            axes.text(*place, words, color=ink, fontsize=8.5, va="center", weight="semibold")
        room = max(longest, 1)
        axes.set(xlim=(-0.02 * room, room * 1.24), ylim=(low - 0.1 * span, high + 0.1 * span))
        axes.set_xlabel(fill(AHEAD, language, {"periods": text.label(f"period.{period}.many", language)}))
        axes.set_ylabel(TOTAL[language])
        _ticks(axes, longest, period, language, currency)
    return figure


def _ticks(axes: object, longest: int, period: Period, language: Language, currency: str) -> None:
    x, y = axes.xaxis, axes.yaxis  # type: ignore[attr-defined]
    if period == "month":
        x.set_major_locator(MultipleLocator(MONTHS * max(1, round(longest / MONTHS / 6))))
    else:
        x.set_major_locator(MaxNLocator(min(longest, 10) or 1, integer=True))
    x.set_major_formatter(FuncFormatter(lambda at, _: text.number(at, language, 0) if 0 <= at <= longest else ""))
    y.set_major_locator(MaxNLocator(5))
    y.set_major_formatter(FuncFormatter(lambda amount, _: text.money(amount, language, currency)))


def _apart(heights: list[float], least: float) -> list[float]:
    """Heights for labels beside the ends of lines, pushed apart where two come too close."""
    if len(heights) < 2 or abs(heights[0] - heights[1]) >= least:
        return heights
    middle, up = sum(heights) / 2, 0.5 * least * (1 if heights[1] >= heights[0] else -1)
    return [middle - up, middle + up]
