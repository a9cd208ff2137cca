"""Charts of the goals: how far each has to go, which of them clash, and how they make profit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from crmworkbook import text
from crmworkbook.charts.parts import clipped, page, wrapped
from crmworkbook.charts.style import AMBER, DEEP, GREY, HAIR, INK, MIST, PALE, TEAL, look
from crmworkbook.findings.units import MOMENTS, big_units, in_unit
from crmworkbook.models.frames import records
from crmworkbook.models.goals import CONFLICTS, GOALS, Conflicts, DriverTree
from crmworkbook.text import Language, Text

NOW = Text(nl="nulpunt", en="baseline")
NEAR = Text(nl="12 mnd", en="12 mths")
FAR = Text(nl="36 mnd", en="36 mths")
EARLIER = Text(nl="eerdere jaren", en="earlier years")
NO_FIGURES = Text(nl="nog geen cijfers", en="no figures yet")
UNKNOWN = Text(nl="onbekend", en="unknown")
ON_PROFIT = Text(nl="{effect} winst", en="{effect} profit")

_TRACK, _TRACK_END = 2.2, 4.1  # inches from the left
_COLUMNS = (4.85, 5.58, 6.27)


def bullet_chart(
    goals: pd.DataFrame,
    names: Mapping[str, str],
    language: Language,
    currency: str = "EUR",
    look_at: Collection[str] = (),
) -> Figure:
    """One line per goal from baseline to targets, each on its own scale, over what earlier years saw.

    Values rise to the right, so a goal to lower points left. Goals that come first stand on top.

    Args:
        goals: ``goal, unit, baseline, target_12, target_36, low, high, priority``.
        names: Goal to name.
        language: Language of words and numbers.
        currency: Of money.
        look_at: Goals in amber.
    """
    ordered = records(goals.sort_values("priority", ascending=False, kind="stable"))
    step = min(0.3, 8.2 / max(len(ordered), 1))
    height = step * len(ordered) + 0.36
    with look():
        figure, axes = page(height)
        _bullet_heads(axes, height - 0.2, language, any(pd.notna(row["low"] + row["high"]) for row in ordered))
        for position, row in enumerate(ordered):
            y = height - 0.36 - (position + 0.5) * step
            name = wrapped(names[row["goal"]], 36)
            weight = "semibold" if row["priority"] else "normal"
            axes.text(0, y, name, va="center", weight=weight, fontsize=8.5, linespacing=1.05)
            _bullet(axes, row, y, step, AMBER if row["goal"] in look_at else TEAL, language)
            for x, value in zip(_COLUMNS, big_units(row, language, currency), strict=True):
                axes.text(x, y, value, va="center", ha="right", fontsize=8.5, weight=weight)
    return figure


def _bullet_heads(axes: Axes, y: float, language: Language, banded: bool) -> None:
    style: dict[str, Any] = {"fontsize": 7.8, "color": GREY, "va": "center"}
    if banded:
        axes.add_patch(Rectangle((_TRACK, y - 0.06), 0.3, 0.12, facecolor=HAIR, edgecolor="none"))
        axes.text(_TRACK + 0.36, y, EARLIER[language], **style)
    for x, words, marker in zip(_COLUMNS, (NOW, NEAR, FAR), ("|", "o", ">"), strict=True):
        axes.text(x, y, words[language], ha="right", **style)
        width = 0.058 * len(words[language]) + 0.09
        colour = INK if marker == "|" else TEAL
        edge = 1.4 if marker == "|" else 0
        axes.plot(x - width, y, marker=marker, markersize=5.5, color=colour, markeredgewidth=edge)


def _bullet(axes: Axes, row: Mapping[str, Any], y: float, step: float, colour: str, language: Language) -> None:
    now, near, far, low, high = (row[name] for name in (*MOMENTS, "low", "high"))
    known = [value for value in (now, near, far, low, high) if pd.notna(value)]
    if not known:
        axes.text(_TRACK, y, NO_FIGURES[language], va="center", color=GREY, fontsize=8)
        return
    least, most = min(known), max(known)

    def at(value: float) -> float:
        share = (value - least) / (most - least) if most > least else 0.5
        return _TRACK + 0.05 + share * (_TRACK_END - _TRACK - 0.1)

    axes.plot([_TRACK, _TRACK_END], [y, y], color=HAIR, linewidth=0.6, zorder=1)
    if pd.notna(low) and pd.notna(high):
        tall = step * 0.62
        axes.add_patch(
            Rectangle((at(low), y - tall / 2), max(at(high) - at(low), 0.02), tall, facecolor=HAIR, edgecolor="none")
        )
    targets = [value for value in (near, far) if pd.notna(value)]
    if pd.notna(now) and targets:
        axes.plot([at(now), at(targets[-1])], [y, y], color=colour, linewidth=2, zorder=3, solid_capstyle="butt")
    if pd.notna(now):
        axes.plot([at(now)] * 2, [y - step * 0.24, y + step * 0.24], color=INK, linewidth=1.8, zorder=5)
    if pd.notna(near):
        axes.plot(
            at(near),
            y,
            "o",
            markersize=5.5,
            color=colour,
            markeredgecolor="white",
            markeredgewidth=0.7,
            zorder=4,
        )
    if pd.notna(far):
        start = now if pd.notna(now) else near
        marker = "D" if pd.isna(start) or start == far else ">" if far > start else "<"
        axes.plot(at(far), y, marker, markersize=6.5, color=colour, markeredgewidth=0, zorder=4)


def conflict_matrix(clashes: Conflicts, names: Mapping[str, str], reasons: Mapping[tuple[str, str], str]) -> Figure:
    """A staircase of the chosen goals: a numbered square where two clash, amber where neither comes first.

    A goal's name stands at the end of its row and on top of its column. Beside it, what each clash is about.

    Args:
        clashes: Goals without a known clash are left out.
        names: Goal to name.
        reasons: Pair to what the clash is about.
    """
    chosen = [goal for goal in clashes.matrix.index if any(goal in pair for pair in CONFLICTS)]
    pairs = records(clashes.pairs)
    written = [wrapped(reasons[row["first"], row["second"]], 50, None) for row in pairs]
    titles = [f"{names[row['first']]} – {_lower(row['second'], names)}" for row in pairs]
    titles = [wrapped(title, 44) for title in titles]
    tall = sum(_depth(title, said) for title, said in zip(titles, written, strict=True))
    cell = 0.29
    height = max(cell * len(chosen), tall - 0.12) + 0.1
    with look():
        figure, axes = page(height)
        for i, goal in enumerate(chosen):
            y = height - 0.05 - (i + 1) * cell
            for j in range(i):
                _square(axes, j * cell, y, cell * 0.94, MIST)
            weight = "semibold" if goal in clashes.priorities else "normal"
            name = clipped(names[goal], 34)
            axes.text(i * cell + 0.04, y + cell * 0.45, name, va="center", weight=weight, fontsize=8.5)
        y = height - 0.05
        for number, (row, title, said) in enumerate(zip(pairs, titles, written, strict=True), start=1):
            colour = AMBER if row["both_maximised"] else DEEP
            j, i = sorted((chosen.index(row["first"]), chosen.index(row["second"])))
            low = height - 0.05 - (i + 1) * cell
            _square(axes, j * cell, low, cell * 0.94, colour, str(number))
            _reason(axes, y, number, colour, title, said)
            y -= _depth(title, said)
    return figure


def _square(axes: Axes, x: float, y: float, side: float, colour: str, number: str = "") -> None:
    axes.add_patch(Rectangle((x, y), side, side, facecolor=colour, edgecolor="none"))
    middle: Any = {"ha": "center", "va": "center", "color": "white", "weight": "semibold", "fontsize": 8}
    axes.text(x + side / 2, y + side * 0.48, number, **middle)


def _depth(title: str, said: str) -> float:
    """Inches that one clash in words takes."""
    return 0.135 * (2 + title.count("\n") + said.count("\n")) + 0.17


def _reason(axes: Axes, y: float, number: int, colour: str, title: str, said: str) -> None:
    left = 3.55
    _square(axes, left, y - 0.19, 0.18, colour, str(number))
    axes.text(left + 0.26, y - 0.025, title, va="top", fontsize=7.8, weight="semibold", linespacing=1.1)
    below = y - 0.025 - 0.135 * (1 + title.count("\n")) - 0.015
    axes.text(left + 0.26, below, said, va="top", fontsize=7.8, color=GREY, linespacing=1.1)


def _lower(goal: str, names: Mapping[str, str]) -> str:
    return names[goal][:1].lower() + names[goal][1:] if goal in GOALS else names[goal]


# Where each node stands: inches from the left, and rows from the top.
_PLACES = {
    "profit": (0.0, 2.1),
    "revenue": (1.6, 0.9),
    "margin": (1.6, 2.1),
    "cost_to_serve": (1.6, 3.1),
    "acquisition": (1.6, 4.1),
    "customers_kept": (3.28, 0.0),
    "spend": (3.28, 0.9),
    "new_customers": (3.28, 2.4),
    "marketing_cost": (3.28, 4.1),
    "loyalty": (4.96, 0.0),
    "leads": (4.96, 1.9),
    "lead_quality": (4.96, 2.9),
}


def driver_tree_chart(
    tree: DriverTree,
    effects: pd.Series,
    names: Mapping[str, str],
    language: Language,
    currency: str = "EUR",
    look_at: Collection[str] = (),
) -> Figure:
    """What profit is made of, from left to right: each driver with its baseline and its last target.

    Args:
        tree: As the model gives it.
        effects: What each branch does to profit by itself, euro per year; NaN where unknown.
        names: Node to name.
        language: Language of words and numbers.
        currency: Of money.
        look_at: Nodes in amber: a target there does not follow from the others.
    """
    row_height, height = 0.53, 2.74
    with look():
        figure, axes = page(height)
        spot = {node: (x, height - 0.26 - y * row_height) for node, (x, y) in _PLACES.items()}
        for edge in records(tree.edges):
            (x0, y0), (x1, y1) = spot[edge["parent"]], spot[edge["child"]]
            bend = x1 - (0.26 if edge["parent"] == "acquisition" else 0.14)
            start = x0 + (1.3 if edge["parent"] == "profit" else 1.38)
            axes.plot([start, bend, bend, x1 - 0.05], [y0, y0, y1, y1], color=PALE, linewidth=0.8)
        for node in records(tree.nodes):
            _node(axes, node, spot[node["node"]], names, language, currency, node["node"] in look_at)
            effect = effects.get(node["node"], float("nan"))
            if pd.notna(effect):
                x, y = spot[node["node"]]
                sign = "+ " if effect > 0 else "− " if effect < 0 else ""
                amount = sign + text.money(abs(effect), language, currency)
                said = ON_PROFIT[language].replace("{effect}", amount)
                colour = TEAL if effect >= 0 else GREY
                axes.text(x, y - 0.2, said, va="center", fontsize=7.6, color=colour, style="italic")
    return figure


def _node(
    axes: Axes,
    node: Mapping[str, Any],
    place: tuple[float, float],
    names: Mapping[str, str],
    language: Language,
    currency: str,
    marked: bool,
) -> None:
    x, y = place
    colour = AMBER if marked else DEEP
    white: Any = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    bold: Any = {"fontsize": 8.4, "weight": "semibold", "color": colour}
    axes.text(x, y + 0.075, names[node["node"]], va="center", bbox=white, **bold)
    target = node["target_12"] if pd.isna(node["target_36"]) else node["target_36"]
    values = [_brief(value, node["unit"], language, currency) for value in (node["baseline"], target)]
    known = [value for value in values if value != "–"]
    said = " → ".join(values) if len(known) == 2 else (f"→ {values[1]}" if values[1] != "–" else values[0])
    said = said if known else UNKNOWN[language]
    axes.text(x, y - 0.065, said, va="center", fontsize=7.8, color=INK if known else GREY, bbox=white)


def _brief(value: float, unit: str, language: Language, currency: str) -> str:
    if unit == "money" and abs(value) >= 1_000_000:
        return text.big_money(value, language, currency)
    if unit in ("count", "money") and pd.notna(value) and abs(value) >= 100:
        value = round(value)  # a calculated amount needs no cents here
    return in_unit(value, unit, language, currency)
