"""Saving: one field at a time, nothing else touched, nothing lost."""

from __future__ import annotations

import difflib
import random
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.saving_reliability import copy_of_demo, disk_full, kills, read_only_folder, several_writers
from crmworkbook import chapters, disk, files, history
from crmworkbook.client import Answer, Assumption, read_client
from crmworkbook.new_client import new_client
from crmworkbook.saving import (
    AnswerField,
    AssumptionField,
    Conflict,
    FieldError,
    NameField,
    RowField,
    SaveError,
    SettingField,
    TableField,
    read_field,
    save,
    score_field,
)
from crmworkbook.saving.faults import in_words
from crmworkbook.saving.yaml_text import OnlyByHand, put, take_out
from crmworkbook.text import Text, clean
from crmworkbook.yaml_file import compose, parse

WHO = AnswerField("start.participants")
RATE = AssumptionField("discount_rate")
HEAD = "name: Bronmolen\nlanguage: nl\nas_of: 2025-12-31\nsegments: {offices: Kantoren, care: Zorg}\n"


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A copy of the demo client."""
    shutil.copytree(files.demo_client().parent, tmp_path / "demo", ignore=shutil.ignore_patterns("history"))
    return tmp_path / "demo" / "client.yaml"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A client file of a few lines."""
    path = tmp_path / "client.yaml"
    path.write_text(HEAD, encoding="utf-8")
    return path


def changed_lines(before: bytes, after: bytes) -> list[str]:
    diff = difflib.unified_diff(before.decode().splitlines(), after.decode().splitlines(), n=0, lineterm="")
    return [line for line in list(diff)[2:] if not line.startswith("@@")]


# --- what is written ----------------------------------------------------------------------------------------------


def test_an_answer_changes_its_own_lines_and_no_other(demo: Path) -> None:
    """Comments, order and quotes of a file that people also edit by hand stay as they are."""
    before = demo.read_bytes()
    saved = save(demo, WHO, {"text": "De directie", "source": "Startgesprek", "confidence": 5})
    lines = changed_lines(before, demo.read_bytes())
    assert [line for line in lines if line.startswith("+")] == ["+    text: De directie", "+    source: Startgesprek"]
    assert saved.changed
    assert read_field(demo, WHO) == Answer(text="De directie", source="Startgesprek", confidence=5) == saved.value


def test_saving_what_is_there_already_writes_nothing(demo: Path) -> None:
    """A form that nobody touched leaves no trace."""
    before = demo.stat().st_mtime_ns
    fields = [AnswerField("start.scope"), WHO, RATE, NameField("segments", "care"), SettingField("as_of")]
    fields += [
        TableField("cube_weights"),
        TableField("objectives"),
        score_field("service_attitude", "service", "verkoop"),
    ]
    for field in fields:
        assert not save(demo, field, read_field(demo, field)).changed
    assert demo.stat().st_mtime_ns == before
    assert not history.versions(demo.parent)


def test_a_comment_beside_an_assumption_stays(demo: Path) -> None:
    """What the consultant noted next to a number is not ours to lose."""
    save(demo, RATE, {"value": 0.12, "confidence": 4})
    assert "  discount_rate:              # per year\n    value: 0.12\n    confidence: 4\n" in demo.read_text("utf-8")
    assert read_field(demo, RATE) == Assumption(value=0.12, confidence=4)


def test_an_answer_of_several_lines_is_a_block_of_lines(small: Path) -> None:
    """A person who opens the file reads it as it was typed."""
    save(small, WHO, {"text": "Eerste regel: een\n\n- tweede # geen commentaar\n"})
    assert "    text: |-\n      Eerste regel: een\n\n      - tweede # geen commentaar\n" in small.read_text("utf-8")
    assert read_field(small, WHO) == Answer(text="Eerste regel: een\n\n- tweede # geen commentaar")


