"""A counter: how many batches were large."""

from typing import Annotated

from paysim.summary.counters import AcknowledgedBatch, Counter, Counters
from paysim.summary.part import Count


class HubCounters(Counters):
    full_batches: Annotated[
        Count,
        Counter(
            counts=AcknowledgedBatch,
            by=lambda acked: acked.events >= 100,
            metric="hub_full_batches",
            heading="Full batches",
            tile="Batches of 100 or more",
        ),
    ] = 0
    """Acknowledged batches of a hundred transactions or more."""
