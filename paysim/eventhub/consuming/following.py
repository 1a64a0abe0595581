"""Follows a partition until told to stop: by its bytes, or, where that is not possible, as the SDK documents it.

A connection that is lost is opened again. The caller brings a sink (`sink.Sink`) and is told of trouble.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Protocol

from paysim.eventhub.address import HubAddress
from paysim.eventhub.event_bytes import Unreadable
from paysim.eventhub.failures import Again, classify

from . import documented, sdk_decoding
from .documented import CREDIT, Consumer, ReceivedEvent
from .explaining import explain
from .raw_receiver import RawReceiver
from .sink import Sink

SOCKET_SECONDS = 0.2
PAUSE_SECONDS = 1.0
"""Between two attempts to open a lost connection."""


class NamedSink(Sink, Protocol):
    """The sink of one partition."""

    name: str


class Rests:
    """Says whether the reader may rest, so that events gather. Pure: the time is given.

    It may not where so many events come that the hub, which sends only `CREDIT` ahead, would have to wait meanwhile.
    """

    def __init__(self, seconds: float, position: int, now: float) -> None:
        """seconds: of one rest; 0: no rests. position: the next sequence number. now: in seconds of any clock."""
        self._most_per_s = CREDIT / 4 / seconds if seconds else 0.0
        self._position, self._since = position, now
        self._due = seconds > 0

    def are_due(self, position: int, now: float) -> bool:
        """Whether to rest now, by the rate of the last second."""
        if (seconds := now - self._since) >= 1:
            self._due = position - self._position < self._most_per_s * seconds
            self._position, self._since = position, now
        return self._due


class Follower:
    """Follows partitions of one hub, each in the thread that calls `follow`."""

    def __init__(
        self,
        address: HubAddress,
        group: str,
        on_trouble: Callable[[str, bool], None],
        on_warning: Callable[[str], None],
        *,
        rest: float = 0.0,
    ) -> None:
        """on_trouble: a connection is lost, why, and whether that is fatal. on_warning: a line for the log.

        rest: seconds in which events may gather where all that came is taken, so that it wakes up less often.
        """
        self._address, self._group, self._rest = address, group, rest
        self._on_trouble, self._on_warning = on_trouble, on_warning

    def client(self) -> Consumer:
        return self._address.consumer(self._group, SOCKET_SECONDS)

    def follow(self, sink: NamedSink, stopped: threading.Event) -> None:
        """Give the sink what comes after its position, until stopped."""
        raw, alone_until = True, 0
        while not stopped.is_set():
            try:
                if raw:
                    self._read_raw(sink, stopped)
                else:
                    self._read_as_documented(sink, stopped, alone_until)
            except Exception as error:
                if raw and isinstance(error, Unreadable | AttributeError | TypeError):
                    self._on_warning(
                        f"the hub is read as azure-eventhub documents it, at about a quarter of the speed: {error}"
                    )
                    raw = False
                    continue
                if not raw and sdk_decoding.is_the_decoders(error):
                    # An event that the SDK cannot decode, and it takes those with it that came with it. So read them
                    # one by one, until the next one is that event.
                    if sink.position < alone_until:
                        sink.unreadable(None)
                        sink.pause()
                    alone_until = sink.position + CREDIT
                    continue
                fatal = classify(error, left=False).again is Again.NEVER
                self._on_trouble(explain(error, self._address, self._group), fatal)
                stopped.wait(PAUSE_SECONDS)

    def _read_raw(self, sink: NamedSink, stopped: threading.Event) -> None:
        with contextlib.closing(self.client()) as client:
            while not stopped.is_set():
                receiver = RawReceiver(client, self._group, sink.name, sink.position)
                rests = Rests(self._rest, sink.position, time.monotonic())
                with contextlib.closing(receiver):
                    while not receiver.old and not stopped.is_set():
                        receiver.receive(sink)
                        if rests.are_due(sink.position, time.monotonic()) and not receiver.has_more:
                            stopped.wait(self._rest)

    def _read_as_documented(self, sink: NamedSink, stopped: threading.Event, alone_until: int) -> None:
        """alone_until: the sequence number up to which events come one by one."""
        failed: list[Exception] = []
        alone = sink.position < alone_until
        with contextlib.closing(self.client()) as client:

            def batch(received: list[ReceivedEvent]) -> None:
                for event in received:
                    try:
                        sink.decoded(sdk_decoding.of_event(event))
                    except Unreadable:
                        sink.unreadable(None)
                sink.pause()
                if stopped.is_set() or (alone and sink.position >= alone_until):
                    client.close()

            def trouble(error: Exception) -> None:
                failed.append(error)
                client.close()

            documented.read(client, sink.name, sink.position, batch, trouble, alone=alone)
        if failed:
            raise failed[0]
