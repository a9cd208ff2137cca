"""Charts of the cube: its slices, its shape, the nine-box, market shares and how firm the ranking is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon, Rectangle

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
from crmworkbook.models.cube import KEYS
from crmworkbook.models.cube_priority import NINE_BOX_CUTS
from crmworkbook.models.cube_stability import RankStability
from crmworkbook.text import Language, Text, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Names = Mapping[str, Mapping[str, str]]  # dimension (segment, offering, channel) to key to label

ATTRACTIVENESS = Text(nl="aantrekkelijkheid, score 1–5", en="attractiveness, score 1–5")  # noqa: RUF001
ABILITY = Text(nl="slagkracht, score 1–5", en="ability to win, score 1–5")  # noqa: RUF001
_SMALL = 7.5
_LETTER = 0.054  # inches a letter of 7.5 points takes, on average
_WIDEST = 0.85  # inches of one cell, so that a few cells do not become walls
_DARK = 0.75  # from here up the tint carries white letters
_ROOF = 0.5  # height of a block and the air above it, in cells
_COS, _SIN = math.cos(math.pi / 6), math.sin(math.pi / 6)


def revenue_unit(cube: pd.DataFrame) -> int:
    """In what cells are printed, so that they stay short: 1, 1,000 or 1,000,000 of the currency."""
    highest = cube["revenue"].fillna(0).max()
    return 1 if highest < 10_000 else 1_000 if highest < 10_000_000 else 1_000_000


def short_names(names: Mapping[str, str], most: int) -> dict[str, str]:
    """Key to a label of at most *most* letters; if one is longer, what stands before "and" or "&", while that differs."""
    if all(len(name) <= most for name in names.values()):
        return dict(names)
    heads = {key: re.split(r",? (?:&|en|and|\(|/) ?", name, maxsplit=1)[0] for key, name in names.items()}
    alike = [head.lower() for head in heads.values()]
    kept = {key: heads[key] if alike.count(heads[key].lower()) == 1 else name for key, name in names.items()}
    cut = {key: name if len(name) <= most else name[: most - 1].rstrip() + "…" for key, name in kept.items()}
    same = [name for name in cut.values() if list(cut.values()).count(name) > 1]
    for key in (key for key, name in cut.items() if name in same):  # the difference is at their end
        cut[key] = f"{kept[key][: most // 2 - 1]}…{kept[key][-(most - most // 2) :]}"
    return cut


# --- slices -------------------------------------------------------------------------------------------------------


def slices(cube: pd.DataFrame, names: Names, language: Language) -> Figure:
    """Revenue per segment and offering, one panel per channel, in `revenue_unit`.

    Args:
        cube: A grid: columns segment, offering, channel, revenue, status, feasible.
        names: Labels by dimension, in the order in which they are drawn.
        language: Language of the words.
    """
    segments, offerings, channels = (list(names[key]) for key in KEYS)
    rows = -(-len(channels) // max(1, 18 // len(offerings)))
    columns = -(-len(channels) // rows)
    sides, heads = short_names(names["segment"], 22), short_names(names["offering"], 14)
    left = 0.93 * _width(sides) + 0.1
    room = (WIDE - left) / columns - 0.12
    tilt = _tilt(heads, min(_WIDEST, room / len(offerings)))
    below = 0.6 if tilt else 0.25
    tall = len(segments) * max(0.15, min(0.27, (4.6 - below - 0.25 * rows) / rows / len(segments)))
    height = rows * (tall + 0.25) + below + (0.05 if (cube["revenue"] > 0).all() else 0.3)
    titles = short_names(names["channel"], int(room / 0.064))
    with look():
        figure = _free_figure(height, WIDE)
        for position, channel in enumerate(channels):
            row, column = divmod(position, columns)
            x, y = left + column * (room + 0.12), height - (row + 1) * (tall + 0.25)
            axes = figure.add_axes((x / WIDE, y / height, room / WIDE, tall / height))
            _panel(axes, cube[cube["channel"] == channel], names, cube["revenue"].max(), revenue_unit(cube), language)
            axes.set_title(titles[channel], fontsize=8.5, pad=3)
            is_lowest = position + columns >= len(channels)
            steep = tilt if row == rows - 1 else {"rotation": 90}  # a sloping head would touch its neighbour below
            _axis_names(axes, heads if is_lowest else {}, sides if column == 0 else {}, steep)
            axes.set(xlim=(0, max(len(offerings), room / _WIDEST)), ylim=(len(segments), 0))
        _key(figure, cube, language)
    return figure


def _free_figure(height: float, width: float) -> Figure:
    """A figure whose axes are put in place by hand."""
    figure = new_figure(height, width)
    figure.set_layout_engine("none")
    return figure


def _width(words: Mapping[str, str]) -> float:
    return max(map(len, words.values())) * _LETTER


def _tilt(words: Mapping[str, str], room: float) -> dict[str, Any]:
    """Column heads lie flat if they fit in *room* (inches), and else slope."""
    return {} if _width(words) < room else {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}


def _axis_names(axes: Axes, heads: Mapping[str, str], sides: Mapping[str, str], tilt: dict[str, Any]) -> None:
    axes.set_xticks([place + 0.5 for place in range(len(heads))], list(heads.values()), fontsize=_SMALL, **tilt)
    axes.set_yticks([place + 0.5 for place in range(len(sides))], list(sides.values()), fontsize=_SMALL)
    axes.tick_params(length=0, pad=2)
    axes.spines[:].set_visible(False)


def _panel(axes: Axes, cells: pd.DataFrame, names: Names, highest: float, unit: int, language: Language) -> None:
    rows = {key: place for place, key in enumerate(names["segment"])}
    columns = {key: place for place, key in enumerate(names["offering"])}
    for cell in cells.itertuples():
        _tile(axes, columns[cell.offering], rows[cell.segment], cell, highest, unit, language)


def _tile(axes: Axes, x: int, y: int, cell: object, highest: float, unit: int, language: Language) -> None:
    revenue, status = cell.revenue, cell.status  # type: ignore[attr-defined]
    sells = revenue > 0
    tint = 0.1 + 0.9 * revenue / highest if sells else 0.0
    look_of = {"facecolor": SEQUENCE(tint), "edgecolor": "white", "linewidth": 1.2}
    if not sells:
        look_of = {"facecolor": "white", "edgecolor": HAIR, "linewidth": 0.6}
        look_of |= {"hatch": "//////"} if math.isnan(revenue) or status == "unknown" else {}
    axes.add_patch(Rectangle((x + 0.03, y + 0.05), 0.94, 0.9, **look_of))
    centre = (x + 0.5, y + 0.5)
    if sells:
        colour = "white" if tint > _DARK else INK
        axes.text(*centre, _amount(revenue / unit, language), ha="center", va="center", fontsize=_SMALL, color=colour)
    elif not cell.feasible:  # type: ignore[attr-defined]
        axes.plot(*centre, marker="x", color=GREY, markersize=4, markeredgewidth=0.9)
    elif status == "whitespace":
        axes.plot(*centre, marker="o", color=AMBER, markerfacecolor="none", markersize=6, markeredgewidth=1.4)


def _amount(value: float, language: Language) -> str:
    return text.number(value, language, 0 if value >= 9.95 or value == round(value) else 1)


def _key(figure: Figure, cube: pd.DataFrame, language: Language) -> None:
    """What the marks of empty cells mean; only the marks that are there."""
    empty = ~(cube["revenue"] > 0)
    unknown = empty & (cube["revenue"].isna() | (cube["status"] == "unknown"))
    mark = {"linestyle": "none", "markerfacecolor": "none"}
    found = {
        "whitespace": (
            (empty & cube["feasible"] & (cube["status"] == "whitespace")).any(),
            Line2D([], [], marker="o", color=AMBER, markersize=6, markeredgewidth=1.4, **mark),
        ),
        "by_choice": ((cube["status"] == "by_choice").any(), Patch(facecolor="white", edgecolor=HAIR)),
        "unknown": (unknown.any(), Patch(facecolor="white", edgecolor=HAIR, hatch="//////")),
        "infeasible": (
            (empty & ~cube["feasible"]).any(),
            Line2D([], [], marker="x", color=GREY, markersize=4, **mark),
        ),
    }
    shown = {name: handle for name, (there, handle) in found.items() if there}
    if shown:
        words = [label(f"cell_{'mark' if name == 'infeasible' else 'status'}.{name}", language) for name in shown]
        figure.legend(
            list(shown.values()),
            words,
            loc="lower left",
            borderaxespad=0,
            ncols=4,
            frameon=False,
            fontsize=_SMALL,
            handlelength=1.3,
            columnspacing=1.6,
        )


# --- the cube itself ----------------------------------------------------------------------------------------------


def isometric(cube: pd.DataFrame, names: Names, tallest: float = 3.7) -> Figure:
    """The cube in isometric projection, a floor per channel: darker sells more, an outline sells nothing.

    Args:
        cube: A grid: columns segment, offering, channel, revenue, status, feasible.
        names: Labels by dimension; the first channel is the top floor.
        tallest: Height in inches that the drawing may take; more floors stand closer together.
    """
    segments, offerings, channels = (short_names(names[key], 18) for key in KEYS)
    side = len(segments) + len(offerings)
    longest = max(map(len, [*segments.values(), *offerings.values()])) * _LETTER * _SIN
    unit = next(size for size in np.arange(0.6, 0.02, -0.005) if _breadth(segments, offerings, size)[1] <= HALF - 0.1)
    free = (len(channels) - 1) * (side * _SIN + _ROOF) + side * _SIN + 0.5
    unit = min(unit, max(0.135, (tallest - longest) / free))  # any smaller and the names would touch
    left, breadth = _breadth(segments, offerings, unit)
    floor = _floor_height(side, len(channels), (tallest - longest) / unit)
    low, high = -side * _SIN - longest / unit, (len(channels) - 1) * floor + 0.5
    edge = -len(segments) * _COS - (left + (HALF - breadth) / 2) / unit
    with look():
        figure = _free_figure((high - low) * unit, HALF)
        axes = figure.add_axes((0, 0, 1, 1))
        for level, channel in enumerate(reversed(channels)):
            _floor(axes, cube[cube["channel"] == channel], names, cube["revenue"].max(), level * floor)
            height = level * floor - len(segments) * _SIN + min(floor * 0.55, side * _SIN * 0.5)
            axes.text(edge, height, channels[channel], fontsize=8, weight="semibold", ha="left", va="center")
        _edge_names(axes, list(segments.values()), list(offerings.values()))
        axes.set(xlim=(edge, edge + HALF / unit), ylim=(low, high))
        axes.axis("off")
    return figure


def _breadth(segments: Mapping[str, str], offerings: Mapping[str, str], unit: float) -> tuple[float, float]:
    """Inches that names stick out on the left, and the whole breadth, when one cell is *unit* inches."""

    def sticks_out(words: Mapping[str, str]) -> float:
        room = [(len(name) * _LETTER - (place + 0.35) * unit) * _COS for place, name in enumerate(words.values())]
        return max(0.0, *room)

    left = sticks_out(offerings)
    return left, left + (len(segments) + len(offerings)) * _COS * unit + sticks_out(segments)


def _floor_height(side: int, floors: int, room: float) -> float:
    """Distance between floors: free of each other if that fits the room, else closer."""
    free = side * _SIN + _ROOF
    return free if floors < 2 else max(_ROOF, min(free, (room - side * _SIN - 0.5) / (floors - 1)))


def _point(segment: float, offering: float, height: float) -> tuple[float, float]:
    return (offering - segment) * _COS, -(segment + offering) * _SIN + height


def _floor(axes: Axes, cells: pd.DataFrame, names: Names, highest: float, base: float) -> None:
    rows = {key: place for place, key in enumerate(names["segment"])}
    columns = {key: place for place, key in enumerate(names["offering"])}
    for cell in cells.itertuples():
        corners = _corners(rows[cell.segment], columns[cell.offering])
        if cell.revenue > 0:
            _block(axes, corners, base, SEQUENCE(0.14 + 0.86 * cell.revenue / highest))
        else:
            wanted = cell.status == "whitespace" and cell.feasible
            outline = {"edgecolor": AMBER if wanted else PALE, "linewidth": 1.1 if wanted else 0.6}
            ground = [_point(*corner, base) for corner in corners]
            axes.add_patch(Polygon(ground, facecolor="none", **outline))


def _corners(segment: int, offering: int) -> list[tuple[float, float]]:
    near, far = 0.07, 0.93
    return [(segment + s, offering + o) for s, o in ((near, near), (near, far), (far, far), (far, near))]


def _block(axes: Axes, corners: Sequence[tuple[float, float]], base: float, colour: object) -> None:
    """A low block: its top, and the two sides that the reader sees, a shade darker."""
    ground = [_point(*corner, base) for corner in corners]
    roof = [_point(*corner, base + 0.34) for corner in corners]
    faces = [(roof, 1.0), ([roof[1], roof[2], ground[2], ground[1]], 0.72), ([roof[3], roof[2], ground[2], ground[3]], 0.86)]
    for face, shade in faces:
        tint = np.array(to_rgb(colour)) * shade  # type: ignore[arg-type]
        axes.add_patch(Polygon(face, facecolor=tint, edgecolor="white", linewidth=0.5, joinstyle="round"))


def _edge_names(axes: Axes, segments: Sequence[str], offerings: Sequence[str]) -> None:
    """Offerings along the lower left edge, segments along the lower right one, each in line with its row."""
    words = {"fontsize": _SMALL, "color": GREY, "va": "center", "rotation_mode": "anchor"}
    for place, name in enumerate(offerings):
        axes.text(*_point(len(segments) + 0.15, place + 0.5, 0), name, ha="right", rotation=30, **words)
    for place, name in enumerate(segments):
        axes.text(*_point(place + 0.5, len(offerings) + 0.15, 0), name, ha="left", rotation=-30, **words)


# --- nine-box -----------------------------------------------------------------------------------------------------


def nine_box_chart(ranked: pd.DataFrame, language: Language, count: int = 10) -> Figure:
    """Cells by ability to win and attractiveness; the size is revenue, a ring is whitespace, numbers are ranks.

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
        axes.tick_params(labelsize=_SMALL, length=2)
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
    words = {"fontsize": _SMALL, "weight": "semibold", "color": GREY, "transform": axes.transAxes}
    axes.text(0.98, 0.98, label("zone.grow", language), ha="right", va="top", **words)
    axes.text(0.02, 0.98, label("zone.select", language).replace(" ", "\n"), ha="left", va="top", **words)
    axes.text(0.02, 0.02, label("zone.harvest", language), ha="left", va="bottom", **words)


