"""What the calendar months of the orders show: gaps, quiet months, and months that are not whole."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median

QUIET = 0.25  # of the rows of the middle month
_ENOUGH_MONTHS, _ENOUGH_ROWS = 6, 8  # below these no month is called quiet
_MARGIN = 7  # days without an order at the beginning or the end of a month that is still whole


@dataclass(frozen=True)
class Months:
    """The calendar months from the first row used to the last, each as its first day.

    Attributes:
        span: Number of months, the first and the last included.
        empty: Months without any row.
        quiet: Months with less than a quarter of the rows of the middle month; not the empty ones, nor those cut short.
        cut: The first and the last month where more than a week of it is missing.
    """

    span: int
    empty: tuple[date, ...]
    quiet: tuple[date, ...]
    cut: tuple[date, ...]


def months_of(rows: Mapping[date, int]) -> Months:
    """What the calendar months show.

    Args:
        rows: Day booked to the number of rows used; at least one day.
    """
    found: Counter[date] = Counter()
    for day, count in rows.items():
        found[day.replace(day=1)] += count
    first, last = min(rows), max(rows)
    months = _between(first, last)
    cut = {months[0]} if first.day > _MARGIN + 1 else set()
    if _days_left(last) > _MARGIN:
        cut.add(months[-1])
    whole = [found[month] for month in months if month in found and month not in cut]
    middle = median(whole) if len(whole) >= _ENOUGH_MONTHS else 0
    limit = QUIET * middle if middle >= _ENOUGH_ROWS else 0
    return Months(
        span=len(months),
        empty=tuple(month for month in months if month not in found),
        quiet=tuple(month for month in months if month in found and month not in cut and found[month] < limit),
        cut=tuple(sorted(cut)),
    )


def _between(first: date, last: date) -> list[date]:
    places = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
    return [date(place // 12, place % 12 + 1, 1) for place in places]


def _days_left(day: date) -> int:
    return monthrange(day.year, day.month)[1] - day.day
