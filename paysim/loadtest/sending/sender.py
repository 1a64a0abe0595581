"""The sending side of a process: a standalone run and every worker have one, a master has none."""

import gc
import math
import random
import time
from collections.abc import Callable
from functools import partial
from time import perf_counter
from types import MappingProxyType

import gevent
from gevent.lock import Semaphore
from locust.env import Environment

from paysim.config import capacity
from paysim.config.arrivals import ARRIVALS
from paysim.config.mix import mix_of
from paysim.config.schema import Config
from paysim.config.targets import destinations
from paysim.contract.identity import Run
from paysim.eventhub.hub_identity import HubIdentity
from paysim.loadtest.cluster.budget import Budget
from paysim.loadtest.cluster.sources import OTHERS, Parts, divided
from paysim.loadtest.live.partition_counts import Partitions
from paysim.loadtest.pacing import schedule
from paysim.loadtest.pacing.rate_plan import RateTarget
from paysim.loadtest.pacing.slots import ClosedSlots, OpenSlots, SlotScheduler
from paysim.loadtest.report.labels_file import Collected
from paysim.loadtest.users import own_rates
from paysim.pipeline.records import Records
from paysim.publishers import make_publisher
from paysim.transactions import hook
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.lifecycle import speedup

from .beside import beside
from .current_session import process
from .session import Session
from .statistics import Statistics

_MET_ON_THE_WAY = 20_000  # transactions/s


