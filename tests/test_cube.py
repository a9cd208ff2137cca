"""The cube and the priority of its cells, held against published weights, the coffee firm and hand sums."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau

from crmworkbook.models import cube, cube_priority, cube_stability

SEGMENTS = ["offices", "care", "education", "hospitality", "industry"]
OFFERINGS = ["coffee", "rental", "service", "training"]
CHANNELS = ["account_manager", "portal", "dealers"]

# Revenue in thousands of euro, account manager / portal / dealers per offering.
REVENUE = {
    "offices": "280 400 120  300 60 120  150 30 60  60 20 0",
    "care": "360 80 40  290 0 40  160 0 20  30 0 0",
    "education": "110 120 40  120 10 50  60 5 25  15 5 0",
    "hospitality": "120 220 120  50 10 40  40 10 20  55 25 10",
    "industry": "230 70 130  190 0 110  90 0 60  15 0 5",
}
MARGINS = {"coffee": (38, 44, 27), "rental": (46, 50, 34), "service": (30, 36, 18), "training": (42, 48, 25)}
MARKET = {
    "offices": (9000, 5500, 2600, 500),
    "care": (4200, 3600, 1800, 300),
    "education": (2500, 1600, 800, 200),
    "hospitality": (14000, 3000, 2000, 900),
    "industry": (5200, 3900, 1900, 250),
}
SEGMENT_TABLE = pd.DataFrame(
    {
        "segment": SEGMENTS,
        "market_growth": [-0.01, 0.04, 0.01, 0.02, 0.03],
        "competition": [4, 2, 3, 5, 3],
        "satisfaction": [7.4, 8.3, 7.8, 7.0, 7.9],
        "revenue": [1_600_000, 1_020_000, 560_000, 720_000, 900_000],
    }
)
OFFERING_TABLE = pd.DataFrame({"offering": OFFERINGS, "capability": [4, 4, 5, 3]})
CHANNEL_TABLE = pd.DataFrame({"channel": CHANNELS, "strength": [4, 3, 2], "accessibility": [0.5, 0.3, 0.2]})
PRINTED_WEIGHTS = pd.DataFrame(
    [(side, name, w) for side in cube_priority.SIDES for name, w in zip("abc", (0.40, 0.35, 0.25), strict=True)],
    columns=["side", "criterion", "weight"],
).assign(criterion=list("abcdef"))


def bronmolen_cells() -> pd.DataFrame:
    """The sixty cells of the coffee firm; an empty one is whitespace."""
    rows = []
    for segment, text in REVENUE.items():
        pairs = itertools.product(OFFERINGS, range(3))
        for (offering, place), revenue in zip(pairs, map(int, text.split()), strict=True):
            status = "active" if revenue else "whitespace"
            margin = MARGINS[offering][place] / 100
            rows.append((segment, offering, CHANNELS[place], revenue * 1000, margin, status, True))
    columns = ["segment", "offering", "channel", "revenue", "margin", "status", "feasible"]
    return pd.DataFrame(rows, columns=columns)


def bronmolen_market() -> pd.DataFrame:
    """Market size per segment and offering, euro per year."""
    rows = [(s, o, size * 1000) for s, sizes in MARKET.items() for o, size in zip(OFFERINGS, sizes, strict=True)]
    return pd.DataFrame(rows, columns=["segment", "offering", "market_size"])


@pytest.fixture
def bronmolen() -> pd.DataFrame:
    """The full grid of the coffee firm."""
    return cube.grid(bronmolen_cells(), SEGMENTS, OFFERINGS, CHANNELS)


@pytest.fixture
def marks(bronmolen) -> pd.DataFrame:
    """Its scores on the eight criteria."""
    return cube_priority.cell_scores(bronmolen, bronmolen_market(), SEGMENT_TABLE, OFFERING_TABLE, CHANNEL_TABLE)


@pytest.fixture
def ranked(bronmolen, marks) -> pd.DataFrame:
    """Its ranking with the default weights."""
    return cube_priority.priority(bronmolen, marks)


def one_row_each(values: list[list[float]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Grid and scores a to f for as many segments as there are rows of scores."""
    segments = [f"segment_{number}" for number in range(len(values))]
    cells = bronmolen_cells().head(1).drop(columns="segment").merge(pd.DataFrame({"segment": segments}), how="cross")
    whole = cube.grid(cells, segments, ["coffee"], ["account_manager"])
    index = pd.MultiIndex.from_frame(whole[cube.KEYS])
    return whole, pd.DataFrame(values, index=index, columns=list("abcdef"), dtype=float)


