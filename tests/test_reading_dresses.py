"""Orders in every dress that bookkeeping, webshops and spreadsheets give them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions import customer_table, read_orders
from crmworkbook.transactions.columns import find_columns

pytestmark = pytest.mark.slow  # reads real files

AS_OF = date(2025, 12, 31)
HEAD = "klant;datum;bedrag\n"


@pytest.fixture
def read(tmp_path):
    """Reads orders of Bronmolen from the text of a CSV file."""

    def read(text: str | bytes, **how):
        path = tmp_path / "orders.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_orders(path, as_of=AS_OF, **how)

    return read


def days_of(orders) -> list[date]:
    return orders.table.order_by("customer").date.to_pyarrow().to_pylist()


def rows_of(days: list[str]) -> str:
    return HEAD + "".join(f"K{place:02};{day};5,50\n" for place, day in enumerate(days))


# Days


@pytest.mark.parametrize(
    "days",
    [
        ["31 dec 2025", "31 mei 2025", "12 Dec 2025", "5 maart 2025", "1 okt. 2025"],
        ["wo 31 december 2025", "za 31 mei 2025", "vr 12 december 2025", "wo 5 mrt 2025", "wo 1 oktober 2025 14:05"],
        ["Dec 31, 2025", "May 31st, 2025", "December 12, 2025", "March 5, 2025", "Oct 1, 2025 2:05 PM"],
    ],
)
def test_months_in_words_leave_no_doubt(read, days):
    """5 maart is never the third of May."""
    orders = read(rows_of(days))
    expected = [(12, 31), (5, 31), (12, 12), (3, 5), (10, 1)]
    assert days_of(orders) == [date(2025, month, day) for month, day in expected]
    assert orders.formats.date.words


def test_years_of_two_digits_are_decided_when_only_one_order_gives_days_up_to_the_base_date(read):
    """31-12-25 may be 2025 or 2031, but not when all the other days lie before the base date."""
    orders = read(rows_of(["31-12-24", "1-5-25", "30-11-25"]))
    assert (orders.date_format, orders.formats.date.short) == ("dmy", True)
    assert days_of(orders) == [date(2024, 12, 31), date(2025, 5, 1), date(2025, 11, 30)]
    assert days_of(read(rows_of(["24-12-31", "25-05-01", "25-11-30"]))) == days_of(orders)
    assert days_of(read(rows_of(["31-dec-24", "1-mei-25", "30-nov-25"]))) == days_of(orders)


def test_years_of_two_digits_in_doubt_are_asked_for(read):
    """05-06-07 is five different days."""
    with pytest.raises(TransactionsError, match=r"column datum: 2 dates have a year of two digits.*date_format: dmy"):
        read(rows_of(["05-06-07", "01-02-03"]))
    assert days_of(read(rows_of(["05-06-07", "01-02-03"]), date_format="dmy"))[0] == date(2007, 6, 5)


def test_numbers_of_a_spreadsheet_are_days_when_the_whole_column_fits(read):
    """45657 is 31 December 2024, with or without the time of day behind it."""
    orders = read(rows_of(["45657", "45658,5", "46022"]))
    assert (orders.date_format, orders.formats.date.why) == ("excel", "proved")
    assert days_of(orders) == [date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31)]
    with pytest.raises(TransactionsError, match="1 dates are numbers, as the days of a spreadsheet, and the others"):
        read(rows_of(["45657", "31-12-2024"]))
    assert read(rows_of(["45657", "morgen"]), date_format="excel").quality.left_out["no_date"].lines == (3,)


# Where the heading is, and which columns there are


def test_titles_above_the_heading_are_passed_by(read):
    """Bookkeeping packages print a title and a period, and line numbers stay those of the file."""
    above = '"Verkoopoverzicht\n2025";;\nPeriode: 01-01-2025;;\n\n'
    orders = read(above + "Klantnr;Datum;Bedrag\nK1;31-12-2024;5,5\n;31-12-2024;6,5\n")
    assert orders.source.heading == 5
    assert orders.quality.left_out["no_customer"].lines == (7,)
    assert orders.quality.amount == 5.5


def test_an_excel_sheet_with_a_merged_title_is_read(tmp_path):
    """The heading stands on row 4; real dates, text dates and a number per customer."""
    book = Workbook()
    page = book.active
    for row in [
        ["Omzet per klant"],
        [],
        ["Afgedrukt op", datetime(2026, 1, 2)],
        ["Klant", "Datum", "Omzet", "Artikel"],
    ]:
        page.append(row)
    page.append([17, datetime(2025, 2, 13), 1234.5, "Bonen"])
    page.append([18.0, "2025-02-14", "€ 1.234,50", None])
    page.append([None, None, "=SUM(C5:C6)"])
    page.merge_cells("A1:D1")
    book.save(tmp_path / "orders.xlsx")
    orders = read_orders(tmp_path / "orders.xlsx", as_of=AS_OF)
    assert (orders.source.kind, orders.source.sheet, orders.source.heading) == ("excel", "Sheet", 4)
    assert customer_table(orders).customer.tolist() == ["17", "18"]
    assert customer_table(orders).revenue.tolist() == [1234.5, 1234.5]
    assert orders.table.product.to_pyarrow().to_pylist() == ["Bonen", None]


def test_a_sheet_that_says_it_is_endless_is_not_taken_at_its_word(tmp_path):
    """One cell at the far end of the sheet, as a stray space bar leaves behind, costs no minutes."""
    book = Workbook()
    for row in [["klant", "datum", "bedrag"], ["K1", date(2025, 2, 13), 5]]:
        book.active.append(row)
    book.active["XFD60000"] = " "
    book.save(tmp_path / "orders.xlsx")
    assert read_orders(tmp_path / "orders.xlsx", as_of=AS_OF).quality.rows_read == 1


def test_roles_beyond_the_four_are_found_and_kept():
    """In Dutch and English; a percentage is no margin, and a cost beside a number of pieces is of one piece."""
    names = ["Debiteur", "Factuurdatum", "Omzet", "Factuurnr", "Artikelcode", "Verkoopkanaal", "Kostprijs", "Valuta"]
    roles = ("customer", "date", "amount", "order", "product", "channel", "cost", "currency")
    assert find_columns("orders.csv", names, {}) == dict(zip(roles, names, strict=True))
    assert "cost" not in find_columns("orders.csv", [*names, "Aantal"], {})
    assert "margin" not in find_columns("orders.csv", [*names, "Marge %"], {})
    names = ["Customer ID", "Order Date", "Net Amount", "Order No", "SKU", "Sales Channel", "Gross Margin", "Currency"]
    roles = ("customer", "date", "amount", "order", "product", "channel", "margin", "currency")
    assert find_columns("orders.csv", names, {}) == dict(zip(roles, names, strict=True))


def test_a_usual_name_goes_before_a_second_choice():
    """The posting date says when the bookkeeper was at it, the invoice date when the customer bought."""
    found = find_columns("orders.csv", ["Klant", "Boekdatum", "Factuurdatum", "Bedrag"], {})
    assert found["date"] == "Factuurdatum"
    assert find_columns("orders.csv", ["Klant", "Boekdatum", "Bedrag"], {})["date"] == "Boekdatum"


def test_pieces_and_a_price_are_asked_to_be_multiplied():
    """Rounding and discounts are the bookkeeping's, so the export does the sum."""
    with pytest.raises(TransactionsError, match="Add a column that holds Aantal × Prijs to the export"):
        find_columns("orders.csv", ["Klant", "Datum", "Aantal", "Prijs"], {})


