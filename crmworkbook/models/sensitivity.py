"""What moves the value: elasticities of one customer's value, and a tornado on customer equity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from crmworkbook.models.lifetime_value import Convention, GrowthFrom, lifetime_value
from crmworkbook.models.rates import check_rates, check_retention, rate_per_period
from crmworkbook.models.working import Quantity, Working

DRIVERS = ("customers", "contribution", "retention", "discount_rate", "growth")
SWINGS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "customers": (-0.10, 0.10),
        "contribution": (-0.10, 0.10),
        "retention": (-0.10, 0.10),
        "discount_rate": (-0.02, 0.02),
        "growth": (-0.02, 0.02),
    }
)


@dataclass(frozen=True)
class Elasticities:
    """Percentage change of the value for 1% more of each driver; 1% of itself, not one percentage point.

    Attributes:
        contribution: Per 1% more contribution.
        retention: Per 1% more retention.
        discount_rate: Per 1% more discount rate (negative).
        acquisition_cost: Per 1% more acquisition cost (negative, 0 without one).
    """

    contribution: float
    retention: float
    discount_rate: float
    acquisition_cost: float


def elasticities(
    contribution: float,
    retention: float,
    discount_rate: float,
    *,
    convention: Convention,
    acquisition_cost: float = 0.0,
) -> Elasticities:
    """How strongly each driver moves the value, without growth.

    Derived from the formulas: for ``residual`` 1, ``(1+i)/(1+i−r)`` and ``−i/(1+i−r)``; for ``start_incl``
    retention has ``r/(1+i−r)``. After acquisition all are multiplied by V/(V − CAC). Gupta, Lehmann and
    Stuart (2004) print about 5, 1 and 0.1 for retention, margin and acquisition cost of whole firms.

    Args:
        contribution: Net contribution per customer per period, euro.
        retention: Share kept per period.
        discount_rate: Share per the same period.
        convention: When payments fall and whether the first is certain.
        acquisition_cost: Cost of winning the customer, euro; the value is then taken after it.

    Raises:
        ValueError: impossible rates, or a value that does not exceed the acquisition cost.
    """
    value = lifetime_value(contribution, retention, discount_rate, convention=convention)
    if value - acquisition_cost <= 0:
        raise ValueError(
            f"the value, {value:,.2f}, does not exceed the acquisition cost, {acquisition_cost:,.2f}; "
            "a percentage of a loss says nothing, so compare euros instead"
        )
    spread = 1 + discount_rate - retention
    earlier = {"residual": 0.0, "end_incl": 0.0, "mid_incl": 0.5, "start_incl": 1.0}[convention]
    leverage = value / (value - acquisition_cost)
    return Elasticities(
        contribution=leverage,
        retention=leverage * ((1 + discount_rate if convention == "residual" else retention) / spread),
        discount_rate=leverage * discount_rate * (earlier / (1 + discount_rate) - 1 / spread),
        acquisition_cost=-acquisition_cost / (value - acquisition_cost),
    )


def elasticity_table(
    contribution: float, retention: float, discount_rate: float, acquisition_cost: float, periods_per_year: int = 1
) -> pd.DataFrame:
    """Elasticities of an existing customer and of a new one after acquisition.

    They are those of the yearly rates, also where contribution and retention are per month: one per cent more of
    a monthly retention of 99.5% cannot exist, and the numbers in print are yearly. A yearly retention is the
    monthly one to the power of twelve, so its elasticity is a twelfth.

    Args:
        contribution: Net contribution per customer per period, euro.
        retention: Share kept per period.
        discount_rate: Yearly, share.
        acquisition_cost: Cost of winning one customer, euro; NaN when not known.
        periods_per_year: 1, or 12 when contribution and retention are per month.

    Returns:
        Columns driver (contribution, retention, discount_rate, acquisition_cost), existing (``residual``) and
        new (``start_incl`` less the acquisition cost): percent per 1% more. Empty where there is no positive
        value to take a percentage of.

    Raises:
        ValueError: impossible rates.
    """
    drivers = ["contribution", "retention", "discount_rate", "acquisition_cost"]
    terms = (contribution, retention, rate_per_period(discount_rate, periods_per_year))
    table = pd.DataFrame({"driver": drivers, "existing": np.nan, "new": np.nan})
    if lifetime_value(*terms, convention="residual") > 0:
        existing = elasticities(*terms, convention="residual")
        table["existing"] = [getattr(existing, driver) for driver in drivers[:3]] + [np.nan]
    if lifetime_value(*terms, convention="start_incl") > acquisition_cost:
        new = elasticities(*terms, convention="start_incl", acquisition_cost=acquisition_cost)
        table["new"] = [getattr(new, driver) for driver in drivers]
    table[["existing", "new"]] = table[["existing", "new"]].mul(_of_a_year(discount_rate, periods_per_year), axis=0)
    return table


def _of_a_year(discount_rate: float, periods_per_year: int) -> list[float]:
    """What turns each elasticity of `elasticity_table` per period into that of the yearly rate (chain rule)."""
    if periods_per_year == 1:
        return [1.0] * 4
    rate = rate_per_period(discount_rate, periods_per_year)
    slope = discount_rate * (1 + rate) / (periods_per_year * rate * (1 + discount_rate)) if rate else 1.0
    return [1.0, 1 / periods_per_year, slope, 1.0]


def elasticity_workings(retention: float, discount_rate: float, periods_per_year: int = 1) -> tuple[Working, ...]:
    """The sums behind the ``residual`` elasticities of `elasticity_table`; that of the contribution is always 1.

    Args:
        retention: Share kept per period.
        discount_rate: Yearly, share.
        periods_per_year: 1, or 12 when the retention is per month.
    """
    rate = Quantity(rate_per_period(discount_rate, periods_per_year), "rate")
    values = {"r": Quantity(retention, "share"), "i": rate}
    formulas = {"retention": "(1 + i) / (1 + i − r)", "discount_rate": "−i / (1 + i − r)"}
    if periods_per_year != 1:
        values |= {"p": Quantity(periods_per_year, "count"), "y": Quantity(discount_rate, "rate")}
        formulas["retention"] += " / p"
        formulas["discount_rate"] = "−y × (1 + i) / (p × (1 + y) × (1 + i − r))"
    used = {driver: [symbol for symbol in values if symbol in formula] for driver, formula in formulas.items()}
    return tuple(
        Working.compute(
            f"sensitivity.{driver}",
            formula,
            {symbol: values[symbol] for symbol in used[driver]},
            "number",
            "gupta_lehmann_stuart_2004",
            "residual",
        )
        for driver, formula in formulas.items()
    )


def possible_swings(
    retention: Any,
    discount_rate: float,
    growth: float = 0.0,
    swings: Mapping[str, tuple[float, float]] = SWINGS,
    periods_per_year: int = 1,
) -> dict[str, tuple[float, float]]:
    """The swings that leave a lifetime value: none that lets retention and growth outrun the discount rate.

    Args:
        retention: Share kept per period; a number or one per segment.
        discount_rate: Yearly, share.
        growth: Growth of the contribution per year, share.
        swings: As for :func:`tornado`.
        periods_per_year: 1, or 12 when the retention is per month.
    """
    highest = float(np.max(np.asarray(retention, dtype=float)))

    def holds(driver: str, change: float) -> bool:
        kept = _moved(highest, driver, change) if driver == "retention" else highest
        rate = discount_rate + change if driver == "discount_rate" else discount_rate
        grown = growth + change if driver == "growth" else growth
        if not (-1 < rate <= 1 and -1 < grown <= 1 and 0 <= kept < 1):
            return False
        rate, grown = (rate_per_period(yearly, periods_per_year) for yearly in (rate, grown))
        return kept * (1 + grown) < 1 + rate

    return {driver: ends for driver, ends in swings.items() if all(holds(driver, end) for end in ends)}


def tornado(
    customers: Any,
    contribution: Any,
    retention: Any,
    discount_rate: float,
    growth: float = 0.0,
    *,
    swings: Mapping[str, tuple[float, float]] = SWINGS,
    growth_from: GrowthFrom = "second",
    periods_per_year: int = 1,
) -> pd.DataFrame:
    """Customer equity when one driver at a time moves, widest swing first.

    Equity is customers × value (``residual``), summed over segments when arrays or series are given, so
    that the tornado turns around the equity by segment and not around that of an average customer.

    Args:
        customers: Customers at the end of the year, count; a number or one per segment.
        contribution: Net contribution per customer per period, euro; likewise.
        retention: Share kept per period; likewise.
        discount_rate: Yearly, share.
        growth: Growth of the contribution per year, share.
        swings: Driver to its low and high change; a driver left out is not moved. ``customers`` and
            ``contribution`` move by a share of themselves (0.10 is 10% more). ``retention`` moves by a share
            of the customers *lost* (0.10: 10% fewer leave), so it never reaches 1. ``discount_rate`` and
            ``growth`` move by points (0.02: from 10% to 12%).
        growth_from: Whether the first future contribution has grown; see ``margin_multiple``.
        periods_per_year: 1, or 12 when contribution and retention are per month; the rates stay yearly, and so do
            the points by which they move.

    Returns:
        Columns driver, low_input and high_input (customers: total count; contribution and retention:
        average per customer; rates: share), low and high (equity at those inputs, euro), swing (euro).

    Raises:
        ValueError: an unknown driver, or rates that are impossible before or after a move.
    """
    if unknown := [driver for driver in swings if driver not in DRIVERS]:
        raise ValueError(f"a tornado moves {', '.join(DRIVERS)}; not {', '.join(unknown)}")
    check_rates(retention, *(rate_per_period(yearly, periods_per_year) for yearly in (discount_rate, growth)))
    inputs = {
        "customers": np.ravel(np.asarray(customers, dtype=float)),
        "contribution": np.ravel(np.asarray(contribution, dtype=float)),
        "retention": np.ravel(np.asarray(retention, dtype=float)),
        "discount_rate": discount_rate,
        "growth": growth,
    }
    rows = [_bar(inputs, driver, *changes, growth_from, periods_per_year) for driver, changes in swings.items()]
    columns = ["driver", "low_input", "high_input", "low", "high", "swing"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("swing", ascending=False, kind="stable", ignore_index=True)


def _bar(
    inputs: dict[str, Any], driver: str, low: float, high: float, growth_from: GrowthFrom, periods_per_year: int
) -> tuple[str, float, float, float, float, float]:
    ends = [inputs | {driver: _moved(inputs[driver], driver, change)} for change in (low, high)]
    try:
        equities = [_equity(end, growth_from, periods_per_year) for end in ends]
    except ValueError as error:
        raise ValueError(f"the swing of {driver} goes too far: {error}") from error
    shown = [_shown(end, driver) for end in ends]
    return driver, shown[0], shown[1], equities[0], equities[1], abs(equities[1] - equities[0])


def _moved(value: Any, driver: str, change: float) -> Any:
    if driver in ("discount_rate", "growth"):
        return value + change
    if driver == "retention":
        return 1 - (1 - value) * (1 - change)
    return value * (1 + change)


def _equity(inputs: dict[str, Any], growth_from: GrowthFrom, periods_per_year: int) -> float:
    check_retention(inputs["retention"])
    values = lifetime_value(
        inputs["contribution"],
        inputs["retention"],
        rate_per_period(inputs["discount_rate"], periods_per_year),
        convention="residual",
        growth=rate_per_period(inputs["growth"], periods_per_year),
        growth_from=growth_from,
    )
    return float(np.sum(inputs["customers"] * values))


def _shown(inputs: dict[str, Any], driver: str) -> float:
    """One number for a driver that differs by segment: the total of customers, the average of the rest."""
    if driver == "customers":
        return float(inputs["customers"].sum())
    if driver in ("contribution", "retention"):
        values, weights = np.broadcast_arrays(inputs[driver], inputs["customers"])
        return float(np.average(values, weights=weights))
    return float(inputs[driver])
