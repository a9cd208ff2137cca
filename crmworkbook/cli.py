"""The commands: ``crmworkbook new | intake | open | present | check | report | round | history``."""

from __future__ import annotations

import math
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from crmworkbook.new_client import QuickStart

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="A CRM strategy workbook: from a client folder to a report.",
)

Folder = Annotated[
    Path | None,
    typer.Argument(help="Client folder or client.yaml; without it the demo client.", show_default=False),
]
LanguageOption = Annotated[
    Literal["nl", "en"] | None,
    typer.Option("--language", "-l", help="Language; the client's own if not given."),
]


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make.")],
    language: Annotated[Literal["nl", "en"], typer.Option("--language", "-l", help="Language of the client.")] = "nl",
    name: Annotated[str, typer.Option(help="Name of the client; the folder's name if not given.")] = "",
    quick: Annotated[
        bool, typer.Option("--quick", help="Ten questions and three numbers a segment, for a report of five pages.")
    ] = False,
) -> None:
    """Make a new client folder with an empty client file, every question in it."""
    from crmworkbook.new_client import new_client, refuse_existing

    refuse_existing(folder)  # before anybody has typed ten answers for nothing
    answered = _ask_quickly(language) if quick else None
    path = new_client(folder, language, name or folder.name, quick=answered)
    typer.echo(f"Made {path}\nFill it in, then: crmworkbook check {folder}")


@app.command()
def intake(
    folder: Annotated[Path, typer.Argument(help="Client folder.")],
    file: Annotated[
        Path | None,
        typer.Argument(help="Workbook that came back; without it a new one is written.", show_default=False),
    ] = None,
    language: LanguageOption = None,
    over: Annotated[
        bool, typer.Option("--over", help="Answers of the workbook replace newer ones; or write over an old workbook.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take out of the folder what was emptied or removed in the workbook.")
    ] = False,
) -> None:
    """Write an Excel workbook for the client to fill in beforehand, or take over one that came back."""
    from rich.console import Console

    from crmworkbook.intake import print_outcome, print_written, read_back, write_workbook

    if file is None:
        print_written(write_workbook(folder, language, over), Console())
        return
    ask = typer.confirm if sys.stdin.isatty() else (lambda question: False)
    outcome = read_back(folder, file, over, remove, ask)
    print_outcome(outcome, Console())
    raise typer.Exit(1 if outcome.refused else 0)


Port = Annotated[int, typer.Option(help="Port on this machine; a free one if not given.", show_default=False)]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")]


@app.command(name="open")
def open_(
    folder: Annotated[Path, typer.Argument(help="Client folder.")], port: Port = 0, browser: Browser = True
) -> None:
    """Work on the chapters of a client in JupyterLab, until Ctrl-C."""
    from crmworkbook.workshop import hold_workshop

    hold_workshop(folder, "lab", port, browser, typer.echo)


@app.command()
def present(
    folder: Annotated[Path, typer.Argument(help="Client folder.")], port: Port = 0, browser: Browser = True
) -> None:
    """Show the chapters of a client as pages without code, to fill in before a group, until Ctrl-C."""
    from crmworkbook.workshop import hold_workshop

    hold_workshop(folder, "voila", port, browser, typer.echo)


@app.command()
def check(folder: Folder = None) -> None:
    """Say what is wrong in a client folder, what is unanswered, and which warnings its figures give."""
    from crmworkbook.checking import check_client

    raise typer.Exit(check_client(folder))


