"""The rules and readings of the roadmap and the vendors, on a case that raises each and one that does not."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crmworkbook import chapters
from crmworkbook.client import read_client
from crmworkbook.findings import roadmap as rules
from crmworkbook.findings import vendors as vendor_rules
from crmworkbook.findings.goal_sheet import GoalSheet
from crmworkbook.findings.roadmap_sheet import RoadmapSheet
from crmworkbook.findings.vendor_sheet import VendorSheet, coverage, next_step
from crmworkbook.text import LANGUAGES, fill

from .conftest import cases

AS_OF = date(2025, 12, 31)
COLUMNS = ["initiative", "type", "start_month", "months", "budget", "owner", "goals", "depends_on"]
PEOPLE = ("train", "people", 1, 2, 50.0, "Head", "loyalty", None)
PROCESS = ("redesign", "process", 1, 2, 20.0, "Head", "loyalty", None)
SYSTEM = ("crm_system", "technology", 3, 2, 30.0, "Head", "margin", "train")


def sheet(*rows: tuple[Any, ...]) -> RoadmapSheet:
    frame = pd.DataFrame(rows or (PEOPLE, PROCESS, SYSTEM), columns=COLUMNS)
    return RoadmapSheet(frame.assign(name="", next_step=None), AS_OF, "en")


@pytest.fixture(scope="module")
def goals() -> GoalSheet:
    """The demo's goals: loyalty and margin come first."""
    from crmworkbook import files

    frame = read_client(files.demo_client()).tables["goals"]
    return GoalSheet(frame[frame["goal"].isin(["loyalty", "margin", "leads"])], AS_OF, "en", "EUR")


def test_a_circle_stops_the_chapter_and_names_its_initiatives() -> None:
    """W29 says who waits for whom; without a circle there is nothing to say."""
    loop = rules.cannot_run(sheet((*PEOPLE[:7], "crm_system"), SYSTEM))
    assert cases(loop) == [("W29", "cycle")]
    assert loop[0].values["loop"] == "train → crm system → train"
    assert cases(rules.cannot_run(sheet((*PEOPLE[:7], "train")))) == [("W29", "waits_for_itself")]
    assert cases(rules.cannot_run(sheet((*PEOPLE[:7], "nobody")))) == [("W29", "unknown_dependency")]
    assert rules.cannot_run(sheet()) == []


def test_an_initiative_before_its_time_is_named() -> None:
    """W29 with the month in which it can start; three of them in one warning."""
    early = sheet(PEOPLE, ("crm_system", "technology", 2, 2, 30.0, "Head", "margin", "train"))
    finding = rules.too_early(early)[0]
    assert cases([finding]) == [("W29", "starts_too_early")]
    assert (finding.values["planned"], finding.values["earliest"]) == (2, 3)
    others = [(name, "technology", 2, 2, 0.0, "Head", "margin", "train") for name in "abc"]
    assert cases(rules.too_early(sheet(PEOPLE, *others))) == [("W29", "many_too_early")]
    assert rules.too_early(sheet()) == []
    assert early.verdict(None)[0] == "late_one"


def test_technology_that_takes_most_or_begins_first_is_an_it_project() -> None:
    """W13 above 60% of the budget, before all else, or with less than 40% for people and process."""
    heavy = sheet(PEOPLE, (*SYSTEM[:4], 100.0, *SYSTEM[5:]))
    assert cases(rules.it_project(heavy)) == [("W13", "technology_share"), ("W13", "people_process_share")]
    first = sheet((*PEOPLE[:2], 4, *PEOPLE[3:]), (*SYSTEM[:2], 1, 2, 30.0, "Head", "margin", None))
    assert cases(rules.it_project(first)) == [("W13", "technology_first")]
    assert rules.it_project(sheet()) == []
    assert rules.it_project(sheet((*PEOPLE[:4], None, *PEOPLE[5:]))) == []  # no budget, no shares


def test_software_before_strategy_is_too_early(client_of, demo: Path) -> None:
    """W14 names the chapters that an empty client has not finished; the demo may choose."""
    empty = read_client(client_of())
    finding = rules.software_too_early(empty, True, "en")
    assert cases(finding) == [("W14", "chosen_too_early")]
    assert "4 · Customer value (0%)" in finding[0].values["chapters"]  # type: ignore[operator]
    assert rules.software_too_early(empty, False, "en") == []
    wanting = rules.software_too_early(read_client(demo), True, "en")
    assert not any("Customer value" in name for found in wanting for name in found.values["chapters"])  # type: ignore


def test_initiatives_and_goals_must_connect(goals: GoalSheet) -> None:
    """W27 both ways, and for a goal that does not exist; leads has no initiative in any case here."""
    made = sheet(PEOPLE, SYSTEM, ("odd", "data", 1, 1, 0.0, "Head", "nonsense", None))
    found = rules.disconnected(made, made.links(goals), goals)
    assert cases(found) == [
        ("W27", "unknown_goal"),
        ("W27", "initiative_without_goal"),
        ("W27", "goal_without_initiative"),
    ]
    full = sheet(PEOPLE, (*SYSTEM[:6], "margin;leads", "train"))
    assert rules.disconnected(full, full.links(goals), goals) == []
    assert full.goal_claim(full.links(goals), goals)[0] == "full"


