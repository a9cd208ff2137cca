"""The workbook that goes to the client beforehand: what it asks, and what comes back of it."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from rich.console import Console
from typer.testing import CliRunner

from crmworkbook import chapters, history
from crmworkbook.cli import app
from crmworkbook.client import Answer, read_client
from crmworkbook.errors import CrmWorkbookError
from crmworkbook.intake import print_outcome, read_back, write_workbook
from crmworkbook.intake.taking import Outcome
from crmworkbook.intake.words import words
from crmworkbook.new_client import new_client
from crmworkbook.saving import AnswerField, RowField, TableField, read_field, save
from crmworkbook.text import LANGUAGES, Language, Text
from tests.conftest import HEAD, SEGMENTS

BODY = """channels:
  web: Webshop
assumptions:
  discount_rate: {value: 0.1, source: Controller, confidence: 4}
answers:
  # the first question
  start.scope: {value: sales, source: {nl: Directie, en: Board}, confidence: 2}
  start.crm_definition: {text: {nl: Klanten kennen, en: Know your customers}}
  roadmap.use: [strategic, learn]
tables:
  segments: segments.csv
  customers: customers.csv
  objectives:
    - {objective: Groei, kpi: Omzet, target: 0.1, unit: share, due: 2026-06-30}
    - {objective: Rust, unit: count}
"""
BODY = BODY.replace("[strategic, learn]", "[strategic, analytical]")
SEGMENT_ROWS = (
    "segment,customers_start,customers_lost,revenue,market_growth\noffices,198,32,1450000,0.04\ncare,60,3,900000,0.02\n"
)
CUSTOMER_ROWS = "customer,segment,contribution\n1001,offices,2500.5\n0042,care,1200\n"


pytestmark = pytest.mark.slow
KEPT = (
    *("data", "lists", "cover", "names:segments", "names:offerings", "names:channels", "assumptions"),
    *("chapter:start", "chapter:goals", "chapter:roadmap"),
    *("table:segments", "table:objectives", "table:customers", "table:market"),
)


@dataclass
class Folder:
    """A client folder with its workbook, and hands to fill it in."""

    path: Path
    file: Path

    def __post_init__(self) -> None:
        self.book = openpyxl.load_workbook(self.file)

    def sheet(self, key: str) -> Worksheet:
        return next(sheet for sheet in self.book.worksheets if sheet["A1"].value == f"crmworkbook intake {key}")

    def cell(self, key: str, column: str, row: str | int) -> Any:
        """A cell of a page by the name of its column and the key, or the number, of its row."""
        sheet = self.sheet(key)
        at = next(cell.column for cell in sheet[3] if cell.value == column)
        number = row if isinstance(row, int) else next(c.row for c in sheet["A"] if c.value == row)
        return sheet.cell(number, at)

    def put(self, key: str, column: str, row: str | int, value: Any) -> str:
        """Type in a cell; returns its place as messages name it."""
        cell = self.cell(key, column, row)
        cell.value = value
        return f"{cell.parent.title}!{cell.coordinate}"

    def read(self, **how: Any) -> Outcome:
        self.book.save(self.file)
        return read_back(self.path, self.file, **how)

    def refused(self) -> dict[str, str]:
        return {one.place: one.wrong for one in self.read().refused}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small client with its Dutch workbook, made once."""
    folder = tmp_path_factory.mktemp("intake") / "client"
    folder.mkdir()
    (folder / "client.yaml").write_text(HEAD + SEGMENTS + BODY, encoding="utf-8")
    (folder / "segments.csv").write_text(SEGMENT_ROWS, encoding="utf-8")
    (folder / "customers.csv").write_text(CUSTOMER_ROWS, encoding="utf-8")
    whole = write_workbook(folder)
    whole.rename(folder / "whole.xlsx")
    book = openpyxl.load_workbook(folder / "whole.xlsx")
    for sheet in book.worksheets:  # those that no test fills in take a second each time
        if sheet["A1"].value.removeprefix("crmworkbook intake ") not in KEPT:
            book.remove(sheet)
    book.save(whole)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Folder:
    """The small client, with the sheets of its workbook that the tests fill in."""
    shutil.copytree(written, tmp_path / "client")
    return Folder(tmp_path / "client" / "client.yaml", tmp_path / "client" / "intake-bronmolen-nl.xlsx")


