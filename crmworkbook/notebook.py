"""What the cells of a notebook call: open a chapter, and show it part by part.

    chapter = open_chapter("customer_value", client_file, language, discount_rate=discount_rate)
    with chapter.part("equity") as part:
        results.values = segment_value(chapter.table("segment_costs"), chapter.assumption("discount_rate"))
        part.figure("equity", equity_chart(results.values, chapter.language), equity=results.values.equity)

A part whose input is missing says what to fill in; a warning of severity E stops the chapter there. Either way the
notebook runs on, so that the report of a client who filled in little is short instead of broken.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, Self

import pandas as pd
from IPython.display import HTML, display

from crmworkbook import chapters, live, section, text
from crmworkbook.client import Client, client_path, read_client, said
from crmworkbook.errors import ClientFileError, ParameterError
from crmworkbook.findings import Finding
from crmworkbook.findings.support import personal_data, straight_lining, weak_support
from crmworkbook.models.frames import records
from crmworkbook.models.rates import rate_per_period
from crmworkbook.models.statements import StatementScores, statement_scores
from crmworkbook.models.working import Working
from crmworkbook.text import Language, Text, fill, label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from crmworkbook.transactions import Orders


_SHOWN_FAULTS = 3  # of a round that cannot be read; the first ones tell what to do


class NotFilledIn(Exception):
    """A table or result that this part needs is not there."""

    def __init__(self, what: Sequence[str] = ()) -> None:
        """Name *what* in the client's language; nothing when an earlier part has said it."""
        self.what = tuple(what)
        super().__init__(", ".join(what))


class NoEarlierRound(NotFilledIn):
    """There is no earlier round to compare with, or it cannot be read; the chapter says so once."""

    def __init__(self, faults: Sequence[str] = ()) -> None:
        """Keep what is wrong with the files of the round; nothing when there is none."""
        super().__init__()
        self.faults = tuple(faults)


class _Stop(Exception):
    """A warning of severity E was met."""


class Results:
    """What one part leaves for the next; asking for what is not there skips the part that asks."""

    def __getattr__(self, name: str) -> Any:
        """Raised for a result that no earlier part could make."""
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotFilledIn


def open_chapter(
    chapter_id: str, client_file: str = "", language: str = "", **what_ifs: float | str | None
) -> OpenChapter:
    """Open one chapter for one client.

    Args:
        chapter_id: Such as ``customer_value``.
        client_file: Path of a client file or folder; empty for ``CRMWORKBOOK_CLIENT``, else the demo client.
        language: ``nl`` or ``en``; empty for the client's own.
        what_ifs: Assumptions to replace in this run; None leaves one alone. Only those the chapter declares.

    Raises:
        ParameterError: an unknown language or what-if.
        ClientFileError: the client folder has faults.
    """
    spec = chapters.chapter(chapter_id)
    if unknown := sorted(set(what_ifs) - set(spec.what_ifs)):
        raise ParameterError(f"{spec.name} has no parameter {', '.join(unknown)}; it has: {', '.join(spec.what_ifs)}")
    if language not in ("", *text.LANGUAGES):
        raise ParameterError(f"language must be nl or en, got {language!r}")
    overrides = {name: value for name, value in what_ifs.items() if value is not None}
    path, screen = client_path(client_file or None), live.screen()
    client = read_client(path, overrides) if screen is None else screen.begin(path, overrides)
    asked = screen.language if screen else None
    return OpenChapter(spec, client, asked or language or client.file.language)  # type: ignore[arg-type]


