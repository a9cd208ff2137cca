"""Customer lifetime value: conventions, growth, limited horizon, workings."""

import numpy as np
import pandas as pd
import pytest

from crmworkbook.models.lifetime_value import (
    berger_nasr_case_1,
    berger_nasr_working,
    conventions_beside,
    lifetime_value,
    lifetime_value_working,
    margin_multiple,
    survival_curve,
    value_over_periods,
)

CONVENTIONS = ["residual", "start_incl", "end_incl", "mid_incl"]


@pytest.mark.parametrize(
    ("convention", "value"),
    [("start_incl", 366.67), ("residual", 266.67), ("end_incl", 333.33), ("mid_incl", 349.60)],
)
def test_one_retention_and_one_margin_give_four_values(convention, value):
    """With m 100, r 0.8, i 0.1: the formulas of Fader and Hardie (2012), recomputed; mid_incl is our own."""
    assert lifetime_value(100, 0.8, 0.1, convention=convention) == pytest.approx(value, abs=0.005)


def test_the_convention_has_no_default():
    """Nobody gets a value without saying which one."""
    with pytest.raises(TypeError, match="convention"):
        lifetime_value(100, 0.8, 0.1)
    with pytest.raises(ValueError, match="convention must be one of residual, start_incl"):
        lifetime_value(100, 0.8, 0.1, convention="simple")


@pytest.mark.parametrize(
    ("margin", "retention", "start_incl", "residual"),
    [(17.95, 0.995, 1208.63, 1190.68), (18.20, 0.99, 919.10, 900.90)],
)
def test_internet_provider_has_two_printed_answers(margin, retention, start_incl, residual):
    """Darden prints $1,209 and Farris et al. $1,191 for one case (the latter recalled, cents recomputed)."""
    assert lifetime_value(margin, retention, 0.01, convention="start_incl") == pytest.approx(start_incl, abs=0.005)
    assert lifetime_value(margin, retention, 0.01, convention="residual") == pytest.approx(residual, abs=0.005)


def test_internet_provider_multiples():
    """67.33 and 66.33 months of margin: the certain first month is the difference (printed by Darden)."""
    assert margin_multiple(0.995, 0.01, convention="start_incl") == pytest.approx(67.33, abs=0.005)
    assert margin_multiple(0.995, 0.01, convention="residual") == pytest.approx(66.33, abs=0.005)


@pytest.mark.parametrize(("retention", "value"), [(0.99, 766.755), (0.95, 245.2583), (0.90, 126.736)])
def test_margin_of_15_49_a_month(retention, value):
    """Printed on a public homework page (justaaa): residual value at 1% a month."""
    assert lifetime_value(15.49, retention, 0.01, convention="residual") == pytest.approx(value, abs=5e-4)


def test_magazine_subscriber_is_worth_50_or_200_after_acquisition():
    """With m 150, r 0.55, i 0.1, acquisition 100: inputs of a public exercise, answers recomputed."""
    assert lifetime_value(150, 0.55, 0.1, convention="residual") - 100 == pytest.approx(50)
    assert lifetime_value(150, 0.55, 0.1, convention="start_incl") - 100 == pytest.approx(200)


@pytest.mark.parametrize(
    ("retention", "multiples"),
    [
        (0.6, [1.20, 1.15, 1.11, 1.07]),
        (0.7, [1.75, 1.67, 1.59, 1.52]),
        (0.8, [2.67, 2.50, 2.35, 2.22]),
        (0.9, [4.50, 4.09, 3.75, 3.46]),
    ],
)
def test_margin_multiples_of_gupta_and_lehmann(retention, multiples):
    """Gupta and Lehmann (2003) print 2.67 at 80% and 10%; the rest of the grid is recomputed."""
    computed = [margin_multiple(retention, rate, convention="residual") for rate in (0.10, 0.12, 0.14, 0.16)]
    assert computed == pytest.approx(multiples, abs=0.00501)


