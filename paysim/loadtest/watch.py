"""Hot reload: the configuration file is watched, and SIGHUP asks for it too.

The file is polled by its content. Notifications would be cheaper, but gevent's stat watcher does not see what
Kubernetes does with a ConfigMap (it swaps a link two folders up), and editors replace files in ways of their own.
"""

import hashlib
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

import gevent

from paysim.config.loader import ConfigError, Loaded, load
from paysim.config.reload import changes

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5


class Watch:
    """Watches the file that a configuration came from, and hands on what may be taken over."""

    def __init__(self, loaded: Loaded, apply: Callable[[Loaded, list[str]], None]) -> None:
        """`apply` is called with a configuration that differs in live keys only, and the lines that say how."""
        self._loaded = loaded
        self._apply = apply
        self._path = loaded.source
        self._seen = self._content()

    def start(self) -> None:
        """Watch from now on, and take SIGHUP as a wish to reload, unless a terminal is there to hang up."""
        if self._path is None:
            return
        gevent.spawn(self._poll)
        if not has_terminal():
            gevent.signal_handler(signal.SIGHUP, self.reload)

    def _poll(self) -> None:
        pending: bytes | None = None
        while True:
            gevent.sleep(POLL_SECONDS)
            content = self._content()
            # A file that is being written is read once it has stayed the same from one look to the next.
            if content is not None and content != self._seen and content == pending:
                self._seen = content
                self.reload()
            pending = content

    def _content(self) -> bytes | None:
        """A hash of the file, or None while it is not there."""
        try:
            return hashlib.sha256(Path(self._path).read_bytes()).digest() if self._path else None
        except OSError:
            return None

    def reload(self) -> None:
        """Read the file and take it over, or say why not; then the old configuration runs on."""
        try:
            fresh = load(self._path)
        except ConfigError as error:
            logger.error("the changed configuration is not valid, the old one runs on:\n%s", error)
            return
        found = changes(self._loaded.config, fresh.config)
        refused = [change.key for change in found if not change.live]
        if refused:
            logger.error(
                "the changed configuration is refused, the old one runs on: %s cannot change while paysim runs",
                ", ".join(refused),
            )
            return
        if not found:
            logger.info("the configuration was read again: nothing has changed")
            return
        self._loaded = fresh
        lines = [str(change) for change in found]
        logger.info("the configuration was reloaded: %s", "; ".join(lines))
        self._apply(fresh, lines)


def has_terminal() -> bool:
    """Whether this process has a controlling terminal, whose hang-up is what SIGHUP means."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY))
    except OSError:
        return False
    return True


def ignore_sighup() -> None:
    """For workers: their configuration comes from the master."""
    if not has_terminal():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
