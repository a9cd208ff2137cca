"""What the figures and tables of the cube say.

A *reading* chooses the case of a chapter's text and fills its places, so that a claim is what came out.
"""

from __future__ import annotations

import pandas as pd

from crmworkbook import text
from crmworkbook.findings import Reading
from crmworkbook.findings.cube import FIRM, Names, cell_name, cell_names, criteria_names, some
from crmworkbook.models.cube import KEYS, cells_for_half, whitespace
from crmworkbook.models.cube_priority import DrillDown, top, weight_in_total
from crmworkbook.models.cube_stability import RankStability
from crmworkbook.text import Language, label

TOP = 10
_MOST_ROWS = 15  # of a top in which many cells share the last place


def _name(cell: pd.Series, names: Names) -> str:
    return cell_name(cell[KEYS].tolist(), names)


# --- what is there ------------------------------------------------------------------------------------------


def slices_reading(cube: pd.DataFrame, names: Names) -> Reading:
    """How few cells make half of the revenue, and which one is the largest."""
    revenue = cube["revenue"].fillna(0)
    if not revenue.sum() > 0:
        return {"case": "none", "few": 0, "cells": len(cube), "largest": "", "active": 0}
    few, largest = cells_for_half(cube), cell_names(cube[revenue == revenue.max()], names)
    case = "one" if few == 1 else "level" if len(largest) > 1 else "many"
    values = {"few": few, "cells": len(cube), "largest": largest[0], "active": int((revenue > 0).sum())}
    return {"case": case} | values


def segments_reading(found: pd.DataFrame, names: Names) -> Reading:
    """Which segment has furthest to go to its target, or at least which is the largest."""
    gaps = found["gap"].dropna()
    is_gap = len(gaps) > 0 and gaps.max() > 0
    shown = found[found["gap"] == gaps.max()] if is_gap else _highest(found, "revenue")
    size = "empty" if not found["revenue"].sum() > 0 else "level" if 1 < len(shown) == len(found) else "plain"
    case = "gap" if is_gap else "reached" if len(gaps) else size
    segments = [names["segment"][key] for key in shown["segment"]]
    return {
        "case": case,
        "segments": segments,
        "part": shown["part"].sum(),
        "gap": gaps.max() if is_gap else 0.0,
    }


def margin_reading(found: pd.DataFrame, key: str, names: Names) -> Reading:
    """Which offering or channel (*key*) keeps the highest margin, and which sells most."""
    largest, best = ([names[key][part] for part in _highest(found, column)[key]] for column in ("revenue", "margin"))
    if not best:
        return {"case": "plain", "best": [], "largest": largest, "margin": 0.0}
    case = "only" if len(found) == 1 else "level" if len(best) == len(found) else "same" if best == largest else "other"
    return {"case": case, "best": best, "largest": largest, "margin": found["margin"].max()}


def coverage_reading(cube: pd.DataFrame, names: Names) -> Reading:
    """Which channel fills most of its floor of the cube, and which least."""
    active = (cube["revenue"] > 0).groupby(cube["channel"], sort=False).sum()
    values: Reading = {
        "most": int(active.max()),
        "least": int(active.min()),
        "floor": len(cube) // len(active),
    }
    for word, count in (("fullest", active.max()), ("emptiest", active.min())):
        values[word] = [names["channel"][key] for key in active.index[active == count]]
    return values | {"case": "only" if len(active) == 1 else "equal" if active.nunique() == 1 else "differ"}


def share_reading(shares: pd.DataFrame, names: Names) -> Reading:
    """Where our market share is highest; how many markets have a known share."""
    best = _highest(shares, "share")
    values = {
        "known": int(shares["share"].notna().sum()),
        "markets": len(shares),
        "share": shares["share"].max(),
    }
    if best.empty or not values["share"] > 0:
        return values | {"case": "unknown", "segment": "", "offering": "", "share": 0.0}
    where = {key: names[key][best[key].iloc[0]] for key in KEYS[:2]}
    return values | where | {"case": "level" if 1 < len(best) == values["known"] else "known"}


