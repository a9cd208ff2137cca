"""What the buy-till-you-die models look at: when and how often customers came back, and what they spent.

A repeat purchase is a day with an order after the first such day; orders of one day are one purchase. Customers with
the same history count as one row with a weight, so that a million customers fit in a few thousand rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from crmworkbook.models.buy_till_you_die.collapsing import MOST_DAYS, Columns, Levels, places, together
from crmworkbook.models.rates import DAYS, TimeUnit, check_unit

if TYPE_CHECKING:
    import pandas as pd

Numbers = npt.NDArray[np.float64]

MOST_REPEATS = MOST_DAYS  # one a day


@dataclass(frozen=True, eq=False)
class Histories:
    """Buying histories, one row per customer or per group of customers with the same history.

    Attributes:
        repeats: Repeat purchases, whole number (x).
        last: Time from the first purchase to the last, in *unit*; 0 without repeats (t_x).
        age: Time from the first purchase to the end of the observation, in *unit* (T).
        customers: How many customers have this history, the weight of the row.
        unit: Unit of time.

    Raises:
        ValueError: a history that cannot be, with its row and what to do.
    """

    repeats: npt.NDArray[np.int64]
    last: Numbers
    age: Numbers
    customers: Numbers
    unit: TimeUnit

    def __post_init__(self) -> None:
        """Refuse histories that cannot be."""
        check_unit(self.unit)
        _same_length(self.repeats, self.last, self.age, self.customers)
        _finite(last=self.last, age=self.age, customers=self.customers)
        _refuse((self.repeats < 0) | (self.repeats > MOST_REPEATS), "repeats must be 0 or more", self.repeats)
        _refuse(self.customers < 0, "a row cannot stand for fewer than 0 customers", self.customers)
        wrong = (self.last < 0) | (self.last > self.age)
        _refuse(wrong, "the last purchase must lie between the first and the end of the observation", self.last)
        wrong = (self.repeats > 0) != (self.last > 0)
        _refuse(
            wrong, "who came back has a last purchase later than the first; take orders of one day as one", self.last
        )

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.repeats)

    @classmethod
    def of(
        cls,
        repeats: npt.ArrayLike,
        last: npt.ArrayLike,
        age: npt.ArrayLike,
        customers: npt.ArrayLike = 1.0,
        *,
        unit: TimeUnit,
    ) -> Histories:
        """Histories from numbers, lists or columns, times in *unit*, row by row."""
        x, t_x, until, weight = np.broadcast_arrays(
            *(np.atleast_1d(np.asarray(v, float)) for v in (repeats, last, age, customers))
        )
        return cls(_whole(x, "repeats"), t_x, until, weight, unit)

    @classmethod
    def of_days(cls, frame: pd.DataFrame, unit: TimeUnit = "week") -> Histories:
        """Histories from a frame in days, equal ones taken together.

        Args:
            frame: Columns repeat_days (count), last_day and age_days (days since the first purchase), and customers
                (count; 1 each where the column is missing).
            unit: Unit of time of the result.
        """
        columns, customers = _day_columns(frame)
        equal, weight = together(columns, customers)
        return cls._in_days(equal, weight, unit)

    @classmethod
    def by_customer(cls, frame: pd.DataFrame, unit: TimeUnit = "week") -> tuple[Histories, npt.NDArray[np.int64]]:
        """As :meth:`of_days`, and for each row of *frame* its row there, as in ``p_alive(fit, histories)[rows]``."""
        columns, customers = _day_columns(frame)
        equal, rows = places(columns)
        return cls._in_days(equal, np.bincount(rows, customers).astype(float), unit), rows

    @classmethod
    def _in_days(cls, columns: Columns, weight: Numbers, unit: TimeUnit) -> Histories:
        repeats, last, age = columns
        return cls(repeats, last / DAYS[unit], age / DAYS[unit], weight, unit)

    @property
    def total(self) -> float:
        """Number of customers."""
        return float(self.customers.sum())

    @cached_property
    def age_levels(self) -> Levels:
        """The different ages."""
        return Levels.of(self.age, DAYS[self.unit])

    @cached_property
    def last_levels(self) -> Levels:
        """The different times of the last purchase."""
        return Levels.of(self.last, DAYS[self.unit])

    @cached_property
    def ages(self) -> tuple[Numbers, Numbers, npt.NDArray[np.int64]]:
        """Repeats and age of the different pairs of them, and for each row its pair."""
        (repeats, at), rows = places([self.repeats, self.age_levels.rows])
        return repeats.astype(float), self.age_levels.values[at], rows

    def reweighted(self, customers: Numbers) -> Histories:
        """The same histories, each with another number of customers."""
        other = Histories(self.repeats, self.last, self.age, customers, self.unit)
        other.__dict__.update(
            age_levels=self.age_levels, last_levels=self.last_levels
        )  # they do not depend on the weights
        return other

    def every(self, step: int) -> Histories:
        """Every *step*-th row: a small sample that spans all of them, for a first look."""
        return Histories(self.repeats[::step], self.last[::step], self.age[::step], self.customers[::step], self.unit)


@dataclass(frozen=True, eq=False)
class Spends:
    """What customers who came back spend per repeat purchase.

    Attributes:
        repeats: Repeat purchases, whole number from 1 (x).
        mean: Mean amount of these purchases, euro, above 0 (z).
        customers: How many customers these are, the weight of the row.

    Raises:
        ValueError: no repeats, or an amount of 0 or less, with its row and what to do.
    """

    repeats: npt.NDArray[np.int64]
    mean: Numbers
    customers: Numbers

    def __post_init__(self) -> None:
        """Refuse spending that cannot be."""
        _same_length(self.repeats, self.mean, self.customers)
        _finite(mean=self.mean, customers=self.customers)
        _refuse(
            self.repeats < 1, "spend per repeat purchase needs a repeat purchase; leave the others out", self.repeats
        )
        _refuse(self.mean <= 0, "mean spend must be above 0; leave customers with net returns out", self.mean)
        _refuse(self.customers < 0, "a row cannot stand for fewer than 0 customers", self.customers)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.repeats)

    @classmethod
    def of(cls, repeats: npt.ArrayLike, mean: npt.ArrayLike, customers: npt.ArrayLike = 1.0) -> Spends:
        """Spends from numbers, lists or columns."""
        x, z, weight = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, float)) for v in (repeats, mean, customers)))
        return cls(_whole(x, "repeats"), z, weight)

    @classmethod
    def of_frame(cls, frame: pd.DataFrame) -> Spends:
        """Spends from columns repeat_days, repeat_spend (euro) and, where there is one, customers."""
        return cls.of(frame["repeat_days"], frame["repeat_spend"], frame.get("customers", 1.0))

    @property
    def total(self) -> float:
        """Number of customers."""
        return float(self.customers.sum())

    @cached_property
    def counts(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The different numbers of repeats, and for each row its place among them."""
        return np.unique(self.repeats, return_inverse=True)

    def reweighted(self, customers: Numbers) -> Spends:
        """The same spending, each row with another number of customers."""
        return Spends(self.repeats, self.mean, customers)

    def correlation(self) -> float:
        """Correlation of the number of repeat purchases with the spend per purchase; the model takes it to be 0.

        Pearson's, over customers. NaN where all buy equally often or spend the same.
        """
        x, z = (
            self.repeats - np.average(self.repeats, weights=self.customers),
            self.mean - np.average(self.mean, weights=self.customers),
        )
        spread = float(np.sqrt((self.customers @ x**2) * (self.customers @ z**2)))
        return float(self.customers @ (x * z)) / spread if spread > 0 else float("nan")


def _day_columns(frame: pd.DataFrame) -> tuple[Columns, Numbers | None]:
    columns = [_whole(frame[name].to_numpy(float), name) for name in ("repeat_days", "last_day", "age_days")]
    return columns, frame["customers"].to_numpy(float) if "customers" in frame else None


def _whole(values: Numbers, name: str) -> npt.NDArray[np.int64]:
    _finite(**{name: values})
    _refuse(values != np.floor(values), f"{name} must be whole numbers", values)
    _refuse(values < 0, f"{name} must be 0 or more", values)
    return values.astype(np.int64)


def _finite(**columns: Numbers) -> None:
    for name, values in columns.items():
        _refuse(~np.isfinite(values), f"{name} must be a number; leave out rows without one", values)


def _same_length(*columns: npt.NDArray) -> None:
    if len({len(column) for column in columns}) > 1:
        raise ValueError(f"columns must be equally long, got {', '.join(str(len(column)) for column in columns)} rows")


def _refuse(wrong: npt.NDArray[np.bool_], fault: str, values: npt.NDArray) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"row {row + 1}: {fault}, got {values[row]:g} ({int(wrong.sum())} rows)")
