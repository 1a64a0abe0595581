"""What publishers of JSON Lines share: a batch is written in the call that sends it, one at a time, and counted."""

import threading
import time

from paysim.publishers.base import Acknowledgement, OnOutcome, Outcome, Part, PublisherFigures, SendError
from paysim.transactions.batch import Batch

from .json_lines import reason_of


class JsonLinesPublisher:
    """Every transaction has its outcome when `send` returns."""

    identity = None
    _name: str
    """The target as failures name it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        """Held while a run begins, while a batch is written, and while files are closed."""
        self._figures = PublisherFigures()

    @property
    def figures(self) -> PublisherFigures:
        return PublisherFigures(sends=self._figures.sends, attempts_failed=dict(self._figures.attempts_failed))

    def send(self, batch: Batch, on_outcome: OnOutcome) -> None:
        if len(batch):
            on_outcome(batch, self._written(batch))

    def send_together(self, parts: list[Part]) -> None:
        for batch, on_outcome in parts:
            self.send(batch, on_outcome)

    def drain(self, timeout: float) -> None:
        """There is nothing to wait for: every send has its outcome when `send` returns."""

    def _write(self, batch: Batch) -> None:
        """Write it and its labels. Raises OSError or SendError."""
        raise NotImplementedError

    def _written(self, batch: Batch) -> Outcome:
        started = time.perf_counter()
        with self._lock:
            self._figures.sends += 1
            try:
                self._write(batch)
            except OSError as error:
                failure = SendError(f"{self._name}: {reason_of(error)}")
            except SendError as error:
                failure = error
            else:
                return Acknowledgement(time.perf_counter() - started)
            failed = self._figures.attempts_failed
            failed[failure.reason] = failed.get(failure.reason, 0) + 1
            return failure
