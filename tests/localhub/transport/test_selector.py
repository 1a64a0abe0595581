"""Time-outs finer than a millisecond."""

import socket
import time

from paysim.localhub.transport.selector import PreciseSelector


def test_a_wait_of_less_than_a_millisecond_is_not_rounded_up_to_one() -> None:
    selector, waits = PreciseSelector(), []
    for _ in range(50):
        began = time.perf_counter()
        assert selector.select(0.0002) == []
        waits.append(time.perf_counter() - began)
    selector.close()
    assert 0.0002 <= min(waits) < 0.001


def test_what_is_ready_is_told_at_once() -> None:
    selector = PreciseSelector()
    one, other = socket.socketpair()
    with one, other:
        selector.register(one, 1, "key")
        other.send(b"x")
        ((key, _),) = selector.select(60)
        assert key.data == "key"
    selector.close()
