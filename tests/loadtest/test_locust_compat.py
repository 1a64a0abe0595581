"""Every private part of Locust and gevent: it is there, its function does what it says, without it one line tells."""

import ast
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gevent
import locust.log
import locust.runners
import locust.stats
import pytest
from locust import User, tag, task
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from paysim.loadtest import locust_compat
from paysim.loadtest.locust_compat import PARTS, Private, UnsuitableLocust, check
from tests.support.environment import ROOT, unmeasured_environ
from tests.support.present import present
from tests.support.servers import free_port

CHANGED = "Locust has changed: mend its row, and its function, in paysim/loadtest/locust_compat.py"


class Visitor(User):
    @task
    def visit(self) -> None: ...


@pytest.fixture(scope="module")
def environments() -> Iterator[list[Environment]]:
    """Of a standalone process with a web UI, of a master and of a worker."""
    alone, master, worker = (Environment(user_classes=[Visitor]) for _ in range(3))
    alone.create_local_runner()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["locust"])  # Locust reads its command line for the start form
        alone.create_web_ui("127.0.0.1", free_port(), delayed_start=True)
    port = free_port()
    master.create_master_runner("127.0.0.1", port)
    worker.create_worker_runner("127.0.0.1", port)
    yield [alone, master, worker]
    for each in (worker, master, alone):
        assert each.runner is not None
        each.runner.quit()


def owned(part: Private, environments: list[Environment]) -> tuple[Environment, object]:
    """An environment whose process has what the part belongs to, and that."""
    for environment in environments:
        if (owner := part.of(environment)) is not None:
            return environment, owner
    raise AssertionError(f"nobody has a {part.owner}")


def take_away(part: Private, environment: Environment, owner: object, monkeypatch: pytest.MonkeyPatch) -> None:
    if part.owner == locust_compat.BLUEPRINT:
        assert environment.web_ui is not None
        monkeypatch.delitem(present(environment.web_ui.app).view_functions, f"{part.owner}.{part.name}")
    elif part.owner == "@tag":
        monkeypatch.setattr(locust_compat, "tag", lambda name: lambda task: task)
    else:
        for holder in (owner, *type(owner).__mro__):
            if part.name in vars(holder):
                monkeypatch.delattr(holder, part.name)


def test_each_private_name_that_is_used_has_a_row() -> None:
    """No row, no test: whoever uses a new part adds it to `PARTS`."""
    known = {word for part in PARTS for word in re.findall(r"\w+", f"{part.owner} {part.name}")}
    tree = ast.parse(Path(locust_compat.__file__).read_text())
    methods = {node.name for each in ast.walk(tree) if isinstance(each, ast.ClassDef) for node in each.body
               if isinstance(node, ast.FunctionDef)}  # fmt: skip
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} | methods
    used |= {
        str(call.args[1].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("getattr", "setattr")
        if isinstance(call.args[1], ast.Constant)
    }
    private = {name for name in used if re.match("_[^_]", name)}
    assert "_sleep" in private
    assert private - known == set()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.title)
def test_each_private_part_is_there(part: Private, environments: list[Environment]) -> None:
    environment, _ = owned(part, environments)
    assert part.is_there(environment), f"there is no {part.title} any more, which is for {part.used}. {CHANGED}"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.title)
def test_without_a_part_one_line_refuses_or_warns(
    part: Private,
    environments: list[Environment],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    environment, owner = owned(part, environments)
    take_away(part, environment, owner, monkeypatch)
    if part.without is None:
        with pytest.raises(UnsuitableLocust) as refused:
            check(environment)
        said = str(refused.value)
        assert part.title in said and part.used in said and "\n" not in said
    else:
        with caplog.at_level(logging.WARNING):
            check(environment)
        assert [f"{part.title} any more: {part.without}" in text for text in caplog.messages] == [True]


def test_with_all_parts_nothing_is_said(environments: list[Environment], caplog: pytest.LogCaptureFixture) -> None:
    for environment in environments:
        check(environment)
    assert not caplog.messages


def test_a_run_is_refused_in_one_line_where_a_listeners_failure_would_not_be_seen() -> None:
    """A real Locust, from which the locustfile takes the note that its exit code goes by."""
    taken = "import locust.log; del locust.log.unhandled_greenlet_exception"
    script = f"{taken}; import sys; sys.argv[0] = 'locust'; from locust.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "-f", "locustfiles/payments.py", "--headless", "-u", "1", "-t", "1s"],
        cwd=ROOT,
        env=unmeasured_environ(),
        capture_output=True,
        encoding="utf-8",
        timeout=90,
    )
    assert done.returncode == 2, done.stderr
    assert "cannot be used: it lacks locust.log.unhandled_greenlet_exception" in done.stderr
    assert "Traceback" not in done.stderr


# The functions, with their part and without it


def test_who_stops_a_runner_asks_the_replacement(environment: Environment) -> None:
    asked: list[str] = []
    runner = environment.runner
    assert runner is not None
    stop, quit = runner.stop, runner.quit
    locust_compat.replace_ends(runner, lambda: asked.append("stop"), lambda: asked.append("quit"))
    runner.stop()
    runner.quit()
    assert asked == ["stop", "quit"]
    locust_compat.replace_ends(runner, stop, quit)


