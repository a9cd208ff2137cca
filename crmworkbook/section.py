"""A section: what a notebook cell shows, and what the report prints. One description, two renderings.

Every string in a block is finished: in one language, numbers as words. On screen a section is HTML; in the
notebook file it also stands as JSON under `MIME`, which is all that the report reads.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Sequence
from html import escape
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crmworkbook.charts.style import with_typeface
from crmworkbook.text import Language, label

MIME = "application/vnd.crmworkbook.section.v1+json"


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Prose(_Block):
    """Running text; ``so`` is the panel that ends a chapter, ``note`` is small print."""

    kind: Literal["prose"] = "prose"
    text: str
    role: Literal["lead", "body", "so", "note", "open", "facilitator"] = "body"


class KeyFigure(_Block):
    """A number, two words, one sentence."""

    value: str
    label: str
    note: str = ""
    rank: int | None = None  # place in the queue for the one-page summary; 1 comes first


class KeyFigures(_Block):
    """Up to four key figures in a row."""

    kind: Literal["key_figures"] = "key_figures"
    items: tuple[KeyFigure, ...]


class Column(_Block):
    """Head of one column; numbers stand right."""

    label: str
    align: Literal["left", "right", "center"] = "left"
    wide: bool = False


class Table(_Block):
    """A table under its claim; *marked* rows are the ones to look at."""

    kind: Literal["table"] = "table"
    claim: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    marked: tuple[int, ...] = ()


class Figure(_Block):
    """A picture under its claim; *alt* says in words what it shows."""

    kind: Literal["figure"] = "figure"
    name: str
    claim: str
    svg: str
    alt: str
    note: str
    half: bool = False


class Answer(_Block):
    """A question and what the client said."""

    question: str
    answer: str = ""
    source: str = ""
    confidence: int | None = None


class Answers(_Block):
    """Questions and answers of a chapter; the unanswered ones stay in sight."""

    kind: Literal["answers"] = "answers"
    title: str
    items: tuple[Answer, ...]


class Scored(_Block):
    """One statement with its mean score and the lowest and highest that anyone gave, all 1 to 5."""

    text: str
    mean: float
    low: float
    high: float
    shown: str  # the mean as words
    target: float | None = None
    marked: bool = False


class Statements(_Block):
    """A list of statements with their scores, whatever they are about; *marked* ones need attention first."""

    kind: Literal["statements"] = "statements"
    claim: str
    items: tuple[Scored, ...]
    note: str
    action: str = ""


class Warning(_Block):
    """A warning rule that was met; severity E stops the chapter, W warns, I informs."""

    kind: Literal["warning"] = "warning"
    id: str
    severity: Literal["E", "W", "I"]
    text: str
    remedy: str


class Sum(_Block):
    """One line of working: about whom, the sum written out."""

    subject: str
    line: str


class Workings(_Block):
    """Show me the sum: a formula in words and every time it was used."""

    kind: Literal["workings"] = "workings"
    title: str
    formula: str
    symbols: str
    source: str
    convention: str = ""
    sums: tuple[Sum, ...]


class Assumed(_Block):
    """An assumption that this chapter used, for appendix A."""

    id: str
    label: str
    value: str
    unit: str
    source: str = ""
    confidence: int | None = None
    origin: Literal["client", "default", "what_if"] = "client"


class Assumptions(_Block):
    """The assumptions of a chapter."""

    kind: Literal["assumptions"] = "assumptions"
    items: tuple[Assumed, ...]


class SummaryItem(_Block):
    """Something for the one-page summary; of the actions, those of the lowest *rank* come first."""

    role: Literal["decision", "condition", "action"]
    text: str
    owner: str = ""
    due: str = ""
    rank: int = 5


Block = Annotated[
    Prose | KeyFigures | Table | Figure | Answers | Statements | Warning | Workings | Assumptions,
    Field(discriminator="kind"),
]


class Section(BaseModel):
    """One part of a chapter.

    Attributes:
        chapter: Chapter id.
        id: Part id, unique in the chapter.
        number, title: The chapter's, repeated so that a section can be read alone.
        conclusion: The chapter's conclusion; given by the part that reaches it.
        rank: Whose conclusion heads the summary; 1 comes first.
        stopped: The part could not be made; its warning or open note says why.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    chapter: str
    id: str
    number: int
    title: str
    language: Language
    heading: str = ""
    conclusion: str = ""
    rank: int | None = None
    stopped: bool = False
    blocks: tuple[Block, ...] = ()
    summary: tuple[SummaryItem, ...] = ()
    results: dict[str, float] = {}
    sources: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {MIME: self.model_dump(mode="json"), "text/html": as_html(self)}


