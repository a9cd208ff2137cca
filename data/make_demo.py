"""Make the tables of the demonstration client, Bronmolen Koffie & Service B.V., a firm that does not exist.

    python data/make_demo.py            writes data/demo
    python data/make_demo.py FOLDER     writes elsewhere, with copies of the files kept by hand

The same seed gives the same bytes. What is not written here is kept by hand and only copied, such as
``client.yaml`` (names, answers, assumptions, small tables) and ``customers.csv`` (525 customers; revenue,
contribution, cost to serve and wallet in euros a year, cost to serve including development).

What holds everywhere: shares as 0.84, euros excluding VAT, ISO dates, English keys, the client's own words
in two columns ``_nl`` and ``_en``, and no column that follows from others. The tables agree with each
other:

- the cube adds up to €4,800,000, and to the revenue of every segment, offering and channel;
- ``customers.csv`` adds up to the cube's revenue and contribution per segment;
- cost to serve and development of a segment add up to the cost to serve of its customers (development is
  12% of it, a choice), so the net contribution per customer is contribution minus both;
- acquisition cost per segment and spend per lead channel both add up to €291,000 for 83 new customers;
- the cost ledger adds up to the costs of every segment; service, retention and development of a customer add up to its
  cost to serve in ``customers.csv``, and the 83 customers with an acquisition cost had no portal order before 2025;
- the orders of 2025 add up to the cube's portal revenue in every segment, to the cent.

Simplification: the 84 customers lost in 2025 bear no revenue in that year.

The earlier round, ``history/rounds/2024``, is the folder as ``crmworkbook round`` kept it a year before: its
customers at the end are those of the start of 2025, its cohorts and orders are the same ones up to 31
December 2024, and its portal revenue is what those orders of 2024 add up to. It has fewer tables.

Orders. The portal opened in January 2023, so the first order of each of its 180 customers is their first
one there. A customer joins on some day, orders at a steady rate of its own until it goes quiet (many never
do; a quiet one is still a customer through another channel), less in summer and between Christmas and New
Year. Three orders in a hundred come with a second one on the same day. No customer orders more in 2025 than
98% of its whole revenue.

``orders_export.csv`` holds the same orders as a Dutch bookkeeping package writes them: semicolons, decimal
comma, dd-mm-yyyy, Windows-1252, CRLF. A credit note bears the date of the invoice that it corrects. Beside
the orders it has

- 40 invoices that were too high, each with a credit note for the difference (the order is what is left),
- 15 invoices credited in full, on days on which that customer ordered nothing else: such a day is no order
  day,
- 25 lines without customer (counter sales),
- 30 exact copies of a line.
"""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).parent / "demo"
SEED = 20251220
AS_OF = pd.Timestamp("2025-12-31")
OPENING = pd.Timestamp("2023-01-02")

SEGMENTS = ("offices", "care", "education", "hospitality", "industry")
OFFERINGS = ("coffee", "rental", "service", "training")
CHANNELS = ("account_manager", "portal", "dealers")

# Thousands of euros in 2025: account manager / portal / dealers.
REVENUE = {
    "offices": {
        "coffee": (280, 400, 120),
        "rental": (300, 60, 120),
        "service": (150, 30, 60),
        "training": (60, 20, 0),
    },
    "care": {
        "coffee": (360, 80, 40),
        "rental": (290, 0, 40),
        "service": (160, 0, 20),
        "training": (30, 0, 0),
    },
    "education": {
        "coffee": (110, 120, 40),
        "rental": (120, 10, 50),
        "service": (60, 5, 25),
        "training": (15, 5, 0),
    },
    "hospitality": {
        "coffee": (120, 220, 120),
        "rental": (50, 10, 40),
        "service": (40, 10, 20),
        "training": (55, 25, 10),
    },
    "industry": {
        "coffee": (230, 70, 130),
        "rental": (190, 0, 110),
        "service": (90, 0, 60),
        "training": (15, 0, 5),
    },
}
# Contribution as a share of revenue, by channel in the same order; for an empty cell what it would be.
MARGIN = {
    "coffee": (0.38, 0.44, 0.27),
    "rental": (0.46, 0.50, 0.34),
    "service": (0.30, 0.36, 0.18),
    "training": (0.42, 0.48, 0.25),
}
# The nine cells without sales: are they open or left alone on purpose, and could we serve them at all?
# what the answer customer_strategy_cube.choice says in words
CHOSEN_CELLS = {
    ("care", "coffee", "account_manager"),
    ("care", "rental", "account_manager"),
    ("care", "service", "account_manager"),
    ("care", "rental", "portal"),
}
EMPTY_CELLS = {
    ("care", "rental", "portal"): ("whitespace", True),  # framework contracts make ordering online simple
    ("care", "service", "portal"): ("whitespace", True),  # planned visits can be booked online
    ("industry", "rental", "portal"): ("whitespace", True),
    ("industry", "service", "portal"): ("whitespace", True),
    ("care", "training", "portal"): ("by_choice", False),  # training is given on the ward, not online
    ("industry", "training", "portal"): ("by_choice", False),
    ("offices", "training", "dealers"): ("by_choice", True),  # dealers could, but the advice is ours
    ("care", "training", "dealers"): ("by_choice", True),
    ("education", "training", "dealers"): ("by_choice", True),
}
# Thousands of euros: what our area spends a year, by offering.
MARKET = {
    "offices": (9_000, 5_500, 2_600, 500),
    "care": (4_200, 3_600, 1_800, 300),
    "education": (2_500, 1_600, 800, 200),
    "hospitality": (14_000, 3_000, 2_000, 900),
    "industry": (5_200, 3_900, 1_900, 250),
}