@pytest.fixture(scope="module")
def whole(written: Path) -> Folder:
    """The same with the whole workbook, to look at."""
    return Folder(written / "client.yaml", written / "whole.xlsx")


def contents(path: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in path.iterdir() if one.suffix in (".yaml", ".csv")}


# --- the workbook -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demo_client_comes_back_as_it_went(demo_copy: Path, language: Language) -> None:
    """Reading back what nobody touched changes no byte of the client file or a table."""
    before = contents(demo_copy.parent)
    outcome = read_back(demo_copy, write_workbook(demo_copy, language))
    assert contents(demo_copy.parent) == before
    assert (outcome.taken, outcome.kept, outcome.emptied, outcome.refused, outcome.notes) == ([], [], [], [], [])
    assert outcome.unchanged > 1000
    assert not history.versions(demo_copy.parent)[1:]


def test_the_workbook_asks_every_question_but_the_guesses(whole: Folder) -> None:
    """Guesses are made in the room, before anybody sees a figure; tables for the session stay out too."""
    asked = {cell.value for sheet in whole.book for cell in sheet["A"] if cell.value}
    for key, question in chapters.questions().items():
        assert (f"answer:{key}" in asked) == (question.role != "guess")
    assert {f"assumption:{name}" for name in chapters.assumptions()} <= asked
    assert {f"crmworkbook intake table:{name}" for name in words()["beforehand"]} <= asked
    assert "crmworkbook intake table:scores" not in asked


def test_the_tables_to_send_ahead_exist() -> None:
    """The list of tables in the words of the workbook names tables that chapters ask for."""
    assert set(words()["beforehand"]) <= set(chapters.tables())


def test_the_workbook_can_be_filled_in_without_a_manual(whole: Folder) -> None:
    """Heads stay in sight, choices come from lists, keys are hidden, and it prints on A4 across."""
    sheet = whole.sheet("table:segments")
    assert sheet.freeze_panes == "C6"
    assert sheet.column_dimensions["A"].hidden
    assert sheet.row_dimensions[3].hidden
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$4:$5"
    assert whole.cell("table:segments", "segment", 4).value == "Segment *"
    assert whole.cell("table:segments", "segment", "row:0").value == "Kantoren"
    assert whole.cell("table:segments", "market_growth", "row:0").number_format == "0.0##%"
    lists = {check.formula1 for check in sheet.data_validations.dataValidation if check.type == "list"}
    assert "'Namen segmenten'!$B$6:$B$205" in lists
    assert whole.cell("chapter:start", "confidence", "answer:start.scope").value == "2 vermoeden"
    assert [sheet.title for sheet in whole.book if sheet.sheet_state == "hidden"] == ["_lists", "_crmworkbook"]
    assert all(len(title) <= 31 for title in whole.book.sheetnames)
    assert all(cell.data_type != "f" for sheet in whole.book for row in sheet.iter_rows() for cell in row)


def test_the_cover_invents_no_date_and_names_whom_to_ask(whole: Folder) -> None:
    """By when to return it is for the sender to fill in."""
    cover = whole.book.worksheets[0]
    said = [cell.value for row in cover.iter_rows() for cell in row if cell.value]
    assert cover["B6"].value == "Terugsturen vóór"
    assert cover["C6"].value is None
    assert "de begeleider van de werksessie" in said
    links = {cell.hyperlink.location.rpartition("!")[0].strip("'") for row in cover for cell in row if cell.hyperlink}
    assert links == {sheet.title for sheet in whole.book.worksheets[1:-2]}


def test_a_quick_client_gets_a_short_workbook(client_of: Callable[..., Path]) -> None:
    """Ten questions, the names of the segments and two tables."""
    path = client_of("route: quick\n")
    book = openpyxl.load_workbook(write_workbook(path))
    marks = [str(sheet["A1"].value).removeprefix("crmworkbook intake ") for sheet in book]
    assert [mark for mark in marks if mark.startswith("table:")] == ["table:segments", "table:segment_costs"]
    assert sum(str(c.value).startswith("answer:") for s in book.worksheets[:-1] for c in s["A"]) == 10


