"""What the present customers will still buy: who is left, order days and revenue ahead, and how certain that is.

Built on BG/NBD and gamma-gamma. A range holds nine in ten of repeated draws: each draw takes as many customers at
random as there are, estimates the models anew, and lets chance decide what every present customer does. So it covers
both what is not known of the parameters and what nobody can know of single customers; not that behaviour may change.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from crmworkbook.models.buy_till_you_die import bg_nbd
from crmworkbook.models.buy_till_you_die.fitting import Fit
from crmworkbook.models.buyers import Buyers, spend_per_day
from crmworkbook.models.buying_draws import SEED, Range, draws_of, range_of, sampled
from crmworkbook.models.rates import Span

DRAWS = 200


@dataclass(frozen=True)
class Outlook:
    """What the present customers will do.

    Attributes:
        alive: Share still a customer, of those with a repeat order day.
        orders: Order days within the span, count.
        revenue: Euro within the span; None without a usable amount per order day.
        draws: Draws behind the ranges.
    """

    alive: Range
    orders: Range
    revenue: Range | None
    draws: int


def outlook(buyers: Buyers, fit: Fit, spend_fit: Fit, span: Span, draws: int = DRAWS) -> Outlook:
    """Who is left, and what the present customers will order and spend within *span*.

    Args:
        buyers: The customers.
        fit: BG/NBD on their histories, without a fatal fault.
        spend_fit: Gamma-gamma on their spending; with a fatal fault everybody spends the mean.
        span: How far ahead.
        draws: Number of draws behind the ranges.

    Raises:
        ValueError: the fit has no outcome.
    """
    again, rows = buyers.again, buyers.rows
    alive = bg_nbd.p_alive(fit, buyers.histories)[rows]
    ahead = bg_nbd.conditional_purchases(fit, buyers.histories, span)[rows]
    amounts = spend_per_day(buyers, spend_fit)
    chance = np.random.default_rng(SEED)
    some, _, narrower = sampled(buyers, chance)
    every = draws_of(some, fit, spend_fit, span, draws, chance)
    drawn = np.array([(here[some.again].mean(), bought.sum(), spent.sum()) for here, bought, spent in every])
    earned = float(ahead @ amounts)
    return Outlook(
        alive=range_of(float(alive[again].mean()), drawn[:, 0], narrower),
        orders=range_of(float(ahead.sum()), drawn[:, 1], narrower),
        revenue=None if math.isnan(earned) else range_of(earned, drawn[:, 2], narrower),
        draws=draws,
    )
