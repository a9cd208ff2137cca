"""Save one field, read fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crmworkbook import disk, history
from crmworkbook.client import Answer, Assumption
from crmworkbook.errors import Conflict, FieldError, SaveError
from crmworkbook.saving import rows, write
from crmworkbook.saving.fields import (
    AnswerField,
    AssumptionField,
    Field,
    NameField,
    RowField,
    SettingField,
    TableField,
    Value,
)
from crmworkbook.saving.place import Written
from crmworkbook.saving.state import State, parts_of, read_state, tidy
from crmworkbook.saving.write import UNSEEN
from crmworkbook.text import Text

_TRIES = 5  # when an editor writes the file at the same instant


@dataclass(frozen=True)
class Saved:
    """A field is on disk.

    Attributes:
        at: When, by this machine's clock.
        changed: Whether anything was written; False when the field held this already.
        value: What the field holds now: as cleaned, and merged with what others changed in other parts of it.
        notes: What is worth knowing and stopped nothing, such as a version that could not be kept.
    """

    at: datetime
    changed: bool
    value: Value
    notes: tuple[Text, ...] = ()


def save(path: Path, field: Field, value: Value, *, seen: Value = UNSEEN) -> Saved:
    """Put *value* in *field* of the client file *path*.

    Args:
        path: The client file.
        field: Which field.
        value: What it is to hold; see the kind of field. Answers and assumptions may be mappings of their parts. None
            clears.
        seen: What the form last saw in this field (`read_field`, or `Saved.value`). When somebody else changed the
            same part of the field meanwhile, nothing is written and `Conflict` is raised; to write all the same, save
            again with ``seen=conflict.theirs``. Parts that only the other changed (the source, say, while this form
            changed the text) are kept. Without it, the value simply replaces what stands there.

    Raises:
        FieldError: the value does not fit; says in both languages what to write.
        Conflict: see *seen*.
        SaveError: not saved for another reason (``kind``); carries what was typed.
    """
    try:
        with disk.locked(path):
            for _ in range(_TRIES):
                with suppress(disk.ChangedMeanwhile):
                    return _save(path, field, value, seen)
            raise disk.save_error("busy", file=path.name)
    except SaveError as error:
        error.mine = value
        raise


def read_field(path: Path, field: Field) -> Value:
    """What *field* holds now; never changes a file.

    Raises:
        FieldError: what somebody typed there by hand does not fit.
        SaveError: the file is gone or broken.
    """
    return read_fields(path, [field])[0]


def read_fields(path: Path, fields: Sequence[Field]) -> list[Value]:
    """What *fields* hold now, of one reading of the file; errors as `read_field`."""
    state = read_state(path)
    return [_out(field, write.present(state, field)) for field in fields]


def _save(path: Path, field: Field, value: Value, seen: Value) -> Saved:
    """One try, under the lock."""
    state = read_state(path)
    mine = write.given(field, state, value)
    try:
        theirs = write.present(state, field)
    except FieldError as error:  # typed by hand, and it does not fit: only a value that fits replaces it
        theirs = error.mine
        if seen is not UNSEEN and seen != theirs:
            raise Conflict(disk.message("conflict"), theirs=theirs, mine=value, seen=seen) from error
        new = mine
    else:
        try:
            new = write.merged(field, state, _in(field, seen), theirs, mine)
        except Conflict as error:
            raise Conflict(error.words, theirs=_out(field, theirs), mine=value, seen=seen) from None
        if _same(field, new, theirs):
            return Saved(datetime.now().astimezone(), False, _out(field, theirs))
    found, data = _written(state, field, new, value)
    if data == found.data:
        return Saved(datetime.now().astimezone(), False, _out(field, new))
    notes = _to_disk(state, found, data, field)
    return Saved(datetime.now().astimezone(), True, _out(field, new), notes)


def _same(field: Field, new: Value, theirs: Value) -> bool:
    """Whether the field would hold what it holds; an empty cell and an absent one are the same."""
    if isinstance(field, RowField) and new is not None and theirs is not None:
        return {k: v for k, v in new.items() if v is not None} == dict(theirs)
    return bool(new == theirs)


def _written(state: State, field: Field, new: Value, value: Value) -> Written:
    match field:
        case AnswerField() | AssumptionField():
            return write.write_parts(state, field, new)
        case NameField() | SettingField():
            return write.write_line(state, field, new)
        case RowField():
            table = state.table(field.table)
            new_rows = rows.row_with(table, rows.find_row(table, field.where), field, new)
        case TableField():
            table, new_rows = state.table(field.table), new
    return rows.write_rows(state, table, new_rows, value)


def _to_disk(state: State, found: disk.Found, data: bytes, field: Field) -> tuple[Text, ...]:
    """Write the file, with a version of what it replaces when nobody kept that yet, and one of what it holds now."""
    path = state.found.path
    notes: list[Text] = []
    try:
        files = history.present(path, state.files())
        files[path.name] = state.found.data
        history.keep(path, files, why="outside")
    except OSError as error:
        notes.append(_no_version(error))
    disk.replace(found, data)
    if not notes:
        name = path.name if found.path == path else found.path.relative_to(path.parent.resolve()).as_posix()
        try:
            history.keep(path, files | {name: data}, [field.address])
        except OSError as error:
            notes.append(_no_version(error))
    return tuple(notes)


def _no_version(error: OSError) -> Text:
    return disk.message("no_version", why=error.strerror or type(error).__name__)


def _in(field: Field, seen: Value) -> Value:
    """What a form saw, in the form in which values are compared."""
    if seen is UNSEEN or seen is None:
        return seen
    if isinstance(field, AnswerField | AssumptionField | RowField):
        return parts_of(seen)
    if isinstance(field, TableField):
        return tuple(parts_of(row) for row in seen)
    return tidy(seen)


def _out(field: Field, value: Value) -> Any:
    """A value as a form gets it."""
    if isinstance(field, AnswerField | AssumptionField) and isinstance(value, Mapping):
        kind = Answer if isinstance(field, AnswerField) else Assumption
        return kind.model_validate({name: part for name, part in value.items() if part is not None})
    return value
