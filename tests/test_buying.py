"""Buying histories, as the models of repeat buying take them, on the real CDNOW sample."""

from __future__ import annotations

from datetime import date
from importlib.metadata import files
from pathlib import Path

import pandas as pd
import pytest

from crmworkbook.errors import TransactionsError
from crmworkbook.transactions import customer_table, read_orders
from crmworkbook.transactions.buying import histories, holdout, repeat_days_by_week, spend_histories

pytestmark = pytest.mark.slow  # reads files of orders

CALIBRATION, END = date(1997, 9, 30), date(1998, 6, 30)


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory):
    """One in ten customers of the CDNOW log, as the lifetimes distribution ships it."""
    shipped = next(file for file in files("lifetimes") if file.name == "CDNOW_sample.txt")
    rows = [line.split() for line in Path(shipped.locate()).read_text().splitlines()]
    path = tmp_path_factory.mktemp("cdnow") / "cdnow.csv"
    path.write_text("customer,date,amount\n" + "".join(f"{row[0]},{row[2]},{row[4]}\n" for row in rows))
    return read_orders(path, as_of=END)


@pytest.fixture
def small(tmp_path):
    """Writes orders and reads them up to the end of 2025."""

    def read(text: str):
        path = tmp_path / "orders.csv"
        path.write_text(text)
        return read_orders(path, as_of=date(2025, 12, 31), date_format="ymd", decimal=".")

    return read


def test_histories_of_cdnow_are_those_of_fader_hardie_and_lee(cdnow):
    """2,357 customers, of whom 946 ordered again in the 39 weeks, on 2,457 days in all (2005)."""
    found = histories(cdnow, CALIBRATION)
    assert found["customers"].sum() == 2_357
    assert (found["repeat_days"] * found["customers"]).sum() == 2_457
    assert found.loc[found["repeat_days"] > 0, "customers"].sum() == 946
    assert not found.duplicated(["repeat_days", "last_day", "age_days"]).any()
    assert (found["last_day"] <= found["age_days"]).all()
    assert (found.loc[found["repeat_days"] == 0, "last_day"] == 0).all()


def test_repeat_spend_of_cdnow_is_that_of_the_gamma_gamma_note(cdnow):
    """946 customers spend 35.0778 dollars on average on a repeat day."""
    found = spend_histories(cdnow, CALIBRATION)
    assert (len(found), found.attrs["left_out"]) == (946, 0)
    assert found["repeat_spend"].mean() == pytest.approx(35.0778, abs=5e-5)


def test_the_holdout_of_cdnow_is_counted_whole(cdnow):
    """In the next 39 weeks 684 of them came back, on 1,882 days, for 70,976.39 dollars."""
    found = holdout(cdnow, CALIBRATION)
    later = found[["later_days", "later_customers", "later_spend"]].sum()
    assert later.tolist() == pytest.approx([1_882, 684, 70_976.39])
    pd.testing.assert_frame_equal(found[histories(cdnow, CALIBRATION).columns.tolist()], histories(cdnow, CALIBRATION))


def test_weeks_add_up_to_all_order_days(cdnow):
    """78 whole weeks; the first has only new customers, and all days together are the 6,696 of the log."""
    found = repeat_days_by_week(cdnow)
    assert found["week"].tolist() == list(range(1, 79))
    assert found.loc[0, ["repeat_days", "new_customers"]].tolist() == [0, 157]
    assert found[["repeat_days", "new_customers"]].sum().tolist() == [6_696 - 2_357, 2_357]


def test_repeat_spend_is_what_is_left_without_the_first_day(small):
    """Two orders on the first day are one; a return on a day of its own lowers what later days brought."""
    orders = small(
        "customer,date,amount,order\n"
        "a,2025-01-01,10,1\na,2025-01-01,5,2\na,2025-02-01,30,3\na,2025-03-01,50,4\na,2025-03-05,-8,5\n"
        "b,2025-01-01,9,6\nc,2025-01-01,9,7\nc,2025-02-01,2,8\nc,2025-02-02,-4,9\n"
    )
    table = customer_table(orders).set_index("customer")
    assert table["orders"].to_dict() == {"a": 4, "b": 1, "c": 2}
    assert table["repeat_days"].to_dict() == {"a": 2, "b": 0, "c": 1}
    assert table.loc["a", "repeat_spend"] == (30 + 50 - 8) / 2
    assert pd.isna(table.loc["b", "repeat_spend"])
    first_day = table["revenue"] - (table["repeat_days"] * table["repeat_spend"]).fillna(0)
    assert first_day.to_dict() == {"a": 15, "b": 9, "c": 9}
    assert spend_histories(orders)["repeat_spend"].tolist() == [36]
    assert spend_histories(orders).attrs == {"left_out": 1}


def test_the_lines_of_an_order_are_one_order(small):
    """An order number counts once a day, a row without one counts by itself, and a credit note not at all."""
    orders = small(
        "customer,date,amount,order,product\n"
        "a,2025-01-01,10,1,x\na,2025-01-01,5,1,y\na,2025-01-01,5,,z\na,2025-01-01,-1,2,x\na,2025-02-01,5,3,x\n"
    )
    assert customer_table(orders).loc[0, ["order_days", "orders"]].tolist() == [2, 3]


def test_margin_is_there_when_the_orders_have_it_and_known_when_every_row_has(small):
    """Cost is taken off the amount, also of a return; a customer with one unknown cost has no margin."""
    orders = small(
        "customer,date,amount,order,cost\na,2025-01-01,10,1,6\na,2025-02-01,-4,2,-2\nb,2025-01-01,10,3,\nb,2025-02-01,9,4,2\n"
    )
    margin = customer_table(orders)["margin"]
    assert margin.tolist()[0] == 2
    assert pd.isna(margin[1])


def test_a_holdout_needs_time(small):
    """Nothing is left after the last day."""
    with pytest.raises(TransactionsError, match="choose an earlier day"):
        holdout(small("customer,date,amount\na,2025-01-01,10\n"), date(2025, 12, 31))


def test_one_order_has_a_history_and_weeks(small):
    """The smallest log there is."""
    orders = small("customer,date,amount\na,2025-12-01,10\n")
    assert histories(orders).to_dict("records") == [{"repeat_days": 0, "last_day": 0, "age_days": 30, "customers": 1}]
    assert repeat_days_by_week(orders)["new_customers"].tolist() == [1, 0, 0, 0]
    assert spend_histories(orders).empty
