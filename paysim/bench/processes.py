"""Processes of the bench: each on the core it is meant for, where there is more than one, and ended with the bench."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from select import select
from types import TracebackType

from paysim.config import child

from .cases import CaseResult

START_SECONDS = 60.0


class BenchError(Exception):
    """A case cannot be measured; one line for the user."""


def cores() -> tuple[set[int], set[int]] | None:
    """The core of what is measured and those of the rest (hub, master, the bench itself); None where none can be told
    apart."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    mine = sorted(os.sched_getaffinity(0))
    return ({mine[0]}, set(mine[1:])) if len(mine) > 1 else None


def spawn(
    arguments: list[str],
    *,
    log: Path,
    environ: dict[str, str] | None = None,
    asked: bool = True,
) -> "subprocess.Popen[str]":
    """`python ARGUMENTS` in the folder of its log, which takes its standard error.

    asked: somebody reads its standard output.
    """
    with log.open("w") as errors:
        return subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if asked else subprocess.DEVNULL,
            stderr=errors,
            text=True,
            env={**os.environ, **(environ or {})},
            cwd=log.parent,
            start_new_session=True,
        )


def place(pid: int, *, measured: bool) -> None:
    """Keep a process on its core from now on. It was started on any, as starting is what takes the longest."""
    apart = cores()
    if apart is None:
        return
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), apart[0] if measured else apart[1])


def end(process: "subprocess.Popen[str]", *, by: signal.Signals | None = signal.SIGTERM) -> None:
    """See to its end. by: the signal to tell it with; None where it ends when its standard input does."""
    if by is not None:
        process.send_signal(by)
    child.end(process, 10)
    if process.stdout is not None:
        process.stdout.close()


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


class BenchHub:
    """The local hub. `connection_string`: how this machine reaches it."""

    def __init__(self, folder: Path) -> None:
        log = folder / "hub.log"
        options = ["--retention-mb", "512", "--exit-on-stdin-close"]
        self._process = spawn(["-m", "paysim.localhub", *options], log=log)
        self.connection_string = read_line(self._process, log)
        place(self._process.pid, measured=False)

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        end(self._process, by=None)

    def __enter__(self) -> "BenchHub":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def read_line(process: "subprocess.Popen[str]", log: Path, seconds: float = START_SECONDS) -> str:
    """Raises BenchError where it ends or says nothing in time."""
    assert process.stdout is not None
    readable, _, _ = select([process.stdout], [], [], seconds)
    line = process.stdout.readline().strip() if readable else ""
    if not line:
        raise BenchError(f"{' '.join(map(str, process.args[1:4]))}: {last_line(log)}")  # type: ignore[index]
    return line


class Asked:
    """A case whose process answers as `answering` has it."""

    def __init__(self, folder: Path, name: str, arguments: list[str], connection_string: str) -> None:
        self._log = folder / f"{name}.log"
        environ = {"EVENTHUB_CONNECTION_STRING": connection_string}
        self._process = spawn(arguments, log=self._log, environ=environ)

    def ready(self) -> None:
        read_line(self._process, self._log)
        place(self._process.pid, measured=True)

    def measure(self, size: int, seconds: float) -> CaseResult:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps([size, seconds]) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise BenchError(last_line(self._log)) from None
        return CaseResult(**json.loads(read_line(self._process, self._log)))

    def close(self) -> None:
        end(self._process)
