"""Distributions of amounts as scipy has them."""

from typing import Any

import numpy as np
from scipy import stats

from paysim.config.schema import Amounts
from paysim.transactions.behaviour.amount_distributions import (
    log_parameters,
)


class Peaks:
    def __init__(self, peaks: list[float], deviation: float) -> None:
        self._parts = [stats.norm(peak, deviation) for peak in peaks]

    def cdf(self, x: Any) -> Any:
        return sum(part.cdf(x) for part in self._parts) / len(self._parts)


def reference(amounts: Amounts) -> Any:
    """scipy's distribution before the cut."""
    deviation = amounts.std_dev or {"lognormal": 120.0}.get(amounts.distribution, 30.0)
    if amounts.distribution == "normal":
        return stats.norm(amounts.mean, deviation)
    if amounts.distribution == "uniform":
        return stats.uniform(amounts.min, amounts.max - amounts.min)
    if amounts.distribution == "exponential":
        return stats.expon(scale=amounts.mean)
    if amounts.distribution == "lognormal":
        mu, sigma = log_parameters(amounts.mean, deviation)
        return stats.lognorm(sigma, scale=np.exp(mu))
    return Peaks(amounts.peaks, deviation)
