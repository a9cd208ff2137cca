"""Periods, cohorts and returns, counted on the engine."""

from datetime import date

import pytest

from crmworkbook.transactions import read_orders
from crmworkbook.transactions.periods import cohort_triangle, periods_of, returns_by_silence

pytestmark = pytest.mark.slow  # reads files of orders

ORDERS = [
    ("a", "2021-02-01", 10),
    ("a", "2022-03-01", 20),
    ("a", "2022-03-01", 5),
    ("a", "2024-05-01", 40),
    ("b", "2021-06-01", 7),
    ("c", "2023-01-01", 9),
    ("c", "2024-01-01", 9),
    ("c", "2024-02-01", -4),
    ("d", "2024-12-31", 3),
    ("e", "2020-12-31", 1),
    ("e", "2023-12-31", 2),
]


@pytest.fixture
def orders(tmp_path):
    path = tmp_path / "orders.csv"
    lines = [f"{customer},{day},{amount}" for customer, day, amount in ORDERS]
    path.write_text("\n".join(["customer,date,amount", *lines]) + "\n")
    return lambda day: read_orders(path, as_of=day)


def test_years_are_counted_back_from_the_base_date(orders):
    """Four whole years; an order of the evening before belongs to nobody's first year."""
    periods = periods_of(orders(date(2024, 12, 31)))
    assert periods.months == 12
    assert periods.ends == tuple(date(year, 12, 31) for year in (2021, 2022, 2023, 2024))
    assert periods.start == date(2020, 12, 31)


def test_shorter_orders_get_shorter_periods_and_month_ends_stay(orders):
    """Up to September 2021 the eight months give four periods of one month at most; no length is skipped."""
    periods = periods_of(orders(date(2021, 9, 30)))
    assert periods.months == 1
    assert periods.ends[-2:] == (date(2021, 8, 31), date(2021, 9, 30))


def test_cohorts_begin_with_the_first_order_of_all(orders):
    """E came before the first period and is cohort −1; returns lower the money, not the customers."""
    found = orders(date(2024, 12, 31))
    triangle = cohort_triangle(found, periods_of(found)).set_index(["cohort", "period"])
    assert triangle["customers"].to_dict() == {
        (-1, 2): 1,
        (0, 0): 2,
        (0, 1): 1,
        (0, 3): 1,
        (2, 2): 1,
        (2, 3): 1,
        (3, 3): 1,
    }
    assert triangle.loc[(2, 3), "revenue"] == 5


def test_every_period_after_an_order_counts_once(orders):
    """A: back after one and after two years; b: silent three years; c: back after one; e: silent one year."""
    found = orders(date(2024, 12, 31))
    returns = returns_by_silence(found, periods_of(found))
    assert returns["customers"].tolist() == [5, 2, 1]
    assert returns["back"].tolist() == [2, 1, 0]
