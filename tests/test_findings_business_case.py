"""The rules of the business case, each on a case that raises it and one that does not; and what its readings choose."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmworkbook import chapters
from crmworkbook.client import read_client
from crmworkbook.findings import business_case as rules
from crmworkbook.findings import case_readings as readings
from crmworkbook.findings.case_sheet import CaseSheet
from crmworkbook.models.return_on_experience import return_on_experience
from crmworkbook.text import fill

from .conftest import cases

COSTS = "item,kind,nature,hourly_rate,year_0,year_1,year_2\n"
BENEFITS = "benefit,driver,segment,ecrm,unit_value,at_full,year_1,year_2,evidence,confidence\n"


@pytest.fixture
def sheet_of(client_of):
    """Makes the business case of a small client."""

    def make(costs: str, benefits: str, body: str = "", **tables: str) -> CaseSheet:
        tables |= {"investments": COSTS + costs, "benefits": BENEFITS + benefits}
        client = read_client(client_of(f"segments: {{a: A, b: B}}\n{body}", **tables))
        frames = client.tables["investments"], client.tables["benefits"]
        return CaseSheet(*frames, client, 0.10, 10, "en")

    return make


def said(finding: Any) -> str:
    return fill(chapters.words("warnings")[finding.id]["cases"][finding.case]["text"], "en", finding.values)


def lines(*rows: dict[str, Any]) -> pd.DataFrame:
    fields = {"benefit": "X", "driver": "extra_revenue", "segment": None, "at_full": math.nan, "unit_value": 0.4}
    fields |= {"quantities": np.array([0.0, 1.0, 2.0]), "evidence": "counted", "confidence": 3.0}
    return pd.DataFrame([fields | row for row in rows])


def test_a_benefit_counted_twice() -> None:
    """W19: one driver twice for the same customers; segments beside each other, and other benefits, are not double."""
    both = lines({"benefit": "A"}, {"benefit": "B", "segment": "a"})
    finding = rules.double_benefits(both)[0]
    assert (finding.id, finding.case) == ("W19", "double_benefit")
    assert said(finding).endswith("A and B.")
    assert rules.double_benefits(lines({"segment": "a"}, {"segment": "b"}, {"driver": "kept_customers"})) == []
    assert rules.double_benefits(lines({"driver": "other"}, {"driver": "other"})) == []


def test_a_benefit_in_full_from_the_first_day() -> None:
    """W19: as large in year 1 as ever; over one year only when it is given at full."""
    finding = rules.full_from_start(lines({"quantities": np.array([0.0, 2.0, 2.0])}, {"benefit": "Y"}))[0]
    assert (finding.case, finding.values) == ("full_from_start", {"benefits": ["X"]})
    assert rules.full_from_start(lines({})) == []
    assert rules.full_from_start(lines({"quantities": np.array([0.0, 2.0])})) == []
    assert rules.full_from_start(lines({"quantities": np.array([0.0, 2.0]), "at_full": 2.0}))


def test_a_roi_without_its_denominator() -> None:
    """W19: 140% of what? Silent when it is said, or when nobody showed one."""
    assert (
        said(rules.no_denominator(1.4, None)[0]) == "The ROI of 140% does not say over which costs it was calculated."
    )
    assert cases(rules.no_denominator(1.4, "unknown")) == [("W19", "no_denominator")]
    assert rules.no_denominator(1.4, "investment") == rules.no_denominator(None, None) == []


def test_revenue_counted_as_a_benefit() -> None:
    """W08: extra revenue at its full amount; at a margin it is right."""
    found = rules.revenue_as_benefit(lines({"unit_value": 1.0}))
    assert cases(found) == [("W08", "revenue_as_benefit")]
    assert said(found[0]).endswith(": X.")
    assert rules.revenue_as_benefit(lines({}, {"driver": "other", "unit_value": 1.0})) == []


def test_a_large_benefit_on_weak_support() -> None:
    """W23: among the three largest, without evidence or on a guess; the fourth may."""
    rows = lines({"confidence": 2.0}, {"evidence": None, "benefit": "Y"}, {}, {"confidence": 1.0, "benefit": "Z"})
    assert rules.weak_benefits(rows, np.array([4.0, 3.0, 2.0, 1.0]))[0].values == {"items": ["X", "Y"]}
    assert rules.weak_benefits(lines({}), np.array([4.0])) == []


@pytest.mark.parametrize(
    ("costs", "benefits", "case", "words"),
    [
        ("X,people,,,100,,\n", "S,other,,,,,90,90,e,3\n", "conditional", "at least 65%"),
        ("X,people,,,100,,\n", "S,other,,,,,200,200,e,3\n", "sturdy", "even if things go badly"),
        ("X,people,,,100,,\n", "S,other,,,,,20,20,e,3\n", "loss", "288%"),
        ("X,people,running,,,100,\n", "S,other,,,,,20,20,e,3\n", "loss", "does not pay back"),
        ("X,people,,,100,,\n", "S,none,,price,,,,,e,3\n", "no_benefits", "€100"),
        ("X,people,,,,,\n", "S,other,,,,,20,20,e,3\n", "no_costs", "benefits only"),
        ("X,people,,,,,\n", "S,other,,,,,,,e,3\n", "empty", "empty"),
    ],
)
def test_the_verdict_fits_the_numbers(sheet_of, costs, benefits, case, words) -> None:
    """Each conclusion is true for its case and prints no missing number."""
    sheet = sheet_of(costs, benefits)
    found, values = readings.verdict(sheet)
    assert found == case
    chapter = chapters.chapter("business_case")
    assert words in fill(chapter.texts["conclusion"][case], "en", values)
    for key, claim in (
        ("roi", readings.roi_claim),
        ("bridge", readings.bridge_claim),
        ("curves", readings.curve_claim),
    ):
        shown, numbers = claim(sheet)
        assert "nan" not in fill(chapter.texts[key][shown], "en", numbers)
    shown, numbers = readings.tornado_claim(sheet)
    assert fill(chapter.texts["tornado"][shown], "nl", numbers)


def test_the_advice_knows_when_running_costs_are_too_dear(sheet_of) -> None:
    """Where benefits do not cover the running costs, no investment is small enough."""
    assert readings.advice(sheet_of("X,people,running,,,100,\n", "S,other,,,,,20,20,e,3\n"), "loss") == "too_dear"
    assert readings.advice(sheet_of("X,people,,,100,,\n", "S,other,,,,,20,20,e,3\n"), "loss") == "loss"


def test_a_guess_stands_beside_the_payback(sheet_of) -> None:
    """100 comes back after 1.11 years: shorter or longer than thought, the same, or never."""
    sheet = sheet_of("X,people,,,100,,\n", "S,other,,,,,90,90,e,3\n")
    assert [readings.guess_case(sheet, guess)[0] for guess in (None, 1.1, 0.5, 2.0)] == [
        "none",
        "right",
        "longer",
        "shorter",
    ]
    assert readings.guess_case(sheet_of("X,people,,,100,,\n", "S,other,,,,,9,9,e,3\n"), 1.0)[0] == "never"


def test_the_log_names_all_eight_benefits(sheet_of) -> None:
    """What nobody judged stands open, what counts in money and is contested is marked, the rest stands below."""
    sheet = sheet_of(
        "X,people,,,100,,\n", "S,other,,price,,,20,20,e,3\nT,other,,,,,20,20,e,3\nU,none,,learning,,,,,e,3\n"
    )
    rows = sheet.log_rows()
    assert len(rows) == 9
    assert rows.loc[rows["marked"], "ecrm"].tolist() == ["Less price-sensitive"]
    assert rows["expected"].notna().sum() == 3
    assert readings.judged(sheet) == (2, {"judged": 2, "counted": 1})
    assert readings.contested(sheet) == ["less price-sensitive"]


def test_own_scenarios_and_ranges_replace_the_usual_ones(sheet_of) -> None:
    """A half-year delay in the pessimistic scenario, and one range that the client narrowed."""
    tables = {
        "case_scenarios": "scenario,benefits,delay\npessimistic,1,0.5\n",
        "case_ranges": "what,low,high\nother,-0.1,0.1\n",
    }
    sheet = sheet_of("X,people,,,100,,\n", "S,other,,,,,110,121,e,3\n", **tables)
    assert sheet.scenarios["pessimistic"][1].npv == pytest.approx(-100 + 50 + 115.5 / 1.21)
    assert sheet.bars.set_index("what").loc["other", "swing"] == pytest.approx(0.2 * 200)
    assert sheet.move_names()["delay"] == "Delay of all benefits (0.5 years)"


def test_a_roi_that_was_shown_is_set_beside_ours(sheet_of) -> None:
    """Over the same costs, or not at all."""
    sheet = sheet_of("X,people,,,100,,\nY,data,running,,,50,\n", "S,other,,,,,100,200,e,3\n")
    assert readings.claimed(sheet, 3.0, "all_costs") == {"roi": 3.0, "ours": 1.0}
    assert readings.claimed(sheet, 3.0, "investment") == {"roi": 3.0, "ours": 1.5}
    assert readings.claimed(sheet, 3.0, None) is None


def test_the_worst_cause_comes_first_and_its_measure_is_the_action() -> None:
    """Chance times what is at stake; without a business case by chance alone."""
    causes = pd.DataFrame({"cause": ["c", "d"], "chance": [0.5, 0.2], "hits": ["other", "all"], "due": [None, None]})
    causes = causes.assign(counter_measure=[None, "train"], owner=["x", None])
    rows = readings.pre_mortem_rows(causes, {"other": 10.0, "all": 100.0}, "en")
    assert rows["cause"].tolist() == ["d", "c"]
    assert readings.failing_action(rows, "en") == {"measure": "train", "owner": "", "due": ""}
    assert readings.pre_mortem_rows(causes, {}, "en")["cause"].tolist() == ["c", "d"]
    assert readings.failing_action(rows.assign(counter_measure=None), "en") is None


@pytest.mark.parametrize(
    ("after", "cost", "case"),
    [(2.0, 1000, "gain"), (2.0, 0, "free"), (0.0, 1000, "loss"), (1.0, 1000, "flat"), (None, 1, "open")],
)
def test_what_is_said_of_the_experience(after: float | None, cost: float, case: str) -> None:
    """A gain, a gain nobody priced, a loss, no change, or nothing to compare."""
    kpis = pd.DataFrame(
        {"before": [1.0], "after": [after], "spread": [1.0], "weight": [1.0], "lower_is_better": [False]}
    )
    assert readings.roe_claim(return_on_experience(kpis.astype({"after": float}), cost))[0] == case


def test_the_demo_case_agrees_with_its_roadmap(demo) -> None:
    """190,000 at the start in both, without a warning on any benefit."""
    client = read_client(demo)
    sheet = CaseSheet(client.tables["investments"], client.tables["benefits"], client, 0.10, 10, "nl")
    assert sheet.case.npv == pytest.approx(99_861, abs=1)
    assert not sheet.left_out
    counted, worth = sheet.lines.benefits, sheet.case.benefit_worth
    found = rules.double_benefits(counted) + rules.full_from_start(counted) + rules.weak_benefits(counted, worth)
    assert found == []
    if "initiatives" in client.tables:
        assert readings.roadmap_gap(sheet)[0] == "same"
