"""Charts of the business case: the money over the years, what makes the value, and what it hangs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from crmworkbook import text
from crmworkbook.charts.parts import apart, only_row_labels, wrapped
from crmworkbook.charts.style import AMBER, DEEP, GREY, HAIR, HALF, INK, TEAL, look, new_figure
from crmworkbook.text import Language, Text

YEAR = Text(nl="Jaar", en="Year")
BALANCE = Text(nl="Saldo tot en met het jaar", en="Balance up to the year")
THOUSANDS = Text(nl="× 1.000", en="× 1,000")
MILLIONS = Text(nl="× 1 mln", en="× 1m")
EVEN = Text(nl="break-even", en="break-even")

_COLOURS = {"pessimistic": GREY, "base": DEEP, "optimistic": TEAL}
_TALL = 2.75


def cash_curves(curves: Mapping[str, Sequence[float]], names: Mapping[str, str], language: Language) -> Figure:
    """The running total of the cash flows by year, one line per scenario.

    Args:
        curves: Scenario to the running total from year 0.
        names: Scenario to name.
        language: Language of words and numbers.
    """
    everything = np.concatenate([np.asarray(row, dtype=float) for row in curves.values()])
    low, high = min(float(everything.min()), 0.0), max(float(everything.max()), 0.0)
    span = (high - low) or 1.0
    scale, unit = _scale(max(abs(low), abs(high)))
    with look():
        figure = new_figure(_TALL, HALF)
        axes = figure.subplots()
        axes.axhline(0, color=HAIR, linewidth=0.9, zorder=0)
        ends = {}
        for name, row in curves.items():
            style: dict[str, Any] = {"linewidth": 2.2 if name == "base" else 1.4}
            style |= {"linestyle": (0, (4, 2))} if name == "pessimistic" else {}
            axes.plot(range(len(row)), row, color=_COLOURS[name], solid_capstyle="round", **style)
            ends[name] = float(row[-1])
        last = len(everything) // len(curves) - 1
        for name, y in zip(ends, apart(list(ends.values()), 0.085 * span), strict=True):
            weight = "semibold" if name == "base" else "normal"
            axes.text(last * 1.03, y, names[name], color=_COLOURS[name], va="center", fontsize=8, weight=weight)
        axes.set(xlim=(0, last * 1.5), ylim=(low - 0.06 * span, high + 0.08 * span), xlabel=YEAR[language])
        ticks = range(0, last + 1, 1 if last <= 5 else 2)
        axes.set_xticks(list(ticks))
        axes.spines["bottom"].set_bounds(0, last)
        axes.set_ylabel(f"{BALANCE[language]}{', ' + unit[language] if unit else ''}")
        axes.yaxis.set_major_locator(MaxNLocator(6))
        decimals = 1 if span / scale < 5 else 0
        axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: text.number(y / scale, language, decimals)))
    return figure


def _scale(largest: float) -> tuple[float, Text | None]:
    if largest >= 10_000_000:
        return 1e6, MILLIONS
    return (1e3, THOUSANDS) if largest >= 10_000 else (1.0, None)


def benefit_bridge(steps: Sequence[tuple[str, float]], total: str, language: Language, currency: str = "EUR") -> Figure:
    """From benefits through costs to the net present value: each bar begins where the one above it ends.

    Args:
        steps: Name and present value, costs as negative amounts, in order.
        total: Name of what they add up to, the last bar.
        language: Language of numbers.
        currency: Of the amounts.
    """
    amounts = np.array([amount for _, amount in steps], dtype=float)
    ends = amounts.cumsum()
    starts = ends - amounts
    low, high = min(0.0, float(ends.min(initial=0))), max(0.0, float(ends.max(initial=0)))
    span = (high - low) or 1.0
    rows = [*zip([name for name, _ in steps], starts, amounts, strict=True), (total, 0.0, float(amounts.sum()))]
    with look():
        figure = new_figure(_TALL, HALF)
        axes = figure.subplots()
        for place, (_, start, amount) in enumerate(rows):
            y, last = len(rows) - 1 - place, place == len(rows) - 1
            colour = (DEEP if amount >= 0 else AMBER) if last else TEAL if amount >= 0 else GREY
            axes.barh(y, amount, left=start, height=0.58, color=colour)
            beyond = max(start, start + amount) + 0.02 * span
            weight = "semibold" if last else "normal"
            words = text.big_money(amount, language, currency)
            axes.text(beyond, y, words, va="center", fontsize=7.5, weight=weight)
            if not last:
                end = start + amount
                axes.plot([end, end], [y - 0.3, y - 0.72], color=GREY, linewidth=0.6)
        axes.axvline(0, color=HAIR, linewidth=0.8, zorder=0)
        labels = [wrapped(name, 19) for name, _, _ in rows]
        axes.set_yticks(range(len(rows))[::-1], labels, fontsize=7.6, linespacing=0.95)
        axes.set(xlim=(low - 0.02 * span, high + 0.42 * span), ylim=(-0.55, len(rows) - 0.45))
        only_row_labels(axes)
    return figure


def npv_tornado(
    bars: pd.DataFrame, npv: float, names: Mapping[str, str], language: Language, currency: str = "EUR"
) -> Figure:
    """What one thing at a time does to the net present value, widest on top; amber is below break-even.

    Args:
        bars: Outcome of ``business_case.tornado``: what, low, high.
        npv: Net present value when nothing moves.
        names: What moves, with how far, in words.
        language: Language of numbers.
        currency: Of the amounts.
    """
    ends = np.sort(bars[["low", "high"]].to_numpy(float), axis=1)
    lowest, highest = min(float(ends.min()), npv), max(float(ends.max()), npv)
    span = (highest - lowest) or 1.0
    with look():
        figure = new_figure(0.55 + 0.27 * len(bars))
        axes = figure.subplots()
        paper: Any = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        for place, (low, high) in enumerate(ends):
            y = len(bars) - 1 - place
            axes.barh(y, high - low, left=low, height=0.6, color=TEAL)
            if low < 0:
                axes.barh(y, min(high, 0.0) - low, left=low, height=0.6, color=AMBER)
            for x, side, gap in ((low, "right", -1), (high, "left", 1)):
                words = text.big_money(x, language, currency)
                axes.text(x + gap * 0.01 * span, y, words, ha=side, va="center", fontsize=7.8, bbox=paper)
        axes.plot([npv, npv], [-0.5, len(bars) - 0.4], color=INK, linewidth=0.9)
        style: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": 8}
        axes.text(npv, -0.58, text.big_money(npv, language, currency), weight="semibold", **style)
        top = len(bars) - 0.4
        if lowest - 0.15 * span < 0 < highest + 0.15 * span:
            axes.plot([0, 0], [-0.5, top], color=INK, linewidth=0.8, linestyle=(0, (3, 2)), zorder=0.5)
            axes.text(0, top, EVEN[language], ha="center", va="bottom", fontsize=8)
        labels = [wrapped(names[str(what)], 40) for what in bars["what"]]
        axes.set_yticks(range(len(bars))[::-1], labels, linespacing=0.95)
        axes.set(xlim=(lowest - 0.2 * span, highest + 0.2 * span), ylim=(-1.35, len(bars) + 0.25))
        only_row_labels(axes)
    return figure