def test_a_workbook_that_is_there_is_not_overwritten(folder: Folder) -> None:
    """It may have been filled in."""
    with pytest.raises(CrmWorkbookError, match="bestaat al"):
        write_workbook(folder.path)
    before = folder.file.read_bytes()
    assert write_workbook(folder.path, over=True) == folder.file
    assert folder.file.read_bytes() != before


def test_a_table_in_an_excel_file_or_too_long_for_a_sheet_is_not_asked_here(client_of: Callable[..., Path]) -> None:
    """The sheet says where the table stands, and reading back leaves it alone."""
    rows = "".join(f"{number},10\n" for number in range(2001))
    path = client_of(customers=f"customer,contribution\n{rows}", partners="x\n")
    book = openpyxl.Workbook()
    book.active.append(["partner", "role", "norms_agreed"])  # type: ignore[union-attr]
    book.active.append(["Dealer A", "dealer", "ja"])  # type: ignore[union-attr]
    book.save(path.parent / "partners.xlsx")
    path.write_text(path.read_text(encoding="utf-8").replace("partners.csv", "partners.xlsx"), encoding="utf-8")
    file = write_workbook(path)
    said = {sheet["A1"].value.rpartition(":")[2]: sheet["B2"].value for sheet in openpyxl.load_workbook(file)}
    assert "2001 regels" in said["customers locked"]
    assert "in het bestand partners.xlsx" in said["partners locked"]
    outcome = read_back(path, file)
    assert (outcome.emptied, outcome.refused, outcome.notes) == ([], [], [])


# --- what comes back ----------------------------------------------------------------------------------------------


def test_changed_cells_arrive(folder: Folder) -> None:
    """Answers, sources, assumptions, names and tables; the other language of a text stays, and so do comments."""
    folder.put("chapter:start", "value", "answer:start.scope", "het management")
    folder.put("chapter:start", "source", "answer:start.scope", "Directieoverleg")
    folder.put("chapter:start", "value", "answer:start.crm_definition", "Klanten begrijpen")
    folder.put("chapter:goals", "value", "answer:goals.review_on", datetime(2026, 9, 1))
    folder.put("chapter:roadmap", "value", "answer:roadmap.use", "analytisch; operationeel")
    folder.put("assumptions", "value", "assumption:discount_rate", 0.08)
    folder.put("assumptions", "confidence", "assumption:discount_rate", "5 gecontroleerd")
    folder.put("names:segments", "nl", 8, "Kleine zaken")
    folder.put("table:segments", "customers_lost", "row:0", 30)
    folder.put("table:segments", "segment", 8, "kleine zaken")
    folder.put("table:segments", "customers_start", 8, "1.250")
    folder.put("table:objectives", "kpi", "row:1", "NPS")
    outcome = folder.read()
    assert (outcome.refused, outcome.kept, outcome.emptied) == ([], [], [])
    client = read_client(folder.path)
    assert client.file.answers["start.scope"] == Answer(
        value="management", source=Text(nl="Directieoverleg", en="Board"), confidence=2
    )
    assert client.file.answers["start.crm_definition"].text == Text(nl="Klanten begrijpen", en="Know your customers")  # type: ignore[union-attr]
    assert client.answer("goals.review_on").value == date(2026, 9, 1)  # type: ignore[union-attr]
    assert set(client.file.answers["roadmap.use"].value) == {"analytical", "operational"}  # type: ignore[union-attr,arg-type]
    assert client.file.assumptions["discount_rate"].value == 0.08
    assert client.file.assumptions["discount_rate"].confidence == 5
    assert client.file.segments["kleine_zaken"] == "Kleine zaken"
    segments = client.tables["segments"].set_index("segment")
    assert segments.loc["offices", "customers_lost"] == 30
    assert segments.loc["kleine_zaken", "customers_start"] == 1250
    assert client.tables["objectives"]["kpi"].tolist() == ["Omzet", "NPS"]
    assert "# the first question" in folder.path.read_text(encoding="utf-8")
    assert history.versions(folder.path.parent)
    again = read_back(folder.path, folder.file)
    assert (again.taken, again.kept, again.refused) == ([], [], [])


