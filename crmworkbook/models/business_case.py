"""The business case of a CRM plan: costs and benefits by year, what they come to, and what that hangs on.

Benefits count as incremental contribution, never as revenue: an extra kept customer for the net contribution of
one customer per year, extra revenue for its contribution margin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmworkbook.models.cash_flow import InternalRate, delayed, discounted, internal_rate, payback_period
from crmworkbook.models.rates import check_rate

Amounts = npt.NDArray[np.float64]

DRIVERS = ("kept_customers", "extra_revenue", "acquisition_saved", "repeat_contacts", "other")
LONGEST = 10  # years


@dataclass(frozen=True)
class Scenario:
    """How the drivers move together.

    Attributes:
        benefits, one_off, running: Factors on all benefits, on one-off costs and on running costs; 1 leaves alone.
        delay: Years by which all benefits come later.
    """

    benefits: float = 1.0
    one_off: float = 1.0
    running: float = 1.0
    delay: float = 0.0


BASE = Scenario()
SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {"pessimistic": Scenario(benefits=0.6, one_off=1.10), "base": BASE, "optimistic": Scenario(benefits=1.25)}
)
RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "kept_customers": (-0.5, 0.5),
        "extra_revenue": (-0.3, 0.3),
        "acquisition_saved": (-0.5, 0.5),
        "repeat_contacts": (-0.5, 0.5),
        "other": (-0.5, 0.5),
        "one_off": (-0.10, 0.25),
        "running": (-0.2, 0.2),
        "discount_rate": (-0.02, 0.04),
        "delay": (0.0, 0.5),
    }
)


@dataclass(frozen=True, eq=False)
class BusinessCase:
    """Costs and benefits by year, and what they come to.

    Attributes:
        one_off, running: Costs per year from year 0, as positive amounts.
        benefits: One row per benefit, one column per year from 0; amounts of contribution.
        drivers: One of ``DRIVERS`` for each benefit.
        discount_rate: Per year, share.
    """

    one_off: Amounts
    running: Amounts
    benefits: Amounts
    drivers: tuple[str, ...]
    discount_rate: float

    def __post_init__(self) -> None:
        """Refuse what cannot be added up."""
        check_rate(self.discount_rate)
        if unknown := sorted(set(self.drivers) - set(DRIVERS)):
            raise ValueError(f"unknown driver {', '.join(unknown)}; use {', '.join(DRIVERS)}")
        if not 1 <= self.years <= LONGEST:
            raise ValueError(f"a business case spans 1 to {LONGEST} years, got {self.years}")
        if self.benefits.shape != (len(self.drivers), self.years + 1) or self.running.size != self.one_off.size:
            raise ValueError("costs and benefits must span the same years, with one driver per benefit")

    @property
    def years(self) -> int:
        """The horizon: the last year that counts."""
        return self.one_off.size - 1

    @cached_property
    def frame(self) -> pd.DataFrame:
        """By year: one_off, running, benefits, net, discounted, cumulative, cumulative_discounted."""
        benefits = self.benefits.sum(axis=0)
        net = benefits - self.one_off - self.running
        counted = discounted(net, self.discount_rate)
        columns = {"year": np.arange(net.size), "one_off": self.one_off, "running": self.running}
        columns |= {"benefits": benefits, "net": net, "discounted": counted}
        return pd.DataFrame(columns | {"cumulative": net.cumsum(), "cumulative_discounted": counted.cumsum()})

    def worth(self, amounts: Amounts) -> float:
        """Amounts per year from year 0, brought back to now and added up."""
        return float(discounted(amounts, self.discount_rate).sum())

    @cached_property
    def benefit_worth(self) -> Amounts:
        """Present value of each benefit."""
        return np.array([self.worth(row) for row in self.benefits], dtype=float)

    @cached_property
    def npv(self) -> float:
        """Net present value."""
        return float(self.frame["discounted"].sum())

    @cached_property
    def payback(self) -> float:
        """Years until the money is back, without interest; ``inf`` when it does not come back in time."""
        return payback_period(self.frame["net"].to_numpy())

    @cached_property
    def discounted_payback(self) -> float:
        """Years until the money is back with interest; ``inf`` when it does not come back in time."""
        return payback_period(self.frame["discounted"].to_numpy())

    @cached_property
    def irr(self) -> InternalRate:
        """Internal rate of return, or why there is none."""
        return internal_rate(self.frame["net"].to_numpy())

    @cached_property
    def totals(self) -> Mapping[str, float]:
        """benefits, one_off and running added up over the years, without interest."""
        return {name: float(self.frame[name].sum()) for name in ("benefits", "one_off", "running")}

    @property
    def roi_all_costs(self) -> float:
        """Benefits less all costs, as a share of all costs; NaN without costs."""
        return self._share_of(self.totals["one_off"] + self.totals["running"])

    @property
    def roi_investment(self) -> float:
        """The same gain as a share of the one-off costs only; NaN without those."""
        return self._share_of(self.totals["one_off"])

    def _share_of(self, denominator: float) -> float:
        gain = self.totals["benefits"] - self.totals["one_off"] - self.totals["running"]
        return gain / denominator if denominator > 0 else math.nan

    @cached_property
    def break_even_factor(self) -> float:
        """Part of the benefits that is just enough for a net present value of 0; ``inf`` without benefits."""
        benefits = float(self.benefit_worth.sum())
        return self.worth(self.one_off + self.running) / benefits if benefits > 0 else math.inf

    @property
    def room(self) -> float:
        """The highest one-off investment that the benefits carry: their worth less that of the running costs."""
        return float(self.benefit_worth.sum()) - self.worth(self.running)

    def under(self, scenario: Scenario) -> BusinessCase:
        """The same case with all drivers moved together."""
        moved = scenario.benefits * np.array([delayed(row, scenario.delay) for row in self.benefits])
        return replace(
            self,
            one_off=scenario.one_off * self.one_off,
            running=scenario.running * self.running,
            benefits=moved.reshape(self.benefits.shape),
        )

    def moved(self, what: str, change: float) -> BusinessCase:
        """The same case with one thing moved.

        Args:
            what: A driver, ``one_off`` or ``running`` (by a share of itself), ``discount_rate`` (by points, within
                0 to 100%) or ``delay`` (in years).
            change: How far.
        """
        if what == "discount_rate":
            return replace(self, discount_rate=min(max(self.discount_rate + change, 0.0), 1.0))
        if what == "delay":
            return self.under(Scenario(delay=max(change, 0.0)))
        if what in ("one_off", "running"):
            return self.under(replace(BASE, **{what: 1 + change}))
        factors = np.array([1 + change if driver == what else 1.0 for driver in self.drivers])
        return replace(self, benefits=self.benefits * factors[:, None])

    def is_there(self, what: str) -> bool:
        """Whether moving *what* can change anything."""
        if what in ("one_off", "running"):
            return bool(np.any(getattr(self, what)))
        rows = [row for row, driver in zip(self.benefits, self.drivers, strict=True) if what in (driver, "delay")]
        return what == "discount_rate" or bool(np.any(rows))


def tornado(case: BusinessCase, ranges: Mapping[str, tuple[float, float]] = RANGES) -> pd.DataFrame:
    """Net present value when one thing at a time moves, widest swing first; what is not in the case is left out.

    Args:
        case: The business case.
        ranges: What moves (see :meth:`BusinessCase.moved`) to its low and high change.

    Returns:
        Columns what, low_change, high_change, low and high (net present value at those changes), swing.
    """
    rows = []
    for what, (low, high) in ranges.items():
        if case.is_there(what):
            ends = [case.moved(what, change).npv for change in (low, high)]
            rows.append((what, low, high, *ends, abs(ends[1] - ends[0])))
    columns = ["what", "low_change", "high_change", "low", "high", "swing"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("swing", ascending=False, kind="stable", ignore_index=True)
