"""Where paysim meets Locust: its options, and what happens when Locust has made its environment."""

import logging
import sys
from pathlib import Path
from typing import Any

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner

from paysim.config.errors import TargetError
from paysim.config.loader import ConfigError, Loaded
from paysim.config.mix import mix_of
from paysim.config.run_length import stages_length
from paysim.config.schema import Config
from paysim.config.warnings import warnings
from paysim.exit_codes import ExitCode
from paysim.streams import write_everything
from paysim.transactions.behaviour.mix.margins import margin_warnings

from . import locust_compat
from .cluster.master import Master
from .cluster.standalone import Standalone
from .cluster.worker import Worker
from .live import metrics_server
from .live.progress import Progress
from .logs import log_setup
from .pacing.stages import StageProfile
from .pipeline.watch import PipelineWatch
from .run import overrides, planned_end
from .run.config_watcher import ConfigWatcher, ignore_sighup
from .run.coordinator import RunCoordinator
from .run.forks import only_programs, watch_hooks
from .run.local_hub import EmbeddedHubWhenNeeded, EmbeddedUnavailable
from .run.run_watch import RunWatch
from .run.settings import Settings
from .run.shape import OwnShape, SearchShape, StagesShape
from .run.shutdown import Signals, WayOut, end_apart, options
from .run.unsupported import Unsupported, remarks, require_conductible, require_supported
from .run.verifier import OtherHub, Verifier
from .sending.sender import Sender
from .users import weigh_tasks
from .web import guard, ui

logger = logging.getLogger(__name__)

watch_hooks()


@events.init_command_line_parser.add_listener
def _add_options(parser: LocustArgumentParser, **_: Any) -> None:
    parser.add_argument(
        "--paysim-config",
        metavar="PATH",
        default=None,
        env_var="PAYSIM_CONFIG",
        help="paysim's YAML file; default: config/simulator_config.yaml",
        include_in_web_ui=False,
    )
    parser.add_argument(
        guard.OPTION,
        metavar="NAMES",
        default="",
        env_var="PAYSIM_WEB_HOSTS",
        help="host names, comma-separated, of the web UI besides this machine's own, as an ingress's",
        include_in_web_ui=False,
    )
    for override in overrides.OVERRIDES:
        # Text, so that the form may be empty; `overrides` makes numbers of it, and says what is wrong.
        parser.add_argument(override.option, metavar="N", default=None, help=f"{override.help}; default: the file's")


@events.init.add_listener
def _init(environment: Environment, **_: Any) -> None:
    runner = environment.runner
    assert runner is not None
    write_everything()
    signals = Signals()
    only_programs()
    try:
        locust_compat.check(environment)
        if isinstance(runner, WorkerRunner):
            ignore_sighup()
            WayOut(environment, signals)
            Worker(runner).join()
        else:
            _conduct(runner, signals)
    except KeyboardInterrupt:
        runner.quit()
        environment.events.quit.fire(exit_code=ExitCode.INTERRUPTED)
        sys.exit(ExitCode.INTERRUPTED)
    except (
        *(ConfigError, Unsupported, EmbeddedUnavailable, OtherHub, locust_compat.UnsuitableLocust),
        *(log_setup.LogFileError, metrics_server.MetricsPortError),
    ) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(ExitCode.UNUSABLE)
    except TargetError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(ExitCode.UNREACHABLE)


