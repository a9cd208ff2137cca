"""The commands as a user types them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from crmworkbook import files
from crmworkbook.client import read_client
from crmworkbook.completeness import unanswered
from crmworkbook.new_client import new_client


def crmworkbook(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in *cwd*."""
    command = [sys.executable, "-m", "crmworkbook", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=os.environ | {"COLUMNS": "200"})


def test_new_makes_a_client_that_reads(tmp_path: Path) -> None:
    """Every question stands in the file, in the client's language, and the file has no fault."""
    done = crmworkbook("new", "acme", "--language", "en", "--name", 'Acme: "x" {y} #z', cwd=tmp_path)
    assert done.returncode == 0
    client = read_client(tmp_path / "acme" / "client.yaml")
    assert client.file.name == 'Acme: "x" {y} #z'
    assert client.file.language == "en"
    assert "Which segments do we serve?" in client.path.read_text(encoding="utf-8")


def test_new_never_touches_a_client_that_is_there(tmp_path: Path) -> None:
    """Typing the same command twice loses nothing."""
    crmworkbook("new", "acme", cwd=tmp_path)
    (tmp_path / "acme" / "client.yaml").write_text("mine", encoding="utf-8")
    done = crmworkbook("new", "acme", cwd=tmp_path)
    assert done.returncode == 1
    assert "is there already; choose another folder" in done.stderr
    assert (tmp_path / "acme" / "client.yaml").read_text() == "mine"


def test_the_base_date_of_a_new_client_is_the_end_of_last_year(tmp_path: Path) -> None:
    """A fixed day that stands in the file, and not the day of the calculation."""
    from datetime import date

    path = new_client(tmp_path / "acme", "nl", "Acme", created=date(2026, 3, 1))
    assert read_client(path).file.as_of == date(2025, 12, 31)


def test_check_prints_every_fault_and_exits_with_one(tmp_path: Path) -> None:
    """No traceback, file and line and remedy."""
    (tmp_path / "client.yaml").write_text("crmworkbook: 1\nname: x\nlanguage: de\nas_of: 2025-02-30\n")
    done = crmworkbook("check", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert "client.yaml:3: language: 'de' is not a choice here; write 'nl' or 'en'" in done.stdout
    assert "client.yaml:4: as_of: 2025-02-30 is not a date that exists" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.slow
def test_check_of_a_good_client_says_what_is_open_and_which_warnings_its_figures_give(
    client_of: Callable[..., Path],
) -> None:
    """The demo's segments alone have no fault, leave nearly every question open, and warn of dear new customers."""
    demo = files.demo_client().parent
    names = yaml.safe_load((demo / "client.yaml").read_text(encoding="utf-8"))
    sides = {side: names[side] for side in ("segments", "offerings", "channels")}
    tables = {name: (demo / f"{name}.csv").read_bytes() for name in ("segments", "segment_costs", "cube")}
    path = client_of(yaml.safe_dump(sides, allow_unicode=True), **tables)
    done = crmworkbook("check", ".", cwd=path.parent)
    assert done.returncode == 0, done.stdout
    assert f"Open vragen ({len(unanswered(read_client(path), 'nl'))})" in done.stdout
    assert "W10 · 4 · Klantwaarde\n  Horeca: een nieuwe klant kost € 1.900 en is € 1.715 waard" in done.stdout.replace(
        "\xa0", " "
    )


def test_the_demo_leaves_two_questions_open() -> None:
    """A reader of the demo sees what an open question looks like, and no more of them than that."""
    assert len(unanswered(read_client(files.demo_client()), "nl")) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["report", "--set", "discount=0.1"],
            "--set: discount: there is no such assumption; did you mean discount_rate?",
        ),
        (["report", "--set", "discount_rate"], "--set discount_rate: write a name and a value"),
        (["report", "--set", "discount_rate=8"], "write 0.08 for 8%"),
        (["report", "nowhere"], "there is no such file; make one with: crmworkbook new DIR"),
    ],
)
def test_a_wrong_call_is_one_clear_message(tmp_path: Path, arguments: list[str], message: str) -> None:
    """Exit 1, what is wrong, what to type, no traceback."""
    done = crmworkbook(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
