"""The watcher process from outside: started, told what was sent, and listened to. See `watcher` and `messages`.

Under Locust `threading` and `subprocess` are patched, so its threads are greenlets and nothing here holds others up.
What is to be written waits in a queue, so that a watcher that takes its time holds no sender up either.
"""

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, Any, Final

from paysim.config import child
from paysim.config.schema import Config

from . import messages

READY_SECONDS = 60.0
BEGIN_SECONDS = 20.0
MOST_WAITING = 4096
"""Frames of records that wait to be written at the most."""
GONE: Final = "the watcher process ended"
_END: Final = b""


class NotWatched(Exception):
    """The stages cannot be watched; one line for the user."""


class WatcherProcess:
    """One watcher, for one run."""

    def __init__(
        self,
        config: Config,
        connection_string: str | None,
        source_group: str | None,
        on_said: Callable[[str, bool], None],
    ) -> None:
        """connection_string: of the hub that is loaded, instead of the configured one. source_group: the consumer group
        to read that hub with; None: it is not read. on_said: takes a text for the log, and whether it is trouble.
        """
        self._on_said = on_said
        self._thresholds = config.thresholds
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._writes: queue.Queue[bytes] = queue.Queue()
        self._closed = False
        self.figures: dict[str, Any] | None = None
        """What it told last."""
        self.told_at = time.monotonic()
        """And when, in monotonic seconds."""
        self.dropped = 0
        """Frames of records that it did not take in time."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "paysim.pipeline.watcher"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child.environment(identity=_signs_in(config, connection_string)),
            start_new_session=True,  # Ctrl-C is for the load test, which ends this by closing the pipe
        )
        asked = {
            "pipeline": messages.revealed(config.pipeline),
            "event_hub": messages.revealed(config.output.event_hub),
            "connection_string": connection_string,
            "source_group": source_group,
        }
        self._writes.put((json.dumps(asked) + "\n").encode())
        threading.Thread(target=self._write, daemon=True).start()
        threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ready(self) -> None:
        """Wait until every stage has shown that it can be read. Raises NotWatched."""
        self._answer(READY_SECONDS)

    def begin(self, run: int) -> None:
        """A run begins: its number. Raises NotWatched."""
        limits = self._thresholds
        self._writes.put(messages.command(do="begin", run=run, after=limits.after, window=limits.window))
        self._answer(BEGIN_SECONDS)

    def sent(self, rows: bytes) -> None:
        """Rows of `records`."""
        if not rows:
            return
        if self._writes.qsize() > MOST_WAITING:
            self.dropped += 1
        else:
            self._writes.put(messages.frame(messages.RECORDS, rows))

    def end(self, wait: float, patience: float) -> dict[str, Any]:
        """Nothing more is sent: what it comes to, once it has waited. Raises NotWatched."""
        self._writes.put(messages.command(do="end", wait=wait))
        return dict(self._answer(wait + patience)["final"])

    def _answer(self, seconds: float) -> dict[str, Any]:
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            self.close()
            raise NotWatched(f"the watcher does not answer within {seconds:.0f} s") from None
        if "refused" in answer:
            raise NotWatched(answer["refused"])
        return answer

    def _write(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(OSError, ValueError):  # its end shows in what it says: nothing
            while (data := self._writes.get()) != _END:
                stdin.write(data)
                stdin.flush()
        with contextlib.suppress(OSError, ValueError):
            stdin.close()

    def _listen(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in stream:
                said = json.loads(line)
                if "figures" in said:
                    self.figures, self.told_at = said["figures"], time.monotonic()
                elif "trouble" in said or "said" in said:
                    self._on_said(said.get("trouble") or said["said"], "trouble" in said)
                else:
                    self._answers.put(said)
        self._answers.put({"refused": GONE})
        if not self._closed:
            self._on_said(GONE, True)

    def close(self) -> None:
        """Close the pipe, upon which it ends; that happens by itself where this process is killed."""
        self._closed = True
        self._writes.put(_END)
        with contextlib.suppress(OSError):
            self._process.terminate()


def _signs_in(config: Config, connection_string: str | None) -> bool:
    """Whether something is signed in to with an identity."""
    from paysim.config.targets import database_urls

    hubs = [stage.event_hub for stage in config.pipeline.stages if stage.event_hub is not None]
    accounts = [lag.checkpoints.blob.get_secret_value() for lag in config.pipeline.lag]
    return (
        (connection_string is None and config.output.event_hub.connection_string is None)
        or any(hub.fully_qualified_namespace is not None for hub in hubs)
        or any(database_urls.storage_account(account).identity for account in accounts)
    )
