"""Gamma-Gamma: what a customer spends per purchase, learnt from the customer and from all others.

Amounts of one customer vary around the customer's own mean (gamma, shape p), and the means differ between customers
(gamma, shape q, with scale γ). Spend is taken to be independent of how often people buy; ``Spends.correlation`` says
whether it is.

Source: Fader, Hardie and Lee (2005), RFM and CLV, ``fader_hardie_lee_2005_rfm``; Fader and Hardie (2013),
``fader_hardie_2013``. Symbols: x repeat purchases, z their mean amount in euros.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln  # type: ignore[import-untyped]

from crmworkbook.models.buy_till_you_die.fitting import Fit, Parameters, maximise, no_fit
from crmworkbook.models.buy_till_you_die.histories import Spends

SOURCE = "fader_hardie_2013"
NAMES = ("p", "q", "gamma")
ALIKE = 100.0  # of p or q: amounts differ by a tenth or less
Numbers = npt.NDArray[np.float64]


def log_likelihood(parameters: Parameters, spends: Spends) -> tuple[float, Numbers]:
    """Log-likelihood of the mean amounts, and its gradient to p, q and γ.

    Per customer ``ln Γ(px + q) − ln Γ(px) − ln Γ(q) + q ln(γ / (γ + xz)) + px ln(xz / (γ + xz)) − ln z``.

    Args:
        parameters: p, q and gamma (euro), all above 0.
        spends: Mean amounts, weighted by their customers.
    """
    p, q, gamma = (parameters[name] for name in NAMES)
    counts, place = spends.counts  # gamma functions of different counts only: customers share them
    x, weight, spent = spends.repeats, spends.customers, spends.repeats * spends.mean
    own, others = -np.log1p(gamma / spent), -np.log1p(spent / gamma)
    shapes = gammaln(p * counts + q) - gammaln(p * counts) - gammaln(q)
    value = weight @ (shapes[place] + q * others + p * x * own - np.log(spends.mean))
    together = digamma(p * counts + q)
    gradient = (
        weight @ (x * ((together - digamma(p * counts))[place] + own)),
        weight @ ((together - digamma(q))[place] + others),
        weight @ ((q * spent / gamma - p * x) / (gamma + spent)),
    )
    return float(value), np.array(gradient)


def fit(spends: Spends, *, near: Fit | None = None, standard_errors: bool = True) -> Fit:
    """The most likely p, q and γ.

    Args:
        spends: Mean amounts of customers who came back.
        near: A fit on data much alike, to start from.
        standard_errors: See ``fitting.maximise``.

    Returns:
        The fit. Faults: ``no_repeats``, ``too_few``, ``not_converged``, ``no_mean_spend`` (q is 1 or less, so that the
        mean over customers does not exist), ``all_spend_alike`` (q runs off: customers do not differ),
        ``orders_alike`` (p runs off: a customer's amounts do not differ), ``at_bound``, ``flat``.
    """
    customers = spends.total
    if not spends.customers.any():
        return no_fit("gamma_gamma", NAMES, customers, None, "no_repeats")
    if customers <= len(NAMES):
        return no_fit("gamma_gamma", NAMES, customers, None, "too_few")
    mean = float(np.average(spends.mean, weights=spends.customers))
    found = maximise(
        lambda parameters: log_likelihood(parameters, spends),
        {"p": 3.0, "q": 3.0, "gamma": mean},
        model="gamma_gamma",
        customers=customers,
        unit=None,
        near=near,
        standard_errors=standard_errors,
    )
    return replace(found, fault=_fault(found))


def _fault(found: Fit) -> str:
    """What is wrong with the spending, in the model's own terms."""
    p, q, _ = found.parameters.values()
    if max(p, q) > ALIKE:
        return "all_spend_alike" if q > p else "orders_alike"
    return "no_mean_spend" if found.converged and q <= 1 else found.fault


def mean_spend(fit: Fit) -> float:
    """Mean spend per purchase over all customers, ``p γ / (q − 1)``, euro.

    Raises:
        ValueError: the fit has no outcome; with q of 1 or less there is no mean.
    """
    p, q, gamma = fit.values()
    return p * gamma / (q - 1)


def expected_spend(fit: Fit, repeats: npt.ArrayLike, mean: npt.ArrayLike) -> Numbers:
    """What each customer will spend per purchase, ``p (γ + x z) / (p x + q − 1)``, euro.

    A weighted mean of the customer's own amount and everybody's, the more of the own the more purchases it rests on;
    everybody's for a customer without repeat purchases.

    Args:
        fit: Outcome of :func:`fit`.
        repeats: Repeat purchases per customer.
        mean: Their mean amount, euro; not looked at where there are none.

    Raises:
        ValueError: the fit has no outcome, or the mean amount of a customer who came back is missing.
    """
    p, q, gamma = fit.values()
    x = np.asarray(repeats, float)
    z = np.where(x > 0, np.asarray(mean, float), 0.0)
    if np.isnan(z).any():
        raise ValueError("the mean spend of a customer who came back is missing; leave the customer out")
    return p * (gamma + x * z) / (p * x + q - 1)
