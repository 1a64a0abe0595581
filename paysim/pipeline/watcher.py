"""The watcher: a process that watches every stage of a run: `python -m paysim.pipeline.watcher`.

It is a process of its own, because reading takes a CPU, drivers block, and the SDK spins while it asks `$management`:
within a load test each of these would hold everything up. It is told what to watch through its standard input
(`messages`), secrets included, and ends when that closes. Several threads read; one lock guards the matcher.
"""

import contextlib
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from paysim.config.errors import TargetError

from . import messages, records
from .refused import StageRefused
from .watched_run import WatchedRun

FIGURES_SECONDS = 1.0
NICENESS = 5
"""It leaves the processors to those that send: latencies are differences of stamps, whenever they are read."""


class Said:
    """Standard output, for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def say(self, **words: Any) -> None:
        with self._lock:
            sys.stdout.write(json.dumps(words) + "\n")
            sys.stdout.flush()


def main() -> None:
    import paysim.transactions  # noqa: F401  (registers what labels mean)

    _give_way()
    out = Said()
    try:
        asked = json.loads(sys.stdin.buffer.readline())
        run = WatchedRun.of(asked, lambda text, lost: out.say(**{"trouble" if lost else "said": text}))
    except (StageRefused, TargetError) as why:
        out.say(refused=str(why))
        return
    except ValueError:  # it ended before it said what to watch
        return
    out.say(ready=True)
    while (frame := messages.next_frame(sys.stdin.buffer)) is not None:
        letter, data = frame
        if letter == messages.RECORDS:
            run.sent(records.rows(data))
            continue
        command = json.loads(data)
        if command["do"] == "begin":
            try:
                out.say(begun=run.begin(command["run"], command["after"], command["window"]))
            except StageRefused as why:
                out.say(refused=str(why))
                continue
            threading.Thread(target=_tell_figures, args=(run, out), daemon=True).start()
        elif command["do"] == "end":
            threading.Thread(target=_end, args=(run, command["wait"], out), daemon=True).start()
    os._exit(0)


def _give_way() -> None:
    """Linux with autogroups (sched(7)) divides the processors among sessions first; niceness counts only within one.

    The watcher is a session of its own, so that has to be as nice as it is; never the terminal's.
    """
    os.nice(NICENESS)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):  # another system, or a kernel without it
            Path("/proc/self/autogroup").write_text(str(NICENESS))


def _tell_figures(run: WatchedRun, out: Said) -> None:
    while not run.over.wait(FIGURES_SECONDS):
        out.say(figures=run.figures())


def _end(run: WatchedRun, wait: float, out: Said) -> None:
    began = time.monotonic()
    final = run.end(wait)
    out.say(final={**final, "waited_s": round(time.monotonic() - began, 3)})


if __name__ == "__main__":
    main()
