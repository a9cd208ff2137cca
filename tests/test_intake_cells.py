"""What somebody means by a cell of the workbook."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from crmworkbook import chapters
from crmworkbook.intake.cells import Speech
from crmworkbook.intake.meaning import CellFault, Seen, meant
from crmworkbook.text import Language, Text

SPEECH = Speech("nl", {}, {}, date(2025, 12, 31))


def read_cell(kind: str, typed: Any, format_: str = "General", language: Language = "nl") -> Any:
    column = chapters.Column(id="x", label=Text(nl="x", en="x"), kind=kind)  # type: ignore[arg-type]
    return meant(Seen(typed, format_, "x!A1"), column, replace(SPEECH, language=language))


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("count", "1.250", 1250),
        ("money", "€ 1.250.000,50", 1250000.5),
        ("money", "1,250,000.50", 1250000.5),
        ("money", "415.000,-", 415000),
        ("money", "-12,5", -12.5),
        ("share", 0.05, 0.05),
        ("share", "5%", 0.05),
        ("share", "5", 0.05),
        ("rate", "−2,5 %", -0.025),
        ("scale", "3", 3),
        ("number", 7, 7),
        ("text", 2025.0, "2025"),
        ("yes_no", True, True),
        ("yes_no", "WAAR", True),
        ("yes_no", "Nee", False),
    ],
)
def test_numbers_are_read_as_people_write_them(kind: str, typed: Any, value: Any) -> None:
    """As numbers or as text in either dress, and percentages with or without their format."""
    assert read_cell(kind, typed) == value


def test_one_sign_before_three_digits_is_what_it_is_in_the_language_of_the_workbook() -> None:
    """1.250 is a thousand in a Dutch workbook and one and a quarter in an English one."""
    assert read_cell("money", "1.250", language="nl") == 1250
    assert read_cell("money", "1.250", language="en") == 1.25


@pytest.mark.parametrize(
    "typed", [datetime(2026, 6, 15), 46188, "2026-06-15", "15-06-2026", "15/6/2026", "15 juni 2026", "15 Jun 2026"]
)
def test_dates_are_read_as_people_write_them(typed: Any) -> None:
    """Real dates, numbers of days, and texts that can be read in one way only."""
    assert read_cell("date", typed) == date(2026, 6, 15)


@pytest.mark.parametrize(
    ("kind", "typed", "wrong"),
    [
        ("number", "veel", "‘veel’ is geen getal; schrijf cijfers, zoals 1.250,50"),
        ("count", True, "‘ja’ is geen getal"),
        ("money", "84%", "is geen getal"),
        ("money", "nan", "is geen getal"),
        ("money", datetime(2026, 6, 15), "de cel is een datum (15-06-2026)"),
        ("share", "0,84", "‘0,84’ kan 0,84% zijn of 84%"),
        ("share", "1", "‘1’ kan 1% zijn of 100%"),
        ("date", "03-04-2026", "kan 3 april 2026 zijn of 4 maart 2026"),
        ("date", "31-02-2026", "geen bestaande datum"),
        ("date", "31 februari 2026", "geen bestaande datum"),
        ("date", "volgende week", "geen bestaande datum"),
        ("date", 3, "geen bestaande datum"),
        ("yes_no", "misschien", "geen ja of nee"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_named(kind: str, typed: Any, wrong: str) -> None:
    """Nothing is guessed where the figures would be wrong without anybody noticing."""
    with pytest.raises(CellFault) as fault:
        read_cell(kind, typed)
    assert wrong in str(fault.value)
