"""For all tests: no gevent patching of the test process, and no way out of this machine."""

import os
import signal

import coverage
import pytest
from hypothesis import settings

import paysim.publishers
import paysim.transactions  # noqa: F401  (registers what configurations are loaded against)
from tests.support.environment import MEASURING
from tests.support.order import spread
from tests.support.skips import skipped_line

# Importing locust patches sockets and threads for gevent. Load tests run in processes of their own, which are patched;
# the SDK, the hub and the tests in this one are not.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
import locust  # noqa: F401

del os.environ["LOCUST_SKIP_MONKEY_PATCH"]
# The same examples each time: what is found by chance would stop a change that has nothing to do with it. To look for
# more, `pytest --hypothesis-profile default`.
settings.register_profile("repeats", derandomize=True)
settings.load_profile("repeats")
# A shell without job control starts what runs in its background deaf to Ctrl-C, and so all that this process starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
# A developer's own namespace is never a test's target.
os.environ["EVENTHUB_CONNECTION_STRING"] = ""


@pytest.fixture(scope="module")
def unmeasured_processes():
    """No coverage of processes that this module's tests start: what they run others have covered, and measuring would
    double the time it takes."""
    config = os.environ.pop(MEASURING, None)
    yield
    if config is not None:
        os.environ[MEASURING] = config


@pytest.fixture(scope="module")
def unmeasured(unmeasured_processes):
    """Nor of this module's tests themselves."""
    running = coverage.Coverage.current()
    if running is not None:
        running.stop()
    yield
    if running is not None:
        running.start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that measures time on a machine that others use too has a second try; no other has. Where several
    processes take tests, real runs stand among the others."""
    for item in items:
        if busy := item.get_closest_marker("busy"):
            assert busy.args, f"{item.nodeid}: the mark busy says why"
            item.add_marker(pytest.mark.flaky(reruns=1))
    if "PYTEST_XDIST_WORKER" in os.environ:
        items[:] = spread(items)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line of the tests: how many were skipped, and what to install for them."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput") or config.option.collectonly:
        return
    reporter.write_line(skipped_line([str(report.longrepr) for report in reporter.stats.get("skipped", [])]))
