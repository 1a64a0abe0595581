"""The five amount distributions, cut to their bounds exactly: each is a quantile function.

A rank u, uniform in (0, 1), becomes the amount below which a share u of all payments lies. With F the distribution
function before the cut, that is F⁻¹(F(min) + u · (F(max) − F(min))): nothing is clipped, so no heap at the bounds.
"""

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from paysim.config.schema import Amounts

Quantile = Callable[[np.ndarray], np.ndarray]
"""Ranks in [0, 1] → amounts in [min, max], before rounding."""

# Standard deviations where none is configured, in the unit of the amounts.
_STD_DEV = {"lognormal": 120.0, "normal": 30.0, "bimodal": 30.0}


def normal_share(z: float) -> float:
    """The share of a standard normal distribution below z, to the last digit in the lower tail too."""
    return math.erfc(-z / math.sqrt(2)) / 2


def std_dev(amounts: Amounts) -> float:
    """The configured standard deviation, or the distribution's own."""
    return amounts.std_dev or _STD_DEV.get(amounts.shape or "", 0.0)


def log_parameters(mean: float, deviation: float) -> tuple[float, float]:
    """mu and sigma of the lognormal distribution that has this mean and standard deviation."""
    variance = math.log1p((deviation / mean) ** 2)
    return math.log(mean) - variance / 2, math.sqrt(variance)


def quantile(amounts: Amounts) -> Quantile:
    """The quantile function of these amounts (by_method is not looked at)."""
    low, high, deviation = amounts.least, amounts.most, std_dev(amounts)
    if amounts.shape == "uniform":
        return lambda u: low + u * (high - low)
    if amounts.shape == "exponential":
        mean = amounts.average
        below, within = -math.expm1(-low / mean), math.exp(-low / mean) - math.exp(-high / mean)
        return lambda u: np.clip(-mean * np.log1p(-(below + u * within)), low, high)
    if amounts.shape == "normal":
        return _cut_normal(amounts.average, deviation, low, high)
    if amounts.shape == "lognormal":
        mu, sigma = log_parameters(amounts.average, deviation)
        logs = _cut_normal(mu, sigma, math.log(low), math.log(high))
        return lambda u: _cut(np.exp(logs(u)), low, high)
    return _cut_mixture(amounts.peaks, deviation, low, high)


def _cut_normal(mean: float, deviation: float, low: float, high: float) -> Quantile:
    if (low - mean) / deviation > 0:
        # The upper tail is mirrored: there 1 − F would lose its digits.
        mirrored = _cut_normal(-mean, deviation, -high, -low)
        return lambda u: -mirrored(1.0 - u)
    below, above = normal_share((low - mean) / deviation), normal_share((high - mean) / deviation)
    return lambda u: _cut(mean + deviation * normal_quantile(below + u * (above - below)), low, high)


def _cut(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """np.clip, without what it costs to call."""
    cut: np.ndarray = np.minimum(np.maximum(values, low, out=values), high, out=values)
    return cut


def _cut_mixture(peaks: list[float], deviation: float, low: float, high: float) -> Quantile:
    """Two normal peaks of equal weight. It has no closed inverse: a table of F, interpolated."""
    near = [peak + deviation * step for peak in peaks for step in np.linspace(-8, 8, 8001)]
    grid = np.unique(np.clip([low, high, *near], low, high))
    masses = [np.array([normal_share(z) for z in (grid - peak) / deviation]) for peak in peaks]
    total = masses[0] + masses[1]
    shares = (total - total[0]) / (total[-1] - total[0])
    return lambda u: np.interp(u, shares, grid)


# Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988):
# relative error 1e-16. Numerators and denominators, highest power first.
_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_TAIL = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def _ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], x: np.ndarray) -> np.ndarray:
    # Horner's rule on numerator and denominator at once: numpy's calls cost more than its arithmetic here.
    value = np.empty((2, len(x)))
    value[0], value[1] = polynomials[0][0], polynomials[1][0]
    for coefficients in _columns(polynomials):
        value *= x
        value += coefficients
    ratio: np.ndarray = value[0] / value[1]
    return ratio


@cache
def _columns(polynomials: tuple[tuple[float, ...], tuple[float, ...]]) -> list[np.ndarray]:
    """The coefficients after the first, as columns of two."""
    return [np.array(pair)[:, None] for pair in list(zip(*polynomials, strict=True))[1:]]


def normal_quantile(p: np.ndarray) -> np.ndarray:
    """The standard normal deviate below which a share p lies; ±38 stand for the infinite ends."""
    q = p - 0.5
    result: np.ndarray = q * _ratio(_CENTRE, 0.180625 - q * q)
    outside = np.flatnonzero(np.abs(q) > 0.425)
    if len(outside):
        tail = np.minimum(p[outside], 1.0 - p[outside])
        depth = np.sqrt(-np.log(np.maximum(tail, 1e-316)))
        values = _ratio(_TAIL, depth - 1.6)
        if depth.max() > 5.0:  # one in 1e11
            values = np.where(depth <= 5.0, values, _ratio(_FAR_TAIL, depth - 5.0))
        result[outside] = np.copysign(values, q[outside])
    return result


def cut_mean(amounts: Amounts) -> float:
    """The mean of the amounts after the cut to min..max, by the midpoint rule over 20,000 ranks."""
    return float(quantile(amounts)((np.arange(20_000) + 0.5) / 20_000).mean())


def mean_before_cut(amounts: Amounts) -> float:
    """The mean that the configuration asks for."""
    if amounts.shape == "uniform":
        return (amounts.least + amounts.most) / 2
    return sum(amounts.peaks) / 2 if amounts.shape == "bimodal" else amounts.average
