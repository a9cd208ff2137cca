"""Which column of a file holds the customer, the date, the amount and the order number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from crmworkbook.errors import TransactionsError

_NAMES = {
    "customer": """
        klantnummer klantnr klantid klantcode debiteurnummer debiteurnr debiteurcode relatienummer
        customerid customernumber customerno customernr customercode custid clientid debiteur relatie klant
        customer client
    """,
    "date": """
        datum factuurdatum orderdatum besteldatum verkoopdatum date orderdate invoicedate purchasedate
        transactiondate
    """,
    "amount": """
        bedrag factuurbedrag orderbedrag nettobedrag bedragexclbtw omzet omzetexclbtw amount netamount
        revenue total totaal dollarvalue
    """,
    "order": """
        ordernummer ordernr bestelnummer bestelnr orderid ordernumber orderno order factuurnummer
        factuurnr invoicenumber invoiceno invoiceid invoice transactionid
    """,
}
ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType({role: tuple(names.split()) for role, names in _NAMES.items()})
"""Usual column names per role, in lower case without spaces and signs; an ``eur`` at the end is ignored."""


def find_columns(path: Path, names: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Column per role: as mapped in *columns*, else by its usual name.

    Raises:
        TransactionsError: a column is missing or in doubt; the message lists what there is.
    """
    found = {role: _mapped(path, names, role, name) for role, name in columns.items()}
    for role in ROLES:
        name = found.get(role) or _guessed(path, [name for name in names if name not in found.values()], role)
        if name:
            found[role] = name
    missing = [role for role in ("customer", "date", "amount") if role not in found]
    if missing:
        raise TransactionsError(
            f"{path}: no column found for {', '.join(missing)}; there are {listed(names)}. "
            f"Map it, such as columns: {{{missing[0]}: {next(filter(None, names), 'name')}}}"
        )
    taken = list(found.values())
    for name in taken:
        if list(names).count(name) > 1 or taken.count(name) > 1:
            raise TransactionsError(
                f"{path}: column {name!r} stands there twice or is used twice; name one column per role"
            )
    return {role: found[role] for role in ROLES if role in found}


def listed(names: Iterable[str]) -> str:
    """Names for a message, cut where a file has very many or very long ones."""
    filled = [name[:40] for name in names if name]
    return ", ".join(filled[:20]) + (" …" if len(filled) > 20 else "") if filled else "none"


def _mapped(path: Path, names: Sequence[str], role: str, wanted: str) -> str:
    if role not in ROLES:
        raise TransactionsError(f"columns: {role} is no role; map {', '.join(ROLES)} to column names")
    for name in names:
        if name.strip().casefold() == wanted.strip().casefold():
            return name
    raise TransactionsError(f"{path}: no column {wanted!r} for {role}; there are {listed(names)}. Map one of these")


def _guessed(path: Path, names: Sequence[str], role: str) -> str | None:
    known = ROLES[role]
    matches = [(known.index(key), name) for name in names for key in _keys(name) if key in known]
    if len(matches) > 1 and role in ("date", "amount"):
        several = listed(name for _, name in matches)
        raise TransactionsError(f"{path}: {several} could each be the {role}; map one, such as columns: {{{role}: …}}")
    return min(matches)[1] if matches else None


def _keys(name: str) -> set[str]:
    """A column name as it may stand in :data:`ROLES`: without signs, and without the currency behind."""
    letters = re.sub(r"[\W_]", "", name.casefold())
    return {letters, re.sub(r"euro?$", "", letters)}
