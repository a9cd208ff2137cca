"""Orders as clients deliver them, and one row per customer."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from importlib.metadata import files
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions import (
    REASONS,
    Activity,
    activity,
    customer_table,
    customers,
    order_days,
    read_orders,
)
from crmworkbook.transactions.columns import find_columns

pytestmark = pytest.mark.slow  # reads real files in all dresses

AS_OF = date(2025, 12, 31)

DUTCH = """klantnummer;factuurdatum;omschrijving;bedrag
K001;31-12-2024;Koffiebonen;€ 1.234,50
K001;15-02-2025;Café crème;100,00
K002;28-02-2025;Onderhoud;€ 12,-
K002;01-03-2025;Creditnota;-2,00
"""


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.fixture
def orders_file(tmp_path):
    """Writes an orders file of Bronmolen and gives its path."""
    return lambda text, encoding="utf-8", name="orders.csv": write(tmp_path / name, text, encoding)


def check_dutch(orders) -> None:
    """The four rows of DUTCH, whatever the dress."""
    rows = orders.table.select("customer", "date", "amount").order_by("date").to_pyarrow().to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("K001", date(2024, 12, 31), 1234.5),
        ("K001", date(2025, 2, 15), 100.0),
        ("K002", date(2025, 2, 28), 12.0),
        ("K002", date(2025, 3, 1), -2.0),
    ]
    assert (orders.quality.rows_used, orders.quality.amount) == (4, 1344.5)


# The dresses a file comes in


@pytest.mark.parametrize(
    ("encoding", "separator", "line_end", "name"),
    [
        ("utf-8-sig", ",", "\r\n", "orders [2025]*?.csv"),
        ("utf-16", "\t", "\r\n", "orders.csv"),
        ("utf-16-be", ";", "\r", "orders.txt"),
        ("cp1252", ";", "mixed", "orders.csv"),
    ],
)
def test_every_dress_gives_the_same_customers(orders_file, encoding, separator, line_end, name):
    """Excel writes BOM or UTF-16, old bookkeeping Windows-1252; glued files have two kinds of line end."""
    quoted = [[f'"{cell}"' if separator == "," else cell for cell in row.split(";")] for row in DUTCH.splitlines()]
    text = "".join(f"{separator.join(row)}\n" for row in quoted)
    text = text.replace("\n", "\r\n", 2) if line_end == "mixed" else text.replace("\n", line_end)
    check_dutch(read_orders(orders_file(text, encoding, name), as_of=AS_OF))


@pytest.mark.parametrize(
    ("date_format", "written"),
    [
        ("dmy", ["31-12-2025", "01-02-2025", "1/2/2025", "01.02.2025 14:05"]),
        ("mdy", ["12/31/2025 2:05 PM", "02/01/2025", "2/1/2025 11:00 AM", "2-1-2025"]),
        ("ymd", ["2025-12-31T23:59:59Z", "20250201", "2025/2/1", " 2025-02-01 "]),
    ],
)
def test_one_date_order_is_read_for_the_whole_column(orders_file, date_format, written):
    """One day over 12 settles how 01-02-2025 is meant, whatever stands between the numbers."""
    rows = "".join(f"K{number};{day};1\n" for number, day in enumerate(written))
    orders = read_orders(orders_file(f"klant;datum;bedrag\n{rows}"), as_of=AS_OF)
    assert orders.date_format == date_format
    assert days_of(orders) == [date(2025, 12, 31), *[date(2025, 2, 1)] * 3]


def test_a_date_order_in_doubt_is_asked_for(orders_file):
    """Without a day over 12 nobody can know, and a wrong guess moves every recency."""
    path = orders_file("klant;datum;bedrag\nK1;01-02-2025;5\nK2;03-04-2025;6\n")
    with pytest.raises(TransactionsError, match=r"column datum: .*date_format"):
        read_orders(path, as_of=AS_OF)
    assert read_orders(path, as_of=AS_OF, date_format="dmy").quality.last == date(2025, 4, 3)


def days_of(orders) -> list[date]:
    """The days as read, in order of customer."""
    return orders.table.order_by("customer").date.to_pyarrow().to_pylist()


@pytest.mark.parametrize("second", ["12/31/2025", "2025-12-31"])
def test_two_date_orders_in_one_column_are_asked_for(orders_file, second):
    """A spreadsheet that turned half the days round must not pass."""
    path = orders_file(f"klant;datum;bedrag\nK1;31-12-2025;5\nK2;{second};6\n")
    with pytest.raises(TransactionsError, match="date_format"):
        read_orders(path, as_of=AS_OF)


def test_one_slip_among_many_dates_is_counted_and_not_a_reason_to_stop(orders_file):
    """A single 12-13-2025 among two hundred Dutch dates is a typing error."""
    rows = "".join(f"K{number};{1 + number % 28:02}-12-2025;5\n" for number in range(200))
    orders = read_orders(orders_file(f"klant;datum;bedrag\n{rows}K1;12-13-2025;5\n"), as_of=AS_OF)
    assert orders.date_format == "dmy"
    assert orders.quality.left_out["no_date"].lines == (202,)


COMMA = {
    "1.234,50": 1234.5,
    "12,5": 12.5,
    "7": 7,
    "€ 1.234,50": 1234.5,
    "EUR 12,50": 12.5,
    "7 euro": 7,
    "1 234,50": 1234.5,
    "1\u00a0000": 1000,
    "€ 12,-": 12,
    "12,50-": -12.5,
    "(0,50)": -0.5,
    "-€ 12,50": -12.5,
    "− 0,50": -0.5,
    "€ -1,00": -1,
    "1.234.567": 1234567,
    "-3": -3,
    "0": 0,
}
POINT = {"1,234.50": 1234.5, "1'234.50": 1234.5, "1’000": 1000, ".50": 0.5, "+12.50": 12.5, "1,000,000": 1e6}


@pytest.mark.parametrize(("decimal", "amounts"), [(",", COMMA), (".", POINT)])
def test_amounts_are_read_as_they_are_written(orders_file, decimal, amounts):
    """Thousands marks, euro signs, a minus behind and brackets all occur in Dutch exports."""
    rows = "".join(f"K{number:02};2025-06-30;{amount}\n" for number, amount in enumerate(amounts))
    orders = read_orders(orders_file(f"klant;datum;bedrag\n{rows}"), as_of=AS_OF)
    assert orders.decimal == decimal
    read = orders.table.order_by("customer").amount.to_pyarrow().to_pylist()
    assert dict(zip(amounts, read, strict=True)) == amounts


def test_a_decimal_sign_in_doubt_is_asked_for(orders_file):
    """1.234 is a thousand in Utrecht and one and a bit in London; 12,50 beside 12.50 is both."""
    path = orders_file("klant;datum;bedrag\nK1;2025-06-30;1.234\nK1;2025-06-30;950\n")
    with pytest.raises(TransactionsError, match=r"column bedrag: .*decimal"):
        read_orders(path, as_of=AS_OF)
    assert read_orders(path, as_of=AS_OF, decimal=",").quality.amount == 2184.0
    path = orders_file("klant;datum;bedrag\nK1;2025-06-30;12,50\nK1;2025-06-30;12.50\n")
    with pytest.raises(TransactionsError, match=r"column bedrag: 1 values fit only ',', 1 only '.'"):
        read_orders(path, as_of=AS_OF)


def test_quotes_line_breaks_and_short_lines_do_no_harm(orders_file):
    """Excel may write sep=; on top, descriptions hold anything, a total at the foot has few fields."""
    text = (
        'sep=;\n"klant";datum;"bedrag\n(euro)";tekst\nK1;31-12-2024;5,5;"twee\nregels; ""en"" een ;"\n'
        'K2;31-12-2024;6;Café "De Kroeg"\n\n;;;\nTotaal;11,5\n'
    )
    quality = read_orders(orders_file(text), as_of=AS_OF).quality
    assert (quality.rows_read, quality.rows_used, quality.amount) == (3, 2, 11.5)
    assert quality.left_out["no_date"].lines == (7,)


def test_a_quotation_mark_that_is_never_closed_swallows_no_row_in_silence(orders_file):
    """Not even where other fields have line breaks with reason."""
    path = orders_file('klant;datum;bedrag;tekst\nK1;31-12-2024;5;"a\nb"\nK2;31-12-2024;6;"c\nK3;31-12-2024;7;d\n')
    with pytest.raises(TransactionsError, match=r"line 3: a quotation mark"):
        read_orders(path, as_of=AS_OF)


def write_sheet(path: Path, rows: list[list[object]], *others: str) -> Path:
    book = Workbook()
    book.active.title = "Orders"
    for row in rows:
        book.active.append(row)
    for name in others:
        book.create_sheet(name).append(["iets"])
    book.save(path)
    return path


SHEET = [
    ["Klantnr.", "Factuurdatum", "Omschrijving", "Bedrag (€)"],
    ["K001", datetime(2024, 12, 31, 9, 30), "Koffiebonen", 1234.5],
    ["K001", datetime(2025, 2, 15), "Café crème", 100],
    ["K002", date(2025, 2, 28), "Onderhoud", "€ 12,-"],
    ["K002", date(2025, 3, 1), "Creditnota", -2.0],
]


def test_an_excel_sheet_is_named_when_there_are_several(tmp_path):
    """Cells hold dates and numbers, and here and there text; the wrong sheet must not be read in silence."""
    path = write_sheet(tmp_path / "orders.xlsx", SHEET, "Toelichting")
    with pytest.raises(TransactionsError, match="several sheets have content; name one of Orders, Toelichting"):
        read_orders(path, as_of=AS_OF)
    with pytest.raises(TransactionsError, match="no sheet 'Omzet'; there are Orders, Toelichting"):
        read_orders(path, as_of=AS_OF, sheet="Omzet")
    check_dutch(read_orders(path, as_of=AS_OF, sheet="Orders"))


def test_excel_counts_the_rows_that_a_reader_sees(tmp_path):
    """Row numbers are those of the sheet, with blank rows, numeric customers and yyyymmdd as a number."""
    rows = [["klant", "datum", "bedrag"], [17.0, 20251231, 5], [], [None, 20251231, 5], [18, "geen", 5]]
    quality = read_orders(write_sheet(tmp_path / "orders.xlsx", rows), as_of=AS_OF).quality
    assert (quality.rows_read, quality.rows_used) == (3, 1)
    assert quality.left_out["no_customer"].lines == (4,)
    assert quality.left_out["no_date"].lines == (5,)


def test_half_turned_dates_in_excel_are_asked_for(tmp_path):
    """Excel makes 2 January of 01/02/2025 and leaves 02/13/2025 as text: the known way to ruin an export."""
    rows = [["klant", "datum", "bedrag"], ["K1", date(2025, 2, 1), 5], ["K2", "02/13/2025", 5]]
    with pytest.raises(TransactionsError, match="date_format"):
        read_orders(write_sheet(tmp_path / "orders.xlsx", rows), as_of=AS_OF)


def test_a_parquet_file_gives_the_same_customers(tmp_path):
    """A warehouse delivers types, here with whole numbers that a gap made floating."""
    table = pa.table(
        {
            "customer_id": pa.array([1.0, 1.0, 2.0, 2.0, None]),
            "order_date": pa.array([datetime(2024, 12, 31, 9), *[datetime(2025, 2, 15)] * 4]),
            "amount_eur": pa.array([1234.5, 100, 12, float("nan"), 3]),
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    orders = read_orders(tmp_path / "orders.parquet", as_of=AS_OF)
    assert customer_table(orders).customer.tolist() == ["1", "2"]
    assert customer_table(orders).revenue.tolist() == [1334.5, 12.0]
    assert {reason: out.count for reason, out in orders.quality.left_out.items() if out.count} == {
        "no_customer": 1,
        "not_a_number": 1,
    }
    assert (orders.date_format, orders.decimal) == ("", "")


def test_a_parquet_file_with_text_is_read_as_text(tmp_path):
    """An export from a spreadsheet stays text in Parquet, and a day may be a whole number."""
    table = pa.table({"klant": ["K1", ""], "datum": [20251231, 20250201], "omzet": ["1.234,50", "2"], "line": [7, 8]})
    pq.write_table(table, tmp_path / "orders.parquet")
    orders = read_orders(tmp_path / "orders.parquet", as_of=AS_OF, columns={"customer": "klant"})
    assert orders.quality.amount == 1234.5
    assert orders.quality.left_out["no_customer"].lines == (2,)
    assert orders.quality.last == date(2025, 12, 31)


# Which column is which


@pytest.mark.parametrize(
    "heading",
    [
        "Customer ID;invoice date;Dollar_Value;Order",
        "Debiteur;Orderdatum;Bedrag excl. btw (€);Factuurnr.",
        "customer_id;order_date;amount_eur;order_id",
        "Relatienummer;Datum;Omzet;Ordernummer",
    ],
)
def test_usual_names_are_found(heading):
    """A bookkeeping export is read without a mapping."""
    names = heading.split(";")
    roles = ("customer", "date", "amount", "order")
    assert find_columns(Path("orders.csv"), names, {}) == dict(zip(roles, names, strict=True))


def test_a_number_goes_before_a_name():
    """Two customers may have the same name, or one customer two."""
    found = find_columns(Path("orders.csv"), ["Relatie", "Relatienummer", "Datum", "Bedrag"], {})
    assert found["customer"] == "Relatienummer"


def test_own_names_are_mapped():
    """Names are matched without regard to capitals; what is not mapped is looked for."""
    mapping = {"customer": "WIE", "amount": "omzet"}
    found = find_columns(Path("orders.csv"), ["wie", "datum", "bedrag", "omzet"], mapping)
    assert found == {"customer": "wie", "date": "datum", "amount": "omzet"}


@pytest.mark.parametrize(
    ("heading", "columns", "message"),
    [
        ("wie;datum;bedrag", {}, "no column found for customer; there are wie, datum, bedrag.*columns: "),
        ("klant;datum;bedrag", {"customer": "naam"}, "no column 'naam' for customer; there are klant, datum"),
        ("klant;datum;bedrag", {"client": "klant"}, "client is no role"),
        ("klant;orderdatum;factuurdatum;bedrag", {}, "orderdatum, factuurdatum could each be the date"),
        ("klant;datum;bedrag;bedrag", {"amount": "bedrag"}, "'bedrag' stands there twice"),
        ("klant;datum;bedrag", {"customer": "klant", "order": "klant"}, "'klant' .* is used twice"),
    ],
)
def test_a_column_in_doubt_is_asked_for(heading, columns, message):
    """The message lists what the file has, so that the mapping can be written at once."""
    with pytest.raises(TransactionsError, match=message):
        find_columns(Path("orders.csv"), heading.split(";"), columns)


# What is left out


FAULTY = """klant;datum;bedrag;factuurnummer;product
K1;30-06-2025;10,00;F1;bonen
K1;30-06-2025;10,00;F1;bonen
K1;30-06-2025;10,00;F1;filters
;30-06-2025;10,00;F2;bonen
 n/a ;30-06-2025;10,00;F2;bonen
