"""Chart of the vendors: the weighted score of each, and which ranks it takes under other weightings."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from crmworkbook import text
from crmworkbook.charts.parts import clipped, page
from crmworkbook.charts.style import DEEP, GREY, HALF, INK, MIST, PALE, TEAL, look
from crmworkbook.findings.vendor_sheet import VendorSheet
from crmworkbook.models.frames import records
from crmworkbook.text import Language, Text

RANK = Text(nl="plaats {ranks}", en="rank {ranks}")
SCALE = Text(nl="1 zwak – 5 sterk", en="1 weak – 5 strong")
_MOST = 10  # vendors drawn; the table has them all


def vendor_chart(sheet: VendorSheet, language: Language, width: float = HALF, height: float = 2.55) -> Figure:
    """A bar from 1 to 5 for each vendor, best first; those that do not take part in grey at the end.

    Args:
        sheet: The vendors.
        language: Language of words and numbers.
        width: Of the picture in inches.
        height: Of the picture in inches.
    """
    rows = sheet.result.rows.sort_values("rank", kind="stable", na_position="last").head(_MOST)
    ranges = {} if sheet.stability is None else sheet.stability.rows.set_index("vendor").to_dict("index")
    leaders, step = sheet.result.leaders, min(0.52, (height - 0.25) / max(len(rows), 1))
    with look():
        figure, axes = page(height, width)
        axes.text(0, height - 0.08, SCALE[language], fontsize=7.6, color=GREY, va="center")
        for place, row in enumerate(records(rows)):
            y = height - 0.25 - (place + 0.5) * step
            ranked = row["status"] == "ranked"
            name, tall = clipped(sheet.names[row["vendor"]], 30), step * 0.3
            known: Any = {"va": "center", "fontsize": 8.2, "color": INK if ranked else GREY}
            axes.text(0, y + step * 0.22, name, weight="semibold" if row["vendor"] in leaders else "normal", **known)
            colour = (TEAL if row["vendor"] in leaders else DEEP) if ranked else PALE
            axes.barh(y - step * 0.17, width - 0.45, height=tall, color=MIST)
            if not pd.isna(row["score"]):
                axes.barh(y - step * 0.17, (width - 0.45) * (row["score"] - 1) / 4, height=tall, color=colour)
                said = text.number(row["score"], language, 2)
                axes.text(width - 0.02, y - step * 0.17, said, ha="right", **{**known, "weight": "semibold"})
            axes.text(width - 0.45, y + step * 0.22, _place(sheet, row, ranges, language), ha="right", **known)
    return figure


def _place(sheet: VendorSheet, row: Any, ranges: dict[Any, Any], language: Language) -> str:
    found = ranges.get(row["vendor"])
    if found is None:
        return sheet.status(row)
    low, high = found["low"], found["high"]
    return RANK[language].replace("{ranks}", str(low) if low == high else f"{low}–{high}")
