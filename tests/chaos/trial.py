"""A distributed load test in trouble: a local hub, a master and workers, and a plan that is carried out beside them."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paysim.localhub.command import KEY_VARIABLE
from paysim.localhub.control import ControlError, ask
from paysim.localhub.faults import FAULTS
from paysim.localhub.faults.base import Once, Planted
from tests.support import others
from tests.support.hub_process import HubProcess
from tests.support.running import LoadTest

from .oracle import Arrivals, DataFolder
from .plan import ADD_PARTITIONS, KILL_HUB, KILL_WORKER, OTHERS, WIPE_HUB, Step

CONFIG = """
simulator:
  output:
    batch_size: {batch_size}
    linger_ms: {linger_ms}
    event_hub:
      partition_by: {partition_by}
      send_timeout: 20
      retry: {{max_retries: 5, initial_backoff: 0.1, max_backoff: 2.0}}
  transaction:
    population: {{customers: 2000, merchants: 200}}
    volume: {{total: {total}, rate: {rate}}}
    violations:
      {{duplicate: 0.02, redelivery: 0.01, reused_id: 0.005, new_id: 0.005, out_of_order: 0.005,
      late_arrival: 0.005, clock_skew: 0.005, malformed_json: 0.001, negative_amount: 0.001}}
  thresholds: {{error_rate: 1.0, lost: 0, duplicates: 0}}
  logging: {{level: DEBUG}}
"""
NEARLY_ALL, STANDSTILL = 0.985, 12.0
"""The plan ends when that share of the total is stored, or nothing more came for so many seconds: the end of sending is
under faults, and what comes after it, the reading back, is not."""
USERS = 150


@dataclass
class Options:
    """What is asked for; `seconds` is the longest it may take."""

    seed: int
    total: int
    rate: float
    workers: int
    seconds: float
    batch_size: int = 100
    linger_ms: int = 0
    partition_by: str = "round_robin"
    signals: tuple[signal.Signals, ...] = ()


@dataclass
class Later:
    """What `paysim verify` says after the run: exit code and text."""

    exit_code: int
    said: str


@dataclass
class Outcome:
    """What a trial left.

    signals: those that were sent while it verified. later: of its hub; anew: of a hub made anew at its address. None
    where that was not asked.
    """

    exit_code: int
    summary: dict[str, Any] | None
    arrivals: Arrivals
    seconds: float
    done: Counter[str] = field(default_factory=Counter)
    logs: str = ""
    signals: tuple[signal.Signals, ...] = ()
    later: Later | None = None
    anew: Later | None = None


class KilledHub:
    """A local hub that can be killed and comes back on the same port with the same data and key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.partitions = 4
        self.wiped = False
        self.process = HubProcess(*self._options)
        self.connection_string = self.process.connection_string
        self._until = 0.0

    @property
    def _options(self) -> tuple[str, ...]:
        return ("--data", str(self.folder), "--retention-mb", "100000", "--partitions", str(self.partitions))

    def kill(self, seconds: float) -> None:
        """SIGKILL; `tend` starts it again after so many seconds."""
        if self.alive:
            self.process.process.kill()
            self.process.process.communicate()
            self._until = time.monotonic() + seconds

    def wipe(self) -> None:
        """Kill it; it comes back as another, that knows nothing."""
        self.kill(0)
        shutil.rmtree(self.folder)
        self.wiped = True
        self.tend()

    @property
    def alive(self) -> bool:
        return self.process.process.poll() is None

    def tend(self) -> None:
        if not self.alive and time.monotonic() >= self._until:
            environ = {**os.environ, KEY_VARIABLE: self.process.key}
            self.process = HubProcess(*self._options, "--port", str(self.process.port), env=environ)

    def others_write(self, which: float) -> None:
        """Have others write into it, for a while; what they do not get through does not matter."""
        written = [*others.LEGAL.values()]
        some = written[int(which * len(written)) :][:12]
        partition = str(int(which * 1000) % self.partitions)
        threading.Thread(target=self._write, args=(partition, some), daemon=True).start()

    def _write(self, partition: str, some: list[bytes]) -> None:
        for messages, batch in ((some, False), (some, True), (list(others.JUNK.values()), True)):
            with contextlib.suppress(OSError, AssertionError, ValueError, IndexError, KeyError):
                others.send(self.process.port, self.process.key, partition, messages, batch=batch)

    def fault(self, step: Step) -> None:
        ask(self.process.port, {"fault": step.what, "value": step.value, "condition": step.condition})

    def calm(self) -> None:
        """End every fault that is in force, and be there."""
        self._until = 0.0
        self.tend()
        for name, fault in FAULTS.items():
            if not isinstance(fault, Planted | Once):
                self.fault(Step(0, name, 0))

    def stop(self) -> str:
        """End it; what it said on standard error since it was last started."""
        return self.process.stop() if self.alive else ""


