"""Runs without Locust: a hub that may be restarted, and a publisher that keeps a ledger, for tests of verifying."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from paysim.config.schema import Config, EventHub
from paysim.contract.identity import Run
from paysim.delivery import repeats
from paysim.delivery.ledger import Ledger, Sent
from paysim.delivery.verification import Verification
from paysim.eventhub.address import HubAddress
from paysim.localhub.command import KEY_VARIABLE
from paysim.publishers import make_publisher
from paysim.publishers.base import Outcome
from paysim.summary.delivery import DeliveryRecord, ProducerRecord
from paysim.transactions.batch import Batch
from paysim.transactions.generator import TransactionGenerator
from tests.support.environment import unmeasured_environ
from tests.support.hub_process import HubProcess


class RestartedHub:
    """A local hub that can be stopped, and started again at the same address: with its data, or without. Its own lines
    are not measured, `tests/localhub` does that."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.process = HubProcess("--data", str(folder), *options, env=unmeasured_environ())
        self.connection_string = self.process.connection_string
        self._options = options

    @property
    def event_hub(self) -> EventHub:
        plain = {"connection_string": self.connection_string, "eventhub_name": "payments", "retry": {"max_retries": 0}}
        return EventHub.model_validate(plain)

    def stop(self) -> None:
        if self.process.process.poll() is None:
            self.process.stop()

    def start(self, *options: str, keep: bool = True) -> None:
        """options: instead of those of before. keep: with its data."""
        if not keep:
            shutil.rmtree(self.folder)
        environ = {**unmeasured_environ(), KEY_VARIABLE: self.process.key}
        port = str(self.process.port)
        again = options or self._options
        self.process = HubProcess("--data", str(self.folder), "--port", port, *again, env=environ)

    def restart(self, *options: str, keep: bool = True) -> None:
        self.stop()
        self.start(*options, keep=keep)


class Sending:
    """One producer of a run."""

    def __init__(self, hub: RestartedHub, run: Run, **transaction: Any) -> None:
        population = {"customers": 100, "merchants": 20}
        config = Config.model_validate({"transaction": {"population": population, **transaction}})
        output = config.output.model_copy(update={"event_hub": hub.event_hub})
        self._config = config.model_copy(update={"output": output})
        self._generator = TransactionGenerator(config, run=run, producer=0)
        self._run, self._ledger = run, Ledger(0)

    def send(self, events: int = 400) -> None:
        """So many more, all acknowledged."""
        publisher = make_publisher(self._config)
        publisher.open()
        publisher.begin(self._run, 0, 1)
        for _ in range(events // 20):
            batch = self._generator.batch("credit_card", 20)
            sent = self._ledger.hand_out(batch, self._generator.next_sequence)
            publisher.send(batch, partial(self._acked, sent))
        publisher.drain(30)
        publisher.close()

    def _acked(self, sent: Sent, part: Batch, _: Outcome) -> None:
        self._ledger.acked(sent, part, 0)

    @property
    def producers(self) -> list[ProducerRecord]:
        """As a summary has them. To be asked once."""
        return [self._ledger.record(repeats.plain(self._ledger.repeats.take(), []))]


@contextmanager
def verifying(hub: RestartedHub, timeout: float = 3.0) -> Iterator[tuple[Run, Verification]]:
    """A run that has begun."""
    verification = Verification(hub.event_hub, None, None, timeout)
    try:
        run, look = Run.new(), verification.look(attach=True)
        verification.begin(run, look.hub, look.ends, ordered=False, contract=True)
        yield run, verification
    finally:
        verification.close()


def finish(verification: Verification, sending: Sending, before: Callable[[], None] = lambda: None) -> DeliveryRecord:
    """What a summary calls `delivery`. before: between the last look and the reading."""
    end = verification.look()
    before()
    return verification.finish(sending.producers, end, lambda *_: None)


def address(hub: RestartedHub) -> HubAddress:
    return HubAddress(hub.event_hub)
