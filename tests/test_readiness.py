"""Readiness: gaps, the ten questions, the maturity rule, the five steps, effort beside value."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest

from crmworkbook import chapters
from crmworkbook.client import read_client
from crmworkbook.findings import readiness as findings
from crmworkbook.models import effort, readiness
from crmworkbook.text import Text, fill

AS_OF = date(2025, 12, 31)
QUESTIONS = [question for pair in readiness.PROCESSES.values() for question in pair]
STEP_NAMES = {step: step for step in readiness.STEPS}


def words(key: str, case: str | None = None, language: str = "en", **values: object) -> str:
    entry = chapters.chapter("readiness").texts[key]
    return fill(entry if isinstance(entry, Text) else entry[case or ""], language, values)  # type: ignore[arg-type]


def scores(now: list[float], target: float = 4, importance: float = 3) -> pd.DataFrame:
    frame = pd.DataFrame({"question": QUESTIONS[: len(now)], "now": now})
    return frame.assign(target=float(target), importance=float(importance))


def steps(*statuses: int, due: list[date | None] | None = None) -> readiness.StepProgress:
    frame = pd.DataFrame({"step": readiness.STEPS[: len(statuses)], "status": statuses})
    return readiness.step_progress(frame.assign(owner="Head of sales", due=due or [None] * len(statuses)), AS_OF)


# --- models -------------------------------------------------------------------------------------------------


def test_the_eight_areas_of_the_demo_case() -> None:
    """3,2,2,3,2,3,2,3 → 4,4,4,4,3,4,4,3: means 2.5 and 3.75, three areas two points short."""
    frame = pd.DataFrame({"area": list("abcdefgh"), "now": [3, 2, 2, 3, 2, 3, 2, 3.0]})
    found = readiness.gaps(frame.assign(target=[4, 4, 4, 4, 3, 4, 4, 3.0]), "area")
    assert (found.now, found.target) == (2.5, 3.75)
    assert found.widest == ("b", "c", "g")
    assert found.frame["gap"].sum() == pytest.approx(8 * (found.target - found.now))


def test_gap_times_importance_over_those_who_scored() -> None:
    """Worked by hand: now (2 + 4) / 2 = 3, target 4, importance (5 + 4) / 2 = 4.5, so 4.5; spread 2."""
    given = pd.DataFrame({"question": ["use", "use"], "now": [2.0, 4.0], "target": 4.0, "importance": [5.0, 4.0]})
    found = readiness.process_scores(given)
    row = found.questions.iloc[0]
    assert (row["now"], row["priority"], row["spread"], row["n"]) == (3, 4.5, 2, 2)
    assert found.apart == ["use"]
    assert found.processes["process"].tolist() == ["information"]
    assert all(working.evaluate() == working.result.value for working in found.workings)


def test_a_target_below_today_is_no_gap() -> None:
    """Priority 0, and nothing comes first."""
    found = readiness.process_scores(scores([5.0] * 10, target=4))
    assert found.questions["priority"].eq(0).all()
    assert found.largest == []


def test_the_third_place_may_be_shared() -> None:
    """Gaps 3, 3, 2, 2, 1: four questions come first, the largest on top."""
    found = readiness.process_scores(scores([1, 1, 2, 2, 3.0]))
    assert found.largest == ["position", "customers", "deliver", "grow"]


@pytest.mark.parametrize(
    ("means", "level", "held"),
    [
        ([2.83, 2.83, 2.83, 1.83, 2.0], 2, False),  # mean 2.46
        ([2.5] * 5, 2, False),  # a half goes down
        ([2.6] * 5, 3, False),
        ([5, 5, 5, 5, 1.0], 2, True),  # mean 4.2, but the weakest process stands at level 1
        ([1.0] * 5, 1, False),
        ([5.0] * 5, 5, False),
    ],
)
def test_maturity_is_the_mean_but_at_most_one_above_the_weakest(means, level, held) -> None:
    """The stated rule, worked by hand."""
    found = readiness.maturity(pd.DataFrame({"process": list(readiness.PROCESSES), "now": means}))
    assert found is not None
    assert (found.level, found.held_back) == (level, held)


def test_no_level_while_a_process_has_no_score() -> None:
    """Eight questions leave performance assessment out."""
    assert readiness.maturity(readiness.process_scores(scores([3.0] * 8)).processes) is None


def test_a_step_runs_ahead_of_one_that_is_less_far() -> None:
    """3, 2, 1, 2, 1: the fourth is further than the third; 9 of 15 points; a step left out is not begun."""
    found = steps(3, 2, 1, 2, 1)
    assert found.frame["ahead_of"].tolist() == [None, None, None, "channels", None]
    assert (found.done, found.progress, found.next, found.in_order) == (1, 0.6, "customers", False)
    assert steps(3, 3, 1).in_order
    assert steps(3, 3, 3, 3, 3).next is None
    assert steps(0).progress == 0


def test_a_step_due_before_an_earlier_one_is_out_of_order() -> None:
    """And one whose date has passed before it was done is overdue."""
    found = steps(1, 1, due=[date(2026, 6, 1), date(2025, 6, 1)])
    assert found.frame["due_before"].tolist()[:2] == [None, "strategy"]
    assert found.frame["overdue"].tolist()[:2] == [False, True]
    assert not found.in_order


def test_existing_and_new_customers_of_the_demo_case(demo) -> None:
    """Equity €4,343,724; new after acquisition 34 × 5,525 + 5 × 19,758 + 6 × 5,014 − 28 × 185 + 10 × 8,293."""
    split = effort.equity_split(read_client(demo).tables, 0.10)
    assert split is not None
    assert split.existing == pytest.approx(4_343_724, abs=1)
    assert split.coming == pytest.approx(34 * 5525 + 5 * 19758 + 6 * 5014 - 28 * 185 + 10 * 8293, rel=1e-3)
    assert split.new_share == pytest.approx(split.coming / (split.coming + split.existing))


def test_value_beside_effort_needs_its_tables(demo) -> None:
    """Without costs there is none; a segment that lost nobody is left out unless it is smoothed."""
    tables = dict(read_client(demo).tables)
    assert effort.equity_split({"segments": tables["segments"]}, 0.10) is None
    kept = tables["segments"].assign(customers_lost=0.0)
    assert effort.equity_split(tables | {"segments": kept}, 0.10) is None
    smoothed = effort.equity_split(tables | {"segments": kept}, 0.10, smooth=True)
    assert smoothed is not None
    assert smoothed.segments == 5


def test_effort_adds_up_or_is_told() -> None:
    """45 + 40 + 15%; 45 + 40% is 85%, and W28 says so; W23 names an analysis without data."""
    whole = pd.DataFrame({"effort": ["keep", "acquire", "develop"], "share": [0.40, 0.45, 0.15]})
    shares = effort.effort_shares(whole)
    assert shares is not None
    assert shares.to_dict() == {"acquire": 0.45, "keep": 0.40, "develop": 0.15}
    assert findings.effort_adds_up(whole) == []
    finding = findings.effort_adds_up(whole.head(2))[0]
    assert (finding.id, finding.case, finding.values["total"]) == ("W28", "effort_shares", pytest.approx(0.85))


# --- findings -----------------------------------------------------------------------------------------------


def uses(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["use", "kind", "source"], dtype=object)


def test_an_analysis_without_data_is_told() -> None:
    """W23 names the use; a strategic use may do without, and with a source all is well."""
    bare = uses(("who may leave", "analytical", None), ("divide time", "strategic", None))
    assert findings.analysis_without_data(bare)[0].values == {"uses": ["who may leave"]}
    assert findings.analysis_without_data(uses(("who may leave", "analytical", "orders"))) == []
    rule = chapters.words("warnings")["W23"]["cases"]["analysis_without_data"]
    assert "who may leave" in fill(rule["text"], "nl", {"uses": ["who may leave"]})


def test_uses_stand_by_kind_with_the_quality_of_their_source() -> None:
    """A source scored 2 is weak; a source that chapter 0 does not know has no quality."""
    given = uses(("a", "operational", "notes"), ("b", "strategic", "invoices"), ("c", "analytical", "elsewhere"))
    sources = pd.DataFrame({"source": ["notes", "invoices"], "quality": [2.0, 5.0]})
    rows = findings.use_rows(given, sources)
    assert rows["use"].tolist() == ["b", "c", "a"]
    assert rows["weak"].tolist() == [False, False, True]
    names = {kind: kind for kind in findings.USES}
    assert findings.use_reading(rows, names)["case"] == "level"
    assert findings.use_reading(findings.use_rows(given.head(2), None), names)["missing"] == ["analytical"]
    assert findings.use_reading(findings.use_rows(pd.concat([given, given.tail(1)]), None), names)["case"] == "most"


def test_the_claims_follow_the_gaps() -> None:
    """Few are named, many are counted, all equal or none is said so."""
    frame = pd.DataFrame({"area": list("abcde"), "now": [1.0] * 5, "target": [4.0] * 5})
    names = {key: key for key in "abcde"}
    cases = {"equal": frame, "none": frame.assign(target=1.0), "few": frame.assign(now=[1, 1, 2, 2, 2.0])}
    cases["many"] = frame.assign(now=[1, 1, 1, 1, 2.0])
    for case, given in cases.items():
        reading = findings.gap_reading(readiness.gaps(given, "area"), names, "en")
        assert reading["case"] == case
        assert words("areas", **reading)
        assert words("areas_note", legend="", **reading)


def test_the_step_table_says_what_is_off() -> None:
    """Further than an earlier step, overdue; the claim names who runs ahead."""
    found = steps(1, 3, due=[date(2025, 6, 1), None])
    rows = findings.step_rows(found, STEP_NAMES, "en")
    assert rows["remark"].tolist()[:2] == ["date has passed", "further than step 1"]
    assert findings.step_reading(found, STEP_NAMES)["case"] == "ahead"
    assert findings.step_reading(steps(0), STEP_NAMES)["case"] == "none"
    assert findings.step_reading(steps(3, 3, 3, 3, 3), STEP_NAMES)["case"] == "all"
    assert findings.step_reading(steps(3, 1), STEP_NAMES)["case"] == "order"


def test_a_department_without_a_contribution_is_named() -> None:
    """Empty words count as none, and print as a dash."""
    rows = findings.contribution_rows(pd.DataFrame({"department": ["Sales", "Marketing"], "contribution": ["Ads", ""]}))
    assert findings.contribution_reading(rows)["silent"] == ["Marketing"]
    assert rows["contribution"].tolist() == ["Ads", None]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize(
    ("level", "largest", "status", "cases"),
    [
        ({"level": 2, "name": "data"}, ["using knowledge"], (3, 1, 2), ("level", "order")),
        ({"level": 2, "name": "data"}, ["using knowledge"], (3, 2, 1), ("level", "gaps")),
        ({"level": 4, "name": "advanced"}, [], (3, 2, 1), ("reached", "steps")),
        ({"level": 5, "name": "mature"}, [], (3, 3, 3, 3, 3), ("reached", "keep")),
        ({}, None, (1,), ("begun", "score")),
    ],
)
def test_every_ending_can_be_said(level, largest, status, cases, language) -> None:
    """The conclusion and the next step follow from what was scored."""
    found = steps(*status)
    reading = findings.step_reading(found, STEP_NAMES)
    conclusion, step, values = findings.verdict(
        level, largest, None, findings.next_step(found, STEP_NAMES), reading["ahead"]
    )
    assert (conclusion, step) == cases
    assert words("conclusion", conclusion, language, **values)
    assert words("so", step, language, **values)


def test_the_readings_fill_their_texts() -> None:
    """Every case of the effort and of the maturity rule finds its numbers."""
    shares = pd.Series({"acquire": 0.5, "keep": 0.5, "develop": 0.0})
    names = {key: key for key in effort.EFFORTS}
    for coming, case in ((400.0, "new"), (-10.0, "costly")):
        split = effort.EquitySplit(4000.0, coming, max(coming, 0) / (4000 + max(coming, 0)), 5, ())
        reading = findings.split_reading(shares, split, names, "en")
        assert reading["case"] == case
        assert words("split", **reading)
        assert words("basis", **findings.basis_reading(split, 0.1))
    assert findings.split_reading(shares, None, names, "en")["case"] == "alone"
    held = readiness.maturity(pd.DataFrame({"process": list(readiness.PROCESSES), "now": [5, 5, 5, 5, 1.0]}))
    assert "4.20" in words("rule", **findings.rule_reading(held, findings.processes("en")))
    assert words("rule", **findings.rule_reading(None, {}))
    assert not math.isnan(findings.rule_reading(held, findings.processes("nl"))["low"])
