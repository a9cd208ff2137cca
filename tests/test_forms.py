"""The forms of a workshop: what people type, what is meant, and what reaches the client folder."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmworkbook import chapters, files
from crmworkbook.client import read_client
from crmworkbook.errors import FieldError
from crmworkbook.forms.form import Form
from crmworkbook.forms.sliders import Sliders
from crmworkbook.forms.spec import form_spec
from crmworkbook.forms.typed import parse, shown
from crmworkbook.live import Slider
from crmworkbook.text import Language, Text


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

    def does(self, **message: Any) -> dict[str, Any]:
        """What a page sends, and the last thing it hears."""
        self._hear(self, message, None)
        return vars(self)["told"][-1]


def form_of(folder: Path, chapter: str, language: Language = "nl") -> Screen:
    client = read_client(folder / "client.yaml")
    return Screen(chapters.chapter(chapter), client, language)


# --- what people type -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1250", 1250.0),
        ("1.250", 1250.0),
        ("1.250,50", 1250.5),
        ("1,250.50", 1250.5),
        ("€ 415.000,-", 415000.0),
        ("−12,5", -12.5),
        ("  ", None),
    ],
)
def test_an_amount_is_understood_in_the_dress_of_either_language(typed: str, meant: float | None) -> None:
    """A Dutch controller and an English one type the same amount differently."""
    assert parse(typed, "money", "nl") == meant


def test_one_sign_before_three_digits_is_what_it_is_in_the_language_of_the_screen() -> None:
    """1.250 is a thousand to a Dutch reader, and the field then shows 1250, so that nobody is fooled."""
    assert (parse("1.250", "number", "nl"), parse("1,250", "number", "nl")) == (1250.0, 1.25)
    assert (parse("1.250", "number", "en"), parse("1,250", "number", "en")) == (1.25, 1250.0)


@pytest.mark.parametrize(("typed", "meant"), [("84", 0.84), ("84%", 0.84), ("8,5", 0.085), ("0,5%", 0.005), ("0", 0.0)])
def test_a_share_is_typed_as_a_percentage(typed: str, meant: float) -> None:
    """Nobody in a workshop says nought point eight four."""
    assert parse(typed, "share", "nl") == pytest.approx(meant)


def test_a_share_that_can_be_read_two_ways_is_asked_for() -> None:
    """0.84 in a field of percentages may be 84% or 0.84%; guessing wrong costs a factor of a hundred."""
    with pytest.raises(FieldError) as error:
        parse("0,84", "share", "nl")
    assert "84%" in error.value.words.nl
    assert "0.84%" in error.value.words.en


def test_what_is_no_number_or_no_date_is_said_in_both_languages() -> None:
    """The words stand beside the field, in the language of the room."""
    with pytest.raises(FieldError, match="not a number"):
        parse("veel", "count", "nl")
    with pytest.raises(FieldError, match="not a date") as error:
        parse("2025-02-30", "date", "nl")
    assert "geen datum" in error.value.words.nl


@given(st.floats(-1e9, 1e9).map(lambda x: round(x, 4)), st.sampled_from(["nl", "en"]))
def test_what_a_field_shows_is_read_back_as_the_same_number(value: float, language: Language) -> None:
    """A field that somebody only walks through changes nothing."""
    assert parse(shown(value, "number", language), "number", language) == pytest.approx(value)


@given(st.integers(0, 100))
def test_a_share_that_is_shown_is_read_back_as_the_same_share(points: int) -> None:
    """The same for percentages."""
    assert parse(shown(points / 100, "share", "en"), "share", "en") == pytest.approx(points / 100)


def test_values_of_other_kinds_show_as_their_controls_need_them() -> None:
    """Dates as the browser's own date field wants them, keys as keys, words in the language of the screen."""
    assert shown(date(2025, 12, 31), "date", "nl") == "2025-12-31"
    assert shown(("a", "b"), "choices", "nl") == ["a", "b"]
    assert shown(Text(nl="ja", en="yes"), "text", "en") == "yes"
    assert shown(True, "yes_no", "nl") == "true"
    assert shown(None, "money", "nl") == ""


