"""The consumer groups of the pipeline, followed through one run: where the source hub ends, and their checkpoints."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from paysim.config.sections.pipeline import ConsumerLag
from paysim.eventhub.address import HubAddress
from paysim.eventhub.consuming.checkpoints import CheckpointStore, MissingPackage, explain_blob
from paysim.eventhub.consuming.explaining import explain

from .lag import GroupLag
from .refused import StageRefused

LOOK_SECONDS = 5.0
"""How often the source hub and the checkpoints are asked."""

Ends = Callable[[], Mapping[str, int]]
"""Partition of the source hub → sequence number of its next event. Raises what the SDK raises."""


class GroupLags:
    """All groups of `pipeline.lag`; there may be none."""

    def __init__(self, configured: Sequence[ConsumerLag], source: HubAddress, ends: Ends) -> None:
        """source: the hub that the groups read. Raises StageRefused."""
        self._source, self._ends_now = source, ends
        target = source.target
        namespace = source.host if target.port is not None else target.host
        self._begins: Mapping[str, int] = {}
        self._ends: Mapping[str, int] | None = None
        try:
            self._groups = [
                (
                    GroupLag(lag.consumer_group),
                    CheckpointStore(
                        lag.checkpoints.blob.get_secret_value(),
                        lag.checkpoints.container,
                        namespace,
                        target.hub,
                        lag.consumer_group,
                    ),
                )
                for lag in configured
            ]
        except MissingPackage as error:
            raise StageRefused(str(error)) from None

    def begin(self, over: threading.Event) -> None:
        """A run begins: note where the source hub stands, and follow the groups until `over`.

        Raises what the SDK raises.
        """
        if self._groups:
            self._begins = self._ends_now()
            threading.Thread(target=self._follow, args=(over,), daemon=True).start()

    def _follow(self, over: threading.Event) -> None:
        self._look()
        while not over.wait(LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        try:
            ends = self._ends_now()
        except Exception as error:
            for group, _ in self._groups:
                group.why = explain(error, self._source, "$Default")
            return
        for group, store in self._groups:
            try:
                group.looked(ends, self._begins, store.read())
            except Exception as error:
                group.why = explain_blob(error)

    def note_end(self) -> None:
        """Nothing more is sent: note where the source hub stands. Raises what the SDK raises."""
        if self._groups:
            self._ends = self._ends_now()

    @property
    def passed(self) -> bool:
        """Whether one of the groups is known to have done all that was sent."""
        ends = self._ends
        return ends is not None and any(group.has_passed(ends, self._begins) for group, _ in self._groups)

    def plain(self) -> list[dict[str, Any]]:
        """As JSON has it: see `summary.pipeline.LagRecord`."""
        return [group.plain() for group, _ in self._groups]
