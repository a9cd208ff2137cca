"""Value from orders beside value with a fixed retention, and when to believe which."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmworkbook.findings.buying import FAIR, GOOD, NEAR
from crmworkbook.findings.buying_base import FEWEST
from crmworkbook.models.customer_base import value_from_activity
from crmworkbook.models.lifetime_value import value_over_periods
from crmworkbook.text import Language, big_money, money

if TYPE_CHECKING:
    from crmworkbook.findings.buying_base import BuyingBase
    from crmworkbook.models.buying_value import OrderValue
    from crmworkbook.models.customer_base import ActivityValue
    from crmworkbook.models.segment_value import SegmentValue

Reading = dict[str, Any]


@dataclass(frozen=True)
class FixedValue:
    """Value with one retention that never changes, over a horizon and over the whole relation.

    Attributes:
        kind: ``segments``, or ``activity`` where it comes from who ordered in the last two years.
        customers: Count.
        total: Over the horizon, all customers together, euro.
        whole: Over the whole relation, euro.
    """

    kind: str
    customers: float
    total: float
    whole: float

    @property
    def each(self) -> float:
        """Per customer over the horizon, euro."""
        return self.total / self.customers


def from_segments(value: SegmentValue, rate: float, growth: float, payments: int) -> FixedValue:
    """The segments' value over so many payments, ``residual``; rates per period of the tables."""
    frame = value.frame
    each = value_over_periods(
        frame["net_contribution"], frame["retention"], rate, payments, convention="residual", growth=growth
    )
    customers = frame["customers"]
    return FixedValue("segments", float(customers.sum()), float((customers * each).sum()), value.equity)


def from_activity(value: ActivityValue, customers: float, rate: float, years: int) -> FixedValue:
    """The value of customers active in the last year over so many years, ``residual``."""
    each = value_over_periods(value.contribution, value.retention, rate, years, convention="residual")
    return FixedValue("activity", customers, customers * each, value.equity)


def fixed_beside(
    results: Mapping[str, Any], margin: float, rates: tuple[float, float, float], years: int, periods: int
) -> FixedValue | None:
    """The value with a fixed retention that the chapter came to, over as many years; None where it has none.

    Args:
        results: What the chapter's parts left: ``value`` of the segments, or ``years`` of the orders.
        margin: Contribution as a share of the order amount.
        rates: Discount rate and growth per period of the tables, and discount rate per year, shares.
        years: Length of the horizon.
        periods: Periods of the tables in a year.
    """
    now, growth, yearly = rates
    if "value" in results:
        return from_segments(results["value"], now, growth, years * periods)
    if "years" in results:
        found = value_from_activity(results["years"], margin, yearly)
        return from_activity(found, results["years"].n_last, yearly, years)
    return None


def margin_of(table: pd.DataFrame) -> float | None:
    """Contribution as a share of revenue, where the orders have a cost or a margin; else None."""
    if "margin" not in table or table["margin"].isna().any() or table["revenue"].sum() <= 0:
        return None
    share = float(table["margin"].sum() / table["revenue"].sum())
    return share if 0 <= share <= 1 else None


def beside(value: OrderValue, fixed: FixedValue | None) -> Reading:
    """How far the two lie apart per customer, and what the other one counts differently."""
    if fixed is None:
        return {"case": "alone", "gap": 0.0, "kind": "alone", "years": int(value.horizon.length_in("year"))}
    gap = value.each.value / fixed.each - 1 if fixed.each > 0 else math.nan
    case = "apart" if math.isnan(gap) else "near" if abs(gap) <= NEAR else "higher" if gap > 0 else "lower"
    return {"case": case, "gap": abs(gap), "kind": fixed.kind}


def way_rows(value: OrderValue, fixed: FixedValue | None, words: Callable[..., str], spoken: Speaker) -> pd.DataFrame:
    """The ways side by side: columns way, customers, per_customer, between (words), together."""
    years = int(value.horizon.length_in("year"))
    between = spoken.between(value.each.low, value.each.high)
    rows: list[tuple[Any, ...]] = [
        (words("ways", "orders", years=years), value.customers, value.each.value, between, value.total.value)
    ]
    if fixed is not None:
        rows.append((words("ways", "fixed", years=years), fixed.customers, fixed.each, "–", fixed.total))
        rows.append((words("ways", "whole"), fixed.customers, fixed.whole / fixed.customers, "–", fixed.whole))
    return pd.DataFrame(rows, columns=["way", "customers", "per_customer", "between", "together"])


@dataclass(frozen=True)
class Speaker:
    """Amounts in the client's currency and language."""

    language: Language
    currency: str

    def between(self, low: float, high: float) -> str:
        """A range in words."""
        return f"{money(low, self.language, self.currency)} – {money(high, self.language, self.currency)}"

    def big_between(self, low: float, high: float) -> str:
        """A range of large amounts in words."""
        return f"{big_money(low, self.language, self.currency)} – {big_money(high, self.language, self.currency)}"


def belief_reading(base: BuyingBase) -> Reading:
    """Whether the value from orders may be believed: by its trial on the past, or by how little there is."""
    values = {"customers": len(base.table), "repeat": base.repeat, "error": 0.0, "marked": []}
    if base.trouble:
        case = {"too_short": "short", "not_converged": "failed"}.get(base.trouble, "none")
        return values | {"case": case, "marked": [2] if case == "none" else []}
    if base.trial is None:
        return values | {"case": "untested"}
    errors = [abs(base.trial.error), abs(base.trial.revenue_error)]
    worst = max((error for error in errors if math.isfinite(error)), default=math.inf)
    case = "good" if worst <= GOOD else "fair" if worst <= FAIR else "poor"
    return values | {"case": case, "error": worst, "marked": [3] if case == "poor" else []}


def belief_rows(words: Callable[..., str]) -> pd.DataFrame:
    """Situation and what to believe in it."""
    keys = ("notice", "loose", "few", "mixed")
    rows = [(words("situations", key, minimum=FEWEST), words("beliefs", key)) for key in keys]
    return pd.DataFrame(rows, columns=["situation", "belief"])
