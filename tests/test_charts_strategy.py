"""The charts of chapter 1 draw for little data, gaps and long names, and keep their words on the sheet."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from crmworkbook.charts import strategy as charts
from crmworkbook.charts.competitors import competitor_chart
from crmworkbook.models import strategy as models

from .conftest import stays_on_the_page

pytestmark = pytest.mark.slow  # draws

LONG = "Internationaal opererende totaalleverancier Van der Meulen-Oosterhuis B.V."
NAMES = {"us": "wij", **{f"c{n}": f"{LONG} {n}" for n in range(8)}}


def competitors(parties: list[str]) -> models.CompetitorProfile:
    """Two factors of which one has a very long name, and a missing score."""
    factors = pd.DataFrame({"factor": ["Prijs", "Betrouwbaarheid van levering in het hele land"], "weight": [1, 2]})
    rows = [(p, f, math.nan if p == "c1" else 1.0 + n % 5) for n, p in enumerate(parties) for f in factors["factor"]]
    return models.competitor_profile(pd.DataFrame(rows, columns=["party", "factor", "score"]), factors)


@pytest.mark.parametrize("width", [charts.HALF, charts.WIDE])
def test_forces_with_and_without_notes(width):
    """One force scored and one long note; the other four show a dash."""
    forces = models.five_forces(pd.DataFrame({"force": ["buyers"], "score": [4]}))
    assert stays_on_the_page(charts.pressure_chart(forces, {"buyers": LONG * 6}, "nl", width))


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
    assert stays_on_the_page(charts.discipline_chart(result, NAMES, language))


@pytest.mark.parametrize("parties", [["us"], ["us", "c0"], list(NAMES)])
def test_competitors_from_none_to_eight(parties):
    """Nobody to compare with, one, and eight with long names."""
    assert stays_on_the_page(competitor_chart(competitors(parties), NAMES, "nl"))


def test_a_chain_of_one_activity():
    """The others stand empty."""
    chain = models.value_chain(pd.DataFrame({"activity": ["service"], "cost_share": [1.0], "customer_value": [4.0]}))
    assert stays_on_the_page(charts.value_chain_chart(chain, "en"))
