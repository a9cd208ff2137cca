"""What the key in a column of a table may be, in words, so that nobody types a key that stands elsewhere already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmworkbook.chapters import Chapter, Column, TableSpec
from crmworkbook.client import WORDY, Client, said
from crmworkbook.models.strategy import OWN_PARTY
from crmworkbook.text import Language, label

Rows = Mapping[str, Sequence[Mapping[str, Any]]]  # table id to rows


def known_keys(
    chapter: Chapter, table: TableSpec, column: Column, client: Client, language: Language, rows: Rows
) -> list[list[str]]:
    """The keys to choose from in *column*, each with its words; none where people make up their own.

    Args:
        chapter: The chapter of the table.
        table: The table.
        column: One of its columns.
        client: Whose names they are.
        language: Of the screen.
        rows: The rows of the chapter's tables: the one that says what a key means gives the words.
    """
    if column.kind == "key" and column.of:
        return _listed(client.names(column.of, language))
    if column.kind != "id":
        return []
    if column.id == "party":
        return _listed({OWN_PARTY: label("screen.us", language), **client.names("competitors", language)})
    if column.id == "statement" and table.id in chapter.statements:
        return [[item.id, item.text[language]] for item in chapter.statements[table.id]]
    named = next((each for each in chapter.tables if each.id != table.id and _says_what(each, column.id)), None)
    if named is None:
        return []
    words = next(each.id for each in named.columns if each.kind in WORDY)
    found = rows.get(named.id, ())
    keys = {str(row[column.id]): said(row.get(words), language) or str(row[column.id]) for row in found}
    return _listed(keys)


def _says_what(table: TableSpec, key: str) -> bool:
    """Whether each row of *table* is one *key*, with words for it."""
    return table.unique == (key,) and any(column.kind in WORDY for column in table.columns)


def _listed(named: Mapping[str, str]) -> list[list[str]]:
    return [[key, words] for key, words in named.items()]
