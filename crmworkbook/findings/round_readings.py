"""What changed between two rounds, in words: figures, segments and goals, and the conclusion that follows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from crmworkbook import text
from crmworkbook.client import Client
from crmworkbook.errors import ClientFileError
from crmworkbook.findings.goal_sheet import GoalSheet
from crmworkbook.findings.support import inside
from crmworkbook.findings.units import in_units
from crmworkbook.models.drift import Change, Drift
from crmworkbook.models.frames import records
from crmworkbook.rounds import rounds
from crmworkbook.text import Language

Words = Callable[..., str]
# goal of the ten: the measure of the drift that tells whether its change is more than chance
_COUNTED = {"loyalty": "retention", "lead_quality": "conversion", "new_customers": "new_customers"}
OFF_COURSE = ("behind", "still", "wrong_way")


def cycle(client: Client) -> int:
    """Which round this is, from 1: the rounds kept before this base date, and this one."""
    return 1 + sum(kept.as_of < client.file.as_of for kept in rounds(client.folder))


def earlier_of(client: Client) -> Client | None:
    """The last round before this base date; None without one, or where it cannot be read."""
    try:
        return client.earlier
    except ClientFileError:
        return None


def unlike(then: Client, now: Client) -> bool:
    """Whether the amounts of two rounds cannot be compared: in another currency, or per another period."""
    return (then.file.currency, then.file.period) != (now.file.currency, now.file.period)


def measure_names(drift: Drift, words: Words, channels: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Measure and subject of the firm's changes to label."""
    return {
        (change.measure, change.subject): words(
            "measures", change.measure, channel=channels.get(change.subject, change.subject)
        )
        for change in drift.firm
    }


def drift_rows(
    changes: Sequence[Change],
    names: Mapping[tuple[str, str], str],
    words: Words,
    language: Language,
    currency: str,
) -> pd.DataFrame:
    """Columns measure, then, now, change, limit, verdict, and beyond (truth)."""
    rows = []
    for change in changes:
        then, now = in_units([change.then, change.now], change.unit, language, currency)
        moved, limit = _moved(change, change.change, language), _moved(change, change.limit, language).lstrip("+")
        known = {True: "beyond", False: "within", None: "unjudged"}[change.beyond]
        limit = "–" if math.isnan(change.limit) else f"± {limit}"
        name = names[change.measure, change.subject]
        rows.append((name, then, now, moved, limit, words("verdict", known), bool(change.beyond)))
    return pd.DataFrame(rows, columns=["measure", "then", "now", "change", "limit", "verdict", "beyond"])


def _moved(change: Change, value: float, language: Language) -> str:
    """A change, or its limit, with its sign: in per cent, in points, or as a number."""
    if math.isnan(value):
        return "–"
    sign = "+" if value > 0 else ""
    if change.relative:
        return sign + text.percent(value, language)
    if change.unit == "share":
        return f"{sign}{text.number(100 * value, language)} {text.label('units.points_short', language)}"
    return sign + text.number(value, language, 0)


def segment_rows(drift: Drift, names: Mapping[str, str], language: Language, currency: str) -> pd.DataFrame:
    """What moved in each segment, in words.

    Returns:
        Columns segment, customers, retention and revenue_share (``then → now``), revenue and equity (relative change),
        and beyond (truth).
    """
    columns = ["customers", "retention", "revenue", "revenue_share", "equity"]
    rows = []
    for segment in dict.fromkeys(change.subject for change in drift.segments):
        own = {change.measure: change for change in drift.segments if change.subject == segment}
        cells = [_pair(own.get(column), language, currency) for column in columns]
        rows.append((names.get(segment, segment), *cells, any(change.beyond for change in own.values())))
    return pd.DataFrame(rows, columns=["segment", *columns, "beyond"])


def _pair(change: Change | None, language: Language, currency: str) -> str:
    if change is None:
        return "–"
    if change.unit == "money":
        return _moved(change, change.change, language)
    return " → ".join(in_units([change.then, change.now], change.unit, language, currency))


