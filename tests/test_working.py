"""Show me the sum: what is written out is what was calculated."""

from __future__ import annotations

import pytest

from crmworkbook.models.working import Quantity, Working, evaluate
from crmworkbook.text import written_out

VALUE = Working.compute(
    name="lifetime_value.value",
    formula="m × r / (1 + i − r)",
    values={"m": Quantity(2075, "money"), "r": Quantity(0.8384, "share"), "i": Quantity(0.1, "rate")},
    unit="money",
    source="gupta_lehmann_2003",
)


def test_a_sum_is_written_with_the_clients_own_numbers() -> None:
    """An office of Bronmolen: 2,075 euro a year, kept for 83.84%, at 10%."""
    assert written_out(VALUE, "nl").replace("\xa0", " ") == "€ 2.075 × 0,8384 / (1 + 0,1000 − 0,8384) = € 6.650"
    assert written_out(VALUE, "en") == "€2,075 × 0.8384 / (1 + 0.1000 − 0.8384) = €6,650"


def test_a_negative_number_stands_in_brackets_and_a_constant_in_the_readers_dress() -> None:
    """Two minus signs in a row are a misprint to the eye, and a decimal point is an English one."""
    loss = Working.compute("x.y", "0.5 − a", {"a": Quantity(-152411, "money")}, "money", "own")
    assert written_out(loss, "nl").replace("\xa0", " ") == "0,5 − (€ −152.411) = € 152.412"


def test_the_result_is_the_formula_evaluated() -> None:
    """The number and its sum cannot drift apart."""
    assert VALUE.evaluate() == VALUE.result.value == pytest.approx(6650, abs=0.5)


@pytest.mark.parametrize("formula", ["__import__('os')", "a.b", "[1]", "a if a else 1", "f'{a}'", "b + 1"])
def test_a_formula_holds_only_arithmetic(formula: str) -> None:
    """It is read, never run."""
    with pytest.raises(ValueError, match="arithmetic"):
        evaluate(formula, {"a": 1.0})
