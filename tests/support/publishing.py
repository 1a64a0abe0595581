"""Blocks to send, someone to tell, and a real local hub."""

import os
import threading
from collections import Counter

from paysim.contract.identity import high_bits, low_bits
from paysim.publishers.base import Acknowledgement, SendError
from paysim.transactions.batch import Batch

Outcome = Acknowledgement | SendError


def make_block(
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
    """Settles: remembers every outcome and lets a test wait for them."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[Batch, Outcome]] = []
        self.threads: set[int] = set()
        self._changed = threading.Condition()

    def settle(self, block: Batch, outcome: Outcome) -> None:
        with self._changed:
            self.threads.add(threading.get_ident())
            self.outcomes.append((block, outcome))
            self._changed.notify_all()

    def wait(self, transactions: int, timeout: float = 20) -> None:
        with self._changed:
            done = self._changed.wait_for(lambda: self.settled >= transactions, timeout)
        assert done, f"{self.settled} of {transactions} settled: {self.reasons}"

    @property
    def settled(self) -> int:
        return sum(len(block) for block, _ in self.outcomes)

    @property
    def acked(self) -> int:
        return sum(len(block) for block, outcome in self.outcomes if isinstance(outcome, Acknowledgement))

    @property
    def acked_ids(self) -> Counter[bytes]:
        return Counter(
            id for block, outcome in self.outcomes if isinstance(outcome, Acknowledgement) for id in block.ids
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
