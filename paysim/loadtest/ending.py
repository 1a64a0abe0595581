"""How a test ends: from inside, by Ctrl-C, and the options that decide it."""

import signal
from argparse import Namespace
from typing import NoReturn

import gevent
from locust.env import Environment
from locust.runners import Runner

BAD_CONFIGURATION = 2
UNREACHABLE = 3


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


def interrupt_main_only() -> None:
    """Let Ctrl-C interrupt the main greenlet and no other.

    Python raises KeyboardInterrupt in whatever runs at that moment, which may be a greenlet between two lines of
    writing down an acknowledgement. Taken from the event loop, it is raised where Locust's main waits for it.
    """
    gevent.signal_handler(signal.SIGINT, _interrupt)


def interrupt_main_on_sigterm(environment: Environment) -> None:
    """Let SIGTERM end a test with stages as Ctrl-C does.

    Locust takes SIGTERM once its main waits for the end of the run, but with a shape it waits for the shape before
    that: until then the signal would end the process without a summary.
    """
    watcher = gevent.signal_handler(signal.SIGTERM, _interrupt)
    environment.events.test_stop.add_listener(lambda **_: watcher.cancel())


def _interrupt() -> NoReturn:
    raise KeyboardInterrupt  # gevent hands it from this greenlet of its own to the main one
