"""Every way to end a run: console, summary, JUnit, Markdown, HTML report, page and exit code say the same, and what is
right.

A row is a way to end and what the run is like until then; each is a real run. Those with a page have Locust's web UI,
and are ended by a signal once the page says how the run went. A browser reads the page, and the report of each run.
`make test` takes a few of them.
"""

import contextlib
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.browser.chromium import Chromium, missing
from tests.browser.verdict_shown import Shown, assert_shows, live, shown
from tests.support.present import first_group, present
from tests.support.running import Hub, LoadTest, WebUI
from tests.support.servers import free_port
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.busy("processes are ended in a moment of their life")]

CONFIG = """
simulator:
  output:
    batch_size: 10
    event_hub: {send_timeout: 3, retry: {max_retries: 0}}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {rate: 300}
  verify: {timeout: 1}
  report: {junit: "output/{run_id}/junit.xml", html: "output/{run_id}/report.html"}
"""
TOTAL = CONFIG.replace("rate: 300", "rate: 300, total: 600")
ABORTING = CONFIG + "  thresholds: {window: 5s, abort: true, p95_ms: 100}\n"
ABORTING_TOTAL = ABORTING.replace("rate: 300", "rate: 300, total: 60000")
SLOW_RATE = CONFIG.replace("rate: 300", "rate: 300000")  # more than one process makes
MUCH = CONFIG.replace("rate: 300", "rate: 300, total: 60000")
STAGES = CONFIG + "  load: {stages: [{duration: 3, users: 5, spawn_rate: 5}]}\n"
LONG_STAGES = STAGES.replace("duration: 3", "duration: 60")
PATIENT = CONFIG.replace("timeout: 1", "timeout: 60")
HEADLESS = ("--headless", "--only-summary", "-u", "5", "-r", "5")
TIMED = (*HEADLESS, "-t", "3s")
LONG_TIMED = (*HEADLESS, "-t", "60s")
TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium | None]:
    """One for all rows; None where it is not installed."""
    chromium = None if missing() else Chromium(tmp_path_factory.mktemp("chromium"))
    yield chromium
    if chromium is not None:
        chromium.close()


@dataclass
class Page:
    """What the web UI said when the run was over: as data, and as a browser showed it."""

    told: dict
    shown: Shown | None


def assert_all_views_agree(test: LoadTest, code: int, page: Page | None, browser: Chromium | None) -> dict:
    """The verdict of the last run, which all views show: they are the process's code, and what the run left."""
    summary = test.summary
    verdict = summary["verdict"]
    outcome, reasons = verdict["outcome"], verdict["reasons"]
    passed = outcome == "passed"
    assert (verdict["exit_code"], summary["exit_code"]) == (code, code), test.logs()
    assert passed == (code == 0) == (not reasons)

    # Standard output may be for something else: transactions, or Locust's --json.
    json_there = re.match(r'[\[{]\s*[\[\]{"]', test.out.read_text())  # and not a line of the log, on a terminal
    elsewhere = json_there or "stdout" in summary["config"]["output"]["destination"]
    told = (test.log if elsewhere else test.out).read_text().replace("\r", "")
    if not any("standard output" in reason for reason in reasons):
        heads = re.findall(rf"^paysim run {summary['run_id']}: (.*)$", told, re.MULTILINE)
        assert heads[-1].startswith(outcome if passed else outcome.upper()), told
        assert re.findall(r"^  exit code +(\d+) ", told, re.MULTILINE)[-1] == str(code)
        assert passed or _words(reasons[0])[:60] in _words(told)

    folder, suite = test.folder / "output" / summary["run_id"], None
    if not any("JUnit" in reason for reason in reasons):
        suite = ElementTree.parse(folder / "junit.xml").getroot()
        failures = [present(failure.get("message")) for failure in suite.iter("failure")]
        assert int(present(suite.get("failures"))) == len(failures)
        assert (not failures) == passed
        assert all(any(reason in failure for failure in failures) for reason in reasons)

    step = (test.folder / "step.md").read_text()  # where there are several, the last one counts
    assert step.rindex(summary["run_id"]) > step.rindex("paysim: ")
    assert re.findall(r"^## \S+ paysim: (\w+)", step, re.MULTILINE)[-1] == outcome
    assert re.findall(r"^\| exit code \| (\d+) \|$", step, re.MULTILINE)[-1] == str(code)
    assert all(f"- {reason}\n" in step for reason in reasons)

    data = r'<script id="paysim-data" type="application/json">(.*?)</script>'
    ended = json.loads(first_group(data, _html(folder), re.DOTALL))["ended"]
    report = ended["summary"]
    assert ended["judgement"]["verdict"] == verdict
    assert (report["verdict"], report["thresholds"]) == (verdict, summary["thresholds"])
    if page is not None:
        assert (page.told["run_id"], page.told["verdict"]) == (summary["run_id"], verdict)
        assert {each["name"]: _state(each) for each in summary["thresholds"]} == {
            each["name"]: each["state"] for each in page.told["thresholds"]
        }
    for each in summary["thresholds"]:
        _assert_threshold_is_told(each, _words(told), suite, step)
    if browser is not None:
        browser.open((folder / "report.html").as_uri())
        for view in [shown(browser), *([page.shown] if page and page.shown else [])]:
            assert_shows(view, summary)
        assert browser.console_errors() == []
    return verdict


