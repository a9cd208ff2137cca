"""Orders from a Parquet file, or a folder of its parts, which keeps its types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis
from ibis.util import gen_name

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.sources import ORDERS, Layout, Source, refuse_types

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

_ROW = "file_row_number"  # DuckDB's name for it
_UNKNOWN_TO_IBIS = {'"NULL"': "float64", "TIMESTAMPTZ_NS": "timestamp('UTC')"}  # a column of nothing, and of pandas


def load_parquet(con: Backend, path: Path, columns: Mapping[str, str], layout: Layout = ORDERS) -> Source:
    """The rows of a Parquet file, or of all of them in a folder.

    Raises:
        TransactionsError: the file cannot be read, or a column is not found or of a type that cannot be.
    """
    patterns = [re.sub(r"([\[*?])", r"[\1]", str(part)) for part in parts_of(path)]  # a file name is no pattern
    name = gen_name("delivered")
    try:
        table = con.read_parquet(patterns, table_name=name, union_by_name=len(patterns) > 1)
        names = tuple(table.columns)
        numbered = _ROW not in names and len(patterns) == 1
        if numbered:
            table = con.read_parquet(patterns, table_name=name, file_row_number=True)
    except duckdb.Error:
        raise TransactionsError(f"{path}: this Parquet file is damaged; export it again") from None
    table = _known_types(table)
    roles = layout.find(path, names, columns)
    refuse_types(path, {role: table[name].type() for role, name in roles.items()}, roles)
    line = table[_ROW].cast("int64") if numbered else ibis.row_number().over()  # the first on all cores
    cells = table.select(line=line + 1, **{f"c{at}": table[name] for at, name in enumerate(names)})
    return Source(layout.arrange(cells, names, roles), roles, names, "parquet", heading=0)


def parts_of(path: Path) -> list[Path]:
    """The file itself, or the Parquet files under a folder, as engines write them; none where it has no such files."""
    if not path.is_dir():
        return [path]
    found = (part for part in sorted(path.rglob("*.parquet")) if part.is_file())
    return [part for part in found if not part.name.startswith((".", "_"))]


def _known_types(table: Table) -> Table:
    """Columns of types that Ibis has no name for, as the nearest that it has."""
    raw = {name: str(getattr(kind, "raw_type", "")) for name, kind in table.schema().items()}
    casts = {
        name: table[name].cast(near)
        for name, kind in raw.items()
        for sign, near in _UNKNOWN_TO_IBIS.items()
        if sign in kind
    }
    return table.mutate(**casts) if casts else table
