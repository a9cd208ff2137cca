"""What winning a customer may cost: ceiling, break-even retention and payback.

The value of a customer about to be won is ``start_incl``: the first contribution comes with the sale.
"""

from __future__ import annotations

import math
from typing import Literal

from crmworkbook.models.lifetime_value import GrowthFrom
from crmworkbook.models.rates import check_amount, check_rate, check_rates, check_share

_ALMOST = 1e-9  # years: a payback of 2.0000000001 is 2


def allowable_acquisition_cost(value: float, required_return: float = 0.0) -> float:
    """The most that winning a customer may cost, ``V × (1 − required return)``.

    Args:
        value: Value of the customer before acquisition cost (``start_incl``), euro.
        required_return: Share of that value that must be left over, 0 to 1.

    Returns:
        Euro per customer won; 0 when the value is negative.

    Raises:
        ValueError: *required_return* is no share.
    """
    check_share(required_return, "required_return")
    return max(0.0, value * (1 - required_return))


def break_even_retention(
    contribution: float,
    acquisition_cost: float,
    discount_rate: float,
    *,
    convention: Literal["residual", "start_incl"],
    growth: float = 0.0,
    growth_from: GrowthFrom = "second",
) -> float:
    """Retention at which the value equals the acquisition cost.

    Solved from the value formulas: ``CAC(1+i) / (m + CAC)`` for ``residual`` and ``(1+i)(1 − m/CAC)`` for
    ``start_incl``, where the first contribution already pays back its part.

    Args:
        contribution: Net contribution per customer per year, euro.
        acquisition_cost: Cost of winning one customer, euro.
        discount_rate: Yearly, share.
        convention: How the value counts its payments.
        growth: Growth of the contribution per year, share.
        growth_from: Whether the first future contribution has grown; see ``margin_multiple``.

    Returns:
        Share per year. 0: the first contribution already covers the cost. 1 or more, up to ``inf``: no
        retention that can exist earns the cost back.

    Raises:
        ValueError: another convention, a missing amount, or a rate that is no share per period.
    """
    if convention not in ("residual", "start_incl"):
        raise ValueError(f"break-even retention is defined for residual and start_incl, not {convention!r}")
    check_amount(contribution, "contribution")
    check_amount(acquisition_cost, "acquisition_cost")
    check_rate(discount_rate)
    check_rate(growth, "growth")
    uncovered = acquisition_cost - (contribution if convention == "start_incl" else 0.0)
    if uncovered <= 0:
        return 0.0
    future = contribution * (1 + growth if growth_from == "first" else 1.0)
    denominator = future + uncovered * (1 + growth)
    return uncovered * (1 + discount_rate) / denominator if denominator > 0 else math.inf


def simple_payback(contribution: float, acquisition_cost: float) -> float:
    """Years of contribution that the acquisition cost takes, ``CAC / m``.

    It forgets that customers leave and that money later is worth less: see :func:`discounted_payback`.

    Args:
        contribution: Net contribution per customer per year, euro.
        acquisition_cost: Cost of winning one customer, euro.

    Returns:
        Years; ``inf`` means never (the customer brings nothing), 0 that there was no cost.
    """
    check_amount(contribution, "contribution")
    check_amount(acquisition_cost, "acquisition_cost")
    if acquisition_cost <= 0:
        return 0.0
    return acquisition_cost / contribution if contribution > 0 else math.inf


def discounted_payback(
    contribution: float,
    retention: float,
    discount_rate: float,
    acquisition_cost: float,
    growth: float = 0.0,
    growth_from: GrowthFrom = "second",
) -> float:
    """Years until the expected contributions, chance and interest counted, have repaid the acquisition cost.

    The first whole t for which ``Σ_{s=0..t} m (r/(1+i))^s ≥ CAC``; the first contribution falls at t = 0 and
    is certain, as in ``start_incl``.

    Args:
        contribution: Net contribution per customer per year, euro.
        retention: Share kept per year.
        discount_rate: Yearly, share.
        acquisition_cost: Cost of winning one customer, euro.
        growth: Growth of the contribution per year, share.
        growth_from: Whether the first future contribution has grown; see ``margin_multiple``.

    Returns:
        Whole years after winning; ``inf`` means never: the customer is worth less than it cost.

    Raises:
        ValueError: impossible rates, or a missing amount.
    """
    check_amount(contribution, "contribution")
    check_amount(acquisition_cost, "acquisition_cost")
    check_rates(retention, discount_rate, growth)
    if acquisition_cost <= max(contribution, 0.0):
        return 0.0
    ratio = retention * (1 + growth) / (1 + discount_rate)
    future = contribution * retention * (1 + growth if growth_from == "first" else 1.0) / (1 + discount_rate)
    left = 1 - (acquisition_cost - contribution) * (1 - ratio) / future if future > 0 else 0.0
    # What is left of the endless sum after t years is ratio^t; none left means that it never gets there.
    return float(math.ceil(math.log(left) / math.log(ratio) - _ALMOST)) if left > 0 else math.inf
