"""Readiness for CRM: eight management areas, ten questions on five processes, maturity, steps and results.

The areas are those that an article after Van Leeuwen names, the processes those of Payne and Frow (2005). Scores run
from 1 to 5. The maturity rule is ours; that maturity comes in five levels is Payne's (2005).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from crmworkbook.models.working import Quantity, Working

_Step = Mapping[Any, Any]  # one row of the steps

PROCESSES = {  # process to its two questions
    "strategy": ("position", "customers"),
    "value": ("deliver", "grow"),
    "channels": ("routes", "experience"),
    "information": ("organise", "use"),
    "performance": ("profit", "measure"),
}
STEPS = ("strategy", "customers", "channels", "operations", "service")  # of applying CRM, in order
DONE = 3  # status of a step: 0 not begun, 1 begun, 2 working, 3 done
LEVELS = 5
LARGEST = 3  # so many gaps come first
APART = 2  # scores that differ by this much or more are worth discussing


@dataclass(frozen=True)
class Gaps:
    """Scores before and after, such as today and the target.

    Attributes:
        frame: In the order of the rows: key, now, target (1 to 5), gap (target − now).
        now: Mean of now.
        target: Mean of target.
        widest: Keys with the widest gap above 0, all that tie.
    """

    frame: pd.DataFrame
    now: float
    target: float
    widest: tuple[str, ...]


def gaps(scores: pd.DataFrame, key: str, now: str = "now", target: str = "target") -> Gaps:
    """How far each score is from where it should be.

    Args:
        scores: Columns *key*, *now* and *target* (1 to 5), one row per key.
        key: Column of the keys, such as area.
        now: Column of the scores before.
        target: Column of the scores after.
    """
    frame = scores[[key, now, target]].set_axis(["key", "now", "target"], axis=1).reset_index(drop=True)
    frame["gap"] = frame["target"] - frame["now"]
    widest = frame["key"][(frame["gap"] == frame["gap"].max()) & (frame["gap"] > 0)]
    return Gaps(frame, float(frame["now"].mean()), float(frame["target"].mean()), tuple(map(str, widest)))


@dataclass(frozen=True)
class ProcessScores:
    """The ten questions, and the five processes that they are about.

    Attributes:
        questions: Highest priority first: question, process, now, target, importance (means of who scored, 1 to 5),
            gap (target − now, never below 0), priority (gap × importance, 0 to 20), spread (highest − lowest now),
            n (scores given).
        processes: In the order of the framework: process, now (mean of its questions); only those that were scored.
        workings: The priorities, and the mean of each process (subject: question or process).
    """

    questions: pd.DataFrame
    processes: pd.DataFrame
    workings: tuple[Working, ...]

    @property
    def largest(self) -> list[str]:
        """The questions with the three highest priorities above 0; more when the third is shared."""
        above = self.questions[self.questions["priority"] > 0]
        bound = above["priority"].nlargest(LARGEST).min()
        return [str(key) for key in above["question"][above["priority"] >= bound - 1e-9]]

    @property
    def apart(self) -> list[str]:
        """The questions on which scores of today differ by two or more."""
        return [str(key) for key in self.questions["question"][self.questions["spread"] >= APART]]


def process_scores(scores: pd.DataFrame) -> ProcessScores:
    """Gap × importance per question, and the mean of each process.

    Args:
        scores: Columns question (key in ``PROCESSES``), now, target, importance (1 to 5); a question may have more
            rows, one for each who scored.
    """
    order = [question for pair in PROCESSES.values() for question in pair]
    grouped = scores.groupby("question")
    frame = grouped[["now", "target", "importance"]].mean()
    frame["spread"], frame["n"] = grouped["now"].max() - grouped["now"].min(), grouped["now"].count()
    frame = frame.reindex([question for question in order if question in frame.index])
    process_of = {question: process for process, pair in PROCESSES.items() for question in pair}
    frame.insert(0, "process", [process_of[str(question)] for question in frame.index])
    priorities = [_priority(str(question), row) for question, row in frame.iterrows()]
    frame["gap"] = (frame["target"] - frame["now"]).clip(lower=0)
    frame["priority"] = [working.result.value for working in priorities]
    means = [_process_mean(process, frame[frame["process"] == process]) for process in frame["process"].unique()]
    processes = pd.DataFrame([(m.subject, m.result.value) for m in means], columns=["process", "now"])
    ranked = frame.sort_values("priority", ascending=False, kind="stable").rename_axis("question").reset_index()
    return ProcessScores(ranked, processes, (*priorities, *means))


def _priority(question: str, row: pd.Series) -> Working:
    values = {name: Quantity(float(row[name]), "score") for name in ("target", "now", "importance")}
    formula = "max(target − now, 0) × importance"
    return Working.compute("readiness.priority", formula, values, "score", "own", subject=question)


def _process_mean(process: str, rows: pd.DataFrame) -> Working:
    symbols = ("q1", "q2")[: len(rows)]
    values = {symbol: Quantity(float(now), "score") for symbol, now in zip(symbols, rows["now"], strict=True)}
    formula = "(q1 + q2) / 2" if len(rows) == 2 else "q1"
    return Working.compute("readiness.process", formula, values, "score", "payne_frow_2005", subject=process)


@dataclass(frozen=True)
class Maturity:
    """How far the firm is, on five levels.

    Attributes:
        level: 1 to 5.
        mean: Mean of the five processes, 1 to 5.
        weakest: Score of the weakest process, 1 to 5.
        at: The weakest processes, all that tie.
        held_back: Whether the weakest process keeps the level below what the mean would give.
        working: The sum.
    """

    level: int
    mean: float
    weakest: float
    at: tuple[str, ...]
    held_back: bool
    working: Working


def maturity(processes: pd.DataFrame) -> Maturity | None:
    """The level of maturity: the mean of the five processes, rounded, and at most one above the weakest process.

    A half is rounded down. A chain is as strong as its weakest link, so a firm is at most one level ahead of it.

    Args:
        processes: As ``ProcessScores.processes``: process, now (1 to 5).

    Returns:
        None while a process has no score.
    """
    if set(processes["process"]) != set(PROCESSES):
        return None
    mean, weakest = float(processes["now"].mean()), float(processes["now"].min())
    values = {"M": Quantity(mean, "score"), "W": Quantity(weakest, "score")}
    rounded = "min(ceil(M − 0.5), ceil(W − 0.5) + 1)"
    working = Working.compute("readiness.maturity", rounded, values, "count", "own")
    level = int(working.result.value)
    at = tuple(map(str, processes["process"][processes["now"] <= weakest + 1e-9]))
    return Maturity(level, mean, weakest, at, level < math.ceil(mean - 0.5 - 1e-9), working)


@dataclass(frozen=True)
class StepProgress:
    """The five steps of applying CRM, and whether they are taken in order.

    Attributes:
        frame: The five steps in order: step, status (0 to 3; a step that is not there has 0), owner, due (empty when
            there is none), ahead_of (the first earlier step that is less far, else None), due_before (the first
            earlier step that is to be ready later, else None), overdue (not done while its date has passed).
        done: Steps that are done.
        progress: Statuses added up as a share of all done, 0 to 1.
        next: The first step that is not done; None when all are.
    """

    frame: pd.DataFrame
    done: int
    progress: float
    next: str | None

    @property
    def in_order(self) -> bool:
        """Whether no step is further, or ready sooner, than one before it."""
        return bool(self.frame["ahead_of"].isna().all() and self.frame["due_before"].isna().all())


def step_progress(steps: pd.DataFrame, as_of: date) -> StepProgress:
    """How far the five steps are, and which ran ahead of the steps before them.

    Args:
        steps: Columns step (key in ``STEPS``), status (0 to 3), owner, due (date); the last two may be empty.
        as_of: Base date.
    """
    frame = steps.set_index("step")[["status", "owner", "due"]].reindex(list(STEPS))
    frame["status"] = frame["status"].fillna(0).astype(int)
    frame["due"] = _objects([None if pd.isna(day) else day for day in frame["due"]])
    frame["owner"] = _objects([owner if isinstance(owner, str) and owner else None for owner in frame["owner"]])
    rows = frame.to_dict("index")
    frame["ahead_of"] = _objects([_first(rows, step, _is_less_far) for step in STEPS])
    frame["due_before"] = _objects([_first(rows, step, _is_ready_later) for step in STEPS])
    frame["overdue"] = [r["status"] < DONE and r["due"] is not None and r["due"] < as_of for r in rows.values()]
    unfinished = [step for step in STEPS if rows[step]["status"] < DONE]
    progress = float(frame["status"].sum()) / (DONE * len(STEPS))
    done = len(STEPS) - len(unfinished)
    return StepProgress(frame.rename_axis("step").reset_index(), done, progress, unfinished[0] if unfinished else None)


def _objects(values: list[Any]) -> pd.Series:
    """One value per step, in which None stays None."""
    return pd.Series(values, index=list(STEPS), dtype=object)


def _first(rows: Mapping[Any, _Step], step: str, test: Callable[[_Step, _Step], bool]) -> str | None:
    """The first step before *step* that, beside it, passes *test*."""
    earlier = STEPS[: STEPS.index(step)]
    return next((name for name in earlier if test(rows[name], rows[step])), None)


def _is_less_far(earlier: _Step, later: _Step) -> bool:
    return bool(earlier["status"] < later["status"])


def _is_ready_later(earlier: _Step, later: _Step) -> bool:
    first, second = earlier["due"], later["due"]
    return first is not None and second is not None and second < first
