"""Who a customer is stays in the client folder: pseudonyms, and nothing personal in what leaves it or is said."""

from __future__ import annotations

import csv
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmworkbook.client import read_client
from crmworkbook.errors import ClientFileError, CrmWorkbookError, Fault, TransactionsError
from crmworkbook.findings import ledger as rules
from crmworkbook.new_client import new_client
from crmworkbook.privacy import (
    KEY_FILE,
    is_personal,
    looks_like_data,
    make_key,
    masked,
    pseudonym,
    pseudonyms,
    read_key,
    shape,
)
from crmworkbook.transactions.columns import find_columns

from .conftest import cases
from .pdf import words

KEY = "a key that is long enough"


# --- pseudonyms ---------------------------------------------------------------------------------------------------


def test_a_pseudonym_is_short_stays_the_same_and_needs_its_key() -> None:
    """As HMAC-SHA256 gives it: another key, another pseudonym; white space around a number does not count."""
    assert re.fullmatch("K-[0-9A-F]{6}", pseudonym(KEY, "K0001"))
    assert pseudonym(KEY, "K0001") == pseudonym(KEY, " K0001 ") != pseudonym(KEY + "!", "K0001")
    # RFC 4231, test case 2: HMAC-SHA256 of these with key "Jefe" begins 5bdcc146
    assert pseudonym("Jefe", "what do ya want for nothing?", 8) == "K-5BDCC146"


def test_customers_who_would_share_a_pseudonym_get_longer_ones() -> None:
    """Of 30,000 customers some share six digits; all are told apart, and longer ones begin with the shorter."""
    customers = [f"K{number}" for number in range(30_000)]
    found = pseudonyms(KEY, customers)
    assert len(set(found.values())) == len(customers)
    assert len(found["K1"]) > len(pseudonym(KEY, "K1"))
    assert found["K1"].startswith(pseudonym(KEY, "K1"))
    assert pseudonyms(KEY, []) == {}


@given(st.lists(st.text(min_size=1).filter(str.strip), max_size=20))
def test_pseudonyms_say_nothing_of_the_customer_and_tell_all_apart(customers: list[str]) -> None:
    """Whatever a number looks like."""
    found = pseudonyms(KEY, customers)
    assert set(found) == set(customers)
    assert len(set(found.values())) == len({customer.strip() for customer in customers})
    assert all(re.fullmatch("K-[0-9A-F]{6,}", name) for name in found.values())


def test_a_key_is_made_once_readable_by_its_owner_and_kept(tmp_path: Path) -> None:
    """``new`` makes it; making it again changes nothing; a round has the key of the folder it was kept from."""
    path = new_client(tmp_path / "acme", "nl", "Acme")
    folder = path.parent
    key = read_key(folder)
    assert key is not None
    assert len(key) == 64
    assert make_key(folder) == folder / KEY_FILE
    assert read_key(folder) == key == read_key(folder / "history" / "rounds" / "2025")
    if os.name == "posix":
        assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    (folder / KEY_FILE).write_text("short", encoding="utf-8")
    assert read_key(folder) is None


def test_w39_without_a_key_customers_are_not_listed_unless_asked_for(client_of: Callable[..., Path]) -> None:
    """Then the warning says how to make one; with ``show_customers`` their own numbers stand there."""
    client = read_client(client_of())
    assert rules.called(client, ["A"]) is None
    assert cases(rules.no_key(client)) == [("W35", "no_key")]
    shown = read_client(client_of("show_customers: true\n"))
    assert rules.called(shown, ["A"]) == {"A": "A"}
    assert not rules.no_key(shown)
    make_key(client.folder)
    assert not rules.no_key(client)
    assert (rules.called(client, ["A"]) or {})["A"].startswith("K-")


