"""What stands in a field on the screen, and what people meant by what they typed."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any

from babel.numbers import format_decimal

from crmworkbook.chapters import Kind
from crmworkbook.errors import FieldError
from crmworkbook.forms.messages import refused
from crmworkbook.text import Language, Text, clean, label, labels, parse_date

NUMERIC = ("number", "count", "money", "share", "rate", "ratio")
PERCENT = ("share", "rate", "ratio")
_LOCALES = {"nl": "nl_NL", "en": "en_GB"}


def shown(value: Any, kind: str, language: Language) -> Any:
    """A value as its field shows it: numbers in the language's dress, shares as percentages, keys as they are.

    Args:
        value: Plain data of a field; None for nothing.
        kind: What the field holds.
        language: Of the screen.

    Returns:
        A string, or for ``choices`` a list of keys.
    """
    if value is None or value == "":
        return [] if kind == "choices" else ""
    if isinstance(value, Text):
        return value[language]
    if kind == "choices":
        return [value] if isinstance(value, str) else list(value)
    if isinstance(value, bool) or kind == "yes_no":
        return "true" if value in (True, "true") else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return _digits(float(value) * (100 if kind in PERCENT else 1), language)
    return str(value)


def parse(typed: Any, kind: Kind | str, language: Language) -> Any:
    """What somebody meant by what they typed; None for nothing.

    Args:
        typed: What the field holds: a string, or a list of keys.
        kind: What the field is for.
        language: Of the screen.

    Raises:
        FieldError: it is no number or no date, or it can be read two ways.
    """
    if isinstance(typed, list) != (kind == "choices") and typed:
        raise refused()
    if isinstance(typed, list):
        return tuple(str(item) for item in typed) or None
    text = clean(str(typed)) if typed is not None else ""
    if not text:
        return None
    if kind in NUMERIC:
        return _number(text, str(kind), language)
    if kind == "scale":
        step = _number(text, "number", language)
        return int(step) if step.is_integer() else step
    if kind == "yes_no":
        if text not in ("true", "false"):
            raise refused()
        return text == "true"
    if kind == "date":
        try:
            return parse_date(text)
        except ValueError:
            raise _fault("not_a_date", typed=text) from None
    return text


def parse_number(typed: str, language: Language) -> float | None:
    """A number as people type it: 1250, 1250,50, 1,250.50, € 1.250; None for anything else.

    With both signs the last one is the decimal sign, in either language. One sign before three digits is what it is in
    *language*: 1.250 is a thousand in Dutch, and one and a quarter in English.
    """
    plain = re.sub(r"[\s\u00a0\u202f€$£]|EUR|[.,][-–]{1,2}$", "", typed).replace("−", "-")
    if "," in plain and "." in plain:
        thousands, point = (",", ".") if plain.rfind(".") > plain.rfind(",") else (".", ",")
        plain = plain.replace(thousands, "").replace(point, ".")
    elif re.fullmatch(r"-?[1-9]\d{0,2}(\.\d{3})+" if language == "nl" else r"-?[1-9]\d{0,2}(,\d{3})+", plain):
        plain = re.sub("[.,]", "", plain)
    if not re.fullmatch(r"-?(\d+([.,]\d*)?|[.,]\d+)", plain):
        return None
    return float(plain.replace(",", "."))


def _number(text: str, kind: str, language: Language) -> float:
    signed = text.endswith("%")
    found = parse_number(text.removesuffix("%"), language)
    if found is None or not math.isfinite(found):
        raise _fault("not_a_number", typed=text[:60])
    if kind not in PERCENT:
        return found
    if 0 < abs(found) < 1 and not signed and kind == "share":  # 0.84 in a field of percentages
        raise _fault("percent_or_share", large=f"{found * 100:.4g}", small=f"{found:.4g}")
    return round(found / 100, 12)


def _fault(key: str, **values: str) -> FieldError:
    words = labels()["form"][key]
    return FieldError("field", Text(nl=words.nl.format(**values), en=words.en.format(**values)))


def _digits(value: float, language: Language) -> str:
    return format_decimal(round(value, 9), "0.#########", locale=_LOCALES[language])


def scale_options(language: Language, of: str = "scale") -> list[list[str]]:
    """The five steps of a scale, or of ``confidence``, each with its name."""
    steps = ("one", "two", "three", "four", "five")
    return [[str(at), label(f"{of}.{step}", language)] for at, step in enumerate(steps, start=1)]
