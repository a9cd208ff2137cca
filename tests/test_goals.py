"""The ten goals of the coffee firm: lint, identities, conflicts, paths and the driver tree."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from crmworkbook.models import goals

AS_OF = date(2025, 12, 31)
TARGETS = {
    "loyalty": (0.8403, 0.87, 0.89, True),
    "partner_loyalty": (0.875, 0.9375, 1.0, False),
    "engagement": (0.3105, 0.45, 0.60, True),
    "profit": (744_500, 820_000, 930_000, True),
    "revenue": (4_800_000, 4_950_000, 5_250_000, False),
    "leads": (415, 430, 460, False),
    "lead_quality": (0.20, 0.215, 0.24, True),
    "new_customers": (83, 92, 110, False),
    "marketing_cost": (3506.02, 3200, 3000, False),
    "margin": (0.3815, 0.39, 0.40, True),
}
DRIVERS = pd.DataFrame(
    {"driver": ["cost_to_serve"], "baseline": [795_750], "target_12": [800_000], "target_36": [math.nan]}
)


def bronmolen_goals() -> pd.DataFrame:
    """Ten goals that are filled in completely."""
    frame = pd.DataFrame(
        [(goal, *numbers) for goal, numbers in TARGETS.items()],
        columns=["goal", "baseline", "target_12", "target_36", "priority"],
    )
    return frame.assign(
        statement="Raise it among care institutions",
        kpi="a named measure",
        unit=[goals.GOALS[goal][0] for goal in TARGETS],
        baseline_on=AS_OF,
        owner="Sales",
        low=math.nan,
        high=math.nan,
    )


def one_goal(**changes: object) -> pd.Series:
    """The lint of the loyalty goal with some fields changed."""
    return goals.smart_lint(bronmolen_goals().head(1).assign(**changes), AS_OF).iloc[0]


def check(months: int, identity: str, **changes: float) -> pd.Series:
    """One identity of the coffee firm, with some targets of that moment changed."""
    frame = bronmolen_goals().set_index("goal")
    for goal, value in changes.items():
        frame.loc[goal, f"target_{months}"] = value
    drivers = DRIVERS.assign(target_36=850_000)
    rows = goals.identities_check(frame.reset_index(), drivers).rows
    return rows[(rows["months"] == months) & (rows["identity"] == identity)].iloc[0]


def test_bronmolen_leads_and_conversion_give_the_new_customers():
    """430 leads at 21.5% are 92.45 new customers, half a percent from the target of 92."""
    row = check(12, "new_customers")
    assert row["implied"] == pytest.approx(92.45)
    assert row["difference"] == pytest.approx(0.45 / 92)
    assert row["holds"]


def test_bronmolen_profit_follows_from_revenue_and_cost():
    """4.95 million at 39% less 800,000 to serve and 294,400 to acquire leaves 836,100, above 820,000."""
    row = check(12, "profit")
    assert row["implied"] == pytest.approx(836_500, abs=500)
    assert row["implied"] == pytest.approx(1_930_500 - 800_000 - 3200 * 92)
    assert row["holds"]


def test_bronmolen_profit_with_its_rounded_acquisition_budget():
    """4,950 x 39% - 800 - 294 is 836.5 thousand, above the target of 820."""
    budget = pd.DataFrame({"driver": ["acquisition"], "target_12": [294_000]})
    rows = goals.identities_check(bronmolen_goals(), pd.concat([DRIVERS, budget])).rows
    profit = rows[(rows["identity"] == "profit") & (rows["months"] == 12)]
    assert profit["implied"].item() == pytest.approx(836_500)
    assert rows["holds"].all()


def test_targets_that_break_an_identity_are_told():
    """120 new customers out of 460 leads at 24% is one in eleven too many."""
    assert check(36, "new_customers")["holds"]
    row = check(36, "new_customers", new_customers=120)
    assert not row["holds"]
    assert row["difference"] == pytest.approx(110.4 / 120 - 1)


@pytest.mark.parametrize(("stated", "holds"), [(100.0, True), (100.01, True), (96.0, True), (115.0, False)])
def test_the_tolerance_is_five_percent_of_the_stated_value(stated, holds):
    """500 leads at 20% are 100; 115 stated is 13% off."""
    assert check(12, "new_customers", leads=500, lead_quality=0.20, new_customers=stated)["holds"] == holds


def test_a_stated_acquisition_budget_is_checked_itself():
    """A budget of 350,000 does not buy 92 customers at 3,200, and the profit identity uses the budget."""
    budget = pd.DataFrame({"driver": ["acquisition"], "target_12": [350_000]})
    rows = goals.identities_check(bronmolen_goals(), pd.concat([DRIVERS, budget])).rows.set_index("identity")
    assert rows.loc["acquisition", "implied"] == pytest.approx(294_400)
    assert not rows.loc["acquisition", "holds"]
    assert rows.query("months == 12").loc["profit", "implied"] == pytest.approx(1_930_500 - 1_150_000)


def test_identities_need_all_their_terms():
    """Without the cost to serve profit is not checked; with one goal nothing is."""
    assert set(goals.identities_check(bronmolen_goals()).rows["identity"]) == {"new_customers"}
    assert goals.identities_check(bronmolen_goals().head(1)).rows.empty
    assert goals.identities_check(bronmolen_goals().head(0)).workings == ()


def test_identities_carry_their_sum():
    """Each implied value can be recalculated from the numbers that it shows."""
    result = goals.identities_check(bronmolen_goals(), DRIVERS)
    assert [working.subject for working in result.workings] == ["month_12", "month_12", "month_36"]
    assert [w.result.value for w in result.workings] == result.rows["implied"].tolist()
    assert all(working.evaluate() == pytest.approx(working.result.value) for working in result.workings)
    assert result.workings[0].formula == "leads × lead_quality"


def test_a_goal_that_stands_twice_is_an_error():
    """Two targets for one goal cannot both hold."""
    with pytest.raises(ValueError, match="loyalty stands twice"):
        goals.identities_check(pd.concat([bronmolen_goals(), bronmolen_goals().head(1)]))


def test_a_complete_goal_passes_the_lint():
    """Retention from 84% to 87% and 89%, with owner and date, is SMART (Doran 1981)."""
    row = one_goal()
    assert row[["specific", "measurable", "assignable", "realistic", "time"]].all()
    assert row["missing"] == ()
    assert not row["stale"]


@pytest.mark.parametrize(
    ("changes", "letter", "missing"),
    [
        ({"statement": "Loyalty"}, "specific", ()),
        ({"statement": None}, "specific", ("statement",)),
        ({"kpi": " "}, "specific", ("kpi",)),
        ({"unit": None}, "measurable", ("unit",)),
        ({"baseline": math.nan}, "measurable", ("baseline",)),
        ({"target_12": math.nan, "target_36": math.nan}, "measurable", ("target",)),
        ({"owner": None}, "assignable", ("owner",)),
        ({"baseline_on": None}, "time", ("baseline_on",)),
        ({"baseline_on": date(2026, 1, 1)}, "time", ()),
        ({"baseline_on": date(2022, 12, 31)}, "time", ()),
        ({"target_36": 1.20}, "realistic", ()),
        ({"low": 0.83, "high": 0.85}, "realistic", ()),
    ],
)
def test_each_letter_fails_on_its_own_fault(changes, letter, missing):
    """One-word statements, empty fields, dates that passed, a share above 1, a pace history never saw."""
    row = one_goal(**changes)
    assert not row[letter]
    assert row["missing"] == missing


def test_history_decides_what_is_realistic():
    """Engagement from 31% to 45% in a year is steep, unless earlier years moved as much."""
    frame = bronmolen_goals().query("goal == 'engagement'")
    assert not goals.smart_lint(frame, AS_OF, largest_change=0.25)["realistic"].item()
    assert goals.smart_lint(frame.assign(low=0.15, high=0.31), AS_OF)["realistic"].item()


def test_a_baseline_of_zero_needs_history():
    """Half of nothing is nothing: growth from zero can only be judged with a band."""
    assert not one_goal(baseline=0.0)["realistic"]
    assert one_goal(baseline=0.0, low=0.0, high=0.9)["realistic"]


def test_an_old_baseline_is_stale():
    """A baseline of thirteen months ago is due for renewal, one of twelve months is not."""
    assert one_goal(baseline_on=date(2024, 11, 30))["stale"]
    assert not one_goal(baseline_on=date(2024, 12, 31))["stale"]


def test_no_goals_give_an_empty_lint():
    """Nothing chosen, nothing to judge."""
    frame = bronmolen_goals().head(0)
    assert goals.smart_lint(frame, AS_OF).empty
    assert goals.conflicts(frame).pairs.empty
    assert goals.progress(frame).empty


def test_ten_goals_clash_in_four_pairs():
    """All four clashes stand in the matrix, both ways."""
    result = goals.conflicts(bronmolen_goals())
    assert list(zip(result.pairs["first"], result.pairs["second"], strict=True)) == list(goals.CONFLICTS)
    assert result.matrix.to_numpy().sum() == 8
    assert result.matrix.loc["margin", "revenue"]
    assert result.matrix.loc["revenue", "margin"]
    assert len(result.priorities) == 5


def test_a_pair_without_precedence_is_maximised_on_both_sides():
    """Cheaper and more customers at once, neither first; revenue gives way to margin, which has priority."""
    pairs = goals.conflicts(bronmolen_goals()).pairs.set_index("first")
    assert pairs["both_improve"].all()
    assert pairs.index[pairs["both_maximised"]].tolist() == ["marketing_cost"]


def test_a_goal_that_gives_way_is_not_maximised():
    """Letting the cost per new customer rise leaves room for more of them."""
    frame = bronmolen_goals()
    frame.loc[frame["goal"] == "marketing_cost", ["target_12", "target_36"]] = [3600, 3700]
    pairs = goals.conflicts(frame).pairs.set_index("first")
    assert not pairs.loc["marketing_cost", "both_improve"]


def test_own_goals_stand_beside_the_ten():
    """A client's own goal has no known clash and breaks nothing."""
    frame = (
        bronmolen_goals().head(1).assign(goal="fewer_breakdowns", unit="count", baseline=90, target_12=80, target_36=70)
    )
    assert goals.conflicts(frame).matrix.to_numpy().sum() == 0
    assert goals.smart_lint(frame, AS_OF)["realistic"].item()


