"""The charts of the business case draw whatever a client fills in."""

from __future__ import annotations

import numpy as np
import pytest

from crmworkbook.charts.business_case import benefit_bridge, cash_curves, npv_tornado
from crmworkbook.charts.style import svg
from crmworkbook.models.business_case import RANGES, BusinessCase, tornado

pytestmark = pytest.mark.slow  # draws

NAMES = {"pessimistic": "pessimistisch", "base": "basis", "optimistic": "optimistisch"}
LONG = "Minder herhaalcontacten over storingen bij zorginstellingen buiten kantooruren"


@pytest.mark.parametrize(("years", "size"), [(1, 1.0), (3, 1e5), (10, 1e8), (2, 0.0)])
def test_the_pictures_draw_from_one_year_to_ten(years, size):
    """Also for hundreds of millions, and for a case in which nothing moves; three equal ends stay apart."""
    row = np.array([-size, *[size] * years])
    drawing = svg(cash_curves({name: row.cumsum() for name in NAMES}, NAMES, "nl"))
    assert all(f">{name}<" in drawing for name in NAMES.values())
    case = BusinessCase(-np.minimum(row, 0), np.zeros(years + 1), np.maximum(row, 0)[None, :], ("other",), 0.1)
    assert "Minder herhaalcontacten" in svg(npv_tornado(tornado(case), case.npv, dict.fromkeys(RANGES, LONG), "nl"))
    assert "Totaal" in svg(benefit_bridge([(LONG, size), ("Kosten", -2 * size)], "Totaal", "nl"))


def test_a_bridge_without_steps_is_its_total():
    """Neither costs nor benefits yet."""
    assert "€ 0" in svg(benefit_bridge([], "Totaal", "nl")).replace("\xa0", " ")
