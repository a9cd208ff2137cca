"""What holds in every chapter: rules on support, legal ground and straight-lining; names inside a sentence."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from crmworkbook.findings import Finding
from crmworkbook.privacy import is_personal

if TYPE_CHECKING:
    from crmworkbook.chapters import Chapter
    from crmworkbook.client import Client
    from crmworkbook.text import Language

MIDDLE = 3  # of a scale from 1 to 5
WEAK = 2  # confidence up to here is a guess


def weak_support(client: Client, used: Iterable[str], chapter: Chapter, language: Language) -> list[Finding]:
    """W23: a number that carries results without a source, or with confidence 1 or 2.

    Args:
        client: The client.
        used: Ids of the assumptions that the chapter's calculations used; the client's own are judged.
        chapter: Its answers that are numbers, and its decisions, are judged too.
        language: Language of the names.
    """
    from crmworkbook.chapters import assumptions

    weak = []
    for name in used:
        given = client.file.assumptions.get(name)
        if given and name not in client.overrides and _is_weak(given.source, given.confidence):
            weak.append(assumptions()[name].label[language])
    for question in chapter.questions:
        answer = client.answer(f"{chapter.id}.{question.id}")
        carries = question.kind in ("number", "count", "money", "share", "rate") and question.role != "guess"
        decides = question.role == "decision" and client.file.route != "quick"  # the quick route asks no sources
        if answer and (carries or decides) and _is_weak(answer.source, answer.confidence):
            weak.append(f"‘{question.text[language]}’")
    return [Finding("W23", "weak_support", {"items": weak})] if weak else []


def _is_weak(source: object, confidence: int | None) -> bool:
    return not source or (confidence is not None and confidence <= WEAK)


def legal_ground(sources: pd.DataFrame) -> list[Finding]:
    """W22: a source that holds data of persons without a legal ground to use them.

    Args:
        sources: Columns source, kind, legal_ground (empty when there is none).
    """
    bare = sources[sources["legal_ground"].fillna("").str.strip() == ""]
    return [Finding("W22", "no_legal_ground", {"sources": list(bare["source"])})] if len(bare) else []


def straight_line(scores: pd.Series) -> bool:
    """Whether three or more scores are all the same, as when somebody ticks one column down."""
    given = scores.dropna()
    return len(given) >= 3 and given.nunique() == 1


def straight_lining(scores: pd.Series, name: str) -> list[Finding]:
    """W25: a list of scores, called *name*, that are all the same, so that it tells nothing apart."""
    if not straight_line(scores):
        return []
    value = float(scores.dropna().iloc[0])
    return [Finding("W25", "straight_line" if value == MIDDLE else "all_equal", {"list": name, "value": value})]


def personal_data(texts: Mapping[str, Iterable[str]]) -> list[Finding]:
    """W22: an e-mail address, telephone number or bank account in what would be shown and printed.

    Args:
        texts: Place, in the reader's words, to everything that stands there.
    """
    found = [place for place, words in texts.items() if any(map(is_personal, words))]
    return [Finding("W22", "personal_data", {"places": found})] if found else []


def inside(words: str) -> str:
    """A name that begins with a capital, for the middle of a sentence; ``SLA`` keeps its capitals."""
    return words[:1].lower() + words[1:] if words[1:2].islower() or words[1:2] == " " else words


def unknown(keys: Iterable[str], declared: Container[str]) -> list[str]:
    """The keys that are declared nowhere, each once, in their order."""
    return [key for key in dict.fromkeys(keys) if key not in declared]