def test_costs_are_read_as_amounts_are(read):
    """A cost that cannot be read leaves the row in, and is counted."""
    orders = read("klant;datum;bedrag;kostprijs\nK1;2025-02-13;5,50;2,25\nK2;2025-02-13;7,50;geen\n")
    assert orders.table.order_by("customer").cost.to_pyarrow().to_pylist() == [Decimal("2.25"), None]
    assert orders.quality.without_margin == 1


# Currencies


def test_rows_in_another_currency_are_left_out_under_their_own_reason(read):
    """By the column or by the sign; dollars are never added to euros."""
    orders = read("klant;datum;bedrag;valuta\nK1;2025-02-13;5,50;EUR\nK2;2025-02-13;7,50;usd\nK3;2025-02-13;8,50;\n")
    assert (orders.quality.amount, dict(orders.quality.currencies)) == (14.0, {"USD": 1})
    assert orders.quality.left_out["other_currency"].lines == (3,)
    signs = read(HEAD + "K1;2025-02-13;€ 5,50\nK2;2025-02-13;$ 7,50\nK3;2025-02-13;GBP 7,50-\nK4;2025-02-13;8,50\n")
    assert (signs.quality.amount, dict(signs.quality.currencies)) == (14.0, {"GBP": 1, "USD": 1})