# segment: customers on 1 January 2025, lost, won; target for 2026 (€); satisfaction (1-10); market growth;
# competition (1-5)
SEGMENT_FACTS = {
    "offices": (198, 32, 34, 1_630_000, 7.4, -0.01, 4),
    "care": (58, 3, 5, 1_110_000, 8.3, 0.04, 2),
    "education": (72, 8, 6, 570_000, 7.8, 0.01, 3),
    "hospitality": (126, 34, 28, 700_000, 7.0, 0.02, 5),
    "industry": (72, 7, 10, 940_000, 7.9, 0.03, 3),
}
CAPABILITY = {"coffee": 4, "rental": 4, "service": 5, "training": 3}
# channel: strength (1-5), part of the market it can reach, direct or not, trend
CHANNEL_FACTS = {
    "account_manager": (4, 0.5, "direct", "stable"),
    "portal": (3, 0.3, "direct", "rising"),
    "dealers": (2, 0.2, "indirect", "falling"),
}
# segment: serving, winning and developing customers in 2025, euros
COSTS = {
    "offices": (184_800, 108_800, 25_200),
    "care": (137_280, 45_000, 18_720),
    "education": (83_160, 24_000, 11_340),
    "hospitality": (179_520, 53_200, 24_480),
    "industry": (115_500, 60_000, 15_750),
}
# Of a segment's customers in the ledger: part that bears development, part that bears retention (the largest ones).
DEVELOPED, NURSED = 0.35, 0.50
LEADS = {"account_manager": (150, 45, 198_000), "portal": (190, 26, 58_000), "dealers": (75, 12, 35_000)}
# Customers who started in a year, active at the end of that year and of each year after it.
COHORTS = {
    2019: (96, 65, 53, 48, 45, 42, 38),
    2020: (80, 54, 45, 41, 38, 34),
    2021: (98, 67, 55, 50, 44),
    2022: (108, 73, 62, 52),
    2023: (104, 70, 55),
    2024: (110, 74),
    2025: (83,),
}

