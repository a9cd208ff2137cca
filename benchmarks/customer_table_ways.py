"""The ways of :mod:`customer_table`: ``python customer_table_ways.py WAY FILE [MEMORY]``.

Each way reads a Parquet file of orders, makes one row per customer (repeat days, recency, age, mean repeat spend) and
adds quintiles of recency, frequency and money; it returns that table in memory. Imports stand outside the work.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import child

AS_OF = "2025-12-31"
Checks = dict[str, float]


def ours(path: str) -> tuple[Callable[[], Any], Callable[[Any], Checks], tuple[str, ...]]:
    from crmworkbook.transactions.customers import frame
    from crmworkbook.transactions.scores import scored

    orders, people = _ours(path)

    def work() -> Any:
        read = orders("")
        return frame(read, scored(read))

    return work, people, ("crmworkbook", "duckdb")


def ours_into_a_file(path: str, memory: str) -> tuple[Callable[[], Any], Callable[[Any], Checks], tuple[str, ...]]:
    """With little memory for the engine, and the table into a Parquet file as it comes."""
    import pandas as pd

    from crmworkbook.transactions.scores import scored

    orders, people = _ours(path)
    target = Path(tempfile.mkdtemp()) / "customers.parquet"

    def checks(table: Any) -> Checks:
        found = people(pd.read_parquet(target))
        shutil.rmtree(target.parent)
        return found

    return lambda: scored(orders(memory)).to_parquet(target), checks, ("crmworkbook", "duckdb")


def _ours(path: str) -> tuple[Callable[[str], Any], Callable[[Any], Checks]]:
    """The orders on an engine that may use so much memory, and the sums of a table of customers."""
    from datetime import date

    import ibis.backends.duckdb  # put off until they are needed; imports do not count for anyone
    import ibis.formats.pandas  # noqa: F401
    import pyarrow.compute  # noqa: F401
    import pydantic  # noqa: F401

    import crmworkbook.transactions.in_memory
    import crmworkbook.transactions.reading  # noqa: F401
    from crmworkbook.transactions.orders import read_orders

    def orders(memory: str) -> Any:
        return read_orders(path, as_of=date.fromisoformat(AS_OF), memory=memory or None)

    def checks(table: Any) -> Checks:
        last_day = table["tenure_days"] - table["recency_days"]
        return _sums(table["order_days"] - 1, last_day, table["tenure_days"], table["repeat_spend"])

    return orders, checks


def lifetimes(path: str) -> tuple[Callable[[], Any], Callable[[Any], Checks], tuple[str, ...]]:
    import pandas as pd
    from lifetimes.utils import summary_data_from_transaction_data

    def work() -> Any:
        log = pd.read_parquet(path, columns=["customer_id", "date", "amount"])
        table = summary_data_from_transaction_data(log, "customer_id", "date", "amount", observation_period_end=AS_OF)
        return _with_quintiles(table)

    return work, _summary_sums, ("lifetimes", "pandas")


def pymc_marketing(path: str) -> tuple[Callable[[], Any], Callable[[Any], Checks], tuple[str, ...]]:
    import pandas as pd
    from pymc_marketing.clv.utils import rfm_summary

    def work() -> Any:
        log = pd.read_parquet(path, columns=["customer_id", "date", "amount"])
        return _with_quintiles(rfm_summary(log, "customer_id", "date", "amount", observation_period_end=AS_OF))

    return work, _summary_sums, ("pymc-marketing", "pandas")


def clvkit(path: str) -> tuple[Callable[[], Any], Callable[[Any], Checks], tuple[str, ...]]:
    import pandas as pd
    from clvkit import CustomerBase

    def work() -> Any:
        log = pd.read_parquet(path, columns=["customer_id", "date", "amount"])
        # it takes a bare day for its first moment
        base = CustomerBase.from_transactions(log, time_unit="D", observation_period_end=f"{AS_OF} 23:59:59")
        return _with_quintiles(base.to_pandas())

    return work, _summary_sums, ("clvkit", "pandas")


def openretailscience(path: str) -> tuple[Callable[[], Any], Callable[[Any], Checks], tuple[str, ...]]:
    import ibis
    from openretailscience.experimental.clv import CLVStats

    names = {"transaction_date": "date", "unit_spend": "amount"}

    def work() -> Any:
        log = ibis.duckdb.connect().read_parquet(path).rename(names)
        table = CLVStats(log, period="day", observation_period_end=AS_OF).table

        def fifth(value: Any) -> Any:  # in the engine, as that is where its users would do it
            return ibis.ntile(5).over(order_by=[value, table.customer_id])

        return table.mutate(
            r=fifth(table.T - table.recency), f=fifth(table.frequency), m=fifth(table.monetary_value)
        ).to_pandas()

    return work, _summary_sums, ("openretailscience", "duckdb")


def _with_quintiles(table: Any) -> Any:
    """The table of a package on pandas with quintiles; equal values in order of appearance."""
    since = table["T"] - table["recency"]
    for name, values in (("r", since), ("f", table["frequency"]), ("m", table["monetary_value"])):
        table[name] = (values.rank(method="first") * 5 // (len(values) + 1) + 1).astype("int8")
    return table


def _summary_sums(table: Any) -> Checks:
    """Sums of a table whose columns have the names that the field shares."""
    return _sums(table["frequency"], table["recency"], table["T"], table["monetary_value"])


def _sums(repeats: Any, recency: Any, age: Any, spend: Any) -> Checks:
    """What must be equal between ways; mean repeat spend counts where there was a repeat."""
    return {
        "customers": len(repeats),
        "repeat days": int(repeats.sum()),
        "recency": int(recency.sum()),
        "age": int(age.sum()),
        "repeat spend": round(float(spend[repeats > 0].sum()), 2),
    }


if __name__ == "__main__":
    way, path, *memory = sys.argv[1:]
    work, checks, packages = globals()[way](path, *memory)
    child.answer(work, lambda table: {"checks": checks(table)}, *packages)
