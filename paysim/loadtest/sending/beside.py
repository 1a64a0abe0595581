"""What takes seconds to make, beside a run: its greenlets share one thread, and this has one of its own."""

import sys
from collections.abc import Callable
from typing import TypeVar

import gevent

_TURN_SECONDS = 0.0005
"""How long it may hold the interpreter at a time: each write to a socket has to get it back."""

Made = TypeVar("Made")


def beside(make: Callable[[], Made]) -> Made:
    """What `make` returns. It knows nothing of greenlets: where it waits, only its own thread does."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        made: Made = gevent.get_hub().threadpool.apply(make)
    finally:
        sys.setswitchinterval(interval)
    return made