def test_the_path_runs_through_both_targets():
    """Retention 84, 87, 89: half a year on it stands at 85.5, two years on at 88."""
    assert goals.path(0.84, 0.87, 0.89, 6) == pytest.approx(0.855)
    found = goals.path(0.84, 0.87, 0.89, np.array([0, 12, 24, 36]))
    assert found == pytest.approx(np.array([0.84, 0.87, 0.88, 0.89]))


def test_an_unknown_target_leaves_one_line():
    """Without month 12 the way is straight; without month 36 it ends at 12."""
    assert goals.path(80, math.nan, 116, 12) == pytest.approx(92)
    assert math.isnan(goals.path(80, 92, math.nan, 24))


@pytest.mark.parametrize(("baseline", "month"), [(math.nan, 6), (80, -1), (80, 37)])
def test_a_path_has_a_start_and_an_end(baseline, month):
    """No baseline, no path; beyond 36 months nobody set a target."""
    with pytest.raises(ValueError, match="months from 0 to 36"):
        goals.path(baseline, 92, 110, month)


def test_progress_per_year():
    """New customers: 9 more in the first year, 9 more in each of the two after it."""
    row = goals.progress(bronmolen_goals()).set_index("goal").loc["new_customers"]
    assert row.tolist() == [9, 9]
    bare = bronmolen_goals().assign(target_12=math.nan)
    assert goals.progress(bare).set_index("goal").loc["new_customers"].tolist() == [9, 9]


