"""Which customers fit us: weighted criteria, a threshold and a rule for accepting or declining.

Choosing customers with care, because a relation asks for trust and time on both sides, is in Peelen (2006); trust and
commitment as its basis in Morgan and Hunt (1994). Criteria and weights are the client's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.working import Quantity, Working


@dataclass(frozen=True)
class CustomerFit:
    """Candidates against the selection criteria, best first.

    Attributes:
        frame: candidate, score (weighted mean, 1 to 5; empty when a score is missing), short_of (criteria below their
            minimum, list), missing (criteria without score, list), outcome (``accept``, ``decline``, ``open``).
        criteria: criterion, weight (share of all weights), minimum.
        workings: The weighted mean per candidate.
    """

    frame: pd.DataFrame
    criteria: pd.DataFrame
    workings: tuple[Working, ...]

    def count(self, outcome: str) -> int:
        """Candidates with this outcome."""
        return int((self.frame["outcome"] == outcome).sum())


def customer_fit(criteria: pd.DataFrame, scores: pd.DataFrame, threshold: float) -> CustomerFit:
    """Score candidates and accept or decline them.

    A candidate is accepted from *threshold* up, unless it stays below the minimum of a criterion. One that misses a
    score is left open, not filled in with a middle score; below a minimum it is declined all the same.

    Args:
        criteria: Columns criterion, weight (any positive scale), minimum (score, may be empty).
        scores: Columns candidate, criterion, score (1 to 5, may be empty).
        threshold: Weighted mean from which a candidate fits, 1 to 5.

    Raises:
        ValueError: no criterion has a weight above 0.
    """
    weighted = criteria[criteria["weight"] > 0].reset_index(drop=True)
    if weighted.empty:
        raise ValueError("no criterion has a weight above 0")
    names = list(weighted["criterion"])
    wide = scores.pivot(index="candidate", columns="criterion", values="score").reindex(columns=names).astype(float)
    wide = wide.loc[list(dict.fromkeys(scores["candidate"]))]
    minimum = weighted["minimum"].to_numpy(float) if "minimum" in weighted else np.full(len(names), np.nan)
    rows, workings = [], []
    for candidate, row in wide.iterrows():
        given = row.to_numpy(float)
        missing = [name for name, score in zip(names, given, strict=True) if np.isnan(score)]
        short = [name for name, score, least in zip(names, given, minimum, strict=True) if score < least]
        score = np.nan
        if not missing:
            workings.append(_weighted_mean(str(candidate), weighted["weight"].to_numpy(float), given))
            score = workings[-1].result.value
        outcome = "decline" if short else "open" if missing else "accept" if score >= threshold - 1e-9 else "decline"
        rows.append((str(candidate), score, short, missing, outcome))
    frame = pd.DataFrame(rows, columns=["candidate", "score", "short_of", "missing", "outcome"])
    order = frame["outcome"].map({"accept": 0, "open": 1, "decline": 2})
    frame = frame.assign(order=order).sort_values(["order", "score"], ascending=[True, False], kind="stable")
    shares = weighted.assign(weight=weighted["weight"] / weighted["weight"].sum())
    return CustomerFit(frame.drop(columns="order").reset_index(drop=True), shares, tuple(workings))


def _weighted_mean(candidate: str, weights: np.ndarray, scores: np.ndarray) -> Working:
    numbers = range(1, len(weights) + 1)
    values = {f"w{n}": Quantity(float(weights[n - 1])) for n in numbers}
    values |= {f"s{n}": Quantity(float(scores[n - 1]), "score") for n in numbers}
    top, below = " + ".join(f"w{n} × s{n}" for n in numbers), " + ".join(f"w{n}" for n in numbers)
    formula = f"({top}) / ({below})"
    return Working.compute("customer_selection.fit", formula, values, "score", "own", subject=candidate)
