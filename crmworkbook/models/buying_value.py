"""What the present customers are worth by their orders, over a stated horizon, and how certain that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crmworkbook.models.buy_till_you_die import bg_nbd, lifetime
from crmworkbook.models.buy_till_you_die.fitting import Fit
from crmworkbook.models.buyers import Buyers, Numbers, spend_per_day
from crmworkbook.models.buying_draws import SEED, Range, draws_of, range_of, sampled
from crmworkbook.models.buying_outlook import DRAWS
from crmworkbook.models.rates import Rate, Span, check_share
from crmworkbook.models.working import Quantity, Working

SOURCE = "fader_hardie_lee_2005_rfm"


@dataclass(frozen=True)
class OrderValue:
    """Value of the present customers over a horizon, from orders alone.

    Attributes:
        customers: Count.
        total: All of them together, euro, discounted.
        each: Per customer, euro.
        horizon: How far ahead orders count.
        workings: The value of a customer in the middle of those who came back, and the mean over all.
    """

    customers: int
    total: Range
    each: Range
    horizon: Span
    workings: tuple[Working, ...]


def order_value(
    buyers: Buyers, fit: Fit, spend_fit: Fit, margin: float, horizon: Span, rate: Rate, draws: int = DRAWS
) -> OrderValue:
    """Discounted orders to come × amount per order day × margin, added up over the present customers.

    Args:
        buyers: The customers.
        fit: BG/NBD on their histories, without a fatal fault.
        spend_fit: Gamma-gamma on their spending; with a fatal fault everybody spends the mean.
        margin: Contribution as a share of the order amount.
        horizon: How far ahead orders count.
        rate: Discount rate.
        draws: Number of draws behind the ranges, as for ``buying_outlook.outlook``.

    Raises:
        ValueError: the fit has no outcome, the margin is no share, or no amount per order day is known.
    """
    check_share(margin, "margin")
    alive = bg_nbd.p_alive(fit, buyers.histories)[buyers.rows]
    ahead = bg_nbd.conditional_purchases(fit, buyers.histories, horizon)[buyers.rows]
    counted = lifetime.discounted_purchases(fit, buyers.histories, horizon, rate)[buyers.rows]
    amounts = spend_per_day(buyers, spend_fit)
    if np.isnan(amounts).any():
        raise ValueError("no amount per order day is known, so orders have no value")
    worth = counted * amounts * margin
    # a draw says how much is ordered; when in the horizon it comes is taken as the model expects it
    today = np.divide(counted, ahead, out=np.ones_like(counted), where=ahead > 0)
    chance = np.random.default_rng(SEED)
    some, places, narrower = sampled(buyers, chance)
    drawn = [float(spent @ today[places]) for _, _, spent in draws_of(some, fit, spend_fit, horizon, draws, chance)]
    total = range_of(float(worth.sum()), margin * np.array(drawn), narrower)
    count = len(worth)
    return OrderValue(
        customers=count,
        total=total,
        each=Range(total.value / count, total.low / count, total.high / count),
        horizon=horizon,
        workings=(*_middle(buyers.again, worth, alive, ahead, today, amounts, margin), _mean(total.value, count)),
    )


def _middle(
    again: npt.NDArray[np.bool_],
    worth: Numbers,
    alive: Numbers,
    ahead: Numbers,
    today: Numbers,
    amounts: Numbers,
    margin: float,
) -> tuple[Working, ...]:
    """The sum for the customer whose value lies in the middle of those who came back."""
    places = np.flatnonzero(again & (alive > 0))
    if not len(places):
        return ()
    place = places[np.argsort(worth[places], kind="stable")[len(places) // 2]]
    values = {
        "A": Quantity(float(alive[place]), "share"),
        "E": Quantity(float(ahead[place] / alive[place])),
        "D": Quantity(float(today[place]), "share"),
        "z": Quantity(float(amounts[place]), "money"),
        "m": Quantity(margin, "share"),
    }
    return (Working.compute("buying.value", "A × E × D × z × m", values, "money", SOURCE),)


def _mean(total: float, customers: int) -> Working:
    values = {"total": Quantity(total, "money"), "n": Quantity(customers, "count")}
    return Working.compute("buying.mean_value", "total / n", values, "money", SOURCE)
