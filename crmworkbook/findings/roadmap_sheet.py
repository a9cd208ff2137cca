"""The roadmap in words: names, tables, and which conclusion holds; the sums are in `crmworkbook.models.roadmap`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from crmworkbook import chapters, text
from crmworkbook.findings.goal_sheet import GoalSheet
from crmworkbook.models.frames import records
from crmworkbook.models.roadmap import (
    GoalLinks,
    Schedule,
    find_cycle,
    goal_links,
    schedule,
    starting_within,
    waits_for,
)
from crmworkbook.models.roadmap_budget import TYPES, Balance, budget_balance
from crmworkbook.section import SummaryItem
from crmworkbook.text import Language, label

MOST_TECHNOLOGY = 0.60  # share of the budget
LEAST_PEOPLE_PROCESS = 0.40
_HEADING = 3  # so many steps of the plan head the actions of the summary
FIRST, SOON = 30, 90  # days


@dataclass(frozen=True)
class RoadmapSheet:
    """The initiatives with their words in one language.

    Attributes:
        initiatives: The table, words in *language*.
        as_of: Base date; month 1 begins the day after.
        language: Of all words.
        currency: Of money.
    """

    initiatives: pd.DataFrame
    as_of: date
    language: Language
    currency: str = "EUR"

    @cached_property
    def names(self) -> dict[str, str]:
        """Initiative to name; its key with spaces when it has none."""
        rows = records(self.initiatives)
        return {row["initiative"]: row["name"] or row["initiative"].replace("_", " ") for row in rows}

    @cached_property
    def owners(self) -> dict[str, str]:
        """Initiative to owner; empty when there is none."""
        return {row["initiative"]: row["owner"] or "" for row in records(self.initiatives)}

    @cached_property
    def waiting(self) -> dict[str, tuple[str, ...]]:
        """Initiative to what it waits for."""
        return waits_for(self.initiatives)

    @cached_property
    def cycle(self) -> tuple[str, ...]:
        """Initiatives that wait for each other; empty when the roadmap can run."""
        return find_cycle(self.waiting)

    @cached_property
    def plan(self) -> Schedule:
        """Dates and longest chain; not for a roadmap with a cycle."""
        return schedule(self.initiatives, self.as_of)

    @cached_property
    def balance(self) -> Balance:
        """Budget and numbers by type."""
        return budget_balance(self.initiatives)

    @cached_property
    def soon(self) -> pd.DataFrame:
        """What begins within ninety days, earliest first."""
        return starting_within(self.plan, SOON)

    @property
    def first_month(self) -> dict[str, int]:
        """Type to the month in which its first initiative begins; only types that are there."""
        starts = self.initiatives.groupby("type")["start_month"].min()
        return {str(kind): int(month) for kind, month in starts.items()}

    @property
    def technology_first(self) -> bool:
        """Whether technology begins before everything else."""
        others = [month for kind, month in self.first_month.items() if kind != "technology"]
        return "technology" in self.first_month and bool(others) and self.first_month["technology"] < min(others)

    @property
    def unowned(self) -> list[str]:
        """Initiatives without an owner."""
        return [key for key, owner in self.owners.items() if not owner]

    @property
    def late(self) -> list[str]:
        """Initiatives planned before they can start."""
        return list(self.plan.rows.loc[self.plan.rows["too_early"], "initiative"])

    def called(self, keys: Iterable[str]) -> list[str]:
        """The names of these initiatives."""
        return [self.names[key] for key in keys]

    def counted(self, count: int) -> str:
        """So many initiatives in words."""
        words = label(f"roadmap.{'one' if count == 1 else 'many'}", self.language)
        return words.replace("{count}", text.number(count, self.language, 0))

    def links(self, goals: GoalSheet) -> GoalLinks:
        """Which initiative serves which of the client's goals."""
        return goal_links(self.initiatives, list(goals.goals["goal"]))

    # what the cells show

    def overview(self) -> dict[str, Any]:
        """What the key figures say: budget, until, technology, chain, soon and first."""
        chain = [textwrap.shorten(name, 44, placeholder=" …") for name in self.called(self.plan.chain)]
        words = " → ".join(chain if len(chain) <= 2 else [chain[0], "…", chain[-1]])
        first = starting_within(self.plan, FIRST)
        return {
            "budget": text.money(self.balance.total, self.language, self.currency),
            "until": max(self.plan.rows["ends_on"]),
            "technology": self.percent("technology"),
            "chain": words or "–",
            "soon": len(self.soon),
            "first": len(first),
            "initiatives": self.counted(len(self.names)),
            "count": int((self.initiatives["type"] == "technology").sum()),
            "total": len(self.names),
        }

    def percent(self, *types: str) -> str:
        """Share of the budget in words; a dash without any budget."""
        share = self.balance.share(*types)
        return "–" if pd.isna(share) else text.percent(share, self.language, 0)

    def timing(self) -> tuple[str, dict[str, Any]]:
        """Which claim holds of the timeline, and the values that it names."""
        month = self.first_month
        technology = month.get("technology", 0)
        others = min((value for kind, value in month.items() if kind != "technology"), default=0)
        cases = {
            "late_one": len(self.late) == 1,
            "late_many": bool(self.late),
            "without": not technology,
            "only": not others,
            "first": technology < others,
            "together": technology == others,
            "after": True,
        }
        before = [kind for kind in TYPES if month.get(kind, technology) < technology]
        types = chapters.tables()["initiatives"].column("type").options
        values = {
            "late": self.called(self.late),
            "count": len(self.late),
            "others": [types[kind][self.language] for kind in before],
            "month": technology,
            "months": int(self.plan.rows["end_month"].max()),
            "total": len(self.names),
            "first_day": self.plan.first_day,
        }
        return _first(cases), values

    def steps_covered(self) -> tuple[str, dict[str, Any]]:
        """Whether each of the four next steps has an initiative; no case when the client tagged none."""
        options = chapters.tables()["initiatives"].column("next_step").options
        tagged = set(self.initiatives["next_step"].dropna())
        missing = [words[self.language] for key, words in options.items() if key not in tagged]
        return ("" if not tagged else "some" if missing else "all"), {"missing": missing}

    def first_ninety(self) -> pd.DataFrame:
        """Columns when, initiative, owner, starts_on, ends_on: what begins within ninety days."""
        within = [label("roadmap.within_30", self.language), label("roadmap.within_90", self.language)]
        early = set(starting_within(self.plan, FIRST)["initiative"])
        rows = [
            (
                within[row["initiative"] not in early],
                self.names[row["initiative"]],
                self.owners[row["initiative"]] or "–",
                row["starts_on"],
                row["ends_on"],
            )
            for row in records(self.soon)
        ]
        return pd.DataFrame(rows, columns=["when", "initiative", "owner", "starts_on", "ends_on"])

    def soon_unowned(self) -> list[int]:
        """Which rows of the first ninety days have no owner."""
        return [place for place, key in enumerate(self.soon["initiative"]) if not self.owners[key]]

    def actions(self) -> tuple[SummaryItem, ...]:
        """The first ninety days as lines for the one-page summary."""
        return tuple(
            SummaryItem(
                role="action",
                rank=1 if place < _HEADING else 5,
                text=self.names[row["initiative"]],
                owner=self.owners[row["initiative"]],
                due=text.day(row["ends_on"], self.language),
            )
            for place, row in enumerate(records(self.soon))
        )

    def spread(self) -> tuple[str, dict[str, Any]]:
        """Which claim holds of the budget, and the values that it names."""
        technology, people = self.balance.share("technology"), self.balance.share("people", "process")
        counts = self.balance.rows.set_index("type")["count_share"]
        values: dict[str, Any] = {
            "technology": technology,
            "people_process": people,
            "count_share": float(counts["technology"]),
            "said": self.percent("technology"),
            "total": self.balance.total,
            "count": len(self.names),
        }
        if not self.balance.total:
            return "no_budget", values | {"technology": "–"}
        return (
            "heavy" if technology > MOST_TECHNOLOGY else "thin" if people < LEAST_PEOPLE_PROCESS else "even"
        ), values

    def goal_claim(self, links: GoalLinks, goals: GoalSheet) -> tuple[str, dict[str, Any]]:
        """Which claim holds of initiatives and goals, and the values that it names."""
        gaps, loose = len(links.unserved), len(links.aimless)
        cases = {
            "both": gaps > 0 and loose > 0,
            "unserved_one": gaps == 1,
            "unserved_many": gaps > 1,
            "aimless_one": loose == 1,
            "aimless_many": loose > 1,
            "full": True,
        }
        values = {
            "gaps": gaps,
            "loose": loose,
            "unserved": goals.called(links.unserved),
            "aimless": self.called(links.aimless),
            "total": len(links.matrix),
            "goals": links.matrix.shape[1],
        }
        return _first(cases), values

    @property
    def guard(self) -> str:
        """What to do about the longest chain, and a space; empty without one."""
        return label("roadmap.guard", self.language) + " " if self.plan.chain else ""

    def verdict(self, goals: GoalSheet | None) -> tuple[str, dict[str, Any]]:
        """Which conclusion holds, and the values that it names.

        Args:
            goals: The chosen goals; None when the client has none yet.
        """
        links = self.links(goals) if goals else None
        unserved = [goal for goal in links.unserved if goal in goals.priorities] if links and goals else []
        aimless = list(links.aimless) if links else []
        technology, people = self.balance.share("technology"), self.balance.share("people", "process")
        month = self.first_month
        begins = month.get("technology", 0)
        cases = {
            "late_one": len(self.late) == 1,
            "late": bool(self.late),
            "heavy": technology > MOST_TECHNOLOGY,
            "thin": people < LEAST_PEOPLE_PROCESS,
            "first": self.technology_first,
            "unserved": bool(unserved),
            "aimless": bool(aimless),
            "unowned": bool(self.unowned),
            "no_budget": not self.balance.total,
            "after": any(month.get(kind, begins) < begins for kind in ("people", "process")),
            "ready": True,
        }
        values = {
            "initiatives": self.counted(len(self.late) or len(self.names)),
            "late": self.called(self.late),
            "technology": technology,
            "people_process": people,
            "unserved": goals.called(unserved) if goals else [],
            "aimless": self.called(aimless),
            "open": len(self.unowned),
            "total": len(self.names),
            "month": begins,
            "budget": self.balance.total,
        }
        return _first(cases), values


def _first(cases: Mapping[str, bool]) -> str:
    """The first case that holds."""
    return next(case for case, holds in cases.items() if holds)


def goal_columns(goals: GoalSheet) -> Mapping[str, tuple[str, bool]]:
    """Goal to name, and whether it comes first."""
    return {goal: (goals.names[goal], goal in goals.priorities) for goal in goals.goals["goal"]}
