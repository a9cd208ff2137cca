"""Buying again: rule W30 on what orders can foretell, and the readings that choose a text's case."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmworkbook.findings import Finding
from crmworkbook.findings.buying_base import FEWEST
from crmworkbook.models.buy_till_you_die.comparison import choose
from crmworkbook.models.buy_till_you_die.fitting import FATAL, Fit
from crmworkbook.models.buyers import spend_working
from crmworkbook.models.buying_silence import alive_grid, alive_working
from crmworkbook.models.rates import DAYS
from crmworkbook.models.working import Quantity, Working
from crmworkbook.text import Language, big_money, number

if TYPE_CHECKING:
    from crmworkbook.findings.buying_base import BuyingBase, Trial
    from crmworkbook.models.buying_draws import Range

Reading = dict[str, Any]

GOOD, FAIR = 0.10, 0.25  # how far a forecast may be off the count to be usable, and to be usable with a margin
DEPENDS = 0.30  # correlation of frequency with spend from which the two do not pass for independent
NEAR = 0.05  # a difference that a reader may overlook

MODEL_NAMES = {"bg_nbd": "BG/NBD", "mbg_nbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD"}

# --- rules --------------------------------------------------------------------------------------------------------


def no_forecast(trouble: str, customers: int, repeat: int, days: int) -> list[Finding]:
    """W30: too few customers or repeats to foretell with, or orders over too short a time.

    Args:
        trouble: ``BuyingBase.trouble``.
        customers: All customers, count.
        repeat: Those with more than one order day, count.
        days: How long the first of them has been followed.
    """
    values = {"customers": customers, "repeat": repeat, "minimum": FEWEST, "days": days}
    return [Finding("W30", trouble, values)] if trouble else []


def loose_fit(fit: Fit) -> list[Finding]:
    """W30: a likelihood that hardly tells parameters apart, a model in which nobody leaves, or customers all alike."""
    if not fit.fault or fit.fault in FATAL:
        return []
    case = {"flat": "flat", "nobody_lost": "nobody_leaves"}.get(fit.fault, "alike")
    return [Finding("W30", case, {})]


def spend_caution(fit: Fit, correlation: float) -> list[Finding]:
    """W30: no amount per customer to estimate, or spend that goes together with how often customers order.

    Args:
        fit: Gamma-gamma.
        correlation: ``Spends.correlation``; NaN says nothing.
    """
    found = [Finding("W30", "no_mean_spend", {})] if fit.fault in FATAL else []
    if abs(correlation) > DEPENDS:
        found.append(Finding("W30", "spend_depends", {"correlation": correlation}))
    return found


def missed(expected: float, counted: int, span: str) -> list[Finding]:
    """W30: a forecast that was further off than one can budget with.

    Args:
        expected: Order days foretold.
        counted: Order days counted.
        span: The time foretold, in words.
    """
    if abs(expected - counted) <= FAIR * counted:
        return []
    return [Finding("W30", "forecast_missed", {"expected": expected, "counted": counted, "span": span})]


def cautions(base: BuyingBase) -> list[Finding]:
    """W30 for a client: why there is no forecast, or what to mind with the one there is."""
    if base.trouble:
        days = int(base.table["tenure_days"].max()) if len(base.table) else 0
        return no_forecast(base.trouble, len(base.table), base.repeat, days)
    return loose_fit(base.fit) + spend_caution(base.spend_fit, base.buyers.spends.correlation())


# --- readings -----------------------------------------------------------------------------------------------------


def alive_reading(base: BuyingBase) -> Reading:
    """How many of those who came back are still customers, and how many are probably gone."""
    again = base.buyers.again
    share, gone = base.ahead.alive, int((base.alive[again] < 0.5).sum())
    values = {"alive": share.value * base.repeat, "repeat": base.repeat, "low": share.low, "high": share.high}
    return {"case": gone, "gone": gone, "date": base.orders.as_of, **values}


def alive_fields(base: BuyingBase) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Chance and number of those who came back, by order days and silence; see ``alive_grid``."""
    again = base.table[base.buyers.again]
    return alive_grid(again["order_days"], again["recency_days"], base.alive[base.buyers.again])


def middle_workings(base: BuyingBase) -> list[Working]:
    """The chance of being alive, and the expected amount, of a customer in the middle of those who came back."""
    again = base.buyers.frame[base.buyers.again]
    middle = again[["repeat_days", "last_day", "age_days"]].median() / [1, *[DAYS[base.fit.unit or "week"]] * 2]
    workings = [alive_working(base.fit, *map(float, middle))]
    if base.spend_fit.fault not in FATAL:
        spend = float(again.loc[again["repeat_spend"] > 0, "repeat_spend"].median())
        workings.append(spend_working(base.spend_fit, float(middle["repeat_days"]), spend))
    return workings


def ahead_reading(found: Range, before: float) -> Reading:
    """A range beside what was counted in the past year."""
    return {"low": found.low, "high": found.high, "before": before}


def revenue_reading(found: Range | None, before: float, language: Language, currency: str) -> Reading:
    """The same in amounts that are read as words; nothing where no amount is known."""
    if found is None:
        return {}
    values = {"low": found.low, "high": found.high, "before": before}
    return {name: big_money(value, language, currency) for name, value in values.items()}


