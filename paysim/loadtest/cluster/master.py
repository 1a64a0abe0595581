"""The master of a distributed run: it conducts, and sends nothing itself.

Locust's master fires `test_stop` before its workers have stopped, and quits half a second later; so this one waits in
`test_stop` for the final message of every live worker. Accounts also ride on Locust's regular reports, so that a
worker that dies leaves its last one.
"""

import logging
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
from locust.runners import MasterRunner

from paysim import __version__
from paysim.config.loader import Loaded
from paysim.config.targets import destinations
from paysim.config.yaml.expansion import variables
from paysim.contract.identity import MAX_PRODUCERS
from paysim.delivery import repeats
from paysim.eventhub.hub_identity import HubIdentity
from paysim.exit_codes import ExitCode
from paysim.loadtest.pacing.rate_plan import RateTarget
from paysim.loadtest.run.coordinator import RunCoordinator
from paysim.loadtest.run.shutdown import end_test, options
from paysim.loadtest.sending.account import Account
from paysim.loadtest.users import NOBODY_PAYS, counts, payment_users

from . import messages, sources
from .leases import LeaseBook
from .messages import (
    Admitted,
    Final,
    Finish,
    HubAsked,
    HubFound,
    Join,
    LeaseAsked,
    Leased,
    Message,
    Pace,
    Prepare,
    Ready,
    Reconfigure,
    Refused,
    Renew,
    RunBegins,
    Welcome,
)
from .reconfiguring import total_difference
from .shares import Grant, ShareBook

logger = logging.getLogger(__name__)

FINAL_SECONDS = 10.0
READY_SECONDS = 30.0
SAY_SECONDS = 5.0
LAST_WORKER = "the end of the last worker"


@dataclass
class RunWorkers:
    """The workers of one run, by Locust's ids of them."""

    taking_part: set[str] = field(default_factory=set)
    accounts: dict[str, Account] = field(default_factory=dict)
    """The newest that each has sent."""
    copies: dict[str, repeats.Joined] = field(default_factory=dict)
    """The copies of all accounts that each has sent."""
    final: set[str] = field(default_factory=set)
    """Those whose last account is there."""
    shares: ShareBook = field(default_factory=ShareBook)
    book: LeaseBook | None = None
    """The leases of the total, where the run has one."""
    worked: bool = False
    """Whether any worker has taken part."""

    def whole_accounts(self) -> list[Account]:
        """The newest of each, with the copies of those before it."""
        for node, account in self.accounts.items():
            account.repeats = {outcome: bytes(found) for outcome, found in self.copies.get(node, {}).items()}
        return list(self.accounts.values())


