"""The roadmap: the longest chain, first possible starts, circles, where the money goes, and goals."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from crmworkbook.models.roadmap import (
    find_cycle,
    goal_links,
    keys_in,
    month_begins,
    schedule,
    starting_within,
    unknown_dependencies,
    waits_for,
)
from crmworkbook.models.roadmap_budget import budget_balance, budget_by_quarter

AS_OF = date(2025, 12, 31)
DEMO = pd.read_csv(Path(__file__).parents[1] / "data" / "demo" / "initiatives.csv")


def plan(**rows: tuple[int, int, str]) -> pd.DataFrame:
    """Initiatives as key to first month, months and what it waits for."""
    frame = pd.DataFrame(
        [(key, *row) for key, row in rows.items()], columns=["initiative", "start_month", "months", "depends_on"]
    )
    return frame.assign(type="process", budget=0.0)


def test_the_longest_chain_is_that_of_a_published_exercise() -> None:
    """A course exercise lists its eight paths; the longest is A-C-D-H-J-K with 7+5+20+6+5+30 = 73 days."""
    times = {"A": 7, "B": 4, "C": 5, "D": 20, "E": 11, "F": 7, "G": 12, "H": 6, "I": 9, "J": 5, "K": 30}
    waits = {"C": "A;B", "D": "C", "E": "C", "F": "E", "G": "C", "H": "D;F;G", "I": "G", "J": "H", "K": "J;I"}
    made = schedule(plan(**{key: (1, days, waits.get(key, "")) for key, days in times.items()}), AS_OF)
    assert made.chain == ("A", "C", "D", "H", "J", "K")
    assert made.chain_months == 73
    assert made.working is not None
    assert made.working.evaluate() == 73


def test_first_possible_start_follows_from_what_comes_before() -> None:
    """By hand: a runs 1-2; b waits for a, so 3 at the earliest, runs to 4; c waits for b, so 5; d waits for nobody."""
    made = schedule(plan(a=(1, 2, ""), b=(2, 2, "a"), c=(4, 1, "b"), d=(1, 30, "")), AS_OF)
    rows = made.rows.set_index("initiative")
    assert rows["earliest"].to_dict() == {"a": 1, "b": 3, "c": 5, "d": 1}
    assert rows["too_early"].to_dict() == {"a": False, "b": True, "c": True, "d": False}
    assert made.links["holds"].tolist() == [False, True]  # c does start after b as planned; b itself is too early
    assert made.chain == ("a", "b", "c")  # d is longer, and in nobody's way


def test_dates_run_from_the_day_after_the_base_date() -> None:
    """Month 1 of a base date of 31-12-2025 is January; of 15-06-2025 it begins on 16 June."""
    row = schedule(plan(a=(2, 3, "")), AS_OF).rows.iloc[0]
    assert (row["starts_on"], row["ends_on"]) == (date(2026, 2, 1), date(2026, 4, 30))
    assert schedule(plan(a=(1, 1, "")), date(2025, 6, 15)).rows.iloc[0]["ends_on"] == date(2025, 7, 15)
    assert month_begins(date(2025, 1, 31), 2) == date(2025, 2, 28)


def test_what_begins_within_thirty_and_ninety_days() -> None:
    """January within 30 days of New Year's Eve, March within 90, April not."""
    made = schedule(plan(january=(1, 1, ""), march=(3, 1, ""), april=(4, 1, "")), AS_OF)
    assert starting_within(made, 30)["initiative"].tolist() == ["january"]
    assert starting_within(made, 90)["initiative"].tolist() == ["january", "march"]


def test_a_circle_is_found_and_named_once_round() -> None:
    """Of b, c and d each waits for the next; a leads into it and e waits behind it."""
    rows = plan(a=(1, 1, ""), e=(1, 1, "b"), b=(1, 1, "a;c"), c=(1, 1, "d"), d=(1, 1, "b"))
    assert find_cycle(waits_for(rows)) == ("b", "c", "d", "b")
    assert find_cycle(waits_for(plan(a=(1, 1, "a")))) == ("a", "a")
    assert find_cycle(waits_for(DEMO)) == ()
    with pytest.raises(ValueError, match="b, c, d, b"):
        schedule(rows, AS_OF)


def test_keys_stand_apart_by_semicolon_or_comma() -> None:
    """Spaces and repeats do no harm; what is not on the list is named and left out."""
    assert keys_in(" a ;b,, a") == ("a", "b")
    assert keys_in(None) == keys_in(float("nan")) == ()
    rows = plan(a=(1, 1, "b; zz"), b=(1, 1, ""))
    assert waits_for(rows) == {"a": ("b",), "b": ()}
    assert unknown_dependencies(rows) == {"a": ("zz",)}


def test_the_demo_spends_190_000_of_which_technology_takes_36_8_percent() -> None:
    """People 60, process 35, technology 70 and data 25 thousand; technology begins in month 5; nothing too early."""
    balance = budget_balance(DEMO)
    assert balance.rows.set_index("type")["budget"].to_dict() == {
        "people": 60_000,
        "process": 35_000,
        "data": 25_000,
        "technology": 70_000,
    }
    assert balance.total == 190_000
    assert balance.share("technology") == pytest.approx(0.368, abs=0.0005)
    assert balance.share("people", "process") == pytest.approx(0.5)
    assert [working.result.value for working in balance.workings] == pytest.approx([70 / 190, 0.5])
    made = schedule(DEMO, AS_OF)
    assert not made.rows["too_early"].any()
    assert made.rows.loc[made.rows["type"] == "technology", "start_month"].min() == 5
    assert (made.chain, made.chain_months) == (("clean_data", "crm_system"), 11)


def test_quarters_add_up_to_the_budget() -> None:
    """Whatever the months, no euro is lost; the demo's last quarter is the twelfth."""
    quarters = budget_by_quarter(schedule(DEMO, AS_OF))
    assert quarters["total"].sum() == pytest.approx(190_000)
    assert quarters["quarter"].tolist() == list(range(1, 13))
    assert quarters["starts_on"].iloc[1] == date(2026, 4, 1)
    one = budget_by_quarter(schedule(plan(a=(3, 2, "")).assign(budget=100.0), AS_OF))
    assert one["process"].tolist() == [50, 50]


def test_without_a_budget_there_are_no_shares() -> None:
    """Zero budget gives counts, no division by zero, no quarters."""
    rows = plan(a=(1, 1, ""), b=(1, 1, ""))
    balance = budget_balance(rows)
    assert balance.total == 0
    assert balance.workings == ()
    assert pd.isna(balance.share("technology"))
    assert balance.rows["count"].sum() == 2
    assert budget_by_quarter(schedule(rows, AS_OF)).empty


def test_goals_without_an_initiative_and_the_other_way_round() -> None:
    """In the demo only more leads has no initiative; an unknown goal counts for nothing."""
    goals = pd.read_csv(Path(__file__).parents[1] / "data" / "demo" / "goals.csv")["goal"].tolist()
    links = goal_links(DEMO, goals)
    assert (links.aimless, links.unserved, links.unknown) == ((), ("leads",), ())
    assert links.matrix.loc["dashboard"].sum() == 2
    loose = goal_links(pd.DataFrame({"initiative": ["a", "b"], "goals": ["margn", None]}), ["margin"])
    assert (loose.aimless, loose.unserved, loose.unknown) == (("a", "b"), ("margin",), ("margn",))
