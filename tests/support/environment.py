"""Where the repository is, and the environment of processes that tests start."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
MEASURING = "COVERAGE_PROCESS_CONFIG"
"""With it in its environment a process measures its coverage."""


def unmeasured_environ() -> dict[str, str]:
    """The environment of a process whose coverage is not measured."""
    return {name: value for name, value in os.environ.items() if name != MEASURING}


_QUICK_START = {
    "PYTHONPATH": os.pathsep.join(
        [str(Path(__file__).with_name("start")), *filter(None, [os.environ.get("PYTHONPATH")])]
    ),
    "PYDANTIC_DISABLE_PLUGINS": "1",
}
"""Which installed packages have plug-ins is not looked for again and again in each process, see start/."""


def locust_environ() -> dict[str, str]:
    """The environment of a Locust process: its coverage, where it is measured, goes by pyproject.toml, gevent included.

    Not so in this process: with greenlets to tell apart coverage makes each thread a home of greenlets, and what cleans
    up behind a thread that ends may then run for ever under CPython 3.11's tracing.
    """
    if MEASURING not in os.environ:
        return {**os.environ, **_QUICK_START}
    return {
        **unmeasured_environ(),
        **_QUICK_START,
        "COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml"),
        "COVERAGE_FILE": str(ROOT / ".coverage"),
    }
