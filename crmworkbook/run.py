"""Run the chapter notebooks for one client, headless, and read back the sections they showed."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crmworkbook import chapters, files
from crmworkbook.chapters import Chapter
from crmworkbook.client import Client
from crmworkbook.completeness import is_begun
from crmworkbook.errors import CrmWorkbookError, NotebookError
from crmworkbook.section import MIME, Section
from crmworkbook.text import Language

AT_ONCE = max(2, min(4, os.cpu_count() or 2))
_ABOUT_INPUT = ("ClientFileError", "TransactionsError", "ParameterError")  # the notebook has nothing to add
Progress = Callable[[str], None]


def run_chapters(
    client: Client, language: Language, folder: Path, progress: Progress = lambda name: None
) -> list[Path]:
    """Execute the notebook of every chapter that was begun; the executed copies stand in *folder*, in order.

    A chapter that the client gave nothing for has only its questions, which need no notebook.

    Args:
        client: Whose chapters; its overrides become the parameters of the chapters that declare them.
        language: Language of everything shown.
        folder: Where the executed notebooks go.
        progress: Called with a chapter's name when it is done.

    Raises:
        CrmWorkbookError: a fault in the client's orders.
        NotebookError: a notebook stopped; names the cell and the executed copy.
    """
    from crmworkbook import kernels

    for name in ("papermill", "traitlets"):  # what they would say of a kernel that ends, this module says better
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    folder.mkdir(parents=True, exist_ok=True)

    def run(chapter: Chapter) -> Path:
        target = folder / f"{chapter.name}.ipynb"
        _run(files.notebooks() / f"{chapter.name}.ipynb", target, _parameters(chapter, client, language))
        progress(chapter.title[language])
        return target

    begun = [chapter for chapter in chapters.chapters() if is_begun(client, chapter)]
    for chapter in chapters.chapters():
        if chapter not in begun:
            progress(chapter.title[language])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(run, chapter) for chapter in begun]
        try:
            return [future.result() for future in running]
        except BaseException:
            # one failed, or Ctrl-C: the others are not waited for
            for future in running:
                future.cancel()
            kernels.stop()
            raise


def _parameters(chapter: Chapter, client: Client, language: Language) -> Mapping[str, object]:
    what_ifs = {name: value for name, value in client.overrides.items() if name in chapter.what_ifs}
    return {"client_file": str(client.path), "language": language, **what_ifs}


def _run(source: Path, target: Path, parameters: Mapping[str, object]) -> None:
    from crmworkbook.execute import run_notebook

    try:
        run_notebook(source, target, dict(parameters))
    except Exception as error:
        from nbclient.exceptions import DeadKernelError
        from papermill.exceptions import PapermillExecutionError

        if isinstance(error, DeadKernelError):
            raise NotebookError(source.name, 0, "its kernel died", target) from error
        if not isinstance(error, PapermillExecutionError):
            raise
        if error.ename in _ABOUT_INPUT:
            raise CrmWorkbookError(str(error.evalue)) from error
        cause = re.sub(r"\x1b\[[0-9;]*m", "", f"{error.ename}: {error.evalue}").strip()
        raise NotebookError(source.name, error.exec_count or 0, cause, target) from error


def sections_of(executed: Path) -> list[Section]:
    """The sections that an executed notebook shows, in order of its cells."""
    notebook = json.loads(executed.read_text(encoding="utf-8"))
    return [
        Section.model_validate(output["data"][MIME])
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {})
    ]
