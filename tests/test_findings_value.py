"""The rules of customer value: each on a case that raises it and one that does not."""

import math
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from crmworkbook.chapters import words
from crmworkbook.findings import value as rules
from crmworkbook.findings import value_readings as readings
from crmworkbook.models.customer_equity import coming_year
from crmworkbook.models.segment_base import cost_table, cost_workings
from crmworkbook.models.segment_value import segment_value

from .conftest import cases

NAMES = {"offices": "Kantoren", "hospitality": "Horeca"}
BASE = pd.DataFrame(
    {
        "segment": ["offices", "hospitality"],
        "customers_start": [198.0, 126.0],
        "customers_lost": [32.0, 34.0],
        "customers_new": [34.0, 28.0],
        "revenue": [1_600_000.0, 720_000.0],
        "contribution": [625_000.0, 273_200.0],
        "contribution_given": [625_000.0, math.nan],
        "contribution_cube": [625_000.0, 273_200.0],
        "cost_to_serve": [184_800.0, 179_520.0],
        "acquisition": [108_800.0, 53_200.0],
        "development": [25_200.0, 24_480.0],
    }
)
KNOWN = BASE.assign(assumed_new=False, assumed_serving=False)


def changed(segment, **values):
    """The base with some values of one segment replaced."""
    table = BASE.copy()
    table.loc[table["segment"] == segment, list(values)] = list(values.values())
    return table


def test_a_sound_firm_raises_nothing_before_the_value():
    """Silence is the normal case."""
    assert rules.contribution_gap(BASE, NAMES) == []
    assert rules.not_complete(BASE, BASE, NAMES) == []
    assert rules.impossible_values(BASE, 0.10, 0.0, [], NAMES) == []
    assert rules.monthly_rate(0.10) == rules.monthly_rate(0.0) == []
    assert rules.wrong_costs(BASE, NAMES) == []
    assert rules.losing_segments(cost_table(BASE), NAMES) == []


def test_contribution_that_differs_from_the_cube_stops():
    """Half a per cent is rounding, one per cent is not."""
    assert rules.contribution_gap(changed("offices", contribution_cube=627_000.0), NAMES) == []
    found = rules.contribution_gap(changed("offices", contribution_cube=631_250.0), NAMES)
    assert cases(found) == [("W05", "contribution")]
    assert found[0].values["share"] == pytest.approx(0.01)


def test_segments_left_out_are_named():
    """And the chapter stops only when none is left."""
    assert cases(rules.not_complete(BASE, BASE.iloc[:1], NAMES)) == [("W08", "incomplete")]
    assert cases(rules.not_complete(BASE, BASE.iloc[:0], NAMES)) == [("W08", "nothing_complete")]


def test_a_segment_that_lost_nobody_stops_unless_smoothed():
    """(126 + 1) / (126 + 2) is what the remedy offers."""
    table = changed("hospitality", customers_lost=0.0)
    assert rules.lost_nobody(table) == ["hospitality"]
    found = rules.impossible_values(table, 0.10, 0.0, [], NAMES)
    assert cases(found) == [("W06", "retention_too_high")]
    assert found[0].values["suggestion"] == 127 / 128
    assert cases(rules.impossible_values(table, 0.10, 0.0, ["hospitality"], NAMES)) == [("W06", "smoothed")]


def test_counts_and_rates_without_an_end_stop():
    """More lost than there were; growth that outruns the discount rate."""
    table = changed("offices", customers_lost=300.0)
    assert cases(rules.impossible_values(table, 0.10, 0.0, [], NAMES)) == [("W06", "impossible_counts")]
    assert cases(rules.impossible_values(BASE, 0.0, 0.25, [], NAMES)) == [("W06", "value_infinite")]


def test_a_discount_rate_of_a_month_is_recognised():
    """One per cent a month is 12.68% a year."""
    found = rules.monthly_rate(0.01)
    assert cases(found) == [("W07", "monthly_rate")]
    assert found[0].values["yearly"] == pytest.approx(0.1268, abs=5e-5)


def test_revenue_as_margin_and_one_cost_in_two_places():
    """Both make the value wrong without any sum being wrong."""
    assert cases(rules.wrong_costs(changed("offices", contribution=1_600_000.0), NAMES)) == [
        ("W08", "revenue_as_margin")
    ]
    assert cases(rules.wrong_costs(changed("offices", development=108_800.0), NAMES)) == [("W08", "double_cost")]


