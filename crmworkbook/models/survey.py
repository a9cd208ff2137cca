"""What customers said when asked: NPS, CSAT and CES, each with the number of answers and what that number allows.

Scores of one measurement are counts of answers. Margins are for 95% confidence and for customers drawn at random from
a large base; from a small base they are on the safe side.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from crmworkbook.models.working import Quantity, Working

METRICS = ("nps", "csat", "ces", "ces_2010")  # ces: 1 to 7, higher is easier; ces_2010: 1 to 5 effort, lower is better
SCALES = {"nps": range(11), "csat": range(1, 6), "ces": range(1, 8), "ces_2010": range(1, 6)}
FEWEST = 30  # below this a result is an impression
_Z = 1.96  # two-sided 95%
_NAMED = {
    "nps": {"promoter": "promoter", "passive": "passive", "detractor": "detractor"}
    | {str(value): "detractor" if value < 7 else "passive" if value < 9 else "promoter" for value in range(11)},
    "csat": {"satisfied": "satisfied", "not_satisfied": "not_satisfied"}
    | {str(value): "satisfied" if value > 3 else "not_satisfied" for value in range(1, 6)},
}


@dataclass(frozen=True)
class Survey:
    """One metric at one moment.

    Attributes:
        metric: ``nps``, ``csat``, ``ces`` or ``ces_2010``.
        measured_on: Day of measuring.
        n: Answers.
        asked: Customers who got the question; None when unknown.
        score: NPS in points (−100 to 100), CSAT as the share of 4 and 5 on a scale of 5, CES as the mean; NaN without
            answers.
        share: For CES the share of 5 to 7 (easy), for the version of 2010 the share of 4 and 5 (much effort); else NaN.
        margin: Half the width of the 95% interval of the score, in the unit of the score; NaN where the answers do not
            give one: without answers, and when all are alike.
        counts: Answer to count: promoter, passive and detractor; satisfied and not; or the points of the scale.
        workings: Score and margin with their sums.
    """

    metric: str
    measured_on: date
    n: float
    asked: float | None
    score: float
    share: float
    margin: float
    counts: Mapping[str, float]
    workings: tuple[Working, ...]

    @property
    def response(self) -> float | None:
        """Answers as a share of the customers asked; None when it is unknown how many were, or when it cannot be."""
        return self.n / self.asked if self.asked and self.asked >= self.n else None


@dataclass(frozen=True)
class Difference:
    """The change between two measurements of one metric.

    Attributes:
        metric: Of both.
        before, after: Days of measuring.
        difference: After less before, in the unit of the score.
        margin: Of the difference, 95%: the root of the sum of both squared margins.
        is_clear: The difference exceeds its margin.
    """

    metric: str
    before: date
    after: date
    difference: float
    margin: float
    workings: tuple[Working, ...]

    @property
    def is_clear(self) -> bool:
        """Whether chance alone is an unlikely cause."""
        return abs(self.difference) > self.margin


def survey_results(answers: pd.DataFrame, as_of: date) -> list[Survey]:
    """Every metric at every moment, in the order of `METRICS` and of time.

    Args:
        answers: ``metric, value, count``, and optionally ``asked`` and ``measured_on`` (empty: *as_of*). A value is a
            point of the scale as text; of NPS also ``promoter``, ``passive`` or ``detractor``, of CSAT ``satisfied`` or
            ``not_satisfied``.
        as_of: The base date.

    Raises:
        ValueError: a value that is not on the metric's scale.
    """
    frame = answers.assign(when=[_day(when, as_of) for when in answers.get("measured_on", [None] * len(answers))])
    found = []
    for metric in METRICS:
        of_metric = frame[frame["metric"] == metric]
        for when in sorted(set(of_metric["when"])):
            rows = of_metric[of_metric["when"] == when]
            asked = rows["asked"].max() if "asked" in rows else math.nan
            counted = rows.groupby("value", sort=False)["count"].sum()
            found.append(_survey(metric, when, {str(key): float(n) for key, n in counted.items()}, asked))
    return found


def wrong_values(answers: pd.DataFrame) -> pd.DataFrame:
    """The rows whose value is not on their metric's scale, such as an 8 for CSAT."""
    known = [str(row.value) in _known(str(row.metric)) for row in answers.itertuples()]
    return answers[[not right for right in known]]


