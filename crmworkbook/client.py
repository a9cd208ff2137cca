"""The client folder: ``client.yaml`` and the tables it names, read and checked as one.

Reading never changes a file. Every mistake of the folder is reported at once, with file, line, field and remedy.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from yaml.nodes import MappingNode

from crmworkbook import chapters, environment, files
from crmworkbook.errors import ClientFileError, Fault
from crmworkbook.tables import RawTable, check_table, read_raw_table
from crmworkbook.text import Language, Text, clean, parse_date
from crmworkbook.yaml_file import RepeatedKey, compose, content, line_of

if TYPE_CHECKING:
    from crmworkbook.transactions import Orders
    from crmworkbook.transactions.customer_costs import CustomerCosts

if TYPE_CHECKING:
    from yaml.nodes import Node

FORMAT = 1
LONGEST_ANSWER = 40_000  # characters; 5,000 words and room to spare
DIMENSIONS = ("segments", "offerings", "channels", "competitors")
WORDY = ("text", "long_text")  # kinds of question that are answered in words
_RESERVED = ("all", "average", "total", "us")
COST_LEDGER = "cost_ledger"


def _short_enough(text: str) -> str:
    if len(text) > LONGEST_ANSWER:
        raise ValueError(f"the text has {len(text)} characters; at most {LONGEST_ANSWER} fit")
    return text


def _words(value: object) -> object:
    if isinstance(value, Text):
        return value
    if isinstance(value, Mapping):
        if set(value) != {"nl", "en"} or not all(clean(str(part)) for part in value.values()):
            raise ValueError("words in two languages need both nl and en, and nothing else")
        _short_enough(max(map(str, value.values()), key=len))
        return Text(nl=str(value["nl"]), en=str(value["en"]))
    if isinstance(value, str):
        return clean(_short_enough(value))
    raise ValueError("expected words: a text, or a pair {nl: ..., en: ...}")


Words = Annotated[str | Text, BeforeValidator(_words)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(_Strict):
    """What a client answered to one question.

    Attributes:
        text: The answer in words, one string or a Dutch/English pair.
        value: The answer as number, date, key or list of keys.
        source: Where it comes from.
        confidence: 1 (a guess) to 5 (checked).
    """

    text: Words | None = None
    value: float | date | str | tuple[str, ...] | None = None
    source: Words | None = None
    confidence: Annotated[int, Field(ge=1, le=5)] | None = None


class Assumption(_Strict):
    """A number or choice that the calculations stand on, with its support."""

    value: float | str
    source: Words | None = None
    confidence: Annotated[int, Field(ge=1, le=5)] | None = None


def _answer(value: object) -> object:
    if isinstance(value, Mapping) and not set(value) <= {"nl", "en"}:
        return value
    if isinstance(value, bool):
        return {"text": "true" if value else "false"}
    return {"text": value} if isinstance(value, str | Mapping) else {"value": value}


def _assumption(value: object) -> object:
    return value if isinstance(value, Mapping) else {"value": value}


def _day(value: object) -> date:
    try:
        return parse_date(value)
    except ValueError as error:
        raise ValueError(f"{value} is not a date that exists") from error


def _named(value: object) -> object:
    """Tables that are named without anything behind them are not filled in yet."""
    return {name: given for name, given in value.items() if given is not None} if isinstance(value, Mapping) else value


Names = dict[str, Words]


class ClientFile(_Strict):
    """``client.yaml`` as it is typed.

    Attributes:
        crmworkbook: Version of this format.
        as_of: The base date of every calculation; never today by default.
        period: What amounts and counts in the tables are per; rates such as the discount rate are always per year.
        route: ``quick`` for a report of a few pages; anything more that is filled in counts all the same.
        illustrative: The figures are made up, and every page of the report says so.
        show_customers: Lists of single customers bear their own numbers instead of pseudonyms.
        prepared_by: Name of the firm that hands over the report.
        segments, offerings, channels, competitors: Key to label; tables use the keys.
        tables: Table id to file name, to rows, or for orders to a file with its column names.
    """

    crmworkbook: int = FORMAT
    name: Words
    language: Language
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    as_of: Annotated[date, BeforeValidator(_day)]
    period: Literal["year", "month"] = "year"
    route: Literal["full", "quick"] = "full"
    illustrative: bool = False
    show_customers: bool = False
    prepared_by: Words | None = None
    segments: Names = {}
    offerings: Names = {}
    channels: Names = {}
    competitors: Names = {}
    assumptions: dict[str, Annotated[Assumption, BeforeValidator(_assumption)]] = {}
    answers: dict[str, Annotated[Answer, BeforeValidator(_answer)] | None] = {}
    tables: Annotated[dict[str, Any], BeforeValidator(_named)] = {}


@dataclass(frozen=True)
class Client:
    """One client, read and checked.

    Attributes:
        path: The client file.
        file: What it says.
        tables: Table id to frame; text columns hold words, keys are English.
        overrides: What-if values of this run, by assumption id.
        notes: Things worth knowing that stop nothing, such as a table in an old encoding.
    """

    path: Path
    file: ClientFile
    tables: Mapping[str, pd.DataFrame]
    overrides: Mapping[str, float | str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def folder(self) -> Path:
        """The client folder."""
        return self.path.parent

    def names(self, dimension: str, language: Language) -> dict[str, str]:
        """Key to label of one dimension, such as ``segments``."""
        return {key: said(words, language) for key, words in getattr(self.file, dimension).items()}

    def assumption(self, name: str) -> float | str | None:
        """The value that counts in this run: the what-if, else the client's, else the product's default."""
        if name in self.overrides:
            return self.overrides[name]
        given = self.file.assumptions.get(name)
        return given.value if given else chapters.assumptions()[name].default

    def answer(self, key: str) -> Answer | None:
        """The answer to ``chapter.question``; None when there is none, or an empty one."""
        answer = self.file.answers.get(key)
        if answer is None or not (answer.text or answer.value is not None):
            return None
        question = chapters.questions()[key]
        if question.kind in WORDY:
            return answer
        value: Any = answer.value if answer.value is not None else answer.text
        if question.kind == "date":
            value = parse_date(value)
        elif not question.options:
            value = float(value)
        return answer.model_copy(update={"value": value})

    @property
    def periods_per_year(self) -> int:
        """How many periods of the client's tables make a year: 1, or 12 for months."""
        return {"year": 1, "month": 12}[self.file.period]

    @cached_property
    def earlier(self) -> Client | None:
        """The client as the last round before this base date left it; None without one.

        Raises:
            ClientFileError: a file of the round was changed and has faults, or a round has no readable base date, so
                that nobody knows which is the last; the faults name the round's folder.
        """
        from crmworkbook.rounds import faulty_rounds, rounds

        if faults := faulty_rounds(self.folder):
            raise ClientFileError(faults)
        before = [found for found in rounds(self.folder) if found.as_of < self.file.as_of]
        if not before:
            return None
        path = before[-1].path
        try:
            return read_client(path)
        except ClientFileError as error:
            place = path.parent.relative_to(self.folder).as_posix()
            raise ClientFileError([replace(fault, file=f"{place}/{fault.file}") for fault in error.faults]) from error

    @cached_property
    def orders(self) -> Orders | None:
        """The client's orders, read up to ``as_of``; None when the client file names none.

        Raises:
            TransactionsError: the file cannot be read; says where, what and what to do.
        """
        given = self.file.tables.get("orders")
        if given is None:
            return None
        from crmworkbook.transactions import read_orders

        entry = _orders_entry(given)
        how = entry.model_dump(exclude={"file", "url"}, exclude_defaults=True)
        if entry.url is not None:
            return read_orders(entry.url, as_of=self.file.as_of, currency=self.file.currency, folder=self.folder, **how)
        return read_orders(self.folder / str(entry.file), as_of=self.file.as_of, currency=self.file.currency, **how)

    @cached_property
    def costs(self) -> CustomerCosts | None:
        """What each customer brings and costs, by the cost ledger; None without one, or without any customers.

        Raises:
            TransactionsError: the ledger or the orders cannot be read; says where, what and what to do.
        """
        given = self.file.tables.get(COST_LEDGER)
        customers = self.tables.get("customers")
        if given is None or (self.orders is None and customers is None):
            return None
        from crmworkbook.transactions.customer_costs import customer_costs
        from crmworkbook.transactions.ledger_reading import read_ledger

        entry = _ledger_entry(given)
        how = {} if entry is None else entry.model_dump(exclude={"file"}, exclude_defaults=True)
        source = given if entry is None else self.folder / entry.file
        margin = self.assumption("order_margin")
        return customer_costs(
            read_ledger(source, self.orders, as_of=self.file.as_of, place=f"{self.path.name}, {COST_LEDGER}", **how),
            self.orders,
            customers,
            as_of=self.file.as_of,
            months=12 // self.periods_per_year,
            segments=self._segments_as_written(),
            margin=None if margin is None else float(margin),
            spread=self.assumption("cost_spread"),  # type: ignore[arg-type]
        )

    def _segments_as_written(self) -> dict[str, str]:
        """What a segment may be called in a file, in lower case, to its key."""
        called = [(str(label), key) for key, words in self.file.segments.items() for label in _in_all_languages(words)]
        return {name.lower(): key for name, key in [*called, *((key, key) for key in self.file.segments)]}