# --- the screen ---------------------------------------------------------------------------------------------------

_STYLE = """<style>
.crmw{font-family:"Source Sans 3","Source Sans Pro","Segoe UI",system-ui,sans-serif;color:#1b2733;background:#fff;
max-width:60rem;line-height:1.45;font-size:15px;padding:.2rem .4rem}
.crmw h1.crmw-h{color:#123a5a;font-size:1.75rem;font-weight:600;margin:.1rem 0 .5rem;line-height:1.2}
.crmw h2.crmw-h{font-size:1.15rem;font-weight:600;color:#123a5a;margin:1rem 0 .3rem}
.crmw .eyebrow{color:#1a6f6a;font-size:.78rem;font-weight:600;letter-spacing:.09em;text-transform:uppercase}
.crmw .claim{font-weight:600;font-size:1.02rem;margin:1rem 0 .3rem}.crmw .note{color:#566570;font-size:.84rem}
.crmw.crmw table{border-collapse:collapse;table-layout:auto;width:100%;font-size:.92rem;margin:.2rem 0;border:0}
.crmw.crmw tr,.crmw.crmw tr:nth-child(n),.crmw.crmw tr:nth-child(n):hover{background:none}
.crmw.crmw th{text-align:left;color:#566570;font-weight:600;font-size:.82rem;vertical-align:bottom;
border:0;border-bottom:1.5px solid #123a5a;padding:.25rem .9rem .25rem 0;max-width:none}
.crmw.crmw td{border:0;border-bottom:1px solid #d5dde2;padding:.3rem .9rem .3rem 0;vertical-align:top;text-align:left;
white-space:pre-line;max-width:none}
.crmw.crmw th.right,.crmw.crmw td.right{text-align:right}.crmw.crmw th.center,.crmw.crmw td.center{text-align:center}
.crmw.crmw tr.marked td{font-weight:600}.crmw .keys{display:flex;flex-wrap:wrap;gap:1.2rem;margin:.8rem 0}
.crmw .key{flex:1 1 10rem;border-top:2px solid #123a5a;padding-top:.4rem}
.crmw .key b{display:block;font-size:1.7rem;font-weight:600;color:#123a5a;line-height:1.2}
.crmw .so{background:#eef2f4;padding:.7rem .9rem;border-radius:3px;margin:1rem 0}.crmw .so b{color:#123a5a}
.crmw .warning,.crmw .open{border-left:3px solid #d98a2b;padding:.1rem 0 .1rem .8rem;margin:.8rem 0}
.crmw .open{border-color:#9aa7b0}
.crmw details{margin:.5rem 0}.crmw summary{cursor:pointer;color:#1a6f6a;font-weight:600}
.crmw .prose{white-space:pre-line;margin:.5rem 0}.crmw img{max-width:100%;height:auto}
</style>"""


def as_html(section: Section, apart: Collection[str] = ()) -> str:
    """The section for the screen; every text is escaped, so that user text stays text.

    Args:
        section: The section.
        apart: Names of figures to leave out; an empty place with ``data-figure`` stands for each.
    """
    parts = [
        part
        for block in section.blocks
        for part in (
            [f'<div class="figure" data-figure="{escape(block.name)}"></div>']
            if isinstance(block, Figure) and block.name in apart
            else _block_html(block, section.language)
        )
    ]
    begins = any(isinstance(block, Prose) and block.role == "lead" for block in section.blocks)
    eyebrow = f'<div class="eyebrow">{section.number} · {escape(section.title)}</div>' if begins else ""
    heading = f'<h2 class="crmw-h">{escape(section.heading)}</h2>' if section.heading else ""
    conclusion = f'<h1 class="crmw-h">{escape(section.conclusion)}</h1>' if section.conclusion else ""
    content = "".join([eyebrow, heading, *parts, conclusion])
    return f'{_STYLE}<div class="crmw" lang="{section.language}">{content}</div>'


def figures_html(section: Section) -> dict[str, str]:
    """The figures of a section for the screen, by name: claim, picture and small print."""
    found = [block for block in section.blocks if isinstance(block, Figure)]
    return {block.name: "".join(_block_html(block, section.language)) for block in found}


