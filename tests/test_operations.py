"""Contacts, partners, channels, hand-overs and service."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from crmworkbook.models.contacts import channel_shift, contact_matrix, partner_norms
from crmworkbook.models.operations import handover_gaps, service_levels, service_score

SCORES = {"manager": [1, 2, 0], "sales": [3, 2, 0], "driver": [1, 3, 1]}


def contacts(scores: dict[str, list[float]]) -> pd.DataFrame:
    rows = [(own, role, score) for own, row in scores.items() for role, score in zip("abc", row, strict=False)]
    return pd.DataFrame(rows, columns=["own_role", "customer_role", "strength"])


def steps(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Step, input, output, next; each with an owner and a KPI."""
    frame = pd.DataFrame(rows, columns=["step", "input", "output", "next"])
    return frame.assign(supplier=None, owner="head", kpi="on time")


GOOD = (("take", "order", "confirmed", "plan"), ("plan", "Confirmed ", "plan made", ""))


def kinds(frame: pd.DataFrame) -> list[tuple[str, str]]:
    found = handover_gaps(frame).gaps
    return list(zip(found["step"], found["kind"], strict=True))


def test_coverage_and_single_threads():
    """Role a hangs on sales alone, b has three threads, c none: coverage 2 of 3."""
    found = contact_matrix(contacts(SCORES))
    assert dict(found.threads) == {"a": 1, "b": 3, "c": 0}
    assert found.single == {"a": "sales"}
    assert found.uncovered == ("c",)
    assert found.coverage == pytest.approx(2 / 3) == found.working.evaluate()


def test_one_own_role_makes_every_contact_single():
    """Nobody can step in; a pair that was not scored is no contact."""
    found = contact_matrix(contacts({"sales": [3, 2]}))
    assert found.single == {"a": "sales", "b": "sales"}
    half = contact_matrix(contacts(SCORES).drop(index=0))
    assert math.isnan(half.matrix.loc["manager", "a"])
    with pytest.raises(ValueError, match="0 to 3"):
        contact_matrix(contacts({"sales": [4]}))


def test_partners_are_counted_with_and_without_norms():
    """Three dealers, two with norms; both of those stayed, the other left."""
    partners = pd.DataFrame({"role": "dealer", "norms_agreed": [True, True, False], "kept": [True, True, False]})
    row = partner_norms(partners).iloc[0]
    assert tuple(row) == ("dealer", 3, 2, 2, 2, 0)
    unknown = partner_norms(partners.assign(kept=[True, None, False])).iloc[0]
    assert (unknown["agreed"], math.isnan(unknown["kept"])) == (2, True)


def test_shares_of_channels_shift():
    """2,725 of 4,800 thousand is 56.8% now, 2,780 of 5,250 is 53.0% later; the changes cancel out."""
    names = ["am", "web", "dealers"]
    now, later = (pd.Series(values, names) for values in ([2_725, 1_065, 1_010], [2_780, 1_625, 845]))
    found = channel_shift(now, later)
    assert found["share_now"][0] == pytest.approx(2_725 / 4_800)
    assert found["change"].sum() == pytest.approx(0)
    assert channel_shift(now.drop("web"), later).empty
    assert channel_shift(now * 0, later).empty


def test_a_process_that_connects_has_no_gaps():
    """Capitals and spaces do not matter, and the last step delivers to the customer."""
    found = handover_gaps(steps(*GOOD))
    assert found.gaps.empty
    assert (found.passed, found.handovers, found.circle) == (1, 1, ())


def test_each_gap_is_found():
    """An output that no next step takes, a next step that is not there, no owner, no KPI, a step nobody reaches."""
    frame = steps(
        ("take", "order", "confirmed; wishes", "plan"),
        ("plan", "confirmed", "route", "drive"),
        ("bill", "note", "", ""),
    )
    frame.loc[2, ["owner", "kpi"]] = [None, math.nan]
    assert kinds(frame) == [
        ("take", "not_taken"),
        ("plan", "next_unknown"),
        ("bill", "not_reached"),
        ("bill", "no_output"),
        ("bill", "no_owner"),
        ("bill", "no_kpi"),
    ]
    found = handover_gaps(frame)
    assert (found.passed, found.handovers) == (0, 2)
    assert found.gaps["what"][0] == "wishes"
    assert len(found.broken) == 4


def test_a_supplier_that_does_not_deliver_and_a_step_without_a_next():
    """What an outsider supplies is not judged; an empty next step counts except in the last row."""
    frame = steps(("take", "order", "confirmed", ""), ("plan", "price", "route", ""))
    frame["supplier"] = ["customer", "take"]
    assert kinds(frame) == [("take", "no_next"), ("plan", "not_delivered"), ("plan", "not_reached")]


def test_a_circle_is_found_and_ends():
    """Three steps that hand over in a ring, a step that hands over to itself, and two ways that meet without a ring."""
    ring = steps(("a", "z", "x", "b"), ("b", "x", "y", "c"), ("c", "y", "z", "B; a"))
    assert handover_gaps(ring).circle == ("b", "c", "b")
    assert handover_gaps(steps(("a", "x", "x", "a"))).circle == ("a", "a")
    meeting = steps(("a", "o", "x", "b; c"), ("b", "x", "y", "d"), ("c", "x", "y", "d"), ("d", "y", "z", ""))
    assert handover_gaps(meeting).circle == ()
    assert handover_gaps(meeting).passed == 4


def test_service_points_and_the_weakest_checks():
    """1 + 1 + 2 + 0 + 2 is 6 of 10 points; nothing is weak at the highest score."""
    found = service_score(pd.DataFrame({"check": list("abcde"), "score": [1, 1, 2, 0, 2]}))
    assert found.share == pytest.approx(0.6) == found.working.evaluate()
    assert found.weakest == ("d",)
    assert service_score(pd.DataFrame({"check": ["a"], "score": [2]})).weakest == ()
    with pytest.raises(ValueError, match="0 to 2"):
        service_score(pd.DataFrame({"check": ["a"], "score": [3]}))


def test_first_contact_resolution_is_weighted_by_questions():
    """47 of 118 faults and 148 of 164 orders make 195 of 282, 69%, not the mean of both shares."""
    frame = pd.DataFrame({"topic": ["fault", "order"], "contacts": [118, 164], "solved_first": [47, 148]})
    levels, working = service_levels(frame.assign(response_hours=[9.0, 2.0], promised_hours=[8.0, math.nan]))
    assert working.evaluate() == pytest.approx(195 / 282)
    assert list(levels["late"]) == [True, False]
    with pytest.raises(ValueError, match="solved"):
        service_levels(frame.assign(solved_first=200, response_hours=1.0, promised_hours=1.0))
