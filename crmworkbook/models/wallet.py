"""Share of wallet, and what customers would be worth at a larger share of it.

The wallet is all that a customer spends on a category in a period, with us and with others; share of wallet is our
part of it (Kumar and Reinartz 2012). The potential value is the value at a target share of the wallet, never below
the current value and never above the whole wallet. Where nobody knows the wallet, the rank that a customer gives us
among its suppliers estimates the share (Keiningham and others 2011); rivals of the authors have disputed how well.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.working import Quantity, Working

RULE = "keiningham_2011"
ESTIMATED, FROM_RANK = "estimated", "from_rank"  # how a wallet is known, where it is not simply known


def share_of_wallet(own: float, wallet: float) -> float:
    """Our part of what a customer spends on the category.

    Args:
        own: Spent with us, euro per period.
        wallet: Spent with us and others, euro per the same period.

    Raises:
        ValueError: no wallet, a negative amount, or more spent with us than in all.
    """
    if not wallet > 0 or not 0 <= own <= wallet:
        raise ValueError(f"own spending {own:g} must lie between 0 and the wallet {wallet:g}, which is above 0")
    return own / wallet


def wallet_allocation_share(rank: int, suppliers: int) -> float:
    """Share of wallet from the rank a customer gives us: (1 − rank / (n + 1)) × 2 / n.

    Args:
        rank: 1 for the supplier preferred above the others; the mean for a tie.
        suppliers: Suppliers used, ourselves included.

    Returns:
        Share; over all ranks of one customer they add up to 1 (Keiningham and others 2011).

    Raises:
        ValueError: fewer than one supplier, or a rank beyond their number.
    """
    return allocation_working(rank, suppliers).result.value


def allocation_working(rank: float, suppliers: float) -> Working:
    """The sum of :func:`wallet_allocation_share`."""
    if suppliers < 1 or not 1 <= rank <= suppliers:
        raise ValueError(f"rank {rank:g} of {suppliers:g} suppliers does not exist")
    values = {"rank": Quantity(float(rank), "count"), "n": Quantity(float(suppliers), "count")}
    formula = "(1 − rank / (n + 1)) × 2 / n"
    return Working.compute("wallet.allocation", formula, values, "share", RULE, subject=f"{rank:g} / {suppliers:g}")


@dataclass(frozen=True)
class PotentialValue:
    """What a customer is worth now and at a target share of its wallet, before cost to serve.

    Attributes:
        current: Value at today's spending, euro.
        level: Value at the target share; never below current, euro.
        growth: level − current, euro.
        share: Share of wallet now.
        workings: The sums.
    """

    current: float
    level: float
    growth: float
    share: float
    workings: tuple[Working, ...]


def potential_value(own: float, wallet: float, margin: float, multiple: float, target_share: float) -> PotentialValue:
    """Current and potential value of one customer: multiple × margin × spending.

    Args:
        own: Spent with us, euro per period.
        wallet: Spent in all, euro per period.
        margin: Contribution as a share of spending.
        multiple: Periods of contribution that a customer is worth; see ``lifetime_value.margin_multiple``.
        target_share: Share of wallet within reach; above 1 counts as 1.

    Raises:
        ValueError: as for :func:`share_of_wallet`.
    """
    values = {
        "multiple": Quantity(multiple),
        "margin": Quantity(margin, "share"),
        "target": Quantity(min(target_share, 1.0), "share"),
        "wallet": Quantity(wallet, "money"),
        "own": Quantity(own, "money"),
    }
    share = share_of_wallet(own, wallet)
    formula = "multiple × margin × max(target × wallet, own)"
    level = Working.compute("wallet.level", formula, values, "money", "article_crm_in_practice")
    spent = {name: values[name] for name in ("multiple", "margin", "own")}
    current = Working.compute("wallet.current", "multiple × margin × own", spent, "money", "article_crm_in_practice")
    reached = max(level.result.value, current.result.value)
    return PotentialValue(current.result.value, reached, reached - current.result.value, share, (current, level))


def fill_wallets(customers: pd.DataFrame, targets: pd.DataFrame, ranks: pd.DataFrame | None = None) -> pd.DataFrame:
    """Each customer with its wallet and how that is known; who has no segment belongs to the only one, if there is one.

    Args:
        customers: Columns customer, segment, revenue, wallet (euro per period; may be empty).
        targets: Columns segment, wallet_method (how the wallets of that segment came about).
        ranks: Columns customer, rank, suppliers; fills a wallet that is empty. None without ranks.

    Returns:
        *customers* with the columns wallet and method (``known``, ``estimated``, ``from_rank``; None without wallet).
    """
    table = customers.copy()
    if len(targets) == 1:
        table["segment"] = table["segment"].fillna(targets["segment"].iloc[0])
    table["method"] = table["segment"].map(targets.set_index("segment")["wallet_method"])
    if ranks is not None and len(ranks):
        valid = ranks[(ranks["rank"] <= ranks["suppliers"]) & (ranks["rank"] >= 1)]
        shares = [wallet_allocation_share(r, n) for r, n in zip(valid["rank"], valid["suppliers"], strict=True)]
        share = table["customer"].map(pd.Series(shares, index=valid["customer"], dtype=float))
        used = table["wallet"].isna() & share.notna() & (table["revenue"] > 0)
        table.loc[used, "wallet"] = table["revenue"] / share
        table.loc[used, "method"] = FROM_RANK
    table["method"] = table["method"].astype(object).where(table["wallet"].notna(), None)
    return table


@dataclass(frozen=True)
class RankCheck:
    """How the rule from ranks compares with wallets that are known or estimated otherwise.

    Attributes:
        customers: With both, count.
        by_wallet, by_rule: Mean share of wallet of those customers.
        gap: Mean absolute difference, share.
        workings: The rule for each rank that occurs.
    """

    customers: int
    by_wallet: float
    by_rule: float
    gap: float
    workings: tuple[Working, ...]


def rank_check(customers: pd.DataFrame, ranks: pd.DataFrame) -> RankCheck | None:
    """Compare shares from ranks with shares from wallets; None when no customer has both.

    Args:
        customers: Columns customer, revenue, wallet as the client gave them.
        ranks: Columns customer, rank, suppliers.
    """
    both = ranks[ranks["rank"] <= ranks["suppliers"]].merge(customers[customers["wallet"] > 0], on="customer")
    both = both.dropna(subset=["revenue"])
    if both.empty:
        return None
    pairs = both[["rank", "suppliers"]].drop_duplicates().sort_values(["suppliers", "rank"])
    workings = tuple(allocation_working(rank, suppliers) for rank, suppliers in pairs.itertuples(index=False))
    rule = pd.Series([wallet_allocation_share(r, n) for r, n in zip(both["rank"], both["suppliers"], strict=True)])
    given = both["revenue"].reset_index(drop=True) / both["wallet"].reset_index(drop=True)
    return RankCheck(len(both), float(given.mean()), float(rule.mean()), float((given - rule).abs().mean()), workings)


@dataclass(frozen=True)
class SegmentWallets:
    """Share of wallet and growth per segment, as a whole.

    Attributes:
        frame: Indexed by segment: customers (count), revenue and wallet (euro per period), share, target_share,
            current (euro, present value), growth (euro; negative where the target is below today's share), level
            (euro, current + growth), method (the commonest; None when unknown).
        workings: Share and growth per segment.
    """

    frame: pd.DataFrame
    workings: tuple[Working, ...]


def segment_wallets(customers: pd.DataFrame, multiples: pd.Series, targets: pd.DataFrame) -> SegmentWallets:
    """Share of wallet now and the value of growing to the target share, segment by segment.

    Customers above the target share count against those below it, so a segment's growth is smaller than the growth
    of its customers one by one.

    Args:
        customers: Columns segment, revenue, contribution, wallet, method, current (euro; see
            ``relationship_matrix.customer_values``); rows without revenue or wallet are left out.
        multiples: Segment to periods of contribution that a customer is worth.
        targets: Columns segment, target_share.
    """
    known = customers.dropna(subset=["segment", "revenue", "wallet", "current"])
    grouped = known.groupby("segment", sort=False)
    frame = grouped[["revenue", "contribution", "wallet", "current"]].sum()
    frame = frame[(frame["wallet"] > 0) & (frame["revenue"] > 0)]
    frame.insert(0, "customers", grouped.size().reindex(frame.index))
    frame["share"] = frame["revenue"] / frame["wallet"]
    frame["target_share"] = (
        targets.set_index("segment")["target_share"].astype(float).clip(upper=1).reindex(frame.index)
    )
    frame["method"] = grouped["method"].agg(_commonest).reindex(frame.index).astype(object)
    frame = frame.dropna(subset=["target_share"])
    frame = frame.loc[[segment for segment in targets["segment"] if segment in frame.index]]
    workings: list[Working] = []
    growth = []
    for segment, row in frame.iterrows():
        amounts = {name: Quantity(float(row[name]), "money") for name in ("contribution", "revenue", "wallet")}
        share = {"own": amounts["revenue"], "wallet": amounts["wallet"]}
        workings.append(
            Working.compute("wallet.share", "own / wallet", share, "share", "kumar_reinartz_2012", subject=str(segment))
        )
        values = {
            "multiple": Quantity(float(multiples[str(segment)])),
            "contribution": amounts["contribution"],
            "own": amounts["revenue"],
            "target": Quantity(float(row["target_share"]), "share"),
            "wallet": amounts["wallet"],
        }
        formula = "multiple × contribution / own × (target × wallet − own)"
        source = "article_crm_in_practice"
        workings.append(Working.compute("wallet.growth", formula, values, "money", source, subject=str(segment)))
        growth.append(workings[-1].result.value)
    frame["growth"] = growth
    frame["level"] = frame["current"] + frame["growth"]
    columns = ["customers", "revenue", "wallet", "share", "target_share", "current", "growth", "level", "method"]
    return SegmentWallets(frame[columns].rename_axis("segment"), tuple(workings))


def _commonest(methods: pd.Series) -> str | None:
    counted = methods.dropna().value_counts()
    return str(counted.index[0]) if len(counted) else None


def offering_shares(cube: pd.DataFrame, wallets: pd.DataFrame) -> pd.DataFrame:
    """Share of wallet per offering, for the segments whose spending on it is known.

    Args:
        cube: Columns segment, offering, revenue (euro per period).
        wallets: Columns segment, offering, wallet (euro per period, all customers of the segment together).

    Returns:
        One row per offering, largest room first: offering, revenue, wallet (euro per period), share, room (euro,
        wallet − revenue), widest (segment with most room), below (segments where revenue is above the wallet,
        count).
    """
    own = cube.groupby(["segment", "offering"])["revenue"].sum()
    known = wallets[wallets["wallet"] > 0].set_index(["segment", "offering"])["wallet"].to_frame()
    known["revenue"] = own.reindex(known.index).fillna(0.0)
    known["room"] = known["wallet"] - known["revenue"]
    rows = []
    for offering, part in known.groupby(level="offering", sort=False):
        revenue, wallet = float(part["revenue"].sum()), float(part["wallet"].sum())
        widest = str(part["room"].idxmax()[0])  # type: ignore[index]
        below = int((part["room"] < -0.005 * part["wallet"]).sum())
        rows.append((str(offering), revenue, wallet, revenue / wallet, wallet - revenue, widest, below))
    columns = ["offering", "revenue", "wallet", "share", "room", "widest", "below"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("room", ascending=False, kind="stable", ignore_index=True)
