"""Every save leaves a version; versions tell what changed, thin out with age, and can be put back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from crmworkbook import history, rounds
from crmworkbook.changes import difference
from crmworkbook.cli import app
from crmworkbook.client import Answer, read_client
from crmworkbook.errors import SaveError
from crmworkbook.saving import AnswerField, AssumptionField, RowField, TableField, read_field, save

WHO = AnswerField("start.participants")
HEAD = "name: Bronmolen\nlanguage: nl\nas_of: 2025-12-31\nsegments: {offices: Kantoren, care: Zorg}\n"
COSTS = "segment,contribution\noffices,1000\ncare,900\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A client with a table in a file of its own."""
    (tmp_path / "costs.csv").write_text(COSTS, encoding="utf-8")
    (tmp_path / "client.yaml").write_text(HEAD + "tables: {segment_costs: costs.csv}\n", encoding="utf-8")
    return tmp_path / "client.yaml"


def numbers(path: Path) -> list[int]:
    return [version.number for version in history.versions(path.parent)]


def test_every_save_leaves_a_version_and_the_first_also_what_it_found(path: Path) -> None:
    """What stood there before the first form was opened can be had back too."""
    before = path.read_bytes()
    save(path, WHO, {"text": "wij"})
    save(path, RowField("segment_costs", {"segment": "care"}), {"contribution": 950})
    newest, second, first = history.versions(path.parent)
    assert history.content_of(first).why == "outside"
    assert history.files_of(path.parent, first)["client.yaml"] == before
    assert history.content_of(second).what == ("answers.start.participants",)
    assert history.files_of(path.parent, newest)["costs.csv"] == COSTS.replace("care,900", "care,950").encode()


def test_the_same_content_is_stored_once(path: Path) -> None:
    """There and back again costs one name, not one more copy."""
    for text in ("a", "b", "a", "b"):
        save(path, WHO, {"text": text})
    assert len(numbers(path)) == 5
    assert len(list((path.parent / "history" / "versions" / "blobs").iterdir())) == 4  # costs, before, a, b


def test_what_was_changed_by_hand_is_kept_before_a_save_follows(path: Path) -> None:
    """A consultant who edits the file between two answers loses nothing either."""
    save(path, WHO, {"text": "wij"})
    path.write_text(path.read_text("utf-8") + "prepared_by: Met de hand\n", encoding="utf-8")
    by_hand = path.read_bytes()
    save(path, WHO, {"text": "zij"})
    kept = history.versions(path.parent)[1]
    assert history.content_of(kept).why == "outside"
    assert history.files_of(path.parent, kept)["client.yaml"] == by_hand


def test_a_difference_names_questions_and_not_lines(path: Path) -> None:
    """Each field in words, in the language asked for, tables by what makes a row unique."""
    save(path, WHO, {"text": "wij", "confidence": 2})
    save(path, AssumptionField("discount_rate"), {"value": 0.12})
    save(path, RowField("segment_costs", {"segment": "care"}), {"contribution": 950})
    first, last = numbers(path)[-1], numbers(path)[0]
    found = {d.address: (d.label, d.old, d.new) for d in difference(path.parent, first, last, "nl")}
    assert found == {
        "answers.start.participants": ("Wie doen er mee en welk deel van het bedrijf bekijken we?", "", "wij"),
        "answers.start.participants.confidence": (
            "Wie doen er mee en welk deel van het bedrijf bekijken we? (zekerheid)",
            "",
            "2",
        ),
        "assumptions.discount_rate": ("Disconteringsvoet", "", "0,12"),
        "tables.segment_costs[care].contribution": (
            found["tables.segment_costs[care].contribution"][0],
            "900",
            "950",
        ),
    }
    assert difference(path.parent, last, None, "en") == []


def test_restoring_is_a_save_and_can_be_undone(path: Path) -> None:
    """The client file and its table go back together, and what was there is a version too."""
    save(path, WHO, {"text": "wij"})
    save(path, RowField("segment_costs", {"segment": "care"}), {"contribution": 950})
    now = (path.read_bytes(), (path.parent / "costs.csv").read_bytes())
    path.write_bytes(by_hand := now[0] + b"# by hand\n")
    restored = history.restore(path.parent, 1)
    assert read_field(path, WHO) is None
    assert (path.parent / "costs.csv").read_text("utf-8") == COSTS
    assert restored is not None
    kept = history.find(path.parent, restored.number - 1)
    assert history.files_of(path.parent, kept)["client.yaml"] == by_hand
    history.restore(path.parent, 3)
    assert (path.read_bytes(), (path.parent / "costs.csv").read_bytes()) == now
    assert history.restore(path.parent, 3) is None


def test_a_broken_file_can_be_put_right_from_a_version(path: Path) -> None:
    """The way back from a mistake in an editor; the broken file is kept as well."""
    save(path, WHO, {"text": "wij"})
    path.write_text("name: {", encoding="utf-8")
    history.restore(path.parent, 2)
    assert read_field(path, WHO) == Answer(text="wij")
    assert b"name: {" in {history.files_of(path.parent, one)["client.yaml"] for one in history.versions(path.parent)}


