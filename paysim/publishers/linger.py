"""Sharing sends: transactions of many callers go out together, as with Kafka's linger.ms.

What was added first waits at most the linger time for company; a share that is full goes at once. Each caller
is settled by itself. Nothing piles up here: a caller that waits for its outcome adds nothing more.
"""

import threading
import time
from collections.abc import Callable

from paysim.transactions.block import Block

from .base import Settle
from .batch_encoding import Part


class Linger:
    """Collects for one line of parcels. `send` gets the parts of a share, from any thread."""

    def __init__(self, send: Callable[[list[Part]], None], seconds: float) -> None:
        self._send = send
        self._seconds = seconds
        self._parts: list[Part] = []
        self._size = 0
        self._due = 0.0
        self._changed = threading.Condition(threading.Lock())
        self._stopped = False
        threading.Thread(target=self._run, name="publisher-linger", daemon=True).start()

    def add(self, block: Block, settle: Settle, size: int, limit: int) -> None:
        """`size`: bytes the block takes at most; `limit`: bytes a share may have."""
        with self._changed:
            if self._parts and self._size + size > limit:
                self._go()
            if not self._parts:
                self._due = time.perf_counter() + self._seconds
                self._changed.notify()
            self._parts.append((block, settle))
            self._size += size
            if self._size >= limit:
                self._go()

    def update(self, seconds: float) -> None:
        """Another linger time; what waits goes now."""
        with self._changed:
            self._seconds = seconds
            self._go()

    def flush(self) -> None:
        with self._changed:
            self._go()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _go(self) -> None:
        parts, self._parts, self._size = self._parts, [], 0
        if parts:
            self._send(parts)  # under the lock, so that shares go in the order in which they were begun

    def _run(self) -> None:
        with self._changed:
            while not self._stopped:
                pause = self._due - time.perf_counter() if self._parts else None
                if pause is None or pause > 0:
                    self._changed.wait(pause)
                else:
                    self._go()
