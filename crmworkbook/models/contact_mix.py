"""Contacts with customers: how many begin with us, and along which way they come; and a vote on trends."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.working import Quantity, Working

KINDS = ("crm", "ecrm", "social")
TRENDS = ("loyalty", "development", "personalisation", "customisation")


@dataclass(frozen=True)
class ContactMix:
    """Contacts by kind and by who began.

    Attributes:
        frame: Indexed by kind, those that occur in the order of ``KINDS``: ours, customer (contacts per period),
            total, share (of all contacts, 0 to 1).
        total: All contacts per period.
        proactive: Share of all contacts that we began, 0 to 1.
        working: The sum of it.
    """

    frame: pd.DataFrame
    total: float
    proactive: float
    working: Working


def contact_mix(touchpoints: pd.DataFrame) -> ContactMix | None:
    """The share of contacts that we began, and the mix of kinds.

    Args:
        touchpoints: Columns kind (``crm``: in person, by telephone or by letter; ``ecrm``: online; ``social``: on
            social media), initiative (``ours`` or ``customer``), number (count per period).

    Returns:
        None when there was no contact at all.
    """
    frame = touchpoints.pivot_table(index="kind", columns="initiative", values="number", aggfunc="sum")
    frame = frame.reindex(index=[k for k in KINDS if k in frame.index], columns=["ours", "customer"]).fillna(0.0)
    frame["total"] = frame["ours"] + frame["customer"]
    if not (total := float(frame["total"].sum())):
        return None
    frame["share"] = frame["total"] / total
    values = {"ours": Quantity(float(frame["ours"].sum()), "count"), "all": Quantity(total, "count")}
    working = Working.compute("contact_mix.proactive", "ours / all", values, "share", "article_crm_strategy")
    return ContactMix(frame, total, working.result.value, working)


def trend_ranks(votes: pd.DataFrame) -> pd.DataFrame:
    """Four trends by the points they got, most first.

    Args:
        votes: Columns trend (key in ``TRENDS``), points (count); a trend that is not there got none.

    Returns:
        trend, points, rank; trends that tie share the better rank.
    """
    points = votes.set_index("trend")["points"].reindex(list(TRENDS)).fillna(0.0)
    frame = points.sort_values(ascending=False, kind="stable").rename_axis("trend").reset_index()
    return frame.assign(rank=frame["points"].rank(method="min", ascending=False).astype(int))
