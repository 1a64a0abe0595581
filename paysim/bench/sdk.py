"""Cases `sdk_batch`, `sdk_single` and `sdk_buffered`: azure-eventhub as its documentation shows it, without paysim.

One producer client, plain threads, and events that are a body and nothing else, which is the least the SDK can be
asked for: paysim's own events carry a message id, a content type and the run as well.
"""

import itertools
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from azure.eventhub import EventData, EventHubProducerClient

from paysim.contract.identity import Run

from . import prepared
from .answering import Work, answer


def batch(client: EventHubProducerClient, bodies: list[bytes]) -> None:
    """create_batch, add, send_batch."""
    events = client.create_batch()
    for body in bodies:
        events.add(EventData(body))
    client.send_batch(events)


def single(client: EventHubProducerClient, bodies: list[bytes]) -> None:
    """send_event, one by one."""
    for body in bodies[:10]:  # some milliseconds each: look at the clock now and then
        client.send_event(EventData(body))


def buffered(client: EventHubProducerClient, bodies: list[bytes]) -> None:
    """The same events given to the buffered producer, which sends when it has enough."""
    if len(bodies) == 1:
        client.send_event(EventData(bodies[0]))
    else:
        client.send_batch([EventData(body) for body in bodies])


def _ignore(*_: object) -> None: ...


def _fail(_: object, __: object, error: Exception) -> None:
    print(error, file=sys.stderr)
    os._exit(1)


def work_of(case: str, connection_string: str) -> Work:
    options: dict[str, Any] = {}
    if case == "sdk_buffered":
        options = {"buffered_mode": True, "on_success": _ignore, "on_error": _fail}
    client = EventHubProducerClient.from_connection_string(connection_string, **options)
    send: Callable[[EventHubProducerClient, list[bytes]], None]
    send = {"sdk_batch": batch, "sdk_single": single, "sdk_buffered": buffered}[case]
    bodies = {size: [batch.bodies for batch in batches] for size, batches in prepared.batches(Run.new()).items()}

    def work(size: int, seconds: float) -> tuple[int, int]:
        count = sent = 0
        end = time.perf_counter() + seconds
        for each in itertools.cycle(bodies[size]):
            send(client, each)
            done = each[:10] if case == "sdk_single" else each
            count += len(done)
            sent += sum(map(len, done))
            if time.perf_counter() >= end:
                break
        if case == "sdk_buffered":
            client.flush()
        return count, sent

    return work


def main() -> None:
    answer(work_of(sys.argv[1], os.environ["EVENTHUB_CONNECTION_STRING"]))


if __name__ == "__main__":
    main()