K2;;10,00;F3;bonen
K2;31-02-2025;10,00;F3;bonen
K2;30-06-0025;10,00;F3;bonen
K2;30-06-2025;tien;F4;bonen
K2;30-06-2025;;F4;bonen
K2;30-06-2025;10.00;F4;bonen
K2;30-06-2025;1e999;F4;bonen
K2;01-01-2026;10,00;F5;bonen
K3;30-06-2025;-5,00;F6;bonen
K1;01-07-2025;-4,00;F7;bonen
K4;01-07-2025;9,00;;bonen
K4;01-07-2025;9,00;;bonen
"""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """Orders with one of each fault."""
    path = write(tmp_path_factory.mktemp("faulty") / "orders.csv", FAULTY.replace("K1", "Jansen"))
    return read_orders(path, as_of=AS_OF, decimal=",")


def test_every_row_left_out_is_counted_by_reason(faulty):
    """The counts add up, with line numbers to look at; equal rows without an order number stay."""
    quality = faulty.quality
    found = {reason: (out.count, out.lines) for reason, out in quality.left_out.items()}
    assert found == {
        "no_customer": (2, (5, 6)),
        "no_date": (3, (7, 8, 9)),
        "not_a_number": (4, (10, 11, 12)),
        "other_currency": (0, ()),
        "after_as_of": (1, (14,)),
        "duplicate": (1, (3,)),
    }
    assert tuple(quality.left_out) == REASONS
    assert quality.rows_read == 17
    assert quality.rows_used + sum(out.count for out in quality.left_out.values()) == quality.rows_read


def test_returns_are_counted_and_a_customer_with_only_returns_is_named_as_such(faulty):
    """Money adds up: what the customer table has, and what the customers with only returns have."""
    quality, table = faulty.quality, customer_table(faulty)
    assert (quality.returns, quality.returns_amount) == (2, -9.0)
    assert (quality.customers, quality.customers_only_returns, quality.only_returns_amount) == (3, 1, -5.0)
    assert table.customer.tolist() == ["Jansen", "K4"]
    assert table.revenue.sum() + quality.only_returns_amount == quality.amount == 29.0


def test_no_count_or_message_shows_a_personal_value(faulty, orders_file):
    """The quality goes into the report, and errors into logs."""
    assert "Jansen" not in repr(faulty)
    path = orders_file(FAULTY.replace("K1", "Jansen").replace("tien;F4;bonen", 'Jansen;F4;"bonen'))
    with pytest.raises(TransactionsError) as error:
        read_orders(path, as_of=AS_OF)
    assert "line 10" in str(error.value)
    assert "Jansen" not in str(error.value)


# What cannot be read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"orders\.csv: the file is empty"),
        ("\n\n", r"orders\.csv: the file is empty"),
        ("klant;datum;bedrag\n\n;;\n", "columns, and no orders in them"),
        ("klant;datum;bedrag\nK1;gisteren;5\nK2;;x\n", r"none of the 1 values in it is a date; .* like 'xxxxxxxx'"),
        (
            "klant;datum;bedrag\nK1;2026-01-02;5\n",
            r"as_of 2025-12-31 is before the first order \(2026-01-02\)",
        ),
        (
            'klant;datum;bedrag\nK1;2025-06-30;5\nK2;"2025-06-30;5\nK3;2025-06-30;5\n',
            r"line 3: a quotation mark",
        ),
        (
            "klant,datum,bedrag\nK1,2025-06-30,5\nK1,2025-06-30,12,50\n",
            "line 3: more fields than the heading",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_what_to_do(orders_file, text, message):
    """An export is repaired in a minute when the message names the place."""
    with pytest.raises(TransactionsError, match=message):
        read_orders(orders_file(text), as_of=AS_OF)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("orders.xlsx", b"PK\x03\x04 not a workbook", "cannot be read as an Excel file"),
        ("orders.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "of before 2007"),
        ("orders.parquet", b"PAR1 not a table PAR1", "this Parquet file is damaged"),
        ("orders.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not a text file"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, name, content, message):
    """Whatever the name says, the content decides."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TransactionsError, match=message):
        read_orders(tmp_path / name, as_of=AS_OF)


