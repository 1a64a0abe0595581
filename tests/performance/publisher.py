"""How fast the publisher is, against the SDK used as documented: `python -m tests.performance.publisher`.

Full-sized bodies (about 1.1 kB), prepared; the local hub in a process of its own; both ways interleaved in the same
process, once with plain threads and once patched by gevent, as Locust runs it. Medians, with the least and the most.
"""

import sys

if "--gevent" in sys.argv:
    from gevent import monkey

    monkey.patch_all()

import argparse
import json
import os
import random
import statistics
import subprocess
import threading
import time
import uuid
from collections.abc import Callable

from azure.eventhub import EventData, EventHubProducerClient

from paysim.config.schema import Config
from paysim.publishers import make_publisher
from paysim.publishers.base import Acknowledgement, Publisher, SendError
from paysim.transactions.block import Block
from paysim.transactions.identity import Run

SENDERS = 8
BATCHES = (100, 500)


def prepared(count: int) -> Block:
    bodies = [b'{"x":"%s"}' % (b"y" * random.randint(1000, 1180)) for _ in range(count)]
    return Block("credit_card", bodies, [os.urandom(16) for _ in range(count)])


def as_documented(client: EventHubProducerClient, block: Block, run: Run, seconds: float) -> int:
    """create_batch, add, send_batch; returns the events sent."""
    sent, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        batch = client.create_batch()
        for body, id in zip(block.bodies, block.ids, strict=True):
            event = EventData(body)
            event.message_id = uuid.UUID(bytes=id)  # type: ignore[assignment]
            event.content_type = "application/json"
            event.properties = {"paysim-run": run.id}
            batch.add(event)
        client.send_batch(batch)
        sent += len(block)
    return sent


def with_publisher(publisher: Publisher, block: Block, seconds: float) -> int:
    """Senders that each wait for their acknowledgement, as users do."""
    sent, end = [0] * SENDERS, time.perf_counter() + seconds

    def sender(number: int) -> None:
        done = threading.Event()

        def settle(part: Block, outcome: Acknowledgement | SendError) -> None:
            assert isinstance(outcome, Acknowledgement), outcome
            sent[number] += len(part)
            done.set()

        while time.perf_counter() < end:
            done.clear()
            publisher.send(block, settle)
            done.wait()

    threads = [threading.Thread(target=sender, args=(number,)) for number in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(sent)


def measured(work: Callable[[], int]) -> tuple[float, float]:
    """Events a second, and CPU seconds for a million."""
    cpu, clock = time.process_time(), time.perf_counter()
    sent = work()
    return sent / (time.perf_counter() - clock), (time.process_time() - cpu) / sent * 1e6


def measure(connection_string: str, rounds: int, seconds: float) -> dict[str, list[tuple[float, float]]]:
    run = Run.new()
    client = EventHubProducerClient.from_connection_string(connection_string, eventhub_name="payments")
    publisher = make_publisher(Config.model_validate({}), connection_string)
    publisher.open()
    publisher.begin(run, 0, 1)
    blocks = {count: prepared(count) for count in BATCHES}
    results: dict[str, list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for count, block in blocks.items():
            documented = measured(lambda block=block: as_documented(client, block, run, seconds))
            ours = measured(lambda block=block: with_publisher(publisher, block, seconds))
            results.setdefault(f"sdk {count}", []).append(documented)
            results.setdefault(f"publisher {count}", []).append(ours)
    publisher.drain(5)
    publisher.close()
    client.close()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of one measurement")
    parser.add_argument("--gevent", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure, arguments.rounds, arguments.seconds)))
        return
    hub = subprocess.Popen(
        [sys.executable, "-m", "paysim.localhub", "--port", "0", "--retention-mb", "512", "--exit-on-stdin-close"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert hub.stdout is not None
    connection_string = hub.stdout.readline().strip()
    print(
        f"{'threads':8} {'batch':>5} {'way':10} {'events/s':>10} {'least':>9} {'most':>9} {'CPU s/million':>14} ratio"
    )
    for threads in ("plain", "gevent"):
        command = [sys.executable, "-m", "tests.performance.publisher", "--measure", connection_string]
        command += ["--rounds", str(arguments.rounds), "--seconds", str(arguments.seconds)]
        command += ["--gevent"] if threads == "gevent" else []
        results = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        for count in BATCHES:
            base = statistics.median(rate for rate, _ in results[f"sdk {count}"])
            for way in ("sdk", "publisher"):
                rates = [rate for rate, _ in results[f"{way} {count}"]]
                cpu = statistics.median(cost for _, cost in results[f"{way} {count}"])
                median = statistics.median(rates)
                print(
                    f"{threads:8} {count:5} {way:10} {median:10,.0f} {min(rates):9,.0f} {max(rates):9,.0f} "
                    f"{cpu:14.2f} {median / base:5.1f}"
                )
    hub.communicate()


if __name__ == "__main__":
    main()
