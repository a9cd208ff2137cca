"""Orders in databases: every engine gives the same rows, and none is written to."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import ibis
import pandas as pd
import pytest

from crmworkbook.errors import TransactionsError
from crmworkbook.models.rfm import rfm_scores
from crmworkbook.transactions import activity, customer_table, read_orders
from crmworkbook.transactions.buying import histories, holdout, repeat_days_by_week, spend_histories
from crmworkbook.transactions.customers import customers
from crmworkbook.transactions.periods import cohort_triangle, periods_of, returns_by_silence
from crmworkbook.transactions.scores import scored
from tests.engines import into_duckdb, into_postgres, into_spark, into_sqlite, postgres, spark

pytestmark = pytest.mark.slow  # starts a server and a Java
__all__ = ["postgres", "spark"]

AS_OF = date(2025, 12, 31)
COLUMNS = {"customer": "client", "date": "booked", "amount": "euros", "order": "number"}
DIALECTS = [
    *("athena", "bigquery", "clickhouse", "databricks", "duckdb", "exasol", "flink", "impala", "mssql", "mysql"),
    *("oracle", "postgres", "risingwave", "snowflake", "sqlite", "trino"),
]


def odd_log() -> list[tuple]:
    """Orders with every oddity: several a day, returns, only returns, gaps, late rows, ties, cents, copies, notes."""
    chance = random.Random(20251231)
    rows: list[tuple] = []
    for at in range(700):
        who = chance.choice([f"K{chance.randrange(80):03}"] * 20 + [None, "", f"R{chance.randrange(5)}"])
        day = date(2023, 12, 1) + timedelta(days=chance.randrange(780))
        cents = chance.choice([-1, 1, 1, 1, 1, 1]) * chance.randrange(20_000)
        number = chance.choice([f"O{at}"] * 8 + [f"O{max(at - 1, 0)}", None])
        rows.append((who, day.isoformat(), cents / 100 if chance.random() > 0.02 else None, number))
    rows += [(f"T{at}", "2025-05-05", 10.0, None) for at in range(7)]  # ties
    rows += [(f"R{at}", "2025-01-01", -5.0, None) for at in range(5)]  # who only returned
    rows += [("K001", None, 5.0, "X1"), ("K001", "2025-02-02", 0.1, "X2"), ("K001", "2025-02-02", 0.2, "X2")]
    rows += [("K001", "2025-02-03", 0.3, "X3"), ("K001", "2025-03-04", -0.3, "X3")]  # a credit note for X3
    return rows + rows[10:15]


@pytest.fixture(scope="module")
def engines(tmp_path_factory, postgres, spark):
    """The same log on each engine; gives the orders by engine."""
    folder, rows = tmp_path_factory.mktemp("engines"), odd_log()
    into_duckdb(folder / "orders.duckdb", rows)
    into_sqlite(folder / "orders.sqlite", rows)
    into_postgres(postgres, rows)
    into_spark(spark, rows)
    urls = {
        "duckdb": "duckdb://orders.duckdb",
        "sqlite": "sqlite://orders.sqlite",
        "postgres": postgres,
        "spark": "spark://local",
    }
    return {
        name: read_orders(url, as_of=AS_OF, columns=COLUMNS, table="invoices", folder=folder)
        for name, url in urls.items()
    }


@pytest.fixture(scope="module")
def on_duckdb(engines):
    """What DuckDB makes of the log."""
    return results(engines["duckdb"])


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "spark"])
def test_every_engine_gives_the_rows_that_duckdb_gives(engines, on_duckdb, engine):
    """Customers now and earlier, quintiles, histories, cohorts and the counts of the quality: no difference at all."""
    expected, found = dict(on_duckdb), results(engines[engine])
    assert found.pop("quality") == expected.pop("quality")
    assert found.pop("activity") == expected.pop("activity")
    for name, table in expected.items():
        assert len(table) > 3 or name in ("silence",), name
        pd.testing.assert_frame_equal(found[name], table, check_exact=True, check_dtype=False, obj=f"{engine} {name}")


def results(orders) -> dict:
    """Everything that is counted on an engine."""
    periods = periods_of(orders)
    return {
        "quality": orders.quality,
        "activity": activity(orders),
        "customers": customer_table(orders),
        "earlier": customer_table(orders, date(2025, 3, 3)),
        "scores": scored(orders).to_pandas().sort_values("customer", ignore_index=True)[["customer", "r", "f", "m"]],
        "histories": histories(orders),
        "spend": spend_histories(orders),
        "holdout": holdout(orders, date(2025, 6, 30)),
        "weeks": repeat_days_by_week(orders),
        "cohorts": cohort_triangle(orders, periods),
        "silence": returns_by_silence(orders, periods),
    }


def test_the_rows_of_a_file_are_those_of_a_database(engines, tmp_path):
    """A CSV of the same log, read as text, gives the same customers and counts; only the lines are a file's own."""
    path = tmp_path / "orders.csv"
    cells = [["" if cell is None else str(cell) for cell in row] for row in odd_log()]
    path.write_text("\n".join(",".join(row) for row in [["client", "booked", "euros", "number"], *cells]) + "\n")
    orders = read_orders(path, as_of=AS_OF, columns=COLUMNS, decimal=".")
    database = engines["duckdb"]
    pd.testing.assert_frame_equal(customer_table(orders), customer_table(database), check_exact=True)
    counts = {reason: part.count for reason, part in orders.quality.left_out.items()}
    assert counts == {reason: part.count for reason, part in database.quality.left_out.items()}
    assert sum(counts.values()) + orders.quality.rows_used == orders.quality.rows_read


