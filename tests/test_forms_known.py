"""What a form offers to choose from, and the small words around it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from crmworkbook import chapters, files, workshop
from crmworkbook.client import Client, read_client
from crmworkbook.forms.grids import Grids
from crmworkbook.forms.known import known_keys
from crmworkbook.forms.score_file import ScoreFile
from crmworkbook.forms.spec import form_spec
from crmworkbook.intake.asked import pages
from crmworkbook.text import Language


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A copy of the demo client."""
    folder = tmp_path_factory.mktemp("known") / "demo"
    shutil.copytree(files.demo_client().parent, folder)
    return read_client(folder / "client.yaml")


def offered(client: Client, chapter_id: str, table: str, column: str, language: Language) -> dict[str, str]:
    """The keys of a column with their words."""
    chapter = chapters.chapter(chapter_id)
    spec = chapters.tables()[table]
    rows = Grids(chapter, client.path, language).read(client)
    return dict(known_keys(chapter, spec, spec.column(column), client, language, rows))


@pytest.mark.parametrize(
    ("chapter", "table", "column", "key", "words"),
    [
        ("business_strategy", "disciplines", "party", "us", "wij"),
        ("business_strategy", "disciplines", "party", "chain", "Landelijke aanbieder"),
        ("business_strategy", "disciplines", "statement", "product_1", "Komt als eerste met iets nieuws op de markt."),
        ("experience", "kano_counts", "feature", "clear_invoice", "Heldere factuur"),
        ("roadmap", "vendor_scores", "criterion", "fit", "Past bij de strategie"),
        ("roadmap", "vendor_scores", "vendor", "A", "A"),
        ("customer_strategy_cube", "cube", "segment", "care", "Zorginstellingen"),
    ],
)
def test_a_key_that_stands_elsewhere_is_chosen_by_its_words(
    client: Client, chapter: str, table: str, column: str, key: str, words: str
) -> None:
    """Nobody has to know that their own firm is called ``us`` in the file."""
    assert offered(client, chapter, table, column, "nl")[key] == words


@pytest.mark.parametrize(("chapter", "table", "column"), [("roadmap", "vendors", "vendor"), ("goals", "goals", "goal")])
def test_a_key_that_people_make_up_is_typed(client: Client, chapter: str, table: str, column: str) -> None:
    """A list would leave no room for a new one."""
    assert offered(client, chapter, table, column, "nl") == {}


def test_tables_of_names_are_told_from_the_tables_about_them(client: Client) -> None:
    """Two groups called *Segments* in one form would be a riddle."""
    chapter = chapters.chapter("customer_strategy_cube")
    spec = form_spec(chapter, client, "en", Grids(chapter, client.path, "en").read(client))
    titles = [group["title"] for group in spec["groups"]]
    assert len(set(titles)) == len(titles)
    assert {"Segments: names", "Segments"} <= set(titles)


def test_a_return_is_typed_and_shown_as_a_percentage(client: Client) -> None:
    """1.4 in the file is 140 with a percent sign on the screen, although it is more than everything."""
    chapter = chapters.chapter("business_case")
    spec = form_spec(chapter, client, "nl", Grids(chapter, client.path, "nl").read(client))
    fields = {field["id"]: field for field in spec["groups"][0]["fields"]}
    roi = fields["answer:business_case.claimed_roi"]
    assert (roi["value"], roi["after"]) == ("140", "%")


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("scores.csv", b'lijst,stelling\n"a,b\n', "regel 2: een aanhalingsteken wordt niet gesloten; sluit het"),
        ("scores.csv", b"lijst,lijst\na,b\n", "regel 1: er staan twee kolommen met dezelfde naam; houd er één"),
        ("scores.xlsx", b"no zip", "dit is geen Excelbestand; bewaar het opnieuw als .xlsx of als CSV"),
    ],
)
def test_a_file_that_is_no_table_is_said_in_the_language_of_the_screen(
    client: Client, name: str, data: bytes, told: str
) -> None:
    """The fault and what to do about it."""
    reply, saved = ScoreFile(client.path, "nl").hear({"name": name}, data)
    assert (reply["faults"], saved) == ([told], None)


def test_the_intake_workbook_does_not_promise_tables_of_the_meeting_itself(client: Client) -> None:
    """Decisions, parking lot and votes are no homework, and nothing that is filled in together per chapter."""
    labels = [chapters.tables()[name].label["nl"] for name in chapters.MEETING]
    for page in pages(client, "nl"):
        assert page.key.removeprefix("table:") not in chapters.MEETING
        assert not [label for label in labels if label in page.help], page.key


@pytest.mark.parametrize(("language", "words"), [("nl", "Kies *Run → Run All Cells*"), ("en", "Choose *Run → Run All")])
def test_a_copied_chapter_says_how_to_show_it(tmp_path: Path, language: str, words: str) -> None:
    """JupyterLab runs no cell by itself; a copy that nobody touched stays up to date."""
    file = tmp_path / "client.yaml"
    file.write_text(f"crmworkbook: 1\nname: A\nlanguage: {language}\ncurrency: EUR\nas_of: 2025-12-31\n")
    client = read_client(file)
    assert workshop.copy_notebooks(client) == []
    assert workshop.copy_notebooks(client) == []
    copy = json.loads((tmp_path / "notebooks" / "00_start.ipynb").read_text(encoding="utf-8"))
    assert words in "".join(copy["cells"][0]["source"])
