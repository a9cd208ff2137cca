"""What a form does with messages that its page never sends, and with a disk that will not have what it saves."""

from __future__ import annotations

import json
import os
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crmworkbook import chapters, files
from crmworkbook.client import read_client
from crmworkbook.forms.form import Form

from .conftest import HEAD

LONG = "x" * 1_000_000  # as it could be pasted
DEEP: Any = []
for _ in range(60):
    DEEP = [DEEP]


def _save(value: Any, *address: Any, seen: Any = "") -> dict[str, Any]:
    return {
        "type": "save",
        "address": list(address) or ["answer:start.participants", "value"],
        "value": value,
        "seen": seen,
    }


def _ask(field: Any, what: Any, **more: Any) -> dict[str, Any]:
    return {"type": "ask", "field": field, "what": what, **more}


# a message, and whether it can be answered: one that does not say where it comes from cannot
NOT_OURS: list[tuple[Any, bool]] = [
    *((message, False) for message in (None, 3, "save", [], [1], {}, {"type": None}, {"type": "__class__"})),
    *((_save(value), True) for value in (3, 1.5, True, {"a": 1}, {"nl": "a"}, [1], [["a"]], DEEP, float("nan"), 2**70)),
    *((_save("x", *address), True) for address in (
        ["answer:start.nothing", "value"], ["answer:../../client.yaml", "value"], ["answer:", "value"], ["", "value"],
        ["answer:customer_value.gut_value", "value"], ["assumption:__class__", "value"], ["setting:name", "value"],
        ["answer:start.participants", "text"], ["answer:start.participants", "__dict__"], ["answer:start.participants"],
        ["table:segments", 0, "segment"], ["table:../secret", 0, "x"], ["table:/etc/passwd", 0, "x"],
        ["table:data_sources", -1, "kind"], ["table:data_sources", 10**9, "kind"], ["table:data_sources", "0", "kind"],
        ["table:data_sources", True, "kind"], ["table:data_sources", 0.0, "kind"], ["table:data_sources", 0, "path"],
        ["table:data_sources", 0, ["kind"]], ["scores:nothing", "wij", "x", "score"], ["scores:", "wij", "x", "score"],
        ["scores:../x", "wij", "x", "who"], [["answer:start.participants"], "value"], [{}, {}], [1, 2, 3],
    )),
    *((_save("x") | {"address": address}, True) for address in (None, "answer:start.participants", {}, 7, [])),
    ({"type": "save", "value": "x"}, True),
    (_save(LONG), True),
    *(({"type": "row", "address": [table], "value": {"source": "x"}, "n": 1}, True)
      for table in ("table:nothing", "table:../x", "table:orders", "segments", "table:segments", "", None)),
    *(({"type": "row", "address": ["table:data_sources"], "value": value, "n": 1}, True)
      for value in (None, [], "x", {"source": {"a": 1}}, {"source": 3}, {"source": ["x"], "kind": "contact"},
                    {"source": "x", "kind": "../x"}, {"source": LONG, "kind": "contact"})),
    *(({"type": "remove_row", "address": ["table:data_sources"], "row": row, "n": 1}, True)
      for row in (-1, 10**9, "0", None, [0], True, 1.0)),
    *((_ask(field, "begin", who="x"), True) for field in (None, "", "scores:", "scores:nothing", "table:x", ["votes"])),
    (_ask("votes", "make", ballot="x", options="abc"), True),
    (_ask("votes", "make", ballot={"a": 1}, options=["a", "b"]), True),
    (_ask("votes", "make", ballot="x", options=[["a"], {}]), True),
    (_ask("votes", "cast", ballot="../x", who="ik", points={"a": 1}, dots=3), True),
    *((_ask("votes", "cast", ballot="Wat herstellen we als eerste?", who="ik", points=points, dots=3), True)
      for points in (None, [1], {"Factuur": "3"}, {"Factuur": 1e308}, {"Factuur": True}, {"Factuur": float("inf")})),
    (_ask("votes", "outcome"), True),
    (_ask("scores_file", "file", name="../../x.csv", replace=True), True),
    (_ask("scores_file", "file", name=["x"], replace="yes"), True),
    *(({"type": kind, "n": 1, "name": "discount_rate", "value": 0.1}, True) for kind in ("use", "report")),
]  # fmt: skip


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file of a client, but for what the workshop itself keeps there."""
    own = ("history", "notebooks")
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    listed = {path.relative_to(folder).as_posix(): path for path in found if path.name != ".client.yaml.lock"}
    return {name: path.read_bytes() for name, path in listed.items() if name.split("/")[0] not in own}


class Screen(Form):
    """A form whose page is a list: what it was sent."""

    def send(self, content: Any, buffers: Any = None) -> None:
        vars(self).setdefault("told", []).append(content)

    def says(self, message: Any) -> list[dict[str, Any]]:
        """What a page hears when it sends *message*."""
        vars(self)["told"] = []
        self._hear(self, message, None)
        return list(vars(self)["told"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo client."""
    target = tmp_path_factory.mktemp("forms") / "bronmolen"
    shutil.copytree(files.demo_client().parent, target, ignore=shutil.ignore_patterns("history"))
    return target


