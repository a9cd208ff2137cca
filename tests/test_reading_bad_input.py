"""Files that cannot be used: each says what is wrong, where, and what to do, within bounded memory and time."""

from __future__ import annotations

import os
import warnings
import zipfile
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions import customer_table, read_orders

pytestmark = pytest.mark.slow  # reads real files

AS_OF = date(2025, 12, 31)
HEAD = b"klant;datum;bedrag\n"
ROW = b"K1;31-12-2024;5,5\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("orders.xls", b"<html><table>", "a web page or XML, whatever its name; open it in a spreadsheet"),
        ("orders.csv", b"%PDF-1.7", "a PDF; ask for the export as CSV or Excel"),
        ("orders.json", b'\n [{"klant": 1}]', "a JSON file; export the orders as CSV"),
        ("orders.db", b"SQLite format 3\0", "a database; name it with url and table"),
        ("orders.gz", b"\x1f\x8b\x08", "a compressed file; unpack it"),
        ("orders.csv", b"\xff\xfe", "the file is empty"),
        ("orders.csv", b"\xef\xbb\xbf \n", "the file is empty"),
        ("orders.csv", HEAD, "columns, and no orders in them"),
        ("orders.csv", HEAD + ROW + b"\0\n", "not a text file"),
        ("orders.csv", HEAD + ROW * 100 + b"\0\n", r"line 102: characters that no text has"),
        ("orders.csv", HEAD + b"K1;31-12-2024;0\nK2;31-12-2024;-5\n", "none of the 2 amounts is above zero"),
        ("orders.csv", HEAD.decode().encode("utf-16") + b"\0", "not quite UTF-16"),
        ("orders.csv", b'"klant;datum;bedrag\n' + ROW, "the heading cannot be read|no column found"),
        ("orders.csv", b";".join(b"k%d" % at for at in range(3000)), "a heading of 3000 columns"),
    ],
)
def test_each_fault_is_named_with_its_remedy(tmp_path, name, content, message):
    """Whatever the name says, the content decides."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TransactionsError, match=message) as error:
        read_orders(tmp_path / name, as_of=AS_OF)
    assert str(tmp_path / name) in str(error.value)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("content.xml", r"an OpenDocument file \(.ods\); save it as Excel"),
        ("Index/Document.iwa", "a Numbers file; export it as Excel"),
        ("xl/workbook.bin", r"a binary Excel file \(.xlsb\); save it as .xlsx"),
        ("orders.csv", "a compressed file; unpack it"),
    ],
)
def test_other_zipped_files_are_told_apart(tmp_path, part, message):
    """Spreadsheets of other makers are zips too."""
    with zipfile.ZipFile(tmp_path / "orders.xlsx", "w") as file:
        file.writestr(part, "iets")
    with pytest.raises(TransactionsError, match=message):
        read_orders(tmp_path / "orders.xlsx", as_of=AS_OF)


def test_a_folder_is_no_file(tmp_path):
    """People name the folder of the export."""
    with pytest.raises(TransactionsError, match="this is a folder; name the file in it"):
        read_orders(tmp_path, as_of=AS_OF)


def test_a_file_that_the_system_refuses_is_named():
    """Another program has it open, or the rights are missing; here, a file whose first bytes no program may read."""
    with pytest.raises(TransactionsError, match=r"the file cannot be read \(.+\); close it in other programs"):
        read_orders("/proc/self/mem", as_of=AS_OF)


def zipped(path: Path, part: str, content: bytes, says: int) -> Path:
    """An Excel file with one more part, whose size in the directory is *says*."""
    book = Workbook()
    for row in [["klant", "datum", "bedrag"], ["K1", date(2025, 2, 13), 5]]:
        book.active.append(row)
    book.save(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the part is there twice, and the last one counts
        file.writestr(part, content)
        file.infolist()[-1].file_size = says
    return path


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    """Sizes stand in the directory of the zip; 5 GB of zeros takes 5 MB there."""
    path = zipped(tmp_path / "orders.xlsx", "xl/media/logo.png", b"\0", 5 << 30)
    with pytest.raises(TransactionsError, match=r"unpacks to 5\.0 GB, .*export the orders as CSV or Parquet"):
        read_orders(path, as_of=AS_OF)


def test_a_zip_bomb_that_lies_about_its_size_is_unpacked_no_further_than_it_says(tmp_path):
    """A sheet that claims a kilobyte and holds fifty million zeros is damaged, not endless."""
    path = zipped(tmp_path / "orders.xlsx", "xl/worksheets/sheet1.xml", b"\0" * 50_000_000, 1000)
    with pytest.raises(TransactionsError, match="cannot be read as an Excel file"):
        read_orders(path, as_of=AS_OF)


def test_a_line_without_end_is_refused_after_two_million_characters(tmp_path):
    """An export whose line ends were lost; the rest of it is not even read."""
    path = tmp_path / "orders.csv"
    path.write_bytes(HEAD + ROW * 100 + b"x" * 6_000_000 + b"\n" + ROW)
    with pytest.raises(TransactionsError, match="line 102: a line of more than 2 million characters"):
        read_orders(path, as_of=AS_OF)
    path.write_bytes(HEAD + b"x" * 6_000_000)
    with pytest.raises(TransactionsError, match="line 2: a line of more than 2 million characters"):
        read_orders(path, as_of=AS_OF)


def test_a_quotation_mark_opened_and_not_closed_stops_where_it_stands(tmp_path):
    """However many rows come after it."""
    path = tmp_path / "orders.csv"
    path.write_bytes(HEAD + ROW * 2 + b'"K2;31-12-2024;5,5\n' + ROW * 200_000)
    with pytest.raises(TransactionsError, match=r"line [34]: a quotation mark"):
        read_orders(path, as_of=AS_OF)


def test_the_smallest_files_are_read(tmp_path):
    """One order of one customer, and everything on one day; the remarks say what that is worth."""
    path = tmp_path / "orders.csv"
    path.write_bytes(HEAD + ROW)
    orders = read_orders(path, as_of=AS_OF)
    assert customer_table(orders).revenue.tolist() == [5.5]
    assert (orders.quality.customers, orders.quality.customers_again) == (1, 0)


def test_as_many_customers_as_orders_are_read(tmp_path):
    """A shop where everybody came once: 200,000 customers in seconds, and nobody came again."""
    path = tmp_path / "orders.csv"
    rows = "".join(f"K{number};{1 + number % 28:02}-06-2025;5,5\n" for number in range(200_000))
    path.write_bytes(HEAD + rows.encode())
    quality = read_orders(path, as_of=AS_OF).quality
    assert (quality.customers, quality.customers_again, quality.rows_used) == (200_000, 0, 200_000)


def test_nothing_is_left_behind_in_the_temporary_folder(tmp_path, monkeypatch):
    """The copy that a CSV is read from holds orders of people."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    path = tmp_path / "orders.csv"
    for content in (HEAD + ROW, HEAD + b'K1;"31'):
        path.write_bytes(content)
        with suppress(TransactionsError):
            read_orders(path, as_of=AS_OF)
        assert not [
            name for name in os.listdir(tmp_path / "temporary") if name.startswith("crmworkbook-") and "." in name
        ]
