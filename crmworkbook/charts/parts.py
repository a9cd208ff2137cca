"""What several charts are made of: pages in inches, words that fit, a scale from 1 to 5, bars without a frame."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from crmworkbook.charts.style import WIDE, new_figure
from crmworkbook.text import Language, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALL = 7.6  # points


# --- figures and axes -----------------------------------------------------------------------------------------


def free_figure(height: float, width: float = WIDE) -> Figure:
    """A figure in inches whose axes are put in place by hand."""
    figure = new_figure(height, width)
    figure.set_layout_engine("none")
    return figure


def page(height: float, width: float = WIDE) -> tuple[Figure, Axes]:
    """A figure whose only axes measure inches from the lower left corner, for words that take more room than data."""
    figure = free_figure(height, width)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def no_frame(axes: Axes) -> None:
    """Leave out the lines around the axes and the marks at their labels."""
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def only_row_labels(axes: Axes) -> None:
    """Leave out everything but the labels before the rows, where each bar carries its own number."""
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_visible(False)
    axes.spines[["bottom", "left"]].set_visible(False)


# --- words ------------------------------------------------------------------------------------------------------


def wrapped(words: str, letters: float, lines: int | None = 2) -> str:
    """Words in lines of so many letters; what does not fit in so many lines ends in three dots."""
    return "\n".join(textwrap.wrap(words, int(letters), max_lines=lines, placeholder=" …")) or words


def clipped(words: str, most: int) -> str:
    """Words in one line of at most so many letters, cut after a word, or inside the first when that is too long."""
    if len(words) <= most:
        return words
    short = textwrap.shorten(words, most, placeholder=" …")
    return words[: most - 1].rstrip() + "…" if short == "…" else short


def begun(words: str) -> str:
    """Words with a capital, as a label begins; eCRM stays eCRM."""
    return words if words[1:2].isupper() else words[:1].upper() + words[1:]


def short_names(names: Mapping[str, str], most: int) -> dict[str, str]:
    """Key to a label of at most *most* letters; if any is longer, each keeps what precedes "and" or "&"."""
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


# --- places -----------------------------------------------------------------------------------------------------


def apart(places: Sequence[float], least: float) -> list[float]:
    """The places nearest to *places*, in the same order, that stand at least so far apart."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    groups: list[list[int]] = []  # of places that touch; each group stands around where its members want to be
    wanted = {index: places[index] - least * rank for rank, index in enumerate(order)}
    for index in order:
        groups.append([index])
        while len(groups) > 1 and _mean(groups[-2], wanted) > _mean(groups[-1], wanted):
            groups[-2:] = [groups[-2] + groups[-1]]
    moved = {index: _mean(group, wanted) for group in groups for index in group}
    return [moved[index] + least * order.index(index) for index in range(len(places))]


def _mean(group: Sequence[int], values: Mapping[int, float]) -> float:
    return sum(values[index] for index in group) / len(group)


def on_scale(score: float, left: float, right: float) -> float:
    """Where a score from 1 to 5 stands between *left* and *right*."""
    return left + (score - 1) / 4 * (right - left)


def score_words(score: float, language: Language) -> str:
    """A score without decimals where it is whole, else with one; a dash where there is none."""
    return "–" if math.isnan(score) else number(score, language, 0 if float(score).is_integer() else 1)
