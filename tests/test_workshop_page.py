"""The page on the workshop: its pictures, its links and the commands that it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from crmworkbook.cli import app

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "workshop.md").read_text(encoding="utf-8")
PICTURES = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGE)


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_is_there_and_loads_fast(picture: str) -> None:
    """A page of pictures that a telephone opens."""
    assert (DOCS / picture).stat().st_size < 250_000


def test_every_picture_of_the_workshop_is_shown_and_can_be_taken_again() -> None:
    """No picture lies about, and none needs somebody's memory."""
    assert {path.name for path in DOCS.glob("workshop-*.png")} == set(PICTURES)
    script = (DOCS.parent / ".ci" / "screenshots.py").read_text(encoding="utf-8")
    for picture in PICTURES:
        assert f'"{picture.removeprefix("workshop-").removesuffix(".png")}":' in script


def test_the_page_shows_commands_that_exist() -> None:
    """What is typed from the page works."""
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    shown = set(re.findall(r"^crmworkbook (\w+)", PAGE, re.MULTILINE))
    assert shown
    assert shown <= known
