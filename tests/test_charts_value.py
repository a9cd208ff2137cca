"""Charts of customer value and RFM draw what clients bring."""

import math

import pandas as pd
import pytest

from crmworkbook.charts import rfm as rfm_charts
from crmworkbook.charts import value as charts
from crmworkbook.charts.style import svg
from crmworkbook.models.cohorts import cohort_retention
from crmworkbook.models.customer_base import concentration, whale_curve
from crmworkbook.models.lifetime_value import survival_curve
from crmworkbook.models.rfm import SEGMENT_KEYS, heat_map, rfm_scores, segment_table
from crmworkbook.models.sensitivity import tornado

pytestmark = pytest.mark.slow  # draws


@pytest.mark.parametrize("count", [1, 8])
def test_value_against_cost_for_one_or_many_segments(count):
    """Long names are cut, a segment that won nobody has no stroke, a loss has a bar to the left."""
    keys = [f"s{place}" for place in range(count)]
    values = pd.DataFrame({"value_new": 1000.0, "cac": 400.0, "payback": 1.2}, index=keys)
    values.iloc[-1] = [-300.0, math.nan, math.nan]
    names = dict.fromkeys(keys, "Zorginstellingen, ziekenhuizen en andere locaties met veel bezoekers")
    drawing = svg(charts.value_against_cost(values, names, "nl"))
    assert "€\xa0−300" in drawing
    assert "nan" not in drawing


@pytest.mark.parametrize("profit", [[60, 40, 30, 20, 10, 5, 0, -5, -20, -40], [5.0], [-5, -10], [0.0, 0.0]])
def test_whale_for_any_profit(profit):
    """With and without loss-makers, for one customer, and when there is nothing to share."""
    assert svg(charts.whale(whale_curve(pd.Series(profit, dtype=float)), "en", wide=True))


def test_concentration_for_one_customer():
    """A curve of one step."""
    assert svg(charts.concentration_curve(concentration(pd.Series([100.0])), "nl"))


def test_tornado_prints_both_ends():
    """Equity on either side of today's."""
    bars = tornado(100, 1000, 0.8, 0.1)
    names = {driver: f"{driver} ±" for driver in bars["driver"]}
    drawing = svg(charts.tornado_bars(bars, 266_667, names, "en"))
    assert "€266,667" in drawing
    assert "€293,333" in drawing


def test_survival_with_and_without_cohorts():
    """Cohorts that break off are drawn as far as they go."""
    curve = survival_curve(1.0, 0.84, 0.10, 10)
    rows = pd.DataFrame({"cohort": 2023, "year_end": [2023, 2024], "active": [100, 70]})
    assert "geteld" in svg(charts.survival_chart(curve, cohort_retention(rows).by_age, "nl"))
    assert "geteld" not in svg(charts.survival_chart(curve, None, "nl", wide=True))


@pytest.mark.parametrize("count", [1, 30, 200])
def test_heat_map_has_a_field_for_every_customer(count):
    """Three classes and five."""
    table = pd.DataFrame(
        {
            "customer": [str(place) for place in range(count)],
            "recency_days": range(count),
            "order_days": range(1, count + 1),
            "average_spend": 10.0,
            "revenue": 10.0,
        }
    )
    counts = heat_map(rfm_scores(table))
    assert counts.to_numpy().sum() == count
    assert svg(rfm_charts.rfm_heat_map(counts, "en"))
    shown = rfm_charts.group_rows(segment_table(rfm_scores(table)), "nl")
    assert shown["customers"].gt(0).all()
    assert set(rfm_charts.group_names("nl")) == set(SEGMENT_KEYS)
