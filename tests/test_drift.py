"""What changed between two rounds, beside what chance or a limit explains."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from scipy import stats

from crmworkbook.client import read_client
from crmworkbook.models.drift import Share, amount_change, count_change, drift, share_change


def test_a_share_is_held_against_the_difference_between_two_shares():
    """By hand: 80 of 100 against 60 of 100; p = 0.7, 1.96 × √(0.7 × 0.3 × 0.02) = 0.1270."""
    change = share_change("retention", Share(80, 100), Share(60, 100))
    assert change.limit == pytest.approx(0.1270, abs=1e-4)
    assert change.change == pytest.approx(-0.2)
    assert change.beyond
    assert not share_change("retention", Share(80, 100), Share(70, 100)).beyond


@pytest.mark.parametrize(
    ("before", "after"), [((416, 490), (442, 526)), ((110, 420), (83, 415)), ((50, 100), (63, 99))]
)
def test_beyond_is_the_chi_square_test_without_correction(before, after):
    """The same verdict as the test of a two-by-two table at 5%."""
    change = share_change("conversion", Share(*before), Share(*after))
    table = [[before[0], before[1] - before[0]], [after[0], after[1] - after[0]]]
    assert change.beyond == (stats.chi2_contingency(table, correction=False).pvalue < 0.05)


def test_too_few_cases_are_not_judged():
    """Three leavers of 55 against three of 58 say nothing; neither does a whole of nothing."""
    assert share_change("retention", Share(52, 55), Share(55, 58)).beyond is None
    assert share_change("retention", Share(0, 0), Share(5, 10)).beyond is None
    assert share_change("retention", Share(12, 10), Share(5, 10)).beyond is None


def test_a_count_of_events_is_held_against_its_own_spread():
    """110 against 83: 1.96 × √193 = 27.2, so 27 fewer may be chance; 82 may not."""
    change = count_change("new_customers", 110, 83)
    assert change.limit == pytest.approx(27.23, abs=0.01)
    assert not change.beyond
    assert count_change("new_customers", 110, 82).beyond


def test_an_amount_is_held_against_the_limit():
    """5% of 200 is 10; nothing can be said of a change from nothing."""
    assert not amount_change("revenue", "money", 200, 210, 0.05).beyond
    assert amount_change("revenue", "money", 200, 211, 0.05).beyond
    assert amount_change("revenue", "money", 0, 5, 0.05).beyond is None
    assert amount_change("profit", "money", -100, -50, 0.05).change == pytest.approx(0.5)


@pytest.fixture(scope="module")
def rounds():
    from crmworkbook import files

    now = read_client(files.demo_client())
    return now.earlier.tables, now.tables


def test_the_demo_beside_its_round_of_2024(rounds):
    """Conversion fell from 110 of 420 to 83 of 415, CAC rose to 3,506; retention .849 to .840 is chance."""
    found = drift(*rounds, limit=0.05, rate=0.10)
    firm = {change.measure: change for change in found.firm}
    assert (firm["retention"].then, firm["retention"].now) == pytest.approx((416 / 490, 442 / 526))
    assert firm["equity"].now == pytest.approx(4_343_724, abs=1)
    assert {key for key, change in firm.items() if change.beyond} == {"profit", "cac", "conversion", "channel_share"}
    assert list(found.of("customers")) == ["offices", "care", "education", "hospitality", "industry"]
    assert not found.added
    assert not found.dropped


def test_two_rounds_with_the_same_figures_are_the_same(rounds):
    """As when nobody brought the tables up to date."""
    now = rounds[1]
    found = drift(now, now, limit=0.05, rate=0.10)
    assert found.is_same
    assert not found.beyond
    assert not drift(*rounds, limit=0.05).is_same


def test_other_segments_are_named_and_the_rest_is_compared(rounds):
    """A renamed segment is one gone and one new."""
    then = {name: frame.replace({"segment": {"care": "health"}}) for name, frame in rounds[0].items()}
    found = drift(then, rounds[1], limit=0.05, rate=0.10)
    assert (found.added, found.dropped) == (("care",), ("health",))
    assert "care" not in found.of("retention")
    assert len(found.of("retention")) == 4


def test_what_either_round_lacks_is_left_out(rounds):
    """No tables, one table, no rate, or another currency: never a number out of nothing."""
    then, now = rounds
    assert drift({}, now, limit=0.05).firm == ()
    bare = drift({"segments": then["segments"]}, {"segments": now["segments"]}, limit=0.05)
    assert [change.measure for change in bare.firm] == ["customers", "retention", "new_customers", "revenue"]
    assert {change.unit for change in drift(then, now, limit=0.05, amounts=False).firm} == {"share"}
    lost = pd.DataFrame({"segment": ["a"], "customers_start": [0], "customers_lost": [0], "customers_new": [0]})
    empty = drift({"segments": lost}, {"segments": lost}, limit=0.05, rate=0.1)
    assert all(math.isfinite(change.then) for change in (*empty.firm, *empty.segments))