# --- what a form shows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chapter", [c.id for c in chapters.chapters()])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_question_table_and_assumption_of_a_chapter_has_a_field(chapter: str, language: Language) -> None:
    """What the report asks for can be filled in on the screen, each with a name, in both languages."""
    spec, client = chapters.chapter(chapter), read_client(files.demo_client())
    rows: dict[str, Any] = {table.id: [] for table in spec.tables}
    rows |= {f"names.{dimension}": [] for dimension in ("segments", "offerings", "channels", "competitors")}
    fields = [field for group in form_spec(spec, client, language, rows)["groups"] for field in group["fields"]]
    assert {f"answer:{chapter}.{q.id}" for q in spec.questions} <= {field["id"] for field in fields}
    assert {f"assumption:{a.id}" for a in spec.assumptions} <= {field["id"] for field in fields}
    assert {f"table:{t.id}" for t in spec.tables if t.id != "scores"} <= {field["id"] for field in fields}
    assert all(field["label"].strip() and "{" not in field["label"] for field in fields)


def test_the_form_says_how_much_is_still_open(folder: Path) -> None:
    """The count goes down with each answer."""
    form = form_of(folder, "customer_value")
    assert form.spec["open"] == 0
    address = ["answer:customer_value.gut_value", "value"]
    assert form.does(type="save", address=address, value="", seen="6500")["open"] == 1
    assert form.does(type="save", address=address, value="7000", seen="")["open"] == 0


# --- saving ---------------------------------------------------------------------------------------------------------


def test_an_answer_with_its_source_and_confidence_reaches_the_file(folder: Path) -> None:
    """Each part is saved by itself, the others stay."""
    form = form_of(folder, "customer_value")
    key = "answer:customer_value.gut_value"
    reply = form.does(type="save", address=[key, "value"], value="7.250", seen="6500")
    assert (reply["state"], reply["value"]) == ("saved", "7250")
    form.does(type="save", address=[key, "source"], value="Directie", seen="Mediaan van zes inschattingen")
    form.does(type="save", address=[key, "confidence"], value="4", seen="2")
    answer = read_client(folder / "client.yaml").answer("customer_value.gut_value")
    assert answer is not None
    assert (answer.value, answer.confidence) == (7250.0, 4)
    assert isinstance(answer.source, Text)
    assert answer.source.nl == "Directie"
    assert answer.source.en == "Median of six guesses"  # the other language is not thrown away


def test_what_does_not_fit_stays_on_the_screen_and_out_of_the_file(folder: Path) -> None:
    """The message is in the language of the screen; the file does not change by a byte."""
    form, path = form_of(folder, "customer_value"), folder / "client.yaml"
    before = path.read_bytes()
    reply = form.does(type="save", address=["answer:customer_value.gut_value", "value"], value="veel", seen="6500")
    assert reply["state"] == "invalid"
    assert "geen getal" in reply["message"]
    reply = form.does(type="save", address=["assumption:discount_rate", "value"], value="1000", seen="10")
    assert reply["state"] == "invalid"
    assert path.read_bytes() == before


def test_two_screens_on_one_field_are_shown_both_versions(folder: Path) -> None:
    """Nothing is written over; who sits there decides, and then it is."""
    one, other = form_of(folder, "customer_value"), form_of(folder, "customer_value")
    address = ["answer:customer_value.gut_value", "value"]
    one.does(type="save", address=address, value="7000", seen="6500")
    reply = other.does(type="save", address=address, value="8000", seen="6500")
    assert (reply["state"], reply["theirs"]) == ("conflict", "7000")
    reply = other.does(type="save", address=address, value="8000", seen="7000")
    assert reply["state"] == "saved"
    assert one.does(type="refresh")["values"][0][1] == "8000"  # the other screen catches up


def test_a_window_of_the_same_kernel_that_is_behind_counts_as_another_screen(folder: Path) -> None:
    """Two windows share one kernel and one form; the older one may not write over the newer unseen."""
    form = form_of(folder, "customer_value")
    address = ["answer:customer_value.gut_value", "value"]
    form.does(type="save", address=address, value="7000", seen="6500")
    reply = form.does(type="save", address=address, value="9000", seen="6500")
    assert (reply["state"], reply["theirs"]) == ("conflict", "7000")


