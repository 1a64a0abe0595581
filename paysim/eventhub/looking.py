"""Looks at a hub: which one it is, which partitions it has, and how far each of them is.

The SDK opens a connection for each question to `$management`, which takes some tenths of a second; a look asks one for
each partition and one for the hub, and the run that begins waits for it. So the connection is kept for the next
question: the client's transport, a private part of the SDK's, is given a stand-in that makes one connection and closes
none. Where there is no such part the SDK does as it documents.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .hub_identity import HubIdentity
from .sdk_parts import OF_CLIENT, tell_missing_of

if TYPE_CHECKING:
    from azure.eventhub import EventHubConsumerClient, EventHubProducerClient

    Client = EventHubConsumerClient | EventHubProducerClient

KEPT_SECONDS = 60.0
"""A connection is not used again after so long: a hub closes idle ones, and says so when the next question is lost."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a hub stood at one moment. partitions: name → the first sequence number still there, and the next one."""

    hub: HubIdentity
    partitions: dict[str, tuple[int, int]]

    @property
    def ends(self) -> dict[str, int]:
        """Partition → the sequence number of the next event."""
        return {name: after for name, (_, after) in self.partitions.items()}

    def plain(self) -> dict[str, Any]:
        return {"hub": self.hub.plain(), "look": self.partitions}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Look":
        hub = HubIdentity(plain["hub"]["name"], plain["hub"]["created_at"])
        return cls(hub, {name: (first, after) for name, (first, after) in plain["look"].items()})


class Looker:
    """Looks at one hub again and again. For one thread at a time."""

    def __init__(self, make: "Callable[[], Client]") -> None:
        """make: makes a client of the hub."""
        self._make = make
        self._client: Client | None = None
        self._kept: _KeptTransport | None = None
        self._used = 0.0

    def look(self) -> Look:
        """Raises what the SDK raises."""
        if time.monotonic() - self._used > KEPT_SECONDS:
            self.close()
        again = self._client is not None
        try:
            return self._look()
        except Exception:
            self.close()
            if not again:
                raise
        return self._look()  # the connection that was kept may have been lost long ago

    def _look(self) -> Look:
        if self._client is None:
            self._client = self._make()
            self._kept = _KeptTransport.of(self._client)
        properties = self._client.get_eventhub_properties()
        partitions = {name: _positions(self._client, name) for name in properties["partition_ids"]}
        self._used = time.monotonic()
        return Look(HubIdentity.of(properties), partitions)

    def close(self) -> None:
        """Give the connection back."""
        client, kept, self._client, self._kept = self._client, self._kept, None, None
        if kept is not None:
            kept.close()
        if client is not None:
            client.close()


def _positions(client: "Client", name: str) -> tuple[int, int]:
    found = client.get_partition_properties(name)
    after = found["last_enqueued_sequence_number"] + 1
    # What an empty partition says of its beginning is no position of an event.
    return after if found["is_empty"] else found["beginning_sequence_number"], after


class _KeptTransport:
    """Stands in for a client's transport, and makes only one connection to `$management`."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._connection: _KeptConnection | None = None

    @classmethod
    def of(cls, client: Any) -> "_KeptTransport | None":
        """Put into a client; None where the SDK is another than expected."""
        tell_missing_of(client, OF_CLIENT)
        try:
            kept = cls(client._amqp_transport)
            kept._transport.create_mgmt_client  # noqa: B018
            client._amqp_transport = kept
        except AttributeError:
            return None
        return kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def create_mgmt_client(self, *arguments: Any, **options: Any) -> Any:
        if self._connection is None:
            self._connection = _KeptConnection(self._transport.create_mgmt_client(*arguments, **options))
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.really_close()


class _KeptConnection:
    """It is opened once, and not closed when a question is answered."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._opened = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def open(self, *arguments: Any, **options: Any) -> None:
        if not self._opened:
            self._connection.open(*arguments, **options)
            self._opened = True

    def close(self) -> None:
        pass

    def really_close(self) -> None:
        self._connection.close()
