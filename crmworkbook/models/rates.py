"""Rates and their periods: what a retention or discount rate may be, conversion, half-life, spans of time.

A rate belongs to a period. Turning a yearly rate into a monthly one takes a root, never a division by twelve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from crmworkbook.models.working import Quantity, Working

if TYPE_CHECKING:
    import pandas as pd

Values = TypeVar("Values", float, "pd.Series", npt.NDArray[np.float64])
TimeUnit = Literal["day", "week", "month", "year"]

DAYS: dict[str, float] = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
MONTHS = 12
RATE_SOURCE = "berger_nasr_1998"


@dataclass(frozen=True)
class Span:
    """A length of time with its unit, so that weeks are never taken for months.

    Attributes:
        length: Number of units, 0 or more.
        unit: ``day``, ``week`` (7 days), ``month`` (a twelfth of a year) or ``year`` (365.25 days).

    Raises:
        ValueError: a length that is negative or not finite, or a unit that does not exist.
    """

    length: float
    unit: TimeUnit

    def __post_init__(self) -> None:
        """Refuse what is no length of time."""
        check_unit(self.unit)
        if not 0 <= self.length < math.inf:
            raise ValueError(f"a span must be 0 or longer and not endless, got {self.length:g} {self.unit}")

    def to(self, unit: TimeUnit) -> Span:
        """The same span in another unit: 2 weeks are 14 days."""
        return Span(self.length_in(unit), unit)

    def length_in(self, unit: TimeUnit) -> float:
        """How many *unit* the span lasts."""
        check_unit(unit)
        return self.length if unit == self.unit else self.length * DAYS[self.unit] / DAYS[unit]


@dataclass(frozen=True)
class Rate:
    """A discount rate or growth with the period it belongs to.

    Attributes:
        value: Share per period, above -1 and at most 1; 10% is 0.10.
        per: The period: a unit of time, or a span such as four weeks.

    Raises:
        ValueError: a value that is no share per period, or a period that is no time.
    """

    value: float
    per: TimeUnit | Span

    def __post_init__(self) -> None:
        """Refuse what is no rate."""
        check_rate(self.value, "rate")
        if self.period.length == 0:
            raise ValueError("a rate needs a period longer than 0")

    @property
    def period(self) -> Span:
        """The period as a span: ``per="year"`` is one year."""
        return self.per if isinstance(self.per, Span) else Span(1.0, self.per)

    def to(self, unit: TimeUnit) -> Rate:
        """The same growth over another period, by compounding: 1% a month is 12.68% a year."""
        return self if unit == self.per else Rate(self.over(Span(1.0, unit)), unit)

    def over(self, span: Span) -> float:
        """Growth over *span*, ``(1 + value)^(span / period) − 1``."""
        period = self.period
        return (1 + self.value) ** (span.length_in(period.unit) / period.length) - 1

    def intensity(self, unit: TimeUnit) -> float:
        """Continuous rate per *unit*, ``ln(1 + value)`` spread over the period."""
        return math.log1p(self.value) / self.period.length_in(unit)


def check_unit(unit: str) -> None:
    """Refuse a unit of time that does not exist.

    Raises:
        ValueError: *unit* is not day, week, month or year.
    """
    if unit not in DAYS:
        raise ValueError(f"a unit of time is {', '.join(DAYS)}; got {unit!r}")


def retention_fault(retention: float, *, finite: bool = False) -> str:
    """What is wrong with a retention, and what to write instead; empty when nothing is.

    Args:
        retention: Share of customers kept per period.
        finite: Over a limited number of periods a retention of 1 is possible.
    """
    if math.isnan(retention):
        return "retention is missing"
    if 0 <= retention < 1 or (finite and retention == 1):
        return ""
    if retention == 1:
        return (
            "retention 1 means that nobody ever leaves, so there is no lifetime; "
            "take smoothed_retention, (kept + 1) / (customers + 2), or value_over_periods"
        )
    hint = f"; write {retention:g}% as {retention / 100:g}" if 1 < retention <= 100 else ""
    return f"retention must be a share from 0 up to 1, got {retention:g}{hint}"


def check_retention(retention: Any, *, finite: bool = False) -> None:
    """Refuse a retention (one, or an array of them) outside 0 up to 1.

    Raises:
        ValueError: the first fault found, with what to write instead.
    """
    for value in np.ravel(np.asarray(retention, dtype=float)):
        if fault := retention_fault(float(value), finite=finite):
            raise ValueError(fault)


def check_rate(rate: float, name: str = "discount_rate") -> None:
    """Refuse a discount rate or growth that is missing, −100% or less, or above 100% per period.

    Raises:
        ValueError: *rate* is not a share per period.
    """
    if not -1 < rate <= 1:
        hint = f"; write {rate:g}% as {rate / 100:g}" if 1 < rate <= 100 else ""
        raise ValueError(f"{name} must be a share per period above -1 and at most 1, got {rate:g}{hint}")


def check_share(share: float, name: str) -> None:
    """Refuse a share or chance outside 0 to 1.

    Raises:
        ValueError: *share* is missing or outside 0 to 1.
    """
    if not 0 <= share <= 1:
        hint = f"; write {share:g}% as {share / 100:g}" if 1 < share <= 100 else ""
        raise ValueError(f"{name} must be a share from 0 to 1, got {share:g}{hint}")


def check_amount(amount: Any, name: str) -> None:
    """Refuse a missing amount, one or any of an array.

    Raises:
        ValueError: *amount* is missing somewhere.
    """
    if np.isnan(np.asarray(amount, dtype=float)).any():
        raise ValueError(f"{name} is missing; fill it in, in euros per customer")


def check_rates(retention: Any, discount_rate: float, growth: float = 0.0) -> None:
    """Refuse rates for which the endless sum has no value: it needs r(1 + g) < 1 + i.

    Raises:
        ValueError: a rate is no share per period, or growth and retention together outrun the discount rate.
    """
    check_retention(retention)
    check_rate(discount_rate)
    check_rate(growth, "growth")
    highest = float(np.max(np.asarray(retention, dtype=float), initial=0.0))
    if highest * (1 + growth) >= 1 + discount_rate:
        raise ValueError(
            f"retention {highest:g} with growth {growth:g} outruns discount rate {discount_rate:g}, "
            "so the sum has no end; lower the growth or take value_over_periods"
        )


def discount_rate_over(discount_rate: float, periods: float) -> float:
    """Discount rate over *periods* periods, ``(1 + i)^periods − 1``: 9% a year is 29.5% per three years."""
    check_rate(discount_rate)
    return (1 + discount_rate) ** periods - 1


def rate_per_period(yearly: float, periods_per_year: int = 1) -> float:
    """A yearly rate per period of the tables, ``(1 + i)^(1/p) − 1``; with one period a year the rate itself."""
    return yearly if periods_per_year == 1 else discount_rate_over(yearly, 1 / periods_per_year)


def rate_workings(discount_rate: float, growth: float = 0.0, periods_per_year: int = 1) -> tuple[Working, ...]:
    """How the yearly rates became rates per period; nothing where the period is a year.

    Args:
        discount_rate: Yearly, share.
        growth: Growth of the contribution per year, share; left out when there is none.
        periods_per_year: Periods of the tables in a year: 1, or 12 for months.
    """
    if periods_per_year == 1:
        return ()
    yearly = {"discount_rate": discount_rate} | ({"growth": growth} if growth else {})
    periods = Quantity(periods_per_year, "count")
    return tuple(
        Working.compute(
            f"rates.{name}", "(1 + y)^(1 / p) − 1", {"y": Quantity(rate, "rate"), "p": periods}, "rate", RATE_SOURCE
        )
        for name, rate in yearly.items()
    )


def smoothed_retention(kept: float, customers: float) -> float:
    """Retention of a small group, ``(kept + 1) / (customers + 2)``: never quite 0 or 1 (Laplace's rule).

    Args:
        kept: Customers at the start of the year who were still there at its end, count.
        customers: Customers at the start of the year, count.

    Raises:
        ValueError: more were kept than there were.
    """
    if not 0 <= kept <= customers:
        raise ValueError(f"kept must lie between 0 and the {customers:g} customers, got {kept:g}")
    return (kept + 1) / (customers + 2)


def half_life(retention: float) -> float:
    """Periods until half of a group has left, ``ln 0.5 / ln r``; 0 when nobody is kept."""
    check_retention(retention)
    return math.log(0.5) / math.log(retention) if retention else 0.0