def test_every_fault_is_named_by_sheet_and_cell_at_once(folder: Folder) -> None:
    """Good cells are saved, those with a fault are not, and the rest of their row waits with them."""
    wrong = {
        folder.put("table:segments", "customers_start", "row:0", "veel"): "‘veel’ is geen getal",
        folder.put("table:segments", "customers_lost", "row:1", -4): "valt buiten wat hier kan",
        folder.put("table:segments", "market_growth", "row:1", "0,05"): "kan 0,05% zijn of 5%",
        folder.put("table:segments", "segment", 8, "Winkels"): "kies een van Kantoren, Zorg",
        folder.put("table:objectives", "due", "row:0", "03-04-2026"): "kan 3 april 2026 zijn of 4 maart 2026",
        folder.put("table:objectives", "objective", "row:1", "=1/0"): "de formule heeft geen uitkomst",
        folder.put("chapter:start", "value", "answer:start.scope", "iedereen"): "‘iedereen’ is hier geen keuze",
        folder.put("chapter:start", "confidence", "answer:start.crm_definition", "zeker"): "‘zeker’ is hier geen keuze",
        folder.put("assumptions", "value", "assumption:discount_rate", 8): "8 is een percentage",
        folder.put("assumptions", "source", "assumption:order_margin", "kubus"): "Vul eerst de waarde in",
        folder.put("chapter:goals", "value", "answer:goals.review_on", "31-02-2026"): "geen bestaande datum",
    }
    folder.put("table:segments", "revenue", "row:0", 1)
    folder.put("chapter:start", "source", "answer:start.crm_definition", "vergadering")
    folder.put("chapter:start", "value", "answer:start.decision_wanted", "Kiezen")
    before = (folder.path.parent / "segments.csv").read_bytes()
    outcome = folder.read()
    refused = {one.place: one.wrong for one in outcome.refused}
    assert set(refused) == set(wrong)
    for place, words_ in wrong.items():
        assert words_ in refused[place], place
    assert "0 Start en profiel!" in next(iter(set(wrong) & {p for p in wrong if "Start" in p}))
    assert [change.mine for change in outcome.taken] == ["Kiezen"]
    assert (folder.path.parent / "segments.csv").read_bytes() == before
    assert read_client(folder.path).file.answers["start.crm_definition"].source is None  # type: ignore[union-attr]


def test_newer_answers_stay_unless_the_workbook_is_to_win(folder: Folder) -> None:
    """What changed in the folder meanwhile is shown beside the workbook's; untouched cells never overwrite."""
    save(folder.path, AnswerField("start.scope"), Answer(value="organisation", confidence=4))
    save(folder.path, RowField("segments", {"segment": "offices"}), {"revenue": 5, "customers_lost": 31})
    folder.put("chapter:start", "value", "answer:start.scope", "het management")
    folder.put("table:segments", "revenue", "row:0", 7)
    outcome = folder.read()
    assert [(change.now, change.mine) for change in outcome.kept] == [
        ("de hele organisatie", "het management"),
        ("5", "7"),
    ]
    assert (outcome.taken, outcome.refused) == ([], [])
    outcome = folder.read(over=True)
    assert len(outcome.taken) == 2
    client = read_client(folder.path)
    assert client.file.answers["start.scope"] == Answer(value="management", confidence=4)
    assert client.tables["segments"].loc[0, ["revenue", "customers_lost"]].tolist() == [7, 31]


def test_nothing_is_taken_out_without_asking(folder: Folder) -> None:
    """An emptied cell, a removed row and a name that is gone; in a table without keys too."""
    folder.put("chapter:start", "value", "answer:start.crm_definition", None)
    folder.put("table:segments", "revenue", "row:1", None)
    folder.sheet("table:objectives").delete_rows(6)
    before = contents(folder.path.parent)
    asked: list[str] = []
    outcome = folder.read(agreed=lambda question: bool(asked.append(question)))
    assert len(outcome.emptied) == 3
    assert asked[0].startswith("3 keer is iets leeggemaakt")
    assert contents(folder.path.parent) == before
    outcome = folder.read(agreed=lambda question: True)
    assert len(outcome.taken) == 3
    client = read_client(folder.path)
    assert client.answer("start.crm_definition") is None
    assert client.tables["objectives"]["objective"].tolist() == ["Rust"]
    assert client.tables["segments"]["revenue"].isna().tolist() == [False, True]


