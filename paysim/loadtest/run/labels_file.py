"""`report.labels`: which transactions of a run were bad on purpose, and which are fraud in truth, as JSON Lines.

Those who send collect them; they travel with the accounts, each once, so nothing holds more than a second's worth. The
process that conducts writes them as they come.
"""

import logging
from pathlib import Path
from typing import IO

import orjson

from paysim.contract.labels import FRAUD, entry
from paysim.transactions.batch import Batch
from paysim.transactions.events.stamps import uuid_text

logger = logging.getLogger(__name__)

Taken = dict[str, bytes]
"""Label → ids of 16 bytes, one after the other. FRAUD is one too."""


def _said(label: str) -> dict[str, str | bool]:
    return entry(None if label == FRAUD else label, label == FRAUD)


class Collected:
    """The labels that were handed out since they were last taken."""

    def __init__(self) -> None:
        self._ids: dict[str, bytearray] = {}

    def note(self, block: Batch) -> None:
        for at, label in block.labels.items():
            self._ids.setdefault(label, bytearray()).extend(block.ids[at])
        for at in block.fraud:
            self._ids.setdefault(FRAUD, bytearray()).extend(block.ids[at])

    def take(self) -> Taken:
        ids, self._ids = self._ids, {}
        return {label: bytes(found) for label, found in ids.items()}


class LabelsFile:
    """The file of one run after the other."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self.trouble: str | None = None
        """Of the run that is on, or was last: why its labels are not all there."""

    def begin(self, named: str | None, run_id: str) -> None:
        """named: a path that may hold {run_id}; None: the run's labels are not written."""
        self.end()
        self.trouble = None
        if named is None:
            return
        path = Path(named.replace("{run_id}", run_id))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb")
        except OSError as error:
            self._failed(str(path), error)

    def write(self, taken: Taken) -> None:
        if self._file is None or not taken:
            return
        lines = [
            orjson.dumps({"transaction_id": uuid_text(ids[at : at + 16]), **_said(label)})
            for label, ids in taken.items()
            for at in range(0, len(ids), 16)
        ]
        try:
            self._file.write(b"\n".join(lines) + b"\n")
            self._file.flush()
        except OSError as error:
            self._failed(self._file.name, error)

    def end(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _failed(self, path: str, error: OSError) -> None:
        self.trouble, self._file = f"the labels could not be written to {path}: {error.strerror}", None
        logger.error("%s", self.trouble)
