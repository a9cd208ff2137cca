"""What the text in a column says: customers, dates and amounts.

One order of day and month and one decimal sign holds for a whole column. Its values prove which; contrary
values of at most 1 in 100 are slips. Without proof, or with proof of both, the reader is asked.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import ibis

from crmworkbook.errors import TransactionsError

if TYPE_CHECKING:
    from ibis.expr.types import StringValue, Table, Value

DATE_FORMATS = {"ymd": "%Y-%m-%d", "dmy": "%d-%m-%Y", "mdy": "%m-%d-%Y"}
DECIMALS = (",", ".")
MONEY = "decimal(18, 4)"

_SPACES = " \t\r\n\v\f\u00a0\u202f\u2009"
_SPACE = r"[\s\x{00a0}\x{202f}\x{2009}]"
_MISSING = ("", "null", "none", "nan", "nat", "n/a", "#n/a", "#n/b")
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)
_ORDINARY = r"^-?\d+([.,]\d+)?$"
_EXACT = r"^-?\d\.\d+e[+-]\d+$"  # numbers from Excel cells
_DRESS = (
    (r"(?i)€|euro?", ""),
    (r"[−–]", "-"),
    (rf"^{_SPACE}+|{_SPACE}+$", ""),
    (r"[,.]-+$", ""),  # € 12,-
    (rf"^\((.+)\)$|^([^-].*?){_SPACE}*-$", r"-\1\2"),
    (rf"^(-?)(?:\+|{_SPACE}+)", r"\1"),
)


@ibis.udf.scalar.builtin
def try_strptime(text: str, format: str) -> datetime:
    """DuckDB's: null where *text* does not fit *format*."""
    raise NotImplementedError  # runs on the engine


@ibis.udf.scalar.builtin
def trim(text: str, signs: str) -> str:
    """DuckDB's: *text* without *signs* at either end."""
    raise NotImplementedError  # runs on the engine


def identifier(value: Value) -> Value:
    """A customer or order number as text, null where it is missing."""
    text = value.cast("string")
    if value.type().is_floating():
        text = text.re_replace(r"\.0$", "")  # pandas writes whole numbers with a gap as 123.0
    text = trim(text, _SPACES)
    missing = (text.length() < 5) & text.lower().isin(_MISSING)  # the short first: most are longer
    return missing.ifelse(None, text)


def day(value: Value, date_format: str) -> Value:
    """A date, null where there is none between 1900 and 2199; *date_format* is for text alone."""
    if value.type().is_temporal():
        found = value.cast("date")
    else:
        text = trim(value.cast("string"), _SPACES).re_replace(r"[ T].*$", "").re_replace(r"[/.]", "-")
        text = text.re_replace(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3")
        found = try_strptime(text, DATE_FORMATS[date_format]).cast("date")
    return found.between(_FIRST, _LAST).ifelse(found, None)


def euros(value: Value, decimal: str) -> Value:
    """An amount, null where there is no number; *decimal* is for text alone."""
    amount = _number(_plain(value), decimal) if value.type().is_string() else value
    return amount.try_cast(MONEY)


def _plain(text: Any) -> StringValue:
    """An amount without currency and with its minus in front."""
    bare = text
    for pattern, instead in _DRESS:
        bare = bare.re_replace(pattern, instead)
    return text.re_search(_ORDINARY).ifelse(text, bare)


def _number(text: StringValue, decimal: str) -> Value:
    marks = rf"[ \x{{00a0}}\x{{202f}}\x{{2009}}'’{'.' if decimal == ',' else ','}]"
    fits = text.re_search(rf"^-?([1-9]\d{{0,2}}({marks}\d{{3}})+|\d*)([{decimal}]\d+)?$")
    digits = text.re_replace(marks, "").replace(",", ".")
    return ibis.cases((fits, digits), (text.re_search(_EXACT), text))


def date_format_of(rows: Table, place: str, named: str | None) -> str:
    """The order of day, month and year, as named or as the column proves; empty where it holds dates.

    Raises:
        TransactionsError: the order is in doubt.
    """
    if rows.date.type().is_temporal():
        return ""
    if named:
        return named
    one, other, doubt, same, first = _votes(rows, *(day(rows.date, order) for order in ("dmy", "mdy", "ymd")))
    last = one + other + doubt + same
    ask = "say which with date_format: dmy, mdy or ymd"
    if _mixed(first, last):
        raise TransactionsError(f"{place}: {first} dates have the year first and {last} have it last; {ask}")
    if first >= last:
        return "ymd"
    doubtful = f"the day and the month cannot be told apart; {ask}"
    return _decide(place, ("dmy", "mdy"), (one, other, doubt), doubtful)


def decimal_of(rows: Table, place: str, named: str | None) -> str:
    """The decimal sign, as named or as the column proves; empty where it holds numbers.

    Raises:
        TransactionsError: the sign is in doubt.
    """
    if not rows.amount.type().is_string():
        return ""
    if named:
        return named
    plain = rows.select(amount=_plain(rows.amount))
    one, other, doubt, *_ = _votes(plain, *(_number(plain.amount, sign).try_cast(MONEY) for sign in DECIMALS))
    doubtful = "1.234 may be a thousand or one and a bit; name the decimal sign with decimal: ',' or '.'"
    return _decide(place, DECIMALS, (one, other, doubt), doubtful)


def _votes(rows: Table, one: Value, other: Value, third: Value | None = None) -> tuple[int, ...]:
    """Number of values that fit only *one*, only *other*, both differently, both equally, and *third*."""
    read = rows.select(one=one, other=other, third=one if third is None else third)
    counts = read.aggregate(
        one=(read.one.notnull() & read.other.isnull()).sum(),
        other=(read.other.notnull() & read.one.isnull()).sum(),
        doubt=(read.one != read.other).sum(),
        same=(read.one == read.other).sum(),
        third=read.third.count(),
    )
    return tuple(count or 0 for count in counts.to_pyarrow().to_pylist()[0].values())


def _decide(place: str, readings: tuple[str, str], votes: tuple[int, int, int], doubt: str) -> str:
    one, other, undecided = votes
    if _mixed(one, other):
        raise TransactionsError(
            f"{place}: {one} values fit only {readings[0]!r}, {other} only {readings[1]!r}; {doubt}"
        )
    if undecided and not one and not other:
        raise TransactionsError(f"{place}: no value settles the format: {doubt}")
    return readings[0] if one >= other else readings[1]


def _mixed(one: int, other: int) -> bool:
    """Whether the smaller number is more than the slips of the larger, 1 in 100."""
    return min(one, other) * 100 > max(one, other)