def _state(threshold: dict) -> str:
    return "not measured" if threshold["actual"] is None else "held" if threshold["ok"] else "missed"


def _assert_threshold_is_told(threshold: dict, console: str, suite: ElementTree.Element | None, step: str) -> None:
    """In console, JUnit and Markdown alike: held, or missed."""
    name, held = threshold["name"], threshold["ok"]
    figure = r"[\d.,e-]+(?:/s| ms| %)?"
    row = rf"threshold \S+ {re.escape(name)} [<>]= {figure} (?:{figure}|not measured) (held|MISSED)"
    rows = re.findall(row, console)
    assert {*rows} <= {"held" if held else "MISSED"} and (rows or "threshold" not in console), console
    if suite is not None:
        cases = [case for case in suite.iter("testcase") if present(case.get("name")).startswith(f"{name} ")]
        assert [case.find("failure") is None for case in cases] == [held]
    marks = re.findall(rf"^\| {re.escape(name)} \|.*\| (\S+) (?:held|missed) \|$", step, re.MULTILINE)
    assert marks[-1:] == ["✅" if held else "❌"], step


def _words(text: str) -> str:
    """Without line breaks, and without the characters that Latin-1 has not."""
    return re.sub(r"\s+", " ", text).replace("≤", "<=").replace("≥", ">=")


def _html(folder: Path) -> str:
    return (folder / "report.html").read_text()


@dataclass
class Row:
    """A way to end, and the verdict that it has to come to. reason: a part of the words, where it did not pass."""

    outcome: str
    code: int
    reason: str = ""
    options: tuple[str, ...] = TIMED
    config: str = CONFIG
    meanwhile: Callable[[LoadTest, Hub], None] = lambda test, hub: None
    workers: int = 0
    locustfile: str = ""
    environ: tuple[tuple[str, str], ...] = ()
    wrapper: tuple[str, ...] = ()
    sent: bool = True
    page: bool = False


PASSED, LOST = ("passed", 0), ("failed", 1, "3 lost")


def sends(*numbers: int, after: int = 300) -> Callable[[LoadTest, Hub], None]:
    """Signals to the process that conducts, once so many transactions are in the hub."""

    def act(test: LoadTest, hub: Hub) -> None:
        hub.wait_for(after)
        for number in numbers:
            test.signal(number)

    return act


def then(*acts: Callable[[LoadTest, Hub], None]) -> Callable[[LoadTest, Hub], None]:
    def act(test: LoadTest, hub: Hub) -> None:
        for each in acts:
            each(test, hub)

    return act


