"""What present customers will still buy: the ranges, the limit of silence and the value, on CDNOW and by identities."""

from importlib.metadata import files

import numpy as np
import pandas as pd
import pytest

from crmworkbook.models.buy_till_you_die import bg_nbd, gamma_gamma, lifetime
from crmworkbook.models.buy_till_you_die.fitting import Fit, no_fit
from crmworkbook.models.buyers import Buyers, spend_per_day
from crmworkbook.models.buying_draws import _Redraw, simulated, simulated_spend
from crmworkbook.models.buying_outlook import outlook
from crmworkbook.models.buying_silence import alive_grid, alive_working, class_of, gone_table, silence_limit
from crmworkbook.models.buying_value import order_value
from crmworkbook.models.rates import Rate, Span

CALIBRATION_END = pd.Timestamp("1997-09-30")
HOLDOUT = Span(39.0, "week")


def cdnow() -> pd.DataFrame:
    """CDNOW, a tenth of the customers, up to 30 September 1997: repeat_days, last_day, age_days, repeat_spend."""
    path = next(file for file in files("lifetimes") or [] if file.name == "CDNOW_sample.txt").locate()
    names = ["master", "customer", "date", "cds", "amount"]
    rows = pd.read_csv(str(path), sep=r"\s+", header=None, names=names, dtype={"date": str})
    rows["date"] = pd.to_datetime(rows["date"], format="%Y%m%d")
    days = rows[rows["date"] <= CALIBRATION_END].groupby(["customer", "date"], as_index=False)["amount"].sum()
    first = days.groupby("customer")["date"].transform("min")
    later = days[days["date"] > first].groupby("customer")
    known = pd.DataFrame({"start": days.groupby("customer")["date"].min()})
    known["repeat_days"] = later.size().reindex(known.index, fill_value=0)
    known["last_day"] = (days.groupby("customer")["date"].max() - known["start"]).dt.days
    known["age_days"] = (CALIBRATION_END - known["start"]).dt.days
    known["repeat_spend"] = later["amount"].mean()
    return known.drop(columns="start")


@pytest.fixture(scope="module")
def buyers() -> Buyers:
    return Buyers.of(cdnow())


@pytest.fixture(scope="module")
def fit(buyers: Buyers) -> Fit:
    return bg_nbd.fit(buyers.histories)


@pytest.fixture(scope="module")
def spend_fit(buyers: Buyers) -> Fit:
    return gamma_gamma.fit(buyers.spends)


def test_the_orders_ahead_are_those_in_print(buyers: Buyers, fit: Fit, spend_fit: Fit) -> None:
    """CDNOW, 39 weeks after calibration: 1,653.4 repeat days are foretold (Fader, Hardie and Lee 2005)."""
    found = outlook(buyers, fit, spend_fit, HOLDOUT, draws=40)
    assert found.orders.value == pytest.approx(1653.4, abs=0.5)
    assert found.orders.low < 1653.4 < found.orders.high
    assert found.revenue is not None
    ahead = bg_nbd.conditional_purchases(fit, buyers.histories, HOLDOUT)[buyers.rows]
    assert found.revenue.value == pytest.approx(ahead @ spend_per_day(buyers, spend_fit))


def test_the_same_seed_gives_the_same_ranges(buyers: Buyers, fit: Fit, spend_fit: Fit) -> None:
    """A report is the same twice, to the byte."""
    assert outlook(buyers, fit, spend_fit, HOLDOUT, draws=5) == outlook(buyers, fit, spend_fit, HOLDOUT, draws=5)


@pytest.mark.slow
def test_a_range_of_more_customers_is_narrower(buyers: Buyers, fit: Fit, spend_fit: Fit) -> None:
    """Four times CDNOW: a sample gives half the relative width, up to chance, around four times the orders."""
    more = Buyers.of(pd.concat([buyers.frame] * 4, ignore_index=True))
    one, four = (outlook(some, fit, spend_fit, HOLDOUT, draws=150).orders for some in (buyers, more))
    assert four.value == pytest.approx(4 * one.value)
    assert (four.high - four.low) / four.value == pytest.approx((one.high - one.low) / one.value / 2, rel=0.35)


