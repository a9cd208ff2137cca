"""What the results of the experience chapter say: which sentence fits, and rows in words.

Surveys and the journey; what we offer whom is in `offer_readings`. The sums are in the models `journey` and `survey`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmworkbook import text
from crmworkbook.findings import Names, Reading
from crmworkbook.models.frames import records
from crmworkbook.models.journey import REACH, Journey
from crmworkbook.models.survey import Difference, Survey, difference, survey_results, wrong_values
from crmworkbook.section import SummaryItem
from crmworkbook.text import Language

if TYPE_CHECKING:
    from crmworkbook.client import Client
    from crmworkbook.models.working import Working

Say = Callable[..., str]

MOSTLY = 0.5  # from here up it is the larger part


def named(keys: pd.Series, labels: pd.Series) -> dict[str, str]:
    """Key to label; a key without a label is its own, read as words."""
    pairs = zip(keys, labels.fillna(""), strict=True)
    return {str(key): str(words) or str(key).replace("_", " ") for key, words in pairs}


def signed(value: float, language: Language, decimals: int | None = None) -> str:
    """A number with its sign; whole numbers without decimals unless *decimals* says otherwise."""
    places = (0 if float(value).is_integer() else 1) if decimals is None else decimals
    said = text.number(value, language, places)
    return f"+{said}" if round(value, places) > 0 else said


# --- surveys ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """The surveys, newest first.

    Attributes:
        latest: Metric to the last measurement with answers, else to the last one.
        before: Metric to the one before it.
    """

    latest: dict[str, Survey]
    before: dict[str, Survey]

    def answered(self, *metrics: str) -> list[Survey]:
        """The last measurements of these metrics that have answers."""
        return [self.latest[metric] for metric in metrics if metric in self.latest and self.latest[metric].n]

    def change(self, metric: str) -> Difference | None:
        """Last less the one before; None without two measurements that have answers."""
        if metric not in self.before or not self.answered(metric) or not self.before[metric].n:
            return None
        return difference(self.before[metric], self.latest[metric])


def measured(client: Client) -> Measured:
    """The surveys of the client and of the round before, values off their scale left out."""
    found: dict[tuple[str, object], Survey] = {}
    for source in (client.earlier, client):
        if source is not None and "surveys" in source.tables:
            rows = source.tables["surveys"]
            rows = rows.drop(index=wrong_values(rows).index)
            found |= {(one.metric, one.measured_on): one for one in survey_results(rows, source.file.as_of)}
    latest: dict[str, Survey] = {}
    before: dict[str, Survey] = {}
    for survey in sorted(found.values(), key=lambda one: one.measured_on):
        if survey.metric in latest:
            before[survey.metric] = latest[survey.metric]
        latest[survey.metric] = survey
    return Measured(latest, before)


def score_words(survey: Survey, language: Language) -> str:
    """A result as its reader writes it; a dash without answers."""
    if not survey.n:
        return "–"
    if survey.metric == "nps":
        return signed(survey.score, language, 1)
    return text.percent(survey.score, language) if survey.metric == "csat" else text.number(survey.score, language, 2)


def survey_rows(found: Measured, names: Names, language: Language) -> pd.DataFrame:
    """Columns metric, when, n, response, result, spread, share, change of each metric's last measurement."""
    rows = []
    for metric, survey in found.latest.items():
        change = found.change(metric)
        spread = "–" if pd.isna(survey.margin) else f"± {_size(survey.margin, metric, language)}"
        moved = "–"
        if change is not None:
            moved = _size(change.difference, metric, language)
            moved = f"+{moved}" if change.difference > 0 else moved
            moved += "" if pd.isna(change.margin) else f" ± {_size(change.margin, metric, language)}"
        when = text.day(survey.measured_on, language)
        result = score_words(survey, language)
        share = float("nan") if pd.isna(survey.share) else survey.share
        rows.append((names[metric], when, survey.n, survey.response, result, spread, share, moved))
    columns = ["metric", "when", "n", "response", "result", "spread", "share", "change"]
    return pd.DataFrame(rows, columns=columns)


def survey_workings(found: Measured, names: Names, language: Language) -> list[Working]:
    """Every sum behind the surveys, of the last measurement and of one that it is compared with, named with its day."""
    change = found.change("nps")
    shown = [*found.latest.values(), *([found.before["nps"]] if change else [])]
    sums = [
        replace(working, subject=f"{names[survey.metric]}, {text.day(survey.measured_on, language)}")
        for survey in shown
        for working in survey.workings
    ]
    return [*sums, *(change.workings if change else ())]


def _size(value: float, metric: str, language: Language) -> str:
    """A difference or margin in the unit of the metric; percentage points for CSAT."""
    if metric == "csat":
        return f"{text.number(100 * value, language)} {text.label('units.points_short', language)}"
    return text.number(value, language, 1 if metric == "nps" else 2)


