"""Cutting off the line that a killed process left without its end.

A write of many lines is one system call, but the kernel copies it page by page and stops between two pages when
the process is killed (SIGKILL, out of memory): seen in every second kill under full load. So a file that is
written is watched by a small process of its own, which outlives the killed one and cuts the file back to whole
lines. It runs this file by its path, so nothing but the standard library is imported here.

Writers hold a shared lock on their file; it is only cut under an exclusive one, so never while anyone writes.
"""

import contextlib
import fcntl
import os
import sys
import time

_BLOCK = 1 << 16


def cut(descriptor: int, patience: float = 0.0) -> None:
    """Cut off what stands behind the last line break, unless somebody writes the file. Raises OSError.

    `patience`: seconds to wait for a lock, as a process that ends gives its files back one after the other.
    """
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() >= end:
                return
            time.sleep(0)  # whoever killed the other one may read the file next
    size = os.fstat(descriptor).st_size
    whole = _whole_lines(descriptor, size)
    if whole < size:
        os.ftruncate(descriptor, whole)


def _whole_lines(descriptor: int, size: int) -> int:
    """Bytes up to and with the last line break."""
    end = size
    while end > 0:
        start = max(0, end - _BLOCK)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def watch() -> None:
    """Take paths from standard input, one a line; at its end, when the writer is gone, cut them all."""
    paths = sys.stdin.buffer.read().splitlines()
    for path in paths:
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDWR)
            cut(descriptor, patience=1.0)
            os.close(descriptor)


if __name__ == "__main__":
    watch()