# factor: weight, then the scores of us, the national supplier, the online seller and the regional roaster
FACTORS = {
    ("Prijs", "Price"): (0.20, (3, 4, 5, 2)),
    ("Hulp bij storing", "Help with breakdowns"): (0.25, (5, 3, 1, 3)),
    ("Bestelgemak", "Ease of ordering"): (0.20, (3, 4, 5, 2)),
    ("Smaak en kwaliteit", "Taste and quality"): (0.15, (4, 3, 3, 5)),
    ("Persoonlijk contact", "Personal contact"): (0.20, (5, 2, 1, 4)),
}
PARTIES = ("us", "chain", "web", "roaster")
# Means of five participants on four statements for each discipline.
STATEMENT_SCORES = {
    "us": {
        "product": (2.8, 2.4, 2.6, 2.6),
        "operations": (3.4, 3.0, 2.8, 3.2),
        "customer": (4.0, 3.8, 3.6, 3.8),
    },
    "chain": {
        "product": (3.0, 2.8, 2.6, 2.8),
        "operations": (4.2, 4.0, 3.6, 3.8),
        "customer": (2.4, 2.6, 2.8, 2.6),
    },
    "web": {
        "product": (2.4, 2.0, 2.6, 2.2),
        "operations": (4.2, 3.8, 3.4, 3.0),
        "customer": (1.6, 2.0, 1.8, 2.2),
    },
}
# activity: part of all costs, value to the customer (1-5), what CRM would change
ACTIVITIES = {
    "inbound": (0.07, 2,
        "Voorraadsignaal van de klant stuurt onze inkoop",
        "The customer's refill signal steers our stock"),
    "operations": (0.34, 3,
        "Machine-instelling per locatie vastgelegd",
        "Machine settings recorded for each site"),
    "outbound": (0.12, 4,
        "Chauffeur kent de afspraken en meldt wat hij ziet",
        "The driver knows the agreements and reports what they see"),
    "marketing_sales": (0.13, 3,
        "Werven waar een klant zich terugverdient",
        "Winning customers where they pay back"),
    "service": (0.17, 5,
        "Monteur ziet de historie en belt de klant vooraf",
        "The technician sees the history and calls the customer first"),
    "infrastructure": (0.06, 1,
        "Heldere factuur per locatie",
        "A clear invoice for each site"),
    "hr": (0.03, 3,
        "Servicetraining voor alle medewerkers",
        "Service training for all staff"),
    "technology": (0.04, 3,
        "Eén klantdossier voor verkoop en service",
        "One customer file for sales and service"),
    "procurement": (0.04, 2,
        "Inkoop van machines op storingscijfers",
        "Buying machines on their fault record"),
}  # fmt: skip
OBJECTIVES = [
    ("Klanten langer houden", "Keep customers longer",
     "Retentie per jaar", "Retention per year", 0.87, "share", "2026-12-31"),
    ("Een groter deel van het koffiebudget verdienen", "Earn a larger part of the coffee budget",
     "Klantaandeel", "Share of wallet", 0.52, "share", "2027-12-31"),
    ("Alleen werven waar het zich terugverdient", "Win customers only where that pays",
     "Wervingskosten per nieuwe klant", "Acquisition cost per new customer", 3_200, "money", "2026-12-31"),
    ("De contributiemarge verbeteren", "Improve the contribution margin",
     "Contributie / omzet", "Contribution / revenue", 0.39, "share", "2026-12-31"),
    ("Storingen snel verhelpen", "Put faults right quickly",
     "Meldingen binnen acht uur verholpen", "Reports solved within eight hours", 0.95, "share", "2026-09-30"),
]  # fmt: skip
# goal, statement, KPI, unit, baseline, target in 12 and 36 months, owner, priority, lowest and highest of
# earlier years. The baseline of engagement is counted from the orders.
GOALS = [
    ("loyalty", "Klanten in alle segmenten langer houden", "Keep customers longer in every segment",
     "Retentie: behouden klanten / klanten aan het begin van het jaar",
     "Retention: customers kept / customers at the start of the year",
     "share", 0.8403, 0.87, 0.89, "Hoofd verkoop", "Head of sales", True, 0.82, 0.85),
    ("partner_loyalty", "Dealers aan ons binden", "Bind dealers to us",
     "Behouden dealers / dealers (14 van 16)", "Dealers kept / dealers (14 of 16)",
     "share", 0.875, 0.9375, 1.0, "Hoofd kanaal", "Head of channels", False, 0.8125, 0.9375),
    ("engagement", "Klanten vaker zelf laten bestellen in het portaal",
     "Have customers order in the portal themselves more often",
     "Portaalactief: klanten met een order in de laatste 90 dagen / alle klanten",
     "Portal-active: customers with an order in the last 90 days / all customers",
     "share", None, 0.32, 0.45, "Hoofd marketing", "Head of marketing", True, None, None),
    ("profit", "Meer overhouden na bedienen, ontwikkelen en werven",
     "Have more left after serving, developing and winning customers",
     "Contributie min bedienen, ontwikkelen en werven, vóór vaste kosten",
     "Contribution less serving, developing and winning, before overhead",
     "money", 744_500, 820_000, 930_000, "Directeur", "Managing director", True, 690_000, 760_000),
    ("revenue", "Groeien in zorg en industrie", "Grow in care and industry",
     "Omzet per jaar exclusief btw", "Revenue per year excluding VAT",
     "money", 4_800_000, 4_950_000, 5_250_000, "Directeur", "Managing director", False, 4_550_000, 4_820_000),
    ("leads", "Meer geschikte leads", "More suitable leads",
     "Gekwalificeerde leads per jaar", "Qualified leads per year",
     "count", 415, 430, 460, "Hoofd marketing", "Head of marketing", False, 380, 430),
    ("lead_quality", "Een groter deel van de leads wordt klant",
     "A larger part of the leads becomes a customer",
     "Gewonnen klanten / leads", "Customers won / leads",
     "share", 0.20, 0.215, 0.24, "Hoofd verkoop", "Head of sales", True, 0.18, 0.27),
    ("new_customers", "Nieuwe klanten winnen in zorg en industrie", "Win new customers in care and industry",
     "Klanten met een eerste order", "Customers with a first order",
     "count", 83, 92, 110, "Hoofd verkoop", "Head of sales", False, 83, 110),
    ("marketing_cost", "Goedkoper werven", "Win customers at a lower cost",
     "Wervingskosten per nieuwe klant", "Acquisition cost per new customer",
     "money", 3_506, 3_200, 3_000, "Hoofd marketing", "Head of marketing", False, 3_100, 3_550),
    ("margin", "De contributiemarge verbeteren in koffie en service",
     "Improve the contribution margin in coffee and service",
     "Contributie / omzet", "Contribution / revenue",
     "share", 0.3815, 0.39, 0.40, "Controller", "Controller", True, 0.375, 0.386),
]  # fmt: skip

# Faults put right within eight hours, month by month from January 2024; August 2025 was short of technicians.
FAULTS_IN_TIME = (
    0.905, 0.912, 0.898, 0.915, 0.921, 0.908, 0.894, 0.902, 0.917, 0.911, 0.906, 0.914,
    0.909, 0.918, 0.903, 0.912, 0.916, 0.907, 0.901, 0.843, 0.895, 0.913, 0.919, 0.922,
)  # fmt: skip

