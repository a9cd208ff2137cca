"""How each kind of field is read from, merged with and written into a client folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from crmworkbook import chapters, disk
from crmworkbook.client import ClientFile, check_content
from crmworkbook.errors import Conflict
from crmworkbook.saving.faults import field_error
from crmworkbook.saving.fields import AnswerField, AssumptionField, Field, NameField, RowField, SettingField, Value
from crmworkbook.saving.place import Written, merge_parts, new_faults, taken_out, write_at
from crmworkbook.saving.rows import find_row, merge_rows
from crmworkbook.saving.state import State, parts_of, tidy, to_plain, typed_line, typed_parts
from crmworkbook.yaml_file import content

UNSEEN: Final[Any] = object()


# --- answers and assumptions --------------------------------------------------------------------------------------


def write_parts(state: State, field: AnswerField | AssumptionField, parts: Mapping[str, Any] | None) -> Written:
    """The client file with this answer or assumption."""
    plain = to_plain({part: value for part, value in parts.items() if value is not None}) if parts else None
    if isinstance(field, AssumptionField):
        place = ("assumptions", field.name)
        if plain is None:
            return taken_out(state, place)
    else:
        place = ("answers", field.question)
    old = state.plain(*place)
    short = old is not None and not (isinstance(old, dict) and not set(old) <= {"nl", "en"})
    if plain and short and len(plain) == 1 and set(plain) <= {"text", "value"}:
        plain = next(iter(plain.values()))
    order = list(chapters.questions()) if isinstance(field, AnswerField) else []
    return write_at(state, place, plain, order[: order.index(place[1])] if order else ())


def write_line(state: State, field: NameField | SettingField, value: Value) -> Written:
    """The client file with this name or setting."""
    place = (field.name,) if isinstance(field, SettingField) else (field.dimension, field.key)
    if value is not None:
        order = list(ClientFile.model_fields)
        return write_at(state, place, to_plain(value), order[: order.index(place[0])] if len(place) == 1 else ())
    written = taken_out(state, place)
    if isinstance(field, NameField):
        whole = content(state.root)
        without = whole | {field.dimension: {k: v for k, v in whole[field.dimension].items() if k != field.key}}
        if new_faults(check_content(state.path, without)[1], check_content(state.path, whole)[1]):
            raise field_error("is still used", value)
    return written


# --- one field ----------------------------------------------------------------------------------------------------


def present(state: State, field: Field) -> Value:
    """What the field holds, as its kind says; parts of answers and rows as mappings.

    Raises:
        FieldError: what stands there does not fit.
    """
    match field:
        case AnswerField(question):
            return typed_parts(state, field, state.plain("answers", question))
        case AssumptionField(name):
            return typed_parts(state, field, state.plain("assumptions", name))
        case NameField(dimension, key):
            return typed_line(state, field, state.dimensions.get(dimension, {}).get(key))
        case SettingField(name):
            return typed_line(state, field, state.plain(name))
        case RowField(name, where):
            table = state.table(name)
            position = find_row(table, where)
            return None if position is None else {k: v for k, v in table.rows[position].items() if k not in where}
    return state.table(field.table).rows


def merged(field: Field, state: State, seen: Value, theirs: Value, mine: Value) -> Value:
    """What the field is to hold.

    Raises:
        Conflict: both sides changed the same.
    """
    if seen is UNSEEN:
        return {**(theirs or {}), **mine} if isinstance(field, RowField) and mine is not None else mine
    result: Value
    if isinstance(field, AnswerField | AssumptionField):
        result = merge_parts(seen, theirs, mine or dict.fromkeys({**(seen or {}), **(theirs or {})}))
        if result is not None:
            return result if any(part is not None for part in result.values()) else None
    elif isinstance(field, RowField):
        if mine is None and theirs in (None, seen):
            return None
        if mine is not None and not (theirs is None and seen is not None):
            result = merge_parts(seen, theirs, mine)
            if result is not None:
                return result
    elif isinstance(field, NameField | SettingField):
        if theirs in (seen, mine) or mine == seen:
            return theirs if mine == seen else mine
    else:
        result = merge_rows(state.table(field.table).spec.unique, seen, theirs, mine)
        if result is not None:
            return result
    raise Conflict(disk.message("conflict"), theirs=theirs, mine=mine, seen=seen)


def given(field: Field, state: State, value: Value) -> Value:
    """A value that a form gives, clean and checked, in the form that `present` gives.

    Raises:
        FieldError: it does not fit.
    """
    match field:
        case AnswerField() | AssumptionField():
            parts = {name: part for name, part in parts_of(value).items() if part is not None}
            return typed_parts(state, field, to_plain(parts) or None)
        case NameField() | SettingField():
            return typed_line(state, field, to_plain(tidy(value)))
        case RowField():
            return None if value is None else parts_of(value)
    return tuple({name: cell for name, cell in parts_of(row).items() if cell is not None} for row in value or ())
