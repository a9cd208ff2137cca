"""Who scores or votes: a role, layer or department, which tables may hold in one language or in both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmworkbook.client import said
from crmworkbook.errors import FieldError
from crmworkbook.privacy import is_personal
from crmworkbook.text import Language, Text, clean, labels

Row = Mapping[str, Any]
Words = str | Text


def fault(key: str, **values: object) -> FieldError:
    """An error with words of the group ``meeting``."""
    return FieldError("field", words(key, **values))


def words(key: str, **values: object) -> Text:
    """Words of the group ``meeting`` in both languages, with their places filled; values stay data."""
    known: Text = labels()["meeting"][key]
    filled = {language: known[language] for language in ("nl", "en")}
    for language, text in filled.items():
        parts = text.split("{")
        for at, part in enumerate(parts[1:], start=1):
            name, _, rest = part.partition("}")
            value = values[name]
            parts[at] = (value[language] if isinstance(value, Text) else str(value)) + rest  # type: ignore[index]
        filled[language] = "".join(parts)
    return Text(**filled)


def is_called(known: Words | None, name: str) -> bool:
    """Whether *name* is what *known* is called, in either language and whatever the capitals."""
    called = (known.nl, known.en) if isinstance(known, Text) else (known or "",)
    return clean(name).casefold() in {clean(each).casefold() for each in called}


def known_as(name: str, known: Iterable[Words | None]) -> Words | None:
    """The first of *known* that is called *name*; None when it is new."""
    return next((each for each in known if is_called(each, name)), None)


def person(typed: str, rows: Sequence[Row]) -> Words:
    """Whom somebody means, as the tables write it.

    Raises:
        FieldError: nothing was typed, or an address or number of somebody.
    """
    name = clean(str(typed))
    if not name:
        raise fault("say_who")
    if is_personal(name):
        raise fault("no_address")
    return known_as(name, (row.get("who") for row in rows)) or name


def people(rows: Iterable[Row], language: Language) -> list[str]:
    """Everybody in *rows* by name, each once."""
    return list(dict.fromkeys(said(row["who"], language) for row in rows if row.get("who")))
