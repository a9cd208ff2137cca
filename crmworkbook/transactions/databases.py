"""Orders in a database, by URL: the rows stay there, and nothing is ever written to it.

DuckDB and SQLite files are opened for reading alone, PostgreSQL in transactions that can only read; Spark and whatever
else ``ibis.connect`` knows are asked nothing but SELECT.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import ibis

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions.columns import find_columns
from crmworkbook.transactions.sources import Source, by_role, refuse_types

if TYPE_CHECKING:
    from ibis.backends import BaseBackend
    from ibis.expr.types import Table

SECONDS = 8
"""How long a server may take to answer the first call."""

_QUIETLY = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
}
_TESTED = ("duckdb", "sqlite", "postgresql", "postgres", "spark")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRET = re.compile(r"(?i)((?:password|passwd|pwd|token|secret|key)[^=\s&:]*\s*[=:]\s*)[^&\s]+")


def is_url(source: object) -> bool:
    """Whether *source* names a database and not a file."""
    return isinstance(source, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", source) is not None


def load(
    url: str, table: str | None, query: str | None, columns: Mapping[str, str], folder: Path | None = None
) -> Source:
    """The orders in a database.

    Args:
        url: ``postgresql://user:${NAME}@host/database``, ``duckdb://file``, ``sqlite://file``, ``spark://local`` or
            another that Ibis can connect to; ``${NAME}`` stands for that environment variable.
        table: Table with the orders, with its schema as ``schema.table`` where that is needed; or
        query: A SELECT that gives the orders.
        columns: Role to column name; roles not named are looked up.
        folder: Where the files of DuckDB and SQLite lie that the URL names.

    Raises:
        TransactionsError: the database does not answer, or what is asked for is not there; never says a password.
    """
    place = shown(url)
    if (table is None) == (query is None):
        raise TransactionsError(f"{place}: name either a table or a query; write table: … or query: SELECT …")
    con = _connected(place, _filled(url), folder)
    if query is not None:
        query = _one_select(place, query, con)
    rows = guarded(place, lambda: _rows(con, table, query), f"the {'table' if table else 'query'} cannot be read")
    names = tuple(rows.columns)
    roles = find_columns(place, names, columns)
    types = {role: rows[name].type() for role, name in roles.items()}
    refuse_types(place, types, roles)
    _refuse_text(place, con.name, types, roles)
    cells = rows.select(line=ibis.null("int64"), **{f"c{at}": rows[name] for at, name in enumerate(names)})
    return Source(by_role(cells, names, roles), roles, names, "database", heading=0)


def shown(url: str) -> str:
    """A URL as it may stand in a message: without user, password or settings."""
    scheme, _, rest = url.partition("://")
    where = rest.split("?")[0].rpartition("@")[2]
    return f"{scheme}://{where}"


def _filled(url: str) -> str:
    missing = [name for name in _VARIABLE.findall(url) if name not in os.environ]
    if missing:
        raise TransactionsError(
            f"{shown(url)}: the environment variable {missing[0]} is not set; set it before you start the program"
        )
    from urllib.parse import quote

    return _VARIABLE.sub(lambda found: quote(os.environ[found[1]], safe=""), url)


def _connected(place: str, url: str, folder: Path | None) -> BaseBackend:
    scheme = url.partition("://")[0].lower()
    if scheme in ("http", "https", "ftp", "s3", "file"):
        raise TransactionsError(f"{place}: this is no database; put the file in the client folder and name it as file")
    how = {
        "duckdb": _duckdb,
        "sqlite": _sqlite,
        "postgresql": _postgres,
        "postgres": _postgres,
        "spark": _spark,
    }.get(scheme, lambda url, place, folder: ibis.connect(url))
    return guarded(place, lambda: how(url, place, folder), "the database does not answer", url)


def guarded(place: str, work: Callable[[], Any], fault: str, url: str = "") -> Any:
    """Whatever a driver raises, said in one line without secrets."""
    try:
        return work()
    except TransactionsError:
        raise
    except ImportError as error:
        what, scheme = error.name or "the driver", place.partition("://")[0]
        package = "crmworkbook[engines]" if scheme in _TESTED else f"ibis-framework[{scheme}]"
        raise TransactionsError(f'{place}: {what} is not installed; pip install "{package}"') from None
    except Exception as error:  # each driver has errors of its own
        raise TransactionsError(f"{place}: {fault} ({_reason(error, url)}); {_remedy(error)}") from None


def _reason(error: Exception, url: str) -> str:
    if type(error).__name__ == "TableNotFound":
        return f"there is no table {error}"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0] if lines else type(error).__name__
    if re.search(r"(?i)convert|cast|invalid input|malformed", said):  # these quote what stands in a row
        said = re.sub(r"""(["']).*\1""", "…", said)
    password = urlsplit(url).password if url else None
    for secret in {password, unquote(password)} if password else ():
        said = said.replace(secret, "…")
    return _SECRET.sub(r"\1…", said)[:200]


def _remedy(error: Exception) -> str:
    said = f"{type(error).__name__} {error}".lower()
    if "read-only" in said or "readonly" in said:
        return "ask for rows only; nothing is written to a database from here"
    if "don't know how to connect" in said:
        return "begin with duckdb://, sqlite://, postgresql:// or spark://"
    if "password" in said or "authentication" in said:
        return "check the user and the password"
    if any(sign in said for sign in ("does not exist", "not found", "notfound", "no such", "cannot be found")):
        return "check the name"
    if "timeout" in said or "refused" in said or "resolve" in said or "could not translate" in said:
        return "check host and port, and whether the server can be reached from here"
    return "check the URL, the name of the table or the query"


def _file(url: str, place: str, folder: Path | None) -> Path:
    """The file of an embedded database, which lies in the client folder."""
    name = unquote(url.partition("://")[2].split("?")[0])
    base = (folder or Path()).resolve()
    path = (base / name).resolve()
    if folder is not None and not path.is_relative_to(base):
        raise TransactionsError(f"{place}: {name} lies outside the client folder; copy the file into it")
    if not path.is_file():
        raise TransactionsError(f"{place}: there is no file {name} in {base}; correct the name")
    return path


def _duckdb(url: str, place: str, folder: Path | None) -> Any:
    path = _file(url, place, folder)
    con = ibis.duckdb.connect(path, read_only=True, autoinstall_known_extensions=False)
    con.raw_sql("SET TimeZone = 'UTC'")
    con.raw_sql("SET enable_progress_bar = false")  # in a notebook it is a widget among the outputs
    ((open_to_all,),) = con.raw_sql("SELECT current_setting('enable_external_access')").fetchall()
    if folder is not None and open_to_all:  # a view may read files, but no others than the client's own
        room = str(folder.resolve()).replace("'", "''")
        con.raw_sql(f"SET allowed_directories = ['{room}']")
        con.raw_sql("SET enable_external_access = false")
    return con


def _sqlite(url: str, place: str, folder: Path | None) -> BaseBackend:
    import sqlite3

    path = _file(url, place, folder)
    con = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=SECONDS)
    con.execute("SELECT count(*) FROM sqlite_master")  # whether it is a database is only seen at the first question
    return ibis.sqlite.from_connection(con)


