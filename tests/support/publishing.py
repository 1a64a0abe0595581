"""Batches to send, someone to tell, and a real local hub."""

import os
import threading
from collections import Counter

from paysim.contract.identity import high_bits, low_bits
from paysim.publishers.base import Acknowledgement, Outcome, SendError
from paysim.transactions.batch import Batch


def make_batch(
    count: int = 3,
    *,
    size: int = 40,
    labels: dict[int, str] | None = None,
    keys: list[str] | None = None,
    first: int = 0,
) -> Batch:
    """`count` transactions with bodies of `size` bytes; `first` is the sequence of the first one."""
    bodies = [b'{"n":%d,"x":"' % (first + at) for at in range(count)]
    bodies = [body + b"x" * (size - len(body) - 2) + b'"}' for body in bodies]
    ids = [high_bits(0x19_0000_0000, 7) + low_bits(5, first + at) for at in range(count)]
    return Batch("credit_card", bodies, ids, labels or {}, keys)


class Desk:
    """Remembers every outcome and lets a test wait for them."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[Batch, Outcome]] = []
        self.threads: set[int] = set()
        self._changed = threading.Condition()

    def on_outcome(self, batch: Batch, outcome: Outcome) -> None:
        with self._changed:
            self.threads.add(threading.get_ident())
            self.outcomes.append((batch, outcome))
            self._changed.notify_all()

    def wait(self, transactions: int, timeout: float = 20) -> None:
        with self._changed:
            done = self._changed.wait_for(lambda: self.reported >= transactions, timeout)
        assert done, f"{self.reported} of {transactions} have an outcome: {self.reasons}"

    @property
    def reported(self) -> int:
        return sum(len(batch) for batch, _ in self.outcomes)

    @property
    def acked(self) -> int:
        return sum(len(batch) for batch, outcome in self.outcomes if isinstance(outcome, Acknowledgement))

    @property
    def maybe_twice(self) -> list[Batch]:
        """What was acknowledged at a later attempt, and may have been taken at one before."""
        return [batch for batch, o in self.outcomes if isinstance(o, Acknowledgement) and o.maybe_twice]

    @property
    def acked_ids(self) -> Counter[bytes]:
        return Counter(
            id for batch, outcome in self.outcomes if isinstance(outcome, Acknowledgement) for id in batch.ids
        )

    @property
    def errors(self) -> list[SendError]:
        return [outcome for _, outcome in self.outcomes if isinstance(outcome, SendError)]

    @property
    def reasons(self) -> Counter[str]:
        return Counter(error.reason for error in self.errors)


def open_sockets() -> int:
    """Sockets this process holds."""
    count = 0
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:")
        except OSError:
            continue
    return count
