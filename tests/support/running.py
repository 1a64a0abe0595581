"""Runs the real thing: Locust as a subprocess, against a real local hub."""

import json
import os
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
from azure.eventhub import EventHubProducerClient

from paysim.delivery.ranges import Ranges
from tests.support.environment import ROOT, locust_environ, unmeasured_environ
from tests.support.hub_process import HubProcess
from tests.support.reading import Arrived
from tests.support.servers import free_port
from tests.support.waiting import wait_until

SUMMARY_SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/summary.schema.json").read_bytes()))
LOCUSTFILE = ROOT / "locustfiles" / "payments.py"


class Hub(HubProcess):
    """The hub of a load test: its own lines are not measured, `tests/localhub` does that."""

    def __init__(self, *options: str) -> None:
        super().__init__(*options, env=unmeasured_environ())

    def fault(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "paysim.localhub", "fault", "--port", str(self.port), *arguments]
        subprocess.run(command, check=True, timeout=20)

    def stored(self) -> int:
        """How many events it was ever given."""
        with EventHubProducerClient.from_connection_string(self.connection_string) as client:
            names = client.get_partition_ids()
            with ThreadPoolExecutor(len(names)) as at_once:  # each question takes the SDK a connection
                partitions = list(at_once.map(client.get_partition_properties, names))
        return sum(partition["last_enqueued_sequence_number"] + 1 for partition in partitions)

    def wait_for(self, events: int) -> None:
        """Until so many have arrived: by then the load test is under way, however busy this machine is."""
        wait_until(lambda: self.stored() >= events, timeout=60)

    def close(self) -> None:
        self.stop()


class LoadTest:
    """One Locust process (standalone or master) in a folder of its own, with what it left there."""

    def __init__(
        self,
        folder: Path,
        config: str,
        *options: str,
        hub: Hub | None = None,
        locustfile: str = str(LOCUSTFILE),
        wrapper: Sequence[str] = (),
        **environ: str,
    ) -> None:
        """wrapper: a command that starts this process as its last arguments say."""
        self.folder = folder
        self.config = folder / "config.yaml"
        self.config.write_text(config)
        self.environ = {
            **locust_environ(),
            "PYTHONUNBUFFERED": "1",
            "EVENTHUB_CONNECTION_STRING": hub.connection_string if hub else "",
            **environ,
        }
        self.master_port = free_port()
        self.workers: list[subprocess.Popen[str]] = []
        self.log = folder / "master.log"
        self.out = folder / "master.out"
        distributed = "--master" in options
        ports = ["--master-bind-host", "127.0.0.1", "--master-bind-port", str(self.master_port)] if distributed else []
        self.locustfile = locustfile
        told = ("--paysim-config", str(self.config), *ports, *options)
        self.process = self._spawn(self.log, self.out, *told, locustfile=locustfile, wrapper=wrapper)

    def _spawn(
        self, log: Path, out: Path, *options: str, locustfile: str = str(LOCUSTFILE), wrapper: Sequence[str] = ()
    ) -> subprocess.Popen[str]:
        with log.open("w") as stderr, out.open("w") as stdout:
            return subprocess.Popen(
                [*wrapper, sys.executable, "-m", "locust", "-f", locustfile, *options],
                cwd=self.folder,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )

    def add_worker(self, *options: str, locustfile: str = str(LOCUSTFILE), **environ: str) -> subprocess.Popen[str]:
        before, self.environ = self.environ, {**self.environ, **environ}
        name = f"worker{len(self.workers)}"
        worker = self._spawn(
            self.folder / f"{name}.log",
            self.folder / f"{name}.out",
            *("--worker", "--master-host", "127.0.0.1", "--master-port", str(self.master_port)),
            *options,
            locustfile=locustfile,
        )
        self.environ = before
        self.workers.append(worker)
        return worker

    def wait(self, timeout: float = 90) -> int:
        """The exit code, once it ended."""
        try:
            code = self.process.wait(timeout)
            for worker in self.workers:
                worker.wait(20)
            return code
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"still running after {timeout:g} s:\n{self.logs()}") from error
        finally:
            self.kill()

    def kill(self) -> None:
        for process in (self.process, *self.workers):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def logs(self) -> str:
        """What each process said, on standard error and on standard output: why a run failed stands in the latter."""
        said = sorted([*self.folder.glob("*.log"), *self.folder.glob("*.out")])
        return "\n".join(f"== {path.name}\n{path.read_text()}" for path in said)

    def wait_for_log(self, text: str, timeout: float = 40) -> None:
        wait_until(lambda: text in self.log.read_text(), timeout, lambda: f"no {text!r} in\n{self.logs()}")

    def wait_for_users(self) -> None:
        """Until all users are spawned; on a busy machine Locust says that it has not heard of all of them."""
        wait_until(
            lambda: any(text in self.log.read_text() for text in ("All users spawned", "Spawning is complete")),
            why=self.logs,
        )

    @property
    def summary(self) -> dict[str, Any]:
        """Of the last run. What any real run leaves keeps to the published schema."""
        found: dict[str, Any] = json.loads((self.folder / "output" / "latest" / "summary.json").read_bytes())
        SUMMARY_SCHEMA.validate(found)
        return found


class WebUI:
    """Locust's web API."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def up(self) -> bool:
        try:
            self.get("/")
            return True
        except OSError:
            return False

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return bytes(response.read())

    def post(self, path: str, **form: object) -> bytes:
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(self.url + path, data, timeout=60) as response:
            return bytes(response.read())

    def swarm(self, users: int, spawn_rate: float) -> None:
        assert json.loads(self.post("/swarm", user_count=users, spawn_rate=spawn_rate))["success"]

    def stop(self) -> None:
        assert json.loads(self.post("/stop"))["success"]

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get("/stats/requests"))
        return found


def assert_agree(summary: dict[str, Any], arrived: list[Arrived]) -> None:
    """Every acknowledged transaction is in the hub once, and nothing else but unknown ones."""
    expected: Counter[tuple[int, int]] = Counter()
    unknown: set[tuple[int, int]] = set()
    for producer in summary["producers"]:
        absent = Ranges((start, end) for start, end in producer["failed"])
        for start, end in producer["unknown"]:
            absent.add(start, end)
            unknown.update((producer["producer"], n) for n in range(start, end + 1))
        expected.update((producer["producer"], n) for n in range(producer["next_sequence"]) if n not in absent)
    read = Counter((event.identity.producer, event.identity.sequence) for event in arrived)
    missing = expected - read
    assert not missing, f"{len(missing)} acknowledged transactions are not in the hub"
    surplus = Counter({key: n for key, n in (read - expected).items() if key not in unknown})
    assert not surplus, f"{len(surplus)} transactions arrived that were not acknowledged, or arrived twice"
    assert summary["transactions"]["acked"] == sum(expected.values())
    assert {event.properties["paysim-run"] for event in arrived} <= {summary["run_id"]}
