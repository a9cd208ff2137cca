"""Notebooks run on forked kernels as on ordinary ones, and leave nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbclient.exceptions import DeadKernelError
from papermill import PapermillExecutionError

import crmworkbook
from crmworkbook import execute, files, kernels

pytestmark = pytest.mark.slow  # each of them starts a kernel

needs_fork = pytest.mark.skipif(not kernels.fork_available(), reason="kernels cannot be forked here")


@pytest.fixture(autouse=True)
def _no_kernels_left() -> Iterator[None]:
    """No test leaves a kernel running; the fork server itself may stay for the next test."""
    yield
    assert kernels_running() == []


@pytest.fixture(params=[pytest.param("forked", marks=needs_fork), "ordinary"])
def kernel_kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test on both kinds of kernel: what they do must not differ."""
    if request.param == "ordinary":
        monkeypatch.setattr(kernels, "fork_available", lambda: False)
    return str(request.param)


def kernels_running() -> list[int]:
    """Process ids of kernels that descend from this process: ordinary ones, and children of a fork server."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it may end while we look
            command, parent = process.cmdline(), process.parent()
            if "ipykernel_launcher" in command or (parent and "_server_main" in " ".join(parent.cmdline())):
                found.append(process.pid)
    return found


def write_notebook(path: Path, *cells: str) -> Path:
    """Save a notebook with a parameters cell and these cells."""
    parameters = nbformat.v4.new_code_cell('client_file = "bronmolen.yaml"\nlanguage: str = "nl"  # of the report')
    parameters.metadata["tags"] = ["parameters"]
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernelspec})
    notebook.cells = [parameters, *map(nbformat.v4.new_code_cell, cells)]
    nbformat.write(notebook, path)
    return path


def run(path: Path, parameters: dict[str, object] | None = None, **options: Any) -> str:
    """Run a notebook; what its cells printed."""
    target = path.with_name(f"{path.stem} out.ipynb")
    execute.run_notebook(path, target, parameters or {}, **options)
    return printed(target)


def printed(path: Path) -> str:
    """What the cells of an executed notebook printed."""
    return "".join(output.text for output in outputs(path) if output.output_type == "stream")


def outputs(path: Path) -> list[Any]:
    """All outputs of an executed notebook."""
    return [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]


def process_id(manager: kernels.KernelManager) -> int:
    """Process id of a manager's kernel."""
    assert isinstance(manager.provisioner, kernels.ForkProvisioner)
    assert manager.provisioner.pid is not None
    return int(manager.provisioner.pid)


def run_script(path: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    """Run a script of its own."""
    path.write_text(textwrap.dedent("\n".join(lines)), encoding="utf-8")
    return subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=60, check=False)


def test_a_notebook_runs_with_its_parameters(tmp_path: Path, kernel_kind: str) -> None:
    """Injected parameters reach the cells, and the source stays as it was."""
    notebook = write_notebook(tmp_path / "cube.ipynb", "print(client_file, language)")
    before = notebook.read_bytes()
    assert run(notebook, {"client_file": "Café 'Bronmolen'.yaml"}) == "Café 'Bronmolen'.yaml nl\n"
    assert notebook.read_bytes() == before


def test_kernels_are_forked_where_possible(tmp_path: Path, kernel_kind: str) -> None:
    """An ordinary kernel is a child of this process; a forked one is a child of the server."""
    parent = int(run(write_notebook(tmp_path / "parent.ipynb", "import os; print(os.getppid())")))
    assert (parent == os.getpid()) == (kernel_kind == "ordinary")


@pytest.mark.parametrize("kernel_kind", ["forked"], indirect=True)
def test_figures_tables_and_widgets_show(tmp_path: Path, kernel_kind: str) -> None:
    """Inline figures come as PNG, frames as HTML, widgets with their state, and widgets can be spoken to."""
    notebook = write_notebook(
        tmp_path / "show.ipynb",
        "import matplotlib.pyplot as plt; plt.plot([84, 86]);",
        "import pandas as pd; pd.DataFrame({'retention': [0.84]})",
        "import ipywidgets; ipywidgets.IntSlider()",
        "print('jupyter.widget.control' in get_ipython().kernel.comm_manager.targets)",
    )
    assert run(notebook) == "True\n"
    executed = nbformat.read(tmp_path / "show out.ipynb", 4)
    shown = {kind for output in outputs(tmp_path / "show out.ipynb") for kind in output.get("data", {})}
    assert {"image/png", "text/html", "application/vnd.jupyter.widget-view+json"} <= shown
    assert executed.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]


