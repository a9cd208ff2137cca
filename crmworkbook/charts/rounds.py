"""Charts of what moved between two rounds: each figure on its own scale, and one share per segment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from crmworkbook import text
from crmworkbook.charts.parts import clipped, page, wrapped
from crmworkbook.charts.style import AMBER, GREY, HAIR, HALF, INK, MIST, PALE, TEAL, look
from crmworkbook.text import Language, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmworkbook.models.drift import Change

LESS = Text(nl="lager", en="lower")
MORE = Text(nl="hoger", en="higher")
_REACH = 2.6  # changes beyond so many limits end in an arrow


def drift_chart(changes: Sequence[Change], names: Mapping[tuple[str, str], str], language: Language) -> Figure:
    """Each measure on its own scale: the earlier round in the middle, and how far we are from it now.

    The grey band is what chance or the limit explains; amber lies beyond it. A change that is not judged has no dot.

    Args:
        changes: In order from the top.
        names: Measure and subject to label.
        language: Language of words.
    """
    step = 0.235
    height = max(step * len(changes) + 0.42, 1.0)
    with look():
        figure, axes = page(height, HALF)
        left, right = 1.42, HALF - 0.06
        middle, unit = (left + right) / 2, (right - left) / 2 / _REACH
        foot = height - 0.08 - step * len(changes)
        axes.add_patch(
            Rectangle((middle - unit, foot), 2 * unit, step * len(changes), facecolor=MIST, edgecolor="none")
        )
        axes.plot([middle, middle], [foot, height - 0.08], color=PALE, linewidth=0.9)
        for place, change in enumerate(changes):
            y = height - 0.08 - (place + 0.5) * step
            _drift_row(axes, change, names[change.measure, change.subject], y, (middle, unit))
        style: dict[str, Any] = {"fontsize": 7.2, "color": GREY, "va": "top"}
        axes.text(left, foot - 0.05, f"← {LESS[language]}", ha="left", **style)
        axes.text(right, foot - 0.05, f"{MORE[language]} →", ha="right", **style)
    return figure


def _drift_row(axes: Axes, change: Change, name: str, y: float, scale: tuple[float, float]) -> None:
    middle, unit = scale
    weight = "semibold" if change.beyond else "normal"
    axes.text(0, y, clipped(name, 29), va="center", fontsize=7.8, weight=weight)
    axes.plot(
        middle, y, "o", markersize=4.2, markerfacecolor="white", markeredgecolor=GREY, markeredgewidth=0.9, zorder=3
    )
    if change.beyond is None:
        return
    far = change.change / change.limit if change.limit else math.copysign(_REACH, change.change) * bool(change.change)
    colour = AMBER if change.beyond else TEAL
    end = middle + unit * max(-_REACH, min(_REACH, far))
    axes.plot([middle, end], [y, y], color=colour, linewidth=1.5, zorder=2)
    marker = (">" if far > 0 else "<") if abs(far) > _REACH else "o"
    axes.plot(end, y, marker, markersize=5.2, color=colour, markeredgewidth=0, zorder=4)


def segment_chart(changes: Mapping[str, Change], names: Mapping[str, str], language: Language) -> Figure:
    """One share per segment in two rounds: a ring then, a dot now, and a grey bar for what chance explains.

    Args:
        changes: Segment to its change, from the top.
        names: Segment to label.
        language: Language of words and numbers.
    """
    step = 0.47 if len(changes) <= 6 else 0.36
    height = max(step * len(changes) + 0.42, 1.0)
    reach = [value for change in changes.values() for value in _ends(change)]
    low, high = min(reach), max(reach)
    span = (high - low) or 0.1
    with look():
        figure, axes = page(height, HALF)
        left, right = 1.22, HALF - 0.2

        def at(value: float) -> float:
            return left + (value - low) / span * (right - left)

        for place, (segment, change) in enumerate(changes.items()):
            y = height - 0.1 - (place + 0.55) * step
            label = wrapped(names[segment], 20)
            axes.text(0, y, label, va="center", fontsize=7.8, linespacing=1.05)
            if not math.isnan(change.limit):
                start, end = at(max(change.then - change.limit, low)), at(min(change.then + change.limit, high))
                axes.add_patch(Rectangle((start, y - 0.055), end - start, 0.11, facecolor=HAIR, edgecolor="none"))
            colour = AMBER if change.beyond else TEAL
            axes.plot([at(change.then), at(change.now)], [y, y], color=colour, linewidth=1.5, zorder=2)
            axes.plot(at(change.then), y, "o", markersize=5.6, markerfacecolor="white", markeredgecolor=GREY, zorder=3)
            axes.plot(at(change.now), y, "o", markersize=5.6, color=colour, markeredgewidth=0, zorder=4)
            shown = f"{text.percent(change.then, language)} → {text.percent(change.now, language)}"
            x = min(max((at(change.then) + at(change.now)) / 2, left + 0.4), right - 0.35)
            axes.text(x, y + 0.085, shown, ha="center", va="bottom", fontsize=7.2, color=INK)
    return figure


def _ends(change: Change) -> list[float]:
    """The values that a row has to show: both, and what chance explains around the first."""
    band = 0.0 if math.isnan(change.limit) else change.limit
    return [change.now, max(change.then - band, 0.0), min(change.then + band, 1.0)]
