"""Kano's classification of features: what goes without saying, what counts and what delights.

Each respondent answers two questions about a feature: how is it if it is there (functional) and if it is not
(dysfunctional). Kano et al. (1984) give each pair of answers a category: attractive (A), one-dimensional (O),
must-be (M), indifferent (I), reverse (R: better without) or questionable (Q: the answers contradict each other).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crmworkbook.models.frames import records
from crmworkbook.models.working import Quantity, Working

Variant = Literal["kano", "pouliot"]

LEVELS = ("like", "expect", "neutral", "live_with", "dislike")
CATEGORIES = ("M", "O", "A", "I", "R", "Q")  # the order decides ties: what hurts most when missing comes first
COUNTED = ("M", "O", "A", "I")  # what the coefficients are made of
CLOSE = 0.10  # two largest categories no further apart than this share of the answers are not told apart
QUESTIONABLE = 0.10  # more contradictory answers than this share: the question was not understood
_WORDS = {
    "must_be": "M",
    "one_dimensional": "O",
    "attractive": "A",
    "indifferent": "I",
    "reverse": "R",
    "questionable": "Q",
}
_ROWS = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
_POULIOT = (("expect", "expect"), ("live_with", "live_with"))
_FUNCTIONAL = dict(zip(LEVELS, (4, 2, 0, -1, -2), strict=True))
_DYSFUNCTIONAL = dict(zip(LEVELS, (-2, -1, 0, 2, 4), strict=True))


@dataclass(frozen=True)
class Kano:
    """Features classified.

    Attributes:
        frame: One row per feature: feature, the counts ``M O A I R Q``, n (all answers), category (the most frequent;
            empty without answers), second (the next one; empty when there is only one), lead (answers between the two),
            is_close (lead within 10% of n), questionable (share of n), better (0 to 1) and worse (−1 to 0), both empty
            when nobody gave an answer that counts.
        workings: Better and worse of each feature that has them.
    """

    frame: pd.DataFrame
    workings: tuple[Working, ...]


def evaluation_table(variant: Variant = "kano") -> pd.DataFrame:
    """Category of each pair of answers: functional in the rows, dysfunctional in the columns.

    Args:
        variant: ``kano`` is the usual table; ``pouliot`` (Pouliot 1993) also calls (expect, expect) and (live with,
            live with) questionable. Which diagonal is right is contested.
    """
    table = pd.DataFrame([list(row) for row in _ROWS], index=list(LEVELS), columns=list(LEVELS))
    if variant == "pouliot":
        for functional, dysfunctional in _POULIOT:
            table.loc[functional, dysfunctional] = "Q"
    return table


def count_answers(answers: pd.DataFrame, variant: Variant = "kano") -> pd.DataFrame:
    """How many respondents put each feature in each category.

    Args:
        answers: ``feature, functional, dysfunctional``, one row per respondent and feature; the answers are ``like``,
            ``expect``, ``neutral``, ``live_with`` or ``dislike``. A row with one of the two missing is left out.
        variant: As in `evaluation_table`.

    Returns:
        ``feature`` and one column per category, features in order of appearance.

    Raises:
        ValueError: an answer that is none of the five.
    """
    given = answers.dropna(subset=["functional", "dysfunctional"])
    pairs = list(zip(given["functional"].astype(str), given["dysfunctional"].astype(str), strict=True))
    if unknown := sorted({answer for pair in pairs for answer in pair} - set(LEVELS)):
        raise ValueError(f"{unknown[0]!r} is no answer; write one of {', '.join(LEVELS)}")
    table = evaluation_table(variant)
    category = [table.at[pair] for pair in pairs]
    counts = pd.crosstab(given["feature"], pd.Series(category, index=given.index, dtype=object))
    counts = counts.reindex(index=answers["feature"].drop_duplicates(), columns=list(CATEGORIES), fill_value=0)
    return counts.rename_axis(columns=None).rename_axis("feature").reset_index()


def feature_counts(
    counts: pd.DataFrame | None, answers: pd.DataFrame | None, variant: Variant = "kano"
) -> pd.DataFrame:
    """Counts per feature from either kind of table, or both; a feature in both is counted from its answers.

    Args:
        counts: ``feature, must_be, one_dimensional, attractive, indifferent, reverse, questionable``.
        answers: As for `count_answers`.
        variant: As in `evaluation_table`; of use for answers only.
    """
    tables = [] if answers is None else [count_answers(answers, variant)]
    if counts is not None:
        counted = counts.rename(columns=_WORDS)[["feature", *CATEGORIES]]
        known = set() if answers is None else set(answers["feature"])
        tables.append(counted[~counted["feature"].isin(known)])
    return pd.concat(tables, ignore_index=True)


def classify(counts: pd.DataFrame) -> Kano:
    """The category of each feature and what having it does to satisfaction.

    The category is the most frequent one; equal counts go to must-be before one-dimensional before attractive before
    indifferent (Berger et al. 1993). ``better = (A + O) / (A + O + M + I)``, ``worse = −(O + M) / (A + O + M + I)``
    (Berger et al. 1993): how far satisfaction rises with the feature and falls without it. Both leave out R and Q.

    Args:
        counts: ``feature, M, O, A, I, R, Q``, numbers or shares of answers.
    """
    frame = counts[["feature", *CATEGORIES]].reset_index(drop=True)
    numbers = frame[list(CATEGORIES)].fillna(0).astype(float)
    frame[list(CATEGORIES)] = numbers
    order = np.argsort(-numbers.to_numpy(), axis=1, kind="stable")  # stable: ties stay in the order of CATEGORIES
    ranked = np.take_along_axis(numbers.to_numpy(), order, axis=1)
    names = np.array(CATEGORIES, dtype=object)[order]
    total, base = numbers.sum(axis=1), numbers[list(COUNTED)].sum(axis=1)
    frame["n"] = total
    for place, column in enumerate(("category", "second")):
        known = zip(names[:, place], ranked[:, place], strict=True)
        frame[column] = pd.Series([name if count > 0 else None for name, count in known], dtype=object)
    frame["lead"] = ranked[:, 0] - ranked[:, 1]
    frame["is_close"] = (ranked[:, 1] > 0) & (frame["lead"] <= CLOSE * total + 1e-9)
    frame["questionable"] = numbers["Q"] / total.where(total > 0)
    frame["better"] = (numbers["A"] + numbers["O"]) / base.where(base > 0)
    frame["worse"] = -(numbers["O"] + numbers["M"]) / base.where(base > 0)
    return Kano(frame, tuple(working for row in records(frame) for working in _workings(row)))


def _workings(row: dict[str, Any]) -> list[Working]:
    if pd.isna(row["better"]):
        return []
    values = {name: Quantity(row[name], "count") for name in ("A", "O", "M", "I")}
    formulas = {"kano.better": "(A + O) / (A + O + M + I)", "kano.worse": "−(O + M) / (A + O + M + I)"}
    return [
        Working.compute(name, formula, values, "score", "berger_1993", subject=str(row["feature"]))
        for name, formula in formulas.items()
    ]


def continuous(answers: pd.DataFrame) -> pd.DataFrame:
    """Means of the two answers on a scale, which keeps how strongly people feel.

    Functional 4, 2, 0, −1, −2 and dysfunctional −2, −1, 0, 2, 4, from like to dislike, so that high means wanted and
    missed; lopsided, because a positive feeling says more than a negative one (DuMouchel, in Berger et al. 1993).

    Args:
        answers: As for `count_answers`.

    Returns:
        ``feature, functional, dysfunctional``, both −2 to 4, features in order of appearance.
    """
    given = answers.dropna(subset=["functional", "dysfunctional"])
    scored = given.assign(
        functional=given["functional"].map(_FUNCTIONAL), dysfunctional=given["dysfunctional"].map(_DYSFUNCTIONAL)
    )
    means = scored.groupby("feature", sort=False)[["functional", "dysfunctional"]].mean()
    return means.reindex(answers["feature"].drop_duplicates()).reset_index()
