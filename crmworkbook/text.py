"""Words and numbers in Dutch and English.

`Text` is one piece of text in both languages; `fill` puts values into it, formatted as the reader writes them.
"""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, get_args

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent
from pydantic import BaseModel, ConfigDict, field_validator

from crmworkbook.models.working import Quantity, Working
from crmworkbook.yaml_file import read_yaml

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_LOCALES: dict[str, str] = {"nl": "nl_NL", "en": "en_GB"}


class Text(BaseModel):
    """One piece of text in both languages; leaving one out, or empty, is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nl: str
    en: str

    @field_validator("nl", "en")
    @classmethod
    def _not_empty(cls, value: str) -> str:
        cleaned = clean(value)
        if not cleaned:
            raise ValueError("the text is empty")
        return cleaned

    def __getitem__(self, language: Language) -> str:
        """The text in *language*."""
        return str(getattr(self, language))


def clean(text: str) -> str:
    """User text made safe to store and print: NFC, line feeds, no control or surrogate characters, no loose ends."""
    if text.isascii() and text.isprintable():
        return text.strip()
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co"))
    kept = re.sub("[\ufeff\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", kept)
    return "\n".join(line.rstrip() for line in kept.split("\n")).strip()


# --- numbers as words ---------------------------------------------------------------------------------------------

UNKNOWN = "–"  # NaN in print
_READABLE = 1e18


def money(value: float, language: Language, currency: str = "EUR", decimals: int = 0) -> str:
    """An amount: ``€ 1.900`` in Dutch, ``€1,900`` in English; *value* in whole units of *currency*."""
    if odd := _odd(value):
        return odd
    digits = "#,##0" + ("." + "0" * decimals if decimals else "")
    pattern = f"¤\xa0{digits};¤\xa0-{digits}" if language == "nl" else f"¤{digits}"
    text = format_currency(
        _no_minus_zero(value, decimals), currency, pattern, locale=_LOCALES[language], currency_digits=False
    )
    return _sign(text)


def big_money(value: float, language: Language, currency: str = "EUR") -> str:
    """An amount to remember: ``€ 4,34 mln`` from a million up, else as `money`."""
    if _odd(value) or abs(value) < 1_000_000:
        return money(value, language, currency)
    million = {"nl": "\xa0mln", "en": "m"}[language]
    return money(value / 1_000_000, language, currency, decimals=2) + million


def percent(share: float, language: Language, decimals: int = 1) -> str:
    """A share as a percentage: 0.73 is ``73,0%`` in Dutch and ``73.0%`` in English."""
    if odd := _odd(share):
        return odd
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
    return _sign(format_percent(_no_minus_zero(share, decimals + 2), pattern, locale=_LOCALES[language]))


def number(value: float, language: Language, decimals: int = 1) -> str:
    """A number with a fixed number of decimals."""
    if odd := _odd(value):
        return odd
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return _sign(format_decimal(_no_minus_zero(value, decimals), pattern, locale=_LOCALES[language]))


def day(value: date, language: Language, *, long: bool = False) -> str:
    """A date: ``31-12-2025`` or ``31 december 2025`` in Dutch, ``31/12/2025`` or ``31 December 2025`` in English."""
    if long:
        return format_date(value, "d MMMM y", locale=_LOCALES[language])
    return value.strftime("%d-%m-%Y" if language == "nl" else "%d/%m/%Y")


def month(value: date, language: Language) -> str:
    """The month of a day: ``december 2025`` in Dutch, ``December 2025`` in English."""
    return format_date(value, "MMMM y", locale=_LOCALES[language])


def names(items: Sequence[str], language: Language) -> str:
    """A list as people say it: ``a, b en c``."""
    return format_list([str(item) for item in items], locale=_LOCALES[language]) if items else ""


def quantity(value: Quantity, language: Language, currency: str = "EUR") -> str:
    """A quantity in its own unit, with as many decimals as a reader needs to follow a sum."""
    if math.isnan(value.value):
        return UNKNOWN
    if math.isinf(value.value):
        return {"nl": "nooit", "en": "never"}[language]
    match value.unit:
        case "money":
            return money(value.value, language, currency, decimals=0 if abs(value.value) >= 100 else 2)
        case "share" | "rate":
            return number(value.value, language, 5 if _is_small_rate(value) else 4)
        case "years":
            return number(value.value, language, 2)
        case "count":
            return number(value.value, language, 0 if float(value.value).is_integer() else 1)
        case "score":
            return number(value.value, language, 2)
    return number(value.value, language, 0 if float(value.value).is_integer() else 3)


def written_out(working: Working, language: Language, currency: str = "EUR") -> str:
    """The sum with this client's numbers: ``€ 2.075 × 0,8384 / (1 + 0,1000 − 0,8384) = € 6.650``."""

    def value_of(found: re.Match[str]) -> str:
        name = found.group()
        if name not in working.values:
            return name.replace(".", ",") if language == "nl" else name
        shown = quantity(working.values[name], language, currency)
        return f"({shown})" if working.values[name].value < 0 else shown

    spelled = re.sub(r"[A-Za-z_]\w*|\d+\.\d+", value_of, working.formula)
    outcome = working.result
    if outcome.unit in ("share", "rate"):
        return f"{spelled} = {percent(outcome.value, language, 3 if _is_small_rate(outcome) else 1)}"
    return f"{spelled} = {quantity(outcome, language, currency)}"


