"""The numbers a run leaves: accounts of all processes added up into one `Summary`.

Pure: accounts in, a summary out. How it is shown is `console`, what it means, and what the run exits with, `verdict`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from paysim.config.capacity import throughput_units
from paysim.delivery import repeats
from paysim.delivery.ledger import Ledger, Tally
from paysim.loadtest.sending.latency import KINDS, Latencies
from paysim.summary.model import (
    AskedRate,
    Configuration,
    EventLoopLag,
    HubRecord,
    Latency,
    OutcomeCounts,
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


def make(facts: RunFacts, accounts: list[dict[str, Any]]) -> Summary:
    """The summary of a run, without what `verdict.judge` adds: its thresholds, verdict and exit code."""
    ledgers = [Ledger.from_plain(account["ledger"]) for account in accounts]
    methods: dict[str, Tally] = {}
    violations: dict[str, int] = {}
    latencies = Latencies()
    hub: dict[str, Any] = {}
    for account, ledger in zip(accounts, ledgers, strict=True):
        for method, tally in ledger.methods.items():
            methods.setdefault(method, Tally()).__iadd__(tally)
        for label, count in ledger.violations.items():
            violations[label] = violations.get(label, 0) + count
        latencies.merge(account["latencies"])
        _add_counts(hub, account["hub"])
    total = Tally()
    for tally in methods.values():
        total += tally
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
        transactions=Transactions(
            **total.plain(),
            generated=sum(ledger.generated for ledger in ledgers),
            surplus_max=facts.surplus_max,
            payments_for_refunds=sum(account.get("payments_for_refunds", 0) for account in accounts),
            violations=dict(sorted(violations.items())),
        ),
        by_payment_method={method: OutcomeCounts(**methods[method].plain()) for method in sorted(methods)},
        rate=_rate(facts, total, seconds, [account["lateness"] for account in accounts]),
        latency_ms=Latency.model_validate({kind: latencies.percentiles_ms(kind) for kind in KINDS}),
        event_loop_lag=_event_loop_lag([account.get("event_loop_lag", {}) for account in accounts], seconds),
        hub=HubRecord.model_validate(hub),
        producers=[
            ledger.record(
                repeats.plain(account.get("repeats", {}), account["ledger"]["open"]["duplicates"]),
                silent=bool(account.get("silent")),
            )
            for ledger, account in sorted(zip(ledgers, accounts, strict=True), key=lambda pair: pair[0].producer)
        ],
    )


def _rate(facts: RunFacts, total: Tally, seconds: float, lateness: list[dict[str, Any]]) -> Rate:
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
        late=sum(each["late"] for each in lateness),
        late_max_ms=round(max((each["late_max_ms"] for each in lateness), default=0.0), 3),
    )


def _event_loop_lag(measured: list[dict[str, float]], seconds: float) -> EventLoopLag:
    """The longest time that a sending process was held up, and the share of the run, the mean over processes."""
    held_up = sum(each.get("seconds", 0.0) for each in measured)
    return EventLoopLag(
        max_ms=round(max((each.get("max_ms", 0.0) for each in measured), default=0.0), 3),
        share=round(min(1.0, held_up / max(1, len(measured)) / seconds), 5),
    )


def _add_counts(into: dict[str, Any], counts: dict[str, Any]) -> None:
    for name, value in counts.items():
        if isinstance(value, dict):
            _add_counts(into.setdefault(name, {}), value)
        elif isinstance(value, int | float):
            into[name] = into.get(name, 0) + value