def survey_reading(found: Measured, language: Language) -> Reading:
    """What may be said of NPS: a change, a distance from nil, or nothing."""
    change = found.change("nps")
    if change is not None and change.margin == change.margin:
        case = "unclear" if not change.is_clear else "clear_up" if change.difference > 0 else "clear_down"
        gap = signed(change.difference, language, 1)
        return {"case": case, "before": change.before, "gap": gap, "margin": change.margin}
    nps = found.answered("nps")
    if not nps or pd.isna(nps[0].margin):
        return {"case": "plain"}
    sure = abs(nps[0].score) > nps[0].margin
    return {"case": "even" if not sure else "positive" if nps[0].score > 0 else "negative"}


def gut_reading(survey: Survey, guess: float, say: Say, language: Language) -> Reading:
    """How far the guess was from the result."""
    gap = round(survey.score, 1) - guess
    way = "equal" if abs(gap) < 0.05 else "higher" if gap > 0 else "lower"
    return {"gap": text.number(abs(gap), language), "way": say("way", way)}


def effort_reading(surveys: Sequence[Survey]) -> Reading:
    """What part of the customers found things ``easy`` or ``hard``; of the older version the part that found effort."""
    first = surveys[0]
    if first.metric == "ces_2010":
        return {"case": "effort", "hard": first.share}
    return {"case": "easy" if first.share >= MOSTLY else "hard", "easy": first.share}


# --- the journey --------------------------------------------------------------------------------------------


def journey_reading(
    found: Journey, joined: Sequence[Sequence[str]], names: Names, say: Say, language: Language
) -> Reading:
    """Which sentence fits the journey, with peak, end, score and mean as the reader writes them."""
    cases = {
        "single": len(found.frame) == 1,
        "flat": found.is_flat,
        "tied": found.is_tied,
        "pain_end_bad": found.peak < 0 and found.end < 0,
        "pleasure_end_bad": found.peak > 0 and found.end <= 0,
        "remembered": True,
    }
    return {
        "case": next(case for case, holds in cases.items() if holds),
        "peak": names[found.peak_step],
        "low": signed(found.peak, language),
        "end": signed(found.end, language),
        "score": signed(found.peak_end, language, 1),
        "mean": signed(found.mean, language, 1),
        "steps": len(found.frame),
        "effort": say("effort_scale") if found.has_effort else "",
        "joined": say("joined", "some" if joined else "none", reach=REACH - 1),
    }


def timing_reading(found: Journey) -> Reading | None:
    """Whether discomfort comes late; None without any, or with too few steps to have halves."""
    if found.late_pain is None or len(found.frame) < 4:
        return None
    share = found.late_pain
    return {"case": "late" if share > MOSTLY else "early", "share": share, "rest": 1 - share}


def plan_rows(
    places: pd.DataFrame, found: Journey, ideas: pd.DataFrame | None, names: Names, say: Say, language: Language
) -> pd.DataFrame:
    """Where to act and why, beside what the client wants to do there.

    Args:
        places: As `crmworkbook.models.journey.plan` gives it.
        found: The journey.
        ideas: ``step, kind, idea, owner, due``; rows for other places are added at the end.
        names: Step to name.
        say: Gives one of the chapter's texts.
        language: Language of the words.

    Returns:
        kind (key), step, place (step and why, on two lines), idea, owner (words), due (date or None).
    """
    given = {} if ideas is None else {(row["step"], row["kind"]): row for row in records(ideas)}
    rows = []
    for place in records(places):
        idea = given.pop((place["step"], place["kind"]), {})
        why = _why({str(key): value for key, value in place.items()}, found, names, say, language)
        rows.append((place["kind"], names[place["step"]], why, *_idea(idea)))
    for (step, kind), idea in given.items():
        rows.append((kind, names.get(step, str(step).replace("_", " ")), say("plan_why", "own"), *_idea(idea)))
    order = {"fix": 0, "ending": 1, "peak": 2, "extra": 3}
    rows.sort(key=lambda row: order[row[0]])
    frame = pd.DataFrame(rows, columns=["kind", "step", "why", "idea", "owner", "due"])
    return frame.assign(place=frame["step"] + "\n" + frame["why"].str[:1].str.upper() + frame["why"].str[1:])


def _idea(row: Mapping[Any, Any]) -> tuple[str, str, Any]:
    idea, owner, due = (None if pd.isna(value) else value for value in map(row.get, ("idea", "owner", "due")))
    return str(idea or "–"), str(owner or "–"), due


