"""The rules of the cube, each on a case that raises it and one that does not, and what its texts say."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from crmworkbook.findings import cube as findings
from crmworkbook.findings import cube_readings as readings
from crmworkbook.models import cube as cubes
from crmworkbook.models import cube_priority as priorities
from crmworkbook.models.cube_stability import rank_stability

from .conftest import cases

NAMES = {
    "segment": {"care": "Zorginstellingen", "offices": "Kantoren"},
    "offering": {"coffee": "Koffie", "rental": "Machinehuur"},
    "channel": {"account_manager": "Accountmanager", "portal": "Portaal"},
}
KEYS = [list(words) for words in NAMES.values()]
MARKET = pd.DataFrame(
    {
        "segment": ["care", "care", "offices", "offices"],
        "offering": ["coffee", "rental"] * 2,
        "market_size": [4_200_000.0, 3_600_000.0, 9_000_000.0, 5_500_000.0],
    }
)
SEGMENTS = pd.DataFrame(
    {"segment": KEYS[0], "market_growth": [0.04, -0.01], "competition": [2, 4], "satisfaction": [8.3, 7.4]}
)
OFFERINGS = pd.DataFrame({"offering": KEYS[1], "capability": [4, 3]})
CHANNELS = pd.DataFrame({"channel": KEYS[2], "strength": [4, 3], "accessibility": [0.5, 0.3]})


def cells(**columns: object) -> pd.DataFrame:
    """Eight cells of the coffee firm, care first; rental to care through the portal is whitespace."""
    index = pd.MultiIndex.from_product(KEYS, names=cubes.KEYS)
    frame = index.to_frame(index=False)
    frame["revenue"] = [360_000.0, 80_000, 290_000, 0, 280_000, 400_000, 300_000, 60_000]
    frame["margin"] = [0.38, 0.44, 0.46, 0.50] * 2
    frame["status"] = ["active", "active", "active", "whitespace", *["active"] * 4]
    return frame.assign(feasible=True, chosen=False).assign(**columns)


def graded(**columns: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ranking and the scores of these cells."""
    grid = cubes.grid(cells(**columns), *KEYS)
    scores = priorities.cell_scores(grid, MARKET, SEGMENTS, OFFERINGS, CHANNELS)
    return priorities.priority(grid, scores), scores


def test_revenue_in_a_cell_that_is_called_empty_stops():
    """A cell cannot be whitespace and sell; the finding comes before the model would refuse."""
    wrong = findings.sold_but_empty(cells(status="whitespace"), NAMES, "nl")
    assert cases(wrong) == [("W26", "sold_but_empty")]
    assert wrong[0].values["cells"][0] == "Zorginstellingen · Koffie · Accountmanager"
    assert findings.sold_but_empty(cells(), NAMES, "nl") == []


def test_an_empty_cell_without_a_reason_stops():
    """By choice and unknown differ, and only the client knows which it is."""
    bare = cubes.grid(cells(status=["active"] * 8), *KEYS)
    found = findings.unexplained(bare, NAMES, "nl")
    assert cases(found) == [("W26", "empty_cells")]
    assert found[0].values["count"] == 1
    assert findings.unexplained(cubes.grid(cells(), *KEYS), NAMES, "nl") == []


def test_a_long_list_of_cells_ends_in_a_number():
    """Fifty names help nobody; the first ones and how many more do."""
    said = findings.some(cells(), NAMES, "en", most=3)
    assert said[-1] == "5 more"
    assert len(said) == 4


def test_totals_that_differ_stop_and_name_the_place():
    """Care adds up to 730 thousand and the table says 800; the offices agree."""
    control = SEGMENTS.assign(revenue=[800_000.0, 1_040_000.0])
    found = findings.totals_off(cubes.totals_check(cubes.grid(cells(), *KEYS), control), NAMES)
    assert cases(found) == [("W05", "segment_totals")]
    assert found[0].values["segment"] == "Zorginstellingen"
    assert found[0].values["difference"] == -70_000
    offerings = pd.DataFrame({"offering": KEYS[1], "revenue": [1_120_000.0, 600_000.0]})
    channels = pd.DataFrame({"channel": KEYS[2], "revenue": [1_230_000.0, 500_000.0]})
    found = findings.totals_off(cubes.totals_check(cubes.grid(cells(), *KEYS), None, offerings, channels), NAMES)
    assert cases(found) == [("W05", "offering_totals"), ("W05", "channel_totals")]
    right = SEGMENTS.assign(revenue=[730_000.0, 1_040_000.0])
    assert findings.totals_off(cubes.totals_check(cubes.grid(cells(), *KEYS), right), NAMES) == []


def test_a_control_total_of_nothing_has_no_share():
    """A difference with zero cannot be put in percent."""
    control = SEGMENTS.assign(revenue=[0.0, 1_040_000.0])
    found = findings.totals_off(cubes.totals_check(cubes.grid(cells(), *KEYS), control), NAMES)
    assert found[0].values["share"] == "–"


def test_a_side_without_weights_stops():
    """Without a weight for attractiveness there is no score to rank."""
    weights = priorities.DEFAULT_WEIGHTS
    assert findings.unusable_weights(weights, "en") == []
    found = findings.unusable_weights(weights[weights["side"] == "ability"], "en")
    assert cases(found) == [("W20", "no_weights")]
    assert found[0].values["sides"] == ["Attractiveness"]


