"""The report, made by the real command, read back from the PDF."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import distribution
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import yaml

from crmworkbook import chapters, files
from crmworkbook.client import read_client
from crmworkbook.errors import NotebookError, ReportError
from crmworkbook.report import collect, make_report
from crmworkbook.run import sections_of
from crmworkbook.text import Language
from crmworkbook.typeset import typeset

from .conftest import HEAD
from .pdf import lowest, pages, words

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[Language, Path]:
    """The demo client's report in both languages."""
    folder = tmp_path_factory.mktemp("reports")
    return {language: make_report(None, language, folder / language) for language in ("nl", "en")}


def elements(tree: Any, found: list[Any]) -> list[Any]:
    """All structure elements of a tagged PDF."""
    kids = tree.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found.append(kid)
            elements(kid, found)
    return found


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "nl",
            [
                "CRM-strategie",
                "Peildatum 31-12-2025",
                "€ 4,34 mln",
                "€ 1.715",
                "76,6%",
                "Begrippen",
                "Aannames",
            ],
        ),
        (
            "en",
            ["CRM strategy", "Base date 31/12/2025", "€4.34m", "€1,715", "76.6%", "Glossary", "Assumptions"],
        ),
    ],
)
def test_the_report_speaks_one_language(reports: dict[Language, Path], language: Language, expected: list[str]) -> None:
    """Words, dates and numbers as the reader writes them."""
    text = words(reports[language]).replace("\xa0", " ")
    for part in expected:
        assert part in text
    for chapter in chapters.chapters():
        assert f"{chapter.number} · {chapter.title[language]}" in text


def test_no_word_of_the_other_language_slips_in(reports: dict[Language, Path]) -> None:
    """The furniture of one language is not found in the other's report."""
    assert not re.findall(r"Peildatum|bijlage|Waarschuwing|niet ingevuld|Let op", words(reports["en"]))
    assert not re.findall(r"Base date|appendix|Warning|not answered", words(reports["nl"]))


def test_nothing_unfinished_is_printed(reports: dict[Language, Path]) -> None:
    """No NaN, no infinity, no unfilled place, no ellipsis where a text should be."""
    for pdf in reports.values():
        text = words(pdf)
        assert not re.findall(r"\bnan\b|\binf\b|\bNone\b(?! of us)|NaN|[{}]|<NA>", text)
        assert not re.search(r"^…$", text, re.MULTILINE)


