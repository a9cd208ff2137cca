"""Customer equity, and the value of Bronmolen's segments beside one average."""

import math

import pandas as pd
import pytest

from crmworkbook.models.acquisition import break_even_retention, simple_payback
from crmworkbook.models.customer_equity import customer_equity
from crmworkbook.models.lifetime_value import lifetime_value
from crmworkbook.models.segment_value import segment_faults, segment_value

BRONMOLEN = pd.DataFrame(
    {
        "segment": ["offices", "care", "education", "hospitality", "industry"],
        "customers_start": [198, 58, 72, 126, 72],
        "customers_lost": [32, 3, 8, 34, 7],
        "customers_new": [34, 5, 6, 28, 10],
        "contribution": [625_000, 394_000, 215_600, 273_200, 323_450],
        "cost_to_serve": [210_000, 156_000, 94_500, 204_000, 131_250],
        "acquisition": [108_800, 45_000, 24_000, 53_200, 60_000],
    }
)


def changed(segment, **values):
    """Bronmolen's segments with some values of one segment replaced."""
    table = BRONMOLEN.astype({"contribution": float, "acquisition": float})
    table.loc[table["segment"] == segment, list(values)] = list(values.values())
    return table


def test_equity_of_customers_now_and_still_to_come():
    """1,000 customers 266,667; a cohort of 200 43,333; ten cohorts 266,265; endless 433,333 (recomputed)."""
    terms = {"new_customers": 200, "acquisition_cost": 150}
    ten = customer_equity(1000, 100, 0.8, 0.1, cohorts=10, **terms)
    assert ten.existing == pytest.approx(266_667, abs=0.5)
    assert ten.per_cohort == pytest.approx(43_333, abs=0.5)
    assert ten.future == pytest.approx(266_265, abs=0.5)
    assert ten.total == ten.existing + ten.future
    assert customer_equity(1000, 100, 0.8, 0.1, cohorts=None, **terms).future == pytest.approx(433_333, abs=0.5)


def test_a_hundred_dollars_for_thirty_million_customers_is_three_billion():
    """The check on the summary page of Gupta, Lehmann and Stuart (2004), at a value of $100 each."""
    assert customer_equity(30e6, 37.5, 0.8, 0.1).total == pytest.approx(3e9)


@pytest.mark.parametrize(("cohorts", "rate"), [(10, 0.1), (None, 0.1), (0, 0.1), (3, 0.0)])
def test_equity_workings_are_the_sum_over_cohorts(cohorts, rate):
    """The closed form printed is each cohort discounted and added up, also without interest."""
    equity = customer_equity(1000, 100, 0.8, rate, new_customers=200, acquisition_cost=150, cohorts=cohorts)
    years = range(1, (2000 if cohorts is None else cohorts) + 1)
    assert equity.future == pytest.approx(sum(equity.per_cohort / (1 + rate) ** year for year in years))
    assert [working.evaluate() for working in equity.workings] == [equity.existing, equity.future]


def test_endless_cohorts_need_interest():
    """Without a discount rate they would be worth more than the world."""
    with pytest.raises(ValueError, match="endless cohorts need a discount rate above 0"):
        customer_equity(1000, 100, 0.8, 0.0, new_customers=200, cohorts=None)


@pytest.mark.parametrize(
    ("column", "expected", "within"),
    [
        ("customers", [200, 60, 70, 120, 75], 0),
        ("retention", [0.8384, 0.9483, 0.8889, 0.7302, 0.9028], 5e-5),
        ("net_contribution", [2075.00, 3966.67, 1730.00, 576.67, 2562.67], 0.005),
        ("multiple", [3.205, 6.250, 4.211, 1.974, 4.577], 0.0005),
        ("value_existing", [6_650, 24_792, 7_284, 1_138, 11_731], 0.5),
        ("value_new", [8_725, 28_758, 9_014, 1_715, 14_293], 0.5),
        ("cac", [3_200, 9_000, 4_000, 1_900, 6_000], 0),
        ("value_new_after_cac", [5_525, 19_758, 5_014, -185, 8_293], 0.5),
        ("payback", [1.54, 2.27, 2.31, 3.29, 2.34], 0.005),
        ("discounted_payback", [1, 2, 2, math.inf, 2], 0),
    ],
)
def test_bronmolens_segment_table(column, expected, within):
    """The demo client, recomputed from its tables at 10%; after-acquisition values and paybacks by hand."""
    found = segment_value(BRONMOLEN, 0.10).frame[column].tolist()
    assert found == pytest.approx(expected, abs=within)


