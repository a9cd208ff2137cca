"""Customer migration: what a customer is worth by how long they have been silent, and when to stop contacting.

Retention models take who skips a period for lost. Where buyers pause, the migration model fits better: a customer who
bought last period is in state 1, one who skipped a period in state 2, and so on; from every state some come back to
state 1 (Dwyer 1989; Pfeifer and Carraway 2000). After the last state a customer counts as lost.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmworkbook.models.rates import check_amount, check_rate, check_share
from crmworkbook.models.working import Quantity, Working

SOURCE = "pfeifer_carraway_2000"


def migration_values(
    chances: Sequence[float],
    contribution: float,
    contact_cost: float,
    discount_rate: float,
    *,
    horizon: int | None = None,
    stop_after: int | None = None,
) -> np.ndarray:
    """Value of a customer in each state, ``V = (I − P / (1 + d))⁻¹ R``.

    Row r of P leads to state 1 with the chance of that state and else to the next; R is the contribution less the
    contact cost in state 1, the contact cost alone in the others, nothing once lost. The first payment falls now.

    Args:
        chances: Chance to buy in the next period, by state from 1; shares.
        contribution: Of a purchase, before contact cost, euro per customer per period.
        contact_cost: Of staying in contact, euro per customer per period.
        discount_rate: Per period, share.
        horizon: Periods ahead, ``t = 0 … horizon``; None for without end.
        stop_after: Last state that is still contacted. Who is not contacted costs nothing and, by assumption, does
            not come back. None contacts all.

    Returns:
        Euro per customer by state from 1, and 0 for lost as the last.

    Raises:
        ValueError: no states, a chance outside 0 to 1, or a rate that lets the value grow without end.
    """
    moves, rewards = _chain(chances, contribution, contact_cost, stop_after)
    check_rate(discount_rate)
    if horizon is not None:
        values = rewards
        for _ in range(horizon):
            values = rewards + moves @ values / (1 + discount_rate)
        return values
    if discount_rate <= 0 and all(chance == 1 for chance in chances[:1]):
        raise ValueError("who always buys again has no end of value without interest; give a discount rate above 0")
    return np.linalg.solve(np.eye(len(rewards)) - moves / (1 + discount_rate), rewards)


def best_stop(chances: Sequence[float], contribution: float, contact_cost: float, discount_rate: float) -> int:
    """The last state in which contact still pays: 0 when none does.

    Of all limits the one that makes a customer in state 1 worth most; of equal ones the shortest.

    Raises:
        ValueError: as :func:`migration_values`.
    """
    worth = [
        migration_values(chances, contribution, contact_cost, discount_rate, stop_after=state)[0]
        for state in range(len(chances) + 1)
    ]
    best = max(worth)
    return next(state for state, value in enumerate(worth) if value >= best - 1e-9)


def migration_table(
    counts: pd.DataFrame, contribution: float, contact_cost: float, discount_rate: float, *, fewest: int = 5
) -> tuple[pd.DataFrame, tuple[Working, ...]]:
    """Chance to come back and value, by periods of silence.

    Args:
        counts: ``state`` (from 1), ``customers`` (customer-periods), ``back`` (of those, bought in the next period).
        contribution: Of a purchase, before contact cost, euro per customer per period.
        contact_cost: Of staying in contact, euro per customer per period.
        discount_rate: Per period, share.
        fewest: States with fewer customer-periods, and those after, count as lost: a chance needs a crowd.

    Returns:
        One row per state: state, customers, back, chance (share), value (euro, everybody contacted), value_stopped
        (euro, with the best limit), contact (whether that limit still contacts this state); and the sums of ``value``.

    Raises:
        ValueError: no state has enough customers.
    """
    enough = counts[(counts["customers"] >= fewest).cummin()].reset_index(drop=True)
    if enough.empty:
        raise ValueError(f"no state has {fewest} customers; the orders are too few to count who comes back")
    chances = (enough["back"] / enough["customers"]).tolist()
    terms = (contribution, contact_cost, discount_rate)
    values, stop = migration_values(chances, *terms), best_stop(chances, *terms)
    found = enough.assign(
        chance=chances,
        value=values[:-1],
        value_stopped=migration_values(chances, *terms, stop_after=stop)[:-1],
        contact=enough["state"] <= stop,
    )
    workings = tuple(_sum(chances, values, state, *terms) for state in range(1, len(chances) + 1))
    return found, workings


def _sum(
    chances: Sequence[float], values: np.ndarray, state: int, contribution: float, cost: float, rate: float
) -> Working:
    symbols = {"m": Quantity(contribution, "money")} if state == 1 else {}
    symbols |= {"c": Quantity(cost, "money"), "p": Quantity(chances[state - 1], "share")}
    symbols |= {"A": Quantity(float(values[0]), "money"), "B": Quantity(float(values[state]), "money")}
    symbols |= {"d": Quantity(rate, "rate")}
    formula = ("m − c" if state == 1 else "−c") + " + (p × A + (1 − p) × B) / (1 + d)"
    name = "migration.value_recent" if state == 1 else "migration.value_silent"
    return Working.compute(name, formula, symbols, "money", SOURCE, subject=str(state))


def _chain(
    chances: Sequence[float], contribution: float, contact_cost: float, stop_after: int | None
) -> tuple[np.ndarray, np.ndarray]:
    check_amount(contribution, "contribution")
    check_amount(contact_cost, "contact_cost")
    if not len(chances):
        raise ValueError("a migration chain needs at least one state")
    states = len(chances)
    moves, rewards = np.zeros((states + 1, states + 1)), np.zeros(states + 1)
    for place, chance in enumerate(chances):
        check_share(chance, "chance")
        contacted = stop_after is None or place < stop_after
        back = chance if contacted else 0.0
        moves[place, 0] += back
        moves[place, place + 1] += 1 - back
        rewards[place] = -contact_cost if contacted else 0.0
    rewards[0] += contribution
    return moves, rewards
