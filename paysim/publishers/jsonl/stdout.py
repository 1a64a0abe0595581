"""Transactions to standard output: JSON Lines there, and nothing else.

The writes go to a descriptor of their own, and standard output is turned to standard error as long as the
publisher is open: a stray print of any library cannot get between the lines.
"""

import contextlib
import os
import sys
from pathlib import Path

from paysim.config.errors import TargetError
from paysim.contract.identity import Run
from paysim.publishers.base import PublisherFigures, SendError
from paysim.transactions.batch import Batch

from .base import JsonLinesPublisher
from .json_lines import LabelWriter, lines, write_whole


class StdoutPublisher(JsonLinesPublisher):
    """Writes block the caller's thread while the reader of the pipe is slow: that is the reader's pace.

    A reader that goes away ends it: of the batch that was being written nobody knows what was read, every later
    one fails as `standard output was closed`. Labels go to `labels`, which may hold `{run_id}`.
    """

    _name = "standard output"
    target = "standard output"

    def __init__(self, labels: str = "output/{run_id}/stdout.labels.jsonl") -> None:
        super().__init__()
        self._pattern = labels
        self._descriptor: int | None = None
        self._labels: LabelWriter | None = None
        self._lines = 0
        self._closed: SendError | None = None

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
            self._labels = LabelWriter(Path(self._pattern.replace("{run_id}", run.id)))
            self._lines = 0
            self._figures = PublisherFigures()

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

    def _write(self, batch: Batch) -> None:
        if self._descriptor is None or self._closed:
            raise self._closed or SendError("standard output was closed")
        try:
            write_whole(self._descriptor, lines(batch))
            self._lines += len(batch)
            if (batch.labels or batch.fraud) and self._labels:
                self._labels.write(batch, self._lines - len(batch) + 1)
        except BrokenPipeError:
            self._closed = SendError("standard output was closed")
            raise SendError("standard output was closed", unknown=True) from None
