"""Is an answer that was confirmed on disk, whatever happens? Kills, several writers, a full disk, a lying clock.

Real processes on a copy of the demo client::

    uv run python benchmarks/saving_reliability.py
    uv run python benchmarks/saving_reliability.py --kills 50 --writers 2 --saves 25
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from crmworkbook import files, history
from crmworkbook.chapters import questions
from crmworkbook.client import WORDY, read_client
from crmworkbook.errors import SaveError
from crmworkbook.saving import AnswerField, NameField, read_fields, save

FIELDS = [AnswerField(key) for key, question in questions().items() if question.kind in WORDY][:40]
NOBODY = 65534


@dataclass(frozen=True)
class Outcome:
    """What one trial showed; good when nothing that was confirmed is lost."""

    trial: str
    good: bool
    figures: str


def copy_of_demo(room: Path) -> Path:
    """A client folder to break."""
    shutil.copytree(files.demo_client().parent, room / "client", ignore=shutil.ignore_patterns("history"))
    return room / "client" / "client.yaml"


def _child(work: Callable[[int], None]) -> tuple[int, int]:
    """A process that does *work* with a pipe to confirm in; its id and our end of the pipe."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child:
        os.close(theirs)
        return child, ours
    try:
        os.close(ours)
        work(theirs)
    finally:
        os._exit(0)


def _save_on(path: Path, first: int, confirm: int) -> None:
    """Save answer after answer, and confirm each one once `save` has returned."""
    for number in range(first, first + 10_000):
        save(path, FIELDS[number % len(FIELDS)], {"text": _answer(number), "source": "workshop", "confidence": 3})
        os.write(confirm, f"{number}\n".encode())


def _answer(number: int) -> str:
    return f"Antwoord {number}: één\nregel twee" if number % 3 else f"Antwoord {number}"