def drift_reading(drift: Drift, names: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """The case of the drift (``none``, ``one``, ``many``, ``nothing``, ``same``) and what it names."""
    beyond = [inside(names[change.measure, change.subject]) for change in drift.firm if change.beyond]
    judged = sum(change.beyond is not None for change in drift.firm)
    case = "nothing" if not judged else "none" if not beyond else "one" if len(beyond) == 1 else "many"
    if drift.is_same:
        case = "same"
    return {"case": case, "moved": beyond, "count": len(beyond), "judged": judged}


def segment_reading(drift: Drift, names: Mapping[str, str]) -> dict[str, Any]:
    """The case of retention per segment and what it names."""
    changes = drift.of("retention")
    beyond = [names.get(segment, segment) for segment, change in changes.items() if change.beyond]
    unjudged = [names.get(segment, segment) for segment, change in changes.items() if change.beyond is None]
    case = "none" if not beyond else "one" if len(beyond) == 1 else "many"
    if len(unjudged) == len(changes):
        case = "few"
    return {"case": case, "segments": beyond, "count": len(beyond), "n": len(changes), "few": unjudged}


def other_segments(drift: Drift, now: Mapping[str, str], then: Mapping[str, str]) -> dict[str, Any] | None:
    """Segments that only one of the rounds has, as values of a text; None where both have the same."""
    if not drift.added and not drift.dropped:
        return None
    added = [now.get(key, key) for key in drift.added]
    dropped = [then.get(key, key) for key in drift.dropped]
    case = "both" if added and dropped else "added" if added else "dropped"
    return {"case": case, "added": added, "dropped": dropped}


def course_rows(
    course: pd.DataFrame,
    names: Mapping[str, str],
    drift: Drift | None,
    words: Words,
    language: Language,
    currency: str,
) -> pd.DataFrame:
    """Columns goal, then, expected, now, status; wrong (truth) where it went the wrong way beyond chance."""
    chance = {change.measure for change in drift.firm if change.beyond is False} if drift else set()
    rows = []
    for row in records(course):
        shown = in_units([row["then"], row["expected"], row["now"]], row["unit"], language, currency)
        said = words("course_state", row["status"])
        if row["status"] in OFF_COURSE and _COUNTED.get(row["goal"]) in chance:
            said += "; " + words("by_chance")
        wrong = row["status"] == "wrong_way" and _COUNTED.get(row["goal"]) not in chance
        rows.append((names[row["goal"]], *shown, said, wrong))
    return pd.DataFrame(rows, columns=["goal", "then", "expected", "now", "status", "wrong"])


def course_reading(course: pd.DataFrame) -> dict[str, Any]:
    """The case of the goals (``empty``, ``all``, ``none``, ``some``) and what it names."""
    judged = course[~course["status"].isin(["no_target", "not_measured"])]
    on = int((judged["status"] == "on_course").sum())
    case = "empty" if judged.empty else "all" if on == len(judged) else "none" if on == 0 else "some"
    return {"case": case, "on": on, "off": len(judged) - on, "judged": len(judged)}


def goals_of(client: Client, language: Language) -> GoalSheet:
    """The goals of a round.

    Raises:
        KeyError: the round has none.
    """
    return GoalSheet(client.tables["goals"], client.file.as_of, language, client.file.currency)


def verdict(
    weakest: Sequence[str], moved: Mapping[str, Any] | None, course: Mapping[str, Any] | None, cycle: int = 1
) -> str:
    """Which conclusion holds.

    Args:
        weakest: The weakest steps in words; empty where unknown or all alike.
        moved: As :func:`drift_reading` gives it; None without an earlier round.
        course: As :func:`course_reading` gives it; None without an earlier round.
        cycle: Which round this is; from 2 up there is an earlier one, even where nothing can be compared.
    """
    if moved and moved["case"] == "same":
        return "same"
    if course and course["off"] > course["on"]:
        return "off_course"
    if moved and moved["count"]:
        return "moved"
    if course and course["judged"]:
        return "on_course"
    if moved and moved["judged"]:
        return "steady"
    if cycle > 1:
        return "unread"
    return "weakest" if weakest else "begin"