@pytest.mark.parametrize(
    ("retention", "multiples"),
    [
        (0.6, [1.15, 1.18, 1.21, 1.24, 1.27]),
        (0.7, [1.67, 1.72, 1.79, 1.85, 1.92]),
        (0.8, [2.50, 2.63, 2.78, 2.94, 3.12]),
        (0.9, [4.09, 4.46, 4.89, 5.42, 6.08]),
    ],
)
def test_margin_multiples_with_growth(retention, multiples):
    """Formula of Gupta and Lehmann (2003) at 12% with 0 to 8% growth; grid recomputed."""
    computed = [
        margin_multiple(retention, 0.12, convention="residual", growth=growth) for growth in (0, 0.02, 0.04, 0.06, 0.08)
    ]
    assert computed == pytest.approx(multiples, abs=0.00501)


@pytest.mark.parametrize("convention", ["residual", "end_incl", "mid_incl"])
def test_growth_in_the_first_future_margin_is_one_growth_factor_more(convention):
    """The two readings of growth differ by exactly 1 + g when all payments lie in the future."""
    early, late = (
        lifetime_value(100, 0.8, 0.1, convention=convention, growth=0.03, growth_from=start)
        for start in ("first", "second")
    )
    assert early == pytest.approx(late * 1.03)


@pytest.mark.parametrize("growth_from", ["first", "second"])
@pytest.mark.parametrize("growth", [0, 0.04, -0.05])
def test_the_conventions_are_the_same_payments_seen_from_another_moment(growth, growth_from):
    """A certain payment now more is start_incl; without the first chance it is end_incl."""
    value = {
        convention: lifetime_value(100, 0.8, 0.1, convention=convention, growth=growth, growth_from=growth_from)
        for convention in CONVENTIONS
    }
    assert value["start_incl"] == pytest.approx(value["residual"] + 100)
    assert value["end_incl"] == pytest.approx(value["residual"] / 0.8)
    assert value["mid_incl"] == pytest.approx(value["end_incl"] * 1.1**0.5)


@pytest.mark.parametrize(("periods", "multiple"), [(5, 2.124), (10, 2.556), (20, 2.662), (500, 2.667)])
def test_a_limited_horizon_approaches_the_lifetime_value(periods, multiple):
    """With r 0.8, i 0.1 residual (Fader and Hardie note 033 for the method, numbers recomputed)."""
    value = value_over_periods(1, 0.8, 0.1, periods, convention="residual")
    assert value == pytest.approx(multiple, abs=5e-4)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("growth_from", ["first", "second"])
def test_a_long_horizon_is_the_lifetime_in_every_convention(convention, growth_from):
    """Breaking off after a thousand years leaves nothing out."""
    terms = {"convention": convention, "growth": 0.02, "growth_from": growth_from}
    assert value_over_periods(100, 0.8, 0.1, 1000, **terms) == pytest.approx(lifetime_value(100, 0.8, 0.1, **terms))


def test_two_periods_are_two_payments():
    """Worked by hand at r 0.5 and i 0.25: today and in a year, or in one and two years."""
    assert value_over_periods(100, 0.5, 0.25, 2, convention="start_incl") == pytest.approx(140)
    assert value_over_periods(100, 0.5, 0.25, 2, convention="end_incl") == pytest.approx(80 + 32)
    assert value_over_periods(100, 0.5, 0.25, 2, convention="residual") == pytest.approx(40 + 16)
    assert value_over_periods(100, 0.5, 0.25, 0, convention="start_incl") == 0


def test_a_limited_horizon_can_value_customers_who_never_leave():
    """Retention 1 over four undiscounted years is four margins: the remedy for a group that lost nobody."""
    assert value_over_periods(100, 1.0, 0.0, 4, convention="residual") == pytest.approx(400)
    with pytest.raises(ValueError, match="whole number"):
        value_over_periods(100, 1.0, 0.0, 2.5, convention="residual")


def test_berger_and_nasr_case_1():
    """GC 260, M 50, r 0.75, d 0.2, n 10 gives $568.78 (recalled from the article of 1998; recomputed)."""
    assert berger_nasr_case_1(260, 50, 0.75, 0.20, 10) == pytest.approx(568.783, abs=0.005)
    assert berger_nasr_case_1(260, 0, 0.75, 0.20, 10) == pytest.approx(689.39, abs=0.005)


