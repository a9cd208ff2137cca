"""What a customer is worth to us: conventions, growth, limited horizon.

One retention and one margin give several published values, depending on when the first payment falls and
whether it is certain. So the convention is always named by the caller:

============== ================================================ ==============================
convention     payments                                         multiple (m = contribution)
============== ================================================ ==============================
``residual``   at t = 1, 2, … each only if still a customer     r / (1 + i − r)
``start_incl`` at t = 0 for certain, then r, r², …              (1 + i) / (1 + i − r)
``end_incl``   at t = 1 for certain, then r, r², …              1 / (1 + i − r)
``mid_incl``   as ``end_incl``, half a period earlier           (1 + i)^0.5 / (1 + i − r)
============== ================================================ ==============================

Fader and Hardie (2012) show which textbook uses which. Use ``residual`` for customers we have and
``start_incl``, less the acquisition cost, for a customer about to be won. Contribution, retention,
discount rate and growth must all be of the same period.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from crmworkbook.models.rates import Values, check_amount, check_rate, check_rates, check_retention
from crmworkbook.models.working import Quantity, Working

Convention = Literal["residual", "start_incl", "end_incl", "mid_incl"]
GrowthFrom = Literal["first", "second"]

SOURCES: dict[str, str] = {
    "residual": "gupta_lehmann_2003",
    "start_incl": "fader_hardie_2012",
    "end_incl": "fader_hardie_2012",
    "mid_incl": "own",
}


def margin_multiple(
    retention: Values,
    discount_rate: float,
    *,
    convention: Convention,
    growth: float = 0.0,
    growth_from: GrowthFrom = "second",
) -> Values:
    """How many times one period's contribution a customer is worth.

    ``r / (1 + i − r(1 + g))`` for ``residual`` (Gupta and Lehmann 2003); the other conventions follow from
    the same payments: ``start_incl`` is 1 more, ``end_incl`` is it divided by r.

    Args:
        retention: Share kept per period, 0 ≤ r < 1; a number, array or series.
        discount_rate: Share per the same period.
        convention: When payments fall and whether the first is certain.
        growth: Growth of the contribution per period, share.
        growth_from: ``second``: the first future payment (t = 1) is today's contribution and growth starts
            after it, as in Gupta and Lehmann; ``first``: the first future payment has already grown.

    Returns:
        Number of period contributions.

    Raises:
        ValueError: impossible rates, or a convention that does not exist.
    """
    _check_names(convention, growth_from)
    check_rates(retention, discount_rate, growth)
    annuity = _first(growth, growth_from) / (1 + discount_rate - retention * (1 + growth))
    if convention == "start_incl":
        return 1 + retention * annuity
    return _timed(annuity, retention, discount_rate, convention)


def lifetime_value(
    contribution: Values,
    retention: Values,
    discount_rate: float,
    *,
    convention: Convention,
    growth: float = 0.0,
    growth_from: GrowthFrom = "second",
) -> Values:
    """Value today of a customer with a constant chance of staying, over an endless horizon.

    Contribution × :func:`margin_multiple`.

    Args:
        contribution: Net contribution per customer per period while a customer, euro: after cost to serve,
            before acquisition and overhead. Negative is allowed and gives a negative value.
        retention: Share kept per period, 0 ≤ r < 1.
        discount_rate: Share per the same period.
        convention: When payments fall and whether the first is certain.
        growth: Growth of the contribution per period, share.
        growth_from: See :func:`margin_multiple`.

    Returns:
        Euro per customer.

    Raises:
        ValueError: impossible rates, a missing amount, or a convention that does not exist.
    """
    check_amount(contribution, "contribution")
    multiple = margin_multiple(retention, discount_rate, convention=convention, growth=growth, growth_from=growth_from)
    return contribution * multiple


def value_over_periods(
    contribution: Values,
    retention: Values,
    discount_rate: float,
    periods: int,
    *,
    convention: Convention,
    growth: float = 0.0,
    growth_from: GrowthFrom = "second",
) -> Values:
    """Value today of the next *periods* payments; a limited horizon, so not a lifetime value.

    The same payments as :func:`lifetime_value`, broken off after *periods* of them (Fader and
    Hardie, note 033). Retention may be 1 and growth may outrun the discount rate, since
    the sum ends.

    Args:
        contribution: Net contribution per customer per period, euro.
        retention: Share kept per period, 0 ≤ r ≤ 1.
        discount_rate: Share per the same period.
        periods: Number of payments, a whole number from 0.
        convention: When payments fall and whether the first is certain.
        growth: Growth of the contribution per period, share.
        growth_from: See :func:`margin_multiple`.

    Returns:
        Euro per customer.

    Raises:
        ValueError: impossible rates or periods, or a convention that does not exist.
    """
    _check_names(convention, growth_from)
    check_amount(contribution, "contribution")
    check_retention(retention, finite=True)
    check_rate(discount_rate)
    check_rate(growth, "growth")
    if not float(periods).is_integer() or periods < 0:
        raise ValueError(f"periods must be a whole number from 0, got {periods}")
    ratio = retention * (1 + growth) / (1 + discount_rate)
    first = _first(growth, growth_from) / (1 + discount_rate)
    if convention == "start_incl":
        # The certain payment at t = 0 is one of the periods.
        return contribution * (retention * first * _powers(ratio, int(periods) - 1) + min(int(periods), 1))
    return contribution * _timed(first * _powers(ratio, int(periods)), retention, discount_rate, convention)


def _first(growth: float, growth_from: GrowthFrom) -> float:
    return 1 + growth if growth_from == "first" else 1.0


def _powers(ratio: Values, count: int) -> Values:
    """1 + ratio + ratio² + …, *count* terms; zeros in the shape of *ratio* when there are none."""
    return ratio * 0 + sum(ratio**power for power in range(count))


def _timed(annuity: Values, retention: Values, discount_rate: float, convention: Convention) -> Values:
    """From payments at t = 1 (certain), 2, … to ``residual``, ``end_incl`` or ``mid_incl``."""
    if convention == "residual":
        return retention * annuity
    if convention == "mid_incl":
        return annuity * (1 + discount_rate) ** 0.5
    return annuity


def lifetime_value_working(
    contribution: float,
    retention: float,
    discount_rate: float,
    *,
    convention: Convention,
    growth: float = 0.0,
    growth_from: GrowthFrom = "second",
    name: str = "lifetime_value.value",
    subject: str = "",
) -> Working:
    """The sum behind :func:`lifetime_value`, in symbols m, r, i (and g when there is growth).

    Raises:
        ValueError: impossible rates, a missing amount, or a convention that does not exist.
    """
    _check_names(convention, growth_from)
    check_amount(contribution, "contribution")
    check_rates(retention, discount_rate, growth)
    values = {
        "m": Quantity(contribution, "money"),
        "r": Quantity(retention, "share"),
        "i": Quantity(discount_rate, "rate"),
    }
    if growth:
        values["g"] = Quantity(growth, "rate")
    formula = _formula(convention, growth, growth_from)
    return Working.compute(name, formula, values, "money", SOURCES[convention], convention, subject)


def _formula(convention: Convention, growth: float, growth_from: GrowthFrom) -> str:
    grown = " × (1 + g)" if growth else ""
    margin = "m" + (grown if growth_from == "first" else "")
    below = f"(1 + i − r{grown})"
    if convention == "start_incl":
        return f"m + {margin} × r / {below}" if growth else f"m × (1 + i) / {below}"
    factor = {"residual": " × r", "end_incl": "", "mid_incl": " × √(1 + i)"}[convention]
    return f"{margin}{factor} / {below}"


def conventions_beside(
    contribution: float,
    retention: float,
    discount_rate: float,
    *,
    growth: float = 0.0,
    growth_from: GrowthFrom = "second",
) -> tuple[pd.DataFrame, tuple[Working, ...]]:
    """One customer valued in every convention.

    Returns:
        Columns convention, multiple (number), value (euro per customer), a row per convention; and the sums.

    Raises:
        ValueError: impossible rates, or a missing amount.
    """
    terms = (contribution, retention, discount_rate)
    workings = tuple(
        lifetime_value_working(*terms, convention=convention, growth=growth, growth_from=growth_from)
        for convention in get_args(Convention)
    )
    multiples = [
        margin_multiple(retention, discount_rate, convention=name, growth=growth, growth_from=growth_from)
        for name in get_args(Convention)
    ]
    values = [working.result.value for working in workings]
    frame = {"convention": list(get_args(Convention)), "multiple": multiples, "value": values}
    return pd.DataFrame(frame), workings


def berger_nasr_case_1(
    contribution: float, promotion: float, retention: float, discount_rate: float, periods: int
) -> float:
    """Value of a customer who pays at the start of each year and is promoted to in the middle of it.

    ``GC Σ_{t=0..n} (r/(1+d))^t − M Σ_{t=1..n} r^(t−1)/(1+d)^(t−0.5)``, case 1 of Berger and Nasr (1998).

    Args:
        contribution: Gross contribution per customer per year, euro, at t = 0, 1, … *periods*.
        promotion: Spending to keep the customer per year, euro, at t = 0.5, 1.5, …
        retention: Share kept per year.
        discount_rate: Yearly, share.
        periods: Years after the first payment.

    Returns:
        Euro per customer over the horizon.

    Raises:
        ValueError: impossible rates or periods.
    """
    received = value_over_periods(contribution, retention, discount_rate, periods + 1, convention="start_incl")
    spent = value_over_periods(promotion, retention, discount_rate, periods, convention="mid_incl")
    return received - spent


def berger_nasr_working(
    contribution: float, promotion: float, retention: float, discount_rate: float, periods: int
) -> Working:
    """The sum behind :func:`berger_nasr_case_1`.

    Raises:
        ValueError: impossible rates, or a retention that equals 1 + discount rate.
    """
    check_rates(retention, discount_rate)
    values = {
        "GC": Quantity(contribution, "money"),
        "M": Quantity(promotion, "money"),
        "r": Quantity(retention, "share"),
        "d": Quantity(discount_rate, "rate"),
        "n": Quantity(periods, "count"),
    }
    ratio = "r / (1 + d)"
    received = f"GC × (1 − ({ratio})^(n + 1)) / (1 − {ratio})"
    spent = f"M × (1 + d)^(−0.5) × (1 − ({ratio})^n) / (1 − {ratio})"
    name = "lifetime_value.berger_nasr_case_1"
    return Working.compute(name, f"{received} − {spent}", values, "money", "berger_nasr_1998")


def survival_curve(contribution: float, retention: float, discount_rate: float, periods: int) -> pd.DataFrame:
    """Who is left and what they still bring, period by period.

    Args:
        contribution: Net contribution per customer per period, euro.
        retention: Share kept per period.
        discount_rate: Share per the same period.
        periods: Last period shown.

    Returns:
        Columns period (0 … *periods*), survival (share), discounted_contribution (euro per customer of the
        group at the start; the ``residual`` value is its sum from period 1).

    Raises:
        ValueError: impossible rates.
    """
    check_retention(retention, finite=True)
    check_rate(discount_rate)
    period = np.arange(periods + 1)
    left = np.power(float(retention), period)
    discounted = contribution * left / (1 + discount_rate) ** period
    return pd.DataFrame({"period": period, "survival": left, "discounted_contribution": discounted})


def _check_names(convention: str, growth_from: str) -> None:
    if convention not in get_args(Convention):
        raise ValueError(f"convention must be one of {', '.join(get_args(Convention))}, got {convention!r}")
    if growth_from not in get_args(GrowthFrom):
        raise ValueError(f"growth_from must be 'first' or 'second', got {growth_from!r}")
