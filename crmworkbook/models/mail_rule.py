"""Which groups it pays to contact: response against break-even response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from crmworkbook.models.rfm import break_even_response, response_index
from crmworkbook.models.working import Working


def mail_rule(
    campaigns: pd.DataFrame, spend: Mapping[str, float], margin: float, cost: float, overall: float
) -> tuple[pd.DataFrame, tuple[Working, ...]]:
    """Response, break-even response and index of each group that was contacted.

    Args:
        campaigns: group, contacted, bought (counts).
        spend: Group to mean amount per order day, euro; *overall* stands in for a group without customers.
        margin: Contribution as share of revenue, above 0.
        cost: Per contact, euro, above 0.
        overall: Mean amount per order day of everybody, euro, above 0.
    """
    rows, workings = [], []
    for row in campaigns[campaigns["contacted"] > 0].to_dict("records"):
        amount = spend.get(row["group"], overall)
        amount = amount if amount > 0 else overall
        limit = break_even_response(cost, amount * margin)
        response = row["bought"] / row["contacted"]
        index = response_index(response, limit.result.value)
        workings += [replace(limit, subject=row["group"]), replace(index, subject=row["group"])]
        found = (response, limit.result.value, index.result.value)
        rows.append((row["group"], row["contacted"], row["bought"], *found))
    columns = ["group", "contacted", "bought", "response", "break_even", "index"]
    return pd.DataFrame(rows, columns=columns), tuple(workings)
