"""Verifying a run against its hub: positions noted, partitions read back between them, and what that comes to.

Positions are noted before the first send and after the last, and processes of their own (`reader`) read everything
between them; `reconcile` finds what is wrong. Nothing here knows Locust: `loadtest.run.verifier` connects it to runs,
and `paysim verify` uses it as it is.

Positions have a meaning only in the hub in which they were noted. So each look is held against the identity of that
hub, and against every position that is known of it, and nothing is called lost before one more look has shown that it
is still the same hub.
"""

import logging
import math
import os
import threading
import time
from collections.abc import Sequence
from typing import Any

from paysim.config.schema import EventHub
from paysim.contract.identity import Run
from paysim.eventhub.hub_identity import HubIdentity
from paysim.eventhub.looking import Look
from paysim.progress import Progress
from paysim.summary.delivery import ContractCheck, DeliveryRecord, ProducerRecord

from .arrivals import halves
from .reading.messages import Arrived
from .reading.process import ReaderProcess, ReadingRefused
from .reconcile import Findings, Reconciler

logger = logging.getLogger(__name__)

DEFAULT_GROUP = "$Default"
FEW = 200_000
"""Up to so many events, one process reads all partitions."""
_TURN_SECONDS = 0.05
_AGAIN_SECONDS = 0.5
_STALLED_SECONDS = 2.0
"""After so long without an event a partition is looked at again: the hub may have dropped the rest."""


class NotVerifiable(Exception):
    """It cannot be said what arrived; the text is one line for the user."""


