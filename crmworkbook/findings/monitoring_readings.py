"""What watching and adjusting comes to: tables in words, and readings that choose a text's case."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from crmworkbook import text
from crmworkbook.client import Client
from crmworkbook.findings.units import in_units
from crmworkbook.models.control_chart import ControlChart, control_chart
from crmworkbook.models.frames import records
from crmworkbook.models.monitoring import Adoption, ProcessRing, SignalResponse, next_date, process_ring
from crmworkbook.text import Language

Words = Callable[..., str]


def places(chosen: pd.Series) -> list[int]:
    """Positions of the rows that are true."""
    return [place for place, is_chosen in enumerate(chosen) if is_chosen]


def day(value: date | None, language: Language) -> str:
    """A date, or a dash."""
    return text.day(value, language) if value else "–"


def percentage(share: float, language: Language) -> str:
    """A share as a whole percentage, or a dash."""
    return "–" if math.isnan(share) else text.percent(share, language, 0)


def days(value: float, language: Language) -> str:
    """A number of days, or a dash."""
    return "–" if math.isnan(value) else text.number(value, language, 0)


# --- the five steps -----------------------------------------------------------------------------------------------


def ring_reading(ring: ProcessRing, names: Mapping[str, str]) -> dict[str, Any]:
    """The case of the ring (``none``, ``one``, ``many``) and what it names."""
    weak = [names[step].lower() for step in ring.weakest]
    scored = int(ring.frame["maturity"].notna().sum())
    values = {"weakest": weak, "lowest": _plain(ring.lowest), "scored": scored, "count": len(weak)}
    return values | {"case": "none" if not weak else "one" if len(weak) == 1 else "many"}


def ring_of(now: Client, then: Client | None) -> ProcessRing | None:
    """The ring of this round with that of an earlier one; None where no step is scored."""
    name = "process_steps"
    if name not in now.tables:
        return None
    return process_ring(now.tables[name], then.tables.get(name) if then else None)


def guessed(guess: str | None, ring: ProcessRing) -> str:
    """Whether the group guessed the weakest step: ``right``, ``wrong``, ``even`` or ``unknown``."""
    if guess is None:
        return "unknown"
    return "even" if not ring.weakest else "right" if guess in ring.weakest else "wrong"


def step_rows(steps: pd.DataFrame, ring: ProcessRing) -> pd.DataFrame:
    """Columns step, maturity, before, weakest, evidence, next_action, owner of the scored steps, in their order."""
    rows = ring.frame[["step", "maturity", "before"]].merge(steps.drop(columns="maturity"), on="step")
    shown = {column: rows[column].map(_plain) for column in ("maturity", "before")}
    return rows.assign(**shown, weakest=rows["step"].isin(ring.weakest))


def first_action(steps: pd.DataFrame, ring: ProcessRing) -> str:
    """The next action of the weakest step; empty where none is written down."""
    weak = [step for step in ring.weakest or list(ring.frame["step"])]
    found = steps.set_index("step")["next_action"].reindex(weak).fillna("")
    return next((str(words) for words in found if words), "")


def _plain(score: float) -> float | str:
    """A score without needless decimals; NaN stays."""
    return score if math.isnan(score) else f"{score:g}"


# --- KPIs ---------------------------------------------------------------------------------------------------------


def kpi_table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The calendar with a row for every KPI: those with a series but without a place in the calendar come last.

    Args:
        tables: kpis and kpi_series in words, those that there are.
    """
    columns = ["kpi", "name", "unit", "better", "cadence", "decides", "next_on", "act_at", "target"]
    kpis = tables["kpis"].reindex(columns=columns) if "kpis" in tables else pd.DataFrame(columns=columns)
    measured = list(dict.fromkeys(tables["kpi_series"]["kpi"])) if "kpi_series" in tables else []
    extra = pd.DataFrame({"kpi": [kpi for kpi in measured if kpi not in set(kpis["kpi"])]})
    whole = pd.concat([kpis, extra.reindex(columns=columns)], ignore_index=True) if len(extra) else kpis
    named = whole["name"].fillna("").astype(str)
    spare = whole["kpi"].astype(str).str.replace("_", " ").str.capitalize()
    whole = whole.assign(name=named.where(named != "", spare))
    return whole.assign(unit=whole["unit"].fillna("count"), better=whole["better"].fillna("higher"))


def kpi_names(kpis: pd.DataFrame) -> dict[str, str]:
    """KPI to name."""
    return dict(zip(kpis["kpi"], kpis["name"], strict=True))


def charts_of(series: pd.DataFrame, kpis: pd.DataFrame, as_of: date) -> dict[str, ControlChart]:
    """KPI to its control chart up to the base date, in the order of the calendar, without those never measured."""
    known = series[series["date"] <= as_of]
    made = {
        row["kpi"]: control_chart(known[known["kpi"] == row["kpi"]], row["unit"], row["kpi"]) for row in records(kpis)
    }
    return {kpi: chart for kpi, chart in made.items() if chart.state != "empty"}


def chosen_chart(charts: Mapping[str, ControlChart]) -> str:
    """The KPI to draw: the first with a point beyond a limit, else the first with limits, else the first."""
    for state in ("outside", "run", "steady", "flat", "few"):
        for kpi, chart in charts.items():
            if chart.state == state:
                return kpi
    return ""