def test_the_pdf_is_tagged_archival_and_accessible(reports: dict[Language, Path]) -> None:
    """PDF/A-2a and PDF/UA-1 as declared, headings in order, every figure with words for who cannot see it."""
    for language, path in reports.items():
        with pikepdf.open(path) as pdf:
            meta = pdf.open_metadata()
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"], meta["pdfuaid:part"]) == ("2", "A", "1")
            assert str(pdf.Root.Lang).startswith(language)
            tags = elements(pdf.Root.StructTreeRoot, [])
            kinds = [str(tag.S) for tag in tags]
            assert {"/H1", "/H2", "/TOC", "/Table", "/TH", "/Figure"} <= set(kinds)
            assert all(str(tag.get("/Alt", "")).strip() for tag in tags if tag.S == "/Figure")
            levels = [int(kind[2]) for kind in kinds if re.fullmatch("/H[1-6]", kind)]
            assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_same_client_gives_the_same_bytes_and_is_not_touched(
    reports: dict[Language, Path], demo_copy: Path, tmp_path: Path
) -> None:
    """Another process, another order of sets, another folder with spaces, braces and accents: the same file."""
    folder = tmp_path / "klant {x} café & zoon"
    demo_copy.parent.rename(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    command = [sys.executable, "-m", "crmworkbook", "report", str(folder), "--language", "nl"]
    env = os.environ | {"PYTHONHASHSEED": "7"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path, env=env)
    path = tmp_path / "reports" / f"{folder.name}-nl" / "report.pdf"  # the usual place, which the command prints
    assert Path(done.stdout.strip()) == path
    assert path.read_bytes() == reports["nl"].read_bytes()
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_short_edition_is_the_same_report_with_less_of_each_chapter(
    reports: dict[Language, Path], tmp_path: Path
) -> None:
    """Every conclusion stands in it, in at most a quarter of the pages."""
    client = read_client(files.demo_client())
    executed = [sections_of(path) for path in sorted((reports["nl"].parent / "notebooks").glob("*.ipynb"))]
    report = collect(client, "nl", executed, brief=True)
    pdf = typeset(report, report.pop("figures"), client, tmp_path / "brief.pdf")
    assert len(pages(pdf)) <= len(pages(reports["nl"])) / 4
    text = words(pdf)
    for sections in executed:
        conclusion = next(part.conclusion for part in reversed(sections) if part.conclusion)
        assert re.sub(r"\s+", " ", conclusion) in text


def test_no_page_is_less_than_a_third_full(reports: dict[Language, Path]) -> None:
    """Between header and footer something stands below the first third of the page; the cover is a cover."""
    for path in reports.values():
        for number, bottom in enumerate(lowest(path)[1:], start=2):
            assert bottom < 842 - 842 / 3, f"{path}: page {number}"


def test_the_output_folder_holds_every_step(reports: dict[Language, Path]) -> None:
    """Data, figures and executed notebooks stand beside the PDF."""
    folder = reports["nl"].parent
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    figures = {block["file"] for c in report["chapters"] for block in _figures(c["blocks"])}
    assert figures == {path.name for path in (folder / "figures").iterdir()}
    assert sorted(path.stem for path in (folder / "notebooks").glob("*.ipynb")) == [c.name for c in chapters.chapters()]


def _figures(blocks: list[Any]) -> list[Any]:
    return [f for b in blocks for f in ([b] if b["kind"] == "figure" else b["items"] if b["kind"] == "pair" else [])]


def test_a_what_if_reaches_the_chapters_the_cover_and_the_appendix(client_of: Callable[..., Path]) -> None:
    """At 8% the customers of the demo are worth €4.84m instead of €4.34m, and nobody can take it for the base case."""
    demo = files.demo_client().parent
    tables = {name: (demo / f"{name}.csv").read_bytes() for name in ("segments", "segment_costs", "cube")}
    names = yaml.safe_load((demo / "client.yaml").read_text(encoding="utf-8"))
    sides = {side: names[side] for side in ("segments", "offerings", "channels")}
    path = client_of(yaml.safe_dump(sides, allow_unicode=True), **tables)
    pdf = make_report(path, "en", path.parent / "out", {"discount_rate": 0.08})
    text = words(pdf)
    assert "What if: discount rate 8.0%" in text
    assert "changed for this run (what if)" in text
    assert "€4.84m" in text


def test_an_empty_client_gets_a_short_report_of_what_to_ask(tmp_path: Path) -> None:
    """Somebody who starts sees the questions, not an error."""
    (tmp_path / "client.yaml").write_text(HEAD, encoding="utf-8")
    path = make_report(tmp_path, "en", tmp_path / "out")
    text = words(path)
    assert "No chapter has been filled in yet" in text
    assert "Which segments do we serve?" in text
    assert len(pages(path)) <= 7


def test_a_client_who_filled_one_chapter_gets_that_chapter(tmp_path: Path) -> None:
    """The rest is listed as open, and nothing stops."""
    (tmp_path / "client.yaml").write_text(
        HEAD + "answers:\n  business_strategy.vision: Voorop\ntables:\n  five_forces:\n"
        "    - {force: rivalry, score: 4}\n    - {force: buyers, score: 2}\n",
        encoding="utf-8",
    )
    text = words(make_report(tmp_path, "nl", tmp_path / "out"))
    assert "1 · Bedrijfsstrategie" in text
    assert "Voorop" in text
    assert "NOG OPEN" in text
    assert "4 · Klantwaarde" in text


def test_real_orders_alone_fill_the_value_chapter(tmp_path: Path) -> None:
    """The CDNOW purchase log: 2,357 customers, 6,919 rows; RFM and value come out of it, the rest is open."""
    log = next(file for file in distribution("lifetimes").files or [] if file.name == "CDNOW_sample.txt")
    rows = [line.split() for line in Path(str(log.locate())).read_text().splitlines()]
    assert len(rows) == 6919
    csv = "customer,date,amount\n" + "".join(f"{row[1]},{row[2]},{row[4]}\n" for row in rows)
    (tmp_path / "orders.csv").write_text(csv, encoding="utf-8")
    (tmp_path / "client.yaml").write_text(
        "crmworkbook: 1\nname: CDNOW\nlanguage: en\ncurrency: USD\nas_of: 1998-06-30\n"
        "assumptions:\n  order_margin: {value: 0.3, source: assumed, confidence: 1}\n"
        "tables:\n  orders: orders.csv\n",
        encoding="utf-8",
    )
    path = make_report(tmp_path, None, tmp_path / "out")
    text = words(path)
    assert "2,357" in text
    assert "6,919" in text
    assert "Champion" in text
    assert "STILL OPEN" in text
    assert "$" in text
    assert "€" not in text


def test_an_output_that_cannot_be_written_is_said_before_anything_runs(tmp_path: Path) -> None:
    """A file stands where the folder should come."""
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(ReportError, match="choose another folder with --output"):
        make_report(None, "nl", tmp_path / "out" / "nl")


def test_a_notebook_that_stops_is_named_with_its_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: Path
) -> None:
    """The message says which cell, why, and which file to open."""
    from crmworkbook import run

    broken = tmp_path / "notebooks"
    broken.mkdir()
    for chapter in chapters.chapters():
        source = (files.notebooks() / f"{chapter.name}.ipynb").read_text(encoding="utf-8")
        (broken / f"{chapter.name}.ipynb").write_text(
            source.replace("chapter.ask()", "chapter.aks()"), encoding="utf-8"
        )
    monkeypatch.setattr(files, "notebooks", lambda: broken)
    with pytest.raises(
        NotebookError, match=r"00_start.ipynb stopped in code cell 4: AttributeError.*\n.*Open "
    ) as caught:
        run.run_chapters(read_client(demo), "nl", tmp_path / "out")
    assert caught.value.executed.is_file()
