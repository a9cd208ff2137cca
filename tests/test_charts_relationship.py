"""The charts of the relationship matrix draw whatever a client fills in."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from crmworkbook.charts import relationship_matrix as charts
from crmworkbook.charts.style import svg
from crmworkbook.models import relationship_matrix as models

pytestmark = pytest.mark.slow  # draws

LONG = "Landelijke organisaties met vestigingen in alle provincies & meer"
NAMES = dict.fromkeys(models.QUADRANTS, "Topklanten")


def words_of(figure) -> str:
    drawn = svg(figure).split("</style>")[-1]
    assert ">nan" not in drawn.lower()
    return drawn


def matrix(current, growth, axis="growth", limits=(5_000, 3_000)):
    frame = pd.DataFrame({"customer": range(len(current)), "current": current, "growth": growth})
    frame = frame.assign(level=frame["current"] + frame["growth"], contribution=1.0, cost_to_serve=0.0)
    return models.relationship_matrix(frame, models.Thresholds(*limits, "fixed"), axis)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (matrix([100.0], [0.0]), "geen groei"),
        (matrix([800.0] * 40, [213.0] * 40, limits=(800, 213)), "Topklanten: 40"),
        (matrix(np.linspace(-6e4, 9e4, 50), np.linspace(0, 2e5, 50)), "Groeipotentieel"),
        (matrix([-5.0, 7e8], [0.0, 9e9], "level"), "Potentiële waarde"),
        (matrix([0.0, 0.0], [0.0, 0.0], limits=(0, 0)), "geen groei"),
        (matrix(np.linspace(0, 9e4, 2_000), np.linspace(0, 2e5, 2_000)), "image"),
    ],
)
def test_the_matrix_draws_every_kind_of_base(found, said):
    """One customer, all alike, losses, a level axis, nothing at all, and thousands as one picture."""
    assert said in words_of(charts.matrix_chart(found, NAMES, NAMES, "nl", "EUR"))


@pytest.mark.parametrize("count", [1, 5, 20])
def test_wallets_draw_for_any_number_of_segments(count):
    """Long names, tiny shares, losses; the largest twelve when there are more."""
    keys = [f"s{n}" for n in range(count)]
    frame = pd.DataFrame({"wallet": np.linspace(1, 1e7, count), "share": 0.04, "target_share": 1.0}, index=keys)
    frame = frame.assign(current=-100.0, level=np.linspace(50, 1e6, count), growth=np.linspace(-5, 1e6, count))
    names = dict.fromkeys(keys, LONG)
    assert "4%" in words_of(charts.wallet_chart(frame, names, "nl", "EUR"))
    assert "Growth potential" in words_of(charts.potential_chart(frame, names, "en", "USD"))


@pytest.mark.parametrize("count", [1, 12, 60])
def test_the_portfolio_names_what_fits(count):
    """One account, twelve, or far too many for all their names; unknown growth is a small bubble."""
    places = np.arange(count)
    rows = {"account": LONG, "value": places * 1_000.0 - 5_000, "customer_value": places % 10, "growth": math.nan}
    frame = pd.DataFrame({**rows, "kind": "star"}, index=places)
    drawn = words_of(charts.portfolio_chart(frame, (15_000, 6.5), dict.fromkeys(charts.KINDS, "Ster"), "nl", "EUR"))
    assert "Landelijke organisaties" in drawn
    assert f"Ster: {count}" in drawn
