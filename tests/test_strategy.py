"""Business strategy of the coffee firm, held against its own numbers and worked cases."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from crmworkbook.models import strategy

FORCES = pd.DataFrame({"force": strategy.FORCES, "score": [4, 3, 3, 4, 3]})
FACTORS = pd.DataFrame({"factor": ["fault repair", "price", "range"], "weight": [40, 35, 25]})
SCORES = {"us": (4, 5, 2), "national": (3, 2, 5), "webshop": (2, 5, 4)}
CHAIN = pd.DataFrame(
    {
        "activity": [
            "inbound",
            "operations",
            "outbound",
            "marketing_sales",
            "service",
            "infrastructure",
            "hr",
        ],
        "cost_share": [0.30, 0.20, 0.15, 0.10, 0.12, 0.08, 0.05],
        "customer_value": [2, 3, 4, 3, 5, 1, 3],
    }
)


def competitor_scores(**parties: tuple[float, ...]) -> pd.DataFrame:
    """One row per party and factor."""
    rows = [(p, f, s) for p, scores in parties.items() for f, s in zip(FACTORS["factor"], scores, strict=True)]
    return pd.DataFrame(rows, columns=["party", "factor", "score"])


def statements(**parties: tuple[float, float, float]) -> pd.DataFrame:
    """Two statements per discipline that differ by half a point around the given mean."""
    rows = [
        (party, f"{discipline}_{number}", mean + step)
        for party, means in parties.items()
        for discipline, mean in zip(strategy.DISCIPLINES, means, strict=True)
        for number, step in ((1, -0.5), (2, 0.5))
    ]
    return pd.DataFrame(rows, columns=["party", "statement", "score"])


def test_bronmolen_forces():
    """Rivalry and buyers press hardest in workplace coffee: scores 4 3 3 4 3, mean 3.4."""
    forces = strategy.five_forces(FORCES)
    assert forces.mean == pytest.approx(3.4)
    assert forces.strongest == ("rivalry", "buyers")
    assert forces.missing == ()


def test_a_force_without_a_score_is_left_out_and_named():
    """Four scores of 4 3 3 4 have mean 3.5; the fifth force is still to be scored."""
    forces = strategy.five_forces(FORCES.head(4))
    assert forces.mean == pytest.approx(3.5)
    assert forces.missing == ("suppliers",)


def test_equal_forces_are_all_strongest():
    """With the same score everywhere no force stands out."""
    assert strategy.five_forces(FORCES.assign(score=3)).strongest == strategy.FORCES


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FORCES.head(0), "at least one force"),
        (FORCES.assign(score=6), "from 1 to 5"),
        (FORCES.replace("rivalry", "weather"), "unknown force weather"),
        (FORCES.replace("rivalry", "buyers"), "stands twice"),
    ],
)
def test_forces_that_cannot_be(frame, message):
    """Empty tables, scores off the scale and unknown or double forces stop with a next step."""
    with pytest.raises(ValueError, match=message):
        strategy.five_forces(frame)


def test_competitor_means_are_weighted():
    """Weights 40 35 25 turn 4 5 2 into 3.85 and 3 2 5 into 3.15, the printed scoring example."""
    profile = strategy.competitor_profile(competitor_scores(**SCORES), FACTORS)
    assert profile.means["party"].tolist() == ["us", "national", "webshop"]
    assert profile.means["weighted_mean"].tolist() == pytest.approx([3.85, 3.15, 3.55])


def test_weighted_gaps_add_up_to_the_difference_of_the_means():
    """Each factor's part in the lead over a competitor sums to that lead."""
    profile = strategy.competitor_profile(competitor_scores(**SCORES), FACTORS)
    gaps = profile.gaps.groupby("party")["weighted_gap"].sum()
    assert gaps["national"] == pytest.approx(3.85 - 3.15)
    assert gaps["webshop"] == pytest.approx(3.85 - 3.55)


def test_ahead_and_behind_look_at_the_best_competitor():
    """Repair beats both, price only ties with the webshop, range loses to the national firm."""
    profile = strategy.competitor_profile(competitor_scores(**SCORES), FACTORS)
    best = profile.best.set_index("factor")
    assert (profile.ahead, profile.behind) == (("fault repair",), ("range",))
    assert best["standing"].tolist() == ["ahead", "level", "behind"]
    assert best.loc["range", "best_parties"] == ("national",)
    assert best.loc["range", "weighted_gap"] == pytest.approx(0.25 * -3)


def test_a_competitor_with_a_missing_score_has_no_mean():
    """A mean over two factors does not compare with one over three."""
    scores = competitor_scores(us=(4, 5, 2), national=(3, math.nan, 5))
    profile = strategy.competitor_profile(scores, FACTORS)
    assert profile.means["weighted_mean"].isna().tolist() == [False, True]
    assert profile.means["missing"].tolist() == [(), ("price",)]
    assert profile.best["standing"].tolist() == ["ahead", "none", "behind"]
    assert len(profile.gaps) == 3


def test_a_firm_without_competitors_has_a_profile_without_gaps():
    """Nobody entered competitors yet: our mean stands, gaps are empty."""
    profile = strategy.competitor_profile(competitor_scores(us=(4, 5, 2)), FACTORS)
    assert profile.means["weighted_mean"].tolist() == pytest.approx([3.85])
    assert profile.gaps.empty
    assert profile.best["best_parties"].tolist() == [(), (), ()]
    assert (profile.ahead, profile.behind) == ((), ())


@pytest.mark.parametrize("weight", [[0, 0, 0], [-1, 1, 1], [math.nan, 1, 1]])
def test_factor_weights_that_cannot_be(weight):
    """Only zeros, a negative weight and an empty one are errors."""
    with pytest.raises(ValueError, match="zero or more"):
        strategy.competitor_profile(competitor_scores(**SCORES), FACTORS.assign(weight=weight))


