"""The notebooks are thin, take only declared parameters, and stand with their outputs."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crmworkbook import chapters, files
from crmworkbook.run import sections_of
from crmworkbook.section import MIME

NOTEBOOKS = sorted(files.notebooks().glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[dict[str, Any]]:
    return [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


@every_notebook
def test_the_parameters_are_those_that_the_chapter_declares(path: Path) -> None:
    """Papermill only warns of an unknown parameter, so that a slip would change nothing in silence."""
    chapter = chapters.chapter(path.stem[3:])
    tagged = [cell for cell in code_cells(path) if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1
    names = [node.targets[0].id for node in ast.parse(source(tagged[0])).body]  # type: ignore[attr-defined]
    assert names == ["client_file", "language", *chapter.what_ifs]


@every_notebook
def test_cells_are_thin(path: Path) -> None:
    """What needs a function or a loop belongs in the package."""
    for cell in code_cells(path):
        tree = ast.parse(source(cell))
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.For | ast.While | ast.ClassDef)]
        assert len(source(cell).strip().splitlines()) <= 18


@every_notebook
def test_code_is_hidden_and_the_kernel_is_the_plain_one(path: Path) -> None:
    """In front of people only questions, figures and words are on the screen."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert all(cell["metadata"]["jupyter"]["source_hidden"] for cell in code_cells(path))


@every_notebook
def test_outputs_are_stored_and_complete(path: Path) -> None:
    """Nbval compares nothing in a cell that has no execution count."""
    for cell in code_cells(path):
        assert cell["execution_count"] is not None
        assert not [output for output in cell["outputs"] if output["output_type"] in ("error", "stream")]
    assert sections_of(path)[0].title == chapters.chapter(path.stem[3:]).title["nl"]


@every_notebook
def test_no_path_and_no_customer_is_in_the_outputs(path: Path) -> None:
    """Stored outputs show groups, never persons, and nothing of the machine that made them."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\bK0\d{3}\b", text)
    assert str(files.notebooks().parent) not in text
    assert "/home/" not in text


@every_notebook
def test_a_chapter_prints_at_most_three_rows_of_figures(path: Path) -> None:
    """A page that shows everything shows nothing; two half figures side by side are one row."""
    figures = [block for part in sections_of(path) for block in part.blocks if block.kind == "figure"]
    assert sum(0.5 if figure.half else 1 for figure in figures) <= 3


@pytest.mark.slow
def test_the_papermill_command_runs_the_value_chapter(tmp_path: Path, demo: Path) -> None:
    """As the README shows it."""
    target = tmp_path / "out.ipynb"
    source = files.notebooks() / "04_customer_value.ipynb"
    command = [sys.executable, "-m", "papermill", str(source), str(target), "--no-progress-bar"]
    command += ["-p", "client_file", str(demo), "-p", "language", "en"]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    assert MIME in target.read_text(encoding="utf-8")
