"""The goals as rows of words: each value in its own unit, each fault in a sentence.

What the goals chapter shows as tables and says as conclusion; the sums are in `crmworkbook.models.goals`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from crmworkbook import text
from crmworkbook.client import said
from crmworkbook.findings.units import MOMENTS, big_units, change_in_unit, in_unit, in_units
from crmworkbook.models.frames import records
from crmworkbook.models.goals import (
    CONFLICTS,
    GOALS,
    Conflicts,
    DriverTree,
    IdentityCheck,
    comparable,
    prepared,
    progress,
    smart_lint,
)
from crmworkbook.section import SummaryItem
from crmworkbook.text import Language, label

MOST_PRIORITIES = 5
LETTERS = ("specific", "measurable", "assignable", "realistic", "time")
_WORDS = ("statement", "kpi", "owner")


@dataclass(frozen=True)
class GoalSheet:
    """The chosen goals, judged and in words.

    Attributes:
        raw: The client's table of goals, words as the client gave them, in one language or both.
        as_of: The day on which the position is taken.
        language, currency: Of everything that is made.
    """

    raw: pd.DataFrame
    as_of: date
    language: Language
    currency: str

    def words(self, key: str, **values: Any) -> str:
        """One of the fixed phrases about goals, filled."""
        return _phrase(key, self.language, **values)

    @cached_property
    def goals(self) -> pd.DataFrame:
        """The table with words in the language, units and history bands in order."""
        words = {name: [said(entry, self.language) for entry in self.raw[name]] for name in _WORDS}
        return prepared(self.raw.assign(**words))

    @cached_property
    def lint(self) -> pd.DataFrame:
        """SMART, letter by letter; the same in both languages, so that a translation changes no judgement."""
        fullest = [max((said(entry, it) for it in text.LANGUAGES), key=_length) for entry in self.raw["statement"]]
        return smart_lint(self.goals.assign(statement=fullest), self.as_of)

    @cached_property
    def names(self) -> dict[str, str]:
        """Goal to name: the usual one for the ten, the client's own words for any other."""
        own = dict(zip(self.goals["goal"], self.goals["statement"], strict=True))
        return {
            goal: label(f"goal.{goal}", self.language) if goal in GOALS else words or goal.replace("_", " ")
            for goal, words in own.items()
        }

    @cached_property
    def names_inside(self) -> dict[str, str]:
        """The same names for inside a sentence."""
        return {goal: name[0].lower() + name[1:] if goal in GOALS else name for goal, name in self.names.items()}

    @cached_property
    def priorities(self) -> list[str]:
        """The goals that come first."""
        return list(self.goals.loc[self.goals["priority"], "goal"])

    @cached_property
    def steep(self) -> list[str]:
        """Goals that ask more than history makes believable, or more than can exist."""
        too_much = {"fast", "impossible", "no_history"}
        return [row["goal"] for row in records(self.lint) if too_much & set(row["faults"])]

    @cached_property
    def unfinished(self) -> list[str]:
        """Goals that cannot be measured, have no owner, or are not bound in time."""
        return list(self.lint.loc[~self.lint[["measurable", "assignable", "time"]].all(axis=1), "goal"])

    @cached_property
    def not_smart(self) -> list[str]:
        """Goals that miss a letter of SMART."""
        return list(self.lint.loc[~self.lint[list(LETTERS)].all(axis=1), "goal"])

    @property
    def smart(self) -> int:
        """How many goals have all five letters."""
        return len(self.lint) - len(self.not_smart)

    @property
    def has_targets(self) -> bool:
        """Whether any goal has a target."""
        return bool(self.goals[["target_12", "target_36"]].notna().any(axis=None))

    @property
    def moments(self) -> dict[str, str]:
        """Key to name of the two horizons."""
        return {f"month_{months}": label(f"moment.month_{months}", self.language) for months in (12, 36)}

    def day(self, value: date | None) -> str:
        """A date as its reader writes it; a dash when there is none."""
        return text.day(value, self.language) if value else "–"

    def spoken(self, row: Mapping[str, Any], *columns: str) -> list[str]:
        """Values of one goal in its unit."""
        return in_units([row[column] for column in columns], row["unit"], self.language, self.currency)

    def called(self, goals: Iterable[str]) -> list[str]:
        """The names of these goals for inside a sentence."""
        return [self.names_inside[goal] for goal in goals]

    def position(self, goals: Iterable[str]) -> list[int]:
        """Where these goals stand in the tables."""
        wanted = set(goals)
        return [place for place, goal in enumerate(self.goals["goal"]) if goal in wanted]

    # tables

    def sheet(self) -> pd.DataFrame:
        """Columns goal, kpi, baseline, target_12, target_36, owner, priority, all words."""
        rows = []
        dated = len(set(self.goals["baseline_on"].dropna())) > 1
        for row in records(self.goals):
            name, stated = self.names[row["goal"]], row["statement"]
            now, near, far = big_units(row, self.language, self.currency)
            if dated and not pd.isna(row["baseline_on"]):
                now += f"\n{text.day(row['baseline_on'], self.language)}"
            words = name if stated in ("", name) else f"{name}\n{stated}"
            first = label("screen.yes" if row["priority"] else "screen.no", self.language)
            rows.append((words, row["kpi"] or "–", now, near, far, row["owner"] or "–", first))
        return pd.DataFrame(rows, columns=["goal", "kpi", *MOMENTS, "owner", "priority"])

    def dates(self) -> str:
        """When the baselines were measured."""
        known = sorted(set(self.goals["baseline_on"].dropna()))
        if not known:
            return self.words("undated")
        return text.names([self.day(when) for when in known], self.language)

    def kpis(self, found: pd.Series) -> pd.DataFrame:
        """Columns goal, formula, guard, baseline, measured of the chosen goals out of the ten."""
        rows = []
        for row in records(self.goals):
            goal = row["goal"]
            if goal in GOALS:
                counted = found.get(goal, float("nan")) if row["unit"] == GOALS[goal][0] else float("nan")
                values = [
                    in_unit(value, row["unit"], self.language, self.currency) for value in (row["baseline"], counted)
                ]
                rows.append((self.names[goal], self.words(f"kpi.{goal}"), self.words(f"guard.{goal}"), *values))
        return pd.DataFrame(rows, columns=["goal", "formula", "guard", "baseline", "measured"])

    def compared(self, found: pd.Series) -> bool:
        """Whether any baseline can be held against the other tables."""
        known = comparable(self.goals).dropna(subset=["baseline"])
        return bool(known["goal"].isin(found.index).any())

    def smart_marks(self) -> pd.DataFrame:
        """Columns goal, the five letters (a tick or a dash) and gap (what is missing)."""
        rows = []
        for row in records(self.lint):
            marks = ["✓" if row[letter] else "–" for letter in LETTERS]
            rows.append((self.names[row["goal"]], *marks, self._gap(row)))
        return pd.DataFrame(rows, columns=["goal", *LETTERS, "gap"])

    def _gap(self, row: Mapping[str, Any]) -> str:
        missing = [label(f"goal_field.{field}", self.language) for field in row["missing"]]
        parts = [self.words("missing", fields=missing)] if missing else []
        parts += [self.words(f"fault.{fault}") for fault in row["faults"]]
        sentence = "; ".join(parts)
        return sentence[:1].upper() + sentence[1:]

    def paces(self) -> pd.DataFrame:
        """Columns goal, first_year, later_years, history: the change per year that the targets ask."""
        rows = []
        for row, step in zip(records(self.goals), records(progress(self.goals)), strict=True):
            speeds = (
                change_in_unit(step[name], row["unit"], self.language, self.currency) for name in step if name != "goal"
            )
            low, high = self.spoken(row, "low", "high")
            band = "–" if "–" in (low, high) else self.words("band", low=low, high=high)
            rows.append((self.names[row["goal"]], *speeds, band))
        return pd.DataFrame(rows, columns=["goal", "first_year", "later_years", "history"])

    def front_loaded(self) -> list[str]:
        """Goals that ask more in the first year than in each year after it."""
        pace = progress(self.goals)
        harder = pace["first_year"].abs() > pace["later_years"].abs() * (1 + 1e-9)
        return [self.names[goal] for goal in pace.loc[harder, "goal"]]

    def identities(self, check: IdentityCheck) -> pd.DataFrame:
        """Columns identity, moment, implied, stated, difference, and broken (truth), in order of time."""
        judged = list(zip(records(check.rows), check.workings, strict=True))
        rows = [(made, row["stated"], row["difference"], not row["holds"]) for row, made in judged]
        rows += [(made, float("nan"), float("nan"), False) for made in check.derived]
        order = ["goals.new_customers", "goals.acquisition", "goals.profit"]
        rows.sort(key=lambda item: (order.index(item[0].name), int(item[0].subject.removeprefix("month_"))))
        table = [
            (
                self.words("identity." + made.name.removeprefix("goals.")),
                label(f"moment.{made.subject}", self.language),
                in_unit(made.result.value, made.result.unit, self.language, self.currency),
                in_unit(stated, made.result.unit, self.language, self.currency),
                "–" if pd.isna(gap) else f"{'+' if gap > 0 else ''}{text.percent(gap, self.language)}",
                broken,
            )
            for made, stated, gap, broken in rows
        ]
        return pd.DataFrame(table, columns=["identity", "moment", "implied", "stated", "difference", "broken"])

    def broken(self, check: IdentityCheck) -> list[str]:
        """The sums that do not come out, each once."""
        return [self.words(f"identity_name.{name}") for name in self.broken_keys(check)]

    def broken_keys(self, check: IdentityCheck) -> list[str]:
        """The same as goals or drivers."""
        return list(dict.fromkeys(row["identity"] for row in records(check.rows) if not row["holds"]))

    def driver_names(self, tree: DriverTree) -> dict[str, str]:
        """Node of the driver tree to name."""
        return {node: self.words(f"driver.{node}") for node in tree.nodes["node"]}

    def first_pair(self, pairs: pd.DataFrame) -> dict[str, str]:
        """The names of the first of these pairs, as first and second."""
        if pairs.empty:
            return {"first": "", "second": ""}
        return {side: self.names_inside[pairs[side].iloc[0]] for side in ("first", "second")}

    # what it comes to

    def headline(self) -> dict[str, str]:
        """The goal to remember, as value, goal and note: with a target, and with priority if there is one."""
        frame = self.goals.assign(target=self.goals["target_36"].fillna(self.goals["target_12"])).dropna(
            subset=["target"]
        )
        if frame.empty:
            return {"value": "–", "goal": self.words("no_target"), "note": ""}
        row = records(frame.sort_values("priority", ascending=False, kind="stable"))[0]
        months = 12 if pd.isna(row["target_36"]) else 36
        now, value = self.spoken(row, "baseline", "target")
        parts = [label(f"moment.month_{months}", self.language)]
        parts += [self.words("now", now=now)] if now != "–" else []
        parts += [row["owner"]] if row["owner"] else []
        return {"value": value, "goal": self.names[row["goal"]], "note": ", ".join(parts)}

    def verdict(self, check: IdentityCheck, clashes: Conflicts) -> tuple[str, dict[str, Any]]:
        """Which conclusion holds, and the values that it names."""
        fought = clashes.undecided[clashes.undecided["first"].isin(self.priorities)]
        broken = self.broken(check)
        steep, unfinished = ([self.names_inside[goal] for goal in goals] for goals in (self.steep, self.unfinished))
        values = {
            "count": len(self.priorities),
            "limit": MOST_PRIORITIES,
            "total": len(self.goals),
            "unfinished": len(unfinished),
            "broken": broken,
            **self.first_pair(fought),
            "steep": steep,
            "steeps": len(steep),
            "agree": self.words("agree.checked" if len(check.rows) else "agree.unchecked"),
        }
        cases = {
            "empty": self.goals[["target_12", "target_36"]].isna().all(axis=None),
            "broken": bool(broken),
            "unranked": not self.priorities,
            "too_many": len(self.priorities) > MOST_PRIORITIES,
            "clash": len(fought) > 0,
            "unfinished": bool(unfinished),
            "steep": bool(steep),
            "ready": True,
        }
        case = next(case for case, holds in cases.items() if holds)
        if case == "steep" and len(steep) > 1:
            case = "steep_many"
        return ("ready_one" if case == "ready" and len(self.priorities) == 1 else case), values

    def clash_reasons(self) -> dict[tuple[str, str], str]:
        """Pair of goals to what their clash is about."""
        return {(first, second): self.words(f"clash.{first}_{second}") for first, second in CONFLICTS}

    def review(self, day: date | None) -> str:
        """When to look back, as a sentence."""
        return self.words("look_back.set", day=day) if day else self.words("look_back.open")

    def actions(self) -> tuple[SummaryItem, ...]:
        """The goals that come first as lines for the one-page summary, due at their first target."""
        return tuple(self._action(row) for row in records(self.goals) if row["priority"])

    def _action(self, row: Mapping[str, Any]) -> SummaryItem:
        months = 36 if pd.isna(row["target_12"]) else 12
        words = row["statement"] or self.names[row["goal"]]
        due = ""
        now, target = self.spoken(row, "baseline", f"target_{months}")
        if target != "–":
            words += f" ({target})" if now == "–" else f" ({now} → {target})"
            if not pd.isna(row["baseline_on"]):
                first = pd.Timestamp(row["baseline_on"]) + pd.DateOffset(months=months)
                due = text.day(first.date(), self.language)
        return SummaryItem(role="action", text=words, owner=row["owner"], due=due)


def ten_goals(language: Language) -> pd.DataFrame:
    """Columns goal, formula, guard: the ten goals to choose from."""
    paths = ("goal.{goal}", "goal_sheet.kpi.{goal}", "goal_sheet.guard.{goal}")
    rows = [tuple(label(path.format(goal=goal), language) for path in paths) for goal in GOALS]
    return pd.DataFrame(rows, columns=["goal", "formula", "guard"])


def _phrase(key: str, language: Language, **values: Any) -> str:
    entry = text.labels()["goal_sheet"]
    for part in key.split("."):
        entry = entry[part]
    return text.fill(entry, language, values)


def _length(words: str) -> int:
    return len(words.split())
