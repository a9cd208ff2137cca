"""Contacts of chapter 0 by kind and initiative, and the vote on trends."""

from __future__ import annotations

import pandas as pd
import pytest

from crmworkbook.findings.contact_mix import contact_reading, trend_reading
from crmworkbook.models.contact_mix import KINDS, TRENDS, contact_mix, trend_ranks

NAMES = {key: key for key in (*KINDS, *TRENDS)}


def contacts(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["kind", "initiative", "number"])


def test_the_proactive_share_is_what_we_began() -> None:
    """Worked by hand: 30 of 120 contacts, 100 of them in person and 20 online."""
    mix = contact_mix(contacts(("crm", "ours", 30), ("crm", "customer", 70), ("ecrm", "customer", 20)))
    assert mix is not None
    assert mix.proactive == 0.25
    assert mix.frame["total"].to_dict() == {"crm": 100, "ecrm": 20}
    assert mix.frame["share"].sum() == pytest.approx(1)
    assert mix.working.evaluate() == mix.proactive
    assert contact_reading(mix, NAMES, "en")["case"] == "customer"


@pytest.mark.parametrize(("ours", "case"), [(70, "ours"), (50, "level"), (0, "customer")])
def test_who_begins_more_often_is_said(ours, case) -> None:
    """More, as often, never."""
    mix = contact_mix(contacts(("crm", "ours", ours), ("crm", "customer", 100 - ours)))
    assert mix is not None
    assert contact_reading(mix, NAMES, "nl")["case"] == case


def test_no_contacts_have_no_share() -> None:
    """Nothing is divided by zero."""
    assert contact_mix(contacts(("social", "ours", 0))) is None


def test_trends_that_tie_share_the_better_rank() -> None:
    """8, 5, 5 and none: ranks 1, 2, 2, 4; without votes all four come first, which is no priority."""
    votes = pd.DataFrame({"trend": ["customisation", "loyalty", "development"], "points": [5.0, 8.0, 5.0]})
    ranks = trend_ranks(votes)
    assert ranks.set_index("trend")["rank"].to_dict() == {
        "loyalty": 1,
        "development": 2,
        "customisation": 2,
        "personalisation": 4,
    }
    assert trend_reading(ranks, NAMES, "en")["first"] == ["loyalty"]
    assert trend_reading(trend_ranks(votes.assign(points=0.0)), NAMES, "en")["case"] == "many"
