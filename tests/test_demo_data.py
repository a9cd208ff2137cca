"""The demonstration client: made again byte for byte, with tables that agree and keep the known totals."""

from __future__ import annotations

import csv
import runpy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmworkbook.client import read_client
from crmworkbook.yaml_file import read_yaml

DATA = Path(__file__).parents[1] / "data"
DEMO = DATA / "demo"
AS_OF = pd.Timestamp("2025-12-31")
SEGMENTS = ["offices", "care", "education", "hospitality", "industry"]
OPEN_QUESTIONS = {"business_strategy.outside_in", "customer_strategy_cube.chan_competitors"}


def table(name: str) -> pd.DataFrame:
    """One table of the demo client."""
    return pd.read_csv(DEMO / f"{name}.csv", parse_dates=["date"] if name == "orders" else None)


def per_segment(frame: pd.DataFrame, column: str) -> list[float]:
    """The column added up by segment, in the usual order."""
    return frame.groupby("segment")[column].sum().reindex(SEGMENTS).tolist()


def daily(orders: pd.DataFrame) -> pd.Series:
    """Spending per customer and day, in cents."""
    return orders["amount"].mul(100).round().astype(int).groupby([orders["customer"], orders["date"]]).sum()


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """The portal orders."""
    return table("orders")


@pytest.fixture(scope="module")
def export() -> pd.DataFrame:
    """The orders as the bookkeeping package wrote them."""
    return pd.read_csv(DEMO / "orders_export.csv", sep=";", decimal=",", encoding="cp1252")


@pytest.fixture(scope="module")
def client() -> dict:
    """The client file as plain dictionaries."""
    return read_yaml(DEMO / "client.yaml")


# --- the files ----------------------------------------------------------------------------------------------


