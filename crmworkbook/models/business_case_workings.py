"""The sums behind a business case: each benefit, the net present value, payback, return, and what it can stand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from crmworkbook.models.benefit_drivers import Lines, quantity_unit
from crmworkbook.models.business_case import Amounts, BusinessCase
from crmworkbook.models.cash_flow import last_short_year
from crmworkbook.models.frames import records
from crmworkbook.models.working import Quantity, Working

YEAR_END = "year_end"


def line_workings(lines: Lines) -> list[Working]:
    """Hours times rate of each cost line that has one, and the present value of each benefit.

    The subject is the position of the line in its table, after ``cost_`` or ``benefit_``.
    """
    found = []
    for position, row in enumerate(records(lines.costs)):
        rate = float(row["hourly_rate"])
        if not math.isnan(rate) and rate and np.any(row["amounts"]):
            values = {"H": Quantity(float(row["amounts"].sum() / rate), "count"), "w": Quantity(rate, "money")}
            subject = f"cost_{position}"
            found.append(Working.compute("business_case.hours", "H × w", values, "money", "own", subject=subject))
    for line in records(lines.benefits):
        if np.any(line["amounts"]):
            found.append(_benefit_working(line, lines.case.discount_rate))
    return found


def _benefit_working(row: Mapping[Any, Any], rate: float) -> Working:
    each = float(row["unit_value"])
    unit, of_each = quantity_unit(str(row["driver"]), each)
    quantities: Amounts = row["quantities"]
    terms, values = _terms("Q", quantities, unit_of=unit)
    formula = terms
    if of_each != "number":
        values = {"v": Quantity(each, of_each), **values}
        formula = f"v × ({terms})"
    values |= {"i": Quantity(rate, "rate")}
    subject = f"benefit_{row['position']}"
    return Working.compute("business_case.benefit", formula, values, "money", "farris_2010", YEAR_END, subject)


def _terms(letter: str, amounts: Amounts, unit_of: str = "money", rate: str = "i") -> tuple[str, dict[str, Quantity]]:
    """``C0 + C1 / (1 + i) + C2 / (1 + i)^2``, without the years in which nothing moves."""
    terms, values = [], {}
    for year, amount in enumerate(amounts):
        if amount:
            power = "" if year == 0 else f" / (1 + {rate})" if year == 1 else f" / (1 + {rate})^{year}"
            terms.append(f"{letter}{year}{power}")
            values[f"{letter}{year}"] = Quantity(float(amount), unit_of)  # type: ignore[arg-type]
    return " + ".join(terms), values


def case_workings(case: BusinessCase) -> list[Working]:
    """The sums of the whole case, in the order in which a reader meets them; none without any cash flow."""
    return list(_case_workings(case)) if case.frame["net"].any() else []


def _case_workings(case: BusinessCase) -> Iterator[Working]:
    net = case.frame["net"].to_numpy()
    terms, values = _terms("C", net)
    rated = values | {"i": Quantity(case.discount_rate, "rate")}
    yield Working.compute("business_case.npv", terms, rated, "money", "farris_2010", YEAR_END)
    yield from _payback("business_case.payback", net)
    yield from _payback("business_case.discounted_payback", case.frame["discounted"].to_numpy())
    if case.irr.case == "found":
        terms, values = _terms("C", net, rate="R")
        found = values | {"R": Quantity(case.irr.rate, "rate")}
        yield Working.compute("business_case.irr", terms, found, "money", "farris_2010", YEAR_END)
    yield from _returns(case)
    worth = {"B": Quantity(float(case.benefit_worth.sum()), "money")}
    if worth["B"].value > 0:
        spent = {"K": Quantity(case.worth(case.one_off + case.running), "money")}
        yield Working.compute("business_case.break_even", "K / B", spent | worth, "share", "own", YEAR_END)
        run = {"J": Quantity(case.worth(case.running), "money")}
        yield Working.compute("business_case.room", "B − J", worth | run, "money", "own", YEAR_END)


def _payback(name: str, flows: Amounts) -> Iterator[Working]:
    place = last_short_year(flows)
    if place is not None and place < flows.size - 1:
        short, following = -float(flows.cumsum()[place]), float(flows[place + 1])
        values = {"Y": Quantity(float(place), "count"), "D": Quantity(short, "money")}
        values |= {"F": Quantity(following, "money")}
        yield Working.compute(name, "Y + D / F", values, "years", "farris_2010", YEAR_END)


def _returns(case: BusinessCase) -> Iterator[Working]:
    values = {"T": Quantity(case.totals["benefits"], "money"), "I": Quantity(case.totals["one_off"], "money")}
    values |= {"J": Quantity(case.totals["running"], "money")}
    if not math.isnan(case.roi_all_costs):
        formula = "(T − I − J) / (I + J)"
        yield Working.compute("business_case.roi", formula, values, "share", "farris_2010", "roi_all_costs")
    if not math.isnan(case.roi_investment):
        formula = "(T − I − J) / I"
        yield Working.compute("business_case.roi", formula, values, "share", "farris_2010", "roi_investment")


def benefits_by_driver(lines: Lines) -> pd.Series:
    """Present value of the benefits of each driver, largest first."""
    worth = pd.Series(lines.case.benefit_worth, index=list(lines.case.drivers), dtype=float)
    return worth.groupby(level=0, sort=False).sum().sort_values(ascending=False, kind="stable")
