"""What results say: the warning rules W01 to W35 and the readings that choose a text's case, as pure functions.

One module per chapter, and ``support`` for the rules that hold everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Reading = dict[str, Any]  # the case of a text, and the values that its words name
Names = Mapping[str, str]  # key to label


@dataclass(frozen=True)
class Finding:
    """A rule that was met.

    Attributes:
        id: The rule, ``W01`` to ``W35``.
        case: Which of the rule's cases; chooses its words and, where they differ, its severity.
        values: What the words name.
    """

    id: str
    case: str
    values: Mapping[str, object] = field(default_factory=dict)