def test_making_the_demo_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whoever runs the script gets the files of the repository."""
    runpy.run_path(str(DATA / "make_demo.py"))["main"](tmp_path)
    made, kept = _contents(tmp_path), _contents(DEMO)
    assert made.keys() == kept.keys()
    assert [name for name, content in made.items() if content != kept[name]] == []


def _contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.suffix in (".csv", ".yaml")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_files_are_utf8_with_line_feeds_except_the_bookkeeping_export() -> None:
    """One file is as another program wrote it; all others are ours."""
    for path in DEMO.rglob("*.csv"):
        content = path.read_bytes()
        if path.name == "orders_export.csv":
            assert content.count(b"\n") == content.count(b"\r\n")
            with pytest.raises(UnicodeDecodeError):
                content.decode("utf-8")
            assert "€" in content.decode("cp1252")
        else:
            assert b"\r" not in content
            assert not content.startswith(b"\xef\xbb\xbf")
            content.decode("utf-8")


def test_the_clients_words_are_complete_in_both_languages() -> None:
    """Every column of words has its partner, and no row lacks either."""
    for path in DEMO.rglob("*.csv"):
        if path.name == "orders_export.csv":
            continue
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        dutch = {column[:-3] for column in rows[0] if column.endswith("_nl")}
        assert dutch == {column[:-3] for column in rows[0] if column.endswith("_en")}, path.name
        for column in dutch:
            assert all(row[f"{column}_nl"] and row[f"{column}_en"] for row in rows), (path.name, column)


def test_client_file_has_both_languages_everywhere_and_names_every_table(client: dict) -> None:
    """A comma without quotes splits a Dutch sentence in YAML; this finds it."""
    assert [place for place in _half_pairs(client, "client")] == []
    named = {value for value in client["tables"].values() if isinstance(value, str)}
    assert named | {"orders_export.csv"} == {path.name for path in DEMO.glob("*.csv")}


def _half_pairs(node: object, place: str) -> Iterator[str]:
    if isinstance(node, dict):
        if {"nl", "en"} & node.keys() and (node.keys() != {"nl", "en"} or not all(map(str, node.values()))):
            yield place
        for key, value in node.items():
            yield from _half_pairs(value, f"{place}.{key}")
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from _half_pairs(value, f"{place}[{position}]")


def test_every_answer_has_a_source_and_a_confidence_and_two_questions_are_open(client: dict) -> None:
    """Some answers are weak on purpose, so that a warning is seen; two are missing."""
    answers = client["answers"]
    assert not OPEN_QUESTIONS & answers.keys()
    assert all(answer["source"] and 1 <= answer["confidence"] <= 5 for answer in answers.values())
    assert sum(answer["confidence"] <= 2 for answer in answers.values()) >= 3


# --- known totals of the firm -------------------------------------------------------------------------------


def test_cube_adds_up_to_the_revenue_of_every_side() -> None:
    """Revenue €4,800,000, channels 2,725 / 1,065 / 1,010 thousand, contribution €1,831,250, 51 active."""
    cube = table("cube")
    assert len(cube) == 60
    assert cube["status"].value_counts().to_dict() == {"active": 51, "by_choice": 5, "whitespace": 4}
    assert (cube["revenue"] > 0).eq(cube["status"] == "active").all()
    assert cube["revenue"].sum() == 4_800_000
    assert (cube["revenue"] * cube["margin"]).sum() == pytest.approx(1_831_250)
    for name, side in (("segments", "segment"), ("offerings", "offering"), ("channels", "channel")):
        control = table(name).set_index(side)["revenue"]
        assert cube.groupby(side)["revenue"].sum().to_dict() == control.to_dict()
    assert table("channels")["revenue"].tolist() == [2_725_000, 1_065_000, 1_010_000]
    assert table("offerings")["revenue"].tolist() == [2_440_000, 1_390_000, 730_000, 240_000]


def test_market_is_63_75_million_and_larger_than_our_revenue_in_every_cell() -> None:
    """17,600 / 9,900 / 5,100 / 19,900 / 11,250 thousand by segment."""
    market, cube = table("market"), table("cube")
    assert per_segment(market, "market_size") == [17_600_000, 9_900_000, 5_100_000, 19_900_000, 11_250_000]
    ours = cube.groupby(["segment", "offering"])["revenue"].sum()
    size = market.set_index(["segment", "offering"])["market_size"]
    assert (size > ours.reindex(size.index)).all()


def test_customers_agree_with_the_cube_and_the_costs_of_their_segment() -> None:
    """525 customers bear the revenue, contribution and cost to serve of their segments."""
    customers, cube, costs = table("customers"), table("cube"), table("segment_costs")
    assert customers["customer"].is_unique
    assert customers.groupby("segment").size().reindex(SEGMENTS).tolist() == [200, 60, 70, 120, 75]
    assert per_segment(customers, "revenue") == per_segment(cube, "revenue")
    cube["contribution"] = cube["revenue"] * cube["margin"]
    assert per_segment(customers, "contribution") == pytest.approx(per_segment(cube, "contribution"))
    keeping = (costs["cost_to_serve"] + costs["development"]).tolist()
    assert per_segment(customers, "cost_to_serve") == keeping == [210_000, 156_000, 94_500, 204_000, 131_250]
    assert costs["development"].tolist() == [0.12 * cost for cost in keeping]
    assert per_segment(customers, "wallet") == [2_800_000, 2_040_000, 840_000, 2_400_000, 1_800_000]
    assert (customers["wallet"] >= customers["revenue"]).all()


def test_net_contribution_after_winning_customers_is_744_500() -> None:
    """Contribution 1,831,250 less keeping 795,750 less winning 291,000."""
    customers, costs = table("customers"), table("segment_costs")
    net = customers["contribution"] - customers["cost_to_serve"]
    assert (net.sum(), net.sum() - costs["acquisition"].sum()) == (1_035_500, 744_500)
    assert (net < 0).sum() == 96


def test_customers_of_the_year_balance() -> None:
    """526 at the start, 84 lost, 83 won, 525 at the end, as counted in the customer list."""
    moves = table("segments").set_index("segment")
    assert moves[["customers_start", "customers_lost", "customers_new"]].sum().tolist() == [526, 84, 83]
    end = moves["customers_start"] - moves["customers_lost"] + moves["customers_new"]
    assert end.to_dict() == table("customers").groupby("segment").size().to_dict()


def test_lead_channels_carry_the_same_spend_and_customers_as_the_segments() -> None:
    """415 leads, 83 won, €291,000."""
    leads = table("lead_channels")
    assert leads[["leads", "won", "acquisition_spend"]].sum().tolist() == [415, 83, 291_000]
    assert table("segment_costs")["acquisition"].sum() == 291_000


def test_cohorts_end_at_the_customers_of_2025() -> None:
    """403 of 596 starters were there a year later; with 145 from before 2019 the cohorts make 525."""
    cohorts = table("cohorts")
    age = cohorts["year_end"] - cohorts["cohort"]
    assert cohorts.loc[(age == 0) & (cohorts["cohort"] < 2025), "active"].sum() == 596
    assert cohorts.loc[age == 1, "active"].sum() == 403
    assert cohorts.loc[cohorts["year_end"] == 2025, "active"].sum() == 525 - 145


def test_goals_keep_the_identities_of_the_firm(orders: pd.DataFrame) -> None:
    """New customers are leads times conversion, and the segments' targets make the revenue goal."""
    goals = table("goals").set_index("goal")
    assert goals.loc["leads", "target_12"] * goals.loc["lead_quality", "target_12"] == pytest.approx(92, rel=0.01)
    assert goals.loc["leads", "target_36"] * goals.loc["lead_quality", "target_36"] == pytest.approx(110, rel=0.01)
    assert table("segments")["sales_target"].sum() == goals.loc["revenue", "target_12"]
    active = orders.loc[orders["date"] > AS_OF - pd.Timedelta(days=90), "customer"].nunique()
    assert active == 133
    assert goals.loc["engagement", "baseline"] == pytest.approx(active / 525, abs=1e-4)
    assert goals["priority"].sum() == 5


