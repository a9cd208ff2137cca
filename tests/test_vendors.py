"""Vendors: weighted scores, knock-outs, costs over the years, and how firm the ranking is."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from crmworkbook.models.vendors import ownership_cost, vendor_scores, vendor_stability
from crmworkbook.models.weighing import weight_shares
from crmworkbook.yaml_file import read_yaml

DEMO = Path(__file__).parents[1] / "data" / "demo"
CRITERIA = pd.DataFrame(read_yaml(DEMO / "client.yaml")["tables"]["vendor_criteria"])
SCORES = pd.read_csv(DEMO / "vendor_scores.csv")
NEEDS = pd.DataFrame({"requirement": ["r1", "r2", "wish"], "need": ["must", "must", "should"]})


def check(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["vendor", "requirement", "meets"])


def test_the_demo_scores_are_the_known_ones() -> None:
    """A 3.80, B 3.50, C 3.95, D 3.50; B and D tie for third."""
    result = vendor_scores(CRITERIA, SCORES, list("ABCD"))
    assert result.rows["score"].tolist() == pytest.approx([3.80, 3.50, 3.95, 3.50])
    assert result.rows["rank"].tolist() == [2, 3, 1, 3]
    assert result.leaders == ("C",)
    assert [working.evaluate() for working in result.workings] == pytest.approx([3.80, 3.50, 3.95, 3.50])


def test_weights_may_have_any_scale() -> None:
    """25, 20, 15 … and 0.25, 0.20, 0.15 … give the same scores; equal scores everywhere give that score."""
    half = CRITERIA.assign(weight=CRITERIA["weight"] / 200)
    one, other = (vendor_scores(weights, SCORES, list("ABCD")).rows["score"] for weights in (CRITERIA, half))
    assert one.tolist() == pytest.approx(other.tolist())
    same = vendor_scores(CRITERIA, SCORES.assign(score=4.0), list("ABCD"))
    assert same.rows["score"].tolist() == pytest.approx([4.0] * 4)
    assert same.leaders == tuple("ABCD")


def test_weights_of_zero_give_no_score() -> None:
    """All zero is no weighting; one weight above zero is."""
    with pytest.raises(ValueError, match="not all zero"):
        vendor_scores(CRITERIA.assign(weight=0), SCORES, list("ABCD"))
    assert weight_shares(pd.Series({"a": 0, "b": 3})).to_dict() == {"b": 1.0}


def test_a_failed_must_knocks_out_and_an_unchecked_one_does_not() -> None:
    """C fails a must, A leaves one unchecked, B fails a should."""
    checks = check(("C", "r1", "not_met"), ("A", "r1", "met"), ("A", "r2", "unknown"), ("B", "wish", "not_met"))
    rows = vendor_scores(CRITERIA, SCORES, list("ABCD"), NEEDS, checks).rows.set_index("vendor")
    assert rows["status"].to_dict() == {"A": "ranked", "B": "ranked", "C": "knocked_out", "D": "ranked"}
    assert rows.at["A", "rank"] == 1
    assert rows.at["A", "unchecked"] == ("r2",)
    assert rows.at["C", "failed"] == ("r1",)
    assert rows.at["A", "musts_met"] == 1


def test_a_missing_score_is_not_filled_in() -> None:
    """D without one score is not ranked, and says which."""
    rows = vendor_scores(CRITERIA, SCORES.drop(SCORES.index[-1]), list("ABCD")).rows.set_index("vendor")
    assert (rows.at["D", "status"], rows.at["D", "missing"]) == ("missing", ("support",))
    assert pd.isna(rows.at["D", "rank"])


def test_the_demo_leader_leads_in_two_thirds_of_the_weightings() -> None:
    """The same draws every time; shares of the lead add up to one; no single weight dethrones C."""
    stability = vendor_stability(vendor_scores(CRITERIA, SCORES, list("ABCD")))
    assert stability.rows["vendor"].iloc[0] == "C"
    assert stability.rows["first_share"].iloc[0] == pytest.approx(0.663)
    assert stability.rows["first_share"].sum() == pytest.approx(1)
    assert stability.flips.empty
    again = vendor_stability(vendor_scores(CRITERIA, SCORES, list("ABCD")))
    pd.testing.assert_frame_equal(stability.rows, again.rows)


def test_a_vendor_that_is_best_on_everything_is_first_in_every_draw() -> None:
    """Dominance leaves nothing to the weights."""
    scores = SCORES.assign(score=SCORES["score"].where(SCORES["vendor"] != "A", 5.0))
    rows = vendor_stability(vendor_scores(CRITERIA, scores, list("ABCD"))).rows.set_index("vendor")
    assert rows.loc["A", ["low", "high"]].tolist() == [1, 1]


def test_a_close_race_flips_with_one_weight() -> None:
    """By hand: weights .5 and .5, scores 4/2 against 2/3.9; a fifth more weight on the second turns it round."""
    criteria = pd.DataFrame({"criterion": ["a", "b"], "weight": [1, 1]})
    rows = [("x", "a", 4), ("x", "b", 2), ("y", "a", 2), ("y", "b", 3.9)]
    result = vendor_scores(criteria, pd.DataFrame(rows, columns=["vendor", "criterion", "score"]), ["x", "y"])
    flips = vendor_stability(result).flips
    assert [(row.criterion, row.change) for row in flips.itertuples()] == [("a", -0.2), ("b", 0.2)]


def test_nobody_left_has_no_stability() -> None:
    """All knocked out is said as such."""
    checks = check(*((vendor, "r1", "not_met") for vendor in "ABCD"))
    result = vendor_scores(CRITERIA, SCORES, list("ABCD"), NEEDS, checks)
    assert result.ranked.empty
    with pytest.raises(ValueError, match="no vendor is ranked"):
        vendor_stability(result)


def test_costs_over_five_years_are_once_plus_running() -> None:
    """The demo's A: 38,000 once and 15,600 a year make 116,000; C is cheapest with 84,000."""
    totals, workings = ownership_cost(pd.read_csv(DEMO / "vendor_costs.csv"), years=5)
    assert dict(zip(totals["vendor"], totals["total"], strict=True)) == {
        "A": 116_000,
        "B": 145_000,
        "C": 84_000,
        "D": 114_000,
    }
    assert [working.evaluate() for working in workings] == totals["total"].tolist()


def test_monthly_costs_count_twelve_times_a_year() -> None:
    """100 a month over two years is 2,400, beside 600 once; an empty field is nothing."""
    costs = pd.DataFrame({"vendor": ["A", "A"], "once": [600.0, None], "running": [None, 100.0]})
    totals, _ = ownership_cost(costs, years=2, periods_per_year=12)
    assert totals["total"].tolist() == [3000]
