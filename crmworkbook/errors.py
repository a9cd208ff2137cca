"""What can go wrong, named by what the reader can do about it.

Calculations raise ``ValueError``; everything that reads, runs or writes raises one of these, and only
``cli.py`` turns them into a message on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class CrmWorkbookError(Exception):
    """The base of all errors whose message a user can act on."""


@dataclass(frozen=True)
class Fault:
    """One mistake in a client's files.

    Attributes:
        file: File name, as the user knows it.
        line: Line in that file, from 1; None when the fault is not on one line.
        field: Where in the file, such as ``assumptions.discount_rate`` or ``cube, row 7, margin``.
        wrong: What is wrong.
        write: What to write instead.
    """

    file: str
    line: int | None
    field: str
    wrong: str
    write: str

    def __str__(self) -> str:
        """The fault on one line: place, fault, remedy."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.field}: {self.wrong}; {self.write}"


class ClientFileError(CrmWorkbookError):
    """The client folder cannot be used as it is; carries every fault found, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep *faults* and say them one a line."""
        self.faults = tuple(faults)
        number = len(self.faults)
        head = "1 field to correct" if number == 1 else f"{number} fields to correct"
        super().__init__("\n".join([f"{head}:", *(f"  {fault}" for fault in self.faults)]))


class TransactionsError(CrmWorkbookError):
    """The orders cannot be read."""


class ParameterError(CrmWorkbookError):
    """A notebook or a command was given a setting that it does not have."""


class NotebookError(CrmWorkbookError):
    """A notebook stopped; says which cell, why, and which file to open."""

    def __init__(self, notebook: str, cell: int, cause: str, executed: Path) -> None:
        """Name the notebook, the number of its code cell, the cause and the executed copy."""
        self.notebook, self.cell, self.cause, self.executed = notebook, cell, cause, executed
        super().__init__(f"{notebook} stopped in code cell {cell}: {cause}\nOpen {executed} to see what happened.")


class ReportError(CrmWorkbookError):
    """The report cannot be typeset or written."""
