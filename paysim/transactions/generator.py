"""Makes the transactions. The one door of this room to the load test.

Payments are drawn ahead by numpy, column by column (`payment_sampler`, `draw_buffer`). Their events are joined from
pieces that were prepared for the population (`payment_pieces`) when they are handed out, with a stamp in front
(`stamps`, `emitter`). A call for one transaction costs some microseconds, a call for hundreds about 2 µs each. Nothing
here waits, and a thousand transactions hold the thread for about 2 ms; a caller that shares its thread asks for some
hundred at a time.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.transactions.behaviour.payers import VisitFigures
from paysim.transactions.events.draw_buffer import TakenPayments
from paysim.transactions.events.emitter import Emitter

from .batch import Batch
from .configured_draws import ConfiguredDraws
from .following import Following, FollowUpFigures, Line
from .hook import Function, Hook, HookError, HookFigures
from .producer_state import ProducerState
from .reach import Shortfall

# Emitted at a time: a larger batch may refund what it began with itself, as many small ones would.
_AT_ONCE = 500
_MOST_DROPPED = 100
_DROPPED_ANYHOW = 1000
"""So many times as many as are asked for, and some more, are made at most where functions drop them."""

Timed = tuple[Batch, np.ndarray | None]
"""A batch, and in replay the times of its transactions."""


class TransactionGenerator:
    """Transactions of one producer in one run. Not for several threads at once.

    clock: nanoseconds since 1970, read once a batch. own_time: ids carry the transaction's own time instead of the
    clock's, so that a data set repeats byte for byte.
    payments_for_refunds: refunds that went out as payments, because nothing could be refunded yet.
    """

    def __init__(
        self,
        config: Config,
        *,
        run: Run,
        producer: int,
        clock: Callable[[], int] = time.time_ns,
        own_time: bool = False,
        functions: Sequence[Function] = (),
    ) -> None:
        """functions: what changes each event, see `hook`."""
        self._producer = ProducerState(config, run, producer, clock, own_time)
        self._next = 0
        self._shortfall = 0
        self._last_visits: VisitFigures | None = None
        self._last_following: FollowUpFigures | None = None
        self._last_shortfalls: dict[str, Shortfall] = {}
        self._hook: Hook | None = None
        draws = ConfiguredDraws(config, self._producer)
        draws.begin()
        self._configured: ConfiguredDraws | None = draws  # None once the generator is let go
        if functions:
            avro = draws.mapping.avro
            self._hook = Hook(functions, None if avro is None else avro.schema)

    @property
    def draws(self) -> ConfiguredDraws:
        """The draws of the present configuration."""
        assert self._configured is not None, "the generator was let go"
        return self._configured

    @property
    def next_sequence(self) -> int:
        """The first sequence number that was not handed out yet."""
        return self._next

    @property
    def payments_for_refunds(self) -> int:
        emitters = self._configured.emitters.values() if self._configured is not None else ()
        return self._shortfall + sum(emitter.payments_for_refunds for emitter in emitters)

    @property
    def copies_waiting(self) -> int:
        """Copies of transactions that scenarios would send later."""
        return sum(map(len, self._producer.copies.values()))

    @property
    def visits(self) -> VisitFigures | None:
        """How often the same people paid, as far as payments are drawn; None where people are drawn by weight."""
        if self._configured is None:
            return self._last_visits
        return None if self._configured.walk is None else self._configured.walk.figures

    @property
    def following(self) -> FollowUpFigures | None:
        """What follows payments, as far as it has gone out; None where nothing does but refunds."""
        if self._configured is None:
            return self._last_following
        return None if self._configured.following is None else self._configured.following.figures

    @property
    def shortfalls(self) -> dict[str, Shortfall]:
        """Of the shares that the present configuration asks for, those that cannot be reached: key → what can be."""
        return self._last_shortfalls if self._configured is None else self._configured.reach.shortfalls

    @property
    def hook(self) -> HookFigures | None:
        """What functions of the user's own have cost; None where there are none."""
        return None if self._hook is None else self._hook.figures

    def reconfigure(self, config: Config) -> None:
        """Draw by another configuration from the next batch on; the population and the sequence go on."""
        if not self.draws_alike(config):
            self.draw_by(self.draws_of(config))

    def draws_alike(self, config: Config) -> bool:
        """Whether this configuration draws as the present one does; paces and sizes of batches may differ."""
        if self._configured is None:
            return True
        present = self._configured.config
        one, other = (each.transaction.model_copy(update={"volume": None}) for each in (present, config))
        return one == other

    def draws_of(self, config: Config) -> ConfiguredDraws:
        """What this generator can `draw_by` next.

        Making it takes a second and more, in any thread: the generator goes on meanwhile.
        """
        return ConfiguredDraws(config, self._producer, self._configured)

    def draw_by(self, draws: ConfiguredDraws) -> None:
        """Go over to these, the last that were made, with the next batch. A generator that was let go stays so."""
        if self._configured is None:
            return
        self._shortfall = self.payments_for_refunds
        self._producer.keep_documents()
        draws.begin(self._configured)
        self._configured = draws

    def let_go(self) -> None:
        """Make nothing more, and free what that takes: people, their pieces, what is drawn. The figures stay."""
        self._last_visits, self._last_following = self.visits, self.following
        self._last_shortfalls = self.shortfalls
        self._shortfall = self.payments_for_refunds
        self._configured = None
        self._producer.let_go()

    def prepare(self) -> None:
        """Make the pieces of events for all people now, see `ConfiguredDraws.prepare`."""
        self.draws.prepare()

    def batch(self, method: str, n: int) -> Batch:
        """The next n transactions of a payment method, n at least 1. Ids are handed out in order, over all methods.

        Raises UnknownEntry where no such method is registered.
        """
        return self.timed_batch(method, n)[0]

    def follow_ups(self, most: int) -> Batch | None:
        """What is due of what follows payments, if that fills a batch or has waited for long: up to `most` of it, of
        one payment method."""
        if self._configured is None or (following := self._configured.following) is None:
            return None
        now = self._producer.now()
        line = following.ready(now, most)
        batch = None if line is None else self._followed(following, line, most, now)[0]
        return batch or None  # functions may have dropped all of it

    def timed_follow_ups(self, before: int, most: int = _AT_ONCE) -> Timed | None:
        """In replay what follows payments and is due before a moment, Unix milliseconds: a batch of it, `most` at the
        most; None where there is no more."""
        following = self.draws.following
        if following is None or (line := following.due_before(before)) is None:
            return None
        return self._followed(following, line, min(most, _AT_ONCE), self._producer.now())

    def _followed(self, following: Following, line: Line, most: int, now: int) -> Timed:
        if self._hook is not None:
            parts = self._hooked_follow_ups(following, line, most, now, self._hook)
            return self._joined(line.method, parts)
        parts = []
        while most and (number := min(most, line.follow_ups.ready)):
            parts.append(following.take(line, number, self._next, now, self._producer.own_time))
            self._next += len(parts[-1][0])
            most -= len(parts[-1][0])
        return parts[0] if len(parts) == 1 else self._joined(line.method, parts)

    def _hooked_follow_ups(self, following: Following, line: Line, most: int, now: int, hook: Hook) -> list[Timed]:
        """Batches of one, as `_hooked` makes them. Raises HookError."""
        first, made = self._next, list[Timed]()
        counted, dropped = line.counts, Counter[tuple[str, str]]()
        try:
            while len(made) < most and line.follow_ups.ready:
                before = line.counts
                batch, times = following.take(line, 1, self._next, now, self._producer.own_time)
                body = hook.body(batch.bodies[0])
                if body is None:
                    following.forget(self._next)
                    dropped += line.counts - before
                    continue
                batch.bodies[0] = body
                made.append((batch, times))
                self._next += 1
        except HookError:
            following.forget(first)
            dropped = line.counts - counted
            self._next = first
            raise
        finally:
            following.uncount(dropped)
        return made

    def timed_batch(self, method: str, n: int) -> tuple[Batch, np.ndarray | None]:
        """A batch, and in replay the time of each of its transactions (Unix milliseconds)."""
        emitter = self.draws.emitter(method)
        now = self._producer.now()
        if self._hook is not None:
            parts = self._hooked(method, emitter, n, now, self._hook)
            return parts[0] if len(parts) == 1 else self._joined(method, parts)
        if n == 1:
            return self._one(method, emitter, now)
        parts = [self._part(method, emitter, min(_AT_ONCE, n - done), now) for done in range(0, n, _AT_ONCE)]
        return parts[0] if len(parts) == 1 else self._joined(method, parts)

    def _joined(self, method: str, parts: Sequence[Timed]) -> Timed:
        if not parts:
            return Batch(method, [], []), None if self.draws.calendar is None else np.empty(0, np.int64)
        batch = Batch.joined([part for part, _ in parts])
        if self.draws.calendar is None:
            return batch, None
        times = np.concatenate([moments for _, moments in parts if moments is not None])
        order = np.argsort(times, kind="stable")
        return batch.at(order.tolist()), times[order]

    def _hooked(self, method: str, emitter: Emitter, n: int, now: int, hook: Hook) -> list[Timed]:
        """Batches of one. A transaction that is dropped gives its number to the next.

        Raises HookError; then nothing was handed out, and the numbers are those of the next batch.
        """
        first, last = self._next, emitter.last
        made: list[Timed] = []
        tries = most = n if emitter.buffer.is_limited else n * _MOST_DROPPED + _DROPPED_ANYHOW
        try:
            while len(made) < n and tries:
                tries -= 1
                before, number = emitter.last, self._next
                batch, times = self._one(method, emitter, now)
                if emitter.is_event_of_its_own(batch):
                    body = hook.body(batch.bodies[0])
                    if body is None:
                        self._forget(method, number)
                        emitter.take_back(before)
                        continue
                    emitter.replace(batch, body)
                made.append((batch, times))
            if len(made) < n and not emitter.buffer.is_limited:
                raise HookError(f"on_transaction drops nearly all: {most - len(made):,} of {most:,} transactions")
        except HookError:
            self._forget(method, first)
            emitter.take_back(last)
            raise
        return made

    def _forget(self, method: str, first: int) -> None:
        """Transactions from this number on did not go out, and the next one has it."""
        self._producer.forget(method, first)
        if self.draws.following is not None:
            self.draws.following.forget(first)
        self._next = first

    def _one(self, method: str, emitter: Emitter, now: int) -> Timed:
        if (rest := emitter.buffer.single(now)) is None:
            taken = emitter.buffer.take(1, now)
            batch, consumed, times = emitter.emit(method, taken, self._next, now, self._producer.own_time)
            self._next += consumed
            return batch, times
        body, transaction_id = emitter.stamper.single(now, self._next, rest)
        emitter.begin_alone(self._next, now)
        self._next += 1
        batch = emitter.batch(method, [body], [transaction_id])
        emitter.remember_last(batch)
        return batch, None

    def _part(self, method: str, emitter: Emitter, n: int, now: int) -> tuple[Batch, np.ndarray | None]:
        taken = emitter.buffer.take(n, now)
        if taken.marks or taken.times is not None:
            batch, consumed, times = emitter.emit(method, taken, self._next, now, self._producer.own_time)
        else:
            batch, consumed, times = self._plain(method, emitter, taken, now), n, None
        self._next += consumed
        return batch, times

    def _plain(self, method: str, emitter: Emitter, taken: TakenPayments, now: int) -> Batch:
        batch = emitter.stamped(method, taken, now, now, self._next)
        batch.fraud = taken.fraud
        emitter.remember_last(batch)
        return batch
