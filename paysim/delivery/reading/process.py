"""A reader process from outside: it is started, asked, and listened to. See `reader` and `messages`.

Under Locust `threading` and `subprocess` are patched, so its thread is a greenlet and nothing here delays the others.
"""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

from paysim.config import child
from paysim.config.schema import EventHub
from paysim.eventhub.looking import Look

from . import messages
from .messages import Arrived

ANSWER_SECONDS = 25.0
GONE = "the reader process ended"
_CLOSE_SECONDS = 3.0


class ReadingRefused(Exception):
    """The hub cannot be read; the text is one line for the user."""


class ReaderProcess:
    """One reader. Arrivals and troubles go to the listeners, from a thread of this one."""

    def __init__(
        self,
        config: EventHub,
        connection_string: str | None,
        group: str,
        on_arrived: Callable[[Arrived], None],
        on_said: Callable[[dict[str, Any]], None],
    ) -> None:
        """connection_string: used instead of the configured one. on_said: troubles and warnings while reading."""
        self._on_arrived, self._on_said = on_arrived, on_said
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._owed = 0  # answers that are to come
        self._closed = False
        self._one_question = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "paysim.delivery.reading.reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child.environment(identity=connection_string is None and config.connection_string is None),
            start_new_session=True,  # Ctrl-C is for the load test, which ends this by closing the pipe
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._tell(messages.opening(config, connection_string, group))
        threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def look(self, *, attach: bool = False) -> Look:
        """How the hub stands. Raises ReadingRefused.

        attach: show too that reading is allowed.
        """
        return Look.from_plain(self._ask({"do": "attach" if attach else "look"}))

    def read(self, run_id: str, positions: dict[str, int], *, contract: bool) -> None:
        """Read these partitions too, from these positions on, until `stop`."""
        self._tell(json.dumps({"do": "read", "run": run_id, "from": positions, "contract": contract}) + "\n")

    def stop(self) -> None:
        """Read no more; nothing of it comes after this. Raises ReadingRefused."""
        self._ask({"do": "stop"})

    def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        with self._one_question:
            return self._answered(command)

    def _answered(self, command: dict[str, Any]) -> dict[str, Any]:
        self._tell(json.dumps(command) + "\n")
        self._owed += 1
        try:
            while self._owed:  # those before the last are for askers that were killed while they waited
                answer = self._answers.get(timeout=ANSWER_SECONDS)
                self._owed -= 1
        except queue.Empty:
            self.close()
            raise ReadingRefused(f"the hub does not answer within {ANSWER_SECONDS:.0f} s") from None
        if "refused" in answer:
            raise ReadingRefused(answer["refused"])
        return answer

    def _tell(self, line: str) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(OSError, ValueError):  # its end shows in what it says: nothing
            stdin.write(line.encode())
            stdin.flush()

    def _listen(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (frame := messages.next_frame(stream)) is not None:
                if isinstance(frame, Arrived):
                    self._on_arrived(frame)
                elif not frame.keys() & {"trouble", "warning"}:
                    self._answers.put(frame)
                else:
                    self._on_said(frame)
        if not self._closed:
            self._on_said({"trouble": GONE, "fatal": True})
        self._answers.put({"refused": GONE})

    def close(self) -> None:
        """End the process, and wait until it has ended."""
        self._closed = True
        child.end(self._process, _CLOSE_SECONDS)

    def leave(self) -> None:
        """Close the pipe, and the process ends; that happens by itself where this process is killed."""
        self._closed = True
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.close()
