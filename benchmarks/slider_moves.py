"""How long a figure takes to follow a slider, beside the bare ``savefig`` of that same figure.

For each chapter with sliders, in a process of its own and as in a workshop: the chapter is run for the demo client, its
first slider above each part is moved back and forth, and timed from the browser's message to the picture that goes
back. Every other move times nothing but matplotlib's ``savefig`` of the figure that was made, so that a busy moment of
the machine hits both. Prints the medians as a Markdown table; the goal is 0.2 s or twice the bare ``savefig``,
whichever is more.

    python benchmarks/slider_moves.py
    python benchmarks/slider_moves.py --client path/to/client --moves 30 04_customer_value
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GOAL, TIMES = 0.2, 2.0  # seconds; times the bare savefig


def main() -> None:
    """Time the chapters that are named, or all of them."""
    arguments = _arguments()
    if arguments.one:
        print(json.dumps(measure(Path(arguments.one), arguments.moves)))
        return
    named = arguments.chapters or sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    print("| chapter | slider | part | move, ms | bare savefig, ms | ratio | goal |")
    print("|---|---|---|---:|---:|---:|---|")
    for name in named:
        for row in _in_a_process(name, arguments.client, arguments.moves):
            move, bare = row["move"], row["bare"]
            ratio = f"{move / bare:.2f}" if bare else "–"
            met = "met" if move <= max(GOAL, TIMES * (bare or 0.0)) else "missed"
            shown = f"{1000 * bare:.0f}" if bare else "–"
            print(f"| {name} | {row['slider']} | {row['part']} | {1000 * move:.0f} | {shown} | {ratio} | {met} |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapters", nargs="*", help="names of notebooks; all without any")
    parser.add_argument("--client", type=Path, default=ROOT / "data" / "demo")
    parser.add_argument("--moves", type=int, default=15)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_a_process(name: str, client: Path, moves: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "client"
        shutil.copytree(client, folder, ignore=shutil.ignore_patterns("history"))
        environment = os.environ | {"CRMWORKBOOK_LIVE": "1", "CRMWORKBOOK_CLIENT": str(folder)}
        command = [sys.executable, __file__, "--one", str(ROOT / "notebooks" / f"{name}.ipynb"), f"--moves={moves}"]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(notebook: Path, moves: int) -> list[dict[str, Any]]:
    """Median seconds of a move and of the bare ``savefig``, for the first slider above each part of a chapter."""
    from IPython.core.interactiveshell import InteractiveShell

    from crmworkbook import live
    from crmworkbook.charts import style

    shell = InteractiveShell.instance()
    shell.display_pub.publish = lambda *_, **__: None
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"]), store_history=True).raise_error()
    screen = live.screen()
    if screen is None:
        raise SystemExit("the variables of a workshop are not set")
    bare = _Bare()
    style.svg = bare.svg  # what the screen draws with
    rows = []
    for part, sliders in screen.sliders.items():
        if part and sliders.shown:
            slider = next(iter(sliders.shown.values()))
            rows.append({"part": part, "slider": slider.name, **_timed(sliders, slider, bare, moves)})
    return rows


class _Bare:
    """Draws as usual; every other move it times ``savefig`` alone, of the figure as the chapter made it."""

    def __init__(self) -> None:
        from crmworkbook.charts import style

        self.as_usual, self.look = style.svg, style.look
        self.is_timing = False
        self.seconds: list[float] = []

    def svg(self, figure: Any, *rest: Any) -> str:
        if not self.is_timing:
            return self.as_usual(figure, *rest)
        with self.look():
            begun = time.perf_counter()
            figure.savefig(io.StringIO(), format="svg")
            self.seconds.append(time.perf_counter() - begun)
        return "<svg/>"


def _timed(sliders: Any, slider: Any, bare: _Bare, moves: int) -> dict[str, float | None]:
    took = []
    bare.seconds.clear()
    for at in range(2 * moves + 4):
        value = slider.start + (slider.high - slider.start) * (0.2 + 0.03 * (at % 20))
        bare.is_timing = at >= 4 and at % 2 == 1  # the first moves find nothing remembered
        begun = time.perf_counter()
        sliders._hear(sliders, {"type": "move", "name": slider.name, "value": value}, None)
        took += [time.perf_counter() - begun] if at >= 4 and not bare.is_timing else []
    alone = statistics.median(bare.seconds) if bare.seconds else None
    return {"move": statistics.median(took), "bare": alone}


if __name__ == "__main__":
    main()
