"""A reader: a process that reads partitions of a hub back: `python -m paysim.delivery.reading.reader`.

It is a process of its own, because reading takes a CPU, and because the SDK, asked for positions, spins until the
answer is there: within a load test either would hold everything up. It is told what to do through its standard input
(`messages`), secrets included, so no key stands in its arguments or its environment (`config.child`). It ends when its
input closes.
"""

import contextlib
import json
import os
import sys
import threading
import time
from array import array
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from paysim.config.errors import TargetError
from paysim.config.schema import EventHub
from paysim.contract.labels import repeats
from paysim.delivery.contract_check import Contract
from paysim.eventhub import event_bytes
from paysim.eventhub.address import HubAddress, quieten
from paysim.eventhub.consuming.attaching import attach
from paysim.eventhub.consuming.explaining import explain
from paysim.eventhub.consuming.following import Follower
from paysim.eventhub.consuming.sink import Decoded, Meaning
from paysim.eventhub.event_bytes import Event, Unreadable
from paysim.eventhub.looking import Looker

from . import messages

PIECE_EVENTS = 4096
"""A piece has so many events at the most …"""
PIECE_SECONDS = 0.25
"""… and is sent after so long at the latest."""
ATTACHED_AT_ONCE = 8
"""Partitions whose reading is tried at the same time: the SDK takes half a second for each."""
_MOST_KNOWN, _LONGEST_KNOWN = 10_000, 512
"""So many different application properties of other people's events are remembered, each of at most so many bytes."""


class Partition:
    """Takes the events of one partition from a receiver, and sends what they are in pieces: a `Sink`."""

    def __init__(self, name: str, position: int, run: str, out: "Out", contract: Contract | None) -> None:
        self.name, self.position = name, position
        self._run, self._out, self._contract = run.encode(), out, contract
        self._known: dict[bytes, Meaning] = {}  # application properties → what they mean
        self._sent = time.monotonic()
        self._told = Contract()
        self._clear()

    def _clear(self) -> None:
        self._ids: list[bytes] = []
        self._enqueued = array("q")
        self._duplicates = bytearray()
        self._foreign = self._unreadable = self._expired = 0

    def event(self, event: Event, meaning: Meaning, data: bytes, end: int) -> None:
        if not self._goes_on(event.sequence):
            return
        if not meaning.ours or event.id is None:
            self._foreign += 1
            self._unreadable += not meaning.readable
            return
        self._take(event.id, event.enqueued_ms, meaning.label)
        if self._contract is not None and self._contract.wants(meaning.label):
            self._contract.check(meaning.label, _body(data, event.body, end))

    def decoded(self, event: Decoded) -> None:
        if not self._goes_on(event.sequence):
            return
        meaning = self.means(event.properties)
        if not meaning.ours or event.id is None:
            self._foreign += 1
            return
        self._take(event.id, event.enqueued_ms, meaning.label)
        if self._contract is not None and self._contract.wants(meaning.label):
            self._contract.check(meaning.label, event.body())

    def unreadable(self, sequence: int | None) -> None:
        if self._goes_on(self.position if sequence is None else sequence):
            self._foreign += 1
            self._unreadable += 1

    def _goes_on(self, sequence: int) -> bool:
        """Whether an event is new; then the partition is read up to it, and numbers that were skipped are gone."""
        if (skipped := sequence - self.position) < 0:
            return False  # seen before the connection was lost
        self._expired += skipped
        self.position = sequence + 1
        return True

    def _take(self, id: bytes, enqueued_ms: int, label: str | None) -> None:
        self._ids.append(id)
        self._enqueued.append(enqueued_ms)
        self._duplicates.append(repeats(label))

    def meaning(self, application: bytes) -> Meaning:
        known = self._known.get(application)
        return self._look_up(application) if known is None else known

    def _look_up(self, application: bytes) -> Meaning:
        try:
            found = event_bytes.texts(application)
        except Unreadable:
            return Meaning(False, readable=False)
        meaning = self.means(found)
        if len(application) <= _LONGEST_KNOWN:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[application] = meaning
        return meaning

    def means(self, properties: Mapping[Any, Any]) -> Meaning:
        if properties.get(b"paysim-run") != self._run:
            return Meaning(False)
        label = properties.get(b"paysim-violation")
        return Meaning(True, label.decode("utf-8", "replace") if isinstance(label, bytes) else None)

    def pause(self) -> None:
        if len(self._ids) >= PIECE_EVENTS or time.monotonic() - self._sent >= PIECE_SECONDS:
            self.send()

    def send(self) -> None:
        contract, told = self._contract or Contract(), self._told
        piece = messages.Arrived(
            self.name,
            self.position,
            self._foreign,
            self._unreadable,
            self._expired,
            contract.checked - told.checked,
            contract.bad - told.bad,
            contract.good - told.good,
            b"".join(self._ids),
            np.array(self._enqueued, np.int64),
            np.frombuffer(bytes(self._duplicates), np.uint8).view(bool),
        )
        self._told = Contract(contract.checked, contract.bad, contract.good)
        self._clear()
        self._out.write(piece.encoded())
        self._sent = time.monotonic()


