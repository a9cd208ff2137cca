"""Customisation per segment: which of four kinds it is, and whether it pays."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.frames import records
from crmworkbook.models.working import Quantity, Working

# whether the presentation and the product itself are changed for the customer
KINDS = {
    (False, False): "adaptive",
    (True, False): "cosmetic",
    (False, True): "transparent",
    (True, True): "collaborative",
}


@dataclass(frozen=True)
class Customisation:
    """The kind and the choice of each segment.

    Attributes:
        frame: The table with kind, net (value less cost, money per period, empty when one is unknown) and choice
            (``do``, ``drop`` or ``open``).
        workings: Value less cost of each segment where both are known.
    """

    frame: pd.DataFrame
    workings: tuple[Working, ...]


def customisation_kind(presentation: bool, product: bool) -> str:
    """Which kind it is (Gilmore and Pine 1997).

    ``cosmetic`` changes the presentation only, ``transparent`` the product only, ``collaborative`` both and
    ``adaptive`` neither: customers set a standard product to their own taste. If they cannot, it is no customisation.
    """
    return KINDS[bool(presentation), bool(product)]


def customisation(table: pd.DataFrame) -> Customisation:
    """Kind and choice per segment.

    A segment is worth its customisation when the extra contribution exceeds the cost: ``do``, otherwise ``drop``, and
    ``open`` as long as one of the two is unknown.

    Args:
        table: ``segment, presentation, product`` (truths), ``cost, value`` (money per period, may be empty).
    """
    frame = table.reset_index(drop=True)
    frame["kind"] = [customisation_kind(*pair) for pair in zip(frame["presentation"], frame["product"], strict=True)]
    frame["net"] = frame["value"].astype(float) - frame["cost"].astype(float)
    frame["choice"] = ["open" if net != net else "do" if net > 0 else "drop" for net in frame["net"]]
    workings = tuple(
        Working.compute(
            "customisation.net",
            "value − cost",
            {"value": Quantity(row["value"], "money"), "cost": Quantity(row["cost"], "money")},
            "money",
            "own",
            subject=row["segment"],
        )
        for row in records(frame[frame["net"].notna()])
    )
    return Customisation(frame, workings)
