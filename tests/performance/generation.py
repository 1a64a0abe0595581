"""How fast transactions are made: `python -m tests.performance.generation`.

One core, nothing sent, the default configuration, batches as the load test asks for them. The pieces of all people
are made first, as each process does before a run begins; what that takes is the first line. CPU time, so that what else
runs on the machine matters less; each case is repeated in turn, and its median is printed with its extremes.
"""

import argparse
import random
import resource
import statistics
import time
from pathlib import Path
from typing import Any

import paysim.publishers  # noqa: F401  # a configuration knows the destinations that are registered
from paysim.config.mix import mix_of
from paysim.config.schema import Config
from paysim.contract.identity import Run
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
    "every violation at 0.1 %, batches of 500": (500, {"violations": dict.fromkeys(OF_PAYMENTS, 0.001)}),
}


def measured(generator: TransactionGenerator, size: int, total: int) -> tuple[float, float, float]:
    """CPU seconds a transaction, bytes a transaction, and the longest batch in wall-clock seconds."""
    config = mix_of(Config().transaction).methods
    methods = random.Random(1).choices(list(config), list(config.values()), k=max(1, total // size))
    made, longest = 0, 0.0
    began = time.process_time()
    for method in methods:
        started = time.perf_counter()
        made += generator.batch(method, size).size
        longest = max(longest, time.perf_counter() - started)
    count = len(methods) * size
    return (time.process_time() - began) / count, made / count, longest


def made(name: str, transaction: dict[str, object], run: Run) -> TransactionGenerator:
    output = {"format": "avro" if name.startswith(AVRO) else "json"}
    config = Config.model_validate({"seed": 1, "transaction": transaction, "output": output})
    functions = [lambda document: document] if name.startswith(HOOKED) else []
    generator = TransactionGenerator(config, run=run, producer=0, functions=functions)
    generator.prepare()
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
    args = parser.parse_args()
    run = Run.at(1_767_225_600, 1)
    print(population(run))
    generators = {name: made(name, transaction, run) for name, (_, transaction) in CASES.items()}
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in CASES}
    for repeat in range(args.repeats + 1):
        for name, (size, _) in CASES.items():
            figures = measured(generators[name], size, args.total)
            if repeat:  # the first fills caches
                found[name].append(figures)
    print(f"{'':42}{'median/s':>12}{'slowest/s':>12}{'fastest/s':>12}{'µs each':>9}{'bytes':>8}{'longest batch':>15}")
    for name, of_repeats in found.items():
        seconds = [figure[0] for figure in of_repeats]
        median, length = statistics.median(seconds), statistics.median(figure[1] for figure in of_repeats)
        longest = statistics.median(figure[2] for figure in of_repeats)
        rates = "".join(f"{1 / value:12,.0f}" for value in (median, max(seconds), min(seconds)))
        print(f"{name:42}{rates}{median * 1e6:9.2f}{length:8,.0f}{longest * 1e3:12.2f} ms")


if __name__ == "__main__":
    main()
