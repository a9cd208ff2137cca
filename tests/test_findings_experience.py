"""The rules and readings of the experience chapter, on a case that raises each and one that does not."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crmworkbook import chapters
from crmworkbook.client import read_client
from crmworkbook.findings import experience as rules
from crmworkbook.findings import experience_readings as readings
from crmworkbook.findings import offer_readings as offers
from crmworkbook.models.customisation import customisation
from crmworkbook.models.journey import Journey, journey, plan
from crmworkbook.models.kano import CATEGORIES, Kano, classify
from crmworkbook.models.loyalty import engagement_index, loyalty_profile, satisfied_but_leaving
from crmworkbook.models.statements import statement_scores
from crmworkbook.models.survey import METRICS, Survey, difference, survey_results
from crmworkbook.text import Text, fill

from .conftest import cases

AS_OF = date(2025, 12, 31)
NAMES = dict.fromkeys([*METRICS, "nps_change"], "NPS")
KINDS = {key: key.lower() for key in CATEGORIES}


def say(key: str, case: str | None = None, **values: Any) -> str:
    entry = chapters.chapter("experience").texts[key]
    return fill(entry if isinstance(entry, Text) else entry[case or ""], "en", {"per_period": "a year"} | values)


def nps(promoter: float, passive: float, detractor: float, asked: float = 400) -> Survey:
    rows = pd.DataFrame({"metric": "nps", "value": ["10", "8", "0"], "count": [promoter, passive, detractor]})
    return survey_results(rows.assign(asked=asked), AS_OF)[0]


def kano(*rows: tuple[float, ...]) -> Kano:
    named = [(f"f{place}", *row) for place, row in enumerate(rows)]
    return classify(pd.DataFrame(named, columns=["feature", *CATEGORIES]))


def walked(*emotions: float, **columns: object) -> tuple[Journey, dict[str, str]]:
    names = {f"s{place}": f"Step {place}" for place in range(1, len(emotions) + 1)}
    found = journey(pd.DataFrame({"step": list(names), "emotion": emotions, **columns}))
    assert found is not None
    return found, names


def test_a_survey_is_thin_below_thirty_and_without_response() -> None:
    """W17: 29 answers, nobody knows how many were asked, more answers than asked; 30 of 400 is fine."""
    cases = [nps(9, 10, 10), nps(30, 10, 10, math.nan), nps(30, 10, 10, 20)]
    found = [[finding.case for finding in rules.thin_surveys([one], NAMES)] for one in cases]
    assert found == [["small_sample"], ["response_unknown"], ["more_than_asked"]]
    assert rules.thin_surveys([nps(10, 10, 10)], NAMES) == []
    assert rules.thin_surveys([nps(0, 0, 0)], NAMES)[0].values["n"] == 0


def test_a_claim_within_its_margin_is_unproven() -> None:
    """W17: +12.5 ± 13.4 of the coffee firm, and its change since the year before; 60 of 70 promoters is proven."""
    now, before = nps(42, 51, 27), nps(33, 45, 26)
    found = rules.unproven(now, None, NAMES)
    assert cases(found) == [("W17", "margin_too_wide")]
    assert found[0].values["difference"] == pytest.approx(12.5)
    assert rules.unproven(now, difference(before, now), NAMES)[0].values["margin"] == pytest.approx(19.67, abs=0.01)
    assert rules.unproven(nps(60, 10, 0), None, NAMES) == []
    assert rules.unproven(None, None, NAMES) == []
    assert rules.unproven(nps(40, 0, 0), None, NAMES) == []


def test_kano_doubts_are_told_both_ways() -> None:
    """W18: 5 of 40 contradictory, 16 against 19 of 40; 4 of 40 and a lead of 5 are fine; many stand in one warning."""
    found = rules.kano_doubts(kano((19, 16, 1, 0, 0, 4), (30, 0, 5, 0, 0, 5)), {"f0": "a", "f1": "b"}, KINDS)
    assert [(finding.case, finding.values["feature"]) for finding in found] == [
        ("questionable_answers", "b"),
        ("close_categories", "a"),
    ]
    assert rules.kano_doubts(kano((22, 11, 2, 4, 0, 1), (17, 9, 1, 12, 0, 1)), {}, KINDS) == []
    many = kano(*[(5.0, 5.0, 0.0, 0.0, 0.0, 4.0)] * 3)
    cases = [finding.case for finding in rules.kano_doubts(many, {f"f{n}": "x" for n in range(3)}, KINDS)]
    assert cases == ["many_questionable", "many_close"]


def test_a_small_kano_survey_is_told() -> None:
    """W17 from 29 answers down."""
    assert rules.kano_sample(kano((20, 9, 0, 0, 0, 0)), "Kano")[0].values["n"] == 29
    assert rules.kano_sample(kano((20, 10, 0, 0, 0, 0)), "Kano") == []


def test_a_journey_without_ups_and_downs_is_told() -> None:
    """W25 for three equal steps; two are too few to say, and a difference is fine."""
    assert rules.flat_journey(pd.Series([2.0, 2.0, 2.0, math.nan]), "journey")[0].case == "all_equal"
    assert rules.flat_journey(pd.Series([2.0, 2.0]), "journey") == []
    assert rules.flat_journey(pd.Series([2.0, 2.0, 1.0]), "journey") == []


def test_tables_that_cannot_be_are_told() -> None:
    """W28: an 8 for CSAT, and more participants than customers."""
    rows = pd.DataFrame({"metric": ["nps", "csat"], "value": ["8", "8"], "count": [1.0, 1.0]})
    found = rules.off_scale(rows, {"csat": "CSAT"})
    assert cases(found) == [("W28", "off_scale")]
    assert found[0].values["answers"] == ["CSAT: 8"]
    assert rules.off_scale(rows.head(1), {}) == []
    usage = pd.DataFrame({"activity": ["panel"], "active": [6], "customers": [5]})
    assert rules.usage_faults(usage)[0].values["items"] == ["panel"]
    assert rules.usage_faults(usage.assign(customers=6)) == []


def test_every_warning_of_this_chapter_finds_its_words() -> None:
    """Each place of the text is filled."""
    now = nps(9, 10, 10, 20)
    doubts = kano(*[(5.0, 5.0, 0.0, 0.0, 0.0, 4.0)] * 3), kano((5, 5, 0, 0, 0, 4))
    found = [*rules.thin_surveys([now, nps(9, 1, 1, math.nan)], NAMES), *rules.unproven(now, None, NAMES)]
    found += [finding for one in doubts for finding in rules.kano_doubts(one, {f"f{n}": "x" for n in range(3)}, KINDS)]
    for finding in found:
        case = chapters.words("warnings")[finding.id]["cases"][finding.case]
        assert fill(case["text"], "nl", finding.values)


@pytest.mark.parametrize(
    ("emotions", "claim", "case", "so"),
    [
        ((3.0,), "single", "good_end", "good_end"),
        ((2.0, 2.0), "flat", "flat", "flat"),
        ((4.0, -4.0, 1.0), "tied", "pain", "pain"),
        ((1.0, -3.0, -1.0), "pain_end_bad", "pain", "pain"),
        ((-3.0, -1.0), "pain_end_bad", "pain", "pain_only"),
        ((-3.0, 2.0), "remembered", "pain", "pain_end"),
        ((4.0, 0.0), "pleasure_end_bad", "end", "end"),
        ((4.0, 2.0), "remembered", "good", "good"),
        ((2.0, 4.0), "remembered", "good_end", "good_end"),
    ],
)
def test_what_a_journey_says_depends_on_peak_and_end(emotions, claim, case, so) -> None:
    """Claim, conclusion and what follows, all with their places filled."""
    found, names = walked(*emotions)
    reading = readings.journey_reading(found, [], names, say, "en")
    assert reading["case"] == claim
    assert say("emotion", claim, **{key: value for key, value in reading.items() if key != "case"})
    end = readings.verdict(found, plan(found), names, has_surveys=True)
    assert (end["case"], end["so"]) == (case, so)
    values = {key: value for key, value in end.items() if key != "case"}
    assert say("conclusion", case, **values)
    assert say("so", so, fit="", **values)


def test_without_a_journey_the_conclusion_falls_back() -> None:
    """On the surveys, else on nothing."""
    assert [readings.verdict(None, None, {}, has)["case"] for has in (True, False)] == ["nps", "other"]


def test_the_plan_joins_what_follows_and_what_the_client_wants() -> None:
    """Ideas stand at their place, an own place comes last of its kind, and a fix with an owner is an action."""
    found, names = walked(3, -4, 1, moment_of_truth=[False, True, False], effort=[1.0, 4.5, 2.0])
    given = {"step": ["s2", "s1"], "kind": ["fix", "extra"], "idea": ["Call back", "Coffee"], "owner": ["Head", ""]}
    ideas = pd.DataFrame(given).assign(due=[date(2026, 5, 31), None])
    rows = readings.plan_rows(plan(found), found, ideas, names, say, "en")
    assert rows["kind"].tolist() == ["fix", "ending", "peak", "extra"]
    assert rows["place"][0] == "Step 2\nEmotion −4, decisive, effort 4.5"
    assert rows["idea"].tolist() == ["Call back", "–", "–", "Coffee"]
    assert readings.plan_reading(rows)["case"] == "open"
    action = readings.plan_actions(rows, say, "en")[0]
    assert (action.text, action.owner, action.due) == ("Step 2: Call back", "Head", "31/05/2026")


def test_moments_of_truth_need_a_standard_and_an_owner() -> None:
    """First what is missing, then which is met least, else that nothing was measured."""
    rows = {"step": ["s1", "s2"], "moment_of_truth": True, "standard": ["in time", "right"], "owner": ["Head", None]}
    steps = pd.DataFrame(rows).assign(pass_rate=[0.9, 0.5])
    names = {"s1": "One", "s2": "Two"}
    assert readings.moment_reading(readings.moment_rows(steps, names))["open"] == ["Two"]
    owned = steps.assign(owner="Head")
    assert readings.moment_reading(readings.moment_rows(owned, names))["lowest"] == "Two"
    blank = readings.moment_rows(owned.assign(pass_rate=math.nan), names)
    assert readings.moment_reading(blank)["case"] == "unmeasured"


def test_surveys_of_the_round_before_count_as_the_earlier_measurement(tmp_path: Path) -> None:
    """One NPS now and one in the last round: 0 ± 21.9 became 50 ± 13.4, a change of 50 ± 25.7."""
    content = "crmworkbook: 1\nname: Firm\nlanguage: en\nas_of: {}\ntables:\n  surveys:\n"
    content += "    - {{metric: nps, value: promoter, count: {}}}\n    - {{metric: nps, value: 0, count: 40}}\n"
    earlier = tmp_path / "history" / "rounds" / "2024"
    earlier.mkdir(parents=True)
    (earlier / "client.yaml").write_text(content.format("2024-12-31", 40), encoding="utf-8")
    (tmp_path / "client.yaml").write_text(content.format("2025-12-31", 120), encoding="utf-8")
    found = readings.measured(read_client(tmp_path / "client.yaml"))
    change = found.change("nps")
    assert change is not None
    assert (change.before, change.difference) == (date(2024, 12, 31), pytest.approx(50))
    assert readings.survey_reading(found, "en")["case"] == "clear_up"
    assert readings.survey_rows(found, NAMES, "en")["change"].tolist() == ["+50.0 ± 25.7"]


def test_a_guess_is_held_against_the_result() -> None:
    """30 guessed, 12.5 measured."""
    assert readings.gut_reading(nps(42, 51, 27), 30, say, "en") == {"gap": "17.5", "way": "lower"}


def test_a_basic_factor_that_scores_lowest_is_named() -> None:
    """Satisfaction beside category: first the lowest mark, equal marks, and no marks."""
    found, names = kano((9, 1, 0, 0, 0, 0), (0, 0, 9, 1, 0, 0)), {"f0": "Invoice", "f1": "Signal"}
    cases = {(5.8, 7.0): "basic_low", (7.0, 5.8): "lowest", (6.0, 6.0): "equal", (math.nan, math.nan): "unknown"}
    for marks, case in cases.items():
        rows = offers.feature_rows(found, None, pd.Series(marks, index=["f0", "f1"]), names, KINDS, numbered=True)
        reading = offers.feature_reading(rows)
        assert reading["case"] == case
        assert say("features", case, **{key: value for key, value in reading.items() if key != "case"})
    assert rows["name"].tolist() == ["1. Invoice", "2. Signal"]


@pytest.mark.parametrize(
    ("values", "case", "balance"),
    [([9, 9], "none", "gain"), ([9, 1], "some", "gain"), ([1, 1], "all", "loss"), ([None, None], "unknown", "open")],
)
def test_customisation_pays_everywhere_somewhere_or_nowhere(values, case, balance) -> None:
    """Two of three segments with a cost of 5; the third has no choice yet."""
    table = pd.DataFrame({"segment": ["a", "b"], "presentation": True, "product": False, "cost": 5.0, "what": ""})
    reading = offers.fit_reading(customisation(table.assign(value=values)), {"a": "A", "b": "B", "c": "C"})
    assert (reading["case"], reading["balance"], reading["missing"]) == (case, balance, ["C"])


def test_loyalty_is_read_from_elements_segments_and_usage() -> None:
    """The weakest element, who leaves though satisfied, and the index with its parts."""
    options = dict.fromkeys(["satisfaction", "retention", "bond", "bonding", "programmes"], "Programme")
    given = pd.DataFrame(
        {"element": ["bond", "bonding"], "score": [3.0, 2.0], "kpi": "", "value": 0.4, "unit": "share"}
    )
    rows = offers.element_rows(loyalty_profile(given), options, "en", "EUR")
    assert (offers.element_reading(rows)["lowest"], rows["figure"][2]) == ("programme", "40.0%")
    assert offers.element_reading(rows.head(3).assign(lowest=False))["case"] == "single"
    moves = {"segment": ["a", "b"], "customers_start": 9, "customers_lost": [5, 0], "satisfaction": [8.0, 7.0]}
    found = satisfied_but_leaving(pd.DataFrame(moves))
    assert found is not None
    assert offers.leaving_reading(found, {"a": "A", "b": "B"})["leaving"] == ["A"]
    scores = statement_scores(
        pd.DataFrame({"statement": ["part", "known"], "who": "x", "score": [3, 5]}), ["part", "known"]
    )
    means = offers.engagement_means(scores)
    assert means == {"involved": 3, "recognised": 5}
    usage = pd.DataFrame({"activity": ["Panel"], "active": [1], "customers": [4]})
    index = engagement_index(means["involved"], usage)
    assert index is not None
    assert say("usage", **means, **offers.usage_reading(index, usage)).count("25%") == 2
