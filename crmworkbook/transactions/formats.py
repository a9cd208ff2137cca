"""What the text in a column says, and what settled it; customers and order numbers here, days and amounts beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import ibis

from crmworkbook.errors import TransactionsError
from crmworkbook.privacy import shape

if TYPE_CHECKING:
    from ibis.expr.types import Value

SPACES = " \t\r\n\v\f\u00a0\u202f\u2009\u200b\ufeff"
_ERRORS = "#n/a #n/b #ref! #verw! #value! #waarde! #name? #naam? #div/0! #deel/0! #num! #getal! #null! #leeg!"
MISSING = (
    *("", "-", "--", "?", "null", "none", "nan", "nat", "n/a", "nvt", "n.v.t.", "geen", "onbekend", "unknown"),
    *("anoniem", "anonymous", "(leeg)", "(blank)", *_ERRORS.split()),
)
"""What stands where there is nothing to write, in lower case."""

_BEGINNINGS = tuple(sorted({sign for word in MISSING if len(word) > 4 for sign in word[0] + word[0].upper()}))


@dataclass(frozen=True)
class Format:
    """How one column was read.

    Attributes:
        name: ``dmy``, ``mdy``, ``ymd`` or ``excel`` for days, a comma or a point for amounts; empty for a typed column.
        why: The column holds dates or numbers, the reader named it, values proved it, or every reading says the same.
        proof: Number of values that fit only this reading.
        slips: Number of values that fit only another.
        words: Days with the month in words occur.
        short: Days with a year of two digits occur.
    """

    name: str
    why: Literal["typed", "named", "proved", "same"]
    proof: int = 0
    slips: int = 0
    words: bool = False
    short: bool = False


@dataclass(frozen=True)
class Formats:
    """How the days and the amounts of a source were read."""

    date: Format
    amount: Format


NOTHING_IN_IT = "nothing stands in it in any row; map another column, or where it holds formulas, save it with Excel"
"""Of a column of days or amounts."""

TYPED = Formats(Format("", "typed"), Format("", "typed"))
"""Columns that hold dates and numbers."""


@ibis.udf.scalar.builtin
def trim(text: str, signs: str) -> str:
    """DuckDB's: *text* without *signs* at either end."""
    raise NotImplementedError  # runs on the engine


def trimmed(text: Value) -> Any:
    """Text without spaces of any kind at either end."""
    return trim(text, SPACES)


def identifier(value: Value) -> Value:
    """A customer or order number as text, null where it is missing."""
    text = value.cast("string")
    if not value.type().is_string():
        # pandas writes whole numbers with a gap as 123.0, and the gap itself as a number that is none
        return text.re_replace(r"\.0$", "").nullif("nan") if value.type().is_floating() else text
    text = trimmed(text)
    perhaps = (text.length() < 5) | text.substr(0, 1).isin(_BEGINNINGS)  # most are longer and begin otherwise
    return perhaps.ifelse(text.lower().isin(MISSING).ifelse(None, text), text)


def looks_of(values: Value) -> str:
    """What the values of a column look like, without what they say, and what to do about it."""
    text = trimmed(values.cast("string"))
    found = text.nullif("").max().to_pyarrow().as_py()
    return f"they look like {shape(found)!r}; write them as 2025-12-31 or 1250.50, or map another column"


def decided(place: str, readings: tuple[str, str], votes: tuple[int, int, int], doubt: str) -> Format:
    """The reading that the values prove.

    Args:
        place: File and column, for messages.
        readings: The two there are.
        votes: Number of values that fit only the first, only the second, and both but differently.
        doubt: What the reader is asked when nothing settles it.

    Raises:
        TransactionsError: neither or both are proved.
    """
    one, other, undecided = votes
    if is_mixed(one, other):
        raise TransactionsError(
            f"{place}: {one} values fit only {readings[0]!r}, {other} only {readings[1]!r}; {doubt}"
        )
    if undecided and not one and not other:
        raise TransactionsError(f"{place}: no value settles the format: {doubt}")
    first = one >= other
    return Format(readings[not first], "proved" if one or other else "same", max(one, other), min(one, other))


def is_mixed(one: int, other: int) -> bool:
    """Whether the smaller number is more than the slips of the larger, 1 in 100."""
    return min(one, other) * 100 > max(one, other)
