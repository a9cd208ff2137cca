"""The customer relationship matrix, the portfolio of key accounts, and the choice of customers."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmworkbook.models import relationship_matrix as models
from crmworkbook.models.customer_selection import customer_fit
from crmworkbook.models.relationship_portfolio import portfolio, relation_kind
from crmworkbook.models.segment_value import segment_value
from crmworkbook.models.wallet import fill_wallets, segment_wallets
from crmworkbook.yaml_file import read_yaml

DEMO = Path(__file__).parents[1] / "data" / "demo"
LIMITS = models.Thresholds(5_000, 3_000, "fixed")
SMALL = pd.DataFrame(
    {
        "customer": list("abcd"),
        "segment": "s",
        "revenue": [100.0, 100.0, 100.0, 100.0],
        "contribution": [40.0, 40.0, 40.0, 40.0],
        "cost_to_serve": [0.0, 0.0, 50.0, 50.0],
        "wallet": [1_000.0, 100.0, 1_000.0, 100.0],
    }
)
MULTIPLE = pd.Series({"s": 2.0})
TARGET = pd.DataFrame({"segment": ["s"], "target_share": [0.5], "wallet_method": ["known"]})


@pytest.fixture(scope="module")
def demo():
    """Customers, multiples and targets of the demonstration client."""
    tables = read_yaml(DEMO / "client.yaml")["tables"]
    targets = pd.DataFrame(tables["wallet_targets"])
    segments = pd.read_csv(DEMO / "segments.csv")
    customers = fill_wallets(pd.read_csv(DEMO / "customers.csv"), targets)
    return customers, models.segment_multiples(models.counted(segments), 0.10), targets


def demo_counts(demo, margin="segment", axis="growth", limits=LIMITS):
    return list(models.relationship_matrix(models.customer_values(*demo, margin), limits, axis).counts.values())


def test_bronmolen_in_four_groups(demo):
    """87 to grow, 174 to retain, 37 to develop, 227 to phase out; with a customer's own margin 86 / 175 / 34 / 230."""
    assert demo_counts(demo) == [87, 174, 37, 227]
    assert demo_counts(demo, "own") == [86, 175, 34, 230]


def test_bronmolens_growth_by_segment(demo):
    """170,246 / 738,750 / 45,389 / 89,894 / 296,116, together 1,340,395; wallet 9.88 million, of which 48.6% ours."""
    _, multiples, targets = demo
    found = segment_wallets(models.customer_values(*demo), multiples, targets)
    assert found.frame["growth"].round().tolist() == [170_246, 738_750, 45_389, 89_894, 296_116]
    assert found.frame["growth"].sum() == pytest.approx(1_340_395, abs=1)
    assert found.frame["wallet"].sum() == 9_880_000
    assert found.frame["revenue"].sum() / 9_880_000 == pytest.approx(0.486, abs=0.0005)
    assert [working.evaluate() for working in found.workings[1::2]] == pytest.approx(found.frame["growth"].tolist())


def test_current_values_add_up_to_the_customer_equity(demo):
    """The matrix shares out the €4,343,724 that the chapter on customer value finds."""
    assert models.customer_values(*demo)["current"].sum() == pytest.approx(4_343_724, abs=1)


def test_bronmolens_median_of_growth_is_nothing(demo):
    """More than half have no growth, so with the median two of the four groups stay empty."""
    values = models.placeable(models.customer_values(*demo))
    limits = models.matrix_thresholds(values, "growth", "median")
    assert limits.potential == 0
    assert demo_counts(demo, limits=limits) == [263, 0, 262, 0]


def test_the_multiple_needs_no_costs():
    """The same as in the chapter on customer value, which has them."""
    counts = {"customers_start": [198], "customers_lost": [32], "customers_new": [34]}
    segments = pd.DataFrame({"segment": ["offices"], **counts})
    priced = segments.assign(contribution=625_000, cost_to_serve=210_000, acquisition=108_800)
    found = models.segment_multiples(models.counted(segments), 0.10)
    assert found["offices"] == segment_value(priced, 0.10).frame["multiple"]["offices"]


def test_a_small_case_by_hand():
    """Multiple 2, margin 40%, target 50%: growth 2 × .4 × (500 − 100) = 320 or nothing; current 80 or −20."""
    values = models.customer_values(SMALL, MULTIPLE, TARGET)
    assert values["current"].tolist() == [80, 80, -20, -20]
    assert values["growth"].tolist() == [320, 0, 320, 0]
    assert values["level"].tolist() == [400, 80, 300, -20]
    matrix = models.relationship_matrix(values, models.Thresholds(80, 320, "fixed"), growth_spend=0.25)
    assert matrix.frame["quadrant"].tolist() == ["grow", "retain", "develop", "phase_out"]
    assert matrix.summary["ceiling"].tolist() == [80, 0, 80, 0]
    assert [working.evaluate() for working in matrix.workings] == [80, 0, 80, 0]
    assert matrix.place(80, 320) == "grow"
    assert matrix.place(math.nan, 320) is None


def test_potential_is_never_below_current():
    """Neither above the target share nor at a margin below zero."""
    losing = SMALL.assign(contribution=-40.0)
    for customers in (SMALL.assign(wallet=50.0), losing):
        values = models.customer_values(customers, MULTIPLE, TARGET)
        assert (values["growth"] == 0).all()
        assert (values["level"] == values["current"]).all()


def test_customers_without_wallet_segment_or_revenue_have_no_place():
    """They are counted, not guessed."""
    customers = SMALL.assign(wallet=[1000, math.nan, 1000, 100], revenue=[100, 100, math.nan, 100])
    customers.loc[3, "segment"] = None
    matrix = models.relationship_matrix(models.customer_values(customers, MULTIPLE, TARGET), LIMITS)
    assert len(matrix.frame) == 1
    assert matrix.unplaced == 3


