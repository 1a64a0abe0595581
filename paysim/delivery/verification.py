"""Verifying a run against its hub: positions noted, partitions read back between them, and what that comes to.

Positions are noted before the first send and after the last, and everything between them is read, by processes of its
own (`reader`); what is found is `reconcile`'s. Nothing here knows Locust: `loadtest.verification` wires it to runs, and
`paysim verify` uses it as it is.
"""

import logging
import os
import threading
import time
from typing import Any

from paysim.config.schema import EventHub
from paysim.contract.identity import Run

from .arrivals import halves
from .process import ReaderProcess, Refused
from .progress import Progress
from .reconcile import Findings, Reconciler
from .wire import Arrived

logger = logging.getLogger(__name__)

DEFAULT_GROUP = "$Default"
FEW = 200_000
"""Up to so many events one process reads all partitions."""
_TURN_SECONDS = 0.05
_STALLED_SECONDS = 2.0
"""After so long without news a partition is looked at again: its rest may have aged out."""

Looks = dict[str, tuple[int, int]]


class NotVerifiable(Exception):
    """It cannot be said what arrived; the text is one line for the user."""


class Verification:
    """Reads one hub back, for one run after the other.

    Order of calls: look, then for each run begin, perhaps read_along, finish; close at the end.
    """

    def __init__(self, hub: EventHub, connection_string: str | None, group: str | None, timeout: float) -> None:
        """connection_string: used instead of the configured one. timeout: seconds to wait for what does not come."""
        self._way = (hub, connection_string, group or DEFAULT_GROUP)
        self._timeout = timeout
        self._readers: list[ReaderProcess] = []
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._positions: dict[str, int] = {}
        self._reading = False
        self._trouble = ""
        self._fatal = False

    def look(self, *, attach: bool = False) -> Looks:
        """Partition → the first sequence number still there, and the next one. Raises Refused.

        attach: show too that the hub may be read.
        """
        return self._first_reader().look(attach=attach)

    def begin(self, run: Run, first: dict[str, int], *, ordered: bool, contract: bool) -> None:
        """A run. first: partition → the sequence number from which on its events are read.

        ordered: order is promised within a partition. contract: bodies are meant to keep the contract.
        """
        self._run = run
        self._first = first
        self._positions = dict(first)
        self._check_bodies = contract
        self._reconciler = Reconciler(run.number, ordered=ordered)
        self._expired = 0
        self._skipped: dict[str, int] = {}  # counted as expired here, and perhaps by the reader again
        self._contract = {"checked": 0, "bad": 0, "good": 0}
        self._trouble = ""
        self._fatal = False
        self._news = time.monotonic()

    def read_along(self) -> None:
        """Begin to read while the run is on. Raises Refused."""
        self._start_reading(many=True, ends={})

    def finish(self, producers: list[dict[str, Any]], ends: dict[str, int], progress: Progress) -> dict[str, Any]:
        """Read up to the ends, and on where acknowledged ones are missing: what a summary calls `delivery`.

        producers: as the summary has them. ends: partition → the sequence number after the last event.
        """
        started = time.monotonic()
        findings, error = None, None
        try:
            self._check(ends)
            self._start_reading(many=self._left(ends) > FEW, ends=ends)
            self._read_until(ends, progress)
            findings = self._wait_for_missing(producers, progress)
        except (NotVerifiable, Refused) as reason:
            error = f"not verifiable: {reason}"
        finally:
            self._stop_reading()
        findings = findings or self._findings(producers)
        if self._expired and error is None:
            error = f"not verifiable: {self._expired:,} events aged out before they were read"
        contract = self._contract if self._check_bodies else None
        return delivery(findings, self._expired, contract, error, time.monotonic() - started)

    def close(self) -> None:
        """End the processes."""
        for reader in self._readers:
            reader.close()
        self._readers.clear()

    def leave(self) -> None:
        """The same, without waiting for it."""
        for reader in self._readers:
            reader.leave()

    def _first_reader(self) -> ReaderProcess:
        if self._readers and not self._readers[0].alive:
            self.close()
        if not self._readers:
            self._add_reader()
        return self._readers[0]

    def _add_reader(self) -> None:
        self._readers.append(ReaderProcess(*self._way, self._on_arrived, self._on_said))

    def _check(self, ends: dict[str, int]) -> None:
        for partition, first in self._first.items():
            if partition not in ends or ends[partition] < first:
                raise NotVerifiable(f"partition {partition} ends before the run began: this is another hub")

    def _check_reach(self, looks: Looks, ends: dict[str, int]) -> None:
        for partition, end in ends.items():
            if partition not in looks or looks[partition][1] < end:
                raise NotVerifiable(f"partition {partition} ends before the run did: this is another hub")

    def _left(self, ends: dict[str, int]) -> int:
        return sum(max(0, ends[name] - position) for name, position in self._positions.items())

    def _start_reading(self, *, many: bool, ends: dict[str, int]) -> None:
        with self._starting:  # a run may end while reading beside it begins
            if not self._reading:
                self._start(many=many, ends=ends)

    def _start(self, *, many: bool, ends: dict[str, int]) -> None:
        looks = self._first_reader().look()
        self._check_reach(looks, ends)
        self._skip_expired(looks)
        while many and len(self._readers) < min(len(self._positions), _cores() - 1):
            self._add_reader()
        names = sorted(self._positions)
        for at, reader in enumerate(self._readers):
            mine = {name: self._positions[name] for name in names[at :: len(self._readers)]}
            reader.read(self._run.id, mine, contract=self._check_bodies)
        self._reading = True
        self._news = time.monotonic()

    def _stop_reading(self) -> None:
        if not self._reading:
            return
        self._reading = False
        for reader in self._readers[1:]:
            reader.close()
        del self._readers[1:]
        try:
            self._readers[0].stop()
        except Refused:
            self.close()

    def _read_until(self, ends: dict[str, int], progress: Progress) -> None:
        of = sum(ends[name] - first for name, first in self._first.items())
        looked = time.monotonic()
        while (left := self._left(ends)) > 0:
            progress(of - left, of)
            if self._fatal:
                raise NotVerifiable(self._trouble)
            now = time.monotonic()
            if now - self._news > self._timeout:
                why = self._trouble or "the hub delivers nothing more"
                raise NotVerifiable(f"{left:,} events could not be read within {self._timeout:g} s: {why}")
            if now - max(looked, self._news) > _STALLED_SECONDS:
                looked = now
                self._look_for_expired()
            time.sleep(_TURN_SECONDS)
        progress(of, of)

    def _look_for_expired(self) -> None:
        try:
            self._skip_expired(self._first_reader().look())
        except Refused as reason:
            self._trouble = str(reason)

    def _skip_expired(self, looks: Looks) -> None:
        """Of partitions whose next event is gone: go on where they begin now."""
        for name, (begin, _) in looks.items():
            if name in self._positions and (gone := begin - self._positions[name]) > 0:
                self._expired += gone
                self._positions[name] = begin
                if self._reading:
                    self._skipped[name] = self._skipped.get(name, 0) + gone

    def _wait_for_missing(self, producers: list[dict[str, Any]], progress: Progress) -> Findings:
        """The hub may show an event a moment after it acknowledged it."""
        deadline = time.monotonic() + self._timeout
        while True:
            began = time.monotonic()
            findings = self._findings(producers)
            now = time.monotonic()
            if not findings.lost or self._expired or self._fatal or now >= deadline:
                return findings
            progress(findings.arrived, findings.arrived + findings.lost)
            time.sleep(max(0.2, 5 * (now - began)))

    def _findings(self, producers: list[dict[str, Any]]) -> Findings:
        with self._lock:
            return self._reconciler.findings(producers)

    def _on_arrived(self, piece: Arrived) -> None:
        with self._lock:
            self._reconciler.add(halves(piece.ids), piece.partition, piece.enqueued_ms, piece.duplicates)
            self._reconciler.foreign += piece.foreign
            self._reconciler.unreadable += piece.unreadable
            if piece.expired:
                self._expired += max(0, piece.expired - self._skipped.pop(piece.partition, 0))
            for name in self._contract:
                self._contract[name] += getattr(piece, name)
            if piece.position > self._positions[piece.partition]:
                self._positions[piece.partition] = piece.position
                self._news = time.monotonic()

    def _on_said(self, said: dict[str, Any]) -> None:
        if warning := said.get("warning"):
            logger.warning("%s", warning)
        if trouble := said.get("trouble"):
            self._trouble = trouble
            self._fatal = self._fatal or bool(said.get("fatal"))


def delivery(
    findings: Findings, expired: int, contract: dict[str, int] | None, error: str | None, seconds: float
) -> dict[str, Any]:
    """What a summary holds. Where it could not be verified, `error` says why and nothing counts as lost."""
    return {
        "arrived": findings.arrived,
        "lost": None if error else findings.lost,
        "expired": expired,
        "duplicated": findings.duplicated,
        "explained_duplicates": findings.explained,
        "unexpected": findings.unexpected,
        "out_of_order": findings.out_of_order,
        "unknown_arrived": findings.unknown_arrived,
        "after_last_report": findings.after_last_report,
        "foreign": findings.foreign,
        "unreadable": findings.unreadable,
        "delay_ms": findings.delay_ms,
        "contract": contract,
        "ranges": {
            kind: ranges for kind, ranges in findings.ranges.items() if ranges and not (error and kind == "lost")
        },
        "seconds": round(seconds, 3),
        "error": error,
    }


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
