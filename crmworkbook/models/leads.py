"""Leads: what the open deals are worth on average, how far that can be off, and which leads to follow up.

A deal is won or lost as a whole, so its value is a chance of all or nothing. Amounts in euro; a pipeline is a
stock at one day, not a flow per period.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.special import betaincinv  # type: ignore[import-untyped]

from crmworkbook.models.frames import records
from crmworkbook.models.segment_value import segment_faults, segment_value
from crmworkbook.models.working import Quantity, Working

CREDIBLE = 0.90  # width of the range around an observed chance


@dataclass(frozen=True)
class Pipeline:
    """Open deals, weighted by their chance.

    Attributes:
        stages: One row per stage in the order of the table: stage, deals (count), amount (euro, all deals
            together), probability (share; weighted by amount where a stage has several), expected (euro),
            expected_deals (count).
        amount, deals: Totals of the stages.
        expected: Σ value × chance, euro.
        spread: Standard deviation of the outcome if the deals are independent, √Σ value² p (1 − p), euro.
        expected_deals: Deals won on average, Σ p.
        workings: The sum per stage, and the spread.
    """

    stages: pd.DataFrame
    amount: float
    deals: float
    expected: float
    spread: float
    expected_deals: float
    workings: tuple[Working, ...]


def weighted_pipeline(pipeline: pd.DataFrame) -> Pipeline:
    """Expected value of the open deals, and the spread around it.

    Deals of one row are taken to be equally large. Independence is the best case: a bad year hits all deals at
    once and makes the real spread wider.

    Args:
        pipeline: ``stage, deals`` (count), ``amount`` (euro, of all deals in the row), ``probability`` (share). A
            stage may have several rows, down to one for each deal.

    Raises:
        ValueError: a chance outside 0 to 1, no deals in a row, or a missing number.
    """
    rows = pipeline[["stage", "deals", "amount", "probability"]].astype(dict.fromkeys(["deals", "amount"], float))
    wrong = rows[rows.isna().any(axis=1) | (rows["deals"] <= 0) | ~rows["probability"].between(0, 1)]
    if len(wrong) or rows.empty:
        listed = ", ".join(map(str, wrong["stage"])) or "no rows"
        raise ValueError(f"each stage needs deals, an amount and a chance from 0 to 1: {listed}")
    chance = rows["probability"].astype(float)
    rows["expected"] = rows["amount"] * chance
    rows["expected_deals"] = rows["deals"] * chance
    rows["variance"] = (rows["amount"] ** 2 / rows["deals"]) * chance * (1 - chance)  # n (amount / n)² p (1 − p)
    stages = rows.drop(columns="probability").groupby("stage", sort=False).sum().reset_index()
    by_amount = stages["expected"] / stages["amount"]
    stages["probability"] = by_amount.where(stages["amount"] > 0, stages["expected_deals"] / stages["deals"])
    columns = ["stage", "deals", "amount", "probability", "expected", "expected_deals"]
    single = rows["stage"].value_counts()
    listed_stages = records(stages)
    variance = float(stages["variance"].sum())
    values = {"variance": Quantity(variance)}
    spread = Working.compute("leads.spread", "√(variance)", values, "money", "own")
    return Pipeline(
        stages=stages[columns],
        amount=float(stages["amount"].sum()),
        deals=float(stages["deals"].sum()),
        expected=float(stages["expected"].sum()),
        spread=spread.result.value,
        expected_deals=float(stages["expected_deals"].sum()),
        workings=(
            *(_stage_value(row) for row in listed_stages),
            *(_stage_variance(row) for row in listed_stages if single[row["stage"]] == 1),
            spread,
        ),
    )


def _stage_value(row: dict[str, Any]) -> Working:
    values = {"amount": Quantity(row["amount"], "money"), "p": Quantity(row["probability"], "share")}
    source, subject = "article_crm_strategy", str(row["stage"])
    return Working.compute("leads.expected_value", "amount × p", values, "money", source, subject=subject)


def _stage_variance(row: dict[str, Any]) -> Working:
    values = {"n": Quantity(row["deals"], "count"), "v": Quantity(row["amount"] / row["deals"], "money")}
    values["p"] = Quantity(row["probability"], "share")
    formula, subject = "n × v^2 × p × (1 − p)", str(row["stage"])
    return Working.compute("leads.variance", formula, values, "number", "own", subject=subject)


def new_customer_values(base: pd.DataFrame, discount_rate: float, growth: float = 0.0) -> pd.Series:
    """What a customer about to be won is worth (``start_incl``, before acquisition cost), euro.

    Args:
        base: Complete segments, as :func:`crmworkbook.models.segment_base.complete` gives them.
        discount_rate: Per period of the amounts, share.
        growth: Growth of the contribution per period, share.

    Returns:
        Segment to value, and ``all``: the mean weighted by customers won (by customers at the start where nobody
        was won). Segments that have no lifetime value are left out; empty when none has one.
    """
    if base.empty:
        return pd.Series(dtype=float)
    valued = base[~base["segment"].isin(list(segment_faults(base, discount_rate, growth)))]
    if valued.empty:
        return pd.Series(dtype=float)
    values = segment_value(valued, discount_rate, growth).frame["value_new"]
    columns = valued.set_index("segment")
    weight = columns["customers_new"] if columns["customers_new"].sum() else columns["customers_start"]
    mean = float((values * weight).sum() / weight.sum())
    return pd.concat([values, pd.Series({"all": mean})])


def at_lifetime_value(pipeline: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    """The pipeline with each deal at what a new customer of its segment is worth, instead of its own amount.

    Args:
        pipeline: ``stage, deals, amount, probability`` and ``segment``, which may be empty.
        values: As :func:`new_customer_values` gives them; a deal without a valued segment takes ``all``.
    """
    per_deal = pipeline["segment"].map(values).astype(float).fillna(values["all"])
    return pipeline.assign(amount=pipeline["deals"] * per_deal)


def calibrated(bands: pd.DataFrame) -> pd.DataFrame:
    """The chance that leads of each score band are won, from leads that were won or lost.

    ``(won + 1) / (closed + 2)``, Laplace's rule of succession: the mean of a Beta(won + 1, lost + 1). Its 5% and
    95% points are the range in which the chance plausibly lies.

    Args:
        bands: ``band, closed, won`` (counts) and ``assumed`` (share, the chance that people count with; may be
            empty).

    Returns:
        ``band, closed, won, chance, low, high, assumed``, ``off`` (the assumed chance lies outside the range; never
        where nothing was closed) and ``used``: the chance to count with, which is ``assumed`` where nothing was
        closed, because half is then no measurement.

    Raises:
        ValueError: more won than closed.
    """
    frame = bands[["band", "closed", "won"]].astype({"closed": float, "won": float}).reset_index(drop=True)
    if (frame["won"] > frame["closed"]).any():
        listed = ", ".join(map(str, frame.loc[frame["won"] > frame["closed"], "band"]))
        raise ValueError(f"more leads won than closed: {listed}")
    frame["chance"] = (frame["won"] + 1) / (frame["closed"] + 2)
    tail = (1 - CREDIBLE) / 2
    shape = (frame["won"] + 1, frame["closed"] - frame["won"] + 1)
    frame["low"], frame["high"] = betaincinv(*shape, tail), betaincinv(*shape, 1 - tail)
    assumed = bands["assumed"].astype(float).to_numpy() if "assumed" in bands else math.nan
    frame["assumed"] = assumed
    outside = (frame["assumed"] < frame["low"]) | (frame["assumed"] > frame["high"])
    frame["off"] = outside & (frame["closed"] > 0)
    frame["used"] = frame["chance"].where(frame["closed"] > 0, frame["assumed"])
    return frame


def calibration_workings(bands: pd.DataFrame) -> tuple[Working, ...]:
    """The sum behind each band's chance; *bands* as :func:`calibrated` gives them."""
    return tuple(
        Working.compute(
            "leads.chance",
            "(won + 1) / (closed + 2)",
            {"won": Quantity(row["won"], "count"), "closed": Quantity(row["closed"], "count")},
            "share",
            "laplace_1814",
            subject=str(row["band"]),
        )
        for row in records(bands)
        if row["closed"] > 0
    )


