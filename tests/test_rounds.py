"""A round is a named version of the whole client folder that never changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crmworkbook.client import read_client
from crmworkbook.errors import CrmWorkbookError
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
