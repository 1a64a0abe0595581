"""What a sender accounts for while a run is on."""

from paysim.loadtest.sending.latency import Latencies

RUN = "r1"


def account(producer=0, run=RUN, acked=0, failed=0, unknown=0, size=100, response=0.01, connections=(), **more):
    latencies = Latencies()
    if acked:
        latencies.record("response", response, acked)
    return {
        "run": run,
        "ledger": {
            "producer": producer,
            "methods": {"credit_card": {"acked": acked, "failed": failed, "unknown": unknown, "bytes": acked * size}},
        },
        "latencies": latencies.encode(),
        "hub": {"sends": acked // 10, "connections": 4, "states": {"healthy": 4}, "by_connection": connections},
        **more,
    }
