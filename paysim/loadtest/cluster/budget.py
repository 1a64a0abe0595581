"""How many transactions a process may still hand out: all, the total of the run, or what it has leased of it."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from gevent.event import Event

MAX_LEASE = 10_000
LEAST_SECONDS = 0.25


class Budget:
    """Without a total: everything is granted."""

    @property
    def exhausted(self) -> bool:
        """Whether this process knows by itself that the total is handed out."""
        return False

    def take(self, n: int) -> int:
        """How many of n may be handed out now; 0 once there is nothing left. May wait for a lease."""
        return n

    def give_back_unused(self, n: int) -> None:
        """So many that were taken were not handed out."""

    def close(self) -> None:
        """Nothing more will be granted: whoever waits gets 0."""


class TotalBudget(Budget):
    """A standalone run's `total`."""

    def __init__(self, total: int) -> None:
        self._left = total

    @property
    def exhausted(self) -> bool:
        return self._left == 0

    def take(self, n: int) -> int:
        granted = min(n, self._left)
        self._left -= granted
        return granted

    def give_back_unused(self, n: int) -> None:
        self._left += n

    def change(self, difference: int) -> None:
        """A reload changed the total by so many."""
        self._left = max(0, self._left + difference)

    def close(self) -> None:
        self._left = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What a worker tells the master of its lease.

    held: granted in all, less what it gave back. left: not handed out yet. want: what it asks for.
    returned: what it gives back with this message.
    """

    held: int
    left: int
    want: int = 0
    returned: int = 0


class LeasedBudget(Budget):
    """A worker's part of the total: it asks the master for leases, ahead of need, and works them off."""

    def __init__(self, tell: Callable[[Standing], None], batch_size: int) -> None:
        """`tell` sends a standing to the master; what it grants comes through `granted`."""
        self._tell = tell
        self._least = self._lease = batch_size
        self._asked_at = perf_counter()
        self._handed_out_before = 0
        self._left = 0
        self._held = 0
        self._asked = False
        self._closed = False
        self._changed = Event()

    def take(self, n: int) -> int:
        while self._left == 0 and not self._closed:
            if not self._asked:
                self._ask()
            self._changed.clear()
            self._changed.wait()
        granted = min(n, self._left)
        self._left -= granted
        if not self._closed and (self._left == 0 or (self._left < self._lease / 2 and not self._asked)):
            self._ask()
        return granted

    def give_back_unused(self, n: int) -> None:
        if n and not self._closed:
            self._left += n
            self._changed.set()

    def _ask(self) -> None:
        # A lease is about a second of what went out lately, so that messages are few, and little is unreported
        # if this worker dies. A shorter while than LEAST_SECONDS says little: a first batch goes out at once.
        now = perf_counter()
        if self._held and not self._asked:
            pace = (self._held - self._left - self._handed_out_before) / max(now - self._asked_at, LEAST_SECONDS)
            self._lease = max(self._least, min(MAX_LEASE, round(pace)))
        self._handed_out_before, self._asked_at = self._held - self._left, now
        self._tell(Standing(self._held, self._left, 0 if self._asked else self._lease))
        self._asked = True

    def granted(self, n: int) -> None:
        """The master leases n more."""
        self._asked = False
        self._held += n
        self._left += n
        self._changed.set()

    def give_back(self) -> None:
        """This worker has no users: others may have what is left."""
        if self._left:
            returned, self._left = self._left, 0
            self._held -= returned
            self._tell(Standing(self._held, 0, returned=returned))

    def close(self) -> None:
        self._closed = True
        self._left = 0
        self._changed.set()
