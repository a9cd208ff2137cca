"""A part of a chapter as a widget that changes where it stands."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

from crmworkbook.section import Section, as_html, figures_html

_STATIC = Path(__file__).parent.parent / "static"


class Panel(anywidget.AnyWidget):
    """What one part shows.

    Attributes:
        html: The part, with an empty place for each of its figures.
        figures: Name to the figure that stands there.
    """

    _esm = (_STATIC / "panel.js").read_text(encoding="utf-8")
    html = traitlets.Unicode().tag(sync=True)
    figures = traitlets.Dict().tag(sync=True)

    def show(self, part: Section) -> None:
        """Show the whole part."""
        figures = figures_html(part)
        with self.hold_sync():
            self.figures = figures
            self.html = as_html(part, apart=figures)

    def move(self, part: Section) -> None:
        """Show only what moves along with a slider: the figures that are there, or in a part without them all of it."""
        if not self.figures:
            self.html = as_html(part)
            return
        moved = {name: drawn for name, drawn in figures_html(part).items() if name in self.figures}
        self.figures = {**self.figures, **moved}

    def say(self, html: str) -> None:
        """Show these words in place of the part."""
        with self.hold_sync():
            self.figures, self.html = {}, html
