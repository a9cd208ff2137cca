"""Charts of buying again: who is still a customer, and what the model foretold beside what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from crmworkbook import text
from crmworkbook.charts.parts import no_frame
from crmworkbook.charts.style import AMBER, DEEP, GREY, HALF, INK, MIST, PALE, SEQUENCE, TEAL, WIDE, look, new_figure
from crmworkbook.text import Language, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 1.85
SILENT = Text(nl="dagen sinds de laatste order", en="days since the last order")
ORDERED = Text(nl="dagen met een order", en="days with an order")
ORDERED_THEN = Text(nl="dagen met een order tot {date}", en="days with an order up to {date}")
PER_CUSTOMER = Text(nl="per klant in het jaar erna", en="per customer in the year after")
AHEAD = Text(nl="per klant erna", en="per customer after")
AGAIN = Text(nl="herhaalorders, opgeteld", en="repeat orders, added up")
COUNTED = Text(nl="geteld", en="counted")
FORETOLD = Text(nl="model", en="model")
KNOWN = Text(nl="hierop geschat", en="fitted on this")
UNKNOWN = Text(nl="voorspeld", en="foretold")
YEARS = Text(nl="jaren sinds de eerste order", en="years since the first order")
MONTHS = Text(nl="maanden sinds de eerste order", en="months since the first order")
_WEEKS_A_YEAR = 365.25 / 7


def alive_map(shares: pd.DataFrame, counts: pd.DataFrame, language: Language, *, wide: bool = False) -> Figure:
    """Chance of still being a customer by silence (across) and order days (down), with how many customers.

    Where a customer is more likely gone than not, the field has an amber edge.

    Args:
        shares: Mean chance; rows are classes of order days, columns classes of days of silence, both as labels;
            NaN where there is nobody.
        counts: Customers in the same fields.
        language: Language of words and numbers.
        wide: The whole width of the page instead of half of it.
    """
    chances, people = shares.to_numpy(float), counts.to_numpy(int)
    with look():
        figure = new_figure(_HEIGHT, WIDE if wide else HALF)
        axes = figure.subplots()
        for row, column in np.ndindex(chances.shape):
            share, count = float(chances[row, column]), int(people[row, column])
            if count:
                _field(axes, row, column, share, count, language)
            else:
                axes.add_patch(Rectangle((column - 0.46, row - 0.45), 0.92, 0.9, facecolor=MIST, edgecolor="none"))
        axes.set_xticks(range(shares.shape[1]), [str(name) for name in shares.columns], fontsize=7.5)
        axes.set_yticks(range(shares.shape[0]), [str(name) for name in shares.index], fontsize=7.5)
        axes.set(xlabel=SILENT[language], ylabel=ORDERED[language])
        axes.set(xlim=(-0.5, shares.shape[1] - 0.5), ylim=(max(shares.shape[0], 3) - 0.5, -0.5))
        no_frame(axes)
    return figure


def _field(axes: Axes, row: int, column: int, share: float, count: int, language: Language) -> None:
    gone = share < 0.5
    inset = 0.06 if gone else 0.03
    field = Rectangle((column - 0.5 + inset, row - 0.5 + inset), 1 - 2 * inset, 1 - 2 * inset)
    field.set(facecolor=SEQUENCE(0.08 + 0.8 * share), edgecolor=AMBER if gone else "none", linewidth=1.8)
    field.set_zorder(2 if gone else 1)
    axes.add_patch(field)
    ink = "white" if share > 0.62 else INK
    words = text.percent(share, language, 0)
    axes.text(column, row - 0.1, words, ha="center", va="center", fontsize=8.5, color=ink, zorder=3)
    people = f"n = {text.number(count, language, 0)}"
    axes.text(column, row + 0.24, people, ha="center", va="center", fontsize=6.3, color=ink, zorder=3)


def tracking_chart(weeks: pd.DataFrame, split: float, language: Language, *, wide: bool = False) -> Figure:
    """Repeat order days of all customers added up, week by week: counted, and by the model that saw the first part.

    Args:
        weeks: week (since the first order), counted and expected (order days up to and with that week).
        split: Week up to which the model saw the orders; none of it when it saw them all.
        language: Language of words and numbers.
        wide: The whole width of the page instead of half of it.
    """
    length = float(weeks["week"].iloc[-1])
    scale, name = (1 / _WEEKS_A_YEAR, YEARS) if length > 1.6 * _WEEKS_A_YEAR else (12 / _WEEKS_A_YEAR, MONTHS)
    x = weeks["week"].to_numpy(float) * scale
    counted, expected = (weeks[column].to_numpy(float) for column in ("counted", "expected"))
    highest = max(float(counted.max()), float(expected.max()), 1.0)
    with look():
        figure = new_figure(_HEIGHT, WIDE if wide else HALF)
        axes = figure.subplots()
        axes.plot(x, counted, color=DEEP, linewidth=1.9)
        axes.plot(x, expected, color=TEAL, linewidth=1.5, linestyle=(0, (4, 2)))
        axes.set(xlim=(0, x[-1]), ylim=(0, 1.18 * highest), xlabel=name[language], ylabel=AGAIN[language])
        if split < length:
            axes.axvspan(split * scale, x[-1], color=MIST, linewidth=0, zorder=0)
            style: dict[str, Any] = {"fontsize": 7.5, "color": GREY, "va": "top"}
            axes.text(split * scale - 0.02 * x[-1], 1.16 * highest, KNOWN[language], ha="right", **style)
            axes.text(x[-1] * 0.985, 1.16 * highest, UNKNOWN[language], ha="right", **style)
        _name_lines(axes, x, counted, expected, language)
        _plain_numbers(axes, language)
    return figure


def _name_lines(axes: Axes, x: np.ndarray, counted: np.ndarray, expected: np.ndarray, language: Language) -> None:
    """Each line's name beside it, the upper line's above and the lower one's below where they stand apart most."""
    reach = axes.get_ylim()[1]
    inside = (x > 0.3 * x[-1]) & (x < 0.8 * x[-1])
    apart = np.where(inside, np.abs(counted - expected), -1.0)
    place = int(apart.argmax())
    upper = counted[place] >= expected[place]
    for values, words, colour, above in (
        (counted, COUNTED, DEEP, upper),
        (expected, FORETOLD, TEAL, not upper),
    ):
        shift = (-0.02, 0.05) if above else (0.03, -0.05)
        axes.text(
            x[place] + shift[0] * x[-1],
            values[place] + shift[1] * reach,
            words[language],
            color=colour,
            fontsize=8,
            ha="right" if above else "left",
            va="bottom" if above else "top",
        )


