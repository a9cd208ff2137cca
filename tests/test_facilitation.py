"""What a group does together: scoring alone first, discussing what differs, votes, decisions and the parking lot."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from crmworkbook import chapters, files
from crmworkbook.client import read_client
from crmworkbook.completeness import completeness, is_begun, unanswered
from crmworkbook.findings.meeting import log_reading, log_rows, vote_reading, vote_rows
from crmworkbook.forms.form import Form
from crmworkbook.forms.score_file import merge, read_scores
from crmworkbook.models.dot_votes import vote_ranks
from crmworkbook.saving import TableField, read_field
from crmworkbook.text import Language, Text

from .conftest import HEAD

PILLARS = "scores:pillars"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the demo client, to write in."""
    target = tmp_path / "bronmolen"
    shutil.copytree(files.demo_client().parent, target, ignore=shutil.ignore_patterns("history"))
    return target


class Screen(Form):
    """A form whose page is a list: what it was sent."""

    def send(self, content: Any, buffers: Any = None) -> None:
        """Keep what the page would have got."""
        vars(self).setdefault("told", []).append(content)

    def does(self, data: bytes = b"", **message: Any) -> dict[str, Any]:
        """What a page sends, and the answer to it."""
        before = len(vars(self).setdefault("told", []))
        self._hear(self, message, [data] if data else [])
        return next(
            reply for reply in vars(self)["told"][before:] if reply["type"] in ("part", "reply", "rows", "told")
        )

    def asks(self, field: str, what: str, data: bytes = b"", **more: Any) -> dict[str, Any]:
        """What a part of the form asks."""
        return self.does(data, type="ask", field=field, what=what, **more)

    def scores(self, who: str, statement: str, value: str, seen: str = "", part: str = "score") -> dict[str, Any]:
        """One score of the pillars."""
        return self.does(type="save", address=[PILLARS, who, statement, part], value=value, seen=seen)


def screen(folder: Path, chapter: str = "readiness", language: Language = "nl") -> Screen:
    return Screen(chapters.chapter(chapter), read_client(folder / "client.yaml"), language)


def scores_of(folder: Path, who: str) -> dict[str, tuple[float, float | None]]:
    rows = read_field(folder / "client.yaml", TableField("scores"))
    mine = [row for row in rows if row["list"] == "pillars" and getattr(row["who"], "nl", row["who"]) == who]
    return {row["statement"]: (row["score"], row.get("target")) for row in mine}


def fields_of(form: Form) -> dict[str, dict[str, Any]]:
    return {field["id"]: field for group in form.spec["groups"] for field in group["fields"]}


# --- scoring --------------------------------------------------------------------------------------------------------


def test_every_list_of_statements_can_be_scored_in_its_chapter(folder: Path) -> None:
    """The field names the list and its statements in the language of the room."""
    for key, (chapter, items) in chapters.statement_lists().items():
        field = fields_of(screen(folder, chapter.id, "en"))[f"scores:{key}"]
        assert field["statements"] == [[item.id, item.text.en] for item in items]
        assert [step for step, _ in field["options"]] == ["1", "2", "3", "4", "5"]


def test_whoever_scores_gets_no_score_of_another(folder: Path) -> None:
    """The page holds who scored, and after a name only what that one gave."""
    form = screen(folder)
    assert fields_of(form)[PILLARS]["scored"] == [["directie", 3], ["verkoop", 3], ["service", 3]]
    assert form.asks(PILLARS, "begin", who="inkoop")["values"] == {}
    own = form.asks(PILLARS, "begin", who=" Verkoop ")
    assert own["who"] == "verkoop"
    assert {key: value["score"] for key, value in own["values"].items()} == {
        "insight": "2",
        "experience": "3",
        "engagement": "3",
    }


def test_a_score_is_saved_by_itself_and_scoring_again_replaces_it(folder: Path) -> None:
    """No second row for the same person, and the target that was there stays."""
    form = screen(folder)
    assert form.scores("Verkoop", "insight", "4", seen="2")["state"] == "saved"
    assert scores_of(folder, "verkoop") == {"insight": (4, 4), "experience": (3, 4), "engagement": (3, 3)}
    assert form.scores("inkoop", "insight", "5")["state"] == "saved"
    assert form.scores("inkoop", "insight", "1", seen="5")["value"] == "1"
    assert scores_of(folder, "inkoop") == {"insight": (1, None)}
    assert form.scores("inkoop", "insight", "", seen="1")["state"] == "saved"
    assert scores_of(folder, "inkoop") == {}


