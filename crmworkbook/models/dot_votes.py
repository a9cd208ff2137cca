"""Dot voting: what got the most points in each ballot."""

from __future__ import annotations

import pandas as pd


def vote_ranks(votes: pd.DataFrame) -> pd.DataFrame:
    """The options of every ballot by the points they got, most first.

    Args:
        votes: Columns ballot, option, who (words; who may be empty) and points (count; empty for an option that is on
            the list without a vote).

    Returns:
        One row per option, the ballots in their own order: ballot, option, points, rank (1 is first; options that tie
        share the better rank) and voters (how many different people, by name, gave it points).
    """
    given = votes.assign(points=votes["points"].fillna(0.0), who=votes["who"].fillna("").astype(str))
    named = given["who"].where((given["points"] > 0) & (given["who"] != ""))
    grouped = given.assign(voter=named).groupby(["ballot", "option"], sort=False)
    frame = grouped.agg(points=("points", "sum"), voters=("voter", "nunique")).reset_index()
    frame["rank"] = frame.groupby("ballot", sort=False)["points"].rank(method="min", ascending=False).astype(int)
    place = {ballot: at for at, ballot in enumerate(dict.fromkeys(frame["ballot"]))}
    ordered = frame.assign(place=frame["ballot"].map(place)).sort_values(["place", "rank"], kind="stable")
    return ordered.drop(columns="place").reset_index(drop=True)[["ballot", "option", "points", "rank", "voters"]]
