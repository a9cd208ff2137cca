"""The ways of :mod:`model_fit`: ``python model_fit_ways.py fit|score WAY FILE``.

``fit`` finds the most likely r, alpha (weeks), a and b of BG/NBD from histories in memory. ``score`` gives every
customer its purchases of the next twelve months, discounted at 1 % a month; the fit before it is not timed.
"""

from __future__ import annotations

import sys
from typing import Any

import child

DAYS_A_WEEK = 7
MONTHS, RATE = 12, 0.01


class Ours:
    packages = ("crmworkbook", "scipy")

    def __init__(self, path: str) -> None:
        import pandas as pd

        from crmworkbook.models import rates
        from crmworkbook.models.buy_till_you_die import bg_nbd, histories, lifetime

        self.frame = pd.read_parquet(path)
        self.rates, self.model, self.histories, self.lifetime = rates, bg_nbd, histories.Histories, lifetime

    def fit(self) -> Any:  # takes equal histories together first
        return self.model.fit(self.histories.of_days(self.frame))

    def parameters(self, fit: Any) -> dict[str, float]:
        return dict(fit.parameters)

    def score(self, fit: Any) -> Any:
        histories, rows = self.histories.by_customer(self.frame)
        horizon, rate = self.rates.Span(MONTHS, "month"), self.rates.Rate(RATE, "month")
        step = self.rates.Span(1, "month")  # each month at its end, as the others do
        return self.lifetime.discounted_purchases(fit, histories, horizon, rate, step)[rows]


class Summary:
    """What the peers take: a frame in weeks with the names that the field shares."""

    def __init__(self, path: str) -> None:
        import pandas as pd

        days = pd.read_parquet(path)
        self.frame = pd.DataFrame(
            {
                "customer_id": range(len(days)),
                "frequency": days["repeat_days"].astype(float),
                "recency": days["last_day"] / DAYS_A_WEEK,
                "T": days["age_days"] / DAYS_A_WEEK,
                "future_spend": 1.0,
            }
        )


class Lifetimes(Summary):
    packages = ("lifetimes", "scipy")

    def __init__(self, path: str) -> None:
        import lifetimes

        super().__init__(path)
        self.fitter = lifetimes.BetaGeoFitter

    def fit(self) -> Any:
        return self.fitter().fit(self.frame["frequency"], self.frame["recency"], self.frame["T"])

    def parameters(self, fit: Any) -> dict[str, float]:
        return dict(fit.params_)

    def score(self, fit: Any) -> Any:
        from lifetimes.utils import _customer_lifetime_value

        columns = (self.frame[name] for name in ("frequency", "recency", "T", "future_spend"))
        return _customer_lifetime_value(fit, *columns, time=MONTHS, discount_rate=RATE, freq="W")


class Clvkit(Summary):
    packages = ("clvkit", "scipy")

    def __init__(self, path: str) -> None:
        import pandas as pd
        from clvkit import BGNBD, CustomerBase

        super().__init__(path)
        self.model = BGNBD
        day = pd.Timestamp("2025-12-31")
        self.base = CustomerBase(
            self.frame.set_index("customer_id")[["frequency", "recency", "T"]],
            time_unit="W",
            collapse="D",
            observation_period_end=day,
            has_monetary=False,
            on_negative="net",
            amount_col=None,
        )

    def fit(self) -> Any:
        return self.model().fit(self.base)

    def parameters(self, fit: Any) -> dict[str, float]:
        return dict(fit.params_)


class PymcMarketing(Summary):
    packages = ("pymc-marketing", "pymc")

    def __init__(self, path: str) -> None:
        from pymc_extras.prior import Prior
        from pymc_marketing.clv import BetaGeoModel

        super().__init__(path)
        self.model = BetaGeoModel
        # flat priors, as its own default priors move the most likely values
        self.priors = {name: Prior("HalfFlat") for name in ("r", "alpha", "a", "b")}
        self.fit()  # compiles: what is timed is a second fit

    def fit(self) -> Any:
        model = self.model(model_config=self.priors)
        model.fit(self.frame[["customer_id", "frequency", "recency", "T"]], method="map", progressbar=False)
        return model

    def parameters(self, fit: Any) -> dict[str, float]:
        posterior = getattr(fit, "idata", None) or fit.fit_result
        posterior = getattr(posterior, "posterior", posterior)
        return {name: float(posterior[name].mean()) for name in ("r", "alpha", "a", "b")}

    def score(self, fit: Any) -> Any:
        from pymc_marketing.clv.utils import customer_lifetime_value

        return customer_lifetime_value(fit, self.frame, future_t=MONTHS, discount_rate=RATE, time_unit="W")


WAYS = {"ours": Ours, "lifetimes": Lifetimes, "clvkit": Clvkit, "pymc_marketing": PymcMarketing}


def main() -> None:
    task, name, path = sys.argv[1:]
    way = WAYS[name](path)
    if task == "fit":
        child.answer(way.fit, lambda fit: {"parameters": way.parameters(fit)}, *way.packages)
        return
    fit = way.fit()
    child.answer(lambda: way.score(fit), lambda scores: {"sum": float(scores.sum())}, *way.packages)


if __name__ == "__main__":
    main()
