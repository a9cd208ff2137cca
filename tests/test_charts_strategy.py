"""The charts of chapter 1 draw for little data, gaps and long names, and keep their words on the sheet."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from crmworkbook.charts import strategy as charts
from crmworkbook.charts.competitors import competitor_chart
from crmworkbook.models import strategy as models

pytestmark = pytest.mark.slow  # draws

LONG = "Internationaal opererende totaalleverancier Van der Meulen-Oosterhuis B.V."
NAMES = {"us": "wij", **{f"c{n}": f"{LONG} {n}" for n in range(8)}}


def stays_on_the_sheet(figure: Figure) -> bool:
    """Whether no word runs off the figure by more than a point or two."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = figure.get_size_inches() * figure.dpi
    boxes = [t.get_window_extent(canvas.get_renderer()) for t in figure.axes[0].texts if t.get_text()]
    return all(b.x0 > -3 and b.x1 < width + 3 and b.y0 > -3 and b.y1 < height + 3 for b in boxes)


def competitors(parties: list[str]) -> models.CompetitorProfile:
    """Two factors of which one has a very long name, and a missing score."""
    factors = pd.DataFrame({"factor": ["Prijs", "Betrouwbaarheid van levering in het hele land"], "weight": [1, 2]})
    rows = [(p, f, math.nan if p == "c1" else 1.0 + n % 5) for n, p in enumerate(parties) for f in factors["factor"]]
    return models.competitor_profile(pd.DataFrame(rows, columns=["party", "factor", "score"]), factors)


@pytest.mark.parametrize("width", [charts.HALF, charts.WIDE])
def test_forces_with_and_without_notes(width):
    """One force scored and one long note; the other four show a dash."""
    forces = models.five_forces(pd.DataFrame({"force": ["buyers"], "score": [4]}))
    assert stays_on_the_sheet(charts.pressure_chart(forces, {"buyers": LONG * 6}, "nl", width))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_disciplines_at_both_ends_of_the_scale(language):
    """Scores of 1 and 5 with long names stay on the sheet; a discipline without scores is empty."""
    rows = [
        ("us", "product_1", 5.0),
        ("us", "customer_1", 1.0),
        ("c0", "product_1", 1.0),
        ("c1", "customer_1", 5.0),
    ]
    result = models.value_disciplines(pd.DataFrame(rows, columns=["party", "statement", "score"]))
    assert stays_on_the_sheet(charts.discipline_chart(result, NAMES, language))


@pytest.mark.parametrize("parties", [["us"], ["us", "c0"], list(NAMES)])
def test_competitors_from_none_to_eight(parties):
    """Nobody to compare with, one, and eight with long names."""
    assert stays_on_the_sheet(competitor_chart(competitors(parties), NAMES, "nl"))


def test_a_chain_of_one_activity():
    """The others stand empty."""
    chain = models.value_chain(pd.DataFrame({"activity": ["service"], "cost_share": [1.0], "customer_value": [4.0]}))
    assert stays_on_the_sheet(charts.value_chain_chart(chain, "en"))