class Master:
    """Wires Locust's events of a MasterRunner to a coordinator and the workers' messages."""

    def __init__(
        self, runner: MasterRunner, coordinator: RunCoordinator, loaded: Loaded, embedded_hub: Callable[[], str]
    ) -> None:
        """`embedded_hub` starts the embedded hub, once, and returns its address."""
        self._runner = runner
        self._environment = runner.environment
        self._coordinator = coordinator
        self._loaded = loaded
        self._embedded_hub = embedded_hub
        self._target: str | None = None
        self._hub: HubIdentity | None = None  # where the workers send
        self._ready: set[str] = set()
        self._told: dict[str, Loaded] = {}  # the configuration that a worker got when it joined
        self._of_run = RunWorkers()
        coordinator.live.accounts = lambda: self._of_run.accounts
        options(self._environment).enable_rebalancing = True  # the users of a worker that dies move to the others
        messages.listen(runner, Join, self._on_join, self._cannot_join)
        messages.listen(runner, Renew, self._on_renew)
        messages.listen(runner, LeaseAsked, self._on_lease)
        messages.listen(runner, Final, self._on_final)
        messages.listen(runner, HubAsked, self._on_hub, concurrent=True)
        messages.listen(runner, Ready, self._on_ready, concurrent=True)
        messages.listen(runner, Refused, self._on_refused, self._cannot_be_read, concurrent=True)
        events = self._environment.events
        events.worker_report.add_listener(self._on_report)
        events.test_start.add_listener(self._start)
        events.test_stopping.add_listener(self._stopping)
        events.test_stop.add_listener(self._stop)

    # Workers come

    def wait_for_workers(self) -> None:
        """Wait until as many workers as the command line expects have connections and a population.

        Locust itself waits for their processes only, and then counts the run's time from there.
        """
        told = options(self._environment)
        patience = told.expect_workers_max_wait or math.inf
        began = said = time.monotonic()
        while (ready := len(self._ready & set(self._runner.clients))) < told.expect_workers:
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
        if refusal is not None or node in self._ready:
            return
        self._ready.add(node)
        if self._told.pop(node, self._loaded) is not self._loaded:  # changed while it opened its connections
            self._send(node, Reconfigure(document=self._loaded.for_workers))
        if self._target not in (None, ready.target):
            logger.warning("worker on %s sends to %s, the others to %s", ready.machine, ready.target, self._target)
        self._target = self._target or ready.target
        self._coordinator.leads_to(self._target)
        if self._coordinator.run is not None:
            self._of_run.taking_part.add(node)
            self._of_run.worked = True
            self._send_run(node)

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
        self._ready.discard(node)
        logger.error("worker on %s cannot take part: %s", refused.machine, refused.reason)
        if not options(self._environment).headless or self._of_run.taking_part:
            return
        if self._coordinator.on:
            self._coordinator.outcome.unusable(refused.exit_code, f"a worker cannot take part: {refused.reason}")
            end_test(self._runner)
        else:
            self._runner.quit()
            sys.exit(refused.exit_code)  # gevent raises it in the main greenlet

    # A run

    def _start(self, **_: Any) -> None:
        if not payment_users(self._environment):
            logger.warning("%s", NOBODY_PAYS)
            return
        # Connections are opened before the first user spawns: Locust sends its spawn messages after this.
        with gevent.Timeout(READY_SECONDS, False):
            while not set(self._runner.clients) <= self._ready:
                gevent.sleep(0.05)
        if not self._coordinator.on:
            raise gevent.GreenletExit  # it was ended meanwhile, and Locust would send users to workers that have gone
        taking_part, total = self._ready & set(self._runner.clients), self._loaded.config.transaction.volume.total
        self._of_run = RunWorkers(
            taking_part, worked=bool(taking_part), book=None if total is None else LeaseBook(total)
        )
        self._coordinator.begin(self._target or "unknown")
        for node in self._of_run.taking_part:
            self._send_run(node)
        gevent.spawn(self._steer)

    def _send_run(self, node: str) -> None:
        run = self._coordinator.run
        assert run is not None
        nodes = sorted(self._of_run.taking_part, key=self._runner.get_worker_index)
        pace = self._coordinator.pace()
        share = None if pace is None else pace.share(1 / len(nodes))  # what it may be; what it is it has to ask for
        begins = RunBegins(
            run=run.id,
            producers=len(nodes),
            pace=share,
            phase=nodes.index(node) / len(nodes),
            leased=self._of_run.book is not None,
            records=self._coordinator.pipeline.wants_records,
            run_time=self._coordinator.run_time,
        )
        self._send(node, begins)

    def _steer(self) -> None:
        """Keep the rate of the test: shares follow users, and what a dead worker left undone is handed out."""
        run = self._coordinator.run
        while self._coordinator.run is run:
            alive = self._alive()
            for node in self._of_run.taking_part - alive - self._of_run.final:
                self._lose(node)
            if self._of_run.worked and not alive:
                self._end_without_workers()
                return
            self._share_out()
            gevent.sleep(self._coordinator.steer_pause())

    def _end_without_workers(self) -> None:
        """Nobody is left who sends: the run ends, planned or not."""
        self._coordinator.cut_short(LAST_WORKER)
        logger.error("the last worker has gone: the run ends")
        gevent.spawn(end_test, self._runner)

    def _share_out(self) -> None:
        elapsed = self._coordinator.elapsed
        pace = self._coordinator.pace(elapsed)
        grants = self._of_run.shares.share_out(self._wanted(pace), pace, elapsed)
        for node, grant in grants.items():
            self._send_grant(node, grant)

    def _on_renew(self, node: str, renew: Renew) -> None:
        run = self._coordinator.run
        if run is None or renew.run != run.id:
            return
        elapsed = self._coordinator.elapsed
        pace = self._coordinator.pace(elapsed)
        self._of_run.shares.asked(node, renew.at, renew.holds, elapsed)
        if (share := self._wanted(pace).get(node)) is None:
            return
        if (grant := self._of_run.shares.renewed(node, share, pace, elapsed)) is not None:
            self._send_grant(node, grant)
        if self._of_run.shares.short:
            self._share_out()

    def _users(self) -> dict[str, dict[str, int]]:
        """Worker → its users of each source of payments."""
        clients, own = self._runner.clients, self._coordinator.own_rates
        found: dict[str, dict[str, int]] = {node: {} for node in self._alive()}
        for node, of_node in found.items():
            for name, users in counts(self._environment, clients[node]).items():
                source = name if name in own else sources.OTHERS
                of_node[source] = of_node.get(source, 0) + users
        return found

    def _wanted(self, pace: RateTarget | None) -> dict[str, float]:
        """Worker → the share that its users come to."""
        return sources.wanted(self._users(), sources.rates(self._coordinator.own_rates, pace))

    def _parts(self, node: str) -> dict[str, float]:
        """How a worker divides its pace among its sources of payments."""
        of_test = sources.rates(self._coordinator.own_rates, self._coordinator.pace())
        return sources.parts(sources.of_workers(self._users(), of_test).get(node, {}))

    def _send_grant(self, node: str, grant: Grant) -> None:
        run = self._coordinator.run
        assert run is not None
        pace = Pace(
            run=run.id,
            number=grant.number,
            at=grant.at,
            pace=grant.pace,
            parts=self._parts(node),
            changes=grant.changes,
        )
        self._send(node, pace)

    def _lose(self, node: str) -> None:
        self._of_run.taking_part.discard(node)
        account = self._of_run.accounts.setdefault(node, self._blank_account(node))
        account.silent = True
        ledger = account.ledger
        logger.warning("producer %d went silent: what it sent after its last report is unknown", ledger.producer)
        if self._of_run.book is not None:
            self._grant(self._of_run.book.lost(node, ledger.generated))
            self._end_if_handed_out()

    def _blank_account(self, node: str) -> Account:
        run = self._coordinator.run
        return Account.blank("" if run is None else run.id, self._runner.get_worker_index(node))

    def _on_lease(self, node: str, asked: LeaseAsked) -> None:
        book, run = self._of_run.book, self._coordinator.run
        if book is not None and run is not None and asked.run == run.id:
            self._grant(book.told(node, asked.standing))
            self._end_if_handed_out()

    def _grant(self, grants: dict[str, int]) -> None:
        for node, n in grants.items():
            self._send(node, Leased(n=n))

    def _end_if_handed_out(self) -> None:
        assert self._of_run.book is not None
        if self._of_run.book.all_handed_out(self._alive()):
            gevent.spawn(end_test, self._runner)

    def reconfigure(self, loaded: Loaded) -> None:
        """A reload: every worker follows."""
        before, self._loaded = self._loaded, loaded
        difference = total_difference(before.config, loaded.config)
        if difference and self._of_run.book is not None and self._coordinator.run is not None:
            self._grant(self._of_run.book.change(difference))
            self._end_if_handed_out()
        for node in self._ready & set(self._runner.clients):
            self._send(node, Reconfigure(document=loaded.for_workers))

    def _account(self, report: dict[str, Any]) -> Account | None:
        """The account of the run that is on in a report, None where there is none. Raises UnreadableMessage."""
        account, run = messages.read_account(report), self._coordinator.run
        return account if account is not None and run is not None and account.run == run.id else None

    def _on_report(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        try:
            account = self._account(data)
        except messages.UnreadableMessage as error:
            logger.error("the account of worker %s is not taken: %s", client_id, error)
            return
        if account is not None:
            self._coordinator.labels.write(account.labels)
            self._coordinator.pipeline.sent(account.records)
            account.labels, account.records = {}, b""
            repeats.join(self._of_run.copies.setdefault(client_id, {}), account.repeats)
            self._of_run.accounts[client_id] = account
            self._coordinator.heard(client_id, account)
            self._coordinator.live.heard(client_id, self._coordinator.elapsed, account)
            if client_id in self._runner.clients and client_id not in self._of_run.final:
                self._of_run.taking_part.add(client_id)  # it was given up, on a busy machine, and is heard of again

    def _on_final(self, node: str, final: Final) -> None:
        self._environment.events.worker_report.fire(client_id=node, data=final.report)
        try:
            if self._account(final.report) is not None:
                self._of_run.final.add(node)
        except messages.UnreadableMessage:  # the log has it
            if self._coordinator.run is not None:
                self._lose(node)

    def _alive(self) -> set[str]:
        """Workers that take part in the run and have not gone."""
        clients = self._runner.clients
        return {node for node in self._of_run.taking_part if node in clients and clients[node].state != "missing"}

    def finish(self) -> None:
        """The process is on its way out: the run that is on ends first, or has ended; the workers go."""
        self._runner.quit()
        self._stop()

    def _stopping(self, **_: Any) -> None:
        if self._of_run.worked and not self._alive():
            self._coordinator.cut_short(LAST_WORKER)  # Locust may see it before `_steer` does
        self._coordinator.stopping()

    def _stop(self, **_: Any) -> None:
        if not self._coordinator.on:
            return
        self._stopping()
        for node in self._alive():
            self._send(node, Finish())
        with gevent.Timeout(FINAL_SECONDS, False):
            while self._alive() - self._of_run.final:
                gevent.sleep(0.02)
        workers = len(self._of_run.taking_part | set(self._of_run.accounts))
        for node in self._of_run.taking_part - self._of_run.final:
            self._lose(node)
        surplus = self._of_run.book.surplus if self._of_run.book is not None else 0
        self._coordinator.end(self._of_run.whole_accounts(), workers=workers, surplus_max=surplus)
        if self._environment.web_ui is not None:
            for node in self._alive():
                self._send(node, Prepare(run=self._coordinator.number))

    def _send(self, node: str, message: Message) -> None:
        messages.send(self._runner, message, node)
