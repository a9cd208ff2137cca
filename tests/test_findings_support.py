"""The rules that hold in every chapter, on a case that raises each and one that does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from crmworkbook import chapters
from crmworkbook.client import read_client
from crmworkbook.findings.support import legal_ground, personal_data, straight_line, straight_lining, weak_support
from crmworkbook.notebook import open_chapter
from crmworkbook.section import Prose, Section

from .conftest import HEAD, cases

MakeClient = Callable[..., Path]


@pytest.mark.parametrize(
    ("written", "weak"),
    [
        ("{value: 0.1, source: accounts, confidence: 4}", False),
        ("{value: 0.1, source: accounts}", False),
        ("{value: 0.1, confidence: 4}", True),
        ("{value: 0.1, source: accounts, confidence: 2}", True),
    ],
)
def test_w23_a_number_needs_a_source_and_more_than_a_guess(client_of: MakeClient, written: str, weak: bool) -> None:
    """The discount rate carries every value; a default of ours is not the client's to defend."""
    client = read_client(client_of(f"assumptions:\n  discount_rate: {written}\n"))
    spec = chapters.chapter("customer_value")
    found = weak_support(client, ["discount_rate", "margin_growth"], spec, "en")
    assert cases(found) == ([("W23", "weak_support")] if weak else [])
    if weak:
        assert found[0].values["items"] == ["Discount rate"]


def test_w23_a_decision_needs_support_too(client_of: MakeClient) -> None:
    """A decision on a guess is worth a second look; an opinion asked for as a guess is not."""
    body = "answers:\n  customer_value.decision: {text: Stop, confidence: 1}\n  customer_value.gut_value: {value: 5}\n"
    found = weak_support(read_client(client_of(body)), [], chapters.chapter("customer_value"), "en")
    assert [list(finding.values["items"]) for finding in found] == [["‘Which decision depends on it?’"]]


@pytest.mark.parametrize(("ground", "found"), [("Consent", 0), ("", 1), (None, 1), ("  ", 1)])
def test_w22_personal_data_needs_a_legal_ground(ground: str | None, found: int) -> None:
    """The GDPR asks for a ground for each source."""
    sources = pd.DataFrame({"source": ["Contacts"], "kind": ["personal"], "legal_ground": [ground]})
    raised = [(finding.id, finding.case) for finding in legal_ground(sources)]
    assert raised == [("W22", "no_legal_ground")] * found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ask jan.jansen@voorbeeld.nl", 1),
        ("bel 06-12345678", 1),
        ("call +31 50 211 13 60", 1),
        ("NL91 ABNA 0417164300", 1),
        ("Bel 06-12345678.", 1),
        ("(050) 211 13 60", 1),
        ("order 0123456789", 0),
        ("0,0500 – 0,1500", 0),
        ("2023 - 2025", 0),
        ("orders van 02-01-2024 tot en met 31-12-2025", 0),
        ("02/01/2024 - 31/12/2025, n = 180", 0),
        ("0547-123456", 1),
        ("€ 1.065.000 in 2025", 0),
        ("0,0833333333 per month", 0),
        ("meet @ the office", 0),
        ("31-12-2025", 0),
    ],
)
def test_w22_an_address_or_number_of_a_person_is_recognised(text: str, found: int) -> None:
    """Amounts, dates and shares are not."""
    raised = [(finding.id, finding.case) for finding in personal_data({"answer": [text]})]
    assert raised == [("W22", "personal_data")] * found


def test_w22_holds_the_text_back_and_stops_the_chapter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must not be in the report is not in the executed notebook either."""
    body = "answers:\n  start.participants: Jan, jan@voorbeeld.nl\n"
    (tmp_path / "client.yaml").write_text(HEAD + body, encoding="utf-8")
    chapter = open_chapter("start", str(tmp_path), "en")
    shown: list[object] = []
    monkeypatch.setattr("crmworkbook.notebook.display", shown.append)
    chapter.ask()
    assert chapter.stopped
    assert "voorbeeld.nl" not in str(shown[0])
    assert "W22" in str(shown[0])


@pytest.mark.parametrize(("words", "held"), [("North and South", False), ("jan@voorbeeld.nl", True)])
def test_a_part_that_is_not_printed_stays_on_the_screen(
    words: str, held: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words do not reach the report, but what stops the chapter there does."""
    (tmp_path / "client.yaml").write_text(HEAD, encoding="utf-8")
    chapter = open_chapter("start", str(tmp_path), "en")
    shown: list[object] = []
    monkeypatch.setattr("crmworkbook.notebook.display", shown.append)
    with chapter.part("more", printed=False) as part:
        part.add(Prose(text=words))
    assert [isinstance(one, Section) for one in shown] == [held]
    assert (words in str(vars(shown[0]))) is not held


@pytest.mark.parametrize(("scores", "straight"), [([3, 3, 3], True), ([3, 3], False), ([3, 4, 3], False)])
def test_scores_that_are_all_the_same_are_noticed(scores: list[int], straight: bool) -> None:
    """Somebody may have ticked one column down."""
    assert straight_line(pd.Series(scores)) is straight
    raised = [("W25", "straight_line")] if straight else []
    assert cases(straight_lining(pd.Series(scores), "list")) == raised
