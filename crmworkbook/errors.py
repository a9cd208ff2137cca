"""What can go wrong, named by what the reader can do about it.

Calculations raise ``ValueError``; everything that reads, runs or writes raises one of these, and only
``cli.py`` turns them into a message on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crmworkbook.privacy import masked

if TYPE_CHECKING:
    from crmworkbook.text import Text


class CrmWorkbookError(Exception):
    """The base of all errors whose message a user can act on; no address or number of a person stands in it."""

    def __str__(self) -> str:
        """The message, without e-mail addresses, telephone numbers and bank accounts."""
        return masked(super().__str__())


@dataclass(frozen=True)
class Fault:
    """One mistake in a client's files.

    Attributes:
        file: File name, as the user knows it.
        line: Line in that file, from 1; None when the fault is not on one line.
        field: Where in the file, such as ``assumptions.discount_rate`` or ``cube, row 7, margin``.
        wrong: What is wrong.
        write: What to write instead.
        kind: Which fault it is, where the screen says it in the client's language.
    """

    file: str
    line: int | None
    field: str
    wrong: str
    write: str
    kind: str = ""

    def __str__(self) -> str:
        """The fault on one line: place, fault, remedy."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return masked(f"{place}: {self.field}: {self.wrong}; {self.write}")


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


class SaveError(CrmWorkbookError):
    """Something was not saved; the files on disk are as they were.

    Attributes:
        kind: What stood in the way: ``locked``, ``full``, ``read_only``, ``gone``, ``broken``, ``by_hand`` (only an
            editor can change this place), ``field`` (a value that does not fit), ``conflict`` or ``other``.
        words: The message in both languages, to show beside the field; ``str()`` of the error is the English one.
        mine: What was to be saved, so that a form can keep it on the screen.
        fault: For a broken file: where and why.
    """

    def __init__(self, kind: str, words: Text, *, mine: object = None, fault: Fault | None = None) -> None:
        """Keep the parts and speak English."""
        self.kind, self.words, self.mine, self.fault = kind, words, mine, fault
        super().__init__(words.en)


class FieldError(SaveError):
    """A value that does not fit its field; `words` says what to write instead."""


class Conflict(SaveError):
    """Somebody else changed the same field meanwhile; nothing was written.

    Attributes:
        theirs: What the file holds now.
        mine: What was to be saved.
        seen: What the form had seen.
    """

    def __init__(self, words: Text, *, theirs: object, mine: object, seen: object) -> None:
        """Keep the three versions of the field."""
        super().__init__("conflict", words, mine=mine)
        self.theirs, self.seen = theirs, seen