def _in_all_languages(words: Words) -> tuple[str, ...]:
    return (words.nl, words.en) if isinstance(words, Text) else (words,)


def said(words: Words | None, language: Language) -> str:
    """A client's own words in *language*; one string serves both."""
    return words[language] if isinstance(words, Text) else (words or "")


def client_path(given: str | Path | None = None) -> Path:
    """The client file meant by *given*: a file, a folder, or nothing (``CRMWORKBOOK_CLIENT``, else the demo).

    Raises:
        CrmWorkbookError: there is no client file there.
    """
    path = Path(given or os.environ.get(environment.CLIENT) or files.demo_client()).expanduser().absolute()
    path = path / "client.yaml" if path.is_dir() else path
    if not path.is_file():
        raise ClientFileError(
            [
                Fault(
                    str(path),
                    None,
                    "client.yaml",
                    "there is no such file",
                    "make one with: crmworkbook new DIR",
                )
            ]
        )
    return path


def read_client(path: Path, overrides: Mapping[str, float | str] | None = None) -> Client:
    """Read a client folder.

    Args:
        path: The client file.
        overrides: Assumptions to replace in this run.

    Raises:
        ClientFileError: carries every fault of the file and its tables.
    """
    file, frames, notes, faults = _check(path, *parse_client(path))
    if file is None or faults:
        raise ClientFileError(sorted(faults, key=lambda fault: (fault.file != path.name, fault.file, fault.line or 0)))
    return Client(path, file, frames, _check_overrides(dict(overrides or {})), tuple(notes))


