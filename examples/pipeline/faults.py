"""What the pipeline does wrong on purpose, and a note of each time: the truth to hold paysim's findings against."""

import json
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Switches:
    """What goes wrong. 0: never.

    lose, double, misplace, accept: one in so many good transactions (accept: bad ones) is dropped, stored twice, sent
    to the hub of rejects, or stored though it is bad. slow_ms: milliseconds that each event takes besides. pause_at,
    pause_s: how many seconds after the first event it stops, and for how long.
    """

    lose: int = 0
    double: int = 0
    misplace: int = 0
    accept: int = 0
    slow_ms: float = 0.0
    pause_at: float = 0.0
    pause_s: float = 0.0


class Faults:
    """Says what becomes of each transaction. For one thread."""

    def __init__(self, switches: Switches, truth: Path | None) -> None:
        self._switches = switches
        self._good = self._bad = 0
        self._began: float | None = None
        self._truth = None if truth is None else truth.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()

    def of_good(self, id: uuid.UUID) -> str | None:
        """lost, misplaced or doubled; None: all is well."""
        self._good += 1
        for what, one_in in (
            ("lost", self._switches.lose),
            ("misplaced", self._switches.misplace),
            ("doubled", self._switches.double),
        ):
            if one_in and self._good % one_in == 0:
                self._note(what, id)
                return what
        return None

    def of_bad(self, id: uuid.UUID) -> str | None:
        """accepted, or None."""
        self._bad += 1
        if self._switches.accept and self._bad % self._switches.accept == 0:
            self._note("accepted", id)
            return "accepted"
        return None

    def hold_up(self, events: int) -> None:
        """Before a batch."""
        switches, now = self._switches, time.monotonic()
        if self._began is None:
            self._began = now
        if switches.pause_s and self._began >= 0 and now - self._began >= switches.pause_at:
            self._began = -1.0
            self._say({"what": "pause", "at": time.time(), "seconds": switches.pause_s})
            time.sleep(switches.pause_s)
        if switches.slow_ms:
            time.sleep(switches.slow_ms * events / 1000)

    def _note(self, what: str, id: uuid.UUID) -> None:
        self._say({"what": what, "id": str(id)})

    def _say(self, words: dict[str, object]) -> None:
        if self._truth is not None:
            with self._lock:
                self._truth.write(json.dumps(words) + "\n")

    def stored(self, latencies_ms: list[float]) -> None:
        """How late these were stored, after they were enqueued, as the pipeline itself measures it."""
        self._say({"what": "stored", "latencies_ms": latencies_ms})
