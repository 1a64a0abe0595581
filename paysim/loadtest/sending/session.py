"""One process's part of a run: it generates, sends, and writes down what became of it.

A session lives from the start of a test to its end, in the process that sends (a standalone run or a worker). Locust's
events reach it through `standalone` and `worker`; users wait for their slots in `slots`; the publisher sends batches.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import accumulate
from time import perf_counter

import gevent
from gevent.event import Event

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.delivery.ledger import Ledger, Sent
from paysim.loadtest.cluster.budget import Budget
from paysim.loadtest.pacing.schedule import LATE_AFTER
from paysim.loadtest.pacing.slots import OpenSlots, Slot, SlotScheduler
from paysim.loadtest.report.labels_file import Collected
from paysim.pipeline.records import Records
from paysim.publishers.base import Acknowledgement, OnOutcome, Publisher, SendError
from paysim.summary.counters import Lateness
from paysim.summary.model import FollowUpsRecord, HookRecord, PeopleRecord, ShortfallRecord
from paysim.transactions.batch import Batch
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.hook import HookError

from . import processor_time
from .account import Account
from .event_loop_lag import Watch
from .in_flight import InFlightBatch, WaitingUser, fail
from .latency import Latencies
from .linger import FULL, Lingering, Share
from .outcomes import OutcomeRecorder
from .statistics import Statistics

DRAIN_SECONDS = 8.0
"""How long the end of a run waits for open sends; what is open then is unknown."""
FEW = 10
"""Transactions made in one callback at most before the event loop is let look: by itself it does after fifty."""
PIECE = 500
"""Transactions made at a time: about two milliseconds, in which nothing else runs."""
HOOKED_PIECE = 100
"""The same where functions of the user's own change each of them."""
_OWED = 10_000
"""Methods whose slots went to what follows earlier payments, in the order in which they were dealt: payments take
theirs from there first, or shares would be left to chance. Of a long run the oldest are let go, whatever they are."""


