"""The cost ledger: read, joined to customers on the engine, and what each customer is worth after its costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crmworkbook.client import read_client
from crmworkbook.errors import ClientFileError, TransactionsError
from crmworkbook.findings import ledger as rules
from crmworkbook.models import cost_ledger as returns
from crmworkbook.models import customer_base
from crmworkbook.models import relationship_matrix as matrix
from crmworkbook.transactions import read_orders
from crmworkbook.transactions.customer_costs import CustomerCosts, customer_costs, period_start
from crmworkbook.transactions.customer_worth import (
    by_decile,
    by_quadrant,
    by_segment,
    customer_worth,
    extremes,
    placed_in,
    points,
    profit_curve,
    thresholds_of,
    totals,
)
from crmworkbook.transactions.ledger import KINDS, REASONS
from crmworkbook.transactions.ledger_reading import read_ledger, roles_of

from .conftest import cases

pytestmark = pytest.mark.slow  # works on an engine

AS_OF = date(2025, 12, 31)
SEGMENTS = {"offices": "offices", "kantoren": "offices", "care": "care"}
ORDERS = """customer,date,amount,order
A,2025-03-01,600,1
A,2025-05-01,400,2
B,2025-06-01,300,3
C,2024-02-01,900,4
D,2025-07-01,100,5
"""
CUSTOMERS = pd.DataFrame(
    {
        "customer": ["A", "B", "E"],
        "segment": ["offices", "offices", "care"],
        "revenue": [2000.0, None, 500.0],
        "contribution": [800.0, 100.0, 50.0],
        "wallet": [4000.0, 1200.0, None],
    }
)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Read once; nothing changes them."""
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    path.write_text(ORDERS, encoding="utf-8")
    return read_orders(path, as_of=AS_OF)


@pytest.fixture
def joined(orders: Any) -> Callable[..., CustomerCosts]:
    """Joins rows of a ledger to the customers of this module."""

    def join(rows: Sequence[dict[str, Any]] | Path, **how: Any) -> CustomerCosts:
        known = {"orders": orders, "customers": CUSTOMERS} | {key: how.pop(key) for key in list(how) if key in (
            "orders", "customers")}  # fmt: skip
        reading = {key: how.pop(key) for key in list(how) if key in ("columns", "decimal", "date_format")}
        ledger = read_ledger(rows, known["orders"], as_of=AS_OF, place="client.yaml", **reading)
        settings = {"as_of": AS_OF, "segments": SEGMENTS} | how
        return customer_costs(ledger, known["orders"], known["customers"], **settings)

    return join


def rows_of(costs: CustomerCosts) -> dict[str, dict[str, Any]]:
    return {row["customer"]: row for row in costs.table.to_pyarrow().to_pylist()}


# --- reading --------------------------------------------------------------------------------------------------


def test_a_wide_and_a_long_ledger_say_the_same(joined: Callable[..., CustomerCosts]) -> None:
    """A column per kind, or a row per posting with the kind in words of either language."""
    wide = joined([{"klant": "A", "bedieningskosten": "1.250,50", "werving": "10,00"}])
    long = joined(
        [
            {"customer": "A", "kind": "Servicekosten", "amount": 1250.5},
            {"customer": "A", "kind": "acquisition", "amount": 10},
        ]
    )
    assert rows_of(wide) == rows_of(long)
    assert rows_of(wide)["A"]["service"] == 1250.5


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_a_ledger_is_read_from_each_kind_of_file(
    joined: Callable[..., CustomerCosts], tmp_path: Path, kind: str
) -> None:
    """The same costs from CSV in Dutch dress, Excel and Parquet."""
    frame = pd.DataFrame({"customer": ["A", "B"], "service": [100.25, 50.0], "retention": [None, 5.0]})
    path = tmp_path / f"ledger.{kind}"
    if kind == "csv":
        path.write_text("Klant;Bediening;Retentie\nA;€ 100,25;\nB;50,00;5,00\n", encoding="cp1252")
    elif kind == "xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_parquet(path)
    found = joined(path)
    assert (found.quality.entries_read, found.quality.amount_used) == (3, 155.25)
    assert rows_of(found)["B"]["cost_to_serve"] == 55


