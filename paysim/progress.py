"""A bar on standard error that says how far a command is. Nothing where that is no terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Called now and then with how many are done, and of how many (0: nobody knows)."""


@contextmanager
def bar(what: str, *, stays: bool) -> Iterator[Progress | None]:
    """A bar with this text; None where standard error is no terminal. stays: whether it is left there at the end."""
    # rich is imported where it is used: most of paysim does without.
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (
        progress.TextColumn(what),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console, transient=not stays) as shown:
        task = shown.add_task("", total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of or None)
