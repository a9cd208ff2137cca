"""Customer value per segment: retention, value, acquisition limits and equity, beside one average for all.

Existing customers are valued as ``residual`` and new ones as ``start_incl``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.acquisition import (
    allowable_acquisition_cost,
    break_even_retention,
    discounted_payback,
    simple_payback,
)
from crmworkbook.models.lifetime_value import GrowthFrom, margin_multiple, value_over_periods
from crmworkbook.models.rates import check_rate, half_life, retention_fault, smoothed_retention
from crmworkbook.models.segment_workings import YEARS, equity_by_segment, segment_workings
from crmworkbook.models.what_if import changed_retention
from crmworkbook.models.working import Working

_NEEDED = ["customers_start", "customers_lost", "customers_new", "contribution", "cost_to_serve"]
_ADDED_UP = [*_NEEDED, "acquisition", "development"]
_COLUMNS = [*_ADDED_UP, "retention_change"]


@dataclass(frozen=True)
class SegmentValue:
    """Customer value per segment, beside the same sums on all customers as if they were one group.

    Years below are the periods of the counts: months for a firm that keeps its tables per month.

    Attributes:
        frame: Indexed by segment: customers (count, end of year), retention (share per year), cac (euro per
            customer won), net_contribution (euro per customer per year), multiple (``residual``),
            value_existing (euro per customer, ``residual``), value_five_years (its first *horizon* payments only),
            value_new (``start_incl``), value_new_after_cac, equity (euro, customers × value_existing),
            payback (years, cac / net_contribution), discounted_payback (whole years), break_even_retention
            (share, ``start_incl``; 1 or more: no retention is enough), allowable_acquisition_cost (euro per
            customer won), half_life (years).
            ``inf`` years means never. Where nobody was won or the acquisition spending is not known, cac and
            what follows from it are empty (NaN).
        total: The same columns on the pooled base: one average instead of segments.
        equity: Sum of the segments' equity, euro.
        equity_one_average: Equity if the whole base had the average retention and contribution, euro.
        workings: The sums, per segment (subject) and, from two segments up, for the pooled base (subject
            empty); last the equity by segment.
    """

    frame: pd.DataFrame
    total: pd.Series
    equity: float
    equity_one_average: float
    workings: tuple[Working, ...]

    @property
    def averaging_error(self) -> float:
        """What one average hides: equity by segment less equity with one average, euro."""
        return self.equity - self.equity_one_average

    def rows(self) -> pd.DataFrame:
        """The frame with segment as a column and, from two segments up, two more rows.

        ``all`` adds the segments up: values per customer are weighted by customers, equity is the sum.
        ``average`` is the pooled base, valued with one average.
        """
        table = self.frame.reset_index()
        if len(table) == 1:
            return table
        pooled = self.total.to_frame().T.assign(segment="average")
        added = pooled.assign(segment="all", multiple=math.nan)
        for column in ("value_existing", "value_five_years", "value_new"):
            weighted = (self.frame[column] * self.frame["customers"]).sum()
            added[column] = weighted / self.frame["customers"].sum()
        added["equity"] = self.equity
        return pd.concat([table, added[table.columns], pooled[table.columns]], ignore_index=True).infer_objects()


@dataclass(frozen=True)
class Fault:
    """Why a segment has no lifetime value.

    Attributes:
        case: ``incomplete``, ``impossible_counts``, ``retention_too_high`` or ``value_infinite``.
        reason: The same with its numbers, in English.
    """

    case: str
    reason: str


def segment_faults(
    segments: pd.DataFrame, discount_rate: float, growth: float = 0.0, smooth: Collection[str] = ()
) -> dict[str, Fault]:
    """Segments that have no lifetime value, each with the reason (rule W06).

    Args:
        segments: As for :func:`segment_value`.
        discount_rate: Yearly, share.
        growth: Growth of the contribution per year, share.
        smooth: Segments whose retention is smoothed.

    Returns:
        Segment to its first fault; empty when all can be valued.
    """
    check_rate(discount_rate)
    check_rate(growth, "growth")
    if segments.empty:
        return {}
    rows = _rows(segments)
    faults = {name: _fault(row, name in smooth, discount_rate, growth) for name, row in rows.items()}
    return {name: fault for name, fault in faults.items() if fault}


def _fault(row: Mapping[str, float], smoothed: bool, discount_rate: float, growth: float) -> Fault | None:
    missing = [column for column in _NEEDED if math.isnan(row[column])]
    if missing:
        return Fault("incomplete", f"{', '.join(missing)} missing")
    if not 0 <= row["customers_lost"] <= row["customers_start"] or row["customers_start"] == 0:
        reason = "customers_lost must lie between 0 and customers_start, which must be above 0"
        return Fault("impossible_counts", reason)
    if row["customers_start"] - row["customers_lost"] + row["customers_new"] <= 0:
        return Fault("impossible_counts", "no customers at the end of the year")
    retention = _retention(row, smoothed)
    if reason := retention_fault(retention):
        return Fault("retention_too_high", reason)
    if retention * (1 + growth) >= 1 + discount_rate:
        reason = f"retention {retention:g} with growth {growth:g} outruns discount rate {discount_rate:g}"
        return Fault("value_infinite", reason)
    return None


def segment_value(
    segments: pd.DataFrame,
    discount_rate: float,
    growth: float = 0.0,
    *,
    growth_from: GrowthFrom = "second",
    required_return: float = 0.0,
    smooth: Collection[str] = (),
    horizon: int = YEARS,
) -> SegmentValue:
    """Customer value, acquisition limits and equity per segment.

    Existing customers are valued as ``residual``, new ones as ``start_incl``; retention is
    (start − lost) / start, so customers won during the year do not count as kept. Counts, amounts and rates may
    also be per month, all of them: then retention, payback and half-life are in months.

    Args:
        segments: Columns segment, customers_start, customers_lost, customers_new (count per year),
            contribution, cost_to_serve, acquisition and optionally development (euro per year, whole segment;
            development is part of keeping customers and is subtracted with cost to serve); for a what-if also
            retention_change (share, the same for all: added to the retention that the counts give).
        discount_rate: Yearly, share.
        growth: Growth of the contribution per year, share.
        growth_from: Whether the first future contribution has grown; see ``margin_multiple``.
        required_return: Share of a new customer's value that must be left after winning it.
        smooth: Segments for which retention is (kept + 1) / (start + 2): small groups that lost nobody.
        horizon: Payments in value_five_years: 5 by the year, 60 by the month.

    Raises:
        ValueError: all segments that cannot be valued, each with its reason; or a column or rate is wrong.
    """
    if faults := segment_faults(segments, discount_rate, growth, smooth):
        listed = "; ".join(f"{name}: {fault.reason}" for name, fault in faults.items())
        raise ValueError(f"{len(faults)} segment(s) without a lifetime value: {listed}")
    rows = _rows(segments)
    terms = (discount_rate, growth, growth_from)
    measures = {name: _measures(row, name in smooth, *terms, required_return, horizon) for name, row in rows.items()}
    whole = {column: sum(row[column] for row in rows.values()) for column in _ADDED_UP}
    whole["retention_change"] = next(iter(rows.values()))["retention_change"]
    # A firm that lost nobody at all has no average retention either: then the average is smoothed too.
    smooth_whole = whole["customers_lost"] == 0
    average = _measures(whole, smooth_whole, *terms, required_return, horizon)
    by_segment = equity_by_segment([measured["equity"] for measured in measures.values()])
    shown = (*terms, required_return, horizon)
    return SegmentValue(
        frame=pd.DataFrame.from_dict(measures, orient="index").rename_axis("segment"),
        total=pd.Series(average, name="total"),
        equity=by_segment.result.value,
        equity_one_average=average["equity"],
        workings=(
            *(
                working
                for name, row in rows.items()
                for working in segment_workings(row, measures[name], name in smooth, *shown, name)
            ),
            *(segment_workings(whole, average, smooth_whole, *shown, "") if len(rows) > 1 else ()),
            by_segment,
        ),
    )


def _rows(segments: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Segment to its input columns as numbers; no development cost is none spent."""
    absent = [column for column in ["segment", *_NEEDED, "acquisition"] if column not in segments]
    if absent:
        raise ValueError(f"segments lacks the column(s) {', '.join(absent)}")
    twice = segments.loc[segments["segment"].duplicated(), "segment"]
    if len(twice) or segments.empty:
        raise ValueError(f"segments must list each segment once; {', '.join(twice) or 'it is empty'}")
    base = segments.assign(segment=segments["segment"].astype(str)).set_index("segment")
    base = base.reindex(columns=_COLUMNS).astype(float).fillna({"development": 0.0, "retention_change": 0.0})
    return {str(name): dict(zip(_COLUMNS, map(float, row), strict=True)) for name, *row in base.itertuples()}


