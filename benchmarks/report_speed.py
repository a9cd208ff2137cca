"""How long a whole report takes, beside the ordinary tools and beside the bare cells.

Three ways to the same numbers and figures, timed in turn so that a busy moment of the machine hits all three:

- ours: one `crmworkbook report`, from client folder to PDF, as a process of its own;
- tools: the `papermill` command for each notebook, then `nbconvert` on all of them at once: to PDF (`webpdf`)
  where that works, else to HTML, which is less work;
- bare: the code cells of all notebooks executed in one plain Python process, figures drawn, no PDF.

Prints the medians and their ratios as a Markdown table:

    python benchmarks/report_speed.py
    python benchmarks/report_speed.py --client path/to/client --language en --rounds 5
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TINY = {"cells": [], "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}}}

# Run in a process of its own: cells in order, a new namespace per notebook, what a cell shows is rendered as
# Jupyter would, figures are drawn at the end of the cell.
BARE = """
import ast, builtins, io, json, os, sys
os.environ["MPLBACKEND"] = "agg"
import IPython.display
import matplotlib.pyplot as plt

def show(*values, **options):
    for value in values:
        for name in ("_repr_mimebundle_", "_repr_html_"):
            if hasattr(value, name):
                getattr(value, name)()
                break
        else:
            repr(value)

IPython.display.display = builtins.display = show

def run_cell(source, names):
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    tree = ast.parse("\\n".join(lines))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
        if value is not None:
            show(value)
    for number in plt.get_fignums():
        plt.figure(number).savefig(io.BytesIO(), format="png", bbox_inches="tight")
    plt.close("all")

for path, parameters in json.load(sys.stdin):
    os.chdir(os.path.dirname(path))
    names = {"__name__": "__main__"}
    with open(path, encoding="utf-8") as file:
        notebook = json.load(file)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            run_cell("".join(cell["source"]), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names.update(parameters)
"""


def declared(notebook: Path) -> set[str]:
    """Names that a notebook's parameters cell assigns."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def run(command: list[str], folder: Path, stdin: str | None = None) -> None:
    """Run a command in a folder; stop the benchmark with its last words if it fails."""
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{shlex.join(command)[:200]} failed:\n{(done.stderr or done.stdout)[-2000:]}")


def seconds(work: Callable[[Path], None]) -> float:
    """How long work takes in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        work(Path(folder))
        return time.perf_counter() - start


def webpdf_works() -> bool:
    """Whether nbconvert can print to PDF here: it needs a browser that playwright finds."""
    with tempfile.TemporaryDirectory() as folder:
        tiny = Path(folder) / "tiny.ipynb"
        tiny.write_text(json.dumps(TINY | {"nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
        command = [sys.executable, "-m", "nbconvert", "--to", "webpdf", str(tiny)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def main() -> None:
    """Time the three ways in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", type=Path, default=ROOT / "data" / "demo", help="client folder or client.yaml")
    parser.add_argument("--language", default="nl")
    parser.add_argument("--notebooks", type=Path, default=ROOT / "notebooks", help="folder of the chapters")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--command",
        default="crmworkbook report {client} --language {language}",
        help="our command; {client} and {language} are filled in",
    )
    options = parser.parse_args()
    notebooks = sorted(options.notebooks.resolve().glob("*.ipynb"))
    if not notebooks:
        sys.exit(f"no notebooks in {options.notebooks}")
    client = options.client.resolve()
    client_file = client / "client.yaml" if client.is_dir() else client
    values = {"client_file": str(client_file), "language": options.language}
    parameters = {path: {name: value for name, value in values.items() if name in declared(path)} for path in notebooks}
    target = "webpdf" if webpdf_works() else "html"
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    def ours(folder: Path) -> None:
        words = [word.format(client=client, language=options.language) for word in shlex.split(options.command)]
        run(words, folder)

    def tools(folder: Path) -> None:
        executed = [folder / path.name for path in notebooks]
        for path, output in zip(notebooks, executed, strict=True):
            given = [part for name, value in parameters[path].items() for part in ("-r", name, value)]
            # A brace in a path would be a placeholder to papermill.
            paths = [str(name).replace("{", "{{").replace("}", "}}") for name in (path, output)]
            run(["papermill", *paths, "--cwd", str(path.parent), "--no-progress-bar", *given], folder)
        run([sys.executable, "-m", "nbconvert", "--to", target, *map(str, executed)], folder)

    def bare(folder: Path) -> None:
        jobs = [(str(path), parameters[path]) for path in notebooks]
        run([sys.executable, "-c", BARE], folder, stdin=json.dumps(jobs))

    ways = {"ours": ours, "tools": tools, "bare": bare}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(options.rounds):
        for name, work in ways.items():
            times[name].append(seconds(work))
            print(f"round {number + 1}, {name}: {times[name][-1]:.2f} s", file=sys.stderr)
    print_table(times, target, len(notebooks))


def print_table(times: dict[str, list[float]], target: str, count: int) -> None:
    """Print medians, and how many times ours each is."""
    medians = {name: statistics.median(values) for name, values in times.items()}
    what = {
        "ours": "`crmworkbook report`, to PDF",
        "tools": f"`papermill` per notebook, then `nbconvert --to {target}`",
        "bare": "the same cells in one plain Python process, no PDF",
    }
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(f"{count} notebooks, medians of {len(times['ours'])} interleaved rounds,", end=" ")
    print(f"{os.cpu_count()} cores, load {load} at the end")
    print()
    print("| way | median (s) | least to most (s) | times ours |")
    print("|---|---:|---:|---:|")
    for name, values in times.items():
        spread = f"{min(values):.2f} to {max(values):.2f}"
        print(f"| {what[name]} | {medians[name]:.2f} | {spread} | {medians[name] / medians['ours']:.2f} |")
    print()
    print(f"tools / ours: {medians['tools'] / medians['ours']:.1f} (8 or more is the goal)")
    print(f"ours / bare: {medians['ours'] / medians['bare']:.2f} (2 or less is the goal)")


if __name__ == "__main__":
    main()
