"""Rules and readings of watching and adjusting."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from crmworkbook.client import read_client
from crmworkbook.findings import monitoring as rules
from crmworkbook.findings import monitoring_readings as readings
from crmworkbook.findings import round_readings
from crmworkbook.models.control_chart import control_chart
from crmworkbook.models.drift import drift
from crmworkbook.models.monitoring import adoption, goal_course, process_ring, signal_response

from .conftest import cases

AS_OF = date(2025, 12, 31)


def words(key, case=None, **values):
    return f"{key}.{case}"


@pytest.mark.parametrize(
    ("day", "case"),
    [
        (None, ["no_first_review"]),
        (date(2025, 12, 31), ["review_past"]),
        (date(2027, 2, 1), ["review_far"]),
        (date(2026, 4, 15), []),
    ],
)
def test_a_first_review_is_booked_within_the_year(day, case):
    """W24: none, passed, or too far away."""
    assert [finding.case for finding in rules.review(day, AS_OF)] == case


def test_a_kpi_date_that_passed_and_a_kpi_that_nobody_measures_are_named():
    """W24, both ways."""
    calendar = pd.DataFrame({"name": ["A", "B"], "next_on": [date(2025, 12, 31), date(2026, 1, 31)]})
    assert cases(rules.late_kpis(calendar, AS_OF)) == [("W24", "kpi_dates_past")]
    assert rules.late_kpis(calendar, AS_OF)[0].values["kpis"] == ["A"]
    assert rules.late_kpis(calendar.iloc[1:], AS_OF) == []
    old, new = (control_chart(pd.DataFrame({"date": [day], "value": [1.0]})) for day in (date(2024, 6, 1), AS_OF))
    found = rules.stale_kpis({"a": old, "b": new}, {"a": "A"}, AS_OF)
    assert cases(found) == [("W24", "kpis_stale")]
    assert found[0].values["kpis"] == ["A"]
    assert rules.stale_kpis({"b": new}, {}, AS_OF) == []


def test_logs_that_cannot_be_right_are_named():
    """W28, both ways: more active than users, acted before seen."""
    use = pd.DataFrame({"group": ["Desk"], "users": [2], "active_users": [3]})
    assert cases(rules.wrong_users(adoption(use))) == [("W28", "more_active_than_users")]
    assert rules.wrong_users(adoption(use.assign(users=3))) == []
    log = pd.DataFrame({"seen_on": [AS_OF], "acted_on": [date(2025, 1, 1)], "signal": ["x"]})
    assert cases(rules.wrong_dates(signal_response(log, AS_OF))) == [("W28", "signal_dates")]
    assert rules.wrong_dates(signal_response(log.assign(seen_on=date(2024, 12, 1)), AS_OF)) == []


def test_tables_that_were_not_brought_up_to_date_are_noticed(demo):
    """W24, both ways."""
    client = read_client(demo)
    assert cases(rules.not_updated(drift(client.tables, client.tables, 0.05), "2024")) == [("W24", "not_updated")]
    assert rules.not_updated(drift(client.earlier.tables, client.tables, 0.05), "2024") == []


def test_the_guess_is_set_beside_the_ring():
    """Right, wrong, nothing guessed, nothing weakest."""
    ring = process_ring(pd.DataFrame({"step": ["identify", "interact"], "maturity": [4, 2]}))
    even = process_ring(pd.DataFrame({"step": ["identify", "interact"], "maturity": [3, 3]}))
    assert [readings.guessed(guess, ring) for guess in ("interact", "identify", None)] == ["right", "wrong", "unknown"]
    assert readings.guessed("identify", even) == "even"
    assert readings.ring_reading(ring, {"interact": "Interactie"})["weakest"] == ["interactie"]


def test_a_kpi_without_a_place_in_the_calendar_is_still_charted_up_to_the_base_date():
    """Its key is its name; what was measured after the base date does not exist yet."""
    series = pd.DataFrame({"kpi": ["late_calls"] * 2, "date": [AS_OF, date(2026, 1, 31)], "value": [3.0, 9.0]})
    kpis = readings.kpi_table({"kpi_series": series})
    charts = readings.charts_of(series, kpis, AS_OF)
    assert kpis["name"].tolist() == ["Late calls"]
    assert charts["late_calls"].latest == 3
    assert readings.charts_of(series, kpis, date(2020, 1, 1)) == {}
    assert readings.chosen_chart({}) == ""


def test_the_calendar_says_when_to_step_in_and_who_decides():
    """Lower is worse here and higher there; a date of its own goes before the rhythm."""
    kpis = pd.DataFrame(
        {
            "kpi": ["a", "b", "c"],
            "name": ["A", "B", "C"],
            "unit": "count",
            "better": ["higher", "lower", "higher"],
            "cadence": ["month", "quarter", "year"],
            "decides": ["Head", "", "Head"],
            "next_on": [None, date(2026, 1, 5), None],
            "act_at": [10.0, 10.0, float("nan")],
            "target": float("nan"),
        }
    )
    charts = {key: SimpleNamespace(latest=value) for key, value in (("a", 12.0), ("b", 12.0), ("c", 1.0))}
    rows = readings.calendar_rows(kpis, charts, AS_OF, words, "en", "EUR")
    assert rows["next_on"].tolist() == [date(2026, 1, 5), date(2026, 1, 31), date(2026, 12, 31)]
    assert rows.set_index("name")["act"].to_dict() == {"B": True, "A": False, "C": False}
    assert readings.calendar_reading(rows)["case"] == "act"
    assert readings.calendar_reading(rows.assign(act=False))["nobody"] == ["B"]
    assert readings.calendar_reading(rows.iloc[1:])["case"] == "set"


def test_a_goal_that_missed_by_chance_is_told_from_one_that_missed(demo):
    """Retention of the demo fell within chance, conversion beyond it."""
    client = read_client(demo)
    then, now = (round_readings.goals_of(held, "en") for held in (client.earlier, client))
    course = goal_course(then.goals, now.goals, client.earlier.file.as_of, AS_OF)
    rows = round_readings.course_rows(
        course, now.names, drift(client.earlier.tables, client.tables, 0.05), words, "en", "EUR"
    )
    said = dict(zip(course["goal"], rows["status"], strict=True))
    assert said["loyalty"] == "course_state.wrong_way; by_chance.None"
    assert said["lead_quality"] == "course_state.wrong_way"
    assert rows["wrong"].sum() == 4
    assert round_readings.course_reading(course) | {"case": ""} == {"case": "", "on": 4, "off": 6, "judged": 10}


@pytest.mark.parametrize(
    ("moved", "course", "cycle", "case"),
    [
        (None, None, 1, "weakest"),
        (None, None, 2, "unread"),
        ({"case": "same", "count": 0, "judged": 9}, None, 2, "same"),
        ({"case": "none", "count": 0, "judged": 9}, None, 2, "steady"),
        ({"case": "many", "count": 3, "judged": 9}, {"on": 5, "off": 2, "judged": 7}, 2, "moved"),
        ({"case": "many", "count": 3, "judged": 9}, {"on": 2, "off": 5, "judged": 7}, 2, "off_course"),
        ({"case": "none", "count": 0, "judged": 9}, {"on": 5, "off": 2, "judged": 7}, 2, "on_course"),
    ],
)
def test_the_conclusion_follows_from_what_is_known(moved, course, cycle, case):
    """First round, unreadable round, stale tables, steady, moved, off course."""
    assert round_readings.verdict(["interaction"], moved, course, cycle) == case


def test_rounds_of_another_currency_or_period_are_unlike(demo_copy):
    """Their amounts are not compared; the demo's own are."""
    assert not round_readings.unlike(read_client(demo_copy).earlier, read_client(demo_copy))
    held = demo_copy.parent / "history" / "rounds" / "2024" / "client.yaml"
    held.write_text(held.read_text(encoding="utf-8").replace("currency: EUR", "currency: USD"), encoding="utf-8")
    client = read_client(demo_copy)
    assert round_readings.unlike(client.earlier, client)
    assert round_readings.cycle(client) == 2
