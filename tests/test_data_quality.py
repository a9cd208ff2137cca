"""What of the orders was used and what was not, in figures and in words, and on the screen of ``crmworkbook check``."""

from __future__ import annotations

import io
from datetime import date

import pytest
from rich.console import Console

from crmworkbook.charts.rfm import quality_remarks, quality_rows
from crmworkbook.checking import _print_orders
from crmworkbook.transactions import customer_table, order_days, read_orders
from crmworkbook.transactions.preview import first_rows
from crmworkbook.transactions.waiting import heard_by

pytestmark = pytest.mark.slow  # reads real files

AS_OF = date(2025, 12, 31)

CREDITED = """klant;datum;bedrag;ordernummer;valuta
Jansen;13-03-2025;100,00;F1;EUR
Jansen;20-05-2025;60,00;F2;EUR
Jansen;02-06-2025;-60,00;F2;EUR
Jansen;03-06-2025;-10,00;C9;EUR
Pietersen;04-06-2025;-15,00;F1;EUR
Pietersen;04-06-2025;15,00;F5;USD
"""


@pytest.fixture(scope="module")
def credited(tmp_path_factory):
    """Orders of which one was credited under its own number, two weeks later."""
    path = tmp_path_factory.mktemp("credited") / "orders.csv"
    path.write_text(CREDITED, encoding="utf-8")
    return read_orders(path, as_of=AS_OF)


def test_a_credit_note_with_the_number_of_its_order_counts_on_that_day(credited):
    """The order of May is undone; C9 names no order, and a number of another customer is not ours."""
    days = order_days(credited)
    net = {row["date"]: float(row["net"]) for row in days.filter(days.customer == "Jansen").to_pyarrow().to_pylist()}
    assert net == {date(2025, 3, 13): 100.0, date(2025, 5, 20): 0.0, date(2025, 6, 3): -10.0}
    assert credited.quality.credit_notes == 1
    row = customer_table(credited).to_dict("records")[0]
    assert (row["last_order"].date(), row["order_days"], row["revenue"]) == (date(2025, 3, 13), 1, 90.0)


def test_before_the_credit_note_was_booked_the_order_stood(credited):
    """A table as of May knows nothing of June."""
    row = customer_table(credited, date(2025, 5, 31)).to_dict("records")[0]
    assert (row["last_order"].date(), row["order_days"], row["revenue"]) == (date(2025, 5, 20), 2, 160.0)


def test_the_rows_of_the_table_add_up_and_name_the_reason(credited):
    """Read = left out + used, and what occurs seldom is named only when it does."""
    rows = quality_rows(credited.quality, "en").set_index("item")
    assert (
        rows.loc["rows read", "rows"] == rows.loc["rows used", "rows"] + rows.loc["amount in another currency", "rows"]
    )
    assert rows.loc["amount in another currency", "lines"] == "7"
    assert rows.loc["of which on the day of the order with the same number", "rows"] == 1
    assert rows.loc["customers with returns only, not in the customer table", "amount"] == -15.0


def months_file(path, counts: dict[int, int], first_day: int = 3):
    """Orders of 2025 with so many rows in each month."""
    rows = "".join(
        f"K{number};2025-{month:02}-{first_day + number % 25:02};5\n"
        for month, count in counts.items()
        for number in range(count)
    )
    path.write_text("klant;datum;bedrag\n" + rows, encoding="utf-8")
    return read_orders(path, as_of=AS_OF)


def test_gaps_quiet_and_cut_months_are_named(tmp_path):
    """April has nothing, July next to nothing, and the file stops in the middle of September."""
    orders = months_file(tmp_path / "orders.csv", {1: 30, 2: 30, 3: 30, 5: 30, 6: 30, 7: 2, 8: 30, 9: 9})
    months = orders.quality.months
    assert (months.span, months.empty, months.quiet, months.cut) == (
        9,
        (date(2025, 4, 1),),
        (date(2025, 7, 1),),
        (date(2025, 9, 1),),
    )
    said = " ".join(quality_remarks(orders.quality, "nl"))
    assert "Zonder enige order: april 2025, 1 van de 9 maanden." in said
    assert "minder dan een kwart van een gewone maand: juli 2025" in said
    assert "Niet heel in dit bestand: september 2025" in said


def test_an_ordinary_file_raises_no_remark(tmp_path):
    """Whole months without gaps, in the currency of the client, of customers who come again."""
    orders = months_file(tmp_path / "orders.csv", dict.fromkeys(range(1, 13), 30))
    assert quality_remarks(orders.quality, "nl") == []


@pytest.mark.parametrize(
    ("rows", "remark"),
    [
        ("K1;2025-02-13;5\nK1;2025-05-13;5\n", "All orders are from one customer."),
        ("K1;2025-02-13;5\nK2;2025-02-13;5\n", "All orders fall on one day"),
        ("K1;2025-02-13;5\nK2;2025-02-14;5\n", "No customer ordered on more than one day"),
        ("K1;2025-02-13;$ 5\nK2;2025-02-13;5\n", "Amounts are in EUR; rows in USD do not count."),
    ],
)
def test_what_makes_a_file_worth_little_is_said(tmp_path, rows, remark):
    """Each of these runs through all chapters, and means next to nothing."""
    (tmp_path / "orders.csv").write_text("klant;datum;bedrag\n" + rows, encoding="utf-8")
    quality = read_orders(tmp_path / "orders.csv", as_of=AS_OF).quality
    assert any(remark in said for said in quality_remarks(quality, "en"))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_check_shows_how_the_orders_were_read_and_nobody_s_name(credited, language):
    """Kind, encoding, mapping, what proved the formats, the first rows, and what became of them."""
    screen = io.StringIO()
    _print_orders(Console(file=screen, width=120, highlight=False), credited, language)
    shown = screen.getvalue()
    wanted = {
        "nl": ["UTF-8", "puntkomma", "dag-maand-jaar, 2 waarden passen alleen zo", "13-03-2025 → 13 maart 2025", "Ja…"],
        "en": ["UTF-8", "semicolon", "day-month-year, 2 values fit only this way", "100,00 → 100.00", "Ja…"],
    }
    assert all(words in shown for words in wanted[language])
    assert "ansen" not in shown
    assert "Pieters" not in shown
    assert "amount in another currency" in shown or "bedrag in een andere valuta" in shown


def test_the_preview_shows_rows_that_are_not_used_too(credited):
    """These are the ones to look at."""
    rows = first_rows(credited, 10)
    assert len(rows) == 6
    assert (rows[-1]["currency"].written, rows[-1]["amount"].read) == ("USD", 15.0)


def test_whoever_listens_hears_how_far_the_reading_is(tmp_path):
    """The share that is read, and nothing of what is in it."""
    path = tmp_path / "orders.csv"
    path.write_text("klant;datum;bedrag\n" + "Jansen;2025-02-13;5\n" * 200_000, encoding="utf-8")
    heard: list[tuple[str, float]] = []
    with heard_by(lambda file, done: heard.append((file, done))):
        read_orders(path, as_of=AS_OF)
    assert {file for file, _ in heard} == {"orders.csv"}
    shares = [done for _, done in heard]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
