"""The charts of watching and adjusting draw whatever a client fills in."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest

from crmworkbook.charts.monitoring import control_figure, ring_chart
from crmworkbook.charts.rounds import drift_chart, segment_chart
from crmworkbook.charts.style import svg
from crmworkbook.models.control_chart import control_chart
from crmworkbook.models.drift import Share, amount_change, count_change, share_change
from crmworkbook.models.monitoring import STEPS, process_ring

pytestmark = pytest.mark.slow  # draws

LONG = "Aandeel van het nieuwe servicekanaal in de totale omzet"


@pytest.mark.parametrize("steps", [["interact"], list(STEPS)])
def test_the_ring_draws_one_step_or_five_with_or_without_an_earlier_round(steps):
    """A step without a score says so."""
    frame = pd.DataFrame({"step": steps, "maturity": [2.5, 5, 1, 3, 4][: len(steps)]})
    drawing = svg(ring_chart(process_ring(frame, frame), dict.fromkeys(STEPS, LONG), 2, "nl"))
    assert ("niet gescoord" in drawing) == (len(steps) == 1)
    assert "2,5" in drawing


@pytest.mark.parametrize(
    ("values", "unit", "target"),
    [
        ([0.4], "share", 0.9),
        ([7.0] * 9, "count", math.nan),
        ([1e6, 3e6] * 12, "money", 5e6),
        ([0.0, 0.0], "count", 0.0),
    ],
)
def test_the_control_chart_draws_one_point_equal_points_and_many(values, unit, target):
    """Limits only from eight points on, and none where nothing varies."""
    days = [date(2024 + place // 12, place % 12 + 1, 28) for place in range(len(values))]
    chart = control_chart(pd.DataFrame({"date": days, "value": values}), unit)
    drawing = svg(control_figure(chart, unit, "nl", "EUR", target))
    assert ("bovengrens" in drawing) == (chart.state in ("steady", "outside", "run"))


def test_changes_draw_from_nothing_to_far_beyond():
    """No limit, no change, not judged, and a tenfold change that ends in an arrow."""
    changes = [
        amount_change("revenue", "money", 100, 1_000, 0.05),
        amount_change("equity", "money", 100, 100, 0.0),
        share_change("retention", Share(2, 3), Share(1, 3)),
        count_change("new_customers", 10, 12),
    ]
    names = {(change.measure, ""): LONG for change in changes}
    assert "lager" in svg(drift_chart(changes, names, "nl"))
    kept = {
        key: share_change("retention", Share(80, 100), Share(part, 100), key)
        for key, part in zip("ab", (80, 99), strict=True)
    }
    assert "80,0% → 99,0%" in svg(segment_chart(kept, dict.fromkeys("ab", LONG), "nl"))
    assert "66,7% → 33,3%" in svg(segment_chart({"a": changes[2]}, {"a": LONG}, "nl"))
