"""The parts of Locust and gevent that paysim uses although they are not public, and what happens without them.

Public are the names that Locust's and gevent's documentation describes. The others may change with any release, so each
is a row of `PARTS` and is used by a function here. A row says who uses the part and what is lost without it. `check`
looks for all of them before a run: without a part that a run needs the process ends with one line, and for any other
part that is gone there is one warning. Nothing goes missing in silence.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from time import time
from typing import Any, NamedTuple

import gevent
import locust.log
import locust.runners
import locust.stats
from locust import TaskSet, tag
from locust.env import Environment
from locust.event import EventHook
from locust.runners import MasterRunner, Runner, WorkerRunner
from locust.web import WebUI

logger = logging.getLogger(__name__)


class UnsuitableLocust(Exception):
    """This Locust or gevent lacks what a run cannot do without; one line for the user. Exit code 2."""


@dataclass(frozen=True, slots=True)
class Private:
    """One private part of Locust or gevent.

    owner, name: what it is an attribute of, as messages name it. of: the object that has it, None where this process
    has no such object. used: by whom, and what for. without: what is lost where it is gone; None where a run needs it.
    """

    owner: str
    name: str
    of: Callable[[Environment], object | None]
    used: str
    without: str | None = None

    @property
    def title(self) -> str:
        return f"{self.owner}.{self.name}"

    def is_there(self, environment: Environment) -> bool:
        """Whether it is there; true also where this process has no object that could have it."""
        owner = self.of(environment)
        return owner is None or hasattr(owner, self.name)


def _web_ui(environment: Environment) -> WebUI | None:
    return environment.web_ui


def _pages(environment: Environment) -> object | None:
    """The pages of Locust's web UI as attributes, by their endpoints."""
    web_ui = environment.web_ui
    if web_ui is None or web_ui.app is None:
        return None
    return type(
        "Pages",
        (),
        {
            name.partition(".")[2]: view
            for name, view in web_ui.app.view_functions.items()
            if name.startswith(f"{BLUEPRINT}.")
        },
    )


def _runner(environment: Environment) -> Runner | None:
    return environment.runner


def _master(environment: Environment) -> Runner | None:
    return environment.runner if isinstance(environment.runner, MasterRunner) else None


def _worker(environment: Environment) -> Runner | None:
    return environment.runner if isinstance(environment.runner, WorkerRunner) else None


def _tagged(_: Environment) -> object:
    return tag("known")(lambda: None)


BLUEPRINT = "locust"
"""The name of Locust's own routes in its web UI."""
SWARM, INDEX, REQUEST_STATS = (f"{BLUEPRINT}.{page}" for page in ("swarm", "index", "request_stats"))
"""Flask's endpoints of the pages that start a test, that people look at, and that the tabs get their figures from."""

