"""Rules of the cube: it adds up, empty cells are explained, chosen ones can be judged, the order is firm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from crmworkbook.findings import Finding
from crmworkbook.findings.support import straight_lining
from crmworkbook.models.cube import KEYS, SELLS_NOTHING, unexplained_empty
from crmworkbook.models.cube_priority import SIDES
from crmworkbook.models.cube_stability import RankStability
from crmworkbook.models.frames import records
from crmworkbook.text import Language, label

Names = Mapping[str, Mapping[str, str]]  # dimension (segment, offering, channel) to key to label
FIRM = 0.60  # a cell of the top that stands there in fewer draws is not firm


def cell_name(cell: Sequence[str], names: Names) -> str:
    """Segment, offering and channel of one cell as words."""
    return " · ".join(names[key].get(part, part) for key, part in zip(KEYS, cell, strict=True))


def cell_names(cells: pd.DataFrame, names: Names) -> list[str]:
    """The cells of a frame as words, in its order."""
    return [cell_name(row, names) for row in cells[KEYS].to_numpy().tolist()]


def some(cells: pd.DataFrame, names: Names, language: Language, most: int = 8) -> list[str]:
    """The first cells as words, and how many more there are."""
    said = cell_names(cells.head(most), names)
    more = len(cells) - len(said)
    return [*said, label("cube.and_more", language).replace("{count}", str(more))] if more else said


def sold_but_empty(cells: pd.DataFrame, names: Names, language: Language) -> list[Finding]:
    """W26: the status says that nothing is sold, and the revenue says otherwise.

    Args:
        cells: The cube table as it was filled in.
        names: Labels by dimension.
        language: Language of the words.
    """
    wrong = cells[cells["status"].isin(SELLS_NOTHING) & (cells["revenue"].fillna(0) != 0)]
    return [Finding("W26", "sold_but_empty", {"cells": some(wrong, names, language)})] if len(wrong) else []


def unexplained(cube: pd.DataFrame, names: Names, language: Language) -> list[Finding]:
    """W26: cells without revenue that nobody explained."""
    empty = unexplained_empty(cube)
    values = {"count": len(empty), "cells": some(empty, names, language)}
    return [Finding("W26", "empty_cells", values)] if len(empty) else []


def totals_off(checked: pd.DataFrame, names: Names) -> list[Finding]:
    """W05: the cells do not add up to the total of a segment, offering or channel.

    Args:
        checked: What `crmworkbook.models.cube.totals_check` gave.
        names: Labels by dimension.
    """
    found = []
    for row in records(checked[~checked["agrees"]]):
        dimension = row["dimension"]
        share = row["share"] if pd.notna(row["share"]) else "–"
        values = {dimension: names[dimension][row["key"]], "cells": row["cells"], "total": row["control"]}
        values |= {"difference": row["difference"], "share": share}
        found.append(Finding("W05", f"{dimension}_totals", values))
    return found


def unusable_weights(weights: pd.DataFrame, language: Language) -> list[Finding]:
    """W20: a side of the matrix without one weight above zero."""
    sums = weights.groupby("side")["weight"].sum()
    bare = [label(f"cube_side.{side}", language) for side in SIDES if not sums.get(side, 0) > 0]
    return [Finding("W20", "no_weights", {"sides": bare})] if bare else []


def chosen_without_ground(cube: pd.DataFrame, market: pd.DataFrame | None, names: Names) -> list[Finding]:
    """W04: chosen cells that are not feasible, or whose margin or market is not known.

    Args:
        cube: The grid.
        market: Columns segment, offering, market_size (euro per year); None without a table of markets.
        names: Labels by dimension.
    """
    chosen = cube[cube["chosen"]]
    known = [] if market is None else market.dropna(subset=["market_size"])[KEYS[:2]].to_numpy().tolist()
    has_market = pd.MultiIndex.from_frame(chosen[KEYS[:2]]).isin(list(map(tuple, known)))
    marks = {"no_data": chosen[chosen["margin"].isna() | ~has_market], "infeasible": chosen[~chosen["feasible"]]}
    return [Finding("W04", case, {"cells": cell_names(cells, names)}) for case, cells in marks.items() if len(cells)]


def nothing_ranked(ranked: pd.DataFrame, language: Language) -> list[Finding]:
    """W04: not one cell can be ranked; names the criteria that no cell can do without."""
    if (ranked["mark"] == "ranked").any():
        return []
    lacking = dict.fromkeys(name for missing in ranked["missing"] for name in missing)
    if not lacking:
        return [Finding("W04", "all_infeasible")]
    return [Finding("W04", "nothing_ranked", {"criteria": criteria_names(lacking, language)})]


def criteria_names(criteria: Iterable[str], language: Language) -> list[str]:
    """Criteria as words."""
    return [label(f"cube_criterion.{name}", language) for name in criteria]


def loose_ranking(firm: RankStability, names: Names, change: float = 0.20) -> list[Finding]:
    """W20: cells that one changed weight moves in or out of the top, and cells that few draws keep there."""
    moved = firm.weight_changes["entered"] + firm.weight_changes["left"]
    cells = [cell_name(cell, names) for cell in dict.fromkeys(cell for row in moved for cell in row)]
    found = []
    if cells:
        found.append(Finding("W20", "flips_with_weights", {"top": firm.count, "step": change, "cells": cells}))
    loose = firm.cells[firm.cells["rank"].le(firm.count) & (firm.cells["share_of_draws"] < FIRM)]
    if len(loose):
        values = {
            "threshold": FIRM,
            "draws": firm.draws,
            "top": firm.count,
            "cells": cell_names(loose, names),
        }
        found.append(Finding("W20", "unstable_cells", values))
    return found


def scored_lists(tables: Mapping[str, pd.DataFrame], totals: pd.Series) -> dict[str, pd.Series]:
    """Criterion to the scores that people gave, and the totals that came of them, for `scores_alike`."""
    columns = {"competition": "segments", "capability": "offerings", "channel": "channels"}
    given = {"channel": "strength"}
    found = {name: tables[table][given.get(name, name)] for name, table in columns.items() if table in tables}
    return found | {"total": totals}


def scores_alike(lists: Mapping[str, pd.Series], language: Language) -> list[Finding]:
    """W25: a list of scores that are all the same, so that it tells nothing apart.

    Args:
        lists: Criterion to the scores (1 to 5) that people gave.
        language: Language of the words.
    """
    names = {criterion: label(f"cube_criterion.{criterion}", language) for criterion in lists}
    return [found for key, scores in lists.items() for found in straight_lining(scores, names[key])]