def check_content(path: Path, content: dict[str, Any]) -> tuple[ClientFile | None, list[Fault]]:
    """What `read_client` would say if *content*, the whole of a client file or a part of it, stood in *path*."""
    file, _, _, faults = _check(path, content, None)
    return file, faults


def _check(
    path: Path, content: dict[str, Any], node: Node | None
) -> tuple[ClientFile | None, dict[str, pd.DataFrame], list[str], list[Fault]]:
    """The typed file, its tables, notes, and every fault; no file when its own fields are wrong."""
    checker = _Places(path.name, node)
    file, faults = _validate(content, checker)
    if file is None:
        return None, {}, [], faults
    faults += _unknown_names(file, checker)
    faults += _reserved_keys(file, checker)
    faults += _wrong_assumptions(file, checker)
    faults += _wrong_answers(file, checker)
    frames, notes, table_faults = _read_tables(path, file, checker)
    faults += table_faults
    faults += _unknown_statements(frames, checker)
    return file, frames, notes, faults


# --- the file -----------------------------------------------------------------------------------------------------


def parse_client(path: Path) -> tuple[dict[str, Any], Node]:
    """What the client file holds, and its tree of nodes, which knows the lines.

    Raises:
        ClientFileError: it cannot be read at all; says on which line and why.
    """
    _, node = client_nodes(path, path.read_bytes())
    with _yaml_faults(path):
        return content(node), node


