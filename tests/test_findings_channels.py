"""The rules and readings of channels, operations and service, each on a case for it and one against."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmworkbook import chapters
from crmworkbook.charts.channels import contact_heatmap, funnel_chart, slope_chart
from crmworkbook.charts.style import svg
from crmworkbook.findings import contacts as meeting
from crmworkbook.findings import leads as selling
from crmworkbook.findings import operations as working
from crmworkbook.models import leads
from crmworkbook.models.contacts import channel_shift, contact_matrix
from crmworkbook.models.goal_baselines import lead_funnel
from crmworkbook.models.operations import handover_gaps, service_levels, service_score
from crmworkbook.text import Text, fill

from .conftest import cases

NAMES = {"am": "Account managers", "web": "Webshop"}
CHECKS = {"one_contact": "one contact point"}


def words(key: str, case: str | None = None, **values: Any) -> str:
    entry = chapters.chapter("channels_service").texts[key]
    return fill(entry if isinstance(entry, Text) else entry[case or ""], "en", values)


def contacts(*scores: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(scores, columns=["own_role", "customer_role", "strength"])


def bands(**changes: object) -> pd.DataFrame:
    frame = pd.DataFrame({"band": ["A", "B"], "closed": [78, 60], "won": [39, 1], "assumed": [0.6, 0.05]})
    return frame.assign(open=[20, 30], value=13_000, contact_cost=450, hours=9).assign(**changes)


def deals(*rows: tuple[str, int, float, float]) -> leads.Pipeline:
    return leads.weighted_pipeline(pd.DataFrame(rows, columns=["stage", "deals", "amount", "probability"]))


def test_the_claim_of_the_matrix():
    """One own role, single threads, a role without contact, and a matrix that holds."""
    assert meeting.contact_reading(contact_matrix(contacts(("Sales", "Buyer", 3))))[0] == "one_role"
    both = [("Sales", "Buyer", 3), ("Desk", "Buyer", 2)]
    assert meeting.contact_reading(contact_matrix(contacts(*both)))[0] == "sound"
    case, values = meeting.contact_reading(contact_matrix(contacts(*both, ("Desk", "ICT", 2))))
    assert (case, words("contacts", case, **values)) == ("single_one", "Contact with ICT rests on one role: desk")
    case, values = meeting.contact_reading(contact_matrix(contacts(*both, ("Desk", "ICT", 1))))
    assert (case, values["open"]) == ("open", ["ICT"])


def test_equal_scores_tell_nothing_apart():
    """W25 from three equal scores up."""
    assert [finding.case for finding in meeting.flat_scores(pd.Series([2.0] * 3), "contacts")] == ["all_equal"]
    assert meeting.flat_scores(pd.Series([2.0, 2.0, 1.0]), "contacts") == []


def test_a_share_that_moves_against_its_trend():
    """W28: called rising in chapter 3, and expected to lose 17 points of share; the other way round is fine."""
    shift = channel_shift(pd.Series({"am": 50.0, "web": 50.0}), pd.Series({"am": 100.0, "web": 50.0}))
    trends = pd.DataFrame({"channel": ["am", "web"], "trend": ["stable", "rising"]})
    finding = meeting.against_trend(shift, trends, NAMES)[0]
    assert (finding.id, finding.case, finding.values["channels"]) == ("W28", "outlook_against_trend", ["Webshop"])
    assert meeting.against_trend(shift, trends.assign(trend=[None, "falling"]), NAMES) == []
    assert meeting.shift_reading(shift, NAMES)[0] == "gain"
    assert meeting.shift_reading(channel_shift(shift["now"].set_axis(["am", "web"]), pd.Series({"am": 1.0})), NAMES)[0]


def test_more_won_than_there_were():
    """W28 for a band, a channel and a topic that cannot be; what is left counts."""
    usable, found = selling.usable_bands(bands(won=[79, 1]))
    assert (list(usable["band"]), found[0].case) == (["B"], "won_above_closed")
    assert selling.usable_bands(bands())[1] == []
    channel = {"channel": ["am"], "leads": [3], "acquisition_spend": [1]}
    found = selling.impossible_funnel(lead_funnel(pd.DataFrame(channel | {"won": [4]})), NAMES)
    assert cases(found) == [("W28", "won_above_leads")]
    assert selling.impossible_funnel(lead_funnel(pd.DataFrame(channel | {"won": [3]})), NAMES) == []
    desk = pd.DataFrame({"topic": ["fault"], "contacts": [3.0], "solved_first": [4.0]})
    assert working.usable_levels(desk)[1][0].case == "solved_above_contacts"
    assert working.usable_levels(desk.assign(solved_first=3.0))[1] == []


def test_every_warning_of_the_chapter_can_be_said():
    """The places of the words are filled by the rules, in both languages."""
    found = [*selling.usable_bands(bands(won=[79, 61]))[1], *meeting.flat_scores(pd.Series([1.0] * 3), "x")]
    for finding in found:
        case = chapters.words("warnings")[finding.id]["cases"][finding.case]
        for language in ("nl", "en"):
            assert "{" not in fill(case["text"], language, finding.values)


def test_what_the_calibration_says():
    """Too optimistic, as expected, too low, nothing assumed, nothing closed."""
    assert selling.calibration_reading(leads.calibrated(bands()))[0] == "high"
    assert selling.calibration_reading(leads.calibrated(bands(assumed=[0.5, 0.05])))[0] == "none"
    assert selling.calibration_reading(leads.calibrated(bands(assumed=[0.2, 0.05])))[0] == "off"
    assert selling.calibration_reading(leads.calibrated(bands(assumed=np.nan)))[0] == "unknown"
    empty = leads.calibrated(bands(closed=0, won=0))
    assert selling.calibration_reading(empty)[1]["unclosed"] == ["A", "B"]
    assert selling.calibration_rows(empty, "nl")["range"].isna().all()


def test_what_following_up_says():
    """Some cost more than they bring, all pay, no hours, and too little known."""
    used = {"used": [0.5, 0.03]}
    assert selling.follow_up_reading(leads.follow_up(bands(**used)))[0] == "skip_shares"
    assert selling.follow_up_reading(leads.follow_up(bands(**used, contact_cost=1)))[0] == "shares"
    assert selling.follow_up_reading(leads.follow_up(bands(**used, contact_cost=1, open=np.nan)))[0] == "best"
    assert selling.follow_up_reading(leads.follow_up(bands(**used, hours=np.nan)))[0] == "skip"
    assert selling.follow_up_reading(leads.follow_up(bands(**used, value=np.nan)))[0] == "open"


def test_the_second_opinion_needs_the_same_deals():
    """20 and 30 open leads beside 50 deals; beside 49 there is nothing to compare."""
    followed = leads.follow_up(bands(used=[0.5, 0.1]))
    assert followed["total"].sum() == pytest.approx(169_000)
    assert selling.second_opinion(deals(("a", 50, 650_000, 0.5)), followed)[0] == "lower"
    assert selling.second_opinion(deals(("a", 50, 650_000, 0.1)), followed)[0] == "higher"
    assert selling.second_opinion(deals(("a", 50, 650_000, 0.26)), followed)[0] == "close"
    assert selling.second_opinion(deals(("a", 49, 650_000, 0.5)), followed) is None


def test_deals_at_lifetime_value_fall_back_on_their_amount():
    """Asked for, but without segments there is no customer value; that is said."""
    table = pd.DataFrame({"stage": ["a"], "deals": [1.0], "amount": [100.0], "probability": [0.5], "segment": [None]})
    assert selling.open_deals(table, {}, None)[1] == "deal"
    found, basis = selling.open_deals(table, {}, (0.1, 0.0))
    assert (found.expected, basis) == (50, "no_lifetime")
    assert selling.funnel_reading(deals(("a", 1, 0, 0.5)))[0] == "empty"


def test_readings_of_operations_and_service():
    """A circle, stuck hand-overs, steps without owner, and a process that is right."""
    frame = pd.DataFrame({"step": ["a", "b"], "supplier": None, "input": ["o", "x"], "output": ["x", "y"]})
    frame = frame.assign(next=["b", ""], owner="head", kpi="time")
    for changes, case in (
        ({}, "sound"),
        ({"next": ["b", "a"]}, "circle"),
        ({"input": ["o", "z"]}, "stuck_one"),
        ({"owner": [None, "head"]}, "bare"),
        ({"next": ["", ""]}, "broken"),
    ):
        found = handover_gaps(frame.assign(**changes))
        reading, values = working.handover_reading(found)
        assert reading == case
        assert words("handovers", case, **values)
        assert len(working.handover_rows(frame.assign(**changes), found, words)) == 2
    weak = service_score(pd.DataFrame({"check": ["one_contact"], "score": [1.0]}))
    assert working.service_reading(weak, CHECKS) == ("weak", {"share": 0.5, "weak": ["one contact point"]})
    desk = pd.DataFrame({"topic": ["Fault"], "contacts": [4.0], "solved_first": [3.0], "response_hours": [9.0]})
    late, solved = service_levels(desk.assign(promised_hours=8.0))
    assert working.level_reading(late, solved.result.value)[1]["late"] == ["fault"]
    assert working.level_reading(service_levels(desk.assign(promised_hours=np.nan))[0], 0.75)[0] == "untimed"


def test_the_gaps_are_named_with_their_owners():
    """One of each kind in English; whoever has no owner is still to be named."""
    matrix = contact_matrix(contacts(("Sales", "Buyer", 3), ("Desk", "Buyer", 0), ("Desk", "ICT", 1)))
    steps = pd.DataFrame([("a", "customer", "o", "x", "z", None, "time")], columns=rules_columns())
    tables = {
        "handovers": steps,
        "customer_systems": pd.DataFrame({"system": ["Portal"], "access": "act", "fallback": None, "owner": ["Head"]}),
        "service_checks": pd.DataFrame({"check": ["one_contact"], "score": [0.0], "owner": [None]}),
        "partners": pd.DataFrame({"partner": list("pqrstu"), "norms_agreed": [False] * 5 + [True]}),
        "triggers": pd.DataFrame({"signal": ["Moves"], "action": [None], "goal": ["keep"], "owner": ["Desk"]}),
    }
    found = working.gap_list(words, "en", tables, matrix, handover_gaps(steps), CHECKS)
    assert list(found["owner"]) == [
        "still to be named",
        "Head",
        "still to be named",
        "still to be named",
        "still to be named",
        "still to be named",
        "Sales",
        "Desk",
    ]
    assert found["gap"].iloc[0] == "A: the next step ‘z’ does not exist"
    assert "p, q, r and 2 more" in found["gap"].iloc[5]
    assert found["action"].notna().all()
    assert working.gap_list(words, "en", {}, None, None, CHECKS).empty


def rules_columns() -> list[str]:
    return ["step", "supplier", "input", "output", "next", "owner", "kpi"]


def test_a_problem_without_knowledge_or_people_is_a_gap():
    """Care has both and a visit planned, offices lacks who brings it and hears from us only when it orders."""
    problems = pd.DataFrame({"segment": ["care", "offices"], "problem": ["p", "q"], "knowledge": ["k", "k"]})
    problems = problems.assign(people=["driver", None], occasion=["visit", None], rhythm=[4.0, np.nan])
    names = {"care": "Care", "offices": "Offices"}
    case, values = meeting.problem_reading(problems, names)
    assert (case, values["segments"], values["quiet"]) == ("one", ["Offices"], ["Offices"])
    rows = meeting.problem_rows(problems, words)
    assert list(rows["occasion"]) == ["visit, 4× a year", "–"]
    assert meeting.problem_reading(problems.iloc[:1], names)[0] == "none"


def test_triggers_and_the_kinds_without_one():
    """A signal without an owner is not complete; a new stage of life has no signal yet."""
    triggers = pd.DataFrame({"kind": ["lead", "lead"], "signal": ["s", "t"], "action": "call", "goal": "keep"})
    triggers = triggers.assign(owner=["Desk", ""])
    case, values = working.trigger_reading(triggers, {"lead": "lead", "life_stage": "new stage of life"})
    assert (case, values["absent"]) == ("one", ["new stage of life"])
    assert list(working.trigger_rows(triggers)["aim"]) == ["keep\nDesk", "keep\n–"]
    assert working.trigger_reading(triggers.iloc[:1], {"lead": "lead"})[0] == "none"


def test_partners_systems_and_means():
    """Norms not agreed with one of two; a system that customers see without help; spend that wins too little."""
    partners = pd.DataFrame({"partner": ["p", "q"], "norms_agreed": [True, False]})
    assert meeting.partner_reading(partners) == ("one", {"count": 1, "total": 2, "without": ["q"]})
    systems = pd.DataFrame({"system": ["Portal", "Files"], "access": ["act", "none"], "fallback": [None, None]})
    assert meeting.system_reading(systems) == ("one", {"count": 1, "visible": 1, "first": "portal"})
    assert meeting.system_reading(systems.iloc[1:])[0] == "closed"
    assert meeting.system_reading(systems.assign(fallback="desk"))[0] == "none"
    table = pd.DataFrame({"channel": ["am", "web"], "leads": 9, "won": [1, 1], "acquisition_spend": [9, 1]})
    assert selling.means_reading(leads.channel_means(lead_funnel(table)), NAMES)[0] == "apart"
    even = table.assign(acquisition_spend=5)
    assert selling.means_reading(leads.channel_means(lead_funnel(even)), NAMES)[0] == "level"
    assert selling.means_reading(leads.channel_means(lead_funnel(even.assign(won=0))), NAMES)[0] == "open"


def test_the_conclusion_has_words_for_every_case():
    """Threads and hand-overs, one of them, other gaps, nothing wrong, leads only, and nothing at all."""
    single = contact_matrix(contacts(("Sales", "Buyer", 3)))
    sound = contact_matrix(contacts(("Sales", "Buyer", 3), ("Desk", "Buyer", 3)))
    frame = pd.DataFrame([("a", "", "o", "x", "z", "h", "k")], columns=rules_columns())
    stuck, right = handover_gaps(frame), handover_gaps(frame.assign(next=""))
    open_deals = deals(("a", 1, 100, 0.5))
    for arguments, case in (
        ((single, stuck, 3, None), "both"),
        ((single, right, 1, None), "threads"),
        ((sound, stuck, 1, None), "handovers"),
        ((sound, right, 2, None), "gaps"),
        ((sound, right, 1, None), "gap"),
        ((sound, right, 0, None), "sound"),
        ((None, None, 0, open_deals), "leads"),
        ((None, None, 0, None), "begun"),
    ):
        found, values = working.verdict(*arguments)
        assert found == case
        assert words("conclusion", case, **values)
        assert words("so", case)


@pytest.mark.slow
def test_the_charts_draw_whatever_a_client_fills_in():
    """One cell or many with long names, unknown pairs, one channel, sixty stages, nothing expected."""
    long = "Manager of purchasing and facilities in the region"
    many = contacts(*((f"{long} {own}", f"{long} {role}", (own + role) % 4) for own in range(9) for role in range(11)))
    for table in (contacts(("Sales", "Buyer", 0)), many.drop(index=3)):
        assert "nan" not in svg(contact_heatmap(contact_matrix(table), "en")).split("</defs>")[-1]
    for count in (1, 12):
        shares = pd.Series(range(1, count + 1), [f"c{number}" for number in range(count)], dtype=float)
        picture = slope_chart(channel_shift(shares, shares[::-1]), dict.fromkeys(shares.index, long), "nl")
        assert "over drie jaar" in svg(picture)
    stages = deals(*((f"{long} {number}", 1, number * 1_000, 0.1) for number in range(60)))
    assert "more" in svg(funnel_chart(stages, "en"))
    assert "€" in svg(funnel_chart(deals(("a", 1, 0, 0.0)), "nl"))
