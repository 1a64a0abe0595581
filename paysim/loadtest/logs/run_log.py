"""`report.log`: what the process that conducts says, run by run, in a file that stands with the run's other files.

What it said before its first run belongs to that, such as warnings of the configuration. What it says between two runs
belongs to the former one.
"""

import contextlib
import logging
from collections import deque
from pathlib import Path
from typing import TextIO

logger = logging.getLogger(__name__)

MOST_LINES = 2000
"""Lines that are kept for a first run that never comes, in a process with a web UI."""


class RunLog(logging.Handler):
    """Writes each line at once, so that a process that is killed leaves all it said."""

    def __init__(self) -> None:
        super().__init__()
        self._before: deque[str] | None = deque(maxlen=MOST_LINES)
        self._file: TextIO | None = None
        self._path = ""
        self.trouble: str | None = None
        """Of the run that is on, or was last: why its log is not whole."""

    def begin(self, named: str | None, run_id: str) -> None:
        """Another run begins. named: a path that may hold {run_id}; None: its log is not kept."""
        before, self._before, self.trouble = self._before or (), None, None
        self._close()
        if named is None:
            return
        self._path = named.replace("{run_id}", run_id)
        try:
            Path(self._path).parent.mkdir(parents=True, exist_ok=True)
            self._file = open(self._path, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
            self._file.writelines(before)
        except OSError as error:
            self._failed(error)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self._before is not None:
                self._before.append(self.format(record) + "\n")
            elif self._file is not None:
                self._file.write(self.format(record) + "\n")
        except OSError as error:
            self._failed(error)
        except Exception:  # a record that cannot be formatted, as logging's own handlers do
            self.handleError(record)

    def _failed(self, error: OSError) -> None:
        self.trouble = f"the log could not be written to {self._path}: {error.strerror}"
        self._close()
        logger.error("%s", self.trouble)

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):  # what a full disk did not take was said
                file.close()


run_log = RunLog()
"""This process's."""