def _conduct(runner: Runner, signals: Signals) -> None:
    """Make this process the one that conducts runs. Raises what ends it before the first."""
    environment = runner.environment
    end_apart(runner)
    require_supported(environment)
    path = options(environment).paysim_config
    hosts = guard.hosts(options(environment).paysim_web_hosts)
    settings = Settings(Path(path) if path else None, overrides.parse(vars(options(environment))))
    loaded = settings.loaded
    config = loaded.config
    require_conductible(environment, config)
    name = "master" if isinstance(runner, MasterRunner) else "standalone"
    log_setup.begin(config.logging, name, options(environment))
    for line in [*remarks(environment), *warnings(config, loaded.overridden), *margin_warnings(config)]:
        logger.warning("%s", line)
    weigh_tasks(mix_of(config.transaction).methods)
    hub = EmbeddedHubWhenNeeded(config.output)
    environment.events.quit.add_listener(lambda **_: hub.close())
    verifier = Verifier(config, lambda: hub.started, _longest(environment, config))
    hub.when_started(verifier.start)
    environment.events.quit.add_listener(lambda **_: verifier.close())
    pipeline = PipelineWatch(config, lambda: hub.started, again=environment.web_ui is not None)
    environment.events.quit.add_listener(lambda **_: pipeline.close())
    coordinator = RunCoordinator(runner, loaded, verifier, signals, RunWatch(runner, verifier, pipeline))
    _shape(environment, config, coordinator)
    metrics_server.serve(environment, coordinator.watch.live, lambda: coordinator.target, config.metrics.port)
    if isinstance(runner, MasterRunner):
        loaded.require_distributable()
        role: Master | Standalone = Master(runner, coordinator, loaded, hub.address)
    else:
        loaded.require_allowed()
        pipeline.start()
        sender = Sender(environment, config, hub.address() if hub.wanted else None)
        verifier.sends_to = lambda: sender.identity
        verifier.start()
        sender.run_time = coordinator.run_time
        sender.open()
        sender.prepare(coordinator.number, 0)
        role = Standalone(runner, coordinator, loaded, sender)
    verifier.open()
    pipeline.open()

    def reconfigure(fresh: Loaded, lines: list[str]) -> None:
        coordinator.reconfigure(fresh, lines)
        weigh_tasks(mix_of(fresh.config.transaction).methods)
        role.reconfigure(fresh)
        if coordinator.run is None:
            _shape(environment, fresh.config, coordinator)

    settings.apply = reconfigure
    ConfigWatcher(settings).start()
    if environment.web_ui is not None:
        ui.install(environment.web_ui, coordinator, settings, hosts)
        locust_compat.after_shape_choice(
            environment.web_ui, lambda: _shape(environment, settings.loaded.config, coordinator)
        )
    if options(environment).headless:
        run_time = _longest(environment, config)
        progress = Progress(lambda: coordinator.watch.live.latest, run_time, plain=config.logging.format == "json")
        environment.events.test_stopping.add_listener(lambda **_: progress.run_ends())
        environment.events.quitting.add_listener(lambda **_: progress.close())
    if isinstance(role, Master) and (options(environment).headless or options(environment).autostart):
        role.admission.wait_for_workers()
        verifier.open()  # the embedded hub runs since the first worker asked for it
    _one_way_out(environment, signals, coordinator, role, verifier)


def _one_way_out(
    environment: Environment,
    signals: Signals,
    coordinator: RunCoordinator,
    role: Master | Standalone,
    verifier: Verifier,
) -> None:
    """Whatever ends this process comes here."""

    def first() -> None:
        role.finish()
        coordinator.outcome.hand_over()

    signals.asked = lambda: coordinator.cut_short("a signal")

    def give_up() -> None:
        verifier.give_up()
        coordinator.watch.pipeline.give_up()

    signals.give_up = give_up
    outcome = coordinator.outcome
    way = WayOut(environment, signals, first=first, last=outcome.close, left=coordinator.left, show=outcome.show)
    way.guard()


def _longest(environment: Environment, config: Config) -> float | None:
    """Seconds after which a run ends at the latest, where that is known beforehand."""
    # How long a search takes is not known.
    ends = [planned_end.run_time(environment), stages_length(config.load.stages)]
    return min((end for end in ends if end is not None), default=None)


def _shape(environment: Environment, config: Config, coordinator: RunCoordinator) -> None:
    """Stages decide over users; without them Locust's own options and form do."""
    theirs = environment.shape_class if not isinstance(environment.shape_class, OwnShape) else None
    searches = config.load.find_limit is not None
    if (config.load.stages or searches) and theirs is not None:
        which, shape = "find_limit" if searches else "stages", type(theirs).__name__
        logger.warning("load.%s has no effect: %s of the locustfile says how many users there are", which, shape)
    elif searches:
        run_time = options(environment).run_time
        environment.shape_class = SearchShape(run_time, lambda: coordinator.elapsed, lambda: coordinator.search_users)
    elif config.load.stages:
        profile = StageProfile(config.load.stages, config.transaction.volume.rate)
        environment.shape_class = StagesShape(profile, options(environment).run_time, lambda: coordinator.elapsed)
    elif theirs is None:
        environment.shape_class = None
