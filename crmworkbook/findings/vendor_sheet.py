"""Vendors in words: under a letter until the requirements are fixed; the sums are in `crmworkbook.models.vendors`."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from crmworkbook import chapters, text
from crmworkbook.findings.support import unknown
from crmworkbook.models.frames import records
from crmworkbook.models.vendors import VendorScores, VendorStability, ownership_cost, vendor_scores, vendor_stability
from crmworkbook.models.working import Working
from crmworkbook.text import Language, label

FIRM = 0.60  # share of draws in which a firm leader leads


@dataclass(frozen=True)
class VendorSheet:
    """The vendors with their words in one language.

    Attributes:
        tables: The client's tables, words in *language*; ``vendor_criteria`` and ``vendor_scores`` at least.
        fixed: Whether the requirements are fixed, so that names may be printed.
        language: Of all words.
        currency: Of money.
    """

    tables: Mapping[str, pd.DataFrame]
    fixed: bool
    language: Language
    currency: str = "EUR"

    @cached_property
    def vendors(self) -> list[str]:
        """Keys in the order of the table of vendors, else of the scores."""
        known = self.tables.get("vendors", self.tables["vendor_scores"])
        return list(dict.fromkeys(known["vendor"]))

    @cached_property
    def names(self) -> dict[str, str]:
        """Vendor to what is printed: a letter until the requirements are fixed, then name or key."""
        if not self.fixed:
            return dict(zip(self.vendors, map(_letter, range(len(self.vendors))), strict=True))
        given = {row["vendor"]: row.get("name") for row in records(self.tables.get("vendors", pd.DataFrame()))}
        return {key: given.get(key) or key for key in self.vendors}

    @cached_property
    def criteria(self) -> dict[str, str]:
        """Criterion to name."""
        rows = records(self.tables["vendor_criteria"])
        return {row["criterion"]: row["name"] or row["criterion"].replace("_", " ") for row in rows}

    @cached_property
    def requirements(self) -> dict[str, str]:
        """Requirement to words; empty without a table of requirements."""
        rows = records(self.tables.get("requirements", pd.DataFrame()))
        return {row["requirement"]: row["text"] or row["requirement"].replace("_", " ") for row in rows}

    @cached_property
    def result(self) -> VendorScores:
        """Scores and knock-outs; not when no criterion has a weight."""
        optional = (self.tables.get(name) for name in ("requirements", "vendor_checks"))
        return vendor_scores(self.tables["vendor_criteria"], self.tables["vendor_scores"], self.vendors, *optional)

    @cached_property
    def stability(self) -> VendorStability | None:
        """How firm the ranking is; None when nobody is ranked."""
        return None if self.result.ranked.empty else vendor_stability(self.result)

    def costs(self, years: float, periods_per_year: int) -> tuple[dict[str, float], tuple[Working, ...]]:
        """Vendor to its cost over so many years, with the sums; empty without a table of costs."""
        if "vendor_costs" not in self.tables:
            return {}, ()
        known = self.tables["vendor_costs"]
        known = known[known["vendor"].isin(self.vendors)]
        totals, workings = ownership_cost(known, years, periods_per_year)
        return dict(zip(totals["vendor"], totals["total"], strict=True)), workings

    def unknown(self) -> dict[str, list[str]]:
        """Table to the keys in it that are declared nowhere; only where there are any."""
        declared = {"vendor": set(self.vendors), "criterion": set(self.criteria), "requirement": set(self.requirements)}
        places = {
            "vendor_scores": ("vendor", "criterion"),
            "vendor_checks": ("vendor", "requirement"),
            "vendor_costs": ("vendor",),
        }
        found: dict[str, list[str]] = {}
        for table, columns in places.items():
            for column in columns if table in self.tables else ():
                found.setdefault(table, []).extend(unknown(self.tables[table][column], declared[column]))
        return {table: keys for table, keys in found.items() if keys}

    @property
    def tied(self) -> list[list[str]]:
        """Groups of ranked vendors with the same score, best first."""
        groups = self.result.ranked.groupby("rank", sort=True)["vendor"].agg(list)
        return [list(group) for group in groups if len(group) > 1]

    def claim(self) -> tuple[str, dict[str, Any]]:
        """Which claim holds of the ranking, and the values that it names."""
        seen = {"vendors_seen": len(self.vendors), "criteria": len(self.result.weights)}
        if self.stability is None:
            out = (self.result.rows["status"] == "knocked_out").all()
            return ("out" if out else "unscored"), {**seen, "draws": 0}
        best, leaders = self.result.ranked.iloc[0], list(self.result.leaders)
        values = {
            **seen,
            "vendor": self.names[best["vendor"]],
            "vendors": [self.names[key] for key in leaders],
            "score": best["score"],
            "share": float(self.stability.rows["first_share"].iloc[0]),
            "draws": self.stability.draws,
        }
        return ("tie" if len(leaders) > 1 else "alone" if len(self.result.ranked) == 1 else "lead"), values

    def trial(self) -> tuple[str, dict[str, Any]]:
        """Whether the leader was tried with real users."""
        leaders = self.result.leaders
        if len(leaders) != 1:
            return "open", {}
        users = self._tried().get(leaders[0], 0)
        values = {"vendor": self.names[leaders[0]], "users": users}
        return ("tried" if users else "untried"), values

    def rows(self, costs: Mapping[str, float]) -> pd.DataFrame:
        """Columns vendor, musts, shoulds, score, rank, first_share, cost, tried: one row per vendor, best first."""
        tried, known = self._tried(), self.stability
        firm = {} if known is None else known.rows.set_index("vendor")["first_share"].to_dict()
        ordered = self.result.rows.sort_values("rank", kind="stable", na_position="last")
        rows = [
            (
                self.names[row["vendor"]],
                self._musts(row),
                f"{row['shoulds_met']} / {self.result.shoulds}" if self.result.shoulds else "–",
                row["score"],
                self.status(row),
                firm.get(row["vendor"], float("nan")),
                costs.get(row["vendor"], float("nan")),
                tried.get(row["vendor"], float("nan")),
            )
            for row in records(ordered)
        ]
        columns = ["vendor", "musts", "shoulds", "score", "rank", "first_share", "cost", "tried"]
        return pd.DataFrame(rows, columns=columns)

    def status(self, row: Mapping[str, Any]) -> str:
        """A vendor's rank, or why it has none."""
        if row["status"] == "ranked":
            return str(row["rank"])
        return label(f"vendor_status.{row['status']}", self.language)

    def _musts(self, row: Mapping[str, Any]) -> str:
        if not self.result.musts:
            return "–"
        met = f"{row['musts_met']} / {self.result.musts}"
        opened = label("vendor_status.unknown", self.language)
        return f"{met} ({len(row['unchecked'])} {opened})" if row["unchecked"] else met

    def _tried(self) -> dict[str, int]:
        given = self.tables.get("vendors", pd.DataFrame(columns=["vendor", "tried_by"]))
        return {row["vendor"]: int(row["tried_by"]) for row in records(given.dropna(subset=["tried_by"]))}


