"""From the tables of a business case to amounts by year: hours and rates, adoption, value per unit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmworkbook.models.business_case import DRIVERS, LONGEST, Amounts, BusinessCase
from crmworkbook.models.frames import records
from crmworkbook.models.segment_base import complete, cost_table, segment_base
from crmworkbook.models.working import Quantity, Unit, Working

YEARS_WITHOUT_A_TABLE = 3  # horizon when no year is filled in anywhere
_BENEFIT_YEARS = [f"year_{year}" for year in range(1, LONGEST + 1)]
_COST_YEARS = ["year_0", *_BENEFIT_YEARS]


@dataclass(frozen=True)
class UnitValues:
    """What one extra unit of a driver yields, from the client's own segment tables.

    Attributes:
        net_contribution: Segment (``all`` for the whole firm) to net contribution per customer per year.
        margin: Segment to contribution as a share of revenue.
        workings: The sums of the whole firm and of the segments.
    """

    net_contribution: Mapping[str, float]
    margin: Mapping[str, float]
    workings: tuple[Working, ...] = ()

    def of(self, driver: str, segment: str) -> float:
        """Value of one unit; NaN when the tables do not give it."""
        known = {"kept_customers": self.net_contribution, "extra_revenue": self.margin}.get(driver)
        return 1.0 if known is None else known.get(segment, math.nan)


NO_VALUES = UnitValues({}, {})


def unit_values(
    segments: pd.DataFrame, segment_costs: pd.DataFrame, cube: pd.DataFrame | None, periods_per_year: int = 1
) -> UnitValues:
    """Net contribution per customer per year and contribution margin, per segment and for the whole firm.

    Args:
        segments: As for ``segment_base``, counts and amounts per period.
        segment_costs: Likewise.
        cube: Likewise; None without one.
        periods_per_year: Periods of those tables in a year, 1 or 12.
    """
    base = complete(segment_base(segments, segment_costs, cube))
    if base.empty:
        return NO_VALUES
    rows = cost_table(base)
    if len(rows) == 1:
        rows = pd.concat([rows, rows.assign(segment="all")], ignore_index=True)
    net, margin, workings = {}, {}, []
    for row in records(rows):
        segment = str(row["segment"])
        if row["customers"] > 0:
            working = _net_working(row, periods_per_year)
            net[segment] = working.result.value
            workings.append(working)
        if row["revenue"] > 0:
            values = {name: Quantity(float(row[name]), "money") for name in ("contribution", "revenue")}
            formula = "contribution / revenue"
            working = Working.compute("business_case.margin", formula, values, "share", "own", subject=segment)
            margin[segment] = working.result.value
            workings.append(working)
    return UnitValues(net, margin, tuple(workings))


def _net_working(row: Mapping[str, float], periods: int) -> Working:
    values = {"contribution": Quantity(float(row["contribution"]), "money")}
    values |= {"serve": Quantity(float(row["cost_to_serve"]), "money")}
    values |= {"develop": Quantity(float(row["development"]), "money")}
    values |= {"N": Quantity(float(row["customers"]), "count")}
    formula = "(contribution − serve − develop) / N"
    if periods > 1:
        values |= {"P": Quantity(float(periods), "count")}
        formula = f"P × {formula}"
    subject = str(row["segment"])
    return Working.compute("business_case.net_contribution", formula, values, "money", "own", subject=subject)


@dataclass(frozen=True, eq=False)
class Lines:
    """The tables of a business case, line by line, with the case that they add up to.

    Attributes:
        costs: The investments with kind, nature and ``amounts`` (an array per line, from year 0).
        benefits: The benefits that count in money, with driver, segment, ``quantities``, ``unit_value``,
            ``amounts`` and the text columns that they came with.
        left_out: Positions (in the table of benefits) that have a driver but no quantity or value per unit.
        case: What they add up to.
    """

    costs: pd.DataFrame
    benefits: pd.DataFrame
    left_out: tuple[int, ...]
    case: BusinessCase


def case_lines(
    investments: pd.DataFrame,
    benefits: pd.DataFrame,
    discount_rate: float,
    *,
    adoption: pd.DataFrame | None = None,
    values: UnitValues = NO_VALUES,
    longest: float = LONGEST,
) -> Lines:
    """Put a value on every line.

    Args:
        investments: Columns kind, nature (``one_off`` or ``running``), hourly_rate (euro, empty: the years hold
            amounts instead of hours), year_0 … year_10.
        benefits: Columns driver (one of ``DRIVERS``, or ``none`` for what is not counted in money), segment,
            expected, unit_value, at_full, year_1 … year_10. A filled year is the quantity of that year; else
            at_full × the share of adoption.
        discount_rate: Per year, share.
        adoption: Columns year, share: which part works the new way at the end of that year. Years between are
            read off the straight line, the last share holds on; None for all at once.
        values: Value of a unit where a line gives none.
        longest: Years that count at most; the horizon is the last year that is filled in anywhere.
    """
    years = horizon(investments, benefits, adoption, longest)
    spent = pd.Series([_cost(row, years) for row in records(investments)], index=investments.index, dtype=object)
    costs = investments.assign(amounts=spent)
    shares = _adoption(adoption, years)
    counted: list[dict[str, object]] = []
    left_out: list[int] = []
    for position, row in enumerate(records(benefits)):
        if row["driver"] not in DRIVERS or not row["expected"]:
            continue
        line = _benefit(row, shares, values)
        if line is None:
            left_out.append(position)
        else:
            counted.append({**row, "position": position, **line})
    columns = dict.fromkeys([*benefits.columns, "position", "quantities", "unit_value", "amounts"])
    listed = pd.DataFrame(counted, columns=list(columns))
    rows = np.array([line["amounts"] for line in counted], dtype=float).reshape(len(counted), years + 1)
    case = BusinessCase(
        one_off=_added(costs[costs["nature"] == "one_off"]["amounts"], years),
        running=_added(costs[costs["nature"] == "running"]["amounts"], years),
        benefits=rows,
        drivers=tuple(str(line["driver"]) for line in counted),
        discount_rate=discount_rate,
    )
    return Lines(costs, listed, tuple(left_out), case)


def horizon(
    investments: pd.DataFrame, benefits: pd.DataFrame, adoption: pd.DataFrame | None = None, longest: float = LONGEST
) -> int:
    """The last year that is filled in, from 1 up to *longest*; three when only adoption at full is given."""
    last = [_last_year(investments, _COST_YEARS), _last_year(benefits, _BENEFIT_YEARS)]
    if adoption is not None and benefits["at_full"].notna().any():
        last.append(int(adoption["year"].max()))
    elif benefits["at_full"].notna().any() and max(last) < 1:
        last.append(YEARS_WITHOUT_A_TABLE)
    return int(min(max(*last, 1), max(longest, 1), LONGEST))


def _last_year(frame: pd.DataFrame, columns: Sequence[str]) -> int:
    filled = [int(name.removeprefix("year_")) for name in columns if frame[name].fillna(0).ne(0).any()]
    return max(filled, default=0)


def _cost(row: Mapping[str, object], years: int) -> Amounts:
    amounts = np.nan_to_num(np.array([row[name] for name in _COST_YEARS[: years + 1]], dtype=float))
    rate = float(row["hourly_rate"])  # type: ignore[arg-type]
    return amounts if math.isnan(rate) else amounts * rate


def _added(rows: pd.Series, years: int) -> Amounts:
    return np.asarray(sum(rows, np.zeros(years + 1)))


def _adoption(adoption: pd.DataFrame | None, years: int) -> Amounts:
    if adoption is None:
        return np.array([0.0, *np.ones(years)])
    points = adoption.sort_values("year")
    return np.interp(np.arange(years + 1), [0, *points["year"]], [0.0, *points["share"]])


def _benefit(row: Mapping[str, object], shares: Amounts, values: UnitValues) -> dict[str, object] | None:
    years = shares.size - 1
    given = np.array([0.0, *[row[name] for name in _BENEFIT_YEARS[:years]]], dtype=float)
    full = float(row["at_full"])  # type: ignore[arg-type]
    if math.isnan(full) and np.isnan(given[1:]).all():
        return None
    quantities = np.nan_to_num(np.where(np.isnan(given), full * shares, given))
    own = float(row["unit_value"])  # type: ignore[arg-type]
    each = values.of(str(row["driver"]), _segment(row)) if math.isnan(own) else own
    if math.isnan(each):
        return None
    return {"quantities": quantities, "unit_value": each, "amounts": quantities * each}


def _segment(row: Mapping[str, object]) -> str:
    return str(row["segment"]) if isinstance(row["segment"], str) else "all"


def quantity_unit(driver: str, each: float) -> tuple[Unit, Unit]:
    """In what a driver's quantity and its value per unit are counted."""
    if driver == "kept_customers":
        return "count", "money"
    if driver == "extra_revenue":
        return "money", "share"
    return ("money", "number") if each == 1 else ("count", "money")