def _postgres(url: str, place: str, folder: Path | None) -> BaseBackend:
    import psycopg

    options = "-c default_transaction_read_only=on -c extra_float_digits=1"
    con = psycopg.connect(url, connect_timeout=SECONDS, options=options, autocommit=True)
    return ibis.postgres.from_connection(con)


def _spark(url: str, place: str, folder: Path | None) -> BaseBackend:
    import logging

    from pyspark.sql import SparkSession

    logging.getLogger("py4j").setLevel(logging.ERROR)
    where = url.partition("://")[2].strip("/")
    master = "local[*]" if where == "local" else url
    builder = SparkSession.builder.master(master).appName("crmworkbook")
    for name, value in _QUIETLY.items():
        builder = builder.config(name, value)
    session = SparkSession.getActiveSession() or builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return ibis.pyspark.connect(session)


def _rows(con: BaseBackend, table: str | None, query: str | None) -> Table:
    if query is not None:
        described = {"postgres": _postgres_schema, "duckdb": _duckdb_schema}.get(con.name)
        return con.sql(query, schema=described(con, query)) if described else con.sql(query)
    *schema, name = str(table).split(".")
    return con.table(name, database=tuple(schema) if len(schema) > 1 else schema[0] if schema else None)


def _postgres_schema(con: Any, query: str) -> Any:
    """Names and types of a query; Ibis would make a view to see them, and nothing is made here."""
    with con.con.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({query}) AS asked LIMIT 0")
        types = con.con.adapters.types
        found = {part.name: getattr(types.get(part.type_code), "name", "text") for part in cursor.description}
    return {name: con.compiler.type_mapper.from_string(kind) for name, kind in found.items()}


def _duckdb_schema(con: Any, query: str) -> Any:
    """Names and types of a query, as DuckDB itself describes it."""
    columns = con.raw_sql(f"DESCRIBE {query}").fetchall()
    return {name: con.compiler.type_mapper.from_string(kind) for name, kind, *_ in columns}


def _one_select(place: str, query: str, con: Any) -> str:
    """The query without what ends it, once it is seen to be one SELECT.

    Raises:
        TransactionsError: it is something else, or more than one.
    """
    import sqlglot
    from sqlglot import expressions as sg

    refused = TransactionsError(f"{place}: the query is not one SELECT; write a single SELECT and nothing after it")
    try:
        parsed = [part for part in sqlglot.parse(query, read=con.dialect) if part is not None]
    except sqlglot.errors.SqlglotError:
        raise TransactionsError(f"{place}: the query cannot be read; try it in the database first") from None
    changing = (sg.Insert, sg.Update, sg.Delete, sg.Merge, sg.Create, sg.Drop, sg.Alter, sg.Command, sg.Into, sg.Copy)
    if len(parsed) != 1 or not isinstance(parsed[0], sg.Query) or any(parsed[0].find_all(*changing)):
        raise refused
    return query.strip().rstrip(";").strip()


def _refuse_text(place: str, engine: str, types: Mapping[str, Any], roles: Mapping[str, str]) -> None:
    """Days and amounts as text are left to the query; SQLite, which has no dates, may hold 2025-12-31."""
    wrong = [role for role in ("amount", "cost", "margin") if role in types and not types[role].is_numeric()]
    text_days = engine == "sqlite" and types["date"].is_string()
    if not (types["date"].is_date() or types["date"].is_timestamp() or text_days):
        wrong.insert(0, "date")
    if wrong:
        role = wrong[0]
        kind, name = "DATE" if role == "date" else "DECIMAL(18, 4)", roles[role]
        asked = "an amount" if role == "amount" else f"a {role}"
        raise TransactionsError(
            f"{place}, column {name}: holds values of type {types[role]} where {asked} is asked; turn it into one in "
            f"the query, such as query: SELECT CAST({name} AS {kind}) AS {name}, …"
        )