def test_a_missing_file_and_unknown_settings_are_named(tmp_path, orders_file):
    """Settings come from client.yaml, where people make slips."""
    with pytest.raises(TransactionsError, match="no such file"):
        read_orders(tmp_path / "none.csv", as_of=AS_OF)
    with pytest.raises(TransactionsError, match="date_format: 'dd-mm' is unknown"):
        read_orders(orders_file(DUTCH), as_of=AS_OF, date_format="dd-mm")
    with pytest.raises(TransactionsError, match="decimal: ';' is no decimal sign"):
        read_orders(orders_file(DUTCH), as_of=AS_OF, decimal=";")


# One row per customer


RETURNS = """klant;datum;bedrag
K1;2025-01-10;100
K1;2025-01-10;50
K1;2025-03-01;80
K1;2025-03-01;-80
K1;2025-11-01;-20
K2;2025-05-01;0
K2;2025-05-01;0
"""


@pytest.fixture(scope="module")
def returns(tmp_path_factory):
    """Orders of which some came back."""
    return read_orders(write(tmp_path_factory.mktemp("returns") / "orders.csv", RETURNS), as_of=AS_OF)


def test_returns_are_netted_and_make_no_order_day(returns):
    """K1 bought on one day that stood: the March order was undone and the November row is a credit note."""
    first, second = customer_table(returns).to_dict("records")
    assert pd.isna(first.pop("repeat_spend"))
    assert first == {
        "customer": "K1",
        "first_order": pd.Timestamp(2025, 1, 10),
        "last_order": pd.Timestamp(2025, 1, 10),
        "order_days": 1,
        "orders": 2,
        "revenue": 130.0,
        "recency_days": 355,
        "tenure_days": 355,
        "average_spend": 130.0,
        "repeat_days": 0,
    }
    assert (second["order_days"], second["revenue"]) == (1, 0.0)


