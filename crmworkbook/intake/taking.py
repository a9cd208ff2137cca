"""Take over what came back in a workbook: plan, ask, save, and say what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crmworkbook.client import DIMENSIONS, Client, client_path, read_client, said
from crmworkbook.errors import Conflict, SaveError
from crmworkbook.intake.asked import Page, pages, table_of
from crmworkbook.intake.book import Book, ReadPage, open_book
from crmworkbook.intake.cells import Speech
from crmworkbook.intake.plan_lines import plan_lines
from crmworkbook.intake.plan_names import plan_names
from crmworkbook.intake.plan_rows import plan_table
from crmworkbook.intake.weighing import Change, Job, Plan, Refusal, Rules, Write
from crmworkbook.intake.words import IntakeError, say
from crmworkbook.intake.workbook import rows_now
from crmworkbook.saving import save
from crmworkbook.saving.state import read_state
from crmworkbook.text import LANGUAGES, Language, clean, day, parse_date


@dataclass
class Outcome:
    """What came of reading a workbook back.

    Attributes:
        language: Of the workbook.
        taken: What was saved.
        kept: Answers in the folder that are newer than the workbook; they stay.
        emptied: What the workbook no longer has; it stays.
        refused: What could not be read or saved.
        unchanged: Questions and rows that nobody changed.
        notes: What is worth knowing besides.
    """

    language: Language
    taken: list[Change] = field(default_factory=list)
    kept: list[Change] = field(default_factory=list)
    emptied: list[Change] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    unchanged: int = 0
    notes: list[str] = field(default_factory=list)


def read_back(
    given: Path | None,
    file: Path,
    over: bool = False,
    remove: bool = False,
    agreed: Callable[[str], bool] = lambda question: False,
) -> Outcome:
    """Take over the answers of a workbook.

    Args:
        given: Client folder or client file; None for the demo client.
        file: The workbook.
        over: Changed cells of the workbook replace newer answers in the folder.
        remove: What was emptied or taken out in the workbook leaves the folder too.
        agreed: Asked the same when something was and *remove* is not set.

    Raises:
        ClientFileError: the client folder has faults.
        IntakeError: the workbook cannot be read, or is of another client or another form.
    """
    client = read_client(client_path(given))
    book = open_book(file, client.file.language)
    _same_client(book, client, file)
    plan, last = _plan(book, client, Rules(over, remove))
    if plan.emptied and not remove and agreed(say("outcome.remove", book.language, count=len(plan.emptied))):
        plan, last = _plan(book, client, Rules(over, True))
    outcome = Outcome(book.language, [], plan.kept, plan.emptied, plan.refused, plan.unchanged)
    outcome.notes += _notes(book, client)
    for write in [*plan.writes, *last]:
        _save(client.path, write, outcome)
    return outcome


def _same_client(book: Book, client: Client, file: Path) -> None:
    ours = {clean(said(client.file.name, each)).casefold() for each in LANGUAGES}
    theirs = book.meta["client"]
    if not ours & {clean(str(name)).casefold() for name in theirs.values()}:
        places = {"theirs": theirs[book.language], "ours": said(client.file.name, book.language)}
        raise IntakeError(say("faults.other_client", book.language, file=file.name, **places))


def _plan(book: Book, client: Client, rules: Rules) -> tuple[Plan, list[Write]]:
    """What is to happen, in the order in which it must: names before the tables that use them, and out after them."""
    plan, last = Plan(), list[Write]()
    language = book.language
    state = read_state(client.path)
    job = Job(client, state, Speech.of(client, language), rules, plan)
    there = rows_now(client, [page.key for page in book.pages if table_of(page.key, language)], language)
    more = {}
    for page in _kind(book, "names", plan):
        dimension = page.key.partition(":")[2]
        theirs = there.get(page.key, [])
        if not isinstance(theirs, SaveError):
            more[dimension], out = plan_names(job, page, dimension, book.base.get(page.key) or [], theirs)
            last += out
    job = Job(client, state, Speech.of(client, language, more), rules, plan)
    keys = {dimension: set(job.speech.names[dimension]) for dimension in DIMENSIONS}
    for page in (*_kind(book, "chapter", plan), *_kind(book, "assumptions", plan)):
        plan_lines(job, page, book.base)
    for page in _kind(book, "table", plan):
        table = table_of(page.key, language)
        if table is None or not (page.rows or book.base.get(page.key)):
            continue
        theirs = there[page.key]
        if isinstance(theirs, SaveError):
            plan.refused.append(Refusal(page.title, theirs.words[language]))
            continue
        plan_table(job, page, table, book.base.get(page.key) or [], theirs, keys)
    return plan, last


def _kind(book: Book, kind: str, plan: Plan) -> Iterator[ReadPage]:
    for page in book.pages:
        if page.key.partition(":")[0] == kind:
            if page.fault:
                plan.refused.append(Refusal(page.title, page.fault))
            else:
                yield page


def _save(path: Path, write: Write, outcome: Outcome) -> None:
    """Save one field; whoever changed it in this very instant goes first."""
    try:
        saved = save(path, write.field, write.value, seen=write.seen)
    except Conflict:
        outcome.kept += write.changes
    except SaveError as error:
        outcome.refused.append(Refusal(write.changes[0].place, error.words[outcome.language]))
    else:
        outcome.taken += write.changes
        outcome.notes += [note[outcome.language] for note in saved.notes if note[outcome.language] not in outcome.notes]


def _notes(book: Book, client: Client) -> Iterator[str]:
    language = book.language
    if book.meta["as_of"] != client.file.as_of.isoformat():
        dates = {"theirs": day(parse_date(book.meta["as_of"]), language), "ours": day(client.file.as_of, language)}
        yield say("outcome.other_date", language, **dates)
    if book.strangers:
        yield say("outcome.strange_sheets", language, sheets=", ".join(book.strangers))
    there = {page.key for page in book.pages}
    gone = [page.heading for page in pages(client, language) if page.key not in there and _had_something(book, page)]
    if gone:
        yield say("outcome.missing_sheets", language, sheets=", ".join(gone))


def _had_something(book: Book, page: Page) -> bool:
    """Whether a page held anything when the workbook was written; people divide the others among themselves."""
    lines = (book.base.get(line.address) or {} for line in page.lines)
    return bool(book.base.get(page.key)) or any(value is not None for line in lines for value in line.values())