class Out:
    """Standard output, for several threads."""

    def __init__(self) -> None:
        self._stream = sys.stdout.buffer
        self._lock = threading.Lock()

    def write(self, frame: bytes) -> None:
        with self._lock:
            self._stream.write(frame)
            self._stream.flush()


class Reader:
    """Does what it is told."""

    def __init__(self, address: HubAddress, group: str, out: Out) -> None:
        self._address, self._group, self._out = address, group, out
        self._follower = Follower(
            address,
            group,
            lambda why, fatal: out.write(messages.said(trouble=why, fatal=fatal)),
            lambda text: out.write(messages.said(warning=text)),
        )
        self._looker = Looker(self._follower.client)
        self._reading: list[threading.Thread] = []
        self._stopped = threading.Event()

    def obey(self, asked: dict[str, Any]) -> None:
        if asked["do"] == "read":
            self._begin(asked)
        elif asked["do"] == "stop":
            self._stopped.set()
            for thread in self._reading:
                thread.join()
            self._reading.clear()
            self._out.write(messages.said(stopped=True))
        else:
            try:
                self._out.write(messages.said(**self._look(attach=asked["do"] == "attach")))
            except Exception as error:
                self._out.write(messages.said(refused=explain(error, self._address, self._group)))

    def _begin(self, asked: dict[str, Any]) -> None:
        if not self._reading:
            self._stopped = threading.Event()
        for name, position in asked["from"].items():
            contract = Contract() if asked["contract"] else None
            partition = Partition(name, position, asked["run"], self._out, contract)
            self._reading.append(
                threading.Thread(target=self._follower.follow, args=(partition, self._stopped), daemon=True)
            )
            self._reading[-1].start()

    def _look(self, *, attach: bool) -> dict[str, Any]:
        look = self._looker.look()
        if attach:
            with ThreadPoolExecutor(ATTACHED_AT_ONCE) as pool:
                for _ in pool.map(self._attach, look.partitions):  # raises what the SDK has raised
                    pass
        return look.plain()

    def _attach(self, name: str) -> None:
        with contextlib.closing(self._follower.client()) as client:
            attach(client, self._group, name)


def _body(data: bytes, at: int, end: int) -> bytes:
    try:
        return event_bytes.body(data, at, end)
    except Unreadable:
        return b""  # keeps no contract


def main() -> None:
    out = Out()
    first = json.loads(sys.stdin.readline())
    quieten()
    try:
        address = HubAddress(EventHub.model_validate(first["event_hub"]), first["connection_string"])
    except TargetError as error:
        out.write(messages.said(refused=str(error)))
        return
    reader = Reader(address, first["consumer_group"], out)
    for line in sys.stdin:
        reader.obey(json.loads(line))
    os._exit(0)


if __name__ == "__main__":
    main()