def test_customers_who_cost_money_on_balance():
    """Longer retention makes that worse."""
    table = cost_table(changed("hospitality", contribution=100_000.0))
    assert cases(rules.losing_segments(table, NAMES)) == [("W09", "negative_net")]


def test_winning_above_the_value_is_one_finding_a_segment():
    """Hospitality: 1,715 against 1,900, and 73.0% where 76.6% is needed."""
    found = rules.acquisition_limits(segment_value(BASE, 0.10).frame, 0.0, NAMES)
    assert cases(found) == [("W10", "acquisition_above_value")]
    assert found[0].values["value"] == pytest.approx(1_715.15, abs=0.01)
    assert found[0].values["break_even"] == pytest.approx(0.766, abs=0.0005)


@pytest.mark.parametrize(
    ("values", "required", "case"),
    [
        ({"contribution": 100_000.0}, 0.0, "never_pays_back"),
        ({"acquisition": 44_800.0}, 0.25, "above_ceiling"),
        ({"acquisition": 44_800.0}, 0.0, "payback_beyond_half_life"),
        ({"acquisition": 14_000.0}, 0.25, None),
        ({"customers_new": 0.0}, 0.25, None),
    ],
)
def test_limits_of_winning(values, required, case):
    """From never, over too dear and too slow, to fine or unknown."""
    frame = segment_value(changed("hospitality", **values), 0.10).frame
    frame["allowable_acquisition_cost"] = frame["value_new"] * (1 - required)
    found = rules.acquisition_limits(frame, required, NAMES)
    assert cases(found) == ([("W10", case)] if case else [])


def test_new_customers_who_leave_faster():
    """Sixteen points is a warning, four is not."""
    assert cases(rules.first_year(0.676, 0.840)) == [("W11", "first_year_retention")]
    assert rules.first_year(0.80, 0.84) == rules.first_year(0.9, 0.84) == []


def test_cohorts_that_cannot_be_followed():
    """They grow, or end before they begin."""
    rows = pd.DataFrame({"cohort": [2024, 2024], "year_end": [2024, 2025], "active": [50, 40]})
    assert rules.cohort_faults(rows) == []
    assert cases(rules.cohort_faults(rows.assign(active=[40, 50]))) == [("W11", "growing_cohort")]
    assert cases(rules.cohort_faults(rows.iloc[:1])) == [("W11", "no_two_years")]


def test_a_response_needs_a_ceiling_above_its_result():
    """Both sides, a spend, and room to grow."""
    sides = {"acquisition": "werven", "retention": "behouden"}
    table = pd.DataFrame({"side": list(sides), "ceiling": [0.40, 0.90], "spend": [701.0, 182.0], "rate": [0.20, 0.84]})
    assert rules.response_faults(table, sides) == []
    assert cases(rules.response_faults(table.assign(rate=[0.4, 0.84]), sides)) == [("W08", "no_response_curve")]
    assert cases(rules.response_faults(table.iloc[:1], sides)) == [("W08", "response_side_missing")]


def test_orders_without_two_years_or_without_a_loss_give_no_retention():
    """Then there is no yearly rate to speak of."""
    assert rules.activity_faults(40, 30, 35, "Alle klanten") == []
    assert cases(rules.activity_faults(0, 0, 35, "Alle klanten")) == [("W06", "one_year_of_orders")]
    assert cases(rules.activity_faults(4, 4, 9, "Alle klanten")) == [("W06", "retention_too_high")]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2023, 3, 1), date(2025, 12, 24), []),
        (date(2024, 1, 31), date(2025, 11, 30), []),
        (date(2024, 2, 1), date(2025, 12, 24), ["part_of_year_before"]),
        (date(2024, 12, 1), date(2025, 11, 29), ["part_of_year_before", "orders_stop_early"]),
        (date(2025, 2, 1), date(2025, 12, 24), []),  # no year before at all: one_year_of_orders stops
    ],
)
def test_orders_over_part_of_two_years_are_said(first, last, expected):
    """One month in which nobody ordered is chance; more is a log that does not cover the year."""
    found = rules.half_covered(SimpleNamespace(first=first, last=last), date(2025, 12, 31))
    assert cases(found) == [("W06", case) for case in expected]


def test_the_cdnow_log_covers_half_of_the_year_before():
    """It runs from January 1997 to June 1998; that is a warning, and the retention is still printed."""
    found = rules.half_covered(SimpleNamespace(first=date(1997, 1, 1), last=date(1998, 6, 30)), date(1998, 6, 30))
    assert cases(found) == [("W06", "part_of_year_before")]
    assert found[0].values == {"first": date(1997, 1, 1), "start": date(1996, 7, 1), "until": date(1997, 6, 30)}
    assert words("warnings")["W06"]["cases"]["part_of_year_before"]["severity"] == "W"