PARTS = (
    # The end of a run: a wrong one would be a false verdict, so a run needs all of these.
    Private("Runner", "stop", _runner, "run/shutdown: one end at a time, in a greenlet of its own"),
    Private("Runner", "quit", _runner, "run/shutdown: one end at a time, in a greenlet of its own"),
    Private("EventHook", "fire", lambda e: e.events.quitting, "run/shutdown and run/coordinator: before all listeners"),
    Private("gevent.Hub", "handle_system_error", lambda _: gevent.get_hub(), "run/shutdown: an end for Locust's main"),
    Private("locust.log", "unhandled_greenlet_exception", lambda _: locust.log, "run/results: a listener has failed"),
    Private("Runner", "exceptions", _runner, "run/results: tasks that have failed"),
    Private("Runner", "errors", _runner, "run/results: failed requests of other users"),
    # Who takes part.
    Private("MasterRunner", "clients", _master, "cluster/master: which workers there are"),
    Private("MasterRunner", "get_worker_index", _master, "cluster/master: the number of a producer"),
    Private("WorkerRunner", "worker_state", _worker, "cluster/worker: whether users run already"),
    # The pace of users.
    Private("TaskSet", "_sleep", lambda _: TaskSet, "users: a user waits for its slot while it may be stopped"),
    Private(
        "@tag", "locust_tag_set", _tagged, "users: the tags of payments",
        without="--tags and --exclude-tags are refused, or leave payments as they are",
    ),
    # The web UI.
    Private(BLUEPRINT, "swarm", _pages, "web/form and web/guard: what the start form sets, and who may start a test"),
    Private("WebUI", "auth_required_if_enabled", _web_ui, "web/pages and live/metrics_server: Locust's login"),
    Private(
        BLUEPRINT, "index", _pages, "web/tabs: a link to the live charts",
        without="its page has no link to /payments",
    ),
    Private(
        BLUEPRINT, "request_stats", _pages, "web/tabs: the figures of the tabs",
        without="the tabs Payments and Event Hub stay empty; /payments has the same figures",
    ),
    Private(
        "WebUI", "update_template_args", _web_ui, "web/form: paysim's fields of the start form",
        without="the start form has no fields of paysim's; the command line has them",
    ),
    Private(
        "WebUI", "_update_shape_class", _web_ui, "plugin: stages in a test that the form starts",
        without="load.stages has no effect in tests that are started with --class-picker",
    ),
    Private(
        "WebUI", "_swarm_greenlet", _web_ui, "web/state and run/planned_end: a test that the form has started",
        without="a test that is being prepared is shown as not begun",
    ),
    Private(
        "WebUI", "_run_time_greenlet", _web_ui, "run/planned_end: a run time that the form has set",
        without="a run from the start form has no planned time, so it is never called interrupted",
    ),
    Private(
        "WebUI", "_stop_runners", _web_ui, "run/coordinator: the run time of the form counts from when the run begins",
        without="the run time of the start form counts while a run is being prepared",
    ),
    Private(
        "Runner", "spawning_greenlet", _runner, "web/state: a test that is being prepared",
        without="a test that is being prepared is shown as not begun",
    ),
    Private(
        "Runner", "shape_greenlet", _runner, "web/state: a test with stages that is being prepared",
        without="a test with stages that is being prepared is shown as not begun",
    ),
    Private(
        "Runner", "update_state", _runner, "cluster/standalone: a Stop while a second run is being prepared",
        without="a Stop counts only once a second run has been prepared",
    ),
    # Figures.
    Private(
        "Runner", "cpu_warning_emitted", _runner, "run/summing_up: this process was short of CPU",
        without="no summary says that a load generator was short of CPU",
    ),
    Private(
        "Runner", "worker_cpu_warning_emitted", _runner, "run/summing_up: a worker was short of CPU",
        without="no summary says that a worker was short of CPU",
    ),
    Private(
        "locust.runners", "WORKER_REPORT_INTERVAL", lambda _: locust.runners, "cluster/worker: reports once a second",
        without="live figures of workers are as old as Locust's own reports",
    ),
    Private(
        "locust.log", "LogReader", lambda _: locust.log, "logs/log_setup: the log of the web UI keeps Locust's form",
        without="lines in the web UI's log have paysim's form",
    ),
    Private(
        "locust.stats", "bucket_response_time", lambda _: locust.stats, "sending/statistics: n requests at once",
        without="each transaction is an event of its own, which costs more CPU",
    ),
)  # fmt: skip


def check(environment: Environment) -> None:
    """Look for every part. Raises UnsuitableLocust; warns of each part that is gone and can be done without."""
    gone = [part for part in PARTS if not part.is_there(environment)]
    if needed := [part for part in gone if part.without is None]:
        told = "; ".join(f"{part.title} ({part.used})" for part in needed)
        raise UnsuitableLocust(f"{_versions()} cannot be used: it lacks {told}; install those of requirements.txt")
    for part in gone:
        logger.warning("%s has no %s any more: %s", _versions(), part.title, part.without)


def _versions() -> str:
    return f"Locust {version('locust')} with gevent {version('gevent')}"


# The end of a run


def replace_ends(runner: Runner, stop: Callable[..., None], quit: Callable[..., None]) -> None:
    """Whoever asks a runner to stop or to quit, Locust too, asks these: see `run.shutdown.end_apart`."""
    runner.stop = stop  # type: ignore[method-assign]
    runner.quit = quit  # type: ignore[method-assign]


def replace_fire(event: EventHook, fire: Callable[..., None]) -> Callable[..., None]:
    """Whoever fires an event calls this; returned is what calls its listeners.

    A listener of ours would be one of several, and could neither come before the first nor after the last.
    """
    listeners = event.fire
    event.fire = fire  # type: ignore[method-assign]
    return listeners


def raise_in_main(error: BaseException) -> None:
    """Raise in Locust's main greenlet. Raised here, gevent would do that too, but print a traceback before."""
    gevent.get_hub().handle_system_error(type(error), error)