def _why(place: Mapping[str, Any], found: Journey, names: Names, say: Say, language: Language) -> str:
    step = found.frame[found.frame["step"] == place["step"]].iloc[0]
    values = {"emotion": signed(place["emotion"], language), "low": signed(found.peak, language)}
    values["best"] = signed(float(found.frame["emotion"].max()), language)
    match place["kind"]:
        case "fix":
            parts = [say("plan_why", "fix", **values)]
            parts += [say("plan_why", "truth")] if step.get("moment_of_truth", False) else []
            effort = step.get("effort", float("nan"))
            parts += [say("plan_why", "effort", effort=effort)] if effort > 3 else []
            said = ", ".join(parts)
        case "ending":
            said = say("plan_why", f"ending_{found.ending}", **values)
        case "peak":
            said = say("plan_why", "peak_pain" if found.peak < 0 else "peak", **values)
        case _:
            shared = place["beside"] != ""
            values["beside"] = names[place["beside"]] if shared else ""
            said = say("plan_why", "split" if shared else "extra", **values)
    return said


def plan_reading(rows: pd.DataFrame) -> Reading:
    """How many places still lack an idea."""
    unsettled = int((rows["idea"] == "–").sum())
    return {"case": "open" if unsettled else "full", "open": unsettled, "total": len(rows)}


def plan_actions(rows: pd.DataFrame, say: Say, language: Language) -> tuple[SummaryItem, ...]:
    """Fixes with an idea and an owner, as lines for the one-page summary."""
    ready = rows[(rows["kind"] == "fix") & (rows["idea"] != "–") & (rows["owner"] != "–")]
    return tuple(
        SummaryItem(
            role="action",
            text=say("plan_act", step=row["step"], idea=row["idea"]),
            owner=row["owner"],
            due=text.day(row["due"], language) if row["due"] else "",
        )
        for row in records(ready)
    )


def moment_rows(steps: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The moments of truth: step, standard, pass_rate, owner, is_open (no standard or no owner)."""
    chosen = steps[steps["moment_of_truth"].astype(bool)].reset_index(drop=True)
    words = {name: ["" if pd.isna(entry) else str(entry) for entry in chosen[name]] for name in ("standard", "owner")}
    frame = pd.DataFrame({"step": [names[step] for step in chosen["step"]], **words})
    frame["pass_rate"] = chosen["pass_rate"].astype(float)
    frame["is_open"] = (frame["standard"] == "") | (frame["owner"] == "")
    return frame.replace({"standard": {"": "–"}, "owner": {"": "–"}})


def moment_reading(rows: pd.DataFrame) -> Reading:
    """What is missing, or which moment meets its standard least; marked rows by position."""
    unsettled = rows[rows["is_open"]]
    if len(unsettled):
        return {"case": "open", "open": list(unsettled["step"]), "marked": list(unsettled.index)}
    known = rows.dropna(subset=["pass_rate"])
    if known.empty:
        return {"case": "unmeasured", "marked": []}
    worst = known.sort_values("pass_rate", kind="stable").head(1)
    values = {"lowest": worst["step"].item(), "rate": worst["pass_rate"].item()}
    return {"case": "lowest", "marked": list(worst.index), **values}


def gap_reading(gaps: pd.DataFrame) -> Reading:
    """On how many aspects the experience falls short, and where most."""
    short = gaps[gaps["gap"] < 0]
    worst = str(short["aspect"].iloc[0]) if len(short) else ""
    return {"case": len(short), "short": len(short), "aspects": len(gaps), "worst": worst}


# --- what it comes to ---------------------------------------------------------------------------------------


def verdict(found: Journey | None, places: pd.DataFrame | None, names: Names, has_surveys: bool) -> Reading:
    """Which conclusion holds and which sentence follows from it, with the steps that they name.

    Args:
        found: The journey, if it could be judged.
        places: As `crmworkbook.models.journey.plan` gives it.
        names: Step to name.
        has_surveys: Whether there are surveys to fall back on.
    """
    if found is None or places is None:
        case = "nps" if has_surveys else "other"
        return {"case": case, "so": case}
    last = str(found.frame["step"].iloc[-1])
    fixes = [f"‘{names[step]}’" for step in places.loc[places["kind"] == "fix", "step"]]
    values = {"peak": names[found.peak_step], "last": names[last], "high": names[found.high_step], "fixes": fixes}
    if found.is_flat and len(found.frame) > 1:
        return {"case": "flat", "so": "flat", **values}
    if found.peak < 0:
        best = found.frame["emotion"].max()
        so = "pain_only" if best <= 0 else "pain_end" if found.high_step == last else "pain"
        return {"case": "pain", "so": so, **values}
    case = "end" if found.end <= 0 else "good_end" if found.end == found.peak else "good"
    return {"case": case, "so": case, **values}