def fault(*arguments: str, after: int = 0) -> Callable[[LoadTest, Hub], None]:
    """From the first send on: in the middle of a short run it would come too late on a busy machine."""

    def act(test: LoadTest, hub: Hub) -> None:
        if after:
            hub.wait_for(after)
        hub.fault(*arguments)

    return act


def gone(test: LoadTest, hub: Hub) -> None:
    hub.wait_for(300)
    hub.close()


def in_verify(*numbers: int) -> Callable[[LoadTest, Hub], None]:
    """Signals while the run waits for what the hub lost."""

    def act(test: LoadTest, hub: Hub) -> None:
        fault("lose-event", "3")(test, hub)
        test.wait_for_log("verifying: ")
        for number in numbers:
            pause()
            test.signal(number)

    return act


def pause() -> None:
    """Signals that come together count as one."""
    threading.Event().wait(0.6)


def kill(*workers: int, number: int = signal.SIGKILL) -> Callable[[LoadTest, Hub], None]:
    def act(test: LoadTest, hub: Hub) -> None:
        hub.wait_for(300)
        for worker in workers:
            test.workers[worker].send_signal(number)

    return act


OWN = "from locust import User, constant, task, events\nfrom paysim.loadtest import PaymentUser\n"
OTHER_USER = """
class Api(User):
    wait_time = constant(0.2)
    @task
    def balance(self):
        failed = ValueError("503")
        self.environment.events.request.fire(
            request_type="GET", name="/balance", response_time=1.0, response_length=3, exception=failed, context={})
"""
FAILING = OWN + OTHER_USER
RAISING = OWN + OTHER_USER.replace('failed = ValueError("503")', 'raise ValueError("a bug")')
LEAVING = OWN + OTHER_USER.replace('failed = ValueError("503")', "raise SystemExit(4)")
OF_TWO = (*HEADLESS[:3], "10", "-r", "10", "-t", "3s")


def listener(event: str, body: str) -> str:
    return f"{OWN}@events.{event}.add_listener\ndef listen(environment=None, **kwargs):\n    {body}\n"


SETS_7, SETS_0 = (listener("quitting", f"environment.process_exit_code = {code}") for code in (7, 0))
SETS_1_IF_NONE = listener("quitting", "environment.process_exit_code = environment.process_exit_code or 1")
LEAVES_5 = listener("quitting", "raise SystemExit(5)")
LEAVES_6_LATE = listener("quit", "raise SystemExit(6)")
BROKEN = listener("request", "raise ValueError('a bug')")
SLOW = listener("test_start", "__import__('time').sleep(8)")
QUITS = OWN + OTHER_USER.replace('failed = ValueError("503")', "return self.environment.runner.quit()")

REJECTED = fault("reject", "3", "--condition", "amqp:not-allowed")

