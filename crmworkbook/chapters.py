"""The chapters: titles, explanations, questions, tables and texts, read from ``templates/chapters``.

A chapter is one YAML file and one notebook of the same name, such as ``04_customer_value``; the number is the
order and nothing else lists it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crmworkbook import files
from crmworkbook.errors import CrmWorkbookError
from crmworkbook.text import Text, places
from crmworkbook.yaml_file import read_yaml

Kind = Literal[
    "text",
    "long_text",
    "number",
    "count",
    "money",
    "share",
    "rate",
    "ratio",
    "scale",
    "date",
    "choice",
    "choices",
    "yes_no",
]
Dimension = Literal["segments", "offerings", "channels", "competitors"]


class Strict(BaseModel):
    """Frozen, and nothing that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(Strict):
    """One question of a chapter.

    Attributes:
        id: Unique within the chapter; an answer's key is ``chapter.question``.
        text: The question.
        help: What a good answer holds.
        kind: What an answer is.
        options: Key to words, for ``choice`` and ``choices``.
        role: ``decision`` or ``condition`` when the answer belongs on the one-page summary.
        source: Reference id.
        quick: One of the ten questions of the quick route.
    """

    id: str
    text: Text
    help: Text | None = None
    quick: bool = False
    kind: Kind = "long_text"
    options: Mapping[str, Text] = Field(default_factory=dict)
    role: Literal["answer", "decision", "condition", "guess"] = "answer"
    source: str | None = None


class Column(Strict):
    """One column of a table.

    Attributes:
        id: Column name in the file; a text column may stand as two, ``note_nl`` and ``note_en``.
        kind: ``key`` points to a dimension or an earlier table, others are values.
        of: For ``key``: the dimension, such as ``segments``.
        options: Key to words, for ``choice``.
        required: Whether an empty field is a fault.
        low, high: Bounds of a number, inclusive.
        default: What an empty or absent field means.
    """

    id: str
    label: Text
    kind: Kind | Literal["key", "id"] = "number"
    of: Dimension | None = None
    options: Mapping[str, Text] = Field(default_factory=dict)
    required: bool = True
    low: float | None = None
    high: float | None = None
    default: str | float | bool | None = None


class TableSpec(Strict):
    """One table that a chapter asks for.

    Attributes:
        id: Name of the table in ``client.yaml`` and of its file.
        unique: Columns that together may occur once.
    """

    id: str
    label: Text
    columns: tuple[Column, ...]
    unique: tuple[str, ...] = ()
    help: Text | None = None

    def column(self, name: str) -> Column:
        """The column called *name*.

        Raises:
            KeyError: there is none.
        """
        return {column.id: column for column in self.columns}[name]


class AssumptionSpec(Strict):
    """A number (or choice) that the calculations stand on.

    Attributes:
        id: Key under ``assumptions`` in ``client.yaml``.
        kind: ``rate`` and ``share`` are written as 0.10.
        period: For a rate: per what, in words.
        default: Used, and marked as an assumption of ours, when the client gives none.
    """

    id: str
    label: Text
    kind: Kind = "number"
    period: Text | None = None
    options: Mapping[str, Text] = Field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    default: float | str | None = None


class Statement(Strict):
    """One statement to score from 1 to 5.

    Attributes:
        action: What to do first when this is the lowest of its list.
    """

    id: str
    text: Text
    action: Text | None = None


class AgendaItem(Strict):
    """One step of the facilitator's plan."""

    minutes: int
    text: Text


class Chapter(Strict):
    """One chapter as its file gives it.

    Attributes:
        number, id: From the file name, ``04_customer_value``.
        title, lead: Its name, and what it does in a sentence or three, with the model's source.
        uses: Tables of other chapters that this one reads too, ``orders`` or ``rounds``.
        what_ifs: Assumptions that the notebook takes as parameters.
        texts: Words of this chapter's findings; a text may have cases, chosen by a number or a key.
    """

    number: int
    id: str
    title: Text
    question: Text
    lead: Text
    minutes: int
    agenda: tuple[AgendaItem, ...] = ()
    questions: tuple[Question, ...] = ()
    tables: tuple[TableSpec, ...] = ()
    uses: tuple[str, ...] = ()
    assumptions: tuple[AssumptionSpec, ...] = ()
    what_ifs: tuple[str, ...] = ()
    statements: Mapping[str, tuple[Statement, ...]] = Field(default_factory=dict)
    texts: Mapping[str, Text | Mapping[str, Text]] = Field(default_factory=dict)
    sources: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _same_places(self) -> Self:
        for key, entry in self.texts.items():
            for text in [entry] if isinstance(entry, Text) else entry.values():
                if places(text.nl) != places(text.en):
                    raise ValueError(f"texts.{key}: the Dutch and the English text fill different places")
        return self

    @property
    def name(self) -> str:
        """File name without ending."""
        return f"{self.number:02d}_{self.id}"


@cache
def chapters(folder: Path | None = None) -> tuple[Chapter, ...]:
    """All chapters in order.

    Raises:
        CrmWorkbookError: a chapter file is not right; says which, where and why.
    """
    found = sorted((folder or files.templates() / "chapters").glob("[0-9][0-9]_*.yaml"))
    return tuple(_read(path) for path in found)


def chapter(chapter_id: str) -> Chapter:
    """The chapter with this id."""
    return next(chapter for chapter in chapters() if chapter.id == chapter_id)


@cache
def tables() -> dict[str, TableSpec]:
    """All tables that some chapter asks for, by id."""
    return {table.id: table for chapter in chapters() for table in chapter.tables}


SCORES = "scores"  # the one table with the scores of all statement lists
MEETING = ("decisions", "parking_lot", "dot_votes")  # kept in every chapter's form; nobody has to fill them in


@cache
def statement_lists() -> dict[str, tuple[Chapter, tuple[Statement, ...]]]:
    """Statement lists that the table ``scores`` fills, by id, each with its chapter."""
    lists = ((key, (chapter, items)) for chapter in chapters() for key, items in chapter.statements.items())
    return {key: found for key, found in lists if key not in tables()}


@cache
def assumptions() -> dict[str, AssumptionSpec]:
    """All assumptions that some chapter declares, by id."""
    return {spec.id: spec for chapter in chapters() for spec in chapter.assumptions}


@cache
def questions() -> dict[str, Question]:
    """All questions, by ``chapter.question``."""
    return {f"{chapter.id}.{question.id}": question for chapter in chapters() for question in chapter.questions}


@cache
def words(name: str) -> dict[str, Any]:
    """One of the shared word lists: ``glossary``, ``references``, ``warnings`` or ``formulas``."""
    from crmworkbook.text import as_texts

    found: dict[str, Any] = as_texts(read_yaml(files.templates() / f"{name}.yaml"))
    return found


def _read(path: Path) -> Chapter:
    number, _, chapter_id = path.stem.partition("_")
    try:
        return Chapter(number=int(number), id=chapter_id, **read_yaml(path))
    except yaml.YAMLError as error:
        raise CrmWorkbookError(f"{path.name} is not YAML: {error}") from error
    except ValidationError as error:
        faults = "\n".join(f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise CrmWorkbookError(f"{path.name} is not a chapter:\n{faults}") from error
