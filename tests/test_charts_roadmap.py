"""The charts of the roadmap draw whatever a client fills in."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmworkbook.charts.roadmap import gantt_chart, goal_matrix_chart
from crmworkbook.charts.roadmap_budget import balance_chart
from crmworkbook.charts.style import svg
from crmworkbook.charts.vendors import vendor_chart
from crmworkbook.findings.vendor_sheet import VendorSheet
from crmworkbook.models.roadmap import goal_links, schedule
from crmworkbook.models.roadmap_budget import TYPES, budget_balance, budget_by_quarter

pytestmark = pytest.mark.slow  # draws

LONG = "Alle medewerkers van binnendienst en buitendienst opnieuw opleiden in klantgericht werken"


def plan(count: int, budget: float = 1000.0, months: int = 3) -> pd.DataFrame:
    keys = [f"step_{place}" for place in range(count)]
    waits = [None, *keys[:-1]] if count > 1 else [None]
    rows = {"initiative": keys, "type": [TYPES[place % 4] for place in range(count)], "depends_on": waits}
    frame = pd.DataFrame(rows).assign(start_month=[1 + place for place in range(count)], months=months, budget=budget)
    return frame.assign(goals=[f"goal_{place % 12}" for place in range(count)])


@pytest.mark.parametrize(("count", "months"), [(1, 1), (1, 120), (25, 3)])
def test_the_timeline_draws_one_bar_or_twenty_five(count: int, months: int) -> None:
    """Long names and owners, links that hold and links that do not, a bar of ten years."""
    made = schedule(plan(count, months=months), date(2025, 6, 15))
    names = dict.fromkeys(made.rows["initiative"], LONG)
    drawing = svg(gantt_chart(made, names, names, "nl"))
    assert drawing.count("Alle medewerkers") >= count


def test_the_matrix_draws_many_goals_with_long_names() -> None:
    """Twelve goals, the last of which nobody serves."""
    rows, goals = plan(11), [f"goal_{place}" for place in range(12)]
    columns = {goal: (LONG, place == 0) for place, goal in enumerate(goals)}
    drawing = svg(
        goal_matrix_chart(goal_links(rows, goals), rows, dict.fromkeys(rows["initiative"], LONG), columns, "en")
    )
    assert "€1,000" in drawing


@pytest.mark.parametrize("budget", [0.0, 0.5, 1e8])
def test_the_balance_draws_with_any_budget(budget: float) -> None:
    """Nothing, next to nothing, very much."""
    made = schedule(plan(5, budget), date(2025, 12, 31))
    drawing = svg(balance_chart(budget_balance(made.rows), budget_by_quarter(made), "nl"))
    assert ("geen budget" in drawing) == (budget == 0)


def test_vendors_draw_ranked_or_not() -> None:
    """Twelve vendors with long keys, the last without a score."""
    keys = [f"{place} {LONG}" for place in range(12)]
    scores = pd.DataFrame({"vendor": keys, "criterion": "fit", "score": [3.0] * 11 + [None]})
    criteria = pd.DataFrame({"criterion": ["fit"], "name": "", "weight": [1.0]})
    drawing = svg(vendor_chart(VendorSheet({"vendor_scores": scores, "vendor_criteria": criteria}, True, "nl"), "nl"))
    assert "plaats 1" in drawing
