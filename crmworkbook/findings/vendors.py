"""Rules of the vendors: a ranking that is not firm, nobody left, keys that no table declares."""

from __future__ import annotations

import pandas as pd

from crmworkbook import chapters, text
from crmworkbook.findings import Finding
from crmworkbook.findings.vendor_sheet import FIRM, VendorSheet
from crmworkbook.models.weighing import CHANGE


def unweighted(criteria: pd.DataFrame) -> list[Finding]:
    """W20: no criterion has a weight, so that no score can be calculated.

    Args:
        criteria: ``criterion, weight``.
    """
    return [] if criteria["weight"].fillna(0).sum() > 0 else [Finding("W20", "no_vendor_weights")]


def undeclared(sheet: VendorSheet) -> list[Finding]:
    """W28: scores, checks or costs of a vendor, criterion or requirement that is declared nowhere."""
    labels = {name: spec.label[sheet.language] for name, spec in chapters.tables().items()}
    return [
        Finding("W28", "unknown_keys", {"table": labels[table], "keys": keys})
        for table, keys in sheet.unknown().items()
    ]


def not_firm(sheet: VendorSheet) -> list[Finding]:
    """W20: a tie, a leader that few weightings confirm, a leader that one weight dethrones, or nobody left."""
    result, stability = sheet.result, sheet.stability
    if stability is None:
        if not len(result.rows) or not (result.rows["status"] == "knocked_out").all():
            return []
        failed = dict.fromkeys(key for keys in result.rows["failed"] for key in keys)
        return [Finding("W20", "all_knocked_out", {"requirements": [sheet.requirements[key] for key in failed]})]
    scores = result.rows.set_index("vendor")["score"]
    groups = [
        f"{text.names([sheet.names[key] for key in group], sheet.language)} "
        f"({text.number(scores[group[0]], sheet.language, 2)})"
        for group in sheet.tied
    ]
    found = [Finding("W20", "vendor_tie", {"groups": "; ".join(groups)})] if groups else []
    first = stability.rows.iloc[0]
    if first["first_share"] < FIRM and len(result.leaders) == 1:
        rivals = stability.rows.iloc[1:].nlargest(2, "first_share")
        values = {"vendor": sheet.names[first["vendor"]], "share": float(first["first_share"])}
        values |= {"rivals": [sheet.names[key] for key in rivals["vendor"]], "draws": stability.draws}
        found.append(Finding("W20", "vendor_unsure", {**values, "threshold": FIRM}))
    if len(stability.flips) and len(result.leaders) == 1:
        criteria = dict.fromkeys(sheet.criteria[key] for key in stability.flips["criterion"])
        found.append(Finding("W20", "vendor_flips", {"criteria": list(criteria), "step": CHANGE}))
    return found