def test_a_chosen_cell_needs_data_and_must_be_feasible():
    """Choosing what cannot be judged, or cannot be done, is a warning each."""
    blank = [math.nan, *[0.44] * 7]
    chosen = cells(margin=blank, feasible=[True, False, *[True] * 6], chosen=[True, True, True, *[False] * 5])
    found = findings.chosen_without_ground(cubes.grid(chosen, *KEYS), MARKET, NAMES)
    assert cases(found) == [("W04", "no_data"), ("W04", "infeasible")]
    assert found[0].values["cells"] == ["Zorginstellingen · Koffie · Accountmanager"]
    assert findings.chosen_without_ground(cubes.grid(cells(chosen=True), *KEYS), MARKET, NAMES) == []


def test_a_chosen_cell_needs_a_market_also_without_a_table_of_markets():
    """One market that is not known leaves its two cells without ground, no table all eight; none chosen, none."""
    grid = cubes.grid(cells(chosen=True), *KEYS)
    sizes = MARKET.assign(market_size=[math.nan, 3_600_000.0, 9_000_000.0, 5_500_000.0])
    for market, count in ((sizes, 2), (MARKET.iloc[1:], 2), (None, 8)):
        found = findings.chosen_without_ground(grid, market, NAMES)
        assert cases(found) == [("W04", "no_data")]
        assert len(found[0].values["cells"]) == count
    assert findings.chosen_without_ground(cubes.grid(cells(), *KEYS), None, NAMES) == []


def test_no_ranking_says_what_is_missing():
    """Without a single margin no cell has a score; without a feasible cell there is nothing to score."""
    assert findings.nothing_ranked(graded()[0], "en") == []
    found = findings.nothing_ranked(graded(margin=math.nan)[0], "en")
    assert cases(found) == [("W04", "nothing_ranked")]
    assert found[0].values["criteria"] == ["margin"]
    assert cases(findings.nothing_ranked(graded(feasible=False)[0], "en")) == [("W04", "all_infeasible")]


def test_a_ranking_that_other_weights_change_is_a_note():
    """A single best cell stands there in half of the draws; a top of all eight cells cannot change."""
    ranked, scores = graded()
    loose = findings.loose_ranking(rank_stability(ranked, scores, count=1, draws=200), NAMES)
    assert cases(loose) == [("W20", "flips_with_weights"), ("W20", "unstable_cells")]
    assert findings.loose_ranking(rank_stability(ranked, scores, count=8, draws=50), NAMES) == []


def test_scores_that_are_all_the_same_tell_nothing():
    """Three threes is a straight line, three fours is all equal, and two scores say nothing yet."""
    lists = {"competition": [3, 3, 3], "capability": [4, 4, 4], "channel": [2, 2], "total": [3.1, 3.2, 3.2]}
    found = findings.scores_alike({name: pd.Series(given, dtype=float) for name, given in lists.items()}, "en")
    assert cases(found) == [("W25", "straight_line"), ("W25", "all_equal")]


def test_the_conclusion_names_where_the_best_cells_lie():
    """Offices sell most, and care has the best cells: that is the sentence to remember."""
    ranked, scores = graded()
    rows = readings.top_rows(ranked, rank_stability(ranked, scores, draws=50), "nl")
    white = readings.whitespace_rows(ranked, pd.Series(1.0, ranked.index))
    best = rows.head(4)
    conclusion, step, values = readings.verdict(best, ranked, white, NAMES)
    assert (conclusion, step) == ("other", "whitespace")
    assert (values["segment"], values["largest"]) == ("Zorginstellingen", ["Kantoren"])
    assert readings.verdict(best.assign(rank=1), ranked, white, NAMES)[:2] == ("level", "level")


def test_the_top_says_in_words_why_a_cell_has_no_revenue():
    """A whitespace cell prints its status where others print euros."""
    ranked, scores = graded()
    rows = readings.top_rows(ranked, rank_stability(ranked, scores, draws=50), "nl")
    white = rows[rows["status"] == "whitespace"]
    assert white["revenue"].tolist() == ["witte vlek"]
    assert readings.top_reading(rows, NAMES)["case"] == "one"


@pytest.mark.parametrize(
    ("margins", "case", "best"),
    [
        ([0.3, 0.4], "other", ["Machinehuur"]),
        ([0.4, 0.3], "same", ["Koffie"]),
        ([0.4, 0.4], "level", ["Koffie", "Machinehuur"]),
        ([math.nan, math.nan], "plain", []),
    ],
)
def test_a_claim_about_margins_stays_true_when_they_tie(margins, case, best):
    """Naming one winner where there are two would be untrue."""
    found = pd.DataFrame({"offering": ["coffee", "rental"], "revenue": [1_120_000.0, 650_000.0], "margin": margins})
    reading = readings.margin_reading(found, "offering", NAMES)
    assert (reading["case"], reading["best"]) == (case, best)


def test_a_cube_that_sells_nothing_has_its_own_sentence():
    """No revenue means no largest cell, no share and no cell to let go."""
    empty = cubes.grid(cells(revenue=0.0, status="whitespace"), *KEYS)
    assert readings.slices_reading(empty, NAMES)["case"] == "none"
    shares = cubes.market_share(empty, MARKET)
    assert readings.share_reading(shares, NAMES)["case"] == "unknown"
    assert readings.coverage_reading(empty, NAMES)["case"] == "equal"
