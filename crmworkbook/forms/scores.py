"""Scores of statement lists: everybody scores alone first, then the spread says what to discuss."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from crmworkbook import chapters
from crmworkbook.chapters import SCORES, Chapter
from crmworkbook.client import Client, said
from crmworkbook.forms.people import Row, Words, fault, is_called, people, person
from crmworkbook.forms.typed import scale_options
from crmworkbook.models.frames import records
from crmworkbook.models.statements import statement_scores
from crmworkbook.saving import RowField, Saved, TableField, read_field, save, score_field
from crmworkbook.text import Language, label, number

FIELD = "scores:"  # before the id of a list, in the address of a field
DISCUSS = 2  # scores this far apart are worth a discussion
_MOST_NAMED = 3  # who gave the lowest and the highest


class Scoring:
    """The statement lists of one form; nothing of the scores is kept here."""

    def __init__(self, chapter: Chapter, path: Path, language: Language) -> None:
        """Score the lists of *chapter* for the client file *path*."""
        self.path, self.language = path, language
        self.lists = {key: items for key, items in chapter.statements.items() if key in chapters.statement_lists()}
        self.names = {key: list_name(chapter, key, language) for key in self.lists}

    def groups(self, client: Client) -> list[dict[str, Any]]:
        """A group for each list, without anybody's scores."""
        scores = client.tables.get(SCORES)
        rows = [] if scores is None else records(scores)
        return [self._group(key, [row for row in rows if row["list"] == key]) for key in self.lists]

    def _group(self, key: str, rows: list[Any]) -> dict[str, Any]:
        field = {
            "control": "scores", "id": FIELD + key, "label": self.names[key],
            "statements": [[item.id, item.text[self.language]] for item in self.lists[key]],
            "options": scale_options(self.language), "clear": label("form.clear", self.language),
            "target": any(not pd.isna(row["target"]) for row in rows), "scored": self._scored(key, rows),
        }  # fmt: skip
        return {"id": FIELD + key, "title": self.names[key], "fields": [field]}

    def rows(self, key: str) -> list[Row]:
        """The scores of one list as they are on disk now."""
        return [row for row in read_field(self.path, TableField(SCORES)) if row.get("list") == key]

    def scored(self, key: str) -> list[list[Any]]:
        """Who scored, and how many of the statements: nothing of what they gave."""
        return self._scored(key, self.rows(key))

    def _scored(self, key: str, rows: list[Any]) -> list[list[Any]]:
        known = {item.id for item in self.lists[key]}
        given = [row for row in rows if row["statement"] in known]
        count = lambda name: sum(is_called(row.get("who"), name) for row in given)  # noqa: E731
        return [[name, count(name)] for name in people(given, self.language)]

    # what the page asks

    def hear(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Begin somebody's scores, or show the spread.

        Raises:
            SaveError: nobody is named, or the scores cannot be read.
        """
        key = message["field"].removeprefix(FIELD)
        if message["what"] == "begin":
            rows = self.rows(key)
            who = person(message["who"], rows or read_field(self.path, TableField(SCORES)))
            return {"who": said(who, self.language), "values": self._own(rows, message["who"])}
        return self.spread(key) if message["what"] == "spread" else {}

    def _own(self, rows: list[Row], name: str) -> dict[str, dict[str, str]]:
        own = [row for row in rows if is_called(row.get("who"), name)]
        return {row["statement"]: {part: _shown(row.get(part)) for part in ("score", "target")} for row in own}

    def save(self, address: list[str], typed: Any, seen_shown: Any) -> tuple[Saved, str]:
        """Save one score or target.

        Args:
            address: Field, who, statement, and ``score`` or ``target``.
            typed: 1 to 5 as text; empty takes the score away.
            seen_shown: What the screen showed there.

        Returns:
            The outcome, and what the screen shows now.

        Raises:
            SaveError: it was not saved; says why.
        """
        key, (name, statement, part) = address[0].removeprefix(FIELD), address[1:]
        rows = self.rows(key)
        there = next((r for r in rows if r["statement"] == statement and is_called(r.get("who"), name)), None)
        known: Words = there["who"] if there else person(name, rows or read_field(self.path, TableField(SCORES)))
        field, value, seen = score_field(key, statement, known), _score(typed), _score(seen_shown)
        if part == "target" and there is None:
            raise fault("score_first")
        if part == "score" and value is None:
            outcome = self._take_out(field, there, seen)
        else:
            outcome = save(self.path, field, {part: value}, seen=None if seen is None else {part: seen})
        return outcome, _shown(value)

    def _take_out(self, field: RowField, there: Row | None, seen: float | None) -> Saved:
        cells = {name: cell for name, cell in (there or {}).items() if name not in field.where}
        as_seen = cells if cells.get("score") == seen else {"score": seen}
        return save(self.path, field, None, seen=as_seen if there else None)

    def now(self, address: list[str]) -> str:
        """What the screen shows of one score, read again."""
        own = self._own(self.rows(address[0].removeprefix(FIELD)), address[1])
        return own.get(address[2], {}).get(address[3], "")

    def spread(self, key: str) -> dict[str, Any]:
        """Each statement with its lowest, highest and mean score, who gave those, and whether to discuss it."""
        items = {item.id: item.text[self.language] for item in self.lists[key]}
        rows = [row for row in self.rows(key) if row.get("statement") in items]
        if not rows:
            return {"rows": []}
        frame = statement_scores(pd.DataFrame([dict(row) for row in rows]), list(items)).frame
        return {"rows": [self._spread_row(row, items, rows) for row in records(frame)]}

    def _spread_row(self, row: Any, items: Mapping[str, str], rows: list[Row]) -> dict[str, Any]:
        given = [
            (float(r["score"]), said(r.get("who"), self.language)) for r in rows if r["statement"] == row["statement"]
        ]
        return {
            "text": items[row["statement"]],
            "low": _shown(row["low"]), "high": _shown(row["high"]), "mean": number(row["mean"], self.language),
            "low_who": _named([who for score, who in given if score == row["low"]]),
            "high_who": _named([who for score, who in given if score == row["high"]]),
            "counts": [sum(score == at for score, _ in given) for at in range(1, 6)],
            "discuss": bool(row["spread"] >= DISCUSS),
        }  # fmt: skip


def list_name(chapter: Chapter, key: str, language: Language) -> str:
    """What a list of statements is called."""
    return str(chapter.texts[f"list_{key}"][language])  # type: ignore[index]


def _named(who: list[str]) -> str:
    named = [name for name in who if name]
    more = len(named) - _MOST_NAMED
    return ", ".join(named[:_MOST_NAMED]) + (f" +{more}" if more > 0 else "")


def _score(typed: Any) -> float | None:
    if typed in (None, ""):
        return None
    if str(typed) not in ("1", "2", "3", "4", "5"):
        raise fault("not_a_score", typed=str(typed)[:40])
    return float(typed)


def _shown(score: Any) -> str:
    return "" if score is None or pd.isna(score) else f"{float(score):g}"
