"""Days as text: which order of day, month and year holds for a column, and reading it.

One order holds for a whole column. Its values prove which; contrary values of at most 1 in 100 are slips.
Without proof, or with proof of two, the reader is asked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import ibis
from ibis.util import gen_name

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.formats import MISSING, NOTHING_IN_IT, Format, decided, is_mixed, looks_of, trimmed

if TYPE_CHECKING:
    from ibis.expr.types import StringValue, Table, Value

DATE_FORMATS = {
    "dmy": ("%d-%m-%Y", "%d-%m-%y"),
    "mdy": ("%m-%d-%Y", "%m-%d-%y"),
    "ymd": ("%Y-%m-%d", "%y-%m-%d"),
    "excel": ("", ""),
}
_ORDERS = ("dmy", "mdy", "ymd")
_WORDS = r"\p{L}{3}"
_ASK = "say which with date_format: dmy, mdy or ymd"
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)
_EXCEL_ZERO = date(1899, 12, 30)  # day 0 of a spreadsheet, for days after 28 February 1900
_TIME = r"(?i)[ t,]+\d{1,2}([:uh]\d\d|\.\d\d\.\d\d).*$|[ t,]+\d{1,2}\.\d\d$|[ t]\d{6}(\.\d+)?z?$|z$|\+\d\d:\d\d$"
_ORDINARY = r"^\d{1,4}-\d{1,2}-\d{1,4}$"
_SHORT = r"^\d{1,2}-\d{1,2}-\d\d$"
_SHORT_WRITTEN = r"^(\p{L}+[\s.,]+)?\d{1,2}[\s/.,-]+\d{1,2}[\s/.,-]+\d\d($|[\s,T])"
_SERIAL = r"^[2-7]\d{4}([.,]\d+)?$"  # 20000 is in 1954, 79999 in 2119
_WEEKDAY = (
    r"^(maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|ma|di|wo|do|vr|za|zo|monday|tuesday|wednesday"
    r"|thursday|friday|saturday|sunday|mon|tues?|wed|thu(rs)?|fri|sat|sun)-"
)
_TURNS = (
    (r"-of-", "-"),
    (r"^([a-z]+)-(\d{1,2})(st|nd|rd|th)?-(\d+)$", r"\2-\1-\4"),
    (r"^(\d{4})-([a-z]+)-(\d{1,2})$", r"\3-\2-\1"),
    (r"^(\d{1,2})([a-z]{3,})(\d+)$", r"\1-\2-\3"),
)
_MONTHS = (
    "jan|januari|january",
    "feb|febr|februari|february",
    "mrt|maart|mar|march",
    "apr|april",
    "mei|may",
    "jun|juni|june",
    "jul|juli|july",
    "aug|augustus|august",
    "sep|sept|september",
    "okt|oktober|oct|october",
    "nov|november",
    "dec|december",
)


@ibis.udf.scalar.builtin
def try_strptime(text: str, format: str) -> datetime:
    """DuckDB's: null where *text* does not fit *format*."""
    raise NotImplementedError  # runs on the engine


def day(value: Value, how: Format) -> Value:
    """A date, null where there is none between 1900 and 2199; *how* is for text and numbers alone."""
    if value.type().is_temporal():
        found = value.cast("date")
    elif how.name == "excel":
        found = _excel_day(_text(value))
    else:
        text = _text(value)
        plain = _plain(text, how.words)
        found = _written(plain, how.name, short=how.short)
        if how.words:  # a month in words leaves no doubt, whatever the others are
            found = text.re_search(_WORDS).ifelse(ibis.coalesce(_sensible(_written(plain, "ymd")), found), found)
    return _sensible(found)


def date_format_of(rows: Table, place: str, named: str | None, as_of: date) -> Format:
    """The order of day, month and year, as named or as the column proves.

    Args:
        rows: Has ``date``.
        place: File and column, for messages.
        named: What the reader was told, or None.
        as_of: Settles years of two digits: one order must give hardly any day after it, and the others many.

    Raises:
        TransactionsError: the order is in doubt.
    """
    if rows.date.type().is_temporal():
        return Format("", "typed")
    total, rows = rows.count(), _different(rows)
    shapes = _shapes(rows)
    if not shapes["filled"] and not named and total.to_pyarrow().as_py():
        raise TransactionsError(f"{place}: {NOTHING_IN_IT}")
    words, short = shapes["words"] > 0, shapes["short"] > 0
    if named:
        return Format(named, "named", words=words, short=short)
    if shapes["serial"]:
        if shapes["serial"] * 100 >= shapes["filled"] * 99:
            return Format("excel", "proved", shapes["serial"], shapes["filled"] - shapes["serial"])
        if is_mixed(shapes["serial"], shapes["filled"] - shapes["serial"]):
            raise TransactionsError(
                f"{place}: {shapes['serial']} dates are numbers, as the days of a spreadsheet, and the others are not; "
                "give the whole column one format"
            )
    return _by_order(rows, place, as_of, words, shapes["short"], shapes["filled"])


