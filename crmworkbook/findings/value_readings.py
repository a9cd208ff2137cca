"""What the results of customer value say: which sentence fits, and the numbers in it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from crmworkbook.findings import Names, Reading
from crmworkbook.models.segment_base import standout
from crmworkbook.text import Language, label

if TYPE_CHECKING:
    from crmworkbook.models.cohorts import CohortRetention
    from crmworkbook.models.customer_base import Activity, Concentration, WhaleCurve
    from crmworkbook.models.segment_value import SegmentValue
    from crmworkbook.models.spend_response import SpendAdvice
    from crmworkbook.models.working import Working


SAME = 0.005  # two amounts closer than this are one amount to a reader
MANY_YEARS, FEW_YEARS, LONG_STAY = 10, 5, 4  # how far ahead the survival curve looks
BEYOND = 2.0  # a best spending more than so many times today's, or less than one in so many, was never observed


def carrier(value: SegmentValue, names: Names) -> Reading | None:
    """The segment that carries most equity for its size, with its label; None where none stands out."""
    found = standout(value.frame)
    return found and found | {"segment": names[str(found["segment"])]}


def equity_reading(value: SegmentValue, names: Names) -> Reading:
    """``loss``, ``carrier`` or ``plain``, with equity and value per customer."""
    found = carrier(value, names)
    per_customer = value.equity / value.frame["customers"].sum()
    case = "loss" if value.equity <= 0 else "carrier" if found else "plain"
    return {"case": case, "equity": value.equity, "per_customer": per_customer, **(found or {})}


def average_reading(value: SegmentValue) -> Reading:
    """How much one average hides (``higher``) or adds (``lower``); ``same`` when it makes no difference."""
    gap = abs(value.averaging_error)
    case = "higher" if value.averaging_error > 0 else "lower"
    case = "same" if gap <= SAME * abs(value.equity) else case
    return {"case": case, "equity": value.equity, "one": value.equity_one_average, "gap": gap}


def winning_reading(values: pd.DataFrame, names: Names) -> Reading:
    """Where winning a customer costs more than the customer is worth.

    Args:
        values: ``SegmentValue.frame``.
        names: Segment to label.

    Returns:
        case (``unknown`` when nobody was won anywhere, ``none``, ``some``, ``all``), losing (labels), low and
        high (value of a new customer).
    """
    known = values[values["cac"].notna()]
    losing = [names[str(key)] for key in known.index[known["value_new"] < known["cac"]]]
    case = "none" if not losing else "all" if len(losing) == len(known) else "some"
    worth = {"low": values["value_new"].min(), "high": values["value_new"].max()}
    return {"case": case if len(known) else "unknown", "losing": losing, **worth}


def most_per_euro(values: pd.DataFrame, names: Names) -> str:
    """The segment where a euro of acquisition brings most value, if more than a euro; else empty."""
    yields = (values["value_new"] / values["cac"].where(values["cac"] > 0)).dropna()
    return names[str(yields.idxmax())] if len(yields) and yields.max() > 1 else ""


def new_reading(compared: pd.DataFrame) -> Reading:
    """In how many segments a new customer costs money in its first year: ``none``, ``some`` or ``all``.

    Args:
        compared: Outcome of ``new_beside_existing``, known rows.
    """
    behind = int((compared["new_first_year"] < 0).sum())
    case = "none" if not behind else "all" if behind == len(compared) else "some"
    return {"case": case, "behind": behind, "segments": len(compared)}


def shown_costs(costs: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """The costs as a reader sees them: nothing stands for a cost to serve that the contribution is after already.

    Args:
        costs: Outcome of ``cost_table``.
        base: Outcome of ``segment_base``.
    """
    included = set(base.loc[base["assumed_serving"], "segment"])
    hidden = costs["segment"].isin(included | ({"all"} if included else set()))
    shown = costs.assign(**{name: costs[name].mask(hidden) for name in ("cost_to_serve", "keep_cost", "win_to_keep")})
    return shown if costs["development"].any() else shown.assign(development=math.nan)


def cost_reading(shown: pd.DataFrame) -> Reading:
    """Whether anything is ``left`` or it falls ``short``; ``before`` acquisition where that cost is not known.

    ``unknown`` where the client gave no cost at all.

    Args:
        shown: Outcome of :func:`shown_costs`.
    """
    whole = shown.iloc[-1]
    amounts = {name: whole[name] for name in ("contribution", "profit", "before_acquisition")}
    given = shown[["cost_to_serve", "development", "acquisition"]].notna().any().any()
    if pd.isna(whole["profit"]):
        return {"case": "before" if given else "unknown", **amounts}
    return {"case": "left" if whole["profit"] > 0 else "short", **amounts}


def known_columns(frame: pd.DataFrame, columns: Mapping[str, str]) -> dict[str, str]:
    """Those of *columns*, as ``Part.table`` takes them, in which something is known."""
    return {name: spec for name, spec in columns.items() if frame[name].notna().any()}


def keeping_reading(whole: pd.Series) -> Reading:
    """Cost of winning against cost of keeping; ``unknown`` without one of the two."""
    case = "known" if whole["win_to_keep"] > 0 else "unknown"
    return {"case": case, "ratio": whole["win_to_keep"], "cac": whole["cac"], "keep": whole["keep_cost"]}


def whale_reading(curve: WhaleCurve) -> Reading:
    """How many customers cost money and what profit would be without them."""
    case: int | str = "loss" if curve.peak_share is None else curve.negative
    gain, fifth = (curve.peak_share or 1.0) - 1, curve.top_20_share or 0.0
    sizes = {"customers": curve.customers, "total": curve.total, "negative": curve.negative}
    return {"case": case, "gain": gain, "fifth": fifth, **sizes}


def tornado_reading(bars: pd.DataFrame, language: Language) -> Reading:
    """The widest bar: driver (label) and swing (euro)."""
    return {"driver": label(f"driver.{bars['driver'].iloc[0]}", language), "swing": bars["swing"].iloc[0]}


def spending_reading(advice: SpendAdvice, sides: Names) -> Reading:
    """Value per prospect now and at the best spending, and sides whose best lies beyond what was observed."""
    times = advice.frame["optimal_spend"] / advice.frame["spend"]
    beyond = [sides[str(side)] for side in times.index[(times > BEYOND) | (times < 1 / BEYOND)]]
    gains = {"now": advice.equity_per_prospect, "best": advice.optimal_equity_per_prospect}
    case: int | str = len(beyond) if advice.frame["optimal_spend"].any() else "nothing"
    return {"case": case, "beyond": beyond, **gains}


def cycle_reading(products: pd.DataFrame) -> Reading:
    """The product whose purchases add up to most."""
    first = products.sort_values("undiscounted", ascending=False, kind="stable").iloc[0]
    return {name: first[name] for name in ("product", "purchases", "undiscounted", "expected")}


def horizon(half_life: float, periods_per_year: int = 1) -> int:
    """Periods of the survival curve: ten years; five for tables per month, unless half stay longer than four."""
    years = FEW_YEARS if periods_per_year != 1 and half_life <= LONG_STAY * periods_per_year else MANY_YEARS
    return years * periods_per_year


def survival_reading(total: pd.Series, young: CohortRetention | None, periods_per_year: int = 1) -> Reading:
    """``young`` when new customers leave faster than the base, ``steady`` when not, ``plain`` if unknown.

    Args:
        total: ``SegmentValue.total``.
        young: Retention by age in years, if there are cohorts.
        periods_per_year: 1, or 12 when the total is per month.
    """
    facts = {"half_life": total["half_life"], "base": total["retention"]}
    if young is None:
        return {"case": "plain", "young": None, **facts}
    case = "young" if young.first_year < total["retention"] ** periods_per_year else "steady"
    return {"case": case, "young": young.first_year, **facts}


def activity_reading(years: Activity) -> Reading:
    """Who ordered in the last two years."""
    return {"before": years.n_before, "again": years.n_again, "customers": years.n_last}


def concentration_reading(curve: Concentration) -> Reading:
    """Share of the largest fifth, and the part of the customers that brings four fifths."""
    case = "nothing" if curve.top_20_share is None else "shares"
    shares = {"fifth": curve.top_20_share or 0.0, "eighty": curve.customers_for_80 or 0.0}
    return {"case": case, "customers": curve.customers, **shares}


def conclusion_reading(value: SegmentValue, names: Names) -> Reading:
    """The sentence that heads the chapter: ``loss``, ``losing`` or ``paying``, also with a carrier."""
    found, winning = carrier(value, names), winning_reading(value.frame, names)
    case = "losing" if winning["losing"] else "paying"
    case = "loss" if value.equity <= 0 else case + ("_carrier" if found else "")
    return {"case": case, "equity": value.equity, "losing": winning["losing"], **(found or {})}


def condition_reading(value: SegmentValue, names: Names) -> Reading | None:
    """The segment whose retention most equity rests on; None where there is no equity to rest on it."""
    top = value.frame.sort_values("equity", ascending=False, kind="stable").iloc[0]
    if not (value.equity > 0 and top["equity"] > 0):
        return None
    return {"segment": names[str(top.name)], "retention": top["retention"], "share": top["equity"] / value.equity}


def coming_reading(coming: Sequence[Working]) -> Reading:
    """Whether one coming year's new customers ``add`` value after what they cost to win, or ``cost`` more.

    Args:
        coming: Outcome of ``coming_year``, not empty.
    """
    worth = sum(working.result.value for working in coming)
    new = sum(w.values["n"].value * (w.values["p"].value if "p" in w.values else 1) for w in coming)
    return {"case": "add" if worth >= 0 else "cost", "new": new, "worth": abs(worth)}


def advice_reading(value: SegmentValue, names: Names) -> Reading:
    """What to do next: ``stop`` somewhere, ``stop_all``, ``shift`` to where it pays, or ``measure`` first."""
    losing, best = winning_reading(value.frame, names)["losing"], most_per_euro(value.frame, names)
    case = ("stop" if best else "stop_all") if losing else ("shift" if best else "measure")
    return {"case": case, "losing": losing, "best": best}
