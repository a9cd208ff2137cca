"""The charts of the goals draw whatever a client fills in."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from crmworkbook.charts.goals import bullet_chart, conflict_matrix, driver_tree_chart
from crmworkbook.charts.style import svg
from crmworkbook.models.goals import CONFLICTS, conflicts, driver_tree, profit_effects

pytestmark = pytest.mark.slow  # draws

LONG = "Het aantal storingen bij zorginstellingen in de regio halveren zonder extra monteurs"


def goals(count: int, **changes: object) -> pd.DataFrame:
    keys = [goal for pair in CONFLICTS for goal in pair][:count] or ["own"]
    frame = pd.DataFrame({"goal": list(dict.fromkeys(keys))})
    values = {"unit": "share", "baseline": 0.8, "target_12": 0.85, "target_36": 0.9, "low": 0.7, "high": 0.85}
    return frame.assign(**values, priority=True).assign(**changes)


@pytest.mark.parametrize(
    ("count", "changes"),
    [
        (1, {}),
        (8, {"unit": "money", "target_36": 1e9}),
        (2, {"baseline": math.nan, "low": math.nan}),
        (2, {"target_12": math.nan, "target_36": math.nan}),
        (1, dict.fromkeys(["baseline", "target_12", "target_36", "low", "high"], math.nan)),
        (2, dict.fromkeys(["baseline", "target_12", "target_36", "low", "high"], 5.0)),
    ],
)
def test_bullets_draw_with_whatever_is_known(count, changes):
    """One goal or seven, missing baselines, no targets, all the same, long names."""
    frame = goals(count, **changes)
    drawing = svg(bullet_chart(frame, dict.fromkeys(frame["goal"], LONG), "nl", look_at=["leads"]))
    assert "nan" not in drawing.lower().split("</defs>", 1)[1].split("</style>")[-1].replace("nance", "")
    assert "Het aantal storingen" in drawing


def test_the_matrix_numbers_its_clashes():
    """Four clashing pairs among all goals, long names cut."""
    frame = goals(8)
    reasons = dict.fromkeys(CONFLICTS, LONG)
    drawing = svg(conflict_matrix(conflicts(frame), dict.fromkeys(frame["goal"], LONG), reasons))
    assert all(f">{number}<" in drawing for number in (1, 2, 3, 4))


def test_the_tree_draws_without_numbers():
    """Unknown drivers are called unknown."""
    tree = driver_tree(goals(1))
    names = dict.fromkeys(tree.nodes["node"], "Besteding per klant")
    assert "onbekend" in svg(driver_tree_chart(tree, profit_effects(tree), names, "nl", look_at=["profit"]))
