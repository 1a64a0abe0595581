"""How fast transactions are made: `python -m tests.performance.generation`.

One core, nothing sent, the default configuration, batches as the load test asks for them. The pieces of all people
are made first, as each process does before a run begins; what that takes is the first line. CPU time, so that what else
runs on the machine matters less; each case is repeated in turn, and its median is printed with its extremes. Where a
case has a plain one beside it, the last column is how fast it is in proportion.

Cases with `lifecycle: full` are measured in the middle of a run of a minute: time goes by as at RATE, and what was made
in the days before has its follow-ups due. The plain cases beside them are `paced` in the same way: where transactions
go out one by one, few of them share a millisecond then.
"""

import argparse
import itertools
import random
import resource
import statistics
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paysim.publishers  # noqa: F401  # a configuration knows the destinations that are registered
from paysim.config.mix import mix_of
from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.transactions.dataset import generate
from paysim.transactions.generator import TransactionGenerator
from tests.support.scenarios import OF_PAYMENTS

PEOPLE = 200_000
REPLAY: dict[str, Any] = {
    "timestamps": {"mode": "replay", "start": "2026-01-01T00:00:00Z", "end": "2026-01-08T00:00:00Z"},
    "volume": {"total": 200_000},
}
SHAPED: dict[str, object] = {
    "mapping": {"rename": {"transaction_id": "id", "amount": "money.value"}, "formats": {"amount": "minor_units"}}
}
BODY: dict[str, Any] = {
    "mapping": {
        "body": {
            "specversion": "1.0",
            "id": "{transaction_id}",
            "time": "{transaction_timestamp}",
            "data": {
                "amount": "{amount|minor_units}",
                "money": "{amount|string} {currency}",
                "status": {"of": "payment_status", "values": {"completed": "paid", "*": "open"}},
                "parties": [
                    {"role": "payer", "id": "{customer_id}", "name": "{customer_name|upper}"},
                    {"role": "payee", "id": "{merchant_id}", "name": "{merchant_name|cut:20}"},
                ],
                "order": "order-{correlation_id}",
                "note": {
                    "when": {"payment_status": "completed"},
                    "then": {"paid_at": "{transaction_timestamp|epoch_s}", "at": "{location.city}"},
                    "else": {"declined_at": "{transaction_timestamp|date}", "of": "{merchant_name}"},
                },
            },
        },
    }
}
AVRO = "avro"
"""Cases whose names begin so go out as that."""
HOOKED = "hook"
"""Cases whose names begin so have a function that changes nothing."""
RATE = 5_000
"""Events a second where something follows payments."""
EARLIER = 150_000
"""Events before those that are measured: fifteen days of the month in which such a run goes by."""
PACED = ("paced", "full")
"""Cases whose names begin so have a clock that goes by as at RATE."""
EVERY: dict[str, Any] = {"violations": dict.fromkeys(OF_PAYMENTS, 0.001)}
FULL: dict[str, Any] = {"lifecycle": "full", "volume": {"total": 60 * RATE, "rate": RATE}}
CASES: dict[str, tuple[int, dict[str, Any]]] = {
    "default, batches of 500": (500, {}),
    "default, batches of 100": (100, {}),
    "default, batches of 10": (10, {}),
    "default, batches of 1": (1, {}),
    "replay, batches of 500": (500, REPLAY),
    "mapped, batches of 500": (500, SHAPED),
    "body, batches of 500": (500, BODY),
    "body, batches of 1": (1, BODY),
    "preset cloudevents, batches of 500": (500, {"mapping": {"preset": "cloudevents"}}),
    "preset gateway, batches of 500": (500, {"mapping": {"preset": "gateway"}}),
    "properties, batches of 500": (500, {"mapping": {"preset": "cloudevents_binary"}}),
    "avro, batches of 500": (500, {}),
    "avro, batches of 1": (1, {}),
    "avro body, batches of 500": (500, BODY),
    "hook, batches of 100": (100, {}),
    "every violation at 0.1 %, batches of 500": (500, EVERY),
    **{f"paced, batches of {size}": (size, {}) for size in (500, 100, 10, 1)},
    **{f"full, batches of {size}": (size, FULL) for size in (500, 100, 10, 1)},
    **{f"full, every violation, batches of {size}": (size, FULL | EVERY) for size in (500, 100, 10, 1)},
}
_QUARTER: dict[str, Any] = {
    "timestamps": {"mode": "replay", "start": "2026-01-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"}
}
DATA_SETS: dict[str, dict[str, Any]] = {
    "data set": _QUARTER,
    "data set, every violation at 0.1 %": _QUARTER | EVERY,
    "data set, full": _QUARTER | {"lifecycle": "full"},
    "data set, full, every violation": _QUARTER | EVERY | {"lifecycle": "full"},
}


def beside(name: str) -> str | None:
    """The plain case that a case is held against."""
    if name.startswith(("full", "every")):
        return f"{'paced' if name.startswith(PACED) else 'default'}, {name[name.index('batches') :]}"
    return "data set" if name.startswith("data set,") else None


class Paced:
    """A producer of a live run in which time goes by as at RATE, on the thread of whoever calls it."""

    def __init__(self) -> None:
        self._now = 1_767_225_600 * 10**9
        self._owed: deque[str] = deque()

    def __call__(self) -> int:
        """Nanoseconds since 1970."""
        return self._now

    def pay(self, generator: TransactionGenerator, method: str, size: int) -> int:
        """A turn of so many transactions, as a session makes it. Returns their bytes."""
        self._now += size * 10**9 // RATE
        followed = generator.follow_ups(size)
        bytes_ = 0 if followed is None else followed.size
        left = size - (0 if followed is None else len(followed))
        if not left:
            self._owed.append(method)
            return bytes_
        if self._owed:
            self._owed.append(method)
            method = self._owed.popleft()
        return bytes_ + generator.batch(method, left).size


