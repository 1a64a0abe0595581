"""A run verified against its hub: when positions are noted, when reading begins, and what is said while it goes on.

The process that conducts has one. The work is `paysim.delivery.verification`'s, and the reading itself happens in
processes of its own, so nothing here holds a web page or a worker's heartbeat up.
"""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

import gevent

from paysim.config.mapping import Mapping
from paysim.config.schema import Config
from paysim.config.target import Target
from paysim.contract.identity import Run
from paysim.delivery.process import Refused
from paysim.delivery.progress import shown
from paysim.delivery.reconcile import Findings
from paysim.delivery.verification import Looks, Verification, delivery
from paysim.publishers.base import PublisherError

logger = logging.getLogger(__name__)

BESIDE_BYTES = 1 << 30
"""A local hub keeps 4 GiB: from a quarter of that on a run is read while it goes on …"""
BESIDE_SECONDS = 6 * 3600.0
"""… and so is one that lasts a quarter of the day that Azure keeps events at the least by default."""
LOOK_SECONDS = 5.0
"""How long a run that is not to be verified waits for positions."""
FRESH_SECONDS = 300.0
"""Positions so old still do for the beginning of a run: what others sent since then is read in vain."""


class Verifier:
    """Where runs are not verified it only notes the positions, so that `paysim verify` can do it later."""

    def __init__(self, config: Config, embedded: Callable[[], str | None], planned_s: float | None) -> None:
        """embedded: the address of the embedded hub, None where it does not run. planned_s: the length of a run."""
        self._config, self._embedded, self._planned_s = config, embedded, planned_s
        self._hub = config.output.destination == "event_hub"
        self._target = Target.of(config.output.event_hub) if self._hub else None
        self._verification: Verification | None = None
        self._first: dict[str, int] | None = None
        self._opening: gevent.Greenlet | None = None
        self._look: tuple[float, Looks] | None = None
        self._error = ""
        self._beside = False

    def start(self) -> None:
        """Start to look at the hub, beside what else comes before a run; not where it does not run yet."""
        if self._opening is None and self._hub and (verification := self._made()) is not None:
            self._opening = gevent.spawn(self._open, verification)

    def _open(self, verification: Verification) -> str:
        """Why the hub may not be read, or nothing."""
        try:
            self._look = monotonic(), verification.look(attach=self._config.verifies)
        except Refused as reason:
            verification.close()
            self._hub = self._config.verifies  # a master may have no way to a hub that nobody asked it to read
            return str(reason)
        return ""

    def open(self) -> None:
        """Show that the hub may be read, if it runs. Raises PublisherError."""
        self.start()
        if self._opening is not None and self._config.verifies and (refusal := self._opening.get()):
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
        if self._target is None:
            return
        verification = self._made()
        if target != self._target.name or verification is None:
            if self._config.verifies:
                logger.warning("not verified: the workers send to %s, which the master is not configured for", target)
            return
        if self._opening is not None:
            self._opening.join(None if self._config.verifies else LOOK_SECONDS)
        if not self._hub or (self._opening is not None and not self._opening.ready()):
            return
        try:
            # Locust counts -t from before this: a run that starts at once takes the positions that are known.
            known, self._look = self._look, None
            fresh = known is not None and monotonic() - known[0] < FRESH_SECONDS
            self._first = _ends(known[1] if known is not None and fresh else verification.look())
        except Refused as reason:
            self._refused(reason)
            return
        ordered = self._config.output.event_hub.partition_by != "round_robin"
        contract = self._config.transaction.mapping == Mapping()
        verification.begin(run, self._first, ordered=ordered, contract=contract)

    def _refused(self, reason: Refused) -> None:
        if self._config.verifies:
            self._error = f"not verifiable: {reason}"
            logger.error("%s", self._error)
        else:
            logger.info("the positions of the run could not be noted: %s", reason)

    def tick(self, elapsed: float, size: int) -> None:
        """A run is on and has sent so many bytes: read beside it where the hub may not keep them until the end."""
        if self._first is None or self._beside or self._target is None or not self._config.verifies:
            return
        if size > BESIDE_BYTES if self._target.loopback else max(elapsed, self._planned_s or 0) > BESIDE_SECONDS:
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
        if verification is not None and first is not None:
            positions = {name: [at, None] for name, at in first.items()}
            summary["hub"]["positions"] = positions
            try:
                ends = _ends(verification.look())
                for name, position in positions.items():
                    position[1] = ends.get(name)
                if self._config.verifies:
                    with shown(lambda line: logger.info("%s", line)) as progress:
                        summary["delivery"] = verification.finish(summary["producers"], ends, progress)
            except Refused as reason:
                self._refused(reason)
            except KeyboardInterrupt:
                self._error = "not verifiable: interrupted; `paysim verify` can do it later"
        if self._error:
            summary["delivery"] = delivery(Findings(), 0, None, self._error, 0.0)

    def close(self) -> None:
        """End its processes. It waits for nothing: Locust's two ways out would overtake each other meanwhile."""
        if self._verification is not None:
            self._verification.leave()


def _ends(looks: Looks) -> dict[str, int]:
    return {name: after for name, (_, after) in looks.items()}