def test_a_cell_is_saved_without_touching_the_rest_of_its_table(folder: Path) -> None:
    """The file of the table keeps every other line."""
    form = form_of(folder, "customer_value")
    before = (folder / "segment_costs.csv").read_text(encoding="utf-8").splitlines()
    columns = [c.id for c in chapters.tables()["segment_costs"].columns]
    column = next(
        name for name in columns if name not in ("segment",) and form.grids.rows["segment_costs"][0].get(name)
    )
    seen = shown(form.grids.rows["segment_costs"][0][column], "money", "nl")
    reply = form.does(type="save", address=["table:segment_costs", 0, column], value="1.000", seen=seen)
    assert (reply["state"], reply["value"]) == ("saved", "1000")
    after = (folder / "segment_costs.csv").read_text(encoding="utf-8").splitlines()
    assert [old == new for old, new in zip(before, after, strict=True)].count(False) == 1


def test_a_new_row_waits_until_it_is_complete_and_can_be_taken_out_again(folder: Path) -> None:
    """While something is missing the screen says what; the file never holds half a row."""
    form = form_of(folder, "customer_value")
    rows = len(form.grids.rows["purchase_cycles"])
    typed = {
        "product": "Koffiemolen",
        "contribution": "200",
        "purchases": "3",
        "years_between": "",
        "repurchase_chance": "50",
    }
    told = form.does(type="row", address=["table:purchase_cycles"], value=typed, n=1)
    assert told["state"] == "waiting"
    told = form.does(type="row", address=["table:purchase_cycles"], value=typed | {"years_between": "4"}, n=2)
    assert told["state"] == "saved"
    assert len(read_client(folder / "client.yaml").tables["purchase_cycles"]) == rows + 1
    told = form.does(type="remove_row", address=["table:purchase_cycles"], row=rows, n=3)
    assert told["state"] == "saved"
    assert len(read_client(folder / "client.yaml").tables["purchase_cycles"]) == rows


def test_a_segment_gets_a_name_in_each_language_and_keeps_its_key(folder: Path) -> None:
    """Tables point to the key, so a workshop changes names only."""
    form = form_of(folder, "customer_strategy_cube")
    row = form.grids.rows["names.segments"][0]
    reply = form.does(type="save", address=["table:names.segments", 0, "nl"], value="Kantoren", seen=row["nl"])
    assert reply["state"] == "saved"
    named = read_client(folder / "client.yaml").file.segments[row["key"]]
    assert named == Text(nl="Kantoren", en=row["en"])
    reply = form.does(type="save", address=["table:names.segments", 0, "key"], value="kantoren", seen=row["key"])
    assert reply["state"] == "invalid"


# --- what-ifs -------------------------------------------------------------------------------------------------------


def test_a_slider_touches_the_client_file_only_when_its_value_is_used(folder: Path) -> None:
    """Moving shows what would follow; keeping it is another click."""
    path, heard = folder / "client.yaml", []
    client = read_client(path)
    free = Slider("points", "Retentie", "points", 0.0, -0.1, 0.1)
    sliders = Sliders(
        chapters.chapter("customer_value"),
        client,
        "nl",
        {"discount_rate": None, "points": free},
        moved=lambda values, final: heard.append((dict(values), final)),
    )
    before = path.read_bytes()
    sliders._hear(sliders, {"type": "move", "name": "discount_rate", "value": 0.08}, None)
    sliders._hear(sliders, {"type": "release", "name": "discount_rate", "value": 0.09}, None)
    assert heard == [({"discount_rate": 0.08}, False), ({"discount_rate": 0.09}, True)]
    assert path.read_bytes() == before
    sliders._hear(sliders, {"type": "use", "name": "discount_rate", "value": 0.09, "n": 1}, None)
    assert read_client(path).assumption("discount_rate") == 0.09
    assert heard[-1] == ({"discount_rate": None}, True)  # the slider begins there from here on
    kept = {field["name"]: field["keep"] for field in sliders.spec["groups"][0]["fields"]}
    assert kept["discount_rate"]
    assert not kept["points"]