def test_one_average_hides_a_million():
    """Equity by segment is 4,343,724; with the average of 525 customers it is 3,350,593."""
    value = segment_value(BRONMOLEN, 0.10)
    assert value.equity == pytest.approx(4_343_724, abs=0.5)
    assert value.equity_one_average == pytest.approx(3_350_593, abs=0.5)
    assert value.averaging_error == pytest.approx(993_131, abs=1)
    assert value.total[["customers", "retention", "net_contribution", "multiple", "cac"]].tolist() == (
        pytest.approx([525, 0.8403, 1972.38, 3.236, 3506], abs=0.03)
    )
    assert value.total["value_new"] == pytest.approx(8_354, abs=0.5)


def test_care_is_a_ninth_of_the_customers_and_a_third_of_the_equity():
    """60 of 525 customers hold 34% of the equity."""
    value = segment_value(BRONMOLEN, 0.10)
    assert value.frame.loc["care", "equity"] / value.equity == pytest.approx(0.34, abs=0.005)


def test_winning_hospitality_customers_destroys_value():
    """Worth 1,715 and won for 1,900: retention .730 stays under its break-even of .766."""
    hospitality = segment_value(BRONMOLEN, 0.10).frame.loc["hospitality"]
    assert hospitality["break_even_retention"] == pytest.approx(0.766, abs=5e-4)
    assert hospitality["retention"] < hospitality["break_even_retention"]
    assert hospitality["allowable_acquisition_cost"] < hospitality["cac"]


def test_a_segment_that_is_the_whole_firm_is_its_own_average():
    """With one segment nothing is averaged away."""
    value = segment_value(BRONMOLEN.iloc[:1], 0.10)
    assert value.equity == pytest.approx(value.equity_one_average)
    assert value.frame.loc["offices"].tolist() == pytest.approx(value.total.tolist())


def test_development_cost_is_part_of_keeping_customers():
    """€12,000 of development is €60 less per office a year; an empty cell is none."""
    table = BRONMOLEN.assign(development=[12_000, math.nan, 0, 0, 0])
    frame = segment_value(table, 0.10).frame
    assert frame["net_contribution"].iloc[:2].tolist() == pytest.approx([2015, 3966.67], abs=0.005)


def test_a_required_return_lowers_the_allowable_cost():
    """A quarter to be left over is a quarter less to spend."""
    frame = segment_value(BRONMOLEN, 0.10, required_return=0.25).frame
    assert frame["allowable_acquisition_cost"].tolist() == pytest.approx((frame["value_new"] * 0.75).tolist())


TERMS = [
    {},
    {"growth": 0.02},
    {"growth": 0.02, "growth_from": "first"},
    {"growth": -0.03, "smooth": ["care", "industry"]},
]


@pytest.mark.parametrize("terms", TERMS)
def test_every_working_is_a_number_of_the_table(terms):
    """The sums shown on a click are the table's numbers, for each segment and for the average."""
    value = segment_value(BRONMOLEN.assign(development=[9_000, 0, 0, 0, 4_000]), 0.10, **terms)
    *per_measure, by_segment = value.workings
    for working in per_measure:
        shown = value.frame.loc[working.subject] if working.subject else value.total
        assert working.evaluate() == working.result.value
        assert working.result.value == pytest.approx(shown[working.name.removeprefix("segment_value.")])
    assert by_segment.evaluate() == value.equity
    measures = {working.name for working in per_measure if working.subject == "offices"}
    assert len(measures) == 13
    assert len(per_measure) in (77, 78)  # a payback that never comes has no sum


@pytest.mark.parametrize("terms", TERMS[:3])
def test_every_number_of_the_table_is_its_function(terms):
    """Value, payback and break-even come out as when asked for one by one."""
    for row in segment_value(BRONMOLEN, 0.10, **terms).frame.itertuples():
        rates = (row.retention, 0.10)
        assert row.value_new == pytest.approx(
            lifetime_value(row.net_contribution, *rates, convention="start_incl", **terms)
        )
        assert row.payback == simple_payback(row.net_contribution, row.cac)
        assert row.break_even_retention == pytest.approx(
            break_even_retention(row.net_contribution, row.cac, 0.10, convention="start_incl", **terms)
        )


def test_a_cheaply_won_fast_growing_segment_needs_no_retention():
    """Where the first contribution covers the cost the printed sum is 0 too, whatever the growth."""
    value = segment_value(changed("offices", acquisition=340), 0.10, growth=0.02)
    sums = {working.name: working for working in value.workings if working.subject == "offices"}
    assert sums["segment_value.break_even_retention"].evaluate() == 0
    assert value.frame.loc["offices", ["break_even_retention", "discounted_payback"]].tolist() == [0, 0]


