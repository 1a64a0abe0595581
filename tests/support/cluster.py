"""A master with workers, each a process."""

import signal

from tests.support.running import LoadTest


def cluster(start, config: str, workers: int, *options: str) -> LoadTest:
    load_test = start(
        "--headless", "--only-summary", "--master", "--expect-workers", str(workers), *options, config=config
    )
    for _ in range(workers):
        load_test.add_worker()
    return load_test


def kill(worker) -> None:
    worker.send_signal(signal.SIGKILL)
    worker.wait()
