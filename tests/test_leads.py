"""Leads: the weighted pipeline, calibrated chances, the rule for following up."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from crmworkbook.models import leads
from crmworkbook.models.goal_baselines import lead_funnel
from crmworkbook.models.segment_base import complete, segment_base

DEMO = [
    ("New", 60, 420_000, 0.05),
    ("Qualified", 38, 342_000, 0.15),
    ("Demo", 22, 264_000, 0.35),
    ("Quotation", 14, 196_000, 0.55),
    ("Negotiation", 6, 96_000, 0.80),
]


def pipeline(rows: list[tuple[str, float, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["stage", "deals", "amount", "probability"])


def single(*deals: tuple[float, float]) -> leads.Pipeline:
    """Deals one by one: amount and chance."""
    rows = [(f"deal {number}", 1, amount, chance) for number, (amount, chance) in enumerate(deals)]
    return leads.weighted_pipeline(pipeline(rows))


def bands(**changes: object) -> pd.DataFrame:
    frame = pd.DataFrame({"band": ["A", "B"], "closed": [78, 60], "won": [39, 1], "assumed": [0.6, 0.05]})
    frame = frame.assign(open=[20, 30], value=[13_000, 6_600], contact_cost=[450, 240], hours=[9, 4])
    return frame.assign(**changes)


def test_five_deals_are_worth_135_000():
    """A published sales example: 100k at 10%, 90k at 25%, 80k at 50%, 50k at 75% and 25k won."""
    found = single((100_000, 0.10), (90_000, 0.25), (80_000, 0.50), (50_000, 0.75), (25_000, 1.0))
    assert found.expected == pytest.approx(135_000)


def test_two_published_products():
    """Six deals of 12,285 in all at 70% are 8,599.50 (printed as 8,600); one of 20,000 at 30% is 6,000."""
    assert leads.weighted_pipeline(pipeline([("open", 6, 12_285, 0.7)])).expected == pytest.approx(8_599.50)
    assert single((20_000, 0.3)).expected == pytest.approx(6_000)


def test_the_demo_pipeline_is_worth_349_300():
    """140 deals of €1,318,000: €349,300 ± 46,666 with equal deals within a stage, 28.9 deals."""
    found = leads.weighted_pipeline(pipeline(DEMO))
    assert (found.deals, found.amount) == (140, 1_318_000)
    assert found.expected == pytest.approx(349_300)
    assert found.spread == pytest.approx(46_666, abs=1)
    assert found.expected_deals == pytest.approx(28.9)


def test_the_spread_is_that_of_drawn_outcomes():
    """√Σ v² p (1 − p), held against 200,000 drawn outcomes of three deals."""
    deals = [(30_000.0, 0.2), (10_000.0, 0.5), (5_000.0, 0.9)]
    random = np.random.default_rng(9)
    drawn = sum(amount * (random.random(200_000) < chance) for amount, chance in deals)
    assert single(*deals).spread == pytest.approx(float(np.std(drawn)), rel=0.01)


def test_deals_of_one_stage_listed_singly_give_the_same_sum():
    """A row for each deal or one row for all; certain deals have no spread."""
    one = leads.weighted_pipeline(pipeline([("a", 2, 20_000, 0.4)]))
    two = leads.weighted_pipeline(pipeline([("a", 1, 10_000, 0.4)] * 2))
    assert (one.expected, one.spread) == pytest.approx((two.expected, two.spread))
    assert len(two.stages) == 1
    assert single((10_000, 1.0), (5_000, 0.0)).spread == 0


def test_the_workings_add_up_to_the_result():
    """The sums that are shown are the sums that were made."""
    found = leads.weighted_pipeline(pipeline(DEMO))
    stages = [working for working in found.workings if working.name == "leads.expected_value"]
    assert sum(working.evaluate() for working in stages) == pytest.approx(found.expected)
    variances = [working.evaluate() for working in found.workings if working.name == "leads.variance"]
    assert math.sqrt(sum(variances)) == pytest.approx(found.spread)


def test_a_chance_of_35_is_refused():
    """35 for 35% would make the pipeline a hundred times too large; no deals and no chance are refused too."""
    for row in (("a", 1, 100, 35), ("a", 0, 100, 0.3), ("a", 1, 100, math.nan)):
        with pytest.raises(ValueError, match="each stage needs"):
            leads.weighted_pipeline(pipeline([row]))


def test_a_pipeline_at_lifetime_value():
    """A new customer of the demo's care segment is worth 28,758 (start_incl); 10 deals at 20% are 57,517."""
    segments = pd.DataFrame(
        {
            "segment": ["care", "offices"],
            "customers_start": [58, 198],
            "customers_lost": [3, 32],
            "customers_new": [5, 34],
        }
    )
    costs = pd.DataFrame(
        {
            "segment": ["care", "offices"],
            "contribution": [394_000, 625_000],
            "cost_to_serve": [156_000, 210_000],
            "acquisition": [45_000, 108_800],
            "development": [0, 0],
        }
    )
    values = leads.new_customer_values(complete(segments.merge(costs, on="segment")), 0.10)
    assert values["care"] == pytest.approx(28_758, abs=5)
    assert values["all"] == pytest.approx((5 * values["care"] + 34 * values["offices"]) / 39)
    deals = pipeline([("a", 10, 1, 0.2), ("b", 1, 1, 1.0)]).assign(segment=["care", None])
    found = leads.weighted_pipeline(leads.at_lifetime_value(deals, values))
    assert found.expected == pytest.approx(2 * values["care"] + values["all"])
    base = complete(segment_base(segments, costs.assign(contribution=math.nan)))
    assert leads.new_customer_values(base, 0.10).empty


