"""A client folder as it is at this instant, and what its fields hold."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from yaml.nodes import MappingNode, Node, ScalarNode

from crmworkbook import chapters, disk, history
from crmworkbook.client import DIMENSIONS, WORDY, ClientFile, check_content, client_nodes
from crmworkbook.errors import ClientFileError, Fault
from crmworkbook.saving.csv_text import CsvText, read_csv_text
from crmworkbook.saving.faults import broken, field_error
from crmworkbook.saving.fields import AnswerField, AssumptionField, NameField, Row, SettingField, Value
from crmworkbook.saving.yaml_text import descend
from crmworkbook.tables import RawTable, check_table, csv_table
from crmworkbook.text import Text, clean
from crmworkbook.yaml_file import content

_HEAD: dict[str, Any] = {"name": "-", "language": "en", "as_of": "2000-01-01"}
_BREAKS = re.compile("[\u2028\u2029\x0b\x0c\x85]")
Plain = Any  # what YAML can hold: text, number, truth, date, nothing, lists and mappings


@dataclass(frozen=True)
class Table:
    """A table of the client.

    Attributes:
        spec: What the chapter asks for.
        raw: The rows as written.
        rows: The rows typed: column id to text, `Text`, number, date or truth; empty cells are absent.
        file: The CSV file that holds it; None when the rows stand in the client file.
        csv: The same, taken apart.
    """

    spec: chapters.TableSpec
    raw: RawTable
    rows: tuple[Row, ...]
    file: disk.Found | None = None
    csv: CsvText | None = None


@dataclass(frozen=True)
class State:
    """The client file, read but not checked: faults elsewhere in it do not keep an answer from being saved."""

    path: Path
    found: disk.Found
    text: str
    root: Node
    dimensions: dict[str, Any] = field(default_factory=dict)
    _tables: dict[str, Table] = field(default_factory=dict)

    def plain(self, *place: str) -> Plain:
        """What stands at *place*; None when nothing does."""
        return content(descend(self.root, place))

    def files(self) -> list[str]:
        """The files that the client file names, without the orders."""
        tables = descend(self.root, ["tables"])
        pairs = tables.value if isinstance(tables, MappingNode) else []
        return history.named_files({key.value: node.value for key, node in pairs if isinstance(node, ScalarNode)})

    def faults(self, part: Mapping[str, Any]) -> tuple[ClientFile | None, list[Fault]]:
        """What `read_client` would say of this part of the client file, with the names that the file declares."""
        return check_content(self.path, _HEAD | self.dimensions | dict(part))

    def table(self, name: str) -> Table:
        """The table as it is now; without rows when there is none yet.

        Raises:
            SaveError: its file is gone, is not CSV, or is broken.
            FieldError: no chapter asks for this table.
        """
        if name not in chapters.tables():
            raise field_error("no chapter asks for this", None)
        if name not in self._tables:
            self._tables[name] = self._read_table(chapters.tables()[name])
        return self._tables[name]

    def _read_table(self, spec: chapters.TableSpec) -> Table:
        name = spec.id
        given = self.plain("tables", name)
        if isinstance(given, str):
            return self._csv(spec, given)
        rows = given if isinstance(given, list) and all(isinstance(row, dict) for row in given) else []
        if given and not rows:
            raise disk.save_error("by_hand", file=self.path.name, place=f"tables.{name}")
        raw = RawTable(self.path.name, name, tuple(rows), (None,) * len(rows))
        return Table(spec, raw, self.typed(raw, spec))

    def _csv(self, spec: chapters.TableSpec, given: str) -> Table:
        folder = self.path.parent.resolve()
        path = (folder / given).resolve()
        if not path.is_relative_to(folder):
            raise disk.save_error("by_hand", file=self.path.name, place=f"tables.{spec.id}")
        if path.suffix.lower() in (".xlsx", ".xlsm", ".parquet"):
            raise disk.save_error("other_kind_of_file", file=given)
        found = disk.read(path)
        try:
            raw = csv_table(found.data, path.name, spec.id)
        except ClientFileError as error:
            raise broken(error) from error
        return Table(spec, raw, self.typed(raw, spec), found, read_csv_text(found.data))

    def typed(self, raw: RawTable, spec: chapters.TableSpec) -> tuple[Row, ...]:
        """The rows with typed cells; what is empty, or cannot be read, is absent."""
        if not raw.rows:
            return ()
        frame, _ = check_table(raw, spec, {name: set(self.dimensions[name]) for name in DIMENSIONS})
        columns = {column.id: frame[column.id].tolist() for column in spec.columns}
        return tuple(
            {name: tidy(cells[i]) for name, cells in columns.items() if _filled(raw.rows[i], name, cells[i])}
            for i in range(len(raw.rows))
        )


def read_state(path: Path) -> State:
    """Read the client file.

    Raises:
        SaveError: it is gone, or was changed by hand and cannot be read; says in which line.
    """
    found = disk.read(path)
    try:
        text, root = client_nodes(path, found.data)
        dimensions = {name: content(descend(root, [name])) or {} for name in DIMENSIONS}
    except ClientFileError as error:
        raise broken(error) from error
    except RecursionError as error:
        raise disk.save_error("other", file=path.name, why="nested too deeply") from error
    declared = {name: given if isinstance(given, dict) else {} for name, given in dimensions.items()}
    return State(path, found, text, root, declared)


def _filled(row: Mapping[str, Any], column: str, cell: Any) -> bool:
    """Whether a cell is written in the file, and not the default of an empty one, and could be read."""
    written = any(row.get(name) not in (None, "") for name in (column, f"{column}_nl", f"{column}_en"))
    return written and tidy(cell) is not None


# --- values -------------------------------------------------------------------------------------------------------


def tidy(value: Any) -> Any:
    """A value in the one form in which values are compared: clean text, nothing for empty, one text for equal pairs."""
    if isinstance(value, str):
        return clean(_BREAKS.sub("\n", value)) or None
    if isinstance(value, Text):
        return tidy({"nl": value.nl, "en": value.en})
    if isinstance(value, Mapping) and set(value) == {"nl", "en"}:
        nl, en = (tidy(str(value[language] or "")) for language in ("nl", "en"))
        return nl if nl == en else Text(nl=nl, en=en) if nl and en else {"nl": nl or "", "en": en or ""}
    if isinstance(value, Sequence):
        return tuple(tidy(part) for part in value) or None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def parts_of(value: Any) -> dict[str, Any]:
    """The parts of an answer or assumption, given as such or as a mapping; empty ones are None."""
    if value is None:
        return {}
    whole = isinstance(value, Mapping | BaseModel) and not isinstance(value, Text)
    return {name: typed_cell(part) for name, part in (dict(value) if whole else {"value": value}).items()}


def typed_cell(value: Any) -> Any:
    """A part or a cell as a form gives it, clean; every number as a fraction, so that 4 is 4.0.

    Raises:
        FieldError: not a number, or an endless one.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise field_error(f"{value} is not a number", value)
        return float(value)
    return tidy(value)


