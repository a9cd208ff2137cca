"""The fields of a client folder: what a form shows and saves, one at a time.

A field is an address; its value is plain data, the same for reading, saving and comparing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmworkbook.text import Text

Value = Any  # what stands in a field; each kind of field says which
Row = Mapping[str, Any]  # column id to text, `Text`, number, date or truth; an empty cell is absent


@dataclass(frozen=True)
class AnswerField:
    """The answer to one question.

    Its value is a `crmworkbook.client.Answer` (text, value, source, confidence), or None when nothing was answered.

    Attributes:
        question: ``chapter.question``.
    """

    question: str

    @property
    def address(self) -> str:
        """Where it stands, for messages and the history."""
        return f"answers.{self.question}"


@dataclass(frozen=True)
class AssumptionField:
    """One assumption.

    Its value is a `crmworkbook.client.Assumption` (value, source, confidence), or None for the product's default.
    """

    name: str

    @property
    def address(self) -> str:
        """Where it stands, for messages and the history."""
        return f"assumptions.{self.name}"


@dataclass(frozen=True)
class NameField:
    """The name of one segment, offering, channel or competitor.

    Its value is one text, a `Text` in both languages, or None when the key is not declared.

    Attributes:
        dimension: ``segments``, ``offerings``, ``channels`` or ``competitors``.
        key: The short word that tables use.
    """

    dimension: str
    key: str

    @property
    def address(self) -> str:
        """Where it stands, for messages and the history."""
        return f"{self.dimension}.{self.key}"


@dataclass(frozen=True)
class SettingField:
    """A line at the top of the client file: ``name``, ``as_of``, ``currency``, ``period``, ``prepared_by`` ….

    Its value is what the file says there, a date as ``datetime.date``; None takes an optional line out.
    """

    name: str

    @property
    def address(self) -> str:
        """Where it stands, for messages and the history."""
        return self.name


@dataclass(frozen=True)
class TableField:
    """A whole small table, in ``client.yaml`` or in a CSV file that it names.

    Its value is a tuple of rows; a row maps column id to a text, `Text`, number, date or truth; an empty cell is
    absent. No rows at all is an empty tuple.
    """

    table: str

    @property
    def address(self) -> str:
        """Where it stands, for messages and the history."""
        return f"tables.{self.table}"


@dataclass(frozen=True)
class RowField:
    """One row of a table, found by some of its cells; saving only touches the cells that the value names.

    Its value maps column id to cell, without the columns of `where`; a cell that is None is emptied, a cell that is
    not named stays as it is. As a whole None means that there is no such row: saving None takes the row out.

    Attributes:
        table: Table id.
        where: Column id to cell; for a table with unique columns these, and together they fit one row at most.
    """

    table: str
    where: Mapping[str, str | Text | float | bool] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where it stands, for messages and the history."""
        cells = {key: value.en if isinstance(value, Text) else value for key, value in self.where.items()}
        return f"tables.{self.table}[{', '.join(f'{key}={value}' for key, value in cells.items())}]"


Field = AnswerField | AssumptionField | NameField | SettingField | TableField | RowField


def score_field(list_id: str, statement: str, who: str | Text | None = None) -> RowField:
    """One person's score of one statement; its value has ``score`` and perhaps ``target``."""
    return RowField("scores", {"list": list_id, "statement": statement} | ({"who": who} if who else {}))
