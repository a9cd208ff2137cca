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
HEADINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {role: (*ROLES[role], *_SECOND_CHOICE.get(role, ())) for role in (*REQUIRED, "order")}
)
"""The names by which the heading of a file of orders is known."""
_COUNTED = ("aantal", "hoeveelheid", "quantity", "qty", "stuks", "units")
_PRICES = ("prijs", "stuksprijs", "verkoopprijs", "price", "unitprice", "eenheidsprijs")
_BOOKED = ("debet", "debit", "credit", "af", "bij")
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
        free = [name for name in names if name not in found.values()]
        raise TransactionsError(
            f"{place}: no column found for {', '.join(missing)}; there are {listed(names)}{_hint(missing, free)}"
        )
    taken = list(found.values())
    for name in taken:
        if list(names).count(name) > 1:
            raise TransactionsError(f"{place}: column {name!r} stands there twice; give one of the two another name")
        if taken.count(name) > 1:
            raise TransactionsError(f"{place}: column {name!r} of the source is used twice; name one column per role")
    return {role: found[role] for role in ROLES if role in found}


def heading_of(rows: Sequence[Sequence[str]], columns: Mapping[str, str], usual: Mapping[str, Iterable[str]]) -> int:
    """Which of the first rows is the heading: that with most roles, and of those the first.

    A title, a period or a logo may stand above it; where no row names any column, it is the first.

    Args:
        rows: The first rows.
        columns: Role to column name, as mapped.
        usual: Names by which a role is known.
    """
    wanted = {_bare(name) for name in columns.values()}

    def roles(row: Sequence[str]) -> int:
        keys = set().union(*map(_keys, row))
        return sum(not keys.isdisjoint(known) for known in usual.values()) + len(wanted & keys)

    scores = [roles(row) for row in rows]
    return scores.index(max(scores))


def listed(names: Iterable[str]) -> str:
    """Names for a message, cut where a file has very many or very long ones."""
    filled = [_visible(name[:40]) for name in names if name]
    if any(map(looks_like_data, filled)):  # a message quotes no rows
        return f"{len(filled)} cells that look like data"
    return ", ".join(filled[:20]) + (" …" if len(filled) > 20 else "") if filled else "none"


def _visible(name: str) -> str:
    """Without signs that do something to a screen instead of standing on it."""
    return "".join(sign if sign.isprintable() else "�" for sign in name)


def _hint(missing: Sequence[str], names: Sequence[str]) -> str:
    """What to do about columns that are not found, where *names* are the columns without a role."""
    filled = [name for name in names if name]
    if len(filled) == 1 and len(missing) > 1 and len(re.findall(r"[\w)\]]\W+[\w(\[]", filled[0])) >= len(missing) - 1:
        return ". Everything stands in one column; part it by semicolons, or give one column to each in a spreadsheet"
    if any(map(looks_like_data, filled)):
        return "; put a row with the names of the columns above the others"
    counted, priced = ([name for name in names if not _keys(name).isdisjoint(known)] for known in (_COUNTED, _PRICES))
    if missing == ["amount"] and counted and priced:
        return f". Add a column that holds {counted[0]} × {priced[0]} to the export, with amount as its heading"
    booked = [name for name in names if not _keys(name).isdisjoint(_BOOKED)]
    if missing == ["amount"] and len(booked) > 1:
        return f". Make one column amount of {listed(booked)} in the export, with a minus before what was returned"
    example = _visible(filled[0][:40]) if filled else "name"
    return f". Map it, such as columns: {{{missing[0]}: {example}}}"


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
        if len({name for _, name in matches}) == 1:
            raise TransactionsError(
                f"{place}: column {matches[0][1]!r} stands there twice; give one of the two another name"
            )
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
