"""Is one group of runs worse than another by more than runs differ anyhow? A permutation test; pure arithmetic.

If both builds were alike, it would be chance alone which runs are called A and which B. So every way to divide the runs
into two groups of these sizes is tried, and what was seen is held against what chance would have made of it. That takes
no assumption about how latencies are distributed, and is exact for few runs (Fisher 1935; Pitman 1937).

Several metrics are looked at, and with each of them grows the risk that one stands out by chance. They are alike (a
slow run is slow at p50 and at p99), so a correction that takes them for independent would find too little. So the
largest statistics of the divisions are held against each other, metric by metric downwards (step-down maxT: Westfall
and Young 1993): the risk to call anything worse that is not is `ALPHA` for all of them together.
"""

from itertools import combinations
from math import comb

import numpy as np

ALPHA = 0.05
"""The risk that among runs of the same build anything at all is called worse."""

MOST_DIVISIONS = 20_000
"""Up to so many all are tried, above that so many drawn ones, the same in each call."""

LEAST_DIVISIONS = round(1 / ALPHA)
"""With fewer, three runs against three have exactly as many, even the clearest difference may be chance."""

Rows = np.ndarray[tuple[int, int], np.dtype[np.float64]]
"""A row a metric, a column a run: first those of A, then those of B."""


def is_known(runs_a: int, runs_b: int) -> bool:
    """Whether there are runs enough to say what chance does."""
    return comb(runs_a + runs_b, runs_a) >= LEAST_DIVISIONS


def chances(rows: Rows, runs_a: int, resolution: Rows) -> list[float]:
    """For each metric: the chance that alike runs look at least so much higher in B, corrected for all metrics.

    rows: values in which a larger one is worse, on a scale where a change is a difference, such as logarithms.
    resolution: of each metric, as a column; what differs by about that much is not told apart, however steady it is.
    """
    statistics = _statistics(rows, _divisions(rows.shape[1], runs_a), resolution)
    seen = statistics[:, 0]  # the first division is the real one
    order = np.argsort(-seen)
    found, least = np.empty(len(seen)), 0.0
    for place, metric in enumerate(order):
        largest = statistics[order[place:]].max(axis=0)
        least = max(least, float(np.mean(largest >= seen[metric] - 1e-9)))
        found[metric] = least
    return [float(chance) for chance in found]


def _divisions(runs: int, runs_a: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Ways to divide the runs, a row each, true for B; the real one first."""
    if comb(runs, runs_a) <= MOST_DIVISIONS:
        chosen = list(combinations(range(runs), runs_a))  # in order, so that the first has A's runs in A
        found = np.ones((len(chosen), runs), dtype=bool)
        found[np.arange(len(chosen))[:, np.newaxis], chosen] = False
        return found
    real = np.arange(runs) >= runs_a
    drawn = np.random.default_rng(1).permuted(np.tile(real, (MOST_DIVISIONS, 1)), axis=1)
    drawn[0] = real
    return drawn


def _statistics(rows: Rows, divisions: np.ndarray[tuple[int, int], np.dtype[np.bool_]], resolution: Rows) -> Rows:
    """Student's t of each metric (row) in each division (column). The resolution keeps it finite for steady ones."""
    runs_b = int(divisions[0].sum())
    runs_a = divisions.shape[1] - runs_b
    centred = rows - rows.mean(axis=1, keepdims=True)
    total, squares = centred.sum(axis=1, keepdims=True), (centred**2).sum(axis=1, keepdims=True)
    sum_b = centred @ divisions.T
    mean_b, mean_a = sum_b / runs_b, (total - sum_b) / runs_a
    within = np.maximum(squares - runs_b * mean_b**2 - runs_a * mean_a**2, 0) / max(runs_a + runs_b - 2, 1)
    found: Rows = (mean_b - mean_a) / (np.sqrt(within * (1 / runs_a + 1 / runs_b)) + resolution)
    return found
