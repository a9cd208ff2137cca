"""The migration chain, and renewals ahead along a survival curve."""

import numpy as np
import pandas as pd
import pytest

from crmworkbook.models.cohorts import fit_survival
from crmworkbook.models.migration import best_stop, migration_table, migration_values
from crmworkbook.models.survival import lifetime_by_age, new_customer_lifetime, residual_lifetime

CHANCES, TERMS = (0.3, 0.2, 0.15, 0.05), (40, 4, 0.2)


@pytest.mark.parametrize(
    ("options", "values"),
    [
        ({"horizon": 4}, [50.115, 4.220, 0.592, -1.980, 0]),
        ({}, [52.3196, 5.5538, 1.2508, -1.8200, 0]),
        ({"stop_after": 3}, [53.149, 6.621, 2.644, 0, 0]),
    ],
)
def test_values_are_those_of_the_recomputed_case(options, values):
    """NC 40, M 4, d 0.2: four periods ahead, without end, and when contact stops after recency 3."""
    assert migration_values(CHANCES, *TERMS, **options).tolist() == pytest.approx(values, abs=6e-4)


def test_a_negative_state_is_where_contact_stops():
    """The fourth state costs more than it returns; free contact never stops, hopeless contact never begins."""
    assert best_stop(CHANCES, *TERMS) == 3
    assert best_stop(CHANCES, 40, 0, 0.2) == 4
    assert best_stop(CHANCES, 3, 4, 0.2) == 0


def test_a_long_horizon_comes_to_the_infinite_value():
    """And one state is the retention model: m (1 + i) / (1 + i − r), less the contact of every period."""
    assert migration_values(CHANCES, *TERMS, horizon=200) == pytest.approx(migration_values(CHANCES, *TERMS))
    assert migration_values([0.8], 100, 0, 0.1)[0] == pytest.approx(100 * 1.1 / (1.1 - 0.8))


def test_table_counts_chances_and_shows_each_sum():
    """A state with a handful of customers counts as lost; every sum gives its value."""
    counts = pd.DataFrame({"state": [1, 2, 3, 4], "customers": [100, 40, 20, 4], "back": [30, 8, 3, 1]})
    found, workings = migration_table(counts, *TERMS)
    assert found["chance"].tolist() == [0.3, 0.2, 0.15]
    assert [working.evaluate() for working in workings] == pytest.approx(found["value"].tolist())
    assert found["value_stopped"].ge(found["value"] - 1e-9).all()
    with pytest.raises(ValueError, match="too few"):
        migration_table(counts.assign(customers=4), *TERMS)


@pytest.mark.parametrize(
    ("survivors", "ahead", "new"),
    [
        (
            [1000, 869, 743, 653, 593, 551, 517, 491],
            [5.4145, 5.9014, 6.2939, 6.6199, 6.8967, 7.3447, 7.5296],
            5.9223,
        ),
        (
            [1000, 631, 468, 382, 326, 289, 262, 241],
            [2.9644, 4.1031, 4.8698, 5.4421, 5.8941, 6.5757, 6.8423],
            3.6949,
        ),
    ],
)
def test_renewals_ahead_are_those_of_fader_and_hardie(survivors, ahead, new):
    """DERL at 10%, high-end and regular customers: 7.530 is published for the eighth renewal, the first ones rise."""
    curve = fit_survival(
        pd.DataFrame({"age": range(1, len(survivors)), "before": survivors[:-1], "kept": survivors[1:]})
    )
    found = [residual_lifetime(curve, period, 0.1).result.value for period in (1, 2, 3, 4, 5, 7, 8)]
    assert found == pytest.approx(ahead, abs=1e-3)
    assert new_customer_lifetime(curve, 0.1) == pytest.approx(new, abs=1e-3)
    added_up = (curve.survival(4000) / 1.1 ** pd.Series(range(4001))).sum()
    assert new_customer_lifetime(curve, 0.1) == pytest.approx(added_up, abs=1e-3)
    table, workings = lifetime_by_age(curve, 0.1, 3)
    assert table["payments"].tolist() == [working.evaluate() for working in workings]


@pytest.mark.parametrize(
    ("survivors", "parameters", "likelihood", "forecast"),
    [
        (
            [1000, 869, 743, 653, 593, 551, 517, 491],
            (0.6681, 3.8061),
            -1611.158,
            [0.460, 0.436, 0.414, 0.395, 0.378],
        ),
        (
            [1000, 631, 468, 382, 326, 289, 262, 241],
            (0.7041, 1.1820),
            -1680.265,
            [0.220, 0.204, 0.191, 0.180, 0.170],
        ),
    ],
)
def test_curve_and_forecast_of_both_groups(survivors, parameters, likelihood, forecast):
    """High-end and regular: parameters by maximum likelihood, that likelihood, and survival in years 8 to 12."""
    ages = pd.DataFrame({"age": range(1, len(survivors)), "before": survivors[:-1], "kept": survivors[1:]})
    curve = fit_survival(ages)
    stay = ages["age"].map(curve.retention)
    found = ages["kept"] * np.log(stay) + (ages["before"] - ages["kept"]) * np.log(1 - stay)
    assert found.sum() == pytest.approx(likelihood, abs=1e-3)
    assert (curve.alpha, curve.beta) == pytest.approx(parameters, abs=1e-3)
    assert curve.survival(12)[8:].tolist() == pytest.approx(forecast, abs=1e-3)