def test_versions_thin_out_with_age(path: Path) -> None:
    """All of a day, then one an hour for a week, one a day for a month, one a week after that."""
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    room = path.parent / "history" / "versions"
    room.mkdir(parents=True)
    ages = [timedelta(minutes=20 * step) for step in range(3 * 24 * 8)]  # three an hour for eight days
    ages += [timedelta(days=8, hours=8 * step) for step in range(3 * 82)]  # three a day up to ninety days
    for number, age in enumerate(reversed(ages), start=1):
        (room / f"{number:06d}-{now - age:%Y%m%dT%H%M%S}Z.json").write_text('{"why":"save","what":[],"files":{}}')
    history.thin(path.parent, now)
    kept = [now - version.at for version in history.versions(path.parent)]
    day, week, month = timedelta(days=1), timedelta(days=7), timedelta(days=31)
    assert sum(age <= day for age in kept) == 73
    assert sum(day < age <= week for age in kept) in (144, 145)
    assert sum(week < age <= month for age in kept) in (24, 25)
    assert sum(age > month for age in kept) in (8, 9, 10)
    assert kept[0] == timedelta(0)
    assert len(history.versions(path.parent)) == len(kept)
    history.thin(path.parent, now)
    assert [now - version.at for version in history.versions(path.parent)] == kept


def test_thinning_lets_go_of_contents_and_never_of_rounds(path: Path) -> None:
    """Disk space comes back; a round is for good."""
    save(path, WHO, {"text": "ronde"})
    kept = rounds.keep_round(read_client(path), "2025")
    long_ago = datetime.now(UTC) - timedelta(days=300)
    with patch.object(history, "datetime", wraps=datetime) as clock:
        clock.now.return_value = long_ago
        for number in range(30):
            save(path, WHO, {"text": f"oud {number}"})
    save(path, WHO, {"text": "nu"})
    history.thin(path.parent, datetime.now(UTC))
    assert len(numbers(path)) <= 4
    assert len(list((path.parent / "history" / "versions" / "blobs").iterdir())) <= 1 + len(numbers(path))
    assert all(history.files_of(path.parent, version) for version in history.versions(path.parent))
    assert read_client(kept / "client.yaml").file.answers[WHO.question] == Answer(text="ronde")


def test_a_clock_that_jumps_back_mixes_nothing_up(path: Path) -> None:
    """The number decides what is later; a version from the future is young."""
    with patch.object(history, "datetime", wraps=datetime) as clock:
        clock.now.return_value = datetime.now(UTC) + timedelta(days=400)
        save(path, WHO, {"text": "toekomst"})
    for number in range(25):
        save(path, WHO, {"text": f"nu {number}"})
    assert numbers(path) == list(range(27, 0, -1))
    newest = history.versions(path.parent)[0]
    assert b"nu 24" in history.files_of(path.parent, newest)["client.yaml"]


def test_a_history_that_cannot_be_written_does_not_stop_an_answer(path: Path) -> None:
    """The answer is what counts; the form says that the version is missing."""
    (path.parent / "history").write_text("a file where a folder should be", encoding="utf-8")
    saved = save(path, WHO, {"text": "toch"})
    assert saved.changed
    assert "history" in saved.notes[0].nl
    assert read_field(path, WHO) == Answer(text="toch")


def test_a_damaged_version_is_refused_and_others_still_work(path: Path) -> None:
    """Bits rot and disks fill; what is not whole is never put back."""
    save(path, WHO, {"text": "een"})
    save(path, WHO, {"text": "twee"})
    version = history.find(path.parent, 2)
    blob = path.parent / "history" / "versions" / "blobs" / f"{history.content_of(version).files['client.yaml']}.gz"
    blob.write_bytes(blob.read_bytes()[:30])
    before = path.read_bytes()
    with pytest.raises(SaveError) as caught:
        history.restore(path.parent, 2)
    assert caught.value.kind == "damaged"
    with pytest.raises(SaveError):
        history.restore(path.parent, 99)
    assert path.read_bytes() == before
    history.restore(path.parent, 1)
    assert read_field(path, WHO) is None


def test_a_client_file_that_is_gone_comes_back_from_its_history(path: Path) -> None:
    """What the message of a save that finds no file promises."""
    save(path, WHO, {"text": "wij"})
    path.unlink()
    done = CliRunner().invoke(app, ["history", str(path.parent), "--restore", "2", "--yes"])
    assert done.exit_code == 0, done.output
    assert read_field(path, WHO) == Answer(text="wij")


def test_a_version_never_writes_outside_the_client_folder(path: Path, tmp_path: Path) -> None:
    """A version that came with a folder from elsewhere is data too."""
    save(path, WHO, {"text": "wij"})
    version = history.find(path.parent, 2)
    record = version.path.read_text("utf-8").replace('"costs.csv"', '"../outside.csv"')
    version.path.write_text(record, encoding="utf-8")
    with pytest.raises(SaveError):
        history.restore(path.parent, 2)
    assert not (path.parent.parent / "outside.csv").exists()


def test_the_command_lists_shows_and_restores(path: Path) -> None:
    """From the command line: what changed when, and back."""
    save(path, WHO, {"text": "wij \x1b[31m en zij"})
    save(path, TableField("trend_votes"), ({"trend": "loyalty", "points": 3},))
    run = CliRunner(env={"COLUMNS": "160"})
    listed = run.invoke(app, ["history", str(path.parent)])
    assert "Wie doen er mee" in listed.output
    assert "stemmen op trends" in listed.output
    shown = run.invoke(app, ["history", str(path.parent), "--show", "2", "--language", "nl"])
    assert "wij [31m en zij" in shown.output
    refused = run.invoke(app, ["history", str(path.parent), "--restore", "1"], input="n\n")
    assert refused.exit_code == 0
    assert read_field(path, WHO) is not None
    done = run.invoke(app, ["history", str(path.parent), "--restore", "1", "--yes"])
    assert "Version 1 is back; the state of before is version 3." in done.output
    assert read_field(path, WHO) is None
