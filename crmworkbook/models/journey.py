"""The customer journey: what is remembered of it, and where pains can be joined and pleasures spread.

Emotions run from −5 (misery) to 5 (delight), one per step, in the order of the journey; a step nobody judged is left
out of every calculation.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.working import Quantity, Working

REACH = 2  # pains with at most one step between them are near enough to join
STRONG = 2.0  # from here up a pleasure is large enough to be divided
FIXES = 3  # so many pains get a remedy first
EXTRAS = 3  # so many extra moments are proposed


@dataclass(frozen=True)
class Journey:
    """What a journey leaves behind.

    Attributes:
        frame: The judged steps in order: step, emotion, and whatever else the table held.
        peak: Emotion furthest from zero.
        peak_step: The first step with that emotion.
        is_tied: A pleasure and a pain are equally strong; the pain counts as the peak.
        end: Emotion of the last judged step.
        mean: Mean emotion.
        low_step, high_step: The lowest and highest step; the first of equals.
        is_flat: All steps feel the same, so that there is no peak.
        late_pain: Part of all negative emotion that falls in the second half; None without pain.
        workings: Peak–end and mean with their sums.
    """

    frame: pd.DataFrame
    peak: float
    peak_step: str
    is_tied: bool
    end: float
    mean: float
    low_step: str
    high_step: str
    is_flat: bool
    late_pain: float | None
    workings: tuple[Working, ...]

    @property
    def has_effort(self) -> bool:
        """Whether it is known of any step how much effort it takes."""
        return "effort" in self.frame and bool(self.frame["effort"].notna().any())

    @property
    def peak_end(self) -> float:
        """What is remembered: halfway between peak and end, −5 to 5."""
        return (self.peak + self.end) / 2

    def emotion(self, step: str) -> float:
        """The emotion of one step."""
        return float(self.frame.loc[self.frame["step"] == step, "emotion"].iloc[0])

    @property
    def ending(self) -> str:
        """``weak`` (no pleasure at all), ``strong`` (the best step of the journey) or ``flat`` (in between)."""
        if self.end <= 0:
            return "weak"
        return "strong" if self.end >= self.frame["emotion"].max() else "flat"


def journey(steps: pd.DataFrame) -> Journey | None:
    """Peak, end and mean of a journey.

    ``(peak + end) / 2``, after the peak–end rule (Kahneman et al. 1993), with the strongest emotion as peak and a pain
    before a pleasure of the same strength. The rule holds well for short episodes, less so for long relations; a
    journey of years is better judged episode by episode.

    Args:
        steps: ``step, emotion`` in the order of the journey.

    Returns:
        None when no step has an emotion.
    """
    frame = steps[steps["emotion"].notna()].reset_index(drop=True)
    if frame.empty:
        return None
    felt = frame["emotion"].astype(float)
    strength = float(felt.abs().max())
    lowest, highest = -strength in set(felt), strength in set(felt)
    peak = -strength if lowest else strength
    pain = felt.clip(upper=0)
    second_half = pain[frame.index >= len(frame) / 2]
    values = {"peak": Quantity(peak, "score"), "end": Quantity(float(felt.iloc[-1]), "score")}
    total = {"total": Quantity(float(felt.sum()), "score"), "steps": Quantity(len(felt), "count")}
    return Journey(
        frame=frame,
        peak=peak,
        peak_step=_first(frame, felt == peak),
        is_tied=lowest and highest and strength > 0,
        end=float(felt.iloc[-1]),
        mean=float(felt.mean()),
        low_step=_first(frame, felt == felt.min()),
        high_step=_first(frame, felt == felt.max()),
        is_flat=bool(felt.nunique() == 1),
        late_pain=float(second_half.sum() / pain.sum()) if pain.any() else None,
        workings=(
            Working.compute("journey.peak_end", "(peak + end) / 2", values, "score", "kahneman_1993"),
            Working.compute("journey.mean", "total / steps", total, "score", "own"),
        ),
    )


def _first(frame: pd.DataFrame, where: pd.Series) -> str:
    return str(frame.loc[where, "step"].iloc[0])


def pains_to_join(found: Journey, reach: int = REACH) -> list[list[str]]:
    """Pains that lie near each other, so that they can perhaps be got over in one go (Chase and Dasu 2001).

    Args:
        found: The journey.
        reach: Largest distance in steps; 1 is next to each other, 2 allows one step in between.

    Returns:
        Groups of two or more steps, in order.
    """
    groups: list[list[int]] = []
    for place, felt in enumerate(found.frame["emotion"]):
        if felt < 0:
            if groups and place - groups[-1][-1] <= reach:
                groups[-1].append(place)
            else:
                groups.append([place])
    steps = list(found.frame["step"])
    return [[steps[place] for place in group] for group in groups if len(group) > 1]


def pleasures_to_split(found: Journey) -> list[tuple[str, str]]:
    """Strong pleasures beside a step that is flat or unpleasant: part of the pleasure can move there.

    Returns:
        Pairs of the pleasure and the lower of its two neighbours, in order (Chase and Dasu 2001).
    """
    felt, pairs = list(found.frame["emotion"]), []
    for place, value in enumerate(felt):
        beside = [near for near in (place + 1, place - 1) if 0 <= near < len(felt) and felt[near] <= 0]
        if value >= STRONG and beside:
            neighbour = min(beside, key=lambda near: felt[near])
            pairs.append((str(found.frame["step"][place]), str(found.frame["step"][neighbour])))
    return pairs


def plan(found: Journey) -> pd.DataFrame:
    """Where to act: up to three pains to mend, one ending, one peak, and extra pleasant moments.

    Pains go from worst up; of equals a moment of truth goes first, then the one that takes most effort. The peak is
    the best step, to be made stronger than the worst pain. Extra moments go where a strong pleasure can be divided and,
    after that, on a pain that is not mended first; three at most. A journey of one step has an ending only.

    Returns:
        ``kind`` (``fix``, ``ending``, ``peak``, ``extra``), ``step``, ``emotion``, ``beside`` (for an extra moment: the
        step whose pleasure is divided; else empty).
    """
    frame = found.frame.assign(
        decides=-found.frame.get("moment_of_truth", pd.Series(False, index=found.frame.index)).astype(float),
        strain=-found.frame.get("effort", pd.Series(0.0, index=found.frame.index)).fillna(0).astype(float),
    )
    pains = frame[frame["emotion"] < 0].sort_values(["emotion", "decides", "strain"], kind="stable")
    last = str(frame["step"].iloc[-1])
    rows = [("fix", step, "") for step in pains["step"].head(FIXES)]
    rows.append(("ending", last, ""))
    if found.high_step != last and not found.is_flat:
        rows.append(("peak", found.high_step, ""))
    taken = {step for _, step, _ in rows}
    spare = [(str(low), str(high)) for high, low in pleasures_to_split(found)]
    spare += [(str(step), "") for step in pains["step"].iloc[FIXES:]]
    for step, beside in spare:
        if step not in taken and len([row for row in rows if row[0] == "extra"]) < EXTRAS:
            taken.add(step)
            rows.append(("extra", step, beside))
    table = pd.DataFrame(rows, columns=["kind", "step", "beside"])
    table["emotion"] = table["step"].map(frame.set_index("step")["emotion"])
    return table[["kind", "step", "emotion", "beside"]]
