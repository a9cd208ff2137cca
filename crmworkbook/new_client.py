"""``crmworkbook new``: a client folder with every question in it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from string import Template

from crmworkbook import chapters, files, text
from crmworkbook.errors import CrmWorkbookError, ReportError
from crmworkbook.privacy import make_key
from crmworkbook.text import Language, clean
from crmworkbook.transactions.ledger import KINDS


@dataclass(frozen=True)
class QuickStart:
    """What the quick route asks.

    Attributes:
        answers: Question (``chapter.question``) to the answer in words, or to a number; what is skipped is absent.
        segments: Name of a segment to its customers at the start of the year, how many of those left, and its
            contribution in the year.
    """

    answers: Mapping[str, str | float] = field(default_factory=dict)
    segments: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)


def new_client(
    folder: Path, language: Language, name: str, created: date | None = None, quick: QuickStart | None = None
) -> Path:
    """Make *folder* with an empty client file; an existing one is never touched.

    Args:
        folder: Where; made when it is not there.
        language: Language of the client, and of the questions in the file.
        name: Name of the client.
        created: The day of making; the base date becomes the end of the year before. Today when None: this is the
            one place that asks the clock, and it writes down what it found.
        quick: For the quick route: ten questions first, all others below them, and what was answered already.

    Returns:
        The client file.

    Raises:
        CrmWorkbookError: there is a client file already.
        ReportError: the folder cannot be written.
    """
    path = refuse_existing(folder)
    year_end = date((created or date.today()).year - 1, 12, 31)
    template = Template((files.templates() / "client" / "client.yaml").read_text(encoding="utf-8"))
    # a JSON string is a YAML string, whatever the name holds
    quoted = json.dumps(clean(name) or "?", ensure_ascii=False)
    content = template.substitute(
        name=quoted,
        language=language,
        as_of=year_end.isoformat(),
        assumptions=_assumptions(language),
        answers=_answers(language) if quick is None else _quick_answers(language, quick),
        tables=_tables(language),
    )
    if quick is not None:
        content = _quick_head(content, language, quick)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
        make_key(folder)
    except OSError as error:
        raise ReportError(f"cannot write {path}: {error.strerror or error}; choose another folder") from error
    return path


def refuse_existing(folder: Path) -> Path:
    """The client file that *folder* is to hold.

    Raises:
        CrmWorkbookError: it is there already.
    """
    path = folder / "client.yaml"
    if path.exists():
        raise CrmWorkbookError(f"{path} is there already; choose another folder")
    return path


def _quick_head(content: str, language: Language, quick: QuickStart) -> str:
    """The same file with the quick route switched on and its segments and their three numbers in place."""
    note = "# a report of five pages; delete this line for the full one, everything filled in stays"
    content = content.replace("currency: EUR\n", f"currency: EUR\nroute: quick            {note}\n", 1)
    keys = {f"segment_{position}": given for position, given in enumerate(quick.segments, start=1)}
    named = "".join(f"  {key}: {json.dumps(given, ensure_ascii=False)}\n" for key, given in keys.items())
    if named:
        content = re.sub(r"^segments: \{\}.*\n", lambda _: f"segments:\n{named}", content, flags=re.M)
    counts, money = [], []
    for key, given in keys.items():
        # never 1e+06, which YAML reads as a word
        start, lost, contribution = (f"{number:.2f}".rstrip("0").rstrip(".") for number in quick.segments[given])
        counts.append(f"    - {{segment: {key}, customers_start: {start}, customers_lost: {lost}}}\n")
        money.append(f"    - {{segment: {key}, contribution: {contribution}}}\n")
    example = (
        "    # - {segment: offices, customers_start: 198, customers_lost: 32}\n",
        "    # - {segment: offices, contribution: 415000}\n",
    )
    words = text.labels()["quick"]
    rows = (
        f"tables:\n  # {words['counts'][language]}\n  segments:\n{''.join(counts) or example[0]}"
        f"  # {words['contribution'][language]}\n  segment_costs:\n{''.join(money) or example[1]}"
    )
    return content.replace("tables: {}\n", rows, 1)


def quick_questions() -> list[tuple[str, chapters.Question]]:
    """The ten questions of the quick route, as ``chapter.question`` and the question."""
    return [
        (f"{chapter.id}.{question.id}", question)
        for chapter in chapters.chapters()
        for question in chapter.questions
        if question.quick
    ]


def _quick_answers(language: Language, quick: QuickStart) -> str:
    """The ten questions with what was answered; all the others below, for later."""
    lines = []
    for key, question in quick_questions():
        given = quick.answers.get(key)
        shown = (
            ""
            if given is None
            else f" {{{'text' if isinstance(given, str) else 'value'}: {json.dumps(given, ensure_ascii=False)}}}"
        )
        lines += [f"  # {question.text[language]}", f"  {key}:{shown}"]
    asked = {key for key, _ in quick_questions()}
    rest = _answers(language, leave_out=asked)
    return "\n".join([*lines, "", f"  # {text.labels()['quick']['later'][language]}"]) + "\n" + rest


def _assumptions(language: Language) -> str:
    lines = []
    for spec in chapters.assumptions().values():
        default = "" if spec.default is None else f" ({spec.default:g})" if isinstance(spec.default, float) else ""
        choices = f" [{', '.join(spec.options)}]" if spec.options else ""
        lines.append(f"#   {spec.id}: {spec.label[language]}{default}{choices}")
    return "\n".join(lines) + "\n"


def _answers(language: Language, leave_out: Collection[str] = ()) -> str:
    lines = []
    for chapter in chapters.chapters():
        lines.append(f"\n  # {chapter.number} · {chapter.title[language]}")
        for question in chapter.questions:
            if f"{chapter.id}.{question.id}" in leave_out:
                continue
            options = f" [{', '.join(question.options)}]" if question.options else ""
            lines += [f"  # {question.text[language]}{options}", f"  {chapter.id}.{question.id}:"]
    return "\n".join(lines) + "\n"


def _tables(language: Language) -> str:
    lines = []
    for chapter in chapters.chapters():
        lines += [f"#\n# {chapter.number} · {chapter.title[language]}"] if chapter.tables else []
        for table in chapter.tables:
            columns = ", ".join(map(_column, table.columns))
            lines.append(f"#   {table.id}: {table.id}.csv\n#      {columns}")
    lines += ["#\n#   orders: orders.csv", "#      customer, date, amount, [order]"]
    lines += ["#   cost_ledger: cost_ledger.csv", f"#      customer or segment, [{'], ['.join(KINDS)}]"]
    lines += ["#      or: customer or segment, kind, amount, [date]"]
    return "\n".join(lines) + "\n"


def _column(column: chapters.Column) -> str:
    choices = f" ({' | '.join(column.options)})" if column.options else ""
    optional = not column.required or column.default is not None
    return f"[{column.id}]{choices}" if optional else f"{column.id}{choices}"
