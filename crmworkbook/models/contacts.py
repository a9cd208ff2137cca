"""Who meets whom at the customer, who stands for us there, and which channel gains weight.

Contact is scored from 0 (none) to 3 (they know and trust each other); from 2 up it is regular.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.working import Quantity, Working

REGULAR = 2  # a score from here up is a thread that holds
STRONGEST = 3


@dataclass(frozen=True)
class ContactMatrix:
    """Own roles against the customer's roles: team selling against team buying.

    Attributes:
        matrix: Own roles (rows) × customer roles (columns), scores from 0 to 3, NaN where nobody gave one; both in the
            order of the table.
        threads: Customer role to how many of our roles meet it regularly.
        uncovered: Customer roles that none of our roles meets regularly.
        single: Customer role to the only own role that meets it regularly: when that contact goes, the thread
            breaks.
        coverage: Share of the customer's roles with regular contact.
        working: The sum of the coverage.
    """

    matrix: pd.DataFrame
    threads: pd.Series
    uncovered: tuple[str, ...]
    single: dict[str, str]
    coverage: float
    working: Working


def contact_matrix(contacts: pd.DataFrame) -> ContactMatrix:
    """Coverage of the customer's roles, and where contact hangs by a single thread.

    Args:
        contacts: ``own_role, customer_role`` (words), ``strength`` (0 to 3). A pair that is not there was not scored
            and does not count as contact.

    Raises:
        ValueError: no rows, or a score outside 0 to 3.
    """
    scores = contacts["strength"].astype(float)
    if contacts.empty or not scores.between(0, STRONGEST).all():
        raise ValueError(f"each pair of roles needs a score from 0 to {STRONGEST}")
    matrix = contacts.assign(strength=scores).pivot_table(
        index="own_role", columns="customer_role", values="strength", aggfunc="max", sort=False
    )
    matrix = matrix.reindex(columns=list(dict.fromkeys(contacts["customer_role"])))
    regular = matrix >= REGULAR
    threads = regular.sum()
    single = {str(role): str(regular.index[regular[role]][0]) for role in matrix.columns if threads[role] == 1}
    values = {
        "covered": Quantity(float((threads > 0).sum()), "count"),
        "roles": Quantity(float(len(threads)), "count"),
    }
    working = Working.compute("contacts.coverage", "covered / roles", values, "share", "article_crm_model")
    return ContactMatrix(
        matrix=matrix,
        threads=threads,
        uncovered=tuple(str(role) for role in matrix.columns if threads[role] == 0),
        single=single,
        coverage=working.result.value,
        working=working,
    )


def partner_norms(partners: pd.DataFrame) -> pd.DataFrame:
    """Partners by role: how many, how many with norms agreed, and how many of each stayed.

    Args:
        partners: ``role``, ``norms_agreed`` and ``kept`` (truth values; kept may be missing).

    Returns:
        ``role, partners, agreed, kept``, and ``kept_agreed`` and ``kept_without`` (partners that stayed, with and
        without agreed norms); counts, because shares of a handful of partners mean little. A count of partners that
        stayed is empty where that is not known of each.
    """
    frame = partners.assign(agreed=partners["norms_agreed"].astype(float), partners=1.0)
    frame["kept"] = pd.to_numeric(frame["kept"]).astype(float)
    frame["kept_agreed"] = frame["kept"] * frame["agreed"]
    frame["kept_without"] = frame["kept"] * (1 - frame["agreed"])
    columns = ["partners", "agreed", "kept", "kept_agreed", "kept_without"]
    groups = frame.groupby("role", sort=False)
    whole = groups[columns].sum(min_count=1)
    known = groups["kept"].count() == groups["kept"].size()
    for column in ("kept", "kept_agreed", "kept_without"):
        whole[column] = whole[column].where(known)
    return whole.reset_index()


def channel_shift(revenue: pd.Series, expected: pd.Series) -> pd.DataFrame:
    """Each channel's share of revenue now and later.

    Args:
        revenue: Channel to revenue per period now, euro.
        expected: Channel to revenue per period later, euro.

    Returns:
        ``channel, now, expected`` (euro), ``share_now, share_expected`` and ``change`` (difference of the shares), for
        the channels of *expected*; no rows when a revenue is missing or a total is not above zero.
    """
    frame = pd.DataFrame({"expected": expected.astype(float)})
    frame["now"] = revenue.astype(float).reindex(frame.index)
    frame = frame.rename_axis("channel").reset_index()[["channel", "now", "expected"]]
    whole = frame[["now", "expected"]].sum(skipna=False)
    if not (whole > 0).all():
        frame = frame.iloc[:0]
    for column in ("now", "expected"):
        frame[f"share_{column}"] = frame[column] / whole[column]
    frame["change"] = frame["share_expected"] - frame["share_now"]
    return frame
