"""The tables of a chapter's form: cells are saved one by one where the table says what makes a row its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crmworkbook import chapters
from crmworkbook.chapters import Chapter, TableSpec
from crmworkbook.client import Client, read_client
from crmworkbook.errors import FieldError
from crmworkbook.forms.spec import DIMENSIONS, NAMES, is_editable, names_table, shown_row
from crmworkbook.forms.supported import in_language
from crmworkbook.forms.typed import parse, shown
from crmworkbook.saving import NameField, RowField, Saved, TableField, read_field, read_fields, save
from crmworkbook.text import Language, Text, labels

Row = dict[str, Any]


class Grids:
    """The tables of one form, and the rows that its screen has seen.

    Attributes:
        rows: Table id, or ``names.`` with a dimension, to rows; a row maps column to value and leaves empty cells out.
    """

    def __init__(self, chapter: Chapter, path: Path, language: Language) -> None:
        """Begin without rows."""
        self.path, self.language = path, language
        self.tables = {table.id: table for table in chapter.tables if table.id != chapters.SCORES}
        self.tables |= {name: chapters.tables()[name] for name in chapters.MEETING}
        self.dimensions = {NAMES + dimension: dimension for dimension in DIMENSIONS.get(chapter.id, ())}
        self.rows: dict[str, list[Row]] = {}

    def read(self, client: Client) -> dict[str, list[Row]]:
        """All rows as they are on disk now."""
        ours = [name for name in self.tables if is_editable(client, name)]
        found = read_fields(self.path, [TableField(name) for name in ours])
        self.rows = {name: [{}] * len(client.tables[name]) for name in self.tables if name not in ours}
        self.rows |= {name: list(rows) for name, rows in zip(ours, found, strict=True)}
        self.rows |= {name: _name_rows(client, dimension) for name, dimension in self.dimensions.items()}
        return self.rows

    def shown(self, name: str) -> list[dict[str, Any]]:
        """The rows of one table as the screen shows them, read again."""
        self._reread(name)
        return [shown_row(self._table(name), row, self.language) for row in self.rows[name]]

    def cell_now(self, address: str, at: int, column: str) -> Any:
        """What the screen shows of one cell, read again; nothing when the row is gone."""
        name = address.partition(":")[2]
        rows = self.shown(name)
        return rows[at][column] if at < len(rows) else ""

    def save_cell(self, address: str, at: int, column: str, typed: Any, seen_shown: Any) -> tuple[Saved, Any]:
        """Save one cell.

        Returns:
            The outcome, and what the cell shows now.

        Raises:
            SaveError: it was not saved; says why.
        """
        name = address.partition(":")[2]
        table, row = self._table(name), self.rows[name][at]
        kind = table.column(column).kind
        seen = row.get(column)
        if shown(seen, kind, self.language) != (seen_shown or ""):  # another window of this kernel was first
            seen = parse(seen_shown, kind, self.language)
        value = in_language(seen, parse(typed, kind, self.language), self.language)
        changed = _filled(row | {column: value})
        if name in self.dimensions:
            if column == "key":
                raise FieldError("by_hand", labels()["form"]["key_stays"])
            outcome = save(self.path, NameField(self.dimensions[name], row["key"]), _named(changed))
        elif table.unique and column not in table.unique:
            where, _ = _split(table, row)
            outcome = save(self.path, RowField(name, where), {column: value}, seen={column: seen})
        else:
            rows = [changed if place == at else other for place, other in enumerate(self.rows[name])]
            outcome = save(self.path, TableField(name), tuple(rows), seen=tuple(self.rows[name]))
        self.rows[name][at] = changed
        return outcome, shown(value, kind, self.language)

    def missing(self, name: str, typed: Mapping[str, Any]) -> list[str]:
        """Columns that a new row still needs, by name."""
        table, row = self._table(name), self._parsed(name, typed)
        return [c.label[self.language] for c in table.columns if c.required and c.default is None and c.id not in row]

    def add_row(self, name: str, typed: Mapping[str, Any]) -> Saved:
        """Save a new row.

        Raises:
            SaveError: it was not saved; says why.
        """
        table, row = self._table(name), self._parsed(name, typed)
        if name in self.dimensions:
            return save(self.path, NameField(self.dimensions[name], str(row["key"])), _named(row), seen=None)
        if table.unique:
            where, rest = _split(table, row)
            return save(self.path, RowField(name, where), rest, seen=None)
        return save(self.path, TableField(name), (*self.rows[name], row), seen=tuple(self.rows[name]))

    def remove_row(self, name: str, at: int) -> Saved:
        """Take a row out.

        Raises:
            SaveError: it was not saved; says why.
        """
        table, row = self._table(name), self.rows[name][at]
        if name in self.dimensions:
            return save(self.path, NameField(self.dimensions[name], row["key"]), None)
        if table.unique:
            where, rest = _split(table, row)
            return save(self.path, RowField(name, where), None, seen=rest)
        rows = tuple(other for place, other in enumerate(self.rows[name]) if place != at)
        return save(self.path, TableField(name), rows, seen=tuple(self.rows[name]))

    def _table(self, name: str) -> TableSpec:
        return self.tables[name] if name in self.tables else names_table(self.dimensions[name], self.language)

    def _parsed(self, name: str, typed: Mapping[str, Any]) -> Row:
        columns = self._table(name).columns
        return _filled({c.id: parse(typed.get(c.id), c.kind, self.language) for c in columns})

    def _reread(self, name: str) -> None:
        if name in self.tables:
            self.rows[name] = list(read_field(self.path, TableField(name)))
        else:
            self.rows[name] = _name_rows(read_client(self.path), self.dimensions[name])


def _split(table: TableSpec, row: Row) -> tuple[Row, Row]:
    """What makes a row its own, and the rest of it."""
    where = {key: row[key] for key in table.unique if key in row}
    return where, {key: value for key, value in row.items() if key not in where}


def _filled(row: Mapping[str, Any]) -> Row:
    return {key: value for key, value in row.items() if value is not None and value != ""}


def _name_rows(client: Client, dimension: str) -> list[Row]:
    named = getattr(client.file, dimension).items()
    pairs = ((key, words if isinstance(words, Text) else Text(nl=words, en=words)) for key, words in named)
    return [{"key": key, "nl": words.nl, "en": words.en} for key, words in pairs]


def _named(row: Mapping[str, Any]) -> Any:
    one, other = row.get("nl"), row.get("en")
    return Text(nl=one, en=other) if one and other and one != other else one or other
