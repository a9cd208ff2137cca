"""What segments bring and cost, before any lifetime value."""

import math

import pandas as pd
import pytest

from crmworkbook.models.segment_base import complete, cost_table, cost_workings, segment_base, standout

SEGMENTS = pd.DataFrame(
    {
        "segment": ["offices", "care"],
        "customers_start": [198.0, 58.0],
        "customers_lost": [32.0, 3.0],
        "customers_new": [34.0, 5.0],
        "revenue": [1_600_000.0, 1_020_000.0],
    }
)
COSTS = pd.DataFrame(
    {
        "segment": ["offices", "care"],
        "contribution": [625_000.0, math.nan],
        "cost_to_serve": [184_800.0, 137_280.0],
        "acquisition": [108_800.0, 45_000.0],
        "development": [25_200.0, 18_720.0],
    }
)
CUBE = pd.DataFrame(
    {
        "segment": ["offices", "care", "care", "care"],
        "revenue": [1_000_000.0, 600_000.0, 400_000.0, 0.0],
        "margin": [0.625, 0.39, 0.40, math.nan],
    }
)


def test_contribution_is_what_is_given_and_else_comes_from_the_cube():
    """Finance knows best; the cube fills in: 600,000 at 39% and 400,000 at 40% are 394,000."""
    base = segment_base(SEGMENTS, COSTS, CUBE)
    assert base["contribution"].tolist() == [625_000, 394_000]


def test_a_cell_that_sells_without_margin_leaves_the_contribution_unknown():
    """A sum over known cells only would make the segment look poor."""
    holes = CUBE.assign(margin=[0.625, 0.39, math.nan, math.nan])
    base = segment_base(SEGMENTS, COSTS, holes)
    assert math.isnan(base.loc[1, "contribution"])
    assert complete(base)["segment"].tolist() == ["offices"]


def test_a_segment_of_one_table_only_is_there_but_not_complete():
    """Nothing drops out in silence."""
    base = segment_base(SEGMENTS, COSTS.iloc[:1], CUBE)
    assert base["segment"].tolist() == ["offices", "care"]
    assert complete(base)["segment"].tolist() == ["offices"]


def test_cost_table_adds_up_and_compares_winning_with_keeping():
    """Offices: 210,000 / 200 = 1,050 to keep, 108,800 / 34 = 3,200 to win."""
    costs = cost_table(segment_base(SEGMENTS, COSTS, CUBE)).set_index("segment")
    assert costs.loc["offices", ["keep_cost", "cac"]].tolist() == [1_050, 3_200]
    assert costs.loc["offices", "win_to_keep"] == pytest.approx(3_200 / 1_050)
    assert costs.loc["all", "profit"] == costs.loc[["offices", "care"], "profit"].sum() == 499_200


def test_workings_of_the_cost_table_are_its_numbers():
    """The sums shown on a click give what the table says."""
    costs = cost_table(segment_base(SEGMENTS, COSTS, CUBE))
    shown = costs.set_index("segment")
    for working in cost_workings(costs):
        assert working.evaluate() == shown.loc[working.subject, working.name.removeprefix("segment_base.")]


def test_the_segment_that_stands_out_carries_more_than_its_size():
    """Care: a fifth of the customers, half of the equity; equals do not stand out."""
    values = pd.DataFrame({"customers": [80.0, 20.0], "equity": [500.0, 500.0]}, index=["offices", "care"])
    assert standout(values) == {"segment": "care", "customer_share": 0.2, "equity_share": 0.5}
    assert standout(values.assign(equity=[800.0, 200.0])) is None
    assert standout(values.iloc[:1]) is None
