"""For all tests: no gevent patching of the test process, and no way out of this machine."""

import os

import coverage
import pytest

# Importing locust patches sockets and threads for gevent. Load tests run in processes of their own, which are patched;
# the SDK, the hub and the tests in this one are not.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
import locust  # noqa: F401

del os.environ["LOCUST_SKIP_MONKEY_PATCH"]
# A developer's own namespace is never a test's target.
os.environ["EVENTHUB_CONNECTION_STRING"] = ""

MEASURING = "COVERAGE_PROCESS_CONFIG"
"""With it in its environment a process measures its coverage."""


def unmeasured_environ() -> dict[str, str]:
    """The environment of a process whose coverage is not measured."""
    return {name: value for name, value in os.environ.items() if name != MEASURING}


@pytest.fixture(scope="module")
def unmeasured():
    """No coverage of this module's tests, nor of processes that they start: what they run others have covered, and
    measuring would double the time it takes."""
    running, config = coverage.Coverage.current(), os.environ.pop(MEASURING, None)
    if running is not None:
        running.stop()
    yield
    if running is not None:
        running.start()
    if config is not None:
        os.environ[MEASURING] = config
