"""Contacts with customers: how many, of what kind, how fast answered, and how many can be tied to a customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.working import Quantity, Working


@dataclass(frozen=True)
class Interactions:
    """The interaction log, added up.

    Attributes:
        frame: One row per kind, most contacts first: kind, contacts (count), share (of all contacts),
            known_share, response (hours), in_time_share; NaN where not recorded.
        contacts: Of all kinds, count.
        known_share, in_time_share: Over the kinds where they are recorded; NaN where none is.
        response: Hours, mean over the kinds weighted by contacts, where recorded; NaN where none is.
        workings: The sum behind in_time_share; that of known_share is with :func:`identified`.
    """

    frame: pd.DataFrame
    contacts: int
    known_share: float
    in_time_share: float
    response: float
    workings: tuple[Working, ...]


def interactions(log: pd.DataFrame) -> Interactions:
    """Volume, kind and response time of contacts.

    Args:
        log: kind, contacts; known (contacts tied to a known customer), in_time (answered
            within the standard), response (hours) may be NaN.
    """
    frame = log.sort_values("contacts", ascending=False, kind="stable").reset_index(drop=True)
    total, counted = int(frame["contacts"].sum()), frame["contacts"].where(frame["contacts"] > 0)
    frame["share"] = frame["contacts"] / total if total else np.nan
    frame["known_share"], frame["in_time_share"] = frame["known"] / counted, frame["in_time"] / counted
    shares, workings = {}, []
    for part in ("known", "in_time"):
        rows = frame.dropna(subset=[part])
        if (of := float(rows["contacts"].sum())) > 0:
            shares[part] = float(rows[part].sum()) / of
            workings += [_share(part, float(rows[part].sum()), of)] if part == "in_time" else []  # known: identified()
    answered = frame.dropna(subset=["response"])
    weight = answered["contacts"].sum()
    return Interactions(
        frame=frame,
        contacts=total,
        known_share=shares.get("known", float("nan")),
        in_time_share=shares.get("in_time", float("nan")),
        response=float((answered["response"] * answered["contacts"]).sum() / weight) if weight else float("nan"),
        workings=tuple(workings),
    )


def impossible_kinds(log: pd.DataFrame) -> list[str]:
    """Kinds with more contacts known or answered in time than there were."""
    over = (log["known"] > log["contacts"]) | (log["in_time"] > log["contacts"])
    return [str(kind) for kind in log.loc[over, "kind"]]


def identified(counts: Mapping[str, tuple[float, float]]) -> tuple[pd.DataFrame, tuple[Working, ...]]:
    """What can be tied to a known customer: orders, customers, contacts.

    Args:
        counts: What to how many are known, and of how many; nothing is said where there are none.

    Returns:
        One row for each that there is: what, known, of (counts), share; and the sums.
    """
    found = [(what, known, of) for what, (known, of) in counts.items() if of > 0]
    workings = tuple(_share("identified", known, of, what) for what, known, of in found)
    frame = pd.DataFrame(found, columns=["what", "known", "of"])
    return frame.assign(share=[working.result.value for working in workings]), workings


def _share(measure: str, part: float, whole: float, subject: str = "") -> Working:
    values = {"part": Quantity(part, "count"), "whole": Quantity(whole, "count")}
    return Working.compute(f"interactions.{measure}", "part / whole", values, "share", "own", subject=subject)