def test_strategy_tables_hold_the_agreed_scores(client: dict) -> None:
    """Forces 4/3/3/4/3, our disciplines 3.8 / 3.1 / 2.6, weights and cost shares that make one."""
    assert [force["score"] for force in client["tables"]["five_forces"]] == [4, 3, 3, 4, 3]
    scores = table("disciplines")
    scores["discipline"] = scores["statement"].str.rsplit("_", n=1).str[0]
    means = scores.groupby(["party", "discipline"])["score"].mean()["us"]
    assert means.round(6).to_dict() == {"customer": 3.8, "operations": 3.1, "product": 2.6}
    assert table("value_chain")["cost_share"].sum() == pytest.approx(1)
    assert table("competitor_factors")["weight"].sum() == pytest.approx(1)
    assert set(scores["party"]) | set(table("competitor_scores")["party"]) == {"us", *client["competitors"]}


# --- the orders ---------------------------------------------------------------------------------------------


def test_orders_of_2025_are_the_portal_revenue_of_every_segment(orders: pd.DataFrame) -> None:
    """€1,065,000 in all: 510 / 80 / 140 / 265 / 70 thousand."""
    year = orders[orders["date"].dt.year == 2025].merge(table("customers")[["customer", "segment"]])
    cube = table("cube")
    portal = per_segment(cube[cube["channel"] == "portal"], "revenue")
    assert per_segment(year, "amount") == pytest.approx(portal, abs=0.001)
    assert portal == [510_000, 80_000, 140_000, 265_000, 70_000]
    assert 1_700 <= len(year) <= 1_900


