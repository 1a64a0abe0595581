"""Makes the transactions. The one door of this room to the load test.

Payments are drawn ahead by numpy, column by column (`payment_sampler`, `draw_buffer`). Their events are joined from
pieces that were prepared for the population (`payment_pieces`) when they are handed out, with a stamp in front
(`stamps`, `emitter`). A call for one transaction costs some microseconds, a call for hundreds about 2 µs each. Nothing
here waits, and a thousand transactions hold the thread for about 2 ms; a caller that shares its thread asks for some
hundred at a time.
"""

import copy
import time
from collections.abc import Callable, Sequence

import numpy as np

from paysim.config.schema import Config, Transaction
from paysim.contract.identity import Run
from paysim.transactions.behaviour.mix.joint_table import METHOD
from paysim.transactions.behaviour.payers import PayersOfMethod, VisitFigures, Walk, Walked, Weighted
from paysim.transactions.behaviour.payment_sampler import PaymentSampler
from paysim.transactions.behaviour.sampling_tables import SamplingTables
from paysim.transactions.behaviour.timing.banking_days import other_days, settles
from paysim.transactions.behaviour.timing.calendar import Calendar, Slice
from paysim.transactions.behaviour.timing.week import Week
from paysim.transactions.events.copies import WaitingCopies, delays
from paysim.transactions.events.draw_buffer import DrawBuffer, TakenPayments
from paysim.transactions.events.emitter import Emitter
from paysim.transactions.events.follow_up_events import FollowUpWriter
from paysim.transactions.events.layout import Rest
from paysim.transactions.events.mapping import CompiledMapping
from paysim.transactions.events.payment_pieces import PaymentPieces
from paysim.transactions.events.stamps import Sequences, Stamper
from paysim.transactions.lifecycle.refunds import RefundPool
from paysim.transactions.lifecycle.speedup import length_of
from paysim.transactions.methods.base import METHODS
from paysim.transactions.scenarios.clocks import Clocks
from paysim.transactions.scenarios.marking import MarkedShares, Marker
from paysim.transactions.world.active import PopulationStore, World
from paysim.transactions.world.countries import COUNTRIES

from .batch import Batch
from .following import Following, FollowUpFigures, Line, Timing
from .hook import Function, Hook, HookError, HookFigures
from .randomness import Streams, by_name, seed_of, stream

# Emitted at a time: a larger batch may refund what it began with itself, as many small ones would.
_AT_ONCE = 500
_GOLDEN = 0.6180339887498949
_MOST_DROPPED = 100
_DROPPED_ANYHOW = 1000
"""So many times as many as are asked for, and some more, are made at most where functions drop them."""

