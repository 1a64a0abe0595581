"""The numbers a run leaves: accounts of all processes added up into one `Summary`.

Pure: accounts in, a summary out. `console` shows it; `verdict` says what it means and what the run exits with.
"""

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from paysim.config.capacity import throughput_units
from paysim.delivery import repeats
from paysim.delivery.ledger import Ledger, Tally
from paysim.loadtest.sending.account import Account, follow_ups
from paysim.loadtest.sending.event_loop_lag import EventLoopLag as Measured
from paysim.loadtest.sending.latency import KINDS, Latencies
from paysim.publishers.base import PublisherFigures
from paysim.summary.counters import Lateness
from paysim.summary.model import (
    AskedRate,
    Configuration,
    EventLoopLag,
    HookRecord,
    HubRecord,
    Latency,
    LimitRecord,
    PeopleRecord,
    Rate,
    Summary,
    Transactions,
)


@dataclass
class RunFacts:
    """What the coordinator of a run knows of it besides the accounts of those who sent."""

    run_id: str
    target: str
    config: dict[str, Any]
    versions: dict[str, str]
    started_at: datetime
    duration_s: float
    users_max: int
    workers: int
    target_per_s: float | None = None
    asked: AskedRate | None = None
    ramp_s: float | None = None
    after_ramp_per_s: float | None = None
    cpu_warning: bool = False
    surplus_max: int = 0
    shares: dict[str, float] = field(default_factory=dict)
    limit: LimitRecord | None = None


def make(facts: RunFacts, accounts: Sequence[Account]) -> Summary:
    """The summary of a run, without what `verdict.judge` adds: its thresholds, verdict and exit code."""
    ledgers = [Ledger.of(account.ledger) for account in accounts]
    methods: dict[str, Tally] = {}
    violations: dict[str, int] = {}
    episodes: dict[str, int] = {}
    latencies = Latencies()
    for account, ledger in zip(accounts, ledgers, strict=True):
        for method, tally in ledger.methods.items():
            methods.setdefault(method, Tally()).__iadd__(tally)
        _add(violations, ledger.violations)
        _add(episodes, ledger.episodes)
        latencies.merge(account.latencies)
    total = Tally()
    for tally in methods.values():
        total += tally
    lateness = Lateness.total(account.lateness for account in accounts)
    seconds = max(facts.duration_s, 1e-9)
    return Summary(
        run_id=facts.run_id,
        target=facts.target,
        config=Configuration.model_validate(facts.config),
        versions=facts.versions,
        started_at=facts.started_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        duration_s=round(facts.duration_s, 3),
        users_max=facts.users_max,
        workers=facts.workers,
        cpu_warning=facts.cpu_warning,
        limit=facts.limit,
        transactions=Transactions(
            **total.counts().model_dump(),
            generated=sum(ledger.generated for ledger in ledgers),
            surplus_max=facts.surplus_max,
            payments_for_refunds=sum(account.payments_for_refunds for account in accounts),
            violations=dict(sorted(violations.items())),
            episodes=dict(sorted(episodes.items())),
            copies_waiting=sum(account.copies_waiting for account in accounts),
            shortfalls=dict(sorted(ChainMap(*(account.shortfalls for account in accounts)).items())),
        ),
        by_payment_method={method: methods[method].counts() for method in sorted(methods)},
        asked_shares={method: round(share, 6) for method, share in facts.shares.items()},
        rate=_rate(facts, total, seconds, lateness),
        latency_ms=Latency.model_validate({kind: latencies.percentiles_ms(kind) for kind in KINDS}),
        event_loop_lag=_event_loop_lag([account.event_loop_lag for account in accounts], seconds),
        hook=_hook([account.hook for account in accounts if account.hook is not None]),
        follow_ups=follow_ups(accounts),
        people=_people([account.people for account in accounts if account.people is not None]),
        hub=_hub([account.hub for account in accounts]),
        producers=[
            ledger.record(
                repeats.plain(account.repeats, account.ledger.open.duplicates),
                silent=account.silent,
            )
            for ledger, account in sorted(zip(ledgers, accounts, strict=True), key=lambda pair: pair[0].producer)
        ],
    )


def _rate(facts: RunFacts, total: Tally, seconds: float, lateness: Lateness) -> Rate:
    achieved = total.acked / seconds
    mb_per_s = total.bytes / 1e6 / seconds
    # A throttled run needs what it was asked for, not what it got; a ramp, what it was asked for at last.
    peak = max(facts.asked.peak_per_s if facts.asked else 0.0, facts.target_per_s or 0.0, achieved)
    return Rate(
        achieved_per_s=round(achieved, 3),
        target_per_s=facts.target_per_s,
        asked=facts.asked,
        after_ramp_per_s=facts.after_ramp_per_s,
        ramp_s=facts.ramp_s,
        mb_per_s=round(mb_per_s, 6),
        throughput_units_needed=throughput_units(peak, mb_per_s * (peak / achieved if achieved else 0.0)),
        late=lateness.late,
        late_max_ms=round(lateness.late_max_ms, 3),
    )


def _event_loop_lag(measured: Sequence[Measured], seconds: float) -> EventLoopLag:
    """The longest time that a sending process was held up, and the share of the run, the mean over processes."""
    held_up = sum(each.seconds for each in measured)
    return EventLoopLag(
        max_ms=round(max((each.max_ms for each in measured), default=0.0), 3),
        share=round(min(1.0, held_up / max(1, len(measured)) / seconds), 5),
    )


def _hook(parts: Sequence[HookRecord]) -> HookRecord | None:
    if not parts:
        return None
    return HookRecord(
        calls=sum(part.calls for part in parts),
        dropped=sum(part.dropped for part in parts),
        seconds=round(sum(part.seconds for part in parts), 6),
    )


def _people(parts: Sequence[PeopleRecord]) -> PeopleRecord | None:
    """Of all processes, each by its own people."""
    if not parts:
        return None
    gaps = [part.least_gap_s for part in parts if part.least_gap_s is not None]
    return PeopleRecord(most_payments=max(part.most_payments for part in parts), least_gap_s=min(gaps, default=None))


def _hub(parts: Sequence[PublisherFigures]) -> HubRecord:
    """Counters of all processes, and their connections at the end."""
    reasons: dict[str, int] = {}
    states: dict[str, int] = {}
    for part in parts:
        _add(reasons, part.attempts_failed)
        _add(states, part.states)
    record = HubRecord.total(parts)
    record.attempts_failed, record.states = reasons, states
    record.connections = sum(part.connections for part in parts)
    return record


def _add(into: dict[str, int], counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        into[name] = into.get(name, 0) + count
