"""Amounts as text: which decimal sign holds for a column, reading it, and the currency that stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.formats import MISSING, NOTHING_IN_IT, Format, decided, looks_of, trimmed

if TYPE_CHECKING:
    from ibis.expr.types import StringValue, Table, Value

DECIMALS = (",", ".")
MONEY = "decimal(18, 4)"

_SPACE = r"[\s\x{00a0}\x{202f}\x{2009}]"
_ORDINARY = r"^-?\d+([.,]\d+)?$"
_EXACT = r"^-?\d\.\d+e[+-]\d+$"  # numbers from Excel cells
_SIGNS = {"€": "EUR", "EURO": "EUR", "EUROS": "EUR", "EURO'S": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "¥": "JPY"}
_CODES = "EUR|USD|GBP|JPY|CHF|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|TRY|CAD|AUD|NZD|CNY|HKD|SGD|INR|ZAR|BRL|MXN"
_CURRENCY = rf"(?i)€|us\$|\$|£|¥|euro'?s|euro?|{_CODES}"
_DRESS = (
    (_CURRENCY, ""),
    (r"[−–]", "-"),
    (rf"^{_SPACE}+|{_SPACE}+$", ""),
    (r"[,.]-+$", ""),  # € 12,-
    (rf"^\((.+)\)$|^([^-].*?){_SPACE}*-$", r"-\1\2"),
    (rf"^(-?)(?:\+|{_SPACE}+)", r"\1"),
)


def money(value: Value, decimal: str) -> Value:
    """An amount, null where there is no number; *decimal* is for text alone."""
    amount = _number(_plain(value), decimal) if value.type().is_string() else value
    return amount.try_cast(MONEY)


def currency_of(rows: Table, own: str) -> Value:
    """The currency of each row: that of the currency column or of the sign beside the amount; else *own*.

    Where both are there and differ, the one that is not *own*.
    """
    beside = ibis.literal(own)
    if rows.amount.type().is_string():
        sign = rows.amount.re_search(_ORDINARY).ifelse("", rows.amount.re_extract(_CURRENCY, 0).upper())
        beside = sign.substitute({"": own, **_SIGNS})
    if "currency" not in rows.columns:
        return beside
    named = trimmed(rows.currency.cast("string")).upper()
    column = ibis.coalesce(named, "").substitute({"": own, **_SIGNS})
    return (column == own).ifelse(beside, column)


def decimal_of(rows: Table, place: str, named: str | None) -> Format:
    """The decimal sign, as named or as the column proves.

    Args:
        rows: Has ``amount``.
        place: File and column, for messages.
        named: What the reader was told, or None.

    Raises:
        TransactionsError: the sign is in doubt.
    """
    if not rows.amount.type().is_string():
        return Format("", "typed")
    if named:
        return Format(named, "named")
    plain = rows.select(text=trimmed(rows.amount), amount=_plain(rows.amount))
    read = plain.select("text", **{name: _number(plain.amount, sign).try_cast(MONEY) for name, sign in _NAMED.items()})
    counts = read.aggregate(
        comma=(read.comma.notnull() & read.point.isnull()).sum(),
        point=(read.point.notnull() & read.comma.isnull()).sum(),
        doubt=(read.comma != read.point).sum(),
        same=(read.comma == read.point).sum(),
        filled=(~read.text.lower().isin(MISSING)).sum(),
        rows=read.count(),
    )
    comma, point, doubt, same, filled, total = (count or 0 for count in counts.to_pyarrow().to_pylist()[0].values())
    if total and not filled:
        raise TransactionsError(f"{place}: {NOTHING_IN_IT}")
    if not (comma or point or doubt or same) and filled:
        raise TransactionsError(f"{place}: none of the {filled} values in it is a number; {looks_of(rows.amount)}")
    doubtful = "1.234 may be a thousand or one and a bit; name the decimal sign with decimal: ',' or '.'"
    return decided(place, DECIMALS, (comma, point, doubt), doubtful)


_NAMED = {"comma": ",", "point": "."}


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