def test_a_segment_that_won_nobody_has_no_acquisition_cost_but_a_value():
    """What is not known stays empty, and its sums are left out."""
    value = segment_value(changed("care", customers_new=0, acquisition=0), 0.10)
    care = value.frame.loc["care"]
    assert care[["cac", "payback", "discounted_payback", "break_even_retention"]].isna().all()
    assert care["value_existing"] > 0
    assert len([working for working in value.workings if working.subject == "care"]) == 8


def test_unknown_acquisition_spending_leaves_the_average_unknown_too():
    """A sum that skipped a segment would make winning look cheap."""
    value = segment_value(changed("care", acquisition=math.nan), 0.10)
    assert math.isnan(value.total["cac"])
    assert value.equity == pytest.approx(4_343_724, abs=0.5)


def test_a_loss_making_segment_is_valued_and_never_pays_back():
    """A negative contribution gives a negative value and no payback, not a missing number."""
    value = segment_value(changed("hospitality", contribution=100_000), 0.10)
    hospitality = value.frame.loc["hospitality"]
    assert hospitality["value_existing"] < 0
    assert hospitality[["payback", "discounted_payback"]].tolist() == [math.inf, math.inf]
    assert hospitality["allowable_acquisition_cost"] == 0


def test_all_segments_that_cannot_be_valued_are_named_at_once():
    """One correction round instead of five."""
    table = changed("care", customers_lost=0)
    table.loc[2, "contribution"] = math.nan
    table.loc[3, "customers_lost"] = 200
    table.loc[4, ["customers_lost", "customers_new"]] = [72, 0]
    faults = segment_faults(table, 0.10)
    assert {name: fault.case for name, fault in faults.items()} == {
        "care": "retention_too_high",
        "education": "incomplete",
        "hospitality": "impossible_counts",
        "industry": "impossible_counts",
    }
    with pytest.raises(ValueError, match=r"4 segment\(s\).*care: retention 1 .*education: contribution missing"):
        segment_value(table, 0.10)


def test_growth_can_make_a_loyal_segment_impossible():
    """Care keeps 95%: with 17% growth its sum has no end at 10%."""
    assert list(segment_faults(BRONMOLEN, 0.10, growth=0.17)) == ["care"]


def test_a_segment_that_lost_nobody_can_be_smoothed():
    """58 of 58 kept is taken as 59/60 and its sum says so (worked by hand)."""
    value = segment_value(changed("care", customers_lost=0), 0.10, smooth=["care"])
    assert value.frame.loc["care", "retention"] == pytest.approx(59 / 60)
    sums = {working.name: working for working in value.workings if working.subject == "care"}
    assert sums["segment_value.retention"].formula == "(start − lost + 1) / (start + 2)"
    assert segment_value(changed("care", customers_lost=0).iloc[1:2], 0.10, smooth=["care"]).equity > 0


def test_a_table_that_is_no_segment_table_is_refused():
    """Missing columns, a segment listed twice and an empty table are named."""
    with pytest.raises(ValueError, match="lacks the column\\(s\\) customers_lost, acquisition"):
        segment_value(BRONMOLEN.drop(columns=["customers_lost", "acquisition"]), 0.10)
    with pytest.raises(ValueError, match="each segment once; offices"):
        segment_value(pd.concat([BRONMOLEN, BRONMOLEN.iloc[:1]]), 0.10)
    with pytest.raises(ValueError, match="it is empty"):
        segment_value(BRONMOLEN.iloc[:0], 0.10)
    with pytest.raises(ValueError, match=r"write 10% as 0\.1"):
        segment_value(BRONMOLEN, 10)


def test_rows_add_the_segments_up_beside_one_average():
    """4.34 million by segment, 3.35 million with one average; a single segment needs neither row."""
    rows = segment_value(BRONMOLEN, 0.10).rows().set_index("segment")
    assert rows.index.tolist() == [*BRONMOLEN["segment"], "all", "average"]
    assert rows.loc["all", "equity"] == pytest.approx(4_343_724, abs=0.5)
    assert rows.loc["all", "value_existing"] * 525 == pytest.approx(rows.loc["all", "equity"])
    assert rows.loc["average", "equity"] == pytest.approx(3_350_593, abs=0.5)
    assert segment_value(BRONMOLEN.iloc[:1], 0.10).rows()["segment"].tolist() == ["offices"]
