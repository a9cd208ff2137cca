"""Lists of statements scored from 1 to 5: mean, spread and the two lowest, whatever they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

LOWEST = 2  # so many statements get attention first; more when they tie


@dataclass(frozen=True)
class StatementScores:
    """The scores of one list of statements.

    Attributes:
        frame: One row per scored statement in the order of the list: statement, mean, low, high (scores from 1 to 5),
            spread (high − low), n (scores given), target (mean target, empty without one), lowest (whether it is one
            of the two lowest; never where all means are equal).
        mean: Mean of the statements' means, 1 to 5.
        people: How many different people, layers or departments scored; 1 where nobody is named.
        by_who: Who scored to mean of the scores that they gave, in the order of the rows.
    """

    frame: pd.DataFrame
    mean: float
    people: int
    by_who: dict[str, float]

    @property
    def is_flat(self) -> bool:
        """Whether all statements have the same mean, so that none is lowest."""
        return bool(self.frame["mean"].nunique() <= 1)

    @property
    def lowest(self) -> list[str]:
        """The statements that need attention first, lowest first."""
        low = self.frame[self.frame["lowest"]].sort_values("mean", kind="stable")
        return [str(statement) for statement in low["statement"]]


def statement_scores(scores: pd.DataFrame, statements: Sequence[str]) -> StatementScores:
    """Mean, spread and the lowest of a list of statements.

    Args:
        scores: Columns statement (key), score (1 to 5), and optionally who (words, may be empty) and target (1 to 5).
        statements: Keys in the order of the list; scores of other statements are left out.

    Raises:
        ValueError: no statement of the list has a score.
    """
    given = scores[scores["statement"].isin(list(statements)) & scores["score"].notna()]
    if given.empty:
        raise ValueError("no statement of this list has a score; give each one from 1 to 5")
    grouped = given.groupby("statement")["score"]
    frame = grouped.agg(mean="mean", low="min", high="max", n="count")
    frame = frame.reindex([key for key in statements if key in frame.index])
    frame["spread"] = frame["high"] - frame["low"]
    targets = given["target"] if "target" in given else pd.Series(float("nan"), index=given.index)
    frame["target"] = targets.astype(float).groupby(given["statement"]).mean().reindex(frame.index)
    bound = frame["mean"].nsmallest(LOWEST).max()
    frame["lowest"] = (frame["mean"] <= bound) & (frame["mean"] < frame["mean"].max())
    who = given.get("who", pd.Series("", index=given.index)).fillna("").astype(str)
    named = {str(name): float(mean) for name, mean in given.groupby(who, sort=False)["score"].mean().items() if name}
    return StatementScores(frame.reset_index(), float(frame["mean"].mean()), max(1, len(named)), named)
