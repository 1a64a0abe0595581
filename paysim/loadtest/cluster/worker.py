"""A worker of a distributed run: it sends, and accounts to the master. It reads no file of its own."""

import contextlib
import logging
import sys
from time import perf_counter
from typing import Any, NoReturn, TypeVar

import gevent
from gevent.event import AsyncResult
from gevent.lock import RLock
from locust.exception import RPCSendError
from locust.runners import WorkerRunner

from paysim import __version__
from paysim.config.errors import TargetError
from paysim.config.loader import ConfigError, refusals, resolve
from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.exit_codes import ExitCode
from paysim.loadtest import locust_compat
from paysim.loadtest.logs import log_setup
from paysim.loadtest.pacing.rate_plan import RateTarget
from paysim.loadtest.run.shutdown import options
from paysim.loadtest.run.unsupported import Unsupported, require_supported
from paysim.loadtest.sending.current_session import process
from paysim.loadtest.sending.sender import Sender
from paysim.loadtest.users import count, show_target

from . import messages
from .budget import Budget, LeasedBudget, Standing
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
from .shares import LEASE_SECONDS, RENEW_SECONDS

logger = logging.getLogger(__name__)

ASK_AGAIN_SECONDS = 2.0
ANSWER_SECONDS = 60.0
REPORT_SECONDS = 1.0
"""How often a worker reports; Locust's own is every 3 s. The figures of live pages are as old as that."""


Answer = TypeVar("Answer", bound=Message)


class WorkerRefused(Exception):
    """The master does not want this worker; one line says why."""


