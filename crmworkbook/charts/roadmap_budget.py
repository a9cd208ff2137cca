"""Chart of the roadmap's money: shares by type, and the budget per quarter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from babel.dates import format_date
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from crmworkbook import text
from crmworkbook.charts.roadmap import COLOURS, type_name
from crmworkbook.charts.style import GREY, HALF, INK, look, new_figure
from crmworkbook.models.roadmap import month_begins
from crmworkbook.models.roadmap_budget import TYPES, Balance
from crmworkbook.text import Language, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BUDGET = Text(nl="budget", en="budget")
NUMBER = Text(nl="aantal", en="number")
QUARTERS = Text(nl="budget per kwartaal, × {unit}", en="budget per quarter, × {unit}")
LATER = Text(nl="later", en="later")
NO_BUDGET = Text(nl="geen budget ingevuld", en="no budget filled in")

_QUARTER = 3  # months
_SHOWN = 4  # quarters shown apart


def balance_chart(
    balance: Balance,
    quarters: pd.DataFrame,
    language: Language,
    width: float = HALF,
    height: float = 2.55,
) -> Figure:
    """Shares of budget and of the number of initiatives by type, over the budget per quarter.

    Args:
        balance: Budget and numbers by type.
        quarters: Budget per quarter, as `crmworkbook.models.roadmap_budget.budget_by_quarter` gives it.
        language: Language of words and numbers.
        width: Of the picture in inches.
        height: Of the picture in inches.
    """
    with look():
        figure = new_figure(height, width)
        top, bottom = figure.subplots(2, 1, height_ratios=[1, 1.25])
        top.set(xlim=(-0.24, 1), ylim=(-0.5, 2.3))
        top.axis("off")
        _legend(top, language)
        for y, (name, column) in enumerate([(NUMBER, "count_share"), (BUDGET, "budget_share")]):
            _stack(top, balance.rows.set_index("type")[column], 0.85 * y, name[language], language)
        _quarters(bottom, quarters, language)
    return figure


def _legend(axes: Axes, language: Language) -> None:
    """The names of the types beside their colours, in one line."""
    names = [type_name(kind, language) for kind in TYPES]
    room = sum(len(name) + 4 for name in names)
    x = -0.24
    for kind, name in zip(TYPES, names, strict=True):
        axes.add_patch(Rectangle((x, 1.83), 0.035, 0.26, facecolor=COLOURS[kind], edgecolor="none"))
        axes.text(x + 0.05, 1.95, name, va="center", fontsize=7.4, color=INK)
        x += 1.24 * (len(name) + 4) / room


def _stack(axes: Axes, shares: pd.Series, y: float, name: str, language: Language) -> None:
    small: Any = {"va": "center", "fontsize": 7.6}
    axes.text(-0.24, y, name, color=GREY, **small)
    if shares.isna().any():
        axes.text(0, y, NO_BUDGET[language], color=GREY, **small)
        return
    left = 0.0
    for kind in TYPES:
        share = float(shares[kind])
        axes.barh(y, share, left=left, height=0.6, color=COLOURS[kind], edgecolor="white", linewidth=0.8)
        if share >= 0.1:
            colour = INK if kind == "data" else "white"
            said = text.percent(share, language, 0)
            axes.text(left + share / 2, y - 0.01, said, ha="center", color=colour, weight="semibold", **small)
        left += share


def _quarters(axes: Axes, quarters: pd.DataFrame, language: Language) -> None:
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    if quarters.empty:
        axes.axis("off")
        return
    shown = quarters.iloc[:_SHOWN]
    rest = quarters.iloc[_SHOWN:]
    heads = [_quarter_name(day, language) for day in shown["starts_on"]]
    columns = [*shown[list(TYPES)].to_numpy().tolist()]
    if len(rest):
        heads, columns = [*heads, LATER[language]], [*columns, rest[list(TYPES)].sum().tolist()]
    largest = max(sum(column) for column in columns)
    unit, name = (1e6, "1.000.000") if largest >= 1e7 else (1e3, "1.000") if largest >= 1e3 else (1.0, "1")
    name = name if language == "nl" else name.replace(".", ",")
    for x, column in enumerate(columns):
        floor = 0.0
        for kind, amount in zip(TYPES, column, strict=True):
            axes.bar(x, amount, bottom=floor, width=0.62, color=COLOURS[kind], edgecolor="white", linewidth=0.6)
            floor += amount
        axes.text(x, floor + largest * 0.03, text.number(floor / unit, language, 0), ha="center", fontsize=7.8)
    axes.set_xticks(range(len(heads)), heads, fontsize=7.4)
    axes.tick_params(length=0)
    axes.set_xlim(-0.5, max(len(heads), 3) - 0.5)
    axes.set_ylim(0, largest * 1.16)
    title = QUARTERS[language].replace("{unit}", name) if unit > 1 else QUARTERS[language].split(",")[0]
    axes.set_title(title, fontsize=7.6, color=GREY, weight="normal", pad=3)


def _quarter_name(day: Any, language: Language) -> str:
    """The months of the quarter that begins on *day*, such as jan–mrt, over the year."""
    last = month_begins(day, _QUARTER)
    first, final = (format_date(when, "MMM", locale=language).strip(".") for when in (day, last))
    return f"{first}–{final}\n{day.year}"