def test_a_folded_answer_stays_folded(tmp_path: Path) -> None:
    """The style of the file is the style of its owner."""
    path = tmp_path / "client.yaml"
    path.write_text(HEAD + "answers:\n  start.participants:\n    text: >-\n      een\n      twee\n", encoding="utf-8")
    save(path, WHO, {"text": "lang " * 60 + "einde\nnieuwe alinea"})
    assert "    text: >-\n      lang lang" in path.read_text("utf-8")
    assert max(map(len, path.read_text("utf-8").splitlines())) < 120
    assert read_field(path, WHO) == Answer(text="lang " * 60 + "einde\nnieuwe alinea")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_question_of_a_new_client_can_be_answered(tmp_path: Path, language: str) -> None:
    """A file that holds nothing but questions fills up under them, each answer below its own."""
    path = new_client(tmp_path / "new", language, "Nieuw", date(2026, 1, 5))  # type: ignore[arg-type]
    comments = [line for line in path.read_text("utf-8").splitlines() if line.lstrip().startswith("#")]
    for key, question in list(chapters.questions().items())[::4]:
        first = next(iter(question.options), None)
        value = {"choice": first, "choices": (first,), "date": "2026-02-01"}.get(question.kind, 0.5)
        part = {"text": "Een: antwoord"} if question.kind in ("text", "long_text") else {"value": value}
        save(path, AnswerField(key), part | {"confidence": 2})
    save(path, NameField("segments", "shops"), Text(nl="Winkels", en="Shops"))
    save(path, RATE, {"value": 0.1})
    save(path, TableField("segment_costs"), ({"segment": "shops", "contribution": 1000.0},))
    save(path, score_field("service_attitude", "service", "verkoop"), {"score": 4})
    client = read_client(path)
    assert client.tables["scores"]["score"].tolist() == [4]
    assert client.names("segments", "en") == {"shops": "Shops"}
    now = path.read_text("utf-8").splitlines()
    assert [line for line in now if line.lstrip().startswith("#")] == [
        line for line in comments if line.lstrip().startswith("#")
    ]


def test_clearing_keeps_the_question_and_takes_out_the_rest(demo: Path) -> None:
    """An answer that is withdrawn is open again; an assumption falls back on the default."""
    save(demo, WHO, None)
    save(demo, AssumptionField("growth_spend"), None)
    assert read_field(demo, WHO) is None
    assert "  start.participants:\n" in demo.read_text("utf-8")
    assert "growth_spend" not in parse(demo.read_text("utf-8"))[0]["assumptions"]


def test_the_last_entry_leaves_an_empty_mapping_that_still_loads(small: Path) -> None:
    """An empty part of the file is written so that it reads back as empty."""
    save(small, RATE, {"value": 0.1, "source": "controller"})
    save(small, RATE, None)
    assert read_client(small).file.assumptions == {}


def test_a_file_with_windows_line_ends_and_a_byte_order_mark_keeps_them(tmp_path: Path) -> None:
    """Notepad wrote it, and Notepad reads it again."""
    path = tmp_path / "client.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + "answers:\n  start.participants: wij\n").replace("\n", "\r\n").encode())
    save(path, WHO, {"text": "een\r\ntwee", "source": "x"})
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfname")
    assert data.count(b"\n") == data.count(b"\r\n")
    assert read_field(path, WHO) == Answer(text="een\ntwee", source="x")


def test_rights_and_a_symbolic_link_stay(small: Path, tmp_path: Path) -> None:
    """A file that others may not read stays so; a link stays a link."""
    small.chmod(0o640)
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.yaml"
    link.symlink_to(small)
    save(link, WHO, {"text": "via de link"})
    assert link.is_symlink()
    assert stat.S_IMODE(small.stat().st_mode) == 0o640
    assert read_field(small, WHO) == Answer(text="via de link")


