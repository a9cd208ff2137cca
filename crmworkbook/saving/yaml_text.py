"""Change one place in a YAML text and leave every other character as it is.

The tree of nodes knows where each value stands; the new value is written in that place, and the result is read again
to be sure that only this place changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from crmworkbook.saving.proof import MISSING, Edit, OnlyByHand, Place, as_read, checked, child, descend
from crmworkbook.saving.scalars import block, entry, flow, row, word
from crmworkbook.yaml_file import content

_HEADER = re.compile(r"[|>][-+0-9]{0,2}")


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
    return checked(text, root, place, _Writer(text).put(root, place, value, after), as_read(value))


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
    return checked(text, root, place, _Writer(text).take_out(parent, place[-1]), MISSING)


class _Writer:
    """Edits of one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    # --- what to change ---

    def put(self, node: Node, place: Place, value: Any, after: Sequence[str]) -> list[Edit]:
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

    def _change(self, parent: MappingNode, key: str, old: Node, value: Any) -> list[Edit]:
        """Make the entry *key* of *parent* hold *value*, touching as little as can be."""
        if content(old) == as_read(value):
            return []
        if isinstance(old, MappingNode) and isinstance(value, Mapping) and value and old.value:
            names = [name.value for name, _ in old.value]
            outgrown = not parent.flow_style and _outgrows(old, value)
            if not outgrown and set(names) & set(value):
                return self._merge(old, names, value)
        if isinstance(old, SequenceNode) and not old.flow_style and old.value and _are_rows(value):
            return self._rows(old, value)
        if parent.flow_style:
            return [Edit(old.start_mark.index, old.end_mark.index, self._spaced(old, flow(value)))]
        return [self._replace(parent, key, old, value)]

    def _merge(self, old: MappingNode, names: list[str], value: Mapping[str, Any]) -> list[Edit]:
        edits: list[Edit] = []
        for name in names:
            if name in value:
                edits += self._change(old, name, child(old, name), value[name])  # type: ignore[arg-type]
            else:
                edits += self.take_out(old, name)
        new = {name: given for name, given in value.items() if name not in names}
        keep = [name for name in names if name in value]
        return edits + [edit for name, given in new.items() for edit in self._insert(old, name, given, keep[-1:])]

    # --- how it is written ---

    def _replace(self, parent: MappingNode, key: str, old: Node, value: Any) -> Edit:
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
        return Edit(colon, max(line_end, self._line_end(end)), head + comment.rstrip() + tail)

    def _header_comment(self, old: Node, colon: int, line_end: int) -> str:
        """The comment on the first line of a value of several lines."""
        if isinstance(old, ScalarNode) and old.style in ("|", ">"):
            header = _HEADER.match(self.text, old.start_mark.index)
            return self.text[header.end() : line_end] if header else ""
        on_line = old.start_mark.index > line_end  # a block mapping or sequence begins on the next line
        return self.text[colon:line_end] if on_line else ""

    def _insert(self, parent: MappingNode, key: str, value: Any, after: Sequence[str]) -> list[Edit]:
        if parent.flow_style:
            close = parent.end_mark.index - 1
            inside = self.text[parent.start_mark.index + 1 : close].rstrip()
            start = parent.start_mark.index + 1 + len(inside)
            comma = ", " if parent.value and not inside.endswith(",") else " " if inside else ""
            return [Edit(start, start, f"{comma}{word(key, inside=True)}: {flow(value)}")]
        there = [pair for pair in parent.value if pair[0].value in after] or parent.value
        at = self._line_end(self._entry_end(*there[-1]))
        return [Edit(at, at, "".join(f"\n{line}" for line in entry(key, value, parent.start_mark.column)))]

    def take_out(self, parent: MappingNode, key: str) -> list[Edit]:
        """Take the entry *key* out of *parent*, which has others."""
        position = next(i for i, (name, _) in enumerate(parent.value) if name.value == key)
        name, value = parent.value[position]
        start, end = name.start_mark.index, self._entry_end(name, value)
        following = parent.value[position + 1][0].start_mark.index if position + 1 < len(parent.value) else None
        line = self._line_start(start)
        if not parent.flow_style and not self.text[line:start].strip():
            return [Edit(line, min(self._line_end(end) + 1, len(self.text)), "")]
        if following is not None:
            return [Edit(start, following, "")]
        return [Edit(self._entry_end(*parent.value[position - 1]) if position else start, end, "")]

    def _rows(self, old: SequenceNode, rows: Sequence[Mapping[str, Any]]) -> list[Edit]:
        """Rows that stay keep their text; one that is changed in its place only gets its other cells."""
        before = [content(node) for node in old.value]
        starts = [self._line_start(node.start_mark.index) for node in old.value]
        stop = min(self._line_end(self._end(old)) + 1, len(self.text))
        bounds = [*starts, stop]
        flows, column = _rows_in_flow(old), old.start_mark.column
        edits: list[Edit] = []
        match = SequenceMatcher(
            None, [repr(one) for one in before], [repr(as_read(one)) for one in rows], autojunk=False
        )
        for _, from_, to, new_from, new_to in (code for code in match.get_opcodes() if code[0] != "equal"):
            pairs = min(to - from_, new_to - new_from)
            for node, value in zip(old.value[from_ : from_ + pairs], rows[new_from : new_from + pairs], strict=True):
                if not isinstance(node, MappingNode) or not set(value) & {name.value for name, _ in node.value}:
                    raise OnlyByHand("row")
                edits += self._merge(node, [name.value for name, _ in node.value], value)
            edits += [Edit(bounds[i], bounds[i + 1], "") for i in range(from_ + pairs, to)]
            added = [line for value in rows[new_from + pairs : new_to] for line in row(value, column, flows)]
            if added:
                at = bounds[to]
                lead = "\n" if at == len(self.text) and not self.text.endswith("\n") else ""
                edits.append(Edit(at, at, lead + "".join(f"{line}\n" for line in added)))
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
