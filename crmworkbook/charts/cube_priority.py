"""Charts of the choice in the cube: the nine-box, market shares, and how firm the ranking is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from crmworkbook import text
from crmworkbook.charts.cube import (
    SMALL,
    Names,
    Style,
    axis_names,
    head_letters,
    heat_tile,
    rows_of,
    slope_of,
    width_of,
)
from crmworkbook.charts.parts import free_figure, short_names
from crmworkbook.charts.style import (
    AMBER,
    DEEP,
    GREY,
    HALF,
    INK,
    MIST,
    PALE,
    SEQUENCE,
    look,
    new_figure,
)
from crmworkbook.models.cube import KEYS
from crmworkbook.models.cube_priority import NINE_BOX_CUTS
from crmworkbook.models.cube_stability import RankStability
from crmworkbook.text import Language, Text, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ATTRACTIVENESS = Text(nl="aantrekkelijkheid, score 1–5", en="attractiveness, score 1–5")
ABILITY = Text(nl="slagkracht, score 1–5", en="ability to win, score 1–5")
UNSURE = "#f3d9b5"  # amber, light enough to read a name on


# --- nine-box -----------------------------------------------------------------------------------------------


def nine_box_chart(ranked: pd.DataFrame, language: Language, count: int = 10) -> Figure:
    """Cells by ability to win and attractiveness; size is revenue, a ring sells nothing, numbers are ranks.

    Args:
        ranked: What `crmworkbook.models.cube_priority.priority` gave.
        language: Language of the words.
        count: Size of the top that gets numbers.
    """
    cells = ranked[ranked["mark"] == "ranked"].sort_values("revenue", ascending=False, kind="stable")
    best = cells["rank"].le(count).to_numpy(bool)
    sides = [_limits(cells[name]) for name in ("ability", "attractiveness")]
    with look():
        figure = new_figure(3.7, HALF)
        axes = figure.subplots()
        _zones(axes, sides, language)
        for chosen, colour, layer in ((~best, PALE, 2), (best, DEEP, 3)):
            _bubbles(axes, cells[chosen], cells["revenue"].max(), colour, layer)
        _rank_numbers(axes, cells[best], cells["revenue"].max(), sides)
        axes.set(xlim=sides[0], ylim=sides[1], xlabel=ABILITY[language], ylabel=ATTRACTIVENESS[language])
        axes.set(xticks=[tick for tick in range(1, 6) if sides[0][0] <= tick <= sides[0][1]])
        axes.set(yticks=[tick for tick in range(1, 6) if sides[1][0] <= tick <= sides[1][1]])
        axes.tick_params(labelsize=SMALL, length=2)
    return figure


def _limits(scores: pd.Series) -> tuple[float, float]:
    """The part of the scale that is drawn: all scores, and always something of each of the three boxes."""
    return max(1.0, min(1.9, scores.min() - 0.2)), min(5.0, max(4.2, scores.max() + 0.3))


def _zones(axes: Axes, sides: Sequence[tuple[float, float]], language: Language) -> None:
    tints = {"grow": SEQUENCE(0.2), "select": MIST, "harvest": "white"}
    left, low = ((limits[0], *NINE_BOX_CUTS, limits[1]) for limits in sides)
    for x in range(3):
        for y in range(3):
            zone = "grow" if x + y > 2 else "select" if x + y == 2 else "harvest"
            size = (left[x + 1] - left[x], low[y + 1] - low[y])
            axes.add_patch(Rectangle((left[x], low[y]), *size, facecolor=tints[zone], edgecolor="white", linewidth=1))
    words: Style = {"fontsize": SMALL, "weight": "semibold", "color": GREY, "transform": axes.transAxes}
    axes.text(0.98, 0.98, label("zone.grow", language), ha="right", va="top", **words)
    axes.text(0.02, 0.98, label("zone.select", language).replace(" ", "\n"), ha="left", va="top", **words)
    axes.text(0.02, 0.02, label("zone.harvest", language), ha="left", va="bottom", **words)


def _size(revenue: pd.Series, highest: float) -> np.ndarray:
    """Diameter in points; the area follows revenue."""
    return 3.5 + 11 * np.sqrt(revenue.fillna(0).to_numpy(float) / (highest if highest > 0 else 1))


def _bubbles(axes: Axes, cells: pd.DataFrame, highest: float, colour: str, layer: int) -> None:
    empty = ~(cells["revenue"] > 0).to_numpy()
    ring = (cells["status"] == "whitespace").to_numpy()
    x, y, size = (
        cells["ability"].to_numpy(),
        cells["attractiveness"].to_numpy(),
        _size(cells["revenue"], highest) ** 2,
    )
    axes.scatter(x[~empty], y[~empty], s=size[~empty], color=colour, edgecolor="white", linewidth=0.5, zorder=layer)
    edge = np.where(ring, AMBER, colour)[empty].tolist()
    axes.scatter(x[empty], y[empty], s=26, facecolor="white", edgecolor=edge, linewidth=1.2, zorder=layer)


def _rank_numbers(axes: Axes, cells: pd.DataFrame, highest: float, sides: Sequence[tuple[float, float]]) -> None:
    """Ranks in their bubbles, or else at the first free place around them."""
    scale = [inches * 72 / (limits[1] - limits[0]) for inches, limits in zip((2.5, 3.0), sides, strict=True)]
    spots = [(cell.ability * scale[0], cell.attractiveness * scale[1]) for cell in rows_of(cells)]
    sizes = _size(cells["revenue"], highest)
    taken: list[tuple[float, float]] = []
    for cell, spot, size in zip(rows_of(cells), spots, sizes, strict=True):
        around = [math.pi * turn / 4 for turn in (0, 2, 4, 6, 1, 3, 5, 7)]
        reach = [size / 2 + 5 + step for step in (0, 4, 8, 13)]
        places = [(spot[0] + r * math.cos(angle), spot[1] + r * math.sin(angle)) for r in reach for angle in around]
        filled = [(other, wide / 2 + 4) for other, wide in zip(spots, sizes, strict=True) if other != spot]
        filled += [(other, 8.0) for other in taken]
        inside = size > 9 and all(math.dist(spot, other) > (wide + size) / 2 - 4 for other, wide in filled)
        free = (place for place in places if all(math.dist(place, other) >= room for other, room in filled))
        place = spot if inside else next(free, places[0])
        taken.append(place)
        words: Style = {
            "fontsize": SMALL,
            "ha": "center",
            "va": "center",
            "zorder": 4,
            "color": "white" if inside else INK,
        }
        axes.text(place[0] / scale[0], place[1] / scale[1], str(cell.rank), **words)


# --- market share, stability --------------------------------------------------------------------------------


def market_share_map(shares: pd.DataFrame, names: Names, language: Language) -> Figure:
    """Our share of each market: a row per segment and a column per offering, or turned when that is narrower.

    Args:
        shares: Columns segment, offering, share (empty when unknown).
        names: Labels by dimension.
        language: Language of the numbers.
    """
    rows, columns = "segment", "offering"
    if len(names[columns]) > len(names[rows]):
        rows, columns = columns, rows
    table = shares.pivot(index=rows, columns=columns, values="share").reindex(
        list(names[rows]), columns=list(names[columns])
    )
    values, highest = table.to_numpy(float), table.max().max()
    with look():
        figure = new_figure(max(min(2.6, 0.6 * len(table) + 0.7), 0.24 * len(table) + 0.7), HALF)
        axes = figure.subplots()
        for y, x in np.ndindex(*table.shape):
            _share_tile(axes, x, y, float(values[y, x]), highest, language)
        heads, sides = short_names(names[columns], head_letters(names[columns])), short_names(names[rows], 18)
        wide = max(2, len(heads))
        axis_names(axes, heads, sides, slope_of(heads, (HALF - width_of(sides) - 0.1) / wide))
        axes.set(xlim=(0, wide), ylim=(len(sides), 0))
    return figure


def _share_tile(axes: Axes, x: int, y: int, share: float, highest: float, language: Language) -> None:
    if math.isnan(share):
        heat_tile(axes, x, y, None, hatched=True)
    else:
        tint = 0.08 + 0.92 * share / (highest if highest > 0 else 1)
        heat_tile(axes, x, y, tint, text.percent(share, language, 0 if share >= 0.0995 else 1))


def stability_bars(
    firm: RankStability, names: Names, language: Language, firm_share: float = 0.6, most: int = 15
) -> Figure:
    """In what share of the draws each cell stands in the top, best first; the line divides top and reserves.

    Args:
        firm: What `crmworkbook.models.cube_stability.rank_stability` gave.
        names: Labels by dimension.
        language: Language of the words.
        firm_share: A cell of the top below this share is drawn in amber.
        most: Number of cells shown.
    """
    cells = firm.cells.head(most)
    labels = _cell_labels(cells, names, 54)
    inside = cells["rank"].le(firm.count).to_numpy(bool)
    with look():
        figure = free_figure(0.166 * len(cells) + 0.12, HALF)
        axes = figure.add_axes((0, 0, 1, 1))
        for place, (cell, top, name) in enumerate(zip(rows_of(cells), inside, labels, strict=True)):
            share = cell.share_of_draws
            tint = MIST if not top else SEQUENCE(0.3) if share >= firm_share else UNSURE
            axes.add_patch(Rectangle((0, place + 0.08), 0.87 * share, 0.84, facecolor=tint, edgecolor="none"))
            axes.text(
                0.012,
                place + 0.5,
                f"{cell.rank}  {name}",
                fontsize=SMALL,
                va="center",
                color=INK if top else GREY,
            )
            axes.text(1, place + 0.5, text.percent(share, language, 0), fontsize=SMALL, va="center", ha="right")
        if 0 < inside.sum() < len(cells):
            axes.axhline(inside.sum(), color=DEEP, linewidth=0.8)
        axes.set(xlim=(0, 1), ylim=(len(cells) + 0.2, -0.2))
        axes.axis("off")
    return figure


def _cell_labels(cells: pd.DataFrame, names: Names, most: int) -> list[str]:
    """Segment, offering and channel in one line of at most *most* letters."""
    for each in range(20, 5, -2):
        brief = {key: short_names(names[key], each) for key in KEYS}
        labels = [
            " · ".join(brief[key][part] for key, part in zip(KEYS, row, strict=True)) for row in cells[KEYS].to_numpy()
        ]
        if max(map(len, labels)) <= most:
            break
    return labels
