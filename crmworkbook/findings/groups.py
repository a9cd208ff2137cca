"""Customer groups: rules W12 and W28 for their tables, and the readings that choose a text's case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmworkbook.findings import Finding
from crmworkbook.findings.rfm import SMALLEST
from crmworkbook.findings.rfm_readings import QUIET
from crmworkbook.models.cohorts import cohort_retention, fit_survival
from crmworkbook.models.group_moves import Moves
from crmworkbook.models.interactions import Interactions, impossible_kinds
from crmworkbook.models.life_cycle import LifeCycle, impossible_phases
from crmworkbook.models.survival import lifetime_by_age, new_customer_lifetime
from crmworkbook.section import SummaryItem
from crmworkbook.text import Language, Text, day
from crmworkbook.transactions import customer_table
from crmworkbook.transactions.periods import Periods

if TYPE_CHECKING:
    from crmworkbook.client import Client
    from crmworkbook.findings.group_base import Before, GroupBase
_QUARTER = Text(nl="K", en="Q")

# --- rules --------------------------------------------------------------------------------------------------------


def few_contacted(campaigns: pd.DataFrame, names: Mapping[str, str]) -> list[Finding]:
    """W12: groups of which fewer than five customers were contacted; their response is an accident.

    Args:
        campaigns: group, contacted (count).
        names: Group to label.
    """
    few = [names[group] for group in campaigns.loc[campaigns["contacted"] < SMALLEST, "group"]]
    return [Finding("W12", "few_contacted", {"minimum": SMALLEST, "groups": few})] if few else []


def wrong_campaigns(campaigns: pd.DataFrame, names: Mapping[str, str]) -> list[Finding]:
    """W28: groups in which more customers bought than were contacted."""
    wrong = [names[group] for group in campaigns.loc[campaigns["bought"] > campaigns["contacted"], "group"]]
    return [Finding("W28", "more_than_whole", {"items": wrong})] if wrong else []


def wrong_phases(table: pd.DataFrame, names: Mapping[str, str]) -> list[Finding]:
    """W28: phases that more customers left than were in them."""
    wrong = [names[phase] for phase in impossible_phases(table)]
    return [Finding("W28", "more_than_whole", {"items": wrong})] if wrong else []


def wrong_contacts(log: pd.DataFrame) -> list[Finding]:
    """W28: kinds with more contacts known or in time than there were."""
    wrong = impossible_kinds(log)
    return [Finding("W28", "more_than_whole", {"items": wrong})] if wrong else []


def rules_without_profile(profiles: pd.DataFrame, rules: pd.DataFrame) -> list[Finding]:
    """W28: entry rules for a profile that the table of profiles does not have."""
    unknown = sorted(set(rules["profile"]) - set(profiles["profile"]))
    return [Finding("W28", "unknown_profile", {"profiles": unknown})] if unknown else []


def possible_campaigns(campaigns: pd.DataFrame) -> pd.DataFrame:
    """The rows in which no more bought than were contacted."""
    return campaigns[campaigns["bought"] <= campaigns["contacted"]]


def possible_phases(table: pd.DataFrame) -> pd.DataFrame:
    """The phases that no more customers left than were in them."""
    return table[~table["phase"].isin(impossible_phases(table))]


def possible_contacts(log: pd.DataFrame) -> pd.DataFrame:
    """The log, with parts that exceed their whole left open."""
    return log.assign(**{part: log[part].where(log[part] <= log["contacts"]) for part in ("known", "in_time")})


# --- readings -----------------------------------------------------------------------------------------------------


def facts(base: GroupBase, money: str) -> dict[str, Any]:
    """What every text on the groups may name: customers, classes, and how money is measured."""
    return {"customers": len(base.scored), "bins": base.scored.attrs["bins"], "money": money}


def origin(before: Before | None) -> dict[str, Any]:
    """Where the earlier groups come from."""
    if before is None:
        return {"case": "nothing"}
    return {"case": "round" if before.from_round else "year", "date": before.on}


def gap_reading(found: float, guess: float) -> dict[str, Any]:
    """How far a share lies from its guess, percentage points."""
    points = round(100 * (found - guess))
    return {"case": "same" if points == 0 else "higher" if points > 0 else "lower", "points": abs(points)}


def treemap_reading(groups: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    """The largest group by revenue, and its share; groups that net of returns brought nothing do not count."""
    largest = groups.iloc[int(groups["revenue"].to_numpy().argmax())]
    return {"group": names[largest["segment"]], "largest": float(largest["revenue_share"])}


def moves_reading(moves: Moves) -> dict[str, Any]:
    """Whether more customers rose or sank."""
    case = "still" if not moves.up + moves.down else "equal"
    if moves.up != moves.down:
        case = "up" if moves.up > moves.down else "down"
    counts = {"up": moves.up, "down": moves.down, "stayed": moves.stayed}
    return {"case": case, **counts, "both": moves.both, "new": moves.new, "gone": moves.gone}


def cohort_reading(shares: pd.DataFrame) -> dict[str, Any]:
    """Share that ordered again in the next period, and at the highest age seen, cohorts added up."""
    pooled = [_pooled(shares, age) for age in shares.columns if age != "size"]
    known = [share for share in pooled if not np.isnan(share)]
    last = shares.columns[1 + max((place for place, share in enumerate(pooled) if not np.isnan(share)), default=0)]
    return {"next": known[0], "later": known[-1], "age": int(last), "customers": int(shares["size"].sum())}


def _pooled(shares: pd.DataFrame, age: object) -> float:
    seen = shares.dropna(subset=[age])
    whole = float(seen["size"].sum())
    return float((seen[age] * seen["size"]).sum() / whole) if whole else float("nan")


def cohort_starts(shares: pd.DataFrame, periods: Periods, language: Language) -> list[str]:
    """Name of each cohort: the year, half-year, quarter or month of its first order."""
    return [_called(periods, int(cohort), language) for cohort in shares.index]


def _called(periods: Periods, place: int, language: Language) -> str:
    """A period by its calendar name, or by its last day where it does not keep to the calendar."""
    end, months = periods.ends[place], periods.months
    if end.month % months or (end + timedelta(days=1)).day != 1:
        return f"→ {day(end, language)}"
    part = {12: "", 6: f"H{end.month // 6} ", 3: f"{_QUARTER[language]}{end.month // 3} ", 1: f"{end.month}-"}[months]
    return f"{part}{end.year}"


def ceiling_reading(ceilings: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    """Whether the planned measures stay below the ceiling, and which group allows most per customer."""
    limit = ceilings["ceiling"].fillna(ceilings["ceiling_year"])
    planned = ceilings["planned"].notna() & limit.notna()
    dear = planned & (ceilings["planned"] > limit)
    values: dict[str, Any] = {"case": "few", "dear": [names[key] for key in ceilings.loc[dear, "group"]]}
    values |= {"marked": list(np.flatnonzero(dear)), "high": 0.0, "group": ""}
    if limit.notna().any():
        values |= {"high": float(limit.max()), "group": names[str(ceilings["group"].iloc[int(np.nanargmax(limit))])]}
        values["case"] = "dear" if dear.any() else "fits" if planned.any() else "plain"
    return values


def uplifts(plans: pd.DataFrame | None) -> dict[str, float]:
    """Group to the share of it that orders because of its planned measure."""
    return (
        {}
        if plans is None
        else {str(key): float(share) for key, share in zip(plans["group"], plans["uplift"], strict=True)}
    )


def with_plans(ceilings: pd.DataFrame, plans: pd.DataFrame | None) -> pd.DataFrame:
    """The ceilings with what is planned per customer, NaN where nothing is."""
    planned = {} if plans is None else plans.set_index("group")["cost"].to_dict()
    return ceilings.assign(planned=ceilings["group"].map(planned).astype(float))


def mail_reading(rule: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    """For which groups a contact pays."""
    pays = rule["index"] >= 0
    case = "all" if pays.all() else "some" if pays.any() else "none"
    return {
        "case": case,
        "paying": [names[key] for key in rule.loc[pays, "group"]],
        "marked": list(np.flatnonzero(~pays)),
    }


def silence_reading(found: pd.DataFrame, cost: float) -> dict[str, Any]:
    """Until when contact pays, and what the first and the last state are worth."""
    stop, states = int(found["contact"].sum()), len(found)
    case = "free" if not cost else "never" if not stop else "keep" if stop == states else "stop"
    case = "single" if states == 1 and case != "never" else case
    silent = {"stop": stop, "keep": states - 1, "free": states - 1}.get(case, 0)
    values = {"recent": float(found["value"].iloc[0]), "last": float(found["value"].iloc[-1])}
    return {"case": case, "silent": silent, "counted": int(found["customers"].iloc[0]), **values}


def spans(found: pd.DataFrame, months: int, words: Callable[..., str]) -> dict[str, str]:
    """How long a customer in each state has been silent, in words."""
    called = {"1": words("span", "just")}
    for state in found["state"]:
        count = int(state)
        called[str(count + 1)] = words("span", f"{'one' if count == 1 else 'many'}_{months}", count=count)
    return called


def cycle_reading(cycle: LifeCycle, names: Mapping[str, str]) -> dict[str, Any]:
    """How many ever get to commitment, and where most fall out."""
    reach = cycle.frame.set_index("phase")["reach"].get("awareness", float("nan"))
    total = int(cycle.frame["customers"].sum())
    case = "plain" if not cycle.narrowest else "narrow" if np.isnan(reach) else "reach"
    words = {"phase": names.get(cycle.narrowest, ""), "reach": 0.0 if np.isnan(reach) else float(reach)}
    return {"case": case, **words, "total": total}


def stay_reading(cycle: LifeCycle, names: Mapping[str, str]) -> dict[str, Any]:
    """The phase in which customers stay longest, of those that some leave."""
    stays = cycle.frame.set_index("phase")["stay"].drop("dissolution", errors="ignore").dropna()
    if stays.empty:
        return {"case": "unknown", "longest": "", "stay": 0.0}
    return {"case": "known", "longest": names[str(stays.idxmax())], "stay": float(stays.max())}


def needs_reading(needs: pd.DataFrame) -> dict[str, Any]:
    """How many needs have no action yet, and where they stand."""
    open_rows = [place for place, action in enumerate(needs["action"]) if not str(action or "").strip()]
    case = "only" if len(needs) == len(open_rows) == 1 else len(open_rows)
    return {"case": case, "open": len(open_rows), "total": len(needs), "marked": open_rows}


def own_rules(client: Client, profiles: pd.DataFrame) -> pd.DataFrame:
    """The entry rules of the profiles; none when the client gave none."""
    rules = client.tables.get("profile_rules")
    return pd.DataFrame(columns=["profile", "measure", "low", "high"]) if rules is None else rules


def profile_rows(profiles: pd.DataFrame, sizes: pd.DataFrame | None) -> pd.DataFrame:
    """The profiles with what was counted; where no rule could be judged, with what the client gave.

    Args:
        profiles: profile, name, basis, criteria; members and members_before may be NaN.
        sizes: Outcome of ``profile_sizes``; None without customers to judge.
    """
    rows = profiles.set_index("profile")
    given = {"size": rows["members"], "before": rows["members_before"]}
    for column in ("size", "homogeneity", "before", "came", "went"):
        counted = pd.Series(np.nan, index=rows.index) if sizes is None else sizes[column].reindex(rows.index)
        rows[column] = counted.astype(float).fillna(given.get(column, np.nan))
    return rows.reset_index()


def profile_reading(customers: int, apart: tuple[int, int]) -> dict[str, Any]:
    """How many customers fit no profile, and how many more than one."""
    case = "none" if not apart[0] else "one" if apart[0] == 1 else "many"
    return {"case": case, "customers": customers, "none": apart[0], "several": apart[1]}


def contact_reading(log: Interactions) -> dict[str, Any]:
    """The commonest kind of contact, and how long an answer takes."""
    first = log.frame.iloc[0]
    share = float(first["share"]) if log.contacts else 0.0
    values = {"kind": first["kind"], "share": share, "contacts": log.contacts}
    return {"case": "hours" if not np.isnan(log.response) else "plain", "hours": log.response, **values}


def known_counts(client: Client, log: Interactions | None) -> dict[str, tuple[float, float]]:
    """Known and all: rows of the order file, its customers by the table of customers, contacts by the log."""
    counts: dict[str, tuple[float, float]] = {}
    if client.orders is not None:
        quality = client.orders.quality
        counts["orders"] = (quality.rows_read - quality.left_out["no_customer"].count, quality.rows_read)
        if "customers" in client.tables:
            buyers = customer_table(client.orders)["customer"]
            counts["customers"] = (int(buyers.isin(client.tables["customers"]["customer"]).sum()), len(buyers))
    if log is not None:
        rows = log.frame.dropna(subset=["known"])
        counts["contacts"] = (float(rows["known"].sum()), float(rows["contacts"].sum()))
    return counts


def identified_reading(found: pd.DataFrame, names: Mapping[str, str], words: Callable[..., str]) -> dict[str, Any]:
    """What share of orders, customers and contacts is recognised, and where least."""
    rows = found.to_dict("records")
    shares = [words("identified_share", what=names[row["what"]], share=row["share"]) for row in rows]
    lowest = min(rows, key=lambda row: row["share"])
    return {"case": "all" if lowest["share"] == 1 else "some", "what": names[lowest["what"]], "shares": shares}


def lens_rows(
    seen: Mapping[str, Mapping[str, float]], periods: Periods, words: Callable[..., str], language: Language
) -> pd.DataFrame:
    """The lenses in words: columns lens and finding."""
    rows = []
    for lens, numbers in seen.items():
        values: dict[str, Any] = dict(numbers)
        if "cohort" in numbers:
            values["name"] = _called(periods, int(numbers["cohort"]), language)
        rows.append((words("lens", lens), words("lens_finding", lens, **values)))
    return pd.DataFrame(rows, columns=["lens", "finding"])


def conclusion_reading(base: GroupBase | None, cycle: LifeCycle | None, phases: Mapping[str, str]) -> dict[str, Any]:
    """What the best groups bring and what has gone quiet; without orders, where relations drop out; else nothing."""
    if base is None:
        return {"case": "phases", "phase": phases[cycle.narrowest]} if cycle and cycle.narrowest else {}
    rows = base.groups.set_index("segment")
    shares, best, quiet = rows["revenue_share"].fillna(0.0), ["champion", "loyal"], list(QUIET)
    people, customers = int(rows.loc[quiet, "customers"].sum()), int(rows.loc[best, "customers"].sum())
    case = ("both" if people else "best") if customers else ("quiet" if people else "none")
    values = {"best": float(shares[best].sum()), "quiet": float(shares[quiet].sum())}
    return {"case": case, "people": people, "customers": int(rows["customers"].sum()), **values}


def renewal_reading(cohorts: pd.DataFrame, discount_rate: float, years: int = 5) -> dict[str, Any] | None:
    """Yearly payments ahead of a new customer and of one who has been here for *years*; None where no curve fits.

    Args:
        cohorts: cohort, year_end, active.
        discount_rate: Yearly, share.
        years: Of the older customer.
    """
    try:
        curve = fit_survival(cohort_retention(cohorts).by_age)
        ahead, workings = lifetime_by_age(curve, discount_rate, years + 1)
        new = new_customer_lifetime(curve, discount_rate)
    except ValueError:
        return None
    payments = ahead["payments"]
    return {"new": new, "first": payments.iloc[0], "later": payments.iloc[-1], "years": years, "workings": workings}


def actions(
    ceilings: pd.DataFrame, plans: pd.DataFrame, names: Mapping[str, str], words: Callable[..., str], language: Language
) -> tuple[SummaryItem, ...]:
    """The planned measures that stay below their ceiling, for the groups gone quiet first; two at most."""
    rows = ceilings.set_index("group")
    limit = rows["ceiling"].fillna(rows["ceiling_year"])
    fits = plans[plans["cost"] <= plans["group"].map(limit)]
    quiet = fits["group"].isin(QUIET)
    chosen = pd.concat([fits[quiet], fits[~quiet]]).head(2).to_dict("records")
    return tuple(
        SummaryItem(
            role="action",
            text=words("action", group=names[row["group"]], measure=row["measure"], cost=row["cost"]),
            owner=row["owner"] or "",
            due="" if row["due"] is None or pd.isna(row["due"]) else day(row["due"], language),
        )
        for row in chosen
    )