def difference(before: Survey, after: Survey) -> Difference:
    """The change between two measurements with a margin of its own.

    ``√(margin² + margin²)``: two samples drawn apart from each other.
    """
    change = {"after": _scored(after, after.score), "before": _scored(before, before.score)}
    spread = {"margin_after": _scored(after, after.margin), "margin_before": _scored(before, before.margin)}
    unit = change["after"].unit
    workings = (
        Working.compute("survey.difference", "after − before", change, unit, "own", subject=after.metric),
        Working.compute(
            "survey.difference_margin",
            "√(margin_after^2 + margin_before^2)",
            spread,
            unit,
            "own",
            subject=after.metric,
        ),
    )
    gap, margin = (working.result.value for working in workings)
    return Difference(after.metric, before.measured_on, after.measured_on, gap, margin, workings)


def _survey(metric: str, when: date, answers: Mapping[str, float], asked: float) -> Survey:
    if unknown := [value for value in answers if value not in _known(metric)]:
        raise ValueError(f"{unknown[0]} is no answer on the scale of {metric}; it has {', '.join(_known(metric))}")
    kinds = _NAMED.get(metric, {str(value): str(value) for value in SCALES[metric]})
    counts = dict.fromkeys(kinds.values(), 0.0)
    for value, count in answers.items():
        counts[kinds[value]] += count
    n = sum(counts.values())
    measured = {"nps": _nps, "csat": _csat}.get(metric, _ces)
    score, share, margin, workings = measured(metric, counts, n) if n else (math.nan, math.nan, math.nan, ())
    known = None if pd.isna(asked) else float(asked)
    return Survey(metric, when, n, known, score, share, margin, counts, workings)


_Measured = tuple[float, float, float, tuple[Working, ...]]


def _nps(metric: str, counts: Mapping[str, float], n: float) -> _Measured:
    """Reichheld (2003); the variance is that of an answer worth 1, 0 or −1."""
    values = {"p": Quantity(counts["promoter"], "count"), "d": Quantity(counts["detractor"], "count")}
    values["n"] = Quantity(n, "count")
    root = "√(((p + d) / n − ((p − d) / n)^2) / n)"
    score = Working.compute("survey.nps", "100 × (p − d) / n", values, "score", "reichheld_2003", subject=metric)
    margin = Working.compute("survey.nps_margin", f"{_Z} × 100 × {root}", values, "score", "own", subject=metric)
    return score.result.value, math.nan, _known_margin(margin), _shown(score, margin)


def _csat(metric: str, counts: Mapping[str, float], n: float) -> _Measured:
    values = {"satisfied": Quantity(counts["satisfied"], "count"), "n": Quantity(n, "count")}
    root = "√(satisfied / n × (1 − satisfied / n) / n)"
    score = Working.compute("survey.csat", "satisfied / n", values, "share", "farris_2010", subject=metric)
    margin = Working.compute("survey.csat_margin", f"{_Z} × {root}", values, "share", "own", subject=metric)
    return score.result.value, math.nan, _known_margin(margin), _shown(score, margin)


def _ces(metric: str, counts: Mapping[str, float], n: float) -> _Measured:
    points = {float(value): count for value, count in counts.items()}
    total = sum(value * count for value, count in points.items())
    squares = sum(value**2 * count for value, count in points.items())
    values = {"total": Quantity(total, "count"), "n": Quantity(n, "count")}
    spread = {"squares": Quantity(squares, "count"), "total": Quantity(total, "count"), "n": Quantity(n, "count")}
    score = Working.compute("survey.ces", "total / n", values, "score", "dixon_freeman_toman_2010", subject=metric)
    root = "√((squares / n − (total / n)^2) / n)"
    if squares / n - (total / n) ** 2 <= 1e-12:  # all answers alike
        margin = None
    else:
        margin = Working.compute("survey.ces_margin", f"{_Z} × {root}", spread, "score", "own", subject=metric)
    above = 5 if metric == "ces" else 4
    share = sum(count for value, count in points.items() if value >= above) / n
    return score.result.value, share, _known_margin(margin), _shown(score, margin)


def _known_margin(margin: Working | None) -> float:
    return margin.result.value if margin is not None and margin.result.value > 0 else math.nan


def _shown(score: Working, margin: Working | None) -> tuple[Working, ...]:
    return (score, margin) if margin is not None and margin.result.value > 0 else (score,)


def _known(metric: str) -> list[str]:
    return list(_NAMED.get(metric, [str(value) for value in SCALES[metric]]))


def _scored(survey: Survey, value: float) -> Quantity:
    return Quantity(value, "share" if survey.metric == "csat" else "score")


def _day(when: object, as_of: date) -> date:
    return when if isinstance(when, date) else as_of
