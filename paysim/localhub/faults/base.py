"""The kinds of faults: how a fault is switched on, how long it lasts, when it acts, and what it may act on.

A fault says what it does. Where it acts, the hub asks for the fault of that kind and knows none by name.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from paysim.localhub.access.sas import TokenGrant
from paysim.localhub.amqp.messages import Send
from paysim.localhub.amqp.proton_link import Delivery
from paysim.localhub.storage.partition_log import PartitionLog
from paysim.registry import Registry

HIGHEST = 1e9


class InForce(Protocol):
    """What a fault may ask of `FaultsInForce`."""

    def setting(self, name: str) -> float: ...

    def left(self, name: str, now: float) -> float: ...

    def condition(self, name: str) -> str: ...


class FaultySends(Protocol):
    """A link on which events come in, as a fault sees it: see `Ingress`."""

    @property
    def faults(self) -> InForce: ...

    def later(self, seconds: float, action: Callable[[], None]) -> None: ...

    def cut(self) -> None: ...


class FaultyClient(Protocol):
    """A client's connection, as a fault sees it: see `ClientProtocol`."""

    heard: float

    def ignore(self) -> None: ...

    def set_stalled(self, stalled: bool) -> None: ...

    def end(self, condition: str, description: str) -> None: ...

    def detach(self, condition: str, description: str) -> None: ...


class FaultyServer(Protocol):
    """The server, as a fault sees it: see `Server`."""

    stalled: bool

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    @property
    def faults(self) -> InForce: ...

    @property
    def connections(self) -> Collection[FaultyClient]: ...

    def stop_listening(self) -> None: ...

    def listen_again(self) -> None: ...


Strike = Callable[[FaultySends, Delivery], None]
"""What becomes of a send."""
Rewrite = Callable[[dict[PartitionLog, Send], PartitionLog, Send], list[Send]]
"""What is stored for a send. The map holds sends of one event that go behind their partition's next one."""


def _nothing(server: FaultyServer, value: float) -> None:
    """It acts later, when the hub comes to the point of its kind."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that a hub can be told to do wrong.

    unit: of its value, for the help. meaning: what it does, as an order. condition: the AMQP condition that goes with
    it unless another is asked for; None where none does. switched: called with the value when it is switched on or off.
    """

    name: str
    unit: str
    meaning: str
    condition: str | None = None
    switched: Callable[[FaultyServer, float], None] = _nothing

    def fits(self, value: float) -> bool:
        """Whether it can have this value; 0 ends it."""
        return 0 <= value < HIGHEST

    def kept(self, value: float, now: float) -> float:
        """What `FaultsInForce` keeps of a value: 0 when it is off. now: on the event loop's clock."""
        return value

    def remains(self, kept: float, now: float) -> float:
        """How much of a kept value is in force now; nothing where that is 0 or less."""
        return kept


@dataclass(frozen=True, kw_only=True)
class LastingFault(Fault):
    """In force until it is 0. `scale` turns its unit into seconds."""

    scale: float = 1.0

    def kept(self, value: float, now: float) -> float:
        return value * self.scale


@dataclass(frozen=True, kw_only=True)
class WhileAcknowledging(LastingFault):
    """Takes every acknowledgement while it is in force. The number is its value in seconds."""

    acknowledge: Callable[[FaultySends, Delivery, float], None]


@dataclass(frozen=True, kw_only=True)
class WhileGranting(LastingFault):
    """Changes what each token opens that is put while it is in force.

    grant: takes what the token opens by itself, the fault's value in seconds, and the time (Unix seconds).
    """

    grant: Callable[[TokenGrant, float, float], TokenGrant]


@dataclass(frozen=True, kw_only=True)
class Span(Fault):
    """In force for so many seconds; what is kept is when it ends."""

    unit: str = "SECONDS"

    def kept(self, value: float, now: float) -> float:
        return now + value if value else 0.0

    def remains(self, kept: float, now: float) -> float:
        return kept - now


@dataclass(frozen=True, kw_only=True)
class WhileAccepting(Span):
    """Takes every connection that is accepted while it is in force."""

    accept: Callable[[FaultyClient], None]


@dataclass(frozen=True, kw_only=True)
class Counted(Fault):
    """In force for the next so many sends."""

    unit: str = "N"

    def fits(self, value: float) -> bool:
        return super().fits(value) and value == int(value)


@dataclass(frozen=True, kw_only=True)
class InsteadOfStoring(Counted):
    """Takes a send that is not stored then."""

    strike: Strike


@dataclass(frozen=True, kw_only=True)
class InsteadOfAcknowledging(Counted):
    """Takes a send that was stored, in place of its acknowledgement."""

    strike: Strike


@dataclass(frozen=True, kw_only=True)
class Planted(Counted):
    """Stores something else than was sent, and acknowledges it, so that a detector has something to find."""

    rewrite: Rewrite


@dataclass(frozen=True, kw_only=True)
class Once(Fault):
    """Done at once, by `switched`."""

    unit: str = "1"

    def fits(self, value: float) -> bool:
        return super().fits(value) and value == int(value)


FAULTS: Registry[Fault] = Registry("fault", order=lambda fault: fault.name)