def _by_order(rows: Table, place: str, as_of: date, words: bool, short: int, filled: int) -> Format:
    """As :func:`date_format_of`, where the dates are not numbers of a spreadsheet."""
    plain = _plain(_text(rows.date), words)
    read = rows.select("rows", **{order: _sensible(_written(plain, order)) for order in _ORDERS})
    counts = read.aggregate(
        dmy=read.rows.sum(where=read.dmy.notnull() & read.mdy.isnull()),
        mdy=read.rows.sum(where=read.mdy.notnull() & read.dmy.isnull()),
        doubt=read.rows.sum(where=read.dmy != read.mdy),
        same=read.rows.sum(where=read.dmy == read.mdy),
        first=read.rows.sum(where=read.ymd.notnull()),
    )
    dmy, mdy, doubt, same, first = (count or 0 for count in counts.to_pyarrow().to_pylist()[0].values())
    last = dmy + mdy + doubt + same
    kinds = sorted([first, last, short])
    if not any(kinds) and filled:
        raise TransactionsError(f"{place}: none of the {filled} values in it is a date; {looks_of(rows.date)}")
    if is_mixed(kinds[1], kinds[2]):
        kinds_found = f"{first} dates have the year first, {last} have it last and {short} have a year of two digits"
        raise TransactionsError(f"{place}: {kinds_found}; {_ASK}, or give the column one format")
    if short == kinds[2] and short:
        return _short_order(rows, place, as_of, words)
    if first == kinds[2]:
        return Format("ymd", "proved" if first else "same", first, last + short, words=words)
    doubtful = f"the day and the month cannot be told apart; {_ASK}"
    how = decided(place, ("dmy", "mdy"), (dmy, mdy, doubt), doubtful)
    return replace(how, slips=how.slips + first + short, words=words)


def _short_order(rows: Table, place: str, as_of: date, words: bool) -> Format:
    """The order of dates such as 31-12-25: the only one that gives days, hardly any of them after *as_of*."""
    plain = rows.select("rows", date=_plain(_text(rows.date), words))
    kept = plain.filter(plain.date.re_search(_SHORT))
    days = {order: _written(kept.date, order, short=True) for order in _ORDERS}
    fitting = {order: kept.rows.sum(where=found <= as_of) for order, found in days.items()}
    counts = kept.aggregate(total=kept.rows.sum(), **fitting)
    total, *fit = (count or 0 for count in counts.to_pyarrow().to_pylist()[0].values())
    (second, _), (most, order) = sorted(zip(fit, days, strict=True))[-2:]
    if most * 100 < total * 99 or not is_mixed(total - second, total):
        raise TransactionsError(f"{place}: {total} dates have a year of two digits, such as 31-12-25; {_ASK}")
    return Format(order, "proved", most - second, total - most, words=words, short=True)


def _different(rows: Table) -> Table:
    """Each way a day is written, with the number of rows: a few thousand where there are millions of orders."""
    ways = rows.group_by("date").aggregate(rows=rows.count())
    return rows.get_backend().create_table(gen_name("written_days"), ways, temp=True)


def _shapes(rows: Table) -> dict[str, int]:
    """How many values there are, with a month in words, with a year of two digits, as a number of a spreadsheet."""
    found = rows.select("rows", text=_text(rows.date))
    counts = found.aggregate(
        filled=found.rows.sum(where=found.text.notnull() & ~found.text.lower().isin(MISSING)),
        words=found.rows.sum(where=found.text.re_search(_WORDS)),
        short=found.rows.sum(where=found.text.re_search(_SHORT_WRITTEN)),
        serial=found.rows.sum(where=found.text.re_search(_SERIAL)),
    )
    return {name: count or 0 for name, count in counts.to_pyarrow().to_pylist()[0].items()}


def _text(value: Value) -> StringValue:
    text = value.cast("string")
    return text.re_replace(r"\.0$", "") if value.type().is_floating() else trimmed(text)


def _plain(text: StringValue, words: bool) -> Value:
    """A date without the time of day, with hyphens, and with its month as a number."""
    bare = text.re_replace(_TIME, "").re_replace(r"[\s/.,-]+", "-").re_replace("-$", "")
    bare = bare.re_replace(r"^(\d{4})(\d\d)(\d\d)(\d{6})?$", r"\1-\2-\3")
    if words:
        bare = bare.re_search(r"\p{L}").ifelse(_numbered(bare), bare)
    return text.re_search(_ORDINARY).ifelse(text, bare)  # most are, and the engine skips the rest for them


def _numbered(text: StringValue) -> Value:
    """31-december-2025, december-31st-25 and 31dec2025 as 2025-12-31."""
    bare = text.lower().re_replace(_WEEKDAY, "")
    turned = bare
    for pattern, instead in _TURNS:
        turned = turned.re_replace(pattern, instead)
    for number, names in enumerate(_MONTHS, 1):
        turned = turned.re_replace(rf"^(\d{{1,2}})(e|st|nd|rd|th)?-({names})-(\d+)$", rf"\1-{number:02}-w\4")
    for years, century in ((r"\d{4}", ""), (r"[0-6]\d", "20"), (r"[7-9]\d", "19")):  # day, month, year beyond doubt
        turned = turned.re_replace(rf"^(\d{{1,2}})-(\d\d)-w({years})$", rf"{century}\3-\2-\1")
    return turned


def _written(plain: Value, order: str, *, short: bool = False) -> Value:
    long_year, short_year = DATE_FORMATS[order]
    found = try_strptime(plain, long_year).cast("date")
    if not short:
        return found
    return plain.re_search(_SHORT).ifelse(try_strptime(plain, short_year).cast("date"), found)


def _sensible(found: Value) -> Value:
    return found.between(_FIRST, _LAST).ifelse(found, None)


def _excel_day(text: StringValue) -> Value:
    number = text.re_extract(_SERIAL, 0).substr(0, 5).try_cast("int64")
    return (ibis.literal(_EXCEL_ZERO) + number.as_interval("D")).cast("date")