# The earlier round. Segments as in SEGMENT_FACTS: customers at the start, lost, won, target for 2025, and so on.
EARLIER = pd.Timestamp("2024-12-31")
EARLIER_SEGMENT_FACTS = {
    "offices": (182, 28, 44, 1_600_000, 7.5, -0.01, 4),
    "care": (55, 3, 6, 980_000, 8.2, 0.04, 2),
    "education": (70, 7, 9, 585_000, 7.7, 0.01, 3),
    "hospitality": (117, 29, 38, 710_000, 7.1, 0.02, 4),
    "industry": (66, 7, 13, 915_000, 7.7, 0.03, 3),
}
EARLIER_COSTS = {
    "offices": (175_982, 127_600, 23_998),
    "care": (127_600, 51_000, 17_400),
    "education": (82_368, 32_400, 11_232),
    "hospitality": (181_843, 64_600, 24_797),
    "industry": (106_445, 66_400, 14_515),
}
# Account manager and dealers in 2024 as a part of 2025; the portal's revenue is counted from the orders.
EARLIER_REVENUE = {
    "offices": (1.00, 1.04),
    "care": (0.95, 1.02),
    "education": (1.00, 1.03),
    "hospitality": (1.01, 1.08),
    "industry": (0.96, 1.05),
}
EARLIER_LEADS = {"account_manager": (158, 60, 225_000), "portal": (166, 32, 66_000), "dealers": (96, 18, 51_000)}
# goal: baseline (None is counted from the other tables), target in 12 and 36 months
EARLIER_GOALS = {
    "loyalty": (None, 0.86, 0.88),
    "partner_loyalty": (0.9375, 0.9375, 1.0),
    "engagement": (None, 0.25, 0.38),
    "profit": (None, 730_000, 800_000),
    "revenue": (None, 4_790_000, 5_050_000),
    "leads": (None, 430, 450),
    "lead_quality": (None, 0.265, 0.28),
    "new_customers": (None, 114, 126),
    "marketing_cost": (None, 3_050, 2_900),
    "margin": (None, 0.381, 0.39),
}
# step: how far it was, evidence, next step agreed then
EARLIER_STEPS = {
    "identify": (3,
        "Klantnummer op elke factuur, contactpersonen niet bijgehouden",
        "A customer number on every invoice, contact persons not kept up to date",
        "Contactpersonen per locatie nalopen", "Check the contact persons of each site"),
    "differentiate": (2,
        "Verkoop schat zelf in wie belangrijk is",
        "Sales judge for themselves who matters",
        "Klantwaarde per segment berekenen", "Calculate customer value per segment"),
    "segment": (3,
        "Vijf segmenten in het klantenbestand",
        "Five segments in the customer file",
        "Regels voor indeling opschrijven", "Write down the rules for who belongs where"),
    "interact": (2,
        "Gesprekken staan in losse mailboxen",
        "Conversations sit in separate mailboxes",
        "Eén klantdossier voor verkoop en service", "One customer file for sales and service"),
    "customise": (1,
        "Iedereen krijgt hetzelfde aanbod",
        "Everyone gets the same offer",
        "Proef met voorraadsignaal in de zorg", "Pilot of the refill signal in care"),
}  # fmt: skip

PORTAL_CUSTOMERS = {"offices": 85, "care": 8, "education": 28, "hospitality": 50, "industry": 9}
# Ordering by month, January to December, beside a usual month.
SEASON = {
    "offices": (1.05, 1.00, 1.05, 1.00, 0.95, 1.00, 0.60, 0.55, 1.05, 1.15, 1.15, 0.95),
    "care": (1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 0.85, 0.85, 1.00, 1.05, 1.05, 1.05),
    "education": (1.10, 1.00, 1.10, 1.05, 1.00, 0.95, 0.35, 0.40, 1.30, 1.15, 1.15, 0.85),
    "hospitality": (0.85, 0.90, 1.00, 1.05, 1.10, 1.10, 0.90, 0.90, 1.05, 1.05, 1.00, 1.05),
    "industry": (1.05, 1.00, 1.05, 1.00, 1.00, 1.00, 0.65, 0.60, 1.05, 1.10, 1.10, 0.95),
}
SIZE_OF_YEAR = {2023: 0.93, 2024: 0.97, 2025: 1.0}  # amount of an order beside that of 2025
LARGEST_PART = (
    0.80,
    0.98,
)  # of a customer's revenue through the portal in 2025: each has a ceiling between the two
SECOND_ORDER = 0.03  # chance of another order on the same day


def main(folder: Path = HERE) -> None:
    """Write the client folder to *folder*."""
    if folder.resolve() != HERE.resolve():  # what is written below goes over the copies
        shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)
    random = np.random.default_rng(SEED)
    customers = pd.read_csv(HERE / "customers.csv")
    orders = make_orders(customers, random)
    write_strategy(folder)
    write_cube(folder)
    write_customer_value(folder)
    write_cost_ledger(folder, customers, orders)
    write_goals(folder, portal_active(orders) / len(customers))
    write_orders(folder, orders)
    write_export(folder, orders, random)
    write_kpi_series(folder, orders)
    write_earlier_round(folder / "history" / "rounds" / "2024", orders)


