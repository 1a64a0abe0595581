"""Figures with their intervals. Payments of one person are alike, so people are what is counted, not payments.

An interval is where the figure of more data from the same source would lie, 99 times of 100. Shares and means come
from a ratio of sums over people (a cluster sample): variance of the residuals by person, over the square of the number
of payments.
"""

import math
from dataclasses import dataclass

import numpy as np

Z = 2.576
"""Of a normal distribution, 99 % lie within so many standard deviations."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure, its 99 % interval, and of how many it was taken."""

    value: float
    low: float
    high: float
    n: int


def exact(value: float, n: int) -> Measured:
    """A figure that is what it is: the busiest person, or a rule that nothing may break."""
    return Measured(float(value), float(value), float(value), int(n))


def rule(breaks: np.ndarray, among: np.ndarray) -> Measured | None:
    """The share of `among` that is in `breaks` (or keeps a rule), as it is: a rule has no sampling error."""
    n = int(among.sum())
    return exact(float(breaks[among].mean()), n) if n else None


def _wilson(hits: float, n: float) -> tuple[float, float]:
    p, z2 = hits / n, Z * Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return 0.0 if hits == 0 else middle - half, 1.0 if hits == n else middle + half


def share(hits: np.ndarray, among: np.ndarray, people: np.ndarray | None = None) -> Measured | None:
    """The share of `among` (a mask) that is in `hits` (a mask). people: whose each is; None: each is its own."""
    n = int(among.sum())
    if not n:
        return None
    found = hits[among].astype(float)
    low, high = _wilson(float(found.sum()), n)
    value = float(found.mean())
    if people is not None:
        half = Z * _clustered_error(found, people[among])
        low, high = min(low, value - half), max(high, value + half)
    return Measured(value, max(0.0, low), min(1.0, high), n)


def mean(values: np.ndarray, among: np.ndarray, people: np.ndarray) -> Measured | None:
    """The mean of `values` where `among` is true."""
    n = int(among.sum())
    if n < 2:
        return None
    found = values[among].astype(float)
    value = float(found.mean())
    half = Z * _clustered_error(found, people[among])
    return Measured(value, value - half, value + half, n)


def _clustered_error(values: np.ndarray, people: np.ndarray) -> float:
    residuals = np.bincount(people, values - values.mean())
    residuals = residuals[np.bincount(people) > 0]
    groups = len(residuals)
    if groups < 2:
        return float("inf")
    return float(np.sqrt(np.square(residuals).sum() * groups / (groups - 1)) / len(values))


def ratio(above: Measured | None, below: Measured | None) -> Measured | None:
    """One figure over another, of different payments: errors of the logarithms add up."""
    if above is None or below is None or above.value <= 0 or below.value <= 0:
        return None
    first, second = ((each.high - each.low) / (2 * Z * each.value) for each in (above, below))
    value, half = above.value / below.value, Z * math.hypot(first, second)
    return Measured(value, value * float(np.exp(-half)), value * float(np.exp(half)), min(above.n, below.n))


def median(values: np.ndarray) -> Measured | None:
    """The median, with the order statistics around it as interval."""
    n = len(values)
    if n < 2:
        return None
    ordered = np.sort(values.astype(float))
    half = Z * np.sqrt(n) / 2
    low, high = max(0, int(np.floor(n / 2 - half))), min(n - 1, int(np.ceil(n / 2 + half)))
    return Measured(float(np.median(ordered)), float(ordered[low]), float(ordered[high]), n)


def auc(scores: np.ndarray, positive: np.ndarray) -> Measured | None:
    """How well scores tell the positive from the rest: the area under the ROC curve, ties half, with the interval of
    Hanley and McNeil (Radiology 143, 1982)."""
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[place]
    value = (float(ranks[positive].sum()) - positives * (positives + 1) / 2) / (positives * negatives)
    q1, q2 = value / (2 - value), 2 * value * value / (1 + value)
    variance = (value * (1 - value) + (positives - 1) * (q1 - value**2) + (negatives - 1) * (q2 - value**2)) / (
        positives * negatives
    )
    half = Z * float(np.sqrt(max(variance, 0.0)))
    return Measured(value, max(0.0, value - half), min(1.0, value + half), min(positives, negatives))