def test_everybody_alike_and_nobody_growing_still_divide_into_nothing_wrong():
    """Equal values land in one group; without growth the shares of growth are unknown, not infinite."""
    alike = models.customer_values(SMALL.assign(wallet=100.0, cost_to_serve=0.0), MULTIPLE, TARGET)
    limits = models.matrix_thresholds(alike, "growth", "median")
    matrix = models.relationship_matrix(alike, limits)
    assert matrix.counts == {"grow": 4, "retain": 0, "develop": 0, "phase_out": 0}
    assert matrix.summary["growth_share"].isna().all()
    assert not np.isinf(matrix.summary.to_numpy(float)).any()


@pytest.mark.parametrize(("budget", "attended"), [(0, 0), (1_000, 1), (2_999, 2), (9_000, 2)])
def test_a_budget_reaches_so_many_customers(budget, attended):
    """At 1,000 each; only two of the four have growth to develop."""
    values = models.customer_values(SMALL.assign(wallet=[1_000.0, 100.0, 900.0, 100.0]), MULTIPLE, TARGET)
    limits = models.matrix_thresholds(values, "growth", "budget", budget=budget, cost=1_000)
    assert limits.attended == attended
    assert (values["growth"] >= limits.potential).sum() == attended


def test_thresholds_say_what_they_lack():
    """No amounts, no cost per customer, nobody to place."""
    values = models.customer_values(SMALL, MULTIPLE, TARGET)
    for method, words in (("fixed", "fixed thresholds need"), ("budget", "needs a budget and a cost")):
        with pytest.raises(ValueError, match=words):
            models.matrix_thresholds(values, "growth", method)
    with pytest.raises(ValueError, match="no customer can be placed"):
        models.matrix_thresholds(values.iloc[:0], "growth", "median")


def test_other_choices_beside_the_chosen_one(demo):
    """The other margin moves 1.5% of the customers, growth as a level a quarter; the chosen one moves nobody."""
    chosen = models.relationship_matrix(models.customer_values(*demo), LIMITS)
    found = {variant.name: variant for variant in models.variants(chosen, *demo, "segment")}
    assert list(found["margin"].counts.values()) == [86, 175, 34, 230]
    assert found["chosen"].moved == 0
    assert found["margin"].moved == pytest.approx(8 / 525)
    assert found["axis"].thresholds.potential == 8_000
    assert found["axis"].counts["grow"] == 203


# --- key accounts ---------------------------------------------------------------------------------------------


def test_four_kinds_of_relation():
    """Both, the customer only, us only, neither; on the cut is high."""
    kinds = [relation_kind(value, score, 15_000, 6.5) for value in (15_000, 14_999) for score in (6.5, 6.4)]
    assert kinds == ["star", "problem_child", "question_mark", "dog"]


def test_bronmolens_key_accounts(demo):
    """Twelve: 4 stars, 3 question marks, 3 problem children, 2 dogs; gut feeling right for 5 of 10."""
    accounts = pd.read_csv(DEMO / "key_accounts.csv").rename(columns={"account_nl": "account"})
    matrix = models.relationship_matrix(models.customer_values(*demo), LIMITS)
    placed = portfolio(accounts, matrix, 15_000, 6.5)
    assert placed.kinds["accounts"].to_dict() == {"star": 4, "question_mark": 3, "problem_child": 3, "dog": 2}
    assert (placed.agreeing, placed.guessed, len(placed.differing)) == (5, 10, 5)


def test_accounts_without_a_matrix_use_their_own_values():
    """Without value or score an account has no kind, without growth no place."""
    rows = {"customer": [None, None], "value": [20_000.0, math.nan], "growth": [math.nan, 10.0]}
    accounts = pd.DataFrame({"account": ["x", "y"], **rows, "customer_value": [7.0, 7.0], "gut": [None, "grow"]})
    placed = portfolio(accounts, None, 15_000, 6.5)
    assert placed.frame["kind"].tolist() == ["star", None]
    assert placed.frame["place"].tolist() == [None, None]
    assert placed.guessed == 0


# --- who fits us ----------------------------------------------------------------------------------------------

CRITERIA = pd.DataFrame({"criterion": ["trust", "value"], "weight": [3.0, 1.0], "minimum": [2.0, math.nan]})


def scored(**candidates):
    rows = [(name, c, s) for name, row in candidates.items() for c, s in zip(("trust", "value"), row, strict=True)]
    return pd.DataFrame(rows, columns=["candidate", "criterion", "score"])


def test_accept_decline_or_leave_open():
    """(3 × 4 + 2) / 4 = 3.5 is just enough; below a minimum no score helps; a missing score is not a 3."""
    fit = customer_fit(CRITERIA, scored(good=(4, 2), low=(1, 5), weak=(3, 3), gap=(5, math.nan)), 3.5)
    outcome = fit.frame.set_index("candidate")["outcome"]
    assert outcome.to_dict() == {"good": "accept", "gap": "open", "weak": "decline", "low": "decline"}
    assert fit.frame.set_index("candidate")["score"]["good"] == 3.5
    assert fit.frame.set_index("candidate")["short_of"]["low"] == ["trust"]
    assert fit.count("decline") == 2
    assert fit.workings[0].evaluate() == 3.5


def test_criteria_without_weight_do_not_count():
    """With none left there is nothing to choose by."""
    fit = customer_fit(CRITERIA.assign(weight=[0, 1]), scored(one=(1, 5)), 3.5)
    assert fit.frame["outcome"].tolist() == ["accept"]
    with pytest.raises(ValueError, match="no criterion has a weight"):
        customer_fit(CRITERIA.assign(weight=0.0), scored(one=(1, 5)), 3.5)
