"""A value in its own unit, as its reader writes it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from crmworkbook import text
from crmworkbook.text import Language, label

MOMENTS = ("baseline", "target_12", "target_36")  # of a goal
_MANY = 100  # from here up an amount needs no cents


def in_unit(value: float, unit: str | None, language: Language, currency: str = "EUR", decimals: int = 1) -> str:
    """A value of a goal as its reader writes it; a dash when it is unknown.

    Args:
        value: A share as 0.84, money in whole units of *currency*.
        unit: ``share``, ``money`` or ``count``; anything else is a plain number.
        language: Language of the number.
        currency: Of money.
        decimals: Of a share.
    """
    if pd.isna(value) or math.isinf(value):
        return "–"
    if unit == "share":
        return text.percent(value, language, decimals)
    if unit == "money":
        return text.money(value, language, currency, 0 if abs(value) >= _MANY or value == round(value) else 2)
    return text.number(value, language, 0 if value == round(value) else 1)


def in_units(values: Iterable[float], unit: str | None, language: Language, currency: str = "EUR") -> list[str]:
    """Values of one goal; shares get as many decimals, up to three, as it takes to tell them apart."""
    known = list(values)
    different = len({value for value in known if not pd.isna(value)})
    for decimals in (1, 2, 3):
        spoken = [in_unit(value, unit, language, currency, decimals) for value in known]
        if unit != "share" or len(set(spoken) - {"–"}) == different:
            break
    return spoken


def big_units(row: Mapping[str, Any], language: Language, currency: str = "EUR") -> list[str]:
    """Baseline and both targets of one goal; amounts from a million up in millions."""
    values = [row[name] for name in MOMENTS]
    if row["unit"] != "money" or not any(abs(value) >= 1_000_000 for value in values):
        return in_units(values, row["unit"], language, currency)
    short = ["–" if pd.isna(value) else text.big_money(value, language, currency) for value in values]
    told_apart = len(set(short)) == len(set(map(str, values)))
    return short if told_apart else in_units(values, "money", language, currency)


def change_in_unit(change: float, unit: str | None, language: Language, currency: str = "EUR") -> str:
    """A change per year with its sign; of a share in percentage points."""
    if pd.isna(change):
        return "–"
    size = abs(change)
    sign = "" if size == 0 else "+" if change > 0 else "−"
    if unit == "share":
        decimals = 1 if round(size * 100, 1) or size == 0 else 2
        return f"{sign}{text.number(size * 100, language, decimals)} {label('units.points_short', language)}"
    return f"{sign}{' ' if unit == 'money' and sign else ''}{in_unit(size, unit, language, currency)}"