def client_nodes(path: Path, data: bytes) -> tuple[str, Node]:
    """The text of the client file, *data* being its bytes, and its tree of nodes; quicker than what they hold.

    Raises:
        ClientFileError: it cannot be read at all; says on which line and why.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        write = "save the file as UTF-8 (in your editor: Save with encoding)"
        line = data[: error.start].count(b"\n") + 1
        fault = Fault(path.name, line, "file", "this line is not written in UTF-8", write)
        raise ClientFileError([fault]) from error
    with _yaml_faults(path):
        node = compose(text)
    if not isinstance(node, MappingNode):
        raise _file_error(path, None, "the file holds no fields", "start from a new one: crmworkbook new DIR")
    return text, node


@contextmanager
def _yaml_faults(path: Path) -> Iterator[None]:
    """Say in which line of *path* the YAML is wrong, and what to do."""
    try:
        yield
    except RepeatedKey as error:
        raise _file_error(path, error.problem_mark, str(error.problem), "keep one of the two") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        column = mark.column + 1 if mark else "?"
        wrong = f"this is not YAML: {error.problem or error.context} (column {column})"
        write = "check indentation, quotes and colons; put words with a colon between quotes"
        raise _file_error(path, mark, wrong, write) from error
    except yaml.YAMLError as error:
        wrong, write = f"this is not YAML: {str(error).splitlines()[0]}", "remove the character"
        raise _file_error(path, None, wrong, write) from error


def _file_error(path: Path, mark: Any, wrong: str, write: str) -> ClientFileError:
    return ClientFileError([Fault(path.name, mark.line + 1 if mark else None, "file", wrong, write)])


@dataclass(frozen=True)
class _Places:
    """Finds the line of a field in the client file."""

    file: str
    node: Node | None

    def line(self, place: Iterable[str | int]) -> int | None:
        return line_of(self.node, place)

    def fault(self, place: Iterable[str | int], wrong: str, write: str) -> Fault:
        place = list(place)
        return Fault(self.file, self.line(place), ".".join(map(str, place)), wrong, write)


def _validate(content: dict[str, Any], checker: _Places) -> tuple[ClientFile | None, list[Fault]]:
    """The typed file, or None when top-level fields are wrong, and the faults."""
    try:
        return ClientFile.model_validate(content), []
    except ValidationError as error:
        return None, [_as_fault(checker, fault) for fault in error.errors()]


def _as_fault(checker: _Places, error: Any) -> Fault:
    place = [
        step for step in error["loc"] if step not in ("float", "date", "str", "tuple[str, ...]", "function-before")
    ]
    name = str(place[-1]) if place else "file"
    match error["type"]:
        case "missing":
            return checker.fault(place, "is missing", f"add a line {name}: …")
        case "extra_forbidden":
            known = [*ClientFile.model_fields] if len(place) == 1 else [*Answer.model_fields]
            guess = get_close_matches(name, known, 1)
            hint = f"did you mean {guess[0]}?" if guess else f"known here: {', '.join(known)}"
            return checker.fault(place, "is not a field of this file", hint)
        case "literal_error":
            return checker.fault(place, f"{error['input']!r} is not a choice here", f"write {error['ctx']['expected']}")
        case "string_pattern_mismatch":
            return checker.fault(place, f"{error['input']!r} is not a currency", "write three capitals, such as EUR")
    if place and place[-1] == "as_of":
        return checker.fault(place, error["msg"].removeprefix("Value error, "), "write a date as 2025-12-31")
    wrong = error["msg"].removeprefix("Value error, ")
    return checker.fault(place, wrong[:1].lower() + wrong[1:], _remedy(error["type"], name))


def _remedy(kind: str, name: str) -> str:
    if name == "confidence":
        return "write a whole number from 1 (a guess) to 5 (checked)"
    remedies = {
        "bool_parsing": "write true or false",
        "bool_type": "write true or false",
        "dict_type": "write indented lines of the form key: value",
        "float_parsing": "write a number with a point, such as 0.84",
        "float_type": "write a number with a point, such as 0.84",
    }
    return remedies.get(kind, f"correct {name}")


# --- names and numbers --------------------------------------------------------------------------------------------


def _unknown_names(file: ClientFile, checker: _Places) -> list[Fault]:
    """Answers, assumptions and tables that no chapter asks for."""
    known = {
        "answers": set(chapters.questions()),
        "assumptions": set(chapters.assumptions()),
        "tables": {*chapters.tables(), "orders", COST_LEDGER},
    }
    faults = []
    for part, names in known.items():
        for name in getattr(file, part):
            if name not in names:
                guess = get_close_matches(name, names, 1, cutoff=0.5)
                remedy = f"did you mean {guess[0]}?" if guess else f"known: {', '.join(sorted(names)[:8])}, …"
                faults.append(checker.fault([part, name], "no chapter asks for this", remedy))
    return faults


def _unknown_statements(frames: Mapping[str, pd.DataFrame], checker: _Places) -> list[Fault]:
    """Scores on a list or a statement that no chapter has."""
    if chapters.SCORES not in frames:
        return []
    lists = {key: [item.id for item in items] for key, (_, items) in chapters.statement_lists().items()}
    faults = []
    pairs = frames[chapters.SCORES][["list", "statement"]].drop_duplicates()
    for name, statement in pairs.itertuples(index=False):
        known = lists.get(name, lists)
        given = statement if name in lists else name
        if given not in known:
            guess = get_close_matches(given, known, 1, cutoff=0.5)
            remedy = f"did you mean {guess[0]}?" if guess else f"known: {', '.join(known)}"
            what = f"{given} is no statement of {name}" if name in lists else f"there is no list {given}"
            faults.append(checker.fault(["tables", chapters.SCORES], what, remedy))
    return faults


def _reserved_keys(file: ClientFile, checker: _Places) -> list[Fault]:
    """Keys that tables use for their total rows."""
    places = [(side, key) for side in DIMENSIONS for key in getattr(file, side) if key in _RESERVED]
    return [checker.fault(place, "is a word that tables use for their total", "choose another key") for place in places]


def _wrong_assumptions(file: ClientFile, checker: _Places) -> list[Fault]:
    specs = chapters.assumptions()
    found = ((name, wrong_value(specs[name], given.value)) for name, given in file.assumptions.items() if name in specs)
    return [checker.fault(["assumptions", name], *wrong) for name, wrong in found if wrong]


def _wrong_answers(file: ClientFile, checker: _Places) -> list[Fault]:
    """Answers that are not of their question's kind."""
    faults = []
    for key, answer in file.answers.items():
        question = chapters.questions().get(key)
        if question and answer:
            plain = answer.value is None and question.kind not in WORDY
            value = answer.text if plain else answer.value
            wrong = _wrong_answer(question, value) if value is not None else None
            faults += [checker.fault(["answers", key], *wrong)] if wrong else []
    return faults


