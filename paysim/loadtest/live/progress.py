"""How a headless run goes: on one line of the terminal that is rewritten, or as lines of the log without a terminal.

The line stays below whatever is logged, Locust's tables included. With the web UI there is no such line.
"""

import logging
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

import gevent

from paysim.loadtest.logs import log_setup
from paysim.loadtest.report.wording import milliseconds, per_second, several
from paysim.streams import is_terminal

from .snapshot import Snapshot

logger = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
PLAIN_EVERY_SECONDS = 5.0


def text(snapshot: Snapshot, run_time: float | None) -> str:
    """`0:12/0:30  498/s of 500/s  p95 3.1 ms  600 of 15,000 sent  0 failed  0 late  0 throttled  5 users  0.55 MB/s`.

    The most telling first: a narrow terminal cuts the end off.
    """
    of = "" if run_time is None else f"/{_clock(run_time)}"
    target = "" if snapshot.target_per_s is None else f" of {per_second(snapshot.target_per_s)}"
    planned = "" if snapshot.planned is None else f" of {snapshot.planned:,}"
    failed, p95 = snapshot.total.failed + snapshot.total.unknown, _p95(snapshot)
    return "  ".join(
        (
            f"{_clock(snapshot.elapsed)}{of}",
            f"{per_second(snapshot.total.per_s)}{target}",
            f"p95 {'–' if p95 is None else milliseconds(p95)}",
            f"{snapshot.total.ended:,}{planned} sent",
            f"{failed:,} failed",
            f"{snapshot.late:,} late",
            f"{snapshot.hub.throttled:,} throttled",
            several(snapshot.users, "user"),
            f"{snapshot.total.mb_per_s:.2f} MB/s",
        )
    )


def _p95(snapshot: Snapshot) -> float | None:
    """Of the last seconds, in milliseconds: from schedule where there is a rate, as thresholds mean it."""
    kind = "response" if snapshot.target_per_s is None else "from_schedule"
    latency = snapshot.latency_ms.get(kind)
    return None if latency is None else latency["p95"]


def fields(snapshot: Snapshot) -> dict[str, Any]:
    """The same for machines."""
    return {
        "elapsed_s": round(snapshot.elapsed, 1),
        "users": snapshot.users,
        "per_s": round(snapshot.total.per_s, 3),
        "target_per_s": snapshot.target_per_s,
        "p95_ms": _p95(snapshot),
        "sent": snapshot.total.ended,
        "total": snapshot.planned,
        "mb_per_s": round(snapshot.total.mb_per_s, 3),
        "failed": snapshot.total.failed,
        "unknown": snapshot.total.unknown,
        "late": snapshot.late,
        "throttled": snapshot.hub.throttled,
    }


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


class LiveLine:
    """The last line of a terminal: what others write goes above it."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._line = ""

    def show(self, line: str) -> None:
        """Replace the line; an empty one takes it away."""
        erase = "\r\x1b[K" if self._line or line else ""
        self._line = line[: max(1, _columns(self._terminal) - 1)]
        self._terminal.write(erase + self._line)
        self._terminal.flush()

    def write(self, written: str) -> int:
        """For handlers of the log, which write whole lines."""
        if self._line:
            written = f"\r\x1b[K{written}{self._line if written.endswith(chr(10)) else ''}"
        return self._terminal.write(written)

    def flush(self) -> None:
        self._terminal.flush()


def _columns(terminal: TextIO) -> int:
    try:
        return os.get_terminal_size(terminal.fileno()).columns or 80
    except OSError:
        return 80


class Progress:
    """Shows the newest snapshot every second until `close`."""

    def __init__(self, latest: Callable[[], Snapshot | None], run_time: float | None, *, plain: bool) -> None:
        """`plain`: lines of the log, whatever standard error is."""
        self._latest = latest
        self._run_time = run_time
        self._line = None if plain or not is_terminal(sys.stderr) else LiveLine(sys.stderr)
        self._told = 0.0
        self._over: float | None = None
        if self._line is not None:
            log_setup.redirect(sys.stderr, self._line)
        self._greenlet = gevent.spawn(self._run)

    def _run(self) -> None:
        while True:
            gevent.sleep(EVERY_SECONDS)
            self.update()

    def update(self) -> None:
        """Show how the run stands now; nothing between runs."""
        snapshot = self._latest()
        if snapshot is not None and self._over is not None and snapshot.elapsed < self._over:
            self._over = None  # another run
        running = snapshot is not None and snapshot.running and self._over is None
        if self._line is not None:
            self._line.show(text(snapshot, self._run_time) if snapshot is not None and running else "")
        elif snapshot is not None and running:
            if snapshot.elapsed < self._told:
                self._told = 0.0  # another run
            if snapshot.elapsed - self._told >= PLAIN_EVERY_SECONDS - EVERY_SECONDS / 2:
                self._told = snapshot.elapsed
                logger.info("%s", text(snapshot, self._run_time), extra={"fields": fields(snapshot)})

    def run_ends(self) -> None:
        """Nothing more is handed out: the line makes way for what the end of the run shows, such as verifying."""
        snapshot = self._latest()
        self._over = snapshot.elapsed if snapshot is not None else None
        if self._line is not None:
            self._line.show("")

    def close(self) -> None:
        """The run is over: the line makes way for the summary."""
        self._greenlet.kill(block=False)
        if self._line is not None:
            self._line.show("")
