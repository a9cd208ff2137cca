"""Charts of the customer relationship matrix: the four groups, share of wallet, value to both sides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from crmworkbook import text
from crmworkbook.charts.parts import clipped, page, wrapped
from crmworkbook.charts.style import AMBER, DEEP, GREY, HAIR, HALF, INK, MIST, PALE, TEAL, WIDE, look, new_figure
from crmworkbook.models.relationship_matrix import QUADRANTS, RelationshipMatrix
from crmworkbook.models.relationship_portfolio import KINDS
from crmworkbook.text import Language, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURRENT = Text(nl="Huidige waarde voor ons", en="Current value to us")
POTENTIAL = {
    "growth": Text(nl="Groeipotentieel", en="Growth potential"),
    "level": Text(nl="Potentiële waarde", en="Potential value"),
}
NO_GROWTH = Text(nl="geen groei", en="no growth")
WALLET = Text(nl="besteding", en="spend")
FOR_US = Text(nl="Waarde voor ons", en="Value to us")
FOR_CUSTOMER = Text(nl="Waarde voor de klant (0–10)", en="Value to the customer (0–10)")

_COLOURS = dict(zip(QUADRANTS, (DEEP, TEAL, AMBER, PALE), strict=True))
_KIND_COLOURS = dict(zip(KINDS, (DEEP, AMBER, TEAL, GREY), strict=True))
_MANY = 1500  # points from which they are drawn as one picture
_LARGEST = 40  # area of the point that stands for most customers; a cell is about seven points wide
_STRIP = 0.55  # height of the strip that holds the customers without growth, in units of the pressed scale
_MOST_SEGMENTS = 12


def matrix_chart(
    matrix: RelationshipMatrix, names: Mapping[str, str], actions: Mapping[str, str], language: Language, currency: str
) -> Figure:
    """Every customer as a point, by current value and potential, with the thresholds and the four groups.

    Both scales are pressed together: about even near zero, by powers of ten beyond. Customers without growth, who
    would all lie on one line, are spread over a strip below the scale.

    Args:
        matrix: As the model gives it; where its frame has ``customers``, a point grows with the number it stands for.
        names: Quadrant to name.
        actions: Quadrant to what it asks, in a word.
        language: Language of words and numbers.
        currency: Of the amounts.
    """
    frame, limits = matrix.frame, matrix.thresholds
    values = [frame["current"].to_numpy(float), frame[matrix.axis].to_numpy(float)]
    unit = _unit([limits.current, limits.potential], values)
    x, y = (np.arcsinh(amounts / unit) for amounts in values)
    flat = (frame["growth"].to_numpy(float) <= 0) if matrix.axis == "growth" else np.zeros(len(frame), dtype=bool)
    line = float(np.arcsinh(limits.potential / unit))
    if flat.any():
        y = np.where(flat, -_STRIP * (0.2 + 0.8 * _spread(len(frame))), y)
        line = line if limits.potential > 0 else -_STRIP * 1.15
    bounds = [_bounds(x, float(np.arcsinh(limits.current / unit)), 0.35), _bounds(y, line, 0.35)]
    with look():
        figure = new_figure(3.75)
        axes = figure.subplots()
        colours = frame["quadrant"].map(_COLOURS).tolist()
        shared = "customers" in frame and frame["customers"].max() > 1
        sizes = 1 + _LARGEST * np.sqrt(frame["customers"] / frame["customers"].max()) if shared else 15
        many = len(frame) > _MANY
        axes.scatter(x, y, s=sizes, c=colours, alpha=0.75, linewidths=0, rasterized=many, zorder=2)
        axes.axvline(float(np.arcsinh(limits.current / unit)), color=INK, linewidth=0.9, zorder=1)
        axes.axhline(line, color=INK, linewidth=0.9, zorder=1)
        low, high = bounds[1]
        space = 0.11 * (high - low)
        axes.set(xlim=bounds[0], ylim=(low - space, high + space))
        axes.set_xlabel(CURRENT[language])
        axes.set_ylabel(POTENTIAL[matrix.axis][language])
        _money_ticks(axes, "x", values[0], unit, language, currency)
        _money_ticks(axes, "y", values[1], unit, language, currency, flat=bool(flat.any()))
        _quadrant_names(axes, matrix, names, actions, language)
    return figure


def _unit(limits: Sequence[float], values: Sequence[np.ndarray]) -> float:
    """Amount below which the pressed scale is about even."""
    largest = max(map(abs, limits)) * 0.4
    if largest > 0:
        return float(largest)
    reach = max((float(np.abs(amounts).max()) for amounts in values if len(amounts)), default=0.0)
    return reach / 10 or 1.0


def _spread(count: int) -> np.ndarray:
    """Numbers between 0 and 1 that lie evenly and look unordered, the same each time."""
    return (np.arange(count) * 0.6180339887) % 1.0


def _bounds(at: np.ndarray, limit: float, room: float) -> tuple[float, float]:
    low, high = min(float(at.min()), limit), max(float(at.max()), limit)
    pad = max(0.04 * (high - low), room)
    return low - pad, high + pad


def _money_ticks(
    axes: Axes, side: str, amounts: np.ndarray, unit: float, language: Language, currency: str, flat: bool = False
) -> None:
    reach = max(float(np.abs(amounts).max()), unit)
    powers = range(math.floor(math.log10(unit)), math.floor(math.log10(reach)) + 1)
    low, high = axes.get_xlim() if side == "x" else axes.get_ylim()
    apart = (0.12 if side == "x" else 0.09) * (high - low)
    places = [(0.0, text.money(0, language, currency))]
    for amount in [step * 10.0**power for step in (1, 5, 2) for power in powers]:
        for spot, signed in ((float(np.arcsinh(sign * amount / unit)), sign * amount) for sign in (1, -1)):
            if all(abs(spot - other) >= apart for other, _ in places):
                places.append((spot, text.money(signed, language, currency)))
    if flat:
        places = [(-_STRIP * 0.6, NO_GROWTH[language])] + [spot for spot in places if spot[0] > 0.3]
    places = sorted(spot for spot in places if low <= spot[0] <= high)
    where, words = [spot[0] for spot in places], [spot[1] for spot in places]
    (axes.set_xticks if side == "x" else axes.set_yticks)(where, words, fontsize=8)


def _quadrant_names(
    axes: Axes, matrix: RelationshipMatrix, names: Mapping[str, str], actions: Mapping[str, str], language: Language
) -> None:
    corners = {"grow": (0.995, 0.985), "develop": (0.008, 0.985), "retain": (0.995, 0.012), "phase_out": (0.008, 0.012)}
    for quadrant, (x, y) in corners.items():
        words = f"{names[quadrant]}: {text.number(matrix.counts[quadrant], language, 0)} · {actions[quadrant]}"
        where: dict[str, Any] = {"ha": "right" if x > 0.5 else "left", "va": "top" if y > 0.5 else "bottom"}
        colour = INK if quadrant == "phase_out" else _COLOURS[quadrant]
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
        axes.text(
            x, y, words, transform=axes.transAxes, weight="semibold", fontsize=9, color=colour, bbox=paper, **where
        )


def wallet_chart(wallets: pd.DataFrame, names: Mapping[str, str], language: Language, currency: str) -> Figure:
    """Size of wallet and our share of it: each row as tall as the wallet is large, filled as far as our share.

    Args:
        wallets: ``SegmentWallets.frame``.
        names: Segment to label.
        language: Language of words and numbers.
        currency: Of the amounts.
    """
    rows = _largest(wallets)
    tall = np.maximum((rows["wallet"] / rows["wallet"].sum()).to_numpy(float), 0.055)
    tall = tall / tall.sum()
    height = _half_height(len(rows))
    with look():
        figure, axes = page(height, HALF)
        worth = [text.big_money(amount, language, currency) for amount in rows["wallet"]]
        left, right, top = 1.06, HALF - _room(worth), height - 0.24
        _head(axes, top, WALLET[language])
        for (segment, row), share, said_worth in zip(rows.iterrows(), tall, worth, strict=True):
            deep = share * (height - 0.3)
            middle, wide = top - deep / 2, right - left
            axes.add_patch(Rectangle((left, top - deep + 0.02), wide, deep - 0.04, facecolor=MIST, edgecolor="none"))
            axes.add_patch(
                Rectangle((left, top - deep + 0.02), wide * row["share"], deep - 0.04, facecolor=TEAL, edgecolor="none")
            )
            target = left + wide * row["target_share"]
            axes.plot([target, target], [top - deep + 0.02, top - 0.02], color=INK, linewidth=1.5)
            small: dict[str, Any] = {"va": "center", "fontsize": 8}
            axes.text(left - 0.06, middle, wrapped(names[str(segment)], 17), ha="right", linespacing=0.95, **small)
            said = text.percent(row["share"], language, 0)
            inside = row["share"] > 0.25
            x = left + wide * row["share"] - 0.04 if inside else left + wide * row["share"] + 0.04
            colour = "white" if inside else INK
            axes.text(x, middle, said, ha="right" if inside else "left", color=colour, weight="semibold", **small)
            axes.text(HALF - 0.01, middle, said_worth, ha="right", **small)
            top -= deep
    return figure


def potential_chart(wallets: pd.DataFrame, names: Mapping[str, str], language: Language, currency: str) -> Figure:
    """Current value and the value at the target share, a line from one to the other for each segment.

    Args:
        wallets: ``SegmentWallets.frame``.
        names: Segment to label.
        language: Language of words and numbers.
        currency: Of the amounts.
    """
    rows = _largest(wallets)
    ends = rows[["current", "level"]].to_numpy(float)
    low, high = min(float(ends.min()), 0.0), max(float(ends.max()), 0.0)
    span = (high - low) or 1.0
    height = _half_height(len(rows))
    with look():
        figure, axes = page(height, HALF)
        grown = [_plus(amount, language, currency) for amount in rows["growth"]]
        left, right, top = 1.1, HALF - _room(grown), height - 0.24
        step = (height - 0.3) / len(rows)
        _head(axes, top, POTENTIAL["growth"][language])
        zero = left + (right - left) * (0 - low) / span
        axes.plot([zero, zero], [0.03, top], color=HAIR, linewidth=0.8, zorder=0)
        for place, (segment, row) in enumerate(rows.iterrows()):
            y = top - (place + 0.5) * step
            a, b = (left + (right - left) * (row[name] - low) / span for name in ("current", "level"))
            axes.plot([a, b], [y, y], color=TEAL, linewidth=2.2, solid_capstyle="butt", zorder=1)
            axes.plot(a, y, "o", color="white", markeredgecolor=INK, markersize=5.5, markeredgewidth=1.2, zorder=2)
            axes.plot(b, y, "o", color=TEAL, markersize=6.5, markeredgewidth=0, zorder=1.5)
            small: dict[str, Any] = {"va": "center", "fontsize": 8}
            axes.text(1.0, y, wrapped(names[str(segment)], 17), ha="right", linespacing=0.95, **small)
            axes.text(HALF - 0.01, y, grown[place], ha="right", **small)
    return figure


def _plus(amount: float, language: Language, currency: str) -> str:
    said = text.big_money(amount, language, currency)
    return f"+ {said}" if amount >= 0 else said


def _room(words: Sequence[str]) -> float:
    """Inches that the longest of *words* takes, with a gap before it."""
    return 0.06 * max(map(len, words)) + 0.12


def _half_height(rows: int) -> float:
    return max(1.5, 0.36 + 0.37 * rows)


def _largest(wallets: pd.DataFrame) -> pd.DataFrame:
    """At most twelve segments, those with the largest wallets, in their own order."""
    kept = wallets["wallet"].nlargest(_MOST_SEGMENTS).index
    return wallets[wallets.index.isin(kept)]


def _head(axes: Axes, top: float, words: str) -> None:
    axes.text(HALF - 0.01, top + 0.11, words, ha="right", va="center", fontsize=7.8, color=GREY)


def portfolio_chart(
    accounts: pd.DataFrame,
    cuts: tuple[float, float],
    kinds: Mapping[str, str],
    language: Language,
    currency: str,
) -> Figure:
    """Key accounts by value to us and to the customer, with the cuts between the four kinds.

    Each bubble is as large as the growth of the account; a name stands beside it where there is room.

    Args:
        accounts: ``Portfolio.frame``, rows that have a kind.
        cuts: Value to us (euro) and to the customer (0 to 10) from which they are high.
        kinds: Kind to name.
        language: Language of words and numbers.
        currency: Of the amounts.
    """
    shown = accounts[accounts["kind"].notna()]
    x, y = shown["value"].to_numpy(float), shown["customer_value"].to_numpy(float)
    growth = shown["growth"].fillna(0).clip(lower=0).to_numpy(float)
    size = 45 + 380 * growth / (growth.max() or 1.0)
    low, high = min(float(x.min()), cuts[0], 0.0), max(float(x.max()), cuts[0])
    room = (high - low) * 0.1 or 1.0
    bottom, top = min(float(y.min()), cuts[1]) - 1.0, max(float(y.max()), cuts[1]) + 1.1
    with look():
        figure = new_figure(3.1)
        axes = figure.subplots()
        axes.set(xlim=(low - room, high + 1.6 * room), ylim=(max(bottom, -0.9), min(top, 10.9)))
        axes.axvline(cuts[0], color=INK, linewidth=0.9, zorder=1)
        axes.axhline(cuts[1], color=INK, linewidth=0.9, zorder=1)
        axes.scatter(x, y, s=size, c=shown["kind"].map(_KIND_COLOURS), alpha=0.85, linewidths=0, zorder=2)
        corners = {"star": (0.995, 0.98), "question_mark": (0.008, 0.98)}
        corners |= {"problem_child": (0.995, 0.02), "dog": (0.008, 0.02)}
        taken = [_corner_box(kinds[kind], *corner) for kind, corner in corners.items()]
        for kind, (left, up) in corners.items():
            where: dict[str, Any] = {"ha": "right" if left > 0.5 else "left", "va": "top" if up > 0.5 else "bottom"}
            said = f"{kinds[kind]}: {int((shown['kind'] == kind).sum())}"
            where |= {"weight": "semibold", "fontsize": 9, "color": _KIND_COLOURS[kind]}
            axes.text(left, up, said, transform=axes.transAxes, **where)
        _account_names(axes, shown["account"].tolist(), (x, y), size, taken, cuts)
        axes.set(xlabel=FOR_US[language], ylabel=FOR_CUSTOMER[language])
        axes.xaxis.set_major_formatter(lambda value, _: text.money(value, language, currency))
        axes.yaxis.set_major_formatter(lambda value, _: text.number(value, language, 0))
        axes.locator_params(axis="y", integer=True)
    return figure


_PLOT = (WIDE - 0.6, 2.6)  # inches of the plot itself, nearly


def _corner_box(name: str, left: float, up: float) -> tuple[float, float, float, float]:
    """Inches that the name of a kind takes in its corner of the plot."""
    wide, tall = 0.075 * (len(name) + 5), 0.2
    x0 = left * _PLOT[0] - (wide if left > 0.5 else 0)
    y0 = up * _PLOT[1] - (tall if up > 0.5 else 0)
    return (x0, y0, x0 + wide, y0 + tall)


def _account_names(
    axes: Axes,
    names: Sequence[str],
    at: tuple[np.ndarray, np.ndarray],
    size: np.ndarray,
    taken: list[Any],
    cuts: tuple[float, float],
) -> None:
    """Write each name beside its bubble where nothing else stands yet, if need be across a line."""
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    wide, tall = _PLOT[0] / (x1 - x0), _PLOT[1] / (y1 - y0)  # inches per unit
    across, up = (at[0] - x0) * wide, (at[1] - y0) * tall
    upright, level = (cuts[0] - x0) * wide, (cuts[1] - y0) * tall
    walls = [(upright, 0.0, upright, _PLOT[1]), (0.0, level, _PLOT[0], level)]
    radius = np.sqrt(size / math.pi) / 72
    boxes = [*taken, *((a - r, b - r, a + r, b + r) for a, b, r in zip(across, up, radius, strict=True))]
    for name, a, b, r in zip(names, across, up, radius, strict=True):
        said = clipped(name, 34)
        spots = _spots(0.062 * len(said), a, b, r + 0.05)
        free = [spot for spot in spots if not any(_meet(spot[2], other) for other in boxes)]
        best = [spot for spot in free if not any(_meet(spot[2], wall) for wall in walls)] or free
        if best:
            ha, va, box = best[0]
            x, y = {"left": box[0], "right": box[2]}.get(ha, a), {"bottom": box[1], "top": box[3]}.get(va, b)
            paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
            where: dict[str, Any] = {"ha": ha, "va": va, "fontsize": 8, "bbox": paper}
            axes.text(x0 + x / wide, y0 + y / tall, said, zorder=1.5, **where)
            boxes.append(box)


def _spots(wide: float, a: float, b: float, gap: float) -> list[tuple[str, str, tuple[float, float, float, float]]]:
    """Where a name may stand: right, left, above, below or askew of its bubble, inside the plot."""
    spots = [
        ("left", "center", (a + gap, b - 0.07, a + gap + wide, b + 0.07)),
        ("right", "center", (a - gap - wide, b - 0.07, a - gap, b + 0.07)),
        ("center", "bottom", (a - wide / 2, b + gap - 0.02, a + wide / 2, b + gap + 0.12)),
        ("center", "top", (a - wide / 2, b - gap - 0.12, a + wide / 2, b - gap + 0.02)),
        ("left", "bottom", (a, b + gap - 0.02, a + wide, b + gap + 0.12)),
        ("right", "bottom", (a - wide, b + gap - 0.02, a, b + gap + 0.12)),
        ("left", "top", (a, b - gap - 0.12, a + wide, b - gap + 0.02)),
        ("right", "top", (a - wide, b - gap - 0.12, a, b - gap + 0.02)),
    ]
    return [
        spot
        for spot in spots
        if spot[2][0] >= 0 and spot[2][2] <= _PLOT[0] and spot[2][1] >= 0 and spot[2][3] <= _PLOT[1]
    ]


def _meet(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
