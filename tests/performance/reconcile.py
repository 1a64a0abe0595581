"""How fast a run is verified, and where the time goes: `python -m tests.performance.reconcile`.

Full transactions (about 1.1 kB) in a local hub, which is a process of its own on the same machine: read back and
reconciled, in CPU time of the hub, of the readers and of the process that reconciles, beside the time on the clock. The
SDK used as documented is measured in between, in the same process and against the same hub. Then lists of ids.
"""

import argparse
import io
import os
import resource
import statistics
import subprocess
import sys
import threading
import time

import numpy as np
from azure.eventhub import EventHubConsumerClient

from paysim.config.schema import Config
from paysim.contract.identity import Run, high_bits, low_bits
from paysim.delivery import id_list
from paysim.delivery.reconcile import Reconciler
from paysim.delivery.verification import Verification
from paysim.publishers import make_publisher
from paysim.summary.delivery import ProducerRecord
from paysim.transactions.generator import TransactionGenerator

TICK = os.sysconf("SC_CLK_TCK")
DOCUMENTED = 40_000


def cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def fill(config: Config, run: Run, events: int) -> None:
    publisher = make_publisher(config, None)
    publisher.open()
    publisher.begin(run, 0, 1)
    generator = TransactionGenerator(config, run=run, producer=0)
    free = threading.Semaphore(16)
    for _ in range(events // 500):
        free.acquire()
        publisher.send(generator.batch("credit_card", 500), lambda *_: free.release())
    publisher.drain(30)
    publisher.close()


def account(events: int) -> ProducerRecord:
    nothing: dict[str, object] = {"failed": [], "unknown": [], "resent": [], "repeated": {}}
    duplicates = dict.fromkeys(("acked", "failed", "unknown", "resent"), 0)
    return ProducerRecord.model_validate({"producer": 0, "next_sequence": events, "duplicates": duplicates, **nothing})


def verified(config: Config, run: Run, events: int, hub: int) -> dict[str, float]:
    """µs an event: on the clock, and of CPU."""
    verification = Verification(config.output.event_hub, None, None, 60)
    look = verification.look()
    verification.begin(run, look.hub, dict.fromkeys(look.partitions, 0), ordered=False, contract=True)
    readers = [reader._process.pid for reader in verification._readers]
    before = time.perf_counter(), cpu_seconds(hub), sum(map(cpu_seconds, readers)), time.process_time()
    found = verification.finish([account(events)], look, lambda *_: None)
    readers = [reader._process.pid for reader in verification._readers]
    after = time.perf_counter(), cpu_seconds(hub), sum(map(cpu_seconds, readers)), time.process_time()
    verification.close()
    assert (found.arrived, found.lost, found.error) == (events, 0, None), found
    names = ("clock", "hub", "reader", "reconciling")
    return {name: 1e6 * (b - a) / events for name, a, b in zip(names, before, after, strict=True)}


def documented(connection_string: str, events: int) -> float:
    """µs an event on the clock, EventHubConsumerClient.receive_batch of one process. events: how many there are."""
    client = EventHubConsumerClient.from_connection_string(connection_string, "$Default", eventhub_name="payments")
    read, first = 0, time.perf_counter()

    def on_batch(_context: object, batch: list) -> None:
        nonlocal read, first
        first = first if read else time.perf_counter()
        for event in batch:
            assert event.sequence_number >= 0 and event.properties and event.raw_amqp_message.properties
        read += len(batch)

    arguments = {"starting_position": "-1", "max_batch_size": 1000, "prefetch": 2000, "max_wait_time": 0.2}
    thread = threading.Thread(target=client.receive_batch, args=(on_batch,), kwargs=arguments, daemon=True)
    thread.start()
    while read < min(events, DOCUMENTED):
        time.sleep(0.01)
    took = time.perf_counter() - first
    client.close()
    thread.join()
    return 1e6 * took / read


def ids_of(count: int) -> bytes:
    """Ids in no order, as text, a line each."""
    columns = np.empty((count, 16), np.uint8)
    columns[:, :8] = np.frombuffer(high_bits(1_800_000_000_000, 0), np.uint8)
    low = int.from_bytes(low_bits(7, 0), "big")
    sequences = np.random.default_rng(1).permutation(count).astype(np.uint64) | np.uint64(low)
    columns[:, 8:] = sequences.astype(">u8").view(np.uint8).reshape(-1, 8)
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    text = np.full((count, 37), ord("-"), np.uint8)
    places = [at for at in range(36) if at not in (8, 13, 18, 23)]
    text[:, places[0::2]], text[:, places[1::2]] = digits[columns >> 4], digits[columns & 15]
    text[:, 36] = ord("\n")
    return text.tobytes()


def listed(count: int) -> None:
    data = ids_of(count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    parsed = sum(len(piece) for piece in id_list.Ids(io.BytesIO(data)))
    parsing = time.process_time() - started
    reconciler = Reconciler(7)
    for piece in id_list.Ids(io.BytesIO(data)):
        reconciler.add(piece)
    findings = reconciler.findings([account(count)])
    whole = time.process_time() - started - parsing
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert parsed == findings.arrived == count and not findings.lost
    print(f"{count:,} ids in no order: {whole:.1f} s of CPU, parsing {parsing:.1f} s of it; {more:.0f} MB besides them")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ids", type=int, default=10_000_000)
    options = parser.parse_args()
    hub = subprocess.Popen(
        [sys.executable, "-m", "paysim.localhub", "--exit-on-stdin-close"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert hub.stdout is not None and hub.stdin is not None
    address = hub.stdout.readline().strip()
    event_hub = {"connection_string": address, "eventhub_name": "payments"}
    config = Config.model_validate({"output": {"event_hub": event_hub}})
    run = Run.new()
    fill(config, run, options.events)
    rounds, plain = [], []
    for _ in range(options.rounds):
        rounds.append(verified(config, run, options.events, hub.pid))
        plain.append(documented(address, options.events))
    hub.stdin.close()
    hub.wait()
    median = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    slow = statistics.median(plain)
    spread = sorted(1e6 / each["clock"] for each in rounds)
    print(f"{options.events:,} events, {os.cpu_count()} CPUs, medians of {options.rounds}")
    print(f"verified: {1e6 / median['clock']:,.0f} events/s ({spread[0]:,.0f} to {spread[-1]:,.0f})")
    print(f"the SDK as documented: {1e6 / slow:,.0f} events/s, {slow / median['clock']:.1f} times slower")
    told = ", ".join(f"{name} {median[name]:.1f}" for name in ("hub", "reader", "reconciling"))
    rest = median["clock"] - max(median["hub"], median["reader"])
    print(f"CPU an event, µs: {told}; on the clock {median['clock']:.1f}, of which {rest:.1f} is waiting")
    listed(options.ids)


if __name__ == "__main__":
    main()
