"""What stands in a PDF, read back: words, number of pages, and how far down each page something stands."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pypdfium2


@cache
def _pages(path: Path, changed: int) -> tuple[tuple[str, float], ...]:
    found = []
    with pypdfium2.PdfDocument(path) as document:
        for page in document:
            text = page.get_textpage()
            bottoms = [text.get_rect(number)[1] for number in range(text.count_rects())]
            body = [bottom for bottom in bottoms if 66 < bottom < 760]  # points from the foot; not header and footer
            found.append((text.get_text_range(), min(body, default=842.0)))
    return tuple(found)


def pages(path: Path) -> list[str]:
    """The text of each page."""
    return [text for text, _ in _pages(path, path.stat().st_mtime_ns)]


def lowest(path: Path) -> list[float]:
    """For each page how far from its foot the lowest line of the body stands, in points; a page is 842 high."""
    return [bottom for _, bottom in _pages(path, path.stat().st_mtime_ns)]


def words(path: Path) -> str:
    """All text with its line breaks as spaces, and words whole that were broken at a line's end."""
    joined = re.sub("[\ufffe\u00ad\u0002](\r\n)?|\u200b", "", " ".join(pages(path)))
    return re.sub(r"\s+", " ", joined)