class Sender:
    """Opens the publisher once and makes a session of each run."""

    def __init__(
        self, environment: Environment, config: Config, connection_string: str | None = None, *, looks: bool = True
    ) -> None:
        """connection_string: overrides the configured one: the address of an embedded hub.

        looks: whether this process asks the hub how events spread over the partitions; one process of a test is enough.
        """
        self._environment = environment
        self._config = config
        self._publisher = make_publisher(config, connection_string)
        self._rng = random.Random()
        self.run_time: float | None = None
        """Seconds after which the run that is on, or the next one, ends at the latest; None where nothing says so."""
        self._partitions: Partitions | None = None
        self._prepared: tuple[int, int, TransactionGenerator] | None = None
        self._preparing = Semaphore()
        self._until = math.inf
        self._parts: Parts = {}
        self._looks_at = (config.output.event_hub, connection_string) if looks else None

    @property
    def target(self) -> str:
        """What people know the target by, without a secret."""
        return self._publisher.target

    @property
    def identity(self) -> HubIdentity | None:
        """Which hub it is, as it said itself when it was opened."""
        return self._publisher.identity

    @property
    def batch_size(self) -> int:
        """Transactions of a batch, now."""
        return self._config.output.batch_size

    def open(self) -> None:
        """Connect and check the target, before the first user. Raises TargetError."""
        if self._looks_at is not None and destinations.of(self._config.output).is_hub:
            self._partitions = Partitions(*self._looks_at)  # looks for the first time while the rest is made ready
        self._publisher.open()

    def prepare(self, number: int, producer: int) -> None:
        """Make the population of the run with this number beforehand, so that the run does not have to wait for it."""
        with self._preparing:
            if self._prepared is None or self._prepared[:2] != (number, producer):
                run = Run.at(time.time(), number)  # only its number is in what is generated
                self._prepared = (number, producer, _generator(self._drawn_by, run, producer))
            generator = self._prepared[2]
        # It may have been made before the run time was known, which the start form tells last.
        self._draw_as_configured(generator)
        if self._partitions is not None:
            self._partitions.ready()

    def _generator_of(self, run: Run, producer: int) -> TransactionGenerator:
        self.prepare(run.number, producer)
        assert self._prepared is not None
        (_, _, generator), self._prepared = self._prepared, None
        return generator

    @property
    def _drawn_by(self) -> Config:
        """The configuration for the generator, with a speed-up that fits Locust's run time, which it does not know."""
        return speedup.worked_out(self._config, self.run_time)

    def _draw_as_configured(self, generator: TransactionGenerator) -> None:
        with self._preparing:
            if not generator.draws_alike(config := self._drawn_by):
                generator.draw_by(beside(partial(generator.draws_of, config)))
                gc.freeze()  # see `_lay_aside`; collecting would hold everything up

    def begin(
        self,
        run: Run,
        producer: int,
        producers: int,
        pace: RateTarget | None,
        phase: float,
        budget: Budget,
        on_exhausted: Callable[[], None],
        *,
        leased: bool = False,
        records: bool = False,
        parts: Parts = MappingProxyType({}),
    ) -> None:
        """Begin a run. Raises TargetError.

        pace: this process's part of the rate (open model) or of the ceiling (closed model). phase: where between two
        batches of its schedule this producer begins, 0 to 1. leased: nothing is sent before `steer` grants it. records:
        whether a record is kept of each send (`pipeline.records`). parts: see `steer`.
        """
        config = self._config
        # Workers draw differently, and a seeded one draws the same again.
        self._rng = random.Random(f"{run.number if config.seed is None else config.seed}/{producer}")
        self._publisher.begin(run, producer, producers)
        statistics = Statistics(
            self._environment,
            destinations.of(config.output).request_type,
            self._publisher.target,
            event_per_transaction=config.load.request_events == "transaction",
        )
        generator = self._generator_of(run, producer)
        self._until = perf_counter() if leased else math.inf
        self._parts = self._of_own(parts)
        slots = self._slots(divided(pace, self._parts)[OTHERS], phase)
        linger = config.output.linger_ms / 1000
        session = Session(generator, run, producer, self._publisher, statistics, slots, budget, on_exhausted, linger)
        self._divide(session, pace)
        if self._partitions is not None:
            self._partitions.begin()
            session.partitions = self._partitions.events
        session.records = Records(producer) if records else None
        session.latencies.keep_apart(config.thresholds.by_method)
        session.labels = Collected() if config.report.labels is not None else None
        process.begin(session, mix_of(config.transaction).methods, self._rng)

    def _slots(self, pace: RateTarget | None, phase: float = 0.0) -> SlotScheduler:
        volume, batch_size = self._config.transaction.volume, self._config.output.batch_size
        if pace is None or not pace.open:
            return ClosedSlots(batch_size, volume.rate_per_user, pace.rate if pace else None, self._until)
        gap = ARRIVALS[volume.arrivals].gaps(self._rng)
        now = perf_counter()
        first = phase * schedule.batch_of(batch_size, pace.rate)
        due = schedule.Schedule(now, pace.rate, gap, phase=first, until=self._until)
        due.change_rate(now, pace.rate, pace.slope)
        return OpenSlots(batch_size, due)

    def steer(self, pace: RateTarget | None, until: float = math.inf, parts: Parts = MappingProxyType({})) -> None:
        """From now on send at this rate: that of the test, or this process's share of it. It holds until a moment of
        `perf_counter`.

        parts: how much of it user classes with rates of their own have.
        """
        session = process.session
        if session is None or session.finished:
            return
        self._until, self._parts = until, self._of_own(parts)
        pace = self._divide(session, pace)
        session.slots.extend(until)
        is_open = pace is not None and pace.open
        if is_open is not isinstance(session.slots, OpenSlots):
            session.reconfigure(self._config, self._slots(pace))
        elif pace is not None:
            session.slots.set_rate(pace.rate, pace.slope)

    def _of_own(self, parts: Parts) -> Parts:
        """The parts of all user classes with rates of their own: each takes its slots from nobody else's."""
        return {name: parts.get(name, 0.0) for name in own_rates(self._environment)}

    def _divide(self, session: Session, pace: RateTarget | None) -> RateTarget | None:
        """Set the rates of user classes that have one of their own. Returns the pace of the others."""
        of_source = divided(pace, self._parts)
        for source in self._parts:
            own = of_source[source]
            assert own is not None
            if (slots := session.own_slots.get(source)) is None:
                made = self._slots(own)
                assert isinstance(made, OpenSlots)
                session.own_slots[source] = made
            else:
                slots.batch_size = self._config.output.batch_size
                slots.extend(self._until)
                slots.set_rate(own.rate)
        return of_source[OTHERS]

    def reconfigure(self, config: Config, pace: RateTarget | None) -> None:
        """Take over a reload between two batches; `config` differs from the one before only in keys that may change.

        The pace changes at once. What is drawn changes a second or two later, because tables are made for it first.
        """
        before, self._config = self._config, config
        session = process.session
        if session is None or session.finished:
            return
        slots, pace = session.slots, self._divide(session, pace)
        pacing_keys = [(c.output.batch_size, c.transaction.volume) for c in (before, config)]
        if isinstance(slots, OpenSlots) and pace is not None and pace.open:
            slots.batch_size = config.output.batch_size
            slots.set_rate(pace.rate, pace.slope)
        elif pacing_keys[0] != pacing_keys[1]:
            slots = self._slots(pace)
        session.reconfigure(config, slots)
        gevent.spawn(self._change_mix, session)

    def _change_mix(self, session: Session) -> None:
        self._draw_as_configured(session.generator)
        if process.session is session:
            process.shuffle(mix_of(self._config.transaction).methods, self._rng)

    def finish(self) -> Session | None:
        """The run is over: end its sends. Returns the session, or None where this process had no part in a run."""
        session = process.session
        if session is not None and not session.finished:
            process.end()
            session.finish()
        return session

    def close(self) -> None:
        """Give back connections and files."""
        self._publisher.close()
        if self._partitions is not None:
            self._partitions.close()


def _generator(config: Config, run: Run, producer: int) -> TransactionGenerator:
    def make() -> TransactionGenerator:
        found = TransactionGenerator(config, run=run, producer=producer, functions=tuple(hook.REGISTERED))
        if _is_fast(config):
            found.prepare()
        return found

    _lay_aside()  # what is left of the run before goes first, so that no two runs' people are there at once
    made = beside(make)
    _lay_aside()
    return made


def _is_fast(config: Config) -> bool:
    """Whether the rate is so high that people should be made before the run, not when they first pay."""
    if capacity.scheduled(config):
        rate = capacity.peak_rate(config)
        return rate is None or rate > _MET_ON_THE_WAY
    return config.transaction.volume.rate_per_user is None


def _lay_aside() -> None:
    """Spare the garbage collector what is there for the whole run: looking through a population takes it some ten
    milliseconds each time, in which nothing else runs, and it finds nothing."""
    gc.unfreeze()  # of the run before
    gc.collect()
    gc.freeze()
    # Thousands of users that wait are tens of thousands of objects that come and go, and none of them is garbage.
    gc.set_threshold(20_000, 10, 10)
