"""A run is verified against its hub: here is when positions are noted, when reading begins, and what is logged.

The process that conducts runs has one `Verifier`. `paysim.delivery.verification` does the work, and events are read in
processes of their own, so nothing here delays a web page or a worker's heartbeat.
"""

import contextlib
import logging
from collections.abc import Callable

import gevent
from gevent.event import Event

from paysim.config.errors import TargetError
from paysim.config.schema import Config
from paysim.config.sections.mapping import Mapping
from paysim.config.targets import destinations
from paysim.config.targets.target import Target
from paysim.contract.identity import Run
from paysim.delivery.reading.process import ReadingRefused
from paysim.delivery.reading.progress import shown
from paysim.delivery.reconcile import Findings
from paysim.delivery.verification import NotVerifiable, Verification, delivery
from paysim.eventhub.hub_identity import HubIdentity
from paysim.eventhub.looking import Look
from paysim.summary.model import Summary
from paysim.transactions import hook

logger = logging.getLogger(__name__)

BESIDE_BYTES = 1 << 30
"""A local hub keeps 4 GiB: from a quarter of that on a run is read while it goes on …"""
BESIDE_SECONDS = 6 * 3600.0
"""… and so is one that lasts a quarter of the day that Azure keeps events at the least by default."""
LOOK_SECONDS = 5.0
"""How long a run that is not to be verified waits for positions."""


class OtherHub(Exception):
    """What would be read is not the hub that is loaded; one line for the user. Exit code 2."""


