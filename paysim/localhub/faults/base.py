"""The kinds of faults: how a fault is switched on, how long it lasts, and when it acts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paysim.registry import Registry

if TYPE_CHECKING:
    from paysim.localhub.ingress import Ingress
    from paysim.localhub.messages import Send
    from paysim.localhub.partition_log import PartitionLog
    from paysim.localhub.proton_link import Delivery
    from paysim.localhub.server import Server

    Strike = Callable[[Ingress, Delivery], None]
    """What becomes of a send."""
    Rewrite = Callable[[dict[PartitionLog, Send], PartitionLog, Send], list[Send]]
    """What is stored for a send. The map holds sends of one event that go behind their partition's next one."""
HIGHEST = 1e9


def _nothing(server: "Server", value: float) -> None:
    """Whoever it concerns asks `Faults`."""


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
    switched: Callable[["Server", float], None] = _nothing

    def fits(self, value: float) -> bool:
        """Whether it can have this value; 0 ends it."""
        return 0 <= value < HIGHEST

    def kept(self, value: float, now: float) -> float:
        """What `Faults` keeps of a value: 0 when it is off. now: on the event loop's clock."""
        return value


@dataclass(frozen=True, kw_only=True)
class Setting(Fault):
    """In force until it is 0. `scale` turns its unit into seconds."""

    scale: float = 1.0

    def kept(self, value: float, now: float) -> float:
        return value * self.scale


@dataclass(frozen=True, kw_only=True)
class Span(Fault):
    """In force for so many seconds; what is kept is when it ends."""

    unit: str = "SECONDS"

    def kept(self, value: float, now: float) -> float:
        return now + value if value else 0.0


@dataclass(frozen=True, kw_only=True)
class Counted(Fault):
    """In force for the next so many sends."""

    unit: str = "N"

    def fits(self, value: float) -> bool:
        return super().fits(value) and value == int(value)


@dataclass(frozen=True, kw_only=True)
class InsteadOfStoring(Counted):
    """Takes a send that is not stored then."""

    strike: "Strike"


@dataclass(frozen=True, kw_only=True)
class InsteadOfAcknowledging(Counted):
    """Takes a send that was stored, in place of its acknowledgement."""

    strike: "Strike"


@dataclass(frozen=True, kw_only=True)
class Planted(Counted):
    """Stores something else than was sent, and acknowledges it, so that a detector has something to find."""

    rewrite: "Rewrite"


@dataclass(frozen=True, kw_only=True)
class Once(Fault):
    """Done at once, by `switched`."""

    unit: str = "1"

    def fits(self, value: float) -> bool:
        return super().fits(value) and value == int(value)


FAULTS: Registry[Fault] = Registry("fault", order=lambda fault: fault.name)
