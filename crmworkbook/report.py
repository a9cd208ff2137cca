"""The strategy report: run the chapters, collect what they showed, typeset it.

client folder -> executed notebooks -> sections -> report.json + figures -> report.pdf
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from crmworkbook import chapters, kernels, text
from crmworkbook.charts.style import with_typeface
from crmworkbook.client import Client, client_path, read_client, said
from crmworkbook.errors import ReportError
from crmworkbook.run import Progress, run_chapters, sections_of
from crmworkbook.section import Section, SummaryItem
from crmworkbook.text import Language, label
from crmworkbook.transactions.waiting import heard_by, reading_line
from crmworkbook.typeset import read_brand, typeset

APPENDICES = "ABCDEFGH"
_IN_APPENDIX = ("workings", "assumptions")
_BRIEF_APPENDICES = ("assumptions", "warnings")
DATA_QUALITY, MEETING = "data_quality", "meeting"  # parts of a chapter that an appendix prints


def make_report(
    client_file: str | Path | None = None,
    language: Language | None = None,
    output: Path | None = None,
    what_ifs: Mapping[str, float | str] | None = None,
    brief: bool = False,
    progress: Progress = lambda name: None,
    reading: Progress = lambda line: None,
) -> Path:
    """Make the report of one client.

    Args:
        client_file: A client file or folder; None for ``CRMWORKBOOK_CLIENT``, else the demo client.
        language: None for the client's own.
        output: Folder to write; None for ``reports/<client>-<language>`` in the current folder.
        what_ifs: Assumptions to replace in this run only.
        brief: Of each chapter the conclusion, the key figures and the first picture, and two appendices.
        progress: Called with a name when a step is done.
        reading: Called with a line that says how far the reading of the orders is.

    Returns:
        The path of ``report.pdf``; beside it stand ``report.json``, ``figures/`` and ``notebooks/``.

    Raises:
        CrmWorkbookError: says what to correct.
    """
    kernels.warm_up()
    client = read_client(client_path(client_file), what_ifs)
    language = language or client.file.language
    read_brand(client)
    _read_orders(client, language, reading)  # a fault is said before anything runs
    folder = _prepare(output or Path("reports") / f"{client.folder.name}-{language}")
    executed = run_chapters(client, language, folder / "notebooks", progress)
    report = collect(client, language, [sections_of(notebook) for notebook in executed], brief)
    figures = report.pop("figures")
    for name, drawing in figures.items():
        (folder / "figures" / name).write_text(with_typeface(drawing), encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    target = typeset(report, figures, client, folder / "report.pdf")
    progress("PDF")
    return target


def _read_orders(client: Client, language: Language, reading: Progress) -> None:
    if "orders" in client.file.tables:
        reading(reading_line(label("units.orders", language), None, language))
    with heard_by(lambda file, done: reading(reading_line(file, done, language))):
        client.orders  # noqa: B018  # kept with the client


def _prepare(folder: Path) -> Path:
    """The output folder, made and shown to be writable, without the figures of an earlier run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "figures").mkdir(exist_ok=True)
        for old in (folder / "figures").glob("[0-9][0-9]-*.svg"):
            old.unlink()
        (folder / "notebooks").mkdir(exist_ok=True)
    except OSError as error:
        remedy = "choose another folder with --output"
        raise ReportError(f"cannot write to {folder}: {error.strerror or error}; {remedy}") from error
    return folder.absolute()


def collect(client: Client, language: Language, shown: Iterable[list[Section]], brief: bool = False) -> dict[str, Any]:
    """Everything the template needs, as plain data; under ``figures`` file name to SVG."""
    shown = [sections for sections in shown if sections]
    filled = [sections for sections in shown if _has_content(sections)]
    figures: dict[str, str] = {}
    printed = [_chapter(sections, figures) for sections in filled]
    quick = client.file.route == "quick"
    if brief or quick:
        kinds = ("key_figures", "answers", "warning") if quick else ("key_figures",)
        printed = [_shortened(chapter, kinds) for chapter in printed]
        printed[:1] = [chapter | {"break": True} for chapter in printed[:1]]
        figures = {name: drawing for name, drawing in figures.items() if name in _drawn(printed)}
    return {
        "meta": _meta(client, language),
        "labels": _labels(language),
        "summary": _summary(client, language, shown, filled),
        "chapters": printed,
        "appendices": _appendices(client, language, shown, filled, _BRIEF_APPENDICES if brief or quick else ()),
        "reading": label("report.reading", language),
        "front": {"heading": label("report.summary", language)},
        "contents": {"heading": label("report.contents", language), "break": True, "listed": False, "shown": not quick},
        "figures": figures,
    }


