"""Charts of the cube: its slices, and the cube itself."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon, Rectangle

from crmworkbook import text
from crmworkbook.charts.parts import free_figure, no_frame, short_names
from crmworkbook.charts.style import AMBER, GREY, HAIR, HALF, INK, PALE, SEQUENCE, WIDE, look
from crmworkbook.models.cube import KEYS
from crmworkbook.text import Language, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Names = Mapping[str, Mapping[str, str]]  # dimension (segment, offering, channel) to key to label
Style = dict[str, Any]

SMALL = 7.5
_LETTER = 0.054  # inches a letter of 7.5 points takes, on average
_WIDEST = 0.85  # inches of one cell, so that a few cells do not become walls
_DARK = 0.75  # from here up the tint carries white letters
_ROOF = 0.5  # height of a block and the air above it, in cells
_COS, _SIN = math.cos(math.pi / 6), math.sin(math.pi / 6)


def revenue_unit(cube: pd.DataFrame) -> int:
    """In what cells are printed, so that they stay short: 1, 1,000 or 1,000,000 of the currency."""
    highest = cube["revenue"].fillna(0).max()
    return 1 if highest < 10_000 else 1_000 if highest < 10_000_000 else 1_000_000


def head_letters(columns: Collection[str]) -> int:
    """Letters that fit above a column: few columns are wide."""
    return 14 if len(columns) > 2 else 16


def rows_of(cells: pd.DataFrame) -> list[Any]:
    """The rows of a frame with their columns as attributes."""
    return list(cells.itertuples())


# --- slices -------------------------------------------------------------------------------------------------


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
    sides, heads = short_names(names["segment"], 22), short_names(names["offering"], head_letters(offerings))
    left = 0.93 * width_of(sides) + 0.1
    room = (WIDE - left) / columns - 0.12
    tilt = slope_of(heads, min(_WIDEST, room / len(offerings)))
    below = 0.53 if tilt else 0.22
    tall = len(segments) * max(0.15, min(0.27, (4.6 - below - 0.25 * rows) / rows / len(segments)))
    height = rows * (tall + 0.25) + below + (0.05 if (cube["revenue"] > 0).all() else 0.22)
    titles = short_names(names["channel"], int(room / 0.064))
    with look():
        figure = free_figure(height, WIDE)
        for position, channel in enumerate(channels):
            row, column = divmod(position, columns)
            x, y = left + column * (room + 0.12), height - (row + 1) * (tall + 0.25)
            axes = figure.add_axes((x / WIDE, y / height, room / WIDE, tall / height))
            _panel(
                axes,
                cube[cube["channel"] == channel],
                names,
                cube["revenue"].max(),
                revenue_unit(cube),
                language,
            )
            axes.set_title(titles[channel], fontsize=8.5, pad=3)
            is_lowest = position + columns >= len(channels)
            steep = tilt if row == rows - 1 else {"rotation": 90}  # a sloping head would touch its neighbour below
            axis_names(axes, heads if is_lowest else {}, sides if column == 0 else {}, steep)
            axes.set(xlim=(0, max(len(offerings), room / _WIDEST)), ylim=(len(segments), 0))
        _key(figure, cube, language)
    return figure


def width_of(words: Mapping[str, str]) -> float:
    """Inches that the longest of these labels takes, about."""
    return max(map(len, words.values())) * _LETTER


def slope_of(words: Mapping[str, str], room: float) -> Style:
    """Column heads lie flat if they fit in *room* (inches), and else slope."""
    return {} if width_of(words) < room else {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}


def axis_names(axes: Axes, heads: Mapping[str, str], sides: Mapping[str, str], slope: Style) -> None:
    """Write labels below the columns and beside the rows of a raster, and leave out everything else."""
    columns, rows = ([place + 0.5 for place in range(len(words))] for words in (heads, sides))
    axes.set_xticks(columns, list(heads.values()), fontsize=SMALL, **slope)
    axes.set_yticks(rows, list(sides.values()), fontsize=SMALL)
    no_frame(axes)
    axes.tick_params(pad=2)


def heat_tile(axes: Axes, x: int, y: int, tint: float | None, said: str = "", hatched: bool = False) -> None:
    """One cell of a raster: a tint (0 to 1) with its number on it, or an outline, hatched when unknown."""
    style: Style = {
        "facecolor": "white",
        "edgecolor": HAIR,
        "linewidth": 0.6,
        "hatch": "//////" if hatched else None,
    }
    if tint is not None:
        style = {"facecolor": SEQUENCE(tint), "edgecolor": "white", "linewidth": 1.2}
        colour = "white" if tint > _DARK else INK
        axes.text(x + 0.5, y + 0.5, said, ha="center", va="center", fontsize=SMALL, color=colour)
    axes.add_patch(Rectangle((x + 0.03, y + 0.05), 0.94, 0.9, **style))


def _panel(axes: Axes, cells: pd.DataFrame, names: Names, highest: float, unit: int, language: Language) -> None:
    rows = {key: place for place, key in enumerate(names["segment"])}
    columns = {key: place for place, key in enumerate(names["offering"])}
    for cell in rows_of(cells):
        _tile(axes, columns[cell.offering], rows[cell.segment], cell, highest, unit, language)


def _tile(axes: Axes, x: int, y: int, cell: Any, highest: float, unit: int, language: Language) -> None:
    if cell.revenue > 0:
        heat_tile(axes, x, y, 0.1 + 0.9 * cell.revenue / highest, _amount(cell.revenue / unit, language))
        return
    heat_tile(axes, x, y, None, hatched=math.isnan(cell.revenue) or cell.status == "unknown")
    if not cell.feasible:
        axes.plot(x + 0.5, y + 0.5, marker="x", color=GREY, markersize=4, markeredgewidth=0.9)
    elif cell.status == "whitespace":
        ring: Style = {"markerfacecolor": "none", "markersize": 6, "markeredgewidth": 1.4}
        axes.plot(x + 0.5, y + 0.5, marker="o", color=AMBER, **ring)


def _amount(value: float, language: Language) -> str:
    return text.number(value, language, 0 if value >= 9.95 or value == round(value) else 1)


def _key(figure: Figure, cube: pd.DataFrame, language: Language) -> None:
    """What the marks of empty cells mean; only the marks that are there."""
    empty = ~(cube["revenue"] > 0)
    unknown = empty & (cube["revenue"].isna() | (cube["status"] == "unknown"))
    mark: Style = {"linestyle": "none", "markerfacecolor": "none"}
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
            fontsize=SMALL,
            handlelength=1.3,
            columnspacing=1.6,
        )


# --- the cube itself ----------------------------------------------------------------------------------------


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
        figure = free_figure((high - low) * unit, HALF)
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
    for cell in rows_of(cells):
        corners = _corners(rows[cell.segment], columns[cell.offering])
        if cell.revenue > 0:
            _block(axes, corners, base, SEQUENCE(0.14 + 0.86 * cell.revenue / highest))
        else:
            wanted = cell.status == "whitespace" and cell.feasible
            outline: Style = {"edgecolor": AMBER if wanted else PALE, "linewidth": 1.1 if wanted else 0.6}
            ground = [_point(*corner, base) for corner in corners]
            axes.add_patch(Polygon(ground, facecolor="none", **outline))


def _corners(segment: int, offering: int) -> list[tuple[float, float]]:
    near, far = 0.07, 0.93
    return [(segment + s, offering + o) for s, o in ((near, near), (near, far), (far, far), (far, near))]


def _block(axes: Axes, corners: Sequence[tuple[float, float]], base: float, colour: object) -> None:
    """A low block: its top, and the two sides that the reader sees, a shade darker."""
    ground = [_point(*corner, base) for corner in corners]
    roof = [_point(*corner, base + 0.34) for corner in corners]
    faces = [
        (roof, 1.0),
        ([roof[1], roof[2], ground[2], ground[1]], 0.72),
        ([roof[3], roof[2], ground[2], ground[3]], 0.86),
    ]
    for face, shade in faces:
        tint = np.array(to_rgb(colour)) * shade  # type: ignore[arg-type]
        axes.add_patch(Polygon(face, facecolor=tint, edgecolor="white", linewidth=0.5, joinstyle="round"))


def _edge_names(axes: Axes, segments: Sequence[str], offerings: Sequence[str]) -> None:
    """Offerings along the lower left edge, segments along the lower right one, each in line with its row."""
    words: Style = {"fontsize": SMALL, "color": GREY, "va": "center", "rotation_mode": "anchor"}
    for place, name in enumerate(offerings):
        axes.text(*_point(len(segments) + 0.15, place + 0.5, 0), name, ha="right", rotation=30, **words)
    for place, name in enumerate(segments):
        axes.text(*_point(place + 0.5, len(offerings) + 0.15, 0), name, ha="left", rotation=-30, **words)