def take_system_errors(take: Callable[[BaseException], bool]) -> None:
    """Errors that gevent would raise in the main greenlet, as a `sys.exit` of any other, are told to `take` first.

    take: whether that is all that shall happen.
    """
    hub = gevent.get_hub()
    raise_there = hub.handle_system_error

    def handle(type: Any, value: Any, tb: Any = None) -> None:
        if not take(value):
            raise_there(type, value, tb)

    hub.handle_system_error = handle


def listener_has_failed() -> bool:
    """Whether any listener or greenlet of this process has raised, which Locust notes for its own exit code."""
    return bool(locust.log.unhandled_greenlet_exception)


def failed_tasks(runner: Runner) -> int:
    """How many exceptions tasks have raised in the run that Locust has figures of."""
    return sum(each["count"] for each in runner.exceptions.values())


# Users


class PacedTaskSet(TaskSet):
    """Tasks that wait in their own way.

    Locust calls `_sleep` with the user marked as waiting, so that Stop and ramp-down may take it at once; a wait in the
    task itself could not be taken.
    """

    def pause(self, seconds: float) -> None:
        """Wait for this long, and for whatever comes before the next task."""
        raise NotImplementedError

    def _sleep(self, seconds: float) -> None:
        self.pause(seconds)


def put_tags(task: Callable[..., None], tags: set[str]) -> None:
    """Give a task the tags of another; `@tag` itself would refuse an empty set."""
    if tags:
        task.locust_tag_set = tags  # type: ignore[attr-defined]


def tags_of(tasks: Iterable[Callable[..., None]]) -> set[str]:
    """All tags that `@tag` has given to these tasks."""
    return {tag for task in tasks for tag in getattr(task, "locust_tag_set", ())}


# The web UI


def replace_template_args(web_ui: WebUI, update: Callable[[], None]) -> None:
    """Call `update` each time after Locust has made what its page is filled with, from its command line."""
    locusts_own = getattr(web_ui, "update_template_args", None)
    if locusts_own is None:
        return

    def both() -> None:
        locusts_own()
        update()

    web_ui.update_template_args = both  # type: ignore[method-assign]


def after_shape_choice(web_ui: WebUI, none_chosen: Callable[[], None]) -> None:
    """With --class-picker every start sets the shape to the one that the form names; called where it names none."""
    pick = getattr(web_ui, "_update_shape_class", None)
    if pick is None:
        return

    def pick_or_keep(name: str | None) -> None:
        pick(name)
        if name is None:
            none_chosen()

    web_ui._update_shape_class = pick_or_keep  # type: ignore[method-assign]


def is_starting(web_ui: WebUI, runner: Runner) -> bool:
    """Whether a test is being started: Locust's state changes only when all listeners of `test_start` are done."""
    return _alive(web_ui, "_swarm_greenlet") or _alive(runner, "spawning_greenlet")


def has_live_shape(runner: Runner) -> bool:
    """Whether the greenlet of a test with stages is alive, which begins the test and ends it."""
    return _alive(runner, "shape_greenlet")


def _alive(owner: object, name: str) -> bool:
    greenlet: gevent.Greenlet | None = getattr(owner, name, None)
    return greenlet is not None and not greenlet.ready()


def form_set_run_time(web_ui: WebUI) -> bool:
    """Whether the start form has given the run a time, which Locust keeps in its options."""
    return getattr(web_ui, "_run_time_greenlet", None) is not None


def hold_form_run_time(web_ui: WebUI | None) -> Callable[[float], None] | None:
    """Let the run time of the start form not pass: Locust counts it from when Start was pressed, whatever a run waits
    for before it begins.

    Returns what makes so many seconds pass from then on; None where the form has set none.
    """
    timer = getattr(web_ui, "_run_time_greenlet", None)
    ends = getattr(web_ui, "_stop_runners", None)
    if web_ui is None or timer is None or ends is None:
        return None
    timer.kill(block=False)

    def go_on(seconds: float) -> None:
        if web_ui._run_time_greenlet is timer:  # Stop and Edit take it away
            web_ui._run_time_greenlet = gevent.spawn_later(seconds, ends)

    return go_on


def form_started(web_ui: WebUI) -> bool:
    """Whether the start form has started the test."""
    return getattr(web_ui, "_swarm_greenlet", None) is not None


def is_web_log(handler: logging.Handler) -> bool:
    """Whether this is the log of the web UI, whose lines Locust's page takes apart."""
    kind = getattr(locust.log, "LogReader", None)
    return kind is not None and isinstance(handler, kind)


# Runners and figures


