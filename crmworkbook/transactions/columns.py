"""Which column of a file holds what: the customer, the date, the amount, and what else there may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from crmworkbook.errors import TransactionsError
from crmworkbook.privacy import looks_like_data

_NAMES = {
    "customer": """
        klantnummer klantnr klantid klantcode debiteurnummer debiteurnr debiteurcode debiteurid relatienummer relatienr
        relatieid relatiecode customerid customernumber customerno customernr customercode custid custno clientid
        clientnumber accountnumber accountid debiteur relatie klant customer client klantnaam debiteurnaam relatienaam
        customername clientname customeremail email emailadres emailaddress
    """,
    "date": """
        datum factuurdatum orderdatum besteldatum verkoopdatum aankoopdatum transactiedatum datumtijd orderdatumtijd
        date orderdate invoicedate purchasedate transactiondate saledate salesdate datetime orderdatetime
    """,
    "amount": """
        bedrag factuurbedrag orderbedrag nettobedrag bedragexclbtw bedragexcl regelbedrag totaalbedrag verkoopbedrag
        omzet omzetexclbtw nettoomzet amount netamount amountexclvat lineamount totalamount orderamount salesamount
        invoiceamount revenue netrevenue total totaal ordertotaal ordertotal linetotal totaalexclbtw totalexclvat
        orderwaarde ordervalue dollarvalue
    """,
    "order": """
        ordernummer ordernr orderid bestelnummer bestelnr ordernumber orderno order factuurnummer factuurnr
        invoicenumber invoiceno invoicenr invoiceid invoice factuur bestelling transactienummer transactieid
        transactionid bonnummer receiptnumber receiptno documentnummer documentnumber documentno
    """,
    "product": """
        productcode productid productnummer productnr productnumber artikelnummer artikelnr artikelcode artikelid
        articlenumber articlecode sku stockcode itemnumber itemno itemcode itemid product artikel article item
        productnaam productname artikelomschrijving productomschrijving productdescription omschrijving description
    """,
    "channel": """
        kanaal verkoopkanaal bestelkanaal orderkanaal channel saleschannel orderchannel
    """,
    "cost": """
        kostprijswaarde kostprijsbedrag kostprijstotaal kostenbedrag inkoopwaarde inkoopbedrag costamount totalcost
        linecost cogs costofgoodssold costofgoods kostprijs inkoopprijs cost
    """,
    "margin": """
        margebedrag marge brutomargebedrag brutomarge brutowinst marginamount margin grossmargin grossprofit
        contributie contribution
    """,
    "currency": """
        valuta valutacode muntsoort munteenheid munt currency currencycode
    """,
}
ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType({role: tuple(names.split()) for role, names in _NAMES.items()})
"""Usual column names per role, in lower case without spaces and signs; an ``eur`` at the end is ignored."""

REQUIRED = ("customer", "date", "amount")
_SECOND_CHOICE = {  # counted only where no usual name is found
    "date": ("boekdatum", "documentdatum", "createdat", "created", "bookingdate", "postingdate", "documentdate", "day"),
    "amount": ("netto", "subtotaal", "subtotal", "sales", "waarde", "value", "turnover"),
}
_COUNTED = ("aantal", "hoeveelheid", "quantity", "qty", "stuks", "units")
_PRICES = ("prijs", "stuksprijs", "verkoopprijs", "price", "unitprice", "eenheidsprijs")
_PER_PIECE = ("kostprijs", "inkoopprijs", "cost")  # of one piece where there is a number of pieces


def find_columns(place: object, names: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Column per role: as mapped in *columns*, else by its usual name.

    Args:
        place: File or query, for messages.
        names: Columns of the source.
        columns: Role to column name.

    Raises:
        TransactionsError: a column is missing or in doubt; the message lists what there is.
    """
    found = {role: _mapped(place, names, role, name) for role, name in columns.items()}
    for role in ROLES:
        name = found.get(role) or _guessed(place, [name for name in names if name not in found.values()], role)
        if name:
            found[role] = name
    missing = [role for role in REQUIRED if role not in found]
    if missing:
        raise TransactionsError(
            f"{place}: no column found for {', '.join(missing)}; there are {listed(names)}. {_hint(missing, names)}"
        )
    taken = list(found.values())
    for name in taken:
        if list(names).count(name) > 1 or taken.count(name) > 1:
            raise TransactionsError(
                f"{place}: column {name!r} stands there twice or is used twice; name one column per role"
            )
    return {role: found[role] for role in ROLES if role in found}


def heading_of(rows: Sequence[Sequence[str]], columns: Mapping[str, str]) -> int:
    """Which of the first rows is the heading: that with most roles, and of those the first.

    A title, a period or a logo may stand above it; where no row names any column, it is the first.
    """
    wanted = {_bare(name) for name in columns.values()}
    usual = {role: {*ROLES[role], *_SECOND_CHOICE.get(role, ())} for role in (*REQUIRED, "order")}

    def roles(row: Sequence[str]) -> int:
        keys = set().union(*map(_keys, row))
        return sum(not keys.isdisjoint(known) for known in usual.values()) + len(wanted & keys)

    scores = [roles(row) for row in rows]
    return scores.index(max(scores))


def listed(names: Iterable[str]) -> str:
    """Names for a message, cut where a file has very many or very long ones."""
    filled = [name[:40] for name in names if name]
    if any(map(looks_like_data, filled)):  # a message quotes no rows
        return f"{len(filled)} cells that look like data; is the row with the names of the columns missing?"
    return ", ".join(filled[:20]) + (" …" if len(filled) > 20 else "") if filled else "none"


def _hint(missing: Sequence[str], names: Sequence[str]) -> str:
    counted, priced = ([name for name in names if not _keys(name).isdisjoint(known)] for known in (_COUNTED, _PRICES))
    if missing == ["amount"] and counted and priced:
        return f"Add a column that holds {counted[0]} × {priced[0]} to the export, with amount as its heading"
    example = next((name for name in names if name and not looks_like_data(name)), "name")
    return f"Map it, such as columns: {{{missing[0]}: {example}}}"


def _mapped(place: object, names: Sequence[str], role: str, wanted: str) -> str:
    if role not in ROLES:
        raise TransactionsError(f"columns: {role} is no role; map {', '.join(ROLES)} to column names")
    for name in names:
        if name.strip().casefold() == wanted.strip().casefold():
            return name
    raise TransactionsError(f"{place}: no column {wanted!r} for {role}; there are {listed(names)}. Map one of these")


def _guessed(place: object, names: Sequence[str], role: str) -> str | None:
    known = ROLES[role]
    if role == "cost" and any(not _keys(name).isdisjoint(_COUNTED) for name in names):
        known = tuple(name for name in known if name not in _PER_PIECE)
    matches = _matches(names, known) or _matches(names, _SECOND_CHOICE.get(role, ()))
    if len(matches) > 1 and role in ("date", "amount"):
        several = listed(name for _, name in matches)
        raise TransactionsError(f"{place}: {several} could each be the {role}; map one, such as columns: {{{role}: …}}")
    if role not in (*REQUIRED, "order"):
        matches = [match for match in matches if list(names).count(match[1]) == 1]
    return min(matches)[1] if matches else None


def _matches(names: Sequence[str], known: Sequence[str]) -> list[tuple[int, str]]:
    return [(known.index(key), name) for name in names if "%" not in name for key in _keys(name) if key in known]


def _keys(name: str) -> set[str]:
    """A column name as it may stand in :data:`ROLES`: without signs, and without the currency behind."""
    letters = _bare(name)
    return {letters, re.sub(r"euro?$", "", letters)} - {""}


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name[:200].casefold())
