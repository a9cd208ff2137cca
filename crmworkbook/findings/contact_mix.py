"""What the kinds of contact and the vote on trends say: which sentence fits, and the numbers in it."""

from __future__ import annotations

import math

import pandas as pd

from crmworkbook import text
from crmworkbook.findings import Names, Reading
from crmworkbook.models.contact_mix import ContactMix
from crmworkbook.text import Language

_NAMED = 2  # trends that share the first place; more is no priority


def contact_reading(mix: ContactMix, names: Names, language: Language) -> Reading:
    """Who begins more often: the ``customer``, we (``ours``), or both as often (``level``)."""
    ours = mix.frame["ours"].sum()
    case = "level" if math.isclose(2 * ours, mix.total) else "ours" if 2 * ours > mix.total else "customer"
    listed = [
        f"{names[str(kind)]} {text.number(row['total'], language, 0)} ({text.percent(row['share'], language, 0)})"
        for kind, row in mix.frame.iterrows()
    ]
    return {"case": case, "total": mix.total, "listed": listed}


def trend_reading(ranks: pd.DataFrame, names: Names, language: Language) -> Reading:
    """Which trend comes first: one or two (``few``), or no priority (``many``)."""
    first = [names[trend] for trend in ranks["trend"][ranks["rank"] == 1]]
    listed = [f"{names[trend]} {text.number(votes, language, 0)}" for trend, votes, _ in ranks.to_numpy()]
    case = "few" if len(first) <= _NAMED else "many"
    return {"case": case, "first": first, "votes": float(ranks["points"].sum()), "listed": listed}
