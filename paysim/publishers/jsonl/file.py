"""Transactions into a file: JSON Lines, appended, whole lines only.

A batch is one write in append mode in the caller's thread. It blocks a gevent loop for as long as the write
takes: a copy into the page cache, well under a millisecond for a batch, and no network is waited for.
"""

import os
from pathlib import Path

from paysim.config.errors import TargetError
from paysim.config.targets.connection_strings import masked
from paysim.contract.identity import Run
from paysim.publishers.base import PublisherFigures, SendError
from paysim.transactions.batch import Batch

from .base import JsonLinesPublisher
from .json_lines import LabelWriter, TornLineGuard, count_lines, lines, open_appending, reason_of, write_whole


class FilePublisher(JsonLinesPublisher):
    """`path` may hold `{run_id}`. With several producers each writes `NAME.<producer>.jsonl`; with `rotate_mb`
    the parts after the first are `NAME.part2.jsonl`, `NAME.part3.jsonl`, …"""

    _name = "file"

    def __init__(self, path: str, rotate_mb: float | None = None) -> None:
        super().__init__()
        self._pattern = path
        self._rotate_bytes = int(rotate_mb * 1_000_000) if rotate_mb is not None else None
        self._path = Path(path)
        self._part = 1
        self._descriptor: int | None = None
        self._labels: LabelWriter | None = None
        self._guard = TornLineGuard()
        self._size = self._lines = 0

    @property
    def target(self) -> str:
        return masked(str(self._path))

    def open(self) -> None:
        """Show that the folder can be made and written; the file's name is known only when a run begins."""
        folder = Path(self._pattern.partition("{run_id}")[0] + "x").parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            writable = os.access(folder, os.W_OK | os.X_OK)
        except OSError as error:
            raise _unwritable(self._pattern, error) from None
        if not writable:
            raise TargetError(f"cannot write {self._pattern}: no permission to write in {folder}")

    def begin(self, run: Run, producer: int, producers: int) -> None:
        path = Path(self._pattern.replace("{run_id}", run.id))
        if producers > 1:
            path = path.with_name(f"{path.stem}.{producer}{path.suffix}")
        with self._lock:
            self._close_files()
            self._guard.close()
            self._path, self._part = path, 1
            self._figures = PublisherFigures()
            try:
                self._open_part(path)
            except OSError as error:
                raise _unwritable(str(path), error) from None

    def close(self) -> None:
        with self._lock:
            self._close_files()
            self._guard.close()

    def _write(self, batch: Batch) -> None:
        data = lines(batch)
        if self._rotate_bytes is not None and self._size and self._size + len(data) > self._rotate_bytes:
            self._close_files()
            self._part += 1
            self._open_part(self._path.with_name(f"{self._path.stem}.part{self._part}{self._path.suffix}"))
        if self._descriptor is None or self._labels is None:
            raise SendError("file: no run has begun")
        try:
            write_whole(self._descriptor, data)
            if batch.labels or batch.fraud:
                self._labels.write(batch, self._lines + 1)
        except OSError:
            # A disk that fills up in the middle of a line: back to the last whole batch.
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)
        self._lines += len(batch)

    def _open_part(self, path: Path) -> None:
        self._descriptor = open_appending(path)
        self._guard.watch(path)
        self._labels = LabelWriter(path.with_name(path.name + ".labels.jsonl"))
        self._size = os.fstat(self._descriptor).st_size
        self._lines = count_lines(self._descriptor)

    def _close_files(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._labels is not None:
            self._labels.close()
            self._labels = None


def _unwritable(path: str, error: OSError) -> TargetError:
    return TargetError(f"cannot write {path}: {reason_of(error)}")
