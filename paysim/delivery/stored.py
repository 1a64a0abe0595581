"""What a pipeline stored, held against what was sent: `paysim verify --ids`. Pure but for the stream of ids.

Stored is what its list of ids holds. With the labels of the run a bad transaction that is missing was rejected, as it
should be, and one that is there is told; without them it counts as lost.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from paysim.contract.identity import Run
from paysim.contract.labels import DUPLICATE
from paysim.summary.delivery import ProducerRecord
from paysim.summary.model import Summary

from .contract_check import breaks
from .label_file import Labels
from .reconcile import Findings, Reconciler


@dataclass
class Stored:
    """labels: label → how many were sent and how many of them are stored; of a duplicate, copies."""

    findings: Findings
    labels: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def bad(self) -> int:
        """Stored, and should have been rejected."""
        return sum(stored for label, (_, stored) in self.labels.items() if label == DUPLICATE or breaks(label))

    @property
    def passed(self) -> bool:
        found = self.findings
        return not (found.lost or found.duplicated or found.unexpected or self.bad)


def judge(
    summary: Summary, ids: Iterable[np.ndarray], labels: Labels | None, progress: Callable[[int], None]
) -> Stored:
    """ids: pieces of n × 2 halves, as `id_list.Ids` gives them. progress: is told how many were read."""
    reconciler = Reconciler(Run.from_id(summary.run_id).number, made=_made(summary.producers))
    count = 0
    for piece in ids:
        reconciler.add(piece)
        count += len(piece)
        progress(count)
    # A duplicate has no id of its own, so a list of ids has no place for it.
    producers = [producer.model_copy(update={"repeated": {}}) for producer in summary.producers]
    if labels is None:
        return Stored(reconciler.findings(producers))
    optional, repeated = labels.numbers(duplicates=False), labels.numbers(duplicates=True)
    findings = reconciler.findings(producers, optional, repeated)
    return Stored(findings, {name: _counts(reconciler, name, found) for name, found in labels.found.items()})


def _made(producers: list[ProducerRecord]) -> dict[int, tuple[float, float]]:
    """Producer → the first and the last millisecond in its ids; nobody knows the last one of a silent producer."""
    return {
        producer.producer: (first, math.inf if producer.silent else last)
        for producer in producers
        if producer.made_ms is not None
        for first, last in [producer.made_ms]
    }


def _counts(reconciler: Reconciler, name: str, found: dict[int, np.ndarray]) -> tuple[int, int]:
    sent = stored = 0
    for producer, sequences in found.items():
        sent += len(sequences)
        if name == DUPLICATE:
            copies = reconciler.copies(producer, np.unique(sequences))
            stored += int(copies.sum())
        else:
            stored += int(np.count_nonzero(reconciler.there(producer, sequences)))
    return sent, stored
