"""Many properties judged at once, each by its own interval, without blaming chance for being chance.

Of n properties that are all as they should be one in twenty lies outside its 95 % interval. So as many may be outside
as a binomial of n at 5 % has in 99 of 100 runs, and none may be outside the interval that all n together hold in 99
of 100 (Bonferroni).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

_LEVEL, _SURE = 0.95, 0.99


@dataclass(frozen=True, slots=True)
class Property:
    """name; figure: what was measured; expected: what a fact says; low, high: the 95 % interval of the figure; p: how
    likely a figure is at least so far off where the fact is true, two-sided."""

    name: str
    figure: float
    expected: float
    low: float
    high: float
    p: float

    @property
    def is_outside(self) -> bool:
        return self.p < 1 - _LEVEL

    def __str__(self) -> str:
        sign = "OUTSIDE" if self.is_outside else ""
        return (
            f"{self.name:52} {self.figure:10.5f} [{self.low:9.5f}, {self.high:9.5f}]  fact {self.expected:10.5f}  "
            f"p {self.p:.4f} {sign}"
        )


def _two_sided(below: float, above: float) -> float:
    return min(1.0, 2 * min(below, above))


def share(name: str, events: int, of: int, expected: float) -> Property:
    """A share of events among many (Clopper and Pearson)."""
    half = (1 - _LEVEL) / 2
    low = float(stats.beta.ppf(half, events, of - events + 1)) if events else 0.0
    high = float(stats.beta.ppf(1 - half, events + 1, of - events)) if events < of else 1.0
    p = _two_sided(float(stats.binom.cdf(events, of, expected)), float(stats.binom.sf(events - 1, of, expected)))
    return Property(name, events / of, expected, low, high, p)


def count(name: str, events: int, expected: float) -> Property:
    """A number of rare events, over what is expected (Garwood)."""
    half = (1 - _LEVEL) / 2
    low = float(stats.gamma.ppf(half, events)) if events else 0.0
    high = float(stats.gamma.ppf(1 - half, events + 1))
    p = _two_sided(float(stats.poisson.cdf(events, expected)), float(stats.poisson.sf(events - 1, expected)))
    return Property(name, events / expected, 1.0, low / expected, high / expected, p)


def mean(name: str, values: np.ndarray, expected: float, deviation: float) -> Property:
    """The mean of many values with this standard deviation."""
    error = deviation / len(values) ** 0.5
    found = float(values.mean())
    wide = float(stats.norm.ppf(1 - (1 - _LEVEL) / 2)) * error
    return Property(
        name, found, expected, found - wide, found + wide, 2 * float(stats.norm.sf(abs(found - expected) / error))
    )


def judge(properties: list[Property]) -> None:
    """Print all of them; assert that no more are off than chance allows."""
    outside = [each for each in properties if each.is_outside]
    allowed = int(stats.binom.ppf(_SURE, len(properties), 1 - _LEVEL))
    least = (1 - _SURE) / len(properties)
    print("\n".join(map(str, properties)))
    print(
        f"{len(properties)} properties, {len(outside)} outside their 95 % interval, {allowed} allowed; "
        f"each p has to be above {least:.5f}"
    )
    assert len(outside) <= allowed, [str(each) for each in outside]
    far = [str(each) for each in properties if each.p < least]
    assert not far, far
