"""A parcel: what one lane sends in one go, and who is told what became of it.

Every transaction is settled exactly once, whoever comes first: the lane with an outcome, or the end of the run
that waits no longer.
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
        """The run's: a parcel carries the id of the run that it was made in."""
        self.ready = time.perf_counter()
        self.deadline = self.ready + send_timeout
        self._groups = [parts]  # not settled yet; one group a batch, the first is the one being sent
        self._in_flight = False
        self._in_doubt = False  # the outcome of an attempt of the first group was lost
        self._closed = False
        self._lock = threading.Lock()

    def encode(self, limit: int, partition: str | None) -> list[EncodedBatch]:
        """The batches to send, in order. What fits none is settled."""
        with self._lock:
            parts = self._groups[0] if self._groups else []
        encoded = self.encoder.encode(parts, limit, partition)
        with self._lock:
            if self._closed:
                return []
            self._groups = [batch.parts for batch in encoded.batches]
        for block, settle, size in encoded.too_large:
            error = SendError(f"transaction of {size} bytes exceeds the hub's limit of {limit} bytes")
            _tell([(block, settle)], error)
        return encoded.batches

    def begin_attempt(self) -> bool:
        """Bytes may leave from now on. False where nobody waits for this parcel any more."""
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

    def settle(self, outcome: Acknowledgement | SendError) -> bool:
        """The outcome of the first group. False where it came too late."""
        with self._lock:
            if self._closed:
                return False
            parts = self._groups.pop(0)
            self._in_doubt = False
        _tell(parts, outcome)
        return True

    def close(self, reason: str) -> None:
        """Settle what is left: unknown where bytes may have left, else failed."""
        with self._lock:
            groups, self._groups = self._groups, []
            doubt = self._in_flight or self._in_doubt
            self._closed = True
        for at, parts in enumerate(groups):
            _tell(parts, SendError(reason, unknown=doubt and at == 0))


def _tell(parts: list[Part], outcome: Acknowledgement | SendError) -> None:
    for block, settle in parts:
        try:
            settle(block, outcome)
        except Exception:
            log.exception("settling a block failed; its figures are incomplete")
