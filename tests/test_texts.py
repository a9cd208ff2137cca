"""Every text stands in Dutch and English, and every name that is used has words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from crmworkbook import chapters, files, text
from crmworkbook.text import LANGUAGES, Text, fill, names, places
from crmworkbook.yaml_file import read_yaml

ROOT = Path(__file__).parent.parent
WORD_LISTS = ("glossary", "references", "warnings", "formulas", "labels", "furniture")


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Text) or not isinstance(tree, dict | list):
        yield path, tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}.{key}")
    else:
        for position, value in enumerate(tree):
            yield from leaves(value, f"{path}.{position}")


def test_a_text_without_its_partner_does_not_load() -> None:
    """A translation can lag, but not unnoticed."""
    with pytest.raises(ValidationError):
        Text(nl="alleen Nederlands")  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        Text(nl="Nederlands", en="  ")


@pytest.mark.parametrize("name", WORD_LISTS)
def test_both_languages_fill_the_same_places(name: str) -> None:
    """A number that the Dutch text names is named by the English text too."""
    for path, leaf in leaves(text.as_texts(read_yaml(files.templates() / f"{name}.yaml"))):
        if isinstance(leaf, Text):
            assert places(leaf.nl) == places(leaf.en), path


def test_every_chapter_file_loads_and_has_its_notebook() -> None:
    """A chapter is two files of one name."""
    stems = [chapter.name for chapter in chapters.chapters()]
    assert stems == sorted(path.stem for path in files.notebooks().glob("[0-9]*.ipynb"))


@pytest.mark.parametrize("chapter", chapters.chapters(), ids=lambda chapter: chapter.name)
def test_sources_terms_and_what_ifs_of_a_chapter_exist(chapter: chapters.Chapter) -> None:
    """No chapter refers to a book, a term, a table or an assumption that nobody declared."""
    assert set(chapter.sources) <= set(chapters.words("references"))
    assert set(chapter.terms) <= set(chapters.words("glossary"))
    assert {question.source for question in chapter.questions} - {None} <= set(chapters.words("references"))
    assert set(chapter.uses) <= {*chapters.tables(), "orders", "rounds"}
    assert set(chapter.what_ifs) <= set(chapters.assumptions())
    assert sum(item.minutes for item in chapter.agenda) == chapter.minutes


@pytest.mark.parametrize("chapter", chapters.chapters(), ids=lambda chapter: chapter.name)
def test_every_text_of_a_chapter_is_used_by_its_notebook(chapter: chapters.Chapter) -> None:
    """Texts that nothing shows are deleted; heads of parts, columns and lists are found by their names."""
    findings = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "crmworkbook" / "findings").glob("*.py"))
    source = (files.notebooks() / f"{chapter.name}.ipynb").read_text(encoding="utf-8") + findings
    source = source.replace('\\"', '"')
    for key in chapter.texts:
        stem = re.sub("_(note|alt|label)$", "", key)
        found = f'"{key}"' in source or f'"{stem}"' in source
        if re.match("(column|heading|list|slider)_", key):
            found = found or f'"{re.sub("^(column|heading|list|slider)_", "", key)}"' in source
        assert found, key


def test_a_text_is_filled_as_the_reader_writes_numbers() -> None:
    """Dutch points and commas, British commas and points; a true minus sign."""
    line = Text(nl="{a:money} en {b:percent} op {c:number2}", en="{a:money} and {b:percent} at {c:number2}")
    values = {"a": -1900.4, "b": 0.7302, "c": 1234.5}
    assert fill(line, "nl", values) == "€\xa0−1.900 en 73,0% op 1.234,50"
    assert fill(line, "en", values) == "−€1,900 and 73.0% at 1,234.50"


def test_what_is_not_known_is_a_dash_in_any_unit() -> None:
    """No NaN reaches a reader."""
    line = Text(
        nl="{a:money} {a:big_money} {a:percent} {a:number}", en="{a:money} {a:big_money} {a:percent} {a:number}"
    )
    assert fill(line, "en", {"a": float("nan")}) == "– – – –"


def test_values_are_data_and_never_templates() -> None:
    """Braces, attributes and formats in a client's words stay what they are."""
    line = Text(nl="{name} telt", en="{name} counts")
    assert fill(line, "en", {"name": "{0.__class__} {x:money}"}) == "{0.__class__} {x:money} counts"


def test_a_list_is_said_as_people_say_it() -> None:
    """Commas, and a word before the last."""
    assert names(["zorg", "kantoren", "horeca"], "nl") == "zorg, kantoren en horeca"
    assert names(["care", "offices"], "en") == "care and offices"
    assert names([], "en") == ""


def test_every_label_that_the_code_asks_for_exists() -> None:
    """A heading that is missing would stop a report at the last step."""
    for path in (ROOT / "crmworkbook").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "label"
            if called and node.args and isinstance(node.args[0], ast.Constant):
                for language in LANGUAGES:
                    assert text.label(str(node.args[0].value), language)