def tracking_reading(trial: Trial) -> Reading:
    """How far the line of the model ends from the count, as a share of the repeat orders after *until*."""
    weeks = trial.weeks
    seen = weeks[weeks["week"] <= trial.split]
    start = seen[["counted", "expected"]].iloc[-1] if len(seen) else pd.Series({"counted": 0.0, "expected": 0.0})
    counted, expected = weeks[["counted", "expected"]].iloc[-1] - start
    error = expected / counted - 1 if counted else math.inf
    case = "near" if abs(error) <= NEAR else "high" if error > 0 else "low"
    return {"case": case, "error": abs(error), "until": trial.until}


def gone_reading(table: pd.DataFrame) -> Reading:
    """The class with the most customers of those for which a limit is known."""
    known = table.dropna(subset=["limit"])
    if known.empty:
        return {"case": "never", "name": "", "days": 0}
    row = known.iloc[int(known["customers"].to_numpy().argmax())]
    return {"case": "some", "name": row["class"], "days": float(row["limit"])}


def trial_reading(trial: Trial, span: str, words: Callable[..., str]) -> Reading:
    """Whether the forecast of the past may be budgeted with: the worse of order days and revenue decides.

    Args:
        trial: The model tried on the past.
        span: The time foretold, in words.
        words: Of the chapter.
    """
    days, revenue = abs(trial.error), abs(trial.revenue_error)
    error = days if math.isnan(revenue) else max(days, revenue)
    case = "none" if math.isinf(days) else "good" if error <= GOOD else "fair" if error <= FAIR else "poor"
    missed_by = "" if case == "none" else words("missed", _both(revenue), days=days, revenue=revenue)
    values = {"span": span, "until": trial.until, "customers": trial.customers, "days": trial.days}
    return {"case": case, "missed": missed_by, **values}


def _both(revenue: float) -> str:
    return "both" if math.isfinite(revenue) else "days"


def trial_rows(trial: Trial, words: Callable[..., str], language: Language, currency: str) -> pd.DataFrame:
    """Foretold beside counted, in words: columns what, expected, range, counted, error (share)."""
    days, revenue = trial.ahead.orders, trial.ahead.revenue

    def count(value: float) -> str:
        return number(value, language, 0)

    def amount(value: float) -> str:
        return big_money(value, language, currency)

    rows = [_trial_row(words("foretold_rows", "days"), days, trial.counted_days, count)]
    if revenue is not None:
        rows.append(_trial_row(words("foretold_rows", "revenue"), revenue, trial.counted_revenue, amount))
    return pd.DataFrame(rows, columns=["what", "expected", "range", "counted", "error"])


def _trial_row(what: str, found: Range, counted: float, spoken: Callable[[float], str]) -> tuple[Any, ...]:
    between = f"{spoken(found.low)} – {spoken(found.high)}"
    error = found.value / counted - 1 if counted > 0 else math.nan
    return what, spoken(found.value), between, spoken(counted), error


def trial_workings(trial: Trial) -> list[Working]:
    """How far the forecast was off; nothing where nobody ordered."""
    if not trial.counted_days:
        return []
    values = {"foretold": Quantity(trial.expected_days, "count"), "counted": Quantity(trial.counted_days, "count")}
    return [Working.compute("buying.error", "foretold / counted − 1", values, "share", "own")]


def class_reading(trial: Trial) -> Reading:
    """The class of order days in which the model was furthest off, order days per customer."""
    worst = trial.classes.iloc[int((trial.classes["expected"] - trial.classes["counted"]).abs().to_numpy().argmax())]
    values = {"name": worst["label"], "expected": float(worst["expected"]), "counted": float(worst["counted"])}
    return values | {"until": trial.until, "days": trial.days, "customers": trial.customers}


def rival_rows(trial: Trial) -> tuple[pd.DataFrame, str]:
    """The models by name with fit and forecast, and the name of the one that fits best; empty where none does.

    Args:
        trial: The model tried on the past.
    """
    found = trial.rivals
    best = MODEL_NAMES.get(choose(found), "")
    return found.assign(model=found["model"].map(MODEL_NAMES)), best


def counted_reading(base: BuyingBase) -> Reading:
    """What can be counted without a model: who came back, the usual interval, and who is silent for twice as long."""
    again = base.table[base.table["repeat_days"] > 0]
    gap = (again["tenure_days"] - again["recency_days"]) / again["repeat_days"]
    overdue = int((again["recency_days"] > 2 * gap).sum())
    usual = float(gap.median()) if len(gap) else math.nan
    return {"customers": len(base.table), "repeat": base.repeat, "usual": usual, "overdue": overdue}


def silence_rows(found: pd.DataFrame, spans: Mapping[str, str]) -> tuple[pd.DataFrame, list[int]]:
    """Value by silence as rows, and which of them are not worth a contact.

    Args:
        found: First outcome of ``migration_table``.
        spans: How long each state has been silent, in words.
    """
    rows = found.assign(silent=[_capital(spans[str(int(state))]) for state in found["state"]])
    return rows, [place for place, contact in enumerate(found["contact"]) if not contact]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
