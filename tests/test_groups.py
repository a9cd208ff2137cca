"""Groups over time, phases, profiles, contacts, the mail rule and the five lenses."""

import pandas as pd
import pytest

from crmworkbook.models.audit import five_lenses, retention_triangle
from crmworkbook.models.group_moves import NOBODY, group_moves, ordered_again, spend_ceilings
from crmworkbook.models.interactions import identified, interactions
from crmworkbook.models.life_cycle import impossible_phases, life_cycle
from crmworkbook.models.mail_rule import mail_rule
from crmworkbook.models.profiles import homogeneity, overlap, profile_sizes

PHASES = pd.DataFrame(
    {
        "phase": ["commitment", "awareness", "exploration", "expansion"],
        "customers": [400, 1000, 200, 100],
        "moved_on": [0, 200, 50, 60],
        "gone": [40, 300, 150, 40],
    }
)


def scored(**groups):
    """Customers by group, such as champion="ab", each letter a customer."""
    rows = [(letter, group) for group, letters in groups.items() for letter in letters]
    frame = pd.DataFrame(rows, columns=["customer", "segment"])
    return frame.assign(order_days=3, revenue=300.0)


def test_every_customer_stands_once_in_the_migration_matrix():
    """Two stay, one sinks, one rises, one comes and one goes; rows add up to then and columns to now."""
    before = scored(champion="abc", lost="de")
    now = scored(champion="abd", at_risk="c", new="f")
    moves = group_moves(before, now)
    assert (moves.stayed, moves.up, moves.down, moves.new, moves.gone, moves.both) == (2, 1, 1, 1, 1, 4)
    assert moves.matrix.loc["champion", "at_risk"] == 1
    assert moves.matrix.drop(index=NOBODY).to_numpy().sum() == len(before)
    assert moves.matrix.drop(columns=NOBODY).to_numpy().sum() == len(now)


def test_ceilings_are_the_rise_in_customer_value():
    """Of ten, eight came back at 500; a measure that brings 5% more back is worth 0.05 × 200 / (1.1 − 0.8) at 40%."""
    before = scored(at_risk="abcdefghij", lost="xyz", champion="klmno")
    back = before["customer"].isin(list("abcdefghklmno"))
    now = before.assign(order_days=3 + 2 * back, revenue=300.0 + 500.0 * back)
    again = ordered_again(before, now)
    assert again.loc["at_risk", ["chance", "revenue"]].tolist() == [0.8, 500]
    counts = {"at_risk": 4, "lost": 3, "champion": 5, "new": 2}
    found, sums = spend_ceilings(again, counts, 0.4, 0.8, 0.1, 0.05, {"champion": 0.3})
    rows = found.set_index("group")
    assert rows.loc["at_risk", "ceiling"] == pytest.approx(0.05 * 200 / 0.3)
    assert rows.loc["at_risk", "ceiling_year"] == pytest.approx(0.05 * 200 / 1.1)
    assert rows.loc["at_risk", "budget"] == pytest.approx(4 * 0.05 * 200 / 0.3)
    assert rows.loc["champion", ["uplift", "ceiling"]].tolist() == [0, 0]  # all come back already
    assert rows.loc[["lost", "new"], "ceiling"].isna().all()  # too few a year ago, or nobody
    assert [working.evaluate() for working in sums] == [working.result.value for working in sums]
    assert spend_ceilings(again, counts, 0.4, None, 0.1, 0.05)[0]["ceiling"].isna().all()


def test_phases_make_a_chain():
    """Worked by hand: of those who know us 2/5 × 1/4 × 3/5 = 6% commit; expected stays are 2, 1, 1 and 10 periods."""
    cycle = life_cycle(PHASES)
    frame = cycle.frame.set_index("phase")
    assert list(frame.index) == ["awareness", "exploration", "expansion", "commitment"]
    assert frame["reach"].dropna().tolist() == pytest.approx([0.06, 0.15, 0.6])
    assert frame["stay"].tolist() == [2, 1, 1, 10]
    assert frame["conversion"].dropna().tolist() == [0.2, 0.25, 0.6]
    assert cycle.narrowest == "exploration"
    assert cycle.workings[-1].result.value == pytest.approx(0.06)