def chart_reading(chart: ControlChart, row: Mapping[str, Any], language: Language, currency: str) -> dict[str, Any]:
    """The case of the control chart and what it names.

    Args:
        chart: The chart.
        row: Its row of :func:`kpi_table`.
        language: Language of numbers.
        currency: Of money.
    """
    points = chart.points
    outside = points[points["outside"]]
    shown = [chart.mean, chart.lower, chart.upper, chart.latest, row["target"]]
    mean, lower, upper, latest, target = in_units(shown, row["unit"], language, currency)
    last = outside["date"].iloc[-1] if len(outside) else None
    values: dict[str, Any] = {"kpi": row["name"], "n": len(points), "outside": len(outside), "gaps": chart.gaps}
    values |= {"mean": mean, "lower": lower, "upper": upper, "latest": latest, "target": target}
    values["when"] = text.day(last, language, long=True) if last is not None else ""
    case = "one_outside" if chart.state == "outside" and len(outside) == 1 else str(chart.state)
    if case == "steady" and chart.beyond(row["target"], row["better"] == "higher"):
        case = "out_of_reach"
    return values | {"case": case}


def series_rows(
    charts: Mapping[str, ControlChart], kpis: pd.DataFrame, words: Words, language: Language, currency: str
) -> pd.DataFrame:
    """Columns name, n, mean, limits, latest, target, reading; rows that ask for a look have ``look``."""
    rows = []
    for row in records(kpis[kpis["kpi"].isin(list(charts))]):
        chart = charts[row["kpi"]]
        shown = [chart.mean, chart.lower, chart.upper, chart.latest, row["target"]]
        mean, lower, upper, latest, target = in_units(shown, row["unit"], language, currency)
        said = [words("series_state", chart.state, outside=int(chart.points["outside"].sum()))]
        if chart.state == "outside" and chart.points["run"].any():
            said.append(words("series_state", "run"))
        if chart.beyond(row["target"], row["better"] == "higher"):
            said.append(words("unreachable"))
        if chart.gaps:
            said.append(words("series_gaps", chart.gaps, gaps=chart.gaps))
        limits = f"{lower} – {upper}" if chart.has_limits else "–"
        look = chart.state in ("outside", "run")
        rows.append((row["name"], len(chart.points), mean, limits, latest, target, "; ".join(said), look))
    return pd.DataFrame(rows, columns=["name", "n", "mean", "limits", "latest", "target", "reading", "look"])


def calendar_rows(
    kpis: pd.DataFrame,
    charts: Mapping[str, ControlChart],
    as_of: date,
    words: Words,
    language: Language,
    currency: str,
) -> pd.DataFrame:
    """Columns name, cadence, decides, next_on, act_at, latest, act, in order of date; the dates follow from as_of."""
    rows = []
    for row in records(kpis.dropna(subset=["cadence"])):
        day = next_date(row["cadence"], as_of) if pd.isna(row["next_on"]) else row["next_on"]
        latest = charts[row["kpi"]].latest if row["kpi"] in charts else math.nan
        act_at, now = in_units([row["act_at"], latest], row["unit"], language, currency)
        worse = "below" if row["better"] == "higher" else "above"
        act = bool(latest <= row["act_at"] if worse == "below" else latest >= row["act_at"])
        bound = words("act_at", worse, value=act_at) if act_at != "–" else "–"
        rows.append((row["name"], row["cadence"], row["decides"] or "–", day, bound, now, act))
    columns = ["name", "cadence", "decides", "next_on", "act_at", "latest", "act"]
    return pd.DataFrame(rows, columns=columns).sort_values("next_on", kind="stable", ignore_index=True)


def calendar_reading(calendar: pd.DataFrame) -> dict[str, Any]:
    """The case of the calendar and what it names."""
    act = list(calendar.loc[calendar["act"], "name"])
    nobody = list(calendar.loc[calendar["decides"] == "–", "name"])
    values: dict[str, Any] = {"act": act, "nobody": nobody, "count": len(calendar), "first": "", "day": ""}
    if len(calendar):
        values |= {"first": calendar["name"].iloc[0], "day": calendar["next_on"].iloc[0]}
    return values | {"case": "act" if act else "nobody" if nobody else "set"}


# --- signals, use, next steps -------------------------------------------------------------------------------------


def signal_rows(response: SignalResponse, words: Words) -> pd.DataFrame:
    """Columns seen_on, about, signal (with its source), action, days; waiting (truth) while nothing was done."""
    rows = []
    for row in records(response.frame):
        told = f"{row['signal']} ({row['source']})" if row["source"] else row["signal"]
        known = not pd.isna(row["days"])
        days = "–" if not known else words("waiting" if row["open"] else "took", days=int(row["days"]))
        rows.append((row["seen_on"], row["about"], told, row["action"] or "–", days, bool(row["open"])))
    return pd.DataFrame(rows, columns=["seen_on", "about", "signal", "action", "days", "waiting"])


def signal_reading(response: SignalResponse) -> dict[str, Any]:
    """The case of the signal log and what it names."""
    values = {"median": response.median, "acted": response.acted, "open": response.open, "oldest": response.oldest}
    if not response.acted:
        return values | {"case": "none_done" if response.open else "wrong"}
    return values | {"case": "all_done" if not response.open else "one_open" if response.open == 1 else "open"}


def use_reading(use: Adoption) -> dict[str, Any]:
    """The case of the use of the system and what it names."""
    case = "unknown" if math.isnan(use.share) else "even" if not use.lowest else "lowest"
    right = use.frame[~use.frame["wrong"]]
    counts = {"users": float(right["users"].sum()), "active": float(right["active_users"].sum())}
    return {"case": case, "share": use.share, "groups": use.lowest, **counts}


def status_reading(steps: pd.DataFrame) -> dict[str, Any]:
    """The case of the four next steps and what it names."""
    going = steps["status"].isin(["running", "routine"])
    blind = int((steps["kpi"].fillna("") == "").sum())
    case = "blind" if blind else "all" if going.all() else "some" if going.any() else "none"
    return {"case": case, "going": int(going.sum()), "n": len(steps), "blind": blind}