def _highest(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The rows that share the highest value, which may be more than one."""
    return frame[frame[column] == frame[column].max()]


def _shown(value: float) -> float | str:
    return "–" if pd.isna(value) else value


# --- what to choose -----------------------------------------------------------------------------------------


def zones_reading(ranked: pd.DataFrame) -> Reading:
    """How many cells lie in the zone to grow, and how much of the revenue they have now."""
    kept = ranked[ranked["mark"] == "ranked"]
    grow = kept[kept["zone"] == "grow"]
    whole = ranked["revenue"].sum()
    share = grow["revenue"].sum() / whole if whole > 0 else 0.0
    counts = {f"{mark}_cells": int((ranked["mark"] == mark).sum()) for mark in ("ranked", "missing", "infeasible")}
    case = "none" if grow.empty else "one" if len(grow) == 1 else "many"
    return {"case": case, "grow": len(grow), "share": share, "cells": len(ranked)} | counts


def unranked(ranked: pd.DataFrame, names: Names, language: Language) -> Reading:
    """Feasible cells without a rank, and the scores that they lack."""
    left = ranked[ranked["mark"] == "missing"]
    criteria = dict.fromkeys(name for missing in left["missing"] for name in missing)
    blocks = some(left, names, language, most=4)
    return {"count": len(left), "criteria": criteria_names(criteria, language), "blocks": blocks}


def top_rows(ranked: pd.DataFrame, firm: RankStability, language: Language) -> pd.DataFrame:
    """The top as rows to print; a cell that sells nothing says why in the column revenue."""
    shares = firm.cells.set_index(KEYS)["share_of_draws"]
    best = top(ranked, TOP).head(_MOST_ROWS)
    status = best["status"].map(lambda key: label(f"cell_status.{key}", language) if key else "–")
    sells = best["revenue"] > 0
    rows = best.assign(revenue=best["revenue"].astype(object).where(sells, status))
    return rows.join(shares, on=KEYS)


def top_reading(rows: pd.DataFrame, names: Names) -> Reading:
    """Which cell leads, and how many cells of the top are whitespace."""
    white, tied = int((rows["status"] == "whitespace").sum()), int((rows["rank"] == 1).sum())
    case = "none" if white == 0 else "one" if white == 1 else "many"
    case = "only" if len(rows) == 1 else "level" if tied == len(rows) else "tied" if tied > 1 else case
    best = {"best": _name(rows.iloc[0], names), "total": rows["total"].iloc[0], "tied": tied}
    marked = [place for place, chosen in enumerate(rows["chosen"]) if chosen]
    return {"case": case, "white": white, "top": len(rows), "marked": marked} | best


def score_rows(rows: pd.DataFrame, scores: pd.DataFrame, weights: pd.DataFrame, language: Language) -> pd.DataFrame:
    """The scores per criterion of the top, under a row with what each criterion weighs in the total."""
    weight = weight_in_total(weights).reindex(scores.columns)
    head = weight.map(lambda share: "–" if pd.isna(share) else text.percent(share, language)).astype(object)
    marks = scores.loc[pd.MultiIndex.from_frame(rows[KEYS])].astype(object).reset_index(drop=True)
    marks = pd.concat([head.to_frame().T, marks], ignore_index=True)
    return marks.assign(
        rank=[label("columns.weight", language), *rows["rank"]],
        total=[text.percent(1.0, language, 0), *rows["total"]],
    )


def scores_reading(rows: pd.DataFrame, scores: pd.DataFrame, weights: pd.DataFrame, language: Language) -> Reading:
    """On which criterion the top does best and worst."""
    means = scores.loc[pd.MultiIndex.from_frame(rows[KEYS]), list(weight_in_total(weights).index)].mean()
    case = "equal" if means.max() - means.min() < 0.05 else "differ"
    high, low = criteria_names([str(means.idxmax()), str(means.idxmin())], language)
    return {"case": case, "highest": high, "lowest": low, "mean": means.max()}


def stability_reading(firm: RankStability) -> Reading:
    """How many cells of the top stay there when the weights are chosen differently."""
    top = firm.cells[firm.cells["rank"].le(firm.count)]
    stays = int((top["share_of_draws"] >= FIRM).sum())
    case = "all" if stays == len(top) else "none" if stays == 0 else "one" if stays == 1 else "many"
    case = "few" if len(firm.cells) <= firm.count else case
    tau = _shown(firm.kendall_tau)
    return {"case": case, "firm": stays, "top": len(top), "draws": firm.draws, "tau": tau, "threshold": FIRM}


def whitespace_rows(ranked: pd.DataFrame, reach: pd.Series) -> pd.DataFrame:
    """Whitespace, best first and unranked last; *reach* is what its channel can reach, euro per year."""
    white = whitespace(ranked.assign(reach=reach, rank=ranked["rank"].astype(float)))
    return white.sort_values("rank", kind="stable").reset_index(drop=True)


def whitespace_reading(white: pd.DataFrame, names: Names) -> Reading:
    """The best whitespace and how much of its market the channel reaches."""
    best = white.iloc[0]
    case = "one" if len(white) == 1 else "many" if (white["rank"] == white["rank"].min()).sum() == 1 else "level"
    return {"case": case, "count": len(white), "best": _name(best, names), "reach": _shown(best["reach"])}


def lowest_reading(worst: pd.DataFrame, ranked: pd.DataFrame, names: Names) -> Reading:
    """How many cells that sell lie in the harvest zone, and what they bring in."""
    harvest = ranked[(ranked["zone"] == "harvest") & ranked["rank"].notna() & (ranked["revenue"] > 0)]
    case = "none" if harvest.empty else "one" if len(harvest) == 1 else "many"
    marked = [place for place, zone in enumerate(worst["zone"]) if zone == "harvest"]
    values = {"revenue": harvest["revenue"].sum(), "lowest": _name(worst.iloc[0], names)}
    return {"case": case, "count": len(harvest), "marked": marked} | values


def drill_rows(detail: DrillDown, language: Language, currency: str) -> pd.DataFrame:
    """One cell beside the means of its segment, offering and channel, as words: a row per measure."""

    def said(measure: str, value: float) -> str:
        if pd.isna(value):
            return "–"
        if measure == "revenue":
            return text.money(value, language, currency)
        return text.percent(value, language) if measure == "margin" else text.number(value, language, 2)

    measures = ["revenue", "margin", "attractiveness", "ability", "total"]
    numbers = detail.numbers.loc[measures].to_dict("index")
    rows = [{where: said(name, value) for where, value in numbers[name].items()} for name in measures]
    return pd.DataFrame(rows).assign(measure=[label(f"columns.{name}", language) for name in measures])


def criterion_scores(detail: DrillDown, language: Language) -> pd.DataFrame:
    """The scores of one cell beside the means of its segment, offering and channel, a row for each criterion."""
    rows = detail.scores.set_axis(["cell", *KEYS], axis=1)
    return rows.assign(criterion=list(criteria_names(rows.index, language)))


def subjects(detail: DrillDown, names: Names) -> dict[str, str]:
    """What the workings of a cell are about, as words."""
    return {" / ".join(detail.cell): cell_name(detail.cell, names)}


def verdict(rows: pd.DataFrame, cube: pd.DataFrame, white: pd.DataFrame, names: Names) -> tuple[str, str, Reading]:
    """The chapter's conclusion, the next step, and what fills them.

    Args:
        rows: What `top_rows` gave.
        cube: The grid.
        white: Whitespace, best first.
        names: Labels by dimension.
    """
    counts = rows["segment"].value_counts()
    leader = next(segment for segment in rows["segment"] if counts[segment] == counts.max())
    sums = cube.groupby("segment", sort=False)["revenue"].sum()
    largest = list(sums.index[sums == sums.max()]) if sums.max() > 0 else []
    conclusion = "cell"
    if (rows["rank"] == 1).sum() > 1:
        conclusion = "level" if (rows["rank"] == 1).all() else "tied"
    elif len(sums) > 1 and counts.max() > 1 and largest and (leader not in largest or len(largest) == 1):
        conclusion = "same" if leader in largest else "other"
    step = "level" if conclusion == "level" else "whitespace" if (white["rank"] <= TOP).any() else "sells"
    values: Reading = {
        "segment": names["segment"][leader],
        "largest": [names["segment"][key] for key in largest],
    }
    values |= {"count": int(counts.max()), "top": len(rows), "best": _name(rows.iloc[0], names)}
    values |= {"white": cell_names(white.head(1), names), "total": rows["total"].iloc[0]}
    return conclusion, step, values | {"tied": int((rows["rank"] == 1).sum())}
