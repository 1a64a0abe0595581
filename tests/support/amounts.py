"""Distributions of amounts as scipy has them."""

from typing import Any

import numpy as np
from scipy import stats

from paysim.config.schema import Amounts
from paysim.transactions.behaviour.amounts.amount_distributions import (
    log_parameters,
)


class Peaks:
    def __init__(self, peaks: list[float], deviation: float) -> None:
        self._parts = [stats.norm(peak, deviation) for peak in peaks]

    def cdf(self, x: Any) -> Any:
        return sum(part.cdf(x) for part in self._parts) / len(self._parts)


def reference(amounts: Amounts) -> Any:
    """scipy's distribution before the cut."""
    deviation = amounts.std_dev or {"lognormal": 120.0}.get(amounts.shape or "", 30.0)
    if amounts.shape == "normal":
        return stats.norm(amounts.average, deviation)
    if amounts.shape == "uniform":
        return stats.uniform(amounts.least, amounts.most - amounts.least)
    if amounts.shape == "exponential":
        return stats.expon(scale=amounts.average)
    if amounts.shape == "lognormal":
        mu, sigma = log_parameters(amounts.average, deviation)
        return stats.lognorm(sigma, scale=np.exp(mu))
    return Peaks(amounts.peaks, deviation)
