"""What every publisher promises, and what it may raise.

A publisher takes batches, and each of their transactions gets exactly one outcome: acknowledged, failed (surely not
stored) or unknown (the answer was lost after the bytes left). A publisher that waits on a network sends in threads of
its own, never in the caller's (under Locust `threading` is patched, so these are greenlets), so that killing a Locust
user interrupts no send. Nothing here imports Locust or gevent.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pydantic import Field

from paysim.config.schema import Config
from paysim.config.targets import destinations
from paysim.contract.identity import Run
from paysim.eventhub.hub_identity import HubIdentity
from paysim.summary.counters import HubCounters
from paysim.summary.part import Count
from paysim.transactions.batch import Batch


class SendError(Exception):
    """A batch, or a part of it, was not acknowledged.

    The text is a key for statistics: no tracking ids, no addresses, no times, no secrets, so that equal
    causes count as one. `unknown` says that the bytes left and the outcome was lost: it may be stored, and,
    where it was retried, more than once.
    """

    def __init__(self, reason: str, *, unknown: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unknown = unknown

    def __repr__(self) -> str:
        """As Locust's Failures tab shows it, which tells what surely failed from what may be stored."""
        return f"{'unknown' if self.unknown else 'failed'}: {self.reason}"


@dataclass(slots=True)
class Acknowledgement:
    """The target has it. Times in seconds."""

    service: float  # the send called on a free connection → acknowledged (the attempt that succeeded)
    connection_wait: float = 0.0  # time this send waited for a free connection
    maybe_twice: bool = False  # the outcome of an earlier attempt was lost: it may be stored more than once


Outcome = Acknowledgement | SendError
"""What became of a batch, or of a part of one."""

OnOutcome = Callable[[Batch, Outcome], None]
"""Called with a part of a sent batch and its outcome; must not raise or block. It comes from a thread of the
publisher, or, where a send is a short write (file, standard output), from within `send`."""

Part = tuple[Batch, OnOutcome]
"""A batch or a part of one, and whom to tell."""


class ConnectionFigures(HubCounters):
    """Counters of one connection since `begin`; a connection that replaces a lost one goes on with its counters."""

    events: Count = 0
    """Acknowledged events."""
    bytes: Count = 0
    """Bytes of the bodies of acknowledged events."""
    state: str = ""


class PublisherFigures(HubCounters):
    """Counters since `begin`: a process's part of what the summary calls `hub`."""

    attempts_failed: dict[str, Count] = Field(default_factory=dict)
    """Reason → attempts, opening included."""
    connections: Count = 0
    states: dict[str, Count] = Field(default_factory=dict)
    """healthy, reconnecting, failing → connections."""
    by_connection: list[ConnectionFigures] = Field(default_factory=list)


class Publisher(Protocol):
    """Where transactions go. Order of calls: open, then for each run begin, send…, drain; close at the end."""

    @property
    def figures(self) -> PublisherFigures:
        """The counters now, as a copy."""

    @property
    def target(self) -> str:
        """What people know the target by, without a secret: namespace/hub, a path, standard output."""

    @property
    def identity(self) -> HubIdentity | None:
        """Which hub it is, as it says itself; None where the target is no hub, or does not say."""

    def open(self) -> None:
        """Connect and check. Raises TargetError within 30 s where the target cannot be used."""

    def begin(self, run: Run, producer: int, producers: int) -> None:
        """A run begins: counters start anew. `producers`: how many processes send in it (1: standalone).

        Raises TargetError where the run's file cannot be made.
        """

    def send(self, batch: Batch, on_outcome: OnOutcome) -> None:
        """Take a batch and return. `on_outcome` is called once or more, together once for each transaction;
        it may be called before this returns."""

    def send_together(self, parts: list[Part]) -> None:
        """Take several batches, each with its own `on_outcome`, as one send where that can be."""

    def drain(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for all sends; what has no outcome then is unknown where its bytes may
        have left, else failed. When this returns everything that was sent has an outcome."""

    def close(self) -> None:
        """Give back connections and files. Does not raise."""


class PublishingDestination(destinations.Destination):
    """A destination, and how its publisher is made."""

    @abstractmethod
    def publisher(self, config: Config, connection_string: str | None) -> Publisher:
        """A publisher that sends there, not open yet. Raises TargetError where the target is malformed or not allowed.

        connection_string: of a hub that is used instead of the configured one, such as the embedded hub.
        """


DESTINATIONS = destinations.DESTINATIONS.holding(PublishingDestination)  # type: ignore[type-abstract]
