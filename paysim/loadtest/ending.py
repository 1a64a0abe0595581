"""How a test ends: from inside, by Ctrl-C, and the options that decide it."""

import contextlib
import signal
from argparse import Namespace
from collections.abc import Iterator

import gevent
from gevent.lock import RLock
from locust.env import Environment
from locust.runners import Runner

BAD_CONFIGURATION = 2
UNREACHABLE = 3
INTERRUPTED = 130
"""What a shell makes of a program that Ctrl-C ended: here, before there was a run."""


def options(environment: Environment) -> Namespace:
    """Locust's command line, parsed; every environment that Locust's main makes has it."""
    assert environment.parsed_options is not None
    return environment.parsed_options


def end_test(runner: Runner) -> None:
    """A headless test quits, one with a web UI is stopped."""
    if options(runner.environment).headless:
        runner.quit()
    else:
        runner.stop()


def quit_once(runner: Runner) -> None:
    """Let who quits while the end of the run is under way wait for that end.

    A run may end for two reasons at once: its total is reached and its time is up, or a worker goes silent meanwhile.
    Locust's second `quit` does not wait for the first, and ends the process before there is a summary.
    """
    ending, leave = RLock(), runner.quit

    def quit() -> None:
        with ending:
            leave()

    runner.quit = quit  # type: ignore[method-assign]


def interrupt_main_only() -> None:
    """Let Ctrl-C interrupt the main greenlet and no other.

    Python raises KeyboardInterrupt in whatever runs at that moment, which may be a greenlet between two lines of
    writing down an acknowledgement. Taken from the event loop, it is raised where Locust's main waits for it.
    """
    gevent.signal_handler(signal.SIGINT, _interrupt)


def interrupt_main_on_sigterm(environment: Environment) -> None:
    """Let SIGTERM end a test with a shape as Ctrl-C does.

    Locust takes SIGTERM once its main waits for the end of the run, but with a shape it waits for the shape before
    that: until then the signal would end the process without a summary.
    """
    watcher = gevent.signal_handler(signal.SIGTERM, _interrupt)
    environment.events.test_stop.add_listener(lambda **_: watcher.cancel())


@contextlib.contextmanager
def sigterm_interrupts_main() -> Iterator[None]:
    """Let SIGTERM do the same as Ctrl-C while Locust does not take it yet."""
    watcher = gevent.signal_handler(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        watcher.cancel()


def _interrupt() -> None:
    # Raised here, gevent would hand it to the main greenlet as well, but print a traceback before.
    gevent.get_hub().handle_system_error(KeyboardInterrupt, KeyboardInterrupt())
