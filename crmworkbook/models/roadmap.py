"""A roadmap of initiatives: when each runs, what waits for what, and which goal each serves.

Months count from 1, the month that begins the day after the base date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from crmworkbook.models.frames import records
from crmworkbook.models.working import Quantity, Working


@dataclass(frozen=True)
class Schedule:
    """When everything happens, and what waits for what.

    Attributes:
        rows: The initiatives in their order with ``end_month`` (last month), ``earliest`` (first month in which it can
            start, given when all that it waits for is done), ``too_early`` (planned before that), ``starts_on`` and
            ``ends_on`` (dates).
        links: ``before, after, holds``: *after* waits for *before*; holds when it starts after *before* ends.
        chain: The longest chain of initiatives that wait for each other, first to last; empty without links.
        working: The months of that chain with their sum; None without one.
        first_day: First day of month 1.
    """

    rows: pd.DataFrame
    links: pd.DataFrame
    chain: tuple[str, ...]
    working: Working | None
    first_day: date

    @property
    def chain_months(self) -> int:
        """Months of work in the longest chain, without time between."""
        return int(self.working.result.value) if self.working else 0


@dataclass(frozen=True)
class GoalLinks:
    """Which initiative serves which goal.

    Attributes:
        matrix: Initiatives by goals, true where one serves the other.
        aimless: Initiatives that serve no goal of the list.
        unserved: Goals that no initiative serves.
        unknown: Goal keys that initiatives name and the list does not have.
    """

    matrix: pd.DataFrame
    aimless: tuple[str, ...]
    unserved: tuple[str, ...]
    unknown: tuple[str, ...]


def keys_in(cell: object) -> tuple[str, ...]:
    """The keys in one cell, set apart by ``;`` or ``,``, each once."""
    words = cell.replace(",", ";").split(";") if isinstance(cell, str) else []
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def waits_for(initiatives: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Initiative to the initiatives of the list that it waits for.

    Args:
        initiatives: ``initiative, depends_on`` (keys set apart by ``;``).
    """
    known = set(initiatives["initiative"])
    pairs = zip(initiatives["initiative"], initiatives["depends_on"], strict=True)
    return {str(key): tuple(other for other in keys_in(cell) if other in known) for key, cell in pairs}


