"""Charts of what to offer whom: features by Kano, and the kinds of customisation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from crmworkbook import text
from crmworkbook.charts.parts import free_figure, page, short_names, wrapped
from crmworkbook.charts.style import AMBER, DEEP, GREY, HAIR, HALF, INK, MIST, TEAL, WIDE, look
from crmworkbook.models.customisation import KINDS
from crmworkbook.models.frames import records
from crmworkbook.text import Language, Text

BETTER = Text(nl="tevredener als het er is", en="happier when it is there")
WORSE = Text(nl="ontevredener als het ontbreekt", en="unhappier when it is missing")
STANDARD = Text(nl="product standaard", en="standard product")
OWN = Text(nl="product op maat", en="tailored product")
PLAIN = Text(nl="presentatie standaard", en="standard presentation")
DRESSED = Text(nl="presentatie op maat", en="tailored presentation")
NOBODY = Text(nl="geen segment", en="no segment")

MOST_NAMES = 10  # above this the points carry numbers and the table below the names
COLOURS = {"M": DEEP, "O": TEAL, "A": AMBER}
_LETTER = 0.0515  # inches a letter of 7.2 points takes, on average
_LINE = 0.115
_CORNERS = {"A": (0, 1), "O": (1, 1), "I": (0, 0), "M": (1, 0)}


@dataclass(frozen=True)
class _Box:
    """A rectangle on the page, in inches."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: _Box) -> float:
        wide = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        tall = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(wide, 0) * max(tall, 0)


def kano_plot(
    frame: pd.DataFrame,
    names: Mapping[str, str],
    kinds: Mapping[str, str],
    language: Language,
    half: bool = True,
) -> Figure:
    """Each feature by what having it gains and missing it costs; an open ring has no clear category.

    Args:
        frame: ``feature, category, is_close, better, worse``; features without coefficients are left out.
        names: Feature to name; beyond ten features the points carry their number in the frame.
        kinds: Category to name.
        language: Language of words.
        half: Half the page, or all of it.
    """
    rows = [row for row in enumerate(records(frame), start=1) if row[1]["better"] == row[1]["better"]]
    width, tall = (HALF, 2.62) if half else (WIDE, 2.9)
    left, below, right = 0.27, 0.24, 0.04
    height = tall + below + 0.04
    room = (width - left - right, tall)
    with look():
        figure = free_figure(height, width)
        axes = figure.add_axes((left / width, below / height, room[0] / width, tall / height))
        axes.set(xlim=(0, room[0]), ylim=(0, tall), xticks=[], yticks=[])
        axes.set_xlabel(f"{WORSE[language]} →", fontsize=_SMALL_AXIS, labelpad=3, color=GREY)
        axes.set_ylabel(f"{BETTER[language]} →", fontsize=_SMALL_AXIS, labelpad=3, color=GREY)
        axes.spines[["top", "right"]].set_visible(True)
        axes.spines[:].set_color(HAIR)
        axes.plot([room[0] / 2] * 2, [0, tall], color=HAIR, linewidth=0.7, zorder=1)
        axes.plot([0, room[0]], [tall / 2] * 2, color=HAIR, linewidth=0.7, zorder=1)
        taken = _corner_names(axes, kinds, room)
        spots = [(_along(-row["worse"], room[0]), _along(row["better"], tall)) for _, row in rows]
        for (_, row), (x, y) in zip(rows, spots, strict=True):
            colour = COLOURS.get(row["category"], GREY)
            face = "white" if row["is_close"] else colour
            axes.plot(
                x, y, "o", markersize=6.5, markerfacecolor=face, markeredgecolor=colour, markeredgewidth=1.4, zorder=4
            )
        labels = [str(number) if len(rows) > MOST_NAMES else wrapped(names[row["feature"]], 19) for number, row in rows]
        _place_labels(axes, spots, labels, taken, room)
    return figure


_SMALL_AXIS = 7.5


def _along(share: float, length: float) -> float:
    """A share of 0 to 1 in inches, with room for half a point at both ends."""
    return 0.1 + share * (length - 0.2)


def _corner_names(axes: Axes, kinds: Mapping[str, str], room: tuple[float, float]) -> list[_Box]:
    """Write what each corner means; the places that this takes."""
    taken = []
    for category, (right, top) in _CORNERS.items():
        said = kinds[category]
        wide = len(said) * _LETTER * 1.02
        x, y = (room[0] - 0.05 if right else 0.05), (room[1] - 0.05 if top else 0.05)
        style: Any = {"fontsize": 7, "weight": "semibold", "color": GREY}
        axes.text(x, y, said, ha="right" if right else "left", va="top" if top else "bottom", **style)
        taken.append(_Box(x - wide if right else x, y - 0.13 if top else y, wide, 0.13))
    return taken


