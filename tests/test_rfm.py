"""Recency, frequency and monetary value."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmworkbook.models import rfm

TIED = [1, 1, 1, 1, 1, 2, 2, 3, 5, 10]


def customer_table(customers: int = 130) -> pd.DataFrame:
    """Customers of Bronmolen, each one a little later, more often and richer than the one before."""
    number = np.arange(customers)
    table = pd.DataFrame({"customer": [f"K{one:04}" for one in number], "recency_days": customers - number})
    table["order_days"] = 1 + number // 10
    table["average_spend"] = 20.0 + number
    return table.assign(revenue=table.order_days * table.average_spend)


@pytest.mark.parametrize(
    ("ties", "expected"),
    [
        ("min", [1, 1, 1, 1, 1, 3, 3, 4, 5, 5]),
        ("average", [2, 2, 2, 2, 2, 4, 4, 4, 5, 5]),
        ("max", [3, 3, 3, 3, 3, 4, 4, 4, 5, 5]),
        ("first", [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
    ],
)
def test_ties_are_scored_by_the_rule_that_was_chosen(ties, expected):
    """Half the customers ordered once: each rule gives them another score, and all rules are hand-worked."""
    assert rfm.score(TIED, bins=5, ties=ties).tolist() == expected


def test_without_ties_the_classes_are_equal_fifths():
    """Hughes (1994): five equal groups, 5 for the best."""
    scores = rfm.score(range(100))
    assert scores.value_counts().to_dict() == dict.fromkeys(range(1, 6), 20)
    assert (scores.iloc[0], scores.iloc[-1]) == (1, 5)


def test_few_days_since_the_last_order_score_high():
    """Recency is the one measure of which less is better."""
    assert rfm.score([3, 40, 200, 500, 900], best="low").tolist() == [5, 4, 3, 2, 1]


def test_a_rank_on_the_edge_of_a_class_belongs_to_the_lower_class():
    """Rank 6 of 10 is exactly three fifths, and scores 3: the rounding up is done on whole numbers."""
    assert rfm.score(range(1, 11)).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rfm.score([]), "no customers"),
        (lambda: rfm.score([1.0, float("nan")]), "missing or infinite"),
        (lambda: rfm.score([1, 2], bins=1), "bins must be 2 or more"),
        (lambda: rfm.score([1, 2], ties="middle"), "ties must be one of"),
        (lambda: rfm.score([1, 2], best="most"), "best must be one of"),
        (lambda: rfm.rfm_scores(customer_table(), monetary="median"), "monetary must be one of"),
        (lambda: rfm.rfm_scores(customer_table().drop(columns="revenue")), "lacks revenue"),
        (lambda: rfm.rfm_scores(pd.concat([customer_table(), customer_table()])), "more than once"),
        (lambda: rfm.break_even_response(1, 0), "margin_per_sale must be above zero"),
        (lambda: rfm.response_index(3, 0.02), "write 3% as 0.03"),
    ],
)
def test_what_cannot_be_scored_says_why(call, message):
    """A calculation that would give a wrong score stops with the remedy."""
    with pytest.raises(ValueError, match=message):
        call()


def test_every_cell_has_one_name():
    """All 125 cells of recency, frequency and money have one of the eleven names, and each name occurs."""
    names = [rfm.SEGMENTS[r, (f + m + 1) // 2] for r, f, m in product(range(1, 6), repeat=3)]
    assert len(names) == 125
    assert set(names) == set(rfm.SEGMENT_KEYS)
    assert len(rfm.SEGMENTS) == 25
    assert len(set(rfm.SEGMENT_KEYS)) == 11


@pytest.mark.parametrize(
    ("recency", "fm", "name"),
    [
        (5, 5, "champion"),
        (5, 1, "new"),
        (4, 1, "promising"),
        (4, 4, "loyal"),
        (4, 5, "champion"),
        (3, 1, "about_to_sleep"),
        (3, 3, "needs_attention"),
        (2, 1, "hibernating"),
        (2, 2, "about_to_sleep"),
        (2, 5, "at_risk"),
        (1, 2, "lost"),
        (1, 3, "hibernating"),
        (1, 5, "cant_lose"),
    ],
)
def test_the_map_names_the_corners_as_agreed(recency, fm, name):
    """The names at the edges of the map are the ones people argue about."""
    assert rfm.SEGMENTS[recency, fm] == name


def test_a_half_between_frequency_and_money_counts_up():
    """Frequency 2 and money 3 make 3, where rounding to even would make 2."""
    scored = rfm.rfm_scores(customer_table())
    mean = (scored.frequency + scored.monetary) / 2
    assert scored.fm.tolist() == np.floor(mean + 0.5).astype(int).tolist()
    assert scored.segment.tolist() == [rfm.SEGMENTS[cell] for cell in zip(scored.recency, scored.fm, strict=True)]


def test_small_files_get_three_classes():
    """Below 125 customers fifths would leave less than one customer per cell."""
    assert (rfm.bins_for(124), rfm.bins_for(125)) == (3, 5)
    assert rfm.rfm_scores(customer_table(124)).attrs == {"bins": 3, "monetary": "average"}
    assert rfm.rfm_scores(customer_table(125)).attrs["bins"] == 5
    assert rfm.rfm_scores(customer_table(125), bins=4).frequency.max() == 4


def test_three_classes_use_the_low_the_middle_and_the_high_of_the_map():
    """The middle customer of a third stands in the first, third or fifth fifth."""
    scored = rfm.rfm_scores(customer_table(90))
    places = {1: 1, 2: 3, 3: 5}
    mean = (scored.frequency.map(places) + scored.monetary.map(places)) / 2
    assert scored.fm.tolist() == np.floor(mean + 0.5).astype(int).tolist()
    reached = {rfm.SEGMENTS[r, fm] for r in (1, 3, 5) for fm in range(1, 6)}
    assert set(rfm.SEGMENT_KEYS) - reached == {"promising", "at_risk"}
    assert set(scored.segment) <= reached


def test_average_and_total_are_two_different_questions():
    """A customer with many small orders scores high on the total and low on the average."""
    table = customer_table()
    table.loc[0, ["order_days", "average_spend", "revenue"]] = [900, 5.0, 4500.0]
    average, total = rfm.rfm_scores(table), rfm.rfm_scores(table, monetary="total")
    assert (average.monetary[0], total.monetary[0]) == (1, 5)
    assert total.attrs["monetary"] == "total"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_the_customers_changes_no_score(values, random):
    """Equal customers get equal scores whatever the order of the rows, and more is never scored lower."""
    mixed = pd.Series(values).sample(frac=1, random_state=random.randrange(10**6))
    scores = rfm.score(mixed).sort_index()
    assert scores.tolist() == rfm.score(values).tolist()
    assert pd.Series(scores.to_numpy(), index=values).sort_index().is_monotonic_increasing


def test_the_segment_table_adds_up_to_all_customers_and_all_revenue():
    """Every customer is in one segment, and empty segments stay in the table."""
    table = customer_table()
    segments = rfm.segment_table(rfm.rfm_scores(table))
    assert tuple(segments.segment) == rfm.SEGMENT_KEYS
    assert segments.customers.sum() == len(table)
    assert segments.revenue.sum() == pytest.approx(table.revenue.sum())
    assert segments.customer_share.sum() == pytest.approx(1)
    assert segments.revenue_share.sum() == pytest.approx(1)
    empty = segments[segments.customers == 0]
    assert not empty.empty
    assert empty.mean_recency_days.isna().all()
    assert (empty.revenue == 0).all()


def test_a_segment_shows_the_means_of_its_customers():
    """Hand-worked: the means of the champions are those of the champions' own rows."""
    scored = rfm.rfm_scores(customer_table())
    champions = scored[scored.segment == "champion"]
    row = rfm.segment_table(scored).set_index("segment").loc["champion"]
    assert row.mean_recency_days == pytest.approx(champions.recency_days.mean())
    assert row.mean_order_days == pytest.approx(champions.order_days.mean())
    assert row.mean_average_spend == pytest.approx(champions.average_spend.mean())


