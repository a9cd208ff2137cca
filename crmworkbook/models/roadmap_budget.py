"""Where the money of a roadmap goes: people, process, data or technology, and when. Money in euro."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.frames import records
from crmworkbook.models.roadmap import Schedule, month_begins
from crmworkbook.models.working import Quantity, Working

TYPES = ("people", "process", "data", "technology")
_MONTHS_A_QUARTER = 3


@dataclass(frozen=True)
class Balance:
    """How budget and number of initiatives are spread over people, process, data and technology.

    Attributes:
        rows: One row per type: ``type, budget`` (euro), ``budget_share`` (NaN without any budget), ``count,
            count_share``.
        total: Whole budget, euro.
        workings: The share of technology, and of people and process together; empty without any budget.
    """

    rows: pd.DataFrame
    total: float
    workings: tuple[Working, ...]

    def share(self, *types: str) -> float:
        """Share of the budget that these types take together; NaN without any budget."""
        return float(self.rows.set_index("type")["budget_share"].reindex(types).sum(skipna=False))


def budget_balance(initiatives: pd.DataFrame) -> Balance:
    """Budget and number of initiatives per type, with their shares.

    Args:
        initiatives: ``type`` (one of ``TYPES``), ``budget`` (euro; empty counts as nothing).
    """
    frame = initiatives.assign(budget=initiatives["budget"].fillna(0.0))
    grouped = frame.groupby("type")["budget"].agg(["sum", "count"]).reindex(list(TYPES), fill_value=0)
    total = float(grouped["sum"].sum())
    rows = pd.DataFrame(
        {
            "type": list(TYPES),
            "budget": grouped["sum"].to_numpy(dtype=float),
            "budget_share": grouped["sum"].to_numpy(dtype=float) / (total or float("nan")),
            "count": grouped["count"].to_numpy(dtype=int),
            "count_share": grouped["count"].to_numpy(dtype=float) / len(frame),
        }
    )
    spent = {str(kind): Quantity(float(value), "money") for kind, value in grouped["sum"].items()}
    words = {"technology_share": "technology", "people_process_share": "(people + process)"}
    workings = [
        Working.compute(f"roadmap.{name}", f"{part} / (people + process + data + technology)", spent, "share", "own")
        for name, part in (words.items() if total else ())
    ]
    return Balance(rows, total, tuple(workings))


def budget_by_quarter(plan: Schedule) -> pd.DataFrame:
    """Budget per quarter of the roadmap, each initiative spread evenly over its months.

    Args:
        plan: A schedule of initiatives with ``type`` and ``budget``.

    Returns:
        One row per quarter up to the last one with money: ``quarter`` (from 1), ``starts_on``, the types and
        ``total``, euro; empty without any budget.
    """
    parts = [
        ((month - 1) // _MONTHS_A_QUARTER + 1, row["type"], row["budget"] / row["months"])
        for row in records(plan.rows[plan.rows["budget"].fillna(0) > 0])
        for month in range(int(row["start_month"]), int(row["end_month"]) + 1)
    ]
    spread = pd.DataFrame(parts, columns=["quarter", "type", "budget"])
    last = int(spread["quarter"].max()) if len(spread) else 0
    table = spread.pivot_table(index="quarter", columns="type", values="budget", aggfunc="sum")
    table = table.reindex(index=range(1, last + 1), columns=list(TYPES)).astype(float).fillna(0.0)
    table["total"] = table.sum(axis=1)
    starts = [month_begins(plan.first_day, _MONTHS_A_QUARTER * (quarter - 1) + 1) for quarter in table.index]
    table.insert(0, "starts_on", starts)
    return table.rename_axis("quarter").rename_axis(None, axis=1).reset_index()