def _block_html(block: Any, language: Language) -> Iterator[str]:
    match block:
        case Prose(role="so"):
            yield f'<div class="so"><b>{label("screen.so", language)}</b> {escape(block.text)}</div>'
        case Prose(role="facilitator"):
            plan = f'<div class="prose">{escape(block.text)}</div>'
            yield f"<details><summary>{label('screen.facilitator', language)}</summary>{plan}</details>"
        case Prose():
            yield f'<div class="prose {block.role}">{escape(block.text)}</div>'
        case KeyFigures():
            items = (
                f'<div class="key"><b>{escape(i.value)}</b>{escape(i.label)}{_note(i.note)}</div>' for i in block.items
            )
            yield f'<div class="keys">{"".join(items)}</div>'
        case Table():
            yield f'<div class="claim">{escape(block.claim)}</div>'
            heads = [(column.label, column.align) for column in block.columns]
            yield _table_html(heads, block.rows, block.marked)
            yield _note(block.note)
        case Figure():
            picture = base64.b64encode(with_typeface(block.svg).encode()).decode()
            yield f'<div class="claim">{escape(block.claim)}</div>'
            yield f'<img alt="{escape(block.alt)}" src="data:image/svg+xml;base64,{picture}">'
            yield _note(block.note)
        case Answers():
            heads = [(label(f"screen.{name}", language), "left") for name in ("question", "answer", "source")]
            heads.append((label("screen.confidence", language), "right"))
            missing = label("screen.not_answered", language)
            rows = [(i.question, i.answer or missing, i.source, _shown(i.confidence)) for i in block.items]
            yield f'<div class="claim">{escape(block.title)}</div>{_table_html(heads, rows)}'
        case Statements():
            yield f'<div class="claim">{escape(block.claim)}</div>'
            yield "<table><tbody>" + "".join(map(_scored_html, block.items)) + "</tbody></table>"
            if block.action:
                yield f'<div class="note"><b>{label("screen.first_step", language)}</b> {escape(block.action)}</div>'
            yield _note(block.note)
        case Warning():
            head = f"{label(f'severity.{block.severity}', language)} · {block.id}."
            yield f'<div class="warning"><b>{head}</b> {escape(block.text)} {escape(block.remedy)}</div>'
        case Workings():
            sums = "".join(f"<div><b>{escape(i.subject)}</b> {escape(i.line)}</div>" for i in block.sums)
            note = _note(f"{block.formula} · {block.symbols} · {block.source}")
            summary = f"{label('screen.show_the_sum', language)}: {block.title}"
            yield f"<details><summary>{escape(summary)}</summary>{sums}{note}</details>"


def _table_html(heads: Sequence[tuple[str, str]], rows: Any, marked: tuple[int, ...] = ()) -> str:
    head = "".join(f'<th scope="col" class="{align}">{escape(text)}</th>' for text, align in heads)
    body = []
    for position, row in enumerate(rows):
        cells = "".join(f'<td class="{align}">{escape(cell)}</td>' for cell, (_, align) in zip(row, heads, strict=True))
        body.append(f'<tr class="marked">{cells}</tr>' if position in marked else f"<tr>{cells}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _scored_html(item: Scored) -> str:
    """A row: the statement, a track from 1 to 5 with the mean as a dot on the range of scores, and the mean."""

    def at(score: float) -> float:
        return 6 + 27 * (score - 1)

    colour = "#d98a2b" if item.marked else "#1f8a84"
    target = "" if item.target is None else f'<path d="M{at(item.target)} 3v12" stroke="#1b2733" stroke-width="1.5"/>'
    track = (
        '<svg width="120" height="18" aria-hidden="true"><path d="M6 9h108" stroke="#c9d2d8"/>'
        f'<path d="M{at(item.low)} 9H{at(item.high)}" stroke="{colour}" stroke-width="3" opacity=".45"/>{target}'
        f'<circle cx="{at(item.mean)}" cy="9" r="5" fill="{colour}"/></svg>'
    )
    kind = ' class="marked"' if item.marked else ""
    return f'<tr{kind}><td>{escape(item.text)}</td><td>{track}</td><td class="right">{escape(item.shown)}</td></tr>'


def _note(text: str) -> str:
    return f'<div class="note">{escape(text)}</div>' if text else ""


def _shown(confidence: int | None) -> str:
    return "" if confidence is None else str(confidence)