ROWS: dict[str, Row] = {
    # Planned ends
    "time": Row(*PASSED),
    "total": Row(*PASSED, options=HEADLESS, config=TOTAL),
    "total, with time to spare": Row(*PASSED, options=LONG_TIMED, config=TOTAL),
    "stages": Row(*PASSED, options=HEADLESS[:2], config=STAGES),
    "time is up before the total": Row("interrupted", 1, "of 60,000 transactions of the total", config=MUCH),
    "time, late": Row(*PASSED, options=(*HEADLESS, "-t", "5s"), meanwhile=fault("stall", "1", after=100)),
    "time, failed": Row("failed", 1, "30 failed", meanwhile=REJECTED),
    "time, failed as error_rate allows": Row(
        *PASSED, config=CONFIG + "  thresholds: {error_rate: 0.9}\n", meanwhile=REJECTED
    ),
    "time, failed with --exit-code-on-error 9": Row(
        "failed", 9, "30 failed", options=(*TIMED, "--exit-code-on-error", "9"), meanwhile=REJECTED
    ),
    "time, all rejected": Row(
        "failed",
        1,
        "nothing was acknowledged",
        config=CONFIG + "  thresholds: {error_rate: 1}\n",
        meanwhile=lambda test, hub: hub.fault("reject", "100000", "--condition", "amqp:not-allowed"),
        sent=False,
    ),
    "time, unknown": Row("failed", 1, "10 unknown", meanwhile=fault("unanswered", "1")),
    "time, lost": Row(*LOST, meanwhile=fault("lose-event", "3")),
    "time, lost as a threshold allows": Row(
        *PASSED, config=CONFIG + "  thresholds: {lost: 3}\n", meanwhile=fault("lose-event", "3")
    ),
    "time, there twice": Row("failed", 1, "2 duplicated", meanwhile=fault("double-event", "2")),
    "time, a threshold missed": Row("failed", 1, "min_rate was", config=CONFIG + "  thresholds: {min_rate: 90000}\n"),
    "a threshold missed over its window": Row(
        "failed", 1, "aborted after ", options=LONG_TIMED, config=ABORTING, meanwhile=fault("ack-delay", "300")
    ),
    "a threshold of a payment method missed over its window, in a stage": Row(
        "failed",
        1,
        "by_method.credit_card.p95_ms was",
        options=HEADLESS[:2],
        config=LONG_STAGES + "  thresholds: {window: 5s, abort: true, by_method: {credit_card: {p95_ms: 100}}}\n",
        meanwhile=fault("ack-delay", "300"),
    ),
    "a threshold missed over its window, with a total": Row(
        "failed", 1, "aborted after ", options=HEADLESS, config=ABORTING_TOTAL, meanwhile=fault("ack-delay", "300")
    ),
    "the rate is not reached": Row(
        "failed", 1, "min_rate_share was", config=SLOW_RATE, options=(*HEADLESS, "-t", "4s")
    ),
    "the rate is not reached, as a threshold allows": Row(
        *PASSED, config=SLOW_RATE + "  thresholds: {min_rate_share: 0.0001}\n", options=(*HEADLESS, "-t", "4s")
    ),
    "the rate is reached after the warm-up": Row(
        *PASSED,
        config=CONFIG + "  thresholds: {after: 4s, p95_ms: 1000}\n",
        options=("--headless", "--only-summary", "-u", "6", "-r", "1", "-t", "8s"),
    ),
    "a run that ends in its warm-up": Row(
        "failed", 1, "p95_ms was not measured", config=CONFIG + "  thresholds: {after: 1h, p95_ms: 1000}\n"
    ),
    "time, not verifiable": Row("failed", 1, "not verifiable", meanwhile=gone),
    "time, nobody there to send": Row(
        "failed", 1, "nothing was sent", options=("--headless", "--only-summary", "-u", "0", "-t", "2s"), sent=False
    ),
    "time is up before the first": Row(
        "failed", 1, "nothing was sent", options=(*HEADLESS, "-t", "1s"), locustfile=SLOW, sent=False
    ),
    # Signals
    "Ctrl-C without a planned end": Row(*PASSED, options=HEADLESS, meanwhile=sends(signal.SIGINT)),
    "SIGTERM without a planned end": Row(*PASSED, options=HEADLESS, meanwhile=sends(signal.SIGTERM)),
    "two signals that come together": Row(
        *PASSED, options=HEADLESS, meanwhile=sends(signal.SIGTERM, signal.SIGTERM, signal.SIGINT)
    ),
    "Ctrl-C before the time is up": Row(
        "interrupted", 1, "interrupted by a signal after", options=LONG_TIMED, meanwhile=sends(signal.SIGINT)
    ),
    "SIGTERM before the total": Row(
        "interrupted", 1, "of 60,000 transactions", options=HEADLESS, config=MUCH, meanwhile=sends(signal.SIGTERM)
    ),
    "Ctrl-C in a stage": Row(
        "interrupted", 1, "of 60 s", options=HEADLESS[:2], config=LONG_STAGES, meanwhile=sends(signal.SIGINT)
    ),
    "SIGTERM in a stage": Row(
        "interrupted", 1, "of 60 s", options=HEADLESS[:2], config=LONG_STAGES, meanwhile=sends(signal.SIGTERM)
    ),
    "Ctrl-C, lost": Row(
        *LOST, options=HEADLESS, meanwhile=then(fault("lose-event", "3"), sends(signal.SIGINT, after=600))
    ),
    "time, then Ctrl-C in verify": Row(
        *LOST, config=CONFIG.replace("timeout: 1", "timeout: 12"), meanwhile=in_verify(signal.SIGINT)
    ),
    "stages, then SIGTERM in verify": Row(
        *LOST,
        options=HEADLESS[:2],
        config=STAGES.replace("timeout: 1", "timeout: 12"),
        meanwhile=in_verify(signal.SIGTERM),
    ),
    **{
        f"time, then {' and '.join(each.name for each in pair)} in verify": Row(
            "failed", 1, "not verified: a second signal ended it", config=PATIENT, meanwhile=in_verify(*pair)
        )
        for pair in (
            (signal.SIGINT, signal.SIGINT),
            (signal.SIGTERM, signal.SIGTERM),
            (signal.SIGINT, signal.SIGTERM),
            (signal.SIGTERM, signal.SIGINT),
        )
    },
    "stages, then SIGTERM and SIGINT in verify": Row(
        "failed",
        1,
        "not verified: a second signal ended it",
        options=HEADLESS[:2],
        config=STAGES.replace("timeout: 1", "timeout: 60"),
        meanwhile=in_verify(signal.SIGTERM, signal.SIGINT),
    ),
    # Other users, tasks and listeners
    "other users fail": Row("failed", 1, "of other users failed", options=OF_TWO, locustfile=FAILING),
    "other users fail with --exit-code-on-error 9": Row(
        "failed", 9, "of other users failed", options=(*OF_TWO, "--exit-code-on-error", "9"), locustfile=FAILING
    ),
    "other users may fail": Row(*PASSED, options=(*OF_TWO, "--exit-code-on-error", "0"), locustfile=FAILING),
    "other users fail, and some are lost": Row(
        *LOST,
        options=(*OF_TWO, "--exit-code-on-error", "9"),
        locustfile=FAILING,
        meanwhile=fault("lose-event", "3"),
    ),
    "a task raises": Row("failed", 1, "in tasks, see the log", options=OF_TWO, locustfile=RAISING),
    "a task calls sys.exit": Row(
        "failed", 4, "called sys.exit(4)", options=OF_TWO[:-2], locustfile=LEAVING, sent=False
    ),
    "a listener raises": Row("failed", 2, "in a listener", locustfile=BROKEN),
    "a listener sets 7": Row("failed", 7, "a listener set exit code 7", locustfile=SETS_7),
    "a listener sets 7, some are lost": Row(
        "failed", 7, "a listener set exit code 7", locustfile=SETS_7, meanwhile=fault("lose-event", "3")
    ),
    "a listener sets 0, some are lost": Row(*LOST, locustfile=SETS_0, meanwhile=fault("lose-event", "3")),
    "a listener sets 1 where nothing is set": Row("failed", 1, "a listener set", locustfile=SETS_1_IF_NONE),
    "a listener calls sys.exit": Row("failed", 5, "a listener called sys.exit(5)", locustfile=LEAVES_5),
    "a late listener calls sys.exit": Row("failed", 6, "a listener called sys.exit(6)", locustfile=LEAVES_6_LATE),
    "a task quits before the time is up": Row(
        "interrupted", 1, "of 60 s", options=(*OF_TWO[:-1], "60s"), locustfile=QUITS, sent=False
    ),
    # Streams and files
    "Latin-1": Row(*PASSED, environ=(("PYTHONIOENCODING", "latin-1"),)),
    "Latin-1, a threshold missed": Row(
        "failed",
        1,
        "min_rate was",
        config=CONFIG + "  thresholds: {min_rate: 90000}\n",
        environ=(("PYTHONIOENCODING", "latin-1"),),
    ),
    "a terminal": Row(*PASSED, wrapper=(sys.executable, "-c", TERMINAL), environ=(("TERM", "xterm"),)),
    "a terminal, a threshold missed": Row(
        "failed",
        1,
        "p95_ms was",
        config=CONFIG + "  thresholds: {p95_ms: 0.001, error_rate: 1}\n",
        wrapper=(sys.executable, "-c", TERMINAL),
        environ=(("TERM", "xterm"),),
    ),
    "standard input is closed": Row(
        "failed", 2, "in a listener or greenlet", wrapper=("sh", "-c", 'exec "$@" <&-', "sh")
    ),
    "standard output is full": Row(
        "failed", 1, "standard output: ", wrapper=("sh", "-c", 'exec "$@" >/dev/full', "sh")
    ),
    "Locust's own report cannot be written": Row(
        "failed", 1, "an error of its own: OSError", options=(*TIMED, "--html", "/dev/full")
    ),
    "JUnit cannot be written": Row(
        "failed",
        1,
        "the JUnit report could not be written",
        config=CONFIG.replace("output/{run_id}/junit", "/dev/null/j"),
    ),
    "labels cannot be written": Row(
        "failed",
        1,
        "the labels could not be written",
        config=CONFIG.replace("report: {", "report: {labels: /dev/null/labels, ").replace(
            "  verify:", "    violations: {zero_amount: 0.1}\n  verify:"
        ),
    ),
    "to a file": Row(*PASSED, config=CONFIG.replace("  output:", "  output:\n    destination: file")),
    "to standard output": Row(*PASSED, config=CONFIG.replace("  output:", "  output:\n    destination: stdout")),
    # Workers
    "workers, time": Row(*PASSED, workers=2),
    "workers, Ctrl-C": Row(*PASSED, workers=2, options=HEADLESS, meanwhile=sends(signal.SIGINT)),
    "workers, a planned end and SIGTERM": Row(
        "interrupted", 1, "of 60 s", workers=2, options=LONG_TIMED, meanwhile=sends(signal.SIGTERM)
    ),
    "workers, one dies": Row(
        "failed", 1, "went silent", workers=2, options=(*HEADLESS, "-t", "12s"), meanwhile=kill(0)
    ),
    "workers, all die with a total and no time": Row(
        "failed", 1, "went silent", workers=2, options=HEADLESS, config=MUCH, meanwhile=kill(0, 1)
    ),
    "workers, all die before the time is up": Row(
        "failed", 1, "went silent", workers=2, options=LONG_TIMED, meanwhile=kill(0, 1)
    ),
    "workers, the last one is ended without a planned end": Row(
        *PASSED, workers=1, options=HEADLESS, meanwhile=kill(0, number=signal.SIGTERM)
    ),
    "workers, the last one is ended before the time is up": Row(
        "interrupted",
        1,
        "by the end of the last worker",
        workers=1,
        options=LONG_TIMED,
        meanwhile=kill(0, number=signal.SIGTERM),
    ),
    "workers, two signals in verify": Row(
        "failed",
        1,
        "not verified: a second signal ended it",
        workers=1,
        config=PATIENT,
        meanwhile=in_verify(signal.SIGTERM, signal.SIGINT),
    ),
    "workers, time is up before the first": Row(
        "failed", 1, "nothing was sent", options=(*HEADLESS, "-t", "1s"), workers=1, locustfile=SLOW, sent=False
    ),
    "workers, a threshold missed over its window": Row(
        "failed",
        1,
        "aborted after ",
        options=LONG_TIMED,
        config=ABORTING,
        workers=2,
        meanwhile=fault("ack-delay", "300"),
    ),
    "workers, a listener raises": Row("failed", 2, "in a listener", workers=1, locustfile=BROKEN),
    "workers, other users fail": Row(
        "failed", 1, "of other users failed", workers=2, options=OF_TWO, locustfile=FAILING
    ),
}

