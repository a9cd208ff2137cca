"""The control chart of single measurements."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest

from crmworkbook.models.control_chart import FEWEST, control_chart

NIST = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def series(values, dates=None):
    dates = dates or [date(2024 + place // 12, place % 12 + 1, 28) for place in range(len(values))]
    return pd.DataFrame({"date": dates, "value": values})


def test_the_flow_rates_of_the_nist_handbook():
    """NIST/SEMATECH 6.3.2.2: mean 50.81, limits 45.8159 and 55.8041, none beyond (2.66 for 3 / 1.128)."""
    chart = control_chart(series(NIST))
    assert chart.mean == pytest.approx(50.81)
    assert chart.moving_range == pytest.approx(16.9 / 9)
    assert (chart.lower, chart.upper) == pytest.approx((45.8159, 55.8041), abs=1e-3)
    assert chart.state == "steady"


def test_the_limits_lie_evenly_around_the_mean_and_follow_the_scale():
    """Upper − mean = mean − lower = 2.66 mean ranges; ten times the values give ten times the limits."""
    chart, tenfold = control_chart(series(NIST)), control_chart(series([10 * value for value in NIST]))
    assert chart.upper - chart.mean == pytest.approx(chart.mean - chart.lower) == pytest.approx(2.66 * 16.9 / 9)
    assert tenfold.upper == pytest.approx(10 * chart.upper)
    assert [made.evaluate() for made in chart.workings] == [made.result.value for made in chart.workings]


def test_a_point_beyond_the_limits_is_found():
    """By hand: 0.9 and 0.92 in turn with one 0.5; the mean range is (9 × 0.02 + 0.42 + 0.40) / 11."""
    values = [0.9, 0.92] * 5 + [0.5, 0.9]
    chart = control_chart(series(values), "share")
    assert chart.moving_range == pytest.approx((9 * 0.02 + 0.42 + 0.40) / 11)
    assert chart.points["outside"].tolist() == [False] * 10 + [True, False]
    assert chart.state == "outside"


def test_eight_in_a_row_on_one_side_are_a_shift_and_seven_are_not():
    """Within the limits, found by the run alone; a point on the other side ends it."""
    wobble = [3.0, 1.0] * 6
    eight = control_chart(series([*wobble, *[2.5] * 8, 1.0]))
    assert eight.points["run"].tolist() == [False] * 12 + [True] * 8 + [False]
    assert eight.state == "run"
    assert control_chart(series([*wobble, *[2.5] * 7, 1.0])).state == "steady"


@pytest.mark.parametrize(("count", "state"), [(0, "empty"), (1, "few"), (FEWEST - 1, "few"), (FEWEST, "flat")])
def test_no_limits_below_eight_points_and_no_signal_where_all_are_equal(count, state):
    """One point, seven, and eight of the same value."""
    chart = control_chart(series([5.0] * count))
    assert chart.state == state
    assert chart.has_limits == (count >= FEWEST)
    assert not chart.points[["outside", "run"]].any(axis=None)


def test_a_difference_across_a_gap_does_not_count_as_neighbours():
    """The quiet half-year between 5 and 9 adds no range; an empty value leaves such a gap."""
    days = [date(2024, month, 28) for month in (1, 2, 3, 4, 8, 9, 10, 11, 12)]
    chart = control_chart(series([5, 5, 5, 5, 9, 9, 9, 9, 9], days))
    assert (chart.gaps, chart.moving_range) == (1, 0)
    holed = control_chart(series([5, 5, 5, math.nan, 9, 9, 9, 9, 9, 9]))
    assert (len(holed.points), holed.gaps) == (9, 1)


def test_a_share_has_no_limits_below_nothing_or_above_all():
    """Wild swings do not promise 110%."""
    chart = control_chart(series([0.1, 0.9] * 6), "share")
    assert (chart.lower, chart.upper) == (0, 1)


def test_a_target_beyond_the_limits_is_not_reached_by_a_steady_process():
    """Higher or lower is better; a shifting series is not judged."""
    chart = control_chart(series(NIST))
    assert chart.beyond(60, higher=True)
    assert not chart.beyond(53, higher=True)
    assert chart.beyond(40, higher=False)
    assert not chart.beyond(math.nan, higher=True)
    assert not control_chart(series([1.0] * 8 + [2.0] * 8)).beyond(9, higher=True)