def _size(revenue: pd.Series, highest: float) -> np.ndarray:
    """Diameter in points; the area follows revenue."""
    return 3.5 + 11 * np.sqrt(revenue.fillna(0).to_numpy(float) / (highest if highest > 0 else 1))


def _bubbles(axes: Axes, cells: pd.DataFrame, highest: float, colour: str, layer: int) -> None:
    empty = ~(cells["revenue"] > 0).to_numpy()
    ring = (cells["status"] == "whitespace").to_numpy()
    x, y, size = cells["ability"].to_numpy(), cells["attractiveness"].to_numpy(), _size(cells["revenue"], highest) ** 2
    axes.scatter(x[~empty], y[~empty], s=size[~empty], color=colour, edgecolor="white", linewidth=0.5, zorder=layer)
    edge = np.where(ring, AMBER, colour)[empty].tolist()
    axes.scatter(x[empty], y[empty], s=26, facecolor="white", edgecolor=edge, linewidth=1.2, zorder=layer)


def _rank_numbers(axes: Axes, cells: pd.DataFrame, highest: float, sides: Sequence[tuple[float, float]]) -> None:
    """Ranks in their bubbles, or else at the first free place around them."""
    scale = [inches * 72 / (limits[1] - limits[0]) for inches, limits in zip((2.5, 3.0), sides, strict=True)]
    spots = [(cell.ability * scale[0], cell.attractiveness * scale[1]) for cell in cells.itertuples()]
    sizes = _size(cells["revenue"], highest)
    taken: list[tuple[float, float]] = []
    for cell, spot, size in zip(cells.itertuples(), spots, sizes, strict=True):
        around = [math.pi * turn / 4 for turn in (0, 2, 4, 6, 1, 3, 5, 7)]
        reach = [size / 2 + 5 + step for step in (0, 4, 8, 13)]
        places = [(spot[0] + r * math.cos(angle), spot[1] + r * math.sin(angle)) for r in reach for angle in around]
        filled = [(other, wide / 2 + 4) for other, wide in zip(spots, sizes, strict=True) if other != spot]
        filled += [(other, 8.0) for other in taken]
        inside = size > 9 and all(math.dist(spot, other) > (wide + size) / 2 - 4 for other, wide in filled)
        free = (place for place in places if all(math.dist(place, other) >= room for other, room in filled))
        place = spot if inside else next(free, places[0])
        taken.append(place)
        words = {"fontsize": _SMALL, "ha": "center", "va": "center", "zorder": 4, "color": "white" if inside else INK}
        axes.text(place[0] / scale[0], place[1] / scale[1], str(cell.rank), **words)


