"""When a silent customer is probably gone: P(alive) of BG/NBD turned into days, and by class of customers."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmworkbook.models.buy_till_you_die import bg_nbd
from crmworkbook.models.buy_till_you_die.fitting import Fit
from crmworkbook.models.buyers import Buyers, Numbers
from crmworkbook.models.rates import DAYS
from crmworkbook.models.working import Quantity, Working

CLASSES = {"1": (1, 1), "2": (2, 2), "3–4": (3, 4), "5–9": (5, 9), "10–19": (10, 19), "20+": (20, math.inf)}
SILENCES = {
    "0–30": (0, 30),
    "31–90": (31, 90),
    "91–180": (91, 180),
    "181–365": (181, 365),
    "> 365": (366, math.inf),
}
SOURCE = "fader_hardie_lee_2005"


def silence_limit(fit: Fit, repeats: float, last: float) -> Working:
    """Days of silence after which a customer is as likely gone as not: where P(alive) is a half.

    Args:
        fit: BG/NBD.
        repeats: Repeat order days, 1 or more.
        last: Time from the first to the last order day, in the unit of the fit.
    """
    r, alpha, a, b = fit.values()
    unit = DAYS[fit.unit or "week"]
    values = {
        "d": Quantity(unit, "count"),
        "alpha": Quantity(alpha),
        "t": Quantity(last),
        "b": Quantity(b),
        "x": Quantity(repeats),
        "a": Quantity(a),
        "r": Quantity(r),
    }
    formula = "max(d × (alpha + t) × (((b + x − 1) / a) ^ (1 / (r + x)) − 1), 0)"
    return Working.compute("buying.silence", formula, values, "count", SOURCE)


def alive_working(fit: Fit, repeats: float, last: float, age: float) -> Working:
    """The chance that a customer with this history is still one, times in the unit of the fit."""
    r, alpha, a, b = fit.values()
    values = {name: Quantity(value) for name, value in (("a", a), ("b", b), ("x", repeats), ("alpha", alpha))}
    values |= {name: Quantity(value) for name, value in (("T", age), ("t", last), ("r", r))}
    formula = "1 / (1 + a / (b + x − 1) × ((alpha + T) / (alpha + t)) ^ (r + x))"
    return Working.compute("buying.alive", formula, values, "share", SOURCE)


def alive_grid(order_days: pd.Series, silent_days: pd.Series, alive: Numbers) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean chance of being alive, and number of customers, by class of order days (rows) and of silence (columns).

    Args:
        order_days: Days with an order of each customer, 2 or more, count.
        silent_days: Days since the last of them.
        alive: Chance of still being a customer.

    Returns:
        Two frames of the same shape; classes without customers at the edges are left out, inside they are NaN and 0.
    """
    named = pd.DataFrame({"row": class_of(order_days, CLASSES), "column": class_of(silent_days, SILENCES), "p": alive})
    cells = named.groupby(["row", "column"])["p"]
    rows, columns = _kept(CLASSES, named["row"]), _kept(SILENCES, named["column"])
    counts, means = (table.unstack().reindex(index=rows, columns=columns) for table in (cells.size(), cells.mean()))
    return means, counts.fillna(0).astype(int)


def class_of(values: pd.Series, classes: Mapping[str, tuple[float, float]]) -> pd.Series:
    """The class in which each value falls."""
    edges = [low for low, _ in classes.values()]
    places = np.searchsorted(edges, values.to_numpy(float), side="right") - 1
    return pd.Series(np.array(list(classes))[places], index=values.index)


def _kept(classes: Mapping[str, tuple[float, float]], there: pd.Series) -> list[str]:
    """The classes from the first to the last that somebody is in."""
    names = list(classes)
    places = sorted(names.index(name) for name in set(there))
    return names[places[0] : places[-1] + 1] if places else []


def gone_table(fit: Fit, buyers: Buyers) -> tuple[pd.DataFrame, tuple[Working, ...]]:
    """After how many days of silence a customer is probably gone, by class of order days.

    Args:
        fit: BG/NBD on these customers.
        buyers: The customers; those with one order day are left out.

    Returns:
        One row per class: class, customers (count), usual (days between two order days, the middle customer's mean),
        limit (days of silence at which P(alive) of the middle customer is a half; NaN when that is longer than anybody
        was followed), past (customers whose own P(alive) is below a half). And the sums behind limit.
    """
    frame = buyers.frame.assign(alive=bg_nbd.p_alive(fit, buyers.histories)[buyers.rows])[buyers.again]
    frame = frame.assign(name=class_of(frame["repeat_days"] + 1, CLASSES), gap=frame["last_day"] / frame["repeat_days"])
    longest = float(buyers.frame["age_days"].max())
    rows, workings = [], []
    for name in _kept(CLASSES, frame["name"]):
        there = frame[frame["name"] == name]
        if there.empty:
            continue
        middle = there[["repeat_days", "last_day"]].median()
        working = silence_limit(fit, float(middle["repeat_days"]), float(middle["last_day"]) / DAYS[fit.unit or "week"])
        limit = working.result.value if working.result.value <= longest else math.nan
        rows.append((name, len(there), float(there["gap"].median()), limit, int((there["alive"] < 0.5).sum())))
        if not math.isnan(limit):
            workings.append(Working(**vars(working) | {"subject": name}))
    return pd.DataFrame(rows, columns=["class", "customers", "usual", "limit", "past"]), tuple(workings)
