"""Proof that a change of a YAML text changed one place and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from crmworkbook.yaml_file import compose, content

Place = Sequence[str]
MISSING: Any = object()
_ANCHOR = re.compile(r"[\s\[{,:-][&*]\w")


class OnlyByHand(Exception):
    """The place is written in a way, such as an alias, that only an editor can change."""


@dataclass(frozen=True)
class Edit:
    """Put *text* where the characters from *start* up to *end* stand."""

    start: int
    end: int
    text: str


def child(node: Node | None, key: str) -> Node | None:
    """The value of *key* in a mapping; None when it is not there."""
    if isinstance(node, MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    return None


def descend(node: Node | None, place: Place) -> Node | None:
    """The node at *place*; None when it is not there."""
    for step in place:
        node = child(node, step)
    return node


def checked(old: str, root: Node, place: Place, edits: list[Edit], value: Any) -> str:
    """The text with the edits, if it holds *value* at *place* and is otherwise the same."""
    newline = "\r\n" if "\r\n" in old else "\n"
    text = old
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text.replace("\n", newline) + text[edit.end :]
    if not edits or _good_in_itself(old, root, place, edits, text, value):
        return text
    try:
        new = compose(text)
        found = descend(new, place)
        good = (found is None) if value is MISSING else (found is not None and content(found) == value)
    except yaml.YAMLError as error:
        raise OnlyByHand(str(error)) from error
    if new is None or not good or not _same(root, new, place, set()):
        raise OnlyByHand(".".join(place))
    return text


def _good_in_itself(old: str, root: Node, place: Place, edits: list[Edit], text: str, value: Any) -> bool:
    """Whether the entries around the edits, read on their own, hold what they should.

    Whole entries of a block mapping that read well alone read the same in their place, unless anchors tie them to
    other places; so a large file need not be read again. False only means that it has to be.
    """
    parent = child(root, place[0])
    blocks = isinstance(root, MappingNode) and isinstance(parent, MappingNode) and not parent.flow_style
    if not blocks or len(place) != 2 or root.flow_style or _ANCHOR.search(old):  # type: ignore[attr-defined]
        return False
    first, last = min(edit.start for edit in edits), max(edit.end for edit in edits)
    starts = [key.start_mark.index - key.start_mark.column for key, _ in [*parent.value, *root.value]]  # type: ignore[union-attr]
    begin = max((start for start in starts if start <= first), default=None)
    end = min((start for start in starts if start > last or start == last > first), default=len(old))
    inside = [pair for pair in parent.value if begin is not None and begin <= pair[0].start_mark.index < end]  # type: ignore[union-attr]
    if begin is None or not inside:
        return False
    try:
        alone = compose(text[begin : end + len(text) - len(old)])
        expected = {str(key.value): content(node) for key, node in inside}
        there = content(alone)
    except yaml.YAMLError:
        return False
    wanted = {k: v for k, v in expected.items() if k != place[1]} | ({} if value is MISSING else {place[1]: value})
    column = parent.start_mark.column  # type: ignore[union-attr]
    return bool(there == wanted) and (alone is None or alone.start_mark.column == column)


def as_read(value: Any) -> Any:
    """What a reader makes of *value* once it is written."""
    if isinstance(value, Mapping):
        return {str(key): as_read(given) for key, given in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [as_read(given) for given in value]
    return value if value is None or isinstance(value, str | bool | int | float) else value.isoformat()[:10]


def _same(old: Node, new: Node, place: Place | None, seen: set[tuple[int, int]]) -> bool:
    """Whether two trees hold the same outside *place* (None: everywhere)."""
    if place is not None and not place:
        return True
    if (id(old), id(new)) in seen:
        return True
    seen.add((id(old), id(new)))
    if isinstance(old, ScalarNode) or isinstance(new, ScalarNode):
        made = place is not None and isinstance(old, ScalarNode) and not content(old)
        return made or (old.tag, old.value) == (new.tag, new.value)
    if isinstance(old, MappingNode) and isinstance(new, MappingNode):
        step = place[0] if place else None
        before = [pair for pair in old.value if pair[0].value != step]
        after = [pair for pair in new.value if pair[0].value != step]
        names = [key.value for key, _ in before] == [key.value for key, _ in after]
        inside = (child(old, step), child(new, step)) if step is not None else (None, None)
        within = None in inside or _same(inside[0], inside[1], place[1:] if place else None, seen)  # type: ignore[arg-type]
        return names and within and all(_same(a, b, None, seen) for (_, a), (_, b) in zip(before, after, strict=True))
    if isinstance(old, SequenceNode) and isinstance(new, SequenceNode) and len(old.value) == len(new.value):
        return all(_same(a, b, None, seen) for a, b in zip(old.value, new.value, strict=True))
    return False