def _has_content(sections: list[Section]) -> bool:
    """Whether a chapter has more to print than its own introduction."""
    blocks = [block for part in sections for block in part.blocks]
    answered = any(item.answer for block in blocks if block.kind == "answers" for item in block.items)
    shown = any(block.kind in ("figure", "table", "key_figures", "warning") for block in blocks)
    return answered or shown


def _chapter(sections: list[Section], figures: dict[str, str]) -> dict[str, Any]:
    """One chapter: its conclusion first, its questions and answers last, sums and assumptions in the appendix."""
    first = sections[0]
    blocks: list[dict[str, Any]] = []
    late: list[dict[str, Any]] = []
    for part in sections:
        for block in part.blocks if part.id not in (DATA_QUALITY, MEETING) else ():
            if block.kind in _IN_APPENDIX or (block.kind == "prose" and block.role in ("facilitator", "open")):
                continue
            printed = _printed(block, first, figures)
            (late if block.kind == "answers" or printed.get("role") == "so" else blocks).append(printed)
    late = sorted((b for b in late if b.get("items", True)), key=lambda block: block["kind"] == "answers")
    conclusion = next((part.conclusion for part in reversed(sections) if part.conclusion), "")
    heading = f"{first.number} · {first.title}"
    return {"heading": heading, "conclusion": conclusion, "blocks": _paired(blocks) + late, "break": True}


def _shortened(chapter: dict[str, Any], kinds: tuple[str, ...]) -> dict[str, Any]:
    """A chapter's conclusion, its blocks of these *kinds*, its first picture or table, and what follows from it."""
    first = next((block for block in chapter["blocks"] if block["kind"] in ("figure", "pair", "table")), None)
    kept = [b for b in chapter["blocks"] if b is first or b["kind"] in kinds or b.get("role") == "so"]
    return chapter | {"blocks": kept, "break": False}


def _drawn(printed: list[dict[str, Any]]) -> set[str]:
    blocks = [block for chapter in printed for block in chapter["blocks"]]
    return {item["file"] for block in blocks for item in block.get("items", [block]) if "file" in item}


