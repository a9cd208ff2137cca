"""Customers added up in memory are those that the engine adds up, whatever the orders are."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ibis.util import gen_name

from crmworkbook.transactions import Orders, in_memory, read_orders
from crmworkbook.transactions.customers import customer_table, everybody

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

AS_OF = date(2025, 12, 31)
INT64 = pa.int64()
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CUSTOMERS = [1, 2, 3, 4, 70_000, 131_073, -5, 2**62, -(2**63), 2**63 - 1]
Rows = list[tuple[int, int, int]]  # customer, days before the last, hundredths of a cent
MANY: Rows = [(number * 37 % 101 - 20, number % 50, number * 731 % 9_000 - 800) for number in range(1_000)]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(CUSTOMERS),
        st.one_of(st.integers(0, 3), st.integers(0, 45_000)),
        st.one_of(st.sampled_from([0, 100, -100, 200, -200]), st.integers(-(10**13), 10**13)),
    ),
    min_size=1,
    max_size=40,
)


@pytest.fixture(scope="module")
def engine() -> Backend:
    return ibis.duckdb.connect()


def table_of(rows: Rows, kind: pa.DataType = INT64) -> pa.Table:
    """Orders of these rows, each with a number of its own."""
    customers, ages, amounts = zip(*rows, strict=True)
    return pa.table(
        {
            "customer": pa.array(customers, kind),
            "date": [AS_OF - timedelta(days=age) for age in ages],
            "amount": pa.array([Decimal(amount).scaleb(-4) for amount in amounts], pa.decimal128(18, 4)),
            "order": [str(at) for at in range(len(rows))],
        }
    )


def read(folder: Path, rows: Rows, kind: pa.DataType = INT64) -> Orders:
    """The orders as a client delivers them."""
    pq.write_table(table_of(rows, kind), folder / "orders.parquet")
    return read_orders(folder / "orders.parquet", as_of=AS_OF)


def in_order(people: pa.Table) -> list[dict[str, object]]:
    """Those with an order day, in order."""
    return sorted((row for row in people.to_pylist() if row["order_days"]), key=itemgetter("customer"))


@FEW
@given(rows=ROWS)
@example(rows=[(1, 2, 100), (1, 2, -100), (1, 1, 0), (2, 1, -300), (2, 0, 100), (3, 0, -1), (3, 0, 1), (3, 0, 0)])
@example(rows=[(7, 3, -5), (8, 3, 5), (9, 2, -5)])  # first and last have only returns
def test_they_are_the_customers_of_the_engine(engine: Backend, rows: Rows) -> None:
    """Days netted, free orders, returns, only returns; numbers below zero and of 64 bits; days of a century ago."""
    used = engine.create_table(gen_name("used"), ibis.memtable(table_of(rows)))
    used = used.mutate(day=used.date)
    found = in_memory.added_up(used, len(rows), AS_OF)
    assert found is not None
    engines = everybody(used)
    own = found.read_all().cast(engines.schema().to_pyarrow())
    assert in_order(own) == in_order(engines.to_pyarrow())
    assert own.num_rows == engines.count().to_pyarrow().as_py()


def test_they_are_the_customers_of_a_file(tmp_path: Path) -> None:
    """What is kept of a file is what its rows add up to, in the same types."""
    orders = read(tmp_path, MANY)
    assert orders.people.schema() == everybody(orders.table).schema()
    assert in_order(orders.people.to_pyarrow()) == in_order(everybody(orders.table).to_pyarrow())


@pytest.mark.parametrize("share", [4, 64])
def test_many_shares_give_what_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: int) -> None:
    """Customers are dealt to shares by the last bits of their number, rows arrive in several batches."""
    whole = customer_table(read(tmp_path, MANY))
    monkeypatch.setattr(in_memory, "SHARE", share)
    monkeypatch.setattr(in_memory, "BATCH", 300)
    pd.testing.assert_frame_equal(customer_table(read(tmp_path, MANY)), whole)
    assert len(whole) == 101


@pytest.mark.parametrize(
    "late", [(70_000, 1, 5), (2**62, 1, 5), (-1, 1, 5), (5, 70_000, 5), (5, 1, 10**13), (5, 1, -7)]
)
def test_numbers_may_grow_beyond_their_bits_while_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: tuple[int, int, int]
) -> None:
    """What was read before keeps its value when a later customer, day or amount needs more bits."""
    rows = [(at % 7, at % 5, 100 + at) for at in range(5_000)]
    monkeypatch.setattr(in_memory, "BATCH", 1_000)
    orders = read(tmp_path, [*rows, late])
    assert in_order(orders.people.to_pyarrow()) == in_order(everybody(orders.table).to_pyarrow())


def test_without_a_row_there_is_no_customer(engine: Backend) -> None:
    """All rows of the file were left out."""
    used = engine.create_table(gen_name("used"), ibis.memtable(table_of(MANY)))
    used = used.mutate(day=used.date).filter(used.customer > 10**6)
    found = in_memory.added_up(used, len(MANY), AS_OF)
    assert found is not None
    assert found.read_all().num_rows == 0


@pytest.mark.parametrize("kind", [pa.int8(), pa.int32(), pa.uint32(), pa.uint64()])
def test_whole_numbers_of_any_size_will_do(tmp_path: Path, kind: pa.DataType) -> None:
    """Those without a sign may not fit in 64 bits; then the engine adds up."""
    table = customer_table(read(tmp_path, [(5, 3, 10_000), (5, 1, 20_000), (90, 0, 1)], kind))
    assert table.customer.tolist() == ["5", "90"]
    assert table.revenue.tolist() == [3.0, 0.0001]
    assert table.repeat_spend.iloc[0] == 2.0


def test_amounts_too_large_for_64_bits_are_left_to_the_engine(tmp_path: Path) -> None:
    """A sum would run over in silence."""
    rows = [(1, day, 999_999_999_999_999_999) for day in range(20)]
    orders = read(tmp_path, rows)
    assert in_memory.added_up(orders.table, 20, AS_OF) is None
    assert orders.people.net.sum().to_pyarrow().as_py() == 20 * Decimal("99999999999999.9999")


def test_what_does_not_fit_is_left_to_the_engine(tmp_path: Path) -> None:
    """Too little memory, customers that are text, margins."""
    orders = read(tmp_path, [(1, 3, 10_000), (2, 1, 20_000)])
    assert in_memory.fits(orders.table, 2, 10**9)
    assert not in_memory.fits(orders.table, 10**9, 10**9)
    assert not in_memory.fits(orders.table.mutate(customer=orders.table.customer.cast("string")), 2, 10**9)
    assert not in_memory.fits(orders.table.mutate(margin=orders.table.amount), 2, 10**9)