class DataSet:
    """A data set that is made as long as it is asked for, without what its tables take."""

    def __init__(self, transaction: dict[str, Any], total: int) -> None:
        config = Config.model_validate({"seed": 1, "transaction": transaction | {"volume": {"total": total}}})
        self._plan = generate.plan(config)

    def measured(self) -> tuple[float, float, float]:
        """As `measured`, of the last three quarters of it: at the beginning little follows."""
        rows: Iterator[list[generate.Row]] = generate.slices(self._plan)
        skipped = 0
        while skipped < self._plan.total // 4:
            skipped += len(next(rows))
        began = time.process_time()
        sizes = [len(row.body) for row in itertools.chain.from_iterable(rows)]
        return (time.process_time() - began) / len(sizes), sum(sizes) / len(sizes), 0.0


def measured(
    generator: TransactionGenerator, size: int, total: int, paced: Paced | None = None
) -> tuple[float, float, float]:
    """CPU seconds a transaction, bytes a transaction, and the longest batch in wall-clock seconds.

    paced: where something follows payments.
    """
    config = mix_of(Config().transaction).methods
    methods = random.Random(1).choices(list(config), list(config.values()), k=max(1, total // size))
    made, longest = 0, 0.0
    began = time.process_time()
    for method in methods:
        started = time.perf_counter()
        made += generator.batch(method, size).size if paced is None else paced.pay(generator, method, size)
        longest = max(longest, time.perf_counter() - started)
    count = len(methods) * size
    return (time.process_time() - began) / count, made / count, longest


def made(name: str, transaction: dict[str, object], run: Run, paced: Paced | None) -> TransactionGenerator:
    output = {"format": "avro" if name.startswith(AVRO) else "json"}
    config = Config.model_validate({"seed": 1, "transaction": transaction, "output": output})
    functions = [lambda document: document] if name.startswith(HOOKED) else []
    clock = time.time_ns if paced is None else paced
    generator = TransactionGenerator(config, run=run, producer=0, clock=clock, functions=functions)
    generator.prepare()
    if paced is not None:
        measured(generator, 500, EARLIER, paced)
    return generator


def population(run: Run) -> str:
    """What 200,000 people take, by themselves and with all their pieces of events."""
    settings = Config.model_validate({"seed": 1, "transaction": {"population": {"customers": PEOPLE}}})
    before, began = resident_mb(), time.process_time()
    generator = TransactionGenerator(settings, run=run, producer=0)
    ready = time.process_time() - began
    generator.prepare()
    whole, after = time.process_time() - began, resident_mb()
    told = f"{ready:.2f} s, with all pieces {whole:.2f} s and {after - before:,.0f} MB, {after:,.0f} MB in all"
    return f"{PEOPLE:,} people: {told}"


def resident_mb() -> float:
    """Megabytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Median transactions per second of CPU, and bytes a transaction.")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--total", type=int, default=20_000, help="transactions of each repeat")
    parser.add_argument("--only", default="", help="cases with this in their names, and the plain ones beside")
    args = parser.parse_args()
    run = Run.at(1_767_225_600, 1)
    wanted = {name for name in [*CASES, *DATA_SETS] if args.only in name}
    wanted |= {plain for name in wanted if (plain := beside(name)) is not None}
    if not args.only:
        print(population(run))
    cases = {name: case for name, case in CASES.items() if name in wanted}
    paced = {name: Paced() for name, (_, transaction) in cases.items() if name.startswith(PACED)}
    generators = {name: made(name, transaction, run, paced.get(name)) for name, (_, transaction) in cases.items()}
    data_sets = {
        name: DataSet(transaction, max(50_000, 2 * args.total))
        for name, transaction in DATA_SETS.items()
        if name in wanted
    }
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in [*cases, *data_sets]}
    for repeat in range(args.repeats + 1):
        for name in found:
            if name in data_sets:
                figures = data_sets[name].measured()
            else:
                figures = measured(generators[name], cases[name][0], args.total, paced.get(name))
            if repeat:  # the first fills caches
                found[name].append(figures)
    shown(found)


def shown(found: dict[str, list[tuple[float, float, float]]]) -> None:
    print(
        f"{'':42}{'median/s':>12}{'slowest/s':>12}{'fastest/s':>12}{'µs each':>9}{'bytes':>8}{'longest batch':>15}"
        f"{'of plain':>10}"
    )
    for name, of_repeats in found.items():
        seconds = [figure[0] for figure in of_repeats]
        median, length = statistics.median(seconds), statistics.median(figure[1] for figure in of_repeats)
        longest = statistics.median(figure[2] for figure in of_repeats)
        rates = "".join(f"{1 / value:12,.0f}" for value in (median, max(seconds), min(seconds)))
        line = f"{name:42}{rates}{median * 1e6:9.2f}{length:8,.0f}{longest * 1e3:12.2f} ms"
        if (plain := beside(name)) is not None:
            each = zip(found[plain], of_repeats, strict=True)
            line += f"{statistics.median(one[0] / other[0] for one, other in each):10.2f}"
        print(line)


if __name__ == "__main__":
    main()
