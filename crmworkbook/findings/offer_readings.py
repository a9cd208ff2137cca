"""What Kano, customisation and loyalty say: which sentence fits, and rows in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmworkbook import text
from crmworkbook.findings.experience_readings import Names, Reading, named
from crmworkbook.findings.units import in_unit
from crmworkbook.models.frames import records
from crmworkbook.text import Language

if TYPE_CHECKING:
    from crmworkbook.models.customisation import Customisation
    from crmworkbook.models.kano import Kano
    from crmworkbook.models.loyalty import SatisfiedButLeaving
    from crmworkbook.models.statements import StatementScores
    from crmworkbook.models.working import Working

INVOLVED = ("part", "recommend", "miss")  # of the statements on engagement; the others are about being recognised
_FEW = 2  # so many names fit in a title


def kano_reading(kano: Kano, names: Names) -> Reading:
    """How many features are basic and how many delight, by name when they are few."""
    frame = kano.frame
    basics = [names[key] for key in frame.loc[frame["category"] == "M", "feature"]]
    delights = [names[key] for key in frame.loc[frame["category"] == "A", "feature"]]
    values = {"basics": basics, "basic": len(basics), "delights": delights, "delight": len(delights)}
    few = 1 <= len(basics) <= _FEW
    case = "many" if basics else "no_basics"
    case = "delight" if few and len(delights) == 1 else "basics" if few and not delights else case
    return {"case": case, "features": len(frame), **values}


def feature_names(kano: Kano, about: pd.DataFrame | None) -> dict[str, str]:
    """Feature to name: its label, else its key read as words.

    Args:
        kano: As the model gives it.
        about: ``feature, label``; None without such a table.
    """
    labels = {} if about is None else named(about["feature"], about["label"])
    plain = named(kano.frame["feature"], pd.Series("", index=kano.frame.index))
    return plain | {key: name for key, name in labels.items() if key in plain}


def answers_each(kano: Kano, language: Language) -> Reading:
    """How many answered on a feature: one number, or from fewest to most."""
    few, many = float(kano.frame["n"].min()), float(kano.frame["n"].max())
    said = text.number(few, language, 0)
    return {"answers": said if few == many else f"{said}–{text.number(many, language, 0)}"}


def feature_rows(
    kano: Kano, means: pd.DataFrame | None, satisfaction: pd.Series | None, names: Names, kinds: Names, numbered: bool
) -> pd.DataFrame:
    """Columns name, category (words), satisfaction, better, worse, functional and dysfunctional, key.

    Args:
        kano: As the model gives it.
        means: As `crmworkbook.models.kano.continuous` gives it; None without answers per respondent.
        satisfaction: Feature to mark (1 to 10).
        names: Feature to name.
        kinds: Category to name.
        numbered: Whether names carry the number that they have in the plot.
    """
    frame = kano.frame[["feature", "category", "better", "worse"]]
    names_shown = [names[key] for key in frame["feature"]]
    if numbered:
        names_shown = [f"{place}. {name}" for place, name in enumerate(names_shown, start=1)]
    marks = frame["feature"].map(satisfaction if satisfaction is not None else pd.Series(dtype=float))
    rows = frame.assign(name=names_shown, satisfaction=marks.astype(float), key=frame["category"])
    rows["category"] = [kinds.get(str(key), "–") for key in frame["category"]]
    scales = frame[["feature"]].assign(functional=float("nan"), dysfunctional=float("nan"))
    scales = scales if means is None else frame[["feature"]].merge(means, how="left", on="feature")
    return rows.assign(functional=scales["functional"], dysfunctional=scales["dysfunctional"])


def feature_reading(rows: pd.DataFrame) -> Reading:
    """Where the mark is lowest; ``basic_low`` when that is a feature that goes without saying."""
    known = rows.dropna(subset=["satisfaction"])
    if known.empty:
        return {"case": "unknown", "marked": []}
    lowest = known.sort_values("satisfaction", kind="stable").iloc[0]
    values = {"lowest": lowest["name"], "score": lowest["satisfaction"], "kind": lowest["category"]}
    if len(known) > 1 and known["satisfaction"].nunique() == 1:
        return {"case": "equal", "marked": [], **values}
    marked = list(rows.index[rows["satisfaction"] == lowest["satisfaction"]])
    return {"case": "basic_low" if lowest["key"] == "M" else "lowest", "marked": marked, **values}


def fit_reading(found: Customisation, names: Names) -> Reading:
    """Which segments do not earn their customisation back, and which have no choice yet."""
    frame = found.frame
    known = frame[frame["choice"] != "open"]
    losing = [names[key] for key in known.loc[known["choice"] == "drop", "segment"]]
    doing = [names[key] for key in known.loc[known["choice"] == "do", "segment"]]
    case = "unknown" if known.empty else "all" if not doing else "some" if losing else "none"
    missing = [name for key, name in names.items() if key not in set(frame["segment"])]
    values = {"losing": losing, "doing": doing, "missing": missing, "segments": len(frame)}
    net = float(known.loc[known["choice"] == "do", "net"].sum())
    balance = "open" if known.empty else "gain" if doing else "loss"
    return {"case": case, "balance": balance, "net": net, **values}


def customisation_rows(found: Customisation, kinds: Names, choices: Names) -> pd.DataFrame:
    """Columns segment (key), what (kind and what is adapted, words), cost, value, choice (words)."""
    words = [str(words) if isinstance(words, str) and words else "" for words in found.frame["what"]]
    kind = [kinds[key] for key in found.frame["kind"]]
    said = [f"{first}: {rest}" if rest else first for first, rest in zip(kind, words, strict=True)]
    return found.frame.assign(what=said, choice=[choices[key] for key in found.frame["choice"]])


def element_rows(profile: pd.DataFrame, options: Names, language: Language, currency: str) -> pd.DataFrame:
    """The five elements in words: element, kpi, figure, score, lowest."""
    figures = [
        in_unit(row["value"], row["unit"], language, currency) if pd.notna(row["value"]) else "–"
        for row in records(profile)
    ]
    kpis = [str(words) if isinstance(words, str) and words else "–" for words in profile["kpi"]]
    names = [options[key] for key in profile["element"]]
    return profile.assign(element=names, kpi=kpis, figure=figures)


def element_reading(rows: pd.DataFrame) -> Reading:
    """The weakest element, if one stands out."""
    marked = list(rows.index[rows["lowest"]])
    if not marked:
        known = int(rows["score"].notna().sum())
        return {"case": "equal" if known > 1 else "single" if known else "unscored", "marked": []}
    name = str(rows["element"][marked[0]])
    return {"case": "lowest", "lowest": name[:1].lower() + name[1:], "marked": marked}


def leaving_reading(found: SatisfiedButLeaving, names: Names) -> Reading:
    """Which segments leave though satisfied."""
    leaving = [names[key] for key in found.those("satisfied_leaving")]
    values = {"satisfaction": found.satisfaction, "retention": found.retention, "leaving": leaving}
    marked = list(found.frame.index[found.frame["kind"] == "satisfied_leaving"])
    return {"case": "some" if leaving else "none", "marked": marked, **values}


def engagement_means(scores: StatementScores) -> Reading:
    """How involved (``involved``) and how recognised (``recognised``) customers feel, 1 to 5; NaN without scores."""
    means = scores.frame.set_index("statement")["mean"]
    involved = means.index.isin(INVOLVED)
    return {"involved": float(means[involved].mean()), "recognised": float(means[~involved].mean())}


def usage_reading(index: Working, usage: pd.DataFrame) -> Reading:
    """The engagement index with what it is made of, and the activity with the smallest part of the customers."""
    possible = usage[usage["active"] <= usage["customers"]]
    shares = (possible["active"] / possible["customers"]).sort_values(kind="stable")
    values = {symbol: quantity.value for symbol, quantity in index.values.items()}
    least = possible.loc[shares.index[:1], "activity"].item()
    return {"index": index.result.value, "least": least, "share": float(shares.iloc[0]), **values}
