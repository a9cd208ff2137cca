"""How far a client has come: questions answered and tables filled, by chapter."""

from __future__ import annotations

import pandas as pd

from crmworkbook import chapters
from crmworkbook.client import Client
from crmworkbook.text import Language


def completeness(client: Client, language: Language) -> pd.DataFrame:
    """What every chapter asks and what the client gave.

    Returns:
        One row per chapter: chapter (words), asked and answered (questions), tables and filled (tables and lists of
        statements), share (of questions and tables together, 0 to 1).
    """
    rows = []
    for chapter in chapters.chapters():
        answered = sum(client.answer(f"{chapter.id}.{question.id}") is not None for question in chapter.questions)
        asked, (filled, tables) = len(chapter.questions), _tables(client, chapter)
        share = (answered + filled) / (asked + tables) if asked + tables else 1.0
        title = f"{chapter.number} · {chapter.title[language]}"
        rows.append((title, asked, answered, tables, filled, share))
    return pd.DataFrame(rows, columns=["chapter", "asked", "answered", "tables", "filled", "share"])


def _tables(client: Client, chapter: chapters.Chapter) -> tuple[int, int]:
    """How many of a chapter's tables and statement lists the client filled in, of how many."""
    wanted = [table.id for table in chapter.tables if table.id not in (chapters.SCORES, *chapters.MEETING)]
    lists = [key for key, (owner, _) in chapters.statement_lists().items() if owner.id == chapter.id]
    scores = client.tables.get(chapters.SCORES)
    scored = set() if scores is None else set(scores["list"])
    return sum(name in client.tables for name in wanted) + sum(key in scored for key in lists), len(wanted) + len(lists)


def is_begun(client: Client, chapter: chapters.Chapter) -> bool:
    """Whether the client gave anything for this chapter: an answer, a table, or the orders or rounds it works on."""
    answered = any(client.answer(f"{chapter.id}.{question.id}") for question in chapter.questions)
    filled = sum(table.id in client.tables for table in chapter.tables if table.id != chapters.SCORES)
    filled += _tables(client, chapter)[0]
    if "rounds" in chapter.uses and any(client.folder.glob("history/rounds/*/client.yaml")):
        return True
    return answered or filled > 0 or ("orders" in chapter.uses and "orders" in client.file.tables)


def unanswered(client: Client, language: Language, quick_only: bool = False) -> list[tuple[str, str]]:
    """Every question without an answer, as chapter and question; with *quick_only* those of the quick route."""
    return [
        (f"{chapter.number} · {chapter.title[language]}", question.text[language])
        for chapter in chapters.chapters()
        for question in chapter.questions
        if client.answer(f"{chapter.id}.{question.id}") is None and (question.quick or not quick_only)
    ]
