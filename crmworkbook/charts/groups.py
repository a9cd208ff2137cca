"""Charts of the customer groups: revenue by group, who moved, cohorts, phases, and value by silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from crmworkbook import text
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
from crmworkbook.findings.rfm_readings import QUIET
from crmworkbook.models.group_moves import NOBODY
from crmworkbook.models.life_cycle import LifeCycle
from crmworkbook.text import Language, Text

NOW = Text(nl="groep nu (nummers als links)", en="group now (numbers as on the left)")
COUNTED = Text(nl="klanten × {unit}", en="customers × {unit}")
NEW_ROW = Text(nl="nog geen klant", en="no customer yet")
GONE = Text(nl="weg", en="gone")
AGE = {
    12: Text(nl="jaren sinds de eerste order", en="years since the first order"),
    6: Text(nl="halfjaren sinds de eerste order", en="half-years since the first order"),
    3: Text(nl="kwartalen sinds de eerste order", en="quarters since the first order"),
    1: Text(nl="maanden sinds de eerste order", en="months since the first order"),
}
SILENT = {
    12: Text(nl="jaren zonder order", en="years without an order"),
    3: Text(nl="kwartalen zonder order", en="quarters without an order"),
    1: Text(nl="maanden zonder order", en="months without an order"),
}
_LEADING = ("champion", "loyal")


def revenue_treemap(
    groups: pd.DataFrame, names: Mapping[str, str], language: Language, *, wide: bool = False
) -> Figure:
    """Each group a field as large as its revenue; a field too small for words has none, and stands in the table.

    Args:
        groups: Outcome of ``segment_table``.
        names: Group to label.
        language: Language of words and numbers.
        wide: The whole width of the page instead of half of it.
    """
    there = groups[groups["revenue"] > 0].sort_values("revenue", ascending=False)
    width, height = (WIDE if wide else HALF), 2.3
    fields = _squarified(list(there["revenue"]), width, height)
    with look():
        figure = new_figure(height, width)
        figure.set_layout_engine("none")  # the fields fill the figure
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.axis("off")
        for (x, y, w, h), row in zip(fields, there.to_dict("records"), strict=True):
            colour, ink = _field_colours(str(row["segment"]))
            axes.add_patch(Rectangle((x, y), w, h, facecolor=colour, edgecolor="white", linewidth=1.5))
            share = text.percent(row["revenue_share"], language, 0)
            lines = [*_wrapped(names[str(row["segment"])], w), share]
            if lines[0] and h > 0.05 + 0.14 * len(lines):
                axes.text(x + 0.06, y + 0.05, "\n".join(lines), va="top", fontsize=8, color=ink, linespacing=1.15)
    return figure


def _field_colours(group: str) -> tuple[str, str]:
    if group in QUIET:
        return AMBER, INK
    return (DEEP, "white") if group in _LEADING else (HAIR, INK)


def _wrapped(words: str, width: float) -> list[str]:
    """Words in lines that fit *width* inches; one empty line when a word does not fit."""
    most = int((width - 0.1) / 0.058)
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if len(longer) <= most else [*[line for line in lines if line], word]
    return lines if max(map(len, lines)) <= most else [""]


def _squarified(amounts: Sequence[float], width: float, height: float) -> list[tuple[float, float, float, float]]:
    """Fields (x, y, width, height) as large as their amounts, largest first, as square as they come."""
    total = sum(amounts)
    areas = [amount / total * width * height for amount in amounts]
    fields: list[tuple[float, float, float, float]] = []
    x = y = 0.0
    while areas:
        side = min(width - x, height - y)
        row = areas[:1]
        while len(row) < len(areas) and _worst([*row, areas[len(row)]], side) <= _worst(row, side):
            row = areas[: len(row) + 1]
        depth, at = sum(row) / side, 0.0
        for area in row:
            along = area / depth
            tall = width - x > height - y  # the row stands along the shorter side
            fields.append((x, y + at, depth, along) if tall else (x + at, y, along, depth))
            at += along
        x, y = (x + depth, y) if width - x > height - y else (x, y + depth)
        areas = areas[len(row) :]
    return fields


def _worst(row: Sequence[float], side: float) -> float:
    """Longest ratio of sides in a row of fields."""
    depth = sum(row) / side
    return max(max(depth * depth / area, area / (depth * depth)) for area in row)


def moves_matrix(matrix: pd.DataFrame, names: Mapping[str, str], language: Language, *, wide: bool = False) -> Figure:
    """Customers by group then (rows) and now (columns); left of the framed diagonal they moved up.

    Counts that are too long for their fields stand in thousands or millions, and the drawing says so.

    Args:
        matrix: ``Moves.matrix``.
        names: Group to label.
        language: Language of words and numbers.
        wide: The whole width of the page instead of half of it.
    """
    keys = [key for key in matrix.index if key == NOBODY or matrix.loc[key].sum() or matrix[key].sum()]
    inner = [key for key in keys if key != NOBODY]
    columns = [*inner, *([NOBODY] if matrix[NOBODY].sum() else [])]
    rows = [*inner, *([NOBODY] if matrix.loc[NOBODY].sum() else [])]
    cells = matrix.loc[rows, columns].to_numpy()
    highest = max(int(cells.max()), 1)
    unit, digits = 1, (90 if wide else 39) // len(columns)  # that fit in a field
    while len(text.number(highest / unit, language, 0)) > digits:
        unit *= 1000
    decimals = 1 if unit > 1 and digits > 3 and highest / unit < 99.5 else 0
    with look():
        figure = new_figure(max(1.4, 0.42 + 0.178 * len(rows)), WIDE if wide else HALF)
        axes = figure.subplots()
        for row, column in np.ndindex(cells.shape):
            count = int(cells[row, column])
            kept = row == column and rows[row] != NOBODY
            face = SEQUENCE(np.sqrt(count / highest) * 0.85) if count else ("white" if not kept else MIST)
            frame = (TEAL, 1.2, 2) if kept else ("#e4e9ec", 0.4, 1)
            field = Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, facecolor=face, edgecolor=frame[0])
            field.set(linewidth=frame[1], zorder=frame[2])
            axes.add_patch(field)
            if count:
                ink = "white" if np.sqrt(count / highest) * 0.85 > 0.62 else INK
                axes.text(
                    column,
                    row,
                    _in_units(count, unit, decimals, language),
                    ha="center",
                    va="center",
                    fontsize=7,
                    color=ink,
                    zorder=3,
                )
        numbers = {key: str(place) for place, key in enumerate(inner, start=1)}
        axes.set_xticks(range(len(columns)), [numbers.get(key, GONE[language]) for key in columns], fontsize=7)
        called = [f"{names[key]}  {numbers[key]}" if key in numbers else NEW_ROW[language] for key in rows]
        axes.set_yticks(range(len(rows)), called, fontsize=7)
        axes.xaxis.tick_top()
        counted = COUNTED[language].format(unit=text.number(unit, language, 0))
        axes.set_xlabel(NOW[language] if unit == 1 else f"{NOW[language]}\n{counted}", fontsize=7.5)
        axes.xaxis.set_label_position("top")
        axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
        _bare(axes)
    return figure


def _in_units(count: int, unit: int, decimals: int, language: Language) -> str:
    """A count in ones, thousands or millions; what would be nought says less than what."""
    least = 10**-decimals
    if count / unit < least / 2:
        return f"<{text.number(least, language, decimals)}"
    return text.number(count / unit, language, decimals)


def cohort_grid(
    shares: pd.DataFrame, starts: Sequence[str], months: int, language: Language, *, wide: bool = False
) -> Figure:
    """Share of each cohort that ordered in each later period; darker is more.

    Args:
        shares: Outcome of ``audit.retention_triangle``.
        starts: Name of each cohort, in the order of *shares*.
        months: Length of a period.
        language: Language of words and numbers.
        wide: The whole width of the page instead of half of it.
    """
    ages = [age for age in shares.columns if age != "size" and shares[age].notna().any()]
    with look():
        figure = new_figure(2.35, WIDE if wide else HALF)
        axes = figure.subplots()
        for row, (_, cohort) in enumerate(shares.iterrows()):
            for column, age in enumerate(ages):
                share = cohort[age]
                if pd.isna(share):
                    continue
                axes.add_patch(
                    Rectangle((column - 0.47, row - 0.46), 0.94, 0.92, facecolor=SEQUENCE(0.15 + 0.75 * share))
                )
                ink = "white" if share > 0.6 else INK
                words = text.percent(share, language, 0)
                axes.text(column, row, words, ha="center", va="center", fontsize=7 if len(ages) > 8 else 7.5, color=ink)
        axes.set_xticks(range(len(ages)), [str(age) for age in ages], fontsize=7.5)
        sizes = [
            f"{start}  (n = {text.number(size, language, 0)})"
            for start, size in zip(starts, shares["size"], strict=True)
        ]
        axes.set_yticks(range(len(shares)), sizes, fontsize=7.5)
        axes.xaxis.tick_top()
        axes.set_xlabel(AGE[months][language], fontsize=7.5)
        axes.xaxis.set_label_position("top")
        axes.set(xlim=(-0.5, len(ages) - 0.5), ylim=(max(len(shares), 6) - 0.5, -0.5))
        _bare(axes)
    return figure


def phase_funnel(cycle: LifeCycle, names: Mapping[str, str], language: Language, *, wide: bool = False) -> Figure:
    """Customers per phase as bars around a middle, and between them the share that moves on per period.

    Bars are drawn on a square-root scale, so that a phase of few still shows beside one of many.

    Args:
        cycle: Outcome of ``life_cycle``.
        names: Phase to label.
        language: Language of words and numbers.
        wide: The whole width of the page instead of half of it.
    """
    frame = cycle.frame
    lengths = np.sqrt(frame["customers"] / max(float(frame["customers"].max()), 1.0))
    with look():
        figure = new_figure(2.35, WIDE if wide else HALF)
        axes = figure.subplots()
        for place, (length, row) in enumerate(zip(lengths, frame.to_dict("records"), strict=True)):
            ends = row["phase"] == "dissolution"
            narrow = row["phase"] == cycle.narrowest
            colour = AMBER if narrow else PALE if ends else TEAL
            axes.barh(place, length, 0.5, left=-length / 2, color=colour)
            count = text.number(row["customers"], language, 0)
            axes.text(0, place, count, ha="center", va="center", fontsize=8, color=INK, fontweight="semibold") if (
                length < 0.16 or ends or narrow
            ) else axes.text(
                0, place, count, ha="center", va="center", fontsize=8, color="white", fontweight="semibold"
            )
            if (
                row["phase"] not in ("commitment", "dissolution")
                and place + 1 < len(frame)
                and pd.notna(row["conversion"])
            ):
                onward = f"↓ {text.percent(row['conversion'], language, 0)}"
                axes.text(0, place + 0.5, onward, ha="center", va="center", fontsize=7.5, color=GREY)
        axes.set_yticks(range(len(frame)), [names[phase] for phase in frame["phase"]])
        axes.set(xlim=(-0.52, 0.52), ylim=(max(len(frame), 4) - 0.6, -0.4))
        axes.set_xticks([])
        _bare(axes)
    return figure


def value_by_silence(
    found: pd.DataFrame, months: int, language: Language, currency: str = "EUR", *, wide: bool = False
) -> Figure:
    """Value of a customer by how long without an order; where contact costs more than it returns the bar is grey.

    Args:
        found: First outcome of ``migration_table``.
        months: Length of a period.
        language: Language of words and numbers.
        currency: Of the amounts.
        wide: The whole width of the page instead of half of it.
    """
    with look():
        figure = new_figure(2.35, WIDE if wide else HALF)
        axes = figure.subplots()
        values = found["value"].to_numpy()
        colours = [TEAL if contact else PALE for contact in found["contact"]]
        axes.bar(range(len(found)), values, 0.62, color=colours)
        axes.axhline(0, color=INK, linewidth=0.6)
        reach = max(float(np.abs(values).max()), 1.0)
        for place, (value, chance) in enumerate(zip(values, found["chance"], strict=True)):
            amount = text.money(value, language, currency, 0 if reach >= 100 else 2)
            words = f"{amount}\n{text.percent(chance, language, 0)}"
            axes.text(
                place, max(value, 0) + 0.02 * reach, words, ha="center", va="bottom", fontsize=7.2, linespacing=1.2
            )
        axes.set_xticks(range(len(found)), [text.number(state - 1, language, 0) for state in found["state"]])
        axes.set_xlabel(SILENT[months][language])
        axes.set(ylim=(min(float(values.min()) * 1.1, 0), max(float(values.max()), 0) + 0.26 * reach))
        axes.set_yticks([])
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.tick_params(length=0)
    return figure


def _bare(axes: Axes) -> None:
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