def test_a_name_leaves_after_the_rows_that_use_it(folder: Folder) -> None:
    """The other way round the client file would not hold for an instant."""
    sheet = folder.sheet("names:segments")
    sheet.delete_rows(7)
    for key in ("table:segments", "table:customers"):
        folder.sheet(key).delete_rows(7)
    assert folder.read(remove=True).refused == []
    assert set(read_client(folder.path).file.segments) == {"offices"}


def test_rows_and_columns_may_move_and_sheets_may_be_renamed(folder: Folder) -> None:
    """Sorted without the hidden column, something inserted, another order of sheets: nothing changes."""
    sheet = folder.sheet("table:segments")
    for at in range(2, 11):
        one, other = sheet.cell(6, at), sheet.cell(7, at)
        one.value, other.value = other.value, one.value
    sheet.title = "Onze klanten"
    folder.sheet("table:objectives").insert_rows(1, 2)
    folder.sheet("table:customers").insert_cols(1, 2)
    folder.sheet("chapter:start").insert_rows(7, 3)
    folder.sheet("chapter:start").insert_cols(4)
    folder.sheet("table:market").sheet_state = "hidden"
    folder.book.move_sheet(sheet, -10)
    folder.book.create_sheet("Kladblok")["A1"] = "bellen"
    outcome = folder.read()
    assert (outcome.taken, outcome.refused, outcome.emptied) == ([], [], [])
    assert outcome.notes == ["Niet gelezen, want niet van ons: Kladblok."]
    place = folder.put("table:segments", "revenue", "row:0", "veel")
    assert place.startswith("Onze klanten!")
    assert list(folder.refused()) == [place]


def test_a_sheet_that_is_gone_or_copied_is_named(folder: Folder) -> None:
    """What is not there changes nothing; of two copies nobody knows which counts."""
    del folder.book[folder.sheet("table:segments").title]
    folder.book.copy_worksheet(folder.sheet("table:objectives"))
    folder.sheet("table:customers").delete_rows(3)
    outcome = folder.read()
    assert outcome.notes == ["Niet in het bestand, dus daar verandert niets: Segmenten."]
    assert sorted(one.place for one in outcome.refused) == [
        "1.1 Doelstellingen",
        "1.1 Doelstellingen Copy",
        "4.2 Klanten met opbrengst en k…",
    ]
    assert outcome.emptied == []


def test_a_copied_row_is_a_new_one(folder: Folder) -> None:
    """Whoever copies a row takes its hidden key along; in a table with keys the second one is refused."""
    for key in ("table:objectives", "table:segments"):
        sheet = folder.sheet(key)
        for at in range(1, sheet.max_column + 1):
            sheet.cell(8, at).value = sheet.cell(6, at).value
    folder.put("table:objectives", "objective", 8, "Winst")
    outcome = folder.read()
    assert [one.wrong for one in outcome.refused] == ["Kantoren staat er al; houd één van de regels"]
    assert read_client(folder.path).tables["objectives"]["objective"].tolist() == ["Groei", "Rust", "Winst"]


def test_two_people_may_add_the_same_row(folder: Folder) -> None:
    """A row that somebody saved meanwhile is weighed cell by cell, not refused as a second one."""
    folder.put("table:market", "segment", 6, "Zorg")
    folder.put("table:market", "offering", 6, "Koffie")
    folder.put("table:market", "market_size", 6, 100)
    folder.put("names:offerings", "nl", 6, "Koffie")
    assert folder.read().refused == []
    assert folder.read().unchanged == folder.read().unchanged
    row = RowField("market", {"segment": "care", "offering": "koffie"})
    assert read_field(folder.path, row) == {"market_size": 100.0}
    save(folder.path, row, {"market_size": 200.0})
    outcome = folder.read()
    assert [(change.now, change.mine) for change in outcome.kept] == [("200", "100")]