@pytest.mark.parametrize("monetary", ["average", "total"])
def test_quintiles_on_the_engine_are_those_of_the_model(engines, monetary):
    """Hughes' fifths with the average rank for ties, whichever side counts them."""
    orders = engines["duckdb"]
    found = scored(orders, monetary=monetary).to_pandas().sort_values("customer", ignore_index=True)
    expected = rfm_scores(customer_table(orders), monetary, bins=5)
    for one, other in (("r", "recency"), ("f", "frequency"), ("m", "monetary")):
        assert found[one].tolist() == expected[other].tolist()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sql_compiles_for_every_dialect_named(dialect):
    """What is only compiled is said to be only compiled; these are the dialects that docs/orders.md names."""
    assert dialect in (Path(__file__).parent.parent / "docs" / "orders.md").read_text(encoding="utf-8")
    for expression in asked():
        assert "SELECT" in ibis.to_sql(expression, dialect=dialect)


@cache
def asked():
    """The expressions of customers, scores, histories and cohorts, over a table that is nowhere."""
    from crmworkbook.transactions.customers import everybody
    from crmworkbook.transactions.orders import Orders
    from crmworkbook.transactions.periods import Periods, _by_period

    columns = {"customer": "string", "date": "date", "day": "date", "amount": "decimal(18, 4)", "order": "string"}
    table = ibis.table(columns, name="invoices")
    orders = Orders(table, AS_OF, None, None, "several", everybody(table, True), None)
    people = customers(orders)
    periods = Periods(12, (date(2024, 12, 31), AS_OF), date(2023, 12, 31))
    return (
        people,
        customers(orders, date(2025, 6, 30)),
        scored(orders),
        people.group_by("repeat_days", "tenure_days", "recency_days").aggregate(customers=people.count()),
        _by_period(orders, periods),
    )


@pytest.mark.parametrize("engine", ["postgres", "spark", "sqlite", "duckdb"])
def test_a_query_gives_what_a_table_gives(engines, postgres, tmp_path, engine):
    """A SELECT may cast, join and filter; here it leaves out the rows without a number."""
    rows = odd_log()
    if engine == "sqlite":
        into_sqlite(tmp_path / "orders.sqlite", rows)
    elif engine == "duckdb":
        into_duckdb(tmp_path / "orders.duckdb", rows)
    url = {"postgres": postgres, "spark": "spark://local"}.get(engine, f"{engine}://orders.{engine}")
    query = "SELECT client, booked, euros, number FROM invoices WHERE number IS NOT NULL;"
    found = read_orders(url, as_of=AS_OF, columns=COLUMNS, query=query, folder=tmp_path)
    assert found.quality.rows_read == sum(row[3] is not None for row in rows)


def test_a_duckdb_file_is_read_from_anywhere_and_again(tmp_path):
    """Without a client folder the name says where it lies; a second read finds the file open, and locked in already."""
    into_duckdb(tmp_path / "orders.duckdb", odd_log())
    kept = [
        read_orders(f"duckdb://{place}orders.duckdb", as_of=AS_OF, columns=COLUMNS, table="invoices", folder=folder)
        for place, folder in ((f"{tmp_path}/", None), ("", tmp_path), ("", tmp_path))
    ]
    assert kept[0].quality == kept[1].quality == kept[2].quality


def test_a_wrong_password_is_said_and_the_right_one_lets_in(engines, postgres, monkeypatch):
    """The server asks the clerk for one; the message does not repeat what was typed."""
    import psycopg

    with psycopg.connect(postgres, autocommit=True) as con:
        rules = Path(con.execute("SHOW hba_file").fetchone()[0])
        con.execute("DROP ROLE IF EXISTS clerk")
        con.execute("CREATE ROLE clerk LOGIN PASSWORD 'right@1'")
        con.execute("GRANT SELECT ON invoices TO clerk")
        rules.write_text(f"local all clerk scram-sha-256\n{rules.read_text()}")
        con.execute("SELECT pg_reload_conf()")
    url = postgres.replace("postgres:@", "clerk:${CRM_PASSWORD}@")
    assert url != postgres
    monkeypatch.setenv("CRM_PASSWORD", "wrong@1")
    with pytest.raises(TransactionsError, match="check the user and the password") as raised:
        read_orders(url, as_of=AS_OF, columns=COLUMNS, table="invoices")
    assert "wrong" not in str(raised.value)
    monkeypatch.setenv("CRM_PASSWORD", "right@1")
    assert read_orders(url, as_of=AS_OF, columns=COLUMNS, table="invoices").quality == engines["postgres"].quality


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM invoices",
        "SELECT * FROM invoices; DROP TABLE invoices",
        "WITH gone AS (DELETE FROM invoices RETURNING *) SELECT * FROM gone",
        "SELECT * INTO copy FROM invoices",
        "VACUUM",
    ],
)
def test_what_is_not_one_select_is_refused(engines, postgres, query):
    """Nothing is ever written to a client's database."""
    with pytest.raises(TransactionsError, match=r"one SELECT|cannot be read"):
        read_orders(postgres, as_of=AS_OF, query=query)


