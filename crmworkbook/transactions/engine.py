"""The engine a table is on, and its rows as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

BATCH = 1 << 17  # rows


def engine_of(table: Table) -> str:
    """Name of the engine, as Ibis spells it; empty for a table that is nowhere."""
    import ibis

    try:
        return str(table.get_backend().name)
    except ibis.IbisError:
        return ""


def batches(table: Table, rows: int = BATCH) -> pa.RecordBatchReader:
    """The rows of a table on DuckDB as they come, so many at a time: never are all of them held."""
    con = table.get_backend()  # Ibis 12 itself makes no batches of DuckDB 2
    return con.con.sql(con.compile(table)).to_arrow_reader(rows)
