"""The rules of the goals, on a case that raises each and one that does not."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pandas as pd
import pytest

from crmworkbook import chapters
from crmworkbook.findings import goals as rules
from crmworkbook.findings.goal_readings import effect_claim, funnel_claim
from crmworkbook.findings.goal_sheet import GoalSheet
from crmworkbook.findings.units import change_in_unit, in_unit, in_units
from crmworkbook.models.goals import GOALS, conflicts, identities_check
from crmworkbook.text import Text, fill

from .conftest import cases

AS_OF = date(2025, 12, 31)
TARGETS = {
    "loyalty": (0.84, 0.87, 0.89, True),
    "revenue": (4_800_000, 4_950_000, 5_250_000, False),
    "margin": (0.3815, 0.39, 0.40, True),
    "leads": (415, 430, 460, False),
    "lead_quality": (0.20, 0.215, 0.24, True),
    "new_customers": (83, 92, 110, False),
    "marketing_cost": (3506, 3200, 3000, False),
}


def words(key: str, case: str | None = None, **values: Any) -> str:
    entry = chapters.chapter("goals").texts[key]
    return fill(entry if isinstance(entry, Text) else entry[case or ""], "en", values)


def raw(**changes: Any) -> pd.DataFrame:
    """The table of goals; changes hold for the first row."""
    frame = pd.DataFrame(
        [(goal, *numbers) for goal, numbers in TARGETS.items()],
        columns=["goal", "baseline", "target_12", "target_36", "priority"],
    ).assign(
        statement=[Text(nl="Dit beter doen", en="Do this better for care")] * len(TARGETS),
        kpi="a named measure",
        unit=[GOALS[goal][0] for goal in TARGETS],
        baseline_on=AS_OF,
        owner="Head of sales",
        low=math.nan,
        high=math.nan,
    )
    for name, value in changes.items():
        frame[name] = frame[name].astype(object)
        frame[name] = [value, *frame[name][1:]]
    numbers = ["baseline", "target_12", "target_36", "low", "high"]
    return frame.astype(dict.fromkeys(numbers, float))


def sheet(**changes: Any) -> GoalSheet:
    return GoalSheet(raw(**changes), AS_OF, "en", "EUR")


def own(**changes: Any) -> GoalSheet:
    """One goal of the firm's own, with no more than its key."""
    fields = dict.fromkeys(["statement", "kpi", "unit", "baseline_on", "owner"]) | {"goal": "fewer_breakdowns"}
    numbers = dict.fromkeys(["baseline", "target_12", "target_36", "low", "high"], math.nan)
    frame = pd.DataFrame([fields | numbers | {"priority": True} | changes])
    return GoalSheet(frame, AS_OF, "en", "EUR")


def test_a_percentage_typed_as_a_number_stops_the_chapter():
    """84 for a retention of 84% would print as 8,400%; W06 says to write 0.84."""
    finding = rules.percent_typed(sheet(baseline=84.0))[0]
    assert (finding.id, finding.case) == ("W06", "percent_as_number")
    assert finding.values["suggestion"] == pytest.approx(0.84)
    assert rules.percent_typed(sheet()) == []


def test_a_goal_without_owner_is_incomplete():
    """W01 names the goal and what is missing."""
    findings = rules.incomplete(sheet(owner=None))
    assert cases(findings) == [("W01", "missing_fields")]
    assert findings[0].values["goal"] == "Raise customer loyalty"
    assert findings[0].values["fields"] == ["the owner"]
    assert rules.incomplete(sheet()) == []


def test_many_incomplete_goals_give_one_warning():
    """Seven goals without a KPI are said in one breath."""
    frame = raw().assign(kpi=None)
    findings = rules.incomplete(GoalSheet(frame, AS_OF, "en", "EUR"))
    assert cases(findings) == [("W01", "many_incomplete")]
    assert findings[0].values["count"] == 7


def test_six_priorities_are_too_many():
    """W02 from six up; three are fine."""
    frame = raw().assign(priority=[True] * 6 + [False])
    findings = rules.too_many(GoalSheet(frame, AS_OF, "en", "EUR"))
    assert cases(findings) == [("W02", "too_many")]
    assert findings[0].values["count"] == 6
    assert rules.too_many(sheet()) == []


def test_a_pair_that_nobody_chose_between_clashes():
    """Cheaper and more new customers, neither first; leads give way to conversion, revenue to margin."""
    made = sheet()
    findings = rules.clashing(conflicts(made.goals), made.names_inside)
    assert cases(findings) == [("W02", "clash")]
    assert findings[0].values["first"] == "lower marketing cost"
    frame = raw().assign(priority=[True, False, True, False, True, False, True])
    chosen = GoalSheet(frame, AS_OF, "en", "EUR")
    assert rules.clashing(conflicts(chosen.goals), chosen.names) == []


def test_targets_that_do_not_multiply_break_an_identity():
    """430 leads at 21.5% are 92 new customers, not 120; every place of the warning is filled."""
    frame = raw()
    frame.loc[frame["goal"] == "new_customers", "target_12"] = 120.0
    finding = rules.broken_identities(identities_check(frame))[0]
    assert (finding.id, finding.case) == ("W03", "new_customers")
    case = chapters.words("warnings")["W03"]["cases"]["new_customers"]
    assert "92.4" in fill(case["text"], "en", finding.values)
    assert rules.broken_identities(identities_check(raw())) == []