# --- user text is data --------------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    "!!python/object/apply:os.system ['touch /tmp/x']",
    "&anchor *alias",
    "*alias",
    "key: value",
    "- item",
    "# comment",
    "'single' \"double\"",
    "{flow: [1, 2]}",
    "%YAML 1.1",
    "---",
    "...",
    "null",
    "~",
    "yes",
    "0x1F",
    "1e5",
    "2025-12-31",
    "@at `tick` |pipe >fold ?question",
    "tab\tin\tit",
    "\x1b[31mred\x1b[0m",
    "nul\x00byte",
    "emoji 😀 and 👩‍👩‍👧",
    "right\u202eleft\u200e",
    "\ufeffmark",
    "line\u2028separator\u2029and\x85next",
    "cr\rlf\r\nend",
    "  leading\n    deeper\n  back",
    "trailing   \n\n\n",
    "one\n---\ntwo\n...\n",
    "\ud800lone",
    "word " * 5000,
    "x" * 39_000,
    "line\n" * 4000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:24]))
def test_hostile_text_is_text(small: Path, text: str) -> None:
    """Whatever people type comes back as they typed it, cleaned, and changes nothing else."""
    wanted = clean(text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\x85", "\n"))
    save(small, WHO, {"text": text, "source": text[:200]})
    assert read_field(small, WHO).text == wanted
    save(small, NameField("segments", "care"), text[:300])
    save(small, TableField("data_sources"), ({"source": text[:300], "kind": "contact"},))
    client = read_client(small)
    assert client.file.answers[WHO.question].text == wanted
    assert client.file.name == "Bronmolen"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=80),
    place=st.sampled_from(["start.participants", "start.crm_definition", "start.initiative", "start.data_held"]),
)
def test_any_text_in_any_style_of_file_reads_back(text: str, place: str) -> None:
    """The text of one field is replaced in plain, quoted, folded and one-line files alike."""
    before = (
        "answers:  # here\n  start.crm_definition: {text: 'x', source: \"y\"}  # c\n  start.participants: >-\n    a\n"
        "    b\n\n      # deeper than it should be\n  start.initiative:\n    text: |\n      a\n  # end\ntables: {}\n"
    )
    wanted = clean(text)
    after = put(before, compose(before), ["answers", place], {"text": wanted, "confidence": 3})
    content, _ = parse(after)
    assert content["answers"].pop(place) == {"text": wanted, "confidence": 3}
    old, _ = parse(before)
    old["answers"].pop(place, None)
    assert content == old


def test_a_megabyte_is_refused_in_words(small: Path) -> None:
    """Too much is said beside the field, in both languages, and nothing is written."""
    with pytest.raises(FieldError) as caught:
        save(small, WHO, {"text": "x" * 1_000_000})
    assert "1000000 tekens" in caught.value.words.nl
    assert "1000000 characters" in caught.value.words.en
    assert small.read_text("utf-8") == HEAD


def test_an_alias_in_a_file_made_by_hand_is_not_written_over(tmp_path: Path) -> None:
    """Writing in one place would change another; that is left to people."""
    text = "answers:\n  start.participants: &wij {text: wij}\n  start.initiative: *wij\n"
    with pytest.raises(OnlyByHand):
        put(text, compose(text), ["answers", "start.initiative"], {"text": "anders"})
    with pytest.raises(OnlyByHand):
        take_out(text, compose(text), ["answers", "start.participants"])


# --- what does not fit --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "dutch"),
    [
        (RATE, {"value": 10}, "aandeel loopt van 0 tot 1"),
        (RATE, {"value": "tien"}, "geen getal"),
        (RATE, {"value": float("nan")}, "geen getal"),
        (RATE, {"value": 0.1, "confidence": 9}, "van 1 tot en met 5"),
        (AnswerField("start.scope"), {"value": "iedereen"}, "geen keuze"),
        (AnswerField("start.nothing"), {"text": "x"}, "Geen hoofdstuk"),
        (WHO, {"text": {"nl": "alleen", "en": ""}}, "beide talen"),
        (SettingField("as_of"), "2025-02-30", "geen bestaande datum"),
        (SettingField("name"), None, "niet leeg"),
        (NameField("segments", "Twee Woorden"), "x", "kort woord"),
        (NameField("segments", "total"), "x", "totaal"),
        (score_field("service_attitude", "service", "wij"), {"score": 7}, "valt buiten"),
        (score_field("service_attitude", "servis", "wij"), {"score": 3}, "geen stelling"),
        (RowField("segment_costs", {"segment": "mars"}), {"contribution": 1}, "niet bekend"),
        (TableField("trend_votes"), ({"trend": "loyalty", "points": 1.5},), "geen heel getal"),
        (TableField("trend_votes"), ({"trend": "loyalty", "points": 1},) * 2, "staat er al"),
    ],
)
def test_what_does_not_fit_is_said_in_plain_words(small: Path, field: object, value: object, dutch: str) -> None:
    """Nothing gets into the file that reading it would refuse, and the form knows what to say."""
    with pytest.raises(FieldError) as caught:
        save(small, field, value)  # type: ignore[arg-type]
    assert dutch in caught.value.words.nl
    assert caught.value.mine == value or value != value
    assert small.read_text("utf-8") == HEAD