ROWS["--json"] = Row(*PASSED, options=(*TIMED, "--json"))
ROWS["--json, a threshold missed"] = Row(
    "failed", 1, "min_rate was", options=(*TIMED, "--json"), config=CONFIG + "  thresholds: {min_rate: 90000}\n"
)
TAGGED = OWN + "from locust import tag\n@tag('paying')\nclass Payer(PaymentUser):\n    pass\n"
ROWS["tags"] = Row(*PASSED, options=(*TIMED, "--tags", "paying"), locustfile=TAGGED)
ROWS["a limit that is not found in time"] = Row(
    "interrupted",
    1,
    "the limit is at least 300/s",
    options=("--headless", "--only-summary", "-t", "9s"),
    config=CONFIG + "  load: {find_limit: {from: 300, to: 100000, hold: 5s}}\n",
)
ROWS["a limit that is at least the highest rate"] = Row(
    *PASSED, options=HEADLESS[:2], config=CONFIG + "  load: {find_limit: {from: 300, to: 300, hold: 5s, confirm: 5s}}\n"
)
WITH_PAGE = (
    *("time", "time, failed", "time, failed as error_rate allows", "time, all rejected", "time, unknown", "time, lost"),
    *("time, there twice", "time, a threshold missed", "the rate is not reached", "a run that ends in its warm-up"),
    *("a threshold missed over its window", "time, not verifiable", "stages", "total", "other users fail"),
    *("time is up before the total", "time, nobody there to send", "a listener raises", "JUnit cannot be written"),
    *("workers, time", "workers, one dies", "workers, a threshold missed over its window"),
    *("a limit that is at least the highest rate", "the rate is reached after the warm-up"),
)
"""Ends that Locust's web UI shows as well."""


