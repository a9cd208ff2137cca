"""The charts of chapters 0 and 2 draw for little data and long names, and keep their words on the sheet."""

from __future__ import annotations

import pandas as pd
import pytest

from crmworkbook import chapters
from crmworkbook.charts import readiness as charts
from crmworkbook.charts import start
from crmworkbook.models.contact_mix import contact_mix, trend_ranks
from crmworkbook.models.readiness import PROCESSES, gaps, process_scores
from crmworkbook.text import label

from .conftest import stays_on_the_page

pytestmark = pytest.mark.slow  # draws


def options(table: str, column: str, language: str) -> dict[str, str]:
    return {key: words[language] for key, words in chapters.tables()[table].column(column).options.items()}


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("width", [charts.HALF, charts.WIDE])
def test_areas_and_results_fit_half_a_page(language, width):
    """Eight areas, three, one; scores of 1 and 5; one result."""
    names = options("management_areas", "area", language)
    frame = pd.DataFrame({"area": list(names), "now": [1.0, 5.0] * 4, "target": [5.0] * 8})
    assert stays_on_the_page(charts.areas(gaps(frame, "area"), names, language, width))
    assert stays_on_the_page(charts.areas(gaps(frame.head(3), "area"), names, language, width))
    assert stays_on_the_page(charts.areas(gaps(frame.head(1), "area"), names, language, width))
    names = options("crm_results", "result", language)
    frame = pd.DataFrame({"result": list(names), "before": [1.0, 5, 3, 4, 2], "after": [5.0, 5, 3, 2, 2]})
    for rows in (5, 1):
        found = gaps(frame.head(rows), "result", "before", "after")
        assert stays_on_the_page(charts.before_after(found, names, language, width))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_ten_questions_and_one(language):
    """The longest question beside the longest process."""
    names = options("crm_processes", "question", language)
    processes = {process: label(f"readiness.process.{process}", language) for process in PROCESSES}
    for rows in (10, 1):
        frame = pd.DataFrame({"question": list(names)[:rows], "now": 1.0, "target": 5.0, "importance": 5.0})
        found = process_scores(frame)
        assert stays_on_the_page(charts.priority_chart(found.questions, names, processes, found.largest, language))


@pytest.mark.parametrize("shares", [(0.45, 0.40, 0.15), (0.01, 0.01, 0.98), (0.98, 0.01, 0.01), (0.0, 1.0, 0.0)])
def test_effort_with_slivers(shares):
    """Parts too small for their number have it beside their name, and names do not run off."""
    names = options("effort_split", "effort", "nl")
    effort = pd.Series(dict(zip(names, shares, strict=True)))
    for new in (None, 0.0, 0.08, 1.0):
        assert stays_on_the_page(charts.effort_chart(effort, new, names, "nl"))


@pytest.mark.parametrize("count", [1, 5, 13])
def test_tiles_for_one_chapter_or_thirteen(count):
    """Rows as even as they can be."""
    frame = pd.DataFrame({"chapter": ["9 · Kanalen, operatie en service"] * count, "share": [0.5] * count})
    assert stays_on_the_page(start.completeness_tiles(frame, "nl"))


def test_contacts_and_votes():
    """One kind that only customers use, large numbers, and a vote nobody took part in."""
    rows = [("social", "customer", 1_250_000.0), ("crm", "ours", 3.0)]
    mix = contact_mix(pd.DataFrame(rows, columns=["kind", "initiative", "number"]))
    assert mix is not None
    assert stays_on_the_page(start.contact_bars(mix.frame, options("touchpoints", "kind", "nl"), "nl"))
    ranks = trend_ranks(pd.DataFrame({"trend": ["loyalty"], "points": [0.0]}))
    assert stays_on_the_page(start.vote_bars(ranks, options("trend_votes", "trend", "en"), "en"))