def test_equal_rows_without_an_order_number_are_kept_and_counted(returns):
    """Two coffees at the same price on one day are two coffees; an import done twice shows in the count."""
    quality = returns.quality
    assert (quality.rows_used, quality.identical_kept, quality.same_day_collapsed) == (7, 1, 3)
    assert quality.left_out["duplicate"].count == 0


def test_an_earlier_day_of_reference_ignores_all_that_came_later(returns, orders_file):
    """The table as of June is the same whether or not the file already holds November."""
    june = customer_table(returns, date(2025, 6, 30))
    assert june.revenue.tolist() == [150.0, 0.0]
    assert june.recency_days.tolist() == [171, 60]
    read_then = read_orders(orders_file(RETURNS), as_of=date(2025, 6, 30), decimal=".")
    pd.testing.assert_frame_equal(june, customer_table(read_then))


def test_a_later_day_of_reference_needs_the_file_again(returns):
    """Rows after the first as_of were left out, and a table without them would be wrong."""
    with pytest.raises(TransactionsError, match="read them again for a later day"):
        customer_table(returns, date(2026, 1, 1))


def test_tables_stay_expressions_until_they_are_asked_for(returns):
    """Whoever continues on the engine gets expressions, with the same columns as the frame."""
    assert list(customers(returns).columns) == list(customer_table(returns).columns)
    days = order_days(returns)
    assert days.filter(days.is_order_day).count().to_pyarrow().as_py() == 2


