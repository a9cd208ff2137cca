"""The experience models: Kano, the journey, surveys, customisation and loyalty, against published numbers."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from crmworkbook.models.customisation import customisation, customisation_kind
from crmworkbook.models.journey import Journey, pains_to_join, plan, pleasures_to_split
from crmworkbook.models.journey import journey as journey_of
from crmworkbook.models.kano import CATEGORIES, classify, continuous, count_answers, evaluation_table
from crmworkbook.models.loyalty import engagement_index, expectation_gaps, loyalty_profile, satisfied_but_leaving
from crmworkbook.models.survey import Survey, difference, survey_results, wrong_values

DEMO = {
    "breakdown": (22, 11, 2, 4, 0, 1),
    "delivery": (19, 16, 1, 3, 0, 1),
    "contact": (9, 18, 8, 4, 0, 1),
    "invoice": (17, 9, 1, 12, 0, 1),
    "ordering": (5, 12, 14, 8, 1, 0),
    "refill": (2, 6, 21, 10, 1, 0),
    "tasting": (0, 2, 17, 19, 2, 0),
    "mail": (0, 1, 3, 18, 17, 1),
}
DATA = Path(__file__).parents[1] / "data" / "demo"
TEN_STEPS = (1, 3, 0, 2, -1, 1, -4, 2, -2, 1)


def counts(**features: tuple[float, ...]) -> pd.DataFrame:
    return pd.DataFrame([(name, *row) for name, row in features.items()], columns=["feature", *CATEGORIES])


def steps(*emotions: float, **columns: object) -> pd.DataFrame:
    names = [f"s{place}" for place in range(1, len(emotions) + 1)]
    return pd.DataFrame({"step": names, "emotion": pd.Series(emotions, dtype=float)}).assign(**columns)


def journey(table: pd.DataFrame) -> Journey:
    found = journey_of(table)
    assert found is not None
    return found


def survey(metric: str, asked: float = math.nan, **answers: float) -> Survey:
    rows = pd.DataFrame({"metric": metric, "value": [key.lstrip("_") for key in answers], "count": answers.values()})
    return survey_results(rows.assign(asked=asked), date(2025, 12, 31))[0]


# --- Kano ---------------------------------------------------------------------------------------------------


def test_the_evaluation_table_is_kanos_and_the_diagonal_can_be_pouliots() -> None:
    """Three published copies agree: like Q A A A O, the middle R I I I M, dislike R R R R Q; Pouliot adds two Q."""
    table = evaluation_table()
    assert ["".join(row) for row in table.to_numpy()] == ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]
    changed = evaluation_table("pouliot")
    assert (changed != table).to_numpy().sum() == 2
    assert [changed.at[level, level] for level in ("expect", "neutral", "live_with")] == ["Q", "I", "Q"]


@pytest.mark.parametrize(
    ("row", "better", "worse"),
    [
        ((9, 10, 1, 2, 3, 0), 0.500, -0.864),
        ((9, 5, 4, 2, 4, 1), 0.450, -0.700),
        ((52.7, 22.6, 8.3, 12.4, 0, 0), 0.322, -0.784),
    ],
)
def test_better_and_worse_equal_the_published_ones(row, better, worse) -> None:
    """Three published tables, of 25 respondents twice and the spellchecker in percentages; order M O A I R Q."""
    found = classify(counts(feature=row)).frame.iloc[0]
    assert (found["better"], found["worse"]) == (pytest.approx(better, abs=5e-4), pytest.approx(worse, abs=5e-4))


def test_the_eight_features_of_the_coffee_firm() -> None:
    """Categories, coefficients to two decimals, and the four features that cannot be told apart."""
    found = classify(counts(**DEMO))
    frame = found.frame.set_index("feature")
    assert "".join(frame["category"]) == "MMOMAAII"
    assert frame["better"].round(2).tolist() == [0.33, 0.44, 0.67, 0.26, 0.67, 0.69, 0.50, 0.18]
    assert frame["worse"].round(2).tolist() == [-0.85, -0.90, -0.69, -0.67, -0.44, -0.21, -0.05, -0.05]
    assert list(frame.index[frame["is_close"]]) == ["delivery", "ordering", "tasting", "mail"]
    assert frame.loc["mail", "second"] == "R"
    assert all(working.evaluate() == working.result.value for working in found.workings)


def test_the_demo_client_holds_these_numbers() -> None:
    """Kano, journey and NPS of the coffee firm, read from its files."""
    words = {"must_be": "M", "one_dimensional": "O", "attractive": "A"}
    words |= {"indifferent": "I", "reverse": "R", "questionable": "Q"}
    listed = pd.read_csv(DATA / "kano_counts.csv").rename(columns=words)[list(CATEGORIES)]
    assert list(listed.itertuples(index=False, name=None)) == list(DEMO.values())
    assert tuple(pd.read_csv(DATA / "journey.csv")["emotion"]) == TEN_STEPS
    answers = pd.read_csv(DATA / "surveys.csv", dtype={"value": str})
    assert wrong_values(answers).empty
    answers["measured_on"] = pd.to_datetime(answers["measured_on"]).dt.date
    scores = [round(found.score, 3) for found in survey_results(answers, date(2025, 12, 31))]
    assert scores == [6.731, 12.5, 0.717, 4.908, 3.087]


def test_a_tie_goes_to_what_hurts_most_when_missing() -> None:
    """M before O before A before I."""
    tied = {"a": (5, 5, 5, 5, 0, 0), "b": (0, 5, 5, 5, 0, 0), "c": (0, 0, 5, 5, 0, 0), "d": (0, 0, 0, 5, 0, 5)}
    assert "".join(classify(counts(**tied)).frame["category"]) == "MOAI"


def test_answers_that_contradict_themselves_give_no_coefficients() -> None:
    """All questionable, or no answer at all: nothing to divide by, and nothing invented."""
    frame = classify(counts(odd=(0, 0, 0, 0, 0, 8), empty=(0, 0, 0, 0, 0, 0))).frame
    assert frame["category"].tolist() == ["Q", None]
    assert frame[["better", "worse"]].isna().all(axis=None)
    assert (frame["questionable"][0], frame["is_close"].any()) == (1, False)


def test_answers_per_respondent_become_counts_and_means() -> None:
    """Worked by hand: A, O and Q for a, R for b; functional (4 + 4 + 4) / 3, dysfunctional (0 + 4 − 2) / 3."""
    rows = [("a", "like", "neutral"), ("a", "like", "dislike"), ("a", "like", "like"), ("b", "dislike", "expect")]
    answers = pd.DataFrame([*rows, ("c", "like", None)], columns=["feature", "functional", "dysfunctional"])
    found = count_answers(answers).set_index("feature")
    assert found.loc["a"].to_dict() == {"M": 0, "O": 1, "A": 1, "I": 0, "R": 0, "Q": 1}
    assert (found.loc["b", "R"], found.loc["c"].sum()) == (1, 0)
    means = continuous(answers).set_index("feature")
    assert means.loc["a"].tolist() == pytest.approx([4, 2 / 3])
    with pytest.raises(ValueError, match="love"):
        count_answers(answers.replace("like", "love"))


# --- the journey --------------------------------------------------------------------------------------------


def test_ten_steps_are_remembered_as_minus_one_and_a_half() -> None:
    """The journey of the coffee firm: mean .3, peak −4 at the fault report, end +1, so −1.5."""
    found = journey(steps(*TEN_STEPS))
    assert (found.mean, found.peak, found.end, found.peak_end) == (pytest.approx(0.3), -4, 1, -1.5)
    assert (found.peak_step, found.high_step, found.ending) == ("s7", "s2", "flat")
    assert found.late_pain == pytest.approx(6 / 7)
    assert [working.result.value for working in found.workings] == [found.peak_end, pytest.approx(found.mean)]


def test_a_pain_as_strong_as_a_pleasure_is_the_peak() -> None:
    """Equally far from zero: the negative one counts, and the result says so."""
    found = journey(steps(4, 0, -4, 2))
    assert (found.peak, found.is_tied, found.peak_end) == (-4, True, -1)
    assert not journey(steps(4, 0, -3)).is_tied


def test_a_journey_of_one_step_and_one_without_peaks() -> None:
    """One step is peak and end at once; equal emotions have no peak; without emotions there is no journey."""
    one = journey(steps(3))
    assert (one.peak_end, one.mean, one.is_flat, one.late_pain) == (3, 3, True, None)
    assert plan(one)["kind"].tolist() == ["ending"]
    same = journey(steps(0, 0, 0))
    assert (same.is_flat, same.peak_end, same.ending) == (True, 0, "weak")
    assert journey_of(steps(math.nan)) is None


def test_pains_near_each_other_can_be_joined() -> None:
    """Steps 5, 7 and 9 have one step between them; next to each other there are none."""
    found = journey(steps(*TEN_STEPS))
    assert pains_to_join(found) == [["s5", "s7", "s9"]]
    assert pains_to_join(found, reach=1) == []
    assert pains_to_join(journey(steps(-1, -2, 3, 3, 3, -1)), reach=1) == [["s1", "s2"]]


def test_a_strong_pleasure_gives_part_of_itself_to_a_weak_neighbour() -> None:
    """The advice (3) to the contract (0), installation (2) to the first order (−1), the visit (2) to the fault (−4)."""
    assert pleasures_to_split(journey(steps(*TEN_STEPS))) == [("s2", "s3"), ("s4", "s5"), ("s8", "s7")]
    assert pleasures_to_split(journey(steps(5, 4, 5))) == []


def test_the_plan_has_three_pains_an_ending_a_peak_and_extra_moments() -> None:
    """Worst pain first; of equal pains the moment of truth, then the harder one; extra where nothing else happens."""
    found = plan(journey(steps(*TEN_STEPS)))
    assert list(zip(found["kind"], found["step"], strict=True)) == [
        ("fix", "s7"),
        ("fix", "s9"),
        ("fix", "s5"),
        ("ending", "s10"),
        ("peak", "s2"),
        ("extra", "s3"),
    ]
    equal = steps(-2, -2, -2, 1, moment_of_truth=[False, False, True, False], effort=[1, 5, 1, 1])
    assert plan(journey(equal))["step"].head(3).tolist() == ["s3", "s2", "s1"]


# --- surveys ------------------------------------------------------------------------------------------------


def test_thirty_per_cent_promoters_less_twenty_detractors_is_ten() -> None:
    """DELA 2018: 30% − 20% = +10; points of the scale count the same."""
    assert survey("nps", promoter=30, passive=50, detractor=20).score == pytest.approx(10)
    assert survey("nps", _10=20, _9=10, _7=50, _6=15, _0=5).score == pytest.approx(10)


def test_the_survey_of_the_coffee_firm() -> None:
    """42, 51 and 27 of 120: +12.5 ± 13.4; 86 of 120 satisfied 71.7%; effort 4.91, two thirds 5 or more."""
    nps = survey("nps", asked=340, promoter=42, passive=51, detractor=27)
    assert (nps.score, round(nps.margin, 1)) == (pytest.approx(12.5), 13.4)
    assert nps.response == pytest.approx(120 / 340)
    assert round(survey("csat", satisfied=86, not_satisfied=34).score, 3) == 0.717
    ces = survey("ces", _1=4, _2=7, _3=11, _4=18, _5=31, _6=32, _7=17)
    assert (round(ces.score, 2), round(ces.share, 3)) == (4.91, 0.667)
    assert all(working.evaluate() == working.result.value for found in (nps, ces) for working in found.workings)


def test_effort_of_2010_runs_the_other_way() -> None:
    """1 very low to 5 very high effort: mean (1 + 4 + 5) / 3, two of three found it hard."""
    found = survey("ces_2010", _1=1, _4=1, _5=1)
    assert (found.score, found.share) == (pytest.approx(10 / 3), pytest.approx(2 / 3))


def test_answers_that_say_nothing_about_chance_get_no_margin() -> None:
    """No answers: no score. All alike: a score, and no margin instead of ± 0."""
    empty = survey("nps", asked=50, promoter=0, passive=0, detractor=0)
    assert (math.isnan(empty.score), math.isnan(empty.margin), empty.response) == (True, True, 0)
    for metric, value in (("nps", "_10"), ("csat", "_5"), ("ces", "_7")):
        alike = survey(metric, **{value: 40})
        assert math.isnan(alike.margin)
        assert alike.n == 40
    assert survey("nps", asked=20, promoter=30).response is None


def test_two_measurements_differ_only_beyond_their_joint_margin() -> None:
    """Worked by hand: 12.5 ± 13.38 after 6.73 ± 14.36 is 5.77 ± 19.63; 60 against 10 is clear."""
    before = survey("nps", promoter=33, passive=45, detractor=26)
    change = difference(before, survey("nps", promoter=42, passive=51, detractor=27))
    assert change.difference == pytest.approx(12.5 - 700 / 104)
    assert change.margin == pytest.approx(math.hypot(before.margin, 13.3818), abs=1e-3)
    assert not change.is_clear
    lively = {"promoter": 60.0, "passive": 20.0, "detractor": 0.0}
    assert difference(before, survey("nps", **lively)).is_clear


def test_a_value_off_its_scale_is_found() -> None:
    """An 8 is an answer for NPS and none for CSAT."""
    rows = pd.DataFrame({"metric": ["nps", "csat"], "value": ["8", "8"], "count": [3.0, 4.0]})
    assert wrong_values(rows)["metric"].tolist() == ["csat"]
    with pytest.raises(ValueError, match="csat"):
        survey_results(rows, date(2025, 12, 31))


# --- customisation, loyalty, expectation --------------------------------------------------------------------


def test_two_yes_or_no_answers_give_four_kinds_of_customisation() -> None:
    """Gilmore and Pine (1997): presentation only is cosmetic, product only transparent."""
    kinds = [customisation_kind(*pair) for pair in ((False, False), (True, False), (False, True), (True, True))]
    assert kinds == ["adaptive", "cosmetic", "transparent", "collaborative"]


def test_customisation_is_worth_doing_when_it_brings_more_than_it_costs() -> None:
    """24 against 9 do, 4 against 6 drop, 5 against 5 drop, unknown open."""
    table = pd.DataFrame({"segment": list("abcd"), "cost": [9.0, 6, 5, math.nan], "value": [24.0, 4, 5, 8]})
    found = customisation(table.assign(presentation=True, product=False))
    assert found.frame["choice"].tolist() == ["do", "drop", "drop", "open"]
    assert [working.result.value for working in found.workings] == [15, -2, 0]


def test_satisfied_customers_who_leave_are_found() -> None:
    """Worked by hand: means 7.5 and .85 over 200 customers; a is happy and leaves, b grumbles and stays."""
    rows = {"segment": ["a", "b"], "customers_start": [100, 100], "customers_lost": [25, 5], "satisfaction": [8.0, 7.0]}
    found = satisfied_but_leaving(pd.DataFrame(rows))
    assert found is not None
    assert (found.satisfaction, found.retention) == (7.5, pytest.approx(0.85))
    assert (found.those("satisfied_leaving"), found.those("captive")) == (["a"], ["b"])
    assert satisfied_but_leaving(pd.DataFrame(rows).head(1)) is None


def test_the_five_elements_stand_in_order_with_gaps() -> None:
    """An element nobody scored stays in sight; the lowest is marked, and none where all are equal."""
    given = pd.DataFrame({"element": ["bonding", "retention"], "score": [2.0, 4.0]}).assign(kpi="", value=1, unit=None)
    found = loyalty_profile(given)
    assert found["element"].tolist() == ["satisfaction", "retention", "bond", "bonding", "programmes"]
    assert found.loc[found["lowest"], "element"].tolist() == ["bonding"]
    assert not loyalty_profile(given.assign(score=3.0))["lowest"].any()


def test_an_expectation_gap_is_what_is_got_less_what_is_expected() -> None:
    """Largest shortfall first; a row that lacks one of the two is left out."""
    rows = {"aspect": ["a", "b", "c"], "expected": [8.0, 7, 9], "perceived": [8.5, 5, math.nan]}
    found = expectation_gaps(pd.DataFrame(rows))
    assert list(zip(found["aspect"], found["gap"], strict=True)) == [("b", -2), ("a", 0.5)]


def test_the_engagement_index_is_half_said_and_half_done() -> None:
    """Mean 3 of 5 is halfway (25), and a quarter takes part (12.5)."""
    usage = pd.DataFrame({"active": [10, 40], "customers": [100, 100]})
    found = engagement_index(3, usage)
    assert found is not None
    assert found.result.value == pytest.approx(37.5)
    assert engagement_index(3, usage.assign(active=101)) is None