def test_an_empty_client_is_filled_in_through_the_workbook(tmp_path: Path) -> None:
    """From `crmworkbook new` by way of Excel to a client that the report takes."""
    path = new_client(tmp_path / "acme", "en", "Acme & Co", created=date(2026, 3, 1))
    folder = Folder(path, write_workbook(path))
    assert folder.file.name == "intake-acme-co-en.xlsx"
    for row, name in enumerate(("SME offices", "Total", "Cafés"), start=6):
        folder.put("names:segments", "en", row, name)
        folder.put("table:segments", "segment", row, name)
        folder.put("table:segments", "customers_start", row, 100 * row)
    folder.put("names:segments", "nl", 6, "Kantoren")
    folder.put("chapter:business_strategy", "value", "answer:business_strategy.vision", "To be first.\n- in coffee")
    folder.put("assumptions", "value", "assumption:discount_rate", 0.09)
    outcome = folder.read()
    assert (outcome.refused, outcome.kept) == ([], [])
    client = read_client(path)
    assert client.file.segments == {
        "sme_offices": Text(nl="Kantoren", en="SME offices"),
        "total_2": "Total",
        "cafes": "Cafés",
    }
    assert client.tables["segments"]["customers_start"].tolist() == [600, 700, 800]
    assert client.answer("business_strategy.vision").text == "To be first.\n- in coffee"  # type: ignore[union-attr]
    assert client.assumption("discount_rate") == 0.09


def test_rows_that_are_offered_count_only_when_filled_in(client_of: Callable[..., Path]) -> None:
    """A table of choices comes with a row for each; those that stay as they were are not the client's."""
    path = client_of(SEGMENTS)
    folder = Folder(path, write_workbook(path))
    assert folder.cell("table:segment_costs", "segment", 7).value == "Zorg"
    folder.put("table:segment_costs", "contribution", 7, 12000)
    assert folder.read().refused == []
    assert read_field(path, TableField("segment_costs")) == ({"segment": "care", "contribution": 12000.0},)


# --- what nobody should send --------------------------------------------------------------------------------------

HOSTILE = [
    '=HYPERLINK("http://x";"klik")',
    "+1-2",
    "-punt\n-punt",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    "_x0041_ en _x000D_",
    "\x1b[31mrood",
    "\u202erev",
    "{naam} %s ${x}",
    "'aanhaling",
    "lang " * 7000,
]


def test_what_people_wrote_is_text_and_stays_what_it_was(client_of: Callable[..., Path]) -> None:
    """No formula runs, nothing is lost on the way out and back, and typed in the workbook it arrives as it was."""
    path = client_of()
    start, others = (chapters.chapter(name) for name in ("business_strategy", "customer_strategy_cube"))
    keys = [f"{start.id}.{question.id}" for question in start.questions][: len(HOSTILE)]
    twins = [f"{others.id}.{question.id}" for question in others.questions]
    for key, text in zip(keys, HOSTILE, strict=True):
        save(path, AnswerField(key), {"text": text})
    stored, before = read_client(path).file.answers, path.read_bytes()
    folder = Folder(path, write_workbook(path))
    for key, twin in zip(keys, twins, strict=False):
        cell = folder.cell("chapter:business_strategy", "value", f"answer:{key}")
        assert cell.data_type == "s"
        assert cell.quotePrefix == (str(cell.value)[0] in "=+-@")
        if len(stored[key].text) < 1000:  # type: ignore[union-attr,arg-type]
            other = folder.cell("chapter:customer_strategy_cube", "value", f"answer:{twin}")
            other.value, other.data_type = cell.value, "s"
    untouched = read_back(path, folder.file)
    assert (untouched.taken, untouched.refused, path.read_bytes()) == ([], [], before)
    outcome = folder.read()
    assert outcome.refused == []
    assert len(outcome.taken) == len(HOSTILE) - 1
    arrived = read_client(path).file.answers
    for key, twin in zip(keys[:-1], twins, strict=False):
        assert arrived[twin].text == stored[key].text  # type: ignore[union-attr]


