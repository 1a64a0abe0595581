"""What a pipeline stored, held against what was sent: `paysim verify --ids`. Pure but for the stream of ids.

What the list of ids holds is stored. With the labels of the run, a bad transaction that is missing was rejected, as it
should be, and one that is there is reported; without labels a missing one counts as lost. A good transaction that is
missing is lost, even where it has a label, such as one that came late.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from paysim.contract.identity import Run
from paysim.contract.labels import is_good, repeats
from paysim.summary.delivery import ProducerRecord
from paysim.summary.model import Summary

from .contract_check import breaks
from .label_file import Labels
from .reconcile import Findings, Reconciler


@dataclass
class Stored:
    """labels: label → how many were sent and how many of them are stored; copies, for labels that repeat another."""

    findings: Findings
    labels: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def bad(self) -> int:
        """How many are stored and should have been rejected."""
        return sum(stored for label, (_, stored) in self.labels.items() if repeats(label) or breaks(label))

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
    # A copy has no id of its own, so a list of ids has no place for it.
    producers = [producer.model_copy(update={"repeated": {}}) for producer in summary.producers]
    if labels is None:
        return Stored(reconciler.findings(producers))
    optional = labels.numbers(lambda name: not repeats(name) and not is_good(name))
    findings = reconciler.findings(producers, optional, labels.numbers(repeats))
    copies = _copies(reconciler, {name: found for name, found in labels.found.items() if repeats(name)})
    return Stored(
        findings, {name: copies.get(name) or _counts(reconciler, found) for name, found in labels.found.items()}
    )


def _made(producers: list[ProducerRecord]) -> dict[int, tuple[float, float]]:
    """Producer → the first and the last millisecond in its ids; nobody knows the last one of a silent producer."""
    return {
        producer.producer: (first, math.inf if producer.silent else last)
        for producer in producers
        if producer.made_ms is not None
        for first, last in [producer.made_ms]
    }


def _counts(reconciler: Reconciler, found: dict[int, np.ndarray]) -> tuple[int, int]:
    """How many were sent, and how many of them are stored."""
    sent = sum(map(len, found.values()))
    return sent, sum(int(reconciler.there(producer, numbers).sum()) for producer, numbers in found.items())


def _copies(reconciler: Reconciler, labels: dict[str, dict[int, np.ndarray]]) -> dict[str, tuple[int, int]]:
    """The same of what repeats others, in copies. Of a transaction that was repeated in two ways each has those that
    it sent, and the first the ones that nobody did."""
    stored = dict.fromkeys(labels, 0)
    for producer in {producer for found in labels.values() for producer in found}:
        mine = {name: found[producer] for name, found in labels.items() if producer in found}
        numbers = np.unique(np.concatenate(list(mine.values())))
        left = reconciler.copies(producer, numbers)
        sent = {name: np.bincount(np.searchsorted(numbers, own), minlength=len(numbers)) for name, own in mine.items()}
        for name, counts in sent.items():
            taken = np.minimum(left, counts)
            left, stored[name] = left - taken, stored[name] + int(taken.sum())
        for name, counts in sent.items():
            taken = np.where(counts > 0, left, 0)
            left, stored[name] = left - taken, stored[name] + int(taken.sum())
    return {name: (sum(map(len, found.values())), stored[name]) for name, found in labels.items()}
