"""Are reported latencies the hub's: `python -m tests.performance.latencies [--rate RATE] [--seconds 10]`.

The local hub delays each acknowledgement by exactly 20 ms; what the run's summary reports is held against that, for
one user at 1,000/s and for 200 users with enough connections at RATE, which is to be half of what this machine sends
at most (`paysim bench`, worker). How long the process itself was held up stands beside it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from paysim.bench.processes import BenchHub

LOCUSTFILE = Path(__file__).resolve().parents[2] / "locustfiles" / "payments.py"
DELAY_MS = 20


def run(connection_string: str, users: int, rate: float, batch_size: int, connections: int, seconds: int) -> Any:
    """The summary of a run."""
    hub = {"connection_string": "${EVENTHUB_CONNECTION_STRING}", "connections": connections}
    simulator = {
        "output": {"batch_size": batch_size, "event_hub": hub},
        "transaction": {"volume": {"rate": rate}},
        "verify": {"enabled": False},
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text(yaml.safe_dump({"simulator": simulator}))
        options = ["--headless", "--only-summary", "--paysim-config", "config.yaml", "--loglevel", "ERROR"]
        options += ["-u", str(users), "-r", str(users), "-t", f"{seconds}s"]
        subprocess.run(
            [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *options],
            cwd=folder,
            env={**os.environ, "EVENTHUB_CONNECTION_STRING": connection_string},
            capture_output=True,
            timeout=seconds + 60,
        )
        return json.loads((folder / "output" / "latest" / "summary.json").read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rate", type=float, default=40_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=100)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, BenchHub(Path(folder)) as hub:
        port = hub.connection_string.split(";")[0].rsplit(":", 1)[1].strip("/")
        fault = ["fault", "--port", port, "ack-delay", str(DELAY_MS)]
        subprocess.run([sys.executable, "-m", "paysim.localhub", *fault], check=True)
        measure(hub, options)


def measure(hub: BenchHub, options: argparse.Namespace) -> None:
    cases = [(1, 1000.0, 50, 4), (200, options.rate, options.batch_size, options.connections)]
    for users, rate, batch_size, connections in cases:
        found = run(hub.connection_string, users, rate, batch_size, connections, options.seconds)
        reached, blocked = found["rate"], found["event_loop_lag"]
        print(
            f"{users} users, {rate:,.0f}/s asked, {reached['achieved_per_s']:,.0f}/s reached, {reached['late']:,} late"
        )
        print(f"  held up {blocked['share']:.2%} of the time, {blocked['max_ms']:.1f} ms at most")
        for kind in ("response", "service", "from_schedule"):
            times = found["latency_ms"][kind]
            print(f"  {kind:14}p50 {times['p50']:.2f}  p99 {times['p99']:.2f}  max {times['max']:.1f} ms", flush=True)


if __name__ == "__main__":
    main()
