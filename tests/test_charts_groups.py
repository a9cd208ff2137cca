"""Charts of the customer groups draw what clients bring."""

import pandas as pd
import pytest

from crmworkbook.charts import groups as charts
from crmworkbook.charts.style import svg
from crmworkbook.models.audit import retention_triangle
from crmworkbook.models.group_moves import NOBODY, group_moves
from crmworkbook.models.life_cycle import PHASES, life_cycle
from crmworkbook.models.rfm import SEGMENT_KEYS

pytestmark = pytest.mark.slow  # draws

LONG = dict.fromkeys(SEGMENT_KEYS, "Goede klanten met een lange naam")


@pytest.mark.parametrize("revenue", [[100.0], [50.0, 30.0, 0.1, -5.0], [9.0] * 11])
def test_fields_fill_the_plane_as_their_revenue(revenue):
    """One group, a loss and a sliver, and eleven equal ones."""
    groups = pd.DataFrame({"segment": SEGMENT_KEYS[: len(revenue)], "revenue": revenue})
    groups["revenue_share"] = groups["revenue"] / groups["revenue"].sum()
    figure = charts.revenue_treemap(groups, LONG, "nl")
    areas = [patch.get_width() * patch.get_height() for patch in figure.axes[0].patches]
    assert sum(areas) == pytest.approx(figure.get_figwidth() * figure.get_figheight())
    positive = sorted([amount for amount in revenue if amount > 0], reverse=True)
    assert [area / sum(areas) for area in areas] == pytest.approx([amount / sum(positive) for amount in positive])
    assert "nan" not in svg(figure)


def test_moves_and_cohorts_draw_few_and_many():
    """One customer who stayed; one cohort of one age."""
    one = pd.DataFrame({"customer": ["a"], "segment": ["loyal"]})
    assert "Goede klanten" in svg(charts.moves_matrix(group_moves(one, one).matrix, LONG, "nl"))
    triangle = pd.DataFrame({"cohort": [0, 0], "period": [0, 1], "customers": [4, 1], "revenue": [4.0, 1.0]})
    assert "25%" in svg(charts.cohort_grid(retention_triangle(triangle, 2), ["2024"], 12, "en", wide=True))


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("customers", [900, 9_999, 62_678, 494_346, 12_500_000])
def test_counts_of_moves_never_run_into_each_other(customers, wide):
    """Eleven groups in half a page, and more customers than a field has room for."""
    keys = [*SEGMENT_KEYS, NOBODY]
    matrix = pd.DataFrame(customers, index=keys, columns=keys)
    matrix.iloc[0, 0] = 1
    figure = charts.moves_matrix(matrix, dict.fromkeys(keys, "Bijna trouwe klanten"), "nl", wide=wide)
    figure.canvas.draw()
    counts = [words for words in figure.axes[0].texts if words.get_text()]
    boxes = [words.get_window_extent() for words in counts]
    assert len(boxes) == len(keys) ** 2
    assert not any(one.overlaps(other) for at, one in enumerate(boxes) for other in boxes[at + 1 :])
    axis = figure.axes[0].get_xlabel()
    assert ("1.000" in axis) == (len(f"{customers:,}") > (7 if wide else 3))


def test_phases_and_silence_draw_nobody_and_losses():
    """Phases without relations, and values below zero."""
    nobody = pd.DataFrame({"phase": list(PHASES), "customers": 0, "moved_on": 0, "gone": 0})
    assert "nan" not in svg(charts.phase_funnel(life_cycle(nobody), dict(zip(PHASES, PHASES, strict=True)), "nl"))
    found = pd.DataFrame({"state": [1, 2], "value": [-2.0, -5.0], "chance": [0.1, 0.0], "contact": [False, False]})
    assert "€\xa0−5,00" in svg(charts.value_by_silence(found, 3, "nl"))