def kills(path: Path, times: int, chance: random.Random, longest: float = 0.5) -> Outcome:
    """Kill a process that saves at a random instant, again and again; after each kill look at what is on disk."""
    save(path, FIELDS[-1], {"text": "warm"})  # what a process loads once is loaded before the children part
    lost = broken = newer = 0
    last = -1  # the last number that was confirmed
    for _ in range(times):
        child, pipe = _child(partial(_save_on, path, last + 1))
        time.sleep(chance.uniform(0.0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(pipe, "rb") as confirmed:
            numbers = [int(line) for line in confirmed.read().split()]
        last = numbers[-1] if numbers else last
        try:
            found = read_fields(path, FIELDS)
        except SaveError:
            broken += 1
            continue
        for place, answer in enumerate(found):
            due = last - (last - place) % len(FIELDS)
            is_next = (last + 1) % len(FIELDS) == place and answer is not None and answer.text == _answer(last + 1)
            if due >= 0 and (answer is None or answer.text != _answer(due)) and not is_next:
                lost += 1
            newer += is_next
        last += newer_than(found, last)
    read_client(path)
    save(path, FIELDS[0], {"text": "the end"})
    left = [one.name for one in path.parent.glob(".*.tmp")]
    damaged = sum(not _whole(path.parent, version) for version in history.versions(path.parent))
    good = not (lost or broken or left or damaged)
    return Outcome(
        f"{times} kills",
        good,
        f"{last + 1} saves; {broken} files broken, {lost} answers lost, {damaged} versions damaged, "
        f"{len(left)} temporary files left; {newer} times the save was on disk and not confirmed yet",
    )


def newer_than(found: list, last: int) -> int:
    """1 when the save after the last confirmed one reached the disk, else 0."""
    answer = found[(last + 1) % len(FIELDS)]
    return int(answer is not None and answer.text == _answer(last + 1))


def _whole(folder: Path, version: history.Version) -> bool:
    try:
        return bool(history.files_of(folder, version))
    except SaveError:
        return False


def several_writers(path: Path, writers: int, saves: int) -> Outcome:
    """Several processes save at once, each of them other fields of the same file; all must be there in the end."""

    def work(writer: int) -> Callable[[int], None]:
        def on(confirm: int) -> None:
            for number in range(saves):
                began = time.perf_counter()
                field = NameField("competitors", f"w{writer}_{number}")
                for _ in range(20):
                    try:
                        save(path, field, f"{writer} · {number}")
                        break
                    except SaveError as error:
                        if error.kind != "locked":
                            raise
                os.write(confirm, f"{time.perf_counter() - began}\n".encode())

        return on

    children = [_child(work(writer)) for writer in range(writers)]
    seconds = []
    for child, pipe in children:
        with os.fdopen(pipe, "rb") as confirmed:
            seconds += [float(line) for line in confirmed.read().split()]
        os.waitpid(child, 0)
    named = read_client(path).file.competitors
    kept = sum(named.get(f"w{w}_{n}") == f"{w} · {n}" for w in range(writers) for n in range(saves))
    return Outcome(
        f"{writers} writers × {saves} saves",
        kept == writers * saves == len(seconds),
        f"{kept} of {writers * saves} kept; a save takes {median(seconds):.2f} s with the others in the way",
    )


def disk_full(path: Path) -> Outcome:
    """A limit on the size of a file stands for a disk without room."""

    def work(tell: int) -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        os.write(tell, _refusal(path).encode())

    return _unchanged("disk full", path, work, "full")


def read_only_folder(path: Path) -> Outcome:
    """A folder in which this user may not write."""

    def work(tell: int) -> None:
        if os.geteuid() == 0:  # root may write anywhere
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        os.write(tell, _refusal(path).encode())

    room = path.parent
    os.chmod(room.parent, 0o755)
    os.chmod(room, 0o555)
    try:
        return _unchanged("read-only folder", path, work, "read_only")
    finally:
        os.chmod(room, 0o755)


def _refusal(path: Path) -> str:
    try:
        save(path, FIELDS[0], {"text": "past dit nog?"})
    except SaveError as error:
        return f"{error.kind} {error.mine == {'text': 'past dit nog?'}}"
    return "saved"


def _unchanged(trial: str, path: Path, work: Callable[[int], None], kind: str) -> Outcome:
    before = {one: one.read_bytes() for one in path.parent.iterdir() if one.is_file() and one.suffix != ".lock"}
    child, pipe = _child(work)
    with os.fdopen(pipe, "rb") as told:
        said = told.read().decode()
    os.waitpid(child, 0)
    after = {one: one.read_bytes() for one in path.parent.iterdir() if one.is_file() and one.suffix != ".lock"}
    same = before == after
    return Outcome(
        trial, said == f"{kind} True" and same, f"said {said!r}; files {'as they were' if same else 'changed'}"
    )


def clock_jumps_back(path: Path) -> Outcome:
    """The clock goes back a year between two saves; order and answers must not mind."""
    save(path, FIELDS[1], {"text": "voor de sprong"})
    back = datetime.now(UTC) - timedelta(days=366)

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return back.astimezone(tz) if tz else back.replace(tzinfo=None)

    with patch.object(history, "datetime", Clock):
        for number in range(25):  # often enough to make it thin out
            save(path, FIELDS[1], {"text": f"na de sprong {number}"})
    save(path, FIELDS[1], {"text": "klok weer goed"})
    answers = [_text_of(path, version) for version in history.versions(path.parent)[:27]]
    wanted = ["klok weer goed", *(f"na de sprong {number}" for number in reversed(range(25))), "voor de sprong"]
    return Outcome("clock a year back", answers == wanted, f"{len(answers)} versions in the order of saving")


def _text_of(path: Path, version: history.Version) -> str:
    from crmworkbook.yaml_file import parse

    content, _ = parse(history.files_of(path.parent, version)[path.name].decode())
    return str(content["answers"][FIELDS[1].question]["text"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--saves", type=int, default=500)
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    trials: list[Callable[[Path], Outcome]] = [
        lambda path: kills(path, given.kills, random.Random(given.seed)),
        lambda path: several_writers(path, given.writers, given.saves),
        disk_full,
        read_only_folder,
        clock_jumps_back,
    ]
    table = Table("trial", "result", "seconds", "figures", box=None, pad_edge=False)
    good = True
    for trial in trials:
        with tempfile.TemporaryDirectory() as room:
            began = time.perf_counter()
            outcome = trial(copy_of_demo(Path(room)))
            good &= outcome.good
            table.add_row(
                outcome.trial, "good" if outcome.good else "BAD", f"{time.perf_counter() - began:.0f}", outcome.figures
            )
    Console(width=160).print(table)
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
