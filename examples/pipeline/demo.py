"""Local hub, pipeline and load in one command: `python -m examples.pipeline.demo [switches of the pipeline]`.

Nothing leaves this machine but to the database that DATABASE_URL names, where it is set; else the ledger is an SQLite
file that goes at the end. LOCUST_OPTIONS are given to Locust instead of a headless run of 30 s.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
HUBS = ("payments", "validated", "rejected")
GROUP = "ingest"
HEADLESS = "--headless --only-summary -u 20 -r 20 -t 30s"


def main() -> int:
    python = sys.executable
    with tempfile.TemporaryDirectory(prefix="paysim-pipeline-") as folder:
        hub = subprocess.Popen(
            [
                python,
                "-m",
                "paysim.localhub",
                "--exit-on-stdin-close",
                "--consumer-group",
                GROUP,
                *(word for name in HUBS for word in ("--hub", name)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert hub.stdin is not None and hub.stdout is not None
        address = hub.stdout.readline().strip()
        if not address:
            return 2
        environ = {"DATABASE_URL": f"sqlite:///{folder}/ledger.db", **os.environ, "EVENTHUB_CONNECTION_STRING": address}
        pipeline = subprocess.Popen(
            [python, "-m", "examples.pipeline", "--group", GROUP, *sys.argv[1:]],
            env=environ,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            assert pipeline.stdout is not None
            if pipeline.stdout.readline() != "pipeline: reading\n":
                return 2
            options = shlex.split(os.environ.get("LOCUST_OPTIONS") or HEADLESS)
            load = [
                python,
                "-m",
                "locust",
                "-f",
                "locustfiles/payments.py",
                "--paysim-config",
                str(HERE / "config.yaml"),
            ]
            return subprocess.run([*load, *options], env=environ).returncode
        except KeyboardInterrupt:
            return 130
        finally:
            pipeline.terminate()
            hub.stdin.close()
            for process in (pipeline, hub):
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()


if __name__ == "__main__":
    sys.exit(main())
