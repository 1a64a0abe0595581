"""What is made beside a run: greenlets go on meanwhile."""

import sys
import threading

import gevent
import pytest

from paysim.loadtest.sending.beside import beside


def test_greenlets_go_on_while_it_is_made() -> None:
    went_on = threading.Event()
    gevent.spawn(went_on.set)
    assert beside(lambda: went_on.wait(60))


def test_what_it_raises_is_raised_and_the_interpreter_is_as_before() -> None:
    interval = sys.getswitchinterval()
    with pytest.raises(ZeroDivisionError):
        beside(lambda: 1 / 0)
    assert sys.getswitchinterval() == interval
