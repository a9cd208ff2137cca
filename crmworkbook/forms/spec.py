"""The fields of a chapter's form, as plain data: what the screen draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crmworkbook import chapters
from crmworkbook.chapters import AssumptionSpec, Chapter, Question, TableSpec
from crmworkbook.client import WORDY, Client, said
from crmworkbook.forms.score_file import FIELD as SCORE_FILE
from crmworkbook.forms.scores import Scoring
from crmworkbook.forms.typed import NUMERIC, PERCENT, scale_options, shown
from crmworkbook.forms.votes import Votes
from crmworkbook.live import Slider
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
        yield _table_group(table, language, rows[table.id], client)
    for table in chapter.tables:
        if table.id not in (chapters.SCORES, *chapters.MEETING[:2]):
            yield _table_group(table, language, rows[table.id], client)
    given = [_assumption(spec, client, language) for spec in chapter.assumptions]
    title, help_ = label("form.assumptions", language), label("form.assumptions_help", language)
    yield {"id": "assumptions", "title": title, "help": help_, "fields": given}
    yield _meeting(client, language, rows)


def _meeting(client: Client, language: Language, rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """What a group keeps during a workshop, whatever the chapter: decisions, the parking lot, votes."""
    decisions, parking_lot, dot_votes = chapters.MEETING
    fields = []
    for name in (decisions, parking_lot):
        group = _table_group(chapters.tables()[name], language, rows.get(name, []), client)
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


def slider_spec(chapter: Chapter, client: Client, language: Language, offered: Sequence[Slider]) -> dict[str, Any]:
    """The sliders of a chapter: one for each number among its what-ifs, and those that its cells offer.

    Args:
        chapter: The chapter.
        client: Whose assumptions they begin at.
        language: Of the screen.
        offered: By the chapter's cells.

    Returns:
        JSON for ``static/form.js``, as `form_spec`.
    """
    known = [_of_assumption(chapters.assumptions()[name], client, language) for name in chapter.what_ifs]
    fields = [_slider(slider, client, language) for slider in (*filter(None, known), *offered)]
    group = {"id": "what_if", "title": label("form.what_if", language), "fields": fields, "open": True}
    group["help"] = label("form.what_if_help", language)
    words = {key: text[language] for key, text in labels()["form"].items()}
    return {"title": "", "language": language, "words": words, "groups": [group] if fields else []}


def _of_assumption(spec: AssumptionSpec, client: Client, language: Language) -> Slider | None:
    value = client.assumption(spec.id)
    if spec.kind not in (*NUMERIC, "scale") or not isinstance(value, int | float):
        return None
    low, high = _range(spec, float(value))
    return Slider(spec.id, _with_period(spec, language), spec.kind, float(value), low, high)


def _slider(slider: Slider, client: Client, language: Language) -> dict[str, Any]:
    kind = {"scale": "number", "points": "share"}.get(slider.kind, slider.kind)
    field = _control(kind, {}, language, client.file.currency)
    if slider.kind == "points":
        field["after"] = f" {label('units.points_short', language)}"
    return field | {
        "control": "slider", "id": f"what_if:{slider.name}", "name": slider.name, "label": slider.label,
        "value": slider.start, "low": slider.low, "high": slider.high, "step": _step(slider),
        "scale": 100 if kind in PERCENT else 1, "keep": slider.name in chapters.assumptions(),
    }  # fmt: skip


def _range(spec: AssumptionSpec, value: float) -> tuple[float, float]:
    """Where a slider goes: the bounds that make sense around what is usual."""
    if spec.kind == "rate":
        return (-0.1 if (spec.low or 0) < 0 else 0.0), max(0.3, 2 * value)
    if spec.kind == "share":
        return 0.0, 1.0
    return (spec.low if spec.low is not None else 0.0), (spec.high if spec.high is not None else max(2 * value, 1.0))


def _step(slider: Slider) -> float:
    """Steps that a hand can hit."""
    if slider.kind in ("rate", "share", "points"):
        return 0.005 if slider.kind == "rate" else 0.01
    width = slider.high - slider.low
    return 1.0 if slider.kind == "count" or 20 <= width <= 200 else _nice(width / 100)


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
    spec = {"id": NAMES + dimension, "label": words[dimension], "columns": columns, "unique": ("key",)}
    return TableSpec.model_validate(spec)


def _table_group(table: TableSpec, language: Language, rows: list[dict[str, Any]], client: Client) -> dict[str, Any]:
    title = table.label[language]
    note = label("form.tables_note", language).format(rows=len(rows)) if rows else label("form.empty_table", language)
    field: dict[str, Any] = {"control": "table", "id": f"table:{table.id}", "label": title}
    if len(rows) > MOST_ROWS or not is_editable(client, table.id):
        named = client.file.tables.get(table.id)
        words = label("form.locked", language).format(rows=len(rows), file=named if isinstance(named, str) else "")
        field |= {"locked": words, "columns": [], "rows": []}
    else:
        field |= {"columns": [_column(table, column, client, language) for column in table.columns]}
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