def test_a_negative_contribution_gives_a_negative_value():
    """A loss-making customer is worth less the longer it stays."""
    assert lifetime_value(-50, 0.9, 0.1, convention="residual") < lifetime_value(-50, 0.5, 0.1, convention="residual")


def test_a_missing_contribution_has_no_value():
    """An empty cell is named and never becomes a value."""
    with pytest.raises(ValueError, match="contribution is missing"):
        lifetime_value(pd.Series([100.0, float("nan")]), 0.8, 0.1, convention="residual")


def test_a_series_of_segments_gives_a_series_of_values():
    """Segments keep their labels; an array stays an array."""
    retention = pd.Series({"offices": 166 / 198, "care": 55 / 58})
    contribution = pd.Series({"offices": 2075.0, "care": 3966.67})
    value = lifetime_value(contribution, retention, 0.10, convention="residual")
    assert value.round().to_dict() == {"offices": 6650, "care": 24792}
    array = value_over_periods(contribution.to_numpy(), retention.to_numpy(), 0.1, 900, convention="residual")
    assert array == pytest.approx(value.to_numpy())
    assert isinstance(array, np.ndarray)


@pytest.mark.parametrize("retention", [1.0, 84, -0.2, float("nan")])
def test_an_impossible_retention_has_no_value(retention):
    """No number is better than a wrong one."""
    with pytest.raises(ValueError, match="retention"):
        lifetime_value(100, retention, 0.1, convention="residual")


@pytest.mark.parametrize("growth_from", ["first", "second"])
@pytest.mark.parametrize("growth", [0.0, 0.03])
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_the_working_is_the_function(convention, growth, growth_from):
    """The printed sum, evaluated again, is its own result and the result of the function."""
    terms = {"convention": convention, "growth": growth, "growth_from": growth_from}
    working = lifetime_value_working(2075, 0.8384, 0.10, subject="offices", **terms)
    assert working.evaluate() == working.result.value
    assert working.result.value == pytest.approx(lifetime_value(2075, 0.8384, 0.10, **terms))
    assert (working.convention, working.subject) == (convention, "offices")


def test_the_working_without_growth_is_the_textbook_formula():
    """Growth of nothing is not shown."""
    working = lifetime_value_working(100, 0.8, 0.1, convention="residual")
    assert working.formula == "m × r / (1 + i − r)"
    assert list(working.values) == ["m", "r", "i"]


def test_the_survival_curve_adds_up_to_the_residual_value():
    """The area under the figure, from the first year on, is the value in the table."""
    curve = survival_curve(100, 0.8, 0.1, 300)
    assert curve["discounted_contribution"].iloc[1:].sum() == pytest.approx(266.67, abs=0.005)
    assert curve["survival"].iloc[:3].tolist() == pytest.approx([1, 0.8, 0.64])


def test_four_conventions_beside_each_other():
    """With m 100, r 0.8, i 0.1: 266.67, 366.67, 333.33 and 349.60, each with its sum."""
    table, workings = conventions_beside(100, 0.8, 0.1)
    values = table.set_index("convention")["value"]
    assert values[["residual", "start_incl", "end_incl", "mid_incl"]].tolist() == pytest.approx(
        [266.67, 366.67, 333.33, 349.60], abs=0.005
    )
    assert [working.evaluate() for working in workings] == values.tolist()
    assert (table["multiple"] * 100).tolist() == pytest.approx(values.tolist())


def test_the_sum_of_berger_and_nasr_is_the_function():
    """Case 1 of 1998: 568.78 over eleven payments and ten promotions."""
    working = berger_nasr_working(260, 50, 0.75, 0.2, 10)
    assert working.evaluate() == pytest.approx(berger_nasr_case_1(260, 50, 0.75, 0.2, 10))
    assert working.result.value == pytest.approx(568.78, abs=0.005)
