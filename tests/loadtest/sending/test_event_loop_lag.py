"""What holds the event loop up is measured."""

import time

import gevent
import pytest

from paysim.loadtest.sending.event_loop_lag import EventLoopLag, Watch

pytestmark = pytest.mark.busy("how long the loop is held up is measured")


def test_a_computation_that_lets_nobody_else_run_is_seen():
    watch = Watch()
    gevent.sleep(0.05)
    began = time.perf_counter()
    while time.perf_counter() - began < 0.2:  # time.sleep may be patched to yield
        pass
    gevent.sleep(0.05)
    watch.stop()
    assert watch.lag.max_ms >= 150
    assert watch.lag.seconds >= 0.15


def test_what_an_event_loop_takes_anyway_is_not_counted():
    blocked = EventLoopLag()
    blocked.held_up(0.004)
    assert blocked == EventLoopLag()
    blocked.held_up(0.006)
    assert (blocked.seconds, blocked.max_ms) == pytest.approx((0.006, 6))


def test_many_that_work_at_once_let_the_event_loop_look_at_its_sockets_in_between():
    watch = Watch()

    def work():
        watch.breathe()
        began = time.perf_counter()
        while time.perf_counter() - began < 0.004:
            pass

    def looked():
        while not done:
            turns.append(time.perf_counter())
            gevent.sleep(0.001)  # a timer: it is called when the loop looks

    done, turns = list[bool](), list[float]()
    looking = gevent.spawn(looked)
    gevent.joinall([gevent.spawn(work) for _ in range(50)])
    done.append(True)
    looking.join(5)
    watch.stop()
    assert len(turns) > 12  # without it, once before and once after all of them