def with_page(row: Row) -> Row:
    options = [option for option in row.options if option not in ("--headless", "--only-summary")]
    return replace(row, options=("--autostart", "--web-host", "127.0.0.1", *options), page=True)


ROWS |= {f"{name}, with a page": with_page(ROWS[name]) for name in WITH_PAGE}

QUICK = {
    "time, a threshold missed, with a page",
    "a threshold missed over its window",
    "time",
    "time, then SIGTERM and SIGINT in verify",
    "SIGTERM before the total",
    "a listener sets 7, some are lost",
    "workers, all die with a total and no time",
    "Latin-1, a threshold missed",
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in ROWS])
def test_all_views_of_an_end_agree_and_are_right(name, start, hub, tmp_path, browser):
    row = ROWS[name]
    environ = {"GITHUB_STEP_SUMMARY": str(tmp_path / "step.md"), **dict(row.environ)}
    locustfile = tmp_path / "own.py"
    locustfile.write_text(row.locustfile)
    if row.locustfile:
        environ["locustfile"] = str(locustfile)
    master = ("--master", "--expect-workers", str(row.workers)) if row.workers else ()
    port = free_port()
    shown = ("--web-port", str(port)) if row.page else ()
    test = LoadTest(
        tmp_path, row.config, *row.options, *shown, *master, **{"hub": hub, "wrapper": row.wrapper, **environ}
    )
    try:
        for _ in range(row.workers):
            test.add_worker(locustfile=test.locustfile)
        row.meanwhile(test, hub)
        page = _page_at_the_end(test, port, browser) if row.page else None
        code = test.wait()
    finally:
        test.kill()
    verdict = assert_all_views_agree(test, code, page, browser)
    assert (verdict["outcome"], code) == (row.outcome, row.code), (verdict, test.logs())
    assert row.reason in "; ".join(verdict["reasons"])
    assert not row.sent or test.summary["transactions"]["acked"]
    if browser is None:
        pytest.skip(f"all views agree, and nobody looked at report and page: {missing()}")