def test_hidden_letters_of_a_name_reach_no_terminal(folder: Folder) -> None:
    """What is listed carries no control characters, and nothing of a customer."""
    folder.put("table:customers", "segment", "row:0", "Jan Jansen\u202e")
    folder.put("table:customers", "customer", "row:1", "jan@voorbeeld.nl")
    folder.put("chapter:start", "value", "answer:start.crm_definition", "\u202ebel 06-12345678")
    screen = io.StringIO()
    print_outcome(folder.read(), Console(file=screen, width=200))
    said = screen.getvalue()
    assert "Overgenomen" in said
    assert "Geweigerd" in said
    assert [part for part in ("Jansen", "voorbeeld.nl", "\u202e", "12345678") if part in said] == []


def test_a_workbook_of_another_client_or_form_is_refused(folder: Folder, tmp_path: Path) -> None:
    """Nothing of it is taken over."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "client.yaml").write_text(HEAD.replace("Bronmolen", "Windmolen"), encoding="utf-8")
    with pytest.raises(CrmWorkbookError, match="is van Bronmolen, en deze map is van Windmolen"):
        read_back(other, folder.file)
    data = folder.book["_crmworkbook"]
    data["B2"].value = data["B2"].value.replace('"format": 1', '"format": 0')
    with pytest.raises(CrmWorkbookError, match="andere versie"):
        folder.read()
    del folder.book["_crmworkbook"]
    with pytest.raises(CrmWorkbookError, match="verborgen blad"):
        folder.read()


def test_another_base_date_is_said(folder: Folder) -> None:
    """The figures in the workbook may be of the period before."""
    text = folder.path.read_text(encoding="utf-8").replace("as_of: 2025-12-31", "as_of: 2026-12-31")
    folder.path.write_text(text, encoding="utf-8")
    assert folder.read().notes[0].startswith("Let op: dit werkboek is gemaakt bij peildatum 31-12-2025")


def test_what_is_no_workbook_is_refused_before_it_fills_the_memory(folder: Folder, tmp_path: Path) -> None:
    """A file that is gone, no Excel file, one that unpacks to gigabytes, one with entities to expand."""
    for name, content in (("gone.xlsx", None), ("text.xlsx", b"hello"), ("half.xlsx", folder.file.read_bytes()[:9000])):
        if content:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(CrmWorkbookError, match=name):
            read_back(folder.path, tmp_path / name)
    for name, part in (("bomb.xlsx", b"\0" * (61 << 20)), ("entity.xlsx", b'<?xml version="1.0"?><!DOCTYPE x []><x/>')):
        shutil.copy(folder.file, tmp_path / name)
        with zipfile.ZipFile(tmp_path / name, "a", zipfile.ZIP_DEFLATED) as parts:
            parts.writestr("xl/extra.xml", part)
        with pytest.raises(CrmWorkbookError, match=name):
            read_back(folder.path, tmp_path / name)


def test_a_cell_at_the_far_end_of_a_sheet_costs_nothing(folder: Folder) -> None:
    """A workbook that says it is a million rows long is not taken at its word."""
    folder.sheet("table:segments")["XFD1048576"] = "x"
    folder.sheet("table:market")["B1048576"] = "x"
    place = folder.sheet("table:market").title
    assert folder.refused() == {place: "er staan meer dan 5000 regels op dit blad; stuur de tabel als bestand mee"}


# --- the command --------------------------------------------------------------------------------------------------


def test_the_command_writes_reads_and_says_what_happened(folder: Folder) -> None:
    """In the language of the workbook, and with 1 when something was refused."""
    folder.file.unlink()
    run = CliRunner()
    made = run.invoke(app, ["intake", str(folder.path.parent), "-l", "en"])
    assert made.exit_code == 0
    assert "Made " in made.output
    english = Folder(folder.path, folder.path.parent / "intake-bronmolen-en.xlsx")
    place = english.put("table:segments", "revenue", "row:0", "lots")
    english.put("table:objectives", "kpi", "row:1", "NPS")
    english.book.save(english.file)
    read = run.invoke(app, ["intake", str(folder.path.parent), str(english.file)], env={"COLUMNS": "200"})
    assert read.exit_code == 1
    for said in ("Taken over", "NPS", place, "“lots” is not a number", "1 taken over"):
        assert said in read.output
