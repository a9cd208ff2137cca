"""Lists of statements: mean, spread, the two lowest; one kind of block, whatever they are about."""

from __future__ import annotations

import pandas as pd
import pytest

from crmworkbook.models.statements import statement_scores


def scores(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["statement", "who", "score"])


def test_mean_spread_and_the_two_lowest_of_a_list() -> None:
    """Worked by hand: a (4 + 2) / 2 = 3, b 5, c 2, so that c and a come first and the list's mean is 10 / 3."""
    given = scores(("a", "sales", 4), ("a", "service", 2), ("b", "sales", 5), ("c", "sales", 2))
    found = statement_scores(given, ["a", "b", "c"])
    assert found.frame["mean"].tolist() == [3, 5, 2]
    assert found.frame["spread"].tolist() == [2, 0, 0]
    assert found.lowest == ["c", "a"]
    assert found.mean == pytest.approx(10 / 3)
    assert found.people == 2


def test_the_mean_of_a_layer_is_over_what_it_scored() -> None:
    """Sales gave 4, 5 and 2: 11 / 3."""
    given = scores(("a", "sales", 4), ("a", "service", 2), ("b", "sales", 5), ("c", "sales", 2))
    assert statement_scores(given, ["a", "b", "c"]).by_who == {"sales": pytest.approx(11 / 3), "service": 2}


def test_equal_means_have_no_lowest() -> None:
    """Where everything scores the same, no statement is pointed at."""
    found = statement_scores(scores(("a", "", 3), ("b", "", 3), ("c", "", 3)), ["a", "b", "c"])
    assert found.is_flat
    assert found.lowest == []
    assert found.people == 1


def test_a_list_without_scores_is_refused() -> None:
    """The message says what to give."""
    with pytest.raises(ValueError, match="from 1 to 5"):
        statement_scores(scores(("x", "", 3)), ["a"])
