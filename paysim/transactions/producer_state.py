"""What a producer of transactions keeps while a run lasts, whatever configuration it draws by.

A producer is one process's part of a run. A reload changes what is drawn (`configured_draws`); it changes none of this:
the people of the seed, where each stream of random numbers is, which payments may be refunded, and what waits to be
sent again.
"""

from collections.abc import Callable

import numpy as np

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.transactions.events.repeats.copies import WaitingCopies
from paysim.transactions.events.stamp_texts import Sequences
from paysim.transactions.lifecycle.refunds import RefundPool
from paysim.transactions.methods.base import METHODS
from paysim.transactions.scenarios.clocks import Clocks
from paysim.transactions.world.active import PopulationStore

from .randomness import Streams, seed_of, stream


class ProducerState:
    """number: of the producer in the run. clock: nanoseconds since 1970. own_time: ids carry the time of their
    transaction instead of the clock's."""

    def __init__(self, config: Config, run: Run, number: int, clock: Callable[[], int], own_time: bool) -> None:
        """config: gives the seed, which no reload changes."""
        self.run, self.number, self.own_time = run, number, own_time
        self._clock = clock
        self.seed = seed_of(config, run)
        self.population = PopulationStore(self.seed)
        self.sequences = Sequences()
        self.clocks = Clocks()
        self.draws = {m: Streams(*self._name(m, "draws")) for m in METHODS}
        self.marks = {m: Streams(*self._name(m, "marks")) for m in METHODS}
        self.edits = {m: stream(*self._name(m, "edits")) for m in METHODS}
        self.refundable = self._refund_pools()
        self.copies = {m: WaitingCopies() for m in METHODS}

    def _name(self, method: str, purpose: str) -> tuple[int | str, ...]:
        return self.seed, "producer", self.number, method, purpose

    def _refund_pools(self) -> dict[str, RefundPool]:
        return {m: RefundPool(stream(*self._name(m, "refunds"))) for m in METHODS}

    def now(self) -> int:
        """Unix milliseconds."""
        return self._clock() // 1_000_000

    def walk_stream(self, number: int) -> np.random.Generator:
        """For the walk round the ring under the configuration of this number."""
        return stream(self.seed, "producer", self.number, "walk", number)

    def keep_documents(self) -> None:
        """Make the documents of payments that may be refunded: the tables that they point at are about to go."""
        for pool in self.refundable.values():
            pool.make_documents()

    def forget(self, method: str, first: int) -> None:
        """Transactions of a method, from this sequence number on, did not go out."""
        self.refundable[method].forget(first)
        self.copies[method].forget(first)
        self.clocks.forget(first)

    def let_go(self) -> None:
        """Free people, shops and payments that may be refunded: nothing more is drawn."""
        self.population = PopulationStore(self.seed)
        self.refundable = self._refund_pools()
