"""The charts of the experience chapter draw whatever a client fills in, and labels keep apart."""

from __future__ import annotations

from datetime import date
from typing import Any

import matplotlib.text
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from crmworkbook.charts import experience as charts
from crmworkbook.charts import kano as kano_charts
from crmworkbook.charts.style import look, svg
from crmworkbook.models.customisation import customisation
from crmworkbook.models.journey import journey, pains_to_join
from crmworkbook.models.kano import CATEGORIES, classify
from crmworkbook.models.survey import survey_results

pytestmark = pytest.mark.slow  # draws

LONG = "Storingshulp binnen acht uur voor alle vestigingen in de regio"
TITLES = {"ces": "CES (1–7)", "ces_2010": "CES 2010 (1–5)"}
KINDS = {"M": "basis", "O": "behoefte", "A": "verrassing", "I": "onverschillig"}
FITS = dict.fromkeys(["adaptive", "cosmetic", "transparent", "collaborative"], "Volledig")
DEMO = {
    "Storingshulp binnen 8 uur": (22, 11, 2, 4, 0, 1),
    "Juiste levering (compleet, op tijd)": (19, 16, 1, 3, 0, 1),
    "Eén vast aanspreekpunt": (9, 18, 8, 4, 0, 1),
    "Heldere factuur": (17, 9, 1, 12, 0, 1),
    "Zelf bestellen in portaal": (5, 12, 14, 8, 1, 0),
    "Slim voorraadsignaal": (2, 6, 21, 10, 1, 0),
    "Gratis proeverij": (0, 2, 17, 19, 2, 0),
    "Wekelijkse marketingmail": (0, 1, 3, 18, 17, 1),
}


def classified(rows: dict[str, tuple[float, ...]]) -> pd.DataFrame:
    return classify(pd.DataFrame([(key, *row) for key, row in rows.items()], columns=["feature", *CATEGORIES])).frame


def boxes(figure: Figure) -> list[Any]:
    """Where each text stands in pixels; axis names and what is empty left out."""
    with look():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        words = [found for found in figure.axes[0].findobj(matplotlib.text.Text) if found.get_text().strip()]
        return [found.get_window_extent(canvas.get_renderer()) for found in words]


def test_eight_features_keep_their_labels_apart() -> None:
    """No two texts of the coffee firm's Kano plot overlap, in half a page."""
    frame = classified(DEMO)
    found = boxes(kano_charts.kano_plot(frame, {key: key for key in DEMO}, KINDS, "nl"))
    assert len(found) >= 14
    hits = [(a, b) for place, a in enumerate(found) for b in found[place + 1 :] if a.shrunk(0.97, 0.9).overlaps(b)]
    assert hits == []


@pytest.mark.parametrize("count", [1, 9, 30])
def test_features_draw_in_any_number_even_on_one_spot(count) -> None:
    """One, nine with the same answers and long names, and thirty with numbers instead of names."""
    frame = classified(dict.fromkeys((f"f{n}" for n in range(count)), (5, 5, 5, 5, 0, 0)))
    drawing = svg(kano_charts.kano_plot(frame, dict.fromkeys(frame["feature"], LONG), KINDS, "nl", half=False))
    assert (">30<" in drawing) == (count == 30)


def test_features_without_coefficients_are_left_out() -> None:
    """All questionable: an empty plane with its corners named."""
    frame = classified({"odd": (0, 0, 0, 0, 0, 9)})
    assert "verrassing" in svg(kano_charts.kano_plot(frame, {}, KINDS, "nl"))


@pytest.mark.parametrize("count", [1, 10, 30])
def test_a_journey_draws_with_one_step_and_with_many(count) -> None:
    """Long names, effort here and there, stars and brackets."""
    steps = pd.DataFrame({"step": [f"s{n}" for n in range(count)]})
    steps["emotion"] = [(-1) ** n * (n % 6) for n in range(count)]
    steps = steps.assign(moment_of_truth=True, effort=[float("nan"), *[4.5] * (count - 1)])
    found = journey(steps)
    assert found is not None
    drawing = svg(charts.emotion_curve(found, pains_to_join(found), dict.fromkeys(steps["step"], LONG), "nl"))
    assert "einde" in drawing
    assert "nan" not in "".join(drawing.split("</style>")[1:]).lower()


@pytest.mark.parametrize("half", [True, False])
def test_gaps_and_efforts_draw_at_both_widths(half) -> None:
    """Thirty aspects of which twelve are drawn; one and two versions of CES."""
    rows = pd.DataFrame({"aspect": LONG, "expected": 10.0, "perceived": 1.0, "gap": -9.0}, index=range(30))
    assert svg(charts.expectation_dumbbell(rows, "nl", half)).count("−9,0") == charts.MOST_ASPECTS
    answers = pd.DataFrame({"metric": ["ces", "ces_2010"], "value": ["7", "1"], "count": [40.0, 40.0]})
    found = survey_results(answers, date(2025, 12, 31))
    for shown in (found[:1], found):
        assert "CES" in svg(charts.effort_bars(shown, TITLES, "nl", half))


@pytest.mark.parametrize("count", [1, 8, 20])
def test_the_four_kinds_draw_with_any_number_of_segments(count) -> None:
    """All in one square, amounts only while there is room."""
    table = pd.DataFrame(
        {"segment": [f"s{n}" for n in range(count)], "cost": 5.0, "value": [9.0] + [1.0] * (count - 1)}
    )
    found = customisation(table.assign(presentation=True, product=True)).frame
    drawing = svg(kano_charts.customisation_map(found, dict.fromkeys(table["segment"], LONG), FITS, "nl"))
    assert "geen segment" in drawing
