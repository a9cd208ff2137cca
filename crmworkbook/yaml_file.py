"""YAML files, read fast and with the line of every field.

The C parser of PyYAML with the scalars of YAML 1.2: only true and false are truth, and a date stays text until
somebody who knows what it should be has looked at it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

SCALARS = (
    ("null", "~|null|Null|NULL|", "~nN"),
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
)


class _Loader(yaml.CSafeLoader):
    """The safe C loader without the surprises of YAML 1.1."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012 PyYAML's own way


for _name, _pattern, _first in SCALARS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), list(_first))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])
# 007 is seven, not octal
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))


class RepeatedKey(yaml.MarkedYAMLError):
    """A key that stands twice in one mapping."""


def read_yaml(path: Path) -> Any:
    """The content of one of the product's own text files."""
    return parse(path.read_text(encoding="utf-8"))[0]


def parse(text: str) -> tuple[Any, Node | None]:
    """The content of a YAML text, keys as text, and its tree of nodes, which knows the lines.

    Raises:
        yaml.YAMLError: not YAML, a repeated key, or a tag that asks for anything but plain data.
    """
    node = compose(text)
    return content(node), node


@lru_cache(maxsize=8)  # a client file is read again after every answer, by the form and by the chapter
def compose(text: str) -> Node | None:
    """The tree of nodes of a YAML text, not to be changed: where everything stands, nothing made of it yet.

    Raises:
        yaml.YAMLError: not YAML, or a repeated key.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is not None:
            _refuse_repeated_keys(node)
        return node
    finally:
        loader.dispose()


def content(node: Node | None) -> Any:
    """What a node of the tree holds, keys as text; None for no node.

    Raises:
        yaml.YAMLError: a tag that asks for anything but plain data.
    """
    return None if node is None else _text_keys(_Loader("").construct_document(node))


def line_of(node: Node | None, place: Iterable[str | int]) -> int | None:
    """The line, from 1, of a field given as its path of keys and positions, or of its nearest parent."""
    line = None
    for step in place:
        found = _child(node, step)
        if found is None:
            break
        line, node = found
    return line


def _child(node: Node | None, step: str | int) -> tuple[int, Node] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if str(key.value) == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    return None


def _refuse_repeated_keys(node: Node) -> None:
    if isinstance(node, MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                raise RepeatedKey(problem=f'duplicate key "{key.value}"', problem_mark=key.start_mark)
            seen.add(key.value)
            _refuse_repeated_keys(value)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(item)


def _text_keys(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {str(key): _text_keys(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_text_keys(item) for item in tree]
    return tree