def _page_at_the_end(test: LoadTest, port: int, browser: Chromium | None) -> Page:
    """What the page says once the run is over; then the process is asked to end."""
    web, found = WebUI(port), {}

    def over() -> bool:
        with contextlib.suppress(OSError):
            found.update(json.loads(web.get("/payments/verdict")))
        return bool(found.get("verdict"))

    wait_until(over, 90, test.logs)
    wait_until(lambda: "  exit code " in test.out.read_text(), why=test.logs)
    page = Page(found, None if browser is None else live(browser, port))
    test.signal(signal.SIGTERM)
    return page


def test_a_third_signal_leaves_at_once_with_130(start, hub):
    test = start(*TIMED, config=PATIENT)
    hub.fault("ack-delay", "20000")  # so that the end waits for open sends first
    test.wait_for_users()
    for _ in range(3):
        pause()
        test.signal(signal.SIGINT)
    assert test.wait(5) == 130
    assert not list((test.folder / "output").glob("*/summary.json"))


@pytest.mark.long
@pytest.mark.parametrize("first_loses", [True, False])
def test_of_several_runs_in_the_web_ui_the_worst_counts(start, hub, first_loses):
    port = free_port()
    test = start("--web-host", "127.0.0.1", "--web-port", str(port), config=CONFIG)
    web = WebUI(port)
    wait_until(web.up, why=test.logs)
    for run, loses in enumerate((first_loses, not first_loses)):
        if loses:
            hub.fault("lose-event", "3")
        before = hub.stored()
        web.swarm(5, 50)
        hub.wait_for(before + 200)
        web.stop()
        wait_until(lambda: test.out.read_text().count("  exit code ") == run + 1, why=test.logs)  # noqa: B023
    codes = [json.loads(path.read_text())["exit_code"] for path in sorted(test.folder.glob("output/2*/summary.json"))]
    assert codes == ([1, 0] if first_loses else [0, 1])
    test.signal(signal.SIGINT)
    assert test.wait() == 1, test.logs()