@pytest.mark.parametrize(
    ("rows", "case"),
    [
        ((PEOPLE, PROCESS, SYSTEM), "after"),
        ((PEOPLE, PROCESS, (*SYSTEM[:2], 1, 2, 30.0, "Head", "margin", None)), "ready"),
        ((PEOPLE, (*PROCESS[:5], "", *PROCESS[6:]), SYSTEM), "unowned"),
        (((*PEOPLE[:4], 0.0, *PEOPLE[5:]), (*SYSTEM[:4], 0.0, *SYSTEM[5:])), "no_budget"),
        ((PEOPLE,), "unserved"),
        ((PEOPLE, (*SYSTEM[:6], "margin;loyalty", "train"), (*PROCESS[:6], None, None)), "aimless"),
        (((*PEOPLE[:4], 5.0, *PEOPLE[5:]), SYSTEM), "heavy"),
        (((*PEOPLE[:4], 30.0, *PEOPLE[5:]), SYSTEM, ("clean", "data", 1, 1, 40.0, "Head", "margin", None)), "thin"),
    ],
)
def test_each_conclusion_has_a_roadmap_that_calls_for_it(rows: tuple[Any, ...], case: str, goals: GoalSheet) -> None:
    """One sentence holds for every client, and its words can be filled."""
    made = sheet(*rows)
    found, values = made.verdict(goals)
    assert found == case
    spoken = chapters.chapter("roadmap").texts
    for language in LANGUAGES:
        fill(spoken["conclusion"][case], language, values)  # type: ignore[index]


VENDORS = {
    "vendor_criteria": pd.DataFrame({"criterion": ["fit", "cost"], "name": "", "weight": [1.0, 1.0]}),
    "vendor_scores": pd.DataFrame(
        [("North", "fit", 4.0), ("North", "cost", 3.0), ("South", "fit", 2.0), ("South", "cost", 2.0)],
        columns=["vendor", "criterion", "score"],
    ),
}


def vendors(fixed: bool = True, **tables: pd.DataFrame) -> VendorSheet:
    return VendorSheet(VENDORS | tables, fixed, "en")


def test_names_stay_hidden_until_the_requirements_are_fixed() -> None:
    """Letters first, then the client's own key or name."""
    named = pd.DataFrame({"vendor": ["North", "South"], "name": ["North Ltd", ""], "tried_by": [4.0, None]})
    assert vendors(False, vendors=named).names == {"North": "A", "South": "B"}
    assert vendors(True, vendors=named).names == {"North": "North Ltd", "South": "South"}
    assert vendors(vendors=named).trial() == ("tried", {"vendor": "North Ltd", "users": 4})
    assert vendors().trial()[0] == "untried"


def test_a_tie_a_narrow_lead_and_a_single_weight_are_said() -> None:
    """W20 for each; a vendor that is better on everything raises none."""
    scores = VENDORS["vendor_scores"]
    tied = vendors(vendor_scores=scores.assign(score=[4.0, 2.0, 2.0, 4.0]))
    assert cases(vendor_rules.not_firm(tied)) == [("W20", "vendor_tie")]
    close = vendors(vendor_scores=scores.assign(score=[4.0, 2.0, 2.0, 3.9]))
    assert cases(vendor_rules.not_firm(close)) == [("W20", "vendor_unsure"), ("W20", "vendor_flips")]
    assert vendor_rules.not_firm(vendors()) == []


def test_nobody_left_and_no_weights_are_said() -> None:
    """W20 warns when all are knocked out, and stops when no criterion counts."""
    needs = pd.DataFrame({"requirement": ["export"], "text": [""], "need": ["must"], "job": "records", "use": "x"})
    failed = pd.DataFrame({"vendor": ["North", "South"], "requirement": "export", "meets": "not_met"})
    out = vendors(requirements=needs, vendor_checks=failed)
    assert cases(vendor_rules.not_firm(out)) == [("W20", "all_knocked_out")]
    assert out.claim()[0] == "out"
    criteria = VENDORS["vendor_criteria"]
    assert cases(vendor_rules.unweighted(criteria.assign(weight=0.0))) == [("W20", "no_vendor_weights")]
    assert vendor_rules.unweighted(criteria) == []


def test_keys_that_no_table_declares_are_named() -> None:
    """W28: a slip in a vendor's key would drop its costs in silence."""
    costs = pd.DataFrame({"vendor": ["Nroth"], "item": None, "once": [1.0], "running": [1.0]})
    found = vendor_rules.undeclared(vendors(vendor_costs=costs))
    assert cases(found) == [("W28", "unknown_keys")]
    assert found[0].values["keys"] == ["Nroth"]
    assert vendor_rules.undeclared(vendors()) == []


def test_requirements_cover_the_jobs_of_it_or_not() -> None:
    """Four jobs: efficiency, records, learning, follow-up."""
    four = pd.DataFrame({"job": ["efficient", "records", "learn", "follow_up"], "need": "must", "use": "operational"})
    assert coverage(four, "en")[0] == "covered"
    case, values = coverage(four.iloc[:3], "en")
    assert (case, values["gaps"]) == ("gaps", ["decide follow-up"])


def test_what_to_do_about_software_follows_from_where_we_are() -> None:
    """First requirements, then a trial, then the choice."""
    tried = vendors(vendors=pd.DataFrame({"vendor": ["North", "South"], "name": "", "tried_by": [4.0, None]}))
    assert next_step(False, False, None)[0] == "fix"
    assert next_step(False, True, vendors())[0] == "try"
    assert next_step(False, True, tried)[0] == "decide"
    assert next_step(True, True, tried)[0] == "chosen"