def test_more_out_than_in_is_refused():
    """A phase cannot lose more than it had; a phase of nobody has no rates."""
    wrong = PHASES.assign(gone=[40, 900, 150, 40])
    assert impossible_phases(wrong) == ["awareness"]
    with pytest.raises(ValueError, match="awareness"):
        life_cycle(wrong)
    nobody = life_cycle(PHASES.assign(customers=0, moved_on=0, gone=0))
    assert nobody.narrowest == ""
    assert nobody.frame[["conversion", "stay", "reach"]].isna().all(axis=None)


def test_profiles_count_who_fits_every_rule():
    """Bounds are included, an unknown measure is not judged, and who came and went is counted."""
    customers = pd.DataFrame(
        {"recency_days": [5, 10, 200, 300], "order_days": [9, 9, 9, 1]}, index=["a", "b", "c", "d"]
    )
    rules = pd.DataFrame(
        {
            "profile": ["active", "active", "asleep", "rich"],
            "measure": ["recency_days", "order_days", "recency_days", "contribution"],
            "low": [None, 9, 200, 1],
            "high": [10, None, None, None],
        }
    ).astype({"low": float, "high": float})
    before = customers.assign(recency_days=[5, 300, 5, 300])
    sizes = profile_sizes(customers, rules, before)
    assert list(sizes.index) == ["active", "asleep"]
    assert sizes.loc["active", ["size", "before", "came", "went"]].tolist() == [2, 2, 1, 1]
    assert overlap(customers, rules) == (0, 0)
    assert homogeneity(customers, customers.index) == pytest.approx(0)  # all are as different as all
    same = pd.DataFrame({"recency_days": [1, 1, 9], "order_days": [2, 2, 7]}, index=["a", "b", "c"])
    assert homogeneity(same, ["a", "b"]) == 1


def test_contacts_are_weighed_by_number():
    """30 in 10 hours and 10 in 2 hours: 8 hours on average; what was not recorded does not count."""
    log = pd.DataFrame(
        {
            "kind": ["call", "letter", "visit"],
            "contacts": [10, 30, 60],
            "known": [10, 15, None],
            "in_time": [8, 12, None],
            "response": [2.0, 10.0, None],
        }
    ).astype({"known": float, "in_time": float})
    found = interactions(log)
    assert (found.contacts, found.response, found.known_share, found.in_time_share) == (100, 8, 25 / 40, 0.5)
    assert found.frame["kind"].tolist() == ["visit", "letter", "call"]
    rates, sums = identified({"orders": (90, 100), "customers": (0, 0)})
    assert rates["share"].tolist() == [sums[0].evaluate()] == [0.9]


def test_mail_rule_of_one_euro_and_forty_five():
    """Contact at 1, margin of 45 per sale: break-even 2.22%; a response of 3% has index 35 (Hughes)."""
    campaigns = pd.DataFrame({"group": ["loyal", "lost"], "contacted": [1000, 1000], "bought": [30, 10]})
    rule, sums = mail_rule(campaigns, {"loyal": 90.0}, 0.5, 1.0, overall=90.0)
    assert rule["break_even"].tolist() == pytest.approx([0.0222, 0.0222], abs=1e-4)
    assert rule["index"].tolist() == pytest.approx([35, -55])
    assert len(sums) == 4


def test_five_lenses_look_at_the_same_orders():
    """Three cohorts of 10, 8 and 4 customers over three periods."""
    triangle = pd.DataFrame(
        [(0, 0, 10, 100.0), (0, 1, 6, 90.0), (0, 2, 5, 100.0), (1, 1, 8, 80.0), (1, 2, 2, 50.0), (2, 2, 4, 50.0)],
        columns=["cohort", "period", "customers", "revenue"],
    )
    shares = retention_triangle(triangle, 3)
    assert shares.loc[0].tolist() == [10, 0.6, 0.5]
    assert shares.loc[1, [1, 2]].isna().tolist() == [False, True]
    years = pd.DataFrame(
        {
            "last": [True, True, False],
            "before": [True, False, True],
            "last_revenue": [60.0, 40.0, 0.0],
            "before_revenue": [50.0, 0.0, 9.0],
        }
    )
    seen = five_lenses(years, triangle)
    assert (seen["two_periods"]["both"], seen["two_periods"]["change"]) == (1, 10)
    assert (seen["one_cohort"]["still"], seen["one_cohort"]["spend_now"]) == (5, 20)
    assert (seen["cohorts"]["low"], seen["cohorts"]["high"]) == (0.25, 0.6)
    assert seen["whole_base"]["new"] == 0.25
    assert set(five_lenses(None, triangle)) == {"one_cohort", "cohorts", "whole_base"}
