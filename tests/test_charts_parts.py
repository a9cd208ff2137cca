"""The pieces that charts share: words that fit, and places that stand apart."""

from __future__ import annotations

import pytest

from crmworkbook.charts.parts import apart, clipped, short_names, wrapped


def test_places_are_moved_no_further_than_they_must() -> None:
    """Two that touch give way half each; one that stands free stays; the order stays too."""
    assert apart([5.0, 0.0, 0.2], 1.0) == pytest.approx([5.0, -0.4, 0.6])
    assert apart([1.0, 1.0, 1.0], 0.5) == pytest.approx([0.5, 1.0, 1.5])
    assert apart([3.0], 1.0) == [3.0]


def test_words_are_cut_after_a_word_where_there_is_one() -> None:
    """A short name stays whole; a single long word is cut inside."""
    assert clipped("Zorg", 10) == "Zorg"
    assert clipped("Zorg en welzijn", 10) == "Zorg en …"
    assert clipped("Zorginstellingen", 10) == "Zorginste…"
    assert wrapped("Zorg en welzijn in de regio", 10) == "Zorg en\nwelzijn …"
    assert wrapped("", 10) == ""


def test_short_names_stay_apart() -> None:
    """Names are cut at their first word pair, and where they begin alike, in the middle."""
    assert short_names({"a": "Koffie & ingrediënten", "b": "Machinehuur"}, 14) == {
        "a": "Koffie",
        "b": "Machinehuur",
    }
    alike = short_names({"a": "Zorg en welzijn noord", "b": "Zorg en welzijn zuid"}, 12)
    assert len(set(alike.values())) == 2
    assert all(len(name) <= 12 for name in alike.values())
