"""Charts of the cube draw what they are given: one cell, unknown numbers, long names, many channels."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from crmworkbook.charts import cube as charts
from crmworkbook.charts import cube_priority as choices
from crmworkbook.charts.style import HALF, WIDE, svg
from crmworkbook.models import cube as cubes
from crmworkbook.models import cube_priority as priorities
from crmworkbook.models.cube_stability import rank_stability

pytestmark = pytest.mark.slow  # draws


def names(segments: int, offerings: int, channels: int) -> dict[str, dict[str, str]]:
    """Dimensions of any size with names as clients give them."""
    long = "Tuincentra en bouwmarkten in de regio "
    return {
        "segment": {f"s{n}": f"{long}{n}" for n in range(segments)},
        "offering": {f"o{n}": f"Onderhoud & aanleg {n}" for n in range(offerings)},
        "channel": {f"c{n}": f"Kanaal {n}" for n in range(channels)},
    }


def drawn(words: dict[str, dict[str, str]], revenue: float = 120_000.0, margin: float = 0.38) -> list:
    """All five figures of a cube in which every cell is alike."""
    keys = [list(part) for part in words.values()]
    cells = pd.MultiIndex.from_product(keys, names=cubes.KEYS).to_frame(index=False)
    cells = cells.assign(
        revenue=revenue, margin=margin, status="unknown" if math.isnan(revenue) else "active", feasible=True
    )
    grid = cubes.grid(cells, *keys)
    market = cells[["segment", "offering"]].drop_duplicates().assign(market_size=1_000_000.0)
    segments = pd.DataFrame({"segment": keys[0], "market_growth": 0.02, "competition": 3, "satisfaction": 7.5})
    offerings = pd.DataFrame({"offering": keys[1], "capability": 4})
    channels = pd.DataFrame({"channel": keys[2], "strength": 3, "accessibility": 0.4})
    scores = priorities.cell_scores(grid, market, segments, offerings, channels)
    ranked = priorities.priority(grid, scores)
    figures = [charts.slices(grid, words, "nl"), charts.isometric(grid, words)]
    figures.append(choices.market_share_map(cubes.market_share(grid, market), words, "nl"))
    if ranked["rank"].notna().any():
        figures.append(choices.nine_box_chart(ranked, "nl"))
        figures.append(choices.stability_bars(rank_stability(ranked, scores, draws=20), words, "nl"))
    return figures


@pytest.mark.parametrize("size", [(1, 1, 1), (6, 4, 5), (2, 9, 2)])
def test_a_cube_of_any_size_fits_the_page(size):
    """One cell and two hundred and forty both stay within a page and keep their width."""
    for figure in drawn(names(*size)):
        wide, tall = figure.get_size_inches()
        assert wide in (WIDE, HALF)
        assert 0.2 < tall < 8.5
        assert svg(figure).startswith("<svg")


def test_unknown_revenue_is_hatched_and_not_a_number():
    """What nobody knows is drawn as unknown, never as nan."""
    for figure in drawn(names(2, 2, 2), revenue=math.nan, margin=math.nan):
        assert "nan" not in svg(figure)


def test_cells_print_in_units_that_stay_short():
    """Twelve million is printed in millions, four hundred thousand in thousands, nine hundred as it is."""
    for revenue, unit in ((12_000_000, 1_000_000), (400_000, 1_000), (900, 1), (math.nan, 1)):
        assert charts.revenue_unit(pd.DataFrame({"revenue": [revenue]})) == unit
