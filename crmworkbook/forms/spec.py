"""The fields of a chapter's form, as plain data: what the screen draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crmworkbook import chapters
from crmworkbook.chapters import AssumptionSpec, Chapter, Question, TableSpec
from crmworkbook.client import WORDY, Client, said
from crmworkbook.forms.typed import NUMERIC, PERCENT, scale_options, shown
from crmworkbook.text import LANGUAGES, Language, fill, label, labels

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
    words = {key: text[language] for key, text in labels()["form"].items()}
    words["confidence_options"] = scale_options(language, "confidence")
    return {
        "title": chapter.title[language],
        "language": language,
        "words": words,
        "open": open_questions(chapter, client),
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
    for dimension in DIMENSIONS.get(chapter.id, ()):
        yield _table_group(names_table(dimension, language), language, rows[dimension], client)
    for table in chapter.tables:
        if table.id != chapters.SCORES:
            yield _table_group(table, language, rows[table.id], client)
    given = [_assumption(spec, client, language) for spec in chapter.assumptions]
    title, help_ = label("form.assumptions", language), label("form.assumptions_help", language)
    yield {"id": "assumptions", "title": title, "help": help_, "fields": given}
    sliders = [_slider(chapters.assumptions()[name], client, language) for name in chapter.what_ifs]
    title, help_ = label("form.what_if", language), label("form.what_if_help", language)
    yield {"id": "what_if", "title": title, "help": help_, "fields": [slider for slider in sliders if slider]}


def _question(chapter: Chapter, question: Question, client: Client, language: Language) -> dict[str, Any]:
    key = f"{chapter.id}.{question.id}"
    given = client.file.answers.get(key)
    value = None
    if given is not None:
        value = given.text if question.kind in WORDY or given.value is None else given.value
    field = _control(question.kind, question.options, language, client.file.currency)
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
    field = _control(spec.kind, spec.options, language, client.file.currency)
    field |= {"id": f"assumption:{spec.id}", "label": _with_period(spec, language)}
    field["value"] = shown(given.value if given else None, spec.kind, language)
    if spec.default is not None:
        usual = spec.options[str(spec.default)][language] if spec.options else shown(spec.default, spec.kind, language)
        field["help"] = f"{label('form.default', language)}: {usual}{field.get('after') or ''}"
    field["support"] = {
        "source": said(given.source, language) if given else "",
        "confidence": str(given.confidence or "") if given else "",
    }
    return field


def _slider(spec: AssumptionSpec, client: Client, language: Language) -> dict[str, Any] | None:
    value = client.assumption(spec.id)
    if spec.kind not in (*NUMERIC, "scale") or not isinstance(value, int | float):
        return None
    low, high, step = _range(spec, float(value))
    field = _control("number" if spec.kind == "scale" else spec.kind, {}, language, client.file.currency)
    return field | {
        "control": "slider", "id": f"what_if:{spec.id}", "name": spec.id, "label": _with_period(spec, language),
        "value": float(value), "low": low, "high": high, "step": step, "scale": 100 if spec.kind in PERCENT else 1,
    }  # fmt: skip


def _range(spec: AssumptionSpec, value: float) -> tuple[float, float, float]:
    """Where a slider goes: the bounds that make sense around what is usual, in steps that a hand can hit."""
    if spec.kind == "rate":
        return max(spec.low or 0.0, -0.1 if (spec.low or 0) < 0 else 0.0), max(0.3, 2 * value), 0.005
    if spec.kind == "share":
        return 0.0, 1.0, 0.01
    low = spec.low if spec.low is not None else 0.0
    high = spec.high if spec.high is not None else max(2 * value, 1.0)
    whole = spec.kind == "count" or high - low >= 20
    return low, high, 1.0 if whole and high - low <= 200 else _nice((high - low) / 100)


def _nice(step: float) -> float:
    from math import floor, log10

    power = 10.0 ** floor(log10(step)) if step > 0 else 1.0
    return next(power * times for times in (1, 2, 5, 10) if power * times >= step)


def names_table(dimension: str, language: Language) -> TableSpec:
    """The names of a dimension as a table: a key, and a name in each language, that of the screen required."""
    words = labels()["form"]
    columns = [{"id": "key", "kind": "id", "label": words["key"]}]
    columns += [
        {"id": each, "kind": "text", "label": words[f"name_{each}"], "required": each == language} for each in LANGUAGES
    ]
    spec = {"id": dimension, "label": words[dimension], "columns": columns, "unique": ("key",)}
    return TableSpec.model_validate(spec)


def _table_group(table: TableSpec, language: Language, rows: list[dict[str, Any]], client: Client) -> dict[str, Any]:
    title = table.label[language]
    note = label("form.tables_note", language).format(rows=len(rows)) if rows else label("form.empty_table", language)
    field: dict[str, Any] = {"control": "table", "id": f"table:{table.id}", "label": title}
    if len(rows) > MOST_ROWS:
        named = client.file.tables.get(table.id)
        words = label("form.locked", language).format(rows=len(rows), file=named if isinstance(named, str) else "")
        field |= {"locked": words, "columns": [], "rows": []}
    else:
        field |= {"columns": [_column(table, column, client, language) for column in table.columns]}
        field["rows"] = [shown_row(table, row, language) for row in rows]
    help_ = _spoken(table.help, client, language)
    return {"id": table.id, "title": title[:1].upper() + title[1:], "note": note, "help": help_, "fields": [field]}


def shown_row(table: TableSpec, row: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """One row of a table as its cells show it."""
    return {column.id: shown(row.get(column.id), column.kind, language) for column in table.columns}


def _column(table: TableSpec, column: chapters.Column, client: Client, language: Language) -> dict[str, Any]:
    options = column.options
    field = _control(column.kind, options, language, client.file.currency, cell=True)
    if column.kind == "key" and column.of:
        field |= {"control": "select", "options": [[k, n] for k, n in client.names(column.of, language).items()]}
    unit = field.pop("after", None)
    name = _spoken(column.label, client, language) + (f" ({unit})" if unit else "")
    return field | {"id": column.id, "label": name, "required": column.required and column.default is None}


def _control(
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
    field: dict[str, Any] = {"control": "line", "numeric": kind in NUMERIC}
    if kind == "money":
        field["before"] = {"EUR": "€", "USD": "$", "GBP": "£"}.get(currency, currency)
    if kind in PERCENT:
        field["after"] = "%"
    if cell:
        field.pop("before", None)
    return field


def _with_period(spec: AssumptionSpec, language: Language) -> str:
    return spec.label[language] + (f" ({spec.period[language]})" if spec.period else "")


def _spoken(words: Any, client: Client, language: Language) -> str:
    """Words of the product with the client's period in them."""
    if words is None:
        return ""
    spoken = {"period": "one", "periods": "many", "the_period": "the", "per_period": "per", "counted": "counted"}
    return fill(words, language, {k: label(f"period.{client.file.period}.{v}", language) for k, v in spoken.items()})
