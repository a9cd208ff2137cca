"""What the business case says: which sentence fits, and the numbers in it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmworkbook import chapters, text
from crmworkbook.findings import Reading
from crmworkbook.findings.case_sheet import CONTESTED, CaseSheet
from crmworkbook.findings.support import inside
from crmworkbook.models.business_case_workings import benefits_by_driver
from crmworkbook.models.return_on_experience import ExperienceReturn
from crmworkbook.text import Language

SAME = 0.05  # years: a guess this close is right
_EURO = 0.5  # a difference of less than this is none


def verdict(sheet: CaseSheet) -> tuple[str, Reading]:
    """``empty``, ``no_benefits``, ``no_costs``, ``loss``, ``sturdy`` or ``conditional``, with its numbers."""
    case, spent = sheet.case, sheet.case.one_off.any() or sheet.case.running.any()
    values: Reading = {"npv": case.npv, "loss": -case.npv, "factor": case.break_even_factor, "span": sheet.span}
    values |= {"part": math.ceil(round(100 * case.break_even_factor, 6)) / 100 if spent and _earns(sheet) else math.nan}
    values |= {"payback": case.payback, "worst": sheet.scenarios["pessimistic"][1].npv, "room": case.room}
    values |= {"first": float(case.benefits.sum(axis=0)[1])}
    values |= {"least": float(values["first"] * case.break_even_factor) if _earns(sheet) else math.nan}
    values |= _largest(sheet, ("discount_rate", "delay"))
    if not spent:
        return ("no_costs" if _earns(sheet) else "empty"), values
    if not _earns(sheet):
        return "no_benefits", values
    if case.npv < 0:
        return "loss", values
    return ("sturdy" if values["worst"] >= 0 else "conditional"), values


def _earns(sheet: CaseSheet) -> bool:
    return bool(sheet.case.benefit_worth.sum() > 0)


def _largest(sheet: CaseSheet, leave_out: tuple[str, ...] = ()) -> Reading:
    """What the outcome hangs on most."""
    known = sheet.options("case_ranges", "what")
    left = [what for what in sheet.bars["what"] if what not in leave_out]
    return {"driver": inside(known[left[0]]) if left else "–"}


def tornado_claim(sheet: CaseSheet) -> tuple[str, Reading]:
    """``alone`` when one assumption by itself can sink the case, ``many``, ``none``, or ``never`` (it is sunk)."""
    sinking = sheet.bars[sheet.bars[["low", "high"]].min(axis=1) < 0]
    moves = sheet.move_names()
    names = [inside(moves[str(what)]) for what in sinking["what"]]
    values: Reading = {
        "names": names,
        "count": len(names),
        "total": len(sheet.bars),
        "npv": sheet.case.npv,
        "rate": sheet.rate,
    }
    values |= {"factor": sheet.case.break_even_factor, **_largest(sheet)}
    if sheet.case.npv < 0:
        rescued = bool((sheet.bars[["low", "high"]].max(axis=1) >= 0).any())
        return ("rescue" if rescued else "never"), values
    return ("none" if not names else "alone" if len(names) == 1 else "many"), values


def bridge_claim(sheet: CaseSheet) -> tuple[str, Reading]:
    """Which driver brings most, and what is left after costs."""
    by_driver = benefits_by_driver(sheet.lines)
    worth, case = float(sheet.case.benefit_worth.sum()), sheet.case
    values: Reading = {"npv": case.npv, "loss": -case.npv, "rate": sheet.rate, "span": sheet.span, "worth": worth}
    values |= {"count": len(sheet.lines.benefits)}
    if not _earns(sheet):
        return "none", values | {"driver": "–", "share": math.nan}
    driver = sheet.options("benefits", "driver")[str(by_driver.index[0])]
    values |= {"driver": driver, "share": float(by_driver.iloc[0]) / worth}
    return ("gain" if case.npv >= 0 else "loss"), values


def curve_claim(sheet: CaseSheet) -> tuple[str, Reading]:
    """In which scenarios the money comes back: ``all``, ``base``, ``best``, ``none``; ``free`` without costs."""
    back = {name: case.payback for name, (_, case) in sheet.scenarios.items()}
    values: Reading = {
        "span": sheet.span,
        "payback": back["base"],
        "slow": back["pessimistic"],
        "fast": back["optimistic"],
    }
    if not sheet.case.one_off.any() and not sheet.case.running.any():
        return "free", values
    if math.isinf(back["base"]):
        return ("none" if math.isinf(back["optimistic"]) else "best"), values
    return ("base" if math.isinf(back["pessimistic"]) else "all"), values


def guess_case(sheet: CaseSheet, guess: float | None) -> tuple[str, Reading]:
    """How a guess of the payback compares: ``none``, ``right``, ``shorter``, ``longer`` or ``never``."""
    if guess is None:
        return "none", {}
    gap = sheet.case.payback - guess
    case = "never" if math.isinf(gap) else "right" if abs(gap) <= SAME else "longer" if gap > 0 else "shorter"
    return case, {"guess": guess, "gap": abs(gap) if math.isfinite(gap) else math.nan}


def roi_claim(sheet: CaseSheet) -> tuple[str, Reading]:
    """``both`` denominators (``room``: with what may be invested), one of them (``same``, ``running``), or ``none``."""
    case = sheet.case
    values: Reading = {"all": case.roi_all_costs, "investment": case.roi_investment, "room": case.room}
    if math.isnan(case.roi_all_costs):
        return "none", values
    if math.isnan(case.roi_investment):
        return "running", values
    if not case.running.any():
        return "same", values
    return ("room" if case.room > 0 else "both"), values


def claimed(sheet: CaseSheet, roi: float | None, basis: str | None) -> Reading | None:
    """A ROI that was shown to us beside ours over the same costs; None when there is nothing to compare."""
    ours = {"all_costs": sheet.case.roi_all_costs, "investment": sheet.case.roi_investment}.get(str(basis), math.nan)
    return None if roi is None or math.isnan(ours) else {"roi": roi, "ours": ours}


def cash_claim(sheet: CaseSheet) -> tuple[str, Reading]:
    """``gain``, ``loss`` or ``level``: what is left over the years, in today's money."""
    npv = sheet.case.npv
    case = "level" if abs(npv) < _EURO else "gain" if npv > 0 else "loss"
    return case, {"npv": npv, "loss": -npv, "span": sheet.span, "rate": sheet.rate}