class AnotherHub(NotVerifiable):
    """The hub is not the run's any more, so what was read of it proves nothing."""


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
        self._ends: dict[str, int] = {}
        self._being_read: set[str] = set()
        self._trouble = ""
        self._fatal = False

    def look(self, *, attach: bool = False, patiently: bool = False) -> Look:
        """How the hub stands. Raises ReadingRefused.

        attach: show too that the hub may be read. patiently: ask again until the time-out: a hub may be away for a
        moment.
        """
        deadline = time.monotonic() + (self._timeout if patiently else 0.0)
        while True:
            try:
                return self._first_reader().look(attach=attach)
            except ReadingRefused:
                if time.monotonic() >= deadline:
                    raise
            time.sleep(_AGAIN_SECONDS)

    def begin(self, run: Run, hub: HubIdentity, first: dict[str, int], *, ordered: bool, contract: bool) -> None:
        """A run, and the hub that it goes to. first: partition → the sequence number from which on its events are read.

        ordered: order is promised within a partition. contract: bodies are meant to keep the contract.
        """
        self._run, self._hub = run, hub
        self._first = dict(first)
        self._positions = dict(first)
        self._ends = {}
        self._check_bodies = contract
        self._reconciler = Reconciler(run.number, ordered=ordered)
        self._expired = 0
        self._skipped: dict[str, int] = {}  # counted as expired here, and perhaps by the reader again
        self._contract = ContractCheck()
        self._trouble = ""
        self._fatal = False
        self._news = time.monotonic()

    def read_along(self) -> None:
        """Begin to read while the run is on. Raises ReadingRefused."""
        self._start_reading(many=True)

    def finish(self, producers: Sequence[ProducerRecord], end: Look, progress: Progress) -> DeliveryRecord:
        """Read up to the ends, and on where acknowledged ones are missing: what a summary calls `delivery`.

        producers: as the summary has them. end: how the hub stood when all was sent.
        """
        started = time.monotonic()
        findings, error = None, None
        try:
            self._see(end, self._first)
            self._add_partitions(end)
            self._ends = end.ends
            self._start_reading(many=self._left() > FEW)
            self._read_until_ends(progress)
            findings = self._wait_for_missing(producers, progress)
            if findings.lost:
                self._look_again(patiently=True)
        except AnotherHub as reason:
            findings, error = Findings(), f"not verifiable: {reason}"
            self._expired, self._contract = 0, ContractCheck()
        except (NotVerifiable, ReadingRefused) as reason:
            error = f"not verifiable: {reason}"
        finally:
            self._stop_reading()
        findings = findings or self._findings(producers)
        if self._expired and findings.lost and error is None:
            error = f"not verifiable: {self._expired:,} events aged out before they were read"
        contract = self._contract if self._check_bodies else None
        return delivery(findings, self._expired, contract, error, time.monotonic() - started)

    def close(self) -> None:
        """End the processes."""
        for reader in self._readers:
            reader.close()
        self._readers.clear()

    def leave(self) -> None:
        """End the processes without waiting for their end."""
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

    def _look_again(self, *, patiently: bool) -> Look:
        """Raises AnotherHub, ReadingRefused."""
        # Take the positions of before the look: while the hub answers, more may be read than it knew of.
        known = {name: max(position, self._ends.get(name, 0)) for name, position in self._positions.items()}
        look = self.look(patiently=patiently)
        self._see(look, known)
        return look

    def _see(self, look: Look, known: dict[str, int]) -> None:
        """Raises AnotherHub where that is not the hub of the run. known: partition → a number that it had reached."""
        if look.hub != self._hub:
            raise AnotherHub(f"this is another hub, {look.hub}; the run went to {self._hub}")
        for name, reached in known.items():
            after = look.ends.get(name, 0)
            if after < reached:
                text = f"partition {name} ends at {after:,}, and has been at {reached:,}: this is another hub"
                raise AnotherHub(text)

    def _add_partitions(self, look: Look) -> None:
        """Those that were added to the hub while the run was on: all that is in them came since."""
        for name in look.partitions:
            self._first.setdefault(name, 0)
            self._positions.setdefault(name, 0)

    def _left(self) -> int:
        return sum(max(0, end - self._positions[name]) for name, end in self._ends.items())

    def _start_reading(self, *, many: bool) -> None:
        with self._starting:  # a run may end while reading beside it begins
            if not self._being_read:
                look = self._look_again(patiently=True)
                if not self._ends:
                    self._add_partitions(look)
                self._skip_expired(look)
                while many and len(self._readers) < min(len(self._positions), _cores() - 1):
                    self._add_reader()
            names = sorted(self._positions.keys() - self._being_read)
            for at, reader in enumerate(self._readers):
                if mine := {name: self._positions[name] for name in names[at :: len(self._readers)]}:
                    reader.read(self._run.id, mine, contract=self._check_bodies)
            self._being_read.update(names)
            self._news = time.monotonic()

    def _stop_reading(self) -> None:
        if not self._being_read:
            return
        self._being_read.clear()
        for reader in self._readers[1:]:
            reader.close()
        del self._readers[1:]
        try:
            self._readers[0].stop()
        except ReadingRefused:
            self.close()

    def _read_until_ends(self, progress: Progress) -> None:
        of = sum(end - self._first[name] for name, end in self._ends.items())
        looked = time.monotonic()
        while (left := self._left()) > 0:
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
            self._skip_expired(self._look_again(patiently=False))
        except ReadingRefused as reason:
            self._trouble = str(reason)

    def _skip_expired(self, look: Look) -> None:
        """Partitions whose next event the hub has dropped go on where they begin now."""
        for name, (begin, _) in look.partitions.items():
            if name in self._positions and (gone := begin - self._positions[name]) > 0:
                self._expired += gone
                self._positions[name] = begin
                if self._being_read:
                    self._skipped[name] = self._skipped.get(name, 0) + gone

    def _wait_for_missing(self, producers: Sequence[ProducerRecord], progress: Progress) -> Findings:
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

    def _findings(self, producers: Sequence[ProducerRecord]) -> Findings:
        with self._lock:
            return self._reconciler.findings(producers)

    def _on_arrived(self, piece: Arrived) -> None:
        with self._lock:
            self._reconciler.add(halves(piece.ids), piece.partition, piece.enqueued_ms, piece.duplicates)
            if self._positions[piece.partition] < self._ends.get(piece.partition, math.inf):  # of the run's own time
                self._reconciler.foreign += piece.foreign
                self._reconciler.unreadable += piece.unreadable
                if piece.expired:
                    self._expired += max(0, piece.expired - self._skipped.pop(piece.partition, 0))
            self._contract.checked += piece.checked
            self._contract.bad += piece.bad
            self._contract.good += piece.good
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
    findings: Findings, expired: int, contract: ContractCheck | None, error: str | None, seconds: float
) -> DeliveryRecord:
    """What a summary holds. Where it could not be verified, `error` says why and nothing counts as lost."""
    return DeliveryRecord(
        arrived=findings.arrived,
        lost=None if error else findings.lost,
        expired=expired,
        duplicated=findings.duplicated,
        explained_duplicates=findings.explained,
        unexpected=findings.unexpected,
        out_of_order=findings.out_of_order,
        unknown_arrived=findings.unknown_arrived,
        after_last_report=findings.after_last_report,
        foreign=findings.foreign,
        unreadable=findings.unreadable,
        delay_ms=findings.delay_ms,
        contract=contract,
        ranges={
            kind: [(producer, first, last) for producer, first, last in ranges]
            for kind, ranges in findings.ranges.items()
            if ranges and not (error and kind == "lost")
        },
        seconds=round(seconds, 3),
        error=error,
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