def test_a_calibrated_chance_is_the_rule_of_succession():
    """(39 + 1) / (78 + 2) = 50%; the assumed 60% lies outside 41 to 59%, the 5% of the other band inside."""
    found = leads.calibrated(bands())
    assert list(found["chance"]) == pytest.approx([0.5, 2 / 62])
    assert (round(found["low"][0], 3), round(found["high"][0], 3)) == (0.409, 0.591)
    assert list(found["off"]) == [True, False]
    assert [working.evaluate() for working in leads.calibration_workings(found)] == pytest.approx([0.5, 2 / 62])


def test_a_band_with_nothing_closed_has_no_measured_chance():
    """The rule gives a half, which is no measurement: the assumed chance counts, or nothing."""
    found = leads.calibrated(bands(closed=[0, 0], won=[0, 0], assumed=[0.3, math.nan]))
    assert list(found["chance"]) == [0.5, 0.5]
    assert found["used"][0] == 0.3
    assert math.isnan(found["used"][1])
    assert not found["off"].any()
    assert leads.calibration_workings(found) == ()
    with pytest.raises(ValueError, match="more leads won than closed: A"):
        leads.calibrated(bands(won=[79, 1]))


def test_following_up_pays_where_expected_value_exceeds_the_cost():
    """A: 0.5 × 13,000 = 6,500 > 450, 722 an hour; B: 213 < 240, so no; an unknown cost leaves it open."""
    found = leads.follow_up(bands(used=[0.5, 2 / 62]))
    assert list(found["worth"]) == [True, False]
    assert found["per_hour"][0] == pytest.approx(6_500 / 9)
    assert (found["rank"][0], math.isnan(found["rank"][1])) == (1, True)
    assert found["hours_share"].sum() == pytest.approx(1)
    assert found["hours_share"][0] == pytest.approx(180 / 300)
    open_ended = leads.follow_up(bands(used=[0.5, 0.1], contact_cost=[math.nan, 240], hours=[0, 4], open=[math.nan, 3]))
    assert list(open_ended["worth"]) == [None, True]
    assert math.isnan(open_ended["per_hour"][0])
    assert open_ended["value_share"].isna().all()


def test_a_printed_mailing_is_worth_39_000():
    """.012 × (10 + 100) − .80 = .52 a contact, 75,000 contacts 39,000 (recalled from Farris et al., recomputed)."""
    mailing = {
        "band": ["all"],
        "used": [0.012],
        "value": [110],
        "contact_cost": [0.80],
        "hours": [0.01],
        "open": [75_000],
    }
    found = leads.follow_up(pd.DataFrame(mailing)).iloc[0]
    assert found["worth"]
    assert found["total"] - 75_000 * 0.80 == pytest.approx(39_000)


def test_means_beside_what_they_win():
    """The demo: account managers take 198 of 291 thousand, 68%, and win 45 of 83 customers, 54%."""
    channels = pd.DataFrame({"channel": ["am", "web", "dealers"], "leads": [150, 190, 75], "won": [45, 26, 12]})
    funnel = lead_funnel(channels.assign(acquisition_spend=[198_000, 58_000, 35_000]))
    found = leads.channel_means(funnel)
    assert found["spend_share"][0] == pytest.approx(198 / 291)
    assert found["won_share"][0] == pytest.approx(45 / 83)
    assert found["gap"].sum() == pytest.approx(0)
    nothing = leads.channel_means(lead_funnel(channels.assign(acquisition_spend=0, won=0)))
    assert nothing["gap"].isna().all()
