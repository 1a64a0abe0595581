"""What comes out of a partition, and who takes it. A reader of a hub brings a `Sink` for each partition."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from paysim.eventhub.event_bytes import Event


class Meaning(NamedTuple):
    """What the application properties of an event say.

    ours: it is of the run that is read. label: of a scenario. readable: whether the properties are a map.
    """

    ours: bool
    label: str | None = None
    readable: bool = True


class Decoded(NamedTuple):
    """An event as the SDK decodes it. id: of 16 bytes, None where the message id is none or no AMQP uuid.

    message_id: as the SDK gives it.
    """

    sequence: int
    enqueued_ms: int
    id: bytes | None
    properties: Mapping[Any, Any]
    body: Callable[[], bytes]
    message_id: Any = None


class Sink(Protocol):
    """Takes the events of one partition in their order.

    An event comes either as bytes (`meaning`, then `event`) or as the SDK has decoded it (`decoded`).
    """

    position: int
    """The sequence number that comes next."""

    def meaning(self, application: bytes) -> Meaning:
        """What a section of application properties means. application: as encoded."""

    def event(self, event: Event, meaning: Meaning, data: bytes, end: int) -> None:
        """An event that was read from `data` up to `end`."""

    def means(self, properties: Mapping[Any, Any]) -> Meaning:
        """The same as `meaning`, of properties that the SDK has decoded."""

    def decoded(self, event: Decoded) -> None:
        """An event that the SDK has decoded."""

    def unreadable(self, sequence: int | None) -> None:
        """An event that neither this nor the SDK can read. sequence: None where not even that can be."""

    def pause(self) -> None:
        """Called when nothing more is there for the moment, and after each piece."""