_CONFIGURED = (
    "_config", "_mapping", "_tables", "calendar", "_transfers", "_walk", "_reloads", "_emitters", "_following",
    "_timing", "_lines",
)  # fmt: skip
"""What `draw_by` sets."""

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
        self._run, self._producer, self._clock, self._own_time = run, producer, clock, own_time
        self._config = config
        self._seed = seed_of(config, run)
        self._population = PopulationStore(self._seed)
        self._walk: Walk | None = None
        self._visits: VisitFigures | None = None  # once there is no walk any more
        self._is_over = False
        self._transfers: Calendar | None = None
        self._reloads = 0
        self._next = 0
        self._sequences = Sequences()
        self._draws = {m: self._streams(m, "draws") for m in METHODS}
        self._marks = {m: self._streams(m, "marks") for m in METHODS}
        self._refundable = {m: RefundPool(self._stream(m, "refunds")) for m in METHODS}
        self._copies = {m: WaitingCopies() for m in METHODS}
        self._clocks = Clocks()
        self._edits = {m: self._stream(m, "edits") for m in METHODS}
        self._emitters: dict[str, Emitter] = {}
        self._following: Following | None = None
        self._timing, self._lines = Timing(), list[Line]()
        self._shortfall = 0
        self._hook: Hook | None = None
        self.draw_by(config)
        self._follow()
        if functions:
            avro = self._mapping.avro
            self._hook = Hook(functions, None if avro is None else avro.schema)

    def _stream(self, method: str, purpose: str) -> np.random.Generator:
        return stream(self._seed, "producer", self._producer, method, purpose)

    def _streams(self, method: str, purpose: str) -> Streams:
        return Streams(self._seed, "producer", self._producer, method, purpose)

    @property
    def next_sequence(self) -> int:
        """The first sequence number that was not handed out yet."""
        return self._next

    @property
    def payments_for_refunds(self) -> int:
        return self._shortfall + sum(emitter.payments_for_refunds for emitter in self._emitters.values())

    @property
    def copies_waiting(self) -> int:
        """Copies of transactions that scenarios would send later."""
        return sum(map(len, self._copies.values()))

    @property
    def visits(self) -> VisitFigures | None:
        """How often the same people paid, as far as payments are drawn; None where people are drawn by weight."""
        return self._visits if self._walk is None else self._walk.figures

    @property
    def hook(self) -> HookFigures | None:
        """What functions of the user's own have cost; None where there are none."""
        return None if self._hook is None else self._hook.figures

    def reconfigure(self, config: Config) -> None:
        """Draw by another configuration from the next batch on; the population and the sequence go on."""
        if self.draws_alike(config):
            self._config = config
        else:
            self.become(self.successor(config))

    def draws_alike(self, config: Config) -> bool:
        """Whether nothing changes that is drawn: paces and batches are not this room's."""
        one, other = (each.transaction.model_copy(update={"volume": None}) for each in (self._config, config))
        return one == other

    def successor(self, config: Config) -> "TransactionGenerator":
        """What this one can `become`. That takes a second and more, in any thread: this one goes on meanwhile."""
        made = copy.copy(self)
        made.draw_by(config)
        return made

    def become(self, successor: "TransactionGenerator") -> None:
        """Draw as the last successor does, from the next batch on. One that was let go stays so."""
        if self._is_over:
            return
        self._shortfall = self.payments_for_refunds
        for refundable in self._refundable.values():
            refundable.make_documents()
        before = self._walk
        for name in _CONFIGURED:
            setattr(self, name, getattr(successor, name))
        if self._walk is not None and before is not None:
            self._walk.go_on_from(before)
        self._follow()

    def let_go(self) -> None:
        """Make nothing more, and free what that takes: people, their pieces, what is drawn. The figures stay."""
        self._shortfall, self._visits, self._is_over = self.payments_for_refunds, self.visits, True
        self._population, self._emitters, self._walk = PopulationStore(self._seed), {}, None
        self._refundable = {m: RefundPool(self._stream(m, "refunds")) for m in METHODS}
        if self._following is not None:
            self._following.let_go()
        del self._tables

    def draw_by(self, config: Config) -> None:
        """Make the tables of a configuration, and draw by them from now on."""
        transaction = config.transaction
        self._config = config
        self._mapping = CompiledMapping(transaction.mapping, config.output.format)
        self._tables = SamplingTables(
            self._world(transaction),
            transaction,
            self._mapping,
            config.output.event_hub.partition_by,
        )
        self._clocks.configure(transaction.violations, self._tables.mix)
        self.calendar = self._replayed()
        self._lines = []
        if self._tables.follows and self._following is None:
            self._following = Following((self._seed, self._producer))
        if self._following is not None:
            self._timing = self._following.timing(config, self.calendar, self._clock() // 1_000_000)
        self._emitters = {}
        for method in METHODS:
            if method in self._tables.mix.methods:
                self._emitter(method)

    def _follow(self) -> None:
        """What follows payments is of the present configuration from now on."""
        if self._following is not None:
            self._following.begin(self._timing, self._lines)
            self._lines = []

    def _refunded(self) -> float:
        """The share of refunds that are drawn in the places of payments."""
        return 0.0 if self._tables.follows else self._tables.mix.statuses.get("refunded", 0.0)

    def _refunds_wanted(self) -> float | None:
        """Refunds for each payment, where statuses are configured."""
        if self._config.transaction.patterns.payment_status == "auto":
            return None
        refunded = self._tables.mix.statuses.get("refunded", 0.0)
        return refunded / (1.0 - refunded) if refunded < 1.0 else None

    def _world(self, transaction: Transaction) -> World:
        world = World(self._population, transaction, self._producer)
        self._walk = None
        if world.is_even:
            shares = world.table.margin(METHOD)
            start = self._producer * _GOLDEN  # workers that share their people walk far from one another
            rng = stream(self._seed, "producer", self._producer, "walk", self._reloads)
            self._walk = Walk(world.payers, shares, world.persons.uniform("phase"), rng, start)
        self._reloads += 1
        return world

    def _payers(self, method: str) -> PayersOfMethod:
        if self._walk is not None:
            return Walked(self._walk, METHODS.names.index(method))
        return Weighted(self._tables.payers(method), self._tables.world.country, self._draws[method]["customer"])

    def _replayed(self) -> Calendar | None:
        times = self._config.transaction.timestamps
        if times.mode == "live" or times.start is None or times.end is None:
            return None
        present = set(self._tables.world.present)
        zones = [country.zone if i in present else None for i, country in enumerate(COUNTRIES.values())]
        start, end = (round(moment.timestamp() * 1000) for moment in (times.start, times.end))
        statuses = self._tables.mix.statuses
        week, names = Week.of(times), COUNTRIES.names
        whole = Calendar(week, zones, start, end, names)
        # A configured weekend holds for all: then transfers are completed on it too.
        by_day = Calendar(week, zones, start, end, names, settles, other_days(statuses)) if week.by_facts else whole
        self._transfers = by_day
        return whole

    def _calendar_of(self, method: str) -> Calendar | None:
        """The calendar of a method: some settle on banking days."""
        return self._transfers if METHODS[method].settles_by_day and self.calendar else self.calendar

    def _emitter(self, name: str) -> Emitter:
        method = METHODS[name].name  # raises UnknownEntry
        patterns = self._config.transaction.patterns
        sampler = PaymentSampler(
            self._tables, method, self._draws[method], patterns.amounts.of(method), self._payers(method)
        )
        shares = MarkedShares.of(
            method,
            self._tables.mix.methods,
            self._refunded(),
            by_name(self._config.transaction.violations),
        )
        share = self._tables.mix.methods.get(method, 1.0)
        volume = self._config.transaction.volume
        marker = Marker(
            shares,
            self._marks[method],
            None if volume.rate is None else volume.rate * share,
            None if volume.total is None else int(volume.total * share),
        )
        pieces = PaymentPieces(self._tables, sampler.records)
        buffer = DrawBuffer(sampler, pieces, marker, self._refundable[method], self._clocks, share)
        if self.calendar is not None:
            completed = max(1e-9, self._tables.mix.statuses.get("completed", 0.0))  # of all that goes out
            own = self._calendar_of(method)
            assert own is not None
            sampler.replay(own, marker.given_back / completed)
            buffer.narrow(own.between(own.start, own.end))
        layout = pieces.layout.parts if pieces.layout else (b"{}", Rest(0, 1))
        stamper = Stamper(layout, self._run, self._producer, self._sequences)
        follow_ups = None
        if self._following is not None and self._tables.follows:
            writer = FollowUpWriter(method, pieces, stamper, self._mapping)
            start = round(self.calendar.start) if self.calendar else 0
            line = self._following.line(self._timing, self._reloads, sampler, writer, self._refunds_wanted(), start)
            self._lines.append(line)
            follow_ups = line.follow_ups
            marker.fit(lambda fate: line.follow_ups.suited(fate, start))
        copies, pool = self._copies[method], self._refundable[method]
        copies.delays = delays(self._seconds())
        made = Emitter(buffer, stamper, self._mapping, pool, copies, self._edits[method], follow_ups)
        self._emitters[method] = made
        return made

    def _seconds(self) -> float | None:
        """How long the run takes, or the window of the data set, where the configuration says."""
        if self._own_time and self.calendar is not None:
            return (self.calendar.end - self.calendar.start) / 1000
        return length_of(self._config)

    def prepare(self) -> None:
        """Make the pieces of events for all people now, so that those who are met first cost no more than others.

        It takes some microseconds a person.
        """
        for emitter in self._emitters.values():
            emitter.buffer.pieces.prepare()

    def narrow(self, window: Slice, counts: dict[str, int]) -> None:
        """Replay a part of the window next: so many transactions of each payment method."""
        for method, count in counts.items():
            self._emitters[method].narrow(self._part_of(method, window), count)

    def _part_of(self, method: str, window: Slice) -> Slice:
        own = self._calendar_of(method)
        return window if own is None or own is window.whole else own.between(window.start, window.end)

    def masses(self, method: str, windows: Sequence[Slice]) -> np.ndarray:
        """The shares of a method's transactions that lie in each part of the window."""
        refunds = self._refunded()
        sampler = self._emitters[method].buffer.sampler
        found = np.array([sampler.mass(self._part_of(method, window), refunds) for window in windows])
        values: np.ndarray = found / found.sum()
        return values

    @property
    def pilot_size(self) -> int:
        """Payments of a pilot, see `follow_ups_after`."""
        return next(iter(self._emitters.values())).buffer.sampler.pilot.count

    def follow_ups_after(self, method: str) -> np.ndarray:
        """How long after a payment by this method its follow-ups come: milliseconds, sorted, of `pilot` payments."""
        follow_ups = self._emitters[method].follow_ups
        if follow_ups is None or self.calendar is None:
            return np.empty(0)
        return follow_ups.delays(self.calendar.start)

    def cells(self) -> dict[str, np.ndarray]:
        """Of each method's payments, (COUNTRIES, MERCHANT_CATEGORIES): their shares."""
        return {method: emitter.buffer.sampler.cells() for method, emitter in self._emitters.items()}

    def batch(self, method: str, n: int) -> Batch:
        """The next n transactions of a payment method, n at least 1. Ids are handed out in order, over all methods.

        Raises UnknownEntry where no such method is registered.
        """
        return self.timed_batch(method, n)[0]

    @property
    def following(self) -> FollowUpFigures | None:
        """What follows payments, as far as it has gone out; None where nothing does but refunds."""
        return None if self._following is None else self._following.figures

    @property
    def lines_of_follow_ups(self) -> Sequence[Line]:
        """Who writes what follows payments, a method and configuration each."""
        return [] if self._following is None else self._following.lines

    def follow_ups(self, most: int) -> Batch | None:
        """What is due of what follows payments, if that fills a batch or has waited for long: up to `most` of it, of
        one payment method."""
        if self._following is None:
            return None
        now = self._clock() // 1_000_000
        line = self._following.ready(now, most)
        batch = None if line is None else self._followed(line, most, now)[0]
        return batch or None  # functions may have dropped all of it

    def timed_follow_ups(self, before: int, most: int = _AT_ONCE) -> Timed | None:
        """In replay what follows payments and is due before a moment, Unix milliseconds: a batch of it, `most` at the
        most; None where there is no more."""
        if self._following is None or (line := self._following.due_before(before)) is None:
            return None
        return self._followed(line, min(most, _AT_ONCE), self._clock() // 1_000_000)

    def _followed(self, line: Line, most: int, now: int) -> Timed:
        assert self._following is not None
        if self._hook is not None:
            parts = self._hooked_follow_ups(self._following, line, most, now, self._hook)
            return self._joined(line.method, parts)
        parts = []
        while most and (number := min(most, line.follow_ups.ready)):
            parts.append(self._following.take(line, number, self._next, now, self._own_time))
            self._next += len(parts[-1][0])
            most -= len(parts[-1][0])
        return parts[0] if len(parts) == 1 else self._joined(line.method, parts)

    def _hooked_follow_ups(self, following: Following, line: Line, most: int, now: int, hook: Hook) -> list[Timed]:
        """Batches of one, as `_hooked` makes them. Raises HookError."""
        first, made = self._next, list[Timed]()
        try:
            while len(made) < most and line.follow_ups.ready:
                batch, times = following.take(line, 1, self._next, now, self._own_time)
                body = hook.body(batch.bodies[0])
                if body is None:
                    following.forget(self._next)
                    continue
                batch.bodies[0] = body
                made.append((batch, times))
                self._next += 1
        except HookError:
            following.forget(first)
            self._next = first
            raise
        return made

    def timed_batch(self, method: str, n: int) -> tuple[Batch, np.ndarray | None]:
        """A batch, and in replay the time of each of its transactions (Unix milliseconds)."""
        emitter = self._emitters.get(method) or self._emitter(method)
        if self._lines:
            self._follow()
        now = self._clock() // 1_000_000
        if self._hook is not None:
            parts = self._hooked(method, emitter, n, now, self._hook)
            return parts[0] if len(parts) == 1 else self._joined(method, parts)
        if n == 1:
            return self._one(method, emitter, now)
        parts = [self._part(method, emitter, min(_AT_ONCE, n - done), now) for done in range(0, n, _AT_ONCE)]
        return parts[0] if len(parts) == 1 else self._joined(method, parts)

    def _joined(self, method: str, parts: Sequence[Timed]) -> Timed:
        if not parts:
            return Batch(method, [], []), None if self.calendar is None else np.empty(0, np.int64)
        batch = Batch.joined([part for part, _ in parts])
        if self.calendar is None:
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
        self._refundable[method].forget(first)
        self._copies[method].forget(first)
        self._clocks.forget(first)
        if self._following is not None:
            self._following.forget(first)
        self._next = first

    def _one(self, method: str, emitter: Emitter, now: int) -> Timed:
        if (rest := emitter.buffer.single(now)) is None:
            taken = emitter.buffer.take(1, now)
            batch, consumed, times = emitter.emit(method, taken, self._next, now, self._own_time)
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
            batch, consumed, times = emitter.emit(method, taken, self._next, now, self._own_time)
        else:
            batch, consumed, times = self._plain(method, emitter, taken, now), n, None
        self._next += consumed
        return batch, times

    def _plain(self, method: str, emitter: Emitter, taken: TakenPayments, now: int) -> Batch:
        batch = emitter.stamped(method, taken, now, now, self._next)
        batch.fraud = taken.fraud
        emitter.remember_last(batch)
        return batch
