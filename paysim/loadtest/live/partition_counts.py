"""How many events each partition took in a run, as the hub's own counts say: for live pages, not for proof.

Others that send to the hub are counted too. One process of a test looks (`eventhub.partition_positions`).
"""

import contextlib
import json
import subprocess
import sys
from time import monotonic
from typing import IO, Any

import gevent
from gevent.event import Event

from paysim.config import child
from paysim.config.schema import EventHub
from paysim.eventhub import partition_positions

FIRST_WITHIN = 3.0
"""Seconds after its making to wait for a first look, so that a run's counts begin at its own start."""


class Partitions:
    """Looks at the partitions of a hub from when it is made until it is closed."""

    def __init__(self, config: EventHub, connection_string: str | None) -> None:
        self._hub = ""
        self._now: dict[str, int] = {}
        self._base: dict[str, int] | None = None  # at the start of the run, where that is known
        self._first = Event()
        self._until = monotonic() + FIRST_WITHIN
        self._process = subprocess.Popen(
            [sys.executable, "-m", "paysim.eventhub.partition_positions"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=child.environment(identity=connection_string is None and config.connection_string is None),
            start_new_session=True,  # Ctrl-C is for the load test, which ends this by closing the pipe
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(partition_positions.line(config, connection_string))
            self._process.stdin.flush()
        gevent.spawn(self._read, self._process.stdout)

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            self.looked(json.loads(line))

    def looked(self, look: dict[str, Any]) -> None:
        """What a look found."""
        if self._hub and look["hub"] != self._hub and self._base is not None:
            self._base = {}  # the hub was made anew: all that is in it came since
        self._hub, self._now = look["hub"], look["events"]
        self._first.set()

    def ready(self) -> None:
        """Wait for the first look, for a moment, once: nothing depends on it but the pages."""
        self._first.wait(max(0.0, self._until - monotonic()))

    def begin(self) -> None:
        """A run begins."""
        self._base = self._now if self._first.is_set() else None

    def events(self) -> dict[str, int]:
        """Partition → events since the start of the run; empty where they are not known.

        All events of a partition that was added to the hub since then came since.
        """
        base = self._base
        return {} if base is None else {name: count - base.get(name, 0) for name, count in self._now.items()}

    def close(self) -> None:
        child.end(self._process, 2)