# --- market share, stability --------------------------------------------------------------------------------------


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
    table = shares.pivot(index=rows, columns=columns, values="share").reindex(list(names[rows]), columns=list(names[columns]))
    highest = table.max().max()
    with look():
        figure = new_figure(max(min(2.6, 0.6 * len(table) + 0.7), 0.24 * len(table) + 0.7), HALF)
        axes = figure.subplots()
        for y, x in np.ndindex(*table.shape):
            _share_tile(axes, x, y, table.iat[y, x], highest, language)
        heads, sides = short_names(names[columns], 14), short_names(names[rows], 18)
        wide = max(2, len(heads))
        _axis_names(axes, heads, sides, _tilt(heads, (HALF - _width(sides) - 0.1) / wide))
        axes.set(xlim=(0, wide), ylim=(len(sides), 0))
    return figure


def _share_tile(axes: Axes, x: int, y: int, share: float, highest: float, language: Language) -> None:
    unknown = math.isnan(share)
    tint = 0.08 + (0.92 * share / highest if not unknown and highest > 0 else 0)
    hatch = {"hatch": "//////", "edgecolor": HAIR, "linewidth": 0.6} if unknown else {"edgecolor": "white", "linewidth": 1.2}
    axes.add_patch(Rectangle((x + 0.02, y + 0.03), 0.96, 0.94, facecolor="white" if unknown else SEQUENCE(tint), **hatch))
    if not unknown:
        colour = "white" if tint > _DARK else INK
        words = {"fontsize": _SMALL, "ha": "center", "va": "center", "color": colour}
        axes.text(x + 0.5, y + 0.5, text.percent(share, language, 0 if share >= 0.0995 else 1), **words)


