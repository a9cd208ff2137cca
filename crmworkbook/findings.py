"""The warning rules W01–W27: pure functions from results to findings; their words are in ``warnings.yaml``."""  # noqa: RUF002

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from crmworkbook.chapters import Chapter
    from crmworkbook.client import Client


@dataclass(frozen=True)
class Finding:
    """A rule that was met.

    Attributes:
        id: The rule, ``W01`` to ``W27``.
        case: Which of the rule's cases; chooses its words and, where they differ, its severity.
        values: What the words name.
    """

    id: str
    case: str
    values: Mapping[str, object] = field(default_factory=dict)


def weak_support(client: Client, used: Iterable[str], chapter: Chapter) -> list[Finding]:
    """W23: a number that carries results without a source, or with confidence 1 or 2."""
    return []


def legal_ground(sources: pd.DataFrame) -> list[Finding]:
    """W22: a source that holds data of persons without a legal ground to use them.

    Args:
        sources: Columns source, kind, legal_ground (empty when there is none).
    """
    bare = sources[sources["legal_ground"].fillna("").str.strip() == ""]
    return [Finding("W22", "no_legal_ground", {"sources": list(bare["source"])})] if len(bare) else []