def follow_up(bands: pd.DataFrame) -> pd.DataFrame:
    """Which bands of leads to follow up, and in which order.

    Follow up where chance × value exceeds the cost of the contact; most expected value per hour first.

    Args:
        bands: ``band``, ``used`` (chance, share), ``value`` (euro per lead won), ``contact_cost`` (euro per lead),
            ``hours`` (per lead) and ``open`` (count of leads); a missing number leaves what follows from it open.

    Returns:
        The columns, with ``expected`` (euro per lead), ``worth`` (True, False, or None where unknown), ``per_hour``
        (expected value per hour, euro), ``rank`` (1 is first; empty for leads not to follow up), ``total`` (expected
        value of all open leads of the band), ``hours_share`` and ``value_share`` (of all bands; empty when one of
        them is not known).
    """
    frame = bands.reset_index(drop=True).copy()
    frame["expected"] = frame["used"] * frame["value"]
    known = frame["expected"].notna() & frame["contact_cost"].notna()
    pays = frame["expected"] > frame["contact_cost"]
    frame["worth"] = [bool(yes) if sure else None for yes, sure in zip(pays, known, strict=True)]
    frame["per_hour"] = (frame["expected"] / frame["hours"]).where(frame["hours"] > 0)
    frame["rank"] = frame["per_hour"].where(pays | ~known).rank(ascending=False, method="min")
    frame["total"] = frame["open"] * frame["expected"]
    for share, amount in (("hours_share", frame["open"] * frame["hours"]), ("value_share", frame["total"])):
        whole = amount.sum(skipna=False)
        frame[share] = amount / whole if whole > 0 else math.nan
    return frame


def follow_up_workings(bands: pd.DataFrame) -> tuple[Working, ...]:
    """Expected value per hour of each band; *bands* as :func:`follow_up` gives them."""
    return tuple(
        Working.compute(
            "leads.per_hour",
            "p × value / hours",
            {
                "p": Quantity(row["used"], "share"),
                "value": Quantity(row["value"], "money"),
                "hours": Quantity(row["hours"], "number"),
            },
            "money",
            "article_crm_strategy",
            subject=str(row["band"]),
        )
        for row in records(bands)
        if not math.isnan(row["per_hour"])
    )


def channel_means(funnel: pd.DataFrame) -> pd.DataFrame:
    """How acquisition spend lies beside what it wins, per channel.

    Args:
        funnel: As :func:`crmworkbook.models.goal_baselines.lead_funnel` gives it, with the row ``total``.

    Returns:
        ``channel, leads, won, conversion, cac, spend_share, won_share`` and ``gap`` (won_share − spend_share), without
        the total.
    """
    frame = funnel[funnel["channel"] != "total"].reset_index(drop=True)
    for share, column in (("spend_share", "spend"), ("won_share", "won")):
        whole = frame[column].sum(skipna=False)
        frame[share] = frame[column] / whole if whole > 0 else math.nan
    frame["gap"] = frame["won_share"] - frame["spend_share"]
    return frame[["channel", "leads", "won", "conversion", "cac", "spend_share", "won_share", "gap"]]
