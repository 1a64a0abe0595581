"""Throughput units: how much a namespace takes in, and when it says that it is busy.

One unit is 1,000 events/s or 1 MB/s, whichever is used up first. Whoever is refused is asked to wait four
seconds; what the waiting clients leave unused meanwhile is kept for them, so that a client that obeys gets what
the units allow. Pure arithmetic on a clock that is handed in.
"""

BUSY = "com.microsoft:server-busy"
DESCRIPTION = (
    "The request was terminated because the entity is being throttled. Error code : 50002. "
    "Please wait 4 seconds and try again."
)
EVENTS_PER_UNIT = 1_000  # a second
BYTES_PER_UNIT = 1_000_000  # a second
_BURST = 1.0  # seconds' worth that may come at once
_PATIENCE = 10.0  # seconds after a refusal for which unused throughput is kept


class Throttle:
    """A namespace's ingress allowance; without units everything is let in."""

    def __init__(self, units: int | None, now: float) -> None:
        self._units = units
        self._then = now
        self._keep_until = now
        self._events = float(EVENTS_PER_UNIT * (units or 0)) * _BURST
        self._bytes = float(BYTES_PER_UNIT * (units or 0)) * _BURST

    def admit(self, events: int, size: int, now: float) -> bool:
        """Whether a send of so many events and bytes is let in now."""
        if self._units is None:
            return True
        self._refill(now)
        if self._events <= 0 or self._bytes <= 0:
            self._keep_until = now + _PATIENCE
            return False
        self._events -= events
        self._bytes -= size
        return True

    def _refill(self, now: float) -> None:
        assert self._units is not None
        passed, self._then = now - self._then, now
        most = _PATIENCE if now < self._keep_until else _BURST
        self._events = min(self._events + passed * EVENTS_PER_UNIT * self._units, most * EVENTS_PER_UNIT * self._units)
        self._bytes = min(self._bytes + passed * BYTES_PER_UNIT * self._units, most * BYTES_PER_UNIT * self._units)
