"""`make chaos`: a load test in trouble, its proof of delivery, and one verdict.

    python -m tests.chaos [--seed N] [--total 600000] [--rate 3000] [--workers 3] [--folder DIR]

A local hub, a real distributed Locust test, and a plan about every two seconds: faults, kills, restarts, partitions
that are added, others who write into the hub; and, from the seed too, signals while it verifies. Then `paysim verify`
of that hub, and of one made anew at its address. After that a short run whose hub is made anew while it is on. The seed
repeats the plan. Exit code 0 where the ledger and the hub agree to the transaction, by `verify` and by a second opinion
that reads the hub's files, and where nothing is said of a hub that is gone; 1 where they do not.
"""

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from .judge import judge
from .plan import ADD_PARTITIONS, KILL_HUB, KILL_WORKER, OTHERS, signals, steps, wiped
from .trial import Options, Outcome, Trial
from .verdict import verdict

MADE_ANEW_AT, MADE_ANEW_SECONDS = 8.0, 20.0
"""Seconds after which a hub is made anew, and how long such a run lasts."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="A load test in trouble.")
    parser.add_argument("--seed", type=int, default=None, help="of the plan (default: drawn, and printed)")
    parser.add_argument("--total", type=int, default=600_000, help="transactions (%(default)s)")
    parser.add_argument("--rate", type=float, default=3_000, help="transactions/s (%(default)s)")
    parser.add_argument("--workers", type=int, default=3, help="(%(default)s)")
    parser.add_argument("--batch-size", type=int, default=100, help="(%(default)s)")
    parser.add_argument("--linger-ms", type=int, default=0, help="users share sends (%(default)s: they do not)")
    parser.add_argument("--partition-by", default="round_robin", choices=["round_robin", "customer_id", "merchant_id"])
    parser.add_argument(
        "--folder",
        type=Path,
        help="where it leaves its logs, summary and the hub's data (default: temporary, kept where it fails)",
    )
    parser.add_argument("--signals", type=int, help="which of the signals while it verifies (default: by the seed)")
    asked = parser.parse_args()
    seed = secrets.randbelow(1 << 31) if asked.seed is None else asked.seed
    print(f"chaos: {asked.total:,} transactions, {asked.workers} workers, --seed {seed}", flush=True)
    sends = (asked.batch_size, asked.linger_ms, asked.partition_by)
    sent = signals(seed if asked.signals is None else asked.signals)
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="paysim-chaos-"))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it takes its processes with it then too
    code = 0
    try:
        for name, total, plan in (
            ("main", asked.total, steps(seed)),
            ("made anew", min(asked.total, int(MADE_ANEW_SECONDS * asked.rate)), wiped(steps(seed), MADE_ANEW_AT)),
        ):
            seconds = 120 + 4 * total / asked.rate
            options = Options(seed, total, asked.rate, asked.workers, seconds, *sends, sent if name == "main" else ())
            place = folder / name.replace(" ", "-")
            place.mkdir(parents=True, exist_ok=True)
            print(f"{name}: {total:,} transactions, signals {[each.name for each in options.signals]}", flush=True)
            code |= _tell(Trial(place, options, plan, say=lambda line: print(line, flush=True)).run(), seed)
    except KeyboardInterrupt:
        print(f"chaos: interrupted (--seed {seed} repeats the plan)")
        return 128 + signal.SIGINT
    if code:
        print(f"  what it left is in {folder}")
    elif asked.folder is None:
        shutil.rmtree(folder)
    return code


def _tell(outcome: Outcome, seed: int) -> int:
    done = outcome.done
    print(f"  {outcome.seconds:.0f} s, {done.total()} steps of the plan, {done[KILL_WORKER]} workers and", end=" ")
    print(f"{done[KILL_HUB]} times the hub killed, {done[ADD_PARTITIONS]} times partitions added,", end=" ")
    print(f"{done[OTHERS]} times others wrote; {[each.name for each in outcome.signals]} while it verified")
    if outcome.summary is None:
        print(f"chaos: FAILED, exit code {outcome.exit_code} and no summary (--seed {seed} repeats the plan)")
        return 1
    lines, passed = verdict(outcome, judge(outcome.summary, outcome.arrivals))
    print("\n".join(f"  {line}" for line in lines))
    print(f"chaos: {'passed' if passed else 'FAILED'} (--seed {seed} repeats the plan)", flush=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
