"""docs/models.md names what is there: a table that cannot lie."""

from __future__ import annotations

import importlib.util
import pydoc
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from crmworkbook import chapters

ROOT = Path(__file__).parent.parent
ROWS: list[dict[str, Any]] = yaml.safe_load((ROOT / "docs" / "models.yaml").read_text(encoding="utf-8"))
PLACES = [(row["row"], place) for row in ROWS for place in row["places"]]


def names(key: str) -> list[tuple[str, str, str]]:
    """Chapter and name of everything given under *key*, with its row for the test's name."""
    return [(str(row), place["chapter"], name) for row, place in PLACES for name in place.get(key, ())]


def test_every_thing_of_the_articles_has_a_place_and_an_input_or_a_function() -> None:
    """Eighty-seven things and more; none of them is only a paragraph."""
    assert {row["row"] for row in ROWS} >= set(range(1, 88))
    for row in ROWS:
        assert row["places"], row["what"]
        held = [place.get(key) for place in row["places"] for key in ("questions", "tables", "statements")]
        assert any(held) or any(place.get("functions") for place in row["places"]), row["what"]


def test_every_question_table_and_list_is_asked_for_by_its_chapter() -> None:
    """A chapter asks for it itself, or says that it uses the table of another."""
    for row, chapter_id, name in names("questions"):
        assert name in {question.id for question in chapters.chapter(chapter_id).questions}, (row, name)
    for row, chapter_id, name in names("statements"):
        assert name in chapters.chapter(chapter_id).statements, (row, name)
    for row, chapter_id, name in names("tables"):
        chapter = chapters.chapter(chapter_id)
        assert name in {*chapter.uses, *(table.id for table in chapter.tables)}, (row, name)


@pytest.mark.parametrize("name", sorted({name for _, _, name in names("functions")}))
def test_every_function_is_there(name: str) -> None:
    """Under the name that the page gives it."""
    assert pydoc.locate(f"crmworkbook.{name}") is not None


def test_every_test_is_there() -> None:
    """A renamed test is renamed on the page too."""
    for row, _, name in names("tests"):
        path, _, function = name.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not function or re.search(rf"^(?:async )?def {function}\(", text, re.M), (row, name)


def test_every_source_is_in_the_references() -> None:
    """By its id in templates/references.yaml."""
    for row, _, name in names("source"):
        assert name in chapters.words("references"), (row, name)


def test_the_page_is_the_one_that_the_list_makes() -> None:
    """After a change: uv run python .ci/models_page.py."""
    spec = importlib.util.spec_from_file_location("models_page", ROOT / ".ci" / "models_page.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert (ROOT / "docs" / "models.md").read_text(encoding="utf-8") == made.page(ROWS)