def test_class_sizes_show_what_ties_do_to_the_classes():
    """When everyone ordered once, all stand in the middle class and four classes are empty."""
    scored = rfm.rfm_scores(customer_table().assign(order_days=1))
    sizes = rfm.class_sizes(scored)
    assert sizes.score.tolist() == [1, 2, 3, 4, 5]
    assert sizes.frequency.tolist() == [0, 0, 130, 0, 0]
    assert sizes.recency.tolist() == [26] * 5
    assert rfm.class_sizes(rfm.rfm_scores(customer_table(60)))["score"].tolist() == [1, 2, 3]


def test_the_tie_share_counts_customers_whose_score_hangs_on_the_rule():
    """Of the ten, the ones (1 or 3) and the twos (3 or 4) could score otherwise; other ties do no harm."""
    assert rfm.tie_share(TIED) == pytest.approx(0.7)
    assert rfm.tie_share(range(10)) == 0
    assert rfm.tie_share([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]) == 0
    assert rfm.tie_share([1] * 10) == 1.0


def test_ties_count_from_the_end_that_the_score_counts_from():
    """Six in five classes: the two highest share a class, the two lowest do not, so recency differs."""
    days = [1, 2, 3, 4, 5, 5]
    assert rfm.tie_share(days) == 0
    assert rfm.tie_share(days, best="low") == pytest.approx(2 / 6)


def test_a_mailing_of_one_euro_with_45_euro_margin_breaks_even_at_two_per_cent():
    """1/45 is 2.22%, and a response of 3% lies 35% above it."""
    even = rfm.break_even_response(cost_per_contact=1, margin_per_sale=45)
    assert even.result.value == pytest.approx(0.0222, abs=5e-5)
    assert even.result.unit == "share"
    assert rfm.response_index(0.03, even.result.value).result.value == pytest.approx(35)
    assert rfm.response_index(even.result.value, even.result.value).result.value == pytest.approx(0)


@pytest.mark.parametrize("working", [rfm.break_even_response(1, 45), rfm.response_index(0.03, 0.02)])
def test_the_shown_sum_gives_the_shown_result(working):
    """Whoever checks the working by hand finds the same number."""
    assert working.evaluate() == working.result.value


@pytest.mark.parametrize(("count", "rows"), [(200, [5, 4, 3, 2, 1]), (30, [5, 3, 1])])
def test_heat_map_counts_every_customer_once(count, rows):
    """Five classes take five rows of the map, three take the first, the middle and the last."""
    table = pd.DataFrame(
        {
            "customer": [str(place) for place in range(count)],
            "recency_days": range(count),
            "order_days": range(1, count + 1),
            "average_spend": [10.0 * place for place in range(count)],
            "revenue": 10.0,
        }
    )
    scored = rfm.rfm_scores(table)
    counts = rfm.heat_map(scored)
    assert counts.index.tolist() == rows
    assert counts.columns.tolist() == [1, 2, 3, 4, 5]
    assert counts.to_numpy().sum() == count
    champions = counts.loc[5, 4] + counts.loc[5, 5] + (counts.loc[4, 5] if 4 in rows else 0)
    assert champions == (scored["segment"] == "champion").sum()