def names(cells: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Segment, offering and channel of each row."""
    return list(cells[cube.KEYS].itertuples(index=False, name=None))


def test_weighted_scores_follow_the_printed_example():
    """Weights .40 .35 .25 turn scores 4 5 2 into 3.85 and 3 2 5 into 3.15 (nine-box scoring sheets)."""
    whole, scores = one_row_each([[4, 5, 2, 3, 2, 5]])
    row = cube_priority.priority(whole, scores, PRINTED_WEIGHTS).iloc[0]
    assert row["attractiveness"] == pytest.approx(3.85)
    assert row["ability"] == pytest.approx(3.15)
    assert row["total"] == pytest.approx(3.50)
    assert (row["attractiveness_box"], row["ability_box"], row["zone"]) == ("high", "medium", "grow")


def test_weights_in_any_unit_give_the_same_ranking():
    """Forty points out of a hundred weigh as much as a share of .40."""
    whole, scores = one_row_each([[4, 5, 2, 3, 2, 5]])
    points = PRINTED_WEIGHTS.assign(weight=PRINTED_WEIGHTS["weight"] * 100)
    assert cube_priority.priority(whole, scores, points)["total"][0] == pytest.approx(3.50)


def test_bronmolen_totals(bronmolen):
    """The coffee firm sells 4.8 million in 51 of 60 cells and contributes 1,831,250, which is 38.15%."""
    totals = cube.totals(bronmolen)
    assert totals.revenue == 4_800_000
    assert totals.contribution == pytest.approx(1_831_250)
    assert totals.margin == pytest.approx(0.3815, abs=0.00005)
    assert (totals.cells, totals.active) == (60, 51)
    tables = {"segment": SEGMENT_TABLE, "offering": OFFERING_TABLE, "channel": CHANNEL_TABLE}
    found = {key: cube.overview(bronmolen, key, table) for key, table in tables.items()}
    assert found["segment"]["revenue"].tolist() == SEGMENT_TABLE["revenue"].tolist()
    assert found["offering"]["revenue"].tolist() == [2_440_000, 1_390_000, 730_000, 240_000]
    assert found["channel"]["revenue"].tolist() == [2_725_000, 1_065_000, 1_010_000]
    contribution = [625_000, 394_000, 215_600, 273_200, 323_450]
    assert found["segment"]["contribution"].tolist() == pytest.approx(contribution)


def test_bronmolen_top_cells(ranked):
    """Care leads: rental 4.06 and 4.02, coffee 3.98 and 3.97, service 3.91; industry rental 3.78 and 3.74."""
    expected = {
        ("care", "rental", "account_manager"): 4.06,
        ("care", "rental", "portal"): 4.02,
        ("care", "coffee", "account_manager"): 3.98,
        ("care", "coffee", "portal"): 3.97,
        ("care", "service", "account_manager"): 3.91,
        ("industry", "rental", "account_manager"): 3.78,
        ("industry", "rental", "portal"): 3.74,
    }
    best = cube_priority.top(ranked, 10)
    assert names(best)[:5] == list(expected)[:5]
    assert names(best)[8:] == list(expected)[5:]
    found = dict(zip(names(best), best["total"], strict=True))
    assert {cell: round(found[cell], 2) for cell in expected} == expected


def test_bronmolen_top_four_stand_in_every_draw(ranked, marks):
    """Ranks 1 to 4 hold in all 2,000 draws; industry rental in 86% by account manager, 64% by portal."""
    firm = cube_stability.rank_stability(ranked, marks)
    share = dict(zip(names(firm.cells), firm.cells["share_of_draws"], strict=True))
    assert firm.cells["share_of_draws"].head(4).tolist() == [1, 1, 1, 1]
    assert share["industry", "rental", "account_manager"] == pytest.approx(0.86, abs=0.02)
    assert share["industry", "rental", "portal"] == pytest.approx(0.64, abs=0.03)
    assert firm.cells["share_of_draws"].sum() == pytest.approx(10)


def test_draws_repeat_with_the_same_seed(ranked, marks):
    """The same client file prints the same shares."""
    first, second = (cube_stability.rank_stability(ranked, marks, draws=200) for _ in range(2))
    pd.testing.assert_frame_equal(first.cells, second.cells)
    assert first.kendall_tau == second.kendall_tau


def test_kendall_tau_is_the_mean_of_single_ones():
    """The block calculation, with ties, agrees with SciPy draw by draw."""
    base = np.array([3.0, 3.0, 2.0, 4.0, 1.0])
    outcomes = np.random.default_rng(7).integers(1, 4, (40, 5)).astype(float)
    expected = np.nanmean([kendalltau(base, row).statistic for row in outcomes])
    assert cube_stability._mean_kendall_tau(base, outcomes) == pytest.approx(expected)


def test_a_changed_weight_names_the_cells_that_swap():
    """Totals of 3.05 and 3.00: a fifth more weight on the second criterion and the other cell leads."""
    whole, scores = one_row_each([[4.0, 2.2, 3, 3, 3, 3], [2.0, 4.0, 3, 3, 3, 3]])
    even = pd.DataFrame(
        [("attractiveness", "a", 0.5), ("attractiveness", "b", 0.5), ("ability", "d", 1.0)],
        columns=["side", "criterion", "weight"],
    )
    ranked = cube_priority.priority(whole, scores, even)
    firm = cube_stability.rank_stability(ranked, scores, even, count=1)
    swap = firm.weight_changes.query("criterion == 'b' and change > 0").iloc[0]
    assert swap["entered"] == (("segment_1", "coffee", "account_manager"),)
    assert swap["left"] == (("segment_0", "coffee", "account_manager"),)
    assert not any(firm.weight_changes.query("side == 'ability'")["entered"])


def test_all_cells_equal_share_the_first_place():
    """Without any difference nothing flips, every cell is in the top, and rank agreement means nothing."""
    whole, scores = one_row_each([[3.0] * 6] * 4)
    ranked = cube_priority.priority(whole, scores, PRINTED_WEIGHTS)
    firm = cube_stability.rank_stability(ranked, scores, PRINTED_WEIGHTS, count=2, draws=50)
    assert ranked["rank"].tolist() == [1, 1, 1, 1]
    assert len(cube_priority.top(ranked, 2)) == 4
    assert not any(firm.weight_changes["entered"])
    assert firm.cells["share_of_draws"].tolist() == [1, 1, 1, 1]
    assert math.isnan(firm.kendall_tau)


def test_a_cube_of_one_cell():
    """One segment, offering and channel is a cube too; its untapped market is the largest there is."""
    cells = bronmolen_cells().head(1)
    whole = cube.grid(cells, ["offices"], ["coffee"], ["account_manager"])
    scores = cube_priority.cell_scores(whole, bronmolen_market(), SEGMENT_TABLE, OFFERING_TABLE, CHANNEL_TABLE)
    ranked = cube_priority.priority(whole, scores)
    assert scores["untapped"].tolist() == [5]
    assert ranked["rank"].tolist() == [1]
    assert cube_stability.rank_stability(ranked, scores).cells["share_of_draws"].tolist() == [1]
    assert cube.totals(whole).revenue == 280_000


def test_scores_follow_their_scales(marks):
    """Office coffee by account manager, by hand: shrinking market, margin 38%, share 8.9%, mark 7.4."""
    row = marks.loc["offices", "coffee", "account_manager"]
    untapped = 1 + 4 * math.log(1 + 4_220_000) / math.log(1 + 6_880_000)
    by_hand = [1 + 4 / 6, 1 + 4 * 23 / 35, untapped, 2, 1 + 4 * (800 / 9000) / 0.25, 4, 1 + 4 * 1.4 / 3, 4]
    assert row.tolist() == pytest.approx(by_hand)
    assert marks.min().min() >= 1
    assert marks.max().max() <= 5


def test_a_missing_input_is_marked_and_never_filled_in(bronmolen):
    """Without a market for training no training cell is ranked, and the missing criteria are named."""
    market = bronmolen_market().query("offering != 'training'")
    scores = cube_priority.cell_scores(bronmolen, market, SEGMENT_TABLE, OFFERING_TABLE, CHANNEL_TABLE)
    ranked = cube_priority.priority(bronmolen, scores)
    training = ranked[ranked["offering"] == "training"]
    assert set(training["mark"]) == {"missing"}
    assert training["missing"].iloc[0] == ("untapped", "share")
    assert training["rank"].isna().all()
    assert training["zone"].isna().sum() == len(training)
    assert ranked["rank"].max() == 45


def test_a_criterion_of_weight_zero_may_be_missing():
    """Nobody needs a score on what does not count."""
    whole, scores = one_row_each([[4, 5, math.nan, 3, 2, 5]])
    weights = PRINTED_WEIGHTS.assign(weight=[1, 1, 0, 1, 1, 1])
    ranked = cube_priority.priority(whole, scores, weights)
    assert ranked["mark"].tolist() == ["ranked"]
    assert ranked["attractiveness"].tolist() == pytest.approx([4.5])


def test_infeasible_cells_leave_before_the_ranking(marks):
    """Renting out through a portal leaves the ranking, the next cell moves up, and whitespace drops it."""
    cells = bronmolen_cells()
    cells["feasible"] = ~((cells["offering"] == "rental") & (cells["channel"] == "portal"))
    ranked = cube_priority.priority(cube.grid(cells, SEGMENTS, OFFERINGS, CHANNELS), marks)
    assert names(cube_priority.top(ranked, 2))[1] == ("care", "coffee", "account_manager")
    assert (ranked["mark"] == "infeasible").sum() == 5
    assert len(cube.whitespace(ranked)) == 9 - 2


def test_nothing_to_rank_is_an_error_with_a_next_step():
    """A cube of infeasible cells has no ranking to test."""
    whole, scores = one_row_each([[3.0] * 6])
    ranked = cube_priority.priority(whole.assign(feasible=False), scores, PRINTED_WEIGHTS)
    assert len(cube_priority.top(ranked)) == 0
    with pytest.raises(ValueError, match="make a cell feasible"):
        cube_stability.rank_stability(ranked, scores, PRINTED_WEIGHTS)


@pytest.mark.parametrize("weight", [[0, 0, 0, 1, 1, 1], [-1, 2, 2, 1, 1, 1], [1, 1, math.nan, 1, 1, 1]])
def test_weights_that_cannot_be(weight):
    """Only zeros, a negative weight and an empty one stop with the side's name."""
    with pytest.raises(ValueError, match="attractiveness needs one weight"):
        cube_priority.normalised_weights(PRINTED_WEIGHTS.assign(weight=weight))


def test_a_weight_for_an_unknown_criterion_is_an_error(bronmolen, marks):
    """A criterion nobody scored cannot carry weight."""
    weights = cube_priority.DEFAULT_WEIGHTS.replace("growth", "glamour")
    with pytest.raises(ValueError, match="glamour"):
        cube_priority.priority(bronmolen, marks, weights)


def test_double_and_undeclared_cells_are_named():
    """A cell that stands twice would be counted twice."""
    cells = bronmolen_cells()
    with pytest.raises(ValueError, match="offices / coffee / account_manager"):
        cube.grid(pd.concat([cells, cells.head(1)]), SEGMENTS, OFFERINGS, CHANNELS)
    with pytest.raises(ValueError, match="industry"):
        cube.grid(cells, SEGMENTS[:4], OFFERINGS, CHANNELS)
    with pytest.raises(ValueError, match="not declared"):
        cube.grid(cells, [], OFFERINGS, CHANNELS)


def test_percent_typed_as_a_whole_number_is_an_error():
    """A margin of 38 means 38%, and says how to write it."""
    with pytest.raises(ValueError, match=r"0\.38"):
        cube.grid(bronmolen_cells().assign(margin=38), SEGMENTS, OFFERINGS, CHANNELS)


def test_an_empty_status_with_revenue_is_an_error():
    """A cell cannot be whitespace and sell."""
    with pytest.raises(ValueError, match="make the status active"):
        cube.grid(bronmolen_cells().assign(status="whitespace"), SEGMENTS, OFFERINGS, CHANNELS)


def test_cells_without_a_row_are_empty_without_a_reason():
    """A cube of two cells declared and one given has one cell nobody explained; its revenue stays unknown."""
    whole = cube.grid(bronmolen_cells().head(1), ["offices"], ["coffee"], ["account_manager", "portal"])
    left = cube.unexplained_empty(whole)
    assert names(left) == [("offices", "coffee", "portal")]
    assert left["revenue"].isna().all()
    assert cube.market_share(whole, bronmolen_market())["share"].isna().all()


def test_cells_empty_by_choice_count_as_zero(bronmolen):
    """Saying that a cell is empty on purpose is information: its revenue is nothing."""
    cells = bronmolen_cells().astype({"revenue": float})
    cells.loc[cells["revenue"] == 0, ["revenue", "status"]] = [math.nan, "by_choice"]
    whole = cube.grid(cells, SEGMENTS, OFFERINGS, CHANNELS)
    assert whole["revenue"].tolist() == bronmolen["revenue"].tolist()
    assert len(cube.unexplained_empty(whole)) == 0
    assert len(cube.whitespace(whole)) == 0


def test_revenue_without_a_margin_is_counted_apart():
    """An unknown margin does not pull the average to zero."""
    cells = bronmolen_cells()
    cells.loc[0, "margin"] = math.nan
    totals = cube.totals(cube.grid(cells, SEGMENTS, OFFERINGS, CHANNELS))
    assert totals.margin == pytest.approx((1_831_250 - 106_400) / 4_520_000)


def test_control_totals_agree_within_half_a_percent(bronmolen):
    """The segments agree; an offering that is one percent off does not, and its difference is printed."""
    offerings = pd.DataFrame({"offering": OFFERINGS, "revenue": [2_440_000, 1_390_000, 722_772, math.nan]})
    checked = cube.totals_check(bronmolen, SEGMENT_TABLE, offerings)
    wrong = checked[~checked["agrees"]]
    assert len(checked) == 8
    assert wrong[["dimension", "key"]].to_numpy().tolist() == [["offering", "service"]]
    assert wrong["difference"].tolist() == [7_228]
    assert wrong["share"].iloc[0] == pytest.approx(0.01, abs=0.0001)


def test_no_control_totals_give_an_empty_check(bronmolen):
    """Without control totals there is nothing to disagree with."""
    assert cube.totals_check(bronmolen).empty


def test_market_share_counts_all_channels_once(bronmolen):
    """Care coffee holds 480 of 4,200 thousand; the firm as a whole 7.53% of 63.75 million."""
    share = cube.market_share(bronmolen, bronmolen_market()).set_index(["segment", "offering"])
    assert share.loc[("care", "coffee"), "share"] == pytest.approx(0.1143, abs=0.00005)
    assert share["market_size"].sum() == 63_750_000
    assert share["revenue"].sum() / share["market_size"].sum() == pytest.approx(0.0753, abs=0.00005)


def test_nine_box_cuts_divide_the_scale():
    """A score on a cut belongs to the higher box; the diagonal is for selection."""
    sides = [pd.Series([1.0, 2.33, 3.67, 5.0]), pd.Series([5.0, 2.33, 3.66, 2.0])]
    boxes = cube_priority.nine_box(*sides)
    assert boxes["attractiveness_box"].tolist() == ["low", "medium", "high", "high"]
    assert boxes["ability_box"].tolist() == ["high", "medium", "medium", "low"]
    assert boxes["zone"].tolist() == ["select", "select", "grow", "select"]


def test_drill_down_shows_a_cell_with_its_sum(ranked, marks):
    """Care rental by account manager: 290 thousand at 46%, beside care's mean of 85 thousand, total 4.06."""
    detail = cube_priority.drill_down(ranked, marks, ("care", "rental", "account_manager"))
    assert detail.numbers.loc["revenue", "cell"] == 290_000
    assert detail.numbers.loc["revenue", "segment"] == pytest.approx(1_020_000 / 12)
    assert detail.numbers.loc["margin", "cell"] == 0.46
    assert detail.numbers.loc["margin", "segment"] == pytest.approx(394_000 / 1_020_000)
    assert detail.scores.loc["competition", "cell"] == 4
    assert detail.workings[-1].result.value == pytest.approx(4.06, abs=0.005)
    assert [working.name for working in detail.workings] == [
        "cube.attractiveness",
        "cube.ability",
        "cube.total",
    ]
    assert all(working.evaluate() == pytest.approx(working.result.value) for working in detail.workings)


def test_drill_down_needs_a_cell_of_the_cube(ranked, marks):
    """A cell nobody declared has no numbers."""
    with pytest.raises(ValueError, match="no cell care / tea / portal"):
        cube_priority.drill_down(ranked, marks, ("care", "tea", "portal"))


def test_segments_show_the_gap_and_who_stays(bronmolen):
    """Care sells 1,020 of 1,110 thousand, keeps 55 of 58 customers, and holds 10.3% of its market."""
    table = SEGMENT_TABLE.assign(
        sales_target=[1_630_000, 1_110_000, 570_000, math.nan, 940_000],
        customers_start=[198, 58, 72, 126, 0],
        customers_lost=[32, 3, 8, 34, 0],
        customers_new=[34, 5, 6, 28, 10],
    )
    found = cube.segment_overview(bronmolen, table, bronmolen_market()).set_index("segment")
    assert found.loc["care", ["gap", "balance"]].tolist() == [90_000, 2]
    assert found.loc["care", "kept"] == pytest.approx(55 / 58)
    assert found.loc["care", "share"] == pytest.approx(1_020 / 9_900)
    assert math.isnan(found.loc["hospitality", "gap"])
    assert math.isnan(found.loc["industry", "kept"])


def test_channels_have_parts_of_revenue_and_no_market_of_their_own(bronmolen):
    """The portal brings 1,065 of 4,800 thousand; a market is counted per segment and offering."""
    found = cube.overview(bronmolen, "channel", CHANNEL_TABLE, bronmolen_market()).set_index("channel")
    assert found.loc["portal", "part"] == pytest.approx(1_065 / 4_800)
    assert found.loc["portal", "strength"] == 3
    assert found["share"].isna().all()


def test_nine_cells_make_half_of_the_revenue(bronmolen):
    """400 + 360 + 300 + 290 + 280 + 230 + 220 + 190 + 160 thousand is the first sum of at least 2,400."""
    assert cube.cells_for_half(bronmolen) == 9
    assert cube.cells_for_half(bronmolen.assign(revenue=0.0)) == 1


def test_a_channel_reaches_part_of_a_market(bronmolen):
    """The portal reaches 30% of the 3.6 million that care spends on rental."""
    reach = cube.reachable(bronmolen, bronmolen_market(), CHANNEL_TABLE)
    where = bronmolen.index[(bronmolen[cube.KEYS] == ["care", "rental", "portal"]).all(axis=1)]
    assert reach[where].tolist() == [pytest.approx(1_080_000)]


def test_the_harvest_zone_heads_the_list_of_lowest_cells(ranked):
    """Service through dealers to offices is the only cell in that zone, though two others score lower."""
    worst = cube_priority.lowest(ranked)
    assert names(worst)[0] == ("offices", "service", "dealers")
    assert worst["zone"].tolist() == ["harvest", *["select"] * 4]
    assert worst["total"].tolist()[1:] == sorted(worst["total"].tolist()[1:])


def test_weights_in_the_total_add_up_to_one():
    """A margin of 30% of its side decides 15% of the total."""
    weight = cube_priority.weight_in_total()
    assert weight["margin"] == pytest.approx(0.15)
    assert weight.sum() == pytest.approx(1)


def test_chosen_cells_travel_with_the_grid():
    """What the group chose stands in the table; without the column nothing is chosen."""
    cells = bronmolen_cells()
    chosen = cells.assign(chosen=cells["segment"] == "care")
    assert cube.grid(chosen, SEGMENTS, OFFERINGS, CHANNELS)["chosen"].sum() == 12
    assert not cube.grid(cells, SEGMENTS, OFFERINGS, CHANNELS)["chosen"].any()