class Verifier:
    """Where runs are not verified it only notes the positions, so that `paysim verify` can do it later.

    A hub is identified by what it says of itself; addresses are only shown to people. So each process that sends says
    which hub it sends to (`sends_to`, `meet`). A run is only verified where that is the hub that is read here.
    """

    def __init__(self, config: Config, embedded: Callable[[], str | None], planned_s: float | None) -> None:
        """embedded: the address of the embedded hub, None where it does not run. planned_s: the length of a run."""
        self._config, self._embedded, self._planned_s = config, embedded, planned_s
        self._hub = destinations.of(config.output).is_hub
        self._target = Target.of(config.output.event_hub) if self._hub else None
        self._verification: Verification | None = None
        self._begun: Look | None = None
        self._opening: gevent.Greenlet | None = None
        self.sends_to: Callable[[], HubIdentity | None] | None = None
        """Where this process sends itself: the hub that it sends to."""
        self._other: HubIdentity | None = None
        self._agreed = self._doubtful = False
        self.verifies = config.verifies
        """Whether the run is to be verified."""
        self._error = ""
        self._beside = False
        self._given_up = Event()

    def start(self) -> None:
        """Start to look at the hub, beside what else comes before a run; not where it does not run yet."""
        if self._opening is None and self._hub and (verification := self._made()) is not None:
            self._opening = gevent.spawn(self._open, verification)

    def _open(self, verification: Verification) -> str:
        """Why the hub may not be read, or nothing."""
        try:
            look = verification.look(attach=self._config.verifies)
        except ReadingRefused as reason:
            verification.close()
            self._hub = self._config.verifies  # a master may have no way to a hub that nobody asked it to read
            return str(reason)
        if self.sends_to is not None:
            hub = self.sends_to()
            self._compare(look.hub, hub)
            self._other = look.hub if hub not in (None, look.hub) else None
        return ""

    def open(self) -> None:
        """Show that the hub may be read, if it runs, and that it is the one that is loaded.

        Raises TargetError or OtherHub.
        """
        self.start()
        if self._opening is None or not self._config.verifies:
            return
        if refused := self._opening.get():
            raise TargetError(refused)
        if self._other is not None:
            raise OtherHub(f"the run would be read back from another hub, {self._other}, than it goes to")

    def meet(self, hub: HubIdentity | None) -> HubIdentity | None:
        """Somebody takes part who sends to this hub (None: it does not say which it is).

        Returns the hub that is read here, as it stands now; None where that cannot be said.
        """
        look = None
        with contextlib.suppress(ReadingRefused):  # a run that is on may go through trouble: its end asks again
            look = self._fresh_look()
        self._compare(None if look is None else look.hub, hub)
        return None if look is None else look.hub

    def _compare(self, read: HubIdentity | None, hub: HubIdentity | None) -> None:
        self._doubtful = self._doubtful or hub is None
        self._agreed = self._agreed or (hub is not None and hub == read)

    def _fresh_look(self) -> Look | None:
        """None where there is no way to the hub, or where nobody asked to read it and it takes its time.

        Raises ReadingRefused.
        """
        patience = None if self._config.verifies else LOOK_SECONDS
        if self._opening is not None:
            self._opening.join(patience)
        if not self._hub or self._verification is None or (self._opening is not None and not self._opening.ready()):
            return None
        with gevent.Timeout(patience, False):
            return self._verification.look()
        return None  # gevent's time is up

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
        """Before the first send: note the positions. target: what people know it by."""
        self._begun, self._error, self._beside = None, "", False
        if self._target is None:
            return
        verification = self._made()
        agreed = self._agreed and not self._doubtful
        asked = self._config.verify.enabled is True or target == self._target.name or agreed
        self.verifies = self._config.verifies and asked  # `auto` is about the hub that is loaded
        if verification is None:
            self._not_verified(f"the run goes to {target}, which this process is not configured for")
            return
        # Locust counts -t from before this: it takes some milliseconds, over a connection that is there.
        try:
            look = self._fresh_look()
        except ReadingRefused as reason:
            self._refused(reason)
            return
        if look is None:
            return
        if not (self._agreed and not self._doubtful):
            self._not_verified(f"it is not known whether {target}, where the run goes, is the hub that would be read")
            return
        ordered = self._config.output.event_hub.partition_by != "round_robin"
        contract = self._config.transaction.mapping == Mapping() and not hook.REGISTERED
        verification.begin(run, look.hub, look.ends, ordered=ordered, contract=contract)
        self._begun = look

    def _not_verified(self, why: str) -> None:
        if self.verifies:
            self._error = f"not verified: {why}"
        if self._config.verifies:
            logger.warning("not verified: %s", why)

    def _refused(self, reason: ReadingRefused) -> None:
        if self.verifies:
            self._error = f"not verifiable: {reason}"
            logger.error("%s", self._error)
        else:
            logger.info("the positions of the run could not be noted: %s", reason)

    def tick(self, elapsed: float, size: int) -> None:
        """A run is on and has sent so many bytes: read beside it where the hub may not keep them until the end."""
        if self._begun is None or self._beside or self._target is None or not self.verifies:
            return
        if size > BESIDE_BYTES if self._target.loopback else max(elapsed, self._planned_s or 0) > BESIDE_SECONDS:
            self._beside = True
            logger.info("reading the hub back while the run is on")
            gevent.spawn(self._read_along)

    def _read_along(self) -> None:
        try:
            if self._verification is not None:
                self._verification.read_along()
        except (ReadingRefused, NotVerifiable) as reason:  # the end of the run says so, too
            logger.error("%s", reason)

    def finish(self, summary: Summary) -> None:
        """The run is over and accounted for: fill in `delivery`, and `identity` and `positions` of `hub`.

        It may take long, so it can be given up: then it is not verified.
        """
        found = summary.model_copy(update={"hub": summary.hub.model_copy()})
        work = gevent.spawn(self._finish, found)
        gevent.wait([work, self._given_up], count=1)
        if work.ready():
            work.get()
            summary.hub, summary.delivery = found.hub, found.delivery
            return
        work.kill(block=False)  # its readers end with the process, which is on its way out
        if self._begun is not None:
            summary.hub.identity = self._begun.hub
            summary.hub.positions = {name: (at, None) for name, at in self._begun.ends.items()}
        if self.verifies:
            summary.delivery = delivery(Findings(), 0, None, "not verified: a second signal ended it", 0.0)

    def give_up(self) -> None:
        """Whoever waits for a run to be verified waits no longer."""
        self._given_up.set()

    def _finish(self, summary: Summary) -> None:
        verification, begun = self._verification, self._begun
        if verification is not None and begun is not None:
            positions: dict[str, tuple[int, int | None]] = {name: (at, None) for name, at in begun.ends.items()}
            summary.hub.identity, summary.hub.positions = begun.hub, positions
            if self._doubtful:
                self._not_verified("somebody took part whose hub does not say which one it is")
            try:
                end = verification.look(patiently=self.verifies)
                if end.hub == begun.hub:
                    for name, after in end.ends.items():
                        positions[name] = (begun.ends.get(name, 0), after)  # 0: added while the run was on
                if self.verifies and not self._error:
                    logger.debug("reading the hub back, up to %s", end.ends)
                    with shown(lambda line: logger.info("%s", line)) as progress:
                        summary.delivery = verification.finish(summary.producers, end, progress)
            except ReadingRefused as reason:
                self._refused(reason)
        if self._error:
            summary.delivery = delivery(Findings(), 0, None, self._error, 0.0)

    def close(self) -> None:
        """End its processes. It waits for nothing: Locust's two ways out would overtake each other meanwhile."""
        if self._verification is not None:
            self._verification.leave()