def test_expected_spend_is_that_in_print(buyers: Buyers, spend_fit: Fit) -> None:
    """CDNOW, first ten customers: 24.66 18.91 35.17 35.17 35.17 71.46 18.91 35.17 27.28 35.17."""
    first = [24.66, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert spend_per_day(buyers, spend_fit)[:10] == pytest.approx(first, abs=0.03)


def test_a_few_steps_end_where_a_search_from_scratch_ends(buyers: Buyers, fit: Fit) -> None:
    """The same draw of customers, estimated both ways."""
    drawn = _Redraw(bg_nbd.log_likelihood, buyers.histories, fit).draw(np.random.default_rng(3))
    data = buyers.histories
    weights = np.random.default_rng(3).multinomial(round(data.total), data.customers / data.total).astype(float)
    searched = bg_nbd.fit(data.reweighted(weights))
    assert drawn.values() == pytest.approx(searched.values(), rel=0.01)


def test_chance_comes_to_what_the_models_expect(buyers: Buyers, fit: Fit, spend_fit: Fit) -> None:
    """The mean of many simulated years is P(alive), the expected purchases and what is expected to be spent on them."""
    chance = np.random.default_rng(1)
    runs = [simulated(fit, buyers, HOLDOUT, chance) for _ in range(60)]
    alive, bought = (np.mean([run[part].sum() for run in runs]) for part in (0, 1))
    assert alive == pytest.approx(bg_nbd.p_alive(fit, buyers.histories)[buyers.rows].sum(), rel=0.005)
    assert bought == pytest.approx(1653.4, rel=0.015)
    one = np.ones(len(buyers.rows))
    spent = np.mean([simulated_spend(spend_fit, buyers, one, chance).sum() for _ in range(60)])
    assert spent == pytest.approx(spend_per_day(buyers, spend_fit).sum(), rel=0.01)


def test_without_a_spend_model_everybody_spends_the_mean(buyers: Buyers) -> None:
    """Total amount of the repeat days by their number; nothing known leaves nothing to tell."""
    nothing = no_fit("gamma_gamma", gamma_gamma.NAMES, 3.0, None, "too_few")
    frame = pd.DataFrame({"repeat_days": [1, 3, 0], "last_day": [5, 9, 0], "age_days": 20})
    some = Buyers.of(frame.assign(repeat_spend=[10.0, 30.0, np.nan]))
    assert spend_per_day(some, nothing).tolist() == [25.0, 25.0, 25.0]
    assert simulated_spend(nothing, some, np.array([2.0, 0.0, 1.0]), np.random.default_rng(1)).tolist() == [50, 0, 25]
    assert np.isnan(spend_per_day(Buyers.of(frame.assign(repeat_spend=np.nan)), nothing)).all()


def test_at_the_limit_of_silence_the_chance_is_a_half(fit: Fit) -> None:
    """Two ways to the same number, for a rare and a frequent customer."""
    for repeats, last in ((1.0, 10.0), (12.0, 30.0)):
        days = silence_limit(fit, repeats, last).result.value
        assert alive_working(fit, repeats, last, last + days / 7).result.value == pytest.approx(0.5)


def test_the_limit_by_class_counts_everybody_once(buyers: Buyers, fit: Fit) -> None:
    """Classes add up to those who came back, and those past it to those with a chance below a half."""
    table, sums = gone_table(fit, buyers)
    alive = bg_nbd.p_alive(fit, buyers.histories)[buyers.rows]
    assert table["customers"].sum() == buyers.again.sum() == 946
    assert table["past"].sum() == (alive < 0.5).sum()
    assert {working.subject for working in sums} == set(table.dropna(subset=["limit"])["class"])


def test_fields_hold_the_mean_of_their_customers() -> None:
    """Three customers in two fields; a class that nobody is in stays open inside and is left out at the edge."""
    shares, counts = alive_grid(pd.Series([2, 2, 12]), pd.Series([0, 30, 200]), np.array([0.9, 0.7, 0.2]))
    assert list(shares.index) == ["2", "3–4", "5–9", "10–19"]
    assert shares.loc["2", "0–30"] == pytest.approx(0.8)
    assert counts.loc["2", "0–30"] == 2
    assert counts.loc["5–9", "31–90"] == 0
    assert (
        class_of(pd.Series([1, 4, 20, 900]), {"low": (1, 4), "high": (5, 1e9)}).tolist() == ["low"] * 2 + ["high"] * 2
    )


def test_the_value_adds_up_the_lifetime_values(buyers: Buyers, fit: Fit, spend_fit: Fit) -> None:
    """A year at 12% and 30% margin: the same as the lifetime module, customer by customer."""
    horizon, rate = Span(1.0, "year"), Rate(0.12, "year")
    found = order_value(buyers, fit, spend_fit, 0.30, horizon, rate, draws=20)
    each = lifetime.discounted_purchases(fit, buyers.histories, horizon, rate)[buyers.rows]
    assert found.total.value == pytest.approx(0.30 * each @ spend_per_day(buyers, spend_fit))
    assert found.each.value == pytest.approx(found.total.value / 2357)
    assert found.total.low < found.total.value < found.total.high
    assert found.workings[-1].evaluate() == pytest.approx(found.each.value)
    nothing = no_fit("gamma_gamma", gamma_gamma.NAMES, 0.0, None, "too_few")
    unknown = Buyers.of(buyers.frame.assign(repeat_spend=np.nan))
    with pytest.raises(ValueError, match="no amount per order day"):
        order_value(unknown, fit, nothing, 0.30, horizon, rate)
