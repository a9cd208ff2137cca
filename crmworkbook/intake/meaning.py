"""What somebody meant by a cell of the workbook."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import Any

from babel.dates import get_month_names

from crmworkbook.chapters import Column
from crmworkbook.forms.typed import NUMERIC, PERCENT, parse_number, shown
from crmworkbook.intake.cells import Speech, unescaped
from crmworkbook.intake.words import say
from crmworkbook.text import LANGUAGES, Language, clean, day, labels, number, parse_date

_YES = {"ja": True, "yes": True, "true": True, "waar": True, "x": True, "j": True, "y": True, "1": True}
_NO = {"nee": False, "no": False, "false": False, "onwaar": False, "n": False, "0": False}
_FIRST_DAY, _LAST_DAY = 10_000, 80_000  # of dates as numbers of days: 1927 to 2119


class CellFault(Exception):
    """What is wrong with a cell, in the language of the workbook."""


@dataclass(frozen=True)
class Seen:
    """One cell as it was read.

    Attributes:
        value: As the workbook gives it: text, number, truth, date or nothing.
        format: Its number format.
        place: Sheet and cell, such as ``4 Klantwaarde!C7``.
        fault: Why it has no value: ``excel_error`` or ``no_result``; empty for no fault.
    """

    value: Any
    format: str
    place: str
    fault: str = ""


def meant(seen: Seen, column: Column, speech: Speech) -> Any:
    """What somebody meant by a cell, in the form of `in_cell`; None for an empty one.

    Raises:
        CellFault: it cannot be that; says what to write.
    """
    language = speech.language
    if seen.fault:
        raise CellFault(say(f"faults.{seen.fault}", language, typed=seen.value))
    value = seen.value
    if value is None or (isinstance(value, str) and not clean(unescaped(value))):
        return None
    match column.kind:
        case "choice":
            return _choice(_text(value, language), column, language)
        case "choices":
            parts = re.split(r"[;\n]", _text(value, language))
            return tuple(sorted({_choice(part.strip(), column, language) for part in parts if part.strip()}))
        case "key":
            return _key(_text(value, language), column, speech)
        case "yes_no":
            return _truth(value, language)
        case "date":
            return _date(value, speech)
    if column.kind in (*NUMERIC, "scale"):
        return _number(value, seen.format, column, speech)
    return _text(value, language)


def _text(value: Any, language: Language) -> str:
    if isinstance(value, bool):
        return labels()["screen"]["yes" if value else "no"][language]
    if isinstance(value, datetime | date):
        return day(value, language)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return clean(unescaped(str(value)))


def _short(value: Any, language: Language) -> str:
    text = _text(value, language)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _choice(typed: str, column: Column, language: Language) -> str:
    said = {key.casefold(): key for key in column.options}
    said |= {words[each].casefold(): key for each in LANGUAGES for key, words in column.options.items()}
    said |= {words[language].casefold(): key for key, words in column.options.items()}
    found = said.get(typed.casefold())
    if found is None:
        options = _listed((words[language] for words in column.options.values()), language)
        raise CellFault(say("faults.not_a_choice", language, typed=_short(typed, language), options=options))
    return found


def _key(typed: str, column: Column, speech: Speech) -> str:
    dimension = column.of or ""
    found = speech.called.get(dimension, {}).get(typed.casefold())
    if found is None:
        what, known = labels()["form"][dimension], list(speech.names.get(dimension, {}).values())
        options = _listed(known, speech.language)
        fault = "faults.not_a_name" if known else "faults.no_names"
        raise CellFault(say(fault, speech.language, typed=_short(typed, speech.language), names=what, options=options))
    return found


def _listed(options: Iterable[str], language: Language) -> str:
    listed = list(options)
    shown = ", ".join(listed[:12]) + (", …" if len(listed) > 12 else "")
    return say("faults.one_of_several", language, options=shown) if len(listed) > 1 else shown


def _truth(value: Any, language: Language) -> bool:
    if isinstance(value, bool):
        return value
    found = (_YES | _NO).get(_text(value, language).casefold())
    if found is None:
        raise CellFault(say("faults.yes_or_no", language, typed=_short(value, language)))
    return found


def _number(value: Any, format_: str, column: Column, speech: Speech) -> float:
    language = speech.language
    if isinstance(value, datetime | date | time):
        raise CellFault(say("faults.a_date", language, typed=_text(value, language)))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    typed = _text(value, language)
    percent = typed.endswith("%")
    found = parse_number(typed.removesuffix("%").strip(), language)
    if isinstance(value, bool) or found is None or not math.isfinite(found) or (percent and column.kind not in PERCENT):
        example = number(1250.5, language, 2)
        raise CellFault(say("faults.not_a_number", language, typed=_short(value, language), example=example))
    if column.kind not in PERCENT:
        return found
    if not percent and 0 < abs(found) <= 1:  # 0.84 as text: a share, or less than one per cent
        large = shown(found, "share", language)
        raise CellFault(say("faults.percent_or_share", language, typed=_short(value, language), large=large))
    return round(found / 100, 12)


def _date(value: Any, speech: Speech) -> date:
    """A date from a cell: a real one, its number of days, or a text that can be read in one way only."""
    language, example = speech.language, speech.example.isoformat()
    if isinstance(value, datetime | date):
        return parse_date(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and _FIRST_DAY < value < _LAST_DAY:
        from openpyxl.utils.datetime import from_excel

        return parse_date(from_excel(value))
    typed = _text(value, language)
    try:
        return parse_date(typed)
    except ValueError:
        found = _written_out(typed) or re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", typed)
    try:
        if isinstance(found, date):
            return found
        if found:
            one, two, year = map(int, found.groups())
            if one == two or one > 12:
                return date(year, two, one)
            if two > 12:
                return date(year, one, two)
            either = {"one": day(date(year, two, one), language, long=True)}
            either["other"] = day(date(year, one, two), language, long=True)
            raise CellFault(say("faults.which_date", language, typed=typed, example=example, **either))
    except ValueError:
        pass
    raise CellFault(say("faults.not_a_date", language, typed=_short(value, language), example=example))


def _written_out(typed: str) -> date | None:
    """``31 december 2025`` or ``31 Dec 2025``; None for anything else, or a date that does not exist."""
    found = re.fullmatch(r"(\d{1,2})(?:e|st|nd|rd|th)? ([^\W\d_]{3,})\.?,? (\d{4})", typed)
    month = found and _months().get(found[2].casefold())
    if not found or not month:
        return None
    try:
        return date(int(found[3]), month, int(found[1]))
    except ValueError:
        return None


@cache
def _months() -> dict[str, int]:
    return {
        name.rstrip(".").casefold(): month
        for locale in ("nl_NL", "en_GB")
        for width in ("abbreviated", "wide")
        for month, name in get_month_names(width, "format", locale).items()
    } | {"sep": 9, "mrt": 3}
