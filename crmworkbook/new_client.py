"""``crmworkbook new``: a client folder with every question in it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from string import Template

from crmworkbook import chapters, files
from crmworkbook.errors import CrmWorkbookError, ReportError
from crmworkbook.text import Language, clean


def new_client(folder: Path, language: Language, name: str, created: date | None = None) -> Path:
    """Make *folder* with an empty client file; an existing one is never touched.

    Args:
        folder: Where; made when it is not there.
        language: Language of the client, and of the questions in the file.
        name: Name of the client.
        created: The day of making; the base date becomes the end of the year before. Today when None: this is the
            one place that asks the clock, and it writes down what it found.

    Returns:
        The client file.

    Raises:
        CrmWorkbookError: there is a client file already.
        ReportError: the folder cannot be written.
    """
    path = folder / "client.yaml"
    if path.exists():
        raise CrmWorkbookError(f"{path} is there already; choose another folder")
    year_end = date((created or date.today()).year - 1, 12, 31)
    template = Template((files.templates() / "client" / "client.yaml").read_text(encoding="utf-8"))
    # a JSON string is a YAML string, whatever the name holds
    quoted = json.dumps(clean(name) or "?", ensure_ascii=False)
    content = template.substitute(
        name=quoted,
        language=language,
        as_of=year_end.isoformat(),
        assumptions=_assumptions(language),
        answers=_answers(language),
        tables=_tables(language),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ReportError(f"cannot write {path}: {error.strerror or error}; choose another folder") from error
    return path


def _assumptions(language: Language) -> str:
    lines = []
    for spec in chapters.assumptions().values():
        default = "" if spec.default is None else f" ({spec.default:g})" if isinstance(spec.default, float) else ""
        choices = f" [{', '.join(spec.options)}]" if spec.options else ""
        lines.append(f"#   {spec.id}: {spec.label[language]}{default}{choices}")
    return "\n".join(lines) + "\n"


def _answers(language: Language) -> str:
    lines = []
    for chapter in chapters.chapters():
        lines.append(f"\n  # {chapter.number} · {chapter.title[language]}")
        for question in chapter.questions:
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
    return "\n".join([*lines, "#\n#   orders: orders.csv", "#      customer, date, amount, [order]"]) + "\n"


def _column(column: chapters.Column) -> str:
    choices = f" ({' | '.join(column.options)})" if column.options else ""
    optional = not column.required or column.default is not None
    return f"[{column.id}]{choices}" if optional else f"{column.id}{choices}"
