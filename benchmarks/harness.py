"""What the benchmarks share: an environment per peer, child processes timed in turn, one page of results.

A *way* is a program that does the work and prints, as its last line, JSON with at least ``seconds``. Its time leaves
out the start of Python and the imports. Its peak memory is what it says itself, until the work is done; where it does
not say, that of the process and its children together, looked at fifty times a second.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import platform
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
CACHE = Path(tempfile.gettempdir()) / "crmworkbook-benchmarks"
OURS = "crmworkbook"
INTRO = """# Benchmarks

Written by the scripts in `benchmarks/`; each replaces its own part of this page. *Times ours* is the median time of a
way divided by our median, all ways timed in turn within one run, with the least and the most of the rounds between
brackets. The ratio is what to look at: seconds are of one machine at one moment, and noisy.
"""


@dataclass(frozen=True)
class Peer:
    """A package to compare with, and what its environment needs."""

    package: str
    python: str
    requirements: tuple[str, ...]


def label(name: str) -> str:
    """A peer as the tables call it."""
    peer = PEERS[name]
    _, exact, version = peer.requirements[0].partition("==")
    version = version if exact else "newest"
    return f"{peer.package} {version} (Python {peer.python})"


PEERS = {
    "lifetimes": Peer("lifetimes", "3.11", ("lifetimes==0.11.3", "setuptools<80", "pyarrow")),
    "pymc-marketing-0": Peer("pymc-marketing", "3.11", ("pymc-marketing==0.19.2", "pyarrow")),
    "pymc-marketing-1": Peer("pymc-marketing", "3.12", ("pymc-marketing>=1", "pyarrow")),
    "clvkit": Peer("clvkit", "3.11", ("clvkit==0.2.1", "pyarrow")),
    "openretailscience": Peer("openretailscience", "3.11", ("openretailscience==0.48.1",)),
}


@dataclass
class Timings:
    """What the rounds of one way gave."""

    name: str
    answers: list[dict[str, Any]] = field(default_factory=list)
    fault: str = ""

    @property
    def seconds(self) -> list[float]:
        return [answer["seconds"] for answer in self.answers]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def peak(self) -> float:
        """Peak memory in MB, median of the rounds."""
        return statistics.median(answer["peak"] for answer in self.answers)


# Options


def options_parser(description: str | None, peers: Sequence[str], rows: Sequence[int]) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=list(rows), help="sizes, one table each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="*", default=list(peers), choices=peers, help="none: --peers without a name")
    parser.add_argument("--quick", action="store_true", help="one round of a thousand rows, to see whether it works")
    parser.add_argument("--cache", type=Path, default=CACHE, help="for environments and data (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=PAGE, help="page to write in (default: %(default)s)")
    parser.add_argument("--date", default="", help="date to print above the tables")
    return parser


def parse(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The options as given; ``--quick`` overrides rows and rounds."""
    options = parser.parse_args()
    if options.quick:
        options.rows, options.rounds = [1000], 1
        if options.output == PAGE:  # which is for real runs
            options.output = options.cache / PAGE.name
    options.cache = options.cache.resolve()
    return options


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# Environments


