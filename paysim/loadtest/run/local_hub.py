"""The local hub as a child of this run: `connection_string: embedded`.

It is a process in a session of its own, so that Ctrl-C reaches it last: it ends when the pipe to its standard
input closes, which happens even where this process is killed.
"""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from select import select

from gevent.lock import Semaphore

from paysim.config import child
from paysim.config.errors import TargetError
from paysim.config.sections.output import Output
from paysim.config.targets.target import DEFAULT_HUB

START_SECONDS = 15


class EmbeddedUnavailable(Exception):
    """The local hub is asked for and not installed; one line for the user. Exit code 2."""


class EmbeddedHub:
    """A running local hub. `connection_string` is how this machine reaches it."""

    def __init__(self, hub: str) -> None:
        """Start it with one event hub of that name. Raises EmbeddedUnavailable or TargetError."""
        if importlib.util.find_spec("proton") is None:
            raise EmbeddedUnavailable(
                "connection_string is `embedded`, and the local hub needs Qpid Proton: "
                "pip install 'paysim[localhub]', or set EVENTHUB_CONNECTION_STRING"
            )
        self._process = subprocess.Popen(
            [sys.executable, "-m", "paysim.localhub", "--hub", hub, "--exit-on-stdin-close"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=child.environment("PAYSIM_LOCALHUB_KEY"),
            start_new_session=True,
        )
        assert self._process.stdout is not None
        readable, _, _ = select([self._process.stdout], [], [], START_SECONDS)
        line = self._process.stdout.readline().strip() if readable else ""
        if not line.startswith("Endpoint="):
            self.close()
            raise TargetError("the local hub did not start; `paysim localhub` says why")
        self.connection_string = line

    def close(self) -> None:
        """End it and wait until its files are gone."""
        child.end(self._process, 5)
        if self._process.stdout:
            self._process.stdout.close()


class EmbeddedHubWhenNeeded:
    """The local hub of this process, started when somebody first asks for its address."""

    def __init__(self, output: Output) -> None:
        self.wanted = output.embedded
        self._name = output.event_hub.eventhub_name or DEFAULT_HUB
        self._hub: EmbeddedHub | None = None
        self._starting = Semaphore()
        self._listeners: list[Callable[[], None]] = []

    def when_started(self, listener: Callable[[], None]) -> None:
        """Call `listener` once the hub runs."""
        self._listeners.append(listener)

    def address(self) -> str:
        """Its connection string. Raises EmbeddedUnavailable or TargetError where it cannot be started."""
        with self._starting:  # workers ask at the same time, and are to share one
            if self._hub is None:
                self._hub = EmbeddedHub(self._name)
                for listener in self._listeners:
                    listener()
        return self._hub.connection_string

    @property
    def started(self) -> str | None:
        """Its connection string, None where it has not been needed so far."""
        return self._hub.connection_string if self._hub is not None else None

    def close(self) -> None:
        if self._hub is not None:
            self._hub.close()
