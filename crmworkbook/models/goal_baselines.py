"""Where the goals start from: what the client's other tables say of each KPI, and of what profit is made.

Money in euro per period of the tables, counts per period, rates as shares.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from crmworkbook.models.goals import comparable
from crmworkbook.models.working import Quantity, Working


def lead_funnel(lead_channels: pd.DataFrame) -> pd.DataFrame:
    """Leads, conversion and cost per new customer of each channel, and of all together.

    Args:
        lead_channels: ``channel, leads, won, acquisition_spend``.

    Returns:
        ``channel`` (``total`` in the last row), ``leads, won, conversion`` (won / leads), ``spend``, ``cac``
        (spend / won; NaN where nothing was won).
    """
    table = lead_channels.set_index("channel")[["leads", "won", "acquisition_spend"]].astype(float)
    table.loc["total"] = table.sum(skipna=False)  # a channel without a number leaves the total unknown
    table = table.rename(columns={"acquisition_spend": "spend"})
    table["conversion"] = (table["won"] / table["leads"]).where(table["leads"] > 0)
    table["cac"] = (table["spend"] / table["won"]).where(table["won"] > 0)
    return table.rename_axis("channel").reset_index()


def measured(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """What the client's other tables say of the goals and drivers, over the year that they describe.

    ``loyalty = (start − lost) / start`` and ``new_customers`` come from the segments; ``revenue``, ``margin``
    and with the costs ``profit`` (contribution less cost to serve, development and acquisition, before
    overhead) from the cube; ``leads``, ``lead_quality`` and ``marketing_cost`` from the leads per channel.

    Args:
        tables: Any of ``segments`` (``customers_start, customers_lost, customers_new``), ``cube`` (``revenue,
            margin``), ``segment_costs`` (``cost_to_serve, acquisition, development``) and ``lead_channels``
            (``channel, leads, won, acquisition_spend``); others are left alone.

    Returns:
        Goal or driver to value, only those that the tables give: a count or cost that one segment lacks is not
        known for the firm.
    """
    segments, cube, segment_costs, lead_channels = (
        tables.get(name) for name in ("segments", "cube", "segment_costs", "lead_channels")
    )
    found: dict[str, float] = {}
    if segments is not None:
        counts = segments[["customers_start", "customers_lost", "customers_new"]].astype(float)
        start, lost, new = counts.sum(skipna=False)  # without one segment it is not the firm's
        kept = start - lost
        found |= {
            "loyalty": kept / start if start else float("nan"),
            "new_customers": new,
            "customers_kept": kept,
        }
    if segment_costs is not None:
        serving = segment_costs["cost_to_serve"].astype(float).sum(skipna=False)
        found["cost_to_serve"] = serving + segment_costs["development"].sum()  # none given is none spent
        found["acquisition"] = segment_costs["acquisition"].astype(float).sum(skipna=False)
    if cube is not None:
        found |= _sales(cube)
    if lead_channels is not None:
        total = lead_funnel(lead_channels).iloc[-1]
        found |= {
            "leads": total["leads"],
            "lead_quality": total["conversion"],
            "marketing_cost": total["cac"],
        }
        if pd.isna(found.get("acquisition")):
            found["acquisition"] = total["spend"]
    if {"revenue", "margin", "cost_to_serve", "acquisition"} <= set(found):
        contribution = found["revenue"] * found["margin"]
        found["profit"] = contribution - found["cost_to_serve"] - found["acquisition"]
    if {"revenue", "customers_kept", "new_customers"} <= set(found):
        customers = found["customers_kept"] + found["new_customers"]
        found["spend"] = found["revenue"] / customers if customers else float("nan")
    return pd.Series(found, dtype=float).dropna()


def baseline_gaps(goals: pd.DataFrame, found: pd.Series, tolerance: float = 0.05) -> pd.DataFrame:
    """Goals whose baseline is not what the client's other tables say.

    Args:
        goals: ``goal, unit, baseline``; a goal in another unit than the usual is not compared.
        found: As `measured` gives it.
        tolerance: Largest difference, share of what the tables say.

    Returns:
        ``goal, baseline, measured, difference`` (share of the measured value) for each goal outside.
    """
    frame = comparable(goals)[["goal", "baseline"]]
    frame = frame.assign(measured=frame["goal"].map(found))
    gap = (frame["baseline"] - frame["measured"]) / frame["measured"].abs()
    frame["difference"] = gap.where(frame["measured"] != 0)
    return frame[frame["difference"].abs() > tolerance].reset_index(drop=True)


def drivers(goals: pd.DataFrame, found: pd.Series) -> tuple[pd.DataFrame, tuple[Working, ...]]:
    """What profit depends on beside the goals, as far as the tables say; a goal of that name goes before.

    Nobody sets a target for the cost to serve, so it grows with revenue: cost to serve now × target revenue /
    revenue now. Without a target for revenue it stays as it is.

    Args:
        goals: ``goal, unit, baseline, target_12, target_36``.
        found: As `measured` gives it.

    Returns:
        ``driver, baseline, target_12, target_36``, and the sums for the cost to serve.
    """
    rows, workings = [], []
    revenue = goals[(goals["goal"] == "revenue") & (goals["unit"] == "money")]
    for driver in ("cost_to_serve", "acquisition", "customers_kept", "spend"):
        if driver not in found or driver in set(goals["goal"]):
            continue
        row = {
            "driver": driver,
            "baseline": found[driver],
            "target_12": float("nan"),
            "target_36": float("nan"),
        }
        if driver == "cost_to_serve":
            for months in (12, 36):
                made = _grown_service(revenue, found[driver], months)
                workings += [made] if made else []
                row[f"target_{months}"] = made.result.value if made else found[driver]
        rows.append(row)
    return pd.DataFrame(rows, columns=["driver", "baseline", "target_12", "target_36"]), tuple(workings)


def _grown_service(revenue: pd.DataFrame, cost: float, months: int) -> Working | None:
    now, then = (revenue[name].sum(min_count=1) for name in ("baseline", f"target_{months}"))
    if not now > 0 or pd.isna(then):
        return None
    values = {
        "cost_now": Quantity(cost, "money"),
        "revenue": Quantity(then, "money"),
        "revenue_now": Quantity(now, "money"),
    }
    formula, subject = "cost_now × revenue / revenue_now", f"month_{months}"
    return Working.compute("goals.cost_to_serve", formula, values, "money", "own", subject=subject)


def _sales(cube: pd.DataFrame) -> dict[str, float]:
    revenue = float(cube["revenue"].sum())
    known = cube[(cube["revenue"] > 0) & cube["margin"].notna()]
    covered = float(known["revenue"].sum())
    if not revenue or covered < 0.999 * revenue:  # a margin over part of the revenue is not the firm's
        return {"revenue": revenue}
    return {"revenue": revenue, "margin": float((known["revenue"] * known["margin"]).sum()) / covered}
