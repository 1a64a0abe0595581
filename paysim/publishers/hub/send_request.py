"""A send request: what one connection worker sends in one go, and who is told its outcome.

Every transaction gets exactly one outcome: either the worker reports it, or the end of the run, which does not wait any
longer. The first of the two counts.
"""

import logging
import threading
import time

from paysim.eventhub.batch_encoding import EncodedBatch, Encoder
from paysim.publishers.base import Acknowledgement, Part, SendError

log = logging.getLogger(__name__)


class SendRequest:
    """Parts that share sends. Times are those of `time.perf_counter`."""

    __slots__ = ("_closed", "_groups", "_in_doubt", "_in_flight", "_lock", "deadline", "encoder", "ready")

    def __init__(self, parts: list[Part], encoder: Encoder, send_timeout: float) -> None:
        self.encoder = encoder
        """The run's: its events carry the id of the run that the request was made in."""
        self.ready = time.perf_counter()
        self.deadline = self.ready + send_timeout
        self._groups = [parts]  # without an outcome yet; a group an encoded batch, the first is being sent
        self._in_flight = False
        self._in_doubt = False  # the outcome of an attempt of the first group was lost
        self._closed = False
        self._lock = threading.Lock()

    def encode(self, limit: int, partition: str | None) -> list[EncodedBatch]:
        """The batches to send, in order. Transactions that fit in none get their outcome here: failed."""
        with self._lock:
            parts = self._groups[0] if self._groups else []
        encoded = self.encoder.encode(parts, limit, partition)
        with self._lock:
            if self._closed:
                return []
            self._groups = [each.parts for each in encoded.batches]
        for batch, on_outcome, size in encoded.too_large:
            error = SendError(f"transaction of {size} bytes exceeds the hub's limit of {limit} bytes")
            _tell([(batch, on_outcome)], error)
        return encoded.batches

    def begin_attempt(self) -> bool:
        """From now on bytes may leave. Returns False where nobody waits for this request any more."""
        with self._lock:
            self._in_flight = not self._closed
            return self._in_flight

    def end_attempt(self, *, unknown: bool) -> None:
        with self._lock:
            self._in_flight = False
            self._in_doubt |= unknown

    @property
    def in_doubt(self) -> bool:
        """Whether the batch being sent may be stored by an earlier attempt."""
        return self._in_doubt

    @property
    def closed(self) -> bool:
        return self._closed

    def report(self, outcome: Acknowledgement | SendError) -> bool:
        """Report the outcome of the first group. Returns False where it came too late."""
        with self._lock:
            if self._closed:
                return False
            parts = self._groups.pop(0)
            self._in_doubt = False
        _tell(parts, outcome)
        return True

    def close(self, reason: str) -> None:
        """Report what is left: unknown where bytes may have left, else failed."""
        with self._lock:
            groups, self._groups = self._groups, []
            doubt = self._in_flight or self._in_doubt
            self._closed = True
        for at, parts in enumerate(groups):
            _tell(parts, SendError(reason, unknown=doubt and at == 0))


def _tell(parts: list[Part], outcome: Acknowledgement | SendError) -> None:
    for batch, on_outcome in parts:
        try:
            on_outcome(batch, outcome)
        except Exception:
            log.exception("an outcome could not be noted; the figures are incomplete")
