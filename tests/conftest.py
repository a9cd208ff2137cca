"""What the tests share: the demo client, and small clients made for one purpose."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jupyter_client.provisioning import KernelProvisionerFactory

from crmworkbook import chapters, files
from crmworkbook.findings import Finding
from crmworkbook.text import LANGUAGES, fill

if TYPE_CHECKING:
    from matplotlib.figure import Figure

os.environ.pop("CRMWORKBOOK_CLIENT", None)

HEAD = "crmworkbook: 1\nname: Bronmolen\nlanguage: nl\nas_of: 2025-12-31\n"
PERIOD = dict.fromkeys(("period", "periods", "the_period", "per_period", "counted"), "month")
SEGMENTS = "segments:\n  offices: {nl: Kantoren, en: Offices}\n  care: {nl: Zorg, en: Care}\n"


def pytest_configure() -> None:
    """The notebooks that nbval runs start on forked kernels, as in a report; ordinary ones take seconds each."""
    KernelProvisionerFactory.instance().default_provisioner_name = "crmworkbook-fork"


# files that take from half a minute down to five seconds
LONGEST = [
    "workshop_security",
    "engines",
    "report",
    "kernels",
    "benchmarks",
    "second_client",
    "privacy",
    "cli",
    "notebooks",
    "intake",
]
LONGEST += ["hostile", "ledger", "reading_properties", "reading_dresses", "quick"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The notebooks run as tests too (nbval), each on a kernel; files that take longest come first.

    A worker takes the next file when it is done with one: with short ones at the end, all are busy until the last.
    """
    turns: dict[Path, int] = {}
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker(pytest.mark.slow)
        turns[item.path] = min(_turn(item), turns.get(item.path, len(LONGEST) + 1))
    items.sort(key=lambda item: turns[item.path])


def _turn(item: pytest.Item) -> int:
    """When the file of a test comes: in a browser first, then the longest, then slow ones, then the others."""
    if item.get_closest_marker("browser"):
        return -1
    name = item.path.stem.removeprefix("test_")
    if name in LONGEST:
        return LONGEST.index(name)
    return len(LONGEST) + (item.get_closest_marker("slow") is None)


@pytest.fixture
def demo() -> Path:
    """The demo client's file, where it stands."""
    return files.demo_client()


@pytest.fixture
def demo_copy(tmp_path: Path) -> Path:
    """A copy of the demo client to change."""
    shutil.copytree(files.demo_client().parent, tmp_path / "bronmolen")
    return tmp_path / "bronmolen" / "client.yaml"


@pytest.fixture
def client_of(tmp_path: Path) -> Callable[..., Path]:
    """Makes a client file from YAML below the usual head, with tables as keyword arguments: name to CSV text."""

    def make(body: str = "", head: str = HEAD, **tables: str | bytes) -> Path:
        folder = tmp_path / "client"
        folder.mkdir(exist_ok=True)
        for name, content in tables.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / f"{name}.csv").write_bytes(data)
        named = "".join(f"  {name}: {name}.csv\n" for name in tables)
        (folder / "client.yaml").write_text(head + body + (f"tables:\n{named}" if named else ""), encoding="utf-8")
        return folder / "client.yaml"

    return make


def cases(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """Rule and case of each finding, after filling its words in both languages."""
    found = list(findings)
    for finding in found:
        entry = chapters.words("warnings")[finding.id]["cases"][finding.case]
        for language in LANGUAGES:
            assert all(fill(entry[part], language, PERIOD | finding.values) for part in ("text", "remedy"))
    return [(finding.id, finding.case) for finding in found]


def stays_on_the_page(figure: Figure) -> bool:
    """Whether no word runs off the figure by more than a point or two."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = figure.get_size_inches() * figure.dpi
    boxes = [t.get_window_extent(canvas.get_renderer()) for t in figure.axes[0].texts if t.get_text()]
    return all(b.x0 > -3 and b.x1 < width + 3 and b.y0 > -3 and b.y1 < height + 3 for b in boxes)
