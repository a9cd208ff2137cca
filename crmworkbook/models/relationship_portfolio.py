"""Relations by their value to us and their value to the customer: star, question mark, problem child, dog.

The names come from the growth-share matrix for products; who first gave them to customer relations was not found.
Gupta and Lehmann (2005) use the same two axes with names of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.relationship_matrix import RelationshipMatrix

KINDS = ("star", "question_mark", "problem_child", "dog")


def relation_kind(value: float, customer_value: float, value_cut: float, score_cut: float) -> str:
    """The kind of one relation.

    Args:
        value: To us, euro.
        customer_value: To the customer, 0 to 10.
        value_cut: From this value on the relation is worth much to us, euro.
        score_cut: From this score on it is worth much to the customer.

    Returns:
        ``star`` (both), ``question_mark`` (the customer only), ``problem_child`` (us only) or ``dog`` (neither).
    """
    if value >= value_cut:
        return "star" if customer_value >= score_cut else "problem_child"
    return "question_mark" if customer_value >= score_cut else "dog"


@dataclass(frozen=True)
class Portfolio:
    """Key accounts, placed.

    Attributes:
        frame: The accounts with value and growth (euro; empty when not known), place (quadrant of the matrix; None
            when not known) and kind (None when not known).
        kinds: Indexed by kind, all four: accounts (count), value (euro).
        guessed: Accounts that have both a gut place and a computed one, count.
        agreeing: Of those, where the two are the same, count.
    """

    frame: pd.DataFrame
    kinds: pd.DataFrame
    guessed: int
    agreeing: int

    @property
    def differing(self) -> pd.DataFrame:
        """Accounts whose gut place is not the computed one."""
        both = self.frame["gut"].notna() & self.frame["place"].notna()
        return self.frame[both & (self.frame["gut"] != self.frame["place"])]


def portfolio(
    accounts: pd.DataFrame, matrix: RelationshipMatrix | None, value_cut: float, score_cut: float
) -> Portfolio:
    """Place the key accounts in the matrix and by their value to both sides.

    Args:
        accounts: Columns account, customer (key in the matrix; may be empty), value and growth (euro, for an account
            that is not in the matrix), customer_value (0 to 10), gut (quadrant; may be empty).
        matrix: The matrix; None when there is none, and then an account needs its own value.
        value_cut: See :func:`relation_kind`.
        score_cut: See :func:`relation_kind`.
    """
    table = accounts.copy()
    for column, source in (("value", "current"), ("growth", "growth")):
        given = table[column].astype(float) if column in table else pd.Series(np.nan, index=table.index)
        if matrix is not None:
            known = matrix.frame.drop_duplicates("customer").set_index("customer")[source]
            given = table["customer"].map(known).astype(float).fillna(given)
        table[column] = given
    pairs = list(zip(table["value"], table["growth"], table["customer_value"], strict=True))
    places = [None if matrix is None else matrix.place(value, growth) for value, growth, _ in pairs]
    kinds = [
        relation_kind(value, score, value_cut, score_cut) if value == value and score == score else None
        for value, _, score in pairs
    ]
    table["place"], table["kind"] = pd.Series(places, dtype=object), pd.Series(kinds, dtype=object)
    table["gut"] = table["gut"].astype(object).where(table["gut"].notna(), None)
    grouped = table.groupby("kind")
    summary = grouped["value"].sum().reindex(KINDS, fill_value=0.0).to_frame()
    summary.insert(0, "accounts", grouped.size().reindex(KINDS, fill_value=0))
    both = table["gut"].notna() & table["place"].notna()
    agreeing = int((table.loc[both, "gut"] == table.loc[both, "place"]).sum())
    return Portfolio(table, summary, int(both.sum()), agreeing)
