"""What the workbook holds besides words, so that reading back leans on none of them.

Every page has its key in a hidden first column, ``crmworkbook intake table:market``, a hidden row with the names of the
columns, and in the first column the key of each row. A hidden sheet holds the values as they were when written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from crmworkbook.text import LANGUAGES, Text

FORMAT = 1
MARK = "crmworkbook intake "
COLUMNS, HEADS, HINTS, ROW, OFFER = "columns", "heads", "hints", "row:", "offer"
_CHUNK = 30_000  # characters of a cell on the hidden sheet
Base = dict[str, Any]  # address to what stood there when the workbook was written


def to_rows(meta: Mapping[str, Any], base: Base) -> Iterator[list[str]]:
    """The hidden sheet, row by row: an address, and its value as JSON in as many cells as it takes."""
    for address, value in {"meta": meta, **base}.items():
        text = json.dumps(value, ensure_ascii=True, default=_plain)
        # with a letter before it, so that no program takes a chunk for a number or a formula
        yield [address, *("j" + text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK))]


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return {"nl": value.nl, "en": value.en}
    return value.isoformat() if isinstance(value, date) else list(value)


def from_rows(rows: Sequence[Sequence[Any]]) -> tuple[dict[str, Any], Base]:
    """What the workbook says of itself, and what stood where when it was written.

    Raises:
        ValueError: it does not say what it should; also KeyError, TypeError or AttributeError.
    """
    found: dict[str, Any] = {}
    for address, *chunks in rows:
        if isinstance(address, str):
            found[address] = json.loads("".join(str(chunk)[1:] for chunk in chunks if chunk))
    meta = found.pop("meta")
    if not {"format", "client", "language", "as_of"} <= set(meta) or meta["language"] not in LANGUAGES:
        raise ValueError("meta")
    return meta, found