def test_a_failing_cell_is_saved_with_its_traceback_and_raises(tmp_path: Path, kernel_kind: str) -> None:
    """The executed notebook shows where it went wrong; the cells after it were not run."""
    notebook = write_notebook(tmp_path / "fails.ipynb", "lost = 16 / 0", "print('never')")
    with pytest.raises(PapermillExecutionError) as error:
        run(notebook)
    assert error.value.ename == "ZeroDivisionError"
    saved = nbformat.read(tmp_path / "fails out.ipynb", 4)
    markers = [cell for cell in saved.cells if "papermill-error-cell-tag" in cell.metadata.get("tags", [])]
    assert len(markers) == 2
    (failure,) = outputs(tmp_path / "fails out.ipynb")
    assert "lost = 16 / 0" in re.sub(r"\x1b\[[\d;]*m", "", "".join(failure.traceback))
    assert printed(tmp_path / "fails out.ipynb") == ""


@pytest.mark.parametrize("death", ["os._exit(3)", "os.kill(os.getpid(), 11)", "os.kill(os.getpid(), 9)"])
def test_a_dying_kernel_is_reported_and_does_not_hang(tmp_path: Path, death: str) -> None:
    """Exit, segmentation fault and being killed end the run with an error, and what was done is on disk."""
    notebook = write_notebook(tmp_path / "dies.ipynb", "print('before')", f"import os; {death}")
    failures: list[BaseException] = []

    def run_and_catch() -> None:
        try:
            run(notebook)
        except DeadKernelError as error:
            failures.append(error)

    thread = threading.Thread(target=run_and_catch, daemon=True)
    thread.start()
    thread.join(timeout=30)
    assert len(failures) == 1
    assert printed(tmp_path / "dies out.ipynb") == "before\n"


@pytest.mark.parametrize("kernel_kind", ["forked"], indirect=True)
def test_two_notebooks_run_at_once(tmp_path: Path, kernel_kind: str) -> None:
    """Runs in two threads do not mix up parameters, folders or results."""
    folders = [tmp_path / language for language in ("nl", "en")]
    for folder in folders:
        folder.mkdir()
        write_notebook(folder / "at once.ipynb", "import os; print(language, os.path.basename(os.getcwd()))")

    def run_in(folder: Path) -> str:
        return run(folder / "at once.ipynb", {"language": folder.name})

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(run_in, folders * 2)) == ["nl nl\n", "en en\n"] * 2


def test_nothing_leaks_from_one_notebook_to_the_next(tmp_path: Path) -> None:
    """Settings, names and random numbers are new in each kernel."""
    notebook = write_notebook(
        tmp_path / "leak.ipynb",
        "import matplotlib as mpl, numpy as np, pandas as pd, random",
        "print(mpl.rcParams['font.size'], pd.get_option('display.precision'), 'seen' in dir())",
        "mpl.rcParams['font.size'] = 84; pd.set_option('display.precision', 1); seen = True",
        "print(np.random.random(), random.random())",
    )
    first, second = (run(notebook).splitlines() for _ in range(2))
    assert first[0] == second[0] == "10.0 6 False"
    assert not set(first[1].split()) & set(second[1].split())


@pytest.mark.parametrize("kernel_kind", ["forked"], indirect=True)
def test_any_path_will_do(tmp_path: Path, kernel_kind: str) -> None:
    """Spaces, braces and accents in a path are taken as they are; papermill would format them."""
    folder = tmp_path / "Bronmolen {client} café {0}"
    folder.mkdir()
    assert run(write_notebook(folder / "kubus {é}.ipynb", "import os; print(os.getcwd())")) == f"{folder}\n"


def test_the_kernel_runs_where_it_is_told(tmp_path: Path) -> None:
    """An explicit folder wins over the notebook's own."""
    other = tmp_path / "elsewhere"
    other.mkdir()
    notebook = write_notebook(tmp_path / "where.ipynb", "import os; print(os.getcwd())")
    assert run(notebook, cwd=other) == f"{other}\n"


def test_cells_are_counted_as_they_start(tmp_path: Path) -> None:
    """The callback sees every cell, the injected one too."""
    seen: list[tuple[int, int]] = []
    notebook = write_notebook(tmp_path / "count.ipynb", "1", "2")
    run(notebook, {"language": "en"}, on_cell=lambda position, count: seen.append((position, count)))
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4)]


@pytest.mark.parametrize("name", ["segment", "x = 1; print('..') #"])
def test_an_undeclared_parameter_is_refused(tmp_path: Path, name: str) -> None:
    """Papermill would paste the name into the notebook as code."""
    with pytest.raises(ValueError, match="declares: client_file, language"):
        run(write_notebook(tmp_path / "declared.ipynb", "1"), {name: "offices"})


