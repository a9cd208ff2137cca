"""What a customer will still be worth within a stated horizon, by a buy-till-you-die model and a spend model.

``value = P(alive) × purchases if still there, discounted × spend per purchase × margin``. Two ways of discounting:

================ =========================================================================================
convention       a purchase at time t is worth
================ =========================================================================================
``at_purchase``  ``e^(−δ t)``, δ = ln(1 + rate) per unit of time: discounted from the very moment (the default)
``step_end``     ``(1 + rate)^(−k)`` when it falls in step k: discounted as if at the end of its week or month
================ =========================================================================================

Packages differ in the second; a month there is often 30 days or 4.345 weeks. So a step is a ``Span``, and the rate is
compounded to it. The value is of purchases still to come: nothing of the past, and without what acquisition has cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

import numpy as np
import numpy.typing as npt

from crmworkbook.models.buy_till_you_die import gamma_gamma
from crmworkbook.models.buy_till_you_die.fitting import Fit
from crmworkbook.models.buy_till_you_die.histories import Histories
from crmworkbook.models.buy_till_you_die.quadrature import nodes
from crmworkbook.models.rates import Rate, Span, TimeUnit, check_share
from crmworkbook.models.working import Quantity, Working

SOURCE = "fader_hardie_lee_2005_rfm"
MOMENTS = 24  # of Gauss and Legendre over the horizon; errors below 1e-8 of the value
Convention = Literal["at_purchase", "step_end"]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """Until when purchases count, and what a later one is worth less.

    Attributes:
        horizon: How far ahead purchases count.
        rate: Discount rate with its period, 0 or more.
        step: None discounts each purchase from its moment (``at_purchase``); a span discounts it as if it fell at the
            end of its step (``step_end``).

    Raises:
        ValueError: a negative rate, no horizon, or one that is not a whole number of steps.
    """

    horizon: Span
    rate: Rate
    step: Span | None = None

    def __post_init__(self) -> None:
        """Refuse terms that add up to nothing."""
        if self.rate.value < 0:
            raise ValueError(f"a discount rate must be 0 or more, got {self.rate.value:g}")
        if self.horizon.length == 0:
            raise ValueError("a value needs a horizon longer than 0")
        if self.step and not (self.steps >= 1 and abs(self.steps - round(self.steps)) < 1e-9):
            raise ValueError(f"the horizon must be a whole number of steps, got {self.steps:g}; change one of them")

    @property
    def convention(self) -> Convention:
        """Name of the way of discounting."""
        return "step_end" if self.step else "at_purchase"

    @property
    def steps(self) -> float:
        """Number of steps in the horizon; 0 without steps."""
        return self.horizon.length_in(self.step.unit) / self.step.length if self.step and self.step.length else 0.0

    def schedule(self, unit: TimeUnit) -> tuple[Numbers, Numbers]:
        """Times and weights with which cumulative purchases E(t) add up to discounted ones, ``Σ w E(t)``.

        In steps, E(t_k) − E(t_(k−1)) is worth ``v^k``. At the moment, ``∫ e^(−δt) dE`` is
        ``e^(−δH) E(H) + δ ∫ e^(−δt) E dt``.
        """
        end = self.horizon.length_in(unit)
        if self.step:
            count = round(self.steps)
            worth = (1 + self.rate.over(self.step)) ** -np.arange(1.0, count + 2)
            worth[count] = 0.0
            return end / count * np.arange(1.0, count + 1), worth[:-1] - worth[1:]
        force = self.rate.intensity(unit)
        places, weights = nodes(MOMENTS)
        at = end * places
        return np.append(at, end), np.append(force * end * weights * np.exp(-force * at), np.exp(-force * end))


@dataclass(frozen=True, eq=False)
class LifetimeValue:
    """What customers are worth, and how it came about, one number per customer (or row of histories) in each array.

    Attributes:
        value: Discounted margin over the horizon, euro per customer.
        alive: Chance that the customer is still there.
        purchases: Purchases to expect over the horizon, not discounted.
        discounted: The same, discounted.
        spend: Spend per purchase, euro.
        margin: Share of spend that is contribution.
        terms: Horizon, rate and way of discounting.
    """

    value: Numbers
    alive: Numbers
    purchases: Numbers
    discounted: Numbers
    spend: Numbers
    margin: float
    terms: Terms

    def working(self, row: int, subject: str = "") -> Working:
        """The sum behind the value of one customer, ``A × E × D × s × m``.

        E is what the customer would buy if still there, D the share of it that discounting leaves.
        """
        alive, bought, worth = (float(part[row]) for part in (self.alive, self.purchases, self.discounted))
        values = {
            "A": Quantity(alive, "share"),
            "E": Quantity(bought / alive if alive else 0.0),
            "D": Quantity(worth / bought if bought else 1.0, "share"),
            "s": Quantity(float(self.spend[row]), "money"),
            "m": Quantity(self.margin, "share"),
        }
        name, convention = "buy_till_you_die.value", self.terms.convention
        return Working.compute(name, "A × E × D × s × m", values, "money", SOURCE, convention, subject)


def discounted_purchases(
    fit: Fit, histories: Histories, horizon: Span, rate: Rate, step: Span | None = None
) -> Numbers:
    """Purchases still to come within *horizon*, each worth less the later it comes (DET), per row of *histories*.

    ``P(alive) × Σ w(t) E(t)`` with E(t) the purchases by t of a customer who is still there; the weights are those of
    :meth:`Terms.schedule`. More purchases with the same last one first raise it, then lower it: a frequent buyer who is
    silent has left.

    Args:
        fit: Outcome of a model of purchases.
        histories: The customers, in the unit of the fit.
        horizon: How far ahead.
        rate: Discount rate with its period.
        step: See :class:`Terms`.

    Raises:
        ValueError: the fit has no outcome, terms that cannot be, or another unit of time.
    """
    model = import_module(f"crmworkbook.models.buy_till_you_die.{fit.model}")
    times, weights = Terms(horizon, rate, step).schedule(histories.unit)
    if hasattr(model, "purchases_if_alive"):
        return model.p_alive(fit, histories) * _added(
            lambda t: model.purchases_if_alive(fit, histories, t), times, weights
        )
    return _added(lambda t: model.conditional_purchases(fit, histories, Span(float(t), histories.unit)), times, weights)


def _added(purchases: Callable[[float], Numbers], times: Numbers, weights: Numbers) -> Numbers:
    return sum(weight * purchases(time) for time, weight in zip(times, weights, strict=True))  # type: ignore[return-value]


def lifetime_value(
    fit: Fit,
    spend_fit: Fit,
    histories: Histories,
    mean_spend: npt.ArrayLike,
    *,
    margin: float,
    horizon: Span,
    rate: Rate,
    step: Span | None = None,
) -> LifetimeValue:
    """What each customer will still bring within *horizon*, euro of contribution today.

    Args:
        fit: Outcome of a model of purchases.
        spend_fit: Outcome of ``gamma_gamma.fit``.
        histories: The customers, in the unit of the fit.
        mean_spend: Mean amount of each one's repeat purchases, euro, as long as *histories*; not looked at without any.
        margin: Share of spend that is contribution, 0 to 1.
        horizon: How far ahead purchases count.
        rate: Discount rate with its period.
        step: See :class:`Terms`.

    Raises:
        ValueError: a fit has no outcome, a margin that is no share, terms that cannot be, or another unit of time.
    """
    check_share(margin, "margin")
    model = import_module(f"crmworkbook.models.buy_till_you_die.{fit.model}")
    discounted = discounted_purchases(fit, histories, horizon, rate, step)
    spend = gamma_gamma.expected_spend(spend_fit, histories.repeats, mean_spend)
    return LifetimeValue(
        value=discounted * spend * margin,
        alive=model.p_alive(fit, histories),
        purchases=model.conditional_purchases(fit, histories, horizon),
        discounted=discounted,
        spend=spend,
        margin=margin,
        terms=Terms(horizon, rate, step),
    )


def new_customer_value(
    fit: Fit, spend_fit: Fit, *, margin: float, horizon: Span, rate: Rate, step: Span | None = None
) -> float:
    """What a customer who has just made the first purchase will still bring, euro; the first purchase not counted.

    Raises:
        ValueError: as :func:`lifetime_value`.
    """
    check_share(margin, "margin")
    model = import_module(f"crmworkbook.models.buy_till_you_die.{fit.model}")
    times, weights = Terms(horizon, rate, step).schedule(fit.unit or "week")
    return float(weights @ model.expected_purchases(fit, times)) * gamma_gamma.mean_spend(spend_fit) * margin