def test_the_condition_is_there_only_with_equity_to_keep():
    """A segment that loses money has no retention worth guarding."""
    value = segment_value(BASE, 0.10)
    found = readings.condition_reading(value, NAMES)
    assert found["segment"] == "Kantoren"
    assert found["share"] == pytest.approx(value.frame["equity"]["offices"] / value.equity)
    loss = BASE.assign(contribution=[100_000.0, 100_000.0])
    assert readings.condition_reading(segment_value(loss, 0.10), NAMES) is None


def test_costs_that_nobody_gave_are_not_called_nothing():
    """As on the quick route: a contribution after serving, and no acquisition; else what is known is said."""
    assert readings.cost_reading(readings.shown_costs(cost_table(KNOWN), KNOWN))["case"] == "left"
    unknown = KNOWN.assign(acquisition=math.nan)
    shown = readings.shown_costs(cost_table(unknown), unknown)
    assert readings.cost_reading(shown)["case"] == "before"
    assert "acquisition" not in readings.known_columns(shown, {"contribution": "money", "acquisition": "money"})
    bare = unknown.assign(cost_to_serve=0.0, development=0.0, assumed_serving=True)
    shown = readings.shown_costs(cost_table(bare), bare)
    assert readings.cost_reading(shown)["case"] == "unknown"
    assert shown["keep_cost"].isna().all()
    names = [working.name for working in cost_workings(cost_table(unknown))]
    assert "segment_base.profit" not in names


def test_the_survival_curve_looks_ten_years_ahead_or_five():
    """By the month five, unless half stay longer than four years."""
    assert (readings.horizon(4.0), readings.horizon(34.0, 12), readings.horizon(138.0, 12)) == (10, 60, 120)


def test_one_coming_years_new_customers():
    """Offices 34 and hospitality 28 again: new customers × (value − cost of winning), added up."""
    frame, new = segment_value(BASE, 0.10).frame, BASE.set_index("segment")["customers_new"]
    coming = coming_year(frame, new)
    assert [working.subject for working in coming] == ["offices", "hospitality"]
    by_hand = 34 * (frame["value_new"]["offices"] - 3_200) + 28 * (1_715.15 - 1_900)
    assert readings.coming_reading(coming) == {"case": "add", "new": 62, "worth": pytest.approx(by_hand, abs=1)}
    assert readings.coming_reading(coming[1:])["case"] == "cost"
    by_month = readings.coming_reading(coming_year(frame, new, 12))
    assert (by_month["new"], by_month["worth"]) == (12 * 62, pytest.approx(12 * by_hand, abs=12))
    nobody = changed("hospitality", customers_new=0.0)
    new = nobody.set_index("segment")["customers_new"]
    assert [working.subject for working in coming_year(segment_value(nobody, 0.10).frame, new)] == ["offices"]


def test_readings_say_where_winning_pays():
    """Some, none, all, or nobody won."""
    frame = segment_value(BASE, 0.10).frame
    assert readings.winning_reading(frame, NAMES)["losing"] == ["Horeca"]
    assert readings.winning_reading(frame, NAMES)["case"] == "some"
    assert readings.winning_reading(frame.iloc[1:], NAMES)["case"] == "all"
    assert readings.winning_reading(frame.iloc[:1], NAMES)["case"] == "none"
    assert readings.winning_reading(frame.assign(cac=math.nan), NAMES)["case"] == "unknown"
    assert readings.most_per_euro(frame, NAMES) == "Kantoren"


def test_the_headline_follows_the_outcome():
    """A loss, a segment where winning costs more, or an equity to keep."""
    value = segment_value(BASE, 0.10)
    assert readings.conclusion_reading(value, NAMES)["case"].startswith("losing")
    paying = segment_value(changed("hospitality", acquisition=14_000.0), 0.10)
    assert readings.conclusion_reading(paying, NAMES)["case"].startswith("paying")
    assert readings.advice_reading(paying, NAMES)["case"] == "shift"
    poor = segment_value(BASE.assign(contribution=10_000.0), 0.10)
    assert readings.conclusion_reading(poor, NAMES)["case"] == "loss"
    assert readings.advice_reading(poor, NAMES)["case"] == "stop_all"
