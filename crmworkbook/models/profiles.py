"""Customer profiles with entry rules: how many customers fit each, how alike they are, and who came and went."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

ALIKE = ("recency_days", "order_days", "average_spend", "contribution")
"""What homogeneity looks at, as far as it is known."""


def members(customers: pd.DataFrame, rules: pd.DataFrame) -> dict[str, pd.Index]:
    """Who fits each profile: every rule of the profile holds, bounds included.

    Args:
        customers: One row per customer, indexed by customer, with a column per measure; a customer for whom a measure
            is missing does not fit a rule on it.
        rules: profile, measure, low, high (NaN for no bound). Profiles with a rule on a measure that *customers* lacks
            cannot be judged and are left out.

    Returns:
        Profile to its customers, in the order of *rules*.
    """
    found = {}
    for profile, own in rules.groupby("profile", sort=False):
        if not set(own["measure"]) <= set(customers.columns):
            continue
        fits = pd.Series(True, index=customers.index)
        for rule in own.to_dict("records"):
            value = customers[rule["measure"]].astype(float)
            low, high = (np.nan_to_num(float(rule[name]), nan=bound) for name, bound in _BOUNDS.items())
            fits &= value.between(low, high)
        found[str(profile)] = customers.index[fits]
    return found


_BOUNDS = {"low": -np.inf, "high": np.inf}


def homogeneity(customers: pd.DataFrame, inside: Iterable[str]) -> float:
    """How alike the customers of a profile are: 1 all alike, 0 as different as all customers together.

    One less the spread within the profile by the spread of all, ``1 − mean(var within / var of all)``, on the ranks of
    the measures in :data:`ALIKE`, so that one large customer does not decide. Below 0 the profile is more mixed than
    the base. Own measure; no published source.

    Args:
        customers: As :func:`members`.
        inside: The customers of the profile.

    Returns:
        NaN with fewer than two customers, or when all customers are alike.
    """
    group = list(inside)
    ranks = customers[[name for name in ALIKE if name in customers.columns]].rank(pct=True)
    whole, within = ranks.var(ddof=0), ranks.loc[group].var(ddof=0)
    shares = (within / whole.where(whole > 0)).dropna()
    return float(1 - shares.mean()) if len(group) > 1 and len(shares) else float("nan")


def profile_sizes(customers: pd.DataFrame, rules: pd.DataFrame, before: pd.DataFrame | None = None) -> pd.DataFrame:
    """Size and homogeneity of each profile, and who came and went since an earlier date.

    Args:
        customers: As :func:`members`.
        rules: As :func:`members`.
        before: The same table at an earlier date; None without one.

    Returns:
        Indexed by profile: size (count), share (of all customers in the table), homogeneity; before (size at the
        earlier date), came and went (counts), NaN without *before*.
    """
    now = members(customers, rules)
    then = members(before, rules) if before is not None else {}
    rows = {}
    for profile, inside in now.items():
        earlier = set(then[profile]) if profile in then else None
        moved = (np.nan,) * 3 if earlier is None else (len(earlier), *_moved(earlier, set(inside)))
        rows[profile] = (len(inside), len(inside) / len(customers), homogeneity(customers, inside), *moved)
    columns = ["size", "share", "homogeneity", "before", "came", "went"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("profile")


def overlap(customers: pd.DataFrame, rules: pd.DataFrame) -> tuple[int, int]:
    """Customers who fit no profile, and customers who fit more than one, counts."""
    inside = members(customers, rules)
    times = pd.Series(0, index=customers.index)
    for group in inside.values():
        times[group] += 1
    return int((times == 0).sum()), int((times > 1).sum())


def _moved(before: set[str], now: set[str]) -> tuple[int, int]:
    return len(now - before), len(before - now)
