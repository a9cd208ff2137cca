"""What money spent on winning customers brings, beside money spent on keeping them.

Both returns are of one period and count present values with one convention, so that they can stand side by side. A
return is what something brings less what it costs, as a share of that cost (Farris and others 2010); what winning and
keeping bring, the literature defines in more ways than one, so it is said here.

* **Winning**: what the customers won in the period bring, less what winning cost, as a share of that cost. A customer
  won brings the net contribution of the period and what is still to come (``residual``).
* **Keeping**: what customers on whom retention money is spent are still worth, less that money, as a share of it. That
  is an upper bound: it counts as if everybody would leave without the money. So the break-even stands beside it: the
  customers who have to stay thanks to the money, for it to earn itself back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from crmworkbook.models.customer_base import WhaleCurve, whale_workings
from crmworkbook.models.working import Quantity, Working

SOURCE = "farris_2010"


@dataclass(frozen=True)
class Return:
    """What spending brings.

    Attributes:
        spend: Euro in the period.
        customers: Customers on whom it is spent, or who were won with it, count.
        value: What they bring, euro, present value.
        roi: (value − spend) / spend, share; None where nothing was spent or nobody is known.
        workings: The sum.
    """

    spend: float
    customers: int
    value: float
    roi: float | None
    workings: tuple[Working, ...]


def spending_return(side: str, spend: float, customers: int, value: float) -> Return:
    """Return on what was spent in a period.

    Args:
        side: ``acquisition`` or ``retention``; both are the same sum.
        spend: Euro.
        customers: Won with it, or on whom it was spent, with a known value; count.
        value: What they bring, euro.
    """
    if not spend > 0 or not customers:
        return Return(spend, customers, value, None, ())
    terms = {"value": Quantity(value, "money"), "spend": Quantity(spend, "money")}
    sum_ = Working.compute("cost_ledger.roi", "(value − spend) / spend", terms, "share", SOURCE, "residual", side)
    return Return(spend, customers, value, sum_.result.value, (sum_,))


@dataclass(frozen=True)
class BreakEven:
    """How many customers have to stay thanks to the money spent on keeping.

    Attributes:
        customers: Number of them, a decimal one.
        share: The same as a share of the customers on whom the money is spent; above 1, no number is enough.
        kept_value: What one of them is worth, seen from the moment it would have left, euro.
        workings: The sums.
    """

    customers: float
    share: float
    kept_value: float
    workings: tuple[Working, ...]


def keeping_break_even(spend: float, customers: int, next_value: float, discount_rate: float) -> BreakEven | None:
    """Customers who must be kept for retention spending to earn itself back; None where keeping them brings nothing.

    A customer kept is worth its first payment, a period from now and certain, and all that follow: net contribution ×
    (1 + multiple) / (1 + i), on average over the customers on whom the money is spent.

    Args:
        spend: On keeping, euro in the period.
        customers: On whom it is spent, count.
        next_value: Net contribution × (1 + multiple), added up over these customers, euro.
        discount_rate: Per period, share.
    """
    if not spend > 0 or not customers or next_value <= 0:
        return None
    terms = {
        "next": Quantity(next_value, "money"),
        "n": Quantity(customers, "count"),
        "i": Quantity(discount_rate, "rate"),
    }
    one = Working.compute("cost_ledger.kept_value", "next / n / (1 + i)", terms, "money", SOURCE)
    needed = Working.compute(
        "cost_ledger.break_even",
        "spend / kept",
        {"spend": Quantity(spend, "money"), "kept": one.result},
        "number",
        SOURCE,
    )
    number = needed.result.value
    return BreakEven(number, number / customers, one.result.value, (one, needed))


def sampled_whale(facts: Mapping[str, float], points: pd.DataFrame) -> WhaleCurve:
    """A whale curve of which some points are known, as ``transactions.customer_worth.profit_curve`` gives them.

    Args:
        facts: customers, negative and winning (counts), total, top_20, peak, lowest_10 (euro).
        points: Frame of customers (added up so far, count) and cumulative (euro), from nobody to all.

    Raises:
        ValueError: no customers.
    """
    count, total, peak = int(facts["customers"]), facts["total"], facts["peak"]
    if not count:
        raise ValueError("profit holds no customers")
    positive = total > 0
    cumulative = points["cumulative"].to_numpy(float)
    return WhaleCurve(
        curve=pd.DataFrame(
            {
                "share_customers": points["customers"].to_numpy(float) / count,
                "cumulative": cumulative,
                "share": cumulative / total if positive else float("nan"),
            }
        ),
        customers=count,
        total=total,
        top_20=facts["top_20"],
        top_20_share=facts["top_20"] / total if positive else None,
        peak=peak,
        peak_share=peak / total if positive else None,
        peak_position=facts["winning"] / count,
        negative=int(facts["negative"]),
        loss_after_peak=peak - total,
        lowest_10=facts["lowest_10"],
        lowest_10_cost=-facts["lowest_10"] / total if positive else None,
        workings=whale_workings(facts["top_20"], peak, facts["lowest_10"], total) if positive else (),
    )
