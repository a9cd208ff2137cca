"""A round is a named version of the whole client folder that never changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmworkbook import chapters
from crmworkbook.client import read_client
from crmworkbook.errors import ClientFileError, CrmWorkbookError
from crmworkbook.notebook import open_chapter
from crmworkbook.rounds import keep_round, rounds

from .conftest import HEAD, SEGMENTS

CSV = "segment,customers_start,customers_lost,customers_new\noffices,10,1,2\ncare,5,0,1\n"


def next_year(path: Path) -> None:
    path.write_text(path.read_text().replace("2025-12-31", "2026-12-31"))


def test_a_round_is_what_the_next_base_date_compares_with(client_of: Callable[..., Path]) -> None:
    """The client of the round keeps its own date and its own tables."""
    path = client_of(SEGMENTS, segments=CSV)
    keep_round(read_client(path), "2025-q4")
    assert read_client(path).earlier is None  # the same date is not earlier
    next_year(path)
    (path.parent / "segments.csv").write_text(CSV.replace("offices,10,1,2", "offices,11,1,2"))
    client = read_client(path)
    assert client.earlier is not None
    assert client.earlier.file.as_of.year == 2025
    assert client.earlier.tables["segments"]["customers_start"].tolist() == [10, 5]


def test_the_last_of_several_rounds_counts(client_of: Callable[..., Path]) -> None:
    """By base date, whatever the names are."""
    path = client_of(SEGMENTS)
    keep_round(read_client(path), "z-first")
    next_year(path)
    keep_round(read_client(path), "a-second")
    assert [kept.name for kept in rounds(path.parent)] == ["z-first", "a-second"]


def test_a_round_is_never_written_over(client_of: Callable[..., Path]) -> None:
    """The second of the same name is refused, and the first stays."""
    path = client_of(SEGMENTS)
    kept = keep_round(read_client(path), "2025")
    before = (kept / "client.yaml").read_bytes()
    with pytest.raises(CrmWorkbookError, match="never changes"):
        keep_round(read_client(path), "2025")
    assert (kept / "client.yaml").read_bytes() == before
    assert [found.name for found in kept.parent.iterdir()] == ["2025"]


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden", "x" * 61])
def test_a_name_that_is_no_folder_name_is_refused(client_of: Callable[..., Path], name: str) -> None:
    """Nothing is written outside the client's history."""
    path = client_of(SEGMENTS, head=HEAD)
    with pytest.raises(CrmWorkbookError, match="name a round"):
        keep_round(read_client(path), name)
    assert not (path.parent / "history").exists()


def test_a_client_file_of_another_name_is_found_again_in_its_round(client_of: Callable[..., Path]) -> None:
    """In a round it is called client.yaml."""
    path = client_of(SEGMENTS, segments=CSV)
    own = path.rename(path.with_name("bronmolen.yaml"))
    keep_round(read_client(own), "2025")
    next_year(own)
    assert read_client(own).earlier is not None


def test_a_round_that_was_changed_is_named(client_of: Callable[..., Path]) -> None:
    """Which round, which file, which row; a round without a readable base date is named too."""
    path = client_of(SEGMENTS, segments=CSV)
    kept = keep_round(read_client(path), "2025-q4")
    next_year(path)
    (kept / "segments.csv").write_text(CSV.replace("offices,10", "offices,many"))
    with pytest.raises(ClientFileError, match=r"history/rounds/2025-q4/segments\.csv:2"):
        _ = read_client(path).earlier
    (kept / "client.yaml").write_text("as_of: [")
    with pytest.raises(ClientFileError, match=r"history/rounds/2025-q4/client\.yaml.*base date"):
        _ = read_client(path).earlier


def test_a_chapter_says_once_that_its_round_is_missing_or_unreadable(demo_copy: Path) -> None:
    """And goes on without it."""
    chapter = open_chapter("monitoring", str(demo_copy))
    assert chapter.earlier.file.as_of.year == 2024
    held = demo_copy.parent / "history" / "rounds" / "2024"
    (held / "goals.csv").unlink()
    (warning,) = shown_without_round(demo_copy)
    words = chapters.words("warnings")["W28"]["cases"]["round_unreadable"]
    assert (warning.id, warning.remedy) == ("W28", words["remedy"]["nl"])
    shutil.rmtree(held)
    assert [block.kind for block in shown_without_round(demo_copy)] == ["prose"]


def shown_without_round(path: Path) -> list[Any]:
    chapter = open_chapter("monitoring", str(path))
    shown: list[Any] = []
    for _ in range(2):
        with chapter.part("drift") as part:
            _ = chapter.earlier
        shown += part.blocks
    return shown
