"""How much processor time this process took, and how long it waited for a core that others had."""

import contextlib
from pathlib import Path
from time import process_time

_SCHEDULED = Path("/proc/self/schedstat")
"""Of the main thread, in which everything runs: nanoseconds on a core, nanoseconds of waiting for one, turns. Linux."""


def taken() -> float:
    """Seconds of processor time that this process took so far."""
    return process_time()


def waited() -> float:
    """Seconds that this process waited for a core so far; 0 where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(_SCHEDULED.read_text().split()[1]) / 1e9
    return 0.0
