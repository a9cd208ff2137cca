"""Every warning has words, a rule that raises it, and a test on a case that raises it and one that does not."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from crmworkbook import chapters

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "crmworkbook"
WORDS = chapters.words("warnings")
CASES = [(rule, case) for rule, entry in WORDS.items() for case in entry["cases"]]


@dataclass(frozen=True)
class Function:
    """What a function is made of.

    Attributes:
        path, name: Where it stands.
        strings: All strings in it, its decorators and docstring included.
        calls: Names of what it calls.
        raises: Ids of the rules that it makes a finding for.
        expects_nothing: Whether it mentions an empty list, ``not``, nothing, zero or false.
    """

    path: Path
    name: str
    strings: frozenset[str]
    calls: frozenset[str]
    raises: frozenset[str]
    expects_nothing: bool

    def names(self, rule: str) -> bool:
        """Whether the id of a rule stands in it."""
        return any(rule in words for words in self.strings)


def functions(folder: Path) -> Iterator[Function]:
    """Every function of the modules in a folder."""
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield function(path, node)


def function(path: Path, node: ast.FunctionDef) -> Function:
    parts = list(ast.walk(node))
    calls = [part for part in parts if isinstance(part, ast.Call)]
    made = [part.args[0] for part in calls if name_of(part.func) == "Finding" and part.args]
    empty = [(isinstance(part, ast.List) and not part.elts) or isinstance(part, ast.Not) for part in parts]
    empty += [isinstance(part, ast.Constant) and part.value in (0, None, False) for part in parts]
    return Function(
        path=path,
        name=node.name,
        strings=frozenset(strings(parts)),
        calls=frozenset(name_of(call.func) for call in calls),
        raises=frozenset(strings(made)),
        expects_nothing=any(empty),
    )


def name_of(called: ast.expr) -> str:
    return getattr(called, "id", getattr(called, "attr", ""))


def strings(parts: Iterable[ast.AST]) -> set[str]:
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


FINDINGS = list(functions(PACKAGE / "findings"))
RULES = [made for made in FINDINGS if made.raises]


# read when the first test asks, and not by every process that collects the tests
@cache
def of_the_tests() -> list[Function]:
    """Every function of the tests but those in this module."""
    return [made for made in functions(ROOT / "tests") if made.path.name != Path(__file__).name]


@cache
def package() -> list[ast.AST]:
    """Everything in the modules of the package."""
    return [part for path in PACKAGE.rglob("*.py") for part in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]


@cache
def spoken() -> set[str]:
    """All strings in the package."""
    return strings(package())


def test_the_rules_are_numbered_through() -> None:
    """W01 to W35 without a gap, each with words."""
    assert sorted(WORDS) == [f"W{number:02}" for number in range(1, 36)]


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_a_warning_is_raised_somewhere_and_tested_by_name(rule: str, case: str) -> None:
    """A case that no rule raises is dead; one that no test names may be."""
    ending = "_" + case.rpartition("_")[2]  # a case may be put together, such as channel_totals
    assert case in spoken() or ending in spoken(), "no rule raises it"
    assert any(case in test.strings and test.names(rule) for test in of_the_tests()), "no test raises it"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.path.stem}.{rule.name}")
def test_a_rule_is_tested_on_a_case_that_does_not_raise_it(rule: Function) -> None:
    """A rule that always speaks is heard by nobody: a test that calls it also expects nothing of it."""
    beside = [other for other in FINDINGS if other.path == rule.path]  # a private rule is called by another
    names = {rule.name} | {other.name for other in beside if rule.name in other.calls}
    names |= {test.name for test in of_the_tests() if names & test.calls and not test.name.startswith("test_")}
    assert any(names & test.calls and test.expects_nothing for test in of_the_tests())


def test_a_finding_has_words() -> None:
    """A warning without words would stop a report."""
    for part in package():
        if isinstance(part, ast.Call) and name_of(part.func) == "Finding" and len(part.args) > 1:
            rule, case = part.args[:2]
            if isinstance(rule, ast.Constant) and isinstance(case, ast.Constant):
                assert case.value in WORDS[str(rule.value)]["cases"]