def test_somebody_known_in_two_languages_stays_one_person(folder: Path) -> None:
    """In English the same department is called sales, and the file keeps both names."""
    form = screen(folder, language="en")
    assert form.scores("sales", "insight", "5", seen="2")["state"] == "saved"
    assert scores_of(folder, "verkoop")["insight"] == (5, 4)


def test_a_score_that_another_changed_meanwhile_is_asked_for(folder: Path) -> None:
    """Both versions are shown, and nothing is written."""
    one, other = screen(folder), screen(folder)
    assert one.scores("verkoop", "insight", "4", seen="2")["state"] == "saved"
    reply = other.scores("verkoop", "insight", "5", seen="2")
    assert (reply["state"], reply["theirs"]) == ("conflict", "4")
    assert scores_of(folder, "verkoop")["insight"] == (4, 4)


def test_nobody_scores_without_a_role_or_with_an_address(folder: Path) -> None:
    """A name in the file is a role; an address would stop the chapter later."""
    form = screen(folder)
    assert "rol" in form.asks(PILLARS, "begin", who="  ")["fault"]
    assert "mailadres" in form.asks(PILLARS, "begin", who="jan@voorbeeld.nl")["fault"]
    assert form.scores("inkoop", "insight", "6")["state"] == "invalid"
    assert "eerst een score" in form.scores("inkoop", "insight", "4", part="target")["message"]


def test_only_a_spread_of_two_or_more_is_to_be_discussed(folder: Path) -> None:
    """Scores 3, 2, 2 of the demo differ by one; a 4 beside them makes it two, and says whose they are."""
    form = screen(folder)
    rows = {row["text"].split(":")[0]: row for row in form.asks(PILLARS, "spread")["rows"]}
    assert not any(row["discuss"] for row in rows.values())
    assert form.scores("inkoop", "insight", "4")["state"] == "saved"
    row = form.asks(PILLARS, "spread")["rows"][0]
    assert (row["low"], row["high"], row["mean"], row["discuss"]) == ("2", "4", "2,8", True)
    assert (row["low_who"], row["high_who"], row["counts"]) == ("verkoop, service", "inkoop", [0, 2, 1, 1, 0])


# --- scores from a file ---------------------------------------------------------------------------------------------


def test_a_file_with_a_column_per_person_adds_what_is_new(folder: Path) -> None:
    """Lists and statements by key or in words; an empty cell is somebody who left that one out."""
    data = b"lijst;stelling;verkoop;inkoop\nDe drie pijlers van CRM;insight;2;4\npillars;experience;;5\n"
    reply = screen(folder).asks("scores_file", "file", data, name="stemmen.csv")
    assert reply["told"] == "Toegevoegd: 2, al aanwezig: 1, vervangen: 0."
    assert scores_of(folder, "inkoop") == {"insight": (4, None), "experience": (5, None)}