class Worker:
    """Wires Locust's events of a WorkerRunner to a sender and the master's messages."""

    def __init__(self, runner: WorkerRunner) -> None:
        self._runner = runner
        self._environment = runner.environment
        self._welcome: AsyncResult = AsyncResult()
        self._hub: AsyncResult = AsyncResult()
        self._admitted: AsyncResult = AsyncResult()
        self._sender: Sender | None = None
        self._producer = 0
        self._run: RunBegins | None = None
        self._pace: RateTarget | None = None
        self._holds = 0  # the number of the newest grant
        self._turn = RLock()
        locust_compat.report_every(REPORT_SECONDS)
        # All of --processes share options and standard output; the statistics there are the master's to write.
        options(self._environment).json = False
        self._answered(Welcome, self._welcome)
        self._answered(HubFound, self._hub)
        self._answered(Admitted, self._admitted)
        messages.listen(runner, RunBegins, self._on_run)
        messages.listen(runner, Pace, self._on_pace)
        messages.listen(runner, Leased, self._on_lease)
        messages.listen(runner, Reconfigure, self._on_config)
        messages.listen(runner, Prepare, self._on_prepare, concurrent=True)
        messages.listen(runner, Finish, lambda *_: self._finish(), concurrent=True)

    def _answered(self, kind: type[Answer], answer: AsyncResult) -> None:
        """What the master answers with, or WorkerRefused where that cannot be read."""

        def cannot_be_read(_: str, why: str) -> None:
            answer.set(WorkerRefused(f"the master cannot be understood: {why}"))

        messages.listen(self._runner, kind, lambda _, message: answer.set(message), cannot_be_read)

    def join(self) -> None:
        """Get the configuration from the master and open the connections; ends the process where that fails."""
        try:
            require_supported(self._environment)
            welcome = self._ask(Join(version=__version__, machine=messages.machine()), Welcome, self._welcome)
            if welcome.refusal is not None or welcome.document is None:
                raise WorkerRefused(welcome.refusal or "the master has no configuration for it")
            self._producer = welcome.producer
            config = resolve(welcome.document)
            log_setup.begin(config.logging, f"worker-{self._producer}", options(self._environment))
            if refused := refusals(config):
                raise WorkerRefused("; ".join(refused))
            address = self._embedded_address(config, welcome)
            self._sender = Sender(self._environment, config, address, looks=self._producer == 0)
            self._sender.run_time = welcome.run_time
            self._sender.open()
            self._sender.prepare(welcome.run, self._producer)
        except (ConfigError, WorkerRefused, Unsupported, log_setup.LogFileError) as error:
            self._refuse(str(error), ExitCode.UNUSABLE)
        except TargetError as error:
            self._refuse(str(error), ExitCode.UNREACHABLE)
        show_target(self._environment, self._sender.target)
        events = self._environment.events
        events.report_to_master.add_listener(self._report)
        events.test_start.add_listener(self._start)
        events.test_stop.add_listener(lambda **_: self._finish())
        events.quitting.add_listener(self._quitting)
        ready = Ready(target=self._sender.target, hub=self._sender.identity, machine=messages.machine())
        try:
            if (refusal := self._ask(ready, Admitted, self._admitted).refusal) is not None:
                raise WorkerRefused(refusal)
        except WorkerRefused as error:
            self._refuse(str(error), ExitCode.UNUSABLE)

    def _ask(self, message: Message, kind: type[Answer], answer: AsyncResult) -> Answer:
        """Send until the master answers: what it is sent before its own start is lost. Raises WorkerRefused."""
        for _ in range(int(ANSWER_SECONDS / ASK_AGAIN_SECONDS)):
            self._send(message)
            if (found := answer.wait(ASK_AGAIN_SECONDS)) is not None:
                if isinstance(found, kind):
                    return found
                raise found
        raise WorkerRefused(f"the master did not answer within {ANSWER_SECONDS:g} s: does it run paysim?")

    def _embedded_address(self, config: Config, welcome: Welcome) -> str | None:
        """The address of the master's local hub, where this worker's configuration says `embedded`.

        Raises WorkerRefused where only this worker's does: it lacks the variable that the others have.
        """
        if not config.output.embedded:
            return None
        if welcome.target is not None:
            raise WorkerRefused(
                f"{welcome.variables or 'connection_string'} is not set here, so this worker would send to a local "
                f"hub; the master's configuration leads to {welcome.target}"
            )
        address = self._ask(HubAsked(machine=messages.machine()), HubFound, self._hub).connection_string
        if address is None:
            raise WorkerRefused(
                "connection_string is `embedded`, and the master's local hub can be reached from its own machine only; "
                "set EVENTHUB_CONNECTION_STRING here"
            )
        return address

    def _refuse(self, reason: str, exit_code: ExitCode) -> NoReturn:
        """Tell the master why this worker cannot take part, and end."""
        sys.stderr.write(f"{reason}\n")
        self._send(Refused(reason=reason, exit_code=int(exit_code), machine=messages.machine()))
        self._environment.events.quitting.fire(environment=self._environment, reverse=True)
        gevent.sleep(0.2)  # the messages leave in a greenlet of their own
        sys.exit(exit_code)

    # A run

    def _on_run(self, _: str, run: RunBegins) -> None:
        self._run = run
        if locust_compat.has_users(self._runner):
            self._start()  # it joined a run that is on, and Locust spawned its users before

    def _start(self, **_: Any) -> None:
        with self._turn:  # making a population takes seconds, and the end may be told meanwhile
            self._begin()

    def _begin(self) -> None:
        if self._run is None or self._sender is None:
            return
        run, self._run = self._run, None
        log_setup.run_begins(run.run)
        self._sender.run_time = run.run_time
        self._pace = run.pace
        budget: Budget = Budget()
        if run.leased:
            budget = LeasedBudget(lambda standing: self._tell(run.run, standing), self._sender.batch_size)
        try:
            self._sender.begin(
                Run.from_id(run.run),
                self._producer,
                run.producers,
                self._pace,
                run.phase,
                budget,
                on_exhausted=lambda: None,  # the master knows when the total is handed out
                leased=True,
                records=run.records,
            )
            self._holds = 0
            gevent.spawn(self._renew, run.run)
        except TargetError as error:
            self._refuse(str(error), ExitCode.UNREACHABLE)

    def _tell(self, run: str, standing: Standing) -> None:
        self._send(LeaseAsked(run=run, standing=standing))

    def _on_lease(self, _: str, leased: Leased) -> None:
        if process.session is not None and isinstance(process.session.budget, LeasedBudget):
            process.session.budget.granted(leased.n)

    def _renew(self, run: str) -> None:
        """Keep the lease of the share while the run is on."""
        while (session := process.session) is not None and session.run.id == run and not session.finished:
            self._ask_for_share(run)
            gevent.sleep(RENEW_SECONDS)

    def _ask_for_share(self, run: str) -> None:
        with contextlib.suppress(RPCSendError):  # a master that is gone shows in its silence
            self._send(Renew(run=run, at=perf_counter(), holds=self._holds))

    def _on_pace(self, _: str, pace: Pace) -> None:
        session = process.session
        if session is None or session.run.id != pace.run or self._sender is None:
            return
        self._pace = pace.pace
        self._holds = pace.number
        self._sender.steer(self._pace, pace.at + LEASE_SECONDS, pace.parts)
        if pace.changes:
            self._ask_for_share(pace.run)  # so that what was given up can go to others at once

    def _on_config(self, _: str, fresh: Reconfigure) -> None:
        if self._sender is not None:
            config = resolve(fresh.document)
            log_setup.set_level(config.logging)
            self._sender.reconfigure(config, self._pace)

    def _on_prepare(self, _: str, next_run: Prepare) -> None:
        if self._sender is not None:
            self._sender.prepare(next_run.run, self._producer)

    def _report(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        session = process.session
        if session is None:
            return
        if isinstance(session.budget, LeasedBudget) and not count(self._environment, self._runner):
            session.budget.give_back()
        account = session.report()
        account.broken = locust_compat.listener_has_failed()
        data[messages.ACCOUNT] = messages.write(account)

    def _finish(self) -> None:
        # The master's message and Locust's own stop may come in either order: the second waits for the first.
        with self._turn:
            session = process.session
            if session is None or session.finished or self._sender is None:
                return
            self._sender.finish()
            report: dict[str, Any] = {}
            self._environment.events.report_to_master.fire(client_id=self._runner.client_id, data=report)
            self._send(Final(report=report))

    def _quitting(self, **_: Any) -> None:
        # A worker that is told to end by a signal accounts for its sends before Locust says that it quits.
        self._finish()
        if self._sender is not None:
            self._sender.close()

    def _send(self, message: Message) -> None:
        messages.send(self._runner, message)