def test_every_fault_of_a_form_has_words() -> None:
    """A pattern that matches nothing any more, or places that differ, show here."""
    for entry in disk.words()["faults"]:
        words = in_words(entry["match"].replace("{", "").replace("}", ""))
        assert not words.nl.startswith("Dit past hier niet")
    assert in_words("something new").en == "This does not fit here: something new."


def test_a_fault_elsewhere_does_not_keep_an_answer_from_being_saved(tmp_path: Path) -> None:
    """A typing mistake in one line of the file does not stop the workshop."""
    path = tmp_path / "client.yaml"
    path.write_text(HEAD + "answers:\n  start.scope: nobody\nasumptions: {}\n", encoding="utf-8")
    save(path, WHO, {"text": "wij"})
    assert read_field(path, WHO) == Answer(text="wij")
    with pytest.raises(FieldError):
        read_field(path, AnswerField("start.scope"))
    save(path, AnswerField("start.scope"), {"value": "sales"})
    assert read_field(path, AnswerField("start.scope")).value == "sales"


# --- several people -----------------------------------------------------------------------------------------------


def test_parts_that_two_people_change_are_both_kept(small: Path) -> None:
    """One writes the text while the other gives the source."""
    seen = save(small, WHO, {"text": "wij", "confidence": 2}).value
    save(small, WHO, {"text": "wij", "source": "Kick-off", "confidence": 2}, seen=seen)
    saved = save(small, WHO, {"text": "wij allemaal", "confidence": 2}, seen=seen)
    assert saved.value == Answer(text="wij allemaal", source="Kick-off", confidence=2)


def test_the_same_part_changed_by_two_is_asked_about(small: Path) -> None:
    """Nobody's words are lost without a question; saving with theirs as seen settles it."""
    seen = save(small, WHO, {"text": "wij"}).value
    save(small, WHO, {"text": "zij"})
    before = small.read_bytes()
    with pytest.raises(Conflict) as caught:
        save(small, WHO, {"text": "ik"}, seen=seen)
    conflict = caught.value
    assert (conflict.theirs, conflict.mine, conflict.seen) == (Answer(text="zij"), {"text": "ik"}, seen)
    assert small.read_bytes() == before
    save(small, WHO, conflict.mine, seen=conflict.theirs)
    assert read_field(small, WHO) == Answer(text="ik")


def test_a_row_of_each_in_the_same_table(small: Path) -> None:
    """Two people score at once; and two who fill in one table keep each other's rows."""
    first, second = (score_field("service_attitude", "service", who) for who in ("verkoop", "service"))
    save(small, first, {"score": 4}, seen=None)
    save(small, second, {"score": 2}, seen=None)
    save(small, first, {"target": 5}, seen={"score": 4})
    assert read_field(small, first) == {"score": 4, "target": 5}
    votes = TableField("trend_votes")
    seen = save(small, votes, ({"trend": "loyalty", "points": 1},)).value
    save(small, votes, (*seen, {"trend": "development", "points": 2}), seen=seen)
    save(small, votes, ({"trend": "loyalty", "points": 5},), seen=seen)
    found = {row["trend"]: row["points"] for row in read_field(small, votes)}
    assert found == {"loyalty": 5, "development": 2}


