"""The workbook that goes to the client before the workshop, and what came back in it.

``asked`` lists what is asked, ``workbook`` with ``front``, ``sheets``, ``cells`` and ``look`` writes it. ``book`` reads
one back, ``meaning`` says what its cells mean, ``weighing`` and ``plan_*`` hold that against what it was when written
and what the folder holds now, ``taking`` saves, and ``listing`` says what happened.

Reading back leans on no word of the workbook: every sheet has a hidden column and row with the keys of its rows and
columns, and a hidden sheet holds every value as it was when the workbook was written. That is how a cell that nobody
touched is told from one that somebody changed, and a newer answer in the folder from an older one.
"""

from __future__ import annotations

from crmworkbook.intake.listing import print_outcome, print_written
from crmworkbook.intake.taking import read_back
from crmworkbook.intake.words import IntakeError
from crmworkbook.intake.workbook import write_workbook

__all__ = ["IntakeError", "print_outcome", "print_written", "read_back", "write_workbook"]
