"""Rows of a table: found, merged and written, in the client file or in a CSV file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from crmworkbook import chapters, disk
from crmworkbook.saving import csv_text
from crmworkbook.saving.faults import field_error
from crmworkbook.saving.fields import Row, RowField, Value
from crmworkbook.saving.place import Written, merge_parts, new_faults, write_at
from crmworkbook.saving.state import State, Table, tidy, to_plain
from crmworkbook.tables import RawTable, csv_table
from crmworkbook.text import Text


def find_row(table: Table, where: Mapping[str, Any]) -> int | None:
    """The position of the row that *where* tells; None when there is none.

    Raises:
        SaveError: more than one row fits.
    """
    empty = set(table.spec.unique) - set(where) if table.spec.unique else set()
    fits = [
        i
        for i, row in enumerate(table.rows)
        if all(_alike(row.get(column), tidy(cell)) for column, cell in where.items()) and not empty & set(row)
    ]
    if len(fits) > 1:
        raise disk.save_error("which_row", where=f"{table.spec.id} {dict(where)}")
    return fits[0] if fits else None


def _alike(there: Any, given: Any) -> bool:
    return bool(there == given) or (isinstance(there, Text) and given in (there.nl, there.en))


def row_with(table: Table, position: int | None, field: RowField, cells: Mapping[str, Any] | None) -> tuple[Row, ...]:
    """The rows of the table with this row changed, added, or (None) taken out."""
    rows = list(table.rows)
    if cells is None:
        return tuple(row for i, row in enumerate(rows) if i != position)
    new = {name: cell for name, cell in cells.items() if cell is not None}
    if position is None:
        return (*rows, {name: tidy(cell) for name, cell in field.where.items()} | new)
    rows[position] = {name: cell for name, cell in rows[position].items() if name in field.where} | new
    return tuple(rows)


def merge_rows(
    unique: Sequence[str], seen: Sequence[Row], theirs: Sequence[Row], mine: Sequence[Row]
) -> tuple[Row, ...] | None:
    """Three versions of a table made one, row by row; None when both changed the same cell, or rows have no key."""
    if list(theirs) in (list(seen), list(mine)):
        return tuple(mine)
    if not unique:
        return None
    by = [{tuple(map(repr, (row.get(name) for name in unique))): row for row in rows} for rows in (seen, theirs, mine)]
    before, there, here = by
    merged = []
    for key in [*here, *(key for key in there if key not in here)]:
        if key not in here and there[key] == before.get(key):
            continue  # we took it out and nobody changed it
        if key in here and key not in there and here[key] == before.get(key):
            continue  # the other took it out
        if (key in before) and (key not in here or key not in there):
            return None  # one took out what the other changed
        row = merge_parts(before.get(key), there.get(key), _whole(here.get(key), before.get(key)))
        if row is None:
            return None
        merged.append({name: cell for name, cell in row.items() if cell is not None})
    return tuple(merged)


def _whole(row: Row | None, before: Row | None) -> Row:
    """A row as we have it, with what we emptied; as it was when we do not have it."""
    return dict.fromkeys(before or {}) | dict(row) if row is not None else before or {}


def write_rows(state: State, table: Table, rows: Sequence[Row], mine: Value) -> Written:
    """The client file, or the CSV file, with these rows in the place of those of the table.

    Raises:
        FieldError: a cell does not fit.
    """
    before, after = [_key(row) for row in table.rows], [_key(row) for row in rows]
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    changes = [code for code in codes if code[0] != "equal"]
    if table.csv is None:
        plain = _inline(table, rows, changes)
        raw = RawTable(state.path.name, table.spec.id, tuple(plain), (None,) * len(plain))
        _check_rows(state, table, raw, mine)
        order = list(chapters.tables())
        return write_at(state, ("tables", table.spec.id), plain or None, order[: order.index(table.spec.id)])
    assert table.file is not None
    data = _csv(table, rows, changes).data
    if not rows:
        raise disk.save_error("last_row", file=table.file.path.name)
    _check_rows(state, table, csv_table(data, table.file.path.name, table.spec.id), mine)
    return table.file, data


def _key(row: Row) -> str:
    return repr(sorted(row.items()))


def _check_rows(state: State, table: Table, raw: RawTable, mine: Value) -> None:
    """Refuse what `read_client` would refuse in the new rows and does not refuse already in those that stand there."""
    name = table.spec.id
    if raw.rows:
        _, new = state.faults({"tables": {name: list(raw.rows)}})
        old = state.faults({"tables": {name: list(table.raw.rows)}})[1] if new and table.raw.rows else []
        if faults := new_faults(new, old):
            raise field_error(faults, mine)


def _changed_cells(old: Row, new: Row) -> dict[str, Any]:
    names = [*old, *(name for name in new if name not in old)]
    return {name: new.get(name) for name in names if old.get(name) != new.get(name)}


def _inline(
    table: Table, rows: Sequence[Row], changes: Sequence[tuple[str, int, int, int, int]]
) -> list[dict[str, Any]]:
    """The rows as they are to stand in the client file; those that stay are as they were written."""
    plain = [dict(row) for row in table.raw.rows]
    for _, from_, to, new_from, new_to in reversed(changes):
        pairs = min(to - from_, new_to - new_from)
        added = [to_plain(row) for row in rows[new_from + pairs : new_to]]
        plain[from_ + pairs : to] = [_in_order(table, row) for row in added]
        for i in range(pairs):
            row = plain[from_ + i]
            for column, cell in _changed_cells(table.rows[from_ + i], rows[new_from + i]).items():
                for name in (f"{column}_nl", f"{column}_en", *([column] if cell is None else [])):
                    row.pop(name, None)
                if cell is not None:
                    row[column] = to_plain(cell)
    return plain


def _in_order(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    columns = [column.id for column in table.spec.columns if column.id in row]
    return {name: row[name] for name in [*columns, *(name for name in row if name not in columns)]}


def _csv(table: Table, rows: Sequence[Row], changes: Sequence[tuple[str, int, int, int, int]]) -> csv_text.CsvText:
    """The CSV file with the same changes."""
    text = table.csv
    assert text is not None
    places = [*text.rows, len(text.records)]
    for _, from_, to, new_from, new_to in reversed(changes):
        pairs = min(to - from_, new_to - new_from)
        for i in reversed(range(from_ + pairs, to)):
            text = csv_text.drop(text, places[i])
        at = places[from_ + pairs] if from_ + pairs < len(places) else len(text.records)
        for row in reversed(rows[new_from + pairs : new_to]):
            text = csv_text.add(text, at, row)
        for i in range(pairs):
            changed = _changed_cells(table.rows[from_ + i], rows[new_from + i])
            text = csv_text.change(text, places[from_ + i], changed)
    return text
