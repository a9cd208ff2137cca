"""The words of the intake workbook, from ``templates/intake.yaml``."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from crmworkbook import files
from crmworkbook.client import Client
from crmworkbook.disk import filled
from crmworkbook.errors import CrmWorkbookError
from crmworkbook.text import Language, Text, as_texts, fill, label
from crmworkbook.yaml_file import read_yaml


class IntakeError(CrmWorkbookError):
    """The workbook cannot be written, or not be read back at all."""


@cache
def words() -> dict[str, Any]:
    """Everything that the workbook says, each leaf a `Text`."""
    found: dict[str, Any] = as_texts(read_yaml(files.templates() / "intake.yaml"))
    return found


def say(path: str, language: Language, **places: object) -> str:
    """One text by its path, such as ``faults.not_excel``, with its places filled; what fills them is data."""
    found: Any = words()
    for key in path.split("."):
        found = found[key]
    return filled(found, places)[language]


def spoken(text: Text | None, client: Client, language: Language) -> str:
    """Words of a chapter with the client's period in them."""
    if text is None:
        return ""
    parts = {"period": "one", "periods": "many", "the_period": "the", "per_period": "per", "counted": "counted"}
    return fill(text, language, {k: label(f"period.{client.file.period}.{v}", language) for k, v in parts.items()})


def plain(text: str) -> str:
    """An explanation without the sentences about files and keys, which a client does not see."""
    sentences = re.split(r"(?<=[.!?]) +", text)
    return " ".join(one for one in sentences if not re.search(r"[^\W\d_]_[^\W\d_]|\.(?:yaml|csv)\b", one))


def capital(text: str) -> str:
    """The same with a capital to begin with."""
    return text[:1].upper() + text[1:]
