"""What the workshop itself left behind: decisions, votes and the parking lot."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmworkbook.models.dot_votes import vote_ranks
from crmworkbook.text import Language, label

Reading = dict[str, Any]
LOG_COLUMNS = {"who": "", "when": "date", "state": ""}  # beside what was decided or parked
VOTE_COLUMNS = {"ballot": "wide", "option": "wide", "points": "count", "voters": "count"}
_NAMED = 3  # ballots whose winners fit in one title


def log_rows(log: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Decisions or parked items with what is open first, then by date; those without a date come last.

    Args:
        log: Columns who, when (date) and done, beside what it is about.
        language: Of the column state, which says whether it is done.
    """
    rows = log.assign(is_open=~log["done"].fillna(False).astype(bool), who=log["who"].fillna("").replace("", None))
    rows["state"] = [label(f"meeting.{'waiting' if still else 'done'}", language) for still in rows["is_open"]]
    rows["when"] = pd.to_datetime(rows["when"])
    return rows.sort_values(["is_open", "when"], ascending=[False, True], kind="stable").reset_index(drop=True)


def log_reading(rows: pd.DataFrame) -> Reading:
    """How much is still open of what `log_rows` gave."""
    still = int(rows["is_open"].sum())
    return {"case": still, "waiting": still, "marked": range(still)}


def vote_rows(votes: pd.DataFrame) -> pd.DataFrame:
    """The ranked options of every ballot, its name on its first row only; no voters where nobody is named."""
    rows = vote_ranks(votes)
    again = rows["ballot"].duplicated()
    voters = rows["voters"].astype(object).where(rows["voters"] > 0)
    return rows.assign(named=rows["ballot"], ballot=rows["ballot"].where(~again, ""), voters=voters)


def vote_reading(rows: pd.DataFrame) -> Reading:
    """Which option won each ballot of `vote_rows`, and which rows those are."""
    won = (rows["rank"] == 1) & (rows["points"] > 0)
    winners = {str(ballot): list(found["option"]) for ballot, found in rows[won].groupby("named", sort=False)}
    count = len(winners)
    case = "none" if not count else "one" if count == 1 else "few" if count <= _NAMED else "many"
    reading: Reading = {"case": case, "marked": [at for at, first in enumerate(won) if first], "ballots": count}
    reading["first"] = next(iter(winners.values()), [])
    reading["winners"] = [f"{option} ({ballot})" for ballot, options in winners.items() for option in options]
    return reading | {"points": float(rows["points"].sum())}
