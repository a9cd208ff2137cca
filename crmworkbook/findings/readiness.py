"""Readiness for CRM: the rules W23 and W28, and what its figures and tables say.

A *reading* chooses the case of a chapter's text and fills its places, so that a claim is what came out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmworkbook import text
from crmworkbook.findings import Finding, Names, Reading
from crmworkbook.findings.support import WEAK
from crmworkbook.models.effort import EquitySplit, effort_shares
from crmworkbook.models.frames import records
from crmworkbook.models.readiness import DONE, PROCESSES, STEPS, Gaps, Maturity, ProcessScores, StepProgress
from crmworkbook.text import Language, label

if TYPE_CHECKING:
    from crmworkbook.chapters import Chapter


USES = ("strategic", "analytical", "operational")
_NAMED = 3  # names in one claim; more would be a list


# --- rules --------------------------------------------------------------------------------------------------


def analysis_without_data(uses: pd.DataFrame) -> list[Finding]:
    """W23: an analytical use of customer data (columns use, kind, source) that names no source."""
    bare = uses[(uses["kind"] == "analytical") & (uses["source"].fillna("").astype(str).str.strip() == "")]
    return [Finding("W23", "analysis_without_data", {"uses": list(bare["use"])})] if len(bare) else []


def effort_adds_up(efforts: pd.DataFrame) -> list[Finding]:
    """W28: shares of the effort (column share) that do not add up to 1, give or take 0.01."""
    if effort_shares(efforts) is not None:
        return []
    return [Finding("W28", "effort_shares", {"total": float(efforts["share"].sum())})]


# --- words --------------------------------------------------------------------------------------------------


def levels(chapter: Chapter, language: Language) -> dict[str, str]:
    """The five levels in order, key to name: the options of the guess."""
    asked = next(question for question in chapter.questions if question.id == "gut_level")
    return {key: words[language] for key, words in asked.options.items()}


def processes(language: Language) -> dict[str, str]:
    """Process to its name."""
    return {process: label(f"readiness.process.{process}", language) for process in PROCESSES}


# --- readings -----------------------------------------------------------------------------------------------


def gap_reading(scores: Gaps, names: Names, language: Language) -> Reading:
    """Where the gap is widest: ``none``, ``few`` (with names), ``many`` or ``equal``."""
    widest = [names[key] for key in scores.widest]
    case = "none" if not widest else "few" if len(widest) <= _NAMED else "many"
    if len(widest) == len(scores.frame) > 1:
        case = "equal"
    listed = [
        f"{names[row['key']]} {text.number(row['now'], language)} → {text.number(row['target'], language)}"
        for row in records(scores.frame)
    ]
    return {"case": case, "widest": widest, "count": len(widest), "areas": len(scores.frame), "listed": listed}


def priority_reading(scores: ProcessScores, names: Names, language: Language) -> Reading:
    """What weighs most among the ten questions: ``none``, ``few`` (with names) or ``many``."""
    largest, questions = scores.largest, scores.questions
    case = "none" if not largest else "few" if len(largest) <= _NAMED else "many"
    listed = [f"{names[q]} {text.number(p, language)}" for q, p in questions[["question", "priority"]].to_numpy()]
    values = {"largest": _called(largest, names), "count": len(largest), "people": int(questions["n"].max())}
    return {"case": case, **values, "questions": len(questions), "listed": listed}


def rule_reading(found: Maturity | None, names: Names) -> Reading:
    """How the level came about: by the ``mean``, ``held`` back by the weakest process, or ``unknown``."""
    if found is None:
        return {"case": "unknown"}
    weakest = {"weakest": _called(found.at, names), "low": found.weakest}
    return {"case": "held" if found.held_back else "mean", "level": found.level, "mean": found.mean, **weakest}


def guess_words(guess: str | None, names: Names) -> str:
    """The level that was guessed, numbered; empty without a guess."""
    return "" if guess is None else f"{list(names).index(guess) + 1} ({names[guess]})"


def split_reading(shares: pd.Series, split: EquitySplit | None, names: Names, language: Language) -> Reading:
    """Effort on acquiring beside the value of new customers: ``new``, ``costly``, or effort ``alone``."""
    listed = [f"{names[str(key)]} {text.percent(share, language, 0)}" for key, share in shares.items()]
    case = "alone" if split is None else "costly" if split.coming <= 0 else "new"
    new = split.new_share if split else 0.0
    return {"case": case, "acquire": float(shares["acquire"]), "new": new, "listed": listed}


def basis_reading(split: EquitySplit | None, rate: float) -> Reading:
    """What customer value stands on, for the small print: ``known`` or ``unknown``."""
    if split is None:
        return {"case": "unknown"}
    sums = {"existing": split.existing, "coming": split.coming, "segments": split.segments}
    return {"case": "known", "rate": rate, **sums}


def step_rows(found: StepProgress, names: Names, language: Language) -> pd.DataFrame:
    """The five steps as a table: ``step, status, owner, due, remark`` in words; what is missing is None."""
    rows = [
        (
            f"{number}. {names[row['step']][:1].upper()}{names[row['step']][1:]}",
            label(f"readiness.status.s{row['status']}", language),
            row["owner"],
            row["due"],
            _remark(row, language) or None,
        )
        for number, row in enumerate(records(found.frame), start=1)
    ]
    return pd.DataFrame(rows, columns=["step", "status", "owner", "due", "remark"], dtype=object)


def _remark(row: Mapping[Any, Any], language: Language) -> str:
    said = []
    for fault in ("ahead_of", "due_before"):
        if row[fault]:
            words = label(f"readiness.remark.{fault}", language)
            said.append(words.format(number=STEPS.index(row[fault]) + 1))
    said += [label("readiness.remark.overdue", language)] if row["overdue"] else []
    bare = not row["owner"] and 0 < row["status"] < DONE
    said += [label("readiness.remark.no_owner", language)] if bare else []
    return "; ".join(said)


def step_reading(found: StepProgress, names: Names) -> Reading:
    """Whether the steps are taken in order: ``none`` begun, ``all`` taken, in ``order``, or some run ``ahead``."""
    frame = found.frame
    off = frame["ahead_of"].notna() | frame["due_before"].notna()
    case = "none" if not found.progress else "all" if found.next is None else "order"
    ahead = _called(list(frame["step"][off]), names)
    return {"case": case if found.in_order else "ahead", "ahead": ahead, "marked": list(frame.index[off])}


def next_step(found: StepProgress, names: Names) -> Reading:
    """The first step that is not done: number, step (words), owner and due; empty when all are done."""
    if found.next is None:
        return {}
    row = found.frame.set_index("step").loc[found.next]
    values = {"number": STEPS.index(found.next) + 1, "step": names[found.next]}
    return {**values, "owner": row["owner"] or "", "due": row["due"]}


def use_rows(uses: pd.DataFrame, sources: pd.DataFrame | None) -> pd.DataFrame:
    """Uses by kind, each with the quality of its source where the table of sources has scored it.

    Args:
        uses: Columns use, kind, source (words).
        sources: Columns source (words), quality (1 to 5); None without that table.
    """
    known = {} if sources is None else dict(zip(sources["source"], sources["quality"], strict=True))
    rows = uses.sort_values("kind", key=lambda kinds: kinds.map(USES.index), kind="stable").reset_index(drop=True)
    bare = rows["source"].fillna("").astype(str).str.strip() == ""
    rows["source"] = rows["source"].where(~bare, None)
    rows["quality"] = [float(known.get(source, float("nan"))) for source in rows["source"]]
    rows["weak"] = ((rows["kind"] == "analytical") & bare) | (rows["quality"] <= WEAK)
    return rows


def use_reading(rows: pd.DataFrame, names: Names) -> Reading:
    """What customer data serve: a kind is ``missing``, one comes ``most``, or none prevails (``level``)."""
    counts = rows["kind"].value_counts().reindex(list(USES)).fillna(0).astype(int)
    missing = _called([kind for kind in USES if not counts[kind]], names)
    top = list(counts.index[counts == counts.max()])
    case = "missing" if missing else "most" if len(top) == 1 else "level"
    values = {"missing": missing, "top": names[str(top[0])], "count": int(counts.max()), "total": len(rows)}
    return {"case": case, **values, "marked": list(rows.index[rows["weak"]])}


def contribution_rows(contributions: pd.DataFrame) -> pd.DataFrame:
    """The contributions with None where nothing is said."""
    return contributions.astype(object).where(contributions.map(lambda words: bool(str(words or "").strip())), None)


def contribution_reading(rows: pd.DataFrame) -> Reading:
    """Departments (columns department, contribution) that cannot say yet what they contribute."""
    bare = rows["contribution"].isna()
    silent = list(rows["department"][bare])
    return {"case": len(silent), "silent": silent, "count": len(silent), "marked": list(rows.index[bare])}


def verdict(
    level: Reading, largest: Sequence[str] | None, areas: Gaps | None, steps: Reading, ahead: Sequence[str]
) -> tuple[str, str, Reading]:
    """The chapter's conclusion and its next step: two cases and the values of their places.

    Args:
        level: level and name, when there is one; else empty.
        largest: What weighs most among the ten questions, in words; None when they were not scored.
        areas: Scores of the eight areas, if there are any.
        steps: What `next_step` gave; empty when all steps are done or none is known.
        ahead: Steps that run ahead, in words.
    """
    values: Reading = {"largest": list(largest or [])[:_NAMED], "ahead": list(ahead), **level, **steps}
    if level:
        conclusion = "level" if largest else "reached"
        values["first"] = largest[0] if largest else ""
    else:
        conclusion = "areas" if areas else "begun"
        values |= {"now": areas.now, "target": areas.target} if areas else {}
    if largest:
        return conclusion, "order" if ahead and steps else "gaps", values
    return conclusion, "score" if largest is None else "steps" if steps else "keep", values


def _called(keys: Sequence[str], names: Names) -> list[str]:
    return [names[key] for key in keys]
