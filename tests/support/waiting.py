"""Waiting for a condition instead of for a while."""

import time
from collections.abc import Callable


def eventually(holds: Callable[[], bool], timeout: float = 10.0) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


def wait_until(condition: Callable[[], object], timeout: float = 40, why: Callable[[], str] = lambda: "") -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, why()
        time.sleep(0.05)
