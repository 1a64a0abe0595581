"""Idempotent producers: a send that comes twice is stored once, and one that is out of turn is refused.

A producer has an id and an epoch (owner level) in a partition, and numbers its events. Names and meaning are those
of the service as its SDKs use them (`com.microsoft:idempotent-producer`); what counts as a repetition follows
Kafka's rule, which the service shares: one of the last five sends, from its first number to its last. The state
lives as long as the hub's process.
"""

import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from paysim.localhub.amqp import messages
from paysim.localhub.amqp.messages import Send
from paysim.localhub.conditions import ARGUMENT, OUT_OF_RANGE
from paysim.localhub.refusals import Refusal, tracked
from paysim.localhub.storage.partition_log import PartitionLog

CAPABILITY = "com.microsoft:idempotent-producer"
EPOCH, PRODUCER_ID, SEQUENCE = (
    "com.microsoft:producer-epoch",
    "com.microsoft:producer-id",
    "com.microsoft:producer-sequence-number",
)
EPOCH_STOLEN = "com.microsoft:producer-epoch-stolen"
OUT_OF_ORDER = "com.microsoft:out-of-order-sequence"
_REMEMBERED = 5  # sends of which a repetition is recognised
_MOST_PRODUCERS = 1000  # of a partition; the one that was silent longest is forgotten
_WRAP = 1 << 31  # numbers are of 31 bits and begin anew
_EXACT = (1 << 53) - 1  # a larger id is no number in JavaScript
_LIMITS = {EPOCH: 1 << 15, PRODUCER_ID: 1 << 63, SEQUENCE: _WRAP}


class PublisherRefused(Exception):
    """The service would not take this: `refusal` says why."""

    def __init__(self, condition: str, text: str) -> None:
        super().__init__(text)
        self.refusal: Refusal = (condition, tracked(text))


@dataclass
class Producer:
    """One producer of a partition: its state, whichever link it comes by."""

    id: int
    epoch: int = 0
    last: int = 0  # the number of its last event
    recent: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))


@dataclass(frozen=True)
class IdempotentPublisher:
    """A link by which a producer publishes, with the epoch that it came with."""

    producer: Producer
    epoch: int
    last: int  # the number after which it goes on: its own, or else the producer's

    def properties(self) -> list[tuple[str, str, int]]:
        """What the answer to the attach says: name, AMQP type and value."""
        return [
            (EPOCH, "short", self.epoch),
            (PRODUCER_ID, "long", self.producer.id),
            (SEQUENCE, "int", self.last),
        ]

    def is_new(self, send: Send) -> bool:
        """Whether to store a send; False for a repetition. Raises PublisherRefused or DecodeError."""
        first, last = self._numbers(send)
        if (first, last) in self.producer.recent:
            return False
        if first != (self.producer.last + 1) % _WRAP:
            raise PublisherRefused(
                OUT_OF_ORDER,
                f"The producer '{self.producer.id}' has sent the sequence number '{first}' where "
                f"'{(self.producer.last + 1) % _WRAP}' was expected.",
            )
        return True

    def stored(self, send: Send) -> None:
        """Note that a new send has been stored."""
        numbers = self._numbers(send)
        self.producer.recent.append(numbers)
        self.producer.last = numbers[1]

    def _numbers(self, send: Send) -> tuple[int, int]:
        """The numbers of a send's first and last event: in its annotations, or in those of its first event."""
        names = (EPOCH, PRODUCER_ID, SEQUENCE)
        values = messages.annotation_values(send.payload, names)
        if SEQUENCE not in values and send.is_batch:
            at = messages.first_event(send.payload, messages.envelope(send.payload).bare)
            begin, end = messages.event_at(send.payload, at)
            values = messages.annotation_values(send.payload[begin:end], names)
        if not all(_fits(name, values.get(name)) for name in names):
            raise PublisherRefused(
                ARGUMENT, "A send of an idempotent producer has its id, its epoch and a sequence number."
            )
        if values[PRODUCER_ID] != self.producer.id:
            raise PublisherRefused(ARGUMENT, f"The link is that of the producer '{self.producer.id}'.")
        if values[EPOCH] < self.producer.epoch:
            raise PublisherRefused(EPOCH_STOLEN, _stolen(self.producer, values[EPOCH]))
        return values[SEQUENCE], (values[SEQUENCE] + send.events - 1) % _WRAP


class Producers:
    """The idempotent producers of all partitions."""

    def __init__(self) -> None:
        self._known: dict[PartitionLog, OrderedDict[int, Producer]] = {}

    def attach(self, log: PartitionLog, properties: dict[Any, Any]) -> IdempotentPublisher:
        """A link of a producer: one that the properties name, or a new one. Raises PublisherRefused.

        What the properties leave out is filled in: by the producer's state, or by a beginning. A higher epoch than
        the producer's takes its place, and goes on after the number that it names; with the same epoch that number is
        only echoed, and a send that goes on from it may be out of turn.
        """
        for name in (EPOCH, PRODUCER_ID, SEQUENCE):
            if (value := properties.get(name)) is not None and not _fits(name, value):
                raise PublisherRefused(OUT_OF_RANGE, f"The supplied value '{value}' of '{name}' is out of range.")
        asked, epoch, last = (properties.get(name) for name in (PRODUCER_ID, EPOCH, SEQUENCE))
        known = self._known.setdefault(log, OrderedDict())
        producer = known.pop(asked, None) if asked is not None else None
        if producer is None:
            new = asked if asked is not None else 1 + secrets.randbelow(_EXACT)
            producer = Producer(new, epoch or 0, last or 0)
        known[producer.id] = producer  # the last to be forgotten
        if len(known) > _MOST_PRODUCERS:
            known.popitem(last=False)
        epoch = producer.epoch if epoch is None else epoch
        if epoch < producer.epoch:
            raise PublisherRefused(EPOCH_STOLEN, _stolen(producer, epoch))
        if epoch > producer.epoch:
            producer.epoch = epoch
            if last is not None:
                producer.last = last
                producer.recent.clear()
        return IdempotentPublisher(producer, epoch, producer.last if last is None else last)


def _fits(name: str, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LIMITS[name]


def _stolen(producer: Producer, epoch: int) -> str:
    return f"The producer '{producer.id}' is known with the epoch '{producer.epoch}', which is higher than '{epoch}'."
