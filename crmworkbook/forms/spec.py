"""The fields of a chapter's form, as plain data: what the screen draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crmworkbook import chapters
from crmworkbook.chapters import AssumptionSpec, Chapter, Question, TableSpec
from crmworkbook.client import WORDY, Client, said
from crmworkbook.forms.known import known_keys
from crmworkbook.forms.score_file import FIELD as SCORE_FILE
from crmworkbook.forms.scores import Scoring
from crmworkbook.forms.typed import NUMERIC, PERCENT, scale_options, shown
from crmworkbook.forms.votes import Votes
from crmworkbook.text import LANGUAGES, Language, fill, label, labels

NAMES = "names."  # before a dimension: segments is a table too
MOST_ROWS = 200  # of a table that people edit on the screen
DIMENSIONS = {"customer_strategy_cube": ("segments", "offerings", "channels"), "business_strategy": ("competitors",)}
_FEW = 6  # choices that stand side by side


def form_spec(
    chapter: Chapter, client: Client, language: Language, rows: Mapping[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    """Everything that the form of *chapter* shows.

    Args:
        chapter: The chapter.
        client: Whose answers stand in the fields.
        language: Of the screen.
        rows: Table id to rows, column id to value, for the tables of this chapter.

    Returns:
        JSON for ``static/form.js``: title, language, words, open, and groups of fields.
    """
    words: dict[str, Any] = {key: text[language] for key, text in labels()["form"].items()}
    words["confidence_options"] = scale_options(language, "confidence")
    words["meeting"] = {key: text[language] for key, text in labels()["meeting"].items()}
    steps = [{"minutes": item.minutes, "text": item.text[language]} for item in chapter.agenda]
    return {
        "title": chapter.title[language],
        "language": language,
        "words": words,
        "open": open_questions(chapter, client),
        "agenda": {"chapter": chapter.id, "minutes": chapter.minutes, "steps": steps},
        "groups": [group for group in _groups(chapter, client, language, rows) if group["fields"]],
    }


def open_questions(chapter: Chapter, client: Client) -> int:
    """How many questions of the chapter have no answer yet."""
    return sum(client.answer(f"{chapter.id}.{question.id}") is None for question in chapter.questions)


def _groups(
    chapter: Chapter, client: Client, language: Language, rows: Mapping[str, list[dict[str, Any]]]
) -> Iterator[dict[str, Any]]:
    asked = [_question(chapter, question, client, language) for question in chapter.questions]
    yield {"id": "questions", "title": label("form.questions", language), "open": True, "fields": asked}
    if scored := Scoring(chapter, client.path, language).groups(client):
        yield from scored
        title, help_ = label("meeting.file", language), label("meeting.file_help", language)
        field = {"control": "file", "id": SCORE_FILE, "label": label("meeting.file_choose", language)}
        yield {"id": SCORE_FILE, "title": title, "help": help_, "fields": [field]}
    for dimension in DIMENSIONS.get(chapter.id, ()):
        table = names_table(dimension, language)
        yield _table_group(chapter, table, language, rows, client)
    for table in chapter.tables:
        if table.id not in (chapters.SCORES, *chapters.MEETING[:2]):
            yield _table_group(chapter, table, language, rows, client)
    given = [_assumption(spec, client, language) for spec in chapter.assumptions]
    title, help_ = label("form.assumptions", language), label("form.assumptions_help", language)
    yield {"id": "assumptions", "title": title, "help": help_, "fields": given}
    yield _meeting(chapter, client, language, rows)


def _meeting(
    chapter: Chapter, client: Client, language: Language, rows: Mapping[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    """What a group keeps during a workshop, whatever the chapter: decisions, the parking lot, votes."""
    decisions, parking_lot, dot_votes = chapters.MEETING
    fields = []
    for name in (decisions, parking_lot):
        group = _table_group(chapter, chapters.tables()[name], language, rows, client)
        fields += [field | {"heading": group["title"], "help": group["help"]} for field in group["fields"]]
    fields.append(Votes(client.path, language).field(rows.get(dot_votes, [])))
    title, help_ = label("meeting.group", language), label("meeting.group_help", language)
    return {"id": "meeting", "title": title, "help": help_, "fields": fields}


def _question(chapter: Chapter, question: Question, client: Client, language: Language) -> dict[str, Any]:
    key = f"{chapter.id}.{question.id}"
    given = client.file.answers.get(key)
    value = None
    if given is not None:
        value = given.text if question.kind in WORDY or given.value is None else given.value
    field = control_of(question.kind, question.options, language, client.file.currency)
    field |= {"id": f"answer:{key}", "label": _spoken(question.text, client, language)}
    field |= {"help": _spoken(question.help, client, language), "value": shown(value, question.kind, language)}
    field["support"] = {
        "source": said(given.source, language) if given else "",
        "confidence": str(given.confidence or "") if given else "",
        "folded": question.kind in WORDY,  # a number carries results, words mostly carry themselves
    }
    return field


def _assumption(spec: AssumptionSpec, client: Client, language: Language) -> dict[str, Any]:
    given = client.file.assumptions.get(spec.id)
    field = control_of(spec.kind, spec.options, language, client.file.currency)
    field |= {"id": f"assumption:{spec.id}", "label": with_period(spec, language)}
    field["value"] = shown(given.value if given else None, spec.kind, language)
    if spec.default is not None:
        usual = spec.options[str(spec.default)][language] if spec.options else shown(spec.default, spec.kind, language)
        field["help"] = f"{label('form.default', language)}: {usual}{field.get('after') or ''}"
    field["support"] = {
        "source": said(given.source, language) if given else "",
        "confidence": str(given.confidence or "") if given else "",
    }
    return field


def names_table(dimension: str, language: Language) -> TableSpec:
    """The names of a dimension as a table: a key, and a name in each language, that of the screen required."""
    words = labels()["form"]
    columns = [{"id": "key", "kind": "id", "label": words["key"]}]
    columns += [
        {"id": each, "kind": "text", "label": words[f"name_{each}"], "required": each == language} for each in LANGUAGES
    ]
    what = {each: words["names_of"][each].format(what=words[dimension][each]) for each in LANGUAGES}
    spec = {"id": NAMES + dimension, "label": what, "columns": columns, "unique": ("key",)}
    return TableSpec.model_validate(spec)


def _table_group(
    chapter: Chapter, table: TableSpec, language: Language, all_rows: Mapping[str, list[dict[str, Any]]], client: Client
) -> dict[str, Any]:
    title, rows = table.label[language], all_rows.get(table.id, [])
    note = label("form.tables_note", language).format(rows=len(rows)) if rows else label("form.empty_table", language)
    field: dict[str, Any] = {"control": "table", "id": f"table:{table.id}", "label": title}
    if len(rows) > MOST_ROWS or not is_editable(client, table.id):
        named = client.file.tables.get(table.id)
        words = label("form.locked", language).format(rows=len(rows), file=named if isinstance(named, str) else "")
        field |= {"locked": words, "columns": [], "rows": []}
    else:
        known = {each.id: known_keys(chapter, table, each, client, language, all_rows) for each in table.columns}
        field["columns"] = [_column(column, known[column.id], client, language) for column in table.columns]
        field["rows"] = [shown_row(table, row, language) for row in rows]
    help_ = _spoken(table.help, client, language)
    return {"id": table.id, "title": title[:1].upper() + title[1:], "note": note, "help": help_, "fields": [field]}


def is_editable(client: Client, table: str) -> bool:
    """Whether a form can write in the table: one in the client file or in a CSV file."""
    named = client.file.tables.get(table)
    return not (isinstance(named, str) and named.lower().endswith((".xlsx", ".xlsm", ".parquet")))


def shown_row(table: TableSpec, row: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """One row of a table as its cells show it."""
    return {column.id: shown(row.get(column.id), column.kind, language) for column in table.columns}


def _column(column: chapters.Column, known: list[list[str]], client: Client, language: Language) -> dict[str, Any]:
    field = control_of(column.kind, column.options, language, client.file.currency, cell=True)
    if known or column.kind == "key":
        field |= {"control": "select", "options": known}
    unit = field.pop("after", None)
    name = _spoken(column.label, client, language) + (f" ({unit})" if unit else "")
    return field | {"id": column.id, "label": name, "required": column.required and column.default is None}


def control_of(
    kind: str, options: Mapping[str, Any], language: Language, currency: str, cell: bool = False
) -> dict[str, Any]:
    """How a kind of value is filled in; in the *cell* of a table more narrowly."""
    listed = [[key, words[language]] for key, words in options.items()]
    clear = label("form.clear", language)
    match kind:
        case "long_text":
            return {"control": "area"}
        case "date":
            return {"control": "date"}
        case "choices":
            return {"control": "checks", "options": listed}
        case "yes_no":
            both = [["true", label("screen.yes", language)], ["false", label("screen.no", language)]]
            return {"control": "select" if cell else "radios", "options": both, "clear": clear}
        case "choice":
            narrow = cell or len(listed) > _FEW
            return {"control": "select" if narrow else "radios", "options": listed, "clear": clear}
        case "scale" if not cell:
            return {"control": "radios", "scale": True, "options": scale_options(language), "clear": clear}
        case "scale":
            return {"control": "line", "numeric": True}
        case "text" if cell:  # a line that goes on below where the column is narrow
            return {"control": "area", "short": True}
    field: dict[str, Any] = {"control": "line", "numeric": kind in NUMERIC}
    if kind == "money":
        field["before"] = {"EUR": "€", "USD": "$", "GBP": "£"}.get(currency, currency)
    if kind in PERCENT:
        field["after"] = "%"
    if cell:
        field.pop("before", None)
    return field


def with_period(spec: AssumptionSpec, language: Language) -> str:
    """The name of an assumption, with what it is per."""
    return spec.label[language] + (f" ({spec.period[language]})" if spec.period else "")


def _spoken(words: Any, client: Client, language: Language) -> str:
    """Words of the product with the client's period in them."""
    if words is None:
        return ""
    spoken = {"period": "one", "periods": "many", "the_period": "the", "per_period": "per", "counted": "counted"}
    return fill(words, language, {k: label(f"period.{client.file.period}.{v}", language) for k, v in spoken.items()})
