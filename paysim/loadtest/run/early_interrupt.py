"""Ctrl-C while Locust still imports its locustfile, or makes itself ready: an exit code and no traceback.

Until `plugin` takes Ctrl-C (`shutdown.Signals`) Python's own handler would raise KeyboardInterrupt somewhere
in an import. Nothing has been begun by then, so the process just leaves. What Locust imports before it reads the
locustfile is over by the time this runs.
"""

import signal
import sys
import threading
from types import FrameType

from paysim.exit_codes import ExitCode


def leave_quietly() -> None:
    """From now on, where this process is Locust's; whoever else imports paysim keeps its own Ctrl-C."""
    ours = "locust.main" in sys.modules and threading.current_thread() is threading.main_thread()
    if ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(ExitCode.INTERRUPTED)
