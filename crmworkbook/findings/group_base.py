"""The customers of the orders in RFM groups, now and before, for the chapter on customer groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from crmworkbook.errors import CrmWorkbookError
from crmworkbook.models.audit import between_years, retention_triangle
from crmworkbook.models.group_moves import Moves, group_moves, ordered_again
from crmworkbook.models.migration import migration_table
from crmworkbook.models.rates import discount_rate_over
from crmworkbook.models.rfm import Monetary, rfm_scores, segment_table
from crmworkbook.models.working import Working
from crmworkbook.transactions.periods import Periods, cohort_triangle, periods_of, returns_by_silence

if TYPE_CHECKING:
    from crmworkbook.client import Client
    from crmworkbook.transactions import Orders

_MOST_STATES = 8
HISTORY = timedelta(days=180)  # orders before a date that make groups at that date worth naming


@dataclass(frozen=True)
class Before:
    """The groups at an earlier date.

    Attributes:
        scored: Outcome of ``rfm_scores`` at that date.
        on: The date.
        from_round: Whether an earlier round gave them; else the same orders did, one year back.
    """

    scored: pd.DataFrame
    on: date
    from_round: bool


@dataclass(frozen=True)
class Cohorts:
    """Cohorts of first orders.

    Attributes:
        periods: The periods they are counted in.
        triangle: Outcome of ``cohort_triangle``.
        shares: Outcome of ``retention_triangle``.
    """

    periods: Periods
    triangle: pd.DataFrame
    shares: pd.DataFrame


@dataclass(frozen=True)
class Silence:
    """What customers are worth by how long they have been silent.

    Attributes:
        frame, workings: Outcome of ``migration_table``.
        months: Length of a period.
        cost: Of keeping in touch, euro per customer per period.
    """

    frame: pd.DataFrame
    workings: tuple[Working, ...]
    months: int
    cost: float


class GroupBase:
    """The customers with an order, in groups; asking for groups needs one customer at least.

    Attributes:
        orders: The client's orders.
        table: One row per customer, as ``customer_table``.
    """

    def __init__(self, client: Client, orders: Orders, money: Monetary) -> None:
        """Take the customers in *orders*, with average or total as the measure of money."""
        from crmworkbook.transactions import customer_table

        self.client, self.orders, self.money = client, orders, money
        self.table = customer_table(orders)

    @cached_property
    def scored(self) -> pd.DataFrame:
        """The customers with their scores and group, as ``rfm_scores``."""
        return rfm_scores(self.table, self.money)

    @cached_property
    def groups(self) -> pd.DataFrame:
        """Size and worth of each group, as ``segment_table``, with its size at the earlier date as ``before``."""
        groups = segment_table(self.scored)
        before = groups["segment"].map(self._sizes_before())
        return groups.assign(before=before if self.before is None else before.fillna(0.0))

    @property
    def counts(self) -> dict[str, int]:
        """Group to number of customers now."""
        return dict(zip(self.groups["segment"], self.groups["customers"], strict=True))

    def day_before(self, years: int) -> date:
        """The base date so many years ago."""
        return (pd.Timestamp(self.orders.as_of) - pd.DateOffset(years=years)).date()

    @cached_property
    def before(self) -> Before | None:
        """The groups of the last round that had orders, else of the same orders a year before; None without either."""
        earlier, orders = _last_round(self.client)
        if earlier is not None and orders is not None:
            scored = _scored(orders, earlier.file.as_of, self.money)
            if scored is not None:
                return Before(scored, earlier.file.as_of, True)
        scored = self.year_before
        return None if scored is None else Before(scored, self.day_before(1), False)

    @cached_property
    def year_before(self) -> pd.DataFrame | None:
        """The groups of the same orders one year before; None when the orders hardly go back that far."""
        day = self.day_before(1)
        return _scored(self.orders, day, self.money) if self.orders.quality.first + HISTORY <= day else None

    @cached_property
    def moves(self) -> Moves | None:
        """Who changed group since *before*."""
        return None if self.before is None else group_moves(self.before.scored, self.scored)

    @cached_property
    def again(self) -> pd.DataFrame | None:
        """What each group of a year before did since, as ``ordered_again``."""
        return None if self.year_before is None else ordered_again(self.year_before, self.table)

    @cached_property
    def years(self) -> pd.DataFrame | None:
        """What each customer bought in the last two years; None when the orders do not cover them."""
        from crmworkbook.transactions import customer_table

        if self.orders.quality.first - timedelta(days=14) > self.day_before(2):
            return None
        tables = [customer_table(self.orders, self.day_before(back)) for back in (1, 2)]
        return between_years(self.table, *tables)

    @cached_property
    def cohorts(self) -> Cohorts | None:
        """Cohorts of first orders; None when no cohort can be followed."""
        periods = periods_of(self.orders)
        triangle = cohort_triangle(self.orders, periods)
        shares = retention_triangle(triangle, len(periods.ends))
        followed = shares.drop(columns="size").notna().any(axis=None) if len(shares) else False
        return Cohorts(periods, triangle, shares) if followed else None

    @cached_property
    def ordered(self) -> dict[str, int]:
        """Customers with an order in the year before last, and those of them who ordered again in the last year."""
        years = self.years
        if years is None:
            return {"before": 0, "again": 0}
        return {"before": int(years["before"].sum()), "again": int((years["before"] & years["last"]).sum())}

    @property
    def kept(self) -> float | None:
        """Share of one year's customers who ordered again in the next; None when the orders do not cover two years."""
        return self.ordered["again"] / self.ordered["before"] if self.ordered["before"] else None

    @property
    def lasting(self) -> float | None:
        """The same where somebody left, so that a whole relation has an end; else None."""
        return self.kept if self.kept is not None and 0 < self.kept < 1 else None

    @property
    def order_amount(self) -> float:
        """Mean amount per order day of all customers, euro."""
        return float(self.table["revenue"].sum() / self.table["order_days"].sum())

    def silence(self, margin: float, yearly_cost: float, discount_rate: float) -> Silence | None:
        """Value by time without an order, per year, quarter or month; None when the orders are too few for it.

        Args:
            margin: Contribution as share of revenue.
            yearly_cost: Of keeping in touch with a customer, euro per year.
            discount_rate: Per year, share.
        """
        periods = periods_of(self.orders, (12, 3, 1))
        triangle = cohort_triangle(self.orders, periods)
        year = triangle[triangle["period"] >= len(periods.ends) - 12 // periods.months]
        buyers = float(year["customers"].sum())
        if not buyers:
            return None
        part, cost = periods.months / 12, yearly_cost * periods.months / 12
        terms = (float(year["revenue"].sum()) / buyers * margin, cost, discount_rate_over(discount_rate, part))
        try:
            counts = returns_by_silence(self.orders, periods)
            return Silence(*migration_table(counts[counts["state"] <= _MOST_STATES], *terms), periods.months, cost)
        except ValueError:
            return None

    def _sizes_before(self) -> dict[str, float]:
        if self.before is None:
            return {}
        return {str(key): float(size) for key, size in self.before.scored["segment"].value_counts().items()}


def _last_round(client: Client) -> tuple[Client | None, Orders | None]:
    """The last round and its orders; neither where a file of it was changed and cannot be read."""
    try:
        earlier = client.earlier
        return earlier, None if earlier is None else earlier.orders
    except CrmWorkbookError:
        return None, None


def _scored(orders: Orders, day: date, money: Monetary) -> pd.DataFrame | None:
    from crmworkbook.transactions import customer_table

    table = customer_table(orders, day)
    return rfm_scores(table, money) if len(table) else None


def profile_base(client: Client, on: date | None = None) -> pd.DataFrame | None:
    """One row per customer with what profile rules can look at; None without orders and customers.

    Args:
        client: The client.
        on: An earlier day, for which only the orders speak.

    Returns:
        Indexed by customer: recency_days, order_days, average_spend, revenue, tenure_days from the orders, and
        contribution and share_of_wallet from the table of customers, as far as there is.
    """
    from crmworkbook.transactions import customer_table

    parts = []
    if client.orders is not None:
        wanted = ["recency_days", "order_days", "average_spend", "revenue", "tenure_days"]
        parts.append(customer_table(client.orders, on).set_index("customer")[wanted])
    if "customers" in client.tables and on is None:
        given = client.tables["customers"].set_index("customer")
        wallet = given["wallet"].where(given["wallet"] > 0)
        known = pd.DataFrame({"contribution": given["contribution"], "share_of_wallet": given["revenue"] / wallet})
        parts.append(known.reindex(parts[0].index) if parts else known)
    return pd.concat(parts, axis="columns") if parts else None


def profiles_before(client: Client) -> tuple[pd.DataFrame | None, date | None]:
    """The same at the last round, or from the same orders a year before, and the day; None where there is neither."""
    earlier, _ = _last_round(client)
    if earlier is not None:
        return profile_base(earlier), earlier.file.as_of
    if client.orders is not None:
        day = (pd.Timestamp(client.orders.as_of) - pd.DateOffset(years=1)).date()
        if client.orders.quality.first + HISTORY <= day:
            return profile_base(client, day), day
    return None, None