def test_no_customer_orders_more_than_its_whole_revenue(orders: pd.DataFrame) -> None:
    """The portal is one of a customer's channels."""
    spent = orders[orders["date"].dt.year == 2025].groupby("customer")["amount"].sum()
    assert (spent < table("customers").set_index("customer")["revenue"][spent.index]).all()


def test_orders_are_on_weekdays_of_three_years_by_180_known_customers(orders: pd.DataFrame) -> None:
    """From the opening of the portal up to the base date."""
    assert (orders["date"].dt.day_of_week < 5).all()
    assert orders["date"].between("2023-01-01", AS_OF).all()
    assert orders["customer"].nunique() == 180
    assert orders["customer"].isin(table("customers")["customer"]).all()
    assert orders["order"].is_unique
    assert (orders["amount"] > 0).all()


def test_summer_is_slow_every_year(orders: pd.DataFrame) -> None:
    """July and August bring fewer orders a month than the four months after."""
    counts = orders.groupby([orders["date"].dt.year, orders["date"].dt.month]).size()
    for year in (2023, 2024, 2025):
        assert counts[year].loc[7:8].mean() < 0.85 * counts[year].loc[9:12].mean()


def test_customers_start_and_go_quiet_during_the_three_years(orders: pd.DataFrame) -> None:
    """Which makes rounds, cohorts and recency mean something."""
    dates = orders.groupby("customer")["date"].agg(["min", "max"])
    assert dates["min"].dt.year.value_counts().min() >= 15
    assert ((AS_OF - dates["max"]).dt.days > 180).sum() >= 20


def test_recency_frequency_and_average_spend_fill_all_kinds_of_groups(orders: pd.DataFrame) -> None:
    """Quintiles by average rank; the columns are the rounded mean of frequency and average spend."""
    per_day = daily(orders).reset_index()
    rows = per_day.groupby("customer").agg(last=("date", "max"), days=("date", "size"), average=("amount", "mean"))
    score = np.ceil(5 * rows.rank(method="average") / len(rows)).astype(int)
    combined = np.floor((score["days"] + score["average"]) / 2 + 0.5).astype(int)
    cells = pd.crosstab(score["last"], combined)
    assert (cells.loc[5, 1], cells.loc[4, 1]) == (2, 1)  # new, promising
    assert cells.loc[5, 4] + cells.loc[5, 5] + cells.loc[4, 5] == 22  # champions
    assert cells.loc[1, 4] + cells.loc[1, 5] == 12  # can't lose
    assert cells.loc[2, 3:5].sum() == 25  # at risk
    assert score["last"].value_counts().sort_index().tolist() == [36, 36, 36, 35, 37]


# --- the bookkeeping export ---------------------------------------------------------------------------------


def test_export_has_the_stated_number_of_flaws(export: pd.DataFrame) -> None:
    """30 exact copies, 25 lines without customer, 55 credit notes once the copies are out."""
    assert export.columns.tolist() == ["Debiteur", "Factuurdatum", "Factuurnummer", "Bedrag", "Omschrijving"]
    once = export.drop_duplicates()
    assert len(export) - len(once) == 30
    assert once["Debiteur"].isna().sum() == 25
    assert (once["Bedrag"] < 0).sum() == 40 + 15
    assert export["Factuurdatum"].str.fullmatch(r"\d\d-\d\d-\d{4}").all()


def test_export_reads_back_to_the_same_daily_table(export: pd.DataFrame, orders: pd.DataFrame) -> None:
    """Credit notes are netted per day, and a day that nets to nothing is no order day."""
    once = export.drop_duplicates().dropna(subset=["Debiteur"])
    dates = pd.to_datetime(once["Factuurdatum"], format="%d-%m-%Y")
    read = daily(pd.DataFrame({"customer": once["Debiteur"], "date": dates, "amount": once["Bedrag"]}))
    assert (read == 0).sum() == 15
    assert read[read != 0].to_dict() == daily(orders).to_dict()


