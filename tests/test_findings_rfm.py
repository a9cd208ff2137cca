"""The cautions of RFM, and what its groups say."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from crmworkbook.findings import rfm as rules
from crmworkbook.findings.rfm_readings import champions, gone_quiet
from crmworkbook.models.rfm import rfm_scores, segment_table

from .conftest import cases

MEASURES = {"recency": "recentheid", "frequency": "frequentie", "monetary": "besteding"}


def customers(count, same_frequency=False):
    """Customers who order the more often and the more, the more recently they did."""
    days = [1 if same_frequency else 1 + place for place in range(count)]
    return pd.DataFrame(
        {
            "customer": [f"K{place:03d}" for place in range(count)],
            "recency_days": [10 + count - place for place in range(count)],
            "order_days": days,
            "average_spend": [50.0 + place for place in range(count)],
            "revenue": [(50.0 + place) * day for place, day in enumerate(days)],
        }
    )


def found(table):
    """Cases raised for a customer table."""
    scored = rfm_scores(table)
    groups = segment_table(scored)
    names = {key: key for key in groups["segment"]}
    return [(finding.id, finding.case) for finding in rules.cautions(scored, groups, names, MEASURES)]


def test_enough_different_customers_raise_nothing():
    """Two hundred customers, no two alike."""
    assert found(customers(200)) == []


def test_ties_and_empty_classes_are_said():
    """Everybody ordered once: the frequency score says nothing."""
    assert found(customers(200, same_frequency=True)) == [("W12", "ties"), ("W12", "small_classes")]


def test_a_handful_of_customers_is_no_group():
    """Nine customers in three classes."""
    assert found(customers(9)) == [("W12", "small_groups"), ("W12", "small_classes")]


def test_ties_of_recency_are_those_of_its_score():
    """Of four customers the two longest silent tie across the lowest edge; as if high were best they would not."""
    assert ("W12", "ties") in found(customers(4).assign(recency_days=[1, 2, 3, 3]))
    assert ("W12", "ties") not in found(customers(4).assign(recency_days=[1, 1, 2, 3]))


@pytest.mark.parametrize(("late", "expected"), [(0, []), (3, [("W12", "after_base_date")])])
def test_orders_after_the_base_date_are_counted(late, expected):
    """They do not count, and the reader should know how many there were."""
    quality = SimpleNamespace(left_out={"after_as_of": SimpleNamespace(count=late)})
    raised = rules.late_orders(quality, date(2025, 12, 31))
    assert cases(raised) == expected


def test_nobody_with_an_order_stops():
    """Only credit notes leave nothing to score."""
    assert cases(rules.nobody(0)) == [("W12", "nobody")]
    assert rules.nobody(1) == []


def test_groups_say_who_is_best_and_who_went_quiet():
    """The places to mark are those among the groups with customers."""
    groups = segment_table(rfm_scores(customers(200)))
    assert champions(groups)["count"] == groups.set_index("segment").loc["champion", "customers"]
    swapped = customers(200).assign(recency_days=range(1, 201))  # the best customers are the quiet ones now
    quiet = gone_quiet(segment_table(rfm_scores(swapped)))
    there = segment_table(rfm_scores(swapped)).query("customers > 0")["segment"].tolist()
    assert quiet["count"] > 0
    assert [there[place] for place in quiet["marked"]] == [key for key in there if key in ("at_risk", "cant_lose")]
