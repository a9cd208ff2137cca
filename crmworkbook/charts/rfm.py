"""Chart of RFM, and the words of its groups and of the order file's quality."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from crmworkbook import text
from crmworkbook.charts.parts import no_frame
from crmworkbook.charts.style import AMBER, HALF, INK, SEQUENCE, WIDE, look, new_figure
from crmworkbook.findings.rfm_readings import QUIET
from crmworkbook.models.rfm import SEGMENT_KEYS, SEGMENTS
from crmworkbook.text import Language, Text, label
from crmworkbook.transactions import DataQuality

FREQUENCY_MONEY = Text(nl="Vaak en veel (F en M samen, 5 is best)", en="Often and a lot (F and M together, 5 is best)")
SHOWN_MONTHS = 6
RECENT = Text(nl="Kortgeleden (R, 5 is best)", en="Recently (R, 5 is best)")


def rfm_heat_map(counts: pd.DataFrame, language: Language, *, wide: bool = False) -> Figure:
    """Customers per cell, darker for more; good customers who went quiet have an amber edge.

    Args:
        counts: Outcome of ``heat_map``: recency downwards, frequency and money across.
        language: Language of words and numbers.
        wide: The whole width of the page instead of half of it.
    """
    cells = counts.to_numpy()
    highest = max(int(cells.max()), 1)
    with look():
        figure = new_figure(2.3, WIDE if wide else HALF)
        axes = figure.subplots()
        for row, recency in enumerate(counts.index):
            for column, both in enumerate(counts.columns):
                count = int(cells[row, column])
                colour = "white" if count > 0.45 * highest else INK
                words = text.number(count, language, 0) if count else "–"
                axes.text(column, row, words, ha="center", va="center", fontsize=8.5, color=colour, zorder=3)
                quiet = SEGMENTS[int(recency), int(both)] in QUIET
                axes.add_patch(_cell(row, column, SEQUENCE(np.sqrt(count / highest)), quiet))
        axes.set_xticks(range(len(counts.columns)), [str(value) for value in counts.columns])
        axes.set_yticks(range(len(counts.index)), [str(value) for value in counts.index])
        axes.set(xlabel=FREQUENCY_MONEY[language], ylabel=RECENT[language])
        axes.set(xlim=(-0.5, len(counts.columns) - 0.5), ylim=(len(counts.index) - 0.5, -0.5))
        no_frame(axes)
    return figure


def _cell(row: int, column: int, colour: Any, quiet: bool) -> Rectangle:
    """One field of the grid; a thin white gap keeps neighbours apart."""
    inset = 0.06 if quiet else 0.03
    corner, side = (column - 0.5 + inset, row - 0.5 + inset), 1 - 2 * inset
    edge = AMBER if quiet else "none"
    return Rectangle(corner, side, side, facecolor=colour, edgecolor=edge, linewidth=1.8, zorder=2 if quiet else 1)


def group_names(language: Language) -> dict[str, str]:
    """Name of each RFM group."""
    return {key: label(f"rfm.{key}.name", language) for key in SEGMENT_KEYS}


def group_rows(groups: pd.DataFrame, language: Language) -> pd.DataFrame:
    """The groups that have customers, with name and action in words.

    Args:
        groups: Outcome of ``segment_table``.
        language: Language of the words.
    """
    there = groups[groups["customers"] > 0].reset_index(drop=True)
    names = [label(f"rfm.{key}.name", language) for key in there["segment"]]
    actions = [label(f"rfm.{key}.action", language) for key in there["segment"]]
    return there.assign(group=names, action=actions)


def quality_rows(quality: DataQuality, language: Language) -> pd.DataFrame:
    """How many rows of the order file were read, used and left out, and why.

    Args:
        quality: Counts of ``read_orders``.
        language: Language of the words.

    Returns:
        Columns item (words), rows (count), amount (euro, empty where it says nothing), lines (up to three
        line numbers of the file, as words).
    """
    nothing = float("nan")
    left_out = [
        (reason, out.count, nothing, ", ".join(map(str, out.lines))) for reason, out in quality.left_out.items()
    ]
    counted = [
        ("rows_read", quality.rows_read, nothing, ""),
        *left_out,
        ("rows_used", quality.rows_used, quality.amount, ""),
        ("returns", quality.returns, quality.returns_amount, ""),
        ("same_day", quality.same_day_collapsed, nothing, ""),
    ]
    seldom = [
        ("credit_notes", quality.credit_notes, nothing, ""),
        ("identical", quality.identical_kept, nothing, ""),
        ("without_margin", quality.without_margin or 0, nothing, ""),
        ("only_returns", quality.customers_only_returns, quality.only_returns_amount, ""),
    ]
    counted += [row for row in seldom if row[1]]
    rows = [(label(f"data_quality.{key}", language), *values) for key, *values in counted]
    return pd.DataFrame(rows, columns=["item", "rows", "amount", "lines"])


def quality_remarks(quality: DataQuality, language: Language) -> list[str]:
    """What a reader should know of the orders before trusting them, one sentence each; empty when nothing is odd.

    Args:
        quality: Counts of ``read_orders``.
        language: Language of the words.
    """
    months, words = quality.months, text.labels()["order_remarks"]
    found: list[tuple[str, dict[str, Any]]] = []
    for key in ("empty", "quiet", "cut"):
        if named := getattr(months, key):
            listed = [text.month(month, language) for month in named[:SHOWN_MONTHS]]
            if (more := len(named) - SHOWN_MONTHS) > 0:
                listed.append(text.fill(words["more"], language, {"count": more}))
            found.append((key, {"months": listed, "count": len(named), "span": months.span}))
    if quality.currencies:
        other = label("order_remarks.other", language)
        codes = [other if code == "?" else code for code in quality.currencies]
        found.append(("currencies", {"currency": quality.currency, "codes": codes}))
    if quality.first == quality.last:
        found.append(("one_day", {}))
    elif not quality.customers_again:
        found.append(("nobody_again", {}))
    if quality.customers == 1:
        found.append(("one_customer", {}))
    return [text.fill(words[key], language, values) for key, values in found]
