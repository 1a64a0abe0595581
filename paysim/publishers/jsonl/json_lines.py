"""Transactions as JSON Lines on a file descriptor: whole lines or none.

What file and standard output share: how a batch becomes lines, how they are written, and the labels that go
beside them, because lines have no properties. Opening and naming is in `file` and `stdout`.
"""

import contextlib
import fcntl
import os
import subprocess
import sys
from pathlib import Path

from paysim.config import child
from paysim.contract.labels import fraud_line, label_line
from paysim.publishers.base import SendError
from paysim.transactions.batch import Batch

from . import torn_lines


def lines(batch: Batch) -> bytes:
    """The bodies, one a line. Raises SendError where a body holds a line break."""
    data = b"\n".join(batch.bodies) + b"\n"
    if data.count(b"\n") != len(batch):
        raise SendError("a body with a line break does not fit into JSON Lines")
    return data


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of `data`. Raises OSError; what was written before it stays in the file."""
    written = os.write(descriptor, data)
    if written < len(data):
        rest = memoryview(data)
        while written < len(data):
            written += os.write(descriptor, rest[written:])


def reason_of(error: OSError) -> str:
    """What the system calls it, without the path: `no space left on device`."""
    return (error.strerror or type(error).__name__).lower()


def open_appending(path: Path) -> int:
    """A descriptor that appends to `path`, its folder made. Raises OSError.

    A line that a crash left without its end would swallow the next one: it is cut off.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        torn_lines.cut(descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


class TornLineGuard:
    """A process that cuts torn lines off files when this one is killed; see `torn_lines`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def watch(self, path: Path) -> None:
        """Watch this file too. Where no process can be started, the next process that opens the file cuts it."""
        with contextlib.suppress(OSError):
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", torn_lines.__file__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    bufsize=0,
                    env=child.environment(),
                    start_new_session=True,
                )
            if self._process.stdin is not None:
                self._process.stdin.write(os.fsencode(path.absolute()) + b"\n")

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            child.end(process, 2)


def count_lines(descriptor: int) -> int:
    """Lines in a file that ends with a line break."""
    count = offset = 0
    while chunk := os.pread(descriptor, 1 << 20, offset):
        count += chunk.count(b"\n")
        offset += len(chunk)
    return count


class LabelWriter:
    """`<output>.labels.jsonl`: a label, with its line (from 1), of every labelled transaction, and of what is fraud.

    The file is made with its first label.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def write(self, batch: Batch, first_line: int) -> None:
        """The labels of a batch whose first transaction is on `first_line`. Raises OSError."""
        if self._descriptor is None:
            self._descriptor = open_appending(self._path)
        write_whole(
            self._descriptor,
            b"".join(
                label_line(batch.ids[at], batch.labels[at], batch.episodes.get(at), first_line + at)
                if at in batch.labels
                else fraud_line(batch.ids[at], first_line + at)
                for at in sorted({*batch.labels, *batch.fraud})
            ),
        )

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