def write(path: Path, columns: str, rows: Iterable[Sequence[object]]) -> None:
    """Write one table; *columns* are separated by spaces, None is an empty field."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split())
        writer.writerows([str(cell).lower() if isinstance(cell, bool) else cell for cell in row] for row in rows)


# --- the tables ---------------------------------------------------------------------------------------------


def write_strategy(folder: Path) -> None:
    """Competitors, disciplines, value chain and objectives."""
    factors = [(*words, weight) for words, (weight, _) in FACTORS.items()]
    write(folder / "competitor_factors.csv", "factor_nl factor_en weight", factors)
    scores = [
        (party, *words, score)
        for position, party in enumerate(PARTIES)
        for words, (_, by_party) in FACTORS.items()
        for score in [by_party[position]]
    ]
    write(folder / "competitor_scores.csv", "party factor_nl factor_en score", scores)
    statements = [
        (party, f"{discipline}_{number}", score)
        for party, disciplines in STATEMENT_SCORES.items()
        for discipline, given in disciplines.items()
        for number, score in enumerate(given, start=1)
    ]
    write(folder / "disciplines.csv", "party statement score", statements)
    activities = [(activity, *facts) for activity, facts in ACTIVITIES.items()]
    write(folder / "value_chain.csv", "activity cost_share customer_value effect_nl effect_en", activities)
    write(folder / "objectives.csv", "objective_nl objective_en kpi_nl kpi_en target unit due", OBJECTIVES)


def write_cube(folder: Path) -> None:
    """The cube with its three sides, and the market."""
    cells = [
        (*cell, revenue * 1_000, margin, *EMPTY_CELLS.get(cell, ("active", True)), cell in CHOSEN_CELLS)
        for segment in SEGMENTS
        for offering in OFFERINGS
        for channel, revenue, margin in zip(CHANNELS, REVENUE[segment][offering], MARGIN[offering], strict=True)
        for cell in [(segment, offering, channel)]
    ]
    write(folder / "cube.csv", "segment offering channel revenue margin status feasible chosen", cells)
    revenue = pd.DataFrame([cell[:4] for cell in cells], columns=["segment", "offering", "channel", "revenue"])
    total = {side: revenue.groupby(side)["revenue"].sum() for side in ("segment", "offering", "channel")}

    market = [
        (segment, offering, size * 1_000)
        for segment in SEGMENTS
        for offering, size in zip(OFFERINGS, MARKET[segment], strict=True)
    ]
    write(folder / "market.csv", "segment offering market_size", market)
    segments = [
        (key, *moves, total["segment"][key], target, satisfaction, growth, rivals)
        for key, (*moves, target, satisfaction, growth, rivals) in SEGMENT_FACTS.items()
    ]
    columns = "segment customers_start customers_lost customers_new revenue sales_target"
    write(folder / "segments.csv", f"{columns} satisfaction market_growth competition", segments)
    offerings = [(key, score, total["offering"][key]) for key, score in CAPABILITY.items()]
    write(folder / "offerings.csv", "offering capability revenue", offerings)
    channels = [(key, *facts[:2], total["channel"][key], *facts[2:]) for key, facts in CHANNEL_FACTS.items()]
    write(folder / "channels.csv", "channel strength accessibility revenue route trend", channels)


def write_customer_value(folder: Path) -> None:
    """Costs per segment and cohorts."""
    costs = [(segment, *amounts) for segment, amounts in COSTS.items()]
    write(folder / "segment_costs.csv", "segment cost_to_serve acquisition development", costs)
    cohorts = [(year, year + age, count) for year, counts in COHORTS.items() for age, count in enumerate(counts)]
    write(folder / "cohorts.csv", "cohort year_end active", cohorts)


def write_cost_ledger(folder: Path, customers: pd.DataFrame, orders: pd.DataFrame) -> None:
    """What each customer cost in 2025, by kind, in whole euros; chance of its own, so that no other table moves."""
    random = np.random.default_rng(SEED + 1)
    before = set(orders.loc[orders["date"].dt.year < AS_OF.year, "customer"])
    tables = []
    for segment in SEGMENTS:
        group = customers[customers["segment"] == segment]
        _, won, development = COSTS[segment]
        ledger = pd.DataFrame({"customer": group["customer"], "acquisition": 0})
        young = np.flatnonzero(~group["customer"].isin(before))
        new = random.choice(young, SEGMENT_FACTS[segment][2], replace=False)
        ledger.iloc[new, 1] = whole_parts(random.lognormal(0, 0.35, len(new)), won)
        keeping = group["cost_to_serve"].to_numpy()
        ledger["development"] = spread_out(keeping, development, DEVELOPED, 0.7, random)
        left = keeping - ledger["development"].to_numpy()
        large = group["revenue"].rank(pct=True).to_numpy() > 1 - NURSED
        ledger["retention"] = np.where(large, (left * random.uniform(0.08, 0.30, len(group))).astype(int), 0)
        ledger["service"] = left - ledger["retention"]
        tables.append(ledger)
    whole = pd.concat(tables).sort_values("customer")
    kinds = ["acquisition", "development", "service", "retention"]
    rows = [(row["customer"], *(int(row[kind]) or None for kind in kinds)) for _, row in whole.iterrows()]
    write(folder / "cost_ledger.csv", f"customer {' '.join(kinds)}", rows)


def spread_out(room: np.ndarray, total: int, part: float, most: float, random: np.random.Generator) -> np.ndarray:
    """*total* euros over a part of the customers, none above *most* of its room."""
    chosen = random.random(len(room)) < part
    wanted = np.where(chosen, room * random.uniform(0.3, 1.0, len(room)), 0.0)
    ceiling = pd.Series(np.where(chosen, room * most, 0.0))
    return whole_parts(spent_within(pd.Series(wanted), ceiling, total).to_numpy(), total)


def whole_parts(weights: np.ndarray, total: int) -> np.ndarray:
    """*total* in whole euros by weight; what rounding down leaves goes to the largest."""
    parts = np.floor(weights / weights.sum() * total).astype(int)
    parts[np.argmax(weights)] += total - parts.sum()
    return parts


def write_goals(folder: Path, engagement: float) -> None:
    """The ten goals and the lead channels; *engagement* is the share of customers active in the portal."""
    measured = AS_OF.date().isoformat()
    goals = [
        (*goal[:6], round(engagement, 4) if goal[0] == "engagement" else goal[6], measured, *goal[7:]) for goal in GOALS
    ]
    columns = "goal statement_nl statement_en kpi_nl kpi_en unit baseline baseline_on target_12 target_36"
    write(folder / "goals.csv", f"{columns} owner_nl owner_en priority low high", goals)
    leads = [(channel, *facts) for channel, facts in LEADS.items()]
    write(folder / "lead_channels.csv", "channel leads won acquisition_spend", leads)


# --- the orders ---------------------------------------------------------------------------------------------


def make_orders(customers: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Every portal order: customer, segment, date, cents and order number, by date and customer."""
    buyers = draw_buyers(customers, random)
    orders = pd.concat([draw_orders(buyer, random) for buyer in buyers.itertuples()], ignore_index=True)
    orders = fit_to_portal_revenue(orders, buyers.set_index("customer")["ceiling"])
    orders = orders.sort_values(["date", "customer", "cents"], ignore_index=True)
    within_year = orders.groupby(orders["date"].dt.year).cumcount() + 1
    orders["order"] = [
        f"P{date.year % 100}-{number:04d}" for date, number in zip(orders["date"], within_year, strict=True)
    ]
    return orders


