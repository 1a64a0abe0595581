"""One stage, or the source hub, in a run: its reader, whether it can be read, and reading it up to its end."""

import contextlib
import time
from dataclasses import dataclass, field

from paysim.eventhub.address import HubAddress
from paysim.eventhub.consuming.attaching import attach
from paysim.eventhub.consuming.explaining import explain

from .recent import Recent
from .stages.clock import OtherClock
from .stages.database_stage import DatabaseStage
from .stages.hub_stage import HubTail

QUIET_SECONDS = 10.0
"""A stage to which nothing came for so long receives no more for the moment."""
CATCH_UP_SECONDS = 30.0
"""How long the last reading of a stage may take."""


@dataclass
class WatchedStage:
    """One stage, or the source hub: a hub or a database.

    number: of the stage, as the matcher counts them. duplicates: whether copies can be told. lost: why it could not be
    read to its end. came: when something came last, in monotonic seconds. without_id: events and rows without an id.
    """

    name: str
    number: int
    hub: HubTail | None = None
    database: DatabaseStage | None = None
    group: str = ""
    address: HubAddress | None = None
    duplicates: bool = True
    lost: str | None = None
    came: float = 0.0
    without_id: int = 0
    recent: Recent = field(default_factory=Recent)
    window: Recent | None = None

    @property
    def clock(self) -> OtherClock:
        reader = self.hub or self.database
        assert reader is not None
        return reader.clock

    @property
    def is_quiet(self) -> bool:
        """Whether nothing came for a while."""
        return time.monotonic() - self.came >= QUIET_SECONDS

    def unreadable(self) -> str | None:
        """Why it cannot be read, on one line; None: it can."""
        if self.hub is None:
            assert self.database is not None
            why = self.database.start()
            return None if why is None else f"stage {self.name}: {why}"
        assert self.address is not None
        try:
            partitions = list(self.hub.look().ends)
            with contextlib.closing(self.address.consumer(self.group, 0.2)) as client:
                attach(client, self.group, partitions[0])
        except Exception as error:
            return f"stage {self.name}: {explain(error, self.address, self.group)}"
        return None

    def catch_up(self, *, whole: bool) -> bool:
        """Read it up to where it stands now. Returns whether that was done without a gap; else `lost` says why."""
        deadline = time.monotonic() + CATCH_UP_SECONDS
        if self.database is not None:
            done = self.database.catch_up(lambda: time.monotonic() > deadline, whole=whole)
            self.lost = None if done else "the database could not be read to its end"
            return done
        hub = self.hub
        assert hub is not None and self.address is not None
        try:
            look = hub.look()
        except Exception as error:
            self.lost = explain(error, self.address, self.group)
            return False
        if not hub.same_hub(look):
            self.lost = "the hub is another one than at the beginning"
            return False
        while not hub.has_read(look.ends):
            if time.monotonic() > deadline:
                self.lost = f"the hub could not be read to its end within {CATCH_UP_SECONDS:.0f} s"
                return False
            time.sleep(0.05)
        if hub.skipped:
            self.lost = f"{hub.skipped:,} events were gone before they were read"
        return not hub.skipped