def stability_bars(firm: RankStability, names: Names, language: Language, firm_share: float = 0.6, most: int = 15) -> Figure:
    """In what share of the draws each cell stands in the top, best cell first; the line divides top and reserves.

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
        figure = _free_figure(0.166 * len(cells) + 0.12, HALF)
        axes = figure.add_axes((0, 0, 1, 1))
        for place, (cell, top, name) in enumerate(zip(cells.itertuples(), inside, labels, strict=True)):
            share = cell.share_of_draws
            tint = MIST if not top else SEQUENCE(0.3) if share >= firm_share else "#f3d9b5"
            axes.add_patch(Rectangle((0, place + 0.08), 0.87 * share, 0.84, facecolor=tint, edgecolor="none"))
            axes.text(0.012, place + 0.5, f"{cell.rank}  {name}", fontsize=_SMALL, va="center", color=INK if top else GREY)
            axes.text(1, place + 0.5, text.percent(share, language, 0), fontsize=_SMALL, va="center", ha="right")
        if 0 < inside.sum() < len(cells):
            axes.axhline(inside.sum(), color=DEEP, linewidth=0.8)
        axes.set(xlim=(0, 1), ylim=(len(cells) + 0.2, -0.2))
        axes.axis("off")
    return figure


def _cell_labels(cells: pd.DataFrame, names: Names, most: int) -> list[str]:
    """Segment, offering and channel in one line of at most *most* letters."""
    for each in range(20, 5, -2):
        brief = {key: short_names(names[key], each) for key in KEYS}
        labels = [" · ".join(brief[key][part] for key, part in zip(KEYS, row, strict=True)) for row in cells[KEYS].to_numpy()]
        if max(map(len, labels)) <= most:
            break
    return labels
