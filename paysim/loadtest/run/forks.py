"""A fork that only starts another program runs no hooks.

gevent starts a program by a fork in Python, so hooks of `os.register_at_fork` run in the child first. OpenTelemetry's
(Locust's --otel) start threads there and wait for them; under gevent that hands over to the load test's own greenlets,
which then run twice, in the child too, and the program (hub, reader) comes late or never. Locust's --processes does
need them, and forks before it fires `init`; whatever is forked after that is a program.
"""

import os
from collections.abc import Callable
from typing import Any

_only_programs = False


def watch_hooks() -> None:
    """Keep watch over the hooks that are registered from now on.

    To be called when the locustfile is imported, before Locust sets up OpenTelemetry.
    """
    register = os.register_at_fork

    def registered(*, after_in_child: Callable[[], Any] | None = None, **others: Callable[[], Any]) -> None:
        def unless_a_program() -> None:
            if not _only_programs and after_in_child is not None:
                after_in_child()

        register(after_in_child=unless_a_program, **others)

    os.register_at_fork = registered  # type: ignore[assignment]


def only_programs() -> None:
    """From now on every fork starts a program. To be called when Locust has forked its own processes."""
    global _only_programs
    _only_programs = True
