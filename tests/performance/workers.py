"""What a second worker costs the first: `python -m tests.performance.workers [--workers 1 2] [--rounds 3]`.

A master and so many workers against a local hub, each a process of its own, as fast as they go. Where there is a core
for each worker and one for the hub, transactions/s double with the workers. Where there is not, what tells is the CPU
time of a transaction, in the workers and in the master: where it stays, only cores are missing.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import yaml

from paysim.bench.processes import BenchHub

LOCUSTFILE = Path(__file__).resolve().parents[2] / "locustfiles" / "payments.py"
CONFIG = {
    "output": {"batch_size": 500, "event_hub": {"connection_string": "${EVENTHUB_CONNECTION_STRING}"}},
    "transaction": {"volume": {"rate_per_user": None}},
    "verify": {"enabled": False},
}


def cpu_seconds(processes: list[subprocess.Popen[bytes]]) -> float:
    times = [psutil.Process(each.pid).cpu_times() for each in processes]
    return sum(each.user + each.system for each in times)


def measured(hub: BenchHub, workers: int, seconds: int) -> tuple[float, float, float]:
    """Transactions/s, CPU µs a transaction in the workers, and the master's share of a core."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text(yaml.safe_dump({"simulator": CONFIG}))
        environ = {**os.environ, "EVENTHUB_CONNECTION_STRING": hub.connection_string}
        with (folder / "log").open("w") as log:

            def locust(*options: str) -> subprocess.Popen[bytes]:
                command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *options]
                return subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=log)

            users = str(8 * workers)
            run = ["--headless", "--only-summary", "-u", users, "-r", users, "-t", f"{seconds}s"]
            bind = ["--master-bind-host", "127.0.0.1", "--expect-workers", str(workers)]
            master = locust("--master", "--paysim-config", "config.yaml", *bind, *run)
            sending = [locust("--worker") for _ in range(workers)]
            while "→" not in (folder / "log").read_text():  # run … → target
                time.sleep(0.1)
                if master.poll() is not None:
                    sys.exit((folder / "log").read_text())
            before, master_before, began = cpu_seconds(sending), cpu_seconds([master]), time.monotonic()
            time.sleep(seconds - 1)
            used, of_master = cpu_seconds(sending) - before, cpu_seconds([master]) - master_before
            took = time.monotonic() - began
            for process in (master, *sending):
                process.wait(60)
        summary = json.loads((folder / "output" / "latest" / "summary.json").read_bytes())
    per_s = summary["rate"]["achieved_per_s"]
    return per_s, used / took / per_s * 1e6, of_master / took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    found: dict[int, list[tuple[float, float, float]]] = {workers: [] for workers in options.workers}
    with tempfile.TemporaryDirectory() as folder, BenchHub(Path(folder)) as hub:
        for _ in range(options.rounds):
            for workers, each in found.items():
                each.append(measured(hub, workers, options.seconds))
    print(f"{os.cpu_count()} cores for the workers, the hub and the master; medians of {options.rounds} rounds")
    print(f"{'workers':>8}{'transactions/s':>16}{'CPU µs each':>13}{'master, of a core':>19}")
    for workers, each in found.items():
        per_s, cpu, master = (statistics.median(values) for values in zip(*each, strict=True))
        print(f"{workers:>8}{per_s:>16,.0f}{cpu:>13.2f}{master:>19.1%}")


if __name__ == "__main__":
    main()