class Session:
    """What one process sends in one run."""

    def __init__(
        self,
        generator: TransactionGenerator,
        run: Run,
        producer: int,
        publisher: Publisher,
        statistics: Statistics,
        slots: SlotScheduler,
        budget: Budget,
        on_exhausted: Callable[[], None],
        linger: float,
    ) -> None:
        """`on_exhausted` is called when the budget, by itself, has nothing left. `linger`: seconds that transactions of
        several users wait for each other, 0 for not at all."""
        self.run = run
        self.slots = slots
        self.own_slots: dict[str, OpenSlots] = {}
        """Of user classes with a rate of their own, by name; all others take theirs from `slots`."""
        self.budget = budget
        self.ledger = Ledger(producer)
        self.latencies = Latencies()
        self._late = 0
        self._late_max = 0.0  # seconds after the scheduled time
        self._watch = Watch()
        self.finished = False
        self.partitions: Callable[[], dict[str, int]] = dict
        self.labels: Collected | None = None  # where the run's are to be written
        self.records: Records | None = None  # where the run is watched behind the hub
        self.generator = generator
        self._owed: deque[str] = deque(maxlen=_OWED)
        self._piece = PIECE if generator.hook is None else HOOKED_PIECE
        self._publisher = publisher
        self._outcomes = OutcomeRecorder(self.latencies, statistics)
        self._on_exhausted = on_exhausted
        self._lingering = Lingering(self._pay_together, linger)
        self._ahead = 0.0  # of slots that were given by schedules which have been replaced
        self._closed = False
        self._never = Event()

    def slots_of(self, user: str) -> SlotScheduler:
        """Where a user class takes its slots."""
        return self.own_slots.get(user, self.slots)

    def pay(self, method: str, slot: Slot) -> None:
        """Make the transactions of a slot, send them, and wait until they have their outcomes.

        Other greenlets run meanwhile, in any case. If the user is killed while its transactions are made, fewer are
        made; if it is killed later, the send goes on without it. Either way nothing is half done.
        """
        if slot.n == 0:
            gevent.sleep(0)
            return
        if slot.n > FEW:
            self._watch.breathe()
        n = 0 if self._closed else self.budget.take(slot.n)
        if n == 0 or self._closed:
            self._never.wait()  # the run is over: users are stopped from outside
        if self._lingering.seconds and n <= FULL:
            waiting = self._waiting(n, slot)
            self._lingering.add(method, waiting)
        else:
            waiting = self._pay_alone(method, n, slot)
        if self.budget.exhausted:
            self._on_exhausted()
        waiting.wait()

    def _pay_alone(self, method: str, n: int, slot: Slot) -> WaitingUser:
        """Send for one user. If enough follow-ups of earlier payments are due, they are sent instead of new
        payments."""
        followed = self.generator.follow_ups(min(n, self._piece))
        first_sent = None if followed is None else self._hand_out(followed)
        left = n - (0 if followed is None else len(followed))
        if followed is not None and first_sent is not None and not left:
            self._owed.append(method)
            waiting = self._waiting(n, slot)
            self._publisher.send(followed, self._on_outcome(followed, first_sent, [waiting]))
            return waiting
        if self._owed:
            self._owed.append(method)
            method = self._owed.popleft()
        first = self.generator.batch(method, min(left, self._piece))
        pieces, sent = [first], self._hand_out(first)
        try:
            if left > self._piece:
                self._make_rest(pieces, sent, left)
        finally:
            batch = Batch.joined(pieces)
            waiting = self._waiting(n - left + len(batch), slot)
            if followed is not None and first_sent is not None:
                self._publisher.send(followed, self._on_outcome(followed, first_sent, [waiting]))
            self._publisher.send(batch, self._on_outcome(batch, sent, [waiting]))
        return waiting

    def _make_rest(self, pieces: list[Batch], sent: Sent, n: int) -> None:
        """Make further pieces until there are n transactions in all. Between two pieces other greenlets run, whose
        latency would grow otherwise."""
        made = len(pieces[0])
        try:
            while made < n and not self._closed:
                if pieces[0].keys is None:  # by key, what was made first has to be sent first
                    gevent.sleep(0)
                    self._watch.breathe()
                pieces.append(self.generator.batch(sent.method, min(n - made, self._piece)))
                made += len(pieces[-1])
                self._hand_out(pieces[-1], sent)
        finally:
            self.budget.give_back_unused(n - made)

    def _pay_together(self, share: Share) -> None:
        """Send for users who wait together: first what is due of follow-ups, then payments for whoever is left."""
        everyone = [each for waiting in share.values() for each in waiting]
        needs = [each.left for each in everyone]
        try:
            followed = self.generator.follow_ups(sum(needs))
        except HookError as error:
            fail(everyone, error)
            return
        if followed is None and not self._owed:
            payments = [(method, waiting, [each.left for each in waiting]) for method, waiting in share.items()]
            self._publisher.send_together(self._paid(payments))
            return
        parts = []
        if followed is not None:
            theirs, needs = _first(needs, len(followed))
            parts.append(self._part(followed, everyone, theirs))
        self._owed.extend(method for method, waiting in share.items() for each in waiting for _ in range(each.left))
        payments = []
        for method, n in Counter(self._owed.popleft() for _ in range(sum(needs))).items():
            theirs, needs = _first(needs, n)
            payments.append((method, everyone, theirs))
        self._publisher.send_together(parts + self._paid(payments))

    def _paid(
        self, payments: Sequence[tuple[str, Sequence[WaitingUser], Sequence[int]]]
    ) -> list[tuple[Batch, OnOutcome]]:
        """Batches of payments: of each method, for which users and how many for each. Users of a batch that the user's
        own function refuses fail."""
        parts = []
        for method, waiting, counts in payments:
            try:
                batch = self.generator.batch(method, sum(counts))
            except HookError as error:
                fail([each for each, n in zip(waiting, counts, strict=True) if n], error)
                continue
            parts.append(self._part(batch, waiting, counts))
        return parts

    def _part(self, batch: Batch, waiting: Sequence[WaitingUser], counts: Sequence[int]) -> tuple[Batch, OnOutcome]:
        """Make a batch for the first of these users. counts: how many transactions each of them gets."""
        whose = [(each, n) for each, n in zip(waiting, counts, strict=True) if n]
        in_flight = InFlightBatch(self._hand_out(batch), batch, [each for each, _ in whose], [n for _, n in whose])
        return batch, partial(self._note_outcome, in_flight)

    def _waiting(self, n: int, slot: Slot) -> WaitingUser:
        waiting = WaitingUser(n, slot.scheduled)
        if slot.scheduled is not None:
            behind = waiting.ready - slot.scheduled
            self._late_max = max(self._late_max, behind)
            if behind > LATE_AFTER:
                self._late += n
        return waiting

    def _hand_out(self, batch: Batch, sent: Sent | None = None) -> Sent:
        """Enter a batch into ledger and labels. sent: the batches that are sent together with it."""
        if (batch.labels or batch.fraud) and self.labels is not None:
            self.labels.note(batch)
        return self.ledger.hand_out(batch, self.generator.next_sequence, sent)

    def _on_outcome(self, batch: Batch, sent: Sent, waiting: Sequence[WaitingUser]) -> OnOutcome:
        return partial(self._note_outcome, InFlightBatch(sent, batch, waiting))

    def _note_outcome(self, in_flight: InFlightBatch, part: Batch, outcome: Acknowledgement | SendError) -> None:
        now = perf_counter()
        size = part.size
        if isinstance(outcome, Acknowledgement):
            self.ledger.acked(in_flight.sent, part, size, maybe_twice=outcome.maybe_twice)
        else:
            self.ledger.not_acked(in_flight.sent, part, unknown=outcome.unknown)
        if self.records is not None:
            self._record(self.records, in_flight.waiting, part, outcome, now)
        if not self._outcomes:
            gevent.get_hub().loop.run_callback(self._outcomes.write)
        shares = in_flight.end(part)
        self._outcomes.add(part.method, size, [(n, now - each.ready) for n, each in shares], outcome)
        if in_flight.waiting[0].scheduled is not None and isinstance(outcome, Acknowledgement):
            for n, each in shares:
                if each.scheduled is not None:
                    self.latencies.record("from_schedule", now - each.scheduled, n, part.method)

    @staticmethod
    def _record(
        records: Records,
        waiting: Sequence[WaitingUser],
        part: Batch,
        outcome: Acknowledgement | SendError,
        now: float,
    ) -> None:
        unknown = not isinstance(outcome, Acknowledgement)
        if isinstance(outcome, SendError) and not outcome.unknown:
            return  # it was surely not stored
        first = waiting[0]
        intended = first.ready if first.scheduled is None else first.scheduled
        moment = time.time()
        twice = isinstance(outcome, Acknowledgement) and outcome.maybe_twice
        records.note_outcome(part, moment - (now - intended), moment, unknown=unknown, maybe_twice=twice)

    def reconfigure(self, config: Config, slots: SlotScheduler) -> None:
        """A reload: from the next batch on, transactions are paced as this configuration says."""
        self._owed.clear()  # they were dealt by the mix of before
        self._lingering.flush()
        self._lingering.seconds = config.output.linger_ms / 1000
        self.latencies.keep_apart(config.thresholds.by_method)
        if slots is not self.slots:
            self.slots, old = slots, self.slots
            self._ahead += old.ahead
            old.retire()

    def finish(self) -> None:
        """Hand out nothing more and wait for open sends; the outcome of what is open after that is unknown."""
        self._closed = True
        self.budget.close()
        for slots in (self.slots, *self.own_slots.values()):
            slots.retire()
        self._lingering.flush()
        self._publisher.drain(DRAIN_SECONDS)
        self._outcomes.write()
        self._watch.stop()
        self.generator.let_go()
        self.finished = True

    def account(self) -> Account:
        """This process's account so far: what a summary adds up."""
        self._outcomes.write()
        return Account.model_construct(
            run=self.run.id,
            ledger=self.ledger.account(),
            latencies=self.latencies.encode(),
            latencies_by_method=self.latencies.encode_methods(),
            ahead=self._ahead + sum(slots.ahead for slots in (self.slots, *self.own_slots.values())),
            lateness=Lateness(late=self._late, late_max_ms=self._late_max * 1000),
            event_loop_lag=replace(self._watch.lag),
            hub=self._publisher.figures,
            cpu_s=processor_time.taken(),
            cpu_waited_s=processor_time.waited(),
            partitions=self.partitions(),
            payments_for_refunds=self.generator.payments_for_refunds,
            copies_waiting=self.generator.copies_waiting,
            shortfalls={key: ShortfallRecord(**asdict(each)) for key, each in self.generator.shortfalls.items()},
            hook=None if (hook := self.generator.hook) is None else HookRecord(**asdict(hook)),
            people=self._people(),
            follow_ups=self._follow_ups(),
        )

    def _follow_ups(self) -> FollowUpsRecord | None:
        if (found := self.generator.following) is None:
            return None
        return FollowUpsRecord(
            by_type=dict(found.counts),
            by_method=dict(found.by_method),
            open=found.open,
            thinned=found.thinned,
            cut_off=found.cut_off,
        )

    def _people(self) -> PeopleRecord | None:
        if (visits := self.generator.visits) is None:
            return None
        gap = visits.least_gap
        return PeopleRecord(most_payments=visits.most, least_gap_s=None if gap is None else gap / 1000)

    def report(self) -> Account:
        """The account so far, with what is handed on once: copies, labels and records since the last report."""
        account = self.account()
        account.repeats = self.ledger.repeats.take()
        if self.labels is not None:
            account.labels = self.labels.take()
        if self.records is not None:
            account.records = self.records.take()
        return account


def _first(needs: Sequence[int], count: int) -> tuple[list[int], list[int]]:
    """Divide the first `count` of something among those who need some: what each gets, and what each still needs."""
    ends = list(accumulate(needs))
    theirs = [max(0, min(need, count - (end - need))) for need, end in zip(needs, ends, strict=True)]
    return theirs, [need - mine for need, mine in zip(needs, theirs, strict=True)]
