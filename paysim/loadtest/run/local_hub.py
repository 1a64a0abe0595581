"""The local hub as a child of this run: `connection_string: embedded`.

It is a process in a session of its own, so that Ctrl-C reaches it last: it ends when the pipe to its standard
input closes, which happens even where this process is killed.
"""

import importlib.util
import subprocess
import sys
from select import select

from paysim.config import child
from paysim.config.errors import TargetError

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