class OpenChapter:
    """A chapter with a client in it.

    Attributes:
        spec: The chapter's texts, questions and tables.
        client: The client.
        language: Language of everything shown.
        results: What parts leave for later parts.

    Every text may name the period of the client's amounts: ``{period}`` (jaar, year), ``{periods}``,
    ``{the_period}`` (het jaar, the year), ``{per_period}``, and after a number ``{counted}`` (jaar, years).
    """

    def __init__(self, spec: chapters.Chapter, client: Client, language: Language) -> None:
        """Put *client* in the chapter *spec*."""
        self.spec, self.client, self.language = spec, client, language
        self.results = Results()
        self.stopped = self.said_no_round = False
        self._used: dict[str, None] = {}
        spoken = {"period": "one", "periods": "many", "the_period": "the", "per_period": "per", "counted": "counted"}
        self._period = {key: label(f"period.{client.file.period}.{form}", language) for key, form in spoken.items()}

    # what a cell reads

    def table(self, name: str) -> pd.DataFrame:
        """A table of the client, words in the chapter's language.

        Raises:
            NotFilledIn: the client has no such table.
        """
        if name not in self.client.tables:
            raise NotFilledIn([chapters.tables()[name].label[self.language]])
        frame = self.client.tables[name].copy()
        for column in chapters.tables()[name].columns:
            if column.kind in ("text", "long_text"):
                frame[column.id] = [said(words, self.language) for words in frame[column.id]]
        return frame

    def has(self, name: str) -> bool:
        """Whether the client filled in this table."""
        return name in self.client.tables

    def orders(self) -> Orders:
        """The client's orders, cleaned and counted.

        Raises:
            NotFilledIn: the client names no orders.
            TransactionsError: they cannot be read.
        """
        if self.client.orders is None:
            raise NotFilledIn([label("units.orders", self.language)])
        return self.client.orders

    @property
    def earlier(self) -> Client:
        """The client as the last round before this base date left it.

        Raises:
            NoEarlierRound: there is none, or its file was changed and has faults.
        """
        try:
            found = self.client.earlier
        except ClientFileError as error:
            raise NoEarlierRound([str(fault) for fault in error.faults]) from error
        if found is None:
            raise NoEarlierRound
        return found

    def names(self, dimension: str) -> dict[str, str]:
        """Key to label of one dimension."""
        return self.client.names(dimension, self.language)

    def options(self, table: str, column: str) -> dict[str, str]:
        """Key to label of a choice column, such as the five forces."""
        return {key: words[self.language] for key, words in chapters.tables()[table].column(column).options.items()}

    def assumption(self, name: str) -> Any:
        """An assumption; it is printed in the appendix because it was used.

        Raises:
            NotFilledIn: the client gives none and there is no default.
        """
        self._used[name] = None
        value = self.client.assumption(name)
        if value is None:
            raise NotFilledIn([chapters.assumptions()[name].label[self.language]])
        return value

    def rate(self, name: str) -> float:
        """A yearly rate such as ``discount_rate``, per period of the client's tables.

        Raises:
            NotFilledIn: the client gives none and there is no default.
        """
        yearly = float(self.assumption(name))
        return rate_per_period(yearly, self.client.periods_per_year)

    def scores(self, list_id: str) -> StatementScores:
        """How a statement list of this chapter was scored.

        Raises:
            NotFilledIn: the client scored none of its statements.
        """
        scores = self.client.tables.get(chapters.SCORES)
        rows = None if scores is None else scores[scores["list"] == list_id]
        if rows is None or rows.empty:
            raise NotFilledIn([self.words(f"list_{list_id}")])
        rows = rows.assign(who=[said(who, self.language) for who in rows["who"]])
        return statement_scores(rows, [statement.id for statement in self.spec.statements[list_id]])

    def slider(self, key: str, start: float, low: float, high: float, kind: str = "number") -> float:
        """A number that people may move on the screen, with the words ``slider_key``; in a headless run *start*.

        Args:
            key: Its name; that of an assumption, where *start* is that assumption, lets people keep the value.
            start: Where it begins.
            low: How far it goes down.
            high: How far it goes up.
            kind: As a question's kind; ``points`` for a change of a share, ``change`` for a relative one.
        """
        screen = live.screen()
        if screen is None:
            return start
        known = chapters.assumptions().get(key)
        called = known.label[self.language] if known else self.words(f"slider_{key}")
        return screen.slider(live.Slider(key, called, kind, start, low, high))

    def slide(
        self, table: str, frame: pd.DataFrame, column: str, names: Sequence[str], low: float, high: float, kind: str
    ) -> pd.DataFrame:
        """*frame* with a slider for each row of *column*, called *names*; in a headless run as it is.

        Their values may be kept when *frame* is the client's *table*. The sliders bear the names ``column.row``.
        """
        screen = live.screen()
        if screen is None:
            return frame
        unique = chapters.tables()[table].unique if self.has(table) else ()
        sliders = []
        for (at, row), name in zip(frame.iterrows(), names, strict=True):
            cell = (table, {key: row[key] for key in unique}, column) if unique else None
            sliders.append(live.Slider(f"{column}.{at}", name, kind, float(row[column]), low, high, cell))
        return frame.assign(**{column: [screen.slider(slider) for slider in sliders]})

    def kept(self, name: str) -> float:
        """An assumption as it stands in the client file, whatever a slider or this run makes of it."""
        given = self.client.file.assumptions.get(name)
        return float(given.value if given else chapters.assumptions()[name].default)  # type: ignore[arg-type]

    def answered(self, question: str) -> Any:
        """The value (or words) of an answer of this chapter; None when unanswered."""
        answer = self.client.answer(f"{self.spec.id}.{question}")
        if answer is None:
            return None
        return answer.value if answer.value is not None else said(answer.text, self.language)

    def words(self, key: str, case: int | str | None = None, **values: Any) -> str:
        """One of the chapter's texts, filled; *case* chooses between its versions by number or key."""
        entry = self.spec.texts[key]
        if not isinstance(entry, Text):
            entry = entry[_case(entry, case)]
        return fill(entry, self.language, self._period | values, self.client.file.currency)

    def spoken(self, words: Text) -> str:
        """Words of the product, with the client's period in them."""
        return fill(words, self.language, self._period)

    def label(self, path: str) -> str:
        """One of the shared labels, such as ``conventions.residual.name``, with the client's period in it."""
        found: Any = text.labels()
        for key in path.split("."):
            found = found[key]
        return self.spoken(found)

    def money(self, value: float) -> str:
        """An amount in the client's currency."""
        return text.money(value, self.language, self.client.file.currency)

    # what a cell shows

    def part(self, part_id: str, printed: bool = True) -> Part:
        """Begin a part; it shows itself at the end of the ``with`` block, on screen only unless *printed*."""
        return Part(self, part_id, printed)

    def introduce(self) -> None:
        """Show the chapter's name, what it does, and the facilitator's plan."""
        with self.part("introduction") as part:
            part.add(section.Prose(text=self.spec.lead[self.language], role="lead"))
            plan = "\n".join(f"{item.minutes}′ {item.text[self.language]}" for item in self.spec.agenda)
            part.add(section.Prose(text=f"{self.spec.minutes}′\n{plan}", role="facilitator"))
            part.sources, part.terms = self.spec.sources, self.spec.terms

    def ask(self) -> None:
        """Show the questions and what the client answered."""
        if screen := live.screen():
            screen.show_form(self)
            return
        with self.part("questions") as part:
            part.add(section.Answers(title=label("screen.questions", self.language), items=tuple(self._answers())))
            part.summary += self._decisions()

    def close(self) -> None:
        """Show which assumptions this chapter used and which of them lack support."""
        with self.part("assumptions") as part:
            part.add(section.Assumptions(items=tuple(self._assumed())))
            part.warn(weak_support(self.client, self._used, self.spec, self.language))
        if screen := live.screen():
            screen.show_rest(self.spec, self.language)
            if self.spec == chapters.chapters()[-1]:
                screen.show_preview(self)

    def _answers(self) -> Iterable[section.Answer]:
        for question in self.spec.questions:
            answer = self.client.answer(f"{self.spec.id}.{question.id}")
            asked = question.text[self.language]
            if answer is None:
                yield section.Answer(question=asked)
            else:
                source = said(answer.source, self.language)
                yield section.Answer(
                    question=asked,
                    answer=self._spoken(question, answer),
                    source=source,
                    confidence=answer.confidence,
                )

    def _spoken(self, question: chapters.Question, answer: Any) -> str:
        value = answer.value
        if value is None:
            return said(answer.text, self.language)
        formats = {
            "money": "money",
            "share": "percent",
            "rate": "percent",
            "ratio": "percent0",
            "date": "date",
            "count": "count",
        }
        if question.options:
            keys = [value] if isinstance(value, str) else value
            listed = text.names([question.options[key][self.language] for key in keys], self.language)
            return listed[:1].upper() + listed[1:]
        plain = ("count" if value.is_integer() else "number") if isinstance(value, float) else ""
        template = "{value:" + formats.get(question.kind, plain) + "}"
        return fill(Text(nl=template, en=template), self.language, {"value": value}, self.client.file.currency)

    def _decisions(self) -> tuple[section.SummaryItem, ...]:
        found = []
        for question in self.spec.questions:
            answer = self.client.answer(f"{self.spec.id}.{question.id}")
            if answer and question.role in ("decision", "condition"):
                found.append(section.SummaryItem(role=question.role, text=said(answer.text, self.language)))
        return tuple(found)

    def _assumed(self) -> Iterable[section.Assumed]:
        for name in self._used:
            spec, given = chapters.assumptions()[name], self.client.file.assumptions.get(name)
            value = self.client.assumption(name)
            if value is not None:
                origin: Literal["client", "default", "what_if"] = "client" if given else "default"
                yield section.Assumed(
                    id=name,
                    label=spec.label[self.language],
                    value=self._value(spec, value),
                    unit=spec.period[self.language] if spec.period else "",
                    source=said(given.source, self.language) if given else "",
                    confidence=given.confidence if given else None,
                    origin="what_if" if name in self.client.overrides else origin,
                )

    def _value(self, spec: chapters.AssumptionSpec, value: float | str) -> str:
        if isinstance(value, str):
            return spec.options[value][self.language] if value in spec.options else value
        if spec.kind in ("share", "rate"):
            return text.percent(value, self.language)
        return (
            self.money(value) if spec.kind == "money" else text.number(value, self.language, 0 if value % 1 == 0 else 2)
        )


