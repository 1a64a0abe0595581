"""Case `publisher`: paysim's publisher with prepared batches, under gevent as in a Locust worker."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402

from paysim.config.schema import Config  # noqa: E402
from paysim.contract.identity import Run  # noqa: E402
from paysim.publishers import make_publisher  # noqa: E402
from paysim.publishers.base import Acknowledgement, SendError  # noqa: E402
from paysim.transactions.batch import Batch  # noqa: E402

from . import prepared  # noqa: E402
from .answering import answer  # noqa: E402

SENDERS = 8
"""Each waits for its acknowledgement before it sends again, as a user does."""


def main() -> None:
    publisher = make_publisher(Config(), os.environ["EVENTHUB_CONNECTION_STRING"])
    publisher.open()
    run = Run.new()
    publisher.begin(run, 0, 1)
    batches = prepared.batches(run)

    def work(size: int, seconds: float) -> tuple[int, int]:
        count, sent = [0] * SENDERS, [0] * SENDERS
        end = time.perf_counter() + seconds

        def sender(number: int) -> None:
            landed = threading.Event()

            def on_outcome(part: Batch, outcome: Acknowledgement | SendError) -> None:
                if isinstance(outcome, SendError):
                    raise outcome
                count[number] += len(part)
                sent[number] += part.size
                landed.set()

            while time.perf_counter() < end:
                for batch in batches[size][number::SENDERS]:
                    landed.clear()
                    publisher.send(batch, on_outcome)
                    landed.wait()
                    if time.perf_counter() >= end:
                        break

        threads = [threading.Thread(target=sender, args=(number,)) for number in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(count), sum(sent)

    answer(work)


if __name__ == "__main__":
    main()
