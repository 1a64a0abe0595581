"""A master with workers, each a process."""

import signal
import subprocess
from collections.abc import Callable

from tests.support.running import LoadTest


def cluster(start: Callable[..., LoadTest], config: str, workers: int, *options: str) -> LoadTest:
    load_test = start(
        "--headless", "--only-summary", "--master", "--expect-workers", str(workers), *options, config=config
    )
    for _ in range(workers):
        load_test.add_worker()
    return load_test


def kill(worker: "subprocess.Popen[str]") -> None:
    worker.send_signal(signal.SIGKILL)
    worker.wait()
