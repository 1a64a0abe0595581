"""Is one group of runs worse than another? Pure: summaries in, a comparison out.

Two single runs cannot say how much runs differ anyhow, so a figure counts where it is worse by more than the
tolerance, and by more than its usual noise. With repeats noise is known, and a figure counts where it is worse by more
than a smaller tolerance, and runs of one build would hardly look like that by chance (`noise`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from . import metrics
from .metrics import Metric
from .runs import StoredRun

TOLERANCE, TOLERANCE_OF_REPEATS = 0.1, 0.05
WORSE, BETTER, ALIKE = "worse", "better", "alike"


@dataclass(frozen=True, slots=True)
class ComparedMetric:
    """A figure of both groups. chance: that runs of one build look at least so bad; None where that is not known.
    chance_better: the same of looking so good."""

    metric: Metric
    a: list[float]
    b: list[float]
    tolerance: float
    chance: float | None = None
    chance_better: float | None = None

    @property
    def typical(self) -> tuple[float, float]:
        """What a run of A has, and one of B: the median, or the worst where that counts."""
        return (max(self.a), max(self.b)) if self.metric.counts_at_worst else (median(self.a), median(self.b))

    @property
    def difference(self) -> float:
        """B less A: the median over all pairs of a run of A and one of B (Hodges and Lehmann 1963)."""
        if self.metric.counts_at_worst:
            return self.typical[1] - self.typical[0]
        return median(b - a for a in self.a for b in self.b)

    @property
    def change(self) -> float:
        """The difference as a share of A: 0.1 is a tenth more."""
        if not self.difference:
            return 0.0
        return self.difference / self.typical[0] if self.typical[0] else math.copysign(math.inf, self.difference)

    @property
    def verdict(self) -> str:
        """WORSE, BETTER or ALIKE."""
        sign = -1 if self.metric.more_is_better else 1
        if self._stands_out(sign * self.change, self.chance):
            return WORSE
        return BETTER if self._stands_out(-sign * self.change, self.chance_better) else ALIKE

    def _stands_out(self, change: float, chance: float | None) -> bool:
        from .noise import ALPHA

        if chance is None:
            return change > self.tolerance and abs(self.difference) > self.metric.noise
        return change > self.tolerance and abs(self.difference) > self.metric.resolution and chance <= ALPHA


@dataclass(frozen=True, slots=True)
class Comparison:
    """What both groups measured. knows_noise: whether there are repeats enough. notes: what limits the comparison."""

    a: list[StoredRun]
    b: list[StoredRun]
    metrics: list[ComparedMetric]
    knows_noise: bool
    notes: list[str]

    @property
    def worse(self) -> list[ComparedMetric]:
        return [each for each in self.metrics if each.verdict == WORSE]


def compare(
    a: Sequence[StoredRun], b: Sequence[StoredRun], tolerance: float | None, tolerances: Mapping[str, float]
) -> Comparison:
    """tolerance: None for the default. tolerances: of single metrics, by name."""
    from . import differences, noise

    knows_noise = noise.is_known(len(a), len(b))
    if tolerance is None:
        tolerance = TOLERANCE_OF_REPEATS if knows_noise else TOLERANCE
    compared, notes = [], list(differences.notes(a, b))
    left_out: dict[str, list[str]] = {}
    for metric in metrics.of(run.summary for run in (*a, *b)):
        of_a, of_b = ([metric.read(run.summary) for run in group] for group in (a, b))
        measured_a, measured_b = ([value for value in values if value is not None] for values in (of_a, of_b))
        if len(measured_a) == len(a) and len(measured_b) == len(b):
            allowed = tolerances.get(metric.name, tolerance)
            compared.append(ComparedMetric(metric, measured_a, measured_b, allowed))
        elif measured_a or measured_b:
            some = f"{len(measured_a)} of {len(a)} in A, {len(measured_b)} of {len(b)} in B"
            left_out.setdefault(some, []).append(metric.title)
    notes += [f"left out, as not all runs measured it ({some}): {', '.join(names)}" for some, names in left_out.items()]
    if knows_noise:
        compared = _with_chances(compared)
    elif len(a) + len(b) > 2:
        notes.append(
            f"{len(a)} against {len(b)} are too few to know how much runs differ anyhow: three of each are enough"
        )
    return Comparison(list(a), list(b), compared, knows_noise, notes)


def _with_chances(compared: list[ComparedMetric]) -> list[ComparedMetric]:
    import numpy as np

    from . import noise

    judged = [each for each in compared if not each.metric.counts_at_worst]
    rows = np.array([[_scaled(each.metric, value) for value in (*each.a, *each.b)] for each in judged])
    resolution = np.array([[_RATIO_RESOLUTION if each.metric.is_ratio else _SHARE_RESOLUTION] for each in judged])
    runs_a = len(judged[0].a)
    found = zip(noise.chances(rows, runs_a, resolution), noise.chances(-rows, runs_a, resolution), judged, strict=True)
    chances = {each.metric.name: (worse, better) for worse, better, each in found}
    return [
        ComparedMetric(each.metric, each.a, each.b, each.tolerance, *chances.get(each.metric.name, (None, None)))
        for each in compared
    ]


_RATIO_RESOLUTION = 0.002
_SHARE_RESOLUTION = 0.01  # percentage points


def _scaled(metric: Metric, value: float) -> float:
    """On a scale on which a larger value is worse and changes are differences."""
    scaled = math.log(max(value, metric.resolution, 1e-6)) if metric.is_ratio else value
    return -scaled if metric.more_is_better else scaled
