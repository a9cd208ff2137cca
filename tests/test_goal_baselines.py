"""Where the goals of the coffee firm start: its other tables, and the costs that grow with revenue."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from crmworkbook.models.goal_baselines import baseline_gaps, drivers, lead_funnel, measured

LEADS = pd.DataFrame(
    {
        "channel": ["account_manager", "portal", "dealers"],
        "leads": [150, 190, 75],
        "won": [45, 26, 12],
        "acquisition_spend": [198_000, 58_000, 35_000],
    }
)
SEGMENTS = pd.DataFrame({"customers_start": [526], "customers_lost": [84], "customers_new": [83]})
COSTS = pd.DataFrame({"cost_to_serve": [700_260], "acquisition": [291_000], "development": [95_490]})
CUBE = pd.DataFrame({"revenue": [4_000_000, 800_000, 0], "margin": [0.40, 0.2890625, math.nan]})
TABLES = {"segments": SEGMENTS, "segment_costs": COSTS, "cube": CUBE, "lead_channels": LEADS}


def test_bronmolen_acquisition_cost_differs_by_channel():
    """4,400 through the account manager, 2,231 online, 2,917 through dealers, 3,506 in all."""
    funnel = lead_funnel(LEADS).set_index("channel")
    assert funnel["cac"].round().tolist() == [4400, 2231, 2917, 3506]
    assert funnel.loc["total", "conversion"] == pytest.approx(0.20)


def test_a_channel_that_won_nobody_has_no_cost_per_customer():
    """No new customers and no leads give no numbers to divide by."""
    funnel = lead_funnel(LEADS.assign(leads=[150, 0, 75], won=[45, 0, 12])).set_index("channel")
    assert math.isnan(funnel.loc["portal", "cac"])
    assert math.isnan(funnel.loc["portal", "conversion"])


def test_the_other_tables_give_bronmolens_baselines():
    """Retention 84.0%, margin 38.15%, and 744,500 left after serving and winning."""
    found = measured(TABLES)
    assert found["loyalty"] == pytest.approx(442 / 526)
    assert found["margin"] == pytest.approx(1_831_250 / 4_800_000)
    assert found["profit"] == pytest.approx(744_500)
    assert found["marketing_cost"] == pytest.approx(3506.02, abs=0.01)
    assert found["spend"] == pytest.approx(4_800_000 / 525)


def test_tables_that_are_not_there_give_nothing():
    """Without costs there is no profit, without anything nothing; leads alone give the acquisition spend."""
    assert "profit" not in measured({name: TABLES[name] for name in ("segments", "cube")})
    assert measured({}).empty
    assert measured({"lead_channels": LEADS})["acquisition"] == 291_000


def test_a_count_that_one_segment_lacks_is_not_known_for_the_firm():
    """An empty cell is no zero: without the customers lost there is no retention and no spend per customer."""
    two = pd.concat([SEGMENTS, SEGMENTS.assign(customers_lost=math.nan)])
    found = measured(TABLES | {"segments": two})
    assert not {"loyalty", "customers_kept", "spend"} & set(found.index)
    assert found["new_customers"] == 166
    costs = pd.concat([COSTS, COSTS.assign(cost_to_serve=math.nan, acquisition=math.nan)])
    assert not {"cost_to_serve", "profit"} & set(measured(TABLES | {"segment_costs": costs}).index)
    leads = LEADS.assign(won=[45, math.nan, 12])
    assert not {"lead_quality", "marketing_cost"} & set(measured({"lead_channels": leads}).index)


def test_acquisition_that_the_cost_table_lacks_comes_from_the_leads():
    """Spending that is not filed per segment is still there per channel."""
    found = measured(TABLES | {"segment_costs": COSTS.assign(acquisition=math.nan)})
    assert found["acquisition"] == 291_000
    assert found["profit"] == pytest.approx(744_500)


def test_a_margin_over_part_of_the_revenue_is_not_the_firms():
    """A cell with revenue and no margin leaves the margin of the firm unknown."""
    found = measured({"cube": CUBE.assign(margin=[0.40, math.nan, math.nan])})
    assert found.index.tolist() == ["revenue"]


def test_a_baseline_that_the_tables_contradict_is_found():
    """The table has 415 leads, so 600 differs by 45%; a count of fans is no retention and is left alone."""
    goals = pd.DataFrame(
        {
            "goal": ["leads", "lead_quality", "loyalty"],
            "unit": ["count", "share", "count"],
            "baseline": [600, 0.2, 12],
        }
    )
    gaps = baseline_gaps(goals, measured(TABLES))
    assert gaps["goal"].tolist() == ["leads"]
    assert gaps["difference"].item() == pytest.approx(600 / 415 - 1)


def goals_with_revenue(**changes: object) -> pd.DataFrame:
    row = {
        "goal": "revenue",
        "unit": "money",
        "baseline": 4_800_000,
        "target_12": 4_950_000,
        "target_36": 5_250_000,
    }
    return pd.DataFrame([row | changes])


def test_the_cost_to_serve_grows_with_revenue():
    """795,750 x 4.95 / 4.80 million is 820,617, and the sum can be calculated again."""
    rows, workings = drivers(goals_with_revenue(), measured(TABLES))
    cost = rows.set_index("driver").loc["cost_to_serve"]
    assert cost["target_12"] == pytest.approx(820_617, abs=0.5)
    assert [working.evaluate() for working in workings] == [cost["target_12"], cost["target_36"]]


@pytest.mark.parametrize("changes", [{"baseline": math.nan}, {"unit": "count"}, {"baseline": 0.0}])
def test_without_revenue_the_cost_to_serve_stays(changes):
    """No baseline to grow from: serving costs what it costs now."""
    rows, workings = drivers(goals_with_revenue(**changes), measured(TABLES))
    assert rows.set_index("driver").loc["cost_to_serve", "target_36"] == pytest.approx(795_750)
    assert workings == ()


def test_a_goal_for_a_cost_goes_before_the_tables():
    """Who sets a target for the cost to serve is taken at that word."""
    goals = pd.concat([goals_with_revenue(), goals_with_revenue(goal="cost_to_serve", baseline=795_750)])
    rows, _ = drivers(goals, measured(TABLES))
    assert "cost_to_serve" not in set(rows["driver"])
