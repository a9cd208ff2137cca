"""Charts of buying again draw few and many, and keep their words on the page."""

import numpy as np
import pandas as pd
import pytest

from crmworkbook.charts import buying as charts
from crmworkbook.charts.style import svg

from .conftest import stays_on_the_page

pytestmark = pytest.mark.slow  # draws


@pytest.mark.parametrize("shape", [(1, 1), (5, 5)])
def test_the_map_marks_where_customers_are_probably_gone(shape):
    """One field or all of them; an empty field has no words."""
    shares = pd.DataFrame(np.linspace(0.2, 1.0, shape[0] * shape[1]).reshape(shape))
    counts = pd.DataFrame(np.full(shape, 1_234))
    if shape != (1, 1):
        shares.iloc[0, 1], counts.iloc[0, 1] = np.nan, 0
    figure = charts.alive_map(shares, counts, "nl", wide=shape == (1, 1))
    drawing = svg(figure)
    assert "20%" in drawing
    assert "n = 1.234" in drawing
    assert "nan" not in drawing
    assert stays_on_the_page(figure)


@pytest.mark.parametrize(("weeks", "split", "axis"), [(8, 6, "maanden"), (200, 148, "jaren"), (60, 60, "maanden")])
def test_the_lines_are_named_and_the_part_foretold_is_marked(weeks, split, axis):
    """Months for a short past, years for a long one; nothing is foretold when the model saw everything."""
    count = np.arange(1.0, weeks + 1)
    frame = pd.DataFrame({"week": count, "counted": 3 * count, "expected": 3.4 * count})
    figure = charts.tracking_chart(frame, split, "nl")
    drawing = svg(figure)
    assert f"{axis} sinds de eerste order" in drawing
    assert {"geteld", "model"} <= {label.get_text() for label in figure.axes[0].texts}
    assert ("voorspeld" in drawing) == (split < weeks)
    assert stays_on_the_page(figure)


@pytest.mark.parametrize("classes", [["2"], ["1", "2", "3–4", "5–9", "10–19", "20+"]])
def test_foretold_stands_beside_counted_by_class(classes):
    """Also where nobody ordered any more."""
    frame = pd.DataFrame({"label": classes, "counted": 0.0, "expected": np.arange(len(classes)) / 3})
    drawing = svg(charts.calibration_chart(frame, "en"))
    assert "● model" in drawing
    assert "nan" not in drawing
