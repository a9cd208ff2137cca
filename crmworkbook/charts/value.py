"""Charts of customer value: value against cost of winning, who makes the profit, what moves it, who stays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from crmworkbook import text
from crmworkbook.charts.parts import only_row_labels, wrapped
from crmworkbook.charts.style import AMBER, DEEP, GREY, HAIR, HALF, INK, TEAL, WIDE, look, new_figure
from crmworkbook.models.rates import MONTHS
from crmworkbook.text import Language, Text, fill

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmworkbook.models.customer_base import Concentration, WhaleCurve

Period = Literal["year", "month"]

WINNING = Text(nl="werven {cac}", en="acquisition {cac}")
BACK = Text(nl="terugverdiend in {time} {counted}", en="back in {time} {counted}")
NEVER = Text(nl="verdient zich niet terug", en="never comes back")
CUSTOMERS = Text(nl="Klanten, % (meest winstgevend eerst)", en="Customers, % (most profitable first)")
SPENDERS = Text(nl="Klanten, % (grootste eerst)", en="Customers, % (largest first)")
PROFIT_SHARE = Text(nl="Winst, cumulatief %", en="Profit, cumulative %")
REVENUE_SHARE = Text(nl="Omzet, cumulatief %", en="Revenue, cumulative %")
PROFIT = Text(nl="Winst, cumulatief, × 1.000", en="Profit, cumulative, × 1,000")
PEAK = Text(nl="top: {share} bij {place}\nvan de klanten", en="peak: {share} at {place}\nof the customers")
FIFTH = Text(nl="20% levert {share}", en="20% bring {share}")
AHEAD = Text(nl="{periods} vanaf nu", en="{periods} from now")
STILL = Text(nl="Deel, %", en="Share, %")
STAYS = Text(nl="nog klant", en="still a customer")
COUNTS = Text(nl="telt mee\nna rente", en="counts\nafter interest")
SEEN = Text(nl="nieuwe klanten,\ngeteld", en="new customers,\ncounted")


def value_against_cost(
    values: pd.DataFrame,
    names: Mapping[str, str],
    language: Language,
    currency: str = "EUR",
    period: Period = "year",
) -> Figure:
    """Value of a new customer as a bar, the cost of winning one as a stroke, and when it comes back.

    Args:
        values: ``SegmentValue.frame``: value_new and cac (euro per customer), payback (periods).
        names: Segment to label.
        language: Language of words and numbers.
        currency: Of the amounts.
        period: Of the client's tables.
    """
    worth, cost = values["value_new"].to_numpy(float), values["cac"].to_numpy(float)
    place = np.arange(len(values))[::-1]
    with look():
        figure = new_figure(0.4 + 0.34 * len(values))
        axes = figure.subplots()
        colours = [AMBER if value < spent else TEAL for value, spent in zip(worth, cost, strict=True)]
        axes.barh(place, worth, height=0.54, color=colours)
        known = ~np.isnan(cost)
        axes.scatter(cost[known], place[known], marker="|", s=230, color=INK, linewidth=1.6, zorder=3)
        reach = np.fmax(np.fmax(worth, cost), 0.0)
        span = float(reach.max()) or 1.0
        for y, (_, row), end in zip(place, values.iterrows(), reach, strict=True):
            axes.text(end + 0.012 * span, y, _beside(row, language, currency, period), va="center", fontsize=8.5)
        low = min(float(worth.min()), 0.0)
        axes.set_yticks(place, [wrapped(names[str(key)], 24) for key in values.index])
        axes.set(xlim=(low * 1.05, span * 1.72), ylim=(-0.6, len(values) - 0.4))
        axes.axvline(0, color=HAIR, linewidth=0.7, zorder=0)
        only_row_labels(axes)
    return figure


def _beside(row: pd.Series, language: Language, currency: str, period: Period) -> str:
    parts = [text.money(row["value_new"], language, currency)]
    if math.isnan(row["cac"]):
        return parts[0]
    parts.append(WINNING[language].format(cac=text.money(row["cac"], language, currency)))
    if row["value_new"] < row["cac"]:
        parts.append(NEVER[language])
    elif row["cac"] > 0:
        counted = text.label(f"period.{period}.counted", language)
        parts.append(fill(BACK, language, {"time": text.number(row["payback"], language), "counted": counted}))
    return "  ·  ".join(parts)


def whale(curve: WhaleCurve, language: Language, *, wide: bool = False) -> Figure:
    """Profit added up from the best customer to the worst; above 100% is what loss-making customers eat.

    Args:
        curve: Outcome of ``whale_curve``; euros are drawn when there is no profit to take shares of.
        language: Language of words and numbers.
        wide: The whole width of the page instead of half of it.
    """
    shares = curve.peak_share is not None
    x = 100 * curve.curve["share_customers"].to_numpy()
    y = curve.curve["share"].to_numpy() * 100 if shares else curve.curve["cumulative"].to_numpy() / 1000
    end = 100.0 if shares else y[-1]
    with look():
        figure = new_figure(2.55, WIDE if wide else HALF)
        axes = figure.subplots()
        axes.plot(x, y, color=DEEP, linewidth=1.8)
        axes.axhline(end, color=HAIR, linewidth=0.8, zorder=0)
        axes.fill_between(x, end, y, where=(y > end).tolist(), color=AMBER, alpha=0.3, linewidth=0)
        axes.set(xlim=(0, 100), xlabel=CUSTOMERS[language], ylabel=(PROFIT_SHARE if shares else PROFIT)[language])
        axes.set_ylim(min(0.0, float(y.min()) * 1.05), float(y.max()) * 1.08 or 1.0)
        if shares and curve.customers > 1:
            _point_at_peak(axes, curve, language)
        _plain_numbers(axes, language)
    return figure


def _point_at_peak(axes: Axes, curve: WhaleCurve, language: Language) -> None:
    peak, fifth, place = curve.peak_share or 0.0, curve.top_20_share or 0.0, curve.peak_position
    words = PEAK[language].format(share=text.percent(peak, language, 0), place=text.percent(place, language, 0))
    line = {"arrowstyle": "-", "color": GREY, "linewidth": 0.7}
    if curve.negative:
        height = 100 * peak
        axes.annotate(
            words,
            (100 * place, height),
            (97, height * 0.6),
            ha="right",
            va="top",
            fontsize=8,
            arrowprops=line,
        )
    share = FIFTH[language].format(share=text.percent(fifth, language, 0))
    axes.annotate(share, (20, 100 * fifth), (33, 25 * peak), ha="left", va="center", fontsize=8, arrowprops=line)


def concentration_curve(curve: Concentration, language: Language, *, wide: bool = False) -> Figure:
    """Revenue added up from the largest customer to the smallest.

    Args:
        curve: Outcome of ``concentration``.
        language: Language of words and numbers.
        wide: The whole width of the page instead of half of it.
    """
    x = 100 * curve.curve["share_customers"].to_numpy()
    with look():
        figure = new_figure(2.55, WIDE if wide else HALF)
        axes = figure.subplots()
        axes.plot(x, 100 * curve.curve["share"].to_numpy(), color=DEEP, linewidth=1.8)
        axes.plot([0, 100], [0, 100], color=HAIR, linewidth=0.8, zorder=0)
        axes.set(xlim=(0, 100), ylim=(0, 103), xlabel=SPENDERS[language], ylabel=REVENUE_SHARE[language])
        if curve.top_20_share is not None and curve.customers > 1:
            line = {"arrowstyle": "-", "color": GREY, "linewidth": 0.7}
            words = FIFTH[language].format(share=text.percent(curve.top_20_share, language, 0))
            axes.annotate(words, (20, 100 * curve.top_20_share), (46, 18), fontsize=8, arrowprops=line)
        _plain_numbers(axes, language)
    return figure


def tornado_bars(
    bars: pd.DataFrame,
    equity: float,
    names: Mapping[str, str],
    language: Language,
    currency: str = "EUR",
    *,
    wide: bool = False,
) -> Figure:
    """What one driver at a time does to the customer equity, widest first.

    Args:
        bars: Outcome of ``tornado``: driver, low, high (euro).
        equity: Customer equity when nothing moves, euro.
        names: Driver to label, its move included.
        language: Language of numbers.
        currency: Of the amounts.
        wide: The whole width of the page instead of half of it.
    """
    ends = np.sort(bars[["low", "high"]].to_numpy(float), axis=1)
    lowest, highest = float(ends.min()), float(ends.max())
    span = (highest - lowest) or 1.0
    with look():
        figure = new_figure(2.55, WIDE if wide else HALF)
        axes = figure.subplots()
        for place, (driver, (low, high)) in enumerate(zip(bars["driver"], ends, strict=True)):
            y = len(bars) - 1 - place
            axes.barh(y - 0.12, low - equity, left=equity, height=0.36, color=GREY)
            axes.barh(y - 0.12, high - equity, left=equity, height=0.36, color=TEAL)
            worth = [text.big_money(end, language, currency) for end in (low, high)]
            axes.text(low - 0.02 * span, y - 0.12, worth[0], ha="right", va="center", fontsize=7.5)
            axes.text(high + 0.02 * span, y - 0.12, worth[1], ha="left", va="center", fontsize=7.5)
            paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
            axes.text(equity, y + 0.16, names[driver], ha="center", va="bottom", fontsize=8, bbox=paper)
        axes.plot([equity, equity], [-0.45, len(bars) - 0.75], color=INK, linewidth=0.8)
        words = text.big_money(equity, language, currency)
        axes.text(equity, -0.5, words, ha="center", va="top", fontsize=8, weight="semibold")
        reach = span * (0.72 if wide else 0.95)
        middle = (highest + lowest) / 2
        axes.set(xlim=(middle - reach, middle + reach), ylim=(-0.95, len(bars) - 0.3))
        axes.axis("off")
    return figure


def survival_chart(
    curve: pd.DataFrame,
    cohorts: pd.DataFrame | None,
    language: Language,
    *,
    wide: bool = False,
    period: Period = "year",
) -> Figure:
    """Who is left of today's customers, and how much of that still counts after interest.

    Args:
        curve: Outcome of ``survival_curve`` for a contribution of 1.
        cohorts: ``CohortRetention.by_age``: how many new customers were left in fact, by age in years; None when
            not known.
        language: Language of words and numbers.
        wide: The whole width of the page instead of half of it.
        period: Of the curve: its periods are the axis.
    """
    a_year = MONTHS if period == "month" else 1
    ahead = fill(AHEAD, language, {"periods": text.label(f"period.{period}.many", language)})
    years, stays, counts = (curve[name].to_numpy(float) for name in ("period", "survival", "discounted_contribution"))
    with look():
        figure = new_figure(2.55, WIDE if wide else HALF)
        axes = figure.subplots()
        axes.fill_between(years, 0, 100 * counts, color=TEAL, alpha=0.28, linewidth=0)
        axes.plot(years, 100 * stays, color=DEEP, linewidth=1.8)
        axes.set(xlim=(0, years[-1]), ylim=(0, 104), xlabel=ahead, ylabel=STILL[language])
        place = len(years) * 2 // 3
        axes.text(years[place], 100 * stays[place] + 4, STAYS[language], color=DEEP, fontsize=8, va="bottom")
        inside = len(years) // 4
        axes.text(
            years[inside] - 0.03 * years[-1], 42 * counts[inside], COUNTS[language], color=INK, fontsize=8, va="center"
        )
        if cohorts is not None:
            _counted(axes, cohorts.dropna(subset=["survival"]), language, a_year)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True) if a_year == 1 else MultipleLocator(a_year))
        _plain_numbers(axes, language)
    return figure


def _counted(axes: Axes, by_age: pd.DataFrame, language: Language, a_year: int) -> None:
    """Points at the ages counted, as far as the axis reaches; *a_year* is how much of the axis a year takes."""
    by_age = by_age[by_age["age"] * a_year <= axes.get_xlim()[1]]
    if by_age.empty:
        return
    age, left = [0, *(by_age["age"] * a_year)], [100.0, *(100 * by_age["survival"])]
    axes.plot(age, left, color=AMBER, linewidth=1.0, linestyle=(0, (3, 2)), marker="o", markersize=4)
    axes.annotate(
        SEEN[language],
        (age[1], left[1]),
        (age[1] + 0.4 * a_year, 88),
        fontsize=8,
        color=INK,
        va="bottom",
        arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.7},
    )


def _plain_numbers(axes: Axes, language: Language) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: text.number(value, language, 0)))