_P = ParamSpec("_P")


def _at_rest(add: Callable[Concatenate[Part, _P], None]) -> Callable[Concatenate[Part, _P], None]:
    """Leave out what *add* adds while a slider moves: only the figure that follows it is drawn then."""

    @wraps(add)
    def adding(part: Part, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        if part.rests:
            add(part, *args, **kwargs)

    return adding


class Part:
    """One part of a chapter: blocks in the order in which a cell adds them."""

    def __init__(self, chapter: OpenChapter, part_id: str, printed: bool = True) -> None:
        """Begin the part *part_id* of *chapter*; what is not *printed* stays out of the report."""
        self.chapter, self.id, self.printed = chapter, part_id, printed
        screen = live.screen()
        self.rests = screen is None or screen.rests(part_id)
        self.comes_too_late = chapter.stopped and part_id not in ("assumptions", "data_quality")
        self.blocks: list[section.Block] = []
        self.summary: tuple[section.SummaryItem, ...] = ()
        self.sources: tuple[str, ...] = ()
        self.terms: tuple[str, ...] = ()
        self.results: dict[str, float] = {}
        self.conclusion = ""
        self.rank: int | None = None
        self.is_stopped = False

    def add(self, block: section.Block) -> None:
        """Add a finished block."""
        self.blocks.append(block)

    def sliders(self, *names: str, figure: str = "") -> None:
        """Put these sliders above the part in a workshop; while one moves, *figure* follows, or all of the part's."""
        if screen := live.screen():
            screen.place(self.id, names, figure)

    def draws(self, figure: str) -> bool:
        """Whether a figure is wanted: all of them, but while a slider moves only the one that follows it."""
        screen = live.screen()
        return screen is None or screen.draws(self.id, figure)

    @_at_rest
    def say(self, key: str, case: int | str | None = None, role: str = "body", **values: Any) -> None:
        """Add one of the chapter's texts as a paragraph."""
        self.add(section.Prose(text=self.chapter.words(key, case, **values), role=role))  # type: ignore[arg-type]

    @_at_rest
    def key_figure(self, key: str, value: str, rank: int | None = None, **values: Any) -> None:
        """Add a key figure with the words ``key_label`` and ``key_note``; neighbours stand in one row."""
        words = self.chapter.words
        note = words(f"{key}_note", **values) if f"{key}_note" in self.chapter.spec.texts else ""
        item = section.KeyFigure(value=value, label=words(f"{key}_label", **values), note=note, rank=rank)
        last = self.blocks[-1] if self.blocks else None
        if isinstance(last, section.KeyFigures):
            self.blocks[-1] = section.KeyFigures(items=(*last.items, item))
        else:
            self.add(section.KeyFigures(items=(item,)))

    def figure(
        self, key: str, figure: Figure, case: int | str | None = None, half: bool = False, **values: Any
    ) -> None:
        """Add a picture with the claim *key*, the small print ``key_note`` and the description ``key_alt``."""
        if not self.draws(key):
            return
        from crmworkbook.charts.style import svg

        words, screen = self.chapter.words, live.screen()
        self.add(
            section.Figure(
                name=key,
                claim=words(key, case, **values),
                svg=svg(figure) if screen is None else screen.drawn(self.id, key, figure),
                alt=words(f"{key}_alt", **values),
                note=words(f"{key}_note", **values),
                half=half,
            )
        )

    @_at_rest
    def table(
        self,
        key: str,
        frame: pd.DataFrame,
        columns: Mapping[str, str],
        case: int | str | None = None,
        marked: Sequence[int] = (),
        **values: Any,
    ) -> None:
        """Add a table with the claim *key*.

        Args:
            key: Text of the claim; ``key_note`` is the small print, if it is there.
            frame: One row per row; the index is not shown.
            columns: Column of *frame* to format, in order: one of `text.fill`'s, "" for words, "wide" for long words,
                ``name:segments`` for keys of a dimension, ``option:TABLE`` for keys of that table's choice column.
                Heads are the texts ``column_NAME`` of the chapter, else the shared ones.
            case: Chooses the version of the claim.
            marked: Positions of rows to look at.
            values: For the claim and the note.
        """
        chapter = self.chapter
        note = chapter.words(f"{key}_note", **values) if f"{key}_note" in chapter.spec.texts else ""
        self.add(
            section.Table(
                claim=chapter.words(key, case, **values),
                columns=tuple(self._column(name, spec) for name, spec in columns.items()),
                rows=tuple(
                    tuple(self._cell(row[name], name, spec) for name, spec in columns.items())
                    for _, row in frame.iterrows()
                ),
                note=note,
                marked=tuple(int(position) for position in marked),
            )
        )

    def _column(self, name: str, spec: str) -> section.Column:
        own = f"column_{name}"
        chapter = self.chapter
        words = chapter.words(own) if own in chapter.spec.texts else label(f"columns.{name}", chapter.language)
        left = spec in ("", "wide") or ":" in spec
        return section.Column(label=words, align="left" if left else "right", wide=spec == "wide")

    def _cell(self, value: object, column: str, spec: str) -> str:
        if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
            return "–"
        what, _, of = spec.partition(":")
        if of:
            known = self.chapter.names(of) if what == "name" else self.chapter.options(of, column)
            return known.get(str(value), str(value))
        if isinstance(value, float) and math.isinf(value):
            return label("screen.never", self.chapter.language)
        template = "{value:" + ("" if spec == "wide" else spec) + "}"
        entry = Text(nl=template, en=template)
        return fill(entry, self.chapter.language, {"value": value}, self.chapter.client.file.currency)

    def statements(self, list_id: str, per: bool = False) -> StatementScores:
        """Add a list of scored statements; its name is the text ``list_ID``.

        Args:
            list_id: Key under ``statements`` of the chapter.
            per: Name the mean of each who scored, such as each layer of the firm.

        Returns:
            The scores, for what else the cell wants to say of them.
        """
        chapter, scores = self.chapter, self.chapter.scores(list_id)
        if not self.rests:
            return scores
        language, known = chapter.language, {item.id: item for item in chapter.spec.statements[list_id]}
        furniture = text.labels()["statements"]
        values: dict[str, Any] = {"list": chapter.words(f"list_{list_id}"), "mean": scores.mean}
        values |= {"people": scores.people, "lowest": ""}
        values |= {"groups": [f"{who} {text.number(mean, language)}" for who, mean in scores.by_who.items()]}
        action = ""
        if not scores.is_flat:
            first = known[scores.lowest[0]]
            values["lowest"] = first.text[language].rstrip(".")
            action = first.action[language] if first.action else ""
        notes = [
            "note",
            *(["target"] if scores.frame["target"].notna().any() else []),
            *(["per"] if per and scores.by_who else []),
        ]
        self.add(
            section.Statements(
                claim=fill(furniture["flat" if scores.is_flat else "low"], language, values),
                items=tuple(
                    section.Scored(
                        text=known[row["statement"]].text[language],
                        shown=text.number(row["mean"], language),
                        target=None if pd.isna(row["target"]) else row["target"],
                        marked=row["lowest"],
                        **{name: row[name] for name in ("mean", "low", "high")},
                    )
                    for row in records(scores.frame)
                ),
                note=" ".join(fill(furniture[name], language, values) for name in notes),
                action=action,
            )
        )
        self.warn(straight_lining(scores.frame["mean"], str(values["list"])))
        return scores

    def warn(self, findings: Iterable[Finding]) -> None:
        """Add a warning for each finding; one of severity E stops the chapter here."""
        stop = False
        for finding in findings:
            rule = chapters.words("warnings")[finding.id]
            case = rule["cases"][finding.case]
            severity = case.get("severity", rule["severity"])
            stop = stop or severity == "E"
            if not self.rests:
                continue
            currency, language = self.chapter.client.file.currency, self.chapter.language
            values = {**self.chapter._period, **finding.values}
            said_so = fill(case["text"], language, values, currency)
            remedy = fill(case["remedy"], language, values, currency)
            self.add(section.Warning(id=finding.id, severity=severity, text=said_so, remedy=remedy))
        if stop:
            raise _Stop

    @_at_rest
    def workings(self, workings: Iterable[Working], subjects: Mapping[str, str] | None = None) -> None:
        """Add *show me the sum*: one block per formula, one line per use.

        Args:
            workings: What the model gave.
            subjects: Key to label of what the workings are about.
        """
        language, currency = self.chapter.language, self.chapter.client.file.currency
        grouped: dict[tuple[str, str, str], list[Working]] = {}
        for working in workings:
            grouped.setdefault((working.name, working.formula, working.convention), []).append(working)
        for (name, formula, convention), uses in grouped.items():
            words = chapters.words("formulas")[name]
            spoken = {symbol: words["symbols"].get(symbol) for symbol in uses[0].values}
            symbols = "; ".join(f"{symbol} = {self.chapter.spoken(known)}" for symbol, known in spoken.items() if known)
            sums = tuple(
                section.Sum(
                    subject=(subjects or {}).get(use.subject, use.subject),
                    line=text.written_out(use, language, currency),
                )
                for use in uses
            )
            reference = chapters.words("references")[uses[0].source]["citation"]
            self.add(
                section.Workings(
                    title=self.chapter.spoken(words["title"]),
                    formula=formula,
                    symbols=symbols,
                    source=reference.split(").")[0] + ")" if isinstance(reference, str) else reference[language],
                    convention=self.chapter.label(f"conventions.{convention}.name") if convention else "",
                    sums=sums,
                )
            )

    @_at_rest
    def conclude(self, key: str, case: int | str | None = None, rank: int | None = None, **values: Any) -> None:
        """Give the chapter its conclusion; the lowest *rank* of all chapters heads the summary."""
        self.conclusion, self.rank = self.chapter.words(key, case, **values), rank

    @_at_rest
    def act(self, role: Literal["decision", "condition", "action"], key: str, **values: Any) -> None:
        """Put one of the chapter's texts on the one-page summary."""
        owner, due = str(values.pop("owner", "")), str(values.pop("due", ""))
        item = section.SummaryItem(role=role, text=self.chapter.words(key, **values), owner=owner, due=due)
        self.summary = (*self.summary, item)

    @_at_rest
    def result(self, **numbers: float) -> None:
        """Carry numbers by name, for what spans chapters."""
        self.results.update({name: float(f"{value:.10g}") for name, value in numbers.items()})

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        """Show the part; what is not filled in, or stopped by a warning, is said and not raised."""
        if isinstance(error, NotFilledIn):
            if isinstance(error, NoEarlierRound) and not self.chapter.stopped:
                self._say_no_round(error.faults)
            if error.what and not self.chapter.stopped:
                missing = text.names(error.what, self.chapter.language)
                words = label("screen.fill_in", self.chapter.language).replace("{what}", missing)
                self.add(section.Prose(text=words, role="open"))
            self.is_stopped = True
        elif isinstance(error, _Stop):
            self._stop_chapter()
        elif error is not None and not self.comes_too_late:
            return False
        if self.comes_too_late:
            return True
        self._hold_back_personal_data()
        if self.blocks or self.conclusion:
            self._show(self.section())
        elif screen := live.screen():
            screen.empty(self.id)
        return True

    def _show(self, shown: section.Section) -> None:
        if screen := live.screen():
            screen.show(shown)
        else:
            display(shown if self.printed or self.is_stopped else HTML(section.as_html(shown)))

    def _say_no_round(self, faults: Sequence[str]) -> None:
        if self.chapter.said_no_round:
            return
        self.chapter.said_no_round = True
        if faults:
            self.warn([Finding("W28", "round_unreadable", {"faults": faults[:_SHOWN_FAULTS], "count": len(faults)})])
        else:
            self.add(section.Prose(text=label("screen.first_round", self.chapter.language), role="open"))

    def _hold_back_personal_data(self) -> None:
        """Show a warning in place of a part that holds somebody's address or number, and stop the chapter."""
        title = self.chapter.spec.title[self.chapter.language]
        held = personal_data({f"{title}: {place}": words for place, words in self._everything_said()})
        if held:
            self.blocks, self.summary, self.conclusion = [], (), ""
            self._stop_chapter()
            with suppress(_Stop):
                self.warn(held)

    def _everything_said(self) -> Iterator[tuple[str, list[str]]]:
        """Where in the part words stand, and those words; pictures by the text in them."""
        yield self.id, [self.conclusion, *(word for item in self.summary for word in _strings(item.model_dump()))]
        for block in self.blocks:
            place = getattr(block, "claim", "") or getattr(block, "title", "") or self.id
            if isinstance(block, section.Answers):
                yield from ((item.question, _strings(item.model_dump())) for item in block.items)
            elif isinstance(block, section.Figure):
                yield place, [block.claim, block.alt, block.note, *re.findall(r">([^<]+)<", block.svg)]
            else:
                yield place, _strings(block.model_dump())

    def _stop_chapter(self) -> None:
        self.is_stopped = self.chapter.stopped = True
        vars(self.chapter.results).clear()

    def section(self) -> section.Section:
        """The part as it stands."""
        spec, language = self.chapter.spec, self.chapter.language
        heading = f"heading_{self.id}"
        return section.Section(
            chapter=spec.id,
            id=self.id,
            number=spec.number,
            title=spec.title[language],
            language=language,
            heading=self.chapter.words(heading) if heading in spec.texts else "",
            conclusion=self.conclusion,
            rank=self.rank,
            stopped=self.is_stopped,
            blocks=tuple(self.blocks),
            summary=self.summary,
            results=self.results,
            sources=self.sources,
            terms=self.terms,
        )


def _strings(tree: Any) -> list[str]:
    """All texts in plain data."""
    if isinstance(tree, str):
        return [tree]
    inside = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list | tuple) else ()
    return [text for item in inside for text in _strings(item)]


def _case(entry: Mapping[str, Text], case: int | str | None) -> str:
    if isinstance(case, str):
        return case
    if case is None:
        raise KeyError(f"this text has the cases {', '.join(entry)}; say which")
    if case == 0 and "none" in entry:
        return "none"
    return "one" if case == 1 and "one" in entry else "many"
