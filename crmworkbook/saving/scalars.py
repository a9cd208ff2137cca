"""Plain data written as YAML, as a person would type it: words without quotes where they need none.

Everything here is written so that it reads back as it was; text is data, whatever it looks like.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import yaml

from crmworkbook.yaml_file import SCALARS, compose, content

_WIDTH = 110
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class _Dumper(yaml.SafeDumper):
    """Quotes what any version of YAML could take for something else than text."""

    def analyze_scalar(self, scalar: str) -> Any:
        """Never YAML's own block styles: those are written here, with the indentation of the place."""
        found = super().analyze_scalar(scalar)
        found.allow_block = False
        return found


for _name, _pattern, _first in SCALARS:
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), list(_first))


def flow(value: Any) -> str:
    """*value* on one line, as it can stand within ``{}`` and ``[]``."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{word(str(key), inside=True)}: {flow(given)}" for key, given in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(flow, value)) + "]"
    return word(value, inside=True) if isinstance(value, str) else _plain(value) or "null"


def block(value: Any, indent: int, style: str | None = None, rows_in_flow: bool | None = None) -> tuple[str, list[str]]:
    """*value* as it stands behind ``key:``: the rest of that line, and the lines below it.

    Args:
        value: Plain data.
        indent: Column of the lines below.
        style: How the text that it replaces was written: ``|``, ``>``, ``'``, ``"`` or nothing.
        rows_in_flow: Rows of a table on one line each; None lets their length decide.
    """
    if isinstance(value, str):
        return _text(value, indent, style)
    if isinstance(value, Mapping):
        if not value or _is_short_pair(value):
            return flow(value), []
        return "", [line for key, given in value.items() for line in entry(str(key), given, indent)]
    if isinstance(value, Sequence):
        if not value or not all(isinstance(row, Mapping) for row in value):
            return flow(value), []
        return "", [line for given in value for line in row(given, indent, rows_in_flow)]
    return _plain(value), []


def entry(key: str, value: Any, indent: int) -> list[str]:
    """The lines of one ``key: value`` at column *indent*."""
    first, lines = block(value, indent + 2)
    return [f"{' ' * indent}{word(key)}:{first and ' ' + first}", *lines]


def row(value: Mapping[str, Any], indent: int, in_flow: bool | None = None) -> list[str]:
    """The lines of one ``- row`` of a table at column *indent*."""
    line = f"{' ' * indent}- {flow(value)}"
    broken = any("\n" in part for given in value.values() for part in _texts(given))
    if not broken and (len(line) <= _WIDTH if in_flow is None else in_flow):
        return [line]
    lines = [line for key, given in value.items() for line in entry(key, given, indent + 2)]
    return [f"{' ' * indent}- {lines[0].lstrip()}", *lines[1:]]


def word(text: str, inside: bool = False, style: str | None = None) -> str:
    """A text on one line: as it is where that reads back as the same text, else in quotes."""
    if "\n" in text or style == '"':
        return _dump(text, style='"')
    if _DAY.fullmatch(text):
        return text
    return _dump([text] if inside else {"k": text}, style="'" if style == "'" else None, inside=inside)


def _dump(value: Any, style: str | None, inside: bool = False) -> str:
    how: Any = {"allow_unicode": True, "width": 2**31, "default_flow_style": inside, "default_style": style}
    dumped = str(yaml.dump(value, Dumper=_Dumper, **how)).rstrip("\n")
    if isinstance(value, str):
        return dumped.removesuffix("\n...")
    return dumped[1:-1] if inside else re.sub(r"""\A["']?k["']?: """, "", dumped)


def _text(text: str, indent: int, style: str | None) -> tuple[str, list[str]]:
    """A text in the style that it had, or as a block when it has several lines."""
    if style in ("|", ">") or "\n" in text:
        for header, lines in ((">-", _folded(text, indent)), ("|-", text.split("\n"))):
            if header == "|-" or style == ">":
                placed = [f"{' ' * indent}{line}" if line else "" for line in lines]
                if _reads_back(header, placed, text):
                    return header, placed
    return word(text, style=style), []


def _folded(text: str, indent: int) -> list[str]:
    wrap = textwrap.TextWrapper(max(_WIDTH - indent, 40), break_long_words=False, break_on_hyphens=False)
    return "\n\n".join("\n".join(wrap.wrap(line)) for line in text.split("\n")).split("\n")


def _reads_back(header: str, lines: list[str], text: str) -> bool:
    try:
        return bool(content(compose("\n".join([f"k: {header}", *lines, ""]))) == {"k": text})
    except (yaml.YAMLError, TypeError):
        return False


def _plain(value: float | date | bool | None) -> str:
    """A number, date, truth or nothing; never 1e+06, which other programs read as a word."""
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    if isinstance(value, date):
        return value.isoformat()[:10]
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    shown = repr(float(value))
    return shown if "e" not in shown or "." in shown else shown.replace("e", ".0e")


def _is_short_pair(value: Mapping[str, Any]) -> bool:
    """Words in two languages that fit on one line."""
    return set(value) == {"nl", "en"} and not any("\n" in part for part in _texts(value)) and len(flow(value)) <= _WIDTH


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in _texts(part)]
    return [value] if isinstance(value, str) else []
