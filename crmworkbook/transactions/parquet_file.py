"""Orders from a Parquet file, which keeps its types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.columns import find_columns
from crmworkbook.transactions.sources import Source, by_role, refuse_types

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_ROW = "file_row_number"  # DuckDB's name for it


def load_parquet(con: Backend, path: Path, columns: Mapping[str, str]) -> Source:
    """The rows of a Parquet file.

    Raises:
        TransactionsError: the file cannot be read, or a column is not found or of a type that cannot be.
    """
    pattern = re.sub(r"([\[*?])", r"[\1]", str(path))  # a file name is no pattern
    try:
        table = con.read_parquet(pattern, table_name="delivered")
        names = tuple(table.columns)
        numbered = _ROW not in names
        if numbered:
            table = con.read_parquet(pattern, table_name="delivered", file_row_number=True)
    except duckdb.Error:
        raise TransactionsError(f"{path}: this Parquet file is damaged; export the orders again") from None
    roles = find_columns(path, names, columns)
    refuse_types(path, {role: table[name].type() for role, name in roles.items()}, roles)
    line = table[_ROW].cast("int64") if numbered else ibis.row_number().over()  # the first on all cores
    cells = table.select(line=line + 1, **{f"c{at}": table[name] for at, name in enumerate(names)})
    return Source(by_role(cells, names, roles), roles, names, "parquet", heading=0)
