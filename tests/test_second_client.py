"""A second client, of another trade: subscription software, two of everything, per month, in dollars, in English only.

It shares no word, key or dimension with the demo, so that nothing of the demo's can hide in the product.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmworkbook.client import read_client
from crmworkbook.models.customer_equity import coming_year
from crmworkbook.models.rates import rate_per_period
from crmworkbook.models.segment_base import complete, segment_base
from crmworkbook.models.segment_value import segment_value
from crmworkbook.report import make_report

from .pdf import words

CLIENT = Path(__file__).parent / "clients" / "subscription" / "client.yaml"
HEAD = "crmworkbook: 1\nname: Provider\nlanguage: en\nas_of: 2026-06-30\ncurrency: USD\nperiod: month\n"
DUTCH = (
    "klant",
    "jaar",
    "maand",
    "omzet",
    "waarde",
    "werven",
    "behouden",
    "niet",
    "geen",
    "welke",
    "het",
    "een",
    "wij",
)
DEMO = ("bronmolen", "koffie", "coffee", "hospitality", "horeca", "kantoren", "offices", "dealers", "account manager")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with its report, made once."""
    folder = tmp_path_factory.mktemp("subscription")
    make_report(CLIENT, output=folder)
    return folder


@pytest.fixture(scope="module")
def content(report: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((report / "report.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def printed(report: Path) -> str:
    """Everything on the pages."""
    return words(report / "report.pdf")


def value_of(path: Path) -> Any:
    """What the segments of a client are worth, from the client file on, as chapter 4 calculates it."""
    client = read_client(path)
    base = complete(segment_base(client.tables["segments"], client.tables["segment_costs"], client.tables.get("cube")))
    rate, growth = (client.assumption(name) for name in ("discount_rate", "margin_growth"))
    periods = client.periods_per_year
    now, grown = (rate_per_period(float(yearly or 0), periods) for yearly in (rate, growth))
    return segment_value(base, now, grown, horizon=5 * periods), base


def test_an_internet_provider_is_worth_what_the_books_print(client_of: Callable[..., Path]) -> None:
    """$17.95 a month, 99.5% stay, 1% a month: $1,209 (Darden) as a new customer, $1,191 (Farris et al.) without today.

    Typed as a client would: a thousand customers of whom five leave, and the discount rate per year, 12.6825%.
    """
    path = client_of(
        "segments: {homes: Homes}\nassumptions: {discount_rate: 0.126825}\n",
        HEAD,
        segments="segment,customers_start,customers_lost,customers_new\nhomes,1000,5,5\n",
        segment_costs="segment,contribution,cost_to_serve,acquisition\nhomes,19450,1500,2500\n",
    )
    value, _ = value_of(path)
    homes = value.frame.loc["homes"]
    assert homes["net_contribution"] == pytest.approx(17.95)
    assert homes["value_new"] == pytest.approx(1208.63, abs=0.01)
    assert homes["value_existing"] == pytest.approx(1190.68, abs=0.01)


def test_its_segments_are_worth_what_a_pocket_calculator_says() -> None:
    """Clinics: 39,770 / 1,010 = 39.376 a month; × .995 / (1.01 − .995) = 2,611.9. Five years are sixty payments."""
    value, base = value_of(CLIENT)
    clinics, salons = value.frame.loc["clinics"], value.frame.loc["salons"]
    assert clinics["net_contribution"] == pytest.approx(39_770 / 1_010)
    assert clinics["value_existing"] == pytest.approx(2_611.9, abs=0.1)
    sixty = sum(39.376 * (0.995 / 1.01) ** month for month in range(1, 61))
    assert clinics["value_five_years"] == pytest.approx(sixty, rel=1e-4)
    assert salons["payback"] == pytest.approx(520 / 14.921, rel=1e-3)  # months
    assert value.equity == pytest.approx(4_040 * 60_280 / 4_040 * 98 / 3 + 1_010 * 39_770 / 1_010 * 995 / 15, rel=1e-4)
    won = base.set_index("segment")["customers_new"]
    year = [working.result.value for working in coming_year(value.frame, won, 12)]
    assert year == pytest.approx([12 * 120 * (salons["value_new"] - 520), 12 * 15 * (clinics["value_new"] - 700)])


@pytest.mark.slow
def test_every_chapter_comes_to_a_conclusion(content: dict[str, Any]) -> None:
    """With two of everything, and with most tables missing, no chapter stops."""
    assert len(content["chapters"]) == 13
    assert all(chapter["conclusion"] for chapter in content["chapters"])
    assert '"severity": "E"' not in json.dumps(content)


@pytest.mark.slow
def test_the_report_prints_those_numbers_in_dollars(printed: str) -> None:
    """And no other currency."""
    for amount in ("US$2,612", "US$2,651", "US$4.61m", "US$14.92", "US$39.38", "US$8.20"):
        assert amount in printed
    assert "€" not in printed
    assert not re.search(r"\beuros?\b", printed, re.IGNORECASE)


@pytest.mark.slow
def test_it_says_month_where_a_number_is_per_month(printed: str) -> None:
    """Retention, contribution, payback, half-life and the axis; the discount rate and the cohorts remain yearly."""
    for phrase in (
        "Net contribution and retention per month",
        "discount rate 12.7% per year",
        "which makes 1.00% and 0.00% per month",
        "(1 + 0.1268)^(1 / 12) − 1 = 1.000%",
        "back in 17.8 months",
        "months until half have left",
        "every month as many as in the past month",
        "only the first 60 of those payments",
        "Months from now",
        "98.3% per month, twelve months in a row",
        "Keeping a customer for a month",
        "Contacts per month by kind",
    ):
        assert phrase in printed, phrase


@pytest.mark.slow
def test_no_year_stands_beside_a_monthly_number(printed: str) -> None:
    """What the tables hold per month is never called yearly; the business case is yearly, and so are orders."""
    monthly = "contribution|per customer|retention|revenue|cost to serve|spend|spending|leads|new customers|overhead"
    body = printed[: printed.upper().rindex("G · GLOSSARY")]
    found = [body[hit.start() - 40 : hit.end() + 40] for hit in re.finditer(rf"\b({monthly}) (per|a) year\b", body)]
    yearly = (
        "Net contribution per customer per year P ×",
        "Per unit: net contribution",
        "of a customer who orders again",
    )
    assert [place for place in found if not any(words in place for words in yearly)] == []
    for wrong in ("start of the year who", "Back in years", "Half-life (years)", "Years from now", "for a year costs"):
        assert wrong not in printed


@pytest.mark.slow
def test_no_dutch_and_nothing_of_the_demo(printed: str) -> None:
    """One language, one client; sources may bear Dutch titles."""
    body = printed[: printed.upper().rindex("F · SOURCES")].replace("Hoe ontwikkel je een CRM", "")
    assert [word for word in DUTCH if re.search(rf"\b{word}\b", body)] == []
    assert [word for word in DEMO if word in printed.lower()] == []


@pytest.mark.slow
def test_nothing_is_not_a_number(content: dict[str, Any], printed: str) -> None:
    """What is not known is a dash."""
    assert not re.search(r"\b(nan|inf|None)\b", printed)
    assert "NaN" not in json.dumps(content)
