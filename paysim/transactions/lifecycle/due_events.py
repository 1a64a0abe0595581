"""Events that are due, told together and handed out a few at a time.

What costs the same for one as for many is done for all of them before the first goes out: the story, what is drawn, the
pieces of their bytes. What is left is the id and the time, which are known only then.
"""

from bisect import bisect_left
from dataclasses import dataclass, field

import numpy as np

from paysim.transactions.behaviour.payment_records import SampledPayments


@dataclass(slots=True)
class DueEvents:
    """Events of one method, in columns.

    drawn: them as if they were payments. purchase: the number of the first attempt of their purchase; sent, original:
    milliseconds and number in the id of the transaction that they name. moments: in story time, Unix milliseconds.
    kind: positions in STEPS. tried: where second attempts stand that have not gone out, ascending; again: their rows.
    last: whether nothing else of the payment waits. denied: where disputes of friendly fraud stand. columns: pieces of
    their bytes. gone: how many have gone out.
    """

    drawn: SampledPayments
    purchase: np.ndarray
    sent: np.ndarray
    original: np.ndarray
    moments: np.ndarray
    kind: np.ndarray
    tried: list[int]
    again: np.ndarray
    last: np.ndarray
    denied: list[int]
    columns: list[list[bytes]] = field(default_factory=list)
    gone: int = 0

    def __len__(self) -> int:
        """How many have not gone out."""
        return self.drawn.count - self.gone

    def take(self, most: int) -> slice:
        """The next so many go out."""
        start = self.gone
        self.gone = min(start + most, self.drawn.count)
        return slice(start, self.gone)

    def second_attempts(self, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Take those that are second attempts, up to a position: where they stand, and their rows."""
        count = bisect_left(self.tried, stop)
        positions, rows = np.array(self.tried[:count], np.int64), self.again[:count].copy()
        self.tried, self.again = self.tried[count:], self.again[count:]
        return positions, rows
