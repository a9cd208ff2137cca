"""Show me the sum: a calculation that carries its own formula and numbers."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Unit = Literal["money", "share", "rate", "number", "years", "count", "score"]

_TYPED = {"×": "*", "−": "-", "^": "**", "√": "sqrt"}  # the signs a reader sees in print
_OPERATORS: dict[type, Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "max": max,
    "min": min,
    "sqrt": math.sqrt,
    "ln": math.log,
    "ceil": lambda x: math.ceil(x - 1e-9),  # 2.0000000001 is 2
}


@dataclass(frozen=True)
class Quantity:
    """A number and what it counts.

    Attributes:
        value: The number; a share of 84% is 0.84.
        unit: ``money`` (euro), ``share``, ``rate`` (share per period), ``years``, ``count``, ``score``, ``number``.
    """

    value: float
    unit: Unit = "number"


@dataclass(frozen=True)
class Working:
    """One result with the formula and the numbers that made it.

    Attributes:
        name: What is calculated, as ``module.measure``; its words stand in the formula list.
        formula: Signs ``+ − × / ^ ( ) , max min ln ceil √`` and the symbols of *values*.
        values: Symbol to quantity, in reading order.
        result: The outcome.
        source: Reference id, such as ``gupta_lehmann_2003``.
        convention: Named convention, empty where there is none.
        subject: Key of what it is about (a segment, a cell), empty for the whole firm.
    """

    name: str
    formula: str
    values: Mapping[str, Quantity]
    result: Quantity
    source: str
    convention: str = ""
    subject: str = ""

    @classmethod
    def compute(
        cls,
        name: str,
        formula: str,
        values: Mapping[str, Quantity],
        unit: Unit,
        source: str,
        convention: str = "",
        subject: str = "",
    ) -> Working:
        """Make a working whose result is its formula, evaluated."""
        result = Quantity(evaluate(formula, {symbol: value.value for symbol, value in values.items()}), unit)
        return cls(name, formula, dict(values), result, source, convention, subject)

    def evaluate(self) -> float:
        """The formula calculated again from the values it shows."""
        return evaluate(self.formula, {symbol: value.value for symbol, value in self.values.items()})


def evaluate(formula: str, values: Mapping[str, float]) -> float:
    """Calculate *formula*: arithmetic, ``max``, ``min``, ``ln``, ``ceil``, ``√`` and the symbols of *values*.

    Raises:
        ValueError: the formula holds anything else, or a symbol without a value.
    """
    typed = re.sub("[×−^√]", lambda sign: _TYPED[sign.group()], formula)
    return float(_calculate(ast.parse(typed, mode="eval").body, values))


def _calculate(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=symbol) if symbol in values:
            return values[symbol]
        case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_calculate(left, values), _calculate(right, values))
        case ast.UnaryOp(op, operand) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_calculate(operand, values))
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_calculate(argument, values) for argument in arguments))
    raise ValueError(f"a formula holds only arithmetic and its own symbols, not {ast.unparse(node)!r}")
