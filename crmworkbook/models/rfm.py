"""Recency, frequency and monetary value: scores, named segments and the mail rule.

Customers are ranked against each other, not against fixed limits. The best fifth scores 5, the lowest fifth 1
(Hughes 1994); ties share their rank, so that equal customers always get equal scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from crmworkbook.models.working import Quantity, Working

Best = Literal["high", "low"]
Monetary = Literal["average", "total"]
Ties = Literal["average", "min", "max", "first"]

SEGMENT_KEYS = (
    "champion",
    "loyal",
    "potential_loyalist",
    "new",
    "promising",
    "needs_attention",
    "about_to_sleep",
    "at_risk",
    "cant_lose",
    "hibernating",
    "lost",
)
"""The eleven segments, from most to least valuable."""

_MAP = {
    5: ("new", "potential_loyalist", "potential_loyalist", "champion", "champion"),
    4: ("promising", "potential_loyalist", "potential_loyalist", "loyal", "champion"),
    3: ("about_to_sleep", "needs_attention", "needs_attention", "loyal", "loyal"),
    2: ("hibernating", "about_to_sleep", "at_risk", "at_risk", "at_risk"),
    1: ("lost", "lost", "hibernating", "cant_lose", "cant_lose"),
}

SEGMENTS: Mapping[tuple[int, int], str] = MappingProxyType(
    {(recency, fm): name for recency, names in _MAP.items() for fm, name in enumerate(names, start=1)}
)
"""Segment of each pair (recency, fm), both 1-5: every one of the 25 cells has exactly one name."""

_SCORES = ("recency", "frequency", "monetary")
_TIES = ("average", "min", "max", "first")
_SMALL = 125  # below this, five bins a side leave less than one customer per cell of 5 × 5 × 5


def score(values: Sequence[float] | pd.Series, bins: int = 5, best: Best = "high", ties: Ties = "average") -> pd.Series:
    """Class of each value among the others, 1 (worst) to *bins* (best).

    ``ceil(bins × rank / n)``, with rank 1 for the worst value. Five equal groups are Hughes (1994); he does
    not say what to do with ties, and cutting through them gives equal customers unequal scores. The
    convention here is that ties share their average rank, so a class can be larger than n / bins, or empty.

    Args:
        values: One number per customer.
        bins: Number of classes, at least 2.
        best: ``high`` when a high value is good (frequency, money), ``low`` when it is bad (days since the
            last order).
        ties: ``average``, ``min`` or ``max`` rank for all that tie; ``first`` breaks ties by order of
            appearance.

    Returns:
        Scores from 1 to *bins*, with the index of *values*.

    Raises:
        ValueError: no values, a missing value, fewer than 2 bins, or an unknown rule.
    """
    series = pd.Series(values)
    _check_choice("best", best, ("high", "low"))
    _check_choice("ties", ties, _TIES)
    _check_values(series)
    if bins < 2:
        raise ValueError(f"bins must be 2 or more, got {bins}; write 5 for fifths")
    # Ranks are halves at most: doubled they are whole numbers, and the rounding up is exact.
    doubled = np.rint(2 * series.rank(method=ties, ascending=best == "high").to_numpy()).astype(np.int64)
    return pd.Series(-(-bins * doubled // (2 * len(series))), index=series.index, name=series.name)


def tie_share(values: Sequence[float] | pd.Series, bins: int = 5, best: Best = "high") -> float:
    """Share of customers whose score hangs on the tie rule, 0-1.

    A customer counts when the ``min`` and the ``max`` rule give different scores: the tie lies across the
    edge of a class. Ties within a class do no harm and do not count. Own measure; no published source.

    Args:
        values: One number per customer.
        bins: Number of classes.
        best: As for :func:`score`: unequal classes make it matter from which end the ranks are counted.

    Raises:
        ValueError: as :func:`score`.
    """
    return float((score(values, bins, best, ties="min") != score(values, bins, best, ties="max")).mean())


def bins_for(customers: int) -> int:
    """Number of classes that so many customers can carry: 3 below 125, else 5."""
    return 3 if customers < _SMALL else 5


def rfm_scores(table: pd.DataFrame, monetary: Monetary = "average", bins: int | None = None) -> pd.DataFrame:
    """Recency, frequency and monetary score of each customer, and the segment they name.

    Each score is ranked over all customers, independently of the other two. ``fm`` is the mean of the
    frequency and the monetary score, a half rounded up. With other than five bins each score first takes the
    place its middle customer would have among five, ``ceil(5 × (score − ½) / bins)``: of three bins that is
    1, 3 and 5. So one map of names serves all; three bins can never give the names *promising* and *at_risk*.

    Args:
        table: One row per customer with ``customer``, ``recency_days`` (days since the last order),
            ``order_days`` (days with an order), ``average_spend`` (euro per order day) and ``revenue``
            (euro).
        monetary: ``average`` ranks ``average_spend``, ``total`` ranks ``revenue``.
        bins: Number of classes; None takes :func:`bins_for`.

    Returns:
        The same rows and columns, with ``recency``, ``frequency``, ``monetary`` (1 to bins), ``fm`` (1-5) and
        ``segment`` (key of :data:`SEGMENT_KEYS`). ``attrs`` carries ``bins`` and ``monetary``, to be printed.

    Raises:
        ValueError: a column is missing, there is no customer, or a customer stands there twice.
    """
    _check_choice("monetary", monetary, ("average", "total"))
    _check_table(table)
    classes = bins_for(len(table)) if bins is None else bins
    money = table["average_spend"] if monetary == "average" else table["revenue"]
    scored = table.assign(
        recency=score(table["recency_days"], classes, best="low"),
        frequency=score(table["order_days"], classes),
        monetary=score(money, classes),
    )
    places = {name: _place(scored[name], classes) for name in _SCORES}
    scored["fm"] = (places["frequency"] + places["monetary"] + 1) // 2
    cells = zip(places["recency"], scored["fm"], strict=True)
    scored["segment"] = [SEGMENTS[recency, fm] for recency, fm in cells]
    scored.attrs = {"bins": classes, "monetary": monetary}
    return scored


def segment_table(scored: pd.DataFrame) -> pd.DataFrame:
    """Size and worth of each segment.

    Args:
        scored: Outcome of :func:`rfm_scores`.

    Returns:
        All eleven segments in the order of :data:`SEGMENT_KEYS`, empty ones included: ``segment``,
        ``customers``, ``customer_share``, ``revenue`` (euro), ``revenue_share`` (NaN when all revenue
        together is not above zero), ``mean_recency_days``, ``mean_order_days``, ``mean_average_spend`` (euro
        per order day, mean over customers). Means are NaN for an empty segment.
    """
    groups = scored.groupby("segment")
    sums = groups.agg(
        customers=("customer", "size"),
        revenue=("revenue", "sum"),
        mean_recency_days=("recency_days", "mean"),
        mean_order_days=("order_days", "mean"),
        mean_average_spend=("average_spend", "mean"),
    ).reindex(list(SEGMENT_KEYS))
    sums = sums.fillna({"customers": 0, "revenue": 0.0}).astype({"customers": "int64"})
    total = float(sums["revenue"].sum())
    sums.insert(1, "customer_share", sums["customers"] / len(scored))
    sums.insert(3, "revenue_share", sums["revenue"] / total if total > 0 else np.nan)
    return sums.rename_axis("segment").reset_index()


def class_sizes(scored: pd.DataFrame, bins: int | None = None) -> pd.DataFrame:
    """Number of customers in each class of each score; ties make classes unequal, and this shows it.

    Args:
        scored: Outcome of :func:`rfm_scores`.
        bins: Number of classes; None takes the number *scored* was made with.

    Returns:
        ``score`` (1 to bins), and customers per score as ``recency``, ``frequency``, ``monetary``.
    """
    classes = bins if bins is not None else scored.attrs.get("bins", bins_for(len(scored)))
    scores = pd.RangeIndex(1, classes + 1, name="score")
    counts = {name: scored[name].value_counts().reindex(scores, fill_value=0) for name in _SCORES}
    return pd.DataFrame(counts, index=scores).reset_index()


def heat_map(scored: pd.DataFrame) -> pd.DataFrame:
    """Customers per cell of the map of names.

    Args:
        scored: Outcome of :func:`rfm_scores`.

    Returns:
        One row per recency score, place among five, best first (three classes give 5, 3 and 1), one column
        per ``fm`` from 1 to 5; counts, 0 for an empty cell.
    """
    bins = scored.attrs.get("bins", bins_for(len(scored)))
    places = _place(pd.Series(range(bins, 0, -1)), bins).drop_duplicates()
    counts = pd.crosstab(_place(scored["recency"], bins), scored["fm"])
    return counts.reindex(index=list(places), columns=range(1, 6), fill_value=0).rename_axis(index="recency")


def break_even_response(cost_per_contact: float, margin_per_sale: float) -> Working:
    """Response at which a mailing earns back its own cost, as a share of the contacts.

    ``c / m``: contact a class only when it answers better than this (Hughes 1994). Bult and Wansbeek (1995)
    put it marginally: go on while the next contact still brings in at least what it costs.

    Args:
        cost_per_contact: Euro per contact, above zero.
        margin_per_sale: Contribution in euro per sale, above zero.

    Raises:
        ValueError: either is not above zero.
    """
    _check_positive("cost_per_contact", cost_per_contact)
    _check_positive("margin_per_sale", margin_per_sale)
    values = {"c": Quantity(cost_per_contact, "money"), "m": Quantity(margin_per_sale, "money")}
    return Working.compute("rfm.break_even_response", "c / m", values, "share", "hughes_1994")


def response_index(response: float, break_even: float) -> Working:
    """How far a class answers above (or below) break-even, in percent of break-even.

    ``(r − b) / b × 100`` (Hughes 1994): 0 earns nothing and costs nothing, below 0 loses money.

    Args:
        response: Share of the contacts in this class that bought, 0-1.
        break_even: Share from :func:`break_even_response`, above zero.

    Raises:
        ValueError: *response* is not a share, or *break_even* is not above zero.
    """
    _check_positive("break_even", break_even)
    if not 0 <= response <= 1:
        raise ValueError(f"response must be a share from 0 to 1, got {response:g}; write 3% as 0.03")
    values = {"r": Quantity(response, "share"), "b": Quantity(break_even, "share")}
    return Working.compute("rfm.response_index", "(r − b) / b × 100", values, "number", "hughes_1994")


def _place(scores: pd.Series, bins: int) -> pd.Series:
    """Where the middle of each class lies among five."""
    return -(-5 * (2 * scores - 1) // (2 * bins))


def _check_table(table: pd.DataFrame) -> None:
    needed = ("customer", "recency_days", "order_days", "average_spend", "revenue")
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise ValueError(f"the customer table lacks {', '.join(missing)}; make it with transactions.customer_table")
    if table["customer"].duplicated().any():
        raise ValueError("a customer stands in the table more than once; give one row per customer")


def _check_values(values: pd.Series) -> None:
    if values.empty:
        raise ValueError("there are no customers to score; give at least one")
    if not np.isfinite(values.to_numpy(dtype=float, na_value=np.nan)).all():
        raise ValueError("a value to score is missing or infinite; leave that customer out or fill it in first")


def _check_positive(name: str, value: float) -> None:
    if not value > 0:
        raise ValueError(f"{name} must be above zero, got {value:g}")


def _check_choice(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
