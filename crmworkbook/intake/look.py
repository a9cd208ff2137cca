"""How the workbook looks: the house colours, and the few ways in which its cells are dressed."""

from __future__ import annotations

import math
from copy import copy
from typing import Any
from weakref import WeakKeyDictionary

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from crmworkbook.charts.style import AMBER, DEEP, GREY, HAIR, INK, MIST, TEAL

_FACE = "Calibri"
_CREAM = "FFF8EA"  # the amber of the charts, thinned: fill in here
_LINE = Side(style="thin", color=HAIR.lstrip("#"))
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


def _font(color: str = INK, size: float = 11, **more: Any) -> Font:
    return Font(name=_FACE, size=size, color=color.lstrip("#"), **more)


def _fill(color: str) -> PatternFill:
    return PatternFill("solid", fgColor=color.lstrip("#"))


_KNOWN: WeakKeyDictionary[Any, dict[tuple[str, str, bool], Any]] = WeakKeyDictionary()
_WRAP = Alignment(vertical="top", wrap_text=True)
_ENTRY = Alignment(vertical="top", wrap_text=True, horizontal="left")
LOOKS: dict[str, dict[str, Any]] = {
    "title": {"font": _font(DEEP, 18, bold=True), "alignment": Alignment(vertical="center")},
    "subtitle": {"font": _font(TEAL, 12, bold=True), "alignment": Alignment(vertical="center")},
    "plain": {"font": _font(), "alignment": _WRAP},
    "soft": {"font": _font(GREY, 10), "alignment": _WRAP},
    "head": {"font": _font("FFFFFF", bold=True), "fill": _fill(DEEP), "alignment": _WRAP, "border": _BOX},
    "hint": {"font": _font(GREY, 9, italic=True), "fill": _fill(MIST), "alignment": _WRAP, "border": _BOX},
    "asked": {"font": _font(bold=True), "alignment": _WRAP, "border": _BOX},
    "told": {"font": _font(GREY, 10), "alignment": _WRAP, "border": _BOX},
    "entry": {"font": _font(), "fill": _fill(_CREAM), "alignment": _ENTRY, "border": _BOX},
    "figure": {"font": _font(), "fill": _fill(_CREAM), "alignment": Alignment(vertical="top"), "border": _BOX},
    "link": {"font": _font(DEEP, underline="single"), "alignment": _WRAP, "border": _BOX},
}
TABS = {"cover": AMBER, "chapter": DEEP, "assumptions": DEEP, "table": TEAL, "names": AMBER, "files": GREY}


def put(page: Worksheet, row: int, column: int, value: Any, look: str, format_: str = "General") -> Cell:
    """Write one cell; a text is a text, whatever it begins with, also after somebody edits it."""
    cell: Cell = page.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    _dress(cell, look, format_, cell.value.__class__ is str and value[:1] in ("=", "+", "-", "@"))
    return cell


def _dress(cell: Cell, look: str, format_: str, quoted: bool) -> None:
    """Style a cell; one that looks like an earlier one of its workbook takes that one's style, which is far quicker."""
    book = cell.parent.parent
    known = _KNOWN.setdefault(book, {})
    key = (look, format_, quoted)
    if key not in known:
        for name, style in LOOKS[look].items():
            setattr(cell, name, style)
        cell.number_format, cell.quotePrefix = format_, quoted
        known[key] = cell._style
    cell._style = copy(known[key])


def wide(page: Worksheet, row: int, text: str, look: str, columns: tuple[int, int], width: float) -> None:
    """A text across columns, in a row as high as it needs; Excel does not find that out for merged cells."""
    put(page, row, columns[0], text, look)
    page.merge_cells(start_row=row, end_row=row, start_column=columns[0], end_column=columns[1])
    lines = sum(max(1, math.ceil(len(part) / (width * 1.05))) for part in text.split("\n"))
    page.row_dimensions[row].height = 15.5 * lines + 3


def set_up(page: Worksheet, kind: str, repeat: str | None = None) -> None:
    """Paper, tab and screen: A4 across, as wide as the paper, the heads on every sheet of it."""
    page.sheet_view.showGridLines = False
    page.sheet_properties.tabColor = TABS[kind].lstrip("#")
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.page_margins.left = page.page_margins.right = 0.4
    page.page_margins.top, page.page_margins.bottom = 0.5, 0.6
    page.oddFooter.left.text, page.oddFooter.right.text = "&A", "&P / &N"
    if repeat:
        page.print_title_rows = repeat
