"""The rules W25 and W28, and what the texts of chapter 1 may say about the coffee firm."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from crmworkbook import chapters
from crmworkbook.findings import strategy as rules
from crmworkbook.findings import strategy_readings as readings
from crmworkbook.models import strategy as models
from crmworkbook.models.statements import StatementScores, statement_scores

PARTIES = {"us": "wij", "chain": "Landelijke aanbieder"}
FACTORS = pd.DataFrame({"factor": ["Prijs", "Hulp bij storing"], "weight": [0.4, 0.6]})
STATEMENTS = chapters.chapter("business_strategy").statements["disciplines"]


def scored(**parties: tuple[float, float]) -> pd.DataFrame:
    """Scores on price and on help with breakdowns."""
    rows = [(p, f, s) for p, scores in parties.items() for f, s in zip(FACTORS["factor"], scores, strict=True)]
    return pd.DataFrame(rows, columns=["party", "factor", "score"])


def stated(**parties: tuple[float, float, float]) -> pd.DataFrame:
    """The same score on two statements of each discipline."""
    rows = [
        (party, f"{discipline}_{number}", score)
        for party, scores in parties.items()
        for discipline, score in zip(models.DISCIPLINES, scores, strict=True)
        for number in (1, 2)
    ]
    return pd.DataFrame(rows, columns=["party", "statement", "score"])


def ours(scores: pd.DataFrame) -> StatementScores:
    """Our own scores of the chapter's statements."""
    return statement_scores(scores[scores["party"] == "us"], [statement.id for statement in STATEMENTS])


def gate(*confidence: int | None) -> models.DistinctivenessGate:
    """The gate with an answer to every test for which a confidence is given."""
    answers = dict(zip(models.DISTINCTIVENESS_TESTS, ["One face.", "Within a day.", "Call back."], strict=True))
    given = dict(zip(answers, confidence, strict=True))
    return models.distinctiveness_gate({test: words for test, words in answers.items() if given[test]}, given)


def test_threes_all_over_tell_nothing_apart():
    """Five threes stand at the middle, five fours are all equal, two scores say nothing either way."""
    lists = {"forces": pd.Series([3.0] * 5), "chain": pd.Series([4.0] * 5), "web": pd.Series([3.0, 3.0])}
    assert [finding.case for finding in rules.same_scores(lists)] == ["straight_line", "all_equal"]
    assert rules.same_scores({"forces": pd.Series([3.0, 3.0, 4.0])}) == []


def test_scores_that_fit_raise_nothing():
    """Both parties declared, both factors weighed, every statement known, costs add up."""
    assert rules.profile_fits(scored(us=(3, 5), chain=(4, 3)), FACTORS, PARTIES, "profile") == []
    assert rules.disciplines_fit(stated(us=(3, 3, 4)), STATEMENTS, PARTIES, "statements") == []
    assert rules.chain_adds_up(pd.DataFrame({"cost_share": [0.6, 0.395]})) == []


def test_scores_that_do_not_fit_are_named():
    """Competitors alone, under another spelling, on a factor without a weight."""
    scores = scored(chian=(4, 3)).replace("Prijs", "De prijs")
    found = rules.profile_fits(scores, FACTORS.assign(weight=0), PARTIES, "profile")
    assert [finding.case for finding in found] == [
        "no_own_scores",
        "unknown_party",
        "unknown_factor",
        "no_weight",
    ]
    assert found[2].values == {"factors": ["De prijs"]}


def test_a_statement_that_does_not_exist_is_named():
    """There are four statements per discipline."""
    scores = pd.DataFrame({"party": ["us"], "statement": ["customer_9"], "score": [3.0]})
    found = rules.disciplines_fit(scores, STATEMENTS, PARTIES, "statements")
    assert [(finding.case, finding.values["statements"]) for finding in found] == [
        ("unknown_statement", ["customer_9"])
    ]


def test_cost_shares_of_ninety_per_cent_stop_the_chain():
    """A tenth of the costs is missing."""
    found = rules.chain_adds_up(pd.DataFrame({"cost_share": [0.6, 0.3]}))
    assert found[0].values["total"] == pytest.approx(0.9)


def test_every_case_has_words():
    """The rules raise only cases that the word list has."""
    cases = chapters.words("warnings")["W28"]["cases"]
    assert {
        "no_own_scores",
        "unknown_party",
        "unknown_factor",
        "no_weight",
        "unknown_statement",
        "cost_shares",
    } <= set(cases)