def _wrong_answer(question: chapters.Question, value: object) -> tuple[str, str] | None:
    if question.options:
        chosen = (value,) if isinstance(value, str) else value
        known = isinstance(chosen, tuple) and set(chosen) <= set(question.options)
        return None if known else (f"{value} is not a choice here", f"write keys from: {', '.join(question.options)}")
    if question.kind == "date":
        try:
            parse_date(value)
        except ValueError:
            return f"{value} is not a date that exists", "write a date as 2025-12-31"
        return None
    if question.kind in WORDY:
        shown = f"{value:g}" if isinstance(value, float) else value
        return f"this question asks for words, not {shown}", "write them as text: ..."
    try:
        value = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return f"{value} is not a number", "write digits with a point, such as 6500"
    most = 10 if question.kind == "ratio" else 1
    if question.kind in ("share", "rate", "ratio") and most < value <= 100 * most:
        return f"{value:g} is a percentage typed as a number", f"write {value / 100:g} for {value:g}%"
    return None


def wrong_value(spec: chapters.AssumptionSpec, value: float | str) -> tuple[str, str] | None:
    """What is wrong with *value* and what to write, or None."""
    if spec.options:
        return None if value in spec.options else (f"{value} is not a choice", f"write {' or '.join(spec.options)}")
    if isinstance(value, str):
        return f"{value!r} is not a number", "write a number with a point, such as 0.10"
    if not math.isfinite(value):
        return f"{value} is not a number", "write a number with a point, such as 0.10"
    if spec.kind in ("share", "rate") and 1 < value <= 100:
        return f"{value:g} is a percentage typed as a number", f"write {value / 100:g} for {value:g}%"
    if (spec.low is not None and value < spec.low) or (spec.high is not None and value > spec.high):
        return f"{value:g} lies outside {spec.low:g} to {spec.high:g}", "write a number between the two"
    return None


