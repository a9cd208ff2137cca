"""RFM groups over time: who changed group, who ordered again, and what a measure for a group may cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.rates import check_rate, check_retention, check_share
from crmworkbook.models.rfm import SEGMENT_KEYS
from crmworkbook.models.working import Quantity, Working

NOBODY = "nobody"
"""Row of who was no customer yet at the earlier date, and column of who no longer is one."""

FEWEST = 5  # customers; of fewer, a chance says nothing


@dataclass(frozen=True)
class Moves:
    """Customers by their group then and now.

    Attributes:
        matrix: Rows the group at the earlier date, columns the group now, both in the order of ``SEGMENT_KEYS`` with
            ``NOBODY`` last; counts.
        both: Customers in the table at both dates.
        stayed, up, down: Of those, in the same group, in a better one, in a lesser one.
        new, gone: Customers at one of the dates only.
    """

    matrix: pd.DataFrame
    both: int
    stayed: int
    up: int
    down: int
    new: int
    gone: int


def group_moves(before: pd.DataFrame, now: pd.DataFrame) -> Moves:
    """Migration matrix of the named RFM groups between two dates.

    Scores are relative: each date ranks its own customers, so a customer can change group because others did.

    Args:
        before: Outcome of ``rfm_scores`` at the earlier date.
        now: Outcome of ``rfm_scores`` at the later date.
    """
    keys = [*SEGMENT_KEYS, NOBODY]
    pairs = before[["customer", "segment"]].merge(
        now[["customer", "segment"]], on="customer", how="outer", suffixes=("_before", "_now")
    )
    then, since = (pairs[f"segment_{when}"].astype(object).fillna(NOBODY) for when in ("before", "now"))
    matrix = pd.crosstab(then, since).reindex(index=keys, columns=keys, fill_value=0)
    matrix = matrix.rename_axis(index="before", columns="now")
    inner = matrix.loc[list(SEGMENT_KEYS), list(SEGMENT_KEYS)].to_numpy()
    return Moves(
        matrix=matrix,
        both=int(inner.sum()),
        stayed=int(np.trace(inner)),
        up=int(np.tril(inner, -1).sum()),
        down=int(np.triu(inner, 1).sum()),
        new=int(matrix.loc[NOBODY].to_numpy().sum()),
        gone=int(matrix[NOBODY].sum()),
    )


def ordered_again(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """What each group did after the earlier date.

    Args:
        before: Outcome of ``rfm_scores`` at the earlier date.
        now: Customer table of the same orders at the later date: customer, order_days, revenue.

    Returns:
        Indexed by group, those with customers then: ``customers`` (count), ``back`` (with an order since), ``chance``
        (share), ``revenue`` (euro since, per customer who was back; NaN when nobody was).
    """
    since = before.merge(now[["customer", "order_days", "revenue"]], on="customer", suffixes=("", "_now"))
    since["back"] = since["order_days_now"] > since["order_days"]
    since["spent"] = (since["revenue_now"] - since["revenue"]).where(since["back"], 0.0)
    found = since.groupby("segment").agg(customers=("customer", "size"), back=("back", "sum"), spent=("spent", "sum"))
    found = found.reindex([key for key in SEGMENT_KEYS if key in found.index])
    found["chance"] = found["back"] / found["customers"]
    found["revenue"] = found.pop("spent") / found["back"].where(found["back"] > 0)
    return found


def spend_ceilings(
    again: pd.DataFrame,
    customers: Mapping[str, int],
    margin: float,
    retention: float | None,
    discount_rate: float,
    uplift: float,
    plans: Mapping[str, float] | None = None,
) -> tuple[pd.DataFrame, tuple[Working, ...]]:
    """The most that a measure may cost per customer of a group.

    A measure that makes *uplift* more of a group order again in the coming year is worth that share of what one who
    orders again brings: in the first year ``u × m / (1 + i)``, over the whole relation ``u × m / (1 + i − r)``. The
    first order counts at the end of the year. What the measure costs must stay below it, or it costs more than it
    brings (Bult and Wansbeek 1995: until the last euro still earns itself back). No more can order because of it than
    now stay away; what customers who order anyway may spend more is not counted.

    Args:
        again: Outcome of :func:`ordered_again` over one year; groups of fewer than five customers get no ceiling.
        customers: Group to number of customers now.
        margin: Contribution as share of revenue.
        retention: Share per year of all who order that order again the next year, which holds from the second year
            on; None or 1 leaves the whole relation open.
        discount_rate: Yearly, share.
        uplift: Extra share of the group that orders again because of a measure.
        plans: Group to its own uplift in place of *uplift*.

    Returns:
        One row per group with customers now: group, customers, chance (share), contribution (euro per customer who
        orders again, in that year), uplift, ceiling_year and ceiling (euro per customer), budget (ceiling × customers,
        that of the year where the whole relation is open, euro); NaN where a number is missing. And the sums behind
        ``ceiling_year`` and ``ceiling``.
    """
    check_share(margin, "margin")
    check_share(uplift, "uplift")
    check_rate(discount_rate)
    known = again[again["customers"] >= FEWEST]
    lasting = retention if retention is not None and retention < 1 else None
    if lasting is not None:
        check_retention(lasting)
    rows, workings = [], list[Working]()
    for group in SEGMENT_KEYS:
        count = int(customers.get(group, 0))
        if not count:
            continue
        chance = float(known["chance"].get(group, np.nan))
        extra = min((plans or {}).get(group, uplift), 1 - chance) if chance >= 0 else np.nan
        contribution = float(known["revenue"].get(group, np.nan)) * margin
        sums = _ceilings(group, extra, contribution, lasting, discount_rate) if contribution > 0 else {}
        workings += sums.values()
        year, whole = (sums[key].result.value if key in sums else np.nan for key in ("ceiling_year", "ceiling"))
        most = year if np.isnan(whole) else whole
        rows.append((group, count, chance, contribution, extra, year, whole, most * count))
    columns = ["group", "customers", "chance", "contribution", "uplift", "ceiling_year", "ceiling", "budget"]
    return pd.DataFrame(rows, columns=columns), tuple(workings)


def _ceilings(
    group: str, uplift: float, contribution: float, retention: float | None, rate: float
) -> dict[str, Working]:
    terms = {"u": Quantity(uplift, "share"), "m": Quantity(contribution, "money"), "i": Quantity(rate, "rate")}
    source, found = "bult_wansbeek_1995", {}
    formula = "u × m / (1 + i)"
    found["ceiling_year"] = Working.compute("groups.ceiling_year", formula, terms, "money", source, subject=group)
    if retention is not None:
        terms = terms | {"r": Quantity(retention, "share")}
        formula, kind = "u × m / (1 + i − r)", "end_incl"
        found["ceiling"] = Working.compute("groups.ceiling", formula, terms, "money", source, kind, subject=group)
    return found
