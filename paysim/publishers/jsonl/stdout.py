"""Transactions to standard output: JSON Lines there, and nothing else.

The writes go to a descriptor of their own, and standard output is turned to standard error as long as the
publisher is open: a stray print of any library cannot get between the lines.
"""

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

from paysim.config.errors import TargetError
from paysim.contract.identity import Run
from paysim.publishers.base import Acknowledgement, Part, PublisherFigures, SendError, Settle
from paysim.transactions.batch import Batch

from .json_lines import Labels, lines, reason_of, write_whole


class StdoutPublisher:
    """Writes block the caller's thread while the reader of the pipe is slow: that is the reader's pace.

    A reader that goes away ends it: of the block that was being written nobody knows what was read, every later
    one fails as `standard output was closed`. Labels go to `labels`, which may hold `{run_id}`.
    """

    identity = None
    target = "standard output"

    def __init__(self, labels: str = "output/{run_id}/stdout.labels.jsonl") -> None:
        self._pattern = labels
        self._lock = threading.Lock()
        self._figures = PublisherFigures()
        self._descriptor: int | None = None
        self._labels: Labels | None = None
        self._lines = 0
        self._closed: SendError | None = None

    @property
    def figures(self) -> PublisherFigures:
        return PublisherFigures(sends=self._figures.sends, attempts_failed=dict(self._figures.attempts_failed))

    def open(self) -> None:
        try:
            sys.stdout.flush()
            self._descriptor = os.dup(1)
            os.set_inheritable(self._descriptor, False)
            os.dup2(2, 1)
        except (OSError, ValueError):
            raise TargetError("cannot write to standard output: it is closed") from None

    def begin(self, run: Run, producer: int, producers: int) -> None:
        with self._lock:
            if self._labels:
                self._labels.close()
            self._labels = Labels(Path(self._pattern.replace("{run_id}", run.id)))
            self._lines = 0
            self._figures = PublisherFigures()

    def send(self, block: Batch, settle: Settle) -> None:
        if len(block):
            settle(block, self._write(block))

    def send_together(self, parts: list[Part]) -> None:
        for block, settle in parts:
            self.send(block, settle)

    def drain(self, timeout: float) -> None:
        """Everything was settled within `send`."""

    def close(self) -> None:
        with self._lock:
            if self._descriptor is not None:
                with contextlib.suppress(OSError, ValueError):
                    sys.stdout.flush()  # what was printed meanwhile goes where it belongs
                os.dup2(self._descriptor, 1)
                os.close(self._descriptor)
                self._descriptor = None
            if self._labels:
                self._labels.close()
                self._labels = None

    def _write(self, block: Batch) -> Acknowledgement | SendError:
        started = time.perf_counter()
        with self._lock:
            self._figures.sends += 1
            try:
                if self._descriptor is None or self._closed:
                    raise self._closed or SendError("standard output was closed")
                write_whole(self._descriptor, lines(block))
                self._lines += len(block)
                if block.labels and self._labels:
                    self._labels.write(block, self._lines - len(block) + 1)
            except BrokenPipeError:
                self._closed = SendError("standard output was closed")
                failure = SendError("standard output was closed", unknown=True)
            except OSError as error:
                failure = SendError(f"standard output: {reason_of(error)}")
            except SendError as error:
                failure = error
            else:
                return Acknowledgement(time.perf_counter() - started)
            failed = self._figures.attempts_failed
            failed[failure.reason] = failed.get(failure.reason, 0) + 1
            return failure
