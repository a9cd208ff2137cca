"""What the present customers will still buy: who is left, order days and revenue ahead, and how certain that is.

Built on BG/NBD and gamma-gamma. A range holds nine in ten of repeated draws: each draw takes as many customers at
random as there are, estimates the models anew, and lets chance decide what every present customer does. So it covers
both what is not known of the parameters and what nobody can know of single customers; not that behaviour may change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmworkbook.models.buy_till_you_die import bg_nbd, gamma_gamma
from crmworkbook.models.buy_till_you_die.fitting import FATAL, Fit
from crmworkbook.models.buy_till_you_die.histories import Histories, Spends
from crmworkbook.models.rates import Span
from crmworkbook.models.working import Quantity, Working

Numbers = npt.NDArray[np.float64]

DRAWS = 100
SEED = 2005  # any number will do, as long as it stays the same
INSIDE = 0.90  # part of the draws that lies inside a range
STEP = 1e-4  # of a logarithm, for the second derivatives
FLATTEST = 1e-4  # of the steepest direction; what is flatter is not told apart by the data
NEWTON_STEPS = 8
NEAR_ENOUGH = 1e-3  # of a logarithm
MOST_CUSTOMERS = 50_000  # beyond so many, the luck of single customers no longer shows in a total


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


@dataclass(frozen=True, eq=False)
class Buyers:
    """Customers one by one, with the histories they share.

    Attributes:
        frame: One row per customer: repeat_days (count), last_day, age_days (days), repeat_spend (euro per repeat day;
            NaN without one).
        histories: Their histories, equal ones together.
        rows: For each customer the row of *histories*.
        spends: Spend of those who came back and spent on balance.
    """

    frame: pd.DataFrame
    histories: Histories
    rows: npt.NDArray[np.int64]
    spends: Spends

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Buyers:
        """From the columns of *frame*."""
        histories, rows = Histories.by_customer(frame)
        return cls(frame, histories, rows, Spends.of_frame(frame[frame["repeat_spend"] > 0]))

    @property
    def again(self) -> npt.NDArray[np.bool_]:
        """Customers with a repeat order day."""
        return (self.frame["repeat_days"] > 0).to_numpy()

    def known_spend(self) -> tuple[Numbers, Numbers]:
        """Repeat days and mean amount of each customer, both 0 where the amount says nothing."""
        known = (self.frame["repeat_spend"] > 0).to_numpy()
        repeats = np.where(known, self.frame["repeat_days"], 0).astype(float)
        return repeats, np.where(known, self.frame["repeat_spend"], 0.0).astype(float)


def spend_per_day(buyers: Buyers, spend_fit: Fit) -> Numbers:
    """What each customer is expected to spend on an order day, euro; without a usable fit all the same mean.

    Args:
        buyers: The customers.
        spend_fit: Gamma-gamma on their spending.
    """
    repeats, mean = buyers.known_spend()
    if spend_fit.fault not in FATAL:
        return gamma_gamma.expected_spend(spend_fit, repeats, mean)
    known = repeats.sum()
    return np.full(len(repeats), float(repeats @ mean / known) if known else math.nan)


def spend_working(fit: Fit, repeats: float, mean: float) -> Working:
    """What a customer with so many repeat days of this mean amount is expected to spend on the next, euro."""
    p, q, gamma = fit.values()
    values = {"p": Quantity(p), "gamma": Quantity(gamma, "money"), "x": Quantity(repeats)}
    values |= {"z": Quantity(mean, "money"), "q": Quantity(q)}
    formula = "p × (gamma + x × z) / (p × x + q − 1)"
    return Working.compute("buying.spend", formula, values, "money", "fader_hardie_lee_2005_rfm")


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
    every = draws_of(buyers, fit, spend_fit, span, draws, chance)
    drawn = np.array([(here[again].mean(), bought.sum(), spent.sum()) for here, bought, spent in every])
    earned = float(ahead @ amounts)
    return Outlook(
        alive=range_of(float(alive[again].mean()), drawn[:, 0]),
        orders=range_of(float(ahead.sum()), drawn[:, 1]),
        revenue=None if math.isnan(earned) else range_of(earned, drawn[:, 2]),
        draws=draws,
    )


def range_of(value: float, drawn: Numbers) -> Range:
    """The expected value between the draws that one in twenty lies below and above."""
    low, high = np.quantile(drawn, [(1 - INSIDE) / 2, (1 + INSIDE) / 2])
    return Range(value, min(float(low), value), max(float(high), value))


def draws_of(
    buyers: Buyers, fit: Fit, spend_fit: Fit, span: Span, draws: int, chance: np.random.Generator
) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
    """Per draw: whether each customer is still one, his order days within *span*, and what he spends on them, euro."""
    rows, histories = buyers.rows, buyers.histories
    for refit, respend in _refits(buyers, fit, spend_fit, draws, chance):
        if len(rows) <= MOST_CUSTOMERS:
            here, bought = simulated(refit, buyers, span, chance)
            yield here, bought, simulated_spend(respend, buyers, bought, chance)
        else:
            bought = bg_nbd.conditional_purchases(refit, histories, span)[rows]
            yield bg_nbd.p_alive(refit, histories)[rows], bought, bought * spend_per_day(buyers, respend)


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
        slopes = [(self._slope(data, self.start - s) - self._slope(data, self.start + s)) / (2 * STEP) for s in steps]
        information = (np.array(slopes) + np.array(slopes).T) / 2
        self.inverse = np.linalg.pinv(information, rcond=FLATTEST, hermitian=True)

    def _slope(self, data: Histories | Spends, logs: Numbers) -> Numbers:
        values = np.exp(logs)
        return self.likelihood(dict(zip(self.fit.parameters, values, strict=True)), data)[1] * values

    def draw(self, chance: np.random.Generator) -> Fit:
        """The estimate on one draw."""
        data = self.data
        weights = chance.multinomial(round(data.total), data.customers / data.total).astype(float)
        drawn, logs = data.reweighted(weights), self.start
        for _ in range(NEWTON_STEPS):
            step = np.clip(self.inverse @ self._slope(drawn, logs), -1.0, 1.0)
            logs = logs + step
            if np.abs(step).max() < NEAR_ENOUGH:
                break
        values = np.exp(logs).tolist()
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
