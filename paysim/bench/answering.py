"""The process of a case: it is asked over standard input, a line a measurement, and answers in one line of JSON."""

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict

from .cases import SIZES, CaseResult

WARM_SECONDS = 0.1

Work = Callable[[int, float], tuple[int, int]]
"""Do it with batches of that size for so many seconds: transactions and their bytes."""


def answer(work: Work) -> None:
    """Serve until standard input ends. All is done once unmeasured, as connections and caches have to be there."""
    for size in SIZES:
        work(size, WARM_SECONDS)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        size, seconds = json.loads(line)
        print(json.dumps(asdict(measured(work, size, seconds))), flush=True)


def measured(work: Work, size: int, seconds: float) -> CaseResult:
    clock, cpu = time.perf_counter(), time.process_time()
    transactions, sent = work(size, seconds)
    took, used = time.perf_counter() - clock, time.process_time() - cpu
    return CaseResult(transactions, sent, took, used, peak_mb())


def peak_mb() -> float:
    """The most memory this process ever had, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