def test_a_file_wholly_in_another_currency_says_so(read):
    """The remedy is one line in client.yaml, and then the file is read."""
    text = HEAD + "K1;2025-02-13;$ 5.50\nK2;2025-02-13;$7.50\n"
    with pytest.raises(TransactionsError, match=r"are in USD and the client's currency is EUR; write currency: USD"):
        read(text)
    assert read(text, currency="USD").quality.amount == 13.0


def test_a_stray_word_as_currency_is_not_shown(read):
    """A shifted column may hold a name."""
    orders = read("klant;datum;bedrag;valuta\nK1;2025-02-13;5,50;EUR\nK2;2025-02-13;7,50;Jansen\n")
    assert dict(orders.quality.currencies) == {"?": 1}


# Parquet


def test_parquet_types_are_taken_as_they_are(tmp_path):
    """Decimals, dictionaries, moments with a zone, and whole numbers for customers."""
    table = pa.table(
        {
            "customer_id": pa.array([17, 17, 18]),
            "order_date": pa.array([datetime(2025, 2, 13, 23, 30)] * 3, pa.timestamp("us", "Europe/Amsterdam")),
            "amount": pa.array([Decimal("1.25"), Decimal("2.50"), None], pa.decimal128(38, 10)),
            "channel": pa.array(["web", "shop", "web"]).dictionary_encode(),
            "file_row_number": pa.array([7, 8, 9]),
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    orders = read_orders(tmp_path / "orders.parquet", as_of=AS_OF)
    assert customer_table(orders).revenue.tolist() == [3.75]
    assert orders.quality.left_out["not_a_number"].lines == (3,)
    assert (orders.formats.date.why, orders.formats.amount.why) == ("typed", "typed")
    assert orders.source.unused == ("file_row_number",)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("klant", [{"id": 1}], "column klant: holds lists or structures"),
        ("datum", [True], "column datum: holds no days but values of type boolean"),
        ("bedrag", [date(2025, 1, 1)], "column bedrag: holds no amounts but values of type date"),
    ],
)
def test_a_parquet_column_of_an_impossible_type_is_named(tmp_path, column, values, message):
    """Before any row is read."""
    cells = {"klant": ["K1"], "datum": [date(2025, 1, 1)], "bedrag": [5.0], column: values}
    pq.write_table(pa.table(cells), tmp_path / "orders.parquet")
    with pytest.raises(TransactionsError, match=message):
        read_orders(tmp_path / "orders.parquet", as_of=AS_OF)


def test_days_of_a_spreadsheet_in_parquet_are_numbers(tmp_path):
    """Whole or broken by the time of day."""
    for name, days in {"whole": [45657, 45658], "broken": [45657.0, 45658.5]}.items():
        path: Path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table({"klant": ["K1", "K2"], "datum": days, "bedrag": [5.0, 6.0]}), path)
        assert days_of(read_orders(path, as_of=AS_OF)) == [date(2024, 12, 31), date(2025, 1, 1)]
