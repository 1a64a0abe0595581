"""The standard test with a meter: the worker notes, some times a second, how far it is and what it took.

The meter is the only thing that the load test of `paysim bench` has and others have not: a line of some numbers.
"""

import json
import os
import time
from typing import Any

import gevent
from locust import events
from locust.runners import WorkerRunner

from paysim.bench.answering import peak_mb
from paysim.loadtest import PaymentUser
from paysim.loadtest.sending.current_session import process

__all__ = ["PaymentUser"]

METER = "PAYSIM_BENCH_METER"
EVERY = 0.1


def _run(path: str) -> None:
    with open(path, "a", buffering=1) as meter:
        while True:
            session = process.session
            acked = sent = 0
            if session is not None:
                for tally in session.ledger.methods.values():
                    acked += tally.acked
                    sent += tally.bytes
            line = [time.perf_counter(), time.process_time(), acked, sent, peak_mb()]
            meter.write(json.dumps(line) + "\n")
            gevent.sleep(EVERY)


@events.init.add_listener
def _start(environment: Any, **_: Any) -> None:
    if isinstance(environment.runner, WorkerRunner):
        gevent.spawn(_run, os.environ[METER])
