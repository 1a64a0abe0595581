"""The master of a distributed run: it conducts, and sends nothing itself.

Locust's master fires `test_stop` before its workers have stopped, and quits half a second later; so this one waits in
`test_stop` for the final message of every live worker. Accounts also ride on Locust's regular reports, so that a
worker that dies leaves its last one.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
from locust.runners import MasterRunner

from paysim.config.loader import Loaded
from paysim.delivery import repeats
from paysim.loadtest.pacing.rate_plan import RateTarget
from paysim.loadtest.run.coordinator import RunCoordinator
from paysim.loadtest.run.shutdown import end_test, options
from paysim.loadtest.sending.account import Account
from paysim.loadtest.users import NOBODY_PAYS, counts, payment_users

from . import messages, sources
from .admission import Admission
from .leases import LeaseBook
from .messages import (
    Final,
    Finish,
    LeaseAsked,
    Leased,
    Message,
    Pace,
    Prepare,
    Renew,
    RunBegins,
)
from .reconfiguring import total_difference
from .shares import Grant, ShareBook

logger = logging.getLogger(__name__)

FINAL_SECONDS = 10.0
READY_SECONDS = 30.0
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
        self._of_run = RunWorkers()
        self.admission = Admission(
            runner, coordinator, loaded, embedded_hub, self._admitted, lambda: bool(self._of_run.taking_part)
        )
        coordinator.watch.live.accounts = lambda: self._of_run.accounts
        options(self._environment).enable_rebalancing = True  # the users of a worker that dies move to the others
        messages.listen(runner, Renew, self._on_renew)
        messages.listen(runner, LeaseAsked, self._on_lease)
        messages.listen(runner, Final, self._on_final)
        events = self._environment.events
        events.worker_report.add_listener(self._on_report)
        events.test_start.add_listener(self._start)
        events.test_stopping.add_listener(self._stopping)
        events.test_stop.add_listener(self._stop)

    def _admitted(self, node: str) -> None:
        """A worker is ready: where a run is on it takes part."""
        if self._coordinator.run is not None:
            self._of_run.taking_part.add(node)
            self._of_run.worked = True
            self._send_run(node)

    def _start(self, **_: Any) -> None:
        if not payment_users(self._environment):
            logger.warning("%s", NOBODY_PAYS)
            return
        # Connections are opened before the first user spawns: Locust sends its spawn messages after this.
        with gevent.Timeout(READY_SECONDS, False):
            while not set(self._runner.clients) <= self.admission.ready:
                gevent.sleep(0.05)
        if not self._coordinator.on:
            raise gevent.GreenletExit  # the run was ended meanwhile; else Locust would spawn users on workers that left
        taking_part, total = self.admission.present, self._loaded.config.transaction.volume.total
        self._of_run = RunWorkers(
            taking_part, worked=bool(taking_part), book=None if total is None else LeaseBook(total)
        )
        self._coordinator.begin(self.admission.target or "unknown")
        for node in self._of_run.taking_part:
            self._send_run(node)
        gevent.spawn(self._steer)

    def _send_run(self, node: str) -> None:
        run = self._coordinator.run
        assert run is not None
        nodes = sorted(self._of_run.taking_part, key=self._runner.get_worker_index)
        pace = self._coordinator.pace()
        share = None if pace is None else pace.share(1 / len(nodes))  # the most; the worker asks for what it is now
        begins = RunBegins(
            run=run.id,
            producers=len(nodes),
            pace=share,
            phase=nodes.index(node) / len(nodes),
            leased=self._of_run.book is not None,
            records=self._coordinator.watch.pipeline.wants_records,
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
        self.admission.reconfigure(loaded)

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
            self._coordinator.reported(client_id, account)
            repeats.join(self._of_run.copies.setdefault(client_id, {}), account.repeats)
            self._of_run.accounts[client_id] = account
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
