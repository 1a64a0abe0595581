"""`report.labels`: which transactions of a run were bad on purpose, and which are fraud in truth, as JSON Lines.

Those who send collect them; they travel with the accounts, each once, so nothing holds more than a second's worth. The
process that conducts writes them as they come.
"""

import logging
from pathlib import Path
from typing import IO

from paysim.contract.labels import FRAUD, EpisodePart, fraud_line, label_line
from paysim.transactions.batch import Batch

logger = logging.getLogger(__name__)

Taken = dict[str, dict[str, bytes]]
"""Label → role → ids of 16 bytes, one after the other: of a transaction and of the episode that it has this role in.

The role is empty where a transaction is an episode by itself. FRAUD is a label too.
"""


class Collected:
    """The labels that were handed out since they were last taken."""

    def __init__(self) -> None:
        self._ids: dict[str, dict[str, bytearray]] = {}

    def note(self, batch: Batch) -> None:
        for at, label in batch.labels.items():
            own = batch.ids[at]
            episode, role = batch.episodes.get(at) or (own, "")
            self._ids.setdefault(label, {}).setdefault(role, bytearray()).extend(own + episode)
        for at in batch.fraud:
            self._ids.setdefault(FRAUD, {}).setdefault("", bytearray()).extend(batch.ids[at] * 2)

    def take(self) -> Taken:
        ids, self._ids = self._ids, {}
        return {label: {role: bytes(found) for role, found in roles.items()} for label, roles in ids.items()}


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
            fraud_line(ids[at : at + 16])
            if label == FRAUD
            else label_line(ids[at : at + 16], label, EpisodePart(ids[at + 16 : at + 32], role) if role else None)
            for label, roles in taken.items()
            for role, ids in roles.items()
            for at in range(0, len(ids), 32)
        ]
        try:
            self._file.write(b"".join(lines))
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
