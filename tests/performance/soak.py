"""Does memory stay flat: `python -m tests.performance.soak [--seconds 600] [--rate 20000] [--users 50]`.

A standalone Locust run against a local hub, each a process of its own; resident memory of both is read twelve times on
the way, and the summary says what was reached. `--users 10000 --rate 0 --pace 0.01`: ten thousand users, mostly idle.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import yaml

from paysim.bench.processes import BenchHub

LOCUSTFILE = Path(__file__).resolve().parents[2] / "locustfiles" / "payments.py"


def configuration(options: argparse.Namespace) -> str:
    volume = {"rate": options.rate} if options.rate else {"rate_per_user": options.pace}
    hub = {"connection_string": "${EVENTHUB_CONNECTION_STRING}", "connections": options.connections or "auto"}
    output = {"batch_size": options.batch_size, "event_hub": hub}
    simulator = {"output": output, "transaction": {"volume": volume}, "verify": {"enabled": False}}
    return yaml.safe_dump({"simulator": simulator})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--rate", type=float, default=20_000)
    parser.add_argument("--pace", type=float, default=0.01, help="transactions/s of each user, with --rate 0")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--batch-size", type=int, default=100)
    parser.add_argument("--connections", type=int, help="default: auto, which grows where the machine is busy")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, BenchHub(Path(name)) as hub:
        folder = Path(name)
        (folder / "config.yaml").write_text(configuration(options))
        environ = {**os.environ, "EVENTHUB_CONNECTION_STRING": hub.connection_string}
        run = ["--headless", "--only-summary", "-u", str(options.users), "-r", str(min(options.users, 1000))]
        run += ["-t", f"{options.seconds}s", "--paysim-config", "config.yaml", "--loglevel", "WARNING"]
        with (folder / "log").open("w") as log:
            locust = subprocess.Popen(
                [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *run],
                cwd=folder,
                env=environ,
                stdout=log,
                stderr=log,
            )
        began = time.monotonic()
        print("  seconds   Locust MB   hub MB", flush=True)
        while locust.poll() is None:
            time.sleep(options.seconds / 12)
            if locust.poll() is None:
                sizes = [psutil.Process(each.pid).memory_info().rss / 1e6 for each in (locust, hub)]
                print(f"{time.monotonic() - began:9.0f}{sizes[0]:12.1f}{sizes[1]:9.1f}", flush=True)
        print((folder / "log").read_text()[-3000:])
        summary = json.loads((folder / "output" / "latest" / "summary.json").read_bytes())
        print(json.dumps({key: summary[key] for key in ("rate", "latency_ms", "event_loop_lag")}))


if __name__ == "__main__":
    main()
