"""The cells of the notebook that is open, and which of them one part of the chapter needs.

While a slider moves only one figure is drawn. What it needs is found in the cells themselves: the names and results
that a cell reads, and those it leaves for others. A cell too many only costs time, so in doubt it is needed: where a
cell hands all results on at once, everything before it that leaves a result is.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any


@dataclass(frozen=True)
class _Traffic:
    """What one cell takes and leaves: names, and results of the chapter with a dot before theirs.

    Attributes:
        reads: Names that stood there before.
        writes: Names that the cell gives a value, perhaps.
        settles: Names that it gives a value in any case.
        all_results: It hands the results on as a whole.
    """

    reads: frozenset[str]
    writes: frozenset[str]
    settles: frozenset[str]
    all_results: bool


def typed_cells() -> list[str]:
    """All cells that were run in this kernel, in order; none outside one."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    return [] if shell is None else list(shell.history_manager.input_hist_raw)


def run(source: str) -> None:
    """Run a cell once more, without its place in the history."""
    from IPython.core.getipython import get_ipython

    exec(_compiled(source), get_ipython().user_ns)  # type: ignore[union-attr]


@cache
def _compiled(source: str) -> CodeType:
    from IPython.core.getipython import get_ipython

    return compile(get_ipython().transform_cell(source), "<chapter>", "exec")  # type: ignore[union-attr]


@cache
def needed_for(part: str, sources: tuple[str, ...]) -> tuple[str, ...]:
    """The cells that must run for one part to show itself, that of the part last; none when no cell shows it.

    Args:
        part: Part id.
        sources: The chapter's cells in order; the first opens it.
    """
    last = next((at for at, source in enumerate(sources) if f'chapter.part("{part}"' in source), None)
    if last is None:
        return ()
    target = _traffic(sources[last])
    wanted, everything, chosen = set(target.reads), target.all_results, [sources[last]]
    for source in reversed(sources[:last]):
        if ".ask()" in source:
            continue
        found = _traffic(source)
        leaves = any(name.startswith(".") for name in found.writes)
        if source is sources[0] or wanted & found.writes or (everything and leaves):
            wanted = (wanted - found.settles) | found.reads
            everything = everything or found.all_results
            chosen.append(source)
    return tuple(reversed(chosen))


@cache
def _traffic(source: str) -> _Traffic:
    reader = _Reader(by_name="vars(" in source)
    reader.visit(ast.parse(source))
    return _Traffic(frozenset(reader.reads), frozenset(reader.writes), frozenset(reader.settles), reader.all_results)


class _Reader(ast.NodeVisitor):
    """Goes through a cell in the order in which it is carried out."""

    def __init__(self, by_name: bool) -> None:
        self._by_name = by_name  # results are also asked for by name: vars(chapter.results).get("value")
        self.reads: set[str] = set()
        self.writes: set[str] = set()
        self.settles: set[str] = set()
        self.all_results = False
        self._given: set[str] = set()  # names that have a value from this cell, here
        self._perhaps = 0  # how deep inside what may not be carried out

    def visit_Name(self, node: ast.Name) -> None:
        self._met(node.id, node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.visit(node.value)
        if _is_results(node.value):
            self._met(f".{node.attr}", node.ctx)

    def _met(self, name: str, context: ast.expr_context) -> None:
        if isinstance(context, ast.Load):
            self.reads |= set() if name in self._given else {name}
            return
        self.writes.add(name)
        self._given.add(name)
        if not self._perhaps:
            self.settles.add(name)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Store):  # a column of a frame: the frame is another one from here on
            changed = node.value
            self.writes.add(changed.id if isinstance(changed, ast.Name) else f".{getattr(changed, 'attr', '')}")

    def visit_Assign(self, node: ast.Assign) -> None:
        self._in_order(node.value, *node.targets)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self._met(node.target.id, ast.Load())
        self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._in_order(node.value, node.target)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._in_order(*node.body, perhaps=True)
        self._in_order(*node.orelse, perhaps=True)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        self._in_order(node.body, node.orelse, perhaps=True)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        self._in_order(*node.values[1:], perhaps=True)

    def visit_Call(self, node: ast.Call) -> None:
        inside = [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(node.func, ast.Name) and node.func.id == "vars":
            return self._in_order(node.func, *inside)
        self.all_results = self.all_results or any(_is_all_results(given) for given in inside)
        self.generic_visit(node)
        return None

    def visit_Constant(self, node: ast.Constant) -> None:
        if self._by_name and isinstance(node.value, str) and node.value.isidentifier():
            self.reads.add(f".{node.value}")

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> None:
        self._comprehension(node.generators, node.elt)

    visit_SetComp = visit_GeneratorExp = visit_ListComp

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node.generators, node.key, node.value)

    def _comprehension(self, generators: list[ast.comprehension], *results: ast.expr) -> None:
        """What a comprehension names is gone after it."""
        inner = {part.id for each in generators for part in ast.walk(each.target) if isinstance(part, ast.Name)}
        before = set(self.reads)
        for each in generators:
            self._in_order(each.iter, *each.ifs)
        self._in_order(*results)
        self.reads = before | {name for name in self.reads if name not in inner}

    def _in_order(self, *nodes: ast.AST, perhaps: bool = False) -> None:
        before = set(self._given)
        self._perhaps += perhaps
        for node in nodes:
            self.visit(node)
        self._perhaps -= perhaps
        self._given = before if perhaps else self._given


def _is_results(node: ast.expr) -> bool:
    """Whether this is ``chapter.results``, which cells also call ``results``."""
    match node:
        case ast.Attribute(attr="results") | ast.Name(id="results"):
            return True
    return False


def _is_all_results(node: ast.expr) -> bool:
    """Whether this is ``chapter.results`` itself, or all of it as a mapping."""
    match node:
        case ast.Call(func=ast.Name(id="vars")):
            return True
    return _is_results(node)
