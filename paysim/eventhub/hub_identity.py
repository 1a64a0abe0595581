"""The identity of a hub: what the hub says of itself, whatever address, alias or private endpoint leads to it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class HubIdentity:
    """Two hubs are one where both fields are equal. created_at: RFC 3339 with milliseconds.

    A hub that was deleted and made again is another, and so is the one that a namespace fails over to.
    """

    name: str
    created_at: str

    def __str__(self) -> str:
        return f"{self.name} of {self.created_at}"

    @classmethod
    def of(cls, properties: dict[str, Any]) -> Self:
        """From `get_eventhub_properties` of the SDK's clients."""
        created = round(properties["created_at"].timestamp() * 1000)
        text = datetime.fromtimestamp(created / 1000, UTC).isoformat(timespec="milliseconds")
        return cls(properties["eventhub_name"], text.replace("+00:00", "Z"))

    @classmethod
    def from_plain(cls, plain: dict[str, str] | None) -> Self | None:
        return None if plain is None else cls(plain["name"], plain["created_at"])

    def plain(self) -> dict[str, str]:
        """For a message or a file."""
        return {"name": self.name, "created_at": self.created_at}