def test_a_ledger_that_says_not_whose_or_what_the_costs_are_is_refused() -> None:
    """The message names what to add; so does one that maps a column that is not there."""
    with pytest.raises(TransactionsError, match="customer or segment"):
        roles_of(["service"], {}, "l.csv")
    with pytest.raises(TransactionsError, match="kind and amount"):
        roles_of(["customer", "kind"], {}, "l.csv")
    with pytest.raises(TransactionsError, match="no column 'Kosten'"):
        roles_of(["customer", "service"], {"service": "Kosten"}, "l.csv")
    with pytest.raises(TransactionsError, match="no role"):
        roles_of(["customer"], {"turnover": "customer"}, "l.csv")


# --- every entry is used or left out for one reason ---------------------------------------------------------------


ODD = [
    {"customer": "A", "kind": "service", "amount": 100, "date": "2025-04-01"},
    {"customer": None, "segment": "Kantoren", "kind": "service", "amount": 60, "date": "2025-04-01"},
    {"customer": "", "kind": "service", "amount": 1, "date": "2025-04-01"},
    {"customer": "A", "kind": "petrol", "amount": 2, "date": "2025-04-01"},
    {"customer": "A", "kind": "service", "amount": "much", "date": "2025-04-01"},
    {"customer": "A", "kind": "service", "amount": 4, "date": ""},
    {"customer": "A", "kind": "service", "amount": 8, "date": "2024-12-31"},
    {"customer": "A", "kind": "service", "amount": -16, "date": "2025-04-01"},
    {"customer": "Z", "kind": "service", "amount": 32, "date": "2025-04-01"},
    {"customer": "", "segment": "nowhere", "kind": "service", "amount": 64, "date": "2025-04-01"},
]


def test_every_entry_is_counted_once_and_the_money_adds_up(joined: Callable[..., CustomerCosts]) -> None:
    """Read is used plus left out, in entries and in euros; each reason has its own."""
    quality = joined(ODD).quality
    out = {reason: (part.count, part.amount) for reason, part in quality.left_out.items() if part.count}
    assert out == {
        "no_owner": (1, 1),
        "unknown_kind": (1, 2),
        "not_a_number": (1, 0),
        "no_date": (1, 4),
        "outside_period": (1, 8),
        "negative": (1, -16),
        "unknown_customer": (1, 32),
        "unknown_segment": (1, 64),
    }
    assert quality.entries_read == quality.entries_used + sum(count for count, _ in out.values()) == 10
    assert quality.amount_read == quality.amount_used + quality.amount_left_out == 255
    assert (quality.amount_used, quality.spread) == (160, 60)
    assert quality.left_out["unknown_customer"].lines == (9,)


def test_a_copied_row_counts_once_in_a_wide_ledger(joined: Callable[..., CustomerCosts]) -> None:
    """A customer has one row there; two equal postings may both be right, unless they bear the same number."""
    row = {"customer": "A", "service": 5.0}
    assert joined([row, row]).quality.left_out["duplicate"].count == 1
    posting = {"customer": "A", "kind": "service", "amount": 5.0}
    assert joined([posting, posting]).quality.amount_used == 10
    numbered = posting | {"document": "7"}
    assert joined([numbered, numbered]).quality.amount_used == 5


# --- the join -----------------------------------------------------------------------------------------------------


def test_customers_of_both_sources_bear_their_costs(joined: Callable[..., CustomerCosts]) -> None:
    """The table wins over the orders; an old customer counts only where it costs something."""
    found = rows_of(joined([{"customer": "A", "service": 100, "development": 20}], margin=0.5))
    assert set(found) == {"A", "B", "D", "E"}  # C ordered a year before only
    assert (found["A"]["revenue"], found["A"]["net_contribution"]) == (2000, 680)
    assert (found["B"]["revenue"], found["B"]["orders"]) == (300, 1)
    assert (found["D"]["contribution"], found["D"]["segment"]) == (50, None)
    old = rows_of(joined([{"customer": "C", "service": 1}]))["C"]
    assert (old["revenue"], old["contribution"], old["net_contribution"]) == (0, 0, -1)


@pytest.mark.parametrize(("spread", "part"), [("equal", 30.0), ("revenue", 60 * 2000 / 2300), ("orders", 40.0)])
def test_costs_of_a_segment_are_spread_by_the_chosen_key(
    joined: Callable[..., CustomerCosts], spread: str, part: float
) -> None:
    """60 euros over two offices: half each, by revenue 2,000 and 300, by two orders and one."""
    found = rows_of(joined([{"segment": "Kantoren", "service": 60}], spread=spread))
    assert found["A"]["service"] == pytest.approx(part)
    assert found["A"]["service"] + found["B"]["service"] == pytest.approx(60)
    assert found["E"]["service"] == found["D"]["service"] == 0