@functools.cache
def environment(name: str, cache: Path) -> tuple[Path | None, str]:
    """The Python of a peer's own environment, made when it is not there; else why it cannot be made."""
    peer, folder = PEERS[name], cache / "envs" / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted, marker = "\n".join((peer.python, *peer.requirements)), folder / "requirements.txt"
    if marker.exists() and marker.read_text(encoding="utf-8") == wanted:
        return python, ""
    say(f"{name}: making its environment in {folder}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    for interpreter in _interpreters(peer.python):
        fault = _uv(folder.parent, "venv", "--clear", "--python", interpreter, str(folder))
        if not fault:
            break
    fault = fault or _uv(folder.parent, "pip", "install", "--python", str(python), *peer.requirements)
    if fault:
        say(f"{name}: {fault}")
        return None, f"not installed: {fault}"
    marker.write_text(wanted, encoding="utf-8")
    return python, ""


def _interpreters(version: str) -> list[str]:
    """Where Python *version* may be: those of pyenv, which uv does not look through, then what uv finds itself."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return [*map(str, sorted(root.glob(f"versions/{version}.*/bin/python"))), version]


def _uv(folder: Path, *words: str) -> str:
    """Run uv in *folder*, where our own pins do not hold; why it failed, in one line, or nothing."""
    try:
        done = subprocess.run(["uv", *words], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "uv is not on the path"
    return last_words(done.stderr) if done.returncode else ""


def last_words(text: str) -> str:
    """What an error says, short enough for a table: its first cause, else its last line."""
    lines = [line.strip(" │╰─▶×") for line in text.splitlines() if line.strip()] or ["no message"]
    return next((line for line in lines if line.startswith("cause:")), lines[-1])[:160]


# Runs


@dataclass(frozen=True)
class Way:
    """A program to time: what it is called in the table, which Python runs it, and its words."""

    name: str
    script: str
    words: tuple[str, ...]
    peer: str = ""  # empty: ours
    whole: bool = False  # time the process from start to end, and not what it says


def in_turn(ways: Sequence[Way], rounds: int, cache: Path) -> list[Timings]:
    """Each way once per round, so that a busy moment of the machine hits all; one that fails is not run again."""
    places = {way: environment(way.peer, cache) if way.peer else (Path(sys.executable), "") for way in ways}
    found = {way: Timings(way.name, fault=fault) for way, (_, fault) in places.items()}
    for number in range(rounds):
        for way, timings in found.items():
            python = places[way][0]
            if timings.fault or python is None:
                continue
            answer = run(python, way, cache)
            if "fault" in answer:
                timings.fault = answer["fault"]
                say(f"{way.name}: {timings.fault}")
                continue
            timings.answers.append(answer)
            say(f"round {number + 1}, {way.name}: {answer['seconds']:.3g} s, {answer['peak']:,.0f} MB")
    return list(found.values())


def run(python: Path, way: Way, cache: Path) -> dict[str, Any]:
    """One run: what the program printed, with its ``peak`` (MB), or ``fault``."""
    quiet = {"PYTHONWARNINGS": "ignore", "PYTENSOR_FLAGS": f"base_compiledir={cache / 'pytensor'}"}
    command = [str(python), str(HERE / way.script), *way.words]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        child = psutil.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=os.environ | quiet)
        peak, done, start = [0], threading.Event(), time.perf_counter()
        watcher = threading.Thread(target=_watch, args=(child, peak, done))
        watcher.start()
        printed = child.communicate()[0]
        wall = time.perf_counter() - start
        done.set()
        watcher.join()
        if child.returncode:
            errors.seek(0)
            # negative: by a signal, mostly the system's when memory is full
            why = f"ended by signal {-child.returncode}" if child.returncode < 0 else last_words(errors.read())
            return {"fault": why}
    answer = json.loads(printed.splitlines()[-1])
    answer["peak"] = (answer.get("own_peak") or peak[0]) / 1e6
    return answer | ({"seconds": wall} if way.whole else {})


def _watch(child: psutil.Process, peak: list[int], done: threading.Event) -> None:
    """Keep the highest memory of a process and its children together until it is done."""
    family, looks, ended = [child], 0, False
    while not ended:
        try:
            if looks % 20 == 0:  # looking through all processes costs time that the child needs
                family = [child, *child.children(recursive=True)]
            peak[0] = max(peak[0], sum(process.memory_info().rss for process in family))
        except psutil.Error:  # one of them has just ended
            family = [child]
        looks += 1
        ended = done.wait(0.02)


# What comes out


def machine(date: str) -> str:
    """On what, and when if *date* is given."""
    memory = psutil.virtual_memory().total / 2**30
    words = f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB memory, {platform.system()}"
    return f"{words}, {date}" if date else words


def ratio(way: Timings, ours: Timings) -> str:
    """Times ours: ratio of the medians, and the least and the most of the rounds."""
    if way is ours:
        return "1"
    rounds = [theirs / own for theirs, own in zip(way.seconds, ours.seconds, strict=False)]
    spread = f" ({min(rounds):.3g} to {max(rounds):.3g})" if len(rounds) > 1 else ""
    return f"{way.median / ours.median:.3g}{spread}"


def block(
    title: str,
    found: Sequence[Timings],
    names: Sequence[str],
    cells: Callable[[Timings, Timings], Sequence[str]],
    options: argparse.Namespace,
) -> str:
    """A part of the page: ratios, memory, seconds, and columns *names* with what *cells* says of a way and ours."""
    header = ["way", "times ours", "peak MB", "ours of that", "seconds", *names]
    ours, lines = found[0], [header, ["---", *["---:"] * (len(header) - 1)]]
    for way in found:
        if way.fault or not ours.answers:
            lines.append([way.name, way.fault or f"{ours.name} did not run"] + [""] * (len(header) - 2))
            continue
        share = f"{ours.peak / way.peak:.0%}" if way is not ours and way.peak else ""
        numbers = [ratio(way, ours), f"{way.peak:,.0f}", share, f"{way.median:.3g}"]
        lines.append([way.name, *numbers, *cells(way, ours)])
    return f"## {title}\n\n{markdown(lines)}\n\n{footnote(found, options)}"


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """A table of its header, its rule and its rows."""
    return "\n".join(f"| {' | '.join(words)} |" for words in lines)


def footnote(found: Sequence[Timings], options: argparse.Namespace) -> str:
    """How, on what and with which versions it was measured, and the command that does it again."""
    versions = dict.fromkeys(answer.get("versions", "") for way in found for answer in way.answers[:1])
    below = f"Medians of {options.rounds}, in turn, on {machine(options.date)}. {'; '.join(filter(None, versions))}"
    return f"{below}\n\n`{command_line()}`"


def command_line() -> str:
    """How this script was started, to print under its table."""
    return shlex.join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])


def write_block(path: Path, key: str, text: str) -> None:
    """Put *text* on the page under *key*, in place of what stood there; blocks stay in order of their key."""
    page = path.read_text(encoding="utf-8") if path.exists() else INTRO
    blocks = dict(re.findall(r"<!-- (\S+) -->\n(.*?)\n<!-- end -->", page, flags=re.DOTALL))
    intro = page.split("<!--")[0].rstrip()
    blocks[key] = text.strip()
    order = sorted(blocks, key=lambda name: [part.zfill(12) for part in name.split(":")])
    parts = [intro, *(f"<!-- {name} -->\n{blocks[name]}\n<!-- end -->" for name in order)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    say(f"wrote {key} in {path}")
