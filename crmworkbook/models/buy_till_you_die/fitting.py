"""Maximum likelihood for the buy-till-you-die models, and a plain word for what may be wrong with a fit.

Parameters are positive, so the search runs in their logarithms, within a factor 160,000 of the start either way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]

from crmworkbook.models.rates import TimeUnit

Numbers = npt.NDArray[np.float64]
Parameters = Mapping[str, float]
Likelihood = Callable[[Parameters], tuple[float, Numbers]]
Slope = Callable[[Numbers], tuple[float, Numbers]]  # of the logarithms: value and gradient

WIDEST = 12.0  # logarithm of the furthest a parameter may go from its start
FLAT = 2.0  # a standard error of a logarithm this wide leaves a factor 7 either way
STEP = 1e-4  # of a logarithm, for the second derivatives
GRADIENT = 1e-6  # per customer; the search ends below it, and one step of Newton follows

FATAL = {
    "no_customers": "there are no customers",
    "no_time": "nobody was observed after the first purchase; take a later end of the observation",
    "no_repeats": "nobody came back, so nothing is known of how often and how long; take a longer period",
    "too_few": "there are fewer customers than the model has parameters; take a longer period or more customers",
    "not_converged": "the search for the most likely parameters did not end; look at the histories for odd customers",
    "no_mean_spend": "spending differs so much that no mean exists (q is 1 or less); leave the largest customers out",
}
DOUBTFUL = {
    "flat": "other parameters explain the histories nearly as well",
    "at_bound": "a parameter runs off",
    "nobody_lost": "hardly anybody ever leaves, as far as the histories show",
    "all_leave_alike": "all have the same chance to leave, as far as the histories show",
    "all_buy_alike": "all buy at the same pace, as far as the histories show",
    "all_spend_alike": "all spend the same, but for chance",
    "orders_alike": "a customer spends the same amount every time",
}


@dataclass(frozen=True, eq=False)
class Fit:
    """The most likely parameters of a model, how certain they are, and what is wrong with them.

    Attributes:
        model: ``bg_nbd``, ``gamma_gamma``, …
        parameters: Name to value, in the order of *covariance*; NaN when *fault* is in ``FATAL``.
        standard_errors: Name to standard error; NaN where the data do not fix the parameters.
        covariance: Of the parameters, from the second derivatives of the log-likelihood.
        log_likelihood: At these parameters.
        customers: Number of customers fitted on.
        unit: Unit of time of the parameters; None where there is no time in them.
        converged: The search ended at a maximum.
        fault: Empty, or a key of ``FATAL`` (nothing can be computed with the fit) or of ``DOUBTFUL`` (expectations can,
            but the parameters themselves say little).
    """

    model: str
    parameters: Parameters
    standard_errors: Parameters
    covariance: Numbers
    log_likelihood: float
    customers: float
    unit: TimeUnit | None
    converged: bool
    fault: str = ""

    def values(self) -> tuple[float, ...]:
        """The parameters in their order, to compute with.

        Raises:
            ValueError: the fit has a fault after which nothing can be computed.
        """
        if self.fault in FATAL:
            raise ValueError(f"{self.model} has no outcome: {FATAL[self.fault]}")
        return tuple(self.parameters.values())

    def moved(self, parameters: Parameters) -> Fit:
        """The same fit with other values of some parameters."""
        return replace(self, parameters={**self.parameters, **parameters})

    def log_covariance(self) -> Numbers:
        """Covariance of the logarithms of the parameters, by the delta method."""
        values = np.array(tuple(self.parameters.values()))
        return self.covariance / np.outer(values, values)


def maximise(
    likelihood: Likelihood,
    start: Parameters,
    *,
    model: str,
    customers: float,
    unit: TimeUnit | None,
    near: Fit | None = None,
    standard_errors: bool = True,
) -> Fit:
    """The parameters under which the data are most likely.

    Args:
        likelihood: Parameters to the log-likelihood and its gradient (to the parameters, in the order of *start*).
        start: Where to begin; sets the scale of each parameter.
        model: Name of the model.
        customers: Number of customers in the data.
        unit: Unit of time of the data.
        near: A fit without fault on data much alike (a sample of them, say), which saves most of the search.
        standard_errors: Compute second derivatives; without them standard errors are NaN and ``flat`` goes unseen.
    """
    names = list(start)
    origin = np.log(list(start.values()))

    def unlikely(logs: Numbers) -> tuple[float, Numbers]:
        values = np.exp(logs)
        value, gradient = likelihood(dict(zip(names, values, strict=True)))
        return -value / customers, -gradient * values / customers

    found, converged = _search(unlikely, origin, near)
    covariance, fault = np.full((len(names), len(names)), np.nan), ""
    if not converged:
        fault = "not_converged"
    elif np.abs(found - origin).max() > WIDEST - 0.01:
        fault = "at_bound"
    elif standard_errors:
        covariance, fault = _covariance(unlikely, found, customers)
        found = found if fault else found - customers * covariance @ unlikely(found)[1]
    values = np.exp(found)
    return Fit(
        model=model,
        parameters=dict(zip(names, values.tolist(), strict=True)),
        standard_errors=dict(zip(names, (values * np.sqrt(np.diag(covariance))).tolist(), strict=True)),
        covariance=covariance * np.outer(values, values),
        log_likelihood=-unlikely(found)[0] * customers,
        customers=customers,
        unit=unit,
        converged=converged,
        fault=fault,
    )


def no_fit(model: str, names: tuple[str, ...], customers: float, unit: TimeUnit | None, fault: str) -> Fit:
    """A fit that could not be made, and why."""
    nothing = dict.fromkeys(names, float("nan"))
    covariance = np.full((len(names), len(names)), np.nan)
    return Fit(model, nothing, nothing, covariance, float("nan"), customers, unit, False, fault)


def _search(unlikely: Slope, origin: Numbers, near: Fit | None) -> tuple[Numbers, bool]:
    """The lowest point, and whether it is one; near a known fit in steps of its own standard errors."""
    centre, spread = origin, np.eye(len(origin))
    if near is not None:
        centre, spread = np.log(list(near.parameters.values())), near.log_covariance() * near.customers
    scale: Numbers = np.linalg.cholesky(spread).astype(float)

    def scaled(steps: Numbers) -> tuple[float, Numbers]:
        value, gradient = unlikely(np.clip(centre + scale @ steps, origin - 2 * WIDEST, origin + 2 * WIDEST))
        return value, scale.T @ gradient

    done = minimize(scaled, np.zeros(len(centre)), jac=True, method="BFGS", options={"gtol": GRADIENT})
    found = centre + scale @ done.x
    if _is_low(done) and np.abs(found - origin).max() < WIDEST:
        return found, True
    bounds = [(at - WIDEST, at + WIDEST) for at in origin]
    options = {"maxiter": 1000, "maxfun": 3000, "ftol": 1e-15, "gtol": GRADIENT}
    done = minimize(unlikely, origin, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return done.x, _is_low(done)


def _is_low(done: object) -> bool:
    """Whether the search ended; one that stopped for rounding alone, at a gradient of nearly 0, did."""
    return bool(done.success or (np.isfinite(done.fun) and np.abs(done.jac).max() < 1e-5))  # type: ignore[attr-defined]


def _covariance(unlikely: Slope, at: Numbers, customers: float) -> tuple[Numbers, str]:
    """Covariance of the logarithms, the inverse of the second derivatives; these are differences of the gradient."""
    steps = STEP * np.eye(len(at))
    rows = [(unlikely(at + step)[1] - unlikely(at - step)[1]) / (2 * STEP) for step in steps]
    information = customers * (np.array(rows) + np.array(rows).T) / 2
    lowest = float(np.linalg.eigvalsh(information)[0])
    if not lowest > 1e-6:
        return np.full_like(information, np.nan), "flat"
    return np.linalg.inv(information).astype(float), "flat" if lowest < FLAT**-2 else ""