@pytest.mark.parametrize(
    ("confidence", "case"),
    [((4, 4, 4), "open"), ((4, 4, 2), "weak_one"), ((1, 4, 2), "weak_many"), ((2, 4, None), "closed_one")],
)
def test_an_open_test_weighs_more_than_an_unsure_one(confidence, case):
    """Without an answer the gate is shut, whatever the others are worth."""
    assert readings.gate_reading(gate(*confidence), "nl")["case"] == case


@pytest.mark.parametrize(
    ("rows", "case"),
    [
        ({"us": (3, 3, 4), "chain": (2, 2, 2)}, "leads"),
        ({"us": (3, 3, 4), "chain": (2, 5, 2)}, "leads_below"),
        ({"us": (3, 3, 4), "chain": (2, 2, 4)}, "behind"),
        ({"us": (3, 4, 4), "chain": (2, 2, 2)}, "tied"),
        ({"us": (3, 3, 4)}, "alone"),
    ],
)
def test_our_highest_mean_is_a_lead_only_when_nobody_equals_it(rows, case):
    """A lead is against the others, not among our own scores."""
    reading = readings.discipline_reading(models.value_disciplines(stated(**rows)), "nl")
    assert reading["case"] == case


def test_every_reading_has_its_text():
    """The words that a reading chooses are in the chapter's file."""
    texts = chapters.chapter("business_strategy").texts
    places = {"leads", "leads_below", "behind", "alone", "tied", "incomplete"}
    assert places <= set(texts["disciplines"])
    assert places | {"closed", "unmeasured"} == set(texts["conclusion"])
    assert places | {"closed", "unmeasured", "weak", "weak_below"} == set(texts["so"])


def test_a_shut_gate_is_the_conclusion():
    """No gate, no go: a lead does not matter yet."""
    reading = readings.discipline_reading(models.value_disciplines(stated(us=(3, 3, 4), chain=(2, 5, 2))), "nl")
    assert readings.verdict(gate(4, 4, None), reading, "nl")[:2] == ("closed", "closed")
    assert readings.verdict(gate(4, 4, 2), reading, "nl")[:2] == ("leads_below", "weak_below")
    assert readings.verdict(gate(4, 4, 4), None, "nl")[:2] == ("unmeasured", "unmeasured")


def test_the_profile_names_the_heaviest_gaps_first():
    """Repair beats the national supplier, price does not; words go on in small letters."""
    profile = models.competitor_profile(scored(us=(3, 5), chain=(4, 3)), FACTORS)
    reading = readings.profile_reading(profile, PARTIES, "nl")
    assert (reading["case"], reading["ahead"], reading["behind"]) == (
        "aheadbehind",
        ["hulp bij storing"],
        ["prijs"],
    )


def test_lowest_statements_are_marked_with_their_ties_up_to_four():
    """One low score among equals is marked alone; a whole list is not."""
    scores = stated(us=(2, 4, 4))
    assert readings.statement_rows(scores, ours(scores), STATEMENTS, "nl")["lowest"].sum() == 2
    scores.loc[0, "score"], scores.loc[1:, "score"] = 2.0, 4.0
    rows = readings.statement_rows(scores, ours(scores), STATEMENTS, "nl")
    assert list(rows.index[rows["lowest"]]) == [0]


def test_an_objective_shows_what_is_missing_as_nothing():
    """A target in euros and a share are written as people read them; an absent date stays empty."""
    objectives = pd.DataFrame(
        {
            "objective": ["Langer houden", "Zuinig werven", "Groeien"],
            "kpi": ["Retentie", "CAC", None],
            "target": [0.875, 3200.0, math.nan],
            "unit": ["share", "money", None],
            "due": [pd.Timestamp("2026-12-31").date(), None, None],
        }
    )
    rows = readings.objective_rows(objectives, "nl", "EUR")
    assert [target and target.replace("\u00a0", " ") for target in rows["target"]] == [
        "87,5%",
        "€ 3.200",
        None,
    ]
    assert rows["due"].tolist() == ["31-12-2026", None, None]
    assert rows["kpi"].tolist() == ["Retentie", "CAC", None]


def test_equal_value_everywhere_is_no_finding_about_the_chain():
    """When all activities score alike, the claim says just that."""
    frame = pd.DataFrame({"activity": ["service", "operations"], "cost_share": [0.3, 0.7], "customer_value": [3, 3]})
    assert readings.chain_reading(models.value_chain(frame), "nl")["case"] == "flat"
    reading = readings.chain_reading(models.value_chain(frame.assign(customer_value=[5, 3])), "nl")
    assert (reading["case"], reading["best"], reading["costly"]) == ("both", ["service"], ["operationele processen"])
