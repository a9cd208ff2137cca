"""The quick route: ten questions and three numbers a segment, and a report of five pages that can grow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crmworkbook.cli import app
from crmworkbook.client import read_client
from crmworkbook.completeness import unanswered
from crmworkbook.new_client import QuickStart, new_client, quick_questions
from crmworkbook.report import make_report

from .pdf import pages

SEGMENTS = {"Kantoren": (198.0, 32.0, 415_000.0), 'Zorg "plus": #1': (58.0, 3.0, 238_000.0)}


def test_the_quick_route_asks_ten_questions() -> None:
    """Not nine, and not eleven."""
    assert len(quick_questions()) == 10


def test_a_quick_file_holds_every_other_question_for_later(tmp_path: Path) -> None:
    """It grows into the full file without rework: the same questions, in another order."""
    full = read_client(new_client(tmp_path / "full", "nl", "Proef"))
    quick = read_client(new_client(tmp_path / "quick", "nl", "Proef", quick=QuickStart()))
    assert unanswered(quick, "nl") == unanswered(full, "nl")
    assert set(quick.file.answers) == set(full.file.answers)
    assert (quick.file.route, full.file.route) == ("quick", "full")
    assert quick.tables == {}


def test_what_was_typed_stands_in_the_file(tmp_path: Path) -> None:
    """Quotes, colons and hashes in a name are part of the name."""
    answers = {"customer_value.gut_value": 5000.0, "goals.wanted": 'Klanten "langer" houden: # graag'}
    client = read_client(new_client(tmp_path / "c", "nl", "Proef", quick=QuickStart(answers, SEGMENTS)))
    assert list(client.names("segments", "nl").values()) == list(SEGMENTS)
    assert client.tables["segments"]["customers_lost"].tolist() == [32, 3]
    assert client.tables["segment_costs"]["contribution"].tolist() == [415_000, 238_000]
    given = client.answer("goals.wanted")
    assert given is not None
    assert given.text == answers["goals.wanted"]


def test_without_a_keyboard_the_command_makes_the_file(tmp_path: Path) -> None:
    """As in a script, where nobody can be asked."""
    done = CliRunner().invoke(app, ["new", str(tmp_path / "c"), "--quick"])
    assert done.exit_code == 0
    assert read_client(tmp_path / "c" / "client.yaml").file.route == "quick"


@pytest.mark.slow
def test_the_report_has_five_pages_and_says_what_was_assumed(tmp_path: Path) -> None:
    """398 customers' worth of two segments: every default stands in appendix A as one of ours."""
    answers = {key: "Een antwoord in een zin." for key, question in quick_questions() if question.kind != "money"}
    answers = {key: text for key, text in answers.items() if "number" not in key}
    path = new_client(tmp_path / "c", "nl", "Proef", quick=QuickStart(answers, SEGMENTS))
    pdf = make_report(path, output=tmp_path / "out")
    assert len(pages(pdf)) == 5
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    rows = report["appendices"][0]["blocks"][0]["rows"]
    assert len(rows) >= 5
    assert all("standaardwaarde" in row[3] for row in rows)
    assumed = " ".join(row[1] for row in rows)
    assert "Nieuwe klanten" in assumed
    assert "Bedieningskosten" in assumed