class Trial:
    """One run. `say` gets a line of progress now and then."""

    def __init__(self, folder: Path, options: Options, plan: Iterator[Step], say: Any = print) -> None:
        self._folder, self._options, self._plan, self._say = folder, options, plan, say
        self._done: Counter[str] = Counter()
        self._sent: list[signal.Signals] = []

    def run(self) -> Outcome:
        began = time.monotonic()
        with contextlib.ExitStack() as ends:
            self._start(ends)
            try:
                self._trouble(began)
                self._hub.calm()
                threading.Thread(target=self._interrupt, daemon=True).start()
                exit_code = self._test.wait(max(60.0, self._options.seconds - (time.monotonic() - began)))
            except AssertionError as error:
                self._say(str(error)[-4000:])
                exit_code = -1
            seconds = time.monotonic() - began
            try:
                summary = self._test.summary
            except OSError:
                summary = None
            later = self._verify_later() if summary is not None else None
            self._reader.read()
            anew = None
            if later is not None and not self._hub.wiped:
                self._hub.wipe()
                anew = self._verify_later()
            said = self._hub.stop()
        logs = said + self._test.logs()
        found = self._reader.arrivals
        return Outcome(exit_code, summary, found, seconds, self._done, logs, tuple(self._sent), later, anew)

    def _interrupt(self) -> None:
        """The signals, while the master reads the hub back."""
        if not self._options.signals:
            return
        with contextlib.suppress(AssertionError):
            self._test.wait_for_log("reading the hub back, up to", timeout=self._options.seconds)
            for number in self._options.signals:
                self._test.signal(number)
                self._sent.append(number)
                time.sleep(1.0)  # two at once count as one

    def _verify_later(self) -> Later:
        command = ["-m", "paysim", "verify", "--summary", "output/latest/summary.json", "--config", "config.yaml"]
        environ, folder = self._test.environ, self._test.folder
        done = subprocess.run(
            [sys.executable, *command], cwd=folder, env=environ, capture_output=True, text=True, timeout=600
        )
        return Later(done.returncode, done.stdout + done.stderr)

    def _start(self, ends: contextlib.ExitStack) -> None:
        """Hub, master and workers; whatever happens, they end with `ends`."""
        options = self._options
        self._hub = KilledHub(self._folder / "hub")
        ends.callback(self._hub.stop)
        self._reader = DataFolder(self._folder / "hub")
        self._log = ends.enter_context((self._folder / "steps.jsonl").open("w"))
        arguments = ("--headless", "--only-summary", "-u", str(USERS), "-r", str(USERS))
        distributed = ("--master", "--expect-workers", str(options.workers))
        environ = {"EVENTHUB_CONNECTION_STRING": self._hub.connection_string}
        self._test = LoadTest(self._folder, CONFIG.format(**vars(options)), *arguments, *distributed, **environ)
        ends.callback(self._test.kill)
        for _ in range(options.workers):
            self._test.add_worker()

    def _trouble(self, began: float) -> None:
        """Carry the plan out until all is sent, or the run has ended, or the time is over."""
        while self._reader.read() == 0:  # the first connections are opened in peace: a run that cannot begin ends
            assert self._test.process.poll() is None, self._test.logs()
            time.sleep(0.2)
        started, told = time.monotonic(), 0.0
        stored, grew = 0, 0.0
        step = next(self._plan)
        while self._test.process.poll() is None and time.monotonic() - began < self._options.seconds:
            now = time.monotonic() - started
            self._hub.tend()
            while step.at <= now:
                self._do(step)
                step = next(self._plan)
            before, stored = stored, self._reader.read()
            if stored > before:
                grew = now
            if stored >= self._options.total * NEARLY_ALL or now - grew > STANDSTILL:
                return
            if now - told >= 20:
                told = now
                self._say(f"{now:6.0f} s  {stored:>10,} stored  {self._done.total():>4} steps")
            time.sleep(0.2)

    def _do(self, step: Step) -> None:
        error = None
        self._done[step.what] += 1
        if step.what == KILL_WORKER:
            alive = [worker for worker in self._test.workers if worker.poll() is None]
            if alive:
                alive[int(step.value * len(alive))].kill()
            self._test.add_worker()
        elif step.what == KILL_HUB:
            self._hub.kill(step.value)
        elif step.what == ADD_PARTITIONS:
            self._hub.partitions += int(step.value)
            self._hub.kill(0.2)
        elif step.what == WIPE_HUB:
            self._hub.wipe()
        elif step.what == OTHERS:
            self._hub.others_write(step.value)
        else:
            try:
                self._hub.fault(step)
            except ControlError as refused:  # it is dead at this moment
                error = str(refused)
        line = {"at": step.at, "what": step.what, "value": step.value, "condition": step.condition, "error": error}
        self._log.write(json.dumps(line) + "\n")
        self._log.flush()