def test_an_excel_file_with_a_row_per_score_is_read_the_same(folder: Path) -> None:
    """With the English heads, a target and names in two languages."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["list", "statement", "who_nl", "who_en", "score", "target"])
    book.active.append(["pillars", "insight", "inkoop", "purchasing", 4, 5])
    book.save(content)
    given, faults = read_scores(content.getvalue(), "votes.xlsx")
    assert not faults
    assert given[0].cells["who"] == Text(nl="inkoop", en="purchasing")
    assert (given[0].line, given[0].cells["score"], given[0].cells["target"]) == (2, 4.0, 5.0)


def test_a_score_that_differs_is_not_replaced_in_silence(folder: Path) -> None:
    """It is named with its row and both scores, and replaced only when somebody says so."""
    data = b"list,statement,who,score\npillars,insight,verkoop,5\npillars,insight,inkoop,3\n"
    form = screen(folder)
    reply = form.asks("scores_file", "file", data, name="v.csv")
    assert scores_of(folder, "verkoop")["insight"] == (2, 4)
    assert scores_of(folder, "inkoop") == {"insight": (3, None)}
    assert reply["differ"][0].startswith("rij 2: De drie pijlers van CRM")
    assert reply["differ"][0].endswith("verkoop: er staat 2, het bestand zegt 5")
    form.asks("scores_file", "file", data, name="v.csv", replace=True)
    assert scores_of(folder, "verkoop")["insight"] == (5, 4)


def test_every_fault_of_a_file_is_named_by_row_and_column(folder: Path) -> None:
    """Nothing is saved while there is one."""
    data = (
        b"list,statement,who,score\npilars,insight,ict,4\npillars,no_such,ict,4\npillars,insight,,4\n"
        b"pillars,insight,ict,3.5\npillars,insight,ict,4\npillars,insight,ICT,2\n"
    )
    form, before = screen(folder, language="en"), (folder / "scores.csv").read_bytes()
    faults = form.asks("scores_file", "file", data, name="v.csv")["faults"]
    places = ["row 2, column list", "row 3, column statement", "row 4, column who", "row 5, column score", "row 7"]
    assert len(faults) == len(places)
    assert all(fault.startswith(place) for fault, place in zip(faults, places, strict=True))
    assert (folder / "scores.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"statement,score\ninsight,4\n", "v.csv", "column list"),
        (b"list,statement,score\npillars,insight,4\n", "v.csv", "column who"),
        (b"list,statement\npillars,insight\n", "v.csv", "no column of a person"),
        (b"", "v.csv", "column is missing"),
        (b"PK no workbook", "v.xlsx", "not an Excel file"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_to_do(folder: Path, data: bytes, name: str, says: str) -> None:
    """A wrong export is the usual mistake."""
    reply = screen(folder, language="en").asks("scores_file", "file", data or b"\n", name=name)
    assert says in " ".join(reply["faults"])


def test_merging_twice_adds_nothing_the_second_time() -> None:
    """The same file may be read again after more people voted."""
    given, _ = read_scores(b"list,statement,a,b\npillars,insight,1,5\n", "v.csv")
    once = merge(given, ())
    again = merge(given, once.rows)
    assert (once.added, again.added, again.same) == (2, 0, 2)
    assert again.rows == once.rows


# --- votes ----------------------------------------------------------------------------------------------------------


def test_options_are_ranked_by_their_points_and_ties_share_a_rank() -> None:
    """Eight and five and five of eighteen dots; an option without a vote stays on the list."""
    votes = pd.DataFrame(
        [("q", "a", "x", 3), ("q", "b", "x", 5), ("q", "b", "y", 3), ("q", "c", "", 3), ("q", "d", "", None)],
        columns=["ballot", "option", "who", "points"],
    )
    ranks = vote_ranks(votes)
    assert list(ranks["option"]) == ["b", "a", "c", "d"]
    assert list(ranks["rank"]) == [1, 2, 2, 4]
    assert list(ranks["points"]) == [8, 3, 3, 0]
    assert list(ranks["voters"]) == [2, 1, 0, 0]


def test_a_ballot_is_made_voted_on_and_counted(folder: Path) -> None:
    """Voting again replaces the vote, and nobody sees another's points before the outcome."""
    form = screen(folder, "goals")
    made = form.asks("votes", "make", ballot="Welke proef eerst?", options=["Huur", "Training", "", "Huur"])
    assert made["ballots"][-1] == {
        "name": "Welke proef eerst?",
        "options": ["Huur", "Training"],
        "voters": [],
        "dots": 3,
    }
    vote = {"ballot": "Welke proef eerst?", "dots": 3}
    form.asks("votes", "cast", who="service", points={"Huur": 3}, **vote)
    form.asks("votes", "cast", who="Verkoop", points={"Huur": 1, "Training": 2}, **vote)
    assert form.asks("votes", "begin", who="ict", **vote)["points"] == {}
    assert form.asks("votes", "begin", who="verkoop", **vote)["points"] == {"Huur": 1, "Training": 2}
    form.asks("votes", "cast", who="service", points={"Training": 3}, **vote)
    rows = form.asks("votes", "outcome", **vote)["rows"]
    assert [(row["option"], row["points"]) for row in rows] == [("Training", "5"), ("Huur", "1")]
    stored = read_field(folder / "client.yaml", TableField("dot_votes"))
    assert {"ballot": "Welke proef eerst?", "option": "Huur"} in stored


@pytest.mark.parametrize(
    ("points", "says"),
    [({"Factuur": 4}, "4 punten; je hebt er 3"), ({"Factuur": -1}, "onder nul"), ({"Factuur": 1.5}, "hele")],
)
def test_more_points_than_somebody_has_are_refused(folder: Path, points: dict[str, Any], says: str) -> None:
    """Whole points, none below zero."""
    form, before = screen(folder), (folder / "dot_votes.csv").read_bytes()
    reply = form.asks("votes", "cast", ballot="Wat herstellen we als eerste?", who="ict", points=points, dots=3)
    assert says in reply["fault"]
    assert (folder / "dot_votes.csv").read_bytes() == before


