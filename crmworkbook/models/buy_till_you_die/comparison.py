"""Several models on the same histories, side by side: how well they fit, and what they say of a later period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmworkbook.models.buy_till_you_die import bg_bb, bg_nbd, mbg_nbd, pareto_nbd
from crmworkbook.models.buy_till_you_die.fitting import FATAL, Fit
from crmworkbook.models.buy_till_you_die.histories import Histories

if TYPE_CHECKING:
    from crmworkbook.models.rates import Span, TimeUnit

MODELS: Mapping[str, ModuleType] = {
    "bg_nbd": bg_nbd,
    "mbg_nbd": mbg_nbd,
    "pareto_nbd": pareto_nbd,
    "bg_bb": bg_bb,
}
ANY_TIME = ("bg_nbd", "mbg_nbd", "pareto_nbd")  # models of customers who can buy at any moment
MOST = 7  # repeat purchases; who made more are one group
Numbers = npt.NDArray[np.float64]


def fit_all(histories: Histories, models: Sequence[str] = ANY_TIME) -> tuple[Fit, ...]:
    """The fits of several models, by name, on the same histories."""
    return tuple(MODELS[model].fit(histories) for model in models)


def compare(
    fits: Sequence[Fit], histories: Histories, *, later: npt.ArrayLike | None = None, span: Span | None = None
) -> pd.DataFrame:
    """What each fit makes of the histories it was fitted on, and of what these customers did later.

    Args:
        fits: Fits on *histories*, such as :func:`fit_all` gives.
        histories: The histories.
        later: Purchases in the *span* after them, of all customers of a row together; needs *span*.
        span: How long customers were followed later.

    Returns:
        One row per fit: model; fault; parameters (count); log_likelihood; aic, ``2 k − 2 ln L``, and bic,
        ``k ln n − 2 ln L``, both lower when better; alive (share of all customers expected to be there still);
        alive_once (the same of those who bought once). With *later* also expected and actual (purchases), error
        (expected / actual − 1), and misplaced (``Σ |expected − actual|`` over groups of customers by their repeat
        purchases, seven and more together, / actual). Numbers are NaN for a fit that has no outcome.

    Raises:
        ValueError: *later* without *span*, or not as long as the histories.
    """
    if later is not None and (span is None or np.shape(later) != (len(histories),)):
        raise ValueError("later purchases need one number per row of the histories, and the span they were counted in")
    bought = None if later is None else np.asarray(later, float)
    return pd.DataFrame([_row(fit, histories, bought, span) for fit in fits])


def compare_holdout(
    frame: pd.DataFrame, span: Span, *, unit: TimeUnit = "week", models: Sequence[str] = ANY_TIME
) -> pd.DataFrame:
    """Fit several models on histories up to a day, and hold them against what came after it.

    Args:
        frame: Columns repeat_days, last_day and age_days (days, up to that day), customers (count) and later_days
            (order days in the *span* after it, of these customers together).
        span: How long customers were followed after that day.
        unit: Unit of time of the fits.
        models: Names of the models, of ``MODELS``.

    Returns:
        As :func:`compare`.
    """
    histories, rows = Histories.by_customer(frame, unit)
    later = np.bincount(rows, frame["later_days"].to_numpy(float), len(histories))
    return compare(fit_all(histories, models), histories, later=later, span=span)


def choose(comparison: pd.DataFrame) -> str:
    """The model with the lowest BIC of those without a fault, or with a lesser one where all have one; empty if none.

    With equally many parameters, as these models have, it is the one under which the histories are most likely.
    """
    usable = comparison[comparison["bic"].notna()]
    sound = usable[usable["fault"] == ""]
    best = (sound if len(sound) else usable).sort_values("bic", kind="stable")
    return str(best["model"].iloc[0]) if len(best) else ""


def _row(fit: Fit, histories: Histories, later: Numbers | None, span: Span | None) -> dict[str, object]:
    count, nothing = len(fit.parameters), float("nan")
    row: dict[str, object] = {"model": fit.model, "fault": fit.fault, "parameters": count}
    usable = fit.fault not in FATAL
    row["log_likelihood"] = fit.log_likelihood if usable else nothing
    row["aic"] = 2 * count - 2 * fit.log_likelihood if usable else nothing
    row["bic"] = count * np.log(fit.customers) - 2 * fit.log_likelihood if usable else nothing
    alive = MODELS[fit.model].p_alive(fit, histories) if usable else np.full(len(histories), nothing)
    once = (histories.repeats == 0) * histories.customers
    row["alive"], row["alive_once"] = _mean(alive, histories.customers), _mean(alive, once)
    if later is None or span is None:
        return row
    ahead = MODELS[fit.model].conditional_purchases(fit, histories, span) if usable else alive
    expected, actual = float(histories.customers @ ahead), float(later.sum())
    row |= {"expected": expected, "actual": actual, "error": expected / actual - 1 if actual else nothing}
    group = np.minimum(histories.repeats, MOST)
    off = np.abs(np.bincount(group, histories.customers * ahead - later))
    return row | {"misplaced": float(off.sum()) / actual if actual else nothing}


def _mean(values: Numbers, customers: Numbers) -> float:
    whole = float(customers.sum())
    return float(values @ customers) / whole if whole else float("nan")
