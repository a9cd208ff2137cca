"""Execute one notebook with papermill, on a forked kernel where that is possible."""

from __future__ import annotations

import ast
import importlib
import json
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmworkbook import kernels

if TYPE_CHECKING:
    from types import ModuleType

_ENGINE = "crmworkbook"
_importing = threading.Lock()


def run_notebook(
    source: Path,
    target: Path,
    parameters: Mapping[str, object],
    on_cell: Callable[[int, int], None] | None = None,
    cwd: Path | None = None,
) -> None:
    """Execute a notebook with papermill, on a forked kernel where that is possible.

    May be called from several threads at once.

    Args:
        source: The notebook; not changed.
        target: Where the executed notebook is saved, also when a cell fails: then with papermill's two marker
            cells. Its folder must exist.
        parameters: Values for names that the notebook's cell tagged `parameters` assigns. Papermill writes
            numbers, strings, booleans, None, lists and dicts as they are, anything else as its `str`.
        on_cell: Called before each cell with its position (from 0) and the number of cells.
        cwd: Folder the kernel runs in; the notebook's own when None, as in JupyterLab.

    Raises:
        ValueError: A parameter that the notebook does not declare.
        papermill.PapermillExecutionError: A cell raised.
        nbclient.exceptions.DeadKernelError: The kernel died, or `stop` was called.
    """
    count = _check_parameters(source, parameters)
    kernels.warm_up()

    def report_cell(cell: object, cell_index: int) -> None:
        if on_cell is not None:
            on_cell(cell_index, count + bool(parameters))

    papermill = _import_papermill()
    papermill.engines.papermill_engines.register(_ENGINE, _saving_once())
    papermill.execute_notebook(
        _literal(source.absolute()),
        _literal(target.absolute()),
        parameters=dict(parameters),
        engine_name=_ENGINE,
        progress_bar=False,
        kernel_manager_class=kernels.KernelManager,
        # papermill's own cwd= changes that of the whole process, and there are other threads.
        resources={"metadata": {"path": str(cwd or source.absolute().parent)}},
        # What a cell has to say comes over the sockets; what is left is ipykernel complaining on stderr, of
        # the interrupt before each shutdown for one.
        extra_arguments=["--log-level=CRITICAL"],
        on_cell_start=report_cell,
    )


def _saving_once() -> type:
    """Papermill's usual engine, which saves the notebook when it is done and not before and after each cell."""
    from papermill.engines import NBClientEngine
    from papermill.iorw import write_ipynb

    class SavingOnce(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_notebook(cls, nb: Any, kernel_name: str, output_path: Any = None, **options: Any) -> Any:
            try:
                return super().execute_notebook(nb, kernel_name, output_path=None, **options)
            except BaseException:  # the kernel died, or Ctrl-C: what was shown by then can still be read
                write_ipynb(nb, output_path)
                raise

    return SavingOnce


def _check_parameters(source: Path, parameters: Mapping[str, object]) -> int:
    """Refuse undeclared names, which papermill would paste into the notebook as code; count the cells."""
    cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
    declared = {
        node.id
        for cell in cells
        if "parameters" in cell["metadata"].get("tags", [])
        for node in ast.walk(ast.parse("".join(cell["source"])))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    unknown = sorted(set(parameters) - declared)
    if unknown:
        known = ", ".join(sorted(declared)) or "none"
        raise ValueError(f"{source.name} has no parameter {', '.join(map(repr, unknown))}; it declares: {known}")
    return len(cells)


def _literal(path: Path) -> str:
    """Write a path so that papermill, which formats paths with `str.format`, reads it as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _import_papermill() -> ModuleType:
    """Import papermill without the second that `rfc3987_syntax` takes to build its grammars.

    nbformat imports jsonschema, which imports that package where JupyterLab has brought it in, for a check of
    international addresses that no notebook schema asks for. jsonschema does without it if the import fails,
    and None in `sys.modules` makes it fail; afterwards anyone may import it again.
    """
    with _importing:
        hide = "rfc3987_syntax" not in sys.modules
        if hide:
            sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
        try:
            return importlib.import_module("papermill")
        finally:
            if hide:
                del sys.modules["rfc3987_syntax"]