def test_a_spend_and_a_profit_that_do_not_follow_are_told():
    """The warnings for spend and profit find their numbers too."""
    frame = raw()
    profit = pd.DataFrame({"goal": ["profit", "acquisition"], "target_12": [2e6, 5e5], "unit": ["money", "money"]})
    cost = pd.DataFrame({"driver": ["cost_to_serve"], "target_12": [800_000.0]})
    findings = rules.broken_identities(identities_check(pd.concat([frame, profit]), cost))
    assert [finding.case for finding in findings] == ["spend", "profit"]
    for finding in findings:
        assert fill(chapters.words("warnings")["W03"]["cases"][finding.case]["text"], "nl", finding.values)


def test_a_target_behind_its_baseline_is_told():
    """Retention to fall, or a cost per customer to rise, is no improvement; a higher cost to lower is."""
    assert cases(rules.wrong_way(sheet(target_36=0.80))) == [("W03", "wrong_way")]
    assert rules.wrong_way(sheet()) == []
    assert rules.wrong_way(own(baseline=90.0, target_12=70.0)) == []


def test_a_baseline_unlike_the_tables_is_told():
    """The warning gives both values in the goal's unit."""
    gaps = pd.DataFrame({"goal": ["loyalty"], "baseline": [0.84], "measured": [0.70], "difference": [0.2]})
    findings = rules.baselines_differ(gaps, sheet())
    assert cases(findings) == [("W03", "baseline_differs")]
    values = findings[0].values
    assert (values["baseline"], values["measured"]) == ("84.0%", "70.0%")
    assert rules.baselines_differ(gaps.head(0), sheet()) == []


def test_baselines_older_than_a_year_are_told():
    """One by name and date, several in one warning."""
    assert cases(rules.old_baselines(sheet(baseline_on=date(2024, 6, 30)))) == [("W24", "old_baseline")]
    old = GoalSheet(raw().assign(baseline_on=date(2024, 6, 30)), AS_OF, "en", "EUR")
    assert cases(rules.old_baselines(old)) == [("W24", "old_baselines")]
    assert rules.old_baselines(old)[0].values["count"] == 7
    assert rules.old_baselines(sheet()) == []


@pytest.mark.parametrize(
    ("review_on", "cases"),
    [(None, ["no_review"]), (date(2025, 12, 31), ["review_past"]), (date(2026, 4, 15), [])],
)
def test_looking_back_needs_a_day_to_come(review_on, cases):
    """W24 without a date, and with one that has passed."""
    assert [finding.case for finding in rules.review(review_on, AS_OF)] == cases


def test_a_translation_changes_no_judgement():
    """Two Dutch words against five English ones: the fuller of the two is judged, in both languages."""
    statement = Text(nl="Goedkoper werven", en="Win customers at a lower cost")
    for language in ("nl", "en"):
        made = GoalSheet(raw(statement=statement), AS_OF, language, "EUR")  # type: ignore[arg-type]
        assert made.not_smart == sheet().not_smart


def test_an_own_goal_is_called_by_its_statement():
    """Without a statement its key has to do; every table stands."""
    assert own().names == {"fewer_breakdowns": "fewer breakdowns"}
    made = own(statement="Halve the breakdowns in care")
    assert made.names == {"fewer_breakdowns": "Halve the breakdowns in care"}
    assert made.sheet()["goal"].tolist() == ["Halve the breakdowns in care"]
    assert made.paces()["first_year"].tolist() == ["–"]
    assert made.kpis(pd.Series(dtype=float)).empty
    assert "fill in" in made.smart_marks()["gap"].item().lower()
    assert made.headline()["value"] == "–"


def test_values_stand_in_their_own_unit():
    """Percent, euros, counts and percentage points; what is unknown is a dash."""
    assert in_unit(0.84, "share", "nl") == "84,0%"
    assert in_unit(3506.0, "money", "en") == "€3,506"
    assert in_unit(math.nan, "count", "nl") == "–"
    assert in_units([0.2001, 0.2003], "share", "en") == ["20.01%", "20.03%"]
    assert change_in_unit(-0.03, "share", "nl") == "−3,0 %-punt"
    assert change_in_unit(0.0, "count", "en") == "0"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"target_12": math.nan, "target_36": math.nan}, "empty"),
        ({"priority": False}, "unranked"),
        ({"owner": None}, "unfinished"),
        ({"low": 0.83, "high": 0.84}, "steep"),
        ({}, "ready_one"),
    ],
)
def test_the_conclusion_says_the_first_thing_to_mend(changes, verdict):
    """One goal: without targets, without priority, without owner, too steep, or ready."""
    made = GoalSheet(raw(**changes).head(1), AS_OF, "en", "EUR")
    case, values = made.verdict(identities_check(made.goals), conflicts(made.goals))
    assert case == verdict
    assert words("conclusion", case, **values)
    assert words("so", case, review=made.review(None), **values)


def test_priorities_become_actions():
    """With their owner, and due at the first target."""
    action = sheet().actions()[0]
    assert (action.owner, action.due) == ("Head of sales", "31/12/2026")
    assert action.text == "Do this better for care (84.0% → 87.0%)"
    assert own().actions()[0].due == ""


def test_claims_follow_the_numbers():
    """One channel is no comparison; unknown effects claim nothing."""
    funnel = pd.DataFrame({"channel": ["portal", "total"], "cac": [2000.0, 2000.0]})
    assert funnel_claim(funnel, {"portal": "Portal"})[0] == "equal"
    assert funnel_claim(funnel.assign(cac=math.nan), {})[0] == "open"
    names = {"revenue": "Revenue", "margin": "Margin"}
    assert effect_claim(pd.Series({"revenue": 10.0, "margin": -5.0}), names)[0] == "against"
    assert effect_claim(pd.Series({"revenue": -1.0, "margin": -5.0}), names)[0] == "none"
    assert effect_claim(pd.Series({"revenue": math.nan, "margin": 5.0}), names)[0] == "open"