def test_the_command_makes_a_key_and_says_where(client_of: Callable[..., Path]) -> None:
    """``crmworkbook key`` for a folder of before there were keys."""
    folder = client_of().parent
    done = subprocess.run(
        [sys.executable, "-m", "crmworkbook", "key", str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(folder / KEY_FILE)
    assert read_key(folder)


# --- messages -----------------------------------------------------------------------------------------------------


PERSONAL = ["jan@voorbeeld.example", "06-12345678", "+31 6 12 34 56 78", "NL91 ABNA 0417 1643 00"]


@pytest.mark.parametrize("secret", PERSONAL)
def test_no_message_holds_an_address_or_a_number_of_a_person(secret: str) -> None:
    """Whatever a reader of files put into it."""
    assert is_personal(secret)
    assert secret not in masked(f"regel 3: {secret} is geen getal")
    assert secret not in str(CrmWorkbookError(f"{secret} is no number"))
    assert secret not in str(TransactionsError(f"no column {secret}"))
    fault = Fault("customers.csv", 3, "customers, row 2", f"{secret!r} is no number", "write digits")
    assert secret not in str(ClientFileError([fault]))


def test_what_is_not_personal_stays_in_a_message() -> None:
    """Amounts, dates, file names and what a cell looks like."""
    plain = "orders.csv, line 12: 1.234,50 of 31-12-2025 is not in 2025-q4"
    assert masked(plain) == plain
    assert shape("Jan 12") == "xxx 99"


def test_faults_in_a_table_of_customers_quote_no_customer(client_of: Callable[..., Path]) -> None:
    """A shifted row, one that stands there twice, and a file without a heading."""
    head = "customer,segment,revenue,contribution\n"
    shifted = f"{head}offices,100,Piet Jansen,K0001\nK0002,offices,100,40\nK0002,offices,100,40\n"
    with pytest.raises(ClientFileError) as error:
        read_client(client_of("segments: {offices: Offices}\n", customers=shifted))
    message = str(error.value)
    assert "customers.csv:2" in message
    assert "the same customer is there twice" in message
    assert not any(secret in message for secret in ("Piet", "K0001", "K0002"))
    with pytest.raises(ClientFileError) as error:
        read_client(client_of("segments: {offices: Offices}\n", customers="K0001,offices,100,40\nK0002,offices,90,4\n"))
    assert "holds data instead of names" in str(error.value)
    assert "K0001" not in str(error.value)


def test_orders_without_a_heading_quote_no_row() -> None:
    """What stands in the first row are then a customer, a day and an amount."""
    with pytest.raises(TransactionsError) as error:
        find_columns("orders.csv", ["K0103", "2023-01-02", "1079.69"], {})
    assert "look like data" in str(error.value)
    assert "K0103" not in str(error.value)
    assert looks_like_data("jan@voorbeeld.example")
    assert not looks_like_data("Bedrag 2025")


# --- everything that leaves the folder ------------------------------------------------------------------------------


MARK = "geheim-merk"


def planted(number: str) -> str:
    return f"{number.lower()}.{MARK}@voorbeeld.example"


def plant(folder: Path) -> set[str]:
    """Give every customer in every file of the demo an e-mail address as number, and the orders one more column."""
    known: set[str] = set()
    for path in folder.rglob("*.csv"):
        if path.name == "orders_export.csv":
            continue
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows or "customer" not in rows[0]:
            continue
        for row in rows:
            known.add(row["customer"])
            row["customer"] = planted(row["customer"])
            if path.name == "orders.csv":
                row["email"] = row["customer"]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return known


@pytest.mark.slow
def test_no_customer_leaves_the_folder_in_notebook_report_picture_message_or_log(demo_copy: Path) -> None:
    """All chapters, check and report, in a client whose customers are known by their e-mail addresses."""
    numbers = plant(demo_copy.parent)
    out = demo_copy.parent.parent / "out"
    commands = (["check", str(demo_copy)], ["report", str(demo_copy), "--output", str(out), "--language", "en"])
    said = ""
    for command in commands:
        done = subprocess.run([sys.executable, "-m", "crmworkbook", *command], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        said += done.stdout + done.stderr
    files = [path for path in out.rglob("*") if path.suffix in (".ipynb", ".json", ".svg", ".log", ".txt")]
    texts = {"screen": said, "pdf": words(out / "report.pdf")}
    texts |= {path.name: path.read_text(encoding="utf-8") for path in files}
    assert {"04_customer_value.ipynb", "06_relationship_matrix.ipynb", "report.json"} <= set(texts)
    assert [name for name, text in texts.items() if MARK in text] == []
    assert [name for name, text in texts.items() if any(number in text for number in numbers)] == []
    # they are there, under pseudonyms
    assert re.search("K-[0-9A-F]{6}", texts["04_customer_value.ipynb"])
    assert not re.search("K-[0-9A-F]{6}", texts["report.json"] + texts["pdf"])
