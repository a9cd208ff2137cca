"""What the workbook asks of a client: pages with questions, and pages with a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crmworkbook import chapters
from crmworkbook.chapters import AssumptionSpec, Chapter, Column, Question, TableSpec
from crmworkbook.client import DIMENSIONS, Client
from crmworkbook.forms.spec import names_table
from crmworkbook.forms.typed import scale_options
from crmworkbook.intake.words import capital, plain, say, spoken, words
from crmworkbook.text import LANGUAGES, Language, Text, labels, names

_QUICK_TABLES = ("segments", "segment_costs")
PARTS = ("value", "source", "confidence")


@dataclass(frozen=True)
class Line:
    """One question or assumption.

    Attributes:
        address: ``answer:chapter.question`` or ``assumption:name``.
        text, help: What stands before the answer.
        column: What the answer is.
    """

    address: str
    text: str
    help: str
    column: Column


@dataclass(frozen=True)
class Page:
    """One sheet.

    Attributes:
        key: ``chapter:goals``, ``assumptions``, ``table:market`` or ``names:segments``.
        number: Before the title, such as ``3.1``; empty for none.
        heading: Its title in full.
        help: What it is for.
        lines: Its questions; none for a table.
        table: What its rows are; None for questions.
    """

    key: str
    number: str
    heading: str
    help: str = ""
    lines: tuple[Line, ...] = ()
    table: TableSpec | None = None


def pages(client: Client, language: Language) -> list[Page]:
    """Everything to ask of this client, in order; on the quick route only what that needs."""
    found = [_names_page(dimension, language) for dimension in _dimensions(client)]
    for chapter in chapters.chapters():
        found += _chapter_pages(chapter, client, language)
    specs = [] if _quick(client) else list(chapters.assumptions().values())
    lines = tuple(_assumption(spec, client, language) for spec in specs)
    if lines:
        heading = say("sheets.assumptions", language)
        found.append(Page("assumptions", "", heading, say("pages.assumptions", language), lines))
    return found


def table_of(key: str, language: Language) -> TableSpec | None:
    """The table of a page by its key; None for a page of questions, or a table that no chapter asks for."""
    kind, _, name = key.partition(":")
    if kind == "names" and name in DIMENSIONS:
        return names_of(name, language)
    return chapters.tables().get(name) if kind == "table" else None


def names_of(dimension: str, language: Language) -> TableSpec:
    """The names of a dimension as a table: that in the language of the workbook first, and no need for a key."""
    table = names_table(dimension, language)
    other = next(each for each in LANGUAGES if each != language)
    columns = (table.column(language), table.column(other), table.column("key").model_copy(update={"required": False}))
    return table.model_copy(update={"columns": columns})


def line_column(address: str) -> Column | None:
    """What the answer at *address* is; None when nothing of that name is asked."""
    kind, _, name = address.partition(":")
    spec: Any = chapters.questions().get(name) if kind == "answer" else chapters.assumptions().get(name)
    return _value_column(spec) if spec and kind in ("answer", "assumption") else None


def part_columns(address: str) -> dict[str, Column]:
    """The parts of an answer and what each of them is."""
    value = line_column(address)
    assert value is not None
    return {"value": value, "source": SOURCE, "confidence": confidence()}


SOURCE = Column(id="source", label=Text(nl="Bron", en="Source"), kind="text", required=False)


def confidence() -> Column:
    """How sure somebody is: a choice of five."""
    options = {
        nl[0]: Text(nl=nl[1], en=en[1])
        for nl, en in zip(scale_options("nl", "confidence"), scale_options("en", "confidence"), strict=True)
    }
    return Column(id="confidence", label=words()["heads"]["confidence"], kind="choice", options=options, required=False)


def _quick(client: Client) -> bool:
    return client.file.route == "quick"


def _dimensions(client: Client) -> tuple[str, ...]:
    return ("segments",) if _quick(client) else DIMENSIONS


def _names_page(dimension: str, language: Language) -> Page:
    what = labels()["form"][dimension][language]
    heading = say("sheets.names", language, what=what)
    return Page(f"names:{dimension}", "", heading, say("pages.names", language), table=names_of(dimension, language))


def _chapter_pages(chapter: Chapter, client: Client, language: Language) -> Iterator[Page]:
    quick = _quick(client)
    asked = [q for q in chapter.questions if (q.quick if quick else q.role != "guess")]
    wanted = _QUICK_TABLES if quick else words()["beforehand"]
    tables = [table for table in chapter.tables if table.id in wanted]
    if asked:
        lines = tuple(_question(chapter, question, client, language) for question in asked)
        help_ = " ".join(filter(None, (chapter.question[language], "" if quick else _together(chapter, language))))
        yield Page(f"chapter:{chapter.id}", str(chapter.number), chapter.title[language], help_, lines)
    for at, table in enumerate(tables, start=1):
        belongs = say("pages.table", language, number=chapter.number, chapter=chapter.title)
        help_ = " ".join(filter(None, (plain(spoken(table.help, client, language)), belongs)))
        number = f"{chapter.number}.{at}"
        yield Page(f"table:{table.id}", number, capital(table.label[language]), help_, table=table)


def _together(chapter: Chapter, language: Language) -> str:
    """What is filled in during the session."""
    elsewhere = (*words()["beforehand"], chapters.SCORES, *chapters.MEETING)  # the last belong to the session itself
    later = [table.label[language] for table in chapter.tables if table.id not in elsewhere]
    later += [say("pages.statements", language)] if chapter.statements else []
    later += [say("pages.guesses", language)] if any(q.role == "guess" for q in chapter.questions) else []
    return say("pages.together", language, tables=names(later, language)) if later else ""


def _question(chapter: Chapter, question: Question, client: Client, language: Language) -> Line:
    column = _value_column(question)
    help_ = " ".join(filter(None, (plain(spoken(question.help, client, language)), _options(column, language))))
    text = spoken(question.text, client, language)
    return Line(f"answer:{chapter.id}.{question.id}", text, help_, column)


def _assumption(spec: AssumptionSpec, client: Client, language: Language) -> Line:
    from crmworkbook.intake.cells import Speech, said_value

    column = _value_column(spec)
    usual = ""
    if spec.default is not None:
        value = said_value(spec.default, column, Speech.of(client, language))
        usual = say("pages.default", language, value=value)
    help_ = " ".join(filter(None, (_options(column, language), usual)))
    period = f" ({spec.period[language]})" if spec.period else ""
    return Line(f"assumption:{spec.id}", capital(spec.label[language]) + period, help_, column)


def _value_column(spec: Question | AssumptionSpec) -> Column:
    bounds: Any = {"low": spec.low, "high": spec.high} if isinstance(spec, AssumptionSpec) else {}
    heading = spec.label if isinstance(spec, AssumptionSpec) else spec.text
    return Column(id="value", label=heading, kind=spec.kind, options=spec.options, required=False, **bounds)


def _options(column: Column, language: Language) -> str:
    """The choices in words, for whoever reads from paper."""
    if not column.options:
        return ""
    return say("pages.options", language, options="; ".join(words[language] for words in column.options.values()))