def _check_overrides(overrides: dict[str, float | str]) -> dict[str, float | str]:
    known = sorted({name for chapter in chapters.chapters() for name in chapter.what_ifs})
    faults = []
    for name, value in overrides.items():
        if name in set(chapters.assumptions()) - set(known):
            faults.append(Fault("--set", None, name, "this cannot change for one run", "write it in client.yaml"))
        elif name not in known:
            guess = get_close_matches(name, known, 1)
            remedy = f"did you mean {guess[0]}?" if guess else f"known: {', '.join(known)}"
            faults.append(Fault("--set", None, name, "there is no such assumption", remedy))
        elif wrong := wrong_value(chapters.assumptions()[name], value):
            faults.append(Fault("--set", None, name, *wrong))
    if faults:
        raise ClientFileError(faults)
    return overrides


# --- tables -------------------------------------------------------------------------------------------------------


def _read_tables(
    path: Path, file: ClientFile, checker: _Places
) -> tuple[dict[str, pd.DataFrame], list[str], list[Fault]]:
    frames: dict[str, pd.DataFrame] = {}
    notes: list[str] = []
    faults: list[Fault] = []
    dimensions = {name: set(getattr(file, name)) for name in DIMENSIONS}
    for name, given in file.tables.items():
        if name == "orders":
            faults += _orders_faults(path.parent, given, checker)
        elif name == COST_LEDGER:
            faults += _ledger_faults(path.parent, given, checker)
        elif name in chapters.tables():
            raw, raw_faults = _raw(path, name, given, checker)
            faults += raw_faults
            if raw is not None:
                frame, table_faults = check_table(raw, chapters.tables()[name], dimensions)
                frames[name] = frame
                notes += raw.notes
                faults += table_faults
    return frames, notes, faults


def _raw(path: Path, name: str, given: object, checker: _Places) -> tuple[RawTable | None, list[Fault]]:
    if isinstance(given, list):
        lines = [checker.line(["tables", name, row]) for row in range(len(given))]
        wrong = [row for row, value in enumerate(given) if not isinstance(value, dict)]
        if wrong:
            remedy = "write each row as - {column: value, …}"
            return None, [checker.fault(["tables", name, row], "is not a row", remedy) for row in wrong]
        return RawTable(path.name, name, tuple(given), tuple(lines)), []
    if not isinstance(given, str):
        return None, [checker.fault(["tables", name], "is neither a file nor rows", f"write {name}: {name}.csv")]
    table = (path.parent / given).resolve()
    if not table.is_relative_to(path.parent.resolve()):
        return None, [
            checker.fault(["tables", name], f"{given} lies outside the client folder", "copy the file into it")
        ]
    if not table.is_file():
        return None, [checker.fault(["tables", name], f"there is no file {given} in {path.parent}", "correct the name")]
    try:
        return read_raw_table(table, name), []
    except ClientFileError as error:
        return None, list(error.faults)


