"""Real buying histories in print, invented ones with a known truth, and slopes by plain differences."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from crmworkbook.models.buy_till_you_die.fitting import Fit
from crmworkbook.models.buy_till_you_die.histories import Histories


def real_file(name: str) -> Path:
    """A data file of the ``lifetimes`` distribution, which is not imported."""
    return Path(find_spec("lifetimes").origin).parent / "datasets" / name


@cache
def cdnow_followed() -> pd.DataFrame:
    """One in ten customers of CDNOW: days up to 30 September 1997, and order days in the 39 weeks after."""
    orders = pd.read_csv(
        real_file("CDNOW_sample.txt"), sep=r"\s+", header=None, names=["master", "customer", "date", "cds", "spent"]
    )
    orders["date"] = pd.to_datetime(orders["date"].astype(str))
    orders, end = orders.drop_duplicates(["customer", "date"]), pd.Timestamp("1997-09-30")
    before = orders[orders["date"] <= end]
    days = before.groupby("customer")["date"].agg(["min", "max", "count"])
    frame = pd.DataFrame({"repeat_days": days["count"] - 1, "last_day": (days["max"] - days["min"]).dt.days})
    frame["age_days"] = (end - days["min"]).dt.days
    later = orders[orders["date"] > end].groupby("customer").size()
    return frame.assign(customers=1, later_days=later.reindex(frame.index, fill_value=0)).reset_index(drop=True)


@cache
def cdnow() -> Histories:
    """These histories in weeks: 2,357 customers."""
    return Histories.of_days(cdnow_followed())


@cache
def donations() -> Histories:
    """Donors of 1995 and the six years after: 11,104 donors."""
    rows = pd.read_csv(real_file("donations.csv"))
    return Histories.of(rows["frequency"], rows["recency"], rows["periods"], rows["weights"], unit="year")


def with_parameters(model: ModuleType, unit: str = "week", **parameters: float) -> Fit:
    """A fit with these parameters, as if found."""
    nothing = dict.fromkeys(parameters, float("nan"))
    covariance = np.full((len(parameters), len(parameters)), np.nan)
    name = model.__name__.rsplit(".", 1)[1]
    return Fit(name, parameters, nothing, covariance, float("nan"), 1.0, unit, True)


def slopes(likelihood: Callable, parameters: dict[str, float], data: object, step: float = 1e-5) -> np.ndarray:
    """Derivatives of a log-likelihood to its parameters, by differences on either side."""

    def at(name: str, factor: float) -> float:
        return likelihood({**parameters, name: parameters[name] * factor}, data)[0]

    return np.array([(at(n, 1 + step) - at(n, 1 - step)) / (2 * step * value) for n, value in parameters.items()])


def repeated(histories: Histories, times: int) -> Histories:
    """Every row so many times, instead of with so many times the weight."""
    columns = (histories.repeats, histories.last, histories.age, histories.customers)
    return Histories(*(np.repeat(column, times) for column in columns), unit=histories.unit)


def in_days(histories: Histories) -> Histories:
    """Histories in weeks, in days."""
    return Histories(histories.repeats, histories.last * 7, histories.age * 7, histories.customers, "day")