def test_the_driver_tree_calculates_acquisition():
    """3,506.02 a customer times 83 is the 291,000 of acquisition; profit comes out at its baseline."""
    tree = goals.driver_tree(bronmolen_goals(), DRIVERS)
    nodes = tree.nodes.set_index("node")
    assert nodes.loc["acquisition", "baseline"] == pytest.approx(291_000, abs=1)
    assert nodes.loc["acquisition", "kind"] == "calculated"
    assert nodes.loc["acquisition", "target_12"] == pytest.approx(294_400)
    root = nodes["baseline"]
    profit = root["revenue"] * root["margin"] - root["cost_to_serve"] - root["acquisition"]
    assert profit == pytest.approx(root["profit"], rel=0.001)
    assert nodes.loc["spend"][["baseline", "target_12", "target_36"]].isna().all()


def test_every_branch_of_the_tree_hangs_below_its_parent():
    """Parents stand at a lower level, every node is reached, and profit is the only root."""
    tree = goals.driver_tree(bronmolen_goals())
    level = tree.nodes.set_index("node")["level"]
    assert (tree.edges["parent"].map(level) < tree.edges["child"].map(level)).all()
    assert set(tree.nodes["node"]) - set(tree.edges["child"]) == {"profit"}
    assert set(tree.nodes["unit"]) == {"money", "share", "count"}


