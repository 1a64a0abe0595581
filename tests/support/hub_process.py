"""A real hub in its own process, and the real SDK to reach it with."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from azure.eventhub import EventData, EventHubConsumerClient, EventHubProducerClient

from paysim.localhub.amqp import frames
from paysim.localhub.amqp.encoding import compound, read_items
from paysim.localhub.amqp.messages import envelope, event_at
from tests.support.amqp_client import AmqpClient


class HubProcess:
    """A local hub started for tests. `connection_string` has no EntityPath when it serves several hubs."""

    def __init__(self, *options: str, **popen: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "paysim.localhub", "--exit-on-stdin-close", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **popen,
        )
        assert self.process.stdout is not None
        self.connection_string = self.process.stdout.readline().strip()
        assert self.connection_string, self.process.communicate()[1]
        self.port = int(self.connection_string.split(";")[0].rsplit(":", 1)[1])
        self.key = self.connection_string.split("SharedAccessKey=")[1].split(";")[0]

    def stop(self) -> str:
        """Close its standard input; returns what it said on standard error."""
        _, said = self.process.communicate(timeout=20)
        return str(said)

    def producer(self, hub: str | None = None, **options: Any) -> EventHubProducerClient:
        options = {"retry_total": 0, "retry_backoff_factor": 0, "eventhub_name": hub, **options}
        if hub is None:
            options.pop("eventhub_name")
        return EventHubProducerClient.from_connection_string(self.connection_string, **options)

    def consumer(self, hub: str | None = None, group: str = "$Default", **options: Any) -> EventHubConsumerClient:
        if hub is not None:
            options["eventhub_name"] = hub
        return EventHubConsumerClient.from_connection_string(
            self.connection_string, group, retry_total=0, retry_backoff_factor=0, **options
        )

    def read(
        self,
        partition: str,
        count: int,
        *,
        start: Any = "-1",
        inclusive: bool = False,
        hub: str | None = None,
        group: str = "$Default",
        timeout: float = 20.0,
        **receive: Any,
    ) -> list[EventData]:
        """The next `count` events of a partition; fewer when they do not come in time."""
        consumer, got = self.consumer(hub, group), []

        def take(_: Any, events: list[EventData]) -> None:
            got.extend(events)
            if len(got) >= count:
                threading.Thread(target=consumer.close).start()

        def arrange_end() -> None:
            deadline = time.monotonic() + timeout
            while time.monotonic() < deadline and thread.is_alive():
                thread.join(0.05)
            consumer.close()

        thread = threading.Thread(
            target=lambda: consumer.receive_batch(
                take,
                partition_id=partition,
                starting_position=start,
                starting_position_inclusive=inclusive,
                max_wait_time=0.5,
                max_batch_size=300,
                **receive,
            )
        )
        thread.start()
        arrange_end()
        thread.join(10)
        return got


@contextlib.contextmanager
def running(*options: str, **popen: Any) -> Iterator[HubProcess]:
    """A hub for one test."""
    hub = HubProcess(*options, **popen)
    try:
        yield hub
    finally:
        hub.stop()


def connected(hub: HubProcess, address: str, **attach: Any) -> tuple[AmqpClient, int]:
    """A bare client with a token and a link to an address of a hub, and the link's handle."""
    client = AmqpClient(hub.port)
    client.open()
    assert client.authorize(address.split("/")[0], hub.key) == 202
    handle = client.attach(address, **attach)
    client.expect(frames.ATTACH)
    if not attach.get("receiver"):
        client.expect(frames.FLOW)
    return client, handle


def stored(hub: HubProcess, name: str, partition: int = 0, group: str = "$Default") -> list[bytes]:
    """The bodies in a partition, in order, as a bare client reads them."""
    address = f"{name}/ConsumerGroups/{group}/Partitions/{partition}"
    client, handle = connected(hub, address, receiver=True)
    client.credit(handle, 1000, drain=True)
    bodies: list[bytes] = []
    message = b""
    while True:
        frame = client.frame()
        code, at = frames.performative(frame)
        if code == frames.FLOW:
            client.close()
            return bodies
        count, first, end = compound(frame, at)
        message += frame[end:]
        if count > 5 and read_items(frame, first, end, 6)[5]:  # more of it to come
            continue
        begin, stop = event_at(message, envelope(message).bare)
        bodies.append(message[begin:stop])
        message = b""


def refused(*arguments: str, **popen: Any) -> str:
    """What a hub that must not start says on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "paysim.localhub", *arguments], capture_output=True, text=True, timeout=20, **popen
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return str(done.stderr)


def limited_environment(**extra: str) -> dict[str, str]:
    """The environment of a hub process with some variables more."""
    return {**os.environ, **extra}
