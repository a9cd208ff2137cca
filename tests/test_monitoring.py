"""Maturity of the five steps, use of the system, speed of response, and goals on course."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest

from crmworkbook.models.monitoring import (
    STEPS,
    adoption,
    goal_course,
    months_between,
    next_date,
    process_ring,
    signal_response,
)

THEN, NOW = date(2024, 12, 31), date(2025, 12, 31)


def test_the_weakest_link_is_the_lowest_step_and_change_is_against_the_earlier_round():
    """Steps that were not scored stay empty; all alike means no weakest."""
    steps = pd.DataFrame({"step": ["identify", "interact", "customise"], "maturity": [4, 2, 2]})
    ring = process_ring(steps, pd.DataFrame({"step": ["interact"], "maturity": [3]}))
    assert (ring.weakest, ring.lowest) == (["interact", "customise"], 2)
    assert ring.mean == pytest.approx(8 / 3)
    assert ring.frame.set_index("step")["change"]["interact"] == -1
    assert ring.frame["maturity"].isna().sum() == len(STEPS) - 3
    assert process_ring(steps.assign(maturity=3)).weakest == []


def test_days_to_action_are_the_median_of_what_was_acted_on():
    """10, 20 and 60 days make 20; an open signal waits since it was seen, and impossible dates are set apart."""
    log = pd.DataFrame(
        {
            "seen_on": [date(2025, 1, 1)] * 3 + [date(2025, 12, 1), date(2025, 6, 1), date(2026, 1, 5)],
            "acted_on": [date(2025, 1, 11), date(2025, 1, 21), date(2025, 3, 2), None, date(2025, 5, 1), None],
        }
    )
    response = signal_response(log, NOW)
    assert (response.median, response.acted, response.open, response.oldest) == (20, 3, 1, 30)
    assert response.frame["wrong"].sum() == 2
    later = pd.DataFrame({"seen_on": [date(2025, 12, 1)], "acted_on": [date(2026, 2, 1)]})
    assert signal_response(later, NOW).open == 1  # on the base date nothing had been done


def test_adoption_is_active_users_of_all_users():
    """By hand: 5 + 1 of 10 + 2 is half; a group with more active users than users does not count."""
    use = pd.DataFrame({"group": ["a", "b", "c"], "users": [10, 2, 3], "active_users": [5, 1, 4]})
    found = adoption(use)
    assert found.share == pytest.approx(0.5)
    assert found.frame["wrong"].tolist() == [False, False, True]
    assert found.lowest == []
    assert adoption(use.assign(active_users=[1, 1, 3])).lowest == ["a"]
    assert math.isnan(adoption(use.assign(users=0, active_users=0)).share)


def test_the_next_date_follows_from_the_base_date():
    """The end of a month stays within the month."""
    assert next_date("week", NOW) == date(2026, 1, 7)
    assert next_date("month", date(2026, 1, 31)) == date(2026, 2, 28)
    assert [next_date(rhythm, NOW) for rhythm in ("quarter", "half_year", "year")] == [
        date(2026, 3, 31),
        date(2026, 6, 30),
        date(2026, 12, 31),
    ]
    assert months_between(THEN, NOW) == 12


def goal(**changes):
    values = {"goal": "loyalty", "unit": "share", "baseline": 0.80, "baseline_on": THEN}
    return pd.DataFrame([values | {"target_12": 0.84, "target_36": 0.90} | changes])


@pytest.mark.parametrize(
    ("now", "status"),
    [(0.84, "on_course"), (0.86, "on_course"), (0.82, "behind"), (0.80, "still"), (0.79, "wrong_way")],
)
def test_a_goal_is_held_against_the_path_agreed_then(now, status):
    """0.80 to 0.84 in twelve months asks for 0.84 now."""
    row = goal_course(goal(), goal(baseline=now, baseline_on=NOW), THEN, NOW).iloc[0]
    assert row["expected"] == pytest.approx(0.84)
    assert row["status"] == status


def test_between_the_targets_the_path_is_straight():
    """Half a year asks for half of the first step, two years for half of the second, four years for the last."""
    for day, asked in ((date(2025, 6, 30), 0.82), (date(2026, 12, 31), 0.87), (date(2028, 12, 31), 0.90)):
        found = goal_course(goal(), goal(baseline=0.85, baseline_on=day), THEN, day)
        assert found["expected"].iloc[0] == pytest.approx(asked, abs=1e-3)


def test_a_cost_goes_down_and_a_goal_to_hold_is_held():
    """Lower is better for acquisition cost; a target equal to its baseline is kept by staying above it."""
    cost = {"goal": "marketing_cost", "unit": "money", "baseline": 3_000, "target_12": 2_800, "target_36": math.nan}
    assert goal_course(goal(**cost), goal(**cost | {"baseline": 2_700, "baseline_on": NOW}), THEN, NOW)["status"][
        0
    ] == ("on_course")
    hold = goal(target_12=0.80, target_36=math.nan)
    assert goal_course(hold, goal(baseline=0.81, baseline_on=NOW), THEN, NOW)["status"][0] == "on_course"
    assert goal_course(hold, goal(baseline=0.79, baseline_on=NOW), THEN, NOW)["status"][0] == "wrong_way"


def test_what_was_not_measured_again_or_has_no_target_is_not_judged():
    """The same baseline of the same day is no news; another unit is another goal."""
    assert goal_course(goal(), goal(), THEN, NOW)["status"][0] == "not_measured"
    bare = goal(target_12=math.nan, target_36=math.nan)
    assert goal_course(bare, goal(baseline_on=NOW), THEN, NOW)["status"][0] == "no_target"
    assert goal_course(goal(), goal(unit="count"), THEN, NOW).empty