def draw_buyers(customers: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """The portal's customers, each with a first and last day, orders a year and usual order size."""
    chosen = []
    for segment, count in PORTAL_CUSTOMERS.items():
        group = customers[customers["segment"] == segment]
        weight = np.sqrt(group["revenue"])  # larger customers took to the portal more often, and sooner
        chosen.append(group.iloc[np.sort(random.choice(len(group), count, replace=False, p=weight / weight.sum()))])
    buyers = pd.concat(chosen, ignore_index=True)[["customer", "segment", "revenue"]]
    number = len(buyers)
    window = (AS_OF - OPENING).days
    small = buyers["revenue"] < buyers["revenue"].quantile(0.25)
    first = window * 0.98 * np.where(small, random.beta(1.6, 0.8, number), random.beta(0.7, 2.0, number))
    first = first.astype(int)
    last = first + 45 + random.exponential(4_200, number).astype(int)
    yearly_spend = buyers["revenue"] * random.beta(6, 2.5, number)
    yearly_orders = random.gamma(2.2, 5.5, number) * np.sqrt(yearly_spend / yearly_spend.mean()) + 1
    buyers["ceiling"] = buyers["revenue"] * random.uniform(*LARGEST_PART, number)
    buyers["first"] = OPENING + pd.to_timedelta(first, unit="D")
    buyers["last"] = OPENING + pd.to_timedelta(np.minimum(last, window), unit="D")
    buyers["yearly_orders"] = yearly_orders
    buyers["size"] = yearly_spend / yearly_orders
    return buyers


def draw_orders(buyer: Any, random: np.random.Generator) -> pd.DataFrame:
    """The orders of one customer: the first day always, later weekdays by chance, some days twice."""
    days = pd.bdate_range(buyer.first, max(buyer.last, buyer.first + pd.Timedelta(days=4)))
    season = np.array(SEASON[buyer.segment])[days.month - 1]
    season = np.where((days.month == 12) & (days.day >= 24) | (days.month == 1) & (days.day == 1), 0.15, season)
    ordered = random.random(len(days)) < season * buyer.yearly_orders / 255  # weekdays less public holidays
    ordered[0] = True
    dates = days[ordered]
    dates = dates.append(dates[random.random(len(dates)) < SECOND_ORDER])
    size = buyer.size * dates.year.map(SIZE_OF_YEAR) * random.lognormal(-0.06, 0.35, len(dates))
    return pd.DataFrame(
        {"customer": buyer.customer, "segment": buyer.segment, "date": dates, "euros": np.maximum(size, 12)}
    )


def fit_to_portal_revenue(orders: pd.DataFrame, ceiling: pd.Series) -> pd.DataFrame:
    """Scale every customer's amounts so that 2025 adds up to the cube's portal revenue of the segment.

    A customer at its ceiling stays there and the others carry the rest; earlier years scale along.
    """
    now = orders["date"].dt.year == AS_OF.year
    scale = pd.Series(1.0, index=ceiling.index)
    for segment in SEGMENTS:
        target = 1_000.0 * sum(REVENUE[segment][offering][1] for offering in OFFERINGS)
        spent = orders[now & (orders["segment"] == segment)].groupby("customer")["euros"].sum()
        wanted = spent_within(spent, ceiling[spent.index], target)
        members = orders.loc[orders["segment"] == segment, "customer"].unique()
        scale[members] = target / spent.sum()
        scale[spent.index] = wanted / spent
    orders["cents"] = (orders["euros"] * orders["customer"].map(scale) * 100).round().astype(int)
    for segment in SEGMENTS:  # what rounding left over goes to the segment's largest order
        target = 100_000 * sum(REVENUE[segment][offering][1] for offering in OFFERINGS)
        these = orders[now & (orders["segment"] == segment)]["cents"]
        orders.loc[these.idxmax(), "cents"] += target - these.sum()
    return orders.drop(columns="euros")


def spent_within(spent: pd.Series, ceiling: pd.Series, target: float) -> pd.Series:
    """*spent* scaled to add up to *target* with no one above its ceiling."""
    if ceiling.sum() < target:
        raise ValueError(f"these customers can spend {ceiling.sum():.0f} in all, less than {target:.0f}")
    fitted = spent * target / spent.sum()
    while (fitted > ceiling).any():
        full = fitted >= ceiling
        fitted[full] = ceiling[full]
        fitted[~full] *= (target - fitted[full].sum()) / fitted[~full].sum()
    return fitted


def portal_active(orders: pd.DataFrame, day: pd.Timestamp = AS_OF) -> int:
    """Customers with an order in the 90 days up to and including *day*."""
    recent = orders["date"].between(day - pd.Timedelta(days=89), day)
    return orders.loc[recent, "customer"].nunique()


def write_orders(folder: Path, orders: pd.DataFrame) -> None:
    """``orders.csv``: one line for each order, net of credit notes."""
    rows = [(o.customer, o.date.date(), f"{o.cents / 100:.2f}", o.order) for o in orders.itertuples()]
    write(folder / "orders.csv", "customer date amount order", rows)


def write_kpi_series(folder: Path, orders: pd.DataFrame) -> None:
    """Two KPIs at each month's end of 2024 and 2025; portal customers are counted from the orders."""
    months = pd.date_range("2024-01-31", AS_OF, freq="ME")
    rows: list[tuple[object, ...]] = [
        ("fault_8h", day.date(), share) for day, share in zip(months, FAULTS_IN_TIME, strict=True)
    ]
    rows += [("portal_active", day.date(), portal_active(orders, day)) for day in months]
    write(folder / "kpi_series.csv", "kpi date value", rows)


# --- the round of a year before -----------------------------------------------------------------------------


def write_earlier_round(folder: Path, orders: pd.DataFrame) -> None:
    """The folder as it was kept on 31 December 2024; its ``client.yaml`` is kept by hand."""
    folder.mkdir(parents=True, exist_ok=True)
    before = orders[orders["date"] <= EARLIER]
    write_orders(folder, before)
    cells = earlier_cells(before[before["date"].dt.year == EARLIER.year])
    rows = [
        (*key, f"{cents / 100:.2f}", margin, *EMPTY_CELLS.get(key, ("active", True)))
        for *place, cents, margin in cells
        for key in [tuple(place)]
    ]
    write(folder / "cube.csv", "segment offering channel revenue margin status feasible", rows)
    revenue = {key: f"{sum(cell[3] for cell in cells if cell[0] == key) / 100:.2f}" for key in SEGMENTS}
    segments = [
        (segment, *moves, revenue[segment], target, satisfaction, growth, rivals)
        for segment, (*moves, target, satisfaction, growth, rivals) in EARLIER_SEGMENT_FACTS.items()
    ]
    columns = "segment customers_start customers_lost customers_new revenue sales_target"
    write(folder / "segments.csv", f"{columns} satisfaction market_growth competition", segments)
    costs = [(segment, *amounts) for segment, amounts in EARLIER_COSTS.items()]
    write(folder / "segment_costs.csv", "segment cost_to_serve acquisition development", costs)
    cohorts = [
        (year, year + age, count)
        for year, counts in COHORTS.items()
        for age, count in enumerate(counts)
        if year + age <= EARLIER.year
    ]
    write(folder / "cohorts.csv", "cohort year_end active", cohorts)
    leads = [(channel, *facts) for channel, facts in EARLIER_LEADS.items()]
    write(folder / "lead_channels.csv", "channel leads won acquisition_spend", leads)
    write_earlier_goals(folder, cells, portal_active(before, EARLIER))
    steps = [(step, *facts) for step, facts in EARLIER_STEPS.items()]
    columns = "step maturity evidence_nl evidence_en next_action_nl next_action_en"
    write(folder / "process_steps.csv", columns, steps)


def earlier_cells(orders: pd.DataFrame) -> list[tuple[str, str, str, int, float]]:
    """The cube of the year of *orders*: segment, offering, channel, revenue in cents, margin."""
    cells = []
    for segment, by_offering in REVENUE.items():
        manager, dealers = EARLIER_REVENUE[segment]
        counted = int(orders.loc[orders["segment"] == segment, "cents"].sum())
        whole = sum(row[1] for row in by_offering.values())
        portal = {offering: counted * row[1] // whole // 100 * 100 for offering, row in by_offering.items()}
        portal["coffee"] += counted - sum(portal.values())
        for offering, row in by_offering.items():
            cents = (round(row[0] * manager * 10) * 10_000, portal[offering], round(row[2] * dealers * 10) * 10_000)
            for channel, amount, margin in zip(CHANNELS, cents, MARGIN[offering], strict=True):
                cells.append((segment, offering, channel, amount, margin))
    return cells


def write_earlier_goals(folder: Path, cells: list[tuple[str, str, str, int, float]], active: int) -> None:
    """The ten goals of a year before, baselines counted from the tables of that year."""
    start, lost, won = (sum(facts[place] for facts in EARLIER_SEGMENT_FACTS.values()) for place in range(3))
    leads, new, spend = (sum(facts[place] for facts in EARLIER_LEADS.values()) for place in range(3))
    revenue = sum(cell[3] for cell in cells) / 100
    contribution = sum(cell[3] * cell[4] for cell in cells) / 100
    counted = {
        "loyalty": round((start - lost) / start, 4),
        "engagement": round(active / (start - lost + won), 4),
        "profit": round(contribution - sum(map(sum, EARLIER_COSTS.values()))),
        "revenue": round(revenue),
        "leads": leads,
        "lead_quality": round(new / leads, 4),
        "new_customers": new,
        "marketing_cost": round(spend / new),
        "margin": round(contribution / revenue, 4),
    }
    rows = []
    for goal, statement_nl, statement_en, kpi_nl, kpi_en, unit, _, _, _, owner_nl, owner_en, first, _, _ in GOALS:
        baseline, near, far = EARLIER_GOALS[goal]
        kpis = (
            ("Behouden dealers / dealers", "Dealers kept / dealers") if goal == "partner_loyalty" else (kpi_nl, kpi_en)
        )
        now = counted[goal] if baseline is None else baseline
        words = (goal, statement_nl, statement_en, *kpis, unit)
        rows.append((*words, now, EARLIER.date().isoformat(), near, far, owner_nl, owner_en, first))
    columns = "goal statement_nl statement_en kpi_nl kpi_en unit baseline baseline_on target_12 target_36"
    write(folder / "goals.csv", f"{columns} owner_nl owner_en priority", rows)


# --- the same orders as the bookkeeping package writes them -------------------------------------------------

OVERCHARGED, CANCELLED, WITHOUT_CUSTOMER, COPIES = 40, 15, 25, 30


def write_export(folder: Path, orders: pd.DataFrame, random: np.random.Generator) -> None:
    """``orders_export.csv``: the orders with credit notes, lines without customer and copies."""
    lines = orders[["customer", "date", "order", "cents"]].assign(words="Koffie & ingrediënten")
    overcharged = random.choice(lines.index, OVERCHARGED, replace=False)
    excess = random.integers(5, 200, OVERCHARGED) * 50
    lines.loc[overcharged, "cents"] += excess
    corrections = lines.loc[overcharged].assign(cents=-excess, words="Creditnota: verschil in €")
    cancelled = cancelled_orders(orders, random)
    credited = cancelled.assign(cents=-cancelled["cents"], words="Creditnota: bestelling vervallen")
    counter = lines.loc[random.choice(lines.index, WITHOUT_CUSTOMER, replace=False), ["date"]].assign(
        customer="", cents=random.integers(800, 9_000, WITHOUT_CUSTOMER), words="Balieverkoop cafékoffie"
    )
    extra = pd.concat([corrections, cancelled, credited, counter], ignore_index=True)
    extra["order"] = [
        f"{'C' if cents < 0 else 'B'}{number:04d}" for number, cents in enumerate(extra["cents"], start=1)
    ]
    lines = pd.concat([lines, extra], ignore_index=True)
    copies = lines.loc[random.choice(lines.index[lines["customer"] != ""], COPIES, replace=False)]
    lines = pd.concat([lines, copies]).sort_values(["date", "order"], kind="stable")
    text = ["Debiteur;Factuurdatum;Factuurnummer;Bedrag;Omschrijving"]
    text += [f"{x.customer};{x.date:%d-%m-%Y};{x.order};{decimal_comma(x.cents)};{x.words}" for x in lines.itertuples()]
    (folder / "orders_export.csv").write_bytes(("\r\n".join(text) + "\r\n").encode("cp1252"))


def cancelled_orders(orders: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Invoices of portal customers on weekdays without an order of theirs, after their first one."""
    taken = set(zip(orders["customer"], orders["date"], strict=True))
    first = orders.groupby("customer")["date"].min()
    rows: list[dict[str, object]] = []
    while len(rows) < CANCELLED:
        customer = first.index[random.integers(len(first))]
        days = pd.bdate_range(first[customer], AS_OF)
        day = days[random.integers(len(days))]
        if (customer, day) not in taken:
            taken.add((customer, day))
            rows.append({"customer": customer, "date": day, "cents": int(random.integers(10_000, 90_000))})
    return pd.DataFrame(rows).assign(words="Koffie & ingrediënten")


def decimal_comma(cents: int) -> str:
    """Cents as a Dutch amount without thousands points: 123456 is ``1234,56``."""
    return f"{cents / 100:.2f}".replace(".", ",")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
