"""What a sender accounts for while a run is on."""

from collections.abc import Sequence
from typing import Any

from paysim.loadtest.sending.account import Account
from paysim.loadtest.sending.latency import Latencies
from paysim.publishers.base import ConnectionFigures, PublisherFigures
from paysim.summary.model import OutcomeCounts

RUN = "r1"


def account(
    producer: int = 0,
    run: str = RUN,
    acked: int = 0,
    failed: int = 0,
    unknown: int = 0,
    size: int = 100,
    response: float = 0.01,
    connections: Sequence[ConnectionFigures] = (),
    **more: Any,
) -> Account:
    latencies = Latencies()
    if acked:
        latencies.record("response", response, acked)
    found = Account.blank(run, producer)
    counts = OutcomeCounts(acked=acked, failed=failed, unknown=unknown, bytes=acked * size)
    found.ledger.methods["credit_card"] = counts
    found.latencies = latencies.encode()
    states = {"healthy": 4}
    found.hub = PublisherFigures(sends=acked // 10, connections=4, states=states, by_connection=list(connections))
    return found.model_copy(update=more)