@app.command()
def report(
    folder: Folder = None,
    language: LanguageOption = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for the report; reports/<client>-<language> if not given."),
    ] = None,
    brief: Annotated[
        bool, typer.Option("--brief", help="The short edition: of each chapter what matters most, no workings.")
    ] = False,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="An assumption for this run only, as discount_rate=0.08."),
    ] = None,
) -> None:
    """Make the PDF strategy report."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    from crmworkbook.chapters import chapters
    from crmworkbook.report import make_report

    what_ifs = dict(_setting(entry) for entry in set_ or [])
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("report", total=len(chapters()) + 1)
        path = make_report(
            folder,
            language,
            output,
            what_ifs,
            brief,
            progress=lambda done: bar.update(task, advance=1, description=done),
            reading=lambda line: bar.update(task, description=line),
        )
    typer.echo(path)


@app.command()
def key(folder: Annotated[Path, typer.Argument(help="Client folder.")]) -> None:
    """Make the key that turns customer numbers into pseudonyms; one that is there stays."""
    from crmworkbook.client import client_path
    from crmworkbook.errors import ReportError
    from crmworkbook.privacy import make_key

    place = client_path(folder).parent
    try:
        typer.echo(make_key(place))
    except OSError as error:
        raise ReportError(f"cannot write in {place}: {error.strerror or error}; check your rights") from error


@app.command(name="round")
def round_(
    folder: Annotated[Path, typer.Argument(help="Client folder.")],
    name: Annotated[str, typer.Argument(help="Name of the round, such as 2025-q4.")],
) -> None:
    """Keep the client folder as it is now under a name; later reports compare with the last round."""
    from crmworkbook.client import client_path, read_client
    from crmworkbook.rounds import keep_round

    client = read_client(client_path(folder))
    typer.echo(f"Kept {keep_round(client, name)}")
    typer.echo(f"For the next round: bring the tables up to date and change as_of (now {client.file.as_of}) in")
    typer.echo(f"{client.path}; crmworkbook report then compares with this one.")


@app.command()
def history(
    folder: Folder = None,
    show: Annotated[
        int | None, typer.Option("--show", help="Say what a version changed, and what was changed since.")
    ] = None,
    restore: Annotated[
        int | None, typer.Option("--restore", help="Put a version back; what is there now is kept as one.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Restore without asking.")] = False,
    language: LanguageOption = None,
) -> None:
    """List the earlier versions of a client folder, show one, or put one back."""
    from crmworkbook.version_list import list_versions, restore_version, show_version

    if restore is not None:
        restore_version(folder, restore, language, lambda question: yes or typer.confirm(question))
    elif show is not None:
        show_version(folder, show, language)
    else:
        list_versions(folder, language)


def _ask_quickly(language: Literal["nl", "en"]) -> QuickStart:
    """Ask the ten questions and the three numbers at the keyboard; nothing where nobody sits at one."""
    from crmworkbook.new_client import QuickStart, quick_questions
    from crmworkbook.text import labels

    if not sys.stdin.isatty():
        return QuickStart()
    words = {key: entry[language] for key, entry in labels()["quick"].items()}
    typer.echo(words["skip"])
    answers: dict[str, str | float] = {}
    for key, question in quick_questions():
        process = partial(_number_or_nothing, language=language) if question.kind == "money" else str.strip
        given = typer.prompt(
            question.text[language], default="", show_default=False, prompt_suffix=" ", value_proc=process
        )
        if given != "":
            answers[key] = given
    segments: dict[str, tuple[float, float, float]] = {}
    named = typer.prompt(words["segments"], default="", show_default=False).split(",")
    for segment in dict.fromkeys(filter(None, map(str.strip, named))):
        ask = {what: words[what].replace("{segment}", segment) for what in ("start", "lost", "earned")}
        start = typer.prompt(ask["start"], value_proc=partial(_count, language=language))
        lost = typer.prompt(ask["lost"], value_proc=partial(_count, language=language, most=start))
        segments[segment] = (
            start,
            lost,
            typer.prompt(ask["earned"], value_proc=partial(_number, language=language)),
        )
    return QuickStart(answers, segments)


def _number_or_nothing(given: str, language: Literal["nl", "en"]) -> float | str:
    return _number(given, language) if given.strip() else ""


def _count(given: str, language: Literal["nl", "en"], most: float = math.inf) -> float:
    """A number of customers: whole, not below zero, and not above *most*."""
    number = _number(given, language)
    if number < 0 or number > most or not number.is_integer():
        limit = f"between 0 and {most:.0f}" if math.isfinite(most) else "of 0 or more"
        raise typer.BadParameter(f"{given!r} cannot be; write a whole number {limit}")
    return number


def _number(given: str, language: Literal["nl", "en"]) -> float:
    """A number as people type it in the language of the questions."""
    from crmworkbook.forms.typed import parse_number

    number = parse_number(given, language)
    if number is None:
        raise typer.BadParameter(f"{given!r} is not a number; write digits, such as 1250")
    return number


def _setting(entry: str) -> tuple[str, float | str]:
    from crmworkbook.errors import ParameterError

    name, equals, value = entry.partition("=")
    if not equals:
        raise ParameterError(f"--set {entry}: write a name and a value, as --set discount_rate=0.08")
    try:
        return name.strip(), float(value)
    except ValueError:
        return name.strip(), value.strip()


def main() -> None:
    """Run the command line; a mistake of the user is one message, not a traceback."""
    from crmworkbook.errors import CrmWorkbookError

    try:
        app()
    except CrmWorkbookError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