YEARS = """klant;datum;bedrag
K1;2023-12-31;10
K1;2024-01-01;20
K1;2025-12-31;30
K2;2024-06-01;40
K2;2025-06-01;-5
K3;2025-02-01;50
K4;2021-05-05;60
"""


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """Orders over five calendar years."""
    return read_orders(write(tmp_path_factory.mktemp("years") / "orders.csv", YEARS), as_of=AS_OF)


def test_activity_counts_who_came_back(years):
    """Of K1 and K2, who bought in 2024, only K1 bought in 2025; a credit note is no purchase."""
    found = activity(years)
    assert (found.customers_year_before, found.customers_again, found.customers_last_year) == (2, 1, 2)
    assert found.revenue_last_year == 75.0


def test_years_run_to_the_day_of_reference(years):
    """On 30 June the last year began on 1 July; from a 29 February the year before ends on the 28th."""
    assert activity(years, date(2025, 6, 30)) == Activity(2, 0, 1, 45.0)
    assert activity(years, date(2024, 2, 29)) == Activity(0, 0, 1, 30.0)
    assert activity(years, date(2020, 2, 29)) == Activity(0, 0, 0, 0.0)


# Properties, and real orders


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["K1", "K2", "K3"]),
        st.dates(date(2024, 12, 20), date(2025, 1, 10)),
        st.integers(-5_000, 100_000),
    ),
    min_size=20,
    max_size=60,
)


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ORDERS, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_split_orders_change_a_customer(orders_file, rows, random):
    """An order of 10 euro booked as 3 and 7 on the same day is the same order day, to the cent."""
    rows = [("K1", date(2025, 1, 1), 100), *rows]  # something was sold
    whole = [(f"whole {who}", day, cents) for who, day, cents in rows]
    parts = [(f"parts {who}", day, cents // 3) for who, day, cents in rows]
    parts += [(f"parts {who}", day, cents - cents // 3) for who, day, cents in rows]
    mixed = random.sample([*whole, *parts], k=3 * len(rows))
    lines = "".join(f"{who};{day};{cents / 100:.2f}\n" for who, day, cents in mixed)
    table = customer_table(read_orders(orders_file(f"klant;datum;bedrag\n{lines}"), as_of=AS_OF, decimal="."))
    kind, who = table.customer.str[:5], table.customer.str[6:]
    same = table.assign(customer=who).drop(columns="orders")  # rows, where there are no numbers
    tables = [same[kind == one].reset_index(drop=True) for one in ("whole", "parts")]
    pd.testing.assert_frame_equal(*tables)


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory):
    """One in ten customers of the CDNOW log of Fader and Hardie, as the lifetimes distribution ships it."""
    shipped = next(file for file in files("lifetimes") if file.name == "CDNOW_sample.txt")
    rows = [line.split() for line in Path(shipped.locate()).read_text().splitlines()]
    text = "\n".join(",".join(row) for row in [["customer_id", "id", "date", "cds", "dollar_value"], *rows])
    path = write(tmp_path_factory.mktemp("cdnow") / "cdnow.csv", text)
    return read_orders(path, as_of=date(1998, 6, 30)), sum(float(row[4]) for row in rows)


def test_the_cdnow_log_is_read_whole(cdnow):
    """Published counts: 6,919 rows, 2,357 customers, 6,696 customer-days, January 1997 to June 1998."""
    orders, total = cdnow
    quality = orders.quality
    assert (quality.rows_read, quality.rows_used, quality.customers) == (6919, 6919, 2357)
    assert quality.rows_used - quality.same_day_collapsed == 6696
    assert (quality.first, quality.last) == (date(1997, 1, 1), date(1998, 6, 30))
    assert quality.amount == pytest.approx(total, abs=0.005)


def test_the_cdnow_customers_are_those_of_fader_and_hardie(cdnow):
    """Through 30 September 1997 the log holds 2,457 repeat customer-days of 946 repeat customers."""
    orders, total = cdnow
    calibration = customer_table(orders, date(1997, 9, 30))
    repeats = calibration.order_days - 1
    assert (len(calibration), repeats.sum(), (repeats > 0).sum()) == (2357, 2457, 946)
    table = customer_table(orders)
    assert table.order_days.sum() == 6696
    assert table.revenue.sum() == pytest.approx(total, abs=0.005)
    assert table.customer.is_monotonic_increasing


def test_the_bookkeeping_export_of_the_demo_gives_the_same_customers():
    """In Dutch dress, with credit notes, copies and lines without customer, it needs no mapping."""
    demo = Path(__file__).parent.parent / "data" / "demo"
    own = read_orders(demo / "orders.csv", as_of=AS_OF)
    export = read_orders(demo / "orders_export.csv", as_of=AS_OF)
    pd.testing.assert_frame_equal(customer_table(export), customer_table(own))
    left_out = {reason: out.count for reason, out in export.quality.left_out.items() if out.count}
    assert left_out == {"no_customer": 25, "duplicate": 30}


def test_importing_the_module_does_not_load_the_engine():
    """Every command imports it, and Ibis with DuckDB and pandas takes a second."""
    heavy = {"ibis", "duckdb", "pandas", "pyarrow", "openpyxl"}
    code = f"import sys, crmworkbook.transactions; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