def test_who_fires_an_event_asks_the_replacement_first(environment: Environment) -> None:
    heard: list[str] = []
    environment.events.quitting.add_listener(lambda **_: heard.append("a listener"))
    listeners = locust_compat.replace_fire(environment.events.quitting, lambda **_: heard.append("before"))
    environment.events.quitting.fire()
    listeners()
    assert heard == ["before", "a listener"]


def test_a_greenlets_exit_is_told_to_whoever_takes_it_and_else_ends_the_main_greenlet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub = gevent.get_hub()
    ends: list[object] = []
    monkeypatch.setattr(hub, "handle_system_error", lambda kind, value, tb=None: ends.append(value.code))
    told: list[object] = []

    def take(error: BaseException) -> bool:
        assert isinstance(error, SystemExit)
        told.append(error.code)
        return error.code == 3

    locust_compat.take_system_errors(take)
    for code in (3, 4):
        gevent.spawn(sys.exit, code).join()
    assert (told, ends) == ([3, 4], [4])


@pytest.mark.parametrize("raises", [True, False])
def test_a_listener_that_fails_is_seen(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, *, raises: bool
) -> None:
    monkeypatch.setattr(locust.log, "unhandled_greenlet_exception", False)
    environment.events.spawning_complete.add_listener(lambda **_: 1 / (0 if raises else 1))
    environment.events.spawning_complete.fire(user_count=1)
    assert locust_compat.listener_has_failed() is raises


def test_tags_are_those_of_locusts_decorator() -> None:
    def pay() -> None: ...

    def refund() -> None: ...

    locust_compat.put_tags(refund, {"slow"})
    assert locust_compat.tags_of([tag("card", "fast")(pay), refund]) == {"card", "fast", "slow"}


def test_a_shape_is_chosen_and_where_none_is_the_caller_is_asked(environments: list[Environment]) -> None:
    web_ui = environments[0].web_ui
    assert web_ui is not None
    own, asked = web_ui._update_shape_class, []
    locust_compat.after_shape_choice(web_ui, lambda: asked.append(True))
    web_ui._update_shape_class(None)
    web_ui._update_shape_class = own  # type: ignore[method-assign]  # as it was
    assert asked == [True] and web_ui.environment.shape_class is None


def test_the_run_time_of_the_start_form_does_not_pass_until_it_is_told_to(environments: list[Environment]) -> None:
    web_ui = environments[0].web_ui
    assert web_ui is not None
    assert locust_compat.hold_form_run_time(web_ui) is None and locust_compat.hold_form_run_time(None) is None
    held = web_ui._run_time_greenlet = gevent.spawn_later(3600, lambda: None)
    go_on = present(locust_compat.hold_form_run_time(web_ui))
    held.join()
    assert locust_compat.form_set_run_time(web_ui)
    go_on(3600)
    passing = present(web_ui._run_time_greenlet)
    assert passing is not held and not passing.dead
    again = present(locust_compat.hold_form_run_time(web_ui))
    web_ui._cancel_run_time_timer()  # as Stop does
    again(3600)
    assert web_ui._run_time_greenlet is None


def test_without_its_part_each_function_does_the_lesser_thing(
    environments: list[Environment], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those that can be done without: what `check` has announced, and no error in the middle of a run."""
    environment = environments[0]
    for part in PARTS:
        if part.without is not None and part.owner != "@tag" and (owner := part.of(environment)) is not None:
            take_away(part, environment, owner, monkeypatch)
    web_ui, runner = environment.web_ui, environment.runner
    assert web_ui is not None and runner is not None
    assert not locust_compat.is_starting(web_ui, runner) and not locust_compat.has_live_shape(runner)
    assert not locust_compat.form_started(web_ui) and not locust_compat.form_set_run_time(web_ui)
    assert locust_compat.hold_form_run_time(web_ui) is None
    assert not locust_compat.short_of_cpu(runner)
    assert not locust_compat.is_web_log(logging.NullHandler())
    locust_compat.replace_template_args(web_ui, lambda: None)
    locust_compat.after_shape_choice(web_ui, lambda: None)
    locust_compat.set_state(runner, "ready")
    locust_compat.report_every(1.0)
    locust_compat.counts_as_locust.cache_clear()
    try:
        assert not locust_compat.counts_as_locust()
    finally:
        locust_compat.counts_as_locust.cache_clear()


def test_n_requests_at_once_are_counted_as_locust_counts_them_and_another_way_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    locust_compat.counts_as_locust.cache_clear()
    assert locust_compat.counts_as_locust(), CHANGED
    locust_compat.counts_as_locust.cache_clear()
    monkeypatch.setattr(locust.stats.StatsEntry, "_log_response_time", lambda self, milliseconds: None)
    assert not locust_compat.counts_as_locust()
    locust_compat.counts_as_locust.cache_clear()


def test_a_worker_has_users_only_once_locust_spawns_some(environments: list[Environment]) -> None:
    master, worker = environments[1].runner, environments[2].runner
    assert isinstance(master, MasterRunner) and isinstance(worker, WorkerRunner)
    assert not locust_compat.has_users(worker)
    with gevent.Timeout(30):
        while not master.clients:
            gevent.sleep(0.01)
        master.start(1, 1)
        while not locust_compat.has_users(worker):
            gevent.sleep(0.01)
    master.stop()
