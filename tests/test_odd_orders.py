"""Orders as they really arrive: damaged by a spreadsheet, without a heading, in parts, made to do harm."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions import customer_table, read_orders
from crmworkbook.transactions.columns import find_columns
from crmworkbook.transactions.ledger_reading import read_ledger
from crmworkbook.transactions.waiting import reading_line

AS_OF = date(2025, 12, 31)
HEAD = "klant;datum;bedrag\n"


@pytest.fixture
def read(tmp_path: Path):
    """Reads orders of Bronmolen from the text of a CSV file."""

    def read(text: str | bytes, **how):
        path = tmp_path / "orders.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_orders(path, as_of=AS_OF, **how)

    return read


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """An Excel file with two orders, and a hidden sheet with what cells may choose from."""
    book = Workbook()
    for row in (["klant", "datum", "bedrag"], ["K1", date(2025, 2, 13), 5], ["K2", date(2025, 3, 1), 7]):
        book.active.append(row)
    choices = book.create_sheet("keuzes")
    choices.append(["web"])
    choices.sheet_state = "hidden"
    book.save(tmp_path / "orders.xlsx")
    return tmp_path / "orders.xlsx"


# Days


def test_days_are_read_however_they_are_written(read) -> None:
    """The same day in words, in one piece, with a short year beside a long one, and with every kind of clock behind."""
    words = ["3 okt. 2025", "3-okt-25", "3okt2025", "3rd of October 2025", "2025-Oct-3", "vr 3 oktober 2025 14u05"]
    clocks = ["2025-10-03T141509", "20251003141509", "2025-10-03 14.05", "2025-10-03T14:15:09.123+02:00"]
    for days in (words, clocks):
        orders = read(HEAD + "".join(f"K{place};{day};5,50\n" for place, day in enumerate(days)))
        assert orders.table.date.to_pyarrow().to_pylist() == [date(2025, 10, 3)] * len(days)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("K1;1735689600;5\n", r"column datum: none of the 1 values in it is a date; they look like '9999999999'"),
        ("K1;202501;5\n", r"they look like '999999'; write them as 2025-12-31"),
        ("K1;Jan Jansen;5\n", r"they look like 'xxx xxxxxx'"),
        ("K1;2025-01-13;vijf\n", r"column bedrag: none of the 1 values in it is a number; they look like 'xxxx'"),
        ("K1;;5\n", "column datum: nothing stands in it in any row"),
        ("K1;2025-01-13;\n", "column bedrag: nothing stands in it in any row; .* formulas, save it with Excel"),
    ],
)
def test_a_column_in_which_nothing_can_be_read_is_described_and_not_quoted(read, rows, message) -> None:
    """What a value looks like is enough to see what is wrong with it."""
    with pytest.raises(TransactionsError, match=message) as error:
        read(HEAD + rows)
    assert "Jansen" not in str(error.value)


# Numbers of customers and orders


def test_the_same_number_is_one_customer_whatever_a_program_put_around_it(read) -> None:
    """Pandas writes 123.0 in a column with gaps, a webshop ="0012", a web page a space that nobody sees."""
    orders = read(HEAD + '123.0;13-01-2025;5\n123;14-01-2025;5\n="0012";15-01-2025;5\n0012\u200b;16-01-2025;="5,5"\n')
    table = customer_table(orders).set_index("customer")
    assert table.revenue.to_dict() == {"123": 10.0, "0012": 10.5}


def test_who_is_not_known_is_no_customer(read) -> None:
    """All the orders of nobody would otherwise be those of the best customer."""
    unknown = ["-", "?", "onbekend", "Unknown", "(leeg)", "#VERW!", "#REF!", "n.v.t."]
    orders = read(HEAD + "".join(f"{name};13-01-2025;5\n" for name in ["K1", "Onbekendt BV", *unknown]))
    assert (orders.quality.customers, orders.quality.left_out["no_customer"].count) == (2, len(unknown))
    assert orders.quality.rows_read == orders.quality.rows_used + len(unknown)


def test_numbers_rounded_by_a_spreadsheet_are_refused(read) -> None:
    """8712345678901 and 8712345678905 both became 8,71235E+12."""
    with pytest.raises(TransactionsError, match=r"line 3, column klant: in 2 rows a number written as 9,99999E\+12"):
        read(HEAD + "K1;13-01-2025;5\n8,71235E+12;13-01-2025;5\n8,71235E+12;14-01-2025;5\n")


# The heading


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["klant;datum;bedrag"], "Everything stands in one column; part it by semicolons"),
        (["klant     datum       bedrag"], "Everything stands in one column"),
        (["K1", "31-12-2024", "10,50"], "put a row with the names of the columns above the others"),
        (["klant", "datum", "bedrag", "bedrag"], "'bedrag' stands there twice; give one of the two another name"),
        (["klant", "datum", "debet", "credit"], "Make one column amount of debet, credit"),
        (["klant", "datum", "waardering"], r"Map it, such as columns: \{amount: waardering\}"),
        (["klant", "datum", "\x1b[31mrood"], "there are klant, datum, �\\[31mrood"),
    ],
)
def test_columns_that_are_not_found_say_what_to_do_about_these(names, message) -> None:
    """The remedy fits what is there, quotes no cell and does nothing to the screen."""
    with pytest.raises(TransactionsError, match=message) as error:
        find_columns("orders.csv", names, {})
    assert "K1" not in str(error.value)
    assert "\x1b" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEAD.encode("utf-32"), "this is UTF-32"),
        (b"[\n  {", "a JSON file"),
        (rb"{\rtf1 klant", "a text document; save its table as Excel"),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00", "an Excel file of before 2007"),
        (
            HEAD.encode() + b"K0000000000001;13-01-2025;5\n" * 50 + b"\0\n",
            "line 52: characters that",
        ),
    ],
)
def test_what_is_no_table_is_named(read, content, message) -> None:
    """Also where it begins as one."""
    with pytest.raises(TransactionsError, match=message):
        read(content)


# Excel


def test_a_hidden_sheet_is_not_read_unless_it_is_named(book: Path) -> None:
    """Lists to choose from stand on hidden sheets, and nobody knows of them."""
    assert read_orders(book, as_of=AS_OF).quality.rows_used == 2
    with pytest.raises(TransactionsError, match="no column found for customer, date, amount; there are web"):
        read_orders(book, as_of=AS_OF, sheet="keuzes")


def rewritten(book: Path, part: str, change) -> Path:
    """*book* with *change* made to one of its parts."""
    with zipfile.ZipFile(book) as parts:
        contents = {name: parts.read(name) for name in parts.namelist()}
    contents[part] = change(contents[part])
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, content in contents.items():
            parts.writestr(name, content)
    return book


@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/worksheets/sheet1.xml"])
def test_a_bomb_within_the_size_of_a_workbook_is_refused_unread(book: Path, part: str) -> None:
    """A hundred megabytes of the same few letters in a file of a tenth of one would take all memory as a tree."""
    path = rewritten(book, part, lambda content: content + b"<c/>" * 27_000_000)
    assert path.stat().st_size < 200_000
    with pytest.raises(TransactionsError, match=r"this Excel file unpacks to 0\.1 GB"):
        read_orders(path, as_of=AS_OF)


def test_a_row_numbered_two_billion_is_not_counted_up_to(book: Path) -> None:
    """A sheet ends at row 1,048,576."""
    row = b'<row r="2000000000"><c r="A2000000000"><v>1</v></c></row></sheetData>'
    path = rewritten(book, "xl/worksheets/sheet1.xml", lambda sheet: sheet.replace(b"</sheetData>", row))
    with pytest.raises(TransactionsError, match="rows beyond 1048576"):
        read_orders(path, as_of=AS_OF)


# Parquet


def test_parquet_as_pandas_and_engines_write_it(tmp_path: Path) -> None:
    """Moments to the billionth of a second with a zone, a column without any value, a folder of parts by year."""
    for year in (2024, 2025):
        moments = pa.array([datetime(year, 5, 1, 12, tzinfo=UTC)], pa.timestamp("ns", tz="Europe/Amsterdam"))
        folder = tmp_path / "orders" / f"jaar={year}"
        folder.mkdir(parents=True)
        columns = {"klant": ["K1"], "datum": moments, "bedrag": [5.5], "ordernr": pa.nulls(1)}
        pq.write_table(pa.table(columns), folder / "part-0.parquet")
        (folder / "_metadata.parquet").write_bytes(b"no rows")
    orders = read_orders(tmp_path / "orders", as_of=AS_OF)
    assert orders.quality.rows_used == 2
    assert customer_table(orders).revenue.tolist() == [11.0]
    assert orders.quality.first == date(2024, 5, 1)


def test_days_as_numbers_with_gaps_are_days(tmp_path: Path) -> None:
    """A gap makes numbers of pandas floating, and is itself a number that is none."""
    path = tmp_path / "orders.parquet"
    days = pa.array([45657.0, 45658.0, float("nan"), float("nan")])
    pq.write_table(pa.table({"klant": ["K1", "K2", "K3", "K4"], "datum": days, "bedrag": [1, 2, 3, 4]}), path)
    orders = read_orders(path, as_of=AS_OF)
    assert (orders.date_format, orders.quality.left_out["no_date"].count) == ("excel", 2)


# Databases


def test_a_query_on_a_duckdb_file_reads_no_other_file_of_the_machine(tmp_path: Path) -> None:
    """A query gives what its SELECT says, from the client folder alone, and a message quotes no row."""
    with duckdb.connect(tmp_path / "orders.duckdb") as con:
        con.sql("CREATE TABLE o AS SELECT 'K1' AS klant, DATE '2025-01-13' AS datum, 5.5 AS bedrag, 'Jansen' AS naam")

    def asked(query: str):
        return read_orders("duckdb://orders.duckdb", as_of=AS_OF, query=query, folder=tmp_path)

    assert asked("WITH x AS (SELECT * FROM o) SELECT klant, datum, bedrag FROM x").quality.amount == 5.5
    assert asked("SELECT * FROM o").quality.rows_used == 1
    with pytest.raises(TransactionsError, match="Cannot access file"):
        asked("SELECT * FROM read_csv('/etc/passwd')")
    with pytest.raises(TransactionsError) as error:
        asked("SELECT klant, datum, CAST(naam AS DECIMAL) AS bedrag FROM o")
    assert "Jansen" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://web.example/orders.csv", "this is no database; put the file in the client folder"),
        ("oracel://me:secret@host/orders", "begin with duckdb://, sqlite://, postgresql:// or spark://"),
    ],
)
def test_an_address_that_is_no_database_says_what_to_write(url: str, message: str) -> None:
    """And never the password that stood in it."""
    with pytest.raises(TransactionsError, match=re.escape(message)) as error:
        read_orders(url, as_of=AS_OF, table="orders")
    assert "secret" not in str(error.value)


# Waiting


def test_a_report_says_what_it_reads() -> None:
    """In the language of the client; a share, or a number of rows where the size is not known beforehand."""
    assert reading_line("orders.csv", 0.45, "nl") == "Orders.csv lezen: 45%"
    assert reading_line("orders.xlsx", 20_000, "en") == "reading orders.xlsx: 20,000 rows"
    assert reading_line("orders", None, "en") == "reading orders"


def test_a_long_query_leaves_nothing_among_the_outputs_of_a_notebook() -> None:
    """Where Python is used by hand, as a kernel does, DuckDB shows its own progress unless told not to."""
    code = (
        "from crmworkbook.transactions.orders import _connect\n"
        "print(*_connect().raw_sql(\"SELECT current_setting('enable_progress_bar')\").fetchone())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# The cost ledger


@pytest.mark.parametrize("kind", ["excel", "utf-16", "rows", "parquet"])
def test_a_ledger_is_read_as_orders_are(tmp_path: Path, kind: str) -> None:
    """A title above the heading, numbers of customers as numbers, whatever the file is called."""
    path = tmp_path / "ledger.csv"
    source = path
    if kind == "excel":
        book = Workbook()
        for row in (["Kosten 2025"], [], ["klantnr", "werving", "bediening"], [123, 10.5, 2], [456, 1000, None]):
            book.active.append(row)
        book.save(path)
    elif kind == "utf-16":
        path.write_text("Kosten 2025\n\nklantnr|werving|bediening\n123.0|10,50|2\n456|€ 1.000|\n", encoding="utf-16")
    elif kind == "parquet":
        costs = {"werving": [10.5, 1000.0], "bediening": [2.0, None], "behoud": pa.nulls(2)}
        pq.write_table(pa.table({"klantnr": [123, 456], **costs}), path)
    else:
        source = [{"klantnr": 123, "werving": 10.5, "bediening": 2.0}, {"klantnr": 456.0, "werving": 1000}]
    entries = read_ledger(source, as_of=AS_OF).entries.to_pyarrow().to_pylist()
    found = {(row["customer"], row["kind"]): float(row["amount"]) for row in entries}
    assert found == {("123", "acquisition"): 10.5, ("123", "service"): 2.0, ("456", "acquisition"): 1000.0}


def test_a_ledger_may_be_as_long_as_orders(tmp_path: Path) -> None:
    """A posting for every parcel that was sent."""
    path = tmp_path / "ledger.csv"
    path.write_text("klant;soort;bedrag\n" + "K1;bediening;4,50\n" * 210_000, encoding="utf-8")
    assert read_ledger(path, as_of=AS_OF).entries.count().to_pyarrow().as_py() == 210_000
