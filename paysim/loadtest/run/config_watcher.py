"""Hot reload: the configuration file is watched, and SIGHUP asks for it too.

The file is polled by its content. Notifications would be cheaper, but gevent's stat watcher does not see what
Kubernetes does with a ConfigMap (it swaps a link two folders up), and editors replace files in ways of their own.
"""

import hashlib
import logging
import os
import signal
from pathlib import Path

import gevent

from paysim.config.loader import ConfigError

from .settings import ReloadRefused, Settings

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5

Look = tuple[Path, bytes]


class ConfigWatcher:
    """Watches the file that a configuration came from, and has it taken over."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen = self._look()

    def start(self) -> None:
        """Watch from now on, and take SIGHUP as a wish to reload, unless a terminal is there to hang up."""
        if self._settings.source is None:
            return
        gevent.spawn(self._poll)
        if not has_terminal():
            gevent.signal_handler(signal.SIGHUP, self.reload)

    def _poll(self) -> None:
        pending: Look | None = None
        while True:
            gevent.sleep(POLL_SECONDS)
            look = self._look()
            if look is not None and look != self._seen:
                path, _ = look
                if self._seen is not None and path != self._seen[0]:
                    self._seen = look  # another file was chosen, and read then
                # A file that is being written is read once it has stayed the same from one look to the next.
                elif look == pending:
                    self._seen = look
                    self.reload()
            pending = look

    def _look(self) -> Look | None:
        """The file and a hash of it, or None while it is not there."""
        path = self._settings.source
        try:
            return (path, hashlib.sha256(path.read_bytes()).digest()) if path else None
        except OSError:
            return None

    def reload(self) -> None:
        """Read the file and take it over, or say why not; then the old configuration runs on."""
        try:
            lines, kept = self._settings.reload()
        except ConfigError as error:
            logger.error("the changed configuration is not valid, the old one runs on:\n%s", error)
            return
        except ReloadRefused as error:
            logger.error("the changed configuration is refused, the old one runs on: %s", error)
            return
        for line in kept:
            logger.warning("%s", line)
        if not lines:
            logger.info("the configuration was read again: nothing has changed")


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
