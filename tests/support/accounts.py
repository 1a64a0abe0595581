"""What senders account for and what is known of a run: what a summary is made of."""

from datetime import UTC, datetime
from typing import Any

from paysim.config.schema import Config
from paysim.contract.identity import high_bits, low_bits
from paysim.delivery.ledger import Ledger
from paysim.loadtest.report import summary
from paysim.loadtest.sending.account import Account
from paysim.loadtest.sending.event_loop_lag import EventLoopLag
from paysim.loadtest.sending.latency import Latencies
from paysim.publishers.base import PublisherFigures
from paysim.summary.counters import Lateness
from paysim.transactions.batch import Batch

RUN = "20260101T000000Z-000001"


def account(producer: int, acked: int, failed: int = 0, unknown: int = 0, late: int = 0, **more: Any) -> Account:
    ledger, latencies = Ledger(producer), Latencies()
    sequence = 0
    for n, lost in ((acked, None), (failed, False), (unknown, True)):
        if not n:
            continue
        ids = [high_bits(1, producer) + low_bits(1, sequence + i) for i in range(n)]
        batch = Batch("credit_card", [b"x" * 1000] * n, ids)
        sequence += n
        sent = ledger.hand_out(batch, sequence)
        if lost is None:
            ledger.acked(sent, batch, batch.size)
        else:
            ledger.not_acked(sent, batch, unknown=lost)
    latencies.record("response", 0.01, acked)
    return Account(
        run=RUN,
        ledger=ledger.account(),
        latencies=latencies.encode(),
        lateness=Lateness(late=late, late_max_ms=10.0 * late),
        event_loop_lag=EventLoopLag(),
        hub=PublisherFigures(sends=acked // 10, retries=1, attempts_failed={"throttled": producer}),
        partitions={},
        payments_for_refunds=2,
        **more,
    )


def facts(config: dict[str, Any] | None = None, **changes: Any) -> summary.RunFacts:
    known: dict[str, Any] = {
        "run_id": RUN,
        "target": "LOCAL HUB, not Azure",
        "versions": {},
        "started_at": datetime(2026, 1, 1, tzinfo=UTC),
        "duration_s": 2.0,
        "users_max": 5,
        "workers": 2,
    }
    return summary.RunFacts(**{**known, "config": configuration(config or {}), **changes})


def configuration(config: dict[str, Any]) -> dict[str, Any]:
    """As a run has it, with the keys that are given. Users have no pace of their own unless it says so."""
    given = Config.model_validate(config)
    found = given.model_dump(mode="json")
    if "rate_per_user" not in given.transaction.volume.model_fields_set:
        found["transaction"]["volume"]["rate_per_user"] = None
    return found
