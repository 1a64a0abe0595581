"""How far reading back is: a bar on a terminal, a line every few seconds elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from paysim.progress import Progress, bar

EVERY_SECONDS = 5.0


@contextmanager
def shown(tell: Callable[[str], None]) -> Iterator[Progress]:
    """On standard error where that is a terminal. tell: takes a line where it is not; a short one has none."""
    with bar("verifying", stays=False) as progress:
        yield progress or _lines(tell)


def _lines(tell: Callable[[str], None]) -> Progress:
    told = monotonic()

    def progress(read: int, of: int) -> None:
        nonlocal told
        if monotonic() - told >= EVERY_SECONDS:
            told = monotonic()
            tell(f"verifying: {read:,}{f' of {of:,}' if of else ''} read")

    return progress
