"""Five lenses on the customer base (Fader, Hardie and Ross 2022): behaviour only, so it says what and not why."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmworkbook.models.customer_base import concentration


def between_years(now: pd.DataFrame, year_before: pd.DataFrame, two_before: pd.DataFrame) -> pd.DataFrame:
    """What each customer bought in the last year and in the year before it.

    Args:
        now: Customer table of the orders: customer, order_days, revenue, all since the first order.
        year_before: The same a year earlier.
        two_before: The same two years earlier.

    Returns:
        Indexed by customer, everybody with an order in one of the two years: ``last`` and ``before`` (whether),
        ``last_revenue`` and ``before_revenue`` (euro).
    """
    tables = [table.set_index("customer")[["order_days", "revenue"]] for table in (now, year_before, two_before)]
    found = pd.concat(tables, axis="columns", keys=["now", "year", "two"]).fillna(0.0)
    years = pd.DataFrame(
        {
            "last": found["now"]["order_days"] > found["year"]["order_days"],
            "before": found["year"]["order_days"] > found["two"]["order_days"],
            "last_revenue": found["now"]["revenue"] - found["year"]["revenue"],
            "before_revenue": found["year"]["revenue"] - found["two"]["revenue"],
        }
    )
    return years[years["last"] | years["before"]]


def five_lenses(years: pd.DataFrame | None, triangle: pd.DataFrame) -> dict[str, dict[str, float]]:
    """The numbers that each lens shows; a lens for which the orders are too short is left out.

    1. Differences between customers within one period. 2. Changes between two periods. 3. One cohort over time.
    4. Cohorts compared. 5. The whole base, by cohort.

    Args:
        years: Outcome of :func:`between_years`; None when the orders do not cover two years.
        triangle: cohort, period, customers, revenue, as ``transactions.cohort_triangle``.
    """
    found = {"one_period": _one_period(years), "two_periods": _two_periods(years)} if years is not None else {}
    real = triangle[triangle["cohort"] >= 0]
    found |= {
        "one_cohort": _one_cohort(real),
        "cohorts": _cohorts(real),
        "whole_base": _whole_base(triangle),
    }
    return {lens: numbers for lens, numbers in found.items() if numbers}


def retention_triangle(triangle: pd.DataFrame, length: int) -> pd.DataFrame:
    """Share of each cohort that ordered in each period since its first order, by age in periods.

    Args:
        triangle: As :func:`five_lenses`; who came before the first period has no age and is left out.
        length: Number of periods.

    Returns:
        One row per cohort (position), first column ``size`` (customers in their first period), then a column per age
        from 1: share of the size, 0 when nobody ordered, NaN where the age is not reached.
    """
    counts = triangle[triangle["cohort"] >= 0].assign(age=lambda rows: rows["period"] - rows["cohort"])
    wide = counts.pivot(index="cohort", columns="age", values="customers")
    wide = wide.reindex(columns=range(length))
    reached = wide.index.to_numpy()[:, None] + np.arange(length) < length
    wide = wide.fillna(0).where(reached)
    shares = wide.drop(columns=0).div(wide[0], axis="index")
    shares.insert(0, "size", wide[0].astype(int))
    return shares


def _one_period(years: pd.DataFrame) -> dict[str, float]:
    active = years[years["last"]]
    if active.empty or not active["last_revenue"].sum() > 0:
        return {}
    spread = concentration(active["last_revenue"])
    median = float(active["last_revenue"].median())
    return {"customers": len(active), "fifth": spread.top_20_share or 0.0, "median": median}


def _two_periods(years: pd.DataFrame) -> dict[str, float]:
    both = years[years["last"] & years["before"]]
    if both.empty:
        return {}
    return {
        "both": len(both),
        "gone": int((years["before"] & ~years["last"]).sum()),
        "came": int((years["last"] & ~years["before"]).sum()),
        "more": int((both["last_revenue"] > both["before_revenue"]).sum()),
        "change": float(both["last_revenue"].sum() - both["before_revenue"].sum()),
    }


def _one_cohort(triangle: pd.DataFrame) -> dict[str, float]:
    if triangle.empty:
        return {}
    oldest = triangle[triangle["cohort"] == triangle["cohort"].min()]
    last = triangle["period"].max()
    first = oldest[oldest["period"] == oldest["cohort"]].sum()
    now = oldest[oldest["period"] == last].sum()
    if last == oldest["cohort"].iloc[0] or not first["customers"] or not now["customers"]:
        return {}
    per = [float(part["revenue"] / part["customers"]) for part in (first, now)]
    return {
        "cohort": int(oldest["cohort"].iloc[0]),
        "started": int(first["customers"]),
        "still": int(now["customers"]),
        "spend_first": per[0],
        "spend_now": per[1],
    }


def _cohorts(triangle: pd.DataFrame) -> dict[str, float]:
    if triangle.empty:
        return {}
    shares = retention_triangle(triangle, int(triangle["period"].max()) + 1)
    next_period = shares[1].dropna() if 1 in shares else pd.Series(dtype=float)
    if len(next_period) < 2:
        return {}
    ordered = next_period.sort_values(kind="stable")
    sizes = shares["size"].reindex(ordered.index)
    ends = {"low": float(ordered.iloc[0]), "high": float(ordered.iloc[-1])}
    return ends | {"low_size": int(sizes.iloc[0]), "high_size": int(sizes.iloc[-1])}


def _whole_base(triangle: pd.DataFrame) -> dict[str, float]:
    last = triangle[triangle["period"] == triangle["period"].max()] if len(triangle) else triangle
    total = float(last["revenue"].sum())
    if not total > 0:
        return {}
    new = float(last.loc[last["cohort"] == last["period"], "revenue"].sum()) / total
    return {"customers": int(last["customers"].sum()), "new": new, "old": 1 - new, "total": total}