def test_targets_in_another_unit_take_no_part():
    """Loyalty counted in points is no retention: no identity and no driver uses it."""
    frame = bronmolen_goals()
    frame.loc[frame["goal"] == "lead_quality", "unit"] = "count"
    assert "new_customers" not in set(goals.identities_check(frame, DRIVERS).rows["identity"])
    nodes = goals.driver_tree(frame, DRIVERS).nodes.set_index("node")
    assert math.isnan(nodes.loc["lead_quality", "baseline"])


def test_what_nobody_stated_is_derived():
    """The spend on new customers follows from 3,200 times 92 and is kept with its sum."""
    derived = goals.identities_check(bronmolen_goals(), DRIVERS).derived
    assert [working.result.value for working in derived] == [pytest.approx(294_400), pytest.approx(330_000)]


def test_preparing_fills_usual_units_and_turns_bands():
    """Loyalty is a share when nobody says so, and a band from 0.85 to 0.82 runs the other way."""
    frame = bronmolen_goals().head(1).assign(unit=None, low=0.85, high=0.82)
    row = goals.prepared(frame).iloc[0]
    assert (row["unit"], row["low"], row["high"]) == ("share", 0.82, 0.85)


def test_each_branch_does_something_to_profit():
    """Revenue brings 450,000 at 38.15%; together they miss only revenue gained times margin gained."""
    drivers = DRIVERS.assign(target_36=870_352)
    tree = goals.driver_tree(bronmolen_goals(), drivers)
    effects = goals.profit_effects(tree)
    assert effects["revenue"] == pytest.approx(450_000 * 0.3815)
    node = tree.nodes.set_index("node")
    now, then = (
        node.loc["revenue", m] * node.loc["margin", m] - node.loc["cost_to_serve", m] - node.loc["acquisition", m]
        for m in ("baseline", "target_36")
    )
    assert effects.sum() + 450_000 * (0.40 - 0.3815) == pytest.approx(then - now)


def test_unknown_targets_do_not_settle_a_clash():
    """Two goals without figures still pull against each other."""
    frame = bronmolen_goals().query("goal in ['leads', 'lead_quality']").assign(baseline=math.nan, priority=True)
    assert goals.conflicts(frame).pairs["both_maximised"].tolist() == [True]
