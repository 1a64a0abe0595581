"""Makes in a thread of its own what takes seconds, so that the greenlets of a run, which share one thread, go on."""

import sys
from collections.abc import Callable
from typing import TypeVar

import gevent

_TURN_SECONDS = 0.0005
"""How long it may hold the interpreter at a time: each write to a socket has to get it back."""

Made = TypeVar("Made")


def beside(make: Callable[[], Made]) -> Made:
    """Call `make` in another thread and return what it returns. `make` must not use gevent."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        made: Made = gevent.get_hub().threadpool.apply(make)
    finally:
        sys.setswitchinterval(interval)
    return made
