"""For all tests: no gevent patching of the test process, and no way out of this machine."""

import os
import re
from pathlib import Path

import coverage
import pytest

import paysim.transactions  # noqa: F401  (registers what configurations are loaded against)

# Importing locust patches sockets and threads for gevent. Load tests run in processes of their own, which are patched;
# the SDK, the hub and the tests in this one are not.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
import locust  # noqa: F401

del os.environ["LOCUST_SKIP_MONKEY_PATCH"]
# A developer's own namespace is never a test's target.
os.environ["EVENTHUB_CONNECTION_STRING"] = ""

ROOT = Path(__file__).parents[1]
MEASURING = "COVERAGE_PROCESS_CONFIG"
"""With it in its environment a process measures its coverage."""


def unmeasured_environ() -> dict[str, str]:
    """The environment of a process whose coverage is not measured."""
    return {name: value for name, value in os.environ.items() if name != MEASURING}


def locust_environ() -> dict[str, str]:
    """The environment of a Locust process: its coverage, where it is measured, goes by pyproject.toml, gevent included.

    Not so in this process: with greenlets to tell apart coverage makes each thread a home of greenlets, and what cleans
    up behind a thread that ends may then run for ever under CPython 3.11's tracing.
    """
    if MEASURING not in os.environ:
        return dict(os.environ)
    return {
        **unmeasured_environ(),
        "COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml"),
        "COVERAGE_FILE": str(ROOT / ".coverage"),
    }


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


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line of the tests: how many were skipped, and what to install for them."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput") or config.option.collectonly:
        return
    reporter.write_line(skipped_line([str(report.longrepr) for report in reporter.stats.get("skipped", [])]))


def skipped_line(reasons: list[str]) -> str:
    """reasons: one a test that was skipped; those that something to install would mend say `apt-get install …`."""
    named = [
        match.group(1).split() for reason in reasons if (match := re.search(r"apt-get install ([\w .+-]+)", reason))
    ]
    packages = " ".join(sorted({package for names in named for package in names}))
    tests = f"{len(reasons)} test{'' if len(reasons) == 1 else 's'} skipped"
    if not named:
        return tests + (", none of them for want of a program" if reasons else "")
    return f"{tests}: `apt-get install {packages}` lets {len(named)} of them run"