def test_a_function_that_writes_is_stopped_by_the_server(engines, postgres):
    """A SELECT can call what it likes; the transaction is one that can only read."""
    import psycopg

    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute("CREATE OR REPLACE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM invoices; SELECT 1'")
    with pytest.raises(TransactionsError, match="read-only"):
        read_orders(postgres, as_of=AS_OF, columns=COLUMNS, query="SELECT *, wipe() FROM invoices")


def test_what_is_wrong_with_a_database_is_said_at_once_and_without_the_password(postgres, tmp_path, monkeypatch):
    """Refused, no such host, table, column or variable: place, fault and remedy within ten seconds."""
    into_sqlite(tmp_path / "orders.sqlite", odd_log())
    (tmp_path / "text.sqlite").write_text("this is no database, whatever its name says, and it is long enough")
    monkeypatch.delenv("CRM_NOBODY", raising=False)
    monkeypatch.setenv("CRM_PASSWORD", "geheim#1@x")
    server = "postgresql://ann:${CRM_PASSWORD}@127.0.0.1:9/sales"
    cases = [
        (server, "invoices", "refused.*host and port"),
        ("postgresql://ann:geheim#1@127.0.0.1:9/sales", "invoices", "127.0.0.1:9/sales"),
        ("postgresql://ann:${CRM_NOBODY}@h/db", "invoices", "CRM_NOBODY is not set"),
        (postgres, "nothing", "no table nothing.*check the name"),
        ("sqlite://orders.sqlite", "nothing", "nothing"),
        ("sqlite://text.sqlite", "invoices", "not a database"),
        ("sqlite://gone.sqlite", "invoices", "no file gone.sqlite"),
        ("sqlite://../orders.sqlite", "invoices", "outside the client folder"),
        ("sqlite://orders.sqlite", None, "either a table or a query"),
        ("nosuch://host/db", "invoices", "nosuch"),
    ]
    for url, table, message in cases:
        start = time.perf_counter()
        with pytest.raises(TransactionsError, match=message) as raised:
            read_orders(url, as_of=AS_OF, columns=COLUMNS, table=table, folder=tmp_path)
        assert time.perf_counter() - start < 10
        assert "geheim" not in str(raised.value)
    mapped = {**COLUMNS, "customer": "klant"}
    with pytest.raises(TransactionsError, match="no column 'klant'"):
        read_orders("sqlite://orders.sqlite", as_of=AS_OF, columns=mapped, table="invoices", folder=tmp_path)


def test_text_that_should_be_a_day_is_left_to_the_query(postgres, tmp_path):
    """A guess about dates is for files; in a database the query says what a text means."""
    rows = [("a", "2025-01-02", 3.0, None)]
    into_postgres(postgres, rows, "typed")
    query = "SELECT client, CAST(booked AS text) AS booked, euros FROM typed"
    with pytest.raises(TransactionsError, match=r"column booked: .*CAST\(booked AS DATE\)"):
        read_orders(
            postgres, as_of=AS_OF, columns={"customer": "client", "date": "booked", "amount": "euros"}, query=query
        )


def test_sqlite_days_are_read_from_their_first_ten_signs(tmp_path):
    """With a time behind them too; a day that does not exist and other orders are counted as no date."""
    days = ["2025-01-31", "2025-02-01 12:30:00", "2025-02-30", "31-12-2025", "20250101", ""]
    into_sqlite(tmp_path / "o.sqlite", [("a", day, 1.0, None) for day in days])
    orders = read_orders("sqlite://o.sqlite", as_of=AS_OF, columns=COLUMNS, table="invoices", folder=tmp_path)
    assert orders.quality.left_out["no_date"].count == 4
    assert customer_table(orders).loc[0, ["first_order", "last_order"]].tolist() == [
        pd.Timestamp(2025, 1, 31),
        pd.Timestamp(2025, 2, 1),
    ]


def test_a_database_file_is_not_touched(tmp_path):
    """The bytes of the file are the same after every question."""
    for path, url in (
        (into_sqlite(tmp_path / "o.sqlite", odd_log()), "sqlite://o.sqlite"),
        (into_duckdb(tmp_path / "o.duckdb", odd_log()), "duckdb://o.duckdb"),
    ):
        before = path.read_bytes()
        orders = read_orders(url, as_of=AS_OF, columns=COLUMNS, table="invoices", folder=tmp_path)
        assert len(customer_table(orders)) > 50
        assert path.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.duckdb", "o.sqlite"]
