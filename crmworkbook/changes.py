"""What changed between two states of a client folder, field by field and in words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from crmworkbook import chapters, history
from crmworkbook.client import DIMENSIONS
from crmworkbook.text import LANGUAGES, Language
from crmworkbook.yaml_file import parse

_PARTS = {
    "text": {"nl": "", "en": ""},
    "value": {"nl": "", "en": ""},
    "source": {"nl": "bron", "en": "source"},
    "confidence": {"nl": "zekerheid", "en": "confidence"},
}
_UNREADABLE = {"nl": "het bestand is niet te lezen", "en": "the file cannot be read"}
_OTHER_CONTENT = {"nl": "andere inhoud", "en": "other content"}


@dataclass(frozen=True)
class Difference:
    """One field that differs.

    Attributes:
        address: Where it stands, such as ``answers.start.scope.text``.
        label: The question, or what else people call the field.
        old, new: What it held, in words; empty for nothing.
    """

    address: str
    label: str
    old: str
    new: str


Shown = dict[str, tuple[str, str]]  # address to label and value


def difference(folder: Path, a: int, b: int | None, language: Language, name: str = "client.yaml") -> list[Difference]:
    """What is different in version *b*, or in the folder as it is now (None), compared with version *a*.

    Raises:
        SaveError: there is no such version, or it is damaged.
    """
    old = history.files_of(folder, history.find(folder, a))
    if b is not None:
        new = history.files_of(folder, history.find(folder, b))
    else:
        path = folder / name
        data = path.read_bytes() if path.is_file() else b""
        new = history.present(path, history.named_files(history.tables_in(data))) if data else {}
    return compared(old, new, language)


def compared(old: Mapping[str, bytes], new: Mapping[str, bytes], language: Language) -> list[Difference]:
    """What is different between two states, given as file name to bytes."""
    before, after = _shown(old, language), _shown(new, language)
    found = []
    for address in {**before, **after}:
        label, was = before.get(address, ("", ""))
        label, now = after.get(address, (label, ""))
        if was != now:
            found.append(Difference(address, label, was, now))
    return found


def label_of(address: str, language: Language) -> str:
    """What people call the field at *address*, such as the text of a question."""
    group, _, rest = address.partition(".")
    with suppress(KeyError):
        if group == "answers":
            return chapters.questions()[rest].text[language]
        if group == "assumptions":
            return chapters.assumptions()[rest].label[language]
        if group == "tables":
            table, bracket, where = rest.partition("[")
            return chapters.tables()[table].label[language] + (f" · {where.rstrip(']')}" if bracket else "")
    return address


def _shown(files: Mapping[str, bytes], language: Language) -> Shown:
    """Every field of a state with its label and its value in words."""
    shown: Shown = {}
    name = next(iter(files), "client.yaml")
    try:
        content, _ = parse(files.get(name, b"").decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        return {name: (name, _UNREADABLE[language])}
    content = content if isinstance(content, dict) else {}
    for key, given in content.items():
        if key in ("answers", "assumptions"):
            for field, value in (given or {}).items() if isinstance(given, dict) else ():
                shown |= _parts(f"{key}.{field}", value, language)
        elif key == "tables":
            for table, value in (given or {}).items() if isinstance(given, dict) else ():
                shown |= _table(table, value, files, language)
        elif key in DIMENSIONS and isinstance(given, dict):
            shown |= {f"{key}.{field}": (f"{key}: {field}", _words(value, language)) for field, value in given.items()}
        else:
            shown[key] = (key, _words(given, language))
    return shown


def _parts(address: str, value: Any, language: Language) -> Shown:
    """An answer or assumption, each of its parts."""
    label = label_of(address, language)
    whole = isinstance(value, dict) and not set(value) <= set(LANGUAGES)
    shown: Shown = {}
    for part, given in (value if whole else {"text": value}).items():
        name = _PARTS.get(part, {}).get(language, part)
        place = address if part in ("text", "value") and not name else f"{address}.{part}"
        if given is not None:
            shown[place] = (f"{label} ({name})" if name else label, _words(given, language))
    return shown


def _table(table: str, given: Any, files: Mapping[str, bytes], language: Language) -> Shown:
    """Each cell of a table, addressed by what makes a row unique, else by its number."""
    label = label_of(f"tables.{table}", language)
    shown: Shown = {}
    rows = given if isinstance(given, list) else []
    if isinstance(given, str):
        shown[f"tables.{table}.file"] = (label, given)
        if not given.lower().endswith((".csv", ".txt", ".tsv")):
            digest = history.digest(files[given])[:12] if given in files else ""
            return shown | {f"tables.{table}.content": (label, f"{_OTHER_CONTENT[language]} {digest}")}
        rows = list(_csv_rows(files.get(given, b"")))
    elif given is not None and not isinstance(given, list):
        return {f"tables.{table}": (label, _words(given, language))}
    spec = chapters.tables().get(table)
    for number, row in enumerate(rows, start=1):
        cells = _cells(row, language) if isinstance(row, dict) else {"": _words(row, language)}
        key = " · ".join(cells.get(column, "") for column in spec.unique) if spec and spec.unique else str(number)
        for column, value in cells.items():
            named = next((c.label[language] for c in spec.columns if c.id == column), column) if spec else column
            shown[f"tables.{table}[{key}].{column}"] = (f"{label} · {key} · {named}", value)
    return shown


def _cells(row: Mapping[str, Any], language: Language) -> dict[str, str]:
    """The filled cells of a row; of words in two columns the one in this language."""
    cells = {}
    for column, value in row.items():
        stem, _, ending = str(column).rpartition("_")
        if ending in LANGUAGES and all(f"{stem}_{other}" in row for other in LANGUAGES):
            column, value = stem, row[f"{stem}_{language}"]
        if value not in (None, ""):
            cells[str(column)] = _words(value, language)
    return cells


def _csv_rows(data: bytes) -> Iterator[dict[str, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    separator = max(",;\t", key=text.split("\n", 1)[0].count)
    with suppress(csv.Error):
        for row in csv.DictReader(io.StringIO(text), delimiter=separator):
            yield {str(column).strip(): str(cell).strip() for column, cell in row.items() if column and cell}


def _words(value: Any, language: Language) -> str:
    if isinstance(value, dict) and set(value) == set(LANGUAGES):
        return str(value[language])
    if isinstance(value, list):
        return ", ".join(_words(part, language) for part in value)
    if isinstance(value, float):
        return f"{value:g}".replace(".", "," if language == "nl" else ".")
    if isinstance(value, bool):
        return {("nl", True): "ja", ("nl", False): "nee"}.get((language, value), "yes" if value else "no")
    return "" if value is None else str(value)