@needs_fork
def test_a_kernel_can_be_interrupted_restarted_and_shut_down() -> None:
    """SIGINT stops the cell and not the kernel; a restart is a new process without the old names."""

    async def session() -> None:
        manager = kernels.KernelManager(kernel_name="python3")
        await manager.start_kernel()
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=30)

        async def status(code: str) -> str:
            reply = await client.execute_interactive(code, timeout=30, output_hook=lambda message: None)
            return str(reply["content"].get("ename", "ok"))

        assert await status("retention = 0.84") == "ok"
        sleeping = asyncio.ensure_future(status("import time; time.sleep(60)"))
        await asyncio.sleep(0.3)
        await manager.interrupt_kernel()
        assert await sleeping == "KeyboardInterrupt"
        assert await status("retention") == "ok"
        before = process_id(manager)
        await manager.restart_kernel()
        await client.wait_for_ready(timeout=30)
        assert process_id(manager) != before
        assert await status("retention") == "NameError"
        client.stop_channels()
        await manager.shutdown_kernel()
        assert not await manager.is_alive()

    asyncio.run(session())


@needs_fork
def test_stopping_ends_notebooks_that_are_running(tmp_path: Path) -> None:
    """After Ctrl-C nothing keeps the program alive, and the next run starts a new server."""
    notebook = write_notebook(tmp_path / "long.ipynb", "import time; time.sleep(60)")
    with ThreadPoolExecutor(1) as threads:
        started = threading.Event()
        running = threads.submit(run, notebook, on_cell=lambda position, count: started.set())
        assert started.wait(timeout=30)
        kernels.stop()
        with pytest.raises(DeadKernelError):
            running.result(timeout=30)
    assert run(write_notebook(tmp_path / "again.ipynb", "print(language)")) == "nl\n"


@needs_fork
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_kernels_die_with_their_parent(tmp_path: Path, end: signal.Signals) -> None:
    """Interrupted, ended or killed, a parent leaves no process and no socket folder."""
    notebook = write_notebook(tmp_path / "long.ipynb", "import time; time.sleep(60)")
    script = tmp_path / "parent.py"
    script.write_text(
        "from pathlib import Path\nfrom crmworkbook import execute, kernels\nkernels.warm_up()\n"
        "print(kernels._socket_folder(), flush=True)\n"
        "execute.run_notebook(Path('long.ipynb'), Path('out.ipynb'), {},"
        " lambda position, count: position and print('running', flush=True))"
    )
    command = [sys.executable, str(script)]
    with subprocess.Popen(
        command, cwd=notebook.parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        folder = Path(parent.stdout.readline().strip())
        assert parent.stdout.readline() == "running\n"
        family = psutil.Process(parent.pid).children(recursive=True)
        parent.send_signal(end)
        parent.wait(timeout=30)
        _, alive = psutil.wait_procs(family, timeout=10)
    assert len(family) == 2
    assert alive == []
    assert not folder.exists()


@needs_fork
def test_kernels_die_with_the_server(tmp_path: Path) -> None:
    """A server that is killed takes its kernels with it, and the run says that the kernel died."""
    notebook = write_notebook(
        tmp_path / "long.ipynb", "import os, signal, time; os.kill(os.getppid(), 9); time.sleep(60)"
    )
    with pytest.raises(DeadKernelError):
        run(notebook)
    assert run(write_notebook(tmp_path / "again.ipynb", "print(language)")) == "nl\n"


@pytest.mark.parametrize("kernel_kind", ["forked"], indirect=True)
def test_a_run_is_silent_and_leaves_main_alone(tmp_path: Path, kernel_kind: str) -> None:
    """Nothing on stderr from kernel, debugger or papermill; the main script is not imported a second time."""
    write_notebook(tmp_path / "quiet.ipynb", "print(language)")
    finished = run_script(
        tmp_path / "main.py",
        "print('imported')",
        "import os, sys",
        "from pathlib import Path",
        "from crmworkbook import execute, kernels",
        f"if {kernel_kind == 'ordinary'}: kernels.fork_available = lambda: False",
        "here = Path(__file__).parent",
        "execute.run_notebook(here / 'quiet.ipynb', here / 'out.ipynb', {'language': 'en'})",
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "imported\n", "")
    assert printed(tmp_path / "out.ipynb") == "en\n"


@needs_fork
def test_the_environment_is_that_of_the_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable set after the server started reaches the kernel, a backend chosen for matplotlib too."""
    kernels.warm_up()
    monkeypatch.setenv("CRMWORKBOOK_CLIENT", "bronmolen")
    monkeypatch.setenv("MPLBACKEND", "svg")
    notebook = write_notebook(
        tmp_path / "env.ipynb",
        "import os, matplotlib; print(os.environ['CRMWORKBOOK_CLIENT'], matplotlib.get_backend())",
    )
    assert run(notebook) == "bronmolen svg\n"


@needs_fork
def test_an_edited_package_is_imported_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who changes a module or a text finds the change in the next kernel; the old server retires."""
    notebook = write_notebook(tmp_path / "server.ipynb", "import os; print(os.getppid())")
    package = tmp_path / "package"
    package.mkdir()
    monkeypatch.setattr(crmworkbook, "__path__", [str(package)])
    monkeypatch.setattr(files, "templates", lambda: package)
    before = run(notebook)
    assert run(notebook) == before
    (package / "edited.yaml").write_text("retention: 0.84\n")
    assert run(notebook) != before
