"""Customer equity: what the customers we have and the customers still to come are worth together."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.lifetime_value import lifetime_value
from crmworkbook.models.working import Quantity, Working

SOURCE = "blattberg_deighton_1996"


@dataclass(frozen=True)
class CustomerEquity:
    """Value of the customers we have and of those still to be won.

    Attributes:
        existing: Customers we have × residual value, euro.
        per_cohort: One year's new customers × (start_incl value − acquisition cost), euro of the year they
            come.
        future: All future cohorts, discounted to today, euro.
        workings: The sums behind existing and future.
    """

    existing: float
    per_cohort: float
    future: float
    workings: tuple[Working, ...]

    @property
    def total(self) -> float:
        """Existing and future together, euro."""
        return self.existing + self.future


def customer_equity(
    customers: float,
    contribution: float,
    retention: float,
    discount_rate: float,
    *,
    new_customers: float = 0.0,
    acquisition_cost: float = 0.0,
    cohorts: int | None = 0,
) -> CustomerEquity:
    """Customers we have plus the cohorts still to come.

    ``N × V_residual + Σ_{k=1..K} n (V_start_incl − CAC) / (1+i)^k``; endless cohorts add up to
    ``n (V_start_incl − CAC) / i``.

    Args:
        customers: Customers now, count.
        contribution: Net contribution per customer per year, euro.
        retention: Share kept per year.
        discount_rate: Yearly, share; above 0 for endless cohorts.
        new_customers: Customers won each year from next year on, count.
        acquisition_cost: Cost of winning one of them, euro.
        cohorts: Years of new customers counted (K); ``None`` is for ever.

    Raises:
        ValueError: impossible rates, or endless cohorts without a discount rate above 0.
    """
    if cohorts is None and discount_rate <= 0:
        raise ValueError("endless cohorts need a discount rate above 0; give a number of cohorts instead")
    existing = lifetime_value(contribution, retention, discount_rate, convention="residual")
    new = lifetime_value(contribution, retention, discount_rate, convention="start_incl") - acquisition_cost
    today = {
        "N": Quantity(customers, "count"),
        "V": Quantity(existing, "money"),
    }
    stream, formula = _cohorts(new_customers, new, discount_rate, cohorts)
    future = Working.compute("customer_equity.future", formula, stream, "money", SOURCE, "start_incl")
    kept = Working.compute("customer_equity.existing", "N × V", today, "money", SOURCE, "residual")
    return CustomerEquity(kept.result.value, new_customers * new, future.result.value, (kept, future))


def coming_year(values: pd.DataFrame, customers_new: pd.Series, periods_per_year: int = 1) -> tuple[Working, ...]:
    """What one coming year's new customers are worth if as many come as last year: ``n (V_start_incl − CAC)``.

    In euro of the period in which they come; with one period a year it is the ``per_cohort`` of each segment.

    Args:
        values: ``SegmentValue.frame``.
        customers_new: Customers won in the last period (count), by segment.
        periods_per_year: 1 for tables per year; 12 for tables per month, of which as many follow as make a year.

    Returns:
        One sum per segment (subject); a segment that won nobody has no cost of winning and is left out.
    """
    workings = []
    for key, worth in values["value_new_after_cac"].dropna().items():
        name, subject = "customer_equity.future", str(key)
        terms = {"n": Quantity(float(customers_new[subject]), "count"), "W": Quantity(float(worth), "money")}
        formula = "n × W"
        if periods_per_year != 1:
            formula, terms["p"] = "p × n × W", Quantity(periods_per_year, "count")
        workings.append(Working.compute(name, formula, terms, "money", SOURCE, "start_incl", subject))
    return tuple(workings)


def _cohorts(
    new_customers: float, value: float, discount_rate: float, cohorts: int | None
) -> tuple[dict[str, Quantity], str]:
    values = {"n": Quantity(new_customers, "count"), "W": Quantity(value, "money")}
    if cohorts is None:
        return values | {"i": Quantity(discount_rate, "rate")}, "n × W / i"
    values["K"] = Quantity(cohorts, "years")
    if discount_rate == 0:
        return values, "n × W × K"
    return values | {"i": Quantity(discount_rate, "rate")}, "n × W × (1 − (1 + i)^(−K)) / i"