def calibration_chart(classes: pd.DataFrame, language: Language, *, wide: bool = False) -> Figure:
    """Order days per customer in the time foretold, by how often they had ordered: counted bars, model dots.

    Args:
        classes: label (of the class), counted and expected (order days per customer).
        language: Language of words and numbers.
        wide: The whole width of the page instead of half of it.
    """
    places = np.arange(len(classes))
    counted, expected = (classes[column].to_numpy(float) for column in ("counted", "expected"))
    highest = max(float(counted.max()), float(expected.max()), 0.01)
    with look():
        figure = new_figure(_HEIGHT, WIDE if wide else HALF)
        axes = figure.subplots()
        axes.bar(places, counted, 0.62, color=PALE)
        axes.plot(places, expected, "o", markersize=5.5, color=TEAL, markeredgecolor="white", zorder=3)
        axes.set_xticks(places, [str(name) for name in classes["label"]], fontsize=7.5)
        axes.set(ylim=(0, 1.2 * highest), xlim=(-0.6, len(classes) - 0.4))
        axes.set(xlabel=ORDERED[language], ylabel=AHEAD[language])
        axes.text(0.01, 0.99, COUNTED[language], transform=axes.transAxes, color=GREY, fontsize=8, va="top")
        words = f"● {FORETOLD[language]}"
        axes.text(0.01, 0.9, words, transform=axes.transAxes, color=TEAL, fontsize=8, va="top")
        axes.yaxis.set_major_locator(MaxNLocator(5))
        decimals = 0 if highest >= 8 else 1 if highest >= 0.8 else 2
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: text.number(value, language, decimals)))
    return figure


def _plain_numbers(axes: Axes, language: Language) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: text.number(value, language, 0)))
