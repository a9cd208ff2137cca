"""Products bought once in several years: what ten purchases are worth today.

The exponent is the number of years that lie between today and the purchase, so a yearly discount rate can
never be applied per purchase by mistake.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from crmworkbook.models.rates import check_amount, check_rate, check_share
from crmworkbook.models.working import Quantity, Working

SOURCE = "berger_nasr_1998"
FirstPurchase = Literal["now", "one_interval"]


@dataclass(frozen=True)
class PurchaseCycleValue:
    """A chain of purchases of one product by one customer.

    Attributes:
        undiscounted: All purchases at face value, euro.
        certain: Value today when every purchase is certain, euro.
        expected: Value today when each next purchase has the repurchase chance, euro.
        single: Value today of the first purchase alone, euro.
        expected_purchases: How many purchases to expect, number.
        workings: The sums behind undiscounted, certain and expected.
    """

    undiscounted: float
    certain: float
    expected: float
    single: float
    expected_purchases: float
    workings: tuple[Working, ...]

    @property
    def loyalty_ceiling_certain(self) -> float:
        """The most that loyalty may cost if it makes all later purchases certain, euro per customer."""
        return self.certain - self.single

    @property
    def loyalty_ceiling_expected(self) -> float:
        """What the later purchases are worth at the repurchase chance, euro per customer."""
        return self.expected - self.single


def purchase_cycle_value(
    contribution: float,
    purchases: int,
    years_between: float,
    discount_rate: float,
    *,
    first: FirstPurchase,
    repurchase_chance: float = 1.0,
) -> PurchaseCycleValue:
    """Value of a product that is bought every few years.

    ``v Σ_{k=0..n−1} p^k / (1+i)^(q k)``, and q years later when the first purchase is still to come: case
    2b of Berger and Nasr (1998), fewer than one purchase a year, with certain payments at p = 1.

    Args:
        contribution: Contribution per purchase, euro (not its price).
        purchases: Number of purchases, a whole number from 1.
        years_between: Years between two purchases, above 0.
        discount_rate: Yearly, share.
        first: ``now``, or ``one_interval`` when the first purchase lies one interval ahead.
        repurchase_chance: Chance that a buyer buys the next one too, share; the first purchase is certain.

    Raises:
        ValueError: an impossible number of purchases, interval, rate or chance, or another *first*.
    """
    _check(contribution, purchases, years_between, discount_rate, first)
    check_share(repurchase_chance, "repurchase_chance")
    delay = years_between if first == "one_interval" else 0.0
    times = [delay + years_between * count for count in range(int(purchases))]
    discounted = [contribution / (1 + discount_rate) ** time for time in times]
    chances = [repurchase_chance**count for count in range(int(purchases))]
    inputs = (contribution, purchases, years_between, discount_rate)
    return PurchaseCycleValue(
        undiscounted=contribution * purchases,
        certain=sum(discounted),
        expected=sum(value * chance for value, chance in zip(discounted, chances, strict=True)),
        single=discounted[0],
        expected_purchases=float(sum(chances)),
        workings=(
            _face_value(contribution, purchases),
            _working("certain", *inputs, first, 1.0),
            _working("expected", *inputs, first, repurchase_chance),
        ),
    )


def purchase_cycle_table(products: pd.DataFrame, discount_rate: float) -> tuple[pd.DataFrame, tuple[Working, ...]]:
    """Every product beside the next, first purchase now.

    Args:
        products: Columns product, contribution (euro per purchase), purchases (count), years_between,
            repurchase_chance (share).
        discount_rate: Yearly, share.

    Returns:
        The same rows and columns with undiscounted, certain, expected and loyalty_ceiling (expected less
        the first purchase), all euro per customer; and the sums by product.

    Raises:
        ValueError: as :func:`purchase_cycle_value`.
    """
    values = [
        purchase_cycle_value(
            float(row["contribution"]),
            int(row["purchases"]),
            float(row["years_between"]),
            discount_rate,
            first="now",
            repurchase_chance=float(row["repurchase_chance"]),
        )
        for _, row in products.iterrows()
    ]
    frame = products.assign(
        undiscounted=[value.undiscounted for value in values],
        certain=[value.certain for value in values],
        expected=[value.expected for value in values],
        loyalty_ceiling=[value.loyalty_ceiling_expected for value in values],
    )
    named = zip(products["product"], values, strict=True)
    return frame, tuple(
        replace(working, subject=str(product)) for product, value in named for working in value.workings
    )


def _check(contribution: float, purchases: int, years_between: float, discount_rate: float, first: str) -> None:
    check_amount(contribution, "contribution")
    check_rate(discount_rate)
    if not float(purchases).is_integer() or purchases < 1:
        raise ValueError(f"purchases must be a whole number from 1, got {purchases}")
    if not years_between > 0:
        raise ValueError(f"years_between must be a number of years above 0, got {years_between}")
    if first not in ("now", "one_interval"):
        raise ValueError(f"first must be 'now' or 'one_interval', got {first!r}")


def _face_value(contribution: float, purchases: int) -> Working:
    values = {"v": Quantity(contribution, "money"), "n": Quantity(purchases, "count")}
    return Working.compute("purchase_cycle.undiscounted", "v × n", values, "money", SOURCE)


def _working(
    measure: str,
    contribution: float,
    purchases: int,
    years_between: float,
    discount_rate: float,
    first: FirstPurchase,
    chance: float,
) -> Working:
    values = {"v": Quantity(contribution, "money"), "n": Quantity(purchases, "count")}
    values |= {"q": Quantity(years_between, "years"), "i": Quantity(discount_rate, "rate")}
    step = "(1 + i)^(−q)"
    if measure == "expected":
        values["p"] = Quantity(chance, "share")
        step = "p × (1 + i)^(−q)"
    # The closed form divides by nothing when each purchase is worth as much as the one before.
    flat = chance * (1 + discount_rate) ** -years_between == 1
    formula = "v × n" if flat else f"v × (1 − ({step})^n) / (1 − {step})"
    if first == "one_interval":
        formula += " × (1 + i)^(−q)"
    return Working.compute(f"purchase_cycle.{measure}", formula, values, "money", SOURCE, convention=first)