def next_step(chosen: bool, fixed: bool, sheet: VendorSheet | None) -> tuple[str, dict[str, Any]]:
    """What to do about software now, and the values that it names.

    Args:
        chosen: Whether software has been chosen.
        fixed: Whether the requirements are fixed.
        sheet: The vendors; None when they have not been scored.
    """
    case, values = sheet.trial() if sheet else ("open", {})
    if chosen or not fixed:
        return ("chosen" if chosen else "fix"), values
    return ("decide" if case == "tried" else "try"), values


def requirement_rows(requirements: pd.DataFrame) -> pd.DataFrame:
    """The requirements, musts first, each with words: ``requirement, need, job, use``."""
    order = requirements.assign(firm=requirements["need"] != "must").sort_values("firm", kind="stable")
    words = [row["text"] or row["requirement"].replace("_", " ") for row in records(order)]
    return order.assign(requirement=words)[["requirement", "need", "job", "use"]].reset_index(drop=True)


def coverage(requirements: pd.DataFrame, language: Language) -> tuple[str, dict[str, Any]]:
    """Whether the requirements cover the four jobs of IT, and how many stand for each use."""
    columns = chapters.tables()["requirements"]
    jobs = columns.column("job").options
    gaps = [words[language] for key, words in jobs.items() if key not in set(requirements["job"])]
    counts = requirements["use"].value_counts()
    uses = [
        f"{words[language]} {text.number(int(counts.get(key, 0)), language, 0)}"
        for key, words in columns.column("use").options.items()
    ]
    musts = int((requirements["need"] == "must").sum())
    values = {"musts": musts, "shoulds": len(requirements) - musts, "gaps": gaps, "uses": uses}
    return ("gaps" if gaps else "covered"), values


def _letter(place: int) -> str:
    """A to Z, then AA, AB and so on."""
    letters = string.ascii_uppercase
    return letters[place] if place < len(letters) else _letter(place // len(letters) - 1) + letters[place % 26]
