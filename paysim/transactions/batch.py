"""A batch: transactions of one payment method, serialised, as the generator hands them out.

What a publisher needs to send them and nothing more; how they were drawn stays in `generator`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from paysim.contract.labels import EpisodePart


@dataclass(slots=True, eq=False)
class Batch:
    """n transactions of one payment method, in the order of their sequence.

    bodies: the event bodies, n of them, UTF-8 JSON (unless a violation broke it).
    ids: the transaction ids, n times 16 bytes: the message ids. A `duplicate` repeats another's.
    labels: position → violation, for the few that have one.
    episodes: position → its part, for those of them whose episode is of several transactions.
    keys: the partition key of each, or None where the hub places (`partition_by: round_robin`).
    properties: application properties of each, as JSON objects, or None where no mapping has any.
    fraud: positions of the payments that are fraud in truth, which nothing in them says; each is good by itself.
    """

    method: str
    bodies: list[bytes]
    ids: list[bytes]
    labels: dict[int, str] = field(default_factory=dict)
    keys: list[str] | None = None
    properties: list[bytes] | None = None
    episodes: dict[int, EpisodePart] = field(default_factory=dict)
    fraud: list[int] = field(default_factory=list)
    _size: int = -1

    def __len__(self) -> int:
        return len(self.bodies)

    @property
    def size(self) -> int:
        """The bodies together, in bytes."""
        if self._size < 0:  # asked for several times on the way of a batch, which does not change any more then
            self._size = sum(map(len, self.bodies))
        return self._size

    @classmethod
    def joined(cls, batches: "Sequence[Batch]") -> "Batch":
        """The transactions of these batches, one or more, as one batch; its method is the first's."""
        first = batches[0]
        if len(batches) == 1:
            return first
        bodies: list[bytes] = []
        ids: list[bytes] = []
        labels: dict[int, str] = {}
        fraud: list[int] = []
        episodes: dict[int, EpisodePart] = {}
        for batch in batches:
            fraud += [len(bodies) + at for at in batch.fraud]
            for at, label in batch.labels.items():
                labels[len(bodies) + at] = label
            for at, part in batch.episodes.items():
                episodes[len(bodies) + at] = part
            bodies += batch.bodies
            ids += batch.ids
        keys = None if first.keys is None else [key for batch in batches for key in batch.keys or ()]
        properties = None
        if first.properties is not None:
            properties = [each for batch in batches for each in batch.properties or ()]
        return cls(first.method, bodies, ids, labels, keys, properties, episodes, fraud)

    def part(self, positions: Sequence[int]) -> "Batch":
        """The transactions at these positions, in the order of the batch, as a batch of their own."""
        return self if len(positions) == len(self.bodies) else self.at(positions)

    def at(self, positions: Sequence[int]) -> "Batch":
        """The transactions at these positions, in the order given."""
        labels, episodes = self.labels, self.episodes
        return Batch(
            self.method,
            [self.bodies[i] for i in positions],
            [self.ids[i] for i in positions],
            {at: labels[i] for at, i in enumerate(positions) if i in labels} if labels else {},
            [self.keys[i] for i in positions] if self.keys is not None else None,
            [self.properties[i] for i in positions] if self.properties is not None else None,
            {at: episodes[i] for at, i in enumerate(positions) if i in episodes} if episodes else {},
            [at for at, i in enumerate(positions) if i in self.fraud] if self.fraud else [],
        )