def test_a_ballot_needs_a_question_of_its_own_and_two_options(folder: Path) -> None:
    """Otherwise there is nothing to choose."""
    form = screen(folder)
    assert "twee opties" in form.asks("votes", "make", ballot="Waarheen?", options=["Noord"])["fault"]
    assert "is er al" in form.asks("votes", "make", ballot="wat herstellen we als eerste?", options=["a", "b"])["fault"]


# --- decisions and the parking lot ----------------------------------------------------------------------------------


@pytest.mark.parametrize("chapter", [chapter.id for chapter in chapters.chapters()])
def test_decisions_and_the_parking_lot_are_at_the_foot_of_every_form(folder: Path, chapter: str) -> None:
    """And the agenda with its minutes at the head."""
    form = screen(folder, chapter)
    assert [field["id"] for field in form.spec["groups"][-1]["fields"]] == [
        "table:decisions",
        "table:parking_lot",
        "votes",
    ]
    agenda = form.spec["agenda"]
    assert sum(step["minutes"] for step in agenda["steps"]) == agenda["minutes"]
    json.dumps(form.spec)


def test_a_decision_is_saved_from_any_chapter_and_its_cells_one_by_one(folder: Path) -> None:
    """What was decided is enough for a row; who and when may follow."""
    form = screen(folder, "goals")
    before = len(form.grids.rows["decisions"])
    form.does(
        type="row",
        address=["table:decisions"],
        n=1,
        value={"decision": "Stop met band D", "who": "", "when": "", "done": ""},
    )
    cell = form.does(type="save", address=["table:decisions", before, "when"], value="2025-12-16", seen="")
    assert cell["state"] == "saved"
    log = read_client(folder / "client.yaml").tables["decisions"]
    assert (log["decision"].iloc[-1], str(log["when"].iloc[-1])[:10], bool(log["done"].iloc[-1])) == (
        "Stop met band D",
        "2025-12-16",
        False,
    )


def test_what_is_open_comes_first_and_then_the_earliest() -> None:
    """A row without a date comes after those with one."""
    log = pd.DataFrame(
        {
            "item": ["a", "b", "c", "d"],
            "who": ["", "controller", None, "directeur"],
            "when": pd.to_datetime(["2025-11-18", None, "2025-12-09", "2025-10-01"]),
            "done": [True, False, False, False],
        }
    )
    rows = log_rows(log, "nl")
    assert list(rows["item"]) == ["d", "c", "b", "a"]
    assert list(rows["state"]) == ["open", "open", "open", "gedaan"]
    assert log_reading(rows)["case"] == 3


@pytest.mark.parametrize(
    ("ballots", "case"), [([], "none"), (["a"], "one"), (["a", "b"], "few"), (["a", "b", "c", "d"], "many")]
)
def test_the_title_of_the_votes_fits_how_many_ballots_there_were(ballots: list[str], case: str) -> None:
    """With none that got a point, one, a few, or more than a title can name."""
    rows = [(name, option, "x", points) for name in ballots or ["a"] for option, points in (("p", 2), ("q", 1))]
    votes = pd.DataFrame(rows, columns=["ballot", "option", "who", "points"])
    assert vote_reading(vote_rows(votes.assign(points=votes["points"] * bool(ballots))))["case"] == case


def test_nobody_has_to_fill_in_what_a_workshop_leaves_behind(folder: Path, tmp_path: Path) -> None:
    """A client without decisions is as complete as one with them; one with only decisions gets them printed."""
    full = read_client(folder / "client.yaml")
    for name in chapters.MEETING:
        (folder / f"{name}.csv").unlink(missing_ok=True)
    tables = {name: frame for name, frame in full.tables.items() if name not in chapters.MEETING}
    without = type(full)(full.path, full.file, tables)
    pd.testing.assert_frame_equal(completeness(full, "en"), completeness(without, "en"))
    (tmp_path / "client.yaml").write_text(
        HEAD + "tables:\n  parking_lot:\n    - {item: Wie beslist?}\n", encoding="utf-8"
    )
    small = read_client(tmp_path / "client.yaml")
    assert is_begun(small, chapters.chapter("start"))
    assert completeness(small, "en")["share"].max() == 0
    assert len(unanswered(small, "en")) == len(chapters.questions())
