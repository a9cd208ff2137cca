"""The phases of a customer relation: how many are in each, who moves on, and who ever gets to commitment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.working import Quantity, Working

PHASES = ("awareness", "exploration", "expansion", "commitment", "dissolution")
"""The five of Dwyer, Schurr and Oh (1987), in their order."""

_WAY = PHASES[:4]  # dissolution can follow on each of these, and leads nowhere


@dataclass(frozen=True)
class LifeCycle:
    """Counts and rates per phase.

    Attributes:
        frame: In the order of ``PHASES``, those given: phase, customers, moved_on, gone (counts), conversion, leaving
            (shares of the customers, per period), stay (expected periods in the phase, NaN when nobody leaves it),
            dwell (as measured, months, NaN when unknown), reach (share that ever gets to commitment, NaN when a rate
            on the way is unknown, and from commitment on).
        narrowest: Phase before commitment with the lowest conversion of those who leave it; empty without any.
        workings: The sums behind stay and reach.
    """

    frame: pd.DataFrame
    narrowest: str
    workings: tuple[Working, ...]


def life_cycle(table: pd.DataFrame) -> LifeCycle:
    """Conversion, leaving, stay and chance to reach commitment, as a Markov chain over the phases.

    The chain takes last period's rates for lasting: from each phase before commitment a customer moves on, leaves or
    stays for another period. So the expected stay is ``1 / (conversion + leaving)`` periods, and the chance to reach
    commitment the product of ``moved on / (moved on + gone)`` along the way (absorbing chain, no way back).

    Args:
        table: phase, customers (at the start of the period), moved_on (of those, in the next phase at the end; for
            dissolution: won back), gone (of those, no relation any more at the end), dwell (measured, months,
            optional).

    Raises:
        ValueError: more customers moved on or gone than there were.
    """
    frame = table.set_index("phase").reindex([phase for phase in PHASES if phase in set(table["phase"])]).reset_index()
    if faults := impossible_phases(table):
        raise ValueError(f"more customers moved on and left than there were: {', '.join(faults)}")
    start = frame["customers"].where(frame["customers"] > 0)
    frame["conversion"], frame["leaving"] = frame["moved_on"] / start, frame["gone"] / start
    frame.loc[frame["phase"] == "commitment", "conversion"] = np.nan  # nothing comes after it
    outflow = frame["moved_on"] + frame["gone"]
    frame["stay"] = start / outflow.where(outflow > 0)
    onward = (frame["moved_on"] / outflow.where(outflow > 0)).set_axis(frame["phase"])
    frame["reach"] = [_reach(onward, phase) for phase in frame["phase"]]
    if "dwell" not in frame:
        frame["dwell"] = np.nan
    way = onward.reindex([phase for phase in _WAY[:-1] if phase in onward.index]).dropna()
    return LifeCycle(frame, str(way.idxmin()) if len(way) else "", tuple(_workings(frame, onward)))


def impossible_phases(table: pd.DataFrame) -> list[str]:
    """Phases that more customers left than were in them."""
    return [str(phase) for phase in table.loc[table["moved_on"] + table["gone"] > table["customers"], "phase"]]


def _reach(onward: pd.Series, phase: str) -> float:
    if phase not in _WAY[:-1]:
        return float("nan")
    return float(np.prod([onward.get(step, np.nan) for step in _WAY[_WAY.index(phase) : -1]]))


def _workings(frame: pd.DataFrame, onward: pd.Series) -> list[Working]:
    found = []
    for row in frame.dropna(subset=["stay"]).to_dict("records"):
        values = {"N": Quantity(row["customers"], "count"), "on": Quantity(row["moved_on"], "count")}
        values |= {"gone": Quantity(row["gone"], "count")}
        stay = "N / (on + gone)"
        found.append(Working.compute("life_cycle.stay", stay, values, "years", "dwyer_1989", subject=row["phase"]))
    reach = _reach(onward, "awareness")
    if not np.isnan(reach):
        steps = {symbol: Quantity(float(onward[step]), "share") for symbol, step in zip("abc", _WAY, strict=False)}
        found.append(Working.compute("life_cycle.reach", "a × b × c", steps, "share", "dwyer_1989"))
    return found
