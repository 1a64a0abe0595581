"""The labels of a run (`report.labels`): which transactions were bad on purpose, read back as columns. What is only
fraud in truth is no reason for anybody to reject it, and is passed over.

The label of a copy (`duplicate`, `redelivery`) names the transaction that it repeats.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import numpy as np
import orjson

from paysim.contract.labels import FRAUD

from . import arrivals
from .sequence_set import Seen

_AT_ONCE = 100_000


class BadLabels(ValueError):
    """A file of labels that cannot be read; the text is one line for the user."""


@dataclass
class Labels:
    """Label → producer → sequence numbers in ascending order; a label may name a number more than once."""

    found: dict[str, dict[int, np.ndarray]] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Label → how many there are."""
        return {name: sum(map(len, producers.values())) for name, producers in self.found.items()}

    def numbers(self, wanted: Callable[[str], bool]) -> dict[int, Seen]:
        """By producer: those with a label that is wanted."""
        sets: dict[int, Seen] = {}
        for name, producers in self.found.items():
            if wanted(name):
                for producer, sequences in producers.items():
                    sets.setdefault(producer, Seen()).add(sequences)
        return sets


def read(path: Path, run: int) -> Labels:
    """The labels of a run. Raises BadLabels."""
    names: list[str] = []
    ids = bytearray()
    pieces: dict[str, dict[int, list[np.ndarray]]] = {}
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    entry = orjson.loads(line)
                    if FRAUD in entry and "violation" not in entry:
                        continue
                    ids += UUID(entry["transaction_id"]).bytes
                    names.append(str(entry["violation"]))
                except (ValueError, KeyError, TypeError, AttributeError):
                    raise BadLabels(f"{path}:{number}: is no label: transaction_id and violation") from None
                if len(names) == _AT_ONCE:
                    _sort(names, bytes(ids), run, pieces)
                    names, ids = [], bytearray()
    except OSError as error:
        raise BadLabels(f"{path}: cannot be read: {(error.strerror or 'error').lower()}") from None
    _sort(names, bytes(ids), run, pieces)
    return Labels(
        {
            name: {producer: np.sort(np.concatenate(arrays)) for producer, arrays in producers.items()}
            for name, producers in sorted(pieces.items())
        }
    )


def _sort(names: list[str], ids: bytes, run: int, into: dict[str, dict[int, list[np.ndarray]]]) -> None:
    found = arrivals.of_run(arrivals.halves(ids), run)
    kept = np.array(names, dtype=object)[found.positions]
    for name in set(kept.tolist()):
        for producer in np.unique(found.producers[kept == name]).tolist():
            mine = (kept == name) & (found.producers == producer)
            into.setdefault(name, {}).setdefault(producer, []).append(found.sequences[mine])
