"""Contacts, channels, partners and systems: the rules, and which words a result calls for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from crmworkbook.findings import Finding
from crmworkbook.findings.support import straight_line
from crmworkbook.models.contacts import ContactMatrix
from crmworkbook.models.frames import records
from crmworkbook.text import Language, label

Say = Callable[..., str]  # the words of a chapter: key, case, values
Claim = tuple[str, dict[str, Any]]

SMALL_SHIFT = 0.005  # shares closer than this read the same as whole percentages
AGAINST = 0.02  # so far may a share move against the trend in the table of channels
CLOSED = "none"  # access of a system that customers do not see


def inside(name: str) -> str:
    """A role or name for inside a sentence: *Inkoper* becomes *inkoper*, *ICT* stays."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def insides(names: Sequence[str]) -> list[str]:
    """The same of several."""
    return [inside(name) for name in names]


def blank(value: object) -> bool:
    """Whether a field of words was left empty."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def dashed(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table with nothing in place of empty words, which prints as a dash."""
    return frame.astype(object).where(frame != "", None)


def shortened(names: Sequence[str], language: Language, most: int = 3) -> list[str]:
    """At most so many names and how many more there are."""
    if len(names) <= most + 1:
        return list(names)
    return [*names[:most], label("cube.and_more", language).replace("{count}", str(len(names) - most))]


def contact_reading(found: ContactMatrix) -> Claim:
    """What the contact matrix says first, and the values that the words name."""
    single, roles = found.single, len(found.threads)
    role, own = next(iter(single.items()), ("", ""))
    values = {
        "roles": roles,
        "single": len(single),
        "open": insides(found.uncovered),
        "role": inside(role),
        "own": inside(own),
        "pairs": int(found.matrix.notna().sum().sum()),
        "covered": roles - len(found.uncovered),
    }
    if len(found.matrix) == 1:
        return "one_role", values | {"own": inside(str(found.matrix.index[0]))}
    if single:
        return ("single_one" if len(single) == 1 else "single"), values
    return ("open" if found.uncovered else "sound"), values


def flat_scores(scores: pd.Series, name: str) -> list[Finding]:
    """W25: three or more scores, called *name*, that are all the same, on a scale that starts at 0."""
    if not straight_line(scores):
        return []
    return [Finding("W25", "all_equal", {"list": name, "value": float(scores.dropna().iloc[0])})]


def shift_reading(shift: pd.DataFrame, names: Mapping[str, str]) -> Claim:
    """Which channel gains most; *shift* as `contacts.channel_shift` gives it, with at least one row."""
    best = shift.iloc[int(shift["change"].to_numpy().argmax())]
    values = {"channel": names[best["channel"]], "now": best["share_now"], "later": best["share_expected"]}
    values |= {"channels": len(shift), "total_now": shift["now"].sum(), "total_later": shift["expected"].sum()}
    case = "one" if len(shift) == 1 else "level" if best["change"] < SMALL_SHIFT else "gain"
    return case, values


def against_trend(shift: pd.DataFrame, channels: pd.DataFrame, names: Mapping[str, str]) -> list[Finding]:
    """W28: a channel whose expected share moves against its trend in the table of channels."""
    trend = channels.set_index("channel")["trend"]
    wrong = []
    for row in records(shift):
        direction = {"rising": 1, "falling": -1}.get(str(trend.get(row["channel"])), 0)
        if row["change"] * direction < -AGAINST:
            wrong.append(names[row["channel"]])
    return [Finding("W28", "outlook_against_trend", {"channels": wrong})] if wrong else []


def partner_reading(partners: pd.DataFrame) -> Claim:
    """With how many partners norms are not agreed."""
    without = list(partners.loc[~partners["norms_agreed"].astype(bool), "partner"])
    values = {"count": len(without), "total": len(partners), "without": without}
    return ("none" if not without else "one" if len(without) == 1 else "many"), values


def partner_rows(counts: pd.DataFrame) -> pd.DataFrame:
    """Kept of those with and of those without agreed norms, as *10 / 10*."""
    without = counts["partners"] - counts["agreed"]
    pairs = (("kept_agreed", counts["agreed"]), ("kept_without", without))
    return counts.assign(**{name: _ratio(counts[name], whole) for name, whole in pairs})


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    words = [
        None if pd.isna(some) or not every else f"{some:.0f} / {every:.0f}"
        for some, every in zip(part, whole, strict=True)
    ]
    return pd.Series(words, dtype=object)


def exposed(systems: pd.DataFrame) -> pd.Series:
    """Which systems customers see without anyone agreed to help when they fail: an unplanned line to ICT."""
    return (systems["access"] != CLOSED) & systems["fallback"].map(blank)


def system_reading(systems: pd.DataFrame) -> Claim:
    """How many systems that customers see have nobody to help."""
    visible, bare = int((systems["access"] != CLOSED).sum()), int(exposed(systems).sum())
    first = next(iter(systems.loc[exposed(systems), "system"]), "")
    case = "closed" if not visible else "none" if not bare else "one" if bare == 1 else "many"
    return case, {"count": bare, "visible": visible, "first": inside(first)}


def problem_gaps(problems: pd.DataFrame) -> pd.Series:
    """Customer problems for which we have no knowledge, or nobody who brings it."""
    return problems["knowledge"].map(blank) | problems["people"].map(blank)


def problem_reading(problems: pd.DataFrame, names: Mapping[str, str]) -> Claim:
    """How many problems have no answer, and which segments nobody contacts without an occasion."""
    bare = problem_gaps(problems)
    silent = problems.assign(rhythm=problems["rhythm"].fillna(0)).groupby("segment", sort=False)["rhythm"].sum()
    quiet = [names[segment] for segment in silent.index[silent == 0]]
    values = {"count": int(bare.sum()), "total": len(problems), "quiet": quiet}
    values["segments"] = [names[segment] for segment in dict.fromkeys(problems.loc[bare, "segment"])]
    return ("none" if not bare.any() else "one" if bare.sum() == 1 else "many"), values


def problem_rows(problems: pd.DataFrame, say: Say) -> pd.DataFrame:
    """Columns segment, problem, answer (our knowledge and who brings it) and occasion (with how often)."""
    rows = []
    for row in records(problems):
        answer = "\n".join("–" if blank(row[name]) else str(row[name]) for name in ("knowledge", "people"))
        often = "" if blank(row["rhythm"]) else say("rhythm", times=row["rhythm"])
        occasion = ", ".join(part for part in ("" if blank(row["occasion"]) else row["occasion"], often) if part)
        rows.append((row["segment"], row["problem"], "–" if answer == "–\n–" else answer, occasion or "–"))
    return pd.DataFrame(rows, columns=["segment", "problem", "answer", "occasion"])
