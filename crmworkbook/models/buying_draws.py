"""Chance: both models estimated anew on customers drawn at random, and what every customer then happens to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from crmworkbook.models.buy_till_you_die import bg_nbd, gamma_gamma
from crmworkbook.models.buy_till_you_die.fitting import FATAL, Fit
from crmworkbook.models.buy_till_you_die.histories import Histories, Spends
from crmworkbook.models.buyers import Buyers, Numbers, spend_per_day
from crmworkbook.models.rates import Span

SEED = 2005  # any number will do, as long as it stays the same
INSIDE = 0.90  # part of the draws that lies inside a range
MOST_CUSTOMERS = 3_000  # that ranges are drawn with; of more a sample tells as much, in seconds
STEP = 1e-4  # of a logarithm, for the second derivatives
FLATTEST = 1e-4  # of the steepest direction; what is flatter is not told apart by the data
NEWTON_STEPS = 6
NEAR_ENOUGH = 1e-2  # of a logarithm


@dataclass(frozen=True)
class Range:
    """A number, and between what it will lie nine times out of ten.

    Attributes:
        value: What is expected.
        low: One draw in twenty is lower.
        high: One draw in twenty is higher.
    """

    value: float
    low: float
    high: float


def range_of(value: float, drawn: Numbers, narrower: float = 1.0) -> Range:
    """The expected value between the draws that one in twenty lies below and above.

    Args:
        value: What is expected of all customers.
        drawn: The same in each draw, of all customers or of a sample.
        narrower: Below 1 for a sample: the square root of its part of the customers, by which chance counts less in
            all of them.
    """
    if narrower < 1:
        middle = float(drawn.mean()) or 1.0
        drawn = value * (1 + narrower * (drawn / middle - 1))
    low, high = np.quantile(drawn, [(1 - INSIDE) / 2, (1 + INSIDE) / 2])
    return Range(value, min(float(low), value), max(float(high), value))


def sampled(buyers: Buyers, chance: np.random.Generator) -> tuple[Buyers, npt.NDArray[np.int64], float]:
    """At most MOST_CUSTOMERS of the customers, their places, and how much narrower a range of all of them is."""
    count = len(buyers.rows)
    if count <= MOST_CUSTOMERS:
        return buyers, np.arange(count), 1.0
    places = np.sort(chance.choice(count, MOST_CUSTOMERS, replace=False))
    return Buyers.of(buyers.frame.iloc[places]), places, math.sqrt(MOST_CUSTOMERS / count)


def draws_of(
    buyers: Buyers, fit: Fit, spend_fit: Fit, span: Span, draws: int, chance: np.random.Generator
) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
    """Per draw: whether each customer is still one, his order days within *span*, and what he spends on them, euro."""
    for refit, respend in _refits(buyers, fit, spend_fit, draws, chance):
        here, bought = simulated(refit, buyers, span, chance)
        yield here, bought, simulated_spend(respend, buyers, bought, chance)


def _refits(
    buyers: Buyers, fit: Fit, spend_fit: Fit, draws: int, chance: np.random.Generator
) -> Iterator[tuple[Fit, Fit]]:
    """Both models on as many customers drawn at random; spending without a usable fit stays as it is."""
    again = _Redraw(bg_nbd.log_likelihood, buyers.histories, fit)
    spend = _Redraw(gamma_gamma.log_likelihood, buyers.spends, spend_fit) if spend_fit.fault not in FATAL else None
    for _ in range(draws):
        yield again.draw(chance), spend.draw(chance) if spend else spend_fit


class _Redraw:
    """A model estimated anew on customers drawn at random, in a few Newton steps from the estimate on all of them.

    The second derivatives stay those of the first estimate: a search from scratch takes ten times as long, and ends in
    the same place. Directions in which the likelihood is flat stay where they are, for no draw can tell them apart.
    """

    def __init__(self, likelihood: Callable[..., tuple[float, Numbers]], data: Histories | Spends, fit: Fit) -> None:
        self.likelihood, self.data, self.fit = likelihood, data, fit
        self.start = np.log(fit.values())
        steps = STEP * np.eye(len(self.start))
        slopes = [(self._at(data, self.start - s)[1] - self._at(data, self.start + s)[1]) / (2 * STEP) for s in steps]
        information = (np.array(slopes) + np.array(slopes).T) / 2
        self.inverse = np.linalg.pinv(information, rcond=FLATTEST, hermitian=True)

    def _at(self, data: Histories | Spends, logs: Numbers) -> tuple[float, Numbers]:
        """Log-likelihood at these logarithms of the parameters, and its slope to them."""
        values = np.exp(logs)
        value, slope = self.likelihood(dict(zip(self.fit.parameters, values, strict=True)), data)
        return value, slope * values

    def draw(self, chance: np.random.Generator) -> Fit:
        """The estimate on one draw: steps as long as they lead upwards."""
        data, found, highest = self.data, self.start, -math.inf
        weights = chance.multinomial(round(data.total), data.customers / data.total).astype(float)
        drawn, logs = data.reweighted(weights), self.start
        for _ in range(NEWTON_STEPS):
            value, slope = self._at(drawn, logs)
            if not value > highest:
                break
            found, highest = logs, value
            step = np.clip(self.inverse @ slope, -1.0, 1.0)
            logs = logs + step
            if np.abs(step).max() < NEAR_ENOUGH:
                break
        values = np.exp(found).tolist()
        return replace(self.fit, parameters=dict(zip(self.fit.parameters, values, strict=True)))


def simulated(fit: Fit, buyers: Buyers, span: Span, chance: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Whether each customer is still one (0 or 1), and on how many days he orders within *span*, by chance.

    Given the history, a customer is alive with P(alive), buys at a rate drawn from gamma (r + x, α + T) and leaves
    after each order with a chance drawn from beta (a, b + x): the order days are the smaller of a Poisson and a
    geometric number.

    Args:
        fit: BG/NBD.
        buyers: The customers.
        span: How far ahead.
        chance: Where the draws come from.
    """
    r, alpha, a, b = fit.values()
    rows, histories = buyers.rows, buyers.histories
    x, age = histories.repeats[rows].astype(float), histories.age[rows]
    alive = chance.random(len(rows)) < bg_nbd.p_alive(fit, histories)[rows]
    rate = chance.gamma(r + x) / (alpha + age)
    leaving = np.clip(chance.beta(a, b + x), 1e-12, 1.0)
    orders = chance.poisson(rate * span.length_in(histories.unit))
    last = chance.geometric(leaving)
    return alive.astype(float), np.where(alive, np.minimum(orders, last), 0).astype(float)


def simulated_spend(fit: Fit, buyers: Buyers, bought: Numbers, chance: np.random.Generator) -> Numbers:
    """What each customer spends on so many order days, by chance, euro; the expected amount without a usable fit.

    Given x repeat days of mean z, a customer's scale is drawn from gamma (q + p x, γ + x z), and each amount from gamma
    (p, scale).

    Args:
        fit: Gamma-gamma.
        buyers: The customers.
        bought: Order days of each.
        chance: Where the draws come from.
    """
    if fit.fault in FATAL:
        return bought * spend_per_day(buyers, fit)
    p, q, gamma = fit.values()
    repeats, mean = buyers.known_spend()
    scale = chance.gamma(q + p * repeats) / (gamma + repeats * mean)
    return chance.gamma(np.where(bought > 0, p * bought, 1.0)) / scale * (bought > 0)