def test_acquisition_of_a_segment_falls_on_those_who_came_in(joined: Callable[..., CustomerCosts]) -> None:
    """Without costs per customer, who ordered for the first time in the period was won; else all bear it."""
    found = rows_of(joined([{"segment": "offices", "acquisition": 50}, {"segment": "care", "acquisition": 9}]))
    assert {key: row["acquisition"] for key, row in found.items()} == {"A": 25, "B": 25, "D": 0, "E": 9}
    assert [key for key, row in sorted(found.items()) if row["won"]] == ["A", "B", "D"]
    named = rows_of(joined([{"customer": "A", "acquisition": 50}]))
    assert [key for key, row in named.items() if row["won"]] == ["A"]


def test_a_ledger_needs_orders_or_customers_but_not_both(joined: Callable[..., CustomerCosts], orders: Any) -> None:
    """Each alone gives a table; margins come from the orders where they have them."""
    rows = [{"customer": "A", "service": 100}]
    assert rows_of(joined(rows, customers=None, margin=0.5))["A"]["net_contribution"] == 400
    assert rows_of(joined(rows, customers=None))["A"]["net_contribution"] is None
    assert rows_of(joined(rows, orders=None))["A"]["net_contribution"] == 700
    with pytest.raises(ValueError, match="orders, a table of customers"):
        customer_costs(read_ledger(rows, as_of=AS_OF), None, None, as_of=AS_OF)


def test_the_period_ends_with_its_month() -> None:
    """A year and a month before the end of February, leap year or not."""
    assert period_start(date(2025, 12, 31), 12) == date(2024, 12, 31)
    assert period_start(date(2025, 2, 28), 12) == date(2024, 2, 29)
    assert period_start(date(2025, 3, 31), 1) == date(2025, 2, 28)


# --- what customers are worth: the engine equals the models ---------------------------------------------------------


@pytest.fixture(scope="module")
def demo_worth() -> Any:
    """The demo's customers with their costs and values, with the models' inputs."""
    client = read_client(Path(__file__).parent.parent / "data" / "demo" / "client.yaml")
    multiples = matrix.segment_multiples(matrix.counted(client.tables["segments"]), 0.10)
    targets = client.tables["wallet_targets"]
    reach = targets.set_index("segment")["target_share"].to_dict()
    assert client.costs is not None
    worth = customer_worth(client.costs.table, multiples.to_dict(), targets=reach)
    return client, worth, matrix.customer_values(client.tables["customers"], multiples, targets)


def test_the_demo_ledger_adds_up_to_its_segments_and_customers(demo_worth: Any) -> None:
    """€1,086,750 of costs: those of the segments, and per customer those of the customer file."""
    client, worth, _ = demo_worth
    assert client.costs.quality.entries_read == client.costs.quality.entries_used
    segments = by_segment(worth).set_index("segment")
    given = client.tables["segment_costs"].set_index("segment").reindex(segments.index)
    for kind in ("cost_to_serve", "development", "acquisition"):
        assert segments[kind].tolist() == given[kind].tolist()
    whole = worth.to_pandas().set_index("customer")
    listed = client.tables["customers"].set_index("customer").reindex(whole.index)
    assert (whole["cost_to_serve"] + whole["development"] == listed["cost_to_serve"]).all()
    assert whole["net_contribution"].sum() == pytest.approx(1_035_500)


def test_values_and_places_on_the_engine_are_those_of_the_models(demo_worth: Any) -> None:
    """Equity 4,343,724; groups of 87, 174, 37 and 227 at €5,000 and €3,000; the same customer by customer."""
    _, worth, values = demo_worth
    found = worth.to_pandas().sort_values("customer", ignore_index=True)
    wanted = values.sort_values("customer", ignore_index=True)
    assert found["value"].tolist() == pytest.approx(wanted["current"].tolist())
    assert found["growth"].tolist() == pytest.approx(wanted["growth"].tolist())
    assert found["value"].sum() == pytest.approx(4_343_724, abs=1)
    limits = thresholds_of(worth, "growth", "fixed", current=5000, potential=3000)
    summary = by_quadrant(placed_in(worth, limits, "growth"))
    assert summary["customers"].tolist() == [87, 174, 37, 227]
    kept = matrix.relationship_matrix(values, matrix.Thresholds(5000, 3000, "fixed")).summary
    assert summary["value"].tolist() == pytest.approx(kept["current"].tolist())


