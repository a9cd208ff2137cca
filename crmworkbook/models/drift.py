"""Drift between two rounds: what changed, and whether it is more than chance or a set limit.

Three rules, by kind of number:

- a share of counted customers (retention, conversion): beyond 1.96 standard errors of the difference between two
  shares; not judged where fewer than five cases are expected on either side;
- a count of events (new customers): beyond 1.96 × √(the two counts together), as for Poisson counts;
- an amount, or a share of an amount: a relative change beyond a limit that the client sets, since it is no sample.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.segment_base import complete, segment_base
from crmworkbook.models.segment_value import segment_faults, segment_value
from crmworkbook.models.working import Quantity, Unit, Working

SURE = 1.96  # standard errors: chance alone goes beyond it once in twenty times
_FEW = 5  # cases expected on either side, below which shares are not judged
_COUNTS = ["customers_start", "customers_lost", "customers_new"]


@dataclass(frozen=True)
class Share:
    """A part of a counted whole."""

    part: float
    whole: float

    @property
    def value(self) -> float:
        """The share; NaN of nothing, or where the part is larger than the whole."""
        return self.part / self.whole if 0 <= self.part <= self.whole and self.whole > 0 else math.nan


@dataclass(frozen=True)
class Change:
    """One measure in two rounds.

    Attributes:
        measure: Key, such as ``retention``.
        subject: Segment or channel; empty for the whole firm.
        unit: ``share``, ``money`` or ``count``.
        then, now: The values.
        limit: What a change must exceed, in the unit of ``change``; NaN where it is not judged.
        working: The sum of the limit; None where it is not judged.
    """

    measure: str
    subject: str
    unit: Unit
    then: float
    now: float
    limit: float
    relative: bool
    working: Working | None = None

    @property
    def change(self) -> float:
        """Relative for amounts (share of then), else the difference."""
        gap = self.now - self.then
        if not self.relative:
            return gap
        return gap / abs(self.then) if self.then else math.nan

    @property
    def beyond(self) -> bool | None:
        """Whether it changed more than chance or the limit; None where that cannot be said."""
        if math.isnan(self.limit) or math.isnan(self.change):
            return None
        return abs(self.change) > self.limit * (1 + 1e-9)


def share_change(measure: str, then: Share, now: Share, subject: str = "") -> Change:
    """The difference between two shares, held against chance."""
    whole = then.whole + now.whole
    p = (then.part + now.part) / whole if whole > 0 else math.nan
    fewest = min(then.whole, now.whole) * min(p, 1 - p)
    if math.isnan(then.value) or math.isnan(now.value) or math.isnan(fewest) or fewest < _FEW:
        return Change(measure, subject, "share", then.value, now.value, math.nan, False)
    values = {"p": Quantity(p, "share"), "before": Quantity(then.whole, "count"), "after": Quantity(now.whole, "count")}
    made = Working.compute(
        f"drift.{measure}",
        f"{SURE} × √(p × (1 − p) × (1 / before + 1 / after))",
        values,
        "share",
        "own",
        subject=subject,
    )
    return Change(measure, subject, "share", then.value, now.value, made.result.value, False, made)


def count_change(measure: str, then: float, now: float, subject: str = "") -> Change:
    """The difference between two counts of events, held against chance."""
    if math.isnan(then) or math.isnan(now) or then + now <= 0:
        return Change(measure, subject, "count", then, now, math.nan, False)
    values = {"before": Quantity(then, "count"), "after": Quantity(now, "count")}
    made = Working.compute(f"drift.{measure}", f"{SURE} × √(before + after)", values, "number", "own", subject=subject)
    return Change(measure, subject, "count", then, now, made.result.value, False, made)


def amount_change(measure: str, unit: Unit, then: float, now: float, limit: float, subject: str = "") -> Change:
    """The relative change of an amount, held against a limit."""
    return Change(measure, subject, unit, then, now, limit, True)


@dataclass(frozen=True)
class Drift:
    """All changes between two rounds.

    Attributes:
        firm: Of the whole firm.
        segments: Of the segments that both rounds have: customers, retention, revenue, revenue_share and equity.
        added, dropped: Segments that only this round, or only the earlier one, has.
    """

    firm: tuple[Change, ...]
    segments: tuple[Change, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]

    @property
    def beyond(self) -> list[Change]:
        """What changed more than chance or the limit, firm first."""
        return [change for change in (*self.firm, *self.segments) if change.beyond]

    @property
    def is_same(self) -> bool:
        """Whether two figures or more are compared and every one of them is exactly what it was."""
        return len(self.firm) > 1 and all(change.now == change.then for change in (*self.firm, *self.segments))

    def of(self, measure: str) -> dict[str, Change]:
        """Segment to its change of one measure."""
        return {change.subject: change for change in self.segments if change.measure == measure}


def drift(
    then: Mapping[str, pd.DataFrame],
    now: Mapping[str, pd.DataFrame],
    limit: float,
    rate: float | None = None,
    growth: float = 0.0,
    amounts: bool = True,
) -> Drift:
    """What changed between two rounds; a measure that either round lacks is left out.

    Args:
        then: Tables of the earlier round by name: segments, segment_costs, cube, lead_channels, those that there are.
        now: Tables of this one.
        limit: Relative change of an amount that counts as real, share.
        rate: Discount rate per period for the customer equity of both rounds; None for no equity.
        growth: Growth of the contribution per period, share.
        amounts: Whether amounts and counts may be compared: not when the rounds differ in currency or period.
    """
    before, after = _position(then, rate, growth), _position(now, rate, growth)
    known = [[str(segment) for segment in side.index] for side in (before, after)]
    both = [segment for segment in known[1] if segment in known[0]]
    firm = _firm(before, after, limit) + _conversion(then, now) + _channel(then, now, limit)
    segments = [change for key in both for change in _segment(key, before.loc[[key]], after.loc[[key]], limit)]
    comparable = [
        [
            change
            for change in changes
            if not (math.isnan(change.then) or math.isnan(change.now)) and (amounts or change.unit == "share")
        ]
        for changes in (firm, segments)
    ]
    return Drift(
        tuple(comparable[0]),
        tuple(comparable[1]),
        tuple(segment for segment in known[1] if segment not in known[0]),
        tuple(segment for segment in known[0] if segment not in known[1]),
    )


def _position(tables: Mapping[str, pd.DataFrame], rate: float | None, growth: float) -> pd.DataFrame:
    """By segment: counts, customers, revenue, contribution, costs, acquisition and equity, NaN where not known."""
    columns = [*_COUNTS, "customers", "revenue", "revenue_share", "contribution", "kept", "acquisition", "equity"]
    if "segments" not in tables:
        return pd.DataFrame(columns=columns, dtype=float)
    segments, cube = tables["segments"], tables.get("cube")
    costs = tables.get("segment_costs", pd.DataFrame({"segment": pd.Series(dtype=object)}))
    base = segment_base(segments, costs, cube).set_index("segment")
    if cube is not None and base["revenue"].isna().any():
        base["revenue"] = base["revenue"].fillna(cube.groupby("segment")["revenue"].sum())
    base["customers"] = base["customers_start"] - base["customers_lost"] + base["customers_new"]
    base["revenue_share"] = base["revenue"] / base["revenue"].sum() if base["revenue"].notna().all() else math.nan
    base["kept"] = base["cost_to_serve"] + base["development"]
    base["equity"] = math.nan
    valued = complete(base.reset_index())
    if rate is not None and len(valued):
        faulty = segment_faults(valued, rate, growth)
        if len(good := valued[~valued["segment"].isin(list(faulty))]):
            base["equity"] = segment_value(good, rate, growth).frame["equity"]
    # an assumed number of new customers may carry a value, but it is nothing that moved
    base.loc[base["assumed_new"], ["customers_new", "customers"]] = math.nan
    return base[columns]


def _firm(then: pd.DataFrame, now: pd.DataFrame, limit: float) -> list[Change]:
    """Totals; unknown as soon as one segment is."""
    old, new = _totals(then), _totals(now)
    return [
        amount_change("customers", "count", old["customers"], new["customers"], limit),
        share_change("retention", _kept(old), _kept(new)),
        count_change("new_customers", old["customers_new"], new["customers_new"]),
        amount_change("revenue", "money", old["revenue"], new["revenue"], limit),
        amount_change("contribution", "money", old["contribution"], new["contribution"], limit),
        amount_change("profit", "money", _profit(old), _profit(new), limit),
        amount_change("cac", "money", _cac(old), _cac(new), limit),
        amount_change("equity", "money", old["equity"], new["equity"], limit),
    ]


def _totals(side: pd.DataFrame) -> dict[str, float]:
    """Column to its sum over all segments; NaN where one of them is not known."""
    whole = {str(name): len(column) > 0 and bool(column.notna().all()) for name, column in side.items()}
    return {name: float(side[name].sum()) if known else math.nan for name, known in whole.items()}


def _kept(side: Mapping[str, float]) -> Share:
    return Share(side["customers_start"] - side["customers_lost"], side["customers_start"])


def _profit(side: Mapping[str, float]) -> float:
    return side["contribution"] - side["kept"] - side["acquisition"]


def _cac(side: Mapping[str, float]) -> float:
    return side["acquisition"] / side["customers_new"] if side["customers_new"] > 0 else math.nan


def _conversion(then: Mapping[str, pd.DataFrame], now: Mapping[str, pd.DataFrame]) -> list[Change]:
    """Leads that became a customer."""
    if "lead_channels" not in then or "lead_channels" not in now:
        return []
    old, new = (tables["lead_channels"][["won", "leads"]].sum() for tables in (then, now))
    return [share_change("conversion", Share(old["won"], old["leads"]), Share(new["won"], new["leads"]))]


def _channel(then: Mapping[str, pd.DataFrame], now: Mapping[str, pd.DataFrame], limit: float) -> list[Change]:
    """The channel whose share of the revenue moved most, of those that both rounds have."""
    if "cube" not in then or "cube" not in now:
        return []
    sums = [tables["cube"].groupby("channel")["revenue"].sum() for tables in (then, now)]
    if any(side.sum() <= 0 for side in sums):
        return []
    old, new = ({str(key): float(part) for key, part in (side / side.sum()).items()} for side in sums)
    moved = {key: abs(part - old[key]) for key, part in new.items() if key in old}
    if len(moved) < 2:
        return []
    channel = max(moved, key=lambda key: moved[key])
    return [amount_change("channel_share", "share", old[channel], new[channel], limit, channel)]


def _segment(key: str, then: pd.DataFrame, now: pd.DataFrame, limit: float) -> list[Change]:
    """The changes of one segment, which is the one row of both frames."""
    old, new = ({str(name): float(column.iloc[0]) for name, column in side.items()} for side in (then, now))
    amounts: dict[str, Unit] = {"customers": "count", "revenue": "money", "revenue_share": "share", "equity": "money"}
    changes = [amount_change(name, unit, old[name], new[name], limit, key) for name, unit in amounts.items()]
    return [changes[0], share_change("retention", _kept(old), _kept(new), key), *changes[1:]]
