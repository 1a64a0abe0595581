"""The folder of a hub that was given none: made at its start, removed at its end.

A hub that is killed leaves its folder behind; the next one to start removes it. What tells the two apart is the lock
that a running hub holds in its folder, so nobody may look while another hub is between making the folder and
locking it.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from paysim.localhub.control import folder as private_folder
from paysim.localhub.storage.namespace import LOCK, locked

_PREFIX = "paysim-localhub-data-"


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Held by a hub until it has locked its folder: one hub at a time starts. Raises ControlError."""
    file = os.open(private_folder() / "starting", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def fresh() -> Path:
    """A new folder, while `starting` is held. Those of hubs that were killed go."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        _remove_if_left(path)
    return Path(tempfile.mkdtemp(prefix=_PREFIX))


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _remove_if_left(path: Path) -> None:
    with contextlib.suppress(OSError):  # another user's, or still in use
        state = path.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid():
            return
        lock = locked(path / LOCK)
        remove(path)
        os.close(lock)
