"""How workers come to a master: one joins, opens its connections, and is admitted or refused.

A worker gets its configuration when it joins and says which hub its connections lead to. All of a test send to one hub,
the one that is read where runs are verified; a worker that sends to another, or runs another version, is told why it
cannot take part.
"""

import logging
import math
import sys
import time
from collections.abc import Callable

import gevent
from locust.runners import MasterRunner

from paysim import __version__
from paysim.config.loader import Loaded
from paysim.config.targets import destinations
from paysim.config.yaml.expansion import variables
from paysim.contract.identity import MAX_PRODUCERS
from paysim.eventhub.hub_identity import HubIdentity
from paysim.exit_codes import ExitCode
from paysim.loadtest.run.coordinator import RunCoordinator
from paysim.loadtest.run.shutdown import end_test, options

from . import messages
from .messages import Admitted, HubAsked, HubFound, Join, Message, Ready, Reconfigure, Refused, Welcome

logger = logging.getLogger(__name__)

SAY_SECONDS = 5.0


class Admission:
    """ready: workers that may take part, by Locust's ids of them. target: where they send, None before the first."""

    def __init__(
        self,
        runner: MasterRunner,
        coordinator: RunCoordinator,
        loaded: Loaded,
        embedded_hub: Callable[[], str],
        admitted: Callable[[str], None],
        any_take_part: Callable[[], bool],
    ) -> None:
        """embedded_hub: starts the embedded hub, once, and returns its address. admitted: is called with each worker
        that may take part. any_take_part: whether workers take part in the last run."""
        self.ready: set[str] = set()
        self.target: str | None = None
        self._runner, self._environment = runner, runner.environment
        self._coordinator, self._loaded, self._embedded_hub = coordinator, loaded, embedded_hub
        self._admitted, self._any_take_part = admitted, any_take_part
        self._hub: HubIdentity | None = None  # where the workers send
        self._told: dict[str, Loaded] = {}  # the configuration that a worker got when it joined
        messages.listen(runner, Join, self._on_join, self._cannot_join)
        messages.listen(runner, HubAsked, self._on_hub, concurrent=True)
        messages.listen(runner, Ready, self._on_ready, concurrent=True)
        messages.listen(runner, Refused, self._on_refused, self._cannot_be_read, concurrent=True)

    @property
    def present(self) -> set[str]:
        """The workers that are ready and that Locust still knows."""
        return self.ready & set(self._runner.clients)

    def wait_for_workers(self) -> None:
        """Wait until as many workers as the command line expects have connections and a population.

        Locust itself waits for their processes only, and then counts the run's time from there.
        """
        told = options(self._environment)
        patience = told.expect_workers_max_wait or math.inf
        began = said = time.monotonic()
        while (ready := len(self.present)) < told.expect_workers:
            now = time.monotonic()
            if now - began > patience:
                return  # Locust's own wait ends the test, or begins it with those it has
            if now - said > SAY_SECONDS:
                said = now
                logger.info("waiting for workers: %d of %d ready", ready, told.expect_workers)
            gevent.sleep(0.05)

    def _on_join(self, node: str, join: Join) -> None:
        producer = self._runner.get_worker_index(node)
        if join.version != __version__:
            self._cannot_join(node, f"it runs paysim {join.version}, the master {__version__}: install the same")
            return
        if producer >= MAX_PRODUCERS:
            self._cannot_join(node, f"a run has at most {MAX_PRODUCERS} producers")
            return
        output = self._loaded.config.output
        self._told[node] = self._loaded
        welcome = Welcome(
            refusal=None,
            producer=producer,
            run=self._coordinator.number,
            run_time=self._coordinator.run_time,
            document=self._loaded.for_workers,
            target=self._loaded.target.key if destinations.of(output).is_hub and not output.embedded else None,
            variables=", ".join(variables(self._loaded.references.get("output.event_hub.connection_string", ""))),
        )
        self._send(node, welcome)

    def _cannot_join(self, node: str, why: str) -> None:
        self._send(node, Welcome(refusal=why))

    def _on_hub(self, node: str, asked: HubAsked) -> None:
        here = asked.machine == messages.machine()
        self._send(node, HubFound(connection_string=self._embedded_hub() if here else None))

    def _on_ready(self, node: str, ready: Ready) -> None:
        refusal = self._refusal(ready.hub)
        self._send(node, Admitted(refusal=refusal))
        if refusal is not None or node in self.ready:
            return
        self.ready.add(node)
        if self._told.pop(node, self._loaded) is not self._loaded:  # changed while it opened its connections
            self._send(node, Reconfigure(document=self._loaded.for_workers))
        if self.target not in (None, ready.target):
            logger.warning("worker on %s sends to %s, the others to %s", ready.machine, ready.target, self.target)
        self.target = self.target or ready.target
        self._coordinator.leads_to(self.target)
        self._admitted(node)

    def _refusal(self, hub: HubIdentity | None) -> str | None:
        """Why a worker that sends to this hub cannot take part."""
        read = self._coordinator.meet(hub)
        if hub is None:
            return None
        if read is not None and read != hub:
            return f"it sends to another hub, {hub}, than the one that the master reads, {read}"
        if read is None and self._hub not in (None, hub):
            return f"it sends to another hub, {hub}, than the workers before it, {self._hub}"
        self._hub = hub
        return None

    def _cannot_be_read(self, node: str, why: str) -> None:
        """A worker says that it cannot take part, in a message that cannot be read: why it cannot stays unknown."""
        self._on_refused(node, Refused(reason=why, exit_code=ExitCode.UNUSABLE, machine=node))

    def _on_refused(self, node: str, refused: Refused) -> None:
        self.ready.discard(node)
        logger.error("worker on %s cannot take part: %s", refused.machine, refused.reason)
        if not options(self._environment).headless or self._any_take_part():
            return
        if self._coordinator.on:
            self._coordinator.outcome.unusable(refused.exit_code, f"a worker cannot take part: {refused.reason}")
            end_test(self._runner)
        else:
            self._runner.quit()
            sys.exit(refused.exit_code)  # gevent raises it in the main greenlet

    def reconfigure(self, loaded: Loaded) -> None:
        """A reload: every worker follows."""
        self._loaded = loaded
        for node in self.present:
            self._send(node, Reconfigure(document=loaded.for_workers))

    def _send(self, node: str, message: Message) -> None:
        messages.send(self._runner, message, node)
