"""Weighing criteria: weights as shares of 1, ranks with ties, and how a ranking moves when weights do.

What the cells of the cube and the vendors of a choice have in common: ``Σ weight × score`` (Edwards 1977).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

NOISE = 9  # decimals: totals that differ by less are a tie
CONCENTRATION = 20.0  # of drawn weights around the chosen ones
CHANGE = 0.20  # by how much a single weight is changed, share of it


def weight_shares(weights: pd.Series, of: str = "the list") -> pd.Series:
    """Criterion to share of all weights, adding up to 1; criteria of weight 0 are left out.

    Args:
        weights: Criterion to weight, on any scale from 0.
        of: What the weights belong to, for the message.

    Raises:
        ValueError: no weight at all, a negative or empty weight, only zeros, or a criterion that stands twice.
    """
    given = weights.astype(float)
    if given.index.has_duplicates or given.isna().any() or (given < 0).any() or given.sum() == 0:
        raise ValueError(f"{of} needs one weight of zero or more per criterion, not all zero; got {given.to_dict()}")
    return given[given > 0] / given.sum()


def ranked(totals: pd.Series) -> pd.Series:
    """Rank of each total, 1 the highest; equal totals share the better rank, an empty total has none."""
    return totals.round(NOISE).rank(ascending=False, method="min").astype("Int64")


def drawn_weights(
    weights: pd.Series, draws: int, rng: np.random.Generator, concentration: float = CONCENTRATION
) -> npt.NDArray[np.float64]:
    """Sets of weights around the chosen ones, ``Dirichlet(concentration × weights)``.

    The mean is the chosen weight w, the variance ``w (1 − w) / (concentration + 1)``. At 20 a weight of 0.25 has a
    standard deviation of 0.09: two draws in three lie between about 0.15 and 0.35.

    Args:
        weights: Shares that add up to 1.
        draws: Number of sets.
        rng: Source of the draws, seeded so that a report comes out the same.
        concentration: How close the draws stay to the weights, above 0.

    Returns:
        One row per draw, one column per weight; each row adds up to 1.
    """
    return rng.dirichlet(concentration * weights.to_numpy(float), draws)


def changed_weights(weights: pd.Series, change: float) -> Iterator[tuple[str, float, pd.Series]]:
    """Each weight alone lower and higher by a share of itself, while the others grow or shrink to add up to 1.

    Args:
        weights: Shares that add up to 1.
        change: How far, share of the weight.

    Yields:
        The criterion, −change or change, and all weights after it.
    """
    for criterion in weights.index:
        for step in (-change, change):
            other = weights.where(weights.index != criterion, weights * (1 + step))
            yield str(criterion), step, other / other.sum()