def test_competitors_without_us_are_an_error():
    """A gap needs our own scores."""
    with pytest.raises(ValueError, match="'us'"):
        strategy.competitor_profile(competitor_scores(national=(3, 2, 5)), FACTORS)


def test_bronmolen_leads_in_customer_attention():
    """Means 2.6, 3.1 and 3.8 (Treacy and Wiersema): customer attention leads, product is under the norm."""
    frame = statements(us=(2.6, 3.1, 3.8), national=(3.2, 3.6, 2.5), webshop=(3.0, 2.4, 2.5))
    result = strategy.value_disciplines(frame)
    assert result.means.loc["us"].tolist() == pytest.approx([2.6, 3.1, 3.8])
    assert (result.lead, result.tied, result.basis) == ("customer", (), "market")
    assert result.thresholds["discipline"].tolist() == ["product", "operations"]
    assert result.thresholds["threshold"].tolist() == pytest.approx([3.1, 3.0])
    assert result.thresholds["meets"].tolist() == [False, True]


def test_a_tie_has_no_lead():
    """Two disciplines at 3.8 are no choice, so every discipline is held against the threshold."""
    result = strategy.value_disciplines(statements(us=(2.6, 3.8, 3.8)), threshold=3)
    assert (result.lead, result.tied, result.basis) == (None, ("operations", "customer"), "given")
    assert result.thresholds["meets"].tolist() == [False, True, True]


def test_no_lead_while_a_discipline_has_no_score():
    """An unscored discipline might be the highest."""
    frame = statements(us=(2.6, 3.1, 3.8)).query("not statement.str.startswith('product')")
    result = strategy.value_disciplines(frame, threshold=3)
    assert (result.lead, result.tied) == (None, ())
    assert result.thresholds["meets"].isna().tolist() == [True, False, False]


def test_without_competitors_or_threshold_nothing_is_checked():
    """No norm, no verdict."""
    assert strategy.value_disciplines(statements(us=(2.6, 3.1, 3.8))).thresholds["meets"].isna().all()


def test_statements_of_an_unknown_discipline_are_an_error():
    """A statement must belong to product, operations or customer."""
    with pytest.raises(ValueError, match="unknown discipline luck"):
        strategy.value_disciplines(pd.DataFrame({"party": ["us"], "statement": ["luck_1"], "score": [3]}))


def test_value_chain_ranks_value_against_cost():
    """Service: highest value (7), fourth cost (4) gives +3; inbound: value 2 of 7, cost 7 gives -5."""
    chain = strategy.value_chain(CHAIN)
    by = chain.activities.set_index("activity")["difference"]
    assert by["service"] == 7 - 4
    assert by["inbound"] == 2 - 7
    assert by["operations"] == 4 - 6
    assert by.sum() == 0
    assert chain.value_exceeds_cost == ("service", "hr", "outbound", "marketing_sales")
    assert chain.cost_exceeds_value == ("inbound", "operations", "infrastructure")
    assert chain.activities["kind"].tolist() == ["primary"] * 5 + ["support"] * 2


def test_cost_shares_must_add_up():
    """Shares of 0.95 leave costs out; the message says the sum."""
    with pytest.raises(ValueError, match=r"0\.95"):
        strategy.value_chain(CHAIN.head(6))
    assert strategy.value_chain(CHAIN.assign(cost_share=[0.31, *CHAIN["cost_share"][1:]])).missing == ()


def test_an_activity_without_customer_value_gets_no_rank():
    """Its cost stays in the sum; the others are ranked among themselves."""
    values = [math.nan, *CHAIN["customer_value"][1:]]
    chain = strategy.value_chain(CHAIN.assign(customer_value=values))
    assert chain.missing == ("inbound",)
    assert math.isnan(chain.activities["difference"][0])
    assert chain.activities["cost_rank"].max() == 6


@pytest.mark.parametrize(
    ("answers", "lights"),
    [
        (
            {"distinctive": "One face.", "expectations": "Hot, always.", "serving": "Call back."},
            "green green amber",
        ),
        ({"distinctive": "One face.", "expectations": "  "}, "green red red"),
        ({"serving": "Call back.", "expectations": None}, "red red amber"),
    ],
)
def test_the_gate_is_green_with_three_answers_that_people_are_sure_of(answers, lights):
    """One open test is red, confidence 2 amber; an unknown confidence is not held against it."""
    gate = strategy.distinctiveness_gate(answers, {"distinctive": 4, "expectations": None, "serving": 2})
    assert " ".join(gate.light) == lights
    assert set(gate.missing) == set(gate.light.index[gate.light == "red"])
    assert set(gate.weak) == set(gate.light.index[gate.light == "amber"])


def test_an_objective_without_a_number_or_a_date_is_a_goal():
    """Keeping customers has all four parts; earning more has no target and no date; two levels are empty."""
    objectives = pd.DataFrame(
        {
            "kpi": ["retention", "wallet"],
            "target": [0.87, math.nan],
            "unit": ["share", "share"],
            "due": ["2026-12-31", None],
        }
    )
    cascade = strategy.goal_cascade({"vision": "The regular partner.", "mission": " ", "goals": "Keep."}, objectives)
    assert cascade.missing == ("mission", "strategy")
    assert cascade.gaps == ((), ("target", "due"))
    assert cascade.measurable == 1


def test_a_cascade_without_objectives_has_none_to_measure():
    """No table, no rows; the four levels still count."""
    cascade = strategy.goal_cascade({}, None)
    assert (cascade.missing, cascade.gaps, cascade.measurable) == (strategy.CASCADE, (), 0)
