"""Rules of the business strategy: scores that are all alike, that fit no list, shares that do not add up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from crmworkbook.findings import Finding
from crmworkbook.findings.support import straight_lining, unknown
from crmworkbook.models.strategy import OWN_PARTY

if TYPE_CHECKING:
    from crmworkbook.chapters import Statement


def same_scores(lists: Mapping[str, pd.Series]) -> list[Finding]:
    """W25: lists in which every score is the same.

    Args:
        lists: Name of the list, such as a party, to its scores (1 to 5); fewer than three say nothing.
    """
    return [finding for name, scores in lists.items() for finding in straight_lining(scores, name)]


def scored_lists(
    tables: Mapping[str, pd.DataFrame], words: Callable[[str], str], parties: Mapping[str, str]
) -> dict[str, pd.Series]:
    """Every list of scores of this chapter under its name, for `same_scores`.

    Args:
        tables: Tables that the client filled in.
        words: Gives the name of a list from its key in the chapter's texts.
        parties: Party to name.
    """
    lists = {}
    for table, key, column in (
        ("five_forces", "forces", "score"),
        ("value_chain", "chain", "customer_value"),
    ):
        if table in tables:
            lists[words(f"list_{key}")] = tables[table][column]
    for table, key in (("disciplines", "disciplines"), ("competitor_scores", "competitors")):
        if table in tables:
            for party, part in tables[table].groupby("party", sort=False):
                lists[f"{words(f'list_{key}')}, {parties.get(str(party), str(party))}"] = part["score"]
    return lists


def profile_fits(scores: pd.DataFrame, factors: pd.DataFrame, parties: Mapping[str, str], table: str) -> list[Finding]:
    """W28: scores on factors that nobody weighed, without us, or of parties that nobody declared.

    Args:
        scores: Columns party, factor.
        factors: Columns factor, weight.
        parties: Declared parties, us among them, to names.
        table: Name of the table of scores.
    """
    found = _parties_fit(scores, parties, table)
    if strange := unknown(scores["factor"], set(factors["factor"])):
        found.append(Finding("W28", "unknown_factor", {"factors": strange}))
    if factors["weight"].sum() == 0:
        found.append(Finding("W28", "no_weight"))
    return found


def disciplines_fit(
    scores: pd.DataFrame, statements: Sequence[Statement], parties: Mapping[str, str], table: str
) -> list[Finding]:
    """W28: scores on statements that do not exist, without us, or of parties that nobody declared.

    Args:
        scores: Columns party, statement.
        statements: Those of the chapter.
        parties: Declared parties, us among them, to names.
        table: Name of the table of scores.
    """
    found = _parties_fit(scores, parties, table)
    if strange := unknown(scores["statement"], {statement.id for statement in statements}):
        found.append(Finding("W28", "unknown_statement", {"statements": strange}))
    return found


def _parties_fit(scores: pd.DataFrame, parties: Mapping[str, str], table: str) -> list[Finding]:
    found = []
    if OWN_PARTY not in set(scores["party"]):
        found.append(Finding("W28", "no_own_scores", {"table": table}))
    if strange := unknown(scores["party"], parties):
        found.append(Finding("W28", "unknown_party", {"table": table, "parties": strange}))
    return found


def chain_adds_up(chain: pd.DataFrame) -> list[Finding]:
    """W28: cost shares (column cost_share) that do not add up to 1, give or take 0.01."""
    total = float(chain["cost_share"].sum())
    return [] if abs(total - 1) <= 0.01 + 1e-9 else [Finding("W28", "cost_shares", {"total": total})]