def _is_small_rate(value: Quantity) -> bool:
    """A rate of a month: two decimals of a percentage say too little of it."""
    return value.unit == "rate" and 0 < abs(value.value) < 0.02


def _sign(text: str) -> str:
    return text.replace("-", "−")


def _odd(value: float) -> str:
    """What stands for a value that has no digits, or too many to read; empty for all others."""
    if math.isnan(value):
        return UNKNOWN
    return "" if abs(value) < _READABLE else "> 10¹⁸" if value > 0 else "< −10¹⁸"


def _no_minus_zero(value: float, decimals: int) -> float:
    return 0.0 if round(float(value), decimals) == 0 else float(value)


# --- filling a text -----------------------------------------------------------------------------------------------

_FORMATS = {
    "": lambda value, language, currency: str(value),
    "names": lambda value, language, currency: names(value, language),
    "money": lambda value, language, currency: money(value, language, currency),
    "money2": lambda value, language, currency: money(value, language, currency, 2),
    "amount": lambda value, language, currency: money(value, language, currency, 2 if 0 < abs(value) < 100 else 0),
    "big_money": lambda value, language, currency: big_money(value, language, currency),
    "percent": lambda value, language, currency: percent(value, language),
    "percent0": lambda value, language, currency: percent(value, language, 0),
    "percent2": lambda value, language, currency: percent(value, language, 2),
    "number": lambda value, language, currency: number(value, language),
    "number2": lambda value, language, currency: number(value, language, 2),
    "count": lambda value, language, currency: number(value, language, 0),
    "date": lambda value, language, currency: day(value, language),
}


def fill(text: Text, language: Language, values: Mapping[str, object], currency: str = "EUR") -> str:
    """*text* in *language* with its ``{name:format}`` places filled from *values*.

    The formats are ``names``, ``money``, ``money2``, ``amount`` (cents below a hundred), ``big_money``, ``percent``,
    ``percent0``, ``percent2``, ``number``, ``number2``, ``count``, ``date``; without one the value stands as it is.
    Values are data: braces in them stay braces.

    Raises:
        KeyError: a place has no value.
        ValueError: an unknown format.
    """
    parts = []
    for literal, name, spec, _ in string.Formatter().parse(text[language]):
        parts.append(literal)
        if name is not None:
            if spec not in _FORMATS:
                raise ValueError(f"unknown format {spec!r} in {text[language]!r}")
            value = values[name]
            parts.append(str(value) if isinstance(value, str) else _FORMATS[spec](value, language, currency))
    sentence = "".join(parts)
    return sentence[:1].upper() + sentence[1:] if text[language].startswith("{") else sentence


def places(text: str) -> set[str]:
    """The names of the places in a template text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@cache
def labels() -> dict[str, Any]:
    """Headings, fixed phrases and names of things, each leaf a `Text`."""
    from crmworkbook.files import templates

    found: dict[str, Any] = {}
    for name in ("labels", "furniture"):
        for group, words in as_texts(read_yaml(templates() / f"{name}.yaml")).items():
            found[group] = found.get(group, {}) | words
    return found


def as_texts(tree: Any) -> Any:
    """The same tree with every ``{nl, en}`` pair made a `Text`; anything else stays."""
    if isinstance(tree, dict):
        return Text(**tree) if set(tree) & set(LANGUAGES) else {key: as_texts(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [as_texts(item) for item in tree]
    return tree


def label(path: str, language: Language) -> str:
    """One piece of furniture by its path, such as ``report.contents``."""
    found: Any = labels()
    for key in path.split("."):
        found = found[key]
    return str(found[language])


def parse_date(value: object) -> date:
    """A date from YAML or CSV; only ISO dates, so that no reader can mistake month and day.

    Raises:
        ValueError: not a date, or a date that does not exist.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(str(value).strip())
