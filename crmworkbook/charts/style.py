"""One look for all charts: the report's own sans, four colours and greys, no furniture."""

from __future__ import annotations

import base64
import io
import logging
import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import files as distribution_files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.colors import LinearSegmentedColormap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, DEEP, TEAL, AMBER = "#1b2733", "#123a5a", "#1f8a84", "#d98a2b"
MIST, GREY, HAIR, PALE = "#eef2f4", "#5f6e79", "#c9d2d8", "#b4bfc7"
SEQUENCE = LinearSegmentedColormap.from_list("crmworkbook", ["#ffffff", "#cfe3e6", "#6fb0b4", DEEP])
# what nearly every figure needs, so that one subset of the typeface serves them all
_COMMON = "".join(sorted(set(string.printable) - set("\t\r\x0b\x0c") | set("\u00a0áäçèéêëíïóöúü€£–−—·×±≥≤≈→…‘’“”²%")))
WIDE, HALF = 6.3, 3.03  # inches: the text width of the page, and half of it less the gutter
FONT = "Source Sans Pro"

_LOOK: Any = {
    "font.family": [FONT, "DejaVu Sans"],
    "font.size": 8.5,
    "axes.edgecolor": "#9aa7b0",
    "axes.linewidth": 0.6,
    "axes.labelcolor": INK,
    "axes.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titleweight": "semibold",
    "axes.titlelocation": "left",
    "axes.unicode_minus": True,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "xtick.color": "#4d5b66",
    "ytick.color": "#4d5b66",
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "svg.fonttype": "none",
    "svg.hashsalt": "crmworkbook",
    "figure.constrained_layout.use": True,
}


_inside: list[bool] = []  # holds something while the style is set


@cache
def font_folder() -> Path:
    """The folder of the report's typeface, from the font package."""
    names = distribution_files("font-source-sans-pro") or []
    regular = next(name for name in names if name.name == "SourceSansPro-Regular.ttf")
    return Path(str(regular.locate())).parent


@cache
def _register_fonts() -> None:
    # the fallback font has no semibold, which matplotlib would say on the screen each time
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    for weight in ("Regular", "Semibold", "Bold", "It"):
        for path in font_folder().glob(f"SourceSansPro-{weight}.ttf"):
            font_manager.fontManager.addfont(str(path))


@contextmanager
def look() -> Iterator[None]:
    """Draw inside this: the house style, and nothing of it left behind."""
    if _inside:  # setting the style takes as long as a few labels, and charts open it within each other
        yield
        return
    _register_fonts()
    with mpl.rc_context():
        mpl.rcdefaults()  # whatever the reader's own matplotlibrc says
        mpl.rcParams.update(_LOOK)
        _inside.append(True)
        try:
            yield
        finally:
            _inside.clear()


def new_figure(height: float, width: float = WIDE) -> Figure:
    """An empty figure in inches, outside pyplot's memory so that nothing needs closing."""
    from matplotlib.figure import Figure

    with look():
        return Figure(figsize=(width, height), layout="constrained")


Places = tuple[tuple[float, ...], ...]  # left, bottom, width and height of each of a figure's axes, as parts of it


def svg(figure: Figure, places: Places = ()) -> str:
    """The figure as SVG: same bytes every time, text as text in a typeface that the report has.

    Args:
        figure: What to draw.
        places: Where its axes go, from an earlier drawing of the same figure: finding room for the labels takes as long
            as drawing them. Ignored when there are not as many.
    """
    with look():
        if figure.get_layout_engine() is not None and len(places) == len(figure.axes):
            figure.set_layout_engine("none")
            for axes, place in zip(figure.axes, places, strict=True):
                axes.set_position(place)  # type: ignore[arg-type]
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    drawing = buffer.getvalue()
    return drawing[drawing.index("<svg") :]


def places_of(figure: Figure) -> Places:
    """Where the axes of a figure stand that was drawn."""
    return tuple(axes.get_position().bounds for axes in figure.axes)


def with_typeface(drawing: str) -> str:
    """The same SVG with the letters of its typeface inside it, for a screen that may not have it."""
    return re.sub(r"(<defs>\s*<style)", _font_faces(drawing) + r"\1", drawing, count=1)


def warm_up() -> None:
    """Draw once, so that what drawing imports and remembers is there before the first figure."""
    with look():
        figure = new_figure(1)
        figure.add_subplot().set_title("0", weight="semibold")
        with_typeface(svg(figure))


def font_faces() -> str:
    """CSS rules that bring the report's typeface to a page, with the letters of the languages of Europe."""
    letters = _COMMON + "".join(map(chr, range(0xC0, 0x180))) + "▶◀▲▼↑↓←→✓"
    return "".join(
        f"@font-face{{font-family:'{FONT}';font-weight:{weight};src:url(data:font/ttf;base64,"
        f"{base64.b64encode(_subset(name, letters)).decode()})}}"
        for weight, name in (("400", "Regular"), ("600", "Semibold"))
    )


def _font_faces(drawing: str) -> str:
    used = set(re.sub(r"<[^>]*>", "", drawing))
    letters = _COMMON if used <= set(_COMMON) else "".join(sorted(used | set(_COMMON)))
    faces = []
    for weight, name in (("400", "Regular"), ("600", "Semibold")):
        if weight == "400" or "600" in drawing:
            data = base64.b64encode(_subset(name, letters)).decode()
            faces.append(
                f"@font-face{{font-family:'{FONT}';font-weight:{weight};src:url(data:font/ttf;base64,{data})}}"
            )
    return f'<defs><style type="text/css">{"".join(faces)}</style></defs>'


@cache
def _subset(name: str, letters: str) -> bytes:
    """The letters of one weight as a font of their own."""
    from fontTools import subset

    # without the tables for kerning and ligatures, which take nine tenths of the time and no label misses
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, name_IDs=[1, 2])
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "BASE"]
    font = subset.load_font(str(font_folder() / f"SourceSansPro-{name}.ttf"), options)
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()
