"""What the customer relationship matrix says: which sentence fits, and the numbers in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmworkbook.findings import Reading
from crmworkbook.findings.relationship_matrix import tied_medians
from crmworkbook.models.customer_selection import CustomerFit
from crmworkbook.models.frames import records
from crmworkbook.models.relationship_matrix import QUADRANTS, RelationshipMatrix, Thresholds, Variant
from crmworkbook.models.relationship_portfolio import KINDS, Portfolio
from crmworkbook.models.wallet import ESTIMATED, FROM_RANK, SegmentWallets
from crmworkbook.text import Language, percent

if TYPE_CHECKING:
    from crmworkbook.client import Client
    from crmworkbook.models.wallet import RankCheck

Words = Callable[..., str]  # the chapter's words
STANDS_OUT = 1.25  # a group stands out when it carries a quarter more of the growth than of the customers
ALIKE = 0.01  # shares closer than this are one share to a reader
MOSTLY = 0.5  # from here growth rests on estimates


def named(words: Words, key: str, keys: Sequence[str]) -> dict[str, str]:
    """The cases of one text of the chapter, by key."""
    return {name: words(key, name) for name in keys}


def given_amounts(client: Client, assumption: Callable[[str], Any], method: str) -> dict[str, float] | None:
    """What the client gave for the thresholds; None when *method* needs more.

    Args:
        client: The client.
        assumption: Reads an assumption and notes that it was used.
        method: How the thresholds are set.
    """
    keys = {"current": "current_threshold", "potential": "potential_threshold"}
    keys |= {"budget": "development_budget", "cost": "development_per_customer"}
    wanted = {"fixed": ["current", "potential"], "budget": ["budget", "cost"]}.get(method, [])
    if any(client.assumption(keys[name]) is None for name in wanted):
        return None
    if method == "budget" and client.assumption(keys["current"]) is not None:
        wanted = [*wanted, "current"]
    return {name: float(assumption(keys[name])) for name in wanted}


def limit_sliders(method: str) -> tuple[str, str]:
    """Names of the sliders for the two thresholds: assumptions where these are fixed amounts, else free ones."""
    if method == "fixed":
        return "current_threshold", "potential_threshold"
    return "current_limit", "potential_limit"


def slid_limits(limits: Thresholds, values: pd.DataFrame, slide: Callable[..., float]) -> Thresholds:
    """The thresholds where the sliders put them; once moved they are fixed amounts, whatever set them first.

    Args:
        limits: Where the method puts them.
        values: Current value and potential of each customer, in that order; most of them lie on the slider.
        slide: Offers a slider and tells where it stands: name, start, low, high, kind.
    """
    given = limits.current, limits.potential
    moved = []
    for name, start, column in zip(limit_sliders(limits.method), given, values, strict=True):
        low, high = (float(values[column].quantile(share)) for share in (0.02, 0.98))
        step = 10.0 ** math.floor(math.log10(max(high - low, abs(start), 1.0)) - 1)
        low, high = math.floor(min(low, 0.0) / step) * step, math.ceil(high / step) * step
        moved.append(slide(name, start, min(low, start), max(high, start), "money"))
    return limits if tuple(moved) == given else Thresholds(moved[0], moved[1], "fixed")


def matrix_reading(matrix: RelationshipMatrix) -> Reading:
    """``no_growth``, ``tied``, ``concentrated``, ``one`` or ``plain``, with the numbers of the four groups."""
    summary, counts = matrix.summary, matrix.counts
    share, growth = float(summary["share"]["grow"]), float(summary["growth_share"].fillna(0.0)["grow"])
    total = float(summary["growth"].sum())
    values: Reading = {**counts, "customers": sum(counts.values()), "share": share, "growth_share": growth}
    values |= {"promising": counts["grow"] + counts["develop"], "valuable": counts["grow"] + counts["retain"]}
    values |= {"growth": total, "current": float(summary["current"].sum())}
    stands_out = counts["grow"] > 0 and growth >= STANDS_OUT * share
    case = "one" if counts["grow"] == 1 else "concentrated"
    case = "tied" if tied_medians(matrix) else case if stands_out else "plain"
    return {"case": "no_growth" if total <= 0 else case, **values}


def group_rows(matrix: RelationshipMatrix, names: Mapping[str, str], treatments: Mapping[str, str]) -> pd.DataFrame:
    """The four groups and their total, for a table.

    Args:
        matrix: As the model gives it.
        names: Quadrant (and ``all``) to words.
        treatments: The same to what we do.
    """
    table = matrix.summary.reset_index()
    whole = matrix.frame
    total = table[["customers", "current", "growth", "ceiling"]].sum().to_frame().T.assign(quadrant="all")
    total["cost_to_serve"] = whole["cost_to_serve"].mean()
    total["net"] = (whole["contribution"] - whole["cost_to_serve"]).mean()
    columns = ["quadrant", "customers", "current", "growth", "cost_to_serve", "net", "ceiling"]
    rows = pd.concat([table[columns], total[columns]], ignore_index=True).infer_objects()
    return rows.assign(treatment=rows["quadrant"].map(treatments), quadrant=rows["quadrant"].map(names))


def group_reading(matrix: RelationshipMatrix, names: Mapping[str, str]) -> Reading:
    """``costly`` when the customers of a group cost money on balance, worst one named; else ``plain``."""
    net = matrix.summary["net"].dropna()
    worst = str(net.idxmin()) if len(net) and net.min() < 0 else ""
    if not worst:
        return {"case": "plain", "quadrant": "", "net": 0.0}
    return {"case": "costly", "quadrant": names[worst], "net": float(net[worst])}


def variant_rows(variants: Sequence[Variant], names: Mapping[str, str]) -> pd.DataFrame:
    """One row per way of calculating, with the counts of the four groups.

    Args:
        variants: As the model gives them.
        names: Variant to words.
    """
    rows = [{"variant": names[found.name], **found.counts, "moved": found.moved} for found in variants]
    table = pd.DataFrame(rows)
    table.loc[[found.name == "chosen" for found in variants], "moved"] = float("nan")
    return table


def variant_names(words: Words, variants: Sequence[Variant], axis: str, basis: str) -> dict[str, str]:
    """What each way of calculating is called, its choices filled in."""
    other = {"growth": "level", "level": "growth", "segment": "own", "own": "segment"}
    named = {}
    for found in variants:
        turned = found.name != "chosen"
        values = {
            "axis": words("axes", other[axis] if turned else axis),
            "basis": words("bases", other[basis] if turned else basis),
        }
        limits = {"current": found.thresholds.current, "potential": found.thresholds.potential}
        named[found.name] = words("variant_names", found.name, **values, **limits)
    return named


def wallet_reading(wallets: SegmentWallets, names: Mapping[str, str]) -> Reading:
    """Share of wallet together and where it is lowest; growth together and where it is largest.

    Args:
        wallets: As the model gives them.
        names: Segment to label.

    Returns:
        case (``plain`` or ``single``), growth_case (``plain`` or ``none``), share, target, customers, wallet,
        lowest, low, segment, growth.
    """
    frame = wallets.frame
    lowest, widest = str(frame["share"].idxmin()), str(frame["growth"].idxmax())
    wallet = float(frame["wallet"].sum())
    return {
        "case": "plain" if float(frame["share"].max() - frame["share"].min()) >= ALIKE else "single",
        "growth_case": "plain" if float(frame["growth"].max()) > 0 else "none",
        "share": float(frame["revenue"].sum()) / wallet,
        "target": float((frame["target_share"] * frame["wallet"]).sum()) / wallet,
        "customers": int(frame["customers"].sum()),
        "wallet": wallet,
        "lowest": names[lowest],
        "low": float(frame["share"][lowest]),
        "segment": names[widest],
        "growth": float(frame["growth"].sum()),
        "best": float(frame["growth"].max()),
    }


def growth_reading(growth: float, single: float) -> Reading:
    """``loss`` at a negative margin, ``more`` when growth one by one is well above growth by segment, else ``same``."""
    case = "loss" if growth < -0.5 else "more" if single > growth * 1.005 else "same"
    return {"case": case, "growth": growth, "single": single}


def numbers(check: RankCheck) -> Reading:
    """The comparison of ranks and wallets, for a sentence."""
    return {
        "customers": check.customers,
        "by_wallet": check.by_wallet,
        "by_rule": check.by_rule,
        "points": 100 * check.gap,
    }


def offering_reading(shares: pd.DataFrame, names: Mapping[str, str]) -> Reading:
    """Where most room is: ``plain`` or ``none``.

    Args:
        shares: Outcome of ``offering_shares``.
        names: Offering to label.
    """
    room = float(shares["room"].max())
    widest = names[str(shares["offering"].iloc[int(shares["room"].to_numpy().argmax())])]
    return {"case": "plain" if room > 0 else "none", "offering": widest, "room": room}


def account_rows(placed: Portfolio, gut: Mapping[str, str], kinds: Mapping[str, str]) -> pd.DataFrame:
    """The key accounts for a table, keys as words.

    Args:
        placed: As the model gives it.
        gut: Quadrant to word for one account.
        kinds: Kind to name.
    """
    frame = placed.frame
    return frame.assign(
        gut=frame["gut"].map(gut),
        place=frame["place"].map(gut),
        kind=frame["kind"].map(kinds),
    )


def account_reading(placed: Portfolio) -> Reading:
    """``agree``, ``no_gut`` or ``no_place``; and for the bubbles ``risk``, ``risk_one`` or ``both``."""
    counts = {kind: int(placed.kinds["accounts"][kind]) for kind in KINDS}
    computed = placed.frame["place"].notna().any()
    case = "agree" if placed.guessed else "no_gut" if computed else "no_place"
    risk = counts["problem_child"]
    bubbles = "both" if not risk else "risk_one" if risk == 1 else "risk"
    numbers = {"agreeing": placed.agreeing, "guessed": placed.guessed, "accounts": len(placed.frame)}
    return {"case": case, "bubbles": bubbles, "kinds": sum(counts.values()), **numbers, **counts}


def fit_rows(fit: CustomerFit, words: Words, criteria: Mapping[str, str], threshold: float) -> pd.DataFrame:
    """The candidates for a table, with the outcome and why.

    Args:
        fit: As the model gives it.
        words: The chapter's.
        criteria: Criterion to its description.
        threshold: From which a candidate fits.
    """
    reasons = []
    for row in records(fit.frame):
        case = "above" if row["outcome"] == "accept" else "below"
        case = "short" if row["short_of"] else "missing" if row["missing"] else case
        listed = [criteria[name] for name in (row["short_of"] or row["missing"])]
        reasons.append(words("why", case, criteria=listed, threshold=threshold))
    outcomes = [words("outcomes", outcome) for outcome in fit.frame["outcome"]]
    return fit.frame.assign(outcome=outcomes, why=reasons)


def fit_case(fit: CustomerFit) -> int | str:
    """How many candidates fit; ``open`` where none does yet, and some lack a score."""
    return fit.count("accept") or ("open" if fit.count("open") else 0)


def criteria_named(fit: CustomerFit, criteria: Mapping[str, str], language: Language) -> list[str]:
    """Each criterion with its weight, heaviest first."""
    ordered = fit.criteria.sort_values("weight", ascending=False, kind="stable")
    return [f"{criteria[row['criterion']]} ({percent(row['weight'], language, 0)})" for _, row in ordered.iterrows()]


def estimated_share(matrix: RelationshipMatrix) -> float:
    """Share of the growth that rests on wallets which were estimated or follow from a rank."""
    total = float(matrix.frame["growth"].sum())
    soft = matrix.frame["method"].isin([ESTIMATED, FROM_RANK])
    return float(matrix.frame.loc[soft, "growth"].sum()) / total if total > 0 else 0.0


def conclusion_reading(matrix: RelationshipMatrix, wallets: SegmentWallets) -> Reading:
    """``concentrated``, ``plain``, ``tied`` or ``no_growth``, with what may be spent on growth."""
    found = matrix_reading(matrix)
    case = "concentrated" if found["case"] in ("concentrated", "one") else found["case"]
    share = float(wallets.frame["revenue"].sum() / wallets.frame["wallet"].sum())
    ceilings = {"ceiling": float(matrix.summary["ceiling"]["grow"]), "all": float(matrix.summary["ceiling"].sum())}
    return {**found, "case": case, "wallet": share, **ceilings}


def tail(matrix: RelationshipMatrix, touched: int) -> str:
    """``none``, ``exempt`` or ``plain``: what the advice says of the accounts to phase out."""
    if not matrix.counts[QUADRANTS[3]]:
        return "none"
    return "exempt" if touched else "plain"