def set_state(runner: Runner, state: str) -> None:
    """Set the runner's state. While a second run is prepared Locust's is "stopped", and it would ignore a Stop."""
    update = getattr(runner, "update_state", None)
    if update is not None:
        update(state)


def has_users(runner: WorkerRunner) -> bool:
    """Whether Locust has spawned users in this worker, or does so now."""
    return runner.worker_state in ("spawning", "running")


def short_of_cpu(runner: Runner) -> bool:
    """Whether Locust has warned that this process or one of its workers is short of CPU."""
    return any(getattr(runner, name, False) for name in ("cpu_warning_emitted", "worker_cpu_warning_emitted"))


def report_every(seconds: float) -> None:
    """Set how often this worker reports to its master; Locust reads that value before each report."""
    if hasattr(locust.runners, "WORKER_REPORT_INTERVAL"):
        locust.runners.WORKER_REPORT_INTERVAL = seconds


class Times(NamedTuple):
    """Response times in milliseconds. buckets: as Locust rounds them → how many."""

    total: float
    least: float
    most: float
    buckets: Mapping[int, int]

    @classmethod
    def of(cls, counted: Iterable[tuple[int, float]]) -> "Times":
        """Counted: how many, and milliseconds; least and most are those of all that are named, of none too."""
        total, least, most, buckets = 0.0, float("inf"), 0.0, {}  # type: float, float, float, dict[int, int]
        for count, milliseconds in counted:
            least, most = min(least, milliseconds), max(most, milliseconds)
            if count:
                total += count * milliseconds
                bucket = locust.stats.bucket_response_time(milliseconds)
                buckets[bucket] = buckets.get(bucket, 0) + count
        return cls(total, least, most, buckets)


def add_requests(
    stats: Any, request_type: str, name: str, n: int, size: int, times: Times, error: Exception | None
) -> None:
    """Add n requests of one name to Locust's statistics, as n calls of its own would. size: bytes of all together.

    A call for each request would cost more than sending it. `counts_as_locust` checks that both ways come to the same.
    """
    for entry in (stats.total, stats.get(name, request_type)):
        _add(entry, n, size, times, failed=error is not None)
    if error is not None:
        stats.errors[locust.stats.StatsError.create_key(request_type, name, error)].occurrences += n


def _add(entry: Any, n: int, size: int, times: Times, *, failed: bool) -> None:
    second = int(time())
    entry.num_requests += n
    entry.num_reqs_per_sec[second] += n
    entry.total_content_length += size
    entry.total_response_time += times.total
    entry.min_response_time = min(times.least, entry.min_response_time or times.least)
    entry.max_response_time = max(times.most, entry.max_response_time)
    for bucket, count in times.buckets.items():
        entry.response_times[bucket] += count
    if failed:
        entry.num_failures += n
        entry.num_fail_per_sec[second] += n


@cache
def counts_as_locust() -> bool:
    """Whether `add_requests` has the same effect as Locust's own calls, one a request; warns where it has not."""
    try:
        same = all(map(_same, (None, ValueError("a reason"))))
    except Exception as error:  # whatever another version of Locust does here
        logger.debug("statistics: %r", error)
        same = False
    if not same:
        logger.warning("%s counts requests in another way: each transaction is an event of its own", _versions())
    return same


def _same(error: Exception | None) -> bool:
    milliseconds = [1.0, 4.6, 4.6, 137.0, 5678.0]
    found = []
    for one_by_one in (True, False):
        stats = locust.stats.RequestStats()
        for value in milliseconds if one_by_one else milliseconds[:1]:
            stats.log_request("TYPE", "name", value, 10)  # type: ignore[arg-type]  # all its own clients give floats
            if error is not None:
                stats.log_error("TYPE", "name", error)
        if not one_by_one:
            rest = Times.of((1, value) for value in milliseconds[1:])
            add_requests(stats, "TYPE", "name", len(milliseconds) - 1, 40, rest, error)
        found.append([*map(_figures, (stats.total, stats.get("name", "TYPE"))), *_occurrences(stats)])
    return found[0] == found[1]


def _figures(entry: Any) -> tuple[Any, ...]:
    by_second = [sum(getattr(entry, name).values()) for name in ("num_reqs_per_sec", "num_fail_per_sec")]
    names = ("num_requests", "num_failures", "total_content_length", "min_response_time", "max_response_time")
    times = round(entry.total_response_time, 3), dict(entry.response_times)
    return *(getattr(entry, name) for name in names), *by_second, *times


def _occurrences(stats: Any) -> Iterator[int]:
    return (each.occurrences for each in stats.errors.values())
