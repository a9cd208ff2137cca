"""What is wrong with a value, in the words of a form and in both languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from crmworkbook import disk
from crmworkbook.errors import ClientFileError, Fault, FieldError, SaveError
from crmworkbook.text import Text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Text], ...]:
    found = []
    for entry in disk.words()["faults"]:
        parts = re.split(r"\{(\w+)\}", entry["match"])
        pattern = "".join(f"(?P<{part}>.*)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
        found.append((re.compile(pattern, re.DOTALL), Text(nl=entry["nl"], en=entry["en"])))
    return tuple(found)


def in_words(wrong: str) -> Text:
    """A fault of the client file as a form says it; as it is when nobody wrote words for it."""
    for pattern, words in _patterns():
        if found := pattern.fullmatch(wrong):
            places = {name: _shown(value) for name, value in found.groupdict().items()}
            return disk.filled(words, places)
    return Text(nl=f"Dit past hier niet: {wrong}.", en=f"This does not fit here: {wrong}.")


def _shown(value: str) -> str | Text:
    """What was typed, short and without quotes around it; a number as each language writes it."""
    value = value[1:-1] if value[:1] == value[-1:] == "'" else value
    value = value if len(value) <= 60 else f"{value[:57]}…"
    return Text(nl=value.replace(".", ","), en=value) if re.fullmatch(r"-?\d+\.\d+", value) else value or "–"


def field_error(faults: Sequence[Fault] | str, mine: object) -> FieldError:
    """The error for beside the field; the first of several faults speaks."""
    if isinstance(faults, str):
        return FieldError("field", in_words(faults), mine=mine)
    return FieldError("field", in_words(faults[0].wrong), mine=mine, fault=faults[0])


def broken(error: ClientFileError) -> SaveError:
    """The client file, or a table, was changed by hand and cannot be read."""
    fault = error.faults[0]
    line = {"nl": f"regel {fault.line}, ", "en": f"line {fault.line}, "} if fault.line else {"nl": "", "en": ""}
    where = Text(nl=f"{line['nl']}{fault.wrong}", en=f"{line['en']}{fault.wrong}")
    return SaveError("broken", disk.message("broken", file=fault.file, where=where), fault=fault)