def cost_claim(sheet: CaseSheet) -> tuple[str, Reading]:
    """``both``, ``one_off``, ``running`` or ``none``."""
    totals = sheet.case.totals
    there = [name for name in ("one_off", "running") if totals[name]]
    case = "both" if len(there) == 2 else there[0] if there else "none"
    return case, {"one_off": totals["one_off"], "running": totals["running"], "span": sheet.span}


def judged(sheet: CaseSheet) -> tuple[int | str, Reading]:
    """Of the eight eCRM benefits: how many were ``judged`` at all (or ``all``), and how many ``counted`` in money."""
    eight = set(sheet.options("benefits", "ecrm"))
    seen, counted = set(sheet.benefits["ecrm"]) & eight, set(sheet.lines.benefits["ecrm"]) & eight
    values = {"judged": len(seen), "counted": len(counted)}
    return ("all" if seen == eight else len(seen)), values


def scenario_case(sheet: CaseSheet) -> str:
    """In how many scenarios the value is not below zero: ``all``, ``base``, ``best`` or ``none``."""
    worth = {name: case.npv for name, (_, case) in sheet.scenarios.items()}
    if worth["base"] >= 0:
        return "all" if worth["pessimistic"] >= 0 else "base"
    return "best" if worth["optimistic"] >= 0 else "none"


def advice(sheet: CaseSheet, verdict: str) -> str:
    """What to advise on a verdict: a plan whose benefits do not cover its running costs is ``too_dear``."""
    return "too_dear" if verdict == "loss" and sheet.case.room <= 0 else verdict


def roadmap_gap(sheet: CaseSheet) -> tuple[str, Reading] | None:
    """Whether the one-off costs are the budget of the roadmap: ``same`` or ``differs``; None without one."""
    table = sheet.client.tables.get("initiatives")
    if table is None or "budget" not in table:
        return None
    budget, invested = float(table["budget"].sum()), sheet.case.totals["one_off"]
    values: Reading = {"budget": budget, "invested": invested, "gap": abs(budget - invested)}
    return ("same" if values["gap"] < _EURO else "differs"), values


def contested(sheet: CaseSheet) -> list[str]:
    """Contested benefits that count in money."""
    eight = sheet.options("benefits", "ecrm")
    found = sheet.lines.benefits["ecrm"]
    return [inside(eight[key]) for key in CONTESTED if key in set(found)]


def pre_mortem_rows(causes: pd.DataFrame, stakes: Mapping[str, float], language: Language) -> pd.DataFrame:
    """The causes of failure, the largest chance times stake first.

    Args:
        causes: The table ``pre_mortem``.
        stakes: Driver (or ``all``) to the present value of its benefits; empty without a business case.
        language: Of the words.

    Returns:
        The table with ``touches`` (words) and ``stake`` (NaN without a business case).
    """
    options = chapters.tables()["pre_mortem"].column("hits").options
    stake = [stakes.get(what, 0.0) if stakes else math.nan for what in causes["hits"]]
    table = causes.assign(stake=stake, touches=[options[what][language] for what in causes["hits"]])
    weight = (table["chance"].fillna(0) * table["stake"].fillna(1)).to_numpy()
    table[["counter_measure", "owner"]] = table[["counter_measure", "owner"]].astype(object).replace("", None)
    return table.iloc[np.argsort(-weight, kind="stable")].reset_index(drop=True)


def failing_action(causes: pd.DataFrame, language: Language) -> Reading | None:
    """The first counter-measure of the ordered causes, with owner and due date; None when nobody wrote one."""
    planned = causes[causes["counter_measure"].fillna("") != ""]
    if planned.empty:
        return None
    row = planned.astype(object).where(planned.notna(), None).iloc[0]
    due = "" if row["due"] is None else text.day(row["due"], language)
    return {"measure": row["counter_measure"], "owner": row["owner"] or "", "due": due}


def experience_terms(sheet: CaseSheet | None, given: float | None) -> Reading:
    """What the better experience costs, and what of it counts in euros through the customers that stay.

    Args:
        sheet: The business case, if there is one.
        given: The client's own figure for the cost; else the one-off costs of the business case.
    """
    whole = sheet.case.totals["one_off"] if sheet else 0.0
    kept = sheet.stakes().get("kept_customers", 0.0) if sheet else 0.0
    return {"cost": whole if given is None else given, "kept": kept}


def roe_claim(found: ExperienceReturn) -> tuple[str, Reading]:
    """``open`` (no KPI can be compared), ``gain``, ``free`` (a gain without costs), ``loss`` or ``flat``."""
    values: Reading = {"points": abs(found.points), "index": found.index, "thousand": 1000}
    if len(found.left_out) == len(found.frame) or not found.workings:
        return "open", values
    if round(found.points) == 0:
        return "flat", values
    return ("loss" if found.points < 0 else "free" if math.isnan(found.index) else "gain"), values
