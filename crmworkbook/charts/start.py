"""Charts of chapter 0: how complete the workbook is."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from crmworkbook import text
from crmworkbook.charts.style import INK, SEQUENCE, look, new_figure
from crmworkbook.text import Language


def completeness_tiles(completeness: pd.DataFrame, language: Language) -> Figure:
    """One tile per chapter, darker as more of it is filled in.

    Args:
        completeness: Columns chapter (words), share (0 to 1); one row per chapter.
        language: Language of the numbers.
    """
    columns = 5
    rows = -(-len(completeness) // columns)
    with look():
        figure = new_figure(0.75 * rows + 0.05)
        axes = figure.subplots()
        for position, (title, share) in enumerate(zip(completeness["chapter"], completeness["share"], strict=True)):
            x, y = position % columns, -(position // columns)
            axes.add_patch(Rectangle((x, y), 0.95, 0.9, facecolor=SEQUENCE(0.1 + 0.9 * share), edgecolor="none"))
            colour = "white" if share > 0.55 else INK
            axes.text(
                x + 0.06,
                y + 0.55,
                text.percent(share, language, 0),
                fontsize=13,
                weight="semibold",
                color=colour,
            )
            words = "\n".join(textwrap.wrap(title, 25)[:2])
            axes.text(x + 0.06, y + 0.4, words, fontsize=8, color=colour, va="top", linespacing=1.1)
        axes.set(xlim=(-0.02, columns), ylim=(1 - rows, 0.95))
        axes.axis("off")
    return figure