@pytest.mark.parametrize("axis", ["growth", "level"])
@pytest.mark.parametrize("method", ["median", "budget"])
def test_thresholds_on_the_engine_are_those_of_the_model(demo_worth: Any, axis: Any, method: Any) -> None:
    """The median, and what €40,000 reaches at €500 a customer."""
    _, worth, values = demo_worth
    money = {"budget": 40_000.0, "cost": 500.0}
    ours, theirs = (
        thresholds_of(worth, axis, method, **money),
        matrix.matrix_thresholds(matrix.placeable(values), axis, method, **money),
    )
    assert (ours.current, ours.potential) == pytest.approx((theirs.current, theirs.potential))
    assert ours.attended == theirs.attended


def test_summaries_add_up_and_the_whale_curve_is_the_models(demo_worth: Any) -> None:
    """Tenths, ends and totals of 525 customers; 96 lose money, the best fifth bring 66%."""
    _, worth, _ = demo_worth
    whole, deciles, (best, worst) = totals(worth), by_decile(worth), extremes(worth)
    assert (whole.customers, whole.losing, whole.won, whole.nursed) == (525, 96, 83, 263)
    assert deciles["customers"].sum() == 525
    assert deciles["net_contribution"].sum() == pytest.approx(whole.sums["net_contribution"])
    assert deciles["net_contribution"].is_monotonic_decreasing
    assert (len(best), len(worst)) == (10, 10)
    assert (worst["net_contribution"] < 0).all()
    net = worth.net_contribution.to_pandas()
    ours, theirs = returns.sampled_whale(*profit_curve(worth)), customer_base.whale_curve(net)
    for name in ("customers", "total", "top_20_share", "peak_share", "peak_position", "negative", "lowest_10_cost"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name)), name
    assert 200 <= len(ours.curve) < len(theirs.curve)


def test_many_customers_share_points_and_none_is_lost(demo_worth: Any) -> None:
    """525 customers on at most 100 points: the same number and value, each point within its group."""
    _, worth, _ = demo_worth
    limits = matrix.Thresholds(5000, 3000, "fixed")
    placed = placed_in(worth, limits, "growth")
    single, shared = points(placed, "growth", 2000.0), points(placed, "growth", 2000.0, most=100, cells=12)
    assert (len(single), len(shared) < 200, shared["customers"].sum()) == (525, True, 525)
    assert (shared["current"] * shared["customers"]).sum() == pytest.approx(single["current"].sum())
    again = matrix.relationship_matrix(shared.assign(contribution=0.0, cost_to_serve=0.0), limits)
    assert again.frame["quadrant"].tolist() == shared["quadrant"].tolist()


# --- returns ------------------------------------------------------------------------------------------------------


def test_return_and_break_even_worked_by_hand() -> None:
    """€1,000 that brings €1,500 returns 50%; €550 of keeping at 10% interest needs one customer of €605 a period on."""
    won = returns.spending_return("acquisition", 1000, 4, 1500)
    assert won.roi == 0.5
    even = returns.keeping_break_even(550, 10, 6050, 0.10)
    assert even is not None
    assert (even.kept_value, even.customers, even.share) == pytest.approx((550, 1, 0.1))
    assert all(sum_.evaluate() == sum_.result.value for sum_ in (*won.workings, *even.workings))


def test_nothing_spent_or_nobody_won_has_no_return() -> None:
    """Nor a break-even where a customer who stays brings nothing."""
    assert returns.spending_return("acquisition", 0, 4, 100).roi is None
    assert returns.spending_return("acquisition", 10, 0, 0).roi is None
    assert returns.keeping_break_even(10, 2, -5, 0.1) is None


# --- findings -----------------------------------------------------------------------------------------------------


WORDS = {reason: reason for reason in REASONS}


