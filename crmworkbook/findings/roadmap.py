"""Rules of the roadmap: it can run, it is no IT project, it serves the goals, and software comes last."""

from __future__ import annotations

from crmworkbook import chapters, text
from crmworkbook.client import Client
from crmworkbook.completeness import completeness
from crmworkbook.findings import Finding
from crmworkbook.findings.goal_sheet import GoalSheet
from crmworkbook.findings.roadmap_sheet import LEAST_PEOPLE_PROCESS, MOST_TECHNOLOGY, RoadmapSheet
from crmworkbook.models.frames import records
from crmworkbook.models.roadmap import GoalLinks, unknown_dependencies
from crmworkbook.text import Language

COMPLETE = 0.80  # share of a chapter's questions and tables; some tables do not concern every firm
BEFORE_SOFTWARE = (1, 2, 3, 4, 7)  # numbers of the chapters that come before any choice of software
_SINGLY = 2  # up to here each initiative gets its own warning


def cannot_run(sheet: RoadmapSheet) -> list[Finding]:
    """W29: initiatives that wait for themselves or for each other in a circle (stops), or for what is not there."""
    found = []
    strange = unknown_dependencies(sheet.initiatives)
    if strange:
        links = [f"{sheet.names[key]} → {', '.join(others)}" for key, others in strange.items()]
        found.append(Finding("W29", "unknown_dependency", {"links": links}))
    alone = [key for key, waiting in sheet.waiting.items() if key in waiting]
    if alone:
        return [*found, *(Finding("W29", "waits_for_itself", {"initiative": sheet.names[key]}) for key in alone)]
    if sheet.cycle:
        found.append(Finding("W29", "cycle", {"loop": " → ".join(sheet.called(sheet.cycle))}))
    return found


def too_early(sheet: RoadmapSheet) -> list[Finding]:
    """W29: an initiative planned before what it waits for is done; more than two in one warning."""
    rows = records(sheet.plan.rows[sheet.plan.rows["too_early"]])
    if len(rows) > _SINGLY:
        names = sheet.called(row["initiative"] for row in rows)
        return [Finding("W29", "many_too_early", {"initiatives": names, "count": len(names)})]
    return [
        Finding(
            "W29",
            "starts_too_early",
            {
                "initiative": sheet.names[row["initiative"]],
                "planned": row["start_month"],
                "earliest": row["earliest"],
                "waits": sheet.called(sheet.waiting[row["initiative"]]),
            },
        )
        for row in rows
    ]


def it_project(sheet: RoadmapSheet) -> list[Finding]:
    """W13: technology takes most of the budget or begins first, or people and process get too little."""
    found = []
    technology, people = sheet.balance.share("technology"), sheet.balance.share("people", "process")
    if technology > MOST_TECHNOLOGY:
        found.append(Finding("W13", "technology_share", {"share": technology, "limit": MOST_TECHNOLOGY}))
    if sheet.technology_first:
        is_technology = sheet.initiatives["type"] == "technology"
        first = is_technology & (sheet.initiatives["start_month"] == sheet.first_month["technology"])
        names = sheet.called(sheet.initiatives.loc[first, "initiative"])
        found.append(Finding("W13", "technology_first", {"initiatives": names}))
    if people < LEAST_PEOPLE_PROCESS:
        found.append(Finding("W13", "people_process_share", {"share": people, "limit": LEAST_PEOPLE_PROCESS}))
    return found


def software_too_early(client: Client, chosen: bool, language: Language) -> list[Finding]:
    """W14: software has been chosen while a chapter that comes before it is not complete.

    Args:
        client: The client.
        chosen: Whether software has been chosen.
        language: Language of the chapters' titles.
    """
    if not chosen:
        return []
    rows = zip(chapters.chapters(), records(completeness(client, language)), strict=True)
    wanting = [
        f"{row['chapter']} ({text.percent(row['share'], language, 0)})"
        for chapter, row in rows
        if chapter.number in BEFORE_SOFTWARE and row["share"] < COMPLETE
    ]
    return [Finding("W14", "chosen_too_early", {"chapters": wanting})] if wanting else []


def disconnected(sheet: RoadmapSheet, links: GoalLinks, goals: GoalSheet) -> list[Finding]:
    """W27: an initiative without a goal, a goal without an initiative, a goal that is not in the table."""
    found = []
    if links.unknown:
        found.append(Finding("W27", "unknown_goal", {"goals": list(links.unknown)}))
    if links.aimless:
        found.append(Finding("W27", "initiative_without_goal", {"initiatives": sheet.called(links.aimless)}))
    if links.unserved:
        found.append(Finding("W27", "goal_without_initiative", {"goals": goals.called(links.unserved)}))
    return found
