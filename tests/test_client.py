"""The client folder is read whole, and every mistake in it is named with place, fault and remedy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from crmworkbook.client import client_path, read_client, said
from crmworkbook.errors import ClientFileError, CrmWorkbookError
from crmworkbook.text import Text

from .conftest import HEAD, SEGMENTS

MakeClient = Callable[..., Path]


def faults_of(path: Path, **overrides: float) -> str:
    with pytest.raises(ClientFileError) as caught:
        read_client(path, overrides or None)
    return str(caught.value)


def test_the_demo_client_reads_without_a_fault(demo: Path) -> None:
    """What a newcomer sees first is right."""
    client = read_client(demo)
    assert client.file.as_of == date(2025, 12, 31)
    assert client.names("segments", "en")["care"] == "Care organisations"
    assert len(client.tables["cube"]) == 60
    assert client.assumption("discount_rate") == 0.10


def test_a_file_with_only_a_head_is_a_client(client_of: MakeClient) -> None:
    """Somebody who filled in nothing yet still has a client."""
    client = read_client(client_of())
    assert client.tables == {}
    assert client.answer("start.participants") is None


def test_own_words_are_one_text_or_a_pair(client_of: MakeClient) -> None:
    """A client with one language types one text; it serves both."""
    path = client_of("answers:\n  start.participants: Wij\n  start.initiative: {nl: Zelf, en: Ourselves}\n")
    client = read_client(path)
    assert said(client.answer("start.participants").text, "en") == "Wij"
    assert client.answer("start.initiative").text == Text(nl="Zelf", en="Ourselves")


def test_an_answer_can_be_written_with_its_support(client_of: MakeClient) -> None:
    """Text, source and confidence travel together."""
    body = 'answers:\n  start.participants: {text: "Wij", source: "Gesprek", confidence: 2}\n'
    answer = read_client(client_of(body)).answer("start.participants")
    assert (answer.text, answer.source, answer.confidence) == ("Wij", "Gesprek", 2)


def test_a_number_or_a_date_needs_no_more_than_itself(client_of: MakeClient) -> None:
    """What is typed plainly is read as what its question asks for."""
    client = read_client(client_of("answers:\n  customer_value.gut_value: 6500\n  goals.review_on: 2026-04-15\n"))
    assert client.answer("customer_value.gut_value").value == 6500.0
    assert client.answer("goals.review_on").value == date(2026, 4, 15)


def test_text_is_normalised_on_the_way_in(client_of: MakeClient) -> None:
    """Decomposed letters, carriage returns and control characters never reach the report."""
    client = read_client(client_of('answers:\n  start.participants: "Cafe\\u0301\\r\\nnaast\\a elkaar "\n'))
    assert client.answer("start.participants").text == "Café\nnaast elkaar"


@pytest.mark.parametrize(
    ("body", "line", "wrong", "write"),
    [
        ("colour: blue\n", 5, "colour: is not a field of this file", "known here"),
        ("curency: EUR\n", 5, "curency: is not a field of this file", "did you mean currency?"),
        (
            "assumptions:\n  discount_rate: 10\n",
            6,
            "10 is a percentage typed as a number",
            "write 0.1 for 10%",
        ),
        ("assumptions:\n  discount_rat: 0.1\n", 6, "no chapter asks for this", "did you mean discount_rate?"),
        (
            "answers:\n  start.participant: x\n",
            6,
            "no chapter asks for this",
            "did you mean start.participants?",
        ),
        (
            "answers:\n  start.participants: {text: x, confidence: 9}\n",
            6,
            "less than or equal to 5",
            "from 1",
        ),
        ("answers:\n  start.participants: {text: {nl: x}}\n", 6, "both nl and en", "correct"),
        ("tables:\n  cube: missing.csv\n", 6, "there is no file missing.csv", "correct the name"),
        ("tables:\n  cube: ../cube.csv\n", 6, "outside the client folder", "copy the file into it"),
        ("tables:\n  cubes: cube.csv\n", 6, "no chapter asks for this", "did you mean cube?"),
        ("tables:\n  orders: gone.csv\n", 6, "there is no file gone.csv", "correct the name"),
        ("answers:\n  goals.review_on: {value: 2026-02-30}\n", 6, "2026-02-30 is not a date", "2025-12-31"),
        ("answers:\n  customer_value.gut_value: {value: veel}\n", 6, "veel is not a number", "with a point"),
        (
            "answers:\n  start.definition_parts: {value: [profit, luck]}\n",
            6,
            "is not a choice here",
            "write keys from",
        ),
        ("answers:\n  customer_value.gut_value: about 2000\n", 6, "about 2000 is not a number", "6500"),
        ("answers:\n  start.participants: 7\n", 6, "asks for words, not 7;", "as text"),
        ("tables:\n  orders: ../orders.csv\n", 6, "outside the client folder", "copy the file into it"),
        ("tables:\n  orders: {file: o.csv, columns: [customer]}\n", 6, "dictionary", "orders.csv"),
        ("segments:\n  all: {nl: Alle, en: All}\n", 6, "a word that tables use for their total", "another key"),
        ("currency: euro\n", 5, "'euro' is not a currency", "three capitals"),
    ],
)
def test_a_wrong_field_is_named_with_its_line_and_remedy(
    client_of: MakeClient, body: str, line: int, wrong: str, write: str
) -> None:
    """Place, fault, what to write."""
    message = faults_of(client_of(body))
    assert f"client.yaml:{line}:" in message
    assert wrong in message
    assert write in message


def test_every_fault_is_reported_at_once(client_of: MakeClient) -> None:
    """Nobody corrects a file one message at a time."""
    body = SEGMENTS + "assumptions:\n  discount_rate: 8\n  nonsense: 1\nanswers:\n  start.nothing: x\n"
    table = "segment,cost_to_serve,acquisition\noffices,abc,1\nhome,2,-3\n"
    message = faults_of(client_of(body, segment_costs=table))
    assert "6 fields to correct" in message
    for part in (
        "discount_rate",
        "nonsense",
        "start.nothing",
        "row 1, cost_to_serve",
        "row 2, segment",
        "row 2, acq",
    ):
        assert part in message


def test_a_missing_field_and_an_impossible_date_are_named(client_of: MakeClient) -> None:
    """The base date is required: never today by default."""
    assert "as_of: is missing" in faults_of(client_of(head="crmworkbook: 1\nname: x\nlanguage: nl\n"))
    message = faults_of(client_of(head=HEAD.replace("2025-12-31", "2025-13-31")))
    assert "2025-13-31 is not a date that exists; write a date as 2025-12-31" in message


def test_a_syntax_error_gives_line_and_column(client_of: MakeClient) -> None:
    """A colon in a sentence is the commonest of all."""
    message = faults_of(client_of("answers:\n  start.participants: a: b\n"))
    assert "client.yaml:6:" in message
    assert "column 24" in message


def test_a_key_that_is_there_twice_is_refused(client_of: MakeClient) -> None:
    """Which of the two was meant is not guessed."""
    message = faults_of(client_of("segments: {}\nsegments: {}\n"))
    assert "client.yaml:6:" in message
    assert 'duplicate key "segments"' in message


def test_a_client_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    """Windows-1252 in the client file itself is pointed at."""
    path = tmp_path / "client.yaml"
    path.write_bytes(HEAD.replace("Bronmolen", "Café").encode("cp1252"))
    assert "client.yaml:2: file: this line is not written in UTF-8" in faults_of(path)


def test_a_what_if_is_checked_like_an_assumption(demo: Path) -> None:
    """``--set`` cannot smuggle in what the file may not hold."""
    assert "write 0.08 for 8%" in faults_of(demo, discount_rate=8)
    assert "nan is not a number" in faults_of(demo, discount_rate=float("nan"))
    assert "there is no such assumption; did you mean discount_rate?" in faults_of(demo, discount=0.1)
    assert read_client(demo, {"discount_rate": 0.08}).assumption("discount_rate") == 0.08


def test_the_client_is_the_one_named_else_the_environments_else_the_demo(
    client_of: MakeClient, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One rule for notebooks and commands."""
    path = client_of()
    assert client_path() == demo
    monkeypatch.setenv("CRMWORKBOOK_CLIENT", str(path.parent))
    assert client_path() == path
    assert client_path(demo.parent) == demo


def test_a_folder_without_a_client_says_how_to_make_one(tmp_path: Path) -> None:
    """The remedy is a command."""
    with pytest.raises(CrmWorkbookError, match="make one with: crmworkbook new DIR"):
        client_path(tmp_path)
