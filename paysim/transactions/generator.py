"""Makes the transactions: draws, stamps, refunds. The one door of this room to the load test.

Columns are drawn ahead by numpy in short draws (`reservoir`, `drawing`) and laid out from pieces prepared for
the population (`layout`); what is left for hand-out is a stamp, which is added in front. A call for one
transaction costs some microseconds, a call for hundreds about 2 µs each. Nothing here waits, and no step holds
the thread for more than 1–2 ms per thousand transactions; a caller that shares its thread asks for some hundred
at a time.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from operator import add

import numpy as np
import orjson

from paysim.config.codes import PAYMENT_METHODS
from paysim.config.schema import Config

from .block import Block
from .drawing import Drawer, Sampler
from .identity import Run
from .mapping import Document, Mapping
from .randomness import seed_of, stream
from .refunds import Payment, Refundable
from .reservoir import Mark, Reservoir
from .stamps import Stamper, uuid_text
from .world import Population, World


class TransactionGenerator:
    """Transactions of one producer in one run. Not for several threads at once.

    clock: nanoseconds since 1970, read once a block.
    payments_for_refunds: refunds that went out as payments, because nothing could be refunded yet.
    """

    def __init__(self, config: Config, *, run: Run, producer: int, clock: Callable[[], int] = time.time_ns) -> None:
        self._run, self._producer, self._clock = run, producer, clock
        self._seed = seed_of(config, run)
        self._population = Population(self._seed)
        self._next = 0
        self.payments_for_refunds = 0
        self._refundable = {m: Refundable(self._stream(m, "refunds")) for m in PAYMENT_METHODS}
        self._draws = {m: (self._stream(m, "draws"), self._stream(m, "marks")) for m in PAYMENT_METHODS}
        self.reconfigure(config)

    def _stream(self, method: str, purpose: str) -> np.random.Generator:
        return stream(self._seed, "producer", self._producer, method, purpose)

    @property
    def next_sequence(self) -> int:
        """The first sequence number that was not handed out yet."""
        return self._next

    def reconfigure(self, config: Config) -> None:
        """Draw by another configuration from the next block on; the population and the sequence go on."""
        transaction = config.transaction
        self._mapping = Mapping(transaction.mapping)
        partition_by = config.output.event_hub.partition_by
        world = World(self._population, transaction)
        self._sampler = Sampler(world, transaction, self._mapping, partition_by)
        self._key_path = None if partition_by == "round_robin" else partition_by
        self._config = config
        self._reservoirs: dict[str, tuple[Reservoir, Stamper]] = {}

    def block(self, method: str, n: int) -> Block:
        """The next n transactions of a payment method, n at least 1. Ids are handed out in order, over all
        methods.
        """
        reservoir, stamper = self._reservoirs.get(method) or self._prepare(method)
        milliseconds = self._clock() // 1_000_000
        taken = reservoir.take(n, _hour(milliseconds))
        first = self._next
        self._next = first + n
        ids = stamper.ids(milliseconds, first, n)
        bodies = list(map(add, stamper.stamps(milliseconds, first, n), taken.rests))
        block = Block(method, bodies, ids, keys=taken.keys)
        for position, mark in taken.marks.items():
            self._settle(block, position, mark, stamper, first + position, milliseconds)
        return block

    def _prepare(self, method: str) -> tuple[Reservoir, Stamper]:
        draws, marks = self._draws[method]
        patterns = self._config.transaction.patterns
        drawer = Drawer(self._sampler, method, draws, patterns.amounts.of(method))
        assert drawer.layout is not None
        made = (
            Reservoir(drawer, patterns.payment_status.get("refunded", 0.0), marks),
            Stamper(drawer.layout.stamp, self._mapping, self._run, self._producer),
        )
        self._reservoirs[method] = made
        return made

    def _settle(
        self, block: Block, position: int, mark: Mark, stamper: Stamper, sequence: int, milliseconds: int
    ) -> None:
        drawer = self._reservoirs[block.method][0].drawer
        key = block.keys[position] if block.keys is not None else None
        if mark.kind == "refundable":
            document = drawer.document(mark.drawn, mark.position)
            self._refundable[block.method].remember(
                Payment(
                    uuid_text(block.ids[position]),
                    stamper.correlation(sequence),
                    milliseconds,
                    document,
                    drawer.decimals(mark.drawn, mark.position),
                    int(mark.drawn.minor[mark.position]),
                    key,
                )
            )
            return
        found = self._refundable[block.method].refund(_hour(milliseconds))
        if found is None:
            self.payments_for_refunds += 1
            return
        payment, document = found
        stamp: Document = {
            "transaction_id": uuid_text(block.ids[position]),
            "correlation_id": payment.correlation_id,
            "original_transaction_id": payment.transaction_id,
            "transaction_timestamp": milliseconds,
        }
        event = self._mapping.shaped(self._mapping.translated(stamp | document), payment.decimals)
        block.bodies[position] = orjson.dumps(event)
        if block.keys is not None:
            assert payment.key is not None
            block.keys[position] = payment.key


_HOURS: dict[int, bytes] = {}


def _hour(milliseconds: int) -> bytes:
    """`YDDDhh` of a time in UTC, as retrieval references begin."""
    hour = milliseconds // 3_600_000
    if hour not in _HOURS:
        _HOURS.clear()
        moment = datetime.fromtimestamp(hour * 3600, UTC)
        _HOURS[hour] = f"{moment.year % 10}{moment:%j%H}".encode()
    return _HOURS[hour]
