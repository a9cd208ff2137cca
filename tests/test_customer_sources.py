"""One customer table, whichever way the orders came: Parquet without a copy, text through DuckDB, a database by URL."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from crmworkbook.client import read_client
from crmworkbook.errors import ClientFileError, TransactionsError
from crmworkbook.models.rfm import rfm_scores
from crmworkbook.transactions import customer_table, read_orders
from crmworkbook.transactions.scores import scored
from tests.engines import into_sqlite

pytestmark = pytest.mark.slow  # reads files of orders

AS_OF = date(2025, 12, 31)


def log(numbers: str) -> pd.DataFrame:
    """300 orders of 40 customers, with returns, gaps and later rows; the order numbers go up, are mixed or repeat."""
    chance = random.Random(7)
    order = list(range(1, 301))
    if numbers == "mixed":
        chance.shuffle(order)
    if numbers == "repeated":
        order = [number - number % 3 for number in order]
    rows = [
        (
            chance.choice([*range(1, 41), None]),
            pd.Timestamp(2024, 1, 1) + timedelta(days=chance.randrange(750), hours=chance.randrange(24)),
            chance.choice([-1, 1, 1, 1, 1]) * chance.randrange(10_000) / 100 if chance.random() > 0.02 else None,
            number,
        )
        for number in order
    ]
    frame = pd.DataFrame(rows, columns=["customer", "date", "amount", "order"]).astype({"customer": "Int64"})
    return pd.concat([frame, frame.iloc[5:9]]) if numbers == "repeated" else frame


@pytest.mark.parametrize("numbers", ["up", "mixed", "repeated", "none"])
def test_parquet_gives_what_text_gives(tmp_path, numbers):
    """With numbers that only go up, that must be counted, that repeat, and without any: the same to the cent."""
    frame = log(numbers).drop(columns=["order"] if numbers == "none" else [])
    frame.to_parquet(tmp_path / "orders.parquet")
    frame.assign(date=frame["date"].dt.strftime("%Y-%m-%d")).to_csv(tmp_path / "orders.csv", index=False)
    parquet, text = (
        read_orders(tmp_path / name, as_of=AS_OF, decimal=decimal)
        for name, decimal in (("orders.parquet", None), ("orders.csv", "."))
    )
    assert parquet.numbers == {"up": "single", "mixed": "single", "repeated": "several", "none": ""}[numbers]
    for day in (AS_OF, date(2025, 3, 1)):
        pd.testing.assert_frame_equal(customer_table(parquet, day), customer_table(text, day), check_exact=True)
    counts = [{**vars(orders.quality), "left_out": None} for orders in (parquet, text)]
    assert counts[0] == counts[1]
    for reason, part in parquet.quality.left_out.items():
        assert part.count == text.quality.left_out[reason].count
        assert [line + 1 for line in part.lines] == list(text.quality.left_out[reason].lines)  # a heading more


def test_quintiles_of_the_engine_and_of_the_model_are_the_same(tmp_path):
    """Ties too: many customers have the same number of order days."""
    path = tmp_path / "orders.parquet"
    log("up").to_parquet(path)
    orders = read_orders(path, as_of=AS_OF)
    found = scored(orders).to_pandas().sort_values("customer", ignore_index=True)
    expected = rfm_scores(customer_table(orders), bins=5)
    for one, other in (("r", "recency"), ("f", "frequency"), ("m", "monetary")):
        assert found[one].tolist() == expected[other].tolist()
    with pytest.raises(ValueError, match="2 or more"):
        scored(orders, bins=1)


def test_memory_can_be_limited(tmp_path, monkeypatch):
    """In the call or in the environment; what is no amount of memory is said."""
    path = tmp_path / "orders.parquet"
    log("up").to_parquet(path)
    limit = "SELECT current_setting('memory_limit')"
    orders = read_orders(path, as_of=AS_OF, memory="1GB")
    assert orders.table.get_backend().raw_sql(limit).fetchone()[0].startswith("953")  # MiB
    monkeypatch.setenv("CRMWORKBOOK_MEMORY", "much")
    with pytest.raises(TransactionsError, match=r"memory: .much.*1GB"):
        read_orders(path, as_of=AS_OF)


def client(folder: Path, orders: str) -> Path:
    """A client with these orders."""
    path = folder / "client.yaml"
    path.write_text(f"crmworkbook: 1\nname: Test\nlanguage: nl\nas_of: 2025-12-31\ntables:\n  orders: {orders}\n")
    return path


def test_a_client_names_a_database(tmp_path, monkeypatch):
    """A file of a database lies in the client folder, and a variable stands for what is secret."""
    into_sqlite(tmp_path / "sales.sqlite", [("a", "2025-01-02", 3.5, "1"), ("a", "2025-02-02", 4.0, "2")])
    monkeypatch.setenv("CRM_FILE", "sales")
    columns = "columns: {customer: client, date: booked, amount: euros, order: number}"
    path = client(tmp_path, f"{{url: 'sqlite://${{CRM_FILE}}.sqlite', table: invoices, {columns}}}")
    orders = read_client(path).orders
    assert customer_table(orders)["revenue"].tolist() == [7.5]


@pytest.mark.parametrize(
    ("orders", "message"),
    [
        ("{url: 'sqlite://a.sqlite'}", "no table and no query"),
        ("{url: 'sqlite://a.sqlite', table: a, query: SELECT 1}", "or both"),
        ("{table: a}", "no file and no url"),
        ("{file: a.csv, memory: much}", "memory"),
        ("'sqlite://a.sqlite'", "no table and no query"),
    ],
)
def test_a_client_file_says_what_is_missing(tmp_path, orders, message):
    """Before anything is opened."""
    with pytest.raises(ClientFileError, match=message):
        read_client(client(tmp_path, orders))
