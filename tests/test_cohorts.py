"""Retention by age, and the curve that new customers follow."""

import pandas as pd
import pytest

from crmworkbook.models.cohorts import (
    SurvivalCurve,
    cohort_retention,
    first_years,
    fit_survival,
    growing_cohorts,
    new_customer_value,
    value_along,
)

BRONMOLEN = pd.DataFrame(
    [
        (2023, 2023, 104),
        (2023, 2024, 70),
        (2023, 2025, 55),
        (2024, 2024, 110),
        (2024, 2025, 74),
        (2025, 2025, 83),
    ],
    columns=["cohort", "year_end", "active"],
)


def counts(active):
    """One cohort's numbers of customers as ages with before and kept."""
    return pd.DataFrame({"age": range(1, len(active)), "before": active[:-1], "kept": active[1:]})


def test_rates_are_pooled_by_adding_customers_up():
    """Age 1: (70 + 74) / (104 + 110); age 2: 55 / 70; the year that has only begun does not count."""
    found = cohort_retention(BRONMOLEN)
    assert found.first_year == pytest.approx(144 / 214)
    assert found.by_age["retention"].tolist() == pytest.approx([144 / 214, 55 / 70])
    assert found.by_age["survival"].tolist() == pytest.approx([144 / 214, 144 / 214 * 55 / 70])
    assert found.all_ages == pytest.approx(199 / 284)
    assert [working.evaluate() for working in found.workings] == [found.first_year, found.all_ages]


def test_a_missing_year_in_between_leaves_survival_open():
    """Who was not counted cannot be followed further."""
    holes = pd.DataFrame(
        [(2020, 2020, 50), (2020, 2021, 40), (2020, 2023, 30), (2020, 2024, 27)], columns=BRONMOLEN.columns
    )
    found = cohort_retention(holes)
    assert found.by_age["age"].tolist() == [1, 4]
    assert found.by_age["survival"].notna().tolist() == [True, False]


def test_cohorts_that_grow_or_say_nothing_are_refused():
    """A cohort is a closed group, and one count is no retention."""
    grown = BRONMOLEN.assign(active=[104, 120, 55, 110, 74, 83])
    assert growing_cohorts(grown) == [2023]
    with pytest.raises(ValueError, match="cohort 2023 grows from 104 to 120"):
        cohort_retention(grown)
    assert first_years(BRONMOLEN.iloc[5:]) == 0
    with pytest.raises(ValueError, match="no cohort is followed"):
        cohort_retention(BRONMOLEN.iloc[5:])


@pytest.mark.parametrize(
    ("active", "alpha", "beta"),
    [
        ([1000, 869, 743, 653, 593, 551, 517, 491], 0.668, 3.806),
        ([1000, 631, 468, 382, 326], 0.764, 1.296),
    ],
)
def test_curve_is_that_of_fader_and_hardie(active, alpha, beta):
    """The published examples of 2007 and 2014."""
    curve = fit_survival(counts(active))
    assert (curve.alpha, curve.beta) == pytest.approx((alpha, beta), abs=0.001)


def test_curve_forecasts_as_published():
    """Survival in years 8 to 12 of the 2007 example."""
    curve = SurvivalCurve(0.668, 3.806)
    assert curve.survival(12)[8:].tolist() == pytest.approx([0.460, 0.436, 0.414, 0.395, 0.378], abs=0.001)
    assert curve.retention(1) == pytest.approx(curve.survival(1)[1])


def test_retention_that_rises_is_worth_more_than_its_geometric_mean():
    """With m 100 and i 0.1 a constant 0.756 gives 319, the curve 362 (recomputed)."""
    curve = fit_survival(counts([1000, 631, 468, 382, 326]))
    value = value_along(curve, 100, 0.10)
    assert value.result.value == pytest.approx(362, abs=0.5)
    assert value.evaluate() == value.result.value


def test_too_little_for_a_curve_gives_no_value():
    """One age, nobody lost, or no interest: the chapter then leaves the number out."""
    assert new_customer_value(counts([100, 70]), 1000, 0.1) is None
    assert new_customer_value(counts([100, 100, 100]), 1000, 0.1) is None
    assert new_customer_value(counts([100, 70, 60]), 1000, 0.0) is None
    with pytest.raises(ValueError, match="needs a discount rate above 0"):
        value_along(SurvivalCurve(1, 1), 1000, 0.0)


def test_along_a_curve_a_month_is_a_twelfth_of_the_way():
    """Where everybody has the same chance, the monthly value is that of the root of the yearly retention."""
    alike = SurvivalCurve(2e6, 8e6)  # 80% stay each year, whatever the age
    value = value_along(alike, 20, 0.01, 12)
    assert value.result.value == pytest.approx(20 * 1.01 / (1.01 - 0.8 ** (1 / 12)), rel=1e-4)
