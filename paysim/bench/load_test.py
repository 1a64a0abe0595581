"""Case `worker`: Locust itself, a master and one worker, started and stopped through its web API as people do.

The master is told the batch size with the start form: a configuration a size. What is counted is what the worker's
own ledger has as acknowledged, read by its meter (`locustfile`) from when all users are there and the first
moments are over.
"""

import json
import os
import signal
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from . import processes
from .cases import LINGER_MS, SIZES, USERS, CaseResult
from .processes import BenchError

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
WARM_SECONDS = 0.4
IDLE_LOOK = 0.2
READY_LOOK = 1.0  # longer: before it makes its people, a worker waits for moments for the hub
IDLE_SHARE = 0.2
START_SECONDS = 60.0


class LoadTest:
    """A master on the hub's core, a worker on the measured one."""

    def __init__(self, folder: Path, connection_string: str) -> None:
        self._folder = folder
        for size in SIZES:
            (folder / f"{size}.yaml").write_text(yaml.safe_dump({"simulator": configuration(size)}))
        self._meter = folder / "meter"
        self._meter.touch()
        web, bind = _free_port(), _free_port()
        self._url = f"http://127.0.0.1:{web}"
        environ = {
            "EVENTHUB_CONNECTION_STRING": connection_string,
            "PAYSIM_BENCH_METER": str(self._meter),
            "PAYSIM_CONFIG": "",
        }
        common = ["-m", "locust", "-f", str(LOCUSTFILE), "--loglevel", "WARNING"]
        master = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", str(bind)]
        master += ["--web-host", "127.0.0.1", "--web-port", str(web)]
        master += ["--paysim-config", str(folder / f"{SIZES[0]}.yaml")]
        worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", str(bind)]
        self._logs = {name: folder / f"{name}.log" for name in ("master", "worker")}
        self._master = processes.spawn([*common, *master], log=self._logs["master"], environ=environ, asked=False)
        self._worker = processes.spawn([*common, *worker], log=self._logs["worker"], environ=environ, asked=False)
        self.master_share = 0.0
        """Share of a core that the master took in the last measurement."""

    @property
    def worker_pid(self) -> int:
        return self._worker.pid

    def ready(self) -> None:
        self._wait(lambda: self._workers_ready() == 1, "the worker did not join")
        processes.place(self._worker.pid, measured=True)
        processes.place(self._master.pid, measured=False)
        self._wait(lambda: self._idle(READY_LOOK), "the worker does not come to rest")

    def measure(self, size: int, seconds: float) -> CaseResult:
        users = USERS[size]
        self._post("/swarm", user_count=users, spawn_rate=users, configuration=f"{size}.yaml")
        self._wait(lambda: self._users() == users and self._moves(), "the load test did not start")
        time.sleep(WARM_SECONDS)
        cpu, clock = _cpu(self._master.pid), time.perf_counter()
        before = self._now()
        time.sleep(seconds)
        after = self._now()
        self.master_share = (_cpu(self._master.pid) - cpu) / (time.perf_counter() - clock)
        self._post("/stop")
        self._wait(lambda: self._stats()["state"] == "stopped", "the load test did not stop")
        self._wait(self._idle, "the worker does not come to rest")
        (took, used, count, sent), peak = (b - a for a, b in zip(before[:4], after[:4], strict=True)), after[4]
        return CaseResult(int(count), int(sent), took, used, peak)

    def close(self) -> None:
        for process in (self._worker, self._master):
            processes.end(process, by=signal.SIGKILL)  # Locust's own end takes seconds

    def _now(self) -> list[float]:
        """A line of the meter that is not older than this moment."""
        asked = time.perf_counter()
        self._wait(lambda: self._newest()[0] >= asked, "the worker's meter does not move")
        return self._newest()

    def _newest(self) -> list[float]:
        with self._meter.open("rb") as meter:
            meter.seek(max(0, meter.seek(0, os.SEEK_END) - 1000))
            lines = meter.read().split(b"\n")
        found: list[float] = json.loads(lines[-2]) if len(lines) > 1 else [0.0, 0.0, 0, 0, 0.0]
        return found

    def _moves(self) -> bool:
        first = self._now()
        time.sleep(0.25)
        return self._now()[2] != first[2]

    def _idle(self, look: float = IDLE_LOOK) -> bool:
        """The worker prepares a run when it has joined, and the next when one has stopped: it makes hundreds of
        thousands of people, on the core on which the next case is measured."""
        before = _cpu(self._worker.pid)
        time.sleep(look)
        return _cpu(self._worker.pid) - before < IDLE_SHARE * look

    def _workers_ready(self) -> int:
        try:
            workers = self._stats()["workers"]
        except urllib.error.URLError:
            return 0
        return sum(worker["state"] == "ready" for worker in workers)

    def _users(self) -> int:
        return int(self._stats()["user_count"])

    def _stats(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._get("/stats/requests"))
        return found

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self._url + path, timeout=30) as response:  # noqa: S310
            body: bytes = response.read()
        return body

    def _post(self, path: str, **form: object) -> None:
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(self._url + path, data, timeout=30) as response:  # noqa: S310
            answer = json.loads(response.read())
        if not answer["success"]:
            raise BenchError(answer["message"])

    def _wait(self, condition: Callable[[], bool], why: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            for name, process in (("worker", self._worker), ("master", self._master)):
                if process.poll() is not None:
                    raise BenchError(f"Locust's {name} ended: {processes.last_line(self._logs[name])}")
            if time.monotonic() > deadline:
                raise BenchError(f"{why}: {processes.last_line(self._logs['worker'])}")
            time.sleep(0.02)


def configuration(size: int) -> dict[str, object]:
    """The standard configuration, as fast as it goes; everything that costs and is on by default is on."""
    return {
        "output": {
            "batch_size": size,
            "linger_ms": LINGER_MS if size == 1 else 0,
            "event_hub": {"connection_string": "${EVENTHUB_CONNECTION_STRING}"},
        },
        "transaction": {"volume": {"rate_per_user": None}},
        "verify": {"enabled": False},
    }


def _cpu(pid: int) -> float:
    """Processor seconds a process has used; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
