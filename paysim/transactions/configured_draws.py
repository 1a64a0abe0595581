"""What a producer draws by one configuration: its tables, its calendar, who pays next, and an emitter a method.

Such draws are made whole, which takes a second and more for a large population, and nothing that is configured changes
afterwards: a reload makes others and the generator goes over to them. What outlasts a configuration is kept in
`producer_state`; what follows payments that went out already (`following`) goes from one to the next.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from paysim.config.run_length import run_length
from paysim.config.schema import Config
from paysim.transactions.behaviour.mix.joint_table import METHOD
from paysim.transactions.behaviour.payers import PayersOfMethod, Walk, Walked, Weighted
from paysim.transactions.behaviour.payment_sampler import PaymentSampler
from paysim.transactions.behaviour.sampling_tables import SamplingTables
from paysim.transactions.behaviour.timing.banking_days import other_days, settles
from paysim.transactions.behaviour.timing.calendar import Calendar, Slice
from paysim.transactions.behaviour.timing.week import Week
from paysim.transactions.events.draw_buffer import DrawBuffer
from paysim.transactions.events.emitter import Emitter
from paysim.transactions.events.follow_up_events import FollowUpWriter
from paysim.transactions.events.layout import Rest
from paysim.transactions.events.mapping import CompiledMapping
from paysim.transactions.events.payment_pieces import PaymentPieces
from paysim.transactions.events.repeats.copies import delays
from paysim.transactions.events.stamps import Stamper
from paysim.transactions.lifecycle.follow_ups import FollowUps
from paysim.transactions.methods.base import METHODS
from paysim.transactions.scenarios.marking import MarkedShares, Marker
from paysim.transactions.world.active import World
from paysim.transactions.world.countries import COUNTRIES

from .following import Following, Line
from .producer_state import ProducerState
from .randomness import by_name
from .reach import REFUNDED, Reach

_GOLDEN = 0.6180339887498949


class ConfiguredDraws:
    """number: of the configuration in this run, from 1. walk: None where people are drawn by weight. calendar: of
    replay. following: None where nothing has followed payments but refunds so far. emitters: by payment method. reach:
    of the shares that are asked for, whether they can be."""

    def __init__(self, config: Config, producer: ProducerState, before: "ConfiguredDraws | None" = None) -> None:
        """before: what the producer draws by until now. It may go on meanwhile, in another thread."""
        transaction = config.transaction
        self.config, self._producer = config, producer
        self.number: int = 1 if before is None else before.number + 1
        self.mapping = CompiledMapping(transaction.mapping, config.output.format)
        world = World(producer.population, transaction, producer.number)
        self.walk = self._walk_of(world)
        self._tables = SamplingTables(world, transaction, self.mapping, config.output.event_hub.partition_by)
        self.calendar, self._transfers = self._calendars()
        self.following: Following | None = None if before is None else before.following
        if self._tables.follows and self.following is None:
            self.following = Following((producer.seed, producer.number))
        if self.following is not None:
            self._timing = self.following.timing(config, self.calendar, producer.now())
        self._lines: list[Line] = []
        self.reach = Reach(self._tables.mix.methods)
        self.emitters = {method: self._emitter(method) for method in METHODS if method in self._tables.mix.methods}

    def begin(self, before: "ConfiguredDraws | None" = None) -> None:
        """From now on the producer draws by this; before: what it drew by until now."""
        self._producer.clocks.configure(self.config.transaction.violations, self._tables.mix, self._refunded())
        for copies in self._producer.copies.values():
            copies.delays = delays(self._seconds())
        if self.walk is not None and before is not None and before.walk is not None:
            self.walk.go_on_from(before.walk)
        self._follow()

    def _follow(self) -> None:
        """What follows the payments of emitters made so far is handed out from now on."""
        if self.following is not None:
            self.following.begin(self._timing, self._lines)
            self._lines = []

    def emitter(self, method: str) -> Emitter:
        """Of a payment method, with or without a share of the mix. Raises UnknownEntry where none is registered."""
        known = self.emitters.get(method)
        if known is None:
            known = self.emitters[method] = self._emitter(METHODS[method].name)
            self._follow()
        return known

    def _refunded(self) -> float:
        """The share of refunds that are drawn in the places of payments."""
        return 0.0 if self._tables.follows else self._tables.mix.statuses.get("refunded", 0.0)

    def _refunds_wanted(self, followed: float) -> float | None:
        """Refunds for each payment that something can follow, where statuses are configured. followed: their share."""
        if self.config.transaction.patterns.payment_status == "auto":
            return None
        refunded = self._tables.mix.statuses.get("refunded", 0.0)
        return refunded / (1.0 - refunded) / followed if refunded < 1.0 else None

    def _walk_of(self, world: World) -> Walk | None:
        """The walk round the ring by which people pay; None where they are drawn by weight."""
        if not world.is_even:
            return None
        shares = world.table.margin(METHOD)
        start = self._producer.number * _GOLDEN  # workers that share their people walk far from one another
        rng = self._producer.walk_stream(self.number - 1)
        return Walk(world.payers, shares, world.persons.uniform("phase"), rng, start)

    def _payers(self, method: str) -> PayersOfMethod:
        if self.walk is not None:
            return Walked(self.walk, METHODS.names.index(method))
        uniform = self._producer.draws[method]["customer"]
        return Weighted(self._tables.payers(method), self._tables.world.country, uniform)

    def _calendars(self) -> tuple[Calendar | None, Calendar | None]:
        """Of replay: the calendar of payments, and that of methods that settle on banking days."""
        times = self.config.transaction.timestamps
        if times.mode == "live" or times.start is None or times.end is None:
            return None, None
        present = set(self._tables.world.present)
        zones = [country.zone if i in present else None for i, country in enumerate(COUNTRIES.values())]
        start, end = (round(moment.timestamp() * 1000) for moment in (times.start, times.end))
        statuses = self._tables.mix.statuses
        week, names = Week.of(times), COUNTRIES.names
        whole = Calendar(week, zones, start, end, names)
        # A configured weekend holds for all: then transfers are completed on it too.
        by_day = Calendar(week, zones, start, end, names, settles, other_days(statuses)) if week.by_facts else whole
        return whole, by_day

    def _calendar_of(self, method: str) -> Calendar | None:
        return self._transfers if METHODS[method].settles_by_day else self.calendar

    def _emitter(self, method: str) -> Emitter:
        producer, transaction = self._producer, self.config.transaction
        amounts = transaction.patterns.amounts.of(method)
        sampler = PaymentSampler(self._tables, method, producer.draws[method], amounts, self._payers(method))
        shares = MarkedShares.of(method, self._tables.mix.methods, self._refunded(), by_name(transaction.violations))
        share = self._tables.mix.methods.get(method, 1.0)
        volume = transaction.volume
        marker = Marker(
            shares,
            producer.marks[method],
            None if volume.rate is None else volume.rate * share,
            None if volume.total is None else int(volume.total * share),
        )
        pieces = PaymentPieces(self._tables, sampler.records)
        pool = producer.refundable[method]
        buffer = DrawBuffer(sampler, pieces, marker, pool, producer.clocks, share)
        if self.calendar is not None:
            # Of all that goes out; what scenarios take is never given back.
            completed = max(1e-9, self._tables.mix.statuses.get("completed", 0.0) * shares.kept)
            own = self._calendar_of(method)
            assert own is not None
            reached = sampler.replay(own, marker.given_back / completed)
            if shares.refunds:
                self.reach.note(REFUNDED, method, marker.given_back, reached * completed)
            buffer.narrow(own.between(own.start, own.end))
        layout = pieces.layout.parts if pieces.layout else (b"{}", Rest(0, 1))
        stamper = Stamper(layout, producer.run, producer.number, producer.sequences)
        follow_ups = self._follow_ups(method, sampler, pieces, stamper, shares.followed)
        if follow_ups is not None:
            marker.fit(partial(follow_ups.suited, start=self._start))
            for name, (asked, possible) in marker.reached.items():
                self.reach.note(f"violations.{name}", method, asked, possible)
        copies, rng = producer.copies[method], producer.edits[method]
        return Emitter(buffer, stamper, self.mapping, pool, copies, rng, follow_ups)

    def _follow_ups(
        self, method: str, sampler: PaymentSampler, pieces: PaymentPieces, stamper: Stamper, followed: float
    ) -> FollowUps | None:
        """What will follow the payments of a method, where anything but refunds does. followed: the share of those
        that something can follow."""
        if self.following is None or not self._tables.follows:
            return None
        writer = FollowUpWriter(method, pieces, stamper, self.mapping)
        wanted = self._refunds_wanted(followed)
        line = self.following.line(self._timing, self.number, sampler, writer, wanted, self._start)
        if line.refunds is not None:
            each = line.refunds * followed
            self.reach.note(REFUNDED, method, self._tables.mix.statuses.get("refunded", 0.0), each / (1.0 + each))
        self._lines.append(line)
        return line.follow_ups

    @property
    def _start(self) -> int:
        """Of the window in replay, Unix milliseconds; anything live."""
        return round(self.calendar.start) if self.calendar else 0

    def _seconds(self) -> float | None:
        """How long the run takes, or the window of the data set, where the configuration says."""
        if self._producer.own_time and self.calendar is not None:
            return (self.calendar.end - self.calendar.start) / 1000
        return run_length(self.config)

    def prepare(self) -> None:
        """Make the pieces of events for all people now, so that those who are met first cost no more than others.

        It takes some microseconds a person.
        """
        for emitter in self.emitters.values():
            emitter.buffer.pieces.prepare()

    def narrow(self, window: Slice, counts: dict[str, int]) -> None:
        """Replay a part of the window next: so many transactions of each payment method."""
        for method, count in counts.items():
            self.emitters[method].narrow(self._part_of(method, window), count)

    def _part_of(self, method: str, window: Slice) -> Slice:
        own = self._calendar_of(method)
        return window if own is None or own is window.whole else own.between(window.start, window.end)

    def masses(self, method: str, windows: Sequence[Slice]) -> np.ndarray:
        """The shares of a method's transactions that lie in each part of the window."""
        refunds = self._refunded()
        sampler = self.emitters[method].buffer.sampler
        found = np.array([sampler.mass(self._part_of(method, window), refunds) for window in windows])
        values: np.ndarray = found / found.sum()
        return values

    @property
    def pilot_size(self) -> int:
        """Payments of a pilot, see `follow_ups_after`."""
        return next(iter(self.emitters.values())).buffer.sampler.pilot.count

    def follow_ups_after(self, method: str) -> np.ndarray:
        """How long after a payment by this method its follow-ups come: milliseconds, sorted, of a pilot's payments."""
        follow_ups = self.emitters[method].follow_ups
        if follow_ups is None or self.calendar is None:
            return np.empty(0)
        return follow_ups.delays(self.calendar.start)

    def cells(self) -> dict[str, np.ndarray]:
        """Of each method's payments, (COUNTRIES, MERCHANT_CATEGORIES): their shares."""
        return {method: emitter.buffer.sampler.cells() for method, emitter in self.emitters.items()}