def unknown_dependencies(initiatives: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Initiative to the keys under ``depends_on`` that the list does not have; only where there are any."""
    known = set(initiatives["initiative"])
    pairs = zip(initiatives["initiative"], initiatives["depends_on"], strict=True)
    strange = {str(key): tuple(other for other in keys_in(cell) if other not in known) for key, cell in pairs}
    return {key: others for key, others in strange.items() if others}


def find_cycle(before: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Initiatives that wait for each other in a circle, each for the next; empty when there is none.

    The first stands at the end once more. An initiative that waits for itself gives ``(key, key)``.

    Args:
        before: As `waits_for` gives it.
    """
    left = set(before) - set(_in_order(before))
    stuck = [key for key in before if key in left]
    if not stuck:
        return ()
    path = [stuck[0]]
    while True:
        step = next(other for other in before[path[-1]] if other in left)
        if step in path:
            loop = path[path.index(step) :]
            turn = loop.index(min(loop, key=list(before).index))
            return (*loop[turn:], *loop[:turn], loop[turn])
        path.append(step)


def schedule(initiatives: pd.DataFrame, as_of: date) -> Schedule:
    """Dates, first possible starts and the longest chain, by the critical path method (Kelley & Walker 1959).

    An initiative may start in the month after the last one that it waits for has ended. One that is planned too early
    counts from its first possible start, so that a delay runs through to what comes after it. The longest chain is the
    longest path in months of work over initiatives with a link: one that stands alone is in nobody's way, however
    long it goes on.

    Args:
        initiatives: ``initiative, start_month, months, depends_on``; whole months from 1.
        as_of: Base date; month 1 begins the day after.

    Raises:
        ValueError: initiatives that wait for each other in a circle.
    """
    before = waits_for(initiatives)
    if loop := find_cycle(before):
        raise ValueError(f"these wait for each other: {', '.join(loop)}; take one of the links out")
    plan = initiatives.set_index("initiative")[["start_month", "months"]].astype(float)
    start = {str(key): float(month) for key, month in plan["start_month"].items()}
    months = {str(key): float(count) for key, count in plan["months"].items()}
    earliest: dict[str, float] = {}
    for key in _in_order(before):
        earliest[key] = max((max(start[d], earliest[d]) + months[d] for d in before[key]), default=1.0)
    rows = initiatives.reset_index(drop=True).assign(
        end_month=lambda frame: frame["start_month"] + frame["months"] - 1,
        earliest=[earliest[key] for key in initiatives["initiative"]],
    )
    first_day = as_of + timedelta(days=1)
    rows["too_early"] = rows["start_month"] < rows["earliest"]
    rows["starts_on"] = [month_begins(first_day, month) for month in rows["start_month"]]
    rows["ends_on"] = [month_begins(first_day, month + 1) - timedelta(days=1) for month in rows["end_month"]]
    pairs = [(b, a, start[a] >= start[b] + months[b]) for a, waiting in before.items() for b in waiting]
    links = pd.DataFrame(pairs, columns=["before", "after", "holds"]).astype({"holds": bool})
    chain = _longest_chain(before, months)
    return Schedule(rows, links, chain, _chain_working(chain, months), first_day)


def month_begins(first_day: date, month: float) -> date:
    """First day of a month of the roadmap, month 1 beginning on *first_day*."""
    return (pd.Timestamp(first_day) + pd.DateOffset(months=int(month) - 1)).date()


def starting_within(plan: Schedule, days: int) -> pd.DataFrame:
    """The rows of the schedule that start within so many days of the base date, earliest start first."""
    last = plan.first_day + timedelta(days=days - 1)
    chosen = plan.rows[[start <= last for start in plan.rows["starts_on"]]]
    return chosen.sort_values(["start_month", "end_month"], kind="stable").reset_index(drop=True)


def goal_links(initiatives: pd.DataFrame, goals: list[str]) -> GoalLinks:
    """Which initiative serves which of the goals.

    Args:
        initiatives: ``initiative, goals`` (keys set apart by ``;``).
        goals: Keys of the chosen goals, in their order.
    """
    named = {str(row["initiative"]): keys_in(row["goals"]) for row in records(initiatives)}
    cells = [[goal in keys for goal in goals] for keys in named.values()]
    matrix = pd.DataFrame(cells, index=list(named), columns=list(goals), dtype=bool)
    strange = dict.fromkeys(key for keys in named.values() for key in keys if key not in goals)
    return GoalLinks(
        matrix,
        aimless=tuple(matrix.index[~matrix.any(axis=1)]),
        unserved=tuple(matrix.columns[~matrix.any(axis=0)]),
        unknown=tuple(strange),
    )


def _in_order(before: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The initiatives so that each comes after all it waits for; those in or behind a circle are left out."""
    after: dict[str, list[str]] = {key: [] for key in before}
    for key, waiting in before.items():
        for other in waiting:
            after[other].append(key)
    open_links = {key: len(waiting) for key, waiting in before.items()}
    done = [key for key, count in open_links.items() if count == 0]
    for key in done:  # grows while it is read
        for follower in after[key]:
            open_links[follower] -= 1
            if open_links[follower] == 0:
                done.append(follower)
    return done


def _longest_chain(before: Mapping[str, tuple[str, ...]], months: Mapping[str, float]) -> tuple[str, ...]:
    linked = {key for key, waiting in before.items() if waiting} | {d for waiting in before.values() for d in waiting}
    length: dict[str, float] = {}
    for key in _in_order(before):
        length[key] = months[key] + max((length[d] for d in before[key]), default=0.0)
    last = max((key for key in before if key in linked), key=lambda key: length[key], default=None)
    chain: list[str] = []
    while last is not None:
        chain.append(last)
        last = max(before[last], key=lambda key: length[key], default=None)
    return tuple(reversed(chain))


def _chain_working(chain: tuple[str, ...], months: Mapping[str, float]) -> Working | None:
    if not chain:
        return None
    values = {f"d{place}": Quantity(months[key], "count") for place, key in enumerate(chain, start=1)}
    return Working.compute("roadmap.chain", " + ".join(values), values, "count", "kelley_walker_1959")