class _OrdersEntry(_Strict):
    """How ``client.yaml`` names the orders when a file name alone does not do: a file, or a database by its URL."""

    file: str | None = None
    url: str | None = None
    table: str | None = None
    query: str | None = None
    columns: dict[str, str] = {}
    date_format: Literal["dmy", "mdy", "ymd", "excel"] | None = None
    decimal: Literal[",", "."] | None = None
    sheet: str | None = None
    memory: Annotated[str, Field(pattern=r"(?i)^\d+(\.\d+)? ?[KMGT]i?B$")] | None = None


def _orders_entry(given: object) -> _OrdersEntry:
    if not isinstance(given, str):
        return _OrdersEntry.model_validate(given)
    return _OrdersEntry.model_validate({"url" if "://" in given else "file": given})


def _orders_faults(folder: Path, given: object, checker: _Places) -> list[Fault]:
    place = ["tables", "orders"]
    try:
        entry = _orders_entry(given)
    except ValidationError as error:
        write = (
            "write orders: orders.csv, or a file with columns, date_format, decimal, sheet or memory (1GB) below it, "
            "or a url with table or query and columns"
        )
        wrong = [([*place, *(str(step) for step in fault["loc"])], fault["msg"]) for fault in error.errors()]
        return [checker.fault(where, what[:1].lower() + what[1:], write) for where, what in wrong]
    if (entry.file is None) == (entry.url is None):
        return [checker.fault(place, "names no file and no url, or both", "write file: orders.csv, or url: …")]
    if entry.url is not None:
        if (entry.table is None) == (entry.query is None):
            write = "write table: invoices below the url, or query: SELECT …"
            return [checker.fault(place, "names no table and no query of the database, or both", write)]
        return []
    assert entry.file is not None
    path = (folder / entry.file).resolve()
    if not path.is_relative_to(folder.resolve()):
        return [checker.fault(place, f"{entry.file} lies outside the client folder", "copy the file into it")]
    if not path.exists():
        return [checker.fault(place, f"there is no file {entry.file} in {folder}", "correct the name")]
    return []


class _LedgerEntry(_Strict):
    """How ``client.yaml`` names a cost ledger when a file name alone does not do."""

    file: str
    columns: dict[str, str] = {}
    date_format: Literal["dmy", "mdy", "ymd"] | None = None
    decimal: Literal[",", "."] | None = None
    sheet: str | None = None


def _ledger_entry(given: object) -> _LedgerEntry | None:
    """The file of the ledger; None when its rows are given.

    Raises:
        ValidationError: neither.
    """
    return (
        None
        if isinstance(given, list)
        else _LedgerEntry.model_validate({"file": given} if isinstance(given, str) else given)
    )


def _ledger_faults(folder: Path, given: object, checker: _Places) -> list[Fault]:
    place = ["tables", COST_LEDGER]
    if isinstance(given, list):
        wrong = [row for row, value in enumerate(given) if not isinstance(value, dict) or not value]
        return [checker.fault([*place, row], "is not a row", "write each row as - {column: value, …}") for row in wrong]
    try:
        entry = _ledger_entry(given)
    except ValidationError as error:
        write = f"write {COST_LEDGER}: ledger.csv, a file with columns, date_format, decimal or sheet below it, or rows"
        faults = [([*place, *(str(step) for step in fault["loc"])], fault["msg"]) for fault in error.errors()]
        return [checker.fault(where, what[:1].lower() + what[1:], write) for where, what in faults]
    named = entry.file if entry else ""
    path = (folder / named).resolve()
    if not path.is_relative_to(folder.resolve()):
        return [checker.fault(place, f"{named} lies outside the client folder", "copy the file into it")]
    if not path.is_file():
        return [checker.fault(place, f"there is no file {named} in {folder}", "correct the name")]
    return []
