"""The sums behind :mod:`crmworkbook.models.segment_value`, one per segment and measure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from crmworkbook.models.lifetime_value import GrowthFrom, lifetime_value_working
from crmworkbook.models.what_if import MOST_KEPT
from crmworkbook.models.working import Quantity, Unit, Working

SOURCE = "blattberg_deighton_1996"
YEARS = 5  # of the limited value beside the lifetime value


def segment_workings(
    row: Mapping[str, float],
    measures: Mapping[str, float],
    smoothed: bool,
    discount_rate: float,
    growth: float,
    growth_from: GrowthFrom,
    required_return: float,
    horizon: int,
    subject: str,
) -> list[Working]:
    """The sums of one segment; what follows from an unknown or zero acquisition cost is left out."""
    net, retention = measures["net_contribution"], measures["retention"]
    existing = lifetime_value_working(
        net,
        retention,
        discount_rate,
        convention="residual",
        growth=growth,
        growth_from=growth_from,
        name="segment_value.value_existing",
        subject=subject,
    )
    new = lifetime_value_working(
        net,
        retention,
        discount_rate,
        convention="start_incl",
        growth=growth,
        growth_from=growth_from,
        name="segment_value.value_new",
        subject=subject,
    )
    equity = {"N": Quantity(measures["customers"], "count"), "V": existing.result}
    return [
        _retention_working(row, smoothed, subject),
        _net_working(row, measures, subject),
        existing,
        _five_years_working(net, retention, discount_rate, growth, growth_from, horizon, subject),
        new,
        _ceiling_working(new, required_return, subject),
        *_half_life_working(retention, subject),
        *_acquisition_workings(row, measures, discount_rate, growth, growth_from, subject),
        Working.compute("segment_value.equity", "N × V", equity, "money", SOURCE, "residual", subject),
    ]


def _retention_working(row: Mapping[str, float], smoothed: bool, subject: str) -> Working:
    values = {
        "start": Quantity(row["customers_start"], "count"),
        "lost": Quantity(row["customers_lost"], "count"),
    }
    formula, source = ("(start − lost) / start", "farris_2010")
    if smoothed:
        formula, source = ("(start − lost + 1) / (start + 2)", "laplace_1814")
    if row["retention_change"]:  # a what-if
        values["change"] = Quantity(row["retention_change"], "share")
        formula = f"max(0, min({MOST_KEPT}, {formula} + change))"
    return Working.compute("segment_value.retention", formula, values, "share", source, subject=subject)


def _net_working(row: Mapping[str, float], measures: Mapping[str, float], subject: str) -> Working:
    values = {"contribution": Quantity(row["contribution"], "money")}
    values |= {"serve": Quantity(row["cost_to_serve"], "money")}
    formula = "(contribution − serve) / N"
    if row["development"]:
        values |= {"develop": Quantity(row["development"], "money")}
        formula = "(contribution − serve − develop) / N"
    values |= {"N": Quantity(measures["customers"], "count")}
    name = "segment_value.net_contribution"
    return Working.compute(name, formula, values, "money", "gupta_lehmann_2003", subject=subject)


def _five_years_working(
    net: float,
    retention: float,
    discount_rate: float,
    growth: float,
    growth_from: GrowthFrom,
    horizon: int,
    subject: str,
) -> Working:
    values = {"m": Quantity(net, "money"), "r": Quantity(retention, "share")}
    values |= {"i": Quantity(discount_rate, "rate"), "n": Quantity(horizon, "count")}
    values |= {"g": Quantity(growth, "rate")} if growth else {}
    grown = " × (1 + g)" if growth else ""
    ratio = f"r{grown} / (1 + i)"
    first = f"m{grown if growth_from == 'first' else ''} × r / (1 + i)"
    formula = f"{first} × (1 − ({ratio})^n) / (1 − {ratio})"
    return _working("value_five_years", formula, values, "money", subject, "residual")


def _ceiling_working(new: Working, required_return: float, subject: str) -> Working:
    values = {"V": new.result, "q": Quantity(required_return, "share")}
    name = "allowable_acquisition_cost"
    return _working(name, "max(0, V × (1 − q))", values, "money", subject, "start_incl")


def _half_life_working(retention: float, subject: str) -> list[Working]:
    if not retention:
        return []
    return [_working("half_life", "ln(0.5) / ln(r)", {"r": Quantity(retention, "share")}, "years", subject)]


def _acquisition_workings(
    row: Mapping[str, float],
    measures: Mapping[str, float],
    discount_rate: float,
    growth: float,
    growth_from: GrowthFrom,
    subject: str,
) -> list[Working]:
    """Acquisition cost, value after it, payback and break-even retention, as far as they exist."""
    cac = Quantity(measures["cac"], "money")
    if math.isnan(cac.value):
        return []
    spent = {"spent": Quantity(row["acquisition"], "money"), "won": Quantity(row["customers_new"], "count")}
    after = {"V": Quantity(measures["value_new"], "money"), "CAC": cac}
    workings = [
        _working("cac", "spent / won", spent, "money", subject),
        _working("value_new_after_cac", "V − CAC", after, "money", subject, "start_incl"),
    ]
    net = {"CAC": cac, "m": Quantity(measures["net_contribution"], "money")}
    if math.isfinite(measures["payback"]) and measures["net_contribution"]:
        workings.append(_working("payback", "CAC / m", net, "years", subject))
    if math.isfinite(measures["break_even_retention"]) and cac.value > 0:
        values = net | {"i": Quantity(discount_rate, "rate")}
        values |= {"g": Quantity(growth, "rate")} if growth else {}
        formula = _break_even_formula(growth, growth_from)
        workings.append(_working("break_even_retention", formula, values, "share", subject, "start_incl"))
    if math.isfinite(measures["discounted_payback"]) and measures["discounted_payback"] > 0:
        terms = (measures["retention"], discount_rate, growth, growth_from)
        workings.append(_discounted_payback(net, *terms, subject))
    return workings


def _discounted_payback(
    net: dict[str, Quantity],
    retention: float,
    discount_rate: float,
    growth: float,
    growth_from: GrowthFrom,
    subject: str,
) -> Working:
    """Years until what is still to come equals what is still uncovered, rounded up to whole years."""
    values = net | {"r": Quantity(retention, "share"), "i": Quantity(discount_rate, "rate")}
    values |= {"g": Quantity(growth, "rate")} if growth else {}
    grown = " × (1 + g)" if growth else ""
    future = f"m{grown if growth_from == 'first' else ''} × r"
    left = f"1 − (CAC − m) × (1 + i − r{grown}) / ({future})"
    formula = f"ceil(ln({left}) / ln(r{grown} / (1 + i)))"
    return _working("discounted_payback", formula, values, "years", subject, "start_incl")


def _break_even_formula(growth: float, growth_from: GrowthFrom) -> str:
    if not growth:
        return "max(0, (1 + i) × (1 − m / CAC))"
    future = "m × (1 + g)" if growth_from == "first" else "m"
    return f"max(0, CAC − m) × (1 + i) / ({future} + max(0, CAC − m) × (1 + g))"


def _working(
    measure: str, formula: str, values: dict[str, Quantity], unit: Unit, subject: str, convention: str = ""
) -> Working:
    name = f"segment_value.{measure}"
    return Working.compute(name, formula, values, unit, "farris_2010", convention, subject)


def equity_by_segment(equity: Sequence[float]) -> Working:
    """Equity by segment added up; E1, E2, … in the order of the segments."""
    values = {f"E{place}": Quantity(amount, "money") for place, amount in enumerate(equity, start=1)}
    name = "segment_value.equity_by_segment"
    return Working.compute(name, " + ".join(values), values, "money", SOURCE, "residual")
