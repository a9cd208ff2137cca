"""The rules and readings of the relationship matrix: each on a case that raises it and one that does not."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmworkbook.findings import relationship_matrix as rules
from crmworkbook.findings import relationship_readings as readings
from crmworkbook.models import relationship_matrix as models
from crmworkbook.models.relationship_portfolio import portfolio
from crmworkbook.models.wallet import offering_shares, segment_wallets

from .conftest import cases

NAMES = {"s": "Kantoren"}
QUADRANTS = {name: name.title() for name in models.QUADRANTS}
AXES = {"current": "Waarde", "growth": "Groei"}
TARGET = pd.DataFrame({"segment": ["s"], "target_share": [0.6], "wallet_method": ["known"]})
MULTIPLE = pd.Series({"s": 2.0})


def firm(count=40, **columns):
    """Customers whose contribution and wallet run up and down against each other, or as given."""
    steps = np.arange(count, dtype=float)
    base = {"revenue": 100.0, "contribution": 40 + steps, "cost_to_serve": 30.0, "wallet": 110 + 17 * steps % 400}
    customers = pd.DataFrame({"customer": [f"c{n}" for n in range(count)], "segment": "s", "method": "known"})
    return customers.assign(**base).assign(**columns)


def matrix_of(customers, method="median", **amounts):
    values = models.customer_values(customers, MULTIPLE, TARGET)
    return models.relationship_matrix(values, models.matrix_thresholds(values, "growth", method, **amounts))


def test_wallets_below_revenue_stop():
    """One customer, then the whole segment; equal to it is allowed."""
    assert rules.impossible_wallets(firm(wallet=100.0), NAMES) == []
    one = firm(wallet=[90.0, *[200.0] * 39])
    assert cases(rules.impossible_wallets(one, NAMES)) == [("W15", "wallet_below_revenue")]
    assert cases(rules.impossible_wallets(firm(wallet=80.0), NAMES)) == [("W15", "share_above_all")]


def test_a_target_below_todays_share_stops():
    """The potential would be below the current value."""
    values = models.customer_values(firm(wallet=200.0), MULTIPLE, TARGET)
    assert rules.shrinking_segments(segment_wallets(values, MULTIPLE, TARGET), NAMES) == []
    found = rules.shrinking_segments(segment_wallets(values, MULTIPLE, TARGET.assign(target_share=0.4)), NAMES)
    assert cases(found) == [("W15", "potential_below_current")]


def test_an_offering_that_outsells_its_wallet_stops():
    """In any segment."""
    cube = pd.DataFrame({"segment": ["s"], "offering": ["x"], "revenue": [100.0]})
    wallets = pd.DataFrame({"segment": ["s"], "offering": ["x"], "wallet": [120.0]})
    assert rules.impossible_offerings(offering_shares(cube, wallets), {"x": "Koffie"}) == []
    found = rules.impossible_offerings(offering_shares(cube, wallets.assign(wallet=50.0)), {"x": "Koffie"})
    assert cases(found) == [("W15", "offering_above_wallet")]


@pytest.mark.parametrize(
    ("customers", "expected"),
    [
        (firm(), []),
        (firm(contribution=40.0, wallet=150.0), [("W16", "median_tie")]),
        (firm(contribution=40.0, wallet=400.0), [("W16", "median_tie"), ("W16", "median_tie")]),
        (firm(8), [("W16", "few_customers")]),
    ],
)
def test_medians_that_do_not_divide(customers, expected):
    """Nobody grows, or everybody is the same; eight customers are too few for four groups."""
    if customers["wallet"].nunique() == 1 and customers["wallet"].iloc[0] == 150:
        customers = customers.assign(contribution=40 + np.arange(len(customers)))
    assert cases(rules.threshold_faults(matrix_of(customers), QUADRANTS, AXES)) == expected


def test_groups_too_small_for_a_policy():
    """A threshold that nobody reaches empties two of them."""
    found = rules.threshold_faults(matrix_of(firm(), "fixed", current=50, potential=1e9), QUADRANTS, AXES)
    assert cases(found) == [("W16", "small_quadrant"), ("W16", "small_quadrant")]
    assert {finding.values["customers"] for finding in found} == {0}


def test_phasing_out_touches_customers_with_a_role():
    """Only those in that group; no customer is named."""
    matrix = matrix_of(firm())
    leaving = matrix.frame.loc[matrix.frame["quadrant"] == "phase_out", "customer"].iloc[0]
    staying = matrix.frame.loc[matrix.frame["quadrant"] == "grow", "customer"].iloc[0]
    reasons = {"strategic": "strategisch belang", "referrer": "brengt klanten aan"}
    protected = pd.DataFrame({"customer": [leaving, staying], "reason": ["referrer", "strategic"]})
    found = rules.protected_customers(matrix, protected, reasons)
    assert cases(found) == [("W21", "protected_customers")]
    assert found[0].values == {"customers": 1, "reasons": ["brengt klanten aan"]}
    assert rules.protected_customers(matrix, protected.tail(1), reasons) == []


def test_a_well_known_account_with_a_role_is_not_let_go():
    """Worth little to both sides, and yet it brings in others."""
    rows = {"customer": None, "value": [100.0, 20_000.0], "growth": 0.0, "customer_value": [3.0, 8.0], "gut": None}
    accounts = pd.DataFrame({"account": ["Lunchroom", "School"], **rows, "role": "referrer"})
    found = rules.protected_accounts(portfolio(accounts, None, 15_000, 6.5), {"referrer": "brengt klanten aan"})
    assert cases(found) == [("W21", "protected_accounts")]
    assert found[0].values["accounts"] == ["Lunchroom"]
    assert rules.protected_accounts(portfolio(accounts.assign(role=None), None, 15_000, 6.5), {}) == []


def test_candidates_who_all_score_the_same():
    """All threes tell nobody apart."""
    assert cases(rules.flat_scores(pd.DataFrame({"score": [3.0] * 6}), "Keuze")) == [("W25", "straight_line")]
    assert rules.flat_scores(pd.DataFrame({"score": [3.0, 4.0, 3.0]}), "Keuze") == []


@pytest.mark.parametrize(
    ("customers", "limits", "case"),
    [
        (firm(wallet=100.0), {"method": "fixed", "current": 50, "potential": 10}, "no_growth"),
        (firm(contribution=40.0, wallet=400.0), {}, "tied"),
        (firm(), {"method": "fixed", "current": 50, "potential": 150}, "concentrated"),
        (firm(), {"method": "fixed", "current": 1e9, "potential": 1e9}, "plain"),
        (firm(wallet=[*[110.0] * 39, 9_000.0]), {"method": "fixed", "current": 50, "potential": 1_000}, "one"),
    ],
)
def test_the_claim_of_the_matrix_holds_for_any_firm(customers, limits, case):
    """Each way that the customers can lie has its own sentence."""
    matrix = matrix_of(customers, **({"method": "median"} | limits))
    reading = readings.matrix_reading(matrix)
    assert reading["case"] == case
    assert not math.isnan(reading["growth_share"])


def test_growth_on_estimates_is_said():
    """Known wallets carry it all, or none of it."""
    assert readings.estimated_share(matrix_of(firm())) == 0
    assert readings.estimated_share(matrix_of(firm(method="estimated"))) == 1
    assert readings.estimated_share(matrix_of(firm(wallet=100.0))) == 0


def test_no_customer_key_stands_in_the_notebook():
    """The stored notebook shows groups and kinds of organisation, never a customer."""
    root = Path(__file__).parents[1]
    stored = (root / "notebooks" / "06_relationship_matrix.ipynb").read_text(encoding="utf-8")
    customers = pd.read_csv(root / "data" / "demo" / "customers.csv")["customer"]
    assert [key for key in customers if f">{key}<" in stored or f"'{key}'" in stored or f" {key} " in stored] == []
