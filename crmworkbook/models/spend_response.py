"""How much to spend on winning and on keeping customers (Blattberg and Deighton 1996).

Spending works with diminishing returns: ``rate = ceiling × (1 − e^(−k × spend))``. Managers give the ceiling,
what they spend now and the rate they get for it; k follows. The best spend on either side is reached where
one more customer costs as much as a customer is worth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from scipy.optimize import brentq  # type: ignore[import-untyped]

from crmworkbook.models.rates import check_amount, check_rate, check_share
from crmworkbook.models.working import Quantity, Working

SOURCE = "blattberg_deighton_1996"
SIDES = ("acquisition", "retention")


def calibrate_response(ceiling: float, spend: float, rate: float) -> float:
    """How fast the rate nears its ceiling, ``k = −ln(1 − rate / ceiling) / spend``.

    Args:
        ceiling: Share that could at most be won or kept, whatever is spent.
        spend: Spending now, euro per prospect or customer per year.
        rate: Share won or kept at that spending.

    Returns:
        k, per euro.

    Raises:
        ValueError: an impossible ceiling, a rate outside 0 to the ceiling, or no spending.
    """
    check_share(ceiling, "ceiling")
    if not 0 < rate < ceiling:
        raise ValueError(
            f"rate must lie above 0 and below the ceiling {ceiling:g}, got {rate:g}; "
            "raise the ceiling to what could be reached with all the money in the world"
        )
    if not spend > 0:
        raise ValueError(f"spend must be above 0 euro to calibrate on, got {spend:g}")
    return -math.log(1 - rate / ceiling) / spend


def response_rate(ceiling: float, sensitivity: float, spend: float) -> float:
    """Share won or kept at *spend*, ``ceiling × (1 − e^(−k × spend))``."""
    return ceiling * (1 - math.exp(-sensitivity * spend))


def future_value(margin: float, retention: float, retention_spend: float, discount_rate: float) -> float:
    """Value of a customer after the first year, ``(M − R/r) × r / (1 + d − r)``.

    Args:
        margin: Contribution per customer per year before spending to keep the customer, euro.
        retention: Share kept per year.
        retention_spend: Spending to keep a customer, euro per customer per year.
        discount_rate: Yearly, share.

    Returns:
        Euro per customer, without the first year's margin.
    """
    check_rate(discount_rate)
    return (margin * retention - retention_spend) / (1 + discount_rate - retention)


def equity_per_prospect(
    acquisition_rate: float,
    acquisition_spend: float,
    margin: float,
    retention: float,
    retention_spend: float,
    discount_rate: float,
) -> float:
    """Customer equity per prospect, ``a × (M + (M − R/r) × r / (1 + d − r)) − A``.

    Args:
        acquisition_rate: Share of prospects won.
        acquisition_spend: Euro per prospect.
        margin: Contribution per customer per year before spending to keep the customer, euro.
        retention: Share kept per year.
        retention_spend: Euro per customer per year.
        discount_rate: Yearly, share.

    Returns:
        Euro per prospect.
    """
    value = margin + future_value(margin, retention, retention_spend, discount_rate)
    return acquisition_rate * value - acquisition_spend


def optimal_acquisition_spend(ceiling: float, sensitivity: float, value: float) -> float:
    """Spending per prospect that leaves most, ``ln(ceiling × k × V) / k``, or 0 when the first euro loses.

    Args:
        ceiling: Share of prospects that could at most be won.
        sensitivity: k of :func:`calibrate_response`, per euro.
        value: Value of a customer once won, first margin included, euro.

    Returns:
        Euro per prospect.
    """
    first_euro = ceiling * sensitivity * value
    return math.log(first_euro) / sensitivity if first_euro > 1 else 0.0


def optimal_retention_spend(ceiling: float, sensitivity: float, margin: float, discount_rate: float) -> float:
    """Spending per customer per year that makes :func:`future_value` largest, or 0 when the first euro loses.

    Found numerically: the root of the slope, which falls steadily between nothing and margin × ceiling.

    Args:
        ceiling: Share of customers that could at most be kept.
        sensitivity: k of :func:`calibrate_response`, per euro.
        margin: Contribution per customer per year before spending to keep the customer, euro.
        discount_rate: Yearly, share above 0 when the ceiling is 1.

    Returns:
        Euro per customer per year.
    """
    check_rate(discount_rate)
    if ceiling * sensitivity * margin <= 1:
        return 0.0

    def slope(spend: float) -> float:
        retention = response_rate(ceiling, sensitivity, spend)
        gain = sensitivity * (ceiling - retention)
        return gain * (margin * (1 + discount_rate) - spend) - (1 + discount_rate - retention)

    return float(brentq(slope, 0.0, margin * ceiling, xtol=1e-10))


@dataclass(frozen=True)
class SpendAdvice:
    """Spending now beside the best spending.

    Attributes:
        frame: Indexed by side (acquisition, retention): spend, optimal_spend (euro per prospect or per
            customer per year), rate, optimal_rate (share), sensitivity (k, per euro).
        customer_value: Value of a customer once won, first margin included, at today's spending, euro.
        optimal_customer_value: The same at the best spending to keep customers, euro.
        equity_per_prospect: Customer equity per prospect now, euro.
        optimal_equity_per_prospect: The same at the best spending on both sides, euro.
        workings: The sums behind both equities, and what the last customer won costs at the best spending:
            exactly what a customer is then worth.
    """

    frame: pd.DataFrame
    customer_value: float
    optimal_customer_value: float
    equity_per_prospect: float
    optimal_equity_per_prospect: float
    workings: tuple[Working, ...]


def optimal_spend(spend_response: pd.DataFrame, margin: float, discount_rate: float) -> SpendAdvice:
    """Best spending on both sides: first on keeping, then on winning customers who are then worth more.

    Args:
        spend_response: One row per side, columns side (acquisition, retention), ceiling, spend, rate.
        margin: Contribution per customer per year before spending to keep the customer, euro.
        discount_rate: Yearly, share.

    Raises:
        ValueError: not exactly one row per side, no margin, or a response that cannot be calibrated.
    """
    check_amount(margin, "margin")
    if sorted(spend_response["side"]) != sorted(SIDES):
        raise ValueError(f"spend_response needs one row for each of {', '.join(SIDES)}")
    table = spend_response.set_index("side")[["ceiling", "spend", "rate"]].astype(float)
    won, kept = (_Response(*map(float, table.loc[side])) for side in SIDES)
    best_keep = optimal_retention_spend(kept.ceiling, kept.sensitivity, margin, discount_rate)
    value = margin + future_value(margin, kept.rate, kept.spend, discount_rate)
    best_value = margin + future_value(margin, kept.reached(best_keep), best_keep, discount_rate)
    best_win = optimal_acquisition_spend(won.ceiling, won.sensitivity, best_value)
    now = _equity_working("now", margin, discount_rate, won.rate, won.spend, kept.rate, kept.spend)
    best = _equity_working(
        "optimal", margin, discount_rate, won.reached(best_win), best_win, kept.reached(best_keep), best_keep
    )
    return SpendAdvice(
        frame=pd.DataFrame(
            {
                "spend": [won.spend, kept.spend],
                "optimal_spend": [best_win, best_keep],
                "rate": [won.rate, kept.rate],
                "optimal_rate": [won.reached(best_win), kept.reached(best_keep)],
                "sensitivity": [won.sensitivity, kept.sensitivity],
            },
            index=pd.Index(SIDES, name="side"),
        ),
        customer_value=value,
        optimal_customer_value=best_value,
        equity_per_prospect=now.result.value,
        optimal_equity_per_prospect=best.result.value,
        workings=(now, best, *([_marginal_working(won, best_win)] if best_win else [])),
    )


@dataclass(frozen=True)
class _Response:
    """One side of the spending: its ceiling, and what today's spending reaches."""

    ceiling: float
    spend: float
    rate: float

    @property
    def sensitivity(self) -> float:
        return calibrate_response(self.ceiling, self.spend, self.rate)

    def reached(self, spend: float) -> float:
        return response_rate(self.ceiling, self.sensitivity, spend)


def _equity_working(
    when: str,
    margin: float,
    discount_rate: float,
    acquisition_rate: float,
    acquisition_spend: float,
    retention: float,
    retention_spend: float,
) -> Working:
    values = {
        "a": Quantity(acquisition_rate, "share"),
        "M": Quantity(margin, "money"),
        "r": Quantity(retention, "share"),
        "R": Quantity(retention_spend, "money"),
        "d": Quantity(discount_rate, "rate"),
        "A": Quantity(acquisition_spend, "money"),
    }
    formula = "a × (M + (M × r − R) / (1 + d − r)) − A"
    name = f"spend_response.equity_per_prospect_{when}"
    return Working.compute(name, formula, values, "money", SOURCE, convention="start_incl")


def _marginal_working(won: _Response, spend: float) -> Working:
    values = {
        "k": Quantity(won.sensitivity, "number"),
        "C": Quantity(won.ceiling, "share"),
        "a": Quantity(won.reached(spend), "share"),
    }
    name = "spend_response.marginal_acquisition_cost"
    return Working.compute(name, "1 / (k × (C − a))", values, "money", SOURCE)