def _retention(row: Mapping[str, float], smoothed: bool) -> float:
    kept, start = row["customers_start"] - row["customers_lost"], row["customers_start"]
    return changed_retention(smoothed_retention(kept, start) if smoothed else kept / start, row["retention_change"])


def _measures(
    row: Mapping[str, float],
    smoothed: bool,
    discount_rate: float,
    growth: float,
    growth_from: GrowthFrom,
    required_return: float,
    horizon: int,
) -> dict[str, float]:
    """The columns of ``SegmentValue.frame`` for one segment or for the whole base."""
    customers = row["customers_start"] - row["customers_lost"] + row["customers_new"]
    retention = _retention(row, smoothed)
    net = (row["contribution"] - row["cost_to_serve"] - row["development"]) / customers
    cac = row["acquisition"] / row["customers_new"] if row["customers_new"] else math.nan
    multiple = margin_multiple(retention, discount_rate, convention="residual", growth=growth, growth_from=growth_from)
    # start_incl is the same future payments after one certain payment now.
    existing, new = net * multiple, net * (1 + multiple)
    return {
        "customers": customers,
        "retention": retention,
        "cac": cac,
        "net_contribution": net,
        "multiple": multiple,
        "value_existing": existing,
        "value_five_years": value_over_periods(
            net,
            retention,
            discount_rate,
            horizon,
            convention="residual",
            growth=growth,
            growth_from=growth_from,
        ),
        "value_new": new,
        "value_new_after_cac": new - cac,
        "equity": customers * existing,
        **_acquisition_measures(net, retention, discount_rate, cac, growth, growth_from),
        "allowable_acquisition_cost": allowable_acquisition_cost(new, required_return),
        "half_life": half_life(retention),
    }


def _acquisition_measures(
    net: float, retention: float, discount_rate: float, cac: float, growth: float, growth_from: GrowthFrom
) -> dict[str, float]:
    if math.isnan(cac):
        return dict.fromkeys(("payback", "discounted_payback", "break_even_retention"), math.nan)
    return {
        "payback": simple_payback(net, cac),
        "discounted_payback": discounted_payback(net, retention, discount_rate, cac, growth, growth_from),
        "break_even_retention": break_even_retention(
            net, cac, discount_rate, convention="start_incl", growth=growth, growth_from=growth_from
        ),
    }