def _printed(block: Any, first: Section, figures: dict[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = block.model_dump(mode="json")
    if block.kind == "figure":
        name = f"{first.number:02d}-{block.name.replace('_', '-')}.svg"
        figures[name] = data.pop("svg")
        data["file"] = name
    if block.kind == "answers":
        data["items"] = [item for item in data["items"] if item["answer"]]
    return data


def _paired(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same blocks, with two half figures in a row as one pair."""
    paired: list[dict[str, Any]] = []
    for block in blocks:
        last = paired[-1] if paired else {}
        if block.get("half") and last.get("half"):
            paired[-1] = {"kind": "pair", "items": [last, block]}
        else:
            paired.append(block)
    return paired


# --- cover, summary -----------------------------------------------------------------------------------------------


def _meta(client: Client, language: Language) -> dict[str, Any]:
    file, as_of = client.file, client.file.as_of
    name = said(file.name, language)
    kind = label("report.kind", language)
    marks = [label("report.illustrative", language)] if file.illustrative else []
    marks.append(label("report.confidential", language))
    changed = [_override(client, name, language) for name in client.overrides]
    return {
        "title": f"{kind} {name}",
        "kind": kind,
        "client": name,
        "author": said(file.prepared_by, language) or "crmworkbook",
        "prepared_by": said(file.prepared_by, language) or "crmworkbook",
        "description": label("report.description", language),
        "keywords": ["CRM", label("report.kind", language)],
        "language": language,
        "region": {"nl": "NL", "en": "GB"}[language],
        "date": {"year": as_of.year, "month": as_of.month, "day": as_of.day},
        "as_of_line": f"{label('report.as_of', language)} {text.day(as_of, language)}",
        "cover_lines": "\n".join(
            [
                f"{label('report.as_of', language)} {text.day(as_of, language, long=True)}",
                " · ".join(marks),
                *changed,
            ]
        ),
        "running": f"{kind} · {name}",
        "footer": " · ".join([*(m for m in marks if file.illustrative), *changed]) or said(file.prepared_by, language),
        "traceable": label("report.traceable", language),
    }


def _override(client: Client, name: str, language: Language) -> str:
    spec, value = chapters.assumptions()[name], client.overrides[name]
    shown = text.percent(value, language) if spec.kind in ("share", "rate") and isinstance(value, float) else str(value)
    return f"{label('report.what_if', language)}: {spec.label[language].lower()} {shown}"


def _labels(language: Language) -> dict[str, Any]:
    screen = {key: words[language] for key, words in text.labels()["screen"].items()}
    report = {key: words[language] for key, words in text.labels()["report"].items()}
    return screen | report | {"severity": {key: words[language] for key, words in text.labels()["severity"].items()}}


def _summary(
    client: Client, language: Language, shown: list[list[Section]], filled: list[list[Section]]
) -> dict[str, Any]:
    parts = [part for sections in filled for part in sections]
    ranked = sorted((part for part in parts if part.conclusion), key=lambda part: part.rank or 99)
    figures = [item for part in parts for block in part.blocks if block.kind == "key_figures" for item in block.items]
    queue = sorted((item for item in figures if item.rank), key=lambda item: item.rank or 99)
    items = [item for part in parts for item in part.summary]
    serious = [block for part in parts for block in part.blocks if block.kind == "warning" and block.severity != "I"]
    serious.sort(key=lambda block: block.severity != "E")
    first = {block.id: block for block in reversed(serious)}  # one of each rule
    serious = [block for block in serious if first[block.id] is block]
    actions = [[item.text, item.owner, item.due] for item in _actions(filled)[:5]]
    heads = ("action", "owner", "due")
    return {
        "message": ranked[0].conclusion
        if ranked
        else label(f"report.{'begun' if filled else 'nothing_yet'}", language),
        "numbers": [item.model_dump(mode="json") for item in queue[:3]],
        "decisions": [_short(line) for line in _in_turn([i.text for i in items if i.role == "decision"])][:3],
        "conditions": [_short(item.text) for item in items if item.role == "condition"][:4],
        "actions": actions,
        "action_columns": [{"label": label(f"report.{name}", language), "wide": name == "action"} for name in heads],
        "warnings": [block.model_dump(mode="json") for block in serious[:3]] if filled else [],
        "open_columns": [{"label": label(f"report.{name}", language)} for name in ("chapter", "first_question")],
        "open": [_open_row(c, language) for c in chapters.chapters() if c.id not in {s[0].chapter for s in filled}],
    }


def _actions(filled: list[list[Section]]) -> list[SummaryItem]:
    """What to do first: by rank, and within a rank the first of every chapter, then the second of each."""
    queue = []
    for sections in filled:
        listed = [item for part in sections for item in part.summary if item.role == "action"]
        queue += [(item.rank, turn, item) for turn, item in enumerate(listed)]
    return [item for _, _, item in sorted(queue, key=lambda entry: entry[:2])]


def _in_turn(texts: Iterable[str]) -> list[str]:
    """The first line of every text, then the second of each, and so on: a decision stands on each line."""
    lines = [[line for line in words.split("\n") if line.strip()] for words in texts]
    return [line for turn in zip_longest(*lines) for line in turn if line]


def _open_row(chapter: chapters.Chapter, language: Language) -> list[str]:
    first = chapter.questions[0].text[language] if chapter.questions else chapter.question[language]
    return [f"{chapter.number} · {chapter.title[language]}", first]


def _short(words: str, most: int = 230) -> str:
    """The first sentences of a long answer, so that the summary stays one page."""
    if len(words) <= most:
        return words
    cut = words[:most]
    end = max(cut.rfind(stop) for stop in (". ", "! ", "? "))
    return cut[: end + 1] if end > most // 3 else cut.rsplit(" ", 1)[0] + " …"


# --- appendices ---------------------------------------------------------------------------------------------------


def _appendices(
    client: Client,
    language: Language,
    shown: list[list[Section]],
    filled: list[list[Section]],
    only: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """The appendices that have something in them (of *only* these, if any are named), lettered in order."""
    parts = [part for sections in filled for part in sections]
    found = {
        "assumptions": _assumption_table(parts, language),
        "workings": _workings(parts, language),
        "quality": _moved(parts, DATA_QUALITY),
        "warnings": _warnings(parts),
        "meeting": _moved(parts, MEETING),
        "questions": _open_questions(shown, language),
        "sources": _sources(parts, language),
        "glossary": _glossary(parts, language),
    }
    kept = [(name, blocks) for name, blocks in found.items() if blocks and (not only or name in only)]
    return [
        {
            "heading": f"{letter} · {label(f'appendix.{name}.title', language)}",
            "lead": label(f"appendix.{name}.lead", language),
            "blocks": blocks,
            "break": position == 0,
        }
        for position, (letter, (name, blocks)) in enumerate(zip(APPENDICES, kept, strict=False))
    ]


def _assumption_table(parts: list[Section], language: Language) -> list[dict[str, Any]]:
    used = {i.id: i for part in parts for block in part.blocks if block.kind == "assumptions" for i in block.items}
    if not used:
        return []
    heads = ("assumption", "value", "source", "confidence")
    columns = [
        {"label": label(f"assumed.{name}", language), "wide": name in ("assumption", "source"), "align": side}
        for name, side in zip(("id", *heads), ("left", "left", "right", "left", "right"), strict=True)
    ]
    rows = [
        [
            f"A{position}",
            i.label,
            f"{i.value} {i.unit}".strip(),
            i.source if i.origin == "client" else label(f"origin.{i.origin}", language),
            str(i.confidence or "–"),
        ]
        for position, i in enumerate(used.values(), start=1)
    ]
    marked = [position for position, i in enumerate(used.values()) if i.origin == "what_if"]
    return [{"kind": "table", "claim": "", "columns": columns, "rows": rows, "marked": marked}]


def _workings(parts: list[Section], language: Language) -> list[dict[str, Any]]:
    return [block.model_dump(mode="json") for part in parts for block in part.blocks if block.kind == "workings"]


def _warnings(parts: list[Section]) -> list[dict[str, Any]]:
    """Every warning under its chapter."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        raised = [block.model_dump(mode="json") for block in part.blocks if block.kind == "warning"]
        if raised:
            found.setdefault(f"{part.number} · {part.title}", []).extend(raised)
    return [{"kind": "warnings", "title": title, "items": items} for title, items in found.items()]


def _moved(parts: list[Section], name: str) -> list[dict[str, Any]]:
    """The blocks of a part that its chapter does not print: what was said of the rows delivered, or in the workshop."""
    return [block.model_dump(mode="json") for part in parts if part.id == name for block in part.blocks]


def _open_questions(shown: list[list[Section]], language: Language) -> list[dict[str, Any]]:
    """What nobody answered yet, and which tables a chapter still waits for."""
    executed = {sections[0].chapter: sections for sections in shown}
    rows = []
    for chapter in chapters.chapters():
        title = f"{chapter.number} · {chapter.title[language]}"
        if chapter.id in executed:
            blocks = [block for part in executed[chapter.id] for block in part.blocks]
            asked = [i for block in blocks if block.kind == "answers" for i in block.items]
            rows += [[title, item.question] for item in asked if not item.answer]
            rows += [[title, block.text] for block in blocks if block.kind == "prose" and block.role == "open"]
        else:
            rows += [[title, question.text[language]] for question in chapter.questions]
            asked_for = [table for table in chapter.tables if table.id not in chapters.MEETING]
            wanted = text.names([table.label[language] for table in asked_for], language)
            rows += [[title, label("screen.fill_in", language).replace("{what}", wanted)]] if wanted else []
    columns = [
        {"label": label("columns.chapter", language)},
        {"label": label("columns.open", language), "wide": True},
    ]
    return [{"kind": "table", "claim": "", "columns": columns, "rows": rows}] if rows else []


def _sources(parts: list[Section], language: Language) -> list[dict[str, Any]]:
    """Each work once, in the order of its authors, with what is contested about it below."""
    names = dict.fromkeys(name for part in parts for name in part.sources)
    works = [chapters.words("references")[name] for name in names]
    items = sorted([_worded(work["citation"], language), _worded(work.get("note"), language)] for work in works)
    return [{"kind": "works", "items": items}] if items else []


def _glossary(parts: list[Section], language: Language) -> list[dict[str, Any]]:
    names = dict.fromkeys(name for part in parts for name in part.terms)
    entries = [chapters.words("glossary")[name] for name in names]
    items = sorted(
        ([entry["term"][language], entry["meaning"][language]] for entry in entries),
        key=lambda item: item[0].lower(),
    )
    return [{"kind": "definitions", "items": items}] if items else []


def _worded(words: Any, language: Language) -> str:
    return words[language] if isinstance(words, text.Text) else (words or "")