def test_w31_money_that_reaches_nobody(joined: Callable[..., CustomerCosts]) -> None:
    """Told when it is little, a warning when it is much, and nothing when all is used."""
    clean = [{"customer": "A", "service": 1000}]
    assert not rules.left_out(joined(clean).quality, WORDS)
    little = [*clean, *[{"customer": "B", "service": 1.0 + n} for n in range(30)], {"customer": "Z", "service": 2}]
    assert cases(rules.left_out(joined(little).quality, WORDS)) == [("W31", "some_left_out")]
    assert cases(rules.left_out(joined(ODD).quality, WORDS)) == [("W31", "much_left_out")]
    assert cases(rules.left_out(joined([{"customer": "Z", "service": 2}]).quality, WORDS)) == [("W31", "nothing_used")]


def test_w32_totals_that_differ(joined: Callable[..., CustomerCosts], demo_worth: Any) -> None:
    """From the costs per segment, and from those in the customer file; the demo's are the same."""
    client, worth, _ = demo_worth
    kinds = dict.fromkeys(("cost_to_serve", "development", "acquisition"), "kind")
    given = client.tables["segment_costs"], client.tables["customers"]
    assert not rules.differing_totals(totals(worth), *given, kinds)
    assert not rules.differing_totals(totals(worth), None, None, kinds)
    other = totals(customer_worth(joined([{"customer": "A", "service": 100}]).table, {}))
    assert cases(rules.differing_totals(other, *given, kinds)) == [("W32", "segment_costs"), ("W32", "customers")]


def test_w33_and_w38_customers_without_costs_or_contribution(
    joined: Callable[..., CustomerCosts], demo_worth: Any
) -> None:
    """Three of four cost nothing; of one, of all, the contribution is not known."""
    _, demo, _ = demo_worth
    assert not rules.without_costs(demo)
    assert not rules.unknown_contribution(totals(demo))
    some = customer_worth(joined([{"customer": "A", "service": 100}]).table, {})
    assert cases(rules.without_costs(some)) == [("W33", "without_costs")]
    assert cases(rules.unknown_contribution(totals(some))) == [("W34", "some_unknown")]
    none = customer_worth(joined([{"customer": "A", "service": 100}], customers=None).table, {})
    assert cases(rules.unknown_contribution(totals(none))) == [("W34", "nobody_known")]
    assert rules.whale_of(none) is None


def test_readings_choose_their_case(demo_worth: Any) -> None:
    """The demo: serving is the largest cost, phase-outs bear most for what they bring, both returns are known."""
    _, worth, _ = demo_worth
    whole = totals(worth)
    assert rules.costs_reading(whole)["case"] == "known"
    assert rules.kinds_reading(whole, {kind: kind for kind in KINDS})["largest"] == "service"
    won, kept, even = rules.returns(whole, 0.10)
    assert rules.returns_reading(won, kept, even)["case"] == "both"
    assert won.roi == pytest.approx((392_573 - 291_000) / 291_000, abs=1e-5)
    names = {key: key for key in (*matrix.QUADRANTS, "all")}
    limits = matrix.Thresholds(5000, 3000, "fixed")
    summary = by_quadrant(placed_in(worth, limits, "growth"))
    reading = rules.group_costs_reading(summary, names)
    assert (reading["case"], reading["quadrant"]) == ("heavy", "phase_out")
    assert rules.group_costs(summary, names)["customers"].tolist() == [87, 174, 37, 227, 525]


# --- the client file ------------------------------------------------------------------------------------------------


def test_a_client_names_a_ledger_as_file_or_as_rows(client_of: Callable[..., Path]) -> None:
    """Rows per segment in client.yaml do as well; without a ledger there are no costs."""
    customers = "customer,segment,contribution\nA,offices,100\nB,offices,50\n"
    segments = "segments:\n  offices: {nl: Kantoren, en: Offices}\n"
    plain = client_of(segments, customers=customers)
    assert read_client(plain).costs is None
    plain.write_text(
        plain.read_text(encoding="utf-8") + "  cost_ledger:\n    - {segment: Kantoren, service: 30}\n", encoding="utf-8"
    )
    costs = read_client(plain).costs
    assert costs is not None
    assert [row["service"] for row in rows_of(costs).values()] == [15, 15]


@pytest.mark.parametrize(
    ("given", "said"),
    [("nowhere.csv", "there is no file"), ("../x.csv", "outside"), ("{sheet: a}", "file"), ("[1]", "row")],
)
def test_a_wrong_ledger_is_a_fault_of_the_client_file(client_of: Callable[..., Path], given: str, said: str) -> None:
    """With the place and what to write."""
    path = client_of(f"tables:\n  cost_ledger: {given}\n")
    with pytest.raises(ClientFileError, match=said):
        read_client(path)