@pytest.mark.long
def test_a_run_of_the_form_that_is_stopped_before_its_time_is_interrupted(start, hub):
    port = free_port()
    test = start("--web-host", "127.0.0.1", "--web-port", str(port), config=CONFIG)
    web = WebUI(port)
    wait_until(web.up, why=test.logs)
    outcomes: list[None] = []
    for run_time, stops in (("60s", True), ("3s", False), ("", True)):
        before = hub.stored()
        web.post("/swarm", user_count=5, spawn_rate=50, run_time=run_time)
        hub.wait_for(before + 200)
        if stops:
            web.stop()
        outcomes.append(None)
        wait_until(lambda: test.out.read_text().count("  exit code ") == len(outcomes), why=test.logs)
    heads = re.findall(r"^paysim run \S+: (\w+)", test.out.read_text(), re.MULTILINE)
    assert heads == ["INTERRUPTED", "passed", "passed"]
    test.signal(signal.SIGINT)
    assert test.wait() == 1, test.logs()


@pytest.mark.long
def test_a_web_ui_without_a_run_ends_with_0(start, hub):
    port = free_port()
    test = start("--web-host", "127.0.0.1", "--web-port", str(port), config=CONFIG)
    wait_until(WebUI(port).up, why=test.logs)
    test.signal(signal.SIGINT)
    assert test.wait() == 0, test.logs()


@pytest.mark.parametrize("rate", ["1e24", "1e308"])
def test_a_rate_that_nobody_can_send_is_refused(tmp_path, rate):
    config = tmp_path / "c.yaml"
    config.write_text(f"simulator: {{transaction: {{volume: {{rate: {rate}}}}}}}")
    command = [sys.executable, "-m", "paysim", "check", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "rate" in done.stderr and "Traceback" not in done.stderr
