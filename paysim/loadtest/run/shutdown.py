"""How a test ends: signals and all of Locust's ways out lead to one end, and wait for it.

Locust has several ways out (a time that is up, Ctrl-C, SIGTERM, the last worker that quits), and any of them may
overtake the others: the process then ends before there is a summary. Here each of them comes to the same end. `verdict`
says what the end means, `planned_end` whether it was the planned one.
"""

import atexit
import contextlib
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import gevent
from gevent.event import Event
from gevent.lock import Semaphore
from locust.env import Environment
from locust.runners import Runner

from paysim.exit_codes import ExitCode
from paysim.loadtest import locust_compat

TOGETHER_SECONDS = 0.25
"""Signals that come together count as one: `timeout` and supervisors signal a process and its group."""


def options(environment: Environment) -> Namespace:
    """Locust's command line, parsed; every environment that Locust's main makes has it."""
    parsed: Namespace | None = environment.parsed_options
    assert parsed is not None
    return parsed


def end_test(runner: Runner) -> None:
    """A headless test quits, one with a web UI is stopped."""
    if options(runner.environment).headless:
        runner.quit()
    else:
        runner.stop()


class LeftAtOnce(SystemExit):
    """A third signal: nothing is waited for."""


class Signals:
    """SIGINT and SIGTERM, from the first moment to the last.

    The first one asks the test to end, the second ends verifying and waiting (`give_up`), the third ends the process at
    once with exit code 130.

    They are handled by the event loop. Python itself would raise KeyboardInterrupt in whatever runs at that moment,
    which may be a greenlet that is just recording an acknowledgement.
    """

    def __init__(self) -> None:
        self.received = 0
        self.leaving = False
        """Whether the process is ending already, so that Locust's main greenlet need not be interrupted."""
        self.asked: Callable[[], None] = lambda: None
        self.give_up: Callable[[], None] = lambda: None
        self._last = -1.0
        for number in (signal.SIGINT, signal.SIGTERM):
            gevent.signal_handler(number, self._receive)

    def _receive(self) -> None:
        now = monotonic()
        if self._last >= 0 and now - self._last < TOGETHER_SECONDS:
            return
        self._last = now
        self.received += 1
        if self.received == 1:
            self.asked()
            # Locust takes SIGTERM too, in the same turn of the loop, once its main waits for the end of the run.
            gevent.sleep(0)
            self.interrupt_main()
        elif self.received == 2:
            self.give_up()
        else:
            locust_compat.raise_in_main(LeftAtOnce(ExitCode.INTERRUPTED))

    def interrupt_main(self) -> None:
        """Let Locust's main greenlet go on to its way out, unless the process is on it already."""
        if not self.leaving:
            self.leaving = True
            locust_compat.raise_in_main(KeyboardInterrupt())


def end_apart(runner: Runner) -> None:
    """Let every `stop` and `quit` of Locust's run in a greenlet of its own, and wait for an end that is under way.

    Who asks for the end may be killed by it (Locust's listener of worker messages, a user that calls `quit`); the end
    goes on. Of two that ask at once the second waits: Locust's second `quit` would end the process meanwhile.
    """
    stop, quit = runner.stop, runner.quit
    one_at_a_time = Semaphore()
    ends: set[gevent.Greenlet] = set()

    def apart(end: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        if gevent.getcurrent() in ends:  # a listener of the end asks for it again
            end(*args, **kwargs)
        else:
            gevent.spawn(end, *args, **kwargs).get()

    def stop_in_turn(*args: Any, **kwargs: Any) -> None:
        me = gevent.getcurrent()
        with one_at_a_time:
            ends.add(me)
            try:
                stop(*args, **kwargs)
            finally:
                ends.discard(me)

    def stop_apart(*args: Any, **kwargs: Any) -> None:
        apart(stop if gevent.getcurrent() in ends else stop_in_turn, *args, **kwargs)

    locust_compat.replace_ends(runner, stop_apart, lambda: apart(quit))


class WayOut:
    """The one way out of the process: Locust's `quitting` and `quit`, once, with an end before and after the listeners.

    first: ends the run that is on. last: after the last `quitting` listener, fixes the exit code. left: something
    called sys.exit with this; in words. show: after the last `quit` listener; the exit code where it has become
    another one.
    """

    def __init__(
        self,
        environment: Environment,
        signals: Signals,
        *,
        first: Callable[[], None] = lambda: None,
        last: Callable[[], None] = lambda: None,
        left: Callable[[object, str], None] = lambda code, words: None,
        show: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._signals = signals
        self._first, self._last, self._left, self._show = first, last, left, show
        self._begun = self._ended = False
        events = environment.events
        self._quitting = locust_compat.replace_fire(events.quitting, self._fire_quitting)
        self._quit = locust_compat.replace_fire(events.quit, self._fire_quit)

    def _fire_quitting(self, *, reverse: bool = False, **kwargs: Any) -> None:
        self._signals.leaving = True
        if self._begun:
            Event().wait()  # somebody else is on the way out, and will end the process
        self._begun = True
        self._first()
        with self._noting_exits():
            self._quitting(reverse=reverse, **kwargs)
        self._last()
        self._ended = True

    def _fire_quit(self, **kwargs: Any) -> None:
        with self._noting_exits():
            self._quit(**kwargs)
        if (code := self._show()) is not None:
            raise SystemExit(code)

    @contextlib.contextmanager
    def _noting_exits(self) -> Iterator[None]:
        try:
            yield
        except LeftAtOnce:
            raise
        except SystemExit as left:
            self._left(left.code, f"a listener called sys.exit({left.code!r})")

    def guard(self) -> None:
        """From now on no way out goes past this one.

        A `sys.exit` in a greenlet (a task, a listener) would end the process at once: Locust's main is interrupted
        instead, if it is not on its way out. Where Locust ends by an error of its own, what is left of the end is done
        when the interpreter ends.
        """

        def interrupt_instead(error: BaseException) -> bool:
            if not isinstance(error, SystemExit) or isinstance(error, LeftAtOnce) or self._ended:
                return False
            self._left(error.code, f"a task or a listener called sys.exit({error.code!r})")
            self._signals.interrupt_main()
            return True

        locust_compat.take_system_errors(interrupt_instead)
        atexit.register(self._at_exit)

    def _at_exit(self) -> None:
        if not self._ended and self._signals.received < 3:
            self._begun = True
            if (error := getattr(sys, "last_value", None)) is not None:
                self._left(1, f"Locust ended by an error of its own: {error!r}")
            self._first()
            self._last()
            self._show()
