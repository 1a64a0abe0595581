"""The exit codes of every program here: the `paysim` command, the local hub, and a load test."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a process says of itself when it ends. Whoever judges nothing never ends with 1."""

    OK = 0
    """All well; of a run: it passed."""
    MISSED = 1
    """The verdict is no: a threshold was missed, something was lost, B is worse than A, a property is outside."""
    UNUSABLE = 2
    """The configuration, a file or the command line cannot be used. Nothing was judged."""
    UNREACHABLE = 3
    """Where transactions go, or are read from, cannot be used; in `paysim bench`: a case did not start."""
    INTERRUPTED = 130
    """Ctrl-C: what a shell makes of a program that SIGINT ended."""
    BROKEN_PIPE = 141
    """The reader of standard output went away, as `| head` does: what a shell makes of SIGPIPE."""

    BROKEN_LISTENER = 2
    """Locust's own, for an exception in a listener or greenlet."""
