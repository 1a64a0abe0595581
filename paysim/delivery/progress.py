"""How far reading back is: a bar on a terminal, a line every few seconds elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

Progress = Callable[[int, int], None]
"""Called now and then with how many were read, and of how many (0: nobody knows)."""

EVERY_SECONDS = 5.0


@contextmanager
def shown(tell: Callable[[str], None]) -> Iterator[Progress]:
    """On standard error where that is a terminal. tell: takes a line where it is not; a short one has none."""
    # rich is imported where it is used: a run that is not verified does without.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(tell)
        return
    columns = TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda read, of: bar.update(task, completed=read, total=of or None)


def _lines(tell: Callable[[str], None]) -> Progress:
    told = monotonic()

    def progress(read: int, of: int) -> None:
        nonlocal told
        if monotonic() - told >= EVERY_SECONDS:
            told = monotonic()
            tell(f"verifying: {read:,}{f' of {of:,}' if of else ''} read")

    return progress
