"""Operations and service: whether each step's result reaches the next, and whether customers are helped at once.

The hand-over table is a SIPOC (supplier, input, process, output, customer) with an owner and a KPI for each step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.frames import records
from crmworkbook.models.working import Quantity, Working

HIGHEST_CHECK = 2  # a service check is scored 0 (no), 1 (partly) or 2 (yes)


@dataclass(frozen=True)
class Handovers:
    """A process, step by step.

    Attributes:
        gaps: One row per fault: step, kind (one of `GAPS`), what (the output, input or next step it is about, empty
            where the kind says it all), other (the step on the other side, empty where there is none).
        passed: Hand-overs that are right: the next step is there and takes all that comes.
        handovers: Hand-overs in all, one for each next step that a step names.
        circle: The steps of a loop in order, the first one again at the end; empty without a loop.
    """

    gaps: pd.DataFrame
    passed: int
    handovers: int
    circle: tuple[str, ...]

    def of_step(self, step: str) -> pd.DataFrame:
        """The gaps of one step."""
        return self.gaps[self.gaps["step"] == step]

    @property
    def broken(self) -> pd.DataFrame:
        """The gaps in what passes from step to step, without those of owner and KPI."""
        return self.gaps[~self.gaps["kind"].isin(["no_owner", "no_kpi"])]


def handover_gaps(steps: pd.DataFrame) -> Handovers:
    """What gets lost between steps: results that nobody takes, steps without owner or KPI, loops.

    An output reaches a next step that names it as input in the same words; capitals and spaces do not matter, and
    several are separated by a semicolon. Only the last row may leave its next step empty: there the result goes to the
    customer.

    Args:
        steps: In the order of the work: ``step, supplier, input, output, next, owner, kpi``, words that may be empty
            except ``step``. A supplier that is a step must deliver what the input names.
    """
    rows = [{str(key): _plain(value) for key, value in row.items()} for row in records(steps)]
    known = {_key(row["step"]): row for row in rows}
    followers = {_key(row["step"]): [_key(name) for name in _parts(row["next"])] for row in rows}
    circle = tuple(known[key]["step"] for key in _circle(followers))
    gaps: list[tuple[str, str, str, str]] = []
    passed = handovers = 0
    for position, row in enumerate(rows):
        key, step = _key(row["step"]), row["step"]
        if circle and step == circle[-2]:
            gaps.append((step, "circle", " → ".join(circle), ""))
        names = _parts(row["next"])
        lost = _not_taken(row, [known[_key(name)] for name in names if _key(name) in known])
        for name in names:
            handovers += 1
            if _key(name) not in known:
                gaps.append((step, "next_unknown", name, ""))
            elif not lost:
                passed += 1
        gaps += [(step, "not_taken", output, names[0]) for output in lost]
        gaps += [(step, "not_delivered", item, row["supplier"]) for item in _not_delivered(row, known)]
        if not names and position < len(rows) - 1:
            gaps.append((step, "no_next", "", ""))
        if position and not any(key in later for later in followers.values()):
            gaps.append((step, "not_reached", "", ""))
        gaps += [(step, f"no_{field}", "", "") for field in ("input", "output", "owner", "kpi") if not row[field]]
    frame = pd.DataFrame(gaps, columns=["step", "kind", "what", "other"])
    return Handovers(frame, passed, handovers, circle)


def _plain(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value).strip()


def _key(words: str) -> str:
    return " ".join(words.casefold().split())


def _parts(words: str) -> list[str]:
    return [part.strip() for part in words.split(";") if part.strip()]


def _not_taken(row: dict[str, str], followers: Sequence[dict[str, str]]) -> list[str]:
    taken = {_key(item) for later in followers for item in _parts(later["input"])}
    return [output for output in _parts(row["output"]) if followers and _key(output) not in taken]


def _not_delivered(row: dict[str, str], known: dict[str, dict[str, str]]) -> list[str]:
    """Inputs that the steps that should supply them do not give; what outsiders supply is not judged."""
    suppliers = _parts(row["supplier"])
    inside = [known[_key(name)] for name in suppliers if _key(name) in known]
    if not inside or len(inside) < len(suppliers):
        return []
    given = {_key(item) for supplier in inside for item in _parts(supplier["output"])}
    return [item for item in _parts(row["input"]) if _key(item) not in given]


def _circle(followers: dict[str, list[str]]) -> list[str]:
    """The first loop met when following the steps, its first step again at the end."""
    finished: set[str] = set()
    for start in followers:
        path: list[str] = []
        branches = [[start]]
        while branches:
            if not branches[-1]:
                branches.pop()
                finished.update(path[-1:])
                path = path[:-1]
                continue
            step = branches[-1].pop(0)
            if step in path:
                return [*path[path.index(step) :], step]
            if step in followers and step not in finished:
                path.append(step)
                branches.append(list(followers[step]))
    return []


@dataclass(frozen=True)
class ServiceScore:
    """The five service checks.

    Attributes:
        share: Points out of the highest possible, share.
        weakest: Checks with the lowest score, unless all are at the highest.
        working: The sum.
    """

    share: float
    weakest: tuple[str, ...]
    working: Working


def service_score(checks: pd.DataFrame) -> ServiceScore:
    """How much of good service is there.

    Args:
        checks: ``check`` (key), ``score`` (0 no, 1 partly, 2 yes).

    Raises:
        ValueError: no checks, or a score outside 0 to 2.
    """
    scores = checks.set_index("check")["score"].astype(float)
    if scores.empty or not scores.between(0, HIGHEST_CHECK).all():
        raise ValueError(f"each check needs a score from 0 to {HIGHEST_CHECK}")
    values = {"points": Quantity(float(scores.sum()), "count"), "checks": Quantity(float(len(scores)), "count")}
    formula = f"points / ({HIGHEST_CHECK} × checks)"
    working = Working.compute("operations.service", formula, values, "share", "article_crm_model")
    low = scores[(scores == scores.min()) & (scores < HIGHEST_CHECK)]
    return ServiceScore(working.result.value, tuple(map(str, low.index)), working)


def service_levels(contacts: pd.DataFrame) -> tuple[pd.DataFrame, Working]:
    """Questions solved in one contact, and the time until an answer, per topic.

    Args:
        contacts: ``topic``, ``contacts`` and ``solved_first`` (counts), ``response_hours`` and ``promised_hours``
            (means per contact, may be empty).

    Returns:
        ``topic, contacts, solved_share, response_hours, promised_hours, late`` (slower than promised), and the sum of
        the first-contact resolution over all topics.

    Raises:
        ValueError: more solved than there were contacts, or no contacts at all.
    """
    frame = contacts.reset_index(drop=True).copy()
    total, solved = float(frame["contacts"].sum()), float(frame["solved_first"].sum())
    if not total > 0 or (frame["solved_first"] > frame["contacts"]).any():
        raise ValueError("each topic needs contacts, and no more of them solved than there were")
    frame["solved_share"] = (frame["solved_first"] / frame["contacts"]).where(frame["contacts"] > 0)
    frame["late"] = frame["response_hours"] > frame["promised_hours"]
    values = {"solved": Quantity(solved, "count"), "contacts": Quantity(total, "count")}
    working = Working.compute("operations.first_contact", "solved / contacts", values, "share", "own")
    columns = ["topic", "contacts", "solved_share", "response_hours", "promised_hours", "late"]
    return frame[columns], working
