"""A batch on its way, and the users that wait for it."""

from collections.abc import Sequence
from time import perf_counter

import gevent
from gevent.hub import Waiter

from paysim.delivery.ledger import Sent
from paysim.transactions.batch import Batch

TOGETHER = 10
"""Transactions of users that go on at once, in one callback: the event loop looks at its clock after fifty of them,
whatever those do."""


class WaitingUser:
    """A user with `left` transactions on their way. ready: when its slot began; scheduled: when that should have been,
    None in the closed model. Seconds of `perf_counter`."""

    __slots__ = ("_waiter", "error", "left", "ready", "scheduled")

    def __init__(self, left: int, scheduled: float | None) -> None:
        self.left = left
        self.ready = perf_counter()
        self.scheduled = scheduled
        self.error: Exception | None = None
        self._waiter: Waiter | None = None

    def wait(self) -> None:
        """Wait until all its transactions have their outcomes. Other greenlets run meanwhile, in any case.

        Raises `error` where its transactions could not be made.
        """
        if self.left:
            self._waiter = Waiter()  # lighter than an Event, which counts with thousands of users
            self._waiter.get()
        else:
            gevent.sleep(0)
        if self.error is not None:
            raise self.error

    def wake(self) -> None:
        """Let the user go on. To be called by the event loop."""
        if self._waiter is not None:
            self._waiter.switch(None)


def _wake(landed: Sequence[WaitingUser]) -> None:
    for each in landed:
        each.wake()


def fail(waiting: Sequence[WaitingUser], error: Exception) -> None:
    """Let users go on whose transactions could not be made: `wait` raises the error in each of them."""
    for each in waiting:
        each.left, each.error = 0, error
        gevent.get_hub().loop.run_callback(each.wake)


class InFlightBatch:
    """A batch that was handed to the publisher; its users go on when all of its transactions have their outcomes.

    waiting: whose they are, in the order of the batch. counts: how many are whose; None: all that each waits for.
    """

    __slots__ = ("_batch", "_counts", "_owners", "sent", "waiting")

    def __init__(
        self, sent: Sent, batch: Batch, waiting: Sequence[WaitingUser], counts: Sequence[int] | None = None
    ) -> None:
        self.sent = sent
        self.waiting = waiting
        self._counts = [each.left for each in waiting] if counts is None else counts
        self._batch = batch
        self._owners: dict[bytes, list[WaitingUser]] | None = None  # made when a part has its outcome before the rest

    def end(self, part: Batch) -> list[tuple[int, WaitingUser]]:
        """A part of the batch has its outcome. Returns how many of it are whose; users that wait for no more go on."""
        if len(self.waiting) == 1:
            shares = [(len(part), self.waiting[0])]
        elif len(part) == len(self._batch):
            shares = list(zip(self._counts, self.waiting, strict=True))
        else:
            shares = self._shares(part)
        landed = []
        for n, each in shares:
            each.left -= n
            if not each.left:
                landed.append(each)
        run_callback = gevent.get_hub().loop.run_callback
        users = max(1, TOGETHER // max(n for n, _ in shares))
        for at in range(0, len(landed), users):
            run_callback(_wake, landed[at : at + users])
        return shares

    def _shares(self, part: Batch) -> list[tuple[int, WaitingUser]]:
        if self._owners is None:
            self._owners = {}
            ids = iter(self._batch.ids)
            for count, each in zip(self._counts, self.waiting, strict=True):
                for _ in range(count):  # a `duplicate` has the id of another
                    self._owners.setdefault(next(ids), []).append(each)
        counts: dict[WaitingUser, int] = {}
        for transaction in part.ids:
            owner = self._owners[transaction].pop()
            counts[owner] = counts.get(owner, 0) + 1
        return [(n, each) for each, n in counts.items()]
