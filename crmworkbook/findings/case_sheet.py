"""The business case as rows of words.

The sums are in `crmworkbook.models.business_case` and `crmworkbook.models.benefit_drivers`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from crmworkbook import chapters, text
from crmworkbook.client import Client
from crmworkbook.models.benefit_drivers import NO_VALUES, Lines, UnitValues, case_lines, quantity_unit, unit_values
from crmworkbook.models.business_case import DRIVERS, RANGES, SCENARIOS, BusinessCase, Scenario, tornado
from crmworkbook.models.business_case_workings import benefits_by_driver, case_workings, line_workings
from crmworkbook.models.frames import records
from crmworkbook.models.working import Working
from crmworkbook.text import Language

CONTESTED = ("price", "income")  # benefits of which research doubts that loyalty brings them


def client_values(client: Client) -> UnitValues:
    """What an extra customer and extra revenue yield, from the client's segment tables; nothing without them."""
    tables = client.tables
    if "segments" not in tables or "segment_costs" not in tables:
        return NO_VALUES
    return unit_values(tables["segments"], tables["segment_costs"], tables.get("cube"), client.periods_per_year)


@dataclass(frozen=True, eq=False)
class CaseSheet:
    """One client's business case.

    Attributes:
        investments, benefits: The client's tables, words in one language.
        client: For its other tables, names and currency.
        rate: Discount rate per year, share.
        longest: Years that count at most.
        language: Of every word.
    """

    investments: pd.DataFrame
    benefits: pd.DataFrame
    client: Client
    rate: float
    longest: float
    language: Language

    @cached_property
    def values(self) -> UnitValues:
        """What a unit yields, from the client's segment tables."""
        return client_values(self.client)

    @cached_property
    def lines(self) -> Lines:
        """Every line with its amounts, and the case that they add up to."""
        adoption = self.client.tables.get("adoption")
        terms = {"adoption": adoption, "values": self.values, "longest": self.longest}
        return case_lines(self.investments, self.benefits, self.rate, **terms)  # type: ignore[arg-type]

    @property
    def case(self) -> BusinessCase:
        """The base scenario."""
        return self.lines.case

    @cached_property
    def scenarios(self) -> dict[str, tuple[Scenario, BusinessCase]]:
        """Each scenario with its outcome: the client's factors, else the usual ones."""
        given = self.client.tables.get("case_scenarios")
        chosen = dict(SCENARIOS)
        for row in records(given) if given is not None else []:
            names = ("benefits", "one_off", "running", "delay")
            chosen[row["scenario"]] = Scenario(**{name: row[name] for name in names})
        return {name: (moved, self.case.under(moved)) for name, moved in chosen.items()}

    @cached_property
    def bars(self) -> pd.DataFrame:
        """The tornado, over the client's ranges, else the usual ones."""
        given = self.client.tables.get("case_ranges")
        own = {row["what"]: (row["low"], row["high"]) for row in records(given)} if given is not None else {}
        return tornado(self.case, dict(RANGES) | own)

    def options(self, table: str, column: str) -> dict[str, str]:
        """Key to words of a choice column."""
        return {key: words[self.language] for key, words in chapters.tables()[table].column(column).options.items()}

    @property
    def span(self) -> str:
        """The horizon in words: ``3 jaar``, ``1 year``."""
        one = self.case.years == 1
        words = text.label("case.one_year", self.language) if one else text.label("case.many_years", self.language)
        return words.format(years=self.case.years)

    def money(self, value: float) -> str:
        """An amount in the client's currency."""
        return text.money(value, self.language, self.client.file.currency)

    @cached_property
    def left_out(self) -> list[str]:
        """Benefits with a driver that could not be counted."""
        return [str(self.benefits["benefit"].iloc[position]) for position in self.lines.left_out]

    # rows

    def cost_rows(self) -> pd.DataFrame:
        """By kind and in total: one_off, running, total, share."""
        kinds = self.options("investments", "kind")
        lines = self.lines.costs
        sums = pd.Series([float(row.sum()) for row in lines["amounts"]], index=lines.index, dtype=float)
        rows = []
        for kind, name in kinds.items():
            mine = lines["kind"] == kind
            one_off, running = (
                float(sums[mine & (lines["nature"] == nature)].sum()) for nature in ("one_off", "running")
            )
            if mine.any():
                rows.append({"kind": name, "one_off": one_off, "running": running, "total": one_off + running})
        table = pd.DataFrame(rows, columns=["kind", "one_off", "running", "total"])
        if len(table) > 1:
            added = table[["one_off", "running", "total"]].sum().to_dict()
            table = pd.concat([table, pd.DataFrame([{"kind": text.label("screen.total", self.language), **added}])])
        whole = self.case.totals["one_off"] + self.case.totals["running"]
        return table.reset_index(drop=True).assign(share=table["total"].to_numpy() / whole if whole > 0 else math.nan)

    def cash_rows(self) -> pd.DataFrame:
        """By year and in total: one_off, running, benefits, net, discounted, cumulative."""
        frame = self.case.frame.assign(year=self.case.frame["year"].astype(str))
        added = frame[["one_off", "running", "benefits", "net", "discounted"]].sum().to_dict()
        total = {"year": text.label("screen.total", self.language), **added}
        return pd.concat([frame, pd.DataFrame([total])], ignore_index=True)

    def benefit_rows(self) -> pd.DataFrame:
        """Benefits in money, largest first: driver, benefit, first, last, each, worth, confidence."""
        drivers, currency = self.options("benefits", "driver"), self.client.file.currency
        rows = []
        for row, worth in zip(records(self.lines.benefits), self.case.benefit_worth, strict=True):
            unit, of_each = quantity_unit(row["driver"], row["unit_value"])
            first, last = row["quantities"][1], row["quantities"][-1]
            spoken = [
                text.number(amount, self.language, 0 if float(amount).is_integer() else 1)
                if unit == "count"
                else text.money(amount, self.language, currency)
                for amount in (first, last)
            ]
            each = "–"
            if of_each == "share":
                each = text.percent(row["unit_value"], self.language)
            elif of_each == "money":
                each = text.money(row["unit_value"], self.language, currency, 0 if row["unit_value"] >= 100 else 2)
            words = {"driver": drivers[row["driver"]], "benefit": row["benefit"], "each": each}
            rows.append(
                {**words, "first": spoken[0], "last": spoken[1], "worth": worth, "confidence": row["confidence"]}
            )
        columns = ["driver", "benefit", "first", "last", "each", "worth", "confidence"]
        table = pd.DataFrame(rows, columns=columns)
        return table.sort_values("worth", ascending=False, kind="stable", ignore_index=True)

    def log_rows(self) -> pd.DataFrame:
        """The eight eCRM benefits and what else is expected: ecrm, expected, way, worth, evidence, confidence, marked.

        A benefit that nobody wrote down stands without an answer. ``marked`` are contested ones that count in money.
        """
        eight, drivers = self.options("benefits", "ecrm"), self.options("benefits", "driver")
        yes_no = {True: text.label("screen.yes", self.language), False: text.label("screen.no", self.language)}
        worth = dict(zip(self.lines.benefits["position"], self.case.benefit_worth, strict=True))
        given = self.benefits.reset_index(drop=True)
        rows = []
        for key in [*eight, None]:
            mine = given[given["ecrm"] == key] if key else given[~given["ecrm"].isin(list(eight))]
            for position, row in _positioned(mine):
                counted = row["driver"] in DRIVERS and row["expected"]
                words = {"ecrm": eight[key] if key else row["benefit"], "expected": yes_no[bool(row["expected"])]}
                words |= {"way": drivers[row["driver"]] if counted else None, "evidence": row["evidence"] or None}
                amounts = {"worth": worth.get(position, math.nan), "confidence": row["confidence"]}
                rows.append({**words, **amounts, "marked": key in CONTESTED and position in worth})
            if key and mine.empty:
                rows.append({"ecrm": eight[key], "expected": None, "worth": math.nan, "marked": False})
        columns = ["ecrm", "expected", "way", "worth", "evidence", "confidence", "marked"]
        return pd.DataFrame(rows, columns=columns)

    def scenario_rows(self) -> pd.DataFrame:
        """scenario, benefits and one_off and running (factors), delay, npv, payback, roi."""
        names = self.options("case_scenarios", "scenario") | {"base": text.label("case.base", self.language)}
        rows = []
        for name, (moved, case) in self.scenarios.items():
            factors = {"benefits": moved.benefits, "one_off": moved.one_off, "running": moved.running}
            outcome = {"npv": case.npv, "payback": case.payback, "roi": case.roi_all_costs}
            rows.append({"scenario": names[name], **factors, "delay": moved.delay, **outcome})
        return pd.DataFrame(rows)

    def curves(self) -> tuple[dict[str, list[float]], dict[str, str]]:
        """The running totals of the three scenarios, and their names."""
        names = self.options("case_scenarios", "scenario") | {"base": text.label("case.base", self.language)}
        rows = {name: case.frame["cumulative"].tolist() for name, (_, case) in self.scenarios.items()}
        return rows, {name: words.lower() for name, words in names.items()}

    def steps(self) -> list[tuple[str, float]]:
        """The bridge from benefits to net present value; costs as negative amounts."""
        drivers = self.options("benefits", "driver")
        steps = [(drivers[str(name)], float(worth)) for name, worth in benefits_by_driver(self.lines).items()]
        natures = self.options("investments", "nature")
        costs = {"one_off": self.case.one_off, "running": self.case.running}
        return steps + [(natures[name], -self.case.worth(row)) for name, row in costs.items() if row.any()]

    def move_names(self) -> dict[str, str]:
        """What the tornado moves, with how far."""
        known = self.options("case_ranges", "what")
        return {row["what"]: f"{known[row['what']]} ({self._range(row)})" for row in records(self.bars)}

    def _range(self, row: Mapping[str, Any]) -> str:
        what, low, high = row["what"], row["low_change"], row["high_change"]
        if what == "discount_rate":
            ends = [text.percent(min(max(self.rate + change, 0.0), 1.0), self.language) for change in (low, high)]
            return text.label("case.from_to", self.language).format(low=ends[0], high=ends[1])
        if what == "delay":
            ends = [text.number(change, self.language) for change in (low, high)]
            return text.label("case.years_later", self.language).format(high=ends[1])
        if math.isclose(-low, high):
            return f"±{text.percent(high, self.language, 0)}"
        spoken = [("+" if change > 0 else "") + text.percent(change, self.language, 0) for change in (low, high)]
        return f"{spoken[0]} / {spoken[1]}"

    def workings(self) -> tuple[list[Working], dict[str, str]]:
        """The sums in reading order, and what each is about."""
        used = set(self.lines.benefits["segment"].dropna())
        used |= {"all"}
        each = [working for working in self.values.workings if working.subject in used]
        subjects = self.client.names("segments", self.language) | {"all": text.label("case.all", self.language)}
        subjects |= {"": text.label("case.plan", self.language)}
        subjects |= {f"cost_{i}": str(name) for i, name in enumerate(self.investments["item"])}
        subjects |= {f"benefit_{i}": str(name) for i, name in enumerate(self.benefits["benefit"])}
        return [*each, *line_workings(self.lines), *case_workings(self.case)], subjects

    def stakes(self) -> dict[str, float]:
        """Present value of the benefits of each driver, and of all together."""
        by_driver = {str(driver): float(worth) for driver, worth in benefits_by_driver(self.lines).items()}
        return by_driver | {"all": sum(by_driver.values())}


def _positioned(frame: pd.DataFrame) -> list[tuple[int, dict[str, Any]]]:
    """The rows of a frame with their positions in the table that they came from."""
    return [(int(position), row) for position, row in zip(frame.index, records(frame), strict=True)]
