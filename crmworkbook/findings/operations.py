"""Hand-overs, service and triggers: which words a result calls for, and all gaps with who is to close them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from crmworkbook.client import said
from crmworkbook.findings import Finding
from crmworkbook.findings.contacts import CLOSED, Claim, Say, blank, dashed, inside, insides, shortened
from crmworkbook.models.contacts import ContactMatrix
from crmworkbook.models.frames import records
from crmworkbook.models.leads import Pipeline
from crmworkbook.models.operations import Handovers, ServiceScore
from crmworkbook.text import Language, Text

MOST_GAPS = 10


def trigger_rows(triggers: pd.DataFrame) -> pd.DataFrame:
    """The triggers with their goal and owner in one column."""
    pairs = zip(triggers["goal"], triggers["owner"], strict=True)
    aims = ["\n".join("–" if blank(part) else str(part) for part in pair) for pair in pairs]
    return dashed(triggers).assign(aim=aims)


def handover_reading(found: Handovers) -> Claim:
    """Whether results get stuck between steps, and the values that the words name."""
    stuck = found.handovers - found.passed
    bare = found.gaps[found.gaps["kind"].isin(["no_owner", "no_kpi"])]["step"].nunique()
    values = {"stuck": stuck, "handovers": found.handovers, "steps": bare, "circle": " → ".join(found.circle)}
    if found.circle:
        return "circle", values
    if stuck:
        return ("stuck_one" if stuck == 1 else "stuck"), values
    if len(found.broken):
        return "broken", values | {"steps": found.broken["step"].nunique()}
    return ("bare" if bare else "sound"), values


def handover_rows(steps: pd.DataFrame, found: Handovers, say: Say) -> pd.DataFrame:
    """The process as a table: what each step receives from whom and passes to whom, and what is missing."""
    rows = []
    for row in records(steps):
        words = {name: "" if blank(value) else str(value) for name, value in row.items()}
        kinds = list(dict.fromkeys(found.of_step(words["step"])["kind"]))
        receives = words["input"] + (f"\n({words['supplier']})" if words["supplier"] else "")
        delivers = words["output"] + (f"\n→ {words['next']}" if words["next"] else "")
        measured = "\n".join(part or "–" for part in (words["owner"], words["kpi"]))
        missing = ", ".join(say("gap_short", kind) for kind in kinds)
        rows.append((words["step"], receives.strip() or "–", delivers.strip() or "–", measured, missing or "–"))
    return pd.DataFrame(rows, columns=["step", "receives", "delivers", "measured", "missing"])


def service_reading(found: ServiceScore, names: Mapping[str, str]) -> Claim:
    """Which of the five checks are weakest."""
    values = {"share": found.share, "weak": [names[check] for check in found.weakest]}
    return ("sound" if not found.weakest else "weak"), values


def usable_levels(contacts: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """The topics that can be judged; W28 names those with more questions solved than asked."""
    wrong = contacts["solved_first"] > contacts["contacts"]
    topics = list(contacts.loc[wrong, "topic"])
    found = [Finding("W28", "solved_above_contacts", {"topics": topics})] if topics else []
    return contacts[~wrong].reset_index(drop=True), found


def level_reading(levels: pd.DataFrame, share: float) -> Claim:
    """How many questions are solved at once, and where the answer takes longer than promised."""
    late = list(levels.loc[levels["late"], "topic"])
    timed = bool((levels["response_hours"].notna() & levels["promised_hours"].notna()).any())
    case = "untimed" if not timed else "none" if not late else "late"
    return case, {"share": share, "late": insides(late), "contacts": levels["contacts"].sum()}


def trigger_gaps(triggers: pd.DataFrame) -> pd.Series:
    """Triggers that set nothing going: no action, no goal or nobody to do it."""
    return triggers[["action", "goal", "owner"]].map(blank).any(axis=1)


def trigger_reading(triggers: pd.DataFrame, kinds: Mapping[str, str]) -> Claim:
    """How many triggers are complete, and which kinds have none."""
    bare = int(trigger_gaps(triggers).sum())
    absent = [inside(words) for kind, words in kinds.items() if kind not in set(triggers["kind"])]
    values = {"count": bare, "total": len(triggers), "absent": absent}
    return ("none" if not bare else "one" if bare == 1 else "many"), values


def _words(value: Any, language: Language) -> Any:
    return said(value, language) if isinstance(value, str | Text) else value


_LAST = ("no_input", "no_output", "no_owner", "no_kpi")  # what a step lacks in itself, said in one breath


def gap_list(
    say: Say,
    language: Language,
    tables: Mapping[str, pd.DataFrame],
    found: ContactMatrix | None,
    process: Handovers | None,
    checks: Mapping[str, str],
) -> pd.DataFrame:
    """Everything that is missing, with who is to mend it: columns gap, action, owner; most pressing first.

    Args:
        say: The words of the chapter.
        language: Of the client's words.
        tables: The client's tables; those that are not there have no gaps.
        found: The contact matrix, when there is one.
        process: The process, when there is one.
        checks: Service check to name.
    """
    rows = {
        name: [{key: _words(value, language) for key, value in row.items()} for row in records(tables[name])]
        for name in ("handovers", "customer_systems", "service_checks", "partners", "triggers")
        if name in tables
    }
    owners: dict[str, object] = {row["step"]: row["owner"] for row in rows.get("handovers", ())}
    gaps: list[tuple[str, dict[str, Any], object]] = []
    for fault in records(process.gaps) if process else ():
        if fault["kind"] not in _LAST:
            gaps.append((fault["kind"], fault, owners.get(fault["step"])))
    for row in rows.get("customer_systems", ()):
        if row["access"] != CLOSED and blank(row["fallback"]):
            gaps.append(("system", {"system": row["system"]}, row["owner"]))
    gaps += [("uncovered", {"role": inside(role)}, None) for role in (found.uncovered if found else ())]
    for row in rows.get("service_checks", ()):
        if row["score"] == 0:
            gaps.append(("service", {"check": checks[row["check"]]}, row["owner"]))
    for step, faults in process.gaps.groupby("step", sort=False) if process else ():
        lacking = [say("gap_short", kind) for kind in _LAST if kind in set(faults["kind"])]
        if lacking:
            gaps.append(("lacking", {"step": step, "fields": lacking}, owners.get(str(step))))
    if without := [row["partner"] for row in rows.get("partners", ()) if not row["norms_agreed"]]:
        case = "partner" if len(without) == 1 else "partners"
        gaps.append((case, {"count": len(without), "partners": shortened(without, language)}, None))
    for role, own in (found.single if found else {}).items():
        gaps.append(("single", {"role": inside(role), "own": inside(own)}, own))
    for row in rows.get("triggers", ()):
        if any(blank(row[name]) for name in ("action", "goal", "owner")):
            gaps.append(("trigger", {"signal": inside(row["signal"])}, row["owner"]))
    shown = [
        (say("gap", kind, **values), say("mend", kind, **values), say("nobody") if blank(owner) else owner)
        for kind, values, owner in gaps
    ]
    return pd.DataFrame(shown, columns=["gap", "action", "owner"])


def verdict(found: ContactMatrix | None, process: Handovers | None, gaps: int, deals: Pipeline | None) -> Claim:
    """What the chapter comes to."""
    single = len(found.single) if found else 0
    stuck = process.handovers - process.passed if process else 0
    values: dict[str, Any] = {"single": single, "stuck": stuck, "gaps": gaps}
    values |= {"roles": len(found.threads) if found else 0, "handovers": process.handovers if process else 0}
    values["expected"] = deals.expected if deals else 0.0
    if single and stuck:
        return "both", values
    if single or stuck:
        return ("threads" if single else "handovers"), values
    if gaps:
        return ("gap" if gaps == 1 else "gaps"), values
    return ("sound" if found and process else "leads" if deals else "begun"), values
