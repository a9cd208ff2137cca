"""Change one place in a YAML text and leave every other character as it is.

The tree of nodes knows where each value stands; the new value is written in that place, and the result is read again
to be sure that only this place changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from crmworkbook.saving.scalars import block, entry, flow, row, word
from crmworkbook.yaml_file import compose, content

Place = Sequence[str]
_ANCHOR = re.compile(r"[\s\[{,:-][&*]\w")
_HEADER = re.compile(r"[|>][-+0-9]{0,2}")
_MISSING: Any = object()


class OnlyByHand(Exception):
    """The place is written in a way, such as an alias, that only an editor can change."""


@dataclass(frozen=True)
class _Edit:
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


def put(text: str, root: Node, place: Place, value: Any, *, after: Sequence[str] = ()) -> str:
    """The text with *value* at *place*; what is missing on the way is made.

    Args:
        text: YAML, a mapping.
        root: Its tree.
        place: Keys from the top.
        value: Plain data; in mappings and tables that are there already only what differs is written.
        after: When the last key is new: keys behind the last of which it is to stand, if any is there.

    Raises:
        OnlyByHand: the place cannot be changed without changing something else.
    """
    return _checked(text, root, place, _Writer(text).put(root, place, value, after), _data(value))


def take_out(text: str, root: Node, place: Place) -> str:
    """The text without the entry at *place*; an entry that is not there is no fault.

    Raises:
        OnlyByHand: as `put`.
    """
    parent = descend(root, place[:-1])
    if child(parent, place[-1]) is None:
        return text
    assert isinstance(parent, MappingNode)
    if len(parent.value) == 1 and len(place) > 1:
        return put(text, root, place[:-1], {})
    return _checked(text, root, place, _Writer(text).take_out(parent, place[-1]), _MISSING)


def _checked(old: str, root: Node, place: Place, edits: list[_Edit], value: Any) -> str:
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
        good = (found is None) if value is _MISSING else (found is not None and content(found) == value)
    except yaml.YAMLError as error:
        raise OnlyByHand(str(error)) from error
    if new is None or not good or not _same(root, new, place, set()):
        raise OnlyByHand(".".join(place))
    return text


def _good_in_itself(old: str, root: Node, place: Place, edits: list[_Edit], text: str, value: Any) -> bool:
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
    wanted = {k: v for k, v in expected.items() if k != place[1]} | ({} if value is _MISSING else {place[1]: value})
    column = parent.start_mark.column  # type: ignore[union-attr]
    return bool(there == wanted) and (alone is None or alone.start_mark.column == column)


def _data(value: Any) -> Any:
    """What a reader makes of *value* once it is written."""
    if isinstance(value, Mapping):
        return {str(key): _data(given) for key, given in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_data(given) for given in value]
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


class _Writer:
    """Edits of one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    # --- what to change ---

    def put(self, node: Node, place: Place, value: Any, after: Sequence[str]) -> list[_Edit]:
        """Walk down *place* as far as it is there; from there on the value is nested."""
        parent: MappingNode | None = None
        for depth, step in enumerate(place):
            if not isinstance(node, MappingNode):
                break
            found = child(node, step)
            if found is None:
                new = _nested(place[depth + 1 :], value)
                if parent is not None and not parent.flow_style and _outgrows(node, new):
                    return [self._replace(parent, place[depth - 1], node, content(node) | {step: new})]
                return self._insert(node, step, new, after)
            parent, node = node, found
        else:
            depth = len(place)
        assert parent is not None
        return self._change(parent, place[depth - 1], node, _nested(place[depth:], value))

    def _change(self, parent: MappingNode, key: str, old: Node, value: Any) -> list[_Edit]:
        """Make the entry *key* of *parent* hold *value*, touching as little as can be."""
        if content(old) == _data(value):
            return []
        if isinstance(old, MappingNode) and isinstance(value, Mapping) and value and old.value:
            names = [name.value for name, _ in old.value]
            outgrown = not parent.flow_style and _outgrows(old, value)
            if not outgrown and set(names) & set(value):
                return self._merge(old, names, value)
        if isinstance(old, SequenceNode) and not old.flow_style and old.value and _are_rows(value):
            return self._rows(old, value)
        if parent.flow_style:
            return [_Edit(old.start_mark.index, old.end_mark.index, self._spaced(old, flow(value)))]
        return [self._replace(parent, key, old, value)]

    def _merge(self, old: MappingNode, names: list[str], value: Mapping[str, Any]) -> list[_Edit]:
        edits: list[_Edit] = []
        for name in names:
            if name in value:
                edits += self._change(old, name, child(old, name), value[name])  # type: ignore[arg-type]
            else:
                edits += self.take_out(old, name)
        new = {name: given for name, given in value.items() if name not in names}
        keep = [name for name in names if name in value]
        return edits + [edit for name, given in new.items() for edit in self._insert(old, name, given, keep[-1:])]

    # --- how it is written ---

    def _replace(self, parent: MappingNode, key: str, old: Node, value: Any) -> _Edit:
        """A new value behind ``key:`` in block style; a comment on that line stays there."""
        colon = self._colon(parent, key)
        end = self._end(old)
        line_end = self._line_end(colon)
        style = old.style if isinstance(old, ScalarNode) else None
        flows = _rows_in_flow(old)
        first, lines = block(value, parent.start_mark.column + 2, style, flows)
        gap = self.text[colon : old.start_mark.index] or " "
        comment = self.text[end:line_end] if end <= line_end else self._header_comment(old, colon, line_end)
        if end > line_end and self.text[end : self._line_end(end)].strip():
            comment = comment or self.text[end : self._line_end(end)]
        head = (gap if gap.isspace() and "\n" not in gap else " ") + first if first else ""
        tail = "".join(f"\n{line}" for line in lines)
        return _Edit(colon, max(line_end, self._line_end(end)), head + comment.rstrip() + tail)

    def _header_comment(self, old: Node, colon: int, line_end: int) -> str:
        """The comment on the first line of a value of several lines."""
        if isinstance(old, ScalarNode) and old.style in ("|", ">"):
            header = _HEADER.match(self.text, old.start_mark.index)
            return self.text[header.end() : line_end] if header else ""
        on_line = old.start_mark.index > line_end  # a block mapping or sequence begins on the next line
        return self.text[colon:line_end] if on_line else ""

    def _insert(self, parent: MappingNode, key: str, value: Any, after: Sequence[str]) -> list[_Edit]:
        if parent.flow_style:
            close = parent.end_mark.index - 1
            inside = self.text[parent.start_mark.index + 1 : close].rstrip()
            start = parent.start_mark.index + 1 + len(inside)
            comma = ", " if parent.value and not inside.endswith(",") else " " if inside else ""
            return [_Edit(start, start, f"{comma}{word(key, inside=True)}: {flow(value)}")]
        there = [pair for pair in parent.value if pair[0].value in after] or parent.value
        at = self._line_end(self._entry_end(*there[-1]))
        return [_Edit(at, at, "".join(f"\n{line}" for line in entry(key, value, parent.start_mark.column)))]

    def take_out(self, parent: MappingNode, key: str) -> list[_Edit]:
        """Take the entry *key* out of *parent*, which has others."""
        position = next(i for i, (name, _) in enumerate(parent.value) if name.value == key)
        name, value = parent.value[position]
        start, end = name.start_mark.index, self._entry_end(name, value)
        following = parent.value[position + 1][0].start_mark.index if position + 1 < len(parent.value) else None
        line = self._line_start(start)
        if not parent.flow_style and not self.text[line:start].strip():
            return [_Edit(line, min(self._line_end(end) + 1, len(self.text)), "")]
        if following is not None:
            return [_Edit(start, following, "")]
        return [_Edit(self._entry_end(*parent.value[position - 1]) if position else start, end, "")]

    def _rows(self, old: SequenceNode, rows: Sequence[Mapping[str, Any]]) -> list[_Edit]:
        """Rows that stay keep their text; one that is changed in its place only gets its other cells."""
        before = [content(node) for node in old.value]
        starts = [self._line_start(node.start_mark.index) for node in old.value]
        stop = min(self._line_end(self._end(old)) + 1, len(self.text))
        bounds = [*starts, stop]
        flows, column = _rows_in_flow(old), old.start_mark.column
        edits: list[_Edit] = []
        match = SequenceMatcher(None, [repr(one) for one in before], [repr(_data(one)) for one in rows], autojunk=False)
        for _, from_, to, new_from, new_to in (code for code in match.get_opcodes() if code[0] != "equal"):
            pairs = min(to - from_, new_to - new_from)
            for node, value in zip(old.value[from_ : from_ + pairs], rows[new_from : new_from + pairs], strict=True):
                if not isinstance(node, MappingNode) or not set(value) & {name.value for name, _ in node.value}:
                    raise OnlyByHand("row")
                edits += self._merge(node, [name.value for name, _ in node.value], value)
            edits += [_Edit(bounds[i], bounds[i + 1], "") for i in range(from_ + pairs, to)]
            added = [line for value in rows[new_from + pairs : new_to] for line in row(value, column, flows)]
            if added:
                at = bounds[to]
                lead = "\n" if at == len(self.text) and not self.text.endswith("\n") else ""
                edits.append(_Edit(at, at, lead + "".join(f"{line}\n" for line in added)))
        return edits

    # --- where things stand ---

    def _spaced(self, old: Node, shown: str) -> str:
        """A value for an empty place needs a space behind the colon."""
        empty = old.start_mark.index == old.end_mark.index
        return f" {shown}" if empty and self.text[old.start_mark.index - 1] == ":" else shown

    def _colon(self, parent: MappingNode, key: str) -> int:
        """Just behind the colon of *key*."""
        name = next(name for name, _ in parent.value if name.value == key)
        found = re.compile(r"\s*:").match(self.text, name.end_mark.index)
        if found is None:
            raise OnlyByHand(key)
        return found.end()

    def _entry_end(self, name: Node, value: Node) -> int:
        return max(self._end(value), name.end_mark.index + 1)

    def _end(self, node: Node) -> int:
        """Just behind the last character of a value; marks of blocks lie behind the comments that follow."""
        if isinstance(node, ScalarNode):
            start, end = node.start_mark.index, node.end_mark.index
            return start + len(self.text[start:end].rstrip()) if node.style in ("|", ">") else end
        if isinstance(node, MappingNode) and not node.flow_style and node.value:
            return self._entry_end(*node.value[-1])
        if isinstance(node, SequenceNode) and not node.flow_style and node.value:
            return self._end(node.value[-1])
        return int(node.end_mark.index)

    def _line_end(self, index: int) -> int:
        end = self.text.find("\n", index)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > index and self.text[end - 1] == "\r" else end

    def _line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1


def _outgrows(old: MappingNode, value: Any) -> bool:
    """Whether a mapping on one line had better stand on lines of its own now: it was empty, or gets too much."""
    return bool(old.flow_style) and (not old.value or "\n" in joined(value) or len(flow(value)) > 120)


def joined(value: Any) -> str:
    """All texts of *value* behind each other."""
    if isinstance(value, Mapping):
        return "".join(map(joined, value.values()))
    return value if isinstance(value, str) else ""


def _nested(place: Place, value: Any) -> Any:
    for step in reversed(place):
        value = {step: value}
    return value


def _are_rows(value: Any) -> bool:
    return bool(value) and isinstance(value, Sequence) and all(isinstance(one, Mapping) for one in value)


def _rows_in_flow(node: Node) -> bool | None:
    """How the rows of a table are written; None when it has none."""
    if not isinstance(node, SequenceNode) or node.flow_style or not node.value:
        return None
    return bool(getattr(node.value[-1], "flow_style", False))