def test_an_editor_that_writes_at_the_same_instant_is_noticed(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Editors take no lock; what they wrote between our reading and writing is read again first."""
    keep, once = history.keep, []

    def with_an_editor(path: Path, *rest: object, **more: object) -> object:
        if not once:
            once.append(True)
            small.write_text(small.read_text("utf-8") + "prepared_by: Ondertussen\n", encoding="utf-8")
        return keep(path, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(history, "keep", with_an_editor)
    save(small, WHO, {"text": "wij"})
    client = read_client(small)
    assert client.file.prepared_by == "Ondertussen"
    assert client.file.answers[WHO.question] == Answer(text="wij")


# --- tables in files ----------------------------------------------------------------------------------------------


def test_a_csv_file_keeps_its_separator_encoding_and_other_lines(tmp_path: Path) -> None:
    """A table out of a Dutch spreadsheet goes back to it as it came."""
    path = tmp_path / "client.yaml"
    path.write_text(HEAD + "tables: {segment_costs: kosten.csv}\n", encoding="utf-8")
    table = tmp_path / "kosten.csv"
    before = "segment;contribution;acquisition\r\noffices;1250,50;10\r\n\r\ncare; 900,25 ;\r\n".encode("cp1252")
    table.write_bytes(before)
    save(path, RowField("segment_costs", {"segment": "care"}), {"acquisition": 12.5})
    assert table.read_bytes() == before.replace(b"care; 900,25 ;", b"care; 900,25 ;12.5")
    save(path, RowField("segment_costs", {"segment": "offices"}), {"contribution": 1.125})
    assert b"offices;1,1250;10\r\n" in table.read_bytes()
    assert read_client(path).tables["segment_costs"]["contribution"].tolist() == [1.125, 900.25]


def test_rows_of_a_csv_file_come_and_go(demo: Path) -> None:
    """Words in two columns are filled from one text or from two."""
    before = (demo.parent / "scores.csv").read_bytes()
    new = score_field("service_attitude", "service", Text(nl="inkoop", en="purchasing"))
    save(demo, new, {"score": 2})
    assert (demo.parent / "scores.csv").read_bytes() == before.rstrip(b"\n") + (
        b"\nservice_attitude,service,inkoop,purchasing,2,\n"
    )
    save(demo, new, None)
    assert (demo.parent / "scores.csv").read_bytes() == before
    votes = TableField("objectives")
    rows = read_field(demo, votes)
    save(demo, votes, (rows[1], rows[0] | {"target": 0.9}, *rows[2:]))
    assert read_field(demo, votes)[1]["target"] == 0.9


def test_a_name_that_a_table_uses_cannot_be_taken_out(demo: Path) -> None:
    """A form cannot make a table refer to a segment that is gone."""
    with pytest.raises(FieldError) as caught:
        save(demo, NameField("segments", "care"), None)
    assert "tabel" in caught.value.words.nl


def test_an_excel_table_is_left_to_excel(demo: Path) -> None:
    """Its own program is the only one that keeps everything in it."""
    import pandas as pd

    pd.read_csv(demo.parent / "market.csv").to_excel(demo.parent / "market.xlsx", index=False)
    demo.write_text(demo.read_text("utf-8").replace("market.csv", "market.xlsx"), encoding="utf-8")
    with pytest.raises(SaveError) as caught:
        save(demo, RowField("market", {"segment": "care", "offering": "coffee"}), {"market_size": 1})
    assert "CSV" in caught.value.words.nl


# --- when things go wrong -----------------------------------------------------------------------------------------


def test_a_file_broken_by_hand_says_where_and_keeps_what_was_typed(small: Path) -> None:
    """The form shows the line to mend, and still has the answer."""
    small.write_text(HEAD + "answers:\n  start.participants: {text: wij\nroute: full\n", encoding="utf-8")
    before = small.read_bytes()
    with pytest.raises(SaveError) as caught:
        save(small, WHO, {"text": "nieuw"})
    assert caught.value.kind == "broken"
    assert caught.value.mine == {"text": "nieuw"}
    assert caught.value.fault is not None
    assert caught.value.fault.line in (6, 7)
    assert f"regel {caught.value.fault.line}" in caught.value.words.nl
    assert small.read_bytes() == before


def test_a_file_that_is_gone_is_said_to_be_gone(small: Path) -> None:
    """A save never makes a client file out of nothing."""
    small.unlink()
    with pytest.raises(SaveError) as caught:
        save(small, WHO, {"text": "nieuw"})
    assert caught.value.kind == "gone"
    assert not small.exists()


@pytest.mark.slow
def test_a_full_disk_and_a_read_only_folder_leave_the_old_file() -> None:
    """In real processes, with a limit of the system and as a user without rights."""
    with tempfile.TemporaryDirectory() as room:
        client = copy_of_demo(Path(room))
        for outcome in (disk_full(client), read_only_folder(client)):
            assert outcome.good, outcome.figures


def test_waiting_for_somebody_else_ends_with_who_it_is(small: Path) -> None:
    """The message names user, machine and process."""
    code = (
        "import sys, time; from pathlib import Path; from crmworkbook import disk\n"
        f"with disk.locked(Path({str(small)!r})):\n print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SaveError) as caught, disk.locked(small, timeout=0.2):
            pass
        assert caught.value.kind == "locked"
        assert str(holder.pid) in caught.value.words.nl
        holder.kill()  # a lock does not outlive its process
        holder.wait()
    assert save(small, WHO, {"text": "toch"}).changed


def test_a_lock_file_left_behind_is_no_lock(small: Path) -> None:
    """A computer that lost its power leaves the file, not the lock."""
    (small.parent / ".client.yaml.lock").write_text("somebody, elsewhere, 1", encoding="utf-8")
    (small.parent / ".client.yaml.abc.tmp").write_text("half", encoding="utf-8")
    assert save(small, WHO, {"text": "wij"}).changed
    assert not list(small.parent.glob(".*.tmp"))


def test_threads_of_one_process_wait_for_each_other(small: Path) -> None:
    """Forms of one kernel can save at the same time."""
    names = [NameField("competitors", f"rival_{number}") for number in range(12)]
    threads = [threading.Thread(target=save, args=(small, name, "Rivaal")) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_client(small).file.competitors) == 12


@pytest.mark.slow
def test_a_kill_at_any_instant_leaves_the_old_file_or_the_new_one(small: Path) -> None:
    """Fifty kills at random moments; the script in benchmarks does a thousand."""
    outcome = kills(small, 50, random.Random(11), longest=0.1)
    assert outcome.good, outcome.figures


@pytest.mark.slow
def test_four_writers_lose_nothing(small: Path) -> None:
    """Four processes with twenty-five saves each leave a hundred answers."""
    outcome = several_writers(small, 4, 25)
    assert outcome.good, outcome.figures


# --- folders that others share ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["OneDrive - Bronmolen", "Dropbox", "Google Drive", "iCloudDrive", "Nextcloud"])
def test_a_synchronised_folder_is_warned_about(tmp_path: Path, name: str) -> None:
    """Two computers with the same folder do not see each other's lock."""
    folder = tmp_path / name / "klanten"
    folder.mkdir(parents=True)
    warning = disk.shared_folder(folder / "client.yaml")
    assert warning is not None
    assert name in warning.nl
    assert disk.shared_folder(tmp_path / "Dropboxers" / "client.yaml") is None


def test_a_network_drive_is_known_by_its_file_system(tmp_path: Path) -> None:
    """As the system lists what is mounted, spaces in names and all."""
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda1 / ext4 rw 0 0\n//server/share /mnt/our\\040share cifs rw 0 0\nbox:/x /mnt nfs4 rw 0 0\n",
        encoding="utf-8",
    )
    assert disk._file_system(Path("/mnt/our share/acme"), str(mounts)) == ("cifs", "/mnt/our share")
    assert disk._file_system(Path("/mnt/other"), str(mounts)) == ("nfs4", "/mnt")
    assert disk._file_system(Path("/home"), str(mounts)) == ("ext4", "/")
