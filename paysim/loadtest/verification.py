"""A run verified against its hub: when positions are noted, when reading begins, and what is said while it goes on.

The process that conducts has one. The work is `paysim.delivery.verification`'s, and the reading itself happens in
processes of its own, so nothing here holds a web page or a worker's heartbeat up.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import gevent

from paysim.config.schema import Config
from paysim.config.target import Target
from paysim.delivery.process import Refused
from paysim.delivery.reconcile import Findings
from paysim.delivery.verification import Looks, Progress, Verification, delivery
from paysim.publishers.base import PublisherError
from paysim.transactions.identity import Run

from .progress import is_terminal

logger = logging.getLogger(__name__)

BESIDE_BYTES = 1 << 30
"""A local hub keeps 4 GiB: from a quarter of that on a run is read while it goes on …"""
BESIDE_SECONDS = 6 * 3600.0
"""… and so is one that lasts a quarter of the day that Azure keeps events at the least by default."""
FRESH_SECONDS = 300.0
"""Positions so old still do for the beginning of a run: what others sent since then is read in vain."""
TOLD_EVERY = 5.0


class Verifier:
    """Does nothing where runs are not verified."""

    def __init__(self, config: Config, embedded: Callable[[], str | None], planned_s: float | None) -> None:
        """embedded: the address of the embedded hub, None where it does not run. planned_s: the length of a run."""
        self._config, self._embedded, self._planned_s = config, embedded, planned_s
        self._target = Target.of(config.output.event_hub).name if config.verifies else ""
        self._verification: Verification | None = None
        self._first: dict[str, int] | None = None
        self._opening: gevent.Greenlet | None = None
        self._look: tuple[float, Looks] | None = None
        self._error = ""
        self._beside = False

    def start(self) -> None:
        """Start to look at the hub, beside what else comes before a run; not where it does not run yet."""
        if self._opening is None and self._config.verifies and (verification := self._made()) is not None:
            self._opening = gevent.spawn(self._open, verification)

    def _open(self, verification: Verification) -> str:
        """Why the hub may not be read, or nothing."""
        try:
            self._look = monotonic(), verification.open()
        except Refused as reason:
            verification.close()
            return str(reason)
        return ""

    def open(self) -> None:
        """Show that the hub may be read, if it runs. Raises PublisherError."""
        self.start()
        if self._opening is not None and (refusal := self._opening.get()):
            raise PublisherError(refusal)

    def _made(self) -> Verification | None:
        config = self._config
        if self._verification is None:
            address = self._embedded() if config.output.embedded else None
            if config.output.embedded and address is None:
                return None
            verify = config.verify
            if address is None and verify.connection_string is not None:
                address = verify.connection_string.get_secret_value()
            hub = config.output.event_hub
            self._verification = Verification(hub, address, verify.consumer_group, verify.timeout)
        return self._verification

    def begin(self, run: Run, target: str) -> None:
        """Before the first send: note the positions."""
        self._first, self._error, self._beside = None, "", False
        if not self._config.verifies:
            return
        verification = self._made()
        if target != self._target or verification is None:
            logger.warning(
                "the workers send to %s, which the master's configuration does not lead to: not verified", target
            )
            return
        if self._opening is not None:
            self._opening.join()
        try:
            # Locust counts -t from before this: a run that starts at once takes the positions that are known.
            known, self._look = self._look, None
            fresh = known is not None and monotonic() - known[0] < FRESH_SECONDS
            self._first = _ends(known[1] if known is not None and fresh else verification.look())
        except Refused as reason:
            self._error = f"not verifiable: {reason}"
            logger.error("%s", self._error)
            return
        verification.begin(self._config, run, self._first)

    def tick(self, elapsed: float, size: int) -> None:
        """A run is on and has sent so many bytes: read beside it where the hub may not keep them until the end."""
        if self._first is None or self._beside:
            return
        local = Target.of(self._config.output.event_hub).loopback
        if size > BESIDE_BYTES if local else max(elapsed, self._planned_s or 0) > BESIDE_SECONDS:
            self._beside = True
            logger.info("reading the hub back while the run is on")
            gevent.spawn(self._read_along)

    def _read_along(self) -> None:
        try:
            if self._verification is not None:
                self._verification.read_along()
        except Refused as reason:
            logger.error("%s", reason)

    def finish(self, summary: dict[str, Any]) -> None:
        """The run is over and accounted for: fill in `delivery`, and `positions` of `hub`."""
        verification, first = self._verification, self._first
        if self._error:
            summary["delivery"] = _nothing(self._error)
        if verification is None or first is None:
            return
        positions = {name: [at, None] for name, at in first.items()}
        summary["hub"]["positions"] = positions
        try:
            looks = verification.look()
            ends = _ends(looks)
            for name in positions:
                positions[name][1] = ends.get(name)
            with _shown() as progress:
                summary["delivery"] = verification.finish(summary["producers"], ends, progress)
        except Refused as reason:
            summary["delivery"] = _nothing(f"not verifiable: {reason}")
        except KeyboardInterrupt:
            summary["delivery"] = _nothing("not verifiable: interrupted; `paysim verify` can do it later")

    def close(self) -> None:
        """End its processes. It waits for nothing: Locust's two ways out would overtake each other meanwhile."""
        if self._verification is not None:
            self._verification.leave()


def _ends(looks: Looks) -> dict[str, int]:
    return {name: after for name, (_, after) in looks.items()}


def _nothing(error: str) -> dict[str, Any]:
    return delivery(Findings(), 0, None, error, 0.0)


@contextmanager
def _shown() -> Iterator[Progress]:
    """A bar on a terminal; elsewhere a line every few seconds, so that a short run has none."""
    if not is_terminal(sys.stderr):
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    shown = TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Bar(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda read, of: bar.update(task, completed=read, total=of)


class _Lines:
    """Progress for a log."""

    def __init__(self) -> None:
        self._told = monotonic()

    def __call__(self, read: int, of: int) -> None:
        if monotonic() - self._told >= TOLD_EVERY:
            self._told = monotonic()
            logger.info("verifying: %s of %s events read back", f"{read:,}", f"{of:,}")