def _place_labels(
    axes: Axes,
    spots: Sequence[tuple[float, float]],
    labels: Sequence[str],
    corners: Sequence[_Box],
    room: tuple[float, float],
) -> None:
    """Write each label at the first free place around its point, the most crowded points first."""
    dots = [_Box(x - 0.06, y - 0.06, 0.12, 0.12) for x, y in spots]
    taken: list[_Box] = []
    crowd = [sum(math.dist(spot, other) < 0.8 for other in spots) for spot in spots]
    for place in sorted(range(len(spots)), key=lambda number: -crowd[number]):
        lines = labels[place].split("\n")
        size = (max(map(len, lines)) * _LETTER + 0.02, _LINE * len(lines))
        others = [*taken, *corners, *(dot for number, dot in enumerate(dots) if number != place)]
        box, reach = _best(spots[place], size, others, room)
        taken.append(box)
        middle = (box.x + box.width / 2, box.y + box.height / 2)
        if reach > 0.2:
            axes.plot(*zip(spots[place], middle, strict=True), color=GREY, linewidth=0.5, zorder=2)
        style: Any = {"fontsize": 7.2, "color": INK, "ha": "center", "va": "center", "linespacing": 1.0, "zorder": 5}
        patch = {"facecolor": "white", "edgecolor": "none", "pad": 0.3}
        axes.text(*middle, labels[place], bbox=patch, **style)


def _best(
    spot: tuple[float, float], size: tuple[float, float], others: Sequence[_Box], room: tuple[float, float]
) -> tuple[_Box, float]:
    """The nearest box of this size beside the point that hits nothing, and its distance; else the least bad one."""
    found: list[tuple[float, float, _Box]] = []
    for reach in (0.09, 0.13, 0.18, 0.26, 0.36, 0.48, 0.62, 0.8):
        for turn in (0, 8, 4, 12, 2, 6, 14, 10, 1, 7, 15, 9, 3, 5, 13, 11):
            angle = math.pi * turn / 8
            x = spot[0] + math.cos(angle) * (reach + size[0] / 2) - size[0] / 2
            y = spot[1] + math.sin(angle) * (reach + size[1] / 2) - size[1] / 2
            box = _Box(x, y, *size)
            inside = 0.02 <= x <= room[0] - size[0] - 0.02 and 0.02 <= y <= room[1] - size[1] - 0.02
            if inside:
                hit = sum(box.overlap(other) for other in others)
                if hit == 0:
                    return box, reach
                found.append((hit, reach, box))
    hit, reach, box = min(found, key=lambda item: item[:2]) if found else (0.0, 0.0, _Box(*spot, *size))
    return box, reach


def customisation_map(
    frame: pd.DataFrame,
    names: Mapping[str, str],
    kinds: Mapping[str, str],
    language: Language,
    currency: str = "EUR",
    half: bool = True,
) -> Figure:
    """The four kinds of customisation with the segments that get each; amber ones cost more than they bring.

    Args:
        frame: ``segment, kind, net, choice``.
        names: Segment to name.
        kinds: Kind to name.
        language: Language of words and amounts.
        currency: Of money.
        half: Half the page, or all of it.
    """
    width = HALF if half else WIDE
    most = max(frame["kind"].value_counts().max(), 1)
    tall = max(1.31, 0.42 + 0.21 * most)
    step = min(0.42, (tall - 0.42) / most)
    left, below = 0.22, 0.24
    wide = (width - left - 0.02) / 2
    height = 2 * tall + below + 0.04
    short = short_names(names, int((wide - 0.28) / _LETTER))
    with look():
        figure, axes = page(height, width)
        for (presentation, product), kind in KINDS.items():
            x, y = left + wide * product, below + tall * presentation
            axes.add_patch(Rectangle((x + 0.02, y + 0.02), wide - 0.04, tall - 0.04, facecolor=MIST, edgecolor="none"))
            axes.text(x + 0.1, y + tall - 0.17, kinds[kind], weight="semibold", fontsize=8, color=DEEP, va="center")
            inside = records(frame[frame["kind"] == kind])
            if not inside:
                axes.text(x + 0.1, y + tall - 0.4, NOBODY[language], fontsize=7.2, color=GREY, va="center")
            for place, row in enumerate(inside):
                line = y + tall - 0.42 - place * step
                _segment(axes, x + 0.16, line, short[row["segment"]], row["choice"])
                if step > 0.3 and row["net"] == row["net"]:
                    sign = "+ " if row["net"] > 0 else "− " if row["net"] < 0 else ""
                    amount = sign + text.money(abs(row["net"]), language, currency)
                    axes.text(x + 0.26, line - 0.155, amount, va="center", fontsize=7.2, color=GREY)
        _sides(axes, left, below, wide, tall, language)
    return figure


def _segment(axes: Axes, x: float, y: float, name: str, choice: str) -> None:
    colour = {"do": TEAL, "drop": AMBER}.get(choice, GREY)
    face = "white" if choice == "open" else colour
    axes.plot(x, y, "o", markersize=5.5, markerfacecolor=face, markeredgecolor=colour, markeredgewidth=1.1)
    axes.text(x + 0.1, y, name, va="center", fontsize=7.5)


def _sides(axes: Axes, left: float, below: float, wide: float, tall: float, language: Language) -> None:
    style: Any = {"fontsize": _SMALL_AXIS, "color": GREY, "ha": "center", "va": "center"}
    for place, words in enumerate((STANDARD, OWN)):
        axes.text(left + wide * (place + 0.5), below - 0.11, words[language], **style)
    for place, words in enumerate((PLAIN, DRESSED)):
        axes.text(left - 0.11, below + tall * (place + 0.5), words[language], rotation=90, **style)