@pytest.fixture(scope="module")
def form(folder: Path) -> Screen:
    """The form of the first chapter."""
    return Screen(chapters.chapter("start"), read_client(folder / "client.yaml"), "nl")


@pytest.mark.parametrize(("message", "answered"), NOT_OURS, ids=lambda value: ascii(value)[:60])
def test_what_a_page_never_sends_is_refused_in_words(form: Screen, folder: Path, message: Any, answered: bool) -> None:
    """Nothing is written, the fault is said where it came from, and the form hears what comes next."""
    before = content_of(folder)
    told = form.says(message)
    assert len(told) == answered
    for reply in told:
        words = reply.get("message") or reply.get("fault") or f"{reply['faults'][0]}."
        assert words.endswith(".") or words.endswith("?"), reply
        assert reply.get("state", "invalid") == "invalid"
    assert content_of(folder) == before
    assert form.says({"type": "ping", "n": 4}) == [{"type": "pong", "n": 4}]


# --- a disk that will not have it -----------------------------------------------------------------------------------

TYPED = {"type": "save", "address": ["answer:start.participants", "value"], "value": "Wij zessen", "seen": ""}


@pytest.fixture
def own() -> Iterator[Path]:
    """A small client of this test's own, where another user can come too."""
    with tempfile.TemporaryDirectory() as room:
        Path(room).chmod(0o755)
        path = Path(room) / "client.yaml"
        path.write_text(HEAD + "answers:\n  start.initiative: wij\n", encoding="utf-8")
        yield path


def form_of(path: Path) -> Screen:
    return Screen(chapters.chapter("start"), read_client(path), "nl")


def said_without(limit: Callable[[], None], form: Screen) -> dict[str, Any]:
    """What the page hears in a process that first loses something for good."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        limit()
        os.write(into, json.dumps(form.says(TYPED)[0]).encode())
        os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as told:
        reply = json.loads(told.read())
    os.waitpid(child, 0)
    return dict(reply)


def _no_room() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))  # stands for a disk that is full


def _nobody() -> None:
    if os.geteuid() == 0:  # root may write anywhere
        os.setgid(65534)
        os.setuid(65534)


@pytest.mark.parametrize(("limit", "why"), [(_no_room, "schijf is vol"), (_nobody, "schrijfrechten")])
def test_a_disk_that_takes_nothing_is_said_beside_the_field(own: Path, limit: Callable[[], None], why: str) -> None:
    """What was typed stays on the screen and the file as it was; once there is room again, it is saved."""
    form, before = form_of(own), own.read_bytes()
    own.parent.chmod(0o555)
    try:
        reply = said_without(limit, form)
    finally:
        own.parent.chmod(0o755)
    assert reply["state"] == "invalid"
    assert why in reply["message"]
    assert own.read_bytes() == before
    assert form.says(TYPED)[0]["state"] == "saved"


def test_a_file_that_is_edited_by_hand_meanwhile_is_said_where(own: Path) -> None:
    """Half a line in an editor: nothing is written over it, and when it is whole again the field is saved."""
    form, whole = form_of(own), own.read_text(encoding="utf-8")
    own.write_text(whole + "  start.crm_definition: [half\n", encoding="utf-8")
    reply = form.says(TYPED)[0]
    assert reply["state"] == "invalid"
    assert "client.yaml" in reply["message"]
    assert form.says({"type": "refresh"})[-1]["values"] == []
    assert own.read_text(encoding="utf-8").endswith("[half\n")
    own.write_text(whole + "  start.crm_definition: helemaal\n", encoding="utf-8")
    assert form.says(TYPED)[0]["state"] == "saved"
    assert "helemaal" in own.read_text(encoding="utf-8")


def test_a_clock_that_jumps_back_keeps_no_answer_from_the_screen(own: Path) -> None:
    """What another window saved an hour ago by its clock is news all the same."""
    form = form_of(own)
    own.write_text(own.read_text(encoding="utf-8").replace(": wij", ": zij"), encoding="utf-8")
    os.utime(own, (0, 0))
    shown = dict((tuple(place), value) for place, value in form.says({"type": "refresh"})[-1]["values"])
    assert shown["answer:start.initiative", "value"] == "zij"
    assert form.says(TYPED)[0]["state"] == "saved"
