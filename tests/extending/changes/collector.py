"""A destination that leads to another host: batches as JSON Lines, posted to an HTTP collector."""

import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from http.client import HTTPConnection, HTTPException
from time import perf_counter

from paysim.config.errors import TargetError
from paysim.config.schema import Config
from paysim.config.sections.output import Output
from paysim.config.targets.target import Target
from paysim.contract.identity import Run
from paysim.publishers.base import (
    DESTINATIONS,
    Acknowledgement,
    OnOutcome,
    Part,
    Publisher,
    PublisherFigures,
    PublishingDestination,
    SendError,
)
from paysim.transactions.batch import Batch


class CollectorPublisher:
    identity = None

    def __init__(self, target: Target) -> None:
        self._host, self._port = target.host, target.port
        self.target = target.key
        self.figures = PublisherFigures()
        self._threads = ThreadPoolExecutor(4)
        self._open: set[Future[None]] = set()

    def open(self) -> None:
        try:
            HTTPConnection(self._host, self._port, timeout=5).connect()
        except OSError as error:
            raise TargetError(f"cannot use {self.target}: {error.strerror}") from None

    def begin(self, run: Run, producer: int, producers: int) -> None:
        self.figures = PublisherFigures()

    def send(self, batch: Batch, on_outcome: OnOutcome) -> None:
        sent = self._threads.submit(self._post, batch, on_outcome)
        self._open.add(sent)
        sent.add_done_callback(self._open.discard)

    def send_together(self, parts: list[Part]) -> None:
        for batch, on_outcome in parts:
            self.send(batch, on_outcome)

    def _post(self, batch: Batch, on_outcome: OnOutcome) -> None:
        began = perf_counter()
        try:
            connection = HTTPConnection(self._host, self._port, timeout=5)
            connection.request("POST", "/", b"\n".join(batch.bodies))
            status = connection.getresponse().status
        except (OSError, HTTPException):
            on_outcome(batch, SendError("connection lost", unknown=True))
            return
        on_outcome(batch, Acknowledgement(perf_counter() - began) if status == 200 else SendError(f"HTTP {status}"))

    def drain(self, timeout: float) -> None:
        wait(list(self._open), timeout)

    def close(self) -> None:
        self._threads.shutdown(wait=False)


class Collector(PublishingDestination):
    name, request_type = "collector", "HTTP"

    def target(self, output: Output, environ: Mapping[str, str] | None = None) -> Target:
        host, _, port = os.environ["COLLECTOR"].partition(":")
        return Target(host, "collected", int(port or 80))

    def place(self, output: Output) -> str:
        return self.target(output).key

    def publisher(self, config: Config, connection_string: str | None) -> Publisher:
        return CollectorPublisher(self.target(config.output))


DESTINATIONS.add(Collector())
