"""The live figures of a run, in the process that conducts it: a snapshot a second, and a history of them.

They are the sum of the accounts of all senders: of a standalone run its session's, of a master the newest that each
worker's report brought. The coordinator asks for snapshots; there is no clock and no greenlet here.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from paysim.loadtest.pipeline.hops import HopPoint
from paysim.loadtest.sending.account import Account, follow_ups
from paysim.summary.counters import HubCounters
from paysim.summary.model import Reload
from paysim.summary.pipeline import PipelineFigures

from .by_second import BySecond, SecondPoint, joined
from .history import History
from .rolling_window import IntervalPercentiles, Rates
from .snapshot import (
    OUTCOMES,
    ConnectionNow,
    Counts,
    Flow,
    FollowUpsNow,
    HubFigures,
    PartitionFigures,
    SenderFigures,
    Snapshot,
    counters,
    faults,
    hub_figures,
    totals,
)

WINDOW_SECONDS = 3.0
"""What "now" means: workers report once a second."""
SLOW_WINDOW_SECONDS = 60.0
SLOW_PER_S = 1.0
"""Below this rate, over the longer window, the longer window is what is shown: the short one would often hold none."""
LOOKS_WINDOW_SECONDS = 15.0
"""The window of partitions, whose counts come every two seconds or later (`eventhub.partition_positions`)."""
MOST_POINTS = 3600
KINDS = ("response", "service", "from_schedule")

Accounts = Callable[[], Mapping[str, Account]]
"""The accounts of the run so far, by sender."""


class _Counting:
    """What the figures of one run are made of."""

    def __init__(self) -> None:
        self.base: Counts = {}
        """The counts at the last Reset of the statistics, which figures count from."""
        self.history: History[SecondPoint] = History(MOST_POINTS, joined)
        self.hops: History[HopPoint] = History(MOST_POINTS, lambda earlier, later: later)
        self.by_second = BySecond()
        self.reporting: set[str] = set()
        """Senders that report by themselves; others are asked at each look."""
        self.rates = Rates(WINDOW_SECONDS)
        self.slow = Rates(SLOW_WINDOW_SECONDS)
        self.looks = Rates(LOOKS_WINDOW_SECONDS)
        self.looked: tuple[float, dict[str, float]] = (0.0, {})
        self.latencies = {kind: IntervalPercentiles(WINDOW_SECONDS) for kind in KINDS}


class Live:
    """`latest` is None before the first run; after a run it stays, with `running` False, until the next."""

    def __init__(self) -> None:
        self.pipeline: Callable[[], PipelineFigures | None] = lambda: None
        """What is known of the stages behind the hub; None where none is watched."""
        self.accounts: Accounts = dict
        self.method_latencies: Callable[[], Mapping[str, dict[str, float]]] = dict
        """Payment method → p50, p95 and p99 of its response times in milliseconds, as Locust's statistics have them."""
        self.run_id = ""
        self.generation = 0
        """Grows whenever the history begins anew."""
        self.reloads: list[Reload] = []
        self.since = 0.0
        """What counts count from, in seconds after the start of the run: 0, or the last Reset of the statistics."""
        self.latest: Snapshot | None = None
        self.seen: Mapping[str, Account] = {}
        """The accounts of the last look."""
        self.acked = 0
        """Acknowledged in the run so far, whatever a Reset of the statistics made of the rest here."""
        self._of_run = _Counting()

    @property
    def history(self) -> History[SecondPoint]:
        """A point a second, up to the last look but one; thinned out beyond an hour."""
        return self._of_run.history

    @property
    def hops(self) -> History[HopPoint]:
        """The same of what is behind the hub, which goes on while it is waited for what is under way."""
        return self._of_run.hops

    def begin(self, run_id: str) -> None:
        """A run begins; accounts of other runs are not counted."""
        self.run_id = run_id
        self.reloads = []
        self.since = 0.0
        self.latest = None
        self.generation += 1
        self._of_run = _Counting()

    def reset(self) -> None:
        """Count from here on, as Locust's statistics do when they are reset."""
        self._of_run.base = counters(self._accounts())
        self.since = 0.0 if self.latest is None else self.latest.elapsed
        for percentiles in self._of_run.latencies.values():
            percentiles.count_from_here()
        self.generation += 1
        self._of_run.history = History(MOST_POINTS, joined)
        self._of_run.by_second.forget()
        if (now := self.latest) is not None:
            self.tick(now.elapsed, now.users, now.target_per_s, running=now.running, planned=now.planned)

    def _accounts(self) -> dict[str, Account]:
        return {name: account for name, account in self.accounts().items() if account.run == self.run_id}

    def heard(self, sender: str, elapsed: float, account: Account) -> None:
        """A report of a sender of this run, at that moment. One that never reports is looked at with each tick."""
        self._of_run.reporting.add(sender)
        self._of_run.by_second.heard(sender, elapsed, account)

    def reloaded(self, reload: Reload) -> None:
        """A change of the configuration was taken over while the run was on."""
        self.reloads.append(reload)

    def tick(
        self,
        elapsed: float,
        users: int,
        target_per_s: float | None,
        *,
        running: bool = True,
        planned: int | None = None,
    ) -> Snapshot:
        """Look at the accounts: `latest` is now, and the history one longer."""
        accounts = self.seen = self._accounts()
        counts = counters(accounts)
        all_of_run = totals(counts)
        self.acked = int(all_of_run.get(("acked", ""), 0))
        self._of_run.rates.add(elapsed, {**counts, **all_of_run})
        self._of_run.slow.add(elapsed, {key: n for key, n in all_of_run.items() if key[0] in OUTCOMES})
        self._look(elapsed, {name: n for (kind, name), n in all_of_run.items() if kind == "partition"})
        for key, count in self._of_run.base.items():
            counts[key] = counts.get(key, 0) - count
        sums = totals(counts)
        for kind, percentiles in self._of_run.latencies.items():
            encoded = {name: a.latencies[kind] for name, a in accounts.items() if kind in a.latencies}
            percentiles.add(elapsed, encoded)
        own: dict[str, dict[tuple[str, str], float]] = {name: {} for name in accounts}
        for (sender, kind, name), n in counts.items():
            if sender in own:  # another one's may be left in what a reset counts from
                own[sender][kind, name] = n
        senders = [self._sender(name, account, own[name]) for name, account in accounts.items()]
        snapshot = Snapshot(
            at=time.time(),
            elapsed=elapsed,
            running=running,
            users=users,
            target_per_s=target_per_s,
            total=self._flow(sums, ""),
            methods={method: self._flow(sums, method) for kind, method in sorted(sums) if kind == "acked" and method},
            hub=hub_figures({name: n for (kind, name), n in sums.items() if kind == "hub"}, accounts.values()),
            faults={name: self._of_run.rates.per_s(_counted(name)) for name in faults()},
            latency_ms={kind: percentiles.milliseconds() for kind, percentiles in self._of_run.latencies.items()},
            partitions={
                name: PartitionFigures(int(n), self._of_run.looks.per_s(name))
                for (kind, name), n in sorted(sums.items())
                if kind == "partition"
            },
            run_ms={kind: percentiles.of_all() for kind, percentiles in self._of_run.latencies.items()},
            method_ms=dict(self.method_latencies()),
            late=sum(account.lateness.late for account in accounts.values()),
            planned=planned,
            senders=tuple(sorted(senders, key=lambda sender: (sender.producer, sender.name))),
            follow_ups=self._follow_ups(sums, accounts),
        )
        self.latest = snapshot
        for name, account in accounts.items():
            if name not in self._of_run.reporting:
                self._of_run.by_second.heard(name, elapsed, account)
        seconds = {kind: percentiles.of_last_look() for kind, percentiles in self._of_run.latencies.items()}
        point = self._of_run.by_second.look(SecondPoint(elapsed, users, target_per_s, seconds), last=not running)
        if point is not None:
            self._of_run.history.offer(point)
        self.look_behind(elapsed)
        return self.latest

    def look_behind(self, elapsed: float) -> None:
        """Look at what is behind the hub: it is part of `latest`, and the history of hops is one longer."""
        if (found := self.pipeline()) is not None and self.latest is not None:
            self.latest = replace(self.latest, pipeline=found)
            self._of_run.hops.offer(HopPoint.of(elapsed, found))

    def _look(self, elapsed: float, partitions: dict[str, float]) -> None:
        """Take over the counts of partitions. Unchanged ones are an older answer, unless they stay so for long."""
        when, before = self._of_run.looked
        if partitions and (partitions != before or elapsed - when > LOOKS_WINDOW_SECONDS):
            self._of_run.looked = (elapsed, partitions)
            self._of_run.looks.add(elapsed, partitions)

    def _flow(self, sums: Mapping[tuple[str, str], float], method: str) -> Flow:
        # A fast run that stalls is seen at once: over the last minute it is not slow.
        rates = self._of_run.slow if self._of_run.slow.per_s(("acked", method)) < SLOW_PER_S else self._of_run.rates
        per_s, bytes_per_s = (rates.per_s((kind, method)) for kind in ("acked", "bytes"))
        outcomes = {kind: int(sums.get((kind, method), 0)) for kind in OUTCOMES}
        return Flow(**outcomes, per_s=per_s, mb_per_s=bytes_per_s / 1e6)

    def _follow_ups(
        self, sums: Mapping[tuple[str, str], float], accounts: Mapping[str, Account]
    ) -> FollowUpsNow | None:
        if (record := follow_ups(accounts.values())) is None:
            return None
        by_type, by_method = (
            {name: int(n) for (kind, name), n in sorted(sums.items()) if kind == wanted}
            for wanted in ("follow-up", "followed")
        )
        per_s = {type_: self._of_run.rates.per_s(("follow-up", type_)) for type_ in by_type}
        return FollowUpsNow(**{**dict(record), "by_type": by_type, "by_method": by_method}, per_s=per_s)

    def _sender(self, name: str, account: Account, mine: Mapping[tuple[str, str], float]) -> SenderFigures:
        methods = [what for kind, what in mine if kind == "acked"]
        outcomes = {kind: int(sum(mine[kind, method] for method in methods)) for kind in OUTCOMES}
        per_s, bytes_per_s = (
            sum(self._of_run.rates.per_s((name, kind, method)) for method in methods) for kind in ("acked", "bytes")
        )
        hub: HubFigures = hub_figures({what: n for (kind, what), n in mine.items() if kind == "hub"}, [account])
        flow = Flow(**outcomes, per_s=per_s, mb_per_s=bytes_per_s / 1e6)
        numbered = enumerate(account.hub.by_connection)
        connections = tuple(self._connection(name, mine, str(number), one.state) for number, one in numbered)
        return SenderFigures(name, account.ledger.producer, flow, hub, connections, account.silent)

    def _connection(self, sender: str, mine: Mapping[tuple[str, str], float], number: str, state: str) -> ConnectionNow:
        counted = {name: mine[f"connection {name}", number] for name in ("events", *HubCounters.rows())}
        per_s, bytes_per_s = (
            self._of_run.rates.per_s((sender, f"connection {name}", number)) for name in ("events", "bytes")
        )
        return ConnectionNow.model_validate({**counted, "per_s": per_s, "mb_per_s": bytes_per_s / 1e6, "state": state})


def _counted(fault: str) -> tuple[str, str]:
    """The key of a fault among the sums of all senders."""
    return (fault, "") if fault in OUTCOMES else ("hub", fault)
