"""The watcher: a clean process that watches every stage of a run: `python -m paysim.pipeline.watcher`.

A process of its own, because reading takes a CPU, drivers block, and the SDK spins while it asks `$management`: in a
load test each of these would hold everything up. It is told what to watch through its input (`messages`), secrets too,
and ends when that closes. Threads read; one lock guards the matcher.
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
from .watching import StageRefused, Watching

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
        watching = Watching.of(asked, lambda text, lost: out.say(**{"trouble" if lost else "said": text}))
    except (StageRefused, TargetError) as why:
        out.say(refused=str(why))
        return
    except ValueError:  # it ended before it said what to watch
        return
    out.say(ready=True)
    while (frame := messages.next_frame(sys.stdin.buffer)) is not None:
        letter, data = frame
        if letter == messages.RECORDS:
            watching.sent(records.rows(data))
            continue
        command = json.loads(data)
        if command["do"] == "begin":
            try:
                out.say(begun=watching.begin(command["run"], command["after"], command["window"]))
            except StageRefused as why:
                out.say(refused=str(why))
                continue
            threading.Thread(target=_tell_figures, args=(watching, out), daemon=True).start()
        elif command["do"] == "end":
            threading.Thread(target=_end, args=(watching, command["wait"], out), daemon=True).start()
    os._exit(0)


def _give_way() -> None:
    """Linux with autogroups (sched(7)) divides the processors among sessions first; niceness counts only within one.

    The watcher is a session of its own, so that has to be as nice as it is; never the terminal's.
    """
    os.nice(NICENESS)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):  # another system, or a kernel without it
            Path("/proc/self/autogroup").write_text(str(NICENESS))


def _tell_figures(watching: Watching, out: Said) -> None:
    while not watching.over.wait(FIGURES_SECONDS):
        out.say(figures=watching.figures())


def _end(watching: Watching, wait: float, out: Said) -> None:
    began = time.monotonic()
    final = watching.end(wait)
    out.say(final={**final, "waited_s": round(time.monotonic() - began, 3)})


if __name__ == "__main__":
    main()
