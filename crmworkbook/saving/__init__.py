"""Saving: the only writer of a client's answers.

A save locks the client folder, reads the file again, puts the one field in its place, and replaces the file as a
whole, so that whatever happens the old file or the new one stands there. Two people who save at once lose nothing.
Comments, order, quotes and every other line stay as they are: only the text of the field itself is replaced, which is
also what makes it fast (a round trip of a large file through a YAML library takes seconds).
"""

from __future__ import annotations

from crmworkbook.errors import Conflict, FieldError, SaveError
from crmworkbook.saving.fields import (
    AnswerField,
    AssumptionField,
    Field,
    NameField,
    RowField,
    SettingField,
    TableField,
    Value,
    score_field,
)
from crmworkbook.saving.save import Saved, read_field, read_fields, save
from crmworkbook.saving.write import UNSEEN

__all__ = [
    "UNSEEN",
    "AnswerField",
    "AssumptionField",
    "Conflict",
    "Field",
    "FieldError",
    "NameField",
    "RowField",
    "SaveError",
    "Saved",
    "SettingField",
    "TableField",
    "Value",
    "read_field",
    "read_fields",
    "save",
    "score_field",
]