def to_plain(value: Any) -> Plain:
    """A value as YAML can hold it."""
    if isinstance(value, Text):
        return {"nl": value.nl, "en": value.en}
    if isinstance(value, Mapping):
        return {name: to_plain(part) for name, part in value.items() if part is not None}
    return [to_plain(part) for part in value] if isinstance(value, tuple | list) else value


def typed_parts(state: State, field: AnswerField | AssumptionField, given: Plain) -> dict[str, Any] | None:
    """An answer or assumption, checked, as its four parts; None for none.

    Raises:
        FieldError: it does not fit.
    """
    if given is None:
        return None
    group, name = ("answers", field.question) if isinstance(field, AnswerField) else ("assumptions", field.name)
    file, faults = state.faults({group: {name: given}})
    if faults or file is None:
        raise field_error(faults, given)
    found = getattr(file, group)[name]
    parts = {part: tidy(value) for part, value in found}
    if group == "answers":
        wordy = chapters.questions()[name].kind in WORDY
        if not wordy and parts["value"] is None and isinstance(parts["text"], str):
            parts |= {"value": parts["text"], "text": None}
        if isinstance(parts["value"], date):
            parts["value"] = parts["value"].isoformat()
    return parts if any(part is not None for part in parts.values()) else None


def typed_line(state: State, field: NameField | SettingField, given: Plain) -> Value:
    """A name or a setting, checked; None for none.

    Raises:
        FieldError: it does not fit, or is none that the client file knows.
    """
    if isinstance(field, SettingField):
        if field.name not in ClientFile.model_fields or field.name in (*DIMENSIONS, "assumptions", "answers", "tables"):
            raise field_error("no chapter asks for this", given)
        if given is None:
            if ClientFile.model_fields[field.name].is_required():
                raise field_error("is missing", given)
            return None
        part: dict[str, Any] = {field.name: given}
    else:
        if field.dimension not in DIMENSIONS:
            raise field_error("no chapter asks for this", given)
        if given is None:
            return None
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", field.key) and field.key not in state.dimensions[field.dimension]:
            raise field_error("is not a simple key", given)
        part = {field.dimension: {field.key: given}}
    file, faults = state.faults(part)
    if faults or file is None:
        raise field_error(faults, given)
    return tidy(
        getattr(file, field.name) if isinstance(field, SettingField) else getattr(file, field.dimension)[field.key]
    )
