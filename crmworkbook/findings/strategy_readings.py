"""What the figures and tables of the business strategy say.

A *reading* chooses the case of a chapter's text and fills its places, so that a claim is what came out.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from crmworkbook import text
from crmworkbook.client import said
from crmworkbook.findings import Reading
from crmworkbook.findings.support import inside
from crmworkbook.models.frames import records
from crmworkbook.models.statements import StatementScores
from crmworkbook.models.strategy import (
    CASCADE,
    DISCIPLINES,
    DISTINCTIVENESS_TESTS,
    OWN_PARTY,
    CompetitorProfile,
    DistinctivenessGate,
    FiveForces,
    GoalCascade,
    ValueChain,
    ValueDisciplines,
)
from crmworkbook.text import Language, label

if TYPE_CHECKING:
    from crmworkbook.chapters import Chapter, Statement
    from crmworkbook.client import Client

_NAMED = 2  # names in one claim; more would be a list
_MARKED = 4  # the two lowest, and those that tie with them; more would mark the list


# --- what was answered --------------------------------------------------------------------------------------


def is_started(client: Client, chapter: Chapter) -> bool:
    """Whether the client gave this chapter anything: an answer or a table."""
    answered = any(client.answer(f"{chapter.id}.{question.id}") for question in chapter.questions)
    return answered or any(table.id in client.tables for table in chapter.tables)


def answers_of(client: Client, chapter: Chapter, language: Language) -> pd.DataFrame:
    """Question (index) to ``words`` (empty when unanswered) and ``confidence`` (1 to 5 or None)."""
    rows = {}
    for question in chapter.questions:
        answer = client.answer(f"{chapter.id}.{question.id}")
        rows[question.id] = (said(answer.text, language), answer.confidence) if answer else ("", None)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["words", "confidence"], dtype=object)


def parties(competitors: Mapping[str, str], language: Language) -> dict[str, str]:
    """Us and the declared competitors, key to name."""
    return {OWN_PARTY: label("screen.us", language), **competitors}


# --- readings -----------------------------------------------------------------------------------------------


def cascade_rows(answers: pd.DataFrame, language: Language) -> pd.DataFrame:
    """From vision to strategy as a table: ``level, words``; an empty level has None."""
    rows = [(label(f"cascade.{level}", language), core(answers["words"].get(level, "")) or None) for level in CASCADE]
    return pd.DataFrame(rows, columns=["level", "words"], dtype=object)


def objective_rows(objectives: pd.DataFrame, language: Language, currency: str) -> pd.DataFrame:
    """The objectives as a table: ``objective, kpi, target, due`` in words; what is missing is None.

    Args:
        objectives: Columns objective, kpi, target, unit, due.
        language: Language of words and numbers.
        currency: Of targets in money.
    """
    rows = [
        (
            row["objective"],
            None if pd.isna(row["kpi"]) or not row["kpi"] else row["kpi"],
            _target(row["target"], row["unit"], language, currency),
            None if pd.isna(row["due"]) else text.day(row["due"], language),
        )
        for row in records(objectives)
    ]
    return pd.DataFrame(rows, columns=["objective", "kpi", "target", "due"], dtype=object)


def _target(target: float, unit: str | None, language: Language, currency: str) -> str | None:
    if pd.isna(target):
        return None
    if unit == "share":
        return text.percent(target, language, 0 if round(target * 100, 6).is_integer() else 1)
    if unit == "money":
        return text.money(target, language, currency)
    return text.number(target, language, 0 if float(target).is_integer() else 2)


def core(words: str) -> str:
    """The first sentence, cut at two hundred characters."""
    sentence = re.split(r"(?<=[.!?])\s", words.strip(), maxsplit=1)[0]
    return textwrap.shorten(sentence, 200, placeholder=" …")


def cascade_reading(cascade: GoalCascade, language: Language) -> Reading:
    """Which levels are missing."""
    levels = [inside(label(f"cascade.{level}", language)) for level in cascade.missing]
    case = "complete" if not levels else "broken" if len(levels) < len(CASCADE) else "empty"
    return {"case": case, "levels": levels, "marked": _places(CASCADE, cascade.missing)}


def objectives_reading(cascade: GoalCascade) -> Reading:
    """How many objectives can be measured."""
    count, measurable = len(cascade.gaps), cascade.measurable
    case = "all" if measurable == count else "none" if not measurable else "some"
    marked = [position for position, gap in enumerate(cascade.gaps) if gap]
    return {"case": case, "count": count, "measurable": measurable, "marked": marked}


def gate_rows(answers: pd.DataFrame, gate: DistinctivenessGate, language: Language) -> pd.DataFrame:
    """The three tests as a table: ``test, words, light, confidence``."""
    rows = [
        (
            label(f"distinctiveness.{test}", language),
            core(answers["words"].get(test, "")) or None,
            label(f"light.{gate.light[test]}", language),
            answers["confidence"].get(test),
        )
        for test in DISTINCTIVENESS_TESTS
    ]
    return pd.DataFrame(rows, columns=["test", "words", "light", "confidence"], dtype=object)


def gate_reading(gate: DistinctivenessGate, language: Language) -> Reading:
    """Whether the gate is open, open on a guess, or shut; ``tests`` are those to work on."""
    found, word = (gate.missing, "closed") if gate.missing else (gate.weak, "weak")
    case = f"{word}_{'one' if len(found) == 1 else 'many'}" if found else "open"
    work = (*gate.missing, *gate.weak)
    return {
        "case": case,
        "count": len(found),
        "tests": [inside(label(f"distinctiveness.{test}", language)) for test in work],
        "marked": _places(DISTINCTIVENESS_TESTS, work),
    }


def pressure_reading(forces: FiveForces, language: Language) -> Reading:
    """Which force presses hardest; none when all press alike."""
    scored = int(forces.scores.count())
    case = "equal" if len(forces.strongest) == scored else "one" if len(forces.strongest) == 1 else "many"
    ordered = forces.scores.dropna().sort_values(ascending=False, kind="stable")
    listed = [f"{inside(label(f'force.{key}', language))} {_score(score, language)}" for key, score in ordered.items()]
    return {
        "case": "one" if scored == 1 else case,
        "strongest": [inside(label(f"force.{force}", language)) for force in forces.strongest],
        "mean": forces.mean,
        "scored": scored,
        "listed": listed,
    }


def discipline_reading(result: ValueDisciplines, language: Language) -> Reading:
    """Where we lead and whether the rest reaches the threshold."""
    own, rivals = result.means.loc[OWN_PARTY].to_dict(), result.means.drop(index=OWN_PARTY)
    checked = result.thresholds
    below = list(checked["discipline"][(~checked["meets"].fillna(True)).astype(bool)])
    return {
        "case": _discipline_case(result, below),
        "lead": _shorts([result.lead] if result.lead else result.tied, language),
        "below": _shorts(below, language),
        "rivals": int(rivals.notna().any(axis=1).sum()),
        "basis": result.basis if checked["threshold"].notna().any() else "none",
        "own": [f"{_short(key, language)} {_score(own[key], language, 1)}" for key in DISCIPLINES],
    }


def _discipline_case(result: ValueDisciplines, below: list[str]) -> str:
    if result.lead is None:
        return "tied" if result.tied and result.means.loc[OWN_PARTY].notna().all() else "incomplete"
    rivals = result.means[result.lead].drop(OWN_PARTY).dropna()
    if rivals.empty:
        return "alone"
    if rivals.max() >= result.means.at[OWN_PARTY, result.lead]:
        return "behind"
    return "leads_below" if below else "leads"


def statement_rows(
    scores: pd.DataFrame, ours: StatementScores, statements: Sequence[Statement], language: Language
) -> pd.DataFrame:
    """Our statements as a table: ``statement, discipline, mean, market, lowest``; market: the others."""
    frame = ours.frame.set_index("statement")
    own, lowest = frame["mean"], frame["lowest"]
    market = scores[scores["party"] != OWN_PARTY].groupby("statement")["score"].mean()
    if lowest.sum() > _MARKED:
        lowest &= own < own[lowest].max()
    rows = [
        (
            statement.text[language],
            label(f"discipline.{_discipline(statement.id)}.name", language),
            float(own[statement.id]),
            float(market.get(statement.id, float("nan"))),
            bool(lowest[statement.id]),
        )
        for statement in statements
        if statement.id in own.index
    ]
    return pd.DataFrame(rows, columns=["statement", "discipline", "mean", "market", "lowest"])


def statement_reading(rows: pd.DataFrame, ours: StatementScores) -> Reading:
    """Under which disciplines our lowest scores fall."""
    lowest = rows[rows["lowest"]]
    where = list(lowest["discipline"].unique())
    case = "equal" if lowest.empty else "one" if len(where) == 1 else "many"
    return {"case": case, "where": where, "mean": ours.mean, "marked": list(lowest.index)}


def profile_reading(profile: CompetitorProfile, names: Mapping[str, str], language: Language) -> Reading:
    """Where nobody matches us and where somebody is better, the heaviest gaps first."""
    ordered = profile.best.sort_values("weighted_gap", kind="stable")
    behind = [inside(name) for name in ordered["factor"][ordered["standing"] == "behind"]]
    ahead = [inside(name) for name in ordered["factor"][ordered["standing"] == "ahead"]][::-1]
    rivals = len(profile.means) - 1
    case = f"{'ahead' if ahead else ''}{'behind' if behind else ''}" or "level"
    means = profile.means[["party", "weighted_mean"]].dropna()
    return {
        "case": "alone" if not rivals or (profile.best["standing"] == "none").all() else case,
        "ahead": ahead[:_NAMED],
        "behind": behind[:_NAMED],
        "factors": len(profile.best),
        "rivals": rivals,
        "means": [f"{names.get(p, p)} {text.number(mean, language, 2)}" for p, mean in means.to_numpy()],
    }


def chain_reading(chain: ValueChain, language: Language) -> Reading:
    """What customers value most, and what costs most for the value it gives."""
    activities = chain.activities.set_index("activity")
    value, difference = activities["customer_value"], activities["difference"]
    best = list(value.index[value == value.max()])
    costly = list(difference.index[difference == difference.min()]) if difference.min() < 0 else []
    case = "flat" if value.nunique() <= 1 else "equal" if not costly else "both" if len(best) <= _NAMED else "many"
    return {
        "case": case,
        "best": _activities(best, language),
        "count": len(best),
        "costly": _activities(costly[:_NAMED], language),
        "over": _activities(chain.value_exceeds_cost, language) or ["–"],
        "under": _activities(chain.cost_exceeds_value, language) or ["–"],
        "activities": len(activities),
    }


def effect_rows(chain: ValueChain) -> pd.DataFrame:
    """Activities with a stated effect of CRM, those that customers value most first."""
    stated = chain.activities["effect"].fillna("").astype(str).str.strip() != ""
    ordered = chain.activities[stated].sort_values("customer_value", ascending=False, kind="stable")
    return ordered.reset_index(drop=True)


def effect_reading(rows: pd.DataFrame, language: Language) -> Reading:
    """Where an effect of CRM meets most value for customers."""
    top = rows["activity"][rows["customer_value"] == rows["customer_value"].max()]
    named = _activities(top.head(_NAMED), language)
    return {"case": min(len(top), _NAMED), "top": named, "marked": list(top.index)}


def verdict(gate: DistinctivenessGate, disciplines: Reading | None, language: Language) -> tuple[str, str, Reading]:
    """The chapter's conclusion and next step: two cases and the values of their places.

    Args:
        gate: An open test shuts it, and then nothing else counts.
        disciplines: What `discipline_reading` gave; None without scores.
        language: Language of the names.
    """
    place = disciplines["case"] if disciplines else "unmeasured"
    named = {key: disciplines[key] if disciplines else [] for key in ("lead", "below")}
    values: Reading = {**named, "tests": gate_reading(gate, language)["tests"]}
    step = "weak_below" if gate.weak and values["below"] else "weak" if gate.weak else place
    return ("closed", "closed", values) if gate.missing else (place, step, values)


# --- words --------------------------------------------------------------------------------------------------


def _score(value: float, language: Language, decimals: int | None = None) -> str:
    if pd.isna(value):
        return "–"
    whole = 0 if float(value).is_integer() else 1
    return text.number(value, language, whole if decimals is None else decimals)


def _discipline(statement: str) -> str:
    return statement.rsplit("_", 1)[0]


def _short(discipline: str, language: Language) -> str:
    return label(f"discipline.{discipline}.short", language)


def _shorts(disciplines: Sequence[str], language: Language) -> list[str]:
    return [_short(discipline, language) for discipline in disciplines]


def _activities(keys: Sequence[str] | pd.Series, language: Language) -> list[str]:
    return [inside(label(f"activity.{key}", language)) for key in keys]


def _places(order: Sequence[str], found: Sequence[str]) -> list[int]:
    return [position for position, name in enumerate(order) if name in found]
