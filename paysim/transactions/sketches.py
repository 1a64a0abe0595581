"""What is kept of payments that may be refunded: enough to make their documents, for the few that are.

The sketches of one draw are columns, made at once, and lighter than the draw: a payment that waits to be refunded does
not keep alive what went out with it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .mapping import Document

Make = Callable[[dict[str, int], float, dict[str, bytes | None]], Document]


@dataclass(frozen=True, slots=True)
class Sketches:
    """Lists of equal length, one entry a payment. picks: source → position of its record; drawn: field → its JSON
    value, None where absent; minor: the amount in minor units; decimals: of the currency; country: of the customer,
    its position in COUNTRIES. make: a document of picks, the amount in major units and the drawn values."""

    make: Make
    picks: dict[str, list[int]]
    drawn: dict[str, list[bytes | None]]
    minor: list[int]
    decimals: list[int]
    country: list[int]

    def document(self, at: int) -> Document:
        """The payment as a flat document, without its stamp, in the order of the fields."""
        picks = {source: positions[at] for source, positions in self.picks.items()}
        drawn = {path: values[at] for path, values in self.drawn.items()}
        return self.make(picks, self.minor[at] / 10 ** self.decimals[at], drawn)
