"""Rules and readings of the customer groups."""

from datetime import date

import pandas as pd
import pytest

from crmworkbook.client import read_client
from crmworkbook.findings import groups as rules
from crmworkbook.findings.group_base import GroupBase, profile_base, profiles_before
from crmworkbook.models.group_moves import Moves
from crmworkbook.models.interactions import interactions
from crmworkbook.models.life_cycle import life_cycle
from crmworkbook.transactions.periods import Periods

NAMES = {"loyal": "Trouw", "lost": "Verloren", "at_risk": "Dreigend"}
CAMPAIGNS = pd.DataFrame({"group": ["loyal", "lost"], "contacted": [10, 10], "bought": [4, 0]})
LOG = pd.DataFrame({"kind": ["call"], "contacts": [10.0], "known": [9.0], "in_time": [9.0], "response": [2.0]})
PHASES = pd.DataFrame({"phase": ["exploration"], "customers": [10], "moved_on": [5], "gone": [4]})


@pytest.mark.parametrize(
    ("found", "raised"),
    [
        (rules.few_contacted(CAMPAIGNS, NAMES), []),
        (rules.few_contacted(CAMPAIGNS.assign(contacted=[10, 4]), NAMES), ["few_contacted"]),
        (rules.wrong_campaigns(CAMPAIGNS, NAMES), []),
        (rules.wrong_campaigns(CAMPAIGNS.assign(bought=[11, 0]), NAMES), ["more_than_whole"]),
        (rules.wrong_phases(PHASES, {"exploration": "Verkennen"}), []),
        (rules.wrong_phases(PHASES.assign(gone=6), {"exploration": "Verkennen"}), ["more_than_whole"]),
        (rules.wrong_contacts(LOG), []),
        (rules.wrong_contacts(LOG.assign(known=11.0)), ["more_than_whole"]),
        (rules.rules_without_profile(pd.DataFrame({"profile": ["a"]}), pd.DataFrame({"profile": ["a"]})), []),
        (
            rules.rules_without_profile(pd.DataFrame({"profile": ["a"]}), pd.DataFrame({"profile": ["a", "b"]})),
            ["unknown_profile"],
        ),
    ],
)
def test_a_rule_is_met_or_not(found, raised):
    """Each rule both ways: W12 for handfuls, W28 for parts that exceed their whole and rules for nothing."""
    assert [finding.case for finding in found] == raised


def test_what_is_impossible_does_not_count():
    """The row with the fault is left out, the others stay."""
    assert rules.possible_campaigns(CAMPAIGNS.assign(bought=[11, 0]))["group"].tolist() == ["lost"]
    assert rules.possible_phases(PHASES.assign(gone=6)).empty
    assert interactions(rules.possible_contacts(LOG.assign(known=11.0))).frame["known_share"].isna().all()


@pytest.mark.parametrize(("up", "down", "case"), [(0, 0, "still"), (2, 2, "equal"), (3, 1, "up"), (1, 3, "down")])
def test_moves_are_said_as_they_went(up, down, case):
    """More up, more down, as many, or nobody."""
    assert rules.moves_reading(Moves(pd.DataFrame(), up + down + 5, 5, up, down, 1, 0))["case"] == case


def test_a_plan_above_its_ceiling_is_named():
    """At 75 against 62 it is too dear; within it fits; without plans the highest ceiling is said."""
    ceilings = pd.DataFrame({"group": ["at_risk", "lost"], "ceiling_year": [20.0, 9.0], "ceiling": [100.0, 62.0]})
    plans = pd.DataFrame({"group": ["lost"], "cost": [75.0], "uplift": [0.1]})
    dear = rules.ceiling_reading(rules.with_plans(ceilings, plans), NAMES)
    assert (dear["case"], dear["dear"], dear["marked"]) == ("dear", ["Verloren"], [1])
    assert rules.ceiling_reading(rules.with_plans(ceilings, plans.assign(cost=50)), NAMES)["case"] == "fits"
    plain = rules.ceiling_reading(rules.with_plans(ceilings, None), NAMES)
    assert (plain["case"], plain["high"], plain["group"]) == ("plain", 100, "Dreigend")
    empty = ceilings.assign(ceiling_year=float("nan"), ceiling=float("nan"))
    assert rules.ceiling_reading(rules.with_plans(empty, plans), NAMES)["case"] == "few"


@pytest.mark.parametrize(
    ("contact", "cost", "case"),
    [
        ([True, True, False], 5, "stop"),
        ([True, True, True], 5, "keep"),
        ([False, False, False], 5, "never"),
        ([True, True, True], 0, "free"),
    ],
)
def test_when_to_stop_is_said_once(contact, cost, case):
    """Where contact stops paying, or that it pays throughout, or never, or costs nothing."""
    found = pd.DataFrame({"state": [1, 2, 3], "customers": [9, 8, 7], "value": [9.0, 5.0, 1.0], "contact": contact})
    assert rules.silence_reading(found, cost)["case"] == case


def test_the_narrowest_phase_is_named_where_it_is_known():
    """Without the way in there is no chance for all who know us."""
    reading = rules.cycle_reading(life_cycle(PHASES), {"exploration": "Verkennen"})
    assert (reading["case"], reading["phase"]) == ("narrow", "Verkennen")
    assert rules.cycle_reading(life_cycle(PHASES.assign(moved_on=0, gone=0)), {})["case"] == "plain"


def test_a_period_is_called_by_the_calendar_it_keeps():
    """Half-years and quarters by their number; where the base date is no end of a period, by its last day."""
    shares = pd.DataFrame({"size": [5]}, index=[0])
    for months, end, language, called in (
        (12, date(2024, 12, 31), "nl", "2024"),
        (6, date(2025, 6, 30), "nl", "H1 2025"),
        (3, date(2025, 9, 30), "nl", "K3 2025"),
        (3, date(2025, 9, 30), "en", "Q3 2025"),
        (1, date(2025, 2, 28), "en", "2-2025"),
        (6, date(2025, 3, 15), "nl", "→ 15-03-2025"),
    ):
        assert rules.cohort_starts(shares, Periods(months, (end,), date(2020, 1, 1)), language) == [called]


@pytest.mark.slow
def test_the_earlier_groups_come_from_the_round_or_from_the_same_orders(demo, demo_copy):
    """Bronmolen kept a round a year ago; where it cannot be read, the orders of a year back give the same groups."""
    client = read_client(demo)
    base = GroupBase(client, client.orders, "average")
    assert base.before.from_round
    assert base.before.on == date(2024, 12, 31)
    for kept in (demo_copy.parent / "history").glob("rounds/*/client.yaml"):
        kept.write_text(kept.read_text(encoding="utf-8").replace("language: nl", "language: fr"), encoding="utf-8")
    alone = read_client(demo_copy)
    again = GroupBase(alone, alone.orders, "average")
    assert not again.before.from_round
    assert again.moves.matrix.equals(base.moves.matrix)
    assert base.kept == pytest.approx(124 / 137)
    assert base.groups["before"].sum() == len(base.before.scored)
    assert len(profile_base(client)) == len(base.table)
    assert profiles_before(alone)[1] == date(2024, 12, 31)
    silent = base.silence(0.443, 180, 0.1)
    assert silent.months == 3
    assert silent.frame["value"].idxmax() == 0
    assert silent.frame["contact"].tolist() == [True] * 6 + [False] * 2
