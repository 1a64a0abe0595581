"""Where this process's log goes, in which form, from which level on: `logging` of the configuration.

Locust has set up its handlers before paysim is asked, so its own lines follow too: they keep their place (standard
error or its --logfile) and get paysim's form. `logging.file` is written besides, and rotated. What a line says, and
what it must not, is `log_format`.
"""

import logging
import sys
from argparse import Namespace
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

from paysim.config.schema import Logging
from paysim.config.targets.connection_strings import masked
from paysim.loadtest.locust_compat import is_web_log

from .log_format import Json, MaskingOther, Text, context
from .run_log import run_log

ROTATE_BYTES = 10_000_000
KEEP_FILES = 5
_NAMES = ("", "locust", "locust.stats_logger")

_level_given = False


class LogFileError(Exception):
    """The log file cannot be written; one line for the user, without a secret. Exit code 2."""

    def __init__(self, text: str) -> None:
        super().__init__(masked(text))


def begin(config: Logging, worker: str, options: Namespace) -> None:
    """Take over this process's log. `worker`: master, standalone or worker-<producer>.

    Locust's --loglevel, where it is given, wins over the file's level, and --skip-log-setup keeps everything as it is.
    Raises LogFileError.
    """
    global _level_given
    context["worker"] = worker
    if not worker.startswith("worker"):
        _keep_for_runs(config)
    if options.skip_log_setup:
        return
    _level_given = options.loglevel.upper() != "INFO" or _on_command_line("-L", "--loglevel")
    for handler in handlers():
        if is_web_log(handler):
            handler.setFormatter(MaskingOther(handler.formatter or logging.Formatter()))
        elif config.format == "json":
            handler.setFormatter(Json())
        elif not _is_plain(handler):
            handler.setFormatter(Text())
    if config.file is not None:
        file = _rotating(_path(config.file, worker))
        file.setFormatter(Json() if config.format == "json" else Text())
        _add(file)
    if config.format == "json":
        # Locust's tables are for people; machines have the summary.
        logging.getLogger("locust.stats_logger").setLevel(logging.CRITICAL)
    set_level(config)


def _keep_for_runs(config: Logging) -> None:
    """Each run has the lines of its process in a file of its own (`run_log`)."""
    root = logging.getLogger()
    if not root.handlers and logging.lastResort is not None:
        root.addHandler(logging.lastResort)  # with --skip-log-setup: the first handler would take its place
    run_log.setFormatter(Json() if config.format == "json" else Text())
    _add(run_log)


def _add(handler: logging.Handler) -> None:
    for name in ("", "locust"):
        logger = logging.getLogger(name)
        if not (logger.parent and logger.propagate):
            logger.addHandler(handler)


def handlers() -> Iterator[logging.Handler]:
    """The handlers that Locust has set up, each once."""
    found = (handler for name in _NAMES for handler in logging.getLogger(name).handlers)
    return iter({id(handler): handler for handler in found}.values())


def set_level(config: Logging) -> None:
    """The level of the configuration, of one that was reloaded too; --loglevel stays."""
    if _level_given:
        return
    for name in ("", "locust"):
        logging.getLogger(name).setLevel(config.level)


def redirect(stream: TextIO, to: Any) -> None:
    """What goes to a stream goes through `to` from now on, which has `write` and `flush`."""
    for handler in handlers():
        if isinstance(handler, logging.StreamHandler) and handler.stream is stream:
            handler.setStream(to)


def run_begins(run_id: str) -> None:
    """From now on, and until another begins, lines name this run."""
    context["run_id"] = run_id


def _on_command_line(short: str, long: str) -> bool:
    return any(arg.startswith((short, long)) for arg in sys.argv[1:])


def _is_plain(handler: logging.Handler) -> bool:
    """Locust prints its tables through a handler of this kind: they stay tables."""
    record = logging.makeLogRecord({"msg": "a line", "levelname": "INFO", "name": "x"})
    return handler.formatter is not None and handler.formatter.format(record) == "a line"


def _path(text: str, worker: str) -> Path:
    """Each process has a file of its own: rotation by several would lose lines. Workers add their name."""
    path = Path(text)
    return path.with_name(f"{path.stem}.{worker}{path.suffix}") if worker.startswith("worker") else path


def _rotating(path: Path) -> logging.Handler:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _RotatingFile(path, maxBytes=ROTATE_BYTES, backupCount=KEEP_FILES, encoding="utf-8")
    except OSError as error:
        raise LogFileError(f"logging.file: {path} cannot be written: {error.strerror}") from None


class _RotatingFile(RotatingFileHandler):
    """A disk that fills up during a run costs lines of the file, and one line on standard error."""

    _said = False

    def handleError(self, record: logging.LogRecord) -> None:
        if not self._said:
            self._said = True
            sys.stderr.write(f"{self.baseFilename} cannot be written any more: {sys.exc_info()[1]}\n")
