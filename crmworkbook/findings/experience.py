"""Rules of the experience chapter: surveys too thin, Kano not clear-cut, a journey that tells nothing apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from crmworkbook.findings import Finding, Names
from crmworkbook.models.frames import records
from crmworkbook.models.kano import QUESTIONABLE
from crmworkbook.models.survey import FEWEST, Difference, Survey, wrong_values

if TYPE_CHECKING:
    from crmworkbook.models.kano import Kano

_SINGLY = 2  # up to here each feature gets its own warning


def off_scale(answers: pd.DataFrame, names: Names) -> list[Finding]:
    """W28: survey answers that are not on the scale of their metric; they are left out.

    Args:
        answers: The client's table of surveys.
        names: Metric to name.
    """
    wrong = wrong_values(answers)
    said = [f"{names[str(row.metric)]}: {row.value}" for row in wrong.itertuples()]
    return [Finding("W28", "off_scale", {"answers": list(dict.fromkeys(said))})] if said else []


def thin_surveys(surveys: Iterable[Survey], names: Names) -> list[Finding]:
    """W17: fewer than thirty answers, an unknown response, or more answers than customers asked."""
    found = []
    for survey in surveys:
        values: dict[str, object] = {"survey": names[survey.metric], "n": survey.n}
        if survey.n < FEWEST:
            found.append(Finding("W17", "small_sample", {**values, "minimum": FEWEST}))
        if survey.asked is None:
            found.append(Finding("W17", "response_unknown", values))
        elif survey.n > survey.asked:
            found.append(Finding("W17", "more_than_asked", {**values, "asked": survey.asked}))
    return found


def unproven(nps: Survey | None, change: Difference | None, names: Names) -> list[Finding]:
    """W17: a margin wider than what the conclusion claims of NPS: the change, or else the distance from nil."""
    if change is not None:
        gap, margin, survey = abs(change.difference), change.margin, names["nps_change"]
    elif nps is not None:
        gap, margin, survey = abs(nps.score), nps.margin, names["nps"]
    else:
        return []
    values = {"survey": survey, "margin": margin, "difference": gap}
    return [Finding("W17", "margin_too_wide", values)] if margin > gap else []


def flat_journey(emotions: pd.Series, name: str) -> list[Finding]:
    """W25: three or more steps that all feel the same."""
    given = emotions.dropna()
    if len(given) < 3 or given.nunique() > 1:
        return []
    return [Finding("W25", "all_equal", {"list": name, "value": float(given.iloc[0])})]


def kano_sample(kano: Kano, name: str) -> list[Finding]:
    """W17: a feature on which fewer than thirty customers answered."""
    fewest = float(kano.frame["n"].min())
    values = {"survey": name, "n": fewest, "minimum": FEWEST}
    return [Finding("W17", "small_sample", values)] if fewest < FEWEST else []


def kano_doubts(kano: Kano, names: Names, kinds: Names) -> list[Finding]:
    """W18: contradictory answers above a tenth, or two categories within a tenth of the answers of each other.

    Args:
        kano: As the model gives it.
        names: Feature to name.
        kinds: Category to name.
    """
    frame = kano.frame
    puzzled = records(frame[frame["questionable"] > QUESTIONABLE + 1e-9])
    close = records(frame[frame["is_close"]])
    found = [
        Finding("W18", "questionable_answers", {"feature": names[row["feature"]], "share": row["questionable"]})
        for row in puzzled
    ]
    if len(puzzled) > _SINGLY:
        features = [f"‘{names[row['feature']]}’" for row in puzzled]
        found = [Finding("W18", "many_questionable", {"count": len(puzzled), "features": features})]
    if len(close) > _SINGLY:
        pairs = [f"‘{names[row['feature']]}’ ({kinds[row['category']]}/{kinds[row['second']]})" for row in close]
        return [*found, Finding("W18", "many_close", {"count": len(close), "features": pairs})]
    found += [
        Finding(
            "W18",
            "close_categories",
            {
                "feature": names[row["feature"]],
                "first": kinds[row["category"]],
                "second": kinds[row["second"]],
                "difference": row["lead"],
                "n": row["n"],
            },
        )
        for row in close
    ]
    return found


def usage_faults(usage: pd.DataFrame) -> list[Finding]:
    """W28: an activity with more participants than customers who could take part."""
    wrong = usage[usage["active"] > usage["customers"]]
    return [Finding("W28", "more_than_whole", {"items": list(wrong["activity"])})] if len(wrong) else []
