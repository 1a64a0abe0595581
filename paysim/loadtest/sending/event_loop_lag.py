"""How long the event loop was held up: time that a latency contains and that the hub did not take.

gevent runs everything of a process in one thread. Whatever holds that thread, a long computation as well as a machine
that has no core free, delays an acknowledgement that has arrived, and shows as its latency. A timer that notes how
late it is called measures just that.

gevent runs fifty of what is ready before it looks at the clock, and then at its sockets. Fifty users that make a batch
each would be some ten milliseconds; `breathe` lets it look earlier.
"""

from dataclasses import dataclass
from time import perf_counter

import gevent

EVERY = 0.01
"""Seconds between two calls of the timer."""
NOTICED = 0.005
"""Seconds; less is how an event loop works."""


HOLD = 0.005
"""Seconds after which work waits until sockets were looked at: gevent's own interval."""
_NEXT_LOOK = 1e-9
"""Seconds. A timer fires once sockets were looked at; `sleep(0)` comes back before that, fifty times over."""


@dataclass(slots=True)
class EventLoopLag:
    """seconds: the sum of all delays of more than `NOTICED`; max_ms: the longest delay."""

    seconds: float = 0.0
    max_ms: float = 0.0

    def held_up(self, seconds: float) -> None:
        if seconds > NOTICED:
            self.seconds += seconds
            self.max_ms = max(self.max_ms, seconds * 1000)


class Watch:
    """Measures from its making until `stop`."""

    def __init__(self) -> None:
        self.lag = EventLoopLag()
        self._due = perf_counter() + EVERY
        self._timer = gevent.get_hub().loop.timer(EVERY, EVERY)
        self._timer.start(self._called)
        self._looked = perf_counter()
        self._check = gevent.get_hub().loop.check(ref=False)
        self._check.start(self._has_looked)

    def _called(self) -> None:
        now = perf_counter()
        self.lag.held_up(now - self._due)
        self._due = now + EVERY

    def _has_looked(self) -> None:
        self._looked = perf_counter()

    def breathe(self) -> None:
        """To be called before a millisecond of work: if others have worked for long, the event loop gets a turn
        first."""
        while perf_counter() - self._looked > HOLD and self._check.active:
            gevent.sleep(_NEXT_LOOK)

    def stop(self) -> None:
        for watcher in (self._timer, self._check):
            watcher.stop()
            watcher.close()
