"""The results of the runs of this process: each is judged, written and shown, and the exit code follows from them.

With a web UI that happens when a run ends, and once more for the last run when the process ends (`close`); without one
it happens only then, because until then listeners may change the exit code. Files and console show the same verdict:
where something cannot be written, the run is judged again with that fault, and written again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from locust.runners import Runner

from paysim.config.schema import Config
from paysim.config.targets import destinations
from paysim.contract.methods import PAYMENT_METHODS
from paysim.exit_codes import ExitCode
from paysim.loadtest import locust_compat
from paysim.loadtest.judge.verdict import UNEARNED, EndFacts, Verdict, as_exit_code, judge
from paysim.loadtest.report import console, files
from paysim.summary.model import Summary

from .shutdown import Signals, options

logger = logging.getLogger(__name__)


class OwnCode(int):
    """An exit code that paysim set; any other is a listener's."""


@dataclass
class Result:
    """A run that is over.

    summary: with its verdict, once it is judged. html: makes the HTML report. end: what the end of the run knew.
    unwritten: what could not be written, in words. path: of the summary, None where it could not be written.
    """

    summary: Summary
    config: Config
    html: Callable[[], str]
    end: EndFacts
    verdict: Verdict = UNEARNED
    unwritten: list[str] = field(default_factory=list)
    path: Path | None = None
    written: bool = False
    shown: bool = False


class RunResults:
    """The results of all runs of this process; the worst of them decides the exit code."""

    def __init__(self, runner: Runner, signals: Signals) -> None:
        """The process has failed from now on."""
        self._runner, self._environment, self._signals = runner, runner.environment, signals
        self._unusable: tuple[int, str] | None = None
        self._listener: tuple[int, str] | None = None
        self._others = options(runner.environment).headless is not True
        """Whether the process may end with Locust's own exit code where there was no run."""
        self._last: Result | None = None
        self._is_final = True
        self._earlier: list[Verdict] = []
        self._environment.process_exit_code = OwnCode(UNEARNED.exit_code)

    @property
    def last(self) -> Result | None:
        """The run that was over last; None before there was one, and once another has begun."""
        return self._last

    def unusable(self, code: int, words: str) -> None:
        """A run is not possible: paysim's exit code 2 or 3, and why."""
        self._unusable = self._unusable or (code, words)

    def locusts_alone(self) -> None:
        """A test without users that pay: Locust alone decides how it ends."""
        self._others = True

    def left(self, code: object, words: str) -> None:
        """A task or a listener called `sys.exit`, or Locust ends by an error of its own."""
        if as_exit_code(code):
            self._listener = self._listener or (as_exit_code(code), words)

    def ended(self, result: Result) -> None:
        """A run is over."""
        result.end = replace(result.end, unusable=self._unusable)
        self._last, self._is_final, self._unusable = result, False, None
        self._note_locust()
        if self._environment.web_ui is not None:
            self._publish(result)
            self._print(result)

    def make_final(self) -> None:
        """Another run begins, or the process ends: what the last run came to is final."""
        if self._last is not None and not self._is_final:
            self._publish(self._last)
            self._is_final = True
            self._failed_to_write(self._last, files.add_step_summary(self._last.summary))
            if not options(self._environment).headless:
                self._print(self._last)

    def begins(self) -> None:
        """Another run begins."""
        self.make_final()
        if self._last is not None:
            self._earlier = [max([*self._earlier, self._last.verdict], key=Verdict.badness)]
            self._last = None

    def hand_over(self) -> None:
        """The process is about to end. Listeners find the exit code as Locust has it: None, or what one of them set."""
        self._note_listener()
        self._environment.process_exit_code = self._listener[0] if self._listener else None

    def close(self) -> None:
        """The last `quitting` listener has returned: the exit code is fixed now."""
        self._note_listener()
        self._note_locust()
        self.make_final()
        self._environment.process_exit_code = self._exit_code()

    def show(self) -> int | None:
        """Print the summary of the last run, if it was not printed yet. Returns the exit code if that has changed it.

        It changes where standard output cannot be written, and where a `quit` listener has called sys.exit.
        """
        fixed = self._environment.process_exit_code
        if self._last is not None:
            self._publish(self._last)
            self._print(self._last)
        code = self._exit_code()
        return code if code is not None and code != fixed else None

    def _exit_code(self) -> OwnCode | None:
        """None: there was no run, and Locust decides."""
        verdicts = [*self._earlier, *([self._last.verdict] if self._last is not None else [])]
        if verdicts:
            return OwnCode(max(verdicts, key=Verdict.badness).exit_code)
        if self._unusable is not None:
            return OwnCode(self._unusable[0])
        if self._listener or self._others:
            return OwnCode(self._listener[0]) if self._listener else None
        return OwnCode(ExitCode.INTERRUPTED if self._signals.received else ExitCode.MISSED)

    def _note_listener(self) -> None:
        code = self._environment.process_exit_code
        if not isinstance(code, OwnCode) and (number := as_exit_code(code)):
            before = self._listener
            if before is None or before[0] != number:
                self._listener = number, f"a listener set exit code {number}"

    def _note_locust(self) -> None:
        """What Locust has counted of the last run. It forgets that when the next one is asked for."""
        if self._last is None:
            return
        before, runner = self._last.end, self._runner
        broken = locust_compat.failed_tasks(runner)
        failed = sum(each.occurrences for each in runner.errors.values() if not _is_ours(each))
        self._last.end = replace(
            before,
            broken_tasks=max(before.broken_tasks, broken),
            broken_listeners=before.broken_listeners or locust_compat.listener_has_failed(),
            others_failed=max(before.others_failed, failed),
        )

    def _publish(self, result: Result) -> None:
        """Judge it, and write it where the verdict is not the one that is written already."""
        before = result.verdict
        if self._judge(result) != before or not result.written:
            self._write(result)
            result.shown = False

    def _write(self, result: Result) -> None:
        result.written = True
        result.path, unwritten = files.write(result.summary, result.config.report, result.html)
        if self._is_final:  # of several in one job summary the last one counts
            unwritten += files.add_step_summary(result.summary)
        self._failed_to_write(result, unwritten)

    def _failed_to_write(self, result: Result, words: list[str]) -> None:
        if fresh := [each for each in words if each not in result.unwritten]:
            result.unwritten += fresh
            self._judge(result)
            self._write(result)

    def _print(self, result: Result) -> None:
        if not result.shown:
            result.shown = True
            # Standard output is for the transactions, or for Locust's --json, where it has either.
            to_stderr = destinations.of(result.config.output).on_stdout or bool(options(self._environment).json)
            self._failed_to_write(result, console.show(console.table(result.summary, result.path), to_stderr=to_stderr))

    def _judge(self, result: Result) -> Verdict:
        self._note_listener()
        end = replace(
            result.end,
            listener=self._listener,
            unwritten=(*result.end.unwritten, *result.unwritten),
        )
        result.verdict = judge(result.summary, result.config.thresholds, end, result.config.pipeline)
        return result.verdict


def _is_ours(error: Any) -> bool:
    """Whether this failure in Locust's statistics is one of our publishers': the run's own verdict counts those."""
    ours = {each.request_type for each in destinations.DESTINATIONS.values()}
    return error.method in ours and error.name in PAYMENT_METHODS
