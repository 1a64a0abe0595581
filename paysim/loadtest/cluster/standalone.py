"""A standalone run: one process that conducts and sends."""

import logging
from typing import Any

import gevent
from locust.runners import STATE_INIT, Runner

from paysim.config.errors import TargetError
from paysim.config.loader import Loaded
from paysim.exit_codes import ExitCode
from paysim.loadtest import locust_compat
from paysim.loadtest.pacing.rate_plan import RateTarget
from paysim.loadtest.report.labels_file import Taken
from paysim.loadtest.run.coordinator import RunCoordinator
from paysim.loadtest.run.shutdown import end_test
from paysim.loadtest.sending.account import Account
from paysim.loadtest.sending.current_session import process
from paysim.loadtest.sending.sender import Sender
from paysim.loadtest.users import NOBODY_PAYS, payment_users

from . import sources
from .budget import Budget, TotalBudget
from .reconfiguring import total_difference

logger = logging.getLogger(__name__)


class Standalone:
    """Wires Locust's events of a LocalRunner to a coordinator and a sender."""

    def __init__(self, runner: Runner, coordinator: RunCoordinator, loaded: Loaded, sender: Sender) -> None:
        self._runner = runner
        self._coordinator = coordinator
        self._loaded = loaded
        self._sender = sender
        coordinator.leads_to(sender.target)
        coordinator.watch.live.accounts = _accounts
        coordinator.watch.take_labels = _labels
        coordinator.watch.take_records = _records
        events = runner.environment.events
        events.test_start.add_listener(self._start)
        events.spawning_complete.add_listener(self._spawned)
        events.test_stopping.add_listener(lambda **_: coordinator.stopping())
        events.test_stop.add_listener(self._stop)

    def _start(self, **_: Any) -> None:
        if not payment_users(self._runner.environment):
            logger.warning("%s", NOBODY_PAYS)
            return
        # From the second run on Locust's state is "stopped" until all listeners have returned: it would ignore a Stop.
        locust_compat.set_state(self._runner, STATE_INIT)
        self._sender.run_time = self._coordinator.run_time
        self._sender.prepare(self._coordinator.number, 0)  # while it is being made, the run has not begun
        total = self._loaded.config.transaction.volume.total
        budget = Budget() if total is None else TotalBudget(total)
        run = self._coordinator.begin(self._sender.target)
        records = self._coordinator.watch.pipeline.wants_records
        pace = self._coordinator.pace()
        try:
            self._sender.begin(run, 0, 1, pace, 0.0, budget, self._exhausted, records=records, parts=self._parts(pace))
        except TargetError as error:
            logger.error("%s", error)
            self._coordinator.outcome.unusable(ExitCode.UNREACHABLE, str(error))
            gevent.spawn(end_test, self._runner)
            return
        gevent.spawn(self._steer)

    def _steer(self) -> None:
        run = self._coordinator.run
        while self._coordinator.run is run:
            pace = self._coordinator.pace()
            self._sender.steer(pace, parts=self._parts(pace))
            gevent.sleep(self._coordinator.steer_pause())

    def _parts(self, pace: RateTarget | None) -> dict[str, float]:
        """How the pace is divided among sources of payments."""
        return sources.parts(sources.rates(self._coordinator.own_rates, pace))

    def _spawned(self, **_: Any) -> None:
        # The coordinator's own listener comes before this one, so its ramp is over by now.
        for account in _accounts().values():
            if self._coordinator.run is not None and account.run == self._coordinator.run.id:
                self._coordinator.heard(account)

    def _exhausted(self) -> None:
        gevent.spawn(end_test, self._runner)

    def reconfigure(self, loaded: Loaded) -> None:
        """A reload."""
        before, self._loaded = self._loaded, loaded
        difference = total_difference(before.config, loaded.config)
        if difference and process.session is not None and isinstance(process.session.budget, TotalBudget):
            process.session.budget.change(difference)
        self._sender.reconfigure(loaded.config, self._coordinator.pace())

    def _stop(self, **_: Any) -> None:
        if not self._coordinator.on:
            return
        run = self._coordinator.run
        self._coordinator.stopping()
        session = self._sender.finish()
        # Locust kills the greenlet that begins a run when the run is stopped meanwhile.
        began = session is not None and run is not None and session.run.id == run.id
        accounts = []
        if session is not None and began:
            account = session.account()
            account.repeats = session.ledger.repeats.take()  # labels are taken by the tick of the end
            accounts.append(account)
        self._coordinator.end(accounts, workers=0)
        if self._runner.environment.web_ui is not None:
            gevent.spawn(self._sender.prepare, self._coordinator.number, 0)

    def finish(self) -> None:
        """The process is on its way out: the run that is on ends first, or has ended."""
        self._runner.stop()
        self._stop()
        self._sender.close()


def _labels() -> Taken:
    session = process.session
    return session.labels.take() if session is not None and session.labels is not None else {}


def _records() -> bytes:
    session = process.session
    return session.records.take() if session is not None and session.records is not None else b""


def _accounts() -> dict[str, Account]:
    return {"": process.session.account()} if process.session is not None else {}
