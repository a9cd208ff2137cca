"""Dot voting in a form: a ballot with options, and points that each person divides over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from crmworkbook.client import said
from crmworkbook.forms.people import Row, Words, fault, is_called, known_as, people, person
from crmworkbook.models.dot_votes import vote_ranks
from crmworkbook.models.frames import records
from crmworkbook.saving import Saved, TableField, read_field, save
from crmworkbook.text import Language, clean, label

FIELD = "votes"
TABLE = "dot_votes"
DOTS = 3  # points for each person, where a ballot has no votes yet that say otherwise


class Votes:
    """The ballots of one client, as a form shows them; nothing of them is kept here."""

    def __init__(self, path: Path, language: Language) -> None:
        """Vote in the client file *path*."""
        self.path, self.language = path, language

    def field(self, rows: Sequence[Row]) -> dict[str, Any]:
        """The field of the form; *rows* are those of the table, of which it shows no one's points."""
        title, help_ = (label(f"meeting.{key}", self.language) for key in ("votes", "votes_help"))
        return {"control": "votes", "id": FIELD, "label": title, "help": help_, "ballots": self.ballots(rows)}

    def rows(self) -> tuple[Row, ...]:
        """The table as it is on disk now."""
        return tuple(read_field(self.path, TableField(TABLE)))

    def ballots(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Each ballot with its options, who voted, and how many points each person has."""
        names = dict.fromkeys(said(row["ballot"], self.language) for row in rows if row.get("ballot"))
        return [self._ballot(name, [row for row in rows if is_called(row.get("ballot"), name)]) for name in names]

    def _ballot(self, name: str, rows: list[Row]) -> dict[str, Any]:
        options = list(dict.fromkeys(said(row["option"], self.language) for row in rows))
        voters = people([row for row in rows if row.get("points")], self.language)
        sums = [sum(row.get("points") or 0 for row in rows if is_called(row.get("who"), voter)) for voter in voters]
        return {"name": name, "options": options, "voters": voters, "dots": int(max(sums, default=DOTS))}

    def hear(self, message: Mapping[str, Any]) -> tuple[dict[str, Any], Saved | None]:
        """Make a ballot, begin or save somebody's vote, or show the outcome.

        Raises:
            SaveError: nothing was saved; says why.
        """
        rows = self.rows()
        match message["what"]:
            case "make":
                return self._make(rows, str(message["ballot"]), message["options"])
            case "begin":
                mine = self._mine(rows, message)
                points = {said(row["option"], self.language): row["points"] for row in mine if row.get("points")}
                return {"who": said(person(message["who"], rows), self.language), "points": points}, None
            case "cast":
                return self._cast(rows, message)
        return {"rows": self._outcome(rows, str(message["ballot"]))}, None

    def _make(self, rows: tuple[Row, ...], typed: str, options: list[str]) -> tuple[dict[str, Any], Saved]:
        name, listed = clean(typed), list(dict.fromkeys(filter(None, map(clean, map(str, options)))))
        if not name or len(listed) < 2:
            raise fault("ballot_needs")
        if known_as(name, (row["ballot"] for row in rows)):
            raise fault("ballot_there")
        new = tuple({"ballot": name, "option": option} for option in listed)
        return {"ballot": name}, save(self.path, TableField(TABLE), (*rows, *new), seen=rows)

    def _cast(self, rows: tuple[Row, ...], message: Mapping[str, Any]) -> tuple[dict[str, Any], Saved]:
        """Put somebody's points in the place of what the same person gave before."""
        who = person(message["who"], rows)
        here = [row for row in rows if is_called(row.get("ballot"), str(message["ballot"]))]
        if not here:
            raise fault("no_ballot")
        options: dict[str, Words] = {said(row["option"], self.language): row["option"] for row in here}
        points = {options[name]: value for name, value in message["points"].items() if name in options}
        if any(not isinstance(value, int) or value < 0 for value in points.values()):
            raise fault("whole_points")
        if sum(points.values()) > message["dots"]:
            raise fault("too_many", given=sum(points.values()), dots=message["dots"])
        mine, ballot = self._mine(rows, message), here[0]["ballot"]
        kept = [row for row in rows if row not in mine]
        new = [
            {"ballot": ballot, "option": option, "who": who, "points": float(given)}
            for option, given in points.items()
            if given
        ]
        left = {row["option"] for row in (*kept, *new) if is_called(row.get("ballot"), str(message["ballot"]))}
        bare = [{"ballot": ballot, "option": option} for option in options.values() if option not in left]
        return {"ballot": message["ballot"]}, save(self.path, TableField(TABLE), (*kept, *bare, *new), seen=rows)

    def _mine(self, rows: tuple[Row, ...], message: Mapping[str, Any]) -> list[Row]:
        ballot, who = str(message["ballot"]), str(message["who"])
        return [row for row in rows if is_called(row.get("ballot"), ballot) and is_called(row.get("who"), who)]

    def _outcome(self, rows: tuple[Row, ...], ballot: str) -> list[dict[str, Any]]:
        here = [row for row in rows if is_called(row.get("ballot"), ballot)]
        if not here:
            raise fault("no_ballot")
        spoken = [
            {"ballot": ballot, "option": said(row["option"], self.language), "who": said(row.get("who"), self.language)}
            | {"points": row.get("points")}
            for row in here
        ]
        frame = vote_ranks(pd.DataFrame(spoken).astype({"points": float}))
        most = max(frame["points"].max(), 1.0)
        return [
            {
                "option": row["option"],
                "points": f"{row['points']:g}",
                "share": row["points"] / most,
                "rank": row["rank"],
            }
            for row in records(frame)
        ]
