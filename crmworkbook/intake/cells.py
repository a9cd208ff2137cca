"""Values as cells of the workbook."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmworkbook.chapters import Column
from crmworkbook.client import DIMENSIONS, Client
from crmworkbook.forms.typed import NUMERIC, PERCENT, shown
from crmworkbook.intake.words import say
from crmworkbook.text import LANGUAGES, Language, Text, clean, day, labels, parse_date

LONGEST = 32_000  # characters of a cell; Excel holds 32,767
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how a workbook writes a character that XML cannot hold
_FORMATS = {"count": "#,##0", "money": "#,##0.00", "share": "0.0##%", "rate": "0.0##%", "ratio": "0.0##%"}


@dataclass(frozen=True)
class Speech:
    """How this client's workbook speaks.

    Attributes:
        language: Of the workbook.
        names: Dimension to key to the name that is shown.
        called: Dimension to everything that a key is called, in lower case, to that key.
        example: A date to give as an example.
    """

    language: Language
    names: Mapping[str, Mapping[str, str]]
    called: Mapping[str, Mapping[str, str]]
    example: date

    @classmethod
    def of(cls, client: Client, language: Language, more: Mapping[str, Mapping[str, Any]] | None = None) -> Speech:
        """The names of *client*, and *more* names that it is about to get, by dimension and key."""
        every = {d: [*getattr(client.file, d).items(), *(more or {}).get(d, {}).items()] for d in DIMENSIONS}
        names = {d: {key: _in(words, language) for key, words in pairs} for d, pairs in every.items()}
        called = {
            d: {key.casefold(): key for key, _ in pairs}
            | {_in(words, each).casefold(): key for each in LANGUAGES for key, words in pairs}
            | {_in(words, language).casefold(): key for key, words in pairs}
            for d, pairs in every.items()
        }
        return cls(language, names, called, client.file.as_of)


def _in(words: Any, language: Language) -> str:
    return clean(words[language] if isinstance(words, Text) else str(words))


# --- values as cells ----------------------------------------------------------------------------------------------


def cell_value(value: Any, column: Column, speech: Speech) -> Any:
    """What a cell holds for *value*: a text, a number or a date; None for nothing."""
    value = in_cell(value, column, speech.language)
    if value is None:
        return None
    match column.kind:
        case "choice":
            return column.options[value][speech.language] if value in column.options else value
        case "choices":
            return "; ".join(_option(key, column, speech.language) for key in value)
        case "key":
            return speech.names.get(column.of or "", {}).get(value, value)
        case "yes_no":
            return labels()["screen"]["yes" if value else "no"][speech.language]
        case "date":
            return value
    if isinstance(value, str):
        return _escaped(value)
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


def cell_format(column: Column, language: Language, value: Any = None) -> str:
    """The number format of a cell that holds *value*; text where what is typed must stay as it was typed."""
    if column.kind == "date":
        return "DD-MM-YYYY" if language == "nl" else "DD/MM/YYYY"
    if column.kind == "money" and isinstance(value, int):
        return "#,##0"
    return _FORMATS.get(column.kind, "General" if column.kind in ("number", "scale") else "@")


def said_value(value: Any, column: Column, speech: Speech) -> str:
    """The same for a sentence."""
    value = cell_value(value, column, speech)
    if value is None:
        return ""
    if isinstance(value, date):
        return day(value, speech.language)
    if isinstance(value, int | float):
        return f"{shown(value, column.kind, speech.language)}{'%' if column.kind in PERCENT else ''}"
    return unescaped(value)


def in_cell(value: Any, column: Column, language: Language) -> Any:
    """*value* in the one form in which cells are compared: what a workbook in *language* shows of it."""
    if isinstance(value, Mapping) and set(value) == set(LANGUAGES):
        value = Text(**value)
    if isinstance(value, Text):
        value = value[language]
    if value is None or value == "" or value == () or value == []:
        return None
    if column.kind == "choices":
        return tuple(sorted([value] if isinstance(value, str) else map(str, value)))
    if column.kind == "date":
        return parse_date(value)
    if column.kind == "yes_no":
        return value if isinstance(value, bool) else str(value) == "true"
    if column.kind in (*NUMERIC, "scale") and not isinstance(value, str):
        return float(value)
    if not isinstance(value, str):
        return str(int(value)) if column.kind == "choice" else str(value)
    value = clean(value)
    return value if len(value) <= LONGEST else say("pages.too_long", language)


def same(one: Any, other: Any) -> bool:
    """Whether two values of one column are the same; numbers as far as a workbook keeps their digits."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)
    return bool(one == other)


def _option(key: str, column: Column, language: Language) -> str:
    return column.options[key][language] if key in column.options else key


def _escaped(text: str) -> str:
    return _ESCAPED.sub(r"_x005F\g<0>", text)


def unescaped(text: str) -> str:
    """A text as it was before `cell_value` made it safe for a workbook."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
