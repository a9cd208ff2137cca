"""Whatever dress orders come in the same table is read, and whatever bytes come there is a table or a message."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions import customer_table, read_orders

pytestmark = pytest.mark.slow  # reads a file for each example

AS_OF = date(2025, 12, 31)
FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DUTCH = ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]

DAYS = {
    "dmy": [
        lambda day: f"{day:%d-%m-%Y}",
        lambda day: f"{day.day}/{day.month}/{day.year}",
        lambda day: f"{day:%d.%m.%Y} 14:05",
    ],
    "mdy": [lambda day: f"{day:%m/%d/%Y}", lambda day: f"{day.month}/{day.day}/{day.year} 2:05 PM"],
    "ymd": [
        lambda day: f"{day:%Y-%m-%d}",
        lambda day: f"{day:%Y%m%d}",
        lambda day: f"{day:%Y-%m-%d}T23:59:59Z",
        lambda day: f"{day.day} {DUTCH[day.month - 1]} {day.year}",
        lambda day: f"{day:%B} {day.day}, {day.year}",
    ],
    "excel": [lambda day: str((day - date(1899, 12, 30)).days)],
}


def money(cents: int, decimal: str, marks: str, dress: str) -> str:
    whole, rest = divmod(abs(cents), 100)
    digits = f"{whole:,}".replace(",", marks) + f"{decimal}{rest:02}"
    minus = cents < 0
    return {
        "plain": f"{'-' * minus}{digits}",
        "euro": f"€ {'-' * minus}{digits}",
        "code": f"{'-' * minus}{digits} EUR",
        "behind": f"{digits}{'-' * minus}",
        "brackets": f"({digits})" if minus else digits,
    }[dress]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["K001", "7", "Café 't Hoekje", 'Bar "De Kroeg"', "Jansen; zonen, B.V."]),
        st.dates(date(2019, 1, 1), AS_OF),
        st.integers(-500_000, 2_000_000),
    ),
    max_size=12,
)
FIXED = [("K001", date(2024, 12, 31), 123456), ("K001", date(2024, 1, 2), 199)]  # one day over 12, and cents


@st.composite
def dresses(draw):
    """How a CSV file may be written, and the order of day and month that it has."""
    order = draw(st.sampled_from(list(DAYS)))
    decimal = draw(st.sampled_from([",", "."]))
    return {
        "order": order,
        "day": draw(st.sampled_from(DAYS[order])),
        "decimal": decimal,
        "marks": draw(st.sampled_from(["", " ", "." if decimal == "," else ","])),
        "amount": draw(st.sampled_from(["plain", "euro", "code", "behind", "brackets"])),
        "separator": draw(st.sampled_from([";", ",", "\t", "|"])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])),
        "line_end": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "above": draw(st.sampled_from(["", "Verkopen 2025\n", "sep=\n", "Verkopen\n\nPeriode: 2025\n", "\n"])),
        "heading": draw(
            st.sampled_from([("Klantnr.", "Factuurdatum", "Bedrag (€)"), ("customer_id", "Order Date", "Net amount")])
        ),
        "turned": draw(st.booleans()),
        "blank": draw(st.booleans()),
    }


def written(rows, dress) -> bytes:
    """The rows as a CSV file in a dress, everything between quotes."""
    cells = [dress["heading"]]
    cells += [
        (who, dress["day"](day), money(cents, dress["decimal"], dress["marks"], dress["amount"]))
        for who, day, cents in rows
    ]
    parted = []
    for row in cells:
        quoted = ['"' + cell.replace('"', '""') + '"' for cell in row]
        parted.append(dress["separator"].join(quoted[::-1] if dress["turned"] else quoted))
    above = dress["above"].replace("sep=", f"sep={dress['separator']}")
    text = above + ("\n\n" if dress["blank"] else "\n").join(parted) + "\n"
    return text.replace("\n", dress["line_end"]).encode(dress["encoding"])


def read_back(orders) -> list[tuple[str, date, int]]:
    rows = orders.table.select("customer", "date", "amount").to_pyarrow().to_pylist()
    return sorted((row["customer"], row["date"], round(row["amount"] * 100)) for row in rows)


@FEW
@given(ROWS, dresses())
def test_the_same_table_is_read_whatever_the_dress(tmp_path, rows, dress):
    """Known orders, written as CSV in some way that exists, come back as they were."""
    rows = [*FIXED, *rows]
    path = tmp_path / "orders.csv"
    path.write_bytes(written(rows, dress))
    orders = read_orders(path, as_of=AS_OF)
    assert read_back(orders) == sorted(rows)
    assert (orders.date_format, orders.decimal) == (dress["order"], dress["decimal"])


@settings(FEW, max_examples=4)
@given(ROWS, st.sampled_from(["excel", "parquet"]), st.sampled_from(["typed", "text"]))
def test_the_same_table_is_read_from_a_sheet_or_a_warehouse(tmp_path, rows, kind, cells):
    """With real dates and numbers, or with their text."""
    rows = [*FIXED, *rows]
    typed = [(who, day, cents / 100) for who, day, cents in rows]
    text = [(who, f"{day:%d-%m-%Y}", money(cents, ",", ".", "euro")) for who, day, cents in rows]
    table = [("klant", "datum", "bedrag"), *(typed if cells == "typed" else text)]
    path = tmp_path / f"orders.{kind}"
    if kind == "excel":
        book = Workbook()
        for row in table:
            book.active.append(row)
        book.save(path)
    else:
        columns = zip(*table[1:], strict=True)
        pq.write_table(pa.table(dict(zip(table[0], map(list, columns), strict=True))), path)
    assert read_back(read_orders(path, as_of=AS_OF)) == sorted(rows)


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "K1", "31-12-2025", "2025-12-31", "12/31/25", "45657", "1.234", "1,5", "€ 5", "$ 5", '"', "NaN"]
    ),
)


@settings(FEW, max_examples=8)
@given(st.lists(st.lists(CELLS, max_size=5), max_size=8), st.sampled_from(list(";,\t|")), st.booleans())
def test_random_cells_give_a_table_or_a_message(tmp_path, rows, separator, named):
    """Never another exception, and the rows add up."""
    heading = [separator.join(["klant", "datum", "bedrag", "order"])] if named else []
    path = tmp_path / "orders.csv"
    text = "\n".join([*heading, *(separator.join(row) for row in rows)])
    path.write_bytes(text.encode("utf-8", "replace"))
    check(path)


@settings(FEW, max_examples=25)
@given(
    st.sampled_from([b"", b"klant;datum;bedrag\n", b"PAR1", b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"]),
    st.binary(max_size=300),
)
def test_random_bytes_give_a_table_or_a_message(tmp_path, start, content):
    """Whatever arrives in the mail."""
    path = tmp_path / "orders.csv"
    path.write_bytes(start + content)
    check(path)


def check(path: Path) -> None:
    try:
        quality = read_orders(path, as_of=AS_OF).quality
    except TransactionsError as error:
        said = str(error)
    else:
        assert quality.rows_used + sum(out.count for out in quality.left_out.values()) == quality.rows_read
        return
    assert said.startswith(str(path))


def orders_of(path: Path, rows) -> object:
    """The customer table of rows with an order number."""
    lines = [f"{who};{day};{cents / 100:.2f};{number}" for who, day, cents, number in rows]
    path.write_text("klant;datum;bedrag;order\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return read_orders(path, as_of=AS_OF, decimal=".")


NUMBERED = st.lists(
    st.tuples(
        st.sampled_from(["K1", "K2", "K3"]),
        st.dates(date(2024, 12, 20), date(2025, 1, 10)),
        st.integers(-5_000, 100_000),
        st.sampled_from(["F1", "F2", "F3", "F4", ""]),
    ),
    min_size=2,
    max_size=30,
)
SOLD = ("K1", date(2024, 12, 24), 100, "F0")


@settings(FEW, max_examples=3)
@given(NUMBERED, st.randoms(use_true_random=False), st.integers(0, 30))
def test_rows_may_come_in_any_order_and_in_parts(tmp_path, rows, random, cut):
    """Mixed, and glued together from two exports with the second before the first."""
    rows = [SOLD, *rows]
    table = customer_table(orders_of(tmp_path / "orders.csv", rows))
    mixed = random.sample(rows, k=len(rows))
    pd.testing.assert_frame_equal(table, customer_table(orders_of(tmp_path / "mixed.csv", mixed)))
    glued = [*rows[cut:], *rows[:cut]]
    pd.testing.assert_frame_equal(table, customer_table(orders_of(tmp_path / "glued.csv", glued)))


@settings(FEW, max_examples=3)
@given(NUMBERED, NUMBERED, st.dates(date(2024, 12, 24), date(2025, 1, 10)))
def test_a_later_row_never_changes_an_earlier_table(tmp_path, rows, more, day):
    """Not even a credit note that undoes an order from before that day."""
    later = [(who, booked + timedelta(days=60), cents, number) for who, booked, cents, number in more]
    before = customer_table(orders_of(tmp_path / "orders.csv", [SOLD, *rows]), day)
    after = customer_table(orders_of(tmp_path / "later.csv", [SOLD, *rows, *later]), day)
    pd.testing.assert_frame_equal(before, after)
