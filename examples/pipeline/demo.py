"""Local hub, pipeline and load in one command: `python -m examples.pipeline.demo [switches of the pipeline]`.

Nothing leaves this machine but to the database that DATABASE_URL names, where it is set; else the ledger is an SQLite
file that goes at the end. While it runs, http://127.0.0.1:8089/payments shows every hop (UI_PORT names another port);
afterwards output/latest/report.html does. LOCUST_OPTIONS are given to Locust instead of a run of 60 s with that page.
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
OPTIONS = "--autostart --autoquit 1 --web-host 127.0.0.1 --web-port {port} --only-summary -u 20 -r 20 -t 60s"


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
            port = os.environ.get("UI_PORT") or "8089"
            options = shlex.split(os.environ.get("LOCUST_OPTIONS") or OPTIONS.format(port=port))
            if not os.environ.get("LOCUST_OPTIONS"):
                print(f"Every hop, live: http://127.0.0.1:{port}/payments", flush=True)
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
            pipeline.terminate()  # before the hub, which it would find gone
            _wait(pipeline)
            hub.stdin.close()
            _wait(hub)


def _wait(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


if __name__ == "__main__":
    sys.exit(main())