def test_the_portal_series_is_counted_from_the_orders(orders: pd.DataFrame) -> None:
    """It ends at the 133 of 525 of the goals, and stood at 116 a year before."""
    series = table("kpi_series").query("kpi == 'portal_active'").set_index("date")["value"]
    assert len(series) == 24
    assert (series["2024-12-31"], series["2025-12-31"]) == (116, 133)
    assert series["2025-12-31"] == orders.loc[orders["date"] > AS_OF - pd.Timedelta(days=90), "customer"].nunique()


# --- the round of a year before -----------------------------------------------------------------------------


def earlier(name: str) -> pd.DataFrame:
    """One table of the round of 2024."""
    return pd.read_csv(DEMO / "history" / "rounds" / "2024" / f"{name}.csv")


def test_the_earlier_round_reads_without_faults_and_is_the_one_to_compare_with() -> None:
    """Every file in its folder is a table that its client file names."""
    before = read_client(DEMO / "client.yaml").earlier
    assert before is not None
    assert before.file.as_of.isoformat() == "2024-12-31"
    assert {path.name for path in before.folder.glob("*.csv")} == set(before.file.tables.values())


def test_customers_at_the_end_of_2024_are_those_at_the_start_of_2025() -> None:
    """490 at the start, 74 lost, 110 won, 526 at the end: 198 / 58 / 72 / 126 / 72."""
    moves = earlier("segments").set_index("segment")
    assert moves[["customers_start", "customers_lost", "customers_new"]].sum().tolist() == [490, 74, 110]
    end = moves["customers_start"] - moves["customers_lost"] + moves["customers_new"]
    assert end.tolist() == [198, 58, 72, 126, 72]
    assert end.to_dict() == table("segments").set_index("segment")["customers_start"].to_dict()


def test_cohorts_and_orders_of_the_earlier_round_are_those_of_now_up_to_its_base_date() -> None:
    """So that what moved between two rounds moved in the same list; 110 started in 2024."""
    now, before = table("cohorts"), earlier("cohorts")
    assert before.equals(now[now["year_end"] <= 2024].reset_index(drop=True))
    assert before.loc[before["cohort"] == 2024, "active"].tolist() == [110]
    lines = table("orders")
    assert earlier("orders").equals(
        lines[lines["date"] <= "2024-12-31"].assign(date=lambda rows: rows["date"].astype(str)).reset_index(drop=True)
    )


def test_tables_of_the_earlier_round_agree_with_each_other() -> None:
    """Portal revenue is what the orders add up to, leads give 110 customers, goals follow from the other tables."""
    cube, segments, costs, leads = (earlier(name) for name in ("cube", "segments", "segment_costs", "lead_channels"))
    lines = earlier("orders")
    portal = cube.loc[cube["channel"] == "portal", "revenue"].sum()
    assert portal == pytest.approx(lines.loc[lines["date"] >= "2024-01-01", "amount"].sum())
    assert per_segment(cube, "revenue") == pytest.approx(segments["revenue"].tolist())
    assert leads[["won", "acquisition_spend"]].sum().tolist() == [110, costs["acquisition"].sum()] == [110, 342_000]
    goals = earlier("goals").set_index("goal")["baseline"]
    profit = (cube["revenue"] * cube["margin"]).sum() - costs.drop(columns="segment").sum().sum()
    assert goals["profit"] == pytest.approx(profit, abs=0.5)
    assert goals["revenue"] == pytest.approx(cube["revenue"].sum(), abs=0.5)
    assert segments["sales_target"].sum() == earlier("goals").set_index("goal").loc["revenue", "target_12"]


def test_the_bands_of_earlier_years_hold_the_earlier_round() -> None:
    """What a goal calls the lowest and highest of earlier years is not contradicted by the year before."""
    goals = table("goals").set_index("goal")
    before = earlier("goals").set_index("goal")["baseline"]
    banded = goals.dropna(subset=["low"])
    assert before[banded.index].between(banded["low"], banded["high"]).all()
