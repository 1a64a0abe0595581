"""What a sender accounts for while a run is on."""

from paysim.loadtest.sending.account import Account
from paysim.loadtest.sending.latency import Latencies
from paysim.publishers.base import PublisherFigures
from paysim.summary.model import OutcomeCounts

RUN = "r1"


def account(producer=0, run=RUN, acked=0, failed=0, unknown=0, size=100, response=0.01, connections=(), **more):
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
