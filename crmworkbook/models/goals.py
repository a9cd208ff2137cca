"""The ten goals of a customer strategy: SMART lint, identities, conflicts, paths and the driver tree.

Targets lie 12 and 36 months after the baseline. Money in euro per year, counts per year, rates as shares.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from crmworkbook.models.working import Quantity, Unit, Working

# Goal to the unit of its KPI and whether a better value is higher (1) or lower (−1).
GOALS: dict[str, tuple[Unit, int]] = {
    "loyalty": ("share", 1),
    "partner_loyalty": ("share", 1),
    "engagement": ("share", 1),
    "profit": ("money", 1),
    "revenue": ("money", 1),
    "leads": ("count", 1),
    "lead_quality": ("share", 1),
    "new_customers": ("count", 1),
    "marketing_cost": ("money", -1),
    "margin": ("share", 1),
}
CONFLICTS = (
    ("leads", "lead_quality"),
    ("marketing_cost", "new_customers"),
    ("revenue", "margin"),
    ("new_customers", "loyalty"),
)
# Goal or driver to the formula that must give it; marketing_cost is euro per new customer.
IDENTITIES = {
    "new_customers": "leads × lead_quality",
    "acquisition": "marketing_cost × new_customers",
    "profit": "revenue × margin − cost_to_serve − acquisition",
}
DRIVER_UNITS: dict[str, Unit] = {
    "cost_to_serve": "money",
    "acquisition": "money",
    "customers_kept": "count",
    "spend": "money",
}
_TERMS = {name: tuple(re.findall("[a-z_]+", formula)) for name, formula in IDENTITIES.items()}
_UNITS = {goal: unit for goal, (unit, _) in GOALS.items()} | DRIVER_UNITS
# From the top down: a parent stands before its children.
_EDGES = (
    ("profit", "revenue", "×"),
    ("profit", "margin", "×"),
    ("profit", "cost_to_serve", "−"),
    ("profit", "acquisition", "−"),
    ("revenue", "customers_kept", "×"),
    ("revenue", "spend", "×"),
    ("revenue", "new_customers", "+"),
    ("acquisition", "marketing_cost", "×"),
    ("acquisition", "new_customers", "×"),
    ("customers_kept", "loyalty", "×"),
    ("new_customers", "leads", "×"),
    ("new_customers", "lead_quality", "×"),
)
_MOMENTS = {0: "baseline", 12: "target_12", 36: "target_36"}


@dataclass(frozen=True)
class IdentityCheck:
    """Targets beside what the other targets imply.

    Attributes:
        rows: ``identity, months, stated, implied, difference, holds``; difference is a share of the stated
            value.
        workings: The implied values with their sum, in the order of the rows.
        derived: What nobody stated and a later identity needs, with its sum.
    """

    rows: pd.DataFrame
    workings: tuple[Working, ...]
    derived: tuple[Working, ...] = ()


@dataclass(frozen=True)
class Conflicts:
    """Clashes between goals.

    Attributes:
        matrix: Chosen goals by chosen goals, true where a pair clashes.
        pairs: ``first, second, both_improve, both_maximised`` for each pair of which both are chosen.
        priorities: The goals with priority.
    """

    matrix: pd.DataFrame
    pairs: pd.DataFrame
    priorities: tuple[str, ...]

    @property
    def undecided(self) -> pd.DataFrame:
        """The pairs of which both are maximised."""
        return self.pairs[self.pairs["both_maximised"]]


@dataclass(frozen=True)
class DriverTree:
    """Nodes ``node, level, kind, unit, baseline, target_12, target_36`` and edges ``parent, child, sign``."""

    nodes: pd.DataFrame
    edges: pd.DataFrame


def prepared(goals: pd.DataFrame) -> pd.DataFrame:
    """The goals with the usual unit where none is given, and each history band from low to high.

    Args:
        goals: ``goal, unit, low, high, priority``.
    """
    frame = goals.reset_index(drop=True)
    usual = frame["goal"].map({goal: unit for goal, (unit, _) in GOALS.items()})
    band = frame[["low", "high"]].astype(float)
    return frame.assign(
        unit=frame["unit"].where(frame["unit"].notna(), usual),
        low=band.min(axis=1).where(band.notna().all(axis=1), band["low"]),
        high=band.max(axis=1).where(band.notna().all(axis=1), band["high"]),
        priority=frame["priority"].fillna(False).astype(bool),
    )


def smart_lint(goals: pd.DataFrame, as_of: date, largest_change: float = 0.5) -> pd.DataFrame:
    """Whether each goal is specific, measurable, assignable, realistic and bound in time (Doran 1981).

    The rules look at what is filled in and at numbers, not at words, so they hold in every language:

    - specific: a statement of three words or more, and a named KPI;
    - measurable: KPI, unit, baseline and at least one target;
    - assignable: an owner;
    - realistic: every target is possible (a share from 0 to 1), and lies inside the history band ``low`` to
      ``high`` or asks per year no more than the band is wide. Without a band: no more than *largest_change*
      of the baseline per year, which stops only gross over-asking. A baseline of zero needs a band. The pace
      to month 36 counts from the target of month 12;
    - time: a baseline date, not after *as_of*, and a last target date after it.

    Args:
        goals: ``goal, statement, kpi, unit, baseline, baseline_on, target_12, target_36, owner, low, high``.
        as_of: The day of judgement.
        largest_change: Share of the baseline per year that is believable without history.

    Returns:
        One row per goal: ``goal``, the five booleans, ``missing`` (fields to fill; ``target`` when there is
        none), ``faults`` (what is wrong with a field that is filled: ``short`` statement, ``impossible``
        share, ``no_history`` for a baseline of zero, ``fast`` pace, ``future`` baseline, ``past`` target
        date) and ``stale`` (baseline older than 12 months at *as_of*).
    """
    frame = goals.reset_index(drop=True)
    words = (
        frame[["statement", "kpi", "unit", "owner"]]
        .astype(object)
        .fillna("")
        .astype(str)
        .apply(lambda text: text.str.split())
    )
    filled = words.map(bool).astype(bool).join(frame[["baseline", "baseline_on"]].notna())
    filled["target"] = frame[["target_12", "target_36"]].notna().any(axis=1)
    filled = filled[["statement", "kpi", "unit", "baseline", "baseline_on", "target", "owner"]]
    day, start = pd.Timestamp(as_of), pd.to_datetime(frame["baseline_on"])
    year_on, end = (start + pd.DateOffset(months=months) for months in (12, 36))
    length = words["statement"].map(len).astype(int)
    last = end.where(frame["target_36"].notna(), year_on)
    possible, realistic = _realistic(frame, largest_change)
    asked = filled["baseline"] & filled["target"]
    faults = pd.DataFrame(
        {
            "short": length.between(1, 2),
            "impossible": ~possible,
            "no_history": asked & possible & ~realistic & (frame["baseline"] == 0),
            "fast": asked & possible & ~realistic & (frame["baseline"] != 0),
            "future": start > day,
            "past": filled["target"] & (last <= day),
        }
    )
    return pd.DataFrame(
        {
            "goal": frame["goal"],
            "specific": (length >= 3) & filled["kpi"],
            "measurable": filled[["kpi", "unit", "baseline", "target"]].all(axis=1),
            "assignable": filled["owner"],
            "realistic": realistic,
            "time": filled["target"] & (start <= day) & (last > day),
            "missing": [tuple(filled.columns[~row]) for row in filled.to_numpy(dtype=bool)],
            "faults": [tuple(faults.columns[row]) for row in faults.to_numpy(dtype=bool)],
            "stale": year_on < day,
        }
    )


def progress(goals: pd.DataFrame) -> pd.DataFrame:
    """Change that the targets ask per year, in the KPI's own unit: ``goal, first_year, later_years``.

    ``first_year = target_12 − baseline``; ``later_years = (target_36 − target_12) / 2``. Without a target for
    month 12 both are ``(target_36 − baseline) / 3``.
    """
    baseline, near, far = (goals[name].astype(float) for name in _MOMENTS.values())
    even = (far - baseline) / 3
    first = (near - baseline).where(near.notna(), even)
    later = ((far - near) / 2).where(near.notna(), even)
    table = pd.DataFrame({"goal": goals["goal"], "first_year": first, "later_years": later})
    return table.reset_index(drop=True)


def path(baseline: float, target_12: float, target_36: float, month: float | np.ndarray) -> np.ndarray:
    """Value on the way from baseline to both targets, on straight lines, *month* months after the baseline.

    An unknown target of month 12 leaves one line to month 36; after the last known target the path is empty.

    Raises:
        ValueError: a month outside 0 to 36, or no baseline.
    """
    months = np.asarray(month, dtype=float)
    if np.isnan(baseline) or (months < 0).any() or (months > 36).any():
        raise ValueError(f"a path needs a baseline and months from 0 to 36, got {baseline} and {month}")
    points = pd.Series([baseline, target_12, target_36], index=list(_MOMENTS), dtype=float).dropna()
    return np.interp(months, points.index, points, right=np.nan)


def identities_check(
    goals: pd.DataFrame, drivers: pd.DataFrame | None = None, tolerance: float = 0.05
) -> IdentityCheck:
    """Whether the targets of month 12 and 36 agree with each other.

    ``new customers = leads × conversion``, ``acquisition = cost per new customer × new customers`` and
    ``profit = revenue × margin − cost to serve − acquisition`` (before overhead), definitions as in Farris et
    al. (2010). Only where every term is known; an acquisition budget that nobody gave is the product above.

    Args:
        goals: ``goal, target_12, target_36``, and ``unit`` where it may differ from the usual one; a goal
            measured otherwise takes no part.
        drivers: ``driver, target_12, target_36`` of ``cost_to_serve`` and ``acquisition``, euro per year.
        tolerance: Largest difference, share of the stated value.

    Raises:
        ValueError: a goal or driver that stands twice.
    """
    values, rows, workings, derived = _values(comparable(goals), drivers), [], [], []
    for months in (12, 36):
        known = {str(term): float(value) for term, value in values[_MOMENTS[months]].dropna().items()}
        for name, formula in IDENTITIES.items():
            if not set(_TERMS[name]) <= set(known):
                continue
            made = _identity(name, formula, known, months)
            if name not in known:
                known[name] = made.result.value  # a later identity may need it
                derived.append(made)
                continue
            implied, stated = made.result.value, known[name]
            gap = (implied - stated) / abs(stated) if stated else float("nan")
            holds = abs(implied - stated) <= tolerance * abs(stated) + 1e-9
            rows.append((name, months, stated, implied, gap, holds))
            workings.append(made)
    columns = ["identity", "months", "stated", "implied", "difference", "holds"]
    return IdentityCheck(pd.DataFrame(rows, columns=columns), tuple(workings), tuple(derived))


def conflicts(goals: pd.DataFrame) -> Conflicts:
    """Which chosen goals pull against each other, and which pairs nobody has chosen between.

    ``both_improve``: of neither is the last target known to be no better than the baseline; without figures
    a goal means what its name says. ``both_maximised``: moreover
    neither goes first, because both are a priority or neither is.

    Args:
        goals: ``goal, baseline, target_12, target_36, priority``; a row is a chosen goal.

    Raises:
        ValueError: a goal that stands twice.
    """
    values, chosen = _values(goals, None), list(goals["goal"])
    first_ones = set(goals["goal"][goals["priority"].fillna(False).astype(bool)])
    direction = [GOALS[goal][1] if goal in GOALS else 1 for goal in chosen]
    target = values["target_36"].fillna(values["target_12"])
    improves = ~((target - values["baseline"]) * direction <= 0)
    matrix = pd.DataFrame(False, index=chosen, columns=chosen)
    rows = []
    for first, second in CONFLICTS:
        if first in matrix and second in matrix:
            matrix.loc[first, second] = matrix.loc[second, first] = True
            both = bool(improves[first] and improves[second])
            rows.append((first, second, both, both and (first in first_ones) == (second in first_ones)))
    pairs = pd.DataFrame(rows, columns=["first", "second", "both_improve", "both_maximised"])
    pairs = pairs.astype({"both_improve": bool, "both_maximised": bool})  # also when there are none
    return Conflicts(matrix, pairs, tuple(goal for goal in chosen if goal in first_ones))


def driver_tree(goals: pd.DataFrame, drivers: pd.DataFrame | None = None) -> DriverTree:
    """What profit is made of, with baseline and targets where they are known.

    ``profit = revenue × margin − cost to serve − acquisition``; ``revenue = customers kept × spend + what new
    customers buy``; ``acquisition = cost per new customer × new customers``; ``new customers = leads ×
    conversion``. An acquisition that nobody gave is calculated (kind ``calculated``); other unknown values
    stay empty.

    Args:
        goals: ``goal, baseline, target_12, target_36``, and ``unit`` as in `identities_check`.
        drivers: ``driver, baseline, target_12, target_36`` of any of ``DRIVER_UNITS``.
    """
    levels = {"profit": 0}
    for parent, child, _ in _EDGES:
        levels[child] = levels[parent] + 1
    kinds = {node: "goal" if node in GOALS else "driver" for node in levels}
    values = _values(comparable(goals), drivers).reindex(list(levels)).T
    if values["acquisition"].isna().any():
        values["acquisition"] = values["acquisition"].fillna(values["marketing_cost"] * values["new_customers"])
        kinds["acquisition"] = "calculated"
    nodes = pd.DataFrame({"level": levels, "kind": kinds}).assign(unit=pd.Series(_UNITS)).join(values.T)
    edges = pd.DataFrame(list(_EDGES), columns=["parent", "child", "sign"])
    return DriverTree(nodes.rename_axis("node").reset_index(), edges)


def profit_effects(tree: DriverTree) -> pd.Series:
    """What each branch does to profit by itself, the others at their baseline, in euro per year.

    Revenue at the margin of the baseline, margin over the revenue of the baseline, and the change of both
    costs with the sign turned. Together they differ from the change of profit by revenue gained times margin
    gained, which belongs to neither.

    Returns:
        ``revenue, margin, cost_to_serve, acquisition``, at the last target; NaN where a value is unknown.
    """
    nodes = tree.nodes.set_index("node")
    now = nodes["baseline"]
    change = nodes["target_36"].fillna(nodes["target_12"]) - now
    effects = {
        "revenue": change["revenue"] * now["margin"],
        "margin": change["margin"] * now["revenue"],
        "cost_to_serve": -change["cost_to_serve"],
        "acquisition": -change["acquisition"],
    }
    return pd.Series(effects, dtype=float)


def comparable(goals: pd.DataFrame) -> pd.DataFrame:
    """Without goals that are measured in another unit: a count of fans is no retention to calculate with."""
    if "unit" not in goals:
        return goals
    usual = goals["goal"].map(_UNITS)
    return goals[usual.isna() | goals["unit"].isna() | (goals["unit"] == usual)]


def _values(goals: pd.DataFrame, drivers: pd.DataFrame | None) -> pd.DataFrame:
    tables = [goals.set_index("goal")] + ([] if drivers is None else [drivers.set_index("driver")])
    values = pd.concat([table.reindex(columns=list(_MOMENTS.values())).astype(float) for table in tables])
    if twice := list(values.index[values.index.duplicated()]):
        raise ValueError(f"{', '.join(twice)} stands twice; keep one row each")
    return values


def _identity(name: str, formula: str, known: dict[str, float], months: int) -> Working:
    terms = {term: Quantity(known[term], _UNITS[term]) for term in _TERMS[name]}
    subject = f"month_{months}"
    return Working.compute(f"goals.{name}", formula, terms, _UNITS[name], "farris_2010", subject=subject)


def _realistic(frame: pd.DataFrame, largest_change: float) -> tuple[pd.Series, pd.Series]:
    """Whether every target can exist at all, and whether it is moreover within reach."""
    pace = progress(frame)
    low, high = frame["low"].astype(float), frame["high"].astype(float)
    allowed = (high - low).fillna(frame["baseline"].astype(float).abs() * largest_change) * (1 + 1e-9)
    possible = pd.Series(True, index=frame.index)
    near = frame["baseline"].notna() & frame[["target_12", "target_36"]].notna().any(axis=1)
    for target, step in (("target_12", "first_year"), ("target_36", "later_years")):
        value = frame[target].astype(float)
        possible &= value.isna() | (frame["unit"] != "share") | value.between(0, 1)
        near &= value.isna() | value.between(low, high) | (pace[step].abs() <= allowed)
    return possible, near & possible
